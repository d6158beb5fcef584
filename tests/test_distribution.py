"""What reaches others: a source distribution and wheels are built, installed into an empty folder,
and used from there.
"""

import json
import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from lecture3_engine import __version__

pytestmark = pytest.mark.slow
TOP = Path(__file__).parents[1]
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
# What only those who work on the course need: no folder or file of a wheel is called so.
MAINTAINERS = {
    "tests",
    "notebooks",
    "benchmarks",
    "conftest.py",
    "mutation.py",
    "build.py",
    "build_notebooks.py",
    "draw_pictures.py",
    "film.py",
    "lab.py",
    "mkdocs.yml",
    ".ci",
    ".github",
    ".gitignore",
    ".git-blame-ignore-revs",
    ".pre-commit-config.yaml",
    "biome.json",
}
# No network: what builds is installed, as it is for the tests.
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
ALONE = ["--no-deps", "--no-index"]

# In a folder that has nothing of ours, with the installed copy before all others on the path.
USE = """
import importlib.metadata, json
import lecture3_engine as engine
from lecture3_engine import exercises, explorers, live, server, style

explorer = explorers.LearningRateExplorer(lr=0.1)
print(json.dumps({
    "places": [module.__file__ for module in (engine, exercises, explorers, live, server, style)],
    "versions": [engine.__version__, importlib.metadata.version("lecture3_engine")],
    "digits": len(engine.load_mnist().train_images),
    "sentence": explorer.summary,
}))
"""


def run(*command, **options):
    ended = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", check=False, **options
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def files_in(folder):
    return {
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sdist")
    run(
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "--target",
        "sdist",
        "--directory",
        folder,
        cwd=TOP,
    )
    (path,) = folder.iterdir()
    return path


@pytest.fixture(scope="module", params=["checkout", "sdist"])
def wheel(request, sdist, tmp_path_factory):
    """A wheel of the checkout, and one of the source distribution."""
    pytest.importorskip("pip", reason="pip is not installed: python -m ensurepip")
    folder = tmp_path_factory.mktemp("wheel")
    run(
        *PIP,
        "wheel",
        *ALONE,
        "--no-build-isolation",
        "--wheel-dir",
        folder,
        TOP if request.param == "checkout" else sdist,
    )
    (path,) = folder.iterdir()
    return path


def test_the_source_distribution_holds_what_the_repository_does(sdist):
    assert sdist.name == f"lecture3_engine-{__version__}.tar.gz"
    with tarfile.open(sdist) as archive:
        names = {
            member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()
        }
    asked_for = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["only-include"]
    assert {name.partition("/")[0] for name in names} == {*asked_for, ".gitignore", "PKG-INFO"}
    for pattern in (
        "lecture3_engine/**/*.*",
        "tests/**/*.py",
        "notebooks/*.ipynb",
        "notebooks/sources/*.py",
    ):
        files = {
            path.relative_to(TOP).as_posix()
            for path in TOP.glob(pattern)
            if "__pycache__" not in path.parts
        }
        assert files
        assert files <= names
    assert not [
        name for name in names if name.startswith("notebooks/site/dist/") or name.endswith(".pyc")
    ]


def test_no_tool_of_a_maintainer_is_in_the_wheel(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert not [name for name in names if MAINTAINERS & set(name.split("/"))]
    # Beside the package only what Jupyter reads, and what pip does.
    beside = f"lecture3_engine-{__version__}"
    assert {name.partition("/")[0] for name in names} == {
        "lecture3_engine",
        f"{beside}.data",
        f"{beside}.dist-info",
    }


def test_an_installed_wheel_works(wheel, tmp_path):
    place, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    run(*PIP, "install", *ALONE, "--target", place, wheel)
    package = place / "lecture3_engine"
    assert files_in(package) == files_in(TOP / "lecture3_engine")
    for name in (
        "py.typed",
        "data/mnist.npz",
        "data/README.md",
        "live/live.js",
        "live/live.css",
        "live/controls.js",
        "exercises/question.js",
    ):
        assert (package / name).exists(), name
    for source, target in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"][
        "shared-data"
    ].items():
        assert (place / target).read_bytes() == (TOP / source).read_bytes()

    # The packages that it needs come from this environment, which has ours as well.
    said = json.loads(
        run(sys.executable, "-c", USE, cwd=elsewhere, env=os.environ | {"PYTHONPATH": str(place)})
    )
    assert all(Path(path).is_relative_to(package) for path in said["places"]), said["places"]
    assert said["versions"] == [__version__, __version__]
    assert said["digits"] == 60_000
    assert said["sentence"]
