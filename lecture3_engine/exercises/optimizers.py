"""Notebook 08, lecture section 3: variants and extensions of SGD."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .exercise import exercise
from .question import Prediction, Question, Questions

if TYPE_CHECKING:
    from numpy.typing import NDArray

W = np.array([-1.0, 0.5])
G = np.array([0.5, -4.0, 0.0])  # steep, steeper the other way, and none at all


@exercise(
    task=(
        "One step of RMSprop: `mean_square = alpha * mean_square + (1 - alpha) * gradient**2`, then"
        " `w = w - lr * gradient / (sqrt(mean_square) + eps)`. Return both, `w, mean_square`."
    ),
    cases=[
        dict(
            w=np.array([1.0, 2.0, 3.0]),
            gradient=G,
            mean_square=np.zeros(3),
            lr=0.1,
            alpha=0.9,
            eps=1e-8,
        ),
        dict(
            w=W,
            gradient=np.array([2.0, -0.1]),
            mean_square=np.array([1.0, 0.04]),
            lr=0.01,
            alpha=0.99,
            eps=1e-3,
        ),
    ],
    returns=("w", "mean_square"),
    further=(
        "the first step has the length lr / sqrt(1 - alpha) for every weight with a gradient, steep"
        " or flat: 10 lr for alpha = 0.99. Adam's bias correction makes that lr."
    ),
)
def rmsprop_step(w, gradient, mean_square, lr, alpha, eps):
    mean_square = alpha * mean_square + (1 - alpha) * gradient**2
    w = w - lr * gradient / (np.sqrt(mean_square) + eps)
    return w, mean_square


@rmsprop_step.mistake(
    "eps is missing in the denominator. A weight whose gradient has always been 0 then moves by 0 /"
    " 0 = nan, and is lost for good."
)
def eps_forgotten(w, gradient, mean_square, lr, alpha, eps):
    return rmsprop_step.solution(w, gradient, mean_square, lr, alpha, 0)


@rmsprop_step.mistake(
    "The root is missing: you divide by the mean of gradient², which has the unit of a gradient"
    " squared. Its root is as large as a typical gradient."
)
def sqrt_forgotten(w, gradient, mean_square, lr, alpha, eps):
    mean_square = alpha * mean_square + (1 - alpha) * gradient**2
    return w - lr * gradient / (mean_square + eps), mean_square


@rmsprop_step.mistake(
    "alpha and 1 - alpha are swapped. alpha, close to 1, says how much of the old mean is kept."
)
def alpha_swapped(w, gradient, mean_square, lr, alpha, eps):
    return rmsprop_step.solution(w, gradient, mean_square, lr, 1 - alpha, eps)


@rmsprop_step.mistake(
    "The gradient is not squared in mean_square. Plus and minus then cancel, and the root of a"
    " negative mean is nan."
)
def not_squared(w, gradient, mean_square, lr, alpha, eps):
    mean_square = alpha * mean_square + (1 - alpha) * gradient
    return w - lr * gradient / (np.sqrt(mean_square) + eps), mean_square


@rmsprop_step.mistake(
    "You divide by the old mean_square. Bring it up to date first: at the very first step the old"
    " one is 0, and the step would be gigantic."
)
def old_mean(w, gradient, mean_square, lr, alpha, eps):
    return (
        w - lr * gradient / (np.sqrt(mean_square) + eps),
        alpha * mean_square + (1 - alpha) * gradient**2,
    )


@rmsprop_step.mistake(
    "eps stands inside the root. Keras does it so; here (and in torch) it is added to the root, and"
    " keeps its size: the root of 1e-8 would be 1e-4."
)
def eps_inside(w, gradient, mean_square, lr, alpha, eps):
    mean_square = alpha * mean_square + (1 - alpha) * gradient**2
    return w - lr * gradient / np.sqrt(mean_square + eps), mean_square


@rmsprop_step.mistake(
    "(1 - alpha) is missing: you add the whole gradient², and mean_square is no longer a mean."
    " (Without alpha too it would be Adagrad's sum.)"
)
def no_mean(w, gradient, mean_square, lr, alpha, eps):
    mean_square = alpha * mean_square + gradient**2
    return w - lr * gradient / (np.sqrt(mean_square) + eps), mean_square


@exercise(
    task=(
        "Step number t (from 1) of Adam: `m = beta1 * m + (1 - beta1) * gradient` and `v = beta2 *"
        " v + (1 - beta2) * gradient**2`. Then `m_hat = m / (1 - beta1**t)`, `v_hat = v / (1 -"
        " beta2**t)` and `w = w - lr * m_hat / (sqrt(v_hat) + eps)`. Return `w, m, v`, with m and v"
        " as they are without the correction."
    ),
    cases=[
        dict(
            w=np.array([1.0, 2.0, 3.0]),
            gradient=G,
            m=np.zeros(3),
            v=np.zeros(3),
            t=1,
            lr=0.1,
            beta1=0.9,
            beta2=0.999,
            eps=1e-8,
        ),
        dict(
            w=W,
            gradient=np.array([2.0, -0.1]),
            m=np.array([0.3, -0.2]),
            v=np.array([0.5, 0.02]),
            t=3,
            lr=0.01,
            beta1=0.9,
            beta2=0.99,
            eps=1e-3,
        ),
    ],
    returns=("w", "m", "v"),
    further=(
        "in the first step m_hat is the gradient and sqrt(v_hat) its absolute value: every weight"
        " moves by lr, however large its gradient. So lr = 0.01 means: about 0.01 a step."
    ),
)
def adam_step(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
    return w, m, v


def _means(
    gradient: NDArray[Any], m: NDArray[Any], v: NDArray[Any], beta1: float, beta2: float
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return Adam's running means, as they should be: for mistakes."""
    return beta1 * m + (1 - beta1) * gradient, beta2 * v + (1 - beta2) * gradient**2


@adam_step.mistake(
    "The bias correction is missing. m and v start at 0, so at first both are too small, and not by"
    " the same factor: divide them by 1 - beta**t."
)
def no_correction(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m, v = _means(gradient, m, v, beta1, beta2)
    return w - lr * m / (np.sqrt(v) + eps), m, v


@adam_step.mistake(
    "You correct m but not v. v starts at 0 too, and with beta2 close to 1 it needs it far longer:"
    " divide it by 1 - beta2**t."
)
def v_not_corrected(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m, v = _means(gradient, m, v, beta1, beta2)
    return w - lr * m / (1 - beta1**t) / (np.sqrt(v) + eps), m, v


@adam_step.mistake("You correct v but not m. m starts at 0 too: divide it by 1 - beta1**t.")
def m_not_corrected(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m, v = _means(gradient, m, v, beta1, beta2)
    return w - lr * m / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@adam_step.mistake(
    "You divide by 1 - beta, whatever the step. The correction fades away as steps go by: 1 -"
    " beta**t, with the power t."
)
def power_forgotten(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m, v = _means(gradient, m, v, beta1, beta2)
    return w - lr * m / (1 - beta1) / (np.sqrt(v / (1 - beta2)) + eps), m, v


@adam_step.mistake(
    "`beta * t` is a product. The correction is 1 - beta**t, a power, written with two stars."
)
def times_for_power(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m, v = _means(gradient, m, v, beta1, beta2)
    return w - lr * m / (1 - beta1 * t) / (np.sqrt(v / (1 - beta2 * t)) + eps), m, v


@adam_step.mistake(
    "The m and v you return are corrected. In the next step they would be corrected once more: keep"
    " m_hat and v_hat for this step, and return m and v as they were before."
)
def corrected_are_returned(w, gradient, m, v, t, lr, beta1, beta2, eps):
    w, m, v = adam_step.solution(w, gradient, m, v, t, lr, beta1, beta2, eps)
    return w, m / (1 - beta1**t), v / (1 - beta2**t)


@adam_step.mistake(
    "The root is missing: divide by sqrt(v_hat), which is as large as a typical gradient, not by"
    " v_hat."
)
def root_forgotten(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m, v = _means(gradient, m, v, beta1, beta2)
    return w - lr * m / (1 - beta1**t) / (v / (1 - beta2**t) + eps), m, v


@adam_step.mistake(
    "eps is missing in the denominator: where the gradient has always been 0, the step is 0 / 0 ="
    " nan."
)
def no_eps(w, gradient, m, v, t, lr, beta1, beta2, eps):
    return adam_step.solution(w, gradient, m, v, t, lr, beta1, beta2, 0)


@adam_step.mistake(
    "beta1 and beta2 are swapped: beta1 belongs to m, the mean of the gradient, and beta2, closer"
    " to 1, to v, the mean of its square."
)
def betas_swapped(w, gradient, m, v, t, lr, beta1, beta2, eps):
    return adam_step.solution(w, gradient, m, v, t, lr, beta2, beta1, eps)


@adam_step.mistake(
    "You step with the gradient itself instead of m_hat: that is RMSprop with a bias correction."
    " Adam's first half is the momentum, m."
)
def gradient_for_m(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m, v = _means(gradient, m, v, beta1, beta2)
    return w - lr * gradient / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


prediction = Prediction(
    "Adam's first step, with lr = 0.01. Weight A has the gradient 1000, weight B the gradient"
    " 0.001. Which moves further?",
    {
        "A, a million times as far": (
            "So it is with SGD. Adam divides each gradient by its own typical size."
        ),
        "both about as far, by 0.01": (
            "In the first step m_hat / sqrt(v_hat) is the gradient over its absolute value, 1 for"
            " both. So each weight moves by lr."
        ),
        "B: flat directions get longer steps": (
            "Longer than SGD would make them, yes. But not longer than those of A."
        ),
    },
    right="both about as far, by 0.01",
)

questions = Questions(
    Question(
        "By what does RMSprop divide the gradient of a weight (up to the small eps)?",
        {
            "the largest gradient so far": "One early outlier would make the steps small for ever.",
            "the sum of all its squared gradients": (
                "Adagrad sums (and takes the root), so its steps shrink for ever. RMSprop's mean "
                "forgets."
            ),
            "the root of a running mean of its squared gradients": (
                "So a step is about as long where it is flat as where it is steep."
            ),
        },
        right="the root of a running mean of its squared gradients",
    ),
    Question(
        "What is Adam, in terms of what you knew before?",
        {
            "momentum and RMSprop together, with bias correction": (
                "m is the running mean of the gradient, v that of its square."
            ),
            "SGD that chooses its own learning rate": (
                "You still choose lr. Adam scales it for each weight."
            ),
            "Adagrad with momentum": (
                "Adagrad adds up squares without forgetting; Adam's v is a running mean, as in"
                " RMSprop."
            ),
        },
        right="momentum and RMSprop together, with bias correction",
    ),
    Question(
        "What does AdamW do differently from Adam?",
        {
            "it uses a larger learning rate": "lr is yours to choose in both.",
            "weight decay shrinks the weights directly, and is not sent through the gradient": (
                "So all weights shrink by the same factor, "
                "instead of being divided by the root of v like a gradient."
            ),
            "it waits some steps before it begins": (
                "Warming up is a schedule of the learning rate, and a choice of its own."
            ),
        },
        right="weight decay shrinks the weights directly, and is not sent through the gradient",
    ),
)
