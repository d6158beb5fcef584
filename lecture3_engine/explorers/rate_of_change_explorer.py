"""The rate of change rc, and how it becomes the gradient.

Lecture, section 2, "Gradient Descent - How", and section 3, "What is Gradient?".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.transforms import ScaledTranslation

from ..finite_difference import DIRECTIONS, rate_of_change
from ..live import Explorer, choice, log_slider, panels, slider
from ..style import COLORS, INK, MUTED, dot, ink, ring, styled
from .curve import CURVES, TOPS, WINDOW, above, curvature, draw_arrow, draw_curve, show_arrow, strip
from .formats import number, powers, signed

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.text import Text
    from numpy.typing import ArrayLike

    from ..live import Pointer
    from ..surfaces import Surface
    from ..tensor import Array

PRECISIONS: dict[str, type[np.floating]] = {"float64": np.float64, "float32": np.float32}
EPSILONS = 10.0 ** np.linspace(-16, 0, 161)
# the edges of the error's picture: an error of exactly 0 lies at the lower one
FLOOR, TOP = 1e-13, 1e2
BELOW = 2500  # by so much lower, a name that stands above a dot stands below it
# where the secant ends, in units of epsilon from the weight; and how these places are called
SIDES = {"forward": (0, 1), "backward": (-1, 0), "central": (-1, 1)}
PLACES = {-1: "w₀ − ε", 0: "w₀", 1: "w₀ + ε"}
READABLE = 0.35  # a shorter leg of the triangle has no room for its name
BEYOND = 1.5  # so far secant and tangent go on, beyond the ends of the secant
# in the formulas of the curves
CONSTANTS = {"lecture curve": 4, "parabola": 0, "wave": 1, "exponential": -1}
FLAT = 1e-12  # a gradient below this is what rounding leaves of 0
NEAR = np.linspace(-1.6, 1.6, 193)  # the microscope, in units of epsilon


@lru_cache(maxsize=1)
def errors(curve: str, w0: float, precision: str) -> tuple[float, dict[str, Array]]:
    """Return the gradient, and for each direction |rc - gradient| for every epsilon.

    At w0 in this precision.
    """
    surface, w = CURVES[curve], PRECISIONS[precision](w0)
    gradient = float(surface.gradient(float(w)))
    here = np.full(EPSILONS.shape, w)
    return gradient, {
        d: error(rate_of_change(lambda w: surface.loss(w[:, None]), here, EPSILONS, d), gradient)
        for d in DIRECTIONS
    }


def error(rc: ArrayLike, gradient: float) -> Any:
    """Return |rc - gradient| as it is drawn: on a logarithmic axis 0 has no place."""
    return np.maximum(np.abs(np.asarray(rc, float) - gradient), FLOOR)


def theory(
    curve: str, w0: float, precision: str, direction: str
) -> tuple[float, int, float, float]:
    """Return (truncation, its power of epsilon, round-off, best epsilon) of the error.

    error = truncation * epsilon^power + round_off / epsilon.

    Truncation is the first term of Taylor's series that the difference leaves over, epsilon/2 |l''|
    or epsilon^2/6 |l'''|. Round-off: each of the two losses is off by about u times the largest
    number on the way to it: |l|, or, where terms cancel as in a minimum with a loss of 0, what
    there was before the constant. And w +- epsilon is off by about u |w|, which moves the loss by u
    |w l'|. The sum is smallest where its derivative by epsilon is 0.
    """
    surface, u = CURVES[curve], np.finfo(PRECISIONS[precision]).eps / 2
    loss = surface.loss(w0)
    size = max(abs(loss), abs(loss - CONSTANTS[curve])) + abs(w0 * surface.gradient(w0))
    if direction == "central":
        third = (
            rate_of_change(surface.gradient, w0, 1e-3)
            - rate_of_change(surface.gradient, w0, 1e-3, "backward")
        ) / 1e-3
        truncation, power, round_off = abs(third) / 6, 2, u * size
    else:
        truncation, power, round_off = abs(curvature(surface, w0)) / 2, 1, 2 * u * size
    if truncation < 1e-6:
        return 0.0, power, round_off, np.inf
    return truncation, power, round_off, (round_off / (power * truncation)) ** (1 / (power + 1))


class SecantExplorer(Explorer):
    """The rate of change rc of a loss: how much it rises, over how far the weight was nudged."""

    epsilon = slider("nudge  ε", 0.8, min=0.01, max=1, step=0.01)
    w0 = slider("weight  w₀", -0.5, min=-3, max=3, step=0.05)
    direction = choice("direction", "forward", DIRECTIONS)
    curve = choice("curve", "lecture curve", CURVES)

    leads = ("epsilon", "w0")

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the curve."""
        figure, axes = panels({"plot": "hero"}, height=4.6, narrow=[(4.6, [("plot", 1)])])
        plot = axes["plot"]
        moving = self.draw_plot(plot)
        # over the picture, where a title would be
        over = plot.transAxes + ScaledTranslation(0, 0.1, plot.figure.dpi_scale_trans)
        look: dict[str, Any] = {"color": COLORS["estimate"], "weight": "bold", "size": 14.5}
        self.formula = plot.text(0, 1, "", transform=over, **look)
        return figure, [*moving, self.formula]

    def draw_plot(self, axes: Axes) -> list[Any]:
        """Draw the curve with the secant and its triangle, and the tangent.

        Returns what moves, as the other parts of `draw` do.
        """
        self.plot = axes
        self.background: list[Artist] = []
        (self.drops,) = axes.plot([], [], ":", color=COLORS["quiet"], linewidth=1.5)
        slopes = draw_slopes(axes)
        self.tangent, self.secant, self.ring, self.ends = slopes
        self.tangent.set_visible(False)  # RateOfChangeExplorer shows it
        look: dict[str, Any] = {"alpha": 0.15, "linewidth": 0, "zorder": 1.5}
        (self.triangle,) = axes.fill([0], [0], color=COLORS["estimate"], **look)
        self.legs = draw_legs(axes)
        self.arrow = draw_arrow(axes)
        look = {"color": COLORS["estimate"], "weight": "bold", "zorder": 7}
        self.run = axes.text(0, 0, "", ha="center", **look)
        self.rise = axes.text(0, 0, "Δℓ", va="center", **look)
        self.held = "w0"  # what is dragged
        self.drag(axes, action=self.grab)
        return [self.drops, self.triangle, *slopes, self.legs, self.arrow, self.run, self.rise]

    def grab(self, pointer: Pointer) -> dict[str, Any]:
        """Let an end of the secant follow the pointer, if it was taken, or else the weight."""
        if pointer.kind == "down":
            ends = [self.w0 + side * self.epsilon for side in SIDES[self.direction] if side]
            far = min(abs(pointer.x - end) for end in ends)
            self.held = "epsilon" if far < min(0.2, abs(pointer.x - self.w0)) else "w0"
        value = abs(pointer.x - self.w0) if self.held == "epsilon" else pointer.x
        return {self.held: self.controls[self.held].nearest(value)}

    @styled
    def draw_background(self) -> None:
        """Draw another curve."""
        for artist in self.background:
            artist.remove()
        self.background = draw_curve(self.plot, self.curve)

    def update(self) -> tuple[str, str]:
        """Show rc at this weight."""
        _, rc, gradient, rise = self.show(np.float64)
        run = 2 * self.epsilon if self.direction == "central" else self.epsilon
        self.formula.set_text(
            f"rc = Δℓ / {self.run.get_text()} = {signed(rise)} / {number(run)} = {signed(rc)}"
        )
        return self.sentence(rc, gradient, rise)

    def show(self, kind: type[np.floating]) -> tuple[Array, float, float, float]:
        """Show the curve. Returns the ends of the secant, rc, the gradient, and the rise."""
        if "curve" in self.changed:
            self.draw_background()
        surface, w, epsilon = CURVES[self.curve], kind(self.w0), kind(self.epsilon)
        rc = float(rate_of_change(surface.loss, w, self.epsilon, self.direction))
        gradient = float(surface.gradient(float(w)))
        ends = np.array([w + side * epsilon for side in SIDES[self.direction]])
        self.show_curve(surface, w, ends, rc, gradient)
        heights = surface.loss(ends[:, None])
        self.show_triangle(ends, heights)
        return ends, rc, gradient, float(heights[1] - heights[0])

    def show_curve(
        self, surface: Surface, w: np.floating, ends: Array, rc: float, gradient: float
    ) -> None:
        """Show secant and tangent, and the way downhill."""
        heights, height, low = surface.loss(ends[:, None]), surface.loss(w), strip(self.curve)
        x = np.array([ends[0] - BEYOND, ends[1] + BEYOND])
        # they end above the arrow and its name
        self.secant.set_data(*above(0.4 * low, x, ends[0], heights[0], rc))
        self.tangent.set_data(*above(0.4 * low, x, w, height, gradient))
        self.ends.set_data(ends, heights)
        self.ring.set_data([w], [height])
        self.drops.set_data(
            np.repeat(np.append(ends, w), 3),
            [v for h in (*heights, height) for v in (h, low, np.nan)],
        )
        way = 0.0 if abs(gradient) < FLAT else -float(np.sign(gradient))
        tip = np.clip(w + 0.6 * way, -WINDOW + 0.05, WINDOW - 0.05)
        show_arrow(
            self.arrow, self.curve, float(w), float(tip), "downhill" if way else "flat here", 0.75
        )

    def show_triangle(self, ends: Array, heights: Array) -> None:
        """Show the triangle under the secant, and the names of its legs if there is room."""
        (left, right), (low, high) = ends.astype(float), heights.astype(float)
        rise = high - low
        corners = [[left, low], [right, low], [right, high]]
        self.triangle.set_xy(corners)
        self.legs.set_data(*np.transpose(corners))
        top, central = TOPS[self.curve], self.direction == "central"
        up = 1 if rise >= 0 else -1
        self.run.set(
            text="2ε" if central else "ε",
            # beside the dotted line in the middle, if there is one
            position=(
                min(left + (0.75 if central else 0.5) * (right - left), WINDOW - 0.3),
                low - 0.02 * top * up,
            ),
            va="top" if rise >= 0 else "bottom",
        )
        # to the right of its leg, or near the edge to the left, and away from the other name
        room = right < WINDOW - 0.6
        away = up * (0.5 * abs(rise) if room else max(0.5 * abs(rise), 0.12 * top))
        self.rise.set(
            position=(
                right + 0.13 if room else min(right, WINDOW) - 0.08,
                min(low + away, 0.93 * top),
            ),
            ha="left" if room else "right",
        )
        readable = bool(right - left >= READABLE)
        self.run.set_visible(readable and low < top)
        self.rise.set_visible(readable)

    def between(self) -> str:
        """Say between which places rc is measured."""
        return " to ".join(PLACES[side] for side in SIDES[self.direction])

    def sentence(self, rc: float, gradient: float, rise: float) -> tuple[str, str]:
        """Say what rc is, and which way it sends the weight."""
        name = ink("estimate", "rc")
        reason = f"From {self.between()} the loss changes by {signed(rise)}: {name} = {signed(rc)}"
        if abs(gradient) < FLAT:
            return "Flat here: no way is downhill.", f"{reason}."
        if rc == 0:
            return f"{name} is 0: it sees no slope.", f"{reason}."
        if rc * gradient < 0:
            changes = "grows" if gradient > 0 else "falls"
            return (
                f"{name} would send w₀ uphill.",
                f"{reason}, but at w₀ itself the loss {changes} with w.",
            )
        return (
            "The loss grows with w: decrease w₀."
            if gradient > 0
            else "The loss falls with w: increase w₀."
        ), f"{reason}."


class RateOfChangeExplorer(SecantExplorer):
    """The rate of change rc of a loss beside its gradient: the secant, the tangent, and the error
    of rc for every epsilon.
    """

    epsilon = log_slider("nudge  ε", 0.8, min=1e-16, max=1, step=0.05)
    precision = choice("precision", "float64", PRECISIONS)

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the curve, the microscope, and the error for every epsilon."""
        figure, axes = panels(
            {"plot": "hero", "near": "second", "errors": "second"},
            height=4.6,
            margins={"plot": (0.75, 0.15, 0.58, 0.64), "near": (0.75, 0.15, 0.4, 0.4)},
            wide=[(0.57, [("plot", 1)]), (0.43, [("near", 2), ("errors", 2.6)])],
            narrow=[(4, [("plot", 1)]), (2.1, [("near", 1)]), (2.7, [("errors", 1)])],
        )
        plot, near, errors = axes.values()
        moving = [self.draw_plot(plot), self.draw_near(near), self.draw_errors(errors)]
        self.tangent.set_visible(True)
        # over the picture, where a title would be: they name the lines
        inches: Any = figure.dpi_scale_trans
        self.names = [
            plot.text(
                0,
                1,
                "",
                color=COLORS[color],
                weight="bold",
                size=14.5,
                transform=plot.transAxes + ScaledTranslation(0, up, inches),
            )
            for color, up in (("estimate", 0.34), ("gradient", 0.1))
        ]
        return figure, [*moving, self.names]

    def draw_near(self, axes: Axes) -> list[Any]:
        """Draw the same, a few epsilons wide."""
        axes.set(
            xlim=(NEAR[0], NEAR[-1]),
            ylim=(-1.2, 1.2),
            xticks=(-1, 0, 1),
            xticklabels=("w₀ − ε", "w₀", "w₀ + ε"),
            yticks=(),
            title="Under the microscope",
        )
        axes.grid(True)
        (self.near_curve,) = axes.plot([], [], color=COLORS["loss"], linewidth=2.5)
        slopes = draw_slopes(axes)
        self.near_tangent, self.near_secant, self.near_ring, self.near_ends = slopes
        self.near_legs = draw_legs(axes)
        (self.gap,) = axes.plot([], [], color=INK, linewidth=3, solid_capstyle="butt", zorder=7)
        self.gap_name = axes.text(0, 0, "", color=INK, weight="bold", zorder=7)
        over = axes.transAxes + ScaledTranslation(0, 0.1, axes.figure.dpi_scale_trans)
        self.zoom = axes.text(1, 1, "", color=MUTED, ha="right", transform=over)
        return [self.near_curve, *slopes, self.near_legs, self.gap, self.gap_name, self.zoom]

    def draw_errors(self, axes: Axes) -> list[Any]:
        """Draw the error for every epsilon, and what theory says of it."""
        axes.set(
            xlim=(EPSILONS[0], EPSILONS[-1]),
            ylim=(FLOOR, TOP),
            xscale="log",
            yscale="log",
            xlabel=r"nudge $\varepsilon$",
            title="The error of rc, for every ε",
        )
        for axis, first in (axes.xaxis, -16), (axes.yaxis, -12):
            decades = range(first, 1, 4)
            ticks = [rf"$10^{{{decade}}}$" if decade else "1" for decade in decades]
            axis.set_ticks(10.0 ** np.array(decades), ticks)
        axes.minorticks_off()
        axes.grid(True)
        # forward is there to be compared with, when central is chosen
        (self.forward,) = axes.plot([], [], color=COLORS["quiet"], linewidth=1)
        limit: dict[str, Any] = {"color": COLORS["limit"], "linewidth": 1.5}
        (self.truncation,) = axes.plot([], [], "--", **limit)
        (self.round_off,) = axes.plot([], [], "--", **limit)
        (self.best,) = axes.plot([], [], ":", color=COLORS["minimum"], linewidth=2.5)
        (self.error,) = axes.plot([], [], color=COLORS["estimate"], linewidth=2.5, zorder=5)
        self.here = dot(axes, color="estimate", size=12, zorder=6, clip_on=False)
        inches: Any = axes.figure.dpi_scale_trans

        def write(words: str, color: str, across: float, up: float, **options: Any) -> Text:
            """Write beside a place, so many inches away."""
            beside = axes.transData + ScaledTranslation(across, up, inches)
            look: dict[str, Any] = {"fontsize": 12, "clip_on": True, "transform": beside}
            return axes.text(1, 1, words, color=color, **look | options)

        self.round_off_name = write("round-off", INK, 0, 0, ha="right", va="top")
        self.truncation_name = write("truncation", INK, -0.08, 0, ha="right", va="top")
        self.forward_name = write("forward", COLORS["quiet"], -0.08, 0.02, ha="right", va="bottom")
        self.best_name = write("best ε", COLORS["minimum"], 0.07, 0.03, va="bottom")
        self.best_name.set_y(FLOOR)
        look: dict[str, Any] = {"ha": "center", "va": "bottom", "weight": "bold", "clip_on": False}
        self.you = write("you", COLORS["estimate"], 0, 0.1, **look)
        self.drag(axes, x="epsilon", handle=self.here)
        lines = [self.forward, self.error, self.truncation, self.round_off, self.best]
        names = [self.round_off_name, self.truncation_name, self.forward_name, self.best_name]
        return [*lines, *names, self.here, self.you]

    def update(self) -> tuple[str, str]:
        """Show rc and the gradient at this weight."""
        kind = PRECISIONS[self.precision]
        ends, rc, gradient, _ = self.show(kind)
        w, epsilon = kind(self.w0), kind(self.epsilon)
        for text, words in zip(
            self.names,
            (f"secant: rc = {signed(rc)}", f"tangent: gradient = {signed(gradient)}"),
            strict=True,
        ):
            text.set_text(words)
        self.show_near(CURVES[self.curve], w, epsilon, SIDES[self.direction], rc, gradient)
        all_errors = errors(self.curve, self.w0, self.precision)[1]
        best = self.show_errors(all_errors, error(rc, gradient))
        return self.judge(rc, gradient, (ends == w).all(), best)

    def show_near(
        self,
        surface: Surface,
        w: np.floating,
        epsilon: np.floating,
        sides: tuple[int, int],
        rc: float,
        gradient: float,
    ) -> None:
        """Show the losses in this precision.

        Changes are in units of epsilon, scaled to fill the picture.
        """
        rise = (
            surface.loss((w + NEAR.astype(w.dtype) * epsilon)[:, None]) - surface.loss(w)
        ).astype(float) / float(epsilon)
        scale = max(np.abs(rise).max(), abs(gradient), abs(rc)) or 1.0
        at = [np.argmin(np.abs(NEAR - side)) for side in sides]
        start = rise[at[0]] / scale
        self.near_curve.set_data(NEAR, rise / scale)
        self.near_tangent.set_data(NEAR, NEAR * gradient / scale)
        self.near_secant.set_data(NEAR, start + (NEAR - sides[0]) * rc / scale)
        self.near_ring.set_data([0], [0])
        low, high = rise[at] / scale
        self.near_ends.set_data(sides, (low, high))
        self.near_legs.set_data([sides[0], sides[1], sides[1]], [low, low, high])
        self.zoom.set_text(f"{powers(WINDOW / (NEAR[-1] * float(epsilon)))} ×")
        # One epsilon from the weight the two lines are apart by the error of rc. The central secant
        # does not go through the weight.
        central = self.direction == "central"
        side = 0 if central else sum(sides)
        self.gap.set_data([side, side], [side * gradient / scale, side * rc / scale])
        self.gap_name.set_text("" if central else f"┃ slope off by {powers(abs(rc - gradient), 3)}")
        # above or below the lines, where they leave more room
        there = np.abs(NEAR - 1.3 * side).argmin()
        heights = np.array([rise[there], NEAR[there] * gradient, NEAR[there] * rc]) / scale
        up = heights.max() + heights.min() < 0
        self.gap_name.set(
            position=(1.5 * side, 0.95 if up else -0.95),
            ha="left" if side < 0 else "right",
            va="top" if up else "bottom",
        )

    def show_errors(self, all_errors: dict[str, Array], here: float) -> float:
        """Show the errors of all directions and theory's. Returns the best epsilon of theory."""
        truncation, power, round_off, best = theory(
            self.curve, self.w0, self.precision, self.direction
        )
        order = np.searchsorted(EPSILONS, self.epsilon)
        x, y = EPSILONS, all_errors[self.direction]
        # the present epsilon may lie between two of the grid
        self.error.set_data(np.insert(x, order, self.epsilon), np.insert(y, order, here))
        compared = self.direction == "central"
        self.forward.set_data(x, all_errors["forward"] if compared else np.full(x.shape, np.nan))
        self.forward_name.set_visible(compared)
        beside = 1e-2
        self.forward_name.set_position((beside, np.interp(beside, x, all_errors["forward"])))
        # each a little beyond the place where they cross
        right, left = EPSILONS[best / 30 < EPSILONS], EPSILONS[best * 30 > EPSILONS]
        self.truncation.set_data(right, truncation * right**power)
        self.round_off.set_data(left, np.maximum(round_off / left, FLOOR / 10))
        # and its name below it, outside the V
        beside = np.clip(best, 1e-9, 1e-3) / 3000
        self.round_off_name.set_visible(bool(best > 1e-9))
        self.round_off_name.set_position((beside, round_off / beside / 300))
        self.truncation_name.set_y(max(truncation * 3e-4**power / 20, 300 * FLOOR))
        self.truncation_name.set_visible(bool(truncation))
        known = bool(0 < best < 1)
        self.best.set_data([best, best] if known else [np.nan, np.nan], [FLOOR, TOP])
        self.best_name.set_x(best if known else 1)
        self.best_name.set_visible(known)
        self.here.set_data([self.epsilon], [here])
        # above the dot, or below where the title is above; and not on the numbers of the axis
        beside = max(self.epsilon, 20 * EPSILONS[0])
        self.you.set_position((beside, here if here < 1 else here / BELOW))
        return best

    def judge(self, rc: float, gradient: float, lost: bool, best: float) -> tuple[str, str]:
        """Say how good rc is, and which way is downhill."""
        off = powers(abs(rc - gradient), 3)
        name, true = ink("estimate", "rc"), ink("gradient", "the gradient")
        numbers = f"{name} is {signed(rc)}, {true} {signed(gradient)}: off by {off}"
        if lost:
            sign = {"forward": "+", "backward": "−", "central": "±"}[self.direction]
            return (
                f"The nudge is lost: {name} says nothing.",
                (
                    f"In {self.precision} w₀ {sign} ε is w₀ itself, so the loss cannot change:"
                    f" {numbers}."
                ),
            )
        if abs(gradient) < FLAT:
            return "Flat here: no way is downhill.", f"{numbers}."
        if rc * gradient < 0:
            return f"{name} would send w₀ uphill.", f"{numbers}, and on the wrong side of 0."
        way = "decrease w₀" if gradient > 0 else "increase w₀"
        if not 0 < best < 1:
            return f"{'Both say' if rc else 'The gradient says'}: {way}.", f"{numbers}."
        if self.epsilon > 3 * best:
            verdict = "ε is too big: truncation."
        elif self.epsilon < best / 3:
            verdict = "ε is too small: round-off."
        else:
            verdict = "ε is close to the best."
        who = "both say" if rc else "the gradient says"
        return verdict, f"{numbers}; {who}: {way}. The best ε here is near {powers(best, 1)}."


def draw_legs(axes: Axes) -> Line2D:
    """Make the two legs of the triangle under the secant."""
    return axes.plot([], [], color=COLORS["estimate"], linewidth=2, zorder=3)[0]


def draw_slopes(axes: Axes) -> tuple[Line2D, Line2D, Line2D, Line2D]:
    """Make (tangent, secant, the weight, the ends of the secant).

    In the curve and under the microscope they are the same. The tangent lies over the secant: where
    they fall together, both are seen.
    """
    (tangent,) = axes.plot([], [], "--", color=COLORS["gradient"], linewidth=2, zorder=4)
    (secant,) = axes.plot([], [], color=COLORS["estimate"], linewidth=2.5, zorder=3)
    return tangent, secant, ring(axes, size=10, zorder=5), dot(axes, color="estimate", zorder=6)
