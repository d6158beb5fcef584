"""Notebook 07, lecture section 3: momentum, and local minima."""

import numpy as np

from .exercise import Formula, exercise
from .question import Prediction, Question, Questions

BOWL = Formula("gradient of ½ w²", lambda w: w)
W = np.array([[0.3, 0.45], [0.7, 0.56]])
RAVINE = Formula("gradient of ½ (w₀² + 25 w₁²)", lambda w: np.array([1.0, 25.0]) * w)


@exercise(
    task=(
        "One step of the lecture's momentum: return `w - lr * gradient + beta * (w - w_previous)`,"
        " a new array."
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
            lr=0.2,
            beta=0.8,
        ),
    ],
    further=(
        "on a long even slope the steps grow until they are 1 / (1 - beta) times as long as without"
        " momentum: 10 times for beta = 0.9."
    ),
)
def momentum_step(w, w_previous, gradient, lr, beta):
    return w - lr * gradient + beta * (w - w_previous)


@momentum_step.mistake(
    "The momentum pulls back instead of going on: it is w - w_previous, the step that was just"
    " made, in the same direction."
)
def pulls_back(w, w_previous, gradient, lr, beta):
    return w - lr * gradient + beta * (w_previous - w)


@momentum_step.mistake(
    "That is plain gradient descent: the momentum, beta * (w - w_previous), is missing."
)
def no_momentum(w, w_previous, gradient, lr, beta):
    return w - lr * gradient


@momentum_step.mistake("You climb: minus lr * gradient.")
def uphill(w, w_previous, gradient, lr, beta):
    return w + lr * gradient + beta * (w - w_previous)


@momentum_step.mistake(
    "That is only the step, the velocity. The new weights are where you were plus the step: begin"
    " with w."
)
def only_the_step(w, w_previous, gradient, lr, beta):
    return -lr * gradient + beta * (w - w_previous)


@momentum_step.mistake(
    "You add beta * w. Momentum repeats a part of the last step, and that is w - w_previous."
)
def weight_for_step(w, w_previous, gradient, lr, beta):
    return w - lr * gradient + beta * w


@momentum_step.mistake(
    "You weight the gradient with (1 - beta), as in a running mean (Adam does that). The lecture's"
    " momentum takes the whole gradient."
)
def running_mean(w, w_previous, gradient, lr, beta):
    return w - lr * (1 - beta) * gradient + beta * (w - w_previous)


@momentum_step.mistake(
    "You multiply the momentum with lr as well. The last step is already a distance and needs only"
    " beta."
)
def lr_on_both(w, w_previous, gradient, lr, beta):
    return w - lr * gradient + lr * beta * (w - w_previous)


@momentum_step.mistake(
    "The numbers are right, but `w -= ...` or `w += ...` changes the caller's array. There it may"
    " soon serve as w_previous: write `w - ...`."
)
def in_place(w, w_previous, gradient, lr, beta):
    w += beta * (w - w_previous) - lr * gradient
    return w


@exercise(
    task=(
        "Gradient descent with momentum, `steps` times: `w = w - lr * gradient(w) + beta * (w -"
        " w_previous)`. Before the first step w_previous is w. Return the last w."
    ),
    cases=[
        dict(gradient=BOWL, w=np.array([2.0]), lr=0.1, beta=0.9, steps=3),
        dict(gradient=RAVINE, w=np.array([-2.5, 1.5]), lr=0.03, beta=0.5, steps=5),
        dict(gradient=RAVINE, w=np.array([1.0, -0.5]), lr=0.02, beta=0.8, steps=10),
    ],
    further=(
        "with velocity = w - w_previous the same loop reads: velocity = beta * velocity - lr *"
        " gradient(w), then w = w + velocity. So the engine's SGD does it, and Keras's."
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


@momentum_descent.mistake(
    "No momentum arrives: your w_previous is always equal to w. If you set `w_previous = w` after w"
    " has changed, the old w is lost; keep it first, or change both in one line: `w, w_previous ="
    " ..., w`."
)
def previous_taken_too_late(gradient, w, lr, beta, steps):
    for step in range(steps):
        w = w - lr * gradient(w)
    return w


@momentum_descent.mistake(
    "You never bring w_previous up to date, so w - w_previous is the whole way from the start"
    " instead of the last step."
)
def previous_never_changes(gradient, w, lr, beta, steps):
    start = w
    for step in range(steps):
        w = w - lr * gradient(w) + beta * (w - start)
    return w


@momentum_descent.mistake(
    "Your first w_previous is 0, as if you had just come flying from there. Before the first step"
    " nothing has moved: begin with w_previous = w."
)
def starts_with_a_push(gradient, w, lr, beta, steps):
    w_previous = np.zeros_like(w)
    for step in range(steps):
        w, w_previous = w - lr * gradient(w) + beta * (w - w_previous), w
    return w


@momentum_descent.mistake(
    "You take the gradient at w_previous. It has to be taken where you are now, at w."
)
def old_gradient(gradient, w, lr, beta, steps):
    w_previous = w
    for step in range(steps):
        w, w_previous = w - lr * gradient(w_previous) + beta * (w - w_previous), w
    return w


@momentum_descent.mistake("You make one step only: is `return` inside the loop?")
def one_step_only(gradient, w, lr, beta, steps):
    return w - lr * gradient(w)


@momentum_descent.mistake("The momentum pulls back: it is w - w_previous, not w_previous - w.")
def descent_pulls_back(gradient, w, lr, beta, steps):
    return momentum_descent.solution(gradient, w, lr, -beta, steps)


prediction = Prediction(
    "A ravine, 25 times as steep across as along. Gradient descent with lr = 0.03 takes about 260"
    " steps from -2.5 to within 0.001 of the minimum. With momentum β = 0.6 and the same lr it"
    " takes ...",
    {
        "more steps: it overshoots": (
            "It overshoots a little across the ravine. But along it, where time is lost, the steps"
            " become 1 / (1 - 0.6) = 2.5 times as long."
        ),
        "about as many": (
            "Along the ravine all gradients point the same way, and there their effect adds up."
        ),
        "less than half as many": (
            "Along the ravine the steps add up to 1 / (1 - 0.6) = 2.5 times their length. Across it"
            " w now swings to and fro, but that dies out sooner."
        ),
    },
    right="less than half as many",
)

questions = Questions(
    Question(
        "β = 0.9. The last step moved w by +1, and here the gradient is 0. Where does w go now?",
        {
            "nowhere: the gradient is 0": (
                "So plain gradient descent. With momentum 0.9 of the last step is taken again."
            ),
            "by +0.9": (
                "β (w - w_previous) = 0.9: it keeps going. That is how it crosses flat places and"
                " small dips."
            ),
            "by +1": "β takes a tenth of it away, like friction.",
        },
        right="by +0.9",
    ),
    Question(
        "A long slope on which the gradient g is the same everywhere, β = 0.9. How long do the"
        " steps become?",
        {
            "10 lr · g": "step = lr g (1 + 0.9 + 0.9² + ...) = lr g / (1 - 0.9).",
            "1.9 lr · g": (
                "That is the second step. The third takes 0.9 of it and adds lr g again, and so on."
            ),
            "longer and longer, without limit": (
                "Each step also loses a tenth of the last one. Where that is as much as lr g, they"
                " grow no further."
            ),
        },
        right="10 lr · g",
    ),
    Question(
        "Does momentum get out of a local minimum?",
        {
            "always: it ends in the global minimum": (
                "It does not know of any other minimum. If the rim is too high, it rolls back."
            ),
            "never: there the gradient is 0": (
                "It arrives with speed, and at a gradient of 0 the speed remains."
            ),
            "sometimes, if it arrives fast enough for the rim": (
                "It helps, and is not infallible. Too much of it can also carry it out of "
                "the global minimum."
            ),
        },
        right="sometimes, if it arrives fast enough for the rim",
    ),
)
