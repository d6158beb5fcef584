"""A matplotlib figure of which some artists move under the learner's hand.

    figure = Figure(figsize=(6, 4))
    axes = figure.subplots()
    axes.set(xlim=(-3, 3), ylim=(0, 9))
    dot, = axes.plot([2], [4], "o")

    live = LiveFigure(figure, [dot], label="A ball on a parabola")
    live                                 # shows it
    dot.set_data([1], [1])
    live.refresh("The ball is at 1.")    # moves it, and says so

What stands still is drawn by matplotlib once and sent as a picture, the background. What moves is
recorded (`recorder.py`) and drawn over it by the browser (`live.js`), which takes a hundredth of
the time of a new picture. The background is drawn again when something in it changes, a title or
the limits of an axis; that takes about 100 ms, so keep limits fixed while something is dragged.
"""

import base64
import io
import json
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path

import anywidget
import numpy as np
import traitlets
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from PIL import Image

from . import stored
from .lock import LOCK
from .recorder import Recorder, in_order

# canvas pixels per screen pixel: sharp on high-resolution screens and when a projector enlarges
SHARPNESS = 2
# added to the zorder of what moves: the browser draws it over the background, so must matplotlib
ON_TOP = 1000


@dataclass(frozen=True)
class Pointer:
    """Where the pointer is: `kind` is "down", "move" or "up"; x and y are data coordinates, held
    inside `axes`.
    """

    kind: str
    axes: Axes
    x: float
    y: float


class LiveFigure(anywidget.AnyWidget):
    """A matplotlib figure whose `artists` move without a new picture.

    Change the artists (`set_data`, `set_offsets`, `set_text` ...), then call `refresh`. Artists
    that belong together may come as a list or container (`axes.bar(...)`). They are drawn on top of
    everything else; a legend that shall lie over them has to be given as an artist, too. `label`
    says to a screen reader what the picture is.

    The figure is taken over: its dpi is doubled, its layout is fixed, and pyplot forgets it.
    """

    # Texts: for a path, anywidget would keep every instance alive, to tell it of a change in the
    # file.
    _esm = Path(__file__).with_name("live.js").read_text(encoding="utf-8")
    _css = Path(__file__).with_name("live.css").read_text(encoding="utf-8")

    label = traitlets.Unicode().tag(sync=True)
    summary = traitlets.Unicode().tag(sync=True)  # the sentence under the picture
    failed = traitlets.Bool(False).tag(sync=True)  # the sentence is an error message
    size = traitlets.List().tag(sync=True)  # width and height in canvas pixels
    sharpness = traitlets.Int(SHARPNESS).tag(sync=True)
    background = traitlets.Bytes().tag(sync=True)  # a PNG
    frame = traitlets.Dict().tag(sync=True)  # what the recorder wrote down
    # boxes in canvas pixels where the pointer means something
    areas = traitlets.List().tag(sync=True)
    # the last pointer message dealt with; the browser waits for it
    answered = traitlets.Int(0).tag(sync=True)
    # the explorer it belongs to, if any, and what follows is for its sake
    explorer = traitlets.Unicode().tag(sync=True)
    # what was sent in another one, before Reset, does not count
    era = traitlets.Unicode().tag(sync=True)
    # the last message of a control dealt with: the browser is busy until then
    done = traitlets.List().tag(sync=True)

    def __init__(self, figure, artists, label="picture", summary=None):
        if not isinstance(figure, Figure):
            raise TypeError(
                f"Expected a matplotlib Figure. Received: {figure!r}. Make one with"
                " matplotlib.figure.Figure()."
            )
        if getattr(figure, "_live_figure", None):
            raise ValueError(
                "This figure is live already. Show the LiveFigure you have, or make a new figure."
            )
        super().__init__(label=label)
        self.figure = figure
        self._take_over()
        self._pointer_axes, self._pointer_callback, self._dragged = (), None, None
        self.on_msg(self._receive)
        self.artists = artists
        self._settle_layout()
        if summary is None:
            self.refresh()
        else:  # an explorer's: it is about to change, and a background takes a tenth of a second
            self.summary = summary

    def _take_over(self):
        figure = self.figure
        figure._live_figure = True
        # or the inline backend would show the figure once more, standing still
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close(figure)
        figure.stale_callback = None
        figure.dpi *= SHARPNESS
        self._canvas = FigureCanvasAgg(figure)
        width, height = self._canvas.get_width_height()
        self.size = [width, height]
        self._recorder = Recorder(
            width, height, figure.dpi, self._canvas.get_renderer().get_text_width_height_descent
        )

    @property
    def artists(self):
        """What moves. Assign a new list when artists come or go."""
        return list(self._artists)

    @artists.setter
    def artists(self, artists):
        artists = _flat(artists)
        for artist in artists:
            if not isinstance(artist, Artist):
                raise TypeError(
                    f"Expected matplotlib artists. Received: {artist!r}. Note that axes.plot"
                    " returns a list."
                )
            if artist.get_figure(root=True) is not self.figure:
                raise ValueError(
                    f"{artist!r} is not part of this figure. Pass artists of the figure you pass."
                )
        for artist in artists:
            # Animated: left out of the background, and without a say in `figure.stale`.
            for part in artist.findobj():  # a legend's lines and words too
                part.set_animated(True)
            artist.set_in_layout(False)
            if artist.get_zorder() < ON_TOP:
                artist.set_zorder(artist.get_zorder() + ON_TOP)
        self._artists = artists

    def _settle_layout(self):
        """Lay the figure out once: a layout engine at work at every draw could move the axes with a
        long text.
        """
        engine = self.figure.get_layout_engine()
        if engine is not None:
            engine.execute(self.figure)
            # The solver meets its equations in the order of their addresses: the last digits differ
            # from run to run, and with them a few pixels. A thousandth of a pixel is seen by
            # nobody.
            for axes in self.figure.axes:
                axes.set_position(np.round(axes.get_position(original=True).bounds, 6))
                # for savefig(bbox_inches="tight"), which set_position takes it from
                axes.set_in_layout(True)
        self.figure.set_layout_engine("none")

    def refresh(self, summary=None):
        """Show the artists as they are now, and `summary`, one sentence, under the picture."""
        with LOCK, self.hold_sync():  # one message to the browser
            for axes in self.figure.axes:
                # carries out a pending autoscale, which may make the figure stale
                axes.get_xlim(), axes.get_ylim()
            if self.figure.stale or not self.background:
                self.background = self._draw_background()
            self.frame = self._message()
            if summary is not None:
                self.summary, self.failed = summary, False

    def _message(self):
        message = self._recorder.record(self._artists)
        # Lists as one string, because ipywidgets looks through every list of a message for arrays.
        layout = json.dumps({key: message.pop(key) for key in ("styles", "lengths", "commands")})
        return {"layout": layout, **message}

    def fail(self, error):
        """Show an exception where the sentence was. Whoever catches it is expected to raise it
        again.
        """
        with LOCK, self.hold_sync():
            self.summary, self.failed = f"{type(error).__name__}: {error}", True

    def release(self):
        """Close it on every page, and let go of the figure and its pictures."""
        with LOCK:
            self.layout.close()
            self.close()
            self.figure = self._canvas = self._recorder = None
            self._pointer_axes, self._pointer_callback, self._dragged, self._artists = (
                (),
                None,
                None,
                [],
            )
            self.background, self.frame = b"", {}

    def _draw_background(self):
        # Matplotlib 3.10 draws an image even while it is animated: it would stand under the live
        # one.
        images = [
            image
            for artist in self._artists
            for image in artist.findobj(AxesImage)
            if image.get_visible()
        ]
        try:
            for image in images:
                image.set_visible(False)
            self._canvas.draw()
        finally:
            for image in images:
                image.set_visible(True)
        self._recorder.forget()  # the axes may have moved
        self._place_areas()
        return png(np.asarray(self._canvas.buffer_rgba()), compress_level=1)

    # --- the pointer ---

    def on_pointer(self, callback, axes=None):
        """Call `callback(pointer)` while the pointer is dragged in `axes` (one or several; by
        default all of them).
        """
        self._pointer_axes = tuple(self.figure.axes if axes is None else _flat([axes]))
        self._pointer_callback = callback
        self._place_areas()

    def _place_areas(self):
        height = self.size[1]
        boxes = [axes.get_window_extent().extents for axes in self._pointer_axes]
        self.areas = [
            [x0, height - y1, x1, height - y0] for x0, y0, x1, y1 in np.round(boxes, 1).tolist()
        ]

    def _receive(self, _, content, buffers):
        if content.get("type") != "pointer":
            return
        with LOCK, self.hold_sync():  # the answer travels in the message with the new frame
            self.answered = content["number"]
            if content.get("era", self.era) != self.era:
                return
            if content["kind"] == "down":
                self._dragged = self._pointer_axes[content["area"]]
            if self._pointer_callback is not None and self._dragged is not None:
                self._pointer_callback(self._locate(content["kind"], content["x"], content["y"]))

    def _locate(self, kind, x, y):
        """The Pointer for a place on the canvas, held inside the axes in which the drag began."""
        axes = self._dragged
        box = axes.get_window_extent()
        inside = np.clip([x, self.size[1] - y], [box.x0, box.y0], [box.x1, box.y1])
        x, y = axes.transData.inverted().transform(inside)
        return Pointer(kind, axes, float(x), float(y))

    # --- the picture for readers who have not run anything ---

    def picture(self):
        """The complete figure as PNG: over the background, what moves, drawn by matplotlib."""
        with LOCK:
            self.refresh()
            renderer = RendererAgg(*self.size, self.figure.dpi)
            pixels = np.asarray(renderer.buffer_rgba())
            pixels[:] = np.asarray(Image.open(io.BytesIO(self.background)).convert("RGBA"))
            for artist in in_order(self._artists):
                artist.draw(renderer)
            return png(pixels)

    def __repr__(self):
        return f"LiveFigure({self.label!r})"

    def _repr_mimebundle_(self, **kwargs):
        return mimebundle(repr(self), self, self)


def mimebundle(text, live, widget):
    """What a notebook stores for a widget with a live figure: text, a picture, and the view of the
    running widget.
    """
    stand_in = {"text/plain": text, "image/png": base64.b64encode(live.picture()).decode("ascii")}
    width, height = (pixels // SHARPNESS for pixels in live.size)
    if stored.reader() == "page":  # a picture alone would come without its sentence
        stand_in["text/html"] = (
            f'<img src="data:image/png;base64,{stand_in["image/png"]}" width="{width}"'
            f' alt="{escape(live.label)}"><p>{escape(live.summary)}</p>'
        )
    picture = {"width": width, "height": height, "alt": f"{live.label} {live.summary}".strip()}
    return stored.output(stand_in, widget, {"image/png": picture})


def png(pixels, **options):
    image = Image.fromarray(pixels)
    if pixels[..., 3].min() == 255:  # opaque, as nearly always
        image = image.convert("RGB")  # a tenth smaller, and a fifth faster to write
    file = io.BytesIO()
    image.save(file, format="png", **options)
    return file.getvalue()


def _flat(artists):
    """Artists in nested lists and matplotlib's containers (bars, error bars), as one list without
    None.
    """
    if isinstance(artists, (list, tuple)):
        return [artist for part in artists for artist in _flat(part)]
    return [] if artists is None else [artists]
