"""Notebook 04, lecture section 3: from rc to the gradient, from one weight to many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .exercise import Formula, exercise
from .question import Prediction, Question, Questions

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

CUBES = Formula("sum of w³", lambda w: float((w**3).sum()))
COUPLED = Formula("(sum of w)² + sum of exp(w)", lambda w: float(w.sum() ** 2 + np.exp(w).sum()))
WEIGHTED = Formula(
    "a cubic of w, another in each entry",
    lambda w: float((np.arange(1, w.size + 1).reshape(w.shape) * (w**3 + w)).sum()),
)


@exercise(
    task=(
        "Return the gradient of `loss` at the matrix w: for each entry, the central difference"
        " when this entry is nudged by epsilon and the others are held still. The result has the"
        " shape of w. `np.ndindex(w.shape)` goes through all entries; `w[index]` is one of them."
    ),
    cases=[
        dict(loss=CUBES, w=np.array([[1.0, -2.0], [0.5, 3.0]]), epsilon=0.1),
        dict(loss=COUPLED, w=np.array([[0.2, -0.4, 1.0], [0.0, 0.3, -1.0]]), epsilon=0.05),
        dict(loss=WEIGHTED, w=np.array([[0.5, -1.0], [2.0, 0.1], [-0.3, 0.7]]), epsilon=0.1),
    ],
    further=(
        "every gradient of the engine is checked against such a loop. It is too slow to train with,"
        " because each entry costs two forward passes."
    ),
)
def numerical_gradient(loss, w, epsilon):
    gradient = np.zeros(w.shape)
    for index in np.ndindex(w.shape):
        up, down = w.astype(float), w.astype(float)  # two copies of w, as floats
        up[index] += epsilon
        down[index] -= epsilon
        gradient[index] = (loss(up) - loss(down)) / (2 * epsilon)
    return gradient


@numerical_gradient.skeleton
def delivered(loss, w, epsilon):
    gradient = np.zeros(w.shape)
    for index in np.ndindex(w.shape):
        ...  # your code here
    return gradient


def _each(w: NDArray[Any], difference: Callable[[NDArray[Any]], float]) -> NDArray[Any]:
    """Return a difference for each entry, with 1 in its place and 0 elsewhere: for mistakes."""
    gradient = np.zeros_like(w)
    for index in np.ndindex(w.shape):
        nudge = np.zeros_like(w)
        nudge[index] = 1
        gradient[index] = difference(nudge)
    return gradient


@numerical_gradient.mistake(
    "You look forward only. Look to both sides of each entry: the central difference is far closer"
    " to the gradient."
)
def forward_for_central(loss, w, epsilon):
    return _each(w, lambda e: (loss(w + epsilon * e) - loss(w)) / epsilon)


@numerical_gradient.mistake(
    "You look backward only. The central difference looks to both sides, and is far closer to the"
    " gradient."
)
def backward_for_central(loss, w, epsilon):
    return _each(w, lambda e: (loss(w) - loss(w - epsilon * e)) / epsilon)


@numerical_gradient.mistake(
    "From w - epsilon to w + epsilon it is two nudges, so divide by `(2 * epsilon)`. Yours is twice"
    " as large as it should be."
)
def divided_by_one_epsilon(loss, w, epsilon):
    return 2 * numerical_gradient.solution(loss, w, epsilon)


@numerical_gradient.mistake(
    "`/ 2 * epsilon` divides by 2 and then multiplies by epsilon. Write `/ (2 * epsilon)`."
)
def no_parentheses(loss, w, epsilon):
    return _each(w, lambda e: (loss(w + epsilon * e) - loss(w - epsilon * e)) / 2 * epsilon)


@numerical_gradient.mistake(
    "Wrong sign. Subtract the loss with the entry down from the loss with the entry up. The"
    " gradient points in the direction in which the loss grows fastest."
)
def wrong_sign(loss, w, epsilon):
    return -numerical_gradient.solution(loss, w, epsilon)


@numerical_gradient.mistake(
    "Every entry gets the sum of all slopes. Nudge one entry at a time, `up[index] += epsilon`,"
    " hold the others still, and write its slope to `gradient[index]` only."
)
def all_nudged_at_once(loss, w, epsilon):
    return np.full_like(w, (loss(w + epsilon) - loss(w - epsilon)) / (2 * epsilon))


@numerical_gradient.mistake(
    "An entry that you nudged stays nudged while you go on to the next one. Put it back, or take a"
    " fresh `w.copy()` for each entry."
)
def not_put_back(loss, w, epsilon):
    w, gradient = w.copy(), np.zeros_like(w)
    for index in np.ndindex(w.shape):
        w[index] += epsilon
        up = loss(w)
        w[index] -= 2 * epsilon
        gradient[index] = (up - loss(w)) / (2 * epsilon)
    return gradient


@numerical_gradient.mistake(
    "Your copies are made once, before the loop, so an entry that you nudged stays nudged. Take a"
    " fresh `w.copy()` for each entry."
)
def copied_once(loss, w, epsilon):
    up, down, gradient = w.copy(), w.copy(), np.zeros_like(w)
    for index in np.ndindex(w.shape):
        up[index] += epsilon
        down[index] -= epsilon
        gradient[index] = (loss(up) - loss(down)) / (2 * epsilon)
    return gradient


@numerical_gradient.mistake(
    "Every entry of your gradient is still 0. Do you write each slope to `gradient[index]`? And are"
    " up and down two arrays? After `up = down = w.copy()` they are two names of one, and the"
    " nudges cancel. Each needs a `w.copy()` of its own."
)
def still_zero(loss, w, epsilon):
    return np.zeros_like(w)


@numerical_gradient.mistake(
    "Only the first entry has its slope: is `return` inside the loop? It belongs after the loop."
)
def first_entry_only(loss, w, epsilon):
    gradient = np.zeros_like(w)
    gradient[0, 0] = numerical_gradient.solution(loss, w, epsilon)[0, 0]
    return gradient


@numerical_gradient.mistake(
    "The numbers are right but lie in a row. A gradient has the shape of w, with each number at the"
    " position of its weight: start from `np.zeros(w.shape)`."
)
def flat(loss, w, epsilon):
    return numerical_gradient.solution(loss, w, epsilon).ravel()


@numerical_gradient.mistake(
    "The numbers are right but lie in the wrong places: your gradient is transposed. It has the"
    " shape of w."
)
def transposed(loss, w, epsilon):
    return numerical_gradient.solution(loss, w, epsilon).T


@numerical_gradient.mistake(
    "Your numbers are even closer to the true gradient, so you use a smaller nudge of your own or"
    " the derivative. Use the nudge that the caller asks for, `epsilon`."
)
def own_epsilon(loss, w, epsilon):
    return numerical_gradient.solution(loss, w, 1e-5)


@numerical_gradient.mistake(
    "You nudge by half of epsilon to each side. Go a whole `epsilon` up and a whole one down, and"
    " divide by `(2 * epsilon)`."
)
def half_nudges(loss, w, epsilon):
    return numerical_gradient.solution(loss, w, epsilon / 2)


prediction = Prediction(
    "rc becomes the gradient as ε goes to 0. A computer keeps 16 digits of each number. Which ε"
    " brings the forward difference closest to the gradient?",
    {
        "ε = 0.01": "Too large. The curve still bends a little between w and w + ε.",
        "ε = 1e-8": (
            "With a larger ε, the bend of the curve does more harm. With a smaller one, rounding"
            " does."
        ),
        "ε = 1e-15": (
            "Too small. ℓ(w + ε) and ℓ(w) agree in almost all of their 16 digits, and what is left"
            " of their difference is mostly rounding."
        ),
    },
    right="ε = 1e-8",
)

questions = Questions(
    Question(
        "Where does the gradient point?",
        {
            "in the direction in which the loss falls fastest": (
                "That is minus the gradient, and the reason for the minus in the update. (The slide"
                " can be read either way.)"
            ),
            "to the minimum": (
                "As a rule, not even minus the gradient does. It points in the direction in which"
                " the loss falls fastest from here, and in a long valley that is mostly across the"
                " valley."
            ),
            "in the direction in which the loss grows fastest": (
                "So gradient descent goes the other way: W - lr · ∇ℓ."
            ),
        },
        right="in the direction in which the loss grows fastest",
    ),
    Question(
        "W has the shape (3, 2). What is the shape of the gradient with respect to W?",
        {
            "(3, 2)": (
                "One number for each weight, at the same position. So W - lr · ∇ℓ(W) works entry"
                " by entry."
            ),
            "(2, 3)": "It is not transposed. Otherwise W - lr · ∇ℓ(W) would not fit together.",
            "none: it is one number": (
                "The loss is one number. Its gradient has one for each weight."
            ),
        },
        right="(3, 2)",
    ),
    Question(
        "At some W the gradient is 0 in every entry. What do you know?",
        {
            "this is the global minimum": (
                "It may be one of many minima. It may even be no minimum at all."
            ),
            "gradient descent stays here": (
                "The step is lr · 0. Whether this is a minimum, a hilltop or a saddle, the gradient"
                " alone does not say."
            ),
            "this is a minimum, global or local": (
                "It may also be a hilltop, or a saddle: up in one direction and down in another."
                " There the gradient is 0 as well."
            ),
        },
        right="gradient descent stays here",
    ),
)
