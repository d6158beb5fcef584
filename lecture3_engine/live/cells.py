"""Lets go of an explorer when the cell that showed it has been run again.

A notebook keeps every widget until it is closed, and IPython keeps every result: without this, each
new run of a cell would leave a picture of some megabytes behind, and a player or a training that
nobody sees.
"""

from typing import Any, Protocol

from IPython import get_ipython


class Closable(Protocol):
    """What a cell shows: an explorer."""

    def close(self) -> None:
        """Let go of it."""


_shown: dict[str, list[Closable]] = {}  # cell: what its last run showed
_now: list[Closable] = []  # what the run that is going on has shown so far


def showing(explorer: Closable) -> None:
    """Note that the cell that is running shows `explorer`. Outside IPython nothing is noted."""
    shell = get_ipython()
    if shell is None:
        return
    if _end_of_run not in shell.events.callbacks["post_run_cell"]:
        shell.events.register("post_run_cell", _end_of_run)
    _now.append(explorer)


def _end_of_run(result: Any) -> None:
    """Close what the cell showed before, unless it or another cell still shows it."""
    cell = getattr(result.info, "cell_id", None)
    shown, _now[:] = list(_now), []
    if cell is None:  # a front end that does not say which cell it runs
        return
    before, _shown[cell] = _shown.get(cell, []), shown
    for explorer in before:
        if not any(explorer is other for others in _shown.values() for other in others):
            explorer.close()
