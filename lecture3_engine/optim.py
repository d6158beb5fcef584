"""Turns gradients into steps, simplest first: SGD, SGD with momentum, Adagrad, RMSprop, Adam,
AdamW.

An optimizer knows two things of a parameter: `.data`, which it changes in place, and `.grad`, which
`backward()` left there. All rules work entry by entry, so every hyperparameter may also be an array
that broadcasts against the parameter: then one call walks thousands of descents at once.

In the formulas g is the gradient, w the parameter, t the number of its step, from 1. Products and
roots are entry by entry.
"""

import copy
import inspect

import numpy as np

# entries, 256 kB of float32: enough that a piece costs nothing, little enough that its arrays stay
# in the cache
PIECE = 65_536
FRACTION, NOT_NEGATIVE = {"at_least": 0, "below": 1}, {"at_least": 0}


def entry_by_entry(rule):
    """Marks a rule in which no entry depends on another: `step` may apply it to a large parameter
    piece by piece.
    """
    rule.entry_by_entry = True
    return rule


class Optimizer:
    """What all optimizers share. A subclass changes the parameter in `update`.

    Attributes:
        params: the list of parameters. One without a gradient, for example a frozen one, stays as
            it is.
        lr: the learning rate. It may be changed at any time, like every hyperparameter, and is
            checked then.
        state: a dict for each parameter: what the optimizer remembers of it, by name ("velocity",
            "mean_square", ...).
    """

    # what each parameter's state holds: "t", which counts the parameter's steps, and names of
    # arrays, which start with zeros
    remembers = ()
    # and what they may be: numbers within limits, or bool
    hyperparameters = {"lr": {"above": 0}, "weight_decay": NOT_NEGATIVE}

    def __init__(self, params, lr, weight_decay=0.0, **others):
        self.params = _parameters(type(self).__name__, params)
        for name, value in {"lr": lr, "weight_decay": weight_decay, **others}.items():
            setattr(self, name, value)
        self.state = [{} for _ in self.params]
        self._remember()

    def __setattr__(self, name, value):
        object.__setattr__(
            self, name, self.checked(name, value) if name in self.hyperparameters else value
        )
        if name in self.hyperparameters and "state" in vars(self):
            self._remember()  # a momentum that is switched on needs a velocity

    def checked(self, name, value):
        """The value as a hyperparameter, or an error that says what was expected."""
        return _checked(
            type(self).__name__,
            name,
            value,
            self.hyperparameters[name],
            vars(self).get("params", ()),
        )

    def _remember(self):
        for p, state in zip(self.params, self.state):
            for name in self.remembers:
                if name not in state:
                    state[name] = 0 if name == "t" else np.zeros_like(p.data)

    def zero_grad(self):
        """Forgets the gradients: without it the next `backward()` adds to them."""
        for p in self.params:
            p.grad = None

    def step(self):
        """Updates every parameter that has a gradient, in place.

        Raises: ValueError when none has one, which means that `loss.backward()` was not called, or
        when one does not fit its parameter. Then nothing has changed.
        """
        _check_gradients(type(self).__name__, self.params, self.state)
        # weights that overflow are for `fit` and `descend` to explain
        with np.errstate(all="ignore"):
            self.step_unchecked()

    def step_unchecked(self):
        """The step alone, for a loop that looks after its gradients itself and enters np.errstate
        once for all steps.
        """
        for p, state in zip(self.params, self.state):
            w, g = p.data, p.grad
            if g is None:
                continue
            if "t" in state:
                state["t"] += 1
            if w.size <= PIECE:
                self.update(w, self.decayed(w, g), **state)
            else:
                for w, g, remembered in _pieces(self, w, g, state):
                    self.update(w, self.decayed(w, g), **remembered)

    def update(self, w, g, **state):
        """The rule: changes w and what is remembered of it in place."""
        raise NotImplementedError(
            f"{type(self).__name__}: define update(self, w, g, **state), which changes the array w"
            " in place, for example w -= self.lr * g."
        )

    @entry_by_entry
    def decayed(self, w, g):
        """g + weight_decay * w: the gradient of loss + weight_decay / 2 * sum of w^2 ("L2
        regularisation")
        """
        return g if _is_zero(self.weight_decay) else g + self.weight_decay * w

    def state_dict(self):
        """All that the optimizer needs to go on later: {"state": {0: {...}, 1: {...}},
        "param_groups": [{"lr": ..., "params": [0, 1]}]}

        torch's layout, with one group, as all parameters have the same hyperparameters. Two
        differences: the names in "state" are those of the formulas ("m", "t" for torch's "exp_avg",
        "step"), and the arrays are copies, which do not change when training goes on. The weights
        are not in it: save them with it.

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
        >>> np.savez(path, **{f"{i}.{name}": value for i in state for name, value in state[i].items()})

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

    def load_state_dict(self, state_dict):
        """Takes over what `state_dict()` of an optimizer of the same kind gave: what it remembered,
        and its hyperparameters.

        Raises: TypeError, ValueError if it comes from another kind of optimizer or from other
        parameters. Then nothing has changed.
        """
        vars(self).update(vars(_loaded(self, state_dict)))


class SGD(Optimizer):
    """w = w - lr * g + momentum * (w - w_previous)

    With velocity = w - w_previous, which starts at 0, this is

        velocity = momentum * velocity - lr * g
        w = w + velocity                                 (nesterov: w = w + momentum * velocity - lr * g)

    Args:
        params: parameters, for example model.parameters().
        lr: learning rate, greater than 0.
        momentum: the lecture's beta, from 0 (plain gradient descent) to below 1.
        nesterov: look ahead: take the new velocity's momentum now. Needs momentum.
        weight_decay: see `Optimizer.decayed`.
    Raises: TypeError, ValueError.

    Source: lecture, section 3, "Momentum": the heavy ball of Polyak (1964); nesterov as in
    Sutskever et al. (2013). Keras does the same. torch keeps buffer = momentum * buffer + g and
    takes w = w - lr * buffer: the same path while lr is constant. When lr changes during training,
    torch scales the whole remembered step at once, and this one only what is added from now on.
    """

    hyperparameters = Optimizer.hyperparameters | {"momentum": FRACTION, "nesterov": bool}

    def __init__(self, params, lr, momentum=0.0, nesterov=False, weight_decay=0.0):
        super().__init__(params, lr, weight_decay, momentum=momentum, nesterov=nesterov)

    def checked(self, name, value):
        value = super().checked(name, value)
        together = {**vars(self), name: value}
        if together.get("nesterov") and not np.all(together["momentum"]):
            raise ValueError(
                "SGD: expected a momentum above 0, as nesterov=True. Received momentum=0. Try"
                " momentum=0.9."
            )
        return value

    @property
    def remembers(self):
        return ("velocity",) * bool(np.any(self.momentum))

    @entry_by_entry
    def update(self, w, g, velocity=None):
        if velocity is None:  # no momentum: plain gradient descent
            w -= self.lr * g
            return
        velocity *= self.momentum
        velocity -= self.lr * g
        w += velocity
        if self.nesterov:
            # w has moved by the new velocity; it should move by momentum * velocity - lr * g.
            w += (self.momentum - 1) * velocity - self.lr * g


class Adagrad(Optimizer):
    """sum_square = sum_square + g^2,   w = w - lr * g / (sqrt(sum_square) + eps)

    A learning rate of its own for each weight, that shrinks as gradients add up: weights that
    rarely get a gradient keep making large steps.

    Args:
        params, lr, weight_decay: as `SGD`; lr 0.01.
        lr_decay: the learning rate of step t is lr / (1 + (t - 1) * lr_decay).
        initial_accumulator_value: where sum_square starts.        eps: keeps the quotient finite.
    Source: Duchi, Hazan, Singer (2011). Names and defaults as torch; Keras starts sum_square at 0.1
    and has lr 0.001.
    """

    remembers = ("sum_square", "t")
    hyperparameters = Optimizer.hyperparameters | {
        "lr_decay": NOT_NEGATIVE,
        "initial_accumulator_value": NOT_NEGATIVE,
        "eps": NOT_NEGATIVE,
    }

    def __init__(
        self,
        params,
        lr=0.01,
        lr_decay=0.0,
        weight_decay=0.0,
        initial_accumulator_value=0.0,
        eps=1e-10,
    ):
        super().__init__(
            params,
            lr,
            weight_decay,
            lr_decay=lr_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
        )
        for state in self.state:
            state["sum_square"] += self.initial_accumulator_value

    @entry_by_entry
    def update(self, w, g, sum_square, t):
        lr = self.lr / (1 + (t - 1) * self.lr_decay)
        sum_square += g * g
        w -= lr * g / (np.sqrt(sum_square) + self.eps)


class RMSprop(Optimizer):
    """mean_square = alpha * mean_square + (1 - alpha) * g^2,   w = w - lr * g / (sqrt(mean_square) + eps)

    Adagrad that forgets: it divides by the root of a running mean of g^2, so the steps do not
    shrink for ever.

    Args:
        params, lr, weight_decay: as `SGD`; lr 0.01.
        alpha: how much of the mean is kept in each step, from 0 to below 1.
        eps: keeps the quotient finite.
        momentum: makes the quotient a velocity: velocity = momentum * velocity + quotient, w = w -
            lr * velocity.
        centered: divides by the root of mean_square - mean^2, an estimate of the variance, instead.
    Source: Tieleman and Hinton, Coursera lecture 6.5 (2012); centered: Graves (2013). Names and
    defaults as torch; Keras calls alpha rho, has 0.9 and lr 0.001, and adds eps inside the root.
    """

    hyperparameters = Optimizer.hyperparameters | {
        "alpha": FRACTION,
        "eps": NOT_NEGATIVE,
        "momentum": FRACTION,
        "centered": bool,
    }

    def __init__(
        self, params, lr=0.01, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0, centered=False
    ):
        super().__init__(
            params, lr, weight_decay, alpha=alpha, eps=eps, momentum=momentum, centered=centered
        )

    @property
    def remembers(self):
        return (
            ("mean_square",)
            + ("mean",) * self.centered
            + ("velocity",) * bool(np.any(self.momentum))
        )

    @entry_by_entry
    def update(self, w, g, mean_square, mean=None, velocity=None):
        mean_square *= self.alpha
        mean_square += (1 - self.alpha) * g * g
        variance = mean_square
        if mean is not None:
            mean *= self.alpha
            mean += (1 - self.alpha) * g
        if self.centered:
            variance = mean_square - mean * mean
        step = g / (np.sqrt(variance) + self.eps)
        if velocity is not None:
            velocity *= self.momentum
            velocity += step
            step = velocity
        w -= self.lr * step


class Adam(Optimizer):
    """w = w - lr * m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps)

    Momentum and RMSprop together, with running means of the gradient and of its square,

        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g^2

    that are divided by 1 - beta^t, because they start at 0 and would be too small in the first
    steps (bias correction).

    Args:
        params, lr: as `SGD`; lr 0.001.
        betas: (beta1, beta2), each from 0 to below 1.
        eps: keeps the quotient finite.
        weight_decay: added to the gradient, see `Optimizer.decayed`; `AdamW` does it better.
        amsgrad: divides by the root of the largest v so far.
    Source: Kingma and Ba (2015), algorithm 1; amsgrad: Reddi et al. (2018). Names and defaults as
    torch; Keras has eps 1e-7.
    """

    hyperparameters = Optimizer.hyperparameters | {
        "betas": (FRACTION, FRACTION),
        "eps": NOT_NEGATIVE,
        "amsgrad": bool,
    }

    def __init__(
        self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, amsgrad=False
    ):
        super().__init__(params, lr, weight_decay, betas=betas, eps=eps, amsgrad=amsgrad)

    @property
    def remembers(self):
        return ("m", "v", "t") + ("largest_v",) * self.amsgrad

    @entry_by_entry
    def update(self, w, g, m, v, t, largest_v=None):
        beta1, beta2 = self.betas
        m *= beta1
        m += (1 - beta1) * g
        v *= beta2
        v += (1 - beta2) * g * g
        if largest_v is not None:
            np.maximum(largest_v, v, out=largest_v)
        if self.amsgrad:
            v = largest_v
        correction1 = 1 - beta1**t
        correction2 = 1 - beta2**t
        w -= self.lr / correction1 * m / (np.sqrt(v / correction2) + self.eps)


class AdamW(Adam):
    """w = w - lr * weight_decay * w,   then as Adam

    Adam with decoupled weight decay: the weights shrink by the same factor whatever their
    gradients, instead of sending the decay through Adam's division by the root of v.

    Args: as `Adam`; weight_decay 0.01.
    Source: Loshchilov and Hutter (2019). Names and defaults as torch; Keras has weight_decay 0.004.
    """

    def __init__(
        self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, amsgrad=False
    ):
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad)

    @entry_by_entry
    def decayed(self, w, g):
        w *= 1 - self.lr * self.weight_decay
        return g


def _parameters(name, params):
    if (
        isinstance(params, (int, float, str, np.ndarray))
        or not hasattr(params, "__iter__")
        or hasattr(params, "grad")
    ):
        raise TypeError(
            f"{name}: expected params to be a list of parameters. Received {type(params).__name__}."
            " Pass model.parameters(), or [w] for a single one; the order is (params, lr)."
        )
    params = list(params)
    if not params:
        raise ValueError(
            f"{name}: expected at least one parameter. Received an empty list. Was the generator of"
            " parameters used up already?"
        )
    seen = set()
    for p in params:
        if not (hasattr(p, "data") and hasattr(p, "grad")):
            raise TypeError(
                f"{name}: expected parameters, with .data and .grad. Received {type(p).__name__}."
                " Wrap the array: Parameter(array)."
            )
        if getattr(p.data, "dtype", np.dtype(object)).kind != "f":
            raise TypeError(
                f"{name}: expected parameters of a float dtype. Received"
                f" {getattr(p.data, 'dtype', type(p.data).__name__)}."
            )
        if id(p) in seen:
            raise ValueError(
                f"{name}: expected each parameter once. Received one twice: it would be updated"
                " twice in each step."
            )
        seen.add(id(p))
        if getattr(p, "parents", ()):
            raise ValueError(
                f"{name}: expected leaves. Received the result of an operation,"
                f" {getattr(p, 'operation', '')!r}: a step would change a copy that no model uses."
                " Pass the Parameters that it was computed from."
            )
        if not p.data.flags.writeable:
            raise ValueError(
                f"{name}: expected parameters that may be changed in place. Received one whose"
                " array is read-only. Make it of a copy: Parameter(array.copy())."
            )
    if not any(getattr(p, "requires_grad", True) for p in params):
        raise ValueError(
            f"{name}: expected a parameter that requires a gradient. Received none that does: there"
            " is nothing to learn. Use Parameter(array), or set requires_grad=True."
        )
    return params


def _checked(optimizer, name, value, wanted, params):
    if wanted is bool:
        return _flag(name, value)
    if not isinstance(wanted, tuple):
        value = _number(name, value, **wanted)
        for p in params:
            if np.ndim(value) and not _broadcasts(value.shape, p.data.shape):
                raise ValueError(
                    f"{optimizer}: expected {name} to be a number, or to broadcast to the"
                    f" parameter, {p.data.shape}. Received shape {value.shape}. Repeat the start,"
                    " one for each setting, or use descend, which does."
                )
        return value
    try:
        values = tuple(value)
    except TypeError:
        values = ()
    if len(values) != len(wanted):
        raise TypeError(
            f"{optimizer}: expected {name} to be two numbers. Received {value!r}. Try {name}=(0.9,"
            " 0.999)."
        )
    return tuple(
        _checked(optimizer, f"{name[:-1]}{i}", *one, params)
        for i, one in enumerate(zip(values, wanted), 1)
    )


def _broadcasts(shape, to):
    return len(shape) <= len(to) and all(n in (1, m) for n, m in zip(shape[::-1], to[::-1]))


def _check_gradients(name, params, states):
    if all([p.grad is None for p in params]):
        raise ValueError(
            f"{name}.step: expected parameters with gradients. Received none. Call loss.backward()"
            " first, and zero_grad() before it, not after."
        )
    for p, state in zip(params, states):
        if p.grad is None:
            continue
        if not isinstance(p.grad, (np.ndarray, np.generic)) or p.grad.dtype.kind not in "fiub":
            raise TypeError(
                f"{name}.step: expected a gradient that is an array of real numbers. Received"
                f" {p.grad!r}. loss.backward() makes one."
            )
        if p.grad.shape != p.data.shape:
            raise ValueError(
                f"{name}.step: expected a gradient of the shape of the parameter, {p.data.shape}."
                f" Received {p.grad.shape}."
            )
        for array in state.values():
            if isinstance(array, np.ndarray) and array.shape != p.data.shape:
                raise ValueError(
                    f"{name}.step: expected the parameter in the shape that it had when the"
                    f" optimizer was made, {array.shape}. Received {p.data.shape}. Make a new"
                    " optimizer."
                )


def _pieces(optimizer, w, g, state):
    """(w, g, state) in pieces, as views: arrays on the way (lr * g, ...) are small then, and in the
    cache when they are used. All at once where that cannot be: entries that do not lie in a row, a
    hyperparameter that is an array, a rule that is not marked.
    """
    arrays = {name: array for name, array in state.items() if isinstance(array, np.ndarray)}
    settings = [
        one for name in optimizer.hyperparameters for one in _each(getattr(optimizer, name))
    ]
    if not (
        all(hasattr(rule, "entry_by_entry") for rule in (optimizer.update, optimizer.decayed))
        and not any(np.ndim(one) for one in settings)
        and all(array.flags.c_contiguous for array in (w, g, *arrays.values()))
    ):
        yield w, g, state
        return
    for start in range(0, w.size, PIECE):
        part = slice(start, start + PIECE)
        yield (
            w.reshape(-1)[part],
            g.reshape(-1)[part],
            state | {name: array.reshape(-1)[part] for name, array in arrays.items()},
        )


def _is_zero(value):
    return isinstance(value, float) and value == 0


def _each(value):
    return value if isinstance(value, tuple) else (value,)


def _settings(optimizer):
    """The hyperparameters, and the numbers that an optimizer of one's own keeps beside them."""
    return {
        name: value
        for name, value in vars(optimizer).items()
        if name not in ("params", "state")
        and name[0] != "_"
        and isinstance(value, (bool, int, float, tuple, np.ndarray, np.generic))
    }


def _loaded(optimizer, state_dict):
    """A second optimizer that has taken over the state_dict: the first is only changed when all has
    been checked.
    """
    name = f"{type(optimizer).__name__}.load_state_dict"
    try:
        (group,), states = state_dict["param_groups"], dict(state_dict["state"])
        group = dict(group)
        numbers = list(group.pop("params"))
    except (TypeError, KeyError, IndexError, ValueError):
        raise TypeError(
            f'{name}: expected what state_dict() returns, a dict with "state" and "param_groups",'
            f" one group. Received {state_dict!r:.100}."
        ) from None
    count = len(optimizer.params)
    if numbers != list(range(count)) or set(states) != set(numbers):
        raise ValueError(
            f"{name}: expected the state of {count} parameters. Received that of {len(states)}. "
            "Build the same model before you make the optimizer."
        )
    if set(group) != set(_settings(optimizer)):
        raise ValueError(
            f"{name}: expected the hyperparameters {', '.join(_settings(optimizer))}. Received"
            f" {', '.join(map(str, group))}. Load it into an optimizer of the kind that it was"
            " saved from."
        )
    loaded = object.__new__(type(optimizer))
    loaded.params = optimizer.params
    for key, value in group.items():
        setattr(loaded, key, copy.deepcopy(value))
    possible = set(loaded.remembers) | set(inspect.signature(optimizer.update).parameters)
    loaded.state = []
    for i, (p, known) in enumerate(zip(optimizer.params, optimizer.state)):
        state = dict(states[i])
        if not set(loaded.remembers) <= set(state) <= possible | set(known):
            raise ValueError(
                f"{name}: expected the state of parameter {i} to be"
                f" {', '.join(loaded.remembers) or 'empty'}. Received"
                f" {', '.join(map(str, state)) or 'nothing'}. Load it into an optimizer of the kind"
                " that it was saved from."
            )
        loaded.state.append(
            {
                key: _remembered(f"{name}: parameter {i}", key, value, p.data, known)
                for key, value in state.items()
            }
        )
    return loaded


def _remembered(place, key, value, w, known):
    if key != "t" and key in known and not isinstance(known[key], np.ndarray):
        return copy.deepcopy(value)  # something that a subclass keeps, and only it can check
    kinds, shape = ("iu", ()) if key == "t" else ("fiu", w.shape)
    try:
        array = np.asarray(value)
    except ValueError:  # rows of unequal length
        array = np.asarray(None)
    if array.dtype.kind not in kinds:
        raise TypeError(
            f"{place}: expected {key} to be"
            f" {'an integer' if key == 't' else 'an array of real numbers'}. Received"
            f" {value!r:.100}."
        )
    if array.shape != shape or key == "t" and array < 0:
        raise ValueError(
            f"{place}: expected {key} {'to be at least 0' if key == 't' else f'of shape {shape}'}."
            f" Received {value if key == 't' else f'shape {array.shape}'}. Build the same model"
            " before you make the optimizer."
        )
    return int(array) if key == "t" else array.astype(w.dtype)


def _number(name, value, above=None, at_least=None, below=None):
    """The value, checked: a Python float, so that float32 weights stay float32, or an array of
    floats.
    """
    wanted = (f"above {above}" if above is not None else f"of at least {at_least}") + (
        f" and below {below}" if below is not None else ""
    )
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):  # a tensor with a history, rows of unequal length
        array = np.asarray(None)
    if array.dtype.kind not in "fiu":
        raise TypeError(
            f"{name}: expected a number {wanted}, or an array of them. Received {value!r}. The"
            " order is (params, lr, ...)."
        )
    array = array.astype(np.float64)
    fine = np.isfinite(array)
    fine &= array > above if above is not None else array >= at_least
    if below is not None:
        fine &= array < below
    if not fine.all():
        raise ValueError(
            f"{name}: expected a finite number {wanted}. Received"
            f" {value if array.ndim == 0 else array[~fine].flat[0]!r}."
        )
    return float(array) if array.ndim == 0 else array


def _flag(name, value):
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(
            f"{name}: expected True or False. Received {value!r}. Name the settings: {name}=True."
        )
    return bool(value)
