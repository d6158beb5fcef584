"""The rules against their formulas; against torch in test_against_torch.py."""

import numpy as np
import pytest

from lecture3_engine import SGD, Adagrad, Adam, AdamW, Parameter, RMSprop, optim

ALL = [SGD, Adagrad, RMSprop, Adam, AdamW]
GRADIENTS = np.random.default_rng(0).standard_normal((30, 3))


def walk(optimizer, gradients, start=(1.0, -2.0, 0.5), lrs=None):
    w = Parameter(np.array(start))
    walker = optimizer([w])
    points = [w.data.copy()]
    for i, g in enumerate(gradients):
        if lrs is not None:
            walker.lr = lrs[i]
        w.grad = g.copy()
        walker.step()
        points.append(w.data.copy())
    return np.array(points)


def test_sgd_is_the_rule_of_the_lecture_also_when_lr_changes():
    lrs = np.linspace(0.1, 0.01, len(GRADIENTS))
    points = walk(lambda p: SGD(p, lr=0.1, momentum=0.8), GRADIENTS, lrs=lrs)
    previous, w = points[0], points[0]
    for lr, g, point in zip(lrs, GRADIENTS, points[1:]):
        previous, w = w, w - lr * g + 0.8 * (w - previous)
        np.testing.assert_allclose(point, w, rtol=1e-12)


def test_nesterov_is_sgd_that_looks_ahead():
    """w = ahead + momentum * velocity, where (ahead, velocity) follow Sutskever's rule with the gradient taken ahead."""
    w, velocity = np.array([1.0, -2.0, 0.5]), np.zeros(3)
    for g, point in zip(GRADIENTS, walk(lambda p: SGD(p, lr=0.1, momentum=0.8, nesterov=True), GRADIENTS)[1:]):
        velocity = 0.8 * velocity - 0.1 * g
        w = w + 0.8 * velocity - 0.1 * g
        np.testing.assert_allclose(point, w, rtol=1e-12)


def test_the_first_step_of_adam_is_lr_whatever_the_gradient():
    for scale in (1e-3, 1, 1e3):
        first = walk(lambda p: Adam(p, lr=0.01), [scale * np.array([1.0, -1.0, 2.0])])
        np.testing.assert_allclose(first[1] - first[0], [-0.01, 0.01, -0.01], rtol=1e-4)


def test_adagrad_shrinks_and_rmsprop_does_not():
    same = np.ones((400, 3))
    steps = {name: np.abs(np.diff(walk(lambda p: rule(p, lr=0.1), same), axis=0))[:, 0] for name, rule in (("ada", Adagrad), ("rms", RMSprop))}
    assert steps["ada"][-1] == pytest.approx(0.1 / 20, rel=1e-6)
    assert steps["rms"][-1] == pytest.approx(0.1, rel=0.02)


def test_adamw_decays_weights_by_the_same_factor():
    points = walk(lambda p: AdamW(p, lr=0.1, weight_decay=0.5), np.zeros((3, 3)))
    np.testing.assert_allclose(points[3], points[0] * (1 - 0.05) ** 3)


def test_weight_decay_may_be_switched_on_later():
    w = Parameter([1.0])
    walker = SGD([w], lr=0.1)
    walker.weight_decay = 0.5
    w.grad = np.array([0.0])
    walker.step()
    assert w.data == pytest.approx(0.95)


def test_what_is_remembered_can_be_read():
    w = Parameter([1.0])
    walker = Adam([w], lr=0.1)
    w.grad = np.array([2.0])
    walker.step()
    assert walker.state[0]["m"] == pytest.approx(0.2) and walker.state[0]["v"] == pytest.approx(0.004) and walker.state[0]["t"] == 1


def test_parameters_are_changed_in_place_and_those_without_gradient_stay():
    a, b = Parameter([1.0]), Parameter([1.0])
    array = a.data
    walker = SGD([a, b], lr=0.1)
    a.grad = np.array([1.0])
    walker.step()
    assert a.data is array and a.data == 0.9 and b.data == 1
    walker.zero_grad()
    assert a.grad is None


@pytest.mark.parametrize("optimizer", ALL)
@pytest.mark.parametrize("lr", [0.1, np.float64(0.1), np.float32(0.1), np.array(0.1)], ids=["float", "float64", "float32", "0-d"])
def test_float32_stays_float32(optimizer, lr):
    w = Parameter(np.ones(3, np.float32))
    walker = optimizer([w], lr=lr)
    w.grad = np.ones(3, np.float32)
    walker.step()
    assert w.data.dtype == np.float32 and isinstance(walker.lr, float)
    assert all(array.dtype == np.float32 for name, array in walker.state[0].items() if name != "t")


@pytest.mark.parametrize("optimizer, settings", [
    (SGD, {"momentum": 0.9}), (SGD, {"momentum": 0.9, "nesterov": True}), (SGD, {"weight_decay": 0.1}), (Adagrad, {"lr_decay": 0.01}),
    (RMSprop, {"alpha": 0.9}), (RMSprop, {"momentum": 0.5, "centered": True}), (Adam, {"betas": (0.8, 0.99)}), (Adam, {"amsgrad": True}), (AdamW, {})])
def test_hyperparameters_may_be_arrays(optimizer, settings):
    """Many runs in one call are the single runs."""
    lrs = np.array([[0.001], [0.01], [0.1]])
    arrays = {k: np.full((3, 1), v) if type(v) is float else v for k, v in settings.items()}
    if "betas" in settings:
        arrays["betas"] = tuple(np.full((3, 1), b) for b in settings["betas"])
    together = walk(lambda p: optimizer(p, lr=lrs, **arrays), GRADIENTS[:, None, :] * np.ones((3, 1)), start=np.ones((3, 3)))
    for i, lr in enumerate(lrs[:, 0]):
        alone = walk(lambda p: optimizer(p, lr=lr, **settings), GRADIENTS, start=np.ones(3))
        np.testing.assert_allclose(together[:, i], alone, rtol=1e-12)


def test_overflow_is_not_a_warning():
    w = Parameter(np.array([1e38], np.float32))
    walker = Adam([w], lr=0.1)
    w.grad = np.array([1e38], np.float32)
    walker.step()


@pytest.mark.parametrize("optimizer", ALL)
@pytest.mark.parametrize("params, lr, error, words", [
    ([], 0.1, ValueError, "empty list"),
    (None, 0.1, TypeError, "model.parameters()"),
    (0.1, [Parameter([1.0])], TypeError, "order is (params, lr)"),
    (Parameter([1.0]), 0.1, TypeError, "[w]"),
    (np.ones(3), 0.1, TypeError, "ndarray"),
    ([np.ones(3)], 0.1, TypeError, "Parameter(array)"),
    ([Parameter([1.0])] * 2, 0.1, ValueError, "twice"),
    ([Parameter([1.0])], 0, ValueError, "above 0. Received 0"),
    ([Parameter([1.0])], -0.1, ValueError, "lr"),
    ([Parameter([1.0])], np.nan, ValueError, "finite"),
    ([Parameter([1.0])], np.inf, ValueError, "finite"),
    ([Parameter([1.0])], "0.1", TypeError, "'0.1'"),
    ([Parameter([1.0])], None, TypeError, "None"),
    ([Parameter([1.0])], True, TypeError, "True"),
    ([Parameter([1.0])], [Parameter([1.0])], TypeError, "lr"),
    ([Parameter([1.0])], np.array([0.1, -0.1]), ValueError, "-0.1"),
])
def test_bad_parameters_and_learning_rates(optimizer, params, lr, error, words):
    with pytest.raises(error) as raised:
        optimizer(params, lr)
    assert words in str(raised.value)


W = [Parameter([1.0])]


@pytest.mark.parametrize("call, error, words", [
    (lambda: SGD(W, 0.1, momentum=1), ValueError, "below 1"),
    (lambda: SGD(W, 0.1, momentum=-0.1), ValueError, "momentum"),
    (lambda: SGD(W, 0.1, nesterov=True), ValueError, "momentum=0.9"),
    (lambda: Adam(W, betas=0.9), TypeError, "two numbers"),
    (lambda: Adam(W, betas=(0.9, 1.0)), ValueError, "beta2"),
    (lambda: RMSprop(W, alpha=2), ValueError, "alpha"),
    (lambda: RMSprop(W, eps=-1), ValueError, "eps"),
    (lambda: Adagrad(W, lr_decay=-1), ValueError, "lr_decay"),
    (lambda: SGD(W, 0.1, weight_decay=np.nan), ValueError, "weight_decay"),
    (lambda: SGD(W, 0.1).step(), ValueError, "loss.backward()"),
    (lambda: setattr(SGD(W, 0.1), "lr", 0), ValueError, "lr"),
])
def test_bad_settings(call, error, words):
    with pytest.raises(error) as raised:
        call()
    assert words in str(raised.value)


def test_a_step_does_not_broadcast():
    w = Parameter(np.ones(3))
    w.grad = np.ones((2, 3))
    with pytest.raises(ValueError, match="shape of the parameter"):
        SGD([w], 0.1).step()
    w.grad = np.ones(3)
    with pytest.raises(ValueError, match="broadcast to the parameter"):
        SGD([w], np.full((4, 1), 0.1)).step()


def test_all_optimizers_stand_in_order_of_complexity():
    with open(optim.__file__, encoding="utf-8") as file:
        text = file.read()
    places = [text.index(f"class {optimizer.__name__}(") for optimizer in ALL]
    assert places == sorted(places)
