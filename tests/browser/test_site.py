"""The course as a learner without an installation gets it, a JupyterLite site: Python runs in the tab, nothing comes from elsewhere.

The site is built once, served from a subpath, and visited through a proxy that notes every request to another host and
answers none. Each visit is a new learner's: JupyterLab would open all notebooks of the last visit, and a Python for each.
"""

import functools
import http.server
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from .driver import ROOT, NotebookPage

# All of them take twelve minutes, beside other tests on two cores: LECTURE3_WHOLE_SITE=1 asks for that.
NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
if not os.environ.get("LECTURE3_WHOLE_SITE"):
    NOTEBOOKS = [name for name in NOTEBOOKS if name[:2] in ("00", "03", "07", "09")]
SUBPATH = "somewhere/course"


@contextmanager
def serving(handler):
    """An HTTP server in a thread of its own, on a free port. Yields its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Files(http.server.SimpleHTTPRequestHandler):
    """Any static web server: these are the standard library's defaults, with a connection kept open."""

    protocol_version = "HTTP/1.1"

    def handle(self):
        try:
            super().handle()
        except ConnectionResetError:  # the browser was closed
            pass

    def log_message(self, *arguments):
        pass


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """The proxy to all other hosts: notes who was asked for, and refuses. Chromium has one question of its own."""

    def refuse(self):
        if self.path != "content-autofill.googleapis.com:443":
            self.asked.append(self.path)
        self.send_error(403)

    do_GET = do_POST = do_HEAD = do_CONNECT = refuse

    def log_message(self, *arguments):
        pass


class SitePage(NotebookPage):
    """A notebook open in the site."""

    def open(self):
        self.page.goto(f"{self.lab.url}/lab/index.html?path={self.name}")
        self.wait()

    def wait(self):
        self.page.wait_for_function("() => window.jupyterapp?.shell.currentWidget?.context?.isReady", timeout=120_000)
        self.page.wait_for_function(
            "() => jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'", timeout=120_000
        )

    def close(self):
        self.context.close()


def build(pyodide, folder):
    subprocess.run([sys.executable, ROOT / "notebooks/site/build.py", "--pyodide", pyodide, "--output", folder], check=True)


@pytest.fixture(scope="module")
def site(browser, pyodide_folder, tmp_path_factory):
    """The site: its address, a function that makes a browser context, and the list of other hosts that it asked for."""
    root = tmp_path_factory.mktemp("site")
    build(pyodide_folder, root / SUBPATH)
    asked = []
    proxy = type("Proxy", (Elsewhere,), {"asked": asked})
    with serving(functools.partial(Files, directory=root)) as server, serving(proxy) as elsewhere:
        proxied = {"server": elsewhere, "bypass": "127.0.0.1"}
        new_context = functools.partial(browser.new_context, viewport={"width": 1280, "height": 1000}, proxy=proxied)
        yield SimpleNamespace(url=f"{server}/{SUBPATH}", new_context=new_context, asked=asked)


@pytest.fixture
def visit(site):
    """A function that opens a notebook of the site. At the end: no error in the console, nobody else was asked."""
    pages = []

    def open_notebook(name, context=None):
        pages.append(SitePage(site, context or site.new_context(), name))
        return pages[-1]

    yield open_notebook
    errors = [error for page in pages for error in page.errors]
    for page in pages:
        page.close()
    assert not errors
    assert not site.asked


def test_other_hosts_are_watched(site):
    """What the other tests rely on."""
    page = site.new_context().new_page()
    page.goto(f"{site.url}/manifest.webmanifest")
    page.evaluate("fetch('http://elsewhere.example/').catch(() => null)")
    page.context.close()
    assert site.asked == ["http://elsewhere.example/"]
    site.asked.clear()


def test_opens_on_the_first_notebook(site):
    page = site.new_context().new_page()
    page.goto(site.url)
    opened = "() => window.jupyterapp?.shell.currentWidget?.context?.path === '00_start_here.ipynb'"
    page.wait_for_function(opened, timeout=60_000)
    page.context.close()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook(visit, name):
    page = visit(name).run_all()
    assert page.warnings() == []
    explorers = page.page.locator(".live-figure canvas").count()
    assert explorers or "engine.explorers." not in (ROOT / "notebooks" / name).read_text()
    for number in range(explorers):
        assert moves(page, number), f"{name}: dragging the sliders of explorer {number} changes nothing in its picture"


def moves(page, number):
    """Drag the sliders of an explorer with the mouse, one by one, until its picture changes."""
    page.canvas(number).scroll_into_view_if_needed()
    before = page.settle(number, patience=60)
    sliders = page._within(number).get_by_role("slider")
    for i in range(sliders.count()):
        box = page._visible(sliders.nth(i))
        middle = box["y"] + box["height"] / 2
        page._drag([(box["x"] + box["width"] * part, middle) for part in (0.3, 0.5, 0.7)])
        page.kernel("0")  # answered after the drag
        after = page.settle(number, patience=60)
        if after.shape != before.shape or (after != before).any():
            return True
    return False


def test_what_was_saved_is_there_after_a_reload(visit):
    page = visit("00_start_here.ipynb").run_all()
    add = """() => {
        const { sharedModel } = jupyterapp.shell.currentWidget.content.model;
        sharedModel.addCell({ cell_type: "code", source: "print('mine')" });
    }"""
    page.page.evaluate(add)
    page.save()
    page.page.reload()
    page.wait()
    saved = page.page.evaluate("() => jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON()")
    assert saved["cells"][-1]["source"] == "print('mine')"
    # Opened elsewhere it shows pictures: no widget without its kernel is left in the file.
    file = page.page.evaluate("() => jupyterapp.serviceManager.contents.get('00_start_here.ipynb', { content: true })")
    outputs = [output["data"] for cell in file["content"]["cells"] for output in cell.get("outputs", []) if "data" in output]
    assert sum("image/png" in data for data in outputs) >= 2
    assert not any("application/vnd.jupyter.widget-view+json" in data for data in outputs if "image/png" in data)


def test_python_is_ready_and_sees_the_learners_files_at_every_visit(site, visit):
    """The first visit installs what answers for the files; Python begins to load at the same time. A restarted kernel loads it anew."""
    context = site.new_context()
    beside = "'00_start_here.ipynb' in __import__('os').listdir()"
    for _ in range(2):
        page = visit("00_start_here.ipynb", context)
        assert_started(page)
        assert page.kernel(f"[{beside}, open('mine.txt', 'w').write('mine'), open('mine.txt').read()]") == [True, 4, "mine"]
    page.restart()
    page.wait()
    assert_started(page)
    assert page.kernel(f"[{beside}, open('mine.txt').read()]") == [True, "mine"]


def assert_started(page):
    """startup.py ran to its end: IPython says nothing if it did not."""
    assert page.kernel("['_startup' in globals(), __import__('lecture3_engine').tensor.matmul.__module__]") == [False, "lecture3_site.matmul"]


def test_what_is_fetched_only_when_it_is_wanted(visit):
    """A PDF needs fontTools, serif letters a font: not there at the start. Tab needs jedi: cut down to what is used."""
    page = visit("00_start_here.ipynb")
    drawn = """exec('''
import io, matplotlib.pyplot as plt
figure, axis = plt.subplots()
axis.set_title("serif", family="serif", weight="bold")
pdf = io.BytesIO()
figure.savefig(pdf, format="pdf")
''')"""
    assert page.kernel(f"[{drawn}, pdf.getvalue()[:5].decode(), b'DejaVuSerif' in pdf.getvalue()][1:]") == ["%PDF-", True]
    complete = """async code => {
        const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
        return (await kernel.requestComplete({ code, cursor_pos: code.length })).content.matches;
    }"""
    assert "savefig" in page.page.evaluate(complete, "figure.save")
    assert "fromkeys" in page.page.evaluate(complete, "dict.fr")
