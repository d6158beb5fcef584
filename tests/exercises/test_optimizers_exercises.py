"""Exercises of notebook 08: right solutions of unusual forms pass, plausible wrong ones get a
message that helps, and what the texts claim is true.
"""

import numpy as np
import pytest

import lecture3_engine as engine
from lecture3_engine.exercises import ALL

STEPS = ["rmsprop_step", "adam_step"]

# Right


def rmsprop_in_place(w, gradient, mean_square, lr, alpha, eps):
    mean_square *= alpha
    mean_square += (1 - alpha) * gradient * gradient
    w -= lr * gradient / (np.sqrt(mean_square) + eps)
    return w, mean_square


def rmsprop_as_one_array(w, gradient, mean_square, lr, alpha, eps):
    mean_square = mean_square + (1 - alpha) * (gradient**2 - mean_square)
    return np.array([w - lr * gradient / (mean_square**0.5 + eps), mean_square])


def rmsprop_entry_by_entry(w, gradient, mean_square, lr, alpha, eps):
    new, squares = [], []
    for one, g, s in zip(w, gradient, mean_square, strict=True):
        squares.append(alpha * s + (1 - alpha) * g**2)
        new.append(one - lr * g / (squares[-1] ** 0.5 + eps))
    return [new, squares]


@pytest.mark.parametrize(
    "function", [rmsprop_in_place, rmsprop_as_one_array, rmsprop_entry_by_entry]
)
def test_rmsprop_may_be_written_in_many_ways(function):
    assert ALL["rmsprop_step"].check(function).passed


def adam_in_place(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m += (1 - beta1) * (gradient - m)
    v += (1 - beta2) * (gradient**2 - v)
    w -= lr / (1 - beta1**t) * m / (np.sqrt(v / (1 - beta2**t)) + eps)
    return w, m, v


def adam_as_one_array(w, gradient, m, v, t, lr, beta1, beta2, eps):
    mean = np.average([m, gradient], axis=0, weights=[beta1, 1 - beta1])
    square = np.average([v, gradient**2], axis=0, weights=[beta2, 1 - beta2])
    step = mean / (1 - beta1**t) / ((square / (1 - beta2**t)) ** 0.5 + eps)
    return np.stack([w - lr * step, mean, square])


def adam_by_the_engine(w, gradient, m, v, t, lr, beta1, beta2, eps):
    p = engine.Parameter(w)
    p.grad = gradient
    optimizer = engine.optim.Adam([p], lr=lr, betas=(beta1, beta2), eps=eps)
    optimizer.state[0].update(m=m, v=v, t=t - 1)
    optimizer.step()
    return p.data, m, v


@pytest.mark.parametrize("function", [adam_in_place, adam_as_one_array, adam_by_the_engine])
def test_adam_may_be_written_in_many_ways(function):
    assert ALL["adam_step"].check(function).passed


# Wrong


def only_the_weights(w, gradient, mean_square, lr, alpha, eps):
    return rmsprop_in_place(w, gradient, mean_square, lr, alpha, eps)[0]


def returns_the_old_mean(w, gradient, mean_square, lr, alpha, eps):
    return rmsprop_as_one_array(w, gradient, mean_square, lr, alpha, eps)[0], mean_square


def parentheses_missing(w, gradient, mean_square, lr, alpha, eps):
    s = alpha * mean_square + (1 - alpha) * gradient**2
    return w - lr * gradient / np.sqrt(s) + eps, s


def adds_the_step(w, gradient, mean_square, lr, alpha, eps):
    s = alpha * mean_square + (1 - alpha) * gradient**2
    return w + lr * gradient / (np.sqrt(s) + eps), s


@pytest.mark.parametrize(
    "function, words",
    [
        (only_the_weights, "should return 2 things"),
        (returns_the_old_mean, "at `mean_square[0]`"),
        (parentheses_missing, "only b divides"),
        (adds_the_step, "You climb"),
        (lambda w, g, s, lr, alpha, eps: (w - lr * g / (np.sqrt(s + g**2) + eps), s + g**2), "sum"),
        (lambda *case: rmsprop_as_one_array(*case)[::-1], "in the other order"),
        (lambda *case: None, "gives back `None`"),
    ],
    ids=["w only", "old mean", "parentheses", "uphill", "Adagrad", "swapped", "None"],
)
def test_a_wrong_rmsprop_is_told_why(function, words):
    named = function if function.__name__ != "<lambda>" else with_its_arguments(function)
    answer = ALL["rmsprop_step"].check(named)
    assert answer.kind == "wrong"
    assert words in answer.text


def with_its_arguments(function):
    def rmsprop_step(w, gradient, mean_square, lr, alpha, eps):
        return function(w, gradient, mean_square, lr, alpha, eps)

    return rmsprop_step


def adam_with(correction1=None, correction2=None, square=2):
    def adam_step(w, gradient, m, v, t, lr, beta1, beta2, eps):
        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * gradient**square
        m_hat = m / (correction1 or (lambda beta, t: 1 - beta**t))(beta1, t)
        v_hat = v / (correction2 or (lambda beta, t: 1 - beta**t))(beta2, t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v

    return adam_step


def counts_on(beta, t):
    return 1 - beta ** (t + 1)


def nothing(beta, t):
    return 1


@pytest.mark.parametrize(
    "function, words",
    [
        (adam_with(nothing, nothing), "correction is missing"),
        (adam_with(nothing), "You correct v but not m"),
        (adam_with(None, nothing), "You correct m but not v"),
        (adam_with(counts_on, counts_on), "the power `t + 1`"),
        (adam_with(square=1), "not squared in v"),
    ],
    ids=["none", "v only", "m only", "t + 1", "not squared"],
)
def test_a_wrong_adam_is_told_why(function, words):
    answer = ALL["adam_step"].check(function)
    assert answer.kind == "wrong"
    assert words in answer.text


# Texts


@pytest.mark.parametrize("name", STEPS)
def test_the_task_does_not_print_its_solution(name):
    task = ALL[name].task.replace(" ", "")
    assert not any(code in task for code in ("**", "sqrt", "*gradient", "*m", "*v", "lr*", "/("))


def test_the_first_step_of_rmsprop_is_as_long_as_said():
    case = ALL["rmsprop_step"].cases[0] | {"alpha": 0.99}
    w, _ = ALL["rmsprop_step"].solution(**case)
    np.testing.assert_allclose((case["w"] - w) / case["lr"], [10, -10, 0], rtol=1e-6)
