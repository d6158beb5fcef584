"""What the recorder writes down, against what matplotlib was told to draw."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle

from lecture3_engine.live.recorder import FAR, Recorder, css

NEW = mpl.__version_info__ >= (3, 11)  # has rotation modes for ticks
SIZE = 400, 300  # pixels: 4 x 3 inches at 100 dpi


@pytest.fixture
def axes():
    """Axes that fill the figure, so that data (0..1) is pixels (0..400, 300..0)."""
    figure = Figure(figsize=(4, 3), dpi=100)
    return figure.add_axes([0, 0, 1, 1], xlim=(0, 1), ylim=(0, 1))


def record(*artists):
    return Recorder(*SIZE, 100).record(artists)


def numbers(message):
    return np.frombuffer(message["vertices"], "<f4").reshape(-1, 2)


def test_a_line_is_its_pixels_with_y_downwards(axes):
    (line,) = axes.plot([0, 0.5, 1], [0, 0.25, 1], color="#ff8000", linewidth=3.6)
    message = record(line)
    assert message["lengths"] == [3]
    # stamped once, where it is
    np.testing.assert_allclose(numbers(message), [[0, 300], [200, 225], [400, 0], [0, 0]])
    assert list(message["codes"]) == [1, 2, 2]
    assert message["commands"] == [["stamp", 0, 0, 1]]
    (style,) = message["styles"]
    assert style["stroke"] == "#ff8000ff"
    assert style["width"] == pytest.approx(5)
    assert style["clip"] == (0, 0, 400, 300)


@pytest.mark.parametrize("hole", [np.nan, np.inf, -np.inf])
def test_a_hole_breaks_the_line(axes, hole):
    (line,) = axes.plot([0, 0.1, 0.2, 0.3, 0.4], [0, 0, hole, 1, 1])
    message = record(line)
    assert np.isfinite(numbers(message)).all()
    assert list(message["codes"]) == [1, 2, 1, 2]


def test_a_diverging_line_stays_finite(axes):
    (line,) = axes.plot([0, 0.5, 1], [0, 1e300, -1e300])
    fill = axes.fill_between([0, 0.5, 1], [0, 1e30, 2], color="red")
    found = numbers(record(line, fill))
    assert np.isfinite(found).all()
    assert np.abs(found).max() <= FAR


def test_log_axes_take_zero_and_negative_values(axes):
    axes.set(xscale="log", yscale="log", xlim=(1, 100), ylim=(1, 100))
    (line,) = axes.plot([-1, 0, 1, 10, 100], [0, -5, 1, 10, 100])
    found = numbers(record(line))
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[-3:-1], [[200, 150], [400, 0]], atol=1e-3)


def test_markers_are_one_shape_at_many_places(axes):
    (line,) = axes.plot([0.25, 0.5, np.nan, 9], [0.5, 0.5, 0.5, 9], "o", color="blue")
    message = record(line)
    assert len(message["lengths"]) == 1
    assert message["commands"] == [["stamp", 0, 0, 2]]  # neither the hole nor the one out of sight
    np.testing.assert_allclose(numbers(message)[-2:], [[100, 150], [200, 150]])
    assert message["styles"][0]["fill"] == "#0000ffff"


def test_a_scatter_of_sizes_and_colors_shares_what_is_equal(axes):
    dots = axes.scatter(
        [0.25, 0.5, 0.75], [0.5, 0.5, 0.5], s=[10, 10, 40], c=["red", "red", "blue"]
    )
    message = record(dots)
    assert len(message["lengths"]) == 2
    assert len(message["styles"]) == 2
    assert [command[3] for command in message["commands"]] == [2, 1]
    np.testing.assert_allclose(numbers(message)[-3:], [[100, 150], [200, 150], [300, 150]])


def test_a_quiver_records_its_arrows(axes):
    arrows = axes.quiver([0.2, 0.8], [0.5, 0.5], [1, 0], [0, 1])
    assert sum(command[3] for command in record(arrows)["commands"]) == 2


def test_dashes_are_in_pixels(axes):
    (line,) = axes.plot(
        [0, 1], [0, 1], linewidth=1, linestyle=(0, (7.2, 3.6)), dash_capstyle="projecting"
    )
    (style,) = record(line)["styles"]
    assert style["dash"] == pytest.approx((10, 5))
    assert style["cap"] == "square"


def test_alpha_of_artist_and_color(axes):
    (half,) = axes.plot([0, 1], [0, 1], color="red", alpha=0.5)
    assert record(half)["styles"][0]["stroke"] == "#ff000080"
    assert css((1, 0, 0, 0.2)) == "#ff000033"
    assert css((1, 0, 0, 0.2), alpha=1) == "#ff0000ff"


def test_a_small_image_is_sent_as_its_pixels(axes):
    values = np.array([[0.0, 1.0], [0.5, 0.0], [0.0, 0.0]])
    image = axes.imshow(
        values, cmap="gray", extent=(0, 1, 0, 1), aspect="auto", interpolation="nearest"
    )
    (sent,) = record(image)["images"]
    assert (sent["width"], sent["height"]) == (2, 3)
    pixels = np.frombuffer(sent["pixels"], np.uint8).reshape(3, 2, 4)
    assert pixels[0, 1].tolist() == [255] * 4
    a, b, c, d, e, f = sent["matrix"]
    np.testing.assert_allclose([[a, c, e], [b, d, f]], [[200, 0, 0], [0, 100, 0]], atol=1e-9)
    assert image.get_interpolation() == "nearest"


def test_a_smooth_image_is_smoothed_by_matplotlib(axes):
    image = axes.imshow(np.eye(3), extent=(0, 1, 0, 1), aspect="auto", interpolation="bilinear")
    message = record(image)
    (sent,) = message["images"]
    assert (sent["width"], sent["height"]) == (200, 150)
    assert message["styles"][0]["smooth"]


def test_a_regular_mesh_is_an_image_and_another_is_paths(axes):
    values = np.arange(6.0).reshape(2, 3)
    regular = axes.pcolormesh([0, 0.25, 0.5, 0.75], [0, 0.5, 1], values)
    assert [(image["width"], image["height"]) for image in record(regular)["images"]] == [(3, 2)]
    other = axes.pcolormesh([0, 0.1, 0.5, 0.75], [0, 0.5, 1], values)
    message = record(other)
    assert not message["images"]
    assert sum(command[3] for command in message["commands"]) == 6


def test_gouraud_shading_is_refused_with_a_cure(axes):
    mesh = axes.pcolormesh(np.eye(3), shading="gouraud")
    with pytest.raises(NotImplementedError, match="shading='flat'"):
        record(mesh)


@pytest.mark.parametrize(
    "words, traced",
    [("plain words", len(set("plain words"))), (r"$\frac{\partial L}{\partial w}$", 1)],
)
def test_text_is_outlines_traced_once(axes, words, traced):
    text = axes.text(0.5, 0.5, words)
    recorder = Recorder(*SIZE, 100)
    first = recorder.record([text])
    assert max(first["lengths"]) > 20
    assert first["commands"][0][0] == "stamp"
    assert recorder.record([text]) == first
    assert len(recorder.letters) == traced
    text.set_position((0.6, 0.5))
    moved = recorder.record([text])
    assert len(recorder.letters) == traced
    np.testing.assert_allclose(numbers(moved)[-1] - numbers(first)[-1], [40, 0], atol=1e-3)


@pytest.mark.parametrize(
    "change",
    [
        dict(text="other"),
        dict(position=(0.2, 0.3)),
        dict(color="red"),
        dict(alpha=0.5),
        dict(rotation=30),
        dict(fontsize=20),
        dict(ha="right"),
        dict(va="top"),
        dict(visible=False),
        dict(weight="bold"),
    ],
)
def test_a_text_that_has_not_changed_is_repeated_and_any_change_is_seen(axes, change):
    text = axes.text(0.5, 0.5, "words $w_0$ and 1.5")
    recorder = Recorder(*SIZE, 100)
    first = recorder.record([text])
    text.draw = None  # asking matplotlib would fail
    assert recorder.record([text]) == first
    del text.draw
    text.set(**change)
    changed = recorder.record([text])
    assert changed != first
    assert changed == Recorder(*SIZE, 100).record([text])


@pytest.mark.parametrize(
    "change",
    [
        dict(xdata=[0.1, 0.2, 0.9]),
        dict(ydata=[0, 0.5, 0.5]),
        dict(color="red"),
        dict(alpha=0.5),
        dict(linewidth=7),
        dict(linestyle=":"),
        dict(marker="s"),
        dict(markersize=3),
        dict(mfc="red"),
        dict(mec="red"),
        dict(mew=3),
        dict(drawstyle="steps"),
        dict(visible=False),
        dict(dashes=[1, 3]),
        dict(markevery=2),
    ],
)
def test_a_line_that_has_not_changed_is_repeated_and_any_change_is_seen(axes, change):
    (line,) = axes.plot([0.1, 0.5, 0.9], [0.2, 0.3, 0.4], "o--")
    recorder = Recorder(*SIZE, 100)
    first = recorder.record([line])
    recache, line.recache = line.recache, None  # drawing again would fail
    assert recorder.record([line]) == first
    line.recache = recache
    line.set(**change)
    changed = recorder.record([line])
    assert changed != first
    assert changed == Recorder(*SIZE, 100).record([line])


def test_data_changed_in_place_are_seen(axes):
    x = np.array([0.1, 0.5, 0.9])
    (line,) = axes.plot(x, x)
    recorder = Recorder(*SIZE, 100)
    first = recorder.record([line])
    x[0] = 0.3
    line.set_data(x, x)
    assert recorder.record([line]) != first


@pytest.mark.parametrize("every", [None, [1], [True, False, True], [], 2, slice(0, None, 2)])
def test_a_line_with_other_data_keeps_its_markers_in_place(axes, every):
    (line,) = axes.plot([0.1, 0.5, 0.9], [0.2, 0.3, 0.4], "o--", markevery=every)
    recorder = Recorder(*SIZE, 100)
    recorder.record([line])
    line.set_data([0.2, 0.3, 0.8], [0.3, 0.1, 0.5])
    assert recorder.record([line]) == Recorder(*SIZE, 100).record([line])


def test_texts_that_rest_while_another_changes_are_drawn_once(axes):
    texts = [axes.text(0.1, 0.2 * i, f"text {i}") for i in range(4)]
    recorder = Recorder(*SIZE, 100)
    for i in range(12):
        texts[i % 3].set_text(f"other {i}")
        assert recorder.record(texts) == Recorder(*SIZE, 100).record(texts)


def test_words_are_as_long_as_agg_makes_them(axes):
    """Letter by letter, yet as long as matplotlib's own from first to last, at every angle."""
    agg = FigureCanvasAgg(axes.figure).get_renderer()
    for angle in (0, 90, 30):
        text = axes.text(
            0.5, 0.5, "rc = 2.5075, w = 1.3442", rotation=angle, rotation_mode="anchor"
        )
        recorder = Recorder(*SIZE, 100, agg.get_text_width_height_descent)
        message = recorder.record([text])
        places = numbers(message)[-sum(command[3] for command in message["commands"]) :]
        size = agg.get_text_width_height_descent(text.get_text(), text.get_fontproperties(), False)[
            0
        ]
        reach = np.linalg.norm(places - places[:, None], axis=-1).max()
        assert 0.8 * size < reach < size


def test_higher_zorder_is_drawn_later_and_the_invisible_not_at_all(axes):
    (over,) = axes.plot([0, 1], [0, 0], color="red", zorder=5)
    (under,) = axes.plot([0, 1], [1, 1], color="blue", zorder=1)
    (hidden,) = axes.plot([0, 1], [1, 1], visible=False)
    message = record(over, under, hidden)
    assert [message["styles"][command[1]]["stroke"] for command in message["commands"]] == [
        "#0000ffff",
        "#ff0000ff",
    ]


def test_a_clip_path_is_recorded(axes):
    (line,) = axes.plot([0, 1], [0, 1])
    line.set_clip_path(Circle((0.5, 0.5), 0.2, transform=axes.transData))
    message = record(line)
    assert len(message["lengths"]) == 2
    assert message["styles"][0]["clipPath"] == 0


def test_long_paths_are_simplified(axes):
    x = np.linspace(0, 1, 10_000)
    (line,) = axes.plot(x, 0.5 + 0.1 * np.sin(7 * x))
    assert record(line)["lengths"][0] < 1000


@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize("style", ["-", "--", "o", "s-.", "none"])
def test_a_line_with_other_data_is_drawn_as_matplotlib_would(axes, scale, style):
    """By the short way, without matplotlib: with other points, more, fewer, none, and holes."""
    axes.set(xscale=scale, yscale=scale, xlim=(0.01, 1), ylim=(0.01, 1))
    (line,) = axes.plot([0.1, 0.5, 0.9], [0.2, 0.3, 0.4], style, clip_on=style != "o")
    recorder = Recorder(*SIZE, 100)
    recorder.record([line])
    line.draw = None  # asking matplotlib would fail
    for x in (
        [0.2, 0.6, 0.7],
        np.linspace(-0.1, 1.2, 300),
        [0.5],
        [],
        [0.1, np.nan, 0.7, 0.8],
        [0, 1e150, np.inf],
    ):
        line.set_data(x, np.array(x) ** 2 if len(x) < 6 else 0.5 + 0.4 * np.sin(40 * np.array(x)))
        short = recorder.record([line])
        (again,) = axes.plot(
            *line.get_data(), style, color=line.get_color(), clip_on=line.get_clip_on()
        )
        assert short == Recorder(*SIZE, 100).record([again])
        again.remove()


@pytest.mark.parametrize("va", ["top", "center", "baseline", "bottom", "center_baseline"])
@pytest.mark.parametrize("ha", ["left", "center", "right"])
def test_a_number_that_runs_is_drawn_as_matplotlib_would(axes, ha, va):
    agg = FigureCanvasAgg(axes.figure).get_renderer()
    text = axes.text(0.5, 0.5, "w = 0.25", ha=ha, va=va)
    recorder = Recorder(*SIZE, 100, agg.get_text_width_height_descent)
    recorder.record([text])
    for words in ["w = 0.25"] + (
        ["w = −1.75", "12", "step 7 of 100", "w"] if va == "baseline" else []
    ):
        text.set(text=words, position=(0.4, 0.6))
        text.draw = None  # asking matplotlib would fail
        short = recorder.record([text])
        del text.draw
        assert short == Recorder(*SIZE, 100, agg.get_text_width_height_descent).record([text])
    # not by the short way
    for words in ("two\nlines", "a formula $w_0$", "(tall ∑ and deep ∫)", "w = 0.25"):
        text.set_text(words)
        assert recorder.record([text]) == Recorder(
            *SIZE, 100, agg.get_text_width_height_descent
        ).record([text])


@pytest.mark.parametrize(
    "how",
    [
        {"rotation": 20},
        {"wrap": True},
        *([{"rotation_mode": "xtick"}, {"rotation_mode": "ytick"}] if NEW else []),
    ],
)
def test_words_that_are_placed_otherwise_are_no_guide(axes, how):
    agg = FigureCanvasAgg(axes.figure).get_renderer()
    text = axes.text(0.5, 0.5, "w = 0.25", va="top")
    recorder = Recorder(*SIZE, 100, agg.get_text_width_height_descent)
    recorder.record([text])
    recorder.record([text, axes.text(0.3, 0.3, "w = 0.25", va="top", **how)])
    text.set_position((0.4, 0.6))
    assert recorder.record([text]) == Recorder(
        *SIZE, 100, agg.get_text_width_height_descent
    ).record([text])


@pytest.mark.parametrize("size", [8, 11, 12, 13, 20])
def test_the_size_of_a_text_from_its_pieces_is_the_size_of_the_whole(axes, size):
    agg = FigureCanvasAgg(axes.figure).get_renderer()
    recorder = Recorder(*SIZE, 100, agg.get_text_width_height_descent)
    font = FontProperties(size=size)
    for words in (
        "12",
        "w = −1.3442",
        "step 7 of 100",
        "3.14e-05",
        "(0.5, −2.25)",
        "407,050 weights",
        "7%",
    ):
        for ours, theirs in zip(
            recorder.get_text_width_height_descent(words, font, False),
            agg.get_text_width_height_descent(words, font, False),
            strict=True,
        ):
            assert abs(ours - theirs) <= 1.5, f"{words!r}: {ours} against {theirs} pixels"
