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
from ..style import COLORS, MUTED, PAPER, dot, ink, ring, styled
from .formats import number, two_digits
from .landscape import (
    LANDSCAPES,
    LOSSES,
    NEAR,
    RATE,
    STARTS,
    draw_landscape,
    enough,
    gone_at,
    how_it_went,
    inside,
    last_step,
    leaves,
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
# round rates, of which a smaller and a larger one are shown beside the learner's
ROUND = np.array([0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3])
RATES = np.unique(np.append(np.geomspace(1e-4, 4, 121), ROUND))
BESIDE = 2  # times as small or as large, at least: else the paths would hide each other
VERDICTS = {
    "diverges": "Too big: the steps overshoot.",
    "converged": "It arrives.",
    "stuck": "It rests, but not at the lowest place.",
    "oscillates": "It swings from side to side.",
    "slow": "It is still on its way.",
}


@lru_cache(maxsize=1)
def every_rate(landscape: str, w0: float, w1: float) -> Path:
    """Return the paths of all of RATES, by one call of descend: they stay while lr is dragged."""
    return descend(LANDSCAPES[landscape], [w0, w1], steps=STEPS, lr=RATES[:, None])


@lru_cache(maxsize=8)
def run(landscape: str, lr: float, w0: float, w1: float, steps: int) -> Path:
    """Return the path of the learner's lr."""
    return descend(LANDSCAPES[landscape], [w0, w1], steps=steps, lr=lr)


def beside(lr: float) -> list[int]:
    """Return which of RATES are shown beside lr: a smaller one and a larger one, if there are.

    They are round, so that they stay while lr is dragged.

    >>> RATES[beside(0.03)].tolist(), RATES[beside(4)].tolist()
    ([0.01, 0.1], [1.0])
    """
    smaller, larger = ROUND[lr / ROUND >= BESIDE][-1:], ROUND[ROUND / lr >= BESIDE][:1]
    return np.searchsorted(RATES, [*smaller, *larger]).tolist()


@lru_cache(maxsize=1)
def ranges_at(landscape: str, w0: float, w1: float, step: int) -> tuple[Array, int, int, int]:
    """Return what every_rate shows after a step, for RATES.

    The losses as a curve, without what runs along the upper edge once it has got there; the number
    of the best rate, of some that are as good the middle one; the number of the rate from which on
    all end higher than they began, and from which on all are above the picture. These two are
    len(RATES) where there is none.
    """
    first, losses = np.nan_to_num(every_rate(landscape, w0, w1).losses[[0, step]], nan=np.inf)
    curve = within(losses)
    lowest = np.flatnonzero(curve <= 1.02 * curve.min())
    # the last that is not, and the one after it
    worse, above = (
        int(np.flatnonzero(np.append(True, ~mask))[-1])
        for mask in (losses > first, losses >= LOSSES[1])
    )
    if above:
        curve[above + 1 :] = np.nan
    return curve, int(lowest[len(lowest) // 2]), worse, above


@lru_cache(maxsize=1)
def paths_of(
    landscape: str, w0: float, w1: float, step: int, rates: tuple[int, ...]
) -> tuple[Array, Array, list[Array]]:
    """Return the paths of some of RATES up to a step, one after the other, with NaN in between.

    And the ends of those that are still in the picture, and for each where it ends or leaves.
    """
    runs = every_rate(landscape, w0, w1).points[: step + 1]
    lines: list[Any] = [np.empty((0, 2))]
    ends: list[Any] = []
    places = []
    for rate in rates:
        points = runs[:, rate]
        gone = gone_at(points, NEAR)
        lines += [points[: gone and gone + 1], [(np.nan, np.nan)]]
        ends += [] if gone else [points[-1]]
        places.append(leaves(points, gone, NEAR)[1] if gone else points[-1])
    return np.concatenate(lines).T, np.reshape(ends, (-1, 2)).T, places


class LearningRateExplorer(Explorer):
    """Gradient descent with a learning rate that you drag: its path, its loss, and how every other
    learning rate would have done.
    """

    lr = log_slider("learning rate  lr", 0.03, min=1e-4, max=4)
    step = player("step", 50, max=STEPS)
    landscape = choice("landscape", "ravine", LANDSCAPES)
    predict = choice("predict its loss first", OFF, PREDICT)
    theory = toggle("show what theory knows", False)
    w0 = slider("start  w₀", -4.0, min=-STARTS[0], max=STARTS[0], step=0.05)
    w1 = slider("start  w₁", 2.0, min=-STARTS[1], max=STARTS[1], step=0.05)

    guess = drawing("your prediction")

    leads = ("lr",)
    together = (("w0", "w1"),)

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the plane, the loss along the path, and the loss for every lr."""
        figure, axes = panels(
            {"plane": "hero", "losses": "second", "rates": "second"},
            height=4.6,
            wide=[(0.57, [("plane", 1)]), (0.43, [("losses", 0.85), ("rates", 1.15)])],
            narrow=[(2.95, [("plane", 1)]), (2.3, [("losses", 1)]), (2.9, [("rates", 1)])],
        )
        self.plane, losses, rates = axes.values()
        self.background: list[Artist] = []
        return figure, [self.draw_plane(), self.draw_losses(losses), self.draw_rates(rates)]

    def draw_plane(self) -> list[Any]:
        """Draw the path, and pale ones of a smaller and of a larger lr from the same start.

        Returns what moves, as the other parts of `draw` do.
        """
        plane(self.plane, NEAR)
        self.plane.set_title("The path down the loss")
        # one line for both, and their ends: an artist more is a drag that costs more
        self.beside = walk(self.plane, "quiet", "--", marker="none", linewidth=1, zorder=3)
        self.ends = dot(self.plane, color="quiet", size=7, zorder=4.5)
        self.rates = [self.plane.text(0, 0, "", color=MUTED, fontsize=12, zorder=4) for _ in "-+"]
        self.path = walk(self.plane, markersize=2.3, linewidth=1.4)
        self.start = ring(self.plane, zorder=6)
        self.now = dot(self.plane, zorder=7, size=11, clip_on=False)
        self.drag(self.plane, x="w0", y="w1")
        return [self.beside, self.ends, self.rates, self.path, self.start, self.now]

    def draw_losses(self, axes: Axes) -> list[Any]:
        """Draw the loss along the path."""
        loss_axis(axes, STEPS, "Its loss, step by step")
        (self.predicted,) = axes.plot([], [], ":", color=COLORS["estimate"], linewidth=3)
        (self.loss,) = axes.plot([], [], color=COLORS["path"])
        self.loss_now = dot(axes, clip_on=False)
        self.drag(axes, action=lambda pointer: scrubbed(self, pointer))
        return [self.predicted, self.loss, self.loss_now]

    def draw_rates(self, axes: Axes) -> list[Any]:
        """Draw the loss at this step for every lr, where it is best and where too big, and the two
        that theory knows.
        """
        axes.set(
            xlim=(RATES[0], RATES[-1]),
            ylim=LOSSES,
            xscale="log",
            yscale="log",
            xlabel="learning rate  lr",
            title="Loss at this step, for every lr",
        )
        axes.set_yticks([1e-4, 1e-2, 1, 100], ["0.0001", "0.01", "1", "100"])
        axes.set_xticks([1e-4, 1e-3, 0.01, 0.1, 1], ["0.0001", "0.001", "0.01", "0.1", "1"])
        axes.minorticks_off()
        axes.grid(True)
        # a ground of thick rows: a line that rests costs a drag nothing, a polygon does
        (self.worse,) = axes.plot(
            [], [], color=PAPER, linewidth=12, solid_capstyle="butt", zorder=0
        )
        (self.all,) = axes.plot([], [], color=COLORS["quiet"])
        (self.cliff,) = axes.plot([], [], "^", color=COLORS["quiet"], markersize=9, clip_on=False)
        diamond = dot(axes, color="minimum", marker="D", size=8, clip_on=False)
        words: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 12}
        self.lowest = diamond, axes.text(0, 0, "best", color=COLORS["minimum"], **words)
        self.too_small = axes.text(1.25e-4, 2.2e-4, "too small", color=MUTED, fontsize=12)
        self.too_big = axes.text(0, 0.1, "too big", color=MUTED, **words)
        (self.limit,) = axes.plot([], [], "--", color=COLORS["limit"])
        (self.best,) = axes.plot([], [], ":", color=COLORS["minimum"], linewidth=2.5)
        look: dict[str, Any] = {"rotation": 90, "va": "bottom", "fontsize": 11, "clip_on": True}
        self.names = [
            axes.text(0, 1.6e-4, "limit ", ha="left", color=COLORS["limit"], **look),
            axes.text(0, 1.6e-4, "best ", ha="right", color=COLORS["minimum"], **look),
        ]
        self.here = dot(axes, clip_on=False)
        self.drag(axes, x="lr")
        return [
            self.worse,
            self.all,
            self.cliff,
            self.lowest,
            self.too_small,
            self.too_big,
            self.limit,
            self.best,
            self.names,
            self.here,
        ]

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
        steps = STEPS if self.predict != OFF else min(enough(self.step), STEPS)
        path = run(self.landscape, self.lr, self.w0, self.w1, steps)
        told = within(path.losses)
        points, loss = path.points[: self.step + 1], told[: self.step + 1]
        prediction = predicted(self.predict, self.guess, told[0], STEPS)
        told_now = self.predict == OFF or prediction is not None
        for artist in (self.path, self.now, self.loss, self.loss_now, self.here):
            artist.set_visible(told_now)
        drawn = None if prediction is None else within(prediction)
        if self.predict != OFF or "predict" in self.changed:
            self.predicted.set_data(*sketch(self.predict, self.guess, drawn))
        self.path.set_data(*inside(points, NEAR).T)
        self.start.set_data([self.w0], [self.w1])
        place_now(self.now, points, NEAR)
        self.show_beside(told_now)
        self.loss.set_data(range(self.step + 1), loss)
        self.loss_now.set_data([self.step], loss[-1:])
        self.here.set_data([self.lr], loss[-1:])
        limit, best = limits(surface) if self.theory else (np.nan, np.nan)
        if self.changed - {"lr"} or self.predict != OFF:
            self.show_rates(told_now, bool(np.isfinite(best)))
        if self.changed & {"landscape", "theory"}:
            both = zip((self.limit, self.best), self.names, (limit, best), strict=True)
            for line, name, lr in both:
                line.set_data([lr, lr], LOSSES)
                name.set_x(lr)
                name.set_visible(bool(np.isfinite(lr)))
        if self.predict == OFF:
            self.travel(last_step(points, NEAR), COLORS["path"], self.plane)
            return self.sentence(surface, path)
        if drawn is None:
            return asked("the loss", self.lr, path.losses[0], STEPS)
        return judged(drawn, told, ink("path", "the loss"), path.losses[-1], LOSSES[1])

    def show_beside(self, told: bool) -> None:
        """Show the paths of the other two, each with its lr if it comes to another place."""
        rates = beside(self.lr)
        lines, ends, last = paths_of(self.landscape, self.w0, self.w1, self.step, tuple(rates))
        places = [np.array(self.now.get_data())[:, 0], *last]
        self.beside.set_data(*lines)
        self.ends.set_data(*ends)
        for artist in (self.beside, self.ends):
            artist.set_visible(told)
        for name in self.rates[len(rates) :]:
            name.set_visible(False)
        for rank, (rate, name) in enumerate(zip(rates, self.rates, strict=False)):
            x, y = places[rank + 1].tolist()
            apart = all(abs(a - x) + abs(b - y) > 1 for a, b in places[: rank + 1])
            name.set_visible(told and apart)
            name.set_text(f"lr {RATES[rate]:g}")
            name.set_position((x - 0.15 * np.sign(x), y - 0.2 * np.sign(y)))
            name.set_horizontalalignment("left" if x < 0 else "right")
            name.set_verticalalignment("top" if y > 0 else "bottom")

    def show_rates(self, told: bool, theory: bool) -> None:
        """Show the loss at this step for every lr; what theory calls best has its own line."""
        curve, middle, begin, cliff = ranges_at(self.landscape, self.w0, self.w1, self.step)
        self.all.set_data(RATES, curve)
        self.all.set_visible(told)
        # from the first to grow on
        bad, top = RATES[begin : begin + 1], RATES[-1]
        self.worse.set_visible(bool(told and len(bad)))
        self.too_big.set_visible(bool(told and len(bad)))
        if len(bad):
            rows = np.repeat(np.geomspace(*LOSSES, 25), 3)
            self.worse.set_data([bad[0], top, np.nan] * 25, rows)
            self.too_big.set_x(np.sqrt(bad[0] * top))
            self.too_big.set_rotation(0 if top > 8 * bad[0] else 90)
        up = RATES[cliff : cliff + 1] if cliff else RATES[:0]
        self.cliff.set_data(up, np.full(len(up), LOSSES[1] / 2))
        self.cliff.set_visible(told)
        best, low = RATES[middle], curve[middle]
        differs = bool(told and curve[0] > 2 * low)
        diamond, name = self.lowest
        diamond.set_data([best], [low])
        # below it, or beside it where it is at the lower edge
        name.set_position(
            (np.clip(best, 2e-4, 2), low / 4) if low > 2e-3 else (2.6 * best, 2 * low)
        )
        diamond.set_visible(differs and not theory)
        name.set_visible(differs and not theory)
        self.too_small.set_visible(differs and best > 3e-3)

    def sentence(self, surface: Surface, path: Path) -> tuple[str, str]:
        """Say how it went, and how lr stands to the limit where there is one."""
        kind, words = how_it_went(surface, path, self.step, NEAR)
        verdict = VERDICTS[kind] if self.step else "Press Play: where does it go?"
        if surface.hessian_eigenvalues is None or not self.theory:
            words = words.removeprefix("it is still on its way; ").removeprefix(
                "it jumps from side to side; "
            )
            return verdict, f"With lr {number(self.lr)}, {words}.{self.better(kind, path)}"
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

    def better(self, kind: str, path: Path) -> str:
        """Name the lr with the lowest loss, where this one is far from it."""
        curve, middle, *_ = ranges_at(self.landscape, self.w0, self.w1, self.step)
        loss = within(path.losses[self.step])
        if not self.step or kind in ("converged", "stuck") or loss <= 2 * curve[middle]:
            return ""
        return f" It would be lowest with lr near {two_digits(RATES[middle])}."


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
