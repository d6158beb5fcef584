"""Notebook 07, lecture section 3: momentum, and local minima."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .exercise import Formula, exercise
from .question import Prediction, Question, Questions

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[Any]

BOWL = Formula("gradient of ½ w²", lambda w: w)
W = np.array([[0.3, 0.45], [0.7, 0.56]])
RAVINE = Formula("gradient of ½ (w₀² + 25 w₁²)", lambda w: np.array([1.0, 25.0]) * w)


@exercise(
    task=(
        "One step of the lecture's momentum, from `w`: a step of gradient descent, plus the"
        " fraction `beta` of the last step, which went from `w_previous` to `w`. Return the new"
        " weights as a new array."
    ),
    cases=[
        dict(
            w=np.array([1.0, 2.0]),
            w_previous=np.array([0.5, 2.5]),
            gradient=np.array([0.2, -0.4]),
            lr=0.1,
            beta=0.9,
        ),
        dict(
            w=np.array([-1.0, 0.5]),
            w_previous=np.array([-1.0, 0.5]),
            gradient=np.array([1.0, 3.0]),
            lr=0.05,
            beta=0.5,
        ),
        dict(
            w=W,
            w_previous=W + np.array([[0.1, -0.05], [-0.1, 0.06]]),
            gradient=np.array([[0.0, 1.0], [-1.0, 0.0]]),
            lr=0.3,  # not 1 - beta, which would make two mistakes the same
            beta=0.8,
        ),
    ],
    further=(
        "on a long, even slope the steps grow to 1 / (1 - beta) times the length they have without"
        " momentum: 10 times for beta = 0.9."
    ),
)
def momentum_step(w, w_previous, gradient, lr, beta):
    return w - lr * gradient + beta * (w - w_previous)


@momentum_step.mistake(
    "Your momentum pulls back. The last step goes from `w_previous` to `w`, so it is `w -"
    " w_previous`."
)
def pulls_back(w, w_previous, gradient, lr, beta):
    return w - lr * gradient + beta * (w_previous - w)


@momentum_step.mistake(
    "That is plain gradient descent. The momentum is missing: the fraction beta of the last step."
)
def no_momentum(w, w_previous, gradient, lr, beta):
    return w - lr * gradient


@momentum_step.mistake("You climb: the gradient points uphill, so subtract `lr * gradient`.")
def uphill(w, w_previous, gradient, lr, beta):
    return w + lr * gradient + beta * (w - w_previous)


@momentum_step.mistake(
    "That is only the step, the velocity. The new weights are where you are plus the step: begin"
    " with `w`."
)
def only_the_step(w, w_previous, gradient, lr, beta):
    return -lr * gradient + beta * (w - w_previous)


@momentum_step.mistake(
    "You add `beta * w`. Momentum repeats a fraction of the last step, which is `w - w_previous`."
)
def weight_for_step(w, w_previous, gradient, lr, beta):
    return w - lr * gradient + beta * w


@momentum_step.mistake(
    "You multiply the gradient by `1 - beta`, as in a running mean (Adam does that). The lecture's"
    " momentum takes the whole gradient."
)
def running_mean(w, w_previous, gradient, lr, beta):
    return w - lr * (1 - beta) * gradient + beta * (w - w_previous)


@momentum_step.mistake(
    "You multiply the momentum by lr as well. The last step is a distance already and needs only"
    " beta."
)
def lr_on_both(w, w_previous, gradient, lr, beta):
    return w - lr * gradient + lr * beta * (w - w_previous)


@momentum_step.mistake(
    "The numbers are right, but `w -= ...` or `w += ...` changes the caller's array. The caller may"
    " still need it as `w_previous`: write `w - ...`."
)
def in_place(w, w_previous, gradient, lr, beta):
    w += beta * (w - w_previous) - lr * gradient
    return w


@momentum_step.mistake(
    "The learning rate is missing: the gradient is a slope, and `lr` says how far to go."
)
def lr_forgotten(w, w_previous, gradient, lr, beta):
    return w - gradient + beta * (w - w_previous)


@momentum_step.mistake(
    "That is the momentum alone. The step of gradient descent, minus `lr * gradient`, is missing."
)
def no_gradient(w, w_previous, gradient, lr, beta):
    return w + beta * (w - w_previous)


@momentum_step.mistake("You repeat the whole last step. Only the fraction beta of it is repeated.")
def beta_forgotten(w, w_previous, gradient, lr, beta):
    return w - lr * gradient + (w - w_previous)


@momentum_step.mistake(
    "You repeat the fraction `1 - beta` of the last step. Beta itself is what is repeated: with"
    " beta = 0 there is no momentum."
)
def one_minus_beta(w, w_previous, gradient, lr, beta):
    return w - lr * gradient + (1 - beta) * (w - w_previous)


@momentum_step.mistake(
    "You start from `w_previous`. The new step starts where you are now, at `w`."
)
def starts_from_previous(w, w_previous, gradient, lr, beta):
    return w_previous - lr * gradient + beta * (w - w_previous)


@momentum_step.mistake(
    "Your beta also multiplies `lr * gradient`. It belongs to the last step only: check the"
    " parentheses."
)
def beta_on_both(w, w_previous, gradient, lr, beta):
    return w + beta * (w - w_previous - lr * gradient)


@exercise(
    task=(
        "Gradient descent with momentum: make `steps` steps and return the last `w`. `gradient(w)`"
        " is the gradient at w. Before the first step nothing has moved, so `w_previous` is `w`."
    ),
    cases=[
        dict(gradient=BOWL, w=np.array([2.0]), lr=0.1, beta=0.9, steps=3),
        dict(gradient=RAVINE, w=np.array([-2.5, 1.5]), lr=0.03, beta=0.5, steps=5),
        dict(gradient=RAVINE, w=np.array([1.0, -0.5]), lr=0.02, beta=0.8, steps=10),
    ],
    further=(
        "with `velocity = w - w_previous` the loop reads `velocity = beta * velocity - lr *"
        " gradient(w)`, then `w = w + velocity`. That is how the engine's SGD does it, and Keras's."
    ),
)
def momentum_descent(gradient, w, lr, beta, steps):
    w_previous = w
    for step in range(steps):
        w, w_previous = w - lr * gradient(w) + beta * (w - w_previous), w
    return w


@momentum_descent.skeleton
def delivered(gradient, w, lr, beta, steps):
    w_previous = w
    for step in range(steps):
        ...  # your code here
    return w


def _descend(
    gradient: Callable[[Array], Array], w: Array, steps: int, step: Callable[[Array, Array], Array]
) -> Array:
    """Return the last w of a descent whose steps are `step(w, w_previous)`: for mistakes."""
    w_previous = w
    for _ in range(steps):
        w, w_previous = w + step(w, w_previous), w
    return w


@momentum_descent.mistake(
    "Your descent has no momentum: `w - w_previous` is always 0. Perhaps you set `w_previous = w`"
    " after w has changed, or you wrote `w += ...`, which also changes `w_previous` if that is"
    " another name of the same array. Change both in one line: `w, w_previous = ..., w`."
)
def previous_taken_too_late(gradient, w, lr, beta, steps):
    return _descend(gradient, w, steps, lambda w, _: -lr * gradient(w))


@momentum_descent.mistake(
    "You never update `w_previous`, so `w - w_previous` is the whole way from the start and not the"
    " last step."
)
def previous_never_changes(gradient, w, lr, beta, steps):
    start = w
    return _descend(gradient, w, steps, lambda w, _: beta * (w - start) - lr * gradient(w))


@momentum_descent.mistake(
    "Your first `w_previous` is 0, as if the first step continued one that came from 0. Before the"
    " first step nothing has moved: begin with `w_previous = w`."
)
def starts_with_a_push(gradient, w, lr, beta, steps):
    w_previous = np.zeros_like(w)
    for step in range(steps):
        w, w_previous = w - lr * gradient(w) + beta * (w - w_previous), w
    return w


@momentum_descent.mistake(
    "You take the gradient at `w_previous`. Take it where you are now, at `w`."
)
def old_gradient(gradient, w, lr, beta, steps):
    return _descend(
        gradient, w, steps, lambda w, before: beta * (w - before) - lr * gradient(before)
    )


@momentum_descent.mistake(
    "You take the gradient where momentum alone would lead, at `w + beta * (w - w_previous)`. That"
    " is Nesterov's momentum, a good method too. The lecture takes the gradient at `w`."
)
def nesterov(gradient, w, lr, beta, steps):
    return _descend(
        gradient,
        w,
        steps,
        lambda w, before: beta * (w - before) - lr * gradient(w + beta * (w - before)),
    )


@momentum_descent.mistake(
    "You compute the gradient once, before the loop. It changes as w moves: compute it inside."
)
def gradient_computed_once(gradient, w, lr, beta, steps):
    first = gradient(w)
    return _descend(gradient, w, steps, lambda w, before: beta * (w - before) - lr * first)


@momentum_descent.mistake(
    "You get only as far as one step. Is `return` inside the loop? Does each step start from the w"
    " that the step before has left?"
)
def one_step_only(gradient, w, lr, beta, steps):
    return w - lr * gradient(w)


@momentum_descent.mistake("You make one step too few. `range(steps)` goes around `steps` times.")
def one_step_too_few(gradient, w, lr, beta, steps):
    return momentum_descent.solution(gradient, w, lr, beta, steps - 1)


@momentum_descent.mistake("You make one step too many. `range(steps)` goes around `steps` times.")
def one_step_too_many(gradient, w, lr, beta, steps):
    return momentum_descent.solution(gradient, w, lr, beta, steps + 1)


@momentum_descent.mistake(
    "Your momentum pulls back. The last step goes from `w_previous` to `w`, so it is `w -"
    " w_previous`."
)
def descent_pulls_back(gradient, w, lr, beta, steps):
    return momentum_descent.solution(gradient, w, lr, -beta, steps)


@momentum_descent.mistake(
    "You climb: the gradient points uphill. With a velocity, the minus stands in one place only:"
    " subtract `lr * gradient(w)` from it, then add it to w."
)
def descent_uphill(gradient, w, lr, beta, steps):
    return momentum_descent.solution(gradient, w, -lr, beta, steps)


@momentum_descent.mistake(
    "You multiply the gradient by `1 - beta`, as in a running mean (Adam does that). The lecture's"
    " momentum takes the whole gradient."
)
def descent_running_mean(gradient, w, lr, beta, steps):
    return momentum_descent.solution(gradient, w, lr * (1 - beta), beta, steps)


prediction = Prediction(
    "A ravine, with 25 times the curvature across as along. From w₀ = -2.5, gradient descent with"
    " lr = 0.03 takes about 260 steps until it stays within 0.001 of the minimum. With momentum"
    " β = 0.6 and the same lr it takes ...",
    {
        "more steps, because it overshoots": (
            "It does overshoot across the ravine, and needs longer there. But most steps are spent"
            " along the ravine, and there they grow to about 1 / (1 - 0.6) = 2.5 times the length."
        ),
        "about as many steps": (
            "Along the ravine, all gradients point the same way. There momentum adds them up."
        ),
        "less than half as many": (
            "Along the ravine, the steps grow to about 1 / (1 - 0.6) = 2.5 times the length. Across"
            " it, w now swings, but the swing dies out before w has come all the way along the"
            " ravine."
        ),
    },
    right="less than half as many",
)

questions = Questions(
    Question(
        "β = 0.9. The last step moved w by +1, and here the gradient is 0. Where does w go now?",
        {
            "nowhere, as the gradient is 0": (
                "That is plain gradient descent. Momentum repeats 0.9 of the last step."
            ),
            "on by +0.9": (
                "β (w - w_previous) = 0.9: it keeps going. That is how it crosses flat places and"
                " small dips."
            ),
            "on by +1, as before": (
                "Each step loses a tenth, the fraction 1 - β, as if by friction."
            ),
        },
        right="on by +0.9",
    ),
    Question(
        "Plain lr = 2 kills most units of this notebook's network. Yet lr = 0.2 with β = 0.9 trains"
        " it, though lr / (1 - β) is 2 as well. Why?",
        {
            "steps add up only where gradients agree": (
                "In steep directions they change sign and mostly cancel. So a small lr is safe"
                " there, and the descent is still fast elsewhere."
            ),
            "momentum wakes dead units up again": (
                "A dead unit has the gradient 0 for every digit. Momentum soon has nothing to"
                " repeat."
            ),
            "lr / (1 - β) has no meaning for a network": (
                "It does: lr 0.02 with β = 0.9 trained as well as plain lr 0.2. But that is not"
                " the whole story."
            ),
        },
        right="steps add up only where gradients agree",
    ),
    Question(
        "Does momentum get out of a local minimum?",
        {
            "always, and into the global one": (
                "It knows of no other minimum. If the hill is too high, it rolls back."
            ),
            "never, because the gradient there is 0": (
                "It arrives with speed, and where the gradient is 0 it keeps going."
            ),
            "if it is fast enough for the hill": (
                "It helps, and it is not infallible. It can also carry a descent out of the global"
                " minimum."
            ),
        },
        right="if it is fast enough for the hill",
    ),
)
