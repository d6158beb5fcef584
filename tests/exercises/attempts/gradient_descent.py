"""Notebook 03."""

# ruff: noqa: F841, T201, as students write

import functools

import numpy as np

import lecture3_engine as engine
from lecture3_engine.exercises import ALL
from lecture3_engine.exercises.gradient_descent import CUBIC, SQUARE

from .table import right, wrong

EPSILON = 0.01  # of an earlier cell

# rate_of_change

right("rate_of_change")(engine.rate_of_change)


@right("rate_of_change")
def slope_of_two_points(loss, w, epsilon):
    ends = [w, w + epsilon]
    low, high = map(loss, ends)
    return (high - low) / (ends[1] - ends[0])


@right("rate_of_change")
def other_signs(loss, weight, nudge):
    return -(loss(weight) - loss(weight + nudge)) / nudge


@right("rate_of_change")
def an_array(loss, w, epsilon):
    return np.array([(loss(w + epsilon) - loss(w)) / epsilon])[0]


@right("rate_of_change")
def by_a_function_inside(f, x, h=0.01):
    def change():
        return f(x + h) - f(x)

    return change() * h**-1


@right("rate_of_change")
def returned_early(loss, w, epsilon):
    if epsilon == 0:
        return 0.0
    before, after = (loss(place) for place in (w, w + epsilon))
    return np.float64(after - before) / epsilon


@wrong("rate_of_change", "rounded")
def two_decimals(loss, w, epsilon):
    return float(f"{(loss(w + epsilon) - loss(w)) / epsilon:.2f}")


@wrong("rate_of_change", "own_epsilon")
def the_derivative(loss, w, epsilon):
    return {SQUARE.text: 2 * w, CUBIC.text: 3 * w**2 - 2}[loss.text]


@wrong("rate_of_change", "without_its_sign")
def bent_to_a_positive_number(loss, w, epsilon):
    return np.abs((loss(w) - loss(w + epsilon)) / epsilon)


@wrong("rate_of_change", "half_a_nudge")
def midpoint(loss, w, epsilon):
    nudge = 0.5 * epsilon
    return (loss(w + nudge) - loss(w - nudge)) / (2 * nudge)


@wrong("rate_of_change")
def global_epsilon(loss, w, epsilon):
    return (loss(w + EPSILON) - loss(w)) / EPSILON


@wrong("rate_of_change")
def integer_division(loss, w, epsilon):
    return (loss(w + epsilon) - loss(w)) // epsilon


@wrong("rate_of_change")
def for_each_unit_of_w(loss, w, epsilon):
    return (loss(w + epsilon) - loss(w)) / w


@wrong("rate_of_change")
def denominator_without_parentheses(loss, w, epsilon):
    return (loss(w + epsilon) - loss(w)) / w + epsilon - w


@wrong("rate_of_change", words="gives back `None`")
def prints_it(loss, w, epsilon):
    print((loss(w + epsilon) - loss(w)) / epsilon)


@wrong("rate_of_change", words="not callable")
def times_for_a_call(loss, w, epsilon):
    loss = loss(w)
    return (loss(w + epsilon) - loss) / epsilon


@wrong("rate_of_change", "wrong_sign")
def old_minus_new(loss, w, epsilon):
    new_loss = loss(w + epsilon)
    old_loss = loss(w)
    rc = old_loss - new_loss
    return rc / epsilon


# rate_of_change_backward


@right("rate_of_change_backward")
def as_on_the_slide_but_right(loss, w, epsilon):
    return (loss(w - epsilon) - loss(w)) / (w - epsilon - w)


@right("rate_of_change_backward")
def forward_from_the_left(loss, w, epsilon):
    return ALL["rate_of_change"].solution(loss, w - epsilon, epsilon)


@right("rate_of_change_backward")
def forward_with_a_negative_nudge(f, x, h):
    return ALL["rate_of_change"].solution(f, x, -h)


@right("rate_of_change_backward")
def by_the_engine(loss, w, epsilon=0.1):
    return engine.rate_of_change(loss, w, epsilon, "backward")


@right("rate_of_change_backward")
def by_differences(loss, w, epsilon):
    return np.diff([loss(w - epsilon), loss(w)]).item() / epsilon


@right("rate_of_change_backward")
def by_a_loop(loss, w, epsilon):
    change = 0
    for sign, place in ((1, w), (-1, w - epsilon)):
        change += sign * loss(place)
    return change / epsilon


@wrong("rate_of_change_backward", "the_slip_of_the_slide")
def as_on_the_slide(loss, w, epsilon):
    up = loss(w + epsilon)
    return (up - loss(w)) / -epsilon


@wrong("rate_of_change_backward", "sign_of_the_nudge_forgotten")
def turned_twice(loss, w, epsilon):
    return (loss(w) - loss(w - epsilon)) / (w - epsilon - w)


@wrong("rate_of_change_backward")
def backward_in_whole_numbers(loss, w, epsilon):
    return (loss(w) - loss(w - epsilon)) // epsilon


@wrong("rate_of_change_backward")
def backward_with_a_global(loss, w, epsilon):
    return (loss(w) - loss(w - EPSILON)) / EPSILON


@wrong("rate_of_change_backward")
def divided_by_two_nudges(loss, w, epsilon):
    return (loss(w) - loss(w - epsilon)) / (2 * epsilon)


@wrong("rate_of_change_backward")
def wrong_way_and_rounded(loss, w, epsilon):
    return round((loss(w - epsilon) - loss(w)) / epsilon, 1)


@wrong("rate_of_change_backward", words="gives back `None`")
def prints_the_backward_one(loss, w, epsilon):
    rc = (loss(w) - loss(w - epsilon)) / epsilon
    print(f"rc = {rc}")


@wrong("rate_of_change_backward", "looks_forward")
def forward_with_names(loss, w, epsilon):
    new_w = w + epsilon
    return (loss(new_w) - loss(w)) / (new_w - w)


@wrong("rate_of_change_backward", words="TypeError")
def times_in_place_of_a_call(loss, w, epsilon):
    return (loss(w) - loss * (w - epsilon)) / epsilon


# gradient_descent


@right("gradient_descent")
def with_while(loss, w, lr, epsilon, steps):
    while steps > 0:
        w -= lr / epsilon * (loss(w + epsilon) - loss(w))
        steps -= 1
    return w


@right("gradient_descent")
def recursive(loss, w, lr, epsilon, steps):
    if steps == 0:
        return w
    rc = engine.rate_of_change(loss, w, epsilon)
    return recursive(loss, w - lr * rc, lr, epsilon, steps - 1)


@right("gradient_descent")
def with_the_whole_path(loss, w, lr, epsilon, steps):
    path = [w]
    for _ in range(steps):
        path.append(path[-1] - lr * (loss(path[-1] + epsilon) - loss(path[-1])) / epsilon)
    return path[-1]


@right("gradient_descent")
def reduced(f, start, rate, h, n=100):
    def step(w, _):
        return w - rate * (f(w + h) - f(w)) / h

    return functools.reduce(step, range(n), start)


@right("gradient_descent")
def endless_with_a_return(loss, w, lr, epsilon, steps):
    step = 0
    while True:
        if step == steps:
            return w
        w += -lr * ((loss(w + epsilon) - loss(w)) / epsilon)
        step += 1


@right("gradient_descent")
def an_array_in_place(loss, w, lr, epsilon, steps):
    w = np.array([w])
    for _ in range(1, steps + 1):
        w -= lr * (loss(w + epsilon) - loss(w)) / epsilon
    return w[0]


@wrong("gradient_descent", "stops_early")
def until_flat(loss, w, lr, epsilon, steps):
    for _ in range(steps):
        rc = (loss(w + epsilon) - loss(w)) / epsilon
        if abs(rc) < 1e-3:
            break
        w = w - lr * rc
    return w


@wrong("gradient_descent", "stops_early")
def until_very_flat(loss, w, lr, epsilon, steps):
    for _ in range(steps):
        rc = (loss(w + epsilon) - loss(w)) / epsilon
        if abs(rc) < 1e-6:
            return w
        w = w - lr * rc
    return w


@wrong("gradient_descent", "returns_after_one_step")
def without_a_loop(loss, w, lr, epsilon, steps):
    return w - lr * (loss(w + epsilon) - loss(w)) / epsilon


@wrong("gradient_descent", "returns_after_one_step")
def always_from_the_first_w(loss, w, lr, epsilon, steps):
    for _ in range(steps):
        rc = (loss(w + epsilon) - loss(w)) / epsilon
        new_w = w - lr * rc
    return new_w


@wrong("gradient_descent", "one_step_less")
def from_one(loss, w, lr, epsilon, steps):
    for _ in range(1, steps):
        w = w - lr * (loss(w + epsilon) - loss(w)) / epsilon
    return w


@wrong("gradient_descent", words="not assigned")
def not_assigned(loss, w, lr, epsilon, steps):
    for _ in range(steps):
        rc = (loss(w + epsilon) - loss(w)) / epsilon
        w - lr * rc  # the mistake
    return w


@wrong("gradient_descent", "uphill")
def plus_in_a_while(loss, w, lr, epsilon, steps):
    i = 0
    while i < steps:
        rc = (loss(w + epsilon) - loss(w)) / epsilon
        w += lr * rc
        i += 1
    return w


@wrong("gradient_descent", "stops_when_the_loss_rises")
def until_the_loss_rises(loss, w, lr, epsilon, steps):
    for _ in range(steps):
        new = w - lr * (loss(w + epsilon) - loss(w)) / epsilon
        if loss(new) > loss(w):
            break
        w = new
    return w


@wrong("gradient_descent", "keeps_the_best")
def best_so_far(loss, w, lr, epsilon, steps):
    best = w
    for _ in range(steps):
        w = w - lr * (loss(w + epsilon) - loss(w)) / epsilon
        if loss(w) < loss(best):
            best = w
    return best


@wrong("gradient_descent")
def loss_for_w(loss, w, lr, epsilon, steps):
    for _ in range(steps):
        w = w - lr * (loss(w + epsilon) - loss(w)) / epsilon
    return loss(w)


@wrong("gradient_descent")
def rounds_every_step(loss, w, lr, epsilon, steps):
    for _ in range(steps):
        w = round(w - lr * (loss(w + epsilon) - loss(w)) / epsilon, 3)
    return w


@wrong("gradient_descent", words="not assigned")
def two_names(loss, w, lr, epsilon, steps):
    for _ in range(steps):
        new_w = w - lr * (loss(w + epsilon) - loss(w)) / epsilon
    return w


@wrong("gradient_descent", words="a single number")
def the_whole_path(loss, w, lr, epsilon, steps):
    path = []
    for _ in range(steps):
        w = w - lr * (loss(w + epsilon) - loss(w)) / epsilon
        path.append(w)
    return path


@wrong("gradient_descent", words="'float' object cannot be interpreted as an integer")
def steps_of_lr(loss, w, lr, epsilon, steps):
    for _ in range(0, steps, lr):
        w = w - (loss(w + epsilon) - loss(w)) / epsilon
    return w
