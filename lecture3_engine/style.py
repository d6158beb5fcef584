"""The visual language of all pictures: one thing, one colour, everywhere.

It needs matplotlib, and knows nothing else.

The colours are those of Okabe and Ito (2008), which people with any kind of colour vision tell
apart. Lines differ in style too, so that a picture also works in grey.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import matplotlib as mpl
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from numpy.typing import ArrayLike

P = ParamSpec("P")
R = TypeVar("R")

COLORS = {
    "path": "#0072B2",  # where a descent goes; plain gradient descent; training data
    "momentum": "#009E73",  # the same with momentum; velocity
    "gradient": "#D55E00",  # gradient and tangent; validation data
    "secant": "#CC79A7",  # rc and the secant that it is the slope of
    "loss": "#404040",  # the loss itself, as a curve
    "limit": "#D55E00",  # what theory knows: dashed
    "best": "#E69F00",  # the best setting
    "minimum": "#E69F00",  # always a star
    "start": "#404040",  # always a ring
    "estimate": "#CC79A7",  # a gradient from a part of the data; like rc, an estimate
    "quiet": "#9A9A9A",  # helping lines
}
CYCLE = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#404040"]
LINE_STYLES: list[Any] = ["-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (8, 2))]
# low is dark
LANDSCAPE = LinearSegmentedColormap.from_list(
    "landscape", ["#A9C1D3", "#C7D8E4", "#DFE9F0", "#F1F5F8", "#FCFDFD"]
)
PLAIN = str.maketrans("", "", "$\\{}")  # drops the signs of mathtext
DIGITS = "gray_r"  # ink on paper
SIGNED = "PuOr"  # weights, gradients, changes: violet above 0, orange below

SETTINGS: dict[Any, Any] = {
    "font.size": 12,
    "axes.titlesize": 13,
    "axes.labelsize": 12,
    "legend.fontsize": 11,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#808080",
    "axes.linewidth": 0.8,
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.8,
    "lines.linewidth": 2,
    "legend.frameon": False,
    "axes.prop_cycle": cycler(color=CYCLE),
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "image.cmap": "viridis",
    "mathtext.fontset": "dejavusans",
    "svg.hashsalt": "lecture3",
    "figure.dpi": 100,
}


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
    13.0
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
    13.0
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
        A name of `COLORS`, or any colour of matplotlib.
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
    ('#D55E00', 'o')
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
    13.0
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
