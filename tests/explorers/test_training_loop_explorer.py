"""What the four panels show is a training run of the engine on the real digits."""

import re

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from lecture3_engine import (
    SGD,
    Dense,
    Sequential,
    cross_entropy,
    evaluate,
    load_mnist,
    softmax,
    train_step,
)
from lecture3_engine.explorers import TrainingLoopExplorer
from lecture3_engine.explorers.digits import train_and_test
from lecture3_engine.explorers.training_loop_explorer import (
    BATCH,
    DIM,
    HIDDEN,
    LAST,
    PALE,
    SHOWN,
    SLOW,
    TESTS,
    UPDATES,
    Run,
    mosaic,
    place,
    train,
)
from lecture3_engine.live import Pointer
from lecture3_engine.live.figure import plain
from lecture3_engine.style import COLORS


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
        images, labels = (
            mnist.train_images[BATCH * n : BATCH * (n + 1)],
            mnist.train_labels[BATCH * n : BATCH * (n + 1)],
        )
        kernel = model.layers[0].kernel.data.copy()
        loss, preds = train_step(model, images, labels, cross_entropy, optimizer)
        steps.append(
            dict(
                loss=loss,
                preds=softmax(preds.data).data,
                change=model.layers[0].kernel.data - kernel,
                labels=labels,
                accuracy=evaluate(
                    model, mnist.test_images[:TESTS], mnist.test_labels[:TESTS], cross_entropy
                )[1],
            )
        )
    return steps


def test_only_the_digits_that_are_used(mnist):
    (train_images, _), (test_images, test_labels) = train_and_test(UPDATES * BATCH, TESTS)
    assert len(train_images) == UPDATES * BATCH
    assert len(test_images) == TESTS
    np.testing.assert_array_equal(train_images, mnist.train_images[: UPDATES * BATCH])
    np.testing.assert_array_equal(test_labels, mnist.test_labels[:TESTS])
    assert train_images.dtype == np.float32


@pytest.mark.parametrize("n, step", [(0, 4), (2, 12), (4, 14)])
def test_the_panels_are_the_engines(by_hand, n, step):
    explorer, expected = TrainingLoopExplorer(step=step), by_hand[n]
    assert [int(text.get_text()) for text in explorer.labels] == expected["labels"].tolist()
    np.testing.assert_allclose(explorer.scores.get_array().T, expected["preds"], rtol=1e-5)
    np.testing.assert_allclose(
        explorer.mosaic.get_array(), mosaic(expected["change"][:, :SHOWN]), atol=1e-5
    )
    assert explorer.mean.get_ydata()[0] == pytest.approx(expected["loss"], rel=1e-5)
    assert explorer.bars.get_xy()[:-1][1::4, 1].mean() == pytest.approx(expected["loss"], rel=1e-5)
    assert explorer.accuracy.get_xydata()[-1].tolist() == [
        n + 1,
        pytest.approx(100 * expected["accuracy"]),
    ]
    right = expected["preds"].argmax(axis=1) == expected["labels"]
    assert len(explorer.right.get_xdata()) == right.sum()
    assert len(explorer.wrong.get_xdata()) == (~right).sum()
    updates = f"{n + 1} update{'s' * (n > 0)}"
    assert f"After {updates}: {100 * expected['accuracy']:.0f}% right. " in explorer.summary
    assert explorer.percent.get_text() == f"{100 * expected['accuracy']:.0f}%"


def test_one_press_is_one_step_of_the_loop_and_later_one_update():
    assert [place(step) for step in range(1, 6)] == [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0)]
    assert place(4 * SLOW) == (SLOW - 1, 3)
    assert place(4 * SLOW + 1) == (SLOW, 3)
    assert place(LAST) == (UPDATES - 1, 3)


def test_what_has_not_been_computed_is_not_shown():
    explorer = TrainingLoopExplorer(step=1)
    for step, (predicted, lost, updated) in enumerate([(0, 0, 0), (1, 0, 0), (1, 1, 0), (1, 1, 1)]):
        explorer.step = step + 1  # the number of the step of the loop
        assert (
            bool(explorer.scores.get_array().any())
            == bool(len(explorer.true.get_xdata()))
            == bool(predicted)
        )
        assert (
            bool(len(explorer.mean.get_ydata()))
            == explorer.bars.get_visible()
            == bool(explorer.mean_text.get_text())
            == bool(lost)
        )
        assert bool(explorer.scale.get_text()) == bool(predicted)
        assert explorer.mosaic.get_visible() == bool(updated)
        # a question is where the answer will be: no panel is empty
        questions = (explorer.no_forward, explorer.no_losses, explorer.no_update)
        assert [text.get_visible() for text in questions] == [
            not answer for answer in (predicted, lost, updated)
        ]
        assert len(explorer.accuracy.get_xdata()) == 1 + updated
        assert [title.get_fontweight() for title in explorer.titles].index("bold") == step
        assert explorer.summary.startswith("After 1 update: " if updated else f"{step + 1}: ")
        # dim is what is not its turn
        alphas = [part.get_alpha() for part in (explorer.images, explorer.scores)]
        assert alphas == [1 if number == step else DIM for number in range(2)]
        assert explorer.how_far.get_visible()
    explorer.step = LAST
    assert not explorer.how_far.get_visible()


def test_the_shades_go_from_the_least_to_the_most_probable(by_hand):
    for n, step in ((0, 4), (2, 12)):
        explorer, preds = TrainingLoopExplorer(step=step), by_hand[n]["preds"]
        shade = explorer.scores.norm
        assert shade.vmin == pytest.approx(preds.min(), rel=1e-5)
        assert shade.vmax == pytest.approx(preds.min() + PALE * np.ptp(preds), rel=1e-5)
        assert explorer.scale.get_text() == (
            f"bluest: {100 * preds.max():.0f}%, least: {100 * preds.min():.0f}%"
        )


def test_violet_is_up_orange_is_down_and_blank_has_not_moved(by_hand):
    change = by_hand[0]["change"][:, :SHOWN]
    shades = mosaic(change).reshape(SHOWN // 4, 30, 4, 30).transpose(0, 2, 1, 3)
    shades = shades[:, :, 1:29, 1:29].reshape(SHOWN, 784).T
    np.testing.assert_array_equal(np.sign(shades), np.sign(change))
    assert np.abs(shades).max() == 1
    order = np.argsort(np.abs(change).ravel(), kind="stable")
    assert (np.diff(np.abs(shades).ravel()[order]) >= 0).all()


def test_the_loop_is_a_ring_with_the_present_step_lit():
    explorer, lit = TrainingLoopExplorer(step=1), to_rgb(COLORS["path"])
    assert len(explorer.way.get_xdata()) == 0  # nothing has happened yet
    for step in (2, 3, 4, 5, 6, 4 * SLOW + 1, LAST):
        explorer.step = step
        n, phase = place(step)
        assert [to_rgb(disc.get_markerfacecolor()) == lit for disc, _, _ in explorer.steps] == [
            number == phase for number in range(4)
        ]
        assert explorer.round.get_text() == str(n + 1)
        way, discs = (
            explorer.way.get_xydata(),
            [disc.get_xydata()[0] for disc, _, _ in explorer.steps],
        )
        ends = [np.linalg.norm(way[end] - discs, axis=1).argmin() for end in (0, -1)]
        assert ends == [(phase - (step <= 4 * SLOW)) % 4, phase]
        # clockwise
        assert (
            np.cross(np.pad(way[:-1], ((0, 0), (0, 1))), np.pad(way[1:], ((0, 0), (0, 1))))[:, 2]
            < 0
        ).all()


def test_the_loop_is_a_crank():
    explorer = TrainingLoopExplorer(step=1)
    axes = explorer.round.axes

    def point(kind, degrees):
        angle = np.radians(degrees)
        middle = axes.transAxes.transform((0.5, 0.5))  # pixels: the ring is round in them
        place = middle + 50 * np.array([np.cos(angle), np.sin(angle)])
        explorer._pointed(Pointer(kind, axes, *axes.transData.inverted().transform(place)))

    point("down", 135)
    for degrees in (100, 45):  # clockwise, a quarter
        point("move", degrees)
    assert explorer.step == 2
    for degrees in range(45, -360 - 45, -30):
        point("move", degrees)
    assert explorer.step == 7
    for degrees in range(-405, 700, 30):  # back, and no further than the beginning
        point("move", degrees)
    assert explorer.step == 1


def test_the_accuracy_can_be_scrubbed():
    explorer = TrainingLoopExplorer(step=1)
    for updates in (0, 1, 2, 3, 4, 17, 100):
        explorer._pointed(Pointer("move", explorer.now.axes, updates + 0.3, 50))
        assert explorer.now.get_xdata() == [updates]


def test_accuracy_rises_from_guessing():
    starts = [train(0.1, seed).accuracy[0] for seed in range(10)]
    assert 0.05 < np.mean(starts) < 0.15
    assert np.mean(train(0.1, 0).until(UPDATES).accuracy[-10:]) > 0.65


def test_a_training_that_goes_on_is_the_one_made_at_once():
    at_once, in_parts = Run(0.1, 3).until(12), Run(0.1, 3).until(5).until(12)
    np.testing.assert_array_equal(at_once.changes, in_parts.changes)
    assert at_once.accuracy == in_parts.accuracy
    assert len(at_once.accuracy) == 13


@pytest.mark.slow
def test_lr_too_big_and_too_small_are_said():
    too_big = TrainingLoopExplorer(step=LAST, lr=3.0)
    assert "lr is too big" in too_big.summary
    assert too_big.no_update.get_visible() == (not train(3.0, 0).changes[-1].any())
    assert "lr is too small" in TrainingLoopExplorer(step=LAST, lr=0.001).summary
    for lr in (0.01, 0.03, 0.1, 0.3):
        assert "too" not in TrainingLoopExplorer(step=LAST, lr=lr).summary


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_the_largest_learning_rate_stays_finite(seed):
    run = train(3.0, seed).until(UPDATES)
    assert all(
        np.isfinite(part).all()
        for part in (run.probabilities, run.losses, run.changes, run.moved, run.accuracy)
    )


def trained(mnist, lr, seed, tested=()):
    """The accuracy before, and (losses, predictions right, parameters that moved, farthest,
    accuracy) of each update, made with the engine's public functions. The accuracy, which takes
    long, only where asked.
    """
    rng = np.random.default_rng(seed)
    model = Sequential(Dense(784, HIDDEN, "relu", rng=rng), Dense(HIDDEN, 10, rng=rng))
    optimizer, steps = SGD(model.parameters(), lr=lr), []

    def right():
        return evaluate(model, mnist.test_images[:TESTS], mnist.test_labels[:TESTS], cross_entropy)[
            1
        ]

    first = right() if tested else None
    for n in range(UPDATES):
        images, labels = (
            mnist.train_images[BATCH * n : BATCH * (n + 1)],
            mnist.train_labels[BATCH * n : BATCH * (n + 1)],
        )
        before = np.concatenate([parameter.data.ravel() for parameter in model.parameters()])
        loss, preds = train_step(model, images, labels, cross_entropy, optimizer)
        change = np.abs(
            np.concatenate([parameter.data.ravel() for parameter in model.parameters()]) - before
        )
        steps.append(
            (
                loss,
                (preds.data.argmax(axis=1) == labels).sum(),
                (change > 0).sum(),
                change.max(),
                right() if n in tested else None,
            )
        )
    return first, *zip(*steps, strict=True)


def test_the_sentence_is_true(undrawn, mnist):
    """Both ends of the learning rate, one at which the loss jumps without a great leap, and random
    ones; the ends of the player and 200 of its other steps.
    """
    explorer, rng = TrainingLoopExplorer(), np.random.default_rng(0)
    assert explorer.controls["step"].max == LAST
    assert explorer.controls["step"].min == 1
    assert len({place(step) for step in range(1, LAST + 1)}) == LAST
    for lr, seed in [(0.001, 0), (3.0, 9), (0.1, 0), (0.956, 3)] + [
        (0.001 * 3000 ** rng.random(), int(rng.integers(10))) for _ in range(6)
    ]:
        # at 4 * SLOW + 17, 20 updates are made
        steps = {
            1,
            2,
            3,
            4,
            4 * SLOW,
            4 * SLOW + 1,
            4 * SLOW + 17,
            LAST,
            *(1 + rng.choice(LAST, 20, replace=False)).tolist(),
        }
        first, losses, right, moved, farthest, accuracy = trained(
            mnist, lr, seed, {place(step)[0] for step in steps}
        )
        others = {factor: trained(mnist, factor * lr, seed)[1] for factor in (1 / 9, 1 / 3, 3)}
        for step in steps:
            n, phase = place(step)
            explorer.set(step=step, lr=lr, seed=seed)
            words = explorer.summary
            assert len(plain(explorer.live.said[0]).split()) <= 8
            if phase == 0:
                assert words == (
                    f"1: draw a batch of 10 digits. Update {n + 1} learns from"
                    f" train_images[{10 * n} : {10 * (n + 1)}] and their labels, y_true."
                )
                np.testing.assert_array_equal(
                    mnist.train_labels[10 * n : 10 * (n + 1)],
                    [int(text.get_text()) for text in explorer.labels],
                )
            elif phase == 1:
                assert words == (
                    f"2: the network gets {right[n]} of 10 right. The forward pass gives each digit"
                    " ten probabilities; the most probable is y_pred."
                )
            elif phase == 2:
                (loss,) = re.fullmatch(
                    r"3: the mean loss is (\S+)\. Guessing among ten digits would give 2\.30: the"
                    r" lower, the better\.",
                    words,
                ).groups()
                assert float(loss) == pytest.approx(losses[n], abs=0.0051)
            else:
                verdict = (
                    r"(?:After (\d+) updates?: (\d+)% right\. (\S+) of 25,450 parameters moved,"
                    r" none by more than (\S+)"
                    r"|lr is too big\. The loss rose to (\S+); LATE"
                    r"|lr is too small\. After \d+ updates LATE);"
                    r" (\d+)% of 200 new digits were right at first\."
                )
                pattern = verdict.replace(
                    "LATE",
                    r"the last 10 batches have a mean loss of (\S+), (worse|hardly better) than"
                    r" guessing; (\d+)% are right after (\d+) updates",
                )
                update, right_now, many, most, rose, *rest, before = re.fullmatch(
                    pattern, words
                ).groups()
                late, than, now, updates = (
                    big or small for big, small in zip(rest[:4], rest[4:], strict=True)
                )
                now = right_now or now
                if many:
                    assert int(update) == n + 1
                    assert int(many.replace(",", "")) == moved[n]
                    assert float(most) == pytest.approx(farthest[n], rel=0.06)
                assert float(before) == pytest.approx(100 * first, abs=0.501)
                assert float(now) == pytest.approx(100 * accuracy[n], abs=0.501)
                mean = np.mean(losses[max(n - 9, 0) : n + 1])
                assert bool(late) == (n >= 19 and mean > 0.95 * np.log(10))
                if late:
                    assert float(late) == pytest.approx(mean, abs=0.0051)
                    assert (than == "worse") == (mean > np.log(10))
                    # the learning rates that got further
                    better = [
                        factor
                        for factor, losses_ in others.items()
                        if np.mean(losses_[n - 9 : n + 1]) < mean
                    ]
                    assert int(updates) == n + 1
                    assert min(better) < 1 if rose else 3 in better
                    if rose:
                        assert float(rose) == pytest.approx(max(losses[: n + 1]), rel=0.006)
                    else:
                        assert f"After {n + 1} updates the last" in words
