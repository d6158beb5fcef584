"""The contract of every explorer, on the example that shows how to write one."""

import base64
import gc
import inspect
import io
import weakref

import ipywidgets
import numpy as np
import pytest
from example import BowlExplorer, descend
from frontend import displayed, send
from matplotlib.figure import Figure
from PIL import Image

from lecture3_engine.live import Control, Explorer, LiveFigure, slider


@pytest.fixture
def explorer():
    return BowlExplorer()


def shown(explorer):
    """What the moving artists and the background of an explorer hold."""
    return explorer.live.frame, explorer.live.background, explorer.summary


def test_settings_are_keywords_controls_and_attributes(explorer):
    assert list(inspect.signature(BowlExplorer).parameters) == [
        "lr",
        "w0",
        "w1",
        "step",
        "bowl",
        "levels",
    ]
    assert list(explorer.controls) == list(inspect.signature(BowlExplorer).parameters)
    assert BowlExplorer(lr=0.2).lr == 0.2
    assert explorer.lr == explorer.controls["lr"].value == 0.05
    assert isinstance(explorer.figure, Figure)
    assert isinstance(explorer.live, LiveFigure)


def test_repr_recreates_the_state(explorer):
    explorer.set(lr=0.03, bowl="round", levels=False, w0=-1.25)
    again = eval(repr(explorer))
    assert again.state == explorer.state
    assert repr(again) == repr(explorer)
    assert (
        repr(explorer)
        == "BowlExplorer(lr=0.03, w0=-1.25, w1=1.5, step=100, bowl='round', levels=False)"
    )


class TravelingExplorer(BowlExplorer):
    """Lets a dot travel along the last step."""

    def update(self):
        sentence = super().update()
        self.travel(self.path.get_xydata()[-2:], "#000000", self.path.axes)
        return sentence


def test_a_dot_travels_after_a_single_step_forward_and_no_other_change():
    explorer = TravelingExplorer(step=3)
    live = explorer.live
    explorer.step = 4
    ((color, way),) = live.travels["wide"]
    places = explorer.path.axes.transData.transform(explorer.path.get_xydata()[-2:])
    np.testing.assert_allclose(
        np.reshape(way, (2, 2)) * (1, -1) + (0, live.size[1]), places, atol=0.1
    )
    assert color == "#000000"
    for settings in ({"step": 3}, {"step": 5}, {"lr": 0.1}, {"step": 6, "lr": 0.2}):
        explorer.set(**settings)
        assert live.travels == {"wide": []}, settings
    explorer.set(step=7)
    assert live.travels["wide"]
    explorer.reset()
    assert live.travels == {"wide": []}


def test_a_moved_control_moves_picture_and_sentence(explorer):
    before = shown(explorer)
    explorer.controls["lr"].value = 0.2
    assert "not below the limit 0.1" in explorer.summary
    assert shown(explorer)[0] != before[0]
    np.testing.assert_array_equal(explorer.path.get_xydata(), descend("long", 0.2, -3.0, 1.5)[0])


@pytest.mark.slow
def test_the_picture_is_the_one_built_from_scratch(explorer):
    rng = np.random.default_rng(0)
    for _ in range(10):
        lr, w0, w1 = (
            explorer.controls[name].nearest(rng.uniform(-4, 4)) for name in ("lr", "w0", "w1")
        )
        changes = dict(
            lr=lr,
            w0=w0,
            w1=w1,
            step=int(rng.integers(101)),
            bowl=str(rng.choice(["round", "long"])),
        )
        for name in rng.permutation(list(changes))[: rng.integers(1, 6)]:
            setattr(explorer, name, changes[name])
        assert shown(explorer) == shown(BowlExplorer(**explorer.state))


def test_set_updates_once_and_not_without_a_change(explorer, monkeypatch):
    updates = []
    original = BowlExplorer.update
    monkeypatch.setattr(
        BowlExplorer, "update", lambda self: updates.append(self.changed) or original(self)
    )
    explorer.set(lr=0.02, w0=1.0, w1=1.5)
    assert updates == [{"lr", "w0"}]
    explorer.set(lr=0.02)
    explorer.set()
    assert len(updates) == 1


def test_only_the_step_computes_nothing(explorer):
    misses = descend.cache_info().misses
    explorer.step = 3
    assert descend.cache_info().misses == misses
    assert len(explorer.path.get_xydata()) == 4


def test_reset_goes_back_to_the_beginning_and_stops_playing():
    explorer = BowlExplorer(lr=0.3, step=5)
    explorer.set(lr=0.01, step=50)
    explorer.controls["step"].playing = True
    explorer.reset()
    assert explorer.state == BowlExplorer(lr=0.3, step=5).state
    assert not explorer.controls["step"].playing


def pointer(explorer, x, y, kind="down"):
    """Send what the browser sends for a place in data coordinates."""
    x, y = explorer.plane.transData.transform((x, y))
    message = {
        "type": "pointer",
        "kind": kind,
        "x": x,
        "y": explorer.live.size[1] - y,
        "area": 0,
        "number": 1,
    }
    send(explorer.live, message)


def test_dragging_is_moving_two_sliders_with_one_update(explorer, monkeypatch):
    updates = []
    original = BowlExplorer.update
    monkeypatch.setattr(
        BowlExplorer, "update", lambda self: updates.append(self.changed) or original(self)
    )
    pointer(explorer, 1.2345, -0.777)
    assert (explorer.w0, explorer.w1) == (1.25, -0.8)
    assert updates == [{"w0", "w1"}]
    assert shown(explorer) == shown(BowlExplorer(w0=1.25, w1=-0.8))
    pointer(explorer, 99, -99, "move")
    assert (explorer.w0, explorer.w1) == (4.0, -2.0)


@pytest.mark.parametrize(
    "settings, error, words",
    [
        ({"speed": 1}, TypeError, "no setting 'speed'. Expected: lr, w0"),
        ({"lr": 0}, ValueError, r"lr: expected a number from 0.001 to 1. Received: lr=0\."),
        ({"lr": float("nan")}, ValueError, "Received: lr=nan"),
        ({"lr": "fast"}, TypeError, "Received: lr='fast'"),
        ({"step": 2.5}, TypeError, "a whole number from 0 to 100"),
        ({"bowl": "square"}, ValueError, "one of 'round', 'long'"),
        ({"levels": 1}, TypeError, "True or False"),
    ],
)
def test_bad_settings_are_refused_and_change_nothing(explorer, settings, error, words):
    with pytest.raises(error, match=words):
        BowlExplorer(**settings)
    before = shown(explorer), explorer.state
    with pytest.raises(error, match=words):
        explorer.set(w0=1.0, **settings)
    assert (shown(explorer), explorer.state) == before


def test_an_exception_is_shown_and_raised_and_made_good(explorer, monkeypatch):
    def broken(self):
        raise ZeroDivisionError("no such picture")

    with monkeypatch.context() as patch:
        patch.setattr(BowlExplorer, "update", broken)
        with pytest.raises(ZeroDivisionError):
            explorer.controls["bowl"].value = "round"
        assert explorer.summary == "ZeroDivisionError: no such picture"
        assert explorer.live.failed
    explorer.lr = 0.2  # the next update also draws what the failed one left out
    assert not explorer.live.failed
    assert shown(explorer) == shown(BowlExplorer(lr=0.2, bowl="round"))


def test_the_stored_output(explorer):
    data, metadata = displayed(explorer)
    assert data["text/plain"] == repr(explorer)
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["image/png"]))))
    assert picture.shape[:2] == (760, 1600)
    assert metadata["image/png"] == {
        "width": 800,
        "height": 380,
        "alt": f"{explorer.live.label} {explorer.summary}",
    }
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.widget.model_id
    assert data["image/png"] == displayed(BowlExplorer())[0]["image/png"]


def test_mistakes_of_authors_are_named():
    with pytest.raises(TypeError, match="cannot be called 'reset'"):
        type("Bad", (Explorer,), {"reset": slider("x", 0, min=0, max=1)})

    class Silent(BowlExplorer):
        def update(self):
            super().update()

    with pytest.raises(TypeError, match="a sentence that says what the picture shows"):
        Silent()

    class Undrawn(Explorer):
        x = slider("x", 0, min=0, max=1)

    with pytest.raises(NotImplementedError, match="method draw"):
        Undrawn()

    class Misspelled(BowlExplorer):
        def draw(self):
            drawn = super().draw()
            self.drag(self.plane, x="w_0")
            return drawn

    with pytest.raises(ValueError, match="one of the settings lr, w0"):
        Misspelled()


def test_two_explorers_are_independent(explorer):
    other = BowlExplorer()
    before = shown(other)
    explorer.lr = 0.3
    assert shown(other) == before
    assert other.lr == 0.05


def test_a_closed_explorer_is_freed():
    """Else a learner who runs a cell again and again would fill the kernel: each has a picture of
    some megabytes.
    """
    explorer = BowlExplorer()
    parts = [weakref.ref(explorer), weakref.ref(explorer.live), weakref.ref(explorer.figure)]
    del explorer
    ipywidgets.Widget.close_all()
    gc.collect()
    assert [part() for part in parts] == [None, None, None]


def test_a_closed_explorer_keeps_its_settings_and_opens_when_it_is_looked_at():
    explorer = BowlExplorer(lr=0.02)
    explorer.controls["step"].playing = True
    figure, live = weakref.ref(explorer.figure), weakref.ref(explorer.live)
    player = explorer.controls["step"]
    explorer.close()
    explorer.close()  # twice is once
    gc.collect()
    assert not player.playing
    assert figure() is None
    assert live() is None
    assert explorer.lr == 0.02
    assert repr(explorer) == repr(BowlExplorer(lr=0.02))
    explorer.w0 = 1.0  # nothing is drawn for nobody
    assert shown(explorer) == shown(BowlExplorer(lr=0.02, w0=1.0))
    explorer.controls["lr"].value = 0.3
    assert shown(explorer) == shown(BowlExplorer(lr=0.3, w0=1.0))
    explorer.reset()
    assert shown(explorer) == shown(BowlExplorer(lr=0.02))


def test_settings_without_names_are_refused_with_the_cure():
    with pytest.raises(
        TypeError,
        match=r"expected settings by name. Received: 0.1. Name them: BowlExplorer\(lr=0.1\)",
    ):
        BowlExplorer(0.1)


def browser_says(control, value, era=None, **more):
    control.set_state(
        {"value": value, "sent": [control.era if era is None else era, "page", 7], **more}
    )


def test_what_was_sent_before_reset_does_not_win(explorer):
    """A tick of the player, the last place of a slider, of the pointer: each may arrive after
    Reset.
    """
    control, era = explorer.controls["step"], explorer.controls["step"].era
    browser_says(control, 40, playing=True)
    assert explorer.step == 40
    assert control.playing
    explorer.reset(era="the browser's word for what follows")
    browser_says(control, 41, era, playing=True)
    browser_says(explorer.controls["lr"], 0.5, era)
    assert explorer.state == BowlExplorer().state
    assert not control.playing
    # it is told so all the same, or would seem busy for ever
    assert explorer.live.done == ["page", 7]
    message = {
        "type": "pointer",
        "kind": "down",
        "x": 300,
        "y": 300,
        "area": 0,
        "number": 9,
        "era": era,
    }
    send(explorer.live, message)
    assert explorer.state == BowlExplorer().state
    assert explorer.live.answered == 9
    browser_says(explorer.controls["lr"], 0.5, "the browser's word for what follows")
    assert explorer.lr == 0.5


def test_a_browser_is_told_what_became_of_its_message(explorer, monkeypatch):
    """Held between the ends, which may have moved since; or refused."""
    sent = []
    control = explorer.controls["step"]
    monkeypatch.setattr(Control, "send_state", lambda self, key=None: sent.append((self.name, key)))
    browser_says(control, 9999)
    assert explorer.step == 100
    assert ("step", ["value"]) in sent
    sent.clear()
    with pytest.raises(ValueError, match="one of 'round', 'long'"):
        browser_says(explorer.controls["bowl"], "square")
    assert ("bowl", ["value"]) in sent
    assert explorer.bowl == "long"


def test_ends_that_follow_another_setting():
    class Narrow(BowlExplorer):
        """Steps end where the path does."""

        def ranges(self, settings):
            return {"step": (0, 10 if settings["bowl"] == "round" else 100)}

    narrow = Narrow(step=60)
    narrow.bowl = "round"
    assert narrow.step == 10 == narrow.controls["step"].max
    assert shown(narrow) == shown(BowlExplorer(step=10, bowl="round"))
    with pytest.raises(
        ValueError, match=r"step: expected a whole number from 0 to 10\. Received: step=60"
    ):
        narrow.step = 60
    assert narrow.controls["step"].max == 10
    with pytest.raises(ValueError, match="from 0 to 10"):
        Narrow(bowl="round", step=60)
    # together, though 60 is more than the ten steps of now
    for settings in (dict(bowl="long", step=60), dict(step=60, bowl="long")):
        narrow.set(**settings)
        assert narrow.step == 60
        assert narrow.controls["step"].max == 100
    with pytest.raises(ValueError, match="one of 'round', 'long'"):
        narrow.set(bowl="square", step=5)
    narrow.bowl = "round"
    narrow.reset()
    assert narrow.step == 60
    assert narrow.bowl == "long"
    narrow.set(bowl="round", step=10)
    narrow.bowl = "long"
    assert narrow.step == 100  # who was at the end is at the end


def test_a_setting_without_use_is_not_shown():
    class Still(BowlExplorer):
        """A round bowl has no steps."""

        def unused(self, settings):
            return {"step"} if settings["bowl"] == "round" else ()

    still = Still(bowl="round")
    for bowl in ("round", "long", "round"):
        still.bowl = bowl
        hidden = [name for name, control in still.controls.items() if not control.shown]
        assert hidden == (["step"] if bowl == "round" else [])
    still.step = 3  # Python can move it all the same
    assert still.step == 3


def test_an_update_that_never_rests_is_named():
    class Restless(BowlExplorer):
        """Never content."""

        def update(self):
            self.lr = 0.1 if self.lr != 0.1 else 0.2
            return super().update()

    with pytest.raises(RuntimeError, match="moves its own controls again and again"):
        Restless()
