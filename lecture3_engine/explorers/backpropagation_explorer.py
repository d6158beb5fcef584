"""Backpropagation: values flow forward through the graph, gradients backward.

Lecture, section 3, "Backpropagation".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2DBase, ScaledTranslation

from ..live import Explorer, choice, panels, player, slider
from ..style import COLORS, INK, PAPER, TINTS, ink, styled
from ..tensor import Tensor
from .formats import counted, in_rows, inline
from .graph import EXAMPLES, graph, layout

if TYPE_CHECKING:
    from typing import TypeAlias

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text
    from matplotlib.transforms import Transform

    from ..live import Pointer
    from ..tensor import Array
    from .graph import Edge

    # what a step shows: the node at work, its edges, a verdict, and a reason
    Scene: TypeAlias = tuple[int | None, list[Edge], str, str]

# Inches. The graph flows to the right where there is room for that, and down elsewhere.
WIDE, MEDIUM, NARROW = (11.5, 4.4), (7.66, 7.9), (4.05, 8.2)
SIDE, BOTTOM = 0.06, 0.08  # around the graph
# above it, where it flows to the right, and where it flows down: the formula and the key
TOP = 0.5, 0.8
BROAD = 5.6  # at most, where it flows down
ACROSS = 0.86  # of its row, a box's share
STEP = 0.25  # inches: words beside an edge that grow no more than that stay where they are
# A head is a small triangle under a broad stroke. From its tip to where the shaft ends: inches.
NECK, STROKE = 0.13, 3.5
HEAD = np.array([(-0.057, 0), (-0.14, 0.039), (-0.14, -0.039), (-0.057, 0), (-0.14, 0.039)]).T
LONG = 15  # letters beside an edge: of longer ones, the number that comes stays out
# as they stand in a box and along an edge, and how many inches from the first they begin
NAMES = [
    ("value", COLORS["path"], "normal", 0),
    ("gradient of f", COLORS["gradient"], "normal", 0.55),
    ("× local derivative", INK, "normal", 1.48),
    ("= gradient", COLORS["gradient"], "bold", 2.73),
]


@lru_cache
def last(example: str) -> int:
    """Return the last step: the summary.

    Before it come all operations forward, the gradient of f itself, and all operations backward.
    """
    return 2 * len(graph(example, 0.0, 0.0, 0.0).operations) + 2


class Flow(Affine2DBase):
    """From a place in the graph to the screen: (0, 0) is where it begins, (1, 1) where it ends.

    The first number is the way along the flow, which goes to the right in axes that are wide, and
    down in others. So the same artists stand well on a wide page and on a narrow one.
    """

    has_inverse = True

    def __init__(self, axes: Axes, figure: Figure) -> None:
        super().__init__()
        self.axes, self.figure = axes, figure
        self.set_children(axes.bbox)

    def get_matrix(self) -> Array:
        """Return the matrix for the present shape of the axes: matplotlib calls this."""
        box, inch = self.axes.bbox, self.figure.dpi
        wide, high = room(box.width / inch, box.height / inch)
        right = box.width > box.height
        left, top = (box.x0 + box.x1 - wide * inch) / 2, box.y1 - TOP[not right] * inch
        self._invalid = 0
        if right:
            return np.array([[wide * inch, 0, left], [0, -high * inch, top], [0, 0, 1]])
        return np.array([[0, wide * inch, left], [-high * inch, 0, top], [0, 0, 1]])


class Key(Affine2DBase):
    """To a place so many inches beside the formula, or below it where the axes are narrow."""

    def __init__(self, flow: Flow, x: float) -> None:
        super().__init__()
        self.flow, self.x = flow, x
        self.set_children(flow)

    def get_matrix(self) -> Array:
        """Return the matrix for the present shape of the axes: matplotlib calls this."""
        box, inch = self.flow.axes.bbox, self.flow.figure.dpi
        x, y = (3.6, 0.26) if box.width > box.height else (0.1, 0.6)
        self._invalid = 0
        place = box.x0 + (x + self.x) * inch, box.y1 - y * inch
        return np.array([[1, 0, place[0]], [0, 1, place[1]], [0, 0, 1]])


class Beside(Affine2DBase):
    """To words beside an edge, as near as they can be without lying on it.

    From inches around their middle. `fit` says how much room they need.
    """

    def __init__(self, flow: Flow, ends: tuple[Array, Array], side: int, high: float) -> None:
        super().__init__()
        self.flow, self.side, self.size = flow, side, np.array([0.0, high])
        # nearer to the parent, where edges are further apart
        self.middle, self.along = 0.6 * ends[0] + 0.4 * ends[1], ends[1] - ends[0]
        self.set_children(flow)

    def fit(self, width: float) -> None:
        """Make room for words of a width, in inches: in steps, so that a number that runs rests."""
        width = STEP * np.ceil(width / STEP)
        if width != self.size[0]:
            self.size[0] = width
            self.invalidate()

    def get_matrix(self) -> Array:
        """Return the matrix for the present shape of the graph: matplotlib calls this."""
        matrix = self.flow.get_matrix()
        inch = self.flow.figure.dpi
        along = matrix[:2, :2] @ self.along
        normal = np.array([-along[1], along[0]]) / np.hypot(*along)
        if normal @ matrix[:2, 1] * self.side < 0:
            normal = -normal
        away = abs(normal) @ self.size / 2 + 0.09
        place = matrix[:2, :2] @ self.middle + matrix[:2, 2] + away * inch * normal
        box, half = self.flow.axes.bbox, (self.size[0] / 2 + 0.04) * inch
        place[0] = min(max(place[0], box.x0 + half), box.x1 - half)
        self._invalid = 0
        return np.array([[inch, 0, place[0]], [0, inch, place[1]], [0, 0, 1]])


class Arrow(Affine2DBase):
    """Along an arrow: from inches behind its tip and beside it; as a shaft, from shares of it."""

    def __init__(self, flow: Flow, begin: Array, end: Array, shaft: bool) -> None:
        super().__init__()
        self.flow, self.begin, self.end, self.shaft = flow, begin, end, shaft
        self.set_children(flow)

    def get_matrix(self) -> Array:
        """Return the matrix for the present shape of the graph: matplotlib calls this."""
        matrix = self.flow.get_matrix()
        inch = self.flow.figure.dpi
        begin, end = (matrix[:2, :2] @ place + matrix[:2, 2] for place in (self.begin, self.end))
        length = np.hypot(*(end - begin))
        x, y = (end - begin) / length
        along, place = (length - NECK * inch, begin) if self.shaft else (inch, end)
        self._invalid = 0
        return np.array(
            [[x * along, -y * inch, place[0]], [y * along, x * inch, place[1]], [0, 0, 1]]
        )


@lru_cache(maxsize=500)
def wide(words: str, points: float, weight: str = "normal") -> float:
    """Return how many inches a line of words takes."""
    font = FontProperties(size=points, weight=weight)
    return text_to_path.get_text_width_height_descent(words, font, ismath=False)[0] / 72


def room(width: float, height: float) -> tuple[float, float]:
    """Return the inches that the graph fills, across the page and down."""
    wide, right = width - 2 * SIDE, width > height
    return wide if right else min(wide, BROAD), height - BOTTOM - TOP[not right]


class BackpropagationExplorer(Explorer):
    """The graph of a calculation: values flow forward, then gradients flow backward, at each node
    times its local derivative.
    """

    example = choice("example", "circuit", EXAMPLES)
    leaf1 = slider("added to  x", 0.0, min=-5, max=5, step=0.05)
    leaf2 = slider("added to  y", 0.0, min=-5, max=5, step=0.05)
    leaf3 = slider("added to  z", 0.0, min=-5, max=5, step=0.05)
    # where it ends follows the example: `ranges`
    step = player("step", 4, max=last("circuit"), interval=1500)

    leads = ("step", "example")
    together = (("leaf1", "leaf2", "leaf3"),)

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the legend, and make as much of what moves as the largest example needs."""
        figure, axes = panels(
            {"graph": "hero"},
            height=WIDE[1],
            margins={"graph": (0, 0, 0, 0)},
            medium=[(MEDIUM[1], [("graph", 1)])],
            narrow=[(NARROW[1], [("graph", 1)])],
        )
        self.plane = plane = axes["graph"]
        plane.axis("off")
        self.flow, self.inches = Flow(plane, figure), figure.dpi_scale_trans
        self.formula = plane.text(
            0, 1, "", fontsize=15, va="top", transform=self.beside(0.1, -0.08, plane.transAxes)
        )
        for word, color, weight, x in NAMES:
            look: dict[str, Any] = {"color": color, "weight": weight, "fontsize": 12}
            plane.text(0, 0, word, transform=Key(self.flow, x), **look)
        most = max(len(graph(name).nodes) for name in EXAMPLES)
        self.draw_edges(most)
        self.draw_nodes(most)
        for artist in self.moving(most, most, matrices=True):
            artist.set_animated(True)  # those, too, that the first example has no use for
        first = graph("circuit")
        return figure, self.moving(len(first.nodes), len(first.edges), matrices=False)

    def moving(self, nodes: int, edges: int, matrices: bool) -> list[Any]:
        """Return what moves in an example of so many nodes and edges: others would cost time."""
        columns = [*self.values[:nodes], *self.gradients[:nodes]]
        written = self.upstream[:edges], self.locals[:edges], self.products[:edges]
        return [
            self.frame,
            *self.awaited[:nodes],
            *self.shafts[:edges],
            *self.heads[:edges],
            *(text for texts in written for text in texts),
            *(text for two in columns for text in two[: 1 + matrices]),
            *(line for two in self.brackets[:nodes] for line in two if matrices),
            *self.plates[:edges],
        ]

    def beside(self, x: float, y: float, place: Transform) -> Transform:
        """Return the transform to what stands so many inches beside a place."""
        return place + ScaledTranslation(x, y, self.inches)

    def draw_edges(self, most: int) -> None:
        """Make the lines, and what is written on them."""
        look: dict[str, Any] = {"transform": self.flow, "solid_capstyle": "round"}
        (self.lines,) = self.plane.plot([], [], color=COLORS["quiet"], linewidth=1.5, **look)
        look = {"solid_joinstyle": "miter", "solid_capstyle": "butt", "zorder": 2.1}
        # along edges at work; and at the end of all: where values flow, or gradients
        self.shafts = [self.plane.plot([0, 1], [0, 0], linewidth=3, **look)[0] for _ in range(most)]
        self.heads = [self.plane.plot(*HEAD, linewidth=STROKE, **look)[0] for _ in range(most)]
        # under the local derivatives and the products, in inches
        self.plates = [
            self.plane.plot([], [], color="white", solid_capstyle="butt", zorder=3)[0]
            for _ in range(most)
        ]
        words: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 6}
        self.locals = [self.plane.text(0, 0, "", color=INK, **words) for _ in range(most)]
        red: dict[str, Any] = words | {"color": COLORS["gradient"]}
        self.upstream = [self.plane.text(0, 0, "", **red) for _ in range(most)]
        self.products = [self.plane.text(0, 0, "", weight="bold", **red) for _ in range(most)]

    def draw_nodes(self, most: int) -> None:
        """Make the boxes, and what is written in them."""
        # what stands still: the boxes, and the ground behind the numbers that can be dragged
        look: dict[str, Any] = {"edgecolors": COLORS["quiet"], "transform": self.flow}
        self.boxes = PathCollection([], linewidths=1, zorder=4, **look)
        self.handles = PathCollection(
            [], linewidths=0, facecolors=TINTS["path"], offset_transform=self.flow, zorder=5
        )
        self.handles.set_transform(self.inches)
        for shapes in self.boxes, self.handles:
            self.plane.add_collection(shapes, autolim=False)
        # where a gradient will come
        look = {"color": COLORS["gradient"], "linestyle": (0, (2, 2)), "alpha": 0.6, "zorder": 5}
        self.awaited = [self.plane.plot([], [], linewidth=1, **look)[0] for _ in range(most)]
        (self.frame,) = self.plane.plot(
            [], [], linewidth=3, solid_joinstyle="round", transform=self.flow, zorder=5
        )
        self.brackets = [
            [
                self.plane.plot([], [], color=COLORS[color], linewidth=1.3, zorder=6)[0]
                for color in ("path", "gradient")
            ]
            for _ in range(most)
        ]
        words: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 6, "linespacing": 1.15}
        self.names = [self.plane.text(0, 0, "", color=INK, **words) for _ in range(most)]
        # of each node two columns: the second one is that of a matrix
        self.values = [self.two("path", **words) for _ in range(most)]
        self.gradients = [self.two("gradient", weight="bold", **words) for _ in range(most)]
        self.grip: tuple[str, float] | None = None  # what a drag moves, less where it began
        (self.number,) = self.plane.plot([], [], linestyle="none")  # beside which the hint stands
        self.drag(self.plane, action=self.pull, hint="drag", handle=self.number)

    def two(self, color: str, **look: Any) -> list[Text]:
        """Make two texts of a color."""
        return [self.plane.text(0, 0, "", color=COLORS[color], **look) for _ in range(2)]

    def around(self, place: Array) -> Transform:
        """Return the transform of what is drawn in inches around a place of the graph."""
        return self.inches + ScaledTranslation(place[0], place[1], self.flow)

    def ranges(self, settings: dict[str, Any]) -> dict[str, tuple[float, float]]:
        """Let the player end with the example's last step."""
        return {"step": (0, last(settings["example"]))}

    def pull(self, pointer: Pointer) -> dict[str, Any]:
        """Let the number under the pointer follow it: right or up is more."""
        pixels = self.plane.transData.transform((pointer.x, pointer.y))
        at = 2 * float(pixels.sum()) / self.flow.figure.dpi  # 2 for each inch
        if pointer.kind == "down":
            place = self.flow.inverted().transform(pixels)
            names = [node.name for node in self.graph.nodes]
            self.grip = None
            for k, leaf in enumerate(EXAMPLES[self.example].moved, start=1):
                inside = abs(self.places[names.index(leaf)] - place) < 0.5 * self.size
                if inside.all():
                    self.grip = f"leaf{k}", self.state[f"leaf{k}"] - at
        if self.grip is None:
            return {}
        name, begin = self.grip
        return {name: self.controls[name].nearest(begin + at)}

    @styled
    def update(self) -> tuple[str, str]:
        """Show the two passes up to this step."""
        if "example" in self.changed:
            self._lay_out()
        self.graph = graph(self.example, self.leaf1, self.leaf2, self.leaf3)
        nodes, edges, operations = self.graph.nodes, self.graph.edges, self.graph.operations
        # operations done; -1: not begun
        forward, backward = min(self.step, len(operations)), self.step - len(operations) - 1
        calculated, passed = operations[:forward], operations[::-1][: max(backward, 0)]
        gradients: dict[int, Any] = {}
        if backward >= 0:
            gradients[len(nodes) - 1] = nodes[-1].gradient
        for edge in edges:
            if edge.child in passed:
                # a node that is used twice gets the sum
                gradients[edge.parent] = gradients.get(edge.parent, 0) + edge.product
        now, active, *said = (
            self._forward(forward) if backward < 0 else self._backward(backward, gradients)
        )
        for i, node in enumerate(nodes):
            known = i in calculated or not node.parents
            show(self.values[i], node.tensor.data if known else None)
            show(self.gradients[i], gradients.get(i))
        self._bracket(gradients, calculated)
        self._write_on_edges(passed, active if backward > 0 else [])
        back = backward >= 0
        color = COLORS["gradient" if back else "path"]
        for k, edge in enumerate(edges):
            at_work = edge in active
            self.shafts[k].set_visible(at_work)
            self.heads[k].set_color(color if at_work else COLORS["quiet"])
            for line, way in zip((self.shafts[k], self.heads[k]), self.ways[k], strict=True):
                line.set_transform(way[at_work and back])
            if at_work:
                self.shafts[k].set_color(color)
                self.travel(self.ends[k][::-1] if back else self.ends[k], color, self.flow)
        for i, line in enumerate(self.awaited[: len(nodes)]):
            line.set_visible(i not in gradients)
        self.frame.set_data(*(([], []) if now is None else self._box(now).T))
        self.frame.set_color(color)
        return said[0], said[1]

    def _write_on_edges(self, passed: list[int], active: list[Edge]) -> None:
        """Write the local derivative on each edge that was passed.

        Below it stands what flows along the edge just now.
        """
        points = float(self.locals[0].get_fontsize())
        for k, edge in enumerate(self.graph.edges):
            words = edge.local if edge.child in passed else ""
            if words and self.roomy and self.factors[k]:
                words += f" ({self.factors[k]})"
            product = f"= {inline(edge.product)}" if edge in active and one(edge.product) else ""
            if self.roomy:
                upstream = self.graph.nodes[edge.child].gradient
                given = inline(upstream) if product else ""
                if len(f"{given} {words} {product}") > LONG:
                    given = ""
                self._write_beside(k, (given, words, product), points)
                continue
            over, under = self.apart if product else (self.flow, self.flow)
            self.locals[k].set(text=words, transform=over)
            self.products[k].set(text=product, transform=under)
            lines = [*words.split("\n"), *([product] if product else [])] if words else []
            self.plates[k].set_data(*plate(lines, points / 72))

    def _write_beside(self, k: int, words: tuple[str, str, str], points: float) -> None:
        """Write what comes, times the local derivative, and what goes on, in a line."""
        texts = self.upstream[k], self.locals[k], self.products[k]
        if tuple(text.get_text() for text in texts) == words:
            return  # they stand there
        gap = 0.3 * points / 72
        widths = [
            wide(word, points, str(text.get_fontweight())) if word else -gap
            for word, text in zip(words, texts, strict=True)
        ]
        total = sum(widths) + 2 * gap
        self.beside_edges[k].fit(max(total, 0))
        x = -total / 2
        for text, word, width in zip(texts, words, widths, strict=True):
            text.set(text=word, position=(x + width / 2 if word else 0, 0))
            x += width + gap

    def _bracket(self, gradients: dict[int, Any], calculated: list[int]) -> None:
        """Show the brackets around every matrix that is shown."""
        for i, node in enumerate(self.graph.nodes):
            known = i in calculated or not node.parents, i in gradients
            for line, visible in zip(self.brackets[i], known, strict=True):
                line.set_visible(visible and not one(node.tensor.data))

    def _forward(self, done: int) -> Scene:
        """Return what the forward pass shows after so many operations."""
        if not done:
            return (
                None,
                [],
                "Press Play: forward, then back.",
                (
                    f"The leaves have their {ink('path', 'values')}, which flow forward; then"
                    f" {ink('gradient', 'gradients')} flow backward."
                ),
            )
        now = self.graph.operations[done - 1]
        node = self.graph.nodes[now]
        # matrices are too large for a sentence
        arithmetic = "" if len(node.parents) > 2 else f" = {node.arithmetic}"
        result = ink("path", inline(node.tensor.data))
        return (
            now,
            [edge for edge in self.graph.edges if edge.child == now],
            "Values flow forward.",
            (
                f"Operation {done} of {len(self.graph.operations)}: {node.name} = {node.formula}"
                f"{arithmetic} = {result}."
            ),
        )

    def _backward(self, done: int, gradients: dict[int, Any]) -> Scene:
        """Return what the backward pass shows after so many operations."""
        nodes, operations = self.graph.nodes, self.graph.operations
        if not done:
            return (
                operations[-1],
                [],
                "The way back begins at the end.",
                (
                    f"f = {inline(nodes[-1].tensor.data)}, and the gradient of f with respect to f"
                    f" is {ink('gradient', '1')}."
                ),
            )
        if done > len(operations):
            return None, [], *self._summary()
        now = operations[-done]
        active = [edge for edge in self.graph.edges if edge.child == now]
        upstream = inline(nodes[now].gradient)
        lines, met = [], []
        for edge in active:
            name = nodes[edge.parent].name
            local = edge.local.replace("\n× ", ", ")
            if "ᵀ" in local:
                product = f"{upstream} {local}" if local.startswith("·") else f"{local} {upstream}"
            else:
                product = f"{upstream} × [{local[2:]}]" if "," in local else f"{upstream} {local}"
            total, more = gradients[edge.parent], ""
            if not np.array_equal(total, edge.product):
                more = f"; both paths together {ink('gradient', inline(total))}"
                met.append(name)
            result = ink("gradient", inline(edge.product))
            lines.append(f"gradient of {name} = {product} = {result}{more}")
        verdict = f"Two paths meet at {met[0]}: they add." if met else self._rule(now)
        return (
            now,
            active,
            verdict,
            f"Back through {nodes[now].name} = {nodes[now].formula}: {'; '.join(lines)}.",
        )

    def _rule(self, now: int) -> str:
        """Return what an operation does with the gradient that comes back to it."""
        node = self.graph.nodes[now]
        if node.tensor.operation == "relu":
            inputs = self.graph.nodes[node.parents[0]].tensor.data > 0
            if inputs.all():
                return "relu is open: the gradient passes."
            some = "relu is partly open: some gradients pass."
            return some if inputs.any() else "relu is shut: the gradient stops here."
        return {
            "+": "A sum hands the gradient on unchanged.",
            "-": "A difference: the second gets minus the gradient.",
            "*": "A product: times the other factor.",
            "**": "A square: times twice its input.",
            "sigmoid": f"sigmoid: times {node.name} (1 − {node.name}).",
            "dense": "Matrices: times the other one, transposed.",
            "cross_entropy": "The loss: probability minus truth.",
        }[node.tensor.operation]

    def _summary(self) -> tuple[str, str]:
        """Say what one backward pass has found, and what a nudge shows of it."""
        nodes = self.graph.nodes
        leaves = {node.name: node for node in nodes if not node.parents}
        count = sum(leaf.tensor.data.size for leaf in leaves.values())
        shown = ", ".join(f"{name} {inline(leaf.gradient)}" for name, leaf in leaves.items())
        found = f"{ink('gradient', shown)}. " if count == len(leaves) else ""
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
            (
                "relu is shut: no gradient passes it."
                if shut
                else f"One backward pass found all {counted(count, 'gradient')}."
            ),
            f"{found}If {where} grew by 0.01, f would change by {by}.",
        )

    def _lay_out(self) -> None:
        """Place everything for another example, and write what belongs to it."""
        nodes, edges = graph(self.example).nodes, graph(self.example).edges
        cells = layout(self.example).max(axis=0) + 1
        self.roomy = cells[0] < 5  # beside the edges
        matrices = not all(one(node.tensor.data) for node in nodes)  # their boxes are full
        along = 0.67 if matrices else 0.6 if self.roomy else 0.56
        self.size = np.array([along, ACROSS]) / cells
        self.places = (layout(self.example) + 0.5) / cells
        # the first box begins where the graph does, and the last one ends with it
        edge = self.size[0] / 2 + 0.005
        self.places[:, 0] = edge + (1 - 2 * edge) * layout(self.example)[:, 0] / (cells[0] - 1)
        boxes = [
            self.size * room(*WIDE),
            *((self.size * room(*form)[::-1])[::-1] for form in (MEDIUM, NARROW)),
        ]
        # inches of a box that there are in every form
        self.inside = np.min(boxes, axis=0) - np.array([0.06, 0.04])
        lines = 1 + 2 * max(lines_of(node.tensor.data) for node in nodes)
        self.points = min(20, self.inside[1] * 72 / lines / 1.17)
        self.line = 1.17 * self.points / 72
        self.formula.set_text(EXAMPLES[self.example].formula)
        for k, leaf in enumerate(EXAMPLES[self.example].moved, start=1):
            (node,) = (node for node in nodes if node.name == leaf)
            to = "added to" if one(node.tensor.data) else "added to the first of"
            self.controls[f"leaf{k}"].label = f"{to}  {leaf}"
        half = np.array([self.size[0] / 2, 0])
        self.ends = [(self.places[e.parent] + half, self.places[e.child] - half) for e in edges]
        for begin, end in self.ends:  # tips that come from two sides do not meet
            end[1] += np.clip(begin[1] - end[1], -0.13 * self.size[1], 0.13 * self.size[1])
        # nearer to the parent, where edges are further apart
        self.between = [0.59 * begin + 0.41 * end for begin, end in self.ends]
        self.sides = [side_of(edge, edges, self.places) for edge in edges]
        self.lines.set_data(strokes(self.ends))
        self.ways = [
            [
                [Arrow(self.flow, *pair, shaft=shaft) for pair in (ends, ends[::-1])]
                for shaft in (True, False)
            ]
            for ends in self.ends
        ]
        self.boxes.set(
            paths=[Path(self._box(i), closed=True) for i in range(len(nodes))],
            facecolors=[PAPER if node.parents else "white" for node in nodes],
        )
        self.rows = [self._write(i) for i in range(len(nodes))]
        moved = [i for i, node in enumerate(nodes) if node.name in EXAMPLES[self.example].moved]
        self.handles.set(
            paths=[self._handle(nodes[i].tensor.data, self.rows[i][1]) for i in moved],
            offsets=self.places[moved],
        )
        handle = np.asarray(self.handles.get_paths()[0].vertices)
        self.number.set_data([handle[:, 0].mean() + 0.02], [handle[:, 1].max()])
        self.number.set_transform(self.around(self.places[moved[0]]))
        most = 16 if cells[1] < 3 else 12.5 if self.roomy else 10.5
        small = max(10.5, min(self.points - 1, most))
        high = 0.6 * small / 72
        self.apart = self.beside(0, high, self.flow), self.beside(0, -high, self.flow)
        for line, place in zip(self.plates, self.between, strict=False):
            line.set(transform=self.around(place), linewidth=1.25 * small)
        self.beside_edges = [
            Beside(self.flow, ends, side, 1.1 * small / 72)
            for ends, side in zip(self.ends, self.sides, strict=True)
        ]
        for texts in self.locals, self.upstream, self.products:
            for text in texts:
                text.set(text="", fontsize=small, transform=self.flow, position=(0, 0))
            for text, place, way in zip(texts, self.between, self.beside_edges, strict=False):
                if self.roomy:
                    text.set_transform(way)
                else:
                    text.set_position(place)
        # the names of the other factors: their values are the local derivatives
        self.factors = [
            ", ".join(nodes[i].name for i in nodes[edge.child].parents if i != edge.parent)
            if nodes[edge.child].tensor.operation == "*"
            else ""
            for edge in edges
        ]
        n, e = len(nodes), len(edges)
        for i in range(n):
            self.awaited[i].set_transform(self.around(self.places[i]))
            self.awaited[i].set_data(*self._slot(i).T)
        columns = [text for two in (*self.values[n:], *self.gradients[n:]) for text in two]
        # a longer example came before
        for k, (shaft, head) in enumerate(zip(self.shafts, self.heads, strict=True)):
            shaft.set_visible(False)
            head.set_visible(k < e)
        for slot in self.awaited[n:]:
            slot.set_data([], [])
            slot.set_visible(True)
        for unused in (*self.names[n:], *columns):
            unused.set(text="", position=(0, 0))
        for plate_ in self.plates[0 if self.roomy else e :]:
            plate_.set_data([], [])
        for lines_ in self.brackets[n:]:
            for bracket_ in lines_:
                bracket_.set_visible(False)
        if self._live is not None:  # or it opens, with the artists of `draw`
            self._live.artists = self.moving(n, e, matrices)

    def _write(self, i: int) -> tuple[float, float, float]:
        """Write the name of a node in its box, and place its value and its gradient below.

        Returns how many inches above the middle of the box the three lie.
        """
        node = graph(self.example).nodes[i]
        tall = lines_of(node.tensor.data)
        heights = (
            tall * self.line,
            self.line * (tall - 1) / 2,
            -self.line * (tall + 1) / 2,
        )
        name = f"{node.name} = {node.formula}" if node.parents else node.name
        fits = max(10.5, min(self.points, self.inside[0] * 72 / 0.52 / len(name)))
        self._place(self.names[i], i, 0, heights[0], fits)
        self.names[i].set_text(name)
        apart = 0 if one(node.tensor.data) else self.inside[0] / 4 - 0.02
        for texts, line, height in zip(
            (self.values[i], self.gradients[i]), self.brackets[i], heights[1:], strict=True
        ):
            for text, side in zip(texts, (-apart, apart), strict=True):
                self._place(text, i, side, height, self.points)
            line.set_transform(self.around(self.places[i]))
            line.set_data(*bracket(self.inside[0] - 0.02, 0.88 * tall * self.line, height))
        return heights

    def _place(self, text: Text, i: int, x: float, y: float, size: float) -> None:
        """Put a text so many inches beside the middle of a node's box."""
        text.set(position=self.places[i], fontsize=size, transform=self.beside(x, y, self.flow))

    def _box(self, i: int) -> Array:
        """Return the outline of a node's box, in the units of the graph."""
        return rounded(self.places[i], self.size, 0.1 / np.array(room(*WIDE)))

    def _handle(self, array: Array, y: float) -> Path:
        """Return the ground behind the number that can be dragged, the first of a matrix."""
        x, wide = (0.0, 0.62) if one(array) else (0.02 - self.inside[0] / 4, 0.42)
        y += 0.5 * self.line * (lines_of(array) - 1)
        outline = rounded(
            np.array([x, y]), np.array([wide * self.inside[0], 0.94 * self.line]), np.full(2, 0.06)
        )
        return Path(outline, closed=True)

    def _slot(self, i: int) -> Array:
        """Return the outline of the place where a node's gradient will stand."""
        tall = 0.86 * lines_of(graph(self.example).nodes[i].tensor.data) * self.line
        size = np.array([(0.62 if self.roomy else 0.5) * self.inside[0], tall])
        return rounded(np.array([0, self.rows[i][2]]), size, np.full(2, 0.06))


def side_of(edge: Edge, edges: list[Edge], places: Array) -> int:
    """Return on which side of an edge its words stand: -1 before it, as a line is read, 1 after it.

    After it only where nothing else comes there: between two edges is room for one line of words.
    """
    parents = [other.parent for other in edges if other.child == edge.child]
    children = [other.child for other in edges if other.parent == edge.parent]
    last_one = max(parents, key=lambda i: places[i][1]) == edge.parent and len(parents) > 1
    return 1 if last_one and len(children) == 1 else -1


def show(texts: list[Text], array: Array | None) -> None:
    """Write a number, or the two columns of a matrix."""
    rows = [] if array is None else [row.split("  ") for row in in_rows(array).split("\n")]
    for k, text in enumerate(texts):
        text.set_text("\n".join(row[k] for row in rows if k < len(row)))


def one(array: Any) -> bool:
    """Return whether it is one number."""
    return bool(np.size(array) == 1)


def lines_of(array: Any) -> int:
    """Return how many lines a value takes, and its gradient."""
    return int(np.atleast_2d(array).shape[0])


def strokes(lines: list[Any]) -> Array:
    """Return the points of separate lines, as one line with gaps."""
    return np.reshape([point for line in lines for point in (*line, (np.nan, np.nan))], (-1, 2)).T


def plate(lines: list[str], size: float) -> Array:
    """Return strokes that hide an edge under lines of text, in inches around their middle."""
    wide = 0.28 * size * max(map(len, lines), default=0)
    heights = [1.2 * size * ((len(lines) - 1) / 2 - k) for k in range(len(lines))]
    return strokes([[(-wide, height), (wide, height)] for height in heights])


def bracket(width: float, height: float, y: float) -> Array:
    """Return a pair of brackets, its middle y above the origin."""
    x, half, foot = width / 2, height / 2, 0.05
    left = np.array([(foot - x, half), (-x, half), (-x, -half), (foot - x, -half)])
    left += np.array([0, y])
    return strokes([left, left * (-1, 1)])


def rounded(middle: Array, size: Array, radius: Array) -> Array:
    """Return the outline of a rectangle with round corners."""
    corners = np.repeat([(1, 1), (-1, 1), (-1, -1), (1, -1)], 7, axis=0)
    turn = np.pi / 2 * (np.arange(4)[:, None] + np.linspace(0, 1, 7)).ravel()
    outline = corners * (size / 2 - radius) + radius * np.stack(
        [np.cos(turn), np.sin(turn)], axis=1
    )
    return np.concatenate([middle + outline, middle + outline[:1]])
