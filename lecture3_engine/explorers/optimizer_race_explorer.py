"""Optimizers: six of them down the same landscape.

Lecture, section 3, "Variants and Extensions of SGD".
"""

from __future__ import annotations

from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.path import Path

from .. import optim
from ..descent import descend
from ..live import Explorer, choice, log_slider, panels, player, slider, toggle
from ..style import (
    INK,
    LANDSCAPE,
    MUTED,
    OPTIMIZER_COLORS,
    SETTINGS,
    dot,
    ink,
    ring,
    show_as,
    styled,
)
from .formats import cell, counted, number, two_digits
from .landscape import (
    LANDSCAPES,
    NEAR,
    RATE,
    STARTS,
    draw_landscape,
    enough,
    gone_at,
    inside,
    last_step,
    loss_axis,
    place_now,
    plane,
    walk,
    within,
)

if TYPE_CHECKING:
    from typing import TypeAlias

    from matplotlib.artist import Artist
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    from .. import descent
    from ..live import Pointer
    from ..tensor import Array

    Room: TypeAlias = tuple[float, float, float, float]  # left, right, low, high

STEPS = 60
RACERS: dict[str, tuple[str, type[optim.Optimizer], dict[str, float], str]] = {
    # name: (setting, optimizer, its other hyperparameters, marker)
    "SGD": ("sgd", optim.SGD, {}, "o"),
    "SGD with momentum": ("momentum", optim.SGD, {"momentum": 0.9}, "s"),
    "RMSprop": ("rmsprop", optim.RMSprop, {}, "^"),
    "Adagrad": ("adagrad", optim.Adagrad, {}, "D"),
    "Adam": ("adam", optim.Adam, {}, "v"),
    "AdamW": ("adamw", optim.AdamW, {"weight_decay": 0.01}, "P"),
}
# with a momentum of 0.9 the steps are ten times as long in the end, too long on these
WITH_MOMENTUM = RATE | {"Rosenbrock": 1e-4, "Beale": 3e-4, "Himmelblau": 3e-3}
NOBODY = "none"
SHORT = {"SGD with momentum": "momentum"}
# The room that names and marks take where the picture is narrowest, in the unit of the weights: a
# letter's width, a line's height, and how far from a mark a name begins.
LETTER, LINE, MARK = 0.38, 0.6, 0.3
# where a name may stand: to the right of its mark, to the left, or in its middle; and how many
# lines above it
PLACES = [(side, lines) for lines in (0, 1, -1, -1.6, 1.6) for side in (1, -1, 0) if side or lines]
APART = 0.14  # of the height of the losses: how far apart names stand there
BESIDE = 1.0  # inches, beside the losses, for their names
LABELED = 3  # level lines
LOW, HIGH = 0.01, 100  # of the losses: what is smaller leaves through the lower edge
GRADIENT = ("g", "gradient $g$", "")
MOMENTS = [
    GRADIENT,
    ("m", "mean $m$", r"$0.9\,m + 0.1\,g$"),
    ("v", "squares $v$", r"$0.999\,v + 0.001\,g^2$"),
    ("m_hat", r"$\hat m$", "$m\\,/\\,(1-0.9^t)$"),
    ("v_hat", r"$\hat v$", "$v\\,/\\,(1-0.999^t)$"),
]
BY_ROOT = ("step", "step", r"$-\,$lr$\cdot g\,/\,\sqrt{s}$")
# name: rows (what `look_inside` calls it, what the learner reads, how it comes from the rows
# before); eps, which keeps quotients finite, is left out
LEDGERS = {
    "SGD": [GRADIENT, ("step", "step", r"$-\,$lr$\cdot g$")],
    "SGD with momentum": [
        GRADIENT,
        ("velocity", "velocity", r"$0.9\,$velocity $-$ lr$\cdot g$"),
        ("step", "step", "velocity"),
    ],
    "RMSprop": [GRADIENT, ("mean_square", "squares $s$", r"$0.99\,s + 0.01\,g^2$"), BY_ROOT],
    "Adagrad": [GRADIENT, ("sum_square", "sum $s$", "$s + g^2$"), BY_ROOT],
    "Adam": [*MOMENTS, ("step", "step", r"$-\,$lr$\cdot\hat m\,/\,\sqrt{\hat v}$")],
    "AdamW": [*MOMENTS, ("step", "step", r"$-\,$lr$\,(\hat m/\sqrt{\hat v} + 0.01\,w)$")],
}
ROWS = max(map(len, LEDGERS.values()))
SIDES = "left", "right", "right"  # of the ranking's columns
TICK = Path([(-0.5, 0.0), (-0.1, -0.4), (0.6, 0.5)])


# one optimizer each: they differ in a number only
TOGETHER = [["SGD", "SGD with momentum"], ["RMSprop"], ["Adagrad"], ["Adam", "AdamW"]]


class Field(optim.Optimizer):
    """All racers in one descent, each optimizer for its own rows of the weights.

    The gradient is asked for once.
    """

    def __init__(self, params: list[Any], lr: Array) -> None:
        super().__init__(params, lr)
        self.walkers: list[tuple[slice, SimpleNamespace, optim.Optimizer]] = []
        end = 0
        for names in TOGETHER:
            begin, end = end, end + len(names)
            optimizers, others = zip(*(RACERS[name][1:3] for name in names), strict=True)
            columns = {
                key: np.array([[other.get(key, 0.0)] for other in others])
                for key in {key for other in others for key in other}
            }
            weights = SimpleNamespace(data=params[0].data[begin:end], grad=None)
            # Adam is AdamW with a weight decay of 0, and SGD has a momentum of 0.
            self.walkers.append(
                (slice(begin, end), weights, optimizers[-1]([weights], lr=lr[begin:end], **columns))
            )

    def step(self) -> None:
        """Let every optimizer make its step."""
        for rows, weights, walker in self.walkers:
            weights.grad = self.params[0].grad[rows]
            walker.step()


@lru_cache(maxsize=64)  # Play asks for the same runs again
def run(
    landscape: str, lrs: tuple[float, ...], w0: float, w1: float, steps: int
) -> dict[str, descent.Path]:
    """Return the paths of all racers, by name."""
    paths = descend(LANDSCAPES[landscape], [w0, w1], Field, steps, lr=np.array(lrs)[:, None])
    return {name: paths.run(i) for i, name in enumerate(RACERS)}


def look_inside(
    name: str, landscape: str, lr: float, path: descent.Path, step: int
) -> dict[str, Any]:
    """Return what an optimizer that went along the path remembers, and the step it took from there.

    It has read the gradient there.
    """
    surface, walker_class, others = LANDSCAPES[landscape], *RACERS[name][1:3]
    weight = SimpleNamespace(data=path.points[0].copy(), grad=None)
    walker = walker_class([weight], lr=lr, **others)
    for point, weight.grad in zip(
        path.points[: step + 1], surface.gradient(path.points[: step + 1]), strict=True
    ):
        weight.data[:] = point
        walker.step()
    inside = {"g": weight.grad, "step": weight.data - point, **walker.state[0]}
    if hasattr(walker, "betas"):
        inside |= {
            f"{moment}_hat": inside[moment] / (1 - beta ** inside["t"])
            for moment, beta in zip("mv", walker.betas, strict=True)
        }
    return inside


class OptimizerRaceExplorer(Explorer):
    """Six optimizers race down one landscape from the same start: their paths, their losses, who
    leads, and what one of them remembers.
    """

    landscape = choice("landscape", "ravine", LANDSCAPES)
    step = player("step", 20, max=STEPS)
    show_sgd = toggle("SGD", True)
    lr_sgd = log_slider("SGD  lr", 0.03, min=1e-4, max=10)
    show_momentum = toggle("SGD with momentum", True)
    lr_momentum = log_slider("momentum  lr", 0.03, min=1e-4, max=10)
    show_rmsprop = toggle("RMSprop", False)
    lr_rmsprop = log_slider("RMSprop  lr", 0.1, min=1e-4, max=10)
    show_adagrad = toggle("Adagrad", False)
    lr_adagrad = log_slider("Adagrad  lr", 1.0, min=1e-4, max=10)
    show_adam = toggle("Adam", True)
    lr_adam = log_slider("Adam  lr", 0.3, min=1e-4, max=10)
    show_adamw = toggle("AdamW", False)
    lr_adamw = log_slider("AdamW  lr", 0.3, min=1e-4, max=10)
    ledger = choice("look inside an optimizer", NOBODY, [NOBODY, *RACERS])
    w0 = slider("start  w₀", -4.0, min=-STARTS[0], max=STARTS[0], step=0.05)
    w1 = slider("start  w₁", 2.0, min=-STARTS[1], max=STARTS[1], step=0.05)

    leads = ("step", "landscape")
    together = (
        *((f"show_{setting}", f"lr_{setting}") for setting, *_ in RACERS.values()),
        ("w0", "w1"),
    )

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the plane, the ranking, the losses; in their place a table of one optimizer."""
        figure, axes = panels(
            {"plane": "hero", "ranking": "second", "losses": "second"},
            height=4.6,
            wide=[(0.57, [("plane", 1)]), (0.43, [("ranking", 2.05), ("losses", 2.55)])],
            medium=[(4.2, [("plane", 1)]), (2.9, [("ranking", 1.1), ("losses", 1)])],
            narrow=[(3.2, [("plane", 1)]), (2.4, [("ranking", 1)]), (2.6, [("losses", 1)])],
            # the title of the ranking stands within it: the hint to press is beside it
            # and beside the losses names follow their ends
            margins={
                "plane": (0.58, 0.08, 0.58, 0.4),
                "ranking": (0.58, 0.15, 0.1, 0.05),
                "losses": (0.58, BESIDE, 0.58, 0.4),
            },
        )
        self.plane, self.ranking, self.losses = axes.values()
        plane(self.plane, NEAR)
        self.plane.set_title("Who gets down first?")
        self.plane.set_anchor("N")  # its title is on the line of the others
        loss_axis(self.losses, STEPS, "Their loss, step by step")
        self.losses.set_ylim(LOW, HIGH)
        self.losses.set_yticks([0.01, 1, 100], ["0.01", "1", "100"])
        self.losses.minorticks_off()
        self.drag(self.losses, action=self.scrub, hint="")
        self.draw_heads()
        self.background: list[Artist] = []
        self.labels: list[Room] = []  # of level lines
        self.racers: dict[str, list[Any]] = {}
        self.rows: dict[str, list[Text]] = {}
        for name, (*_, marker) in RACERS.items():
            color = OPTIMIZER_COLORS[name]
            head: dict[str, Any] = {"color": color, "marker": marker, "size": 10, "clip_on": False}
            words: dict[str, Any] = {"color": color, "va": "center", "weight": "bold"}
            short = SHORT.get(name, name)
            self.racers[name] = [
                walk(self.plane, color, markersize=3),
                dot(self.plane, zorder=7, **head),
                self.losses.plot([], [], color=color, linewidth=1.5)[0],
                self.losses.text(0, 1, short, fontsize=12, **words),
                self.plane.text(0, 0, short, fontsize=12, zorder=6.5, **words),
                dot(self.ranking, **head),
            ]
            self.rows[name] = [
                self.ranking.text(x, 0, "", va="center", ha=side, fontsize=12)
                for x, side in zip((0.135, 0.78, 1), SIDES, strict=True)
            ]
        self.start = ring(self.plane, zorder=6, clip_on=False)
        self.drag(self.plane, x="w0", y="w1", hint="drag the start", handle=self.start)
        self.draw_ledger(figure)
        for artists in self.racers.values():
            for artist in artists:
                artist.set_animated(True)  # also of those who do not run
        for text in (text for cells in self.cells for text in cells):
            text.set_animated(True)
        return figure, self.moving()

    def moving(self) -> list[Any]:
        """Return what moves now: what does not show would cost time."""
        return [
            [artists if self.runs(name) else artists[-1] for name, artists in self.racers.items()],
            list(self.rows.values()),
            self.ticks,
            self.start,
            self.cells if self.ledger != NOBODY else [],
        ]

    def draw_heads(self) -> None:
        """Draw what stands still of the ranking: its title, and the names of its columns."""
        self.ranking.set(xlim=(0, 1), ylim=(len(RACERS), -2.1), xticks=[], yticks=[])
        self.ranking.axis("off")
        # beside the last row, which has no numbers unless all of them run
        (beside,) = self.ranking.plot(0.68, len(RACERS) + 0.1, linestyle="none")
        self.drag(self.ranking, action=self.switch, hint="tick a racer", handle=beside)
        boxes: dict[str, Any] = {"linestyle": "none", "clip_on": False, "color": MUTED}
        y = np.arange(len(RACERS)) + 0.5
        self.ranking.plot(np.full(len(RACERS), 0.02), y, "s", ms=11, mfc="white", **boxes)
        (self.ticks,) = self.ranking.plot([], [], marker=TICK, ms=9, mew=2, mfc="none", **boxes)
        self.ranking.annotate(
            "The lowest loss first",
            (0, 1),
            # the baseline of other titles: 0.4 inches below the edge of the panel
            (0, SETTINGS["axes.titlepad"] - 0.35 * 72),
            "axes fraction",
            "offset points",
            weight="bold",
            fontsize=SETTINGS["axes.titlesize"],
        )
        for x, side, words in zip((0.78, 1), SIDES[1:], ("learning rate", "loss"), strict=True):
            self.ranking.text(x, -0.5, words, color=MUTED, ha=side, va="center", fontsize=12)

    def draw_ledger(self, figure: Any) -> None:
        """Draw the table, empty, in the place of the losses: `update` fills it."""
        self.inside = figure.add_axes((0, 0, 1, 1), label="inside")
        for form in figure.forms.values():
            x, y, width, height = form.cells[self.losses]
            # it has no labels below it, and none beside it where it needs the room
            width += (BESIDE - 0.15) / form.width
            down, left = 0.48 / form.height, (0.45 if width * form.width < 3.5 else 0) / form.width
            form.cells[self.inside] = (x - left, y - down, width + left, height + down)
        figure.take("wide")
        self.inside.set(xlim=(0, 1), ylim=(ROWS + 0.5, -1.1))
        self.inside.set(xticks=[], yticks=[])
        self.inside.axis("off")
        for x, weight in ((0.76, "$w_0$"), (1, "$w_1$")):
            self.inside.text(x, 0, weight, ha="right", va="center")
        self.heads: list[Text] = []
        self.cells: list[list[Text]] = []
        for y in range(1, ROWS + 1):
            self.heads.append(self.inside.text(0, y, "", va="center", fontsize=12))
            self.cells.append(
                [
                    self.inside.text(x, y, "", ha="right", va="center", fontsize=12)
                    for x in (0.76, 1)
                ]
            )

    def scrub(self, pointer: Pointer) -> dict[str, Any]:
        """Move the step."""
        return {"step": self.controls["step"].nearest(pointer.x)} if self.ledger == NOBODY else {}

    def switch(self, pointer: Pointer) -> dict[str, Any]:
        """Switch the racer of a row on or off."""
        if pointer.kind != "down" or pointer.y < 0:
            return {}
        order = [*self.order(), *(name for name in RACERS if not self.runs(name))]
        show = f"show_{RACERS[order[min(int(pointer.y), len(order) - 1)]][0]}"
        return {show: not getattr(self, show)}

    def follow(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Give each landscape an lr of SGD that fits it: the others find their way in each."""
        if settings.get("landscape") not in RATE:
            return {}
        name = settings["landscape"]
        return {"lr_sgd": RATE[name], "lr_momentum": WITH_MOMENTUM[name]}

    @styled
    def update(self) -> tuple[str, str]:
        """Show the race up to this step."""
        if "landscape" in self.changed:
            self.background = draw_landscape(self.plane, self.landscape, instead_of=self.background)
            self.background += self.label_levels()
        if "ledger" in self.changed:
            outside = self.ledger == NOBODY
            self.losses.set_visible(outside)
            self.losses.tick_params(labelbottom=outside, labelleft=outside)
            self.losses.xaxis.label.set_visible(outside)
            self.inside.set_visible(not outside)
            self.inside.set_title(f"The last step of {self.ledger}")
            rows = LEDGERS.get(self.ledger, [])
            for text, words in zip(self.heads, [*rows, *[()] * ROWS], strict=False):
                text.set_text(" = ".join(filter(None, words[1:])))
        shows = {"ledger", *(f"show_{setting}" for setting, *_ in RACERS.values())}
        if self._live is not None and self.changed & shows:
            self._live.artists = self.moving()
        self.start.set_data([self.w0], [self.w1])
        paths, order = self.paths(), self.order()
        off = [name for name in RACERS if not self.runs(name)]
        for place, name in enumerate([*order, *off]):
            self.place(name, paths[name])
            self.fill_row(name, place + 0.5, paths[name].losses[self.step])
        self.ticks.set_data(np.full(len(order), 0.02), np.arange(len(order)) + 0.5)
        self.name_racers(order, [paths[name].points[: self.step + 1] for name in order])
        self.name_losses([(name, paths[name].losses[: self.step + 1]) for name in order])
        self.fill_ledger(paths.get(self.ledger))
        return self.sentence(order, {name: paths[name].losses[self.step] for name in order})

    def runs(self, name: str) -> bool:
        """Say whether a racer is switched on."""
        return getattr(self, f"show_{RACERS[name][0]}")

    def lr_of(self, name: str) -> float:
        """Return the learning rate of a racer."""
        return getattr(self, f"lr_{RACERS[name][0]}")

    def paths(self) -> dict[str, descent.Path]:
        """Return the paths of all racers, at least one step beyond the present one."""
        return run(
            self.landscape,
            tuple(map(self.lr_of, RACERS)),
            self.w0,
            self.w1,
            enough(self.step, block=4),
        )

    def order(self) -> list[str]:
        """Return who runs, the lowest loss first; those who left for infinity come last."""
        losses = {name: path.losses[self.step] for name, path in self.paths().items()}
        return sorted(
            filter(self.runs, RACERS),
            key=lambda name: losses[name] if np.isfinite(losses[name]) else np.inf,
        )

    def place(self, name: str, path: descent.Path) -> None:
        """Bring a racer to where it is."""
        way, now, loss, _, text, _ = self.racers[name]
        runs = self.runs(name)
        for artist in (way, now, text):
            artist.set_visible(runs)
        for artist in self.racers[name][2:4]:
            artist.set_visible(runs and self.ledger == NOBODY)
        if not runs:
            return
        points, losses = path.points[: self.step + 1], within(path.losses[: self.step + 1])
        way.set_data(*inside(points, NEAR).T)
        if gone_at(points, NEAR):
            place_now(now, points, NEAR)
        else:
            now.set_data(*points[-1:].T)
            show_as(now, RACERS[name][-1])
        self.travel(last_step(points, NEAR), OPTIMIZER_COLORS[name], self.plane)
        loss.set_data(range(self.step + 1), losses)

    def label_levels(self) -> list[Text]:
        """Write the loss on some level lines, on the way to the lower right corner."""
        self.labels = []
        surface = LANDSCAPES[self.landscape]
        texts: list[Text] = []
        contour: Any = self.background[1]
        lines = contour.get_paths()
        for i, line in enumerate(lines):  # from low to high
            # the point of the line that is nearest to the way, if it comes near
            points = line.vertices[(np.abs(line.vertices) < 0.9 * NEAR).all(axis=1)]
            along, aside = (points / NEAR @ [[1, 1], [-1, 1]]).T
            points, aside = points[along > 1.05], np.abs(aside[along > 1.05])
            if len(texts) == LABELED or not len(points) or aside.min() > 0.05:
                continue
            x, y = points[aside.argmin()].tolist()
            height = float(surface.loss([x, y]))
            loss = two_digits(height) if height < 10 else f"{height:.0f}"
            words = loss if texts else f"loss {loss}"
            half = LETTER * len(words) / 2
            room = x - half, x + half, y - LINE / 2, y + LINE / 2
            if fits(room, self.labels, surface.minima.tolist()):
                self.labels.append(room)
                ground = {"facecolor": LANDSCAPE(i / len(lines)), "edgecolor": "none", "pad": 1}
                look: dict[str, Any] = {"color": INK, "fontsize": 11, "ha": "center"}
                look["bbox"] = ground
                texts.append(self.plane.text(x, y, words, va="center", zorder=1, **look))
        return texts

    def name_racers(self, order: list[str], tracks: list[Array]) -> None:
        """Put each name beside its racer, where no other name, racer, label or minimum is.

        Away from the tracks where that can be. Who finds no such place has its name in the ranking
        only.
        """
        marks = [
            tuple(float(place[0]) for place in self.racers[name][1].get_data()) for name in order
        ]
        minima = LANDSCAPES[self.landscape].minima.tolist()
        # steps are long: what lies between two of them is in the way, too
        shares = np.arange(4)[:, None, None] / 4
        with np.errstate(all="ignore"):  # of those who left for infinity
            between = [way[:-1] + shares * (way[1:] - way[:-1]) for way in tracks]
        x, y = np.concatenate([np.empty((0, 2)), *(line.reshape(-1, 2) for line in between)]).T
        rooms = [*self.labels]
        for mark, name in zip(marks, order, strict=True):
            text, width = self.racers[name][4], LETTER * len(SHORT.get(name, name))
            others = [*(other for other in marks if other != mark), *minima]
            free: list[tuple[int, int, int, float, Room]] = []
            for side, lines in PLACES:
                begin = mark[0] + side * MARK + (side - 1) * width / 2
                middle = mark[1] + lines * LINE
                room = begin, begin + width, middle - LINE / 2, middle + LINE / 2
                if fits(room, rooms, others):
                    left, right, low, high = room
                    met = np.count_nonzero((x > left) & (x < right) & (y > low) & (y < high))
                    free.append((int(met), len(free), side, middle, room))
                    if not met:
                        break
            text.set_visible(bool(free))
            if free:
                _, _, side, middle, room = min(free)
                rooms.append(room)
                text.set_position((mark[0] + side * MARK, middle))
                text.set_horizontalalignment({1: "left", -1: "right", 0: "center"}[side])

    def name_losses(self, ends: list[tuple[str, Array]]) -> None:
        """Put each name beside the end of its loss, the highest first, none on another."""
        low, high = np.log((LOW, HIGH))
        below = 1 + APART / 2
        last = np.nan_to_num([losses[-1] for _, losses in ends], nan=np.inf)
        heights = (np.log(np.clip(last, LOW, HIGH)) - low) / (high - low)
        for i, (name, _) in reversed([*enumerate(ends)]):
            # room is left for those that come below
            below = max(min(float(heights[i]), below - APART), APART * (i + 0.25))
            text = self.racers[name][3]
            text.set_position((self.step + 1, float(np.exp(low + below * (high - low)))))

    def fill_row(self, name: str, y: float, loss: float) -> None:
        """Write a racer's row of the ranking: its line, name, lr and loss."""
        sample, runs = self.racers[name][-1], self.runs(name)
        sample.set_data([0.09], [y])
        if f"show_{RACERS[name][0]}" in self.changed:  # a mark that is off is hollow
            sample.set_markerfacecolor(OPTIMIZER_COLORS[name] if runs else "white")
            sample.set_markeredgecolor("white" if runs else MUTED)
        words = name, number(self.lr_of(name)), number(loss) if np.isfinite(loss) else "∞"
        for text, word in zip(self.rows[name], words if runs else (name, "", ""), strict=True):
            text.set_text(word)
            text.set_y(y)
            text.set_color(MUTED)
        if runs:
            self.rows[name][0].set_color(OPTIMIZER_COLORS[name])
            self.rows[name][2].set_color(INK)

    def fill_ledger(self, path: descent.Path | None) -> None:
        """Write what the chosen optimizer remembers into the table."""
        rows = LEDGERS.get(self.ledger, [])
        known = {}
        if path is not None and self.step and np.isfinite(path.losses[self.step - 1]):
            known = look_inside(
                self.ledger, self.landscape, self.lr_of(self.ledger), path, self.step - 1
            )
        for cells, row in zip(self.cells, [*rows, *[None] * ROWS], strict=False):
            for i, text in enumerate(cells):
                text.set_text("" if row is None else cell(known[row[0]][i]) if known else "–")

    def sentence(self, order: list[str], losses: dict[str, float]) -> tuple[str, str]:
        """Say who leads."""
        if not order:
            return "Nobody runs.", "Tick a row of the list: its optimizer joins the race."
        if self.step == 0:
            return (
                "Press Play: who gets down first?",
                f"At the start everybody has a loss of {number(losses[order[0]])}.",
            )
        after = f"After {counted(self.step, 'step')}"
        racing = [name for name in order if np.isfinite(losses[name])]
        # not ranked: all of them are nowhere
        gone = [ink(name, name) for name in order if name not in racing]
        lost = f" Left for infinity: {', '.join(gone)}." if gone else ""
        if not racing:
            return "Nobody is left in the race.", f"{after}: every lr is too big.{lost}"
        first = [name for name in racing if number(losses[name]) == number(losses[racing[0]])]
        best = number(losses[racing[0]])
        last = racing[-1]
        if len(racing) == 1:
            verdict = f"{ink(last, last)} runs alone."
            reason = f"{after} the loss is {best}."
        elif len(first) == len(racing):
            verdict = "All are level."
            reason = f"{after} each has a loss of {best}."
        else:
            verdict = (
                f"{ink(first[0], first[0])} leads."
                if len(first) == 1
                else f"{len(first)} share the lead."
            )
            reason = (
                f"{after} {'its' if len(first) == 1 else 'their'} loss is {best}; that of"
                f" {ink(last, last)}, the last, is {number(losses[last])}."
            )
        return verdict, reason + lost


def fits(room: Room, taken: list[Room], marks: list[Any]) -> bool:
    """Say whether a room is in the picture, and nothing is in it."""
    left, right, low, high = room
    if not (-NEAR[0] < left < right < NEAR[0] and -NEAR[1] < low < high < NEAR[1]):
        return False
    if any(left < b and a < right and low < d and c < high for a, b, c, d in taken):
        return False
    x, y = MARK, MARK / 2
    return not any(left - x < a < right + x and low - y < b < high + y for a, b in marks)
