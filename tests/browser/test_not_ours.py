"""What is not ours stays as it is: in a real JupyterLab that has our extensions, notebooks are
opened, worked in and saved.
"""

import json
import shutil

import nbformat
import pytest

import build_notebooks as notebooks
from lab import VIEW, NotebookPage

FOLDER = notebooks.find_folder()
STATE = "application/vnd.jupyter.widget-state+json"
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
HTML = (
    '<div style="display: inline-block;">\n  <div class="jupyter-widgets'
    ' widget-label">Figure</div>\n  <img src="data:image/png;base64,'
    + PNG
    + '" width=1/>\n</div>\n'
)
TYPED = "'typed by the learner'"


def view(model_id):
    return {"version_major": 2, "version_minor": 0, "model_id": model_id}


def others():
    """Cells with outputs as other packages leave them, and the states that JupyterLab stored of
    their widgets.
    """
    new = nbformat.v4.new_output
    outputs = {
        "%matplotlib widget": new(
            "display_data",
            {
                "text/plain": "Canvas(toolbar=Toolbar())",
                "image/png": PNG,
                "text/html": HTML,
                VIEW: view("1a"),
            },
        ),
        "bqplot.pyplot.show()": new(
            "display_data",
            {"text/plain": "Figure(axes=[Axis()])", "image/png": PNG, VIEW: view("2a")},
            metadata={"image/png": {"width": 20}},
        ),
        "interact(f, x=3)": new(
            "display_data", {"text/plain": "interactive(children=())", VIEW: view("3a")}
        ),
        "a_map": new(
            "execute_result",
            {"text/plain": "Map()", "text/html": "<b>A map</b>", VIEW: view("4a")},
            execution_count=4,
        ),
        "an_svg": new(
            "display_data",
            {
                "text/plain": "Chart()",
                "image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg'/>",
                "image/jpeg": "/9j/",
                VIEW: view("5a"),
            },
        ),
        "plt.show()": new(
            "display_data", {"text/plain": "<Figure size 640x480 with 1 Axes>", "image/png": PNG}
        ),
        "a picture with words": new(
            "display_data",
            {"text/plain": "<Image>", "image/png": PNG},
            metadata={"image/png": {"alt": "theirs"}},
        ),
    }
    names = {
        "1a": "jupyter-matplotlib",
        "1b": "@jupyter-widgets/base",
        "2a": "bqplot",
        "3a": "@jupyter-widgets/controls",
    }
    state = {
        name: {
            "model_module": module,
            "model_module_version": "1.0.0",
            "model_name": "AModel",
            "state": {"layout": "IPY_MODEL_1b", "ü": [1.5, None]},
        }
        for name, module in names.items()
    }
    cells = [
        nbformat.v4.new_code_cell(source, outputs=[output], execution_count=4)
        for source, output in outputs.items()
    ]
    return cells, {STATE: {"version_major": 2, "version_minor": 0, "state": state}}


def in_file(page):
    return json.loads((page.lab.folder / page.name).read_text(encoding="utf-8"))


@pytest.fixture
def opened(browser, lab):
    """A function that writes a notebook and opens it, without running anything."""
    contexts = []

    def open_notebook(name, cells, **metadata):
        book = nbformat.v4.new_notebook(
            cells=cells,
            metadata={
                "kernelspec": {
                    "name": "python3",
                    "display_name": "Python 3 (ipykernel)",
                    "language": "python",
                },
                **metadata,
            },
        )
        nbformat.write(book, lab.folder / name)
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 1000}))
        return NotebookPage(lab, contexts[-1], name)

    yield open_notebook
    for context in contexts:
        context.close()
    for session in lab.request("api/sessions"):
        lab.request(f"api/sessions/{session['id']}", method="DELETE")


@pytest.mark.parametrize("with_states", [False, True], ids=["no states", "states"])
def test_outputs_that_are_not_ours_come_back_byte_for_byte(opened, with_states):
    theirs, states = others()
    mine = [
        "import ipywidgets\nfrom lecture3_engine import exercises, explorers",
        "_ = ipywidgets.interact(lambda x: x, x=3)",
        "explorers.LearningRateExplorer(lr=0.05)",
        "exercises.terms.quiz",
    ]
    cells = theirs + [nbformat.v4.new_code_cell(source) for source in mine]
    page = opened(
        f"theirs {with_states}.ipynb", cells, **({"widgets": states} if with_states else {})
    )
    before = in_file(page)
    first = len(theirs)
    for i in range(first, len(cells)):
        page.model("(panel.content.activeCellIndex = arg, null)", i)
        page.command("notebook:run-cell")
    page.explorer(0).locator("canvas").wait_for()
    page.model(
        "(panel.content.model.sharedModel.addCell({ cell_type: 'code', source: arg }), null)", TYPED
    )
    shown = page.model("panel.content.model.toJSON().cells")
    page.save()

    saved = in_file(page)
    for was, now in zip(before["cells"][:first], saved["cells"][:first], strict=True):
        assert json.dumps(was) == json.dumps(now)
    assert json.dumps(saved["metadata"].get("widgets")) == json.dumps(
        before["metadata"].get("widgets")
    )
    interact, explorer, quiz = saved["cells"][first + 1 : first + 4]
    assert [set(output["data"]) for output in interact["outputs"]] == [{"text/plain", VIEW}]
    assert interact["outputs"][0]["data"][VIEW] == shown[first + 1]["outputs"][0]["data"][VIEW]
    assert set(explorer["outputs"][0]["data"]) == {"text/plain", "image/png"}
    assert "lr 0.05" in explorer["outputs"][0]["metadata"]["image/png"]["alt"]
    assert set(quiz["outputs"][0]["data"]) == {"text/plain", "text/html"}
    assert VIEW in shown[first + 2]["outputs"][0]["data"]  # the open page stays as it is
    assert "".join(saved["cells"][-1]["source"]) == TYPED

    page.open()
    texts = []
    for i in (5, 6, first + 2):
        page.scroll_to(i)
        picture = page.output(i).locator("img[src^='data:image/png']").first
        picture.wait_for()
        texts.append(picture.get_attribute("alt"))
    assert texts == [None, None, explorer["outputs"][0]["metadata"]["image/png"]["alt"]]


def test_states_that_jupyterlab_stores_keep_what_is_not_ours(opened):
    """With its setting "Save Widget State Automatically" JupyterLab stores what it knows of every
    widget.
    """
    cells = [
        "import ipywidgets\nslider = ipywidgets.IntSlider(7)\nslider",
        (
            "from lecture3_engine import explorers\nexplorer ="
            " explorers.LearningRateExplorer()\nexplorer"
        ),
    ]
    page = opened("states.ipynb", [nbformat.v4.new_code_cell(source) for source in cells])
    page.run_all()
    ids = page.kernel(
        "[[w.model_id for w in (slider, slider.layout, slider.style)], [explorer.live.model_id,"
        " explorer.widget.model_id]]"
    )
    page.command("@jupyter-widgets/jupyterlab-manager:saveWidgetState")
    page.save()
    states = in_file(page)["metadata"]["widgets"][STATE]["state"]
    assert set(ids[0]) <= set(states)
    assert not set(ids[1]) & set(states)
    assert states[ids[0][0]]["state"]["value"] == 7
    assert "lecture3_engine" not in json.dumps(states)


DIRTY = "panel.context.model.dirty"
VERSION = "panel.content.model.getMetadata('language_info')?.version ?? null"


def wait_for_kernel(page):
    """Until JupyterLab has noted the kernel's language in the notebook."""
    page.page.wait_for_function(
        f"() => {{ const panel = window.jupyterapp.shell.currentWidget; return {VERSION}; }}"
    )
    page.page.wait_for_timeout(200)


def test_opening_a_notebook_does_not_change_it(opened):
    page = opened("first.ipynb", [nbformat.v4.new_markdown_cell("# First")])
    for name in notebooks.names_in(FOLDER)[::4]:  # all have the same metadata: test_notebooks.py
        path = shutil.copy(FOLDER / f"{name}.ipynb", page.lab.folder)
        page.go_to(f"{name}.ipynb")
        wait_for_kernel(page)
        assert not page.model(DIRTY), name
        assert (page.lab.folder / path).read_bytes() == (FOLDER / f"{name}.ipynb").read_bytes()

    page.model("panel.content.widgets[0].model.sharedModel.setSource('# Mine')")
    assert page.model(DIRTY)
    # what was changed stays changed
    page.model(
        "panel.content.model.setMetadata('language_info', { name: 'python', version: '3.99' })"
    )
    page.page.wait_for_timeout(100)
    assert page.model(DIRTY)
    page.save()
    assert not page.model(DIRTY)
    for change in (
        "setMetadata('kernelspec', { name: 'another' })",
        "setMetadata('title', 'Mine')",
        "deleteMetadata('title')",
    ):
        page.model(f"panel.content.model.{change}")  # what a learner does counts
        page.page.wait_for_timeout(100)
        assert page.model(DIRTY), change
        page.save()
