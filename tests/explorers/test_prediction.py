"""Draw your prediction: what is hidden, what is drawn, and how far away it is."""

import numpy as np
import pytest

from lecture3_engine import descend
from lecture3_engine.explorers import (
    GradientDescentExplorer,
    LearningRateExplorer,
    MomentumExplorer,
)
from lecture3_engine.explorers.landscape import LANDSCAPES, within
from lecture3_engine.explorers.learning_rate_explorer import STEPS
from lecture3_engine.explorers.prediction import CURVES, gap, predicted, share_off, times
from lecture3_engine.live import Pointer


def test_a_drawing_becomes_a_curve_that_goes_on_as_it_ended():
    curve = predicted("draw it", "0,100 50,1 80,0.01", 100, 100)
    assert curve[[0, 50, 80, 100]] == pytest.approx([100, 1, 0.01, 0.01])
    assert curve[25] == pytest.approx(10)  # straight on the logarithmic axis
    # from right to left, and in two strokes
    np.testing.assert_allclose(predicted("draw it", "80,0.01 50,1 / 0,100", 100, 100), curve)
    assert predicted("draw it", "", 100, 100) is None
    assert predicted("draw it", "0,100 40,1", 100, 100) is None  # not yet half of the way


@pytest.mark.parametrize("name", CURVES)
def test_a_curve_of_the_list_begins_at_the_first_loss(name):
    curve = predicted(name, "", 58.0, 100)
    assert curve[0] == pytest.approx(58)
    assert ("grows" in name) == (curve[-1] > curve[0])


def test_the_gap_is_a_factor_whichever_is_larger():
    truth = np.array([1.0, 10.0, 100.0])
    assert gap(truth, truth) == (1, "very close")
    for factor, word in ((1.5, "very close"), (3, "close"), (10, "not close"), (50, "far off")):
        for prediction in (truth * factor, truth / factor):
            found, said = gap(prediction, truth)
            assert (found, said) == (pytest.approx(factor), word)


def hidden(explorer):
    parts = explorer.path, explorer.now, explorer.loss, explorer.loss_now, explorer.all
    return [not part.get_visible() for part in parts]


def test_the_truth_is_hidden_until_there_is_a_prediction():
    explorer = LearningRateExplorer(lr=0.05)
    assert not any(hidden(explorer))
    explorer.predict = "draw it"
    assert all(hidden(explorer))
    assert explorer.live.said[0] == "First draw how the loss will go."
    truth = descend(LANDSCAPES["ravine"], [-4, 2], steps=STEPS, lr=0.05).losses
    assert f"{truth[-1]:.3g}" not in explorer.summary  # nor does the sentence tell it
    axes = explorer.loss.axes
    explorer._pointed(Pointer("down", axes, 0, 58))
    explorer._pointed(Pointer("move", axes, 30, 1))
    assert all(hidden(explorer))
    explorer._pointed(Pointer("move", axes, 90, 0.001))
    assert not any(hidden(explorer))
    factor, word = gap(within(predicted("draw it", explorer.guess, truth[0], STEPS)), within(truth))
    assert explorer.live.said[0] == f"Your prediction is {word}."
    assert f"a factor of {times(factor)} away" in explorer.summary
    # another lr is another question
    explorer.lr = 0.09
    assert explorer.guess == ""
    assert all(hidden(explorer))
    explorer.predict = "it grows"
    assert not any(hidden(explorer))
    explorer.predict = "off"
    assert not any(hidden(explorer))
    assert len(explorer.predicted.get_xdata()) == 0


def test_without_a_prediction_asked_for_the_curve_moves_the_step():
    explorer = LearningRateExplorer()
    explorer._pointed(Pointer("down", explorer.loss.axes, 12.2, 1))
    assert (explorer.step, explorer.guess) == (12, "")


def test_on_a_linear_axis_a_curve_is_straight_between_its_points_and_the_gap_is_a_share():
    curve = predicted("draw it", "0,10 50,0 / 90,2", 10, 100, log=False)
    assert curve[[0, 25, 50, 70, 100]] == pytest.approx([10, 5, 0, 1, 2])
    truth = np.array([10.0, 4.0, 0.0])
    for off, word in ((0.2, "very close"), (1, "close"), (3, "not close"), (6, "far off")):
        assert share_off(truth + off, truth) == (pytest.approx(off / 10), word)


def drawn_artists(explorer):
    return [artist for artist in explorer.told if artist.get_visible()]


@pytest.mark.parametrize("rule", ["rc", "gradient"])
def test_gradient_descent_hides_all_of_the_descent_and_shows_it_again(rule):
    explorer = GradientDescentExplorer(rule=rule)
    before = drawn_artists(explorer)
    explorer.predict = "draw it"
    assert drawn_artists(explorer) == []
    axes = explorer.losses
    explorer._pointed(Pointer("down", axes, 0, 4))
    explorer._pointed(Pointer("move", axes, 39, 0.1))
    assert drawn_artists(explorer) == before
    truth = explorer.loss.get_ydata()
    share, word = share_off(explorer.predicted.get_ydata(), truth)
    assert explorer.live.said[0] == f"Your prediction is {word}."
    assert f"is {100 * share:.0f}% of the first loss away" in explorer.summary
    explorer.predict = "off"
    assert drawn_artists(explorer) == before
    assert len(explorer.predicted.get_xdata()) == 0


@pytest.mark.parametrize("cls", [GradientDescentExplorer, LearningRateExplorer, MomentumExplorer])
def test_another_run_asks_anew_in_each_of_the_three(cls):
    explorer = cls(predict="draw it")
    ends = explorer.controls["step"].max
    explorer.guess = f"0,3 {ends},1"
    assert explorer.live.said[0].startswith("Your prediction is ")
    explorer.lr = 0.11
    assert explorer.guess == ""
    assert explorer.live.said[0].startswith("First draw how ")
    assert len(explorer.live.said[0].split()) <= 8
