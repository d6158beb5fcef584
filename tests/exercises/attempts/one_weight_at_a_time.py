"""Notebook 02."""

# ruff: noqa: RUF005, T201, as students write

import numpy as np

from .table import right, wrong


@right("update_one_weight")
def by_min(loss, w, index, step):
    trials = []
    for change in (0, step, -step):
        trial = w.copy()
        trial[index] += change
        trials.append(trial)
    return min(trials, key=loss)


@right("update_one_weight")
def undoing(loss, w, index, step):
    w = w.copy()
    before, lowest = w[index], loss(w)
    for value in (before + step, before - step):
        kept = w[index]
        w[index] = value
        if loss(w) < lowest:
            lowest = loss(w)
        else:
            w[index] = kept
    return w


@right("update_one_weight")
def early_return(loss, w, index, step):
    for change in (step, -step):
        trial = np.array(w)
        trial[index] = w[index] + change
        if loss(trial) < loss(w):
            return trial
    return w


@right("update_one_weight")
def with_a_mask(loss, w, index, step):
    nudge = np.zeros(w.shape)
    nudge[index] = step
    losses = [loss(w), loss(w + nudge), loss(w - nudge)]
    return (w, w + nudge, w - nudge)[int(np.argmin(losses))]


@right("update_one_weight")
def as_a_list(loss, w, index, step):
    return by_min(loss, w, index, step).tolist()


@right("update_one_weight")
def through_a_view(f, weights, position, change=0.1):
    new = weights.copy()
    view = new[position[:-1] + (slice(position[-1], position[-1] + 1),)]
    losses = {}
    for value in weights[position] + np.array([0, change, -change]):
        view[:] = value
        losses[value] = f(new)
    view[:] = min(losses, key=losses.get)
    return new


@wrong("update_one_weight", "only_up")
def both_from_one_array(loss, w, index, step):
    up = w.copy()
    up[index] += step
    if loss(up) < loss(w):
        return up
    down = up
    down[index] -= step
    return down if loss(down) < loss(w) else w


@wrong("update_one_weight", "keeps_nothing")
def three_names_for_one_array(loss, w, index, step):
    up = down = w.copy()
    up[index] += step
    down[index] -= step
    return min(w, up, down, key=loss)


@wrong("update_one_weight", words="a single number, expected shape")
def loss_for_w(loss, w, index, step):
    return min(loss(trial) for trial in (w, by_min(loss, w, index, step)))


@wrong("update_one_weight", words="a single number, expected shape")
def value_for_w(loss, w, index, step):
    return by_min(loss, w, index, step)[index]


@wrong("update_one_weight")
def every_one_up(loss, w, index, step):
    return w + step


@wrong("update_one_weight", "keeps_nothing")
def as_it_was(loss, w, index, step):
    return w


@wrong("update_one_weight", "only_down")
def smaller_only(loss, w, index, step):
    new = w.copy()
    new[index] = new[index] - step
    if loss(new) > loss(w):
        new[index] = new[index] + step
    return new


@wrong("update_one_weight", "in_place")
def in_the_given_array(loss, w, index, step):
    before, old = loss(w), w[index]
    w[index] = old + step
    if loss(w) < before:
        return w
    w[index] = old - step
    if loss(w) < before:
        return w
    w[index] = old
    return w


@wrong("update_one_weight")
def step_of_descent(loss, w, index, step):
    new, up = w.copy(), w.copy()
    up[index] += step
    new[index] -= step * (loss(up) - loss(w)) / step
    return new


@wrong("update_one_weight", "never_stays")
def down_otherwise(loss, w, index, step):
    up, down = w.copy(), w.copy()
    up[index] += step
    down[index] -= step
    if loss(up) < loss(down):
        return up
    else:  # noqa: RET505, as many write it
        return down


@wrong("update_one_weight", words="gives back `None`")
def prints_the_best(loss, w, index, step):
    print(by_min(loss, w, index, step))
