"""Who may import whom: downwards only, as the README's table of the house says."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "lecture3_engine"

WITNESSES = {"finite_difference", "by_hand"}
MIDDLE = {"tensor", "functional", "layers", "optim", "surfaces"}
UPPER = {"live", "descent", "training", "datasets"}

# The rooms of the package that a room may import. A new room takes its place here before it may
# exist.
MAY_IMPORT = {
    # They referee the others, so they share nothing with them.
    "finite_difference": set(),
    "by_hand": set(),
    "tensor": set(),
    "functional": {"tensor"},
    "layers": {"tensor", "functional"},
    "optim": set(),  # knows .data and .grad only
    "surfaces": set(),
    "datasets": set(),
    "descent": {"tensor", "optim", "surfaces"},
    "training": {"tensor", "functional", "layers", "optim", "datasets"},
    "live": set(),  # knows nothing of neural networks
    "explorers": WITNESSES | MIDDLE | UPPER | {"style"},
    "exercises": WITNESSES | MIDDLE | UPPER,
    "style": set(),
    "server": set(),  # each start of a Jupyter server loads it: no pictures there
    "notebooks": {"live"},
    "__init__": WITNESSES | MIDDLE | (UPPER - {"live"}),  # the front door: no pictures behind it
}

# What a room may import from outside, besides Python's own library and NumPy.
MAY_IMPORT_FROM_OUTSIDE = {
    "training": {"tqdm"},
    "live": {"matplotlib", "ipywidgets", "anywidget", "traitlets", "IPython", "PIL"},
    "style": {"matplotlib"},
    "explorers": {"matplotlib", "ipywidgets", "IPython"},
    "exercises": {"anywidget", "traitlets"},
    "notebooks": {"jupytext", "nbformat", "nbclient", "jupyter_client"},
}


def room_of(path, package=PACKAGE):
    """Return the room a file stands in: the file's name, or its folder's."""
    return path.relative_to(package).parts[0].removesuffix(".py")


def imports_of(path, package=PACKAGE):
    """Return (rooms of the package, modules from outside) that a file imports, wherever in the
    file.
    """
    place = (package.name, *path.relative_to(package).parts[:-1])
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = place[: len(place) - node.level + 1] if node.level else ()
            module = ".".join((*above, node.module) if node.module else above)
            # `from package import x`: x may be a room, or a name that comes through the front door.
            names += (
                [f"{module}.{alias.name}" for alias in node.names]
                if module == package.name
                else [module]
            )
    ours = [name.split(".") for name in names if name.split(".")[0] == package.name]
    rooms = {
        name[1] if len(name) > 1 and is_room(name[1], package) else "__init__" for name in ours
    }
    outside = (
        {name.split(".")[0] for name in names} - {package.name, "numpy"} - sys.stdlib_module_names
    )
    return rooms - {room_of(path, package)}, outside


def is_room(name, package):
    return (package / name).is_dir() or (package / f"{name}.py").exists()


FILES = sorted(path for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_go_downwards(path):
    room = room_of(path)
    assert room in MAY_IMPORT, (
        f"{room} is a new room: say in MAY_IMPORT what it may import, and in the README what it does"
    )
    rooms, outside = imports_of(path)
    assert rooms <= MAY_IMPORT[room], f"{room} may not import {sorted(rooms - MAY_IMPORT[room])}"
    allowed = MAY_IMPORT_FROM_OUTSIDE.get(room, set())
    assert outside <= allowed, f"{room} may not import {sorted(outside - allowed)}"


def test_the_rooms_form_no_circle():
    def below(room, seen=()):
        assert room not in seen, f"a circle: {' -> '.join((*seen, room))}"
        for other in MAY_IMPORT[room]:
            below(other, (*seen, room))

    for room in MAY_IMPORT:
        below(room)


@pytest.mark.parametrize(
    "where, code, expected",
    [
        ("optim.py", "from .tensor import Tensor", ({"tensor"}, set())),
        ("optim.py", "from . import tensor", ({"tensor"}, set())),
        ("optim.py", "from lecture3_engine import Tensor", ({"__init__"}, set())),
        ("optim.py", "import lecture3_engine.tensor as t, os, numpy.linalg", ({"tensor"}, set())),
        ("optim.py", "def f():\n    import matplotlib.pyplot", (set(), {"matplotlib"})),
        (
            "live/figure.py",
            "from .recorder import x\nfrom ..tensor import Tensor",
            ({"tensor"}, set()),
        ),
    ],
)
def test_imports_of_finds_them_all(tmp_path, where, code, expected):
    package = tmp_path / "lecture3_engine"
    (package / "live").mkdir(parents=True)
    (package / "tensor.py").touch()
    (package / where).write_text(code)
    assert imports_of(package / where, package) == expected


def test_the_front_door_is_light():
    heavy = (
        "matplotlib",
        "ipywidgets",
        "anywidget",
        "tqdm",
        "IPython",
        "lecture3_engine.live",
        "lecture3_engine.notebooks",
    )
    code = f"import sys, lecture3_engine; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


def test_the_notebook_tool_can_be_imported_without_its_tools():
    code = (
        "import sys\n"
        "for name in ('jupytext', 'nbclient', 'nbformat'): sys.modules[name] = None\n"
        "import lecture3_engine.notebooks\n"
        "lecture3_engine.notebooks.main([])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 1
    assert 'It comes with: pip install -e ".[test]"' in result.stderr
    assert "Traceback" not in result.stderr
