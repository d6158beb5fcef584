"""What the explorers of two weights share.

The window, the landscape drawn as level lines, and words for where a descent went.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import surfaces
from ..style import COLORS, CONTOUR, LANDSCAPE, show_as, star
from .formats import counted, number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from numpy.typing import ArrayLike

    from ..descent import Path
    from ..surfaces import Surface
    from ..tensor import Array

# Every landscape is shown in one window, so that a start means the same place in all of them. It is
# wider than high, as the picture has room for it; a descent starts in its middle.
WINDOW = np.array([8.0, 5.0])
START = 5.0
# Nearer, where paths stay about the middle: they are half as long again.
NEAR = np.array([5.5, 3.52])
STARTS = 5.0, 3.0
# of the axis of the loss: six decades; what is beyond runs along its edge
LOSSES = 1e-4, 1e2
# a learning rate that gets somewhere in a hundred steps, and shows something on the way
RATE = {
    "bowl": 0.1,
    "ravine": 0.03,
    "long ravine": 0.015,
    "saddle": 0.1,
    "Rosenbrock": 0.0003,
    "Himmelblau": 0.01,
    "Beale": 0.0005,
    "Rastrigin": 0.003,
}
LANDSCAPES = {
    "bowl": surfaces.quadratic((1, 1)),
    "ravine": surfaces.ravine,
    "long ravine": surfaces.quadratic((1, 100)),
    "saddle": surfaces.saddle,
    "Rosenbrock": surfaces.rosenbrock,
    "Himmelblau": surfaces.himmelblau,
    "Beale": surfaces.beale,
    "Rastrigin": surfaces.rastrigin,
}


@lru_cache
def _heights(name: str, n: int = 161) -> tuple[Array, Array, Array]:
    """Return the grid along both weights, and the loss on it."""
    w0, w1 = (np.linspace(-end, end, n) for end in WINDOW)
    return w0, w1, LANDSCAPES[name].loss(np.stack(np.meshgrid(w0, w1), axis=-1))


def draw_landscape(axes: Axes, name: str, instead_of: Iterable[Artist] = ()) -> list[Artist]:
    """Draw a landscape with a star at each minimum.

    Level lines and shades take the place of the artists that an earlier call returned. The levels
    are even in the square root of the loss, or in its logarithm where the loss spans many powers of
    ten: far walls do not hide the valley.
    """
    for artist in instead_of:
        artist.remove()
    surface = LANDSCAPES[name]
    w0, w1, height = _heights(name)
    if height.max() > 2000:
        height, count = np.log10(height + 0.1), 16
    else:
        height, count = np.sqrt(height), 14
    levels = np.linspace(height.min(), height.max(), count)
    fill = axes.contourf(w0, w1, height, levels, cmap=LANDSCAPE, zorder=0)
    lines = axes.contour(
        w0, w1, height, levels, colors=CONTOUR, linewidths=0.8, linestyles="solid", zorder=0.5
    )
    return [fill, lines, star(axes, *surface.minima.T, zorder=4)]


def plane(axes: Axes, window: Array = WINDOW) -> None:
    """Make the axes those of two weights, in one scale."""
    axes.set(
        xticks=range(-8, 9, 4) if window[0] >= 8 else range(-4, 5, 2),
        yticks=range(-4, 5, 2),
        xlim=(-window[0], window[0]),  # after the ticks, which would make them wider
        ylim=(-window[1], window[1]),
        aspect="equal",
        xlabel="weight $w_0$",
        ylabel="weight $w_1$",
    )


def loss_axis(axes: Axes, steps: int, title: str) -> None:
    """Make the axes those of the loss along a descent."""
    axes.set(xlim=(0, steps), ylim=LOSSES, yscale="log", xlabel="step", title=title)
    axes.set_yticks([1e-4, 1e-2, 1, 100], ["0.0001", "0.01", "1", "100"])
    axes.minorticks_off()
    axes.grid(True)


def within(losses: ArrayLike) -> Array:
    """Return losses as the axis of `loss_axis` shows them: what is beyond runs along its edge."""
    return np.clip(np.nan_to_num(losses, nan=np.inf), *LOSSES)


def walk(axes: Axes, color: str = "path", dashes: str = "-", **options: Any) -> Line2D:
    """Return a line for a path, each step a small dot: many of them must not hide the ground."""
    look: dict[str, Any] = {"marker": "o", "markersize": 3.5, "linewidth": 1.5, "zorder": 5}
    (line,) = axes.plot([], [], dashes, color=COLORS.get(color, color), **look | options)
    return line


def place_now(now: Line2D, points: Array, window: Array = WINDOW) -> None:
    """Put the dot where a path is now.

    Where it has left the picture for good, there is an arrowhead at the edge, as it went.
    """
    gone = gone_at(points, window)
    if not gone:  # inside, or started outside
        now.set_data(*points[-1:].T)
        show_as(now, "o")
        return
    way, place = leaves(points, gone, window)
    now.set_data(*place[:, None])
    show_as(now, (3, 0, np.degrees(np.arctan2(way[1], way[0])) - 90))


def leaves(points: Array, gone: int, window: Array = WINDOW) -> tuple[Array, Array]:
    """Return which way a path goes when it leaves the picture, and the place where it does."""
    inside, outside = points[gone - 1], np.clip(points[gone], -1e6, 1e6)
    way = outside - inside if np.isfinite(outside).all() else inside
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.nanmin(np.where(way == 0, np.inf, (np.sign(way) * window - inside) / way))
    return way, inside + min(share, 1) * way


def gone_at(points: Array, window: ArrayLike = WINDOW) -> int | None:
    """Return the step from which on a path (steps + 1, weights) is outside the picture for good.

    None if it ends inside. NaN is outside.
    """
    inside: Any = (np.abs(points) <= window).all(axis=-1)
    return None if inside[-1] else len(points) - int(np.argmax(inside[::-1]))


def inside(points: Array, window: Array = WINDOW) -> Array:
    """Return the path up to the point with which it leaves the picture for good.

    A descent that diverges is a line that leaves and not a thicket.
    """
    gone = gone_at(points, window)
    return points if gone is None else points[: gone + 1]


def last_step(points: Array, window: Array = WINDOW) -> Array:
    """Return the last two points of a path, none of one that has left the picture."""
    return points[-2:] if gone_at(points, window) is None else points[:0]


def enough(step: int, block: int = 20) -> int:
    """Return how many steps of a descent to compute so that the one after `step` is among them.

    A drag pays for no more, and Play seldom computes anew.
    """
    return block * (step // block + 1)


def loss_after(steps: int, losses: Array) -> str:
    """Say what the loss is."""
    return f"after {counted(steps, 'step')} the loss is {number(losses[steps])}"


def how_it_went(
    surface: Surface, path: Path, steps: int, window: Array = WINDOW
) -> tuple[str, str]:
    """Judge a descent of two weights by what it did.

    Returns its kind, which is diverges, converged, stuck, oscillates or slow, and words for it.
    """
    points, losses = path.points[: steps + 1], path.losses[: steps + 1]
    gone = gone_at(points, window)
    diverged_at: Any = path.diverged_at  # of one run a number
    lost = diverged_at is not None and diverged_at <= steps
    if gone is not None and (lost or not losses[-1] < losses[0]):
        grew = losses[:diverged_at] if lost else losses
        how = (
            "each step overshoots further" if (np.diff(grew) > 0).all() else "the steps are too big"
        )
        return "diverges", f"{how}; outside the picture after {counted(gone, 'step')}"
    near = np.linalg.norm(surface.minima - points[-1], axis=1)
    if near.min() < 0.02:
        place = surface.minima[near.argmin()]
        kind = (
            "the minimum"
            if np.isclose(surface.loss(place), surface.loss(surface.minima[0]))
            else "a local minimum"
        )
        arrived = int(np.argmax(np.linalg.norm(points - place, axis=1) < 0.02))
        return (
            "converged",
            (
                f"it reaches {kind} ({number(place[0])}, {number(place[1])}) after"
                f" {counted(arrived, 'step')}"
            ),
        )
    if np.linalg.norm(surface.gradient(points[-1])) < 1e-3:
        return (
            "stuck",
            (
                f"it comes to rest at ({number(points[-1, 0])}, {number(points[-1, 1])}), where the"
                f" gradient is zero but the loss is {number(losses[-1])}: not the lowest place"
            ),
        )
    moves = np.diff(points, axis=0)
    turns = (moves[1:] * moves[:-1]).sum(axis=1) < 0
    if len(turns) and turns.mean() > 0.5:
        return "oscillates", f"it jumps from side to side; {loss_after(steps, losses)}"
    return "slow", f"it is still on its way; {loss_after(steps, losses)}"
