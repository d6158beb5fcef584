"""Owns parameters and maps inputs to outputs: Module, Dense, Sequential."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from . import checks, functional
from .checks import expects
from .tensor import Parameter, Tensor, TensorLike

Array = NDArray[Any]
Function = Callable[[Any], Any]
Saved = Mapping[str, Any]

ACTIVATIONS = {
    "relu": functional.relu,
    "sigmoid": functional.sigmoid,
    "tanh": functional.tanh,
    "softmax": functional.softmax,
}


class Module:
    """Something with parameters that maps inputs to outputs.

    Write your own: assign Parameters and Modules (or lists of them) to attributes, and define
    `forward(self, inputs)`. `model(inputs)` calls it.

    Attributes
    ----------
    unnamed : tuple of str
        The attributes whose name is left out of the names of the parameters in them.

    Examples
    --------
    >>> class Scale(Module):
    ...     def __init__(self):
    ...         self.factor = Parameter([2.0])
    ...
    ...     def forward(self, inputs):
    ...         return inputs * self.factor
    >>> Scale()(Tensor([3.0])).tolist()
    [6.0]
    """

    unnamed: tuple[str, ...] = ()

    def forward(self, inputs: Any) -> Any:
        """Compute the outputs.

        Parameters
        ----------
        inputs : Tensor or array_like
            What the module takes.

        Returns
        -------
        Tensor
            What it makes of them.

        Raises
        ------
        NotImplementedError
            If the class does not define it.

        Examples
        --------
        >>> Sequential(functional.relu).forward(Tensor([-1.0, 2.0])).tolist()
        [0.0, 2.0]
        """
        raise NotImplementedError(
            f"{type(self).__name__}: define forward(self, inputs), which computes the outputs."
        )

    def __call__(self, inputs: Any) -> Any:
        """Compute the outputs: model(inputs)."""
        return self.forward(inputs)

    def named_parameters(self) -> list[tuple[str, Parameter]]:
        """List all parameters with their names, in order of definition.

        Returns
        -------
        list of (str, Parameter)
            Each parameter once: a layer used twice has one kernel.

        Notes
        -----
        The name is the way to it, "layers.0.kernel" for self.layers[0].kernel. In a Sequential it
        is "0.kernel", as in torch.

        Examples
        --------
        >>> model = Sequential(Dense(3, 2, rng=np.random.default_rng(0)))
        >>> [name for name, parameter in model.named_parameters()]
        ['0.kernel', '0.bias']
        """
        found: list[tuple[str, Parameter]] = []
        seen: set[int] = set()
        waiting: list[tuple[str, Any]] = [("", self)]
        while waiting:
            name, item = waiting.pop()
            if id(item) in seen:
                continue
            seen.add(id(item))
            if isinstance(item, Parameter):
                found.append((name, item))
                continue
            inside = vars(item) if isinstance(item, Module) else item
            pairs = inside.items() if isinstance(inside, dict) else enumerate(inside)
            left_out = item.unnamed if isinstance(item, Module) else ()
            waiting += [
                (name if key in left_out else f"{name}.{key}" if name else str(key), value)
                for key, value in pairs
                if isinstance(value, (Parameter, Module, list, tuple, dict))
            ][::-1]
        return found

    def parameters(self) -> list[Parameter]:
        """List all parameters, those of the modules inside too, in order of definition.

        Returns
        -------
        list of Parameter
            Each once: a layer used twice has one kernel.

        Notes
        -----
        To freeze one, set `parameter.requires_grad = False` before the forward pass: it gets no
        gradient, and optimizers leave it as it is.

        Examples
        --------
        >>> model = Sequential(Dense(3, 2, rng=np.random.default_rng(0)))
        >>> [parameter.shape for parameter in model.parameters()]
        [(3, 2), (2,)]
        """
        return [parameter for name, parameter in self.named_parameters()]

    def state_dict(self) -> dict[str, Array]:
        """Return all that was learned: {"0.kernel": array, "0.bias": array, ...}.

        Returns
        -------
        dict of array
            By the names of `named_parameters`. The arrays are those of the parameters, as in torch,
            and change when training goes on: copy.deepcopy keeps a moment.

        Examples
        --------
        They go into a file and back in this way:

        >>> import os, tempfile
        >>> model = Sequential(Dense(3, 2, rng=np.random.default_rng(0)))
        >>> path = os.path.join(tempfile.mkdtemp(), "model.npz")
        >>> np.savez(path, **model.state_dict())

        >>> again = Sequential(Dense(3, 2, rng=np.random.default_rng(1)))
        >>> with np.load(path) as file:
        ...     again.load_state_dict(file)
        >>> bool((again.layers[0].kernel == model.layers[0].kernel).all())
        True
        """
        return {name: parameter.data for name, parameter in self.named_parameters()}

    def load_state_dict(self, state_dict: Saved) -> None:
        """Copy the arrays of a `state_dict()` into the parameters, which keep their dtype.

        Parameters
        ----------
        state_dict : mapping of str to array
            What `state_dict()` gave, or a file opened with np.load.

        Raises
        ------
        TypeError
            If it is not a dict of arrays of real numbers.
        ValueError
            If a name is missing or too many, or if a shape is another. Then nothing has changed.

        Examples
        --------
        >>> model = Sequential(Dense(1, 1, rng=np.random.default_rng(0)))
        >>> model.load_state_dict({"0.kernel": [[2.0]], "0.bias": [1.0]})
        >>> model([[3.0]]).tolist()
        [[7.0]]
        """
        parameters = dict(self.named_parameters())
        checks.saved_names("load_state_dict", state_dict, list(parameters))
        arrays = {}
        for name, parameter in parameters.items():
            saved = state_dict[name]
            array = saved.data if isinstance(saved, Tensor) else saved
            arrays[name] = checks.saved_array("load_state_dict", name, array, parameter.shape)
        for name, parameter in parameters.items():
            parameter.data[...] = _cast(arrays[name], parameter.dtype)

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters.

        Examples
        --------
        >>> model = Sequential(Dense(3, 2, rng=np.random.default_rng(0)))
        >>> model([[1.0, 2.0, 3.0]]).sum().backward()
        >>> model.zero_grad()
        >>> model.parameters()[0].grad is None
        True
        """
        for parameter in self.parameters():
            parameter.zero_grad()

    @property
    def parameter_count(self) -> int:
        """How many numbers the training adjusts.

        Examples
        --------
        >>> Dense(784, 10, rng=np.random.default_rng(0)).parameter_count
        7850
        """
        return sum(parameter.data.size for parameter in self.parameters())


class Dense(Module):
    """output = activation(dot(input, kernel) + bias).

    Parameters
    ----------
    in_features : int
        The length of each input row, from 1.
    units : int
        The length of each output row, from 1.
    activation : str, callable or None
        "relu", "sigmoid", "tanh", "softmax", or a function of a Tensor. Leave it None in the last
        layer before `cross_entropy`, which takes logits.
    rng : numpy.random.Generator
        Where the random weights come from, for example np.random.default_rng(0).
    dtype : dtype
        That of the parameters: float32 for networks, float64 to compare with finite differences.

    Attributes
    ----------
    kernel : Parameter (in_features, units)
        The weights.
    bias : Parameter (units,)
        One number for each unit.
    activation : callable or None
        The function of a Tensor.

    Raises
    ------
    TypeError
        If in_features or units are no integers, activation neither a name nor a function, rng no
        Generator, or dtype no float type.
    ValueError
        If in_features or units are below 1, or there is no activation of that name.

    Notes
    -----
    Initially kernel and bias are random: uniform between -1 / sqrt(in_features) and
    1 / sqrt(in_features), the "commonly used heuristic" of Glorot and Bengio 2010, and the default
    of torch.nn.Linear. An output before its activation is then about 0.58 times as large as an
    input: the standard deviation of such a kernel is 1 / sqrt(3 in_features). Keras: Glorot uniform
    and a bias of zeros.

    Source: lecture, section 1. kernel is Keras's name and shape; the slide's (2 x 3) W is kernel.T,
    as is torch's Linear.weight.

    Examples
    --------
    >>> layer = Dense(3, 2, "relu", rng=np.random.default_rng(0))
    >>> layer.kernel.shape, layer.bias.shape, layer(np.ones((5, 3))).shape
    ((3, 2), (2,), (5, 2))
    """

    @expects(
        in_features=checks.integer(),
        units=checks.integer(),
        activation=checks.named_function(*ACTIVATIONS),
        rng=checks.generator,
        dtype=checks.float_type,
    )
    def __init__(
        self,
        in_features: int,
        units: int,
        activation: str | Function | None = None,
        *,
        rng: np.random.Generator,
        dtype: DTypeLike = np.float32,
    ) -> None:
        limit = 1 / math.sqrt(in_features)
        self.kernel = Parameter(rng.uniform(-limit, limit, (in_features, units)).astype(dtype))
        self.bias = Parameter(rng.uniform(-limit, limit, units).astype(dtype))
        self.activation = ACTIVATIONS[activation] if isinstance(activation, str) else activation

    def forward(self, inputs: TensorLike) -> Tensor:
        """Compute the outputs.

        Parameters
        ----------
        inputs : Tensor or array_like (batch, in_features)
            Rows are samples. A Tensor has the layer's dtype; an array is converted to it.

        Returns
        -------
        Tensor (batch, units)
            The outputs.

        Raises
        ------
        TypeError
            If inputs are no real numbers, or a Tensor of another dtype.
        ValueError
            If inputs have another shape.

        Examples
        --------
        >>> Dense(3, 2, rng=np.random.default_rng(0)).forward(np.ones((5, 3))).shape
        (5, 2)
        """
        dtype = self.kernel.dtype
        if isinstance(inputs, Tensor):
            checks.same_dtype("Dense", inputs.dtype, dtype)
        else:
            inputs = Tensor(inputs)
            if inputs.dtype != dtype:
                inputs = Tensor(_cast(inputs.data, dtype))
        outputs = functional.dense(inputs, self.kernel, self.bias)
        return outputs if self.activation is None else self.activation(outputs)

    def __repr__(self) -> str:
        """Write the widths, the activation and the number of parameters."""
        in_features, units = self.kernel.shape
        name = f", {getattr(self.activation, '__name__', self.activation)}"
        shown = "" if self.activation is None else name
        return f"Dense({in_features} -> {units}{shown}: {self.parameter_count:,} parameters)"


class Sequential(Module):
    """Sequential(f, g, h)(x) = h(g(f(x))).

    Parameters
    ----------
    *layers : Module or callable
        Modules, or functions of a Tensor, in the order in which the input meets them.

    Attributes
    ----------
    layers : list of callable
        The same.

    Raises
    ------
    TypeError
        If one cannot be called, or is a class.
    ValueError
        If there is none.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> Sequential(Dense(3, 4, "relu", rng=rng), Dense(4, 2, rng=rng))(np.ones((5, 3))).shape
    (5, 2)
    """

    unnamed = ("layers",)

    def __init__(self, *layers: Function) -> None:
        checks.layers("Sequential", layers)
        self.layers: list[Function] = list(layers)

    def forward(self, inputs: Any) -> Any:
        """Compute the outputs: each layer takes what the one before it gave.

        Parameters
        ----------
        inputs : Tensor or array_like
            What the first layer takes.

        Returns
        -------
        Tensor
            What the last layer gives.

        Examples
        --------
        >>> Sequential(functional.relu, functional.tanh).forward(Tensor([-1.0, 0.0])).tolist()
        [0.0, 0.0]
        """
        for layer in self.layers:
            inputs = layer(inputs)
        return inputs

    def __repr__(self) -> str:
        """Write all layers."""
        names = [getattr(layer, "__name__", repr(layer)) for layer in self.layers]
        return f"Sequential({', '.join(names)})"


def _cast(array: Array, dtype: np.dtype[Any]) -> Array:
    """Convert to dtype: what is too big for float32 becomes inf, without a warning."""
    with np.errstate(over="ignore"):
        return array.astype(dtype)
