"""Lets go of an explorer when the cell that showed it has been run again.

A notebook keeps every widget until it is closed, and IPython keeps every result: without this, each
new run of a cell would leave a picture of some megabytes behind, and a player or a training that
nobody sees.
"""

_shown = {}  # cell: what its last run showed
_now = []  # what the run that is going on has shown so far


def showing(explorer):
    """The cell that is running shows `explorer`. Outside IPython nothing is remembered."""
    try:
        shell = get_ipython()
    except NameError:
        return
    if _end_of_run not in shell.events.callbacks["post_run_cell"]:
        shell.events.register("post_run_cell", _end_of_run)
    _now.append(explorer)


def _end_of_run(result):
    """Close what the cell showed before, unless it or another cell still shows it."""
    cell = getattr(result.info, "cell_id", None)
    shown, _now[:] = list(_now), []
    if cell is None:  # a front end that does not say which cell it runs
        return
    before, _shown[cell] = _shown.get(cell, []), shown
    for explorer in before:
        if not any(explorer is other for others in _shown.values() for other in others):
            explorer.close()
