"""Notebook 04."""

# ruff: noqa: RET503, as students write

import itertools

import numpy as np

import lecture3_engine as engine

from .table import right, wrong


@right("numerical_gradient")
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


@right("numerical_gradient")
def one_hot_nudges(loss, w, epsilon):
    found = []
    for row in epsilon * np.eye(w.size):
        nudge = row.reshape(w.shape)
        found.append((loss(w + nudge) - loss(w - nudge)) / epsilon / 2)
    return np.reshape(found, w.shape)


@right("numerical_gradient")
def lists(loss, w, epsilon):
    rates = w.tolist()
    for index, value in np.ndenumerate(w):
        ends = [w.copy(), w.copy()]
        ends[0][index], ends[1][index] = value - epsilon, value + epsilon
        rates[index[0]][index[1]] = float(np.diff([loss(end) for end in ends])[0]) / (2 * epsilon)
    return rates


@right("numerical_gradient")
def flat_views(f, weights, h=1e-3):
    gradient = np.empty(weights.shape)
    up, down, slopes = weights.copy(), weights.copy(), gradient.ravel()
    for k in range(weights.size):
        up.ravel()[k] += h
        down.ravel()[k] -= h
        slopes[k] = (f(up) - f(down)) / (2 * h)
        up.ravel()[k] = down.ravel()[k] = weights.ravel()[k]
    return gradient


@right("numerical_gradient")
def mean_of_forward_and_backward(loss, w, epsilon):
    gradient = {}
    for i, j in itertools.product(range(len(w)), range(len(w[0]))):
        nudge = np.zeros(w.shape)
        nudge[i][j] = epsilon
        forward = (loss(w + nudge) - loss(w)) / epsilon
        backward = (loss(w) - loss(w - nudge)) / epsilon
        gradient[i, j] = (forward + backward) / 2
    return np.array(list(gradient.values())).reshape(w.shape)


@right("numerical_gradient")
def by_recursion(loss, w, epsilon, k=0):
    if k == w.size:
        return np.zeros(w.shape)
    gradient = by_recursion(loss, w, epsilon, k + 1)
    nudge = np.zeros(w.shape)
    nudge.flat[k] = epsilon
    gradient.flat[k] = (loss(w + nudge) - loss(w - nudge)) / (2 * epsilon)
    return gradient


@wrong("numerical_gradient", "still_zero")
def one_array_for_both(loss, w, epsilon):
    gradient = np.zeros(w.shape)
    for index in np.ndindex(w.shape):
        up = down = w.copy()
        up[index] += epsilon
        down[index] -= epsilon
        gradient[index] = (loss(up) - loss(down)) / (2 * epsilon)
    return gradient


@wrong("numerical_gradient", "own_epsilon")
def with_a_nudge_of_its_own(loss, w, epsilon):
    return engine.numerical_gradient(loss, w, 1e-6)


@wrong("numerical_gradient", "transposed")
def columns_for_rows(loss, w, epsilon):
    rows, columns = w.shape
    gradient = np.zeros((columns, rows))
    for i in range(rows):
        for j in range(columns):
            nudge = np.zeros_like(w)
            nudge[i, j] = epsilon
            gradient[j, i] = (loss(w + nudge) - loss(w - nudge)) / (2 * epsilon)
    return gradient


@wrong("numerical_gradient", "copied_once")
def copies_before_the_loop(loss, w, epsilon):
    gradient = np.zeros(w.shape)
    up, down = w.copy(), w.copy()
    for index in np.ndindex(w.shape):
        up[index] += epsilon
        down[index] -= epsilon
        gradient[index] = (loss(up) - loss(down)) / (2 * epsilon)
    return gradient


@wrong("numerical_gradient", "first_entry_only")
def returned_in_the_loop(loss, w, epsilon):
    gradient = np.zeros(w.shape)
    for index in np.ndindex(w.shape):
        up, down = w.copy(), w.copy()
        up[index] += epsilon
        down[index] -= epsilon
        gradient[index] = (loss(up) - loss(down)) / (2 * epsilon)
        return gradient


@wrong("numerical_gradient", words="a single number, expected shape (2, 2)")
def index_forgotten(loss, w, epsilon):
    for index in np.ndindex(w.shape):
        up, down = w.copy(), w.copy()
        up[index] += epsilon
        down[index] -= epsilon
        gradient = (loss(up) - loss(down)) / (2 * epsilon)
    return gradient


@wrong("numerical_gradient", "all_nudged_at_once")
def running_sum(loss, w, epsilon):
    gradient = np.zeros(w.shape)
    for index in np.ndindex(w.shape):
        nudge = np.zeros(w.shape)
        nudge[index] = epsilon
        gradient += (loss(w + nudge) - loss(w - nudge)) / (2 * epsilon)
    return gradient


@wrong("numerical_gradient")
def last_row_not_reached(loss, w, epsilon):
    gradient = np.zeros(w.shape)
    for i in range(w.shape[0] - 1):
        for j in range(w.shape[1]):
            up, down = w.copy(), w.copy()
            up[i, j] += epsilon
            down[i, j] -= epsilon
            gradient[i, j] = (loss(up) - loss(down)) / (2 * epsilon)
    return gradient


@wrong("numerical_gradient", words="IndexError: index 2 is out of bounds")
def square_only(loss, w, epsilon):
    gradient = np.zeros(w.shape)
    for i in range(w.shape[1]):
        for j in range(w.shape[1]):
            up, down = w.copy(), w.copy()
            up[i, j] += epsilon
            down[i, j] -= epsilon
            gradient[i, j] = (loss(up) - loss(down)) / (2 * epsilon)
    return gradient


@wrong("numerical_gradient")
def nudges_whole_rows(loss, w, epsilon):
    gradient = np.zeros(w.shape)
    for i in range(len(w)):
        up, down = w.copy(), w.copy()
        up[i] += epsilon
        down[i] -= epsilon
        gradient[i] = (loss(up) - loss(down)) / (2 * epsilon)
    return gradient


@wrong("numerical_gradient", "still_zero")
def the_callers_array(loss, w, epsilon):
    gradient = np.zeros(w.shape)
    for index in np.ndindex(w.shape):
        up = w
        up[index] += epsilon
        down = w
        down[index] -= epsilon
        gradient[index] = (loss(up) - loss(down)) / (2 * epsilon)
    return gradient


@wrong("numerical_gradient", "wrong_sign")
def down_minus_up(loss, w, epsilon):
    gradient = np.zeros(w.shape)
    for i in range(w.shape[0]):
        for j in range(w.shape[1]):
            plus, minus = w.copy(), w.copy()
            plus[i, j] = plus[i, j] + epsilon
            minus[i, j] = minus[i, j] - epsilon
            gradient[i, j] = (loss(minus) - loss(plus)) / (2 * epsilon)
    return gradient
