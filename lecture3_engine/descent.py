"""Any optimizer down any landscape: descend -> Path. The optimizers are those that train the
network.
"""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from .optim import SGD, Optimizer
from .surfaces import Surface

# further than any picture, and near enough that the losses, which go up to w^8, are still finite
TOO_FAR = 1e30


@dataclass(frozen=True)
class Path:
    """Where a descent went.

    Attributes:
        points: (steps + 1, ..., ndim), the start first. With keep_path=False only the last ones:
            (1, ..., ndim).
        losses: (steps + 1, ...), the loss at each of the points; with keep_path=False (1, ...).
        diverged_at: the step at which a weight went beyond 1e30, on its way to overflow, None if
            none did. For many runs an array (...) with -1 for those that did not. From that step on
            points and losses are NaN.
    """

    points: np.ndarray
    losses: np.ndarray
    diverged_at: int | np.ndarray | None

    def run(self, index):
        """One of many runs, as a Path of its own: path.run(3), path.run((3, 5))."""
        index = index if isinstance(index, tuple) else (index,)
        runs = np.shape(self.diverged_at)
        if not (
            len(index) == len(runs) > 0
            and all(
                isinstance(i, (int, np.integer)) and not isinstance(i, bool) and -n <= i < n
                for i, n in zip(index, runs)
            )
        ):
            raise ValueError(
                f"run: expected the number of one of the runs, which have the shape {runs}."
                f" Received {index!r}."
                + ("" if runs else " This path has one run only: use it as it is.")
            )
        step = int(self.diverged_at[index])
        return Path(
            self.points[(slice(None), *index)],
            self.losses[(slice(None), *index)],
            step if step >= 0 else None,
        )


def descend(
    surface,
    start=None,
    optimizer=SGD,
    steps=100,
    gradient=None,
    *,
    keep_path=True,
    **hyperparameters,
):
    """In a loop: g = gradient(w); w = optimizer's step with g.   -> Path

    Args:
        surface: a `Surface`.
        start: a point (ndim,), or many (..., ndim), each the start of a run. Default:
            surface.start.
        optimizer: a class of `optim`.
        steps: how many steps, 0 or more.
        gradient: what to descend by instead of surface.gradient: a function of the points (...,
            ndim) that returns their shape. With `rate_of_change` in it this is the lecture's naive
            gradient descent, with noise in it a stochastic one.
        keep_path: False keeps the last points only: for maps of thousands of runs.
        hyperparameters: for the optimizer, such as lr=0.1, momentum=0.9. An array of shape (..., 1)
            makes a run for each entry.
    Returns: a `Path`. A run that overflows is recorded, not warned of.
    Raises: TypeError, ValueError.

    >>> from lecture3_engine.surfaces import quadratic
    >>> descend(quadratic([1]), [1.0], steps=3, lr=0.5).points[:, 0]
    array([1.   , 0.5  , 0.25 , 0.125])
    """
    w = _starts(surface, start, hyperparameters)
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)):
        raise TypeError(
            f"descend: expected steps to be an integer of at least 0. Received {steps!r}."
        )
    if steps < 0:
        raise ValueError(
            f"descend: expected steps to be an integer of at least 0. Received {steps!r}."
        )
    if not (isinstance(optimizer, type) and issubclass(optimizer, Optimizer)):
        raise TypeError(
            f"descend: expected optimizer to be a class, such as SGD. Received {optimizer!r}. "
            "Its hyperparameters follow as keywords: descend(surface, start, SGD, lr=0.1)."
        )
    if gradient is not None and (not callable(gradient) or isinstance(gradient, type)):
        raise TypeError(
            f"descend: expected gradient to be a function of the points. Received {gradient!r}."
        )

    w = w.copy()
    # views, cut once for all steps
    weights, entries = [w[..., i] for i in range(surface.ndim)], w.reshape(-1)
    parameter = SimpleNamespace(data=w, grad=None)
    walker = optimizer([parameter], **hyperparameters)
    # The gradients here have the shape of w and errstate is entered once: a step of our own need
    # not see to that again.
    take_step = walker.step_unchecked if type(walker).step is Optimizer.step else walker.step
    diverged_at = np.full(w.shape[:-1], -1)
    points = np.full((steps + 1 if keep_path else 1, *w.shape), np.nan)
    with np.errstate(all="ignore"):  # a run that overflows is recorded, not warned of
        for step in range(steps + 1):
            if step:
                parameter.grad = (
                    _gradient_of(surface, weights, w)
                    if gradient is None
                    else _gradient_at(gradient, w)
                )
                take_step()
                # a step that makes a new array instead of changing this one
                if parameter.data is not w:
                    w[...] = parameter.data
                    parameter.data = w
            # The sum of squares is quick: up to 1e30 no weight is beyond 1e15. "not <=", because
            # NaN is not ">" either.
            if not entries.dot(entries) <= TOO_FAR:
                lost = ~(np.abs(w) <= TOO_FAR).all(axis=-1)
                if lost.any():
                    diverged_at[lost & (diverged_at < 0)] = step
                    if (diverged_at >= 0).all():
                        break
                    # A lost run goes to a minimum and rests there, unrecorded, so that no gradient
                    # is ever asked for at NaN.
                    w[lost] = surface.minima[0]
                    for remembered in walker.state[0].values():
                        if np.shape(remembered) == w.shape:
                            remembered[lost] = 0
            if keep_path or step == steps:
                points[step if keep_path else 0] = w
    steps_kept = np.arange(steps + 1)[-len(points) :].reshape(-1, *[1] * diverged_at.ndim)
    points[(diverged_at >= 0) & (steps_kept >= diverged_at)] = np.nan
    losses = surface.loss(points)
    return Path(
        points,
        losses,
        diverged_at if diverged_at.shape else int(diverged_at) if diverged_at >= 0 else None,
    )


def _starts(surface, start, hyperparameters):
    """The start of each run: repeated over the settings, if there are many."""
    if not isinstance(surface, Surface):
        raise TypeError(
            f"descend: expected a Surface. Received {surface!r}. Take one of `surfaces`, or"
            " quadratic((1, 25))."
        )
    w = _array("start", surface.start if start is None else start)
    if not w.shape or w.shape[-1] != surface.ndim or not w.size:
        raise ValueError(
            f"descend: expected start of shape (..., {surface.ndim}), not empty, for"
            f" {surface.name}. Received shape {w.shape}."
        )
    if not (np.abs(w) <= TOO_FAR).all():
        raise ValueError(
            f"descend: expected a finite start, within {TOO_FAR:g}. Received {start!r}."
        )
    shapes = [w.shape]
    for name, value in hyperparameters.items():
        for one in value if isinstance(value, tuple) else (value,):
            shape = _array(name, one).shape
            if shape and (shape[-1] not in (1, surface.ndim) or 0 in shape):
                raise ValueError(
                    f"descend: expected {name} to be a number, or an array of shape (..., 1) with a"
                    f" run for each entry. Received shape {shape}. Add an axis: {name}[..., None]."
                )
            shapes.append(shape)
    try:
        return np.broadcast_to(w, np.broadcast_shapes(*shapes)).astype(np.float64)
    except ValueError:
        raise ValueError(
            "descend: expected start and hyperparameters that broadcast to one shape. Received"
            f" {', '.join(map(str, shapes))}."
        ) from None


def _gradient_of(surface, weights, w):
    g = np.empty_like(w)
    for i, part in enumerate(surface.gradient_of(*weights)):
        g[..., i] = part
    return g


def _gradient_at(gradient, w):
    g = _array("gradient(points)", gradient(w))
    if g.shape != w.shape:
        raise ValueError(
            f"descend: expected gradient(points) of the shape of the points, {w.shape}. Received"
            f" {g.shape}."
        )
    return g


def _array(name, value):
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(
            f"descend: expected {name} in rows of equal length. Received {value!r}."
        ) from None
    if array.dtype.kind not in "fiub":
        raise TypeError(f"descend: expected {name} to be real numbers. Received {value!r}.")
    return array
