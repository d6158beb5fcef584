"""Exercises of notebooks 03 and 04: what the texts and the solutions claim."""

import numpy as np
import pytest

import lecture3_engine as engine
from lecture3_engine.exercises import ALL
from lecture3_engine.exercises.gradient_descent import prediction


def test_the_numerical_gradient_of_whole_numbers():
    w = np.array([[1, 2]])
    found = ALL["numerical_gradient"].solution(lambda w: (w**2).sum(), w, 0.1)
    np.testing.assert_allclose(found, [[2, 4]])


@pytest.mark.parametrize("name", ["rate_of_change", "gradient_descent", "numerical_gradient"])
def test_the_task_does_not_print_its_solution(name):
    for line in ALL[name].source.splitlines()[1:]:
        right_side = line.partition("=")[2].strip() or line.strip().removeprefix("return ")
        if len(right_side) > 8:
            assert right_side not in ALL[name].task


def test_the_sides_agree_on_a_steep_slope_and_may_not_near_flat_ground():
    """What the prediction of notebook 03 says of the third choice."""
    assert prediction.questions[0].right == "it should decrease"
    loss = engine.surfaces.lecture_curve
    w = np.linspace(-3, 3, 6001)

    def signs_differ(epsilon):
        forward, backward = (
            engine.rate_of_change(lambda w: loss.loss(w[:, None]), w, epsilon, side)
            for side in ("forward", "backward")
        )
        return forward * backward < 0

    slope = np.abs(loss.gradient(w[:, None])[:, 0])
    assert signs_differ(0.8).mean() == pytest.approx(0.4, abs=0.005)
    assert not signs_differ(0.1)[slope > 1].any()
    assert signs_differ(0.1)[slope < 0.05].all()
