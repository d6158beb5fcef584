"""Activations and losses, each with its known gradient.

The simple activations are operations of `Tensor`. Those here join several operations into one, with
the derivative worked out by hand (see `by_hand.py`): fewer nodes, less memory, and no overflow
where the separate steps would have one.
"""

import numpy as np

from . import tensor
from .tensor import Tensor, as_tensor, operation

REDUCTIONS = ("mean", "sum", "none")


def relu(x):
    """relu(x) = max(x, 0), entry by entry. Source: lecture, section 1."""
    return as_tensor(x).relu()


def sigmoid(x):
    """sigmoid(x) = 1 / (1 + exp(-x)), entry by entry: from 0 to 1."""
    return as_tensor(x).sigmoid()


def tanh(x):
    """tanh(x), entry by entry: from -1 to 1."""
    return as_tensor(x).tanh()


@operation
def softmax(x):
    """softmax(x)[n, j] = exp(x[n, j]) / sum_k exp(x[n, k])

    Turns each row of scores into probabilities: positive, with sum 1.

    Args: x: a Tensor or array (..., classes) of floats; the last axis is the one that sums to 1
        (Keras's default; torch asks for dim=-1).
    Returns: a Tensor of the same shape.
    Raises: ValueError for a single number or no classes.
    """
    x = as_tensor(x)
    if not x.shape or not x.shape[-1]:
        raise ValueError(
            f"softmax: expected scores of shape (..., classes). Received shape {x.shape}."
        )
    # the largest power is 1: the same quotient, and no overflow
    powers = np.exp(x.data - x.data.max(axis=-1, keepdims=True))
    p = powers / powers.sum(axis=-1, keepdims=True)
    return Tensor.result_of(
        "softmax", p, (x,), lambda g: (p * (g - (g * p).sum(axis=-1, keepdims=True)),), needs=[p]
    )


@operation
def dense(inputs, kernel, bias):
    """dense(inputs, kernel, bias) = dot(inputs, kernel) + bias

    Args: inputs: (batch, in). kernel: (in, units). bias: (units,).
    Returns: a Tensor (batch, units).
    Raises: ValueError that names the shapes, and the transpose where that would fit.
    Source: lecture, section 1, "Kernel and Bias". The (2 x 3) W of the slide is the transpose of
    the kernel, as is torch's Linear.weight.
    """
    inputs, kernel, bias = as_tensor(inputs), as_tensor(kernel), as_tensor(bias)
    x, w, b = inputs.data, kernel.data, bias.data
    if x.ndim != 2 or w.ndim != 2 or x.shape[1] != w.shape[0]:
        raise ValueError(
            f"dense: expected inputs (batch, in) and kernel (in, units). Received inputs {x.shape}"
            f" and kernel {w.shape}." + _dense_cure(x.shape, w.shape)
        )
    if b.shape != w.shape[1:]:
        raise ValueError(
            f"dense: expected bias ({w.shape[1]},), one number for each unit. Received {b.shape}."
        )
    value = tensor.matmul(x, w)
    value += b
    # A batch of data needs no gradient, which saves a third of the work of the first layer, nor
    # does a frozen kernel.
    x_too, w_too = inputs.requires_grad, kernel.requires_grad
    return Tensor.result_of(
        "dense",
        value,
        (inputs, kernel, bias),
        lambda g: (
            tensor.matmul(g, w.T) if x_too else None,
            tensor.matmul(x.T, g) if w_too else None,
            g.sum(axis=0),
        ),
        needs=[w] * x_too + [x] * w_too,
    )


def mse_loss(preds, labels, reduction="mean"):
    """mse_loss = mean of (preds - labels)^2

    Args:
        preds, labels: of exactly the same shape; nothing is broadcast.
        reduction: "mean" over all entries, "sum", or "none" for a loss of every entry. With "sum"
            the gradient, and so the learning rate that fits, depends on the size of the batch.
    Returns: a Tensor: one number, or of the shape of preds for "none".
    Raises: ValueError, TypeError.
    """
    difference = _difference("mse_loss", preds, labels, reduction)
    return _reduce(difference * difference, reduction)


def l1_loss(preds, labels, reduction="mean"):
    """l1_loss = mean of |preds - labels|        derivative sign(preds - labels), 0 where they are equal

    Arguments, result and errors as `mse_loss`. With reduction="sum" this is the loss that gives the
    slide's table 0.5, 0.6, 0.4.
    """
    difference = _difference("l1_loss", preds, labels, reduction)
    return _reduce(abs(difference), reduction)


@operation
def cross_entropy(preds, labels, reduction="mean"):
    """cross_entropy = mean over the samples of -log p[label],   p = softmax(preds)        derivative (p - one_hot(label)) / batch

    How surprised the model is by the true class: 0 when it was certain and right, log(10) = 2.303
    when it guesses among ten.

    Args:
        preds: logits, that is scores before softmax, of shape (batch, classes).
        labels: integers (batch,), from 0 to classes - 1.
        reduction: "mean" over the samples, "sum", or "none" for a loss of every sample.
    Returns: a Tensor: one number, or (batch,) for "none".
    Raises: ValueError, TypeError.

    It is stable: logits of 1e4 do not overflow. torch's cross_entropy takes logits too; Keras's
    takes probabilities unless from_logits=True.
    """
    preds = as_tensor(preds)
    labels = as_tensor(labels).data
    logits = preds.data
    if labels.dtype.kind not in "iu":
        swapped = (
            " Are the arguments swapped? The order is (preds, labels)."
            if logits.dtype.kind in "iu"
            else ""
        )
        raise TypeError(
            f"cross_entropy: expected integer labels. Received {labels.dtype}.{swapped} Convert"
            " with labels.astype(int); from one-hot rows take labels.argmax(axis=1)."
        )
    if logits.ndim != 2 or labels.shape != logits.shape[:1]:
        raise ValueError(
            "cross_entropy: expected preds (batch, classes) and labels (batch,). Received"
            f" {logits.shape} and {labels.shape}."
            + (
                " Flatten the labels with labels.reshape(-1)."
                if labels.shape == (*logits.shape[:1], 1)
                else ""
            )
        )
    if logits.dtype.kind != "f":
        raise TypeError(
            f"cross_entropy: expected float preds. Received {logits.dtype}. Pass the scores of the"
            " model, not its decisions."
        )
    batch, classes = logits.shape
    if not batch or not classes:
        raise ValueError(
            "cross_entropy: expected at least one sample and one class. Received preds of shape"
            f" {logits.shape}."
        )
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"cross_entropy: expected labels from 0 to {classes - 1}, as preds has {classes}"
            f" columns. Received labels from {labels.min()} to {labels.max()}."
        )
    _check_reduction(reduction)

    samples = np.arange(batch)
    shifted = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(shifted)
    total = p.sum(axis=1, keepdims=True)
    p /= total
    losses = np.log(total[:, 0]) - shifted[samples, labels]

    def derivative(g):
        d_logits = p.copy()
        d_logits[samples, labels] -= 1
        d_logits *= g[:, None] if reduction == "none" else g / batch if reduction == "mean" else g
        return (d_logits,)

    value = (
        losses if reduction == "none" else losses.mean() if reduction == "mean" else losses.sum()
    )
    return Tensor.result_of("cross_entropy", value, (preds,), derivative, needs=[labels])


def _dense_cure(x, w):
    if len(x) < 2:
        return " Rows are samples: one sample x is the row x.reshape(1, -1)."
    if len(x) > 2:
        return " Flatten each sample: x.reshape(len(x), -1)."
    if len(w) == 2 and x[1] == w[1]:
        return (
            " The kernel looks transposed: pass kernel.T (the slide's W and torch's weight are"
            " stored as (units, in))."
        )
    return ""


def _difference(name, preds, labels, reduction):
    _check_reduction(reduction)
    preds = as_tensor(preds)
    labels = as_tensor(labels)
    if preds.dtype.kind != "f":
        raise TypeError(
            f"{name}: expected float preds. Received {preds.dtype}."
            + (
                " Are the arguments swapped? The order is (preds, labels)."
                if labels.dtype.kind == "f"
                else ""
            )
        )
    if preds.shape != labels.shape:
        raise ValueError(
            f"{name}: expected preds and labels of the same shape. Received {preds.shape} and"
            f" {labels.shape}: broadcasting would compare every prediction with every label."
            " Reshape one of them, for example labels.reshape(preds.shape)."
        )
    if not preds.data.size:
        raise ValueError(f"{name}: expected at least one sample. Received shape {preds.shape}.")
    if labels.dtype != preds.dtype and not labels.requires_grad:
        # integer or float64 labels must not turn a float32 network into float64
        labels = Tensor(labels.data.astype(preds.dtype))
    return preds - labels


def _check_reduction(reduction):
    if not isinstance(reduction, str) or reduction not in REDUCTIONS:
        raise ValueError(
            f"reduction: expected one of {', '.join(map(repr, REDUCTIONS))}. Received"
            f" {reduction!r}."
        )


def _reduce(losses, reduction):
    return losses if reduction == "none" else losses.sum() if reduction == "sum" else losses.mean()
