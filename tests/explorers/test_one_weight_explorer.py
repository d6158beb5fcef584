"""The slide's table, the naive search of the engine, and the bill."""

import re

import numpy as np
import pytest

from lecture3_engine import Dense, Sequential, coordinate_search_step
from lecture3_engine.explorers import OneWeightExplorer
from lecture3_engine.explorers.one_weight_explorer import PARAMETERS, PASSES, START, STEP, loss_of


def test_the_table_of_the_slide():
    for change, loss in ((0.0, "0.5"), (0.05, "0.6"), (-0.05, "0.4")):
        explorer = OneWeightExplorer(entry="W[0, 0]", change=change)
        assert explorer.now.get_xydata().tolist() == [[change, pytest.approx(float(loss))]]
        assert f"{loss}." in explorer.summary.split(" For ")[0] + " "
    assert [text.get_text() for text in explorer.table_numbers] == ["0.4", "0.5", "0.6"]


@pytest.mark.slow
def test_the_words_for_the_change():
    assert "W[0, 0] is 0.35: the loss grows from 0.5 to 0.6." in OneWeightExplorer().summary
    assert (
        "W[0, 0] is 0.25: the loss falls from 0.5 to 0.4."
        in OneWeightExplorer(change=-0.05).summary
    )
    assert "the loss stays at 0.5." in OneWeightExplorer(change=0.0).summary
    assert "the loss falls from 0.5 to 0." in OneWeightExplorer(change=-0.25).summary
    assert "e-" not in OneWeightExplorer(change=-0.25).summary
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
    assert explorer.up.get_ydata()[0] == pytest.approx(0.6)
    assert explorer.down.get_ydata()[0] == pytest.approx(0.4)
    for passes in range(1, PASSES + 1):
        explorer.passes = passes
        assert (
            1 + len(explorer.up.get_xdata()) + len(explorer.down.get_xdata())
            == passes
            == len(explorer.best.get_xdata())
        )


def test_the_network_has_as_many_parameters_as_it_says():
    rng = np.random.default_rng(0)
    assert (
        Sequential(Dense(784, 512, rng=rng), Dense(512, 10, rng=rng)).parameter_count
        == PARAMETERS
        == 407_050
    )
    assert "814,100 forward passes" in OneWeightExplorer().summary


def test_the_bill_is_the_same_in_picture_and_sentence():
    explorer = OneWeightExplorer()  # 814,100 passes of 1 ms are 814.1 s, 13.6 minutes
    assert (
        "With 1 ms for a forward pass and 2 ms for a backward pass that is 14 minutes; one of each"
        " does it in 3 ms." in explorer.summary
    )
    axes = explorer.figure.axes[-1]
    assert [text.get_text() for text in axes.texts][1::2] == ["1 ms", "3 ms", "14 minutes"]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([1e-3, 3e-3, 814.1])


def test_the_sentence_is_true():
    """At every position of the slider: the value, the losses before and after, and the verb, from
    the slide's numbers alone.
    """
    matrix, b, x = (
        np.array([[0.30, 0.45, 0.10], [0.70, 0.56, 0.32]]),
        np.array([0.50, 0.21]),
        np.array([2.0, 1.0, 1.0]),
    )
    target = matrix @ x + b - [0.5, 0]
    explorer = OneWeightExplorer()
    for entry in explorer.controls["entry"].options:
        for change in (-0.3, -0.26, -0.25, -0.05, -0.01, 0, 0.01, 0.26, 0.3):
            explorer.set(entry=entry, change=change)
            moved = np.append(matrix, b)
            moved[explorer.controls["entry"].options.index(entry)] += change
            loss = np.abs(moved[:6].reshape(2, 3) @ x + moved[6:] - target).sum()
            name, value, verb, before, after = re.match(
                r"(.*) is (\S+): the loss (\w+) (?:at|from (\S+) to) (\S+)\. For", explorer.summary
            ).groups()
            assert name == entry
            assert (
                value
                == f"{moved[explorer.controls['entry'].options.index(entry)] + 0:.2f}".replace(
                    "-", "−"
                )
            )
            assert verb == (
                "stays" if abs(loss - 0.5) < 1e-9 else "grows" if loss > 0.5 else "falls"
            )
            assert before in (None, "0.5")
            assert float(after) == pytest.approx(loss, abs=1e-9)
            assert explorer.loss_now.get_text() == f"ℓ = {loss + 1e-12:.2f}"
            assert before != after


def test_a_weight_has_one_name():
    explorer = OneWeightExplorer()
    entries = explorer.controls["entry"].options
    assert [
        [label.get_text() for label in axes.get_xticklabels()] for axes in explorer.figure.axes
    ].count(entries) == 1
    for entry in entries:
        explorer.entry = entry
        assert explorer.summary.startswith(f"{entry} is ")
