"""The graph of the picture is the engine's tape: its values, its gradients, and for each edge
upstream times local derivative.
"""

import re

import numpy as np
import pytest

from lecture3_engine import Tensor, numerical_gradient
from lecture3_engine.explorers import BackpropagationExplorer
from lecture3_engine.explorers.backpropagation_explorer import NECK
from lecture3_engine.explorers.formats import in_rows, inline
from lecture3_engine.explorers.graph import EXAMPLES, graph, layout
from lecture3_engine.live import Pointer
from lecture3_engine.style import COLORS

each = pytest.mark.parametrize("name", EXAMPLES)


def words(columns):
    """A number, or the rows of a matrix, as two columns of texts show them."""
    rows = zip(*(text.get_text().split("\n") for text in columns if text.get_text()), strict=True)
    return "\n".join("  ".join(row) for row in rows)


def texts(explorer):
    """(value, gradient) as shown, by the name of the node."""
    return {
        node.name: (words(value), words(gradient))
        for node, value, gradient in zip(
            explorer.graph.nodes, explorer.values, explorer.gradients, strict=False
        )
    }


def test_the_circuit_of_cs231n():
    explorer = BackpropagationExplorer(step=6)
    assert texts(explorer) == {
        "x": ("−2", "−4"),
        "y": ("5", "−4"),
        "p": ("3", "−4"),
        "z": ("−4", "3"),
        "f": ("−12", "1"),
    }
    assert sorted(label.get_text() for label in explorer.locals if label.get_text()) == [
        "× 1",
        "× 1",
        "× 3 (p)",
        "× −4 (z)",
    ]
    assert explorer.summary.startswith("One backward pass found all 3 gradients.")
    assert "x −4, y −4, z 3" in explorer.summary


def test_the_example_of_olah_where_gradients_add():
    shown_by = texts(BackpropagationExplorer(example="used twice", step=8))
    assert (shown_by["f"][0], shown_by["x"][1], shown_by["y"][1]) == ("6", "2", "5")
    half = BackpropagationExplorer(example="used twice", step=6)  # one of the two paths to y
    assert texts(half)["y"] == ("1", "3")
    assert texts(half)["x"] == ("2", "")
    both = BackpropagationExplorer(example="used twice", step=7).summary
    assert both.startswith("Two paths meet at y: they add.")
    assert "gradient of y = 2 × 1 = 2; both paths together 5" in both


def test_the_neuron_of_cs231n():
    nodes = {node.name: node.tensor for node in graph("neuron", 0, 0, 0).nodes}
    assert f"{nodes['f'].item():.2f}" == "0.73"
    assert [f"{nodes[name].grad.item():.2f}" for name in ("w₀", "w₁", "b", "x₀", "x₁")] == [
        "-0.20",
        "-0.39",
        "0.20",
        "0.39",
        "-0.59",
    ]


@each
def test_every_gradient_is_the_numerical_one(name):
    added = (0.3, -0.2, 0.15)  # away from the corners of relu
    leaves = {node.name: node.tensor for node in graph(name, *added).nodes if not node.parents}
    assert set(leaves) == set(EXAMPLES[name].leaves)

    def loss(array, leaf):
        arguments = [array if key == leaf else tensor.data for key, tensor in leaves.items()]
        return EXAMPLES[name].calculate(*[Tensor(argument) for argument in arguments]).item()

    for key, tensor in leaves.items():
        numerical = numerical_gradient(lambda array, key=key: loss(array, key), tensor.data.copy())
        np.testing.assert_allclose(tensor.grad, numerical, rtol=1e-5, atol=1e-7)


@each
def test_gradients_are_the_sums_of_upstream_times_local(name):
    tape = graph(name, 0.5, -1.0, 0.25)
    for i, node in enumerate(tape.nodes[:-1]):
        np.testing.assert_allclose(
            sum(edge.product for edge in tape.edges if edge.parent == i), node.tensor.grad
        )
    for edge in tape.edges:  # where the local derivative is one number, it is what the edge says
        child = tape.nodes[edge.child].tensor
        if child.data.size == 1 and tape.nodes[edge.parent].tensor.data.size == 1:
            local = float(edge.local.removeprefix("× ").replace("−", "-"))
            np.testing.assert_allclose(edge.product, child.grad * local, rtol=0.05, atol=1e-12)


@each
def test_step_by_step(name):
    explorer = BackpropagationExplorer(example=name, step=0)
    n = len(explorer.graph.operations)
    seen = []
    for step in range(2 * n + 3):
        explorer.step = step
        values, gradients = (
            sum(bool(text.get_text()) for text, _ in pool)
            for pool in (explorer.values, explorer.gradients)
        )
        seen.append((values, gradients))
        assert bool(len(explorer.frame.get_xdata())) == (0 < step < 2 * n + 2)
        flows = [text.get_text() for text in explorer.products if text.get_text()]
        assert bool(flows) == (n + 1 < step < 2 * n + 2 and name != "network")
    nodes = len(explorer.graph.nodes)
    # one more each step
    assert [values for values, _ in seen] == [
        min(nodes - n + step, nodes) for step in range(2 * n + 3)
    ]
    gradients = [gradients for _, gradients in seen]
    assert gradients[: n + 2] == [0] * (n + 1) + [1]
    assert gradients[-1] == gradients[-2] == nodes
    assert gradients == sorted(gradients)
    np.testing.assert_array_equal(explorer.ends, BackpropagationExplorer(example=name).ends)
    assert explorer.controls["step"].max == 2 * n + 2


def test_the_arithmetic_of_a_step():
    explorer = BackpropagationExplorer(step=1)
    assert explorer.summary.endswith("p = x + y = −2 + 5 = 3.")
    explorer.step = 4
    assert explorer.summary.endswith("gradient of p = 1 × −4 = −4; gradient of z = 1 × 3 = 3.")


@each
def test_the_product_flows_along_its_edge(name):
    explorer = BackpropagationExplorer(example=name)
    for step in range(LAST[name] + 1):
        explorer.step = step
        done = step - len(explorer.graph.operations) - 1
        now = explorer.graph.operations[-done] if 0 < done <= len(explorer.graph.operations) else -1
        written = zip(
            explorer.graph.edges,
            explorer.upstream,
            explorer.locals,
            explorer.products,
            strict=False,
        )
        for k, (edge, upstream, local, product) in enumerate(written):
            shown = edge.child == now and edge.product.size == 1
            assert product.get_text() == (f"= {inline(edge.product)}" if shown else "")
            # where there is room, the whole line stands there: what comes, times the local, is ...
            comes = inline(explorer.graph.nodes[edge.child].gradient)
            fits = len(f"{comes} {local.get_text()} {product.get_text()}") <= 15
            assert upstream.get_text() == (comes if shown and explorer.roomy and fits else "")
            assert fits or not explorer.roomy  # unless its leaves are moved
            if explorer.roomy and shown:
                numbers = (
                    plain(t.get_text().lstrip("×= ").split(" (")[0])
                    for t in (upstream, local, product)
                )
                a, b, c = numbers
                assert a * b == pytest.approx(c, rel=0.02, abs=1e-9)
            elif not explorer.roomy:
                assert tuple(product.get_position()) == tuple(explorer.between[k])


def plain(text):
    """A number as it is written."""
    return float(text.replace("−", "-"))


@pytest.mark.parametrize("form", ["wide", "medium", "narrow"])
@pytest.mark.parametrize("name", ["circuit", "used twice"])
def test_the_words_of_an_edge_stand_beside_it(name, form):
    """None of them on its edge, on a box, or on another's."""
    explorer = BackpropagationExplorer(example=name)
    live = explorer.live
    live._look("page", form)
    for step in range(LAST[name] + 1):
        explorer.step = step
        live._take(form)
        renderer = live._canvas.get_renderer()
        texts = [
            (k, text.get_window_extent(renderer))
            for pool in (explorer.upstream, explorer.locals, explorer.products)
            for k, text in enumerate(pool)
            if text.get_text()
        ]
        boxes = [
            path.transformed(explorer.flow).get_extents() for path in explorer.boxes.get_paths()
        ]
        for k, box in texts:
            middle = np.array([(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2])
            way = explorer.flow.transform(explorer.ends[k])
            along = (way[1] - way[0]) / np.hypot(*(way[1] - way[0]))
            normal = np.array([-along[1], along[0]])
            half = abs(normal) @ np.array([box.width, 0.7 * box.height]) / 2
            assert abs(normal @ (middle - way[0])) > half
            assert 0 < along @ (middle - way[0]) < np.hypot(*(way[1] - way[0]))
            assert not any(box.overlaps(node) for node in boxes)
        for i, (_, box) in enumerate(texts):
            assert not any(box.overlaps(other) for _, other in texts[:i])


@pytest.mark.parametrize("form", ["wide", "medium", "narrow"])
@each
def test_an_arrow_ends_at_the_box_it_leads_to(name, form):
    explorer = BackpropagationExplorer(example=name)
    explorer.live._take(form)
    n = len(explorer.graph.operations)
    for step in range(LAST[name] + 1):
        explorer.step = step
        operation = step - 1 if step <= n else 2 * n + 1 - step
        at_work = 0 < step <= n or n + 1 < step < 2 * n + 2
        now = explorer.graph.operations[operation] if at_work else -1
        for k, edge in enumerate(explorer.graph.edges):
            shaft, head, active = explorer.shafts[k], explorer.heads[k], edge.child == now
            assert shaft.get_visible() == active
            # at rest a head shows where values flow
            begin, end = explorer.flow.transform(explorer.ends[k])[
                :: -1 if active and step > n else 1
            ]
            tip, behind = head.get_transform().transform([(0, 0), (-0.1, 0)])
            np.testing.assert_allclose(tip, end)
            way = (end - begin) / np.hypot(*(end - begin))
            np.testing.assert_allclose((tip - behind) / np.hypot(*(tip - behind)), way, atol=1e-9)
            inch = explorer.live.figure.dpi
            assert (explorer.heads[k].get_xdata() < 0).all()
            if active:
                shown = shaft.get_transform().transform([(0, 0), (1, 0)])
                np.testing.assert_allclose(shown, [begin, end - NECK * inch * way])
                assert (
                    shaft.get_color()
                    == head.get_color()
                    == COLORS["path" if step <= n else "gradient"]
                )
            else:
                assert head.get_color() == COLORS["quiet"]


@each
def test_a_gradient_is_awaited_where_there_is_none(name):
    explorer = BackpropagationExplorer(example=name)
    for step in range(LAST[name] + 1):
        explorer.step = step
        without = [
            place
            for place, (text, _) in zip(explorer.places, explorer.gradients, strict=False)
            if not text.get_text()
        ]
        awaited = [
            explorer.flow.inverted().transform(line.get_transform().transform((0, 0)))
            for line in explorer.awaited
            if line.get_visible() and len(line.get_xdata())
        ]
        np.testing.assert_allclose(sorted(map(tuple, awaited)), sorted(map(tuple, without)))


@pytest.mark.parametrize("form", ["wide", "medium", "narrow"])
def test_the_number_in_its_box_is_dragged(form):
    """Right or up is more; what is not under the pointer stays."""
    explorer = BackpropagationExplorer()
    live = explorer.live
    live._look("page", form)
    live._take(form)
    names = [node.name for node in explorer.graph.nodes]

    def point(kind, leaf, dx=0.0, dy=0.0):
        x, y = explorer.flow.transform(explorer.places[names.index(leaf)])
        inch = live.figure.dpi
        place = explorer.plane.transData.inverted().transform((x + dx * inch, y + dy * inch))
        explorer._pointed(Pointer(kind, explorer.plane, *place))

    point("down", "y")
    point("move", "y", dx=0.25)
    assert (explorer.leaf1, explorer.leaf2, explorer.leaf3) == (0, 0.5, 0)
    assert texts(explorer)["y"][0] == "5.5"
    point("move", "y", dy=-0.5)
    point("up", "y", dy=-0.5)
    assert explorer.leaf2 == -1
    point("down", "z")
    point("move", "z", dx=0.5, dy=0.5)
    assert (explorer.leaf2, explorer.leaf3) == (-1, 2)
    point("down", "p")  # not a leaf
    point("move", "p", dx=1)
    assert (explorer.leaf1, explorer.leaf2, explorer.leaf3, explorer.step) == (0, -1, 2, 4)


def test_sliders_move_the_leaves_that_they_name():
    explorer = BackpropagationExplorer(leaf1=1.0, leaf2=-2.0, leaf3=0.5)  # x -1, y 3, z -3.5
    assert texts(explorer)["f"][0] == "−7"
    assert texts(explorer)["z"] == ("−3.5", "2")
    labels = [explorer.controls[f"leaf{k}"].label for k in (1, 2, 3)]
    assert labels == ["added to  x", "added to  y", "added to  z"]
    explorer.example = "neuron"
    labels = [explorer.controls[f"leaf{k}"].label for k in (1, 2, 3)]
    assert labels == ["added to  w₀", "added to  w₁", "added to  b"]
    explorer.example = "network"
    assert explorer.controls["leaf1"].label == "added to the first of  W"
    network = graph("network", 0.25, 0.5, -1.0).nodes
    leaves = {node.name: node.tensor.data for node in network if not node.parents}
    assert (leaves["W"][0, 0], leaves["V"][0, 0], leaves["x"][0, 0]) == (0.75, 1.5, 0)
    assert leaves["W"][1, 0] == 0.25


def test_what_the_summary_predicts_happens():
    explorer = BackpropagationExplorer(example="neuron with loss", step=16)
    before = explorer.graph.nodes[-1].tensor.item()
    predicted = float(explorer.summary.split("about ")[1].rstrip(".").replace("−", "-"))
    explorer.leaf1 = 0.01
    assert explorer.graph.nodes[-1].tensor.item() - before == pytest.approx(predicted, rel=0.02)


def test_a_closed_relu_is_named():
    explorer = BackpropagationExplorer(example="neuron with loss", leaf2=-5.0, step=16)
    assert "relu is shut" in explorer.summary
    assert texts(explorer)["w₀"][1] == "0"
    explorer.step = 11
    assert "relu is shut: the gradient stops here." in explorer.summary
    explorer.set(leaf2=0.0)
    assert "relu is open: the gradient passes." in explorer.summary
    explorer.step = 16
    assert "relu" not in explorer.summary


# twice the operations and 2, counted in the formulas
LAST = {"circuit": 6, "used twice": 8, "neuron": 12, "neuron with loss": 16, "network": 10}


@pytest.mark.slow
@each
def test_the_player_ends_where_the_example_ends(name):
    explorer = BackpropagationExplorer(step=6)
    player = explorer.controls["step"]
    assert (explorer.step, player.max) == (6, 6)
    explorer.example = name  # at the end of one example, at the end of the next
    assert explorer.step == player.max == LAST[name]
    assert explorer.summary == BackpropagationExplorer(example=name, step=LAST[name]).summary
    shown = [explorer.summary]
    for step in reversed(range(LAST[name])):
        explorer.step = step
        shown.append(explorer.summary)
        again = eval(repr(explorer)) if step in (1, LAST[name] - 1) else explorer
        assert (again.step, again.summary, again.controls["step"].max) == (
            step,
            explorer.summary,
            LAST[name],
        )
    assert len(set(shown)) == LAST[name] + 1  # no position does nothing
    for step in (LAST[name] + 1, -1, 2.5, "no"):
        for act in (explorer.set, lambda step: BackpropagationExplorer(example=name, step=step)):
            with pytest.raises((TypeError, ValueError), match=f"from 0 to {LAST[name]}"):
                act(step=step)
        assert (explorer.step, player.max) == (0, LAST[name])
    explorer.reset()
    assert (explorer.example, explorer.step, player.max) == ("circuit", 6, 6)


def test_example_and_step_in_one_call():
    explorer = BackpropagationExplorer()
    for settings in (
        {"example": "network", "step": 9},
        {"step": 11, "example": "neuron"},
        {"example": "used twice", "step": 6},
        {"step": 0, "example": "circuit"},
    ):
        explorer.set(**settings)
        assert (explorer.example, explorer.step) == (settings["example"], settings["step"])
        assert explorer.controls["step"].max == LAST[explorer.example]
    with pytest.raises(ValueError, match="from 0 to 10"):
        explorer.set(example="network", step=11)
    assert (explorer.example, explorer.step, explorer.controls["step"].max) == ("circuit", 0, 6)
    explorer.set(example="neuron", step=12)
    explorer.example = "circuit"  # is shorter: the step is held at its end
    assert explorer.step == explorer.controls["step"].max == 6
    explorer.close()
    assert explorer.summary
    assert explorer.step == explorer.controls["step"].max == 6


@each
def test_boxes_and_lines_do_not_cross(name):
    """In the units of the graph, so in every form."""
    explorer, places = BackpropagationExplorer(example=name), layout(name)
    assert len({tuple(place) for place in places}) == len(places)
    width, height = explorer.size
    for i, (x, y) in enumerate(explorer.places):
        assert width / 2 < x < 1 - width / 2
        assert height / 2 < y < 1 - height / 2
        for x2, y2 in explorer.places[i + 1 :]:
            assert abs(x - x2) >= width or abs(y - y2) >= height
    ends = [np.array(pair) for pair in explorer.ends]
    for i, one in enumerate(ends):
        assert one[0, 0] < one[1, 0]  # values flow along
        for other in ends[i + 1 :]:
            if one[0, 0] == other[0, 0] and one[1, 0] == other[1, 0]:
                assert (one[0, 1] - other[0, 1]) * (one[1, 1] - other[1, 1]) >= 0


def test_it_flows_to_the_right_where_there_is_room_and_down_elsewhere():
    explorer = BackpropagationExplorer()
    for form, way in ("wide", (1, 0)), ("medium", (0, -1)), ("narrow", (0, -1)):
        explorer.live._take(form)
        begin, end = explorer.flow.transform([(0, 0.5), (1, 0.5)])
        np.testing.assert_allclose((end - begin) / np.abs(end - begin).max(), way, atol=1e-9)
        inside = explorer.plane.get_window_extent().extents
        corners = explorer.flow.transform([(0, 0), (0, 1), (1, 0), (1, 1)])
        assert (corners >= inside[:2]).all()
        assert (corners <= inside[2:]).all()


def test_numbers_as_they_are_shown():
    assert in_rows(np.array(-12.0)) == "−12"
    assert in_rows([[1.0, -0.5], [0.25, 1e-17]]) == "1  −0.5\n0.25  0"
    assert in_rows(0.000123456) == "0.00012"
    assert in_rows(1234567.0) == "1.23e6"
    assert in_rows(1.1e-7) == "1.1e−7"


# example: leaves in the order of the sliders that move the first three of them, the others after
LEAVES = {
    "circuit": {"x": -2, "y": 5, "z": -4},
    "used twice": {"x": 2, "y": 1, "z": 1},
    "neuron": {"w0": 2, "w1": -3, "b": -3, "x0": -1, "x1": -2},
    "neuron with loss": {"w0": 0.5, "w1": -1, "b": 0.5, "x0": 2, "x1": 1, "y": 2},
    "network": {
        "W": [[0.5, -1], [0.25, 0.25]],
        "V": [[1, -1], [0.5, 2]],
        "x": [[1, 2]],
        "b": [0.5, -0.5],
        "c": [0, 0.5],
    },
}
SUMS = ["p = w0·x0", "q = w1·x1", "r = p + q", "s = r + b"]
OPERATIONS = {
    "circuit": ["p = x + y", "f = p·z"],
    "used twice": ["p = x + y", "q = y + z", "f = p·q"],
    "neuron": [*SUMS, "f = sigmoid(s)"],
    "neuron with loss": [*SUMS, "t = relu(s)", "u = t − y", "f = u²"],
    "network": ["p = x W + b", "q = relu(p)", "r = q V + c", "f = loss(r)"],
}


def names_in(formula):
    return re.findall(r"(?<![A-Za-z])[A-Za-z]\d?(?![A-Za-z])", formula)


def value_of(formula, v):
    a, b, c = ([v[name] for name in names_in(formula)] + [None, None])[:3]
    if "loss" in formula:
        return np.log(np.exp(a).sum()) - a[0, 1]
    if "sigmoid" in formula:
        return 1 / (1 + np.exp(-a))
    if "relu" in formula:
        return np.maximum(a, 0)
    return (
        a**2
        if b is None
        else (
            a @ b + c
            if c is not None
            else a * b
            if "·" in formula
            else a + b
            if "+" in formula
            else a - b
        )
    )


def passed_back(formula, v, g):
    """What the gradient g of the result gives to each operand, by the rules of calculus."""
    a, b = ([v[name] for name in names_in(formula)] + [None])[:2]
    if "loss" in formula:
        return [g * (np.exp(a) / np.exp(a).sum() - [[0, 1]])]
    if "sigmoid" in formula:
        return [g / (1 + np.exp(-a)) / (1 + np.exp(a))]
    if "relu" in formula:
        return [g * (a > 0)]
    if b is None:
        return [2 * a * g]
    return (
        [g @ b.T, a.T @ g, g[0]]
        if len(names_in(formula)) > 2
        else [g * b, g * a]
        if "·" in formula
        else [g, g if "+" in formula else -g]
    )


def by_hand(example, added):
    """({name: value}, {name: gradient}, for each operation {operand: (what it gets here, what it
    has got in all)}), with no tape.
    """
    v = {name: np.array(value, float) for name, value in LEAVES[example].items()}
    for name, more in zip(v, added, strict=False):
        v[name].flat[0] += more
    for operation in OPERATIONS[example]:
        result, formula = operation.split(" = ")
        v[result] = value_of(formula, v)
    gradients, given = {"f": np.array(1.0)}, []
    for operation in OPERATIONS[example][::-1]:
        result, formula = operation.split(" = ")
        given.append({})
        for name, more in zip(
            names_in(formula), passed_back(formula, v, gradients[result]), strict=True
        ):
            gradients[name] = gradients.get(name, 0) + more
            given[-1][name] = more, gradients[name]
    return v, gradients, given


def number_in(text, v):
    """A number or "[a, b; c, d]" or the name of a matrix, transposed."""
    if text.endswith("ᵀ"):
        return np.atleast_2d(v[text[0]]).T
    rows = [[float(x) for x in row.split(",")] for row in text.strip("[]").split(";")]
    return np.array(rows) if text[0] == "[" else np.array(rows[0][0])


def same(text, value, v=None):
    """Three digits are shown, two of what is small; rounding leaves less than 1e-12 of a 0."""
    shown = number_in(text, v)
    assert shown.shape == np.shape(value) or (
        shown.size > 1 and shown.shape == np.atleast_2d(value).shape
    ), (text, value)
    np.testing.assert_allclose(shown.ravel(), np.ravel(value), rtol=0.051, atol=1e-12)
    return shown


def check_rule(verdict, formula, v, given):
    """What the verdict says of an operation, against what it gave to its operands."""
    twice = [operand for operand, (more, total) in given.items() if not np.array_equal(more, total)]
    (first, *_), operands = given, list(given)
    if twice:
        assert verdict == f"Two paths meet at {twice[0]}: they add."
    elif "relu" in formula:
        open_ = (v[first] > 0).mean()
        assert verdict == {
            0: "relu is shut: the gradient stops here.",
            1: "relu is open: the gradient passes.",
        }.get(open_, "relu is partly open: some gradients pass.")
        assert np.all(given[first][0][v[first] <= 0] == 0)
    elif verdict == "A sum hands the gradient on unchanged.":
        assert len({float(more) for more, _ in given.values()}) == 1
        assert " + " in formula
    elif verdict == "A difference: the second gets minus the gradient.":
        assert given[operands[0]][0] == -given[operands[1]][0]
    elif verdict == "A product: times the other factor.":
        (a, b), (x, y) = operands, (given[name][0] for name in operands)
        np.testing.assert_allclose(x * v[a], y * v[b])
    else:
        assert verdict == {
            "u²": "A square: times twice its input.",
            "sigmoid(s)": "sigmoid: times f (1 - f).",
            "loss(r)": "The loss: probability minus truth.",
        }.get(formula, "Matrices: times the other one, transposed.")


def check_sentence(explorer):
    example, step = explorer.example, explorer.step
    operations, added = OPERATIONS[example], (explorer.leaf1, explorer.leaf2, explorer.leaf3)
    v, gradients, given = by_hand(example, added)
    sentence = explorer.summary.replace("−", "-").replace("₀", "0").replace("₁", "1")
    operations = [operation.replace("−", "-") for operation in operations]
    n = len(operations)
    assert not re.search(r"-0(?![.\d])|nan|inf|None", sentence)
    if step == 0:
        assert sentence.startswith("Press Play: forward, then back. The leaves have their values")
    elif step <= n:
        number, of, name, formula, arithmetic, result = re.fullmatch(
            r"Values flow forward\. Operation (\d+) of (\d+): (\w) = ([^=]+?) = (?:([^=]+) = )?"
            r"([^=]+)\.",
            sentence,
        ).groups()
        assert (int(number), int(of), f"{name} = {formula}") == (step, n, operations[step - 1])
        same(result, v[name])
        if arithmetic is not None:
            for text, operand in zip(
                re.findall(r"\[.*?\]|(?<![\w.])-?[\d.]+(?:e-?\d+)?", arithmetic),
                names_in(formula),
                strict=True,
            ):
                same(text, v[operand])
            assert re.sub(
                r"\(?(\[.*?\]|(?<![\w.])-?[\d.]+(?:e-?\d+)?)\)?", "_", arithmetic
            ) == re.sub(r"\(?(?<![A-Za-z])[A-Za-z]\d?(?![A-Za-z])\)?", "_", formula).replace(
                "·", " × "
            )
    elif step == n + 1:
        same(
            re.fullmatch(
                r"The way back begins at the end\. f = (\S+), and the gradient of f with respect to"
                r" f is 1\.",
                sentence,
            )[1],
            v["f"],
        )
    elif step <= 2 * n + 1:
        verdict, name, formula, rest = re.fullmatch(
            r"(.+?\.) Back through (\w) = (.+?): (.+)\.", sentence
        ).groups()
        assert f"{name} = {formula}" == operations[::-1][step - n - 2]
        check_rule(verdict, formula, v, given[step - n - 2])
        parts = re.findall(
            r"gradient of (\w\d?) = (\[.*?\]|\S+) ([×·]) (\[.*?\]|\S+) = (\[.*?\]|[^;]+)(?:; both"
            r" paths together ([^;]+))?(?:; |$)",
            rest,
        )
        assert [part[0] for part in parts] == names_in(formula)
        assert rest.count("gradient of") == len(parts)
        for operand, left, times, right, product, together in parts:
            more, total = given[step - n - 2][operand]
            if not left.endswith("ᵀ"):
                same(left, gradients[name])
            elif not right.endswith("ᵀ"):
                same(right, gradients[name])
            a, b = number_in(left, v), number_in(right, v)
            np.testing.assert_allclose(
                np.ravel(a @ b if times == "·" else a * b),
                np.ravel(more),
                rtol=0.12,
                atol=0.02 * np.abs(a).max() * np.abs(b).max() + 1e-12,
            )
            same(product, more)
            assert bool(together) == (not np.array_equal(more, total))
            if together:
                same(together, total)
                assert (
                    sum(
                        operand in names_in(operation.split(" = ")[1])
                        for operation in operations[n - (step - n - 1) :]
                    )
                    == 2
                )
    else:
        count, shut, found, entry, close, change, instead = re.fullmatch(
            r"(?:One backward pass found all (\d+) gradients\.|(relu is shut: no gradient passes"
            r" it\.)) (?:([^.]*(?:\.\d[^.]*)*)\. )?If (the first entry of W|x|w0) grew by 0\.01, f"
            r" would change by (about )?(-?[\d.]+(?:e-?\d+)?)(?:, not by (\S+): a corner of relu"
            r" lies between)?\.",
            sentence,
        ).groups()
        leaves = LEAVES[example]
        assert count is None or int(count) == sum(np.size(value) for value in leaves.values())
        assert bool(found) == (example != "network")
        if found:
            pairs = dict(pair.split(" ") for pair in found.split(", "))
            assert set(pairs) == set(leaves)
            for name, text in pairs.items():
                same(text, gradients[name])
        relu_input = {"network": "p", "neuron with loss": "s"}.get(example)
        assert bool(shut) == (relu_input is not None and not (v[relu_input] > 0).any())
        after, _, _ = by_hand(example, (added[0] + 0.01, *added[1:]))
        predicted, really = 0.01 * gradients[next(iter(leaves))].flat[0], float(after["f"] - v["f"])
        assert (entry == "the first entry of W") == (example == "network")
        assert bool(close) != bool(instead)
        if close:
            same(change, predicted)
            assert abs(really - predicted) < 0.3 * abs(predicted) + 3e-3
        else:
            same(change, really)
            same(instead, predicted)
            assert ((v[relu_input] > 0) != (after[relu_input] > 0)).any()


def test_the_sentence_is_true(undrawn, monkeypatch):
    """Every step of every example: as it is, at both ends of each slider, at and beside the corner
    of relu, and 200 random settings.
    """
    explorer, rng = BackpropagationExplorer(), np.random.default_rng(0)
    sliders = ("leaf1", "leaf2", "leaf3")
    for name in EXAMPLES:
        explorer.set(example=name, leaf1=0.0, leaf2=0.0, leaf3=0.0, step=0)
        assert explorer.controls["step"].max == LAST[name]
        cases = [
            {},
            *({slider: end} for slider in sliders for end in (-5.0, 5.0)),
            dict.fromkeys(sliders, -5.0),
            dict.fromkeys(sliders, 5.0),
            {"leaf3": -0.5},
            {"leaf3": -0.51},
            {"leaf3": -0.519},
            {"leaf3": -0.55},
            {"leaf1": -1.5},
            {"leaf1": 0.5, "leaf3": 1.0},
        ]
        for case in cases:
            for step in range(LAST[name] + 1):
                explorer.set(**(dict.fromkeys(sliders, 0.0) | case | {"step": step}))
                check_sentence(explorer)
        for _ in range(100):
            explorer.set(
                **{
                    slider: explorer.controls[slider].nearest(rng.uniform(-5, 5))
                    for slider in sliders
                },
                step=int(rng.integers(LAST[name] + 1)),
            )
            check_sentence(explorer)
