"""Every explorer in every form, at the ends of every control: no text is cut off, none lies on
another, and none is too small to read.

What is measured are the boxes in which matplotlib draws the texts.
"""

import inspect

import pytest
from matplotlib.text import Text
from test_contract import ALL, ends

from lecture3_engine.live import Drawing
from lecture3_engine.live.panels import FROM

SMALLEST = 11  # CSS pixels
# The narrowest page on which a form is shown. A phone has 360 CSS pixels or more.
NARROWEST = {**FROM, "narrow": 330}
TOUCH = 3  # canvas pixels, half of them on a screen, that boxes may share: letters do not fill them


# What may lie on another, and why: two marks whose values are nearly the same, with their numbers.
NEARLY_EQUAL = {"DenseLayerExplorer": [{"0", "1"}], "OneWeightExplorer": [{"0.45", "0.5"}]}


def may_meet(explorer, one, other):
    """Marks of nearly equal values; and code, whose words in bold are laid over it with spaces."""
    if all("mono" in " ".join(text.get_fontfamily()).lower() for text in (one, other)):
        return True
    return {one.get_text(), other.get_text()} in NEARLY_EQUAL.get(type(explorer).__name__, [])


def texts(figure, renderer):
    """The texts that are drawn, with their boxes."""
    ticks, drawn = set(), set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            # matplotlib keeps ticks that it does not draw
            ticks |= labels_of([*axis.get_major_ticks(), *axis.get_minor_ticks()])
            if axes.get_visible() and axes.axison and axis.get_visible():
                drawn |= labels_of(axis._update_ticks())
    found = []
    for text in figure.findobj(Text):
        shown = text.get_visible() and text.get_text().strip() and (text not in ticks - drawn)
        if not shown or (text.axes is not None and not text.axes.get_visible()):
            continue
        if text.axes is not None and not text.axes.axison and is_label(text.axes, text):
            continue
        box = text.get_window_extent(renderer)
        clip = text.get_clip_box() if text.get_clip_on() else None
        if box.width > 0 and box.height > 0 and (clip is None or clip.overlaps(box)):
            found.append((text, box))
    return found


def labels_of(ticks):
    return {label for tick in ticks for label in (tick.label1, tick.label2)}


def is_label(axes, text):
    return text in (axes.xaxis.label, axes.yaxis.label)


def faults(explorer, form):
    live = explorer.live
    live._take(form)
    with live._formulas():
        live.figure.draw_without_rendering()  # puts ticks and labels in their places
        boxes = texts(live.figure, live._canvas.get_renderer())
    figure, (_, width, height) = live.figure, live.sizes[form]
    scale = min(1, NARROWEST[form] * 2 / width) / 2  # from canvas pixels to those of the screen
    found = []
    for i, (text, box) in enumerate(boxes):
        words = text.get_text()
        size = text.get_fontsize() * figure.dpi / 72 * scale
        if size < SMALLEST:
            found.append(f"{words!r} has {size:.1f} px")
        if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1:
            found.append(f"{words!r} is cut off")
        for other, box2 in boxes[:i]:
            across = min(box.x1, box2.x1) - max(box.x0, box2.x0)
            along = min(box.y1, box2.y1) - max(box.y0, box2.y0)
            if (
                across > TOUCH
                and along > TOUCH
                and not (text.get_rotation() or other.get_rotation())
                and not may_meet(explorer, text, other)
            ):
                found.append(f"{words!r} lies on {other.get_text()!r}")
    return found


def settings(explorer):
    """As it opens; all sliders at one end, and at the other; and choices: some of many."""
    yield {}
    sliders = {name: ends(c) for name, c in explorer.controls.items() if hasattr(c, "min")}
    for end in (0, -1):
        yield {name: values[end] for name, values in sliders.items()}
    for name, control in explorer.controls.items():
        if name in {*sliders, "running"} or isinstance(control, Drawing):
            continue
        values = ends(control)
        for value in values[:: max(1, len(values) // 5)]:
            yield {name: value}


@pytest.mark.slow
@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_no_text_is_cut_off_on_another_or_too_small(cls):
    assert inspect.isclass(cls)
    explorer, found = cls(), {}
    for setting in settings(explorer):
        explorer.reset()
        explorer.set(**setting)
        for form in explorer.live.sizes:
            for fault in faults(explorer, form):
                found.setdefault(fault, f"{form} {setting}")
    explorer.close()
    assert not found, "\n".join(f"{fault}: {where}" for fault, where in found.items())
