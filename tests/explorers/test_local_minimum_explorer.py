"""The ball and the map of where it ends up are the engine's, and tell the same story."""

import re

import numpy as np
import pytest

from lecture3_engine import descend
from lecture3_engine.explorers import LocalMinimumExplorer
from lecture3_engine.explorers.local_minimum_explorer import (
    BETAS,
    CLOSE,
    ENDS,
    GLOBAL,
    GONE,
    HILL,
    LOCAL,
    MOVING,
    STARTS,
    STEPS,
    WINDOW,
    ends,
    where,
)
from lecture3_engine.surfaces import lecture_curve


def test_no_start_is_the_hill_top_itself():
    assert lecture_curve.gradient(HILL) == 0
    assert HILL not in STARTS


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
        expected = (
            GONE
            if path.diverged_at is not None
            else GLOBAL
            if abs(w + 2) < CLOSE
            else LOCAL
            if abs(w - 2) < CLOSE
            else MOVING
        )
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
    beta = float(re.search(r"more momentum, β (\S+),", sentence).group(1))
    assert beta > 0.8
    assert "global minimum w = −2" in LocalMinimumExplorer(lr=0.06, beta=beta, w0=3.0).summary


def test_divergence_is_explained():
    assert "left the picture" in LocalMinimumExplorer(lr=1, w0=-3).summary
    assert "left" not in LocalMinimumExplorer(lr=1, w0=-3, step=0).summary
    explorer = LocalMinimumExplorer(lr=1, w0=-3)
    assert np.isfinite(explorer.ball.get_xydata()).all()
    assert (ends(1.0) == GONE).mean() > 0.5


def test_where():
    np.testing.assert_array_equal(
        where(np.array([-2.1, 1.9, 0, 5, np.nan])), [GLOBAL, LOCAL, MOVING, MOVING, GONE]
    )
    assert len(ENDS) == 4


def test_the_dot_can_be_dragged_in_the_map():
    explorer = LocalMinimumExplorer()
    assert ("w0", "beta") in explorer._drags.values()
    before = explorer.live.background
    explorer.set(w0=-1, beta=0.3, lr=0.02)
    assert explorer.live.background is before


def resting(w, place):
    """From which step on the ball is near this minimum for good, None if it does not come to rest
    there: seen in a far longer run.
    """
    near = np.abs(w - place) < 0.25
    if w[0] == place and near[: STEPS + 1].all():
        return 0  # where rounding moves it away in the end, calculus does not
    # lr nearly at its limit needs thousands of steps
    if near[STEPS - 9 :].all() and np.ptp(w[-20:]) < 0.02:
        return int(np.flatnonzero(~near)[-1]) + 1 if not near.all() else 0
    return None


def check_sentence(explorer):
    """Every claim of the sentence, against descents of its own."""
    lr, beta, w0, step, sentence = (
        explorer.lr,
        explorer.beta,
        explorer.w0,
        explorer.step,
        explorer.summary.replace("−", "-"),
    )
    *said, ball, more, near, without = re.fullmatch(
        r"lr (\S+), β (\S+), start (\S+): (.+?\.)(?: With more momentum, β (\S+), it would roll on"
        r" into the global minimum\.)? "
        r"After 100 steps (\d+) % of the starts are near the global minimum(?:, without momentum"
        r" (\d+) %)?\.",
        sentence,
    ).groups()
    assert np.array(said, float) == pytest.approx([lr, beta, w0], rel=0.005)
    assert not re.search(r"-0(?![.\d])|nan|inf|None|\b1 steps|(?<!\b1) step\b", sentence)
    w = descend(lecture_curve, [w0], steps=600, lr=lr, momentum=beta).points[:, 0]
    inside = np.flatnonzero(np.abs(w[: STEPS + 1]) <= WINDOW)
    left = inside[-1] + 1 if inside[-1] < STEPS else None
    rests = {"global": resting(w, -2), "local": resting(w, 2)}
    arrived = min((at for at in rests.values() if at is not None), default=np.inf)
    if "left" in ball:
        assert re.fullmatch(
            r"lr is too big, after (\d+) steps? the ball has left the picture\.", ball
        )[1] == str(left)
        assert step >= left
        assert np.isnan(w[-1])
    elif "rest in" in ball:
        name, place, after = re.fullmatch(
            r"the ball comes to rest in the (\w+) minimum w = (\S+?)(?:, near it for good after"
            r" (\d+) steps?)?\.",
            ball,
        ).groups()
        assert int(after or 0) == rests[name] <= step
        assert float(place) == {"global": -2, "local": 2}[name]
    elif "hill" in ball:
        assert ball == "the ball stands still on the hill top, where the gradient is zero."
        assert (w == HILL).all()
    else:
        assert left is None or step < left
        assert step < arrived
        # NaN moves
        assert not np.ptp(w[step : STEPS + 2]) < 1e-6
        if step == 0:
            assert ball == "the ball is about to start."
        else:
            after, at = re.fullmatch(
                r"after (\d+) steps? the ball is at w = (\S+), and not at rest\.", ball
            ).groups()
            assert int(after) == step
            assert float(at) == pytest.approx(w[step], abs=0.00501)
    better = None
    if rests["local"] is not None:
        hundredths = np.arange(1, 96) / 100
        runs = (
            descend(lecture_curve, [w0], steps=600, lr=lr, momentum=hundredths[:, None])
            .points[..., 0]
            .T
        )
        better = next(
            (
                hundredth
                for hundredth, run in zip(hundredths, runs, strict=True)
                if hundredth > beta and resting(run, -2) is not None
            ),
            None,
        )
    assert (more and float(more)) == better
    assert bool(without) == (beta > 0)
    for percent, momentum in ((near, beta), (without or near, 0)) if beta else ((near, 0),):
        starts = descend(
            lecture_curve,
            np.linspace(-WINDOW, WINDOW, 50)[:, None],
            steps=STEPS,
            lr=lr,
            momentum=momentum,
        ).points[-1]
        # of 50 starts it is a whole number
        assert float(percent) == pytest.approx(100 * np.mean(np.abs(starts + 2) < 0.25), abs=0.01)


def test_the_sentence_is_true(undrawn):
    """The ends of every control, starts at the minima and at the hill top, lr at its limits; and
    200 random settings.
    """
    explorer, rng = LocalMinimumExplorer(), np.random.default_rng(0)
    controls = explorer.controls
    assert controls["step"].max == STEPS == len(explorer.path.get_xdata()) - 1
    cases = [
        dict(lr=lr, beta=beta, w0=w0, step=step)
        for lr in (1e-3, 0.14, 1 / 3, 0.34, 5 / 9, 1)
        for beta in (0, 0.95)
        for w0 in (-WINDOW, -2, -0.0, HILL, 2, WINDOW)
        for step in (0, 1, STEPS)
    ]
    cases += [
        dict(
            lr=10 ** rng.uniform(-3, 0),
            beta=rng.choice([0, controls["beta"].nearest(rng.uniform(0, 0.95))], p=[0.2, 0.8]),
            w0=controls["w0"].nearest(rng.uniform(-WINDOW, WINDOW)),
            step=int(rng.choice([0, 1, STEPS, rng.integers(STEPS)])),
        )
        for _ in range(200)
    ]
    for case in cases:
        explorer.set(**case)
        check_sentence(explorer)
