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
        "One SGD step of a linear model on one batch: `preds = dot(inputs, w)`, and the loss is the"
        " mean of `(preds - labels)**2` over the batch. Its gradient is `2 / batch_size *"
        " dot(inputs.T, preds - labels)`. Return the new w, `w - lr * gradient`."
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
    ],
    further=(
        "with the mean, a larger batch does not make a longer step. With the sum the step grows"
        " with the batch, and lr would have to shrink by the same factor."
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
    "You climb: the sign is turned around. Either it is `+ lr * gradient`, or you have `labels -"
    " preds` in the gradient; it is w - lr * gradient with preds - labels."
)
def wrong_sign(w, inputs, labels, lr):
    return w + lr * _gradient(w, inputs, labels)


@sgd_step.mistake(
    "Sum instead of mean: your gradient is batch_size times too large, so a larger batch would make"
    " a larger step. Divide by `len(inputs)`."
)
def sum_for_mean(w, inputs, labels, lr):
    return w - lr * len(inputs) * _gradient(w, inputs, labels)


@sgd_step.mistake(
    "You divide by the number of weights. The mean is over the samples of the batch: divide by"
    " `len(inputs)`, not by `len(w)`."
)
def divided_by_weights(w, inputs, labels, lr):
    return w - lr * _gradient(w, inputs, labels) * len(inputs) / len(w)


@sgd_step.mistake(
    "The 2 is missing: the derivative of (preds - labels)² is 2 (preds - labels). Your steps are"
    " half as long."
)
def two_forgotten(w, inputs, labels, lr):
    return w - lr * _gradient(w, inputs, labels) / 2


@sgd_step.mistake("The learning rate is missing: w - lr * gradient.")
def lr_forgotten(w, inputs, labels, lr):
    return w - _gradient(w, inputs, labels)


@sgd_step.mistake("You return the gradient alone. The new weights are w - lr * gradient.")
def gradient_for_w(w, inputs, labels, lr):
    return _gradient(w, inputs, labels)


@sgd_step.mistake(
    "The result is right, but `w -= ...` changes the array that you were given, and the caller's w"
    " with it. Write `w - lr * gradient`."
)
def in_place(w, inputs, labels, lr):
    w -= lr * _gradient(w, inputs, labels)
    return w


@exercise(
    task=(
        "One epoch of SGD: go through all samples in batches of `batch_size`, in their order, and"
        " make a step `w = w - lr * gradient(w, batch_inputs, batch_labels)` with each. The last"
        " batch may be smaller. Return the last w."
    ),
    cases=[
        dict(gradient=GRADIENT, w=W, inputs=X, labels=Y, batch_size=2, lr=0.05),
        dict(gradient=GRADIENT, w=W, inputs=X, labels=Y, batch_size=3, lr=0.1),
        dict(gradient=GRADIENT, w=W, inputs=X[:6], labels=Y[:6], batch_size=3, lr=0.1),
    ],
    further=(
        "real training also shuffles the samples anew in each epoch, so that the batches are other"
        " ones every time: `DataLoader(..., shuffle=True, rng=rng)`."
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
    "You compute the gradient over all samples in every step. That is gradient descent, not"
    " stochastic: give `gradient` the batch only."
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
    "You leave out the last batch when it is smaller than the others: with `len(inputs) //"
    " batch_size` batches the rest is never learned from."
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
    "Every step starts from the first w, so only the last batch counts. Use the w of the last step:"
    " `w = w - lr * gradient(w, ...)`."
)
def starts_again(gradient, w, inputs, labels, batch_size, lr):
    start = (len(inputs) - 1) // batch_size * batch_size
    return w - lr * gradient(w, inputs[start:], labels[start:])


@sgd_epoch.mistake("You stop after the first batch: is `return` inside the loop?")
def first_batch_only(gradient, w, inputs, labels, batch_size, lr):
    return w - lr * gradient(w, inputs[:batch_size], labels[:batch_size])


@sgd_epoch.mistake(
    "All your gradients are taken at the first w. The w changes with each batch, and the gradient"
    " has to be taken where it is now."
)
def gradient_at_the_start(gradient, w, inputs, labels, batch_size, lr):
    starts = range(0, len(inputs), batch_size)
    return w - lr * sum(
        gradient(w, inputs[s : s + batch_size], labels[s : s + batch_size]) for s in starts
    )


@sgd_epoch.mistake(
    "The numbers are right, but `w -= ...` changes the caller's w too. Write `w = w - ...`, which"
    " makes a new array."
)
def epoch_in_place(gradient, w, inputs, labels, batch_size, lr):
    w[...] = sgd_epoch.solution(gradient, w, inputs, labels, batch_size, lr)
    return w


@sgd_epoch.mistake("You climb: it is w - lr * gradient.")
def epoch_uphill(gradient, w, inputs, labels, batch_size, lr):
    return sgd_epoch.solution(gradient, w, inputs, labels, batch_size, -lr)


prediction = Prediction(
    "Both look at all 60,000 digits once, with the same sensible learning rate: GD makes 1 step"
    " with all of them, SGD 469 steps with 128 each. Whose loss is lower then?",
    {
        "GD: its gradient is exact": (
            "Exact, but used only once. One step of a sensible length does not lead far, however"
            " well it is aimed."
        ),
        "SGD, by far": (
            "A batch of 128 already points roughly in the right direction, so 469 rough steps beat"
            " one exact step for the same price."
        ),
        "about the same: they saw the same data": (
            "They saw the same digits, but SGD used what it had learned from one batch when it "
            "looked at the next."
        ),
    },
    right="SGD, by far",
)

questions = Questions(
    Question(
        "The gradient of a randomly drawn batch, compared with that of all data, is ...",
        {
            "the same": "Only by accident: other samples, other gradient.",
            "right on average, with scatter around it": (
                "That is why SGD works: the errors of many batches cancel. The scatter is the S "
                "in SGD."
            ),
            "too small": (
                "It is a mean over fewer samples, not a smaller number. Some batches give a longer"
                " gradient, some a shorter one."
            ),
        },
        right="right on average, with scatter around it",
    ),
    Question(
        "The batches become 4 times as large (still far smaller than the data). The scatter of"
        " their gradients becomes ...",
        {
            "half as large": (
                "The scatter of a mean over n samples goes with 1 / √n. Half the noise costs four"
                " times the work."
            ),
            "a quarter": "That is the variance. The scatter, its root, is halved.",
            "no smaller": "A mean over more samples scatters less.",
        },
        right="half as large",
    ),
    Question(
        "You replace the mean over a batch of 128 by the sum. Which lr gives the same steps as"
        " before?",
        {
            "128 times as large": "The gradient is already 128 times as large now.",
            "the same lr": "The gradient became 128 times as large, and so would the step.",
            "1/128 of it": (
                "lr · gradient stays the same if one is 128 times as large and the other 128 times"
                " as small."
            ),
        },
        right="1/128 of it",
    ),
)
