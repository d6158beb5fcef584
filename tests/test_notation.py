"""One notation, one word for each thing, one spelling: the tables in notebook 11 say which.

What is looked at is what people read: the sources of the notebooks, the texts of exercises and
explorers, docstrings, comments, README and the like.
"""

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
TEXTS = [
    *(TOP / "lecture3_engine").rglob("*.py"),
    *(TOP / "lecture3_engine/live").glob("*.js"),
    *(TOP / "notebooks/sources").glob("*.py"),
    *(TOP / "notebooks/reference").glob("*.md"),
    *(TOP / "notebooks/tools").glob("*.py"),
    *(TOP / "tests").rglob("*.py"),
    *TOP.glob("*.md"),
]
COURSE = [path for path in TEXTS if path.parent.name in ("sources", "exercises", "explorers")]

# The word that is wanted: what stands in its place elsewhere, and the files that may name it.
WORDS = {
    "loss": (r"cost function|error function|objective function", []),
    "batch": (r"mini-?batch", ["05_", "11_", "stochastic_gradient", "terms", "06_"]),
    "step": (
        r"\biterations?\b",
        ["00_", "03_", "05_", "06_", "07_", "10_", "11_", "terms", "questions"],
    ),
    "learning rate": (r"step size|\\eta\b", ["06_", "11_", "learning_rate"]),
    "sample": (r"\bdata ?points?\b", []),
    "test data": (r"\btest set\b|\bvalidation set\b", []),
    "initialization": (r"\binits?\b", []),
    "unit": (r"\bneurons?\b", ["01_", "09_", "11_", "backpropagation", "graph"]),
    "forward": (r"\bforwards\b|\bbackwards\b", []),
    "percent sign after the number": (r"\d %|\} %", []),
    "arrow in an update": (r"W_\{iter ?\+ ?1\}", []),
}
SPELLINGS = (
    r"colour|behaviour|neighbour|favour|centre\b|centred|\bgrey\b|labelled|travell|cancelled|modelled"
    r"|(?:recogn|normal|initial|minim|maxim|optim|summar|visual|general|standard|organ|emphas)is(?:e|es|ed|ing|ation)\b"
    r"|\banalyse|\blicence|\blearnt\b|misspelt|\btowards\b|\bafterwards\b|whilst|amongst"
)
NOT_OURS = ("Greys", "pointercancel")
# What is looked for stands here.
HERE = Path(__file__)


def found(pattern, paths, allowed=()):
    return [
        f"{path.relative_to(TOP)}:{number}: {line.strip()[:90]}"
        for path in paths
        if path != HERE and not any(part in path.name for part in allowed)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(pattern, line, re.IGNORECASE) and not any(word in line for word in NOT_OURS)
    ]


@pytest.mark.parametrize("word", WORDS)
def test_one_word_for_one_thing(word):
    pattern, allowed = WORDS[word]
    assert found(pattern, COURSE, allowed) == []


def test_one_spelling():
    assert found(SPELLINGS, TEXTS) == []


def test_every_symbol_and_word_of_the_table_is_used():
    """A table that nobody keeps to would say nothing."""
    source = (TOP / "notebooks/sources/11_terms.py").read_text(encoding="utf-8")
    table = source.partition("## The notation of this course")[2].partition("## The final quiz")[0]
    others = "".join(
        path.read_text(encoding="utf-8") for path in COURSE if path.name != "11_terms.py"
    )
    codes = set(re.findall(r"`([a-z_]+)`", table))
    assert len(codes) > 12
    assert [code for code in sorted(codes) if not re.search(rf"{code}\b", others)] == []
