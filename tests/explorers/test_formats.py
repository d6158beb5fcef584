"""What the explorers share: numbers as they are written, and rooms that are no explorers."""

import ast
import doctest
import inspect
from pathlib import Path

from lecture3_engine import explorers
from lecture3_engine.explorers import formats

FOLDER = Path(explorers.__file__).parent
MODULES = {
    Path(inspect.getfile(cls)).stem for _, cls in inspect.getmembers(explorers, inspect.isclass)
}


def test_examples():
    results = doctest.testmod(formats)
    assert results.attempted
    assert not results.failed


def test_no_explorer_imports_another():
    """What two of them need stands in a file of its own."""
    assert len(MODULES) == 15
    for path in FOLDER.glob("[!_]*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == 1:
                names = {node.module} if node.module else {alias.name for alias in node.names}
                assert not names & MODULES, f"{path.name} imports {names & MODULES}"
