"""The visual language of all pictures: one thing, one colour, everywhere. Needs matplotlib, and
knows nothing else.

The colours are those of Okabe and Ito (2008), which people with any kind of colour vision tell
apart. Lines differ in style too, so that a picture also works in grey.
"""

import contextlib
import functools
import sys

import matplotlib
import matplotlib.colors
from matplotlib.figure import Figure

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
LINE_STYLES = ["-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (8, 2))]
# low is dark
LANDSCAPE = matplotlib.colors.LinearSegmentedColormap.from_list(
    "landscape", ["#A9C1D3", "#C7D8E4", "#DFE9F0", "#F1F5F8", "#FCFDFD"]
)
PLAIN = str.maketrans("", "", "$\\{}")  # drops the signs of mathtext
DIGITS = "gray_r"  # ink on paper
SIGNED = "PuOr"  # weights, gradients, changes: violet above 0, orange below

SETTINGS = {
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
    "axes.prop_cycle": matplotlib.cycler(color=CYCLE),
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "image.cmap": "viridis",
    "mathtext.fontset": "dejavusans",
    "svg.hashsalt": "lecture3",
    "figure.dpi": 100,
}


with matplotlib.rc_context(SETTINGS):
    _CHECKED = {name: matplotlib.rcParams[name] for name in SETTINGS}


@contextlib.contextmanager
def style():
    """What is drawn inside is in the style of the course, whatever the learner's own matplotlib
    settings are.

    As matplotlib's rc_context, which copies all of its 300 settings twice: too slow for every move
    of a slider.
    """
    before = {name: matplotlib.rcParams[name] for name in _CHECKED}
    dict.update(matplotlib.rcParams, _CHECKED)
    try:
        yield
    finally:
        dict.update(matplotlib.rcParams, before)


def styled(function):
    """Decorator: what the function draws is in the style of the course."""

    @functools.wraps(function)
    def draw(*args, **kwargs):
        with style():
            return function(*args, **kwargs)

    return draw


@styled
def figure(width=11, height=4.2, **kwargs):
    """A matplotlib Figure in the style of the course, not known to pyplot, with its axes laid out
    without overlaps.
    """
    return Figure(figsize=(width, height), layout="constrained", **kwargs)


def use():
    """All figures of this session in the style of the course, and each with a text for those who do
    not see it.
    """
    matplotlib.rcParams.update(SETTINGS)
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:  # in a notebook
        shell.display_formatter.formatters["text/plain"].for_type(
            Figure, lambda figure, printer, cycle: printer.text(describe(figure))
        )


def describe(figure):
    """A figure in words: the titles and the axes of its plots. Notebooks store it beside the
    picture.
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
