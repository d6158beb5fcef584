"""The ball and the map of where it ends up are the engine's, and tell the same story."""

import numpy as np
import pytest

from lecture3_engine import descend
from lecture3_engine.explorers import LocalMinimumExplorer
from lecture3_engine.explorers.local_minimum import BETAS, CLOSE, ENDS, GLOBAL, GONE, HILL, LOCAL, MOVING, STARTS, STEPS, ends, where
from lecture3_engine.surfaces import lecture_curve


def test_no_start_is_the_hill_top_itself():
    assert lecture_curve.gradient(HILL) == 0 and HILL not in STARTS


@pytest.mark.parametrize("lr, beta, w0", [(0.06, 0.8, 3.0), (0.06, 0.9, 3.0), (0.01, 0.0, -1.0)])
def test_ball_is_the_engines(lr, beta, w0):
    explorer = LocalMinimumExplorer(lr=lr, beta=beta, w0=w0)
    path = descend(lecture_curve, [w0], steps=STEPS, lr=lr, momentum=beta)
    np.testing.assert_allclose(explorer.path.get_xdata(), path.points[:, 0], atol=1e-9)
    np.testing.assert_allclose(explorer.path.get_ydata(), path.losses, atol=1e-9)


@pytest.mark.parametrize("lr", [0.003, 0.06, 0.2, 0.6])
def test_every_sampled_cell_of_the_map_is_a_run_of_its_own(lr):
    found = ends(lr)
    assert found.shape == (len(BETAS), len(STARTS))
    for row, column in np.random.default_rng(0).integers((len(BETAS), len(STARTS)), size=(40, 2)):
        path = descend(lecture_curve, [STARTS[column]], steps=STEPS, lr=lr, momentum=BETAS[row])
        w = path.points[-1, 0]
        expected = GONE if path.diverged_at is not None else GLOBAL if abs(w + 2) < CLOSE else LOCAL if abs(w - 2) < CLOSE else MOVING
        assert found[row, column] == expected
    np.testing.assert_array_equal(LocalMinimumExplorer(lr=lr).map.get_array(), found)


def test_without_momentum_the_hill_parts_the_starts():
    row = ends(0.06)[0]
    clear = np.abs(STARTS - HILL) > 0.1
    np.testing.assert_array_equal(row[clear], np.where(STARTS < HILL, GLOBAL, LOCAL)[clear])


def test_momentum_carries_the_ball_over_the_hill():
    assert "local minimum w = 2" in LocalMinimumExplorer(lr=0.06, beta=0.8, w0=3.0).summary
    assert "global minimum w = −2" in LocalMinimumExplorer(lr=0.06, beta=0.9, w0=3.0).summary
    assert (ends(0.06)[-1] == GLOBAL).mean() > (ends(0.06)[0] == GLOBAL).mean()


def test_the_beta_named_in_the_sentence_does_it():
    sentence = LocalMinimumExplorer(lr=0.06, beta=0.8, w0=3.0).summary
    beta = float(sentence.split("β about ")[1].split(",")[0])
    assert 0.8 < beta and "global minimum w = −2" in LocalMinimumExplorer(lr=0.06, beta=beta + 0.01, w0=3.0).summary


def test_divergence_is_explained():
    assert "left the picture" in LocalMinimumExplorer(lr=1, w0=-3).summary
    assert "left" not in LocalMinimumExplorer(lr=1, w0=-3, step=0).summary
    explorer = LocalMinimumExplorer(lr=1, w0=-3)
    assert np.isfinite(explorer.ball.get_xydata()).all() and (ends(1.0) == GONE).mean() > 0.5


def test_where():
    np.testing.assert_array_equal(where(np.array([-2.1, 1.9, 0, 5, np.nan])), [GLOBAL, LOCAL, MOVING, MOVING, GONE])
    assert len(ENDS) == 4


def test_the_dot_can_be_dragged_in_the_map():
    explorer = LocalMinimumExplorer()
    assert ("w0", "beta") in explorer._drags.values()
    before = explorer.live.background
    explorer.set(w0=-1, beta=0.3, lr=0.02)
    assert explorer.live.background is before
