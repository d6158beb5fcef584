import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lecture3_engine import Tensor, check_gradient, coordinate_search_step, l1_loss, numerical_gradient, rate_of_change
from lecture3_engine.functional import dense


def cubic(w):
    return w**3


def test_the_three_directions_are_their_formulas():
    w, e = 2.0, 0.25
    assert rate_of_change(cubic, w, e) == (cubic(w + e) - cubic(w)) / e
    assert rate_of_change(cubic, w, e, "backward") == (cubic(w) - cubic(w - e)) / e
    assert rate_of_change(cubic, w, e, "central") == (cubic(w + e) - cubic(w - e)) / (2 * e)


def test_the_errors_are_those_of_the_docstring():
    w, slope = 2.0, 12.0
    for e in (1e-2, 1e-3):
        assert rate_of_change(cubic, w, e) - slope == pytest.approx(e / 2 * 12, rel=1e-2)
        assert rate_of_change(cubic, w, e, "backward") - slope == pytest.approx(-e / 2 * 12, rel=1e-2)
        assert rate_of_change(cubic, w, e, "central") - slope == pytest.approx(e**2, rel=1e-2)


@pytest.mark.parametrize("dtype, unit", [(np.float64, 1.1e-16), (np.float32, 6e-8)])
def test_the_best_epsilon_is_near_the_root_of_the_round_off(dtype, unit):
    epsilons = 10 ** np.linspace(-12, -0.5, 60)
    w = np.linspace(0.5, 1.5, 41).astype(dtype)  # many points, because the round-off of one is a matter of luck
    for direction, best in (("forward", unit ** (1 / 2)), ("central", unit ** (1 / 3))):
        rc = np.stack([rate_of_change(np.exp, w, e, direction) for e in epsilons])
        assert rc.dtype == dtype
        errors = np.abs(rc.astype(float) - np.exp(w.astype(float))).mean(axis=1)
        assert 0.05 < epsilons[errors.argmin()] / best < 20


@given(st.floats(-3, 3), st.floats(1e-3, 1))
def test_positive_rc_means_that_decreasing_w_helps(w, e):
    rc = rate_of_change(lambda x: (x - 1) ** 2, w, e, "backward")
    if rc > 1e-9:
        assert (w - e - 1) ** 2 < (w - 1) ** 2


def test_numerical_gradient_of_any_shape_leaves_w_alone():
    w = np.random.default_rng(0).standard_normal((2, 3, 2))
    before = w.copy()
    for direction, tolerance in (("central", 1e-9), ("forward", 1e-4), ("backward", 1e-4)):
        gradient = numerical_gradient(lambda x: (x**3).sum(), w, 1e-5, direction)
        np.testing.assert_allclose(gradient, 3 * w**2, atol=tolerance)
    np.testing.assert_array_equal(w, before)
    assert numerical_gradient(lambda x: (x**2).sum(), np.array([1, 2])).tolist() == pytest.approx([2, 4])
    assert numerical_gradient(lambda x: float(x) ** 2, 3.0).shape == ()


def test_a_loss_may_return_a_tensor():
    np.testing.assert_allclose(numerical_gradient(lambda x: (Tensor(x) ** 2).sum(), np.array([1.0, 2.0])), [2, 4], atol=1e-8)


def test_check_gradient_reports_the_worst_entry_with_both_numbers():
    w = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert check_gradient(lambda x: (x**2).sum(), w, 2 * w)
    wrong = 2 * w
    wrong[1, 0] = 7
    verdict = check_gradient(lambda x: (x**2).sum(), w, wrong)
    assert not verdict and verdict.index == (1, 0) and verdict.analytic == 7 and verdict.numerical == pytest.approx(6)
    assert verdict.relative_error == pytest.approx(1 / 7, rel=1e-6)
    assert "[1, 0]" in str(verdict) and "7" in str(verdict) and "DIFFERS" in str(verdict)
    assert not check_gradient(lambda x: (x**2).sum(), w, np.full((2, 2), np.nan))
    assert check_gradient(lambda x: (x**2).sum(), np.zeros(2), np.zeros(2))


def test_coordinate_search_is_the_lectures_naive_way():
    w = np.array([[0.3, -0.2], [1.0, 0.0]])
    calls = []

    def loss(x):
        calls.append(1)
        return np.abs(x).sum()

    new_w, forward_passes = coordinate_search_step(loss, w, 0.1)
    np.testing.assert_allclose(new_w, [[0.2, -0.1], [0.9, 0.0]])
    assert forward_passes == len(calls) == 2 * w.size + 1
    assert w[0, 0] == 0.3


def test_the_table_of_the_slide():
    """Loss 0.5 at W, 0.6 with W[0, 0] = 0.35, 0.4 with W[0, 0] = 0.25, from a real forward pass."""
    W = np.array([[0.30, 0.45, 0.10], [0.70, 0.56, 0.32]])
    b = np.array([0.50, 0.21])
    x = np.array([[2.0, 1.0, 1.0]])
    target = dense(x, W.T, b).data - [[0.5, 0.0]]

    def loss(W):
        return l1_loss(dense(x, W.T, b), target, reduction="sum").item()

    assert loss(W) == pytest.approx(0.5)
    for value, expected in ((0.35, 0.6), (0.25, 0.4)):
        changed = W.copy()
        changed[0, 0] = value
        assert loss(changed) == pytest.approx(expected)
    assert rate_of_change(lambda w: loss(np.r_[w, W.ravel()[1:]].reshape(2, 3)), 0.30, 0.05) == pytest.approx(2)


@pytest.mark.parametrize("call, error, words", [
    (lambda: rate_of_change(cubic, 1.0, 0), ValueError, "greater than 0"),
    (lambda: rate_of_change(cubic, 1.0, -1e-3), ValueError, "direction"),
    (lambda: rate_of_change(cubic, 1.0, np.nan), ValueError, "finite"),
    (lambda: rate_of_change(cubic, 1.0, "small"), TypeError, "'small'"),
    (lambda: rate_of_change(cubic, 1.0, 0.1, "up"), ValueError, "'forward', 'backward', 'central'"),
    (lambda: rate_of_change(1.0, cubic, 0.1), TypeError, "order is"),
    (lambda: rate_of_change(1.0, 2.0, 0.1), TypeError, "function"),
    (lambda: rate_of_change(cubic, np.nan, 0.1), ValueError, "NaN"),
    (lambda: rate_of_change(cubic, "1", 0.1), TypeError, "real numbers"),
    (lambda: rate_of_change(cubic, np.ones(3), np.ones(2)), ValueError, "(3,)"),
    (lambda: rate_of_change(np.sum, np.ones(3), 0.1), ValueError, "numerical_gradient"),
    (lambda: numerical_gradient(lambda w: w, np.ones(3)), ValueError, "one number"),
    (lambda: numerical_gradient(lambda w: "x", np.ones(3)), TypeError, "real number"),
    (lambda: numerical_gradient(np.sum, np.ones(3), 0), ValueError, "epsilon"),
    (lambda: numerical_gradient(np.sum, np.ones(3), np.ones(3)), TypeError, "one number"),
    (lambda: numerical_gradient(np.sum, np.array([1.0, np.inf])), ValueError, "infinity"),
    (lambda: check_gradient(np.sum, np.ones(3), np.ones(2)), ValueError, "(2,)"),
    (lambda: check_gradient(np.sum, np.ones(0), np.ones(0)), ValueError, "empty"),
    (lambda: coordinate_search_step(np.sum, np.ones(3), 0), ValueError, "step"),
])
def test_bad_input(call, error, words):
    with pytest.raises(error) as raised:
        call()
    assert words in str(raised.value)


@settings(max_examples=50)
@given(st.lists(st.floats(-10, 10), min_size=1, max_size=6))
def test_check_gradient_accepts_every_right_gradient(values):
    w = np.array(values)
    assert check_gradient(lambda x: (x**2).sum() + np.sin(x).sum(), w, 2 * w + np.cos(w), tolerance=1e-5)
