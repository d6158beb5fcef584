"""Momentum: gradient descent beside gradient descent that keeps going.

Lecture, section 3, "Momentum".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap

from ..descent import descend
from ..live import Explorer, choice, log_slider, player, slider
from ..style import COLORS, dot, figure, ring, styled
from .formats import cell, counted, number
from .landscape import LANDSCAPES, WINDOW, draw_landscape, enough, gone_at, inside, plane

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from ..descent import Path
    from ..surfaces import Surface
    from ..tensor import Array

STEPS, MAP_STEPS = 100, 200
# here the loss at every minimum is 0, so that a rate can be measured
NAMES = ["bowl", "ravine", "long ravine", "Rosenbrock"]
# the largest lr of the map; elsewhere a little more than 4 / l_max, where no beta helps any more
WIDEST = {"Rosenbrock": 0.0044}
# of the rate; above the last one a descent gets nowhere
LEVELS = [0, 0.5, 0.7, 0.8, 0.85, 0.9, 0.93, 0.96, 0.98, 0.99, 0.995, 0.9999]
LONGEST = 1.8  # of the arrows, in the unit of the weights
COLOURS = ListedColormap(colormaps["Blues_r"](np.linspace(0.2, 1, len(LEVELS) - 1)))


@lru_cache(maxsize=1)
def run(
    landscape: str, lr: float, beta: float, w0: float, w1: float, steps: int
) -> tuple[Path, Path]:
    """Return the paths without and with momentum, from one call of descend."""
    paths = descend(
        LANDSCAPES[landscape], [w0, w1], steps=steps, lr=lr, momentum=np.array([[0.0], [beta]])
    )
    return paths.run(0), paths.run(1)


@lru_cache
def rate_map(landscape: str, n: int = 61, window: int = 20) -> tuple[Array, Array, Array]:
    """Return (lr, beta, rate), measured for n x n settings with one call of descend.

    The rate is the factor by which one step shortens the way to the minimum. Near a minimum the
    loss is proportional to the square of the distance, so the factor is (loss later / loss before)
    ^ (1 / 2 steps between). With momentum the loss swings: of `window` losses at both ends the
    largest counts. A descent that diverges, or gets no nearer, has the rate 1.
    """
    surface = LANDSCAPES[landscape]
    lr, beta = widest(landscape) * np.linspace(0.001, 1, n), np.linspace(0, 0.99, n)
    losses = descend(surface, steps=MAP_STEPS, lr=lr[:, None], momentum=beta[:, None, None]).losses
    before, later = losses[:window].max(axis=0), losses[-window:].max(axis=0)
    rate = np.full(before.shape, 1.0)
    fine = np.isfinite(before) & np.isfinite(later)
    rate[fine] = np.minimum((later[fine] / before[fine]) ** (1 / (2 * (MAP_STEPS + 1 - window))), 1)
    return lr, beta, rate


def widest(landscape: str) -> float:
    """Return the largest lr of the map."""
    eigenvalues = LANDSCAPES[landscape].hessian_eigenvalues
    return WIDEST[landscape] if eigenvalues is None else 4.2 / eigenvalues.max()


def heavy_ball(eigenvalues: Array, lr: float, beta: float) -> float:
    """Return the rate of w_next = w - lr l w + beta (w - w_previous) for known curvatures l.

    The slowest of the eigenvalues decides. This is a linear recurrence: w grows like x^t where
    x^2 - (1 + beta - lr l) x + beta = 0. The larger root counts. The product of the two is beta, so
    complex roots, a pair, have the modulus sqrt(beta) each (Goh, "Why Momentum Really Works",
    Distill 2017, prints 2 sqrt(beta), a slip).
    """
    trace = np.abs(1 + beta - lr * eigenvalues)
    discriminant = trace**2 - 4 * beta
    return np.where(
        discriminant < 0, np.sqrt(beta), (trace + np.sqrt(np.maximum(discriminant, 0))) / 2
    ).max()


def optimum(eigenvalues: Array) -> tuple[float, float]:
    """Return (lr, beta) of the fastest heavy ball (Polyak 1964).

    The largest and the smallest curvature have a double root then, +sqrt(beta) and -sqrt(beta).
    """
    low, high = np.sqrt(eigenvalues.min()), np.sqrt(eigenvalues.max())
    return (2 / (low + high)) ** 2, ((high - low) / (high + low)) ** 2


class MomentumExplorer(Explorer):
    """Gradient descent beside gradient descent with momentum, from one start, and the map of how
    fast every lr and beta converges.
    """

    landscape = choice("landscape", "ravine", NAMES)
    lr = log_slider("learning rate  lr", 0.03, min=1e-4, max=4, step=0.01)
    beta = slider("momentum  β", 0.8, min=0, max=0.99, step=0.01)
    w0 = slider("start  w₀", -4.0, min=-WINDOW, max=WINDOW, step=0.05)
    w1 = slider("start  w₁", 2.0, min=-WINDOW, max=WINDOW, step=0.05)
    step = player("step", 12, max=STEPS)

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw two planes and the map, and below them the losses and the arithmetic."""
        fig = figure(11.5, 6.4)
        rows = fig.add_gridspec(2, 1, height_ratios=(1.5, 1))
        top = rows[0].subgridspec(1, 3, width_ratios=(1, 1, 1.08))
        bottom = rows[1].subgridspec(1, 2, width_ratios=(1, 1.35))
        self.planes = [fig.add_subplot(top[0]), fig.add_subplot(top[1])]
        self.map, losses, ledger = map(fig.add_subplot, (top[2], bottom[0], bottom[1]))
        self.background: list[Artist] = []
        words = "Gradient descent", "Gradient descent with momentum"
        for axes, colour, title in zip(self.planes, ("path", "momentum"), words, strict=True):
            plane(axes)
            axes.set_title(title, color=COLORS[colour])
            self.drag(axes, x="w0", y="w1")
        self.planes[1].set(ylabel="")
        self.walks = [
            self.draw_walk(self.planes[0], losses, "path", "--", "gradient descent"),
            self.draw_walk(self.planes[1], losses, "momentum", "-", "with momentum"),
        ]
        losses.set(
            xlim=(0, STEPS),
            ylim=(1e-9, 1e6),
            yscale="log",
            xlabel="iteration",
            ylabel=r"loss $\ell$",
            title="Loss along the paths",
        )
        losses.grid(True)
        losses.legend(loc="upper right", ncols=2)
        self.draw_map(fig)
        self.draw_ledger(ledger)
        return fig, [self.walks, self.ledger]

    def draw_walk(
        self, axes: Axes, losses: Axes, colour: str, dashes: str, label: str
    ) -> tuple[Any, ...]:
        """Make what moves of one of the two descents.

        That is: path, start, place, arrows; loss, its place; the dot on the map.
        """
        (path,) = axes.plot(
            [], [], "o-", color=COLORS[colour], markersize=4, linewidth=1.5, zorder=5
        )
        start = ring(axes, zorder=6)
        now = dot(axes, color=colour, zorder=7, clip_on=False)
        look: dict[str, Any] = {"linewidth": 2.5, "solid_joinstyle": "miter", "zorder": 6.5}
        arrows = [
            axes.plot([], [], color=COLORS[part], **look)[0]
            for part in ("loss", "momentum", "gradient")
        ]
        (loss,) = losses.plot([], [], dashes, color=COLORS[colour], label=label)
        loss_now = dot(losses, color=colour, clip_on=False)
        here = dot(self.map, color=colour, zorder=6, clip_on=False)
        return path, start, now, arrows, loss, loss_now, here

    def draw_map(self, fig: Figure) -> None:
        """Draw the map of how fast every lr and beta converges, but for its colours."""
        self.map.set(
            xlabel="learning rate  lr",
            ylabel=r"momentum  $\beta$",
            title="Rate per step (drag the dot)",
            facecolor="#FBE9DD",
        )
        self.map.locator_params(nbins=4, axis="x")
        scale = ScalarMappable(BoundaryNorm(LEVELS, COLOURS.N), COLOURS)
        fig.colorbar(
            scale,
            ax=self.map,
            ticks=LEVELS[:-1],
            format="%g",
            pad=0.03,
            aspect=22,
            label="distance left after a step",
        )
        self.diverges = self.map.text(
            0,
            0,
            "diverges",
            color=COLORS["limit"],
            ha="right",
            va="center",
            transform=self.map.transAxes,
        )
        (self.border,) = self.map.plot(
            [], [], "--", color=COLORS["limit"], label=r"$2(1+\beta)/\lambda_{max}$"
        )
        (self.best,) = self.map.plot(
            [],
            [],
            "D",
            color=COLORS["best"],
            markeredgecolor="#404040",
            markersize=9,
            label="best",
            clip_on=False,
            in_layout=False,
        )
        self.legend = self.map.legend(loc="upper left", handlelength=1.5, borderaxespad=0.2)
        self.drag(self.map, x="lr", y="beta")

    def draw_ledger(self, axes: Axes) -> None:
        """Draw the table of one step."""
        axes.axis("off")
        axes.set(xlim=(0, 1), ylim=(0, 4), title="The step of the arrows, in numbers")
        columns = (
            (0.24, "loss", "$w$"),
            (0.5, "momentum", r"$+\ \beta\,\cdot$ velocity"),
            (0.77, "gradient", r"$-$ lr $\cdot$ gradient"),
            (1, "loss", "$=$ next $w$"),
        )
        for x, colour, name in columns:
            axes.text(x, 3.2, name, color=COLORS[colour], ha="right")
        for y, weight in ((2.1, "$w_0$"), (1.1, "$w_1$")):
            axes.text(0.02, y, weight)
        axes.text(
            0.02,
            0.1,
            "Arrows: in proportion, not to scale; orange starts where green ends.",
            color="#606060",
            fontsize=11,
        )
        self.ledger = [
            axes.text(x, y, "", color=COLORS[colour], ha="right")
            for y in (2.1, 1.1)
            for x, colour, _ in columns
        ]

    @styled
    def update(self) -> str:
        """Show both descents up to this step."""
        if "landscape" in self.changed:
            self.draw_background()
        surface = LANDSCAPES[self.landscape]
        # the arrows lead to the step after
        both = run(self.landscape, self.lr, self.beta, self.w0, self.w1, enough(self.step))
        for artists, path, beta in zip(self.walks, both, (0, self.beta), strict=True):
            walk, start, now, arrows, loss, loss_now, here = artists
            points, losses = path.points[: self.step + 1], path.losses[: self.step + 1]
            walk.set_data(*inside(points).T)
            start.set_data([self.w0], [self.w1])
            visible = gone_at(points) is None
            now.set_data(*(points[-1:] if visible else points[:0]).T)
            loss.set_data(range(self.step + 1), losses)
            loss_now.set_data([self.step], np.clip(losses[-1:], 1e-9, 1e6))
            here.set_data([min(self.lr, widest(self.landscape))], [beta])
            here.set_marker("o" if self.lr <= widest(self.landscape) else ">")
            parts = step_parts(surface, path, self.lr, beta, self.step)
            point_arrows(arrows, *parts[:3] if visible else np.full((3, 2), np.nan))
        for text, x, (equals, sign) in zip(
            self.ledger,
            np.transpose(parts).ravel(),
            (("", ""), ("", "+"), ("", "+"), ("= ", "")) * 2,
            strict=True,
        ):
            text.set_text(equals + cell(x, sign) if np.isfinite(parts[-1]).all() else "–")
        return self.sentence(surface, both)

    def draw_background(self) -> None:
        """Draw another landscape, and its map."""
        for artist in self.background:
            artist.remove()
        surface = LANDSCAPES[self.landscape]
        lr, beta, rate = rate_map(self.landscape)
        fill = self.map.contourf(lr, beta, rate, LEVELS, colors=COLOURS.colors, zorder=0)
        self.map.set(xlim=(lr[0], lr[-1]), ylim=(beta[0], beta[-1]))
        eigenvalues = surface.hessian_eigenvalues
        known = eigenvalues is not None
        self.border.set_data([], [])
        self.best.set_data([], [])
        if eigenvalues is not None:
            self.border.set_data([2 / eigenvalues.max(), 4 / eigenvalues.max()], [0, 1])
            self.best.set_data(*([x] for x in optimum(eigenvalues)))
        self.legend.set_visible(known)
        self.diverges.set_position((0.97, 0.08 if known else 0.93))
        self.background = [
            part for axes in self.planes for part in draw_landscape(axes, self.landscape)
        ] + [fill]

    def sentence(self, surface: Surface, both: tuple[Path, Path]) -> str:
        """Say how the two went, and what theory or the map knows of the rate."""
        plain, heavy = (where(path, self.step) for path in both)
        if self.step == 0:
            words = f"Both start with a loss of {number(both[0].losses[0])}. "
        elif self.beta == 0:
            words = (
                f"With β 0 both are plain gradient descent: after {counted(self.step, 'step')} it"
                f" {plain}. "
            )
        else:
            words = (
                f"After {counted(self.step, 'step')} gradient descent {plain}; with momentum it"
                f" {heavy}. "
            )
        if surface.hessian_eigenvalues is None:
            if self.lr > widest(self.landscape):
                return (
                    words
                    + f"lr {number(self.lr)} is too big for this landscape: drag the dot into the"
                    f" map, which ends at {number(widest(self.landscape))}."
                )
            x, y = surface.start
            return (
                words
                + f"The curvature changes from place to place, so the map is measured: {MAP_STEPS}"
                f" steps from ({number(x)}, {number(y)})."
            )
        high = surface.hessian_eigenvalues.max()
        limit = 2 * (1 + self.beta) / high
        if self.lr >= limit:
            return (
                words
                + f"lr {number(self.lr)} is not below the limit 2(1 + β)/λmax = {number(limit)}: no"
                " convergence, with momentum or without."
            )
        rate = heavy_ball(surface.hessian_eigenvalues, self.lr, self.beta)
        root = " = √β" if self.beta > 0 and np.isclose(rate, np.sqrt(self.beta)) else ""
        heavy_rate = f"{rate:.4g}{root}"
        if self.lr >= 2 / high:
            return (
                words
                + f"lr {number(self.lr)} is not below 2/λmax = {number(2 / high)}, so gradient"
                f" descent does not converge, but below 2(1 + β)/λmax = {number(limit)}: momentum"
                f" converges, at a rate of {heavy_rate} per step."
            )
        best = optimum(surface.hessian_eigenvalues)
        return (
            words
            + f"Rate per step: {heavy_ball(surface.hessian_eigenvalues, self.lr, 0):.4g} without"
            f" and {heavy_rate} with momentum; the best is"
            f" {heavy_ball(surface.hessian_eigenvalues, *best):.3g}, at lr {number(best[0])} and"
            f" β {number(best[1])}."
        )


def step_parts(
    surface: Surface, path: Path, lr: float, beta: float, step: int
) -> tuple[Array, Array, Array, Array]:
    """Return (w, beta velocity, -lr gradient, next w): the next w is the sum of the others.

    velocity = w - w_previous.
    """
    w = path.points[step]
    velocity = w - path.points[step - 1] if step else np.zeros(2)
    return w, beta * velocity, -lr * surface.gradient(w), path.points[step + 1]


def point_arrows(arrows: list[Line2D], w: Array, by_velocity: Array, by_gradient: Array) -> None:
    """Draw the two parts of a step head to tail, and their sum.

    In proportion: the longest is drawn `LONGEST` long, or nobody would see the short ones.
    """
    vectors = np.array([by_velocity + by_gradient, by_velocity, by_gradient])
    vectors *= LONGEST / max(np.linalg.norm(vectors, axis=1).max(), 1e-300)
    for arrow, tail, vector in zip(arrows, (w, w, w + vectors[1]), vectors, strict=True):
        length = np.linalg.norm(vector)
        along = vector / max(length, 1e-300) * min(0.4, length)
        across, tip = np.array([-along[1], along[0]]) / 2, tail + vector
        arrow.set_data(*np.transpose([tail, tip, tip - along + across, tip, tip - along - across]))


def where(path: Path, step: int) -> str:
    """Say where a path ends."""
    loss = path.losses[step]
    if not np.isfinite(loss):
        return f"has been lost to infinity since step {path.diverged_at}"
    gone = gone_at(path.points[: step + 1])
    if gone is not None:
        return f"is outside the picture, which it left at step {gone}"
    return f"has a loss of {number(loss)}"
