"""Landscapes: losses of one and two weights, with their gradients, minima, and the range in which
to draw them.

A point is an array (..., ndim), a point of weights along its last axis; the leading axes are as
many points as you like, all computed at once. A surface of one weight also takes a plain number.
"""

from dataclasses import dataclass
from typing import Callable

import numpy as np


@dataclass(frozen=True, eq=False)
class Surface:
    """A loss of a few weights that can be drawn.

    Attributes:
        name: what the learner reads.
        formula: the loss in mathtext.
        ndim: the number of weights.
        minima: array (k, ndim), the places of the minima, the global ones first.
        bounds: ((low, high), ...) for each weight: a good range for a picture.
        start: array (ndim,), a good place to start from.
        hessian_eigenvalues: the curvatures along the axes where they are the same everywhere
            (quadratics), otherwise None. They decide which learning rates converge.
    """

    name: str
    formula: str
    minima: np.ndarray
    bounds: tuple
    start: np.ndarray
    loss_of: Callable
    gradient_of: Callable
    hessian_eigenvalues: np.ndarray | None = None

    @property
    def ndim(self):
        return len(self.bounds)

    def loss(self, w):
        """The loss at each point: (..., ndim) -> (...)."""
        weights = self._weights(w)
        # far outside the picture a loss may overflow; descend records it
        with np.errstate(all="ignore"):
            return self.loss_of(*weights)

    def gradient(self, w):
        """The gradient of the loss at each point: (..., ndim) -> (..., ndim)."""
        weights = self._weights(w)
        with np.errstate(all="ignore"):
            if np.ndim(w) == 0:
                return self.gradient_of(*weights)[0]
            return self._gradient(np.stack(weights, axis=-1))

    def _gradient(self, w):
        """The same for an array that needs no check: `descend` asks a hundred times for one path."""
        gradient = np.empty_like(w)
        for i, part in enumerate(self.gradient_of(*[w[..., i] for i in range(self.ndim)])):
            gradient[..., i] = part
        return gradient

    def _weights(self, w):
        """The weights one by one, each an array (...), so that a formula can be written with them."""
        w = _array(self.name, w)
        if w.dtype.kind != "f":
            w = w.astype(np.float64)
        if w.ndim == 0 and self.ndim == 1:
            return (w[()],)
        if w.ndim == 0 or w.shape[-1] != self.ndim:
            cure = " Add an axis: w[..., None]." if self.ndim == 1 else ""
            raise ValueError(
                f"{self.name}: expected points of shape (..., {self.ndim}), one weight of"
                f" {self.ndim} along the last axis. Received shape {w.shape}.{cure}"
            )
        return [w[..., i] for i in range(self.ndim)]

    def __repr__(self):
        return f"<Surface {self.name}: {self.formula}>"


def _array(name, value):
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{name}: expected numbers in rows of equal length. Received {value!r}."
        ) from None
    if array.dtype.kind not in "fiu":
        raise TypeError(
            f"{name}: expected real numbers. Received {value!r}, of dtype {array.dtype}."
        )
    return array


def _surface(name, formula, minima, bounds, start, loss, gradient, hessian_eigenvalues=None):
    return Surface(
        name,
        formula,
        np.array(minima, float),
        tuple((float(low), float(high)) for low, high in bounds),
        np.array(start, float),
        loss,
        gradient,
        None if hessian_eigenvalues is None else np.array(hessian_eigenvalues, float),
    )


def quadratic(eigenvalues):
    """loss = 1/2 sum_i l_i w_i^2,   gradient_i = l_i w_i

    A bowl (equal eigenvalues) or a ravine (one much larger than the other). Near a minimum every
    smooth loss looks like this, and everything about gradient descent is known: each weight by
    itself is multiplied by 1 - lr l_i in each step, so it converges if and only if 0 < lr < 2 /
    l_max.

    Args: eigenvalues: one or more numbers above 0: the curvatures along the axes.
    Raises: TypeError, ValueError.

    >>> quadratic((2, 4)).loss([1, 1])
    np.float64(3.0)
    """
    curvatures = np.atleast_1d(_array("quadratic", eigenvalues).astype(np.float64))
    if (
        curvatures.ndim != 1
        or not curvatures.size
        or not (np.isfinite(curvatures).all() and (curvatures > 0).all())
    ):
        raise ValueError(
            f"quadratic: expected a list of finite eigenvalues above 0. Received {eigenvalues!r}. "
            "For a direction in which the loss falls, take `saddle`."
        )
    kind = "parabola" if curvatures.size == 1 else "bowl" if np.ptp(curvatures) == 0 else "ravine"
    numbers = curvatures.tolist()
    formula = (
        r"$\frac{1}{2}(" + " + ".join(rf"{l:g}\, w_{i}^2" for i, l in enumerate(curvatures)) + ")$"
    )
    return _surface(
        f"{kind} {', '.join(f'{l:g}' for l in curvatures)}",
        formula,
        np.zeros((1, curvatures.size)),
        [(-3, 3)] * curvatures.size,
        [-2.5] + [1.5] * (curvatures.size - 1),
        lambda *w: sum(0.5 * l * x**2 for l, x in zip(numbers, w)),
        lambda *w: [l * x for l, x in zip(numbers, w)],
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


def _beale_terms(x, y):
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
