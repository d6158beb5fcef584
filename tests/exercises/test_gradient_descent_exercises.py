"""Exercises of notebooks 03 and 04: right solutions of unusual forms pass, plausible wrong ones get
a message that helps.
"""

import numpy as np
import pytest

import lecture3_engine as engine
from lecture3_engine.exercises import ALL
from lecture3_engine.exercises.gradient_descent import CUBIC, SQUARE, prediction

# Right


def slope_of_two_points(loss, w, epsilon):
    ends = [w, w + epsilon]
    low, high = map(loss, ends)
    return (high - low) / (ends[1] - ends[0])


def other_signs(loss, weight, nudge):
    return -(loss(weight) - loss(weight + nudge)) / nudge


def an_array(loss, w, epsilon):
    return np.array([(loss(w + epsilon) - loss(w)) / epsilon])[0]


@pytest.mark.parametrize(
    "function", [slope_of_two_points, other_signs, an_array, engine.rate_of_change]
)
def test_a_rate_of_change_may_be_written_in_many_ways(function):
    assert ALL["rate_of_change"].check(function).passed


def as_on_the_slide_but_right(loss, w, epsilon):
    return (loss(w - epsilon) - loss(w)) / (w - epsilon - w)


def forward_from_the_left(loss, w, epsilon):
    return ALL["rate_of_change"].solution(loss, w - epsilon, epsilon)


@pytest.mark.parametrize("function", [as_on_the_slide_but_right, forward_from_the_left])
def test_a_backward_one_may_be_written_in_many_ways(function):
    assert ALL["rate_of_change_backward"].check(function).passed


def with_while(loss, w, lr, epsilon, steps):
    while steps > 0:
        w -= lr / epsilon * (loss(w + epsilon) - loss(w))
        steps -= 1
    return w


def recursive(loss, w, lr, epsilon, steps):
    if steps == 0:
        return w
    rc = engine.rate_of_change(loss, w, epsilon)
    return recursive(loss, w - lr * rc, lr, epsilon, steps - 1)


def with_the_whole_path(loss, w, lr, epsilon, steps):
    path = [w]
    for _ in range(steps):
        path.append(path[-1] - lr * (loss(path[-1] + epsilon) - loss(path[-1])) / epsilon)
    return path[-1]


@pytest.mark.parametrize("function", [with_while, recursive, with_the_whole_path])
def test_a_descent_may_be_written_in_many_ways(function):
    assert ALL["gradient_descent"].check(function).passed


def put_back_by_subtraction(loss, w, epsilon):
    gradient = np.zeros_like(w)
    for i in range(w.shape[0]):
        for j in range(w.shape[1]):
            w[i, j] += epsilon
            up = loss(w)
            w[i, j] -= 2 * epsilon
            down = loss(w)
            w[i, j] += epsilon
            gradient[i, j] = (up - down) / (2 * epsilon)
    return gradient


def one_hot_nudges(loss, w, epsilon):
    found = []
    for row in epsilon * np.eye(w.size):
        nudge = row.reshape(w.shape)
        found.append((loss(w + nudge) - loss(w - nudge)) / epsilon / 2)
    return np.reshape(found, w.shape)


def lists(loss, w, epsilon):
    rates = w.tolist()
    for index, value in np.ndenumerate(w):
        ends = [w.copy(), w.copy()]
        ends[0][index], ends[1][index] = value - epsilon, value + epsilon
        rates[index[0]][index[1]] = float(np.diff([loss(end) for end in ends])[0]) / (2 * epsilon)
    return rates


@pytest.mark.parametrize("function", [put_back_by_subtraction, one_hot_nudges, lists])
def test_a_numerical_gradient_may_be_written_in_many_ways(function):
    assert ALL["numerical_gradient"].check(function).passed


def test_the_numerical_gradient_of_whole_numbers():
    w = np.array([[1, 2]])
    found = ALL["numerical_gradient"].solution(lambda w: (w**2).sum(), w, 0.1)
    np.testing.assert_allclose(found, [[2, 4]])


# Wrong


def two_decimals(loss, w, epsilon):
    return float(f"{(loss(w + epsilon) - loss(w)) / epsilon:.2f}")


def the_derivative(loss, w, epsilon):
    return {SQUARE.text: 2 * w, CUBIC.text: 3 * w**2 - 2}[loss.text]


def bent_to_a_positive_number(loss, w, epsilon):
    return np.abs((loss(w) - loss(w + epsilon)) / epsilon)


def midpoint(loss, w, epsilon):
    nudge = 0.5 * epsilon
    return (loss(w + nudge) - loss(w - nudge)) / (2 * nudge)


@pytest.mark.parametrize(
    "function, words",
    [
        (two_decimals, "You round rc"),
        (the_derivative, "very close to the gradient"),
        (bent_to_a_positive_number, "without its sign"),
        (midpoint, "half a nudge to each side"),
    ],
)
def test_a_wrong_rate_of_change_is_told_why(function, words):
    answer = ALL["rate_of_change"].check(function)
    assert answer.kind == "wrong"
    assert words in answer.text


def until_flat(tolerance):
    def function(loss, w, lr, epsilon, steps):
        for _ in range(steps):
            rc = (loss(w + epsilon) - loss(w)) / epsilon
            if abs(rc) < tolerance:
                break
            w = w - lr * rc
        return w

    return function


def without_a_loop(loss, w, lr, epsilon, steps):
    return w - lr * (loss(w + epsilon) - loss(w)) / epsilon


def from_one(loss, w, lr, epsilon, steps):
    for _ in range(1, steps):
        w = w - lr * (loss(w + epsilon) - loss(w)) / epsilon
    return w


def not_assigned(loss, w, lr, epsilon, steps):
    for _ in range(steps):
        rc = (loss(w + epsilon) - loss(w)) / epsilon
        w - lr * rc  # the mistake
    return w


@pytest.mark.parametrize(
    "function, words",
    [
        (until_flat(1e-3), "You stop early"),
        (until_flat(1e-6), "You stop early"),
        (without_a_loop, "Is there a loop"),
        (from_one, "one step too few"),
        (not_assigned, "not assigned"),
    ],
    ids=["below 1e-3", "below 1e-6", "no loop", "from 1", "not assigned"],
)
def test_a_wrong_descent_is_told_why(function, words):
    answer = ALL["gradient_descent"].check(function)
    assert answer.kind == "wrong"
    assert words in answer.text


def one_array_for_both(loss, w, epsilon):
    gradient = np.zeros(w.shape)
    for index in np.ndindex(w.shape):
        up = down = w.copy()
        up[index] += epsilon
        down[index] -= epsilon
        gradient[index] = (loss(up) - loss(down)) / (2 * epsilon)
    return gradient


def with_a_nudge_of_its_own(loss, w, epsilon):
    return engine.numerical_gradient(loss, w, 1e-6)


@pytest.mark.parametrize(
    "function, words",
    [
        (one_array_for_both, "It still gives what the cell gave"),
        (with_a_nudge_of_its_own, "smaller nudge of your own"),
        (lambda loss, w, epsilon: engine.numerical_gradient(loss, w, epsilon).T, "transposed"),
    ],
    ids=["one array", "own nudge", "transposed"],
)
def test_a_wrong_numerical_gradient_is_told_why(function, words):
    answer = ALL["numerical_gradient"].check(function)
    assert answer.kind == "wrong"
    assert words in answer.text


# Texts


@pytest.mark.parametrize("name", ["rate_of_change", "gradient_descent", "numerical_gradient"])
def test_the_task_does_not_print_its_solution(name):
    for line in ALL[name].source.splitlines()[1:]:
        right_side = line.partition("=")[2].strip() or line.strip().removeprefix("return ")
        if len(right_side) > 8:
            assert right_side not in ALL[name].task


def test_the_sides_agree_on_a_steep_slope_and_may_not_near_flat_ground():
    """What the prediction of notebook 03 says of the third choice."""
    assert prediction.questions[0].right == "it should decrease"
    loss = engine.surfaces.lecture_curve
    w = np.linspace(-3, 3, 6001)

    def signs_differ(epsilon):
        forward, backward = (
            engine.rate_of_change(lambda w: loss.loss(w[:, None]), w, epsilon, side)
            for side in ("forward", "backward")
        )
        return forward * backward < 0

    slope = np.abs(loss.gradient(w[:, None])[:, 0])
    assert signs_differ(0.8).mean() == pytest.approx(0.4, abs=0.005)
    assert not signs_differ(0.1)[slope > 1].any()
    assert signs_differ(0.1)[slope < 0.05].all()
