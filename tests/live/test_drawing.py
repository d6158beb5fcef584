"""A drawing is a setting: a text of points that a pointer adds to."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from lecture3_engine.live import Drawing, Explorer, Pointer, add_to, drawing, note, strokes
from lecture3_engine.live.drawing import LONGEST


class Pad(Explorer):
    """A pad to draw on."""

    drawn = drawing("your drawing")

    def draw(self):
        figure = Figure()
        self.axes = figure.subplots()
        self.axes.set(xlim=(0, 10), ylim=(0, 1))
        (self.line,) = self.axes.plot([], [])
        self.drag(self.axes, action=lambda p: {"drawn": add_to(self.drawn, p)}, hint="draw")
        return figure, self.line

    def update(self):
        lines = strokes(self.drawn)
        self.line.set_data(*(np.concatenate(lines).T if lines else ([], [])))
        return f"{len(lines)} strokes."


def test_it_has_no_place_among_the_controls_and_is_a_setting_like_any_other():
    pad = Pad(drawn="1,0.5 2,0.5")
    assert eval(repr(pad), {"Pad": Pad}).summary == pad.summary == "1 strokes."
    leads, corner = pad.widget.children[0].children
    assert leads.children == ()
    assert [control.kind for control in corner.children] == ["reset", "drawing"]
    pad.drawn = "1,1"
    pad.reset()
    assert pad.drawn == "1,0.5 2,0.5"
    assert pad.live.hints == ["draw"]


@pytest.mark.parametrize(
    "text", ["", "1,1", "-1.5,0 2,3", "1,1 2,2 / 3,3", "0.001,100000 / 1,2 / 3,4"]
)
def test_what_a_drawing_is(text):
    assert Drawing("d", text).value == text
    assert sum(len(stroke) for stroke in strokes(text)) == text.count(",")


@pytest.mark.parametrize(
    "text", ["1", "1,", "1,1  2,2", " 1,1", "1,1 /", "a,b", "1,1/2,2", "nan,1"]
)
def test_what_none_is(text):
    with pytest.raises(ValueError, match=r"expected points.*Received"):
        Drawing("d", text)
    with pytest.raises(TypeError, match=r"expected points.*Received"):
        Drawing("d", None)


def test_a_note_is_a_setting_of_another_pattern_without_a_place_among_the_controls():
    class Marked(Pad):
        marks = note("marks", pattern=r"\w(?: \w)*", expected="letters with spaces between them")

    pad = Marked(marks="a b")
    assert eval(repr(pad), {"Marked": Marked}).marks == pad.marks == "a b"
    leads, corner = pad.widget.children[0].children
    assert leads.children == ()
    assert [control.kind for control in corner.children] == ["reset", "drawing", "drawing"]
    pad.marks = ""
    for wrong in ("ab", "a  b", "1,1 2,2"):
        with pytest.raises(ValueError, match=r"marks: expected letters with spaces.*Received"):
            pad.marks = wrong
    with pytest.raises(TypeError, match=r"marks: expected letters with spaces.*Received"):
        pad.set(marks=None)
    assert pad.marks == ""
    pad.reset()
    assert pad.marks == "a b"


def test_a_pointer_adds_points_and_begins_strokes():
    pad = Pad()
    for kind, x, y in (
        ("down", 1, 0.5),
        ("move", 1.001, 0.5),  # nearer than can be seen
        ("move", 2, 0.25),
        ("up", 2, 0.25),
        ("down", 9, 0.1234567),
    ):
        pad._pointed(Pointer(kind, pad.axes, x, y))
    assert pad.drawn == "1,0.5 2,0.25 / 9,0.1235"
    assert [len(stroke) for stroke in strokes(pad.drawn)] == [2, 1]


def test_all_places_of_a_hasty_hand_arrive():
    """The page has one message on its way at most, and keeps the places in between."""
    pad = Pad()
    ((x0, y0, x1, y1),) = pad.live.places["wide"]
    way = [[x0 + (x1 - x0) * k / 10, y0 + (y1 - y0) * k / 10] for k in range(11)]
    down = {"type": "pointer", "number": 1, "kind": "down", "area": 0, "x": x0, "y": y0}
    move = {"type": "pointer", "number": 2, "kind": "move", "area": 0, "x": x1, "y": y1}
    pad.live._receive(None, down, [])
    pad.live._receive(None, move | {"path": way}, [])
    (line,) = strokes(pad.drawn)
    np.testing.assert_allclose(line, [[k, 1 - k / 10] for k in range(11)], atol=0.02)


def test_it_does_not_grow_for_ever():
    pad = Pad()
    for k in range(LONGEST + 50):
        pad._pointed(Pointer("move" if k else "down", pad.axes, k % 10, k % 2))
    assert pad.drawn.count(",") == LONGEST
