"""The network that trains under the sliders: what it shows is what the engine's own training loop
does, and nothing trains unasked or for ever.
"""

import asyncio
import re
import time
from functools import lru_cache

import numpy as np
import pytest

from lecture3_engine import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    DataLoader,
    Dense,
    RMSprop,
    Sequential,
    cross_entropy,
    evaluate,
    train_step,
)
from lecture3_engine.explorers import TrainingExplorer
from lecture3_engine.explorers import training_explorer as training
from lecture3_engine.explorers.digits import train_and_validation


def digits():
    return train_and_validation(training.TRAIN, training.VALIDATION)


async def until(condition, seconds=20):
    start = time.perf_counter()
    while not condition():
        assert time.perf_counter() - start < seconds, "waited in vain"
        await asyncio.sleep(0.01)


def steps(explorer):
    return explorer._training.steps


def test_the_losses_are_those_of_the_training_loop():
    explorer = TrainingExplorer(lr=0.2, beta=0.5, batch_size=64)
    explorer.train(200)  # more than one time through the digits
    rng = np.random.default_rng(0)
    model = Sequential(Dense(784, 64, "relu", rng=rng), Dense(64, 10, rng=rng))
    optimizer = SGD(model.parameters(), 0.2, momentum=0.5)
    loader = DataLoader(*digits()[0], 64, shuffle=True, rng=rng)
    losses = [
        train_step(model, *batch, cross_entropy, optimizer)[0] for _ in range(2) for batch in loader
    ][:200]
    assert explorer._training.losses == losses  # to the last bit
    np.testing.assert_allclose(
        explorer.batch_losses.get_ydata()[1:], np.reshape(losses, (20, 10)).mean(axis=1)
    )
    loss, right = evaluate(explorer._training.model, *digits()[1], cross_entropy)
    assert explorer.validation.get_ydata()[-1] == loss
    assert explorer.right.get_ydata()[-1] == 100 * right
    assert explorer.summary.startswith(f"{100 * right:.1f}% of validation digits are right.")
    assert "Step 200" in explorer.summary
    assert right > 0.85


def test_the_validation_digits_are_not_trained_on():
    (train, _), (validation, _) = digits()
    assert train.shape == (10_000, 784)
    assert validation.shape == (1_000, 784)
    assert not {image.tobytes() for image in train} & {image.tobytes() for image in validation}


def test_untrained_it_guesses():
    explorer = TrainingExplorer()
    assert "Untrained" in explorer.summary
    assert "ln 10 = 2.30" in explorer.summary
    assert abs(explorer.validation.get_ydata()[0] - np.log(10)) < 0.1
    assert 5 < explorer.right.get_ydata()[0] < 20


def test_hyperparameters_change_at_once_and_are_marked():
    explorer = TrainingExplorer(lr=0.1)
    explorer.train(30)
    first = explorer._training.optimizer
    explorer.set(lr=0.01, beta=0.9)
    explorer.train(10)
    assert explorer._training.optimizer is first
    assert first.lr == 0.01
    assert first.momentum == 0.9
    explorer.optimizer = "Adam"
    explorer.train(10)
    assert isinstance(explorer._training.optimizer, Adam)
    assert explorer._training.optimizer.betas == (0.9, 0.999)
    explorer.beta = 0.5
    explorer.train(10)
    assert explorer._training.optimizer.betas == (0.5, 0.999)
    explorer.batch_size = 100
    explorer.train(10)
    assert explorer._training.samples == 60 * 32 + 10 * 100
    assert explorer._training.changes == [30, 40, 50, 60] == list(explorer.changes[0].get_xdata())
    explorer.train(10)
    assert len(explorer._training.changes) == 4


def test_beta_is_off_where_it_means_nothing():
    explorer = TrainingExplorer()
    assert not explorer.controls["beta"].disabled
    explorer.optimizer = "Adagrad"
    assert explorer.controls["beta"].disabled
    explorer.train(20)
    explorer.optimizer = "Adam"
    assert not explorer.controls["beta"].disabled


def test_reset_makes_the_same_new_network():
    explorer = TrainingExplorer()
    kernel = explorer._training.model.layers[0].kernel.data.copy()
    explorer.train(20)
    sentence = explorer.summary
    assert not np.array_equal(kernel, explorer._training.model.layers[0].kernel.data)
    explorer.reset()
    np.testing.assert_array_equal(kernel, explorer._training.model.layers[0].kernel.data)
    assert "Untrained" in explorer.summary
    assert len(explorer.validation.get_xdata()) == 1
    explorer.train(20)
    assert explorer.summary == sentence  # every run is the same


def test_too_large_a_learning_rate_is_explained():
    explorer = TrainingExplorer(lr=10, beta=0.99)
    explorer.train(100)
    assert "worse than guessing" in explorer.summary or "no longer a number" in explorer.summary
    assert np.isfinite(explorer.validation.get_ydata()).all()
    assert np.isfinite(explorer.batch_losses.get_ydata()).all()
    small = TrainingExplorer(lr=1e-4)
    small.train(300)
    assert "lr is too small" in small.summary


@pytest.mark.filterwarnings("error")
def test_a_loss_that_is_no_number_stops_the_training():
    explorer = TrainingExplorer()
    explorer.train(10)
    explorer._training.model.layers[0].kernel.data[:] = np.inf
    explorer.train(50)
    assert steps(explorer) == 11
    assert "no longer a number" in explorer.summary
    assert "Press New network." in explorer.summary
    explorer.live.picture()

    async def press():
        explorer.running = True
        await until(lambda: not explorer.running)  # pressed in vain

    asyncio.run(press())
    assert steps(explorer) == 11
    explorer.reset()
    explorer.train(10)
    assert steps(explorer) == 10
    assert "no longer" not in explorer.summary


def test_train_pause_resume_while_other_things_happen():
    async def lesson():
        explorer = TrainingExplorer(lr=0.1)
        assert explorer._task is None
        explorer.running = True
        longest, before = 0, time.perf_counter()
        while steps(explorer) < 100:  # this loop stands for the other cells of the kernel
            await asyncio.sleep(0)
            longest, before = max(longest, time.perf_counter() - before), time.perf_counter()
        assert longest < 0.5  # a slice, on a machine that may be busy
        assert "Step" in explorer.summary
        explorer.lr = 0.5  # under the slider while it trains
        reached = steps(explorer)
        await until(lambda: steps(explorer) > reached)
        assert explorer._training.optimizer.lr == 0.5
        explorer.running = False
        await until(explorer._task.done)
        reached = steps(explorer)
        await asyncio.sleep(0.3)
        assert steps(explorer) == reached
        explorer.running = True
        await until(lambda: steps(explorer) > reached)
        explorer.running = False
        explorer.running = True  # quickly: still one task only
        assert (
            len([task for task in asyncio.all_tasks() if task.get_coro().__name__ == "_train"]) == 1
        )
        explorer.reset()
        assert steps(explorer) == 0
        assert not explorer.running
        assert "Untrained" in explorer.summary
        await until(explorer._task.done)
        assert steps(explorer) == 0

    asyncio.run(lesson())


def test_a_new_explorer_pauses_the_one_before():
    async def lesson():
        first = TrainingExplorer()
        first.running = True
        await until(lambda: steps(first) > 0)
        second = TrainingExplorer(running=True)  # the cell was run again
        assert not first.running
        await until(lambda: first._task.done() and steps(second) > 0)
        second.running = False
        await until(second._task.done)

    asyncio.run(lesson())


def test_it_ends(monkeypatch):
    monkeypatch.setattr(training, "LIMIT", 30)

    async def lesson():
        explorer = TrainingExplorer(running=True)
        await until(lambda: not explorer.running)
        assert steps(explorer) == 30
        assert "The training ends at 30 steps" in explorer.summary

    asyncio.run(lesson())


def test_an_error_is_shown():
    async def lesson():
        explorer = TrainingExplorer()
        explorer.sentence = lambda training: 1 / 0 if training.steps else "Fine."
        explorer.running = True
        await until(explorer._task.done)
        assert "ZeroDivisionError" in explorer.live.summary
        assert explorer.live.failed
        assert isinstance(explorer._task.exception(), ZeroDivisionError)

    asyncio.run(lesson())


def test_without_an_event_loop_nothing_starts():
    explorer = TrainingExplorer(running=True)
    assert explorer._task is None
    assert "Untrained" in explorer.summary


def test_the_pictures_are_what_training_has_added_to_the_first_layer():
    explorer = TrainingExplorer()
    before = explorer._training.hidden.kernel.data.copy()
    explorer.train(20)
    learned = explorer._training.hidden.kernel.data - before
    units = explorer._training.units
    picture = np.ma.filled(explorer.weights.get_array(), np.nan)
    for place in (0, 6, 19):
        largest = max(training.CHANGE, np.quantile(np.abs(learned[:, units[place]]), 0.99))
        row, column = divmod(place, training.ROW)
        np.testing.assert_allclose(
            picture[32 * row : 32 * row + 28, 32 * column : 32 * column + 28],
            learned[:, units[place]].reshape(28, 28) / largest,
            rtol=1e-5,
        )
    assert np.isnan(picture[28:32]).all()


def test_the_units_that_are_shown_are_those_that_learn_the_most_and_stay_in_their_places():
    explorer = TrainingExplorer()
    units = explorer._training.units.copy()
    assert len(set(units)) == training.UNITS
    before = explorer._training.hidden.kernel.data.copy()
    explorer.train(100)
    np.testing.assert_array_equal(explorer._training.units, units)
    learned = np.linalg.norm(explorer._training.hidden.kernel.data - before, axis=0)
    others = np.setdiff1d(np.arange(training.HIDDEN), units)
    assert learned[units].mean() > 1.3 * learned[others].mean()
    assert learned[units[:5]].mean() > 1.1 * learned[units[-5:]].mean()


def test_what_is_learned_is_nothing_at_first_and_each_unit_has_its_scale():
    explorer = TrainingExplorer()
    assert not np.nan_to_num(explorer.weights.get_array()).any()
    explorer.train(10)
    pale = np.abs(np.nan_to_num(np.ma.filled(explorer.weights.get_array(), 0)))
    assert 0 < np.quantile(pale, 0.99) < 0.5
    explorer.train(90)
    explorer.set(optimizer="Adam", lr=0.1)
    explorer.train(30)
    shown = np.ma.filled(explorer.weights.get_array(), np.nan)
    assert np.isfinite(shown).sum() == training.UNITS * 784
    for place in range(training.UNITS):
        row, column = divmod(place, training.ROW)
        tile = shown[32 * row : 32 * row + 28, 32 * column : 32 * column + 28]
        assert np.quantile(np.abs(tile), 0.99) == pytest.approx(1, abs=0.01)


def test_the_units_that_the_digit_excites_the_most_are_framed():
    explorer = TrainingExplorer()
    assert not len(explorer.framed.get_xydata())
    explorer.train(120)
    hidden, units = explorer._training.hidden, explorer._training.units
    image = digits()[1][0][training.DIGIT]
    fires = hidden(image[None]).data[0, units]  # relu: those that do not fire are 0
    frames = np.reshape(explorer.framed.get_xydata(), (-1, 6, 2))[:, :5].mean(axis=1)
    column, row = ((frames - 5) // 32).astype(int).T
    shown = ((row - 1) * training.ROW + column).tolist()
    assert len(shown) == training.FRAMED
    assert fires[shown].min() > np.delete(fires, shown).max()


def test_new_network_makes_one_and_keeps_the_settings():
    explorer = TrainingExplorer(lr=0.2)
    assert explorer.controls["again"].label == "New network"
    assert explorer.controls["again"].disabled
    assert explorer.controls["lr"].label == "learning rate  lr"
    explorer.train(30)
    assert not explorer.controls["again"].disabled
    assert explorer.controls["lr"].label == "learning rate, from the next step  lr"
    explorer.again = True
    assert (explorer.again, explorer.lr, steps(explorer)) == (False, 0.2, 0)
    assert "Untrained" in explorer.summary
    assert explorer.controls["again"].disabled
    losses = TrainingExplorer(lr=0.2)
    for each in (explorer, losses):
        each.train(20)
    assert explorer._training.losses == losses._training.losses


def test_the_axis_of_the_loss_is_no_longer_than_the_losses_need():
    explorer = TrainingExplorer()
    explorer.train(100)
    assert explorer.loss_axes.get_ylim() == (0.1, 4)
    words = {text.get_text() for text in explorer.loss_axes.get_yticklabels()}
    assert {"2.3", "0.1", "1"} <= words
    explorer.lr = 10.0
    for _ in range(5):
        explorer.train(10)
        high = explorer.loss_axes.get_ylim()[1]
        most = max(max(check[1:3]) for check in explorer._training.checks)
        assert high == (4 if most <= 4 else 10 if most <= 10 else 100)
    assert high > 4
    explorer.reset()
    assert explorer.loss_axes.get_ylim() == (0.1, 4)
    small = TrainingExplorer(optimizer="Adam", lr=0.01, beta=0.9, batch_size=256)
    small.train(400)
    assert min(min(check[1:3]) for check in small._training.checks) < 0.1
    assert small.loss_axes.get_ylim()[0] == 0.01


@pytest.mark.parametrize("lr, seen", [(0.1, True), (1e-4, False)])
def test_guessing_is_written_where_no_curve_has_its_name(lr, seen):
    explorer = TrainingExplorer(lr=lr)
    assert all(word.get_visible() for word in explorer.guessing)
    explorer.train(120)
    assert [word.get_visible() for word in explorer.guessing] == [seen, seen]


def test_the_button_says_what_it_does():
    explorer = TrainingExplorer()
    button = explorer.controls["running"]
    assert button.label == "Train"
    explorer.train(10)
    assert button.label == "Continue"
    explorer.reset()
    assert button.label == "Train"


def test_the_curves_are_named_beside_their_ends():
    explorer = TrainingExplorer(lr=0.5)
    assert [text.get_text() for text in explorer.names] == ["", "", ""]
    for _ in range(6):
        explorer.train(70)
        ends = [curve.get_ydata()[-1] for curve in (explorer.batch_losses, explorer.validation)]
        right = explorer.right.get_ydata()[-1]
        words = ["training", "validation", f"{right:.1f}%"]
        assert [text.get_text() for text in explorer.names] == words
        (x, high), (x2, low), (x3, share) = (text.get_position() for text in explorer.names)
        assert x3 == x
        assert share == min(max(right, 6), 94)
        assert (
            x == x2 == explorer.validation.get_xdata()[-1] < 0.8 * explorer.loss_axes.get_xlim()[1]
        )
        assert (high, low) == (ends[0], ends[1])
        upper = explorer.names[int(ends[1] > ends[0])]
        assert upper.get_va() == "bottom"


@lru_cache(maxsize=4)
def trained(steps, optimizer, lr, beta, batch_size):
    """(network, losses) of so many steps, made with the engine's public functions."""
    rng = np.random.default_rng(0)
    model = Sequential(Dense(784, 64, "relu", rng=rng), Dense(64, 10, rng=rng))
    stepper = {
        "SGD": lambda p: SGD(p, lr, momentum=beta),
        "Adam": lambda p: Adam(p, lr, betas=(beta, 0.999)),
        "AdamW": lambda p: AdamW(p, lr, betas=(beta, 0.999)),
        "RMSprop": lambda p: RMSprop(p, lr),
        "Adagrad": lambda p: Adagrad(p, lr),
    }[optimizer](model.parameters())
    loader, losses = DataLoader(*digits()[0], batch_size, shuffle=True, rng=rng), []
    while len(losses) < steps:
        for batch in loader:
            losses.append(train_step(model, *batch, cross_entropy, stepper)[0])
            if len(losses) == steps or not np.isfinite(losses[-1]):
                return model, losses
    return model, losses


def check_sentence(explorer, settings, steps, model_losses):
    """Every claim, against a training of the same settings made by hand: (steps, its network and
    losses at the last look, ten steps apart).
    """
    looked, model, losses = model_losses
    verdict, step, times, rest = re.fullmatch(
        r"(.+?[a-z]\.) Step ([\d,]+), (\d+\.\d) epochs: (.+)",
        explorer.summary,
    ).groups()
    # the last batch of an epoch may be smaller
    epochs, more = divmod(steps, -(-10_000 // settings["batch_size"]))
    assert int(step.replace(",", "")) == steps
    assert float(times) == pytest.approx(
        epochs + more * settings["batch_size"] / 10_000, abs=0.0501
    )
    if looked == 0:
        assert verdict == "It has begun."
        assert rest == "losses and accuracy come after every 10 steps."
        return
    loss, right = evaluate(model, *digits()[1], cross_entropy)
    number = r"(\d[\d.]*(?:e\+\d+)?)"
    after, training_loss, validation_loss, percent, cure = re.fullmatch(
        rf"(?:after step ([\d,]+) )?training loss {number} \(mean of the last 10 steps\),"
        rf" validation loss {number}"
        r"(?:, (\d+\.\d)% of validation digits right)?\."
        r"( Make lr smaller; if it does not recover, press New network\.)?",
        rest,
    ).groups()
    assert (int(after.replace(",", "")) if after else steps) == looked
    recent = np.mean(losses[looked - 10 : looked])
    assert float(training_loss) == pytest.approx(recent, rel=0.006)
    assert float(validation_loss) == pytest.approx(loss, rel=0.006)
    good = re.fullmatch(r"(\d+\.\d)% of validation digits are right\.", verdict)
    assert bool(good) != bool(percent)  # once
    assert float(good[1] if good else percent) == pytest.approx(100 * right, abs=0.0501)
    assert bool(cure) == verdict.startswith("Too big: ")

    def other(factor):
        with np.errstate(all="ignore"):
            return evaluate(
                trained(looked, **settings | {"lr": factor * settings["lr"]})[0],
                *digits()[1],
                cross_entropy,
            )[0]

    if good:
        assert loss <= 1.05 * np.log(10)
        assert steps <= 200 or right >= 0.2
    elif verdict == "Too big: it is worse than guessing.":
        assert loss > 1.05 * np.log(10)
        assert other(0.1) < loss
    else:
        (why,) = re.fullmatch(r"(.+): hardly better than guessing\.", verdict).groups()
        assert right < 0.2
        assert loss <= 1.05 * np.log(10)
        assert steps > 200
        if why == "lr is too small":
            assert other(3) < loss
        else:
            assert why == "Too big"
            assert other(0.1) < loss


@pytest.mark.parametrize(
    "settings",
    [
        dict(optimizer="SGD", lr=0.1, beta=0.0, batch_size=32),
        dict(optimizer="SGD", lr=1e-4, beta=0.0, batch_size=1),
        dict(optimizer="SGD", lr=10, beta=0.0, batch_size=32),
        dict(optimizer="SGD", lr=0.01, beta=0.99, batch_size=256),
        dict(optimizer="SGD", lr=1.0, beta=0.0, batch_size=4),
        dict(optimizer="Adam", lr=10, beta=0.9, batch_size=8),
        dict(optimizer="AdamW", lr=0.01, beta=0.99, batch_size=16),
        dict(optimizer="RMSprop", lr=1.0, beta=0.0, batch_size=32),
        dict(optimizer="Adagrad", lr=10, beta=0.5, batch_size=1),
        dict(optimizer="Adagrad", lr=1e-4, beta=0.5, batch_size=8),
    ],
    ids=lambda settings: "-".join(map(str, settings.values())),
)
def test_the_sentence_is_true(undrawn, settings):
    """After few steps and many, on a look and between two; and with random settings of the sliders,
    260 in all, which a paused training does not follow.
    """
    explorer, rng = TrainingExplorer(**settings), np.random.default_rng(settings["batch_size"])
    done, between = 0, int(rng.integers(11, 19))
    for steps in (1, 9, 10, between, 200, 201, 210, 213):
        explorer.train(steps - done)
        done = steps
        looked = steps // 10 * 10
        by_hand = looked, *trained(looked, **settings)
        for _ in range(1 if steps in (1, 9) else 4):
            check_sentence(explorer, settings, steps, by_hand)
            explorer.set(
                optimizer=str(rng.choice(explorer.controls["optimizer"].options)),
                lr=explorer.controls["lr"].nearest(10 ** rng.uniform(-4, 1)),
                beta=explorer.controls["beta"].nearest(rng.uniform(0, 0.99)),
                batch_size=int(rng.integers(1, 257)),
            )
        explorer.set(**settings)


def test_what_was_too_big_is_not_the_lr_that_the_slider_shows_now():
    explorer = TrainingExplorer(lr=10, beta=0.99)
    explorer.train(50)
    explorer.lr = 1e-4
    explorer.train(10)
    assert explorer.summary.startswith("Too big: ")
    explorer._training.model.layers[0].kernel.data[:] = np.inf
    explorer.train(1)
    explorer.lr = 1e-3
    assert explorer.summary.startswith("The loss is no longer a number. Step 61, ")
    assert "the steps were too big, and the training has stopped" in explorer.summary
