"""Batches, the training loop, and what it remembers: DataLoader, fit, History."""

import math
import sys
from dataclasses import dataclass, field

import numpy as np

from .tensor import Tensor, as_tensor, no_grad


class DataLoader:
    """Cuts samples into batches: `for inputs, labels in loader`.

    Args:
        inputs: array (samples, ...), finite.        labels: array (samples, ...).
        batch_size: samples in a batch, from 1; the last batch holds what is left (torch:
            drop_last=False).
        shuffle: whether the samples (not the batches) are put into a new random order each time
            around.
        rng: a NumPy Generator, needed for shuffle, so that the order is the same tomorrow.
    Raises: TypeError, ValueError.
    Source: lecture, section 1, "Training loop", step 1: without shuffle, batch n is
    inputs[batch_size * n : batch_size * (n + 1)].
    """

    def __init__(self, inputs, labels, batch_size, shuffle=False, rng=None):
        inputs, labels = _samples("DataLoader", inputs, labels)
        self.batch_size = _positive_integer("DataLoader", "batch_size", batch_size)
        _flag("DataLoader", "shuffle", shuffle)
        if shuffle and not isinstance(rng, np.random.Generator):
            raise TypeError(
                "DataLoader: expected rng to be a NumPy Generator, as shuffle=True. Received"
                f" {rng!r}. Pass rng=np.random.default_rng(0)."
            )
        self.inputs, self.labels, self.shuffle, self.rng = inputs, labels, shuffle, rng

    def __len__(self):
        """The number of batches in one epoch."""
        return math.ceil(len(self.inputs) / self.batch_size)

    def __iter__(self):
        order = self.rng.permutation(len(self.inputs)) if self.shuffle else None
        for start in range(0, len(self.inputs), self.batch_size):
            batch = slice(start, start + self.batch_size)
            if order is not None:
                batch = order[batch]
            yield self.inputs[batch], self.labels[batch]


@dataclass
class History:
    """What a training run remembers.

    Attributes:
        step_losses: the loss of every batch, before its update.
        train_loss, train_accuracy: one number an epoch: the mean over its samples, seen while the
            weights were changing (as in Keras).
        validation_loss, validation_accuracy: one number an epoch, measured at its end; empty
            without validation data.
        stopped: why the training ended early, or "" if it did not.
        hint: what may hinder the training, such as pixels that were not scaled, or "".
    The accuracies are empty where labels are not classes.
    """

    step_losses: list = field(default_factory=list)
    train_loss: list = field(default_factory=list)
    train_accuracy: list = field(default_factory=list)
    validation_loss: list = field(default_factory=list)
    validation_accuracy: list = field(default_factory=list)
    stopped: str = ""
    hint: str = ""

    def __repr__(self):
        last = [
            f"{name.replace('_', ' ')} {values[-1]:.4f}"
            for name, values in vars(self).items()
            if name not in ("step_losses", "stopped", "hint") and values
        ]
        return (
            f"<History: {len(self.step_losses)} steps, {len(self.train_loss)} epochs"
            + (", " + ", ".join(last) if last else "")
            + (f". {self.stopped}" if self.stopped else "")
            + (f". {self.hint}" if self.hint else "")
            + ">"
        )


def train_step(model, inputs, labels, loss_fn, optimizer):
    """The four steps of the training loop for one batch: forward pass, loss, backward pass, update.
    -> (loss, preds)

    An update whose loss is not finite is not made: the weights stay as they were.
    Source: lecture, section 1, "Training loop", and section 4, "Training in a nutshell".
    """
    _callable("train_step", model=model, loss_fn=loss_fn)
    if not (hasattr(optimizer, "step") and hasattr(optimizer, "zero_grad")) or isinstance(
        optimizer, type
    ):
        raise TypeError(
            f"train_step: expected an optimizer. Received {optimizer!r}. Make one:"
            " SGD(model.parameters(), lr=0.1)."
        )
    preds = model(inputs)
    optimizer.zero_grad()
    loss = _tensor("train_step", loss_fn(preds, labels))
    if math.isfinite(loss.item()):
        loss.backward()
        optimizer.step()
    return loss.item(), preds


def fit(model, loader, loss_fn, optimizer, num_epoch, validation=None, *, progress=True):
    """The training loop: for each epoch, for each batch, `train_step`. -> History

    Args:
        model: a Module.
        loader: a DataLoader, or anything that can be gone through again and again and yields
            (inputs, labels).
        loss_fn: loss_fn(preds, labels) -> Tensor of one number.
        optimizer: made with model.parameters().
        num_epoch: how many times around, from 1.
        validation: (inputs, labels) that are not trained on, measured after each epoch; or None.
        progress: whether to show a progress bar, and to print at the end how far the training came,
            and why it stopped early if it did. Before the first step, if the inputs are far larger
            than 1, as pixels from 0 to 255 are, it prints a hint, which history.hint keeps.
    Returns: a `History`. An interrupt from the keyboard, or a loss that is no longer finite, ends
        the training early: what was learned and the history are kept, and history.stopped says what
        happened.
    Raises: TypeError, ValueError.
    """
    _positive_integer("fit", "num_epoch", num_epoch)
    for name, value, method in (("model", model, "parameters"), ("optimizer", optimizer, "step")):
        if not hasattr(value, method) or isinstance(value, type):
            raise TypeError(
                f"fit: expected {name} with .{method}(). Received {value!r}. The order is (model,"
                " loader, loss_fn, optimizer, num_epoch)."
            )
    _callable("fit", model=model, loss_fn=loss_fn)
    _flag("fit", "progress", progress)
    # has .__iter__, but no entries to go through
    single = isinstance(loader, (np.ndarray, Tensor)) and not loader.shape
    if (
        not hasattr(loader, "__iter__")
        or isinstance(loader, type)
        or single
        or iter(loader) is loader
    ):
        raise TypeError(
            "fit: expected a loader that yields (inputs, labels) anew in each epoch. Received"
            f" {type(loader).__name__}. Pass a DataLoader or a list of batches."
        )
    if validation is not None:
        if not isinstance(validation, (tuple, list)) or len(validation) != 2:
            raise TypeError(
                "fit: expected validation to be (inputs, labels). Received"
                f" {type(validation).__name__}."
            )
        validation = _samples("fit: validation", *validation)
    from tqdm import tqdm  # here, because `import lecture3_engine` must stay light

    class Bar(tqdm):
        # no thread that watches it: a browser starts none, and tqdm would warn
        monitor_interval = 0

    history = History()
    # To stdout, and not as a widget, so that a stored notebook holds neither a red box nor a dead
    # bar.
    bar = Bar(
        total=num_epoch * len(loader) if hasattr(loader, "__len__") else None,
        unit="step",
        file=sys.stdout,
        leave=False,
        disable=not progress,
    )
    try:
        for epoch in range(num_epoch):
            samples = total_loss = correct = 0
            for inputs, labels in _batches(loader):
                if not history.step_losses:
                    history.hint = _hint(inputs)
                    if progress and history.hint:
                        print(history.hint)
                loss, preds = train_step(model, inputs, labels, loss_fn, optimizer)
                history.step_losses.append(loss)
                if not math.isfinite(loss):
                    history.stopped = _cause(
                        len(history.step_losses), epoch, loss, history.step_losses, optimizer
                    )
                    return history
                samples += len(labels)
                total_loss += loss * len(labels)
                if _is_classification(preds, labels):
                    correct += accuracy(preds, labels) * len(labels)
                bar.update()
            if not samples:
                raise ValueError(
                    "fit: expected a loader with at least one batch in every epoch. Received none"
                    f" in epoch {epoch + 1}."
                )
            history.train_loss.append(total_loss / samples)
            if _is_classification(preds, labels):
                history.train_accuracy.append(correct / samples)
            if validation is not None:
                loss, right = _evaluate("fit", model, *validation, loss_fn, 1000)
                history.validation_loss.append(loss)
                if right is not None:
                    history.validation_accuracy.append(right)
    except KeyboardInterrupt:
        history.stopped = (
            f"Interrupted after step {len(history.step_losses)}, in epoch {epoch + 1}. The weights"
            " keep what was learned."
        )
    finally:
        bar.close()
        if progress:
            print(
                f"{len(history.train_loss)} epochs, {len(history.step_losses):,} steps."
                f" {history.stopped}".strip()
            )
    return history


def evaluate(model, inputs, labels, loss_fn, batch_size=1000):
    """The mean loss and the accuracy over all samples, without learning. -> (loss, accuracy)

    accuracy is None where labels are not classes. Takes a loss_fn that averages over the samples,
    as the losses of `functional` do.
    """
    inputs, labels = _samples("evaluate", inputs, labels)
    batch_size = _positive_integer("evaluate", "batch_size", batch_size)
    _callable("evaluate", model=model, loss_fn=loss_fn)
    return _evaluate("evaluate", model, inputs, labels, loss_fn, batch_size)


def _evaluate(caller, model, inputs, labels, loss_fn, batch_size):
    """`evaluate` of samples that have been checked."""
    total_loss = correct = 0
    with no_grad():
        for start in range(0, len(inputs), batch_size):
            batch_labels = labels[start : start + batch_size]
            preds = model(inputs[start : start + batch_size])
            total_loss += _tensor(caller, loss_fn(preds, batch_labels)).item() * len(batch_labels)
            classes = _is_classification(preds, batch_labels)
            if classes:
                correct += accuracy(preds, batch_labels) * len(batch_labels)
    return total_loss / len(inputs), correct / len(inputs) if classes else None


def accuracy(preds, labels):
    """accuracy = the share of samples whose largest score is that of the true class

    Args: preds: (batch, classes), scores or probabilities, a Tensor or an array. labels: integers
        (batch,).
    Returns: a number from 0 to 1.
    Raises: TypeError, ValueError.
    """
    preds, labels = as_tensor(preds).data, as_tensor(labels).data
    if labels.dtype.kind not in "iu":
        raise TypeError(
            f"accuracy: expected integer labels. Received {labels.dtype}. Convert with"
            " labels.astype(int)."
        )
    if preds.ndim != 2 or labels.shape != preds.shape[:1] or not preds.size:
        raise ValueError(
            "accuracy: expected preds (batch, classes) and labels (batch,), not empty. Received"
            f" {preds.shape} and {labels.shape}. The order is (preds, labels)."
        )
    return float(np.mean(preds.argmax(axis=1) == labels))


def _is_classification(preds, labels):
    return (
        np.ndim(preds.data if isinstance(preds, Tensor) else preds) == 2
        and np.ndim(labels) == 1
        and np.asarray(labels).dtype.kind in "iu"
    )


def _hint(inputs):
    """What to say of inputs that are far larger than 1, or ""."""
    array = (
        inputs.data
        if isinstance(inputs, Tensor)
        else inputs
        if isinstance(inputs, np.ndarray)
        else None
    )
    if array is None or array.dtype.kind not in "fiu" or not array.size:
        return ""
    largest = max(float(array.max()), -float(array.min()))
    pixels = array.dtype == np.uint8 and largest > 1 or 100 < largest <= 255 and array.min() >= 0
    if not pixels and not largest > 100:
        return ""
    return f"Hint: inputs up to {largest:g}. A network learns best from numbers near 1: " + (
        "divide by 255."
        if pixels
        else "subtract the mean of each column and divide by its standard deviation."
    )


def _cause(step, epoch, loss, losses, optimizer):
    if step == 1:
        return (
            f"Stopped: the loss is {loss} at the very first step, before any update. Look at the"
            " data and the initial weights: NaN, infinity or numbers far from 1."
        )
    return (
        f"Stopped: the loss is {loss} at step {step}, in epoch {epoch + 1}; it began at"
        f" {losses[0]:.4g}. The learning rate {optimizer.lr:g} is probably too big: make a new"
        f" model and try lr={optimizer.lr / 10:g}."
    )


def _batches(loader):
    for batch in loader:
        try:
            inputs, labels = batch
            len(labels)
        except (TypeError, ValueError):
            raise TypeError(
                "fit: expected a loader that yields (inputs, labels). Received"
                f" {type(batch).__name__} from it. Pass a DataLoader or a list of batches."
            ) from None
        yield inputs, labels


def _tensor(caller, loss):
    if not isinstance(loss, Tensor):
        raise TypeError(
            f"{caller}: expected loss_fn to return a Tensor of one number. Received"
            f" {type(loss).__name__} from it. Take a loss of the package, or compute with Tensors."
        )
    return loss


def _callable(caller, **functions):
    for name, function in functions.items():
        if not callable(function) or isinstance(function, type):
            wanted = (
                "a Module or a function of the inputs"
                if name == "model"
                else "a function of (preds, labels)"
            )
            raise TypeError(f"{caller}: expected {name} to be {wanted}. Received {function!r}.")


def _flag(caller, name, value):
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{caller}: expected {name} to be True or False. Received {value!r}.")


def _array(caller, name, value):
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{caller}: expected {name} in rows of equal length. Received {type(value).__name__}"
            " with unequal ones."
        ) from None
    if array.dtype.kind not in "fiub":
        raise TypeError(
            f"{caller}: expected {name} to be an array of real numbers. Received dtype"
            f" {array.dtype}."
        )
    return array


def _positive_integer(caller, name, value):
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{caller}: expected {name} to be a positive integer. Received {value!r}.")
    if value < 1:
        raise ValueError(f"{caller}: expected {name} to be a positive integer. Received {value!r}.")
    return int(value)


def _samples(caller, inputs, labels):
    inputs, labels = _array(caller, "inputs", inputs), _array(caller, "labels", labels)
    for name, array in (("inputs", inputs), ("labels", labels)):
        if not array.ndim:
            raise ValueError(
                f"{caller}: expected {name} of shape (samples, ...). Received a single number. The"
                " order is (inputs, labels, ...)."
            )
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            bad = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            raise ValueError(
                f"{caller}: expected finite {name}. Received {array[bad]} at {list(bad)}. Drop or"
                " repair such samples first."
            )
    if len(inputs) != len(labels):
        raise ValueError(
            f"{caller}: expected a label for each sample. Received {len(inputs)} samples and"
            f" {len(labels)} labels. Were both cut in the same way?"
        )
    if not len(inputs):
        raise ValueError(f"{caller}: expected at least one sample. Received none.")
    return inputs, labels
