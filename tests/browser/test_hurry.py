"""Explorers used in a hurry, in a real JupyterLab: whatever was clicked how fast, picture, sentence
and controls agree.

The measure is the explorer that the kernel makes anew from the same settings: frame, background and
sentence of the page's model, and the value that each control shows.
"""

import inspect
import os
import random
import time

import pytest

from lecture3_engine import explorers
from lecture3_engine.live import Explorer

NAMES = [
    name
    for name, cls in inspect.getmembers(explorers, inspect.isclass)
    if issubclass(cls, Explorer)
]
# of each kind: LECTURE3_HURRY=20 takes half an hour and finds what is rare
TRIES = int(os.environ.get("LECTURE3_HURRY", "1"))
PAUSES = (0, 40, 90, 160, 300, 550)  # ms

AGREES = """
from lecture3_engine.live import LOCK
from lecture3_engine.live.explorer import every
def agrees():
    with LOCK:  # a player that still runs goes on in another thread
        state, controls = dict(explorer.state), list(explorer.controls.values())
        if "running" in state:
            state["running"] = False
        scratch = type(explorer)(**state)
        for view, form in explorer.live._views.items():
            scratch.live._look(view, form)
        try:
            return [
                explorer.live.frames == scratch.live.frames,
                explorer.live.backgrounds == scratch.live.backgrounds,
                explorer.summary == scratch.summary,
                not explorer.live.failed,
                [
                    part.value
                    for part in every(explorer.widget)
                    if part in controls and part.kind != "drawing"  # the picture shows it
                ],
            ]
        finally:
            scratch.close()
"""
SHOWN = """() => [...document.querySelectorAll(".live-controls .live-control")].map(box => {
    const range = box.querySelector("input[type=range]"), select = box.querySelector("select");
    const check = box.querySelector("input[type=checkbox]");
    const starts = box.querySelector("button[aria-pressed]");
    if (starts) return starts.getAttribute("aria-pressed") === "true";
    const presses = box.querySelector("button[data-pressed]");
    if (presses) return presses.dataset.pressed === "true";
    if (range) return Number(range.getAttribute("aria-valuetext"));
    return select ? select.value : check.checked;
})"""


@pytest.fixture(scope="module")
def page(module_notebook):
    return module_notebook(
        ["import lecture3_engine as engine\n" + AGREES, ""], height=1000, scale=1
    )


def quiet(page, seconds=60):
    """Wait until the page has heard of all it asked for."""
    end = time.monotonic() + seconds
    same = 0
    while same < 3:
        assert time.monotonic() < end, "the explorer stays busy"
        page.kernel("0")
        busy = page.page.evaluate(
            "document.querySelector('.live-figure').getAttribute('aria-busy') === 'true'"
        )
        same = 0 if busy else same + 1
        page.page.wait_for_timeout(40)


def assert_agrees(page, what):
    quiet(page)
    frame, background, sentence, fine, values = page.kernel("agrees()")
    assert (frame, background, sentence, fine) == (True, True, True, True), what
    shown = page.page.evaluate(SHOWN)
    for value, on_screen in zip(values, shown, strict=True):
        assert on_screen == (
            pytest.approx(value, rel=1e-5, abs=1e-12) if isinstance(value, (int, float)) else value
        ), what
    assert page.summary() == page.kernel("explorer.summary"), what


@pytest.mark.parametrize("name", NAMES)
def test_in_a_hurry(page, name):
    page.run_last(f"explorer = engine.explorers.{name}()\nexplorer")
    page.settle()
    page.unfold()
    fresh = page.kernel("repr(explorer)")
    rng = random.Random(name)
    explorer = page.page.locator(".live-figure").first.locator(
        "xpath=ancestor::*[contains(@class, 'live-explorer')][1]"
    )
    reset = explorer.get_by_role("button", name="Reset")
    plays = explorer.get_by_role("button", name="Play")
    selects = explorer.locator(".live-control select")
    fields = explorer.locator(".live-control input[type=text]")

    def wait():
        page.page.wait_for_timeout(rng.choice(PAUSES))

    def back(what):
        reset.click()
        assert_agrees(page, what)
        assert page.kernel("repr(explorer)") == fresh, what

    for _ in range(TRIES):
        if plays.count():
            plays.first.click()
            wait()
            back("Reset during Play")
        if selects.count():
            for _ in range(2):
                select = selects.nth(rng.randrange(selects.count()))
                select.select_option(
                    rng.choice(
                        select.locator("option").evaluate_all("all => all.map(one => one.value)")
                    )
                )
                wait()
            assert_agrees(page, "two choices at once")
            back("Reset after two choices")
        if fields.count():
            field = fields.nth(rng.randrange(fields.count()))
            if field.is_enabled():
                field.fill(str(rng.choice([0.01, 0.5, 1, 2.3, 7])))
                field.press("Enter")
                wait()
                back("a typed value, then Reset")
        if plays.count():
            plays.first.click()
            page.drag_canvas([(0.2 + 0.06 * k, 0.5) for k in range(5)])
            wait()
            pause = explorer.get_by_role("button", name="Pause")
            if pause.count():
                pause.first.click(timeout=2000)
            if "running" not in page.kernel("explorer.state"):  # a training has gone on
                assert_agrees(page, "a drag during Play")
            back("Reset after a drag during Play")


def test_what_takes_long_says_so(notebook):
    """An old picture never stands under a new name without a word."""
    page = notebook(
        [
            """
import time
from matplotlib.figure import Figure
from lecture3_engine.live import Explorer, choice

class Slow(Explorer):
    "Takes its time."
    which = choice("which", "one", ["one", "two"])

    def draw(self):
        figure = Figure(figsize=(6, 3))
        self.text = figure.text(0.5, 0.5, "")
        return figure, [self.text]

    def update(self):
        if self.which == "two":
            time.sleep(1.5)
        self.text.set_text(self.which)
        return f"This is {self.which}."

explorer = Slow()
explorer"""
        ]
    )
    page.settle()
    figure = page.page.locator(".live-figure")
    assert figure.get_attribute("aria-busy") == "false"
    assert page.summary() == "This is one."
    page.page.locator(".live-control select").select_option("two")
    page.page.wait_for_timeout(500)
    assert figure.get_attribute("aria-busy") == "true"
    assert page.summary() == "Working …"
    quiet(page)
    assert figure.get_attribute("aria-busy") == "false"
    assert page.summary() == "This is two."


def test_a_cell_that_is_run_again_lets_go_of_the_one_before(notebook):
    page = notebook(
        ["import lecture3_engine as engine\nfrom ipywidgets.widgets.widget import _instances", ""]
    )
    page.run_last("explorer = engine.explorers.LearningRateExplorer()\nexplorer")
    page.settle()
    before = page.kernel("len(_instances)")
    page.page.locator(".live-figure").get_by_role("img")
    for _ in range(3):
        page.run_last("explorer = engine.explorers.LearningRateExplorer()\nexplorer")
        page.settle()
    assert page.kernel("len(_instances)") == before
