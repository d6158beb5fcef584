"""Turns gradients into steps, simplest first: SGD, Adagrad, RMSprop, Adam, AdamW.

An optimizer knows two things of a parameter: `.data`, which it changes in place, and `.grad`, which
`backward()` left there. All rules work entry by entry, so every hyperparameter may also be an array
that broadcasts against the parameter: then one call walks thousands of descents at once.

In the formulas g is the gradient, w the parameter, t the number of its step, from 1. Products and
roots are entry by entry.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from .checks import (
    Rule,
    flag,
    gradients,
    integer,
    number_or_array,
    of_shape,
    pair,
    parameters,
    remembered,
    saved_optimizer,
    suits,
)

Array = NDArray[Any]
Params = Iterable[Any]  # of anything with .data and .grad
Number = float | Array  # a hyperparameter: one for all entries, or one for each

ORDER = "The order is (params, lr, ...)."
POSITIVE = number_or_array(above=0, cure=ORDER)
NOT_NEGATIVE = number_or_array(at_least=0, cure=ORDER)
FRACTION = number_or_array(at_least=0, below=1, cure=ORDER)
FRACTIONS = pair(FRACTION, "Try betas=(0.9, 0.999).")
SWITCH = flag("Name the settings: nesterov=True.")


class Optimizer:
    """What all optimizers share. A subclass changes the parameter in `update`.

    Parameters
    ----------
    params : iterable of Parameter
        What to change: anything with `.data`, an array of floats, and `.grad`. One without a
        gradient, for example a frozen one, stays as it is.
    lr : float or array
        The learning rate, above 0.
    weight_decay : float or array
        At least 0, see `decayed`.
    **others
        The other hyperparameters of a subclass.

    Attributes
    ----------
    params : list
        The parameters.
    state : list of dict
        What the optimizer remembers of each parameter, by name: "velocity", "mean_square", ...

    Raises
    ------
    TypeError
        If params are no parameters of floats, or a hyperparameter is no number.
    ValueError
        If there is nothing to learn, a parameter is there twice, is the result of an operation or
        is read-only, or a hyperparameter is out of its range or does not fit the parameters. Each
        hyperparameter is checked again whenever it is set.

    Examples
    --------
    A rule of your own needs an `update` only:

    >>> class Signs(Optimizer):
    ...     def update(self, w, g):
    ...         w -= self.lr * np.sign(g)
    >>> from lecture3_engine import Parameter
    >>> w = Parameter([1.0, 2.0])
    >>> w.grad = np.array([30.0, -0.5])
    >>> Signs([w], lr=0.25).step()
    >>> w.data
    array([0.75, 2.25])
    """

    hyperparameters: ClassVar[dict[str, Rule]] = {"lr": POSITIVE, "weight_decay": NOT_NEGATIVE}
    lr: Number
    weight_decay: Number

    def __init__(
        self, params: Params, lr: Number, weight_decay: Number = 0.0, **others: Any
    ) -> None:
        self.params = parameters(type(self).__name__, "params", params)
        for name, value in {"lr": lr, "weight_decay": weight_decay, **others}.items():
            setattr(self, name, value)
        self.state: list[dict[str, Any]] = [{} for _ in self.params]
        self.remember()

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; a hyperparameter is checked first."""
        if name in self.hyperparameters:
            value = self.hyperparameters[name](type(self).__name__, name, value)
            suits(self, name, value)
        object.__setattr__(self, name, value)
        if name in self.hyperparameters and "state" in vars(self):
            self.remember()  # a momentum that is switched on needs a velocity

    def zero_grad(self) -> None:
        """Forget the gradients: without it the next `backward()` adds to them."""
        for p in self.params:
            p.grad = None

    def step(self) -> None:
        """Update every parameter that has a gradient, in place.

        Raises
        ------
        TypeError
            If a gradient is no array of real numbers. Then nothing has changed.
        ValueError
            If no parameter has a gradient, which means that `loss.backward()` was not called, or if
            a gradient does not fit its parameter. Then nothing has changed.
        """
        gradients(f"{type(self).__name__}.step", self.params, self.state)
        # Weights that overflow are for `fit` and `descend` to explain.
        with np.errstate(all="ignore"):
            self.step_unchecked()

    def step_unchecked(self) -> None:
        """Make the step alone.

        For a loop that looks after its gradients itself and enters np.errstate once for all steps.
        """
        for i, p in enumerate(self.params):
            w, g, state = p.data, p.grad, self.state[i]
            if g is None:
                continue
            if "t" in state:
                state["t"] += 1
            if w.size <= PIECE:
                self.update(w, self.decayed(w, g), **state)
            else:
                for piece, its_g, its_state in _pieces(self, w, g, state):
                    self.update(piece, self.decayed(piece, its_g), **its_state)

    def decayed(self, w: Array, g: Array) -> Array:
        """g + weight_decay * w.

        The gradient of loss + weight_decay / 2 * sum of w^2 ("L2 regularisation").

        Parameters
        ----------
        w : array
            The parameter.
        g : array, of the shape of w
            Its gradient.

        Returns
        -------
        array, of the shape of w
            What `update` gets for g.
        """
        if isinstance(self.weight_decay, float) and self.weight_decay == 0:
            return g
        decayed: Array = g + self.weight_decay * w
        return decayed

    def update(self, w: Array, g: Array, *args: Any, **state: Any) -> None:
        """Change w, and what is remembered of it, in place: the rule.

        Parameters
        ----------
        w : array
            The parameter.
        g : array, of the shape of w
            Its gradient.
        *args
            Nothing: for type checkers, to which a rule with names of its own is then one, too.
        **state
            What `remembers` names.

        Raises
        ------
        NotImplementedError
            Where a subclass does not define it.
        """
        raise NotImplementedError(
            f"{type(self).__name__}: define update(self, w, g, **state), which changes the array w"
            " in place, for example w -= self.lr * g."
        )

    @property
    def remembers(self) -> tuple[str, ...]:
        """What `update` gets beside w and g.

        Names of arrays of the shape of w, which start with zeros, and "t", which counts the
        parameter's steps.
        """
        return ()

    def remember(self) -> None:
        """Start to remember what `remembers` names, where that is not remembered yet."""
        for p, state in zip(self.params, self.state, strict=False):  # `step` counts them
            for name in self.remembers:
                if name not in state:
                    state[name] = 0 if name == "t" else np.zeros_like(p.data)

    def state_dict(self) -> dict[str, Any]:
        """Return all that the optimizer needs to go on later.

        Returns
        -------
        dict
            {"state": {0: {...}, 1: {...}}, "param_groups": [{"lr": ..., "params": [0, 1]}]}

        Notes
        -----
        torch's layout, with one group, as all parameters have the same hyperparameters. Two
        differences: the names in "state" are those of the formulas ("m", "t" for torch's "exp_avg",
        "step"), and the arrays are copies, which do not change when training goes on. The weights
        are not in it: save them with it.

        Examples
        --------
        Arrays and numbers go into a file with np.savez, under a name for each, and come back in
        this way:

        >>> import os, tempfile
        >>> from lecture3_engine import Parameter
        >>> w = Parameter([1.0])
        >>> optimizer = SGD([w], lr=0.1, momentum=0.9)
        >>> w.grad = np.array([0.5])
        >>> optimizer.step()
        >>> path = os.path.join(tempfile.mkdtemp(), "optimizer.npz")
        >>> state = optimizer.state_dict()["state"]
        >>> np.savez(
        ...     path, **{f"{i}.{name}": value for i in state for name, value in state[i].items()}
        ... )

        >>> again = SGD([w], lr=0.1, momentum=0.9)
        >>> saved = again.state_dict()
        >>> with np.load(path) as file:
        ...     for key in file:
        ...         i, name = key.split(".")
        ...         saved["state"][int(i)][name] = file[key]
        >>> again.load_state_dict(saved)
        >>> again.state
        [{'velocity': array([-0.05])}]
        """
        group = copy.deepcopy(_settings(self)) | {"params": list(range(len(self.params)))}
        return {"state": copy.deepcopy(dict(enumerate(self.state))), "param_groups": [group]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what an optimizer of the same kind remembered, and its hyperparameters.

        Parameters
        ----------
        state_dict : dict
            What its `state_dict()` gave.

        Raises
        ------
        TypeError, ValueError
            If it comes from another kind of optimizer or from other parameters. Then nothing has
            changed.
        """
        caller = f"{type(self).__name__}.load_state_dict"
        settings = list(_settings(self))
        group, states = saved_optimizer(caller, state_dict, settings, len(self.params))
        # A second optimizer takes it all over: this one changes when all has been checked.
        loaded = object.__new__(type(self))
        loaded.params = self.params
        for name, value in group.items():
            setattr(loaded, name, copy.deepcopy(value))
        possible = {*inspect.signature(self.update).parameters, *loaded.remembers}
        for i, (saved, now) in enumerate(zip(states, self.state, strict=True)):
            remembered(f"{caller}: parameter {i}", saved, loaded.remembers, possible | set(now))
        loaded.state = [
            _restored(f"{caller}: parameter {i}", saved, self.params[i].data, self.state[i])
            for i, saved in enumerate(states)
        ]
        vars(self).update(vars(loaded))


class SGD(Optimizer):
    """w = w - lr * g + momentum * (w - w_previous).

    With velocity = w - w_previous, which starts at 0, this is:

        velocity = momentum * velocity - lr * g
        w = w + velocity            (nesterov: w = w + momentum * velocity - lr * g)

    Parameters
    ----------
    params : iterable of Parameter
        For example model.parameters().
    lr : float or array
        Learning rate, above 0.
    momentum : float or array
        The lecture's beta, from 0 (plain gradient descent) to below 1.
    nesterov : bool
        Look ahead: take the new velocity's momentum now. Needs momentum.
    weight_decay : float or array
        At least 0, see `Optimizer.decayed`.

    Raises
    ------
    TypeError, ValueError
        See `Optimizer`; also if nesterov is on and momentum 0.

    Notes
    -----
    Source: lecture, section 3, "Momentum": the heavy ball of Polyak (1964); nesterov as in
    Sutskever et al. (2013). Keras does the same. torch keeps buffer = momentum * buffer + g and
    takes w = w - lr * buffer: the same path while lr is constant. When lr changes during training,
    torch scales the whole remembered step at once, and this one only what is added from now on.

    Examples
    --------
    >>> from lecture3_engine import Parameter
    >>> w = Parameter([1.0])
    >>> optimizer = SGD([w], lr=0.25, momentum=0.5)
    >>> for _ in range(3):
    ...     w.grad = np.array([1.0])
    ...     optimizer.step()
    ...     print(w.data)
    [0.75]
    [0.375]
    [-0.0625]
    """

    hyperparameters = Optimizer.hyperparameters | {"momentum": FRACTION, "nesterov": SWITCH}
    momentum: Number
    nesterov: bool

    def __init__(
        self,
        params: Params,
        lr: Number,
        momentum: Number = 0.0,
        nesterov: bool = False,
        weight_decay: Number = 0.0,
    ) -> None:
        super().__init__(params, lr, weight_decay, momentum=momentum, nesterov=nesterov)

    def update(self, w: Array, g: Array, velocity: Array | None = None) -> None:
        """Change w and velocity."""
        if velocity is None:  # no momentum: plain gradient descent
            w -= self.lr * g
            return
        velocity *= self.momentum
        velocity -= self.lr * g
        w += velocity
        if self.nesterov:
            # w has moved by the new velocity; it should move by momentum * velocity - lr * g.
            w += (self.momentum - 1) * velocity - self.lr * g

    @property
    def remembers(self) -> tuple[str, ...]:
        """A velocity, where there is momentum."""
        return ("velocity",) if np.any(self.momentum) else ()


class Adagrad(Optimizer):
    """sum_square = sum_square + g^2,   w = w - lr * g / (sqrt(sum_square) + eps).

    A learning rate of its own for each weight, which shrinks as gradients add up: weights that
    rarely get a gradient keep making large steps.

    Parameters
    ----------
    params : iterable of Parameter
        For example model.parameters().
    lr : float or array
        Learning rate, above 0.
    weight_decay : float or array
        At least 0, see `Optimizer.decayed`.
    eps : float or array
        At least 0: keeps the quotient finite.

    Raises
    ------
    TypeError, ValueError
        See `Optimizer`.

    Notes
    -----
    Source: Duchi, Hazan, Singer (2011). Names and defaults as torch; Keras starts sum_square at 0.1
    and has lr 0.001.

    Examples
    --------
    >>> from lecture3_engine import Parameter
    >>> w = Parameter([1.0, 1.0])
    >>> optimizer = Adagrad([w], lr=0.5)
    >>> w.grad = np.array([0.1, 1000.0])
    >>> optimizer.step()
    >>> w.data.round(6)
    array([0.5, 0.5])
    """

    hyperparameters = Optimizer.hyperparameters | {"eps": NOT_NEGATIVE}
    remembers = ("sum_square",)
    eps: Number

    def __init__(
        self,
        params: Params,
        lr: Number = 0.01,
        weight_decay: Number = 0.0,
        eps: Number = 1e-10,
    ) -> None:
        super().__init__(params, lr, weight_decay, eps=eps)

    def update(self, w: Array, g: Array, sum_square: Array) -> None:
        """Change w and sum_square."""
        sum_square += g * g
        w -= self.lr * g / (np.sqrt(sum_square) + self.eps)


class RMSprop(Optimizer):
    """w = w - lr * g / (sqrt(mean_square) + eps).

    Adagrad that forgets: it divides by the root of a running mean of g^2:

        mean_square = alpha * mean_square + (1 - alpha) * g^2

    so the steps do not shrink for ever.

    Parameters
    ----------
    params : iterable of Parameter
        For example model.parameters().
    lr : float or array
        Learning rate, above 0.
    alpha : float or array
        How much of the mean is kept in each step, from 0 to below 1.
    eps : float or array
        At least 0: keeps the quotient finite.
    weight_decay : float or array
        At least 0, see `Optimizer.decayed`.
    momentum : float or array
        From 0 to below 1. Makes the quotient a velocity: velocity = momentum * velocity + quotient,
        w = w - lr * velocity.

    Raises
    ------
    TypeError, ValueError
        See `Optimizer`.

    Notes
    -----
    Source: Tieleman and Hinton, Coursera lecture 6.5 (2012). Names and defaults as torch; Keras
    calls alpha rho, has 0.9 and lr 0.001, and adds eps inside the root.

    Examples
    --------
    >>> from lecture3_engine import Parameter
    >>> w = Parameter([1.0, 1.0])
    >>> optimizer = RMSprop([w], lr=0.5, alpha=0.75)
    >>> w.grad = np.array([0.1, 1000.0])
    >>> optimizer.step()
    >>> w.data.round(4)
    array([0., 0.])
    """

    hyperparameters = Optimizer.hyperparameters | {
        "alpha": FRACTION,
        "eps": NOT_NEGATIVE,
        "momentum": FRACTION,
    }
    alpha: Number
    eps: Number
    momentum: Number

    def __init__(
        self,
        params: Params,
        lr: Number = 0.01,
        alpha: Number = 0.99,
        eps: Number = 1e-8,
        weight_decay: Number = 0.0,
        momentum: Number = 0.0,
    ) -> None:
        super().__init__(params, lr, weight_decay, alpha=alpha, eps=eps, momentum=momentum)

    def update(self, w: Array, g: Array, mean_square: Array, velocity: Array | None = None) -> None:
        """Change w, mean_square and velocity."""
        mean_square *= self.alpha
        mean_square += (1 - self.alpha) * g * g
        step = g / (np.sqrt(mean_square) + self.eps)
        if velocity is not None:
            velocity *= self.momentum
            velocity += step
            step = velocity
        w -= self.lr * step

    @property
    def remembers(self) -> tuple[str, ...]:
        """A mean of squares, and a velocity, where there is momentum."""
        return ("mean_square", "velocity") if np.any(self.momentum) else ("mean_square",)


class Adam(Optimizer):
    """w = w - lr * m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps).

    Momentum and RMSprop together, with running means of the gradient and of its square:

        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g^2

    that are divided by 1 - beta^t, because they start at 0 and would be too small in the first
    steps (bias correction).

    Parameters
    ----------
    params : iterable of Parameter
        For example model.parameters().
    lr : float or array
        Learning rate, above 0.
    betas : (float or array, float or array)
        (beta1, beta2), each from 0 to below 1.
    eps : float or array
        At least 0: keeps the quotient finite.
    weight_decay : float or array
        At least 0, added to the gradient, see `Optimizer.decayed`; `AdamW` does it better.

    Raises
    ------
    TypeError, ValueError
        See `Optimizer`.

    Notes
    -----
    Source: Kingma and Ba (2015), algorithm 1. Names and defaults as torch; Keras has eps 1e-7.

    Examples
    --------
    The first step of each weight is lr long, whatever its gradient:

    >>> from lecture3_engine import Parameter
    >>> w = Parameter([1.0, 1.0])
    >>> optimizer = Adam([w], lr=0.25)
    >>> w.grad = np.array([0.1, -1000.0])
    >>> optimizer.step()
    >>> w.data.round(4)
    array([0.75, 1.25])
    """

    hyperparameters = Optimizer.hyperparameters | {"betas": FRACTIONS, "eps": NOT_NEGATIVE}
    remembers = ("m", "v", "t")
    betas: tuple[Number, Number]
    eps: Number

    def __init__(
        self,
        params: Params,
        lr: Number = 0.001,
        betas: tuple[Number, Number] = (0.9, 0.999),
        eps: Number = 1e-8,
        weight_decay: Number = 0.0,
    ) -> None:
        super().__init__(params, lr, weight_decay, betas=betas, eps=eps)

    def update(self, w: Array, g: Array, m: Array, v: Array, t: int) -> None:
        """Change w, m and v."""
        beta1, beta2 = self.betas
        m *= beta1
        m += (1 - beta1) * g
        v *= beta2
        v += (1 - beta2) * g * g
        correction1 = 1 - beta1**t
        correction2 = 1 - beta2**t
        w -= self.lr / correction1 * m / (np.sqrt(v / correction2) + self.eps)


class AdamW(Adam):
    """w = w - lr * weight_decay * w,   then as Adam.

    Adam with decoupled weight decay: the weights shrink by the same factor whatever their
    gradients, instead of sending the decay through Adam's division by the root of v.

    Parameters
    ----------
    params : iterable of Parameter
        For example model.parameters().
    lr : float or array
        Learning rate, above 0.
    betas : (float or array, float or array)
        (beta1, beta2), each from 0 to below 1.
    eps : float or array
        At least 0: keeps the quotient finite.
    weight_decay : float or array
        At least 0: each step takes lr * weight_decay of each weight away.

    Raises
    ------
    TypeError, ValueError
        See `Optimizer`.

    Notes
    -----
    Source: Loshchilov and Hutter (2019). Names and defaults as torch; Keras has weight_decay 0.004.

    Examples
    --------
    >>> from lecture3_engine import Parameter
    >>> w = Parameter([8.0])
    >>> optimizer = AdamW([w], lr=0.5, weight_decay=0.25)
    >>> w.grad = np.array([0.0])
    >>> optimizer.step()
    >>> w.data
    array([7.])
    """

    def __init__(
        self,
        params: Params,
        lr: Number = 0.001,
        betas: tuple[Number, Number] = (0.9, 0.999),
        eps: Number = 1e-8,
        weight_decay: Number = 0.01,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay)

    def decayed(self, w: Array, g: Array) -> Array:
        """Shrink w itself, and leave g as it is."""
        w *= 1 - self.lr * self.weight_decay
        return g


# --- large parameters are taken piece by piece ---

# Entries, 256 kB of float32: enough that a piece costs nothing, little enough that its arrays stay
# in the cache.
PIECE = 65_536

# The rules in which no entry depends on another. A rule of one's own is not among them: it sees all
# entries.
ENTRY_BY_ENTRY = {
    rule
    for optimizer in (SGD, Adagrad, RMSprop, Adam, AdamW)
    for rule in (optimizer.update, optimizer.decayed)
}


def _pieces(
    optimizer: Optimizer, w: Array, g: Array, state: dict[str, Any]
) -> Iterable[tuple[Array, Array, dict[str, Any]]]:
    """Cut (w, g, state) into views, so that arrays on the way (lr * g, ...) stay in the cache.

    All comes at once where that cannot be: entries that do not lie in a row, a hyperparameter that
    is an array, a rule of one's own.
    """
    rules = {getattr(rule, "__func__", rule) for rule in (optimizer.update, optimizer.decayed)}
    settings = [
        one
        for value in _settings(optimizer).values()
        for one in (value if isinstance(value, tuple) else (value,))
    ]
    arrays = {name: array for name, array in state.items() if isinstance(array, np.ndarray)}
    if not (
        rules <= ENTRY_BY_ENTRY
        and not any(isinstance(one, np.ndarray) for one in settings)
        and all(array.flags.c_contiguous for array in (w, g, *arrays.values()))
    ):
        yield w, g, state
        return
    for start in range(0, w.size, PIECE):
        part = slice(start, start + PIECE)
        views = {name: array.reshape(-1)[part] for name, array in arrays.items()}
        yield w.reshape(-1)[part], g.reshape(-1)[part], state | views


# --- to go on later ---


def _settings(optimizer: Optimizer) -> dict[str, Any]:
    """Return the hyperparameters, and what numbers a subclass keeps beside them."""
    return {
        name: value
        for name, value in vars(optimizer).items()
        if name not in ("params", "state")
        and name[0] != "_"
        and isinstance(value, (bool, int, float, tuple, np.ndarray, np.generic))
    }


def _restored(caller: str, saved: dict[str, Any], w: Array, now: dict[str, Any]) -> dict[str, Any]:
    """Copy what was saved of the parameter w into the form of what is remembered of it now."""
    state: dict[str, Any] = {}
    for name, value in saved.items():
        if name == "t":
            number = value.tolist() if isinstance(value, np.ndarray) else value
            state[name] = integer(at_least=0)(caller, name, number)
        elif name in now and not isinstance(now[name], np.ndarray):
            state[name] = copy.deepcopy(value)  # a subclass keeps it, and only it can check it
        else:
            like_w = of_shape(w.shape, "Build the same model before you make the optimizer.")
            state[name] = like_w(caller, name, value).astype(w.dtype)
    return state
