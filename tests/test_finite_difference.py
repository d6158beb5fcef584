import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lecture3_engine import (
    Parameter,
    Tensor,
    check_gradient,
    coordinate_search_step,
    l1_loss,
    numerical_gradient,
    rate_of_change,
)
from lecture3_engine.functional import dense


def cubic(w):
    return w**3


@pytest.mark.parametrize(
    "direction, expected", [("forward", 13.5625), ("backward", 10.5625), ("central", 12.0625)]
)
def test_the_three_directions_worked_out_by_hand(direction, expected):
    """1.75^3 = 5.359375, 2^3 = 8, 2.25^3 = 11.390625: no rounding, each is a sum of few powers of
    two.
    """
    assert rate_of_change(cubic, 2.0, 0.25, direction) == expected
    assert rate_of_change(
        cubic, np.array([2.0, 0.0]), np.array([0.25, 0.5]), direction
    ).tolist() == [expected, 0.25]
    assert numerical_gradient(
        lambda w: w[0] ** 3, np.array([2.0, 7.0]), 0.25, direction
    ).tolist() == [expected, 0]


@pytest.mark.parametrize("dtype, unit", [(np.float64, 1.1e-16), (np.float32, 6e-8)])
def test_the_best_epsilon_is_near_the_root_of_the_round_off(dtype, unit):
    epsilons = 10 ** np.linspace(-12, -0.5, 60)
    # many points, because the round-off of one is a matter of luck
    w = np.linspace(0.5, 1.5, 41).astype(dtype)
    for direction, best in (("forward", unit ** (1 / 2)), ("central", unit ** (1 / 3))):
        rc = np.stack([rate_of_change(np.exp, w, e, direction) for e in epsilons])
        assert rc.dtype == dtype
        errors = np.abs(rc.astype(float) - np.exp(w.astype(float))).mean(axis=1)
        assert 0.05 < epsilons[errors.argmin()] / best < 20


@given(st.floats(-3, 3), st.floats(1e-3, 1), st.floats(0.25, 0.75))
def test_positive_rc_means_that_decreasing_w_helps(w, e, part):
    """By a part of epsilon too, at which rc has never looked, because this loss is convex."""
    rc = rate_of_change(lambda x: (x - 1) ** 2, w, e, "backward")
    # round-off: 2 * 16 * 1.1e-16 / 1e-3 = 3.6e-12
    assert rc == pytest.approx(2 * (w - 1) - e, abs=1e-11)
    if rc > 1e-9:
        assert (w - part * e - 1) ** 2 < (w - 1) ** 2


def test_numerical_gradient_of_any_shape_leaves_w_alone():
    w = np.random.default_rng(0).standard_normal((2, 3, 2))
    before = w.copy()
    for direction, tolerance in (("central", 1e-9), ("forward", 1e-4), ("backward", 1e-4)):
        gradient = numerical_gradient(lambda x: (x**3).sum(), w, 1e-5, direction)
        np.testing.assert_allclose(gradient, 3 * w**2, atol=tolerance)
    np.testing.assert_array_equal(w, before)
    assert numerical_gradient(lambda x: (x**2).sum(), np.array([1, 2])).tolist() == pytest.approx(
        [2, 4]
    )
    assert numerical_gradient(lambda x: float(x) ** 2, 3.0).shape == ()


def test_a_loss_may_return_a_tensor():
    for kind in (Tensor, Parameter):  # without and with a history
        np.testing.assert_allclose(
            numerical_gradient(lambda x: (kind(x) ** 2).sum(), np.array([1.0, 2.0])),
            [2, 4],
            atol=1e-8,
        )


@pytest.mark.parametrize("direction, passes", [("forward", 7), ("backward", 7), ("central", 12)])
def test_the_forward_passes_of_a_gradient_are_those_of_the_docstring(direction, passes):
    calls = []
    numerical_gradient(lambda x: calls.append(1) or x.sum(), np.ones((2, 3)), 1e-5, direction)
    assert len(calls) == passes


def test_check_gradient_reports_the_worst_entry_with_both_numbers():
    w = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert check_gradient(lambda x: (x**2).sum(), w, 2 * w)
    wrong = 2 * w
    wrong[1, 0] = 7
    verdict = check_gradient(lambda x: (x**2).sum(), w, wrong)
    assert not verdict
    assert verdict.index == (1, 0)
    assert verdict.analytic == 7
    assert verdict.numerical == pytest.approx(6)
    assert verdict.relative_error == pytest.approx(1 / 7, rel=1e-6)
    assert "[1, 0]" in str(verdict)
    assert "7" in str(verdict)
    assert "DIFFERS" in str(verdict)
    assert not check_gradient(lambda x: (x**2).sum(), w, np.full((2, 2), np.nan))
    assert check_gradient(lambda x: (x**2).sum(), np.zeros(2), np.zeros(2))


class TestEachTermOfCheckGradient:
    """At w = 0, with a linear loss and powers of two, finite differences are exact; what is left is
    the term.
    """

    zero, nudge = np.zeros(1), 2.0**-10

    def test_epsilon_is_the_nudge(self):
        """(e^3 - (-e)^3) / 2e = e^2"""

        def steep(w):
            return 1e6 * w[0] ** 3

        assert check_gradient(steep, self.zero, [0.0], epsilon=0.125).numerical == 1e6 / 64
        assert check_gradient(steep, self.zero, [1e6 / 64], epsilon=0.125)
        # the default is 1e-5
        assert check_gradient(steep, self.zero, [0.0]).numerical == pytest.approx(1e-4)
        assert numerical_gradient(steep, self.zero) == pytest.approx(1e-4)

    def test_round_off_of_the_loss(self):
        """10 * 2^-52 * 2^20 / 2^-10 = 10 * 2^-22"""

        def loss(w):
            return 2.0**20 + 2 * w[0]

        assert check_gradient(loss, self.zero, [2 + 9 * 2.0**-22], self.nudge).relative_error == 0
        assert check_gradient(loss, self.zero, [2 - 9 * 2.0**-22], self.nudge).relative_error == 0
        for sign in (1, -1):
            wrong = check_gradient(lambda w: sign * loss(w), self.zero, [sign * 4.0], self.nudge)
            assert wrong.relative_error == (2 - 10 * 2.0**-22) / 4

        def offset(w):
            return 1e6 + 2 * w[0]

        # A larger nudge sees what a smaller one does not.
        assert check_gradient(offset, self.zero, [2.0001])
        assert not check_gradient(offset, self.zero, [2.0001], epsilon=0.1)

    @pytest.mark.parametrize("w", [2.0**20, -(2.0**20)])
    def test_round_off_of_the_weight(self, w):
        """The loss is 0, so all round-off comes from w + epsilon: 10 * 2^-52 * 2^20 * 2 / 2^-10 =
        10 * 2^-21.
        """

        def loss(x):
            return 2 * (x[0] - w)

        assert (
            check_gradient(
                loss, np.array([w, 0.0]), [2 + 9 * 2.0**-21, 0], self.nudge
            ).relative_error
            == 0
        )
        wrong = check_gradient(loss, np.array([w, 0.0]), [4.0, 0], self.nudge)
        assert wrong.relative_error == (2 - 10 * 2.0**-21) / 4
        # A right gradient: one part in 2e5 of epsilon is lost when 1e6 + 1e-5 is rounded to 2^-33.
        assert check_gradient(lambda x: 2 * (x - 1e6).sum(), np.array([1e6]), [2.0])

    def test_round_off_is_that_of_the_dtype_of_w(self):
        w = np.array([1.3, 2.7, 11.1], dtype=np.float32)
        assert check_gradient(lambda x: (x**2).sum(), w, 2 * w, epsilon=1e-2)
        assert not check_gradient(lambda x: (x**2).sum(), w, 2 * w + 0.1, epsilon=1e-2)

    def test_an_entry_below_a_thousandth_of_the_largest(self):
        def loss(w):
            return 1000 * w[0] + w[1] / 1024 + 4 * w[2]

        small = check_gradient(loss, np.zeros(3), [1000, 2.0**-10 + 2.0**-21, 4], self.nudge)
        assert small
        assert small.index == (1,)
        assert small.relative_error == pytest.approx(2.0**-21, rel=1e-12)
        above = check_gradient(loss, np.zeros(3), [1000, 2.0**-10, 3], self.nudge)
        assert not above
        assert above.index == (2,)
        assert above.relative_error == 0.25
        assert (
            check_gradient(lambda w: 1e-300 * w[0], self.zero, [2e-300], self.nudge).relative_error
            == 0.5
        )

    def test_tolerance(self):
        def loss(w):
            return 7 * w[0]

        exact = check_gradient(loss, self.zero, [8], self.nudge, tolerance=0.125)
        assert exact
        assert exact.relative_error == exact.tolerance == 0.125
        assert not check_gradient(loss, self.zero, [8], self.nudge, tolerance=0.1249)
        # the default is 1e-6
        assert check_gradient(loss, self.zero, [7 * (1 + 0.9e-6)], self.nudge)
        assert not check_gradient(loss, self.zero, [7 * (1 + 1.1e-6)], self.nudge)

    def test_the_guide_of_the_docstring(self):
        """1 means a forgotten term, 2 a wrong sign."""
        assert check_gradient(lambda w: 4 * w[0], self.zero, [0.0], self.nudge).relative_error == 1
        assert check_gradient(lambda w: 4 * w[0], self.zero, [-4.0], self.nudge).relative_error == 2

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    def test_an_entry_that_is_no_number_is_the_worst(self, bad):
        w = np.array([1.0, 2.0, 3.0])
        verdict = check_gradient(lambda x: (x**2).sum(), w, [2, bad, 7])
        assert not verdict
        assert verdict.index == (1,)
        assert verdict.relative_error == np.inf
        edge = check_gradient(lambda x: x[0] + (bad if x[1] > 2 else 0), w, [1, 0, 0])
        assert not edge
        assert edge.index == (1,)
        assert edge.relative_error == np.inf

    def test_a_loss_that_is_no_number_agrees_with_nothing(self):
        assert not check_gradient(lambda w: 1 / np.abs(w[0]), self.zero, [5.0])
        assert not check_gradient(lambda w: np.nan, self.zero, [0.0])

    def test_w_is_left_alone_by_gradient_and_loss(self):
        w = np.ones(2)

        def spoils(x):
            x += 1
            return 2 * (x - 1)

        assert check_gradient(lambda x: (x**2).sum(), w, spoils)
        assert w.tolist() == [1, 1]

    def test_a_verdict_stands(self):
        verdict = check_gradient(lambda w: 4 * w[0], self.zero, [0.0], self.nudge)
        with pytest.raises(AttributeError):
            verdict.passed = True

    def test_the_verdict_in_words(self):
        right = check_gradient(lambda w: 4 * w[0], self.zero, [4.0], self.nudge)
        assert (
            str(right)
            == "gradient agrees: worst at [0], given 4, by finite differences 4, relative error"
            " 0.0e+00 (tolerance 1e-06)"
        )


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


@pytest.mark.parametrize(
    "loss, start, end",
    [
        (lambda w: 1.0, 0.5, 0.5),  # nothing falls
        (abs, 0.5, 0.5),  # -0.5 is as good as 0.5
        (lambda w: np.nan if w < 0 else 1.0, 0.5, 0.5),
        (lambda w: -abs(w), 0.0, 1.0),  # both as good: w + step
        (lambda w: w**2 * (w - 9) ** 2, 1.0, 0.0),  # 64, 196 for w + 1
        (lambda w: -w if w > 0 else 5 * w, 0.5, -0.5),  # both are better: the better one
    ],
)
def test_coordinate_search_moves_only_where_the_loss_falls(loss, start, end):
    assert coordinate_search_step(loss, start, 1.0)[0] == end


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
    assert rate_of_change(
        lambda w: loss(np.r_[w, W.ravel()[1:]].reshape(2, 3)), 0.30, 0.05
    ) == pytest.approx(2)


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: rate_of_change(cubic, 1.0, 0), ValueError, "above 0"),
        (lambda: rate_of_change(cubic, 1.0, -1e-3), ValueError, "direction"),
        (lambda: rate_of_change(cubic, 1.0, np.nan), ValueError, "finite"),
        (lambda: rate_of_change(cubic, 1.0, "small"), TypeError, "'small'"),
        (
            lambda: rate_of_change(cubic, 1.0, 0.1, "up"),
            ValueError,
            "'forward', 'backward', 'central'",
        ),
        (lambda: rate_of_change(1.0, cubic, 0.1), TypeError, "The loss comes first"),
        (lambda: rate_of_change(1.0, 2.0, 0.1), TypeError, "function"),
        (lambda: rate_of_change(cubic, np.nan, 0.1), ValueError, "NaN"),
        (lambda: rate_of_change(cubic, "1", 0.1), TypeError, "real numbers"),
        (
            lambda: rate_of_change(cubic, np.ones(3), np.ones(2)),
            ValueError,
            "epsilon of shape (3,)",
        ),
        (
            lambda: rate_of_change(cubic, np.ones(3), np.ones(4)),
            ValueError,
            "epsilon of shape (3,)",
        ),
        (lambda: rate_of_change(np.sum, np.ones(3), 0.1), ValueError, "numerical_gradient"),
        (lambda: rate_of_change(lambda w: np.ones(3), 1.0, 0.1), ValueError, "numerical_gradient"),
        (lambda: numerical_gradient(lambda w: w, np.ones(3)), ValueError, "one number"),
        (lambda: numerical_gradient(lambda w: "x", np.ones(3)), TypeError, "real number"),
        (lambda: numerical_gradient(np.sum, np.ones(3), 0), ValueError, "epsilon"),
        (lambda: numerical_gradient(np.sum, np.ones(3), np.ones(3)), TypeError, "a finite number"),
        (lambda: numerical_gradient(np.sum, np.array([1.0, np.inf])), ValueError, "infinity"),
        (
            lambda: check_gradient(np.sum, np.ones(3), np.ones(2)),
            ValueError,
            "gradient of shape (3,)",
        ),
        (
            lambda: check_gradient(np.sum, np.ones(3), np.ones(4)),
            ValueError,
            "gradient of shape (3,)",
        ),
        (lambda: numerical_gradient(lambda w: np.ones(0), np.ones(3)), ValueError, "one number"),
        (
            lambda: check_gradient(np.sum, np.ones(3), np.ones(3), tolerance=np.ones(2)),
            TypeError,
            "a finite number",
        ),
        (
            lambda: check_gradient(np.sum, np.ones(3), np.ones(3), epsilon=np.ones(3)),
            TypeError,
            "a finite number",
        ),
        (
            lambda: coordinate_search_step(np.sum, np.ones(3), np.ones(2)),
            TypeError,
            "a finite number",
        ),
        (
            lambda: rate_of_change(cubic, [[1.0, 2.0], [3.0]], 0.1),
            ValueError,
            "rows of equal length",
        ),
        (lambda: check_gradient(np.sum, np.ones(0), np.ones(0)), ValueError, "at least one weight"),
        (lambda: coordinate_search_step(np.sum, np.ones(3), 0), ValueError, "step"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error) as raised:
        call()
    assert words in str(raised.value)


@settings(max_examples=50)
@given(st.lists(st.floats(-10, 10), min_size=1, max_size=6))
def test_check_gradient_accepts_every_right_gradient(values):
    w = np.array(values)
    assert check_gradient(
        lambda x: (x**2).sum() + np.sin(x).sum(), w, 2 * w + np.cos(w), tolerance=1e-5
    )


def test_only_epsilon_has_a_direction():
    with pytest.raises(ValueError, match="expected step to be") as raised:
        coordinate_search_step(np.sum, np.ones(3), -1)
    assert "direction" not in str(raised.value)


def test_a_loss_too_big_for_a_float_is_no_warning():
    def huge(w):
        return np.sum(w * 1e308) * 10

    assert np.isnan(numerical_gradient(huge, np.ones(1)))
    assert np.isnan(rate_of_change(lambda w: w * 1e308 * 10, 1.0, 0.1))
    assert not check_gradient(huge, np.ones(1), np.ones(1))
    assert coordinate_search_step(huge, np.ones(1), 0.1)[0] == 1


def test_an_array_without_axes_is_a_number():
    assert (numerical_gradient(np.sum, np.ones(2), np.array(0.5)) == 1).all()
    assert coordinate_search_step(np.sum, np.ones(1), np.array(1))[0] == 0
    with pytest.raises(TypeError, match=r"Received array\(True\)"):
        coordinate_search_step(np.sum, np.ones(1), np.array(True))


@pytest.mark.skipif(np.finfo(np.longdouble).max == np.finfo(float).max, reason="no longer doubles")
@pytest.mark.parametrize("epsilon", ["1e-4000", "1e4000"])
def test_what_is_no_number_as_a_float_is_refused(epsilon):
    with pytest.raises(ValueError, match="expected epsilon to be a finite number above 0"):
        numerical_gradient(np.sum, np.ones(2), np.longdouble(epsilon))
