"""Saved notebooks keep the picture and drop the view."""

import json
from pathlib import Path

import pytest

import lecture3_engine.live.server as server
from lecture3_engine.live.server import WIDGET_VIEW, strip_views


def output(*kinds):
    return {"output_type": "display_data", "metadata": {}, "data": {kind: "..." for kind in kinds}}


def notebook(*outputs):
    return {
        "cells": [{"cell_type": "markdown", "source": ""}, {"cell_type": "code", "outputs": list(outputs)}],
        "metadata": {"widgets": {"application/vnd.jupyter.widget-state+json": {}}, "kernelspec": {}},
    }


def test_the_view_goes_where_a_picture_stands_beside_it():
    stripped = strip_views(notebook(output("text/plain", "image/png", WIDGET_VIEW), {"output_type": "stream", "text": ""}))
    assert list(stripped["cells"][1]["outputs"][0]["data"]) == ["text/plain", "image/png"]
    assert stripped["metadata"] == {"kernelspec": {}}


def test_the_view_goes_where_a_text_for_readers_stands_beside_it():
    stripped = strip_views(notebook(output("text/plain", "text/html", WIDGET_VIEW)))
    assert list(stripped["cells"][1]["outputs"][0]["data"]) == ["text/plain", "text/html"]
    assert stripped["metadata"] == {"kernelspec": {}}


def test_other_widgets_keep_their_view_and_state():
    book = notebook(output("text/plain", WIDGET_VIEW), output("image/png", WIDGET_VIEW))
    first, second = strip_views(book)["cells"][1]["outputs"]
    assert WIDGET_VIEW in first["data"] and WIDGET_VIEW not in second["data"]
    assert "widgets" in book["metadata"]


def test_twice_is_once():
    once = strip_views(notebook(output("image/png", WIDGET_VIEW)))
    before = json.dumps(once)
    assert json.dumps(strip_views(once)) == before


def test_the_hook_leaves_other_files_alone():
    for model in ({"type": "file", "content": "text"}, {"type": "notebook", "content": None}, {"type": "directory"}):
        server.strip_on_save(model=dict(model), path="x", contents_manager=None)
    model = {"type": "notebook", "content": notebook(output("image/png", WIDGET_VIEW))}
    server.strip_on_save(model=model, path="x", contents_manager=None)
    assert WIDGET_VIEW not in json.dumps(model)


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
