"""The Momentum explorer shows the engine's paths, and its map agrees with theory."""

import numpy as np
import pytest

from lecture3_engine.descent import descend
from lecture3_engine.explorers import MomentumExplorer
from lecture3_engine.explorers.landscape import LANDSCAPES
from lecture3_engine.explorers.momentum import heavy_ball, optimum, rate_map, run, step_parts
from lecture3_engine.live import Pointer

QUADRATICS = ["bowl", "ravine", "long ravine"]


def numbers(text):
    return float(text.replace("−", "-").replace("= ", ""))


@pytest.mark.slow
@pytest.mark.parametrize("beta, which", [(0.0, 0), (0.8, 1)])
def test_both_paths_are_the_engines(beta, which):
    explorer = MomentumExplorer(lr=0.03, beta=0.8, w0=-4, w1=2, step=40)
    path = descend(LANDSCAPES["ravine"], [-4, 2], steps=40, lr=0.03, momentum=beta)
    walk, start, now, _, loss, loss_now, here = explorer.walks[which]
    np.testing.assert_allclose(walk.get_xydata(), path.points, rtol=1e-12)
    np.testing.assert_allclose(loss.get_ydata(), path.losses, rtol=1e-12)
    np.testing.assert_allclose(now.get_xydata(), path.points[-1:], rtol=1e-12)
    np.testing.assert_allclose(here.get_xydata(), [[0.03, beta]])


@pytest.mark.parametrize("landscape", QUADRATICS)
def test_the_measured_map_agrees_with_theory(landscape):
    eigenvalues = LANDSCAPES[landscape].hessian_eigenvalues
    lr, beta, rate = rate_map(landscape)
    theory = np.array([[min(heavy_ball(eigenvalues, x, y), 1) for x in lr] for y in beta])
    border = np.abs(lr * eigenvalues.max() - 2 * (1 + beta[:, None])) < 0.01 * 2 * (1 + beta[:, None])
    assert ((rate < 1) == (theory < 1))[~border].all(), "the measured border is 2 (1 + beta) / l_max, to 1 %"
    slow = theory > 0.4  # a faster descent underflows before it is measured
    np.testing.assert_allclose(rate[slow], theory[slow], atol=0.02)


@pytest.mark.parametrize("landscape", QUADRATICS)
def test_nothing_is_faster_than_the_optimum(landscape):
    eigenvalues = LANDSCAPES[landscape].hessian_eigenvalues
    k = eigenvalues.max() / eigenvalues.min()
    best = heavy_ball(eigenvalues, *optimum(eigenvalues))
    assert best == pytest.approx((np.sqrt(k) - 1) / (np.sqrt(k) + 1), abs=1e-6)
    lr, beta, _ = rate_map(landscape)
    assert best <= min(heavy_ball(eigenvalues, x, y) for x in lr for y in beta) + 1e-6


def test_where_roots_are_complex_the_rate_is_the_root_of_beta():
    """Not 2 sqrt(beta), as Distill prints: seen in a descent."""
    losses = descend(LANDSCAPES["ravine"], [-4, 2], steps=200, lr=0.03, momentum=0.8).losses
    measured = (losses[-20:].max() / losses[:20].max()) ** (1 / 362)
    assert heavy_ball(LANDSCAPES["ravine"].hessian_eigenvalues, 0.03, 0.8) == pytest.approx(np.sqrt(0.8)) == pytest.approx(measured, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_it_says_diverges_where_it_does(beta):
    limit = 2 * (1 + beta) / 25
    for lr, converges in ((0.99 * limit, True), (1.01 * limit, False)):
        explorer = MomentumExplorer(lr=lr, beta=beta, step=100)
        assert ("no convergence" not in explorer.summary) == converges
        losses = descend(LANDSCAPES["ravine"], [-4, 2], steps=3000, lr=lr, momentum=beta).losses
        assert (losses[-1] < 1e-6) == converges


def test_momentum_converges_where_gradient_descent_does_not():
    explorer = MomentumExplorer(lr=0.1, beta=0.5, step=100)
    assert "gradient descent does not converge" in explorer.summary and "momentum converges" in explorer.summary


@pytest.mark.slow
@pytest.mark.parametrize("step", [0, 1, 12, 100])
def test_the_arrows_and_the_ledger_add_up_to_the_step(step):
    explorer = MomentumExplorer(step=step)
    path = run("ravine", 0.03, 0.8, -4.0, 2.0, 101)[1]
    w, by_velocity, by_gradient, following = step_parts(LANDSCAPES["ravine"], path, 0.03, 0.8, step)
    np.testing.assert_allclose(w + by_velocity + by_gradient, following, rtol=1e-9, atol=1e-14)
    shown = np.array([numbers(text.get_text()) for text in explorer.ledger]).reshape(2, 4).T
    np.testing.assert_allclose(shown, [w, by_velocity, by_gradient, following], rtol=0.05)
    total, velocity, gradient = (arrow.get_xydata() for arrow in explorer.walks[1][3])
    np.testing.assert_allclose(total[0], w, atol=1e-12)
    np.testing.assert_allclose(gradient[1], total[1], atol=1e-9, err_msg="head to tail, the two parts end where the sum ends")
    if step:
        np.testing.assert_allclose(gradient[0], velocity[1], atol=1e-12)


def test_the_dot_is_dragged_in_the_map():
    explorer = MomentumExplorer()
    before = explorer.walks[1][0].get_xydata().copy()
    explorer._pointed(Pointer("move", explorer.map, 0.1, 0.5))
    assert explorer.lr == pytest.approx(0.1, rel=0.02) and explorer.beta == 0.5
    assert not np.array_equal(before, explorer.walks[1][0].get_xydata())


@pytest.mark.slow
def test_beta_0_is_gradient_descent():
    explorer = MomentumExplorer(beta=0)
    np.testing.assert_array_equal(explorer.walks[0][0].get_xydata(), explorer.walks[1][0].get_xydata())
    assert "both are plain gradient descent" in explorer.summary


def test_where_no_formula_holds_the_map_says_that_it_is_measured():
    explorer = MomentumExplorer(landscape="Rosenbrock", lr=0.001)
    assert "measured" in explorer.summary and not explorer.legend.get_visible() and len(explorer.best.get_xdata()) == 0
