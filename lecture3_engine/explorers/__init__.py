"""One file for one picture that a learner drags.

Each is an Explorer: see `lecture3_engine.live.Explorer`.
"""

from .backpropagation import BackpropagationExplorer
from .dense_layer import DenseLayerExplorer
from .gradient_descent import GradientDescentExplorer
from .learning_rate import LearningRateExplorer
from .local_minimum import LocalMinimumExplorer
from .loss_landscape import LossLandscapeExplorer
from .momentum import MomentumExplorer
from .one_weight import OneWeightExplorer
from .optimizer_race import OptimizerRaceExplorer
from .rate_of_change import RateOfChangeExplorer
from .stochastic_gradient import StochasticGradientExplorer
from .training import TrainingExplorer
from .training_loop import TrainingLoopExplorer
