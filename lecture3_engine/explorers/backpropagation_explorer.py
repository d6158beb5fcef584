"""Backpropagation: values flow forwards through the graph, gradients backwards.

Lecture, section 3, "Backpropagation".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import FancyBboxPatch

from ..live import Explorer, choice, player, slider
from ..style import COLORS, figure, styled
from ..tensor import Tensor
from .formats import in_rows, inline
from .graph import EXAMPLES, graph, layout

if TYPE_CHECKING:
    from typing import TypeAlias

    from matplotlib.artist import Artist
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    from .graph import Edge, Node

    # what a step shows: the node at work, its edges, lines of arithmetic, and a sentence
    Scene: TypeAlias = tuple[int | None, list[Edge], list[str], str]

WIDTH, HEIGHT = 11.5, 5.2  # inches, which are also the units of the picture
ROUND = "round,pad=0,rounding_size=0.12"


def last(example: str) -> int:
    """Return the last step: the summary.

    Before it come all operations forwards, the gradient of f itself, and all operations backwards.
    """
    return 2 * len(graph(example, 0.0, 0.0, 0.0).operations) + 2


class BackpropagationExplorer(Explorer):
    """The graph of a calculation: values flow forwards, then gradients flow backwards, at each node
    times its local derivative.
    """

    example = choice("example", "circuit", EXAMPLES)
    leaf1 = slider("added to leaf  1", 0.0, min=-5, max=5, step=0.05)
    leaf2 = slider("added to leaf  2", 0.0, min=-5, max=5, step=0.05)
    leaf3 = slider("added to leaf  3", 0.0, min=-5, max=5, step=0.05)
    # where it ends follows the example: `ranges`
    step = player("step", last("circuit"), max=last("circuit"), interval=1500)

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the legend, and make as much of what moves as the largest example needs."""
        fig = figure(WIDTH, HEIGHT)
        fig.set_layout_engine("none")  # one picture over the whole figure, in inches
        self.plane = fig.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(0, HEIGHT))
        self.plane.axis("off")
        for x, word, color in (
            (7.1, "value", "path"),
            (7.85, "gradient of f", "gradient"),
            (9.3, "× local derivative", "loss"),
        ):
            self.plane.text(x, 0.15, word, color=COLORS[color], weight="bold")
        self.background: list[Artist] = []
        (self.edges,) = self.plane.plot([], [], linewidth=3, solid_capstyle="round", zorder=2)
        # under the local derivatives: one artist is fast
        (self.plates,) = self.plane.plot([], [], color="white", solid_capstyle="butt", zorder=3)
        (self.heads,) = self.plane.plot([], [], linestyle="none", markersize=11, zorder=7)
        self.frame = FancyBboxPatch(
            (0, 0), 1, 1, boxstyle=ROUND, facecolor="none", linewidth=3, zorder=4
        )
        self.plane.add_patch(self.frame)
        self.ledger = self.plane.text(0.2, 0.15, "", fontsize=14, va="bottom", linespacing=1.35)
        looks: list[dict[str, Any]] = [
            {"color": COLORS["path"]},
            {"color": COLORS["gradient"], "weight": "bold"},
            {"color": COLORS["loss"]},
        ]
        self.values, self.gradients, self.locals = (
            [
                self.plane.text(
                    0, 0, "", ha="center", va="center", linespacing=1.2, zorder=6, **look
                )
                for _ in range(max(len(graph(name).nodes) for name in EXAMPLES))
            ]
            for look in looks
        )
        return fig, [
            self.edges,
            self.plates,
            self.heads,
            self.frame,
            self.ledger,
            *self.values,
            *self.gradients,
            *self.locals,
        ]

    def ranges(self, settings: dict[str, Any]) -> dict[str, tuple[float, float]]:
        """Let the player end with the example's last step."""
        return {"step": (0, last(settings["example"]))}

    def update(self) -> str:
        """Show the two passes up to this step."""
        if "example" in self.changed:
            self._draw_graph()
        self.graph = graph(self.example, self.leaf1, self.leaf2, self.leaf3)
        nodes, edges, operations = self.graph.nodes, self.graph.edges, self.graph.operations
        # operations done; -1: not begun
        forwards, backwards = min(self.step, len(operations)), self.step - len(operations) - 1
        calculated, passed = operations[:forwards], operations[::-1][: max(backwards, 0)]
        gradients: dict[int, Any] = {}
        if backwards >= 0:
            gradients[len(nodes) - 1] = nodes[-1].gradient
        plates: list[tuple[float, float]] = []
        for edge, label in zip(edges, self.locals, strict=False):
            label.set_text(edge.local if edge.child in passed else "")
            if edge.child in passed:
                plates += self._plate(edge, label)
                # a node that is used twice gets the sum
                gradients[edge.parent] = gradients.get(edge.parent, 0) + edge.product
        self.plates.set_data(*np.reshape(plates, (-1, 2)).T)
        for i, node in enumerate(nodes):
            self.values[i].set_text(
                in_rows(node.tensor.data) if i in calculated or not node.parents else ""
            )
            self.gradients[i].set_text(in_rows(gradients[i]) if i in gradients else "")
        if backwards < 0:
            now, active, lines, sentence = self._forwards(forwards)
        else:
            now, active, lines, sentence = self._backwards(backwards, gradients)
        color, arrow, end = (
            (COLORS["path"], ">", 1) if backwards < 0 else (COLORS["gradient"], "<", 0)
        )
        ends = [self.ends[i] for i, edge in enumerate(edges) if edge in active]
        self.frame.set_visible(now is not None)
        if now is not None:
            self.frame.set(bounds=self.boxes[now], edgecolor=color)
        self.edges.set(
            data=np.reshape([(*pair, (np.nan, np.nan)) for pair in ends], (-1, 2)).T, color=color
        )
        self.heads.set(
            data=np.reshape([pair[end] for pair in ends], (-1, 2)).T, color=color, marker=arrow
        )
        self.ledger.set_text("\n".join(lines))
        return sentence

    def _plate(self, edge: Edge, label: Text) -> list[tuple[float, float]]:
        """Return strokes that hide the edge under a label, one for each of its lines."""
        (x, y), lines = label.get_position(), edge.local.split("\n")
        size = float(label.get_fontsize())
        points = []
        for k, line in enumerate(lines):
            half = min(0.3 * size / 72 * len(line), self.gap / 2 - 0.03)
            height = y + (len(lines) / 2 - 0.5 - k) * 1.2 * size / 72
            points += [(x - half, height), (x + half, height), (np.nan, np.nan)]
        return points

    def _forwards(self, done: int) -> Scene:
        """Return what the forward pass shows after so many operations."""
        if not done:
            return (
                None,
                [],
                [],
                (
                    "The leaves have their values. Press Play: the values flow forwards, then the"
                    " gradients flow backwards."
                ),
            )
        now = self.graph.operations[done - 1]
        node = self.graph.nodes[now]
        # matrices are too large for a sentence
        arithmetic = "" if len(node.parents) > 2 else f" = {node.arithmetic}"
        line = f"{node.name} = {node.formula}{arithmetic} = {inline(node.tensor.data)}"
        return (
            now,
            [edge for edge in self.graph.edges if edge.child == now],
            [line],
            f"Forwards, operation {done} of {len(self.graph.operations)}: {line}.",
        )

    def _backwards(self, done: int, gradients: dict[int, Any]) -> Scene:
        """Return what the backward pass shows after so many operations."""
        nodes, operations = self.graph.nodes, self.graph.operations
        if not done:
            return (
                operations[-1],
                [],
                ["gradient of f = 1"],
                (
                    f"The backward pass begins at the end: f = {inline(nodes[-1].tensor.data)}, and"
                    " the gradient of f with respect to f is 1."
                ),
            )
        if done > len(operations):
            return None, [], [], self._summary()
        now = operations[-done]
        active = [edge for edge in self.graph.edges if edge.child == now]
        upstream = inline(nodes[now].gradient)
        lines = []
        for edge in active:
            name = nodes[edge.parent].name
            local = edge.local.replace("\n× ", ", ")
            if "ᵀ" in local:
                product = f"{upstream} {local}" if local.startswith("·") else f"{local} {upstream}"
            else:
                product = f"{upstream} × [{local[2:]}]" if "," in local else f"{upstream} {local}"
            total, more = gradients[edge.parent], ""
            if not np.array_equal(total, edge.product):
                more = f"; both paths together {inline(total)}"
            lines.append(f"gradient of {name} = {product} = {inline(edge.product)}{more}")
        return (
            now,
            active,
            lines,
            (
                f"Backwards through {nodes[now].name} = {nodes[now].formula}, whose gradient is"
                f" {upstream}: {'; '.join(lines)}."
            ),
        )

    def _summary(self) -> str:
        """Say what one backward pass has found, and what a nudge shows of it."""
        nodes = self.graph.nodes
        leaves = {node.name: node for node in nodes if not node.parents}
        count = sum(leaf.tensor.data.size for leaf in leaves.values())
        found = (
            ", ".join(f"{name} {inline(leaf.gradient)}" for name, leaf in leaves.items())
            if count == len(leaves)
            else ""
        )
        shut = any(node.tensor.operation == "relu" and not node.tensor.data.any() for node in nodes)
        moved = EXAMPLES[self.example].moved[0]
        nudged = {name: leaves[name].tensor.data.copy() for name in EXAMPLES[self.example].leaves}
        nudged[moved].flat[0] += 0.01
        predicted = 0.01 * leaves[moved].gradient.flat[0]
        change = (
            EXAMPLES[self.example].calculate(*map(Tensor, nudged.values())).item()
            - nodes[-1].tensor.item()
        )
        # the curvature of f takes no more; what does is a corner
        close = abs(change - predicted) < 0.25 * abs(predicted) + 2e-3
        by = (
            f"about {in_rows(predicted)}"
            if close
            else f"{in_rows(change)}, not by {in_rows(predicted)}: a corner of relu lies between"
        )
        where = moved if leaves[moved].tensor.data.size == 1 else f"the first entry of {moved}"
        return (
            f"f = {inline(nodes[-1].tensor.data)}. One backward pass found the gradients of all"
            f" {count} numbers{': ' if found else ''}{found}."
            f" {'No gradient passes relu, as its input is not above 0. ' if shut else ''}If {where}"
            f" grew by 0.01, f would change by {by}."
        )

    @styled
    def _draw_graph(self) -> None:
        """Draw what stands still, boxes, names and lines, and place what moves."""
        for artist in self.background:
            artist.remove()
        nodes, edges = graph(self.example).nodes, graph(self.example).edges
        columns, rows = layout(self.example).max(axis=0) + 1
        lines = 1 + 2 * max(map(lines_of, nodes))
        width = min(1.7, (WIDTH - 0.5) / (columns + 0.62 * (columns - 1)))
        pitch_x, pitch_y = min(3, (WIDTH - 0.5 - width) / (columns - 1)), min(1.5, 3.8 / rows)
        height = min(1.1, 0.86 * pitch_y)
        size = min(16, height * 72 / lines / 1.35, 12.5 * width)
        x = WIDTH / 2 + pitch_x * (layout(self.example)[:, 0] - (columns - 1) / 2)
        y = 2.9 - pitch_y * (layout(self.example)[:, 1] - (rows - 1) / 2)
        self.boxes = [
            (x_ - width / 2, y_ - height / 2, width, height) for x_, y_ in zip(x, y, strict=True)
        ]
        self.ends = [
            ((x[e.parent] + width / 2, y[e.parent]), (x[e.child] - width / 2, y[e.child]))
            for e in edges
        ]
        self.gap = pitch_x - width
        formula = EXAMPLES[self.example].formula
        self.background = [self.plane.text(0.2, HEIGHT - 0.12, formula, fontsize=15, va="top")]
        for ends in self.ends:
            self.background += self.plane.plot(
                *zip(*ends, strict=True), color=COLORS["quiet"], linewidth=1.5, zorder=1
            )
        for i, node in enumerate(nodes):
            self._draw_node(i, node, x[i], y[i], size)
        for label, ends in zip(self.locals, self.ends, strict=False):
            label.set(
                position=tuple(np.mean(ends, axis=0)), fontsize=min(size, max(11, 15 * self.gap))
            )
        self.plates.set_linewidth(1.2 * float(self.locals[0].get_fontsize()))
        # a longer example came before
        for unused in (
            *self.values[len(nodes) :],
            *self.gradients[len(nodes) :],
            *self.locals[len(edges) :],
        ):
            unused.set(text="", position=(0, 0))

    def _draw_node(self, i: int, node: Node, x: float, y: float, size: float) -> None:
        """Draw a box with the name of node i, and place its value and its gradient below the name.

        A leaf that a slider moves has the slider's digit.
        """
        left, bottom, width, height = self.boxes[i]
        tall, line = lines_of(node), 1.2 * size / 72
        color = "#F1F5F8" if node.parents else "white"
        look: dict[str, Any] = {"facecolor": color, "edgecolor": "#808080", "zorder": 3}
        box = FancyBboxPatch((left, bottom), width, height, boxstyle=ROUND, **look)
        self.background.append(self.plane.add_patch(box))
        first = y + tall * line
        name = f"{node.name} = {node.formula}" if node.parents else node.name
        fits = max(11, min(size, (width - 0.12) * 72 / 0.55 / len(name)))
        self.background.append(
            self.plane.text(x, first, name, fontsize=fits, ha="center", va="center", zorder=4)
        )
        self.values[i].set(position=(x, first - line * (tall + 1) / 2), fontsize=size)
        self.gradients[i].set(position=(x, first - line * (3 * tall + 1) / 2), fontsize=size)
        moved = EXAMPLES[self.example].moved
        if node.name in moved and not node.parents:
            place, digit = x - width / 2, moved.index(node.name) + 1
            self.background += self.plane.plot(
                [place], [y], "o", color=COLORS["loss"], markersize=18, zorder=5
            )
            look = {"color": "white", "weight": "bold", "ha": "center", "va": "center_baseline"}
            self.background.append(self.plane.text(place, y, str(digit), zorder=6, **look))


def lines_of(node: Node) -> int:
    """Return how many lines its value takes, and its gradient."""
    return np.atleast_2d(node.tensor.data).shape[0]
