"""The promises of the project's own files: they must not contradict each other."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from hatchling.builders.wheel import WheelBuilder

import build_notebooks as notebooks
import lecture3_engine

TOP = Path(__file__).parents[1]
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
README = (TOP / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (TOP / "CONTRIBUTING.md").read_text(encoding="utf-8")
START = "pip install -e . && jupyter lab notebooks"
TEST = 'pip install -e ".[test]" && pytest -n 2 --dist loadfile'
FAST = 'pytest -n 2 --dist loadfile -m "not browser and not slow"'


def test_the_readme_opens_with_exactly_two_command_lines():
    opening = README.partition("\n## ")[0]
    lines = [
        line
        for block in re.findall(r"```\w*\n(.*?)```", opening, flags=re.DOTALL)
        for line in block.splitlines()
    ]
    assert lines == [START, TEST]


@pytest.mark.parametrize("path", [".ci/run", ".github/workflows/test.yml"])
def test_the_readme_s_test_command_is_the_one_that_is_run(path):
    lines = [
        line.strip().removeprefix("- run: ")
        for line in (TOP / path).read_text(encoding="utf-8").splitlines()
    ]
    assert TEST in lines


def test_every_room_of_the_house_is_in_the_readme_and_no_other():
    house = README.partition("## The house")[2].partition("\n## ")[0]
    named = set(re.findall(r"^\| `(?:lecture3_engine/)?([\w./]+)` ", house, flags=re.MULTILINE))
    package = TOP / "lecture3_engine"
    folders = {
        f"{path.name}/"
        for path in package.iterdir()
        if path.is_dir() and path.name != "__pycache__"
    }
    assert named == {path.name for path in package.glob("*.py")} | folders


def test_environment_yml_has_the_same_ranges_as_pyproject():
    environment = yaml.safe_load((TOP / "environment.yml").read_text(encoding="utf-8"))[
        "dependencies"
    ]
    conda = {item for item in environment if isinstance(item, str)} - {"pip"}
    elsewhere = {"font-source-sans-pro>=0.0.1,<1"}  # not on conda-forge: pip brings it
    assert elsewhere <= set(PROJECT["project"]["dependencies"])
    assert conda | elsewhere == {
        f"python{PROJECT['project']['requires-python']}",
        *PROJECT["project"]["dependencies"],
    }
    assert [item["pip"] for item in environment if isinstance(item, dict)] == [["-e ."]]


def test_the_workflow_runs_the_oldest_and_newest_python_on_three_systems():
    workflow = yaml.safe_load((TOP / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    matrix = workflow["jobs"]["test"]["strategy"]["matrix"]
    assert matrix["python"][0] == PROJECT["project"]["requires-python"].removeprefix(">=")
    assert [name.split("-")[0] for name in matrix["os"]] == ["ubuntu", "macos", "windows"]


@pytest.mark.parametrize(
    "path",
    [
        ".ci/run",
        ".github/workflows/test.yml",
        ".pre-commit-config.yaml",
        "biome.json",
        "CONTRIBUTING.md",
    ],
)
def test_the_tools_for_the_style_have_one_version(path):
    (biome,) = re.findall(r"biome@([\d.]+)", (TOP / ".ci/run").read_text(encoding="utf-8"))
    (ruff,) = [
        item for item in PROJECT["project"]["optional-dependencies"]["test"] if "ruff" in item
    ]
    text = (TOP / path).read_text(encoding="utf-8")
    assert set(re.findall(r"biome(?:@|\S*/schemas/)([\d.]+)", text)) == {biome}
    assert set(re.findall(r"ruff[<>=][^\"]*", text)) <= {ruff}


@pytest.mark.parametrize("path", [".ci/run", ".github/workflows/test.yml"])
def test_the_style_is_checked(path):
    text = (TOP / path).read_text(encoding="utf-8")
    for command in (r"ruff check\n", r"ruff format --check\n", r"biome\S* ci\n"):
        assert re.search(command, text), command


def test_the_wheel_holds_the_package_the_digits_and_the_licenses():
    builder = WheelBuilder(str(TOP))
    shipped = {Path(file.distribution_path).as_posix() for file in builder.recurse_included_files()}
    package = TOP / "lecture3_engine"
    files = [
        path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    ours = {path.relative_to(TOP).as_posix() for path in files}
    assert shipped == ours  # every .py, .js and .css, and nothing else
    assert {"lecture3_engine/data/mnist.npz", "lecture3_engine/data/README.md"} <= shipped
    assert (TOP / "LICENSE").exists()
    for pattern in PROJECT["project"]["license-files"]:
        assert list(TOP.glob(pattern)), pattern
    # What enables the extensions of JupyterLab and of its server as soon as the package is
    # installed.
    places = builder.config.shared_data
    assert list(places.values()) == [
        "etc/jupyter/jupyter_server_config.d/lecture3_engine.json",
        "share/jupyter/labextensions/lecture3_engine/package.json",
        "share/jupyter/labextensions/lecture3_engine/static/remoteEntry.js",
    ]
    assert all(Path(source).exists() for source in places)


def test_the_license_of_the_digits_stands_beside_them():
    notice = (TOP / "lecture3_engine/data/README.md").read_text(encoding="utf-8")
    assert "Creative Commons Attribution-Share Alike 3.0" in " ".join(notice.split())


def test_nbval_and_the_notebook_tool_have_the_same_time_limit():
    options = PROJECT["tool"]["pytest"]["ini_options"]["addopts"]
    assert f"--nbval-cell-timeout={notebooks.CELL_SECONDS}" in options
    assert "--nbval" in options


SOURCES = sorted((TOP / "notebooks/sources").glob("*.py"))


@pytest.mark.parametrize(
    "table",
    [README, (TOP / "notebooks/sources/00_start_here.py").read_text(encoding="utf-8")],
    ids=["README", "00"],
)
def test_the_table_of_the_course_has_every_notebook_with_its_minutes(table):
    rows = {
        row[0]: row
        for row in (
            re.findall(r"(?<=\|)[^|]*(?=\|)", line)
            for line in table.splitlines()
            if re.match(r"#? ?\|", line)
        )
        if row
    }
    for source in SOURCES:
        minutes = re.search(r"\*\*(\d+) minutes", source.read_text(encoding="utf-8"))[1]
        number = source.stem[:2]
        (row,) = [row for first, row in rows.items() if re.match(rf"\W*{number}\b", first)]
        assert any(cell.strip() == minutes for cell in row), (
            f"{source.stem} takes {minutes} minutes: {row}"
        )


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_every_picture_file_and_heading_that_is_linked_to_exists(text):
    links = [
        (path or picture, heading)
        for path, heading, picture in re.findall(
            r'\]\(([^)#:]+)(?:#([^)]+))?\)|src="([^"]+)"', text
        )
    ]
    assert links
    for path, heading in links:
        assert (TOP / path).exists(), path
        if heading:
            headings = re.findall(
                "^#+ (.+)", (TOP / path).read_text(encoding="utf-8"), flags=re.MULTILINE
            )
            assert heading in [title.lower().replace(" ", "-") for title in headings], (
                f"{path}#{heading}"
            )


def test_contributing_names_the_fast_tests():
    markers = {
        line.partition(":")[0] for line in PROJECT["tool"]["pytest"]["ini_options"]["markers"]
    }
    assert markers == {"browser", "notebook", "slow"}
    assert FAST in CONTRIBUTING


def test_the_version_stands_in_one_place():
    assert PROJECT["project"]["dynamic"] == ["version"]
    builder = WheelBuilder(str(TOP))
    assert builder.metadata.version == lecture3_engine.__version__
    # tests/live/test_server_extension.py compares the one copy there is, of JupyterLab's extension.


def test_the_citation_says_what_pyproject_does():
    citation = yaml.safe_load((TOP / "CITATION.cff").read_text(encoding="utf-8"))
    # what the format requires
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["cff-version"] == "1.2.0"
    assert citation["authors"] == PROJECT["project"]["authors"]
    assert citation["repository-code"] == PROJECT["project"]["urls"]["Repository"]
    assert citation["license"] in PROJECT["project"]["license"]
    assert all(
        author["name"] in (TOP / "LICENSE").read_text(encoding="utf-8")
        for author in citation["authors"]
    )
    assert "version" not in citation  # stands in one place


def test_the_changelog_keeps_its_form():
    changelog = (TOP / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = re.findall(r"^## (.+)", changelog, flags=re.MULTILINE)
    assert releases[0] == "[Unreleased]"
    assert all(
        re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", release) for release in releases[1:]
    )
    kinds = set(re.findall(r"^### (.+)", changelog, flags=re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert lecture3_engine.__version__ in changelog


def test_a_report_asks_for_the_explorer():
    form = yaml.safe_load((TOP / ".github/ISSUE_TEMPLATE/bug.yml").read_text(encoding="utf-8"))
    fields = {field["id"]: field for field in form["body"]}
    assert list(fields) == ["expected", "happened", "explorer", "python", "system", "browser"]
    assert fields["explorer"]["attributes"]["placeholder"] == repr(
        lecture3_engine.explorers.LearningRateExplorer(lr=0.1, landscape="saddle")
    )
