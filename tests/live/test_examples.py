"""Every example in a docstring of the live pictures and of the exercises gives what it says."""

import doctest
import importlib
import pkgutil

import pytest

from lecture3_engine import exercises, live

MODULES = [
    f"{room.__name__}.{module.name}"
    for room in (live, exercises)
    for module in pkgutil.iter_modules(room.__path__)
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_the_public_names_have_examples():
    """All of them, but for the lock."""
    for name in live.__all__:
        assert name == "LOCK" or ">>>" in getattr(live, name).__doc__, name
    for name in exercises.__all__:
        thing = getattr(exercises, name)
        assert not callable(thing) or ">>>" in thing.__doc__, name
