"""A dense layer: input, kernel, bias and relu, number by number.

Lecture, section 1, "Kernel and Bias", with the W and b of section 2.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path

from ..functional import dense, relu
from ..live import Explorer, choice, panels, slider
from ..style import COLORS, INK, MUTED, PAPER, dot, ink, ring, show_as, styled
from .formats import two_decimals
from .matrices import ENTRIES, MEANINGS, TINTS, B, W

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.text import Text

    from ..live import Pointer
    from ..tensor import Array

SIGNS = "₀₁₂"
FORMS = ["dot(input, W) + b", "W x + b"]
REACH = 2.0  # inputs go from -2 to 2
UNITS = [COLORS[meaning] for meaning in MEANINGS]
CHANGE = 0.8  # and a weight or bias as far from its own value
# Where the five matrices stand: an output stands where a row and a column meet. In the first form
# the numbers of an output are below one another, in the second side by side. Of each: the center of
# its first cell, its rows and columns, and its name: the place, how it is aligned, the words.
Block: TypeAlias = tuple[tuple[float, float], tuple[int, int], tuple[float, float], str, str]
BLOCKS: dict[str, list[Block]] = {
    FORMS[0]: [
        ((1, 1.5), (1, 3), (0.45, 2.8), "left bottom", "input (1, 3)"),
        ((5.25, 6), (3, 2), (4.6, 7.6), "right center", "kernel = W.T  (3, 2)"),
        ((5.25, 2.75), (1, 2), (4.6, 2.75), "right center", "+ bias (2,)"),
        ((5.25, 1.5), (1, 2), (4.6, 1.5), "right center", "= sum"),
        ((5.25, -0.1), (1, 2), (4.6, -0.1), "right center", "relu ↓  output (1, 2)"),
    ],
    FORMS[1]: [
        ((1, 1.9), (2, 3), (0.45, 2.55), "left bottom", "W (2, 3)"),
        ((5.9, 5.9), (3, 1), (5.9, 6.55), "center bottom", "x (3, 1)"),
        ((4.45, 1.9), (2, 1), (4.45, 2.55), "center bottom", "+ b (2,)"),
        ((5.9, 1.9), (2, 1), (5.9, 2.55), "center bottom", "= sum"),
        ((7.4, 1.9), (2, 1), (7.4, 2.55), "center bottom", "relu →\noutput"),
    ],
}
LIMITS = {FORMS[0]: ((0.4, 7.2), (-0.75, 8.2)), FORMS[1]: ((-0.3, 8.05), (0.0, 8.2))}
# The pictures beside it. What goes beyond them, which few settings do, stands at their edge.
LOW, HIGH = -2.6, 3.6
# An arrow, drawn by a pen: from a sum that relu cuts to the 0 that it makes of it.
ARROW = Path(np.array([(0, 1), (0, -1), (-0.7, -0.2), (0, -1), (0.7, -0.2)]))
FALL: dict[str, Any] = {"color": INK, "linestyle": "none", "marker": ARROW, "markersize": 11} | {
    "markeredgewidth": 2.2,
    "markerfacecolor": "none",
}
APART = 1.15  # from one output to the next: there is room for a frame around each


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


@lru_cache
def centers(formula: str) -> list[Array]:
    """Return the centers of the cells of each matrix, (cells, 2)."""
    places = []
    for (x, y), (rows, columns), *_ in BLOCKS[formula]:
        down, right = np.mgrid[:rows, :columns]
        wide, high = (APART if n == 2 else 1 for n in (columns, rows))
        places.append(np.stack([x + wide * right.ravel(), y - high * down.ravel()], axis=1))
    return places


class DenseLayerExplorer(Explorer):
    """A dense layer with 3 inputs and 2 outputs: relu(dot(input, W) + b) as matrices with numbers,
    and each output as a function of each input.
    """

    x0 = slider("input  x₀", -1.0, min=-REACH, max=REACH, step=0.05)
    x1 = slider("input  x₁", 1.0, min=-REACH, max=REACH, step=0.05)
    x2 = slider("input  x₂", -1.0, min=-REACH, max=REACH, step=0.05)
    formula = choice("written as", FORMS[0], FORMS)
    entry = choice("weight or bias", "W[1, 0]", ENTRIES)
    change = slider("change it by", 0.0, min=-CHANGE, max=CHANGE, step=0.01)

    leads = ("entry", "change")

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the formula, and beside it a panel for each input."""
        inputs = [f"x{i}" for i in range(3)]
        first, others = (0.68, 0.1, 0.6, 0.4), (0.3, 0.1, 0.6, 0.4)
        margins = dict.fromkeys(inputs, others) | {"layer": (0.1, 0.1, 0.1, 0.4), "x0": first}
        row = [("x0", 1.25), ("x1", 1), ("x2", 1)]
        figure, axes = panels(
            {"layer": "hero"} | dict.fromkeys(inputs, "second"),
            height=4.5,
            margins=margins,
            wide=[(0.53, [("layer", 1)]), *((0.145 * share, [(name, 1)]) for name, share in row)],
            medium=[(4, [("layer", 1)]), (3, row)],
            narrow=[(3.7, [("layer", 1)]), (2.9, row)],
        )
        page, *plots = axes.values()
        return figure, [self.draw_page(page), self.draw_panels(plots)]

    def draw_page(self, page: Axes) -> list[Any]:
        """Draw the formula as matrices. Returns what moves, as the other parts of `draw` do."""
        self.page = page
        page.axis("off")
        self.cells = PolyCollection([], edgecolors="white", linewidths=2)
        page.add_collection(self.cells)
        self.captions = [page.text(0, 0, "", color=MUTED) for _ in range(5)]
        self.heads = [badge(page, unit) for unit in range(2)]
        self.numbers = [page.text(0, 0, "", ha="center", va="center") for _ in range(15)]
        # each input times its weight, on the line of the two, and what the chosen number is
        self.inputs = [page.text(0, 0, f"x{sign}", color=MUTED, va="bottom") for sign in SIGNS]
        self.products = [page.text(0, 0, "", ha="right", va="center") for _ in SIGNS]
        self.told = page.text(0, 0, "", ha="right", va="center")
        # around the row and the column of which the chosen number is a part
        (self.meet,) = page.plot([], [], linewidth=2, solid_joinstyle="round", clip_on=False)
        (self.chosen,) = page.plot([], [], color=INK, linewidth=1.5, clip_on=False)
        (self.arrows,) = page.plot([], [], **FALL)
        self.grip: tuple[str, dict[str, str]] | None = None  # what a drag holds
        self.held_at = 0.0, 0.0  # where it began, and with which value
        self.drag(page, action=self.point, hint="")
        return [*self.numbers, *self.products, self.told, self.meet, self.chosen, self.arrows]

    def draw_panels(self, panels: list[Axes]) -> list[Any]:
        """Draw the outputs as functions of one input each."""
        self.lines, self.falls = [], []
        for i, axes in enumerate(panels):
            axes.set(
                xlim=(-1.25 * REACH, 1.25 * REACH),
                ylim=(LOW, HIGH),
                xticks=(-2, 0, 2),
                yticks=(-2, 0, 2),
                xlabel=f"input $x_{i}$",
            )
            axes.set_xticklabels(["−2", "0", "2"])
            axes.grid(True)
            axes.axhline(0, color=COLORS["quiet"], linewidth=0.8)
            # from a sum, a ring, to the 0 that relu makes of it
            (fall,) = axes.plot([], [], color=INK, linewidth=1.5, zorder=2.5)
            self.falls.append((fall, ring(axes, size=8, markeredgewidth=1.5, zorder=2.6)))
            # one wide, one narrow: both are seen where both are 0
            for unit, (color, width) in enumerate(zip(UNITS, (3.4, 2), strict=True)):
                (before,) = axes.plot([], [], "--", color=color, linewidth=1.5)
                (after,) = axes.plot([], [], color=color, linewidth=width)
                now = dot(axes, color=color, size=11 - 2 * unit, zorder=3 + unit, clip_on=False)
                self.lines.append((i, unit, before, after, now))
            self.drag(axes, x=f"x{i}", hint="drag" if i == 2 else "")
        for unit, color in enumerate(UNITS):
            look: dict[str, Any] = {"color": color, "weight": "bold", "fontsize": 12}
            panels[0].text(-2.3, HIGH - 0.45 - 0.65 * unit, f"output {unit}", **look)
        panels[0].set(ylabel="output (dashed: no relu)", title="One input moves alone")
        for axes in panels[1:]:
            axes.set_yticklabels([])
        return [*self.falls, *(artists for _, _, *artists in self.lines)]

    def follow(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Give another weight or bias its own value: one of them is changed at a time."""
        return {"change": 0.0} if "entry" in settings else {}

    def point(self, pointer: Pointer) -> dict[str, Any]:
        """Choose the number under the pointer, and let it follow: up or right is more."""
        if pointer.kind == "down":
            self.grip = self.grasp(np.array([pointer.x, pointer.y]))
            self.held_at = pointer.x + pointer.y, self.state[self.grip[0]] if self.grip else 0
        if not self.grip:
            return {}
        name, settings = self.grip
        begin, value = self.held_at
        if "entry" in settings and settings["entry"] != self.entry:
            value = 0.0
            self.held_at = begin, value
        each = 0.5 if name == "change" else 1.25  # for the width or height of a cell
        value = value + each * (pointer.x + pointer.y - begin)
        return settings | {name: self.controls[name].nearest(value)}

    def grasp(self, place: Array) -> tuple[str, dict[str, str]] | None:
        """Return the setting that is the number at this place, and what is chosen with it."""
        places = self.places()
        cells = np.concatenate(places)
        nearest = int(np.abs(cells - place).max(axis=1).argmin())
        if np.abs(cells[nearest] - place).max() > 0.8:
            return None
        names = [f"x{i}" for i in range(3)]
        entries = [f"W[{unit}, {i}]" for i in range(3) for unit in range(2)]
        if self.formula == FORMS[1]:
            names, entries = ENTRIES[:6], names
        names = [*names, *entries, *ENTRIES[6:], *ENTRIES[6:], *ENTRIES[6:]]
        name = names[nearest]
        return ("change", {"entry": name}) if name in ENTRIES else (name, {})

    @styled
    def update(self) -> tuple[str, str]:
        """Write all numbers, and move the lines."""
        weights, bias, sums, outputs, along = layer(
            (self.x0, self.x1, self.x2), self.entry, self.change
        )
        x = np.array([self.x0, self.x1, self.x2])
        row = self.formula == FORMS[0]
        if self.changed & {"formula", "entry"}:
            places = self.places()
            if "formula" in self.changed:
                self.lay_out(places)
                turned = MarkerStyle(ARROW).rotated(deg=0 if row else 90)
                self.arrows.set_marker(turned)
            self.frame(places, row)
        matrices = [x, weights.T] if row else [weights, x]
        values = np.concatenate([part.ravel() for part in (*matrices, bias, sums, outputs)])
        for text, value in zip(self.numbers, values.tolist(), strict=True):
            text.set_text(two_decimals(value))
        for i, unit, before, after, now in self.lines:
            ends, before_relu, after_relu = along[i][unit]
            before.set_data(ends, before_relu)
            after.set_data(ends, after_relu)
            now.set_data([x[i]], [min(outputs[unit], HIGH)])
            show_as(now, "^" if outputs[unit] > HIGH else "o")
        self.show_products(x, weights[self.unit()], row)
        self.show_cut(x, [unit for unit in range(2) if is_cut(sums[unit])], sums)
        return self.sentence(weights, bias, sums)

    def show_products(self, x: Array, weights: Array, row: bool) -> None:
        """Write what each input adds to the chosen output."""
        for text, sign, value, weight in zip(
            self.products, SIGNS, x.tolist(), weights.tolist(), strict=True
        ):
            pair = [two_decimals(value), two_decimals(weight)]
            one, other = pair if row else pair[::-1]
            text.set_text(f"x{sign}: {one} × {other} = {two_decimals(value * weight)}")

    def show_cut(self, x: Array, cut: list[int], sums: Array) -> None:
        """Point from the sums that relu cuts to their outputs, and show how they come up to 0."""
        sums_, outputs = (places[cut] for places in self.places()[3:])
        self.arrows.set_data(*((sums_ + outputs) / 2).T)
        below = np.maximum(sums[cut], LOW)
        for value, (fall, start) in zip(x, self.falls, strict=True):
            start.set_data(np.full(len(cut), value), below)
            fall.set_data([value] * 2 * bool(cut), [below.min(), 0] if cut else [])

    def frame(self, places: list[Array], row: bool) -> None:
        """Frame the chosen number, and the row and the column that make its output."""
        self.meet.set_data(*together(places, self.unit(), row).T)
        self.meet.set_color(UNITS[self.unit()])
        for product in self.products:
            product.set_color(UNITS[self.unit()])
        left, bottom = self.place_of_entry(places, row) - (0.4, 0.38)
        self.chosen.set_data(
            left + 0.8 * np.array([0, 1, 1, 0, 0]), bottom + 0.76 * np.array([0, 0, 1, 1, 0])
        )
        number = ENTRIES.index(self.entry)
        weight = f"from x{SIGNS[number % 3]} to output {self.unit()}"
        self.told.set_text(
            f"{self.entry}: {weight if number < 6 else f'bias of output {self.unit()}'}"
        )

    def unit(self) -> int:
        """Return the output of which the chosen number is a part."""
        number = ENTRIES.index(self.entry)
        return number // 3 if number < 6 else number - 6

    def places(self) -> list[Array]:
        """Return the centers of the cells of each matrix, (cells, 2)."""
        return centers(self.formula)

    def lay_out(self, places: list[Array]) -> None:
        """Place what stands still: cells, and names of matrices and outputs.

        Each output, and what makes it alone, has a color of its own.
        """
        row = self.formula == FORMS[0]
        xlim, ylim = LIMITS[self.formula]
        self.page.set(xlim=xlim, ylim=ylim)
        title = "relu(dot(input, kernel) + bias)" if row else "relu(W x + b)"
        self.page.set_title(f"output = {title}")
        tints = [PAPER] * 3 + TINTS * 3 if row else [TINTS[0]] * 3 + [TINTS[1]] * 3 + [PAPER] * 3
        corners = 0.5 * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
        squares: Any = np.concatenate(places)[:, None] + corners
        self.cells.set_verts(squares)
        self.cells.set_facecolor(tints + TINTS * 3)
        for text, place in zip(self.numbers, np.concatenate(places), strict=True):
            text.set_position(place)
        for caption, (_, _, place, side, words) in zip(
            self.captions, BLOCKS[self.formula], strict=True
        ):
            across, along = side.split()
            caption.set(position=place, horizontalalignment=across, verticalalignment=along)
            caption.set_text(words)
        inputs = places[0] if row else places[1]
        for name, (x, y) in zip(self.inputs, inputs, strict=True):
            name.set_position((x, y + 0.62) if row else (x + 0.65, y))
            name.set_horizontalalignment("center" if row else "left")
            name.set_verticalalignment("bottom" if row else "center")
        for product, y in zip(self.products, dict.fromkeys(places[1][:, 1]), strict=True):
            product.set_position((4.6 if row else 5.2, y))
        self.told.set_position((4.6, 6.85) if row else (5.2, 6.85))
        for unit, badge_ in enumerate(self.heads):
            x, y = places[1][unit] + (0, 0.85) if row else places[0][3 * unit] - (0.9, 0)
            badge_[0].set_data([x], [y])
            badge_[1].set_position((x, y))

    def place_of_entry(self, places: list[Array], row: bool) -> Array:
        """Return the center of the cell of the entry that is changed."""
        number = ENTRIES.index(self.entry)
        if number >= 6:
            return places[2][number - 6]
        unit, i = divmod(number, 3)
        return places[1][2 * i + unit] if row else places[0][number]

    def sentence(self, weights: Array, bias: Array, sums: Array) -> tuple[str, str]:
        """Say what relu makes of the two sums, and how the chosen output comes about."""
        cut = [unit for unit in range(2) if is_cut(sums[unit])]
        if len(cut) == 1:
            verdict = f"relu cuts {ink(MEANINGS[cut[0]], f'output {cut[0]}')} off."
        else:
            verdict = "relu cuts both outputs off." if cut else "relu lets both outputs through."
        unit = self.unit()
        first, *rest = weights[unit] * [self.x0, self.x1, self.x2]
        terms = exact(first) + "".join(
            f" {'−' if term < 0 else '+'} {exact(abs(term))}" for term in (*rest, bias[unit])
        )
        end = "relu makes it 0" if unit in cut else "relu lets it through"
        reason = f"a row times a column, plus a bias: {terms} = {exact(sums[unit])}; {end}."
        return verdict, f"{ink(MEANINGS[unit], f'Output {unit}')} is {reason}"


def is_cut(total: float) -> bool:
    """Say whether relu cuts a sum off: not what rounding leaves of 0."""
    return total < -1e-9


def exact(x: float) -> str:
    """Return a product of two settings with all of its decimals: 1.95 * 1.49 has four of them.

    >>> exact(-0.3 * 0.45), exact(2.9055), exact(-1e-17)
    ('−0.135', '2.9055', '0')
    """
    return f"{round(x, 4) + 0.0:.5g}".replace("-", "−")


def badge(axes: Axes, unit: int) -> tuple[Line2D, Text]:
    """Draw the sign of an output: its number on a dot of its color."""
    look: dict[str, Any] = {"ha": "center", "va": "center_baseline", "weight": "bold"}
    return (
        dot(axes, color=MEANINGS[unit], size=17 - 2 * unit, zorder=3 + unit, clip_on=False),
        axes.text(0, 0, str(unit), color="white", fontsize=11, zorder=3.5 + unit, **look),
    )


def together(places: list[Array], unit: int, row: bool) -> Array:
    """Return two outlines: of the row and of the column that make an output."""
    kernel = places[1][unit::2] if row else places[0][3 * unit : 3 * unit + 3]
    one = places[0] if row else places[1]
    other = np.concatenate([kernel, *(part[unit : unit + 1] for part in places[2:])])
    frames = []
    for cells in (one, other):
        (x0, y0), (x1, y1) = cells.min(axis=0) - 0.56, cells.max(axis=0) + 0.56
        frames += [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0), (np.nan, np.nan)]
    return np.array(frames)
