"""What the learner does: functions to complete, and questions. One file for one notebook.

engine.exercises.check(rate_of_change)          look at the function that the learner wrote
engine.exercises.gradient_descent.prediction    the question at the beginning of notebook 03
engine.exercises.gradient_descent.prediction.answer()
engine.exercises.gradient_descent.questions     the questions at its end
engine.exercises.terms.quiz                     the quiz over all fourteen terms
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
    terms,
    training_in_a_nutshell,
)
from .exercise import ALL, Exercise, check
from .question import Prediction, Question, Questions

__all__ = [
    "ALL",
    "Exercise",
    "Prediction",
    "Question",
    "Questions",
    "backpropagation",
    "check",
    "gradient",
    "gradient_descent",
    "how_learning_happens",
    "learning_rate",
    "momentum",
    "one_weight_at_a_time",
    "optimizers",
    "start_here",
    "stochastic_gradient_descent",
    "terms",
    "training_in_a_nutshell",
]
