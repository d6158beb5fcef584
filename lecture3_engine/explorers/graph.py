"""The graph of a small calculation, read from the tape.

Examples, their values and gradients, and where to draw each node.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..functional import cross_entropy, dense, relu, sigmoid
from ..tensor import Parameter, Tensor
from .formats import in_rows, inline

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..tensor import Array

# How an operation is written with the names, or the values, of its parents. All others:
# name(parent).
FORMS = {
    "+": "{} + {}",
    "-": "{} − {}",
    "*": "{}·{}",
    "**": "{}²",
    "dense": "{} {} + {}",
    "cross_entropy": "loss({})",
}
VALUES = {**FORMS, "*": "{} × {}", "**": "({})²"}


@dataclass(frozen=True)
class Example:
    """A calculation with the values of its leaves.

    Three sliders add to the leaves in `moved`, in this order; to the first entry of an array.
    """

    formula: str
    leaves: dict[str, Any]
    calculate: Callable[..., Tensor]
    moved: tuple[str, ...]


EXAMPLES = {
    # Published with its numbers: CS231n, "Backpropagation, Intuitions": f = -12, gradients -4, -4,
    # 3.
    "circuit": Example(
        "$f = (x + y)\\,z$",
        {"x": -2, "y": 5, "z": -4},
        lambda x, y, z: (x + y) * z,
        ("x", "y", "z"),
    ),
    # Olah, "Calculus on Computational Graphs" (2015), where z is the constant 1: f = 6, gradients 2
    # and 5.
    "used twice": Example(
        "$f = (x + y)\\,(y + z)$",
        {"x": 2, "y": 1, "z": 1},
        lambda x, y, z: (x + y) * (y + z),
        ("x", "y", "z"),
    ),
    # CS231n again: f = 0.73, gradients -0.20, -0.39, 0.20 of the weights and 0.39, -0.59 of the
    # inputs.
    "neuron": Example(
        "$f = sigmoid(w_0 x_0 + w_1 x_1 + b)$",
        {"w₀": 2, "x₀": -1, "w₁": -3, "x₁": -2, "b": -3},
        lambda w0, x0, w1, x1, b: sigmoid(w0 * x0 + w1 * x1 + b),
        ("w₀", "w₁", "b"),
    ),
    "neuron with loss": Example(
        "$f = (relu(w_0 x_0 + w_1 x_1 + b) - y)^2$",
        {"w₀": 0.5, "x₀": 2, "w₁": -1, "x₁": 1, "b": 0.5, "y": 2},
        lambda w0, x0, w1, x1, b, y: (relu(w0 * x0 + w1 * x1 + b) - y) ** 2,
        ("w₀", "w₁", "b"),
    ),
    # The network of the digits in miniature: dense, relu, dense, cross-entropy.
    "network": Example(
        "$f = loss(relu(x\\,W + b)\\,V + c)$",
        {
            "x": [[1, 2]],
            "W": [[0.5, -1], [0.25, 0.25]],
            "b": [0.5, -0.5],
            "V": [[1, -1], [0.5, 2]],
            "c": [0, 0.5],
        },
        lambda x, W, b, V, c: cross_entropy(dense(relu(dense(x, W, b)), V, c), np.array([1])),
        ("W", "V", "x"),
    ),
}


@dataclass
class Node:
    """A node of the graph.

    A leaf has its own name, results are p, q, r ..., the last one is f. `formula` is written in
    names, `arithmetic` in values.
    """

    tensor: Tensor
    name: str
    formula: str
    arithmetic: str
    parents: list[int]

    @property
    def gradient(self) -> Any:
        """That of f, with respect to this node."""
        return self.tensor.grad


@dataclass
class Edge:
    """From a parent to its child.

    `local` is the local derivative, as text; `product` is upstream gradient times local derivative,
    as array.
    """

    parent: int
    child: int
    local: str
    product: Array


@dataclass
class Graph:
    """All of an example.

    `nodes`: parents before children. `edges`: in the order in which the backward pass meets them.
    `operations`: the nodes that are not leaves.
    """

    nodes: list[Node]
    edges: list[Edge]
    operations: list[int]


@lru_cache(maxsize=1)
def graph(name: str, *added: float) -> Graph:
    """Return the tape of an example after one backward pass of the engine."""
    example = EXAMPLES[name]
    leaves = {leaf: Parameter(np.array(value, float)) for leaf, value in example.leaves.items()}
    for leaf, more in zip(example.moved, added, strict=False):
        leaves[leaf].data.flat[0] += more
    tensors = example.calculate(*leaves.values()).graph()
    for tensor in tensors:
        tensor.retain_grad()
    tensors[-1].backward()
    index, letters = {id(tensor): i for i, tensor in enumerate(tensors)}, iter("pqrstuv")
    names = {id(leaf): word for word, leaf in leaves.items()}
    nodes: list[Node] = []
    edges: list[Edge] = []
    for tensor in tensors:
        parents = [parent for parent in tensor.parents if parent.requires_grad]
        name = names.setdefault(
            id(tensor), "f" if tensor is tensors[-1] else next(letters) if parents else ""
        )
        formula = arithmetic = ""
        if parents:
            otherwise = f"{tensor.operation}({{}})"
            formula = FORMS.get(tensor.operation, otherwise).format(
                *[names[id(p)] for p in parents]
            )
            arithmetic = VALUES.get(tensor.operation, otherwise).format(
                *[inline(p.data) for p in parents]
            )
        nodes.append(Node(tensor, name, formula, arithmetic, [index[id(p)] for p in parents]))
    for i in reversed(range(len(nodes))):
        tensor, parent = tensors[i], nodes[i].parents
        if tensor.derivative is None:  # a leaf
            continue
        local, products = (  # None belongs to a number that is no node: an exponent, labels
            [d for d in tensor.derivative(upstream) if d is not None]
            for upstream in (np.ones_like(tensor.data), nodes[i].gradient)
        )
        # entry by entry
        words = [f"× {in_rows(d)}".replace("\n", "\n× ").replace("  ", "\n× ") for d in local]
        if tensor.operation == "dense":  # a product of matrices
            words = [f"· {nodes[parent[1]].name}ᵀ", f"{nodes[parent[0]].name}ᵀ ·", "× 1"]
        edges += [
            Edge(p, i, word, np.reshape(product, tensors[p].shape))
            for p, word, product in zip(parent, words, products, strict=True)
        ]
    return Graph(nodes, edges, [i for i, node in enumerate(nodes) if node.parents])


@lru_cache
def layout(name: str) -> Array:
    """Return (column, row) of each node.

    A column for each depth, leaves just before their first use; a result stands in the middle of
    the results it was computed from, or in the row of the only one. A leaf that joins it is below,
    and the first of two above: lines do not cross.
    """
    nodes = graph(name).nodes
    columns: list[int] = []
    for node in nodes:
        columns.append(1 + max((columns[p] for p in node.parents), default=-1))
    for i, node in enumerate(nodes):
        if not node.parents:
            columns[i] = min(columns[j] for j, child in enumerate(nodes) if i in child.parents) - 1
    rows: dict[int, float] = {}
    free: dict[int, float] = {}  # of a column: its first row without a node

    def place(i: int) -> None:
        """Find the row of a node, and before it those of all that it is computed from."""
        first, *others = nodes[i].parents or [i]
        for p in nodes[i].parents:
            if len(others) > 1 and p == others[0] and nodes[first].parents:
                rows[p] = rows[first] - 1
            elif p not in rows:
                place(p)
        joined = [p for p in nodes[i].parents if nodes[p].parents] or nodes[i].parents
        rows[i] = float(np.mean([rows[p] for p in joined])) if joined else free.get(columns[i], 0)
        free[columns[i]] = rows[i] + 1

    place(len(nodes) - 1)
    return np.array([(columns[i], rows[i]) for i in range(len(nodes))])
