"""What students write: unusual right solutions and plausible wrong ones. One file, one notebook.

The wrong ones are written as a student would, and not as the known mistakes of the exercise are,
even where they do the same.
"""

from . import (
    backpropagation,
    gradient,
    gradient_descent,
    how_learning_happens,
    learning_rate,
    momentum,
    one_weight_at_a_time,
    optimizers,
    start_here,
    stochastic_gradient_descent,
    training_in_a_nutshell,
)
from .table import RIGHT, WRONG

__all__ = [
    "RIGHT",
    "WRONG",
    "backpropagation",
    "gradient",
    "gradient_descent",
    "how_learning_happens",
    "learning_rate",
    "momentum",
    "one_weight_at_a_time",
    "optimizers",
    "start_here",
    "stochastic_gradient_descent",
    "training_in_a_nutshell",
]
