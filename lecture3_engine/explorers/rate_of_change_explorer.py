"""The rate of change rc, and how it becomes the gradient.

Lecture, section 2, "Gradient Descent - How", and section 3, "What is Gradient?".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..finite_difference import DIRECTIONS, rate_of_change
from ..live import Explorer, choice, log_slider, slider
from ..style import COLORS, dot, figure, ring, styled
from .curve import CURVES, RC_TEXT, WINDOW, curvature, draw_curve, line, strip
from .formats import number, signed

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from numpy.typing import ArrayLike

    from ..surfaces import Surface
    from ..tensor import Array

PRECISIONS: dict[str, type[np.floating]] = {"float64": np.float64, "float32": np.float32}
EPSILONS = 10.0 ** np.linspace(-16, 0, 161)
FLOOR = 1e-17  # the lower edge of the error's picture: an error of exactly 0 lies there
DASHES = dict(zip(DIRECTIONS, ("-.", "--", ":"), strict=True))
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


class RateOfChangeExplorer(Explorer):
    """The rate of change rc of a loss beside its gradient: the secant, the tangent, and the error
    of rc for every epsilon.
    """

    curve = choice("curve", "lecture curve", CURVES)
    direction = choice("direction", "forward", DIRECTIONS)
    precision = choice("precision", "float64", PRECISIONS)
    w0 = slider("weight  w₀", -0.5, min=-3, max=3, step=0.05)
    epsilon = log_slider("nudge  ε", 0.8, min=1e-16, max=1, step=0.05)

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the curve, the microscope, and the error for every epsilon."""
        fig = figure(11.5, 4.5)
        self.plot, near, errors = fig.subplots(1, 3, width_ratios=(1.2, 0.75, 1.2))
        self.background: list[Artist] = []
        return fig, [self.draw_plot(), self.draw_near(near), self.draw_errors(errors)]

    def draw_plot(self) -> list[Any]:
        """Draw the curve with secant and tangent.

        Returns what moves, as the other parts of `draw` do.
        """
        self.plot.set_title("Secant and tangent (drag w₀)")
        (self.drops,) = self.plot.plot([], [], ":", color=COLORS["quiet"], linewidth=1.5)
        slopes = draw_slopes(self.plot)
        self.tangent, self.secant, self.ring, self.ends = slopes
        (self.arrow,) = self.plot.plot([], [], color=COLORS["path"], linewidth=2.5)
        (self.head,) = self.plot.plot([], [], color=COLORS["path"], markersize=10, linestyle="none")
        # over the lines, on paper
        paper: dict[str, Any] = {
            "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1.5},
            "zorder": 7,
        }
        corner = paper | {"transform": self.plot.transAxes, "va": "top"}
        self.downhill = self.plot.text(0, 0, "", color=COLORS["path"], va="center", **paper)
        self.rc = self.plot.text(0.02, 0.985, "", color=RC_TEXT, **corner)
        self.gradient = self.plot.text(0.02, 0.915, "", color=COLORS["gradient"], **corner)
        self.drag(self.plot, x="w0")
        words = [self.downhill, self.rc, self.gradient]
        return [self.drops, *slopes, self.arrow, self.head, *words]

    def draw_near(self, axes: Axes) -> list[Any]:
        """Draw the same, a few epsilons wide."""
        axes.set(
            xlim=(NEAR[0], NEAR[-1]),
            ylim=(-1.75, 1.75),
            xticks=(-1, 0, 1),
            yticks=(),
            xlabel=r"$(w - w_0)\;/\;\varepsilon$",
            ylabel="change of the loss",
            title="Under the microscope",
        )
        axes.set_xticklabels(("−1", "0", "1"))
        axes.grid(True)
        (self.near_curve,) = axes.plot([], [], color=COLORS["loss"], linewidth=2.5)
        slopes = draw_slopes(axes)
        self.near_tangent, self.near_secant, self.near_ring, self.near_ends = slopes
        return [self.near_curve, *slopes]

    def draw_errors(self, axes: Axes) -> list[Any]:
        """Draw the error for every epsilon, and what theory says of it."""
        axes.set(
            xlim=(EPSILONS[0], EPSILONS[-1]),
            ylim=(FLOOR, 1e2),
            xscale="log",
            yscale="log",
            xlabel=r"nudge $\varepsilon$",
            title="Error |rc − gradient| (drag ε)",
            xticks=10.0 ** np.arange(-16, 1, 4),
            yticks=10.0 ** np.arange(-16, 1, 4),
        )
        axes.minorticks_off()
        axes.grid(True)
        self.errors = {d: axes.plot([], [], label=d)[0] for d in DIRECTIONS}
        limit: dict[str, Any] = {"color": COLORS["limit"], "linewidth": 1.5}
        (self.truncation,) = axes.plot([], [], "--", label="theory", **limit)
        (self.round_off,) = axes.plot([], [], "--", **limit)
        (self.best,) = axes.plot([], [], ":", color=COLORS["best"], linewidth=2.5, label="best ε")
        self.here = dot(axes, color="secant", zorder=6, clip_on=False)
        self.legend = axes.legend(
            loc="lower left",
            handlelength=1.5,
            handletextpad=0.5,
            borderaxespad=0.2,
            labelspacing=0.3,
        )
        self.drag(axes, x="epsilon")
        return [*self.errors.values(), self.truncation, self.round_off, self.best, self.here]

    @styled
    def draw_background(self) -> None:
        """Draw another curve."""
        for artist in self.background:
            artist.remove()
        self.background = draw_curve(self.plot, self.curve)

    def update(self) -> str:
        """Show rc and the gradient at this weight."""
        if "curve" in self.changed:
            self.draw_background()
        surface, kind = CURVES[self.curve], PRECISIONS[self.precision]
        w, epsilon = kind(self.w0), kind(self.epsilon)
        gradient, all_errors = errors(self.curve, self.w0, self.precision)
        rc = float(rate_of_change(surface.loss, w, self.epsilon, self.direction))
        sides = {"forward": (0, 1), "backward": (-1, 0), "central": (-1, 1)}[self.direction]
        ends = np.array([w + side * epsilon for side in sides])
        self.show_curve(surface, w, ends, rc, gradient)
        self.show_near(surface, w, epsilon, sides, rc, gradient)
        best = self.show_errors(all_errors, error(rc, gradient))
        return self.sentence(rc, gradient, (ends == w).all(), best)

    def show_curve(
        self, surface: Surface, w: np.floating, ends: Array, rc: float, gradient: float
    ) -> None:
        """Show secant and tangent, and the way downhill."""
        heights, height, low = surface.loss(ends[:, None]), surface.loss(w), strip(self.curve)
        self.secant.set_data(*line(ends[0], heights[0], rc))
        self.tangent.set_data(*line(w, height, gradient))
        self.ends.set_data(ends, heights)
        self.ring.set_data([w], [height])
        self.drops.set_data(
            np.repeat(np.append(ends, w), 3),
            [v for h in (*heights, height) for v in (h, low, np.nan)],
        )
        way = 0.0 if abs(gradient) < FLAT else -float(np.sign(gradient))
        tip = np.clip(w + 0.6 * way, -WINDOW + 0.05, WINDOW - 0.05)
        self.arrow.set_data([w, tip], [low, low])
        self.head.set_data([tip], [low])
        self.head.set_marker("<" if way < 0 else ">" if way > 0 else "o")
        ahead = w * way < 1.2  # is there room for the word?
        self.downhill.set(
            text="downhill" if way else "flat here",
            position=(tip + 0.2 * (way or 1) if ahead else w - 0.2 * way, low),
            ha="right" if (way < 0) == ahead and way else "left",
        )
        self.rc.set_text(f"secant, rc = {signed(rc)}")
        self.gradient.set_text(f"tangent, gradient = {signed(gradient)}")

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
        self.near_ends.set_data(sides, rise[at] / scale)

    def show_errors(self, all_errors: dict[str, Array], here: float) -> float:
        """Show the errors of all directions and theory's. Returns the best epsilon of theory."""
        truncation, power, round_off, best = theory(
            self.curve, self.w0, self.precision, self.direction
        )
        order = np.searchsorted(EPSILONS, self.epsilon)
        handles: list[Any] = self.legend.legend_handles
        for direction, curve in self.errors.items():
            chosen = direction == self.direction
            x, y = EPSILONS, all_errors[direction]
            if chosen:  # the present epsilon may lie between two of the grid
                x, y = np.insert(x, order, self.epsilon), np.insert(y, order, here)
            curve.set_data(x, y)
            look = (
                dict(color=COLORS["secant"], linewidth=2, linestyle="-")
                if chosen
                else dict(color=COLORS["quiet"], linewidth=1.2, linestyle=DASHES[direction])
            )
            curve.set(**look, zorder=1005 if chosen else 1002)
            if "direction" in self.changed:
                handles[DIRECTIONS.index(direction)].set(**look)
        # each a little beyond the place where they cross
        right, left = EPSILONS[best / 30 < EPSILONS], EPSILONS[best * 30 > EPSILONS]
        self.truncation.set_data(right, truncation * right**power)
        self.round_off.set_data(left, np.maximum(round_off / left, FLOOR / 10))
        self.best.set_data([best, best] if 0 < best < 1 else [np.nan, np.nan], [FLOOR, 1e2])
        self.here.set_data([self.epsilon], [here])
        return best

    def sentence(self, rc: float, gradient: float, lost: bool, best: float) -> str:
        """Say how good rc is, and which way is downhill."""
        off = abs(rc - gradient)
        words = (
            f"With ε = {number(self.epsilon)} ({self.direction}) rc is {signed(rc)}; the gradient"
            f" is {signed(gradient)}, so rc is off by {number(off)}."
        )
        if lost:
            sign = {"forward": "+", "backward": "−", "central": "±"}[self.direction]
            return (
                f"{words} In {self.precision} w₀ {sign} ε is w₀ itself: the loss cannot change, and"
                " rc says nothing."
            )
        if abs(gradient) < FLAT:
            return f"{words} Here the curve is flat: the gradient shows no way downhill."
        if rc * gradient < 0:
            return f"{words} Their signs differ: rc would send w₀ uphill."
        way = (
            "the loss grows with w, so decrease w₀"
            if gradient > 0
            else "the loss falls with w, so increase w₀"
        )
        if not 0 < best < 1:
            return f"{words} {'Both say' if rc else 'The gradient says'}: {way}."
        blame = (
            "ε is too big (truncation)"
            if self.epsilon > 3 * best
            else (
                "ε is too small (round-off)"
                if self.epsilon < best / 3
                else "ε is close to the best"
            )
        )
        return (
            f"{words} {'Both say' if rc else 'The gradient says'}: {way}. The best ε here is near"
            f" {best:.0e}: {blame}."
        )


def draw_slopes(axes: Axes) -> tuple[Line2D, Line2D, Line2D, Line2D]:
    """Make (tangent, secant, the weight, the ends of the secant).

    In the curve and under the microscope they are the same. The tangent lies over the secant: where
    they fall together, both are seen.
    """
    (tangent,) = axes.plot([], [], "--", color=COLORS["gradient"], linewidth=2, zorder=4)
    (secant,) = axes.plot([], [], color=COLORS["secant"], linewidth=2.5, zorder=3)
    return tangent, secant, ring(axes, size=10, zorder=5), dot(axes, color="secant", zorder=6)
