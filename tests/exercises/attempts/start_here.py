"""Notebook 00."""

# ruff: noqa: RET503, T201, as students write

import numpy as np

from .table import right, wrong


@right("share_right")
def by_a_loop(y_pred, y_true):
    right = 0
    for one, other in zip(y_pred, y_true, strict=True):
        right += one == other
    return right / len(y_true)


@right("share_right")
def one_minus_wrong(y_pred, y_true):
    return 1 - np.count_nonzero(y_pred - y_true) / y_true.size


@right("share_right")
def torch_like(y_pred, y_true):
    return (y_pred == y_true).sum().item() / y_true.shape[0]


@right("share_right")
def in_single_precision(predicted, written):
    return (predicted == written).astype(np.float32).mean()


@right("share_right")
def by_a_list(y_pred, y_true):
    hits = [1 for i in range(len(y_pred)) if y_pred[i] == y_true[i]]
    return len(hits) / len(y_pred)


@right("share_right")
def by_recursion(y_pred, y_true, hits=0, seen=0):
    if len(y_pred) == 0:
        return hits / seen
    hits += int(y_pred[0] == y_true[0])
    return by_recursion(y_pred[1:], y_true[1:], hits, seen + 1)


@wrong("share_right")
def by_sets(y_pred, y_true):
    return len(set(y_pred) & set(y_true)) / len(set(y_true))


@wrong("share_right", "anywhere")
def found_somewhere(y_pred, y_true):
    return sum(digit in y_true for digit in y_pred) / len(y_pred)


@wrong("share_right")
def integer_division(y_pred, y_true):
    return np.sum(y_pred == y_true) // len(y_true)


@wrong("share_right")
def all_or_nothing(y_pred, y_true):
    return np.array_equal(y_pred, y_true)


@wrong("share_right")
def last_one_not_reached(y_pred, y_true):
    hits = 0
    for i in range(len(y_true) - 1):
        hits += y_pred[i] == y_true[i]
    return hits / len(y_true)


@wrong("share_right", "returns_in_the_loop")
def returned_in_the_loop(y_pred, y_true):
    hits = 0
    for i in range(len(y_true)):
        if y_pred[i] == y_true[i]:
            hits += 1
        return hits / len(y_true)


@wrong("share_right")
def hits_not_kept(y_pred, y_true):
    for one, other in zip(y_pred, y_true, strict=True):
        hits = 0
        if one == other:
            hits += 1
    return hits / len(y_true)


@wrong("share_right")
def divided_by_ten_digits(y_pred, y_true):
    return np.sum(y_pred == y_true) / 10


@wrong("share_right", words="gives back `None`")
def prints_it(y_pred, y_true):
    print(np.mean(y_pred == y_true))


@wrong("share_right", "percent")
def percent_in_a_loop(y_pred, y_true):
    hits = 0
    for i in range(len(y_true)):
        if y_pred[i] == y_true[i]:
            hits += 1
    return hits / len(y_true) * 100


@wrong("share_right", words="rounded to 1 decimal.")
def formatted(y_pred, y_true):
    return float(f"{np.mean(y_pred == y_true):.1f}")
