"""What the four panels show is a training run of the engine on the real digits."""

import numpy as np
import pytest

from lecture3_engine import SGD, Dense, Sequential, cross_entropy, evaluate, load_mnist, softmax, train_step
from lecture3_engine.explorers import TrainingLoopExplorer
from lecture3_engine.explorers.training_loop import BATCH, HIDDEN, LAST, SLOW, TESTS, UPDATES, Run, digits, mosaic, place, train


@pytest.fixture(scope="module")
def mnist():
    return load_mnist()


@pytest.fixture(scope="module")
def by_hand(mnist):
    """The first five updates, made here with the engine's public functions."""
    rng = np.random.default_rng(0)
    model = Sequential(Dense(784, HIDDEN, "relu", rng=rng), Dense(HIDDEN, 10, rng=rng))
    optimizer = SGD(model.parameters(), lr=0.1)
    steps = []
    for n in range(5):
        images, labels = mnist.train_images[BATCH * n : BATCH * (n + 1)], mnist.train_labels[BATCH * n : BATCH * (n + 1)]
        kernel = model.layers[0].kernel.data.copy()
        loss, preds = train_step(model, images, labels, cross_entropy, optimizer)
        steps.append(dict(loss=loss, preds=softmax(preds.data).data, change=model.layers[0].kernel.data - kernel, labels=labels,
                          accuracy=evaluate(model, mnist.test_images[:TESTS], mnist.test_labels[:TESTS], cross_entropy)[1]))
    return steps


def test_only_the_digits_that_are_used(mnist):
    data = digits()
    assert len(data.train_images) == UPDATES * BATCH and len(data.test_images) == TESTS
    np.testing.assert_array_equal(data.train_images, mnist.train_images[: UPDATES * BATCH])
    np.testing.assert_array_equal(data.test_labels, mnist.test_labels[:TESTS])
    assert data.train_images.dtype == np.float32


@pytest.mark.parametrize("n, step", [(0, 3), (2, 11), (4, 13)])
def test_the_panels_are_the_engines(by_hand, n, step):
    explorer, expected = TrainingLoopExplorer(step=step), by_hand[n]
    assert [int(text.get_text()) for text in explorer.labels] == expected["labels"].tolist()
    np.testing.assert_allclose(explorer.scores.get_array().T, expected["preds"], rtol=1e-5)
    np.testing.assert_allclose(explorer.mosaic.get_array(), mosaic(expected["change"][:, :8]), atol=1e-5)
    assert explorer.mean.get_ydata()[0] == pytest.approx(expected["loss"], rel=1e-5)
    assert np.nanmean(explorer.bars.get_ydata()[1::3]) == pytest.approx(expected["loss"], rel=1e-5)
    assert explorer.accuracy.get_xydata()[-1].tolist() == [n + 1, pytest.approx(100 * expected["accuracy"])]
    right = expected["preds"].argmax(axis=1) == expected["labels"]
    assert len(explorer.right.get_xdata()) == right.sum() and len(explorer.wrong.get_xdata()) == (~right).sum()
    assert f"is now {100 * expected['accuracy']:.0f} %" in explorer.summary


def test_one_press_is_one_step_of_the_loop_and_later_one_update():
    assert [place(step) for step in range(5)] == [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0)]
    assert place(4 * SLOW - 1) == (SLOW - 1, 3) and place(4 * SLOW) == (SLOW, 3) and place(LAST) == (UPDATES - 1, 3)


def test_what_has_not_been_computed_is_not_shown():
    explorer = TrainingLoopExplorer(step=0)
    for step, (predicted, lost, updated) in enumerate([(0, 0, 0), (1, 0, 0), (1, 1, 0), (1, 1, 1)]):
        explorer.step = step
        assert bool(explorer.scores.get_array().any()) == bool(len(explorer.true.get_xdata())) == bool(predicted)
        assert bool(np.isfinite(explorer.mean.get_ydata()).all()) == bool(explorer.mean_text.get_text()) == bool(lost)
        assert explorer.mosaic.get_visible() == bool(explorer.note.get_text()) == bool(updated)
        assert len(explorer.accuracy.get_xdata()) == 1 + updated
        assert [title.get_fontweight() for title in explorer.titles].index("bold") == step
        assert f"step {step + 1} of 4" in explorer.summary


def test_accuracy_rises_from_guessing():
    starts = [train(0.1, seed).accuracy[0] for seed in range(10)]
    assert 0.05 < np.mean(starts) < 0.15
    assert np.mean(train(0.1, 0).until(UPDATES).accuracy[-10:]) > 0.65


def test_a_training_that_goes_on_is_the_one_made_at_once():
    at_once, in_parts = Run(0.1, 3).until(12), Run(0.1, 3).until(5).until(12)
    np.testing.assert_array_equal(at_once.changes, in_parts.changes)
    assert at_once.accuracy == in_parts.accuracy and len(at_once.accuracy) == 13


def test_lr_too_big_and_too_small_are_said():
    assert "lr is too big" in TrainingLoopExplorer(step=LAST, lr=3.0).summary
    assert "lr is too small" in TrainingLoopExplorer(step=LAST, lr=0.001).summary
    for lr in (0.01, 0.03, 0.1, 0.3):
        assert "too" not in TrainingLoopExplorer(step=LAST, lr=lr).summary


@pytest.mark.parametrize("seed", range(10))
def test_the_largest_learning_rate_stays_finite(seed):
    run = train(3.0, seed).until(UPDATES)
    assert all(np.isfinite(part).all() for part in (run.probabilities, run.losses, run.changes, run.moved, run.accuracy))
