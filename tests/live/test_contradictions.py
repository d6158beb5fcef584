"""When the last event has been dealt with, the picture is the one that a new explorer with the same
settings shows.

Whatever came, in whatever order, on whatever thread: JupyterLab hands the messages of widgets to a
second thread (a subshell), and a cell may change the same explorer meanwhile.
"""

import inspect
import threading

import pytest
from example import BowlExplorer
from frontend import send
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lecture3_engine import explorers
from lecture3_engine.live import Drawing, Explorer, Player

ALL = [
    BowlExplorer,
    *(
        cls
        for _, cls in inspect.getmembers(explorers, inspect.isclass)
        if issubclass(cls, Explorer)
    ),
]
each = pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)


class BrokenError(Exception):
    """What the test lets an update raise."""


def value_of(control, place):
    """The value at a share `place`, 0 to 1, of a control's range."""
    if hasattr(control, "min"):
        low, high = control.min, control.max
        return control.nearest(
            low * (high / low) ** place
            if getattr(control, "log", False)
            else low + place * (high - low)
        )
    if isinstance(control, Drawing) and control.name == "batch":
        return "; ".join(f"{k} = no. {k * 7} by 0,{k}" for k in range(round(8 * place)))
    if isinstance(control, Drawing):
        return " ".join(f"{x},{0.5 + place * x}" for x in range(round(30 * place)))
    values = control.options if hasattr(control, "options") else [False, True]
    return values[min(int(place * len(values)), len(values) - 1)]


def names_of(cls):
    # a training goes on: what it adds is no setting
    return [name for name in cls.settings if name != "running"]


def events(cls):
    place = st.floats(0, 1)
    name = st.sampled_from(names_of(cls))
    return st.one_of(
        st.tuples(st.just("assign"), name, place),
        st.tuples(st.just("message"), name, place, st.booleans()),
        st.tuples(st.just("set"), st.lists(st.tuples(name, place), min_size=1, max_size=3)),
        st.tuples(st.just("play"), place),
        st.tuples(st.just("point"), place, place),
        st.tuples(st.just("look"), st.sampled_from(["wide", "medium", "narrow", None])),
        st.tuples(st.just("reset")),
        st.tuples(st.just("redraw")),
        st.tuples(st.just("fail"), name, place),
    )


def happen(explorer, event, broken):
    """One thing that a learner does, by a browser's message or in a cell."""
    what, *how = event
    controls = explorer.controls
    try:
        if what == "assign":
            name, place = how
            controls[name].value = value_of(controls[name], place)
        elif what == "message":
            name, place, late = how
            sent = ["an era before Reset" if late else controls[name].era, "page", 1]
            controls[name].set_state({"value": value_of(controls[name], place), "sent": sent})
        elif what == "set":
            explorer.set(**{name: value_of(controls[name], place) for name, place in how[0]})
        elif what == "play":
            for control in controls.values():
                if isinstance(control, Player):
                    control.set_state(
                        {
                            "value": value_of(control, how[0]),
                            "playing": how[0] < 0.7,
                            "sent": [control.era, "page", 2],
                        }
                    )
        elif what == "point" and explorer.live.areas:
            (form, areas), *_ = explorer.live.places.items()
            x0, y0, x1, y1 = areas[0]
            x, y = x0 + how[0] * (x1 - x0), y0 + how[1] * (y1 - y0)
            place = {"x": x, "y": y, "area": 0, "form": form}
            send(explorer.live, {"type": "pointer", "kind": "down", "number": 3, **place})
        elif what == "look":  # a page becomes narrower or wider, or goes
            form = how[0] if how[0] in explorer.live.sizes else None
            send(explorer.live, {"type": "form", "view": "page", "form": form})
        elif what == "reset":
            explorer.reset()
        elif what == "redraw":
            explorer.redraw()
        elif what == "fail":
            broken.set()
            controls[how[0]].value = value_of(controls[how[0]], how[1])
    except (BrokenError, ValueError):  # a value chosen just before the range changed is refused
        pass


def drawn(explorer):
    live = explorer.live
    return live.frames, live.backgrounds, live.places, live.frame, live.background, live.said


@each
def test_two_threads_leave_the_picture_of_the_settings(cls):
    broken = threading.Event()
    original = cls.update

    def update(self):
        sentence = original(self)
        if broken.is_set():
            broken.clear()
            raise BrokenError("half-way")
        return sentence

    breakable = type(cls.__name__, (cls,), {"update": update, "__doc__": cls.__doc__})
    explorer = breakable()

    @settings(
        max_examples=5 if cls is not BowlExplorer else 30,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(st.lists(events(cls), min_size=1, max_size=4), min_size=2, max_size=2))
    def drive(both):
        threads = [
            threading.Thread(
                target=lambda todo=todo: [happen(explorer, event, broken) for event in todo]
            )
            for todo in both
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        broken.clear()  # an event that changed nothing has left it set
        if explorer.live.failed:  # the next event draws all that the failed update left out
            explorer.redraw()
        if any(
            isinstance(control, Player) and control.playing
            for control in explorer.controls.values()
        ):
            explorer.reset()
        scratch = cls(**explorer.state)
        for view, form in explorer.live._views.items():
            scratch.live._look(view, form)
        try:
            assert drawn(explorer) == drawn(scratch)
            assert scratch.state == explorer.state
        finally:
            scratch.close()

    drive()
    explorer.close()
