"""One weight at a time: the naive way to update, and what it costs.

Lecture, section 2, "Update the weights - A naive approach".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.transforms import ScaledTranslation

from ..finite_difference import coordinate_search_step
from ..functional import dense, l1_loss
from ..live import Explorer, choice, panels, player, slider
from ..style import COLORS, INK, MUTED, PAPER, dot, ink, ring, styled
from .formats import counted, two_decimals
from .matrices import ENTRIES, B, W

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..live import Pointer
    from ..tensor import Array

START = np.append(W, B)
# the first entry is 2: the slope of the slide's table, 0.1 / 0.05
INPUT = np.array([[2.0, 1.0, 1.0]])
TARGET = dense(INPUT, W.T, B).data - [[0.5, 0.0]]  # so that the slide's W has the slide's loss, 0.5
STEP = 0.05  # the slide's
REACH = 0.3
PASSES = 2 * len(START) + 1
UNITS = 512
PARAMETERS = 784 * UNITS + UNITS + UNITS * 10 + 10
# A backward pass has two matrix products for each one of a forward pass, and takes as long as two.
BACKPROPAGATION = 1 + 2  # in forward passes, whatever the size of the network
NAIVE = 2 * PARAMETERS + 1
DAYS = NAIVE / BACKPROPAGATION / (24 * 60 * 60)  # if backpropagation took one second
# of the race: who runs, in which color, and after how many forward passes it is done
RACERS = [
    ("backpropagation, any size", "gradient"),
    (f"naive, {len(START)} parameters", "path"),
    (f"naive, {PARAMETERS:,} parameters", "path"),
]
FINISH = [BACKPROPAGATION, PASSES, NAIVE]
TIMES = NAIVE / BACKPROPAGATION
CHANGES = np.linspace(-REACH, REACH, 121)


def loss_of(parameters: Array) -> float:
    """Return the sum of absolute errors of the slide's layer: one call is one forward pass."""
    return l1_loss(
        dense(INPUT, parameters[:6].reshape(2, 3).T, parameters[6:]), TARGET, reduction="sum"
    ).item()


@lru_cache
def alone(entry: str) -> Array:
    """Return the loss for every change of one weight, the others held still."""
    direction = np.eye(len(START))[ENTRIES.index(entry)]
    return np.array([loss_of(START + change * direction) for change in CHANGES])


@lru_cache
def search() -> tuple[Array, Array]:
    """Return (trials, best) of one naive update of all weights.

    The loss of every forward pass, and the lowest up to there.
    """
    trials: list[float] = []

    def watched(parameters: Array) -> float:
        """Return the loss, and keep it."""
        trials.append(loss_of(parameters))
        return trials[-1]

    coordinate_search_step(watched, START, STEP)
    return np.array(trials), np.minimum.accumulate(trials)


class OneWeightExplorer(Explorer):
    """One weight of the slide's W or b moved by hand, the naive search that tries all of them, and
    what that search costs for a real network.
    """

    entry = choice("by hand: the weight", "W[0, 0]", ENTRIES)
    change = slider("by hand: change it by", 0.05, min=-REACH, max=REACH, step=0.01)
    passes = player("passes of the search", BACKPROPAGATION, min=1, max=PASSES, interval=400)

    leads = ("entry", "change")

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the weight moved by hand, and the naive search and its race."""
        figure, axes = panels(
            {"layer": "detail", "hand": "second", "search": "hero", "race": "second"},
            height=4.6,
            margins={
                "layer": (0.45, 0.1, 0.1, 0.4),
                "hand": (0.7, 0.2, 0.6, 0.1),
                "search": (0.7, 0.2, 0.72, 0.4),
                "race": (0.7, 0.2, 0.05, 0.35),
            },
            wide=[
                (0.42, [("layer", 1.5), ("hand", 3.1)]),
                (0.58, [("search", 2.75), ("race", 1.85)]),
            ],
            medium=[
                (2.4, [("layer", 0.85), ("hand", 1)]),
                (3.0, [("search", 1)]),
                (1.9, [("race", 1)]),
            ],
            narrow=[
                (1.5, [("layer", 1)]),
                (2.3, [("hand", 1)]),
                (2.7, [("search", 1)]),
                (1.9, [("race", 1)]),
            ],
        )
        layer, hand, search, race = axes.values()
        return figure, [
            self.draw_layer(layer),
            self.draw_hand(hand),
            self.draw_search(search),
            self.draw_race(race),
        ]

    def draw_search(self, axes: Axes) -> list[Any]:
        """Draw the naive search.

        Returns what moves, as the other parts of `draw` do.
        """
        axes.set(
            xlim=(0, PASSES + 0.8),
            ylim=(0, 0.72),
            ylabel="loss",
            yticks=(0, 0.2, 0.4, 0.6),
            title="Naive: try each up ▲ and down ▼",
        )
        # in two rows, so that they have room in every form
        middles = np.arange(2.5, PASSES, 2)
        axes.set_xticks(middles[::2], ENTRIES[::2])
        axes.set_xticks(middles[1::2], ENTRIES[1::2], minor=True)
        axes.tick_params(axis="x", which="both", length=0)
        axes.tick_params(axis="x", which="minor", pad=18)
        axes.grid(True, axis="y")
        (self.best,) = axes.plot([], [], color=COLORS["path"], drawstyle="steps-post")
        # across to its name
        (self.level,) = axes.plot([], [], color=COLORS["path"], linewidth=0.8)
        look: dict[str, Any] = {"markersize": 9, "linestyle": "none", "color": COLORS["quiet"]}
        (self.up,) = axes.plot([], [], marker="^", **look)
        (self.down,) = axes.plot([], [], marker="v", **look)
        # what is still to be tried, from where the search is now
        pale: dict[str, Any] = look | {"markersize": 7, "alpha": 0.45}
        self.coming = [axes.plot([], [], marker=marker, **pale)[0] for marker in "^v"]
        look["color"] = COLORS["path"]
        self.better = [axes.plot([], [], marker=marker, **look)[0] for marker in "^v"]
        self.lowest = axes.text(0, 0, "", ha="right", va="top", color=COLORS["path"], weight="bold")
        start = ring(axes, [1], [loss_of(START)], size=10, zorder=6)
        axes.text(
            1, loss_of(START) - 0.05, "start", ha="center", va="top", color=MUTED, fontsize=12
        )
        look = {"ha": "center", "va": "center", "color": MUTED, "style": "italic"}
        self.question = axes.text(10, 0.25, "Which way should each of them go?", **look)
        self.drag(axes, x="passes", hint="")
        return [
            self.level,
            self.coming,
            self.best,
            self.up,
            self.down,
            self.better,
            self.lowest,
            self.question,
            start,
        ]

    def draw_race(self, axes: Axes) -> list[Any]:
        """Draw how far each way has got by now: a full bar is one update of all parameters."""
        axes.set(xlim=(0, 1), ylim=(2.5, -0.6), title="The race to one update")
        axes.axis("off")
        self.racers = []
        for row, (words, color) in enumerate(RACERS):
            look: dict[str, Any] = {"va": "bottom", "fontsize": 12, "color": COLORS[color]}
            flat: dict[str, Any] = {"solid_capstyle": "butt", "clip_on": False}
            axes.plot([0, 1], [row + 0.2] * 2, color=PAPER, linewidth=12, **flat)
            # where it starts: a bar that has hardly begun is seen, too
            axes.plot([0, 0], [row + 0.04, row + 0.36], color=COLORS[color], linewidth=2, **flat)
            axes.text(0, row - 0.03, words, **look)
            (bar,) = axes.plot([], [], color=COLORS[color], linewidth=12, **flat)
            state = axes.text(1, row - 0.03, "", ha="right", **look)
            self.racers.append((bar, state))
        times = f"{TIMES:,.0f} times as many passes"
        look = {"va": "center", "fontsize": 12, "color": COLORS["path"], "weight": "bold"}
        axes.text(0.99, 2.2, times, ha="right", **look)
        return [self.racers]

    def draw_layer(self, page: Axes) -> list[Any]:
        """Draw W, b and the loss, as a row of the slide's table."""
        page.set(xlim=(0, 6.6), ylim=(-0.08, 2.08), title="By hand: one weight")
        page.axis("off")
        self.places = np.array(
            [(i, 1 - unit) for unit in range(2) for i in range(3)] + [(3.7, 1), (3.7, 0)]
        )
        for x, y in self.places:
            page.add_patch(Rectangle((x, y), 1, 1, facecolor=PAPER, edgecolor="white", linewidth=2))
        page.text(-0.1, 1, "W", ha="right", va="center")
        page.text(3.6, 1, "b", ha="right", va="center")
        self.values = [
            page.text(x + 0.5, y + 0.48, "", ha="center", va="center") for x, y in self.places
        ]
        (self.chosen,) = page.plot([], [], color=INK, linewidth=2.5, clip_on=False)
        self.loss_now = page.text(5, 0.5, "", va="center", weight="bold")
        self.held = 0.0, 0.0  # where a drag began, and with which change
        self.drag(page, action=self.point, hint="drag a number")
        return [*self.values, self.chosen, self.loss_now]

    def draw_hand(self, axes: Axes) -> list[Any]:
        """Draw the loss for every change of one weight."""
        axes.set(
            xlim=(-REACH, REACH),
            ylim=(0, 1.45),
            ylabel="loss",
            xticks=(-0.2, 0, 0.2),
            xticklabels=("−0.2", "0", "0.2"),
            yticks=(0, 0.5, 1),
        )
        axes.grid(True, axis="y")
        (self.curve,) = axes.plot([], [], color=COLORS["loss"])
        self.table = ring(axes, size=9, markeredgewidth=1.5)
        self.table_numbers = [axes.text(0, 0, "", va="top", ha=side) for side in ("right", "left")]
        axes.text(0.01, loss_of(START) - 0.05, "start", va="top", color=MUTED, fontsize=12)
        self.now = dot(axes, size=13, clip_on=False)
        # a label of the axis that moves
        inches: Any = axes.figure.dpi_scale_trans
        below = axes.transAxes + ScaledTranslation(0, -24 / 72, inches)
        self.name = axes.text(0.5, 0, "", transform=below, ha="center", va="top")
        self.drag(axes, x="change")
        return [self.curve, self.table, self.table_numbers, self.now, self.name]

    def point(self, pointer: Pointer) -> dict[str, Any]:
        """Choose the number under the pointer, and let it follow: up or right is more."""
        place = np.array([pointer.x, pointer.y])
        if pointer.kind == "down":
            nearest = int(np.abs(self.places + 0.5 - place).max(axis=1).argmin())
            same = ENTRIES[nearest] == self.entry
            self.held = pointer.x + pointer.y, self.change if same else 0.0
            return {"entry": ENTRIES[nearest], "change": self.held[1]}
        begin, value = self.held
        value = value + 0.3 * (pointer.x + pointer.y - begin)
        return {"change": self.controls["change"].nearest(value)}

    @styled
    def update(self) -> tuple[str, str]:
        """Show the loss of this change, and the search up to this pass."""
        entry = ENTRIES.index(self.entry)
        parameters = START.copy()
        parameters[entry] += self.change
        loss = loss_of(parameters)
        losses = alone(self.entry)
        self.curve.set_data(CHANGES, losses)
        rows = np.array([-STEP, 0, STEP])
        at = np.interp(rows, CHANGES, losses)
        self.table.set_data(rows, at)
        # beside the curve, not on it; the start, at the line of 0.5, needs no number
        falls = at[0] > at[1]
        left, right = self.table_numbers
        left.set_position((rows[0] - 0.018, at[0] + (-0.01 if falls else 0.02)))
        left.set_verticalalignment("top" if falls else "bottom")
        right.set_position((rows[2] + 0.018, at[2] - 0.01))
        left.set_text(f"▼ {at[0]:.2f}")
        right.set_text(f"▲ {at[2]:.2f}")
        self.now.set_data([self.change], [loss])
        self.name.set_text(f"change of {self.entry}")
        for text, value in zip(self.values, parameters, strict=True):
            text.set_text(two_decimals(value))
        x, y = self.places[entry]
        self.chosen.set_data([x, x + 1, x + 1, x, x], [y, y, y + 1, y + 1, y])
        self.loss_now.set_text(f"loss {loss:.2f}")
        if "passes" in self.changed:
            self.show_search()
        return self.sentence(parameters[entry], loss)

    def show_search(self) -> None:
        """Show the search and the race up to this pass."""
        trials, best = search()
        numbers = np.arange(1, self.passes + 1)
        self.best.set_data(numbers, best[: self.passes])
        improves = np.append(False, best[1:] < best[:-1])[: self.passes]
        for line, better, first in (
            (self.up, self.better[0], 1),
            (self.down, self.better[1], 2),
        ):
            at = slice(first, self.passes, 2)
            coming = np.arange(first + 1, PASSES + 1, 2)
            coming = coming[coming > self.passes]
            self.coming[first - 1].set_data(coming, np.full(len(coming), best[self.passes - 1]))
            line.set_data(numbers[at], trials[at])
            better.set_data(numbers[at][improves[at]], trials[at][improves[at]])
        low, end = best[self.passes - 1], PASSES + 0.8
        self.level.set_data([self.passes, end], [low, low])
        self.lowest.set_text(f"lowest {low:.2f}")
        self.lowest.set_position((end, low - 0.045))
        self.question.set_visible(self.passes == 1)
        for row, ((bar, state), finish) in enumerate(zip(self.racers, FINISH, strict=True)):
            share = min(self.passes / finish, 1)
            bar.set_data([0, share], [row + 0.2] * 2)
            state.set_text("✓ done" if share == 1 else f"{self.passes} of {finish:,}")

    def sentence(self, value: float, loss: float) -> tuple[str, str]:
        """Say what the change does, or how the race stands, and what the search costs."""
        before = loss_of(START)
        if self.passes <= BACKPROPAGATION:
            verb = "stays" if abs(loss - before) < 1e-12 else "grows" if loss > before else "falls"
            way = "up" if self.change > 0 else "down"
            moved = f"{self.entry} {way} by {abs(self.change):.2g}" if self.change else "No change"
            now = f"{round(loss, 9):.2f}" + (f" instead of {before:.2f}" if verb != "stays" else "")
            play = f"Press Play: the naive way tries all {len(START)}, up ▲ and down ▼."
            return (
                f"{moved}: the loss {verb}.",
                f"With {self.entry} = {two_decimals(value)} it is {now}. {play}",
            )
        name = "backpropagation"
        backward = ink("gradient", name if self.passes == PASSES else name.capitalize())
        if self.passes < PASSES:
            verdict = f"{backward} is done; the naive way is not."
        else:
            verdict = f"{PASSES} passes; {backward} takes as long as {BACKPROPAGATION}."
        best = search()[1][: self.passes]
        helped = int((np.diff(best) < 0).sum())
        trials = f"{helped} of {counted(self.passes - 1, 'trial')} helped"
        price = f"if {name} took one second, the naive way would take {DAYS:.0f} days"
        return verdict, f"{trials}. With {PARAMETERS:,} parameters, {price}."
