"""The Momentum explorer shows the engine's paths, and its map agrees with theory."""

import re

import numpy as np
import pytest

from lecture3_engine.descent import descend
from lecture3_engine.explorers import MomentumExplorer
from lecture3_engine.explorers.landscape import LANDSCAPES, NEAR, STARTS, within
from lecture3_engine.explorers.momentum_explorer import (
    BELOW,
    CLOSER,
    LEVELS,
    MAP_STEPS,
    NAMES,
    RATES,
    STEPS,
    TIMES,
    WIDEST,
    heavy_ball,
    leaving,
    optimum,
    percent,
    rate_map,
    run,
    step_parts,
)
from lecture3_engine.explorers.prediction import gap, predicted
from lecture3_engine.live import Pointer
from lecture3_engine.live.figure import plain

QUADRATICS = ["bowl", "ravine", "long ravine"]


@pytest.mark.slow
@pytest.mark.parametrize("beta, which", [(0.0, 0), (0.8, 1)])
def test_both_paths_are_the_engines(beta, which):
    explorer = MomentumExplorer(lr=0.03, beta=0.8, w0=-4, w1=2, step=40)
    path = descend(LANDSCAPES["ravine"], [-4, 2], steps=40, lr=0.03, momentum=beta)
    walk, now, loss, loss_now, future, here = explorer.walks[which]
    np.testing.assert_allclose(walk.get_xydata(), path.points, rtol=1e-12)
    np.testing.assert_allclose(loss.get_ydata(), leaving(path.losses), rtol=1e-12)
    np.testing.assert_allclose(loss_now.get_data(), [[40], within(path.losses[-1:])])
    np.testing.assert_allclose(now.get_xydata(), path.points[-1:], rtol=1e-12)
    np.testing.assert_allclose(here.get_xydata(), [[0.03, beta]])
    whole = descend(LANDSCAPES["ravine"], [-4, 2], steps=STEPS, lr=0.03, momentum=beta).losses
    np.testing.assert_allclose(
        future.get_xydata(), np.c_[40 : STEPS + 1, leaving(whole[40:])], rtol=1e-12
    )
    explorer.step = 0  # who gets there first is a question then
    assert len(future.get_xydata()) == 0


def test_a_loss_leaves_the_picture_through_the_bottom():
    explorer = MomentumExplorer(step=100)
    _, _, loss, loss_now, _, _ = explorer.walks[1]
    bottom = loss.axes.get_ylim()[0]
    assert loss.get_ydata()[-1] < bottom == loss_now.get_ydata()[0]
    np.testing.assert_allclose(
        leaving([1e-9, 1e-5, 3, 1e3, np.inf, np.nan]), [BELOW, 1e-5, 3, 100, 100, 100]
    )


@pytest.mark.parametrize("steps", TIMES)
def test_the_shades_of_the_map_are_numbers_of_steps(steps):
    """A descent at the limit of a shade, whose rate is known, comes as much closer in as many."""
    rate = LEVELS[1 + TIMES.index(steps)]
    path = descend(LANDSCAPES["bowl"], [1.0, 0.0], steps=steps, lr=1 - rate)
    assert 1 / path.points[-1, 0] == pytest.approx(CLOSER)


@pytest.mark.parametrize("landscape", QUADRATICS)
def test_the_measured_map_agrees_with_theory(landscape):
    eigenvalues = LANDSCAPES[landscape].hessian_eigenvalues
    lr, beta, rate = rate_map(landscape)
    theory = np.array([[min(heavy_ball(eigenvalues, x, y), 1) for x in lr] for y in beta])
    border = np.abs(lr * eigenvalues.max() - 2 * (1 + beta[:, None])) < 0.01 * 2 * (
        1 + beta[:, None]
    )
    assert ((rate < 1) == (theory < 1))[~border].all(), (
        "the measured border is 2 (1 + beta) / l_max, to 1%"
    )
    slow = theory > 0.4  # a faster descent underflows before it is measured
    np.testing.assert_allclose(rate[slow], theory[slow], atol=0.02)


@pytest.mark.parametrize("landscape", QUADRATICS)
def test_nothing_is_faster_than_the_optimum(landscape):
    eigenvalues = LANDSCAPES[landscape].hessian_eigenvalues
    k = eigenvalues.max() / eigenvalues.min()
    best = heavy_ball(eigenvalues, *optimum(eigenvalues))
    assert best == pytest.approx((np.sqrt(k) - 1) / (np.sqrt(k) + 1), abs=1e-6)
    lr, beta, _ = rate_map(landscape)
    assert best <= min(heavy_ball(eigenvalues, x, y) for x in lr for y in beta) + 1e-6


def test_where_roots_are_complex_the_rate_is_the_root_of_beta():
    """Not 2 sqrt(beta), as Distill prints: seen in a descent."""
    losses = descend(LANDSCAPES["ravine"], [-4, 2], steps=200, lr=0.03, momentum=0.8).losses
    measured = (losses[-20:].max() / losses[:20].max()) ** (1 / 362)
    assert (
        heavy_ball(LANDSCAPES["ravine"].hessian_eigenvalues, 0.03, 0.8)
        == pytest.approx(np.sqrt(0.8))
        == pytest.approx(measured, abs=0.01)
    )


@pytest.mark.slow
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_it_says_diverges_where_it_does(beta):
    limit = 2 * (1 + beta) / 25
    for lr, converges in ((0.99 * limit, True), (1.01 * limit, False)):
        explorer = MomentumExplorer(lr=lr, beta=beta, step=100, theory=True)
        assert ("no convergence" not in explorer.summary) == converges
        losses = descend(LANDSCAPES["ravine"], [-4, 2], steps=3000, lr=lr, momentum=beta).losses
        assert (losses[-1] < 1e-6) == converges


def test_momentum_converges_where_gradient_descent_does_not():
    explorer = MomentumExplorer(lr=0.1, beta=0.5, step=100)
    assert explorer.live.said[0] == "Gradient descent has left the picture; momentum stays."
    explorer.theory = True
    assert "Without momentum lr must be below 2/λmax = 0.08, with it below" in explorer.summary


@pytest.mark.slow
@pytest.mark.parametrize("step", [0, 1, 12, 100])
def test_the_arrows_add_up_to_the_step(step):
    explorer = MomentumExplorer(step=step)
    path = run("ravine", 0.03, 0.8, -4.0, 2.0)[1]
    w, by_velocity, by_gradient, following = step_parts(LANDSCAPES["ravine"], path, 0.03, 0.8, step)
    np.testing.assert_allclose(w + by_velocity + by_gradient, following, rtol=1e-9, atol=1e-14)
    total, velocity, gradient = (arrow.get_xydata() for arrow in explorer.arrows)
    np.testing.assert_allclose(total[0], w, atol=1e-12)
    np.testing.assert_allclose(
        gradient[1],
        total[1],
        atol=1e-9,
        err_msg="head to tail, the two parts end where the sum ends",
    )
    if step:
        np.testing.assert_allclose(gradient[0], velocity[1], atol=1e-12)
    # in proportion
    drawn, true = (
        np.array([np.linalg.norm(vector) for vector in vectors])
        for vectors in (
            [total[1] - total[0], velocity[1] - velocity[0], gradient[1] - gradient[0]],
            [following - w, by_velocity, by_gradient],
        )
    )
    np.testing.assert_allclose(drawn / drawn.max(), true / true.max(), atol=1e-9)


def test_the_dot_is_dragged_in_the_map():
    explorer = MomentumExplorer()
    before = explorer.walks[1][0].get_xydata().copy()
    explorer._pointed(Pointer("move", explorer.map, 0.1, 0.5))
    assert explorer.lr == pytest.approx(0.1, rel=0.02)
    assert explorer.beta == 0.5
    assert not np.array_equal(before, explorer.walks[1][0].get_xydata())


def test_what_shows_a_setting_can_be_dragged():
    explorer = MomentumExplorer()
    explorer._pointed(Pointer("move", explorer.plane, -3.0, 1.0))
    assert (explorer.w0, explorer.w1) == (-3, 1)
    explorer._pointed(Pointer("move", explorer.walks[0][2].axes, 41.7, 1.0))
    assert explorer.step == 42


def hidden(explorer):
    """Of gradient descent, and of momentum."""
    return [[not part.get_visible() for part in walk[:5]] for walk in explorer.walks]


def test_momentum_is_hidden_until_there_is_a_prediction():
    explorer = MomentumExplorer()
    explorer.predict = "draw it"
    assert explorer.step == STEPS
    assert hidden(explorer) == [[False] * 5, [True] * 5]
    assert not any(arrow.get_visible() for arrow in explorer.arrows)
    assert explorer.live.said[0] == "First draw how momentum's loss will go."
    truth = descend(LANDSCAPES["ravine"], [-4, 2], steps=STEPS, lr=0.03, momentum=0.8).losses
    assert f"{truth[-1]:.3g}" not in explorer.summary
    losses = explorer.walks[1][2].axes
    explorer._pointed(Pointer("down", losses, 0, 58))
    explorer._pointed(Pointer("move", losses, 20, 1))
    assert hidden(explorer)[1] == [True] * 5
    explorer._pointed(Pointer("move", losses, 90, 0.001))
    assert hidden(explorer) == [[False] * 5] * 2
    prediction = predicted("draw it", explorer.guess, truth[0], STEPS)
    np.testing.assert_allclose(explorer.predicted.get_ydata(), within(prediction))
    factor, word = gap(within(prediction), within(truth))
    assert explorer.live.said[0] == f"Your prediction is {word}."
    assert f"a factor of {factor:.3g} away" in explorer.summary
    explorer.beta = 0.5  # another question
    assert explorer.guess == ""
    assert hidden(explorer)[1] == [True] * 5


def test_each_landscape_has_an_lr_with_which_both_get_somewhere():
    explorer = MomentumExplorer()
    for landscape in NAMES:
        explorer.landscape = landscape
        assert explorer.lr == RATES[landscape]
        for momentum in (0, 0.8):
            path = descend(
                LANDSCAPES[landscape], [-4, 2], steps=STEPS, lr=explorer.lr, momentum=momentum
            )
            assert path.losses[-1] < 0.5 * path.losses[0], landscape
    assert MomentumExplorer(landscape="bowl", lr=0.7).lr == 0.7


def test_without_theory_no_word_and_no_line_of_it():
    explorer = MomentumExplorer()
    for theory in (False, True):
        explorer.theory = theory
        shown = [
            part.get_visible() for part in (explorer.border, explorer.best, explorer.best_name)
        ]
        assert shown == [theory] * 3
        assert ("best" in explorer.summary) == theory


def test_a_share_is_never_rounded_to_the_whole():
    assert percent(0.912345) == "91.2%"
    assert percent(0.9999) == "99.99%"
    assert percent(1 - 1e-6) == "99.9999%"
    assert percent(0) == "0%"


@pytest.mark.slow
def test_beta_0_is_gradient_descent():
    explorer = MomentumExplorer(beta=0)
    np.testing.assert_array_equal(
        explorer.walks[0][0].get_xydata(), explorer.walks[1][0].get_xydata()
    )
    assert "Both are plain gradient descent" in explorer.summary


def test_where_no_formula_holds_the_map_says_that_it_is_measured():
    explorer = MomentumExplorer(landscape="Rosenbrock", lr=0.001, theory=True)
    assert "measured" in explorer.summary
    assert not any(
        part.get_visible() for part in (explorer.border, explorer.best, explorer.best_name)
    )


def settings_to_try():
    """Each landscape with both ends of each slider, 200 random settings, starts at the minimum and
    on an axis, lr at both limits.
    """
    rng = np.random.default_rng(5)
    usual = {"lr": 0.03, "beta": 0.8, "w0": -4.0, "w1": 2.0, "step": 12}
    ends = {
        "lr": (1e-4, 4),
        "beta": (0, 0.99),
        "w0": (-STARTS[0], STARTS[0]),
        "w1": (-STARTS[1], STARTS[1]),
        "step": (0, STEPS),
    }
    some = [usual | {name: end} for name in ends for end in ends[name]]
    some += [
        usual | {"step": 1},
        usual | {"w0": 0.0, "w1": 0.0, "step": STEPS},
        usual | {"w1": 0.0, "lr": 0.3, "step": STEPS},
    ]
    some += [
        usual | {"lr": lr, "step": STEPS, "beta": beta}
        for lr in (0.08, 0.144, 0.002, 2, 3.6, 1e-3)
        for beta in (0, 0.8)
    ]
    cases = [(name, case) for name in NAMES for case in some]
    for _ in range(100):
        case = {
            "lr": 10 ** rng.uniform(-4, np.log10(4)),
            "beta": round(rng.uniform(0, 0.99), 2),
            "step": int(rng.integers(STEPS + 1)),
            "w0": round(rng.uniform(-STARTS[0], STARTS[0]), 2),
            "w1": round(rng.uniform(-STARTS[1], STARTS[1]), 2),
        }
        cases.append((str(rng.choice(NAMES)), case))
    return cases


def near_to(text, value, digits=3):
    """A number that was written with so many digits."""
    return float(text) == pytest.approx(value, rel=0.51 * 10 ** (1 - digits), abs=1e-300)


def rate_of(curvatures, lr, beta):
    """The largest eigenvalue of the step (w, w_previous) -> (next w, w), a matrix for each
    curvature.
    """
    return max(
        np.abs(np.linalg.eigvals([[1 + beta - lr * c, -beta], [1, 0]])).max() for c in curvatures
    )


def check_end(words, surface, lr, beta, start, step):
    points, velocity = [np.array(start, float)], np.zeros(2)
    with np.errstate(all="ignore"):
        for _ in range(step):
            velocity = beta * velocity - lr * surface.gradient(points[-1])
            points.append(points[-1] + velocity)
    points = np.array(points)
    outside = ~(np.abs(points) <= NEAR).all(axis=1)
    if lost := re.fullmatch(r"has been lost to infinity since step (\d+)", words):
        too_far = ~(np.abs(points) <= 1e30).all(axis=1)
        assert too_far[int(lost[1])]
        assert not too_far[: int(lost[1])].any()
    elif left := re.fullmatch(r"is outside the picture, which it left at step (\d+)", words):
        assert outside[int(left[1]) :].all()
        assert not outside[int(left[1]) - 1]
    else:
        loss = re.fullmatch(r"has a loss of (\S+)", words)
        assert loss
        assert not outside[-1]
        # Of a loss far below 1, which is a difference of larger numbers, the digits depend on the
        # order of the sum.
        assert float(loss[1]) == pytest.approx(surface.loss(points[-1]), rel=0.006, abs=1e-12)


def verdict(surface, lr, beta, start, step):
    """Who is ahead, by descents of its own."""
    if step == 0:
        return "Press Play: which one gets there first?"
    if beta == 0:
        return "With β 0 there is no difference."
    ends = [descend(surface, start, steps=step, lr=lr, momentum=m) for m in (0, beta)]
    stays = tuple(bool((np.abs(path.points[-1]) <= NEAR).all()) for path in ends)
    plain, heavy = (path.losses[-1] for path in ends)
    if stays != (True, True):
        return {
            (False, False): "Both have left the picture.",
            (True, False): "Momentum has left the picture; gradient descent stays.",
            (False, True): "Gradient descent has left the picture; momentum stays.",
        }[stays]
    if f"{plain:.3g}" == f"{heavy:.3g}":
        return "Both are level."
    far = "far " if max(plain, heavy) > 100 * min(plain, heavy) else ""
    return f"Momentum is {far}{'ahead' if heavy < plain else 'behind'}."


def check_sentence(said, landscape, lr, beta, w0, w1, step):
    """What is seen, without theory."""
    surface, start = LANDSCAPES[landscape], (w0, w1)
    assert said[0] == verdict(surface, lr, beta, start, step)
    assert len(said[0].split()) <= 8
    form = re.fullmatch(
        r"Gradient descent and momentum start at the same place, with a loss of (?P<loss>\S+)\.|"
        r"Both are plain gradient descent: after (?P<n>1 step|\d+ steps) it (?P<both>.+?)\.|"
        r"After (?P<m>1 step|\d+ steps) gradient descent (?P<plain>.+?); with momentum it"
        r" (?P<heavy>.+?)\.",
        plain(said[1]),
    )
    if form["loss"]:
        assert step == 0
        assert near_to(form["loss"], surface.loss(np.array(start)))
        return
    assert (form["n"] or form["m"]) == ("1 step" if step == 1 else f"{step} steps")
    assert step
    assert (form["n"] is None) == (beta > 0)
    for words, momentum in (
        (form["both"] or form["plain"], 0),
        (form["both"] or form["heavy"], beta),
    ):
        check_end(words, surface, lr, momentum, start, step)


def check_theory(said, landscape, lr, beta):
    """What theory knows."""
    surface, rest = LANDSCAPES[landscape], plain(said[1])
    curvatures = surface.hessian_eigenvalues
    if curvatures is None:
        if big := re.fullmatch(
            r"lr (\S+) is beyond the map, which ends at (\S+): drag the dot into it\.", rest
        ):
            assert near_to(big[1], lr)
            assert near_to(big[2], WIDEST[landscape])
            assert lr > WIDEST[landscape]
        else:
            x, y = surface.start
            assert lr <= WIDEST[landscape]
            assert (
                rest
                == f"The curvature changes from place to place, so the map is measured: {MAP_STEPS}"
                f" steps from ({x:g}, {y:g})."
            )
        return
    steepest, rate = max(curvatures), rate_of(curvatures, lr, beta)
    if none := re.fullmatch(
        r"lr (\S+) is not below the limit 2\(1 \+ β\)/λmax = (\S+): no convergence, with momentum"
        r" or without\.",
        rest,
    ):
        assert near_to(none[1], lr)
        assert near_to(none[2], 2 * (1 + beta) / steepest)
        assert rate > 1 - 1e-9
        assert rate_of(curvatures, lr, 0) > 1 - 1e-9
    elif helps := re.fullmatch(
        r"Without momentum lr must be below 2/λmax = (\S+), with it below 2\(1 \+ β\)/λmax = (\S+):"
        r" then each step leaves (\S+)%(, √β,)? of the way\.",
        rest,
    ):
        assert near_to(helps[1], 2 / steepest)
        assert near_to(helps[2], 2 * (1 + beta) / steepest)
        assert rate_of(curvatures, lr, 0) > 1 - 1e-9
        assert rate < 1
        check_percent(helps[3], rate)
        assert helps[4] is None or rate == pytest.approx(np.sqrt(beta), rel=1e-4)
    else:
        both = re.fullmatch(
            r"Each step leaves (\S+)% of the way without and (\S+)%(, √β,)? with momentum; the"
            r" best: (\S+)%, at lr (\S+) and β (\S+)\.",
            rest,
        )
        without = rate_of(curvatures, lr, 0)
        check_percent(both[1], without)
        check_percent(both[2], rate)
        assert without < 1
        assert rate < 1
        assert both[3] is None or rate == pytest.approx(np.sqrt(beta), rel=1e-4)
        low, high = np.sqrt(min(curvatures)), np.sqrt(steepest)
        check_percent(both[4], (high - low) / (high + low))
        assert near_to(both[5], (2 / (low + high)) ** 2)
        assert float(both[6]) == pytest.approx(
            ((high - low) / (high + low)) ** 2, rel=0.006, abs=1e-12
        )
        assert rate > (high - low) / (high + low) - 1e-7


def check_percent(text, rate):
    """One decimal, or as many as tell how far it is from 100."""
    assert float(text) < 100
    assert float(text) == pytest.approx(100 * rate, abs=0.051 * min(1, 100 - 100 * rate))


def test_the_sentence_is_true(undrawn):
    explorer = MomentumExplorer()
    for landscape, case in settings_to_try():
        explorer.set(landscape=landscape, theory=False, **case)
        assert explorer.controls["step"].max == STEPS
        try:
            check_sentence(explorer.live.said, landscape, **case)
            explorer.theory = True
            check_theory(explorer.live.said, landscape, case["lr"], case["beta"])
        except (AssertionError, TypeError) as error:
            raise AssertionError(f"{explorer!r}: {explorer.summary}") from error
