"""The questions to a reader and their key fit together, and the sections in the key exist."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SOURCES = HERE.parents[1] / "notebooks/sources"
HEADINGS = {
    path.name[:2]: re.findall(r"^# #+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for path in sorted(SOURCES.glob("*.py"))
}


def read(name):
    """The title of each notebook in a file, and the numbers and texts below it."""
    text = (HERE / name).read_text(encoding="utf-8")
    _, *parts = re.split(r"^## (\d\d) (.+)\n", text, flags=re.MULTILINE)
    titles, items = {}, {}
    for notebook, title, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        _, *pieces = re.split(r"^(\d+)\. ", body, flags=re.MULTILINE)
        titles[notebook] = title
        items[notebook] = list(zip(pieces[::2], pieces[1::2], strict=True))
    return titles, items


QUESTIONS, KEY = (read(name)[1] for name in ("questions.md", "key.md"))


@pytest.mark.parametrize("name", ["questions.md", "key.md"])
def test_five_for_each_notebook_numbered_from_1_to_60(name):
    titles, items = read(name)
    assert titles == {notebook: headings[0] for notebook, headings in HEADINGS.items()}
    assert [len(texts) for texts in items.values()] == [5] * 12
    numbers = [number for texts in items.values() for number, _ in texts]
    assert numbers == [str(n) for n in range(1, 61)]


def test_each_question_asks_something():
    for texts in QUESTIONS.values():
        for number, text in texts:
            assert "?" in text, number


@pytest.mark.parametrize("notebook", KEY)
def test_each_answer_stands_in_its_notebook_in_sections_that_exist(notebook):
    for number, text in KEY[notebook]:
        answer, *places = re.split(r"\n +- ", text.strip())
        assert not answer.startswith("- "), f"{number}: no answer, only places"
        named = [place.partition(" § ")[::2] for place in places]
        assert notebook in dict(named), f"{number}: no section of its own notebook"
        for where, heading in named:
            assert heading in HEADINGS[where], f"{number}: {where} has no section {heading!r}"
