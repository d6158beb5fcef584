import numpy as np
import pytest

from lecture3_engine import (
    Parameter,
    Tensor,
    by_hand,
    check_gradient,
    cross_entropy,
    l1_loss,
    mse_loss,
    relu,
    sigmoid,
    softmax,
    tanh,
)
from lecture3_engine.functional import REDUCTIONS, dense

RNG = np.random.default_rng(3)
LOGITS = RNG.standard_normal((5, 4))
LABELS = np.array([0, 3, 1, 1, 2])
TARGETS = RNG.standard_normal((5, 4))


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(
    "loss_fn, labels",
    [(mse_loss, TARGETS), (l1_loss, TARGETS), (cross_entropy, LABELS)],
    ids=["mse", "l1", "cross_entropy"],
)
def test_losses_against_finite_differences(loss_fn, labels, reduction):
    weights = RNG.standard_normal(loss_fn(LOGITS, labels, reduction).shape)
    preds = Parameter(LOGITS)
    (loss_fn(preds, labels, reduction) * weights).sum().backward()
    verdict = check_gradient(
        lambda x: (loss_fn(x, labels, reduction) * weights).sum(),
        LOGITS,
        preds.grad,
        tolerance=1e-7,
    )
    assert verdict, verdict


def test_softmax_and_dense_against_finite_differences():
    weights = RNG.standard_normal((5, 4))
    preds = Parameter(LOGITS)
    (softmax(preds) * weights).sum().backward()
    assert check_gradient(
        lambda x: (softmax(x) * weights).sum(), LOGITS, preds.grad, tolerance=1e-7
    )
    x, kernel, bias = (
        Parameter(RNG.standard_normal((5, 3))),
        Parameter(RNG.standard_normal((3, 4))),
        Parameter(RNG.standard_normal(4)),
    )
    (dense(x, kernel, bias) * weights).sum().backward()
    assert check_gradient(
        lambda v: (dense(v, kernel, bias) * weights).sum(), x.data, x.grad, tolerance=1e-7
    )
    assert check_gradient(
        lambda v: (dense(x, v, bias) * weights).sum(), kernel.data, kernel.grad, tolerance=1e-7
    )
    assert check_gradient(
        lambda v: (dense(x, kernel, v) * weights).sum(), bias.data, bias.grad, tolerance=1e-7
    )


def test_dense_takes_tens_of_thousands_of_rows():
    """2.2 thousand million products, more than 32 bits can count: with those NumPy counts in a
    browser.
    """
    kernel, bias = Parameter(np.ones((200, 220), np.float32)), Parameter(np.ones(220, np.float32))
    value = dense(np.ones((50_000, 200), np.float32), kernel, bias)
    value.sum().backward()
    assert (value.data == 201).all()
    assert (kernel.grad == 50_000).all()
    assert (bias.grad == 50_000).all()


def test_reductions_agree():
    for loss_fn, labels in ((mse_loss, TARGETS), (l1_loss, TARGETS), (cross_entropy, LABELS)):
        each = loss_fn(LOGITS, labels, "none").data
        assert loss_fn(LOGITS, labels, "sum").item() == pytest.approx(each.sum())
        assert loss_fn(LOGITS, labels).item() == pytest.approx(each.mean())


def test_values():
    assert mse_loss([1.0, 2.0], [0.0, 4.0]).item() == 2.5
    assert l1_loss([1.0, 2.0], [0.0, 4.0]).item() == 1.5
    assert cross_entropy(np.zeros((1, 10)), [3]).item() == pytest.approx(np.log(10))
    assert relu([-1.0, 2.0]).data.tolist() == [0, 2]
    assert tanh([0.0]).data == 0
    assert sigmoid([0.0]).data == 0.5
    np.testing.assert_allclose(softmax(LOGITS).data.sum(axis=-1), 1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_logits_are_stable(dtype):
    logits = Parameter(np.array([[1e4, 0, -1e4], [-1e4, 0, 1e4]], dtype))
    loss = cross_entropy(logits, np.array([0, 0]))
    loss.backward()
    assert loss.item() == 1e4
    assert loss.dtype == dtype
    np.testing.assert_allclose(logits.grad, [[0, 0, 0], [-0.5, 0, 0.5]])
    assert np.isfinite(softmax(logits).data).all()


def test_the_loss_keeps_float32_whatever_the_labels_are():
    preds = Parameter(np.ones((2, 2), np.float32))
    assert mse_loss(preds, np.ones((2, 2))).dtype == np.float32
    assert mse_loss(preds, np.ones((2, 2), int)).dtype == np.float32


def test_the_gradient_of_a_batch_is_the_tape_and_the_hand():
    logits = Parameter(LOGITS)
    loss = cross_entropy(logits, LABELS)
    loss.backward()
    assert loss.item() == pytest.approx(by_hand.softmax_cross_entropy(LOGITS, LABELS), rel=1e-14)
    np.testing.assert_allclose(
        logits.grad, by_hand.softmax_cross_entropy_backward(LOGITS, LABELS), rtol=1e-13
    )


@pytest.mark.parametrize(
    "call, error, words",
    [
        (
            lambda: mse_loss(np.ones((4, 1)), np.ones(4)),
            ValueError,
            "every prediction with every label",
        ),
        (lambda: mse_loss(np.ones(4, int), np.ones(4)), TypeError, "swapped"),
        (lambda: l1_loss(np.ones((0, 2)), np.ones((0, 2))), ValueError, "at least one sample"),
        (lambda: mse_loss(np.ones(4), np.ones(4), "average"), ValueError, "'average'"),
        (lambda: mse_loss(np.ones(4), np.ones(4), None), ValueError, "None"),
        (lambda: cross_entropy(np.ones((2, 3)), np.array([0.0, 1.0])), TypeError, "astype(int)"),
        (lambda: cross_entropy(np.ones((2, 3)), np.eye(3)[:2]), TypeError, "one-hot"),
        (lambda: cross_entropy(np.ones((2, 3)), np.array([0, 3])), ValueError, "from 0 to 2"),
        (lambda: cross_entropy(np.ones((2, 3)), np.array([0, -1])), ValueError, "-1 to 0"),
        (lambda: cross_entropy(np.ones((2, 3)), np.array([[0], [1]])), ValueError, "reshape(-1)"),
        (
            lambda: cross_entropy(np.ones((2, 3)), np.array([0, 1, 2])),
            ValueError,
            "(2, 3) and (3,)",
        ),
        (lambda: cross_entropy(np.array([0, 1]), np.ones((2, 3))), TypeError, "swapped"),
        (lambda: cross_entropy(np.ones((2, 3), int), np.array([0, 1])), TypeError, "scores"),
        (
            lambda: cross_entropy(np.ones((0, 3)), np.array([], int)),
            ValueError,
            "at least one sample",
        ),
        (lambda: softmax(1.0), ValueError, "(..., classes)"),
        (lambda: dense(np.ones((5, 3)), np.ones((2, 3)), np.ones(2)), ValueError, "kernel.T"),
        (lambda: dense(np.ones(3), np.ones((3, 2)), np.ones(2)), ValueError, "reshape(1, -1)"),
        (lambda: dense(np.ones((5, 2, 2)), np.ones((4, 2)), np.ones(2)), ValueError, "Flatten"),
        (lambda: dense(np.ones((5, 3)), np.ones((3, 2)), np.ones((1, 2))), ValueError, "bias (2,)"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error) as raised:
        call()
    assert words in str(raised.value)


def test_labels_may_be_a_tensor():
    assert cross_entropy(LOGITS, Tensor(LABELS)).item() == cross_entropy(LOGITS, LABELS).item()


def test_dense_of_integers_with_a_float_bias():
    value = dense(np.ones((2, 3), int), np.ones((3, 1), int), np.array([0.5]))
    assert value.tolist() == [[3.5], [3.5]]


def test_softmax_takes_the_largest_of_each_row_off():
    """A row far below another is as good as that one: exp(-2000) would be 0, and 0 / 0 nan."""
    np.testing.assert_allclose(
        softmax(np.array([[1000.0, 1001.0], [-1000.0, -999.0]])).data,
        np.array([[1, np.e], [1, np.e]]) / (1 + np.e),
        rtol=1e-15,
    )
    x = Parameter([[1000.0, 1000.0], [-1000.0, -1000.0]])
    (softmax(x) * [[1.0, 0.0], [1.0, 0.0]]).sum().backward()
    assert x.grad.tolist() == [[0.25, -0.25], [0.25, -0.25]]


def test_l1_where_preds_and_labels_are_equal_has_the_derivative_zero():
    preds = Parameter([1.0, 2.0, 3.0])
    l1_loss(preds, [2.0, 2.0, 2.0], "sum").backward()
    assert preds.grad.tolist() == [-1, 0, 1]


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(
    "loss_fn, labels",
    [
        (mse_loss, TARGETS),
        (l1_loss, TARGETS),
        (cross_entropy, LABELS),
        (lambda x, y, _: softmax(x) * y, TARGETS),
    ],
    ids=["mse", "l1", "cross_entropy", "softmax"],
)
def test_backward_twice_adds_the_same_twice(loss_fn, labels, reduction):
    preds = Parameter(LOGITS)
    loss = loss_fn(preds, labels, reduction).sum()
    loss.backward()
    once = preds.grad.copy()
    loss.backward()
    np.testing.assert_array_equal(preds.grad, 2 * once)


@pytest.mark.parametrize("loss_fn", [mse_loss, l1_loss])
def test_labels_with_a_history_get_their_gradient(loss_fn):
    preds, labels = Parameter(np.float32([1.0, 5.0])), Parameter(np.array([2.0, 2.0]))
    loss_fn(preds, labels * 1.0).backward()
    np.testing.assert_array_equal(labels.grad, -preds.grad)
    assert labels.grad.any()
    assert labels.grad.dtype == np.float64


@pytest.mark.parametrize("preds", [np.ones((2, 0)), np.ones((0, 2)), np.ones((0, 0))])
def test_no_samples_or_no_classes(preds):
    with pytest.raises(ValueError, match="at least one sample and one class"):
        cross_entropy(preds, np.zeros(len(preds), int))


@pytest.mark.parametrize("shape", [(3,), (4, 3), (2, 4, 3), (0, 3), (2, 0, 3)])
def test_softmax_is_over_the_last_axis(shape):
    x = Parameter(np.random.default_rng(0).standard_normal(shape))
    p = softmax(x)
    np.testing.assert_allclose(
        p.data, np.exp(x.data) / np.exp(x.data).sum(axis=-1, keepdims=True), rtol=1e-12
    )
    (p * np.arange(3.0)).sum().backward()
    mean = (p.data * np.arange(3.0)).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(x.grad, p.data * (np.arange(3.0) - mean), atol=1e-12)


@pytest.mark.parametrize("shape", [(), (0,), (3, 0)])
def test_softmax_needs_classes(shape):
    with pytest.raises(ValueError, match="softmax: expected scores of shape"):
        softmax(np.zeros(shape))


def test_what_overflows_is_no_warning():
    far = np.array([[1e4, 0.0]])
    with np.errstate(all="raise"):
        assert softmax(far).data.tolist() == [[1, 0]]
        assert cross_entropy(far, np.array([1])).item() == 1e4
        assert np.isnan(
            dense(np.array([[1e300]]), np.array([[1e300]]), np.array([-np.inf])).data
        ).all()


@pytest.mark.parametrize(
    "x, w, cure",
    [
        ((3,), (3, 2), "Rows are samples"),
        ((2, 2, 3), (3, 2), "Flatten each sample"),
        ((4, 3), (2, 3), "looks transposed"),
        ((4, 3), (2, 5), None),
        ((4, 5), (2, 3), None),
        ((4, 3), (3,), None),
        ((4, 3), (1, 3, 3), None),
        ((4, 5), (3, 2), None),
        ((4, 3), (5, 2), None),
        ((4, 3), (3, 3, 2), None),
        ((2, 3, 3), (3, 2), "Flatten each sample"),
    ],
)
def test_dense_says_what_would_fit(x, w, cure):
    with pytest.raises(ValueError, match="dense: expected inputs") as raised:
        dense(np.zeros(x), np.zeros(w), np.zeros(2))
    told = str(raised.value).partition(f"kernel {w}.")[2].strip()
    assert told.startswith(("Rows", "Flatten", "The kernel")) == bool(cure)
    assert (cure or "") in told


@pytest.mark.parametrize("units", [1, 3, (2, 1)])
def test_dense_wants_one_bias_for_each_unit(units):
    with pytest.raises(ValueError, match=r"dense: expected bias \(2,\)"):
        dense(np.zeros((4, 3)), np.zeros((3, 2)), np.zeros(units))


@pytest.mark.parametrize(
    "preds, labels, flatten",
    [
        ((4, 3), (4, 1), True),
        ((4, 3), (3,), False),
        ((4, 3), (5,), False),
        ((4,), (4,), False),
        ((4, 3, 2), (4,), False),
    ],
)
def test_cross_entropy_wants_one_label_for_each_row(preds, labels, flatten):
    with pytest.raises(ValueError, match="cross_entropy: expected preds") as raised:
        cross_entropy(np.zeros(preds), np.zeros(labels, int))
    assert ("Flatten" in str(raised.value)) == flatten


@pytest.mark.parametrize("label", [-1, 3, 7])
def test_cross_entropy_refuses_labels_without_a_class(label):
    with pytest.raises(ValueError, match="expected labels from 0 to 2"):
        cross_entropy(np.zeros((2, 3)), np.array([0, label]))


@pytest.mark.parametrize("loss_fn", [mse_loss, l1_loss])
def test_losses_refuse_what_they_would_broadcast_or_misread(loss_fn):
    for a, b in ((2, 3), (3, 2), ((2, 1), 2)):
        with pytest.raises(ValueError, match="of the same shape"):
            loss_fn(np.zeros(a), np.zeros(b))
    for labels, swapped in (
        (np.zeros(2), True),
        (np.zeros(2, int), False),
        (np.zeros(2, bool), False),
    ):
        for preds in (np.zeros(2, int), np.zeros(2, bool)):
            with pytest.raises(TypeError, match="expected float preds") as raised:
                loss_fn(preds, labels)
            assert ("swapped" in str(raised.value)) == swapped
    with pytest.raises(TypeError, match="expected float preds"):
        cross_entropy(np.zeros((2, 3), bool), np.zeros(2, int))
