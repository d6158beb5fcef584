"""Notebook 06."""

# ruff: noqa: RET503, RET504, RUF059, as students write

import numpy as np

from .table import right, wrong


@right("choose_learning_rate")
def by_pairs(candidates, train, validation_loss):
    losses = [(validation_loss(train(lr)[0]), lr) for lr in candidates]
    return min(pair for pair in losses if np.isfinite(pair[0]))[1]


@right("choose_learning_rate")
def by_nanargmin(candidates, train, validation_loss):
    losses = np.array([validation_loss(train(lr)[0]) for lr in candidates])
    return np.array(candidates)[np.nanargmin(losses)]


@right("choose_learning_rate")
def by_a_dictionary(rates, run, judge):
    survived = {}
    for rate in rates:
        weights, _ = run(rate)
        loss = judge(weights)
        if loss != loss or loss == float("inf"):  # noqa: PLR0124, nan is not equal to itself
            continue
        survived[rate] = loss
    return min(survived, key=survived.get)


@right("choose_learning_rate")
def from_the_smallest_on(candidates, train, validation_loss):
    candidates.sort()
    best = candidates[0]
    lowest = validation_loss(train(best)[0])
    for lr in candidates[1:]:
        loss = validation_loss(train(lr)[0])
        if loss < lowest:
            best, lowest = lr, loss
    return best


@right("choose_learning_rate")
def by_recursion(candidates, train, validation_loss):
    def loss_of(lr):
        return np.nan_to_num(validation_loss(train(lr)[0]), nan=np.inf)

    if len(candidates) == 1:
        return candidates[0]
    best = by_recursion(candidates[1:], train, validation_loss)
    return candidates[0] if loss_of(candidates[0]) < loss_of(best) else best


@right("choose_learning_rate")
def by_sorting(candidates, train, validation_loss):
    losses = []
    for lr in candidates:
        w, training_loss = train(lr)
        losses.append(validation_loss(w) if np.isfinite(training_loss) else 1e9)
    return [lr for _, lr in sorted(zip(losses, candidates, strict=True))][0]  # noqa: RUF015


@wrong("choose_learning_rate", words="received float")
def never_trains(candidates, train, validation_loss):
    return min(candidates, key=validation_loss)


@wrong("choose_learning_rate", words="w, training_loss = train(lr)")
def does_not_unpack(candidates, train, validation_loss):
    return min(candidates, key=lambda lr: validation_loss(train(lr)))


@wrong("choose_learning_rate", words="returns nothing")
def smallest_so_far_is_one(candidates, train, validation_loss):
    best, smallest = None, 1.0
    for lr in candidates:
        loss = validation_loss(train(lr)[0])
        if loss < smallest:
            best, smallest = lr, loss
    return best


@wrong("choose_learning_rate", "by_training_loss")
def training_loss_in_a_loop(candidates, train, validation_loss):
    best_lr, best_loss = None, np.inf
    for lr in candidates:
        w, loss = train(lr)
        if loss < best_loss:
            best_lr, best_loss = lr, loss
    return best_lr


@wrong("choose_learning_rate", "largest_loss")
def greater_than(candidates, train, validation_loss):
    best, best_loss = None, 0
    for lr in candidates:
        w, training_loss = train(lr)
        loss = validation_loss(w)
        if np.isfinite(loss) and loss > best_loss:
            best, best_loss = lr, loss
    return best


@wrong("choose_learning_rate", words="should return")
def returns_the_weights(candidates, train, validation_loss):
    best, smallest = None, np.inf
    for lr in candidates:
        w, _ = train(lr)
        if validation_loss(w) < smallest:
            best, smallest = w, validation_loss(w)
    return best


@wrong("choose_learning_rate", words="expected a single number")
def rate_and_loss(candidates, train, validation_loss):
    losses = [validation_loss(train(lr)[0]) for lr in candidates]
    best = int(np.nanargmin(losses))
    return candidates[best], losses[best]


@wrong("choose_learning_rate", "always_the_smallest")
def smallest_not_remembered(candidates, train, validation_loss):
    best, smallest = None, np.inf
    for lr in candidates:
        w, training_loss = train(lr)
        if validation_loss(w) < smallest:
            best = lr
    return best


@wrong("choose_learning_rate", words="returns nothing")
def stops_at_the_first_nan(candidates, train, validation_loss):
    best, smallest = None, np.inf
    for lr in candidates:
        loss = validation_loss(train(lr)[0])
        if not np.isfinite(loss):
            break
        if loss < smallest:
            best, smallest = lr, loss
    return best


@wrong("choose_learning_rate", "nan_comes_first")
def nan_compared_with_equals(candidates, train, validation_loss):
    best = candidates[0]
    smallest = validation_loss(train(best)[0])
    for lr in candidates[1:]:
        loss = validation_loss(train(lr)[0])
        if loss == np.nan:  # noqa: PLW0177, that is the mistake
            continue
        if loss < smallest:
            best, smallest = lr, loss
    return best


@wrong("choose_learning_rate", "biggest_that_survives")
def returned_in_the_loop(candidates, train, validation_loss):
    smallest = np.inf
    for lr in candidates:
        w, training_loss = train(lr)
        if validation_loss(w) < smallest:
            smallest = validation_loss(w)
            best = lr
            return best


@wrong("choose_learning_rate")
def last_one_not_tried(candidates, train, validation_loss):
    best, smallest = candidates[0], np.inf
    for i in range(len(candidates) - 1):
        loss = validation_loss(train(candidates[i])[0])
        if loss < smallest:
            best, smallest = candidates[i], loss
    return best


@wrong("choose_learning_rate")
def gap_between_the_losses(candidates, train, validation_loss):
    gaps = []
    for lr in candidates:
        w, training_loss = train(lr)
        gaps.append(abs(validation_loss(w) - training_loss))
    return candidates[int(np.nanargmin(gaps))]
