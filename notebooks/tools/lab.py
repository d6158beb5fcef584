"""Drives a real JupyterLab in a real browser: `Lab` is the server, `NotebookPage` a notebook that
is open in it.

Tests get both from the fixture `notebook`, see `conftest.py`; `tests/benchmarks/browser_latency.py`
uses them directly.
"""

import base64
import io
import itertools
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# a folder: screenshots are kept there, to be looked at
SCREENSHOTS = os.environ.get("LECTURE3_SCREENSHOTS")
VIEW = "application/vnd.jupyter.widget-view+json"
# Notes when each canvas was last painted, from the first call on: looking at all its pixels would
# keep a core busy.
PAINTED = """() => {
    if (window.paintedAt) return;
    const { drawImage } = CanvasRenderingContext2D.prototype;
    window.paintedAt = Object.assign(new WeakMap(), { begin: performance.now() });
    CanvasRenderingContext2D.prototype.drawImage = function (...what) {
        paintedAt.set(this.canvas, performance.now());
        return drawImage.apply(this, what);
    };
}"""
NAMED = "a-class.example"  # this machine; to the browser it is another
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP {NAMED} 127.0.0.1",
]


def find_chromium():
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


def find_axe():
    """axe.min.js: where LECTURE3_AXE says, or in a node_modules folder of the project."""
    places = [
        ROOT / "node_modules/axe-core/axe.min.js",
        ROOT / "tests/browser/node_modules/axe-core/axe.min.js",
    ]
    if os.environ.get("LECTURE3_AXE"):
        places.insert(0, Path(os.environ["LECTURE3_AXE"]))
    return next((place for place in places if place.is_file()), None)


# --- JupyterLab ---


class Lab:
    """A JupyterLab on a port of its own, with empty configuration and a temporary folder of
    notebooks.
    """

    def __init__(self, folder):
        self.folder = folder / "notebooks"
        self.folder.mkdir()
        self.token = secrets.token_hex(16)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "jupyter.log"
        # What installing the package puts into the environment, so that the tests run from a
        # checkout as well.
        extension = ROOT / "lecture3_engine/live/jupyter-config/lecture3_engine.json"
        enabled = folder / "config/jupyter_server_config.d"
        enabled.mkdir(parents=True)
        shutil.copy(extension, enabled)
        shutil.copytree(
            ROOT / "lecture3_engine/live/labextension",
            folder / "shared/labextensions/lecture3_engine",
        )
        environment = {
            **os.environ,
            "HOME": str(folder),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            # before the environment's own, which may hold an older copy
            "JUPYTER_PATH": str(folder / "shared"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(self._settings(folder / "settings")),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
            "IPYTHONDIR": str(folder / "ipython"),
            "MPLCONFIGDIR": (
                os.environ.get("MPLCONFIGDIR") or str(Path.home() / ".config/matplotlib")
            ),
            "PYTHONPATH": os.pathsep.join(
                [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
            ),
        }
        command = [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--ServerApp.ip=127.0.0.1",
        ]
        command += [
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            "--LabApp.expose_app_in_browser=True",
        ]
        command += [f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.folder}"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait()

    @staticmethod
    def _settings(folder):
        """No request for news, no question about it."""
        place = folder / "@jupyterlab/apputils-extension"
        place.mkdir(parents=True)
        (place / "notification.jupyterlab-settings").write_text(
            '{"fetchNews": "false", "checkForUpdates": false}'
        )
        return folder

    def _wait(self, patience=60):
        end = time.monotonic() + patience
        while time.monotonic() < end and self.process.poll() is None:
            try:
                self.request("api/status")
            except OSError:
                time.sleep(0.1)
            else:
                return
        self.stop()
        raise RuntimeError(f"JupyterLab did not start within {patience} s:\n{self.log.read_text()}")

    def request(self, path, method="GET"):
        request = urllib.request.Request(
            f"{self.url}/{path}", method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or "null")

    def write(self, name, cells):
        """Write a notebook. Cells are code, or Markdown if they start with #."""
        new = nbformat.v4
        notebook = new.new_notebook(
            metadata={
                "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
            }
        )
        notebook.cells = [
            new.new_markdown_cell(cell) if cell.startswith("# ") else new.new_code_cell(cell)
            for cell in cells
        ]
        nbformat.write(notebook, self.folder / name)

    def read(self, name):
        return nbformat.read(self.folder / name, as_version=4)

    def forget(self, name):
        """Shut the notebook's kernel down, and go back to the default theme."""
        for session in self.request("api/sessions"):
            if session["path"] == name:
                self.request(f"api/sessions/{session['id']}", method="DELETE")
        (
            self.folder.parent
            / "settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings"
        ).unlink(missing_ok=True)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


# --- a notebook in the browser ---


class NotebookPage:
    """A notebook open in JupyterLab, all cells run. `page` is playwright's page, for whatever has
    no helper here.
    """

    def __init__(self, lab, context, name):
        self.lab, self.context, self.name = lab, context, name
        self.page = context.new_page()
        self.errors = []  # what the browser's console calls an error
        self.may_fail = False  # set it where a test makes the kernel raise on purpose
        self.restarted = False
        self.page.on("console", lambda message: message.type == "error" and self.note(message.text))
        self.page.on("pageerror", lambda error: self.note(str(error)))
        self.failed_widgets = []  # what a widget's callback raised: only JupyterLab's log shows it
        self.page.on("websocket", lambda socket: socket.on("framereceived", self.listen))
        self.open()

    def listen(self, frame):
        """Keep the error that a kernel sends in answer to a widget's message."""
        frame = frame.encode() if isinstance(frame, str) else frame
        kinds = set(re.findall(rb'"msg_type": ?"(\w+)"', frame))
        if kinds == {b"error", b"comm_msg"}:
            self.failed_widgets.append(frame.decode(errors="replace"))

    def note(self, error):
        # What JupyterLab still wanted of a kernel that a test restarted is no fault of ours; nor is
        # what anywidget says two seconds after a model was closed before it had begun.
        early = error == "[anywidget] Failed to initialize model."
        if not early and not (self.restarted and "Canceled future" in error):
            self.errors.append(error)

    def open(self):
        """Load the page afresh, without running anything."""
        self.page.goto(f"{self.lab.url}/doc/tree/{self.name}?token={self.lab.token}")
        self.wait()

    def go_to(self, name):
        """Close the notebook with its kernel, and open another one in the same tab, which takes a
        fifth of the time.
        """
        go = """async path => {
            const { shell, commands } = window.jupyterapp;
            await shell.currentWidget.sessionContext.shutdown();
            shell.currentWidget.dispose();
            await commands.execute("docmanager:open", { path });
        }"""
        self.page.evaluate(go, name)
        self.name = name
        self.wait()
        self.restarted = False
        return self

    def wait(self):
        """Until the notebook is there and its kernel is ready."""
        ready = """path => {
            const panel = window.jupyterapp?.shell.currentWidget;
            return panel?.context?.path === path && panel.context.isReady
                && panel.sessionContext.session?.kernel?.status === "idle";
        }"""
        self.page.wait_for_function(ready, arg=self.name, timeout=120_000)

    def command(self, name, arguments=None):
        """Execute one of JupyterLab's commands and wait for it."""
        execute = (
            "([name, args]) => window.jupyterapp.commands.execute(name, args).then(() => null)"
        )
        return self.page.evaluate(execute, [name, arguments or {}])

    def run_all(self, until=None):
        """Run all cells, or those up to the one with the number `until`."""
        if until is None:
            self.command("notebook:run-all-cells")
        else:
            self.model("(panel.content.activeCellIndex = arg, null)", until)
            self.command("notebook:run-all-above")
            self.command("notebook:run-cell")
        return self.has_run()

    def run(self, cells):
        """Run some of the cells, by their numbers."""
        for i in cells:
            self.model("(panel.content.activeCellIndex = arg, null)", i)
            self.command("notebook:run-cell")
        return self.has_run()

    def run_last(self, source):
        """Run the last cell with another source. What it showed before goes."""
        self.model(
            "(panel.content.activeCellIndex = Infinity,"
            " panel.content.activeCell.model.sharedModel.setSource(arg))",
            source,
        )
        self.command("notebook:run-cell")
        return self.has_run()

    def has_run(self):
        failures = self.failures()
        assert not failures, "\n".join(failures)
        self.page.wait_for_timeout(50)
        if explorers := self.explorers():
            self.scroll_to(explorers[0])
            self.settle()
        return self

    # --- a stored notebook ---

    def model(self, expression, argument=None):
        """The value of a JavaScript expression of `panel`, the notebook that is open, and `arg`."""
        return self.page.evaluate(
            "arg => { const panel = window.jupyterapp.shell.currentWidget; return"
            f" {expression}; }}",
            argument,
        )

    def cells(self):
        """The source of each cell."""
        return self.model(
            "panel.content.model.toJSON().cells.map(cell => [cell.source].flat().join(''))"
        )

    def kinds(self):
        """The MIME types in the outputs of each cell."""
        return self.model(
            "panel.content.model.toJSON().cells.map(cell => (cell.outputs ?? []).flatMap(output =>"
            " Object.keys(output.data ?? {})))"
        )

    def explorers(self):
        """The numbers of the cells that show an explorer."""
        return [i for i, kinds in enumerate(self.kinds()) if VIEW in kinds and "image/png" in kinds]

    def failures(self):
        """The errors in the outputs."""
        return self.model(
            """panel.content.model.toJSON().cells.flatMap(cell => cell.outputs ?? [])
            .filter(output => output.output_type === "error")
            .map(output => `${output.ename}: ${output.evalue}`)"""
        )

    def warnings(self):
        """What was written to stderr."""
        return self.model(
            """panel.content.model.toJSON().cells.flatMap(cell => cell.outputs ?? [])
            .filter(output => output.name === "stderr")
            .map(output => [output.text].flat().join(""))"""
        )

    def show_all_cells(self):
        """Keep all cells in the page: JupyterLab takes out those that are far away."""
        self.model(
            "(panel.content.notebookConfig = { ...panel.content.notebookConfig, windowingMode:"
            " 'none' }, null)"
        )
        self.page.wait_for_function(
            "() => { const { content } = window.jupyterapp.shell.currentWidget; return"
            " content.widgets.every(cell => cell.node.isConnected && !cell.isPlaceholder()); }"
        )

    def scroll_to(self, i):
        """Until the cell stays in view: those above it may still be put into the page, and push it
        away.
        """
        scroll = """async i => {
            const { content } = window.jupyterapp.shell.currentWidget;
            content.activeCellIndex = i;
            for (let tries = 0; tries < 50; tries++) {
                await content.scrollToItem(i);
                await new Promise(done => setTimeout(done, 200));
                const cell = content.widgets[i];
                const [box, area] = [cell, content].map(({ node }) => node.getBoundingClientRect());
                const inPage = cell.node.isConnected && !cell.isPlaceholder();
                if (inPage && box.bottom > area.top && box.top < area.bottom) return true;
            }
            return false;
        }"""
        assert self.page.evaluate(scroll, i), f"cell {i} does not come into view"

    def _cell(self, i):
        self.model("(panel.content.widgets[arg].node.dataset.cell = arg, null)", i)
        return self.page.locator(f'[data-cell="{i}"]')

    def editor(self, i):
        return self._cell(i).locator(".cm-content")

    def output(self, i):
        return self._cell(i).locator(".jp-OutputArea-output")

    def restart(self):
        self.restarted = True
        self.model("panel.sessionContext.session.kernel.restart().then(() => null)")
        self.wait()

    def close(self):
        self.context.close()
        self.lab.forget(self.name)

    def save(self):
        self.command("docmanager:save")

    def theme(self, name):
        """Change the theme, to "JupyterLab Dark" or "JupyterLab Light"."""
        self.command("apputils:change-theme", {"theme": name})
        self.page.wait_for_function(
            "dark => document.body.dataset.jpThemeLight === String(!dark)", arg="Dark" in name
        )

    def kernel(self, expression):
        """The value of a Python expression in the notebook's kernel (something JSON can carry)."""
        code = f"import json as _json; print(_json.dumps({expression}))"
        answer = self.page.evaluate(
            """async code => {
                const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
                const future = kernel.requestExecute({ code, store_history: false });
                let text = "";
                future.onIOPub = ({ content }) => {
                    text += content.text ?? content.traceback?.join("\\n") ?? "";
                };
                await future.done;
                return text;
            }""",
            code,
        )
        try:
            return json.loads(answer)
        except ValueError:
            raise AssertionError(f"{expression} failed in the kernel:\n{answer}") from None

    # --- controls ---

    def slider(self, name, explorer=0):
        """The slider with `name` in its label, of the first explorer on the page or another."""
        return self._within(explorer).get_by_role("slider", name=name)

    def control(self, role, name, explorer=0):
        """Any other control: role "button", "combobox", "checkbox" or "textbox"."""
        return self._within(explorer).get_by_role(role, name=name)

    def explorer(self, number=0):
        """An explorer with its controls: they are in one output."""
        return self._within(number)

    def _within(self, explorer):
        return (
            self.page.locator(".jp-OutputArea")
            .filter(has=self.page.locator(".live-figure"))
            .nth(explorer)
        )

    def value(self, name, explorer=0):
        """What the slider shows, as a number."""
        return float(self.slider(name, explorer).get_attribute("aria-valuetext"))

    def press(self, name, key, times=1, explorer=0):
        """Press a key on a slider: ArrowRight, PageUp, Home ..."""
        slider = self.slider(name, explorer)
        slider.focus()
        for _ in range(times):
            slider.press(key)

    def type(self, name, text, explorer=0):
        """Type a value into a slider's field."""
        field = self.control("textbox", name, explorer)
        field.fill(text)
        field.press("Enter")

    def drag_slider(self, name, start, end, steps=20, explorer=0):
        """Drag a slider's handle with the mouse; start and end are fractions of its length."""
        box = self._visible(self.slider(name, explorer))
        at = [
            (box["x"] + 8 + (box["width"] - 16) * f, box["y"] + box["height"] / 2)
            for f in np.linspace(start, end, steps + 1)
        ]
        self._drag(at)

    # --- the picture ---

    def canvas(self, number=0):
        return self.page.locator(".live-figure canvas").nth(number)

    def drag_canvas(self, fractions, steps=10, number=0):
        """Drag through the picture along points given as fractions of its width and height, from
        the top left.
        """
        box = self._visible(self.canvas(number))
        points = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in fractions]
        way = [np.linspace(a, b, steps + 1)[1:] for a, b in itertools.pairwise(points)]
        self._drag([points[0], *(tuple(map(float, point)) for part in way for point in part)])

    def _visible(self, locator):
        locator.scroll_into_view_if_needed()
        return locator.bounding_box()

    def _drag(self, points):
        mouse = self.page.mouse
        mouse.move(*points[0])
        mouse.down()
        for point in points[1:]:
            mouse.move(*point)
        mouse.up()

    def pixels(self, number=0):
        """The canvas as an array (height, width, 3) of its own pixels."""
        url = self.canvas(number).evaluate("canvas => canvas.toDataURL()")
        image = Image.open(io.BytesIO(base64.b64decode(url.split(",")[1])))
        return np.asarray(image.convert("RGB")).astype(np.int16)

    def settle(self, number=0, patience=15):
        """Wait until Python has answered to all, and the picture has stood still for 150 ms.
        Returns its pixels.
        """
        self.page.evaluate(PAINTED)
        # while the kernel is busy, the page holds back all but the last message: that one goes
        # before the second
        for _ in range(2):
            self.kernel("0")
        still = self.page.evaluate(
            """async ([number, patience]) => {
                const end = performance.now() + patience;
                for (let now = 0; now < end; await new Promise(done => setTimeout(done, 20))) {
                    now = performance.now();
                    const canvas = document.querySelectorAll(".live-figure canvas")[number];
                    // Nothing is drawn yet, or Python has not answered yet.
                    const empty = !canvas || (canvas.width === 300 && canvas.height === 150);
                    const asked = canvas?.closest(".live-figure").dataset.asked;
                    const painted = paintedAt.get(canvas) ?? paintedAt.begin;
                    if (!empty && !asked && now - painted > 150) return true;
                }
                return false;
            }""",
            [number, 1000 * patience],
        )
        assert still, f"The picture was not there, or still changed, after {patience} s."
        return self.pixels(number)

    def summary(self, number=0):
        return self.page.locator(".live-figure > p").nth(number).inner_text()

    def unfold(self):
        """Open what stands under "more", of every explorer."""
        self.page.evaluate("""() => {
            for (const button of document.querySelectorAll(".live-more [aria-expanded=false]"))
                button.click();
        }""")

    def axe(self, where=".jp-OutputArea-output"):
        """Violations axe-core finds in the outputs: a list of short texts, empty if all is well."""
        script = find_axe()
        if script is None:
            raise FileNotFoundError(
                "axe-core not found: `npm install axe-core` in the project's folder, or set"
                " LECTURE3_AXE"
            )
        if not self.page.evaluate("() => 'axe' in window"):
            # JupyterLab has an AMD loader that axe would register with, so hide it for a moment.
            load = (
                "code => { const d = window.define; window.define = undefined; (0, eval)(code);"
                " window.define = d; }"
            )
            self.page.evaluate(load, script.read_text())
        found = self.page.evaluate("where => axe.run({ include: [[where]] })", where)
        return [
            f"{violation['id']}: {violation['help']}: {node['html'][:200]}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    def screenshot(self, path, what=".jp-OutputArea-output"):
        self.page.locator(what).filter(has=self.page.locator(".live-figure")).first.screenshot(
            path=path
        )
