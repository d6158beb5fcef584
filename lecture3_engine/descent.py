"""Any optimizer down any landscape: descend -> Path.

The optimizers are those that train the network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import (
    expects,
    function,
    instance,
    integer,
    of_shape,
    optional,
    run_index,
    runs,
    starts,
    subclass,
)
from .optim import SGD, Optimizer
from .surfaces import Surface
from .tensor import Parameter

Array = NDArray[np.float64]
Gradient = Callable[[Array], Array]

# further than any picture, and near enough that the losses, which go up to w^8, are still finite
TOO_FAR = 1e30


@dataclass(frozen=True)
class Path:
    """Where a descent went.

    Attributes
    ----------
    points : array (steps + 1, ..., ndim)
        The start first. With keep_path=False only the last ones: (1, ..., ndim).
    losses : array (steps + 1, ...)
        The loss at each of the points; with keep_path=False (1, ...).
    diverged_at : int, array (...) of int, or None
        The step at which a weight went beyond 1e30, on its way to overflow, None if none did. For
        many runs an array with -1 for those that did not. From that step on points and losses are
        NaN.

    Examples
    --------
    >>> from lecture3_engine.surfaces import quadratic
    >>> path = descend(quadratic([1]), [1.0], steps=150, lr=3.0)
    >>> path.points[:4, 0]
    array([ 1., -2.,  4., -8.])
    >>> path.diverged_at
    100
    """

    points: Array
    losses: Array
    diverged_at: int | NDArray[np.int_] | None

    def run(self, index: int | tuple[int, ...]) -> Path:
        """Return one of many runs, as a Path of its own.

        Parameters
        ----------
        index : int, or tuple of int
            The run's number, or its place in an array of runs.

        Returns
        -------
        Path
            That of this run alone.

        Raises
        ------
        ValueError
            If there is no run of this number, or one run only.

        Examples
        --------
        >>> from lecture3_engine.surfaces import quadratic
        >>> paths = descend(quadratic([1]), [1.0], steps=2, lr=np.array([[0.25], [0.5]]))
        >>> paths.run(1).points[:, 0]
        array([1.  , 0.5 , 0.25])
        """
        diverged_at = np.asarray(self.diverged_at)
        place = run_index("run", index, diverged_at.shape)
        at_each_step: tuple[Any, ...] = (slice(None), *place)
        return Path(self.points[at_each_step], self.losses[at_each_step], _step(diverged_at[place]))


@expects(
    surface=instance(Surface, "a Surface", "Take one of `surfaces`, or quadratic((1, 25))."),
    optimizer=subclass(
        Optimizer,
        "a class, such as SGD",
        "Its hyperparameters follow as keywords: descend(surface, start, SGD, lr=0.1).",
    ),
    steps=integer(at_least=0),
    gradient=optional(function("a function of the points")),
)
def descend(
    surface: Surface,
    start: ArrayLike | None = None,
    optimizer: type[Optimizer] = SGD,
    steps: int = 100,
    gradient: Gradient | None = None,
    *,
    keep_path: bool = True,
    **hyperparameters: Any,
) -> Path:
    """In a loop: g = gradient(w); w = optimizer's step with g.

    Parameters
    ----------
    surface : Surface
        The landscape.
    start : array (ndim,) or (..., ndim)
        A point, or many, each the start of a run. Default: surface.start.
    optimizer : class
        One of `optim`.
    steps : int
        How many steps, 0 or more.
    gradient : callable
        What to descend by instead of surface.gradient: a function of the points (..., ndim) that
        returns their shape. With `rate_of_change` in it this is the lecture's naive gradient
        descent, with noise in it a stochastic one.
    keep_path : bool
        False keeps the last points only: for maps of thousands of runs.
    **hyperparameters
        For the optimizer, such as lr=0.1, momentum=0.9. An array of shape (..., 1) makes a run for
        each entry.

    Returns
    -------
    Path
        The points and their losses. A run that overflows is recorded, not warned of.

    Raises
    ------
    TypeError
        If surface is no Surface, optimizer no class of `optim`, gradient no function, or start,
        steps or a hyperparameter no number.
    ValueError
        If start is not finite, within 1e30, steps negative, a hyperparameter out of its range, or
        if shapes do not fit together: those of start, of the hyperparameters, or of what gradient
        returns.

    Examples
    --------
    >>> from lecture3_engine.surfaces import quadratic
    >>> descend(quadratic([1]), [1.0], steps=3, lr=0.5).points[:, 0]
    array([1.   , 0.5  , 0.25 , 0.125])
    """
    start = starts("descend", surface.start if start is None else start, surface.ndim, TOO_FAR)
    shape = runs("descend", start, hyperparameters)
    w = np.broadcast_to(start, shape).astype(np.float64, order="C")
    parameter = Parameter(w)
    walker = optimizer([parameter], **hyperparameters)
    slope = _slope(surface, w) if gradient is None else _slope_by(gradient, w)
    # The gradients here have the shape of w and errstate is entered once, so the step need not see
    # to that again. An optimizer may have a step of its own, though.
    take_step = walker.step_unchecked if type(walker).step is Optimizer.step else walker.step
    entries = w.ravel()  # a view
    diverged_at = np.full(shape[:-1], steps + 1)  # after the last step: never
    points = np.empty((steps + 1 if keep_path else 1, *shape))
    points[0] = w
    with np.errstate(all="ignore"):  # a run that overflows is recorded, not warned of
        for step in range(1, steps + 1):
            parameter.grad = slope()
            take_step()
            if parameter.data is not w:  # a step of one's own that makes a new array
                w[...] = parameter.data
                parameter.data = w
            # The sum of squares is quick: up to 1e30 no weight is beyond 1e15. "not <=", because
            # NaN is not ">" either.
            if not entries.dot(entries) <= TOO_FAR:
                lost = ~(np.abs(w) <= TOO_FAR).all(axis=-1)
                np.minimum(diverged_at, step, out=diverged_at, where=lost)
                if (diverged_at <= step).all():
                    break
                # What a lost run does from now on is not recorded. It goes on from a minimum, so
                # that no gradient is ever asked for at NaN.
                w[lost] = surface.minima[0]
            if keep_path:
                points[step] = w
    points[-1] = w  # the only ones that are kept with keep_path=False
    steps_kept = np.arange(steps + 1)[-len(points) :]
    points[np.greater_equal.outer(steps_kept, diverged_at)] = np.nan
    diverged_at[diverged_at > steps] = -1
    losses = surface.loss(points)
    return Path(points, losses, diverged_at if diverged_at.shape else _step(diverged_at))


def _slope(surface: Surface, w: Array) -> Callable[[], Array]:
    """Return surface.gradient(w) without its checks, and with the weights cut out of w once."""
    weights = [w[..., i] for i in range(surface.ndim)]

    def slope() -> Array:
        g = np.empty_like(w)
        for i, part in enumerate(surface.gradient_of(*weights)):
            g[..., i] = part
        return g

    return slope


def _slope_by(gradient: Gradient, w: Array) -> Callable[[], Array]:
    """Return gradient(w) with a check, as it is somebody's own."""
    like_w = of_shape(w.shape, "Return the shape of the points.")
    return lambda: like_w("descend", "gradient(points)", gradient(w))


def _step(diverged_at: Any) -> int | None:
    """Return the step at which one run diverged, None if it did not."""
    return None if diverged_at == -1 else int(diverged_at)
