"""Watches a loss change when a weight is nudged: the rate of change rc, and what is built on it.

Nothing here knows how the loss is computed. That makes it slow, and a fair referee: every gradient
of this package, by hand or by backpropagation, is compared with `numerical_gradient`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import expects, fail, function, number, of_shape, one_number, one_of, positive, weights

DIRECTIONS = ("forward", "backward", "central")

Loss = Callable[[NDArray[Any]], Any]  # one number, which may be a Tensor

quiet = np.errstate(all="ignore")  # a loss too big for a float is inf, without a warning
loss_of_weights = function("a function of the weights", "The loss comes first, then the weights.")
side = "Choose the side with `direction`, not with the sign."


@quiet
@expects(loss=loss_of_weights, w=weights, epsilon=positive(side), direction=one_of(*DIRECTIONS))
def rate_of_change(
    loss: Callable[[Any], Any], w: ArrayLike, epsilon: ArrayLike, direction: str = "forward"
) -> Any:
    """rc = (loss(w + epsilon) - loss(w)) / epsilon.

    How fast the loss changes when the weight is nudged by epsilon. A positive rc says: the loss
    grows with w, so decrease w.

    Parameters
    ----------
    loss : callable
        A function of one weight. Given an array, it must work entry by entry and return the same
        shape.
    w : float or array
        The weight, or an array of independent weights. Its float dtype is the precision of the
        computation; integers are read as float64.
    epsilon : float or array
        The nudge, above 0, in units of w: one for all weights, or an array of the shape of w.
    direction : {"forward", "backward", "central"}
        The side on which the loss is looked at, see Notes.

    Returns
    -------
    float or array
        Of the shape of w, in units of loss per unit of w.

    Raises
    ------
    TypeError
        If loss is no function, or if w, epsilon or what loss returns are no real numbers.
    ValueError
        If w is not finite, epsilon not above 0 or of another shape than w, direction unknown, or
        what loss returns of another shape than w.

    Notes
    -----
    The directions, and the error of each:

        forward   (loss(w + epsilon) - loss(w)) / epsilon                 epsilon / 2 |loss''|
        backward  (loss(w) - loss(w - epsilon)) / epsilon                 the same, with other sign
        central   (loss(w + epsilon) - loss(w - epsilon)) / (2 epsilon)   epsilon^2 / 6 |loss'''|

    Round-off adds about u |loss| / epsilon (u = 1.1e-16 in float64, 6e-8 in float32). So the best
    epsilon is not the smallest: it is near sqrt(u) for forward and backward, and near cbrt(u) for
    central.

    Source: lecture, section 2, "Gradient Descent - How". The slide on going downhill has three
    slips; the backward difference above is its right-hand side, which is correct.

    Examples
    --------
    >>> print(rate_of_change(lambda w: w**2, 3.0, 0.5))
    6.5
    """
    w, epsilon = np.asarray(w), np.asarray(epsilon)
    if epsilon.ndim:
        cure = "Make one for each weight, for example with np.full_like(w, 0.1)."
        of_shape(w.shape, cure)("rate_of_change", "epsilon", epsilon)
    epsilon = epsilon.astype(w.dtype)
    one_each = of_shape(w.shape, "For one loss of many weights, use numerical_gradient.")

    def at(point: NDArray[Any]) -> NDArray[Any]:
        return one_each("rate_of_change", "loss(w)", _plain(loss(point[()])))

    if direction == "forward":
        return ((at(w + epsilon) - at(w)) / epsilon)[()]
    if direction == "backward":
        return ((at(w) - at(w - epsilon)) / epsilon)[()]
    return ((at(w + epsilon) - at(w - epsilon)) / (2 * epsilon))[()]


@quiet
@expects(
    loss=loss_of_weights,
    w=weights,
    epsilon=number(above=0, cure=side),
    direction=one_of(*DIRECTIONS),
)
def numerical_gradient(
    loss: Loss, w: ArrayLike, epsilon: float = 1e-5, direction: str = "central"
) -> NDArray[Any]:
    """gradient[i] = (loss(w + epsilon e_i) - loss(w - epsilon e_i)) / (2 epsilon) for every i.

    The rate of change of each weight in turn, while the others hold still. As epsilon goes to 0 it
    becomes the gradient. It costs two forward passes for each weight ("forward" and "backward":
    one, plus one).

    Parameters
    ----------
    loss : callable
        A function from an array of the shape of w to one number.
    w : array
        The weights, of any shape. They are left unchanged; integers are read as float64.
    epsilon : float
        The nudge, above 0. The default suits float64 and "central"; take about 1e-2 in float32.
    direction : {"forward", "backward", "central"}
        The side on which the loss is looked at, see `rate_of_change`.

    Returns
    -------
    array
        Of the shape and dtype of w, in units of loss per unit of w.

    Raises
    ------
    TypeError
        If loss is no function, or if w, epsilon or what loss returns are no real numbers.
    ValueError
        If w is not finite, epsilon not above 0, direction unknown, or if loss returns more than
        one number.

    Notes
    -----
    Source: lecture, section 3, "What is Gradient?" and "1D -> N-dim parameters".

    Examples
    --------
    >>> numerical_gradient(lambda w: (w**2).sum(), np.array([1.0, -2.0])).round(6)
    array([ 2., -4.])
    """
    nudged = np.array(w)
    gradient = np.empty_like(nudged)
    up = down = 0.0 if direction == "central" else _at(loss, nudged)
    for index in np.ndindex(nudged.shape):
        value = nudged[index]
        if direction != "backward":
            nudged[index] = value + epsilon
            up = _at(loss, nudged)
        if direction != "forward":
            nudged[index] = value - epsilon
            down = _at(loss, nudged)
        nudged[index] = value
        gradient[index] = (up - down) / (2 * epsilon if direction == "central" else epsilon)
    return gradient


@dataclass(frozen=True)
class GradientCheck:
    """The verdict of `check_gradient`: the worst entry, with both of its numbers.

    As a bool it is True when the check passed.

    Attributes
    ----------
    passed : bool
        Whether the relative error is within the tolerance.
    index : tuple of int
        Where the worst entry is.
    analytic : float
        That entry of the gradient that was checked.
    numerical : float
        The same entry by finite differences.
    relative_error : float
        Of the worst entry, 0 or more; inf where there is no number to compare.
    tolerance : float
        The largest relative error that passes.

    Examples
    --------
    >>> verdict = check_gradient(lambda w: 4 * w[0], np.zeros(1), np.array([5.0]))
    >>> bool(verdict), verdict.index, verdict.analytic, verdict.numerical
    (False, (0,), 5.0, 4.0)
    """

    passed: bool
    index: tuple[int, ...]
    analytic: float
    numerical: float
    relative_error: float
    tolerance: float

    def __bool__(self) -> bool:
        """Whether the check passed."""
        return self.passed

    def __str__(self) -> str:
        """One sentence for a reader: the verdict, and the worst entry with both numbers."""
        verdict = "agrees" if self.passed else "DIFFERS"
        return (
            f"gradient {verdict}: worst at {list(self.index)}, given {self.analytic:.10g}, by"
            f" finite differences {self.numerical:.10g}, relative error {self.relative_error:.1e}"
            f" (tolerance {self.tolerance:.0e})"
        )


@quiet
@expects(loss=loss_of_weights, w=weights, epsilon=number(above=0), tolerance=number(above=0))
def check_gradient(
    loss: Loss,
    w: ArrayLike,
    gradient: ArrayLike | Callable[[NDArray[Any]], ArrayLike],
    epsilon: float = 1e-5,
    tolerance: float = 1e-6,
) -> GradientCheck:
    """Relative error = |gradient - numerical| / max(|gradient|, |numerical|).

    Compares a gradient with finite differences. In float64 expect about 1e-9; above 1e-6 look for a
    mistake; 1 means a forgotten term, 2 a wrong sign.

    Parameters
    ----------
    loss : callable
        A function from an array of the shape of w to one number.
    w : array
        The weights, at least one. They are left unchanged; integers are read as float64.
    gradient : array or callable
        What is checked: an array of the shape of w, or a function that makes it from w.
    epsilon : float
        The nudge, above 0.
    tolerance : float
        The largest relative error that passes, above 0.

    Returns
    -------
    GradientCheck
        Print it to read the worst entry and both of its numbers, or use it as a bool in a test.

    Raises
    ------
    TypeError
        If loss is no function, or if w, gradient, epsilon, tolerance or what loss returns are no
        real numbers.
    ValueError
        If w is empty or not finite, gradient of another shape, epsilon or tolerance not above 0, or
        if loss returns more than one number.

    Notes
    -----
    What finite differences cannot see is not counted against an entry. The loss and w + epsilon are
    rounded: round-off = 10 eps (|loss| + max |w numerical|) / epsilon is subtracted from
    each difference (eps = 2.2e-16 in float64). And an entry below a thousandth of the largest is
    divided by that thousandth.

    An entry that is NaN or infinite differs, and so does any gradient where the loss itself is: its
    error is infinite.

    Examples
    --------
    >>> verdict = check_gradient(lambda w: 4 * w[0], np.zeros(1), np.array([5.0]))
    >>> print(verdict)  # doctest: +NORMALIZE_WHITESPACE
    gradient DIFFERS: worst at [0], given 5, by finite differences 4,
    relative error 2.0e-01 (tolerance 1e-06)
    """
    w = np.asarray(w)
    if not w.size:
        fail(ValueError, "check_gradient", "at least one weight in w", "an empty array")
    made = gradient(w.copy()) if callable(gradient) and not isinstance(gradient, type) else gradient
    of_w = of_shape(w.shape, "A gradient has one entry for each weight.")
    given: NDArray[Any] = of_w("check_gradient", "gradient", made)
    numerical = numerical_gradient(loss, w, epsilon)
    scale = abs(_at(loss, w.copy())) + _largest(w * numerical)
    round_off = 10 * np.finfo(w.dtype).eps * scale / epsilon
    size = np.maximum(np.abs(given), np.abs(numerical))
    floor = max(1e-3 * _largest(size), np.finfo(float).tiny)
    error = np.maximum(np.abs(given - numerical) - round_off, 0) / np.maximum(size, floor)
    error = np.where(np.isfinite(error) & np.isfinite(round_off), error, np.inf)
    index = tuple(int(i) for i in np.unravel_index(np.argmax(error), w.shape))
    worst = float(error[index])
    return GradientCheck(
        bool(error[index] <= tolerance),
        index,
        float(given[index]),
        float(numerical[index]),
        worst,
        tolerance,
    )


@quiet
@expects(loss=loss_of_weights, w=weights, step=number(above=0))
def coordinate_search_step(loss: Loss, w: ArrayLike, step: float) -> tuple[NDArray[Any], int]:
    """For each coefficient in turn: try w + step and w - step, keep the best of the three.

    The lecture's naive way to update the weights. A coefficient moves only if the loss falls. Where
    both sides are equally good, it moves to w + step.

    Parameters
    ----------
    loss : callable
        A function from an array of the shape of w to one number: one call of it is one forward
        pass.
    w : array
        The weights, of any shape. They are left unchanged; integers are read as float64.
    step : float
        How far to move a coefficient, above 0, in units of w.

    Returns
    -------
    new_w : array
        Of the shape and dtype of w.
    forward_passes : int
        How many times the loss was computed.

    Raises
    ------
    TypeError
        If loss is no function, or if w, step or what loss returns are no real numbers.
    ValueError
        If w is not finite, step not above 0, or if loss returns more than one number.

    Notes
    -----
    One update of n weights takes 2 n forward passes, and one more for the loss to beat: for the
    407,050 parameters of a 784-512-10 network, 814,101. Backpropagation needs one forward and one
    backward pass.

    Source: lecture, section 2, "Update the weights - A naive approach".

    Examples
    --------
    >>> coordinate_search_step(lambda w: (w**2).sum(), np.array([1.0, -2.0]), step=0.5)
    (array([ 0.5, -1.5]), 5)
    """
    new_w = np.array(w)
    best, forward_passes = _at(loss, new_w), 1
    for index in np.ndindex(new_w.shape):
        value = best_value = new_w[index]
        for trial in (value + step, value - step):
            new_w[index] = trial
            trial_loss = _at(loss, new_w)
            forward_passes += 1
            if trial_loss < best:
                best, best_value = trial_loss, trial
        new_w[index] = best_value
    return new_w, forward_passes


def _at(loss: Loss, w: NDArray[Any]) -> float:
    """Compute the loss at w, as one number."""
    return one_number("loss", "its value", _plain(loss(w)))


def _plain(value: object) -> object:
    """Unwrap a Tensor, as a loss may return one."""
    return value if isinstance(value, (np.ndarray, np.generic)) else getattr(value, "data", value)


def _largest(array: NDArray[Any]) -> float:
    """Find the largest finite |entry|: one that is not would hide all others."""
    return float(np.max(np.abs(array), where=np.isfinite(array), initial=0))
