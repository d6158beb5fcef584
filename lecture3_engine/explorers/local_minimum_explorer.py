"""A ball between a local and the global minimum. Lecture, section 3, "Local Minimum"."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import to_rgb, to_rgba_array

from ..descent import descend
from ..live import Explorer, log_slider, panels, player, slider
from ..style import COLORS, INK, SETTINGS, TINTS, dot, ink, ring, show_as, star, styled
from ..surfaces import lecture_curve
from . import landscape
from .curve import curvature
from .formats import counted, fixed, number, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..descent import Path
    from ..live import Pointer
    from ..tensor import Array

STEPS = 100
# wider than that of the other curves: what momentum changes, it changes for balls from high up
WINDOW = 3.4
EDGE = WINDOW - 0.1  # where an arrowhead stands for a ball that is beyond
HILL = 0.5  # the hill top between the two minima
GOAL = -2.0  # the global minimum
CLOSE = 0.25  # a ball that ends this near to a minimum belongs to it
LAST = 10  # and one that is as near for so many steps does not pass through
BETA = 0.95
WHOLE = np.linspace(-WINDOW, WINDOW, 341)
# none of the starts is the hill top itself
STARTS, HEIGHTS = np.linspace(-WINDOW, WINDOW, 103), np.linspace(0, 1, 49)
BETAS = 1 - (1 - BETA) ** HEIGHTS
SOME = STARTS[::2]  # for a share in per cent
# the momentum that a sentence names: round numbers, to be set as they are read
TRIED = np.arange(1, 96) / 100
CURVATURES = [curvature(lecture_curve, place) for place in lecture_curve.minima[:, 0]]
GLOBAL, LOCAL, MOVING, GONE = range(4)
# the global minimum's is darker than the local one's: the border is seen without colors, too
GOLD = 0.8 * np.array(to_rgb(TINTS["minimum"])) + 0.2 * np.array(to_rgb(COLORS["minimum"]))
TINT = tuple(GOLD.tolist()), TINTS["path"], "white", "none"
# as an image has them: a map of numbers would be colored anew with each step
PIXELS = (255 * to_rgba_array(TINT)).round().astype(np.uint8)
STUCK = "Stuck in the local minimum."
HOP = np.linspace(0, 1, 13)  # of a step, which is drawn as a hop
FAR = 0.25  # a shorter step is a straight line: small hops would be a knot
# the name of each part of the map, and the place (column, row), as a share, where it stands best
NAMES = {
    GLOBAL: ("global", (0.28, 0.2)),
    LOCAL: ("local", (0.73, 0.2)),
    MOVING: ("still moving", (0.5, 0.1)),
    GONE: ("diverges", (0.5, 0.75)),
}
ROOM = 21, 5  # columns and rows that a name takes


def height_of(beta: float) -> float:
    """Return where a momentum is on the map's axis, from 0 to 1.

    What matters is how much is lost in a step, 1 - beta: 0.9 is as far from 0.95 as 0 from 0.5.
    """
    return float(np.log(1 - beta) / np.log(1 - BETA))


def where(w: Array) -> Array:
    """Return where a ball at w is: GLOBAL, LOCAL, MOVING, be it at rest or on its way through.

    NaN has diverged: GONE.
    """
    low, high = lecture_curve.minima[:, 0]
    end = np.full(np.shape(w), MOVING)
    end[np.abs(w - low) < CLOSE] = GLOBAL
    end[np.abs(w - high) < CLOSE] = LOCAL
    end[~np.isfinite(w)] = GONE
    return end


def rest(points: Array, lr: float, beta: float | Array) -> Array:
    """Return in which minimum the balls come to rest: GLOBAL, LOCAL, or MOVING for none.

    `points` is (steps + 1, ...). Near a minimum a ball is drawn to it where lr < 2 (1 + beta) /
    curvature. Above that it jumps about it, however near it is, unless it stands still.
    """
    end = np.full(points.shape[1:], MOVING)
    for which, place, steepness in zip(
        (GLOBAL, LOCAL), lecture_curve.minima[:, 0], CURVATURES, strict=True
    ):
        distance = np.abs(points[-LAST:] - place).max(axis=0)
        end[(distance < CLOSE) & ((lr < 2 * (1 + beta) / steepness) | (distance < 1e-6))] = which
    return end


@lru_cache(maxsize=1)
def ends(lr: float) -> Array:
    """Return where each (beta, w0) is at the end, (betas, starts), by one call of descend."""
    starts = np.broadcast_to(STARTS[:, None], (len(BETAS), len(STARTS), 1))
    return where(
        descend(
            lecture_curve,
            starts,
            steps=STEPS,
            keep_path=False,
            lr=lr,
            momentum=BETAS[:, None, None],
        ).points[0, ..., 0]
    )


def room_for(found: Array, which: int) -> tuple[float, float] | None:
    """Return where the name of a part of the map fits into it, the nearest place to its best one.

    None if there is no room for it.
    """
    counts = np.zeros((found.shape[0] + 1, found.shape[1] + 1), int)
    counts[1:, 1:] = (found == which).cumsum(axis=0).cumsum(axis=1)
    w, h = ROOM
    filled = counts[h:, w:] - counts[:-h, w:] - counts[h:, :-w] + counts[:-h, :-w]
    rows, columns = np.nonzero(filled >= 0.85 * w * h)  # a speck in it does not hide the name
    if not len(rows):
        return None
    x, y = (columns + w / 2) / found.shape[1], (rows + h / 2) / found.shape[0]
    best_x, best_y = NAMES[which][1]
    best = int(np.hypot(x - best_x, y - best_y).argmin())
    return WINDOW * (2 * x[best] - 1), y[best]


@lru_cache(maxsize=1)
def roll(lr: float, beta: float, w0: float) -> Path:
    """Return the path of the learner's ball."""
    return descend(lecture_curve, [w0], steps=STEPS, lr=lr, momentum=beta)


@lru_cache(maxsize=2)  # with momentum and without
def share(lr: float, beta: float) -> float:
    """Return the part of the starts that are near the global minimum at the end."""
    paths = descend(
        lecture_curve, SOME[:, None], steps=STEPS, keep_path=False, lr=lr, momentum=beta
    )
    return float(np.mean(where(paths.points[0, :, 0]) == GLOBAL))


@lru_cache(maxsize=1)
def rescues(lr: float, w0: float) -> tuple[Array, Array]:
    """Return those of TRIED with which the ball comes to rest in the global minimum, and its paths.

    The paths are (steps + 1, betas).
    """
    points = descend(lecture_curve, [w0], steps=STEPS, lr=lr, momentum=TRIED[:, None]).points[
        ..., 0
    ]
    helps = rest(points, lr, TRIED) == GLOBAL
    return TRIED[helps], points[:, helps]


def hops(points: Array) -> tuple[Array, Array]:
    """Return (w, loss) of a path drawn as hops: each step leaves the curve and lands on it.

    A hop is as high above its chord as it is long: clear of the hill, too.
    """
    step = np.diff(points)[:, None]
    w = points[:-1, None] + step * HOP
    ground = lecture_curve.loss(np.clip(points, -WINDOW, WINDOW)[:, None])
    chord = ground[:-1, None] + np.diff(ground)[:, None] * HOP
    loss = chord + 4 * np.abs(step) * HOP * (1 - HOP)
    # of a short step, where it lands
    seen = (np.abs(step) > FAR) | (HOP == 1)
    return w[seen], loss[seen]


class LocalMinimumExplorer(Explorer):
    """A ball that rolls down a curve with a local and a global minimum, and the map of where each
    start and momentum ends up.
    """

    beta = slider("momentum  β", 0.7, min=0, max=BETA, step=0.005)
    lr = log_slider("learning rate  lr", 0.14, min=1e-3, max=1)
    w0 = slider("start  w₀", 2.9, min=-WINDOW, max=WINDOW, step=0.05)
    step = player("step", 0, max=STEPS)

    leads = ("beta", "lr")

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the curve and the map."""
        figure, axes = panels(
            {"curve": "hero", "map": "second"},
            medium=[(3.9, [("curve", 1)]), (3.3, [("map", 1)])],
            narrow=[(3.4, [("curve", 1)]), (3.2, [("map", 1)])],
        )
        plot, plane = axes.values()
        moves = self.draw_curve(plot)  # first: the hint to drag stands there
        return figure, [self.draw_map(plane), moves]

    def draw_map(self, plane: Axes) -> list[Any]:
        """Draw where each start and momentum ends up. Returns what moves, as `draw_curve` does."""
        plane.set(
            xlim=(-WINDOW, WINDOW),
            ylim=(0, 1),
            xticks=range(-3, 4),
            xlabel="start $w_0$",
            ylabel=r"momentum  $\beta$",
            title="Where it ends, for every start and β",
        )
        betas = [0, 0.5, 0.8, 0.9, BETA]
        plane.set_yticks([height_of(beta) for beta in betas], [f"{beta:g}" for beta in betas])
        between = [0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.85]  # they show that the scale is stretched
        plane.set_yticks([height_of(beta) for beta in between], minor=True)
        plane.patch.set(hatch="//", edgecolor=SETTINGS["grid.color"], linewidth=0)
        self.map = plane.imshow(
            PIXELS[ends(self.lr)],
            extent=extent(STARTS, HEIGHTS),
            origin="lower",
            aspect="auto",
            interpolation="nearest",
        )
        self.names = [
            plane.text(0, 0, name, ha="center", va="center", fontsize=12, color=INK)
            for name, _ in NAMES.values()
        ]
        # the momentum that would help, above the one that is set
        (self.more,) = plane.plot([], [], color=COLORS["momentum"], linewidth=1.5)
        self.helps = dot(plane, color="momentum", size=9, marker="D", clip_on=False)
        self.here = dot(plane, color="momentum", size=12, clip_on=False)
        self.drag(plane, action=self.choose, handle=self.here)
        return [self.map, self.names, self.more, self.helps, self.here]

    def choose(self, pointer: Pointer) -> dict[str, Any]:
        """Move the start and the momentum to a place of the map."""
        beta = 1 - (1 - BETA) ** pointer.y
        return {
            "w0": self.controls["w0"].nearest(pointer.x),
            "beta": self.controls["beta"].nearest(beta),
        }

    def draw_curve(self, plot: Axes) -> list[Any]:
        """Draw the curve with its two valleys, and the ball."""
        low, high = -2, 10.8
        loss, places = lecture_curve.loss(WHOLE[:, None]), lecture_curve.minima
        plot.plot(WHOLE, loss, color=COLORS["loss"], linewidth=2.5, zorder=2)
        star(plot, places[:, 0], lecture_curve.loss(places), size=15, zorder=3)
        plot.set(
            xlim=(-WINDOW, WINDOW),
            ylim=(low, high),
            xticks=range(-3, 4),
            yticks=range(0, 11, 2),
            xlabel="weight $w$",
            ylabel=r"loss $\ell$",
            title="Where does the ball come to rest?",
        )
        for which, side in (GLOBAL, WHOLE <= HILL), (LOCAL, WHOLE >= HILL):
            ground = WHOLE[side], low, loss[side]
            plot.fill_between(*ground, color=TINT[which], linewidth=0, zorder=0)
        for (place,), name in zip(places, ("global minimum", "local minimum"), strict=True):
            plot.text(place, -1.4, name, ha="center", va="center", color=INK)
        # how it would go with more momentum; where the ball has been, and after which steps
        (self.other,) = plot.plot([], [], "--", color=COLORS["momentum"], linewidth=1.4, alpha=0.7)
        self.rests = ring(
            plot, [GOAL], [0], markeredgecolor=COLORS["momentum"], markerfacecolor="none", size=22
        )
        self.name = plot.text(HILL, 5.1, "", color=COLORS["momentum"], ha="center", va="center")
        (self.trail,) = plot.plot([], [], color=COLORS["momentum"], linewidth=1.8, zorder=4)
        self.path = dot(plot, color="momentum", size=6, markeredgewidth=0.7, zorder=5)
        self.start = ring(plot, zorder=6, clip_on=False)
        self.ball = dot(plot, color="momentum", size=17, markeredgewidth=1.5, zorder=7)
        self.ball.set_clip_on(False)
        self.drag(plot, x="w0", handle=self.start)
        ghost = [self.other, self.rests, self.name]
        return [ghost, self.trail, self.path, self.start, self.ball]

    def update(self) -> tuple[str, str]:
        """Show the ball at this step, and the map of this lr."""
        path, found = roll(self.lr, self.beta, self.w0), ends(self.lr)
        points, gone = path.points[:, 0], landscape.gone_at(path.points, WINDOW)
        # a ball that has left for good stays at the edge
        points = points[: 1 + (self.step if gone is None else min(self.step, gone))]
        self.path.set_data(points, lecture_curve.loss(points[:, None]))
        self.trail.set_data(*hops(points))
        self.start.set_data([self.w0], lecture_curve.loss(np.array([[self.w0]])))
        outside = abs(points[-1]) > WINDOW
        now = np.clip(points[-1:], -EDGE, EDGE) if outside else points[-1:]
        self.ball.set_data(now, lecture_curve.loss(now[:, None]))
        show_as(self.ball, "o" if not outside else ">" if points[-1] > 0 else "<")
        if "lr" in self.changed:
            self.map.set_data(PIXELS[found])
            for which, text in enumerate(self.names):
                place = room_for(found, which)
                text.set_visible(place is not None)
                text.set_position(place or (0, 0))
        height = height_of(self.beta)
        self.here.set_data([self.w0], [height])
        verdict, reason = self.sentence(path)
        self.show_other(height, self.helping() if verdict == STUCK else None)
        return verdict, reason

    def show_other(self, height: float, other: tuple[float, Array] | None) -> None:
        """Show how the ball would go with the momentum that helps, if there is one."""
        for artist in (self.other, self.rests, self.name, self.more, self.helps):
            artist.set_visible(other is not None)
        if other is None:
            return
        beta, points = other
        # until it has crossed the hill for good
        over = len(points) - int(np.argmax(points[::-1] > HILL)) if (points > HILL).any() else 0
        there = over + int(np.argmax(np.abs(points[over:] - GOAL) < CLOSE))
        self.other.set_data(*hops(points[: there + 1]))
        self.name.set_text(f"with β {number(beta)}")
        above = height_of(beta)
        self.more.set_data([self.w0, self.w0], [height, above])
        self.helps.set_data([self.w0], [above])

    def sentence(self, path: Path) -> tuple[str, str]:
        """Say where the ball is, and what more momentum would do."""
        points = path.points[:, 0]
        gone = landscape.gone_at(path.points, WINDOW)
        if gone is not None and self.step >= gone:
            return (
                "Too big: the ball leaves the picture.",
                f"With lr {number(self.lr)} it is gone after {counted(gone, 'step')}.",
            )
        end = int(rest(points, self.lr, self.beta))
        if end != MOVING:
            place = lecture_curve.minima[end, 0]
            far = np.flatnonzero(np.abs(points - place) >= CLOSE)
            arrived = int(far[-1]) + 1 if len(far) else 0
            if self.step >= arrived:
                stays = f"It stays near w = {signed(place)} from step {arrived} on"
                if end == LOCAL:
                    return STUCK, f"{stays}; {self.what_helps()}."
                return "It finds the global minimum.", f"{stays}; {self.how_many()}."
        if self.w0 == HILL:
            return (
                "The ball stands still on the hill top.",
                f"At w = {signed(HILL)} the gradient is zero: nothing pushes it to either side.",
            )
        if self.step == 0:
            return (
                "Press Play: where will it come to rest?",
                f"The ball starts at w = {signed(self.w0)}, with {self.beta_in_words(self.beta)}.",
            )
        return (
            "Not at rest yet.",
            (
                f"After {counted(self.step, 'step')} the ball is at w ="
                f" {fixed(points[self.step], 2)}, with {self.beta_in_words(self.beta)}."
            ),
        )

    def helping(self) -> tuple[float, Array] | None:
        """Return the least momentum that carries the ball over the hill, and its path then."""
        betas, paths = rescues(self.lr, self.w0)
        more = np.flatnonzero(betas > self.beta)
        return (betas[more[0]], paths[:, more[0]]) if len(more) else None

    def what_helps(self) -> str:
        """Say how much more momentum carries the ball over the hill."""
        if (other := self.helping()) is not None:
            return f"with {self.beta_in_words(other[0])} it would roll on into the global one"
        return f"more momentum, up to β {number(BETA)}, does not help"

    def how_many(self) -> str:
        """Say what part of all starts ends there, with momentum and without."""
        near = f"{100 * share(self.lr, self.beta):.0f}%"
        if self.beta == 0:
            return f"after {STEPS} steps {near} of all starts are there"
        return (
            f"after {STEPS} steps {near} of all starts are there, without momentum"
            f" {100 * share(self.lr, 0.0):.0f}%"
        )

    def beta_in_words(self, beta: float) -> str:
        """Return a momentum, in its color."""
        return ink("momentum", f"β {number(beta)}")


def extent(x: Array, y: Array) -> tuple[float, float, float, float]:
    """Return the edges of a picture whose pixels have their centers at x and y."""
    dx, dy = (x[1] - x[0]) / 2, (y[1] - y[0]) / 2
    return x[0] - dx, x[-1] + dx, y[0] - dy, y[-1] + dy
