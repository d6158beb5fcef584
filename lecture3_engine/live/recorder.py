"""Writes down what matplotlib artists draw, so that a browser can draw it again.

Matplotlib hands every line, marker, text and image to a *renderer*. The usual one (Agg) fills
pixels. The `Recorder` keeps the shapes instead: a few kilobytes where a picture would be hundreds.
Nearly everything matplotlib draws is "stamp this path, in this style, at these places": a line is a
path stamped once, a scatter plot a circle stamped a hundred times, a text the outline of its
letters. The rest are images.

All numbers are pixels of the canvas, y pointing down, as a browser counts them. Not recorded:
hatching, and artists that switch antialiasing off look as if they had not. Gouraud shading is
refused.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
import struct
from enum import Enum
from operator import is_, itemgetter
from types import MethodType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from matplotlib import rcParams
from matplotlib.backend_bases import RendererBase
from matplotlib.cbook import CallbackRegistry
from matplotlib.font_manager import FontProperties
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, BboxBase, Transform, TransformNode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from matplotlib.artist import Artist
    from matplotlib.backend_bases import GraphicsContextBase
    from numpy.typing import ArrayLike, NDArray

# What a message is made of
Shape: TypeAlias = tuple[int, bytes, bytes]  # a path: how many vertices, their numbers, their codes
Style: TypeAlias = tuple[tuple[str, Any], ...]  # how to fill and stroke, as pairs
Places: TypeAlias = tuple[int, bytes]  # where a path is stamped: how often, and the numbers
Stamp: TypeAlias = tuple[Shape, Style, Places]
# What an artist shows: words and their place, or the points of a line. None where that is not known
Shows: TypeAlias = tuple[str, float, float] | list[bytes] | None
Size: TypeAlias = tuple[float, float, float]  # of a text: width, height, descent
IsMath: TypeAlias = bool | Literal["TeX"]

# pixels. What lies further away is pulled in, so that a diverging path stays a number everywhere
FAR = 1e5
# pixels around the canvas in which a marker's center may lie and the marker still be seen
MARGIN = 200
# matplotlib's word: the canvas's word
CAPS = {"butt": "butt", "round": "round", "projecting": "square"}
ONCE = 1, bytes(8)  # places: how many, and their numbers. Once, where the shape is
MANY = 1000  # points of a line. Of more, matplotlib leaves out those that are out of sight
TICKS = "xtick", "ytick"  # rotation modes in which the alignment is another than the one set
# the share of a text's width, by its horizontal alignment
LEFT_OF_PLACE = {"left": 0, "center": 0.5, "right": 1}
PIECES = re.compile(r"\d|\D+")  # a number that runs is made of few pieces, and its size of theirs


class Recorder(RendererBase):
    """A matplotlib renderer that records shapes instead of filling pixels.

    Parameters
    ----------
    width, height : int
        Of the canvas, in pixels.
    dpi : float
        Pixels for each inch.
    text_size : function of (text, font, ismath), optional
        Another renderer's `get_text_width_height_descent`: texts are then placed as that renderer
        places them.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> axes = Figure(figsize=(4, 3), dpi=100).add_axes([0, 0, 1, 1], xlim=(0, 1), ylim=(0, 1))
    >>> (line,) = axes.plot([0, 0.5, 1], [0, 0.25, 1])
    >>> message = Recorder(400, 300, 100).record([line])
    >>> message["commands"]  # with style 0, shape 0, once
    [['stamp', 0, 0, 1]]
    >>> np.frombuffer(message["vertices"], "<f4").reshape(-1, 2)[:3].round()
    array([[  0., 300.],
           [200., 225.],
           [400.,   0.]], dtype=float32)
    """

    def __init__(
        self,
        width: int,
        height: int,
        dpi: float,
        text_size: Callable[[str, FontProperties, IsMath], Size] | None = None,
    ) -> None:
        super().__init__()
        self.width, self.height, self.dpi = width, height, dpi
        self.text_size = text_size or super().get_text_width_height_descent
        self.letters: dict[
            Any, tuple[list[Shape], float]
        ] = {}  # outlines of texts drawn before: most come back in the next frame
        self.sizes: dict[
            Any, Size
        ] = {}  # and their sizes, which matplotlib asks for more than once
        self.lifts: dict[
            Any, float
        ] = {}  # how far above their place matplotlib puts them: see line_of
        self.known: dict[Artist, Drawn] = {}  # lines and texts as they were drawn last
        self.watches: dict[int, Watch] = {}  # id of a transform: what notices that it changes
        self.settings = dict.copy(rcParams)  # matplotlib's, some of which decide how it draws
        # inside draw_path_collection with offsets: shapes met so far
        self.collection: dict[tuple[int, bytes], Shape] | None = None
        self.clear()

    def clear(self) -> None:
        """Begin a new message."""
        self.styles: dict[Style, int] = {}  # a style: its number
        # every path: how many vertices, their numbers, their codes (move, line, curve, close)
        self.shapes: list[Shape] = []
        self.numbers: dict[int, int] = {}  # id of a shape: its number
        self.places: list[bytes] = []  # where paths are stamped: numbers
        self.images: list[dict[str, Any]] = []
        self.commands: list[list[Any]] = []
        # the style and the shape of the last command, if it stamps
        self.last: tuple[int, int] | None = None
        # of the present artist: what it stamped, and how matplotlib asked for it
        self.stamped: list[Stamp] = []
        self.calls: list[tuple[Any, ...]] = []
        # and whether a clip path did: known by its number in this message, it would be another in
        # the next
        self.cut_out = False

    def record(self, artists: Sequence[Artist]) -> dict[str, Any]:
        """Return what the artists draw, lowest zorder first, as one message.

        Parameters
        ----------
        artists : sequence of matplotlib artists
            Of one figure of this size.

        Returns
        -------
        dict
            `live.js` reads it.

        Raises
        ------
        NotImplementedError
            If one is shaded with "gouraud".
        """
        self.clear()
        if not dict.__eq__(rcParams, self.settings):
            self.settings = dict.copy(rcParams)
            self.forget()
            self.letters.clear()
            self.sizes.clear()
            self.lifts.clear()
        for artist in in_order(artists):
            if isinstance(artist, AxesImage):
                self.draw_axes_image(artist)
            else:
                self.draw_artist(artist)
        if len(self.known) > len(artists) or len(self.watches) > 500:  # some have gone
            self.forget()
        return {
            "styles": [dict(style) for style in self.styles],
            "lengths": [length for length, _, _ in self.shapes],
            "commands": self.commands,
            "images": self.images,
            "vertices": b"".join([*(vertices for _, vertices, _ in self.shapes), *self.places]),
            "codes": b"".join(codes for _, _, codes in self.shapes),
        }

    def draw_artist(self, artist: Any) -> None:
        """Draw an artist, by the shortest way.

        Matplotlib's way to a line or a text costs more than all the rest.

        One that rests repeats what it stamped last time. One that looks the same and shows
        something else (a path with other points, a number that runs) is drawn as matplotlib asked
        for it last time. All others ask matplotlib.
        """
        self.stamped, self.calls, self.cut_out = [], [], False
        drawn = self.known.pop(artist, None)  # should drawing fail, nothing is known of it
        if drawn is not None and drawn.looks_like(artist):
            shows = shows_of(artist)
            if shows == drawn.shows:
                for stamp in drawn.stamps:
                    self.stamp(*stamp)
                self.known[artist] = drawn
                return
            redraw = self.redraw_line if type(artist) is Line2D else self.redraw_text
            if shows is not None and redraw(artist, shows, drawn):
                drawn.shows, drawn.stamps = shows, self.stamped
                self.known[artist] = drawn
                return
        artist.draw(self)
        if type(artist) in (Line2D, Text) and not self.cut_out:
            drawn = Drawn(artist, self.stamped, self.calls, self.watches)
            if drawn.shows is not None:
                self.known[artist] = drawn

    def redraw_line(self, line: Line2D, shows: Any, drawn: Drawn) -> bool:
        """Draw a line with other data as it was drawn before. False where that would not do."""
        x, y = map(np.frombuffer, shows)
        every: Any = line.get_markevery()
        if (
            len(x) != len(y)
            or len(x) > MANY
            or type(every) not in (type(None), slice, list)
            or line.get_drawstyle() != "default"
            or not drawn.calls
        ):
            return False
        transform = line.get_transform()
        path: Any = transform.transform_path_non_affine(Path(np.array([x, y]).T))
        if len(path) != len(x):
            return False
        if drawn.affine is None:
            drawn.affine = transform.get_affine()
        marked = path if every is None else Path(path.vertices[every])
        for draw, *how in drawn.calls if len(path) else ():
            draw(*how, marked if draw == self.mark else path, drawn.affine)
        return True

    def redraw_text(self, text: Any, shows: Any, drawn: Drawn) -> bool:
        """Draw other words, or in another place, as before. False where that would not do."""
        if len(drawn.calls) != 1 or drawn.calls[0][0] != self.draw_text:
            return False
        _, gc, prop = drawn.calls[0]
        words, *position = shows
        if not words or "\n" in words or "$" in words:
            return False
        if not upright(text):
            return False
        x, y = text.get_transform().transform(position)
        lift = self.lifts.get(self.line_of(text, words, prop))
        if lift is None or not (math.isfinite(x) and math.isfinite(y)):
            return False
        width = self.get_text_width_height_descent(words, prop, False)[0]
        self.draw_text(gc, x - width * LEFT_OF_PLACE[text.get_ha()], y + lift, words, prop, 0)
        return True

    def line_of(self, text: Any, words: str, prop: FontProperties) -> tuple[Any, ...]:
        """Return what decides how far one line of words stands above its place.

        That is how high its letters are, unless the base line is the place.
        """
        alignment = text.get_va()
        return (
            alignment,
            text._linespacing,
            hash(prop),
            alignment == "baseline" or self.get_text_width_height_descent(words, prop, False)[1:],
        )

    def forget(self) -> None:
        """Start afresh: the axes may have moved, and what was drawn before is no guide."""
        self.known.clear()
        self.watches.clear()

    # --- questions matplotlib asks every renderer ---

    def get_canvas_width_height(self) -> tuple[float, float]:
        """Return the size of the canvas, in pixels."""
        return self.width, self.height

    def points_to_pixels(self, points: Any) -> Any:
        """Return a length in pixels. A point is 1/72 inch."""
        return points * self.dpi / 72

    def flipy(self) -> bool:
        """Return whether y points down."""
        return False  # texts, too, arrive with y pointing up; `canvas` below turns everything round

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: IsMath) -> Size:
        """Return the size of a text, in pixels."""
        key = s, hash(prop)
        if ismath or key not in self.sizes:
            pieces = [s] if ismath else PIECES.findall(s)
            if len(pieces) < 2:
                return self.remembered(self.text_size, s, prop, ismath)
            size = self.size_of(pieces, prop)
            self.sizes[key] = size
        return self.sizes[key]

    def size_of(self, pieces: list[str], prop: FontProperties) -> Size:
        """Return the size of a text from the sizes of its pieces.

        It goes from the left end of its ink to the right one: an "x" beside a piece tells where its
        ink ends.
        """
        first, *middle, last = pieces
        beside = {
            s: self.remembered(self.text_size, s, prop, False)[0]
            for s in ("xx", f"{first}x", f"x{last}", *(f"x{piece}x" for piece in middle))
        }
        width = (
            beside[f"{first}x"]
            + beside[f"x{last}"]
            - beside["xx"]
            + sum(beside[f"x{piece}x"] - beside["xx"] for piece in middle)
        )
        sizes = [self.remembered(self.text_size, piece, prop, False)[1:] for piece in pieces]
        above, below = max(h - d for h, d in sizes), max(d for _, d in sizes)
        return width, above + below, below

    def remembered(
        self, measure: Callable[..., Size], s: str, prop: FontProperties, *ismath: IsMath
    ) -> Size:
        """Return a size that is measured once."""
        key = (s, hash(prop), *ismath)
        if key not in self.sizes:
            if len(self.sizes) > 500:  # a number that runs leaves one text behind for every value
                self.sizes.clear()
            self.sizes[key] = measure(s, prop, *ismath)
        return self.sizes[key]

    # --- paths, markers, collections, texts ---

    def draw_path(
        self, gc: GraphicsContextBase, path: Path, transform: Transform, rgbFace: Any = None
    ) -> None:
        """Record a path. Matplotlib calls this for all that is no marker, text, image or mesh."""
        if self.collection is None:
            self.trace(gc, rgbFace, self.style(gc, rgbFace), path, transform)
            return
        # One of a scatter's many: the same shape, moved. Record the shape once, around the origin.
        matrix = self.canvas(transform)
        place = matrix[None, :2, 2].copy()
        matrix[:2, 2] = 0
        key = (id(path), matrix.tobytes())
        if key not in self.collection:
            self.collection[key] = self.shape(gc, path, matrix, rgbFace, clip=False)
        if np.all(np.abs(place) < FAR):
            self.stamp(
                self.collection[key], self.style(gc, rgbFace), (1, place.astype("<f4").tobytes())
            )

    def trace(
        self,
        gc: GraphicsContextBase,
        face: Any,
        style: Style,
        path: Path,
        transform: Transform,
    ) -> None:
        """Stamp a path once, where it is."""
        self.calls.append((self.trace, gc, face, style))
        self.stamp(self.shape(gc, path, self.canvas(transform), face), style, ONCE)

    def draw_markers(
        self,
        gc: GraphicsContextBase,
        marker_path: Path,
        marker_trans: Transform,
        path: Path,
        trans: Transform,
        rgbFace: Any = None,
    ) -> None:
        """Record one marker, and the places where it is stamped."""
        matrix = self.canvas(marker_trans)
        matrix[1, 2] -= self.height  # around the origin
        self.mark(
            self.shape(gc, marker_path, matrix, rgbFace, clip=False),
            self.style(gc, rgbFace),
            path,
            trans,
        )

    def mark(self, marker: Shape, style: Style, path: Path, transform: Transform) -> None:
        """Stamp a marker at each point of a path that may be seen."""
        self.calls.append((self.mark, marker, style))
        if path.codes is not None:  # curves: only the end points carry a marker
            ends = [vertices[-2:] for vertices, _ in path.iter_segments(simplify=False)]
            path = Path(np.reshape(ends, (-1, 2)))
        with np.errstate(invalid="ignore", over="ignore"):  # NaN and inf are gaps
            x, y = transform.transform(path.vertices).T
            y = self.height - y
            seen = (
                (x > -MARGIN)
                & (x < self.width + MARGIN)
                & (y > -MARGIN)
                & (y < self.height + MARGIN)
            )
        # on whole pixels, as Agg has it: markers stay crisp
        places = np.floor(np.array([x[seen], y[seen]], "<f8").T + 0.5)
        self.stamp(marker, style, (len(places), places.astype("<f4").tobytes()))

    def draw_path_collection(
        self,
        gc: GraphicsContextBase,
        master_transform: Transform,
        paths: Sequence[Path],
        all_transforms: Sequence[ArrayLike],
        offsets: Any,
        *rest: Any,
        **more: Any,
    ) -> None:
        """Record a scatter plot, a quiver, or other paths that are many."""
        # Matplotlib's own loop calls draw_path for each. Where the members differ by an offset they
        # share shapes.
        self.collection = {} if np.any(offsets) else None
        try:
            super().draw_path_collection(
                gc, master_transform, paths, all_transforms, offsets, *rest, **more
            )
        finally:
            self.collection = None

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: IsMath = False,
        mtext: Text | None = None,
    ) -> None:
        """Record one line of text as outlines."""
        if mtext is not None and not ismath:
            self.calls.append((self.draw_text, gc, prop))
            if s == mtext.get_text() and upright(mtext):
                self.lifts[self.line_of(mtext, s, prop)] = (
                    y - mtext.get_transform().transform(mtext.get_position())[1]
                )
        gc.set_linewidth(0)
        style = self.style(gc, gc.get_rgb())
        # A formula is traced whole. Words are stamped letter by letter: a number that runs then
        # needs no new outlines.
        letters: Sequence[str] = [s] if ismath else s
        traced = {
            letter: self.outline(gc, letter, prop, angle, ismath)
            for letter in dict.fromkeys(letters)
        }
        *begins, length = itertools.accumulate((traced[letter][1] for letter in letters), initial=0)
        # Agg fits letters to pixels, which makes a line of text a little longer or shorter than its
        # outlines.
        stretch = self.get_text_width_height_descent(s, prop, ismath)[0] / (length or 1)
        dx, dy = stretch * math.cos(math.radians(angle)), -stretch * math.sin(math.radians(angle))
        places: dict[str, list[float]] = {letter: [] for letter in letters}
        for letter, begin in zip(letters, begins, strict=True):
            places[letter] += (within(x + begin * dx), within(self.height - y + begin * dy))
        for letter, where in places.items():
            for shape in traced[letter][0]:
                self.stamp(shape, style, (len(where) // 2, struct.pack(f"<{len(where)}f", *where)))

    def outline(
        self,
        gc: GraphicsContextBase,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: IsMath,
    ) -> tuple[list[Shape], float]:
        """Return the outlines of a letter or a formula around the origin, and its length.

        They are traced once, as they do not change with the place.
        """
        key = (s, hash(prop), angle, ismath, gc.get_snap(), gc.get_sketch_params())
        if key not in self.letters:
            if len(self.letters) > 500:  # formulas that run leave one behind for every value
                self.letters.clear()
            tracing = Tracing(self.dpi)
            RendererBase.draw_text(tracing, gc, 0, 0, s, prop, 0, ismath)
            turn: Transform = Affine2D().rotate_deg(-angle)
            if ismath:
                length = tracing.text_size(s, prop, ismath)[0] or 1
                turn = (
                    Affine2D().scale(
                        self.get_text_width_height_descent(s, prop, ismath)[0] / length, 1
                    )
                    + turn
                )
            else:  # with the gaps to its neighbors
                length = (
                    tracing.text_size(f"x{s}x", prop, False)[0]
                    - tracing.text_size("xx", prop, False)[0]
                )
            self.letters[key] = (
                [written(turn.transform(vertices), codes) for vertices, codes in tracing.outlines],
                length,
            )
        return self.letters[key]

    # --- images ---

    def get_image_magnification(self) -> float:
        """Return how much larger than its place matplotlib makes a smooth image."""
        # smooth images at half the canvas's resolution: that is the screen's, for a quarter of the
        # bytes
        return 0.5

    def option_scale_image(self) -> bool:
        """Return whether images come with a transform."""
        return True  # images that are not smoothed arrive as they are, with a transform

    def draw_axes_image(self, image: Any) -> None:
        """Draw an image.

        One that matplotlib would enlarge to squares is sent as the few pixels it has.
        """
        interpolation = image.get_interpolation()
        extent = image.get_window_extent(self)
        rows, columns = image.get_size()
        # where "auto" means squares
        large = abs(extent.width) > 3 * columns and abs(extent.height) > 3 * rows
        squares = interpolation in ("none", "nearest") or (
            interpolation in ("auto", "antialiased") and large
        )
        try:
            if squares:
                image.set_interpolation("none")
            image.draw(self)
        finally:
            image.set_interpolation(interpolation)

    def draw_image(
        self, gc: GraphicsContextBase, x: float, y: float, im: Any, transform: Any = None
    ) -> None:
        """Record an image. Matplotlib calls this with its pixels."""
        rows, columns = im.shape[:2]
        if transform is None:
            step = 1 / self.get_image_magnification()
            to_pixels = Affine2D().scale(step)
        else:
            # matplotlib's transform starts from the unit square, ours from the image's own pixels
            to_pixels = Affine2D().scale(1 / columns, 1 / rows) + transform
        # a resampled image has it in its pixels already
        alpha = None if transform is None else gc.get_alpha()
        self.add_image(
            gc,
            im,
            self.canvas(to_pixels + Affine2D().translate(x, y)),
            alpha,
            smooth=transform is None,
        )

    def draw_quad_mesh(
        self,
        gc: GraphicsContextBase,
        master_transform: Transform,
        meshWidth: int,
        meshHeight: int,
        coordinates: ArrayLike,
        offsets: Any,
        offsetTrans: Transform,
        facecolors: Any,
        antialiased: bool,
        edgecolors: Any,
    ) -> None:
        """Record a mesh."""
        # A regular mesh (a heat map) is an image, its corner and two sides say where; any other is
        # many small paths.
        corners = master_transform.transform(np.reshape(coordinates, (-1, 2))).reshape(
            meshHeight + 1, meshWidth + 1, 2
        )
        corner = corners[0, 0]
        right, up = (corners[0, -1] - corner) / meshWidth, (corners[-1, 0] - corner) / meshHeight
        rows, columns = np.mgrid[: meshHeight + 1, : meshWidth + 1][..., None]
        regular = np.allclose(corners, corner + columns * right + rows * up, atol=0.5)
        if (
            not regular
            or len(edgecolors)
            or np.any(offsets)
            or len(facecolors) != meshWidth * meshHeight
        ):
            super().draw_quad_mesh(
                gc,
                master_transform,
                meshWidth,
                meshHeight,
                coordinates,
                offsets,
                offsetTrans,
                facecolors,
                antialiased,
                edgecolors,
            )
            return
        pixels = np.round(255 * np.reshape(facecolors, (meshHeight, meshWidth, 4))).astype(np.uint8)
        matrix = np.array([[right[0], up[0], corner[0]], [right[1], up[1], corner[1]], [0, 0, 1]])
        self.add_image(gc, pixels, self.canvas(Affine2D(matrix)), alpha=None, smooth=False)

    def draw_gouraud_triangles(
        self,
        gc: GraphicsContextBase,
        triangles_array: ArrayLike,
        colors_array: ArrayLike,
        transform: Transform,
    ) -> None:
        """Refuse what a browser's canvas cannot draw."""
        raise NotImplementedError(
            "A live artist is shaded with 'gouraud', which a browser's canvas cannot draw. "
            "Use shading='flat' or 'nearest', or leave the artist in the background."
        )

    # --- writing it down ---

    def canvas(self, transform: Any) -> NDArray[np.float64]:
        """Return the 3 x 3 matrix of an affine transform, followed by turning y downwards."""
        matrix = np.array(transform.get_matrix())
        matrix[1] *= -1
        matrix[1, 2] += self.height
        return matrix

    def shape(
        self, gc: GraphicsContextBase, path: Path, matrix: Any, face: Any, clip: bool = True
    ) -> Shape:
        """Return a path in pixels, as it is sent."""
        return written(*self.clean(gc, path, matrix, face, clip))

    def clean(
        self, gc: GraphicsContextBase, path: Path, matrix: Any, face: Any, clip: bool = True
    ) -> tuple[Any, Any]:
        """Return the vertices and the codes of a path in pixels, without NaN.

        Matplotlib's own clean-up clips, simplifies and snaps as Agg does.
        """
        line = clip and face is None
        clean: Any = path.cleaned(
            matrix,
            remove_nans=True,
            clip=(-MARGIN, -MARGIN, self.width + MARGIN, self.height + MARGIN) if line else None,
            simplify=line and path.should_simplify,
            curves=True,
            stroke_width=self.points_to_pixels(gc.get_linewidth()),
            snap=gc.get_snap(),
            sketch=gc.get_sketch_params(),
        )
        return clean.vertices[:-1], clean.codes[:-1]  # the last vertex only says stop

    def style(self, gc: GraphicsContextBase, face: Any) -> Style:
        """Return how to fill and stroke, as pairs that JSON and a dict can hold."""
        style: list[tuple[str, Any]] = []
        alpha = gc.get_alpha() if gc.get_forced_alpha() else None
        if face is not None:
            style.append(("fill", css(face, alpha)))
        width = self.points_to_pixels(gc.get_linewidth())
        if width > 0:
            style += [("stroke", css(gc.get_rgb(), alpha)), ("width", round(width, 3))]
            style += [("cap", CAPS[gc.get_capstyle()]), ("join", gc.get_joinstyle())]
            dashes: Any
            offset, dashes = gc.get_dashes()
            if dashes is not None:
                style.append(
                    ("dash", tuple(round(self.points_to_pixels(float(dash)), 3) for dash in dashes))
                )
                style.append(("dashOffset", self.points_to_pixels(offset)))
        return *style, *self.clip(gc)

    def clip(self, gc: GraphicsContextBase) -> list[tuple[str, Any]]:
        """Return where drawing is allowed.

        That is a box, rounded to pixels as Agg does, and perhaps a path.
        """
        clip: list[tuple[str, Any]] = []
        box = gc.get_clip_rectangle()
        if box is not None:
            x0, y0, x1, y1 = (math.floor(edge + 0.5) for edge in box.extents)
            clip.append(("clip", (x0, self.height - y1, x1 - x0, y1 - y0)))
        path: Any
        path, transform = gc.get_clip_path()
        if path is not None:
            clean = path.cleaned(self.canvas(transform), remove_nans=True, curves=True)
            self.shapes.append(written(clean.vertices[:-1], clean.codes[:-1]))
            clip.append(("clipPath", len(self.shapes) - 1))
            self.cut_out = True
        return clip

    def stamp(self, shape: Shape, look: Style, places: Places) -> None:
        """Record a path, with a style, at some places."""
        count, numbers = places
        if shape[0] == 0 or count == 0:
            return
        self.stamped.append((shape, look, places))
        style = self.styles.setdefault(look, len(self.styles))  # equal styles are sent once
        number = self.numbers.setdefault(id(shape), len(self.shapes))
        if number == len(self.shapes):
            self.shapes.append(shape)
        if self.last == (style, number):
            self.commands[-1][3] += count  # more of the same
        else:
            self.commands.append(["stamp", style, number, count])
            self.last = style, number
        self.places.append(numbers)

    def add_image(
        self,
        gc: GraphicsContextBase,
        pixels: NDArray[np.uint8],
        matrix: NDArray[np.float64],
        alpha: float | None,
        smooth: bool,
    ) -> None:
        """Record an image: `matrix` leads from its own pixels to those of the canvas."""
        style = (
            *self.clip(gc),
            ("alpha", 1.0 if alpha is None else float(alpha)),
            ("smooth", smooth),
        )
        number = self.styles.setdefault(style, len(self.styles))
        self.commands.append(["image", number, len(self.images)])
        self.last = None
        self.images.append(
            {
                "width": pixels.shape[1],
                "height": pixels.shape[0],
                # a, b, c, d, e, f of CanvasRenderingContext2D.transform
                "matrix": matrix[:2].T.ravel().tolist(),
                "pixels": np.ascontiguousarray(pixels).tobytes(),
            }
        )


class Tracing(Recorder):
    """A recorder that collects outlines instead, for a letter or a formula around the origin."""

    def __init__(self, dpi: float) -> None:
        super().__init__(0, 0, dpi)
        self.outlines: list[tuple[Any, Any]] = []

    def draw_path(
        self, gc: GraphicsContextBase, path: Path, transform: Transform, rgbFace: Any = None
    ) -> None:
        """Collect a path."""
        self.outlines.append(self.clean(gc, path, self.canvas(transform), rgbFace))


def upright(text: Any) -> bool:
    """Return whether one line of it stands at a fixed distance from its place."""
    return not (
        text.get_rotation()
        or text.get_transform_rotates_text()
        or text.get_rotation_mode() in TICKS
        or text.get_wrap()
    )


def in_order(artists: Iterable[Artist]) -> list[Artist]:
    """Return the artists as matplotlib draws them, lowest zorder first.

    Parameters
    ----------
    artists : iterable of matplotlib artists
        In any order.

    Returns
    -------
    list
        Those with the same zorder keep their order.

    Examples
    --------
    >>> over, under = Line2D([], [], zorder=5), Line2D([], [], zorder=1)
    >>> in_order([over, under]) == [under, over]
    True
    """
    return sorted(artists, key=lambda artist: artist.get_zorder())


def written(vertices: Any, codes: Any) -> Shape:
    """Return a path as it is sent."""
    return (
        len(vertices),
        np.minimum(np.maximum(vertices, -FAR), FAR).astype("<f4").tobytes(),
        codes.tobytes(),
    )


def within(number: float) -> float:
    """Return a number of pixels that a browser can draw."""
    return min(max(number, -FAR), FAR)


# --- what an artist was when it was drawn ---

WORKINGS = {
    # what an artist shows: `shows_of` compares it
    "_text", "_x", "_y", "_xorig", "_yorig", "_invalidx", "_invalidy",
    # what it worked out from the rest, and who draws it
    "_xy", "_path", "_transformed_path", "_subslice", "_x_filled", "ind_offset", "_stale",
    "_renderer",
}  # fmt: skip
PLAIN = {type(None), bool, int, float, str, bytes}
NUMBERS = {int, float, np.float64}
SEALED = Enum, np.generic, CallbackRegistry  # do not change, or not the way an artist looks


class Drawn:
    """How a line or a text was drawn, and all it held then.

    Matplotlib's own mark of a change, `stale`, will not do: some setters forget it, drawing
    elsewhere wipes it out, and it does not tell other points from another color. So everything an
    artist holds is compared, whatever its name is; what cannot be compared makes the artist one
    that is drawn by matplotlib each time.
    """

    def __init__(
        self,
        artist: Artist,
        stamps: list[Stamp],
        calls: list[tuple[Any, ...]],
        watches: dict[int, Watch],
    ) -> None:
        self.stamps, self.calls, self.watches = stamps, calls, watches
        self.affine: Transform | None = None
        self.shows = shows_of(artist) if self.look(artist) else None

    def look(self, artist: Artist) -> bool:
        """Write down what the artist holds, and the content of what may change in place.

        False where it holds unknown things.
        """
        held = look_of(artist)
        self.size, self.names = len(vars(artist)), list(held)
        self.select = itemgetter(*held)
        self.values = self.select(held)
        things: list[Any] = []
        arrays: list[Any] = []
        transforms: list[Any] = []
        try:
            for name, value in held.items():
                if type(value) not in PLAIN and name not in ("_axes", "_parent_figure"):
                    find_mutable(value, things, arrays, transforms)
        except TypeError:
            return False
        if artist.axes is not None:
            transforms.append(artist.axes.transData)
        self.things = [(content(thing), [*content(thing)]) for thing in things]
        self.arrays = [(array, array().tobytes()) for array in arrays]
        self.changes = [
            (watch, watch.changes()) for watch in dict.fromkeys(map(self.watch, transforms))
        ]
        return not held.get("_wrap")  # wrapped words depend on the size of the figure as well

    def watch(self, transform: Transform) -> Watch:
        """Return what notices that a transform changes: one for all artists."""
        if id(transform) not in self.watches:
            self.watches[id(transform)] = Watch(transform)
        return self.watches[id(transform)]

    def looks_like(self, artist: Artist) -> bool:
        """Return whether the artist still holds what it held, other points and words apart."""
        held = vars(artist)
        if len(held) != self.size and list(look_of(artist)) != self.names:
            return False
        for watch, count in self.changes:
            if watch._invalid or watch.count != count:
                return False
        for now, before in self.things:
            if not identical(now, before):
                return False
        for array, before in self.arrays:
            if array().tobytes() != before:
                return False
        try:
            values = self.select(held)
        except KeyError:
            return False
        return all(map(is_, values, self.values)) or (
            all(map(equal, values, self.values)) and self.look(artist)
        )


class Watch(TransformNode):
    """Counts how often a transform has changed.

    Matplotlib tells those that are built on a transform, as this seems to be.
    """

    _invalid: int  # matplotlib's mark: something below has changed

    def __init__(self, transform: Transform) -> None:
        super().__init__()
        self.transform, self.count = transform, 0
        self.set_children(transform)

    def changes(self) -> int:
        """Return how often it has changed, up to now."""
        if self._invalid:
            # brought up to date: one that is not does not pass on the next change
            with np.errstate(all="ignore"):
                self.transform.transform([[0.5, 0.5]])
            self._invalid = 0
            self.count += 1
        return self.count


def look_of(artist: Any) -> dict[str, Any]:
    """Return all that an artist holds, by name, without what it shows.

    A method put in another's place says nothing about the looks.
    """
    leave_out = left_out(type(artist))  # type: ignore[arg-type]  # mypy: a class has no hash
    return {name: value for name, value in vars(artist).items() if name not in leave_out}


@functools.cache
def left_out(cls: type) -> set[str]:
    """Return the names that say nothing about the looks of a kind of artist."""
    return WORKINGS.union(name for name in dir(cls) if callable(getattr(cls, name)))


def shows_of(artist: Any) -> Shows:
    """Return the points of a line, or the words of a text and their place, to be compared.

    None where they are not plain numbers.
    """
    if type(artist) is Text:
        x, y = artist.get_position()
        return (artist.get_text(), x, y) if type(x) in NUMBERS and type(y) in NUMBERS else None
    shows = []
    data = (
        artist._xorig if artist._invalidx else artist._x,
        artist._yorig if artist._invalidy else artist._y,
    )
    if not (artist._invalidx or artist._invalidy):  # matplotlib draws the path it has
        data = artist._path.vertices.T
    for given in data:
        if isinstance(given, np.ma.MaskedArray):
            return None
        values = np.asarray(given)
        if values.dtype.kind not in "fiu" or values.ndim != 1:
            return None
        shows.append(values.astype(float).tobytes())
    return shows


def find_mutable(value: Any, things: list[Any], arrays: list[Any], transforms: list[Any]) -> None:
    """Collect everything in a value that may change in place. TypeError where that is not known."""
    if type(value) in PLAIN or isinstance(value, SEALED) or callable(value):
        return
    if type(value) is np.ndarray:
        arrays.append(value.view)
    elif isinstance(value, BboxBase):
        arrays.append(value.get_points)
    elif type(value) is Affine2D:
        arrays.append(value.get_matrix)
    elif isinstance(value, Transform):
        transforms.append(value)
    elif isinstance(value, Path) and value.readonly:
        return
    elif isinstance(value, (tuple, list, dict, FontProperties, MarkerStyle, Path)):
        if not isinstance(value, tuple):
            things.append(value)
        for part in content(value):
            find_mutable(part, things, arrays, transforms)
    else:
        raise TypeError(value)


def content(thing: Any) -> Any:
    """Return the things in it, at all times."""
    if isinstance(thing, (tuple, list)):
        return thing
    return thing.values() if isinstance(thing, dict) else vars(thing).values()


def identical(some: Any, others: Any) -> bool:
    """Return whether two collections hold the same things."""
    return len(some) == len(others) and all(map(is_, some, others))


def equal(one: Any, other: Any) -> bool:
    """Return whether two values have the same content; 1, 1.0 and True have not."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if type(one) in PLAIN:
        return one == other
    if type(one) is MethodType:  # how a marker makes its path
        return one.__func__ is other.__func__
    if type(one) is np.ndarray:
        return (
            one.dtype == other.dtype
            and one.shape == other.shape
            and one.tobytes() == other.tobytes()
        )
    if type(one) is Affine2D:
        return one.get_matrix().tobytes() == other.get_matrix().tobytes()
    if type(one) in (tuple, list, FontProperties, MarkerStyle, Path):
        return len(content(one)) == len(content(other)) and all(
            map(equal, content(one), content(other))
        )
    return False


def css(color: Any, alpha: float | None = None) -> str:
    """Return a matplotlib color as a browser wants it.

    Parameters
    ----------
    color : tuple of 3 or 4 floats, 0 to 1
        Red, green, blue, and perhaps alpha.
    alpha : float, 0 to 1, optional
        Replaces the color's own.

    Returns
    -------
    str
        #rrggbbaa.

    Examples
    --------
    >>> css((1, 0.5, 0))
    '#ff8000ff'
    """
    red, green, blue, *own = color
    if alpha is None:
        alpha = own[0] if own else 1
    return "#" + "".join(f"{round(255 * float(part)):02x}" for part in (red, green, blue, alpha))
