"""Activations and losses, each with its known gradient.

The simple activations are operations of `Tensor`. Those here join several operations into one, with
the derivative worked out by hand (see `by_hand.py`): fewer nodes, less memory, and no overflow
where the separate steps would have one.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from . import checks, tensor
from .tensor import Tensor, TensorLike, as_tensor, operation

REDUCTIONS = ("mean", "sum", "none")

Array = NDArray[Any]
Losses = TypeVar("Losses", Tensor, Array)
_known_reduction = checks.one_of(*REDUCTIONS)


def relu(x: TensorLike) -> Tensor:
    """relu(x) = max(x, 0), entry by entry.

    Parameters
    ----------
    x : Tensor or array_like
        Of any shape.

    Returns
    -------
    Tensor
        Of the shape of x.

    Raises
    ------
    TypeError
        If x is not made of real numbers.

    Notes
    -----
    Source: lecture, section 1.

    Examples
    --------
    >>> relu([-1.0, 2.0])
    Tensor([0., 2.], operation='relu')
    """
    return as_tensor(x).relu()


def sigmoid(x: TensorLike) -> Tensor:
    """sigmoid(x) = 1 / (1 + exp(-x)), entry by entry: from 0 to 1.

    Parameters
    ----------
    x : Tensor or array_like
        Of any shape.

    Returns
    -------
    Tensor
        Of the shape of x.

    Raises
    ------
    TypeError
        If x is not made of real numbers.

    Examples
    --------
    >>> sigmoid([0.0, 100.0])
    Tensor([0.5, 1. ], operation='sigmoid')
    """
    return as_tensor(x).sigmoid()


def tanh(x: TensorLike) -> Tensor:
    """tanh(x), entry by entry: from -1 to 1.

    Parameters
    ----------
    x : Tensor or array_like
        Of any shape.

    Returns
    -------
    Tensor
        Of the shape of x.

    Raises
    ------
    TypeError
        If x is not made of real numbers.

    Examples
    --------
    >>> tanh([0.0, 100.0])
    Tensor([0., 1.], operation='tanh')
    """
    return as_tensor(x).tanh()


@operation
def softmax(x: TensorLike) -> Tensor:
    """softmax(x)[n, j] = exp(x[n, j]) / sum_k exp(x[n, k]).

    Turns each row of scores into probabilities: positive, with sum 1.

    Parameters
    ----------
    x : Tensor or array_like (..., classes)
        Scores. The last axis is the one that sums to 1.

    Returns
    -------
    Tensor (..., classes)
        Of the shape of x.

    Raises
    ------
    TypeError
        If x is not made of real numbers.
    ValueError
        If x is a single number, or has no classes.

    Notes
    -----
    The last axis is Keras's default; torch asks for dim=-1.

    Examples
    --------
    >>> softmax([[0.0, 0.0], [1000.0, -1000.0]])
    Tensor([[0.5, 0.5],
            [1. , 0. ]], operation='softmax')
    """
    x = as_tensor(x)
    checks.score_rows("softmax", x.data)
    # the largest power is 1: the same quotient, and no overflow
    powers = np.exp(x.data - x.data.max(axis=-1, keepdims=True))
    p = powers / powers.sum(axis=-1, keepdims=True)

    def derivative(g: Array) -> tuple[Array]:
        return (p * (g - (g * p).sum(axis=-1, keepdims=True)),)

    return Tensor.result_of("softmax", p, (x,), derivative, needs=[p])


@operation
def dense(inputs: TensorLike, kernel: TensorLike, bias: TensorLike) -> Tensor:
    """dense(inputs, kernel, bias) = dot(inputs, kernel) + bias.

    Parameters
    ----------
    inputs : Tensor or array_like (batch, in)
        A row for each sample.
    kernel : Tensor or array_like (in, units)
        The weights.
    bias : Tensor or array_like (units,)
        One number for each unit.

    Returns
    -------
    Tensor (batch, units)
        The outputs.

    Raises
    ------
    TypeError
        If an argument is not made of real numbers.
    ValueError
        If the shapes do not fit together. It names them, and the transpose where that would fit.

    Notes
    -----
    Source: lecture, section 1, "Kernel and Bias". The (2 x 3) W of the slide is the transpose of
    the kernel, as is torch's Linear.weight.

    Examples
    --------
    >>> dense([[1.0, 2.0]], [[3.0], [4.0]], [0.5])
    Tensor([[11.5]], operation='dense')
    """
    inputs, kernel, bias = as_tensor(inputs), as_tensor(kernel), as_tensor(bias)
    x, w, b = inputs.data, kernel.data, bias.data
    checks.dense_shapes(x.shape, w.shape, b.shape)
    value = tensor.matmul(x, w)
    value = np.add(value, b, out=value) if value.dtype.kind == "f" else value + b
    # A batch of data needs no gradient, which saves a third of the work of the first layer, nor
    # does a frozen kernel.
    x_too, w_too = inputs.requires_grad, kernel.requires_grad

    def derivative(g: Array) -> tuple[Array | None, ...]:
        d_x = tensor.matmul(g, w.T) if x_too else None
        d_w = tensor.matmul(x.T, g) if w_too else None
        return d_x, d_w, g.sum(axis=0)

    needs = [w] * x_too + [x] * w_too
    return Tensor.result_of("dense", value, (inputs, kernel, bias), derivative, needs)


def mse_loss(preds: TensorLike, labels: TensorLike, reduction: str = "mean") -> Tensor:
    """mse_loss = mean of (preds - labels)^2.

    Parameters
    ----------
    preds : Tensor or array_like of float
        What the model says, of any shape.
    labels : Tensor or array_like
        What is right, of exactly the same shape; nothing is broadcast.
    reduction : {"mean", "sum", "none"}
        The mean over all entries, the sum, or the loss of every entry. With "sum" the gradient, and
        so the learning rate that fits, depends on the size of the batch.

    Returns
    -------
    Tensor
        One number, or of the shape of preds for "none".

    Raises
    ------
    TypeError
        If preds are no floats, or labels no real numbers.
    ValueError
        If the shapes differ, if there is no entry, or if reduction is unknown.

    Examples
    --------
    >>> mse_loss([1.0, 2.0], [0.0, 4.0]).item()
    2.5
    """
    difference = _difference("mse_loss", preds, labels, reduction)
    return _reduced(difference * difference, reduction)


def l1_loss(preds: TensorLike, labels: TensorLike, reduction: str = "mean") -> Tensor:
    """l1_loss = mean of |preds - labels|, derivative sign(preds - labels).

    Parameters
    ----------
    preds : Tensor or array_like of float
        What the model says, of any shape.
    labels : Tensor or array_like
        What is right, of exactly the same shape; nothing is broadcast.
    reduction : {"mean", "sum", "none"}
        The mean over all entries, the sum, or the loss of every entry.

    Returns
    -------
    Tensor
        One number, or of the shape of preds for "none".

    Raises
    ------
    TypeError
        If preds are no floats, or labels no real numbers.
    ValueError
        If the shapes differ, if there is no entry, or if reduction is unknown.

    Notes
    -----
    The derivative is 0 where preds and labels are equal. With reduction="sum" this is the loss that
    gives the slide's table 0.5, 0.6, 0.4.

    Examples
    --------
    >>> l1_loss([1.0, 2.0], [0.0, 4.0]).item()
    1.5
    """
    return _reduced(abs(_difference("l1_loss", preds, labels, reduction)), reduction)


@operation
def cross_entropy(preds: TensorLike, labels: TensorLike, reduction: str = "mean") -> Tensor:
    """cross_entropy = mean over the samples of -log p[label], where p = softmax(preds).

    How surprised the model is by the true class: 0 when it was certain and right, log(10) = 2.303
    when it guesses among ten. The derivative is (p - one_hot(label)) / batch.

    Parameters
    ----------
    preds : Tensor or array_like (batch, classes) of float
        Logits, that is scores before softmax.
    labels : Tensor or array_like (batch,) of int
        The true classes, from 0 to classes - 1.
    reduction : {"mean", "sum", "none"}
        The mean over the samples, the sum, or the loss of every sample.

    Returns
    -------
    Tensor
        One number, or (batch,) for "none".

    Raises
    ------
    TypeError
        If preds are no floats, or labels no integers.
    ValueError
        If the shapes do not fit together, if there is no sample, if there is no such class, or if
        reduction is unknown.

    Notes
    -----
    It is stable: logits of 1e4 do not overflow. torch's cross_entropy takes logits too; Keras's
    takes probabilities unless from_logits=True.

    Examples
    --------
    >>> round(cross_entropy(np.zeros((1, 10)), [3]).item(), 3)
    2.303
    """
    preds, label = as_tensor(preds), as_tensor(labels).data
    logits = preds.data
    checks.scores_and_labels("cross_entropy", logits, label)
    _known_reduction("cross_entropy", "reduction", reduction)

    samples = np.arange(len(logits))
    shifted = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(shifted)
    total = p.sum(axis=1, keepdims=True)
    p /= total
    losses = np.log(total[:, 0]) - shifted[samples, label]

    def derivative(g: Array) -> tuple[Array]:
        d_logits = p.copy()
        d_logits[samples, label] -= 1
        d_logits *= g[:, None] if reduction == "none" else g / len(p) if reduction == "mean" else g
        return (d_logits,)

    value = _reduced(losses, reduction)
    return Tensor.result_of("cross_entropy", value, (preds,), derivative, needs=[label])


def _difference(name: str, preds: TensorLike, labels: TensorLike, reduction: str) -> Tensor:
    """Subtract labels from preds, in the dtype of preds."""
    preds, labels = as_tensor(preds), as_tensor(labels)
    checks.same_shape(name, preds.data, labels.data)
    _known_reduction(name, "reduction", reduction)
    if labels.dtype != preds.dtype and not labels.requires_grad:
        # integer or float64 labels must not turn a float32 network into float64
        labels = Tensor(labels.data.astype(preds.dtype))
    return preds - labels


def _reduced(losses: Losses, reduction: str) -> Losses:
    """Take the mean or the sum of all losses, or leave them as they are."""
    if reduction == "none":
        return losses
    one: Losses = losses.sum() if reduction == "sum" else losses.mean()
    return one
