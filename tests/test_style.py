import matplotlib
import pytest

from lecture3_engine import style


def test_the_style_holds_inside_and_the_learners_own_settings_come_back():
    with matplotlib.rc_context({"font.size": 31, "axes.spines.top": True}):
        before = dict(matplotlib.rcParams)
        with pytest.raises(ZeroDivisionError), style.style():
            assert matplotlib.rcParams["font.size"] == 12 and not matplotlib.rcParams["axes.spines.top"]
            1 / 0
        assert dict(matplotlib.rcParams) == before
        assert style.styled(lambda: matplotlib.rcParams["font.size"])() == 12
        assert style.figure().subplots().spines["top"].get_visible() is True  # drawn outside: the learner's
        assert dict(matplotlib.rcParams) == before


def test_use_is_for_the_whole_session():
    with matplotlib.rc_context():
        style.use()
        assert all(matplotlib.rcParams[name] == value for name, value in style.SETTINGS.items() if name != "axes.prop_cycle")


def test_no_two_things_that_meet_in_a_picture_share_a_colour():
    for one, other in (("path", "momentum"), ("path", "gradient"), ("secant", "gradient"), ("limit", "best"), ("momentum", "gradient")):
        assert style.COLORS[one] != style.COLORS[other]
