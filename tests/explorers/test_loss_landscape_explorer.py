"""LossLandscapeExplorer: the training, the losses and the accuracies are the engine's, and the
plane is what its title says.
"""

import re

import numpy as np
import pytest

from lecture3_engine.explorers import LossLandscapeExplorer
from lecture3_engine.explorers import loss_landscape_explorer as module
from lecture3_engine.explorers.digits import train_and_test
from lecture3_engine.functional import cross_entropy
from lecture3_engine.layers import Dense, Sequential
from lecture3_engine.live import Pointer
from lecture3_engine.optim import SGD
from lecture3_engine.training import DataLoader, evaluate, fit

NAME = "SGD, lr 0.5"
BOTH = pytest.mark.parametrize("kind", ["principal", "random"])


def network(weights=None, rng=None):
    model = Sequential(
        Dense(784, 32, "relu", rng=rng or np.random.default_rng(0)),
        Dense(32, 10, rng=rng or np.random.default_rng(0)),
    )
    if weights is not None:
        ends = np.cumsum([p.data.size for p in model.parameters()])
        for p, part in zip(model.parameters(), np.split(weights, ends[:-1]), strict=True):
            p.data[:] = part.reshape(p.shape)
    return model


@pytest.mark.slow
def test_the_path_is_the_training_of_the_engine():
    (images, labels), test = train_and_test(module.TRAINED, module.SHOWN)
    rng = np.random.default_rng(2)
    model = network(rng=rng)
    assert model.parameter_count == 25_450 == len(module.UNIT)
    weights, trained = module.train(NAME, 2), module.progress(NAME, 2)
    np.testing.assert_array_equal(weights[0], module.flat(model))
    fit(
        model,
        DataLoader(images, labels, 64, shuffle=True, rng=rng),
        cross_entropy,
        SGD(model.parameters(), lr=0.5),
        3,
        progress=False,
    )
    np.testing.assert_allclose(weights[96], module.flat(model), atol=1e-6)  # 3 epochs of 32 batches
    loss, _ = evaluate(model, images[: module.SHOWN], labels[: module.SHOWN], cross_entropy)
    np.testing.assert_allclose(trained.train_loss[96], loss, atol=1e-5)
    np.testing.assert_allclose(
        trained.test_accuracy[96], evaluate(model, *test, cross_entropy)[1], atol=1e-9
    )
    np.testing.assert_array_equal(trained.answers[96], model(test[0][:10]).data.argmax(axis=1))


@pytest.mark.slow
@BOTH
def test_the_slice_is_the_loss_of_the_network(kind):
    (images, labels), _ = train_and_test(module.TRAINED, module.SHOWN)
    axes, place, _, _ = module.directions(NAME, 0, kind)
    end = module.train(NAME, 0)[-1]
    x, y, height, under, _ = module.landscape(NAME, 0, kind, "whole path")
    for i, j in (0, 0), (7, 23), (30, 12):
        engine = evaluate(
            network(end + np.float32(x[j]) * axes[0] + np.float32(y[i]) * axes[1]),
            images[: module.SHOWN],
            labels[: module.SHOWN],
            cross_entropy,
        )[0]
        np.testing.assert_allclose(height[i, j], engine, rtol=1e-4)
    engine = evaluate(
        network(end + place[20].astype(np.float32) @ axes),
        images[: module.SHOWN],
        labels[: module.SHOWN],
        cross_entropy,
    )[0]
    np.testing.assert_allclose(under[20], engine, rtol=1e-4)


@BOTH
def test_the_dot_is_the_nearest_point_of_the_plane(kind):
    axes, place, off, _ = module.directions(NAME, 0, kind)
    weights = module.train(NAME, 0).astype(np.float64)
    way = weights - weights[-1]
    best, *_ = np.linalg.lstsq(axes.T.astype(np.float64), way.T, rcond=None)
    np.testing.assert_allclose(place, best.T, atol=1e-4)
    np.testing.assert_allclose(off, np.linalg.norm(way - best.T @ axes, axis=1), atol=1e-3)
    np.testing.assert_array_equal(place[-1], 0)
    assert off[-1] == 0


def test_principal_directions_show_the_most_and_random_ones_nearly_nothing():
    weights = module.train(NAME, 0).astype(np.float64)
    squares = np.linalg.svd(weights - weights[-1], compute_uv=False) ** 2
    axes = module.directions(NAME, 0, "principal")[0]
    np.testing.assert_allclose(axes @ axes.T, np.eye(2), atol=1e-5)
    np.testing.assert_allclose(
        module.directions(NAME, 0, "principal")[3], squares[:2].sum() / squares.sum(), atol=1e-4
    )
    assert module.directions(NAME, 0, "random")[3] < 0.01
    explorer = LossLandscapeExplorer(training=NAME)
    said = f"shows {100 * squares[:2].sum() / squares.sum():.3g}% of the path"
    assert said in explorer.summary


def test_random_directions_are_as_long_as_the_weights_of_each_unit():
    axes = module.directions(NAME, 0, "random")[0]
    end = module.train(NAME, 0)[-1]
    for axis in axes:
        direction, trained = network(axis), network(end)
        for a, b in zip(direction.layers, trained.layers, strict=True):
            lengths = [
                np.sqrt((layer.kernel.data**2).sum(axis=0) + layer.bias.data**2) for layer in (a, b)
            ]
            np.testing.assert_allclose(*lengths, rtol=1e-4)


def test_the_dot_and_the_sentence_follow_the_step():
    explorer = LossLandscapeExplorer(step=0)
    trained = module.progress(explorer.training, 0)
    place = module.directions(explorer.training, 0, "principal")[1]
    _, (_, labels) = train_and_test(module.TRAINED, module.SHOWN)
    for step in 0, 1, 60, 100:
        explorer.step = step
        np.testing.assert_array_equal(explorer.now.get_xydata()[0], place[step])
        assert explorer.loss_now.get_ydata()[0] == trained.train_loss[step]
        assert (
            f"{step} update{'s' * (step != 1)} down the way: loss {trained.train_loss[step]:.3g}."
            in explorer.summary
        )
        for text, answer, label in zip(
            explorer.answers, trained.answers[step], labels, strict=False
        ):
            assert text.get_text() == str(answer)
            assert (text.get_weight() == "normal") == (answer == label)
        # a frame around each of the wrong ones, and a curve that is strong up to now
        frames = np.reshape(explorer.wrong.get_xydata(), (-1, 6, 2))[:, :5]
        wrong = np.flatnonzero(trained.answers[step] != labels[: module.STRIP])
        assert len(frames) == len(wrong)
        for frame, i in zip(frames, wrong, strict=True):
            middle = explorer.answers[i].get_position()
            assert (frame.min(axis=0) < middle).all()
            assert (frame.max(axis=0) > middle).all()
        for line, curve in (
            (explorer.loss_before, trained.train_loss),
            (explorer.right_before, trained.test_accuracy),
        ):
            np.testing.assert_array_equal(
                line.get_xydata(), np.c_[range(step + 1), curve[: step + 1]]
            )


@pytest.mark.parametrize("form", ["wide", "medium", "narrow"])
def test_the_dot_is_dragged_along_its_path_and_both_curves(form):
    explorer = LossLandscapeExplorer(training=NAME)
    explorer.live._look("page", form)
    explorer.live._take(form)
    place = module.directions(NAME, 0, "principal")[1]
    for step in 0, 40, 100:
        explorer._pointed(Pointer("move", explorer.plane, *place[step]))
        assert explorer.step == step
    # beside the path: what is nearest on the screen
    x, y = explorer.plane.transData.transform(place[40]) + np.array([3, -3])
    explorer._pointed(
        Pointer("move", explorer.plane, *explorer.plane.transData.inverted().transform((x, y)))
    )
    on_screen = explorer.plane.transData.transform(place)
    assert explorer.step == np.linalg.norm(on_screen - (x, y), axis=1).argmin()
    for axes in explorer.loss_now.axes, explorer.right_now.axes:
        explorer._pointed(Pointer("move", axes, 61.6, 1.0))
        assert explorer.step == 62
        explorer.step = 0


@pytest.mark.slow
@pytest.mark.parametrize("training", module.TRAININGS)
def test_the_whole_path_is_in_the_picture(training):
    explorer = LossLandscapeExplorer(training=training)
    (left, right), (low, high) = explorer.plane.get_xlim(), explorer.plane.get_ylim()
    points = explorer.whole.get_xydata()
    assert ((points > [left, low]) & (points < [right, high])).all()
    explorer.zoom = "close"
    assert explorer.plane.get_xlim()[1] - explorer.plane.get_xlim()[0] == pytest.approx(
        (right - left) / 4
    )


def check_sentences(explorer, steps, weights, axes):
    """Every claim of the sentences: the networks asked one by one by the engine, the plane by least
    squares in double precision.

    steps: those to be looked at.
    weights (101, parameters): the training.
    axes: the plane's two directions.
    """
    (images, labels), test = train_and_test(module.TRAINED, module.SHOWN)
    way = (weights - weights[-1]).astype(np.float64)
    foot = np.linalg.lstsq(axes.T, way.T, rcond=None)[0].T
    off = np.linalg.norm(way - foot @ axes, axis=1)
    shown = 100 * (1 - (off**2).sum() / (way**2).sum())
    for step in steps:
        explorer.step = step
        assert not re.search(r"-0(?![.\d])|nan|inf|None", explorer.summary)
        if explorer.directions == "random":
            share, away = re.fullmatch(
                r"Random directions hardly show the path\. They show (\S+)% of its variation: from"
                r" start to end the network goes (\S+) far in directions that nobody sees\.",
                explorer.summary,
            ).groups()
            assert float(away) == pytest.approx(off[0], rel=0.006)
            assert float(share) == pytest.approx(shown, rel=0.006, abs=1e-3)
            # of the width of the smallest picture
            assert np.ptp(foot, axis=0).max() < 0.1 * 2 * module.ZOOMS["close"]
            continue
        came, loss, count, be, right, plane = re.fullmatch(
            r"(\d+) updates? down the way: loss (\S+)\. (\d+) of the ten digits (is|are) right, and"
            r" (\S+)% of all 200 test digits\. The plane shows (\S+)% of the path\.",
            explorer.summary,
        ).groups()
        assert float(plane) == pytest.approx(shown, rel=0.006)
        now = network(weights[step])
        assert int(count) == (now(test[0][:10]).data.argmax(axis=1) == test[1][:10]).sum()
        assert (be == "is") == (count == "1")
        assert int(came) == step
        assert float(loss) == pytest.approx(
            evaluate(now, images[:200], labels[:200], cross_entropy)[0], rel=0.006
        )
        assert float(right) == pytest.approx(100 * evaluate(now, *test, cross_entropy)[1], abs=0.01)
        # what the picture shows besides: how much of the path, and the loss under its shadow
        _, _, apart, share = module.directions(explorer.training, int(explorer.seed), "principal")
        assert 100 * share == pytest.approx(shown, rel=0.006)
        assert apart[step] == pytest.approx(off[step], rel=0.006, abs=1e-4)
        under = module.landscape(explorer.training, int(explorer.seed), "principal", explorer.zoom)
        below = weights[-1] + (foot[step] @ axes).astype(np.float32)
        assert under[3][step] == pytest.approx(
            evaluate(network(below), images[:200], labels[:200], cross_entropy)[0], rel=0.007
        )


def test_the_sentences_are_true(undrawn, monkeypatch):
    """Every training from every start in both kinds of directions, at the first, the second and the
    last step and three others, each in one of the zooms.
    """
    monkeypatch.setattr(LossLandscapeExplorer, "draw_slice", lambda *args: None)
    explorer, rng = LossLandscapeExplorer(), np.random.default_rng(0)
    assert explorer.controls["step"].max == module.STEPS == len(module.train(NAME, 0)) - 1
    for training in module.TRAININGS:
        for seed in range(5):
            weights = module.train(training, seed)
            for kind in "principal", "random":
                explorer.set(
                    training=training,
                    seed=str(seed),
                    directions=kind,
                    zoom=str(rng.choice(list(module.ZOOMS))),
                )
                way = (weights - weights[-1]).astype(np.float64)
                if kind == "principal":
                    _, vectors = np.linalg.eigh(way @ way.T)
                    axes = np.linalg.qr((vectors[:, -2:].T @ way).T)[0].T
                else:
                    axes = module.directions(training, seed, "random")[0].astype(np.float64)
                check_sentences(
                    explorer,
                    [0, 1, module.STEPS, *rng.integers(2, module.STEPS, 3).tolist()],
                    weights,
                    axes,
                )
