"""Turns gradients into steps, simplest first: SGD, SGD with momentum, Adagrad, RMSprop, Adam, AdamW.

An optimizer knows two things of a parameter: `.data`, which it changes in place, and `.grad`, which `backward()` left there. All rules work entry by
entry, so every hyperparameter may also be an array that broadcasts against the parameter: then one call walks thousands of descents at once.

In the formulas g is the gradient, w the parameter, t the number of the step, from 1. Products and roots are entry by entry.
"""

import numpy as np


class Optimizer:
    """What all optimizers share. A subclass fills `state` and changes the parameter in `update`.

    Attributes:
        params: the list of parameters.
        lr: the learning rate, which may be changed at any time.
        state: a dict for each parameter: what the optimizer remembers of it, by name ("velocity", "mean_square", ...).
    """

    remembers = ()  # the names of the arrays of zeros that each parameter's state starts with

    def __init__(self, params, lr, weight_decay=0.0):
        self.params = _parameters(type(self).__name__, params)
        self.lr = lr
        self.weight_decay = _number("weight_decay", weight_decay, at_least=0)
        self.step_count = 0
        self.state = [{name: np.zeros_like(p.data) for name in self.remembers} for p in self.params]

    @property
    def lr(self):
        return self._lr

    @lr.setter
    def lr(self, value):
        self._lr = _number("lr", value, above=0)

    def zero_grad(self):
        """Forgets the gradients: without it the next `backward()` adds to them."""
        for p in self.params:
            p.grad = None

    def step(self):
        """Updates every parameter that has a gradient, in place.

        Raises: ValueError when none has one, which means that `loss.backward()` was not called.
        """
        moving = [(p, state) for p, state in zip(self.params, self.state) if p.grad is not None]
        if not moving:
            raise ValueError(f"{type(self).__name__}.step: expected parameters with gradients. Received none. Call loss.backward() first, "
                             "and zero_grad() before it, not after.")
        self.step_count += 1
        with np.errstate(all="ignore"):  # weights that overflow are for `fit` and `descend` to explain
            for p, state in moving:
                if p.grad.shape != p.data.shape:
                    raise ValueError(f"{type(self).__name__}.step: expected a gradient of the shape of the parameter, {p.data.shape}. "
                                     f"Received {p.grad.shape}.")
                try:
                    self.update(p.data, self.decayed(p), **state)
                except ValueError as error:
                    if "broadcast" not in str(error):
                        raise
                    raise ValueError(f"{type(self).__name__}.step: expected hyperparameters that broadcast to the parameter, {p.data.shape}. "
                                     f"Received others: {error}. Repeat the start, one for each setting, or use descend, which does.") from None

    def decayed(self, p):
        """g + weight_decay * w: the gradient of loss + weight_decay / 2 * sum of w^2 ("L2 regularisation")"""
        none = isinstance(self.weight_decay, float) and self.weight_decay == 0
        return p.grad if none else p.grad + self.weight_decay * p.data


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

    Source: lecture, section 3, "Momentum": the heavy ball of Polyak (1964); nesterov as in Sutskever et al. (2013). Keras does the same. torch keeps
    buffer = momentum * buffer + g and takes w = w - lr * buffer: the same path while lr is constant. When lr changes during training, torch
    scales the whole remembered step at once, and this one only what is added from now on.
    """

    remembers = ("velocity",)

    def __init__(self, params, lr, momentum=0.0, nesterov=False, weight_decay=0.0):
        self.momentum = _number("momentum", momentum, at_least=0, below=1)
        self.nesterov = _flag("nesterov", nesterov)
        if nesterov and not np.all(self.momentum):
            raise ValueError("SGD: expected a momentum above 0, as nesterov=True. Received momentum=0. Try momentum=0.9.")
        super().__init__(params, lr, weight_decay)

    def update(self, w, g, velocity):
        np.multiply(velocity, self.momentum, out=velocity)
        velocity -= self.lr * g
        w += velocity
        if self.nesterov:
            # w has moved by the new velocity; it shall move by momentum * velocity - lr * g.
            w += (self.momentum - 1) * velocity - self.lr * g


class Adagrad(Optimizer):
    """sum_square = sum_square + g^2,   w = w - lr * g / (sqrt(sum_square) + eps)

    A learning rate of its own for each weight, that shrinks as gradients add up: weights that rarely get a gradient keep making large steps.

    Args:
        params, lr, weight_decay: as `SGD`; lr 0.01.
        lr_decay: the learning rate of step t is lr / (1 + (t - 1) * lr_decay).
        initial_accumulator_value: where sum_square starts.        eps: keeps the quotient finite.
    Source: Duchi, Hazan, Singer (2011). Names and defaults as torch; Keras starts sum_square at 0.1 and has lr 0.001.
    """

    remembers = ("sum_square",)

    def __init__(self, params, lr=0.01, lr_decay=0.0, weight_decay=0.0, initial_accumulator_value=0.0, eps=1e-10):
        super().__init__(params, lr, weight_decay)
        self.lr_decay = _number("lr_decay", lr_decay, at_least=0)
        self.eps = _number("eps", eps, at_least=0)
        initial = _number("initial_accumulator_value", initial_accumulator_value, at_least=0)
        for state in self.state:
            try:
                state["sum_square"] += initial
            except ValueError:
                raise ValueError("Adagrad: expected initial_accumulator_value to be a number, or an array that broadcasts to the parameter, "
                                 f"{state['sum_square'].shape}. Received shape {np.shape(initial)}.") from None

    def update(self, w, g, sum_square):
        lr = self.lr / (1 + (self.step_count - 1) * self.lr_decay)
        sum_square += g * g
        w -= lr * g / (np.sqrt(sum_square) + self.eps)


class RMSprop(Optimizer):
    """mean_square = alpha * mean_square + (1 - alpha) * g^2,   w = w - lr * g / (sqrt(mean_square) + eps)

    Adagrad that forgets: it divides by the root of a running mean of g^2, so the steps do not shrink for ever.

    Args:
        params, lr, weight_decay: as `SGD`; lr 0.01.
        alpha: how much of the mean is kept in each step, from 0 to below 1.        eps: keeps the quotient finite.
        momentum: makes the quotient a velocity: velocity = momentum * velocity + quotient, w = w - lr * velocity.
        centered: divides by the root of mean_square - mean^2, an estimate of the variance, instead.
    Source: Tieleman and Hinton, Coursera lecture 6.5 (2012); centered: Graves (2013). Names and defaults as torch; Keras calls alpha rho, has 0.9
    and lr 0.001, and adds eps inside the root.
    """

    remembers = ("mean_square", "mean", "velocity")

    def __init__(self, params, lr=0.01, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0, centered=False):
        self.alpha = _number("alpha", alpha, at_least=0, below=1)
        self.eps = _number("eps", eps, at_least=0)
        self.momentum = _number("momentum", momentum, at_least=0, below=1)
        self.centered = _flag("centered", centered)
        self.remembers = ("mean_square",) + ("mean",) * bool(centered) + ("velocity",) * bool(np.any(self.momentum))
        super().__init__(params, lr, weight_decay)

    def update(self, w, g, mean_square, mean=None, velocity=None):
        mean_square *= self.alpha
        mean_square += (1 - self.alpha) * g * g
        variance = mean_square
        if self.centered:
            mean *= self.alpha
            mean += (1 - self.alpha) * g
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

    that are divided by 1 - beta^t, because they start at 0 and would be too small in the first steps (bias correction).

    Args:
        params, lr: as `SGD`; lr 0.001.        betas: (beta1, beta2), each from 0 to below 1.        eps: keeps the quotient finite.
        weight_decay: added to the gradient, see `Optimizer.decayed`; `AdamW` does it better.
        amsgrad: divides by the root of the largest v so far.
    Source: Kingma and Ba (2015), algorithm 1; amsgrad: Reddi et al. (2018). Names and defaults as torch; Keras has eps 1e-7.
    """

    remembers = ("m", "v")

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, amsgrad=False):
        try:
            beta1, beta2 = betas
        except (TypeError, ValueError):
            raise TypeError(f"{type(self).__name__}: expected betas to be two numbers. Received {betas!r}. Try betas=(0.9, 0.999).") from None
        self.betas = _number("beta1", beta1, at_least=0, below=1), _number("beta2", beta2, at_least=0, below=1)
        self.eps = _number("eps", eps, at_least=0)
        self.amsgrad = _flag("amsgrad", amsgrad)
        self.remembers = ("m", "v") + ("largest_v",) * bool(amsgrad)
        super().__init__(params, lr, weight_decay)

    def update(self, w, g, m, v, largest_v=None):
        beta1, beta2 = self.betas
        m *= beta1
        m += (1 - beta1) * g
        v *= beta2
        v += (1 - beta2) * g * g
        if largest_v is not None:
            v = np.maximum(largest_v, v, out=largest_v)
        correction1 = 1 - beta1**self.step_count
        correction2 = 1 - beta2**self.step_count
        w -= self.lr / correction1 * m / (np.sqrt(v / correction2) + self.eps)


class AdamW(Adam):
    """w = w - lr * weight_decay * w,   then as Adam

    Adam with decoupled weight decay: the weights shrink by the same factor whatever their gradients, instead of sending the decay through
    Adam's division by the root of v.

    Args: as `Adam`; weight_decay 0.01.
    Source: Loshchilov and Hutter (2019). Names and defaults as torch; Keras has weight_decay 0.004.
    """

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, amsgrad=False):
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad)

    def decayed(self, p):
        p.data *= 1 - self.lr * self.weight_decay
        return p.grad


def _parameters(name, params):
    if isinstance(params, (int, float, str, np.ndarray)) or not hasattr(params, "__iter__") or hasattr(params, "grad"):
        raise TypeError(f"{name}: expected params to be a list of parameters. Received {type(params).__name__}. "
                        "Pass model.parameters(), or [w] for a single one; the order is (params, lr).")
    params = list(params)
    if not params:
        raise ValueError(f"{name}: expected at least one parameter. Received an empty list. Was the generator of parameters used up already?")
    seen = set()
    for p in params:
        if not (hasattr(p, "data") and hasattr(p, "grad")):
            raise TypeError(f"{name}: expected parameters, with .data and .grad. Received {type(p).__name__}. Wrap the array: Parameter(array).")
        if getattr(p.data, "dtype", np.dtype(object)).kind != "f":
            raise TypeError(f"{name}: expected parameters of a float dtype. Received {getattr(p.data, 'dtype', type(p.data).__name__)}.")
        if id(p) in seen:
            raise ValueError(f"{name}: expected each parameter once. Received one twice: it would be updated twice in each step.")
        seen.add(id(p))
    return params


def _number(name, value, above=None, at_least=None, below=None):
    """The value, checked: a Python float, so that float32 weights stay float32, or an array of floats."""
    wanted = (f"above {above}" if above is not None else f"of at least {at_least}") + (f" and below {below}" if below is not None else "")
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):  # a tensor with a history, rows of unequal length
        array = np.asarray(None)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{name}: expected a number {wanted}, or an array of them. Received {value!r}. The order is (params, lr, ...).")
    array = array.astype(np.float64)
    fine = np.isfinite(array)
    fine &= array > above if above is not None else array >= at_least
    if below is not None:
        fine &= array < below
    if not fine.all():
        raise ValueError(f"{name}: expected a finite number {wanted}. Received {value if array.ndim == 0 else array[~fine].flat[0]!r}.")
    return float(array) if array.ndim == 0 else array


def _flag(name, value):
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name}: expected True or False. Received {value!r}. Name the settings: {name}=True.")
    return bool(value)
