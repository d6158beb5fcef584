"""Batches, the training loop, and what it remembers: DataLoader, fit, History."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import (
    batch,
    batches,
    expects,
    fail,
    flag,
    function,
    generator,
    having,
    inputs_and_labels,
    instance,
    integer,
    optional,
    samples,
    scores,
)
from .tensor import Tensor, as_tensor, no_grad

Array = NDArray[Any]
Model = Callable[[Any], Any]
Loss = Callable[[Any, Any], Tensor]

a_model = function("a Module or a function of the inputs")
a_loss = function("a function of (preds, labels)")
a_tensor = instance(
    Tensor, "a Tensor of one number", "Take a loss of the package, or compute with Tensors."
)
ORDER = "The order is (model, loader, loss_fn, optimizer, num_epoch)."


class DataLoader:
    """Cuts samples into batches: `for inputs, labels in loader`.

    Parameters
    ----------
    inputs : array (samples, ...)
        Finite numbers.
    labels : array (samples, ...)
        One for each sample.
    batch_size : int
        Samples in a batch, from 1; the last batch holds what is left (torch: drop_last=False).
    shuffle : bool
        Whether the samples (not the batches) are put into a new random order each time around.
    rng : numpy.random.Generator
        Needed for shuffle, so that the order is the same tomorrow.

    Raises
    ------
    TypeError
        If inputs or labels are no real numbers, batch_size is no integer, or shuffle is on without
        an rng.
    ValueError
        If inputs and labels differ in number, are empty or not finite, or batch_size is below 1.

    Notes
    -----
    Source: lecture, section 1, "Training loop", step 1: without shuffle, batch n is
    inputs[batch_size * n : batch_size * (n + 1)].

    Examples
    --------
    >>> for inputs, labels in DataLoader([[0.5], [0.25], [0.75]], [0, 1, 0], batch_size=2):
    ...     print(inputs.ravel(), labels)
    [0.5  0.25] [0 1]
    [0.75] [0]
    """

    @expects(batch_size=integer(cure="The order is (inputs, labels, batch_size)."), shuffle=flag())
    def __init__(
        self,
        inputs: ArrayLike,
        labels: ArrayLike,
        batch_size: int,
        shuffle: bool = False,
        rng: np.random.Generator | None = None,
    ) -> None:
        self.inputs, self.labels = samples("DataLoader", inputs, labels)
        self.batch_size, self.shuffle = batch_size, shuffle
        self.rng: Any = generator("DataLoader", "rng (for shuffle=True)", rng) if shuffle else rng

    def __len__(self) -> int:
        """Return the number of batches in one epoch."""
        return math.ceil(len(self.inputs) / self.batch_size)

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        """Yield the batches of one epoch."""
        order = self.rng.permutation(len(self.inputs)) if self.shuffle else None
        for start in range(0, len(self.inputs), self.batch_size):
            place = slice(start, start + self.batch_size)
            if order is not None:
                place = order[place]
            yield self.inputs[place], self.labels[place]


@dataclass
class History:
    """What a training run remembers.

    Attributes
    ----------
    step_losses : list of float
        The loss of every batch, before its update.
    train_loss, train_accuracy : list of float
        One number an epoch: the mean over its samples, seen while the weights were changing (as in
        Keras).
    validation_loss, validation_accuracy : list of float
        One number an epoch, measured at its end; empty without validation data.
    stopped : str
        Why the training ended early, or "" if it did not.
    hint : str
        What may hinder the training, such as pixels that were not scaled, or "".

    Notes
    -----
    The accuracies are empty where labels are not classes.

    Examples
    --------
    >>> History(step_losses=[3.0, 1.0], train_loss=[2.0])
    <History: 2 steps, 1 epochs, train loss 2.0000>
    """

    step_losses: list[float] = field(default_factory=list)
    train_loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    stopped: str = ""
    hint: str = ""

    def __repr__(self) -> str:
        """How far it came, the last number of each list, and what there is to say."""
        last = [
            f", {name.replace('_', ' ')} {values[-1]:.4f}"
            for name, values in vars(self).items()
            if name not in ("step_losses", "stopped", "hint") and values
        ]
        words = [f". {text}" for text in (self.stopped, self.hint) if text]
        numbers = f"{len(self.step_losses)} steps, {len(self.train_loss)} epochs"
        return f"<History: {numbers}{''.join(last + words)}>"


@expects(
    model=a_model,
    loss_fn=a_loss,
    optimizer=having("step", "zero_grad", cure="Make one: SGD(model.parameters(), lr=0.1)."),
)
def train_step(
    model: Model, inputs: Any, labels: Any, loss_fn: Loss, optimizer: Any
) -> tuple[float, Any]:
    """Make the four steps of the training loop for one batch: forward, loss, backward, update.

    An update whose loss is not finite is not made: the weights stay as they were.

    Parameters
    ----------
    model : Module
        Or a function of the inputs.
    inputs : array (batch, ...)
        One batch.
    labels : array (batch, ...)
        Its labels.
    loss_fn : callable
        loss_fn(preds, labels) -> Tensor of one number.
    optimizer : Optimizer
        Made with model.parameters().

    Returns
    -------
    loss : float
        The loss before the update.
    preds : Tensor
        What the model answered.

    Raises
    ------
    TypeError
        If model or loss_fn is no function, optimizer is no optimizer, or the loss is no Tensor.

    Notes
    -----
    Source: lecture, section 1, "Training loop", and section 4, "Training in a nutshell".

    Examples
    --------
    >>> from lecture3_engine import SGD, Parameter, mse_loss
    >>> w = Parameter([[3.0]])
    >>> x = np.array([[1.0], [2.0]])
    >>> loss, preds = train_step(lambda inputs: inputs @ w, x, x, mse_loss, SGD([w], lr=0.1))
    >>> print(loss, w.data)
    10.0 [[2.]]
    """
    preds = model(inputs)
    optimizer.zero_grad()
    loss = a_tensor("train_step", "what loss_fn returns", loss_fn(preds, labels))
    if math.isfinite(loss.item()):
        loss.backward()
        optimizer.step()
    return loss.item(), preds


@expects(
    num_epoch=integer(),
    model=having("parameters", cure=ORDER),
    optimizer=having("step", cure=ORDER),
    loss_fn=a_loss,
    progress=flag(),
    loader=batches,
    validation=optional(inputs_and_labels),
)
def fit(
    model: Any,
    loader: Iterable[Any],
    loss_fn: Loss,
    optimizer: Any,
    num_epoch: int,
    validation: tuple[Any, Any] | None = None,
    *,
    progress: bool = True,
) -> History:
    """Run the training loop: for each epoch, for each batch, `train_step`.

    Parameters
    ----------
    model : Module
        What learns.
    loader : DataLoader
        Or anything that can be gone through again and again and yields (inputs, labels).
    loss_fn : callable
        loss_fn(preds, labels) -> Tensor of one number.
    optimizer : Optimizer
        Made with model.parameters().
    num_epoch : int
        How many times around, from 1.
    validation : (array, array) or None
        (inputs, labels) that are not trained on, measured after each epoch.
    progress : bool
        Whether to show a progress bar, and to print at the end how far the training came, and why
        it stopped early if it did. Before the first step, if the inputs are far larger than 1, as
        pixels from 0 to 255 are, it prints a hint, which history.hint keeps.

    Returns
    -------
    History
        An interrupt from the keyboard, or a loss that is no longer finite, ends the training early:
        what was learned and the history are kept, and history.stopped says what happened.

    Raises
    ------
    TypeError
        If an argument is not what it should be, or the loader yields anything but batches.
    ValueError
        If num_epoch is below 1, validation data do not fit together, or an epoch has no batch.

    Examples
    --------
    >>> from lecture3_engine import SGD, Dense, mse_loss
    >>> x = np.array([[-1.0], [0.0], [1.0]])
    >>> model = Dense(1, 1, rng=np.random.default_rng(0))
    >>> optimizer = SGD(model.parameters(), lr=0.5)
    >>> fit(model, [(x, 2 * x)], mse_loss, optimizer, 100, progress=False)
    <History: 100 steps, 100 epochs, train loss 0.0000>
    >>> print(model(x).data.ravel().round(3) + 0.0)
    [-2.  0.  2.]
    """
    history = History()
    bar = _bar(num_epoch * len(loader) if isinstance(loader, Sized) else None, progress)
    try:
        for epoch in range(1, num_epoch + 1):
            mean = _epoch(model, loader, loss_fn, optimizer, history, bar)
            if history.stopped:
                break
            if not mean.samples:
                expected = "a loader with at least one batch in every epoch"
                fail(ValueError, "fit", expected, f"none in epoch {epoch}")
            mean.record(history.train_loss, history.train_accuracy)
            if validation is not None:
                mean = _evaluate("fit", model, *validation, loss_fn, 1000)
                mean.record(history.validation_loss, history.validation_accuracy)
    except KeyboardInterrupt:
        history.stopped = (
            f"Interrupted after step {len(history.step_losses)}, in epoch {epoch}. The weights"
            " keep what was learned."
        )
    finally:
        bar.close()
        if progress:
            done = f"{len(history.train_loss)} epochs, {len(history.step_losses):,} steps."
            print(f"{done} {history.stopped}".strip())
    return history


def _epoch(
    model: Model, loader: Iterable[Any], loss_fn: Loss, optimizer: Any, history: History, bar: Any
) -> _Mean:
    """Train on each batch once. A loss that is not finite ends the epoch, and says why."""
    mean = _Mean()
    for each in loader:
        inputs, labels = batch("fit", each)
        if not history.step_losses:
            history.hint = _hint(inputs)
            if history.hint and not bar.disable:
                print(history.hint)
        loss, preds = train_step(model, inputs, labels, loss_fn, optimizer)
        history.step_losses.append(loss)
        if not math.isfinite(loss):
            history.stopped = _cause(history, getattr(optimizer, "lr", None))
            break
        mean.add(loss, preds, labels)
        bar.update()
    return mean


def _bar(total: int | None, progress: bool) -> Any:
    """Return a progress bar.

    To stdout, and not as a widget, so that a stored notebook holds neither a red box nor a dead
    bar.
    """
    from tqdm import tqdm  # here, because `import lecture3_engine` must stay light

    # No thread that watches it: a browser starts none, and tqdm would warn.
    unwatched = type("Bar", (tqdm,), {"monitor_interval": 0})
    return unwatched(total=total, unit="step", file=sys.stdout, leave=False, disable=not progress)


class _Mean:
    """The mean loss, and the accuracy where labels are classes, over the samples of all batches."""

    def __init__(self) -> None:
        self.samples = 0
        self.total_loss = 0.0
        self.correct = 0.0
        self.classes = False

    def add(self, loss: float, preds: Any, labels: Any) -> None:
        self.samples += len(labels)
        self.total_loss += loss * len(labels)
        self.classes = _is_classification(preds, labels)
        if self.classes:
            self.correct += accuracy(preds, labels) * len(labels)

    @property
    def loss(self) -> float:
        return self.total_loss / self.samples

    @property
    def accuracy(self) -> float | None:
        return self.correct / self.samples if self.classes else None

    def record(self, losses: list[float], accuracies: list[float]) -> None:
        losses.append(self.loss)
        if self.accuracy is not None:
            accuracies.append(self.accuracy)


@expects(batch_size=integer(), model=a_model, loss_fn=a_loss)
def evaluate(
    model: Model, inputs: ArrayLike, labels: ArrayLike, loss_fn: Loss, batch_size: int = 1000
) -> tuple[float, float | None]:
    """Compute the mean loss and the accuracy over all samples, without learning.

    Parameters
    ----------
    model : Module
        Or a function of the inputs.
    inputs : array (samples, ...)
        Finite numbers.
    labels : array (samples, ...)
        One for each sample.
    loss_fn : callable
        loss_fn(preds, labels) -> Tensor of one number, which averages over the samples, as the
        losses of `functional` do.
    batch_size : int
        Samples in a batch, from 1: the result is the same, but for rounding.

    Returns
    -------
    loss : float
        The mean over all samples.
    accuracy : float or None
        From 0 to 1; None where labels are not classes.

    Raises
    ------
    TypeError
        If an argument is not what it should be, or the loss is no Tensor.
    ValueError
        If inputs and labels differ in number, are empty or not finite, or batch_size is below 1.

    Examples
    --------
    >>> from lecture3_engine import cross_entropy
    >>> scores = np.array([[9.0, 0.0], [0.0, 9.0], [9.0, 0.0]])
    >>> loss, right = evaluate(lambda inputs: inputs, scores, [0, 1, 1], cross_entropy)
    >>> print(f"{loss:.2f} {right:.2f}")
    3.00 0.67
    """
    inputs, labels = samples("evaluate", inputs, labels)
    mean = _evaluate("evaluate", model, inputs, labels, loss_fn, batch_size)
    return mean.loss, mean.accuracy


def _evaluate(
    caller: str,
    model: Model,
    inputs: Array,
    labels: Array,
    loss_fn: Loss,
    batch_size: int,
) -> _Mean:
    """`evaluate` of samples that have been checked."""
    mean = _Mean()
    with no_grad():
        for start in range(0, len(inputs), batch_size):
            place = slice(start, start + batch_size)
            preds = model(inputs[place])
            loss = a_tensor(caller, "what loss_fn returns", loss_fn(preds, labels[place]))
            mean.add(loss.item(), preds, labels[place])
    return mean


def accuracy(preds: Any, labels: Any) -> float:
    """accuracy = the share of samples whose largest score is that of the true class.

    Parameters
    ----------
    preds : Tensor or array (batch, classes)
        Scores or probabilities.
    labels : array (batch,) of int
        The true class of each sample.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    TypeError
        If labels are no integers.
    ValueError
        If there is not one row of scores for each label, or no score.

    Examples
    --------
    >>> accuracy([[0.1, 0.9], [0.8, 0.2]], [1, 1])
    0.5
    """
    preds, labels = as_tensor(preds).data, as_tensor(labels).data
    scores("accuracy", preds, labels)
    return float(np.mean(preds.argmax(axis=1) == labels))


def _is_classification(preds: Any, labels: Any) -> bool:
    """Say whether labels are whole numbers, one for each row of scores."""
    preds = preds.data if isinstance(preds, Tensor) else preds
    return np.ndim(preds) == 2 and np.ndim(labels) == 1 and np.asarray(labels).dtype.kind in "iu"


def _hint(inputs: Any) -> str:
    """Say what is wrong with inputs that are far larger than 1, or ""."""
    values = inputs.data if isinstance(inputs, Tensor) else inputs
    if not (isinstance(values, np.ndarray) and values.dtype.kind in "fiu" and values.size):
        return ""
    least, most = float(values.min()), float(values.max())
    largest = max(most, -least)
    pixels = (values.dtype == np.uint8 and most > 1) or (100 < largest <= 255 and least >= 0)
    if not pixels and not largest > 100:
        return ""
    cure = (
        "divide by 255."
        if pixels
        else "subtract the mean of each column and divide by its standard deviation."
    )
    return f"Hint: inputs up to {largest:g}. A network learns best from numbers near 1: {cure}"


def _cause(history: History, lr: Any) -> str:
    """Say why the last loss is not finite."""
    step, loss = len(history.step_losses), history.step_losses[-1]
    if step == 1:
        return (
            f"Stopped: the loss is {loss} at the very first step, before any update. Look at the"
            " data and the initial weights: NaN, infinity or numbers far from 1."
        )
    # An optimizer of one's own may have none, and an array has no number to show.
    one = isinstance(lr, (int, float, np.number))
    number, smaller = (f" {lr:g}", f"lr={lr / 10:g}") if one else ("", "less")
    return (
        f"Stopped: the loss is {loss} at step {step}, in epoch {len(history.train_loss) + 1}; it"
        f" began at {history.step_losses[0]:.4g}. The learning rate{number} is probably too big:"
        f" make a new model and try {smaller}."
    )
