"""Notebook 09."""

# ruff: noqa: N806, RET503, T201, as students write

import numpy as np

import lecture3_engine as engine
from lecture3_engine import by_hand
from lecture3_engine.exercises.backpropagation import CAUSES

from .table import right, wrong

# one_neuron_gradients


@right("one_neuron_gradients")
def one_by_the_engine(x, w, b, y):
    w, b = engine.Parameter(w), engine.Parameter(b)
    ((w * x + b - y) ** 2).backward()
    return w.grad, b.grad


@right("one_neuron_gradients")
def two_signs_turned(x, w, b, y):
    return [-2 * x * (y - w * x - b), -2 * (y - w * x - b)]


@right("one_neuron_gradients")
def multiplied_out(x, w, b, y):
    return (2 * x * x * w + 2 * x * b - 2 * x * y, 2 * (w * x + b - y))


@right("one_neuron_gradients")
def by_a_vector(x, w, b, y):
    inner = np.array([x, 1.0])
    return 2 * (inner @ [w, b] - y) * inner


@right("one_neuron_gradients")
def by_a_loop(x, weight, bias, target=0):
    error, gradients = weight * x + bias - target, []
    for inner in (x, 1):
        gradients.append(0)
        for _ in range(2):  # both factors of the square
            gradients[-1] += error * inner
    return gradients


@right("one_neuron_gradients")
def by_exact_differences(x, w, b, y):
    def loss(w, b):
        return (w * x + b - y) ** 2

    # of a parabola, the central difference is exact
    return (loss(w + 1, b) - loss(w - 1, b)) / 2, (loss(w, b + 1) - loss(w, b - 1)) / 2


@wrong("one_neuron_gradients", "swapped")
def bias_first(x, w, b, y):
    common = 2 * (w * x + b - y)
    return common, common * x


@wrong("one_neuron_gradients", words="should return 2 things")
def added_up(x, w, b, y):
    common = 2 * (w * x + b - y)
    return common * x + common


@wrong("one_neuron_gradients", "wrong_sign")
def turned_around(x, w, b, y):
    error = y - (w * x + b)
    d_w = 2 * error * x
    d_b = 2 * error
    return d_w, d_b


@wrong("one_neuron_gradients")
def plus_b_at_the_end(x, w, b, y):
    error = w * x + b - y
    return 2 * error * x, 2 * error + b


@wrong("one_neuron_gradients")
def forward_differences(x, w, b, y):
    epsilon = 0.01
    loss = (w * x + b - y) ** 2
    d_w = (((w + epsilon) * x + b - y) ** 2 - loss) / epsilon
    d_b = ((w * x + b + epsilon - y) ** 2 - loss) / epsilon
    return d_w, d_b


@wrong("one_neuron_gradients")
def already_a_step(x, w, b, y):
    lr = 0.1
    d_w = 2 * (w * x + b - y) * x
    d_b = 2 * (w * x + b - y)
    return w - lr * d_w, b - lr * d_b


@wrong("one_neuron_gradients")
def label_forgotten(x, w, b, y):
    return 2 * (w * x + b) * x, 2 * (w * x + b)


@wrong("one_neuron_gradients", words="gives back `None`")
def prints_both(x, w, b, y):
    d_y_hat = 2 * (w * x + b - y)
    print("d_w =", d_y_hat * x, "d_b =", d_y_hat)


@wrong("one_neuron_gradients")
def square_of_x(x, w, b, y):
    return 2 * (w * x + b - y) * x**2, 2 * (w * x + b - y)


# dense_relu_backward


@right("dense_relu_backward")
def loops(d_outputs, inputs, kernel, bias):
    d_inputs, d_kernel, d_bias = (np.zeros(a.shape) for a in (inputs, kernel, bias))
    for n in range(len(inputs)):
        for j in range(len(bias)):
            if inputs[n] @ kernel[:, j] + bias[j] <= 0:
                continue
            d_bias[j] += d_outputs[n, j]
            d_kernel[:, j] += d_outputs[n, j] * inputs[n]
            d_inputs[n] += d_outputs[n, j] * kernel[:, j]
    return d_inputs, d_kernel, d_bias


@right("dense_relu_backward")
def einsums(d_outputs, inputs, kernel, bias):
    d_z = np.where(inputs @ kernel + bias > 0, d_outputs, 0)
    d_kernel = np.einsum("ni,nj->ij", inputs, d_z)
    return [np.einsum("nj,ij->ni", d_z, kernel), d_kernel, np.einsum("nj->j", d_z)]


@right("dense_relu_backward")
def by_the_engine(d_outputs, inputs, kernel, bias):
    leaves = [engine.Parameter(a) for a in (inputs, kernel, bias)]
    (engine.relu(engine.dense(*leaves)) * d_outputs).sum().backward()
    return [leaf.grad for leaf in leaves]


@right("dense_relu_backward")
def a_copy_in_place(d_outputs, inputs, kernel, bias):
    d_z = d_outputs.copy()
    d_z[inputs @ kernel + bias <= 0] = 0
    return d_z @ kernel.T, (d_z.T @ inputs).T, sum(d_z)


@right("dense_relu_backward")
def the_witness(d_outputs, inputs, kernel, bias):
    d_z = by_hand.relu_backward(d_outputs, by_hand.dense(inputs, kernel, bias))
    return by_hand.dense_backward(d_z, inputs, kernel)


@right("dense_relu_backward")
def sample_after_sample(d_y, x, W, b=0):
    d_W, d_b, rows = 0, 0, []
    for d_row, row in zip(d_y, x, strict=True):
        d_z = d_row * np.heaviside(row @ W + b, 0)
        rows.append(W @ d_z)
        d_W = d_W + np.outer(row, d_z)
        d_b = d_b + d_z
    return rows, d_W, d_b


@wrong("dense_relu_backward", "averaged")
def kernel_and_bias_averaged(d_outputs, inputs, kernel, bias):
    d_inputs, d_kernel, d_bias = loops(d_outputs, inputs, kernel, bias)
    return d_inputs, d_kernel / len(inputs), d_bias / len(inputs)


@wrong("dense_relu_backward", "kernel_averaged")
def only_the_kernel_averaged(d_outputs, inputs, kernel, bias):
    d_inputs, d_kernel, d_bias = loops(d_outputs, inputs, kernel, bias)
    return d_inputs, d_kernel / len(inputs), d_bias


@wrong("dense_relu_backward", "last_sample_only")
def sums_not_kept(d_outputs, inputs, kernel, bias):
    d_inputs = np.zeros_like(inputs)
    for n in range(len(inputs)):
        d_z = d_outputs[n] * (inputs[n] @ kernel + bias > 0)
        d_inputs[n] = kernel @ d_z
        d_kernel = np.outer(inputs[n], d_z)
        d_bias = d_z
    return d_inputs, d_kernel, d_bias


@wrong("dense_relu_backward", "bias_summed_over_units")
def sum_of_the_other_axis(d_outputs, inputs, kernel, bias):
    d_z = d_outputs * (inputs @ kernel + bias > 0)
    return d_z @ kernel.T, inputs.T @ d_z, d_z.sum(axis=1)


@wrong("dense_relu_backward", words="at `d_inputs[")
def relu_of_the_gradient(d_outputs, inputs, kernel, bias):
    d_z = d_outputs * (inputs @ kernel + bias > 0)
    return np.maximum(d_z @ kernel.T, 0), inputs.T @ d_z, d_z.sum(axis=0)


@wrong("dense_relu_backward", words="should return 3 things")
def no_bias(d_outputs, inputs, kernel, bias):
    d_z = d_outputs * (inputs @ kernel + bias > 0)
    return d_z @ kernel.T, inputs.T @ d_z


@wrong("dense_relu_backward", words="It is `return d_inputs, d_kernel, d_bias`")
def kernel_first(d_outputs, inputs, kernel, bias):
    d_z = d_outputs * (inputs @ kernel + bias > 0)
    d_kernel = inputs.T @ d_z
    d_bias = d_z.sum(axis=0)
    d_inputs = d_z @ kernel.T
    return d_kernel, d_bias, d_inputs


@wrong("dense_relu_backward")
def mask_the_wrong_way_around(d_outputs, inputs, kernel, bias):
    d_z = d_outputs.copy()
    d_z[inputs @ kernel + bias > 0] = 0
    return d_z @ kernel.T, inputs.T @ d_z, d_z.sum(axis=0)


@wrong("dense_relu_backward", "in_place")
def zeros_in_a_loop(d_outputs, inputs, kernel, bias):
    z = inputs @ kernel + bias
    for n in range(z.shape[0]):
        for j in range(z.shape[1]):
            if z[n, j] <= 0:
                d_outputs[n, j] = 0
    return d_outputs @ kernel.T, inputs.T @ d_outputs, d_outputs.sum(axis=0)


@wrong("dense_relu_backward", "bias_without_relu")
def masked_too_late(d_outputs, inputs, kernel, bias):
    d_bias = d_outputs.sum(axis=0)
    d_z = d_outputs * (inputs @ kernel + bias > 0)
    return d_z @ kernel.T, inputs.T @ d_z, d_bias


# diagnose


@right("diagnose")
def by_a_table(here, in_float64, larger, smaller):
    for error, cause in ((in_float64, "float32"), (larger, "epsilon"), (smaller, "kink")):
        if not error > 1e-6:
            return cause
    return "bug"


@right("diagnose")
def by_argmax(here, in_float64, larger, smaller):
    return CAUSES[np.argmax(np.array([in_float64, larger, smaller, 0]) < 1e-6)]


@right("diagnose")
def in_capitals(here, in_float64, larger, smaller):
    return by_a_table(here, in_float64, larger, smaller).capitalize()


@right("diagnose")
def from_the_bug_on(here, in_float64, larger, smaller):
    if in_float64 > 1e-6 and larger > 1e-6 and smaller > 1e-6:
        return "bug"
    if in_float64 > 1e-6:
        return "kink" if larger > 1e-6 else "epsilon"
    return "float32"


@right("diagnose")
def a_stricter_limit(here, in_float64, larger, smaller):
    limit = 5e-7
    return (
        "float32"
        if in_float64 < limit
        else "epsilon"
        if larger < limit
        else "kink"
        if smaller < limit
        else "bug"
    )


@right("diagnose")
def overwritten_from_the_last_on(first, second, big, small=0.0):
    cause = "bug"
    if small < 1e-6:
        cause = "kink"
    if big < 1e-6:
        cause = "epsilon"
    if second < 1e-6:
        cause = "float32"
    return cause


@wrong("diagnose", words="'float32', 'epsilon', 'kink', 'bug'. It returned 'ReLU'")
def another_word(here, in_float64, larger, smaller):
    return "ReLU"


@wrong("diagnose", "limit_too_high")
def below_a_thousandth(here, in_float64, larger, smaller):
    if in_float64 < 1e-3:
        return "float32"
    if larger < 1e-3:
        return "epsilon"
    return "kink" if smaller < 1e-3 else "bug"


@wrong("diagnose", "limit_too_high")
def below_a_ten_thousandth(here, in_float64, larger, smaller):
    causes = {"float32": in_float64, "epsilon": larger, "kink": smaller}
    return next((cause for cause, error in causes.items() if error < 1e-4), "bug")


@wrong("diagnose")
def always_float32(here, in_float64, larger, smaller):
    return "float32"


@wrong("diagnose")
def always_epsilon(here, in_float64, larger, smaller):
    return "epsilon"


@wrong("diagnose")
def always_a_kink(here, in_float64, larger, smaller):
    return "kink"


@wrong("diagnose", "last_one_wins")
def no_elif(here, in_float64, larger, smaller):
    cause = "bug"
    if in_float64 < 1e-6:
        cause = "float32"
    if larger < 1e-6:
        cause = "epsilon"
    if smaller < 1e-6:
        cause = "kink"
    return cause


@wrong("diagnose", words="gives back `None`")
def prints_the_cause(here, in_float64, larger, smaller):
    print(by_a_table(here, in_float64, larger, smaller))


@wrong("diagnose", words="returns nothing")
def no_else(here, in_float64, larger, smaller):
    if in_float64 < 1e-6:
        return "float32"
    elif larger < 1e-6:  # noqa: RET505, as many write it
        return "epsilon"
    elif smaller < 1e-6:
        return "kink"


@wrong("diagnose", "smallest_error")
def closest_to_agreement(here, in_float64, larger, smaller):
    errors = [in_float64, larger, smaller]
    if min(errors) > 1e-6:
        return "bug"
    return CAUSES[errors.index(min(errors))]


@wrong("diagnose")
def or_for_and(here, in_float64, larger, smaller):
    if in_float64 > 1e-6 or larger > 1e-6 or smaller > 1e-6:
        return "bug"
    return "float32"
