"""Notebook 08, lecture section 3: variants and extensions of SGD."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .exercise import exercise
from .question import Prediction, Question, Questions

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

W = np.array([-1.0, 0.5])
G = np.array([0.5, -4.0, 0.0])  # steep, steeper the other way, and none at all


def run_on_copies(function: Callable[..., Any], **case: Any) -> Any:
    """Return what a step returns. It may change its arguments in place, as the engine's does."""
    return function(*(np.copy(v) if isinstance(v, np.ndarray) else v for v in case.values()))


@exercise(
    task=(
        "One step of RMSprop, by its row in the table above. First update the running mean of the"
        " squared gradients: `alpha` is the fraction of the old mean that is kept. Then step, with"
        " the new mean. Return both, `w, mean_square`."
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
    run=run_on_copies,
    further=(
        "if the mean starts at 0, the first step of every weight with a gradient is"
        " `lr / sqrt(1 - alpha)` long, steep or flat: 10 lr for alpha = 0.99. With Adam's bias"
        " correction it would be lr."
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
    "The root is missing: you divide by the mean of the squared gradients. Its root is as large as"
    " a typical gradient."
)
def sqrt_forgotten(w, gradient, mean_square, lr, alpha, eps):
    mean_square = alpha * mean_square + (1 - alpha) * gradient**2
    return w - lr * gradient / (mean_square + eps), mean_square


@rmsprop_step.mistake(
    "`alpha` and `1 - alpha` are swapped. alpha, which is close to 1, is the fraction of the old"
    " mean that is kept."
)
def alpha_swapped(w, gradient, mean_square, lr, alpha, eps):
    return rmsprop_step.solution(w, gradient, mean_square, lr, 1 - alpha, eps)


@rmsprop_step.mistake(
    "The gradient is not squared in `mean_square`. Then plus and minus cancel, and the root of a"
    " negative mean is nan."
)
def not_squared(w, gradient, mean_square, lr, alpha, eps):
    mean_square = alpha * mean_square + (1 - alpha) * gradient
    return w - lr * gradient / (np.sqrt(mean_square) + eps), mean_square


@rmsprop_step.mistake(
    "You divide by the old `mean_square`. Update it first: at the very first step the old one is 0,"
    " and the step would be gigantic."
)
def old_mean(w, gradient, mean_square, lr, alpha, eps):
    return (
        w - lr * gradient / (np.sqrt(mean_square) + eps),
        alpha * mean_square + (1 - alpha) * gradient**2,
    )


@rmsprop_step.mistake(
    "Your eps is inside the root. Keras has it there. Here, as in torch, it is added to the root:"
    " inside, 1e-8 would count as much as 1e-4 outside."
)
def eps_inside(w, gradient, mean_square, lr, alpha, eps):
    mean_square = alpha * mean_square + (1 - alpha) * gradient**2
    return w - lr * gradient / np.sqrt(mean_square + eps), mean_square


@rmsprop_step.mistake(
    "`1 - alpha` is missing: you add the whole squared gradient, so `mean_square` is no longer a"
    " mean. (Without alpha as well it would be Adagrad's sum.)"
)
def no_mean(w, gradient, mean_square, lr, alpha, eps):
    mean_square = alpha * mean_square + gradient**2
    return w - lr * gradient / (np.sqrt(mean_square) + eps), mean_square


@rmsprop_step.mistake(
    "That is Adagrad: you sum all squared gradients. RMSprop keeps a running mean of them, which"
    " forgets."
)
def a_sum(w, gradient, mean_square, lr, alpha, eps):
    mean_square = mean_square + gradient**2
    return w - lr * gradient / (np.sqrt(mean_square) + eps), mean_square


@rmsprop_step.mistake("You climb: the gradient points uphill, so subtract the step.")
def uphill(w, gradient, mean_square, lr, alpha, eps):
    return rmsprop_step.solution(w, gradient, mean_square, -lr, alpha, eps)


@rmsprop_step.mistake("You return the step alone. The new weights are `w` and the step together.")
def step_alone(w, gradient, mean_square, lr, alpha, eps):
    return rmsprop_step.solution(0 * w, gradient, mean_square, lr, alpha, eps)


@rmsprop_step.mistake("You return the two in the other order. First `w`, then `mean_square`.")
def other_order(w, gradient, mean_square, lr, alpha, eps):
    return rmsprop_step.solution(w, gradient, mean_square, lr, alpha, eps)[::-1]


@rmsprop_step.mistake(
    "Parentheses: in `a / b + eps` only b divides. Write `gradient / (np.sqrt(mean_square) + eps)`."
)
def eps_beside_the_quotient(w, gradient, mean_square, lr, alpha, eps):
    mean_square = alpha * mean_square + (1 - alpha) * gradient**2
    return w - lr * (gradient / np.sqrt(mean_square) + eps), mean_square


@rmsprop_step.mistake(
    "Parentheses: in `a / b + eps` only b divides. Put them around the root and eps together."
)
def eps_beside_the_step(w, gradient, mean_square, lr, alpha, eps):
    mean_square = alpha * mean_square + (1 - alpha) * gradient**2
    return w - lr * gradient / np.sqrt(mean_square) + eps, mean_square


@exercise(
    task=(
        "Step number `t` of Adam (the first is 1), by the formulas above. Update the two running"
        " means `m` and `v`, correct each of them for the start, and step. Return `w, m, v`, with m"
        " and v as they are before the correction."
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
    run=run_on_copies,
    further=(
        "in the first step `m_hat` is the gradient and `sqrt(v_hat)` its absolute value, so every"
        " weight with a gradient moves by lr. Later, where gradients disagree, m shrinks and v does"
        " not, and steps become shorter."
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
    " the same factor. Divide m by `1 - beta1**t` and v by `1 - beta2**t`."
)
def no_correction(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m, v = _means(gradient, m, v, beta1, beta2)
    return w - lr * m / (np.sqrt(v) + eps), m, v


@adam_step.mistake(
    "You correct m but not v. v starts at 0, too, and needs the correction for longer, as beta2 is"
    " closer to 1: divide it by `1 - beta2**t`."
)
def v_not_corrected(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m, v = _means(gradient, m, v, beta1, beta2)
    return w - lr * m / (1 - beta1**t) / (np.sqrt(v) + eps), m, v


@adam_step.mistake("You correct v but not m. m starts at 0, too: divide it by `1 - beta1**t`.")
def m_not_corrected(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m, v = _means(gradient, m, v, beta1, beta2)
    return w - lr * m / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@adam_step.mistake(
    "You divide by `1 - beta` at every step. The correction fades as steps go by: it is"
    " `1 - beta**t`, with the power t."
)
def power_forgotten(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m, v = _means(gradient, m, v, beta1, beta2)
    return w - lr * m / (1 - beta1) / (np.sqrt(v / (1 - beta2)) + eps), m, v


@adam_step.mistake(
    "`beta * t` is a product. The correction is `1 - beta**t`, a power, written with two stars."
)
def times_for_power(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m, v = _means(gradient, m, v, beta1, beta2)
    return w - lr * m / (1 - beta1 * t) / (np.sqrt(v / (1 - beta2 * t)) + eps), m, v


@adam_step.mistake(
    "The m and v that you return are corrected. The next step would correct them once more. Give"
    " the corrected ones names of their own, such as `m_hat` and `v_hat`, and return m and v."
)
def corrected_are_returned(w, gradient, m, v, t, lr, beta1, beta2, eps):
    w, m, v = adam_step.solution(w, gradient, m, v, t, lr, beta1, beta2, eps)
    return w, m / (1 - beta1**t), v / (1 - beta2**t)


@adam_step.mistake(
    "The root is missing. Divide by the root of the corrected v, which is as large as a typical"
    " gradient."
)
def root_forgotten(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m, v = _means(gradient, m, v, beta1, beta2)
    return w - lr * m / (1 - beta1**t) / (v / (1 - beta2**t) + eps), m, v


@adam_step.mistake(
    "eps is missing in the denominator. Where the gradient has always been 0, the step is"
    " 0 / 0 = nan."
)
def no_eps(w, gradient, m, v, t, lr, beta1, beta2, eps):
    return adam_step.solution(w, gradient, m, v, t, lr, beta1, beta2, 0)


@adam_step.mistake(
    "beta1 and beta2 are swapped: beta1 belongs to m, the mean of the gradients, and beta2, closer"
    " to 1, to v, the mean of their squares."
)
def betas_swapped(w, gradient, m, v, t, lr, beta1, beta2, eps):
    return adam_step.solution(w, gradient, m, v, t, lr, beta2, beta1, eps)


@adam_step.mistake(
    "You step with the gradient itself: that is RMSprop with a bias correction. Adam steps with the"
    " corrected running mean of the gradients."
)
def gradient_for_m(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m, v = _means(gradient, m, v, beta1, beta2)
    return w - lr * gradient / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@adam_step.mistake(
    "You correct with the power `t + 1`. The first step has t = 1, so t is the power already."
)
def one_step_late(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m, v = _means(gradient, m, v, beta1, beta2)
    m_hat, v_hat = m / (1 - beta1 ** (t + 1)), v / (1 - beta2 ** (t + 1))
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.mistake(
    "The gradient is not squared in v. Then plus and minus cancel, and the root of a negative mean"
    " is nan."
)
def v_not_squared(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m, v = _means(gradient, m, v, beta1, 1)[0], beta2 * v + (1 - beta2) * gradient
    return w - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@adam_step.mistake(
    "You step with the old m and v. Update both with the new gradient first, then correct them and"
    " step."
)
def old_means(w, gradient, m, v, t, lr, beta1, beta2, eps):
    step = lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)
    return w - step, *_means(gradient, m, v, beta1, beta2)


@adam_step.mistake(
    "`1 - beta1` is missing: you add the whole gradient to m, as the lecture's momentum does."
    " Adam's m is a running mean."
)
def m_is_no_mean(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m, v = beta1 * m + gradient, _means(gradient, m, v, beta1, beta2)[1]
    return w - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@adam_step.mistake("You climb: the gradient points uphill, so subtract the step.")
def adam_uphill(w, gradient, m, v, t, lr, beta1, beta2, eps):
    return adam_step.solution(w, gradient, m, v, t, -lr, beta1, beta2, eps)


@adam_step.mistake("You return the step alone. The new weights are `w` and the step together.")
def adam_step_alone(w, gradient, m, v, t, lr, beta1, beta2, eps):
    return adam_step.solution(0 * w, gradient, m, v, t, lr, beta1, beta2, eps)


@adam_step.mistake(
    "Your eps is inside the root. Here, as in torch, it is added to the root: inside, 1e-8 would"
    " count as much as 1e-4 outside."
)
def adam_eps_inside(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m, v = _means(gradient, m, v, beta1, beta2)
    return w - lr * m / (1 - beta1**t) / np.sqrt(v / (1 - beta2**t) + eps), m, v


prediction = Prediction(
    "Adam's first step, with lr = 0.01. Weight A has the gradient 1000, weight B the gradient"
    " 0.001. Which moves farther?",
    {
        "A, a million times as far as B": (
            "That is SGD. Adam divides each gradient by its own typical size."
        ),
        "neither: both move by about 0.01": (
            "In the first step the corrected m is the gradient, and the root of the corrected v is"
            " its absolute value. Their quotient is 1 for both weights, so each moves by lr."
        ),
        "B, because it is where the loss is flat": (
            "B's step is far longer than SGD would make it. But it is no longer than A's."
        ),
    },
    right="neither: both move by about 0.01",
)

questions = Questions(
    Question(
        "What does RMSprop divide a weight's gradient by (apart from the small eps)?",
        {
            "the largest of its gradients so far": (
                "One early outlier would make all later steps small."
            ),
            "the root of a running mean of its square": (
                "So in the long run a step is about as long where the loss is flat as where it is"
                " steep."
            ),
            "the root of the sum of all its squares so far": (
                "That is Adagrad, whose steps shrink as the sum grows. RMSprop's mean forgets."
            ),
        },
        right="the root of a running mean of its square",
    ),
    Question(
        "Adam trains with lr = 0.01. How long are the steps of a weight?",
        {
            "always 0.01, whatever its gradients are": (
                "Only the first step is. Later it depends on whether the gradients agree."
            ),
            "0.01 times its gradient": "That is plain SGD. Adam divides by the gradient's size.",
            "rarely above 0.01, and often much shorter": (
                "Where recent gradients disagree, their mean m is small and the mean of their"
                " squares is not."
            ),
        },
        right="rarely above 0.01, and often much shorter",
    ),
    Question(
        "What does AdamW do differently from Adam with L2 regularization?",
        {
            "it shrinks the weights directly": (
                "So all weights shrink by the same factor. With L2 the decay is part of the"
                " gradient, and Adam divides it by the root of v."
            ),
            "it adds the decay to the gradient": (
                "That is L2 regularization, which Adam then divides by the root of v."
            ),
            "it uses a larger learning rate at the start": (
                "You choose lr in both. A changing lr is a schedule, and a choice of its own."
            ),
        },
        right="it shrinks the weights directly",
    ),
)
