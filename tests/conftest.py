"""What all tests share."""

import os
import subprocess
import sys
from pathlib import Path

import ipywidgets
import pytest
from hypothesis import settings

# No deadline: machines are shared and noisy. In CI the same examples each time; at a desk new ones,
# which may find something.
settings.register_profile("lecture3", deadline=None, derandomize=bool(os.environ.get("CI")))
# In the browser's Python, several times slower, fewer: what they look for does not depend on the
# machine.
settings.register_profile("pyodide", deadline=None, derandomize=True, max_examples=20)
settings.load_profile("pyodide" if sys.platform == "emscripten" else "lecture3")

TESTS = Path(__file__).parent
BESIDE = Path(__file__).parents[2] / "shared" / "pyodide"
NO_PYODIDE = "no Pyodide folder"

# The files that take minutes, longest first.
LONG = [
    "browser/test_site.py",
    "browser/test_notebooks.py",
    "browser/test_explorers.py",
    "test_readme.py",
    "explorers/test_contract.py",
    "test_pyodide.py",
    "../notebooks/10_training_in_a_nutshell.ipynb",
]
# Slow beside the notebooks: whole files, and the sweeps through settings that each explorer has.
# Single tests say so themselves.
SLOW = [
    TESTS / name for name in ("live/test_contradictions.py", "test_pyodide.py", "test_readme.py")
]
SWEEPS = [
    "test_the_sentence_is_true",
    "test_the_sentences_are_true",
    "test_random_settings",
    "test_every_end_of_every_control",
    "test_repr_recreates_the_state",
]


def pytest_configure(config):
    if hasattr(config.option, "loadscopereorder"):
        # pytest-xdist would begin with the files that have the most tests
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(config, items):
    """Mark what is slow or needs a browser: both stay out with -m "not browser and not slow".

    With workers, begin with what takes longest: one of them would end up alone with it. Without,
    end with it.
    """
    for item in items:
        if TESTS / "browser" in item.path.parents:
            item.add_marker("browser")
        elif item.path.suffix == ".ipynb":
            item.add_marker("slow")
            item.add_marker("notebook")
        elif item.path in SLOW or getattr(item, "originalname", None) in SWEEPS:
            item.add_marker("slow")
    long = {(TESTS / name).resolve(): len(LONG) - i for i, name in enumerate(LONG)}
    items.sort(key=lambda item: long.get(item.path, 0), reverse=hasattr(config, "workerinput"))


@pytest.fixture(autouse=True)
def closed():
    """Close all widgets when a test ends: ipywidgets keeps each until then, and a thousand
    explorers are gigabytes.
    """
    yield
    ipywidgets.Widget.close_all()


@pytest.fixture(scope="session")
def pyodide_folder():
    """The folder with Pyodide (CPython for the browser) and its wheels, for tests of the site."""
    folder = Path(os.environ.get("LECTURE3_PYODIDE", BESIDE))
    if not (folder / "pyodide-lock.json").exists():
        pytest.skip(
            f"{NO_PYODIDE}: set LECTURE3_PYODIDE to one (looked for {folder / 'pyodide-lock.json'})"
        )
    return folder.resolve()


@pytest.fixture(scope="session")
def built_site(pyodide_folder, tmp_path_factory):
    """The folder with the JupyterLite site, not to be changed: built by the worker that needs it
    first, for all.
    """
    from filelock import FileLock  # noqa: PLC0415 not in the browser's Python

    run = tmp_path_factory.getbasetemp()
    folder = (run.parent if "PYTEST_XDIST_WORKER" in os.environ else run) / "site"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            script = Path(__file__).parents[1] / "notebooks/site/build.py"
            # Under another name until it is whole.
            subprocess.run(
                [sys.executable, script, "--pyodide", pyodide_folder, "--output", f"{folder}.new"],
                check=True,
            )
            Path(f"{folder}.new").rename(folder)
    return folder


def pytest_sessionfinish(session):
    """Fail a run that promised to skip nothing (.ci/run does): a test that never runs cannot fail.

    Only Pyodide may be missing: no registry that `.ci/run` asks has all of it.
    """
    # the workers of pytest-xdist have none
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("LECTURE3_NO_SKIPS") and reporter:
        skipped = [
            report
            for report in reporter.stats.get("skipped", [])
            if NO_PYODIDE not in str(report.longrepr)
        ]
        if skipped and session.exitstatus == 0:
            session.exitstatus = 1
            reporter.write_line(
                f"\nLECTURE3_NO_SKIPS is set, but {len(skipped)} skipped:", red=True
            )
            for report in skipped:
                reporter.write_line(f"  {report.nodeid}")
