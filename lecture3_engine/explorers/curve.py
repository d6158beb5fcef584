"""What the explorers of one weight share: the curves, how they are drawn, and the line of a given
slope through a point of them.
"""

import numpy as np

from ..finite_difference import rate_of_change
from ..style import COLORS
from ..surfaces import Surface, lecture_curve, parabola
from . import landscape

RC_TEXT = "#A8517D"  # the colour of the secant, darker: letters are thin
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


def draw_curve(axes, name):
    """The curve with a star at each minimum, a strip below it for the arrow, room above it for two
    lines of text.

    Returns the artists, so that they can be removed again.
    """
    surface, top = CURVES[name], TOPS[name]
    places = surface.minima[:, 0]
    (curve,) = axes.plot(
        WHOLE, surface.loss(WHOLE[:, None]), color=COLORS["loss"], linewidth=2.5, zorder=2
    )
    (stars,) = axes.plot(
        places,
        surface.loss(places[:, None]),
        "*",
        color=COLORS["minimum"],
        markeredgecolor="#404040",
        markersize=15,
        markeredgewidth=0.8,
        linestyle="none",
        zorder=3,
        clip_on=False,
    )
    axes.set(
        xlim=(-WINDOW, WINDOW),
        ylim=(-0.2 * top, 1.22 * top),
        yticks=np.arange(0, top, 1 if top < 6 else 2).round(),
        xticks=range(-3, 4),
        xlabel="weight $w$",
        ylabel=r"loss $\ell$",
    )
    return [curve, stars]


def strip(name):
    """The height at which the arrow below the curve is drawn."""
    return -0.1 * TOPS[name]


def line(w, height, slope):
    """(x, y) of the straight line of this slope through (w, height), across the picture."""
    x = np.array([-2.0, 2.0]) * WINDOW
    return x, height + slope * (x - w)


def curvature(surface, w):
    """The second derivative of the loss: the slope of the gradient."""
    return float(rate_of_change(surface.gradient, float(w), 1e-3, "central"))


def gone_at(points):
    """The step from which on a weight is outside the picture for good, None if the path ends
    inside.
    """
    return landscape.gone_at(points[:, None], WINDOW)


def signed(x, digits=4):
    """A number for a formula in the picture: few digits, a true minus sign."""
    return f"{x + 0.0:.{digits}g}".replace("-", "−")  # + 0.0: there is no minus nought


def fixed(x, decimals=4):
    """A number that runs, without dancing: always as many decimals."""
    # + 0.0: there is no minus nought
    return f"{round(float(x), decimals) + 0.0:.{decimals}f}".replace("-", "−")
