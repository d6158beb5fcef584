"""Naive gradient descent on one weight, by rc or by the gradient.

Lecture, section 2, "Naive Gradient Descent".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.transforms import ScaledTranslation

from ..descent import descend
from ..live import Explorer, choice, drawing, log_slider, panels, player, slider
from ..style import COLORS, dot, ink, ring, styled
from .curve import (
    CURVES,
    TOPS,
    WINDOW,
    above,
    curvature,
    draw_arrow,
    draw_curve,
    gone_at,
    show_arrow,
    strip,
)
from .formats import counted, fixed, number, signed
from .prediction import OFF, PREDICT, asked, predicted, questioned, scrubbed, share_off, sketch

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..descent import Path
    from ..surfaces import Surface
    from ..tensor import Array

STEPS = 20
ROUNDING = 1e-12  # a slope below that is one of 0
RULES = ("rc", "gradient")
SHORT, NAME = 0.3, 1.0  # a shorter step leaves no room for a name; how long the name is at most
# the arithmetic of a step: what each row begins with, and how far below the title it is, in inches
ROWS = {"rc": 0.1, "number of rc": 0.38, "new w": 0.78, "number of new w": 1.06}
EQUALS = 0.7  # of its second column, which begins with "=", in inches


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
                # as rate_of_change, without its checks: 21 times for each place of a slider
                else (surface.loss_of(w + epsilon) - surface.loss_of(w)) / epsilon
            )
        return slopes[-1]

    path = descend(surface, [w0], steps=STEPS + 1, gradient=slope, lr=lr)
    return path, np.ravel(slopes)


class GradientDescentExplorer(Explorer):
    """Naive gradient descent on a curve: the weight step by step, the slope it reads and the
    arithmetic of each step, the loss.
    """

    lr = log_slider("learning rate  lr", 0.2, min=1e-3, max=3)
    step = player("step", 2, max=STEPS, interval=300)
    epsilon = log_slider("nudge  ε", 0.3, min=1e-3, max=1, step=0.05)
    rule = choice("slope by", "rc", RULES)
    curve = choice("curve", "lecture curve", CURVES)
    w0 = slider("start  w₀", -0.2, min=-3, max=3, step=0.05)
    predict = choice("predict its loss first", OFF, PREDICT)
    guess = drawing("your prediction")

    leads = ("step", "lr")
    together = (("rule", "curve"),)

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the curve, the arithmetic and the losses."""
        figure, axes = panels(
            {"curve": "hero", "sums": "detail", "losses": "second"},
            height=4.6,
            margins={"sums": (0.75, 0.15, 0.1, 0.4)},
            wide=[(0.57, [("curve", 1)]), (0.43, [("sums", 1.75), ("losses", 2.85)])],
            narrow=[(3.6, [("curve", 1)]), (1.75, [("sums", 1)]), (2.6, [("losses", 1)])],
        )
        self.plot, sums, self.losses = axes.values()
        self.background: list[Artist] = []
        curve, arithmetic, loss = self.draw_plot(), self.draw_sums(sums), self.draw_losses()
        self.told = [*curve, *arithmetic, *loss[1:]]  # what a prediction hides
        return figure, [curve, arithmetic, loss]

    def draw_plot(self) -> list[Any]:
        """Draw the curve with the path. Returns what moves, as the other parts of `draw` do."""
        axes = self.plot
        axes.set_title("The way down")
        (self.slope,) = axes.plot([], [], linewidth=2.5)
        # the dot is at its end, w + ε
        look: dict[str, Any] = {"linestyle": "-", "linewidth": 1.5, "markevery": [2]}
        self.legs = dot(axes, color="estimate", size=7, zorder=4, **look)
        look = {"alpha": 0.45, "markeredgewidth": 0}
        self.path = dot(axes, size=7, zorder=5, **look)
        self.start = ring(axes, zorder=6)
        self.landing = ring(axes, size=10, markeredgecolor=COLORS["path"], zorder=6.5)
        self.now = dot(axes, size=12, zorder=7)
        look = {"color": COLORS["path"], "va": "bottom", "zorder": 7}
        self.landing_name = axes.text(0, 0, "", **look)
        (self.drops,) = axes.plot([], [], ":", color=COLORS["quiet"], linewidth=1.5)
        self.arrow = draw_arrow(axes)
        self.arrow[2].set_fontweight("bold")
        self.drag(axes, x="w0", handle=self.start)
        path = [self.path, self.start, self.landing, self.landing_name, self.now]
        return [self.slope, self.legs, *path, self.drops, *self.arrow]

    def draw_sums(self, axes: Axes) -> list[Any]:
        """Draw the arithmetic of a step: the numbers stand below their formula."""
        axes.set(title="This step")
        axes.set_axis_off()
        inches: Any = axes.figure.dpi_scale_trans
        self.sums = {
            row: [
                axes.text(0, 1, "", va="center", transform=axes.transAxes + shift)
                for shift in (ScaledTranslation(across, -down, inches) for across in (0, EQUALS))
            ]
            for row, down in ROWS.items()
        }
        for row in ("new w", "number of new w"):
            for text in self.sums[row]:
                text.set_color(COLORS["path"])
        for row in ("number of rc", "number of new w"):
            self.sums[row][0].set_fontweight("bold")
        self.sums["new w"][0].set_text("new w")
        return [text for texts in self.sums.values() for text in texts]

    def draw_losses(self) -> list[Any]:
        """Draw the loss after each step."""
        self.losses.set(
            xlim=(0, STEPS),
            xticks=range(0, STEPS + 1, 5),
            xlabel="step",
            title="Its loss, step by step",
        )
        self.losses.grid(True)
        (self.predicted,) = self.losses.plot([], [], ":", color=COLORS["estimate"], linewidth=3)
        (self.coming,) = self.losses.plot([], [], color=COLORS["quiet"], linewidth=1, alpha=0.6)
        (self.loss,) = self.losses.plot(
            [], [], "o-", color=COLORS["path"], markersize=4, linewidth=1.5, clip_on=False
        )
        self.loss_now = dot(self.losses, size=11, clip_on=False)
        self.drag(self.losses, action=lambda pointer: scrubbed(self, pointer))
        return [self.predicted, self.coming, self.loss, self.loss_now]

    def follow(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Another run is another question."""
        return questioned(self, settings, {"lr", "epsilon", "rule", "curve", "w0"}, STEPS)

    @styled
    def draw_background(self) -> None:
        """Draw another curve, and let the losses have its height."""
        for artist in self.background:
            artist.remove()
        top = TOPS[self.curve]
        self.background = draw_curve(self.plot, self.curve)
        self.losses.set(ylim=(0, top), yticks=self.plot.get_yticks())

    @styled
    def write_formulas(self) -> None:
        """Write the symbols of the rule, in its color."""
        by_rc = self.rule == "rc"
        color = COLORS["estimate" if by_rc else "gradient"]
        for row in ("rc", "number of rc"):
            for text in self.sums[row]:
                text.set_color(color)
        name = "rc" if by_rc else "∇ℓ(w)"
        self.sums["rc"][0].set_text(name)
        self.sums["rc"][1].set_text(
            "= (ℓ(w + ε) − ℓ(w)) / ε" if by_rc else "= the slope of the tangent"
        )
        self.sums["new w"][1].set_text(f"= w − lr · {name}")
        self.legs.set_visible(by_rc)
        self.slope.set(color=color, linestyle="-" if by_rc else "--")

    def update(self) -> tuple[str, str]:
        """Show the descent up to this step."""
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
        # what is higher runs along the edge
        shown = np.minimum(np.nan_to_num(losses, nan=np.inf), TOPS[self.curve])
        self.loss.set_data(range(k + 1), shown[: k + 1])
        last = STEPS if gone is None else gone
        self.coming.set_data(range(k, last + 1), shown[k : last + 1])
        self.loss_now.set_data([k], shown[[k]])
        self.show_step(CURVES[self.curve], points[k], losses[k], slopes[k], points[k + 1])
        truth, top = shown[: STEPS + 1], TOPS[self.curve]
        prediction = predicted(self.predict, self.guess, truth[0], STEPS, log=False)
        drawn = None if prediction is None else np.clip(prediction, 0, top)
        self.predicted.set_data(*sketch(self.predict, self.guess, drawn))
        open_now, by_rc = self.predict == OFF or drawn is not None, self.rule == "rc"
        for artist in self.told:
            artist.set_visible(open_now and (by_rc or artist is not self.legs))
        if open_now and k == self.step:
            self.travel(np.c_[points, losses][k - 1 : k + 1], COLORS["path"], self.plot)
        if self.predict == OFF:
            return self.sentence(points[: self.step + 1], losses, slopes, gone)
        if drawn is None:
            return asked("the loss", self.lr, truth[0], STEPS)
        share, word = share_off(drawn, truth)
        return (
            f"Your prediction is {word}.",
            (
                f"On average {ink('estimate', 'it')} is {100 * share:.0f}% of the first loss away"
                f" from {ink('path', 'the loss')}."
            ),
        )

    def show_step(
        self, surface: Surface, w: float, loss: float, slope: float, following: float
    ) -> None:
        """Show how a step comes from w to the following weight."""
        low, top = strip(self.curve), TOPS[self.curve]
        up, by_rc = surface.loss([w + self.epsilon]), self.rule == "rc"
        beyond = 0.2 if by_rc else 0.6
        ends = np.array([w - beyond, w + (self.epsilon if by_rc else 0) + beyond])
        self.slope.set_data(*above(0.4 * low, ends, w, loss, slope))  # the arrow is below
        self.legs.set_data([w, w + self.epsilon, w + self.epsilon], [loss, loss, up])
        landing = surface.loss([following])
        self.drops.set_data([w, w, np.nan, following, following], [loss, low, np.nan, landing, low])
        self.landing.set_data([following], [landing])
        # its name is on the side where the curve is lower, if the ring is in the picture
        side = -1 if surface.gradient([following])[0] > 0 else 1
        seen = abs(following + side * NAME) < WINDOW and landing < 0.9 * top
        self.landing_name.set(
            text="new w" if seen and abs(following - w) > SHORT else "",
            position=(following + 0.12 * side, landing),
            ha="left" if side > 0 else "right",
        )
        name, lr = "rc" if by_rc else "∇ℓ(w)", f"{self.lr:.3g}"
        show_arrow(self.arrow, self.curve, w, following, f"−lr · {name}", 0.7 if by_rc else 1)
        # a small ε divides a small difference: show enough of it to check the sum
        digits = 3 + int(np.ceil(-np.log10(self.epsilon)))
        rise = f"= ({fixed(up, digits)} − {fixed(loss, digits)}) / {self.epsilon:.3g}"
        factor = f"({fixed(slope, 3)})" if fixed(slope, 3)[0] == "−" else fixed(slope, 3)
        for row, number_of, sum_of in (
            ("number of rc", slope, rise if by_rc else ""),
            ("number of new w", following, f"= {fixed(w, 3)} − {lr} · {factor}"),
        ):
            self.sums[row][0].set_text(fixed(number_of, 3))
            self.sums[row][1].set_text(sum_of)

    def sentence(
        self, points: Array, losses: Array, slopes: Array, gone: int | None
    ) -> tuple[str, str]:
        """Say what the descent has done up to this step."""
        surface, steps = CURVES[self.curve], len(points) - 1
        if gone is not None and steps >= gone:
            growing = gone > 1 and (np.diff(losses[: gone + 1]) > 0).all()
            after = f"After {counted(gone, 'step')} w has left the picture"
            if losses[gone] < losses[gone - 1]:
                return "It has left the picture.", f"{after}, to where the loss is lower."
            how = "each step overshoots further" if growing else "that step overshoots"
            return f"Too big: {how}.", f"{after}: make lr smaller."
        w, loss, slope = points[-1], losses[steps], slopes[steps]
        by_rc = self.rule == "rc"
        name = ink("estimate", "rc") if by_rc else ink("gradient", "The gradient")
        way = "positive: w decreases" if slope > 0 else "negative: w increases"
        if steps == 0:
            slope = slope if abs(slope) > ROUNDING else 0.0
            return (
                f"{name} is {way if slope else '0: w stays'}.",
                (
                    f"At the start w = {signed(w)} it is {signed(slope)}, and a step is"
                    f" −lr · {'rc' if by_rc else '∇ℓ(w)'}."
                ),
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
        here = f"After {counted(steps, 'step')} w = {signed(w)} and the loss is {signed(loss)}"
        if abs(slope) < 0.01:
            short = abs(w - near)
            if short < 0.02 and self.lr > limit:
                return (
                    f"It has hit {kind} exactly.",
                    f"{here}; but lr is above the limit {number(limit)}: only an exact hit stays.",
                )
            if short < 0.02:
                return f"It has settled in {kind}.", f"{here}; {kind} is at w = {signed(near)}."
            if by_rc and short < 0.6 * self.epsilon:
                return (
                    f"It stops just left of {kind}.",
                    (
                        f"{here}: {name} looks ε ahead, so it is almost 0 already {short:.2g},"
                        f" about ε/2, to the left of w = {signed(near)}."
                    ),
                )
            return (
                "Nearly flat: the steps are tiny.",
                f"{here}, though {kind} w = {signed(near)} is {number(short)} away.",
            )
        if swings and self.lr > limit / 2 and abs(self.lr * slope) > 0.02:
            why = "its limit" if self.lr > limit else "half of its limit"
            return (
                "It jumps from side to side.",
                f"{here}; lr is above {why}, {number(limit)} at {kind} w = {signed(near)}.",
            )
        return (
            f"{name} is {way}.",
            f"{here}; the next step is {number(abs(self.lr * slope))} long.",
        )
