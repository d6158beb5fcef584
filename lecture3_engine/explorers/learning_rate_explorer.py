"""Learning rate: too small, right, oscillating, diverging.

Lecture, section 3, "Learning Rate (aka step size)".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..descent import descend
from ..live import (
    Explorer,
    choice,
    drawing,
    log_slider,
    panels,
    player,
    slider,
    toggle,
)
from ..style import COLORS, dot, ink, ring, styled
from .formats import number
from .landscape import (
    LANDSCAPES,
    LOSSES,
    RATE,
    START,
    draw_landscape,
    how_it_went,
    inside,
    last_step,
    loss_after,
    loss_axis,
    place_now,
    plane,
    walk,
    within,
)
from .prediction import OFF, PREDICT, asked, judged, predicted, questioned, scrubbed, sketch

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..descent import Path
    from ..surfaces import Surface
    from ..tensor import Array

STEPS = 100
RATES = np.geomspace(1e-4, 4, 121)
VERDICTS = {
    "diverges": "Too big: the steps overshoot.",
    "converged": "It arrives.",
    "stuck": "It rests, but not at the lowest place.",
    "oscillates": "It swings from side to side.",
    "slow": "It is still on its way.",
}


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

    lr = log_slider("learning rate  lr", 0.03, min=1e-4, max=4)
    step = player("step", 50, max=STEPS)
    landscape = choice("landscape", "ravine", LANDSCAPES)
    predict = choice("predict its loss first", OFF, PREDICT)
    theory = toggle("show what theory knows", False)
    w0 = slider("start  w₀", -4.0, min=-START, max=START, step=0.05)
    w1 = slider("start  w₁", 2.0, min=-START, max=START, step=0.05)

    guess = drawing("your prediction")

    leads = ("lr",)
    together = (("w0", "w1"),)

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the plane, the loss along the path, and the loss for every lr."""
        figure, axes = panels({"plane": "hero", "losses": "second", "rates": "second"})
        self.plane, losses, rates = axes.values()
        self.background: list[Artist] = []
        return figure, [self.draw_plane(), self.draw_losses(losses), self.draw_rates(rates)]

    def draw_plane(self) -> list[Any]:
        """Draw the path. Returns what moves, as the other parts of `draw` do."""
        plane(self.plane)
        self.plane.set_title("The path down the loss")
        self.path = walk(self.plane)
        self.start = ring(self.plane, zorder=6)
        self.now = dot(self.plane, zorder=7, size=11, clip_on=False)
        self.drag(self.plane, x="w0", y="w1")
        return [self.path, self.start, self.now]

    def draw_losses(self, axes: Axes) -> list[Any]:
        """Draw the loss along the path."""
        loss_axis(axes, STEPS, "Its loss, step by step")
        (self.predicted,) = axes.plot([], [], ":", color=COLORS["estimate"], linewidth=3)
        (self.loss,) = axes.plot([], [], color=COLORS["path"])
        self.loss_now = dot(axes, clip_on=False)
        self.drag(axes, action=lambda pointer: scrubbed(self, pointer))
        return [self.predicted, self.loss, self.loss_now]

    def draw_rates(self, axes: Axes) -> list[Any]:
        """Draw the loss at this step for every lr, and the two that theory knows."""
        axes.set(
            xlim=(RATES[0], RATES[-1]),
            ylim=LOSSES,
            xscale="log",
            yscale="log",
            xlabel="learning rate  lr",
            title="The loss here, for every lr",
        )
        axes.set_yticks([1e-4, 1e-2, 1, 100], ["0.0001", "0.01", "1", "100"])
        axes.set_xticks([1e-4, 1e-3, 0.01, 0.1, 1], ["0.0001", "0.001", "0.01", "0.1", "1"])
        axes.minorticks_off()
        axes.grid(True)
        (self.all,) = axes.plot([], [], color=COLORS["quiet"])
        (self.limit,) = axes.plot([], [], "--", color=COLORS["limit"])
        (self.best,) = axes.plot([], [], ":", color=COLORS["minimum"], linewidth=2.5)
        look: dict[str, Any] = {"rotation": 90, "va": "bottom", "fontsize": 11, "clip_on": True}
        self.names = [
            axes.text(0, 1.6e-4, "limit ", ha="left", color=COLORS["limit"], **look),
            axes.text(0, 1.6e-4, "best ", ha="right", color=COLORS["minimum"], **look),
        ]
        self.here = dot(axes, clip_on=False)
        self.drag(axes, x="lr")
        return [self.all, self.limit, self.best, self.names, self.here]

    def follow(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Give each landscape an lr that fits it. Another run is another question."""
        lr = {"lr": RATE[settings["landscape"]]} if settings.get("landscape") in RATE else {}
        return lr | questioned(self, settings, {"lr", "landscape", "w0", "w1"}, STEPS)

    @styled
    def update(self) -> tuple[str, str]:
        """Show the descent up to this step, beside those of all other rates."""
        if "landscape" in self.changed:
            self.background = draw_landscape(self.plane, self.landscape, instead_of=self.background)
        surface = LANDSCAPES[self.landscape]
        path, others = (
            run(self.landscape, self.lr, self.w0, self.w1),
            every_rate(self.landscape, self.w0, self.w1),
        )
        points, loss = path.points[: self.step + 1], within(path.losses[: self.step + 1])
        told = within(path.losses)
        prediction = predicted(self.predict, self.guess, told[0], STEPS)
        for artist in (self.path, self.now, self.loss, self.loss_now, self.all, self.here):
            artist.set_visible(self.predict == OFF or prediction is not None)
        drawn = None if prediction is None else within(prediction)
        self.predicted.set_data(*sketch(self.predict, self.guess, drawn))
        self.path.set_data(*inside(points).T)
        self.start.set_data([self.w0], [self.w1])
        place_now(self.now, points)
        self.loss.set_data(range(self.step + 1), loss)
        self.loss_now.set_data([self.step], loss[-1:])
        self.all.set_data(RATES, within(others[self.step]))
        self.here.set_data([self.lr], loss[-1:])
        limit, best = limits(surface) if self.theory else (np.nan, np.nan)
        for line, name, lr in zip((self.limit, self.best), self.names, (limit, best), strict=True):
            line.set_data([lr, lr], LOSSES)
            name.set_x(lr)
            name.set_visible(bool(np.isfinite(lr)))
        if self.predict == OFF:
            self.travel(last_step(points), COLORS["path"], self.plane)
            return self.sentence(surface, path)
        if drawn is None:
            return asked("the loss", self.lr, path.losses[0], STEPS)
        return judged(drawn, told, ink("path", "the loss"), path.losses[-1], LOSSES[1])

    def sentence(self, surface: Surface, path: Path) -> tuple[str, str]:
        """Say how it went, and how lr stands to the limit where there is one."""
        kind, words = how_it_went(surface, path, self.step)
        verdict = VERDICTS[kind] if self.step else "Press Play: where does it go?"
        if surface.hessian_eigenvalues is None or not self.theory:
            words = words.removeprefix("it is still on its way; ").removeprefix(
                "it jumps from side to side; "
            )
            return verdict, f"With lr {number(self.lr)}, {words}."
        limit, best = limits(surface)
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
                return verdict, f"{where}, but {who} starts at 0, where its gradient is 0: {words}."
            if self.lr == limit:
                return (
                    "Exactly at the limit.",
                    f"{where}: {who} jumps from side to side forever, without coming nearer.",
                )
            step = "each step" if steep.all() else "each step of the steep weight"
            return (
                VERDICTS["diverges"],
                f"{where}: {words if kind == 'diverges' else f'{step} overshoots further'}.",
            )
        where = "comes down without swinging"
        if swings:
            where = (
                "jumps across, as lr is above 1/λmax"
                if self.lr > limit / 2
                else f"{where}, as lr is not above 1/λmax"
            )
        if kind in ("oscillates", "slow"):  # the verdict says so
            words = loss_after(self.step, path.losses)
        return (
            verdict,
            (
                f"lr {number(self.lr)} is below the limit 2/λmax = {number(limit)} (best:"
                f" {number(best)}): it {where}, and {words}."
            ),
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
