"""The gradients worked out with pencil and paper, in plain NumPy: the witness.

Each function is the last line of a derivation in the backpropagation notebook. The tape in
`tensor.py` and `functional.py` must give the same numbers without having seen them, and finite
differences must agree with both.

Names: `d_x` is the derivative of the loss with respect to x, and has the shape of x. Rows are
    samples.
"""

import numpy as np

# as the tape: numbers too big for a float become inf, without a warning
quiet = np.errstate(all="ignore")


@quiet
def dense(inputs, kernel, bias):
    """outputs = dot(inputs, kernel) + bias        inputs (batch, in), kernel (in, units), bias (units,) -> (batch, units)"""
    _shapes(
        "dense",
        inputs=(inputs, ("batch", "in")),
        kernel=(kernel, ("in", "units")),
        bias=(bias, ("units",)),
    )
    return np.dot(inputs, kernel) + bias


@quiet
def dense_backward(d_outputs, inputs, kernel):
    """d_inputs = d_outputs kernel^T,   d_kernel = inputs^T d_outputs,   d_bias = sum of d_outputs over the samples

    outputs[n, j] = sum_i inputs[n, i] kernel[i, j] + bias[j], so kernel[i, j] reaches the loss
    through outputs[n, j] of every sample n, with the factor inputs[n, i]. Each bias reaches it
    through every sample too, with the factor 1: hence the sum.
    """
    _shapes(
        "dense_backward",
        d_outputs=(d_outputs, ("batch", "units")),
        inputs=(inputs, ("batch", "in")),
        kernel=(kernel, ("in", "units")),
    )
    return np.dot(d_outputs, kernel.T), np.dot(inputs.T, d_outputs), d_outputs.sum(axis=0)


@quiet
def relu(x):
    """relu(x) = max(x, 0), entry by entry"""
    _numbers("relu", "x", x)
    return np.maximum(x, 0)


@quiet
def relu_backward(d_outputs, x):
    """d_x = d_outputs where x > 0, otherwise 0        (at x = 0, where no derivative exists, 0 as in TensorFlow and PyTorch)"""
    _shapes("relu_backward", d_outputs=(d_outputs, ("batch", "units")), x=(x, ("batch", "units")))
    return d_outputs * (x > 0)


@quiet
def mean_squared_error(preds, labels):
    """loss = mean of (preds - labels)^2 over all entries"""
    _shapes(
        "mean_squared_error", preds=(preds, ("batch", "units")), labels=(labels, ("batch", "units"))
    )
    return np.mean((preds - labels) ** 2)


@quiet
def mean_squared_error_backward(preds, labels):
    """d_preds = 2 (preds - labels) / number of entries"""
    _shapes(
        "mean_squared_error_backward",
        preds=(preds, ("batch", "units")),
        labels=(labels, ("batch", "units")),
    )
    return 2 * (preds - labels) / preds.size


@quiet
def softmax(logits):
    """p[n, j] = exp(logits[n, j]) / sum_k exp(logits[n, k])        the largest logit is taken off first: the same p, and no overflow"""
    _shapes("softmax", logits=(logits, ("batch", "classes")))
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@quiet
def softmax_cross_entropy(logits, labels):
    """loss = mean over the samples of -log p[n, labels[n]],   p = softmax(logits)        labels: integers (batch,)"""
    _shapes(
        "softmax_cross_entropy", logits=(logits, ("batch", "classes")), labels=(labels, ("batch",))
    )
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels])


@quiet
def softmax_cross_entropy_backward(logits, labels):
    """d_logits = (softmax(logits) - one_hot(labels)) / batch

    -log p[label] = log sum_k exp(logits[k]) - logits[label]: the first term has the derivative
    softmax, the second -1 at the label. All else cancels.
    """
    _shapes(
        "softmax_cross_entropy_backward",
        logits=(logits, ("batch", "classes")),
        labels=(labels, ("batch",)),
    )
    d_logits = softmax(logits)
    d_logits[np.arange(len(labels)), labels] -= 1
    return d_logits / len(labels)


@quiet
def two_layer_gradients(inputs, labels, kernel1, bias1, kernel2, bias2):
    """The whole network, loss = softmax_cross_entropy(dense(relu(dense(inputs))), labels), forwards
    and then backwards.

    Returns: (loss, (d_kernel1, d_bias1, d_kernel2, d_bias2)). Backpropagation is the reading of the
    second half from top to bottom.
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


def _numbers(function, name, array):
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
        received = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
        raise TypeError(
            f"{function}: expected {name} to be an array of real numbers. Received {received}. Make"
            " it with np.array(...)."
        )


def _shapes(function, **arguments):
    """Each letter of the shapes must mean the same number everywhere: NumPy would otherwise
    broadcast and say nothing.
    """
    lengths = {}
    for name, (array, axes) in arguments.items():
        _numbers(function, name, array)
        if array.ndim != len(axes) or not array.size:
            raise ValueError(
                f"{function}: expected {name} to be an array of shape ({', '.join(axes)}), not"
                f" empty. Received shape {array.shape}. Rows are samples: one sample x is"
                " x[None, :]."
            )
        for axis, length in zip(axes, array.shape):
            if lengths.setdefault(axis, (length, name))[0] != length:
                known, first = lengths[axis]
                raise ValueError(
                    f"{function}: expected {name} with {axis} = {known}, as in {first}. Received"
                    f" shape {array.shape}. Is one of them transposed?"
                )
        if axes == ("batch",):
            classes = lengths["classes"][0]
            if array.dtype.kind not in "iu":
                raise TypeError(
                    f"{function}: expected integer {name}. Received {array.dtype}. Convert with"
                    f" {name}.astype(int)."
                )
            if not (0 <= array.min() and array.max() < classes):
                raise ValueError(
                    f"{function}: expected {name} from 0 to {classes - 1}. Received {array.min()}"
                    f" to {array.max()}."
                )
