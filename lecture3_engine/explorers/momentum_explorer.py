"""Momentum: gradient descent beside gradient descent that keeps going.

Lecture, section 3, "Momentum".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

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
from ..style import COLORS, INK, MUTED, SETTINGS, TINTS, dot, ink, ring, show_as, styled
from .formats import counted, number
from .landscape import (
    LANDSCAPES,
    LOSSES,
    NEAR,
    RATE,
    STARTS,
    draw_landscape,
    gone_at,
    inside,
    last_step,
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
    from matplotlib.lines import Line2D

    from ..descent import Path
    from ..surfaces import Surface
    from ..tensor import Array

STEPS, MAP_STEPS = 100, 200
# here the loss at every minimum is 0, so that a rate can be measured
NAMES = ["bowl", "ravine", "long ravine", "Rosenbrock"]
# an lr with which momentum gets somewhere, too
RATES = {name: RATE[name] for name in NAMES} | {"Rosenbrock": 1e-4}
# the largest lr of the map; elsewhere a little more than 4 / l_max, where no beta helps any more
WIDEST = {"Rosenbrock": 0.0044}
# The map is shaded by how many steps it takes until the minimum is CLOSER times as near, and by the
# rate that belongs to each number. Above the last rate a descent gets nowhere.
CLOSER = 100
TIMES = [10, 20, 50, 100, 200, 500]
LEVELS = [0.0, *(CLOSER ** (-1 / steps) for steps in TIMES), 0.9999]
SHADES = LinearSegmentedColormap.from_list("fast", [COLORS["minimum"], TINTS["minimum"], "white"])(
    np.linspace(0.05, 1, len(LEVELS) - 1)
)
LONGEST, SHORTEST = 1.8, 0.1  # of the arrows, in the unit of the weights
HEAD = 0.22  # of an arrow, as long as it is wide: so small that its lines fill it
BELOW = 1e-6  # so far a loss goes on below the picture, which it leaves through the bottom


@lru_cache(maxsize=1)
def run(landscape: str, lr: float, beta: float, w0: float, w1: float) -> tuple[Path, Path]:
    """Return the paths without and with momentum, from one call of descend.

    They have a step more than is shown: the arrows lead to the step after.
    """
    paths = descend(
        LANDSCAPES[landscape], [w0, w1], steps=STEPS + 1, lr=lr, momentum=np.array([[0.0], [beta]])
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

    lr = log_slider("learning rate  lr", 0.03, min=1e-4, max=4, step=0.01)
    beta = slider("momentum  β", 0.8, min=0, max=0.99, step=0.01)
    step = player("step", 12, max=STEPS)
    landscape = choice("landscape", "ravine", NAMES)
    predict = choice("predict momentum's loss first", OFF, PREDICT)
    theory = toggle("show what theory knows", False)
    w0 = slider("start  w₀", -4.0, min=-STARTS[0], max=STARTS[0], step=0.05)
    w1 = slider("start  w₁", 2.0, min=-STARTS[1], max=STARTS[1], step=0.05)

    guess = drawing("your prediction")

    leads = ("beta", "lr")
    together = (("w0", "w1"),)

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the plane with both paths, the losses, and the map with its key."""
        figure, axes = panels(
            {"plane": "hero", "losses": "second", "map": "second"},
            height=4.6,
            wide=[(0.57, [("plane", 1)]), (0.43, [("losses", 2), ("map", 2.6)])],
            narrow=[(3.15, [("plane", 1)]), (2.3, [("losses", 1)]), (2.9, [("map", 1)])],
            margins={"plane": (0.6, 0.05, 0.58, 0.4), "map": (0.75, 0.75, 0.58, 0.4)},
        )
        self.plane, losses, self.map = axes.values()
        self.background: list[Artist] = []
        plane(self.plane, NEAR)
        self.plane.set_anchor("N")  # its title is on the line of the others
        self.name_colors()
        (self.predicted,) = losses.plot([], [], ":", color=COLORS["estimate"], linewidth=3)
        self.walks = [
            self.draw_walk(losses, "path", "--"),
            self.draw_walk(losses, "momentum", "-"),
        ]
        self.arrows = [
            self.plane.plot([], [], color=COLORS[part], linewidth=3, zorder=6.5)[0]
            for part in ("loss", "momentum", "gradient")
        ]
        self.start = ring(self.plane, zorder=6, clip_on=False)
        self.drag(self.plane, x="w0", y="w1", handle=self.start)
        loss_axis(losses, STEPS, "Their loss, step by step")
        self.drag(losses, action=lambda pointer: scrubbed(self, pointer))
        self.draw_map(figure)
        return figure, [self.predicted, self.walks, self.arrows, self.start]

    def name_colors(self) -> None:
        """Name the paths in the title, and the arrows in a corner, where they add up."""
        title = self.plane.set_title("Without", color=COLORS["path"])
        for words, color in ("and", INK), ("with momentum", COLORS["momentum"]):
            title = self.plane.annotate(
                words,
                (1, 0),
                (4, 0),
                xycoords=title,
                textcoords="offset points",
                va="bottom",
                color=color,
                weight="bold",
                fontsize=SETTINGS["axes.titlesize"],
                annotation_clip=False,
            )
        for y, color, name in (
            (41, "momentum", "β · last step"),
            (24, "gradient", "− lr · gradient"),
            (7, "loss", "= next step"),
        ):
            self.plane.annotate(
                name,
                (1, 0),
                (-8, y),
                "axes fraction",
                "offset points",
                color=COLORS[color],
                ha="right",
                weight="bold",
                fontsize=12,
                zorder=3,
                bbox={"facecolor": "white", "alpha": 0.5, "edgecolor": "none", "pad": 0},
            )

    def draw_walk(self, losses: Axes, color: str, dashes: str) -> tuple[Any, ...]:
        """Make what moves of one of the two descents.

        That is: path, place; loss so far, its place, and how it goes on; the dot on the map.
        """
        path = walk(self.plane, color)
        now = dot(self.plane, color=color, zorder=7, size=11, clip_on=False)
        (loss,) = losses.plot([], [], dashes, color=COLORS[color])
        loss_now = dot(losses, color=color, size=8, clip_on=False)
        (future,) = losses.plot([], [], color=COLORS[color], linewidth=1.2, alpha=0.45, zorder=1.5)
        here = dot(self.map, color=color, zorder=6, size=11, clip_on=False)
        return path, now, loss, loss_now, future, here

    def draw_map(self, figure: Any) -> None:
        """Draw the map of how fast every lr and beta converges, but for its shades; and its key."""
        self.map.set(
            xlabel="learning rate  lr",
            ylabel=r"momentum  $\beta$",
            title=f"Steps to get {CLOSER}× closer to the star",
            yticks=[0, 0.5, 0.99],
        )
        self.map.patch.set(hatch="//", edgecolor=SETTINGS["grid.color"], linewidth=0)
        self.diverges = self.map.text(
            0.97,
            0.08,
            "diverges",
            color=MUTED,
            ha="right",
            va="center",
            fontsize=12,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 2},
            transform=self.map.transAxes,
        )
        (self.border,) = self.map.plot([], [], "--", color=COLORS["limit"])
        (self.best,) = self.map.plot(
            [],
            [],
            "D",
            color=COLORS["minimum"],
            markeredgecolor=INK,
            markersize=9,
            clip_on=False,
        )
        self.best_name = self.map.text(
            0, 0, "best  ", color=INK, ha="right", va="bottom", fontsize=12
        )
        self.drag(self.map, x="lr", y="beta")
        # the key, at its side: which shade means what, the fastest on top
        key, count = figure.add_axes((0, 0, 1, 1), label="key"), len(SHADES)
        for form in figure.forms.values():
            x, y, width, height = form.cells[self.map]
            form.cells[key] = (x + width + 0.12 / form.width, y, 0.14 / form.width, height)
        figure.take("wide")
        key.imshow(SHADES[::-1, None], extent=(0, 1, 0, count), origin="lower", aspect="auto")
        key.yaxis.tick_right()
        key.set(xticks=[], ylim=(0, count))
        shown = [0, 2, 4]
        words = {0: "\nfast", 4: "\nslow"}
        key.set_yticks(
            [count - 1 - i for i in shown], [f"{TIMES[i]}{words.get(i, '')}" for i in shown]
        )

    def follow(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Give each landscape an lr that fits it. Another run is another question."""
        lr = {"lr": RATES[settings["landscape"]]} if settings.get("landscape") in RATES else {}
        return lr | questioned(self, settings, {"lr", "beta", "landscape", "w0", "w1"}, STEPS)

    @styled
    def update(self) -> tuple[str, str]:
        """Show both descents up to this step."""
        if self.changed & {"landscape", "theory"}:
            self.draw_background()
        surface = LANDSCAPES[self.landscape]
        both = run(self.landscape, self.lr, self.beta, self.w0, self.w1)
        for artists, path, beta in zip(self.walks, both, (0, self.beta), strict=True):
            line, now, loss, loss_now, future, here = artists
            points, losses = path.points[: self.step + 1], leaving(path.losses[: STEPS + 1])
            line.set_data(*inside(points, NEAR).T)
            place_now(now, points, NEAR)
            loss.set_data(range(self.step + 1), losses[: self.step + 1])
            loss_now.set_data([self.step], within(losses[self.step : self.step + 1]))
            # before the first step it is a question
            begin = self.step or STEPS + 1
            future.set_data(range(begin, STEPS + 1), losses[begin:])
            here.set_data([min(self.lr, widest(self.landscape))], [beta])
            show_as(here, "o" if self.lr <= widest(self.landscape) else ">")
        self.start.set_data([self.w0], [self.w1])
        *parts, _ = step_parts(surface, both[1], self.lr, self.beta, self.step)
        seen = gone_at(both[1].points[: self.step + 1], NEAR) is None
        point_arrows(self.arrows, *(parts if seen else np.full((3, 2), np.nan)))
        truth = within(both[1].losses[: STEPS + 1])
        prediction = predicted(self.predict, self.guess, truth[0], STEPS)
        for artist in (*self.walks[1][:5], *self.arrows):
            artist.set_visible(self.predict == OFF or prediction is not None)
        drawn = None if prediction is None else within(prediction)
        self.predicted.set_data(*sketch(self.predict, self.guess, drawn))
        if self.predict == OFF:
            for path, color in zip(both, ("path", "momentum"), strict=True):
                self.travel(
                    last_step(path.points[: self.step + 1], NEAR), COLORS[color], self.plane
                )
            return self.sentence(surface, both)
        if drawn is None:
            return asked("momentum's loss", self.lr, truth[0], STEPS)
        name = f"the loss {ink('momentum', 'with momentum')}"
        return judged(drawn, truth, name, both[1].losses[STEPS], LOSSES[1])

    def draw_background(self) -> None:
        """Draw another landscape, and its map."""
        for artist in self.background:
            artist.remove()
        surface = LANDSCAPES[self.landscape]
        lr, beta, rate = rate_map(self.landscape)
        fill = self.map.contourf(lr, beta, rate, LEVELS, colors=SHADES, zorder=0)
        lines = self.map.contour(
            lr, beta, rate, LEVELS[1:-1], colors="white", linewidths=0.8, zorder=0.5
        )
        self.map.set(xlim=(0, lr[-1]), ylim=(beta[0], beta[-1]))
        ticks = [i * float(f"{lr[-1] / 2.1:.0e}") for i in range(3)]
        self.map.set_xticks(ticks, [number(tick) for tick in ticks])
        eigenvalues = surface.hessian_eigenvalues
        for part in (self.border, self.best, self.best_name):
            part.set_visible(eigenvalues is not None and self.theory)
        if eigenvalues is not None:
            self.border.set_data([2 / eigenvalues.max(), 4 / eigenvalues.max()], [0, 1])
            self.best.set_data(*([x] for x in optimum(eigenvalues)))
            self.best_name.set_position(optimum(eigenvalues))
        self.diverges.set_position((0.97, 0.1 if eigenvalues is not None else 0.85))
        self.background = [*draw_landscape(self.plane, self.landscape), fill, lines]

    def sentence(self, surface: Surface, both: tuple[Path, Path]) -> tuple[str, str]:
        """Say which of the two is ahead, and by how much; or what theory knows of it."""
        plain, heavy = (where(path, self.step) for path in both)
        if self.theory:
            reason = self.what_theory_knows(surface)
        elif self.step == 0:
            reason = (
                f"{ink('path', 'Gradient descent')} and {ink('momentum', 'momentum')} start at the"
                f" same place, with a loss of {number(both[0].losses[0])}."
            )
        elif self.beta == 0:
            reason = (
                f"Both are plain gradient descent: after {counted(self.step, 'step')} it {plain}."
            )
        else:
            reason = (
                f"After {counted(self.step, 'step')} {ink('path', 'gradient descent')} {plain};"
                f" {ink('momentum', 'with momentum')} it {heavy}."
            )
        return self.verdict(both), reason

    def verdict(self, both: tuple[Path, Path]) -> str:
        """Say which of the two is ahead."""
        if self.step == 0:
            return "Press Play: which one gets there first?"
        if self.beta == 0:
            return "With β 0 there is no difference."
        stays = [gone_at(path.points[: self.step + 1], NEAR) is None for path in both]
        if not any(stays):
            return "Both have left the picture."
        if not all(stays):
            return (
                "Momentum has left the picture; gradient descent stays."
                if stays[0]
                else "Gradient descent has left the picture; momentum stays."
            )
        plain, heavy = (path.losses[self.step] for path in both)
        if number(plain) == number(heavy):
            return "Both are level."
        if heavy < plain:
            return "Momentum is far ahead." if 100 * heavy < plain else "Momentum is ahead."
        return "Momentum is behind." if heavy < 100 * plain else "Momentum is far behind."

    def what_theory_knows(self, surface: Surface) -> str:
        """Say how fast both are, by theory or by the map."""
        if surface.hessian_eigenvalues is None:
            if self.lr > widest(self.landscape):
                return (
                    f"lr {number(self.lr)} is beyond the map, which ends at"
                    f" {number(widest(self.landscape))}: drag the dot into it."
                )
            x, y = surface.start
            return (
                "The curvature changes from place to place, so the map is measured:"
                f" {MAP_STEPS} steps from ({number(x)}, {number(y)})."
            )
        high = surface.hessian_eigenvalues.max()
        limit = 2 * (1 + self.beta) / high
        if self.lr >= limit * (1 - 1e-12):  # 0.144 is stored as a little less
            return (
                f"lr {number(self.lr)} is not below the limit 2(1 + β)/λmax = {number(limit)}: no"
                " convergence, with momentum or without."
            )
        rate = heavy_ball(surface.hessian_eigenvalues, self.lr, self.beta)
        root = ", √β," if self.beta > 0 and np.isclose(rate, np.sqrt(self.beta)) else ""
        if self.lr >= 2 / high:
            return (
                f"Without momentum lr must be below 2/λmax = {number(2 / high)}, with it below"
                f" 2(1 + β)/λmax = {number(limit)}: then each step leaves {percent(rate)}{root} of"
                " the way."
            )
        best = optimum(surface.hessian_eigenvalues)
        return (
            "Each step leaves"
            f" {percent(heavy_ball(surface.hessian_eigenvalues, self.lr, 0))} of the way"
            f" {ink('path', 'without')} and {percent(rate)}{root}"
            f" {ink('momentum', 'with momentum')}; the best:"
            f" {percent(heavy_ball(surface.hessian_eigenvalues, *best))}, at lr {number(best[0])}"
            f" and β {number(best[1])}."
        )


def percent(rate: float) -> str:
    """Write a rate below 1 as a share, two digits of what is missing: 91.2%, but 99.995%."""
    missing = max(100 * (1 - rate), 1e-12)
    return f"{round(100 * rate, max(1, 1 - int(np.floor(np.log10(missing))))):.15g}%"


def step_parts(
    surface: Surface, path: Path, lr: float, beta: float, step: int
) -> tuple[Array, Array, Array, Array]:
    """Return (w, beta velocity, -lr gradient, next w): the next w is the sum of the others.

    velocity = w - w_previous.
    """
    w = path.points[step]
    velocity = w - path.points[step - 1] if step else np.zeros(2)
    return w, beta * velocity, -lr * surface.gradient(w), path.points[step + 1]


def leaving(losses: Array) -> Array:
    """Return losses as they are drawn: beyond the top they run along it, but they fall out of the
    bottom, as a loss goes on to fall.
    """
    return np.clip(np.nan_to_num(losses, nan=np.inf), BELOW, LOSSES[1])


def point_arrows(arrows: list[Line2D], w: Array, by_velocity: Array, by_gradient: Array) -> None:
    """Draw the two parts of a step head to tail, and their sum.

    In proportion: the longest is drawn `LONGEST` long, or nobody would see the short ones. Only
    where all are shorter than `SHORTEST` they shrink: the ball comes to rest.
    """
    vectors = np.array([by_velocity + by_gradient, by_velocity, by_gradient])
    vectors *= LONGEST / max(np.linalg.norm(vectors, axis=1).max(), SHORTEST)
    for arrow, tail, vector in zip(arrows, (w, w, w + vectors[1]), vectors, strict=True):
        length = np.linalg.norm(vector)
        along = vector / max(length, 1e-300) * min(HEAD, length)
        across, tip = np.array([-along[1], along[0]]) / 2, tail + vector
        neck = tip - along
        arrow.set_data(*np.transpose([tail, tip, neck + across, neck - across, tip]))


def where(path: Path, step: int) -> str:
    """Say where a path ends."""
    loss = path.losses[step]
    if not np.isfinite(loss):
        return f"has been lost to infinity since step {path.diverged_at}"
    gone = gone_at(path.points[: step + 1], NEAR)
    if gone is not None:
        return f"is outside the picture, which it left at step {gone}"
    return f"has a loss of {number(loss)}"
