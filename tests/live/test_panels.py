"""Three forms of one figure: where the panels stand, and who is drawn what."""

import numpy as np
import pytest

from lecture3_engine.live import Explorer, LiveFigure, panels, slider
from lecture3_engine.live.panels import FORMS, FROM

RANKS = {"plane": "hero", "loss": "second", "rates": "second", "table": "detail"}


def live_panels():
    figure, axes = panels(RANKS)
    axes["plane"].set(xlim=(0, 1), ylim=(0, 1))
    (dot,) = axes["plane"].plot([0.5], [0.5], "o")
    return LiveFigure(figure, dot), axes, dot


@pytest.mark.parametrize("form", FORMS)
def test_no_panel_lies_on_another_or_beyond_the_figure(form):
    figure, axes = panels(RANKS)
    figure.take(form)
    boxes = [a.get_position().extents for a in axes.values()]
    for i, (x0, y0, x1, y1) in enumerate(boxes):
        assert 0 < x0 < x1 < 1
        assert 0 < y0 < y1 < 1
        for left, bottom, right, top in boxes[:i]:
            assert x1 <= left or right <= x0 or y1 <= bottom or top <= y0


def test_the_hero_is_the_largest_and_the_forms_are_as_wide_as_they_say():
    figure, axes = panels(RANKS)
    for form, (width, dpi) in FORMS.items():
        figure.take(form)
        assert figure.get_size_inches()[0] * dpi == pytest.approx(width)
        size = {name: a.get_position().width * a.get_position().height for name, a in axes.items()}
        assert max(size, key=size.get) == "plane"
    figure.take("wide")
    plane = axes["plane"].get_position()
    assert 0.45 < plane.width < 0.6


def test_titles_beside_one_another_stand_on_one_line():
    figure, axes = panels(RANKS)
    figure.take("wide")
    assert axes["plane"].get_position().y1 == pytest.approx(axes["loss"].get_position().y1)
    figure.take("medium")
    assert axes["loss"].get_position().y1 == pytest.approx(axes["rates"].get_position().y1)


def test_the_smallest_text_has_eleven_pixels_where_a_form_is_shown_smallest():
    """10.5 points; a phone has 320 CSS pixels or more, of which JupyterLab leaves some less."""
    for form, (width, dpi) in FORMS.items():
        narrowest = FROM[form] or 310
        assert 10.5 / 72 * dpi * narrowest / width >= 11, form


def test_a_form_that_is_wrong_is_refused():
    with pytest.raises(ValueError, match=r"expected one hero.*Received"):
        panels({"a": "hero", "b": "hero"})
    with pytest.raises(ValueError, match="expected one hero"):
        panels({"a": "hero", "b": "third"})
    with pytest.raises(ValueError, match=r"each of a, b once in the narrow form"):
        panels({"a": "hero", "b": "second"}, narrow=[(3, [("a", 1)])])


def test_only_forms_that_somebody_looks_at_are_drawn():
    live, _, dot = live_panels()
    assert list(live.frames) == ["wide"]
    live._receive(None, {"type": "form", "view": "phone", "form": "narrow"}, [])
    assert list(live.frames) == list(live.backgrounds) == ["narrow"]
    live._receive(None, {"type": "form", "view": "hall", "form": "wide"}, [])
    assert sorted(live.frames) == ["narrow", "wide"]
    dot.set_data([0.2], [0.2])
    live.refresh()
    assert live.frames["wide"]["vertices"] != live.frames["narrow"]["vertices"]
    live._receive(None, {"type": "form", "view": "hall", "form": None}, [])
    live.refresh()
    assert list(live.frames) == ["narrow"]


def test_every_form_shows_what_a_new_figure_of_that_form_shows():
    live, _, dot = live_panels()
    for form in ("narrow", "medium", "wide", "narrow"):
        live._receive(None, {"type": "form", "view": "one", "form": form}, [])
        dot.set_data([0.3], [0.6])
        live.refresh()
        fresh, _, mark = live_panels()
        mark.set_data([0.3], [0.6])
        fresh._receive(None, {"type": "form", "view": "one", "form": form}, [])
        fresh.refresh()
        assert live.frames == fresh.frames
        assert live.backgrounds == fresh.backgrounds
        assert live.places == fresh.places


def test_a_change_of_width_costs_one_background_and_going_back_none(monkeypatch):
    drawn = []
    draw = LiveFigure._draw_background
    monkeypatch.setattr(
        LiveFigure, "_draw_background", lambda live: drawn.append(live._form) or draw(live)
    )
    live, axes, dot = live_panels()
    assert drawn == ["wide"]
    for form in ("narrow", "wide", "narrow", "medium"):
        live._receive(None, {"type": "form", "view": "one", "form": form}, [])
        dot.set_data([0.1], [0.1])
        live.refresh()
    assert drawn == ["wide", "narrow", "medium"]
    axes["plane"].set_title("another")
    live.refresh()
    assert drawn == ["wide", "narrow", "medium", "medium"]


def test_the_stored_picture_is_the_wide_one_whoever_looks():
    live, _, _ = live_panels()
    before = live.picture()
    live._receive(None, {"type": "form", "view": "one", "form": "narrow"}, [])
    assert live.picture() == before


def test_a_pointer_means_the_place_in_the_form_it_was_sent_from():
    live, axes, _ = live_panels()
    seen = []
    live.on_pointer(seen.append, axes=axes["plane"])
    for form in FORMS:
        live._receive(None, {"type": "form", "view": "one", "form": form}, [])
        ((x0, y0, x1, y1),) = live.places[form]
        message = {"type": "pointer", "number": 1, "kind": "down", "area": 0, "form": form}
        place = {"x": x0 + 0.25 * (x1 - x0), "y": y0 + 0.25 * (y1 - y0)}
        live._receive(None, message | place, [])
        low, high = axes["plane"].get_xlim()
        assert seen[-1].x == pytest.approx(low + 0.25 * (high - low), abs=0.01 * (high - low))


class Leading(Explorer):
    """An explorer with one setting that leads."""

    lr = slider("learning rate  lr", 0.1, min=0, max=1)
    w0 = slider("start  w₀", 0.0, min=-1, max=1)
    w1 = slider("start  w₁", 0.0, min=-1, max=1)
    leads = ("lr",)
    together = (("w0", "w1"),)

    def draw(self):
        figure, axes = panels({"plane": "hero"})
        (self.dot,) = axes["plane"].plot([0], [0], "o")
        self.drag(axes["plane"], action=self.pointed)
        return figure, self.dot

    def pointed(self, pointer):
        return {} if pointer.kind == "up" else {"w0": round(pointer.x, 2)}

    def follow(self, settings):
        return {"w1": -settings["w0"]} if "w0" in settings else {}

    def update(self):
        self.dot.set_data([self.w0], [self.w1])
        return "The dot <#0072B2>stands</>.", f"It is at {self.w0:g}."


def boxes(explorer):
    controls, live = explorer.widget.children
    assert live is explorer.live
    return controls.children


def test_what_leads_stands_first_and_reset_is_in_the_corner():
    explorer = Leading()
    leads, corner, others = boxes(explorer)
    assert leads.children == (explorer.controls["lr"],)
    assert [control.kind for control in corner.children] == ["more", "reset"]
    (pair,) = others.children
    assert pair.children == (explorer.controls["w0"], explorer.controls["w1"])
    assert corner.children[0].value is False
    # open if something in it has been chosen
    assert boxes(Leading(w0=0.5))[1].children[0].value is True


def test_names_that_do_not_exist_are_refused_in_the_class_body():
    with pytest.raises(TypeError, match="Received: 'lrr'"):
        type("Wrong", (Leading,), {"leads": ("lrr",)})


def test_verdict_and_reason_are_one_summary_without_colors():
    explorer = Leading()
    assert explorer.summary == "The dot stands. It is at 0."
    assert explorer.live.said == ["The dot <#0072B2>stands</>.", "It is at 0."]
    assert explorer.live.label == "An explorer with one setting that leads."


def test_a_setting_that_follows_moves_unless_it_is_chosen():
    explorer = Leading(w0=0.5)
    assert explorer.w1 == -0.5
    explorer.set(w0=0.2, w1=0.9)
    assert explorer.w1 == 0.9
    explorer.w0 = -0.3
    assert explorer.w1 == 0.3
    explorer.controls["w0"].value = 0.7  # as a browser does
    assert explorer.w1 == -0.7


def test_an_action_says_what_a_drag_does():
    explorer = Leading()
    ((_, y0, x1, _),) = explorer.live.places["wide"]
    message = {"type": "pointer", "number": 1, "kind": "down", "area": 0, "form": "wide"}
    explorer.live._receive(None, message | {"x": x1, "y": y0}, [])
    assert explorer.w0 == pytest.approx(explorer.figure.axes[0].get_xlim()[1], abs=0.01)
    np.testing.assert_array_equal(explorer.dot.get_xdata(), [explorer.w0])
