"""Watches a loss change when a weight is nudged: the rate of change rc, and what can be built on
it.

Nothing here knows how the loss is computed. That makes it slow, and a fair referee: every gradient
of this package, by hand or by backpropagation, is held against `numerical_gradient`.
"""

from dataclasses import dataclass

import numpy as np

DIRECTIONS = ("forward", "backward", "central")

quiet = np.errstate(all="ignore")  # a loss too big for a float is inf, without a warning


@quiet
def rate_of_change(loss, w, epsilon, direction="forward"):
    """rc = (loss(w + epsilon) - loss(w)) / epsilon

    How fast the loss changes when the weight is nudged by epsilon. A positive rc says: the loss
    grows with w, so decrease w.

        forward    (loss(w + epsilon) - loss(w)) / epsilon                    error about epsilon / 2 |loss''|
        backward   (loss(w) - loss(w - epsilon)) / epsilon                    the same, of the other sign
        central    (loss(w + epsilon) - loss(w - epsilon)) / (2 epsilon)      error about epsilon^2 / 6 |loss'''|

    Round-off adds about u |loss| / epsilon (u = 1.1e-16 in float64, 6e-8 in float32), so the best
    epsilon is not the
    smallest: near sqrt(u) for forward and backward, near cbrt(u) for central.

    Args:
        loss: a function of one weight. Given an array it must work entry by entry and return the
            same shape.
        w: the weight, a number (or an array of independent weights). Its float dtype is the
            precision of the computation.
        epsilon: the nudge, greater than 0, in units of w; a number, or an array of the shape of w.
        direction: "forward", "backward" or "central".
    Returns: a number (or an array of the shape of w), in units of loss per unit of w.
    Raises: TypeError or ValueError that says what was expected.
    Source: lecture, section 2, "Gradient Descent - How". The slide on going downhill has three
        slips; the backward difference above is its right-hand side, which is correct.

    >>> print(rate_of_change(lambda w: w**2, 3.0, 0.5))
    6.5
    """
    w = _weights(w)
    epsilon = _positive(epsilon, "epsilon").astype(w.dtype)
    _check_direction(direction)
    if epsilon.ndim and epsilon.shape != w.shape:
        raise ValueError(
            f"epsilon: expected a number or an array of the shape of w, {w.shape}. Received shape"
            f" {epsilon.shape}. Make both the same shape, for example with"
            " np.full_like(epsilon, w)."
        )

    def at(point):
        value = _call(loss, point[()])
        if value.shape != w.shape:
            raise ValueError(
                f"loss: expected one number for each weight, shape {w.shape}. Received shape"
                f" {value.shape}. For a loss of many weights that returns one number, use"
                " numerical_gradient."
            )
        return value

    if direction == "forward":
        return ((at(w + epsilon) - at(w)) / epsilon)[()]
    if direction == "backward":
        return ((at(w) - at(w - epsilon)) / epsilon)[()]
    return ((at(w + epsilon) - at(w - epsilon)) / (2 * epsilon))[()]


@quiet
def numerical_gradient(loss, w, epsilon=1e-5, direction="central"):
    """gradient[i] = (loss(w + epsilon e_i) - loss(w - epsilon e_i)) / (2 epsilon)   for every entry i of w

    The rate of change of each weight in turn, the others held still: as epsilon goes to 0 it
    becomes the gradient. It costs two forward passes for each weight ("forward" and "backward":
    one, plus one).

    Args:
        loss: a function from an array of the shape of w to one number.
        w: the weights, an array of any shape; it is left unchanged. Integers are read as float64.
        epsilon: the nudge, greater than 0. The default suits float64 and "central"; take about 1e-2
            in float32.
        direction: "forward", "backward" or "central", see `rate_of_change`.
    Returns: an array of the shape and dtype of w.
    Raises: TypeError or ValueError that says what was expected.
    Source: lecture, section 3, "What is Gradient?" and "1D -> N-dim parameters".

    >>> numerical_gradient(lambda w: (w**2).sum(), np.array([1.0, -2.0])).round(6)
    array([ 2., -4.])
    """
    nudged = _weights(w).copy()
    epsilon = float(_positive(epsilon, "epsilon", number=True))
    _check_direction(direction)
    gradient = np.empty_like(nudged)
    here = None if direction == "central" else _scalar_loss(loss, nudged)
    for index in np.ndindex(nudged.shape):
        value = nudged[index]
        if direction != "backward":
            nudged[index] = value + epsilon
            up = _scalar_loss(loss, nudged)
        if direction != "forward":
            nudged[index] = value - epsilon
            down = _scalar_loss(loss, nudged)
        nudged[index] = value
        if direction == "forward":
            gradient[index] = (up - here) / epsilon
        elif direction == "backward":
            gradient[index] = (here - down) / epsilon
        else:
            gradient[index] = (up - down) / (2 * epsilon)
    return gradient


@dataclass(frozen=True)
class GradientCheck:
    """The verdict of `check_gradient`: the worst entry, with both of its numbers. True when the
    check passed.
    """

    passed: bool
    index: tuple
    analytic: float
    numerical: float
    relative_error: float
    tolerance: float

    def __bool__(self):
        return self.passed

    def __str__(self):
        verdict = "agrees" if self.passed else "DIFFERS"
        return (
            f"gradient {verdict}: worst at {list(self.index)}, given {self.analytic:.10g}, by"
            f" finite differences {self.numerical:.10g}, relative error {self.relative_error:.1e}"
            f" (tolerance {self.tolerance:.0e})"
        )


@quiet
def check_gradient(loss, w, gradient, epsilon=1e-5, tolerance=1e-6):
    """relative error = |gradient - numerical| / max(|gradient|, |numerical|)

    Holds a gradient against finite differences. In float64 expect about 1e-9; above 1e-6 look for a
    mistake; 1 means a forgotten term, 2 a wrong sign. What finite differences cannot see is not
    held against an entry:

        round-off = 10 eps (|loss| + max |w numerical|) / epsilon    is taken off each difference first: the loss and
                                                                     w + epsilon are rounded (eps =
                                                                     2.2e-16 in float64)
        an entry below a thousandth of the largest                   is measured against that thousandth

    An entry that is NaN or infinite, and any gradient where the loss itself is, differs: its error
    is infinite.

    Args:
        loss: a function from an array of the shape of w to one number.
        w: the weights, left unchanged.
        gradient: what is to be checked: an array of the shape of w, or a function that makes it
            from w.
        epsilon, tolerance: greater than 0.
    Returns: a `GradientCheck`; `print` it to read the worst entry and both of its numbers, use it
    as a bool in a test.
    Raises: TypeError or ValueError that says what was expected.

    >>> print(check_gradient(lambda w: (w**2).sum(), np.array([1.0, 3.0]), np.array([2.0, 5.0])))
    gradient DIFFERS: worst at [1], given 5, by finite differences 6, relative error 1.7e-01
    (tolerance 1e-06)
    """
    w = _weights(w)
    tolerance = float(_positive(tolerance, "tolerance", number=True))
    epsilon = float(_positive(epsilon, "epsilon", number=True))
    given = _array(
        "gradient",
        gradient(w.copy()) if callable(gradient) and not isinstance(gradient, type) else gradient,
    )
    if given.shape != w.shape:
        raise ValueError(
            f"gradient: expected the shape of w, {w.shape}. Received shape {given.shape}. "
            "A gradient has one entry for each weight."
        )
    if w.size == 0:
        raise ValueError("w: expected at least one weight. Received an empty array.")
    numerical = numerical_gradient(loss, w, epsilon)
    round_off = (
        10
        * np.finfo(w.dtype).eps
        * (abs(_scalar_loss(loss, w.copy())) + _largest(w * numerical))
        / epsilon
    )
    size = np.maximum(np.abs(given), np.abs(numerical))
    floor = max(1e-3 * _largest(size), np.finfo(float).tiny)
    error = np.maximum(np.abs(given - numerical) - round_off, 0) / np.maximum(size, floor)
    error = np.where(np.isfinite(error) & np.isfinite(round_off), error, np.inf)
    index = tuple(int(i) for i in np.unravel_index(np.argmax(error), w.shape))
    return GradientCheck(
        bool(error[index] <= tolerance),
        index,
        float(given[index]),
        float(numerical[index]),
        float(error[index]),
        tolerance,
    )


@quiet
def coordinate_search_step(loss, w, step):
    """For each coefficient in turn: try w + step and w - step, keep the best of the three.

    A coefficient moves only if the loss falls: where a step changes nothing, it stays. Where both
    are as good, it is w + step.

    The lecture's naive way to update the weights. One update of n weights takes 2 n forward passes,
    and one more for the loss to beat: for the 407,050 parameters of a 784-512-10 network, 814,101.
    Backpropagation needs one forward and one backward pass.

    Args:
        loss: a function from an array of the shape of w to one number: one call of it is one
            forward pass.
        w: the weights, an array of any shape; it is left unchanged.
        step: how far to move a coefficient, greater than 0.
    Returns: (new_w, forward_passes): an array like w, and the number of times the loss was
    computed.
    Raises: TypeError or ValueError that says what was expected.
    Source: lecture, section 2, "Update the weights - A naive approach".
    """
    new_w = _weights(w).copy()
    step = float(_positive(step, "step", number=True))
    best = _scalar_loss(loss, new_w)
    forward_passes = 1
    for index in np.ndindex(new_w.shape):
        value = best_value = new_w[index]
        for trial in (value + step, value - step):
            new_w[index] = trial
            trial_loss = _scalar_loss(loss, new_w)
            forward_passes += 1
            if trial_loss < best:
                best, best_value = trial_loss, trial
        new_w[index] = best_value
    return new_w, forward_passes


def _array(name, value):
    """The value as an array of real numbers."""
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{name}: expected numbers in rows of equal length. Received {value!r}."
        ) from None
    if array.dtype.kind not in "fiu":
        raise TypeError(
            f"{name}: expected real numbers. Received {value!r}, of dtype {array.dtype}. Pass"
            " floats, for example 0.1 or np.array([0.3, 0.45])."
        )
    return array


def _largest(array):
    """The largest finite |entry|: one that is not would hide all others."""
    return float(np.max(np.abs(array), where=np.isfinite(array), initial=0))


def _weights(w):
    if callable(w):
        raise TypeError(
            "w: expected a number or an array of weights. Received a function: the order is (loss,"
            " w, epsilon)."
        )
    w = _array("w", w)
    if w.dtype.kind != "f":
        w = w.astype(np.float64)
    if not np.isfinite(w).all():
        raise ValueError(
            "w: expected finite weights. Received NaN or infinity. Look for the step at which the"
            " weights left the finite numbers: a learning rate that is too big is the usual cause."
        )
    return w


def _positive(value, name, number=False):
    if callable(value):
        raise TypeError(
            f"{name}: expected a number greater than 0. Received {value!r}. The order is (loss, w,"
            f" {name})."
        )
    array = _array(name, value).astype(np.float64)
    if number and array.ndim:
        raise TypeError(f"{name}: expected one number. Received an array of shape {array.shape}.")
    if not (np.isfinite(array).all() and (array > 0).all()):
        raise ValueError(
            f"{name}: expected a finite number greater than 0. Received {value!r}. Choose the side"
            " with `direction`, not with the sign."
            if name == "epsilon"
            else f"{name}: expected a finite number greater than 0. Received {value!r}."
        )
    return array


def _check_direction(direction):
    if not isinstance(direction, str) or direction not in DIRECTIONS:
        raise ValueError(
            f"direction: expected one of {', '.join(map(repr, DIRECTIONS))}. Received"
            f" {direction!r}."
        )


def _call(loss, point):
    if not callable(loss) or isinstance(loss, type):
        raise TypeError(
            f"loss: expected a function of the weights. Received {loss!r}. The order is (loss, w,"
            " epsilon)."
        )
    value = loss(point)
    return _array(
        "loss",
        getattr(value, "data", value) if not isinstance(value, (np.ndarray, np.generic)) else value,
    )


def _scalar_loss(loss, w):
    value = _call(loss, w)
    if value.size != 1:
        raise ValueError(
            f"loss: expected a function that returns one number. Received shape {value.shape} from"
            " it. Sum or average over the samples inside it."
        )
    return float(value.reshape(())[()])
