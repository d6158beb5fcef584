"""Naive gradient descent on one weight, by rc or by the gradient.

Lecture, section 2, "Naive Gradient Descent".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.transforms import ScaledTranslation

from ..descent import descend
from ..finite_difference import rate_of_change
from ..live import Explorer, choice, drawing, log_slider, panels, player, slider
from ..style import COLORS, INK, MUTED, dot, ink, ring, styled
from .curve import CURVES, TOPS, WINDOW, curvature, draw_curve, gone_at, strip
from .formats import counted, fixed, number, signed
from .prediction import OFF, PREDICT, asked, predicted, questioned, scrubbed, share_off, sketch

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    from ..descent import Path
    from ..surfaces import Surface
    from ..tensor import Array

STEPS = 40
ROUNDING = 1e-12  # a slope below that is one of 0
RULES = ("rc", "gradient")
# the arithmetic of a step: inches below its title, and where each symbol stands from left to right
SUMS = {
    0.12: {"rc": 0.09, "=": 0.25, "up": 0.41, "−": 0.56, "here": 0.71, "/": 0.86, "ε": 0.95},
    0.86: {"new w": 0.09, "=": 0.25, "w": 0.39, "−": 0.52, "lr": 0.61, "·": 0.69, "slope": 0.85},
}
SIGNS = "=−/·"


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

    lr = log_slider("learning rate  lr", 0.2, min=1e-3, max=3)
    step = player("iteration", 2, max=STEPS, interval=300)
    epsilon = log_slider("nudge  ε", 0.3, min=1e-3, max=1, step=0.05)
    rule = choice("slope by", "rc", RULES)
    curve = choice("curve", "lecture curve", CURVES)
    w0 = slider("start  w₀", -0.2, min=-3, max=3, step=0.05)
    predict = choice("predict its loss first", OFF, PREDICT)
    guess = drawing("your prediction")

    leads = ("lr", "epsilon")
    together = (("rule", "curve"),)

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the curve, the arithmetic and the losses."""
        figure, axes = panels(
            {"curve": "hero", "sums": "detail", "losses": "second"},
            height=4.6,
            margins={"sums": (0.75, 0.15, 0.1, 0.4)},
            wide=[(0.57, [("curve", 1)]), (0.43, [("sums", 1.9), ("losses", 2.7)])],
            narrow=[(3.6, [("curve", 1)]), (1.9, [("sums", 1)]), (2.6, [("losses", 1)])],
        )
        self.plot, sums, self.losses = axes.values()
        self.background: list[Artist] = []
        curve, arithmetic, loss = self.draw_plot(), self.draw_sums(sums), self.draw_losses()
        self.told = [*curve, *arithmetic, *loss[1:]]  # what a prediction hides
        self.of_rc += [self.legs, self.ends]
        return figure, [curve, arithmetic, loss]

    def draw_plot(self) -> list[Any]:
        """Draw the curve with the path. Returns what moves, as the other parts of `draw` do."""
        axes = self.plot
        axes.set_title("The way down")
        (self.slope,) = axes.plot([], [], linewidth=2.5)
        (self.legs,) = axes.plot([], [], color=COLORS["estimate"], linewidth=1.5)
        self.ends = dot(axes, color="estimate", size=8)
        (self.path,) = axes.plot(
            [], [], "o-", color=COLORS["path"], markersize=5, linewidth=1.2, zorder=5
        )
        self.start = ring(axes, zorder=6)
        self.now = dot(axes, size=12, zorder=7)
        (self.drops,) = axes.plot([], [], ":", color=COLORS["quiet"], linewidth=1.5)
        (self.arrow,) = axes.plot([], [], color=COLORS["path"], linewidth=3)
        (self.head,) = axes.plot([], [], color=COLORS["path"], markersize=10, linestyle="none")
        self.product = axes.text(0, 0, "", color=COLORS["path"], ha="center", va="top")
        self.product.set_fontweight("bold")
        self.drag(axes, x="w0")
        path = [self.path, self.start, self.now]
        step = [self.drops, self.arrow, self.head, self.product]
        return [self.legs, self.slope, self.ends, *path, *step]

    def draw_sums(self, axes: Axes) -> list[Any]:
        """Draw the arithmetic of a step: each number stands below its symbol, in its colour."""
        axes.set(title="This step")
        axes.set_axis_off()
        inches: Any = axes.figure.dpi_scale_trans
        self.numbers, self.symbols = {}, {}
        self.of_rc: list[Any] = []  # what is there for rc, and not for the gradient

        def write(x: float, down: float, words: str, color: str | None) -> Text:
            """Write so many inches below the title."""
            place = axes.transAxes + ScaledTranslation(0, -down, inches)
            return axes.text(x, 1, words, color=color, ha="center", va="center", transform=place)

        for down, places in SUMS.items():
            for name, x in places.items():
                color = MUTED if name in SIGNS else COLORS["path"] if "w" in name else INK
                symbol = write(x, down, name, color)
                under = write(x, down + 0.31, name if name in SIGNS else "", color)
                if name not in SIGNS:
                    self.symbols[name], self.numbers[name] = symbol, under
                if down == min(SUMS) and name != "rc":
                    self.of_rc += [under] if name == "=" else [symbol, under]
        self.symbols["up"].set_text("(ℓ(w + ε)")
        self.symbols["here"].set_text("ℓ(w))")
        for name in ("new w", "rc"):
            self.numbers[name].set_fontweight("bold")
        self.tangent = write(0.6, min(SUMS), "the slope of the tangent", MUTED)
        return [*self.numbers.values()]

    def draw_losses(self) -> list[Any]:
        """Draw the loss after each iteration."""
        self.losses.set(xlim=(0, STEPS), xlabel="iteration", title="Its loss, step by step")
        self.losses.grid(True)
        (self.predicted,) = self.losses.plot([], [], ":", color=COLORS["estimate"], linewidth=3)
        (self.loss,) = self.losses.plot(
            [], [], "o-", color=COLORS["path"], markersize=4, linewidth=1.5, clip_on=False
        )
        self.loss_now = dot(self.losses, size=11, clip_on=False)
        self.drag(self.losses, action=lambda pointer: scrubbed(self, pointer))
        return [self.predicted, self.loss, self.loss_now]

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
        self.plot.set_ylim(-0.27 * top, 1.08 * top)  # below the curve an arrow with its name
        self.losses.set(ylim=(0, top), yticks=self.plot.get_yticks())

    @styled
    def write_formulas(self) -> None:
        """Write the symbols of the rule, in its colour."""
        by_rc = self.rule == "rc"
        color = COLORS["estimate" if by_rc else "gradient"]
        for name in ("rc", "slope"):
            self.symbols[name].set(text="rc" if by_rc else "∇ℓ(w)", color=color)
            self.numbers[name].set_color(color)
        for text in self.of_rc:
            text.set_visible(by_rc)
        self.tangent.set_visible(not by_rc)
        self.slope.set(color=color, linestyle="-" if by_rc else "--")

    def update(self) -> tuple[str, str]:
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
        # what is higher runs along the edge
        shown = np.minimum(np.nan_to_num(losses, nan=np.inf), TOPS[self.curve])
        self.loss.set_data(range(k + 1), shown[: k + 1])
        self.loss_now.set_data([k], shown[[k]])
        self.show_step(CURVES[self.curve], points[k], losses[k], slopes[k], points[k + 1])
        truth, top = shown[: STEPS + 1], TOPS[self.curve]
        prediction = predicted(self.predict, self.guess, truth[0], STEPS, log=False)
        drawn = None if prediction is None else np.clip(prediction, 0, top)
        self.predicted.set_data(*sketch(self.predict, self.guess, drawn))
        open_now, by_rc = self.predict == OFF or drawn is not None, self.rule == "rc"
        for artist in self.told:
            artist.set_visible(open_now and (by_rc or artist not in self.of_rc))
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
                f"On average {ink('estimate', 'it')} is {100 * share:.0f} % of the first loss away"
                f" from {ink('path', 'the loss')}."
            ),
        )

    def show_step(
        self, surface: Surface, w: float, loss: float, slope: float, following: float
    ) -> None:
        """Show how a step comes from w to the following weight."""
        low, top = strip(self.curve), TOPS[self.curve]
        up, by_rc = surface.loss([w + self.epsilon]), self.rule == "rc"
        ends = np.array([w - 0.7, w + (self.epsilon if by_rc else 0) + 0.7])
        self.slope.set_data(ends, loss + slope * (ends - w))
        self.legs.set_data([w, w + self.epsilon, w + self.epsilon], [loss, loss, up])
        self.ends.set_data([w + self.epsilon], [up])
        self.drops.set_data(
            [w, w, np.nan, following, following],
            [loss, low, np.nan, surface.loss([following]), low],
        )
        self.arrow.set_data([w, following], [low, low])
        self.head.set_data([np.clip(following, -WINDOW, WINDOW)], [low])
        self.head.set_marker("<" if following < w else ">" if following > w else "o")
        name = "rc" if by_rc else "∇ℓ(w)"
        self.product.set_text(f"−lr · {name} = {fixed(-self.lr * slope)}")
        middle = np.clip((w + np.clip(following, -WINDOW, WINDOW)) / 2, 1.1 - WINDOW, WINDOW - 1.1)
        self.product.set_position((middle, low - 0.04 * top))
        # a small ε divides a small difference: show enough of it to check the sum
        digits = 4 + int(np.ceil(-np.log10(self.epsilon)))
        for name, text in {
            "rc": fixed(slope),
            "up": f"({fixed(up, digits)}",
            "here": f"{fixed(loss, digits)})",
            "ε": f"{self.epsilon:.3g}",
            "new w": fixed(following),
            "w": fixed(w),
            "lr": f"{self.lr:.3g}",
            "slope": f"({fixed(slope)})" if fixed(slope)[0] == "−" else fixed(slope),
        }.items():
            self.numbers[name].set_text(text)

    def sentence(
        self, points: Array, losses: Array, slopes: Array, gone: int | None
    ) -> tuple[str, str]:
        """Say what the descent has done up to this iteration."""
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
                    f"It stops just before {kind}.",
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
