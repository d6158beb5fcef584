"""Exercises of notebook 09: right solutions of unusual forms pass, plausible wrong ones do not."""

import numpy as np
import pytest

import lecture3_engine as engine
from lecture3_engine import by_hand
from lecture3_engine.exercises import ALL
from lecture3_engine.exercises.backpropagation import CAUSES


def loops(d_outputs, inputs, kernel, bias):
    d_inputs, d_kernel, d_bias = (np.zeros(a.shape) for a in (inputs, kernel, bias))
    for n in range(len(inputs)):
        for j in range(len(bias)):
            if inputs[n] @ kernel[:, j] + bias[j] <= 0:
                continue
            d_bias[j] += d_outputs[n, j]
            d_kernel[:, j] += d_outputs[n, j] * inputs[n]
            d_inputs[n] += d_outputs[n, j] * kernel[:, j]
    return d_inputs, d_kernel, d_bias


def einsums(d_outputs, inputs, kernel, bias):
    d_z = np.where(inputs @ kernel + bias > 0, d_outputs, 0)
    d_kernel = np.einsum("ni,nj->ij", inputs, d_z)
    return [np.einsum("nj,ij->ni", d_z, kernel), d_kernel, np.einsum("nj->j", d_z)]


def by_the_engine(d_outputs, inputs, kernel, bias):
    leaves = [engine.Parameter(a) for a in (inputs, kernel, bias)]
    (engine.relu(engine.dense(*leaves)) * d_outputs).sum().backward()
    return [leaf.grad for leaf in leaves]


def a_copy_in_place(d_outputs, inputs, kernel, bias):
    d_z = d_outputs.copy()
    d_z[inputs @ kernel + bias <= 0] = 0
    return d_z @ kernel.T, (d_z.T @ inputs).T, sum(d_z)


def the_witness(d_outputs, inputs, kernel, bias):
    d_z = by_hand.relu_backward(d_outputs, by_hand.dense(inputs, kernel, bias))
    return by_hand.dense_backward(d_z, inputs, kernel)


@pytest.mark.parametrize("function", [loops, einsums, by_the_engine, a_copy_in_place, the_witness])
def test_a_layer_backward_may_be_written_in_many_ways(function):
    assert ALL["dense_relu_backward"].check(function).passed


def one_by_the_engine(x, w, b, y):
    w, b = engine.Parameter(w), engine.Parameter(b)
    ((w * x + b - y) ** 2).backward()
    return w.grad, b.grad


@pytest.mark.parametrize(
    "function",
    [
        one_by_the_engine,
        lambda x, w, b, y: [-2 * x * (y - w * x - b), -2 * (y - w * x - b)],
        lambda x, w, b, y: (2 * x * x * w + 2 * x * b - 2 * x * y, 2 * (w * x + b - y)),
    ],
)
def test_one_neuron_may_be_written_in_many_ways(function):
    assert ALL["one_neuron_gradients"].check(function).passed


def test_swapped_gradients_are_not_called_a_missing_derivative():
    def function(x, w, b, y):
        common = 2 * (w * x + b - y)
        return common, common * x

    text = ALL["one_neuron_gradients"].check(function).text
    assert "other order" in text
    assert "missing" not in text


@pytest.mark.parametrize("bias_too, words", [(True, "d_kernel and d_bias"), (False, "d_kernel")])
def test_an_averaged_kernel_is_not_called_an_averaged_bias(bias_too, words):
    def function(d_outputs, inputs, kernel, bias):
        d_inputs, d_kernel, d_bias = loops(d_outputs, inputs, kernel, bias)
        return d_inputs, d_kernel / len(inputs), d_bias / (len(inputs) if bias_too else 1)

    assert f"ou average {words} over" in ALL["dense_relu_backward"].check(function).text


def by_a_table(here, in_float64, larger, smaller):
    for error, cause in ((in_float64, "float32"), (larger, "epsilon"), (smaller, "kink")):
        if not error > 1e-6:
            return cause
    return "bug"


def by_argmax(here, in_float64, larger, smaller):
    return CAUSES[np.argmax(np.array([in_float64, larger, smaller, 0]) < 1e-6)]


def in_capitals(here, in_float64, larger, smaller):
    return by_a_table(here, in_float64, larger, smaller).capitalize()


def from_the_bug_on(here, in_float64, larger, smaller):
    if in_float64 > 1e-6 and larger > 1e-6 and smaller > 1e-6:
        return "bug"
    if in_float64 > 1e-6:
        return "kink" if larger > 1e-6 else "epsilon"
    return "float32"


def a_stricter_limit(here, in_float64, larger, smaller):
    limit = 5e-7
    return (
        "float32"
        if in_float64 < limit
        else "epsilon"
        if larger < limit
        else "kink"
        if smaller < limit
        else "bug"
    )


@pytest.mark.parametrize(
    "function", [by_a_table, by_argmax, in_capitals, from_the_bug_on, a_stricter_limit]
)
def test_a_diagnosis_may_be_written_in_many_ways(function):
    assert ALL["diagnose"].check(function).passed


def test_a_diagnosis_in_other_words_is_told_the_four():
    answer = ALL["diagnose"].check(lambda here, in_float64, larger, smaller: "ReLU")
    assert answer.kind == "wrong"
    assert "'float32', 'epsilon', 'kink', 'bug'. It returned 'ReLU'" in answer.text


@pytest.mark.parametrize("limit", [1e-4, 1e-3])
def test_a_limit_that_is_too_high_is_named(limit):
    def function(here, in_float64, larger, smaller):
        if in_float64 < limit:
            return "float32"
        if larger < limit:
            return "epsilon"
        return "kink" if smaller < limit else "bug"

    assert "Your limit is too high" in ALL["diagnose"].check(function).text


@pytest.mark.parametrize("cause", ["float32", "epsilon", "kink"])
def test_the_same_cause_every_time_is_not_called_another(cause):
    text = ALL["diagnose"].check(lambda here, in_float64, larger, smaller: cause).text
    assert text.startswith(f"Yours '{cause}', expected ")


def test_all_four_causes_are_asked_for():
    found = {ALL["diagnose"].solution(**case) for case in ALL["diagnose"].cases}
    assert found == set(CAUSES)


# What the notebook says about gradient checks
# -------------------------------------------------------------------------------


class Network:
    """The notebook's network 3-5-2, with the smallest |z| of its hidden units moved to `corner`."""

    def __init__(self, dtype=np.float64, corner=None):
        rng = np.random.default_rng(1)
        self.X, self.y = rng.normal(size=(4, 3)), np.array([0, 1, 1, 0])
        self.arrays = [rng.normal(size=shape) for shape in ((3, 5), 5, (5, 2), 2)]
        z = self.X @ self.arrays[0] + self.arrays[1]
        sample, self.unit = np.unravel_index(np.abs(z).argmin(), z.shape)
        if corner is not None:
            self.arrays[1][self.unit] -= z[sample, self.unit] - corner
        self.dtype = dtype

    def run(self, kernel):
        arrays = [a.astype(self.dtype) for a in (self.X, kernel, *self.arrays[1:])]
        return by_hand.two_layer_gradients(arrays[0], self.y, *arrays[1:])

    def loss(self, kernel):
        return self.run(kernel)[0]

    @property
    def gradient(self):
        return self.run(self.arrays[0])[1][0]

    def check(self, epsilon, dtype=np.float64, factor=1.0):
        gradient = self.gradient.copy()
        gradient[0, 0] *= factor
        return engine.check_gradient(self.loss, self.arrays[0].astype(dtype), gradient, epsilon)


def test_a_kink_is_reported_for_every_nudge_that_reaches_it_and_no_smaller_one():
    kink = Network(corner=1e-5)
    for epsilon in (1e-2, 1e-3, 1e-4):
        assert not kink.check(epsilon)
        assert kink.check(epsilon).index[1] == kink.unit
    for epsilon in (1e-6, 1e-7, 1e-8):
        assert kink.check(epsilon)
        assert Network().check(epsilon)


def test_round_off_is_forgiven_but_not_a_float32_that_nobody_mentioned():
    assert Network().check(1e-14)
    assert Network(np.float32).check(1e-4, np.float32)
    assert not Network(np.float32).check(1e-4)


def test_a_bug_is_found_unless_epsilon_is_so_small_that_nothing_can_be_seen():
    for epsilon in (1e-3, 1e-5, 1e-7, 1e-9):
        verdict = Network().check(epsilon, factor=1.01)
        assert not verdict
        assert verdict.index == (0, 0)
        assert verdict.relative_error == pytest.approx(0.01, rel=0.02)
    assert Network().check(1e-14, factor=1.01)


def test_exactly_on_the_corner_the_gradient_is_one_of_the_two_differences():
    corner = Network(corner=0)
    z = corner.X @ corner.arrays[0] + corner.arrays[1]
    corner.arrays[1][corner.unit] -= z[np.abs(z[:, corner.unit]).argmin(), corner.unit]
    column = (slice(None), corner.unit)
    sides = [
        engine.numerical_gradient(corner.loss, corner.arrays[0], 1e-7, side)[column]
        for side in ("forward", "backward")
    ]
    assert (np.abs(sides[0] - sides[1]) > 1e-3).all()
    away = np.abs(np.array(sides) - corner.gradient[column]).min(axis=0)
    np.testing.assert_allclose(away, 0, atol=1e-5)
