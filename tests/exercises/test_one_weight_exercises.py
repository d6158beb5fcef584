"""Exercise of notebook 02: unusual right solutions pass, plausible wrong ones get a message that
helps.
"""

import numpy as np
import pytest

from lecture3_engine.exercises import ALL

UPDATE = ALL["update_one_weight"]

# Right


def by_min(loss, w, index, step):
    trials = []
    for change in (0, step, -step):
        trial = w.copy()
        trial[index] += change
        trials.append(trial)
    return min(trials, key=loss)


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


def early_return(loss, w, index, step):
    for change in (step, -step):
        trial = np.array(w)
        trial[index] = w[index] + change
        if loss(trial) < loss(w):
            return trial
    return w


def with_a_mask(loss, w, index, step):
    nudge = np.zeros(w.shape)
    nudge[index] = step
    losses = [loss(w), loss(w + nudge), loss(w - nudge)]
    return (w, w + nudge, w - nudge)[int(np.argmin(losses))]


def as_a_list(loss, w, index, step):
    return by_min(loss, w, index, step).tolist()


@pytest.mark.parametrize("function", [by_min, undoing, early_return, with_a_mask, as_a_list])
def test_it_may_be_written_in_many_ways(function):
    assert UPDATE.check(function).passed


def test_the_solution_takes_whole_numbers():
    new = UPDATE.solution(lambda w: float((w**2).sum()), np.array([1, 2]), (0,), 0.25)
    np.testing.assert_array_equal(new, [0.75, 2])


# Wrong


def both_from_one_array(loss, w, index, step):
    up = w.copy()
    up[index] += step
    if loss(up) < loss(w):
        return up
    down = up
    down[index] -= step
    return down if loss(down) < loss(w) else w


def three_names_for_one_array(loss, w, index, step):
    up = down = w.copy()
    up[index] += step
    down[index] -= step
    return min(w, up, down, key=loss)


def loss_for_w(loss, w, index, step):
    return min(loss(trial) for trial in (w, by_min(loss, w, index, step)))


def value_for_w(loss, w, index, step):
    return by_min(loss, w, index, step)[index]


@pytest.mark.parametrize(
    "function, words",
    [
        (both_from_one_array, "start both trials from a copy"),
        (three_names_for_one_array, "No trial was kept"),
        (loss_for_w, "a single number, expected shape"),
        (value_for_w, "a single number, expected shape"),
        (lambda loss, w, index, step: w + step, "expected"),
        (lambda loss, w, index, step: w, "No trial was kept"),
    ],
)
def test_what_goes_wrong_is_told(function, words):
    answer = UPDATE.check(function)
    assert answer.kind == "wrong"
    assert words in answer.text


def test_the_task_does_not_print_its_solution():
    assert "w[index]" not in UPDATE.task
