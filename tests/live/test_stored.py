"""What a notebook stores of an explorer and a question: a view for a learner, something to read for
whoever has only a page.
"""

import html
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from frontend import displayed

from lecture3_engine import exercises, explorers
from lecture3_engine.live import stored

LEARNER = {
    "header": {"msg_id": "0f8a3c1e-25d5-4c7e-9c39-2a0a77f7b1f0"},
    "content": {"allow_stdin": True, "stop_on_error": True},
}
NBCLIENT = {
    "header": {"msg_id": "3f0e9d5c-66b2b8ab2fd0d7b1a3c0f3b5_1234_7"},
    "content": {"allow_stdin": False, "stop_on_error": True},
}
NBVAL = {**NBCLIENT, "content": {"allow_stdin": False, "stop_on_error": False}}


@pytest.fixture
def asked(monkeypatch):
    """A function that says which request the cell that runs answers."""

    def ask(request):
        class Shell:
            def get_parent(self):
                return request

        monkeypatch.setattr(stored, "get_ipython", Shell, raising=False)

    return ask


@pytest.mark.parametrize(
    "request_, reader",
    [
        (LEARNER, "learner"),
        (NBCLIENT, "page"),
        (NBVAL, "comparison"),
        # a front end in a browser that has no input()
        ({"header": LEARNER["header"], "content": NBCLIENT["content"]}, "learner"),
        # jupyter console
        ({"header": NBCLIENT["header"], "content": LEARNER["content"]}, "learner"),
        # not a cell: a widget was moved
        ({"header": NBCLIENT["header"], "content": {"comm_id": "1"}}, "learner"),
        ({}, "learner"),
    ],
)
def test_who_reads(asked, request_, reader):
    asked(request_)
    assert stored.reader() == reader


def test_without_ipython_and_in_voila_there_is_a_learner(asked, monkeypatch):
    assert stored.reader() == "learner"
    monkeypatch.setattr(stored, "get_ipython", object, raising=False)  # an IPython without a kernel
    assert stored.reader() == "learner"
    asked(NBCLIENT)
    monkeypatch.setenv("VOILA_PREHEAT", "False")
    assert stored.reader() == "learner"


@pytest.mark.parametrize(
    "request_, kinds",
    [
        (LEARNER, {"text/plain", "image/png", stored.WIDGET_VIEW}),
        (NBCLIENT, {"text/plain", "image/png", "text/html"}),
        (NBVAL, {"text/plain", "image/png"}),  # as the notebook was stored
    ],
)
def test_what_each_reader_gets(asked, request_, kinds):
    asked(request_)
    explorer = explorers.LearningRateExplorer()
    data, metadata = displayed(explorer)
    assert set(data) == kinds
    assert metadata[stored.MARK] is True
    if "text/html" in kinds:
        assert data["image/png"] in data["text/html"]
        assert html.escape(explorer.summary) in data["text/html"]
    data, metadata = displayed(exercises.terms.quiz)
    assert set(data) == {"text/plain", "text/html"} | (kinds & {stored.WIDGET_VIEW})
    assert metadata == {stored.MARK: True}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "emscripten", reason="a browser starts no other process")
def test_a_page_by_nbconvert_shows_picture_and_sentence(tmp_path):
    pytest.importorskip("nbconvert")
    cells = [
        "from lecture3_engine import exercises, explorers",
        "explorer = explorers.MomentumExplorer(); explorer",
        "explorer.live",
        "print(explorer.summary)",
        "exercises.terms.quiz",
    ]
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
    )
    nbformat.write(book, tmp_path / "a.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "html", "a.ipynb"]
    top = os.pathsep.join(
        [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    environment = {
        **os.environ,
        "IPYTHONDIR": str(tmp_path),
        "JUPYTER_CONFIG_DIR": str(tmp_path),
        "PYTHONPATH": top,
    }
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    shown = page[page.index("<main>") if "<main>" in page else page.index("<body") :]
    assert 'type="application/vnd.jupyter.widget-view+json"' not in shown
    assert len(re.findall(r'<img[^>]*src="data:image/png;base64,', shown)) == 2
    sentence = re.search(r"<pre>(.*?)\s*</pre>", shown[shown.index("print") :], re.DOTALL)[1]
    assert len(re.findall(f"<p>{re.escape(sentence)}</p>", shown)) == 2
    assert "No description has been provided" not in shown
    assert "<summary>Answer</summary>" in shown
