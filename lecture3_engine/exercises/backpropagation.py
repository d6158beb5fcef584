"""Notebook 09, lecture section 3: backpropagation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .exercise import exercise
from .question import Prediction, Question, Questions

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_rng = np.random.default_rng(3)


def _layer(batch: int, inputs: int, units: int) -> dict[str, NDArray[Any]]:
    """Return random arguments of one layer's backward pass."""
    shapes: dict[str, Any] = dict(
        d_outputs=(batch, units), inputs=(batch, inputs), kernel=(inputs, units), bias=units
    )
    return {name: _rng.normal(size=shape) for name, shape in shapes.items()}


@exercise(
    task=(
        "One neuron with the loss `(w * x + b - y)**2`, where y is the right answer. Return the"
        " gradients of the loss with respect to w and to b: `return d_w, d_b`."
    ),
    cases=[
        dict(x=3.0, w=1.0, b=0.5, y=1.0),
        dict(x=-2.0, w=0.5, b=0.25, y=2.0),
        dict(x=0.5, w=-1.0, b=2.0, y=0.0),
    ],
    returns=("d_w", "d_b"),
    further=(
        "both gradients contain 2 (w x + b - y). Backpropagation computes such a common part once"
        " and passes it on. That is the whole trick."
    ),
)
def one_neuron_gradients(x, w, b, y):
    d_y_hat = 2 * (w * x + b - y)
    return d_y_hat * x, d_y_hat


@one_neuron_gradients.mistake(
    "The inner derivative is missing in d_w: w is multiplied by x before it reaches the loss, so"
    " its gradient is multiplied by x."
)
def inner_forgotten(x, w, b, y):
    return 2 * (w * x + b - y), 2 * (w * x + b - y)


@one_neuron_gradients.mistake(
    "You return the two in the other order: first d_w, then d_b. (d_w is the one with the factor"
    " x.)"
)
def swapped(x, w, b, y):
    d_w, d_b = one_neuron_gradients.solution(x, w, b, y)
    return d_b, d_w


@one_neuron_gradients.mistake(
    "The outer derivative is missing: x and 1 are the derivatives of the prediction. Multiply each"
    " by how the loss depends on the prediction, 2 (prediction - y)."
)
def outer_forgotten(x, w, b, y):
    return x, 1.0


@one_neuron_gradients.mistake("The 2 is missing: the derivative of e² is 2 e.")
def two_forgotten(x, w, b, y):
    return (w * x + b - y) * x, w * x + b - y


@one_neuron_gradients.mistake(
    "Wrong sign: inside the square is prediction - y. (You may turn it around, since the square is"
    " the same. But then the derivatives of what is inside are -x and -1.)"
)
def wrong_sign(x, w, b, y):
    return -2 * (w * x + b - y) * x, -2 * (w * x + b - y)


@one_neuron_gradients.mistake("The bias is missing in your prediction w x + b.")
def bias_forgotten(x, w, b, y):
    return 2 * (w * x - y) * x, 2 * (w * x - y)


@one_neuron_gradients.mistake(
    "You multiply by w instead of x: the derivative of w x with respect to w is x, the other"
    " factor."
)
def times_w(x, w, b, y):
    return 2 * (w * x + b - y) * w, 2 * (w * x + b - y)


@one_neuron_gradients.mistake(
    "That is the loss itself, squared. The derivative of e² is 2 e: the square is gone."
)
def still_squared(x, w, b, y):
    return 2 * (w * x + b - y) ** 2 * x, 2 * (w * x + b - y) ** 2


@one_neuron_gradients.mistake(
    "d_b is not multiplied by x: b reaches the prediction with the factor 1."
)
def bias_times_x(x, w, b, y):
    return 2 * (w * x + b - y) * x, 2 * (w * x + b - y) * x


@exercise(
    task=(
        "The backward pass of `outputs = relu(dot(inputs, kernel) + bias)`. You get `d_outputs`,"
        " the gradient of the loss with respect to the outputs. Return `d_inputs, d_kernel,"
        " d_bias`, each in the shape of its array."
    ),
    cases=[
        dict(
            d_outputs=np.array([[1.0, -2.0]]),
            inputs=np.array([[1.0, 2.0, -1.0]]),
            kernel=np.array([[0.3, 0.7], [0.45, -0.56], [0.1, 0.32]]),
            bias=np.array([0.5, 2.0]),
        ),
        _layer(4, 3, 2),
        _layer(5, 3, 3),
    ],
    returns=("d_inputs", "d_kernel", "d_bias"),
    further=(
        "the layer below gets your d_inputs as its d_outputs. Call this function once for each"
        " layer, from the last to the first, and you have backpropagation."
    ),
)
def dense_relu_backward(d_outputs, inputs, kernel, bias):
    z = np.dot(inputs, kernel) + bias
    d_z = d_outputs * (z > 0)
    return np.dot(d_z, kernel.T), np.dot(inputs.T, d_z), d_z.sum(axis=0)


def _backward(
    d_z: NDArray[Any], inputs: NDArray[Any], kernel: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the gradients of a layer, from that of what relu gets: for mistakes."""
    return np.dot(d_z, kernel.T), np.dot(inputs.T, d_z), d_z.sum(axis=0)


@dense_relu_backward.mistake(
    "The relu is missing in your backward pass. Where relu gave 0, nothing below it can change the"
    " loss. Multiply d_outputs by relu's derivative first."
)
def relu_forgotten(d_outputs, inputs, kernel, bias):
    return _backward(d_outputs, inputs, kernel)


@dense_relu_backward.mistake(
    "The upstream gradient is missing: relu's derivative, 1 or 0, has to be multiplied by"
    " d_outputs. That product is the chain rule."
)
def upstream_forgotten(d_outputs, inputs, kernel, bias):
    return _backward((np.dot(inputs, kernel) + bias > 0) * 1.0, inputs, kernel)


@dense_relu_backward.mistake(
    "You look where d_outputs > 0. What counts is the forward pass: where dot(inputs, kernel) +"
    " bias > 0."
)
def mask_of_the_gradient(d_outputs, inputs, kernel, bias):
    return _backward(d_outputs * (d_outputs > 0), inputs, kernel)


@dense_relu_backward.mistake(
    "The bias is missing in your mask: relu saw dot(inputs, kernel) + bias, and so must you."
)
def mask_without_bias(d_outputs, inputs, kernel, bias):
    return _backward(d_outputs * (np.dot(inputs, kernel) > 0), inputs, kernel)


@dense_relu_backward.mistake(
    "You multiply by relu's output. Multiply by its derivative: 1 where its input is positive, 0"
    " elsewhere."
)
def output_for_derivative(d_outputs, inputs, kernel, bias):
    return _backward(d_outputs * np.maximum(np.dot(inputs, kernel) + bias, 0), inputs, kernel)


@dense_relu_backward.mistake(
    "d_kernel is transposed. It must have the shape of the kernel, one row for each input and one"
    " column for each unit."
)
def kernel_gradient_transposed(d_outputs, inputs, kernel, bias):
    d_inputs, d_kernel, d_bias = dense_relu_backward.solution(d_outputs, inputs, kernel, bias)
    return d_inputs, d_kernel.T, d_bias


@dense_relu_backward.mistake(
    "d_bias must have the shape of the bias. Each bias serves every sample of the batch, so add the"
    " gradients of all samples: .sum(axis=0)."
)
def bias_not_summed(d_outputs, inputs, kernel, bias):
    d_z = d_outputs * (np.dot(inputs, kernel) + bias > 0)
    return np.dot(d_z, kernel.T), np.dot(inputs.T, d_z), d_z


@dense_relu_backward.mistake(
    "Your d_bias has a row too many: shape (1, units). The bias has the shape (units,), so leave"
    " out keepdims."
)
def bias_keeps_its_row(d_outputs, inputs, kernel, bias):
    d_inputs, d_kernel, d_bias = dense_relu_backward.solution(d_outputs, inputs, kernel, bias)
    return d_inputs, d_kernel, d_bias[None]


@dense_relu_backward.mistake(
    "d_bias is one number: .sum() without axis adds the units, too. Each unit has its own bias:"
    " .sum(axis=0) adds the samples only."
)
def bias_summed_over_all(d_outputs, inputs, kernel, bias):
    d_inputs, d_kernel, d_bias = dense_relu_backward.solution(d_outputs, inputs, kernel, bias)
    return d_inputs, d_kernel, d_bias.sum()


@dense_relu_backward.mistake(
    "d_bias has one number for each sample: .sum(axis=1) adds the units. Each unit has its own bias"
    " for all samples: .sum(axis=0) adds the samples."
)
def bias_summed_over_units(d_outputs, inputs, kernel, bias):
    d_z = d_outputs * (np.dot(inputs, kernel) + bias > 0)
    return np.dot(d_z, kernel.T), np.dot(inputs.T, d_z), d_z.sum(axis=1)


@dense_relu_backward.mistake(
    "The relu is missing in d_bias. What goes through relu backward is d_outputs times relu's"
    " derivative; sum that, and not d_outputs."
)
def bias_without_relu(d_outputs, inputs, kernel, bias):
    d_inputs, d_kernel, d_bias = dense_relu_backward.solution(d_outputs, inputs, kernel, bias)
    return d_inputs, d_kernel, d_outputs.sum(axis=0)


@dense_relu_backward.mistake(
    "Only the last sample counts in d_kernel and d_bias. If you go through the samples in a loop,"
    " start both from zeros, and add with `+=`."
)
def last_sample_only(d_outputs, inputs, kernel, bias):
    d_inputs, d_kernel, d_bias = dense_relu_backward.solution(d_outputs, inputs, kernel, bias)
    return d_inputs, *dense_relu_backward.solution(d_outputs[-1:], inputs[-1:], kernel, bias)[1:]


@dense_relu_backward.mistake(
    "Mean instead of sum: you average d_kernel and d_bias over the batch. If the loss is a mean,"
    " its 1 / batch_size is already in d_outputs. Here the samples are added."
)
def averaged(d_outputs, inputs, kernel, bias):
    d_inputs, d_kernel, d_bias = dense_relu_backward.solution(d_outputs, inputs, kernel, bias)
    return d_inputs, d_kernel / len(inputs), d_bias / len(inputs)


@dense_relu_backward.mistake(
    "You average d_kernel over the batch. If the loss is a mean, its 1 / batch_size is already in"
    " d_outputs. The product inputs.T with d_z adds the samples, and that is all."
)
def kernel_averaged(d_outputs, inputs, kernel, bias):
    d_inputs, d_kernel, d_bias = dense_relu_backward.solution(d_outputs, inputs, kernel, bias)
    return d_inputs, d_kernel / len(inputs), d_bias


@dense_relu_backward.mistake(
    "You average d_bias over the batch. If the loss is a mean, its 1 / batch_size is already in"
    " d_outputs. Here the samples are added: sum, not mean."
)
def bias_averaged(d_outputs, inputs, kernel, bias):
    d_inputs, d_kernel, d_bias = dense_relu_backward.solution(d_outputs, inputs, kernel, bias)
    return d_inputs, d_kernel, d_bias / len(inputs)


@dense_relu_backward.mistake(
    "d_inputs uses the kernel the same way around as the forward pass. The backward pass goes from"
    " units to inputs, so transpose it: kernel.T."
)
def kernel_not_transposed(d_outputs, inputs, kernel, bias):
    d_z = d_outputs * (np.dot(inputs, kernel) + bias > 0)
    return np.dot(d_z, kernel), np.dot(inputs.T, d_z), d_z.sum(axis=0)


@dense_relu_backward.mistake(
    "The numbers are right, but you set entries of d_outputs to 0 in place. That array belongs to"
    " the layer above. Make a new one, for example with d_outputs.copy()."
)
def in_place(d_outputs, inputs, kernel, bias):
    d_outputs[np.dot(inputs, kernel) + bias <= 0] = 0
    return _backward(d_outputs, inputs, kernel)


CAUSES = ("float32", "epsilon", "kink", "bug")


def _name_the_cause(function: Callable[..., Any], **errors: float) -> Any:
    """Let the learner's function name a cause."""
    cause = function(*errors.values())
    if cause is None or cause is ...:
        return cause
    name = cause.strip().lower() if isinstance(cause, str) else cause
    if name not in CAUSES:
        raise ValueError(
            f"diagnose should return one of {', '.join(map(repr, CAUSES))}. It returned {cause!r}"
        )
    return name


@exercise(
    task=(
        "A gradient check failed. It was repeated, and you get four errors: `here`, as it failed;"
        " `in_float64`, with the same ε in float64; `larger` and `smaller`, in float64 with a much"
        " larger and a much smaller ε. An error below 1e-6 means that the check agrees. Return the"
        ' cause: `"float32"`, `"epsilon"` (it was too small), `"kink"` or `"bug"`.'
    ),
    cases=[
        dict(here=0.084, in_float64=0.084, larger=0.31, smaller=2e-9),
        dict(here=0.02, in_float64=3e-9, larger=0.03, smaller=5e-9),
        dict(here=0.002, in_float64=0.002, larger=3e-7, smaller=0.9),
        dict(here=0.05, in_float64=0.05, larger=0.048, smaller=0.05),
        # in float64 all is well, with a larger nudge too
        dict(here=0.9, in_float64=4e-9, larger=3e-7, smaller=2e-5),
        # a bug that is hard to see, and round-off that makes it look a little better
        dict(here=3e-5, in_float64=2.9e-5, larger=4e-5, smaller=2.8e-5),
        dict(here=0.5, in_float64=0.5, larger=0.02, smaller=4e-9),
        dict(here=3e-5, in_float64=3e-5, larger=3e-9, smaller=0.2),
        # more than one run agrees: the first that does tells the cause, and not the closest
        dict(here=0.03, in_float64=6e-9, larger=2e-9, smaller=3e-8),
        dict(here=0.01, in_float64=0.01, larger=5e-8, smaller=4e-9),
    ],
    further=(
        "the order matters: precision first, then ε. What still differs in every run is most likely"
        " a bug. That is a good order for your own checks, too."
    ),
    run=_name_the_cause,
)
def diagnose(here, in_float64, larger, smaller):
    if in_float64 < 1e-6:
        return "float32"
    if larger < 1e-6:
        return "epsilon"
    if smaller < 1e-6:
        return "kink"
    return "bug"


@diagnose.mistake(
    "You look at `larger` before `in_float64`. A larger ε may help float32, too. If the same ε"
    " agrees in float64, ε was not too small: the precision was."
)
def larger_first(here, in_float64, larger, smaller):
    if larger < 1e-6:
        return "epsilon"
    return diagnose.solution(here, in_float64, larger, smaller)


@diagnose.mistake(
    "You look at `smaller` before `in_float64`. `smaller` was measured in float64, where everything"
    " may be well. Ask first whether float64 alone was the cure."
)
def smaller_first(here, in_float64, larger, smaller):
    if smaller < 1e-6:
        return "kink"
    return diagnose.solution(here, in_float64, larger, smaller)


@diagnose.mistake(
    "You ask whether an error is smaller than before. That is not enough: the error of a bug"
    " changes a little, too, from run to run. Ask whether the check agrees: below 1e-6."
)
def smaller_than_here(here, in_float64, larger, smaller):
    if in_float64 < here:
        return "float32"
    if larger < here:
        return "epsilon"
    return "kink" if smaller < here else "bug"


@diagnose.mistake(
    "You take the smallest of the errors. More than one run may agree, and which of them agrees"
    " best is chance. Ask in this order: float64, a larger ε, a smaller one. The first that agrees"
    " tells the cause."
)
def smallest_error(here, in_float64, larger, smaller):
    errors = in_float64, larger, smaller
    return "bug" if min(errors) >= 1e-6 else CAUSES[errors.index(min(errors))]


@diagnose.mistake(
    "You ask in the right order, but do not stop at the first that agrees: a later `if` overwrites"
    " what an earlier one has found. `return` at once, or use `elif`."
)
def last_one_wins(here, in_float64, larger, smaller):
    if smaller < 1e-6:
        return "kink"
    if larger < 1e-6:
        return "epsilon"
    return "float32" if in_float64 < 1e-6 else "bug"


@diagnose.mistake(
    "Kink and epsilon are the wrong way around. If ε was too small, a larger one agrees. If the"
    " nudge crossed a corner, a smaller one stays on this side of it and agrees."
)
def kink_and_epsilon_swapped(here, in_float64, larger, smaller):
    cause = diagnose.solution(here, in_float64, larger, smaller)
    return {"kink": "epsilon", "epsilon": "kink"}.get(cause, cause)


@diagnose.mistake(
    "The float64 run is the wrong way around. If the check *agrees* in float64, float32 was the"
    " cause."
)
def float32_if_float64_differs(here, in_float64, larger, smaller):
    if in_float64 >= 1e-6:
        return "float32"
    if larger < 1e-6:
        return "epsilon"
    return "kink" if smaller < 1e-6 else "bug"


@diagnose.mistake(
    "Your limit is too high: an error of 3e-5 looks small, but in float64 it is far too large, and"
    " here it is a bug in one weight. Agreement means below 1e-6."
)
def limit_too_high(here, in_float64, larger, smaller):
    if in_float64 < 1e-3:
        return "float32"
    if larger < 1e-3:
        return "epsilon"
    return "kink" if smaller < 1e-3 else "bug"


@diagnose.mistake(
    "You say bug every time. Finite differences never agree in all digits, so do not compare with"
    " 0: an error below 1e-6 means agreement."
)
def always_a_bug(here, in_float64, larger, smaller):
    return "bug"


@diagnose.mistake(
    "You never find a bug. If the check still differs in float64, with a larger and with a smaller"
    " ε, only a bug is left."
)
def never_a_bug(here, in_float64, larger, smaller):
    cause = diagnose.solution(here, in_float64, larger, smaller)
    return "kink" if cause == "bug" else cause


prediction = Prediction(
    "A network 784-512-10 has 407,050 parameters. Backpropagation finds all of their gradients."
    " How many forward passes would take as much work? (Count the one it starts with, too.)",
    {
        "about 2": (
            "The forward pass itself, and a backward pass with about as many multiplications. (In"
            " a deeper network it has up to twice as many: about 3 in all.)"
        ),
        "about 407,050": (
            "That is what it costs to nudge each parameter once. One backward pass finds all the"
            " gradients together."
        ),
        "about 814,100": (
            "That is what it costs to nudge each parameter up and down, as in notebook 02."
        ),
    },
    right="about 2",
)

questions = Questions(
    Question(
        "In the forward pass, a relu received -2. In the backward pass, the gradient 5 arrives at"
        " its output. What does the relu pass on?",
        {
            "5": "It would, had its input been positive.",
            "0": (
                "Its input was negative, so its output was 0 and stays 0 after a small nudge. The"
                " derivative is 0."
            ),
            "-10": "The chain rule multiplies by the derivative, which is 0, not by the input.",
        },
        right="0",
    ),
    Question(
        "ℓ = (w x - y)² with w = 1, x = 3, y = 1. What is ∂ℓ/∂w?",
        {
            "4": "2 (w x - y) = 4 is only the outer derivative. Multiply by the inner one, x.",
            "6": "2 x = 6 lacks the factor w x - y = 2.",
            "12": "Outer times inner derivative: 2 (w x - y) · x = 2 · 2 · 3.",
        },
        right="12",
    ),
    Question(
        "A value is used in two places of a network. In the backward pass, a gradient comes back"
        " from each of them. What happens to the two?",
        {
            "they are added": (
                "If you nudge the value, the loss changes in both ways, and the changes add up."
            ),
            "they are multiplied": (
                "Derivatives along one path are multiplied. Different paths are added."
            ),
            "the last one counts": (
                "Then the other way in which the value changes the loss would be forgotten."
            ),
        },
        right="they are added",
    ),
)
