"""What each argument of the public API takes, what it refuses, and nonsense for all of them.

For each argument stand here what must be refused, in words that say what was expected and what was
received, and what must be taken, such as integers where floats are meant. What hypothesis makes up
besides works, or is answered in such words: never a bare error of NumPy's or Python's, never a
warning (pytest makes them errors).
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
WHOLE = np.arange(12).reshape(4, 3)
BATCH = np.arange(8).reshape(4, 2)


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


# --- kinds of arguments: what each takes, and what it refuses ---


class Kind:
    def __init__(self, takes, refuses):
        self.takes, self.refuses = takes, refuses

    def and_(self, takes=(), refuses=()):
        """The same, and more."""
        return Kind([*self.takes, *takes], [*self.refuses, *refuses])


# neither a number nor an array of numbers, a function, None, or a word that is known
THINGS = ["x", "", b"x", {}, {"a": 1}, object(), int, 1j, [None], [1, "a"], np.array("x"), slice(2)]
RAGGED = [[1, 2], [3]]
NO_REALS = [*THINGS, None, square, RAGGED, X * 1j, X.astype(object), X.astype("U2")]
NO_NUMBER = [
    *THINGS,
    None,
    square,
    RAGGED,
    True,
    np.True_,
    np.nan,
    np.inf,
    -np.inf,
    [1.0],
    np.ones(2),
]

FROM_0 = Kind([0, 1, np.int64(1), np.float32(0.5)], [*NO_NUMBER, -1, -0.5])
ABOVE_0 = Kind([1, np.int64(1), np.float32(0.5)], [*NO_NUMBER, 0, -1, -0.5])
FROM_1 = Kind([1, np.int64(2), np.uint8(2)], [*NO_NUMBER, 0, -1, 1.0, np.float64(2), LABELS])
FLAG = Kind([True, False, np.True_], [*THINGS, None, square, 0, 1, 0.5, np.ones(1, bool)])
GENERATORS = [np.random.default_rng, np.random.RandomState(0), np.random]
GENERATOR = Kind([np.random.default_rng(1)], [*THINGS, None, square, 0, *GENERATORS])
DIRECTION = Kind(
    ["forward", "backward", "central"], [*THINGS, None, square, "up", "Forward", 1, True]
)
REDUCTION = Kind(["mean", "sum", "none"], [*THINGS, None, square, "average", "Mean", 1, True])

REALS = Kind(
    [X, WHOLE, X > 0, X.astype(np.float32), X.tolist(), 1, 2.5, True, engine.Tensor(X)], NO_REALS
)
OPERAND = REALS.and_(
    [np.ones(3), np.ones((4, 1)), engine.Parameter(X)],
    [np.ones(4), np.ones((3, 4)), np.ones((2, 3))],
)
AXIS = Kind(
    [None, 0, 1, -1, -2, (0, 1), (), np.int64(1)],
    [*THINGS, square, 2, -3, 0.0, True, [0], (0, 0), (0, 2), ("x",)],
)
KEEPDIMS = Kind([True, False], [*FLAG.refuses, np.True_])

LOSS = Kind(
    [lambda w: 1, lambda w: np.ones((1, 1)), lambda w: (engine.Tensor(w) ** 2).sum()],
    [
        *THINGS,
        None,
        1.0,
        X,
        engine.Dense,
        lambda w: None,
        lambda w: "x",
        lambda w: 1j,
        lambda w: np.ones(5),
        lambda w: np.ones(0),
    ],
)
W = Kind(
    [1, 0.5, WHOLE, [1, 2], np.float32([1.5, 2.5]), engine.Tensor([1.0]), np.ones((2, 1, 2))],
    [*NO_REALS, X > 0, [1.0, np.nan], [np.inf]],
)
GRADIENT = Kind(
    [[2, 2, 2], np.float32([2, 2, 2]), lambda w: 2 * w, [np.nan, 0, 0]],
    [*NO_REALS, 1.0, np.ones(2), np.ones((1, 3)), lambda w: None, lambda w: np.ones(2)],
)

NO_ARRAY = [*NO_REALS, X.tolist(), 1.0, engine.Tensor(X), X > 0]


def array_like(right, *wrong):
    """An array of `by_hand`, which makes none itself and broadcasts nothing."""
    takes = right * 1, right.astype(np.float32), right.astype(int), np.asfortranarray(right)
    return Kind([*takes], [*NO_ARRAY, right[None], right[:0], *wrong])


def classes_like(array):
    """The labels that must go with an array of scores (4, 2)."""
    of_other_shape = [LABELS[:3], LABELS[:0], LABELS[:, None], np.array(1)]
    no_class = [LABELS + 1, -LABELS, LABELS / 1, LABELS > 0]
    return Kind(
        [LABELS.astype(np.uint8), LABELS.astype(np.int32), np.zeros(4, int)],
        [*array, *of_other_shape, *no_class],
    )


KERNELS = KERNEL.T, KERNEL[:2], KERNEL[:, 0]
SCORED = SCORES[0], SCORES[:3], SCORES[:0]
# predictions, and labels, which have the same shape
SHAPED = Kind(
    [SCORES.tolist(), SCORES.astype(np.float32), engine.Parameter(SCORES)],
    [*NO_REALS, 1.0, SCORES[0], SCORES[:3], SCORES[:, :1], SCORES[None]],
)
PREDS = SHAPED.and_([], [BATCH, SCORES > 0])

# for a parameter of shape (3,): a number, or an array that broadcasts to it
LEARNING = Kind(
    [1, np.int64(1), np.float32(0.5), [0.1, 0.2, 0.3], np.ones(1)],
    [*NO_REALS, True, np.nan, np.inf, -np.inf, -1, np.ones(2), np.ones((3, 1)), [1, -1, 1]],
)
POSITIVE = LEARNING.and_([], [0, [0.1, 0, 0.1]])
NOT_NEGATIVE = LEARNING.and_([0, [0, 0.1, 0.2]])
FRACTION = Kind(
    [0, 0.5, np.float32(0.5), [0.1, 0.2, 0.3]], [*NOT_NEGATIVE.refuses, 1, 1.5, [0.5, 0.5, 1]]
)
BETAS = Kind(
    [(0, 0), [0.5, 0.5], ([0.1, 0.2, 0.3], 0.9)],
    [
        *NO_REALS,
        0.9,
        (0.9,),
        (0.9, 0.9, 0.9),
        (0.9, 1),
        (-0.1, 0.9),
        (np.nan, 0.9),
        ("x", 0.9),
        (True, 0.9),
        (0.9, None),
    ],
)
PARAMETERS = Kind(
    [tuple(weights())],
    [
        *THINGS,
        None,
        square,
        1.0,
        X,
        weights()[0],
        [],
        [X],
        [engine.Tensor(WHOLE)],
        [engine.Tensor(X)],
        2 * weights(),
        [weights()[0] * 2],
    ],
)
INPUTS = Kind(
    [WHOLE, X.tolist(), X > 0, X.astype(np.float32), engine.Tensor(X)],
    [*NO_REALS, 1.0, X[:3], X[:0], np.where(X > 0, X, np.nan)],
)
ITS_LABELS = Kind(
    [LABELS.tolist(), LABELS.astype(np.uint8), engine.Tensor(LABELS)],
    [*NO_REALS, 1, LABELS[:3], LABELS[:0]],
)
MODEL = Kind([], [*THINGS, None, 1.0, X, engine.Dense])
LOSS_FN = Kind(
    [lambda preds, labels: (preds * preds).sum()],
    [*THINGS, None, 1.0, X, engine.Dense, lambda preds, labels: 1.0],
)
OPTIMIZER = Kind([], [*THINGS, None, square, 1.0, X, engine.SGD, weights()])

# Each callable with arguments that are right, made anew for each call, and the kind of each.
CALLS = {
    "relu": (engine.relu, lambda: dict(x=X), dict(x=REALS)),
    "sigmoid": (engine.sigmoid, lambda: dict(x=X), dict(x=REALS)),
    "tanh": (engine.tanh, lambda: dict(x=X), dict(x=REALS)),
    "softmax": (
        engine.softmax,
        lambda: dict(x=X),
        dict(x=Kind([X, WHOLE, X[0], X[None], X.tolist()], [*NO_REALS, 1.0, X[:, :0], X > 0])),
    ),
    "dense": (
        engine.dense,
        lambda: dict(inputs=X, kernel=KERNEL, bias=BIAS),
        dict(
            inputs=Kind(
                [WHOLE, X.tolist(), X.astype(np.float32), X > 0, engine.Parameter(X), X[:1]],
                [*NO_REALS, 1.0, X[0], X[:, :2], X[None]],
            ),
            kernel=Kind(
                [WHOLE[:3, :2], KERNEL.tolist(), engine.Parameter(KERNEL)],
                [*NO_REALS, 1.0, *KERNELS, KERNEL[None]],
            ),
            bias=Kind(
                [[0, 1], BIAS.astype(np.float32), engine.Parameter(BIAS)],
                [*NO_REALS, 1.0, BIAS[:1], BIAS[None], BIAS[:, None]],
            ),
        ),
    ),
    "mse_loss": (
        engine.mse_loss,
        lambda: dict(preds=SCORES, labels=Y, reduction="mean"),
        dict(preds=PREDS, labels=SHAPED.and_([BATCH, SCORES > 0]), reduction=REDUCTION),
    ),
    "l1_loss": (
        engine.l1_loss,
        lambda: dict(preds=SCORES, labels=Y, reduction="mean"),
        dict(preds=PREDS, labels=SHAPED.and_([BATCH, SCORES > 0]), reduction=REDUCTION),
    ),
    "cross_entropy": (
        engine.cross_entropy,
        lambda: dict(preds=SCORES, labels=LABELS, reduction="mean"),
        dict(
            preds=Kind(
                [SCORES.tolist(), SCORES.astype(np.float32), np.c_[SCORES, SCORES]],
                [*NO_REALS, 1.0, *SCORED, SCORES[None], BATCH, SCORES > 0, SCORES[:, :1]],
            ),
            labels=classes_like([*NO_REALS, 1.0]).and_([LABELS.tolist(), engine.Tensor(LABELS)]),
            reduction=REDUCTION,
        ),
    ),
    "by_hand.dense": (
        by_hand.dense,
        lambda: dict(inputs=X, kernel=KERNEL, bias=BIAS),
        dict(
            inputs=array_like(X, X[0], X[:, :2]),
            kernel=array_like(KERNEL, *KERNELS),
            bias=array_like(BIAS, BIAS[:1], BIAS[:, None]),
        ),
    ),
    "by_hand.dense_backward": (
        by_hand.dense_backward,
        lambda: dict(d_outputs=Y, inputs=X, kernel=KERNEL),
        dict(
            d_outputs=array_like(Y, Y[0], Y[:3], Y[:, :1]),
            inputs=array_like(X, X[0], X[:3], X[:, :2]),
            kernel=array_like(KERNEL, *KERNELS),
        ),
    ),
    "by_hand.relu": (
        by_hand.relu,
        lambda: dict(x=X),
        dict(x=Kind([X, WHOLE, X[0], X[None], X[:0], np.ones(())], NO_ARRAY)),
    ),
    "by_hand.relu_backward": (
        by_hand.relu_backward,
        lambda: dict(d_outputs=X, x=X),
        dict(
            d_outputs=array_like(X, X[0], X[:3], X[:, :1]), x=array_like(X, X[0], X[:3], X[:, :1])
        ),
    ),
    "by_hand.mean_squared_error": (
        by_hand.mean_squared_error,
        lambda: dict(preds=SCORES, labels=Y),
        dict(preds=array_like(Y, *SCORED, Y[:, :1]), labels=array_like(Y, *SCORED, Y[:, :1])),
    ),
    "by_hand.mean_squared_error_backward": (
        by_hand.mean_squared_error_backward,
        lambda: dict(preds=SCORES, labels=Y),
        dict(preds=array_like(Y, *SCORED, Y[:, :1]), labels=array_like(Y, *SCORED, Y[:, :1])),
    ),
    "by_hand.softmax": (
        by_hand.softmax,
        lambda: dict(logits=SCORES),
        dict(logits=array_like(SCORES, SCORES[0])),
    ),
    "by_hand.softmax_cross_entropy": (
        by_hand.softmax_cross_entropy,
        lambda: dict(logits=SCORES, labels=LABELS),
        dict(logits=array_like(SCORES, *SCORED, SCORES[:, :1]), labels=classes_like(NO_ARRAY)),
    ),
    "by_hand.softmax_cross_entropy_backward": (
        by_hand.softmax_cross_entropy_backward,
        lambda: dict(logits=SCORES, labels=LABELS),
        dict(logits=array_like(SCORES, *SCORED, SCORES[:, :1]), labels=classes_like(NO_ARRAY)),
    ),
    "by_hand.two_layer_gradients": (
        by_hand.two_layer_gradients,
        lambda: dict(
            inputs=X, labels=LABELS, kernel1=KERNEL, bias1=BIAS, kernel2=KERNEL[:2], bias2=BIAS
        ),
        dict(
            inputs=array_like(X, X[0], X[:3], X[:, :2]),
            labels=classes_like(NO_ARRAY),
            kernel1=array_like(KERNEL, *KERNELS),
            bias1=array_like(BIAS, BIAS[:1], BIAS[:, None]),
            kernel2=array_like(KERNEL[:2], KERNEL, KERNEL[0]),
            bias2=array_like(BIAS, BIAS[:1], BIAS[:, None]),
        ),
    ),
    "rate_of_change": (
        engine.rate_of_change,
        lambda: dict(loss=square, w=1.0, epsilon=0.1, direction="forward"),
        dict(
            loss=Kind([np.sin, lambda w: 1], [*LOSS.refuses, lambda w: np.ones((1, 1))]),
            w=Kind([2, 0.5, np.float32(1.5), engine.Tensor(1.0)], [*W.refuses, X]),
            epsilon=Kind(
                [1, np.float32(0.5), np.array(0.5), engine.Tensor(0.5)],
                [*NO_REALS, True, np.nan, np.inf, 0, -1, [0.1], np.ones(3)],
            ),
            direction=DIRECTION,
        ),
    ),
    "rate_of_change of many": (
        engine.rate_of_change,
        lambda: dict(loss=np.sin, w=np.ones(3), epsilon=0.1),
        dict(
            loss=Kind([lambda w: engine.Tensor(w) * 2], [*LOSS.refuses, np.sum, lambda w: w[:2]]),
            w=W,
            epsilon=Kind(
                [1, [0.1, 0.2, 0.3]], [*NO_REALS, 0, -1, np.ones(2), [0.1, 0, 0.1], [[1.0]]]
            ),
        ),
    ),
    "numerical_gradient": (
        engine.numerical_gradient,
        lambda: dict(loss=square, w=np.ones(3), epsilon=1e-5, direction="central"),
        dict(loss=LOSS, w=W, epsilon=ABOVE_0, direction=DIRECTION),
    ),
    "check_gradient": (
        engine.check_gradient,
        lambda: dict(
            loss=square, w=np.ones(3), gradient=2 * np.ones(3), epsilon=1e-5, tolerance=1e-6
        ),
        dict(
            loss=LOSS,
            w=Kind([[1, 2, 3], np.float32([1, 2, 3])], [*W.refuses, 1.0, X, np.ones(0)]),
            gradient=GRADIENT,
            epsilon=ABOVE_0,
            tolerance=ABOVE_0,
        ),
    ),
    "coordinate_search_step": (
        engine.coordinate_search_step,
        lambda: dict(loss=square, w=np.ones(3), step=0.1),
        dict(loss=LOSS, w=W, step=ABOVE_0),
    ),
    "Tensor": (
        engine.Tensor,
        lambda: dict(data=X, requires_grad=False),
        dict(
            data=Kind([*REALS.takes[:-1], np.ones(0)], [*NO_REALS, engine.Tensor(X)]),
            requires_grad=FLAG,
        ),
    ),
    "Parameter": (
        engine.Parameter,
        lambda: dict(data=X),
        dict(
            data=Kind(
                [1.5, X.tolist(), X.astype(np.float32)],
                [*NO_REALS, engine.Tensor(X), 1, True, WHOLE, X > 0],
            )
        ),
    ),
    "Tensor +": (
        lambda other: engine.Tensor(X) + other,
        lambda: dict(other=X),
        dict(other=OPERAND),
    ),
    "Tensor -": (
        lambda other: engine.Tensor(X) - other,
        lambda: dict(other=X),
        dict(other=OPERAND),
    ),
    "bool -": (
        lambda other: engine.Tensor(X > 0) - other,
        lambda: dict(other=X),
        dict(other=Kind([X, WHOLE, 1], [*NO_REALS, X > 0, True, engine.Tensor(X > 0)])),
    ),
    "Tensor /": (
        lambda other: engine.Tensor(X) / other,
        lambda: dict(other=X),
        dict(other=OPERAND.and_([0])),
    ),
    "Tensor *": (
        lambda other: engine.Tensor(X) * other,
        lambda: dict(other=X),
        dict(other=OPERAND),
    ),
    "Tensor @": (
        lambda other: engine.Tensor(X) @ other,
        lambda: dict(other=KERNEL),
        dict(
            other=Kind(
                [WHOLE[:3], KERNEL.tolist(), engine.Parameter(KERNEL)],
                [*NO_REALS, 1.0, KERNEL[0], KERNEL.T, KERNEL[None], X],
            )
        ),
    ),
    "Tensor **": (
        lambda exponent: engine.Tensor(np.abs(X) + 1) ** exponent,
        lambda: dict(exponent=2),
        dict(exponent=OPERAND),
    ),
    "integers **": (
        lambda exponent: engine.Tensor(WHOLE) ** exponent,
        lambda: dict(exponent=2.0),
        dict(exponent=Kind([0.5, X], [*NO_REALS, 2, True, WHOLE, X > 0])),
    ),
    "Tensor <": (
        lambda other: engine.Tensor(X) < other,
        lambda: dict(other=X),
        dict(other=OPERAND),
    ),
    "Tensor &": (
        lambda other: engine.Tensor(X > 0) & other,
        lambda: dict(other=X > 0),
        dict(other=Kind([True, [True, False, True], WHOLE], [*NO_REALS, X, 1.5])),
    ),
    "Tensor +=": (
        lambda other: engine.Tensor(X.copy()).__iadd__(other),
        lambda: dict(other=X),
        dict(other=OPERAND),
    ),
    "Tensor.sum": (
        lambda axis, keepdims: engine.Tensor(X).sum(axis, keepdims),
        lambda: dict(axis=0, keepdims=False),
        dict(axis=AXIS, keepdims=KEEPDIMS),
    ),
    "Tensor.mean": (
        lambda axis, keepdims: engine.Tensor(X).mean(axis, keepdims),
        lambda: dict(axis=0, keepdims=False),
        dict(axis=AXIS, keepdims=KEEPDIMS),
    ),
    "Tensor.max": (
        lambda axis, keepdims: engine.Tensor(X).max(axis, keepdims),
        lambda: dict(axis=0, keepdims=False),
        dict(axis=AXIS, keepdims=KEEPDIMS),
    ),
    "Tensor.argmax": (
        lambda axis, keepdims: engine.Tensor(X).argmax(axis, keepdims),
        lambda: dict(axis=0, keepdims=False),
        dict(axis=Kind([None, 0, -1, (1,)], [*AXIS.refuses, (), (0, 1)]), keepdims=KEEPDIMS),
    ),
    "Tensor.any": (
        lambda axis: (engine.Tensor(X) > 0).any(axis),
        lambda: dict(axis=0),
        dict(axis=AXIS),
    ),
    "Tensor.reshape": (
        lambda shape: engine.Tensor(X).reshape(shape),
        lambda: dict(shape=(3, 4)),
        dict(
            shape=Kind(
                [-1, 12, [2, 6], (2, -1, 3), np.int64(12)],
                [*THINGS, None, square, 5, (5, 2), (-1, -1), 12.0, (3, 4.0), (3, (4,))],
            )
        ),
    ),
    "Dense": (
        engine.Dense,
        lambda: dict(
            in_features=3,
            units=2,
            activation="relu",
            rng=np.random.default_rng(0),
            dtype=np.float32,
        ),
        dict(
            in_features=FROM_1,
            units=FROM_1,
            activation=Kind(
                [None, "relu", "sigmoid", "tanh", "softmax", engine.relu, square],
                [*THINGS, "Relu", 1, True, X, engine.Dense],
            ),
            rng=GENERATOR,
            dtype=Kind(
                [np.float64, np.float16, float, "f4", np.dtype("float64")],
                ["x", b"x", {"a": 1}, object(), 1j, None, int, bool, complex, "i4", X],
            ),
        ),
    ),
    "Dense()": (
        lambda inputs: engine.Dense(3, 2, rng=np.random.default_rng(0))(inputs),
        lambda: dict(inputs=X),
        dict(
            inputs=Kind(
                [WHOLE, X.tolist(), X > 0, X.astype(np.float32), X[:1], X[:0]],
                [*NO_REALS, 1.0, X[0], X[:, :2], X[None], engine.Tensor(X)],
            )
        ),
    ),
    "Sequential": (
        lambda layer: engine.Sequential(layer),
        lambda: dict(layer=engine.Dense(3, 2, rng=np.random.default_rng(0))),
        dict(
            layer=Kind(
                [engine.relu, square, model()], [*THINGS, None, 1.0, X, engine.Dense, [engine.relu]]
            )
        ),
    ),
    "Sequential()": (
        lambda inputs: model()(inputs),
        lambda: dict(inputs=X),
        dict(inputs=Kind([WHOLE, X.tolist()], [*NO_REALS, 1.0, X[0], X[:, :2], X[None]])),
    ),
    "Sequential of things": (
        lambda layer, inputs: engine.Sequential(layer)(inputs),
        lambda: dict(layer=engine.relu, inputs=X),
        dict(
            layer=Kind([engine.tanh], [*THINGS, None, 1.0, X, engine.Dense]),
            inputs=REALS,
        ),
    ),
    "load_state_dict": (
        lambda state_dict: model().load_state_dict(state_dict),
        lambda: dict(state_dict=model().state_dict()),
        dict(
            state_dict=Kind(
                [
                    {"0.kernel": KERNEL.tolist(), "0.bias": [0, 1]},
                    {"0.kernel": engine.Tensor(KERNEL), "0.bias": BIAS},
                ],
                [*THINGS, None, square, X, list(model().state_dict().items())]
                + [{"0.kernel": KERNEL}, {"0.kernel": KERNEL, "0.bias": BIAS, "1.bias": BIAS}]
                + [{"0.kernel": one, "0.bias": BIAS} for one in (None, KERNEL.T, "x", RAGGED)],
            )
        ),
    ),
    "SGD": (
        engine.SGD,
        lambda: dict(params=weights(), lr=0.1, momentum=0.9, nesterov=False, weight_decay=0.0),
        dict(
            params=PARAMETERS,
            lr=POSITIVE,
            momentum=FRACTION,
            nesterov=FLAG,
            weight_decay=NOT_NEGATIVE,
        ),
    ),
    "Adagrad": (
        engine.Adagrad,
        lambda: dict(
            params=weights(),
            lr=0.1,
            weight_decay=0.0,
            eps=1e-10,
        ),
        dict(
            params=PARAMETERS,
            lr=POSITIVE,
            weight_decay=NOT_NEGATIVE,
            eps=NOT_NEGATIVE,
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
        ),
        dict(
            params=PARAMETERS,
            lr=POSITIVE,
            alpha=FRACTION,
            eps=NOT_NEGATIVE,
            weight_decay=NOT_NEGATIVE,
            momentum=FRACTION,
        ),
    ),
    "Adam": (
        engine.Adam,
        lambda: dict(params=weights(), lr=0.1, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0),
        dict(
            params=PARAMETERS,
            lr=POSITIVE,
            betas=BETAS,
            eps=NOT_NEGATIVE,
            weight_decay=NOT_NEGATIVE,
        ),
    ),
    "AdamW": (
        engine.AdamW,
        lambda: dict(params=weights(), lr=0.1, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01),
        dict(
            params=PARAMETERS,
            lr=POSITIVE,
            betas=BETAS,
            eps=NOT_NEGATIVE,
            weight_decay=NOT_NEGATIVE,
        ),
    ),
    "quadratic": (
        engine.quadratic,
        lambda: dict(eigenvalues=(1, 25)),
        dict(
            eigenvalues=Kind(
                [2, [3], (1.0, 2.0), (1, 2, 3), np.array([1, 2]), np.float32(1.5)],
                [*NO_REALS, True, np.nan, 0, (1, 0), (1, -1), (1, np.inf), (), [[1, 2]]],
            )
        ),
    ),
    "Surface.loss": (
        surfaces.ravine.loss,
        lambda: dict(w=[1.0, 2.0]),
        dict(w=Kind([[1, 2], Y, BATCH], [*NO_REALS, 1.0, X, [1.0], KERNEL.T, SCORES > 0])),
    ),
    "Surface.gradient": (
        surfaces.ravine.gradient,
        lambda: dict(w=[1.0, 2.0]),
        dict(w=Kind([[1, 2], Y, BATCH], [*NO_REALS, 1.0, X, [1.0], KERNEL.T, SCORES > 0])),
    ),
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
        dict(
            surface=Kind(
                [engine.quadratic((1, 2))], [*THINGS, None, square, 1.0, X, engine.Surface]
            ),
            start=Kind(
                [None, [1, 2], Y, BATCH],
                [
                    *THINGS,
                    square,
                    RAGGED,
                    1.0,
                    X,
                    [1.0],
                    [np.nan, 0],
                    [1e200, 0],
                    Y[:0],
                    SCORES > 0,
                ],
            ),
            optimizer=Kind(
                [engine.Adam, engine.RMSprop],
                [*THINGS, None, square, 1.0, engine.SGD(weights(), lr=0.1), Y],
            ),
            steps=Kind([0, 1, np.int64(2)], [*NO_NUMBER, -1, 1.0, LABELS]),
            gradient=Kind(
                [None, lambda w: w, lambda w: w.astype(np.float32)],
                [*THINGS, 1.0, X, engine.Dense, lambda w: None, lambda w: np.ones(5)],
            ),
            lr=Kind(
                [1, np.float32(0.5), [[0.1], [0.2]]],
                [*NO_REALS, True, np.nan, np.inf, -1, 0, [0.1, 0.2, 0.3], np.ones(0)],
            ),
        ),
    ),
    "Path.run": (
        lambda index: engine.descend(surfaces.ravine, np.ones((3, 2)), steps=2, lr=0.1).run(index),
        lambda: dict(index=1),
        dict(
            index=Kind(
                [0, -3, (1,), np.int64(2)],
                [*THINGS, None, square, 3, -4, 1.0, True, (0, 1), (), [1], LABELS],
            )
        ),
    ),
    "load_mnist": (
        engine.load_mnist,
        lambda: dict(flatten=True, train=5, test=5),
        dict(
            flatten=FLAG,
            train=FROM_1.and_([], [60_001]),
            test=FROM_1.and_([], [10_001]),
        ),
    ),
    "noisy_line": (
        datasets.noisy_line,
        lambda: dict(samples=5, noise=0.1, rng=np.random.default_rng(0)),
        dict(samples=FROM_1, noise=FROM_0, rng=GENERATOR),
    ),
    "DataLoader": (
        lambda **settings: list(engine.DataLoader(**settings)),
        lambda: dict(
            inputs=X, labels=LABELS, batch_size=2, shuffle=True, rng=np.random.default_rng(0)
        ),
        dict(
            inputs=INPUTS,
            labels=ITS_LABELS.and_([Y, LABELS / 1], [np.full(4, np.inf)]),
            batch_size=FROM_1,
            shuffle=FLAG,
            rng=GENERATOR,
        ),
    ),
    "train_step": (
        engine.train_step,
        lambda: trained() | dict(inputs=X, labels=LABELS),
        dict(
            model=MODEL,
            inputs=Kind([WHOLE, X.tolist()], [*NO_REALS, 1.0, X[0], X[:, :2], X[:3]]),
            labels=classes_like([*NO_REALS, 1.0]),
            loss_fn=LOSS_FN,
            optimizer=OPTIMIZER,
        ),
    ),
    "fit": (
        engine.fit,
        lambda: (
            trained() | dict(loader=loader(), num_epoch=1, validation=(X, LABELS), progress=False)
        ),
        dict(
            model=MODEL.and_([], [square]),
            loader=Kind(
                [[(X, LABELS)], [(X.tolist(), LABELS.tolist())]],
                [
                    "x",
                    b"x",
                    object(),
                    int,
                    1j,
                    1.0,
                    None,
                    square,
                    X,
                    LABELS,
                    [None],
                    [],
                    (X, LABELS),
                    iter([(X, LABELS)]),
                    {"a": 1},
                    np.array(1.0),
                ],
            ),
            loss_fn=LOSS_FN,
            optimizer=OPTIMIZER,
            num_epoch=FROM_1,
            validation=Kind(
                [None, [X, LABELS], (X.tolist(), LABELS)],
                [
                    *THINGS,
                    square,
                    1.0,
                    X,
                    (X,),
                    (X, LABELS[:3]),
                    (X, None),
                    (X[:0], LABELS[:0]),
                ],
            ),
            progress=FLAG,
        ),
    ),
    "evaluate": (
        engine.evaluate,
        lambda: dict(
            model=model(), inputs=X, labels=LABELS, loss_fn=engine.cross_entropy, batch_size=2
        ),
        dict(
            model=Kind([lambda inputs: engine.Tensor(Y[: len(inputs)])], MODEL.refuses),
            inputs=INPUTS,
            labels=ITS_LABELS.and_([], [LABELS + 1, LABELS / 1, Y]),
            loss_fn=LOSS_FN,
            batch_size=FROM_1,
        ),
    ),
    "accuracy": (
        engine.accuracy,
        lambda: dict(preds=SCORES, labels=LABELS),
        dict(
            preds=Kind(
                [SCORES.tolist(), BATCH, engine.Tensor(SCORES), SCORES > 0],
                [*NO_REALS, 1.0, *SCORED, SCORES[None]],
            ),
            labels=ITS_LABELS.and_([], [LABELS / 1, LABELS > 0, LABELS[:, None], Y]),
        ),
    ),
}
ARGUMENTS = [(name, argument) for name, (_, right, _) in CALLS.items() for argument in right()]
EXPECTED = re.compile(r"expected .*received", flags=re.IGNORECASE | re.DOTALL)


@pytest.mark.parametrize("name", CALLS)
def test_what_is_right_works(name):
    function, right, kinds = CALLS[name]
    function(**right())
    assert set(kinds) == set(right())


@pytest.mark.parametrize("name, argument", ARGUMENTS)
def test_what_is_meant_is_taken(name, argument):
    function, right, kinds = CALLS[name]
    for value in kinds[argument].takes:
        try:
            function(**right() | {argument: value})
        except (TypeError, ValueError) as error:
            pytest.fail(f"{value!r:.200} is refused: {error}")


@pytest.mark.parametrize("name, argument", ARGUMENTS)
def test_nonsense_is_refused_in_words(name, argument):
    function, right, kinds = CALLS[name]
    for value in kinds[argument].refuses:
        try:
            answer = function(**right() | {argument: value})
        except (TypeError, ValueError) as error:
            assert EXPECTED.search(str(error)), f"{value!r:.200}: {error!r}"
        else:
            pytest.fail(f"{value!r:.200} is taken, and gives {answer!r:.200}")


# --- what hypothesis makes up ---

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


@pytest.mark.parametrize("name, argument", ARGUMENTS)
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_nonsense_works_or_is_answered_in_words(name, argument, data):
    """A function that is given may raise what it likes: that is for its author to read, so none in
    `things` raises anything itself.
    """
    function, right, _ = CALLS[name]
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
        assert EXPECTED.search(str(error)), (
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
        assert re.search(
            f"{name}.*expected .*received", str(error), flags=re.IGNORECASE | re.DOTALL
        ), f"{cls.__name__}({name}={value!r}): {error}"
    else:
        assert kept == value


@pytest.mark.parametrize("cls", EXPLORERS)
def test_an_explorer_is_not_built_of_nonsense(cls):
    name = next(iter(cls.settings))
    with pytest.raises(
        (TypeError, ValueError),
        match=re.compile(f"{name}.*expected .*received", re.IGNORECASE | re.DOTALL),
    ):
        cls(**{name: object()})
    with pytest.raises(
        TypeError, match=re.compile("expected.*received.*spelling", re.IGNORECASE | re.DOTALL)
    ):
        cls(nonsense=1)


@settings(max_examples=100)
@given(value=nonsense)
def test_what_is_no_function_is_not_an_exercise_but_is_answered(value):
    answer = exercises.check(value)
    assert answer.kind == "wrong"
    assert str(answer).strip()
    assert answer._repr_html_()


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
        if inspect.isfunction(value) and value.__module__ == by_hand.__name__
    } <= {name.removeprefix("by_hand.") for name in CALLS}
    assert {
        cls.__name__
        for cls in vars(optim).values()
        if inspect.isclass(cls) and issubclass(cls, optim.Optimizer)
    } - {"Optimizer"} <= tried
