"""Exercises of notebook 09, and what the notebook says about gradient checks."""

import numpy as np
import pytest

import lecture3_engine as engine
from lecture3_engine import by_hand
from lecture3_engine.exercises import ALL
from lecture3_engine.exercises.backpropagation import CAUSES


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
