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
        "Return the gradient of `loss` at the matrix w by central differences: for each entry, `(up"
        " - down) / (2 * epsilon)`, where `up` is the loss with this entry increased by epsilon,"
        " `down` with it decreased, and the others held still. The result has the shape of w."
        " `np.ndindex(w.shape)` goes through all entries."
    ),
    cases=[
        dict(loss=CUBES, w=np.array([[1.0, -2.0], [0.5, 3.0]]), epsilon=0.1),
        dict(loss=COUPLED, w=np.array([[0.2, -0.4, 1.0], [0.0, 0.3, -1.0]]), epsilon=0.05),
        dict(loss=WEIGHTED, w=np.array([[0.5, -1.0], [2.0, 0.1], [-0.3, 0.7]]), epsilon=0.1),
    ],
    further=(
        "this is the referee of the whole course: every gradient of the engine is held against it."
        " It is too slow to train with, as each entry costs two forward passes."
    ),
)
def numerical_gradient(loss, w, epsilon):
    gradient = np.zeros_like(w)
    for index in np.ndindex(w.shape):
        up, down = w.copy(), w.copy()
        up[index] += epsilon
        down[index] -= epsilon
        gradient[index] = (loss(up) - loss(down)) / (2 * epsilon)
    return gradient


@numerical_gradient.skeleton
def delivered(loss, w, epsilon):
    gradient = np.zeros_like(w)
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
    "You look forward only. That is rc; the central difference has a far smaller error, of the"
    " order of epsilon² instead of epsilon."
)
def forward_for_central(loss, w, epsilon):
    return _each(w, lambda e: (loss(w + epsilon * e) - loss(w)) / epsilon)


@numerical_gradient.mistake(
    "You look backward only. The central difference looks to both sides, and its error is of the"
    " order of epsilon² instead of epsilon."
)
def backward_for_central(loss, w, epsilon):
    return _each(w, lambda e: (loss(w) - loss(w - epsilon * e)) / epsilon)


@numerical_gradient.mistake(
    "From w - epsilon to w + epsilon it is two nudges: divide by `2 * epsilon`. Yours is twice too"
    " large. (Mind the parentheses: `/ 2 * epsilon` multiplies.)"
)
def divided_by_one_epsilon(loss, w, epsilon):
    return 2 * numerical_gradient.solution(loss, w, epsilon)


@numerical_gradient.mistake(
    "`/ 2 * epsilon` divides by 2 and then multiplies by epsilon. Write `/ (2 * epsilon)`."
)
def no_parentheses(loss, w, epsilon):
    return _each(w, lambda e: (loss(w + epsilon * e) - loss(w - epsilon * e)) / 2 * epsilon)


@numerical_gradient.mistake(
    "Wrong sign: it is the loss above minus the loss below. The gradient points to where the loss"
    " grows."
)
def wrong_sign(loss, w, epsilon):
    return -numerical_gradient.solution(loss, w, epsilon)


@numerical_gradient.mistake(
    "You nudge the whole matrix at once, so every entry gets the sum of all slopes. Nudge one"
    " entry, `up[index] += epsilon`, the others held still."
)
def all_nudged_at_once(loss, w, epsilon):
    return np.full_like(w, (loss(w + epsilon) - loss(w - epsilon)) / (2 * epsilon))


@numerical_gradient.mistake(
    "An entry that was nudged stays nudged while you go on to the next one. Put it back, or take a"
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
    "The numbers are right but lie in a row. A gradient has the shape of w, one number at the place"
    " of each weight: start from `np.zeros_like(w)`."
)
def flat(loss, w, epsilon):
    return numerical_gradient.solution(loss, w, epsilon).ravel()


prediction = Prediction(
    "rc becomes the gradient as ε goes to 0. On a computer (64-bit floats), which ε gives the"
    " forward difference closest to the gradient?",
    {
        "ε = 0.01": "Still large: the error of about ε / 2 times the curvature is what one sees.",
        "ε = 1e-8": (
            "Near the root of the rounding unit 1.1e-16. Larger: the curve bends away from the"
            " secant. Smaller: rounding takes over."
        ),
        "ε = 1e-15": (
            "So small that ℓ(w + ε) and ℓ(w) agree in almost all digits. What is left of their"
            " difference is mostly rounding."
        ),
    },
    right="ε = 1e-8",
)

questions = Questions(
    Question(
        "Where does the gradient point?",
        {
            "to where the loss falls most": (
                "That is minus the gradient, and the reason for the minus in the update. (The slide"
                " can be read either way.)"
            ),
            "to the minimum": (
                "Not even minus the gradient does, except in a round bowl: it points straight"
                " downhill, and valleys bend."
            ),
            "to where the loss grows most": "So gradient descent goes the other way: W - lr · ∇ℓ.",
        },
        right="to where the loss grows most",
    ),
    Question(
        "W has the shape (3, 2). What shape has the gradient of the loss with respect to W?",
        {
            "(3, 2)": (
                "One number for each weight, at its place. So W - lr · ∇ℓ(W) works entry by entry."
            ),
            "(2, 3)": "It is not transposed, or W - lr · ∇ℓ(W) would not fit together.",
            "none: it is one number": (
                "The loss is one number. Its gradient has one for each weight."
            ),
        },
        right="(3, 2)",
    ),
    Question(
        "At some W the gradient is 0 in every entry. What do you know?",
        {
            "this is the global minimum": "It may be one of many minima, or none at all.",
            "this is a minimum, global or local": (
                "A hill top or a saddle, up in one direction and down in another, has gradient 0 as"
                " well."
            ),
            "gradient descent stays here": (
                "The step is lr · 0. Whether it is a minimum, a hill top or a saddle, the gradient"
                " alone does not say."
            ),
        },
        right="gradient descent stays here",
    ),
)
