"""A drawing as a setting: what a learner draws in a picture, by mouse, pen or finger.

Because it is a setting like any other, the same settings give the same picture, `repr` recreates
it, and Reset takes it away. Its value is a text, so that it fits into a line of Python or a link:
points "x,y" with spaces between them, and " / " between strokes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from .controls import Control, Setting

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .figure import Pointer

NUMBER = r"-?\d+(?:\.\d+)?"
STROKE = rf"{NUMBER},{NUMBER}(?: {NUMBER},{NUMBER})*"
STROKES = rf"{STROKE}(?: / {STROKE})*"
FINEST = 0.005  # of the axes' size: points nearer to one another than that are one
LONGEST = 600  # points


class Drawing(Control):
    """What a learner has drawn. It has no place among the controls: it is the picture itself.

    Parameters
    ----------
    label, value
        As for every `Control`; the value is a text, see the top of `drawing.py`.
    **traits
        `name`, as for every `Control`; `pattern` and `expected`, as for `note`.

    Raises
    ------
    TypeError
        If the value is no text.
    ValueError
        If it is not one that a drawing has.

    Examples
    --------
    >>> Drawing("your digit", "1,1 2,2.5 / 3,1").value
    '1,1 2,2.5 / 3,1'
    """

    kind = traitlets.Unicode("drawing").tag(sync=True)
    pattern = traitlets.Unicode(STROKES)
    expected = traitlets.Unicode('points "x,y x,y", with " / " between strokes')

    def check(self, value: Any) -> str:
        """Return the text, if it is that of a drawing. See `Control.check`."""
        if not isinstance(value, str):
            self.complain(TypeError, self.expected, value, "Pass a string.")
        if value and not re.fullmatch(self.pattern, value):
            self.complain(ValueError, self.expected, value, 'Pass "" for none.')
        return value


def drawing(label: str, value: str = "") -> Setting[str]:
    """Declare a drawing.

    Parameters
    ----------
    label : str
        What it is.
    value : str
        The default.

    Returns
    -------
    Setting
        For the class body of an Explorer, whose `drag` adds to it by `add_to`.

    Examples
    --------
    >>> drawing("your digit").default
    ''
    """
    return Setting(Drawing, label, value)


def note(label: str, value: str = "", *, pattern: str, expected: str) -> Setting[str]:
    """Declare what else a learner leaves in the picture: a text of another pattern.

    Parameters
    ----------
    label, value : str
        As for `drawing`.
    pattern : str
        The regular expression that the whole text matches. "" is always allowed.
    expected : str
        What error messages say about it.

    Returns
    -------
    Setting
        For the class body of an Explorer. Like a drawing, it has no place among the controls.

    Examples
    --------
    >>> class Declared:
    ...     crossed = note("crossed out", pattern="[a-z]*", expected="letters")
    >>> Declared.crossed.control().check("3")
    Traceback (most recent call last):
    ValueError: crossed: expected letters. Received: crossed='3'. Pass "" for none.
    """
    return Setting(Drawing, label, value, pattern=pattern, expected=expected)


def strokes(text: str) -> list[NDArray[np.float64]]:
    """Return the strokes of a drawing: arrays of points (n, 2).

    Parameters
    ----------
    text : str
        The value of a `Drawing`.

    Returns
    -------
    list of array
        In the order in which they were drawn.

    Examples
    --------
    >>> [stroke.tolist() for stroke in strokes("1,1 2,2.5 / 3,1")]
    [[[1.0, 1.0], [2.0, 2.5]], [[3.0, 1.0]]]
    """
    return [
        np.array([point.split(",") for point in stroke.split()], float)
        for stroke in filter(None, text.split(" / "))
    ]


def add_to(text: str, pointer: Pointer) -> str:
    """Return a drawing with the place of the pointer added: a new stroke begins where it goes down.

    Parameters
    ----------
    text : str
        The drawing so far.
    pointer : Pointer
        What `drag` passes to an action.

    Returns
    -------
    str
        The same drawing if the pointer is where it was, or the drawing is as long as one can be.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from lecture3_engine.live import Pointer
    >>> axes = Figure().subplots()
    >>> add_to(add_to("", Pointer("down", axes, 0.5, 0.5)), Pointer("move", axes, 0.6, 0.75))
    '0.5,0.5 0.6,0.75'
    """
    begins = pointer.kind == "down"
    share = pointer.axes.transScale + pointer.axes.transLimits  # of the axes' size
    for place in pointer.path or [(pointer.x, pointer.y)]:
        if text.count(",") >= LONGEST:
            break
        point = ",".join(map(_short, place))
        if not text or begins:
            text, begins = f"{text} / {point}" if text else point, False
            continue
        last = np.array(text.rsplit(" ", 1)[-1].split(","), float)
        if np.abs(np.subtract(*share.transform(np.array([last, place])))).max() >= FINEST:
            text += f" {point}"
    return text


def _short(x: float) -> str:
    """Return a number with four digits, and without an exponent."""
    return np.format_float_positional(x + 0.0, 4, unique=False, fractional=False, trim="-")
