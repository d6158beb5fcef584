import numpy as np
import pytest

from lecture3_engine import descend
from lecture3_engine.explorers import LearningRateExplorer
from lecture3_engine.explorers.landscape import LANDSCAPES, WINDOW, first_outside, how_it_went, inside, steps_word
from lecture3_engine.explorers.learning_rate import RATES, limits


@pytest.fixture(scope="module")
def explorer():
    return LearningRateExplorer()


@pytest.mark.slow
@pytest.mark.parametrize("landscape", LANDSCAPES)
def test_the_path_in_the_picture_is_that_of_descend(explorer, landscape):
    explorer.set(landscape=landscape, lr=0.004, w0=0.5, w1=-0.4, step=80)
    path = descend(LANDSCAPES[landscape], [0.5, -0.4], steps=80, lr=0.004)
    np.testing.assert_allclose(np.transpose(explorer.path.get_data()), path.points, rtol=1e-12)
    np.testing.assert_allclose(explorer.loss.get_ydata(), path.losses, rtol=1e-12)
    np.testing.assert_allclose(explorer.here.get_data(), [[0.004], path.losses[-1:]])
    rate = RATES[40]
    np.testing.assert_allclose(explorer.all.get_ydata()[40], descend(LANDSCAPES[landscape], [0.5, -0.4], steps=80, lr=rate).losses[-1])


@pytest.mark.parametrize("landscape", ["bowl", "ravine"])
def test_it_says_diverges_where_theory_does(explorer, landscape):
    limit = 2 / LANDSCAPES[landscape].hessian_eigenvalues.max()
    explorer.set(landscape=landscape, w0=1.0, w1=1.0, step=100)
    explorer.lr = 0.99 * limit
    assert "below the limit" in explorer.summary and first_outside(np.transpose(explorer.path.get_data())) is None
    explorer.lr = 1.01 * limit
    assert "above the limit" in explorer.summary and "overshoots further" in explorer.summary
    assert explorer.limit.get_xdata()[0] == pytest.approx(limit)


def test_the_four_fates_are_said_with_numbers(explorer):
    explorer.set(landscape="ravine", w0=-4, w1=2, step=100, lr=0.085)
    assert "lr 0.085 is above the limit 2/λmax = 0.08" in explorer.summary and "outside the picture after 8 steps" in explorer.summary
    explorer.lr = 0.06
    assert "swings from side to side" in explorer.summary and "reaches the minimum (0, 0) after" in explorer.summary
    explorer.lr = 0.001
    assert "still on its way" in explorer.summary
    explorer.set(landscape="Rastrigin", lr=0.002, w0=2.3, w1=-1.7)
    assert "comes to rest at (1.99, -1.99)" in explorer.summary and "not the lowest place" in explorer.summary
    explorer.set(landscape="saddle", lr=0.1, w0=2, w1=0)
    assert "comes to rest at" in explorer.summary


def test_at_the_limit_and_on_the_floor_of_the_ravine(explorer):
    explorer.set(landscape="bowl", lr=2, w0=3, w1=0, step=20)
    assert "exactly the limit" in explorer.summary and explorer.loss.get_ydata()[-1] == pytest.approx(4.5)
    explorer.set(landscape="ravine", lr=0.081, w0=-4, w1=0, step=100)
    assert "nothing overshoots" in explorer.summary and explorer.loss.get_ydata()[-1] < 1
    explorer.w1 = 0.05
    assert "overshoots further" in explorer.summary


def test_a_path_that_diverges_ends_where_it_leaves_the_picture(explorer):
    explorer.set(landscape="ravine", w0=-4, w1=2, step=100, lr=0.5)
    points = np.transpose(explorer.path.get_data())
    assert len(points) == first_outside(points) + 1 == 2


def test_where_theory_knows_no_limit_none_is_shown(explorer):
    explorer.set(landscape="Himmelblau", lr=0.01)
    assert np.isnan(explorer.limit.get_xdata()).all() and not explorer.legend.get_visible() and "limit" not in explorer.summary


def test_the_best_learning_rate_is_the_fastest():
    surface = LANDSCAPES["ravine"]
    _, best = limits(surface)
    lr = np.linspace(0.9 * best, 1.1 * best, 41)
    losses = descend(surface, [1.0, 1.0], steps=400, lr=lr[:, None], keep_path=False).losses[-1]
    assert lr[np.nanargmin(losses)] == pytest.approx(best, rel=0.01)


def test_dragging_the_start_moves_the_sliders(explorer):
    assert explorer._drags == {explorer.plane: ("w0", "w1")}


@pytest.mark.parametrize("landscape", LANDSCAPES)
def test_what_the_sentence_says_of_leaving_and_overshooting(landscape):
    """Held against the path itself, at every lr and step of a grid and from 30 random starts."""
    rng = np.random.default_rng(4)
    for lr in (0.001, 0.01, 0.03, 0.08, 0.3, 1.0, 4.0):
        for w0, w1 in rng.uniform(-4, 4, (30, 2)):
            path = descend(LANDSCAPES[landscape], [w0, w1], steps=30, lr=lr)
            for step in (0, 1, 2, 7, 30):
                kind, words = how_it_went(LANDSCAPES[landscape], path, step)
                outside = ~(np.abs(path.points[: step + 1]) <= WINDOW).all(axis=1)
                if "outside the picture" in words:
                    assert outside[-1] and words.endswith(f"outside the picture after {steps_word(int(np.argmax(outside)))}")
                    assert step and not path.losses[step] < path.losses[0]
                losses = path.losses[: step + 1]
                losses = losses[np.isfinite(losses)]
                assert ("overshoots further" in words) <= bool((np.diff(losses) > 0).all() and step)
                assert ("jumps from side to side" in words) <= (step > 1)
                drawn = inside(path.points[: step + 1])
                assert outside[-1] or (drawn[-1] == path.points[step]).all()  # the dot is the end of its path
