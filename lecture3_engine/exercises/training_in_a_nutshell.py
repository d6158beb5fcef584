"""Notebook 10, lecture section 3, "Takeaways", and section 4, "Training in a nutshell"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..functional import cross_entropy
from ..layers import Dense, Sequential
from ..optim import SGD
from ..training import DataLoader
from .exercise import exercise
from .question import Prediction, Question, Questions

if TYPE_CHECKING:
    from collections.abc import Callable


class _Witness(SGD):
    """An optimizer that notices when the lines are in the wrong order.

    Then `step()` has no gradients.
    """

    backward_was_called = False  # since the weights last moved

    def zero_grad(self) -> None:
        """Forget the gradients, and note whether there were any."""
        self.backward_was_called |= any(p.grad is not None for p in self.params)
        super().zero_grad()

    def step(self) -> None:
        """Move the weights, or say why that is not possible."""
        if all(p.grad is None for p in self.params):
            after = (
                "zero_grad() has thrown them away since backward()"
                if self.backward_was_called
                else "backward() has not been called yet"
            )
            raise ValueError(f"step() finds no gradients: {after}")
        super().step()
        self.backward_was_called = False


def _train(function: Callable[..., Any], seed: int, lr: float) -> Any:
    """Let the learner's function train a small network for two epochs.

    Returns the loss of each step, and all weights at the end.
    """
    rng = np.random.default_rng(seed)
    model = Sequential(
        Dense(4, 5, "relu", rng=rng, dtype=np.float64), Dense(5, 3, rng=rng, dtype=np.float64)
    )
    loader = DataLoader(rng.normal(size=(14, 4)), rng.integers(0, 3, 14), batch_size=4)
    optimizer = _Witness(model.parameters(), lr=lr, momentum=0.2)
    returned: list[Any] = []
    for epoch in range(2):
        result = function(model, loader, cross_entropy, optimizer)
        if result is None or result is ...:
            return result
        returned += (
            [getattr(loss, "data", loss) for loss in result]
            if isinstance(result, (list, tuple))
            else [result]
        )
    try:
        losses = np.array([float(loss) for loss in returned])
    except (TypeError, ValueError):
        raise TypeError("the losses should be a list of numbers: append loss.item()") from None
    return losses, np.concatenate([p.data.ravel() for p in model.parameters()])


@exercise(
    task=(
        "One epoch of the lecture's training loop. For each batch of `loader`: predictions, loss,"
        " and the update, with zero_grad() in its place. Return the list of the losses, one"
        " `loss.item()` for each batch."
    ),
    cases=[dict(seed=0, lr=0.1), dict(seed=1, lr=0.5)],
    returns=("losses", "weights"),
    further=(
        "model, loss and optimizer are only names here: the same lines train a network of any size,"
        " with any loss and any optimizer. Real torch would run them too."
    ),
    run=_train,
)
def train_one_epoch(model, loader, loss_fn, optimizer):
    losses = []
    for inputs, labels in loader:
        preds = model(inputs)
        optimizer.zero_grad()
        loss = loss_fn(preds, labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@train_one_epoch.skeleton
def delivered(model, loader, loss_fn, optimizer):
    losses = []
    for inputs, labels in loader:
        ...  # your code here
    return losses


@train_one_epoch.mistake(
    "`zero_grad()` is missing: gradients add up, so every step uses the sum of all gradients so far"
    " and not that of this batch."
)
def zero_grad_forgotten(model, loader, loss_fn, optimizer):
    losses = []
    for inputs, labels in loader:
        loss = loss_fn(model(inputs), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@train_one_epoch.mistake(
    "`zero_grad()` only once, before the loop: from the second batch on the gradients of all"
    " earlier batches are still there. It belongs inside."
)
def zero_grad_before_the_loop(model, loader, loss_fn, optimizer):
    optimizer.zero_grad()
    return zero_grad_forgotten(model, loader, loss_fn, optimizer)


@train_one_epoch.mistake(
    "`step()` comes before `backward()`: there are no gradients yet to step along. First"
    " backward(), then step()."
)
def step_before_backward(model, loader, loss_fn, optimizer):
    losses = []
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), labels)
        optimizer.step()
        loss.backward()
        losses.append(loss.item())
    return losses


@train_one_epoch.mistake(
    "`zero_grad()` stands between `backward()` and `step()` and throws away the gradients that were"
    " just found. Put it before backward()."
)
def zero_grad_after_backward(model, loader, loss_fn, optimizer):
    losses = []
    for inputs, labels in loader:
        loss = loss_fn(model(inputs), labels)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        losses.append(loss.item())
    return losses


@train_one_epoch.mistake(
    "`step()` is missing: the gradients are there, and no weight moves. Nothing is learned."
)
def step_forgotten(model, loader, loss_fn, optimizer):
    losses = []
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), labels)
        loss.backward()
        losses.append(loss.item())
    return losses


@train_one_epoch.mistake(
    "The loss is computed on the wrong data: `loss_fn(preds, labels)` compares predictions with"
    " labels, in this order."
)
def labels_and_predictions_swapped(model, loader, loss_fn, optimizer):
    for inputs, labels in loader:
        loss_fn(labels, model(inputs))


@train_one_epoch.mistake(
    "The loss is computed on the wrong data: you compare the inputs with the labels. Compare `preds"
    " = model(inputs)` with them."
)
def loss_on_the_inputs(model, loader, loss_fn, optimizer):
    losses = []
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = loss_fn(inputs, labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@train_one_epoch.mistake(
    "You train on the first batch over and over. The inputs and labels have to be those that the"
    " loop draws."
)
def always_the_first_batch(model, loader, loss_fn, optimizer):
    first = next(iter(loader))
    return train_one_epoch.solution(model, [first] * len(loader), loss_fn, optimizer)


@train_one_epoch.mistake("You stop after the first batch: is `return` inside the loop?")
def returns_after_one_batch(model, loader, loss_fn, optimizer):
    return train_one_epoch.solution(model, [next(iter(loader))], loss_fn, optimizer)


@train_one_epoch.mistake(
    "Only the last batch is learned from: the lines after `for` are not all inside the loop. Check"
    " how far they are indented."
)
def indented_too_little(model, loader, loss_fn, optimizer):
    return train_one_epoch.solution(model, [list(loader)[-1]], loss_fn, optimizer)


@train_one_epoch.mistake(
    "The training is right, but you return only the last loss. Collect one for each batch,"
    " `losses.append(loss.item())`, and return the list."
)
def only_the_last_loss(model, loader, loss_fn, optimizer):
    return train_one_epoch.solution(model, loader, loss_fn, optimizer)[-1]


prediction = Prediction(
    "The slide trains with `lr=0.0001` and `momentum=0.2`. We give it all 60,000 digits once, in"
    " batches of 128: 469 updates of every weight. Guessing is right 10 % of the time. How often"
    " will this network be right afterwards?",
    {
        "about 90 %: 469 updates are a lot": (
            "They would be with a sensible learning rate. With 0.0001 each of them is tiny."
        ),
        "about 50 %: it is on its way": (
            "It is on its way, but hardly past the door: the loss goes from 2.30 to 2.29."
        ),
        "about 10 %: it has hardly moved": (
            "Each step is so small that 469 of them lead almost nowhere. Monitor the loss, and"
            " choose a bigger lr to start with."
        ),
    },
    right="about 10 %: it has hardly moved",
)

questions = Questions(
    Question(
        "Why is the first loss about 2.30, whatever the learning rate?",
        {
            "because the digits are normalised": (
                "That helps: with pixels up to 255 the first loss would be far larger. But it does "
                "not say why the learning rate makes no difference."
            ),
            "because it is measured before the first update": (
                "An untrained network gives each of ten classes about 1/10, and -log(1/10) "
                "= 2.30. The learning rate has had no say yet."
            ),
            "because the loss cannot be larger": (
                "It can: whoever is surely wrong pays more. With lr = 5 it does."
            ),
        },
        right="because it is measured before the first update",
    ),
    Question(
        "`loss.backward()` is called, and nothing after it. What has changed?",
        {
            "the weights": "They move in optimizer.step() only.",
            "the gradients, `p.grad` of every parameter": (
                "They are found and stored, or added to what was there. The weights are what "
                "they were."
            ),
            "the loss": "It was computed before, and is a number.",
        },
        right="the gradients, `p.grad` of every parameter",
    ),
    Question(
        "The training loss falls from epoch to epoch, and the validation loss begins to rise. What"
        " is going on?",
        {
            "overfitting: it learns its training data by heart": (
                "What it learns now no longer helps with data it has not seen. Stop "
                "earlier, or get more data."
            ),
            "the learning rate is too small": "Then both losses would fall, slowly.",
            "zero_grad() is missing": "Then the training loss would suffer first.",
        },
        right="overfitting: it learns its training data by heart",
    ),
)
