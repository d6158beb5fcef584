"""The engine's tests, all of them, in the Python that runs in a learner's browser: Pyodide, here under Node."""

import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]

# What is not the engine, or cannot be there.
ELSEWHERE = {
    "browser": "starts a browser, and a JupyterLab in another process",
    "live/test_server_extension.py": "the part of the package that runs in Jupyter's server",
    "test_against_torch.py": "there is no torch for the browser",
    "test_architecture.py": "reads the sources, and starts Python in another process",
    "test_notebooks.py": "needs nbformat, whose rpds-py is compiled; notebooks are built at a desk",
    "test_project.py": "reads the repository",
    "test_pyodide.py": "this file",
}
# The explorers open there too. Their sweeps take the browser's Python ten minutes, and their numbers do not depend on where they are computed.
PARTS = [["tests/explorers/test_contract.py", "-k", "constructible"], ["tests", "--ignore=tests/explorers"]]


def test_the_engine_in_pyodide(built_site, tmp_path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on the PATH, to run Pyodide with: apt-get install nodejs")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", "--target", tmp_path / "tools"]
    browsers = ["--python-version", "3.14", "--platform", "any", "--only-binary=:all:"]
    subprocess.run([*pip, *browsers, "pytest", "hypothesis"], check=True)
    # Copies, and without the package: the tests shall import the one of the site.
    shutil.copytree(TOP / "tests", tmp_path / "project/tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(TOP / "pyproject.toml", tmp_path / "project")

    common = ["-o", "addopts=", "--strict-markers", "-p", "no:cacheprovider", "-v", "-rs", "--durations=25"]
    common += [f"--ignore=tests/{path}" for path in ELSEWHERE]
    command = [node, TOP / "tests/pyodide/run.mjs", built_site / "static/pyodide", tmp_path / "tools", tmp_path / "project", *common]
    # Each part in a Python of its own: one would run out of memory, of which there are 4 GB at most.
    with ThreadPoolExecutor(len(PARTS)) as pool:
        runs = list(pool.map(lambda part: run([*command, *part], tmp_path / f"{PARTS.index(part)}.txt"), PARTS))
    print(*[output for _, output in runs], sep="\n")
    assert [status for status, _ in runs] == [0] * len(PARTS)
    assert sum(int(re.search(r"(\d+) passed", output.splitlines()[-1])[1]) for _, output in runs) > 1000


def run(command, log):
    """Run a command. Returns its exit status and what it said, which can be read in `log` while it runs."""
    with log.open("w") as file:
        status = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, timeout=1200).returncode
    return status, log.read_text()
