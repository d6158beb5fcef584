"""The ball and the map of where it ends up are the engine's, and tell the same story."""

import itertools
import re

import numpy as np
import pytest

from lecture3_engine import descend
from lecture3_engine.explorers import LocalMinimumExplorer
from lecture3_engine.explorers.local_minimum_explorer import (
    BETAS,
    CLOSE,
    FAR,
    GLOBAL,
    GOAL,
    GONE,
    HILL,
    HOP,
    LOCAL,
    MOVING,
    NAMES,
    PIXELS,
    ROOM,
    SOME,
    STARTS,
    STEPS,
    TINT,
    WINDOW,
    ends,
    height_of,
    hops,
    where,
)
from lecture3_engine.live import Pointer
from lecture3_engine.live.figure import plain
from lecture3_engine.surfaces import lecture_curve


def test_no_start_is_the_hill_top_itself():
    assert lecture_curve.gradient(HILL) == 0
    assert HILL not in STARTS


@pytest.mark.parametrize("lr, beta, w0", [(0.06, 0.8, 3.0), (0.06, 0.9, 3.0), (0.01, 0.0, -1.0)])
def test_ball_is_the_engines(lr, beta, w0):
    explorer = LocalMinimumExplorer(lr=lr, beta=beta, w0=w0, step=STEPS)
    path = descend(lecture_curve, [w0], steps=STEPS, lr=lr, momentum=beta)
    np.testing.assert_allclose(explorer.path.get_xdata(), path.points[:, 0], atol=1e-9)
    np.testing.assert_allclose(explorer.path.get_ydata(), path.losses, atol=1e-9)


def test_each_step_is_a_hop_from_the_curve_to_the_curve():
    """Clear of the curve in between; a short step is a straight line."""
    explorer = LocalMinimumExplorer(beta=0.8, step=STEPS)
    points = descend(lecture_curve, [2.9], steps=STEPS, lr=0.14, momentum=0.8).points[:, 0]
    trail = explorer.trail.get_xydata()
    np.testing.assert_allclose(trail, np.transpose(hops(points)))
    for before, after in itertools.pairwise(points):
        w, loss = hops(np.array([before, after]))
        assert w[-1] == pytest.approx(after)
        assert loss[-1] == pytest.approx(lecture_curve.loss([after]))
        if abs(after - before) > FAR:
            assert len(w) == len(HOP)
            assert w[0] == pytest.approx(before)
            assert (loss[1:-1] > lecture_curve.loss(w[1:-1, None])).all()
            assert any(np.allclose([before, lecture_curve.loss([before])], at) for at in trail)


def test_a_ball_that_is_stuck_is_shown_the_momentum_that_helps():
    explorer = LocalMinimumExplorer(step=STEPS)
    beta = float(re.search(r"with β (\S+) it would", explorer.summary).group(1))
    assert explorer.name.get_text() == f"with β {beta:g}"
    assert explorer.helps.get_xydata().tolist() == [[explorer.w0, height_of(beta)]]
    assert lecture_curve.minima[0].tolist() == [GOAL]
    np.testing.assert_allclose(
        explorer.rests.get_xydata(), [[GOAL, lecture_curve.loss([GOAL])]], atol=1e-12
    )
    path = descend(lecture_curve, [explorer.w0], steps=STEPS, lr=explorer.lr, momentum=beta)
    shown, whole = explorer.other.get_xydata(), np.transpose(hops(path.points[:, 0]))
    np.testing.assert_allclose(shown, whole[: len(shown)])
    assert abs(shown[-1, 0] - GOAL) < CLOSE
    ghost = (explorer.other, explorer.rests, explorer.name, explorer.more, explorer.helps)
    assert all(artist.get_visible() for artist in ghost)
    for case in ({"beta": 0.8}, {"step": 3}, {"lr": 0.001, "w0": 2.0}):  # nothing would help there
        explorer.reset()
        explorer.set(**case)
        assert not any(artist.get_visible() for artist in ghost)


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
    np.testing.assert_array_equal(LocalMinimumExplorer(lr=lr).map.get_array(), PIXELS[found])


def test_the_name_of_a_part_of_the_map_stands_within_it():
    explorer, columns, rows = LocalMinimumExplorer(), len(STARTS), len(BETAS)
    for lr in (0.003, 0.06, 0.14, 0.4, 1.0):
        explorer.lr = lr
        shown = explorer.map.get_array()
        assert explorer.names[GLOBAL].get_visible() == (lr < 1)
        assert explorer.names[MOVING].get_visible() == (lr == 0.003)
        assert explorer.names[GONE].get_visible() == (lr > 0.3)
        for which, text in enumerate(explorer.names):
            assert text.get_text() == NAMES[which][0]
            if text.get_visible():
                x, y = text.get_position()
                column = round((x / WINDOW + 1) / 2 * columns - ROOM[0] / 2)
                row = round(y * rows - ROOM[1] / 2)
                part = shown[row : row + ROOM[1], column : column + ROOM[0]]
                assert part.shape == (*ROOM[::-1], 4)
                assert (part == PIXELS[which]).all(axis=-1).mean() >= 0.85


def test_without_momentum_the_hill_parts_the_starts():
    row = ends(0.06)[0]
    clear = np.abs(STARTS - HILL) > 0.1
    np.testing.assert_array_equal(row[clear], np.where(STARTS < HILL, GLOBAL, LOCAL)[clear])


def test_momentum_carries_the_ball_over_the_hill():
    assert (
        "Stuck in the local" in LocalMinimumExplorer(lr=0.06, beta=0.8, w0=3.0, step=STEPS).summary
    )
    assert "finds the global" in LocalMinimumExplorer(lr=0.06, beta=0.9, w0=3.0, step=STEPS).summary
    assert (ends(0.06)[-1] == GLOBAL).mean() > (ends(0.06)[0] == GLOBAL).mean()


def test_the_beta_named_in_the_sentence_does_it():
    sentence = LocalMinimumExplorer(lr=0.06, beta=0.8, w0=3.0, step=STEPS).summary
    beta = float(re.search(r"with β (\S+) it would", sentence).group(1))
    assert beta > 0.8
    assert (
        "finds the global" in LocalMinimumExplorer(lr=0.06, beta=beta, w0=3.0, step=STEPS).summary
    )


def test_divergence_is_explained():
    explorer = LocalMinimumExplorer(lr=1, w0=-3, step=STEPS)
    assert explorer.live.said[0] == "Too big: the ball leaves the picture."
    (w,), (loss,) = explorer.ball.get_data()
    assert WINDOW - 0.2 < abs(w) < WINDOW
    assert loss == lecture_curve.loss(np.array([w]))
    assert explorer.ball.get_marker() == (">" if w > 0 else "<")
    explorer.step = 0
    assert "leaves" not in explorer.summary
    assert explorer.ball.get_marker() == "o"
    assert (ends(1.0) == GONE).mean() > 0.5


def test_where():
    np.testing.assert_array_equal(
        where(np.array([-2.1, 1.9, 0, 5, np.nan])), [GLOBAL, LOCAL, MOVING, MOVING, GONE]
    )
    assert len(NAMES) == len(TINT) == 4


@pytest.mark.parametrize("beta", [0, 0.5, 0.8, 0.95])
def test_the_dot_can_be_dragged_in_the_map(beta):
    explorer = LocalMinimumExplorer()
    before = explorer.live.background
    explorer._pointed(Pointer("move", explorer.here.axes, -1, height_of(beta)))
    assert (explorer.w0, explorer.beta) == (-1, beta)
    np.testing.assert_allclose(explorer.here.get_xydata(), [[-1, height_of(beta)]])
    explorer._pointed(Pointer("move", explorer.ball.axes, 1.52, 4))
    assert (explorer.w0, explorer.beta) == (1.5, beta)
    explorer.lr = 0.02
    assert explorer.live.background is before


def test_the_axis_of_the_map_runs_over_all_momenta_of_the_slider():
    control = LocalMinimumExplorer().controls["beta"]
    assert (height_of(control.min), height_of(control.max)) == (0, 1)
    np.testing.assert_allclose([height_of(beta) for beta in BETAS], np.linspace(0, 1, len(BETAS)))


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
    lr, beta, w0, step = explorer.lr, explorer.beta, explorer.w0, explorer.step
    verdict, reason = (plain(words).replace("−", "-") for words in explorer.live.said)
    assert len(verdict.split()) <= 8
    assert not re.search(r"-0(?![.\d])|nan|inf|None|\b1 steps|(?<!\b1) step\b(?! \d)", reason)
    w = descend(lecture_curve, [w0], steps=600, lr=lr, momentum=beta).points[:, 0]
    inside = np.flatnonzero(np.abs(w[: STEPS + 1]) <= WINDOW)
    left = inside[-1] + 1 if inside[-1] < STEPS else None
    rests = {"global": resting(w, -2), "local": resting(w, 2)}
    arrived = min((at for at in rests.values() if at is not None), default=np.inf)
    if verdict == "Too big: the ball leaves the picture.":
        said, after = re.fullmatch(
            r"With lr (\S+) it is gone after (\d+) steps?\.", reason
        ).groups()
        assert float(said) == pytest.approx(lr, rel=0.005)
        assert int(after) == left <= step
        assert np.isnan(w[-1])
    elif name := re.fullmatch(r"(?:Stuck in the|It finds the) (local|global) minimum\.", verdict):
        place, after, more = re.fullmatch(
            r"It stays near w = (\S+) from step (\d+) on; (.+)\.", reason
        ).groups()
        assert int(after) == rests[name[1]] <= step
        assert float(place) == {"global": -2, "local": 2}[name[1]]
        (check_rescue if name[1] == "local" else check_share)(more, lr, beta, w0)
    elif verdict == "The ball stands still on the hill top.":
        assert reason == ("At w = 0.5 the gradient is zero: nothing pushes it to either side.")
        assert (w == HILL).all()
    else:
        assert left is None or step < left
        assert step < arrived
        # NaN moves
        assert not np.ptp(w[step : STEPS + 2]) < 1e-6
        after, at, said = re.fullmatch(
            r"(?:The ball starts|After (\d+) steps? the ball is) at w = (\S+), with β (\S+)\.",
            reason,
        ).groups()
        assert int(after or 0) == step
        assert (verdict == "Not at rest yet.") == (step > 0)
        assert float(at) == pytest.approx(w[step], abs=0.00501)
        assert float(said) == pytest.approx(beta, rel=0.005)


def check_rescue(words, lr, beta, w0):
    """The smallest momentum that carries a ball out of the local minimum."""
    hundredths = np.arange(1, 96) / 100
    runs = descend(lecture_curve, [w0], steps=600, lr=lr, momentum=hundredths[:, None]).points
    better = next(
        (
            hundredth
            for hundredth, run in zip(hundredths, runs[..., 0].T, strict=True)
            if hundredth > beta and resting(run, -2) is not None
        ),
        None,
    )
    if better is None:
        assert words == "more momentum, up to β 0.95, does not help"
    else:
        assert words == f"with β {better:g} it would roll on into the global one"


def check_share(words, lr, beta, _w0):
    """The part of the starts that are near the global minimum after 100 steps."""
    near, without = re.fullmatch(
        r"after 100 steps (\d+)% of all starts are there(?:, without momentum (\d+)%)?", words
    ).groups()
    assert bool(without) == (beta > 0)
    assert np.ptp(SOME) == 2 * WINDOW
    assert len(SOME) > 50
    for percent, momentum in ((near, beta), (without or near, 0)):
        starts = descend(
            lecture_curve, SOME[:, None], steps=STEPS, lr=lr, momentum=momentum
        ).points[-1]
        assert float(percent) == pytest.approx(100 * np.mean(np.abs(starts + 2) < 0.25), abs=0.501)


def test_the_sentence_is_true(undrawn):
    """The ends of every control, starts at the minima and at the hill top, lr at its limits; and
    200 random settings.
    """
    explorer, rng = LocalMinimumExplorer(), np.random.default_rng(0)
    controls = explorer.controls
    assert controls["step"].max == STEPS
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
        for _ in range(100)
    ]
    for case in cases:
        explorer.set(**case)
        check_sentence(explorer)
