"""Exercises of notebook 08: what the texts claim is true."""

import numpy as np
import pytest

from lecture3_engine.exercises import ALL

STEPS = ["rmsprop_step", "adam_step"]


@pytest.mark.parametrize("name", STEPS)
def test_the_task_does_not_print_its_solution(name):
    task = ALL[name].task.replace(" ", "")
    assert not any(code in task for code in ("**", "sqrt", "*gradient", "*m", "*v", "lr*", "/("))


def test_the_first_step_of_rmsprop_is_as_long_as_said():
    case = ALL["rmsprop_step"].cases[0] | {"alpha": 0.99}
    w, _ = ALL["rmsprop_step"].solution(**case)
    np.testing.assert_allclose((case["w"] - w) / case["lr"], [10, -10, 0], rtol=1e-6)
