"""Notebook 01."""

# ruff: noqa: PERF401, T201, as students write

import itertools

import numpy as np

import lecture3_engine as engine

from .table import right, wrong

# dense_relu


@right("dense_relu")
def three_loops(inputs, kernel, bias):
    outputs = np.zeros((len(inputs), len(bias)))
    for n in range(inputs.shape[0]):
        for j in range(kernel.shape[1]):
            total = bias[j]
            for i in range(kernel.shape[0]):
                total += inputs[n, i] * kernel[i, j]
            if total > 0:
                outputs[n, j] = total
    return outputs


@right("dense_relu")
def lists_of_lists(inputs, kernel, bias):
    return [
        [
            max(0.0, sum(x * w for x, w in zip(row, column, strict=True)) + b)
            for column, b in zip(kernel.T, bias, strict=True)
        ]
        for row in inputs
    ]


@right("dense_relu")
def einsum_and_where(x, W, b):
    z = np.einsum("ni,ij->nj", x, W) + b
    return np.where(z > 0, z, 0)


@right("dense_relu")
def torch_like_layer(inputs, kernel, bias):
    return engine.relu(engine.dense(*map(engine.Tensor, (inputs, kernel, bias))))


@right("dense_relu")
def in_place_on_its_own(inputs, kernel, bias):
    z = inputs @ kernel
    z += bias
    z[z < 0] = 0
    return z


@right("dense_relu")
def stored_in_single_precision(inputs, kernel, bias):
    z = np.matmul(inputs, kernel) + bias
    return ((z + abs(z)) / 2).astype(np.float32)


@right("dense_relu")
def clipped_below(inputs, kernel, bias):
    return np.vstack([(row @ kernel + bias).clip(min=0) for row in inputs])


@wrong("dense_relu")
def cut_off_above(inputs, kernel, bias):
    return np.clip(inputs @ kernel + bias, 0, 1)


@wrong("dense_relu")
def absolute_value(inputs, kernel, bias):
    return np.abs(inputs @ kernel + bias)


@wrong("dense_relu")
def smaller_of_the_two(inputs, kernel, bias):
    z = inputs.dot(kernel) + bias
    return np.where(z < 0, z, 0)


@wrong("dense_relu")
def total_not_reset(inputs, kernel, bias):
    outputs = np.zeros((len(inputs), len(bias)))
    for n in range(len(inputs)):
        total = 0
        for j in range(len(bias)):
            for i in range(len(kernel)):
                total += inputs[n, i] * kernel[i, j]
            outputs[n, j] = max(total + bias[j], 0)
    return outputs


@wrong("dense_relu")
def bias_for_each_input(inputs, kernel, bias):
    outputs = np.zeros((len(inputs), len(bias)))
    for n in range(len(inputs)):
        for j in range(len(bias)):
            for i in range(len(kernel)):
                outputs[n, j] += inputs[n, i] * kernel[i, j] + bias[j]
    return np.maximum(outputs, 0)


@wrong("dense_relu", words="expected shape (2, 2)")
def first_sample_only(inputs, kernel, bias):
    return [np.maximum(inputs[0] @ kernel + bias, 0)]


@wrong("dense_relu")
def relu_of_the_inputs(inputs, kernel, bias):
    return np.maximum(inputs, 0) @ kernel + bias


@wrong("dense_relu")
def minus_the_bias(inputs, kernel, bias):
    outputs = []
    for row in inputs:
        outputs.append(np.maximum(np.dot(row, kernel) - bias, 0))
    return outputs


@wrong("dense_relu")
def whole_numbers(inputs, kernel, bias):
    return np.maximum(inputs @ kernel + bias, 0).astype(int)


@wrong("dense_relu", words="The truth value of an array")
def pythons_max(inputs, kernel, bias):
    return max(np.dot(inputs, kernel) + bias, 0)


@wrong("dense_relu", "relu_forgotten")
def relu_not_assigned(inputs, kernel, bias):
    z = np.dot(inputs, kernel) + bias
    np.maximum(z, 0)
    return z


# nth_batch


@right("nth_batch")
def step_by_step(samples, n, batch_size):
    start = 0
    while n > 0:
        start += batch_size
        n -= 1
    return samples[start : start + batch_size]


@right("nth_batch")
def a_list_of_samples(samples, n, batch_size):
    return [samples[i] for i in range(len(samples)) if i // batch_size == n]


@right("nth_batch")
def first_batch_of_the_rest(samples, n, batch_size):
    return samples[batch_size * n :][:batch_size]


@right("nth_batch")
def by_the_rest_only(x, number, size=128):
    if number == 0:
        return x[:size]
    return by_the_rest_only(x[size:], number - 1, size)


@right("nth_batch")
def by_indices(samples, n, batch_size):
    return np.take(samples, np.arange(len(samples))[batch_size * n : batch_size * (n + 1)], axis=0)


@right("nth_batch")
def from_the_loader(samples, n, batch_size):
    loader = engine.DataLoader(samples, samples, batch_size)
    return next(itertools.islice(loader, n, None))[0]


@right("nth_batch")
def with_a_mask(samples, n, batch_size):
    position = np.arange(samples.shape[0])
    return samples[(position >= n * batch_size) & (position < (n + 1) * batch_size)]


@wrong("nth_batch", words="expected shape")
def so_many_batches(samples, n, batch_size):
    return np.array_split(samples, batch_size)[n]


@wrong("nth_batch", words="shape")
def always_128(samples, n, batch_size):
    return samples[128 * n : 128 * (n + 1)]


@wrong("nth_batch", words="IndexError: index 10 is out of bounds")
def past_the_end(samples, n, batch_size):
    return np.array([samples[i] for i in range(batch_size * n, batch_size * (n + 1))])


@wrong("nth_batch", words="expected shape")
def one_in_so_many(samples, n, batch_size):
    return samples[n::batch_size]


@wrong("nth_batch")
def begins_one_late(samples, n, batch_size):
    return samples[batch_size * n + 1 : batch_size * (n + 1) + 1]


@wrong("nth_batch", "end_excluded_twice")
def to_its_last_sample(samples, n, batch_size):
    first = n * batch_size
    last = first + batch_size - 1
    return samples[first:last]


@wrong("nth_batch", words="gives back `None`")
def shows_it(samples, n, batch_size):
    print(samples[batch_size * n : batch_size * (n + 1)])


@wrong("nth_batch", words="expected shape")
def precedence(samples, n, batch_size):
    return samples[batch_size * n : batch_size * n + 1]


@wrong("nth_batch", words="expected shape")
def a_comma_for_the_colon(samples, n, batch_size):
    return samples[[batch_size * n, batch_size * (n + 1)]]


@wrong("nth_batch", words="IndexError: list index out of range")
def only_whole_batches(samples, n, batch_size):
    batches = []
    for i in range(len(samples) // batch_size):
        batches.append(samples[i * batch_size : (i + 1) * batch_size])
    return batches[n]
