"""Broken training loops: what is shown is what runs, each bug can be told from all others, and what
is said of it is true.
"""

import doctest
import math

import numpy as np
import pytest

from lecture3_engine import DataLoader, Dense, Sequential, Tensor, cross_entropy, evaluate
from lecture3_engine.datasets import load_mnist
from lecture3_engine.explorers import bugs
from lecture3_engine.explorers.bugs import (
    BUGS,
    LOOP,
    batch_of_one,
    code,
    gradient_check,
    gradient_norms,
    run,
    symptoms,
)

HEALTHY = "nothing is wrong"
SEEDS = range(4)
BROKEN = [name for name in BUGS if name != HEALTHY]
# the bugs that change a gradient, and the first update at which they do
IN_THE_GRADIENT = {"zero_grad forgotten": 2, "first layer cut off": 1}

each = pytest.mark.parametrize("name", BUGS)


def test_the_classic_mistakes_are_there():
    assert {
        HEALTHY,
        "plus for minus",
        "zero_grad forgotten",
        "lr too big",
        "lr too small",
        "all weights zero",
        "labels shuffled",
        "no ReLU",
        "softmax twice",
        "sum for mean",
        "step before backward",
        "data not scaled",
        "previous weight too late",
    } <= set(BUGS)
    assert all(name == bug.name for name, bug in BUGS.items())


@pytest.mark.parametrize("name", BROKEN)
def test_the_broken_lines_stand_in_the_place_of_the_right_ones(name):
    bug = BUGS[name]
    assert LOOP.count(bug.right) == code(name).count(bug.wrong) == 1
    assert code(name) != LOOP
    assert code(name).replace(bug.wrong, bug.right) == LOOP
    # whole lines, as they are shown
    assert set(bug.right.splitlines()) <= set(LOOP.splitlines())
    assert set(bug.wrong.splitlines()) <= set(code(name).splitlines())
    assert max(map(len, code(name).splitlines())) <= 100


def test_the_healthy_loop_is_not_changed():
    assert code(HEALTHY) == LOOP


def executed(text, seed=0, digits=400):
    """What a learner gets who runs the text as it is shown, with the package's own names."""
    images, labels, _, _ = load_mnist(train=digits, test=1)
    names = dict(np=np, rng=np.random.default_rng(seed), pixels=np.round(255 * images))
    names |= dict(digits=labels, Dense=Dense, Sequential=Sequential, Tensor=Tensor)
    names |= dict(DataLoader=DataLoader, cross_entropy=cross_entropy)
    with np.errstate(all="ignore"):
        exec(text, names)
    return names


@each
def test_what_is_shown_is_what_runs(name):
    result, names = run(name), executed(code(name))
    np.testing.assert_array_equal(result.batch_losses[-1], names["loss"].item())
    for key, array in names["model"].state_dict().items():
        with np.errstate(all="ignore"):
            norm = np.linalg.norm(array.astype(np.float64))
        np.testing.assert_array_equal(result.weights[key][-1], norm)
    loader = names["loader"]
    with np.errstate(all="ignore"):
        loss, right = evaluate(names["model"], loader.inputs, loader.labels, cross_entropy)
    np.testing.assert_allclose(result.loss[-1], loss, rtol=1e-5)
    assert result.train_accuracy[-1] == pytest.approx(right)
    images, labels, _, _ = load_mnist(train=700, test=1)
    scale = 255 if name == "data not scaled" else 1
    with np.errstate(all="ignore"):
        _, right = evaluate(names["model"], scale * images[400:], labels[400:], cross_entropy)
    assert result.held_out_accuracy[-1] == pytest.approx(right, abs=0.01)
    last = names["model"].state_dict()["0.kernel"].T[0].reshape(28, 28)
    np.testing.assert_array_equal(result.kernels[200][0], last)


@each
def test_a_batch_of_one_is_the_same_loop_with_one_digit(name):
    if name == "labels shuffled":  # of one digit alone they cannot be
        assert batch_of_one(name).passed
        return
    names = executed(code(name).replace("range(20)", "range(30)"), digits=1)
    assert batch_of_one(name).numbers["last"] == names["loss"].item()


@each
def test_records_fit_together(name):
    result = run(name)
    assert result.updates.tolist() == [*range(5), *range(5, 201, 5)]
    assert len(result.batch_losses) == 200
    records = [result.loss, result.train_accuracy, result.held_out_accuracy, result.confidence]
    records += [result.answers, result.dead, result.zeros, result.downhill]
    for norms in (result.gradients, result.steps, result.weights):
        assert list(norms) == ["0.kernel", "0.bias", "1.kernel", "1.bias"]
        records += norms.values()
    assert {len(record) for record in records} == {len(result.updates)}
    assert {picture.shape for picture in result.kernels.values()} == {(6, 28, 28)}
    assert list(result.kernels) == list(range(0, 201, 20))
    assert not result.loss.flags.writeable
    assert run(name) is run(bug_name=name, seed=0)


# --- told apart ---

LIMITS = ["CHECK_TOLERANCE", "ONE_LEARNED", "NEAR_NOTHING", "FLAT", "JUMP", "HIGH", "BY_HEART"]
LIMITS += ["TINY", "HUGE", "LONGER", "HALF"]


def test_no_two_bugs_have_the_same_symptoms():
    patterns = {tuple(symptoms(run(name)).items()): name for name in BUGS}
    assert len(patterns) == len(BUGS) >= 13


@each
def test_symptoms_do_not_hang_on_the_seed_or_on_a_limit(name, monkeypatch):
    """With other weights and another order of the digits; and with all limits a quarter away."""
    expected = symptoms(run(name))
    for seed in SEEDS:
        assert symptoms(run(name, seed)) == expected
    before = {limit: getattr(bugs, limit) for limit in LIMITS}
    for factor in (0.8, 1.25):
        for limit, value in before.items():
            monkeypatch.setattr(bugs, limit, factor * value)
        for seed in SEEDS[:2]:
            assert symptoms(run(name, seed)) == expected


# --- what is said ---


def total(norms):
    with np.errstate(all="ignore"):
        return np.sqrt(np.nansum([norm**2 for norm in norms.values()], axis=0))


def stretch(result):
    """The length of each step by that of its gradient, compared with the first one."""
    with np.errstate(all="ignore"):
        ratio = total(result.steps)[1:] / total(result.gradients)[1:]
    return ratio / ratio[0]


def checked(result, update):
    return gradient_check(result.name, update, result.seed)


def healthy(result):
    return run(HEALTHY, result.seed)


def learned(result):
    return batch_of_one(result.name, result.seed).passed


def as_large_as_healthy(result):
    return all(
        norm[1] == pytest.approx(healthy(result).gradients[key][1], rel=1e-3)
        for key, norm in result.gradients.items()
    )


def first_step(result):
    return total(result.steps)[1] / total(result.weights)[0]


# parts of the sentences, which together are all that they claim, and how each is measured
CLAIMS = {
    HEALTHY: {
        "falls to almost 0": lambda r: r.loss[-1] < 0.1,
        "about three of four new digits": lambda r: 0.7 < r.held_out_accuracy[-1] < 0.82,
        "check agrees": lambda r: all(checked(r, n).passed for n in (1, 10, 100, 200)),
        "a batch of one digit is learned": learned,
    },
    "plus for minus": {
        "The gradient is right": lambda r: checked(r, 1).passed,
        "along it, uphill": lambda r: r.downhill[1] == pytest.approx(-1, abs=1e-3),
        "rises from the first step on": lambda r: (np.diff(r.loss[:20]) > 0).all(),
        "too big for a number": lambda r: not np.isfinite(r.loss[-1]),
    },
    "zero_grad forgotten": {
        "agrees at the first step": lambda r: checked(r, 1).passed,
        "fails later": lambda r: not any(checked(r, n).passed for n in (2, 10, 100)),
        "sum of all gradients so far": lambda r: adds_up(r.seed),
        "more than 30 times the first": lambda r: (
            total(r.gradients).max() > 30 * total(r.gradients)[1]
        ),
        "which fell at first": lambda r: r.loss.min() < 0.8 * r.loss[0],
        "far above its start": lambda r: r.loss[-1] > 5 * r.loss[0],
    },
    "lr too big": {
        "The gradient is right": lambda r: checked(r, 1).passed and checked(r, 10).passed,
        "more than a fifth": lambda r: first_step(r) > 0.2,
        "The loss jumps up": lambda r: r.loss.max() > 1.3 * r.loss[0],
        "most hidden units end up dead": lambda r: r.dead[-1] > 0.7,
    },
    "lr too small": {
        "as large as in a healthy run": as_large_as_healthy,
        "no step is more than a ten-thousandth": lambda r: (
            total(r.steps) < 1e-4 * total(r.weights)
        ).all(),
        "After 200 of them": lambda r: r.updates[-1] == 200,
        "less than 1%": lambda r: 0.99 * r.loss[0] < r.loss[-1] < r.loss[0],
    },
    "all weights zero": {
        "Every hidden output is 0": lambda r: (r.zeros == 1).all(),
        "the gradients of both kernels": lambda r: (
            not any(r.gradients[key][1:].any() for key in ("0.kernel", "1.kernel"))
        ),
        "Only the last bias learns": lambda r: (
            [key for key, norm in r.steps.items() if norm.any()] == ["1.bias"]
        ),
        "the same answer": lambda r: (r.answers == 1).all(),
    },
    "labels shuffled": {
        "about six of ten training digits": lambda r: 0.45 < r.train_accuracy[-1] < 0.75,
        "about one in ten right, as guessing": lambda r: r.held_out_accuracy[-1] < 0.2,
    },
    "no ReLU": {
        "as well as a healthy run": lambda r: (
            r.loss[-1] < 1.1 * healthy(r).loss[-1]
            and r.held_out_accuracy[-1] > healthy(r).held_out_accuracy[-1] - 0.05
        ),
        "no hidden output is 0": lambda r: not r.zeros.any(),
        "about half": lambda r: 0.35 < healthy(r).zeros[0] < 0.65,
        "no more than one": lambda r: one_layer_does_it(r.seed),
    },
    "softmax twice": {
        "Most digits are right": lambda r: (
            r.train_accuracy[-1] > 0.6 < 0.1 + r.held_out_accuracy[-1]
        ),
        "above 1.46": lambda r: r.loss.min() > 1.46 and r.batch_losses.min() > 1.46,
        "above 0.24": lambda r: r.confidence.max() < math.e / (math.e + 9) < 0.24,
        "Not even a single digit": lambda r: not learned(r),
    },
    "sum for mean": {
        "about 92": lambda r: abs(r.batch_losses[0] - 92) < 2,
        "40 times 2.3": lambda r: r.batch_losses[0] == pytest.approx(40 * 2.3, rel=0.03),
        "40 times as long": lambda r: (
            total(r.steps)[1] == pytest.approx(40 * total(healthy(r).steps)[1], rel=1e-3)
        ),
        "the loss jumps": lambda r: (r.loss / np.minimum.accumulate(r.loss)).max() > 1.3,
        "A batch of one digit is learned": learned,
    },
    "step before backward": {
        "as large as in a healthy run": as_large_as_healthy,
        "no weight ever moves": lambda r: not total(r.steps).any(),
    },
    "data not scaled": {
        "five times the 2.3": lambda r: r.loss[0] > 5 * 2.3,
        "larger than all the weights": lambda r: first_step(r) > 1,
        "most hidden units end up dead": lambda r: r.dead[-1] > 0.7,
    },
    "previous weight too late": {
        "lr times the gradient": lambda r: (
            stretch(r) == pytest.approx(1, rel=1e-3)
            and total(r.steps)[1] == pytest.approx(0.02 * total(r.gradients)[1], rel=1e-3)
        ),
        "With momentum the steps would grow": lambda r: stretch(healthy(r)).max() > 3,
        "learns slowly": lambda r: 0.8 * r.loss[0] > r.loss[-1] > 5 * healthy(r).loss[-1],
    },
    "stale previous weight": {
        "falls at first": lambda r: (np.diff(r.loss[:6]) < 0).all(),
        "then it explodes": lambda r: not np.isfinite(r.loss[-1]),
        "more than 50 times lr": lambda r: np.nanmax(stretch(r)) > 50,
    },
    "first layer cut off": {
        "has no gradient": lambda r: np.isnan(r.gradients["0.kernel"][1:]).all(),
        "its weights never move": lambda r: (
            not r.steps["0.kernel"].any() and not r.steps["0.bias"].any()
        ),
        "a nudge of one changes the loss": lambda r: (
            abs(checked(r, 10).numbers["numerical"]) > 0.01
        ),
    },
}


def adds_up(seed):
    """Whether the gradient after the second update is the first one and the second batch's."""
    one, two = (bugs._Training("zero_grad forgotten", seed, stop=n) for n in (1, 2))
    one.start()
    two.start()
    found, first = two.parameters[0].grad.copy(), one.parameters[0].grad
    model = two.names["model"]
    for p, before in zip(two.parameters, two.before, strict=True):
        p.data[...] = before
    model.zero_grad()
    cross_entropy(model(two.names["inputs"]), two.names["labels"]).backward()
    return np.allclose(found, first + two.parameters[0].grad, atol=1e-6)


def one_layer_does_it(seed):
    """Whether a single layer gives what the two layers without ReLU give after training."""
    names = executed(code("no ReLU"), seed)
    first, second = names["model"].layers
    images = names["loader"].inputs
    kernel = first.kernel.data @ second.kernel.data
    bias = first.bias.data @ second.kernel.data + second.bias.data
    return np.allclose(names["model"](images).data, images @ kernel + bias, atol=1e-4)


@each
def test_what_gives_it_away_is_true(name):
    for words, claim in CLAIMS[name].items():
        assert words in BUGS[name].evidence
        for seed in SEEDS:
            assert claim(run(name, seed)), (words, seed)


# --- evidence on demand ---


@each
def test_the_gradient_check_agrees_unless_the_bug_is_in_the_gradient(name):
    for update in (1, 2, 20, 80, 200):
        evidence = gradient_check(name, update)
        wrong = update >= IN_THE_GRADIENT.get(name, math.inf)
        if evidence.passed is None:
            assert not np.isfinite(run(name).loss[-1])
            assert "nothing to check" in evidence.sentence
        else:
            assert evidence.passed is not wrong, (update, evidence)
            assert ("do not agree" in evidence.sentence) is wrong


def test_the_gradient_check_names_both_numbers():
    evidence = gradient_check("zero_grad forgotten", 10)
    analytic, numerical = (evidence.numbers[key] for key in ("analytic", "numerical"))
    assert f"by {numerical:.3g} per unit; .grad holds {analytic:.3g}" in evidence.sentence
    assert "backward() left none" in gradient_check("first layer cut off", 10).sentence


def test_gradient_norms_are_those_of_the_run():
    evidence = gradient_norms("first layer cut off", 12)
    result = run("first layer cut off")
    assert "At update 10 " in evidence.sentence
    assert "0.kernel: none" in evidence.sentence
    assert evidence.numbers["1.kernel"] == result.gradients["1.kernel"][result.updates == 10]
    assert not evidence.passed
    assert gradient_norms(HEALTHY, 200).passed


def test_one_digit_is_learned_or_not():
    failing = {name for name in BUGS if not batch_of_one(name).passed}
    assert failing == {"plus for minus", "lr too small", "softmax twice", "step before backward"}


# --- the rest ---


def test_examples():
    result = doctest.testmod(bugs)
    assert result.failed == 0
    assert result.attempted > 10


@pytest.mark.parametrize("function", [code, run, batch_of_one])
def test_an_unknown_bug_is_refused(function):
    with pytest.raises(ValueError, match=r"expected bug_name to be one of 'nothing is wrong'"):
        function("minus for plus")


@pytest.mark.parametrize("function", [gradient_check, gradient_norms])
@pytest.mark.parametrize("update", [0, 201])
def test_an_update_that_is_not_made_is_refused(function, update):
    with pytest.raises(ValueError, match="update"):
        function(HEALTHY, update)
