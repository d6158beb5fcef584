"""The course as a learner without an installation gets it, a JupyterLite site: Python runs in the
tab, nothing comes from elsewhere.

The site is served from a subpath, and visited through a proxy that notes every request to another
host and answers none. One learner takes the tests from top to bottom in one tab, with one notebook
open at a time, and comes back at the end.
"""

import functools
import hashlib
import http.server
import shutil
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest

from lab import NAMED, ROOT, VIEW, NotebookPage
from tests.browser.conftest import train_on_fewer

NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
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
    """Any static web server: the standard library's, with a connection kept open. Like nginx it
    does not know what .mjs is.
    """

    protocol_version = "HTTP/1.1"
    extensions_map: ClassVar = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "application/octet-stream",
    }

    def handle(self):
        # the browser was closed, perhaps while a file was on its way
        with suppress(ConnectionResetError, BrokenPipeError):
            super().handle()

    def log_message(self, *arguments):
        pass


class Recorded(Files):
    """Notes in `asked` what was asked for, and has lost the files whose names are in `lost`."""

    def send_head(self):
        self.asked.append((self.command, self.path))
        if Path(self.path).name in self.lost:
            return self.send_error(503)
        return super().send_head()


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """The proxy to all other hosts: notes who was asked for, and refuses. Chromium has one question
    of its own.
    """

    def refuse(self):
        if self.path != "content-autofill.googleapis.com:443":
            self.asked.append(self.path)
        self.send_error(403)

    do_GET = do_POST = do_HEAD = do_CONNECT = refuse

    def log_message(self, *arguments):
        pass


class SitePage(NotebookPage):
    """A tab with the site, which opens on a notebook."""

    def open(self):
        self.page.goto(self.lab.url)
        self.wait()

    def close(self):
        self.context.close()


@pytest.fixture(scope="module")
def site(browser, built_site, tmp_path_factory):
    """The site: its address, its server, a function that makes a browser context, and the list of
    other hosts that it asked for.
    """
    root = tmp_path_factory.mktemp("served")
    shutil.copytree(built_site, root / SUBPATH)
    asked = []
    proxy = type("Proxy", (Elsewhere,), {"asked": asked})
    files = type("Server", (Recorded,), {"asked": [], "lost": set()})
    with serving(functools.partial(files, directory=root)) as server, serving(proxy) as elsewhere:
        proxied = {"server": elsewhere, "bypass": f"127.0.0.1,{NAMED}"}
        new_context = functools.partial(
            browser.new_context, viewport={"width": 1280, "height": 1000}, proxy=proxied
        )
        yield SimpleNamespace(
            url=f"{server}/{SUBPATH}", server=files, new_context=new_context, asked=asked
        )


@pytest.fixture(scope="module")
def tab(site):
    page = SitePage(site, site.new_context(), "00_start_here.ipynb")
    yield page
    page.close()


@pytest.fixture
def learner(site, tab):
    """The page of the one learner. At the end of each test: no error in the console, nobody else
    was asked.
    """
    yield tab
    errors, tab.errors = tab.errors, []
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


def test_opens_on_the_first_notebook(learner):
    """Python begins to load while the page does, and what answers for the files is installed at the
    same time.
    """
    assert learner.model("panel.context.path") == "00_start_here.ipynb"
    assert_started(learner)
    assert learner.kernel("[open('first.txt', 'w').write('mine'), open('first.txt').read()]") == [
        4,
        "mine",
    ]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook(learner, name):
    learner.go_to(name)
    train_on_fewer(learner)
    learner.run_all()
    assert_started(learner)
    assert learner.warnings() == []
    learner.show_all_cells()
    explorers = len(learner.explorers())
    assert explorers or "engine.explorers." not in "".join(learner.cells())
    assert learner.page.locator(".live-figure canvas").count() == explorers
    for number in range(explorers):
        assert moves(learner, number), (
            f"{name}: dragging the sliders of explorer {number} changes nothing in its picture"
        )


def moves(page, number):
    """Drag the sliders of an explorer with the mouse, one by one, until its picture changes."""
    page.unfold()
    page.canvas(number).scroll_into_view_if_needed()
    before = page.settle(number, patience=60)
    sliders = page._within(number).get_by_role("slider")
    for i in range(sliders.count()):
        box = page._visible(sliders.nth(i))
        middle = box["y"] + box["height"] / 2
        page._drag([(box["x"] + box["width"] * part, middle) for part in (0.3, 0.5, 0.9)])
        page.kernel("0")  # answered after the drag
        after = page.settle(number, patience=60)
        if after.shape != before.shape or (after != before).any():
            return True
    # a training: its sliders act on the steps that come
    starts = page._within(number).get_by_role("button", name="Play")
    starts.first.click()
    page.page.wait_for_timeout(1000)
    page._within(number).get_by_role("button", name="Pause").first.click()
    page.kernel("0")
    after = page.settle(number, patience=60)
    return after.shape != before.shape or bool((after != before).any())


def test_what_is_fetched_only_when_it_is_wanted(learner):
    """A PDF needs fontTools, serif letters a font: not there at the start. Tab needs jedi: cut down
    to what is used.
    """
    drawn = """exec('''
import io, matplotlib.pyplot as plt
figure, axis = plt.subplots()
axis.set_title("serif", family="serif", weight="bold")
pdf = io.BytesIO()
figure.savefig(pdf, format="pdf")
''')"""
    assert learner.kernel(
        f"[{drawn}, pdf.getvalue()[:5].decode(), b'DejaVuSerif' in pdf.getvalue()][1:]"
    ) == ["%PDF-", True]
    complete = """async code => {
        const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
        return (await kernel.requestComplete({ code, cursor_pos: code.length })).content.matches;
    }"""
    assert "savefig" in learner.page.evaluate(complete, "figure.save")
    assert "fromkeys" in learner.page.evaluate(complete, "dict.fr")


def test_what_cannot_be_fetched_is_an_error_in_the_cell(site, built_site, learner):
    """A file, then a package. The learner's network may have gone, and come back: each is asked for
    again, and always as a whole.
    """
    font = "DejaVuSerifDisplay.ttf"
    read = (
        "__import__('hashlib').sha256(open(__import__('matplotlib').get_data_path() +"
        f" '/fonts/ttf/{font}', 'rb').read()).hexdigest()"
    )
    package = "__import__('tqdm').__name__"
    site.server.asked.clear()
    site.server.lost |= {font, next(built_site.rglob("tqdm-*.whl")).name}
    with pytest.raises(
        AssertionError,
        match=r"(?s)OSError.*could not be fetched, status 503.*With a network, run the cell again",
    ):
        learner.kernel(read)
    with pytest.raises(
        AssertionError,
        match=r"(?s)ImportError.*tqdm could not be fetched. With a network, run the cell again",
    ):
        learner.kernel(package)
    site.server.lost.clear()
    assert (
        learner.kernel(read)
        == hashlib.sha256(next(built_site.rglob(font)).read_bytes()).hexdigest()
    )
    assert learner.kernel(package) == "tqdm"
    assert [
        (method, Path(path).suffix)
        for method, path in site.server.asked
        if font in path or "tqdm" in path
    ] == [("GET", ".ttf"), ("GET", ".whl")] * 2


def test_over_plain_http(site):
    """As from an instructor's machine to a class: such a page gets no service worker."""
    page = SitePage(
        SimpleNamespace(url=site.url.replace("127.0.0.1", NAMED)),
        site.new_context(),
        "00_start_here.ipynb",
    )
    assert page.page.evaluate("[isSecureContext, 'serviceWorker' in navigator]") == [False, False]
    page.run_all()
    assert_started(page)
    assert moves(page, 0)
    page.model(
        "panel.content.model.sharedModel"
        """.addCell({ cell_type: "code", source: "print('mine')" }).id"""
    )
    page.save()
    page.page.reload()
    page.wait()
    assert page.cells()[-1] == "print('mine')"
    page.close()
    assert page.errors == []
    assert not site.asked


def test_what_was_saved_is_there_after_a_reload(learner):
    learner.go_to("00_start_here.ipynb").run_all()
    assert learner.kernel("open('mine.txt', 'w').write('mine')") == 4
    learner.model(
        "panel.content.model.sharedModel"
        """.addCell({ cell_type: "code", source: "print('mine')" }).id"""
    )
    learner.save()
    learner.page.reload()
    learner.wait()
    assert learner.cells()[-1] == "print('mine')"
    # Opened elsewhere it shows pictures: no widget without its kernel is left in the file.
    file = learner.model(
        "jupyterapp.serviceManager.contents.get('00_start_here.ipynb', { content: true })"
    )
    outputs = [
        output["data"]
        for cell in file["content"]["cells"]
        for output in cell.get("outputs", [])
        if "data" in output
    ]
    assert sum("image/png" in data for data in outputs) >= 2
    assert not any(VIEW in data for data in outputs if "image/png" in data)
    # Python, loaded early at this visit and anew after a restart, sees the files.
    files = "['00_start_here.ipynb' in __import__('os').listdir(), open('mine.txt').read()]"
    assert_started(learner)
    assert learner.kernel(files) == [True, "mine"]
    learner.restart()
    assert_started(learner)
    assert learner.kernel(files) == [True, "mine"]


def assert_started(page):
    """startup.py ran to its end, and left no name: IPython says nothing if it did not."""
    assert page.kernel(
        "[[name for name in globals() if name in ('lecture3_site', 'startup')],"
        " __import__('lecture3_engine').tensor.matmul.__module__]"
    ) == [[], "lecture3_site.matmul"]
