"""LiveFigure: what is sent when, and what is stored."""

import base64
import io
import subprocess
import sys

import numpy as np
import pytest
from frontend import displayed, send
from matplotlib.figure import Figure
from PIL import Image
from savefig import savefig

from lecture3_engine.live import LiveFigure


@pytest.fixture
def parts():
    figure = Figure(figsize=(4, 3), layout="constrained")
    axes = figure.subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="x")
    (dot,) = axes.plot([0.5], [0.5], "o", markersize=20, color="red")
    return figure, axes, dot


def red(png):
    return (np.asarray(Image.open(io.BytesIO(png)).convert("RGB")) == [255, 0, 0]).all(axis=2).sum()


def test_background_without_and_picture_with_what_moves(parts):
    figure, _, dot = parts
    live = LiveFigure(figure, [dot], label="a dot")
    assert live.size == [800, 600]  # twice the 4 x 3 inches at 100 dpi
    assert red(live.background) == 0
    assert red(live.picture()) > 500
    assert live.label == "a dot"


def test_the_picture_is_the_one_that_savefig_draws(parts):
    figure, axes, dot = parts
    # over the dot, though it comes first
    (line,) = axes.plot([0, 1], [1, 0], linewidth=8, zorder=5)
    live = LiveFigure(
        figure, [line, dot, axes.legend([dot], ["a dot"]), figure.text(0.01, 0.01, "words")]
    )
    for change in (
        lambda: None,
        lambda: dot.set_data([0.2], [0.8]),
        lambda: axes.set_title("a new background"),
    ):
        change()
        np.testing.assert_array_equal(
            Image.open(io.BytesIO(live.picture())),
            Image.open(io.BytesIO(savefig(live))).convert("RGB"),
        )
    # a picture of another size, by the learner, is not in the way
    figure.savefig(io.BytesIO(), dpi=30)
    assert Image.open(io.BytesIO(live.picture())).size == (800, 600)


def test_a_transparent_figure_stays_transparent(parts):
    figure, _, dot = parts
    figure.patch.set_alpha(0)
    live = LiveFigure(figure, [dot])
    for png in (live.background, live.picture()):
        assert np.asarray(Image.open(io.BytesIO(png)))[0, 0, 3] == 0


def test_an_image_that_moves_is_not_in_the_background():
    figure = Figure()
    image = figure.subplots().imshow([[0.0, 1.0]], cmap="bwr", vmin=-1, vmax=1, alpha=0.5)
    live = LiveFigure(figure, image, label="half a red image")
    background, picture = (
        np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
        for png in (live.background, live.picture())
    )
    # shades of gray only, and color
    assert np.ptp(background, axis=2).max() == 0
    assert (np.ptp(picture, axis=2) > 100).sum() > 100
    image.set_visible(False)
    live.refresh()
    assert not image.get_visible()


def test_only_a_stale_figure_gets_a_new_background(parts):
    figure, axes, dot = parts
    live = LiveFigure(figure, [dot])
    before, frame = live.background, live.frame
    dot.set_data([0.2], [0.2])
    live.refresh("moved")
    assert live.background is before
    assert live.frame != frame
    assert live.summary == "moved"
    live.picture()  # saving leaves no trace
    live.refresh()
    assert live.background is before
    axes.set_xlim(0, 2)
    live.refresh()
    assert live.background != before


def test_saving_does_not_hide_a_change_of_the_background(parts):
    figure, axes, dot = parts
    live = LiveFigure(figure, [dot])
    before = live.background
    axes.set_title("new")
    live.picture()
    live.refresh()
    assert live.background != before


def test_a_pending_autoscale_is_carried_out_first():
    figure = Figure()
    axes = figure.subplots()
    (line,) = axes.plot([0, 1], [0, 1])
    live = LiveFigure(figure, [line])
    before = live.background
    line.set_data([0, 100], [0, 100])
    axes.relim()
    axes.autoscale_view()
    live.refresh()
    assert live.background != before
    numbers = np.frombuffer(live.frame["vertices"], "<f4").reshape(-1, 2)
    assert (numbers >= 0).all()
    assert (numbers <= live.size).all()


def test_live_text_does_not_move_the_axes(parts):
    figure, axes, dot = parts
    title = axes.set_title("short")
    live = LiveFigure(figure, [dot, title])
    before, box = live.background, axes.get_window_extent().extents
    title.set_text("long\n" * 5)
    live.refresh()
    assert live.background is before
    np.testing.assert_array_equal(axes.get_window_extent().extents, box)
    assert live.picture()
    assert (axes.get_window_extent().extents == box).all()


def test_text_of_the_figure_itself_is_in_the_picture():
    figure = Figure(figsize=(2, 1))
    text = figure.text(0.1, 0.1, "words", color="red", size=40)
    live = LiveFigure(figure, text)
    assert red(live.background) == 0
    assert red(live.picture()) > 100


def test_containers_and_nested_lists(parts):
    figure, axes, dot = parts
    bars = axes.bar([0.2, 0.4], [0.1, 0.2])
    live = LiveFigure(figure, [[dot], bars, None])
    assert len(live.artists) == 3
    live.artists = [dot]
    live.refresh()
    assert len(live.artists) == 1


def test_the_stored_output_is_text_picture_and_view(parts):
    figure, _, dot = parts
    live = LiveFigure(figure, [dot], label="a dot")
    data, metadata = displayed(live)
    assert data["text/plain"] == "LiveFigure('a dot')"
    assert red(base64.b64decode(data["image/png"])) > 500
    assert metadata == {
        "lecture3_engine": True,
        "image/png": {"width": 400, "height": 300, "alt": "a dot"},
    }
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == live.model_id
    assert displayed(live)[0] == data  # stable


@pytest.mark.skipif(sys.platform == "emscripten", reason="a browser starts no other process")
def test_pyplot_forgets_the_figure():
    code = """
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
from lecture3_engine.live import LiveFigure
figure, axes = plt.subplots()
line, = axes.plot([0, 1], [0, 1])
live = LiveFigure(figure, [line])
before = live.background
plt.ion()
axes.set_title("the interactive mode of notebooks must not draw it first")
live.refresh()
assert live.background != before
assert plt.get_fignums() == []
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_pointer_arrives_in_data_coordinates(parts):
    figure, axes, dot = parts
    live = LiveFigure(figure, [dot])
    got = []

    def callback(pointer):
        got.append(pointer)
        dot.set_data([pointer.x], [pointer.y])
        live.refresh()

    live.on_pointer(callback)
    (box,) = live.areas

    def point(kind, x, y, number):
        place = {"x": x, "y": y, "area": 0}
        send(live, {"type": "pointer", "kind": kind, "number": number, **place})

    point("down", (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, 17)
    assert live.answered == 17
    assert got[0].kind == "down"
    assert got[0].axes is axes
    assert (got[0].x, got[0].y) == pytest.approx((0.5, 0.5), abs=1e-3)
    point("move", box[0] - 500, box[1] - 500, 18)  # outside: held at the upper left corner
    assert (got[1].x, got[1].y) == pytest.approx((0, 1), abs=1e-3)


def test_a_handle_is_where_the_last_point_of_its_line_is_seen(parts):
    figure, _, dot = parts
    live = LiveFigure(figure, [dot])
    live.on_pointer(print)
    assert live.grips["wide"] == []
    live.handles = [dot]
    (box,) = live.areas
    for x, y in (0.5, 0.5), (0, 1), (1, 0.25):
        dot.set_data([0.3, x], [0.4, y])
        live.refresh()
        place = box[0] + x * (box[2] - box[0]), box[3] - y * (box[3] - box[1])
        assert live.grips["wide"][0] == pytest.approx(place, abs=0.11)
    for points in ([], []), ([0.5], [np.nan]):
        dot.set_data(*points)
        live.refresh()
        assert live.grips["wide"] == [[]]


@pytest.mark.parametrize(
    "make, error, words",
    [
        (lambda figure, dot: LiveFigure("figure", [dot]), TypeError, "matplotlib Figure"),
        (lambda figure, dot: LiveFigure(figure, ["dot"]), TypeError, "axes.plot returns a list"),
        (lambda figure, dot: LiveFigure(Figure(), [dot]), ValueError, "part of this figure"),
        (lambda figure, dot: [LiveFigure(figure, [dot]) for _ in "12"], ValueError, "live already"),
    ],
)
def test_what_cannot_be_shown_is_refused(parts, make, error, words):
    figure, _, dot = parts
    with pytest.raises(error, match=words):
        make(figure, dot)
