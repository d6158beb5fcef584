"""The race shows the engine's paths, ranks them rightly, and its ledger is what the engine's
optimizers remember.
"""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from lecture3_engine.descent import descend
from lecture3_engine.explorers import OptimizerRaceExplorer
from lecture3_engine.explorers.landscape import LANDSCAPES
from lecture3_engine.explorers.optimizer_race_explorer import (
    LEDGERS,
    RACERS,
    STEPS,
    look_inside,
    run,
)


@pytest.mark.parametrize("name", RACERS)
def test_the_paths_are_the_engines(name):
    explorer = OptimizerRaceExplorer(
        landscape="Himmelblau", w0=0.5, w1=-0.5, lr_sgd=0.005, lr_momentum=0.002, step=STEPS
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
    np.testing.assert_array_equal(loss.get_ydata(), path.losses)
    np.testing.assert_array_equal(now.get_xydata(), path.points[-1:])


@pytest.mark.slow
@pytest.mark.parametrize("name", RACERS)
@pytest.mark.parametrize("step", [0, 7, STEPS])
def test_the_ledger_is_the_state_of_the_engines_optimizer(name, step):
    explorer = OptimizerRaceExplorer(ledger=name, step=step)
    setting, optimizer, others, *_ = RACERS[name]
    surface, parameter = (
        LANDSCAPES["ravine"],
        SimpleNamespace(data=np.array([-4.0, 2.0]), grad=None),
    )
    walker = optimizer([parameter], lr=getattr(explorer, f"lr_{setting}"), **others)
    for _ in range(step + 1):
        before, parameter.grad = parameter.data.copy(), surface.gradient(parameter.data)
        walker.step()
    expected = {"g": parameter.grad, "step": parameter.data - before, **walker.state[0]}
    if "m" in expected:
        expected |= {
            "m_hat": expected["m"] / (1 - 0.9 ** (step + 1)),
            "v_hat": expected["v"] / (1 - 0.999 ** (step + 1)),
        }
    for cells, (key, *_) in zip(explorer.cells, LEDGERS[name], strict=False):
        shown = [float(text.get_text().replace("−", "-")) for text in cells]
        np.testing.assert_allclose(shown, expected[key], rtol=0.05, err_msg=key)


def test_the_arithmetic_in_the_headings_of_the_ledger():
    """Each formula, worked out with the numbers of the columns before it, gives the next column."""

    def steps_4_and_5(name, lr):
        path = run("ravine", (lr,) * len(RACERS), -4.0, 2.0, 10)[name]
        return path, *(look_inside(name, "ravine", lr, path, step) for step in (4, 5))

    lr = 0.3
    _, before, now = steps_4_and_5("Adam", lr)
    np.testing.assert_allclose(now["m"], 0.9 * before["m"] + 0.1 * now["g"])
    np.testing.assert_allclose(now["v"], 0.999 * before["v"] + 0.001 * now["g"] ** 2)
    # where t = 5 steps are taken
    assert [formula for *_, formula in LEDGERS["Adam"][3:5]] == [
        r"$m\,/\,(1-0.9^{t+1})$",
        r"$v\,/\,(1-0.999^{t+1})$",
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


def test_the_ranking_is_by_loss_and_those_who_left_come_last():
    explorer = OptimizerRaceExplorer(lr_sgd=0.2, lr_momentum=10.0, step=STEPS)
    at = {name: artists[-1].get_position()[1] for name, artists in explorer.racers.items()}
    loss = {name: explorer.paths()[name].losses[STEPS] for name in RACERS}
    ranking = sorted(RACERS, key=at.get)
    assert ranking == sorted(
        RACERS, key=lambda name: loss[name] if np.isfinite(loss[name]) else np.inf
    )
    assert ranking[-1] == "SGD with momentum"
    assert explorer.summary.endswith("; left for infinity: SGD, SGD with momentum.")
    assert re.findall(r"([A-Z][\w ]+) \(", explorer.summary.split(": ")[1]) == ranking[:-2]


def test_who_is_switched_off_is_not_seen_and_not_ranked():
    explorer = OptimizerRaceExplorer(show_adam=False)
    assert not any(artist.get_visible() for artist in explorer.racers["Adam"])
    assert "Adam (" not in explorer.summary
    assert "AdamW (" in explorer.summary
    explorer.set(**{f"show_{setting}": False for setting, *_ in RACERS.values()})
    assert explorer.summary == "Nobody runs: switch an optimizer on."


def test_a_ledger_of_weights_that_overflowed_is_empty():
    explorer = OptimizerRaceExplorer(ledger="SGD with momentum", lr_momentum=10.0, step=STEPS)
    assert {text.get_text() for cells in explorer.cells for text in cells} == {"–", ""}


def check_sentence(explorer):
    """Every claim of the sentence, against a descent of each racer by itself."""
    sentence, losses = explorer.summary, {}
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
    assert explorer.count.get_text() == f"steps taken:  t = {explorer.step}"
    if not losses:
        assert sentence == "Nobody runs: switch an optimizer on."
        return
    if explorer.step == 0:
        (loss,) = re.fullmatch(
            r"At the start everybody has a loss of (\S+): press Play\.", sentence
        ).groups()
        assert float(loss) == pytest.approx(
            LANDSCAPES[explorer.landscape].loss([explorer.w0, explorer.w1]), rel=0.005
        )
        return
    count, word, landscape, phrase, ranked, gone = re.fullmatch(
        r"After (\d+) (steps?) on ([\w ]+), (?:(with its loss|from the lowest loss to the highest):"
        r" ([^;]+))?(?:(?:; )?left for infinity: (.+))?\.",
        sentence,
    ).groups()
    assert (int(count), landscape) == (explorer.step, explorer.landscape)
    assert (word == "step") == (count == "1")
    alive = {name: loss for name, loss in losses.items() if np.isfinite(loss)}
    assert set((gone or "").split(", ")) - {""} == set(losses) - set(alive)
    ranking = re.findall(r"([A-Za-z ]+) \(([^)]+)\)(?:, |$)", ranked or "")
    assert sorted(name for name, _ in ranking) == sorted(alive)
    assert all(
        float(loss) == pytest.approx(alive[name], rel=0.005, abs=1e-300) for name, loss in ranking
    )
    assert (np.diff([alive[name] for name, _ in ranking]) >= 0).all()
    assert phrase == (
        None
        if not alive
        else "with its loss"
        if len(alive) == 1
        else "from the lowest loss to the highest"
    )


def test_the_sentence_is_true(undrawn, monkeypatch):
    """On every landscape the ends of every control, a start at a minimum and on the axes; and 200
    random settings.
    """
    monkeypatch.setattr(
        "lecture3_engine.explorers.optimizer_race_explorer.draw_landscape",
        lambda *args, **kwargs: [],
    )
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
    for _ in range(200):
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
