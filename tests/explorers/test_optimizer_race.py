"""The race shows the engine's paths, ranks them rightly, and its ledger is what the engine's optimizers remember."""

from types import SimpleNamespace

import numpy as np
import pytest

from lecture3_engine.descent import descend
from lecture3_engine.explorers import OptimizerRace
from lecture3_engine.explorers.landscape import LANDSCAPES
from lecture3_engine.explorers.optimizer_race import LEDGERS, RACERS, STEPS, look_inside, run


@pytest.mark.parametrize("name", RACERS)
def test_the_paths_are_the_engines(name):
    explorer = OptimizerRace(landscape="Himmelblau", w0=0.5, w1=-0.5, lr_sgd=0.005, lr_momentum=0.002, step=STEPS)
    setting, optimizer, others, *_ = RACERS[name]
    path = descend(LANDSCAPES["Himmelblau"], [0.5, -0.5], optimizer, STEPS, lr=getattr(explorer, f"lr_{setting}"), **others)
    walk, now, loss, *_ = explorer.racers[name]
    np.testing.assert_array_equal(walk.get_xydata(), path.points)
    np.testing.assert_array_equal(loss.get_ydata(), path.losses)
    np.testing.assert_array_equal(now.get_xydata(), path.points[-1:])


@pytest.mark.parametrize("name", RACERS)
@pytest.mark.parametrize("step", [0, 7, STEPS])
def test_the_ledger_is_the_state_of_the_engines_optimizer(name, step):
    explorer = OptimizerRace(ledger=name, step=step)
    setting, optimizer, others, *_ = RACERS[name]
    surface, parameter = LANDSCAPES["ravine"], SimpleNamespace(data=np.array([-4.0, 2.0]), grad=None)
    walker = optimizer([parameter], lr=getattr(explorer, f"lr_{setting}"), **others)
    for _ in range(step + 1):
        before, parameter.grad = parameter.data.copy(), surface.gradient(parameter.data)
        walker.step()
    expected = {"g": parameter.grad, "step": parameter.data - before, **walker.state[0]}
    if "m" in expected:
        expected |= {"m_hat": expected["m"] / (1 - 0.9 ** (step + 1)), "v_hat": expected["v"] / (1 - 0.999 ** (step + 1))}
    for cells, (key, *_) in zip(explorer.cells, LEDGERS[name]):
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
    np.testing.assert_allclose(now["m_hat"], now["m"] / (1 - 0.9**6))
    np.testing.assert_allclose(now["v_hat"], now["v"] / (1 - 0.999**6))
    np.testing.assert_allclose(now["step"], -lr * now["m_hat"] / np.sqrt(now["v_hat"]), rtol=1e-6)
    path, _, now = steps_4_and_5("AdamW", lr)
    np.testing.assert_allclose(now["step"], -lr * (now["m_hat"] / np.sqrt(now["v_hat"]) + 0.01 * path.points[5]), rtol=1e-6)
    for name, key, total in (("RMSprop", "mean_square", (0.99, 0.01)), ("Adagrad", "sum_square", (1, 1))):
        _, before, now = steps_4_and_5(name, lr)
        np.testing.assert_allclose(now[key], total[0] * before[key] + total[1] * now["g"] ** 2)
        np.testing.assert_allclose(now["step"], -lr * now["g"] / np.sqrt(now[key]), rtol=1e-6)
    _, before, now = steps_4_and_5("SGD with momentum", 0.03)
    np.testing.assert_allclose(now["velocity"], 0.9 * before["velocity"] - 0.03 * now["g"])
    np.testing.assert_allclose(now["step"], now["velocity"], rtol=1e-9)


def test_the_ranking_is_by_loss_and_those_who_left_come_last():
    explorer = OptimizerRace(lr_sgd=0.2, lr_momentum=10.0, step=STEPS)
    at = {name: artists[-1].get_position()[1] for name, artists in explorer.racers.items()}
    loss = {name: explorer.paths()[name].losses[STEPS] for name in RACERS}
    ranking = sorted(RACERS, key=at.get)
    assert ranking == sorted(RACERS, key=lambda name: loss[name] if np.isfinite(loss[name]) else np.inf)
    assert ranking[-1] == "SGD with momentum" and "SGD with momentum (left for infinity)" in explorer.summary
    assert [explorer.summary.index(f"{name} (") for name in ranking] == sorted(explorer.summary.index(f"{name} (") for name in ranking)


def test_who_is_switched_off_is_not_seen_and_not_ranked():
    explorer = OptimizerRace(show_adam=False)
    assert not any(artist.get_visible() for artist in explorer.racers["Adam"])
    assert "Adam (" not in explorer.summary and "AdamW (" in explorer.summary
    explorer.set(**{f"show_{setting}": False for setting, *_ in RACERS.values()})
    assert explorer.summary == "Nobody runs: switch an optimizer on."


def test_a_ledger_of_weights_that_overflowed_is_empty():
    explorer = OptimizerRace(ledger="SGD with momentum", lr_momentum=10.0, step=STEPS)
    assert {text.get_text() for cells in explorer.cells for text in cells} == {"–", ""}
