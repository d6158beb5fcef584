"""What every explorer promises, tried on every explorer: no exception, no warning, no NaN shown,
the same picture as one built from scratch.
"""

import inspect
import io

import matplotlib.collections
import matplotlib.image
import matplotlib.lines
import matplotlib.spines
import matplotlib.text
import numpy as np
import pytest
from PIL import Image
from savefig import savefig

from lecture3_engine import explorers
from lecture3_engine.live import Drawing, Explorer, LiveFigure

ALL = [
    cls for _, cls in inspect.getmembers(explorers, inspect.isclass) if issubclass(cls, Explorer)
]
each = pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
# of the picture; the sentence of each explorer is tried with 200 in its own file
RANDOM_SETTINGS = 50
# settings that are drawn, and what their texts may be; "" is none
DRAWINGS = {
    "tried": ["", "no ReLU", "lr too big; plus for minus; nothing is wrong"],
    "batch": ["", "7 = no. 3", "4 = 0,1 4,0.5 / 12,20 by 3,-2; 9 = no. 18; 2 = no. 77 by 0,1"],
}


def ends(control):
    """The values at which something may go wrong: both ends of a slider, every choice."""
    if hasattr(control, "min"):
        return [control.min, control.max]
    if isinstance(control, Drawing):
        return DRAWINGS.get(control.name, ["", "0,1 4,0.5 9,3 / 12,20 70,0.001"])
    return [*control.options] if hasattr(control, "options") else [False, True]


def anywhere(control, rng):
    if hasattr(control, "min"):
        low, high = control.min, control.max
        return control.nearest(
            low * (high / low) ** rng.random()
            if getattr(control, "log", False)
            else rng.uniform(low, high)
        )
    values = ends(control)
    return values[rng.integers(len(values))]


def set_anywhere(explorer, names, rng):
    """Where a slider ends may depend on other settings: those first."""
    depend = set(explorer.ranges(explorer.state)) & set(names)
    for some in ([name for name in names if name not in depend], depend):
        explorer.set(**{name: anywhere(explorer.controls[name], rng) for name in some})


def shown(explorer):
    """What the picture holds, artist by artist, in the order of drawing."""
    data = []
    for axes in explorer.figure.axes:
        data.append((axes.get_xlim(), axes.get_ylim(), axes.get_title(loc="left")))
        data.extend(numbers_of(artist) for artist in axes.get_children())
    return data


def numbers_of(artist):
    kind = type(artist).__name__
    if not artist.get_visible():
        return kind, "hidden"
    if isinstance(artist, matplotlib.lines.Line2D):
        return kind, np.array(artist.get_xydata(), float)
    if isinstance(artist, matplotlib.collections.Collection):
        offsets = np.ma.filled(np.ma.asarray(artist.get_offsets(), float), np.nan)
        array = artist.get_array()
        return (
            kind,
            offsets,
            None if array is None else np.ma.filled(np.ma.asarray(array, float), np.nan),
        )
    if isinstance(artist, matplotlib.image.AxesImage):
        return kind, np.ma.filled(np.ma.asarray(artist.get_array(), float), np.nan)
    if isinstance(artist, matplotlib.text.Text):
        return kind, artist.get_text(), artist.get_position()
    if isinstance(artist, matplotlib.spines.Spine):
        return (kind,)  # follows the limits, which are looked at, when it is drawn
    if isinstance(artist, matplotlib.patches.Patch):
        return kind, artist.get_path().vertices
    return (kind,)


def assert_same(a, b):
    assert len(a) == len(b)
    for one, other in zip(a, b, strict=True):
        assert one[0] == other[0]
        for x, y in zip(one[1:], other[1:], strict=True):
            if isinstance(x, np.ndarray):
                np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-12)
            else:
                assert x == y


def check_now(explorer):
    assert explorer.summary.strip()
    assert explorer.summary.rstrip()[-1] in ".!?", explorer.summary
    for word in ("nan", "inf ", "None", "  "):
        assert word not in explorer.summary, explorer.summary
    for axes in explorer.figure.axes:
        for text in axes.texts:
            assert "nan" not in text.get_text().lower(), text.get_text()


def assert_saved_as_drawn(live):
    """But where lines of two axes meet: what moves is drawn over all axes in one order, as in the
    browser.
    """
    saved, drawn = (
        np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
        for png in (live.picture(), savefig(live))
    )
    other = (saved != drawn).any(axis=2)
    assert other.sum() <= 4
    assert np.abs(saved - drawn).max() <= 4


@each
def test_constructible_without_arguments_and_documented(cls):
    explorer = cls()
    assert cls.__doc__
    assert explorer.live.label.endswith(".")
    assert set(explorer.controls) == set(inspect.signature(cls).parameters)
    check_now(explorer)


@each
def test_every_end_of_every_control(cls):
    explorer = cls()
    for name, control in explorer.controls.items():
        opens_with = control.value
        for value in ends(control):
            if value == opens_with:
                continue  # the settings an explorer opens with: test_stored_output
            setattr(explorer, name, value)
            check_now(explorer)
            # a slider's ends are drawn live; the saved picture shows all of them together, below
            if not hasattr(control, "min"):
                explorer.live.picture()
        explorer.reset()
    lows, highs = [
        {name: ends(control)[end] for name, control in explorer.controls.items()} for end in (0, -1)
    ]
    for settings in (lows, highs):
        explorer.set(**settings)
        check_now(explorer)
        assert_saved_as_drawn(explorer.live)


@each
def test_random_settings(cls, monkeypatch):
    """Backgrounds are drawn for every twentieth only: a new one costs a hundred milliseconds, and
    all the rest is done for each.
    """
    rng = np.random.default_rng(0)
    explorer = cls()
    draw_background, drawn = LiveFigure._draw_background, True
    monkeypatch.setattr(
        LiveFigure,
        "_draw_background",
        lambda live: draw_background(live) if drawn else b"",
    )
    for i in range(RANDOM_SETTINGS):
        drawn = i % 20 == 0
        names = list(explorer.controls)
        chosen = names if i % 10 == 0 else [names[rng.integers(len(names))]]
        set_anywhere(explorer, chosen, rng)
        check_now(explorer)
        if drawn:
            # one from scratch has the same numbers, looked at here, without its pixels
            drawn = False
            scratch = cls(**explorer.state)
            assert scratch.summary == explorer.summary
            assert_same(shown(scratch), shown(explorer))


@each
def test_repr_recreates_the_state(cls):
    rng = np.random.default_rng(1)
    explorer = cls()
    set_anywhere(explorer, list(explorer.controls), rng)
    again = eval(repr(explorer), {cls.__name__: cls})
    assert again.state == explorer.state
    assert again.summary == explorer.summary
    assert repr(again) == repr(explorer)


@pytest.mark.slow
@each
def test_reset(cls):
    rng = np.random.default_rng(2)
    explorer = cls()
    before, sentence, picture = explorer.state, explorer.summary, shown(explorer)
    set_anywhere(explorer, list(explorer.controls), rng)
    explorer.reset()
    assert explorer.state == before
    assert explorer.summary == sentence
    assert_same(shown(explorer), picture)


@pytest.mark.slow
@each
def test_stored_output(cls):
    explorer = cls()
    bundles = [explorer._repr_mimebundle_() for _ in range(2)]
    data = [bundle[0] if isinstance(bundle, tuple) else bundle for bundle in bundles]
    assert data[0]["text/plain"] == repr(explorer)
    assert "0x" not in data[0]["text/plain"]
    assert data[0]["image/png"] == data[1]["image/png"]
    assert "application/vnd.jupyter.widget-view+json" in data[0]


@pytest.mark.slow
@each
def test_bad_settings(cls):
    with pytest.raises(TypeError, match="no setting"):
        cls(not_a_setting=1)
    for name, control in cls().controls.items():
        bad = [np.nan, "no such thing", None] + (
            [control.max + 1, control.min - 1] if hasattr(control, "min") else []
        )
        for value in bad:
            with pytest.raises((TypeError, ValueError)) as raised:
                cls(**{name: value})
            assert "xpected" in str(raised.value)
            assert "eceived" in str(raised.value)
