"""Which solutions are tried with each exercise: the table that the files beside this one fill."""

from collections import defaultdict
from typing import NamedTuple


class Wrong(NamedTuple):
    """A wrong solution, and what it must be told."""

    function: object
    mistake: str  # the known mistake that it makes, if it makes one
    words: str  # or what the answer must contain, where there are no two numbers to compare


RIGHT = defaultdict(list)
WRONG = defaultdict(list)


def right(name):
    """Add an unusual solution that is right."""

    def add(function):
        RIGHT[name].append(function)
        return function

    return add


def wrong(name, mistake="", words=""):
    """Add a plausible solution that is wrong. With the name alone, two numbers must tell why."""

    def add(function):
        WRONG[name].append(Wrong(function, mistake, words))
        return function

    return add
