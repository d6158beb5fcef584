"""Notebook 10, lecture section 3, "Takeaways", and section 4, "Training in a nutshell"."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..functional import cross_entropy
from ..layers import Dense, Sequential
from ..optim import SGD
from ..tensor import Tensor
from ..training import DataLoader
from .exercise import exercise
from .question import Prediction, Question, Questions


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


def line_without_a_call(function: Callable[..., Any]) -> str:
    """Return a line such as `loss.backward`, which does nothing, in silence, or "".

    Examples
    --------
    >>> line_without_a_call(train_one_epoch.mistakes["backward_not_called"].function)
    'loss.backward'
    """
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError):  # Python has not kept its text: then the numbers have to tell
        return ""
    lines = (line.value for line in ast.walk(tree) if isinstance(line, ast.Expr))
    return next((ast.unparse(line) for line in lines if isinstance(line, ast.Attribute)), "")


def _train(function: Callable[..., Any], seed: int, lr: float) -> Any:
    """Let the learner's function train a small network for two epochs.

    Returns the loss of each step, and all weights at the end.
    """
    uncalled = line_without_a_call(function)
    if uncalled:
        raise ValueError(f"the line `{uncalled}` calls nothing: write `{uncalled}()`")
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
        many = isinstance(result, Iterable) and not isinstance(result, Tensor)
        losses = list(result) if many else [result]
        if len(losses) > len(loader):
            raise ValueError(
                f"it returned {len(losses)} losses for one epoch of {len(loader)} batches"
            )
        returned.extend(losses)
    if any(isinstance(loss, Tensor) for loss in returned):
        raise TypeError("the losses should be numbers: append loss.item()")
    try:
        numbers = np.array([float(loss) for loss in returned])
    except (TypeError, ValueError):
        raise TypeError("the losses should be a list of numbers: append loss.item()") from None
    return numbers, np.concatenate([p.data.ravel() for p in model.parameters()])


@exercise(
    task=(
        "One epoch of the lecture's training loop. For each batch of `loader`, compute the"
        " predictions and the loss, and update the weights. Gradients of earlier batches must not"
        " count. Return a list with the loss of each batch, as plain numbers."
    ),
    cases=[dict(seed=0, lr=0.1), dict(seed=1, lr=0.5)],
    returns=("losses", "weights"),
    further=(
        "these lines train a network of any size, with any loss and any optimizer. Real torch would"
        " run them, too."
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
    "`zero_grad()` is missing. Gradients add up, so every step uses the sum of all gradients so far"
    " instead of the gradient of this batch."
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
    "`zero_grad()` is called only once, before the loop. From the second batch on, the gradients of"
    " earlier batches are still there. Move it inside the loop."
)
def zero_grad_before_the_loop(model, loader, loss_fn, optimizer):
    optimizer.zero_grad()
    return zero_grad_forgotten(model, loader, loss_fn, optimizer)


@train_one_epoch.mistake(
    "`step()` finds no gradients: `backward()` comes after it, or is missing. First call"
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
    "`zero_grad()` stands between `backward()` and `step()`, so it throws away the gradients that"
    " were just found. Put it before backward()."
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
    "`step()` is missing. The gradients are there, but no weight moves. Nothing is learned."
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
    "The arguments of the loss are swapped. It is `loss_fn(preds, labels)`: first the predictions,"
    " then the labels."
)
def labels_and_predictions_swapped(model, loader, loss_fn, optimizer):
    for inputs, labels in loader:
        loss_fn(labels, model(inputs))


@train_one_epoch.mistake(
    "You compare the inputs with the labels. Compare the predictions with them, `preds ="
    " model(inputs)`."
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
    "You train on the first batch over and over. Use the inputs and labels that the loop draws."
)
def always_the_first_batch(model, loader, loss_fn, optimizer):
    first = next(iter(loader))
    return train_one_epoch.solution(model, [first] * len(loader), loss_fn, optimizer)


@train_one_epoch.mistake("You stop after the first batch: is `return` inside the loop?")
def returns_after_one_batch(model, loader, loss_fn, optimizer):
    return train_one_epoch.solution(model, [next(iter(loader))], loss_fn, optimizer)


@train_one_epoch.mistake(
    "The network learns from the last batch only: the lines after `for` are not all inside the"
    " loop. Check how far they are indented."
)
def indented_too_little(model, loader, loss_fn, optimizer):
    return train_one_epoch.solution(model, [list(loader)[-1]], loss_fn, optimizer)


@train_one_epoch.mistake(
    "The training is right, but you return only the last loss. Collect one for each batch,"
    " `losses.append(loss.item())`, and return the list. (`losses = []` belongs before the loop."
    " Inside, it empties the list for each batch.)"
)
def only_the_last_loss(model, loader, loss_fn, optimizer):
    return train_one_epoch.solution(model, loader, loss_fn, optimizer)[-1]


@train_one_epoch.mistake(
    "The training is right, but you return one number, the mean of the losses. Return the list."
)
def mean_of_the_losses(model, loader, loss_fn, optimizer):
    return np.mean(train_one_epoch.solution(model, loader, loss_fn, optimizer))


@train_one_epoch.mistake(
    "The training is right, but you return one number, the sum of the losses. Return the list."
)
def sum_of_the_losses(model, loader, loss_fn, optimizer):
    return np.sum(train_one_epoch.solution(model, loader, loss_fn, optimizer))


@train_one_epoch.mistake(
    "You keep the `loss` objects, and each of them keeps in memory everything that was computed"
    " for its batch. In a long run the memory fills up. Keep the plain number, `loss.item()`."
)
def losses_kept_as_tensors(model, loader, loss_fn, optimizer):
    return [Tensor(loss) for loss in train_one_epoch.solution(model, loader, loss_fn, optimizer)]


@train_one_epoch.mistake(
    "You compute the loss once more, after the step. That is the loss of the new weights, and it"
    " costs another forward pass. Return the loss that you computed before the step."
)
def loss_after_the_step(model, loader, loss_fn, optimizer):
    losses = []
    for inputs, labels in loader:
        train_one_epoch.solution(model, [(inputs, labels)], loss_fn, optimizer)
        losses.append(loss_fn(model(inputs), labels).item())
    return losses


@train_one_epoch.mistake(
    "`step()` is outside the loop, so there is one step for the whole epoch. Indent it as far as"
    " backward(): one step for each batch."
)
def step_outside_the_loop(model, loader, loss_fn, optimizer):
    losses = []
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), labels)
        loss.backward()
        losses.append(loss.item())
    optimizer.step()
    return losses


@train_one_epoch.mistake("`step()` is called twice for each batch. Call it once.")
def two_steps(model, loader, loss_fn, optimizer):
    losses = []
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), labels)
        loss.backward()
        optimizer.step()
        optimizer.step()
        losses.append(loss.item())
    return losses


@train_one_epoch.mistake(
    "Parentheses: `loss.backward` only names the function. `loss.backward()` calls it."
)
def backward_not_called(model, loader, loss_fn, optimizer):
    for inputs, labels in loader:
        loss = loss_fn(model(inputs), labels)
        loss.backward  # noqa: B018
        optimizer.step()


@train_one_epoch.mistake(
    "Parentheses: `optimizer.zero_grad` only names the function. `optimizer.zero_grad()` calls it."
)
def zero_grad_not_called(model, loader, loss_fn, optimizer):
    for inputs, labels in loader:
        optimizer.zero_grad  # noqa: B018
        loss_fn(model(inputs), labels).backward()
        optimizer.step()


@train_one_epoch.mistake(
    "Parentheses: `optimizer.step` only names the function. `optimizer.step()` calls it."
)
def step_not_called(model, loader, loss_fn, optimizer):
    for inputs, labels in loader:
        loss_fn(model(inputs), labels).backward()
        optimizer.step  # noqa: B018


prediction = Prediction(
    "The slide trains with `lr=0.0001` and `momentum=0.2`. We give it 55,000 digits once, in"
    " batches of 128: that makes 430 steps. Guessing is right 10% of the time. How often will this"
    " network be right afterward?",
    {
        "about 90%: 430 steps are a lot": (
            "With a sensible learning rate, 430 steps are plenty. With 0.0001, each step is tiny."
        ),
        "about 50%: it is on its way": (
            "It is on its way, but it has hardly started: the loss goes from 2.30 to 2.29."
        ),
        "about 10%: it hardly moves": (
            "Each step is so small that 430 of them lead almost nowhere. Monitor the loss, and"
            " choose a bigger lr to start with."
        ),
    },
    right="about 10%: it hardly moves",
)

questions = Questions(
    Question(
        "Why is the first loss about 2.30, whatever the learning rate?",
        {
            "the pixels lie between 0 and 1, so it cannot be larger": (
                "It can: the loss of a network that is sure and wrong is larger. With pixels up to"
                " 255 the first loss would be far larger. But why does the learning rate make no"
                " difference?"
            ),
            "it is measured before the first step": (
                "An untrained network gives each of ten classes about 1/10, and -log(1/10) = 2.30."
                " The learning rate has not been used yet."
            ),
            "cross-entropy always starts there, for any number of classes": (
                "It starts near log(n) for n classes: 2.30 belongs to ten."
            ),
        },
        right="it is measured before the first step",
    ),
    Question(
        "Somebody forgets `zero_grad()`. The learning rate is small. What happens?",
        {
            "the loss falls faster at first, then it jumps": (
                "Each step uses the sum of all gradients so far. That is momentum with β = 1: fast"
                " at first, and it never comes to rest."
            ),
            "nothing: the next `backward()` replaces the old gradients": (
                "It adds to them. That is why they have to be cleared."
            ),
            "the engine stops with an error, as for a missing `backward()`": (
                "There are gradients, so `step()` has no reason to complain."
            ),
        },
        right="the loss falls faster at first, then it jumps",
    ),
    Question(
        "The training loss falls from epoch to epoch, and the validation loss begins to rise. What"
        " is going on?",
        {
            "the learning rate is too small": "Then both losses would fall, slowly.",
            "the validation digits are too few": (
                "With few of them the validation loss is a rough estimate. It would still have no"
                " reason to rise while the other one falls."
            ),
            "overfitting": (
                "The network learns its training data by heart. That no longer helps on data it has"
                " not seen. Stop earlier, or get more data."
            ),
        },
        right="overfitting",
    ),
)
