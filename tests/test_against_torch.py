"""torch is the oracle, in float64, to 1e-12. These tests skip where torch is not installed; .ci/run
installs it.
"""

import inspect

import numpy as np
import pytest
import test_tensor
from hypothesis import given, settings
from hypothesis import strategies as st
from test_tensor import OPERATIONS, draw, recipes

import lecture3_engine as engine
from lecture3_engine import Parameter

torch = pytest.importorskip("torch", reason="torch is the oracle: pip install torch==2.13.0")
F = torch.nn.functional


def close(ours, theirs):
    """Equal to 1e-12 of the largest entry: the others may have lost digits where large terms
    cancel.
    """
    theirs = theirs.detach().numpy()
    assert np.shape(ours) == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12 * np.abs(theirs).max(initial=1e-3))


def leaf(array):
    return torch.tensor(array, requires_grad=True)


TORCH = {  # where torch writes an operation in another way
    "matmul array": lambda a: torch.ones((2, 3), dtype=a.dtype) @ a,
    "sum axis": lambda a: a.sum(dim=0),
    "sum axes": lambda a: a.sum(dim=(0, -1)),
    "sum keepdims": lambda a: a.sum(dim=1, keepdim=True),
    "mean axis": lambda a: a.mean(dim=-1),
    "mean keepdims": lambda a: a.mean(dim=0, keepdim=True),
    "max axis": lambda a: a.amax(dim=0),
    "min axes": lambda a: a.amin(dim=(0, -1)),
    "min keepdims": lambda a: a.amin(dim=1, keepdim=True),
    "mask": lambda a: a[torch.tensor([True, False, True])],
}


@pytest.mark.parametrize(
    "name, function, shapes",
    [(name, f, shapes) for name, f, *shapes in OPERATIONS],
    ids=[o[0] for o in OPERATIONS],
)
def test_every_operation(name, function, shapes):
    rng = np.random.default_rng(2)
    values = [draw(rng, shape) for shape in shapes]
    ours, theirs = [Parameter(v) for v in values], [leaf(v) for v in values]
    a, b = function(*ours), TORCH.get(name, function)(*theirs)
    close(a.data, b)
    weights = rng.standard_normal(a.shape)
    (a * weights).sum().backward()
    (b * torch.tensor(weights)).sum().backward()
    for p, q in zip(ours, theirs, strict=True):
        close(p.grad, q.grad)


@pytest.mark.parametrize("base", [-2, -0.0, 0, 0.5, 1])
@pytest.mark.parametrize("exponent", [-1, 0, 0.5, 1, 2])
def test_both_gradients_of_a_power(base, exponent):
    for which in ("both", "base", "exponent"):
        ours, theirs = [
            [make(np.array(float(x))) for x in (base, exponent)] for make in (Parameter, leaf)
        ]
        a, b = (
            [
                p if which in (name, "both") else p.item()
                for name, p in zip(("base", "exponent"), ours, strict=True)
            ],
            [
                q if which in (name, "both") else q.item()
                for name, q in zip(("base", "exponent"), theirs, strict=True)
            ],
        )
        x, y = a[0] ** a[1], b[0] ** b[1]
        x.backward()
        y.backward()
        # NumPy's pow and log are good to 4 units in the last place where the processor has AVX-512,
        # torch's to 1.
        ulp = np.finfo(float).eps
        np.testing.assert_allclose(x.data, y.detach().numpy(), rtol=5 * ulp)
        for p, q in zip(ours, theirs, strict=True):
            assert (p.grad is None) == (q.grad is None)
            if p.grad is not None:
                # (-0.0) ** 0.5 with a number as exponent is a square root in torch, with slope
                # -inf; with a tensor it is inf, as here.
                expected = (
                    abs(q.grad.numpy())
                    if which == "base" and exponent == 0.5 and base == 0
                    else q.grad.numpy()
                )
                # a power times a logarithm, and two products
                np.testing.assert_allclose(p.grad, expected, rtol=2 * 5 * ulp + 2 * ulp)


@pytest.mark.parametrize("name", ["abs", "max", "min", "relu"])
def test_derivatives_at_kinks_and_ties(name):
    x = np.array([[0.0, 1.0, -0.0], [1.0, -1.0, -1.0]])
    ours, theirs = Parameter(x), leaf(x)
    getattr(ours, name)().sum().backward()
    getattr(theirs, name)().sum().backward()
    close(ours.grad, theirs.grad)


# As in test_tensor, where torch has other words; what two are joined by has the same in both.
T_UNARY = [
    lambda a: a.tanh(),
    lambda a: a.sigmoid(),
    lambda a: (a * 0.3).exp(),
    lambda a: (a * a + 1.0).log(),
    lambda a: -a,
    lambda a: a * 2,
    lambda a: a.sum(dim=0, keepdim=True),
    lambda a: a.mean(dim=1, keepdim=True),
    lambda a: a @ a.T @ a * 0.1,
    lambda a: a.flip(0),
]


@settings(max_examples=150)
@given(recipes, st.integers(0, 2**32 - 1))
def test_random_graphs_with_shared_nodes(recipe, seed):
    values = list(np.random.default_rng(seed).uniform(-1, 1, (2, 3, 3)))
    ours, theirs = [Parameter(v) for v in values], [leaf(v) for v in values]
    a = test_tensor.build(recipe, ours)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(test_tensor, "UNARY", T_UNARY)
        b = test_tensor.build(recipe, theirs)
    close(a.data, b)
    a.backward()
    b.backward()
    for p, q in zip(ours, theirs, strict=True):
        close(p.grad, q.grad)


@pytest.mark.parametrize("reduction", engine.functional.REDUCTIONS)
@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "cross_entropy"])
def test_losses(name, reduction):
    rng = np.random.default_rng(0)
    preds = 5 * rng.standard_normal((7, 4))
    labels = rng.integers(0, 4, 7) if name == "cross_entropy" else rng.standard_normal((7, 4))
    ours, theirs = Parameter(preds), leaf(preds)
    a = getattr(engine, name)(ours, labels, reduction)
    b = getattr(F, name)(theirs, torch.tensor(labels), reduction=reduction)
    close(a.data, b)
    (a * a).sum().backward()
    (b * b).sum().backward()
    close(ours.grad, theirs.grad)


def test_softmax():
    x = np.random.default_rng(0).standard_normal((3, 4)) * 10
    ours, theirs = Parameter(x), leaf(x)
    (engine.softmax(ours) ** 2).sum().backward()
    (theirs.softmax(-1) ** 2).sum().backward()
    close(ours.grad, theirs.grad)


def twin_networks(dtype=np.float64):
    rng = np.random.default_rng(0)
    ours = engine.Sequential(
        engine.Dense(20, 16, "relu", rng=rng, dtype=dtype),
        engine.Dense(16, 5, rng=rng, dtype=dtype),
    )
    theirs = torch.nn.Sequential(
        torch.nn.Linear(20, 16), torch.nn.ReLU(), torch.nn.Linear(16, 5)
    ).to(torch.from_numpy(np.zeros(1, dtype)).dtype)
    with torch.no_grad():
        for layer, linear in zip(ours.layers, (theirs[0], theirs[2]), strict=True):
            linear.weight.copy_(torch.tensor(layer.kernel.data.T.copy()))
            linear.bias.copy_(torch.tensor(layer.bias.data))
    return ours, theirs


def test_a_network_is_trained_to_the_same_weights():
    ours, theirs = twin_networks()
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((64, 20)), rng.integers(0, 5, 64)
    a, b = (
        engine.SGD(ours.parameters(), lr=0.1, momentum=0.9),
        torch.optim.SGD(theirs.parameters(), lr=0.1, momentum=0.9),
    )
    for _ in range(20):
        loss, _ = engine.train_step(ours, x, y, engine.cross_entropy, a)
        b.zero_grad()
        their_loss = F.cross_entropy(theirs(torch.tensor(x)), torch.tensor(y))
        their_loss.backward()
        b.step()
        assert loss == pytest.approx(their_loss.item(), rel=1e-11)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(p.data, q.detach().numpy().T, rtol=1e-9, atol=1e-12)


def test_initial_weights_have_the_distribution_of_torch():
    theirs = torch.nn.Linear(100, 4000)
    ours = engine.Dense(100, 4000, rng=np.random.default_rng(0))
    for p, q in ((ours.kernel, theirs.weight), (ours.bias, theirs.bias)):
        assert p.data.std() == pytest.approx(q.std().item(), rel=0.05)
        assert np.abs(p.data).max() == pytest.approx(q.abs().max().item(), rel=0.01)


OPTIMIZERS = [
    ("SGD", dict(lr=0.1)),
    ("SGD", dict(lr=0.1, momentum=0.9)),
    ("SGD", dict(lr=0.1, momentum=0.9, nesterov=True)),
    ("SGD", dict(lr=0.1, momentum=0.5, weight_decay=0.1)),
    ("Adagrad", {}),
    (
        "Adagrad",
        dict(lr=0.1, weight_decay=0.1, eps=1e-6),
    ),
    ("RMSprop", {}),
    ("RMSprop", dict(lr=0.02, alpha=0.9, eps=1e-5, weight_decay=0.1, momentum=0.7)),
    ("Adam", {}),
    ("Adam", dict(lr=0.05, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1)),
    ("AdamW", {}),
    ("AdamW", dict(lr=0.05, betas=(0.8, 0.95), weight_decay=0.3)),
]


@pytest.mark.parametrize(
    "name, hyperparameters", OPTIMIZERS, ids=[f"{name} {' '.join(h)}" for name, h in OPTIMIZERS]
)
def test_optimizers_for_100_steps_on_random_gradients(name, hyperparameters):
    rng = np.random.default_rng(0)
    values = [rng.standard_normal((3, 4)), rng.standard_normal(5)]
    ours, theirs = [Parameter(v.copy()) for v in values], [leaf(v) for v in values]
    a = getattr(engine, name)(ours, **hyperparameters)
    b = getattr(torch.optim, name)(theirs, **hyperparameters)
    for _ in range(100):
        for p, q in zip(ours, theirs, strict=True):
            p.grad = rng.standard_normal(p.shape)
            q.grad = torch.tensor(p.grad)
        a.step()
        b.step()
        for p, q in zip(ours, theirs, strict=True):
            close(p.data, q)


def test_the_defaults_are_those_of_torch():
    for name in ("SGD", "Adagrad", "RMSprop", "Adam", "AdamW"):
        theirs = inspect.signature(getattr(torch.optim, name)).parameters
        for argument, ours in inspect.signature(getattr(engine, name)).parameters.items():
            if ours.default is not inspect.Parameter.empty:
                assert ours.default == theirs[argument].default, (name, argument)


def test_where_the_momentum_of_the_lecture_and_of_torch_part():
    """The same path while lr is constant, another when lr changes: torch scales the remembered step
    too.
    """

    def walk(optimizer, w, set_lr):
        for i in range(20):
            if i == 10:
                set_lr(0.01)
            w.grad = w.data * 1.0
            optimizer.step()
        return float(w.data)

    ours, theirs = Parameter(1.0), leaf(1.0)
    a, b = engine.SGD([ours], lr=0.1, momentum=0.9), torch.optim.SGD([theirs], lr=0.1, momentum=0.9)
    last = (
        walk(a, ours, lambda lr: setattr(a, "lr", lr)),
        walk(b, theirs, lambda lr: b.param_groups[0].update(lr=lr)),
    )
    assert abs(last[0] - last[1]) > 0.01
