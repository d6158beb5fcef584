"""Two extensions that the package installs: one of JupyterLab, by which saved notebooks show pictures, one of its server."""

import json
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

import lecture3_engine.live.server as server
from lecture3_engine.notebooks import STAND_INS, WIDGET_VIEW, strip_views

TOP = Path(__file__).parents[2]
LABEXTENSION = Path(server.__file__).parent / "labextension"

# Loads the extension as JupyterLab does, saves the model that comes in, and prints what reached the drive and what the page has.
SAVE_IN_NODE = """
const [entry, scope, module] = process.argv.slice(1);
const shown = JSON.parse(require("fs").readFileSync(0, "utf8"));
const contents = { written: null, async save(path, model) { this.written = model; return path; } };
globalThis.window = {};
(async () => {
    require(entry);
    await window._JUPYTERLAB[scope].init({ "@jupyterlab/rendermime": { "4.0.0": { get: async () => () => ({ IRenderMimeRegistry: "registry" }) } } });
    const factory = await window._JUPYTERLAB[scope].get(module);
    const { default: plugins } = factory();
    plugins.find(({ id }) => id.endsWith("saved-pictures")).activate({ serviceManager: { contents } });
    const answer = await contents.save("a.ipynb", shown);
    console.log(JSON.stringify({ answer, written: contents.written, shown }));
})();
"""


def save_in_node(model):
    """Return what the extension writes when JupyterLab saves `model`."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on the PATH, to run the JavaScript with: apt-get install nodejs")
    package = json.loads((LABEXTENSION / "package.json").read_text(encoding="utf-8"))
    build = package["jupyterlab"]["_build"]
    command = [node, "-e", SAVE_IN_NODE, str(LABEXTENSION / build["load"]), package["name"], build["extension"]]
    done = subprocess.run(command, input=json.dumps(model), capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["answer"] == "a.ipynb"  # what the drive answers comes back
    assert result["shown"] == model  # the open page stays as it is
    return result["written"]


def strip_in_node(notebook):
    written = save_in_node({"type": "notebook", "format": "json", "content": notebook})
    assert {**written, "content": None} == {"type": "notebook", "format": "json", "content": None}
    return written["content"]


@pytest.fixture(params=[strip_views, strip_in_node])
def strip(request):
    """The rule, in Python for notebooks that are built, and in JavaScript for those that are saved."""
    return request.param


def output(*kinds):
    return {"output_type": "display_data", "metadata": {}, "data": {kind: "..." for kind in kinds}}


def notebook(*outputs):
    return {
        "cells": [{"cell_type": "markdown", "source": ""}, {"cell_type": "code", "outputs": list(outputs)}],
        "metadata": {"widgets": {"application/vnd.jupyter.widget-state+json": {}}, "kernelspec": {}},
    }


def test_the_view_goes_where_a_picture_stands_beside_it(strip):
    stripped = strip(notebook(output("text/plain", "image/png", WIDGET_VIEW), {"output_type": "stream", "text": ""}))
    assert list(stripped["cells"][1]["outputs"][0]["data"]) == ["text/plain", "image/png"]
    assert stripped["metadata"] == {"kernelspec": {}}


def test_the_view_goes_where_a_text_for_readers_stands_beside_it(strip):
    stripped = strip(notebook(output("text/plain", "text/html", WIDGET_VIEW)))
    assert list(stripped["cells"][1]["outputs"][0]["data"]) == ["text/plain", "text/html"]
    assert stripped["metadata"] == {"kernelspec": {}}


def test_other_widgets_keep_their_view_and_state(strip):
    book = strip(notebook(output("text/plain", WIDGET_VIEW), output("image/png", WIDGET_VIEW)))
    first, second = book["cells"][1]["outputs"]
    assert WIDGET_VIEW in first["data"] and WIDGET_VIEW not in second["data"]
    assert "widgets" in book["metadata"]


def test_twice_is_once(strip):
    once = strip(notebook(output("image/png", WIDGET_VIEW)))
    before = json.dumps(once)
    assert json.dumps(strip(once)) == before


EXAMPLES = {
    "none": notebook(),
    "every stand-in": notebook(*(output("text/plain", kind, WIDGET_VIEW) for kind in STAND_INS)),
    "no view": notebook(output("text/plain"), output("image/png")),
    "a widget alone": notebook(output("text/plain", WIDGET_VIEW), output(WIDGET_VIEW)),
    "an error": notebook({"output_type": "error", "ename": "E", "evalue": "", "traceback": []}, output("image/png", WIDGET_VIEW)),
    "text only": {"cells": [{"cell_type": "markdown", "source": "ñ ∂"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5},
}
EXAMPLES |= {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((TOP / "notebooks").glob("*.ipynb"))[:2]}


@pytest.mark.parametrize("name", EXAMPLES)
def test_both_languages_keep_the_same_rule(name):
    expected = strip_in_node(EXAMPLES[name])
    assert strip_views(json.loads(json.dumps(EXAMPLES[name]))) == expected


@pytest.mark.parametrize(
    "model",
    [
        {"type": "file", "format": "text", "content": "text"},
        {"type": "directory"},
        {"type": "notebook", "format": "json", "content": {"nbformat": 3, "worksheets": [], "metadata": {"widgets": {}}}},
    ],
    ids=["file", "directory", "nbformat 3"],
)
def test_other_files_are_saved_as_they_are(model):
    assert save_in_node(model) == model


def test_jupyter_finds_the_extension_where_the_package_puts_it():
    package = json.loads((LABEXTENSION / "package.json").read_text(encoding="utf-8"))
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
    assert package["version"] == project["project"]["version"]
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    # JupyterLab takes the address from the name, so the folder must be called so.
    place = f"share/jupyter/labextensions/{package['name']}"
    files = [path.relative_to(LABEXTENSION).as_posix() for path in LABEXTENSION.rglob("*") if path.is_file()]
    ours = LABEXTENSION.relative_to(TOP).as_posix()
    installed = {source: to for source, to in shared.items() if source.startswith(ours)}
    assert installed == {f"{ours}/{file}": f"{place}/{file}" for file in files}


def test_kernel_connections_send_at_once():
    class Handler:
        delays = True

        async def open(self, kernel):
            return kernel, self.delays

        def set_nodelay(self, value):
            self.delays = not value

    server.answer_at_once(Handler)
    with pytest.raises(StopIteration) as end:
        Handler().open("k").send(None)  # runs it to its end without an event loop
    assert end.value.value == ("k", False)


def test_the_configuration_that_is_installed_names_this_module():
    config = json.loads((Path(server.__file__).parent / "jupyter-config/lecture3_engine.json").read_text())
    assert config == {"ServerApp": {"jpserver_extensions": {server.__name__: True}}}
    assert server._jupyter_server_extension_points() == [{"module": server.__name__}]
