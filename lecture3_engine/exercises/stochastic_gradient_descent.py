"""Notebook 05, lecture section 3: gradient descent over batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .exercise import Formula, exercise
from .question import Prediction, Question, Questions

if TYPE_CHECKING:
    from numpy.typing import NDArray

_rng = np.random.default_rng(2)
W = np.array([[0.5], [-1.0]])
X = _rng.normal(size=(7, 2)).round(1)
Y = _rng.normal(size=(7, 1)).round(1)


@exercise(
    task=(
        "Make one SGD step with one batch. The predictions are `dot(inputs, w)`, with a row of"
        " `inputs` for each sample, and the loss is the mean of `(preds - labels)**2` over the"
        " samples. Work out its gradient, and return the new w."
    ),
    cases=[
        dict(
            w=W, inputs=np.array([[1.0, 2.0], [3.0, -1.0]]), labels=np.array([[1.0], [0.0]]), lr=0.1
        ),
        dict(
            w=np.array([[1.0], [0.5], [-0.5]]),
            inputs=_rng.normal(size=(5, 3)),
            labels=_rng.normal(size=(5, 1)),
            lr=0.05,
        ),
        dict(w=W, inputs=X, labels=Y, lr=0.2),
        dict(w=W, inputs=np.array([[3, -2]]), labels=np.array([[10]]), lr=0.02),
    ],
    further=(
        "with the mean, the average step is the same for every batch size. With the sum it would"
        " grow with the batch, and you would have to divide lr by the batch size."
    ),
)
def sgd_step(w, inputs, labels, lr):
    preds = np.dot(inputs, w)
    gradient = 2 / len(inputs) * np.dot(inputs.T, preds - labels)
    return w - lr * gradient


def _gradient(w: NDArray[Any], inputs: NDArray[Any], labels: NDArray[Any]) -> NDArray[Any]:
    """Return the gradient of the mean over a batch, as it should be: for mistakes."""
    return 2 / len(inputs) * np.dot(inputs.T, np.dot(inputs, w) - labels)


GRADIENT = Formula("gradient of the mean of (inputs w - labels)²", _gradient)


@sgd_step.mistake(
    "You climb: a sign is wrong. Look at `preds - labels` first, then at the step,"
    " which goes against the gradient."
)
def wrong_sign(w, inputs, labels, lr):
    return w + lr * _gradient(w, inputs, labels)


@sgd_step.mistake(
    "Sum instead of mean: your gradient is batch_size times as large as it should be, so a larger"
    " batch makes a longer step. Divide by `len(inputs)`."
)
def sum_for_mean(w, inputs, labels, lr):
    return w - lr * len(inputs) * _gradient(w, inputs, labels)


@sgd_step.mistake(
    "You divide by the number of weights. The mean is over the samples of the batch: divide by"
    " `len(inputs)`."
)
def divided_by_weights(w, inputs, labels, lr):
    return w - lr * _gradient(w, inputs, labels) * len(inputs) / len(w)


@sgd_step.mistake(
    "The 2 is missing: the derivative of (preds - labels)² is 2 (preds - labels). Your steps are"
    " half as long."
)
def two_forgotten(w, inputs, labels, lr):
    return w - lr * _gradient(w, inputs, labels) / 2


@sgd_step.mistake(
    "You take the mean over everything, so all weights get the same step. Each weight has a"
    " gradient of its own: take the mean over the samples only."
)
def one_number_for_all(w, inputs, labels, lr):
    return w - lr * 2 * np.mean(inputs * (np.dot(inputs, w) - labels))


@sgd_step.mistake(
    "Shapes: w has a column, but a mean with `axis=0` is a flat row, and NumPy then subtracts each"
    " from each. `np.dot(inputs.T, ...)` keeps the column."
)
def flat_row(w, inputs, labels, lr):
    return w - lr * 2 * np.mean(inputs * (np.dot(inputs, w) - labels), axis=0)


@sgd_step.mistake(
    "`inputs` has a row for each sample; the gradient needs a row for each weight. Turn it around"
    " with `inputs.T`."
)
def transpose_forgotten(w, inputs, labels, lr):
    return w - lr * 2 / len(inputs) * np.dot(inputs, np.dot(inputs, w) - labels)


@sgd_step.mistake(
    "The input is missing. The chain rule gives 2 (preds - labels) times the input that the weight"
    " is multiplied by."
)
def inner_derivative_forgotten(w, inputs, labels, lr):
    return w - lr * 2 * np.mean(np.dot(inputs, w) - labels)


@sgd_step.mistake("The learning rate is missing: your step is as long as the gradient.")
def lr_forgotten(w, inputs, labels, lr):
    return w - _gradient(w, inputs, labels)


@sgd_step.mistake("You return the step alone. Return the new w, after the step.")
def step_for_w(w, inputs, labels, lr):
    return lr * _gradient(w, inputs, labels)


@sgd_step.mistake("You return the gradient alone. Make a step with it, and return the new w.")
def gradient_for_w(w, inputs, labels, lr):
    return _gradient(w, inputs, labels)


@sgd_step.mistake(
    "The result is right, but `w -= ...` changes the array that you were given, and the caller's w"
    " with it. Write `w = w - ...`, which makes a new array."
)
def in_place(w, inputs, labels, lr):
    w -= lr * _gradient(w, inputs, labels)
    return w


def _absolute(w: NDArray[Any], inputs: NDArray[Any], labels: NDArray[Any]) -> NDArray[Any]:
    """Return the gradient of another loss: the `gradient` that is given has to be used."""
    return 1 / len(inputs) * np.dot(inputs.T, np.sign(np.dot(inputs, w) - labels))


ABSOLUTE = Formula("gradient of the mean of |inputs w - labels|", _absolute)


@exercise(
    task=(
        "One epoch of SGD: go through all samples in batches of `batch_size`, in their order, and"
        " make one step with each batch. `gradient(w, inputs, labels)` is given. The last batch may"
        " be smaller. Return the last w."
    ),
    cases=[
        dict(gradient=GRADIENT, w=W, inputs=X, labels=Y, batch_size=2, lr=0.05),
        dict(gradient=ABSOLUTE, w=W, inputs=X, labels=Y, batch_size=3, lr=0.1),
        dict(gradient=GRADIENT, w=W, inputs=X[:6], labels=Y[:6], batch_size=3, lr=0.1),
    ],
    further=(
        "in real training, the samples are shuffled before each epoch, so the batches are never the"
        " same: `DataLoader(..., shuffle=True, rng=rng)`."
    ),
)
def sgd_epoch(gradient, w, inputs, labels, batch_size, lr):
    for start in range(0, len(inputs), batch_size):
        batch = slice(start, start + batch_size)
        w = w - lr * gradient(w, inputs[batch], labels[batch])
    return w


@sgd_epoch.skeleton
def delivered(gradient, w, inputs, labels, batch_size, lr):
    for start in range(0, len(inputs), batch_size):
        ...  # your code here
    return w


@sgd_epoch.mistake(
    "You compute the gradient over all samples in every step. That is gradient descent with too"
    " many steps: give `gradient` the batch only."
)
def full_gradient(gradient, w, inputs, labels, batch_size, lr):
    for start in range(0, len(inputs), batch_size):
        w = w - lr * gradient(w, inputs, labels)
    return w


@sgd_epoch.mistake(
    "You make one step with all samples: that is gradient descent. SGD makes a step for each batch."
)
def one_full_step(gradient, w, inputs, labels, batch_size, lr):
    return w - lr * gradient(w, inputs, labels)


@sgd_epoch.mistake(
    "You leave out the last batch when it is smaller than the others, so the network never learns"
    " from the samples in it."
)
def last_batch_dropped(gradient, w, inputs, labels, batch_size, lr):
    return sgd_epoch.solution(
        gradient,
        w,
        *(a[: len(a) // batch_size * batch_size] for a in (inputs, labels)),
        batch_size,
        lr,
    )


@sgd_epoch.mistake(
    "Every step starts from the first w, so only the last batch counts. Start each step from the w"
    " that the step before has left."
)
def starts_again(gradient, w, inputs, labels, batch_size, lr):
    start = (len(inputs) - 1) // batch_size * batch_size
    return w - lr * gradient(w, inputs[start:], labels[start:])


@sgd_epoch.mistake(
    "Only one step was made, with the first batch. Is `return` indented, so that it stands inside"
    " the loop?"
)
def first_batch_only(gradient, w, inputs, labels, batch_size, lr):
    return w - lr * gradient(w, inputs[:batch_size], labels[:batch_size])


@sgd_epoch.mistake(
    "You take all gradients at the first w. But w changes with each batch, and the gradient has to"
    " be taken where w is now."
)
def gradient_at_the_start(gradient, w, inputs, labels, batch_size, lr):
    starts = range(0, len(inputs), batch_size)
    return w - lr * sum(
        gradient(w, inputs[s : s + batch_size], labels[s : s + batch_size]) for s in starts
    )


@sgd_epoch.mistake(
    "The numbers are right, but `w -= ...` changes the caller's w, too. Write `w = w - ...`, which"
    " makes a new array."
)
def epoch_in_place(gradient, w, inputs, labels, batch_size, lr):
    w[...] = sgd_epoch.solution(gradient, w, inputs, labels, batch_size, lr)
    return w


@sgd_epoch.mistake("You climb. The gradient points uphill, so the step has to go against it.")
def epoch_uphill(gradient, w, inputs, labels, batch_size, lr):
    return sgd_epoch.solution(gradient, w, inputs, labels, batch_size, -lr)


@sgd_epoch.mistake(
    "You compute a gradient of your own. Call the function `gradient` that you are given: the loss"
    " may be a different one."
)
def own_gradient(gradient, w, inputs, labels, batch_size, lr):
    return sgd_epoch.solution(_gradient, w, inputs, labels, batch_size, lr)


@sgd_epoch.mistake(
    "Some of your batches are empty. `start` counts samples, not batches, so a batch goes from"
    " `start` to `start + batch_size`."
)
def start_counts_batches(gradient, w, inputs, labels, batch_size, lr):
    for start in range(0, len(inputs), batch_size):
        batch = slice(start * batch_size, (start + 1) * batch_size)
        w = w - lr * gradient(w, inputs[batch], labels[batch])
    return w


@sgd_epoch.mistake(
    "Your batches end too late: each of them runs to the last sample. Where does a batch end that"
    " begins at `start`?"
)
def all_to_the_end(gradient, w, inputs, labels, batch_size, lr):
    for start in range(0, len(inputs), batch_size):
        w = w - lr * gradient(w, inputs[start:], labels[start:])
    return w


@sgd_epoch.mistake(
    "You make a step for each sample. With `batch_size` samples in a batch there are fewer steps."
)
def one_by_one(gradient, w, inputs, labels, batch_size, lr):
    return sgd_epoch.solution(gradient, w, inputs, labels, 1, lr)


@sgd_epoch.mistake(
    "You stop one batch too early. The loop has to reach the last sample: `range(0, len(inputs),"
    " batch_size)`."
)
def stops_early(gradient, w, inputs, labels, batch_size, lr):
    for start in range(0, len(inputs) - batch_size, batch_size):
        batch = slice(start, start + batch_size)
        w = w - lr * gradient(w, inputs[batch], labels[batch])
    return w


@sgd_epoch.mistake("The learning rate is missing: your steps are as long as the gradients.")
def epoch_without_lr(gradient, w, inputs, labels, batch_size, lr):
    return sgd_epoch.solution(gradient, w, inputs, labels, batch_size, 1)


prediction = Prediction(
    "Gradient descent (GD) and stochastic gradient descent (SGD) both see all 60,000 digits once,"
    " with the same learning rate, 0.1. GD makes 1 step with all of them. SGD makes 469 steps with"
    " 128 each. Whose loss is lower afterward?",
    {
        "GD's: its gradient is exact": (
            "It is exact, but it is used only once. A single step does not lead far, however well"
            " it is aimed."
        ),
        "SGD's, by far": (
            "A batch of 128 already points roughly the right way, so 469 rough steps beat one exact"
            " step for the same price."
        ),
        "about the same: they saw the same data": (
            "They saw the same digits, but SGD used what it had learned from one batch when it"
            " looked at the next."
        ),
    },
    right="SGD's, by far",
)

questions = Questions(
    Question(
        "How does the gradient of a randomly drawn batch compare with that of all the data?",
        {
            "it is the same, up to rounding": (
                "Only if the batch is all the data. Other samples have other gradients."
            ),
            "it is right on average": (
                "That is why SGD works: the errors of many batches cancel. A single batch may be"
                " far off, and that noise is the S in SGD."
            ),
            "it is smaller, since it has fewer samples": (
                "It is a mean, so fewer samples do not make it smaller. On the contrary: with the"
                " noise it is usually longer."
            ),
        },
        right="it is right on average",
    ),
    Question(
        "You make the batches 4 times as large (still far smaller than the data). The noise of"
        " their gradients becomes ...",
        {
            "half as large": (
                "The noise of a mean over n samples goes like 1 / √n. Half the noise costs four"
                " times the work."
            ),
            "a quarter as large": "That is the variance. The noise is its root, so it is halved.",
            "no smaller, but rarer": "A mean over more samples is less noisy every time.",
        },
        right="half as large",
    ),
    Question(
        "Your data does not fit into memory. Does that force you to update after each batch?",
        {
            "yes, the full gradient needs all the data at once": (
                "The full gradient is a sum over samples, and you can add it up piece by piece."
            ),
            "yes, unless you use fewer samples": (
                "You can keep all the samples and read them piece by piece."
            ),
            "no, you can add up gradients first": (
                "That is gradient accumulation. Memory is a reason to compute in batches. The"
                " reason to update after each batch is that many rough steps get you further."
            ),
        },
        right="no, you can add up gradients first",
    ),
)
