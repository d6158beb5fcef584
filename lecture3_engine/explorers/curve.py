"""What the explorers of one weight share.

The curves, how they are drawn, and an arrow along the weights below them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..finite_difference import rate_of_change
from ..style import COLORS, show_as, star
from ..surfaces import Surface, lecture_curve, parabola
from . import landscape

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.text import Text

    from ..tensor import Array

# every curve is shown from -3.2 to 3.2, so that a weight means the same place in all of them
WINDOW = 3.2
WHOLE = np.linspace(-WINDOW, WINDOW, 321)

wave = Surface(
    "wave",
    r"$1 - \cos 2w$",
    np.array([[0], [-np.pi], [np.pi]]),
    ((-WINDOW, WINDOW),),
    np.array([1.2]),
    lambda w: 1 - np.cos(2 * w),
    lambda w: [2 * np.sin(2 * w)],
)
exponential = Surface(
    "exponential",
    r"$e^w - w - 1$",
    np.array([[0.0]]),
    ((-WINDOW, WINDOW),),
    np.array([-3.0]),
    lambda w: np.exp(w) - w - 1,
    lambda w: [np.exp(w) - 1],
)

CURVES = {
    "lecture curve": lecture_curve,
    "parabola": parabola,
    "wave": wave,
    "exponential": exponential,
}
# the loss at the upper edge of the curve's part of the picture
TOPS = {"lecture curve": 9, "parabola": 5.5, "wave": 2.4, "exponential": 9}


def draw_curve(axes: Axes, name: str) -> list[Artist]:
    """Draw the curve with a star at each minimum.

    Below it is a strip for the arrow and its name. Returns the artists, so that they can be removed
    again.
    """
    surface, top = CURVES[name], TOPS[name]
    places = surface.minima[:, 0]
    (curve,) = axes.plot(
        WHOLE, surface.loss(WHOLE[:, None]), color=COLORS["loss"], linewidth=2.5, zorder=2
    )
    stars = star(axes, places, surface.loss(places[:, None]), size=15, zorder=3, clip_on=False)
    axes.set(
        xlim=(-WINDOW, WINDOW),
        ylim=(-0.25 * top, top),
        yticks=np.arange(0, top, 1 if top < 6 else 2).round(),
        xticks=range(-3, 4),
        xlabel="weight $w$",
        ylabel=r"loss $\ell$",
    )
    return [curve, stars]


def strip(name: str) -> float:
    """Return the height at which the arrow below the curve is drawn."""
    return -0.1 * TOPS[name]


def draw_arrow(axes: Axes) -> tuple[Line2D, Line2D, Text]:
    """Make (shaft, head, name) of the arrow below the curve."""
    look: dict[str, Any] = {"color": COLORS["path"]}
    (shaft,) = axes.plot([], [], linewidth=3, solid_capstyle="butt", **look)
    (head,) = axes.plot([], [], markersize=11, linestyle="none", **look)
    return shaft, head, axes.text(0, 0, "", ha="center", va="top", zorder=7, **look)


def show_arrow(
    arrow: tuple[Line2D, Line2D, Text], curve: str, begin: float, end: float, name: str, room: float
) -> None:
    """Let the arrow's tip be at `end`; below its middle is its name, `room` away from the edges."""
    shaft, head, text = arrow
    low, way = strip(curve), np.sign(end - begin)
    tip = float(np.clip(end, -WINDOW, WINDOW))
    head.set_markersize(min(11, 3 + 40 * abs(tip - begin)))  # a short step has a small head
    # the shaft ends within the head: it is wider than the tip
    shaft.set_data([begin, tip - way * min(0.08, abs(tip - begin))], [low, low])
    head.set_data([tip], [low])
    # matplotlib's carets to the left and to the right, whose place is that of their tip
    show_as(head, 4 if way < 0 else 5 if way > 0 else "o")
    middle = np.clip((begin + tip) / 2, room - WINDOW, WINDOW - room)
    text.set(text=name, position=(middle, 1.35 * low))


def above(
    low: float, x: Array, w: float | np.floating, height: float, slope: float
) -> tuple[Array, Array]:
    """Return (x, y) of the line of this slope through (w, height), from low on upwards."""
    y = height + slope * (x - w)
    with np.errstate(divide="ignore", invalid="ignore"):  # level, and all of it above
        return np.where(y < low, w + (low - height) / slope, x), np.maximum(y, low)


def curvature(surface: Surface, w: float) -> float:
    """Return the second derivative of the loss: the slope of the gradient."""
    return float(rate_of_change(surface.gradient, float(w), 1e-3, "central"))


def gone_at(points: Array) -> int | None:
    """Return the step from which on a weight is outside the picture for good.

    None if the path ends inside.
    """
    return landscape.gone_at(points[:, None], WINDOW)
