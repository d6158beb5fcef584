"""The gradients worked out with pencil and paper, in plain NumPy: the witness.

Each function is the last line of a derivation in the backpropagation notebook. The tape in
`tensor.py` and `functional.py` must give the same numbers without having seen them, and finite
differences must agree with both.

Names: `d_x` is the derivative of the loss with respect to x, and has the shape of x. Rows are
samples.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .checks import shaped

Array = NDArray[Any]
Number = np.floating[Any]

# as the tape: numbers too big for a float become inf, without a warning
quiet = np.errstate(all="ignore")


@quiet
@shaped(inputs="batch in", kernel="in units", bias="units")
def dense(inputs: Array, kernel: Array, bias: Array) -> Array:
    """outputs = dot(inputs, kernel) + bias.

    Parameters
    ----------
    inputs : array (batch, in)
        A row for each sample.
    kernel : array (in, units)
        The weights.
    bias : array (units,)
        One number for each unit.

    Returns
    -------
    array (batch, units)
        The outputs.

    Raises
    ------
    TypeError
        If an argument is no array of real numbers.
    ValueError
        If the shapes do not fit together, or if an array is empty.

    Notes
    -----
    Source: lecture, section 1, "Kernel and Bias".

    Examples
    --------
    >>> dense(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]), np.array([0.5]))
    array([[11.5]])
    """
    outputs: Array = np.dot(inputs, kernel) + bias
    return outputs


@quiet
@shaped(d_outputs="batch units", inputs="batch in", kernel="in units")
def dense_backward(d_outputs: Array, inputs: Array, kernel: Array) -> tuple[Array, Array, Array]:
    """d_inputs = d_outputs kernel^T, d_kernel = inputs^T d_outputs, d_bias = sum over the samples.

    outputs[n, j] = sum_i inputs[n, i] kernel[i, j] + bias[j], so kernel[i, j] reaches the loss
    through outputs[n, j] of every sample n, with the factor inputs[n, i]. Each bias reaches it
    through every sample too, with the factor 1: hence the sum of d_outputs.

    Parameters
    ----------
    d_outputs : array (batch, units)
        The derivative of the loss with respect to the outputs.
    inputs : array (batch, in)
        Those of the forward pass.
    kernel : array (in, units)
        That of the forward pass.

    Returns
    -------
    d_inputs : array (batch, in)
    d_kernel : array (in, units)
    d_bias : array (units,)

    Raises
    ------
    TypeError
        If an argument is no array of real numbers.
    ValueError
        If the shapes do not fit together, or if an array is empty.

    Examples
    --------
    >>> d_outputs, inputs = np.array([[1.0], [10.0]]), np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> d_inputs, d_kernel, d_bias = dense_backward(d_outputs, inputs, np.array([[5.0], [6.0]]))
    >>> d_kernel.tolist(), d_bias.tolist()
    ([[31.0], [42.0]], [11.0])
    """
    return np.dot(d_outputs, kernel.T), np.dot(inputs.T, d_outputs), d_outputs.sum(axis=0)


@quiet
@shaped(x="...")
def relu(x: Array) -> Array:
    """relu(x) = max(x, 0), entry by entry.

    Parameters
    ----------
    x : array
        Of any shape.

    Returns
    -------
    array
        Of the shape of x.

    Raises
    ------
    TypeError
        If x is no array of real numbers.

    Notes
    -----
    Source: lecture, section 1.

    Examples
    --------
    >>> relu(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    return np.maximum(x, 0)


@quiet
@shaped(d_outputs="batch units", x="batch units")
def relu_backward(d_outputs: Array, x: Array) -> Array:
    """d_x = d_outputs where x > 0, otherwise 0.

    Parameters
    ----------
    d_outputs : array (batch, units)
        The derivative of the loss with respect to the outputs.
    x : array (batch, units)
        The input of the forward pass.

    Returns
    -------
    array (batch, units)
        d_x.

    Raises
    ------
    TypeError
        If an argument is no array of real numbers.
    ValueError
        If the shapes differ, or if an array is empty.

    Notes
    -----
    At x = 0, where no derivative exists, it is 0, as in TensorFlow and PyTorch.

    Examples
    --------
    >>> relu_backward(np.array([[5.0, 5.0]]), np.array([[-1.0, 2.0]]))
    array([[0., 5.]])
    """
    return d_outputs * (x > 0)


@quiet
@shaped(preds="batch units", labels="batch units")
def mean_squared_error(preds: Array, labels: Array) -> Number:
    """loss = mean of (preds - labels)^2 over all entries.

    Parameters
    ----------
    preds : array (batch, units)
        What the model says.
    labels : array (batch, units)
        What is right.

    Returns
    -------
    float
        The loss, 0 or more.

    Raises
    ------
    TypeError
        If an argument is no array of real numbers.
    ValueError
        If the shapes differ, or if an array is empty.

    Examples
    --------
    >>> print(mean_squared_error(np.array([[1.0, 2.0]]), np.array([[0.0, 4.0]])))
    2.5
    """
    loss: Number = np.mean((preds - labels) ** 2)
    return loss


@quiet
@shaped(preds="batch units", labels="batch units")
def mean_squared_error_backward(preds: Array, labels: Array) -> Array:
    """d_preds = 2 (preds - labels) / number of entries.

    Parameters
    ----------
    preds : array (batch, units)
        What the model says.
    labels : array (batch, units)
        What is right.

    Returns
    -------
    array (batch, units)
        d_preds.

    Raises
    ------
    TypeError
        If an argument is no array of real numbers.
    ValueError
        If the shapes differ, or if an array is empty.

    Examples
    --------
    >>> mean_squared_error_backward(np.array([[1.0, 2.0]]), np.array([[0.0, 4.0]]))
    array([[ 1., -2.]])
    """
    return 2 * (preds - labels) / preds.size


@quiet
@shaped(logits="batch classes")
def softmax(logits: Array) -> Array:
    """p[n, j] = exp(logits[n, j]) / sum_k exp(logits[n, k]).

    Parameters
    ----------
    logits : array (batch, classes)
        A score for each class.

    Returns
    -------
    array (batch, classes)
        Probabilities: each row has the sum 1.

    Raises
    ------
    TypeError
        If logits is no array of real numbers.
    ValueError
        If logits has not two axes, or is empty.

    Notes
    -----
    The largest logit of each row is subtracted first: the same p, and no overflow.

    Examples
    --------
    >>> softmax(np.array([[1000.0, 1000.0]]))
    array([[0.5, 0.5]])
    """
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    p: Array = powers / powers.sum(axis=1, keepdims=True)
    return p


@quiet
@shaped(logits="batch classes", labels="batch -> classes")
def softmax_cross_entropy(logits: Array, labels: Array) -> Number:
    """loss = mean over the samples of -log p[n, labels[n]], where p = softmax(logits).

    Parameters
    ----------
    logits : array (batch, classes)
        A score for each class.
    labels : array (batch,) of int
        The true classes, from 0 to classes - 1.

    Returns
    -------
    float
        The loss, 0 or more.

    Raises
    ------
    TypeError
        If logits is no array of real numbers, or labels none of integers.
    ValueError
        If the shapes do not fit together, if an array is empty, or if there is no such class.

    Examples
    --------
    >>> print(softmax_cross_entropy(np.zeros((1, 10)), np.array([3])).round(3))
    2.303
    """
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss: Number = -np.mean(log_p[np.arange(len(labels)), labels])
    return loss


@quiet
@shaped(logits="batch classes", labels="batch -> classes")
def softmax_cross_entropy_backward(logits: Array, labels: Array) -> Array:
    """d_logits = (softmax(logits) - one_hot(labels)) / batch.

    -log p[label] = log sum_k exp(logits[k]) - logits[label]: the first term has the derivative
    softmax, the second -1 at the label. All else cancels.

    Parameters
    ----------
    logits : array (batch, classes)
        A score for each class.
    labels : array (batch,) of int
        The true classes, from 0 to classes - 1.

    Returns
    -------
    array (batch, classes)
        d_logits.

    Raises
    ------
    TypeError
        If logits is no array of real numbers, or labels none of integers.
    ValueError
        If the shapes do not fit together, if an array is empty, or if there is no such class.

    Examples
    --------
    >>> softmax_cross_entropy_backward(np.zeros((1, 2)), np.array([1]))
    array([[ 0.5, -0.5]])
    """
    d_logits = softmax(logits)
    d_logits[np.arange(len(labels)), labels] -= 1
    return d_logits / len(labels)


@quiet
def two_layer_gradients(
    inputs: Array, labels: Array, kernel1: Array, bias1: Array, kernel2: Array, bias2: Array
) -> tuple[Number, tuple[Array, Array, Array, Array]]:
    """loss = softmax_cross_entropy(dense(relu(dense(inputs))), labels), forward and backward.

    Backpropagation is the reading of the second half from top to bottom.

    Parameters
    ----------
    inputs : array (batch, in)
        A row for each sample.
    labels : array (batch,) of int
        The true classes, from 0 to classes - 1.
    kernel1 : array (in, units)
        The weights of the first layer.
    bias1 : array (units,)
        The biases of the first layer.
    kernel2 : array (units, classes)
        The weights of the second layer.
    bias2 : array (classes,)
        The biases of the second layer.

    Returns
    -------
    loss : float
        The loss, 0 or more.
    gradients : tuple of array
        (d_kernel1, d_bias1, d_kernel2, d_bias2), each of the shape of what it belongs to.

    Raises
    ------
    TypeError
        If an argument is no array of real numbers, or labels none of integers.
    ValueError
        If the shapes do not fit together, if an array is empty, or if there is no such class.

    Examples
    --------
    >>> x, labels, one = np.array([[1.0]]), np.array([0]), np.ones((1, 1))
    >>> loss, (_, _, _, d_bias2) = two_layer_gradients(
    ...     x, labels, one, np.zeros(1), np.ones((1, 2)), np.zeros(2)
    ... )
    >>> print(loss.round(3), d_bias2)
    0.693 [-0.5  0.5]
    """
    before = dense(inputs, kernel1, bias1)
    hidden = relu(before)
    logits = dense(hidden, kernel2, bias2)
    loss = softmax_cross_entropy(logits, labels)

    d_logits = softmax_cross_entropy_backward(logits, labels)
    d_hidden, d_kernel2, d_bias2 = dense_backward(d_logits, hidden, kernel2)
    d_before = relu_backward(d_hidden, before)
    _, d_kernel1, d_bias1 = dense_backward(d_before, inputs, kernel1)
    return loss, (d_kernel1, d_bias1, d_kernel2, d_bias2)
