"""Remembers arithmetic and replays it backward: Tensor, Parameter.

Each operation makes a new Tensor that knows its parents and the derivative of the operation: the
tape. `backward()` walks the tape from the loss to the weights and multiplies the derivatives on the
way: the chain rule, which is all that backpropagation is.
"""

from __future__ import annotations

import contextlib
import functools
import operator
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ParamSpec, SupportsIndex, TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from . import checks
from .checks import fail

P = ParamSpec("P")
R = TypeVar("R")
Array: TypeAlias = NDArray[Any]
TensorLike: TypeAlias = "Tensor | ArrayLike"
Axis: TypeAlias = int | tuple[int, ...] | None
Derivative: TypeAlias = Callable[[Array], tuple[Array | None, ...]]


class _Thread(threading.local):
    """What each thread has for itself: while one evaluates, another may be training."""

    def __init__(self) -> None:
        self.recording = True
        self.waiting: list[tuple[Tensor, ...] | None] = []  # see Tensor.__del__


_thread = _Thread()
_numbers = checks.array(kinds="fiub")


@overload
def no_grad(function: None = None) -> contextlib._GeneratorContextManager[None]: ...
@overload
def no_grad(function: Callable[P, R]) -> Callable[P, R]: ...
def no_grad(function: Callable[P, R] | None = None) -> Any:
    """Compute without remembering: for evaluation, where no gradient will be asked for.

    For a block, `with no_grad():`, or for a function, `@no_grad()` or `@no_grad` above its
    definition. It holds for this thread alone. As torch.no_grad.

    Parameters
    ----------
    function : callable, optional
        The function below `@no_grad`.

    Returns
    -------
    context manager or callable
        What `with` takes, or the function, which now remembers nothing.

    Examples
    --------
    >>> w = Parameter([1.0])
    >>> with no_grad():
    ...     result = 2 * w
    >>> result.requires_grad, (2 * w).requires_grad
    (False, True)
    """
    return _no_grad() if function is None else _no_grad()(function)


@contextlib.contextmanager
def _no_grad() -> Iterator[None]:
    """Do what `no_grad` does, for a block: contextlib makes a decorator of it too."""
    before, _thread.recording = _thread.recording, False
    try:
        yield
    finally:
        _thread.recording = before


def operation(function: Callable[P, R]) -> Callable[P, R]:
    """Mark an operation: it answers 1 / 0 with inf and log(-1) with nan, without a warning.

    Like torch, and unlike NumPy. `fit` and `descend` look at the loss and explain.

    Parameters
    ----------
    function : callable
        It computes with Tensors.

    Returns
    -------
    callable
        The same function, without warnings.

    Examples
    --------
    >>> @operation
    ... def inverse(x):
    ...     return Tensor(1 / x.data)
    >>> inverse(Tensor([0.0]))
    Tensor([inf])
    """

    @functools.wraps(function)
    def quiet(*args: P.args, **kwargs: P.kwargs) -> R:
        with np.errstate(all="ignore"):
            try:
                return function(*args, **kwargs)
            except TypeError:
                checks.names_of_axes(function.__name__.strip("_"), kwargs)
                raise

    return quiet


# by this name, because NumPy for the browser has no BLAS: there the site puts a faster one in its
# place
matmul = np.matmul


# --- operators that differ in one function alone ---


def _reflected(operate: Callable[[Any, Any], Any]) -> Callable[[Tensor, TensorLike], Tensor]:
    """Make other + x, where other is a number or a list."""

    def reflected(x: Tensor, other: TensorLike) -> Tensor:
        result: Tensor = operate(as_tensor(other, like=x), x)
        return result

    return reflected


def _compared(symbol: str, compare: np.ufunc) -> Callable[[Tensor, TensorLike], Tensor]:
    """Make x < other: True and False for each entry, without history."""

    def compared(x: Tensor, other: TensorLike) -> Tensor:
        try:
            _, _, a, b = _operands(symbol, x, other)
        except TypeError:
            if symbol not in {"==", "!="}:
                raise
            # something that is no number: Python then asks the other, and after that says False
            return NotImplemented  # type: ignore[no-any-return]  # outside a class, mypy knows no better
        if symbol in {"&", "|", "^"} and np.result_type(a, b).kind == "f":
            cure = f"Compare first: (x > 0) {symbol} (x < 1)."
            fail(TypeError, symbol, "True and False", f"{other!r:.100}", cure)
        return Tensor(compare(a, b))

    return compared


def _in_place(
    symbol: str, ufunc: np.ufunc, operate: Callable[[Any, Any], Any]
) -> Callable[[Tensor, TensorLike], Tensor]:
    """Make x += other, which changes the numbers of x where no gradient depends on them.

    So it does inside no_grad, or where nothing requires a gradient, as in torch. A tensor with a
    history, or one that now gets one, becomes x + other: another name for it keeps the old value
    (in torch it would see the new one).
    """

    def in_place(x: Tensor, other: TensorLike) -> Tensor:
        _refuse_leaf(x, symbol)
        _, other, a, b = _operands(symbol, x, other)
        if _thread.recording and (x.requires_grad or other.requires_grad):
            result: Tensor = operate(x, other)
            return result
        with np.errstate(all="ignore"):
            checks.written(symbol, ufunc, a, b)
        return x

    return in_place


def _refuse_leaf(x: Tensor, symbol: str) -> None:
    """Refuse to begin a history with an update of a weight."""
    if x.requires_grad and not x.parents and _thread.recording:
        checks.leaf_in_place(symbol)


class Tensor:
    """An array that remembers how it was computed.

    Parameters
    ----------
    data : array_like
        Numbers, of any shape. The dtype is kept: float32 stays float32, Python floats become
        float64.
    requires_grad : bool
        Whether `backward()` finds the derivative of a result with respect to this tensor. Needs a
        float dtype.

    Attributes
    ----------
    data : array
        The numbers.
    grad : array or None
        The gradient, of the same shape; None before `backward()`.
    requires_grad : bool
        Whether it has a gradient.
    retains_grad : bool
        Whether `backward()` keeps the gradient of this intermediate result too.
    operation : str
        The name of the operation that made it ("" for a leaf).
    parents : tuple of Tensor
        The tensors it was made from.
    derivative : callable or None
        The chain rule for this one operation: a function from the gradient with respect to this
        tensor to those with respect to each of the parents (None for a leaf).
    parent_shapes : list of tuple
        The shapes of the parents in the forward pass.
    needs : list of (array, bytes)
        The arrays that `derivative` reads, each with its checksum in the forward pass.

    Raises
    ------
    TypeError
        If data are not real numbers, or are integers that are to have a gradient.
    ValueError
        If the rows of data have unequal lengths.

    Notes
    -----
    The operators broadcast as in NumPy, over leading and unit axes, and gradients are summed back
    to the shape of the operand. Comparisons, `==` among them, go entry by entry and give a Tensor
    of True and False without history. As a key of a dict or in a set, a tensor is equal only to
    itself. All this is as in torch.

    `backward()` needs numbers of the forward pass. If they have been changed in place meanwhile, by
    `w.data += 1`, by an optimizer, or by filling an input array anew, it raises an error, because
    the gradient would be wrong. It looks at a checksum. So in an array of more than 4096 entries it
    misses a change too small for the rounded sum of 4096 of them, or one beside inf or nan.

    Examples
    --------
    >>> w = Tensor(3.0, requires_grad=True)
    >>> loss = (2 * w - 1) ** 2
    >>> loss.backward()
    >>> loss.item(), w.grad.item()
    (25.0, 20.0)
    """

    __slots__ = (
        "__weakref__",
        "data",
        "derivative",
        "grad",
        "needs",
        "operation",
        "parent_shapes",
        "parents",
        "requires_grad",
        "retains_grad",
    )

    def __init__(self, data: ArrayLike, requires_grad: bool = False) -> None:
        if isinstance(data, Tensor):
            cure = "Use it as it is, or Tensor(x.data) for one without history."
            fail(TypeError, "Tensor", "numbers", "a Tensor", cure)
        self.data = _numbers("Tensor", "data", data)
        self.grad: Array | None = None
        self.requires_grad = requires_grad is not False and checks.differentiable(
            "Tensor", self.data, requires_grad
        )
        self.retains_grad = False
        self.operation = ""
        self.parents: tuple[Tensor, ...] = ()
        self.derivative: Derivative | None = None
        self.parent_shapes: list[tuple[int, ...]] = []
        self.needs: list[tuple[Array, bytes]] = []

    @classmethod
    def result_of(
        cls,
        name: str,
        data: ArrayLike,
        parents: tuple[Tensor, ...],
        derivative: Derivative,
        needs: Sequence[Array] = (),
    ) -> Tensor:
        """Make the result of an operation.

        Parameters
        ----------
        name : str
            What a picture of the graph writes on the node.
        data : array_like
            The value.
        parents : tuple of Tensor
            The tensors it was computed from.
        derivative : callable
            A function of the gradient of the loss with respect to this result. It returns the
            gradients with respect to each parent, in order, None where there is none. A gradient
            may have the broadcast shape: `backward` sums it back. It must not hold on to this
            result, or memory would be freed late.
        needs : sequence of array
            The arrays that `derivative` will read, and that others could change until then.

        Returns
        -------
        Tensor
            It has a history if a parent requires a gradient, and not under `no_grad`.

        Examples
        --------
        >>> x = Parameter([2.0])
        >>> cube = Tensor.result_of("cube", x.data**3, (x,), lambda g: (g * 3 * x.data**2,))
        >>> cube.sum().backward()
        >>> x.grad
        array([12.])
        """
        self = cls.__new__(Tensor)
        self.data = np.asarray(data)
        self.grad = None
        self.operation = name
        self.retains_grad = False
        learns = _thread.recording and any([parent.requires_grad for parent in parents])  # noqa: C419 quicker
        self.requires_grad = learns
        self.parents = parents if learns else ()
        self.derivative = derivative if learns else None
        self.parent_shapes = [parent.data.shape for parent in self.parents]
        self.needs = [(array, _checksum(array)) for array in needs] if learns else []
        return self

    # --- arithmetic: an operation, and beside it its derivative ---

    @operation
    def __add__(self, other: TensorLike) -> Tensor:
        """Add: a + b, derivatives 1 and 1."""
        a, b, x, y = _operands("+", self, other)
        return Tensor.result_of("+", x + y, (a, b), lambda g: (g, g))

    @operation
    def __sub__(self, other: TensorLike) -> Tensor:
        """Subtract: a - b, derivatives 1 and -1."""
        a, b, x, y = _operands("-", self, other)
        if x.dtype.kind == y.dtype.kind == "b":
            checks.no_numbers("-")
        return Tensor.result_of("-", x - y, (a, b), lambda g: (g, -g))

    @operation
    def __mul__(self, other: TensorLike) -> Tensor:
        """Multiply: a * b, derivatives b and a."""
        a, b, x, y = _operands("*", self, other)
        needs = [y] * a.requires_grad + [x] * b.requires_grad
        return Tensor.result_of("*", x * y, (a, b), lambda g: (g * y, g * x), needs)

    @operation
    def __truediv__(self, other: TensorLike) -> Tensor:
        """Divide: a / b, derivatives 1 / b and -a / b^2."""
        a, b, x, y = _operands("/", self, other)
        needs = [y] + [x] * b.requires_grad
        return Tensor.result_of("/", x / y, (a, b), lambda g: (g / y, -g * x / y**2), needs)

    @operation
    def __pow__(self, other: TensorLike) -> Tensor:
        """Raise to a power: a ** b, derivatives b a^(b - 1) and a^b log(a)."""
        a, b, x, y = _operands("**", self, other)
        checks.has_floats("**", x, y)
        value, exponent_too = x**y, b.requires_grad

        def derivative(g: Array) -> tuple[Array | None, ...]:
            # x ** 0 is the constant 1, also at x = 0, where y * x ** (y - 1) would be 0 * inf.
            d_base = g * np.where(y == 0, 0, y * x ** (y - 1)).astype(value.dtype)
            if not exponent_too:
                return d_base, None
            # 0 ** y is the constant 0 for y > 0; at y = 0, where it jumps from inf to 0, torch says
            # 0 as well.
            return d_base, g * np.where((x == 0) & (y >= 0), 0, value * np.log(x))

        needs = [x, y] + [value] * exponent_too
        return Tensor.result_of("**", value, (a, b), derivative, needs)

    @operation
    def __matmul__(self, other: TensorLike) -> Tensor:
        """Multiply matrices: a @ b, the gradient g becomes g b^T and a^T g."""
        a, b = self, as_tensor(other)
        # A batch of inputs needs no gradient: its product would cost as much as that of the kernel.
        x, y, a_too, b_too = a.data, b.data, a.requires_grad, b.requires_grad
        checks.matrices(x.shape, y.shape)
        return Tensor.result_of(
            "@",
            matmul(x, y),
            (a, b),
            lambda g: (matmul(g, y.T) if a_too else None, matmul(x.T, g) if b_too else None),
            needs=[y] * a_too + [x] * b_too,
        )

    def __neg__(self) -> Tensor:
        """Negate: -a, derivative -1."""
        if self.data.dtype.kind == "b":
            checks.no_numbers("-")
        return Tensor.result_of("neg", -self.data, (self,), lambda g: (-g,))

    def __pos__(self) -> Tensor:
        """Return +a, which is a itself."""
        return self

    __radd__ = _reflected(operator.add)
    __rsub__ = _reflected(operator.sub)
    __rmul__ = _reflected(operator.mul)
    __rtruediv__ = _reflected(operator.truediv)
    __rpow__ = _reflected(operator.pow)
    __rmatmul__ = _reflected(operator.matmul)

    __iadd__ = _in_place("+", np.add, operator.add)
    __isub__ = _in_place("-", np.subtract, operator.sub)
    __imul__ = _in_place("*", np.multiply, operator.mul)
    __itruediv__ = _in_place("/", np.true_divide, operator.truediv)
    __ipow__ = _in_place("**", np.power, operator.pow)

    def __imatmul__(self, other: TensorLike) -> Tensor:  # noqa: PYI034 a new one
        """Replace a by a @ b, which may have another shape."""
        _refuse_leaf(self, "@")
        return self @ other

    # --- comparisons: True and False for each entry, without history ---

    __eq__ = _compared("==", np.equal)  # type: ignore[assignment]  # a Tensor, as in torch
    __ne__ = _compared("!=", np.not_equal)  # type: ignore[assignment]
    __lt__ = _compared("<", np.less)
    __le__ = _compared("<=", np.less_equal)
    __gt__ = _compared(">", np.greater)
    __ge__ = _compared(">=", np.greater_equal)

    # by identity, as torch: equal entries do not make two weights the same
    __hash__ = object.__hash__

    __and__ = __rand__ = _compared("&", np.bitwise_and)
    __or__ = __ror__ = _compared("|", np.bitwise_or)
    __xor__ = __rxor__ = _compared("^", np.bitwise_xor)

    def __floordiv__(self, other: TensorLike) -> Tensor:
        """Refuse //, which has no derivative."""
        received = "a Tensor and a number or tensor"
        cure = "Use x.data for the numbers alone."
        fail(TypeError, "//, %", "an operation with a derivative", received, cure)

    __rfloordiv__ = __mod__ = __rmod__ = __divmod__ = __rdivmod__ = __floordiv__

    def __invert__(self) -> Tensor:
        """Turn True into False and False into True."""
        if self.dtype.kind not in "iub":
            fail(TypeError, "~", "True and False", self.dtype, "Compare first: ~(x > 0).")
        return Tensor(~self.data)

    @operation
    def any(self, axis: Axis = None) -> Tensor:
        """Tell whether any entry is true.

        Parameters
        ----------
        axis : int, tuple of int or None
            The axes to look along; None for all entries.

        Returns
        -------
        Tensor
            True or False, without history.

        Raises
        ------
        TypeError, ValueError
            If there is no such axis.

        Examples
        --------
        >>> (Tensor([1.0, 2.0]) > 1.5).any()
        Tensor(True)
        """
        return Tensor(self.data.any(axis=checks.axes("any", axis, self.ndim)))

    @operation
    def all(self, axis: Axis = None) -> Tensor:
        """Tell whether all entries are true.

        Parameters
        ----------
        axis : int, tuple of int or None
            The axes to look along; None for all entries.

        Returns
        -------
        Tensor
            True or False, without history.

        Raises
        ------
        TypeError, ValueError
            If there is no such axis.

        Examples
        --------
        >>> (Tensor([1.0, 2.0]) > 1.5).all()
        Tensor(False)
        """
        return Tensor(self.data.all(axis=checks.axes("all", axis, self.ndim)))

    # --- functions of each entry ---

    @operation
    def __abs__(self) -> Tensor:
        """|x|, derivative sign(x): 0 at x = 0, as in torch.

        Returns
        -------
        Tensor
            Of the same shape.

        Examples
        --------
        >>> Tensor([-2.0, 3.0]).abs()
        Tensor([2., 3.], operation='abs')
        """
        x = self.data
        return Tensor.result_of("abs", np.abs(x), (self,), lambda g: (g * np.sign(x),), [x])

    abs = __abs__

    @operation
    def sqrt(self) -> Tensor:
        """sqrt(x), derivative 1 / (2 sqrt(x)).

        Returns
        -------
        Tensor
            Of the same shape.

        Examples
        --------
        >>> Tensor([4.0]).sqrt()
        Tensor([2.], operation='sqrt')
        """
        value = np.sqrt(self.data)
        return Tensor.result_of("sqrt", value, (self,), lambda g: (g / (2 * value),), [value])

    @operation
    def exp(self) -> Tensor:
        """exp(x), derivative exp(x).

        Returns
        -------
        Tensor
            Of the same shape.

        Examples
        --------
        >>> Tensor([0.0, 1.0]).exp()
        Tensor([1.    , 2.7183], operation='exp')
        """
        value = np.exp(self.data)
        return Tensor.result_of("exp", value, (self,), lambda g: (g * value,), [value])

    @operation
    def log(self) -> Tensor:
        """log(x), the natural logarithm, derivative 1 / x.

        Returns
        -------
        Tensor
            Of the same shape.

        Examples
        --------
        >>> Tensor([1.0, 10.0]).log()
        Tensor([0.    , 2.3026], operation='log')
        """
        x = self.data
        return Tensor.result_of("log", np.log(x), (self,), lambda g: (g / x,), [x])

    @operation
    def relu(self) -> Tensor:
        """relu(x) = max(x, 0), derivative 1 where x > 0, otherwise 0.

        Returns
        -------
        Tensor
            Of the same shape.

        Notes
        -----
        At x = 0, where there is no derivative, it is 0, as in torch and TensorFlow.

        Examples
        --------
        >>> Tensor([-1.0, 2.0]).relu()
        Tensor([0., 2.], operation='relu')
        """
        value = np.maximum(self.data, 0)  # above 0 where x is
        return Tensor.result_of("relu", value, (self,), lambda g: (g * (value > 0),), [value])

    @operation
    def sigmoid(self) -> Tensor:
        """s(x) = 1 / (1 + exp(-x)), derivative s (1 - s).

        Returns
        -------
        Tensor
            Of the same shape, from 0 to 1.

        Examples
        --------
        >>> Tensor([0.0, 100.0]).sigmoid()
        Tensor([0.5, 1. ], operation='sigmoid')
        """
        # exp of minus |x| cannot overflow: 1 / (1 + e^-x) = e^x / (1 + e^x)
        small = np.exp(-1.0 * np.abs(self.data))
        s = np.where(self.data >= 0, 1, small) / (1 + small)
        return Tensor.result_of("sigmoid", s, (self,), lambda g: (g * s * (1 - s),), [s])

    @operation
    def tanh(self) -> Tensor:
        """tanh(x), derivative 1 - tanh(x)^2.

        Returns
        -------
        Tensor
            Of the same shape, from -1 to 1.

        Examples
        --------
        >>> Tensor([0.0, 100.0]).tanh()
        Tensor([0., 1.], operation='tanh')
        """
        value = np.tanh(self.data)
        return Tensor.result_of("tanh", value, (self,), lambda g: (g * (1 - value**2),), [value])

    # --- sums and shapes ---

    @operation
    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Sum over all entries, or over `axis`. Derivative: 1 for every entry that is summed.

        Parameters
        ----------
        axis : int, tuple of int or None
            The axes to go along; None for all entries.
        keepdims : bool
            Whether these axes stay, with length 1.

        Returns
        -------
        Tensor
            The sums.

        Raises
        ------
        TypeError, ValueError
            If there is no such axis, or keepdims is not True or False.

        Examples
        --------
        >>> Tensor([[1.0, 2.0], [3.0, 4.0]]).sum(axis=0)
        Tensor([4., 6.], operation='sum')
        """
        axis, shape = checks.axes("sum", axis, self.ndim, keepdims), self.shape
        value = self.data.sum(axis=axis, keepdims=keepdims)
        return Tensor.result_of(
            "sum", value, (self,), lambda g: (_spread(g, shape, axis, keepdims),)
        )

    @operation
    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Mean over all entries, or over `axis`. Derivative: 1 / n for each of the n entries.

        Parameters
        ----------
        axis : int, tuple of int or None
            The axes to go along; None for all entries.
        keepdims : bool
            Whether these axes stay, with length 1.

        Returns
        -------
        Tensor
            The means.

        Raises
        ------
        TypeError, ValueError
            If there is no such axis, if keepdims is not True or False, or if there is no entry.

        Examples
        --------
        >>> Tensor([[1.0, 2.0], [3.0, 4.0]]).mean()
        Tensor(2.5, operation='mean')
        """
        axis, shape = checks.axes("mean", axis, self.ndim, keepdims), self.shape
        checks.has_entries("mean", self.data)
        value = np.asarray(self.data.mean(axis=axis, keepdims=keepdims))
        n = self.data.size // value.size
        return Tensor.result_of(
            "mean", value, (self,), lambda g: (_spread(g, shape, axis, keepdims) / n,)
        )

    @operation
    def max(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Find the largest entry, of all or over `axis`. Derivative: 1 for it, 0 for the others.

        Equal ones share the 1 evenly. As torch.amax.

        Parameters
        ----------
        axis : int, tuple of int or None
            The axes to go along; None for all entries.
        keepdims : bool
            Whether these axes stay, with length 1.

        Returns
        -------
        Tensor
            The largest entries.

        Raises
        ------
        TypeError, ValueError
            If there is no such axis, if keepdims is not True or False, or if there is no entry.

        Examples
        --------
        >>> Tensor([[1.0, 2.0], [3.0, 4.0]]).max(axis=1)
        Tensor([2., 4.], operation='max')
        """
        return _extreme("max", np.max, self, axis, keepdims)

    @operation
    def min(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Find the smallest entry, of all or over `axis`. Derivative: 1 for it, 0 for the others.

        Equal ones share the 1 evenly. As torch.amin.

        Parameters
        ----------
        axis : int, tuple of int or None
            The axes to go along; None for all entries.
        keepdims : bool
            Whether these axes stay, with length 1.

        Returns
        -------
        Tensor
            The smallest entries.

        Raises
        ------
        TypeError, ValueError
            If there is no such axis, if keepdims is not True or False, or if there is no entry.

        Examples
        --------
        >>> Tensor([[1.0, 2.0], [3.0, 4.0]]).min(axis=1)
        Tensor([1., 3.], operation='min')
        """
        return _extreme("min", np.min, self, axis, keepdims)

    @operation
    def argmax(self, axis: int | None = None, keepdims: bool = False) -> Tensor:
        """Find where the largest entry is, the first of equal ones. Without history.

        Parameters
        ----------
        axis : int or None
            The axis to look along; None for the place in the flattened tensor.
        keepdims : bool
            Whether the axis stays, with length 1.

        Returns
        -------
        Tensor
            Integers from 0.

        Raises
        ------
        TypeError, ValueError
            If there is no such axis, if keepdims is not True or False, or if there is no entry.

        Examples
        --------
        >>> Tensor([[1.0, 2.0], [4.0, 3.0]]).argmax(axis=1)
        Tensor([1, 0])
        """
        return _place("argmax", np.argmax, self, axis, keepdims)

    @operation
    def argmin(self, axis: int | None = None, keepdims: bool = False) -> Tensor:
        """Find where the smallest entry is, the first of equal ones. Without history.

        Parameters
        ----------
        axis : int or None
            The axis to look along; None for the place in the flattened tensor.
        keepdims : bool
            Whether the axis stays, with length 1.

        Returns
        -------
        Tensor
            Integers from 0.

        Raises
        ------
        TypeError, ValueError
            If there is no such axis, if keepdims is not True or False, or if there is no entry.

        Examples
        --------
        >>> Tensor([[1.0, 2.0], [4.0, 3.0]]).argmin(axis=1)
        Tensor([0, 1])
        """
        return _place("argmin", np.argmin, self, axis, keepdims)

    def reshape(self, *shape: int | Sequence[int]) -> Tensor:
        """Arrange the same entries in another shape. The gradient is reshaped back.

        Parameters
        ----------
        *shape : int, or one tuple of int
            The lengths of the axes; -1 stands for whatever is left.

        Returns
        -------
        Tensor
            Of that shape.

        Raises
        ------
        ValueError
            If the entries do not fill that shape.

        Examples
        --------
        >>> Tensor([1.0, 2.0, 3.0, 4.0]).reshape(2, -1)
        Tensor([[1., 2.],
                [3., 4.]], operation='reshape')
        """
        wanted = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
        value, before = checks.reshaped(self.data, wanted), self.shape
        return Tensor.result_of("reshape", value, (self,), lambda g: (g.reshape(before),))

    @property
    def T(self) -> Tensor:
        """Transpose: rows become columns. The gradient is transposed back.

        Examples
        --------
        >>> Tensor([[1.0, 2.0]]).T
        Tensor([[1.],
                [2.]], operation='T')
        """
        return Tensor.result_of("T", self.data.T, (self,), lambda g: (g.T,))

    def __getitem__(self, index: Any) -> Tensor:
        """Take a part of the entries. The gradient is 0 for the others.

        An entry that is taken twice gets both gradients.
        """
        index, shape, dtype = _plain(index), self.shape, self.dtype
        places = index if isinstance(index, tuple) else (index,)

        def derivative(g: Array) -> tuple[Array]:
            whole = np.zeros(shape, dtype)
            np.add.at(whole, index, g)
            return (whole,)

        needs = [place for place in places if isinstance(place, np.ndarray)]
        return Tensor.result_of("[ ]", self.data[index], (self,), derivative, needs)

    def __setitem__(self, index: Any, value: TensorLike) -> None:
        """Change a part of the entries, where no gradient depends on them."""
        learns = self.requires_grad or (isinstance(value, Tensor) and value.requires_grad)
        if learns and _thread.recording:
            checks.entries_assigned()
        self.data[_plain(index)] = _plain(value)

    # --- the replay ---

    def backward(self) -> None:
        """Find d self / d leaf for every leaf with requires_grad, and add it to leaf.grad.

        Like torch's it accumulates: call `zero_grad()` before the next batch. Unlike torch's it may
        be called again on the same graph. The gradients on the way live in a dict of this one call,
        so nothing is left behind, and there is no recursion, so a graph may be deep.

        Raises
        ------
        ValueError
            If self is not a single number, or does not depend on anything that requires a gradient,
            or if numbers that the gradient depends on have been changed in place since the forward
            pass (see `Tensor`). Then no gradient has been added anywhere.

        Notes
        -----
        Source: lecture, section 3, "Backpropagation".

        Examples
        --------
        >>> a, b = Parameter(2.0), Parameter(5.0)
        >>> (a * b + a).backward()
        >>> a.grad.item(), b.grad.item()
        (6.0, 2.0)
        """
        cure = 'Take .sum() or .mean() of it first, or reduction="mean" in the loss.'
        checks.one_entry("backward", self.data, cure, "loss that is one number")
        if not self.requires_grad:
            checks.no_path_to_a_parameter()
        order = self.graph()
        _check_unchanged(order)
        gradients = {id(self): np.ones_like(self.data)}
        with np.errstate(all="ignore"):
            for node in reversed(order):
                gradient = gradients.pop(id(node), None)
                if gradient is None:  # requires_grad was switched on after the operation
                    continue
                if node.derivative is None or node.retains_grad:
                    _accumulate(node, gradient)
                if node.derivative is None:
                    continue
                gradients_of_parents = node.derivative(gradient)
                for parent, handed in zip(node.parents, gradients_of_parents):  # noqa: B905 slower
                    if not parent.requires_grad or handed is None:
                        continue
                    g = _fit_to(handed, parent.data)
                    if g is gradient and not parent.parents:
                        # "+" hands its own gradient on as it is: what a leaf keeps must be its own
                        g = g.copy()
                    known = gradients.get(id(parent))
                    # A node used twice (fan-out) gets the sum. Never in place: two parents may
                    # have been handed the same array.
                    gradients[id(parent)] = g if known is None else known + g

    def graph(self) -> list[Tensor]:
        """List all tensors that this one was computed from and that require a gradient.

        Returns
        -------
        list of Tensor
            Parents before children, itself last.

        Examples
        --------
        >>> x = Parameter([1.0])
        >>> [node.operation for node in (x * 2 + x).graph()]
        ['', '*', '+']
        """
        order: list[Tensor] = []
        seen, stack = {id(self)}, [(self, iter(self.parents))]
        while stack:
            node, parents = stack[-1]
            for parent in parents:
                if parent.requires_grad and id(parent) not in seen:
                    seen.add(id(parent))
                    stack.append((parent, iter(parent.parents)))
                    break
            else:
                order.append(node)
                stack.pop()
        return order

    def retain_grad(self) -> None:
        """Ask `backward()` to keep the gradient of this intermediate result too. As in torch.

        It keeps those of the leaves anyway.

        Examples
        --------
        >>> x = Parameter([2.0])
        >>> y = x * 3
        >>> y.retain_grad()
        >>> (y * y).sum().backward()
        >>> y.grad
        array([12.])
        """
        self.retains_grad = True

    def zero_grad(self) -> None:
        """Forget the gradient.

        Examples
        --------
        >>> w = Parameter(2.0)
        >>> (w * w).backward()
        >>> w.zero_grad()
        >>> w.grad is None
        True
        """
        self.grad = None

    def __del__(self, thread: _Thread = _thread) -> None:
        """Free a long history one tensor after the other.

        Only the browser needs this, where the C stack is small. Python by itself would descend to
        the first tensor, which overflows that stack after two thousand operations.
        """
        if not getattr(self, "parents", None):  # a leaf, or one whose data were refused
            return
        waiting = thread.waiting
        # the list is one and the same for all tensors: who finds it empty empties it
        outermost = not waiting
        waiting += [None, self.parents] if outermost else [self.parents]
        self.parents = ()
        # dropping parents calls this for each that nobody else needs, which appends its own
        while outermost and waiting.pop():
            pass

    # --- what an array has ---

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis.

        Examples
        --------
        >>> Tensor([[1.0, 2.0]]).shape
        (1, 2)
        """
        return self.data.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the entries.

        Examples
        --------
        >>> Tensor([1.0]).dtype
        dtype('float64')
        """
        return self.data.dtype

    @property
    def ndim(self) -> int:
        """The number of axes.

        Examples
        --------
        >>> Tensor([[1.0, 2.0]]).ndim
        2
        """
        return self.data.ndim

    def detach(self) -> Tensor:
        """Return the same numbers without history, in the same memory. As torch.

        Returns
        -------
        Tensor
            A leaf that requires no gradient.

        Examples
        --------
        >>> (Parameter([2.0]) * 3).detach()
        Tensor([6.])
        """
        return Tensor(self.data)

    def numpy(self) -> Array:
        """Return the array of a tensor that requires no gradient, as torch.

        `x.data` is the array of any.

        Returns
        -------
        array
            A copy.

        Raises
        ------
        TypeError
            If the tensor requires a gradient.

        Examples
        --------
        >>> Tensor([1.0, 2.0]).numpy()
        array([1., 2.])
        """
        return self.__array__()

    def tolist(self) -> Any:
        """Return the entries as nested lists of Python numbers.

        Returns
        -------
        list or number
            Without history.

        Examples
        --------
        >>> Tensor([[1.0, 2.0]]).tolist()
        [[1.0, 2.0]]
        """
        return self.data.tolist()

    def item(self) -> Any:
        """Return the number in a tensor of one entry, as a Python number.

        Returns
        -------
        float, int or bool
            Without history.

        Raises
        ------
        ValueError
            If there is no entry, or more than one.

        Examples
        --------
        >>> Tensor([2.5]).item()
        2.5
        """
        checks.one_entry("item", self.data, "Use .data for the array.")
        return self.data.item()

    def __len__(self) -> int:
        """Count the rows."""
        if not self.data.ndim:
            fail(TypeError, "len", "a tensor with at least one axis", "a single number")
        return len(self.data)

    def __iter__(self) -> Iterator[Tensor]:
        """Go through the rows."""
        return (self[i] for i in range(len(self)))

    def __contains__(self, value: object) -> bool:
        """Tell whether an entry is equal to value."""
        equal = self == value
        return isinstance(equal, Tensor) and bool(equal.data.any())

    def __float__(self) -> float:
        """Return the one entry as a float."""
        return float(self._number("float"))

    def __int__(self) -> int:
        """Return the one entry as an int."""
        return int(self._number("int"))

    def __bool__(self) -> bool:
        """Tell whether the one entry is true."""
        return bool(self._number("bool"))

    def __index__(self) -> int:
        """Return the one integer, as a place in a list."""
        if self.dtype.kind not in "iu":
            received = f"a Tensor of {self.dtype}"
            fail(TypeError, "index", "an integer", received, "Convert with int(x).")
        return int(self._number("index"))

    def __round__(self, digits: int | None = None) -> Any:
        """Round the one entry."""
        return round(self._number("round"), digits)

    def __format__(self, spec: str) -> str:
        """Write the one entry in a format, or the whole tensor without one."""
        if self.ndim and not spec:
            return str(self)
        return format(self._number("format"), spec)

    def _number(self, name: str) -> Any:
        """Return the one entry, for Python's functions of a number."""
        cure = "Take one entry, x[0], a sum or a mean first."
        if name == "bool":
            cure = "Ask for one truth with .any() or .all()."
        checks.one_entry(name, self.data, cure)
        return self.data.item()

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: tuple[Any, ...] = (), **settings: Any
    ) -> Any:
        """Answer NumPy: array * tensor, array == tensor, array += tensor and np.exp(tensor)."""
        if ufunc in OPERATORS and method == "__call__" and not out and not settings:
            a, b = inputs
            return OPERATORS[ufunc](as_tensor(a, like=b), b)
        tensors = [one for one in (*inputs, *out) if isinstance(one, Tensor)]
        if not out or any(one.requires_grad for one in tensors):
            name = {"absolute": "abs"}.get(ufunc.__name__, ufunc.__name__)
            here = f"x.{name}(), or " if name in {"exp", "log", "tanh", "sqrt", "abs"} else ""
            checks.lost_history(
                f"np.{ufunc.__name__}", "arrays", f"Write {here}x.data for the numbers alone."
            )
        return getattr(ufunc, method)(*map(_plain, inputs), out=_plain(out), **settings)

    def __getattr__(self, name: str) -> Any:
        """Say what to write instead. Asked only for what is not there."""
        if name.startswith("_"):
            raise AttributeError(f"Tensor has no attribute {name!r}.")
        cure = INSTEAD.get(name) or (
            f"x.data.{name} for the numbers alone"
            if hasattr(np.ndarray, name)
            else "x.data for the array of numbers"
        )
        fail(
            AttributeError, "Tensor", "an attribute that a Tensor has", repr(name), f"Write {cure}."
        )

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        """Copy or pickle a leaf: of a result the derivative could not follow."""
        if self.parents:
            received, cure = "the result of an operation", "Copy x.detach(), or the model."
            fail(TypeError, "copy, pickle", "a tensor without history", received, cure)
        return super().__reduce_ex__(protocol)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        """Answer np.asarray(tensor)."""
        if self.requires_grad:
            cure, received = "Use .data for the numbers alone.", "a Tensor that requires a gradient"
            checks.lost_history("NumPy", "an array", cure, received)
        return np.array(self.data, dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        """Write the entries with four digits, and the operation that made them."""
        kind = type(self).__name__
        numbers = np.array2string(self.data, precision=4, separator=", ", prefix=f"{kind}(")
        learns = ", requires_grad=True" if self.requires_grad else ""
        history = f", operation={self.operation!r}" if self.operation else learns
        return f"{kind}({numbers}{history})"


OPERATORS: dict[np.ufunc, Callable[[Any, Any], Any]] = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.true_divide: operator.truediv,
    np.power: operator.pow,
    np.matmul: operator.matmul,
    np.equal: operator.eq,
    np.not_equal: operator.ne,
    np.less: operator.lt,
    np.less_equal: operator.le,
    np.greater: operator.gt,
    np.greater_equal: operator.ge,
    np.bitwise_and: operator.and_,
    np.bitwise_or: operator.or_,
    np.bitwise_xor: operator.xor,
}

CONVERT = "Tensor(x.data.astype(np.float32)), with the dtype that you want"
INSTEAD = {  # what a reader of torch would write, and what to write here
    name: cure
    for names, cure in {
        "float double half int long bool to type astype": CONVERT,
        "cpu cuda": "x as it is: all is computed on the CPU",
        "clone copy": "Tensor(x.data.copy()), or x * 1 to keep the history",
        "view squeeze unsqueeze": "x.reshape(...)",
        "flatten ravel": "x.reshape(-1)",
        "t transpose permute mT": "x.T",
        "pow square": "x ** 2",
        "mm matmul": "x @ y",
        "dot": "(x * y).sum()",
        "add": "x + y",
        "sub": "x - y",
        "mul": "x * y",
        "div": "x / y",
        "neg": "-x",
        "eq": "x == y",
        "lt": "x < y",
        "gt": "x > y",
        "softmax": "softmax(x)",
        "log_softmax": "softmax(x).log()",
        "amax": "x.max(axis)",
        "amin": "x.min(axis)",
        "norm": "(x ** 2).sum().sqrt()",
        "std": "((x - x.mean()) ** 2).mean().sqrt()",
        "var": "((x - x.mean()) ** 2).mean()",
        "dim": "x.ndim",
        "size": "x.shape",
        "numel": "x.data.size",
        "requires_grad_": "x.requires_grad = True",
        "is_leaf": "not x.parents",
        "grad_fn": "x.operation and x.parents",
        "zero_": "x.data[...] = 0",
        "copy_ fill_": "x.data[...] = y",
        "add_": "x.data += y",
        "sub_": "x.data -= y",
        "mul_": "x.data *= y",
        "div_": "x.data /= y",
    }.items()
    for name in names.split()
}


class Parameter(Tensor):
    """A tensor that learns: `requires_grad` is on, and a Module finds it.

    Parameters
    ----------
    data : array_like of float
        The first weights, of any shape.

    Raises
    ------
    TypeError
        If data are not floats.
    ValueError
        If the rows of data have unequal lengths.

    Examples
    --------
    >>> Parameter([0.5, -0.5])
    Parameter([ 0.5, -0.5], requires_grad=True)
    """

    __slots__ = ()

    def __init__(self, data: ArrayLike) -> None:
        super().__init__(data, requires_grad=True)


def as_tensor(value: TensorLike, like: Tensor | None = None) -> Tensor:
    """Return value itself if it is a Tensor, otherwise a Tensor of it.

    Parameters
    ----------
    value : Tensor or array_like
        Numbers.
    like : Tensor, optional
        A plain Python number takes the float dtype of this one, so float32 stays float32.

    Returns
    -------
    Tensor
        Without history, if it is a new one.

    Raises
    ------
    TypeError
        If value is not made of real numbers.
    ValueError
        If its rows have unequal lengths, or if an integer is too large for the dtype.

    Examples
    --------
    >>> as_tensor(2, like=Tensor(np.float32([1.5]))).dtype
    dtype('float32')
    """
    if isinstance(value, Tensor):
        return value
    if like is not None and like.dtype.kind == "f" and type(value) in {int, float}:
        return Tensor(checks.fits_dtype(value, like.dtype))
    return Tensor(value)


def _operands(symbol: str, a: Tensor, b: TensorLike) -> tuple[Tensor, Tensor, Array, Array]:
    """Return both operands as Tensors whose shapes fit together, and their arrays."""
    b = as_tensor(b, like=a)
    x, y = a.data, b.data
    if x.shape != y.shape and x.shape and y.shape:
        checks.broadcast(symbol, x.shape, y.shape)
    return a, b, x, y


def _fit_to(gradient: Array, data: Array) -> Array:
    """Sum back what broadcasting repeated: the gradient in the shape and dtype of the operand."""
    if gradient.shape != data.shape:
        leading = gradient.ndim - data.ndim
        stretched = tuple(
            leading + i
            for i, n in enumerate(data.shape)
            if n == 1 and gradient.shape[leading + i] != 1
        )
        gradient = gradient.sum(axis=(*range(leading), *stretched)).reshape(data.shape)
    return gradient if gradient.dtype == data.dtype else gradient.astype(data.dtype)


def _spread(gradient: Array, shape: tuple[int, ...], axis: Any, keepdims: bool) -> Array:
    """Undo a sum: every entry that was summed gets the gradient of the sum."""
    if axis is not None and not keepdims:
        gradient = np.expand_dims(gradient, axis)
    return np.broadcast_to(gradient, shape)


def _accumulate(node: Tensor, gradient: Array) -> None:
    """Add to node.grad, in an array that belongs to the node alone."""
    if node.grad is not None:
        node.grad = node.grad + gradient
        return
    # A view (of reshape, T, sum) would change together with the gradient of another tensor.
    shared = gradient.base is not None or node.parents
    node.grad = np.array(gradient) if shared else np.asarray(gradient)


def _plain(value: Any) -> Any:
    """Unwrap a Tensor, or those in a tuple; anything else stays as it is."""
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    return value.data if isinstance(value, Tensor) else value


def _extreme(
    name: str, function: Callable[..., Any], x: Tensor, axis: Axis, keepdims: bool
) -> Tensor:
    """Find the largest or the smallest, and hand its gradient back to it."""
    axis, data = checks.axes(name, axis, x.ndim, keepdims), x.data
    checks.has_entries(name, data)
    value = function(data, axis=axis, keepdims=True)

    def derivative(g: Array) -> tuple[Array]:
        chosen = data == value
        return (
            _spread(g, data.shape, axis, keepdims) * chosen / chosen.sum(axis=axis, keepdims=True),
        )

    shown = value if keepdims else value.squeeze(axis)
    return Tensor.result_of(name, shown, (x,), derivative, needs=[data])


def _place(
    name: str, function: Callable[..., Any], x: Tensor, axis: int | None, keepdims: bool
) -> Tensor:
    """Find where the largest or the smallest is."""
    axis = checks.one_axis(name, axis, x.ndim, keepdims)
    checks.has_entries(name, x.data)
    return Tensor(function(x.data, axis=axis, keepdims=keepdims))


def _check_unchanged(nodes: list[Tensor]) -> None:
    """Refuse to go back through numbers that are not those of the forward pass."""
    seen: dict[int, bytes] = {}  # an array that several operations need is looked at once
    for node in nodes:
        shapes = [parent.data.shape for parent in node.parents]
        if shapes != node.parent_shapes:
            checks.changed_shapes(node.parent_shapes, shapes)
        for array, before in node.needs:
            now = seen.get(id(array))
            if now is None:
                now = seen[id(array)] = _checksum(array)
            if now != before:
                checks.changed_in_place(array, node.operation)


BLOCK = 4096
# in no order; np.random would take as long to import as all of the engine
_weights = 1 + np.sin(np.arange(BLOCK)) / 2
WEIGHTS = {dtype: _weights.astype(dtype) for dtype in (np.float32, np.float64)}


def _checksum(array: Array) -> bytes:
    """Find bytes that change when the array changes.

    Those of its entries, or, of a large one, of a weighted sum of each 4096 of them: to look at all
    of a large array twice would cost as much as computing with it. Weighted, so that shuffled
    entries or opposite signs do not cancel.
    """
    if array.size <= BLOCK:
        return array.tobytes()
    flat = array.ravel(order="K")
    whole = flat.size // BLOCK * BLOCK
    weights = WEIGHTS.get(array.dtype.type, WEIGHTS[np.float64])
    sums: bytes = np.vecdot(flat[:whole].reshape(-1, BLOCK), weights).tobytes()
    return sums + flat[whole:].tobytes()
