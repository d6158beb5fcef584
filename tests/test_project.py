"""The promises of the project's own files: they must not contradict each other."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from hatchling.builders.wheel import WheelBuilder

from lecture3_engine import notebooks

TOP = Path(__file__).parents[1]
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
README = (TOP / "README.md").read_text(encoding="utf-8")
START = "pip install -e . && jupyter lab notebooks"
TEST = 'pip install -e ".[test]" && pytest -n 2 --dist loadfile'


def test_the_readme_opens_with_exactly_two_command_lines():
    opening = README.partition("\n## ")[0]
    lines = [line for block in re.findall(r"```\w*\n(.*?)```", opening, flags=re.DOTALL) for line in block.splitlines()]
    assert lines == [START, TEST]


@pytest.mark.parametrize("path", [".ci/run", ".github/workflows/test.yml"])
def test_the_readme_s_test_command_is_the_one_that_is_run(path):
    lines = [line.strip().removeprefix("- run: ") for line in (TOP / path).read_text(encoding="utf-8").splitlines()]
    assert TEST in lines


def test_every_room_of_the_house_is_in_the_readme_and_no_other():
    house = README.partition("## The house")[2].partition("\n## ")[0]
    named = set(re.findall(r"^\| `(?:lecture3_engine/)?([\w./]+)` ", house, flags=re.MULTILINE))
    package = TOP / "lecture3_engine"
    folders = {f"{path.name}/" for path in package.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert named == {path.name for path in package.glob("*.py")} | folders


def test_environment_yml_has_the_same_ranges_as_pyproject():
    environment = yaml.safe_load((TOP / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    conda = {item for item in environment if isinstance(item, str)} - {"pip"}
    assert conda == {f"python{PROJECT['project']['requires-python']}", *PROJECT["project"]["dependencies"]}
    assert [item["pip"] for item in environment if isinstance(item, dict)] == [["-e ."]]


def test_the_workflow_runs_the_oldest_and_newest_python_on_three_systems():
    workflow = yaml.safe_load((TOP / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    matrix = workflow["jobs"]["test"]["strategy"]["matrix"]
    assert matrix["python"][0] == PROJECT["project"]["requires-python"].removeprefix(">=")
    assert [name.split("-")[0] for name in matrix["os"]] == ["ubuntu", "macos", "windows"]


def test_the_wheel_holds_the_package_the_digits_and_the_licences():
    builder = WheelBuilder(str(TOP))
    shipped = {Path(file.distribution_path).as_posix() for file in builder.recurse_included_files()}
    package = TOP / "lecture3_engine"
    files = [path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    ours = {path.relative_to(TOP).as_posix() for path in files}
    assert shipped == ours  # every .py, .js and .css, and nothing else
    assert {"lecture3_engine/data/mnist.npz", "lecture3_engine/data/README.md"} <= shipped
    assert (TOP / "LICENSE").exists()
    for pattern in PROJECT["project"]["license-files"]:
        assert list(TOP.glob(pattern)), pattern
    # What enables the extensions of JupyterLab and of its server as soon as the package is installed.
    places = builder.config.shared_data
    assert list(places.values()) == [
        "etc/jupyter/jupyter_server_config.d/lecture3_engine.json",
        "share/jupyter/labextensions/lecture3_engine/package.json",
        "share/jupyter/labextensions/lecture3_engine/static/remoteEntry.js",
    ]
    assert all(Path(source).exists() for source in places)


def test_the_licence_of_the_digits_stands_beside_them():
    notice = (TOP / "lecture3_engine/data/README.md").read_text(encoding="utf-8")
    assert "Creative Commons Attribution-Share Alike 3.0" in " ".join(notice.split())


def test_nbval_and_the_notebook_tool_have_the_same_time_limit():
    options = PROJECT["tool"]["pytest"]["ini_options"]["addopts"]
    assert f"--nbval-cell-timeout={notebooks.CELL_SECONDS}" in options
    assert "--nbval" in options


SOURCES = sorted((TOP / "notebooks/sources").glob("*.py"))


@pytest.mark.parametrize("table", [README, (TOP / "notebooks/sources/00_start_here.py").read_text(encoding="utf-8")], ids=["README", "00"])
def test_the_table_of_the_course_has_every_notebook_with_its_minutes(table):
    rows = {row[0]: row for row in (re.findall(r"(?<=\|)[^|]*(?=\|)", line) for line in table.splitlines() if re.match(r"#? ?\|", line)) if row}
    for source in SOURCES:
        minutes = re.search(r"\*\*(\d+) minutes", source.read_text(encoding="utf-8"))[1]
        number = source.stem[:2]
        (row,) = [row for first, row in rows.items() if re.match(rf"\W*{number}\b", first)]
        assert any(cell.strip() == minutes for cell in row), f"{source.stem} takes {minutes} minutes: {row}"


def test_every_picture_and_file_the_readme_links_to_exists():
    links = re.findall(r'\]\(([^)#:]+)\)|src="([^"]+)"', README)
    assert len(links) > 20
    for link in links:
        assert (TOP / "".join(link)).exists(), link
