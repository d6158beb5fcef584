"""Notebook 07."""

# ruff: noqa: F841, T201, as students write

import numpy as np

from .table import right, wrong

# momentum_step


@right("momentum_step")
def entry_by_entry(w, w_previous, gradient, lr, beta):
    new = np.empty_like(w)
    for i in np.ndindex(w.shape):
        new[i] = w[i] - lr * gradient[i] + beta * (w[i] - w_previous[i])
    return new


@right("momentum_step")
def in_place_on_a_copy(w, w_previous, gradient, lr, beta):
    new = w.copy()
    new -= lr * gradient
    new += beta * (w - w_previous)
    return new


@right("momentum_step")
def torchs_buffer(w, w_previous, gradient, lr, beta):
    buffer = (w_previous - w) / lr  # the last one: w = w_previous - lr * buffer
    buffer = beta * buffer + gradient
    return w - lr * buffer


@right("momentum_step")
def multiplied_out(here, before, slope, rate=0.1, friction=0.9):
    return ((1 + friction) * here - friction * before - rate * slope).tolist()


@right("momentum_step")
def a_matrix_of_factors(w, w_previous, gradient, lr, beta):
    return np.tensordot([1 + beta, -beta, -lr], np.stack([w, w_previous, gradient]), axes=1)


@right("momentum_step")
def stored_in_single_precision(w, w_previous, gradient, lr, beta):
    velocity = beta * np.subtract(w, w_previous) - np.multiply(lr, gradient)
    return np.add(w, velocity).astype(np.float32)


@wrong("momentum_step", "pulls_back")
def velocity_with_torchs_sign(w, w_previous, gradient, lr, beta):
    velocity = beta * (w - w_previous) + lr * gradient
    return w - velocity


@wrong("momentum_step", "in_place")
def no_real_copy(w, w_previous, gradient, lr, beta):
    velocity = w - w_previous
    new = w
    new -= lr * gradient
    new += beta * velocity
    return new


@wrong("momentum_step")
def last_step_with_moved_weights(w, w_previous, gradient, lr, beta):
    w = w - lr * gradient
    return w + beta * (w - w_previous)


@wrong("momentum_step")
def last_row_not_reached(w, w_previous, gradient, lr, beta):
    new = w.copy()
    for i in range(len(w) - 1):
        new[i] = w[i] - lr * gradient[i] + beta * (w[i] - w_previous[i])
    return new


@wrong("momentum_step")
def rounded(w, w_previous, gradient, lr, beta):
    return np.round(w - lr * gradient + beta * (w - w_previous), 2)


@wrong("momentum_step")
def power_for_product(w, w_previous, gradient, lr, beta):
    return w - lr * gradient + beta ** (w - w_previous)


@wrong("momentum_step", words="should return numbers; it returns a tuple")
def both_weights(w, w_previous, gradient, lr, beta):
    return w - lr * gradient + beta * (w - w_previous), w, beta


@wrong("momentum_step", words="gives back `None`")
def changed_and_not_returned(w, w_previous, gradient, lr, beta):
    new = w - lr * gradient + beta * (w - w_previous)
    print(new)


@wrong("momentum_step", "lr_on_both")
def lr_before_the_parentheses(w, w_previous, gradient, lr, beta):
    step = lr * (beta * (w - w_previous) - gradient)
    return w + step


@wrong("momentum_step")
def lr_for_beta(w, w_previous, gradient, lr, beta):
    return w - lr * gradient + lr * (w - w_previous)


@wrong("momentum_step")
def distance_without_sign(w, w_previous, gradient, lr, beta):
    return w - lr * gradient + beta * abs(w - w_previous)


# momentum_descent


@right("momentum_descent")
def with_a_velocity(gradient, w, lr, beta, steps):
    velocity = 0
    for _ in range(steps):
        velocity = beta * velocity - lr * gradient(w)
        w = w + velocity
    return w


@right("momentum_descent")
def with_torchs_buffer(gradient, w, lr, beta, steps):
    buffer = np.zeros_like(w)
    w = w.copy()
    for _ in range(steps):
        buffer *= beta
        buffer += gradient(w)
        w -= lr * buffer
    return list(w)


@right("momentum_descent")
def with_a_list_of_places(gradient, w, lr, beta, steps):
    places = [w, w]
    while len(places) < steps + 2:
        here, before = places[-1], places[-2]
        places.append((1 + beta) * here - beta * before - lr * gradient(here))
    return places[-1]


@right("momentum_descent")
def by_recursion(gradient, w, lr, beta, steps, last=0):
    if steps == 0:
        return w
    last = beta * last - lr * gradient(w)
    return by_recursion(gradient, w + last, lr, beta, steps - 1, last)


@right("momentum_descent")
def with_a_spare_name(slope, w, rate, friction=0.9, n=10):
    previous = w.copy()
    while n:
        spare = w.copy()
        w = w - rate * slope(w) + friction * (w - previous)
        previous = spare
        n -= 1
    return w


@wrong("momentum_descent", "previous_taken_too_late")
def second_name_of_one_array(gradient, w, lr, beta, steps):
    w = w.copy()
    w_previous = w
    for _ in range(steps):
        w += beta * (w - w_previous) - lr * gradient(w)
    return w


@wrong("momentum_descent", "previous_taken_too_late")
def set_too_late(gradient, w, lr, beta, steps):
    w_previous = w
    for _ in range(steps):
        w = w - lr * gradient(w) + beta * (w - w_previous)
        w_previous = w
    return w


@wrong("momentum_descent", "descent_uphill")
def sign_of_the_velocity(gradient, w, lr, beta, steps):
    velocity = 0
    for _ in range(steps):
        velocity = beta * velocity - lr * gradient(w)
        w = w - velocity
    return w


@wrong("momentum_descent", "nesterov")
def looks_ahead(gradient, w, lr, beta, steps):
    velocity = 0
    for _ in range(steps):
        velocity = beta * velocity - lr * gradient(w + beta * velocity)
        w = w + velocity
    return w


@wrong("momentum_descent", "gradient_computed_once")
def gradient_outside(gradient, w, lr, beta, steps):
    slope, velocity = gradient(w), 0
    for _ in range(steps):
        velocity = beta * velocity - lr * slope
        w = w + velocity
    return w


@wrong("momentum_descent", "one_step_too_few")
def counts_from_one(gradient, w, lr, beta, steps):
    velocity = 0
    for _ in range(1, steps):
        velocity = beta * velocity - lr * gradient(w)
        w = w + velocity
    return w


@wrong("momentum_descent", "one_step_only")
def always_from_the_first_w(gradient, w, lr, beta, steps):
    w_previous = w
    for _ in range(steps):
        new = w - lr * gradient(w) + beta * (w - w_previous)
    return new


@wrong("momentum_descent", "previous_taken_too_late")
def velocity_not_kept(gradient, w, lr, beta, steps):
    for _ in range(steps):
        velocity = 0
        velocity = beta * velocity - lr * gradient(w)
        w = w + velocity
    return w


@wrong("momentum_descent", words="not assigned?")
def new_name_only(gradient, w, lr, beta, steps):
    w_previous = w
    for _ in range(steps):
        new_w = w - lr * gradient(w) + beta * (w - w_previous)
    return w


@wrong("momentum_descent")
def until_uphill(gradient, w, lr, beta, steps):
    w_previous = w
    for _ in range(steps):
        slope = gradient(w)
        if slope @ (w - w_previous) > 0:
            break
        w, w_previous = w - lr * slope + beta * (w - w_previous), w
    return w
