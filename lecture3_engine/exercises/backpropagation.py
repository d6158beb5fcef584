"""Notebook 09, lecture section 3: backpropagation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .exercise import exercise
from .question import Prediction, Question, Questions

if TYPE_CHECKING:
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
        "One neuron, `loss = (w * x + b - label)**2`. Return its two gradients, `d_w, d_b`: the"
        " derivative of the outer square times that of what is inside."
    ),
    cases=[
        dict(x=3.0, w=1.0, b=0.5, label=1.0),
        dict(x=-2.0, w=0.5, b=0.25, label=2.0),
        dict(x=0.5, w=-1.0, b=2.0, label=0.0),
    ],
    returns=("d_w", "d_b"),
    further=(
        "both gradients contain 2 (w x + b - label). Backpropagation computes such a common part"
        " once and hands it down: that is all its cleverness."
    ),
)
def one_neuron_gradients(x, w, b, label):
    d_pred = 2 * (w * x + b - label)
    return d_pred * x, d_pred


@one_neuron_gradients.mistake(
    "The inner derivative is missing in d_w: w is multiplied by x before it reaches the loss, so"
    " its gradient is multiplied by x."
)
def inner_forgotten(x, w, b, label):
    return 2 * (w * x + b - label), 2 * (w * x + b - label)


@one_neuron_gradients.mistake(
    "The outer derivative is missing: x and 1 are the derivatives of the prediction. Each is"
    " multiplied by how the loss depends on the prediction, 2 (pred - label)."
)
def outer_forgotten(x, w, b, label):
    return x, 1.0


@one_neuron_gradients.mistake("The 2 is missing: the derivative of e² is 2 e.")
def two_forgotten(x, w, b, label):
    return (w * x + b - label) * x, w * x + b - label


@one_neuron_gradients.mistake(
    "Wrong sign: inside the square stands pred - label. (You may turn it around, the square is the"
    " same; but then what is inside has the derivatives -x and -1.)"
)
def wrong_sign(x, w, b, label):
    return -2 * (w * x + b - label) * x, -2 * (w * x + b - label)


@one_neuron_gradients.mistake("The bias is missing in your prediction w x + b.")
def bias_forgotten(x, w, b, label):
    return 2 * (w * x - label) * x, 2 * (w * x - label)


@one_neuron_gradients.mistake(
    "d_b is not multiplied by x: b reaches the prediction with the factor 1."
)
def bias_times_x(x, w, b, label):
    return 2 * (w * x + b - label) * x, 2 * (w * x + b - label) * x


@exercise(
    task=(
        "The backward pass of `outputs = relu(dot(inputs, kernel) + bias)`. You are given"
        " `d_outputs`, the gradient of the loss with respect to the outputs. Return `d_inputs,"
        " d_kernel, d_bias`, each of the shape of its array."
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
        "d_inputs is what the layer below gets as its d_outputs. Call this function once for each"
        " layer, from the last to the first: that is backpropagation."
    ),
)
def dense_relu_backward(d_outputs, inputs, kernel, bias):
    before = np.dot(inputs, kernel) + bias
    d_before = d_outputs * (before > 0)
    return np.dot(d_before, kernel.T), np.dot(inputs.T, d_before), d_before.sum(axis=0)


def _backward(
    d_before: NDArray[Any], inputs: NDArray[Any], kernel: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the gradients of a layer, from that of what relu gets: for mistakes."""
    return np.dot(d_before, kernel.T), np.dot(inputs.T, d_before), d_before.sum(axis=0)


@dense_relu_backward.mistake(
    "The relu is missing on the way back: where it gave 0, nothing that happens below can change"
    " the loss. Multiply d_outputs by (before > 0) first."
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
    "relu's mask on the wrong array: you look where d_outputs > 0. What decides is the forward"
    " pass: where dot(inputs, kernel) + bias > 0."
)
def mask_of_the_gradient(d_outputs, inputs, kernel, bias):
    return _backward(d_outputs * (d_outputs > 0), inputs, kernel)


@dense_relu_backward.mistake(
    "The bias is missing in your mask: relu saw dot(inputs, kernel) + bias, and so must you."
)
def mask_without_bias(d_outputs, inputs, kernel, bias):
    return _backward(d_outputs * (np.dot(inputs, kernel) > 0), inputs, kernel)


@dense_relu_backward.mistake(
    "You multiply by relu's output instead of its derivative, which is 1 where relu lets pass and 0"
    " where not."
)
def output_for_derivative(d_outputs, inputs, kernel, bias):
    return _backward(d_outputs * np.maximum(np.dot(inputs, kernel) + bias, 0), inputs, kernel)


@dense_relu_backward.mistake(
    "d_kernel is transposed. It must have the shape of the kernel, (inputs, units): dot(inputs.T,"
    " d_before)."
)
def kernel_gradient_transposed(d_outputs, inputs, kernel, bias):
    d_inputs, d_kernel, d_bias = dense_relu_backward.solution(d_outputs, inputs, kernel, bias)
    return d_inputs, d_kernel.T, d_bias


@dense_relu_backward.mistake(
    "d_bias must have the shape of the bias. Each bias serves every sample of the batch, so the"
    " gradients of all samples are added: .sum(axis=0)."
)
def bias_not_summed(d_outputs, inputs, kernel, bias):
    d_before = d_outputs * (np.dot(inputs, kernel) + bias > 0)
    return np.dot(d_before, kernel.T), np.dot(inputs.T, d_before), d_before


@dense_relu_backward.mistake(
    "Mean instead of sum: you average d_bias over the batch. If the loss is a mean, its 1 /"
    " batch_size is already in d_outputs; here the samples are added."
)
def bias_averaged(d_outputs, inputs, kernel, bias):
    d_inputs, d_kernel, d_bias = dense_relu_backward.solution(d_outputs, inputs, kernel, bias)
    return d_inputs, d_kernel / len(inputs), d_bias / len(inputs)


@dense_relu_backward.mistake(
    "d_inputs uses the kernel the same way around as the forward pass. On the way back it is"
    " transposed, dot(d_before, kernel.T), from units to inputs."
)
def kernel_not_transposed(d_outputs, inputs, kernel, bias):
    d_before = d_outputs * (np.dot(inputs, kernel) + bias > 0)
    return np.dot(d_before, kernel), np.dot(inputs.T, d_before), d_before.sum(axis=0)


@dense_relu_backward.mistake(
    "The numbers are right, but you set entries of d_outputs to 0 in place. It belongs to the layer"
    " above: make a new array, d_outputs * (before > 0)."
)
def in_place(d_outputs, inputs, kernel, bias):
    d_outputs[np.dot(inputs, kernel) + bias <= 0] = 0
    return _backward(d_outputs, inputs, kernel)


prediction = Prediction(
    "A network has 407,050 parameters. What does it cost to find the gradients of all of them by"
    " backpropagation, counted in forward passes?",
    {
        "about 3": (
            "The forward pass itself, and a backward pass that is at most about twice as much work."
            " For all gradients together."
        ),
        "about 407,050": (
            "So with a forward difference for each parameter. Backpropagation finds all of them on"
            " one way back."
        ),
        "about 814,100": "So with up and down for each parameter, as in notebook 02.",
    },
    right="about 3",
)

questions = Questions(
    Question(
        "A relu received -2 in the forward pass. From above comes the gradient 5. What does it hand"
        " down?",
        {
            "5": "So if it had received something positive.",
            "0": (
                "The input was negative, so relu's output was 0 and would have stayed 0: its"
                " derivative is 0."
            ),
            "-10": "The chain rule multiplies by the derivative, 0 here, and not by the input.",
        },
        right="0",
    ),
    Question(
        "ℓ = (w x - y)² with w = 1, x = 3, y = 1. What is dℓ/dw?",
        {
            "4": (
                "2 (w x - y) = 4 is the outer derivative. It is still to be multiplied by the inner"
                " one, x."
            ),
            "6": "2 x = 6 lacks the factor w x - y = 2.",
            "12": "Outer times inner derivative: 2 (w x - y) · x = 2 · 2 · 3.",
        },
        right="12",
    ),
    Question(
        "A value is used in two places of the network. What happens to the two gradients that come"
        " back to it?",
        {
            "they are added": (
                "A nudge of it changes the loss in both ways, and the changes add up."
            ),
            "they are multiplied": (
                "Along one path derivatives are multiplied. Different paths are added."
            ),
            "the last one counts": (
                "Then one of the two ways in which it changes the loss would be forgotten."
            ),
        },
        right="they are added",
    ),
)
