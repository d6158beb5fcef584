"""Who may import whom: pyproject.toml says it, as contracts of import-linter."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import lecture3_engine

TOP = Path(__file__).parents[1]


def test_imports_keep_the_contracts():
    pytest.importorskip("importlinter")
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    result = subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


def test_explorers_are_all_in_the_contract():
    """A new explorer has to be added to the contract of independence, which has no wildcard."""
    contracts = (TOP / "pyproject.toml").read_text(encoding="utf-8")
    init = (TOP / "lecture3_engine/explorers/__init__.py").read_text(encoding="utf-8")
    modules = [
        line.split()[1].removeprefix(".") for line in init.splitlines() if line.startswith("from .")
    ]
    assert len(modules) == 15
    for module in modules:
        assert f'"lecture3_engine.explorers.{module}"' in contracts


def test_the_front_door_is_light():
    heavy = ("matplotlib", "ipywidgets", "anywidget", "tqdm", "IPython", "lecture3_engine.live")
    code = f"import sys, lecture3_engine; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


def test_tab_finds_the_rooms():
    assert {"explorers", "exercises", "style", "live", "optim", "Tensor"} <= set(
        dir(lecture3_engine)
    )


ENGINE = (
    "by_hand",
    "datasets",
    "descent",
    "finite_difference",
    "functional",
    "layers",
    "optim",
    "surfaces",
    "tensor",
    "training",
)


def lines_of(node):
    return set(range(node.lineno, node.end_lineno + 1))


def is_check(node):
    """An `if` or `except` that ends in raise, a private function that raises."""
    if isinstance(node, ast.FunctionDef):
        private = node.name.startswith("_") and not node.name.startswith("__")
        return private and any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    return isinstance(node, ast.If | ast.ExceptHandler) and isinstance(node.body[-1], ast.Raise)


def is_docstring(node):
    return isinstance(node, ast.Expr) and isinstance(getattr(node.value, "value", None), str)


@pytest.mark.parametrize("name", ENGINE)
def test_checks_stay_in_their_room(name):
    """A reader finds the algorithm: at most 15% of the lines of code are checks."""
    source = (TOP / f"lecture3_engine/{name}.py").read_text(encoding="utf-8")
    nodes = [node for node in ast.walk(ast.parse(source)) if hasattr(node, "lineno")]
    text = set().union(*(lines_of(node) for node in nodes if is_docstring(node)))
    written = enumerate(source.splitlines(), 1)
    code = {number for number, line in written if line.strip() and line.strip()[0] != "#"} - text
    checks = set().union(*(lines_of(node) for node in nodes if is_check(node))) & code
    assert len(checks) <= 0.15 * len(code)
