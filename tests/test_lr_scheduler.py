"""Schedulers, with torch's of the same names as the oracle."""

import numpy as np
import pytest

import lecture3_engine as engine
from lecture3_engine import SGD, Adam, Parameter
from lecture3_engine.lr_scheduler import CosineAnnealingLR, LinearLR, LRScheduler, StepLR

CASES = [
    ("StepLR", dict(step_size=7)),
    ("StepLR", dict(step_size=1, gamma=0.9)),
    ("StepLR", dict(step_size=3, gamma=2.0)),
    ("LinearLR", {}),
    ("LinearLR", dict(start_factor=0.01, total_iters=20)),
    ("LinearLR", dict(start_factor=1.0, end_factor=0.1, total_iters=13)),
    ("CosineAnnealingLR", dict(T_max=10)),
    ("CosineAnnealingLR", dict(T_max=30, eta_min=0.02)),
]


def optimizer(lr=0.3):
    return SGD([Parameter([1.0, 2.0])], lr=lr)


@pytest.mark.parametrize("name, settings", CASES)
def test_each_goes_as_torchs(name, settings):
    torch = pytest.importorskip("torch", reason="torch is the oracle: pip install torch==2.13.0")
    ours = optimizer()
    theirs = torch.optim.SGD([torch.zeros(2, requires_grad=True)], lr=0.3)
    mine = getattr(engine.lr_scheduler, name)(ours, **settings)
    other = getattr(torch.optim.lr_scheduler, name)(theirs, **settings)
    for _ in range(45):
        assert ours.lr == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-9, abs=1e-12)
        assert mine.get_last_lr() == [ours.lr]
        theirs.step()
        mine.step()
        other.step()


def test_the_formulas():
    stairs = StepLR(optimizer(0.8), step_size=2, gamma=0.5)
    assert [stairs.lr_at(t) for t in (0, 1, 2, 3, 4, 9)] == [0.8, 0.8, 0.4, 0.4, 0.2, 0.05]
    line = LinearLR(optimizer(1.0), start_factor=0.5, end_factor=1.0, total_iters=4)
    assert [line.lr_at(t) for t in range(6)] == [0.5, 0.625, 0.75, 0.875, 1.0, 1.0]
    cosine = CosineAnnealingLR(optimizer(1.0), T_max=2, eta_min=0.5)
    assert [cosine.lr_at(t) for t in range(4)] == pytest.approx([1.0, 0.75, 0.5, 0.75])


def test_the_optimizer_has_the_first_rate_at_once_and_the_next_after_each_step():
    ours = optimizer(0.9)
    scheduler = LinearLR(ours, start_factor=1 / 3, total_iters=2)
    seen = [ours.lr]
    for _ in range(3):
        scheduler.step()
        seen.append(ours.lr)
    assert seen == pytest.approx([0.3, 0.6, 0.9, 0.9])
    assert (scheduler.base_lr, scheduler.last_epoch) == (0.9, 3)


def test_a_cosine_that_ends_at_nothing_leaves_a_learning_rate_above_nothing():
    ours = optimizer()
    scheduler = CosineAnnealingLR(ours, T_max=3)
    for _ in range(3):
        scheduler.step()
    assert 0 < ours.lr < 1e-10


def test_a_warm_up_and_an_annealing_train():
    """On a noisy parabola a rate that falls ends nearer to the minimum than one that stays."""
    ends = {}
    for name in ("constant", "cosine"):
        rng = np.random.default_rng(0)
        w = Parameter(np.full(200, 3.0))
        ours = SGD([w], lr=0.3)
        scheduler = CosineAnnealingLR(ours, T_max=100) if name == "cosine" else None
        for _ in range(100):
            w.grad = 2 * w.data + rng.standard_normal(200)
            ours.step()
            if scheduler:
                scheduler.step()
        ends[name] = float(np.mean(w.data**2))
    assert ends["cosine"] < 0.3 * ends["constant"]


@pytest.mark.parametrize(
    "make, error, words",
    [
        (lambda: StepLR("sgd", 3), TypeError, "optimizer"),
        (lambda: StepLR(optimizer(), 0), ValueError, "step_size"),
        (lambda: StepLR(optimizer(), 1.5), TypeError, "step_size"),
        (lambda: StepLR(optimizer(), 2, gamma=0), ValueError, "gamma"),
        (lambda: LinearLR(optimizer(), start_factor=0), ValueError, "start_factor"),
        (lambda: LinearLR(optimizer(), end_factor=2), ValueError, "end_factor"),
        (lambda: LinearLR(optimizer(), total_iters=0), ValueError, "total_iters"),
        (lambda: CosineAnnealingLR(optimizer(), 0), ValueError, "T_max"),
        (lambda: CosineAnnealingLR(optimizer(), 3, eta_min=-1), ValueError, "eta_min"),
        (lambda: LRScheduler(optimizer()), NotImplementedError, "lr_at"),
    ],
)
def test_what_does_not_fit_is_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_any_optimizer_will_do():
    ours = Adam([Parameter([1.0])], lr=0.01)
    StepLR(ours, step_size=1, gamma=0.5).step()
    assert ours.lr == 0.005
