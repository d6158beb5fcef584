"""What the public functions expect of their arguments, and what they say of anything else.

One room for all checks, so that a function elsewhere is a decorator and then the algorithm:

    @expects(epsilon=number(above=0), direction=one_of("forward", "backward", "central"))
    def rate_of_change(loss, w, epsilon, direction="forward"):

A *rule* is a function of (caller, name, value). It returns the value as the function will use it,
or raises a TypeError or ValueError that says what was expected, what was received, and the cure
where there is one. Nothing here knows a tensor, a layer or an optimizer.
"""

from __future__ import annotations

import functools
import inspect
import numbers
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

P = ParamSpec("P")
R = TypeVar("R")
Rule = Callable[[str, str, Any], Any]
ArrayRule = Callable[[str, str, Any], NDArray[Any]]


def expects(**rules: Rule) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator: the arguments that are named here are checked before the function runs.

    Arguments that are left out have their defaults, which need no check.

    >>> @expects(n=integer(at_least=1))
    ... def twice(n):
    ...     return 2 * n
    >>> twice(3)
    6
    >>> twice(n=0)
    Traceback (most recent call last):
    ValueError: twice: expected n to be an integer of at least 1. Received 0.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        names = list(inspect.signature(function).parameters)
        places = [(names.index(name), name, rule) for name, rule in rules.items()]
        caller = _caller(function)

        @functools.wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            values = list(args)
            for place, name, rule in places:
                if place < len(values):
                    values[place] = rule(caller, name, values[place])
                elif name in kwargs:
                    kwargs[name] = rule(caller, name, kwargs[name])
            return function(*values, **kwargs)  # type: ignore[arg-type]

        return checked

    return decorate


def _caller(function: Callable[..., Any]) -> str:
    """The name a reader calls: of `__init__`, that of the class."""
    name = function.__qualname__.rpartition(".__init__")[0] or function.__name__
    return name.rpartition(".")[2]


def fail(
    error: type[Exception], caller: str, expected: str, received: object, cure: str = ""
) -> NoReturn:
    """Raise an error in the words that all of them have."""
    raise error(
        f"{caller}: expected {expected}. Received {received}.{' ' * bool(cure)}{cure}"
    ) from None


# --- numbers, switches, words ---


def number(
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
    cure: str = "",
) -> Rule:
    """A rule: one finite real number within limits. It comes back as a Python float."""
    wanted = "a finite number"
    wanted += f" above {above:g}" if above is not None else ""
    wanted += f" of at least {at_least:g}" if at_least is not None else ""
    wanted += f" and below {below:g}" if below is not None else ""
    wanted += f" and at most {at_most:g}" if at_most is not None else ""

    def rule(caller: str, name: str, value: Any) -> float:
        one = value[()] if isinstance(value, np.ndarray) else value  # an array without axes
        fine = isinstance(one, numbers.Real) and not isinstance(one, bool)
        if not fine or np.asarray(one).dtype.kind not in "fiu":
            fail(TypeError, caller, f"{name} to be {wanted}", repr(value), cure)
        x = float(one)  # compared as a float: a long double may be too large or too small for one
        low = x > above if above is not None else at_least is None or x >= at_least
        high = below is None or x < below if at_most is None else x <= at_most
        if not (np.isfinite(x) and low and high):
            fail(ValueError, caller, f"{name} to be {wanted}", repr(value), cure)
        return x

    return rule


def integer(*, at_least: int = 1, at_most: int | None = None, cure: str = "") -> Rule:
    """A rule: a whole number within limits. It comes back as a Python int."""
    wanted = (
        f"an integer from {at_least:,} to {at_most:,}"
        if at_most is not None
        else f"an integer of at least {at_least}"
    )

    def rule(caller: str, name: str, value: Any) -> int:
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
            fail(TypeError, caller, f"{name} to be {wanted}", repr(value), cure)
        if value < at_least or (at_most is not None and value > at_most):
            fail(ValueError, caller, f"{name} to be {wanted}", repr(value), cure)
        return int(value)

    return rule


def flag(cure: str = "") -> Rule:
    """A rule: True or False."""

    def rule(caller: str, name: str, value: Any) -> bool:
        if not isinstance(value, (bool, np.bool_)):
            fail(TypeError, caller, f"{name} to be True or False", repr(value), cure)
        return bool(value)

    return rule


def one_of(*options: str) -> Rule:
    """A rule: one of several words."""

    def rule(caller: str, name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in options:
            wanted = f"{name} to be one of {', '.join(map(repr, options))}"
            fail(ValueError, caller, wanted, repr(value))
        return value

    return rule


def function(what: str = "a function", cure: str = "") -> Rule:
    """A rule: something that can be called, and no class, which has to be made an object first."""

    def rule(caller: str, name: str, value: Any) -> Callable[..., Any]:
        if not callable(value) or isinstance(value, type):
            fail(TypeError, caller, f"{name} to be {what}", repr(value), cure)
        callee: Callable[..., Any] = value
        return callee

    return rule


def generator(caller: str, name: str, value: Any) -> np.random.Generator:
    """A rule: where random numbers come from."""
    if not isinstance(value, np.random.Generator):
        cure = "Pass rng=np.random.default_rng(0)."
        fail(TypeError, caller, f"{name} to be a NumPy Generator", repr(value), cure)
    return value


# --- arrays ---


def array(*, kinds: str = "fiu", cure: str = "") -> ArrayRule:
    """A rule: real numbers, as an array.

    `kinds` are NumPy's letters: f float, i and u integer, b bool.
    """

    def rule(caller: str, name: str, value: Any) -> NDArray[Any]:
        try:
            values = np.asarray(value)
        except ValueError:  # rows of unequal length
            wanted = f"{name} to be numbers in rows of equal length"
            fail(ValueError, caller, wanted, f"{value!r:.200}")
        if values.dtype.kind not in kinds:
            received = f"{value!r:.200}, of dtype {values.dtype}"
            fail(TypeError, caller, f"{name} to be real numbers", received, cure)
        return values

    return rule


real = array(cure="Floats are meant, for example 0.1 or np.array([0.3, 0.45]).")


def shaped(**axes: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator: arrays of real numbers whose shapes fit together.

    `kernel="in units"` says that kernel has two axes, and that every axis called "in" or "units"
    has the same length in all arguments. NumPy would otherwise broadcast, and say nothing.
    `labels="batch -> classes"` says that labels maps each of the batch to one of the classes:
    integers from 0 to the length of "classes" - 1. `x="..."` leaves the shape free.

    >>> @shaped(inputs="batch in", kernel="in units")
    ... def product(inputs, kernel):
    ...     return inputs @ kernel
    >>> product(np.ones((5, 3)), np.ones((2, 4)))  # doctest: +NORMALIZE_WHITESPACE
    Traceback (most recent call last):
    ValueError: product: expected kernel with in = 3, as in inputs. Received shape (2, 4).
    Is it transposed?
    """
    parts = {name: letters.partition(" -> ") for name, letters in axes.items()}
    wanted = {name: (tuple(before.split()), after) for name, (before, _, after) in parts.items()}

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        names = list(inspect.signature(function).parameters)
        caller = _caller(function)

        @functools.wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            given: dict[str, Any] = dict(zip(names, args, strict=False)) | kwargs
            lengths: dict[str, tuple[int, str]] = {}
            for name, (letters, classes) in wanted.items():
                if name not in given:
                    break  # then Python says so in the next line
                _fits(caller, name, given[name], letters, lengths)
                if classes:
                    integer_labels(caller, given[name], name)
                    known_classes(caller, given[name], lengths[classes][0], name)
            return function(*args, **kwargs)

        return checked

    return decorate


def _fits(
    caller: str,
    name: str,
    value: Any,
    letters: tuple[str, ...],
    lengths: dict[str, tuple[int, str]],
) -> None:
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu":
        received = value.dtype if isinstance(value, np.ndarray) else type(value).__name__
        cure = "Make it with np.array(...)."
        fail(TypeError, caller, f"{name} to be an array of real numbers", received, cure)
    if letters == ("...",):
        return
    if value.ndim != len(letters) or not value.size:
        shape = f"({', '.join(letters)}{',' * (len(letters) == 1)})"
        cure = "Rows are samples: one sample x is x[None, :]."
        received = f"shape {value.shape}"
        fail(
            ValueError, caller, f"{name} to be an array of shape {shape}, not empty", received, cure
        )
    for letter, length in zip(letters, value.shape, strict=True):
        known, first = lengths.setdefault(letter, (length, name))
        if known != length:
            received = f"shape {value.shape}"
            expected = f"{name} with {letter} = {known}, as in {first}"
            fail(ValueError, caller, expected, received, "Is it transposed?")


# --- a loss and its weights ---


def weights(caller: str, name: str, value: Any) -> NDArray[Any]:
    """A rule: finite numbers, one or an array of them, as floats."""
    if callable(value):
        cure = "The loss comes first, then the weights."
        fail(TypeError, caller, f"{name} to be a number or an array of weights", "a function", cure)
    values = real(caller, name, value)
    if not np.isfinite(values).all():
        cure = (
            "Look for the step at which the weights left the finite numbers: a learning rate that"
            " is too big is the usual cause."
        )
        fail(ValueError, caller, f"{name} to be finite", "NaN or infinity", cure)
    return values if values.dtype.kind == "f" else values.astype(np.float64)


def positive(cure: str = "") -> ArrayRule:
    """A rule: finite numbers above 0, one or an array of them, as float64."""

    def rule(caller: str, name: str, value: Any) -> NDArray[np.float64]:
        values = real(caller, name, value).astype(np.float64)
        if not (np.isfinite(values) & (values > 0)).all():
            fail(ValueError, caller, f"{name} to be finite and above 0", f"{value!r:.200}", cure)
        return values

    return rule


def of_shape(shape: tuple[int, ...], cure: str = "") -> ArrayRule:
    """A rule: an array of real numbers of this shape."""

    def rule(caller: str, name: str, value: Any) -> NDArray[Any]:
        values = real(caller, name, value)
        if values.shape != shape:
            fail(ValueError, caller, f"{name} of shape {shape}", f"shape {values.shape}", cure)
        return values

    return rule


def one_number(caller: str, name: str, value: Any) -> float:
    """A rule: what a loss returns, one real number in whatever shape."""
    values = real(caller, name, value)
    if values.size != 1:
        cure = "Sum or average over the samples."
        fail(ValueError, caller, f"{name} to be one number", f"shape {values.shape}", cure)
    return float(values.reshape(())[()])


# --- classes and their scores ---


def integer_labels(caller: str, labels: NDArray[Any], name: str = "labels", cure: str = "") -> None:
    """Refuse labels that are no integers."""
    if labels.dtype.kind not in "iu":
        convert = f"Convert with {name}.astype(int); from one-hot rows take {name}.argmax(axis=1)."
        fail(TypeError, caller, f"integer {name}", labels.dtype, cure or convert)


def known_classes(caller: str, labels: NDArray[Any], classes: int, name: str = "labels") -> None:
    """Refuse integer labels that are not from 0 to classes - 1. At least one is there."""
    least, most = labels.min(), labels.max()
    if least < 0 or most >= classes:
        wanted = f"{name} from 0 to {classes - 1}, one for each of {classes} classes"
        fail(ValueError, caller, wanted, f"{name} from {least} to {most}")


def scores_and_labels(caller: str, preds: NDArray[Any], labels: NDArray[Any]) -> None:
    """Refuse what is not a row of float scores for each sample, and the number of its class."""
    if labels.dtype.kind not in "iu":
        swapped = preds.dtype.kind in "iu"
        cure = "Are the arguments swapped? The order is (preds, labels)." * swapped
        integer_labels(caller, labels, cure=cure)
    if preds.ndim != 2 or labels.shape != preds.shape[:1]:
        column = labels.shape == (*preds.shape[:1], 1)
        cure = "Flatten the labels with labels.reshape(-1)." * column
        received = f"{preds.shape} and {labels.shape}"
        fail(ValueError, caller, "preds (batch, classes) and labels (batch,)", received, cure)
    if preds.dtype.kind != "f":
        cure = "Pass the scores of the model, not its decisions."
        fail(TypeError, caller, "float preds", preds.dtype, cure)
    if not preds.size:
        received = f"preds of shape {preds.shape}"
        fail(ValueError, caller, "at least one sample and one class", received)
    known_classes(caller, labels, preds.shape[1])


def score_rows(caller: str, scores: NDArray[Any]) -> None:
    """Refuse a single number, rows of nothing, and truths in the place of scores."""
    if not scores.shape or not scores.shape[-1]:
        fail(ValueError, caller, "scores of shape (..., classes)", f"shape {scores.shape}")
    if scores.dtype.kind == "b":
        fail(TypeError, caller, "numbers", "True and False", "Convert with .astype(float).")


def same_shape(caller: str, preds: NDArray[Any], labels: NDArray[Any]) -> None:
    """Refuse predictions and labels that would be broadcast, and predictions that are no floats."""
    if preds.dtype.kind != "f":
        swapped = labels.dtype.kind == "f"
        cure = "Are the arguments swapped? The order is (preds, labels)." * swapped
        fail(TypeError, caller, "float preds", preds.dtype, cure)
    if preds.shape != labels.shape:
        received = (
            f"{preds.shape} and {labels.shape}: broadcasting would compare every prediction with"
            " every label"
        )
        cure = "Reshape one of them, for example labels.reshape(preds.shape)."
        fail(ValueError, caller, "preds and labels of the same shape", received, cure)
    if not preds.size:
        fail(ValueError, caller, "at least one sample", f"shape {preds.shape}")


# --- layers ---


def dense_shapes(x: tuple[int, ...], w: tuple[int, ...], b: tuple[int, ...]) -> None:
    """Refuse inputs, kernel and bias that do not fit together, and say what would."""
    if len(x) == len(w) == 2 and x[1] == w[0]:
        if b != w[1:]:
            fail(ValueError, "dense", f"bias ({w[1]},), one number for each unit", b)
        return
    cure = ""
    if len(x) < 2:
        cure = "Rows are samples: one sample x is the row x.reshape(1, -1)."
    elif len(x) > 2:
        cure = "Flatten each sample: x.reshape(len(x), -1)."
    elif len(w) == 2 and x[1] == w[1]:
        cure = (
            "The kernel looks transposed: pass kernel.T (the slide's W and torch's weight are"
            " stored as (units, in))."
        )
    received = f"inputs {x} and kernel {w}"
    fail(ValueError, "dense", "inputs (batch, in) and kernel (in, units)", received, cure)


def named_function(*names: str) -> Rule:
    """A rule: None, one of several names, or a function."""
    wanted = f"to be None, {', '.join(map(repr, names))}, or a function"

    def rule(caller: str, name: str, value: Any) -> Any:
        known = value in names if isinstance(value, str) else value is None or callable(value)
        if not known or isinstance(value, type):
            error = ValueError if isinstance(value, str) else TypeError
            fail(error, caller, f"{name} {wanted}", repr(value))
        return value

    return rule


def float_type(caller: str, name: str, value: Any) -> Any:
    """A rule: a NumPy dtype of floats."""
    try:
        known = value is not None and np.dtype(value).kind == "f"
    except (TypeError, ValueError):  # no dtype at all
        known = False
    if not known:
        cure = "Pass np.float32 or np.float64."
        fail(TypeError, caller, f"{name} to be a float type", repr(value), cure)
    return value


def same_dtype(caller: str, inputs: np.dtype[Any], kernel: np.dtype[Any]) -> None:
    """Refuse a Tensor of other floats: to convert it would lose its history."""
    if inputs != kernel:
        cure = f"Make it with Tensor(x.astype(np.{kernel})), or the layer with dtype=np.{inputs}."
        fail(TypeError, caller, f"a Tensor of {kernel}, as the kernel", inputs, cure)


def layers(caller: str, values: Sequence[Any]) -> None:
    """Refuse none, and what cannot be called."""
    if not values:
        fail(ValueError, caller, "at least one layer", "none")
    for layer in values:
        if isinstance(layer, type):
            cure = "Make a layer of the class first, for example Dense(784, 10, rng=rng)."
        else:
            cure = "Unpack the list: Sequential(*layers)." * isinstance(layer, (list, tuple))
        if not callable(layer) or isinstance(layer, type):
            fail(TypeError, caller, "layers, one after the other", repr(layer), cure)


def saved_names(caller: str, state_dict: Any, names: Sequence[str]) -> None:
    """Refuse what is no dict of arrays with exactly these names."""
    if not isinstance(state_dict, Mapping):
        cure = (
            "Pass model.state_dict(), or np.load(path) of a file that was written with"
            " np.savez(path, **model.state_dict())."
        )
        fail(TypeError, caller, "a dict of arrays by name", type(state_dict).__name__, cure)
    missing = [name for name in names if name not in state_dict]
    unexpected = [str(name) for name in state_dict if name not in names]
    if missing or unexpected:
        received = ["none for " + ", ".join(missing)] * bool(missing)
        received += [", ".join(unexpected) + " too many"] * bool(unexpected)
        cure = "Build the same model as the one that was saved."
        expected = f"arrays for {', '.join(names) or 'no parameters'}"
        fail(ValueError, caller, expected, " and ".join(received), cure)


def saved_array(caller: str, name: str, value: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    """Return what was saved under a name, as an array of this shape."""
    values = real(caller, name, value)
    if values.shape != shape:
        cure = "Build the same model as the one that was saved."
        if values.shape == shape[::-1]:
            transpose = f"torch's weight is the transpose of the kernel, pass {name}.T."
            cure = f"It looks transposed: {transpose}"
        fail(ValueError, caller, f"{name} of shape {shape}", values.shape, cure)
    return values


# --- objects ---


def instance(kind: type, what: str, cure: str = "") -> Rule:
    """A rule: an object of this class."""

    def rule(caller: str, name: str, value: Any) -> Any:
        if not isinstance(value, kind):
            fail(TypeError, caller, f"{name} to be {what}", f"{value!r:.200}", cure)
        return value

    return rule


def subclass(kind: type, what: str, cure: str = "") -> Rule:
    """A rule: a class that is built on this one."""

    def rule(caller: str, name: str, value: Any) -> Any:
        if not (isinstance(value, type) and issubclass(value, kind)):
            fail(TypeError, caller, f"{name} to be {what}", f"{value!r:.200}", cure)
        return value

    return rule


def having(*methods: str, cure: str = "") -> Rule:
    """A rule: an object, not a class, with these methods."""
    wanted = " and ".join(f".{method}()" for method in methods)

    def rule(caller: str, name: str, value: Any) -> Any:
        if isinstance(value, type) or not all(hasattr(value, method) for method in methods):
            fail(TypeError, caller, f"{name} with {wanted}", f"{value!r:.200}", cure)
        return value

    return rule


def optional(rule: Rule) -> Rule:
    """A rule: None, or what another rule asks for."""
    return lambda caller, name, value: None if value is None else rule(caller, name, value)


# --- optimizers ---


def number_or_array(
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    cure: str = "",
) -> Rule:
    """A rule: one number, see `number`, or an array of them."""
    one = number(above=above, at_least=at_least, below=below, cure=cure)

    def rule(caller: str, name: str, value: Any) -> float | NDArray[np.float64]:
        try:
            values = np.asarray(value)
        except (TypeError, ValueError):  # a tensor with a history, rows of unequal length
            values = np.asarray(None)
        if values.ndim == 0:
            scalar: float = one(caller, name, value)
            return scalar
        if values.dtype.kind not in "fiu":
            expected = f"{name} to be a number, or an array of them"
            fail(TypeError, caller, expected, f"{value!r:.200}", cure)
        if values.size:
            one(caller, name, values.min())  # NaN, if there is one
            one(caller, name, values.max())
        return values.astype(np.float64)

    return rule


def pair(rule: Rule, cure: str = "") -> Rule:
    """A rule: two values that each follow another rule: betas is (beta1, beta2)."""

    def rule_of_each(caller: str, name: str, value: Any) -> tuple[Any, ...]:
        try:
            values = tuple(value)
        except TypeError:
            values = ()
        if len(values) != 2:
            fail(TypeError, caller, f"{name} to be two numbers", f"{value!r:.200}", cure)
        return tuple(rule(caller, *each) for each in _each(name, values))

    return rule_of_each


def _each(name: str, value: Any) -> list[tuple[str, Any]]:
    """(name, value), or those of each entry of a pair: of betas, beta1 and beta2."""
    if not isinstance(value, tuple):
        return [(name, value)]
    return [(f"{name[:-1]}{i}", one) for i, one in enumerate(value, 1)]


def parameters(caller: str, name: str, value: Any) -> list[Any]:
    """A rule: parameters that can be changed in place, each of them once."""
    one = hasattr(value, "grad") or isinstance(value, (str, np.ndarray, type))
    if one or not hasattr(value, "__iter__"):
        cure = "Pass model.parameters(), or [w] for a single one; the order is (params, lr)."
        fail(TypeError, caller, f"{name} to be a list of parameters", type(value).__name__, cure)
    values = list(value)
    if not values:
        cure = "Was the generator of parameters used up already?"
        fail(ValueError, caller, "at least one parameter", "an empty list", cure)
    for p in values:
        _parameter(caller, p)
    if len({id(p) for p in values}) < len(values):
        received = "one twice: it would be updated twice in each step"
        fail(ValueError, caller, "each parameter once", received)
    if not any(getattr(p, "requires_grad", True) for p in values):
        received = "none that does: there is nothing to learn"
        cure = "Use Parameter(array), or set requires_grad=True."
        fail(ValueError, caller, "a parameter that requires a gradient", received, cure)
    return values


def _parameter(caller: str, p: Any) -> None:
    if not (hasattr(p, "data") and hasattr(p, "grad")):
        cure = "Wrap the array: Parameter(array)."
        fail(TypeError, caller, "parameters, with .data and .grad", type(p).__name__, cure)
    dtype = getattr(p.data, "dtype", type(p.data).__name__)
    if getattr(dtype, "kind", "") != "f":
        fail(TypeError, caller, "parameters of a float dtype", dtype)
    if getattr(p, "parents", ()):
        received = (
            f"the result of an operation, {getattr(p, 'operation', '')!r}: a step would change a"
            " copy that no model uses"
        )
        cure = "Pass the Parameters that it was computed from."
        fail(ValueError, caller, "leaves", received, cure)
    if not p.data.flags.writeable:
        cure = "Make it of a copy: Parameter(array.copy())."
        received = "one whose array is read-only"
        fail(ValueError, caller, "parameters that may be changed in place", received, cure)


def suits(optimizer: Any, name: str, value: Any) -> None:
    """Refuse a hyperparameter that does not fit the parameters, or the other hyperparameters."""
    caller = type(optimizer).__name__
    for p in vars(optimizer).get("params", ()):
        for one, its_value in _each(name, value):
            shape, wanted = np.shape(its_value), p.data.shape
            repeated = zip(reversed(shape), reversed(wanted), strict=False)
            if len(shape) > len(wanted) or any(n not in (1, m) for n, m in repeated):
                expected = f"{one} to be a number, or to broadcast to the parameter, {wanted}"
                cure = "Repeat the start, one for each setting, or use descend, which does."
                fail(ValueError, caller, expected, f"shape {shape}", cure)
    settings = {**vars(optimizer), name: value}
    if settings.get("nesterov") and not np.all(settings.get("momentum", 1)):
        expected = "a momentum above 0, as nesterov=True"
        fail(ValueError, caller, expected, "momentum=0", "Try momentum=0.9.")


def gradients(caller: str, params: Sequence[Any], states: Sequence[dict[str, Any]]) -> None:
    """Refuse a step without gradients, or with gradients that do not fit the parameters."""
    if len(params) != len(states):
        expected = f"the {len(states)} parameters that the optimizer was made with"
        fail(ValueError, caller, expected, len(params), "Make a new optimizer.")
    if not [p for p in params if p.grad is not None]:
        cure = "Call loss.backward() first, and zero_grad() before it, not after."
        fail(ValueError, caller, "parameters with gradients", "none", cure)
    for i, p in enumerate(params):
        g, shape = p.grad, p.data.shape
        if g is None:
            continue
        if not isinstance(g, (np.ndarray, np.generic)) or g.dtype.kind not in "fiub":
            expected = "a gradient that is an array of real numbers"
            fail(TypeError, caller, expected, f"{g!r:.200}", "loss.backward() makes one.")
        if g.shape != shape:
            expected = f"a gradient of the shape of the parameter, {shape}"
            fail(ValueError, caller, expected, g.shape)
        for array in states[i].values():
            if isinstance(array, np.ndarray) and array.shape != shape:
                expected = (
                    "the parameter in the shape that it had when the optimizer was made,"
                    f" {array.shape}"
                )
                fail(ValueError, caller, expected, shape, "Make a new optimizer.")


_SAME_KIND = "Load it into an optimizer of the kind that it was saved from."


def saved_optimizer(
    caller: str, state_dict: Any, settings: list[str], count: int
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The hyperparameters and the states in what an optimizer's state_dict() gave."""
    try:
        (group,), states = state_dict["param_groups"], dict(state_dict["state"])
        group = dict(group)
        places = list(group.pop("params"))
    except (TypeError, KeyError, IndexError, ValueError):
        expected = 'what state_dict() returns, a dict with "state" and "param_groups", one group'
        fail(TypeError, caller, expected, f"{state_dict!r:.100}")
    if places != list(range(count)) or set(states) != set(places):
        expected, received = f"the state of {count} parameters", f"that of {len(states)}"
        cure = "Build the same model before you make the optimizer."
        fail(ValueError, caller, expected, received, cure)
    if set(group) != set(settings):
        expected, received = (
            f"the hyperparameters {', '.join(settings)}",
            ", ".join(map(str, group)),
        )
        fail(ValueError, caller, expected, received, _SAME_KIND)
    return group, [dict(states[place]) for place in places]


def remembered(
    caller: str, state: dict[str, Any], needed: tuple[str, ...], possible: set[str]
) -> None:
    """Refuse a saved state that lacks what an optimizer needs, or holds what it does not know."""
    if not set(needed) <= set(state) <= possible:
        received = ", ".join(map(str, state)) or "nothing"
        expected = f"the state to be {', '.join(needed) or 'empty'}"
        fail(ValueError, caller, expected, received, _SAME_KIND)


# --- landscapes and descents ---


def points(caller: str, w: Any, ndim: int) -> NDArray[Any]:
    """Points of so many weights, as floats; of one weight also a single number."""
    values = array()(caller, "points", w)
    if values.shape[-1:] != (ndim,) and not (values.ndim == 0 and ndim == 1):
        expected = f"points of shape (..., {ndim}), one weight of {ndim} along the last axis"
        cure = "Add an axis: w[..., None]." if ndim == 1 else ""
        fail(ValueError, caller, expected, f"shape {values.shape}", cure)
    return values if values.dtype.kind == "f" else values.astype(np.float64)


def starts(caller: str, start: Any, ndim: int, limit: float) -> NDArray[Any]:
    """Where descents begin: points of so many weights, none beyond the limit."""
    values = array()(caller, "start", start)
    if not values.size or values.shape[-1:] != (ndim,):
        expected = f"start of shape (..., {ndim}), not empty"
        fail(ValueError, caller, expected, f"shape {values.shape}")
    if not (np.abs(values.astype(float)) <= limit).all():
        fail(ValueError, caller, f"a finite start, within {limit:g}", f"{start!r:.200}")
    return values


def runs(caller: str, start: NDArray[Any], settings: dict[str, Any]) -> tuple[int, ...]:
    """The shape of all runs together, where an array (..., 1) makes a run for each entry."""
    shapes = [start.shape]
    for name, value in settings.items():
        for one, its_value in _each(name, value):
            shape = array(kinds="fiub")(caller, one, its_value).shape
            if 0 in shape or shape[-1:] not in ((), (1,), start.shape[-1:]):
                expected = f"{one} to be a number, or an array (..., 1) with a run for each entry"
                cure = f"Add an axis: {name}[..., None]."
                fail(ValueError, caller, expected, f"shape {shape}", cure)
            shapes.append(shape)
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        expected = "start and hyperparameters that broadcast to one shape"
        fail(ValueError, caller, expected, ", ".join(map(str, shapes)))


def run_index(caller: str, index: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The place of one of many runs, as a tuple."""
    places = index if isinstance(index, tuple) else (index,)
    fine = [
        isinstance(i, (int, np.integer)) and not isinstance(i, bool) and -n <= i < n
        for i, n in zip(places, shape, strict=False)
    ]
    if not (len(places) == len(shape) > 0 and all(fine)):
        expected = f"the number of one of the runs, which have the shape {shape}"
        cure = "" if shape else "This path has one run only: use it as it is."
        fail(ValueError, caller, expected, f"{places!r:.200}", cure)
    return places


# --- training ---


def samples(caller: str, inputs: Any, labels: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Inputs and labels as arrays: finite, and a label for each sample."""
    numeric = array(kinds="fiub")
    inputs, labels = numeric(caller, "inputs", inputs), numeric(caller, "labels", labels)
    for name, values in (("inputs", inputs), ("labels", labels)):
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            place = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
            received = f"{values[place]} at {list(place)}"
            cure = "Drop or repair such samples first."
            fail(ValueError, caller, f"{name} to be finite", received, cure)
        if not values.ndim:
            expected, cure = (
                f"{name} of shape (samples, ...)",
                "The order is (inputs, labels, ...).",
            )
            fail(ValueError, caller, expected, "a single number", cure)
    if len(inputs) != len(labels):
        received = f"{len(inputs)} samples and {len(labels)} labels"
        cure = "Were both cut in the same way?"
        fail(ValueError, caller, "a label for each sample", received, cure)
    if not len(inputs):
        fail(ValueError, caller, "at least one sample", "none")
    return inputs, labels


def inputs_and_labels(caller: str, name: str, value: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """A rule: (inputs, labels), arrays of samples."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        fail(TypeError, caller, f"{name} to be (inputs, labels)", type(value).__name__)
    return samples(f"{caller}: {name}", *value)


_LOADER = "Pass a DataLoader or a list of batches."


def batches(caller: str, name: str, value: Any) -> Any:
    """A rule: what can be gone through again and again, such as a DataLoader."""
    # An array without axes has __iter__ too, but no entries to go through.
    single = getattr(value, "shape", None) == () or isinstance(value, type)
    if single or not hasattr(value, "__iter__") or iter(value) is value:
        expected = f"a {name} that yields (inputs, labels) anew in each epoch"
        fail(TypeError, caller, expected, type(value).__name__, _LOADER)
    return value


def batch(caller: str, value: Any) -> tuple[Any, Any]:
    """What a loader yields: inputs and their labels."""
    try:
        inputs, labels = value
        len(labels)
    except (TypeError, ValueError):
        expected = "a loader that yields (inputs, labels)"
        fail(TypeError, caller, expected, f"{type(value).__name__} from it", _LOADER)
    return inputs, labels


def scores(caller: str, preds: NDArray[Any], labels: NDArray[Any]) -> None:
    """Refuse predictions and labels that are not one row of scores for each class label."""
    if labels.dtype.kind not in "iu":
        cure = "Convert with labels.astype(int)."
        fail(TypeError, caller, "integer labels", labels.dtype, cure)
    if preds.ndim != 2 or labels.shape != preds.shape[:1] or not preds.size:
        expected = "preds (batch, classes) and labels (batch,), not empty"
        received = f"{preds.shape} and {labels.shape}"
        fail(ValueError, caller, expected, received, "The order is (preds, labels).")


# --- tensors: what they are made of, how they fit together ---


true_or_false = flag()


def differentiable(caller: str, values: NDArray[Any], requires_grad: object) -> bool:
    """Whether a gradient is asked for, which only floats have."""
    wanted: bool = true_or_false(caller, "requires_grad", requires_grad)
    if wanted and values.dtype.kind != "f":
        received = f"{values.dtype}: a derivative needs real numbers"
        cure = "Write 2.0 instead of 2, or use .astype(float)."
        fail(TypeError, caller, "floats, as requires_grad=True", received, cure)
    return wanted


def broadcast(caller: str, a: tuple[int, ...], b: tuple[int, ...]) -> None:
    """Refuse shapes that NumPy cannot broadcast together."""
    try:
        np.broadcast_shapes(a, b)
    except ValueError:
        expected = "shapes that are equal, or that differ by leading or unit axes"
        cure = "Reshape one of them, for example to one column with .reshape(-1, 1)."
        fail(ValueError, caller, expected, f"{a} {caller} {b}", cure)


def matrices(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    """Refuse shapes that have no matrix product, and say which would."""
    two = len(a) == len(b) == 2
    if two and a[1] == b[0]:
        return
    cure = "One sample x is the row x.reshape(1, -1)."
    if two and a[1] == b[1]:
        cure = f"{a} @ {b[::-1]} would fit: transpose the second with .T."
    fail(ValueError, "@", "two matrices (rows, n) @ (n, columns)", f"{a} @ {b}", cure)


def no_numbers(caller: str) -> NoReturn:
    """Refuse True and False alone, which NumPy neither subtracts nor negates."""
    fail(TypeError, caller, "numbers", "True and False", "Convert with .data.astype(float).")


def has_floats(caller: str, a: NDArray[Any], b: NDArray[Any]) -> None:
    """Refuse a power of integers alone, which NumPy has only for exponents of at least 0."""
    if a.dtype.kind != "f" and b.dtype.kind != "f":
        fail(
            TypeError, caller, "floats", f"{a.dtype} {caller} {b.dtype}", "Write 2.0 instead of 2."
        )


def has_entries(caller: str, values: NDArray[Any]) -> None:
    """Refuse an array of nothing, which has no mean and no largest entry."""
    if not values.size:
        fail(ValueError, caller, "at least one entry", f"shape {values.shape}")


def one_entry(
    caller: str, values: NDArray[Any], cure: str, what: str = "tensor of one number"
) -> None:
    """Refuse an array of none or of several numbers."""
    if values.size != 1:
        fail(ValueError, caller, f"a {what}", f"shape {values.shape}", cure)


def fits_dtype(value: Any, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Make an array of floats of a number. Refuse an integer that is too large for them."""
    try:
        return np.asarray(value, dtype)
    except OverflowError:
        received = f"an integer of {int(value).bit_length()} bits"
        fail(ValueError, "Tensor", f"numbers that fit into {dtype}", received)


def reshaped(values: NDArray[Any], shape: Any) -> NDArray[Any]:
    """Arrange the same entries in another shape."""
    try:
        return values.reshape(shape)
    except (ValueError, TypeError):
        expected = f"a shape of {values.size} entries, as {values.shape} has"
        fail(ValueError, "reshape", expected, shape)


def written(symbol: str, ufunc: np.ufunc, x: NDArray[Any], y: NDArray[Any]) -> None:
    """Compute ufunc(x, y) into x, where the result fits into it."""
    try:
        ufunc(x, y, out=x)
    except (TypeError, ValueError):
        expected = f"a result of {x.dtype} {x.shape} that can be written to"
        received = f"{y.dtype} {y.shape} to compute it with"
        cure = f"Write x = x {symbol} y for a new tensor."
        fail(TypeError, f"{symbol}=", expected, received, cure)


def axes(caller: str, axis: Any, ndim: int, keepdims: object = False) -> tuple[int, ...] | None:
    """Find the axes of a sum or a mean, each from 0 to ndim - 1; None for all."""
    if not isinstance(keepdims, bool):  # nor does NumPy take a NumPy bool here
        cure = f"Pass several axes as a tuple: {caller}((0, 1))."
        fail(TypeError, caller, "keepdims to be True or False", repr(keepdims), cure)
    if axis is None:
        return None
    several = axis if isinstance(axis, tuple) else (axis,)
    for one in several:
        if isinstance(one, bool) or not isinstance(one, (int, np.integer)):
            wanted = "axis to be an integer, a tuple of integers or None"
            fail(TypeError, caller, wanted, repr(axis))
        if not -ndim <= one < ndim:
            wanted = f"an axis from {-ndim} to {ndim - 1} for {ndim} axes"
            fail(ValueError, caller, wanted, repr(axis))
    places = tuple(one % ndim for one in several)
    if len(set(places)) != len(places):
        fail(ValueError, caller, "each axis once", repr(axis))
    return places


def one_axis(caller: str, axis: Any, ndim: int, keepdims: object) -> int | None:
    """Find the axis of an argmax; None for the flattened tensor."""
    places = axes(caller, axis, ndim, keepdims)
    if places is not None and len(places) != 1:
        fail(TypeError, caller, "one axis or None", repr(axis))
    return None if places is None else places[0]


def names_of_axes(caller: str, given: dict[str, Any]) -> None:
    """Refuse torch's names of arguments, and those that NumPy adds when it is asked: np.sum(x)."""
    if given.keys() & {"dim", "keepdim"}:
        cure = f"Use NumPy's names: .{caller}(axis=0)."
        fail(TypeError, caller, "axis and keepdims", "dim or keepdim", cure)
    if given.keys() & {"out", "dtype"}:
        cure = f"Write x.{caller}(), or np.{caller}(x.data)."
        fail(TypeError, f"np.{caller}", "an array", "a Tensor", cure)


# --- tensors: what would lose or falsify a gradient ---


def lost_history(caller: str, expected: str, cure: str, received: str = "a Tensor") -> NoReturn:
    """Refuse what NumPy would do without remembering it."""
    received += ": NumPy would lose its history"
    fail(TypeError, caller, expected, received, cure)


def leaf_in_place(symbol: str) -> NoReturn:
    """Refuse to change a weight as one of the operations that are remembered."""
    received = "a leaf that requires a gradient: its history would begin with an update"
    cure = (
        f"Let an optimizer change it, write w.data {symbol}= ..., or do it inside"
        " `with no_grad():`."
    )
    fail(TypeError, f"{symbol}=", "a tensor that does not learn", received, cure)


def entries_assigned() -> NoReturn:
    """Refuse to change entries that a gradient may depend on."""
    cure = "Multiply by a mask of 0 and 1 instead, or change the numbers alone: x.data[index] = 0."
    fail(TypeError, "x[index] =", "tensors that require no gradient", "one that does", cure)


def no_path_to_a_parameter() -> NoReturn:
    """Refuse to go backward from what depends on no parameter."""
    expected = "a loss that depends on a Parameter, or on a Tensor with requires_grad=True"
    cure = "Was it computed under no_grad(), or from .data?"
    fail(ValueError, "backward", expected, "one that does not", cure)


def changed_shapes(before: list[tuple[int, ...]], now: list[tuple[int, ...]]) -> NoReturn:
    """Refuse .data of another shape than in the forward pass."""
    first = next(i for i, shape in enumerate(now) if shape != before[i])
    expected = f".data of shape {before[first]}, as in the forward pass"
    received = f"{now[first]}, assigned since"
    fail(ValueError, "backward", expected, received, "Compute the loss again.")


def changed_in_place(values: NDArray[Any], operation: str) -> NoReturn:
    """Refuse numbers that are not those of the forward pass."""
    received = (
        f'an array of shape {values.shape}, needed by "{operation}", that has been changed in'
        " place since"
    )
    cure = (
        "Compute the loss again after changing weights or inputs, or fill a new array instead of"
        " one that is in use."
    )
    fail(ValueError, "backward", "the numbers of the forward pass", received, cure)


# --- files ---


def unreadable(caller: str, path: object, error: OSError) -> NoReturn:
    """Say which file could not be read, and what to do."""
    browser = sys.platform == "emscripten"  # which fetches files when they are first needed
    cure = "With a network, run the cell again." if browser else "Install lecture3_engine again."
    said = f"{caller}: could not read {path} ({error.strerror}). {cure}"
    raise OSError(error.errno, said) from error
