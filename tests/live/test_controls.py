"""Controls refuse what does not fit, and their steps are those a person would write."""

import math

import numpy as np
import pytest

from lecture3_engine.live import Choice, Player, Slider, Toggle


def control(kind):
    return {
        "linear": lambda: Slider("start  w0", 0.5, min=-4, max=4, step=0.05),
        "log": lambda: Slider("learning rate  lr", 0.1, min=1e-8, max=1, step=0.02, log=True),
        "whole": lambda: Slider("steps  N", 5, min=1, max=100, step=1, whole=True),
        "player": lambda: Player("step", 0, min=0, max=10, step=1, whole=True),
        "choice": lambda: Choice("curve", "a", options=["a", "b"]),
        "toggle": lambda: Toggle("grid", True),
    }[kind]()


@pytest.mark.parametrize(
    "kind, value, error",
    [
        ("linear", 4.01, ValueError),
        ("linear", math.nan, ValueError),
        ("linear", math.inf, ValueError),
        ("linear", "1", TypeError),
        ("linear", None, TypeError),
        ("linear", True, TypeError),
        ("linear", [1.0], TypeError),
        ("log", 0, ValueError),
        ("log", 1 + 2j, TypeError),
        ("whole", 0, ValueError),
        ("whole", 2.5, TypeError),
        ("player", 11, ValueError),
        ("choice", "c", ValueError),
        ("choice", 0, TypeError),
        ("toggle", 1, TypeError),
        ("toggle", "yes", TypeError),
    ],
)
def test_bad_values_are_refused_and_change_nothing(kind, value, error):
    made = control(kind)
    before = made.value
    with pytest.raises(error, match=r"expected .* Received: .*\. .*\."):
        made.value = value
    assert made.value == before


def test_numpy_numbers_become_plain_numbers():
    linear, whole = control("linear"), control("whole")
    linear.value, whole.value = np.float64(1.5), np.int64(7)
    assert type(linear.value) is float
    assert type(whole.value) is int
    linear.value = 2
    assert repr(linear.value) == "2.0"


def test_nearest_gives_numbers_one_would_write():
    linear, log, whole = control("linear"), control("log"), control("whole")
    assert linear.nearest(0.30000001) == 0.3
    assert linear.nearest(99) == 4.0
    assert linear.nearest(-99) == -4.0
    assert log.nearest(0.0123456) == 0.0126
    assert log.nearest(0) == 1e-8
    assert whole.nearest(7.4) == 7
    assert type(whole.nearest(7.4)) is int
    for made in (linear, log):  # what is on a step stays there
        for value in map(made.nearest, np.geomspace(made.max / 1e4, made.max, 50)):
            assert made.nearest(value) == value


def test_the_ends_can_be_reached_where_no_step_ends_there():
    uneven = Slider("x", 0, min=0, max=1, step=0.3)
    assert uneven.nearest(0.99) == 1.0
    assert uneven.nearest(0.9) == pytest.approx(0.9)


def test_new_ends_hold_the_value():
    whole = control("whole")
    whole.value = 90
    whole.max = 50
    assert whole.value == 50


@pytest.mark.parametrize(
    "ends",
    [{"min": 1, "max": 1}, {"min": 0, "max": 1, "log": True}, {"min": 0, "max": 1, "step": 0}],
)
def test_impossible_sliders_are_refused(ends):
    with pytest.raises(ValueError, match="expected min < max"):
        Slider("x", 1, **{"step": 1, **ends})


@pytest.mark.parametrize("kind", ["linear", "whole", "player", "choice", "toggle"])
def test_a_label_may_change_and_the_page_is_told(kind):
    """An error goes on to call the setting by its name."""
    made = control(kind)
    name = made.name
    made.label = "added to  w"
    assert made.get_state(["label"]) == {"label": "added to  w"}
    assert made.name == name
    assert 'model.on("change:label"' in made._esm
