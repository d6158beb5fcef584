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
import contextlib
import io
import json
import re
import sys
import weakref
from dataclasses import dataclass
from html import escape
from math import isfinite, nan
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
from .panels import FROM, PanelFigure
from .recorder import Recorder, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.transforms import Transform
    from numpy.typing import NDArray

# canvas pixels per screen pixel: sharp on high-resolution screens and when a projector enlarges
SHARPNESS = 2
# added to the zorder of what moves: the browser draws it over the background, so must matplotlib
ON_TOP = 1000
COLOR = re.compile(r"<(?:#[0-9A-F]{6}|/)>")  # where colored words begin, or end
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
    path : tuple of (float, float)
        All places since the last message, this one among them.

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
    path: tuple[tuple[float, float], ...] = ()


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
    summary : str or (str, str), optional
        What `refresh` takes. Given here, the figure is drawn at the first `refresh`; left out, at
        once.

    Raises
    ------
    TypeError
        If `figure` is not a figure, or something among the artists is not an artist.
    ValueError
        If the figure is live already, or an artist is part of another figure.

    Notes
    -----
    A figure of `panels` has three forms. Each view in a browser asks for the one that fits its
    width, and only forms that somebody looks at are drawn. The widget's traits `sizes`,
    `backgrounds`, `frames` and `places` hold them; see `live.js`. `size`, `background`, `frame` and
    `areas` are those of the wide form, which a notebook stores.

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
    summary = traitlets.Unicode().tag(sync=True)  # the sentence above the picture, without colors
    # the same as the page shows it: a verdict, which may be empty, and a reason
    said: traitlets.List[str] = traitlets.List(["", ""]).tag(sync=True)
    failed = traitlets.Bool(False).tag(sync=True)  # the sentence is an error message
    # of each form: the width of the page from which it is shown, and its size in canvas pixels
    sizes: traitlets.Dict[str, list[int]] = traitlets.Dict().tag(sync=True)
    sharpness = traitlets.Int(SHARPNESS).tag(sync=True)
    # of each form that somebody looks at: a PNG, and what the recorder wrote down
    backgrounds: traitlets.Dict[str, bytes] = traitlets.Dict().tag(sync=True)
    frames: traitlets.Dict[str, dict[str, Any]] = traitlets.Dict().tag(sync=True)
    # boxes in canvas pixels where the pointer means something
    places: traitlets.Dict[str, list[list[float]]] = traitlets.Dict().tag(sync=True)
    # what is said above each of them, or beside its handle, which is at this place, if any
    hints: traitlets.List[str] = traitlets.List().tag(sync=True)
    grips: traitlets.Dict[str, list[list[float]]] = traitlets.Dict().tag(sync=True)
    # the last pointer message dealt with; the browser waits for it
    answered = traitlets.Int(0).tag(sync=True)
    # the explorer it belongs to, if any, and what follows is for its sake
    explorer = traitlets.Unicode().tag(sync=True)
    # what was sent in another one, before Reset, does not count
    era = traitlets.Unicode().tag(sync=True)
    # what travels to its place in the present frames: [color, [x, y, x, y, ...]], in canvas pixels
    travels: traitlets.Dict[str, list[Any]] = traitlets.Dict().tag(sync=True)
    # the last message of a control dealt with: the browser is busy until then
    done: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def __init__(
        self,
        figure: Figure,
        artists: Artist | Iterable[Any] | None,
        label: str = "picture",
        summary: str | tuple[str, str] | None = None,
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
            self._say(summary)

    def _say(self, summary: str | tuple[str, str]) -> None:
        """Show a sentence, or a verdict and its reason."""
        self.said = ["", summary] if isinstance(summary, str) else list(summary)
        self.summary = plain(" ".join(filter(None, self.said)))

    def _forget_pointer(self) -> None:
        """Begin without anybody who wants to know of the pointer."""
        self._pointer_axes: tuple[Axes, ...] = ()
        self.handles: list[Line2D | None] = []  # what is dragged there: a line's last point
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
        self._canvas = FigureCanvasAgg(figure)
        self._recorders: dict[str, Recorder] = {}
        self._drawn: dict[str, tuple[bytes, list[list[float]]]] = {}  # backgrounds and areas
        self._views: dict[str, str] = {}  # the forms that views in browsers show
        self._form = ""
        if not isinstance(figure, PanelFigure):
            figure.dpi *= SHARPNESS
        sizes = {}
        for form in [*figure.forms][::-1] if isinstance(figure, PanelFigure) else ["wide"]:
            self._take(form)  # the wide one last
            width, height = self._canvas.get_width_height()
            sizes[form] = [FROM[form], width, height]
            self._recorders[form] = Recorder(
                width, height, figure.dpi, self._canvas.get_renderer().get_text_width_height_descent
            )
        self.sizes = sizes

    def _take(self, form: str) -> None:
        """Give the figure one of its forms."""
        if self._form == form:
            return
        self._form = form
        if isinstance(self.figure, PanelFigure):
            stale = self.figure.stale
            self.figure.take(form, SHARPNESS)
            self.figure.stale = stale  # that the panels stand elsewhere changes no background
            for recorder in self._recorders.values():
                recorder.forget()

    @property
    def size(self) -> list[int]:
        """Width and height of the wide form, in canvas pixels."""
        return self.sizes["wide"][1:]

    @property
    def background(self) -> bytes:
        """What stands still in the wide form: a PNG."""
        with LOCK:
            return self._record("wide")[0] if self._recorders else b""

    @property
    def frame(self) -> dict[str, Any]:
        """What moves in the wide form, as the recorder wrote it down."""
        with LOCK:
            return self.frames.get("wide") or self._record("wide")[2]

    @property
    def areas(self) -> list[list[float]]:
        """The boxes of the wide form where the pointer means something, in canvas pixels."""
        with LOCK:
            return self._record("wide")[1]

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

    def refresh(
        self,
        summary: str | tuple[str, str] | None = None,
        travels: Sequence[tuple[Transform, Any, str]] = (),
    ) -> None:
        """Show the artists as they are now.

        Parameters
        ----------
        summary : str or (str, str), optional
            One sentence, shown above the picture, or a verdict and the reason for it. Words between
            `<#0072B2>` and `</>` have that color. Left out, the last one stays.
        travels : sequence of (transform, points, color)
            Ways that a dot travels once, to show how it came to this picture: points of shape
            (n, 2), in the coordinates of a matplotlib transform.

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
            self._notice_changes()
            # the present form first, so that two views of different widths cost one change
            forms = sorted(
                set(self._views.values()) or {"wide"}, key=lambda form: form != self._form
            )
            recorded, ways, grips = {}, {}, {}
            for form in forms:
                recorded[form] = self._record(form)
                grips[form] = self._find_grips()
                ways[form] = [
                    [color, self._pixels(transform, points)] for transform, points, color in travels
                ]
            self.travels, self.grips = ways, grips
            self.backgrounds = {form: background for form, (background, _, _) in recorded.items()}
            self.places = {form: areas for form, (_, areas, _) in recorded.items()}
            self.frames = {form: frame for form, (_, _, frame) in recorded.items()}
            if summary is not None:
                self._say(summary)
                self.failed = False

    def _pixels(self, transform: Transform, points: Any) -> list[float]:
        """Return points in the canvas pixels of the present form, one after the other."""
        places = transform.transform(np.asarray(points, float))
        return np.round(places * (1, -1) + (0, self.sizes[self._form][2]), 1).ravel().tolist()

    def _find_grips(self) -> list[list[float]]:
        """Return where the handle of each area is in the present form, [] where there is none."""
        grips: list[list[float]] = []
        height = self.sizes[self._form][2]
        for line in self.handles:
            points: Any = line.get_xydata() if line is not None and line.get_visible() else ()
            x = y = nan
            if line is not None and len(points):
                x, y = line.get_transform().transform(points[-1]).tolist()
            grips.append([round(x, 1), round(height - y, 1)] if isfinite(x + y) else [])
        return grips

    def _notice_changes(self) -> None:
        """Forget the backgrounds if something in them has changed."""
        for axes in self.figure.axes:
            # carries out a pending autoscale, which may make the figure stale
            axes.get_xlim(), axes.get_ylim()
        if self.figure.stale:
            self._drawn = {}
            self.figure.stale = False

    def _record(self, form: str) -> tuple[bytes, list[list[float]], dict[str, Any]]:
        """Return a form's background, its areas, and what moves in it."""
        self._take(form)
        with self._formulas():
            if form not in self._drawn:
                self._drawn[form] = self._draw_background(), self._find_areas()
            return *self._drawn[form], self._message()

    def _formulas(self) -> contextlib.AbstractContextManager[None]:
        """Return the context in which the figure's formulas are drawn."""
        if isinstance(self.figure, PanelFigure):
            return self.figure.formulas()
        return contextlib.nullcontext()

    def _message(self) -> dict[str, Any]:
        """Return what the artists draw, as the browser gets it."""
        message = self._recorders[self._form].record(self._artists)
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
            self._say(f"{type(error).__name__}: {error}")
            self.failed = True

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
            self.figure = self._canvas = None  # type: ignore[assignment]  # it is over
            self._forget_pointer()
            self._artists, self._recorders, self._drawn = [], {}, {}
            self.backgrounds, self.frames, self.places = {}, {}, {}

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
        self._recorders[self._form].forget()  # the axes may have moved
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
        for form, (background, _) in list(self._drawn.items()):
            self._take(form)
            self._drawn[form] = background, self._find_areas()
        self.places = {form: self._drawn[form][1] for form in self.backgrounds}

    def _find_areas(self) -> list[list[float]]:
        """Return where the pointer means something in the present form."""
        height = self.sizes[self._form][2]
        boxes = [axes.get_window_extent().extents for axes in self._pointer_axes]
        return [
            [x0, height - y1, x1, height - y0] for x0, y0, x1, y1 in np.round(boxes, 1).tolist()
        ]

    def _receive(self, _: object, content: dict[str, Any], buffers: object) -> None:
        """Pass a browser's message about its pointer on, or draw the form that a view asks for."""
        if content.get("type") == "form":
            self._look(content["view"], content["form"])
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
                path = content.get("path", [place])
                self._take(content.get("form", "wide"))
                self._pointer_callback(self._locate(content["kind"], self._dragged, *place, path))

    def _look(self, view: str, form: str | None) -> None:
        """Note which form a view shows, None if it has gone, and draw what is missing."""
        with LOCK:
            if self.figure is None:
                return
            if form in self.sizes:
                self._views[view] = form
            else:
                self._views.pop(view, None)
            if form is not None and form not in self.frames:
                self.refresh()

    def _locate(self, kind: str, axes: Axes, x: float, y: float, path: Any) -> Pointer:
        """Return the Pointer for a place on the canvas, and a path to it, held inside the axes."""
        box = axes.get_window_extent()
        places = np.array([*path, (x, y)], float) * (1, -1) + (0, self.sizes[self._form][2])
        inside = np.clip(places, [box.x0, box.y0], [box.x1, box.y1])
        *along, (x, y) = axes.transData.inverted().transform(inside).tolist()
        return Pointer(kind, axes, x, y, tuple(map(tuple, along)))

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
            self._notice_changes()
            background, _, _ = self._record("wide")
            width, height = self.size
            renderer = RendererAgg(width, height, self.figure.dpi)
            pixels = np.asarray(renderer.buffer_rgba())
            pixels[:] = np.asarray(Image.open(io.BytesIO(background)).convert("RGBA"))
            with self._formulas():
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


def plain(text: str) -> str:
    """Return a sentence without its colors.

    Examples
    --------
    >>> plain("The <#C8480A>gradient</> is 2.")
    'The gradient is 2.'
    """
    return COLOR.sub("", text)


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
