"""The picture of rc and the gradient shows the engine's numbers, and the theory drawn in it
describes what is measured.
"""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from lecture3_engine import rate_of_change
from lecture3_engine.explorers import RateOfChangeExplorer, SecantExplorer
from lecture3_engine.explorers.curve import CURVES, TOPS, WHOLE, curvature
from lecture3_engine.explorers.rate_of_change_explorer import (
    EPSILONS,
    FLOOR,
    PRECISIONS,
    errors,
    theory,
)

DIRECTIONS = ("forward", "backward", "central")


@pytest.mark.parametrize("name", CURVES)
def test_gradient_of_each_curve(name):
    surface = CURVES[name]
    w = np.linspace(-3, 3, 25)
    np.testing.assert_allclose(
        surface.gradient(w[:, None])[:, 0],
        rate_of_change(lambda w: surface.loss(w[:, None]), w, 1e-5, "central"),
        atol=1e-7,
    )
    np.testing.assert_allclose(surface.gradient(surface.minima), 0, atol=1e-12)
    assert all(curvature(surface, w) > 0 for w in surface.minima[:, 0])
    assert surface.loss(WHOLE[:, None]).min() >= -1e-9
    assert surface.loss(surface.minima).max() < TOPS[name]


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_curves_keep_the_precision(name, precision):
    w = PRECISIONS[precision](0.7)
    assert CURVES[name].loss(w).dtype == CURVES[name].gradient(w).dtype == precision


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_shows_the_engines_numbers(direction, precision):
    explorer = RateOfChangeExplorer(direction=direction, precision=precision, w0=2.6, epsilon=0.01)
    surface, w = CURVES["lecture curve"], PRECISIONS[precision](2.6)
    rc, gradient = (
        float(rate_of_change(surface.loss, w, 0.01, direction)),
        float(surface.gradient(float(w))),
    )
    ((x, y),) = explorer.here.get_xydata()
    assert x == 0.01
    assert y == pytest.approx(abs(rc - gradient), rel=1e-12)
    for artist, slope in (
        (explorer.secant, rc),
        (explorer.tangent, gradient),
        (explorer.near_secant, None),
        (explorer.near_tangent, None),
    ):
        x, y = artist.get_data()
        if slope is not None:
            assert (y[-1] - y[0]) / (x[-1] - x[0]) == pytest.approx(slope, rel=1e-5)
    x, y = explorer.ends.get_data()  # the secant goes through both of its ends
    assert (y[1] - y[0]) / (x[1] - x[0]) == pytest.approx(rc, rel=1e-3)
    np.testing.assert_allclose(
        explorer.near_ends.get_ydata(),
        np.interp(explorer.near_ends.get_xdata(), *explorer.near_curve.get_data()),
        atol=1e-6,
    )


def test_secant_passes_through_the_curve_under_the_microscope():
    explorer = RateOfChangeExplorer(epsilon=1e-9, w0=2.0)
    x, y = explorer.near_ends.get_data()
    np.testing.assert_allclose(np.interp(x, *explorer.near_secant.get_data()), y, atol=0.05)


@pytest.mark.parametrize("name, w0", [("lecture curve", 2.6), ("wave", 0.7), ("exponential", 1.5)])
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_theory_describes_the_measured_error(name, w0, direction, precision):
    truncation, power, round_off, best = theory(name, w0, precision, direction)
    measured = errors(name, w0, precision)[1][direction]
    big = (10 * best < EPSILONS) & (EPSILONS < 0.03)
    np.testing.assert_allclose(measured[big], truncation * EPSILONS[big] ** power, rtol=0.2)
    small = (best / 10 > EPSILONS) & (4 * np.finfo(precision).eps * abs(w0) < EPSILONS)
    assert (measured[small] < 3 * round_off / EPSILONS[small]).all()  # it is a bound
    assert np.median(measured[small] * EPSILONS[small]) > round_off / 100  # and not an idle one
    within = (best / 10 < EPSILONS) & (best * 10 > EPSILONS)
    assert measured[within].min() < 100 * measured.min()
    assert measured.max() > 1e3 * measured[within].min()


@pytest.mark.parametrize(
    "name, w0",
    [
        ("lecture curve", -2),
        ("lecture curve", -1.95),
        ("exponential", 0),
        ("exponential", 0.05),
        ("wave", 0.05),
    ],
)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_theory_holds_where_the_loss_is_a_small_difference_of_large_terms(name, w0, precision):
    shares = []
    for direction in DIRECTIONS:
        _, _, round_off, best = theory(name, w0, precision, direction)
        small = (best / 10 > EPSILONS) & (4 * np.finfo(precision).eps * abs(w0) < EPSILONS)
        shares.append(
            (errors(name, w0, precision)[1][direction][small] * EPSILONS[small]).max() / round_off
        )
    # Theory counts one u for each loss. Just above 1 an exp that is right to one ulp is off by 2 u,
    # and the subtraction of w rounds by another u: three for one.
    assert max(shares) < 3
    # What is reached in one direction depends on the processor's exp: where e^-epsilon is the
    # nearest number, as with no SIMD, it is off by u / 2 at most, for below 1 numbers lie twice as
    # close; e^-epsilon + epsilon then is 1 exactly, and so is the loss. Above 1 it cannot be: for
    # epsilon from u / 2 to u, e^epsilon is 1, and 1 - epsilon is 1 - u, a whole u too low.
    assert max(shares) > 1 / 4


def test_too_small_a_nudge_is_said():
    assert "w₀ itself" in RateOfChangeExplorer(w0=3, epsilon=1e-16).summary
    assert "w₀ itself" in RateOfChangeExplorer(w0=3, epsilon=1e-8, precision="float32").summary
    assert "w₀ itself" not in RateOfChangeExplorer(w0=3, epsilon=1e-8).summary


@pytest.mark.slow
def test_the_side_question():
    assert "decrease w₀" in RateOfChangeExplorer(w0=3, epsilon=0.7).summary
    assert "increase w₀" in RateOfChangeExplorer(w0=-3, epsilon=0.1).summary
    assert "uphill" in RateOfChangeExplorer(w0=-2.1, epsilon=0.7).summary
    assert "Flat" in RateOfChangeExplorer(curve="parabola", w0=0, direction="central").summary
    # of the lecture curve, where rounding leaves a gradient of 2e-16
    minimum = RateOfChangeExplorer(w0=-2)
    assert "Flat" in minimum.summary
    shaft, head, name = minimum.arrow
    assert name.get_text() == "flat here"
    assert np.ptp(shaft.get_xdata()) == 0
    for w0, tail in ((3, -1), (-3, 1)):
        shaft, head, name = RateOfChangeExplorer(w0=w0).arrow
        begin, end = shaft.get_xdata()
        (tip,) = head.get_xdata()
        assert begin == w0
        assert np.sign(end - begin) == np.sign(tip - begin) == tail
        assert 0 < (tip - end) * tail < 0.1  # the head covers the end of the shaft
        assert name.get_text() == "downhill"


def test_zero_error_is_shown_at_the_lower_edge():
    explorer = RateOfChangeExplorer(curve="parabola", w0=0, direction="central")
    assert explorer.here.get_ydata()[0] == FLOOR
    assert "off by 0." in explorer.summary


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_triangle_has_rise_and_run_as_legs(direction):
    explorer = RateOfChangeExplorer(direction=direction, w0=1.5, epsilon=0.5)
    loss = CURVES["lecture curve"].loss
    left, right = {"forward": (1.5, 2), "backward": (1, 1.5), "central": (1, 2)}[direction]
    corners = [[left, loss(left)], [right, loss(left)], [right, loss(right)]]
    np.testing.assert_allclose(explorer.triangle.get_xy()[:3], corners)
    np.testing.assert_allclose(explorer.legs.get_xydata(), corners)
    run, rise = (text.get_text() for text in (explorer.run, explorer.rise))
    assert (run, rise) == ("2ε" if direction == "central" else "ε", "Δℓ")
    assert explorer.run.get_visible()
    assert explorer.rise.get_visible()
    explorer.epsilon = 0.01  # no room
    assert not explorer.run.get_visible()
    assert not explorer.rise.get_visible()


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_formula_has_the_numbers_of_the_triangle(direction):
    explorer = SecantExplorer(direction=direction, w0=1.5, epsilon=0.5)
    loss = CURVES["lecture curve"].loss
    left, right = {"forward": (1.5, 2), "backward": (1, 1.5), "central": (1, 2)}[direction]
    below, rise, run, rc = re.fullmatch(
        r"rc = Δℓ / (2?ε) = (\S+) / (\S+) = (\S+)", explorer.formula.get_text()
    ).groups()
    assert below == explorer.run.get_text()
    rise, run, rc = (float(text.replace("−", "-")) for text in (rise, run, rc))
    assert rise == pytest.approx(loss(right) - loss(left), rel=5e-4)
    assert run == right - left
    assert rc == pytest.approx((loss(right) - loss(left)) / (right - left), rel=5e-4)


@pytest.mark.parametrize("epsilon, w0, up", [(0.8, -0.5, 1), (1e-9, -0.5, 1), (1, -3, -1)])
def test_you_are_at_the_dot(epsilon, w0, up):
    """Above it, or below it where the title is near: in pixels of the picture."""
    explorer = RateOfChangeExplorer(epsilon=epsilon, w0=w0)
    figure = explorer.figure
    (dot,) = explorer.here.get_transform().transform(explorer.here.get_xydata())
    box = explorer.you.get_window_extent(figure.canvas.get_renderer())
    assert (box.x0 + box.x1) / 2 == pytest.approx(dot[0], abs=2)
    gap = (box.y0 - dot[1] if up > 0 else dot[1] - box.y1) / figure.dpi
    assert 0 < gap < 0.2
    assert explorer.here.get_xdata()[0] == epsilon


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_gap_under_the_microscope_is_the_error(direction):
    explorer = RateOfChangeExplorer(direction=direction, w0=1.5, epsilon=0.5)
    gap, name = explorer.gap.get_ydata(), explorer.gap_name.get_text()
    if direction == "central":  # whose secant does not go through the weight
        assert np.ptp(gap) == 0
        assert name == ""
        return
    x = {"forward": 1, "backward": -1}[direction]
    np.testing.assert_array_equal(explorer.gap.get_xdata(), [x, x])
    for artist, end in zip((explorer.near_tangent, explorer.near_secant), gap, strict=True):
        assert np.interp(x, *artist.get_data()) == pytest.approx(end, abs=1e-12)
    # in units of epsilon, as the legs of the triangle are: their quotient is rc
    scale = explorer.near_legs.get_ydata()
    rc = float(explorer.names[0].get_text().split("= ")[1].replace("−", "-"))
    scale = rc / (scale[2] - scale[1])
    assert float(name.removeprefix("┃ slope off by ")) == pytest.approx(
        np.ptp(gap) * abs(scale), rel=0.01
    )


def test_the_lines_are_named_with_their_slopes():
    explorer = RateOfChangeExplorer(w0=-0.5, epsilon=0.8)
    for name, words, line in zip(
        explorer.names,
        ("secant: rc", "tangent: gradient"),
        (explorer.secant, explorer.tangent),
        strict=True,
    ):
        said, value = name.get_text().split(" = ")
        assert said == words
        assert name.get_color() == line.get_color()
        x, y = line.get_data()
        slope = (y[1] - y[0]) / (x[1] - x[0])
        assert float(value.replace("−", "-")) == pytest.approx(slope, rel=5e-4)


@pytest.mark.parametrize("w0", [-3, -2, -0.5, 3])
@pytest.mark.parametrize("epsilon", [1, 0.1])
def test_secant_and_tangent_end_above_the_arrow(w0, epsilon):
    explorer = RateOfChangeExplorer(w0=w0, epsilon=epsilon)
    low = explorer.arrow[0].get_ydata()[0]
    for line in (explorer.secant, explorer.tangent):
        assert (line.get_ydata() > low / 2).all()


def test_the_zoom_is_that_of_the_width():
    for epsilon, words in ((1, "2 ×"), (0.5, "4 ×"), (1e-8, "2·10⁸ ×")):
        assert RateOfChangeExplorer(epsilon=epsilon).zoom.get_text() == words


def test_forward_is_there_to_be_compared_with_central_alone():
    explorer = RateOfChangeExplorer(direction="central", w0=1.5)
    measured = errors("lecture curve", 1.5, "float64")[1]
    x, y = explorer.forward.get_data()
    np.testing.assert_array_equal(y[x == 1e-16], measured["forward"][:1])
    assert np.isfinite(y).all()
    assert explorer.forward_name.get_visible()
    explorer.direction = "backward"
    assert np.isnan(explorer.forward.get_ydata()).all()
    assert not explorer.forward_name.get_visible()


def read(text):
    """A number as it is written: 3·10⁻⁸, 10⁻⁴, −1.5."""
    raised = {"⁻": "-"} | {power: str(n) for n, power in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
    parts = re.fullmatch(r"(?:(.+)·)?10([⁻⁰¹²³⁴-⁹]+)", text)
    if parts is None:
        return float(text.replace("−", "-"))
    exponent = int("".join(raised[power] for power in parts[2]))
    return float(f"{parts[1] or 1}e{exponent}")


def test_the_end_of_the_secant_and_the_weight_are_dragged():
    explorer = RateOfChangeExplorer(w0=-0.5, epsilon=0.8)

    def drag(*xs):
        for kind, x in zip(("down", *["move"] * len(xs)), xs, strict=False):
            explorer.set(**explorer.grab(SimpleNamespace(kind=kind, x=x)))
        return explorer.w0, explorer.epsilon

    assert drag(0.25, 0.0) == (-0.5, pytest.approx(0.5, rel=0.06))
    assert drag(-0.6, 1.0) == (1, pytest.approx(0.5, rel=0.06))
    assert drag(-2.0) == (-2, pytest.approx(0.5, rel=0.06))
    assert drag(-1.5, -2.0) == (-2, 1e-16)  # the end laid on the weight


def test_of_one_panel_there_is_no_gradient():
    explorer = SecantExplorer()
    assert len(explorer.figure.axes) == 1
    assert not explorer.tangent.get_visible()
    assert "gradient" not in explorer.summary
    assert RateOfChangeExplorer().tangent.get_visible()


def test_dragging_epsilon_needs_no_new_background():
    explorer = RateOfChangeExplorer()
    before = explorer.live.background
    explorer.set(epsilon=1e-5, w0=1, precision="float32")
    assert explorer.live.background is before


def exact(curve, w, epsilon, direction):
    """(rc, gradient) of a curve by calculus, with no difference of nearly equal numbers."""
    if curve == "wave":  # 1 - cos 2w
        chord = {
            "forward": 2 * np.sin(2 * w + epsilon),
            "backward": 2 * np.sin(2 * w - epsilon),
            "central": np.sin(2 * w) * 2 * np.cos(epsilon),
        }[direction]
        return chord * np.sin(epsilon) / epsilon, 2 * np.sin(2 * w)
    if curve == "exponential":
        rise = {
            "forward": np.expm1(epsilon),
            "backward": -np.expm1(-epsilon),
            "central": np.sinh(epsilon),
        }[direction]
        return np.exp(w) * rise / epsilon - 1, np.expm1(w)
    polynomial = np.polynomial.Polynomial(
        {"lecture curve": [4, 1.2, -1.2, -0.1, 0.15], "parabola": [0, 0, 0.5]}[curve]
    )
    first, second, third, fourth = (polynomial.deriv(n)(w) for n in (1, 2, 3, 4))
    even, odd = third / 6 * epsilon**2, second / 2 * epsilon + fourth / 24 * epsilon**3
    return first + even + {"forward": odd, "backward": -odd, "central": 0}[direction], first


def check_sentence(explorer):
    """Every claim of the sentence: the numbers against the engine's losses, the words against
    calculus and against how floats are spaced.
    """
    curve, direction, precision, epsilon = (
        explorer.curve,
        explorer.direction,
        explorer.precision,
        explorer.epsilon,
    )
    kind = PRECISIONS[precision]
    w, nudge, loss = kind(explorer.w0), kind(epsilon), CURVES[curve].loss
    sentence = explorer.summary.replace("−", "-")
    assert len(sentence) < 190
    verdict, before, rc_said, gradient_said, off, words = re.fullmatch(
        r"(.+?\.) (In .+: )?rc is (\S+), the gradient (\S+): off by (\S+?)(\.|[,;] .+\.)", sentence
    ).groups()
    assert len(verdict.split()) <= 8
    up, down = {
        "forward": (w + nudge, w),
        "backward": (w, w - nudge),
        "central": (w + nudge, w - nudge),
    }[direction]
    rc = float((loss(up) - loss(down)) / (nudge if direction != "central" else 2 * nudge))
    true_rc, gradient = exact(curve, float(w), epsilon, direction)
    assert not re.search(r"-0(?![.\d])|nan|inf|None", sentence)
    assert float(rc_said) == pytest.approx(rc, rel=6e-4)
    assert float(gradient_said) == pytest.approx(gradient, rel=6e-4, abs=2e-15)
    assert read(off) == pytest.approx(abs(rc - gradient), rel=0.006, abs=2e-15)
    lost = re.fullmatch(
        r"In (\w+) w₀ ([+±-]) ε is w₀ itself, so the loss cannot change: ", before or ""
    )
    assert bool(before) == bool(lost) == (up == w == down)
    if lost:
        assert lost.groups() == (
            precision,
            {"forward": "+", "backward": "-", "central": "±"}[direction],
        )
        assert verdict == "The nudge is lost: rc says nothing."
        assert rc == 0
        return
    flat = verdict == "Flat here: no way is downhill."
    assert flat == (abs(gradient) < 1e-12)
    if flat:
        return
    if verdict == "rc would send w₀ uphill.":
        assert words == ", and on the wrong side of 0."
        lr = 1e-4 / abs(rc)
        assert rc != 0
        assert loss(float(w) - lr * rc) > loss(float(w))
        return
    who, change, best = re.search(
        r"(both say|the gradient says): (decrease|increase) w₀\."
        r"(?: The best ε here is near (\S+)\.)?$",
        words if words != "." else verdict[0].lower() + verdict[1:],
    ).groups()
    assert who == ("both say" if rc else "the gradient says")
    assert rc * gradient >= 0
    assert change == ("decrease" if gradient > 0 else "increase")
    truncation, (_, _, round_off, theirs) = (
        abs(true_rc - gradient),
        theory(curve, explorer.w0, precision, direction),
    )
    if best is None:
        assert not 0 < theirs < 1
        return
    best = read(best)
    assert best == pytest.approx(theirs, rel=0.5)
    if verdict == "ε is too big: truncation.":
        assert epsilon > 2 * best
        assert truncation > 4 * round_off / epsilon
    elif verdict == "ε is too small: round-off.":
        assert epsilon < best / 2
        assert truncation < round_off / epsilon / 4
    else:
        assert verdict == "ε is close to the best."
        assert best / 5 < epsilon < 5 * best


def test_the_sentence_is_true(undrawn, monkeypatch):
    """Every curve, direction and precision at the ends of the sliders, at minima, the hill top and
    powers of two, where floats lie closer on one side; and 200 random settings.
    """
    monkeypatch.setattr(
        "lecture3_engine.explorers.rate_of_change_explorer.draw_curve", lambda *args: []
    )
    explorer, rng = RateOfChangeExplorer(), np.random.default_rng(0)
    controls = explorer.controls
    cases = [
        dict(curve=curve, direction=direction, precision=precision, w0=w0, epsilon=epsilon)
        for curve in CURVES
        for direction in DIRECTIONS
        for precision in PRECISIONS
        for w0 in (-3, -2, -1, -0.5, 0, 0.5, 1, 2, 3)
        for epsilon in (1e-16, 1.1e-16, 2e-16, 4e-8, 1e-4, 0.3, 1)
    ]
    cases += [
        {
            name: str(rng.choice(controls[name].options))
            for name in ("curve", "direction", "precision")
        }
        | dict(w0=controls["w0"].nearest(rng.uniform(-3, 3)), epsilon=10 ** rng.uniform(-16, 0))
        for _ in range(100)
    ]
    for case in cases:
        explorer.set(**case)
        check_sentence(explorer)


def check_secant(explorer):
    """Every claim of the sentence of one panel, against calculus."""
    curve, direction, epsilon, w = (
        explorer.curve,
        explorer.direction,
        explorer.epsilon,
        explorer.w0,
    )
    sentence = explorer.summary.replace("−", "-")
    assert len(sentence) < 190
    assert not re.search(r"-0(?![.\d])|nan|inf|None", sentence)
    verdict, places, rise, rc_said, but = re.fullmatch(
        r"(.+?\.) From (.+) the loss changes by (\S+): rc = (\S+?)(, but .+)?\.", sentence
    ).groups()
    assert len(verdict.split()) <= 8
    assert (
        places
        == {
            "forward": "w₀ to w₀ + ε",
            "backward": "w₀ - ε to w₀",
            "central": "w₀ - ε to w₀ + ε",
        }[direction]
    )
    rc, gradient = exact(curve, w, epsilon, direction)
    run = 2 * epsilon if direction == "central" else epsilon
    assert float(rc_said) == pytest.approx(rc, rel=6e-4, abs=1e-11)
    assert float(rise) == pytest.approx(rc * run, rel=6e-4, abs=1e-13)
    grows = gradient > 0
    if verdict == "Flat here: no way is downhill.":
        assert abs(gradient) < 1e-12
    elif verdict == "rc is 0: it sees no slope.":
        assert abs(rc) < 1e-12 < abs(gradient)
    elif verdict == "rc would send w₀ uphill.":
        assert rc * gradient < 1e-11
        assert but == f", but at w₀ itself the loss {'grows' if grows else 'falls'} with w"
    else:
        assert verdict == (
            "The loss grows with w: decrease w₀."
            if grows
            else "The loss falls with w: increase w₀."
        )
        assert rc * gradient > -1e-11
    assert bool(but) == ("uphill" in verdict)


def test_the_sentence_of_one_panel_is_true(undrawn, monkeypatch):
    monkeypatch.setattr(
        "lecture3_engine.explorers.rate_of_change_explorer.draw_curve", lambda *args: []
    )
    explorer, rng = SecantExplorer(), np.random.default_rng(0)
    controls = explorer.controls
    cases = [
        dict(curve=curve, direction=direction, w0=w0, epsilon=epsilon)
        for curve in CURVES
        for direction in DIRECTIONS
        for w0 in (-3, -2.4, -2, -0.5, 0, 0.5, 2, 3)
        for epsilon in (0.01, 0.3, 1)
    ]
    cases += [
        {name: str(rng.choice(controls[name].options)) for name in ("curve", "direction")}
        | dict(w0=controls["w0"].nearest(rng.uniform(-3, 3)), epsilon=10 ** rng.uniform(-2, 0))
        for _ in range(100)
    ]
    verdicts = set()
    for case in cases:
        explorer.set(**case)
        check_secant(explorer)
        verdicts.add(explorer.summary.split(".")[0])
    assert len(verdicts) >= 4
