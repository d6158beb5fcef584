"""Remembers arithmetic and replays it backwards: Tensor, Parameter.

Each operation makes a new Tensor that knows its parents and the derivative of the operation: the tape. `backward()` walks the tape from the
loss to the weights and multiplies the derivatives on the way: the chain rule, which is all that backpropagation is.
"""

import contextlib
import functools

import numpy as np

_recording = True


@contextlib.contextmanager
def no_grad():
    """Computes without remembering: for evaluation, where no gradient will be asked for. As torch.no_grad()."""
    global _recording
    before, _recording = _recording, False
    try:
        yield
    finally:
        _recording = before


def operation(function):
    """Marks an operation: like torch, and unlike NumPy, it answers 1 / 0 with inf and log(-1) with nan, without a warning. `fit` and
    `descend` look at the loss and explain."""

    @functools.wraps(function)
    def quiet(*args, **kwargs):
        with np.errstate(all="ignore"):
            try:
                return function(*args, **kwargs)
            except TypeError as error:
                if "numpy boolean" not in str(error):
                    raise
                raise TypeError(f"{function.__name__.strip('_')}: expected numbers. Received True and False. Convert with .astype(float).") from None

    return quiet


matmul = np.matmul  # by this name, because NumPy for the browser has no BLAS: there the site puts a faster one in its place


class Tensor:
    """An array that remembers how it was computed.

    Args:
        data: numbers, of any shape. The dtype is kept: float32 stays float32, Python floats become float64.
        requires_grad: whether `backward()` shall find the derivative of a result with respect to this tensor. Needs a float dtype.
    Attributes:
        data: the NumPy array.        grad: the gradient, an array of the same shape, or None before `backward()`.
        operation: the name of the operation that made it ("" for a leaf).        parents: the tensors it was made from.
        derivative: the chain rule for this one operation: a function from the gradient with respect to this tensor to those with respect to
            each of the parents (None for a leaf).
    Raises: TypeError for data that are not real numbers, or integers that shall have a gradient.

    The operators broadcast as in NumPy, over leading and unit axes, and gradients are summed back to the shape of the operand.

    >>> w = Tensor(3.0, requires_grad=True)
    >>> loss = (2 * w - 1) ** 2
    >>> loss.backward()
    >>> loss.item(), w.grad.item()
    (25.0, 20.0)
    """

    __slots__ = ("data", "grad", "requires_grad", "operation", "parents", "derivative", "_retains_grad", "__weakref__")
    __array_ufunc__ = None  # so that array * tensor comes to Tensor.__rmul__ instead of making an array of Tensors

    def __init__(self, data, requires_grad=False):
        if isinstance(data, Tensor):
            raise TypeError("Tensor: expected numbers. Received a Tensor. Use it as it is, or Tensor(x.data) for one without history.")
        try:
            data = np.asarray(data)
        except ValueError as error:
            raise ValueError(f"Tensor: expected numbers in rows of equal length. Received {data!r}.") from error
        if data.dtype.kind not in "fiub":
            raise TypeError(f"Tensor: expected real numbers. Received dtype {data.dtype} from {data!r}.")
        if not isinstance(requires_grad, (bool, np.bool_)):
            raise TypeError(f"Tensor: expected requires_grad to be True or False. Received {requires_grad!r}.")
        if requires_grad and data.dtype.kind != "f":
            raise TypeError(f"Tensor: expected floats, as requires_grad=True. Received {data.dtype}: a derivative needs real numbers. "
                            "Write 2.0 instead of 2, or use .astype(float).")
        self.data = data
        self.grad = None
        self.requires_grad = bool(requires_grad)
        self.operation = ""
        self.parents = ()
        self.derivative = None
        self._retains_grad = False

    @classmethod
    def result_of(cls, name, data, parents, derivative):
        """The result of an operation.

        Args:
            name: what a picture of the graph writes on the node.        data: the value.        parents: the tensors it was computed from.
            derivative: a function of the gradient of the loss with respect to this result, that returns the gradients with respect to each
                parent, in order, None where there is none. A gradient may have the broadcast shape: `backward` sums it back. It must
                not hold on to this result, or memory would be freed late.
        """
        self = cls.__new__(Tensor)
        self.data = np.asarray(data)
        self.grad = None
        self.operation = name
        self._retains_grad = False
        self.requires_grad = _recording and any([parent.requires_grad for parent in parents])
        self.parents = parents if self.requires_grad else ()
        self.derivative = derivative if self.requires_grad else None
        return self

    # --- arithmetic: an operation, and beside it its derivative ---

    @operation
    def __add__(self, other):
        a, b = _operands("+", self, other)
        return Tensor.result_of("+", a.data + b.data, (a, b), lambda g: (g, g))

    @operation
    def __sub__(self, other):
        a, b = _operands("-", self, other)
        return Tensor.result_of("-", a.data - b.data, (a, b), lambda g: (g, -g))

    @operation
    def __mul__(self, other):
        a, b = _operands("*", self, other)
        return Tensor.result_of("*", a.data * b.data, (a, b), lambda g, a=a.data, b=b.data: (g * b, g * a))

    @operation
    def __truediv__(self, other):
        a, b = _operands("/", self, other)
        return Tensor.result_of("/", a.data / b.data, (a, b), lambda g, a=a.data, b=b.data: (g / b, -g * a / b**2))

    @operation
    def __pow__(self, other):
        a, b = _operands("**", self, other)
        if a.dtype.kind != "f" and b.dtype.kind != "f":
            raise TypeError(f"**: expected floats. Received {a.dtype} ** {b.dtype}. Write 2.0 instead of 2.")
        value = a.data**b.data
        exponent_too = b.requires_grad

        def derivative(g, a=a.data, b=b.data):
            # w ** 0 is the constant 1, also at w = 0, where b * a ** (b - 1) would be 0 * inf.
            d_base = g * np.where(b == 0, 0, b * a ** (b - 1)).astype(value.dtype)
            return d_base, (g * np.where((a == 0) & (b > 0), 0, value * np.log(a)) if exponent_too else None)

        return Tensor.result_of("**", value, (a, b), derivative)

    @operation
    def __matmul__(self, other):
        a, b = as_tensor(self), as_tensor(other)
        if a.data.ndim != 2 or b.data.ndim != 2 or a.shape[1] != b.shape[0]:
            hint = (f" {a.shape} @ {b.shape[::-1]} would fit: transpose the second with .T." if a.data.ndim == b.data.ndim == 2
                    and a.shape[1] == b.shape[1] else " One sample x is the row x.reshape(1, -1).")
            raise ValueError(f"@: expected two matrices (rows, n) @ (n, columns). Received {a.shape} @ {b.shape}.{hint}")
        # The input batch needs no gradient, and its matrix product would be as dear as the one for the kernel.
        return Tensor.result_of("@", matmul(a.data, b.data), (a, b), lambda g, a=a.data, b=b.data, a_too=a.requires_grad, b_too=b.requires_grad:
                                (matmul(g, b.T) if a_too else None, matmul(a.T, g) if b_too else None))

    def __neg__(self):
        return Tensor.result_of("neg", -self.data, (self,), lambda g: (-g,))

    def __radd__(self, other):
        return as_tensor(other, like=self) + self

    def __rsub__(self, other):
        return as_tensor(other, like=self) - self

    def __rmul__(self, other):
        return as_tensor(other, like=self) * self

    def __rtruediv__(self, other):
        return as_tensor(other, like=self) / self

    def __rpow__(self, other):
        return as_tensor(other, like=self) ** self

    def __rmatmul__(self, other):
        return as_tensor(other) @ self

    # --- functions of each entry ---

    @operation
    def exp(self):
        """exp(x),   derivative exp(x)"""
        value = np.exp(self.data)
        return Tensor.result_of("exp", value, (self,), lambda g: (g * value,))

    @operation
    def log(self):
        """log(x), the natural logarithm,   derivative 1 / x"""
        return Tensor.result_of("log", np.log(self.data), (self,), lambda g, x=self.data: (g / x,))

    @operation
    def relu(self):
        """relu(x) = max(x, 0),   derivative 1 where x > 0, otherwise 0 (at x = 0, where there is none, 0, as in torch and TensorFlow)"""
        return Tensor.result_of("relu", np.maximum(self.data, 0), (self,), lambda g, x=self.data: (g * (x > 0),))

    @operation
    def sigmoid(self):
        """s(x) = 1 / (1 + exp(-x)),   derivative s (1 - s)"""
        # exp of minus |x| cannot overflow: 1 / (1 + e^-x) = e^x / (1 + e^x)
        small = np.exp(-1.0 * np.abs(self.data))
        value = np.where(self.data >= 0, 1, small) / (1 + small)
        return Tensor.result_of("sigmoid", value, (self,), lambda g: (g * value * (1 - value),))

    @operation
    def tanh(self):
        """tanh(x),   derivative 1 - tanh(x)^2"""
        value = np.tanh(self.data)
        return Tensor.result_of("tanh", value, (self,), lambda g: (g * (1 - value**2),))

    # --- sums and shapes ---

    @operation
    def sum(self, axis=None, keepdims=False):
        """The sum over all entries, or over `axis`.   Derivative: 1 for every entry that was summed."""
        axis = _axes("sum", axis, self.data.ndim, keepdims)
        return Tensor.result_of("sum", self.data.sum(axis=axis, keepdims=keepdims), (self,),
                                lambda g, shape=self.shape: (_spread(g, shape, axis, keepdims),))

    @operation
    def mean(self, axis=None, keepdims=False):
        """The mean over all entries, or over `axis`.   Derivative: 1 / n for every one of the n entries that were averaged."""
        axis = _axes("mean", axis, self.data.ndim, keepdims)
        if not self.data.size:
            raise ValueError(f"mean: expected at least one entry. Received shape {self.shape}.")
        value = np.asarray(self.data.mean(axis=axis, keepdims=keepdims))
        n = self.data.size // max(value.size, 1)
        return Tensor.result_of("mean", value, (self,), lambda g, shape=self.shape: (_spread(g, shape, axis, keepdims) / n,))

    def reshape(self, *shape):
        """The same entries in another shape: reshape(rows, columns), -1 for "whatever is left".   The gradient is reshaped back."""
        shape = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
        try:
            value = self.data.reshape(shape)
        except (ValueError, TypeError):
            raise ValueError(f"reshape: expected a shape of {self.data.size} entries, as {self.shape} has. Received {shape}.") from None
        return Tensor.result_of("reshape", value, (self,), lambda g, before=self.shape: (g.reshape(before),))

    @property
    def T(self):
        """The transpose: rows become columns.   The gradient is transposed back."""
        return Tensor.result_of("T", self.data.T, (self,), lambda g: (g.T,))

    def __getitem__(self, index):
        """A part of the entries.   The gradient is zero for the others; an entry that is taken twice gets both gradients."""
        def derivative(g, shape=self.shape, dtype=self.dtype):
            whole = np.zeros(shape, dtype)
            np.add.at(whole, index, g)
            return (whole,)

        index = index.data if isinstance(index, Tensor) else index
        return Tensor.result_of("[ ]", self.data[index], (self,), derivative)

    # --- the replay ---

    def backward(self):
        """Finds d self / d leaf for every leaf with requires_grad, and adds it to leaf.grad.

        Like torch's it accumulates: call `zero_grad()` before the next batch. Unlike torch's it may be called again on the same graph. The gradients
        on the way live in a dict of this one call, so nothing is left behind, and there is no recursion, so a graph may be deep.
        Raises: ValueError when self is not a single number, or does not depend on anything that requires a gradient.
        Source: lecture, section 3, "Backpropagation".
        """
        if self.data.size != 1:
            raise ValueError(f"backward: expected a loss that is one number. Received shape {self.shape}. "
                             "Take .sum() or .mean() of it first, or reduction=\"mean\" in the loss.")
        if not self.requires_grad:
            raise ValueError("backward: expected a loss that depends on a Parameter, or on a Tensor with requires_grad=True. Received one that "
                             "does not. Was it computed under no_grad(), or from .data?")
        gradients = {id(self): np.ones_like(self.data)}
        with np.errstate(all="ignore"):
            for node in reversed(self.graph()):
                gradient = gradients.pop(id(node))
                if not node.parents or node._retains_grad:
                    node._accumulate(gradient)
                if not node.parents:
                    continue
                for parent, g in zip(node.parents, node.derivative(gradient)):
                    if parent.requires_grad:
                        g = _fit_to(g, parent.data)
                        if g is gradient and not parent.parents:
                            g = g.copy()  # "+" hands its own gradient on as it is: what a leaf keeps must be its own
                        known = gradients.get(id(parent))
                        # A node used twice (fan-out) gets the sum. Never in place: two parents may have been handed the same array.
                        gradients[id(parent)] = g if known is None else known + g

    def graph(self):
        """All tensors that this one was computed from and that require a gradient, parents before children, itself last."""
        order, seen, stack = [], {id(self)}, [(self, iter(self.parents))]
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

    def retain_grad(self):
        """Asks `backward()` to keep the gradient of this intermediate result too (it keeps those of the leaves). As in torch."""
        self._retains_grad = True

    def zero_grad(self):
        """Forgets the gradient."""
        self.grad = None

    def _accumulate(self, gradient):
        if self.grad is not None:
            self.grad = self.grad + gradient
        else:
            # A view (of reshape, T, sum) would change together with the gradient of another tensor.
            shared = gradient.base is not None or self.parents
            self.grad = np.array(gradient) if shared else np.asarray(gradient)

    def __del__(self, waiting=[]):
        """Frees a long history one tensor after the other. Python by itself would descend to the first one, and that overflows the
        stack of a browser after two thousand operations."""
        if not getattr(self, "parents", None):  # a leaf, or one whose data were refused
            return
        outermost = not waiting  # the list is one and the same for all: who finds it empty empties it
        waiting += [None, self.parents] if outermost else [self.parents]
        self.parents = ()
        while outermost and waiting.pop():  # dropping parents calls this for each that nobody else needs, which appends its own
            pass

    # --- what an array has ---

    @property
    def shape(self):
        return self.data.shape

    @property
    def dtype(self):
        return self.data.dtype

    def item(self):
        """The number in a tensor of one entry, as a Python number."""
        if self.data.size != 1:
            raise ValueError(f"item: expected a tensor of one entry. Received shape {self.shape}. Use .data for the array.")
        return self.data.item()

    def __len__(self):
        if not self.data.ndim:
            raise TypeError("len: expected a tensor with at least one axis. Received a single number.")
        return len(self.data)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __array__(self, dtype=None, copy=None):
        if self.requires_grad:
            raise TypeError("NumPy: expected an array. Received a Tensor that requires a gradient: NumPy would lose its history. "
                            "Use .data for the numbers alone.")
        return np.array(self.data, dtype=dtype, copy=copy)

    def __bool__(self):
        return bool(self.data)

    def __repr__(self):
        numbers = np.array2string(self.data, precision=4, separator=", ", prefix=type(self).__name__ + "(")
        history = f", operation={self.operation!r}" if self.operation else ", requires_grad=True" if self.requires_grad else ""
        return f"{type(self).__name__}({numbers}{history})"


class Parameter(Tensor):
    """A tensor that learns: `requires_grad` is on, and a Module finds it.

    >>> Parameter([0.5, -0.5])
    Parameter([ 0.5, -0.5], requires_grad=True)
    """

    __slots__ = ()

    def __init__(self, data):
        super().__init__(data, requires_grad=True)


def as_tensor(value, like=None):
    """`value` itself if it is a Tensor, otherwise a Tensor of it. A plain Python number takes the dtype of `like`, so float32 stays float32."""
    if isinstance(value, Tensor):
        return value
    if like is not None and like.dtype.kind == "f" and type(value) in (int, float):
        return Tensor(np.asarray(value, dtype=like.dtype))
    return Tensor(value)


def _operands(symbol, a, b):
    a, b = as_tensor(a), as_tensor(b, like=a)
    if a.shape != b.shape and a.shape and b.shape:
        try:
            np.broadcast_shapes(a.shape, b.shape)
        except ValueError:
            raise ValueError(f"{symbol}: expected shapes that are equal, or that differ by leading or unit axes. Received {a.shape} {symbol} "
                             f"{b.shape}. Reshape one of them, for example to one column with .reshape(-1, 1).") from None
    return a, b


def _fit_to(gradient, data):
    """The gradient in the shape and dtype of the operand: what broadcasting repeated is summed back."""
    if gradient.shape != data.shape:
        leading = gradient.ndim - data.ndim
        stretched = tuple(leading + i for i, n in enumerate(data.shape) if n == 1 and gradient.shape[leading + i] != 1)
        gradient = gradient.sum(axis=tuple(range(leading)) + stretched, keepdims=True).reshape(data.shape)
    return gradient if gradient.dtype == data.dtype else gradient.astype(data.dtype)


def _spread(gradient, shape, axis, keepdims):
    """Undoes a sum: every entry that was summed gets the gradient of the sum."""
    if axis is not None and not keepdims:
        gradient = np.expand_dims(gradient, axis)
    return np.broadcast_to(gradient, shape)


def _axes(name, axis, ndim, keepdims):
    if not isinstance(keepdims, (bool, np.bool_)):
        raise TypeError(f"{name}: expected keepdims to be True or False. Received {keepdims!r}. Pass several axes as a tuple: {name}((0, 1)).")
    if axis is None:
        return None
    axes = axis if isinstance(axis, tuple) else (axis,)
    for one in axes:
        if isinstance(one, bool) or not isinstance(one, (int, np.integer)):
            raise TypeError(f"{name}: expected axis to be an integer, a tuple of integers or None. Received {axis!r}.")
        if not -ndim <= one < ndim:
            raise ValueError(f"{name}: expected an axis from {-ndim} to {ndim - 1} for {ndim} axes. Received {axis!r}.")
    axes = tuple(one % ndim for one in axes)
    if len(set(axes)) != len(axes):
        raise ValueError(f"{name}: expected each axis once. Received {axis!r}.")
    return axes
