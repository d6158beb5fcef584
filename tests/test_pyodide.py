"""The engine's tests, all of them, in the Python that runs in a learner's browser: Pyodide, here
under Node.
"""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]

spec = importlib.util.spec_from_file_location("build", TOP / "notebooks/site/build.py")
spec.loader.exec_module(build := importlib.util.module_from_spec(spec))

# What is not the engine, or cannot be there.
ELSEWHERE = {
    "browser": "starts a browser, and a JupyterLab in another process",
    "test_bad_input.py": "what it asks is answered in words, the same everywhere",
    "explorers": "in that Python, too, but in a browser: tests/browser/test_site.py",
    "live": "the same",
    "exercises/test_attempts.py": "300 solutions; those of the exercises themselves are tried",
    "reading": "reads the sources of the notebooks",
    "test_against_torch.py": "there is no torch for the browser",
    "test_optim_against_torch.py": "there is no torch for the browser",
    "test_architecture.py": "reads the sources, and starts Python in another process",
    "test_distribution.py": "builds and installs in other processes",
    "test_notation.py": "reads the repository",
    "test_notebooks.py": "needs nbformat, whose rpds-py is compiled; notebooks are built at a desk",
    "test_project.py": "reads the repository",
    "test_pyodide.py": "this file",
    "test_readme.py": "types commands",
}
# The sources of the notebooks are not there.
ONLY = ["-k", "not only_source_of_colors"]


def test_the_engine_in_pyodide(built_site, tmp_path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on the PATH, to run Pyodide with: apt-get install nodejs")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-compile",
        "--target",
        tmp_path / "tools",
    ]
    browsers = ["--python-version", build.PYTHON_VERSION, "--platform", "any"]
    browsers += ["--only-binary=:all:"]
    subprocess.run([*pip, *browsers, "pytest", "hypothesis"], check=True)
    # Copies, and without the package: the tests shall import the one of the site.
    shutil.copytree(
        TOP / "tests", tmp_path / "project/tests", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(TOP / "pyproject.toml", tmp_path / "project")
    (tmp_path / "project/notebooks/tools").mkdir(parents=True)
    shutil.copy(TOP / "notebooks/tools/build_notebooks.py", tmp_path / "project/notebooks/tools")

    options = [
        "-o",
        "addopts=",
        "--strict-markers",
        "-p",
        "no:cacheprovider",
        "-v",
        "-rs",
        "--durations=25",
        *ONLY,
    ]
    options += [f"--ignore=tests/{path}" for path in ELSEWHERE]
    command = [
        node,
        TOP / "tests/pyodide/run.mjs",
        built_site / "static/python",
        tmp_path / "tools",
        tmp_path / "project",
        *options,
        "tests",
    ]
    log = tmp_path / "log.txt"  # which can be read while it runs
    with log.open("w") as file:
        status = subprocess.run(
            command, stdout=file, stderr=subprocess.STDOUT, timeout=1200, check=False
        ).returncode
    output = log.read_text()
    print(output)  # noqa: T201 pytest shows it where the test fails
    assert status == 0
    assert int(re.search(r"(\d+) passed", output.splitlines()[-1])[1]) > 1000


def test_pyodide_is_taken_from_a_folder_or_downloaded(pyodide_folder, tmp_path):
    """What the site's build does without --pyodide, with a folder in place of Pyodide's own
    address.
    """
    taken = {}
    for name, source in (("copied", pyodide_folder), ("downloaded", None)):
        core, wheels = tmp_path / name / "core", tmp_path / name / "wheels"
        core.mkdir(parents=True)
        wheels.mkdir()
        build.take_pyodide(source, wheels, core, pyodide_folder.as_uri())
        taken[name] = {
            file.relative_to(tmp_path / name): file.read_bytes()
            for file in (tmp_path / name).rglob("*.*")
        }
        wanted = {"micropip", "numpy", "matplotlib", "pillow", "six"}  # six: of python-dateutil
        assert wanted <= {wheel.name.split("-")[0] for wheel in wheels.iterdir()}
    assert taken["copied"] == taken["downloaded"]
    with pytest.raises(ValueError, match="leave --pyodide out"):
        build.take_pyodide(tmp_path, tmp_path, tmp_path, "")


def test_another_python_is_an_error_that_says_where_it_stands(tmp_path):
    lock = {"info": {"python": "3.99.0"}, "packages": {}}
    (tmp_path / "pyodide-lock.json").write_text(json.dumps(lock))
    (tmp_path / "core").mkdir()
    with pytest.raises(ValueError, match=r"Received 3\.99\.0: change PYTHON_VERSION in build\.py"):
        build.take_pyodide(tmp_path, tmp_path, tmp_path / "core", "")


@pytest.mark.parametrize("files, there, sentence", build.HOLDS)
def test_an_update_of_the_pins_says_what_it_broke(built_site, tmp_path, files, there, sentence):
    """The sentences of the build, before and after the pinned text has changed."""
    for file in built_site.glob(files):
        if text := re.sub(there, "", file.read_text()):
            copy = tmp_path / file.relative_to(built_site)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text)
    assert sentence not in build.broken_holds(built_site), sentence
    assert sentence in build.broken_holds(tmp_path)
