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
HILL = Formula("4 - w²", lambda w: 4 - w**2)
RC_CASES = [
    dict(loss=SQUARE, w=3.0, epsilon=0.5),
    dict(loss=SQUARE, w=-1.0, epsilon=0.25),
    dict(loss=CUBIC, w=0.5, epsilon=0.1),
    dict(loss=CUBIC, w=-1.5, epsilon=0.2),
    dict(loss=CUBIC, w=0.37, epsilon=0.03),
]


@exercise(
    task=(
        "Return the rate of change from `w` to `w + epsilon`: the change of the loss, divided by"
        " the change of the weight."
    ),
    cases=RC_CASES,
    further=(
        "for w² your rc is exactly 2 w + epsilon. As epsilon shrinks, 2 w is left: the gradient."
    ),
)
def rate_of_change(loss, w, epsilon):
    return (loss(w + epsilon) - loss(w)) / epsilon


@rate_of_change.mistake(
    "Wrong sign: you subtract the new loss from the old one. rc is where you arrive minus where you"
    " started. Then rc > 0 means that the loss grows with w."
)
def wrong_sign(loss, w, epsilon):
    return (loss(w) - loss(w + epsilon)) / epsilon


@rate_of_change.mistake(
    "You return the change of the loss. For a rate, divide it by `epsilon`. Otherwise a smaller"
    " nudge would look like a flatter slope."
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
    "You add epsilon to the loss and not to the weight, so your rc is always 1. The nudge goes"
    " inside: `loss(w + epsilon)`."
)
def nudged_the_loss(loss, w, epsilon):
    return ((loss(w) + epsilon) - loss(w)) / epsilon


@rate_of_change.mistake(
    "You look backward, at `w - epsilon`. That is a good rate of change too, and the next exercise."
    " This one looks forward."
)
def looks_backward(loss, w, epsilon):
    return (loss(w) - loss(w - epsilon)) / epsilon


@rate_of_change.mistake(
    "You look both ways. That is the central difference: it is more exact, and the next notebook is"
    " about it. The lecture's rc looks forward only."
)
def looks_both_ways(loss, w, epsilon):
    return (loss(w + epsilon) - loss(w - epsilon)) / (2 * epsilon)


@rate_of_change.mistake(
    "You go half a nudge to each side. The lecture's rc goes a whole nudge forward, from `w` to `w"
    " + epsilon`."
)
def half_a_nudge(loss, w, epsilon):
    return (loss(w + epsilon / 2) - loss(w - epsilon / 2)) / epsilon


@rate_of_change.mistake(
    "You return rc without its sign, and the sign says which way is uphill. Leave out the absolute"
    " value."
)
def without_its_sign(loss, w, epsilon):
    return abs(loss(w + epsilon) - loss(w)) / epsilon


@rate_of_change.mistake(
    "That is very close to the gradient, so you use a tiny nudge of your own or the derivative. Use"
    " the nudge that the caller asks for, `epsilon`."
)
def own_epsilon(loss, w, epsilon):
    return (loss(w + 1e-8) - loss(w)) / 1e-8


@rate_of_change.mistake("You round rc. Return it as it is: small differences matter to a descent.")
def rounded(loss, w, epsilon):
    return round((loss(w + epsilon) - loss(w)) / epsilon, 2)


@exercise(
    task=(
        "Go the other way: nudge the weight to `w - epsilon`, and return the rate of change between"
        " there and `w`. Mind the sign: where the loss grows with w, it must be positive."
    ),
    cases=RC_CASES,
    further=(
        "where forward is too big, backward is too small, by about as much. Their mean is the"
        " central difference, in which most of that cancels."
    ),
)
def rate_of_change_backward(loss, w, epsilon):
    return (loss(w) - loss(w - epsilon)) / epsilon


@rate_of_change_backward.mistake(
    "This is the left side of the slide, which has a slip: the denominator w₀ - ε - w₀ belongs to"
    " ℓ(w₀ - ε) - ℓ(w₀), not to ℓ(w₀ + ε) - ℓ(w₀)."
)
def the_slip_of_the_slide(loss, w, epsilon):
    return (loss(w + epsilon) - loss(w)) / (w - epsilon - w)


@rate_of_change_backward.mistake(
    "Wrong sign. You went to w - epsilon, so the weight changed by -epsilon. Subtract in the same"
    " order above and below the line: `(loss(w - epsilon) - loss(w)) / (-epsilon)`."
)
def sign_of_the_nudge_forgotten(loss, w, epsilon):
    return (loss(w - epsilon) - loss(w)) / epsilon


@rate_of_change_backward.mistake(
    "You look forward, at `w + epsilon`. This exercise asks for the other side."
)
def looks_forward(loss, w, epsilon):
    return (loss(w + epsilon) - loss(w)) / epsilon


@rate_of_change_backward.mistake(
    "You look both ways (the central difference). Here, look at w and at w - epsilon only."
)
def central(loss, w, epsilon):
    return (loss(w + epsilon) - loss(w - epsilon)) / (2 * epsilon)


@rate_of_change_backward.mistake(
    "Without its sign rc no longer says which way is down. Leave out the absolute value."
)
def sign_thrown_away(loss, w, epsilon):
    return abs(loss(w) - loss(w - epsilon)) / epsilon


@rate_of_change_backward.mistake(
    "Parentheses: without them, `/ epsilon` divides only the second loss. Put the whole difference"
    " in parentheses, then divide."
)
def no_parentheses_backward(loss, w, epsilon):
    return loss(w) - loss(w - epsilon) / epsilon


@rate_of_change_backward.mistake(
    "You return the change of the loss. For a rate, divide it by `epsilon`."
)
def backward_not_divided(loss, w, epsilon):
    return loss(w) - loss(w - epsilon)


@exercise(
    task=(
        "Naive gradient descent: take exactly `steps` steps. In each, compute the forward rate of"
        " change at the current w, then update w as the slide's algorithm does. Return the last w."
    ),
    cases=[
        dict(loss=SQUARE, w=2.0, lr=0.1, epsilon=0.01, steps=1),
        dict(loss=SQUARE, w=-1.0, lr=0.25, epsilon=0.1, steps=4),
        dict(loss=SHIFTED, w=4.0, lr=0.05, epsilon=0.01, steps=10),
        dict(loss=CUBIC, w=2.0, lr=0.02, epsilon=0.05, steps=3),
        # on a hilltop, but not quite: rc is tiny first, and then grows
        dict(loss=HILL, w=-0.0499999, lr=0.5, epsilon=0.1, steps=20),
        # steps that are too big: the loss rises
        dict(loss=SQUARE, w=1.0, lr=1.05, epsilon=0.1, steps=3),
    ],
    further=(
        "it does not end exactly at the minimum. rc is 0 about half a nudge to the left of it,"
        " because rc is the slope halfway between w and w + epsilon (on a parabola, exactly)."
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
    "You walk uphill: with `+ lr * rc` the loss grows. rc > 0 says that the loss grows with w, so"
    " make w smaller, with a minus."
)
def uphill(loss, w, lr, epsilon, steps):
    return _descend(loss, w, epsilon, steps, lambda rc: lr * rc)


@gradient_descent.mistake(
    "The learning rate is missing. You subtract all of rc, which is a slope and not a distance;"
    " `lr` says how far to go."
)
def lr_forgotten(loss, w, lr, epsilon, steps):
    return _descend(loss, w, epsilon, steps, lambda rc: -rc)


@gradient_descent.mistake(
    "You use only the sign of rc, so every step has the length lr. `lr * rc` is long where it is"
    " steep and short near the minimum."
)
def only_the_sign(loss, w, lr, epsilon, steps):
    return _descend(loss, w, epsilon, steps, lambda rc: -lr * np.sign(rc))


@gradient_descent.mistake(
    "You compute rc once, before the loop, and use it in every step. The slope changes as w moves,"
    " so compute it inside the loop."
)
def rc_computed_once(loss, w, lr, epsilon, steps):
    return w - steps * lr * (loss(w + epsilon) - loss(w)) / epsilon


@gradient_descent.mistake(
    "You get only as far as one step, however many are asked for. Is there a loop? Is `return`"
    " after it and not inside? Does each step start from the w that the step before has left?"
)
def returns_after_one_step(loss, w, lr, epsilon, steps):
    return _descend(loss, w, epsilon, 1, lambda rc: -lr * rc)


@gradient_descent.mistake(
    "You take one step too many. `range(steps)` goes around exactly `steps` times."
)
def one_step_more(loss, w, lr, epsilon, steps):
    return _descend(loss, w, epsilon, steps + 1, lambda rc: -lr * rc)


@gradient_descent.mistake(
    "You take one step too few. `range(1, steps)` goes around only `steps - 1` times;"
    " `range(steps)` is what you need."
)
def one_step_less(loss, w, lr, epsilon, steps):
    return _descend(loss, w, epsilon, steps - 1, lambda rc: -lr * rc)


@gradient_descent.mistake(
    "You stop early, when rc is small. It may grow again: here the start is close to a hilltop."
    " Take all the `steps` that are asked for."
)
def stops_early(loss, w, lr, epsilon, steps):
    return _descend(loss, w, epsilon, steps, lambda rc: -lr * rc if abs(rc) > 1e-5 else 0.0)


@gradient_descent.mistake(
    "You keep only steps that make the loss smaller. If lr is too big the loss rises, and whoever"
    " calls your function should see that. Take all the `steps` and return the last w."
)
def keeps_the_best(loss, w, lr, epsilon, steps):
    best = w
    for step in range(steps):
        w = gradient_descent.solution(loss, w, lr, epsilon, 1)
        best = min(best, w, key=loss)
    return best


@gradient_descent.mistake(
    "You stop when the loss rises. It may fall again later. If it never does, lr is too big, and"
    " whoever calls your function should see that. Take all the `steps`."
)
def stops_when_the_loss_rises(loss, w, lr, epsilon, steps):
    for step in range(steps):
        new = gradient_descent.solution(loss, w, lr, epsilon, 1)
        if loss(new) > loss(w):
            break
        w = new
    return w


@gradient_descent.mistake(
    "You do not divide by epsilon. Your rc is only the change of the loss, so your steps are too"
    " short."
)
def change_for_rate(loss, w, lr, epsilon, steps):
    return _descend(loss, w, epsilon, steps, lambda rc: -lr * rc * epsilon)


@gradient_descent.mistake(
    "Your rc looks backward, at `w - epsilon`. The slide's algorithm looks forward, at `w +"
    " epsilon`."
)
def descends_by_backward(loss, w, lr, epsilon, steps):
    for step in range(steps):
        w = w - lr * (loss(w) - loss(w - epsilon)) / epsilon
    return w


@gradient_descent.mistake(
    "Your rc looks both ways. That is more exact, but the slide's algorithm looks forward only: at"
    " `w` and at `w + epsilon`."
)
def descends_by_central(loss, w, lr, epsilon, steps):
    for step in range(steps):
        w = w - lr * (loss(w + epsilon) - loss(w - epsilon)) / (2 * epsilon)
    return w


@gradient_descent.mistake(
    "Parentheses in your rc: without them, `/ epsilon` divides only the second loss. Put the whole"
    " difference in parentheses, then divide."
)
def descends_without_parentheses(loss, w, lr, epsilon, steps):
    for step in range(steps):
        w = w - lr * (loss(w + epsilon) - loss(w) / epsilon)
    return w


prediction = Prediction(
    "With a tiny nudge you measure a rate of change of +2 at your weight. Which way should the"
    " weight go to make the loss smaller?",
    {
        "it should decrease": (
            "rc > 0 says that the loss grows with w. So make w smaller: that is the minus in w - lr"
            " · rc."
        ),
        "it should increase": "rc > 0 says that the loss grows with w. Increasing w would climb.",
        "that depends on whether you nudge it up or down": (
            "Not here. If the nudge is tiny and the slope is as steep as 2, both agree. You"
            " are right about large nudges, and about places close to the bottom of a valley or to"
            " a hilltop: there the two sides can disagree."
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
        "Going downhill, the slide divides by w₀ - ε - w₀. Which numerator belongs to it?",
        {
            "ℓ(w₀ + ε) - ℓ(w₀), as printed": (
                "That mixes up forward and backward, and the sign comes out wrong."
            ),
            "ℓ(w₀ - ε) - ℓ(w₀)": (
                "In the numerator and in the denominator, it is where you arrive minus where you"
                " started. This equals (ℓ(w₀) - ℓ(w₀ - ε)) / ε, the slide's right side."
            ),
            "ℓ(w₀) - ℓ(w₀ - ε)": (
                "That is where you started minus where you arrive. Its denominator would be + ε."
            ),
        },
        right="ℓ(w₀ - ε) - ℓ(w₀)",
    ),
    Question(
        "w = 1, rc = -4, lr = 0.1. Where is w after one step?",
        {
            "at 0.6": "Minus times minus is plus: w - lr · rc = 1 - 0.1 · (-4).",
            "at 1.4": "1 - 0.1 · (-4) = 1.4. The loss falls as w grows, so w grows.",
            "at 5": "That step is all of rc. The learning rate takes a tenth of it.",
        },
        right="at 1.4",
    ),
)
