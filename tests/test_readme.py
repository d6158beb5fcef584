"""Every command of README and CONTRIBUTING is typed, in a copy of the checkout: none ends in an
exception.

A command that is new there fails `test_every_command_is_covered` until it stands in one of the
tables here.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lab import BROWSERS, find_axe, find_chromium

TOP = Path(__file__).parents[1]
TEXTS = [(TOP / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md")]
PROGRAMS = [
    "bash",
    "conda",
    "git",
    "jupyter",
    "mkdocs",
    "npm",
    "npx",
    "pip",
    "pip3",
    "pre-commit",
    "pytest",
    "python",
    "python3",
    "ruff",
    "source",
    "uv",
]

# The command, or its shortest form.
RUN = {
    # Whoever runs this runs these tests: only what some of them find is looked for.
    "pytest": "pytest --collect-only -q tests/test_style.py",
    "pytest -n 2 --dist loadfile": (
        "pytest -n 2 --dist loadfile --collect-only -q tests/test_style.py"
    ),
    'pytest -n 2 --dist loadfile -m "not browser and not slow"': (
        'pytest -n 2 --dist loadfile -m "not browser and not slow" --collect-only -q'
        " tests/test_style.py"
    ),
    "pytest -m browser": "pytest -m browser --collect-only -q tests/browser",
    "pytest tests/test_tensor.py": "pytest tests/test_tensor.py --collect-only -q",
    "pytest notebooks/10_*.ipynb": "pytest notebooks/10_*.ipynb --collect-only -q",
    "pytest tests/explorers tests/browser -k YourExplorer": (
        "pytest tests/explorers tests/browser -k OneWeightExplorer --collect-only -q"
    ),
    "pytest tests/exercises": "pytest tests/exercises --collect-only -q",
    # the quickest to build
    "python notebooks/tools/build_notebooks.py 10": "python notebooks/tools/build_notebooks.py 11",
    "python notebooks/tools/build_notebooks.py --check": (
        "python notebooks/tools/build_notebooks.py --check 11"
    ),
    "python notebooks/tools/draw_pictures.py": "python notebooks/tools/draw_pictures.py",
    # unpacking pip takes ten seconds
    "python3 -m venv .venv": "python -m venv --without-pip .venv",
    # otherwise an hour, and cosmic-ray, which nothing else needs
    "python tests/mutation.py": "python tests/mutation.py --help",
    "python tests/benchmarks/training.py": "python tests/benchmarks/training.py --quick",
    "python tests/benchmarks/descents.py": "python tests/benchmarks/descents.py --quick",
    "python tests/benchmarks/import_time.py": "python tests/benchmarks/import_time.py --quick",
    "python tests/benchmarks/live.py": "python tests/benchmarks/live.py --quick",
    "python tests/benchmarks/explorers.py": "python tests/benchmarks/explorers.py --quick",
    "python tests/benchmarks/classroom.py": "python tests/benchmarks/classroom.py --quick",
    # These run without an end, or change the environment that the tests are in.
    "jupyter lab notebooks": "jupyter lab --version",  # tests/browser starts it
    "jupyter labextension disable lecture3_engine": (
        "jupyter labextension disable --level=user lecture3_engine"
    ),
    "jupyter server extension disable lecture3_engine.server": (
        "jupyter server extension disable --user lecture3_engine.server"
    ),
    "bash .ci/run": "bash -n .ci/run",  # this test is a part of it
    "ruff format": "ruff format --check",
    "ruff check --fix": "ruff check",
}
TORCH = {"python tests/benchmarks/training.py"}  # compare with PyTorch
BROWSER = {
    "python tests/benchmarks/browser_latency.py": (
        "python tests/benchmarks/browser_latency.py --quick"
    ),
    "python notebooks/tools/film.py": "python notebooks/tools/film.py --quick",
}
SITE = {  # with the site that tests/browser builds, by the same script
    # otherwise from the network
    "python notebooks/site/build.py": "python notebooks/site/build.py --help",
    "python tests/benchmarks/lite.py": "python tests/benchmarks/lite.py --quick --site SITE",
}
NOT_RUN = {  # and why
    "pip install -e .": "installs; .ci/run and .github/workflows/test.yml do it",
    'pip install -e ".[test]"': "installs; .ci/run and .github/workflows/test.yml do it",
    'pip install -e ".[docs]"': "installs; .ci/run does it",
    "mkdocs build --strict": "needs these; .ci/run does it",
    "pip install torch": "installs; .ci/run does it",
    'pip install "lecture3_engine @ git+https://github.com/OWNER/REPOSITORY"': (
        "installs from the network"
    ),
    "pip wheel --no-deps .": (
        "gets hatchling from the network; tests/test_distribution.py does it without"
    ),
    "pip uninstall lecture3_engine": "takes away what is tested",
    "npm install axe-core": "installs; .ci/run does it",
    "npx @biomejs/biome@2.6.8 check --write": "installs; .ci/run does it",
    "pip install pre-commit": "installs",
    "pre-commit install": "changes the clone; what it starts are ruff and biome",
    "git config blame.ignoreRevsFile .git-blame-ignore-revs": "changes the clone",
    "git blame": "without a file, an error",
    "source .venv/bin/activate": "changes the shell it is typed in",
    "conda env create": (
        "installs; tests/test_project.py holds environment.yml against pyproject.toml"
    ),
    "conda activate lecture3": "changes the shell it is typed in",
    "uv venv": "uv is no dependency",
    "uv pip install -e .": "installs",
    'uv pip install --resolution lowest-direct -e ".[test]"': "installs",
    "uv run --no-project jupyter lab notebooks": (
        "uv is no dependency; what it starts is `jupyter lab notebooks`"
    ),
}


def commands(text):
    """Each command that a text tells to type: all lines of its blocks, and what stands `so` and
    begins with a program.
    """
    fence = re.compile(r"^```\w*\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)
    lines = [line for block in fence.findall(text) for line in block.splitlines() if line.strip()]
    starts = re.compile(rf"(?:{'|'.join(PROGRAMS)})(?=\s|$)")
    lines += [
        code for code in re.findall(r"`([^`\n]+)`", fence.sub("", text)) if starts.match(code)
    ]
    parts = [part.strip() for line in lines for part in re.sub(r"\s#\s.*", "", line).split("&&")]
    return list(dict.fromkeys(parts))


def test_commands_are_found_in_blocks_and_in_sentences():
    text = (
        "Type `python one.py`, not `python.js`:\n```\nmake all && ./go  # now\n```\n| `pytest -q` |"
        " `repr` | `pytest` |"
    )
    assert commands(text) == ["make all", "./go", "python one.py", "pytest -q", "pytest"]


def test_every_command_is_covered():
    covered = [*RUN, *BROWSER, *SITE, *NOT_RUN]
    assert len(covered) == len(set(covered))
    assert {command for text in TEXTS for command in commands(text)} == set(covered)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The checkout as it is now: some commands write pictures and notebooks."""
    folder = tmp_path_factory.mktemp("readme") / "checkout"
    left_out = shutil.ignore_patterns(
        ".git",
        ".venv",
        "__pycache__",
        "node_modules",
        "dist",
        "test-results",
        ".hypothesis",
        ".*_cache",
    )
    shutil.copytree(TOP, folder, ignore=left_out)
    return folder


def type_in(folder, command):
    """Run a command as typed in that folder, with settings of its own."""
    settings = folder.parent / "settings"
    scripts = Path(sys.executable).parent  # of the environment, active or not
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")
    }
    environment.pop("LECTURE3_NO_SKIPS", None)
    environment |= {
        "PATH": os.pathsep.join([str(scripts), os.environ["PATH"]]),
        "PYTHONPATH": str(folder),  # the package of the copy
        "JUPYTER_CONFIG_DIR": str(settings),
        "JUPYTERLAB_SETTINGS_DIR": str(settings / "lab"),
        "LECTURE3_AXE": str(find_axe() or ""),
    }
    if sys.platform == "win32" and command.startswith("pytest notebooks/10_*"):
        command = f"pytest {next((folder / 'notebooks').glob('10_*.ipynb')).relative_to(folder)}"
    command = re.sub(r"^python\b", f'"{Path(sys.executable).as_posix()}"', command)
    ended = subprocess.run(  # noqa: S602 as a reader of the README types it
        command,
        shell=True,
        check=False,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    said = ended.stdout + ended.stderr
    assert ended.returncode == 0, f"{command}\n{said}"
    assert "Traceback" not in said, f"{command}\n{said}"


@pytest.mark.parametrize("command", RUN)
def test_it_runs(copy, command):
    if command in TORCH:
        pytest.importorskip("torch", reason="torch is not installed: pip install torch")
    if command.startswith("bash") and not shutil.which("bash"):
        pytest.skip("no bash on the PATH")
    type_in(copy, RUN[command])


@pytest.mark.parametrize("command", BROWSER)
def test_it_runs_with_a_browser(copy, command):
    if find_chromium() is None:
        pytest.skip(
            f"no Chromium on the PATH (looked for {', '.join(BROWSERS)}): apt-get install chromium"
        )
    type_in(copy, BROWSER[command])


@pytest.mark.parametrize("command", SITE)
def test_it_runs_with_the_site(copy, command, built_site):
    if find_chromium() is None:
        pytest.skip(
            f"no Chromium on the PATH (looked for {', '.join(BROWSERS)}): apt-get install chromium"
        )
    type_in(copy, SITE[command].replace("SITE", f'"{built_site.as_posix()}"'))
