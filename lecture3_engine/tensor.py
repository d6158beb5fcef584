"""Remembers arithmetic and replays it backwards: Tensor, Parameter.

Each operation makes a new Tensor that knows its parents and the derivative of the operation: the
tape. `backward()` walks the tape from the loss to the weights and multiplies the derivatives on the
way: the chain rule, which is all that backpropagation is.
"""

import contextlib
import functools
import operator
import threading

import numpy as np


class _Thread(threading.local):
    """Each thread has its own: where one evaluates, another may be training."""

    def __init__(self):
        self.recording = True
        self.waiting = []  # see Tensor.__del__


_thread = _Thread()


def no_grad(function=None):
    """Computes without remembering: for evaluation, where no gradient will be asked for. As
    torch.no_grad.

    For a block, `with no_grad():`, or for a function, `@no_grad()` or `@no_grad` above its
    definition. It holds for this thread alone.
    """
    return _no_grad() if function is None else _no_grad()(function)


@contextlib.contextmanager
def _no_grad():
    before, _thread.recording = _thread.recording, False
    try:
        yield
    finally:
        _thread.recording = before


def operation(function):
    """Marks an operation: like torch, and unlike NumPy, it answers 1 / 0 with inf and log(-1) with
    nan, without a warning. `fit` and `descend` look at the loss and explain.
    """

    @functools.wraps(function)
    def quiet(*args, **kwargs):
        with np.errstate(all="ignore"):
            try:
                return function(*args, **kwargs)
            except TypeError as error:
                name = function.__name__.strip("_")
                if "dim" in kwargs or "keepdim" in kwargs:
                    raise TypeError(
                        f"{name}: expected axis and keepdims. Received dim or keepdim. Use NumPy's"
                        f" names: .{name}(axis=0)."
                    ) from None
                # np.sum(x) comes here as x.sum(axis=None, dtype=None, out=None)
                if "out" in kwargs or "dtype" in kwargs:
                    raise TypeError(
                        f"np.{name}: expected an array. Received a Tensor. Write x.{name}(), or"
                        f" np.{name}(x.data)."
                    ) from None
                if "numpy boolean" not in str(error):
                    raise
                raise TypeError(
                    f"{name}: expected numbers. Received True and False. Convert with"
                    " .data.astype(float)."
                ) from None

    return quiet


# by this name, because NumPy for the browser has no BLAS: there the site puts a faster one in its
# place
matmul = np.matmul


class Tensor:
    """An array that remembers how it was computed.

    Args:
        data: numbers, of any shape. The dtype is kept: float32 stays float32, Python floats become
            float64.
        requires_grad: whether `backward()` shall find the derivative of a result with respect to
            this tensor. Needs a float dtype.
    Attributes:
        data: the NumPy array.
        grad: the gradient, an array of the same shape, or None before `backward()`.
        operation: the name of the operation that made it ("" for a leaf).
        parents: the tensors it was made from.
        derivative: the chain rule for this one operation: a function from the gradient with respect
            to this tensor to those with respect to each of the parents (None for a leaf).
    Raises: TypeError for data that are not real numbers, or integers that shall have a gradient.

    The operators broadcast as in NumPy, over leading and unit axes, and gradients are summed back
    to the shape of the operand. Comparisons, `==` among them, go entry by entry and give a Tensor
    of True and False without history; as a key of a dict or in a set, a tensor is equal only to
    itself. All this as in torch.

    `backward()` needs numbers of the forward pass. If they were changed in place meanwhile, by
    `w.data += 1`, by an optimizer, or by filling an input array anew, it raises an error, for the
    gradient would be wrong. It looks at a checksum, so that in an array of more than 4096 entries
    it misses a change too small for the rounded sum of 4096 of them, or one beside inf or nan.

    >>> w = Tensor(3.0, requires_grad=True)
    >>> loss = (2 * w - 1) ** 2
    >>> loss.backward()
    >>> loss.item(), w.grad.item()
    (25.0, 20.0)
    """

    __slots__ = (
        "data",
        "grad",
        "requires_grad",
        "operation",
        "parents",
        "derivative",
        "_retains_grad",
        "_before",
        "_shapes",
        "__weakref__",
    )

    def __init__(self, data, requires_grad=False):
        if isinstance(data, Tensor):
            raise TypeError(
                "Tensor: expected numbers. Received a Tensor. Use it as it is, or Tensor(x.data)"
                " for one without history."
            )
        try:
            data = np.asarray(data)
        except ValueError as error:
            raise ValueError(
                f"Tensor: expected numbers in rows of equal length. Received {data!r}."
            ) from error
        if data.dtype.kind not in "fiub":
            raise TypeError(
                f"Tensor: expected real numbers. Received dtype {data.dtype} from {data!r}."
            )
        if not isinstance(requires_grad, (bool, np.bool_)):
            raise TypeError(
                f"Tensor: expected requires_grad to be True or False. Received {requires_grad!r}."
            )
        if requires_grad and data.dtype.kind != "f":
            raise TypeError(
                f"Tensor: expected floats, as requires_grad=True. Received {data.dtype}: a"
                " derivative needs real numbers. Write 2.0 instead of 2, or use .astype(float)."
            )
        self.data = data
        self.grad = None
        self.requires_grad = bool(requires_grad)
        self.operation = ""
        self.parents = ()
        self.derivative = None
        self._retains_grad = False
        self._before = self._shapes = ()

    @classmethod
    def result_of(cls, name, data, parents, derivative, needs=()):
        """The result of an operation.

        Args:
            name: what a picture of the graph writes on the node.
            data: the value.
            parents: the tensors it was computed from.
            derivative: a function of the gradient of the loss with respect to this result, that
                returns the gradients with respect to each parent, in order, None where there is
                none. A gradient may have the broadcast shape: `backward` sums it back. It must not
                hold on to this result, or memory would be freed late.
            needs: the arrays that `derivative` will read, and that others could change until then.
        """
        self = cls.__new__(Tensor)
        self.data = np.asarray(data)
        self.grad = None
        self.operation = name
        self._retains_grad = False
        self.requires_grad = _thread.recording and any([parent.requires_grad for parent in parents])
        self.parents = parents if self.requires_grad else ()
        self.derivative = derivative if self.requires_grad else None
        self._before = [(array, _checksum(array)) for array in needs] if self.requires_grad else ()
        self._shapes = [parent.data.shape for parent in self.parents]
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
        return Tensor.result_of(
            "*",
            a.data * b.data,
            (a, b),
            lambda g, a=a.data, b=b.data: (g * b, g * a),
            needs=[b.data] * a.requires_grad + [a.data] * b.requires_grad,
        )

    @operation
    def __truediv__(self, other):
        a, b = _operands("/", self, other)
        return Tensor.result_of(
            "/",
            a.data / b.data,
            (a, b),
            lambda g, a=a.data, b=b.data: (g / b, -g * a / b**2),
            needs=[b.data] + [a.data] * b.requires_grad,
        )

    @operation
    def __pow__(self, other):
        a, b = _operands("**", self, other)
        if a.dtype.kind != "f" and b.dtype.kind != "f":
            raise TypeError(
                f"**: expected floats. Received {a.dtype} ** {b.dtype}. Write 2.0 instead of 2."
            )
        value = a.data**b.data
        exponent_too = b.requires_grad

        def derivative(g, a=a.data, b=b.data):
            # w ** 0 is the constant 1, also at w = 0, where b * a ** (b - 1) would be 0 * inf.
            d_base = g * np.where(b == 0, 0, b * a ** (b - 1)).astype(value.dtype)
            # 0 ** b is the constant 0 for b > 0; at b = 0, where it jumps from inf to 0, torch says
            # 0 as well.
            return d_base, (
                g * np.where((a == 0) & (b >= 0), 0, value * np.log(a)) if exponent_too else None
            )

        return Tensor.result_of(
            "**", value, (a, b), derivative, needs=[a.data, b.data] + [value] * exponent_too
        )

    @operation
    def __matmul__(self, other):
        a, b = as_tensor(self), as_tensor(other)
        if a.data.ndim != 2 or b.data.ndim != 2 or a.shape[1] != b.shape[0]:
            hint = (
                f" {a.shape} @ {b.shape[::-1]} would fit: transpose the second with .T."
                if a.data.ndim == b.data.ndim == 2 and a.shape[1] == b.shape[1]
                else " One sample x is the row x.reshape(1, -1)."
            )
            raise ValueError(
                f"@: expected two matrices (rows, n) @ (n, columns). Received {a.shape} @"
                f" {b.shape}.{hint}"
            )
        # The input batch needs no gradient, and its matrix product would be as dear as the one for
        # the kernel.
        return Tensor.result_of(
            "@",
            matmul(a.data, b.data),
            (a, b),
            lambda g, a=a.data, b=b.data, a_too=a.requires_grad, b_too=b.requires_grad: (
                matmul(g, b.T) if a_too else None,
                matmul(a.T, g) if b_too else None,
            ),
            needs=[b.data] * a.requires_grad + [a.data] * b.requires_grad,
        )

    def __neg__(self):
        return Tensor.result_of("neg", -self.data, (self,), lambda g: (-g,))

    def __pos__(self):
        return self

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

    def __iadd__(self, other):
        return _in_place(self, "+", np.add, operator.add, other)

    def __isub__(self, other):
        return _in_place(self, "-", np.subtract, operator.sub, other)

    def __imul__(self, other):
        return _in_place(self, "*", np.multiply, operator.mul, other)

    def __itruediv__(self, other):
        return _in_place(self, "/", np.true_divide, operator.truediv, other)

    def __ipow__(self, other):
        return _in_place(self, "**", np.power, operator.pow, other)

    def __imatmul__(self, other):
        _refuse_in_place(self, "@")
        return self @ other

    # --- comparisons: True and False for each entry, without history ---

    def __eq__(self, other):
        return _compared("==", np.equal, self, other)

    def __ne__(self, other):
        return _compared("!=", np.not_equal, self, other)

    def __lt__(self, other):
        return _compared("<", np.less, self, other)

    def __le__(self, other):
        return _compared("<=", np.less_equal, self, other)

    def __gt__(self, other):
        return _compared(">", np.greater, self, other)

    def __ge__(self, other):
        return _compared(">=", np.greater_equal, self, other)

    # by identity, as torch: equal entries do not make two weights the same
    __hash__ = object.__hash__

    def __and__(self, other):
        return _compared("&", np.bitwise_and, self, other)

    def __or__(self, other):
        return _compared("|", np.bitwise_or, self, other)

    def __xor__(self, other):
        return _compared("^", np.bitwise_xor, self, other)

    def __floordiv__(self, other):
        raise TypeError(
            "//, %: expected an operation with a derivative. Received a Tensor and a number or"
            " tensor. Use x.data for the numbers alone."
        )

    __rfloordiv__ = __mod__ = __rmod__ = __divmod__ = __rdivmod__ = __floordiv__

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __invert__(self):
        if self.dtype.kind not in "iub":
            raise TypeError(
                f"~: expected True and False. Received {self.dtype}. Compare first: ~(x > 0)."
            )
        return Tensor(~self.data)

    def any(self, axis=None):
        """Whether any entry is true."""
        return Tensor(self.data.any(axis=_axes("any", axis, self.data.ndim, False)))

    def all(self, axis=None):
        """Whether all entries are true."""
        return Tensor(self.data.all(axis=_axes("all", axis, self.data.ndim, False)))

    # --- functions of each entry ---

    @operation
    def __abs__(self):
        """|x|,   derivative sign(x): 0 at x = 0, as in torch"""
        return Tensor.result_of(
            "abs",
            np.abs(self.data),
            (self,),
            lambda g, x=self.data: (g * np.sign(x),),
            needs=[self.data],
        )

    abs = __abs__

    @operation
    def sqrt(self):
        """sqrt(x),   derivative 1 / (2 sqrt(x))"""
        value = np.sqrt(self.data)
        return Tensor.result_of("sqrt", value, (self,), lambda g: (g / (2 * value),), needs=[value])

    @operation
    def exp(self):
        """exp(x),   derivative exp(x)"""
        value = np.exp(self.data)
        return Tensor.result_of("exp", value, (self,), lambda g: (g * value,), needs=[value])

    @operation
    def log(self):
        """log(x), the natural logarithm,   derivative 1 / x"""
        return Tensor.result_of(
            "log", np.log(self.data), (self,), lambda g, x=self.data: (g / x,), needs=[self.data]
        )

    @operation
    def relu(self):
        """relu(x) = max(x, 0),   derivative 1 where x > 0, otherwise 0 (at x = 0, where there is none, 0, as in torch and TensorFlow)"""
        value = np.maximum(self.data, 0)
        # value > 0 where x > 0
        return Tensor.result_of("relu", value, (self,), lambda g: (g * (value > 0),), needs=[value])

    @operation
    def sigmoid(self):
        """s(x) = 1 / (1 + exp(-x)),   derivative s (1 - s)"""
        # exp of minus |x| cannot overflow: 1 / (1 + e^-x) = e^x / (1 + e^x)
        small = np.exp(-1.0 * np.abs(self.data))
        value = np.where(self.data >= 0, 1, small) / (1 + small)
        return Tensor.result_of(
            "sigmoid", value, (self,), lambda g: (g * value * (1 - value),), needs=[value]
        )

    @operation
    def tanh(self):
        """tanh(x),   derivative 1 - tanh(x)^2"""
        value = np.tanh(self.data)
        return Tensor.result_of(
            "tanh", value, (self,), lambda g: (g * (1 - value**2),), needs=[value]
        )

    # --- sums and shapes ---

    @operation
    def sum(self, axis=None, keepdims=False):
        """The sum over all entries, or over `axis`.   Derivative: 1 for every entry that was summed."""
        axis = _axes("sum", axis, self.data.ndim, keepdims)
        return Tensor.result_of(
            "sum",
            self.data.sum(axis=axis, keepdims=keepdims),
            (self,),
            lambda g, shape=self.shape: (_spread(g, shape, axis, keepdims),),
        )

    @operation
    def mean(self, axis=None, keepdims=False):
        """The mean over all entries, or over `axis`.   Derivative: 1 / n for every one of the n entries that were averaged."""
        axis = _axes("mean", axis, self.data.ndim, keepdims)
        if not self.data.size:
            raise ValueError(f"mean: expected at least one entry. Received shape {self.shape}.")
        value = np.asarray(self.data.mean(axis=axis, keepdims=keepdims))
        n = self.data.size // max(value.size, 1)
        return Tensor.result_of(
            "mean",
            value,
            (self,),
            lambda g, shape=self.shape: (_spread(g, shape, axis, keepdims) / n,),
        )

    @operation
    def max(self, axis=None, keepdims=False):
        """The largest entry, of all or over `axis` (torch: amax).   Derivative: 1 for the largest; equal ones share it evenly."""
        return _extreme("max", np.max, self, axis, keepdims)

    @operation
    def min(self, axis=None, keepdims=False):
        """The smallest entry, of all or over `axis` (torch: amin).   Derivative: 1 for the smallest; equal ones share it evenly."""
        return _extreme("min", np.min, self, axis, keepdims)

    @operation
    def argmax(self, axis=None, keepdims=False):
        """Where the largest entry is: the index of the first, in the flattened tensor or along
        `axis`. Without history.
        """
        return _place("argmax", np.argmax, self, axis, keepdims)

    @operation
    def argmin(self, axis=None, keepdims=False):
        """Where the smallest entry is: the index of the first, in the flattened tensor or along
        `axis`. Without history.
        """
        return _place("argmin", np.argmin, self, axis, keepdims)

    def reshape(self, *shape):
        """The same entries in another shape: reshape(rows, columns), -1 for "whatever is left".   The gradient is reshaped back."""
        shape = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
        try:
            value = self.data.reshape(shape)
        except (ValueError, TypeError):
            raise ValueError(
                f"reshape: expected a shape of {self.data.size} entries, as {self.shape} has."
                f" Received {shape}."
            ) from None
        return Tensor.result_of(
            "reshape", value, (self,), lambda g, before=self.shape: (g.reshape(before),)
        )

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

        index = tuple(map(_plain, index)) if isinstance(index, tuple) else _plain(index)
        places = [
            one
            for one in (index if isinstance(index, tuple) else (index,))
            if isinstance(one, np.ndarray)
        ]
        return Tensor.result_of("[ ]", self.data[index], (self,), derivative, needs=places)

    def __setitem__(self, index, value):
        if _thread.recording and (
            self.requires_grad or isinstance(value, Tensor) and value.requires_grad
        ):
            raise TypeError(
                "x[index] =: expected tensors that require no gradient. Received one that does."
                " Multiply by a mask of 0 and 1 instead, or change the numbers alone: x.data[index]"
                " = 0."
            )
        self.data[tuple(map(_plain, index)) if isinstance(index, tuple) else _plain(index)] = (
            _plain(value)
        )

    # --- the replay ---

    def backward(self):
        """Finds d self / d leaf for every leaf with requires_grad, and adds it to leaf.grad.

        Like torch's it accumulates: call `zero_grad()` before the next batch. Unlike torch's it may
        be called again on the same graph. The gradients on the way live in a dict of this one call,
        so nothing is left behind, and there is no recursion, so a graph may be deep.
        Raises: ValueError when self is not a single number, or does not depend on anything that
        requires a gradient, or when numbers that the gradient depends on have been changed in place
        since the forward pass (see `Tensor`). Then no gradient has been added anywhere.
        Source: lecture, section 3, "Backpropagation".
        """
        if self.data.size != 1:
            raise ValueError(
                f"backward: expected a loss that is one number. Received shape {self.shape}. "
                'Take .sum() or .mean() of it first, or reduction="mean" in the loss.'
            )
        if not self.requires_grad:
            raise ValueError(
                "backward: expected a loss that depends on a Parameter, or on a Tensor with"
                " requires_grad=True. Received one that does not. Was it computed under no_grad(),"
                " or from .data?"
            )
        gradients = {id(self): np.ones_like(self.data)}
        order = self.graph()
        _check_unchanged(order)
        with np.errstate(all="ignore"):
            for node in reversed(order):
                gradient = gradients.pop(id(node), None)
                if gradient is None:  # requires_grad was switched on after the operation
                    continue
                if not node.parents or node._retains_grad:
                    node._accumulate(gradient)
                if not node.parents:
                    continue
                for parent, g in zip(node.parents, node.derivative(gradient)):
                    if parent.requires_grad and g is not None:
                        g = _fit_to(g, parent.data)
                        if g is gradient and not parent.parents:
                            # "+" hands its own gradient on as it is: what a leaf keeps must be its
                            # own
                            g = g.copy()
                        known = gradients.get(id(parent))
                        # A node used twice (fan-out) gets the sum. Never in place: two parents may
                        # have been handed the same array.
                        gradients[id(parent)] = g if known is None else known + g

    def graph(self):
        """All tensors that this one was computed from and that require a gradient, parents before
        children, itself last.
        """
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
        """Asks `backward()` to keep the gradient of this intermediate result too (it keeps those of
        the leaves). As in torch.
        """
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

    def __del__(self, thread=_thread):
        """Frees a long history one tensor after the other. Python by itself would descend to the
        first one, and that overflows the stack of a browser after two thousand operations.
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
    def shape(self):
        return self.data.shape

    @property
    def dtype(self):
        return self.data.dtype

    @property
    def ndim(self):
        return self.data.ndim

    def dim(self):
        """The number of axes, as torch: x.ndim."""
        return self.data.ndim

    def numel(self):
        """The number of entries, as torch: x.data.size."""
        return self.data.size

    def size(self, axis=None):
        """The shape, or the length of one axis, as torch."""
        return self.shape if axis is None else self.shape[_axes("size", axis, self.ndim, False)[0]]

    def detach(self):
        """The same numbers without history, in the same memory. As torch."""
        return Tensor(self.data)

    def numpy(self):
        """The array. As torch's, only of a tensor that requires no gradient: `x.data` is the array
        of any.
        """
        return self.__array__()

    def tolist(self):
        """The entries as nested lists of Python numbers."""
        return self.data.tolist()

    def item(self):
        """The number in a tensor of one entry, as a Python number."""
        if self.data.size != 1:
            raise ValueError(
                f"item: expected a tensor of one entry. Received shape {self.shape}. Use .data for"
                " the array."
            )
        return self.data.item()

    def __len__(self):
        if not self.data.ndim:
            raise TypeError(
                "len: expected a tensor with at least one axis. Received a single number."
            )
        return len(self.data)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __contains__(self, value):
        return (
            bool((self == value).data.any()) if not isinstance(value, (str, type(None))) else False
        )

    def __float__(self):
        return float(self._number("float"))

    def __int__(self):
        return int(self._number("int"))

    def __bool__(self):
        return bool(self._number("bool"))

    def __index__(self):
        if self.dtype.kind not in "iu":
            raise TypeError(
                f"index: expected an integer. Received a Tensor of {self.dtype}. Convert with"
                " int(x)."
            )
        return self._number("index")

    def __round__(self, digits=None):
        return round(self._number("round"), digits)

    def __format__(self, spec):
        if self.ndim and not spec:
            return str(self)
        return format(self._number("format"), spec)

    def _number(self, name):
        if self.data.size != 1:
            cure = (
                "Ask for one truth with .any() or .all()."
                if name == "bool"
                else "Take one entry, x[0], a sum or a mean first."
            )
            raise ValueError(
                f"{name}: expected a tensor of one number. Received shape {self.shape}. {cure}"
            )
        return self.data.item()

    def __array_ufunc__(self, ufunc, method, *inputs, out=(), **settings):
        """What NumPy calls for array * tensor, array == tensor, array += tensor and np.exp(tensor)."""
        if ufunc in OPERATORS and method == "__call__" and not out and not settings:
            a, b = inputs
            return OPERATORS[ufunc](as_tensor(a, like=b), b)
        name = {"absolute": "abs"}.get(ufunc.__name__, ufunc.__name__)
        if not out or any(isinstance(one, Tensor) and one.requires_grad for one in (*inputs, *out)):
            here = f"x.{name}(), or " if name in ("exp", "log", "tanh", "sqrt", "abs") else ""
            raise TypeError(
                f"np.{ufunc.__name__}: expected arrays. Received a Tensor: NumPy would lose its"
                f" history. Write {here}x.data for the numbers alone."
            )
        return getattr(ufunc, method)(*map(_plain, inputs), out=tuple(map(_plain, out)), **settings)

    def __getattr__(self, name):
        """Asked only for what is not there."""
        if name.startswith("_"):
            raise AttributeError(f"Tensor has no attribute {name!r}.")
        cure = INSTEAD.get(name) or (
            f"x.data.{name} for the numbers alone"
            if hasattr(np.ndarray, name)
            else "x.data for the array of numbers"
        )
        raise AttributeError(
            f"Tensor: expected an attribute that a Tensor has. Received {name!r}. Write {cure}."
        )

    def __reduce_ex__(self, protocol):
        if self.parents:
            raise TypeError(
                "copy, pickle: expected a tensor without history. Received the result of an"
                " operation. Copy x.detach(), or the model."
            )
        return super().__reduce_ex__(protocol)

    def __array__(self, dtype=None, copy=None):
        if self.requires_grad:
            raise TypeError(
                "NumPy: expected an array. Received a Tensor that requires a gradient: NumPy would"
                " lose its history. Use .data for the numbers alone."
            )
        return np.array(self.data, dtype=dtype, copy=copy)

    def __repr__(self):
        numbers = np.array2string(
            self.data, precision=4, separator=", ", prefix=type(self).__name__ + "("
        )
        history = (
            f", operation={self.operation!r}"
            if self.operation
            else ", requires_grad=True"
            if self.requires_grad
            else ""
        )
        return f"{type(self).__name__}({numbers}{history})"


OPERATORS = {
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
    "float": CONVERT,
    "double": CONVERT,
    "half": CONVERT,
    "int": CONVERT,
    "long": CONVERT,
    "bool": CONVERT,
    "to": CONVERT,
    "type": CONVERT,
    "astype": CONVERT,
    "cpu": "x as it is: all is computed on the CPU",
    "cuda": "x as it is: all is computed on the CPU",
    "clone": "Tensor(x.data.copy()), or x * 1 to keep the history",
    "copy": "Tensor(x.data.copy()), or x * 1 to keep the history",
    "view": "x.reshape(...)",
    "flatten": "x.reshape(-1)",
    "ravel": "x.reshape(-1)",
    "squeeze": "x.reshape(...)",
    "unsqueeze": "x.reshape(...)",
    "t": "x.T",
    "transpose": "x.T",
    "permute": "x.T",
    "mT": "x.T",
    "pow": "x ** 2",
    "square": "x ** 2",
    "mm": "x @ y",
    "matmul": "x @ y",
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
    "requires_grad_": "x.requires_grad = True",
    "is_leaf": "not x.parents",
    "grad_fn": "x.operation and x.parents",
    "zero_": "x.data[...] = 0",
    "copy_": "x.data[...] = y",
    "fill_": "x.data[...] = y",
    "add_": "x.data += y",
    "sub_": "x.data -= y",
    "mul_": "x.data *= y",
    "div_": "x.data /= y",
}


class Parameter(Tensor):
    """A tensor that learns: `requires_grad` is on, and a Module finds it.

    >>> Parameter([0.5, -0.5])
    Parameter([ 0.5, -0.5], requires_grad=True)
    """

    __slots__ = ()

    def __init__(self, data):
        super().__init__(data, requires_grad=True)


def as_tensor(value, like=None):
    """`value` itself if it is a Tensor, otherwise a Tensor of it. A plain Python number takes the
    dtype of `like`, so float32 stays float32.
    """
    if isinstance(value, Tensor):
        return value
    if like is not None and like.dtype.kind == "f" and type(value) in (int, float):
        try:
            return Tensor(np.asarray(value, dtype=like.dtype))
        except OverflowError:
            raise ValueError(
                f"Tensor: expected numbers that fit into {like.dtype}. Received an integer of"
                f" {value.bit_length()} bits."
            ) from None
    return Tensor(value)


def _operands(symbol, a, b):
    a, b = as_tensor(a), as_tensor(b, like=a)
    if a.shape != b.shape and a.shape and b.shape:
        try:
            np.broadcast_shapes(a.shape, b.shape)
        except ValueError:
            raise ValueError(
                f"{symbol}: expected shapes that are equal, or that differ by leading or unit axes."
                f" Received {a.shape} {symbol} {b.shape}. Reshape one of them, for example to one"
                " column with .reshape(-1, 1)."
            ) from None
    return a, b


def _fit_to(gradient, data):
    """The gradient in the shape and dtype of the operand: what broadcasting repeated is summed
    back.
    """
    if gradient.shape != data.shape:
        leading = gradient.ndim - data.ndim
        stretched = tuple(
            leading + i
            for i, n in enumerate(data.shape)
            if n == 1 and gradient.shape[leading + i] != 1
        )
        gradient = gradient.sum(axis=tuple(range(leading)) + stretched, keepdims=True).reshape(
            data.shape
        )
    return gradient if gradient.dtype == data.dtype else gradient.astype(data.dtype)


def _spread(gradient, shape, axis, keepdims):
    """Undoes a sum: every entry that was summed gets the gradient of the sum."""
    if axis is not None and not keepdims:
        gradient = np.expand_dims(gradient, axis)
    return np.broadcast_to(gradient, shape)


def _axes(name, axis, ndim, keepdims):
    if not isinstance(keepdims, (bool, np.bool_)):
        raise TypeError(
            f"{name}: expected keepdims to be True or False. Received {keepdims!r}. Pass several"
            f" axes as a tuple: {name}((0, 1))."
        )
    if axis is None:
        return None
    axes = axis if isinstance(axis, tuple) else (axis,)
    for one in axes:
        if isinstance(one, bool) or not isinstance(one, (int, np.integer)):
            raise TypeError(
                f"{name}: expected axis to be an integer, a tuple of integers or None. Received"
                f" {axis!r}."
            )
        if not -ndim <= one < ndim:
            raise ValueError(
                f"{name}: expected an axis from {-ndim} to {ndim - 1} for {ndim} axes. Received"
                f" {axis!r}."
            )
    axes = tuple(one % ndim for one in axes)
    if len(set(axes)) != len(axes):
        raise ValueError(f"{name}: expected each axis once. Received {axis!r}.")
    return axes


def _plain(value):
    """The array of a Tensor; anything else as it is."""
    return value.data if isinstance(value, Tensor) else value


def _compared(symbol, compare, a, b):
    try:
        a, b = _operands(symbol, a, b)
        return Tensor(compare(a.data, b.data))
    except TypeError:
        if symbol in ("==", "!="):
            # with something that is no number: Python then asks the other, and after that says
            # False
            return NotImplemented
        if symbol in ("&", "|", "^"):
            raise TypeError(
                f"{symbol}: expected True and False. Received {b!r:.100}. Compare first: (x > 0)"
                f" {symbol} (x < 1)."
            ) from None
        raise


def _extreme(name, function, x, axis, keepdims):
    axis = _axes(name, axis, x.ndim, keepdims)
    if not x.data.size:
        raise ValueError(f"{name}: expected at least one entry. Received shape {x.shape}.")
    value = function(x.data, axis=axis, keepdims=True)

    def derivative(g, x=x.data):
        chosen = x == value
        return (
            _spread(g, x.shape, axis, keepdims) * chosen / chosen.sum(axis=axis, keepdims=True),
        )

    return Tensor.result_of(
        name, value if keepdims else value.squeeze(axis), (x,), derivative, needs=[x.data]
    )


def _place(name, function, x, axis, keepdims):
    axes = _axes(name, axis, x.ndim, keepdims)
    if not x.data.size:
        raise ValueError(f"{name}: expected at least one entry. Received shape {x.shape}.")
    if axes is not None and len(axes) != 1:
        raise TypeError(f"{name}: expected one axis or None. Received {axis!r}.")
    return Tensor(function(x.data, axis=None if axes is None else axes[0], keepdims=keepdims))


def _refuse_in_place(x, symbol):
    if x.requires_grad and not x.parents and _thread.recording:
        raise TypeError(
            f"{symbol}=: expected a tensor that does not learn. Received a leaf that requires a"
            " gradient: its history would begin with an update. Let an optimizer change it, write"
            f" w.data {symbol}= ..., or do it inside `with no_grad():`."
        )


def _in_place(x, symbol, ufunc, out_of_place, other):
    """x += other. Inside no_grad, or where nothing requires a gradient, it changes the numbers of
    x, as in torch. A tensor with a history, or one that now gets one, becomes x + other: another
    name for it keeps the old value (in torch it would see the new one).
    """
    _refuse_in_place(x, symbol)
    a, b = _operands(symbol, x, other)
    if _thread.recording and (x.requires_grad or b.requires_grad):
        return out_of_place(x, b)
    try:
        with np.errstate(all="ignore"):
            ufunc(a.data, b.data, out=x.data)
    except (TypeError, ValueError):
        raise TypeError(
            f"{symbol}=: expected a result of {x.dtype} {x.shape} that can be written to. Received"
            f" {b.dtype} {b.shape} to compute it with. Write x = x {symbol} y for a new tensor."
        ) from None
    return x


def _check_unchanged(nodes):
    seen = {}  # an array that several operations need is looked at once
    for node in nodes:
        for parent, shape in zip(node.parents, node._shapes):
            if parent.data.shape != shape:
                raise ValueError(
                    f"backward: expected .data of shape {shape}, as in the forward pass. Received"
                    f" {parent.data.shape}, assigned since. Compute the loss again."
                )
        for array, before in node._before:
            now = seen.get(id(array))
            if now is None:
                now = seen[id(array)] = _checksum(array)
            if now != before:
                raise ValueError(
                    "backward: expected the numbers of the forward pass. Received an array of"
                    f" shape {array.shape}, needed by "
                    f'"{node.operation}", that has been changed in place since. Compute the loss'
                    " again after changing weights or "
                    "inputs, or fill a new array instead of one that is in use."
                )


BLOCK = 4096
# in no order; np.random would take as long to import as all of the engine
_weights = 1 + np.sin(np.arange(BLOCK)) / 2
WEIGHTS = {dtype: _weights.astype(dtype) for dtype in (np.float32, np.float64)}


def _checksum(array):
    """Bytes that change when the array changes: those of its entries, or, of a large one, of a
    weighted sum of each 4096 of them. To look at all of a large array twice would cost as much as
    computing with it. Weighted, so that shuffled entries or opposite signs do not cancel.
    """
    if array.size <= BLOCK:
        return array.tobytes()
    flat = array.ravel(order="K")
    whole = flat.size // BLOCK * BLOCK
    weights = WEIGHTS[np.float32 if array.dtype == np.float32 else np.float64]
    return np.vecdot(flat[:whole].reshape(-1, BLOCK), weights).tobytes() + flat[whole:].tobytes()
