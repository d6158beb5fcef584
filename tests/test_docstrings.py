"""Every example in a docstring gives what it says."""

import doctest
import importlib
import pkgutil

import pytest

import lecture3_engine

MODULES = [
    m.name
    for m in pkgutil.iter_modules(lecture3_engine.__path__)
    if m.name not in ("notebooks", "live", "explorers", "exercises")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    module = importlib.import_module(f"lecture3_engine.{name}")
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_every_public_thing_says_what_it_is(name):
    module = importlib.import_module(f"lecture3_engine.{name}")
    assert module.__doc__
    for attribute, thing in vars(module).items():
        if (
            callable(thing)
            and getattr(thing, "__module__", None) == module.__name__
            and not attribute.startswith("_")
        ):
            assert thing.__doc__, f"{name}.{attribute}"
