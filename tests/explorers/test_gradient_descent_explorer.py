"""The picture of naive gradient descent walks as the engine does, step by step, and its sentence
agrees with theory.
"""

import re
from itertools import pairwise

import numpy as np
import pytest

from lecture3_engine import descend, rate_of_change
from lecture3_engine.explorers import GradientDescentExplorer
from lecture3_engine.explorers.curve import CURVES, WINDOW, gone_at
from lecture3_engine.explorers.gradient_descent_explorer import STEPS


@pytest.mark.parametrize("rule", ["rc", "gradient"])
@pytest.mark.parametrize("curve", CURVES)
def test_path_is_the_engines(curve, rule):
    explorer = GradientDescentExplorer(
        curve=curve, rule=rule, lr=0.04, epsilon=0.2, w0=1.3, step=STEPS
    )
    surface = CURVES[curve]
    slope = {
        "gradient": None,
        "rc": lambda w: rate_of_change(lambda w: surface.loss(w[:, None]), w, 0.2),
    }[rule]
    path = descend(surface, [1.3], steps=STEPS, lr=0.04, gradient=slope)
    np.testing.assert_allclose(explorer.path.get_xdata(), path.points[:, 0], rtol=1e-12)
    np.testing.assert_allclose(explorer.path.get_ydata(), path.losses, rtol=1e-12)
    np.testing.assert_allclose(explorer.loss.get_ydata(), path.losses, rtol=1e-12)


def test_lectures_loop_by_hand():
    """w = w - lr * rc, N times, in plain Python."""
    w, epsilon, lr = 0.2, 0.3, 0.2
    loss = CURVES["lecture curve"].loss
    for _ in range(7):
        rc = (loss(w + epsilon) - loss(w)) / epsilon
        w = w - lr * rc
    assert GradientDescentExplorer(w0=0.2, epsilon=0.3, lr=0.2, step=7).now.get_xdata()[
        0
    ] == pytest.approx(w, rel=1e-12)


def written(explorer):
    return {row: [text.get_text() for text in texts] for row, texts in explorer.sums.items()}


def test_arithmetic_in_the_picture():
    explorer = GradientDescentExplorer(curve="parabola", rule="gradient", lr=0.5, w0=2, step=1)
    assert written(explorer) == {
        "rc": ["∇ℓ(w)", "= the slope of the tangent"],
        "number of rc": ["1.000", ""],
        "new w": ["new w", "= w − lr · ∇ℓ(w)"],
        "number of new w": ["0.500", "= 1.000 − 0.5 · 1.000"],
    }
    shaft, head, name = explorer.arrow
    assert name.get_text() == "−lr · ∇ℓ(w)"
    assert not explorer.legs.get_visible()
    explorer.set(rule="rc", epsilon=0.1, w0=-2, step=0)
    assert written(explorer) == {
        "rc": ["rc", "= (ℓ(w + ε) − ℓ(w)) / ε"],
        "number of rc": ["−1.950", "= (1.8050 − 2.0000) / 0.1"],
        "new w": ["new w", "= w − lr · rc"],
        "number of new w": ["−1.025", "= −2.000 − 0.5 · (−1.950)"],
    }
    assert name.get_text() == "−lr · rc"
    assert explorer.legs.get_visible()
    np.testing.assert_allclose(explorer.legs.get_xydata()[-1], [-1.9, 1.9**2 / 2])
    # the tip of the arrow, and the ring on the curve, are where the step leads
    assert shaft.get_xdata()[0] == -2
    np.testing.assert_allclose(head.get_xdata(), [-1.025])
    np.testing.assert_allclose(explorer.landing.get_xydata(), [[-1.025, 1.025**2 / 2]])
    assert explorer.landing_name.get_text() == "new w"
    explorer.lr = 0.01  # no room
    assert explorer.landing_name.get_text() == ""


@pytest.mark.parametrize("epsilon", [1, 0.3, 0.01, 1e-3])
def test_arithmetic_can_be_checked_by_hand(epsilon):
    """To the last of the decimals that are written, but for the rounding of the terms."""
    explorer = GradientDescentExplorer(epsilon=epsilon)
    rows = written(explorer)
    for row in ("number of rc", "number of new w"):
        result, terms = rows[row]
        terms = terms.removeprefix("= ").replace("−", "-").replace("·", "*")
        assert eval(terms) == pytest.approx(float(result.replace("−", "-")), abs=1.6e-3)


def test_the_coming_losses_go_on_where_the_known_ones_end():
    explorer = GradientDescentExplorer(lr=0.2, step=3)
    whole = GradientDescentExplorer(lr=0.2, step=STEPS).loss.get_xydata()
    np.testing.assert_array_equal(explorer.loss.get_xydata(), whole[:4])
    np.testing.assert_array_equal(explorer.coming.get_xydata(), whole[3:])


def test_limit_agrees_with_theory():
    """On the parabola gradient descent converges below lr = 2, and nowhere above."""
    for lr, words in ((1.98, "above half of its limit, 2"), (2.02, "above its limit, 2")):
        assert (
            words
            in GradientDescentExplorer(
                curve="parabola", rule="gradient", lr=lr, w0=1, step=STEPS
            ).summary
        )
    assert (
        "left the picture"
        in GradientDescentExplorer(
            curve="parabola", rule="gradient", lr=2.2, w0=1, step=STEPS
        ).summary
    )
    assert (
        "settled in the minimum"
        in GradientDescentExplorer(curve="parabola", rule="gradient", lr=1, w0=1, step=1).summary
    )


def test_rc_stops_half_an_epsilon_short():
    explorer = GradientDescentExplorer(
        curve="parabola", rule="rc", epsilon=0.4, lr=0.5, w0=2, step=STEPS
    )
    assert explorer.now.get_xdata()[0] == pytest.approx(-0.2, abs=1e-3)
    assert "ε/2" in explorer.summary
    assert (
        "ε"
        not in GradientDescentExplorer(
            curve="parabola", rule="gradient", lr=0.5, w0=2, step=STEPS
        ).summary
    )


def test_a_path_that_leaves_is_cut_and_explained():
    explorer = GradientDescentExplorer(lr=3, w0=2.9, step=STEPS)
    assert "After 1 step w has left" in explorer.summary
    assert (np.abs(explorer.path.get_xdata()) <= WINDOW).all()
    assert "left" not in GradientDescentExplorer(lr=3, w0=2.9, step=0).summary


def test_local_and_global_minimum_are_told_apart():
    assert (
        "settled in the local minimum."
        in GradientDescentExplorer(rule="gradient", w0=1.5, lr=0.1, step=STEPS).summary
    )
    assert (
        "settled in the minimum."
        in GradientDescentExplorer(rule="gradient", w0=-1.5, lr=0.1, step=STEPS).summary
    )


def test_gone_at():
    assert gone_at(np.array([0.0, 5, 1])) is None
    assert gone_at(np.array([0.0, 5, 1, 5, np.nan])) == 3
    assert gone_at(np.array([1.0, 4, 9])) == 1


def settings_to_try():
    """Every curve and both rules, with both ends of each slider, 1,000 random settings, starts on a
    minimum and on a hill top, lr at a limit.
    """
    rng = np.random.default_rng(3)
    usual = {"lr": 0.2, "epsilon": 0.3, "w0": -0.2, "step": 2}
    ends = {"lr": (1e-3, 3), "epsilon": (1e-3, 1), "w0": (-3, 3), "step": (0, STEPS)}
    some = [usual | {name: end} for name in ends for end in ends[name]]
    some += [
        usual | {"w0": w0, "lr": lr, "step": step}
        for w0 in (0.5, 2, -2, 0)
        for lr in (0.1, 1, 2)
        for step in (0, 1, 9, STEPS)
    ]
    cases = [
        (curve, rule, case) for curve in CURVES for rule in ("rc", "gradient") for case in some
    ]
    for _ in range(1000):
        case = {
            "lr": 10 ** rng.uniform(-3, np.log10(3)),
            "epsilon": 10 ** rng.uniform(-3, 0),
            "w0": rng.uniform(-3, 3),
            "step": int(rng.integers(STEPS + 1)),
        }
        cases.append((str(rng.choice([*CURVES])), str(rng.choice(["rc", "gradient"])), case))
    return cases


def told(text):
    return float(text.replace("−", "-"))


def near_to(text, value):
    """A number as it is read: three digits, or noise."""
    return told(text) == pytest.approx(value, rel=6e-3, abs=1e-12)


def check_sentence(sentence, curve, rule, lr, epsilon, w0, step, **_):
    loss, gradient = CURVES[curve].loss_of, CURVES[curve].gradient_of
    w, slopes = [w0], []
    for _ in range(STEPS + 1):  # by hand; far outside it does not matter
        slopes.append(
            (loss(w[-1] + epsilon) - loss(w[-1])) / epsilon if rule == "rc" else gradient(w[-1])[0]
        )
        w.append(w[-1] - lr * slopes[-1] if abs(w[-1]) < 1e6 else w[-1])
    w, slopes = np.array(w), np.array(slopes)
    losses, moves = loss(w), np.diff(w)
    assert len(sentence) < 190
    verdict, words = re.fullmatch(r"(.+?\.) ([A-Z].+\.)", sentence).groups()
    assert len(verdict.split()) <= 8
    name = "rc" if rule == "rc" else "The gradient"

    if left := re.fullmatch(
        r"After (1 step|\d+ steps) w has left the picture(: make lr smaller|, to where the"
        r" loss is lower)\.",
        words,
    ):
        gone = int(left[1].split()[0])
        assert step >= gone
        assert abs(w[gone - 1]) <= WINDOW
        assert (np.abs(w[gone : STEPS + 1]) > WINDOW).all()
        assert (losses[gone] < losses[gone - 1]) == ("lower" in left[2])
        if verdict == "Too big: each step overshoots further.":
            assert gone > 1
            assert (np.diff(losses[: gone + 1]) > 0).all()
            places = CURVES[curve].minima[:, 0] - (epsilon / 2 if rule == "rc" else 0)
            for before, after in pairwise(w[: gone + 1]):
                assert ((min(before, after) < places) & (places < max(before, after))).any(), (
                    "to overshoot is to pass a minimum"
                )
        else:
            assert verdict == (
                "It has left the picture."
                if "lower" in left[2]
                else "Too big: that step overshoots."
            )
        return
    assert abs(w[step]) <= WINDOW or np.any(np.abs(w[step : STEPS + 1]) <= WINDOW)
    way = {-1: "is negative: w increases", 1: "is positive: w decreases", 0: "is 0: w stays"}
    if start := re.fullmatch(
        r"At the start w = (\S+) it is (\S+), and a step is −lr · (rc|∇ℓ\(w\))\.", words
    ):
        assert step == 0
        assert near_to(start[1], w0)
        assert near_to(start[2], slopes[0])
        assert (start[3] == "rc") == (rule == "rc")
        sign = 0 if abs(slopes[0]) <= 1e-12 else int(np.sign(slopes[0]))
        assert verdict == f"{name} {way[sign]}."
        return
    number, w_told, loss_told, rest = re.fullmatch(
        r"After (1 step|\d+ steps) w = (\S+) and the loss is (\S+?)(?:;|:|,) (.+)", words
    ).groups()
    assert number == ("1 step" if step == 1 else f"{step} steps")
    assert near_to(w_told, w[step])
    assert near_to(loss_told, losses[step])
    minima = CURVES[curve].minima[:, 0]
    lowest = loss(minima) < loss(minima).min() + 1e-9

    def check_minimum(kind, place):
        which = np.abs(minima - told(place)).argmin()
        assert minima[which] == pytest.approx(told(place), abs=1e-3)
        assert (kind == "the minimum") == lowest[which]
        return minima[which]

    def limit_at(place):
        return 2 / ((gradient(place + 1e-5)[0] - gradient(place - 1e-5)[0]) / 2e-5)

    if rests := re.fullmatch(r"(the minimum|the local minimum) is at w = (\S+)\.", rest):
        assert verdict == f"It has settled in {rests[1]}."
        # It is within 0.02 of the minimum, where the slope is below 0.01: within 0.01 / ℓ″ of the
        # place where rc or gradient is 0, which it does not leave again with lr below 2/ℓ″.
        place = check_minimum(*rests.groups())
        assert (np.abs(w[step : STEPS + 2] - place) < 0.02 + 2 * 0.01 * limit_at(place) / 2).all()
    elif hit := re.fullmatch(r"but lr is above the limit (\S+): only an exact hit stays\.", rest):
        kind = re.fullmatch(r"It has hit (the minimum|the local minimum) exactly\.", verdict)[1]
        place = check_minimum(kind, str(minima[np.abs(minima - w[step]).argmin()]))
        assert abs(w[step] - place) < 0.02
        assert near_to(hit[1], limit_at(place))
        assert lr > limit_at(place)
    elif short := re.fullmatch(
        r"rc looks ε ahead, so it is almost 0 already (\S+), about ε/2, to the left of w = (\S+)\.",
        rest,
    ):
        kind = re.fullmatch(r"It stops just left of (the minimum|the local minimum)\.", verdict)[1]
        place = check_minimum(kind, short[2])
        assert rule == "rc"
        assert abs(slopes[step]) < 0.01
        assert told(short[1]) == pytest.approx(place - w[step], rel=0.06)
        assert 0.35 * epsilon < place - w[step] < 0.65 * epsilon
    elif flat := re.fullmatch(
        r"though (the minimum|the local minimum) w = (\S+) is (\S+) away\.",
        rest,
    ):
        assert verdict == "Nearly flat: the steps are tiny."
        assert abs(slopes[step]) < 0.01
        assert abs(moves[step]) < 0.03
        assert near_to(flat[3], abs(check_minimum(*flat.groups()[:2]) - w[step]))
    elif jumps := re.fullmatch(
        r"lr is above (its limit|half of its limit), (\S+) at (the minimum|the local minimum) w ="
        r" (\S+)\.",
        rest,
    ):
        assert verdict == "It jumps from side to side."
        place = check_minimum(*jumps.groups()[2:])
        recent = w[max(0, step - 6) : step + 1]
        assert (np.diff(np.sign(recent - place)) != 0).all()
        limit = limit_at(place)
        assert near_to(jumps[2], limit)
        assert lr > limit if jumps[1] == "its limit" else limit / 2 < lr <= limit * (1 + 1e-9)
    else:
        length = re.fullmatch(r"the next step is (\S+) long\.", rest)[1]
        assert near_to(length, abs(moves[step]))
        assert verdict == f"{name} {way[int(np.sign(slopes[step]))]}."


def test_the_sentence_is_true(undrawn):
    explorer = GradientDescentExplorer()
    for curve, rule, case in settings_to_try():
        explorer.set(curve=curve, rule=rule, **case)
        assert explorer.controls["step"].max == STEPS
        try:
            check_sentence(explorer.summary, **explorer.state)
        except (AssertionError, AttributeError) as error:
            raise AssertionError(f"{explorer!r}: {explorer.summary}") from error
