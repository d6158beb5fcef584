"""The visual language of all pictures: one thing, one color, everywhere.

It needs matplotlib, and knows nothing else.

The hues are those of Okabe and Ito (2008), which people with any kind of color vision tell apart,
dark enough to be seen on white. Lines differ in style too, so that a picture also works in gray.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import font_source_sans_pro
import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from numpy.typing import ArrayLike

P = ParamSpec("P")
R = TypeVar("R")

# What a color means, in every picture. Each has 3 : 1 or more against white, against the tints of
# LANDSCAPE, and in the dark theme: tests/test_style.py.
COLORS = {
    "path": "#0072B2",  # where a descent goes; plain gradient descent; training data
    "momentum": "#00795A",  # the same with momentum; velocity
    "gradient": "#C8480A",  # the gradient, the tangent, what flows backward
    "estimate": "#B5478B",  # what only estimates it: rc with its secant, a gradient from a batch
    "minimum": "#9A6700",  # a star; and the best setting, a diamond
    "validation": "#7A4A1E",  # data that is not trained on; always dashed
    "loss": "#404040",  # the loss itself, as a curve
    "limit": "#404040",  # what theory knows: always dashed
    "start": "#404040",  # always a ring
    "quiet": "#767676",  # helping lines, and all that is not under the hand
}
# In a race each optimizer has its own, with its own marker and line style besides.
OPTIMIZER_COLORS = {
    "SGD": COLORS["path"],
    "SGD with momentum": COLORS["momentum"],
    "RMSprop": "#B3261E",
    "Adagrad": "#6B6F00",
    "Adam": "#6A4FB3",
    "AdamW": "#303030",
}
INK = "#404040"  # numbers, words, and edges within a picture
MUTED = "#606060"  # words of less weight
PAPER = "#EFF3F6"  # behind a box or a cell that means nothing by its color
TINTS = {"path": "#D6E8F3", "momentum": "#D3EEE5", "gradient": "#F8E0D4", "minimum": "#F3E6CC"}
CYCLE = [*[*dict.fromkeys(COLORS.values())][:6], OPTIMIZER_COLORS["Adam"], INK]
LINE_STYLES: list[Any] = ["-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (8, 2))]
# low is dark
LANDSCAPE = LinearSegmentedColormap.from_list(
    "landscape", ["#C3D9E8", "#D5E4EE", "#E4EDF3", "#F1F5F8", "#FCFDFD"]
)
CONTOUR = "#A6C1D4"  # its lines of equal loss: darker than the ground, lighter in the dark theme
PLAIN = str.maketrans("", "", "$\\{}")  # drops the signs of mathtext
DIGITS = "gray_r"  # ink on paper
SIGNED = "PuOr"  # weights, gradients, changes: violet above 0, orange below
# The same for small pictures in a row. Its middle is a gray that is not the page's, in either
# theme; its ends are not so dark that they would be white in the dark one.
SIGNED_TILES = LinearSegmentedColormap.from_list("tiles", ["#B25A00", "#E9EBEE", "#6236B5"])

SETTINGS: dict[Any, Any] = {
    "font.family": ["Source Sans Pro", "DejaVu Sans"],  # of the second what the first lacks
    "font.size": 13,
    "axes.titlesize": 14.5,
    "axes.labelsize": 13,
    "legend.fontsize": 12,
    "xtick.labelsize": 12,
    "ytick.labelsize": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#808080",
    "axes.linewidth": 0.8,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlepad": 8,
    "axes.axisbelow": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.8,
    "lines.linewidth": 2,
    "legend.frameon": False,
    "axes.prop_cycle": cycler(color=CYCLE),
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "image.cmap": "viridis",
    "mathtext.fontset": "custom",
    "mathtext.rm": "Source Sans Pro",
    "mathtext.it": "Source Sans Pro:italic",
    "mathtext.bf": "Source Sans Pro:bold",
    "mathtext.cal": "Source Sans Pro:italic",  # or matplotlib looks for a cursive, and says so
    "mathtext.fallback": "stixsans",
    "svg.hashsalt": "lecture3",
    "figure.dpi": 100,
}


# Its figures have one width, so that a number that runs does not dance.
for weight in "Regular", "It", "Bold":
    font_manager.fontManager.addfont(
        Path(font_source_sans_pro.font_directory, f"SourceSansPro-{weight}.ttf")
    )

with mpl.rc_context(SETTINGS):
    _CHECKED = {name: mpl.rcParams[name] for name in SETTINGS}


@contextlib.contextmanager
def style() -> Iterator[None]:
    """Draw what is inside in the style of the course, whatever the learner's own settings are.

    Returns
    -------
    context manager
        As matplotlib's `rc_context`, which copies all of its 300 settings twice: too slow for every
        move of a slider.

    Examples
    --------
    >>> with style():
    ...     print(mpl.rcParams["axes.titlesize"])
    14.5
    """
    before = {name: mpl.rcParams[name] for name in _CHECKED}
    dict.update(mpl.rcParams, _CHECKED)
    try:
        yield
    finally:
        dict.update(mpl.rcParams, before)


def styled(function: Callable[P, R]) -> Callable[P, R]:
    """Decorate a function: what it draws is in the style of the course.

    Parameters
    ----------
    function : function
        One that draws.

    Returns
    -------
    function
        The same, inside `style`.

    Examples
    --------
    >>> @styled
    ... def size_of_titles():
    ...     return mpl.rcParams["axes.titlesize"]
    >>> size_of_titles()
    14.5
    """

    @functools.wraps(function)
    def draw(*args: P.args, **kwargs: P.kwargs) -> R:
        with style():
            return function(*args, **kwargs)

    return draw


@styled
def figure(width: float = 11, height: float = 4.2, **kwargs: Any) -> Figure:
    """Make a matplotlib figure in the style of the course.

    Parameters
    ----------
    width, height : float
        In inches.
    **kwargs
        What `matplotlib.figure.Figure` takes besides.

    Returns
    -------
    matplotlib.figure.Figure
        Not known to pyplot. Its axes are laid out without overlaps.

    Examples
    --------
    >>> print(figure(6, 3))
    Figure(600x300)
    """
    return Figure(figsize=(width, height), layout="constrained", **kwargs)


# --- colors ---


def ink(meaning: str, words: str) -> str:
    """Give words of an explorer's sentence the color of what they name.

    Parameters
    ----------
    meaning : str
        A name of `COLORS` or `OPTIMIZER_COLORS`.
    words : str
        The words.

    Returns
    -------
    str
        What `live` shows in color, and `summary` without it.

    Examples
    --------
    >>> ink("gradient", "the gradient")
    '<#C8480A>the gradient</>'
    """
    return f"<{(COLORS | OPTIMIZER_COLORS)[meaning]}>{words}</>"


def dark(color: Any) -> tuple[float, float, float]:
    """Return what a color becomes in the dark theme.

    Parameters
    ----------
    color : color
        Any that matplotlib knows.

    Returns
    -------
    tuple of 3 floats
        Red, green, and blue, from 0 to 1.

    Notes
    -----
    The same as `filter: invert(0.9) hue-rotate(180deg)` in `live.css`: lightness turns round and
    hue stays. The matrix is that of the W3C's Filter Effects Module, section "hue-rotate".

    Examples
    --------
    >>> from matplotlib.colors import to_hex
    >>> to_hex(dark("white")), to_hex(dark(COLORS["path"]))
    ('#191919', '#4faadd')
    """
    inverted = 0.9 - 0.8 * np.array(to_rgb(color))
    turned = 2 * np.array([0.213, 0.715, 0.072]) @ inverted - inverted
    return tuple(np.clip(turned, 0, 1).tolist())


# --- marks that mean the same in every picture ---


def dot(
    axes: Axes,
    x: ArrayLike = (),
    y: ArrayLike = (),
    color: str = "path",
    size: float = 10,
    **options: Any,
) -> Line2D:
    """Draw a dot with a white edge: where something is now.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where it is drawn.
    x, y : sequence of float
        Where it is. Left out, it waits for its `set_data`.
    color : str
        A name of `COLORS`, or any color of matplotlib.
    size : float
        Of the dot, in points.
    **options
        What `axes.plot` takes besides.

    Returns
    -------
    matplotlib.lines.Line2D
        The line of which it is the marker.

    Examples
    --------
    >>> now = dot(figure().subplots(), [1], [2], "gradient")
    >>> now.get_color(), now.get_marker()
    ('#C8480A', 'o')
    """
    options = {"marker": "o", "linestyle": "none", "markeredgecolor": "white"} | options
    (line,) = axes.plot(x, y, color=COLORS.get(color, color), markersize=size, **options)
    return line


def ring(axes: Axes, x: ArrayLike = (), y: ArrayLike = (), **options: Any) -> Line2D:
    """Draw a ring: where something starts.

    Parameters
    ----------
    axes, x, y
        As for `dot`.
    **options
        `size`, as for `dot`, and what `axes.plot` takes besides.

    Returns
    -------
    matplotlib.lines.Line2D
        The line of which it is the marker.

    Examples
    --------
    >>> ring(figure().subplots(), [1], [2]).get_color()
    'white'
    """
    look: dict[str, Any] = {
        "size": 11,
        "markeredgecolor": COLORS["start"],
        "markeredgewidth": 2,
    } | options
    return dot(axes, x, y, "white", **look)


def show_as(line: Line2D, marker: Any) -> None:
    """Give a line a marker, if it has another one.

    Matplotlib makes a new marker of the same kind, too, and a live figure then draws the line anew.

    Parameters
    ----------
    line : matplotlib.lines.Line2D
        It changes in place.
    marker : str, int or tuple
        What `Line2D.set_marker` takes.

    Examples
    --------
    >>> now = dot(figure().subplots(), [1], [2])
    >>> show_as(now, "^")
    >>> now.get_marker()
    '^'
    """
    if line.get_marker() != marker:
        line.set_marker(marker)


def star(axes: Axes, x: ArrayLike, y: ArrayLike, size: float = 14, **options: Any) -> Line2D:
    """Draw a star: a minimum.

    Parameters
    ----------
    axes, x, y, size
        As for `dot`.
    **options
        What `axes.plot` takes besides.

    Returns
    -------
    matplotlib.lines.Line2D
        The line of which it is the marker.

    Examples
    --------
    >>> star(figure().subplots(), [0], [0]).get_marker()
    '*'
    """
    look: dict[str, Any] = {
        "marker": "*",
        "markeredgecolor": "#404040",
        "markeredgewidth": 0.8,
    } | options
    return dot(axes, x, y, "minimum", size, **look)


# --- notebooks ---


def use() -> None:
    """Draw all figures of this session in the style of the course.

    In a notebook each also gets a text, for those who do not see it: `describe`.

    Examples
    --------
    >>> with mpl.rc_context():  # which ends the session's style with it
    ...     use()
    ...     print(mpl.rcParams["axes.titlesize"])
    14.5
    """
    mpl.rcParams.update(SETTINGS)
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:  # in a notebook
        shell.display_formatter.formatters["text/plain"].for_type(
            Figure, lambda figure, printer, _cycle: printer.text(describe(figure))
        )


def describe(figure: Figure) -> str:
    """Return a figure in words: the titles and the axes of its plots.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Any figure.

    Returns
    -------
    str
        What notebooks store beside the picture.

    Examples
    --------
    >>> axes = figure().subplots()
    >>> _ = axes.set(title="The loss", xlabel="weight $w_0$", ylabel="loss")
    >>> describe(axes.figure)
    'Figure: The loss, loss against weight w_0'
    """
    plots = []
    for axes in figure.axes:
        title, x, y = (
            " ".join(text.translate(PLAIN).split())
            for text in (
                axes.get_title("left") or axes.get_title(),
                axes.get_xlabel(),
                axes.get_ylabel(),
            )
        )
        plots.append(
            ", ".join(part for part in (title, f"{y} against {x}" if x and y else x or y) if part)
        )
    return "Figure: " + "; ".join(
        filter(None, plots) if any(plots) else [f"{len(plots)} plots without titles"]
    )
