"""Notebook 05."""

# ruff: noqa: RET503, RET504, as students write

import numpy as np

import lecture3_engine as engine
from lecture3_engine.exercises import ALL

from .table import right, wrong

# sgd_step


@right("sgd_step")
def loops_for_vectors(w, inputs, labels, lr):
    gradient = np.zeros(w.shape)
    for sample, label in zip(inputs, labels, strict=True):
        error = sum(sample[j] * w[j, 0] for j in range(len(w))) - label[0]
        for j in range(len(w)):
            gradient[j, 0] += 2 * error * sample[j] / len(inputs)
    return w - lr * gradient


@right("sgd_step")
def mean_of_all_samples_gradients(w, inputs, labels, lr):
    return w - lr * 2 * np.mean((inputs @ w - labels)[:, None] * inputs[:, :, None], axis=0)


@right("sgd_step")
def in_place_on_a_copy(w, inputs, labels, lr):
    new = w.copy()
    new -= lr * 2 * inputs.T @ (inputs @ w - labels) / inputs.shape[0]
    return new


@right("sgd_step")
def two_signs_turned_and_a_list(w, inputs, labels, lr):
    return (w + lr * 2 * inputs.T.dot(labels - inputs.dot(w)) / len(labels)).tolist()


@right("sgd_step")
def by_the_engine(w, inputs, labels, lr):
    w = engine.Parameter(w.astype(float))
    preds = engine.Tensor(inputs.astype(float)) @ w
    engine.mse_loss(preds, labels.astype(float)).backward()
    return w.data - lr * w.grad


@right("sgd_step")
def by_einsum(weights, x, y, rate=0.01):
    return weights - rate * np.einsum("ni,nk->ik", x, x @ weights - y) * (2 / len(y))


@wrong("sgd_step")
def square_in_the_gradient(w, inputs, labels, lr):
    return w - lr * 2 / len(inputs) * inputs.T @ (inputs @ w - labels) ** 2


@wrong("sgd_step")
def mean_over_all_entries(w, inputs, labels, lr):
    return w - lr * 2 / inputs.size * inputs.T @ (inputs @ w - labels)


@wrong("sgd_step", words="a single number, expected shape (2, 1)")
def loss_for_w(w, inputs, labels, lr):
    return np.mean((inputs @ w - labels) ** 2)


@wrong("sgd_step", "inner_derivative_forgotten")
def errors_alone(w, inputs, labels, lr):
    return w - lr * 2 * np.mean(inputs @ w - labels)


@wrong("sgd_step", "transpose_forgotten")
def not_turned_around(w, inputs, labels, lr):
    return w - lr * 2 / len(inputs) * inputs @ (inputs @ w - labels)


@wrong("sgd_step", "one_number_for_all")
def mean_without_axis(w, inputs, labels, lr):
    return w - lr * 2 * np.mean(inputs * (inputs @ w - labels))


@wrong("sgd_step", "flat_row")
def mean_of_axis_0(w, inputs, labels, lr):
    return w - lr * 2 * np.mean(inputs * (inputs @ w - labels), axis=0)


@wrong("sgd_step", "step_for_w")
def returns_the_step(w, inputs, labels, lr):
    return lr * 2 / len(inputs) * inputs.T @ (inputs @ w - labels)


@wrong("sgd_step")
def moves_within_the_batch(w, inputs, labels, lr):
    for i in range(len(inputs)):
        x, y = inputs[i : i + 1], labels[i : i + 1]
        w = w - lr * 2 * x.T @ (x @ w - y) / len(inputs)
    return w


@wrong("sgd_step")
def sum_not_kept(w, inputs, labels, lr):
    for x, y in zip(inputs, labels, strict=True):
        gradient = 2 * (x @ w - y) * x[:, None] / len(inputs)
    return w - lr * gradient


@wrong("sgd_step", "wrong_sign")
def labels_first_in_a_loop(w, inputs, labels, lr):
    gradient = np.zeros_like(w)
    for i in range(len(inputs)):
        gradient += 2 * (labels[i] - inputs[i] @ w) * inputs[i][:, None]
    return w - lr * gradient / len(inputs)


# sgd_epoch


@right("sgd_epoch")
def with_while(gradient, w, inputs, labels, batch_size, lr):
    start = 0
    while start < len(inputs):
        end = start + batch_size
        w = w - lr * gradient(w, inputs[start:end], labels[start:end])
        start = end
    return w


@right("sgd_epoch")
def with_the_loader(gradient, w, inputs, labels, batch_size, lr):
    for batch in engine.DataLoader(inputs, labels, batch_size):
        w = w - lr * gradient(w, *batch)
    return w


@right("sgd_epoch")
def by_recursion(gradient, w, inputs, labels, batch_size, lr):
    if len(inputs) == 0:
        return w
    new = w - lr * gradient(w, inputs[:batch_size], labels[:batch_size])
    return by_recursion(gradient, new, inputs[batch_size:], labels[batch_size:], batch_size, lr)


@right("sgd_epoch")
def by_number_of_the_batch(gradient, w, inputs, labels, batch_size, lr):
    w = w.copy()
    for n in range(-(-len(inputs) // batch_size)):
        batch = slice(n * batch_size, min((n + 1) * batch_size, len(inputs)))
        w -= lr * gradient(w, inputs[batch], labels[batch])
    return w.tolist()


@right("sgd_epoch")
def by_indices(gradient, w, inputs, labels, batch_size, lr):
    order = np.arange(len(inputs))
    for batch in np.array_split(order, order[batch_size::batch_size]):
        w = w - lr * gradient(w, inputs[batch], labels[batch])
    return w


@right("sgd_epoch")
def with_lists_that_fill_up(slope, weights, x, y, size=32, rate=0.1):
    xs, ys = [], []
    for number, (one, label) in enumerate(zip(x, y, strict=True), start=1):
        xs.append(one)
        ys.append(label)
        if len(xs) == size or number == len(x):
            weights = weights - rate * slope(weights, np.array(xs), np.array(ys))
            xs.clear()
            ys.clear()
    return weights


@wrong("sgd_epoch", "own_gradient")
def gradient_by_hand(gradient, w, inputs, labels, batch_size, lr):
    for start in range(0, len(inputs), batch_size):
        batch = slice(start, start + batch_size)
        w = ALL["sgd_step"].solution(w, inputs[batch], labels[batch], lr)
    return w


@wrong("sgd_epoch")
def shuffled(gradient, w, inputs, labels, batch_size, lr):
    order = np.random.default_rng(0).permutation(len(inputs))
    return with_while(gradient, w, inputs[order], labels[order], batch_size, lr)


@wrong("sgd_epoch", words="broadcast")
def labels_not_cut(gradient, w, inputs, labels, batch_size, lr):
    for start in range(0, len(inputs), batch_size):
        w = w - lr * gradient(w, inputs[start : start + batch_size], labels)
    return w


@wrong("sgd_epoch")
def one_sample_short(gradient, w, inputs, labels, batch_size, lr):
    for start in range(0, len(inputs), batch_size):
        batch = slice(start, start + batch_size - 1)
        w = w - lr * gradient(w, inputs[batch], labels[batch])
    return w


@wrong("sgd_epoch", words="batches are empty")
def ends_at_batch_size(gradient, w, inputs, labels, batch_size, lr):
    for start in range(0, len(inputs), batch_size):
        w = w - lr * gradient(w, inputs[start:batch_size], labels[start:batch_size])
    return w


@wrong("sgd_epoch", words="not assigned?")
def used_for_nothing(gradient, w, inputs, labels, batch_size, lr):
    for start in range(0, len(inputs), batch_size):
        batch = slice(start, start + batch_size)
        w - lr * gradient(w, inputs[batch], labels[batch])
    return w


@wrong("sgd_epoch")
def the_first_slice_each_time(gradient, w, inputs, labels, batch_size, lr):
    for _ in range(0, len(inputs), batch_size):
        w = w - lr * gradient(w, inputs[:batch_size], labels[:batch_size])
    return w


@wrong("sgd_epoch", "first_batch_only")
def returned_in_the_loop(gradient, w, inputs, labels, batch_size, lr):
    for start in range(0, len(inputs), batch_size):
        batch = slice(start, start + batch_size)
        w = w - lr * gradient(w, inputs[batch], labels[batch])
        return w


@wrong("sgd_epoch", "starts_again")
def new_name_each_time(gradient, w, inputs, labels, batch_size, lr):
    for start in range(0, len(inputs), batch_size):
        batch = slice(start, start + batch_size)
        new_w = w - lr * gradient(w, inputs[batch], labels[batch])
    return new_w


@wrong("sgd_epoch", "gradient_at_the_start")
def gradients_collected(gradient, w, inputs, labels, batch_size, lr):
    total = np.zeros_like(w)
    for start in range(0, len(inputs), batch_size):
        end = start + batch_size
        total += gradient(w, inputs[start:end], labels[start:end])
    return w - lr * total


@wrong("sgd_epoch", "last_batch_dropped")
def whole_batches_only(gradient, w, inputs, labels, batch_size, lr):
    for n in range(len(inputs) // batch_size):
        a, b = n * batch_size, (n + 1) * batch_size
        w = w - lr * gradient(w, inputs[a:b], labels[a:b])
    return w
