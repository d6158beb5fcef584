import re

import numpy as np
import pytest

from lecture3_engine import descend
from lecture3_engine.explorers import LearningRateExplorer
from lecture3_engine.explorers.landscape import (
    LANDSCAPES,
    LOSSES,
    NEAR,
    STARTS,
    gone_at,
    inside,
    within,
)
from lecture3_engine.explorers.learning_rate_explorer import (
    RATES,
    ROUND,
    STEPS,
    VERDICTS,
    limits,
)


@pytest.fixture(scope="module")
def explorer():
    return LearningRateExplorer()


@pytest.mark.slow
@pytest.mark.parametrize("landscape", LANDSCAPES)
def test_the_path_in_the_picture_is_that_of_descend(explorer, landscape):
    explorer.set(landscape=landscape, lr=0.004, w0=0.5, w1=-0.4, step=80)
    path = descend(LANDSCAPES[landscape], [0.5, -0.4], steps=80, lr=0.004)
    np.testing.assert_allclose(np.transpose(explorer.path.get_data()), path.points, rtol=1e-12)
    np.testing.assert_allclose(explorer.loss.get_ydata(), within(path.losses), rtol=1e-12)
    np.testing.assert_allclose(explorer.here.get_data(), [[0.004], within(path.losses[-1:])])
    rate = RATES[40]
    np.testing.assert_allclose(
        explorer.all.get_ydata()[40],
        within(descend(LANDSCAPES[landscape], [0.5, -0.4], steps=80, lr=rate).losses[-1]),
    )


@pytest.mark.parametrize("landscape", ["bowl", "ravine"])
def test_it_says_diverges_where_theory_does(explorer, landscape):
    limit = 2 / LANDSCAPES[landscape].hessian_eigenvalues.max()
    explorer.set(landscape=landscape, w0=1.0, w1=1.0, step=100, theory=True)
    explorer.lr = 0.99 * limit
    assert "below the limit" in explorer.summary
    assert gone_at(np.transpose(explorer.path.get_data()), NEAR) is None
    explorer.lr = 1.01 * limit
    assert "above the limit" in explorer.summary
    assert "overshoots further" in explorer.summary
    assert explorer.limit.get_xdata()[0] == pytest.approx(limit)


def test_the_four_fates_are_said_with_numbers(explorer):
    explorer.set(landscape="ravine", w0=-4, w1=2, step=100, lr=0.085, theory=True)
    assert "lr 0.085 is above the limit 2/λmax = 0.08" in explorer.summary
    assert "outside the picture after 5 steps" in explorer.summary
    explorer.lr = 0.06
    assert "jumps across" in explorer.summary
    assert "reaches the minimum (0, 0) after" in explorer.summary
    explorer.lr = 0.001
    assert "still on its way" in explorer.summary
    explorer.set(landscape="Rastrigin", lr=0.002, w0=2.3, w1=-1.7)
    assert "comes to rest at (1.99, -1.99)" in explorer.summary
    assert "not the lowest place" in explorer.summary
    explorer.set(landscape="saddle", lr=0.1, w0=2, w1=0)
    assert "comes to rest at" in explorer.summary


def test_at_the_limit_and_on_the_floor_of_the_ravine(explorer):
    explorer.set(landscape="bowl", lr=2, w0=3, w1=0, step=20, theory=True)
    assert "exactly the limit" in explorer.summary
    assert explorer.loss.get_ydata()[-1] == pytest.approx(4.5)
    explorer.set(landscape="ravine", lr=0.081, w0=-4, w1=0, step=100)
    assert "but the steep weight starts at 0" in explorer.summary
    assert explorer.loss.get_ydata()[-1] < 1
    explorer.w1 = 0.05
    assert "overshoots further" in explorer.summary


def test_a_path_that_diverges_ends_where_it_leaves_the_picture(explorer):
    explorer.set(landscape="ravine", w0=-4, w1=2, step=100, lr=0.5)
    points = np.transpose(explorer.path.get_data())
    assert len(points) == gone_at(points, NEAR) + 1 == 2


def test_where_theory_knows_no_limit_none_is_shown(explorer):
    explorer.set(landscape="Himmelblau", lr=0.01, theory=True)
    assert np.isnan(explorer.limit.get_xdata()).all()
    assert not any(name.get_visible() for name in explorer.names)
    assert "limit" not in explorer.summary


def test_the_best_learning_rate_is_the_fastest():
    surface = LANDSCAPES["ravine"]
    _, best = limits(surface)
    lr = np.linspace(0.9 * best, 1.1 * best, 41)
    losses = descend(surface, [1.0, 1.0], steps=400, lr=lr[:, None], keep_path=False).losses[-1]
    assert lr[np.nanargmin(losses)] == pytest.approx(best, rel=0.01)


def test_each_landscape_has_an_lr_that_gets_somewhere_and_a_chosen_one_stays(explorer):
    explorer.set(w0=-4.0, w1=2.0, step=100)
    for landscape in LANDSCAPES:
        explorer.landscape = landscape
        losses = descend(LANDSCAPES[landscape], [-4, 2], steps=100, lr=explorer.lr).losses
        # beside a local minimum of Rastrigin there is no more to gain
        assert losses[-1] < (1 if landscape == "Rastrigin" else 0.5) * losses[0], landscape
    explorer.set(landscape="bowl", lr=0.7)
    assert explorer.lr == 0.7
    assert LearningRateExplorer(landscape="bowl", lr=0.7).lr == 0.7


def test_what_has_left_the_picture_is_an_arrowhead_at_its_edge(explorer):
    explorer.set(landscape="ravine", w0=-4, w1=2, step=100, lr=0.5)
    x, y = explorer.now.get_xydata()[0]
    assert abs(y) == pytest.approx(NEAR[1])
    assert abs(x) <= NEAR[0]
    assert explorer.now.get_marker()[:2] == (3, 0)
    explorer.step = 0
    assert explorer.now.get_marker() == "o"
    np.testing.assert_array_equal(explorer.now.get_xydata(), [[-4, 2]])


def test_without_theory_no_word_and_no_line_of_it(explorer):
    for lr in (0.001, 0.06, 0.085):
        explorer.set(landscape="ravine", w0=-4, w1=2, step=100, lr=lr, theory=False)
        assert "λ" not in explorer.summary
        assert "limit" not in explorer.summary
        assert np.isnan(explorer.limit.get_xdata()).all()


def test_what_shows_a_setting_can_be_dragged(explorer):
    assert [explorer._drags[axes][:2] for axes in explorer.figure.axes] == [
        ("w0", "w1"),
        (None, None),  # by an action: tests/explorers/test_prediction.py
        ("lr", None),
    ]


def descended(surface, lr, w0, w1, step):
    """The points of a descent, by a loop."""
    points = [np.array([w0, w1], float)]
    with np.errstate(all="ignore"):
        for _ in range(step):
            points.append(points[-1] - lr * surface.gradient(points[-1]))
    return np.array(points)


@pytest.mark.parametrize("case", range(40))
def test_the_ranges_of_lr_are_true_and_paths_beside_it_are_descents(explorer, case):
    rng = np.random.default_rng(case)
    landscape = [*LANDSCAPES][case % len(LANDSCAPES)]
    lr, w0, w1 = 10 ** rng.uniform(-4, 0.6), rng.uniform(-5, 5), rng.uniform(-3, 3)
    step = int(rng.choice([0, 1, 2, 10, 50, STEPS]))
    explorer.set(landscape=landscape, lr=lr, w0=w0, w1=w1, step=step, theory=False)
    surface, state = LANDSCAPES[landscape], (explorer.w0, explorer.w1, step)
    ends = np.array([descended(surface, rate, *state)[-1] for rate in RATES])
    with np.errstate(all="ignore"):
        losses = np.nan_to_num(surface.loss(ends), nan=np.inf)
    first = surface.loss(np.array(state[:2]))

    # the curve ends where it leaves the picture for good, with an arrow up
    curve, cliff = explorer.all.get_ydata(), explorer.cliff.get_xdata()
    shown = np.isfinite(curve)
    np.testing.assert_allclose(curve[shown], within(losses)[shown], rtol=1e-6)
    assert (losses[~shown] >= LOSSES[1]).all()
    assert len(cliff) == (losses[-1] >= LOSSES[1] and (losses < LOSSES[1]).any())
    if len(cliff):
        assert (losses[cliff[0] <= RATES] >= LOSSES[1]).all()
        assert losses[cliff[0] > RATES][-1] < LOSSES[1]

    # too big: all from there on end higher than they began
    begin = explorer.worse.get_xdata()[0] if explorer.worse.get_visible() else np.inf
    assert explorer.too_big.get_visible() == (begin < np.inf)
    assert (losses[begin <= RATES] > first).all()
    assert not (losses[begin > RATES][-1:] > first).any()

    # best: as low as the lowest of them, but for 2%
    diamond, name = explorer.lowest
    assert diamond.get_visible() == name.get_visible()
    if diamond.get_visible():
        (x, y) = diamond.get_xydata()[0]
        assert y == pytest.approx(within(losses[np.isclose(RATES, x)])[0])
        assert y <= 1.021 * within(losses).min()
        assert within(losses)[0] > y  # which is too small, then
        assert x in RATES
    assert diamond.get_visible() or not explorer.too_small.get_visible()

    # the next round rates that are half or twice as much, or more
    smaller = [rate for rate in ROUND if explorer.lr / rate >= 2][-1:]
    larger = [rate for rate in ROUND if rate / explorer.lr >= 2][:1]
    breaks = np.flatnonzero(np.isnan(explorer.beside.get_xdata()))
    parts = np.split(explorer.beside.get_xydata(), breaks)[:-1]
    assert len(parts) == len(smaller + larger)
    for rate, part, label in zip(smaller + larger, parts, explorer.rates, strict=False):
        expected = inside(descended(surface, rate, *state), NEAR)
        got = part[~np.isnan(part[:, 0])]
        np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-9)
        assert float(label.get_text().removeprefix("lr ")) == rate
    for label in explorer.rates[len(parts) :]:
        assert not label.get_visible()


def settings_to_try():
    """Every landscape with both ends of each slider, lr at the limit, at half of it and beyond,
    starts on the axes, in minima and at a saddle, and 200 random settings.
    """
    rng = np.random.default_rng(4)
    usual = {"lr": 0.03, "w0": -4.0, "w1": 2.0, "step": 50}
    ends = {
        "lr": (1e-4, 4),
        "w0": (-STARTS[0], STARTS[0]),
        "w1": (-STARTS[1], STARTS[1]),
        "step": (0, STEPS),
    }
    some = [usual | {name: end} for name in ends for end in ends[name]]
    some += [
        usual | {"w0": w0, "w1": w1, "lr": lr, "step": step}
        for w0, w1 in ((0, 0), (-4, 0), (0, 2), (1, 1), (3, 2), (-4, 0.05))
        for lr in (0.003, 0.04, 0.05, 0.08, 0.081, 1, 1.5, 2, 2.5)
        for step in (0, 1, 2, STEPS)
    ]
    cases = [(name, case) for name in LANDSCAPES for case in some]
    for _ in range(100):
        case = {
            "lr": 10 ** rng.uniform(-4, np.log10(4)),
            "w0": rng.uniform(-STARTS[0], STARTS[0]),
            "w1": rng.uniform(-STARTS[1], STARTS[1]),
            "step": int(rng.integers(STEPS + 1)),
        }
        cases.append((str(rng.choice([*LANDSCAPES])), case))
    return cases


def near_to(text, value):
    return float(text) == pytest.approx(value, rel=6e-3, abs=1e-12)


def check_words(words, surface, points, step):
    """What is said of the path, against the points that a loop has found."""
    with np.errstate(all="ignore"):
        losses = surface.loss(points)
    outside = ~(np.abs(points) <= NEAR).all(axis=1)
    if far := re.fullmatch(
        r"(each step overshoots further|the steps are too big); outside the picture after (1"
        r" step|\d+ steps)",
        words,
    ):
        gone = int(far[2].split()[0])
        assert outside[gone:].all()
        assert not outside[gone - 1]
        assert not losses[-1] < losses[0]
        assert (far[1] == "each step overshoots further") == bool(
            (np.diff(losses[np.isfinite(losses)]) > 0).all()
        )
        return
    if came := re.fullmatch(
        r"it reaches (the minimum|a local minimum) \((\S+), (\S+)\) after (1 step|\d+ steps)", words
    ):
        place = surface.minima[np.linalg.norm(surface.minima - points[-1], axis=1).argmin()]
        assert near_to(came[2], place[0])
        assert near_to(came[3], place[1])
        near = np.linalg.norm(points - place, axis=1) < 0.02
        assert near[-1]
        assert near[int(came[4].split()[0])]
        assert not near[: int(came[4].split()[0])].any()
        assert (came[1] == "the minimum") == (
            surface.loss(place) < surface.loss(surface.minima).min() + 1e-6
        )
        return
    if still := re.fullmatch(
        r"it comes to rest at \((\S+), (\S+)\), where the gradient is zero but the loss is (\S+):"
        r" not the lowest place",
        words,
    ):
        assert near_to(still[1], points[-1, 0])
        assert near_to(still[2], points[-1, 1])
        assert near_to(still[3], losses[-1])
        assert np.linalg.norm(surface.gradient(points[-1])) < 1e-3
        assert losses[-1] > surface.loss(surface.minima).min() + 1e-3
        return
    loss = re.fullmatch(
        r"(?:it jumps from side to side; |it is still on its way; )?after (1 step|\d+ steps) the"
        r" loss is (\S+)",
        words,
    )
    assert loss, words
    assert int(loss[1].split()[0]) == step, words
    assert near_to(loss[2], losses[-1]), words
    if "side to side" in words:
        moves = np.diff(points, axis=0)
        assert ((moves[1:] * moves[:-1]).sum(axis=1) < 0).mean() > 0.5


def check_verdict(verdict, surface, points, step):
    assert len(verdict.split()) <= 8
    with np.errstate(all="ignore"):
        losses = surface.loss(points)
        near = np.linalg.norm(surface.minima - points[-1], axis=1).min() < 0.02
        flat = np.linalg.norm(surface.gradient(points[-1])) < 1e-3
    if verdict == VERDICTS["diverges"]:
        assert not losses[-1] < losses[0] or surface.hessian_eigenvalues is not None
    elif verdict == VERDICTS["converged"]:
        assert near
    elif verdict == VERDICTS["stuck"]:
        assert flat
        assert not near
    elif verdict == VERDICTS["oscillates"]:
        moves = np.diff(points, axis=0)
        assert ((moves[1:] * moves[:-1]).sum(axis=1) < 0).mean() > 0.5
    elif verdict == VERDICTS["slow"]:
        assert not near
        assert not flat
    elif verdict == "Exactly at the limit.":
        assert losses[-1] == pytest.approx(losses[0]) or surface is not LANDSCAPES["bowl"]
    else:
        assert verdict == "Press Play: where does it go?"
        assert step == 0


def check_sentence(said, landscape, theory, lr, w0, w1, step, **_):
    verdict, sentence = said
    surface = LANDSCAPES[landscape]
    points = descended(surface, lr, w0, w1, step)
    curvatures = surface.hessian_eigenvalues
    check_verdict(verdict, surface, points, step)
    if curvatures is None or not theory:
        lr_told, rest, better = re.fullmatch(
            r"With lr (\S+), (.+?)\.(?: It would be lowest with lr near (\S+)\.)?", sentence
        ).groups()
        assert near_to(lr_told, lr)
        check_words(rest, surface, points, step)
        check_better(better, verdict, surface, points)
        return
    lr_told, rest = re.fullmatch(r"lr (\S+) (.+)\.", sentence).groups()
    assert near_to(lr_told, lr)
    limit, steep = 2 / max(curvatures), curvatures == max(curvatures)
    who = "it" if steep.all() else "the steep weight"
    moves = points[0][steep].any()
    if lr < limit:
        told = re.fullmatch(
            r"is below the limit 2/λmax = (\S+) \(best: (\S+)\): it (.+?), and (.+)", rest
        )
        assert near_to(told[1], limit)
        assert near_to(told[2], 2 / (min(curvatures) + max(curvatures)))
        signs = np.sign(points[:, steep])
        # a weight that has come to 0 exactly has no side
        swings = step > 1 and moves and (signs[1:] * signs[:-1] < 0).any()
        assert swings <= (told[3] == "jumps across, as lr is above 1/λmax")
        assert ("jumps across" in told[3]) == bool(lr > limit / 2 and moves)
        assert "as lr is not above 1/λmax" not in told[3] or lr <= limit / 2
        check_words(told[4], surface, points, step)
        return
    told = re.fullmatch(
        r"is (above|exactly) the limit 2/λmax = (\S+?)(?:, but (it|the steep weight) starts at 0,"
        r" where its gradient is 0)?: (.+)",
        rest,
    )
    assert near_to(told[2], limit)
    assert (told[1] == "exactly") == (lr == limit)
    assert told[3] == (None if moves else who)
    if not moves:
        check_words(told[4], surface, points, step)
    elif lr == limit:
        assert told[4] == f"{who} jumps from side to side forever, without coming nearer"
        np.testing.assert_allclose(
            np.abs(points[:, steep]), np.abs(points[:1, steep]) * np.ones((step + 1, 1)), rtol=1e-9
        )
    elif told[4].endswith("overshoots further") and told[4] != "each step overshoots further":
        assert told[4] == "each step of the steep weight overshoots further"
        assert not steep.all()
        assert (np.diff(np.abs(points[:, steep]), axis=0) > 0).all()
    elif told[4] == "each step overshoots further":
        assert steep.all()
        assert (np.diff(surface.loss(points)) > 0).all()
    else:
        check_words(told[4], surface, points, step)


def check_better(better, verdict, surface, points):
    """A better lr is named where this one has twice the lowest loss of all, or more."""
    step = len(points) - 1
    weights = np.tile(points[0], (len(RATES), 1))
    with np.errstate(all="ignore"):
        for _ in range(step):
            weights = weights - RATES[:, None] * surface.gradient(weights)
        losses = within(surface.loss(weights))
        loss = within(surface.loss(points[-1]))
    if better is None:
        arrived = verdict in (VERDICTS["converged"], VERDICTS["stuck"])
        assert step == 0 or arrived or loss <= 2.001 * losses.min()
        return
    assert loss > 1.999 * losses.min()
    told = np.isclose(RATES, float(better), rtol=0.06)  # two digits
    assert losses[told].min() <= 1.021 * losses.min()


def test_the_sentence_is_true(undrawn):
    explorer = LearningRateExplorer()
    assert explorer.controls["step"].max == STEPS
    for number, (landscape, case) in enumerate(settings_to_try()):
        explorer.set(landscape=landscape, theory=number % 4 > 0, **case)
        try:
            check_sentence(explorer.live.said, **explorer.state)
        except (AssertionError, AttributeError, TypeError) as error:
            raise AssertionError(f"{explorer!r}: {explorer.summary}") from error
