"""lecture3_engine: how neural networks learn, small enough to read and real enough to train.

    import lecture3_engine as torch      # runs the lecture's training loop to the letter

The files, from the bottom up: finite_difference, by_hand, tensor, functional, layers, optim,
lr_scheduler, surfaces, descent, datasets, training.
"""

import importlib
from types import ModuleType as _ModuleType

from . import by_hand, datasets, lr_scheduler, optim, surfaces
from .datasets import load_mnist
from .descent import Path, descend
from .finite_difference import (
    GradientCheck,
    check_gradient,
    coordinate_search_step,
    numerical_gradient,
    rate_of_change,
)
from .functional import cross_entropy, dense, l1_loss, mse_loss, relu, sigmoid, softmax, tanh
from .layers import Dense, Module, Sequential
from .optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from .surfaces import Surface, quadratic
from .tensor import Parameter, Tensor, no_grad
from .training import DataLoader, History, accuracy, evaluate, fit, train_step

__version__ = "0.1.0"

_ROOMS = ("style", "live", "explorers", "exercises")  # not loaded yet: they bring pictures


def __dir__() -> list[str]:
    """Name the rooms, too, so that the Tab key finds them: it does not open them."""
    return sorted({*globals(), *_ROOMS})


def __getattr__(name: str) -> _ModuleType:
    """Open a room when it is asked for, `engine.explorers`: the import itself stays light."""
    if name in _ROOMS:
        return importlib.import_module("." + name, __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
