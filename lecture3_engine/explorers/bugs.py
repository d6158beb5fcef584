"""What is wrong with this training? A training loop, its broken forms, and what each one leaves in
the numbers.

`LOOP` is the training loop as a learner reads it. A bug puts other lines in the place of some of
its lines. That text is what runs: nothing else trains, so the code that is shown and the numbers
cannot differ. Its DataLoader looks at the network before and after each update.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..checks import expects, integer, one_of
from ..datasets import load_mnist
from ..finite_difference import check_gradient, numerical_gradient
from ..functional import cross_entropy, softmax
from ..layers import Dense, Sequential
from ..tensor import Array, Tensor, no_grad
from ..training import DataLoader, accuracy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..datasets import Images, Labels

TRAIN, HELD_OUT = 400, 300  # digits: few, so that a run takes a moment
UPDATES = 200
EVERY = 5  # updates from one record to the next, but for the first ones
PICTURES, PICTURES_EVERY = 6, 20  # hidden units whose weights are kept, and how often
ONE = 30  # updates for a batch of one
GUESSING = math.log(10)

# Where one pattern ends and the next begins. The test moves each of them by a quarter both ways.
CHECK_TOLERANCE = 0.05  # relative error of a gradient
ONE_LEARNED = 0.25  # the last loss of a single digit, by the first
NEAR_NOTHING = 0.12  # the last loss, by the first
FLAT = 0.02  # the part of the loss that is gone in the end
JUMP = 0.2  # by how much of it the loss rises above a value that it had before
HIGH = 3.0  # the first loss, by that of guessing
BY_HEART = 2.5  # accuracy on the training digits, by that on new digits
TINY, HUGE = 3e-5, 0.04  # the first step, by the weights
LONGER = 1.6  # a step by its gradient, compared with the first step
HALF = 0.2  # hidden outputs that are 0: far from none

# The step is written by hand: `SGD` would refuse two of the mistakes, an lr below 0 and a step
# without any gradient. torch's overlooks the second one, as `step` does.
LOOP = """\
def step(parameters, previous, lr=0.02, beta=0.9):
    for p, w_previous in zip(parameters, previous):
        if p.grad is not None:
            change = -lr * p.grad + beta * (p.data - w_previous)
            w_previous[:] = p.data
            p.data += change

hidden = Dense(784, 32, "relu", rng=rng)
model = Sequential(hidden, Dense(32, 10, rng=rng))
previous = [p.data.copy() for p in model.parameters()]
loader = DataLoader(pixels / 255, digits, batch_size=40, shuffle=True, rng=rng)
for epoch in range(20):
    for inputs, labels in loader:
        loss = cross_entropy(model(inputs), labels)
        model.zero_grad()
        loss.backward()
        step(model.parameters(), previous)
"""


@dataclass(frozen=True)
class Bug:
    """A mistake in the training loop.

    Attributes
    ----------
    name : str
        A few words, as in a list of choices.
    wrong : str
        The broken lines.
    right : str
        The lines of `LOOP` in whose place they stand.
    evidence : str
        What gives it away, in the numbers of its run.

    Examples
    --------
    >>> bug = BUGS["no ReLU"]
    >>> for lines in (bug.right, bug.wrong):
    ...     print(lines)
    hidden = Dense(784, 32, "relu", rng=rng)
    hidden = Dense(784, 32, rng=rng)
    """

    name: str
    wrong: str
    right: str
    evidence: str


_ALL = (
    Bug(
        "nothing is wrong",
        "",
        "",
        "The loss falls to almost 0, about three of four new digits are right, the gradient check"
        " agrees, and a batch of one digit is learned.",
    ),
    Bug(
        "plus for minus",
        "            change = lr * p.grad + beta * (p.data - w_previous)",
        "            change = -lr * p.grad + beta * (p.data - w_previous)",
        "The gradient is right, but the first step goes along it, uphill. The loss rises from the"
        " first step on, until it is too big for a number.",
    ),
    Bug(
        "zero_grad forgotten",
        "        loss.backward()",
        "        model.zero_grad()\n        loss.backward()",
        "The gradient check agrees at the first step and fails later: .grad holds the sum of all"
        " gradients so far. It grows to more than 30 times the first one, and the loss, which fell"
        " at first, climbs far above its start.",
    ),
    Bug(
        "lr too big",
        "def step(parameters, previous, lr=2, beta=0.9):",
        "def step(parameters, previous, lr=0.02, beta=0.9):",
        "The gradient is right, but the first step alone is more than a fifth as large as all the"
        " weights. The loss jumps up, and most hidden units end up dead.",
    ),
    Bug(
        "lr too small",
        "def step(parameters, previous, lr=0.00001, beta=0.9):",
        "def step(parameters, previous, lr=0.02, beta=0.9):",
        "The gradients are as large as in a healthy run, but no step is more than a ten-thousandth"
        f" of the weights. After {UPDATES} of them the loss has fallen by less than 1%.",
    ),
    Bug(
        "all weights zero",
        "model = Sequential(hidden, Dense(32, 10, rng=rng))\n"
        "for p in model.parameters():\n"
        "    p.data[:] = 0",
        "model = Sequential(hidden, Dense(32, 10, rng=rng))",
        "Every hidden output is 0, and so are the gradients of both kernels, at every step. Only"
        " the last bias learns: all digits get the same answer.",
    ),
    Bug(
        "labels shuffled",
        "loader = DataLoader(pixels / 255, rng.permutation(digits), batch_size=40, shuffle=True,"
        " rng=rng)",
        "loader = DataLoader(pixels / 255, digits, batch_size=40, shuffle=True, rng=rng)",
        "The network learns about six of ten training digits, but only by heart: of new digits it"
        " gets about one in ten right, as guessing does.",
    ),
    Bug(
        "no ReLU",
        "hidden = Dense(784, 32, rng=rng)",
        'hidden = Dense(784, 32, "relu", rng=rng)',
        "It learns as well as a healthy run. But no hidden output is 0, where ReLU makes about half"
        " of them 0. Without it, two layers can do no more than one.",
    ),
    Bug(
        "softmax twice",
        'model = Sequential(hidden, Dense(32, 10, "softmax", rng=rng))',
        "model = Sequential(hidden, Dense(32, 10, rng=rng))",
        "Most digits are right, but the loss stays above 1.46 and no probability gets above 0.24:"
        " a softmax of numbers from 0 to 1 is never sure. Not even a single digit is learned.",
    ),
    Bug(
        "sum for mean",
        '        loss = cross_entropy(model(inputs), labels, "sum")',
        "        loss = cross_entropy(model(inputs), labels)",
        "The first loss is about 92: 40 times 2.3, once for each digit of the batch. The steps are"
        " 40 times as long as well, and the loss jumps. A batch of one digit is learned.",
    ),
    Bug(
        "step before backward",
        "        step(model.parameters(), previous)\n        loss.backward()",
        "        loss.backward()\n        step(model.parameters(), previous)",
        "backward() finds gradients as large as in a healthy run, but no weight ever moves: step()"
        " comes when zero_grad() has just thrown the gradients away.",
    ),
    Bug(
        "data not scaled",
        "loader = DataLoader(pixels, digits, batch_size=40, shuffle=True, rng=rng)",
        "loader = DataLoader(pixels / 255, digits, batch_size=40, shuffle=True, rng=rng)",
        "Before any step the loss is more than five times the 2.3 of guessing: pixels up to 255"
        " make the scores huge. The first step is larger than all the weights, and most hidden"
        " units end up dead.",
    ),
    Bug(
        "previous weight too late",
        "            p.data += change\n            w_previous[:] = p.data",
        "            w_previous[:] = p.data\n            p.data += change",
        "Each step is lr times the gradient, from the first to the last: w - w_previous is always"
        " 0. With momentum the steps would grow, so this run learns slowly.",
    ),
    Bug(
        "stale previous weight",
        "            p.data += change",
        "            w_previous[:] = p.data\n            p.data += change",
        "The loss falls at first, then it explodes. The steps become more than 50 times lr times"
        " the gradient: each repeats the whole way from the start, not the last step.",
    ),
    Bug(
        "first layer cut off",
        "hidden = Dense(784, 32, lambda x: Tensor(np.maximum(x.data, 0)), rng=rng)",
        'hidden = Dense(784, 32, "relu", rng=rng)',
        "The first layer has no gradient, and its weights never move, although a nudge of one"
        " changes the loss. A new Tensor made of .data has forgotten where it came from.",
    ),
)
BUGS = {bug.name: bug for bug in _ALL}


@dataclass(frozen=True)
class Run:
    """What one training left behind, at some of its updates.

    Attributes
    ----------
    name : str
        The bug.
    seed : int
        Of the weights and of the order of the digits.
    batch_losses : array (updates,)
        `loss.item()` of the loop, at each of its updates.
    updates : array (records,)
        How many updates had been made: 0, 1, ..., 5, 10, 15, ...
    loss : array (records,)
        The mean loss of one digit, over all digits that the loop trains on.
    train_accuracy : array (records,)
        The share of these digits that is right, by the labels that the loop has.
    held_out_accuracy : array (records,)
        The share of right answers to digits that it has never seen.
    confidence : array (records,)
        The mean of the largest probability, over the training digits.
    answers : array (records,)
        How many of the ten classes the network answers at all.
    dead : array (records,)
        The share of hidden units that give 0 for every training digit.
    zeros : array (records,)
        The share of hidden outputs that are exactly 0.
    gradients : dict of array (records,)
        The norm of each parameter's gradient as the loop left it, NaN where there is none.
    steps : dict of array (records,)
        The norm of each parameter's last change.
    weights : dict of array (records,)
        The norm of each parameter.
    downhill : array (records,)
        The cosine of the angle between the last change of all weights and minus the gradient: 1 is
        straight downhill, -1 uphill; NaN where there is no change or no gradient.
    kernels : dict of array (6, 28, 28)
        By the number of updates, the weights that lead to six of the hidden units, as pictures.

    Notes
    -----
    A record at 0 updates has no gradient, and steps of 0.

    Examples
    --------
    >>> healthy = run("nothing is wrong")
    >>> int(healthy.updates[-1]), bool(healthy.loss[-1] < 0.1 * healthy.loss[0])
    (200, True)
    """

    name: str
    seed: int
    batch_losses: Array
    updates: Array
    loss: Array
    train_accuracy: Array
    held_out_accuracy: Array
    confidence: Array
    answers: Array
    dead: Array
    zeros: Array
    gradients: dict[str, Array]
    steps: dict[str, Array]
    weights: dict[str, Array]
    downhill: Array
    kernels: dict[int, Array]


@dataclass(frozen=True)
class Evidence:
    """The answer to a question that the learner asks of a run.

    Attributes
    ----------
    numbers : dict of float
        What was measured, by name.
    passed : bool or None
        Whether it is as in a healthy run; None where there is nothing left to measure.
    sentence : str
        The same in words.

    Examples
    --------
    >>> batch_of_one("softmax twice").passed
    False
    """

    numbers: dict[str, float]
    passed: bool | None
    sentence: str


a_bug = one_of(*BUGS)
a_seed = integer(at_least=0)


@expects(bug_name=a_bug)
def code(bug_name: str) -> str:
    """Write the training loop with the broken lines in it: the text that runs.

    Parameters
    ----------
    bug_name : str
        One of `BUGS`.

    Returns
    -------
    str
        Lines of Python.

    Raises
    ------
    ValueError
        If there is no such bug.

    Examples
    --------
    >>> "model.zero_grad()" in LOOP, "model.zero_grad()" in code("zero_grad forgotten")
    (True, False)
    """
    bug = BUGS[bug_name]
    return LOOP.replace(bug.right, bug.wrong) if bug.right else LOOP


@expects(bug_name=a_bug, seed=a_seed)
def run(bug_name: str, seed: int = 0) -> Run:
    """Train a network on real digits with this bug, and keep what can be seen of it.

    Parameters
    ----------
    bug_name : str
        One of `BUGS`.
    seed : int
        Of the first weights, and of the order of the digits.

    Returns
    -------
    Run
        The same object for the same arguments. Its arrays are read-only.

    Raises
    ------
    TypeError, ValueError
        If there is no such bug, or seed is no integer of at least 0.

    Examples
    --------
    >>> bool(run("step before backward").steps["0.kernel"].any())
    False
    """
    return _run(bug_name, seed)


@lru_cache(maxsize=4 * len(BUGS))
def _run(bug_name: str, seed: int) -> Run:
    """`run` of arguments that have been checked."""
    training = _Recorded(bug_name, seed)
    training.start()
    records = training.records
    columns: dict[str, Any] = {name: [one[name] for one in records] for name in records[0]}
    for name, column in columns.items():
        if isinstance(column[0], dict):
            columns[name] = {key: _fixed([one[key] for one in column]) for key in column[0]}
        else:
            columns[name] = _fixed(column)
    batch_losses = _fixed(training.batch_losses)
    return Run(bug_name, seed, batch_losses, kernels=training.kernels, **columns)


@expects(bug_name=a_bug, update=integer(at_most=UPDATES), seed=a_seed)
def gradient_check(bug_name: str, update: int, seed: int = 0) -> Evidence:
    """Compare the gradient of one weight at one update with a nudge of that weight.

    Parameters
    ----------
    bug_name : str
        One of `BUGS`.
    update : int
        Which update of the run, from 1 to `UPDATES`.
    seed : int
        As for `run`.

    Returns
    -------
    Evidence
        Its numbers: "analytic", which `step` found in .grad; "numerical", the rate of change of the
        loop's own loss of that batch; and their relative "error".

    Raises
    ------
    TypeError, ValueError
        If there is no such bug or update, or seed is no integer of at least 0.

    Notes
    -----
    The weight leads from the pixel with the most ink to that hidden unit where a nudge changes the
    loss the most. The nudge is made in float64.

    Examples
    --------
    >>> gradient_check("zero_grad forgotten", 1).passed
    True
    >>> gradient_check("zero_grad forgotten", 10).passed
    False
    """
    training = _Training(bug_name, seed, stop=update)
    training.start()
    kernel, inputs = training.hidden.kernel, training.names["inputs"]
    pixel = int(np.argmax(inputs.mean(axis=0)))
    given = np.zeros(kernel.shape[1]) if kernel.grad is None else kernel.grad[pixel]
    for p, before in zip(training.parameters, training.before, strict=True):
        p.data = before.astype(np.float64)
    if not all(np.isfinite(values).all() for values in (given, *training.before)):
        numbers = dict(analytic=math.nan, numerical=math.nan, error=math.inf)
        sentence = (
            f"At update {update} the weights or gradients are no longer numbers: nothing to check."
        )
        return Evidence(numbers, None, sentence)
    row, loss = kernel.data[pixel].copy(), training.loss_of(pixel)
    nudge = 1e-7 * max(1, np.abs(row).max())
    unit = int(np.argmax(np.abs(numerical_gradient(loss, row, nudge))))

    def of_unit(weight: Array) -> float:
        row[unit] = weight[0]
        return loss(row)

    check = check_gradient(of_unit, row[[unit]], given[[unit]], nudge, CHECK_TOLERANCE)
    where = f"the weight from pixel {divmod(pixel, 28)} to hidden unit {unit}"
    left = "backward() left none" if kernel.grad is None else f".grad holds {check.analytic:.3g}"
    sentence = (
        f"At update {update} a nudge of {where} changes the loss by {check.numerical:.3g} per unit;"
        f" {left}. They {'agree' if check.passed else 'do not agree'}."
    )
    numbers = dict(analytic=check.analytic, numerical=check.numerical, error=check.relative_error)
    return Evidence(numbers, check.passed, sentence)


@expects(bug_name=a_bug, update=integer(at_most=UPDATES), seed=a_seed)
def gradient_norms(bug_name: str, update: int, seed: int = 0) -> Evidence:
    """Look at the gradient norm of each parameter, at the last record up to this update.

    Parameters
    ----------
    bug_name : str
        One of `BUGS`.
    update : int
        Which update of the run, from 1 to `UPDATES`.
    seed : int
        As for `run`.

    Returns
    -------
    Evidence
        Its numbers: the norm by the name of the parameter, NaN where it has no gradient. It is
        passed if all of them are finite and above 0.

    Raises
    ------
    TypeError, ValueError
        If there is no such bug or update, or seed is no integer of at least 0.

    Examples
    --------
    >>> print(gradient_norms("all weights zero", 1).sentence)
    At update 1 the gradient norms are 0.kernel: 0, 0.bias: 0, 1.kernel: 0, 1.bias: 0.15.
    """
    result = _run(bug_name, seed)
    at = int(np.searchsorted(result.updates, update, side="right")) - 1
    numbers = {name: float(norms[at]) for name, norms in result.gradients.items()}
    passed = all(0 < norm < math.inf for norm in numbers.values())
    words = ", ".join(
        f"{name}: {'none' if math.isnan(norm) else f'{norm:.3g}'}" for name, norm in numbers.items()
    )
    sentence = f"At update {result.updates[at]} the gradient norms are {words}."
    return Evidence(numbers, passed, sentence)


@expects(bug_name=a_bug, seed=a_seed)
def batch_of_one(bug_name: str, seed: int = 0) -> Evidence:
    """Run the same loop on one single digit: a network that learns at all learns that by heart.

    Parameters
    ----------
    bug_name : str
        One of `BUGS`.
    seed : int
        As for `run`.

    Returns
    -------
    Evidence
        Its numbers: the "first" and the "last" loss of 30 updates. It is passed if the last one is
        less than a quarter of the first.

    Raises
    ------
    TypeError, ValueError
        If there is no such bug, or seed is no integer of at least 0.

    Examples
    --------
    >>> print(batch_of_one("step before backward").sentence)
    One digit alone: its loss goes from 2.45 to 2.45 in 30 updates. It is not learned.
    """
    training = _OneDigit(bug_name, seed)
    training.start()
    first, last = training.batch_losses[0], training.batch_losses[-1]
    passed = last < ONE_LEARNED * first
    verdict = "It is learned." if passed else "It is not learned."
    sentence = (
        f"One digit alone: its loss goes from {first:.3g} to {last:.3g} in {ONE} updates. {verdict}"
    )
    return Evidence(dict(first=first, last=last), passed, sentence)


def symptoms(result: Run) -> dict[str, str]:
    """Name the patterns of a run: those that the picture shows, and the evidence one may ask for.

    Parameters
    ----------
    result : Run
        What `run` gave.

    Returns
    -------
    dict of str
        By the name of the pattern. No two bugs have all of them in common.

    Examples
    --------
    >>> healthy, broken = symptoms(run("nothing is wrong")), symptoms(run("no ReLU"))
    >>> [name for name in healthy if healthy[name] != broken[name]]
    ['hidden outputs at the start']
    """
    gradient, change, weights = (
        _all(norms) for norms in (result.gradients, result.steps, result.weights)
    )
    check = gradient_check(result.name, 10, result.seed)
    one = batch_of_one(result.name, result.seed)
    return {
        "loss": _loss_pattern(result.loss),
        "first loss": _first_loss(result),
        "accuracy": _accuracy_pattern(result),
        "first step": _first_step(float(change[1]), float(weights[0]), float(result.downhill[1])),
        "later steps": _later_steps(change[1:], gradient[1:]),
        "hidden outputs at the start": _hidden_pattern(float(result.zeros[0])),
        "first gradient of the first layer": _gradient_pattern(result.gradients["0.kernel"][1]),
        "gradient check": "agrees" if check.passed else "fails",
        "batch of one": "learned" if one.passed else "not learned",
    }


def _loss_pattern(loss: Array) -> str:
    """Say how the loss of a digit goes."""
    if not np.isfinite(loss[-1]):
        return "falls, then explodes" if loss[1] < loss[0] else "rises, then explodes"
    if (loss / np.minimum.accumulate(loss)).max() > 1 + JUMP:
        return "jumps up"
    if loss[-1] > (1 - FLAT) * loss[0]:
        return "stays flat"
    return "falls to almost 0" if loss[-1] < NEAR_NOTHING * loss[0] else "falls slowly"


def _first_loss(result: Run) -> str:
    """Compare the loop's first loss, before any update, with that of guessing."""
    if result.loss[0] > HIGH * GUESSING:
        return "far above guessing"
    of_a_batch = result.batch_losses[0] > HIGH * GUESSING
    return "guessing, times the batch" if of_a_batch else "guessing"


def _accuracy_pattern(result: Run) -> str:
    """Compare the accuracy on training digits with that on new ones."""
    train, held_out = result.train_accuracy[-1], result.held_out_accuracy[-1]
    return "only training digits" if train > BY_HEART * held_out else "training and new alike"


def _first_step(change: float, weights: float, downhill: float) -> str:
    """Compare the first step with the weights, and with the direction of the gradient."""
    if not change:
        return "none"
    if downhill < 0:
        return "uphill"
    if weights and change < TINY * weights:
        return "tiny"
    return "huge" if weights and change > HUGE * weights else "downhill"


def _later_steps(change: Array, gradient: Array) -> str:
    """Say whether steps get longer than their gradients, as momentum makes them."""
    if not change[0]:
        return "none"
    with np.errstate(all="ignore"):
        longer = change / gradient / (change[0] / gradient[0])
    largest = longer[np.isfinite(longer)].max()
    return "longer than lr × gradient" if largest > LONGER else "lr × gradient"


def _hidden_pattern(zeros: float) -> str:
    """Say how many of the hidden outputs are 0."""
    if zeros > 1 - HALF:
        return "all are 0"
    return "many are 0" if zeros > HALF else "none are 0"


def _gradient_pattern(norm: float) -> str:
    """Say whether there is a gradient."""
    if math.isnan(norm):
        return "none"
    return "there" if norm else "0"


def _all(norms: dict[str, Array]) -> Array:
    """Join the norms of all parameters to one; those without a gradient count nothing."""
    with np.errstate(all="ignore"):
        return np.sqrt(np.nansum([norm**2 for norm in norms.values()], axis=0))


@lru_cache(maxsize=1)
def _digits() -> tuple[tuple[Images, Labels], tuple[Images, Labels]]:
    """Return digits to train with and digits to hold out, with pixels from 0 to 255."""
    images, labels, _, _ = load_mnist(train=TRAIN + HELD_OUT, test=1)
    pixels = np.round(255 * images)
    return (pixels[:TRAIN], labels[:TRAIN]), (pixels[TRAIN:], labels[TRAIN:])


class _Enough(Exception):  # noqa: N818 no error: the loop may stop here
    """Ends a loop that runs as text."""


class _Loader(DataLoader):
    """The DataLoader of the loop, which lets `training` look on."""

    def __init__(self, training: _Training, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.training = training
        training.begin(self)

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        for _ in range(self.training.repeat):
            for batch in super().__iter__():
                self.training.before_update()
                yield batch
                self.training.after_update()


class _Training:
    """A run of `code(name)`, which may stop after an update."""

    repeat = 1

    def __init__(self, name: str, seed: int, stop: int | None = None) -> None:
        self.code, self.stop = code(name), stop
        pixels, digits = _digits()[0]
        self.names: dict[str, Any] = dict(  # what the text finds
            np=np,
            rng=np.random.default_rng(seed),
            pixels=pixels,
            digits=digits,
            Dense=Dense,
            Sequential=Sequential,
            Tensor=Tensor,
            cross_entropy=cross_entropy,
            DataLoader=partial(_Loader, self),
        )
        self.made = 0  # updates
        self.batch_losses: list[float] = []

    def start(self) -> None:
        """Run the text."""
        with np.errstate(all="ignore"), contextlib.suppress(_Enough):
            exec(compile(self.code, "<the training loop>", "exec"), self.names)  # noqa: S102

    @property
    def hidden(self) -> Dense:
        """The loop's first layer."""
        layer: Dense = self.names["hidden"]
        return layer

    def loss_of(self, pixel: int) -> Callable[[Array], float]:
        """Return the loop's own loss of its last batch as a function of one pixel's weights."""
        lines = (line.strip() for line in self.code.splitlines())
        line = compile(next(line for line in lines if line.startswith("loss =")), "<loss>", "exec")

        def loss(weights: Array) -> float:
            self.hidden.kernel.data[pixel] = weights
            with no_grad():
                exec(line, self.names)  # noqa: S102 a line of our own
            value: float = self.names["loss"].item()
            return value

        return loss

    def begin(self, loader: _Loader) -> None:
        """Look on before the first update."""
        self.parameters = self.names["model"].parameters()

    def before_update(self) -> None:
        """Keep the weights for which the gradient is computed."""
        self.before = [p.data.copy() for p in self.parameters]

    def after_update(self) -> None:
        """Write down the loop's loss, and stop it where that is wanted."""
        self.made += 1
        self.batch_losses.append(self.names["loss"].item())
        if self.made == self.stop:
            raise _Enough


class _OneDigit(_Training):
    """The same loop with one digit for all its data."""

    repeat = ONE

    def __init__(self, name: str, seed: int) -> None:
        super().__init__(name, seed, stop=ONE)

    def begin(self, loader: _Loader) -> None:
        """Leave the loop one digit."""
        super().begin(loader)
        loader.inputs, loader.labels = loader.inputs[:1], loader.labels[:1]


class _Recorded(_Training):
    """The loop with everything that `Run` keeps."""

    def __init__(self, name: str, seed: int) -> None:
        super().__init__(name, seed)
        self.records: list[dict[str, Any]] = []
        self.kernels: dict[int, Array] = {}

    def begin(self, loader: _Loader) -> None:
        """Take the first record, of the untrained network."""
        super().begin(loader)
        self.inputs, self.labels = loader.inputs, loader.labels
        pixels, self.held_out_labels = _digits()[1]
        # in the units in which the loop has its own digits
        self.held_out = pixels * (loader.inputs.max() / 255)
        self.before_update()
        self.record()

    def after_update(self) -> None:
        """Take a record every few updates."""
        super().after_update()
        if self.made <= EVERY or self.made % EVERY == 0:
            self.record()

    def record(self) -> None:
        """Look at the network as it is now."""
        model, named = self.names["model"], self.names["model"].named_parameters()
        with no_grad():
            hidden, last = model.layers
            outputs = hidden(self.inputs)
            scores = last(outputs)
            probabilities = softmax(scores).data
            held_out = accuracy(model(self.held_out), self.held_out_labels)
            loss = cross_entropy(scores, self.labels).item()
        changes = [p.data - b for (_, p), b in zip(named, self.before, strict=True)]
        self.records.append(
            dict(
                updates=self.made,
                loss=loss,
                train_accuracy=accuracy(scores, self.labels),
                held_out_accuracy=held_out,
                confidence=float(probabilities.max(axis=1).mean()),
                answers=len(np.unique(scores.data.argmax(axis=1))),
                dead=float((outputs.data == 0).all(axis=0).mean()),
                zeros=float((outputs.data == 0).mean()),
                gradients={n: math.nan if p.grad is None else _norm(p.grad) for n, p in named},
                steps={n: _norm(c) for (n, _), c in zip(named, changes, strict=True)},
                weights={n: _norm(p.data) for n, p in named},
                downhill=_cosine(
                    [(c, -p.grad) for c, (_, p) in zip(changes, named, strict=True) if _has(p)]
                ),
            )
        )
        if self.made % PICTURES_EVERY == 0:
            pictures = self.hidden.kernel.data.T[:PICTURES].reshape(PICTURES, 28, 28)
            self.kernels[self.made] = _fixed(pictures.copy())


def _has(parameter: Any) -> bool:
    """Say whether a parameter has a gradient."""
    return parameter.grad is not None


def _norm(array: Array) -> float:
    """Take the root of the sum of the squares, which float32 may be too small for."""
    return float(np.linalg.norm(array.astype(np.float64)))


def _cosine(pairs: list[tuple[Array, Array]]) -> float:
    """Take the cosine of the angle between all the first arrays and all the second ones."""
    if not pairs:
        return math.nan
    a, b = (np.concatenate([x.ravel() for x in side], dtype=np.float64) for side in zip(*pairs))  # noqa: B905
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def _fixed(values: Any) -> Array:
    """Make an array that nobody changes: a run is computed once and shown often."""
    array: Array = np.asarray(values)
    array.flags.writeable = False
    return array
