"""Runs in the site's Python before the first cell: build.py puts it where IPython looks for it."""


# A function, deleted at the end, because what is defined here would be a learner's variable.
def _startup() -> None:
    import errno
    import importlib.abc
    import importlib.machinery
    import io
    import json
    import sys
    import zipfile
    from pathlib import Path

    import IPython
    import pyodide.code
    import pyodide.ffi
    import pyodide_js

    # where the site keeps Python
    place = pyodide_js._api.config.indexURL  # noqa: SLF001 it has no public name
    packages = Path(__file__).parents[3]
    later = json.loads((Path(__file__).parents[2] / "later.json").read_text())

    fetch = pyodide.code.run_js("""(url) => {
        const request = new XMLHttpRequest();
        request.open("GET", url, false);
        request.responseType = "arraybuffer";
        request.send();
        const { status, statusText } = request;
        if (status !== 200) throw new Error(`${url}: ${status} ${statusText}`);
        return new Uint8Array(request.response);
    }""")

    # Large files are fetched when they are first read: the digits, and fonts that the course does
    # not use. Emscripten's own lazy files ask for a megabyte at a time, and without a network
    # Python would come to an end.
    fetch_when_read = pyodide.code.run_js("""(FS, { contents }, url, size, EIO, fetch) => {
        let whole;
        const getter = () => {
            try {
                return (whole ??= fetch(url));
            } catch (error) {
                console.error(error);
                throw new FS.ErrnoError(EIO);
            }
        };
        Object.assign(contents, { lengthKnown: true, _length: size, _chunkSize: size, getter });
    }""")
    for name, size in later["files"].items():
        path = packages / name
        path.parent.mkdir(parents=True, exist_ok=True)
        file = pyodide_js.FS.createLazyFile(str(path.parent), path.name, "", True, False)
        fetch_when_read(pyodide_js.FS, file, place + path.name, size, errno.EIO, fetch)

    def explain(
        shell: IPython.InteractiveShell,
        kind: type[OSError],
        error: OSError,
        traceback: object,
        tb_offset: int | None = None,
    ) -> None:
        # load_mnist says so itself
        if error.errno == errno.EIO and "With a network" not in str(error):
            error.add_note(
                "A file of the course is fetched when it is first needed, and did not arrive. With"
                " a network, run the cell again."
            )
        shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)

    IPython.get_ipython().set_custom_exc((OSError,), explain)

    class Later(importlib.abc.MetaPathFinder):
        """Packages that something imports now and then: fetched by the import."""

        def find_spec(
            self,
            name: str,
            path: object = None,  # noqa: ARG002 importlib passes it
            target: object = None,  # noqa: ARG002 importlib passes it
        ) -> importlib.machinery.ModuleSpec | None:
            if name not in later["imports"]:
                return None
            try:
                wheel = fetch(place + later["imports"][name])
            except pyodide.ffi.JsException as error:
                raise ImportError(
                    f"{name} could not be fetched. With a network, run the cell again. ({error})",
                    name=name,
                ) from None
            zipfile.ZipFile(io.BytesIO(wheel.to_bytes())).extractall(packages)
            importlib.invalidate_caches()
            return importlib.machinery.PathFinder.find_spec(name)

    sys.meta_path.append(Later())

    # The notebook's folder is searched last, for a learner's own modules: each look there asks the
    # browser.
    sys.path.remove("")
    sys.path.append("")

    # Imported while the notebook is still being looked at. The first two by the first cell,
    # whatever it is.
    for module in (
        "bdb",
        "IPython.core.logger",
        "matplotlib.pyplot",
        "matplotlib_inline.backend_inline",
        "lecture3_engine.exercises",
        "lecture3_engine.explorers",
    ):
        importlib.import_module(module)

    import lecture3_engine.tensor
    import lecture3_site.matmul

    lecture3_engine.tensor.matmul = lecture3_site.matmul.matmul


_startup()
del _startup
