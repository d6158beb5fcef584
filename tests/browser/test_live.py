"""What a learner sees of an explorer in a real JupyterLab."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lecture3_engine.live import controls

IMPORT = (
    f"import sys; sys.path.insert(0, {str(Path(__file__).parents[1] / 'live')!r})\nfrom example"
    " import BowlExplorer\nfrom savefig import savefig"
)
SHOW = "explorer = BowlExplorer()\nexplorer"


@pytest.fixture(scope="module")
def shared(module_notebook):
    return module_notebook([IMPORT, SHOW])


@pytest.fixture
def page(shared):
    """An explorer as it begins."""
    shared.control("button", "Reset").click()
    shared.settle()
    return shared


def differ(before, after):
    return before.shape == after.shape and (before != after).any()


def as_saved(page, what="explorer.live"):
    """The figure as savefig draws it, and the background, as arrays like `page.pixels()`."""
    picture, background = page.kernel(f"[list(savefig({what})), list({what}.background)]")
    return [
        np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGB")).astype(int)
        for png in (picture, background)
    ]


def fidelity(page, what="explorer.live"):
    """Mean difference, of 255, between canvas and savefig, on the pixels where either shows
    something that moves.
    """
    picture, background = as_saved(page, what)
    canvas = page.settle()
    assert canvas.shape == picture.shape
    moves = ((picture != background) | (canvas != background)).any(axis=2)
    assert moves.sum() > 1000
    assert not (canvas != picture)[~moves].any()
    return np.abs(canvas - picture)[moves].mean()


def test_the_explorer_is_shown_as_savefig_draws_it(page):
    assert fidelity(page) < 5
    assert page.summary() == page.kernel("explorer.summary")
    canvas = page.canvas()
    assert canvas.get_attribute("role") == "img"
    assert "Gradient descent in a bowl" in canvas.get_attribute("aria-label")


def test_every_control_answers_keyboard_mouse_and_typing(page):
    for label, name in (
        ("learning rate", "lr"),
        ("start w0", "w0"),
        ("start w1", "w1"),
        ("step", "step"),
    ):
        before = page.settle()
        page.press(label, "ArrowLeft", times=6)
        assert differ(before, after := page.settle()), f"{name}: the arrow key changed nothing"
        assert page.kernel(f"explorer.{name}") == page.value(label)
        page.drag_slider(label, page.slider(label).evaluate("e => e.value / e.max"), 0.3)
        assert differ(after, page.settle()), f"{name}: the mouse changed nothing"
        assert page.kernel(f"explorer.{name}") == page.value(label)
        assert page.kernel(
            f"explorer.controls['{name}'].nearest(explorer.{name}) == explorer.{name}"
        )
    for key, value in ("End", 1.0), ("Home", 0.001):
        page.press("learning rate", key)
        page.settle()
        assert page.kernel("explorer.lr") == value == page.value("learning rate")
    page.press("learning rate", "PageUp")
    page.settle()
    assert page.kernel("explorer.lr") > 0.0015
    page.type("learning rate", "0.0123")
    page.settle()
    assert page.kernel("explorer.lr") == 0.0123
    page.type("learning rate", "7")  # held at the end
    page.type("start w0", "nonsense")  # as it was
    page.settle()
    assert page.kernel("[explorer.lr, explorer.w0]") == [1.0, page.value("start w0")]
    before = page.settle()
    page.control("combobox", "bowl").select_option("round")
    page.control("checkbox", "level lines").press("Space")
    assert differ(before, page.settle())
    assert page.kernel("[explorer.bowl, explorer.levels]") == ["round", False]
    page.control("button", "Reset").click()
    page.settle()
    assert page.kernel("repr(explorer) == repr(BowlExplorer())")
    assert fidelity(page) < 5


def test_play_pause_and_step(page):
    page.press("step", "Home")
    page.settle()
    play = page.control("button", "Play: step")
    play.click()
    page.page.wait_for_function(
        "() => document.querySelector('.live-row button + button').title === 'Pause'"
    )
    page.page.wait_for_timeout(700)
    page.control("button", "Pause: step").click()
    page.settle()
    reached = page.value("step")
    assert 2 <= reached <= 20
    assert reached == page.kernel("explorer.step")
    page.control("button", "Forward: step").click()
    page.control("button", "Forward: step").click()
    page.control("button", "Back: step").click()
    page.settle()
    assert page.value("step") == reached + 1 == page.kernel("explorer.step")


# Counts the dots that the browser itself draws.
DOTS = """() => {
    if (window.dots !== undefined) return;
    const { arc } = CanvasRenderingContext2D.prototype;
    window.dots = 0;
    CanvasRenderingContext2D.prototype.arc = function (...what) {
        window.dots++;
        return arc.apply(this, what);
    };
}"""


def test_a_step_travels_to_its_place_unless_motion_is_reduced(notebook):
    page = notebook(
        [
            "from lecture3_engine.explorers import GradientDescentExplorer",
            "explorer = GradientDescentExplorer(step=0); explorer",
        ]
    )
    page.settle()
    page.page.evaluate(DOTS)
    forward = page.control("button", "Forward")
    forward.click()
    after = page.settle()
    assert page.page.evaluate("dots") > 3
    page.page.emulate_media(reduced_motion="reduce")
    page.page.evaluate("dots = 0")
    forward.click()
    assert differ(after, page.settle())
    page.control("button", "Back").click()
    assert (page.settle() == after).all()  # the dot has left no trace
    assert page.page.evaluate("dots") == 0
    page.page.emulate_media(reduced_motion="no-preference")


def test_dragging_in_the_picture_moves_the_sliders(page):
    before = page.settle()
    page.drag_canvas([(0.2, 0.3), (0.3, 0.5), (0.25, 0.6)])
    assert differ(before, page.settle())
    w0, w1 = page.kernel("[explorer.w0, explorer.w1]")
    assert (page.value("start w0"), page.value("start w1")) == (w0, w1) != (-3.0, 1.5)
    x, y = page.kernel(f"explorer.plane.transData.transform(({w0}, {w1})).tolist()")
    width, height = page.kernel("explorer.live.size")
    assert abs(x / width - 0.25) < 0.01
    assert abs(1 - y / height - 0.6) < 0.02
    after = page.settle()
    page.drag_canvas([(0.8, 0.3), (0.7, 0.5)])  # not draggable there
    assert not (after != page.settle()).any()


def test_nothing_is_blank_or_jumps_during_a_drag(page):
    page.page.evaluate("""() => {
            window.blank = 0; window.frames = 0; window.tops = new Set();
            const canvas = document.querySelector(".live-figure canvas");
            const watch = () => {
                frames++;
                const [r, g, b, alpha] = canvas.getContext("2d").getImageData(3, 3, 1, 1).data;
                if (alpha !== 255) blank++;
                const top = Math.round(canvas.getBoundingClientRect().top);
                tops.add(top + " " + document.querySelector(".live-figure").offsetHeight);
                requestAnimationFrame(watch);
            };
            watch();
        }""")
    page.drag_slider("learning rate", 0.5, 0.9, steps=40)
    page.settle()
    page.control("combobox", "bowl").select_option("round")  # a new background
    page.settle()
    blank, frames, places = page.page.evaluate("[blank, frames, tops.size]")
    assert (blank, places) == (0, 1)
    assert frames > 20


def test_two_views_show_the_same_and_one_may_go(notebook):
    page = notebook([IMPORT, SHOW, "explorer", "explorer.live"])
    assert page.page.locator(".live-figure canvas").count() == 3
    first, second, third = (page.settle(number) for number in range(3))
    assert (first == second).all()
    assert (first == third).all()
    page.press("learning rate", "ArrowRight", times=5, explorer=1)
    after = [page.settle(number) for number in range(3)]
    assert differ(first, after[0])
    assert (after[0] == after[1]).all()
    assert (after[0] == after[2]).all()
    assert page.value("learning rate", 0) == page.value("learning rate", 1)
    page.page.evaluate(
        "() => { const notebook = jupyterapp.shell.currentWidget.content; notebook.activeCellIndex"
        " = 1; }"
    )
    page.command("notebook:clear-cell-output")
    page.page.wait_for_function("() => document.querySelectorAll('.live-figure').length === 2")
    page.press("learning rate", "ArrowRight", times=3)
    assert differ(after[0], page.settle())
    assert (page.settle(0) == page.settle(1)).all()


def shows_a_picture(saved):
    (output,) = saved.cells[1].outputs
    assert set(output.data) == {"text/plain", "image/png"}
    assert "widgets" not in saved.metadata


def test_saved_and_opened_again_shows_the_picture(notebook):
    page = notebook([IMPORT, SHOW])
    page.press("learning rate", "ArrowRight", times=3)
    page.settle()
    page.save()
    shows_a_picture(page.lab.read(page.name))
    # It is the extension of JupyterLab that does so, which works without a server as well.
    assert page.page.evaluate("() => jupyterapp.hasPlugin('lecture3_engine:saved-pictures')")
    # The page that was saved stays alive ...
    before = page.settle()
    page.press("learning rate", "ArrowRight", times=3)
    assert differ(before, page.settle())
    page.save()
    # ... and nobody asks whether the file has changed
    assert page.page.locator(".jp-Dialog").count() == 0
    # ... and opened again, with another kernel, there is a picture and no error box.
    page.lab.forget(page.name)
    page.open()
    image = page.page.locator(".jp-OutputArea-output img")
    image.wait_for()
    assert image.evaluate("image => [image.naturalWidth, image.width]") == [1600, 800]
    assert page.page.get_by_text("Error displaying widget").count() == 0
    page.run_all()  # and running makes it live again
    assert fidelity(page) < 5


def test_accessibility(page):
    assert page.axe() == []
    page.theme("JupyterLab Dark")
    page.settle()
    assert page.axe() == []
    page.theme("JupyterLab Light")
    slider = page.slider("learning rate")
    assert slider.get_attribute("aria-valuetext") == "0.05"
    assert page.page.get_by_role("status").filter(has_text="the limit 0.1").count() == 1


@pytest.mark.parametrize("scale", [1, 1.5])
def test_sharp_at_every_resolution_and_whole_in_a_narrow_window(notebook, scale):
    page = notebook([IMPORT, SHOW], width=600, scale=scale)
    pixels = page.settle()
    box = page.canvas().bounding_box()
    assert box["x"] + box["width"] <= 600
    assert box["width"] > 400
    assert pixels.shape[1] == pytest.approx(box["width"] * scale, abs=1)
    assert page.page.evaluate(
        "() => [...document.querySelectorAll('.live-control')].every(e =>"
        " e.getBoundingClientRect().right <= 600)"
    )
    page.page.set_viewport_size({"width": 1200, "height": 900})
    assert page.settle().shape[1] == pytest.approx(800 * scale, abs=1)


EVERYTHING = """
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from lecture3_engine.live import LiveFigure

rng = np.random.default_rng(0)
figure = Figure(figsize=(10, 7), layout="constrained")
axes = figure.subplots(3, 4).ravel()
x = np.linspace(0, 6, 100)
y = np.sin(x)
gap = np.where((x > 2) & (x < 3), np.nan, y)
moving = {
    "line": axes[0].plot(x, gap, lw=2),
    "dashes": axes[1].plot(x, y, "--", lw=3)
    + axes[1].plot(x, -y, "-.", lw=3, dash_capstyle="round"),
    "markers": axes[2].plot(x[::5], y[::5], "o-", ms=8, alpha=0.5)
    + axes[2].plot(x[::5], y[::5] / 2, "s", ms=8, mec="k"),
    "scatter": axes[3].scatter(
        rng.random(60), rng.random(60), s=300 * rng.random(60), c=rng.random(60), alpha=0.6, ec="k"
    ),
    "quiver": axes[4].quiver(
        *np.meshgrid(range(8), range(6)), rng.normal(size=(6, 8)), rng.normal(size=(6, 8))
    ),
    "mesh": axes[5].pcolormesh(rng.random((10, 12)), alpha=0.7),
    "squares": axes[6].imshow(rng.random((7, 7)), cmap="gray", alpha=0.5),
    "smooth": axes[7].imshow(rng.random((7, 7)), interpolation="bicubic", alpha=0.8),
    "log": axes[9].loglog([1e-8, 1e-4, 1], [1, 1e4, 1e9], "s-")
    + axes[9].plot([0, 1e-3, 1], [-1, 10, 1e300]),
    "fill": [
        axes[10].fill_between(x, y, 0.3 * y, alpha=0.4),
        axes[10].axvspan(4, 5, alpha=0.3),
        axes[10].bar([1], [0.5]),
    ],
    "clip": axes[11].plot(x, y, lw=6),
}
moving["clip"][0].set_clip_path(Circle((3, 0), 1, transform=axes[11].transData))
words = [
    axes[8].text(0.1, 0.7, "plain words 0.123"),
    axes[8].text(0.1, 0.2, r"$\\frac{\\partial L}{\\partial w}=\\sum x_i^2$", size=16),
]
live = LiveFigure(figure, [*moving.values(), words], label="everything")
names = [*list(moving)[:8], None, *list(moving)[8:]]  # None: the words
boxes = {name: axes[k].get_window_extent().extents.tolist() for k, name in enumerate(names) if name}
live
"""


def test_everything_matplotlib_draws_looks_the_same(notebook):
    page = notebook([IMPORT, EVERYTHING], width=1400)
    assert fidelity(page, "live") < 5
    # Each kind by itself, so that none hides behind a large one. Words only count above: their
    # letters are outlines here and fitted to pixels there, with the same place and length.
    picture, background = as_saved(page, "live")
    canvas, height = page.pixels(), picture.shape[0]
    boxes = page.kernel("boxes")
    found = {}
    for name, box in boxes.items():
        x0, y0, x1, y1 = map(round, box)
        part = np.s_[max(0, height - y1) : height - y0, x0:x1]
        moves = ((picture != background) | (canvas != background))[part].any(axis=2)
        found[name] = round(float(np.abs(canvas - picture)[part][moves].mean()), 2)
    assert all(difference < 8 for difference in found.values()), json.dumps(found)


def test_an_exception_stands_in_place_of_the_sentence(notebook):
    broken = """
class Broken(BowlExplorer):
    def update(self):
        if self.lr > 0.5:
            raise ZeroDivisionError("nothing to see at this rate")
        return super().update()

Broken()
"""
    page = notebook([IMPORT, broken])
    page.may_fail = True
    page.press("learning rate", "End")
    page.page.get_by_text("ZeroDivisionError: nothing to see at this rate").wait_for()
    page.press("learning rate", "Home")
    page.page.get_by_text("lr 0.001 is below the limit").wait_for()


def test_kernel_connections_have_no_delay(page):
    """The extension is loaded: without it, small messages wait for each other."""
    assert "lecture3_engine.server | extension was successfully loaded" in page.lab.log.read_text()


TWO_PAGES = """async (code) => {
    const file = new Blob([code], { type: "text/javascript" });
    const { default: { initialize } } = await import(URL.createObjectURL(file));
    // Two pages and a kernel that tells the other page what one has sent, 20 ms later.
    const page = () => {
        const heard = {};
        const state = { kind: "player", value: 0, min: 0, max: 1000, playing: false, interval: 50 };
        state.explorer = "";
        const model = {
            sent: 0,
            get: (name) => state[name],
            set(name, value) {
                const changed = state[name] !== value;
                state[name] = value;
                if (changed) for (const action of heard[`change:${name}`] ?? []) action();
            },
            on: (name, action) => (heard[name] ??= []).push(action),
            off() {},
            save_changes() {
                this.sent++;
                setTimeout(() => {
                    for (const name of ["value", "playing"]) model.other.set(name, state[name]);
                }, 20);
            },
        };
        initialize({ model });
        return model;
    };
    const one = page(), other = page();
    [one.other, other.other] = [other, one];
    const wait = (ms) => new Promise((done) => setTimeout(done, ms));
    one.set("playing", true);
    one.save_changes();
    await wait(1000);
    const together = [one.sent, other.sent];
    one.other = { set() {} }; // the page that pressed Play is closed
    one.set("playing", false);
    const before = other.sent;
    await wait(1000);
    other.set("playing", false);
    return [...together, other.sent - before];
}"""


def test_of_two_pages_one_plays_and_the_other_takes_over(page):
    leader, follower, later = page.page.evaluate(
        TWO_PAGES, Path(controls.__file__).with_name("controls.js").read_text(encoding="utf-8")
    )
    # a step each 50 ms, the first message is that of Play
    assert 10 <= leader <= 21
    assert follower == 0
    assert 8 <= later <= 20
