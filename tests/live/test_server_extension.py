"""Two extensions that the package installs: one of JupyterLab, by which saved notebooks show
pictures, one of its server.

Neither touches what is not ours; tests/browser/test_not_ours.py sees that in a real JupyterLab.
"""

import asyncio
import json
import shutil
import subprocess
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from build_notebooks import MARK, STAND_INS, WIDGET_STATE, WIDGET_VIEW, strip_views
from lecture3_engine import __version__, server
from lecture3_engine.live import stored

TOP = Path(__file__).parents[2]
LABEXTENSION = Path(server.__file__).parent / "live/labextension"

# Loads the extension as JupyterLab does, saves the model that comes in, and prints what reached the
# drive and what the page has.
SAVE_IN_NODE = """
const [entry, scope, module] = process.argv.slice(1);
const shown = JSON.parse(require("fs").readFileSync(0, "utf8"));
const contents = { written: null, async save(path, model) { this.written = model; return path; } };
globalThis.window = {};
(async () => {
    require(entry);
    await window._JUPYTERLAB[scope].init({});
    const factory = await window._JUPYTERLAB[scope].get(module);
    const { default: plugins } = factory();
    const plugin = plugins.find(({ id }) => id.endsWith("saved-pictures"));
    plugin.activate({ serviceManager: { contents } });
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
    command = [
        node,
        "-e",
        SAVE_IN_NODE,
        str(LABEXTENSION / build["load"]),
        package["name"],
        build["extension"],
    ]
    done = subprocess.run(
        command,
        input=json.dumps(model),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
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
    """The rule, in Python for notebooks that are built, in JavaScript for those that are saved."""
    return request.param


def output(*kinds, ours=True, model="1"):
    data = {kind: {"model_id": model} if kind == WIDGET_VIEW else "..." for kind in kinds}
    return {"output_type": "display_data", "metadata": {MARK: True} if ours else {}, "data": data}


def notebook(*outputs, states=None):
    widgets = (
        {}
        if states is None
        else {"widgets": {WIDGET_STATE: {"version_major": 2, "version_minor": 0, "state": states}}}
    )
    return {
        "cells": [
            {"cell_type": "markdown", "source": ""},
            {"cell_type": "code", "outputs": list(outputs)},
        ],
        "metadata": {**widgets, "kernelspec": {}},
    }


def state(*references):
    return {
        "model_name": "AnyModel",
        "state": {"layout": "", "children": [f"IPY_MODEL_{name}" for name in references]},
    }


def test_the_mark_is_one():
    assert stored.MARK == MARK
    assert stored.WIDGET_VIEW == WIDGET_VIEW


def test_the_view_goes_where_a_picture_stands_beside_it(strip):
    stripped = strip(
        notebook(
            output("text/plain", "image/png", WIDGET_VIEW), {"output_type": "stream", "text": ""}
        )
    )
    assert list(stripped["cells"][1]["outputs"][0]["data"]) == ["text/plain", "image/png"]
    assert stripped["cells"][1]["outputs"][0]["metadata"] == {MARK: True}


def test_the_view_goes_where_a_text_for_readers_stands_beside_it(strip):
    stripped = strip(notebook(output("text/plain", "text/html", WIDGET_VIEW)))
    assert list(stripped["cells"][1]["outputs"][0]["data"]) == ["text/plain", "text/html"]


@pytest.mark.parametrize("kind", STAND_INS)
def test_what_is_not_ours_stays(strip, kind):
    """Whatever stands beside its view, and the stored states with it: to the last byte."""
    others = [
        output("text/plain", WIDGET_VIEW, ours=False, model="2"),
        output("text/plain", kind, WIDGET_VIEW, ours=False, model="3"),
    ]
    for states in (None, {}, {"2": state(), "3": state("2"), "4": state()}):
        before = json.dumps(notebook(*others, states=states))
        assert json.dumps(strip(json.loads(before))) == before
        both = notebook(output("image/png", WIDGET_VIEW, model="1"), *others, states=states)
        after = strip(json.loads(json.dumps(both)))
        assert json.dumps(after["cells"][1]["outputs"][1:]) == json.dumps(others)
        if states:
            assert json.dumps(after["metadata"]) == json.dumps(both["metadata"])


def test_ours_without_a_stand_in_keeps_its_view(strip):
    before = json.dumps(notebook(output("text/plain", WIDGET_VIEW), states={"1": state()}))
    assert json.dumps(strip(json.loads(before))) == before


def test_the_states_of_our_widgets_go_with_their_view_and_no_others(strip):
    """1 is ours, of 11 and 12, which is in a box of others, 2, as well; 3 is shown by another
    output too.
    """
    states = {
        "1": state("11", "12"),
        "11": state("1"),
        "12": state("121"),
        "121": state(),
        "2": state("12"),
        "3": state("31"),
        "31": state(),
    }
    outputs = [
        output("image/png", WIDGET_VIEW, model="1"),
        output("image/png", WIDGET_VIEW, model="3"),
        output(WIDGET_VIEW, ours=False, model="3"),
    ]
    left = strip(notebook(*outputs, states=states))["metadata"]["widgets"][WIDGET_STATE]
    assert left == {
        "version_major": 2,
        "version_minor": 0,
        "state": {name: states[name] for name in ("12", "121", "2", "3", "31")},
    }


def test_no_states_are_left_of_ours_alone(strip):
    states = {"1": state("11"), "11": state()}
    book = notebook(output("image/png", WIDGET_VIEW), states=states)
    assert strip(book)["metadata"] == {"kernelspec": {}}
    book = notebook(output("image/png", WIDGET_VIEW), states=states)
    book["metadata"]["widgets"]["another"] = 1
    assert strip(book)["metadata"] == {"kernelspec": {}, "widgets": {"another": 1}}


def test_twice_is_once(strip):
    once = strip(notebook(output("image/png", WIDGET_VIEW)))
    before = json.dumps(once)
    assert json.dumps(strip(once)) == before


EXAMPLES = {
    "none": notebook(),
    "every stand-in": notebook(*(output("text/plain", kind, WIDGET_VIEW) for kind in STAND_INS)),
    "not ours": notebook(
        *(output("text/plain", kind, WIDGET_VIEW, ours=False) for kind in STAND_INS),
        states={"1": state("2"), "2": state()},
    ),
    "no view": notebook(output("text/plain"), output("image/png")),
    "a widget alone": notebook(output("text/plain", WIDGET_VIEW), output(WIDGET_VIEW)),
    "an error": notebook(
        {"output_type": "error", "ename": "E", "evalue": "", "traceback": []},
        output("image/png", WIDGET_VIEW),
    ),
    "text only": {
        "cells": [{"cell_type": "markdown", "source": "ñ ∂"}],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    },
}
EXAMPLES |= {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((TOP / "notebooks").glob("*.ipynb"))[:2]
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_both_languages_keep_the_same_rule(name):
    expected = strip_in_node(EXAMPLES[name])
    assert strip_views(json.loads(json.dumps(EXAMPLES[name]))) == expected


@pytest.mark.parametrize(
    "model",
    [
        {"type": "file", "format": "text", "content": "text"},
        {"type": "directory"},
        {
            "type": "notebook",
            "format": "json",
            "content": {"nbformat": 3, "worksheets": [], "metadata": {"widgets": {}}},
        },
    ],
    ids=["file", "directory", "nbformat 3"],
)
def test_other_files_are_saved_as_they_are(model):
    assert save_in_node(model) == model


def test_jupyter_finds_the_extension_where_the_package_puts_it():
    package = json.loads((LABEXTENSION / "package.json").read_text(encoding="utf-8"))
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
    # JupyterLab wants one there, and nothing builds this file
    assert package["version"] == __version__
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    # JupyterLab takes the address from the name, so the folder must be called so.
    place = f"share/jupyter/labextensions/{package['name']}"
    files = [
        path.relative_to(LABEXTENSION).as_posix()
        for path in LABEXTENSION.rglob("*")
        if path.is_file()
    ]
    ours = LABEXTENSION.relative_to(TOP).as_posix()
    installed = {source: to for source, to in shared.items() if source.startswith(ours)}
    assert installed == {f"{ours}/{file}": f"{place}/{file}" for file in files}


def extension():
    """Return our server extension, as jupyter_server finds it."""
    manager = pytest.importorskip("jupyter_server.extension.manager")
    return manager.ExtensionPackage(name=server.__name__, enabled=True)


def test_kernel_connections_send_at_once():
    """Of this server, whatever class it is set to use for them; no class of Jupyter is changed."""

    class Handler:
        delays = True

        def set_nodelay(self, value):
            self.delays = not value

    class Chosen:
        def __init__(self, handler):
            self.websocket_handler = handler

        async def connect(self):
            return "connected", self.websocket_handler.delays

    settings = {"kernel_websocket_connection_class": Chosen, "another": 1}
    app = SimpleNamespace(web_app=SimpleNamespace(settings=settings))
    extension().load_all_points(app)
    used = settings["kernel_websocket_connection_class"]
    assert issubclass(used, Chosen)
    assert used.__name__ == "Chosen"
    assert settings["another"] == 1
    assert asyncio.run(used(Handler()).connect()) == ("connected", False)
    assert asyncio.run(Chosen(Handler()).connect()) == ("connected", True)


def test_jupyter_server_connects_through_the_setting_that_is_used():
    handlers = pytest.importorskip("jupyter_server.services.kernels.websocket")
    request = SimpleNamespace(
        settings={"kernel_websocket_connection_class": "the class that is set"}
    )
    assert (
        handlers.KernelWebsocketHandler.kernel_websocket_connection_class.fget(request)
        == "the class that is set"
    )


def test_the_configuration_that_is_installed_names_this_module():
    config = json.loads(
        (Path(server.__file__).parent / "live/jupyter-config/lecture3_engine.json").read_text()
    )
    assert config == {"ServerApp": {"jpserver_extensions": {server.__name__: True}}}
    assert list(extension().extension_points) == [server.__name__]
