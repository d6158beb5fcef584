import matplotlib as mpl
import pytest

from lecture3_engine import style


def test_the_style_holds_inside_and_the_learners_own_settings_come_back():
    with mpl.rc_context({"font.size": 31, "axes.spines.top": True}):
        before = dict(mpl.rcParams)

        def fail():
            with style.style():
                assert mpl.rcParams["font.size"] == 12
                assert not mpl.rcParams["axes.spines.top"]
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert dict(mpl.rcParams) == before
        assert style.styled(lambda: mpl.rcParams["font.size"])() == 12
        # drawn outside: the learner's
        assert style.figure().subplots().spines["top"].get_visible() is True
        assert dict(mpl.rcParams) == before


def test_use_is_for_the_whole_session():
    with mpl.rc_context():
        style.use()
        assert all(
            mpl.rcParams[name] == value
            for name, value in style.SETTINGS.items()
            if name != "axes.prop_cycle"
        )


def test_no_two_things_that_meet_in_a_picture_share_a_colour():
    for one, other in (
        ("path", "momentum"),
        ("path", "gradient"),
        ("secant", "gradient"),
        ("limit", "best"),
        ("momentum", "gradient"),
    ):
        assert style.COLORS[one] != style.COLORS[other]


def test_a_figure_is_described_in_words():
    figure = style.figure()
    left, right = figure.subplots(1, 2)
    left.set(title="Loss along the path", xlabel="iteration", ylabel=r"loss $\ell$")
    right.set(xlabel="weight $w_0$")
    assert (
        style.describe(figure)
        == "Figure: Loss along the path, loss ell against iteration; weight w_0"
    )
    assert style.describe(style.figure()) == "Figure: 0 plots without titles"
