"""A matplotlib figure of which some artists move under the learner's hand.

What stands still is drawn by matplotlib once and sent as a picture, the background. What moves is
recorded (`recorder.py`) and drawn over it by the browser (`live.js`), which takes a hundredth of
the time of a new picture. The background is drawn again when something in it changes, a title or
the limits of an axis; that takes about 100 ms, so keep limits fixed while something is dragged.

Examples
--------
>>> figure = Figure(figsize=(6, 4))
>>> axes = figure.subplots()
>>> _ = axes.set(xlim=(-3, 3), ylim=(0, 9))
>>> (dot,) = axes.plot([2], [4], "o")
>>> live = LiveFigure(figure, [dot], label="A ball on a parabola")
>>> live  # at the end of a notebook's cell this shows it
LiveFigure('A ball on a parabola')
>>> dot.set_data([1], [1])
>>> live.refresh("The ball is at 1.")  # moves it, and says so
"""

from __future__ import annotations

import base64
import io
import json
import sys
import weakref
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from PIL import Image

from . import stored
from .lock import LOCK
from .recorder import Recorder, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

# canvas pixels per screen pixel: sharp on high-resolution screens and when a projector enlarges
SHARPNESS = 2
# added to the zorder of what moves: the browser draws it over the background, so must matplotlib
ON_TOP = 1000
LIVE: weakref.WeakSet[Figure] = weakref.WeakSet()  # the figures that a LiveFigure has taken over


@dataclass(frozen=True)
class Pointer:
    """Where the pointer is.

    Parameters
    ----------
    kind : "down", "move" or "up"
        What it does there.
    axes : matplotlib.axes.Axes
        Where the drag began.
    x, y : float
        Its place in data coordinates, held inside `axes`.

    Examples
    --------
    >>> pointer = Pointer("down", Figure().subplots(), 0.5, 2.0)
    >>> pointer.x, pointer.y
    (0.5, 2.0)
    """

    kind: str
    axes: Axes
    x: float
    y: float


class LiveFigure(anywidget.AnyWidget):
    """A matplotlib figure whose `artists` move without a new picture.

    Change the artists (`set_data`, `set_offsets`, `set_text` ...), then call `refresh`.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        It is taken over: its dpi is doubled, its layout is fixed, and pyplot forgets it.
    artists : matplotlib artist, or a nested list of them
        What moves. Artists that belong together may come as a list or container
        (`axes.bar(...)`). They are drawn on top of everything else; a legend that is to lie over
        them has to be given as an artist, too.
    label : str
        What the picture is, for a screen reader.
    summary : str, optional
        The sentence under the picture. Given here, the figure is drawn at the first `refresh`;
        left out, at once.

    Raises
    ------
    TypeError
        If `figure` is not a figure, or something among the artists is not an artist.
    ValueError
        If the figure is live already, or an artist is part of another figure.

    Notes
    -----
    The widget's traits `size`, `background`, `frame` and `areas` are what the browser draws; see
    `live.js`.

    Examples
    --------
    >>> figure = Figure(figsize=(4, 3))
    >>> (dot,) = figure.subplots().plot([0.5], [0.5], "o")
    >>> live = LiveFigure(figure, [dot], label="a dot")
    >>> live.size  # 4 x 3 inches of 100 dpi, twice as sharp
    [800, 600]
    """

    # Texts: for a path, anywidget would keep every instance alive, to tell it of a change in the
    # file.
    _esm = Path(__file__).with_name("live.js").read_text(encoding="utf-8")
    _css = Path(__file__).with_name("live.css").read_text(encoding="utf-8")

    label = traitlets.Unicode().tag(sync=True)
    summary = traitlets.Unicode().tag(sync=True)  # the sentence under the picture
    failed = traitlets.Bool(False).tag(sync=True)  # the sentence is an error message
    size: traitlets.List[int] = traitlets.List().tag(sync=True)  # width and height in canvas pixels
    sharpness = traitlets.Int(SHARPNESS).tag(sync=True)
    background = traitlets.Bytes().tag(sync=True)  # a PNG
    frame: traitlets.Dict[str, Any] = traitlets.Dict().tag(
        sync=True
    )  # what the recorder wrote down
    # boxes in canvas pixels where the pointer means something
    areas: traitlets.List[list[float]] = traitlets.List().tag(sync=True)
    # the last pointer message dealt with; the browser waits for it
    answered = traitlets.Int(0).tag(sync=True)
    # the explorer it belongs to, if any, and what follows is for its sake
    explorer = traitlets.Unicode().tag(sync=True)
    # what was sent in another one, before Reset, does not count
    era = traitlets.Unicode().tag(sync=True)
    # the last message of a control dealt with: the browser is busy until then
    done: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def __init__(
        self,
        figure: Figure,
        artists: Artist | Iterable[Any] | None,
        label: str = "picture",
        summary: str | None = None,
    ) -> None:
        if not isinstance(figure, Figure):
            raise TypeError(
                f"Expected a matplotlib Figure. Received: {figure!r}. Make one with"
                " matplotlib.figure.Figure()."
            )
        if figure in LIVE:
            raise ValueError(
                "This figure is live already. Show the LiveFigure you have, or make a new figure."
            )
        super().__init__(label=label)
        self.figure = figure
        self._take_over()
        self._forget_pointer()
        self.on_msg(self._receive)
        self.artists = artists
        self._settle_layout()
        if summary is None:
            self.refresh()
        else:  # an explorer's: it is about to change, and a background takes a tenth of a second
            self.summary = summary

    def _forget_pointer(self) -> None:
        """Begin without anybody who wants to know of the pointer."""
        self._pointer_axes: tuple[Axes, ...] = ()
        self._pointer_callback: Callable[[Pointer], object] | None = None
        self._dragged: Axes | None = None  # where the drag that is going on began

    def _take_over(self) -> None:
        """Make the figure one that only this widget draws."""
        figure = self.figure
        LIVE.add(figure)
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
    def artists(self) -> list[Artist]:
        """What moves, as a list. Assign a new one, nested as you like, when artists come or go."""
        return list(self._artists)

    @artists.setter
    def artists(self, artists: Any) -> None:
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

    def _settle_layout(self) -> None:
        """Lay the figure out once.

        A layout engine at work at every draw could move the axes with a long text.
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

    def refresh(self, summary: str | None = None) -> None:
        """Show the artists as they are now.

        Parameters
        ----------
        summary : str, optional
            One sentence, shown under the picture. Left out, the last one stays.

        Examples
        --------
        >>> figure = Figure()
        >>> (dot,) = figure.subplots().plot([0.5], [0.5], "o")
        >>> live = LiveFigure(figure, dot)
        >>> dot.set_data([0.7], [0.7])
        >>> live.refresh("The dot is at 0.7.")
        >>> live.summary
        'The dot is at 0.7.'
        """
        with LOCK, self.hold_sync():  # one message to the browser
            for axes in self.figure.axes:
                # carries out a pending autoscale, which may make the figure stale
                axes.get_xlim(), axes.get_ylim()
            if self.figure.stale or not self.background:
                self.background = self._draw_background()
            self.frame = self._message()
            if summary is not None:
                self.summary, self.failed = summary, False

    def _message(self) -> dict[str, Any]:
        """Return what the artists draw, as the browser gets it."""
        message = self._recorder.record(self._artists)
        # Lists as one string, because ipywidgets looks through every list of a message for arrays.
        layout = json.dumps({key: message.pop(key) for key in ("styles", "lengths", "commands")})
        return {"layout": layout, **message}

    def fail(self, error: Exception) -> None:
        """Show an exception where the sentence was.

        Parameters
        ----------
        error : Exception
            Whoever caught it is expected to raise it again.

        Examples
        --------
        >>> figure = Figure()
        >>> live = LiveFigure(figure, figure.subplots().plot([0.5], [0.5], "o"))
        >>> live.fail(ValueError("no such picture"))
        >>> live.summary
        'ValueError: no such picture'
        """
        with LOCK, self.hold_sync():
            self.summary, self.failed = f"{type(error).__name__}: {error}", True

    def release(self) -> None:
        """Close it on every page, and let go of the figure and its pictures.

        Examples
        --------
        >>> figure = Figure()
        >>> live = LiveFigure(figure, figure.subplots().plot([0.5], [0.5], "o"))
        >>> live.release()
        >>> live.background
        b''
        """
        with LOCK:
            self.layout.close()
            self.close()
            self.figure = self._canvas = self._recorder = None  # type: ignore[assignment]  # it is over
            self._forget_pointer()
            self._artists = []
            self.background, self.frame = b"", {}

    def _draw_background(self) -> bytes:
        """Return all that stands still, as a PNG."""
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

    def on_pointer(
        self, callback: Callable[[Pointer], object], axes: Axes | Iterable[Axes] | None = None
    ) -> None:
        """Call `callback(pointer)` while the pointer is dragged.

        Parameters
        ----------
        callback : function of a Pointer
            It moves artists and calls `refresh`.
        axes : matplotlib.axes.Axes, or several, optional
            Where a drag may begin. Left out: in all axes of the figure.

        Examples
        --------
        >>> figure = Figure()
        >>> (dot,) = figure.subplots().plot([0.5], [0.5], "o")
        >>> live = LiveFigure(figure, dot)
        >>> def follow(pointer):
        ...     dot.set_data([pointer.x], [pointer.y])
        ...     live.refresh()
        >>> live.on_pointer(follow)
        """
        self._pointer_axes = tuple(self.figure.axes if axes is None else _flat([axes]))
        self._pointer_callback = callback
        self._place_areas()

    def _place_areas(self) -> None:
        """Tell the browser where the pointer means something: the axes may have moved."""
        height = self.size[1]
        boxes = [axes.get_window_extent().extents for axes in self._pointer_axes]
        self.areas = [
            [x0, height - y1, x1, height - y0] for x0, y0, x1, y1 in np.round(boxes, 1).tolist()
        ]

    def _receive(self, _: object, content: dict[str, Any], buffers: object) -> None:
        """Pass a browser's message about its pointer on."""
        if content.get("type") != "pointer":
            return
        with LOCK, self.hold_sync():  # the answer travels in the message with the new frame
            self.answered = content["number"]
            if content.get("era", self.era) != self.era:
                return
            if content["kind"] == "down":
                self._dragged = self._pointer_axes[content["area"]]
            if self._pointer_callback is not None and self._dragged is not None:
                place = content["x"], content["y"]
                self._pointer_callback(self._locate(content["kind"], self._dragged, *place))

    def _locate(self, kind: str, axes: Axes, x: float, y: float) -> Pointer:
        """Return the Pointer for a place on the canvas, held inside the axes."""
        box = axes.get_window_extent()
        inside = np.clip([x, self.size[1] - y], [box.x0, box.y0], [box.x1, box.y1])
        x, y = axes.transData.inverted().transform(inside)
        return Pointer(kind, axes, float(x), float(y))

    # --- the picture for readers who have not run anything ---

    def picture(self) -> bytes:
        """Return the complete figure: over the background, what moves, drawn by matplotlib.

        Returns
        -------
        bytes
            A PNG.

        Examples
        --------
        >>> figure = Figure()
        >>> live = LiveFigure(figure, figure.subplots().plot([0.5], [0.5], "o"))
        >>> live.picture()[1:4]
        b'PNG'
        """
        with LOCK:
            self.refresh()
            width, height = self.size
            renderer = RendererAgg(width, height, self.figure.dpi)
            pixels = np.asarray(renderer.buffer_rgba())
            pixels[:] = np.asarray(Image.open(io.BytesIO(self.background)).convert("RGBA"))
            for artist in in_order(self._artists):
                artist.draw(renderer)
            return png(pixels)

    def __repr__(self) -> str:
        """Return the label: what the picture is."""
        return f"LiveFigure({self.label!r})"

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what a notebook stores: IPython calls this name to show it."""
        return mimebundle(repr(self), self, self)


def mimebundle(text: str, live: LiveFigure, widget: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a notebook stores for a widget with a live figure.

    Parameters
    ----------
    text : str
        For readers who see no picture.
    live : LiveFigure
        The figure.
    widget : ipywidgets.DOMWidget
        The figure, with controls or alone.

    Returns
    -------
    data, metadata : dict, dict
        A text, a picture, and the view of the running widget.

    Examples
    --------
    >>> figure = Figure()
    >>> live = LiveFigure(figure, figure.subplots().plot([0.5], [0.5], "o"))
    >>> data, metadata = mimebundle("a dot", live, live)
    >>> list(data)
    ['text/plain', 'image/png', 'application/vnd.jupyter.widget-view+json']
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


def png(pixels: NDArray[np.uint8], **options: Any) -> bytes:
    """Return pixels as a PNG.

    Parameters
    ----------
    pixels : array of uint8, shape (height, width, 4)
        Red, green, blue, and alpha.
    **options
        What Pillow takes, such as `compress_level`.

    Returns
    -------
    bytes
        Without alpha where nothing is transparent.

    Examples
    --------
    >>> png(np.full((2, 3, 4), 255, np.uint8))[1:4]
    b'PNG'
    """
    image = Image.fromarray(pixels)
    if pixels[..., 3].min() == 255:  # opaque, as nearly always
        image = image.convert("RGB")  # a tenth smaller, and a fifth faster to write
    file = io.BytesIO()
    image.save(file, format="png", **options)
    return file.getvalue()


def _flat(artists: Any) -> list[Any]:
    """Return what is in nested lists and matplotlib's containers (bars, error bars) as one list."""
    if isinstance(artists, (list, tuple)):
        return [artist for part in artists for artist in _flat(part)]
    return [] if artists is None else [artists]
