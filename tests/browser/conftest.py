"""A real JupyterLab in a real browser, for tests of what a learner sees.

    def test_something(notebook):
        page = notebook(["from ... import SomeExplorer", "explorer = SomeExplorer(); explorer"])
        before = page.pixels()
        page.press("learning rate", "ArrowRight", times=5)  # a slider, by a part of its name
        page.drag_slider("learning rate", 0.2, 0.8)         # with the mouse: parts of its length
        page.drag_canvas([(0.2, 0.5), (0.3, 0.4)])          # in the picture: parts of its size
        page.settle()                                       # until the picture no longer changes
        assert page.kernel("explorer.lr") == page.value("learning rate")
        assert page.axe() == []                             # accessibility of all outputs

When the test ends, the fixture fails it if the browser's console or the kernel's log held an error
(`page.errors` is the console's list; set `page.may_fail = True` where the kernel raises on
purpose). One JupyterLab serves all tests, each notebook has a kernel of its own. `module_notebook`
opens one that the tests of a file share, which saves about three seconds a test.

What these tests need, and skip with a reason where it is missing:
* Chromium, found on the PATH as chromium, chromium-browser or google-chrome (`apt-get install
  chromium`)
* playwright, from the test extra
* axe-core, for `axe()`: `npm install axe-core` in the project's folder, or
  LECTURE3_AXE=path/to/axe.min.js
"""

import re
import secrets
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab import BROWSERS, FLAGS, Lab, NotebookPage, find_axe, find_chromium

# A file of the package in a traceback, which IPython writes with ~ where it lies below the home.
OURS = re.compile(r"lecture3_engine[/\\](live|explorers|exercises|\w+\.py)")


# All digits are read, as a learner does, and at most 6,400 of them are trained on. That the numbers
# are right is nbval's to say.
FEWER = """exec('''
import lecture3_engine as engine
def fewer(x, y, *rest, whole=engine.DataLoader, **more):
    return whole(x[:6400], y[:6400], *rest, **more)
engine.DataLoader = fewer
''')"""


def train_on_fewer(page):
    """Let a notebook that trains on digits do so on fewer."""
    if "DataLoader" in "".join(page.cells()):
        page.kernel(FEWER)


class Page(NotebookPage):
    """A notebook's page, whose test is skipped where axe-core is missing."""

    def axe(self, *where):
        if find_axe() is None:
            pytest.skip("axe-core not found: `npm install axe-core`, or set LECTURE3_AXE")
        return super().axe(*where)


# Scope "package": playwright keeps an event loop running as long as it lives, in which no other
# test may start one.
@pytest.fixture(scope="package")
def browser():
    chromium = find_chromium()
    if chromium is None:
        pytest.skip(
            f"no Chromium on the PATH (looked for {', '.join(BROWSERS)}): apt-get install chromium"
        )
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install -e '.[test]'"
    )
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def lab(browser, tmp_path_factory):
    pytest.importorskip("jupyterlab")
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.stop()


@contextmanager
def notebooks(browser, lab):
    """Yields the function that opens a notebook; closes all at the end and looks for errors."""
    pages, log_begins = [], len(lab.log.read_text())

    def open_notebook(cells, width=1280, height=1000, scale=2):
        name = f"test_{secrets.token_hex(4)}.ipynb"
        if isinstance(cells, Path):
            shutil.copy(cells, lab.folder / name)
        else:
            lab.write(name, cells)
        context = browser.new_context(
            viewport={"width": width, "height": height}, device_scale_factor=scale
        )
        pages.append(Page(lab, context, name))
        return pages[-1].run_all()

    try:
        yield open_notebook
    finally:
        errors = [error for page in pages for error in page.errors]
        for page in pages:
            page.close()
    assert not errors, "errors in the browser's console:\n" + "\n".join(errors)
    if any(page.may_fail for page in pages):
        return
    failed = [error for page in pages for error in page.failed_widgets]
    assert not failed, "errors in a widget's callback:\n" + "\n".join(failed)
    log = lab.log.read_text()[log_begins:]
    # Jupyter's own races leave tracebacks in the log: it writes to a page that has been closed, or
    # asks a kernel that was told to go. An error of ours passes through our files.
    assert not ("Traceback" in log and OURS.search(log)), log


@pytest.fixture
def notebook(browser, lab):
    """A function that opens a notebook made of the given cells and runs it. See the top of this
    file.
    """
    with notebooks(browser, lab) as open_notebook:
        yield open_notebook


@pytest.fixture(scope="module")
def module_notebook(browser, lab):
    """The same for a notebook that the tests of a file share. Opening one takes three seconds."""
    with notebooks(browser, lab) as open_notebook:
        yield open_notebook
