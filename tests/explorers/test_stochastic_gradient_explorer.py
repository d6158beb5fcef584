"""StochasticGradientExplorer: its gradients are the tape's, its paths SGD's, its cloud what theory
says, and a sum is batch size times a mean.
"""

import re
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.path import Path

from lecture3_engine.explorers import StochasticGradientExplorer
from lecture3_engine.explorers.landscape import WINDOW
from lecture3_engine.explorers.stochastic_gradient_explorer import (
    EPOCHS,
    INPUTS,
    LABELS,
    LINE,
    SAMPLES,
    SEEN,
    batch_gradient,
    cloud,
    run,
    shuffles,
)
from lecture3_engine.finite_difference import numerical_gradient
from lecture3_engine.functional import mse_loss
from lecture3_engine.layers import Dense
from lecture3_engine.optim import SGD
from lecture3_engine.training import DataLoader, fit


def layer_at(w0, w1):
    layer = Dense(1, 1, rng=np.random.default_rng(0), dtype=np.float64)
    layer.kernel.data[:], layer.bias.data[:] = w0, w1
    return layer


def tape(w, inputs, labels, reduction):
    layer = layer_at(*w)
    loss = mse_loss(layer(inputs), labels, reduction)
    loss.backward()
    return loss.item(), np.append(layer.kernel.grad, layer.bias.grad)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_gradient_of_a_batch_is_that_of_the_tape(reduction):
    w = np.array([-1.5, 2.5])
    np.testing.assert_allclose(
        batch_gradient(w, INPUTS[:5], LABELS[:5], reduction),
        tape(w, INPUTS[:5], LABELS[:5], reduction)[1],
        rtol=1e-12,
    )


def test_the_landscape_is_the_loss_of_the_data():
    w = np.array([[-1.5, 2.5], [4.0, -3.0]])
    for point, loss, gradient in zip(w, LINE.loss(w), LINE.gradient(w), strict=True):
        engine_loss, engine_gradient = tape(point, INPUTS, LABELS, "mean")
        np.testing.assert_allclose(loss, engine_loss, rtol=1e-12)
        np.testing.assert_allclose(gradient, engine_gradient, rtol=1e-10)
        np.testing.assert_allclose(gradient, numerical_gradient(LINE.loss, point), rtol=1e-6)
    np.testing.assert_allclose(LINE.gradient(LINE.minima[0]), 0, atol=1e-12)


# 10 does not divide 64: the last batch is what is left
@pytest.mark.parametrize("batch_size", [1, 8, 10, 64])
def test_sgd_in_the_picture_is_fit_with_the_engines_sgd(batch_size):
    explorer = StochasticGradientExplorer(batch_size=batch_size, lr=0.1, seed=3, seen=SEEN)
    layer = layer_at(explorer.w0, explorer.w1)
    loader = DataLoader(INPUTS, LABELS, batch_size, shuffle=True, rng=np.random.default_rng(3))
    history = fit(layer, loader, mse_loss, SGD(layer.parameters(), lr=0.1), EPOCHS, progress=False)
    np.testing.assert_allclose(
        np.ravel(explorer.sgd_now.get_data()),
        [layer.kernel.data.item(), layer.bias.data.item()],
        rtol=1e-9,
    )
    np.testing.assert_allclose(
        explorer.gd_now.get_xydata()[0],
        run(64, 0.1, "mean", explorer.w0, explorer.w1, 0)[1].points[-1],
        rtol=1e-9,
    )
    steps = len(history.step_losses)
    assert explorer.counts[0].get_text() == (
        f"SGD: {steps} steps of {batch_size} sample{'s' * (batch_size > 1)}"
    )
    assert len(explorer.sgd.get_xdata()) == len(history.step_losses) + 1
    assert len(explorer.gd.get_xdata()) == EPOCHS + 1


def test_the_lines_and_the_batch_are_those_of_the_weights():
    explorer = StochasticGradientExplorer(batch_size=8, lr=0.1, seen=0)
    samples = {(x, y) for x, y in np.hstack([INPUTS, LABELS]).tolist()}
    assert len(explorer.batch.get_xdata()) == 0
    met = []
    for seen in range(1, SAMPLES + 1):
        explorer.seen = seen
        batch = [tuple(sample) for sample in explorer.batch.get_xydata().tolist()]
        assert len(batch) == (seen - 1) % 8 + 1  # it fills, and stays until the next one begins
        met += batch[-1:]
        for line, now in (
            (explorer.sgd_line, explorer.sgd_now),
            (explorer.gd_line, explorer.gd_now),
        ):
            x, y = line.get_data()
            slope, intercept = np.ravel(now.get_data())
            np.testing.assert_allclose(y, slope * x + intercept, rtol=1e-12)
    assert set(met) == samples  # each once
    slope, intercept = np.ravel(explorer.sgd_now.get_data())
    sticks = explorer.errors.get_xydata().reshape(8, 3, 2)
    np.testing.assert_array_equal(sticks[:, 0], batch)
    np.testing.assert_allclose(sticks[:, 1, 1], slope * sticks[:, 1, 0] + intercept)


def test_the_start_is_dragged_as_a_line():
    explorer = StochasticGradientExplorer(w0=1.0, w1=2.0)

    def drag(*points):
        for kind, (x, y) in zip(("down", *["move"] * len(points)), points, strict=False):
            explorer.set(**explorer.turn(SimpleNamespace(kind=kind, x=x, y=y)))

    drag((0.1, 2.1), (0.2, 1.2))  # in the middle: up and down
    assert (explorer.w0, explorer.w1) == (1, 1)
    drag((0.8, 1.8), (0.5, 2))  # at a side: around its middle
    assert (explorer.w0, explorer.w1) == (2, 1)
    drag((-0.8, 0), (0, 3))  # never steeper than the slider goes
    assert abs(explorer.w0) <= 5


def test_a_sum_is_batch_size_times_a_mean():
    mean = StochasticGradientExplorer(batch_size=16, lr=0.16, reduction="mean", seen=SEEN)
    summed = StochasticGradientExplorer(batch_size=16, lr=0.01, reduction="sum", seen=SEEN)
    np.testing.assert_allclose(summed.sgd.get_xydata(), mean.sgd.get_xydata(), rtol=1e-9)
    assert "acts like 0.16 for a batch of 16, 0.64 for all 64" in summed.summary


def test_spread_of_the_batch_gradients_is_what_theory_says():
    w, spreads = np.array([-3.0, 3.0]), []
    for batch_size in (1, 4, 16):
        batches, full, covariance = cloud(w, batch_size, seed=0)
        np.testing.assert_allclose(full, tape(w, INPUTS, LABELS, "mean")[1], rtol=1e-12)
        np.testing.assert_allclose(
            np.mean((batches - full) ** 2, axis=0), np.diag(covariance), rtol=0.3
        )
        first = shuffles(0)[0, :batch_size]
        np.testing.assert_allclose(
            batches[0], tape(w, INPUTS[first], LABELS[first], "mean")[1], rtol=1e-12
        )
        spreads.append(np.sqrt(np.trace(covariance)))
    # 1 / sqrt(batch size), and a little less, as the samples of a batch all differ
    left = np.sqrt([(SAMPLES - b) / (SAMPLES - 1) for b in (1, 4, 16)])
    np.testing.assert_allclose(spreads / left, spreads[0] / np.sqrt([1, 4, 16]), rtol=1e-12)
    # all the data: every batch is the same
    assert cloud(w, SAMPLES, 0)[0].std(axis=0).max() < 1e-12


def test_the_ellipse_holds_95_percent():
    rng = np.random.default_rng(0)
    explorer = StochasticGradientExplorer(batch_size=8, seen=0)
    order = rng.random((20000, SAMPLES)).argsort(axis=1)[:, :8]
    d = 2 * (explorer.w0 * INPUTS + explorer.w1 - LABELS)
    batches = (d * np.column_stack([INPUTS, np.ones(SAMPLES)]))[order].mean(axis=1)
    # as many times smaller as in the picture
    length = np.linalg.norm(LINE.gradient(np.array([explorer.w0, explorer.w1])))
    scale = length / np.linalg.norm(explorer.full.get_xydata()[1])
    inside = Path(explorer.spread.get_xydata()).contains_points(-batches / scale)
    assert abs(np.mean(inside) - 0.95) < 0.02


@pytest.mark.parametrize("w0, w1", [(-3, 3), (5, -5), (2.2, -1)])
def test_the_bar_in_the_cloud_is_as_long_as_it_says(w0, w1):
    explorer = StochasticGradientExplorer(w0=w0, w1=w1, seen=0)
    length = np.linalg.norm(LINE.gradient(np.array([w0, w1])))
    scale = length / np.linalg.norm(explorer.full.get_xydata()[1])
    bar = np.ptp(explorer.scale.get_xdata())
    assert float(explorer.unit.get_text()) == pytest.approx(bar * scale)
    assert 0.1 <= bar <= 1


def test_gradient_descent_diverges_above_its_limit():
    limit = 2 / LINE.hessian_eigenvalues.max()
    start = LINE.minima[0] + [0, 1]  # nearly along the axis of λmax, as the inputs have mean 0
    for reduction, factor in ("mean", 1), ("sum", SAMPLES):
        below, above = [
            run(SAMPLES, ratio * limit / factor, reduction, *start, 0)[0].losses
            for ratio in (0.99, 1.01)
        ]
        assert (np.diff(below) < 0).all()
        assert above[-1] > above[1]
    assert "the limit of gradient descent" in StochasticGradientExplorer(lr=limit * 1.01).summary
    assert "the limit" not in StochasticGradientExplorer(lr=limit * 0.99).summary
    said = re.search(
        r"lr is above (\S+), the limit", StochasticGradientExplorer(lr=2).summary
    ).group(1)
    assert abs(float(said) - limit) < 0.01 * limit


def test_divergence_is_a_line_that_leaves_and_a_sentence():
    explorer = StochasticGradientExplorer(reduction="sum", lr=1, seen=SEEN)
    assert explorer.summary.startswith("Too big: both run away.")
    assert explorer.summary.endswith("SGD after 1 step and gradient descent after 1 step.")
    assert len(explorer.sgd.get_xdata()) == 2  # the start and the first point outside
    assert len(explorer.cloud.get_xdata()) == 200  # of the last point in the picture
    first = StochasticGradientExplorer(reduction="sum", lr=1, seen=0)
    np.testing.assert_array_equal(explorer.cloud.get_xydata(), first.cloud.get_xydata())


def test_sgd_that_leaves_the_picture_and_comes_back_is_drawn_to_the_end():
    explorer = StochasticGradientExplorer(w0=5, w1=5, batch_size=1, seen=64)
    points = explorer.sgd.get_xydata()
    assert np.abs(points).max() > 5
    assert len(points) == 65
    assert "run" not in explorer.summary
    np.testing.assert_array_equal(points[-1], explorer.sgd_now.get_xydata()[0])


@pytest.mark.parametrize("seen", [0, 3, 64, 200, SEEN])
@pytest.mark.parametrize("batch_size", [1, 8, 64])
def test_the_values_beside_the_dots_are_the_losses(batch_size, seen):
    explorer = StochasticGradientExplorer(batch_size=batch_size, seen=seen)
    gd, sgd = (
        LINE.loss(np.ravel(now.get_data())) - LINE.loss(LINE.minima[0])
        for now in (explorer.gd_now, explorer.sgd_now)
    )
    texts = [text.get_text() for text in explorer.values]
    same = gd == pytest.approx(sgd)  # then one says it
    assert [bool(text) for text in texts] == [bool(seen) and not same, bool(seen)]
    for text, loss in zip(texts, (gd, sgd), strict=True):
        assert not text or float(text) == pytest.approx(loss, rel=0.006)
    assert not any(text.get_text() for text in StochasticGradientExplorer(lr=4, seen=SEEN).values)


def test_samples_seen_make_updates():
    explorer = StochasticGradientExplorer(batch_size=16)
    for seen, gd, sgd in (
        (0, 0, 0),
        (15, 0, 0),
        (16, 0, 1),
        (63, 0, 3),
        (64, 1, 4),
        (SEEN, EPOCHS, 16),
    ):
        explorer.seen = seen
        assert len(explorer.gd.get_xdata()) == gd + 1
        assert len(explorer.sgd.get_xdata()) == sgd + 1
        assert explorer.sgd_loss_now.get_xdata()[0] == seen


def own_descent(batch_size, lr, reduction, start, seed, epochs):
    """A descent in plain NumPy: [the weights at the start and after each update]."""
    x, y, w, path = INPUTS[:, 0], LABELS[:, 0], np.array(start, float), [np.array(start, float)]
    features = np.column_stack([x, np.ones(SAMPLES)])
    loader = DataLoader(
        np.arange(SAMPLES)[:, None],
        y[:, None],
        batch_size,
        shuffle=True,
        rng=np.random.default_rng(seed),
    )
    for batch in (batch.ravel() for _ in range(epochs) for batch, _ in loader):
        each = 2 * (features[batch] @ w - y[batch])[:, None] * features[batch]
        w = w - lr * (each.mean(axis=0) if reduction == "mean" else each.sum(axis=0))
        path.append(w)
        if not np.abs(w).max() < 1e30:
            break
    return np.array(path)


def check_sentence(explorer):
    """Every claim of the sentence, against descents in plain NumPy that go on for sixty epochs."""
    batch_size, lr, reduction, start, seed, seen = (
        explorer.batch_size,
        explorer.lr,
        explorer.reduction,
        (explorer.w0, explorer.w1),
        explorer.seed,
        explorer.seen,
    )
    sentence = explorer.summary
    assert len(sentence) < 230
    assert not re.search(
        r"-0(?![.\d])|nan|inf|None|\b1 (steps|samples)|(?<!\b1) (step|sample)\b",
        sentence.replace("exact ", "").replace("rough ", "").replace("makes a step", ""),
    )
    verdict, summed, above, words = re.fullmatch(
        r"(.+?[.?]) (Sum: .+?\)\. )?(lr is above .+?\. )?(.+\.)", sentence
    ).groups()
    assert len(verdict.split()) <= 8
    features = np.column_stack([INPUTS[:, 0], np.ones(SAMPLES)])
    limit = 2 / np.linalg.eigvalsh(features.T @ features * 2 / SAMPLES).max()
    assert bool(summed) == (reduction == "sum")
    assert bool(above) == (reduction == "mean" and lr > limit)
    if summed:
        numbers = re.fullmatch(
            r"Sum: lr acts like (\S+) for a batch of (\d+), (\S+) for all 64 \(limit (\S+)\)\. ",
            summed,
        ).groups()
        assert np.array(numbers, float) == pytest.approx(
            [lr * batch_size, batch_size, lr * SAMPLES, limit], rel=0.005
        )
    if above:
        said = re.fullmatch(r"lr is above (\S+), the limit of gradient descent\. ", above)[1]
        assert float(said) == pytest.approx(limit, rel=1e-4)

    full, part = divmod(seen, SAMPLES)
    updates = full * -(-SAMPLES // batch_size) + part // batch_size
    ledger = [re.findall(r"\d+", text.get_text()) for text in explorer.counts]
    assert ledger == [[str(updates), str(batch_size)], [str(full), "64"]]
    lost, losses, last = {}, {}, 0
    for name, n, size in ("GD", full, SAMPLES), ("SGD", updates, batch_size):
        path = own_descent(size, lr, reduction, start, seed, 60)
        inside = (np.abs(path) <= WINDOW).all(axis=1)
        there = path[n] if n < len(path) else [np.nan, np.nan]  # lost before
        losses[name] = np.mean((features @ there - LABELS[:, 0]) ** 2) - np.mean(
            (LABELS[:, 0] - features @ np.linalg.lstsq(features, LABELS[:, 0])[0]) ** 2
        )
        last = np.flatnonzero(inside[: n + 1])[-1]
        # outside, never seen again, and far away in the end
        lost[name] = last + 1 if not inside[n:].any() and not np.abs(path[-1]).max() < 1e3 else 0
        place = path[last]

    left = {"SGD": False, "GD": False}  # what is said
    if words.startswith("They left"):
        said = re.fullmatch(
            r"They left the picture: SGD after (\d+) steps? and gradient descent after (\d+)"
            r" steps?\.",
            words,
        ).groups()
        assert [int(n) for n in said] == [lost["SGD"], lost["GD"]]
        left = {"SGD": True, "GD": True}
    elif not seen:
        assert re.fullmatch(
            r"SGD makes a step after every (\d+) samples?, gradient descent after all 64\.", words
        )[1] == str(batch_size)
    else:
        samples, *said = re.fullmatch(
            r"Loss above the minimum after (\d+) samples?: SGD (.+?), gradient descent (.+)\.",
            words,
        ).groups()
        assert int(samples) == seen
        for name, phrase in zip(("SGD", "GD"), said, strict=True):
            left[name] = phrase == "left the picture"
            if not left[name]:
                assert float(phrase) == pytest.approx(losses[name], rel=0.006, abs=1e-11)
                assert float(phrase) >= 0

    assert all(lost[name] for name in left if left[name])
    if all(left.values()):
        assert verdict == "Too big: both run away."
    elif any(left.values()):
        assert verdict == f"Too big: {'gradient descent' if left['GD'] else 'SGD'} runs away."
    elif batch_size == SAMPLES:
        assert verdict == "The batch is all: SGD is gradient descent."
    elif not seen:
        assert verdict == "Press Play: which line fits first?"
    elif not updates:
        assert verdict == "The first batch is not full yet."
    elif not full:
        assert verdict == f"SGD: {updates} step{'s' * (updates > 1)}; gradient descent: none yet."
    else:
        who, kind, word, other, kind2 = re.fullmatch(
            r"(\d+) (rough|exact) steps? (beats?|equals?) (\d+) (rough|exact) ones?\.", verdict
        ).groups()
        count = {"rough": updates, "exact": full}
        assert (int(who), int(other)) == (count[kind], count[kind2])
        assert kind != kind2
        assert word.endswith("s") == (int(who) == 1)
        loss = {"rough": losses["SGD"], "exact": losses["GD"]}
        if word.startswith("beat"):
            assert loss[kind] < loss[kind2]
        else:
            assert loss[kind] == pytest.approx(loss[kind2], rel=0.01)

    length, spread = re.fullmatch(
        r"◆ gradient (\S+) long ● a batch is off by (\S+)",
        " ".join(note.get_text() for note in explorer.notes),
    ).groups()
    single = 2 * (features @ place - LABELS[:, 0])[:, None] * features
    assert float(length) == pytest.approx(np.linalg.norm(single.mean(axis=0)), rel=0.006, abs=1e-9)
    drawn = np.random.default_rng(0).random((1500, SAMPLES)).argsort(axis=1)[:, :batch_size]
    measured = np.sqrt(((single[drawn].mean(axis=1) - single.mean(axis=0)) ** 2).sum(axis=1).mean())
    assert float(spread) == pytest.approx(measured, rel=0.08, abs=1e-9)


def test_the_sentence_is_true(undrawn):
    """The ends of every control, a start at the minimum, lr at the limit, a last batch that is
    smaller; and 200 random settings.
    """
    explorer, rng = StochasticGradientExplorer(), np.random.default_rng(0)
    controls, limit = explorer.controls, 2 / LINE.hessian_eigenvalues.max()
    assert controls["seen"].max == SEEN == EPOCHS * SAMPLES
    best = dict(zip(("w0", "w1"), LINE.minima[0].tolist(), strict=True))
    cases = [
        dict(reduction=reduction, batch_size=size, lr=lr, seen=seen, w0=-3.0, w1=3.0)
        for reduction in ("mean", "sum")
        for size in (1, 9, 64)
        for lr in (1e-3, 0.5, limit, 4)
        for seen in (0, 1, 9, 64, SEEN)
    ]
    cases += [
        dict(reduction="mean", batch_size=size, lr=lr, seen=seen, **start)
        for size in (1, 64)
        for lr in (0.1, 0.7, limit, 1.2)
        for seen in (0, 64, SEEN)
        for start in (best, dict(w0=5, w1=5), dict(w0=-5, w1=-5), dict(w0=-0.0, w1=0))
    ]
    for _ in range(100):
        cases.append(
            dict(
                reduction=str(rng.choice(["mean", "sum"])),
                batch_size=int(rng.choice([1, 2, 4, 8, 16, 32, 64, rng.integers(1, 65)])),
                lr=10 ** rng.uniform(-2, 0.6),
                w0=controls["w0"].nearest(rng.uniform(-5, 5)),
                w1=controls["w1"].nearest(rng.uniform(-5, 5)),
                seed=int(rng.integers(10)),
                seen=int(rng.integers(SEEN + 1)),
            )
        )
    for case in cases:
        explorer.set(**case)
        check_sentence(explorer)
