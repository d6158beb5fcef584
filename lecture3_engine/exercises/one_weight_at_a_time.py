"""Notebook 02, lecture section 2: how to update a weight, the naive way."""

import numpy as np

from .exercise import Formula, exercise
from .question import Prediction, Question, Questions

BOWL = Formula("(w - [1, -1])² summed", lambda w: float(((w - np.array([1.0, -1.0])) ** 2).sum()))
# The slide's table: 0.5 at its W, 0.6 and 0.4 with the first entry 0.05 up and down.
SLIDE_W = np.array([[0.30, 0.45, 0.10], [0.70, 0.56, 0.32]])
SLIDE = Formula("0.5 + 2 (W[0, 0] - 0.3)", lambda w: float(0.5 + 2 * (w[0, 0] - 0.30)))


@exercise(
    task=(
        "Improve one coefficient of w. Try it `step` larger and `step` smaller, with all the others"
        " held still. Return a new array with the best of the three values; the best may be the old"
        " one."
    ),
    cases=[
        dict(loss=SLIDE, w=SLIDE_W, index=(0, 0), step=0.05),
        dict(loss=BOWL, w=np.array([0.5, 0.0]), index=(0,), step=0.1),
        dict(loss=BOWL, w=np.array([2.0, 0.0]), index=(1,), step=0.25),
        dict(loss=BOWL, w=np.array([1.1, 3.0]), index=(0,), step=0.5),
    ],
    further=(
        "you needed two trials for one coefficient. A network with 407,050 of them needs 814,100"
        " forward passes for one such update, and one more for the loss to beat."
    ),
)
def update_one_weight(loss, w, index, step):
    best = w = w.astype(float)  # a copy; whole numbers could not hold 0.05
    for change in (step, -step):
        trial = w.copy()
        trial[index] += change
        if loss(trial) < loss(best):
            best = trial
    return best


@update_one_weight.mistake(
    "The result is right, but you changed the w that you were given, and the caller still needs"
    " it. Work on `w.copy()`."
)
def in_place(loss, w, index, step):
    w[index] = update_one_weight.solution(loss, w, index, step)[index]
    return w


@update_one_weight.mistake(
    "You change all coefficients together. If the loss falls, you cannot tell which of them"
    " helped. Change `trial[index]` only."
)
def all_at_once(loss, w, index, step):
    return min((w, w + step, w - step), key=loss)


@update_one_weight.mistake(
    "Only an increase was tried. If that makes the loss larger, a decrease may help. (Did you try"
    " `- step` as well? Then start both trials from a copy of w. After `+ step`, `- step` only"
    " leads back.)"
)
def only_up(loss, w, index, step):
    trial = w.copy()
    trial[index] += step
    return trial if loss(trial) < loss(w) else w


@update_one_weight.mistake(
    "Only a decrease was tried. If that makes the loss larger, an increase may help. (Did you try"
    " `+ step` as well? Then start both trials from a copy of w.)"
)
def only_down(loss, w, index, step):
    trial = w.copy()
    trial[index] -= step
    return trial if loss(trial) < loss(w) else w


@update_one_weight.mistake(
    "You take the better of the two trials even when both are worse than staying. Compare with"
    " `loss(w)`, too. At a minimum it is best to stay."
)
def never_stays(loss, w, index, step):
    up, down = w.copy(), w.copy()
    up[index] += step
    down[index] -= step
    return min(up, down, key=loss)


@update_one_weight.mistake(
    "No trial was kept: you return the w that you were given. (Are your trials names of one and the"
    " same array? Then up and down cancel. Each trial needs a `w.copy()` of its own.)"
)
def keeps_nothing(loss, w, index, step):
    return w


@update_one_weight.mistake(
    "The comparison is the wrong way around: you keep the trial with the largest loss."
)
def keeps_the_worst(loss, w, index, step):
    up, down = w.copy(), w.copy()
    up[index] += step
    down[index] -= step
    return max(w, up, down, key=loss)


prediction = Prediction(
    "A network has 400,000 parameters. You try each of them a little up and a little down and keep"
    " what helps. How many forward passes does one such update take?",
    {
        "about 1,000": (
            "Each trial needs a forward pass of its own, and there are two trials for each of the"
            " 400,000 parameters."
        ),
        "about 400,000": "That is one trial for each parameter, but up and down are two.",
        "about 800,000": (
            "Two trials for each parameter. Backpropagation needs one forward and one backward pass"
            " for all of them."
        ),
    },
    right="about 800,000",
)

questions = Questions(
    Question(
        "On the slide W[0, 0] goes from 0.30 to 0.35, and the loss from 0.5 to 0.6. How fast does"
        " the loss change with this weight?",
        {
            "by 0.1 for each unit of W[0, 0]": (
                "0.1 is how much the loss changes when the weight changes by 0.05. Divide one by"
                " the other."
            ),
            "by 2 for each unit of W[0, 0]": (
                "0.1 / 0.05 = 2. The next notebook calls this number the rate of change, rc."
            ),
            "by 0.005 for each unit of W[0, 0]": (
                "That is 0.1 * 0.05. You have to divide the change of the loss by the change of the"
                " weight."
            ),
        },
        right="by 2 for each unit of W[0, 0]",
    ),
    Question(
        "Why change only one coefficient at a time?",
        {
            "because it is faster": "It is slower than anything else in this course.",
            "to know which change helped": (
                "If you change two and the loss falls, one of them may still have made it worse."
            ),
            "because NumPy changes one entry at a time": (
                "NumPy can change as many as you like. But then the loss no longer tells you which"
                " of them helped."
            ),
        },
        right="to know which change helped",
    ),
    Question(
        "What will replace the 814,100 trials for a 784-512-10 network?",
        {
            "10 forward passes, one for each digit": (
                "We need a number for each of the 407,050 parameters, not for each digit."
            ),
            "407,050 backward passes": (
                "A single backward pass serves all parameters together. That is the point of it."
            ),
            "one forward and one backward pass": (
                "The backward pass costs at most about as much as two forward ones, and gives all"
                " 407,050 numbers at once."
            ),
        },
        right="one forward and one backward pass",
    ),
)
