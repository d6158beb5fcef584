"""The slide's table, the naive search of the engine, and the bill."""

import re

import numpy as np
import pytest

from lecture3_engine import Dense, Sequential, coordinate_search_step
from lecture3_engine.explorers import OneWeightExplorer
from lecture3_engine.explorers.one_weight_explorer import (
    NAIVE,
    PARAMETERS,
    PASSES,
    START,
    STEP,
    loss_of,
)
from lecture3_engine.live import Pointer
from lecture3_engine.live.figure import plain


def test_the_table_of_the_slide():
    for change, loss in ((0.0, "0.50"), (0.05, "0.60"), (-0.05, "0.40")):
        explorer = OneWeightExplorer(entry="W[0, 0]", change=change)
        assert explorer.now.get_xydata().tolist() == [[change, pytest.approx(float(loss))]]
        assert re.search(rf"it is {loss}( instead of 0\.50)?\. Press Play", explorer.summary)
    # the middle one has its number at the axis
    assert explorer.table.get_ydata() == pytest.approx([0.4, 0.5, 0.6])
    assert [text.get_text() for text in explorer.table_numbers] == ["▼ 0.40", "▲ 0.60"]
    assert 0.5 in explorer.table.axes.get_yticks()


@pytest.mark.slow
def test_the_words_for_the_change():
    def says(**settings):
        return OneWeightExplorer(**settings).summary.split(" Press")[0]

    assert (
        says()
        == "W[0, 0] up by 0.05: the loss grows. With W[0, 0] = 0.35 it is 0.60 instead of 0.50."
    )
    assert says(change=-0.05).startswith(
        "W[0, 0] down by 0.05: the loss falls. With W[0, 0] = 0.25"
    )
    assert says(change=0.0) == "No change: the loss stays. With W[0, 0] = 0.30 it is 0.50."
    assert says(change=-0.25).endswith("it is 0.00 instead of 0.50.")
    assert "b[1] down by 0.3: the loss grows. With b[1] = −0.09" in says(entry="b[1]", change=-0.3)


def test_the_curve_is_the_loss():
    explorer = OneWeightExplorer(entry="W[1, 2]")
    for change, loss in explorer.curve.get_xydata()[::10]:
        parameters = START.copy()
        parameters[5] += change
        assert loss == pytest.approx(loss_of(parameters))


def test_the_search_is_the_engines():
    updated, passes = coordinate_search_step(loss_of, START, STEP)
    explorer = OneWeightExplorer(passes=PASSES)
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
        # what is blue has led further down
        lower = [line.get_xydata().tolist() for line in explorer.better]
        tried = [line.get_xydata().tolist() for line in (explorer.up, explorer.down)]
        assert all(
            point in tries for part, tries in zip(lower, tried, strict=True) for point in part
        )
        best = explorer.best.get_ydata()
        assert sorted(x for part in lower for x, _ in part) == [
            number + 1 for number in range(1, passes) if best[number] < best[number - 1]
        ]
        assert explorer.lowest.get_text() == f"lowest {best[-1]:.2f}"
        level = explorer.level.get_xydata()
        assert level[0] == pytest.approx([passes, best[-1]])
        assert level[1, 1] == best[-1]
        # what is still to be tried: on the level of the lowest, one mark for each pass
        coming = np.concatenate([line.get_xydata() for line in explorer.coming])
        assert sorted(coming[:, 0]) == [*range(passes + 1, PASSES + 1)]
        assert (coming[:, 1] == best[-1]).all()
        assert explorer.question.get_visible() == (passes == 1)
        if passes > 3:
            assert f"{sum(map(len, lower))} of {passes - 1} trial" in explorer.summary


def test_the_network_has_as_many_parameters_as_it_says():
    rng = np.random.default_rng(0)
    assert (
        Sequential(Dense(784, 512, rng=rng), Dense(512, 10, rng=rng)).parameter_count
        == PARAMETERS
        == 407_050
    )
    assert NAIVE == 814_101
    assert OneWeightExplorer(passes=1).racers[2][1].get_text() == "1 of 814,101"


def test_the_race_is_linear():
    """A full bar is one update: 3 passes' time, 17 passes, 814,101 passes."""
    explorer = OneWeightExplorer()
    for passes in range(1, PASSES + 1):
        explorer.passes = passes
        for (bar, state), finish in zip(explorer.racers, (3, 17, 814_101), strict=True):
            assert bar.get_xdata()[1] == pytest.approx(min(passes / finish, 1))
            assert state.get_text() == ("✓ done" if passes >= finish else f"{passes} of {finish:,}")
        verdict = plain(explorer.live.said[0])
        assert len(verdict.split()) <= 8
        # until the first bar is full, it is about what the hand does
        assert ("W[0, 0] up by 0.05" in verdict) == (passes <= 3)
        assert ("is done; the naive way is not" in verdict) == (3 < passes < 17)
        assert ("as long as 3" in verdict) == (passes == 17)


def test_the_third_bar_says_how_many_times_as_long_it_takes():
    texts = [text.get_text() for text in OneWeightExplorer().racers[0][1].axes.texts]
    assert f"{round((2 * 407_050 + 1) / 3):,} times as many passes" in texts


@pytest.mark.parametrize("entry", ["W[0, 0]", "b[0]", "W[1, 1]"])
def test_the_numbers_beside_the_curve_are_those_of_the_slides_change(entry):
    explorer = OneWeightExplorer(entry=entry)
    for text, change in zip(explorer.table_numbers, (-STEP, STEP), strict=True):
        explorer.change = change
        assert text.get_text()[2:] == f"{explorer.now.get_ydata()[0]:.2f}"


def test_the_days_are_counted():
    """814,101 passes, three of which are a second."""
    days = re.search(
        r"took one second, .* would take (\d+) days", OneWeightExplorer(passes=9).summary
    )
    assert int(days[1]) == round((2 * 407_050 + 1) / 3 / 3600 / 24) == 3


def test_a_number_is_chosen_by_a_click_and_follows_the_hand():
    explorer = OneWeightExplorer()
    page = explorer.loss_now.axes
    x, y = explorer.places[4] + 0.5
    explorer._pointed(Pointer("down", page, x, y))
    assert (explorer.entry, explorer.change) == ("W[1, 1]", 0)
    explorer._pointed(Pointer("move", page, x, y + 0.5))
    assert explorer.change == pytest.approx(0.15)
    explorer._pointed(Pointer("down", page, x, y))  # held again, it stays
    assert (explorer.entry, explorer.change) == ("W[1, 1]", 0.15)
    explorer._pointed(Pointer("move", page, x, y + 1.5))
    assert explorer.change == 0.3


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
            verdict, verb, name, value, after, before = re.match(
                r"(.*): the loss (\w+)\. With (.*) = (\S+) it is (\S+?)(?: instead of (\S+))?\."
                r" Press",
                explorer.summary,
            ).groups()
            way = "up" if change > 0 else "down"
            assert verdict == (f"{entry} {way} by {abs(change):g}" if change else "No change")
            assert len(plain(explorer.live.said[0]).split()) <= 8
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
            assert before in (None, "0.50")
            assert float(after) == pytest.approx(loss, abs=1e-9)
            assert explorer.loss_now.get_text() == f"loss {loss + 1e-12:.2f}"
            assert before != after


def test_a_weight_has_one_name():
    explorer = OneWeightExplorer()
    entries = explorer.controls["entry"].options
    rows = [
        explorer.best.axes.get_xticklabels(minor=minor) for minor in (False, True)
    ]  # every other one
    both = [[label.get_text() for label in row] for row in rows]
    assert both == [[*entries[::2]], [*entries[1::2]]]
    for entry in entries:
        explorer.entry = entry
        assert explorer.summary.startswith(f"{entry} up by ")
        assert explorer.name.get_text() == f"change of {entry}"
