"""What an optimizer keeps, switches and counts, with torch as the oracle. Skips where torch is not
installed.
"""

import numpy as np
import pytest

import lecture3_engine as engine
from lecture3_engine import Parameter

torch = pytest.importorskip("torch", reason="torch is the oracle: pip install torch==2.13.0")

OPTIMIZERS = [
    ("SGD", dict(lr=0.1)),
    ("SGD", dict(lr=0.1, momentum=0.9)),
    ("SGD", dict(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1)),
    ("Adagrad", dict(lr=0.1)),
    ("Adagrad", dict(lr=0.1, weight_decay=0.1)),
    ("RMSprop", {}),
    ("RMSprop", dict(momentum=0.7)),
    ("Adam", dict(lr=0.05)),
    ("Adam", dict(lr=0.05, weight_decay=0.1)),
    ("AdamW", dict(lr=0.05, weight_decay=0.3)),
]
each_optimizer = pytest.mark.parametrize(
    "name, hyperparameters", OPTIMIZERS, ids=[f"{name} {' '.join(h)}" for name, h in OPTIMIZERS]
)


def pair(name, hyperparameters, values):
    ours, theirs = (
        [Parameter(v.copy()) for v in values],
        [torch.tensor(v, requires_grad=True) for v in values],
    )
    return (
        ours,
        theirs,
        getattr(engine, name)(ours, **hyperparameters),
        getattr(torch.optim, name)(theirs, **hyperparameters),
    )


def same(ours, theirs):
    for p, q in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(p.data, q.detach().numpy(), rtol=1e-12, atol=1e-13)


@each_optimizer
def test_parameters_that_get_a_gradient_now_and_then(name, hyperparameters):
    """The first one at any step: each parameter's steps are its own."""
    rng = np.random.default_rng(0)
    ours, theirs, a, b = pair(name, hyperparameters, [rng.standard_normal(4) for _ in range(6)])
    for step in range(40):
        for i, (p, q) in enumerate(zip(ours, theirs, strict=True)):
            has_one = i == 0 or (step >= 6 * i and rng.random() < 0.6)
            p.grad = rng.standard_normal(4) if has_one else None
            q.grad = torch.tensor(p.grad) if has_one else None
        a.step()
        b.step()
        same(ours, theirs)
    for i, q in enumerate(theirs):
        if "t" in a.state[i]:
            assert a.state[i]["t"] == b.state[q]["step"]


@each_optimizer
def test_hyperparameters_that_change_on_the_way(name, hyperparameters):
    """All but lr and momentum with SGD, where the lecture and torch part: see
    test_against_torch.py.
    """
    changes = {"weight_decay": 0.2}
    if name != "SGD":
        changes |= {"lr": 0.02}
    changes |= {
        "Adagrad": {"eps": 0.1},
        "RMSprop": {"alpha": 0.5, "eps": 1e-3},
        "Adam": {"betas": (0.5, 0.6)},
        "AdamW": {"eps": 0.1},
    }.get(name, {})
    rng = np.random.default_rng(0)
    ours, theirs, a, b = pair(name, hyperparameters, [rng.standard_normal((3, 2))])
    for step in range(20):
        if step == 10:
            for key, value in changes.items():
                setattr(a, key, value)
                b.param_groups[0][key] = value
        ours[0].grad = rng.standard_normal((3, 2))
        theirs[0].grad = torch.tensor(ours[0].grad)
        a.step()
        b.step()
        same(ours, theirs)


@each_optimizer
def test_large_parameters(name, hyperparameters):
    """Larger than the pieces that a step is taken in, and no multiple of them."""
    rng = np.random.default_rng(0)
    ours, theirs, a, b = pair(
        name, hyperparameters, [rng.standard_normal((271, 1009)), rng.standard_normal(7)]
    )
    for _ in range(3):
        for p, q in zip(ours, theirs, strict=True):
            p.grad = rng.standard_normal(p.shape)
            q.grad = torch.tensor(p.grad)
        a.step()
        b.step()
    same(ours, theirs)


@each_optimizer
def test_the_layout_of_a_state_dict(name, hyperparameters):
    ours, theirs, a, b = pair(name, hyperparameters, [np.ones(3), np.ones(2)])
    for p, q in zip(ours, theirs, strict=True):
        p.grad, q.grad = np.ones(p.shape), torch.ones(p.shape, dtype=q.dtype)
    a.step()
    b.step()
    x, y = a.state_dict(), b.state_dict()
    assert list(x) == list(y)
    (group,), (their_group,) = x["param_groups"], y["param_groups"]
    assert set(group) <= set(their_group)
    assert group["params"] == their_group["params"]
    for key in set(group) & set(their_group):
        assert group[key] == their_group[key], key
    assert list(x["state"]) == [0, 1]


def test_frozen_and_computed_parameters():
    w, frozen = Parameter([1.0]), Parameter([1.0])
    v, still = (
        torch.ones(1, dtype=torch.float64, requires_grad=True),
        torch.ones(1, dtype=torch.float64),
    )
    frozen.requires_grad = False
    a, b = engine.SGD([w, frozen], lr=0.1), torch.optim.SGD([v, still], lr=0.1)
    (w * frozen).sum().backward()
    (v * still).sum().backward()
    a.step()
    b.step()
    same([w, frozen], [v, still])
    for optimizer, params in ((engine.SGD, [w * 2]), (torch.optim.SGD, [v * 2])):
        with pytest.raises(ValueError, match="lea"):
            optimizer(params, lr=0.1)
