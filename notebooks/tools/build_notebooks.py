"""Builds the notebooks from their sources, and knows the rules a stored notebook keeps.

    python notebooks/tools/build_notebooks.py                    build all of them
    python notebooks/tools/build_notebooks.py 07 10              those whose names begin so
    python notebooks/tools/build_notebooks.py --check            run and change nothing: name the
                                                                 broken rules
    python notebooks/tools/build_notebooks.py --from-notebooks   for those edited in JupyterLab:
                                                                 write the source, then build

notebooks/sources/NN_name.py is what people review: cells as text, in jupytext's percent format.
Building runs it in a fresh kernel and writes notebooks/NN_name.ipynb with outputs, in a form that
differs from the last one only where the text or a result does.
"""

import argparse
import ast
import copy
import hashlib
import json
import os
import re
import sys
import time
from pathlib import Path

CELL_SECONDS = 120  # the same limit as --nbval-cell-timeout in pyproject.toml
CELL_LINES = 25  # about a dozen is the aim, this is the end
CELL_COLUMNS = 94  # what JupyterLab shows at 1280 pixels, with its sidebar open
# What a reader needs, by which the stated minutes are reckoned, and how far they may be from it.
WORDS_A_MINUTE = 180
MINUTES = {"cell": 1, "exercise": 4, "explorer": 3}
MINUTES_OFF = 3
LONGEST = 40  # minutes
# Sections that are not counted; nor is what is folded.
BESIDE = re.compile(r"optional|curious|challenge|to read on", re.IGNORECASE)
NOTEBOOK_BYTES = 1_500_000  # what GitHub still shows quickly
KEPT_CELL_METADATA = ("tags", "jupyter")  # what an author sets; all else is left by tools
# in the metadata of what is ours: a notebook of the course, an output (live/stored.py)
MARK = "lecture3_engine"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
# text/plain alone is only the widget's repr
STAND_INS = ("image/png", "image/svg+xml", "image/jpeg", "text/html")
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    # without the version, which would change with each machine
    "language_info": {"name": "python"},
    # JupyterLab writes the version when it opens the notebook; `live/labextension` does not call
    # that a change
    MARK: True,
}


# Source and notebook: the same cells in two forms
# -----------------------------------------------------------------


def read_source(text):
    """Return the notebook, not yet run, that a source stands for."""
    import jupytext

    return jupytext.reads(text, fmt="py:percent")


def write_source(notebook):
    """Return the source of a notebook: its cells as text, without outputs and without a header."""
    import jupytext

    filters = {
        "notebook_metadata_filter": "-all",
        "cell_metadata_filter": ",".join(KEPT_CELL_METADATA) + ",-all",
    }
    bare = _new_notebook(notebook.cells)
    bare.metadata["jupytext"] = filters
    return jupytext.writes(bare, fmt="py:percent")


def contents(notebook):
    """Return what an author writes of each cell: its kind, its text and its tags."""
    return [
        (
            cell.cell_type,
            cell.source.rstrip(),
            {k: cell.metadata[k] for k in KEPT_CELL_METADATA if k in cell.metadata},
        )
        for cell in notebook.cells
    ]


def _new_notebook(cells):
    from nbformat.v4 import new_notebook

    return new_notebook(cells=cells, metadata=dict(METADATA))


# Building
# ------------------------------------------------------------------------------


def execute(notebook, folder, on_cell=lambda _index: None):
    """Run a notebook from top to bottom in a fresh kernel whose working directory is `folder`."""
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpecManager
    from nbclient import NotebookClient

    # With no folders to look in, "python3" is the kernel of this very Python, whatever the user has
    # registered.
    manager = AsyncKernelManager(
        kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[])
    )
    client = NotebookClient(
        notebook,
        km=manager,
        timeout=CELL_SECONDS,
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        # else each kernel says that its local sockets are not encrypted
        extra_arguments=["--log-level=ERROR"],
        on_cell_start=lambda cell, cell_index: on_cell(cell_index),  # noqa: ARG005, by name
    )
    # Without a back end forced upon it the kernel shows figures inline, as in JupyterLab.
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    client.execute(env=environment, cleanup_kc=True)
    return notebook


def normalize(notebook):
    """Return the notebook as it is stored: nothing in it that a second run would change without
    need.
    """
    cells = []
    seen = {}
    for cell in map(copy.copy, notebook.cells):
        cell.source = cell.source.rstrip()
        cell.metadata = type(cell.metadata)(
            {k: v for k, v in cell.metadata.items() if k in KEPT_CELL_METADATA}
        )
        # An id made of the text stays when cells are added above; a counter tells equal cells
        # apart.
        key = (cell.cell_type, cell.source)
        seen[key] = seen.get(key, 0) + 1
        cell.id = hashlib.sha256(repr((key, seen[key])).encode()).hexdigest()[:8]
        if cell.cell_type == "code":
            cell.outputs = _joined_streams(cell.outputs)
            for output in cell.outputs:
                if output.get("metadata", {}).get(MARK) and "image/png" in output.data:
                    # the same picture with its sentence, for pages
                    output.data.pop("text/html", None)
        cells.append(cell)
    stored = _new_notebook(cells)
    stored.nbformat_minor = 5
    return strip_views(stored)


def strip_views(notebook):
    """Drop, in place, every widget view of ours that has a picture or a text for readers beside it,
    and the state of its widget.

    Takes a notebook of nbformat 4 as a dict (or nbformat's own object) and returns it. What carries
    no mark of ours stays as it is. `live/labextension` has the same rule in JavaScript, for
    notebooks that learners save.
    """
    dropped, kept = [], []  # the models whose views go, and stay
    for cell in notebook.get("cells", []):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if WIDGET_VIEW not in data:
                continue
            if output.get("metadata", {}).get(MARK) and any(kind in data for kind in STAND_INS):
                dropped.append(data.pop(WIDGET_VIEW).get("model_id"))
            else:
                kept.append(data[WIDGET_VIEW].get("model_id"))
    if dropped:
        _strip_states(notebook.get("metadata", {}), dropped, kept)
    return notebook


def _strip_states(metadata, dropped, kept):
    """Drop the stored state of the models `dropped` and of those that only they refer to; those of
    `kept` stay.
    """
    widgets = metadata.get("widgets", {})
    states = widgets.get(WIDGET_STATE, {}).get("state")
    if states is None:
        return

    def reachable(ids, found):
        for model_id in ids:
            if model_id in states and model_id not in found:
                found.add(model_id)
                reachable(re.findall(r"IPY_MODEL_([\w-]+)", json.dumps(states[model_id])), found)
        return found

    ours = reachable(dropped, set())
    others = reachable([*kept, *(set(states) - ours)], set())
    for model_id in ours - others:
        del states[model_id]
    if not states:
        del widgets[WIDGET_STATE]
    if not widgets:
        del metadata["widgets"]


def _joined_streams(outputs):
    """Join neighboring pieces of one stream and keep what a terminal would show of lines that were
    overwritten.
    """
    joined = []
    for output in outputs:
        last = joined[-1] if joined else None
        if (
            output.output_type == "stream"
            and last
            and last.output_type == "stream"
            and last.name == output.name
        ):
            last.text += output.text
        else:
            joined.append(output.copy())
    for output in joined:
        if output.output_type == "stream":
            # As nbval does before it compares: a progress bar leaves nothing but what was printed
            # after it.
            output.text = re.sub(r"^.*\r(?=[^\n])", "", output.text, flags=re.MULTILINE)
    return joined


# The rules of a stored notebook: each names what breaks it
# ----------------------------------------------------------


def broken_rules(notebook, source=None, before=None, after=None):
    """Return a sentence for each rule that a stored notebook breaks; none for a good one.

    `source` is the text of its source file; `before` and `after` are the file names of its
    neighbors in the course.
    """
    import nbformat

    rules = (
        executed_in_order,
        no_widget_state,
        clean_outputs,
        no_live_views,
        something_to_compare,
        no_hidden_values,
        short_cells,
        opens_with_one_import,
        introduces_itself,
        takes_the_minutes_it_says,
        says_what_was_seen,
    )
    found = [sentence for rule in rules for sentence in rule(notebook)]
    found += links_to_neighbors(notebook, before, after)
    if source is not None:
        found += same_as_source(notebook, source)
    size = len(nbformat.writes(notebook).encode())
    if size > NOTEBOOK_BYTES:
        found.append(
            f"it is {size / 1e6:.1f} MB large, more than {NOTEBOOK_BYTES / 1e6:.1f} MB: make"
            " pictures smaller"
        )
    return found


def _code(notebook):
    """Return (name for messages, cell) of each code cell that holds code."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    return [
        (f"code cell {number} ({_first_line(cell.source)})", cell)
        for number, cell in enumerate(cells, 1)
    ]


def _first_line(text):
    return (text.strip().splitlines() or [""])[0][:40]


def _outputs(notebook):
    return [(name, output) for name, cell in _code(notebook) for output in cell.outputs]


def _texts(output):
    """Return the texts in an output that nbval compares and a reader sees."""
    if output.output_type == "stream":
        return [output.text]
    return [text for kind, text in output.get("data", {}).items() if kind.startswith("text/")]


def same_as_source(notebook, source):
    ours, theirs = contents(notebook), contents(read_source(source))
    for number, (cell, original) in enumerate(zip(ours, theirs, strict=False), 1):
        if cell != original:
            yield f"cell {number} ({_first_line(cell[1])}) differs from the source"
            return
    if len(ours) != len(theirs):
        yield f"it has {len(ours)} cells, its source {len(theirs)}"


def executed_in_order(notebook):
    counts = [cell.execution_count for _, cell in _code(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"its code cells were not run once, from top to bottom, in a fresh kernel: {counts}"


def no_widget_state(notebook):
    if "widgets" in notebook.metadata:
        yield "metadata.widgets is present: GitHub fails to show such notebooks"


def clean_outputs(notebook):
    for name, output in _outputs(notebook):
        if output.output_type == "error":
            yield f"{name} ended in {output.ename}: {output.evalue}"
        elif output.output_type == "stream" and output.name == "stderr":
            yield f"{name} wrote to stderr: {output.text.strip()[-200:]}"
        elif any(re.search(r"\b0x[0-9a-f]{6,}", text) for text in _texts(output)):
            yield f"{name} shows a memory address, which is another one tomorrow"


def no_live_views(notebook):
    for name, output in _outputs(notebook):
        if WIDGET_VIEW in output.get("data", {}):
            yield f"{name} shows a widget without a picture beside it"


def something_to_compare(notebook):
    texts = [text for _, output in _outputs(notebook) for text in _texts(output)]
    if not any(text.strip() and not text.startswith("<Figure") for text in texts):
        yield "no cell prints anything: nbval would pass whatever the code does"


def no_hidden_values(notebook):
    for name, cell in _code(notebook):
        if cell.source.rstrip().endswith(";"):
            yield (
                f"{name} hides its value with a semicolon, which nbval does not do: write `_ = ...`"
            )


def short_cells(notebook):
    for name, cell in _code(notebook):
        lines = len(cell.source.strip().splitlines())
        if lines > CELL_LINES:
            yield f"{name} has {lines} lines, more than {CELL_LINES}"
        columns = max(map(len, cell.source.splitlines()))
        if columns > CELL_COLUMNS:
            yield f"{name} is {columns} columns wide, more than {CELL_COLUMNS}"


def opens_with_one_import(notebook):
    if not _code(notebook):
        yield "it has no code"
        return
    name, cell = _code(notebook)[0]
    try:
        statements = ast.parse(cell.source).body
    except SyntaxError:
        statements = []
    imports = [node for node in statements if isinstance(node, (ast.Import, ast.ImportFrom))]
    ours = [node for node in imports if "lecture3_engine" in ast.unparse(node)]
    if not imports or statements[0] is not imports[0] or len(ours) != 1:
        yield f"{name}, the first, does not open with one import of lecture3_engine"


def introduces_itself(notebook):
    first = notebook.cells[0] if notebook.cells else None
    text = first.source if first and first.cell_type == "markdown" else ""
    if not re.match(r"# \S", text):
        yield "it does not open with its title: a text cell that begins with `# `"
        return
    paragraphs = [
        part.strip()
        for part in re.split(r"\n\s*\n|\n(?=#)", text.partition("\n")[2])
        if part.strip()
    ]
    if not any(re.match(r"[^\[#|!<←]*[.!?]", part, flags=re.DOTALL) for part in paragraphs):
        yield "its first cell promises nothing: a sentence below the title"
    if not re.search(r"\b\d+ minutes\b", text):
        yield "its first cell does not say how many minutes it takes (`20 minutes`)"
    if not re.search(r"you need", text, flags=re.IGNORECASE):
        yield "its first cell does not say what you need to know (`You need: ...`)"


def takes_the_minutes_it_says(notebook):
    stated = re.search(r"\b(\d+) minutes\b", notebook.cells[0].source if notebook.cells else "")
    reckoned = minutes(notebook)
    if stated and (abs(int(stated[1]) - reckoned) > MINUTES_OFF or round(reckoned) > LONGEST):
        yield (
            f"it says {stated[1]} minutes, at most {LONGEST} are wanted, and {reckoned:.0f} are"
            " reckoned: fold or cut"
        )


def minutes(notebook):
    """Return how many minutes a notebook takes, as CONTRIBUTING.md says it is reckoned."""
    total, counted = 0.0, True
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            text = re.sub(r"<details>.*?</details>", "", cell.source, flags=re.DOTALL)
            for part in re.split(r"^(?=## )", text, flags=re.MULTILINE):
                if part.startswith("## "):
                    counted = not BESIDE.search(part.partition("\n")[0])
                total += counted * len(part.split()) / WORDS_A_MINUTE
        elif counted:
            kind = (
                "exercise"
                if "exercises.check(" in cell.source
                else "explorer"
                if re.search(r"explorers\.\w+Explorer", cell.source)
                else "cell"
            )
            total += MINUTES[kind]
    return total


def says_what_was_seen(notebook):
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    if not any(re.search(r"^## What you have seen", text, flags=re.MULTILINE) for text in texts):
        yield "it does not end with a section `## What you have seen`"


def links_to_neighbors(notebook, before=None, after=None):
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"] or [""]
    for place, text in (("first", texts[0]), ("last", texts[-1])):
        links = re.findall(r"\]\((\d\d_\w+\.ipynb)", text)
        for neighbor in (before, after):
            if neighbor and neighbor not in links:
                yield f"its {place} text cell has no link to {neighbor}"


# The command
# ------------------------------------------------------------------------------


def find_folder():
    """Return the notebooks folder of the checkout that this is in, or of the working directory."""
    for top in (Path(__file__).resolve().parents[2], Path.cwd()):
        if (top / "notebooks" / "sources").is_dir():
            return top / "notebooks"
    raise SystemExit("No notebooks/sources here: run this in a checkout of the project.")


def names_in(folder):
    """Return the names of all notebooks, built or not, in the order of the course."""
    return sorted(
        {path.stem for pattern in ("*.ipynb", "sources/*.py") for path in folder.glob(pattern)}
    )


def chosen(names, wanted):
    """Return the names that begin with one of `wanted`; all of them if nothing is wanted."""
    for prefix in wanted:
        if not any(name.startswith(prefix) for name in names):
            raise SystemExit(
                f"No notebook begins with {prefix!r}. There are: {', '.join(names) or 'none'}."
            )
    return [name for name in names if not wanted or name.startswith(tuple(wanted))]


def check(folder, name):
    """Return the rules that the stored notebook `name` breaks, as sentences."""
    import nbformat

    path, source = folder / f"{name}.ipynb", folder / "sources" / f"{name}.py"
    for needed in (path, source):
        if not needed.exists():
            return [f"{needed.relative_to(folder.parent).as_posix()} is missing"]
    names = names_in(folder)
    place = names.index(name)
    before, after = (
        f"{names[i]}.ipynb" if 0 <= i < len(names) else None for i in (place - 1, place + 1)
    )
    return broken_rules(
        nbformat.read(path, as_version=4), source.read_text(encoding="utf-8"), before, after
    )


def build(folder, name, on_cell=lambda _done, _total: None):
    """Run the source `name` and store the notebook; raise RuntimeError if its outputs are not fit
    to be stored.
    """
    import nbformat

    path, source = folder / f"{name}.ipynb", folder / "sources" / f"{name}.py"
    notebook = _new_notebook(read_source(source.read_text(encoding="utf-8")).cells)
    execute(notebook, folder, lambda index: on_cell(index, len(notebook.cells)))
    notebook = normalize(notebook)
    unfit = [sentence for rule in (clean_outputs, no_live_views) for sentence in rule(notebook)]
    if unfit:
        raise RuntimeError("\n".join(unfit))
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")


def take_back(folder, name):
    """Write the source of `name` from its notebook."""
    import nbformat

    notebook = nbformat.read(folder / f"{name}.ipynb", as_version=4)
    (folder / "sources" / f"{name}.py").write_text(
        write_source(notebook), encoding="utf-8", newline="\n"
    )


def edited_since(folder, name):
    """Tell whether the notebook's text is newer than its source, so that building would lose it."""
    import nbformat

    path, source = folder / f"{name}.ipynb", folder / "sources" / f"{name}.py"
    if not path.exists() or path.stat().st_mtime <= source.stat().st_mtime:
        return False
    return contents(nbformat.read(path, as_version=4)) != contents(
        read_source(source.read_text(encoding="utf-8"))
    )


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python notebooks/tools/build_notebooks.py",
        description="Run the notebooks from their sources and store them.",
    )
    parser.add_argument(
        "names", nargs="*", help="beginnings of names, such as 07; all notebooks without"
    )
    parser.add_argument(
        "--check", action="store_true", help="run and change nothing, only name the broken rules"
    )
    parser.add_argument(
        "--from-notebooks",
        action="store_true",
        help="write the source first where its notebook was edited later",
    )
    parser.add_argument(
        "--folder", type=Path, help="the notebooks folder; that of the checkout without"
    )
    options = parser.parse_args(arguments)
    try:
        import jupytext  # noqa: F401
        import nbclient  # noqa: F401
    except ImportError as error:
        raise SystemExit(
            f'{error.name} is missing. It comes with: pip install -e ".[test]"'
        ) from None

    folder = (options.folder or find_folder()).resolve()
    all_good = True
    for name in chosen(names_in(folder), options.names):
        problems = [] if options.check else _build_and_report(folder, name, options.from_notebooks)
        problems = problems or check(folder, name)
        for sentence in problems:
            print(f"{name}: {sentence}")
        if options.check and not problems:
            print(f"{name}: good")
        all_good = all_good and not problems
    return 0 if all_good else 1


def _build_and_report(folder, name, from_notebooks):
    """Build one notebook with its progress on one line; return what went wrong."""
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    has_source = (folder / "sources" / f"{name}.py").exists()
    edited = not has_source or edited_since(folder, name)
    if edited and from_notebooks:  # a source that is newer than its notebook stays as it is
        take_back(folder, name)
    elif not has_source:
        return ["it has no source; --from-notebooks writes one"]
    elif edited:
        cure = "keep that with --from-notebooks, or delete the notebook to build it from the source"
        return [f"the notebook was edited after its source: {cure}"]

    begin = time.perf_counter()

    def show(done, total):
        if sys.stdout.isatty():
            print(
                f"\r{name}: cell {done + 1} of {total}, {time.perf_counter() - begin:.0f} s ",
                end="",
                flush=True,
            )

    try:
        build(folder, name, show)
    except (CellExecutionError, CellTimeoutError, DeadKernelError, RuntimeError) as error:
        plain = re.sub(r"\x1b\[[0-9;]*m", "", str(error))  # IPython colors its tracebacks
        return [f"not stored, because\n{plain.strip()}"]
    finally:
        if sys.stdout.isatty():
            print("\r\033[K", end="")
    size = (folder / f"{name}.ipynb").stat().st_size
    print(f"{name}: stored, {time.perf_counter() - begin:.1f} s, {size / 1000:.0f} kB", flush=True)
    return []


if __name__ == "__main__":
    sys.exit(main())
