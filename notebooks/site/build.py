"""Builds the course for the browser: a JupyterLite site in which Python itself runs in the learner's tab.

    python notebooks/site/build.py                                # with Pyodide from its own distribution
    python notebooks/site/build.py --pyodide ../shared/pyodide    # with Pyodide from a folder
    python -m http.server --directory notebooks/site/dist         # any static web server will do

The site works from any subpath and asks no other host. Without --pyodide, the release that the pinned kernel expects is
downloaded while building, from the address that the kernel's own package names; the tests only build with a folder.

Python, in the browser, begins with an empty disk and compiles every module anew. So the wheels are made smaller here,
and the modules that the course imports are compiled in advance, by the same Python under Node.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from email import message_from_bytes
from fnmatch import fnmatch
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CACHE = HERE / "build"  # the environment that builds, and downloads; may be deleted at any time

CORE = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"]
LOCK = "pyodide-lock.json"
SITE_PACKAGES = "/lib/python3.14/site-packages"

ASSEMBLER = "wasmtime==50.0.1"  # for matmul.wat

# What a kernel has when it starts.
PRELOADED = ["micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "jedi", "ipython", "numpy", "matplotlib"]
PRELOADED += ["ipywidgets", "anywidget", "lecture3-engine", "lecture3-site"]

# Fetched when something imports or opens them, see startup.py: savefig("x.pdf") wants fontTools, a network the digits.
LATER = ["fonttools", "prompt-toolkit", "wcwidth", "pytz", "tqdm"]
LATER_FILES = ["*/mnist.npz", "*/DejaVuSerif*.ttf", "*/DejaVuSansMono-*.ttf", "*/DejaVuSans-BoldOblique.ttf"]

# Left out of the wheels: nothing that a program can import but tests, and no file that a function of theirs opens.
DROPPED = [
    "*.pyi", "*/tests/*", "*/_tests/*", "*.a", "*.h", "*.pxd",
    "matplotlib/mpl-data/sample_data/*", "matplotlib/mpl-data/images/*", "matplotlib/backends/web_backend/*",
    "jedi/third_party/django-stubs/*", "jedi/third_party/typeshed/stubs/*",  # completions for packages that are not here
    "numpy/f2py/*",  # compiles Fortran
    "*.data/*",  # JavaScript and settings for the server: the site has its own copies
]  # fmt: skip
KEPT = ["jedi/third_party/typeshed/stdlib/*"]

# Imported while JupyterLab still starts. The kernel first: it makes the shell, which runs startup.py, and ipykernel, here a part of it, must be whole by then.
IMPORTS = """
import pyodide_kernel, IPython, jedi, piplite.piplite, matplotlib.pyplot, matplotlib_inline.backend_inline, ipywidgets
import lecture3_engine.exercises, lecture3_engine.explorers
"""

# What the precompiled modules are: those that this imports.
COURSE = """
import pyodide_kernel, piplite.piplite
pyodide_kernel.ipython_shell.send_comm = lambda *message: None  # nobody is there to show a widget
import jedi, matplotlib.pyplot, matplotlib_inline.backend_inline, ipywidgets, anywidget, tqdm
import lecture3_engine as engine, numpy.random
engine.style.use()
explorer = engine.explorers.LearningRateExplorer()
explorer._repr_mimebundle_()
engine.exercises
import lecture3_site.matmul
"""


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, **options)


def pip(*arguments):
    run(sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments)


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


# --- Python for the browser ---


def download(folder):
    """Put the wheels into `folder` that are not Pyodide's: those of browser-requirements.txt, and the package's own."""
    platform = ["--python-version", "3.14", "--implementation", "cp", "--abi", "cp314", "--platform", "any"]
    pip("download", "--dest", folder, *platform, "--only-binary=:all:", "--no-deps", "-r", HERE / "browser-requirements.txt")
    pip("wheel", "--no-deps", "--wheel-dir", folder, ROOT)


def collect(pyodide, downloads, folder):
    """Put Python for the browser into `folder`: Pyodide, all wheels that the course needs, and one lock file of all.

    Args:
        pyodide: the folder to take Pyodide from; None downloads the release that the pinned kernel expects.
        downloads: what `download` has put together. Pyodide's wheels are added to it.
        folder: where to put it; made if it is not there. Give it to `loadPyodide` as `indexURL`;
            then `loadPackage("lecture3-engine")` loads the course and what it imports.
    What a site fetches when it is asked for (LATER, LATER_FILES) lies beside the wheels. Elsewhere than in the site,
    load those packages by their names, and copy `mnist.npz` to lecture3_engine/data/ in site-packages.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (kernel,) = downloads.glob("jupyterlite_pyodide_kernel-*.whl")
    with zipfile.ZipFile(kernel) as archive:
        for name in archive.namelist():
            if "/pypi/" in name and name.endswith(".whl"):
                (downloads / Path(name).name).write_bytes(archive.read(name))
        constants = {}
        exec(archive.read("jupyterlite_pyodide_kernel/constants.py"), constants)
    lock = take_pyodide(pyodide, downloads, folder, constants["PYODIDE_CDN_URL"])
    packages = {canonical(name): package for name, package in lock["packages"].items()}
    files = []
    for wheel in sorted(set(downloads.glob("*.whl")) - {kernel}):
        entry = slim(wheel, folder / wheel.name)
        # Pyodide's own entries know more about its packages than their wheels say.
        packages[entry["name"]] = {**entry, **packages.get(entry["name"], {}), "sha256": entry["sha256"]}
        files += [name for name in zipfile.ZipFile(wheel).namelist() if matches(name, LATER_FILES)]
    imports = {module: packages[name]["file_name"] for name in LATER for module in packages[name]["imports"]}
    startup = own_wheel(folder, {"files": files, "imports": imports})
    packages[startup["name"]] = startup
    for package in packages.values():
        package["depends"] = [name for name in map(canonical, package["depends"]) if name in packages and name not in LATER]
    lock["packages"] = packages
    (folder / LOCK).write_text(json.dumps(lock, indent=1))
    precompile(folder)


def take_pyodide(source, downloads, folder, url):
    """Copy or download Pyodide's core to `folder`, its wheels to `downloads`. Returns its lock file, cut down to these."""

    def take(name, to):
        if source is None:
            with urllib.request.urlopen(f"{url}/{name}") as answer:
                (to / name).write_bytes(answer.read())
        else:
            shutil.copyfile(Path(source) / name, to / name)
        return to / name

    if source is not None and not (Path(source) / LOCK).is_file():
        raise ValueError(f"--pyodide: expected a folder with {LOCK}. Received {source}: leave --pyodide out to download Pyodide.")
    for name in CORE:
        take(name, folder)
    lock = json.loads(take(LOCK, folder).read_text())
    packages, todo = {}, ["numpy", "matplotlib", "micropip"]
    while todo:
        name = todo.pop()
        if name not in packages:
            packages[name] = lock["packages"][name]
            take(packages[name]["file_name"], downloads)
            todo += packages[name]["depends"]
    return {**lock, "packages": packages}


def matches(name, patterns):
    return any(fnmatch(name, pattern) for pattern in patterns)


def own_wheel(folder, later):
    """Put startup.py, what it has to know, and the matrix product into a wheel. Returns its entry for the lock file."""
    with tempfile.TemporaryDirectory() as place:
        wheel = Path(place, "lecture3_site-1-py3-none-any.whl")
        with zipfile.ZipFile(wheel, "w") as archive:
            write(archive, "lecture3_site/profile_default/startup/startup.py", (HERE / "startup.py").read_text())
            write(archive, "lecture3_site/later.json", json.dumps(later))
            write(archive, "lecture3_site/matmul.py", (HERE / "matmul.py").read_text())
            for name, code in assemble((HERE / "matmul.wat").read_text(), place).items():
                write(archive, f"lecture3_site/{name}", code)
            write(archive, "lecture3_site-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: lecture3-site\nVersion: 1\n")
        return slim(wheel, folder / wheel.name)


def assemble(text, place):
    """The machine code of matmul.wat, for float32 and for float64: {name of the file: bytes}."""
    texts = {"float32": text, "float64": text.replace("f32x4", "f64x2").replace("load32_splat", "load64_splat")}
    pip("install", "--target", f"{place}/wasmtime", ASSEMBLER)
    for name, text in texts.items():
        Path(place, f"{name}.wat").write_text(text)
    script = "import pathlib, wasmtime\nfor file in pathlib.Path().glob('*.wat'): file.with_suffix('.wasm').write_bytes(wasmtime.wat2wasm(file.read_text()))"
    run(sys.executable, "-c", script, cwd=place, env={**os.environ, "PYTHONPATH": f"{place}/wasmtime"})
    return {f"{name}.wasm": Path(place, f"{name}.wasm").read_bytes() for name in texts}


def slim(wheel, to):
    """Copy a wheel without what no program opens, and put beside it what comes later. Returns its entry for the lock file."""
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(to, "w") as new:
        names = [name for name in old.namelist() if not name.endswith("/")]
        for name in names:
            if matches(name, LATER_FILES):
                (to.parent / Path(name).name).write_bytes(old.read(name))
            elif not matches(name, DROPPED) or matches(name, KEPT):
                write(new, name, old.read(name))
        metadata = message_from_bytes(old.read(next(name for name in names if name.endswith(".dist-info/METADATA"))))
    required = [item for item in metadata.get_all("Requires-Dist", []) if "extra ==" not in item]
    top = {name.split("/")[0].removesuffix(".py") for name in names if name.endswith((".py", ".so"))}
    return {
        "name": canonical(metadata["Name"]),
        "version": metadata["Version"],
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": sha256(to),
        "package_type": "package",
        "imports": sorted(name for name in top if name.isidentifier()),
        "depends": [re.match(r"[\w.-]+", item)[0] for item in required],
        "unvendored_tests": False,
    }


def write(archive, name, data):
    """With the same date each time, so that the same files make the same archive, which a browser need not fetch again."""
    archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, compresslevel=9)


def sha256(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


# Runs in Node: compiles what has been imported, for the places where it will be.
PRECOMPILE = """
import { loadPyodide } from %(module)s;
const python = await loadPyodide({ indexURL: %(folder)s, packages: %(packages)s });
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
        pyc = importlib._bootstrap_external._code_to_hash_pyc(code, importlib.util.source_hash(text), False)
        os.makedirs(os.path.dirname("/out" + source), exist_ok=True)
        with open("/out" + source + "c", "wb") as file:
            file.write(pyc)
"""


def precompile(folder):
    """Add to the wheels and to the standard library the compiled form of every module that the course imports."""
    node = shutil.which("node")
    if node is None:
        raise FileNotFoundError("expected Node.js on the PATH, to compile modules in advance. Found no `node`: install Node.js.")
    lock = json.loads((folder / LOCK).read_text())
    with tempfile.TemporaryDirectory() as out:
        fill = {"module": (folder.resolve() / "pyodide.mjs").as_uri(), "folder": f"{folder.resolve()}/", "out": out}
        fill |= {"packages": [*PRELOADED, *LATER], "code": COURSE + COMPILE}
        script = Path(out, "precompile.mjs")
        script.write_text(PRECOMPILE % {key: json.dumps(value) for key, value in fill.items()})
        run(node, script)
        compiled = {file.relative_to(out).as_posix(): file.read_bytes() for file in Path(out).rglob("*.pyc")}
    for package in lock["packages"].values():
        wheel = folder / package["file_name"]
        with zipfile.ZipFile(wheel, "a") as archive:
            for name in archive.namelist():
                if pyc := compiled.get(f"{SITE_PACKAGES}/{name}c".lstrip("/")):
                    path, _, module = name.rpartition("/")
                    write(archive, f"{path}/__pycache__/{module.removesuffix('.py')}.cpython-314.pyc".lstrip("/"), pyc)
        package["sha256"] = sha256(wheel)
    with zipfile.ZipFile(folder / "python_stdlib.zip", "a") as archive:
        for name in archive.namelist():
            if pyc := compiled.get(f"lib/python314.zip/{name}c"):
                write(archive, name + "c", pyc)
    (folder / LOCK).write_text(json.dumps(lock, indent=1))


# --- the site ---


def environment():
    """The Python of an environment that has jupyterlite and nothing else of ours. Made once, and when the pins change."""
    place = CACHE / "environment"
    wanted = (HERE / "requirements.txt").read_text()
    stamp = place / "requirements.txt"
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not stamp.is_file() or stamp.read_text() != wanted:
        shutil.rmtree(place, ignore_errors=True)
        run(sys.executable, "-m", "venv", place)
        run(python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "-r", HERE / "requirements.txt")
        stamp.write_text(wanted)
    return python


def build(pyodide, output):
    """Build the site into the folder `output`, which is made anew. `pyodide` as in `collect`."""
    python = environment()
    output = Path(output).resolve()
    shutil.rmtree(output, ignore_errors=True)
    with tempfile.TemporaryDirectory() as lite:
        lite = Path(lite)  # a new one each time: jupyterlite skips steps that it remembers
        downloads = lite / "downloads"
        download(downloads)
        collect(pyodide, downloads, lite / "static/pyodide")
        contents = lite / "contents"
        shutil.copytree(ROOT / "notebooks/images", contents / "images", ignore=shutil.ignore_patterns("*.py"))
        for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
            shutil.copy(notebook, contents)
        # PYTHONSAFEPATH: while the kernel starts, do not look for modules in the notebook's folder, which asks the browser.
        options = {"packages": PRELOADED, "env": {"IPYTHONDIR": f"{SITE_PACKAGES}/lecture3_site", "PYTHONSAFEPATH": "1"}}
        kernel = {"disablePyPIFallback": True, "loadPyodideOptions": options}
        settings = {"litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel}}
        settings |= {"appName": "How neural networks learn", "exposeAppInBrowser": True}
        (lite / "jupyter-lite.json").write_text(json.dumps({"jupyter-lite-schema-version": 0, "jupyter-config-data": settings}))
        (lite / "overrides.json").write_text(json.dumps(OVERRIDES))
        config = {
            "apps": ["lab"],
            "contents": [str(contents)],
            "federated_extensions": [str(wheel) for name in EXTENSIONS for wheel in downloads.glob(f"{name}-*.whl")],
            "ignore_sys_prefix": ["federated_extensions"],
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
            "output_dir": str(output),
        }
        (lite / "jupyter_lite_config.json").write_text(json.dumps({"LiteBuildConfig": config}))
        run(python, "-m", "jupyterlite_core", "build", cwd=lite)
    (output / "index.html").write_text(INDEX)
    start_early(output, options)
    check(output)


# The wheels whose JavaScript the site needs: the kernel, widgets, anywidget, and what our package adds to JupyterLab.
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


def start_early(site, options):
    """Let the page load Python, see early.mjs, while JupyterLab starts; and give this Python to the first kernel."""
    python = site / "static/pyodide"
    (kernel,) = site.glob("extensions/@jupyterlite/pyodide-kernel-extension/static/comlink.worker.*.js")
    begin = f"const OPTIONS = {json.dumps({**options, 'imports': IMPORTS})};\n"
    (python / "early.mjs").write_text(begin + (HERE / "early.mjs").read_text())
    # A worker reads its messages when all that it imports is there: the kernel's worker must be, before it is spoken to.
    (python / "worker.mjs").write_text(f'import "../../{kernel.relative_to(site).as_posix()}";\nimport "./early.mjs";\n')
    file = site / "jupyter-lite.json"
    configuration = json.loads(file.read_text())
    kernel_settings(configuration)["pyodideUrl"] = "./static/pyodide/early.mjs"
    file.write_text(json.dumps(configuration, indent=1))
    known = f"const KERNEL = {json.dumps(f'/{kernel.name}')}, VERSION = {json.dumps(configuration['jupyter-config-data']['appVersion'])};\n"
    page = site / "lab/index.html"
    text = page.read_text()
    assert text.count("</head>") == 1
    script = f'<link rel="icon" href="favicon.ico">\n<script>\n{known}{(HERE / "page.js").read_text()}</script>\n</head>'
    page.write_text(text.replace("</head>", script))


def kernel_settings(configuration):
    return configuration["jupyter-config-data"]["litePluginSettings"]["@jupyterlite/pyodide-kernel-extension:kernel"]


def check(site):
    """What a site must have; a missing piece would only show in the browser."""
    configuration = json.loads((site / "jupyter-lite.json").read_text())
    settings, kernel = configuration["jupyter-config-data"], kernel_settings(configuration)
    assert kernel["pyodideUrl"] == "./static/pyodide/early.mjs", kernel
    assert kernel["disablePyPIFallback"], kernel
    found = {extension["name"] for extension in settings["federated_extensions"]}
    wanted = {"@jupyterlite/pyodide-kernel-extension", "@jupyter-widgets/jupyterlab-manager", "anywidget"}
    assert wanted <= found, f"missing: {wanted - found}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pyodide", type=Path, metavar="FOLDER", help="take Pyodide from this folder, download none")
    parser.add_argument("--output", type=Path, metavar="FOLDER", default=HERE / "dist", help="where to build (default: %(default)s)")
    arguments = parser.parse_args()
    build(arguments.pyodide, arguments.output)
    size = sum(file.stat().st_size for file in arguments.output.rglob("*") if file.is_file())
    print(f"The site: {arguments.output}, {size / 1e6:.0f} MB. To look at it: python -m http.server --directory {arguments.output}")


if __name__ == "__main__":
    main()
