import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import rgb_to_hsv, to_rgb

from lecture3_engine import style


def test_the_style_holds_inside_and_the_learners_own_settings_come_back():
    with mpl.rc_context({"font.size": 31, "axes.spines.top": True}):
        before = dict(mpl.rcParams)

        def fail():
            with style.style():
                assert mpl.rcParams["font.size"] == 13
                assert not mpl.rcParams["axes.spines.top"]
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert dict(mpl.rcParams) == before
        assert style.styled(lambda: mpl.rcParams["font.size"])() == 13
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


def test_no_two_things_that_meet_in_a_picture_share_a_color():
    """A limit and a start are ink, like the loss: the one is dashed, the other a ring."""
    colors = {name: to_rgb(color) for name, color in style.COLORS.items()}
    shared = {"loss", "limit", "start"}
    assert len({colors[name] for name in shared}) == 1
    assert len(set(colors.values())) == len(colors) - 2
    assert len(set(style.OPTIMIZER_COLORS.values())) == len(style.OPTIMIZER_COLORS)
    assert style.OPTIMIZER_COLORS["SGD"] == style.COLORS["path"]
    assert style.OPTIMIZER_COLORS["SGD with momentum"] == style.COLORS["momentum"]


def luminance(color):
    """Of the Web Content Accessibility Guidelines 2.2, as is the contrast."""
    parts = np.array(to_rgb(color))
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


GROUNDS = ["white", style.PAPER, *style.TINTS.values(), *map(style.LANDSCAPE, (0.0, 0.5, 1.0))]


def test_marks_have_a_contrast_of_3_and_words_of_4_5_light_and_dark():
    assert contrast("black", "white") == pytest.approx(21)
    for color in {*style.COLORS.values(), *style.OPTIMIZER_COLORS.values(), style.INK}:
        for ground in GROUNDS:
            assert contrast(color, ground) > 3, (color, ground)
            assert contrast(style.dark(color), style.dark(ground)) > 3, (color, ground)
        assert contrast(color, "white") > 4.5, color
        assert contrast(style.dark(color), style.dark("white")) > 4.5, color
    for color in (style.INK, style.MUTED):
        for ground in (*GROUNDS, style.PAPER):
            assert contrast(color, ground) > 4.3, (color, ground)


def test_the_dark_theme_keeps_the_hue():
    for color in style.COLORS.values():
        before, after = (rgb_to_hsv(rgb) for rgb in (to_rgb(color), style.dark(color)))
        if before[1] > 0.2:  # not a gray
            assert abs(before[0] - after[0]) < 0.06, color


def test_the_palette_is_the_only_source_of_colors():
    """Explorers and notebooks name meanings."""
    top = Path(__file__).parents[1]
    files = [*top.glob("lecture3_engine/explorers/*.py"), *top.glob("notebooks/sources/*.py")]
    assert len(files) > 20
    named = {*style.COLORS, *style.OPTIMIZER_COLORS, *style.TINTS}
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r"[\"']#[0-9A-Fa-f]{6}[\"']", text), path.name
        used = re.findall(r"(?:COLORS|TINTS)\[\"([^\"]+)\"\]", text)
        assert set(used) <= named, path.name
        assert not re.findall(r"color=[\"'](?!none|white|black)(?:C\d|[a-z]+:)", text), path.name


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


def test_the_same_marker_is_no_new_one(monkeypatch):
    dot, made = style.dot(style.figure().subplots(), [1], [2]), []
    monkeypatch.setattr(dot, "set_marker", lambda m, old=dot.set_marker: (made.append(m), old(m)))
    for marker in ("o", "^", "^", (3, 0, 90.0), (3, 0, 90.0), "o"):
        style.show_as(dot, marker)
        assert dot.get_marker() == marker
    assert made == ["^", (3, 0, 90.0), "o"]
