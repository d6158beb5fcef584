"""The rules against their formulas; against torch in test_against_torch.py and
test_optim_against_torch.py.
"""

import copy
import inspect
import pickle
import tracemalloc
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lecture3_engine import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Dense,
    Parameter,
    RMSprop,
    Sequential,
    Tensor,
    cross_entropy,
    optim,
    train_step,
)

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
    for lr, g, point in zip(lrs, GRADIENTS, points[1:], strict=True):
        previous, w = w, w - lr * g + 0.8 * (w - previous)
        np.testing.assert_allclose(point, w, rtol=1e-12)


def test_nesterov_two_steps_by_hand():
    """Sutskever et al. (2013): from w = 1 with lr 0.1 and momentum 0.5. Gradient 2: the velocity
    becomes -0.2, and w moves by half of it, -0.1, and by
    -0.2. Gradient 4: the velocity becomes -0.1 - 0.4 = -0.5, and w moves by -0.25 - 0.4."""
    points = walk(
        lambda p: SGD(p, lr=0.1, momentum=0.5, nesterov=True),
        [np.array([2.0]), np.array([4.0])],
        start=[1.0],
    )
    np.testing.assert_allclose(points[:, 0], [1, 0.7, 0.05], rtol=1e-14)


def test_the_first_step_of_adam_is_lr_whatever_the_gradient():
    for scale in (1e-3, 1, 1e3):
        first = walk(lambda p: Adam(p, lr=0.01), [scale * np.array([1.0, -1.0, 2.0])])
        np.testing.assert_allclose(first[1] - first[0], [-0.01, 0.01, -0.01], rtol=1e-4)


def test_adagrad_shrinks_and_rmsprop_does_not():
    same = np.ones((400, 3))
    steps = {
        name: np.abs(np.diff(walk(lambda p: rule(p, lr=0.1), same), axis=0))[:, 0]
        for name, rule in (("ada", Adagrad), ("rms", RMSprop))
    }
    assert steps["ada"][-1] == pytest.approx(0.1 / 20, rel=1e-6)
    assert steps["rms"][-1] == pytest.approx(0.1, rel=0.02)


def test_adamw_decays_weights_by_the_same_factor():
    points = walk(lambda p: AdamW(p, lr=0.1, weight_decay=0.5), np.zeros((3, 3)))
    np.testing.assert_allclose(points[3], points[0] * (1 - 0.05) ** 3)


def test_weight_decay_is_added_to_the_gradient_and_0_unless_asked_for():
    class Plain(optim.Optimizer):
        def update(self, w, g):
            w -= self.lr * g

    for kind in (SGD, Plain):
        # The ends are 2 - 0.1 * 1 and 2 - 0.1 * (1 + 1 * 2).
        for settings, end in (({}, 1.9), ({"weight_decay": 1.0}, 1.7)):
            w = gradient([2.0], np.array([1.0]))
            kind([w], lr=0.1, **settings).step()
            assert w.data == pytest.approx(end), kind.__name__


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
    assert walker.state[0]["m"] == pytest.approx(0.2)
    assert walker.state[0]["v"] == pytest.approx(0.004)
    assert walker.state[0]["t"] == 1


def test_what_rmsprop_remembers_can_be_read():
    w = Parameter([1.0])
    walker = RMSprop([w], lr=0.1, alpha=0.75, momentum=0.5)
    w.grad = np.array([2.0])
    walker.step()
    assert walker.state[0] == {"mean_square": 1, "velocity": pytest.approx(2)}


def test_parameters_are_changed_in_place_and_those_without_gradient_stay():
    a, b, c = Parameter([1.0]), Parameter([1.0]), Parameter([1.0])
    array = a.data
    walker = SGD([a, b, c], lr=0.1)
    a.grad, c.grad = np.array([1.0]), np.array([2.0])
    walker.step()
    assert a.data is array
    assert a.data == 0.9
    assert b.data == 1
    assert c.data == 0.8
    walker.zero_grad()
    assert a.grad is None


@pytest.mark.parametrize("optimizer", ALL)
@pytest.mark.parametrize(
    "lr",
    [0.1, np.float64(0.1), np.float32(0.1), np.array(0.1)],
    ids=["float", "float64", "float32", "0-d"],
)
def test_float32_stays_float32(optimizer, lr):
    w = Parameter(np.ones(3, np.float32))
    walker = optimizer([w], lr=lr)
    w.grad = np.ones(3, np.float32)
    walker.step()
    assert w.data.dtype == np.float32
    assert isinstance(walker.lr, float)
    assert all(array.dtype == np.float32 for name, array in walker.state[0].items() if name != "t")


@pytest.mark.parametrize(
    "optimizer, settings",
    [
        (SGD, {"momentum": 0.9}),
        (SGD, {"momentum": 0.9, "nesterov": True}),
        (SGD, {"weight_decay": 0.1}),
        (Adagrad, {"eps": 0.1}),
        (RMSprop, {"alpha": 0.9}),
        (RMSprop, {"momentum": 0.5}),
        (Adam, {"betas": (0.8, 0.99)}),
        (AdamW, {}),
    ],
)
def test_hyperparameters_may_be_arrays(optimizer, settings):
    """Many runs in one call are the single runs."""
    lrs = np.array([[0.001], [0.01], [0.1]])
    arrays = {k: np.full((3, 1), v) if type(v) is float else v for k, v in settings.items()}
    if "betas" in settings:
        arrays["betas"] = tuple(np.full((3, 1), b) for b in settings["betas"])
    together = walk(
        lambda p: optimizer(p, lr=lrs, **arrays),
        GRADIENTS[:, None, :] * np.ones((3, 1)),
        start=np.ones((3, 3)),
    )
    for i, lr in enumerate(lrs[:, 0]):
        alone = walk(lambda p: optimizer(p, lr=lr, **settings), GRADIENTS, start=np.ones(3))
        np.testing.assert_allclose(together[:, i], alone, rtol=1e-12)


def test_overflow_is_not_a_warning():
    w = Parameter(np.array([1e38], np.float32))
    walker = Adam([w], lr=0.1)
    w.grad = np.array([1e38], np.float32)
    walker.step()


@pytest.mark.parametrize("optimizer", ALL)
@pytest.mark.parametrize(
    "params, lr, error, words",
    [
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
        ([Parameter([1.0])], np.array([0.1, -0.2, -0.3]), ValueError, "Received np.float64(-0.3)."),
    ],
)
def test_bad_parameters_and_learning_rates(optimizer, params, lr, error, words):
    with pytest.raises(error) as raised:
        optimizer(params, lr)
    assert words in str(raised.value)


W = [Parameter([1.0])]


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: SGD(W, 0.1, nesterov=True), ValueError, "momentum=0.9"),
        (lambda: Adam(W, betas=0.9), TypeError, "two numbers"),
        (lambda: Adam(W, betas=(0.9, 0.99, 0.999)), TypeError, "two numbers"),
        (lambda: Adam(W, betas=(0.9, 1.0)), ValueError, "beta2"),
        (lambda: SGD(W, 0.1).step(), ValueError, "loss.backward()"),
        (lambda: SGD([Parameter([1.0]) * 2], 0.1), ValueError, "'*'"),
        (lambda: SGD([Parameter([1.0]), Parameter([1.0]) * 2], 0.1), ValueError, "leaves"),
        (lambda: SGD([Tensor(np.ones(2))], 0.1), ValueError, "requires a gradient"),
        (lambda: SGD([Parameter(np.broadcast_to(1.0, 3))], 0.1), ValueError, "read-only"),
        (
            lambda: SGD(W, np.full((2, 1), 0.1)),
            ValueError,
            "lr to be a number, or to broadcast to the parameter, (1,). Received shape (2, 1)",
        ),
        (
            lambda: SGD([Parameter(np.ones((3, 2))), Parameter(np.ones(2))], np.full((3, 1), 0.1)),
            ValueError,
            "(2,). Received shape (3, 1)",
        ),
        (
            lambda: SGD([Parameter(np.ones((3, 1)))], np.full((2, 1), 0.1)),
            ValueError,
            "(3, 1). Received shape (2, 1)",
        ),
        (lambda: Adam(W, betas=(0.9, np.full(3, 0.9))), ValueError, "beta2"),
        (
            lambda: optim.Optimizer([gradient(np.ones(3), np.ones(3))], 0.1).step(),
            NotImplementedError,
            "update(self, w, g",
        ),
    ],
)
def test_bad_settings(call, error, words):
    with pytest.raises(error) as raised:
        call()
    assert words in str(raised.value)


SETTINGS = [
    (optimizer, name)
    for optimizer in ALL
    for name in inspect.signature(optimizer).parameters
    if name != "params"
]
LIMITS = {  # the smallest and the largest value that is allowed, and those beside them that are not
    "lr": ([5e-324, 1e300], [0, -0.1]),
    **dict.fromkeys(["weight_decay", "eps"], ([0, 1e300], [-5e-324])),
    **dict.fromkeys(["momentum", "alpha"], ([0, 0.9999], [-5e-324, 1, 7])),
    "betas": ([(0, 0), (0.9999, 0.9999)], [(1, 0.9), (0.9, 1), (-0.1, 0.9), (0.9, -0.1)]),
    "nesterov": ([True, False], []),
}


@pytest.mark.parametrize(
    "optimizer, name",
    SETTINGS,
    ids=[f"{optimizer.__name__} {name}" for optimizer, name in SETTINGS],
)
def test_every_hyperparameter_is_checked_whenever_it_is_set(optimizer, name):
    walker = optimizer([Parameter([1.0])], lr=0.1, **{"momentum": 0.5} if optimizer is SGD else {})
    right, wrong = LIMITS[name]
    for value in right:
        setattr(walker, name, value)
        assert getattr(walker, name) == value
        assert (
            getattr(
                optimizer(
                    [Parameter([1.0])],
                    **{"lr": 0.1, name: value} | ({"momentum": 0.5} if name == "nesterov" else {}),
                ),
                name,
            )
            == value
        )
    last = getattr(walker, name)
    nan = (0.9, np.nan) if name == "betas" else np.nan
    for value, error in [(one, ValueError) for one in wrong + [nan] * bool(wrong)] + [
        (None, TypeError),
        ("0.5", TypeError),
        (1j, TypeError),
    ]:
        with pytest.raises(error, match=name.rstrip("s")):
            setattr(walker, name, value)
        assert getattr(walker, name) == last
        with pytest.raises(error, match=name.rstrip("s")):
            optimizer([Parameter([1.0])], **{"lr": 0.1, name: value})


def test_nesterov_and_momentum_are_checked_together():
    walker = SGD([Parameter([1.0])], 0.1)
    with pytest.raises(ValueError, match="momentum above 0"):
        walker.nesterov = True
    walker.momentum = 0.9
    walker.nesterov = True
    with pytest.raises(ValueError, match="momentum above 0"):
        walker.momentum = 0
    with pytest.raises(ValueError, match="momentum above 0"):
        walker.momentum = np.array([0.0])
    assert walker.nesterov is True
    assert walker.momentum == 0.9


def with_momentum(optimizer, at_first, later):
    """The path with a momentum that is set anew before the first step."""

    def momentous(params):
        walker = optimizer(params, lr=0.01, momentum=at_first)
        walker.momentum = later
        return walker

    return walk(momentous, GRADIENTS)


@pytest.mark.parametrize("optimizer", [SGD, RMSprop])
def test_momentum_that_is_switched_before_the_first_step_works_as_if_it_always_was(optimizer):
    without = walk(lambda p: optimizer(p, lr=0.01), GRADIENTS)
    always = walk(lambda p: optimizer(p, lr=0.01, momentum=0.9), GRADIENTS)
    np.testing.assert_array_equal(with_momentum(optimizer, 0, 0.9), always)
    np.testing.assert_array_equal(with_momentum(optimizer, 0.9, 0), without)
    assert not np.array_equal(always, without)


def test_an_array_of_hyperparameters_is_the_optimizers_own():
    rates = np.array([1, 2])
    walker = SGD([gradient([0.0, 0.0], np.ones(2))], lr=rates)
    rates[:] = 7
    walker.step()
    assert walker.lr.dtype == np.float64
    assert walker.lr.tolist() == [1, 2]
    assert walker.params[0].data.tolist() == [-1, -2]
    walker.lr *= 0.5
    assert walker.lr.tolist() == [0.5, 1]


def test_parameters_of_integers_are_refused():
    with pytest.raises(TypeError, match=r"float dtype\. Received int"):
        SGD([SimpleNamespace(data=np.ones(2, int), grad=None)], 0.1)
    with pytest.raises(TypeError, match=r"float dtype\. Received list"):
        SGD([SimpleNamespace(data=[1.0], grad=None)], 0.1)


def gradient(w, g):
    w = Parameter(np.array(w, float))
    w.grad = g
    return w


@pytest.mark.parametrize("optimizer", [Adam, AdamW])
def test_steps_are_counted_for_each_parameter(optimizer):
    """The first step of Adam is lr, whenever a parameter takes it."""
    early, late = Parameter([1.0]), Parameter([1.0])
    walker = optimizer([early, late], lr=0.1, weight_decay=0.0)
    for step in range(10):
        walker.zero_grad()
        early.grad = np.array([1.0])
        if step == 9:
            late.grad = np.array([1.0])
        walker.step()
    assert late.data == pytest.approx(0.9, rel=1e-7)
    assert [state["t"] for state in walker.state] == [
        10,
        1,
    ]


def test_a_frozen_parameter_among_others_stays():
    w, frozen = gradient([1.0], np.array([1.0])), Parameter([1.0])
    frozen.requires_grad = False
    SGD([w, frozen], 0.1).step()
    assert w.data == 0.9
    assert frozen.data == 1
    with pytest.raises(ValueError, match="requires a gradient"):
        SGD([frozen], 0.1)


def test_data_and_grad_are_all_that_a_parameter_needs():
    w = SimpleNamespace(data=np.ones(2), grad=np.ones(2))
    SGD([w], 0.1).step()
    assert w.data.tolist() == [0.9, 0.9]


@pytest.mark.parametrize("message", ["could not broadcast", "anything"])
def test_an_error_in_a_rule_of_ones_own_is_its_own(message):
    class Mine(SGD):
        def update(self, w, g, velocity=None):
            raise ValueError(message)

    with pytest.raises(ValueError, match=f"^{message}$"):
        Mine([gradient([1.0], np.array([1.0]))], 0.1).step()


@pytest.mark.parametrize(
    "grad, error, words",
    [
        (np.ones((2, 3)), ValueError, "shape of the parameter, (3,). Received (2, 3)"),
        (np.ones(4), ValueError, "(4,)"),
        (1.0, TypeError, "1.0"),
        ([1.0] * 3, TypeError, "array"),
        (Tensor(np.ones(3)), TypeError, "Tensor"),
        (np.ones(3) * 1j, TypeError, "real numbers"),
        (np.array(["a"] * 3), TypeError, "real numbers"),
    ],
)
@pytest.mark.parametrize("optimizer", ALL)
def test_a_step_that_cannot_be_made_changes_nothing(optimizer, grad, error, words):
    first, second = gradient(np.ones(3), np.ones(3)), gradient(np.ones(3), grad)
    walker = optimizer([first, Parameter(np.ones(3)), second], lr=0.1)
    before = copy.deepcopy(walker.state)
    with pytest.raises(error) as raised:
        walker.step()
    assert words in str(raised.value)
    assert first.data.tolist() == second.data.tolist() == [1, 1, 1]
    assert str(walker.state) == str(before)


@pytest.mark.parametrize("size", [2, 4])
def test_a_parameter_that_has_got_another_shape(size):
    w = Parameter(np.ones(3))
    walker = SGD([w], 0.1, momentum=0.9)
    w.data, w.grad = np.ones(size), np.ones(size)
    with pytest.raises(
        ValueError, match=rf"when the optimizer was made, \(3,\). Received \({size},\)"
    ):
        walker.step()


def test_gradients_of_numpy_numbers_and_of_integers():
    w = gradient(1.0, np.float64(2.0))
    SGD([w], 0.1).step()
    v = gradient([1.0], np.array([2]))
    SGD([v], 0.1).step()
    assert w.data == v.data == 0.8


# --- large parameters are taken piece by piece ---

KINDS = [
    (SGD, {"lr": 0.1}),
    (SGD, {"lr": 0.1, "momentum": 0.9}),
    (SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    (Adagrad, {}),
    (Adagrad, {"weight_decay": 0.1}),
    (RMSprop, {}),
    (RMSprop, {"momentum": 0.5, "weight_decay": 0.1}),
    (Adam, {}),
    (Adam, {"weight_decay": 0.1}),
    (AdamW, {}),
    (AdamW, {"weight_decay": 0.3}),
]
NAMES = [f"{kind.__name__} {' '.join(settings)}" for kind, settings in KINDS]


def steps(kind, settings, shape=(7, 5), count=4, dtype=np.float32, order="C"):
    rng = np.random.default_rng(1)
    w = Parameter(rng.standard_normal(shape).astype(dtype))
    walker = kind([w], **settings)
    for _ in range(count):
        w.grad = np.asarray(rng.standard_normal(shape).astype(dtype), order=order)
        walker.step()
    return [w.data, *(value for name, value in walker.state[0].items())]


@pytest.mark.parametrize("piece", [1, 4, 34, 35])
@pytest.mark.parametrize("kind, settings", KINDS, ids=NAMES)
@pytest.mark.parametrize("order", "CF")
def test_pieces_make_the_same_numbers(monkeypatch, kind, settings, piece, order):
    whole = steps(kind, settings, order=order)
    monkeypatch.setattr(optim, "PIECE", piece)
    for one, other in zip(whole, steps(kind, settings, order=order), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "kind, settings",
    [
        (SGD, {"lr": np.linspace(0.1, 1, 7)[:, None]}),
        (Adam, {"betas": (np.linspace(0.1, 0.9, 5), 0.9)}),
    ],
)
def test_pieces_and_hyperparameters_that_are_arrays(monkeypatch, kind, settings):
    whole = steps(kind, settings)
    monkeypatch.setattr(optim, "PIECE", 4)
    np.testing.assert_array_equal(steps(kind, settings)[0], whole[0])


def test_what_a_rule_makes_on_the_way_is_small():
    """Large arrays that come and go in each step cost page after page of memory: Adam took twice as
    long.
    """
    for kind, settings in KINDS:
        w = Parameter(np.ones((2048, 1024), np.float32))
        walker = kind([w], **settings)
        w.grad = np.ones_like(w.data)
        walker.step()
        tracemalloc.start()
        walker.step()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < w.data.nbytes / 4, (kind, settings)


def test_a_rule_of_ones_own_sees_all_entries(monkeypatch):
    class Normalized(SGD):
        def update(self, w, g, velocity=None):
            super().update(w, g / np.linalg.norm(g), velocity)

    class Clipped(SGD):
        def decayed(self, w, g):
            return g / np.linalg.norm(g)

    class Plain(optim.Optimizer):
        def update(self, w, g):
            w -= self.lr * g / np.linalg.norm(g)

    monkeypatch.setattr(optim, "PIECE", 4)
    for kind in (Normalized, Clipped, Plain):
        w = gradient(np.zeros(9), np.full(9, 2.0))
        kind([w], 0.3).step()
        np.testing.assert_allclose(w.data, -0.1, rtol=1e-14, err_msg=kind.__name__)


# --- to go on later ---


def train(walker, params, first, last):
    for i in range(first, last):
        rng = np.random.default_rng(i)
        for p in params:
            p.grad = (
                np.asarray(rng.standard_normal(p.shape), p.dtype)
                if p is params[0] or rng.random() < 0.7
                else None
            )
        walker.step()


def twins():
    rng = np.random.default_rng(5)
    return [
        Parameter(rng.standard_normal((3, 2)).astype(np.float32)),
        Parameter(rng.standard_normal(())),
        Parameter(rng.standard_normal(4)),
    ]


def uninterrupted(kind, settings):
    params = twins()
    train(kind(params, **settings), params, 0, 20)
    return [p.data for p in params]


def by_pickle(walker, params, path):
    return pickle.loads(pickle.dumps((walker, params)))


def by_deepcopy(walker, params, path):
    return copy.deepcopy((walker, params))


def by_state_dict(walker, params, path):
    saved = walker.state_dict()
    train(walker, params, 7, 9)  # of what is saved nothing changes
    params = twins()
    train(type(walker)(params, lr=1), params, 0, 3)
    train(walker, params, 9, 10)
    again = type(walker)(params, lr=1)
    again.load_state_dict(saved)
    return again, params


def by_npz(walker, params, path):
    state = walker.state_dict()["state"]
    np.savez(
        path / "optimizer.npz",
        **{f"{i}.{name}": value for i in state for name, value in state[i].items()},
    )
    again = copy.deepcopy(walker)
    for state in again.state:
        for name in state:
            state[name] = 0 if name == "t" else np.zeros_like(state[name])
    saved = again.state_dict()
    with np.load(path / "optimizer.npz") as file:
        for key in file:
            i, name = key.split(".")
            saved["state"][int(i)][name] = file[key]
    again.params = twins()
    again.load_state_dict(saved)
    return again, again.params


@pytest.mark.parametrize("way", [by_pickle, by_deepcopy, by_state_dict, by_npz])
@pytest.mark.parametrize("kind, settings", KINDS, ids=NAMES)
def test_training_goes_on_with_the_same_numbers(tmp_path, kind, settings, way):
    params = twins()
    walker = kind(params, **settings)
    train(walker, params, 0, 7)
    weights = [p.data.copy() for p in params]
    walker, params = way(walker, params, tmp_path)
    for p, data in zip(params, weights, strict=True):
        p.data[...] = data
    assert all(p is q for p, q in zip(walker.params, params, strict=True))
    train(walker, params, 7, 20)
    for p, data in zip(params, uninterrupted(kind, settings), strict=True):
        np.testing.assert_array_equal(p.data, data, strict=True)
    assert all(type(state["t"]) is int for state in walker.state if "t" in state)


def test_a_model_and_its_optimizer_stay_together():
    rng = np.random.default_rng(0)
    model = Sequential(Dense(3, 4, "relu", rng=rng), Dense(4, 2, rng=rng))
    optimizer = Adam(model.parameters(), lr=0.1)
    x, y = rng.standard_normal((8, 3)), rng.integers(0, 2, 8)
    train_step(model, x, y, cross_entropy, optimizer)
    for again, walker in (
        copy.deepcopy((model, optimizer)),
        pickle.loads(pickle.dumps((model, optimizer))),
    ):
        assert all(p is q for p, q in zip(again.parameters(), walker.params, strict=True))
        losses = [train_step(again, x, y, cross_entropy, walker)[0] for _ in range(3)]
        twin = copy.deepcopy((model, optimizer))
        assert losses == [train_step(twin[0], x, y, cross_entropy, twin[1])[0] for _ in range(3)]
    assert optimizer.state[0]["t"] == 1


def test_a_state_dict_holds_state_and_hyperparameters():
    w = gradient([1.0], np.array([2.0]))
    walker = Adam([w], lr=0.1, betas=(0.8, 0.9), weight_decay=np.array([0.0]))
    walker.step()
    saved = walker.state_dict()
    assert list(saved) == ["state", "param_groups"]
    assert list(saved["state"]) == [0]
    assert saved["state"][0] == {"m": pytest.approx(0.4), "v": pytest.approx(0.4), "t": 1}
    assert saved["param_groups"] == [
        {
            "lr": 0.1,
            "weight_decay": 0,
            "betas": (0.8, 0.9),
            "eps": 1e-8,
            "params": [0],
        }
    ]
    assert not np.shares_memory(saved["param_groups"][0]["weight_decay"], walker.weight_decay)
    other = Adam([Parameter([1.0])])
    other.load_state_dict(saved)
    assert other.lr == 0.1
    assert other.betas == (0.8, 0.9)
    assert not np.shares_memory(saved["state"][0]["m"], other.state[0]["m"])


def test_momentum_that_was_switched_off_is_saved_too():
    walker = RMSprop([gradient([1.0], np.array([1.0]))], momentum=0.5)
    walker.step()
    walker.momentum = 0
    other = RMSprop([Parameter([1.0])])
    other.load_state_dict(walker.state_dict())
    assert str(other.state) == str(walker.state)


def test_numbers_that_an_optimizer_of_ones_own_keeps_are_saved():
    class Mine(SGD):
        def __init__(self, params, lr, warmup=10):
            super().__init__(params, lr)
            self.warmup, self.model, self.T, self._calls = warmup, object(), 5.0, 0
            self.state[0].update(best=None, worst=None)

    walker = Mine([Parameter([1.0])], 0.1, warmup=3)
    walker.T = 7.0
    walker.state[0].update(best=0.5, worst="2 of 3")
    other = Mine([Parameter([1.0])], 0.1)
    model = other.model
    other.load_state_dict(walker.state_dict())
    assert other.warmup == 3
    assert other.T == 7
    assert other.model is model
    assert other.state[0]["best"] == 0.5
    assert other.state[0]["worst"] == "2 of 3"
    assert not {"model", "_calls"} & set(walker.state_dict()["param_groups"][0])


def test_a_state_from_before_the_first_step_is_taken_over():
    walker = Adam([gradient(np.ones(3), np.ones(3))])
    walker.step()
    walker.load_state_dict(saved(Adam))
    assert walker.state[0]["t"] == 0
    assert not walker.state[0]["m"].any()


def saved(kind=SGD, params=(3,), lr=0.1, **changes):
    state_dict = kind([Parameter(np.ones(n)) for n in params], lr).state_dict()
    for place, value in changes.items():
        if value is None:
            state_dict["state"][0].pop(place)
        elif place in state_dict["param_groups"][0]:
            state_dict["param_groups"][0][place] = value
        else:
            state_dict["state"][0][place] = value
    return state_dict


@pytest.mark.parametrize(
    "kind, state_dict, error, words",
    [
        (SGD, None, TypeError, "what state_dict() returns"),
        (SGD, {}, TypeError, "what state_dict() returns"),
        (SGD, 3, TypeError, "Received 3"),
        (SGD, {"state": {}, "param_groups": []}, TypeError, "one group"),
        (SGD, {"state": 1, "param_groups": [{"params": [0]}]}, TypeError, "state_dict()"),
        (SGD, saved(params=(3, 3)), ValueError, "of 1 parameters. Received that of 2"),
        (SGD, saved() | {"state": {}}, ValueError, "of 1 parameters. Received that of 0"),
        (
            SGD,
            saved() | {"state": saved(params=(3, 3))["state"]},
            ValueError,
            "of 1 parameters. Received that of 2",
        ),
        (
            SGD,
            {"state": {}, "param_groups": [saved()["param_groups"][0] | {"params": []}]},
            ValueError,
            "of 1 parameters. Received that of 0",
        ),
        (Adam, saved(Adam, params=(4,)), ValueError, "shape (3,). Received shape (4,)"),
        (SGD, saved(Adam), ValueError, "momentum, nesterov. Received lr, weight_decay, betas"),
        (Adam, saved(Adam, v=None), ValueError, "m, v, t. Received m, t"),
        (Adam, saved(Adam, exp_avg=np.ones(3)), ValueError, "Received m, v, t, exp_avg"),
        (Adam, saved(Adam, m=["a"] * 3), TypeError, "m to be real numbers"),
        (Adam, saved(Adam, v=["a"] * 3), TypeError, "v to be real numbers"),
        (Adam, saved(Adam, m=[[1], [1, 2]]), ValueError, "m to be numbers in rows"),
        *[
            (
                Adam,
                saved(Adam, **{key: np.ones(n)}),
                ValueError,
                f"{key} of shape (3,). Received shape ({n},)",
            )
            for key in "mv"
            for n in (2, 4)
        ],
        (Adam, saved(Adam, t=-1), ValueError, "t to be an integer of at least 0. Received -1."),
        (Adam, saved(Adam, t=1.5), TypeError, "integer"),
        (Adam, saved(Adam, t=np.ones(3, int)), TypeError, "t to be an integer"),
        (Adam, saved(Adam, t=True), TypeError, "integer"),
        (SGD, saved(momentum=7), ValueError, "momentum"),
        (SGD, saved(nesterov=True), ValueError, "momentum"),
        (SGD, saved(nesterov="yes"), TypeError, "nesterov"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(kind, state_dict, error, words):
    walker = kind([gradient(np.ones(3), np.ones(3))], lr=0.3)
    walker.step()
    before = str(walker.state_dict())
    with pytest.raises(error) as raised:
        walker.load_state_dict(state_dict)
    assert words in str(raised.value)
    assert "xpected" in str(raised.value)
    assert "eceived" in str(raised.value)
    assert str(walker.state_dict()) == before


def test_hyperparameters_that_depend_on_one_another_are_loaded_together():
    walker, other = (
        SGD([Parameter([1.0])], 0.1),
        SGD([Parameter([1.0])], 0.1, momentum=0.9, nesterov=True),
    )
    saved_on = other.state_dict()
    other.load_state_dict(walker.state_dict())
    assert other.momentum == 0
    assert other.nesterov is False
    other.load_state_dict(saved_on)
    assert other.momentum == 0.9
    assert other.nesterov is True


def test_all_optimizers_stand_in_order_of_complexity():
    text = Path(optim.__file__).read_text(encoding="utf-8")
    places = [text.index(f"class {optimizer.__name__}(") for optimizer in ALL]
    assert places == sorted(places)


@pytest.mark.parametrize("optimizer", ALL)
def test_a_parameter_that_is_added_later_is_refused(optimizer):
    w = Parameter([1.0])
    walker = optimizer([w], lr=0.1)
    walker.params.append(Parameter([2.0]))
    walker.lr = 0.5
    w.grad = np.ones(1)
    with pytest.raises(ValueError, match=r"the 1 parameters that .* Received 2"):
        walker.step()
    assert w.data == 1
