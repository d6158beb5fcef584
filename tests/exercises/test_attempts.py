"""What students write: no right solution is refused, no wrong one passes, and each is told why.

The solutions are in `attempts`; the known mistakes of each exercise have tests of their own.
"""

import builtins
import copy
import inspect
import linecache
import re
import sys

import pytest
from attempts import RIGHT, WRONG
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from lecture3_engine.exercises import ALL, check


def each(table):
    return [
        pytest.param(name, one, id=f"{name}-{getattr(one, 'function', one).__name__}")
        for name in ALL
        for one in table[name]
    ]


@pytest.mark.parametrize("name", ALL)
def test_at_least_five_right_and_five_wrong_solutions_are_tried(name):
    known = {mistake.function for mistake in ALL[name].mistakes.values()}
    assert len(set(RIGHT[name]) - {ALL[name].solution}) >= 5
    assert len({one.function for one in WRONG[name]} - known) >= 5


@pytest.mark.parametrize("name, function", each(RIGHT))
def test_a_right_one_passes(name, function):
    answer = ALL[name].check(function)
    assert answer.passed, answer


@pytest.mark.parametrize("name, one", each(WRONG))
def test_a_wrong_one_is_told_why(name, one):
    answer = ALL[name].check(one.function)
    assert answer.kind == "wrong"
    if one.mistake:
        assert answer.text.startswith(ALL[name].mistakes[one.mistake].message)
        return
    if one.words:
        assert one.words in answer.text
    else:
        assert answer.text.startswith("Yours ")
        assert ", expected " in answer.text
    # the input that shows it; where nothing comes back at all, any would
    assert "with `" in answer.text or "gives back `None`" in answer.text


# What never ends, and what never begins


def cell(name, *lines):
    head = f"def {name}{inspect.signature(ALL[name].solution)}:"
    return "\n    ".join([head, *lines])


LOOPS = {
    "one line": ["while True: pass"],
    "counts to nowhere": ["i = 0", "while i < 10:", "    j = i + 1", "return j"],
    "catches exceptions": [
        "i = 0",
        "while i < 10:",
        "    try:",
        "        i = i * 1",
        "    except Exception:",
        "        i = 0",
        "return i",
    ],
    "catches everything": [
        "i = 0",
        "while i < 10:",
        "    try:",
        "        i = i * 1",
        "    except:",
        "        i = 0",
        "return i",
    ],
    "catches everything in a function that it calls": [
        "def step(i):",
        "    try:",
        "        return i * 1",
        "    except:",
        "        return 0",
        "i = 0",
        "while i < 10:",
        "    i = step(i)",
        "return i",
    ],
}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("loop", LOOPS)
def test_a_loop_without_an_end_is_stopped(name, loop, monkeypatch):
    monkeypatch.setattr("lecture3_engine.exercises.exercise.SECONDS", 0.02)
    namespace, before = {}, sys.gettrace()
    text = cell(name, *LOOPS[loop])
    # Python keeps the text of a cell, because IPython sees to it
    kept = len(text), None, text.splitlines(keepends=True), "a cell"
    monkeypatch.setitem(linecache.cache, "a cell", kept)
    exec(compile(text, "a cell", "exec"), namespace)
    answer = check(namespace[name])
    assert answer.kind == "wrong"
    assert "EndlessLoop: it had not ended after 0.02 seconds" in answer.text
    assert "in the line `" in answer.text
    assert sys.gettrace() is before


@pytest.mark.parametrize("name", ALL)
def test_what_is_expected_is_not_limited_in_time(name, monkeypatch):
    """On a slow machine an endless loop would be right, if the solution were stopped as well."""
    monkeypatch.setattr("lecture3_engine.exercises.exercise.SECONDS", 0)
    fresh = copy.copy(ALL[name])
    vars(fresh).pop("_expected", None)  # it is kept from one check to the next
    answer = fresh.check(fresh.solution)
    assert answer.kind == "wrong"
    assert "EndlessLoop" in answer.text


def test_one_loop_without_an_end_is_waited_for_and_not_one_for_each_input(monkeypatch):
    monkeypatch.setattr("lecture3_engine.exercises.exercise.SECONDS", 0.02)
    calls = []

    def diagnose(here, in_float64, larger, smaller):
        calls.append(here)
        while True:
            pass

    assert "EndlessLoop" in check(diagnose).text
    assert len(calls) == 1 < len(ALL["diagnose"].cases)


def test_a_loop_without_an_end_in_a_try_is_stopped_in_that(monkeypatch):
    monkeypatch.setattr("lecture3_engine.exercises.exercise.SECONDS", 0.02)

    def share_right(y_pred, y_true):
        try:
            while True:
                pass
        except:  # noqa: E722, as a learner may
            return 7.0

    assert check(share_right).text.startswith("Yours 7, expected 0.75")


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """A notebook's Python. It leaves nothing behind."""
    config = Config(HistoryManager=dict(enabled=False))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "__main__", sys.modules["__main__"])
        for name in ("display", "__IPYTHON__"):
            patch.setattr(builtins, name, None, raising=False)
        yield InteractiveShell(config=config, ipython_dir=str(tmp_path_factory.mktemp("ipython")))


SLIPS = {
    "no colon": lambda source: source.replace(":\n", "\n", 1),
    "one parenthesis too many": lambda source: source.replace("return ", "return (", 1),
    "not indented": lambda source: re.sub(r"\n +", "\n", source, count=1),
}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("slip", SLIPS)
def test_a_syntax_error_is_shown_and_no_other_answer(shell, name, slip, capsys):
    source = f"{ALL[name].source}\n\n\nengine.exercises.check({name})"
    result = shell.run_cell(SLIPS[slip](source))
    assert isinstance(result.error_before_exec, SyntaxError)
    shown = re.sub(r"\x1b\[[\d;]*m", "", "".join(capsys.readouterr()))  # without its colors
    assert re.search("(Syntax|Indentation)Error: ", shown)
    assert "^" in shown  # it points at the place
    assert f"{name}:" not in shown  # as an answer of the check begins
