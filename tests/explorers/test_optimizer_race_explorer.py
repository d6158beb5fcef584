"""The race shows the engine's paths, ranks them rightly, and its table is what the engine's
optimizers remember.
"""

import itertools
import re
from types import SimpleNamespace

import numpy as np
import pytest

from lecture3_engine.descent import descend
from lecture3_engine.explorers import OptimizerRaceExplorer
from lecture3_engine.explorers.landscape import LANDSCAPES, NEAR, within
from lecture3_engine.explorers.optimizer_race_explorer import (
    APART,
    HIGH,
    LABELED,
    LEDGERS,
    LETTER,
    LINE,
    LOW,
    MARK,
    NOBODY,
    RACERS,
    SHORT,
    STEPS,
    look_inside,
    run,
)
from lecture3_engine.live import Pointer
from lecture3_engine.live.figure import plain

ALL = {f"show_{setting}": True for setting, *_ in RACERS.values()}


@pytest.mark.parametrize("name", RACERS)
def test_the_paths_are_the_engines(name):
    explorer = OptimizerRaceExplorer(
        landscape="Himmelblau", w0=0.5, w1=-0.5, lr_sgd=0.005, lr_momentum=0.002, step=STEPS, **ALL
    )
    setting, optimizer, others, *_ = RACERS[name]
    path = descend(
        LANDSCAPES["Himmelblau"],
        [0.5, -0.5],
        optimizer,
        STEPS,
        lr=getattr(explorer, f"lr_{setting}"),
        **others,
    )
    walk, now, loss, *_ = explorer.racers[name]
    np.testing.assert_array_equal(walk.get_xydata(), path.points)
    np.testing.assert_array_equal(loss.get_ydata(), within(path.losses))
    np.testing.assert_array_equal(now.get_xydata(), path.points[-1:])


@pytest.mark.slow
@pytest.mark.parametrize("name", RACERS)
@pytest.mark.parametrize("step", [1, 7, STEPS])
def test_the_table_is_the_state_of_the_engines_optimizer(name, step):
    """After as many steps as the slider says."""
    explorer = OptimizerRaceExplorer(ledger=name, step=step)
    setting, optimizer, others, *_ = RACERS[name]
    surface, parameter = (
        LANDSCAPES["ravine"],
        SimpleNamespace(data=np.array([-4.0, 2.0]), grad=None),
    )
    walker = optimizer([parameter], lr=getattr(explorer, f"lr_{setting}"), **others)
    for _ in range(step):
        before, parameter.grad = parameter.data.copy(), surface.gradient(parameter.data)
        walker.step()
    expected = {"g": parameter.grad, "step": parameter.data - before, **walker.state[0]}
    if "m" in expected:
        expected |= {
            "m_hat": expected["m"] / (1 - 0.9**step),
            "v_hat": expected["v"] / (1 - 0.999**step),
        }
    for cells, (key, *_) in zip(explorer.cells, LEDGERS[name], strict=False):
        shown = [float(text.get_text().replace("−", "-")) for text in cells]
        np.testing.assert_allclose(shown, expected[key], rtol=0.05, err_msg=key)


def test_the_arithmetic_in_the_formulas_of_the_table():
    """Each formula, worked out with the numbers of the rows before it, gives the next row."""

    def steps_4_and_5(name, lr):
        path = run("ravine", (lr,) * len(RACERS), -4.0, 2.0, 10)[name]
        return path, *(look_inside(name, "ravine", lr, path, step) for step in (4, 5))

    lr = 0.3
    _, before, now = steps_4_and_5("Adam", lr)
    np.testing.assert_allclose(now["m"], 0.9 * before["m"] + 0.1 * now["g"])
    np.testing.assert_allclose(now["v"], 0.999 * before["v"] + 0.001 * now["g"] ** 2)
    # the sixth step, from where five are taken
    assert [formula for *_, formula in LEDGERS["Adam"][3:5]] == [
        r"$m\,/\,(1-0.9^t)$",
        r"$v\,/\,(1-0.999^t)$",
    ]
    np.testing.assert_allclose(now["m_hat"], now["m"] / (1 - 0.9**6))
    np.testing.assert_allclose(now["v_hat"], now["v"] / (1 - 0.999**6))
    np.testing.assert_allclose(now["step"], -lr * now["m_hat"] / np.sqrt(now["v_hat"]), rtol=1e-6)
    path, _, now = steps_4_and_5("AdamW", lr)
    np.testing.assert_allclose(
        now["step"], -lr * (now["m_hat"] / np.sqrt(now["v_hat"]) + 0.01 * path.points[5]), rtol=1e-6
    )
    for name, key, total in (
        ("RMSprop", "mean_square", (0.99, 0.01)),
        ("Adagrad", "sum_square", (1, 1)),
    ):
        _, before, now = steps_4_and_5(name, lr)
        np.testing.assert_allclose(now[key], total[0] * before[key] + total[1] * now["g"] ** 2)
        np.testing.assert_allclose(now["step"], -lr * now["g"] / np.sqrt(now[key]), rtol=1e-6)
    _, before, now = steps_4_and_5("SGD with momentum", 0.03)
    np.testing.assert_allclose(now["velocity"], 0.9 * before["velocity"] - 0.03 * now["g"])
    np.testing.assert_allclose(now["step"], now["velocity"], rtol=1e-9)


def order_of(explorer):
    """The names from the top row of the list to the bottom row."""
    return sorted(RACERS, key=lambda name: explorer.rows[name][0].get_position()[1])


def test_the_ranking_is_by_loss_and_those_who_left_come_last():
    explorer = OptimizerRaceExplorer(lr_sgd=0.2, lr_momentum=10.0, step=STEPS, **ALL)
    loss = {name: explorer.paths()[name].losses[STEPS] for name in RACERS}
    ranking = order_of(explorer)
    assert ranking == sorted(
        RACERS, key=lambda name: loss[name] if np.isfinite(loss[name]) else np.inf
    )
    assert ranking[-1] == "SGD with momentum"
    assert explorer.summary.endswith("Left for infinity: SGD, SGD with momentum.")
    for name, texts in explorer.rows.items():
        said, lr, number = (text.get_text() for text in texts)
        assert said == name
        assert float(lr) == explorer.lr_of(name)
        assert (number == "∞") == (not np.isfinite(loss[name]))
        if number != "∞":
            assert float(number) == pytest.approx(loss[name], rel=0.006)


def test_who_is_switched_off_is_not_seen_and_not_ranked():
    explorer = OptimizerRaceExplorer(step=30, **{**ALL, "show_adam": False})
    *moves, sample = explorer.racers["Adam"]
    assert not any(artist.get_visible() for artist in moves)
    assert sample.get_markerfacecolor() == "white"  # hollow
    assert explorer.rows["Adam"][2].get_text() == ""
    ticked = explorer.ticks.get_ydata().tolist()
    rows = {name: texts[0].get_position()[1] for name, texts in explorer.rows.items()}
    assert sorted(ticked) == sorted(y for name, y in rows.items() if name != "Adam")
    assert order_of(explorer)[-1] == "Adam"
    explorer.set(**dict.fromkeys(ALL, False))
    assert not len(explorer.ticks.get_ydata())
    assert explorer.live.said[0] == "Nobody runs."


def test_a_row_that_is_pressed_switches_its_racer():
    explorer = OptimizerRaceExplorer(step=30)
    off = order_of(explorer)[3]
    assert off == "RMSprop"
    explorer._pointed(Pointer("down", explorer.ranking, 0.4, 3.6))
    assert explorer.show_rmsprop
    # which moves it, under a pointer that is still down
    explorer._pointed(Pointer("move", explorer.ranking, 0.4, 3.6))
    explorer._pointed(Pointer("up", explorer.ranking, 0.4, 3.6))
    assert order_of(explorer)[0] == "RMSprop"
    explorer._pointed(Pointer("down", explorer.ranking, 0.4, 0.2))
    assert not explorer.show_rmsprop
    before = explorer.state
    explorer._pointed(Pointer("down", explorer.ranking, 0.4, -0.5))  # above the first row
    explorer._pointed(Pointer("down", explorer.ranking, 0.4, 6.0))  # the lower edge
    assert {**before, "show_adamw": True} == explorer.state


def test_three_race_when_it_opens_in_the_middle():
    explorer = OptimizerRaceExplorer()
    assert plain(explorer.live.said[0]) == "Adam leads."
    assert order_of(explorer)[3:] == ["RMSprop", "Adagrad", "AdamW"]
    explorer.step = 0
    assert order_of(explorer)[:3] == ["SGD", "SGD with momentum", "Adam"]
    assert explorer.live.said[0] == "Press Play: who gets down first?"
    for names in ALL:  # a switch and its lr stay together
        assert (names, names.replace("show_", "lr_")) in explorer.together


@pytest.mark.parametrize("step", [0, 1, 12, 30, STEPS])
def test_a_name_stands_beside_its_racer_and_on_nothing_else(step):
    """Or it is not shown: it would not be known whose it is."""
    explorer = OptimizerRaceExplorer(**ALL, step=step)
    marks = {name: artists[1].get_xydata()[0] for name, artists in explorer.racers.items()}
    boxes = {}
    for name, artists in explorer.racers.items():
        text = artists[4]
        if not text.get_visible():
            continue
        x, y = text.get_position()
        width = LETTER * len(SHORT.get(name, name))
        side, left = {"left": (1, x), "right": (-1, x - width), "center": (0, x - width / 2)}[
            text.get_horizontalalignment()
        ]
        assert x - marks[name][0] == pytest.approx(side * MARK)
        assert (0 if side else 1 - 1e-9) <= abs(y - marks[name][1]) / LINE < 1.6 + 1e-9
        boxes[name] = np.array([[left, y - LINE / 2], [left + width, y + LINE / 2]])
    for name, (low, high) in boxes.items():
        assert (np.abs([low, high]) < NEAR).all()
        for other, (low2, high2) in boxes.items():
            assert other == name or (low >= high2 - 1e-9).any() or (low2 >= high - 1e-9).any()
        others = [mark for mark in marks.values() if (mark != marks[name]).any()]
        for place in [*others, [0, 0]]:
            assert ((place < low) | (place > high)).any()
        for left, right, bottom, top in explorer.labels:
            assert low[0] >= right or left >= high[0] or low[1] >= top or bottom >= high[1], name
    assert len(boxes) >= 3


def test_a_name_is_off_the_tracks_where_it_opens():
    explorer = OptimizerRaceExplorer()
    tracks = np.concatenate(
        [
            start + np.linspace(0, 1, 20)[:, None] * (end - start)
            for artists in explorer.racers.values()
            if artists[0].get_visible()
            for start, end in itertools.pairwise(artists[0].get_xydata())
        ]
    )
    for name in "Adam", "SGD with momentum", "SGD":
        text = explorer.racers[name][4]
        (x, y), width = text.get_position(), LETTER * len(text.get_text())
        left = x - width * {"left": 0, "center": 0.5, "right": 1}[text.get_horizontalalignment()]
        low, high = (left, y - LINE / 2), (left + width, y + LINE / 2)
        assert text.get_visible()
        assert not ((tracks > low) & (tracks < high)).all(axis=1).any(), name


@pytest.mark.parametrize("landscape", LANDSCAPES)
def test_a_level_line_has_the_loss_that_is_written_on_it(landscape):
    explorer = OptimizerRaceExplorer(landscape=landscape)
    texts = explorer.background[3:]
    assert len(texts) == len(explorer.labels) <= LABELED
    lines = explorer.background[1].get_paths()
    for text in texts:
        place = np.array(text.get_position())
        loss = LANDSCAPES[landscape].loss(place)
        assert float(text.get_text().removeprefix("loss ")) == pytest.approx(loss, rel=0.06)
        assert min(np.linalg.norm(p.vertices - place, axis=1).min() for p in lines if len(p)) < 1e-9


@pytest.mark.parametrize("step", [0, 1, 20, STEPS])
def test_the_losses_are_named_at_their_ends_in_their_order(step):
    explorer = OptimizerRaceExplorer(**ALL, step=step)
    low, high = np.log((LOW, HIGH))
    places = {}
    for name, artists in explorer.racers.items():
        x, y = artists[3].get_position()
        assert x == step + 1
        places[name] = (np.log(y) - low) / (high - low)
    assert [*sorted(places, key=places.get)] == order_of(explorer)
    heights = sorted(places.values())
    assert (np.diff(heights) >= APART - 1e-9).all()
    assert 0 <= heights[0] <= heights[-1] <= 1


def test_the_loss_moves_the_step_and_the_table_stands_in_its_place():
    explorer = OptimizerRaceExplorer()
    explorer._pointed(Pointer("move", explorer.losses, 12.2, 1.0))
    assert explorer.step == 12
    assert explorer.losses.get_visible()
    assert not explorer.inside.get_visible()
    explorer.ledger = "Adam"
    explorer._pointed(Pointer("move", explorer.losses, 40, 1.0))
    assert explorer.step == 12
    assert not explorer.losses.get_visible()
    assert explorer.inside.get_visible()
    assert explorer.inside.get_title(loc="left") == "The last step of Adam"
    explorer.ledger = NOBODY
    assert explorer.losses.get_visible()


@pytest.mark.parametrize("case", [{"lr_momentum": 10.0, "step": STEPS}, {"step": 0}])
def test_a_table_of_weights_that_overflowed_or_made_no_step_is_empty(case):
    explorer = OptimizerRaceExplorer(ledger="SGD with momentum", **case)
    assert {text.get_text() for cells in explorer.cells for text in cells} == {"–", ""}


def test_each_landscape_has_an_lr_of_sgd_that_fits_it():
    explorer = OptimizerRaceExplorer(step=STEPS)
    for landscape in LANDSCAPES:
        explorer.landscape = landscape
        for name in ("SGD", "SGD with momentum"):
            losses = explorer.paths()[name].losses
            # beside a local minimum of Rastrigin there is no more to gain
            share = 1 if landscape == "Rastrigin" else 0.5
            assert losses[STEPS] < share * losses[0], (landscape, name)
    assert OptimizerRaceExplorer(landscape="bowl", lr_sgd=0.7).lr_sgd == 0.7


def near_to(text, value):
    return float(text) == pytest.approx(value, rel=0.0052, abs=1e-300)


def check_sentence(explorer):
    """Every claim of the sentence, against a descent of each racer by itself."""
    verdict, reason = map(plain, explorer.live.said)
    losses = {}
    for name, (setting, optimizer, others, *_) in RACERS.items():
        if getattr(explorer, f"show_{setting}"):
            lr = getattr(explorer, f"lr_{setting}")
            path = descend(
                LANDSCAPES[explorer.landscape],
                [explorer.w0, explorer.w1],
                optimizer,
                explorer.step,
                lr=lr,
                **others,
            )
            losses[name] = path.losses[-1]
    assert len(verdict.split()) <= 8
    if not losses:
        assert verdict == "Nobody runs."
        return
    if explorer.step == 0:
        (loss,) = re.fullmatch(r"At the start everybody has a loss of (\S+)\.", reason).groups()
        assert near_to(loss, LANDSCAPES[explorer.landscape].loss([explorer.w0, explorer.w1]))
        return
    count, word, what, gone = re.fullmatch(
        r"After (\d+) (steps?)(.+?)\.(?: Left for infinity: (.+)\.)?", reason
    ).groups()
    assert int(count) == explorer.step
    assert (word == "step") == (count == "1")
    alive = {name: loss for name, loss in losses.items() if np.isfinite(loss)}
    assert set((gone or "").split(", ")) - {""} == set(losses) - set(alive)
    if not alive:
        assert verdict == "Nobody is left in the race."
        assert what == ": every lr is too big"
    elif alone := re.fullmatch(r" the loss is (\S+)", what):
        assert [verdict] == [f"{name} runs alone." for name in alive]
        assert near_to(alone[1], *alive.values())
    elif level := re.fullmatch(r" each has a loss of (\S+)", what):
        assert verdict == "All are level."
        assert all(near_to(level[1], loss) for loss in alive.values())
    else:
        whose, best, last, worst = re.fullmatch(
            r" (its|their) loss is (\S+); that of ([\w ]+), the last, is (\S+)", what
        ).groups()
        assert near_to(best, min(alive.values()))
        assert near_to(worst, max(alive.values()))
        assert near_to(worst, alive[last])
        if share := re.fullmatch(r"(\d) share the lead\.", verdict):
            assert whose == "their"
            assert sum(near_to(best, loss) for loss in alive.values()) >= int(share[1]) > 1
        else:
            assert whose == "its"
            assert alive[verdict.removesuffix(" leads.")] == min(alive.values())


def test_the_sentence_is_true(undrawn, monkeypatch):
    """On every landscape the ends of every control, a start at a minimum and on the axes; and 200
    random settings.
    """
    monkeypatch.setattr(
        "lecture3_engine.explorers.optimizer_race_explorer.draw_landscape",
        lambda *args, **kwargs: [],
    )
    monkeypatch.setattr(OptimizerRaceExplorer, "label_levels", lambda self: [])
    explorer, rng = OptimizerRaceExplorer(), np.random.default_rng(0)
    controls = explorer.controls
    assert controls["step"].max == STEPS
    sliders = [name for name, control in controls.items() if hasattr(control, "min")]
    toggles = [name for name in controls if name.startswith("show_")]
    cases = [
        {"landscape": name, **dict.fromkeys(toggles, True), **case}
        for name in LANDSCAPES
        for case in [
            {slider: end}
            for slider in sliders
            for end in (controls[slider].min, controls[slider].max)
        ]
        + [
            {"w0": w0, "w1": w1, "step": step}
            for w0, w1 in (LANDSCAPES[name].minima[0], (0, 0), (0, 1), (2, 0))
            for step in (0, 1, 2, STEPS)
        ]
    ]
    cases += [
        dict.fromkeys(toggles, False) | {"step": step} | ({only: True} if only else {})
        for only in [None, *toggles]
        for step in (0, 1, STEPS)
    ]
    for _ in range(100):
        case = {
            name: (
                controls[name].nearest(
                    controls[name].min * (controls[name].max / controls[name].min) ** rng.random()
                    if controls[name].log
                    else rng.uniform(controls[name].min, controls[name].max)
                )
            )
            for name in sliders
        }
        cases.append(
            case
            | {name: bool(rng.random() < 0.7) for name in toggles}
            | {"landscape": str(rng.choice(list(LANDSCAPES)))}
        )
    for case in cases:
        explorer.set(**case)
        check_sentence(explorer)
