"""Finite difference = by hand = tape, for every operation and for graphs; torch joins in test_against_torch.py."""

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lecture3_engine import Parameter, Tensor, check_gradient, no_grad, tensor

RNG = np.random.default_rng(0)

# name, function of tensors, shapes of its operands; operands are positive and away from every kink
OPERATIONS = [
    ("add", lambda a, b: a + b, (3, 4), (3, 4)),
    ("add leading", lambda a, b: a + b, (3, 4), (4,)),
    ("add unit", lambda a, b: a + b, (3, 1), (1, 4)),
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


@pytest.mark.parametrize("name, function, shapes", [(name, f, shapes) for name, f, *shapes in OPERATIONS], ids=[o[0] for o in OPERATIONS])
def test_every_operation_against_finite_differences(name, function, shapes):
    rng = np.random.default_rng(1)
    values = [draw(rng, shape) for shape in shapes]
    weights = rng.standard_normal(function(*map(Tensor, values)).shape)  # so that no entry of the result counts like another

    for i, value in enumerate(values):
        def loss(x):
            return (function(*[Tensor(x if j == i else v, requires_grad=j == i) for j, v in enumerate(values)]) * weights).sum()

        tensors = [Tensor(v, requires_grad=True) for v in values]
        (function(*tensors) * weights).sum().backward()
        verdict = check_gradient(loss, value, tensors[i].grad, tolerance=1e-7)
        assert verdict, verdict


def test_operations_know_their_name_and_parents():
    a, b = Parameter([1.0]), Parameter([2.0])
    c = a * b
    d = c + a
    assert (c.operation, d.operation) == ("*", "+")
    assert c.parents == (a, b) and d.parents == (c, a)
    assert [node.operation for node in d.graph()] == ["", "", "*", "+"]
    assert a.parents == () and a.operation == ""


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
    assert y.grad == 12 and x.grad == 36
    y.grad *= 0
    assert x.grad == 36


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
    assert a.grad.dtype == np.float32 and b.grad.dtype == np.float64


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
    assert w.grad == 3 and x.grad is None


def test_extreme_values_are_answered_without_warnings():
    x = Parameter([-1e4, 0.0, 1e4])
    assert x.sigmoid().data.tolist() == [0, 0.5, 1]
    x.sigmoid().sum().backward()
    assert x.grad.tolist() == [0, 0.25, 0]
    assert (Tensor([1.0]) / 0).data == np.inf and np.isnan(Tensor([-1.0]).log().data) and Tensor([1e9]).exp().data == np.inf
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
    assert Tensor(2.5).item() == 2.5 and len(Tensor([1.0, 2.0])) == 2
    assert np.asarray(Tensor([1.0, 2.0])).tolist() == [1, 2]
    assert np.argmax(Tensor([1.0, 2.0])) == 1


@pytest.mark.parametrize("call, error, words", [
    (lambda: Tensor("abc"), TypeError, "real numbers"),
    (lambda: Tensor(None), TypeError, "real numbers"),
    (lambda: Tensor([[1, 2], [3]]), ValueError, "equal length"),
    (lambda: Tensor(1j), TypeError, "complex"),
    (lambda: Tensor(Tensor(1.0)), TypeError, "Received a Tensor"),
    (lambda: Tensor([1, 2], requires_grad=True), TypeError, "Write 2.0"),
    (lambda: Tensor([1.0], requires_grad=2), TypeError, "True or False"),
    (lambda: Tensor(np.ones((3, 4))) + Tensor(np.ones(3)), ValueError, "(3, 4) + (3,)"),
    (lambda: Tensor(np.ones((3, 4))) @ Tensor(np.ones((3, 4))), ValueError, "transpose the second"),
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
])
def test_bad_input(call, error, words):
    with pytest.raises(error) as raised:
        call()
    assert words in str(raised.value)


BINARY = [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / (b * b + 1.0)]
UNARY = [lambda a: a.tanh(), lambda a: a.sigmoid(), lambda a: (a * 0.3).exp(), lambda a: (a * a + 1.0).log(), lambda a: -a, lambda a: a * 2,
         lambda a: a.sum(axis=0, keepdims=True), lambda a: a.mean(axis=1, keepdims=True), lambda a: a @ a.T @ a * 0.1, lambda a: a[::-1]]


def build(recipe, leaves):
    """A graph with shared nodes: each step takes any of the nodes made so far."""
    nodes = list(leaves)
    for kind, which, i, j in recipe:
        if kind:
            nodes.append(BINARY[which % len(BINARY)](nodes[i % len(nodes)], nodes[j % len(nodes)]))
        else:
            nodes.append(UNARY[which % len(UNARY)](nodes[i % len(nodes)]).tanh())
    return sum((node.mean() for node in nodes[1:]), nodes[0].mean())


recipes = st.lists(st.tuples(st.booleans(), st.integers(0, 19), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=12)


@settings(max_examples=150)
@given(recipes, st.integers(0, 2**32 - 1))
def test_random_graphs_with_shared_nodes(recipe, seed):
    values = list(np.random.default_rng(seed).uniform(-1, 1, (2, 3, 3)))
    leaves = [Parameter(v) for v in values]
    build(recipe, leaves).backward()
    for i in range(2):
        def loss(x):
            return build(recipe, [Tensor(x if j == i else v, requires_grad=True) for j, v in enumerate(values)])

        verdict = check_gradient(loss, values[i], leaves[i].grad, tolerance=1e-6)
        assert verdict, verdict


# In a browser the site puts a product of its own in the place of NumPy's: these run there as well, see test_pyodide.py.
@pytest.mark.parametrize("shape", [(4, 5, 3), (128, 784, 10), (33, 100, 7), (1, 2000, 16), (2001, 1, 11), (31, 257, 63), (0, 5, 3), (4, 0, 3), (4, 5, 0)])
@pytest.mark.parametrize("dtypes", ["ff", "dd", "fd", "il"])
@pytest.mark.parametrize("order", ["as it is", "transposed", "every second"])
def test_matmul_is_the_sum_of_products(shape, dtypes, order):
    rows, inner, columns = shape

    def matrix(shape, dtype):
        if order == "transposed":
            return RNG.integers(-9, 10, shape[::-1]).astype(dtype).T
        step = 2 if order == "every second" else 1
        return RNG.integers(-9, 10, (shape[0] * step, shape[1] * step)).astype(dtype)[::step, ::step]

    a, b = matrix((rows, inner), dtypes[0]), matrix((inner, columns), dtypes[1])
    product = tensor.matmul(a, b)
    assert product.dtype == np.result_type(a, b) and product.flags.c_contiguous
    np.testing.assert_array_equal(product, np.einsum("ik,kj->ij", a.astype(int), b.astype(int)))  # whole numbers: exact in every order


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_matmul_of_inf_and_nan(dtype):
    """They stay in the row and the column that they belong to."""
    a, b = np.ones((33, 100), dtype), np.ones((100, 11), dtype)
    a[32, 0], b[5, 10] = np.nan, np.inf
    expected = np.full((33, 11), 100, dtype)
    expected[:, 10], expected[32] = np.inf, np.nan
    np.testing.assert_array_equal(tensor.matmul(a, b), expected)
