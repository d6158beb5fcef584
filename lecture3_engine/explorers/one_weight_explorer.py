"""One weight at a time: the naive way to update, and what it costs.

Lecture, section 2, "Update the weights - A naive approach".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Rectangle

from ..finite_difference import coordinate_search_step
from ..functional import dense, l1_loss
from ..live import Explorer, choice, player, slider
from ..style import COLORS, dot, figure, ring, styled
from .formats import two_decimals
from .matrices import ENTRIES, TINTS, B, W

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

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
# Milliseconds, assumed, so that every machine shows the same bill. A backward pass has two matrix
# products for each one of a forward pass.
FORWARD, BACKWARD = 1, 2
NAIVE = f"{2 * PARAMETERS * FORWARD / 60_000:.0f} minutes"
CHANGES = np.linspace(-REACH, REACH, 121)


def loss_of(parameters: Array) -> float:
    """Return the sum of absolute errors of the slide's layer: one call is one forward pass."""
    return l1_loss(
        dense(INPUT, parameters[:6].reshape(2, 3).T, parameters[6:]), TARGET, reduction="sum"
    ).item()


@lru_cache
def alone(entry: str) -> Array:
    """Return the loss for every change of one coefficient, the others held still."""
    direction = np.eye(len(START))[ENTRIES.index(entry)]
    return np.array([loss_of(START + change * direction) for change in CHANGES])


@lru_cache
def search() -> tuple[Array, Array]:
    """Return (trials, best) of one naive update of all coefficients.

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
    """One coefficient of the slide's W or b moved by hand, the naive search that tries them all,
    and what that search costs for a real network.
    """

    entry = choice("coefficient", "W[0, 0]", ENTRIES)
    change = slider("change it by", 0.05, min=-REACH, max=REACH, step=0.01)
    passes = player("passes of the search", PASSES, min=1, max=PASSES, interval=400)

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the coefficient moved by hand, the naive search, and the bill."""
        fig = figure(11.5, 4.4)
        fig.set_layout_engine("constrained", wspace=0.08)
        grid = fig.add_gridspec(2, 3, width_ratios=(1, 1.2, 1.05), height_ratios=(1, 3.6))
        page, hand, tries, cost = (
            fig.add_subplot(place) for place in (grid[0, 0], grid[1, 0], grid[:, 1], grid[:, 2])
        )
        draw_cost(cost)
        return fig, [self.draw_hand(hand), self.draw_layer(page), self.draw_tries(tries)]

    def draw_hand(self, axes: Axes) -> list[Any]:
        """Draw the loss for every change of one coefficient.

        Returns what moves, as the other parts of `draw` do.
        """
        axes.set(
            xlim=(-REACH, REACH),
            ylim=(0, 1.2),
            xlabel="change of the coefficient (drag)",
            ylabel=r"loss $\ell$",
            xticks=(-0.2, 0, 0.2),
        )
        axes.grid(True, axis="y")
        (self.curve,) = axes.plot([], [], color=COLORS["loss"])
        self.table = ring(axes, size=9, markeredgewidth=1.5)
        self.table_numbers = [axes.text(0, 0, "", va="top") for _ in range(3)]
        self.now = dot(axes, size=12, clip_on=False)
        self.drag(axes, x="change")
        return [self.curve, self.table, self.table_numbers, self.now]

    def draw_tries(self, axes: Axes) -> list[Any]:
        """Draw the naive search."""
        axes.set(
            xlim=(0.3, PASSES + 0.7),
            ylim=(0, 1.2),
            xlabel="coefficient, each tried up and down",
            title="Naive search",
            xticks=np.arange(2.5, PASSES, 2),
            xticklabels=ENTRIES,
        )
        axes.tick_params(axis="x", length=0, rotation=45)
        axes.grid(True, axis="y")
        (self.best,) = axes.plot(
            [], [], color=COLORS["path"], drawstyle="steps-post", label="best so far"
        )
        (self.up,) = axes.plot(
            [], [], "^", color=COLORS["gradient"], markersize=8, label="increased"
        )
        (self.down,) = axes.plot(
            [], [], "v", color=COLORS["momentum"], markersize=8, label="decreased"
        )
        self.count = axes.text(1, 1.02, "", transform=axes.transAxes, ha="right", va="bottom")
        ring(axes, [1], [loss_of(START)], size=9, markeredgewidth=1.5, label="start")
        axes.legend(loc="upper left", borderaxespad=0.2, labelspacing=0.3)
        return [self.best, self.up, self.down, self.count]

    def draw_layer(self, page: Axes) -> list[Any]:
        """Draw W, b and the loss, as a row of the slide's table."""
        page.set(xlim=(-0.55, 4.95), ylim=(-0.1, 2.1), title="By hand")
        page.axis("off")
        self.places = np.array(
            [(i, 1 - unit) for unit in range(2) for i in range(3)] + [(3.9, 1), (3.9, 0)]
        )
        for (x, y), tint in zip(self.places, [TINTS[0]] * 3 + [TINTS[1]] * 3 + TINTS, strict=True):
            page.add_patch(Rectangle((x, y), 1, 1, facecolor=tint, edgecolor="white", linewidth=2))
        page.text(-0.15, 1, "$W$", ha="right", va="center")
        page.text(3.75, 1, "$b$", ha="right", va="center")
        self.values = [
            page.text(x + 0.5, y + 0.48, "", ha="center", va="center") for x, y in self.places
        ]
        (self.chosen,) = page.plot([], [], color="#404040", linewidth=2, clip_on=False)
        self.loss_now = page.text(1, 1.06, "", transform=page.transAxes, ha="right", va="bottom")
        return [*self.values, self.chosen, self.loss_now]

    @styled
    def update(self) -> str:
        """Show the loss of this change, and the search up to this pass."""
        number = ENTRIES.index(self.entry)
        parameters = START.copy()
        parameters[number] += self.change
        loss = loss_of(parameters)
        losses = alone(self.entry)
        self.curve.set_data(CHANGES, losses)
        rows = np.array([-STEP, 0, STEP])
        at = np.interp(rows, CHANGES, losses)
        self.table.set_data(rows, at)
        # beside the curve, not on it
        sides: list[Any] = ["right", "center", "left"] if at[0] > at[1] else ["left"] * 3
        for text, x, y, side in zip(self.table_numbers, rows, at, sides, strict=True):
            text.set_position(
                (
                    x + {"right": -0.018, "center": 0, "left": 0.018}[side],
                    y - (0.035 if side == "center" else 0.01),
                )
            )
            text.set_horizontalalignment(side)
            text.set_text(f"{y:.2g}")
        self.now.set_data([self.change], [loss])
        for text, value in zip(self.values, parameters, strict=True):
            text.set_text(two_decimals(value))
        x, y = self.places[number]
        self.chosen.set_data([x, x + 1, x + 1, x, x], [y, y, y + 1, y + 1, y])
        # as a formula it would be typeset anew for every value
        self.loss_now.set_text(f"ℓ = {loss:.2f}")
        trials, best = search()
        numbers = np.arange(1, self.passes + 1)
        self.best.set_data(numbers, best[: self.passes])
        self.up.set_data(numbers[1::2], trials[1 : self.passes : 2])
        self.down.set_data(numbers[2::2], trials[2 : self.passes : 2])
        self.count.set_text(f"{self.passes} of {PASSES} forward passes")
        return self.sentence(parameters[number], loss)

    def sentence(self, value: float, loss: float) -> str:
        """Say what the change does, and what the search costs."""
        before = loss_of(START)
        verb = "stays" if abs(loss - before) < 1e-12 else "grows" if loss > before else "falls"
        moved = (
            f"{self.entry} is {two_decimals(value)}: the loss {verb}"
            f" {'at' if verb == 'stays' else f'from {before:.2g} to'} {round(loss, 9):.3g}."
        )
        return (
            f"{moved} For {PARAMETERS:,} parameters the naive way needs 2 × {PARAMETERS:,} ="
            f" {2 * PARAMETERS:,} forward passes for one update. With {FORWARD} ms for a forward"
            f" pass and {BACKWARD} ms for a backward pass that is {NAIVE}; one of each does it in"
            f" {FORWARD + BACKWARD} ms."
        )


def draw_cost(axes: Axes) -> None:
    """Draw three times on a logarithmic axis, in seconds."""
    rows = [
        ("one forward pass", f"{FORWARD} ms", FORWARD / 1000, COLORS["quiet"]),
        (
            "backpropagation: 1 forward + 1 backward",
            f"{FORWARD + BACKWARD} ms",
            (FORWARD + BACKWARD) / 1000,
            COLORS["path"],
        ),
        (
            f"naive: {2 * PARAMETERS:,} forward passes",
            NAIVE,
            2 * PARAMETERS * FORWARD / 1000,
            COLORS["gradient"],
        ),
    ]
    axes.set(
        xlim=(1e-4, 1e6),
        ylim=(2.6, -0.75),
        xscale="log",
        title=f"One update of {PARAMETERS:,} parameters",
        yticks=[],
        xlabel=f"time, with {FORWARD} ms for a forward pass",
        xticks=(1e-3, 1, 60, 3600, 86400),
    )
    axes.set_xticklabels(("1 ms", "1 s", "1 min", "1 h", "1 day"), fontsize=11)
    axes.minorticks_off()
    axes.spines["left"].set_visible(False)
    for row, (words, time, duration, color) in enumerate(rows):
        axes.barh(row, duration, height=0.34, color=color)
        axes.text(1.2e-4, row - 0.24, words, va="bottom")
        within = duration > 60  # a long bar carries its number inside
        axes.text(
            duration / 1.5 if within else duration * 1.5,
            row,
            time,
            va="center",
            ha="right" if within else "left",
            color="white" if within else "black",
        )
