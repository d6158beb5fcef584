"""StochasticGradientExplorer: its gradients are the tape's, its paths SGD's, its cloud what theory
says, and a sum is batch size times a mean.
"""

import re

import numpy as np
import pytest

from lecture3_engine.explorers import StochasticGradientExplorer
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
    assert (
        f"SGD with batches of {batch_size} made {len(history.step_losses)} updates"
        in explorer.summary
    )
    assert len(explorer.sgd.get_xdata()) == len(history.step_losses) + 1
    assert len(explorer.gd.get_xdata()) == EPOCHS + 1


def test_a_sum_is_batch_size_times_a_mean():
    mean = StochasticGradientExplorer(batch_size=16, lr=0.16, reduction="mean", seen=SEEN)
    summed = StochasticGradientExplorer(batch_size=16, lr=0.01, reduction="sum", seen=SEEN)
    np.testing.assert_allclose(summed.sgd.get_xydata(), mean.sgd.get_xydata(), rtol=1e-9)
    assert "acts like 0.16 for SGD and like 0.64 for gradient descent" in summed.summary
    assert "16 ·" in summed.note.get_text()
    assert "16 ·" not in mean.note.get_text()


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
    ellipse = explorer.spread
    unit = ellipse.get_patch_transform().inverted().transform(batches)
    assert abs(np.mean((unit**2).sum(axis=1) < 1) - 0.95) < 0.02


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
    assert (
        "above the limit of gradient descent" in StochasticGradientExplorer(lr=limit * 1.01).summary
    )
    assert "above the limit" not in StochasticGradientExplorer(lr=limit * 0.99).summary
    said = re.search(
        r"2/λmax = (\d[\d.]*?)\.? ", StochasticGradientExplorer(lr=2).summary + " "
    ).group(1)
    assert abs(float(said) - limit) < 0.01 * limit


def test_divergence_is_a_line_that_leaves_and_a_sentence():
    explorer = StochasticGradientExplorer(reduction="sum", lr=1, seen=SEEN)
    assert explorer.summary.count("diverges: outside the picture after 1 update") == 2
    assert len(explorer.sgd.get_xdata()) == 2  # the start and the first point outside
    assert len(explorer.cloud.get_xdata()) == 200  # of the last point in the picture
    assert "at the last point in the picture" in explorer.summary


def test_sgd_that_leaves_the_picture_and_comes_back_is_drawn_to_the_end():
    explorer = StochasticGradientExplorer(w0=5, w1=5, batch_size=1, seen=64)
    points = explorer.sgd.get_xydata()
    assert np.abs(points).max() > 5
    assert len(points) == 65
    assert "diverges" not in explorer.summary
    np.testing.assert_array_equal(points[-1], explorer.sgd_now.get_xydata()[0])


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
    assert not re.search(
        r"-0(?![.\d])|nan|inf|None|\b1 (updates|samples)|(?<!\b1) (update|sample)\b", sentence
    )
    summed, above, came, rest = re.fullmatch(
        r"(Sum: .+?\. )?(lr \S+ is above .+?\. )?(For .+?\)\. )(.+)", sentence
    ).groups()
    features = np.column_stack([INPUTS[:, 0], np.ones(SAMPLES)])
    limit = 2 / np.linalg.eigvalsh(features.T @ features * 2 / SAMPLES).max()
    assert bool(summed) == (reduction == "sum")
    assert bool(above) == (reduction == "mean" and lr > limit)
    if summed:
        *numbers, like, left = re.fullmatch(
            r"Sum: a step is batch size times as long, so lr (\S+) acts like (\S+) for SGD"
            r" (?:\(like (\S+) in an epoch's last batch, of (\d+)\) )?"
            r"and like (\S+) for gradient descent, whose limit is 2/λmax = (\S+)\. ",
            summed,
        ).group(1, 2, 5, 6, 3, 4)
        assert np.array(numbers, float) == pytest.approx(
            [lr, lr * batch_size, lr * SAMPLES, limit], rel=0.005
        )
        assert int(left or 0) == SAMPLES % batch_size
        assert float(like or 0) == pytest.approx(lr * (SAMPLES % batch_size), rel=0.005)
    if above:
        numbers = re.fullmatch(
            r"lr (\S+) is above the limit of gradient descent, 2/λmax = (\S+)\. ", above
        ).groups()
        assert np.array(numbers, float) == pytest.approx([lr, limit], rel=0.005)

    samples, gd_updates, gd_words, size, updates, words = re.fullmatch(
        r"For (\d+) samples? seen, gradient descent made (\d+) updates? \((.+?)\) and SGD with"
        r" batches of (\d+) made (\d+) updates? \((.+?)\)\. ",
        came,
    ).groups()
    full, part = divmod(seen, SAMPLES)
    assert (int(samples), int(gd_updates), int(size)) == (seen, full, batch_size)
    assert int(updates) == full * -(-SAMPLES // batch_size) + part // batch_size
    for phrase, n, size in (gd_words, full, SAMPLES), (words, int(updates), batch_size):
        path = own_descent(size, lr, reduction, start, seed, 60)
        inside = (np.abs(path) <= 5).all(axis=1)
        there = path[n] if n < len(path) else [np.nan, np.nan]  # lost before
        loss = np.mean((features @ there - LABELS[:, 0]) ** 2) - np.mean(
            (LABELS[:, 0] - features @ np.linalg.lstsq(features, LABELS[:, 0])[0]) ** 2
        )
        diverges, left, said = re.fullmatch(
            r"(diverges: )?(?:outside the picture after (\d+) updates?)?(?:, )?(?:loss (\S+) above"
            r" the minimum)?",
            phrase,
        ).groups()
        last = np.flatnonzero(inside[: n + 1])[-1]
        assert (None if left is None else int(left)) == (None if last == n else last + 1)
        assert (said is None) == bool(diverges)
        if diverges:
            assert left
            assert not inside[n:].any()  # and is never seen again
        else:
            assert float(said) == pytest.approx(loss, rel=0.006, abs=1e-11)
            assert float(said) >= 0
        place = path[last]

    if batch_size == SAMPLES:
        assert (
            rest
            == "This batch is all the data: its gradient is the full gradient, and SGD is gradient"
            " descent."
        )
        return
    where, spread, length = re.fullmatch(
        r"Gradients of batches"
        + (", of their mean losses," if summed else "")
        + r" at (SGD's point|the last point in the picture) spread by (\S+) around the full "
        r"gradient, which is (\S+) long; the spread shrinks like 1/√\(batch size\), and faster once"
        r" a batch is a large part of the data\.",
        rest,
    ).groups()
    assert (where == "SGD's point") == (last == int(updates))
    single = 2 * (features @ place - LABELS[:, 0])[:, None] * features
    assert float(length) == pytest.approx(np.linalg.norm(single.mean(axis=0)), rel=0.006, abs=1e-11)
    drawn = np.random.default_rng(0).random((1500, SAMPLES)).argsort(axis=1)[:, :batch_size]
    measured = np.sqrt(((single[drawn].mean(axis=1) - single.mean(axis=0)) ** 2).sum(axis=1).mean())
    assert float(spread) == pytest.approx(measured, rel=0.08)


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
    for _ in range(200):
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
