"""Changes the learning rate while training goes on: in stairs, along a line, along half a cosine.

"There should be some trick for adjusting the learning rate", says the lecture. These are the three
that are used most. Large steps first, to get far; small ones later, to come to rest. A line that
rises is a warm-up: small steps until the first, wild gradients are over.

Each has the formula of torch's scheduler of the same name (torch.optim.lr_scheduler). Where Keras
asks its schedule at every update, torch's `step()` is called when you want the learning rate to
change: once an epoch, or once an update. t counts these calls, from 0.
"""

from __future__ import annotations

import math
from typing import Any

from .checks import expects, having, integer, number

OPTIMIZER = having("step", "zero_grad", cure="Pass the optimizer whose lr is to change.")


class LRScheduler:
    """What all schedulers share. A subclass says what `lr_at` is.

    Parameters
    ----------
    optimizer : Optimizer
        Its lr, when the scheduler is made, is the first learning rate, lr_0.

    Attributes
    ----------
    base_lr : float
        lr_0.
    last_epoch : int
        t, under torch's name.

    Raises
    ------
    TypeError
        If the optimizer is none.

    Examples
    --------
    >>> from lecture3_engine import SGD, Parameter
    >>> class Halving(LRScheduler):
    ...     def lr_at(self, t):
    ...         return self.base_lr / 2**t
    >>> optimizer = SGD([Parameter([1.0])], lr=0.8)
    >>> scheduler = Halving(optimizer)
    >>> scheduler.step()
    >>> optimizer.lr
    0.4
    """

    @expects(optimizer=OPTIMIZER)
    def __init__(self, optimizer: Any) -> None:
        self.optimizer, self.last_epoch = optimizer, 0
        self.base_lr: float = optimizer.lr
        optimizer.lr = self.lr_at(0)

    def step(self) -> None:
        """Count, and give the optimizer its next learning rate: after `optimizer.step()`.

        Examples
        --------
        >>> from lecture3_engine import SGD, Parameter
        >>> optimizer = SGD([Parameter([1.0])], lr=1.0)
        >>> StepLR(optimizer, step_size=1).step()
        >>> optimizer.lr
        0.1
        """
        self.last_epoch += 1
        self.optimizer.lr = self.lr_at(self.last_epoch)

    def lr_at(self, t: int) -> float:
        """Return the learning rate after t calls of `step`.

        Parameters
        ----------
        t : int
            At least 0.

        Returns
        -------
        float
            Above 0.

        Raises
        ------
        NotImplementedError
            Where a subclass does not define it.
        """
        raise NotImplementedError(
            f"{type(self).__name__}: define lr_at(self, t), which returns a learning rate, for"
            " example self.base_lr / (1 + t)."
        )

    def get_last_lr(self) -> list[Any]:
        """Return the present learning rate, in a list as torch's.

        Returns
        -------
        list of float
            One: all parameters have the same.

        Examples
        --------
        >>> from lecture3_engine import SGD, Parameter
        >>> StepLR(SGD([Parameter([1.0])], lr=0.5), step_size=10).get_last_lr()
        [0.5]
        """
        return [self.optimizer.lr]


class StepLR(LRScheduler):
    """lr_t = lr_0 * gamma^(t // step_size): stairs.

    Parameters
    ----------
    optimizer : Optimizer
        Whose lr changes.
    step_size : int
        Calls of `step` from one stair to the next, at least 1.
    gamma : float
        The factor, above 0.

    Raises
    ------
    TypeError or ValueError
        If one of them is of another kind, or out of its range.

    Examples
    --------
    >>> from lecture3_engine import SGD, Parameter
    >>> scheduler = StepLR(SGD([Parameter([1.0])], lr=0.8), step_size=2, gamma=0.5)
    >>> [scheduler.lr_at(t) for t in range(5)]
    [0.8, 0.8, 0.4, 0.4, 0.2]
    """

    @expects(step_size=integer(), gamma=number(above=0))
    def __init__(self, optimizer: Any, step_size: int, gamma: float = 0.1) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer)

    def lr_at(self, t: int) -> float:
        """Return lr_0 * gamma^(t // step_size). See `LRScheduler.lr_at`."""
        factor: float = self.gamma ** (t // self.step_size)
        return self.base_lr * factor


class LinearLR(LRScheduler):
    """lr_t = lr_0 * (start_factor + (end_factor - start_factor) * min(t / total_iters, 1)).

    With a start_factor below 1 it is a warm-up.

    Parameters
    ----------
    optimizer : Optimizer
        Whose lr changes.
    start_factor, end_factor : float
        From which share of lr_0 to which, above 0 and at most 1. The end may be 0 for torch; here
        it may not, because an optimizer's lr is above 0.
    total_iters : int
        Calls of `step` until the end is reached, at least 1.

    Raises
    ------
    TypeError or ValueError
        If one of them is of another kind, or out of its range.

    Examples
    --------
    >>> from lecture3_engine import SGD, Parameter
    >>> scheduler = LinearLR(SGD([Parameter([1.0])], lr=0.8), start_factor=0.25, total_iters=3)
    >>> [round(scheduler.lr_at(t), 2) for t in range(5)]
    [0.2, 0.4, 0.6, 0.8, 0.8]
    """

    @expects(
        start_factor=number(above=0, at_most=1),
        end_factor=number(above=0, at_most=1),
        total_iters=integer(),
    )
    def __init__(
        self,
        optimizer: Any,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
    ) -> None:
        self.start_factor, self.end_factor = start_factor, end_factor
        self.total_iters = total_iters
        super().__init__(optimizer)

    def lr_at(self, t: int) -> float:
        """Return the place on the line. See `LRScheduler.lr_at`."""
        share = min(t / self.total_iters, 1)
        factor = self.start_factor + (self.end_factor - self.start_factor) * share
        return self.base_lr * factor


class CosineAnnealingLR(LRScheduler):
    """lr_t = eta_min + (lr_0 - eta_min) * (1 + cos(pi * t / T_max)) / 2.

    Half a cosine from lr_0 down to eta_min; it rises again after T_max calls, as torch's does.

    Parameters
    ----------
    optimizer : Optimizer
        Whose lr changes.
    T_max : int
        Calls of `step` until the lowest point, at least 1.
    eta_min : float
        The lowest learning rate, at least 0. At 0 the optimizer gets 1e-12 of lr_0 in its place,
        because its lr is above 0.

    Raises
    ------
    TypeError or ValueError
        If one of them is of another kind, or out of its range.

    Notes
    -----
    Source: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR
    2017, equation 5, without the restarts.

    Examples
    --------
    >>> from lecture3_engine import SGD, Parameter
    >>> scheduler = CosineAnnealingLR(SGD([Parameter([1.0])], lr=0.8), T_max=4)
    >>> [round(scheduler.lr_at(t), 3) for t in range(5)]
    [0.8, 0.683, 0.4, 0.117, 0.0]
    """

    @expects(T_max=integer(), eta_min=number(at_least=0))
    def __init__(self, optimizer: Any, T_max: int, eta_min: float = 0.0) -> None:  # noqa: N803 torch's
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer)

    def lr_at(self, t: int) -> float:
        """Return the place on the cosine. See `LRScheduler.lr_at`."""
        height = (1 + math.cos(math.pi * t / self.T_max)) / 2
        lr = self.eta_min + (self.base_lr - self.eta_min) * height
        return max(lr, 1e-12 * self.base_lr)
