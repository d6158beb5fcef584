"""Who may import whom: pyproject.toml says it, as contracts of import-linter."""

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
    assert len(modules) == 13
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
