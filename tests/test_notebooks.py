"""The rules of a stored notebook: on the notebooks there are, and each rule on a notebook that
breaks it.
"""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

import build_notebooks as notebooks

FOLDER = notebooks.find_folder()
NAMES = notebooks.names_in(FOLDER)

SOURCE = """\
# %% [markdown]
# # A title
#
# You will see two numbers added.
#
# 5 minutes. You need: nothing. Before: [one](00_one.ipynb), after: [two](02_two.ipynb)

# %%
import lecture3_engine as engine

# %%
print(1 + 1)

# %% [markdown]
# ## What you have seen
# A sum. Before: [one](00_one.ipynb), after: [two](02_two.ipynb)
"""
NEIGHBORS = {"before": "00_one.ipynb", "after": "02_two.ipynb"}
PNG = "iVBORw0KGgo="


@pytest.fixture
def good():
    """A notebook that keeps all rules, as if SOURCE had been run."""
    notebook = notebooks.read_source(SOURCE)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for count, cell in enumerate(code, 1):
        cell.execution_count = count
    code[1].outputs = [new_output("stream", text="2\n")]
    return notebook


@pytest.mark.parametrize("name", NAMES)
def test_each_stored_notebook_keeps_the_rules(name):
    assert notebooks.check(FOLDER, name) == []


def test_a_good_notebook_breaks_no_rule(good):
    assert notebooks.broken_rules(good, SOURCE, **NEIGHBORS) == []


def display(data):
    return new_output("display_data", data=data)


def source_edited(notebook):
    notebook.cells[2].source = "print(1 + 2)"


def cell_added(notebook):
    notebook.cells.append(new_markdown_cell("One more."))


def tag_lost(notebook):
    notebook.cells[2].metadata["tags"] = ["solution"]


def not_run(notebook):
    notebook.cells[2].execution_count = None


def run_out_of_order(notebook):
    notebook.cells[1].execution_count, notebook.cells[2].execution_count = 2, 1


def run_twice(notebook):
    notebook.cells[2].execution_count = 7


def widget_state(notebook):
    notebook.metadata["widgets"] = {}


def error(notebook):
    notebook.cells[2].outputs.append(new_output("error", ename="ValueError", evalue="no"))


def warning(notebook):
    notebook.cells[2].outputs.append(
        new_output("stream", name="stderr", text="UserWarning: careful")
    )


def address(notebook):
    notebook.cells[2].outputs.append(display({"text/plain": "<object at 0x7f12ab34cd56>"}))


def live_view(notebook):
    data = {"text/plain": "Explorer()", "image/png": PNG, notebooks.WIDGET_VIEW: {"model_id": "1"}}
    notebook.cells[2].outputs.append(display(data))


def no_output(notebook):
    notebook.cells[2].outputs = []


def only_pictures(notebook):
    notebook.cells[2].outputs = [
        display({"text/plain": "<Figure size 640x480 with 1 Axes>", "image/png": PNG})
    ]


def semicolon(notebook):
    notebook.cells[2].source = "2 + 2;"


def long_cell(notebook):
    notebook.cells[2].source = "x = 1\n" * 26


def no_import(notebook):
    notebook.cells[1].source = "x = 1"


def two_imports(notebook):
    notebook.cells[
        1
    ].source = "from lecture3_engine import Tensor\nfrom lecture3_engine.optim import SGD"


def code_before_import(notebook):
    notebook.cells[1].source = "x = 1\nimport lecture3_engine"


def no_title(notebook):
    notebook.cells[0].source = "A title"


def no_promise(notebook):
    notebook.cells[
        0
    ].source = "# A title\n\n[one](00_one.ipynb) [two](02_two.ipynb) 5 minutes, you need nothing"


def no_minutes(notebook):
    notebook.cells[0].source = notebook.cells[0].source.replace("5 minutes", "Short")


def wrong_minutes(notebook):
    notebook.cells[0].source = notebook.cells[0].source.replace("5 minutes", "15 minutes")


def too_many_minutes(notebook):
    notebook.cells[0].source = notebook.cells[0].source.replace("5 minutes", "45 minutes")
    notebook.cells[3].source = "word " * 45 * 180 + notebook.cells[3].source


def more_words_than_minutes(notebook):
    notebook.cells[3].source = "word " * 20 * 180 + notebook.cells[3].source


def wide_code(notebook):
    notebook.cells[2].source = f"x = 1  # {'-' * 90}"


def no_needs(notebook):
    notebook.cells[0].source = notebook.cells[0].source.replace("You need", "Needs")


def no_summary(notebook):
    notebook.cells[-1].source = notebook.cells[-1].source.replace("What you have seen", "The end")


def no_link_at_the_top(notebook):
    notebook.cells[0].source = notebook.cells[0].source.replace("02_two.ipynb", "")


def no_link_at_the_end(notebook):
    notebook.cells[-1].source = notebook.cells[-1].source.replace("00_one.ipynb", "")


def too_large(notebook):
    notebook.cells[2].outputs.append(
        display({"text/plain": "a picture", "image/png": "A" * 2_000_000})
    )


@pytest.mark.parametrize(
    "change, sentence",
    [
        (source_edited, "differs from the source"),
        (cell_added, "5 cells, its source 4"),
        (tag_lost, "differs from the source"),
        (not_run, "not run once, from top to bottom"),
        (run_out_of_order, "not run once, from top to bottom"),
        (run_twice, "not run once, from top to bottom"),
        (widget_state, "metadata.widgets"),
        (error, "ended in ValueError: no"),
        (warning, "wrote to stderr: UserWarning: careful"),
        (address, "memory address"),
        (live_view, "shows a widget"),
        (no_output, "no cell prints anything"),
        (only_pictures, "no cell prints anything"),
        (semicolon, "semicolon"),
        (long_cell, "26 lines"),
        (no_import, "one import"),
        (two_imports, "one import"),
        (code_before_import, "one import"),
        (no_title, "title"),
        (no_promise, "promises nothing"),
        (no_minutes, "how many minutes"),
        (wrong_minutes, "it says 15 minutes, at most 40 are wanted, and 2 are reckoned"),
        (too_many_minutes, "it says 45 minutes, at most 40 are wanted, and 47 are reckoned"),
        (more_words_than_minutes, "it says 5 minutes, at most 40 are wanted, and 22 are reckoned"),
        (wide_code, "is 99 columns wide"),
        (no_needs, "what you need to know"),
        (no_summary, "What you have seen"),
        (no_link_at_the_top, "first text cell has no link to 02_two.ipynb"),
        (no_link_at_the_end, "last text cell has no link to 00_one.ipynb"),
        (too_large, "2.0 MB large"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_rule_names_what_breaks_it(good, change, sentence):
    change(good)
    found = notebooks.broken_rules(good, SOURCE, **NEIGHBORS)
    assert any(sentence in line for line in found), found


def test_what_is_folded_or_beside_the_road_takes_no_minutes(good):
    long = "word " * 20 * 180
    good.cells[3].source = (
        f"<details><summary>More</summary>\n{long}\n</details>\n\n## For the curious\n{long}\n\n"
        + good.cells[3].source
    )
    assert notebooks.broken_rules(good, None, **NEIGHBORS) == []


# The tool


@pytest.fixture
def course(tmp_path):
    """A notebooks folder with one source; returns (folder, path of the source, path of the notebook
    to be).
    """
    folder = tmp_path / "notebooks"
    (folder / "sources").mkdir(parents=True)
    source = folder / "sources" / "01_sum.py"
    source.write_text(
        SOURCE.replace("Before: [one](00_one.ipynb), after: [two](02_two.ipynb)", ""),
        encoding="utf-8",
    )
    return folder, source, folder / "01_sum.ipynb"


def run(folder, *arguments):
    return notebooks.main([*arguments, "--folder", str(folder)])


@pytest.mark.slow
def test_it_builds_a_notebook_that_keeps_the_rules_and_is_the_same_each_time(
    course, capsys, monkeypatch
):
    folder, source, path = course
    # as some test set-ups do: pictures must come inline all the same
    monkeypatch.setenv("MPLBACKEND", "agg")
    text = source.read_text(encoding="utf-8").replace(
        "print(1 + 1)",
        """\
import sys
from tqdm import tqdm
import matplotlib.pyplot as plt
for step in tqdm(range(3), file=sys.stdout, leave=False):
    pass
print("3 steps")
_ = plt.plot([1, 2])""",
    )
    source.write_text(text, encoding="utf-8")
    assert run(folder) == 0, capsys.readouterr().out
    first = path.read_bytes()
    assert run(folder) == 0
    assert path.read_bytes() == first

    notebook = nbformat.read(path, as_version=4)
    assert notebook.metadata == notebooks.METADATA
    stream, picture = notebook.cells[2].outputs
    assert stream.text == "3 steps\n"
    assert set(picture.data) == {"text/plain", "image/png"}
    assert run(folder, "--check") == 0
    assert "01_sum: good" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize(
    "code, reason",
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import warnings; warnings.warn('careful')", "wrote to stderr"),
        ("from ipywidgets import IntSlider\nIntSlider()", "shows a widget without a picture"),
        ("object()", "memory address"),
    ],
)
def test_it_stores_nothing_that_is_not_fit(course, capsys, code, reason):
    folder, source, path = course
    source.write_text(
        source.read_text(encoding="utf-8").replace("print(1 + 1)", code), encoding="utf-8"
    )
    assert run(folder) == 1
    assert reason in capsys.readouterr().out
    assert not path.exists()


@pytest.mark.slow
def test_what_was_edited_in_jupyterlab_is_neither_lost_nor_forced_upon_the_source(course, capsys):
    folder, source, path = course
    assert run(folder) == 0
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[2].source = "print(2 + 2)"
    added = new_code_cell(
        "%matplotlib inline\nlen('abc')", metadata={"tags": ["solution"], "scrolled": True}
    )
    notebook.cells.insert(3, added)
    nbformat.write(notebook, path)

    before = source.read_text(encoding="utf-8")
    assert run(folder) == 1
    assert "--from-notebooks" in capsys.readouterr().out
    assert source.read_text(encoding="utf-8") == before

    assert run(folder, "--from-notebooks", "01") == 0
    assert source.read_text(encoding="utf-8").count("print(2 + 2)") == 1
    assert '# %% tags=["solution"]\n# %matplotlib inline' in source.read_text(encoding="utf-8")
    built = nbformat.read(path, as_version=4)
    assert built.cells[2].outputs[0].text == "4\n"
    assert built.cells[3].metadata == {"tags": ["solution"]}

    source.write_text(
        source.read_text(encoding="utf-8").replace("2 + 2", "3 + 3"), encoding="utf-8"
    )
    assert run(folder, "--from-notebooks") == 0  # now the source is the newer one
    assert "print(3 + 3)" in source.read_text(encoding="utf-8")


def test_source_and_notebook_turn_into_each_other_without_loss():
    assert notebooks.write_source(notebooks.read_source(SOURCE)) == SOURCE


def test_a_cell_keeps_its_id_when_another_is_added_above(good):
    ids = [cell.id for cell in notebooks.normalize(good).cells]
    good.cells.insert(0, new_markdown_cell("New."))
    good.cells.append(new_markdown_cell("New."))
    new = [cell.id for cell in notebooks.normalize(good).cells]
    assert new[1:-1] == ids
    assert len(set(new)) == len(new)


def test_a_view_is_dropped_where_a_picture_stands_beside_it_and_only_there(good):
    good.cells[2].outputs = [
        display({"text/plain": "Explorer()", "image/png": PNG, notebooks.WIDGET_VIEW: {}}),
        display({"text/plain": "IntSlider()", notebooks.WIDGET_VIEW: {}}),
        display({"text/plain": "Figure()", "image/png": PNG, notebooks.WIDGET_VIEW: {}}),
    ]
    good.cells[2].outputs[0].metadata[notebooks.MARK] = True
    explorer, slider, others = notebooks.normalize(good).cells[2].outputs
    assert set(explorer.data) == {"text/plain", "image/png"}
    assert notebooks.WIDGET_VIEW in slider.data
    assert notebooks.WIDGET_VIEW in others.data


def test_a_picture_is_stored_once(good):
    """In a page that a tool makes, the picture has its sentence with it, as HTML: stored, it would
    be there twice.
    """
    html = f'<img src="data:image/png;base64,{PNG}"><p>The ball is at 1.</p>'
    good.cells[2].outputs = [
        display({"text/plain": "a", "image/png": PNG, "text/html": html}) for _ in range(2)
    ]
    good.cells[2].outputs[0].metadata[notebooks.MARK] = True
    ours, others = notebooks.normalize(good).cells[2].outputs
    assert set(ours.data) == {"text/plain", "image/png"}
    assert set(others.data) == {
        "text/plain",
        "image/png",
        "text/html",
    }


def test_names_are_chosen_by_their_beginning():
    names = ["00_start", "07_momentum", "10_nutshell"]
    assert notebooks.chosen(names, []) == names
    assert notebooks.chosen(names, ["10", "07"]) == ["07_momentum", "10_nutshell"]
    with pytest.raises(SystemExit, match=r"No notebook begins with '08'\. There are: 00_start"):
        notebooks.chosen(names, ["08"])


@pytest.mark.parametrize(
    "missing, sentence",
    [("notebook", "notebooks/01_sum.ipynb is missing"), ("source", "it has no source")],
)
def test_a_missing_half_is_said(course, capsys, missing, sentence):
    folder, source, path = course
    if missing == "source":
        source.rename(path)
        path.write_text("{}")
        assert run(folder) == 1
    else:
        assert run(folder, "--check") == 1
    assert sentence in capsys.readouterr().out
