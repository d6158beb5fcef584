"""Draw your prediction: how the loss will go, drawn before it is shown.

What a learner has said, and then seen, stays in mind longer than what was only seen. An explorer
that asks for it has the two settings `predict` and `guess`, and hides the truth until there is a
prediction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..live import add_to, strokes
from ..style import ink
from .formats import number

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ..live import Explorer, Pointer
    from ..tensor import Array

# By keyboard: one of three curves. Each is the power of ten that is added to the first loss, for
# the share of the steps that are done.
CURVES = {
    "it falls fast": lambda share: -3 * np.minimum(1, 4 * share),
    "it falls slowly": lambda share: -1.5 * share,
    "it grows": lambda share: 4 * share,
}
OFF, DRAW = "off", "draw it"
PREDICT = [OFF, DRAW, *CURVES]
# of the mean factor between prediction and truth, up to which a word holds
WORDS = {1.6: "very close", 4: "close", 20: "not close"}
SHARES = {0.05: "very close", 0.15: "close", 0.4: "not close"}
ENOUGH = 0.5  # of the steps: so far a drawing has to reach


def predicted(predict: str, guess: str, first: float, steps: int, log: bool = True) -> Array | None:
    """Return the predicted losses (steps + 1,), or None as long as there is no prediction.

    A drawing is read from left to right, and goes on as it ended; between its points it is straight
    on the axis it was drawn on, whose scale is logarithmic or linear.
    """
    if predict == OFF:
        return None
    share = np.arange(steps + 1) / steps
    if predict in CURVES:
        return first * 10 ** np.asarray(CURVES[predict](share), float)
    points = points_of(guess)
    if len(points) == 0 or np.ptp(points[:, 0]) < ENOUGH * steps:
        return None
    points = points[np.argsort(points[:, 0], kind="stable")]
    heights = np.log10(np.maximum(points[:, 1], 1e-300)) if log else points[:, 1]
    curve = np.interp(share * steps, points[:, 0], heights)
    return np.asarray(10**curve if log else curve)


def points_of(guess: str) -> Array:
    """Return the points (n, 2) of a drawing, in the order in which they were drawn."""
    return np.concatenate([np.empty((0, 2)), *strokes(guess)])


def sketch(predict: str, guess: str, prediction: Array | None) -> tuple[Any, Any]:
    """Return what there is of a prediction, as a curve: all of it, or what is drawn so far."""
    if prediction is not None:
        return range(len(prediction)), prediction
    return tuple(points_of(guess if predict == DRAW else "").T)


def gap(prediction: ArrayLike, truth: ArrayLike) -> tuple[float, str]:
    """Return the factor between two curves of losses above 0, on average, and a word for it.

    The factor is at least 1: twice as much and half as much are as far away.
    """
    difference = np.log10(np.asarray(prediction)) - np.log10(np.asarray(truth))
    factor = float(10 ** np.abs(difference).mean())
    return factor, word_for(factor, WORDS)


def share_off(prediction: ArrayLike, truth: ArrayLike) -> tuple[float, str]:
    """Return how far two curves are apart on average, as a share of the first loss, and a word.

    For losses that come to 0, which no factor reaches.
    """
    truth = np.asarray(truth)
    share = float(np.abs(np.asarray(prediction) - truth).mean() / truth[0])
    return share, word_for(share, SHARES)


def word_for(x: float, words: dict[float, str]) -> str:
    """Return the word for a number: that of the first limit that it does not pass."""
    return next((word for most, word in words.items() if x <= most), "far off")


def asked(name: str, lr: float, first: float, steps: int) -> tuple[str, str]:
    """Ask for a prediction: a verdict and a reason."""
    return (
        f"First draw how {name} will go.",
        (
            f"With lr {number(lr)} it begins at {number(first)}: draw it from step 0 to {steps},"
            " then the truth is laid over it."
        ),
    )


def judged(prediction: Array, truth: Array, name: str, last: float, top: float) -> tuple[str, str]:
    """Say how far away a prediction was: a verdict and a reason."""
    factor, word = gap(prediction, truth)
    end = f"ends at {number(last)}" if last <= top else "ends above the picture"
    return (
        f"Your prediction is {word}.",
        (
            f"On average {ink('estimate', 'it')} is a factor of {times(factor)} away from {name},"
            f" which {end}."
        ),
    )


def times(factor: float) -> str:
    """Return a factor as a sentence has it.

    >>> times(1.234), times(3030.3)
    ('1.23', '3,030')
    """
    return f"{factor:.3g}" if factor < 100 else f"{factor:,.0f}"


def scrubbed(explorer: Explorer, pointer: Pointer) -> dict[str, Any]:
    """Return what a pointer in the picture of the loss moves: the prediction, or the step."""
    settings = explorer.state
    if settings["predict"] != DRAW:
        return {"step": explorer.controls["step"].nearest(pointer.x)}
    # a new stroke is a new guess
    return {"guess": add_to("" if pointer.kind == "down" else settings["guess"], pointer)}


def questioned(
    explorer: Explorer, settings: dict[str, Any], run: set[str], steps: int
) -> dict[str, Any]:
    """Return the settings that follow: another run, by one of the settings of `run`, is another
    question, and so is another way to answer it.
    """
    if settings.get("predict", OFF) != OFF:
        return {"guess": "", "step": steps}
    return {"guess": ""} if explorer.state["guess"] and settings.keys() & run else {}
