"""Landscapes: losses of one and two weights, their gradients and minima, and where to draw them.

A point is an array (..., ndim), a point of weights along its last axis; the leading axes are as
many points as you like, all computed at once. A surface of one weight also takes a plain number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import expects, fail, points, positive

Array = NDArray[Any]
Formula = Callable[..., Any]  # of the weights one by one


@dataclass(frozen=True, eq=False)
class Surface:
    """A loss of a few weights that can be drawn.

    Attributes
    ----------
    name : str
        What the learner reads.
    formula : str
        The loss in mathtext.
    minima : array (k, ndim)
        The places of the minima, the global ones first.
    bounds : tuple of (low, high)
        For each weight a good range for a picture.
    start : array (ndim,)
        A good place to start from.
    loss_of : callable
        The loss as a function of the weights one by one, `loss_of(w0, w1)`, each a number or an
        array. Nothing is checked.
    gradient_of : callable
        The gradient in the same way: one number or array for each weight.
    hessian_eigenvalues : array (ndim,) or None
        The curvatures along the axes where they are the same everywhere (quadratics), otherwise
        None. They decide which learning rates converge.

    Examples
    --------
    >>> valley = Surface(
    ...     name="valley",
    ...     formula="$w_0^2$",
    ...     minima=np.array([[0.0, 0.0]]),
    ...     bounds=((-1, 1), (-1, 1)),
    ...     start=np.array([0.5, 0.5]),
    ...     loss_of=lambda w0, w1: w0**2,
    ...     gradient_of=lambda w0, w1: [2 * w0, 0 * w1],
    ... )
    >>> valley.gradient([3.0, 1.0])
    array([6., 0.])
    """

    name: str
    formula: str
    minima: Array
    bounds: tuple[tuple[float, float], ...]
    start: Array
    loss_of: Formula
    gradient_of: Formula
    hessian_eigenvalues: Array | None = None

    @property
    def ndim(self) -> int:
        """The number of weights."""
        return len(self.bounds)

    def loss(self, w: ArrayLike) -> Any:
        """Compute the loss at each point.

        Parameters
        ----------
        w : array (..., ndim)
            The points; of one weight also a number.

        Returns
        -------
        array (...)
            Their losses; inf where they overflow.

        Raises
        ------
        TypeError
            If w is no array of real numbers.
        ValueError
            If w has another number of weights.
        """
        weights = self._weights(w)
        # far outside the picture a loss may overflow; descend records it
        with np.errstate(all="ignore"):
            return self.loss_of(*weights)

    def gradient(self, w: ArrayLike) -> Any:
        """Compute the gradient of the loss at each point.

        Parameters
        ----------
        w : array (..., ndim)
            The points; of one weight also a number.

        Returns
        -------
        array (..., ndim)
            Of the shape of w.

        Raises
        ------
        TypeError
            If w is no array of real numbers.
        ValueError
            If w has another number of weights.
        """
        weights = self._weights(w)
        with np.errstate(all="ignore"):
            parts = self.gradient_of(*weights)
            if np.ndim(w) == 0:
                return parts[0]
            gradient = np.empty((*weights[0].shape, self.ndim), weights[0].dtype)
            for i, part in enumerate(parts):
                gradient[..., i] = part
            return gradient

    def _weights(self, w: ArrayLike) -> list[Any]:
        """Cut w into its weights, each an array (...): formulas are written with them."""
        w = points(self.name, w, self.ndim)
        return [w[..., i] for i in range(self.ndim)] if w.ndim else [w[()]]

    def __repr__(self) -> str:
        """Name and formula."""
        return f"<Surface {self.name}: {self.formula}>"


def _surface(
    name: str,
    formula: str,
    minima: list[list[float]],
    bounds: list[tuple[float, float]],
    start: list[float],
    loss: Formula,
    gradient: Formula,
    hessian_eigenvalues: Array | None = None,
) -> Surface:
    """Make a Surface whose places are arrays of floats, however they were written."""
    return Surface(
        name,
        formula,
        np.array(minima, float),
        tuple((float(low), float(high)) for low, high in bounds),
        np.array(start, float),
        loss,
        gradient,
        hessian_eigenvalues,
    )


@expects(eigenvalues=positive("For a direction in which the loss falls, take `saddle`."))
def quadratic(eigenvalues: ArrayLike) -> Surface:
    """loss = 1/2 sum_i l_i w_i^2,   gradient_i = l_i w_i.

    A bowl (equal eigenvalues) or a ravine (one much larger than the other). Near a minimum every
    smooth loss looks like this, and everything about gradient descent is known: each weight by
    itself is multiplied by 1 - lr l_i in each step, so it converges if and only if 0 < lr < 2 /
    l_max.

    Parameters
    ----------
    eigenvalues : float or sequence of float
        The curvatures along the axes, above 0.

    Returns
    -------
    Surface
        Of one weight for each eigenvalue, with its minimum at 0.

    Raises
    ------
    TypeError
        If an eigenvalue is no real number.
    ValueError
        If there is none, one is not finite or not above 0, or they do not stand in one list.

    Examples
    --------
    >>> quadratic((2, 4)).loss([1, 1])
    np.float64(3.0)
    """
    curvatures = np.atleast_1d(np.asarray(eigenvalues))
    if curvatures.ndim != 1 or not curvatures.size:
        fail(ValueError, "quadratic", "a list of eigenvalues", f"shape {curvatures.shape}")
    kind = "parabola" if curvatures.size == 1 else "bowl" if np.ptp(curvatures) == 0 else "ravine"
    numbers = curvatures.tolist()
    terms = [rf"{c:g}\, w_{i}^2" for i, c in enumerate(numbers)]
    return _surface(
        f"{kind} {', '.join(f'{c:g}' for c in numbers)}",
        rf"$\frac{{1}}{{2}}({' + '.join(terms)})$",
        [[0] * curvatures.size],
        [(-3, 3)] * curvatures.size,
        [-2.5] + [1.5] * (curvatures.size - 1),
        lambda *w: sum(0.5 * c * w[i] ** 2 for i, c in enumerate(numbers)),
        lambda *w: [c * w[i] for i, c in enumerate(numbers)],
        curvatures,
    )


parabola = quadratic([1])

# d/dw = 0.6 (w + 2)(w - 0.5)(w - 2): a minimum at -2, a hill top at 0.5, a higher minimum at 2. The
# constant makes the lowest loss 0. Written as nested products, because NumPy takes ten times as
# long for w**3, and maps run thousands of descents.
lecture_curve = _surface(
    "lecture curve",
    r"$0.15\,w^4 - 0.1\,w^3 - 1.2\,w^2 + 1.2\,w + 4$",
    [[-2], [2]],
    [(-3.2, 3.2)],
    [2.9],
    lambda w: (((0.15 * w - 0.1) * w - 1.2) * w + 1.2) * w + 4,
    lambda w: [((0.6 * w - 0.3) * w - 2.4) * w + 1.2],
)

ravine = quadratic((1, 25))

saddle = _surface(
    "saddle",
    r"$\frac{1}{2} w_0^2 + \frac{1}{4} (w_1^2 - 1)^2$",
    [[0, 1], [0, -1]],
    [(-2, 2), (-1.6, 1.6)],
    [-1.8, 0.01],
    lambda x, y: 0.5 * x**2 + 0.25 * (y**2 - 1) ** 2,
    lambda x, y: [x, y * (y**2 - 1)],
)

rosenbrock = _surface(
    "Rosenbrock",
    r"$(1 - w_0)^2 + 100\,(w_1 - w_0^2)^2$",
    [[1, 1]],
    [(-2, 2), (-1, 3)],
    [-1.2, 1],
    lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
    lambda x, y: [-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)],
)

himmelblau = _surface(
    "Himmelblau",
    r"$(w_0^2 + w_1 - 11)^2 + (w_0 + w_1^2 - 7)^2$",
    [
        [3, 2],
        [-2.805118086952745, 3.131312518250573],
        [-3.779310253377747, -3.283185991286170],
        [3.584428340330492, -1.848126526964404],
    ],
    [(-5, 5), (-5, 5)],
    [0, -0.5],
    lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
    lambda x, y: [
        4 * x * (x**2 + y - 11) + 2 * (x + y**2 - 7),
        2 * (x**2 + y - 11) + 4 * y * (x + y**2 - 7),
    ],
)


def _beale_terms(x: Any, y: Any) -> list[tuple[Any, int]]:
    """Return what is squared in each term, and its n."""
    return [(c - x + x * y**n, n) for n, c in ((1, 1.5), (2, 2.25), (3, 2.625))]


beale = _surface(
    "Beale",
    r"$\sum_{n=1}^{3} (c_n - w_0 + w_0 w_1^n)^2,\ c = 1.5, 2.25, 2.625$",
    [[3, 0.5]],
    [(-4.5, 4.5), (-4.5, 4.5)],
    [1, 1.5],
    lambda x, y: sum(t**2 for t, _ in _beale_terms(x, y)),
    lambda x, y: [
        sum(2 * t * (y**n - 1) for t, n in _beale_terms(x, y)),
        sum(2 * t * n * x * y ** (n - 1) for t, n in _beale_terms(x, y)),
    ],
)

# Its minima are a lattice near the whole numbers; a local one at (i, j) has a loss of about i^2 +
# j^2.
rastrigin = _surface(
    "Rastrigin",
    r"$20 + \sum_i (w_i^2 - 10 \cos 2 \pi w_i)$",
    [[0, 0]],
    [(-5.12, 5.12), (-5.12, 5.12)],
    [2.3, -1.7],
    lambda x, y: 20 + x**2 - 10 * np.cos(2 * np.pi * x) + y**2 - 10 * np.cos(2 * np.pi * y),
    lambda x, y: [
        2 * x + 20 * np.pi * np.sin(2 * np.pi * x),
        2 * y + 20 * np.pi * np.sin(2 * np.pi * y),
    ],
)

ALL = (
    parabola,
    lecture_curve,
    quadratic((1, 1)),
    ravine,
    saddle,
    rosenbrock,
    himmelblau,
    beale,
    rastrigin,
)
