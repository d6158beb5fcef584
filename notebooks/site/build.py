"""Build the course for the browser: a JupyterLite site, in which Python runs in the learner's tab.

    python notebooks/site/build.py                                # with Pyodide's own distribution
    python notebooks/site/build.py --pyodide ../shared/pyodide    # with Pyodide from a folder
    python -m http.server --directory notebooks/site/dist         # any static web server will do

The site works from any subpath and asks no other host. Without --pyodide, the release that the
pinned kernel expects is downloaded while building, from the address that the kernel's own package
names; the tests only build with a folder.

Python, in the browser, begins with an empty disk and compiles every module anew. So its packages
are put into one archive here (see python.js), without what no program opens, and the modules that
the course imports are compiled in advance, by the same Python under Node.

HOLDS lists what this relies on although JupyterLite and Pyodide do not promise it. After an update
of the pins, the build says which of it is no longer so.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CACHE = HERE / "build"  # the environment that builds, and downloads; may be deleted at any time

# A browser runs what the web server calls JavaScript: all do so with .js, not all with .mjs.
CORE = {
    "pyodide.mjs": "pyodide.js",
    "pyodide.asm.mjs": "pyodide.asm.js",
    "pyodide.asm.wasm": "pyodide.asm.wasm",
    "python_stdlib.zip": "python_stdlib.zip",
}
LOCK = "pyodide-lock.json"
ARCHIVE = "packages.zip"
PYTHON = "static/python"  # where the site keeps Python
PYTHON_VERSION = "3.14"  # of the pinned Pyodide
SHORT = PYTHON_VERSION.replace(".", "")  # as wheels and compiled modules write it
SITE_PACKAGES = f"/lib/python{PYTHON_VERSION}/site-packages"

ASSEMBLER = "wasmtime==50.0.1"  # for matmul.wat

# What the kernel would install if it were not told that it is there.
PRELOADED = ["micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "jedi", "ipython"]

# Fetched when something imports or opens them, see startup.py: savefig("x.pdf") wants fontTools, a
# network the digits.
LATER = ["fonttools", "prompt-toolkit", "wcwidth", "pytz", "tqdm"]
LATER_FILES = [
    "*/mnist.npz",
    "*/DejaVuSerif*.ttf",
    "*/DejaVuSansMono-*.ttf",
    "*/DejaVuSans-BoldOblique.ttf",
]

# Left out of the packages: nothing that a program can import but tests, and no file that a function
# of theirs opens.
DROPPED = [
    "*.pyi",
    "*/tests/*",
    "*/_tests/*",
    "*.a",
    "*.h",
    "*.pxd",
    "matplotlib/mpl-data/sample_data/*",
    "matplotlib/mpl-data/images/*",
    "matplotlib/backends/web_backend/*",
    # completions for packages that are not here
    "jedi/third_party/django-stubs/*",
    "jedi/third_party/typeshed/stubs/*",
    "numpy/f2py/*",  # compiles Fortran
    "font_source_sans_pro/files/*",
    "*.data/*",  # JavaScript and settings for the server: the site has its own copies
]
KEPT = [
    "jedi/third_party/typeshed/stdlib/*",
    "*/SourceSansPro-Regular.ttf",  # the ones that style.py uses
    "*/SourceSansPro-It.ttf",
    "*/SourceSansPro-Bold.ttf",
]

# Imported while JupyterLab still starts. The kernel first: it makes the shell, which runs
# startup.py, and ipykernel, here a part of it, must be whole by then.
IMPORTS = """
import pyodide_kernel, IPython, jedi, piplite.piplite
import matplotlib.pyplot, matplotlib_inline.backend_inline, ipywidgets
import lecture3_engine.exercises, lecture3_engine.explorers
"""

# What the precompiled modules are: those that this imports.
COURSE = """
import pyodide_kernel, piplite.piplite
pyodide_kernel.ipython_shell.send_comm = lambda *message: None  # nobody is there to show a widget
import jedi, matplotlib.pyplot, matplotlib_inline.backend_inline, ipywidgets
import anywidget, tqdm, bdb, IPython.core.logger
import lecture3_engine as engine, numpy.random
engine.style.use()
explorer = engine.explorers.LearningRateExplorer()
explorer._repr_mimebundle_()
engine.exercises
import lecture3_site.matmul, lecture3_site.startup
"""


KERNEL_FILES = "extensions/@jupyterlite/pyodide-kernel-extension/static"
# In which files of the site, what must stand there, and what to do when it does not.
HOLDS = [
    (
        f"{KERNEL_FILES}/*.js",
        r'new Worker\(\w+,\{type:"module"\}\)',
        "The kernel no longer starts its worker with new Worker(url, ...): mend page.js.",
    ),
    (
        f"{KERNEL_FILES}/comlink.worker.*.js",
        r"loadPyodide:(\w+)\}=await .{0,60}await \1\(\{indexURL:\w+,stdout:",
        "The kernel's worker no longer passes stdout and stderr to loadPyodide: mend early.js.",
    ),
    (
        "build/*.js",
        r'searchParams\.set\("enableCache"',
        "JupyterLite asks for its service worker at another address: mend page.js.",
    ),
    (
        "build/*.js",
        r"`\$\{\w+\}-version`,\w+=localStorage\.getItem",
        "JupyterLite notes elsewhere how old its service worker is: mend page.js.",
    ),
    (
        f"{PYTHON}/pyodide.asm.js",
        r"\w\._module=Module\b",
        "Pyodide no longer has its memory at _module.memory: mend matmul.py.",
    ),
]


def run(
    *command: str | Path, cwd: Path | str | None = None, env: dict[str, str] | None = None
) -> None:
    """Run a command to its end; one that fails is an error."""
    subprocess.run([str(part) for part in command], check=True, cwd=cwd, env=env)


def pip(*arguments: str | Path) -> None:
    """Run pip of this Python."""
    run(sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments)


def canonical(name: str) -> str:
    """Return the name of a package as it stands in LATER."""
    return re.sub(r"[-_.]+", "-", name).lower()


# --- Python for the browser ---


def download(folder: Path) -> None:
    """Put the wheels into `folder` that are not Pyodide's.

    These are the ones of browser-requirements.txt, and the package's own.
    """
    browsers = [f"--python-version={PYTHON_VERSION}", f"--abi=cp{SHORT}"]
    browsers += ["--implementation=cp", "--platform=any"]
    wanted = ["-r", HERE / "browser-requirements.txt"]
    pip("download", "--dest", folder, *browsers, "--only-binary=:all:", "--no-deps", *wanted)
    pip("wheel", "--no-deps", "--wheel-dir", folder, ROOT)


def collect(pyodide: Path | None, downloads: Path, folder: Path) -> None:
    """Put Python for the browser into `folder`: Pyodide, and all packages that the course needs.

    Parameters
    ----------
    pyodide : Path or None
        The folder to take Pyodide from. None downloads the release that the pinned kernel expects.
    downloads : Path
        What `download` has put together. Pyodide's wheels are added to it.
    folder : Path
        Where to put it; made if it is not there. `loadPyodide` of its python.js loads all of it.

    Notes
    -----
    What a site fetches when it is asked for (LATER, LATER_FILES) lies beside the archive. Elsewhere
    than in the site, put it into site-packages: tests/pyodide/run.mjs does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "python.js", folder)
    (folder / "package.json").write_text('{"type": "module"}')  # tells Node what the .js are
    (kernel,) = downloads.glob("jupyterlite_pyodide_kernel-*.whl")
    with zipfile.ZipFile(kernel) as archive:
        for name in archive.namelist():
            if "/pypi/" in name and name.endswith(".whl"):
                (downloads / Path(name).name).write_bytes(archive.read(name))
        constants: dict[str, Any] = {}
        exec(archive.read("jupyterlite_pyodide_kernel/constants.py"), constants)
    take_pyodide(pyodide, downloads, folder, constants["PYODIDE_CDN_URL"])
    with tempfile.TemporaryDirectory() as place:
        files, imports, packages = {}, {}, []
        for wheel in sorted(set(downloads.glob("*.whl")) - {kernel}):
            package = Path(place, wheel.name)
            files |= unpack(wheel, package, folder)
            if canonical(wheel.name.split("-")[0]) in LATER:
                imports |= dict.fromkeys(modules(package), wheel.name)
            else:
                packages.append(package)
        packages.append(own_package(Path(place, "site"), {"files": files, "imports": imports}))
        wheels = sorted(set(imports.values()))
        everything = [*packages, *(Path(place, name) for name in wheels)]
        pack(everything, folder / ARCHIVE, compresslevel=1)
        precompile(folder, everything)
        pack(packages, folder / ARCHIVE)
        for name in wheels:
            pack([Path(place, name)], folder / name)


def take_pyodide(source: Path | None, downloads: Path, folder: Path, url: str) -> None:
    """Copy or download Pyodide's core to `folder`, its wheels to `downloads`.

    The lock file then names no package: all are in the archive, and Pyodide has none to fetch.
    """

    def take(name: str, to: Path) -> None:
        if source is None:
            with urllib.request.urlopen(f"{url}/{name}") as answer:
                to.write_bytes(answer.read())
        else:
            shutil.copyfile(Path(source) / name, to)

    if source is not None and not (Path(source) / LOCK).is_file():
        raise ValueError(
            f"--pyodide: expected a folder with {LOCK}. Received {source}: leave --pyodide out to"
            " download Pyodide."
        )
    take(LOCK, folder / LOCK)
    lock = json.loads((folder / LOCK).read_text())
    if not lock["info"]["python"].startswith(f"{PYTHON_VERSION}."):
        raise ValueError(
            f"expected Pyodide with Python {PYTHON_VERSION}. Received {lock['info']['python']}:"
            " change PYTHON_VERSION in build.py."
        )
    for name, called in CORE.items():
        take(name, folder / called)
    taken, todo = set(), ["numpy", "matplotlib", "micropip"]
    while todo:
        name = todo.pop()
        if name not in taken:
            taken.add(name)
            wheel = lock["packages"][name]["file_name"]
            take(wheel, downloads / wheel)
            todo += lock["packages"][name]["depends"]
    (folder / LOCK).write_text(json.dumps({**lock, "packages": {}}, indent=1))


def matches(name: str, patterns: list[str]) -> bool:
    """Return whether the name fits one of the patterns."""
    return any(fnmatch(name, pattern) for pattern in patterns)


def own_package(folder: Path, later: dict[str, dict[str, Any]]) -> Path:
    """Put startup.py, what it has to know, and the matrix product into a package in `folder`."""
    package = folder / "lecture3_site"
    ipython = package / "profile_default/startup"  # see IPYTHONDIR below
    ipython.mkdir(parents=True)
    # One expression: a name defined here would be a learner's variable.
    (ipython / "start.py").write_text("__import__('lecture3_site.startup').startup.start()\n")
    for name in ("startup.py", "matmul.py"):
        shutil.copy(HERE / name, package)
    (package / "later.json").write_text(json.dumps(later))
    assemble((HERE / "matmul.wat").read_text(), package)
    return folder


def assemble(text: str, folder: Path) -> None:
    """Put the machine code of matmul.wat into `folder`, for float32 and for float64."""
    texts = {
        "float32": text,
        "float64": text.replace("f32x4", "f64x2").replace("load32_splat", "load64_splat"),
    }
    with tempfile.TemporaryDirectory() as place:
        pip("install", "--target", f"{place}/wasmtime", ASSEMBLER)
        for name, wat in texts.items():
            Path(place, f"{name}.wat").write_text(wat)
        script = (
            "import pathlib, wasmtime\nfor file in pathlib.Path().glob('*.wat'):"
            " file.with_suffix('.wasm').write_bytes(wasmtime.wat2wasm(file.read_text()))"
        )
        run(
            sys.executable,
            "-c",
            script,
            cwd=place,
            env={**os.environ, "PYTHONPATH": f"{place}/wasmtime"},
        )
        for name in texts:
            shutil.copy(f"{place}/{name}.wasm", folder)


def modules(folder: Path) -> list[str]:
    """Return the names under which an unpacked wheel can be imported."""
    return sorted(
        path.stem
        for path in folder.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    )


def unpack(wheel: Path, folder: Path, beside: Path) -> dict[str, int]:
    """Unpack a wheel into `folder` without what no program opens.

    What comes later is put into `beside`. Return names and sizes of this.
    """
    later = {}
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if matches(name, LATER_FILES):
                (beside / Path(name).name).write_bytes(archive.read(name))
                later[name] = archive.getinfo(name).file_size
            elif not matches(name, DROPPED) or matches(name, KEPT):
                archive.extract(name, folder)
    return later


def members(folder: Path) -> list[tuple[Path, str]]:
    """Return the files in a folder, as pairs of path and name, always in the same order."""
    return [
        (path, path.relative_to(folder).as_posix())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]


def pack(folders: Iterable[Path], to: Path, compresslevel: int = 9) -> None:
    """Put all files of the folders, as if they were one, into a zip file."""
    with zipfile.ZipFile(to, "w") as archive:
        for folder in folders:
            for path, name in members(folder):
                # Without a date, so that the same files make the same archive, which a browser
                # need not fetch again.
                archive.writestr(
                    zipfile.ZipInfo(name), path.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel
                )


# Runs in Node: compiles what has been imported, for the places where it will be.
PRECOMPILE = """
import { loadPyodide } from %(module)s;
const python = await loadPyodide({ indexURL: %(folder)s });
python.FS.mkdir("/out");
python.FS.mount(python.FS.filesystems.NODEFS, { root: %(out)s }, "/out");
python.runPython(%(code)s);
"""
COMPILE = """
import importlib.util, os, sys
for module in list(sys.modules.values()):
    source = getattr(module, "__file__", None)
    is_file = isinstance(source, str) and source.startswith("/lib/") and source.endswith(".py")
    if is_file and hasattr(module.__loader__, "get_data"):
        text = module.__loader__.get_data(source)
        code = compile(text, source, "exec", dont_inherit=True)
        checksum = importlib.util.source_hash(text)
        pyc = importlib._bootstrap_external._code_to_hash_pyc(code, checksum, False)
        os.makedirs(os.path.dirname("/out" + source), exist_ok=True)
        with open("/out" + source + "c", "wb") as file:
            file.write(pyc)
"""


def precompile(folder: Path, packages: Iterable[Path]) -> None:
    """Add the compiled form of every module that the course imports.

    It goes to the standard library in `folder`, and to `packages`, unpacked.
    """
    node = shutil.which("node")
    if node is None:
        raise FileNotFoundError(
            "expected Node.js on the PATH, to compile modules in advance. Found no `node`: install"
            " Node.js."
        )
    with tempfile.TemporaryDirectory() as out:
        fill = {
            "module": (folder.resolve() / "python.js").as_uri(),
            "folder": f"{folder.resolve()}/",
            "out": out,
            "code": COURSE + COMPILE,
        }
        script = Path(out, "precompile.mjs")
        script.write_text(PRECOMPILE % {key: json.dumps(value) for key, value in fill.items()})
        run(node, script)
        for package in packages:
            for source, name in members(package):
                compiled = Path(f"{out}{SITE_PACKAGES}/{name}c")
                if compiled.is_file():
                    cache = source.parent / "__pycache__"
                    cache.mkdir(exist_ok=True)
                    shutil.copy(compiled, cache / f"{source.stem}.cpython-{SHORT}.pyc")
        with zipfile.ZipFile(folder / "python_stdlib.zip", "a") as archive:
            for name in archive.namelist():
                compiled = Path(f"{out}/lib/python{SHORT}.zip/{name}c")
                if compiled.is_file():
                    archive.writestr(
                        zipfile.ZipInfo(f"{name}c"),
                        compiled.read_bytes(),
                        zipfile.ZIP_DEFLATED,
                        compresslevel=9,
                    )


# --- the site ---


def environment() -> Path:
    """Return the Python of an environment that has jupyterlite and nothing else of ours.

    It is made once, and when the pins change.
    """
    place = CACHE / "environment"
    wanted = (HERE / "requirements.txt").read_text()
    stamp = place / "requirements.txt"
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not stamp.is_file() or stamp.read_text() != wanted:
        shutil.rmtree(place, ignore_errors=True)
        run(sys.executable, "-m", "venv", place)
        install = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
        run(*install, "-r", HERE / "requirements.txt")
        stamp.write_text(wanted)
    return python


def build(pyodide: Path | None, output: Path) -> None:
    """Build the site into the folder `output`, which is made anew. `pyodide` as in `collect`."""
    python = environment()
    output = output.resolve()
    shutil.rmtree(output, ignore_errors=True)
    with tempfile.TemporaryDirectory() as place:
        lite = Path(place)  # a new one each time: jupyterlite skips steps that it remembers
        downloads = lite / "downloads"
        download(downloads)
        contents = lite / "contents"
        shutil.copytree(
            ROOT / "notebooks/images", contents / "images", ignore=shutil.ignore_patterns("*.py")
        )
        for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
            shutil.copy(notebook, contents)
        # PYTHONSAFEPATH: while the kernel starts, do not look for modules in the notebook's folder,
        # which asks the browser.
        options = {
            "packages": PRELOADED,
            "env": {"IPYTHONDIR": f"{SITE_PACKAGES}/lecture3_site", "PYTHONSAFEPATH": "1"},
        }
        kernel = {
            "pyodideUrl": f"./{PYTHON}/early.js",
            "disablePyPIFallback": True,
            "loadPyodideOptions": options,
        }
        settings = {"litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel}}
        settings |= {"appName": "How neural networks learn", "exposeAppInBrowser": True}
        (lite / "jupyter-lite.json").write_text(
            json.dumps({"jupyter-lite-schema-version": 0, "jupyter-config-data": settings})
        )
        (lite / "overrides.json").write_text(json.dumps(OVERRIDES))
        config = {
            "apps": ["lab"],
            "contents": [str(contents)],
            "federated_extensions": [
                str(wheel) for name in EXTENSIONS for wheel in downloads.glob(f"{name}-*.whl")
            ],
            "ignore_sys_prefix": ["federated_extensions"],
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
            "output_dir": str(output),
        }
        (lite / "jupyter_lite_config.json").write_text(json.dumps({"LiteBuildConfig": config}))
        run(python, "-m", "jupyterlite_core", "build", cwd=lite)
        collect(pyodide, downloads, output / PYTHON)
    if broken := broken_holds(output):
        raise ValueError("an update of the pins broke this:\n" + "\n".join(broken))
    (output / "index.html").write_text(INDEX)
    start_early(output, options)
    check(output)


# The wheels whose JavaScript the site needs: the kernel, widgets, anywidget, and what our package
# adds to JupyterLab.
EXTENSIONS = ("jupyterlite_pyodide_kernel", "jupyterlab_widgets", "anywidget", "lecture3_engine")

# The settings of JupyterLab that differ from its own.
OVERRIDES = {
    # A kernel is a whole Python: close it with its notebook.
    "@jupyterlab/notebook-extension:tracker": {"kernelShutdown": True},
}
INDEX = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>How neural networks learn</title>
<link rel="icon" href="lab/favicon.ico">
<script id="jupyter-config-data" type="application/json" data-jupyter-lite-root=".">{}</script>
<meta http-equiv="refresh" content="0; url=lab/index.html?path=00_start_here.ipynb">
<a href="lab/index.html?path=00_start_here.ipynb">How neural networks learn: start here</a>
</html>
"""


def start_early(site: Path, options: dict[str, Any]) -> None:
    """Let the page load Python, see early.js, while JupyterLab starts.

    The first kernel gets this Python.
    """
    python = site / PYTHON
    (kernel,) = site.glob(f"{KERNEL_FILES}/comlink.worker.*.js")
    begin = f"const OPTIONS = {json.dumps({**options, 'imports': IMPORTS})};\n"
    (python / "early.js").write_text(begin + (HERE / "early.js").read_text())
    # A worker reads its messages when all that it imports is there: the kernel's worker must be,
    # before it is spoken to.
    (python / "worker.js").write_text(
        f'import "{Path(os.path.relpath(kernel, python)).as_posix()}";\nimport "./early.js";\n'
    )
    version = json.loads((site / "jupyter-lite.json").read_text())["jupyter-config-data"][
        "appVersion"
    ]
    known = "".join(
        f"const {name} = {json.dumps(value)};\n"
        for name, value in (("KERNEL", f"/{kernel.name}"), ("VERSION", version), ("PYTHON", PYTHON))
    )
    page = site / "lab/index.html"
    text = page.read_text()
    assert text.count("</head>") == 1
    script = (
        '<link rel="icon"'
        f' href="favicon.ico">\n<script>\n{known}{(HERE / "page.js").read_text()}</script>\n</head>'
    )
    page.write_text(text.replace("</head>", script))


def broken_holds(site: Path) -> list[str]:
    """Return what of HOLDS is no longer so in a site, a sentence each."""
    return [
        sentence
        for files, there, sentence in HOLDS
        if not any(re.search(there, file.read_text()) for file in site.glob(files))
    ]


def check(site: Path) -> None:
    """Check what a site must have; a missing piece would only show in the browser."""
    settings = json.loads((site / "jupyter-lite.json").read_text())["jupyter-config-data"]
    kernel = settings["litePluginSettings"]["@jupyterlite/pyodide-kernel-extension:kernel"]
    assert kernel["pyodideUrl"] == f"./{PYTHON}/early.js", kernel
    assert kernel["disablePyPIFallback"], kernel
    found = {extension["name"] for extension in settings["federated_extensions"]}
    wanted = {
        "@jupyterlite/pyodide-kernel-extension",
        "@jupyter-widgets/jupyterlab-manager",
        "anywidget",
    }
    assert wanted <= found, f"missing: {wanted - found}"


def main() -> None:
    """Build the site as the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--pyodide",
        type=Path,
        metavar="FOLDER",
        help="take Pyodide from this folder, download none",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        default=HERE / "dist",
        help="where to build (default: %(default)s)",
    )
    arguments = parser.parse_args()
    build(arguments.pyodide, arguments.output)
    size = sum(file.stat().st_size for file in arguments.output.rglob("*") if file.is_file())
    print(
        f"The site: {arguments.output}, {size / 1e6:.0f} MB. To look at it: python -m http.server"
        f" --directory {arguments.output}"
    )


if __name__ == "__main__":
    main()
