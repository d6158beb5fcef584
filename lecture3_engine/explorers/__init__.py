"""One file for one picture that a learner drags.

Each is an Explorer: see `lecture3_engine.live.Explorer`.
"""

from .backpropagation_explorer import BackpropagationExplorer
from .bug_explorer import BugExplorer
from .dense_layer_explorer import DenseLayerExplorer
from .digit_explorer import DigitExplorer
from .gradient_descent_explorer import GradientDescentExplorer
from .learning_rate_explorer import LearningRateExplorer
from .local_minimum_explorer import LocalMinimumExplorer
from .loss_landscape_explorer import LossLandscapeExplorer
from .momentum_explorer import MomentumExplorer
from .one_weight_explorer import OneWeightExplorer
from .optimizer_race_explorer import OptimizerRaceExplorer
from .rate_of_change_explorer import RateOfChangeExplorer, SecantExplorer
from .stochastic_gradient_explorer import StochasticGradientExplorer
from .training_explorer import TrainingExplorer
from .training_loop_explorer import TrainingLoopExplorer
