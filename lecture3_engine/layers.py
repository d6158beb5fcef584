"""Owns parameters and maps inputs to outputs: Module, Dense, Sequential."""

import math
from collections.abc import Mapping

import numpy as np

from . import functional
from .tensor import Parameter, Tensor

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
    """

    def forward(self, inputs):
        raise NotImplementedError(
            f"{type(self).__name__}: define forward(self, inputs), which computes the outputs."
        )

    def __call__(self, inputs):
        return self.forward(inputs)

    _unnamed = ()  # attributes whose name is left out of the names of the parameters in them

    def named_parameters(self):
        """A list of (name, parameter), each parameter once: a layer used twice has one kernel. In
        order of definition.

        The name is the way to it, "layers.0.kernel" for self.layers[0].kernel. In a Sequential, as
        in torch, it is "0.kernel".
        """
        found, seen = [], set()
        waiting = [("", self)]
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
            left_out = item._unnamed if isinstance(item, Module) else ()
            waiting += [
                (name if key in left_out else f"{name}.{key}" if name else str(key), value)
                for key, value in pairs
                if isinstance(value, (Parameter, Module, list, tuple, dict))
            ][::-1]
        return found

    def parameters(self):
        """All parameters, those of the modules inside too, each once: a layer used twice has one
        kernel. In order of definition.

        To freeze one, set `parameter.requires_grad = False` before the forward pass: it gets no
        gradient, and optimizers leave it as it is.
        """
        return [parameter for name, parameter in self.named_parameters()]

    def state_dict(self):
        """All that was learned: {"0.kernel": array, "0.bias": array, ...}

        Names as torch's. The arrays are those of the parameters, as in torch, and change when
        training goes on: copy.deepcopy keeps a moment. They go into a file and back in this way:

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

    def load_state_dict(self, state_dict):
        """Copies the arrays of a `state_dict()`, or of a file opened with np.load, into the
        parameters, which keep their dtype.

        Raises: TypeError if it is not a dict of arrays of numbers, ValueError for a name that is
        missing or too many, and for another shape. Then nothing has changed.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(
                "load_state_dict: expected a dict of arrays by name. Received"
                f" {type(state_dict).__name__}. Pass model.state_dict(), or np.load(path) of a file"
                " that was written with np.savez(path, **model.state_dict())."
            )
        parameters = dict(self.named_parameters())
        missing, unexpected = (
            [name for name in parameters if name not in state_dict],
            [name for name in state_dict if name not in parameters],
        )
        if missing or unexpected:
            raise ValueError(
                f"load_state_dict: expected arrays for {', '.join(parameters) or 'no parameters'}."
                " Received "
                + " and ".join(
                    ["none for " + ", ".join(missing)] * bool(missing)
                    + [", ".join(map(str, unexpected)) + " too many"] * bool(unexpected)
                )
                + ". Build the same model as the one that was saved."
            )
        arrays = {
            name: _state(name, state_dict[name], parameter)
            for name, parameter in parameters.items()
        }
        for name, parameter in parameters.items():
            parameter.data[...] = arrays[name]

    def zero_grad(self):
        """Forgets the gradients of all parameters."""
        for parameter in self.parameters():
            parameter.zero_grad()

    @property
    def parameter_count(self):
        """How many numbers the training adjusts."""
        return sum(parameter.data.size for parameter in self.parameters())


class Dense(Module):
    """output = activation(dot(input, kernel) + bias)

    Args:
        in_features: length of each input row.
        units: length of each output row.
        activation: None, "relu", "sigmoid", "tanh", "softmax", or a function of a Tensor. Leave it
            None in the last layer before `cross_entropy`, which takes logits.
        rng: a NumPy Generator, for example np.random.default_rng(0): where the random weights come
            from.
        dtype: of the parameters: float32 for networks, float64 to compare with finite differences.
    Attributes:
        kernel: Parameter (in_features, units).        bias: Parameter (units,).
    Input: a Tensor of the layer's dtype, or an array, which is converted to it, of shape (batch,
    in_features): rows are samples.
    Raises: ValueError, TypeError that say what was expected.

    Initially both are random: uniform between -1 / sqrt(in_features) and 1 / sqrt(in_features), so
    that an output is about as large as an input (LeCun et al. 1998, "Efficient BackProp", section
    4.6; the same as torch.nn.Linear. Keras: Glorot uniform and a bias of zeros).
    Source: lecture, section 1. kernel is Keras's name and shape; the slide's (2 x 3) W is kernel.T,
    as is torch's Linear.weight.

    >>> layer = Dense(3, 2, "relu", rng=np.random.default_rng(0))
    >>> layer.kernel.shape, layer.bias.shape, layer(np.ones((5, 3))).shape
    ((3, 2), (2,), (5, 2))
    """

    def __init__(self, in_features, units, activation=None, *, rng, dtype=np.float32):
        for name, value in (("in_features", in_features), ("units", units)):
            if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
                raise TypeError(
                    f"Dense: expected {name} to be a positive integer. Received {value!r}."
                )
            if value < 1:
                raise ValueError(
                    f"Dense: expected {name} to be a positive integer. Received {value!r}."
                )
        if not isinstance(rng, np.random.Generator):
            raise TypeError(
                f"Dense: expected rng to be a NumPy Generator. Received {rng!r}. Pass"
                " rng=np.random.default_rng(0)."
            )
        if isinstance(activation, type) or not (
            activation is None or callable(activation) or isinstance(activation, str)
        ):
            raise TypeError(
                "Dense: expected activation to be None, a name or a function. Received"
                f" {activation!r}."
            )
        if isinstance(activation, str) and activation not in ACTIVATIONS:
            raise ValueError(
                f"Dense: expected activation to be None, {', '.join(map(repr, ACTIVATIONS))}, or a"
                f" function. Received {activation!r}."
            )
        try:
            kind = np.dtype(dtype).kind
        except (TypeError, ValueError):
            kind = "none"
        if kind != "f" or dtype is None:
            raise TypeError(
                f"Dense: expected dtype to be a float type. Received {dtype!r}. Pass np.float32 or"
                " np.float64."
            )
        limit = 1 / math.sqrt(in_features)
        self.kernel = Parameter(rng.uniform(-limit, limit, (in_features, units)).astype(dtype))
        self.bias = Parameter(rng.uniform(-limit, limit, units).astype(dtype))
        self.activation = ACTIVATIONS[activation] if isinstance(activation, str) else activation

    def forward(self, inputs):
        dtype = self.kernel.dtype
        if not isinstance(inputs, Tensor):
            inputs = Tensor(inputs)
            if inputs.dtype != dtype:
                with np.errstate(over="ignore"):  # what is too big for float32 becomes inf
                    inputs = Tensor(inputs.data.astype(dtype))
        elif inputs.dtype != dtype:
            raise TypeError(
                f"Dense: expected a Tensor of {dtype}, as the kernel. Received {inputs.dtype}. Make"
                f" it with Tensor(x.astype(np.{dtype})), or the layer with dtype=np.{inputs.dtype}."
            )
        outputs = functional.dense(inputs, self.kernel, self.bias)
        return outputs if self.activation is None else self.activation(outputs)

    def __repr__(self):
        in_features, units = self.kernel.shape
        name = (
            ""
            if self.activation is None
            else f", {getattr(self.activation, '__name__', self.activation)}"
        )
        return f"Dense({in_features} -> {units}{name}: {self.parameter_count:,} parameters)"


class Sequential(Module):
    """Sequential(f, g, h)(x) = h(g(f(x)))

    Args: layers: Modules, or functions of a Tensor, in the order in which the input meets them.
    Raises: TypeError for something that cannot be called, ValueError for no layer.
    """

    _unnamed = ("layers",)

    def __init__(self, *layers):
        if not layers:
            raise ValueError("Sequential: expected at least one layer. Received none.")
        for layer in layers:
            if not callable(layer) or isinstance(layer, type):
                raise TypeError(
                    f"Sequential: expected layers, one after the other. Received {layer!r}."
                    + (
                        " Unpack the list: Sequential(*layers)."
                        if isinstance(layer, (list, tuple))
                        else (
                            " Make a layer of the class first, for example Dense(784, 10, rng=rng)."
                            if isinstance(layer, type)
                            else ""
                        )
                    )
                )
        self.layers = list(layers)

    def forward(self, inputs):
        for layer in self.layers:
            inputs = layer(inputs)
        return inputs

    def __repr__(self):
        return (
            "Sequential("
            + ", ".join(getattr(layer, "__name__", repr(layer)) for layer in self.layers)
            + ")"
        )


def _state(name, value, parameter):
    try:
        array = np.asarray(value.data if isinstance(value, Tensor) else value)
    except ValueError:  # rows of unequal length
        array = np.asarray(None)
    if array.dtype.kind not in "fiu":
        raise TypeError(
            f"load_state_dict: expected {name} to be an array of real numbers. Received"
            f" {value!r:.100}."
        )
    if array.shape != parameter.shape:
        cure = (
            f" It looks transposed: torch's weight is the transpose of the kernel, pass {name}.T."
            if array.shape == parameter.shape[::-1]
            else " Build the same model as the one that was saved."
        )
        raise ValueError(
            f"load_state_dict: expected {name} of shape {parameter.shape}. Received"
            f" {array.shape}.{cure}"
        )
    with np.errstate(over="ignore"):  # what is too big for float32 becomes inf
        return array.astype(parameter.dtype)
