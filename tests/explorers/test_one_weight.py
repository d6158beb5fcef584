"""The slide's table, the naive search of the engine, and the bill."""

import numpy as np
import pytest

from lecture3_engine import Dense, Sequential, coordinate_search_step
from lecture3_engine.explorers import OneWeightExplorer, one_weight
from lecture3_engine.explorers.one_weight import PARAMETERS, PASSES, START, STEP, about, loss_of


def test_the_table_of_the_slide():
    for change, loss in ((0.0, "0.5"), (0.05, "0.6"), (-0.05, "0.4")):
        explorer = OneWeightExplorer(entry="W[0, 0]", change=change)
        assert explorer.now.get_xydata().tolist() == [[change, pytest.approx(float(loss))]]
        assert f"{loss}." in explorer.summary.split(" For ")[0] + " "
    assert [text.get_text() for text in explorer.table_numbers] == ["0.4", "0.5", "0.6"]


def test_the_words_for_the_change():
    assert "W[0, 0] is 0.35: the loss grows from 0.5 to 0.6." in OneWeightExplorer().summary
    assert "W[0, 0] is 0.25: the loss falls from 0.5 to 0.4." in OneWeightExplorer(change=-0.05).summary
    assert "the loss stays at 0.5." in OneWeightExplorer(change=0.0).summary
    assert "the loss falls from 0.5 to 0." in OneWeightExplorer(change=-0.25).summary and "e-" not in OneWeightExplorer(change=-0.25).summary
    assert "b[1] is −0.09: the loss grows" in OneWeightExplorer(entry="b[1]", change=-0.3).summary


def test_the_curve_is_the_loss():
    explorer = OneWeightExplorer(entry="W[1, 2]")
    for change, loss in explorer.curve.get_xydata()[::10]:
        parameters = START.copy()
        parameters[5] += change
        assert loss == pytest.approx(loss_of(parameters))


def test_the_search_is_the_engines():
    updated, passes = coordinate_search_step(loss_of, START, STEP)
    explorer = OneWeightExplorer()
    assert passes == PASSES == explorer.controls["passes"].max
    assert explorer.best.get_ydata()[-1] == pytest.approx(loss_of(updated)) == pytest.approx(0.25)
    assert explorer.up.get_ydata()[0] == pytest.approx(0.6) and explorer.down.get_ydata()[0] == pytest.approx(0.4)
    for passes in range(1, PASSES + 1):
        explorer.passes = passes
        assert 1 + len(explorer.up.get_xdata()) + len(explorer.down.get_xdata()) == passes == len(explorer.best.get_xdata())


def test_the_network_has_as_many_parameters_as_it_says():
    rng = np.random.default_rng(0)
    assert Sequential(Dense(784, 512, rng=rng), Dense(512, 10, rng=rng)).parameter_count == PARAMETERS == 407_050
    assert "814,100 forward passes" in OneWeightExplorer().summary


def test_the_bill_follows_from_the_measurement(monkeypatch):
    monkeypatch.setattr(one_weight, "seconds", lambda: (2e-3, 6e-3))  # 814,100 * 2 ms = 27 minutes
    explorer = OneWeightExplorer()
    assert "about 20 minutes on this machine; one forward and one backward pass do it in about 5 ms" in explorer.summary
    words = [text.get_text() for text in explorer.figure.axes[-1].texts]
    assert words[1::2] == ["about 2 ms", "about 5 ms", "about 20 minutes"]


def test_measured_once_in_a_process():
    assert one_weight.seconds() is one_weight.seconds()
    forward, both = one_weight.seconds()
    assert 0 < forward < both


@pytest.mark.parametrize("duration, words", [
    (1e-6, "about 1 µs"), (7.3e-4, "about 1 ms"), (6.9e-4, "about 500 µs"),
    (3.9e-4, "about 500 µs"), (0.0031, "about 2 ms"), (0.95, "about 1 second"), (2.6, "about 2 seconds"), (1700, "about 20 minutes"),
    (46 * 60, "about 1 hour"), (9 * 3600, "about 10 hours"), (30 * 86400, "about 20 days"),
])
def test_about(duration, words):
    assert about(duration) == words
