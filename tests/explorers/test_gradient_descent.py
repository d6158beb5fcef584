"""The picture of naive gradient descent walks as the engine does, step by step, and its sentence agrees with theory."""

import numpy as np
import pytest

from lecture3_engine import descend, rate_of_change
from lecture3_engine.explorers import GradientDescentExplorer
from lecture3_engine.explorers.curve import CURVES, WINDOW, gone_at
from lecture3_engine.explorers.gradient_descent import STEPS


@pytest.mark.parametrize("rule", ["rc", "gradient"])
@pytest.mark.parametrize("curve", CURVES)
def test_path_is_the_engines(curve, rule):
    explorer = GradientDescentExplorer(curve=curve, rule=rule, lr=0.04, epsilon=0.2, w0=1.3, step=STEPS)
    surface = CURVES[curve]
    slope = {"gradient": None, "rc": lambda w: rate_of_change(lambda w: surface.loss(w[:, None]), w, 0.2)}[rule]
    path = descend(surface, [1.3], steps=STEPS, lr=0.04, gradient=slope)
    np.testing.assert_allclose(explorer.path.get_xdata(), path.points[:, 0], rtol=1e-12)
    np.testing.assert_allclose(explorer.path.get_ydata(), path.losses, rtol=1e-12)
    np.testing.assert_allclose(explorer.loss.get_ydata(), path.losses, rtol=1e-12)


def test_lectures_loop_by_hand():
    """w = w - lr * rc, N times, in plain Python."""
    w, epsilon, lr = 0.2, 0.3, 0.2
    loss = CURVES["lecture curve"].loss
    for _ in range(7):
        rc = (loss(w + epsilon) - loss(w)) / epsilon
        w = w - lr * rc
    assert GradientDescentExplorer(w0=0.2, epsilon=0.3, lr=0.2, step=7).now.get_xdata()[0] == pytest.approx(w, rel=1e-12)


def test_arithmetic_in_the_picture():
    explorer = GradientDescentExplorer(curve="parabola", rule="gradient", lr=0.5, w0=2, step=1)
    assert [text.get_text().strip() for text in explorer.sums] == ["= 1.0000", "= 1.0000 − 0.5 · 1.0000 = 0.5000"]
    explorer.set(rule="rc", epsilon=0.1, w0=-2, step=0)
    assert [text.get_text().strip() for text in explorer.sums] == ["= (1.80500 − 2.00000) / 0.1 = −1.9500", "= −2.0000 − 0.5 · (−1.9500) = −1.0250"]
    np.testing.assert_allclose(explorer.arrow.get_xdata(), [-2, -1.025])


@pytest.mark.parametrize("epsilon", [1, 0.3, 0.01, 1e-3])
def test_arithmetic_can_be_checked_by_hand(epsilon):
    text = GradientDescentExplorer(epsilon=epsilon).sums[0].get_text().replace("−", "-")
    terms, rc = text.split("=")[1:]
    assert eval(terms) == pytest.approx(float(rc), abs=2e-4)


def test_limit_agrees_with_theory():
    """On the parabola gradient descent converges below lr = 2, and nowhere above."""
    for lr, words in ((1.98, "below the limit"), (2.02, "above the limit")):
        assert words in GradientDescentExplorer(curve="parabola", rule="gradient", lr=lr, w0=1, step=STEPS).summary
    assert "left the picture" in GradientDescentExplorer(curve="parabola", rule="gradient", lr=2.2, w0=1, step=STEPS).summary
    assert "settled in the minimum" in GradientDescentExplorer(curve="parabola", rule="gradient", lr=1, w0=1, step=1).summary


def test_rc_stops_half_an_epsilon_short():
    explorer = GradientDescentExplorer(curve="parabola", rule="rc", epsilon=0.4, lr=0.5, w0=2, step=STEPS)
    assert explorer.now.get_xdata()[0] == pytest.approx(-0.2, abs=1e-3) and "ε/2" in explorer.summary
    assert "ε" not in GradientDescentExplorer(curve="parabola", rule="gradient", lr=0.5, w0=2, step=STEPS).summary


def test_a_path_that_leaves_is_cut_and_explained():
    explorer = GradientDescentExplorer(lr=3, w0=2.9, step=STEPS)
    assert "after 1 step w has left" in explorer.summary and (np.abs(explorer.path.get_xdata()) <= WINDOW).all()
    assert "left" not in GradientDescentExplorer(lr=3, w0=2.9, step=0).summary


def test_local_and_global_minimum_are_told_apart():
    assert "the local minimum w = 2" in GradientDescentExplorer(rule="gradient", w0=1.5, lr=0.1, step=STEPS).summary
    assert "in the minimum w = −2" in GradientDescentExplorer(rule="gradient", w0=-1.5, lr=0.1, step=STEPS).summary


def test_gone_at():
    assert gone_at(np.array([0.0, 5, 1])) is None
    assert gone_at(np.array([0.0, 5, 1, 5, np.nan])) == 3
    assert gone_at(np.array([1.0, 4, 9])) == 1
