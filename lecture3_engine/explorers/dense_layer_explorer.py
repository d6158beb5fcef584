"""A dense layer: input, kernel, bias and relu, number by number.

Lecture, section 1, "Kernel and Bias", with the W and b of section 2.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import PolyCollection

from ..functional import dense, relu
from ..live import Explorer, choice, slider
from ..style import CYCLE, dot, figure, styled
from .formats import two_decimals
from .matrices import ENTRIES, TINTS, B, W

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..tensor import Array

FORMS = ["dot(input, W) + b", "W x + b"]
REACH = 2.0  # inputs go from -2 to 2
UNITS = [CYCLE[0], CYCLE[2]]
# Rows and columns of the five matrices in a line, and what stands below each of them.
BLOCKS = {
    FORMS[0]: [
        (1, 3, "input\n(1, 3)"),
        (3, 2, "kernel = W.T\n(3, 2)"),
        (1, 2, "bias\n(2,)"),
        (1, 2, "sum\n(1, 2)"),
        (1, 2, "output\n(1, 2)"),
    ],
    FORMS[1]: [
        (2, 3, "W\n(2, 3)"),
        (3, 1, "x\n(3, 1)"),
        (2, 1, "b\n(2, 1)"),
        (2, 1, "sum\n(2, 1)"),
        (2, 1, "output\n(2, 1)"),
    ],
}
SIGNS = {FORMS[0]: ["dot", "+", "=", "relu →"], FORMS[1]: ["×", "+", "=", "relu →"]}


@lru_cache(maxsize=1)
def layer(
    x: tuple[float, float, float], entry: str, change: float
) -> tuple[Array, Array, Array, Array, list[list[tuple[Array, Array, Array]]]]:
    """Compute the layer at x, and what it does when one input moves alone.

    Returns (weights, bias, sums, outputs, along). along[i][unit] is (values of input i, sums,
    outputs) at the ends and at the kink, where relu begins to cut: straight lines lie between them.
    """
    parameters = np.append(W, B)
    parameters[ENTRIES.index(entry)] += change
    weights, bias = parameters[:6].reshape(2, 3), parameters[6:]
    sums = dense([x], weights.T, bias).data[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        kinks = np.nan_to_num(np.array(x)[:, None] - sums / weights.T).clip(-REACH, REACH)
    # input that moves, unit, end or kink or end, input
    inputs = np.tile(x, (3, 2, 3, 1)).astype(float)
    for i in range(3):
        inputs[i, :, :, i] = np.stack([np.full(2, -REACH), kinks[i], np.full(2, REACH)], axis=1)
    moving = dense(inputs.reshape(-1, 3), weights.T, bias)
    moved, cut = moving.data.reshape(3, 2, 3, 2), relu(moving).data.reshape(3, 2, 3, 2)
    along = [
        [
            (inputs[i, unit, :, i], moved[i, unit, :, unit], cut[i, unit, :, unit])
            for unit in range(2)
        ]
        for i in range(3)
    ]
    return weights, bias, sums, relu(sums).data, along


class DenseLayerExplorer(Explorer):
    """A dense layer with 3 inputs and 2 outputs: relu(dot(input, W) + b) as matrices with numbers,
    and each output as a function of each input.
    """

    formula = choice("written as", FORMS[0], FORMS)
    x0 = slider("input  x₀", -1.0, min=-REACH, max=REACH, step=0.05)
    x1 = slider("input  x₁", 1.0, min=-REACH, max=REACH, step=0.05)
    x2 = slider("input  x₂", -1.0, min=-REACH, max=REACH, step=0.05)
    entry = choice("weight or bias to change", "W[0, 0]", ENTRIES)
    change = slider("change of it", 0.0, min=-0.8, max=0.8, step=0.01)

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the formula, and below it a panel for each input."""
        fig = figure(11.5, 5.9)
        grid = fig.add_gridspec(2, 3, height_ratios=(1, 1.45))
        page = fig.add_subplot(grid[0, :])
        panels = [fig.add_subplot(grid[1, i]) for i in range(3)]
        return fig, [self.draw_page(page), self.draw_panels(panels)]

    def draw_page(self, page: Axes) -> list[Any]:
        """Draw the formula as matrices. Returns what moves, as the other parts of `draw` do."""
        page.set(xlim=(-0.1, 17.1), ylim=(-1.15, 3.25))
        page.axis("off")
        self.cells = PolyCollection([], edgecolors="white", linewidths=2)
        page.add_collection(self.cells)
        self.captions = [
            page.text(0, 0, "", ha="center", va="top", linespacing=1.35) for _ in range(5)
        ]
        self.signs = [
            page.text(0, 1.5, "", ha="center", va="center", fontsize=14) for _ in range(4)
        ]
        self.numbers = [
            page.text(0, 0, "", ha="center", va="center", fontsize=13) for _ in range(15)
        ]
        (self.chosen,) = page.plot([], [], color="#404040", linewidth=2, clip_on=False)
        return [*self.numbers, self.chosen]

    def draw_panels(self, panels: list[Axes]) -> list[Any]:
        """Draw the outputs as functions of one input each."""
        self.lines = []
        # one wide, one narrow: both are seen where both are 0
        looks = list(enumerate(zip(UNITS, "os", (5, 2), strict=True)))
        for i, axes in enumerate(panels):
            axes.set(
                xlim=(-REACH, REACH),
                ylim=(-3.2, 5.2),
                xticks=range(-2, 3),
                yticks=range(-2, 5, 2),
                xlabel=f"input $x_{i}$ (drag)",
            )
            axes.grid(True)
            axes.axhline(0, color="#808080", linewidth=0.8)
            for unit, (color, marker, width) in looks:
                (before,) = axes.plot([], [], "--", color=color, linewidth=1.5)
                (after,) = axes.plot([], [], color=color, linewidth=width)
                look: dict[str, Any] = {"marker": marker, "size": 13 - 3 * unit}
                now = dot(axes, color=color, zorder=3 + unit, clip_on=False, **look)
                self.lines.append((i, unit, before, after, now))
            self.drag(axes, x=f"x{i}")
        panels[0].set(ylabel="output $y$", title="Output, one input moving alone")
        for unit, (color, marker, width) in looks:  # for the legend
            look = {"marker": marker, "linestyle": "-", "linewidth": width}
            dot(panels[0], color=color, label=f"output {unit}", **look)
        panels[0].plot([], [], "--", color="#808080", linewidth=1.5, label="before relu")
        panels[0].legend(loc="upper left", borderaxespad=0.2)
        return [artists for _, _, *artists in self.lines]

    @styled
    def update(self) -> str:
        """Write all numbers, and move the lines."""
        weights, bias, sums, outputs, along = layer(
            (self.x0, self.x1, self.x2), self.entry, self.change
        )
        x = np.array([self.x0, self.x1, self.x2])
        row = self.formula == FORMS[0]
        places = self.places(row)
        if "formula" in self.changed:
            self.lay_out(places)
        matrices = [x, weights.T] if row else [weights, x]
        values = np.concatenate([part.ravel() for part in (*matrices, bias, sums, outputs)])
        for text, place, value in zip(self.numbers, np.concatenate(places), values, strict=True):
            text.set_position(place)
            text.set_text(two_decimals(value))
        left, bottom = self.place_of_entry(places, row) - (0.5, 0.5)
        self.chosen.set_data(left + np.array([0, 1, 1, 0, 0]), bottom + np.array([0, 0, 1, 1, 0]))
        for i, unit, before, after, now in self.lines:
            ends, before_relu, after_relu = along[i][unit]
            before.set_data(ends, before_relu)
            after.set_data(ends, after_relu)
            now.set_data([x[i]], outputs[unit : unit + 1])
        return self.sentence(weights, bias, sums, outputs)

    def places(self, row: bool) -> list[Array]:
        """Return the centres of the cells of each matrix, (cells, 2), from left to right."""
        blocks, gap = BLOCKS[self.formula], 1.3 if row else 1.8
        x = (17 - sum(columns for _, columns, _ in blocks) - 4 * gap) / 2
        places = []
        for rows, columns, _ in blocks:
            down, right = np.mgrid[:rows, :columns]
            places.append(np.stack([x + 0.5 + right.ravel(), 1 + rows / 2 - down.ravel()], axis=1))
            x += columns + gap
        return places

    def lay_out(self, places: list[Array]) -> None:
        """Place the part of the equation that stands still: cells, captions and signs.

        Each output, and what makes it alone, has a colour of its own.
        """
        row = self.formula == FORMS[0]
        tints = (
            ["#EEEEEE"] * 3 + [TINTS[0], TINTS[1]] * 3
            if row
            else [TINTS[0]] * 3 + [TINTS[1]] * 3 + ["#EEEEEE"] * 3
        )
        corners = 0.5 * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
        squares: Any = np.concatenate(places)[:, None] + corners
        self.cells.set_verts(squares)
        self.cells.set_facecolor(tints + TINTS * 3)
        for caption, place, (_, _, words) in zip(
            self.captions, places, BLOCKS[self.formula], strict=True
        ):
            caption.set_position((place[:, 0].mean(), place[:, 1].min() - 0.65))
            caption.set_text(words)
        for sign, words, before, after in zip(
            self.signs, SIGNS[self.formula], places[:-1], places[1:], strict=True
        ):
            sign.set_position(((before[:, 0].max() + after[:, 0].min()) / 2, 1.5))
            sign.set_text(words)

    def place_of_entry(self, places: list[Array], row: bool) -> Array:
        """Return the centre of the cell of the entry that is changed."""
        number = ENTRIES.index(self.entry)
        if number >= 6:
            return places[2][number - 6]
        unit, i = divmod(number, 3)
        return places[1][2 * i + unit] if row else places[0][number]

    def sentence(self, weights: Array, bias: Array, sums: Array, outputs: Array) -> str:
        """Say what the entry is, and what relu makes of the two sums."""
        number = ENTRIES.index(self.entry)
        value = np.append(weights, bias)[number]
        same = (
            f" (kernel[{number % 3}, {number // 3}])"
            if number < 6 and self.formula == FORMS[0]
            else ""
        )
        parts = [
            f"output {unit} is relu({two_decimals(total)}) = {two_decimals(out)}"
            for unit, (total, out) in enumerate(zip(sums, outputs, strict=True))
        ]
        # not what rounding leaves of 0
        cut = [str(unit) for unit in range(2) if sums[unit] < -1e-9]
        end = (
            f"relu has cut output {' and output '.join(cut)} off at 0"
            if cut
            else "relu changes nothing"
        )
        return f"{self.entry}{same} is {two_decimals(value)}; {parts[0]} and {parts[1]}: {end}."
