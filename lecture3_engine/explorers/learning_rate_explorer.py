"""Learning rate: too small, right, oscillating, diverging.

Lecture, section 3, "Learning Rate (aka step size)".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..descent import descend
from ..live import Explorer, choice, log_slider, player, slider
from ..style import COLORS, dot, figure, ring, styled
from .formats import number
from .landscape import LANDSCAPES, WINDOW, draw_landscape, how_it_went, inside, loss_after, plane

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..descent import Path
    from ..surfaces import Surface
    from ..tensor import Array

STEPS = 100
RATES = np.geomspace(1e-4, 4, 121)


@lru_cache(maxsize=1)
def every_rate(landscape: str, w0: float, w1: float) -> Array:
    """Return the losses (steps + 1, rates) of all of RATES, by one call of descend.

    They stay while lr is dragged.
    """
    return descend(LANDSCAPES[landscape], [w0, w1], steps=STEPS, lr=RATES[:, None]).losses


@lru_cache(maxsize=1)
def run(landscape: str, lr: float, w0: float, w1: float) -> Path:
    """Return the path of the learner's lr."""
    return descend(LANDSCAPES[landscape], [w0, w1], steps=STEPS, lr=lr)


class LearningRateExplorer(Explorer):
    """Gradient descent with a learning rate that you drag: its path, its loss, and how every other
    learning rate would have done.
    """

    landscape = choice("landscape", "ravine", LANDSCAPES)
    lr = log_slider("learning rate  lr", 0.03, min=1e-4, max=4)
    w0 = slider("start  w₀", -4.0, min=-WINDOW, max=WINDOW, step=0.05)
    w1 = slider("start  w₁", 2.0, min=-WINDOW, max=WINDOW, step=0.05)
    step = player("step", 50, max=STEPS)

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the plane, the loss along the path, and the loss for every lr."""
        fig = figure(11.5, 4.2)
        self.plane, losses, rates = fig.subplots(1, 3, width_ratios=(1, 1.05, 1.05))
        self.background: list[Artist] = []
        return fig, [self.draw_plane(), self.draw_losses(losses), self.draw_rates(rates)]

    def draw_plane(self) -> list[Any]:
        """Draw the path. Returns what moves, as the other parts of `draw` do."""
        plane(self.plane)
        self.plane.set_title("Path (drag the start)")
        (self.path,) = self.plane.plot(
            [], [], "o-", color=COLORS["path"], markersize=4, linewidth=1.5, zorder=5
        )
        self.start = ring(self.plane, zorder=6)
        self.now = dot(self.plane, zorder=7)
        self.drag(self.plane, x="w0", y="w1")
        return [self.path, self.start, self.now]

    def draw_losses(self, axes: Axes) -> list[Any]:
        """Draw the loss along the path."""
        axes.set(
            xlim=(0, STEPS),
            ylim=(1e-9, 1e6),
            yscale="log",
            xlabel="iteration",
            ylabel=r"loss $\ell$",
            title="Loss along the path",
        )
        axes.grid(True)
        (self.loss,) = axes.plot([], [], color=COLORS["path"])
        self.loss_now = dot(axes)
        return [self.loss, self.loss_now]

    def draw_rates(self, axes: Axes) -> list[Any]:
        """Draw the loss at this step for every lr, and the two that theory knows."""
        axes.set(
            xlim=(RATES[0], RATES[-1]),
            ylim=(1e-9, 1e6),
            xscale="log",
            yscale="log",
            xlabel="learning rate  lr",
            title="Loss at this step, for every lr",
        )
        axes.grid(True)
        (self.all,) = axes.plot([], [], color=COLORS["quiet"])
        (self.limit,) = axes.plot(
            [], [], "--", color=COLORS["limit"], label=r"limit $2/\lambda_{max}$"
        )
        best = r"best $2/(\lambda_{min}+\lambda_{max})$"
        (self.best,) = axes.plot([], [], ":", color=COLORS["best"], linewidth=2.5, label=best)
        self.here = dot(axes)
        self.legend = axes.legend(loc="lower left", handlelength=1.6, borderaxespad=0.2)
        return [self.all, self.limit, self.best, self.here]

    @styled
    def update(self) -> str:
        """Show the descent up to this step, beside those of all other rates."""
        if "landscape" in self.changed:
            self.background = draw_landscape(self.plane, self.landscape, instead_of=self.background)
            self.legend.set_visible(LANDSCAPES[self.landscape].hessian_eigenvalues is not None)
        surface = LANDSCAPES[self.landscape]
        path, others = (
            run(self.landscape, self.lr, self.w0, self.w1),
            every_rate(self.landscape, self.w0, self.w1),
        )
        points, loss = path.points[: self.step + 1], path.losses[: self.step + 1]
        self.path.set_data(*inside(points).T)
        self.start.set_data([self.w0], [self.w1])
        self.now.set_data(*points[-1:].T)
        self.loss.set_data(range(self.step + 1), loss)
        self.loss_now.set_data([self.step], loss[-1:])
        self.all.set_data(RATES, others[self.step])
        self.here.set_data([self.lr], loss[-1:])
        limit, best = limits(surface)
        self.limit.set_data([limit, limit], [1e-12, 1e9])
        self.best.set_data([best, best], [1e-12, 1e9])
        return self.sentence(surface, path, limit, best)

    def sentence(self, surface: Surface, path: Path, limit: float, best: float) -> str:
        """Say how it went, and how lr stands to the limit where there is one."""
        kind, words = how_it_went(surface, path, self.step)
        if surface.hessian_eigenvalues is None:
            return f"lr {number(self.lr)} on {self.landscape}: {words}."
        steep = surface.hessian_eigenvalues == surface.hessian_eigenvalues.max()
        start = np.array([self.w0, self.w1])
        swings = start[steep].any()  # a weight that starts at 0 stays there
        who = "it" if steep.all() else "the steep weight"
        if self.lr >= limit:
            where = (
                f"lr {number(self.lr)} is {'above' if self.lr > limit else 'exactly'} the limit"
                f" 2/λmax = {number(limit)}"
            )
            if not swings:
                return f"{where}, but {who} starts at 0, where its gradient is 0: {words}."
            if self.lr == limit:
                return f"{where}: {who} jumps from side to side forever, without coming nearer."
            step = "each step" if steep.all() else "each step of the steep weight"
            return f"{where}: {words if kind == 'diverges' else f'{step} overshoots further'}."
        where = "comes down without swinging"
        if swings:
            where = (
                "swings from side to side, as lr is above 1/λmax"
                if self.lr > limit / 2
                else f"{where}, as lr is not above 1/λmax"
            )
        if kind == "oscillates":
            words = loss_after(self.step, path.losses)
        return (
            f"lr {number(self.lr)} is below the limit 2/λmax = {number(limit)} (best:"
            f" {number(best)}): it {where}, and {words}."
        )


def limits(surface: Surface) -> tuple[float, float]:
    """Return (2 / l_max, 2 / (l_min + l_max)) of a quadratic: two learning rates.

    The first is where gradient descent stops converging, the second the fastest. NaN where the
    curvature changes from place to place, and no such number exists.

    Along an axis of curvature l each step multiplies the weight by 1 - lr l: it shrinks if and only
    if lr < 2 / l, and the slowest axis shrinks fastest when the two ends are equal, 1 - lr l_min =
    -(1 - lr l_max).
    """
    if surface.hessian_eigenvalues is None:
        return np.nan, np.nan
    low, high = surface.hessian_eigenvalues.min(), surface.hessian_eigenvalues.max()
    return 2 / high, 2 / (low + high)
