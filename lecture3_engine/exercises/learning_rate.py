"""Notebook 06, lecture section 3: too big, too small, and the safe bet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .exercise import exercise
from .question import Prediction, Question, Questions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Weights:
    """What a short run leaves behind: enough to find the run again.

    Parameters
    ----------
    run : str
        Its learning rate, as text.
    """

    def __init__(self, run: str) -> None:
        self.run = run


class Runs:
    """Short training runs, one for each learning rate.

    Parameters
    ----------
    **losses
        The learning rate as text: (training loss, validation loss).
    """

    def __init__(self, **losses: tuple[float, float]) -> None:
        self.losses = losses

    def train(self, lr: float) -> tuple[Weights, float]:
        """Return the weights after a short run, and its training loss."""
        return Weights(f"{lr:g}"), self.losses[f"{lr:g}"][0]

    def validation_loss(self, w: Weights) -> float:
        """Return the validation loss of the run that led to these weights."""
        if not isinstance(w, Weights):
            raise TypeError(
                "validation_loss expects the weights `w` from `w, training_loss = train(lr)`. It"
                f" received {'both' if isinstance(w, tuple) else type(w).__name__}"
            )
        return self.losses[w.run][1]

    def __repr__(self) -> str:
        """Return what messages show."""
        runs = [
            f"lr {lr}: training {training:g}, validation {validation:g}"
            for lr, (training, validation) in self.losses.items()
        ]
        return "; ".join(runs)


def _run(function: Callable[..., Any], candidates: Sequence[float], runs: Runs) -> Any:
    """Let the learner's function choose."""
    return function(list(candidates), runs.train, runs.validation_loss)


NAN, INF = float("nan"), float("inf")


@exercise(
    task=(
        "The lecture's safe bet. For each lr in `candidates` (biggest first), make a short run: `w,"
        " training_loss = train(lr)`. Return the lr whose `validation_loss(w)` is smallest. You get"
        " the training loss as well, as you would in practice, but do not choose by it. A run that"
        " diverged has a loss of nan or inf and must not win. At least one run always survives."
    ),
    cases=[
        dict(
            candidates=(1.0, 0.3, 0.1, 0.03),
            runs=Runs(
                **{"1": (NAN, NAN), "0.3": (0.05, 0.62), "0.1": (0.21, 0.35), "0.03": (0.9, 0.95)}
            ),
        ),
        dict(
            candidates=(10.0, 1.0, 0.1),
            runs=Runs(**{"10": (INF, INF), "1": (0.4, 0.5), "0.1": (1.8, 1.9)}),
        ),
        dict(
            candidates=(0.5, 0.05, 0.005),
            runs=Runs(**{"0.5": (2.9, 3.1), "0.05": (0.7, 0.8), "0.005": (2.1, 2.2)}),
        ),
        # every loss above 1
        dict(candidates=(1.0, 0.1), runs=Runs(**{"1": (2.3, 2.31), "0.1": (1.1, 1.2)})),
        # one that rises before it falls
        dict(
            candidates=(2.0, 0.7, 0.2),
            runs=Runs(**{"2": (0.5, 0.6), "0.7": (0.7, 0.9), "0.2": (0.4, 0.4)}),
        ),
        dict(
            candidates=(3.0, 2.0, 0.2, 0.02),
            runs=Runs(
                **{"3": (INF, INF), "2": (NAN, NAN), "0.2": (0.31, 0.52), "0.02": (0.52, 0.49)}
            ),
        ),
    ],
    further=(
        "a few steps are enough to rank learning rates roughly. Try candidates a factor of 3 apart:"
        " 1, 0.3, 0.1, ... Finer tuning hardly matters."
    ),
    run=_run,
)
def choose_learning_rate(candidates, train, validation_loss):
    best, smallest = None, np.inf
    for lr in candidates:
        w, training_loss = train(lr)
        loss = validation_loss(w)
        if loss < smallest:  # nan is not smaller than anything
            best, smallest = lr, loss
    return best


def _losses(
    candidates: Sequence[float], train: Callable[..., Any], validation_loss: Callable[..., float]
) -> list[float]:
    """Return the validation loss of each candidate: for mistakes."""
    return [validation_loss(train(lr)[0]) for lr in candidates]


def _first(values: Sequence[float], which: Callable[..., int]) -> int:
    """Return the index that Python's min or max would choose."""
    return which(range(len(values)), key=lambda i: values[i])


@choose_learning_rate.mistake(
    "You choose by the training loss. A network can memorize its training data: judge it on data it"
    " has not seen, with `validation_loss(w)`."
)
def by_training_loss(candidates, train, validation_loss):
    losses = [train(lr)[1] for lr in candidates]
    return candidates[int(np.nanargmin(losses))]


@choose_learning_rate.mistake(
    "The nan wins: `np.argmin` treats nan as the smallest number. Use `np.nanargmin`, or compare"
    " with `<` and start from `np.inf`."
)
def nan_wins(candidates, train, validation_loss):
    return candidates[int(np.argmin(_losses(candidates, train, validation_loss)))]


@choose_learning_rate.mistake(
    "A nan that comes first stays: no number is smaller than nan, so `min` and `<` never replace"
    " it. Start from `np.inf`, or leave nan out with `np.isfinite`."
)
def nan_comes_first(candidates, train, validation_loss):
    return candidates[_first(_losses(candidates, train, validation_loss), min)]


@choose_learning_rate.mistake(
    "You choose the largest validation loss. The best run has the smallest one."
)
def largest_loss(candidates, train, validation_loss):
    return candidates[
        int(
            np.nanargmax(
                [
                    loss if np.isfinite(loss) else NAN
                    for loss in _losses(candidates, train, validation_loss)
                ]
            )
        )
    ]


@choose_learning_rate.mistake(
    "That is the smallest loss itself. Return the learning rate that reached it."
)
def returns_the_loss(candidates, train, validation_loss):
    return float(np.nanmin(_losses(candidates, train, validation_loss)))


@choose_learning_rate.mistake(
    "That is the place of the best run in the list. Return its learning rate: `candidates[i]`."
)
def returns_the_index(candidates, train, validation_loss):
    return int(np.nanargmin(_losses(candidates, train, validation_loss)))


@choose_learning_rate.mistake(
    "You take the biggest learning rate that does not diverge. That is not enough: compare the"
    " validation losses of all of them."
)
def biggest_that_survives(candidates, train, validation_loss):
    return next(lr for lr in candidates if np.isfinite(validation_loss(train(lr)[0])))


@choose_learning_rate.mistake(
    "You take the smallest learning rate whatever its loss. It may not diverge, but it does not get"
    " far in a few steps. (Do you compare with the smallest loss so far? Then update that, too,"
    " whenever you find a smaller one.)"
)
def always_the_smallest(candidates, train, validation_loss):
    return min(candidates)


@choose_learning_rate.mistake(
    "You stop as soon as the loss rises. From one learning rate to the next it may rise and then"
    " fall again: try them all."
)
def stops_at_the_first_rise(candidates, train, validation_loss):
    best, smallest = None, np.inf
    for lr in candidates:
        loss = validation_loss(train(lr)[0])
        if loss < smallest:
            best, smallest = lr, loss
        elif np.isfinite(loss):
            break
    return best


@choose_learning_rate.mistake(
    "You start from a smallest loss of 1, so a run with a larger loss can never win. Start from"
    " `np.inf`: every finite loss is smaller."
)
def starts_from_one(candidates, train, validation_loss):
    best, smallest = candidates[0], 1.0
    for lr in candidates:
        loss = validation_loss(train(lr)[0])
        if loss < smallest:
            best, smallest = lr, loss
    return best


prediction = Prediction(
    "Gradient descent on ℓ(w) = ½ w², from w = 3, with the large learning rate 1.9. What will"
    " happen?",
    {
        "it creeps toward the minimum from one side": (
            "It would with a small lr, below 1. With 1.9 each step goes past the minimum."
        ),
        "it jumps from side to side, and still arrives": (
            "Each step multiplies w by 1 - lr = -0.9: the other side, a little nearer. From "
            "lr = 2 on it no longer gets nearer."
        ),
        "it jumps from side to side, farther and farther": (
            "That begins above lr = 2. At 1.9 each jump ends at 0.9 times the distance."
        ),
    },
    right="it jumps from side to side, and still arrives",
)

questions = Questions(
    Question(
        "The slide says: if it doesn't converge, you need more epochs. When is that good advice?",
        {
            "when the learning rate is too small": (
                "Then training is on its way, only slowly. (A bigger lr would help as well.)"
            ),
            "when the learning rate is far too big": (
                "Then later steps overshoot like the first ones, or the units are dead already."
                " Start again with a smaller lr."
            ),
            "always, because more training cannot hurt": (
                "On a parabola beyond the limit, each further step makes it worse."
            ),
        },
        right="when the learning rate is too small",
    ),
    Question(
        "A loss of one weight has the curvature λ = 4 everywhere. With which learning rates does"
        " gradient descent converge from every start?",
        {
            "0 < lr < 2": "That is the range for λ = 1. The limit is 2 / λ.",
            "0 < lr ≤ 0.25": (
                "0.25 = 1 / λ is the fastest: it arrives in one step. But it converges up to twice"
                " that."
            ),
            "0 < lr < 0.5": (
                "Each step multiplies the distance by 1 - 4 lr, which is between -1 and 1 for lr"
                " between 0 and 0.5 = 2 / λ."
            ),
        },
        right="0 < lr < 0.5",
    ),
    Question(
        "Why choose the learning rate on validation data and not on the data that was trained on?",
        {
            "because validation data has no noise": "It is as noisy as the rest.",
            "because what counts is data the model has not seen": (
                "A small training loss can also mean that the samples were memorized."
            ),
            "because the gradient is computed on validation data": (
                "It never is: then they would be training data."
            ),
        },
        right="because what counts is data the model has not seen",
    ),
)
