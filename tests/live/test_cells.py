"""A cell that is run again lets go of the explorer it showed before. (tests/browser/test_hurry.py
does it in JupyterLab.)
"""

from types import SimpleNamespace

import pytest

from lecture3_engine.live import cells


class Shown:
    closed = False

    def close(self):
        self.closed = True


@pytest.fixture
def run(monkeypatch):
    """A function that runs a cell which shows explorers, as IPython does it."""
    events = SimpleNamespace(callbacks={"post_run_cell": []})
    events.register = lambda event, callback: events.callbacks[event].append(callback)
    monkeypatch.setattr(cells, "get_ipython", lambda: SimpleNamespace(events=events), raising=False)

    def run(cell, *explorers):
        for explorer in explorers:
            cells.showing(explorer)
        for callback in events.callbacks["post_run_cell"]:
            callback(SimpleNamespace(info=SimpleNamespace(cell_id=cell)))

    return run


def test_the_one_before_is_closed_and_only_it(run):
    one, two, other = Shown(), Shown(), Shown()
    run("a", one)
    run("b", other)
    assert not one.closed
    run("a", two)
    assert one.closed
    assert not two.closed
    assert not other.closed
    run("a")  # a cell that shows nothing any more
    assert two.closed
    assert not other.closed


def test_what_another_cell_still_shows_stays(run):
    one, two = Shown(), Shown()
    run("a", one, two)
    run("b", one)
    run("a", two)
    assert not one.closed
    assert not two.closed
    run("b")
    assert one.closed
    assert not two.closed


def test_without_the_name_of_the_cell_nothing_is_closed(run):
    one = Shown()
    run(None, one)
    run(None)
    run("a")
    assert not one.closed


def test_outside_ipython_nothing_is_remembered(request):
    one = Shown()
    cells.showing(one)
    run = request.getfixturevalue("run")
    run("a")  # it would be the one that this cell shows
    run("a")
    assert not one.closed
