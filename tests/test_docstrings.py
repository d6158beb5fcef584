"""Each example in a docstring gives what it says, and the engine is documented in numpydoc form."""

import dis
import doctest
import importlib
import inspect
import pkgutil
import re

import pytest

import lecture3_engine
from lecture3_engine import checks

MODULES = [
    m.name
    for m in pkgutil.iter_modules(lecture3_engine.__path__)
    if m.name not in {"notebooks", "live", "explorers", "exercises"}
]
ENGINE = [
    "finite_difference",
    "by_hand",
    "tensor",
    "functional",
    "layers",
    "optim",
    "surfaces",
    "descent",
    "datasets",
    "training",
]


def public(module):
    """(name, thing) of each public function and class that the module defines."""
    for name, thing in vars(module).items():
        if not (inspect.isclass(thing) or inspect.isfunction(thing)) or name.startswith("_"):
            continue
        if (thing.__module__, thing.__name__) == (module.__name__, name):
            yield name, thing


def methods(cls):
    """(name, thing) of each public method and property that is first defined in this class."""
    inherited = {name for base in cls.__mro__[1:] for name in vars(base)}
    for name, thing in vars(cls).items():
        kinds = property, classmethod, type(lambda: None)
        if isinstance(thing, kinds) and not name.startswith("_") and name not in inherited:
            yield f"{cls.__name__}.{name}", getattr(thing, "__func__", thing)


def sections(thing):
    """The sections of a docstring in numpydoc form: {"Parameters": "w : array ...", ...}."""
    parts = re.split(r"^(\w+(?: \w+)?)\n-{3,}\n", inspect.getdoc(thing), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def documented(text):
    """The names in a section: "betas : tuple" and "loss, w : array"; descriptions are indented."""
    lines = [line for line in text.splitlines() if line and not line.startswith(" ")]
    return [name.strip(" *") for line in lines for name in line.partition(" : ")[0].split(",")]


def parameters(thing):
    return [name for name in inspect.signature(thing).parameters if name not in {"self", "cls"}]


def raises(function):
    """Whether the function raises by itself, asks `checks`, or is decorated by it."""
    layers = [function]
    while hasattr(layers[-1], "__wrapped__"):
        layers.append(layers[-1].__wrapped__)
    code, known = layers[-1].__code__, layers[-1].__globals__
    asked = [known.get(name) for name in code.co_names]
    return (
        any(step.opname == "RAISE_VARARGS" for step in dis.get_instructions(code))
        or any(
            one is checks or getattr(one, "__module__", None) == checks.__name__ for one in asked
        )
        or any(layer.__globals__["__name__"] == checks.__name__ for layer in layers)
    )


PUBLIC = {
    f"{module}.{name}": thing
    for module in ENGINE
    for name, thing in public(importlib.import_module(f"lecture3_engine.{module}"))
}
METHODS = {
    f"{cls.__module__.partition('.')[2]}.{name}": thing
    for cls in PUBLIC.values()
    if inspect.isclass(cls)
    for name, thing in methods(cls)
}
ALL = PUBLIC | METHODS
each = pytest.mark.parametrize("thing", ALL.values(), ids=ALL)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    """Looked for one by one, because doctest overlooks what a decorator of another module wraps."""
    module = importlib.import_module(f"lecture3_engine.{name}")
    finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner()
    for where, thing in public(module):
        inside = methods(thing) if inspect.isclass(thing) else ()
        for at, one in ((where, thing), *inside):
            for test in finder.find(one, f"{name}.{at}", module, vars(module).copy()):
                runner.run(test)
    assert runner.summarize().failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_every_public_thing_says_what_it_is(name):
    module = importlib.import_module(f"lecture3_engine.{name}")
    assert module.__doc__
    for where, thing in public(module):
        assert thing.__doc__, f"{name}.{where}"


@each
def test_the_first_line_is_a_sentence_or_a_formula(thing):
    first, *rest = inspect.getdoc(thing).splitlines()
    assert first.endswith(".")
    assert not rest or not rest[0]


@each
def test_every_argument_is_documented_in_its_order(thing):
    if isinstance(thing, property):
        return
    found = sections(thing)
    names = documented(found.get("Parameters", ""))
    if inspect.isclass(thing) and not names:  # a dataclass: its arguments are its attributes
        names = documented(found.get("Attributes", ""))
        assert set(parameters(thing)) <= set(names)
    else:
        assert names == parameters(thing)


@each
def test_what_comes_back_is_documented(thing):
    if inspect.isfunction(thing):
        given = inspect.signature(thing).return_annotation
        assert given is not inspect.Signature.empty, "a type for what comes back"
        assert ("Returns" in sections(thing)) == (given not in {"None", None})


@each
def test_what_is_refused_is_documented(thing):
    function = vars(thing).get("__init__") if inspect.isclass(thing) else thing
    if inspect.isfunction(function) and raises(function):
        assert re.search(r"^\w+Error", sections(thing).get("Raises", ""))


@pytest.mark.parametrize("thing", PUBLIC.values(), ids=PUBLIC)
def test_there_is_an_example(thing):
    assert ">>> " in sections(thing).get("Examples", "")
