"""The witness against the finite difference, and the tape against the witness."""

import numpy as np
import pytest

from lecture3_engine import (
    Dense,
    Parameter,
    Sequential,
    by_hand,
    check_gradient,
    cross_entropy,
    mse_loss,
)

RNG = np.random.default_rng(5)
X, KERNEL, BIAS = RNG.standard_normal((6, 4)), RNG.standard_normal((4, 3)), RNG.standard_normal(3)
LABELS = RNG.integers(0, 3, 6)


def test_dense():
    d = RNG.standard_normal((6, 3))
    d_x, d_kernel, d_bias = by_hand.dense_backward(d, X, KERNEL)
    assert check_gradient(
        lambda v: (by_hand.dense(v, KERNEL, BIAS) * d).sum(), X, d_x, tolerance=1e-7
    )
    assert check_gradient(
        lambda v: (by_hand.dense(X, v, BIAS) * d).sum(), KERNEL, d_kernel, tolerance=1e-7
    )
    assert check_gradient(
        lambda v: (by_hand.dense(X, KERNEL, v) * d).sum(), BIAS, d_bias, tolerance=1e-7
    )


def test_relu_mean_squared_error_and_cross_entropy():
    d = RNG.standard_normal(X.shape)
    assert check_gradient(
        lambda v: (by_hand.relu(v) * d).sum(), X, by_hand.relu_backward(d, X), tolerance=1e-7
    )
    target = RNG.standard_normal(X.shape)
    gradient = by_hand.mean_squared_error_backward(X, target)
    assert check_gradient(
        lambda v: by_hand.mean_squared_error(v, target), X, gradient, tolerance=1e-7
    )
    preds = Parameter(X)
    mse_loss(preds, target).backward()
    np.testing.assert_allclose(preds.grad, gradient, rtol=1e-13)
    labels = LABELS
    assert check_gradient(
        lambda v: by_hand.softmax_cross_entropy(v, labels),
        X,
        by_hand.softmax_cross_entropy_backward(X, labels),
        tolerance=1e-7,
    )


def test_the_derivative_of_relu_at_zero_is_zero():
    d = np.array([[5.0, 5.0, 5.0]])
    assert by_hand.relu_backward(d, np.array([[-1.0, 0.0, 2.0]])).tolist() == [[0, 0, 5]]


def test_the_largest_logit_of_each_row_is_taken_off():
    """exp(1000) is too big for a float, and a far lower row beside it is not 0 / 0."""
    logits, labels = np.array([[1000.0, 1000.0], [-1000.0, -1000.0 - np.log(3)]]), np.array([0, 1])
    np.testing.assert_allclose(by_hand.softmax(logits), [[0.5, 0.5], [0.75, 0.25]], rtol=1e-12)
    assert by_hand.softmax_cross_entropy(logits, labels) == pytest.approx(
        (np.log(2) + np.log(4)) / 2, rel=1e-12
    )
    np.testing.assert_allclose(
        by_hand.softmax_cross_entropy_backward(logits, labels),
        [[-0.25, 0.25], [0.375, -0.375]],
        rtol=1e-12,
    )


def test_the_whole_network_three_ways():
    rng = np.random.default_rng(7)
    model = Sequential(
        Dense(4, 5, "relu", rng=rng, dtype=np.float64), Dense(5, 3, rng=rng, dtype=np.float64)
    )
    parameters = model.parameters()
    loss = cross_entropy(model(X), LABELS)
    loss.backward()
    hand_loss, gradients = by_hand.two_layer_gradients(X, LABELS, *[p.data for p in parameters])
    assert loss.item() == pytest.approx(hand_loss, rel=1e-14)
    for i, (p, gradient) in enumerate(zip(parameters, gradients, strict=True)):
        np.testing.assert_allclose(p.grad, gradient, rtol=1e-12, atol=1e-15)

        def loss_at(value):
            return by_hand.two_layer_gradients(
                X, LABELS, *[value if j == i else q.data for j, q in enumerate(parameters)]
            )[0]

        verdict = check_gradient(loss_at, p.data, gradient, tolerance=1e-7)
        assert verdict, verdict


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: by_hand.dense(X, KERNEL.T, BIAS), ValueError, "transposed"),
        (lambda: by_hand.dense(X, KERNEL, np.ones((3, 1))), ValueError, "(units,)"),
        (lambda: by_hand.dense([1.0], KERNEL, BIAS), TypeError, "list"),
        (lambda: by_hand.relu_backward(np.ones((1, 4)), X), ValueError, "(6, 4)"),
        (lambda: by_hand.mean_squared_error(X, np.ones((6, 1))), ValueError, "units = 4"),
        (lambda: by_hand.softmax_cross_entropy(X, LABELS.astype(float)), TypeError, "astype(int)"),
        (lambda: by_hand.softmax_cross_entropy(X, LABELS + 2), ValueError, "0 to 3"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error) as raised:
        call()
    assert words in str(raised.value)
