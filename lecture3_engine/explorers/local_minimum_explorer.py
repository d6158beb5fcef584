"""A ball between a local and the global minimum. Lecture, section 3, "Local Minimum"."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import matplotlib.colors
import matplotlib.patches
import numpy as np

from ..descent import descend
from ..live import Explorer, log_slider, player, slider
from ..style import COLORS, dot, figure, ring, styled
from ..surfaces import lecture_curve
from .curve import WHOLE, WINDOW, curvature, draw_curve, gone_at
from .formats import counted, fixed, number, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..descent import Path
    from ..tensor import Array

STEPS = 100
HILL = 0.5  # the hill top between the two minima
CLOSE = 0.25  # a ball that ends this near to a minimum belongs to it
LAST = 10  # and one that is as near for so many steps does not pass through
BETA = 0.95
# none of the starts is the hill top itself
STARTS, BETAS = np.linspace(-WINDOW, WINDOW, 50), np.linspace(0, BETA, 30)
# the momentum that a sentence names: round numbers, to be set as they are read
TRIED = np.arange(1, 96) / 100
CURVATURES = [curvature(lecture_curve, place) for place in lecture_curve.minima[:, 0]]
GLOBAL, LOCAL, MOVING, GONE = range(4)
ENDS = {
    "global minimum": "#F5D08A",
    "local minimum": "#8FBBDD",
    "neither yet": "#ECECEC",
    "diverged": "#6E6E6E",
}


def where(w: Array) -> Array:
    """Return which of `ENDS` a ball at w belongs to, be it at rest or on its way through.

    NaN has diverged.
    """
    low, high = lecture_curve.minima[:, 0]
    end = np.full(np.shape(w), MOVING)
    end[np.abs(w - low) < CLOSE] = GLOBAL
    end[np.abs(w - high) < CLOSE] = LOCAL
    end[~np.isfinite(w)] = GONE
    return end


def rest(points: Array, lr: float, beta: float | Array) -> Array:
    """Return in which minimum the balls come to rest: GLOBAL, LOCAL, or MOVING for none.

    `points` is (steps + 1, ...). Near a minimum a ball is drawn to it where lr < 2 (1 + beta) /
    curvature. Above that it jumps about it, however near it is, unless it stands still.
    """
    end = np.full(points.shape[1:], MOVING)
    for which, place, steepness in zip(
        (GLOBAL, LOCAL), lecture_curve.minima[:, 0], CURVATURES, strict=True
    ):
        distance = np.abs(points[-LAST:] - place).max(axis=0)
        end[(distance < CLOSE) & ((lr < 2 * (1 + beta) / steepness) | (distance < 1e-6))] = which
    return end


@lru_cache(maxsize=1)
def ends(lr: float) -> Array:
    """Return where each (beta, w0) is at the end, (betas, starts), by one call of descend."""
    starts = np.broadcast_to(STARTS[:, None], (len(BETAS), len(STARTS), 1))
    return where(
        descend(
            lecture_curve,
            starts,
            steps=STEPS,
            keep_path=False,
            lr=lr,
            momentum=BETAS[:, None, None],
        ).points[0, ..., 0]
    )


@lru_cache(maxsize=1)
def roll(lr: float, beta: float, w0: float) -> Path:
    """Return the path of the learner's ball."""
    return descend(lecture_curve, [w0], steps=STEPS, lr=lr, momentum=beta)


@lru_cache(maxsize=2)  # with momentum and without
def share(lr: float, beta: float) -> float:
    """Return the part of the starts that are near the global minimum at the end."""
    paths = descend(
        lecture_curve, STARTS[:, None], steps=STEPS, keep_path=False, lr=lr, momentum=beta
    )
    return float(np.mean(where(paths.points[0, :, 0]) == GLOBAL))


@lru_cache(maxsize=1)
def rescues(lr: float, w0: float) -> Array:
    """Return those of TRIED with which the ball comes to rest in the global minimum."""
    path = descend(lecture_curve, [w0], steps=STEPS, lr=lr, momentum=TRIED[:, None])
    return TRIED[rest(path.points[..., 0], lr, TRIED) == GLOBAL]


class LocalMinimumExplorer(Explorer):
    """A ball that rolls down a curve with a local and a global minimum, and the map of where each
    start and momentum ends up.
    """

    lr = log_slider("learning rate  lr", 0.14, min=1e-3, max=1)
    beta = slider("momentum  β", 0.7, min=0, max=BETA, step=0.005)
    w0 = slider("start  w₀", 2.9, min=-WINDOW, max=WINDOW, step=0.05)
    step = player("step", STEPS, max=STEPS)

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the curve and the map."""
        fig = figure(11.5, 4.7)
        plot, plane = fig.subplots(1, 2, width_ratios=(1.15, 1))
        handles = [
            matplotlib.patches.Patch(
                facecolor=color, edgecolor="#808080", linewidth=0.5, label=name
            )
            for name, color in ENDS.items()
        ]
        fig.legend(
            handles=handles, loc="outside lower right", ncols=4, handlelength=1.2, columnspacing=1.4
        )
        self.drag(plot, x="w0")
        self.drag(plane, x="w0", y="beta")
        return fig, [self.draw_map(plane), self.draw_plot(plot)]

    def draw_map(self, plane: Axes) -> list[Any]:
        """Draw where each start and momentum ends up. Returns what moves, as `draw_plot` does."""
        plane.set(
            xlim=(-WINDOW, WINDOW),
            ylim=(0, BETA),
            xticks=range(-3, 4),
            xlabel="start $w_0$",
            ylabel=r"momentum $\beta$",
            title=f"Where it is after {STEPS} steps (drag the dot)",
        )
        self.map = plane.imshow(
            ends(self.lr),
            extent=extent(STARTS, BETAS),
            origin="lower",
            aspect="auto",
            interpolation="nearest",
            cmap=matplotlib.colors.ListedColormap(list(ENDS.values())),
            vmin=-0.5,
            vmax=3.5,
        )
        (self.cross,) = plane.plot([], [], ":", color="#404040", linewidth=1)
        self.here = dot(plane, color="momentum", size=12, markeredgewidth=1.5, clip_on=False)
        return [self.map, self.cross, self.here]

    def draw_plot(self, plot: Axes) -> list[Any]:
        """Draw the curve with its two valleys, and the ball."""
        draw_curve(plot, "lecture curve")
        plot.set_title("The ball (drag the start)")
        for name, side in ("global minimum", WHOLE <= HILL), ("local minimum", WHOLE >= HILL):
            plot.fill_between(
                WHOLE[side],
                plot.get_ylim()[0],
                lecture_curve.loss(WHOLE[side][:, None]),
                color=ENDS[name],
                linewidth=0,
                zorder=0,
            )
        plot.text(-2, -1.1, "global minimum", ha="center", va="center")
        plot.text(2, -1.1, "local minimum", ha="center", va="center")
        (self.path,) = plot.plot(
            [], [], "o-", color=COLORS["momentum"], markersize=4, linewidth=1.2, zorder=5
        )
        self.start = ring(plot, zorder=6)
        self.ball = dot(plot, color="momentum", size=15, markeredgewidth=1.5, zorder=7)
        (self.speed,) = plot.plot([], [], color=COLORS["momentum"], linewidth=2.5)
        (self.head,) = plot.plot([], [], color=COLORS["momentum"], markersize=9, linestyle="none")
        self.says = plot.text(0.02, 0.985, "", transform=plot.transAxes, va="top")
        return [self.path, self.start, self.speed, self.head, self.ball, self.says]

    def update(self) -> str:
        """Show the ball at this step, and the map of this lr."""
        path, found = roll(self.lr, self.beta, self.w0), ends(self.lr)
        points, losses, gone = path.points[:, 0], path.losses, gone_at(path.points[:, 0])
        # the last point in the picture
        last = self.step if gone is None else min(self.step, gone - 1)
        self.path.set_data(points[: last + 1], losses[: last + 1])
        self.start.set_data([self.w0], losses[:1])
        self.ball.set_data(points[[last]], losses[[last]])
        velocity = points[last] - points[last - 1] if last else 0.0
        tip = points[last] + velocity
        self.speed.set_data([points[last], tip], losses[[last, last]])
        self.head.set_data(
            [tip] if abs(velocity) > 0.05 else [], losses[[last]] if abs(velocity) > 0.05 else []
        )
        self.head.set_marker("<" if velocity < 0 else ">")
        self.says.set_text(
            f"step {last}:   w = {fixed(points[last], 2)},   ℓ(w) = {fixed(losses[last], 2)}"
        )
        if "lr" in self.changed:
            self.map.set_data(found)
        self.cross.set_data(
            [-WINDOW, WINDOW, np.nan, self.w0, self.w0], [self.beta, self.beta, np.nan, 0, BETA]
        )
        self.here.set_data([self.w0], [self.beta])
        return self.sentence(path)

    def sentence(self, path: Path) -> str:
        """Say how the ball does, what more momentum would do, and how the other starts end."""
        end = int(rest(path.points[:, 0], self.lr, self.beta))
        words = (
            f"lr {number(self.lr)}, β {number(self.beta)}, start {signed(self.w0)}:"
            f" {self.so_far(path, end)}"
        )
        more = rescues(self.lr, self.w0) if end == LOCAL else np.array([])
        more = more[more > self.beta]
        if len(more):
            words += (
                f" With more momentum, β {number(more[0])}, it would roll on into the global"
                " minimum."
            )
        words += (
            f" After {STEPS} steps {100 * share(self.lr, self.beta):.0f} % of the starts are near"
            " the global minimum"
        )
        return words + (
            f", without momentum {100 * share(self.lr, 0.0):.0f} %." if self.beta else "."
        )

    def so_far(self, path: Path, end: int) -> str:
        """Say what the ball has done up to this step."""
        points = path.points[:, 0]
        gone = gone_at(points)
        if gone is not None and self.step >= gone:
            return f"lr is too big, after {counted(gone, 'step')} the ball has left the picture."
        if end in (GLOBAL, LOCAL):
            name, place = ("global", "local")[end], lecture_curve.minima[end, 0]
            arrived = (
                len(points) - int(np.argmin(np.abs(points - place)[::-1] < CLOSE))
                if (np.abs(points - place) >= CLOSE).any()
                else 0
            )
            if self.step >= arrived:
                return f"the ball comes to rest in the {name} minimum w = {signed(place)}" + (
                    f", near it for good after {counted(arrived, 'step')}." if arrived else "."
                )
        if self.w0 == HILL:
            return "the ball stands still on the hill top, where the gradient is zero."
        if self.step == 0:
            return "the ball is about to start."
        return (
            f"after {counted(self.step, 'step')} the ball is at w = {fixed(points[self.step], 2)},"
            " and not at rest."
        )


def extent(x: Array, y: Array) -> tuple[float, float, float, float]:
    """Return the edges of a picture whose pixels have their centres at x and y."""
    dx, dy = (x[1] - x[0]) / 2, (y[1] - y[0]) / 2
    return x[0] - dx, x[-1] + dx, y[0] - dy, y[-1] + dy
