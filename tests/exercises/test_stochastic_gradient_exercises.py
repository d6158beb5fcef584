"""Exercises of notebook 05: unusual right solutions pass, plausible wrong ones get a message that
helps, and what the texts claim is true.
"""

import numpy as np
import pytest

import lecture3_engine as engine
from lecture3_engine.exercises import ALL

# Right


def loops_for_vectors(w, inputs, labels, lr):
    gradient = np.zeros(w.shape)
    for sample, label in zip(inputs, labels, strict=True):
        error = sum(sample[j] * w[j, 0] for j in range(len(w))) - label[0]
        for j in range(len(w)):
            gradient[j, 0] += 2 * error * sample[j] / len(inputs)
    return w - lr * gradient


def mean_of_all_samples_gradients(w, inputs, labels, lr):
    return w - lr * 2 * np.mean((inputs @ w - labels)[:, None] * inputs[:, :, None], axis=0)


def in_place_on_a_copy(w, inputs, labels, lr):
    new = w.copy()
    new -= lr * 2 * inputs.T @ (inputs @ w - labels) / inputs.shape[0]
    return new


def two_signs_turned_and_a_list(w, inputs, labels, lr):
    return (w + lr * 2 * inputs.T.dot(labels - inputs.dot(w)) / len(labels)).tolist()


def by_the_engine(w, inputs, labels, lr):
    w = engine.Parameter(w.astype(float))
    preds = engine.Tensor(inputs.astype(float)) @ w
    engine.mse_loss(preds, labels.astype(float)).backward()
    return w.data - lr * w.grad


@pytest.mark.parametrize(
    "function",
    [
        loops_for_vectors,
        mean_of_all_samples_gradients,
        in_place_on_a_copy,
        two_signs_turned_and_a_list,
        by_the_engine,
    ],
)
def test_a_step_may_be_written_in_many_ways(function):
    assert ALL["sgd_step"].check(function).passed


def with_while(gradient, w, inputs, labels, batch_size, lr):
    start = 0
    while start < len(inputs):
        end = start + batch_size
        w = w - lr * gradient(w, inputs[start:end], labels[start:end])
        start = end
    return w


def with_the_loader(gradient, w, inputs, labels, batch_size, lr):
    for batch in engine.DataLoader(inputs, labels, batch_size):
        w = w - lr * gradient(w, *batch)
    return w


def by_recursion(gradient, w, inputs, labels, batch_size, lr):
    if len(inputs) == 0:
        return w
    new = w - lr * gradient(w, inputs[:batch_size], labels[:batch_size])
    return by_recursion(gradient, new, inputs[batch_size:], labels[batch_size:], batch_size, lr)


def by_number_of_the_batch(gradient, w, inputs, labels, batch_size, lr):
    w = w.copy()
    for n in range(-(-len(inputs) // batch_size)):
        batch = slice(n * batch_size, min((n + 1) * batch_size, len(inputs)))
        w -= lr * gradient(w, inputs[batch], labels[batch])
    return w.tolist()


def by_indices(gradient, w, inputs, labels, batch_size, lr):
    order = np.arange(len(inputs))
    for batch in np.array_split(order, order[batch_size::batch_size]):
        w = w - lr * gradient(w, inputs[batch], labels[batch])
    return w


@pytest.mark.parametrize(
    "function",
    [with_while, with_the_loader, by_recursion, by_number_of_the_batch, by_indices],
)
def test_an_epoch_may_be_written_in_many_ways(function):
    assert ALL["sgd_epoch"].check(function).passed


# Wrong


def square_in_the_gradient(w, inputs, labels, lr):
    return w - lr * 2 / len(inputs) * inputs.T @ (inputs @ w - labels) ** 2


def mean_over_all_entries(w, inputs, labels, lr):
    return w - lr * 2 / inputs.size * inputs.T @ (inputs @ w - labels)


def loss_for_w(w, inputs, labels, lr):
    return np.mean((inputs @ w - labels) ** 2)


@pytest.mark.parametrize(
    "function, words",
    [
        (square_in_the_gradient, "expected 0 at"),
        (mean_over_all_entries, "expected 0 at"),
        (loss_for_w, "a single number, expected shape (2, 1)"),
        (
            lambda w, inputs, labels, lr: w - lr * 2 * np.mean(inputs @ w - labels),
            "input is missing",
        ),
        (
            lambda w, inputs, labels, lr: w - lr * 2 / len(inputs) * inputs @ (inputs @ w - labels),
            "`inputs.T`",
        ),
        (
            lambda w, inputs, labels, lr: w - lr * 2 * np.mean(inputs * (inputs @ w - labels)),
            "same step",
        ),
        (
            lambda w, inputs, labels, lr: (
                w - lr * 2 * np.mean(inputs * (inputs @ w - labels), axis=0)
            ),
            "flat row",
        ),
        (
            lambda w, inputs, labels, lr: lr * 2 / len(inputs) * inputs.T @ (inputs @ w - labels),
            "the step alone",
        ),
    ],
)
def test_what_goes_wrong_in_a_step_is_told(function, words):
    answer = ALL["sgd_step"].check(function)
    assert answer.kind == "wrong"
    assert words in answer.text


def own_gradient(gradient, w, inputs, labels, batch_size, lr):
    for start in range(0, len(inputs), batch_size):
        batch = slice(start, start + batch_size)
        w = ALL["sgd_step"].solution(w, inputs[batch], labels[batch], lr)
    return w


def shuffled(gradient, w, inputs, labels, batch_size, lr):
    order = np.random.default_rng(0).permutation(len(inputs))
    return with_while(gradient, w, inputs[order], labels[order], batch_size, lr)


def labels_not_cut(gradient, w, inputs, labels, batch_size, lr):
    for start in range(0, len(inputs), batch_size):
        w = w - lr * gradient(w, inputs[start : start + batch_size], labels)
    return w


def one_sample_short(gradient, w, inputs, labels, batch_size, lr):
    for start in range(0, len(inputs), batch_size):
        batch = slice(start, start + batch_size - 1)
        w = w - lr * gradient(w, inputs[batch], labels[batch])
    return w


def ends_at_batch_size(gradient, w, inputs, labels, batch_size, lr):
    for start in range(0, len(inputs), batch_size):
        w = w - lr * gradient(w, inputs[start:batch_size], labels[start:batch_size])
    return w


def used_for_nothing(gradient, w, inputs, labels, batch_size, lr):
    for start in range(0, len(inputs), batch_size):
        batch = slice(start, start + batch_size)
        w - lr * gradient(w, inputs[batch], labels[batch])
    return w


@pytest.mark.parametrize(
    "function, words",
    [
        (own_gradient, "Call the function `gradient`"),
        (shuffled, "expected"),
        (labels_not_cut, "broadcast"),
        (one_sample_short, "expected"),
        (ends_at_batch_size, "batches are empty"),
        (used_for_nothing, "not assigned?"),
    ],
)
def test_what_goes_wrong_in_an_epoch_is_told(function, words):
    answer = ALL["sgd_epoch"].check(function)
    assert answer.kind == "wrong"
    assert words in answer.text


def test_one_batch_only_is_not_taken_for_a_return_in_the_loop():
    """One may also have cut the same slice again and again."""

    def the_first_slice_each_time(gradient, w, inputs, labels, batch_size, lr):
        for _ in range(0, len(inputs), batch_size):
            w = w - lr * gradient(w, inputs[:batch_size], labels[:batch_size])
        return w

    assert "`return`" not in ALL["sgd_epoch"].check(the_first_slice_each_time).text


# What the texts claim


def test_the_tasks_do_not_print_their_solutions():
    for name in ("sgd_step", "sgd_epoch"):
        task = ALL[name].task.replace(" ", "")
        assert "lr*" not in task
        assert "inputs.T" not in task


def test_the_gradient_of_a_batch_is_usually_longer_than_that_of_all_the_data():
    model = engine.Sequential(engine.Dense(784, 8, "relu", rng=np.random.default_rng(0)))
    digits = engine.load_mnist()
    images, labels = digits.train_images[:1000], digits.train_labels[:1000]

    def length(chosen):
        model.zero_grad()
        engine.cross_entropy(model(images[chosen]), labels[chosen] % 8).backward()
        return np.linalg.norm(np.concatenate([p.grad.ravel() for p in model.parameters()]))

    batches = np.random.default_rng(0).choice(1000, (20, 8))
    assert np.median([length(batch) for batch in batches]) > length(slice(None))
