"""Nonsense for every argument of the public API: each call works or says what it expected and what
it received.

Never a bare error of NumPy's or Python's, never a warning (pytest makes them errors), and never an
answer of a shape that silent broadcasting made.
"""

import inspect
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import lecture3_engine as engine
from lecture3_engine import by_hand, datasets, exercises, explorers, optim, surfaces

RNG = np.random.default_rng(0)
X, KERNEL, BIAS = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2)), RNG.normal(size=2)
SCORES, LABELS, Y = RNG.normal(size=(4, 2)), np.array([0, 1, 1, 0]), RNG.normal(size=(4, 2))


def square(w):
    return float((np.asarray(w) ** 2).sum())


def model():
    return engine.Sequential(engine.Dense(3, 2, rng=np.random.default_rng(0)))


def weights():
    parameter = engine.Parameter(np.ones(3))
    parameter.grad = np.ones(3)
    return [parameter]


def trained():
    """A model and an optimizer that belong together, for `train_step` and `fit`."""
    network = model()
    return dict(
        model=network,
        loss_fn=engine.cross_entropy,
        optimizer=engine.SGD(network.parameters(), lr=0.1),
    )


def loader():
    return engine.DataLoader(X, LABELS, batch_size=2)


# Each callable with arguments that are right, made anew for each call: one at a time is then
# replaced by nonsense.
CALLS = {
    "relu": (engine.relu, lambda: dict(x=X)),
    "sigmoid": (engine.sigmoid, lambda: dict(x=X)),
    "tanh": (engine.tanh, lambda: dict(x=X)),
    "softmax": (engine.softmax, lambda: dict(x=X)),
    "dense": (engine.dense, lambda: dict(inputs=X, kernel=KERNEL, bias=BIAS)),
    "mse_loss": (engine.mse_loss, lambda: dict(preds=SCORES, labels=Y, reduction="mean")),
    "l1_loss": (engine.l1_loss, lambda: dict(preds=SCORES, labels=Y, reduction="mean")),
    "cross_entropy": (
        engine.cross_entropy,
        lambda: dict(preds=SCORES, labels=LABELS, reduction="mean"),
    ),
    "by_hand.dense": (by_hand.dense, lambda: dict(inputs=X, kernel=KERNEL, bias=BIAS)),
    "by_hand.dense_backward": (
        by_hand.dense_backward,
        lambda: dict(d_outputs=Y, inputs=X, kernel=KERNEL),
    ),
    "by_hand.relu": (by_hand.relu, lambda: dict(x=X)),
    "by_hand.relu_backward": (by_hand.relu_backward, lambda: dict(d_outputs=X, x=X)),
    "by_hand.mean_squared_error": (
        by_hand.mean_squared_error,
        lambda: dict(preds=SCORES, labels=Y),
    ),
    "by_hand.mean_squared_error_backward": (
        by_hand.mean_squared_error_backward,
        lambda: dict(preds=SCORES, labels=Y),
    ),
    "by_hand.softmax": (by_hand.softmax, lambda: dict(logits=SCORES)),
    "by_hand.softmax_cross_entropy": (
        by_hand.softmax_cross_entropy,
        lambda: dict(logits=SCORES, labels=LABELS),
    ),
    "by_hand.softmax_cross_entropy_backward": (
        by_hand.softmax_cross_entropy_backward,
        lambda: dict(logits=SCORES, labels=LABELS),
    ),
    "by_hand.two_layer_gradients": (
        by_hand.two_layer_gradients,
        lambda: dict(
            inputs=X, labels=LABELS, kernel1=KERNEL, bias1=BIAS, kernel2=KERNEL[:2], bias2=BIAS
        ),
    ),
    "rate_of_change": (
        engine.rate_of_change,
        lambda: dict(loss=square, w=1.0, epsilon=0.1, direction="forward"),
    ),
    "numerical_gradient": (
        engine.numerical_gradient,
        lambda: dict(loss=square, w=np.ones(3), epsilon=1e-5, direction="central"),
    ),
    "check_gradient": (
        engine.check_gradient,
        lambda: dict(
            loss=square, w=np.ones(3), gradient=2 * np.ones(3), epsilon=1e-5, tolerance=1e-6
        ),
    ),
    "coordinate_search_step": (
        engine.coordinate_search_step,
        lambda: dict(loss=square, w=np.ones(3), step=0.1),
    ),
    "Tensor": (engine.Tensor, lambda: dict(data=X)),
    "Parameter": (engine.Parameter, lambda: dict(data=X)),
    "Tensor +": (lambda other: engine.Tensor(X) + other, lambda: dict(other=X)),
    "Tensor -": (lambda other: engine.Tensor(X) - other, lambda: dict(other=X)),
    "bool -": (lambda other: engine.Tensor(X > 0) - other, lambda: dict(other=X)),
    "Tensor /": (lambda other: engine.Tensor(X) / other, lambda: dict(other=X)),
    "Tensor *": (lambda other: engine.Tensor(X) * other, lambda: dict(other=X)),
    "Tensor @": (lambda other: engine.Tensor(X) @ other, lambda: dict(other=KERNEL)),
    "Tensor **": (
        lambda exponent: engine.Tensor(np.abs(X) + 1) ** exponent,
        lambda: dict(exponent=2),
    ),
    "Tensor.sum": (
        lambda axis, keepdims: engine.Tensor(X).sum(axis, keepdims),
        lambda: dict(axis=0, keepdims=False),
    ),
    "Tensor.mean": (
        lambda axis, keepdims: engine.Tensor(X).mean(axis, keepdims),
        lambda: dict(axis=0, keepdims=False),
    ),
    "Tensor.reshape": (lambda shape: engine.Tensor(X).reshape(shape), lambda: dict(shape=(3, 4))),
    "Dense": (
        engine.Dense,
        lambda: dict(
            in_features=3,
            units=2,
            activation="relu",
            rng=np.random.default_rng(0),
            dtype=np.float32,
        ),
    ),
    "Dense()": (
        lambda inputs: engine.Dense(3, 2, rng=np.random.default_rng(0))(inputs),
        lambda: dict(inputs=X),
    ),
    "Sequential": (
        lambda layer: engine.Sequential(layer),
        lambda: dict(layer=engine.Dense(3, 2, rng=np.random.default_rng(0))),
    ),
    "Sequential()": (lambda inputs: model()(inputs), lambda: dict(inputs=X)),
    "SGD": (
        engine.SGD,
        lambda: dict(params=weights(), lr=0.1, momentum=0.9, nesterov=False, weight_decay=0.0),
    ),
    "Adagrad": (
        engine.Adagrad,
        lambda: dict(
            params=weights(),
            lr=0.1,
            lr_decay=0.0,
            weight_decay=0.0,
            initial_accumulator_value=0.0,
            eps=1e-10,
        ),
    ),
    "RMSprop": (
        engine.RMSprop,
        lambda: dict(
            params=weights(),
            lr=0.1,
            alpha=0.9,
            eps=1e-8,
            weight_decay=0.0,
            momentum=0.0,
            centered=False,
        ),
    ),
    "Adam": (
        engine.Adam,
        lambda: dict(
            params=weights(), lr=0.1, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, amsgrad=False
        ),
    ),
    "AdamW": (
        engine.AdamW,
        lambda: dict(
            params=weights(), lr=0.1, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, amsgrad=False
        ),
    ),
    "quadratic": (engine.quadratic, lambda: dict(eigenvalues=(1, 25))),
    "Surface.loss": (surfaces.ravine.loss, lambda: dict(w=[1.0, 2.0])),
    "Surface.gradient": (surfaces.ravine.gradient, lambda: dict(w=[1.0, 2.0])),
    "descend": (
        engine.descend,
        lambda: dict(
            surface=surfaces.ravine,
            start=[1.0, 2.0],
            optimizer=engine.SGD,
            steps=3,
            gradient=None,
            lr=0.1,
        ),
    ),
    "Path.run": (
        lambda index: engine.descend(surfaces.ravine, np.ones((3, 2)), steps=2, lr=0.1).run(index),
        lambda: dict(index=1),
    ),
    "load_mnist": (engine.load_mnist, lambda: dict(flatten=True, train=5, test=5)),
    "noisy_line": (
        datasets.noisy_line,
        lambda: dict(samples=5, slope=2.0, intercept=1.0, noise=0.1, rng=np.random.default_rng(0)),
    ),
    "two_moons": (
        datasets.two_moons,
        lambda: dict(samples=5, noise=0.1, rng=np.random.default_rng(0)),
    ),
    "Sequential of things": (
        lambda layer, inputs: engine.Sequential(layer)(inputs),
        lambda: dict(layer=engine.relu, inputs=X),
    ),
    "DataLoader": (
        lambda **settings: list(engine.DataLoader(**settings)),
        lambda: dict(
            inputs=X, labels=LABELS, batch_size=2, shuffle=True, rng=np.random.default_rng(0)
        ),
    ),
    "train_step": (engine.train_step, lambda: trained() | dict(inputs=X, labels=LABELS)),
    "fit": (
        engine.fit,
        lambda: (
            trained() | dict(loader=loader(), num_epoch=1, validation=(X, LABELS), progress=False)
        ),
    ),
    "evaluate": (
        engine.evaluate,
        lambda: dict(
            model=model(), inputs=X, labels=LABELS, loss_fn=engine.cross_entropy, batch_size=2
        ),
    ),
    "accuracy": (engine.accuracy, lambda: dict(preds=SCORES, labels=LABELS)),
}
ARGUMENTS = [(name, argument) for name, (_, right) in CALLS.items() for argument in right()]

numbers = st.one_of(
    st.floats(), st.integers(-3, 5), st.sampled_from([1e300, 1e-300, 10**30, 1j, True])
)
things = st.sampled_from(
    [
        None,
        "",
        "mean",
        b"x",
        (),
        [],
        {},
        {"lr": 1},
        object(),
        int,
        np.nan,
        lambda *args: None,
        lambda *args: "x",
        lambda *args: np.ones(3),
        [1, "a"],
        [[1, 2], [3]],
        [None],
        np.float32(2),
        np.array("x"),
        np.array(None),
        slice(2),
        range(3),
        engine.Tensor(np.ones(2)),
    ]
)
KINDS = st.sampled_from(
    [np.float64, np.float32, np.int64, np.uint8, np.bool_, np.complex128, object, "U2"]
)


def table(kind, shape):
    return arrays.arrays(kind, shape, elements=st.none() if kind is object else None)


tables = st.tuples(
    KINDS, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
).flatmap(lambda it: table(*it))
nonsense = st.one_of(numbers, things, tables, st.lists(numbers, max_size=4))
# of these a billion is no nonsense, only more than a machine has
SIZES = {"in_features", "units", "samples", "steps", "num_epoch"}


@pytest.mark.parametrize("name", CALLS)
def test_what_is_right_works(name):
    function, right = CALLS[name]
    function(**right())


@pytest.mark.parametrize("name, argument", ARGUMENTS)
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_nonsense_works_or_is_answered_in_words(name, argument, data):
    """A function that is given may raise what it likes: that is for its author to read, so none in
    `things` raises anything itself.
    """
    function, right = CALLS[name]
    arguments = right()
    # then also arrays that are nonsense in their entries alone
    shaped = isinstance(arguments[argument], np.ndarray)
    value = data.draw(
        nonsense | KINDS.flatmap(lambda kind: table(kind, arguments[argument].shape))
        if shaped
        else nonsense
    )
    assume(argument not in SIZES or not isinstance(value, int) or value < 1000)
    try:
        function(**arguments | {argument: value})
    except (TypeError, ValueError) as error:
        assert re.search(r"expected .*received", str(error), flags=re.I | re.S), (
            f"{name}({argument}={value!r}): {type(error).__name__}: {error}"
        )


EXPLORERS = [cls for cls in vars(explorers).values() if inspect.isclass(cls)]


@pytest.mark.parametrize("cls, name", [(cls, name) for cls in EXPLORERS for name in cls.settings])
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(value=nonsense)
def test_nonsense_for_a_setting_of_an_explorer_is_answered_in_words(cls, name, value):
    """Asked of the control, which is what the explorer asks: to build an explorer for each would
    take minutes.
    """
    control = cls.settings[name].control()
    try:
        kept = control.check(value)
    except (TypeError, ValueError) as error:
        assert re.search(f"{name}.*expected .*received", str(error), flags=re.I | re.S), (
            f"{cls.__name__}({name}={value!r}): {error}"
        )
    else:
        assert kept == value


@pytest.mark.parametrize("cls", EXPLORERS)
def test_an_explorer_is_not_built_of_nonsense(cls):
    name = next(iter(cls.settings))
    with pytest.raises(
        (TypeError, ValueError), match=re.compile(f"{name}.*expected .*received", re.I | re.S)
    ):
        cls(**{name: object()})
    with pytest.raises(TypeError, match=re.compile("expected.*received.*spelling", re.I | re.S)):
        cls(nonsense=1)


@settings(max_examples=100)
@given(value=nonsense)
def test_what_is_no_function_is_not_an_exercise_but_is_answered(value):
    answer = exercises.check(value)
    assert answer.kind == "wrong"
    assert str(answer).strip() and answer._repr_html_()


def test_every_public_function_is_here():
    public = {
        name
        for name, value in vars(engine).items()
        if not name.startswith("_") and (inspect.isfunction(value) or inspect.isclass(value))
    }
    tried = {name.split(".")[0].split("(")[0].split(" ")[0] for name in CALLS}
    # made by the others, or base classes
    holders = {"GradientCheck", "History", "Module", "Optimizer", "Path", "Surface", "no_grad"}
    assert public - holders <= tried
    assert {
        name
        for name, value in vars(by_hand).items()
        if inspect.isfunction(value) and not name.startswith("_")
    } <= {name.removeprefix("by_hand.") for name in CALLS}
    assert {
        cls.__name__
        for cls in vars(optim).values()
        if inspect.isclass(cls) and issubclass(cls, optim.Optimizer)
    } - {"Optimizer"} <= tried
