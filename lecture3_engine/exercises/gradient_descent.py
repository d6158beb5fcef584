"""Notebook 03, lecture section 2: the rate of change rc, and naive gradient descent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .exercise import Formula, exercise
from .question import Prediction, Question, Questions

if TYPE_CHECKING:
    from collections.abc import Callable

SQUARE = Formula("w²", lambda w: w**2)
CUBIC = Formula("w³ - 2 w + 4", lambda w: w**3 - 2 * w + 4)
SHIFTED = Formula("(w - 1)²", lambda w: (w - 1) ** 2)
RC_CASES = [
    dict(loss=SQUARE, w=3.0, epsilon=0.5),
    dict(loss=SQUARE, w=-1.0, epsilon=0.25),
    dict(loss=CUBIC, w=0.5, epsilon=0.1),
    dict(loss=CUBIC, w=-1.5, epsilon=0.2),
]


@exercise(
    task="Return the rate of change, `rc = (loss(w + epsilon) - loss(w)) / epsilon`.",
    cases=RC_CASES,
    further=(
        "for w² your rc is exactly 2 w + epsilon. Let epsilon shrink, and 2 w is left: the"
        " gradient."
    ),
)
def rate_of_change(loss, w, epsilon):
    return (loss(w + epsilon) - loss(w)) / epsilon


@rate_of_change.mistake(
    "Wrong sign: you subtract the new loss from the old one. rc is where you arrive minus where you"
    " were, so that rc > 0 means: the loss grows with w."
)
def wrong_sign(loss, w, epsilon):
    return (loss(w) - loss(w + epsilon)) / epsilon


@rate_of_change.mistake(
    "You return the change of the loss. A rate is change by nudge: divide by `epsilon`, or a"
    " smaller nudge would seem to be a flatter slope."
)
def not_divided(loss, w, epsilon):
    return loss(w + epsilon) - loss(w)


@rate_of_change.mistake(
    "Parentheses: `a - b / epsilon` divides only b. Write `(loss(w + epsilon) - loss(w)) /"
    " epsilon`."
)
def no_parentheses(loss, w, epsilon):
    return loss(w + epsilon) - loss(w) / epsilon


@rate_of_change.mistake(
    "You add epsilon to the loss instead of to the weight: then rc is always 1. The nudge goes"
    " inside, `loss(w + epsilon)`."
)
def nudged_the_loss(loss, w, epsilon):
    return ((loss(w) + epsilon) - loss(w)) / epsilon


@rate_of_change.mistake(
    "You look backward, at `w - epsilon`. That is a good rate of change too (and the next"
    " exercise), but this one looks forward."
)
def looks_backward(loss, w, epsilon):
    return (loss(w) - loss(w - epsilon)) / epsilon


@rate_of_change.mistake(
    "You look both ways: that is the central difference, which is more exact, and comes in the next"
    " notebook. The lecture's rc looks forward only."
)
def looks_both_ways(loss, w, epsilon):
    return (loss(w + epsilon) - loss(w - epsilon)) / (2 * epsilon)


@exercise(
    task=(
        "Go the other way: nudge the weight to `w - epsilon` and return the rate of change between"
        " there and w. Mind the sign: where the loss grows with w, it must be positive."
    ),
    cases=RC_CASES,
    further=(
        "forward and backward err in opposite directions, by about epsilon / 2 times the curvature."
        " Their mean is the central difference, in which both errors cancel."
    ),
)
def rate_of_change_backward(loss, w, epsilon):
    return (loss(w) - loss(w - epsilon)) / epsilon


@rate_of_change_backward.mistake(
    "This is the left side of the slide, and the slide slips here: the denominator w₀ - ε - w₀"
    " belongs to ℓ(w₀ - ε) - ℓ(w₀), not to ℓ(w₀ + ε) - ℓ(w₀)."
)
def the_slip_of_the_slide(loss, w, epsilon):
    return (loss(w + epsilon) - loss(w)) / (w - epsilon - w)


@rate_of_change_backward.mistake(
    "Wrong sign. You went to w - epsilon, so w changed by -epsilon: `(loss(w - epsilon) - loss(w))"
    " / (-epsilon)`. Both minus signs count, and together they turn the numerator around."
)
def sign_of_the_nudge_forgotten(loss, w, epsilon):
    return (loss(w - epsilon) - loss(w)) / epsilon


@rate_of_change_backward.mistake(
    "You look forward, at `w + epsilon`. This exercise asks for the other side."
)
def looks_forward(loss, w, epsilon):
    return (loss(w + epsilon) - loss(w)) / epsilon


@rate_of_change_backward.mistake(
    "You look both ways (the central difference). Here only w and w - epsilon are asked for."
)
def central(loss, w, epsilon):
    return (loss(w + epsilon) - loss(w - epsilon)) / (2 * epsilon)


@rate_of_change_backward.mistake(
    "Without its sign rc no longer says which way is down. Leave the absolute value away."
)
def sign_thrown_away(loss, w, epsilon):
    return abs(loss(w) - loss(w - epsilon)) / epsilon


@exercise(
    task=(
        "Naive gradient descent: `steps` times `w = w - lr * rc`, with `rc = (loss(w + epsilon) -"
        " loss(w)) / epsilon`. Return the last w."
    ),
    cases=[
        dict(loss=SQUARE, w=2.0, lr=0.1, epsilon=0.01, steps=1),
        dict(loss=SQUARE, w=-1.0, lr=0.25, epsilon=0.1, steps=4),
        dict(loss=SHIFTED, w=4.0, lr=0.05, epsilon=0.01, steps=10),
        dict(loss=CUBIC, w=2.0, lr=0.02, epsilon=0.05, steps=3),
    ],
    further=(
        "it does not end exactly in the minimum. rc is 0 half a nudge to the left of it, as rc is"
        " the slope halfway between w and w + epsilon (exactly so for a parabola)."
    ),
)
def gradient_descent(loss, w, lr, epsilon, steps):
    for step in range(steps):
        rc = (loss(w + epsilon) - loss(w)) / epsilon
        w = w - lr * rc
    return w


@gradient_descent.skeleton
def delivered(loss, w, lr, epsilon, steps):
    for step in range(steps):
        ...  # your code here
    return w


def _descend(
    loss: Callable[[float], float],
    w: float,
    epsilon: float,
    steps: int,
    change: Callable[[float], float],
) -> float:
    """Return where a descent ends that changes w in its own way: for mistakes."""
    for step in range(steps):
        w = w + change((loss(w + epsilon) - loss(w)) / epsilon)
    return w


@gradient_descent.mistake(
    "You walk uphill: with `+ lr * rc` the loss grows. rc > 0 says that the loss grows with w, so w"
    " must become smaller: minus."
)
def uphill(loss, w, lr, epsilon, steps):
    return _descend(loss, w, epsilon, steps, lambda rc: lr * rc)


@gradient_descent.mistake(
    "The learning rate is missing: you subtract all of rc, which is a slope and not a distance. How"
    " far to go is for `lr` to say."
)
def lr_forgotten(loss, w, lr, epsilon, steps):
    return _descend(loss, w, epsilon, steps, lambda rc: -rc)


@gradient_descent.mistake(
    "You use only the sign of rc, so every step has the length lr. `lr * rc` is long where it is"
    " steep, and short near the minimum."
)
def only_the_sign(loss, w, lr, epsilon, steps):
    return _descend(loss, w, epsilon, steps, lambda rc: -lr * np.sign(rc))


@gradient_descent.mistake(
    "You compute rc once, before the loop, and use it in every step. The slope changes as w moves:"
    " compute it inside."
)
def rc_computed_once(loss, w, lr, epsilon, steps):
    return w - steps * lr * (loss(w + epsilon) - loss(w)) / epsilon


@gradient_descent.mistake(
    "You make one step only, however many were asked for: is `return` inside the loop?"
)
def returns_after_one_step(loss, w, lr, epsilon, steps):
    return _descend(loss, w, epsilon, 1, lambda rc: -lr * rc)


@gradient_descent.mistake(
    "You make one step more than asked for. `range(steps)` already goes around exactly `steps`"
    " times."
)
def one_step_more(loss, w, lr, epsilon, steps):
    return _descend(loss, w, epsilon, steps + 1, lambda rc: -lr * rc)


@gradient_descent.mistake(
    "You do not divide by epsilon, so your rc is only the change of the loss, and your steps are"
    " too short by that factor."
)
def change_for_rate(loss, w, lr, epsilon, steps):
    return _descend(loss, w, epsilon, steps, lambda rc: -lr * rc * epsilon)


prediction = Prediction(
    "At your weight the rate of change rc is +2. Which way should the weight go, so that the loss"
    " gets smaller?",
    {
        "it should decrease": (
            "rc > 0 says that the loss grows with w. So w becomes smaller: that is the minus in w -"
            " lr · rc."
        ),
        "it should increase": "rc > 0 says that the loss grows with w. Increasing w would climb.",
        "that depends on which side rc was measured from": (
            "Forward or backward, a positive rc says the same: with a larger w comes a larger loss."
        ),
    },
    right="it should decrease",
)

questions = Questions(
    Question(
        "ℓ(w) = w², w = 3, ε = 0.5. What is rc, the forward difference?",
        {
            "5.5": "That is the backward difference, (9 - 6.25) / 0.5.",
            "6": "That is the gradient 2 w, which rc becomes as ε goes to 0.",
            "6.5": "(3.5² - 3²) / 0.5 = (12.25 - 9) / 0.5 = 6.5, which is 2 w + ε.",
        },
        right="6.5",
    ),
    Question(
        "Going downhill, the slide divides by w₀ - ε - w₀. Which numerator belongs to that?",
        {
            "ℓ(w₀ + ε) - ℓ(w₀), as printed": (
                "That mixes the two sides, and the sign comes out wrong."
            ),
            "ℓ(w₀ - ε) - ℓ(w₀)": (
                "Above and below, where you went minus where you were. It equals (ℓ(w₀) - ℓ(w₀ -"
                " ε)) / ε, the slide's right-hand side."
            ),
            "ℓ(w₀) - ℓ(w₀ - ε)": (
                "That is where you were minus where you went; it belongs to + ε below."
            ),
        },
        right="ℓ(w₀ - ε) - ℓ(w₀)",
    ),
    Question(
        "w = 1, rc = -4, lr = 0.1. Where is w after one step?",
        {
            "at 0.6": "Minus times minus: w - lr · rc = 1 - 0.1 · (-4).",
            "at 1.4": "1 - 0.1 · (-4) = 1.4. The loss falls as w grows, so w grows.",
            "at 5": "That step is rc itself. The learning rate takes a tenth of it.",
        },
        right="at 1.4",
    ),
)
