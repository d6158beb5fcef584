"""What the site's Python does before the first cell, here the module `lecture3_site.startup`.

build.py puts beside it later.json, which says what is fetched when something asks for it.
"""

import errno
import importlib
import io
import json
import os
import sys
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

import js
from pyodide.ffi import JsException

PACKAGES = Path(__file__).parents[1]
LATER = json.loads(Path(__file__).with_name("later.json").read_text())


def start() -> None:
    """Make Python ready for the course."""
    fetch_files_when_they_are_opened()
    sys.meta_path.append(FetchedPackages())
    search_the_notebooks_folder_last()
    import_early()
    multiply_here()


def fetch(name: str) -> bytes:
    """Return a file of the site. A worker may wait for it."""
    request = js.XMLHttpRequest.new()
    request.open("GET", os.environ["LECTURE3_PYTHON"] + name, False)
    request.responseType = "arraybuffer"
    with suppress(JsException):  # without an answer the status stays 0, which is an error below
        request.send()
    if request.status != 200:
        error = OSError(errno.EIO, f"could not be fetched, status {request.status}", name)
        error.add_note(
            "A file of the course is fetched when it is first needed. With a network, run the cell"
            " again."
        )
        raise error
    return request.response.to_bytes()


def fetch_files_when_they_are_opened() -> None:
    """The digits, and fonts that the course does not use: they stay empty until then."""
    missing = {str(PACKAGES / name) for name in LATER["files"]}
    for path in missing:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).touch()

    def fill(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and arguments[0] in missing:
            path = Path(str(arguments[0]))
            content = fetch(path.name)
            missing.remove(str(path))
            path.write_bytes(content)

    # Costs a microsecond an event, 0.03 s while an explorer is made, and next to nothing later.
    sys.addaudithook(fill)


class FetchedPackages(MetaPathFinder):
    """Packages that something imports now and then: fetched by the import."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 importlib passes it
        target: ModuleType | None = None,  # noqa: ARG002 importlib passes it
    ) -> ModuleSpec | None:
        """Return where the module is, when it has been fetched."""
        if fullname not in LATER["imports"]:
            return None
        try:
            wheel = fetch(LATER["imports"][fullname])
        except OSError as error:
            raise ImportError(
                f"{fullname} could not be fetched. With a network, run the cell again. ({error})",
                name=fullname,
            ) from None
        zipfile.ZipFile(io.BytesIO(wheel)).extractall(PACKAGES)
        importlib.invalidate_caches()
        return PathFinder.find_spec(fullname)


def search_the_notebooks_folder_last() -> None:
    """It may have a learner's own modules, but each look there asks the browser."""
    sys.path.remove("")
    sys.path.append("")


def import_early() -> None:
    """While the notebook is still being looked at. The first two are for any first cell."""
    for module in (
        "bdb",
        "IPython.core.logger",
        "matplotlib.pyplot",
        "matplotlib_inline.backend_inline",
        "lecture3_engine.exercises",
        "lecture3_engine.explorers",
    ):
        importlib.import_module(module)


def multiply_here() -> None:
    """Give the engine a matrix product, as NumPy has no BLAS here."""
    tensor = importlib.import_module("lecture3_engine.tensor")
    tensor.matmul = importlib.import_module("lecture3_site.matmul").matmul
