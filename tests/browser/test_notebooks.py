"""Every notebook of the course in a real JupyterLab, as a learner goes through it: run, drag,
answer, solve, save; and one of them reopened and restarted.

All cells are run in two notebooks, in the others those that show something to drag or to solve.
nbval runs them all, and so do the tests of the site, in a browser.

The same pages are looked at in a narrow window (600 CSS pixels: what a window of 1200 shows at 200
% zoom) and in the dark theme.
"""

import re
import shutil

import pytest

import build_notebooks as notebooks
from lab import VIEW
from tests.browser.conftest import train_on_fewer

FOLDER = notebooks.find_folder()
TRIED = re.compile(r"^(import|from) |engine\.(explorers|exercises)\.", re.MULTILINE)
WHOLE = "10_training_in_a_nutshell"  # its explorers show the network that the cells above train
REOPENED = "06_learning_rate"  # it, too, is run as a whole when it is opened
EXERCISE = re.compile(r"^engine\.exercises\.check\((\w+)\)$", re.MULTILINE)
SOLUTION = re.compile(r"```python\n(.*?)```", re.DOTALL)

# Elements that stick out of their output area, or hold text that is cut off.
CUT_OFF = """() => {
    const found = [];
    for (const area of document.querySelectorAll(".jp-OutputArea-output")) {
        const edge = area.getBoundingClientRect().right + 1;
        const ours = ".live-controls, .live-control, .live-control *, .live-figure, .live-figure *";
        for (const element of area.querySelectorAll(`${ours}, fieldset, fieldset *, legend`)) {
            // what only a screen reader is told has no width on purpose
            if (element.closest("svg, .live-heard")) continue;
            const box = element.getBoundingClientRect();
            const hidden = element.matches("span, label, legend, button, output, div")
                && getComputedStyle(element).overflowX !== "visible"
                && element.scrollWidth > element.clientWidth + 1;
            if (box.width && (box.right > edge || hidden)) {
                const text = element.textContent.slice(0, 60);
                found.push(`${element.tagName} ${element.className}: ${text}`);
            }
        }
    }
    return found;
}"""


@pytest.fixture(scope="module")
def tab(module_notebook):
    return module_notebook(FOLDER / f"{REOPENED}.ipynb", scale=1)


@pytest.fixture
def learner(tab):
    """The page of one learner, who takes the tests from top to bottom in one tab. At the end of
    each: no error in the console.
    """
    yield tab
    errors, tab.errors = tab.errors, []
    assert not errors


@pytest.fixture
def page(learner):
    """A notebook that has been run, at its first explorer, which is as it begins."""
    learner.scroll_to(learner.explorers()[0])
    learner.control("button", "Reset").click()
    learner.settle()
    return learner


def test_pictures_stay_while_one_scrolls(page):
    """JupyterLab takes cells out of the page that are far away, and puts them back."""
    first = page.model("panel.content.activeCellIndex")
    before = page.settle()
    page.scroll_to(len(page.cells()) - 1)
    page.page.wait_for_timeout(300)
    page.scroll_to(first)
    assert (page.settle() == before).all()
    page.press("learning rate", "PageUp", times=2)
    page.kernel("0")
    assert (page.settle() != before).any()


def test_everything_can_be_done_without_a_mouse(page):
    """With Tab from the explorer's first control to its last: every control and button is reached,
    has a name, and shows where the focus is.
    """
    page.show_all_cells()
    page.unfold()
    explorer = page.explorer(0)
    wanted = explorer.locator("input, select, button").count()
    explorer.locator("input, select, button").first.focus()
    names = []
    for _ in range(wanted):
        name, inside = page.page.evaluate("""() => {
            const element = document.activeElement;
            const label = element.getAttribute("aria-label")
                ?? element.labels?.[0]?.textContent ?? element.textContent;
            return [label.trim(), Boolean(element.closest(".live-controls"))];
        }""")
        assert inside
        assert name
        names.append(name)
        focused = explorer.screenshot(caret="hide")
        page.page.keyboard.press("Tab")
        assert explorer.screenshot(caret="hide") != focused, (
            f"one does not see that {name!r} has the focus"
        )
    assert len(names) == wanted, names
    assert len(set(names)) >= wanted - 1, names


def test_a_screen_reader_is_told_name_value_and_sentence(page):
    page.show_all_cells()
    page.unfold()
    page.page.wait_for_timeout(900)  # a sentence is told when it has come to rest
    tree = page.explorer(0).aria_snapshot()
    for part in (
        'slider "learning rate',
        'combobox "landscape"',
        'button "Play: step"',
        'img "Gradient descent with',
        f'status: "{page.summary()[:30]}',
    ):
        assert part in tree, tree
    slider = page.slider("learning rate")
    before = slider.get_attribute("aria-valuetext")
    slider.focus()
    slider.press("PageUp")
    page.kernel("0")
    page.settle()
    assert slider.get_attribute("aria-valuetext") != before
    page.page.wait_for_timeout(900)
    assert page.summary() in page.explorer(0).aria_snapshot().replace("\\", "")


@pytest.mark.parametrize("name", notebooks.names_in(FOLDER))
def test_notebook(learner, name):
    shutil.copy(FOLDER / f"{name}.ipynb", learner.lab.folder)
    page = learner.go_to(f"{name}.ipynb")
    cells = page.cells()
    train_on_fewer(page)
    tried = [i for i, source in enumerate(cells) if TRIED.search(source)]
    page.run_all() if name == WHOLE else page.run(tried)
    assert page.warnings() == []
    page.show_all_cells()

    explorers = page.explorers()
    assert page.page.locator(".live-figure canvas").count() == len(explorers)
    for number in range(len(explorers)):
        page.settle(number)
        try_controls(page, number)
    for group in page.page.locator(".jp-OutputArea-output fieldset").all():
        group.get_by_role("radio").first.check()
        assert group.get_by_role("status").inner_text()

    solved = 0
    for i, source in enumerate(cells):
        if EXERCISE.search(source):
            solve(page, i, source, SOLUTION.search(cells[i + 1])[1])
            solved += 1
    assert solved == sum(len(EXERCISE.findall(source)) for source in cells)

    assert page.axe() == []
    page.page.set_viewport_size({"width": 600, "height": 900})
    page.page.wait_for_timeout(200)
    assert page.page.evaluate(CUT_OFF) == []
    page.theme("JupyterLab Dark")
    page.page.wait_for_timeout(300)
    assert page.axe() == []
    page.theme("JupyterLab Light")
    page.page.set_viewport_size({"width": 1280, "height": 1000})

    page.save()
    saved = page.lab.read(page.name)
    for i in explorers:
        kinds = set().union(*(output.get("data", {}) for output in saved.cells[i].outputs))
        assert "image/png" in kinds, f"cell {i} was saved with {kinds}"
        assert VIEW not in kinds, f"cell {i} was saved with {kinds}"
    if name != REOPENED:
        return
    page.open()
    for i in explorers:
        page.scroll_to(i)
        page.output(i).locator("img").wait_for()
        assert page.output(i).locator("img").get_attribute("alt")
        assert "model not found" not in page.output(i).inner_text()
        assert "Error displaying widget" not in page.output(i).inner_text()

    page.restart()
    # what comes after it has been run once, and by nbval
    page.run_all(until=explorers[0] if explorers else None)


def try_controls(page, number):
    """Each slider by the keyboard, each button; the picture answers, and Reset brings it back."""
    page.unfold()
    explorer = page.explorer(number)
    before, answered = page.settle(number), False
    for slider in explorer.get_by_role("slider").all():
        slider.focus()
        slider.press("ArrowLeft")
        slider.press("PageUp")
        page.page.wait_for_timeout(60)
    for button in explorer.locator(
        "button[aria-label^='Play'], button[aria-label^='Forward']"
    ).element_handles():
        if not button.is_visible():  # an explorer shows it once it has something to do
            continue
        button.click()
        page.page.wait_for_timeout(150)
        if button.get_attribute("aria-label").startswith("Pause"):
            button.click()
    page.kernel("0")  # answered after all that was asked before
    answered = (page.settle(number) != before).any()
    assert answered, f"no control of explorer {number} changed its picture"
    explorer.get_by_role("button", name="Reset").click()
    page.kernel("0")
    page.settle(number)


def solve(page, i, source, solution):
    """Type the solution that stands folded below the exercise into its cell."""
    editor = page.editor(i)
    editor.click()
    page.page.keyboard.press("Control+a")
    page.page.keyboard.insert_text(f"{solution}\n\n{EXERCISE.search(source)[0]}")
    page.page.keyboard.press("Control+Enter")
    page.output(i).get_by_text("right, on all").wait_for(timeout=60_000)
