"""Naive gradient descent on one weight, by rc or by the gradient.

Lecture, section 2, "Naive Gradient Descent".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..descent import descend
from ..finite_difference import rate_of_change
from ..live import Explorer, choice, log_slider, player, slider
from ..style import COLORS, dot, figure, ring, styled
from .curve import CURVES, RC_TEXT, TOPS, WINDOW, curvature, draw_curve, gone_at, line, strip
from .formats import counted, fixed, number, signed

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..descent import Path
    from ..surfaces import Surface
    from ..tensor import Array

STEPS = 40
ROUNDING = 1e-12  # a slope below that is one of 0
RULES = ("rc", "gradient")


@lru_cache(maxsize=1)
def run(curve: str, rule: str, lr: float, epsilon: float, w0: float) -> tuple[Path, Array]:
    """Return the path, and the slope at each of its points but the last.

    One step longer than the picture: the last arrow, too, points somewhere.
    """
    surface = CURVES[curve]
    slopes: list[Array] = []

    def slope(w: Array) -> Array:
        """Return the slope by the rule, and keep it."""
        with np.errstate(all="ignore"):  # a weight that runs away is for descend to notice
            slopes.append(
                surface.gradient(w)
                if rule == "gradient"
                else rate_of_change(surface.loss_of, w, epsilon)
            )
        return slopes[-1]

    path = descend(surface, [w0], steps=STEPS + 1, gradient=slope, lr=lr)
    return path, np.ravel(slopes)


class GradientDescentExplorer(Explorer):
    """Naive gradient descent on a curve: the weight step by step, the slope it reads and the
    arithmetic of each step, the loss.
    """

    curve = choice("curve", "lecture curve", CURVES)
    rule = choice("slope by", "rc", RULES)
    lr = log_slider("learning rate  lr", 0.2, min=1e-3, max=3)
    epsilon = log_slider("nudge  ε", 0.3, min=1e-3, max=1, step=0.05)
    w0 = slider("start  w₀", -0.2, min=-3, max=3, step=0.05)
    step = player("iteration", 2, max=STEPS, interval=300)

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the curve, the losses and the arithmetic."""
        fig = figure(11.5, 4.8)
        parts = fig.subplot_mosaic(
            [["curve", "loss"], ["curve", "sums"]], width_ratios=(1.15, 1), height_ratios=(1.5, 1)
        )
        self.plot, self.losses = parts["curve"], parts["loss"]
        self.background: list[Artist] = []
        return fig, [self.draw_plot(), self.draw_losses(), self.draw_sums(parts["sums"])]

    def draw_plot(self) -> list[Any]:
        """Draw the curve with the path. Returns what moves, as the other parts of `draw` do."""
        axes = self.plot
        axes.set_title("Path (drag the start)")
        (self.slope,) = axes.plot([], [])
        self.ends = dot(axes, color="secant", size=8)
        (self.path,) = axes.plot(
            [], [], "o-", color=COLORS["path"], markersize=5, linewidth=1.2, zorder=5
        )
        self.start = ring(axes, zorder=6)
        self.now = dot(axes, size=11, zorder=7)
        (self.drops,) = axes.plot([], [], ":", color=COLORS["quiet"], linewidth=1.5)
        (self.arrow,) = axes.plot([], [], color=COLORS["path"], linewidth=2.5)
        (self.head,) = axes.plot([], [], color=COLORS["path"], markersize=9, linestyle="none")
        self.drag(axes, x="w0")
        path = [self.path, self.start, self.now]
        return [self.slope, self.ends, *path, self.drops, self.arrow, self.head]

    def draw_losses(self) -> list[Any]:
        """Draw the loss after each iteration."""
        self.losses.set(
            xlim=(0, STEPS),
            xlabel="iteration",
            ylabel=r"loss $\ell$",
            title="Loss after each iteration",
        )
        self.losses.grid(True)
        (self.loss,) = self.losses.plot(
            [], [], "o-", color=COLORS["path"], markersize=4, linewidth=1.5, clip_on=False
        )
        self.loss_now = dot(self.losses, size=11, clip_on=False)
        return [self.loss, self.loss_now]

    def draw_sums(self, axes: Axes) -> list[Any]:
        """Draw the arithmetic of a step: two formulas, which stand still, and their numbers."""
        axes.set_axis_off()
        axes.set_title("This step")
        words = [
            axes.text(0, y, "", fontsize=13, va="center", transform=axes.transAxes)
            for y in (0.88, 0.64, 0.32, 0.08)
        ]
        self.formulas, self.sums = words[::2], words[1::2]
        words[2].set_color(COLORS["path"])
        words[3].set_color(COLORS["path"])
        return self.sums

    @styled
    def draw_background(self) -> None:
        """Draw another curve, and let the losses have its height."""
        for artist in self.background:
            artist.remove()
        self.background = draw_curve(self.plot, self.curve)
        self.losses.set(ylim=(0, TOPS[self.curve]), yticks=self.plot.get_yticks())

    @styled
    def write_formulas(self) -> None:
        """Write the formulas of the rule."""
        name, color = ("rc", RC_TEXT) if self.rule == "rc" else ("∇ℓ(w)", COLORS["gradient"])
        self.formulas[0].set(
            text=(
                "rc  =  (ℓ(w + ε) − ℓ(w)) / ε"
                if self.rule == "rc"
                else "∇ℓ(w),  the slope of the tangent"
            ),
            color=color,
        )
        self.formulas[1].set_text(f"new w  =  w − lr · {name}")
        self.sums[0].set_color(color)

    def update(self) -> str:
        """Show the descent up to this iteration."""
        if "curve" in self.changed:
            self.draw_background()
        if "rule" in self.changed:
            self.write_formulas()
        path, slopes = run(self.curve, self.rule, self.lr, self.epsilon, self.w0)
        points, losses = path.points[:, 0], path.losses
        gone = gone_at(points[: STEPS + 1])
        # the last point in the picture: its arrow leads out
        k = self.step if gone is None else min(self.step, gone - 1)
        self.path.set_data(points[: k + 1], losses[: k + 1])
        self.start.set_data([self.w0], losses[:1])
        self.now.set_data(points[[k]], losses[[k]])
        self.loss.set_data(range(k + 1), losses[: k + 1])
        self.loss_now.set_data([k], losses[[k]])
        self.show_step(CURVES[self.curve], k, points[k], losses[k], slopes[k], points[k + 1])
        return self.sentence(points[: self.step + 1], losses, slopes, gone)

    def show_step(
        self, surface: Surface, k: int, w: float, loss: float, slope: float, following: float
    ) -> None:
        """Show how step k comes from w to the following weight."""
        low, by_rc = strip(self.curve), self.rule == "rc"
        color = COLORS["secant" if by_rc else "gradient"]
        self.slope.set_data(*line(w, loss, slope))
        self.slope.set(color=color, linestyle="-" if by_rc else "--")
        up = surface.loss([w + self.epsilon])
        self.ends.set_data([w + self.epsilon] if by_rc else [], [up] if by_rc else [])
        self.drops.set_data(
            [w, w, np.nan, following, following],
            [loss, low, np.nan, surface.loss([following]), low],
        )
        self.arrow.set_data([w, following], [low, low])
        self.head.set_data([np.clip(following, -WINDOW, WINDOW)], [low])
        self.head.set_marker("<" if following < w else ">" if following > w else "o")
        factor = f"({fixed(slope)})" if slope < 0 else fixed(slope)
        # a small ε divides a small difference: show enough of it to check the sum
        digits = 4 + int(np.ceil(-np.log10(self.epsilon)))
        self.sums[0].set_text(
            f"    = ({fixed(up, digits)} − {fixed(loss, digits)}) / {self.epsilon:.3g} ="
            f" {fixed(slope)}"
            if by_rc
            else f"    = {fixed(slope)}"
        )
        self.sums[1].set_text(f"    = {fixed(w)} − {self.lr:.3g} · {factor} = {fixed(following)}")

    def sentence(self, points: Array, losses: Array, slopes: Array, gone: int | None) -> str:
        """Say what the descent has done up to this iteration."""
        surface, steps = CURVES[self.curve], len(points) - 1
        setting = f"lr {number(self.lr)}, slope by {self.rule}" + (
            f" with ε {number(self.epsilon)}" if self.rule == "rc" else ""
        )
        if gone is not None and steps >= gone:
            growing = gone > 1 and (np.diff(losses[: gone + 1]) > 0).all()
            how = "Each step overshoots further" if growing else "That step was too big"
            why = (
                f". {how}: make lr smaller"
                if not losses[gone] < losses[gone - 1]
                else ", to where the loss is lower"
            )
            return f"{setting}: after {counted(gone, 'step')} w has left the picture{why}."
        w, loss = points[-1], losses[steps]
        if steps == 0:
            slope = slopes[0] if abs(slopes[0]) > ROUNDING else 0
            way = "increase" if slope < 0 else "decrease" if slope > 0 else "keep"
            return (
                f"{setting}: at the start w = {signed(w)} the slope is {signed(slope)}, so {way} w."
            )
        places = surface.minima[:, 0]
        near = places[np.abs(places - w).argmin()]
        limit = 2 / curvature(surface, near)
        kind = (
            "the minimum"
            if np.isclose(surface.loss([near]), surface.loss(surface.minima[0]))
            else "the local minimum"
        )
        sides = np.sign(points[-7:] - near)
        swings = len(sides) > 2 and (sides[1:] * sides[:-1] < 0).all()
        here = f"after {counted(steps, 'step')} w = {signed(w)} and the loss is {signed(loss)}"
        if abs(slopes[steps]) < 0.01:
            short = abs(w - near)
            if short < 0.02 and self.lr > limit:
                return (
                    f"{setting}: {here}: it is at {kind} w = {signed(near)}, but lr is above the"
                    f" limit 2/ℓ″ = {number(limit)}: only an exact hit stays there."
                )
            if short < 0.02:
                return f"{setting}: {here}: it has settled in {kind} w = {signed(near)}."
            if self.rule == "rc" and short < 0.6 * self.epsilon:
                return (
                    f"{setting}: {here}. There rc is almost 0, as it looks ε ahead: it stops"
                    f" {short:.2g}, about ε/2, to the left of {kind} w = {signed(near)}."
                )
            return (
                f"{setting}: {here}. The slope is almost 0 here, so the steps are tiny, though"
                f" {kind} w = {signed(near)} is {number(short)} away."
            )
        if swings and self.lr > limit / 2 and abs(self.lr * slopes[steps]) > 0.02:
            why = "above the limit" if self.lr > limit else "below the limit, and above half of it,"
            return (
                f"{setting}: {here}. It jumps from side to side of w = {signed(near)}, where lr is"
                f" {why} 2/ℓ″ = {number(limit)}."
            )
        return (
            f"{setting}: {here}. It is still on its way; the next step is"
            f" {number(abs(self.lr * slopes[steps]))} long."
        )
