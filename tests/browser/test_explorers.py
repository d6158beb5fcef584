"""Every explorer in a real JupyterLab: each control moved with the keyboard and the mouse, the
picture dragged, accessibility checked.
"""

import inspect
import time

import pytest

from lab import SCREENSHOTS
from lecture3_engine import explorers
from lecture3_engine.live import Explorer
from lecture3_engine.live.panels import FROM

NAMES = [
    name
    for name, cls in inspect.getmembers(explorers, inspect.isclass)
    if issubclass(cls, Explorer)
]

# Counts frames in which the picture is empty: its four corners are drawn with the background, at
# once or not at all.
WATCH = """() => {
    window.blank = 0; window.frames = 0;
    const canvas = document.querySelector(".live-figure canvas");
    const watch = () => {
        if (!canvas.isConnected) return;
        frames++;
        if (canvas.getContext("2d").getImageData(2, 2, 1, 1).data[3] !== 255) blank++;
        requestAnimationFrame(watch);
    };
    watch();
}"""


# Where a digit stands on the paper does not change its answers at once, and what is learned shows
# only with a label. The settings of a training act on the steps that come.
QUIET = {"DigitExplorer": 4, "TrainingExplorer": 4}


@pytest.fixture(scope="module")
def page(module_notebook):
    return module_notebook(
        [
            "import lecture3_engine as engine\nfrom lecture3_engine.live.explorer import every",
            "",
        ],
        height=1400 if SCREENSHOTS else 1000,
        scale=1,
    )


@pytest.mark.parametrize("name", NAMES)
def test_explorer(page, name):
    page.run_last(f"explorer = engine.explorers.{name}()\nexplorer")
    page.page.evaluate(WATCH)
    page.settle()
    page.unfold()
    before = page.settle()
    assert page.summary() == page.kernel("explorer.summary")
    assert_all_is_told(page)
    controls = page.kernel(
        "[[name, type(control).__name__] for part in every(explorer.widget)"
        " for name, control in explorer.controls.items()"
        " if control is part and control.kind != 'drawing']"
    )
    boxes = page.page.locator(".live-controls .live-control")
    assert boxes.count() == len(controls)
    answered = set()
    for i, (setting, kind) in enumerate(controls):
        box = boxes.nth(i)
        if not page.kernel(f"explorer.controls[{setting!r}].shown"):
            assert not box.is_visible()
            continue
        if kind == "Choice":
            select = box.locator("select")
            values = select.locator("option").evaluate_all(
                "options => options.map(option => option.value)"
            )
            select.select_option(values[-1] if select.input_value() != values[-1] else values[0])
        elif kind == "Toggle":
            # On and off again: a network may be training in between, and its picture never stand
            # still.
            box.locator("input[type=checkbox], button").press("Space")
            page.page.wait_for_timeout(400)
            during = page.pixels()
            answered |= {setting} if (during != before).any() else set()
            box.locator("input[type=checkbox], button").press("Space")
        else:
            slide(page, box, setting)
        # answered after all that was asked before: a choice may compute for a second
        page.kernel("0")
        after = page.settle()
        if after.shape == before.shape and (after != before).any():
            answered.add(setting)
        before = after
    still = {setting for setting, _ in controls} - answered
    assert len(still) <= QUIET.get(name, len(controls) / 3), (
        f"these changed nothing in the picture: {still}"
    )
    assert page.summary() == page.kernel("explorer.summary")

    for axes, (x, y) in page.kernel(
        "[[list(explorer.figure.axes).index(axes), names[:2]] for axes, names in"
        " explorer._drags.items()]"
    ):
        drag(page, axes, x, y)
    page.control("button", "Reset").click()
    page.settle()
    assert page.kernel(f"repr(explorer) == repr(engine.explorers.{name}())")
    blank, frames = page.page.evaluate("[blank, frames]")
    assert blank == 0
    assert frames > 20


def test_buttons_beside_a_slider_and_a_choice_and_one_that_only_switches_on(page):
    page.run_last("explorer = engine.explorers.DigitExplorer(digit=498)\nexplorer")
    page.settle()
    for name, digit in ("Next", 499), ("Next", 499), ("Previous", 498):
        page.control("button", name).click()
        page.settle()
        assert page.kernel("explorer.digit") == digit
    clear = page.control("button", "Clear the paper")
    clear.click()
    page.settle()
    assert page.kernel("explorer.blank")
    assert clear.is_disabled()
    page.kernel("explorer.set(drawn='1,1 9,9')")
    page.settle()
    assert clear.is_enabled()
    page.run_last("explorer = engine.explorers.BugExplorer()\nexplorer")
    page.settle()
    for name, case in ("Previous", "case 15"), ("Next", "case 1"), ("Next", "case 2"):
        page.control("button", name).click()
        page.settle()
        assert page.kernel("explorer.case") == case


# Of an explorer: how wide its picture may be, what is wider than it has room for, and whether the
# card of the picture has the color of the theme. In a dark theme a filter turns white paper dark.
LAID_OUT = """() => {
    const figure = document.querySelector(".live-figure");
    const card = figure.querySelector(".live-card");
    const room = figure.getBoundingClientRect();
    const parts = [...document.querySelectorAll(".live-explorer *")];
    const wider = parts.filter(part => part.getBoundingClientRect().right > room.right + 1
        && part.offsetParent && !part.closest(".live-heard"));
    const dark = document.body.dataset.jpThemeLight === "false";
    return {
        form: figure.querySelector("canvas").dataset.form,
        wider: wider.map(part => part.outerHTML.slice(0, 120)),
        themed: dark === (getComputedStyle(card).filter !== "none"),
    };
}"""


@pytest.mark.parametrize("name", NAMES)
def test_every_width_and_theme(page, name):
    """The form that fits, nothing wider than the page, no complaint of axe; pictures to look at."""
    page.page.set_viewport_size({"width": 1280, "height": 1000})
    page.run_last(f"explorer = engine.explorers.{name}()\nexplorer")
    page.settle()
    forms = set()
    for theme in ("Dark", "Light"):
        page.theme(f"JupyterLab {theme}")
        for width in (1920, 1280, 800, 390):
            page.page.set_viewport_size({"width": width, "height": 1000})
            room = page.page.locator(".live-figure").evaluate("figure => figure.clientWidth")
            fits = max((form for form, least in FROM.items() if least <= room), key=FROM.get)
            # Python may still be drawing it
            page.page.locator(f"canvas[data-form={fits}]").wait_for()
            page.settle()
            found = page.page.evaluate(LAID_OUT)
            assert found["wider"] == [], width
            assert found["themed"], (width, theme)
            assert page.axe() == [], (width, theme)
            if SCREENSHOTS:
                page.screenshot(f"{SCREENSHOTS}/{name}_{width}_{theme.lower()}.png")
            forms.add(found["form"])
    page.page.set_viewport_size({"width": 1280, "height": 1000})
    assert forms == set(FROM)


def slide(page, box, setting):
    """With the keyboard to both ends and into the middle, then with the mouse; the kernel ends at
    what the slider shows.
    """
    handle = box.get_by_role("slider")
    handle.focus()
    low, high = page.kernel(
        f"[explorer.controls[{setting!r}].min, explorer.controls[{setting!r}].max]"
    )
    for key, value in (("Home", low), ("End", high)):
        handle.press(key)
        ends_at(page, setting, value)
    for key in ("PageDown", "ArrowLeft", "ArrowLeft"):
        handle.press(key)
    shown = float(handle.get_attribute("aria-valuetext"))
    assert shown < high
    ends_at(page, setting, shown)
    handle.scroll_into_view_if_needed()
    area = handle.bounding_box()
    middle = area["y"] + area["height"] / 2
    page._drag([(area["x"] + area["width"] * (0.97 - 0.06 * k), middle) for k in range(9)])
    shown = float(handle.get_attribute("aria-valuetext"))
    assert low < shown < high
    ends_at(page, setting, shown)


def ends_at(page, setting, value, patience=30, **tolerance):
    """The kernel gets the last value, soon."""
    end = time.monotonic() + patience
    while (got := page.kernel(f"explorer.{setting}")) != pytest.approx(
        value, **tolerance or {"rel": 1e-5}
    ):
        assert time.monotonic() < end, f"{setting}: the page shows {value}, the kernel has {got}"
        time.sleep(0.02)


def assert_all_is_told(page):
    """To those who do not see it: each control by its role, name and value, what the picture shows,
    and the sentence.
    """
    roles = {"Choice": "combobox", "Toggle": "checkbox"}
    explorer = page.explorer()
    for name, kind, value, presses in page.kernel(
        "[[control.label, type(control).__name__, control.value,"
        " getattr(control, 'presses', False)] for control in explorer.controls.values()"
        " if control.shown]"
    ):
        if kind == "Drawing":  # the picture itself
            continue
        control = explorer.get_by_role(
            roles.get(kind, "slider"), name=" ".join(name.split()), exact=True
        )
        if kind == "Toggle" and not control.count():  # a large button, which says what it does
            words = name if presses else f"Play: {name}"
            assert explorer.get_by_role("button", name=words).count() == 1
            continue
        if kind == "Choice":
            assert control.input_value() == value
        elif kind == "Toggle":
            assert control.is_checked() == value
        else:
            assert float(control.get_attribute("aria-valuetext")) == pytest.approx(value), name
    assert explorer.locator(".live-figure").get_by_role("img").get_attribute("aria-label")
    # told once it has come to rest, not twenty times a second
    page.page.wait_for_timeout(900)
    assert explorer.get_by_role("status").inner_text() == page.summary()


def drag(page, axes, x, y):
    """The point dragged in the picture is where the sliders end."""
    left, bottom, width, height = page.kernel(f"explorer.figure.axes[{axes}].get_position().bounds")
    across = [
        (left + width * fraction, 1 - bottom - height * fraction) for fraction in (0.3, 0.5, 0.6)
    ]
    page.drag_canvas(across)
    for setting, bounds, fraction in ((x, "xlim", 0.6), (y, "ylim", 0.6)):
        if setting is None:
            continue
        low, high, scale = page.kernel(
            f"[*explorer.figure.axes[{axes}].get_{bounds}(),"
            f" explorer.figure.axes[{axes}].get_{bounds[0]}scale()]"
        )
        wanted = low * (high / low) ** fraction if scale == "log" else low + (high - low) * fraction
        least, most = page.kernel(
            f"[explorer.controls[{setting!r}].min, explorer.controls[{setting!r}].max]"
        )
        tolerance = {"rel": 0.05} if scale == "log" else {"abs": 0.02 * (high - low)}
        ends_at(page, setting, min(max(wanted, least), most), **tolerance)
