"""Draw your prediction: how the loss will go, drawn before it is shown.

What a learner has said, and then seen, stays in mind longer than what was only seen. An explorer
that asks for it has the two settings `predict` and `guess`, and hides the truth until there is a
prediction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..live import add_to, strokes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ..live import Pointer
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
ENOUGH = 0.5  # of the steps: so far a drawing has to reach


def predicted(predict: str, guess: str, first: float, steps: int) -> Array | None:
    """Return the predicted losses (steps + 1,), or None as long as there is no prediction.

    A drawing is read from left to right, and goes on as it ended.
    """
    share = np.arange(steps + 1) / steps
    if predict in CURVES:
        return first * 10 ** np.asarray(CURVES[predict](share), float)
    lines = strokes(guess)
    if not lines:
        return None
    points = np.concatenate(lines)
    points = points[np.argsort(points[:, 0], kind="stable")]
    if np.ptp(points[:, 0]) < ENOUGH * steps:
        return None
    logs = np.log10(np.maximum(points[:, 1], 1e-300))
    return np.asarray(10 ** np.interp(share * steps, points[:, 0], logs))


def gap(prediction: ArrayLike, truth: ArrayLike) -> tuple[float, str]:
    """Return the factor between two curves of losses above 0, on average, and a word for it.

    The factor is at least 1: twice as much and half as much are as far away.
    """
    difference = np.log10(np.asarray(prediction)) - np.log10(np.asarray(truth))
    factor = float(10 ** np.abs(difference).mean())
    return factor, next((word for most, word in WORDS.items() if factor <= most), "far off")


def times(factor: float) -> str:
    """Return a factor as a sentence has it.

    >>> times(1.234), times(3030.3)
    ('1.23', '3,030')
    """
    return f"{factor:.3g}" if factor < 100 else f"{factor:,.0f}"


def drawn_by(pointer: Pointer, guess: str) -> dict[str, Any]:
    """Return the setting that a pointer has changed: what is drawn. A new stroke is a new guess."""
    return {"guess": add_to("" if pointer.kind == "down" else guess, pointer)}
