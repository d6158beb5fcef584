"""Exercise of notebook 02: what its texts and its solution claim."""

import numpy as np

from lecture3_engine.exercises import ALL

UPDATE = ALL["update_one_weight"]


def test_the_solution_takes_whole_numbers():
    new = UPDATE.solution(lambda w: float((w**2).sum()), np.array([1, 2]), (0,), 0.25)
    np.testing.assert_array_equal(new, [0.75, 2])


def test_the_task_does_not_print_its_solution():
    assert "w[index]" not in UPDATE.task
