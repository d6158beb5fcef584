"""Finite difference = by hand = tape, for every operation and for graphs; torch joins in
test_against_torch.py.
"""

import copy
import gc
import operator
import pickle
import re
import sys
import threading
import traceback
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lecture3_engine import (
    SGD,
    Parameter,
    Tensor,
    check_gradient,
    cross_entropy,
    no_grad,
    softmax,
    tensor,
)

RNG = np.random.default_rng(0)

# name, function of tensors, shapes of its operands; operands are positive and away from every kink
OPERATIONS = [
    ("add", lambda a, b: a + b, (3, 4), (3, 4)),
    ("add leading", lambda a, b: a + b, (3, 4), (4,)),
    ("add unit", lambda a, b: a + b, (3, 1), (1, 4)),
    ("add unit inside", lambda a, b: a + b, (2, 1, 1), (2, 3, 1)),
    ("add unit to two", lambda a, b: a + b, (3, 1), (3, 2)),
    ("add number", lambda a: 2 + a + 3.5, (3, 4)),
    ("sub", lambda a, b: a - b, (3, 4), (1,)),
    ("rsub", lambda a: 5 - a, (3,)),
    ("mul", lambda a, b: a * b, (3, 4), (3, 4)),
    ("mul leading", lambda a, b: a * b, (2, 3, 4), (3, 1)),
    ("mul scalar", lambda a, b: a * b, (2, 3), ()),
    ("div", lambda a, b: a / b, (3, 4), (4,)),
    ("rdiv", lambda a: 2 / a, (3, 4)),
    ("pow", lambda a: a**3, (3, 4)),
    ("pow half", lambda a: a**0.5, (3, 4)),
    ("pow negative", lambda a: a**-2, (3, 4)),
    ("pow tensor", lambda a, b: a**b, (3, 4), (4,)),
    ("rpow", lambda a: 2**a, (3, 4)),
    ("matmul", lambda a, b: a @ b, (3, 4), (4, 2)),
    ("matmul array", lambda a: np.ones((2, 3)) @ a, (3, 4)),
    ("neg", lambda a: -a, (3, 4)),
    ("exp", lambda a: a.exp(), (3, 4)),
    ("log", lambda a: a.log(), (3, 4)),
    ("relu", lambda a: (a - 1.0).relu(), (3, 4)),
    ("sigmoid", lambda a: a.sigmoid(), (3, 4)),
    ("tanh", lambda a: a.tanh(), (3, 4)),
    ("abs", lambda a: abs(a - 1.0), (3, 4)),
    ("sqrt", lambda a: a.sqrt(), (3, 4)),
    ("max", lambda a: a.max(), (3, 4)),
    ("max axis", lambda a: a.max(axis=0), (3, 4)),
    ("min axes", lambda a: a.min(axis=(0, -1)), (3, 4, 2)),
    ("min keepdims", lambda a: a.min(axis=1, keepdims=True), (3, 4)),
    ("sum", lambda a: a.sum(), (3, 4)),
    ("sum axis", lambda a: a.sum(axis=0), (3, 4)),
    ("sum axes", lambda a: a.sum(axis=(0, -1)), (3, 4, 2)),
    ("sum keepdims", lambda a: a.sum(axis=1, keepdims=True), (3, 4)),
    ("mean", lambda a: a.mean(), (3, 4)),
    ("mean axis", lambda a: a.mean(axis=-1), (3, 4)),
    ("mean keepdims", lambda a: a.mean(axis=0, keepdims=True), (3, 4)),
    ("reshape", lambda a: a.reshape(2, -1), (3, 4)),
    ("reshape tuple", lambda a: a.reshape((12,)), (3, 4)),
    ("T", lambda a: a.T, (3, 4)),
    ("index", lambda a: a[1], (3, 4)),
    ("slice", lambda a: a[:2, ::2], (3, 4)),
    ("index twice", lambda a: a[[0, 0, 2]], (3, 4)),
    ("mask", lambda a: a[np.array([True, False, True])], (3, 4)),
    ("iterate", lambda a: sum(row * (i + 1) for i, row in enumerate(a)), (3, 4)),
]


def draw(rng, shape):
    x = rng.uniform(0.3, 2.0, shape)
    return np.where(np.abs(x - 1) < 0.05, 1.2, x)


@pytest.mark.parametrize(
    "name, function, shapes",
    [(name, f, shapes) for name, f, *shapes in OPERATIONS],
    ids=[o[0] for o in OPERATIONS],
)
def test_every_operation_against_finite_differences(name, function, shapes):
    rng = np.random.default_rng(1)
    values = [draw(rng, shape) for shape in shapes]
    # so that no entry of the result counts like another
    weights = rng.standard_normal(function(*map(Tensor, values)).shape)

    for i, value in enumerate(values):

        def loss(x):
            return (
                function(
                    *[
                        Tensor(x if j == i else v, requires_grad=j == i)
                        for j, v in enumerate(values)
                    ]
                )
                * weights
            ).sum()

        tensors = [Tensor(v, requires_grad=True) for v in values]
        (function(*tensors) * weights).sum().backward()
        verdict = check_gradient(loss, value, tensors[i].grad, tolerance=1e-7)
        assert verdict, verdict


def test_operations_know_their_name_and_parents():
    a, b = Parameter([1.0]), Parameter([2.0])
    c = a * b
    d = c + a
    assert (c.operation, d.operation) == ("*", "+")
    assert c.parents == (a, b)
    assert d.parents == (c, a)
    assert [node.operation for node in d.graph()] == ["", "", "*", "+"]
    assert a.parents == ()
    assert a.operation == ""
    assert not a.retains_grad


def test_gradients_accumulate_until_zero_grad():
    w = Parameter([2.0])
    for times in (1, 2, 3):
        (w * w).sum().backward()
        assert w.grad == 4 * times
    w.zero_grad()
    assert w.grad is None


def test_backward_again_on_the_same_graph_adds_the_same():
    w = Parameter([2.0, 3.0])
    hidden = w * w
    loss = (hidden * hidden).sum()
    loss.backward()
    first = w.grad.copy()
    loss.backward()
    np.testing.assert_array_equal(w.grad, 2 * first)
    np.testing.assert_array_equal(first, 4 * w.data**3)


def test_a_node_used_twice_gets_both_gradients():
    x = Parameter([3.0])
    (x * x).sum().backward()
    assert x.grad == 6
    x.zero_grad()
    y = x + x
    (y * y + y).sum().backward()  # 4 x^2 + 2 x
    assert x.grad == 8 * 3 + 2


def test_leaves_own_their_gradient():
    a, b = Parameter([1.0, 2.0]), Parameter([3.0, 4.0])
    c = Parameter([[1.0], [2.0]])
    (a + b + c.reshape(2) + c.T[0]).sum().backward()
    for one in (a, b, c):
        one.grad *= 10  # clipping a gradient in place must not change another
    for one, expected in ((a, 10), (b, 10), (c, 20)):
        np.testing.assert_array_equal(one.grad, np.full(one.shape, expected))


def test_retain_grad_keeps_what_passes_through():
    x = Parameter([2.0])
    y = x * 3
    y.retain_grad()
    (y * y).sum().backward()
    assert y.grad == 12
    assert x.grad == 36
    y.grad *= 0
    assert x.grad == 36


@pytest.mark.slow
def test_a_graph_of_100_000_nodes():
    x = Parameter([1.0])
    y = x
    for _ in range(100_000):
        y = y + 1e-5
    y.sum().backward()
    assert x.grad == 1
    assert len(y.graph()) == 100_001


def test_the_graph_is_freed_without_the_garbage_collector():
    gc.disable()
    try:
        x = Parameter(np.ones(4))
        hidden = (x * 2).relu().tanh().exp() ** 2
        watch = weakref.ref(hidden)
        loss = hidden.mean()
        loss.backward()
        del hidden, loss
        assert watch() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_kept(dtype):
    x = Parameter(np.array([[0.5, 1.5]], dtype))
    y = (((2 * x + 1) / 3 - 0.5) ** 2).exp().log().relu().sigmoid().tanh().mean(axis=0).sum()
    y.backward()
    assert y.dtype == x.grad.dtype == dtype


def test_mixed_dtypes_give_each_operand_a_gradient_of_its_own():
    a, b = Parameter(np.ones(2, np.float32)), Parameter(np.ones(2))
    (a * b).sum().backward()
    assert a.grad.dtype == np.float32
    assert b.grad.dtype == np.float64


@pytest.mark.parametrize("handed", [np.array([3]), np.float32([3])], ids=["int", "float32"])
def test_an_operation_of_ones_own_gives_a_gradient_of_the_dtype_of_the_weight(handed):
    w = Parameter([2.0])
    Tensor.result_of("times 3", 3 * w.data, (w,), lambda g: (handed,)).sum().backward()
    assert w.grad.dtype == np.float64
    assert w.grad == 3


def test_no_grad_remembers_nothing():
    w = Parameter([1.0])
    with no_grad():
        assert not (w * 2).requires_grad
    assert (w * 2).requires_grad
    with pytest.raises(RuntimeError), no_grad():
        raise RuntimeError
    assert (w * 2).requires_grad


def test_only_what_requires_a_gradient_gets_one():
    w, x = Parameter([2.0]), Tensor([3.0])
    (w * x).sum().backward()
    assert w.grad == 3
    assert x.grad is None


def test_extreme_values_are_answered_without_warnings():
    x = Parameter([-1e4, 0.0, 1e4])
    assert x.sigmoid().data.tolist() == [0, 0.5, 1]
    x.sigmoid().sum().backward()
    assert x.grad.tolist() == [0, 0.25, 0]
    assert (Tensor([1.0]) / 0).data == np.inf
    assert np.isnan(Tensor([-1.0]).log().data)
    assert Tensor([1e9]).exp().data == np.inf
    zero = Parameter([0.0])
    (zero**0).sum().backward()
    assert zero.grad == 0
    zero.zero_grad()
    (zero**2).sum().backward()
    assert zero.grad == 0


def test_what_a_reader_sees():
    assert repr(Parameter([0.5])) == "Parameter([0.5], requires_grad=True)"
    assert repr(Tensor([0.5]) * 2) == "Tensor([1.], operation='*')"
    assert "operation='*'" in repr(Parameter([0.5]) * 2)
    assert Tensor(2.5).item() == 2.5
    assert len(Tensor([1.0, 2.0])) == 2
    assert np.asarray(Tensor([1.0, 2.0])).tolist() == [1, 2]
    assert np.argmax(Tensor([1.0, 2.0])) == 1


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: Tensor("abc"), TypeError, "real numbers"),
        (lambda: Tensor(None), TypeError, "real numbers"),
        (lambda: Tensor([[1, 2], [3]]), ValueError, "equal length"),
        (lambda: Tensor(1j), TypeError, "complex"),
        (lambda: Tensor(Tensor(1.0)), TypeError, "Received a Tensor"),
        (lambda: Tensor([1, 2], requires_grad=True), TypeError, "Write 2.0"),
        (lambda: Tensor([1.0], requires_grad=2), TypeError, "True or False"),
        (lambda: Tensor([1.0], requires_grad=0), TypeError, "True or False"),
        (lambda: Tensor(np.ones((3, 4))) + Tensor(np.ones(3)), ValueError, "(3, 4) + (3,)"),
        (
            lambda: Tensor(np.ones((3, 4))) @ Tensor(np.ones((3, 4))),
            ValueError,
            "transpose the second",
        ),
        (lambda: Tensor(np.ones(3)) @ Tensor(np.ones((3, 4))), ValueError, "reshape(1, -1)"),
        (lambda: Tensor([2]) ** -1, TypeError, "2.0 instead of 2"),
        (lambda: Tensor([1.0]) + "x", TypeError, "real numbers"),
        (lambda: Tensor(np.ones(3)).reshape(2, 2), ValueError, "3 entries"),
        (lambda: Tensor(np.ones(3)).sum(axis=1), ValueError, "-1 to 0"),
        (lambda: Tensor(np.ones(3)).mean(axis="rows"), TypeError, "'rows'"),
        (lambda: Tensor(np.ones((2, 2))).sum(axis=(0, 0)), ValueError, "once"),
        (lambda: Parameter([1.0, 2.0]).backward(), ValueError, "one number"),
        (lambda: Tensor(1.0).backward(), ValueError, "requires_grad=True"),
        (lambda: Tensor([1.0, 2.0]).item(), ValueError, ".data"),
        (lambda: len(Tensor(1.0)), TypeError, "single number"),
        (lambda: np.asarray(Parameter([1.0])), TypeError, ".data"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error) as raised:
        call()
    assert words in str(raised.value)


BINARY = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / (b * b + 1.0),
]
UNARY = [
    lambda a: a.tanh(),
    lambda a: a.sigmoid(),
    lambda a: (a * 0.3).exp(),
    lambda a: (a * a + 1.0).log(),
    lambda a: -a,
    lambda a: a * 2,
    lambda a: a.sum(axis=0, keepdims=True),
    lambda a: a.mean(axis=1, keepdims=True),
    lambda a: a @ a.T @ a * 0.1,
    lambda a: a[::-1],
]


def build(recipe, leaves):
    """A graph with shared nodes: each step takes any of the nodes made so far."""
    nodes = list(leaves)
    for kind, which, i, j in recipe:
        if kind:
            nodes.append(BINARY[which % len(BINARY)](nodes[i % len(nodes)], nodes[j % len(nodes)]))
        else:
            nodes.append(UNARY[which % len(UNARY)](nodes[i % len(nodes)]).tanh())
    return sum((node.mean() for node in nodes[1:]), nodes[0].mean())


recipes = st.lists(
    st.tuples(st.booleans(), st.integers(0, 19), st.integers(0, 99), st.integers(0, 99)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150)
@given(recipes, st.integers(0, 2**32 - 1))
def test_random_graphs_with_shared_nodes(recipe, seed):
    values = list(np.random.default_rng(seed).uniform(-1, 1, (2, 3, 3)))
    leaves = [Parameter(v) for v in values]
    build(recipe, leaves).backward()
    for i in range(2):

        def loss(x):
            return build(
                recipe,
                [Tensor(x if j == i else v, requires_grad=True) for j, v in enumerate(values)],
            )

        verdict = check_gradient(loss, values[i], leaves[i].grad, tolerance=1e-6)
        assert verdict, verdict


# In a browser the site puts a product of its own in the place of NumPy's: these run there as well,
# see test_pyodide.py.
@pytest.mark.parametrize(
    "shape",
    [
        (4, 5, 3),
        (128, 784, 10),
        (33, 100, 7),
        (1, 2000, 16),
        (2001, 1, 11),
        (31, 257, 63),
        (0, 5, 3),
        (4, 0, 3),
        (4, 5, 0),
    ],
)
@pytest.mark.parametrize("dtypes", ["ff", "dd", "fd", "il"])
@pytest.mark.parametrize("order", ["as it is", "transposed", "every second"])
def test_matmul_is_the_sum_of_products(shape, dtypes, order):
    rows, inner, columns = shape

    def matrix(shape, dtype):
        if order == "transposed":
            return RNG.integers(-9, 10, shape[::-1]).astype(dtype).T
        step = 2 if order == "every second" else 1
        return RNG.integers(-9, 10, (shape[0] * step, shape[1] * step)).astype(dtype)[
            ::step, ::step
        ]

    a, b = matrix((rows, inner), dtypes[0]), matrix((inner, columns), dtypes[1])
    product = tensor.matmul(a, b)
    assert product.dtype == np.result_type(a, b)
    assert product.flags.c_contiguous
    # whole numbers: exact in every order
    np.testing.assert_array_equal(product, np.einsum("ik,kj->ij", a.astype(int), b.astype(int)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_matmul_of_inf_and_nan(dtype):
    """They stay in the row and the column that they belong to."""
    a, b = np.ones((33, 100), dtype), np.ones((100, 11), dtype)
    a[32, 0], b[5, 10] = np.nan, np.inf
    expected = np.full((33, 11), 100, dtype)
    expected[:, 10], expected[32] = np.inf, np.nan
    np.testing.assert_array_equal(tensor.matmul(a, b), expected)


# --- what a reader of "as torch" tries ---


@pytest.mark.parametrize(
    "compare",
    [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge],
    ids=lambda f: f.__name__,
)
@pytest.mark.parametrize(
    "other",
    [
        2,
        2.0,
        np.float32(2),
        [3.0, 2.0, 1.0],
        np.array([3.0, 2.0, 1.0]),
        Tensor([1.0, 2.0, 4.0]),
        Parameter([2.0]),
    ],
    ids=lambda x: type(x).__name__,
)
def test_comparisons_go_entry_by_entry_whatever_is_on_the_other_side(compare, other):
    x = Parameter([1.0, 2.0, 3.0])
    plain = other.data if isinstance(other, Tensor) else other
    for ours, expected in (
        (compare(x, other), compare(x.data, plain)),
        (compare(other, x), compare(plain, x.data)),
    ):
        assert type(ours) is Tensor
        assert ours.dtype == bool
        assert not ours.requires_grad
        assert ours.parents == ()
        np.testing.assert_array_equal(ours.data, expected)


def test_equality_counts_right_answers():
    preds, labels = Tensor([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1])
    assert Tensor(0.0) == 0
    assert not Tensor(0.0) != 0  # noqa: SIM202 what != answers, not what == does
    assert (preds.argmax(axis=1) == labels).mean() == 0.5
    assert (labels == preds.argmax(axis=1)).sum().item() == 1
    assert Tensor(np.float32(0.1)) == 0.1  # the number is taken as float32, as in arithmetic
    assert (Tensor([1.0]) == None) is False  # noqa: E711
    assert (Tensor([1.0]) != "x") is True
    both = (preds > 0.15) & (preds < 0.85)
    assert both.data.tolist() == [[False, False], [True, True]]
    assert (~both).data.tolist() == [[True, True], [False, False]]
    assert (both | ~both).all()
    assert not (both ^ both).any()
    assert preds[both].data.tolist() == [0.8, 0.2]
    assert (np.array([True, False]) & (Tensor([1, 1]) == 1)).tolist() == [True, False]
    assert (Tensor([6, 5]) & 3).tolist() == [2, 1]  # of integers, bit by bit, as in torch


def test_a_tensor_is_a_key_by_identity():
    a, b = Parameter([1.0, 2.0]), Parameter([1.0, 2.0])
    assert len({a, b}) == 2
    assert {a: "a", b: "b"}[b] == "b"
    keys = {a}
    assert a in keys
    assert b not in keys


def test_numbers_of_one_entry():
    x = Parameter([[2.75]])
    assert float(x) == 2.75
    assert int(x) == 2
    assert bool(x)
    assert not bool(Tensor(0))
    assert f"{x:.1f}" == "2.8"
    assert round(x, 1) == 2.8
    assert f"{Tensor(0.5)}" == "0.5"
    assert f"{Tensor([0.5])}" == "Tensor([0.5])"  # as torch
    assert [10, 20, 30][Tensor(1)] == 20
    assert list(range(Tensor(2))) == [0, 1]
    assert 2.0 in Tensor([1.0, 2.0])
    assert 3.0 not in Tensor([1.0, 2.0])


def test_what_an_array_has_and_torch():
    x = Parameter([[1.0, -4.0, 2.0], [4.0, 0.0, 4.0]])
    assert (x.shape, x.ndim, len(x)) == ((2, 3), 2, 2)
    assert x.argmax() == 3
    assert x.argmin() == 1
    assert x.argmax(axis=1).tolist() == [2, 0]
    assert x.argmin(axis=0, keepdims=True).tolist() == [[0, 0, 0]]
    assert not x.argmax().requires_grad
    detached = x.detach()
    assert detached.data is x.data
    assert not detached.requires_grad
    assert detached.numpy() is not None
    assert detached.tolist() == x.data.tolist()
    assert x.max(axis=1).data.tolist() == [2, 4]
    assert x.min().item() == -4
    assert x.max(axis=0, keepdims=True).shape == (1, 3)
    x.max().backward()
    np.testing.assert_allclose(x.grad, [[0, 0, 0], [0.5, 0, 0.5]])  # equal ones share it
    x.zero_grad()
    abs(x).sum().backward()
    assert x.grad.tolist() == [[1, -1, 1], [1, 0, 1]]


def test_arrays_on_the_left():
    w, x = Parameter([1.0, 2.0]), np.array([3.0, 4.0])
    for result in (
        x + w,
        x - w,
        x * w,
        x / w,
        x**w,
        np.float32(2) * w,
        np.ones((1, 2)) @ w.reshape(2, 1),
    ):
        assert type(result) is Tensor
        assert result.requires_grad
    x += Tensor([1.0, 1.0])
    assert type(x) is np.ndarray
    assert x.tolist() == [4, 5]


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: bool(Tensor([1.0, 2.0])), ValueError, ".any() or .all()"),
        (lambda: bool(Tensor([])), ValueError, "(0,)"),
        (lambda: float(Tensor([1.0, 2.0])), ValueError, "x[0]"),
        (lambda: int(Tensor([1.0, 2.0])), ValueError, "(2,)"),
        (lambda: f"{Tensor([1.0, 2.0]):.2f}", ValueError, "format"),
        (lambda: [1, 2][Tensor(1.0)], TypeError, "int(x)"),
        (lambda: Tensor([1.0]) < "x", TypeError, "real numbers"),
        (lambda: Tensor([1.0]) < None, TypeError, "real numbers"),
        (lambda: Tensor([1.0, 2.0]) == Tensor([1.0, 2.0, 3.0]), ValueError, "(2,) == (3,)"),
        (lambda: Tensor([1.0]) & 1.5, TypeError, "(x > 0) & (x < 1)"),
        (lambda: ~Tensor([1.0]), TypeError, "~(x > 0)"),
        (lambda: Tensor([1.0]) // 2, TypeError, "x.data"),
        (lambda: 2 % Tensor([1.0]), TypeError, "x.data"),
        (lambda: Tensor([1.0]) + 10**400, ValueError, "fit into float64"),
        (lambda: np.exp(Parameter([1.0])), TypeError, "x.exp()"),
        (lambda: np.abs(Tensor([1.0])), TypeError, "x.abs()"),
        (lambda: np.maximum(Tensor([1.0]), 0), TypeError, "x.data"),
        (lambda: np.add(np.ones(1), Parameter([1.0]), out=np.ones(1)), TypeError, "x.data"),
        (lambda: np.sum(Tensor([1.0])), TypeError, "x.sum()"),
        (lambda: Tensor([1.0]).mean(dtype=float), TypeError, "x.mean()"),
        (lambda: Tensor([1.0]).sum(dim=0), TypeError, ".sum(axis=0)"),
        (lambda: Tensor([1.0]).mean(axis=0, keepdim=True), TypeError, "keepdims"),
        (lambda: Parameter([1.0]).numpy(), TypeError, ".data"),
        (lambda: Tensor([1.0]).view(1), AttributeError, "x.reshape(...)"),
        (lambda: Tensor([1.0]).float(), AttributeError, "astype(np.float32)"),
        (lambda: Tensor([1.0]).clip(0, 1), AttributeError, "x.data.clip"),
        (lambda: Tensor([1.0]).nothing, AttributeError, "'nothing'"),
        (lambda: Tensor(np.ones((0, 2))).max(), ValueError, "(0, 2)"),
        (lambda: Tensor(np.ones((0, 2))).argmax(), ValueError, "(0, 2)"),
        (lambda: Tensor(np.ones((2, 2))).argmax(axis=(0, 1)), TypeError, "one axis"),
        (lambda: Tensor(np.ones((2, 2))).any(2), ValueError, "-2 to 1"),
        (lambda: Tensor([1.0]).size(), AttributeError, "x.shape"),
        (lambda: -Tensor([True]), TypeError, "True and False"),
        (lambda: Tensor([True]) - [False], TypeError, ".data.astype(float)"),
        (lambda: Tensor(np.ones((0, 2))).mean(), ValueError, "(0, 2)"),
        (lambda: Tensor(np.ones((2, 2))).sum(axis=True), TypeError, "True"),
        (lambda: Tensor(np.ones((2, 2))).mean(0, 1), TypeError, "keepdims"),
        (lambda: copy.deepcopy(Parameter([1.0]) * 2), TypeError, "x.detach()"),
        (lambda: pickle.dumps(Parameter([1.0]) * 2), TypeError, "x.detach()"),
    ],
)
def test_what_does_not_work_says_what_to_write(call, error, words):
    with pytest.raises(error) as raised:
        call()
    assert words in str(raised.value)
    assert re.search("expected.*received", str(raised.value), re.IGNORECASE | re.DOTALL)


def test_asking_for_an_attribute_is_no_error():
    assert not hasattr(Tensor(1.0), "nothing")
    assert getattr(Tensor(1.0), "view", None) is None
    assert not hasattr(Tensor(1.0), "__array_interface__")


# --- arithmetic in place ---

IN_PLACE = [
    (symbol, getattr(operator, name))
    for symbol, name in [
        ("+", "iadd"),
        ("-", "isub"),
        ("*", "imul"),
        ("/", "itruediv"),
        ("**", "ipow"),
        ("@", "imatmul"),
    ]
]


@pytest.mark.parametrize("symbol, in_place", IN_PLACE, ids=[symbol for symbol, _ in IN_PLACE])
def test_in_place_on_a_parameter_is_refused(symbol, in_place):
    w = Parameter(2 * np.ones((2, 2)))
    with pytest.raises(TypeError, match=re.escape(f"w.data {symbol}= ") + ".*no_grad"):
        in_place(w, 3 * np.ones((2, 2)))
    assert (w.data == 2).all()
    assert w.requires_grad


@pytest.mark.parametrize(
    "symbol, in_place", IN_PLACE[:5], ids=[symbol for symbol, _ in IN_PLACE[:5]]
)
def test_in_place_where_nothing_is_remembered_changes_the_numbers(symbol, in_place):
    out_of_place = {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
        "**": operator.pow,
    }[symbol]
    for other in (3.0, np.array([3.0, 0.5]), Tensor([3.0, 0.5])):
        w, x = Parameter([2.0, 4.0]), Tensor([2.0, 4.0])
        expected, memory = out_of_place(x, other).data, (w.data, x.data)
        with no_grad():
            same = in_place(w, other)
        assert same is w
        assert type(w) is Parameter
        assert w.requires_grad
        assert w.parents == ()
        assert w.data is memory[0]
        assert in_place(x, other) is x
        assert x.data is memory[1]
        assert not x.requires_grad
        np.testing.assert_array_equal(w.data, expected)
        np.testing.assert_array_equal(x.data, expected)


def test_in_place_with_a_history_goes_on_with_it():
    w, total = Parameter([2.0]), Tensor([0.0])
    for _ in range(3):
        total += w * w
    total *= 2
    total.sum().backward()
    assert w.grad == 2 * 3 * 2 * 2
    integers, short = Tensor([1, 2]), Tensor([1.0, 2.0])
    with pytest.raises(TypeError, match="Write x = x / y"):
        integers /= 2
    with pytest.raises(TypeError, match=r"\(2, 2\)"):
        short += np.ones((2, 2))


def test_entries_may_be_assigned_where_nothing_is_remembered():
    x, w = Tensor([1.0, 2.0, 3.0]), Parameter([1.0, 2.0])
    x[x > 1.5] = 0
    x[0] = Tensor(5.0)
    assert x.tolist() == [5, 0, 0]
    for call in (
        lambda: operator.setitem(w, 0, 1.0),
        lambda: operator.setitem(w * 2, 0, 1.0),
        lambda: operator.setitem(x, 0, w[0]),
    ):
        with pytest.raises(TypeError, match=r"x.data\[index\]"):
            call()
    with no_grad():
        w[0] = 7.0
    assert w.data.tolist() == [7, 2]


# --- what the tape needs is not changed ---

CHANGED = {
    "*": lambda w, x: w * (w * x),
    "/": lambda w, x: x / w,
    "**": lambda w, x: w**x,
    "log": lambda w, x: w.log() * x,
    "@": lambda w, x: (w * x).reshape(1, -1) @ w.reshape(-1, 1),
    "abs": lambda w, x: abs(w) * x,
    "max": lambda w, x: w.max() * x,
}


@pytest.mark.parametrize("name", CHANGED)
@pytest.mark.parametrize("size", [2, 5000, 100_000])
@pytest.mark.parametrize(
    "change",
    [
        lambda a: np.add(a, 1, out=a),
        lambda a: np.negative(a, out=a),
        lambda a: a.fill(5),
        lambda a: a.__setitem__(-1, 9),
        lambda a: a.__setitem__(slice(None), a[::-1].copy()),
    ],
    ids=["add", "negate", "fill", "one entry", "reverse"],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_changed_between_forward_and_backward_are_noticed(name, size, change, dtype):
    rng = np.random.default_rng(size)
    w, x = (
        Parameter(rng.uniform(0.5, 1.5, size).astype(dtype)),
        Tensor(rng.uniform(0.5, 1.5, size).astype(dtype)),
    )
    loss = CHANGED[name](w, x).sum()
    change(w.data)
    with pytest.raises(ValueError, match="changed in place"):
        loss.backward()
    assert w.grad is None


def test_the_buffer_of_a_loader_may_not_be_filled_anew_too_early():
    for x in (
        np.array([[1.0, 2.0]]),
        np.asfortranarray(np.ones((300, 40))).T[::-1].T,
        np.ones((300, 80))[:, ::2],
    ):
        W = Parameter(np.ones((x.shape[1], 1)))
        for loss in ((Tensor(x) @ W).sum(), (x @ W).sum(), (x[0] * W[:, 0]).sum()):
            before = x.copy()
            x[:] = 5
            with pytest.raises(ValueError, match="fill a new array"):
                loss.backward()
            x[:] = before
            loss.backward()  # and as it was, it is right


def test_a_change_that_cannot_matter_is_allowed():
    w = Parameter(np.array([2.0]))
    loss = (w + 1).sum() * 3  # the derivative of a sum does not depend on its terms
    w.data += 1
    loss.backward()
    assert w.grad == 3
    w = Parameter(np.array([2.0]))
    loss = (w**2).sum()
    w.data = np.array([7.0])  # another array: the tape keeps the one that it computed with
    loss.backward()
    assert w.grad == 4
    loss = (w**2).sum()
    w.data = np.array([7.0, 8.0])
    with pytest.raises(ValueError, match=r"shape \(1,\).*\(2,\)"):
        loss.backward()


def test_an_optimizer_between_forward_and_backward_is_noticed():
    w = Parameter(np.ones(3))
    first, second = (w**2).sum(), (w**2).sum()
    first.backward()
    SGD([w], lr=0.1).step()
    with pytest.raises(ValueError, match="changed in place"):
        second.backward()


def test_a_change_in_results_indices_and_labels_is_noticed():
    w, place = Parameter([1.0, 2.0]), np.array([0])
    loss = w[place].sum()
    place[0] = 1
    with pytest.raises(ValueError, match="changed in place"):
        loss.backward()
    for function in (Tensor.exp, Tensor.sigmoid, Tensor.tanh, Tensor.sqrt, Tensor.relu, softmax):
        y = function(w)
        loss = y.sum()
        y.data += 1
        with pytest.raises(ValueError, match="changed in place"):
            loss.backward()
    scores, labels = Parameter(np.ones((1, 2))), np.array([0])
    loss = cross_entropy(scores, labels)
    labels[0] = 1
    with pytest.raises(ValueError, match="changed in place"):
        loss.backward()
    assert scores.grad is None


def test_what_the_checksum_cannot_see():
    """As documented: in more than 4096 entries a change below the rounding of the sum of 4096 of
    them, and one beside inf.
    """
    for size in (4097, 10_000):
        for first, changed in ((1.0, np.nextafter(1, 2)), (np.inf, 2.0)):
            w = Parameter(np.ones(size))
            w.data[0] = first
            loss = (w * w).sum()
            assert w.data[1] != changed
            w.data[1] = changed
            loss.backward()


# --- state of the thread ---


@pytest.mark.skipif(sys.platform == "emscripten", reason="a browser's Python has one thread")
def test_no_grad_holds_for_its_own_thread():
    inside, go_on, seen = threading.Event(), threading.Event(), []

    def evaluate():
        with no_grad():
            inside.set()
            go_on.wait(10)
            seen.append((Parameter([1.0]) * 2).requires_grad)

    thread = threading.Thread(target=evaluate)
    thread.start()
    inside.wait(10)
    seen.append((Parameter([1.0]) * 2).requires_grad)
    go_on.set()
    thread.join()
    assert seen == [True, False]


def test_no_grad_as_a_decorator():
    w = Parameter([1.0])

    @no_grad()
    def once(depth=0):
        return (w * 2).requires_grad or (depth < 3 and once(depth + 1))

    @no_grad
    def bare():
        """Its words."""
        return (w * 2).requires_grad

    assert not once()
    assert not bare()
    assert bare.__doc__ == "Its words."
    assert (w * 2).requires_grad
    with no_grad():
        assert not bare()
        assert not (w * 2).requires_grad
    assert (w * 2).requires_grad


def test_no_grad_keeps_no_graph():
    w = Parameter([1.0])
    with no_grad():
        hidden = (w * 2).exp()
    assert hidden.parents == ()
    assert hidden.derivative is None
    assert hidden.graph() == [hidden]
    unasked = Tensor([1.0]) * 2
    assert unasked.parents == ()
    assert unasked.derivative is None


# --- copies ---


def test_copies_and_pickles():
    w = Parameter(np.array([1.0, 2.0], np.float32))
    (w * w).sum().backward()
    for twin in (copy.deepcopy(w), pickle.loads(pickle.dumps(w))):
        assert type(twin) is Parameter
        assert twin.requires_grad
        assert twin.dtype == np.float32
        assert twin.data is not w.data
        np.testing.assert_array_equal(twin.data, w.data)
        np.testing.assert_array_equal(twin.grad, w.grad)
        (twin * 3).sum().backward()
        assert (w.grad == 2 * w.data).all()
        assert (twin.grad == 2 * w.data + 3).all()


def test_frozen_leaves():
    w, frozen = Parameter([2.0]), Parameter([3.0])
    frozen.requires_grad = False
    (w * frozen).sum().backward()
    assert w.grad == 3
    assert frozen.grad is None
    for before, after in ((True, False), (False, True)):
        w = Parameter([2.0])
        w.requires_grad = before
        loss = (Parameter([[1.0]]) @ w.reshape(1, 1)).sum()
        w.requires_grad = after
        loss.backward()
        assert w.grad is None


@pytest.mark.parametrize("late_is_left", [True, False])
def test_what_learns_later_keeps_no_other_gradient_away(late_is_left):
    late, w = Tensor([[2.0]]), Parameter([[3.0]])
    loss = (late @ w if late_is_left else w @ late).sum()
    late.requires_grad = True
    loss.backward()
    assert late.grad is None
    assert w.grad == 2


# --- documented values that a change of the code could lose ---


def test_numbers_become_the_dtype_of_the_tensor_only_if_it_is_one_of_floats():
    assert (Tensor([1, 2]) + 0.5).tolist() == [1.5, 2.5]
    assert (0.5 + Tensor([1, 2])).tolist() == [
        1.5,
        2.5,
    ]
    assert (Tensor(np.float32([1, 2])) + 0.5).dtype == np.float32
    assert (2 / Tensor(np.float32([1, 2]))).dtype == np.float32


def test_relu_at_zero_has_the_derivative_zero():
    x = Parameter([-1.0, -0.0, 0.0, 1.0])
    x.relu().sum().backward()
    assert x.grad.tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize(
    "function",
    [
        lambda w: w.sum(),
        lambda w: w.mean(),
        lambda w: w.reshape(-1).sum(),
        lambda w: w.T.sum(),
        lambda w: (w + 1).sum(),
        lambda w: w[:].sum(),
        lambda w: (w + Parameter([1.0, 1.0])).sum(),
    ],
)
def test_a_gradient_can_be_changed_in_place(function):
    w = Parameter([[1.0, 2.0], [3.0, 4.0]])
    for _ in range(2):
        function(w).backward()
        assert w.grad.flags.writeable
        assert w.grad.base is None
        before = w.grad.copy()
        w.grad[0, 0] += 1  # one entry, and no other with it
        assert (w.grad - before).tolist() == [[1, 0], [0, 0]]


def test_gradients_are_not_shared():
    a, b = Parameter([1.0]), Parameter([1.0])
    (a + b).sum().backward()
    a.grad += 1
    assert b.grad == 1
    total = Parameter(1.0)
    total.backward()
    kept = total.grad
    total.backward()
    assert kept == 1  # what was read before does not change
    assert total.grad == 2
    a, b = Parameter([1.0, 2.0]), Parameter([1.0, 2.0])
    ((a + b) * 2.0).sum().backward()
    a.grad += 1
    assert b.grad.tolist() == [2, 2]


EXTREMES = {  # each would warn, or raise, in NumPy
    "+": lambda x: x + 1e308,
    "-": lambda x: x - -1e308,
    "*": lambda x: x * x,
    "/": lambda x: x / 0.0,
    "**": lambda x: x**3.0,
    "abs": lambda x: abs(x * np.inf - np.inf),
    "@": lambda x: x.reshape(1, 1) @ x.reshape(1, 1) - np.inf,
    "sqrt": lambda x: (-x).sqrt(),
    "exp": lambda x: x.exp(),
    "log": lambda x: (-x).log(),
    "sigmoid": lambda x: x.sigmoid(),
    "tanh": lambda x: (x * 1e-320).tanh(),
    "sum": lambda x: (x + Tensor([0.0, 1e308])).sum(),
    "mean": lambda x: (x + Tensor([0.0, 1e308])).mean(),
}


@pytest.mark.parametrize("name", EXTREMES)
def test_what_overflows_is_no_warning(name):
    with np.errstate(all="raise"):
        EXTREMES[name](Tensor([1.7e308]))


@pytest.mark.parametrize(
    "name",
    ["max", "min", "argmax", "argmin", "relu", "sigmoid", "tanh", "sqrt", "exp", "log", "abs"],
)
def test_numpys_names_are_refused_in_our_words(name):
    method = getattr(Tensor([1.0, 2.0]), name)
    with pytest.raises(TypeError, match=r"expected axis and keepdims\. Received dim or keepdim"):
        method(dim=0)


@pytest.mark.parametrize(
    "a, b, fits",
    [
        ((2, 3), (4, 3), "(2, 3) @ (3, 4) would fit: transpose"),
        ((2, 3), (4, 2), None),
        ((2, 3), (4, 5), None),
        ((2, 5), (3, 2), None),
        ((2, 3), (5, 2), None),
        ((3,), (3, 2), None),
        ((2, 3), (3,), None),
        ((3,), (3,), None),
        ((2, 3, 3), (3, 2), None),
        ((2, 3, 4), (5, 3), None),
        ((2, 3), (3, 2, 2), None),
        ((1, 2, 2), (1, 2, 2), None),
    ],
)
def test_matmul_says_which_matrices_would_fit(a, b, fits):
    with pytest.raises(ValueError, match="@: expected two matrices") as raised:
        Tensor(np.zeros(a)) @ Tensor(np.zeros(b))
    assert (fits or "One sample x is the row") in str(raised.value)


def test_what_is_broadcast_to_nothing_gets_no_gradient_from_it():
    w = Parameter([[2.0]])
    (w * Tensor(np.zeros((0, 1)))).sum().backward()
    assert w.grad.tolist() == [[0]]


def test_a_weight_without_entries_gets_a_gradient_without_entries():
    w = Parameter(np.zeros(0))
    (w * Tensor(np.zeros((3, 0)))).sum().backward()
    assert w.grad.shape == (0,)


def test_a_number_on_the_left():
    x = Parameter([2.0, -4.0])
    (3 * x + 1 / x - (5 - x)).sum().backward()
    np.testing.assert_allclose(x.grad, 3 - 1 / x.data**2 + 1)
    assert (3 * x).data.tolist() == [6, -12]


def test_powers_of_integers():
    assert (Tensor([4]) ** 0.5).data.tolist() == [2]
    assert (Tensor([0.5]) ** Tensor([2])).data.tolist() == [0.25]
    for base, exponent in (
        (Tensor([2]), 2),
        (Tensor([True]), Tensor([2])),
        (Tensor([2]), Tensor([True])),
        (Tensor([True]), Tensor([True])),
    ):
        with pytest.raises(TypeError, match=r"\*\*: expected floats"):
            base**exponent


@pytest.mark.parametrize("data", [[1, 2], [True, False]])
def test_only_floats_have_gradients(data):
    with pytest.raises(TypeError, match="expected floats, as requires_grad=True"):
        Tensor(data, requires_grad=True)


@pytest.mark.parametrize("shape", [(0,), (2,), (1, 0)])
def test_one_number_is_not_none_and_not_two(shape):
    for ask in (Tensor(np.zeros(shape)).item, (Parameter(np.zeros(shape)) * 2).backward):
        with pytest.raises(ValueError, match=r"one (number|entry)"):
            ask()


@pytest.mark.parametrize("other", [(1,), (3,), (1, 2)])
def test_data_of_another_shape_is_noticed(other):
    w = Parameter(np.ones(2))
    loss = (w + 1).sum()
    w.data = np.ones(other)
    with pytest.raises(ValueError, match=r"backward: expected .data of shape \(2,\)"):
        loss.backward()


def test_axes_from_the_first_to_the_last():
    x = Tensor(np.arange(6.0).reshape(2, 3))
    for axis in (-2, -1, 0, 1):
        assert x.sum(axis).data.tolist() == x.data.sum(axis).tolist()
    for axis in (-4, -3, 2, 3):
        with pytest.raises(ValueError, match="expected an axis from -2 to 1"):
            x.sum(axis)
    for place in (x.argmax, x.argmin):
        assert place().shape == ()
        assert place(axis=1).shape == (2,)
        with pytest.raises(TypeError, match="expected one axis or None"):
            place(axis=())


def test_a_shape_is_one_tuple_or_numbers():
    x = Tensor(np.arange(6.0))
    assert x.reshape((2, 3)).shape == x.reshape([2, 3]).shape == x.reshape(2, 3).shape == (2, 3)
    for shape in (((2, 3), 1), (6, (1,)), ()):
        with pytest.raises(ValueError, match="reshape: expected a shape of 6 entries"):
            x.reshape(*shape)


def test_a_history_is_freed_one_tensor_after_the_other():
    """Not each from within the one that it was needed by: the first of a long history would be deep
    down the stack.
    """

    def depth(operations):
        frames, x = [], Parameter(1.0) * 1
        watch = weakref.ref(x, lambda _: frames.append(len(list(traceback.walk_stack(None)))))
        for _ in range(operations):
            x = x * 1
        del x
        assert watch() is None
        return frames

    assert depth(2) == depth(50)


def test_what_is_in_a_tensor():
    x = Tensor([3.0, 5.0])
    assert 3 in x
    assert 4 not in x
    assert 2 not in x
    assert "3" not in x
    assert None not in x


def test_results_on_the_way_keep_no_gradient():
    w = Parameter([1.0])
    middle = w * 2
    middle.sum().backward()
    assert middle.grad is None
    assert w.grad.tolist() == [2]


def test_help_shows_the_formula_of_an_operation():
    assert Tensor.sigmoid.__name__ == "sigmoid"
    assert Tensor.sigmoid.__doc__.startswith("s(x) = 1 / (1 + exp(-x))")


def test_four_digits_are_shown():
    assert repr(Tensor([1.23456789])) == "Tensor([1.2346])"


def test_numbers_beside_true_and_false_stay_numbers():
    assert (Tensor([True, False]) == 0.5).data.tolist() == [False, False]
    assert (1 - Tensor([True, False])).tolist() == [0, 1]
    assert (Tensor([1.5, 1.5]) - Tensor([True, False])).tolist() == [0.5, 1.5]


def test_reductions_of_numpy_are_refused():
    with pytest.raises(TypeError):
        np.add.reduce(Tensor([1.0, 2.0]))


def in_use(n):
    w, x = Parameter(np.ones(n)), np.random.default_rng(0).standard_normal(n)
    return x, (w * Tensor(x)).sum()


def test_up_to_4096_entries_every_change_is_noticed():
    x, loss = in_use(4096)
    x[7] = np.nextafter(x[7], 2)
    with pytest.raises(ValueError, match="changed in place"):
        loss.backward()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_in_larger_arrays_a_change_of_any_one_entry_is_noticed(dtype):
    x = np.ones(2 * 4096, dtype)
    loss = (Parameter(np.ones(1, dtype)) * Tensor(x)).sum()
    for i in range(len(x)):
        x[i] += 0.01
        with pytest.raises(ValueError, match="changed in place"):
            loss.backward()
        x[i] = 1


@pytest.mark.parametrize("whole", [False, True])
def test_in_larger_arrays_an_exchange_is_noticed(whole):
    w, x = Parameter(np.ones(3 * 4096 + 5)), np.random.default_rng(0).standard_normal(3 * 4096 + 5)
    if whole:  # whose plain sum would be the same to the last bit
        x = np.round(100 * x)
    loss = (w * Tensor(x)).sum()
    assert x[5000] != x[5001]
    x[[5000, 5001]] = x[[5001, 5000]]
    with pytest.raises(ValueError, match="changed in place"):
        loss.backward()


@pytest.mark.parametrize("name", ["any", "all"])
def test_any_and_all_name_the_words_of_numpy(name):
    x = Tensor([True, False])
    with pytest.raises(TypeError, match=rf"expected axis and keepdims.*\.{name}\(axis=0\)"):
        getattr(x, name)(dim=0)
    with pytest.raises(TypeError, match=rf"np.{name}: expected an array. Received a Tensor"):
        getattr(np, name)(x)
