"""Writes down what matplotlib artists draw, so that a browser can draw it again.

Matplotlib hands every line, marker, text and image to a *renderer*. The usual one (Agg) fills pixels. The `Recorder`
keeps the shapes instead: a few kilobytes where a picture would be hundreds. Nearly everything matplotlib draws is
"stamp this path, in this style, at these places": a line is a path stamped once, a scatter plot a circle stamped a
hundred times, a text the outline of its letters. The rest are images.

    message = Recorder(width, height, dpi).record([line, dots, label])

All numbers are pixels of the canvas, y pointing down, as a browser counts them. Not recorded: hatching, and artists
that switch antialiasing off look as if they had not. Gouraud shading is refused.
"""

import itertools
import math
import re

import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

FAR = 1e5  # pixels. What lies further away is pulled in, so that a diverging path stays a number everywhere
MARGIN = 200  # pixels around the canvas in which a marker's centre may lie and the marker still be seen
CAPS = {"butt": "butt", "round": "round", "projecting": "square"}  # matplotlib's word: the canvas's word
ORIGIN = np.zeros((1, 2))
LEFT_OF_PLACE = {"left": 0, "center": 0.5, "right": 1}  # the share of a text's width, by its horizontal alignment
PIECES = re.compile(r"\d|\D+")  # a number that runs is made of few pieces, and its size of theirs


class Recorder(RendererBase):
    """A matplotlib renderer that records shapes instead of filling pixels.

    `text_size(text, font, ismath)` may be another renderer's `get_text_width_height_descent`: texts are then placed
    as that renderer places them.
    """

    def __init__(self, width, height, dpi, text_size=None):
        super().__init__()
        self.width, self.height, self.dpi = width, height, dpi
        self.text_size = text_size or super().get_text_width_height_descent
        self.letters = {}  # outlines of texts drawn before: most come back in the next frame
        self.sizes = {}  # and their sizes, which matplotlib asks for more than once
        self.known = {}  # lines and texts as they were last: how they look, what they show, what they stamped, how they were drawn
        self.affines = {}  # transforms of the axes, which stay while the background stays
        self.collection = None  # inside draw_path_collection with offsets: shapes met so far
        self.clear()

    def clear(self):
        """Begin a new message."""
        self.styles = {}  # a style: its number
        self.shapes = []  # every path: its vertices and its codes (move, line, curve, close)
        self.numbers = {}  # id of a shape: its number
        self.places = []  # where paths are stamped
        self.images = []
        self.commands = []
        self.stamped, self.calls = [], []  # of the present artist: what it stamped, and how matplotlib asked for it
        self.cut_out = False  # and whether a clip path did: known by its number in this message, it would be another in the next

    def record(self, artists):
        """What the artists draw, lowest zorder first, as one message. `live.js` reads it."""
        self.clear()
        for artist in in_order(artists):
            if isinstance(artist, AxesImage):
                self.draw_axes_image(artist)
            else:
                self.draw_artist(artist)
        vertices = [vertices for vertices, _ in self.shapes]
        numbers = np.concatenate([ORIGIN, *vertices, *self.places])[1:].astype("<f4")
        return {
            "styles": [dict(style) for style in self.styles],
            "lengths": [len(shape) for shape in vertices],
            "commands": self.commands,
            "images": self.images,
            "vertices": numbers.tobytes(),
            "codes": b"".join(codes.tobytes() for _, codes in self.shapes),
        }

    def draw_artist(self, artist):
        """Draw an artist, by the shortest way: matplotlib's way to a line or a text costs more than all the rest.

        One that rests repeats what it stamped last time. One that looks the same and shows something else (a path with
        other points, a number that runs) is drawn as matplotlib asked for it last time. All others ask matplotlib.
        """
        looks, shows = looks_of(artist)
        known, showed, stamps, calls = self.known.get(artist, (None, None, (), ()))
        if looks is None or looks != known:
            calls = ()
        elif shows == showed:
            for stamp in stamps:
                self.stamp(*stamp)
            return
        self.stamped, self.calls, self.cut_out = [], [], False
        redraw = self.redraw_line if type(artist) is Line2D else self.redraw_text
        if not (calls and redraw(artist, calls)):
            artist.draw(self)
            calls = tuple(self.calls)
        if looks is not None and not self.cut_out:
            self.known[artist] = looks, shows, tuple(self.stamped), calls

    def redraw_line(self, line, calls):
        """Draw a line with other data as it was drawn before. False where that would not do."""
        x, y = line.get_data(orig=True)
        every = slice(None) if line.get_markevery() is None else line.get_markevery()
        if np.ndim(x) != 1 or np.shape(x) != np.shape(y) or not isinstance(every, (slice, list)) or line.get_drawstyle() != "default":
            return False
        path = Path(line.get_transform().transform_non_affine(np.array([x, y], np.float64).T))
        if line not in self.affines:
            self.affines[line] = line.get_transform().get_affine()
        for draw, *how in calls if len(path) else ():
            draw(*how, Path(path.vertices[every]) if draw == self.mark else path, self.affines[line])
        return True

    def redraw_text(self, text, calls):
        """Draw one line of text with other words, or in another place, as it was drawn before. False where that would not do."""
        ((gc, before, lift, prop),) = calls
        words = text.get_text()
        # How far other words would stand above their place depends on their letters, but not where the base line is the place.
        if not words or "\n" in words or "$" in words or text.get_rotation() or (words != before and text.get_va() != "baseline"):
            return False
        x, y = text.get_transform().transform(text.get_position())
        width = self.get_text_width_height_descent(words, prop, False)[0]
        self.draw_text(gc, x - width * LEFT_OF_PLACE[text.get_ha()], y + lift, words, prop, 0)
        return True

    def forget(self):
        """The axes may have moved: what was drawn before is no guide to what follows."""
        self.known.clear()
        self.affines.clear()

    # --- questions matplotlib asks every renderer ---

    def get_canvas_width_height(self):
        return self.width, self.height

    def points_to_pixels(self, points):
        return points * self.dpi / 72

    def flipy(self):
        return False  # texts, too, arrive with y pointing up; `canvas` below turns everything round

    def get_text_width_height_descent(self, s, prop, ismath):
        pieces = [s] if ismath else PIECES.findall(s)
        if len(pieces) < 2:
            return self.remembered(self.text_size, s, prop, ismath)
        return self.remembered(self.size_of, tuple(pieces), prop)

    def size_of(self, pieces, prop):
        """The size of a text from the sizes of its pieces, from the left end of its ink to the right one: an "x" beside a piece tells where its ink ends."""
        first, *middle, last = pieces
        beside = {s: self.remembered(self.text_size, s, prop, False)[0] for s in ("xx", f"{first}x", f"x{last}", *(f"x{piece}x" for piece in middle))}
        width = beside[f"{first}x"] + beside[f"x{last}"] - beside["xx"] + sum(beside[f"x{piece}x"] - beside["xx"] for piece in middle)
        _, heights, descents = zip(*(self.remembered(self.text_size, piece, prop, False) for piece in pieces))
        return width, max(h - d for h, d in zip(heights, descents)) + max(descents), max(descents)

    def remembered(self, measure, s, prop, *ismath):
        key = (s, hash(prop), *ismath)
        if key not in self.sizes:
            if len(self.sizes) > 500:  # a number that runs leaves one text behind for every value
                self.sizes.clear()
            self.sizes[key] = measure(s, prop, *ismath)
        return self.sizes[key]

    # --- paths, markers, collections, texts ---

    def draw_path(self, gc, path, transform, rgbFace=None):
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
            self.stamp(self.collection[key], self.style(gc, rgbFace), place)

    def trace(self, gc, face, style, path, transform):
        self.calls.append((self.trace, gc, face, style))
        self.stamp(self.shape(gc, path, self.canvas(transform), face), style, ORIGIN)

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):
        matrix = self.canvas(marker_trans)
        matrix[1, 2] -= self.height  # around the origin
        self.mark(self.shape(gc, marker_path, matrix, rgbFace, clip=False), self.style(gc, rgbFace), path, trans)

    def mark(self, marker, style, path, transform):
        self.calls.append((self.mark, marker, style))
        if path.codes is not None:  # curves: only the end points carry a marker
            ends = [vertices[-2:] for vertices, _ in path.iter_segments(simplify=False)]
            path = Path(np.reshape(ends, (-1, 2)))
        with np.errstate(invalid="ignore", over="ignore"):  # NaN and inf are gaps
            places = transform.transform(path.vertices) * [1, -1] + [0, self.height]
            seen = np.all((places > -MARGIN) & (places < [self.width + MARGIN, self.height + MARGIN]), axis=1)
        self.stamp(marker, style, np.floor(places[seen] + 0.5))  # on whole pixels, as Agg has it: markers stay crisp

    def draw_path_collection(self, gc, master_transform, paths, all_transforms, offsets, *rest, **more):
        # Matplotlib's own loop calls draw_path for each. Where the members differ by an offset they share shapes.
        self.collection = {} if np.any(offsets) else None
        try:
            super().draw_path_collection(gc, master_transform, paths, all_transforms, offsets, *rest, **more)
        finally:
            self.collection = None

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        if mtext is not None and not ismath:
            self.calls.append((gc, s, y - mtext.get_transform().transform(mtext.get_position())[1], prop))
        gc.set_linewidth(0)
        style = self.style(gc, gc.get_rgb())
        # A formula is traced whole. Words are stamped letter by letter: a number that runs then needs no new outlines.
        letters = [s] if ismath else s
        traced = {letter: self.outline(gc, letter, prop, angle, ismath) for letter in dict.fromkeys(letters)}
        *begins, length = itertools.accumulate((traced[letter][1] for letter in letters), initial=0)
        # Agg fits letters to pixels, which makes a line of text a little longer or shorter than its outlines.
        stretch = self.get_text_width_height_descent(s, prop, ismath)[0] / (length or 1)
        dx, dy = stretch * math.cos(math.radians(angle)), -stretch * math.sin(math.radians(angle))
        places = {letter: [] for letter in letters}
        for letter, begin in zip(letters, begins):
            places[letter].append((x + begin * dx, self.height - y + begin * dy))
        for letter, where in places.items():
            for shape in traced[letter][0]:
                self.stamp(shape, style, np.array(where))

    def outline(self, gc, s, prop, angle, ismath):
        """The outlines of a letter or a formula around the origin, and its length. Traced once: they do not change with the place."""
        key = (s, hash(prop), angle, ismath)
        if key not in self.letters:
            if len(self.letters) > 500:  # formulas that run leave one behind for every value
                self.letters.clear()
            tracing = Recorder(0, 0, self.dpi)
            RendererBase.draw_text(tracing, gc, 0, 0, s, prop, 0, ismath)
            turn = Affine2D().rotate_deg(-angle)
            if ismath:
                length = tracing.text_size(s, prop, ismath)[0] or 1
                turn = Affine2D().scale(self.get_text_width_height_descent(s, prop, ismath)[0] / length, 1) + turn
            else:  # with the gaps to its neighbours
                length = tracing.text_size(f"x{s}x", prop, False)[0] - tracing.text_size("xx", prop, False)[0]
            self.letters[key] = [(turn.transform(vertices), codes) for vertices, codes in tracing.shapes], length
        return self.letters[key]

    # --- images ---

    def get_image_magnification(self):
        return 0.5  # smooth images at half the canvas's resolution: that is the screen's, for a quarter of the bytes

    def option_scale_image(self):
        return True  # images that are not smoothed arrive as they are, with a transform

    def draw_axes_image(self, image):
        """Draw an image. One that matplotlib would enlarge to squares is sent as the few pixels it has."""
        interpolation = image.get_interpolation()
        extent = image.get_window_extent(self)
        rows, columns = image.get_size()
        large = abs(extent.width) > 3 * columns and abs(extent.height) > 3 * rows  # where "auto" means squares
        squares = interpolation in ("none", "nearest") or (interpolation in ("auto", "antialiased") and large)
        try:
            if squares:
                image.set_interpolation("none")
            image.draw(self)
        finally:
            image.set_interpolation(interpolation)

    def draw_image(self, gc, x, y, im, transform=None):
        rows, columns = im.shape[:2]
        if transform is None:
            step = 1 / self.get_image_magnification()
            to_pixels = Affine2D().scale(step)
        else:  # matplotlib's transform starts from the unit square, ours from the image's own pixels
            to_pixels = Affine2D().scale(1 / columns, 1 / rows) + transform
        alpha = None if transform is None else gc.get_alpha()  # a resampled image has it in its pixels already
        self.add_image(gc, im, self.canvas(to_pixels + Affine2D().translate(x, y)), alpha, smooth=transform is None)

    def draw_quad_mesh(
        self, gc, master_transform, meshWidth, meshHeight, coordinates, offsets, offsetTrans, facecolors, antialiased, edgecolors
    ):
        # A regular mesh (a heat map) is an image, its corner and two sides say where; any other is many small paths.
        corners = master_transform.transform(np.reshape(coordinates, (-1, 2))).reshape(meshHeight + 1, meshWidth + 1, 2)
        corner = corners[0, 0]
        right, up = (corners[0, -1] - corner) / meshWidth, (corners[-1, 0] - corner) / meshHeight
        rows, columns = np.mgrid[: meshHeight + 1, : meshWidth + 1][..., None]
        regular = np.allclose(corners, corner + columns * right + rows * up, atol=0.5)
        if not regular or len(edgecolors) or np.any(offsets) or len(facecolors) != meshWidth * meshHeight:
            super().draw_quad_mesh(
                gc, master_transform, meshWidth, meshHeight, coordinates, offsets, offsetTrans, facecolors, antialiased, edgecolors
            )
            return
        pixels = np.round(255 * np.reshape(facecolors, (meshHeight, meshWidth, 4))).astype(np.uint8)
        matrix = np.array([[right[0], up[0], corner[0]], [right[1], up[1], corner[1]], [0, 0, 1]])
        self.add_image(gc, pixels, self.canvas(Affine2D(matrix)), alpha=None, smooth=False)

    def draw_gouraud_triangles(self, gc, triangles_array, colors_array, transform):
        raise NotImplementedError(
            "A live artist is shaded with 'gouraud', which a browser's canvas cannot draw. "
            "Use shading='flat' or 'nearest', or leave the artist in the background."
        )

    # --- writing it down ---

    def canvas(self, transform):
        """The 3 x 3 matrix of an affine transform, followed by turning y downwards."""
        matrix = np.array(transform.get_matrix())
        matrix[1] *= -1
        matrix[1, 2] += self.height
        return matrix

    def shape(self, gc, path, matrix, face, clip=True):
        """A path in pixels without NaN: matplotlib's own clean-up clips, simplifies and snaps as Agg does."""
        line = clip and face is None
        clean = path.cleaned(
            matrix,
            remove_nans=True,
            clip=(-MARGIN, -MARGIN, self.width + MARGIN, self.height + MARGIN) if line else None,
            simplify=line and path.should_simplify,
            curves=True,
            stroke_width=self.points_to_pixels(gc.get_linewidth()),
            snap=gc.get_snap(),
            sketch=gc.get_sketch_params(),
        )
        return np.clip(clean.vertices[:-1], -FAR, FAR), clean.codes[:-1]  # the last vertex only says stop

    def style(self, gc, face):
        """How to fill and stroke, as pairs that JSON and a dict can hold."""
        style = []
        alpha = gc.get_alpha() if gc.get_forced_alpha() else None
        if face is not None:
            style.append(("fill", css(face, alpha)))
        width = self.points_to_pixels(gc.get_linewidth())
        if width > 0:
            style += [("stroke", css(gc.get_rgb(), alpha)), ("width", round(width, 3))]
            style += [("cap", CAPS[gc.get_capstyle()]), ("join", gc.get_joinstyle())]
            offset, dashes = gc.get_dashes()
            if dashes is not None:
                style.append(("dash", tuple(round(self.points_to_pixels(float(dash)), 3) for dash in dashes)))
                style.append(("dashOffset", self.points_to_pixels(offset)))
        return *style, *self.clip(gc)

    def clip(self, gc):
        """Where drawing is allowed: a box, rounded to pixels as Agg does, and perhaps a path."""
        clip = []
        box = gc.get_clip_rectangle()
        if box is not None:
            x0, y0, x1, y1 = (math.floor(edge + 0.5) for edge in box.extents)
            clip.append(("clip", (x0, self.height - y1, x1 - x0, y1 - y0)))
        path, transform = gc.get_clip_path()
        if path is not None:
            clean = path.cleaned(self.canvas(transform), remove_nans=True, curves=True)
            self.shapes.append((np.clip(clean.vertices[:-1], -FAR, FAR), clean.codes[:-1]))
            clip.append(("clipPath", len(self.shapes) - 1))
            self.cut_out = True
        return clip

    def stamp(self, shape, style, places):
        if len(shape[0]) == 0 or len(places) == 0:
            return
        self.stamped.append((shape, style, places))
        style = self.styles.setdefault(style, len(self.styles))  # equal styles are sent once
        number = self.numbers.setdefault(id(shape), len(self.shapes))
        if number == len(self.shapes):
            self.shapes.append(shape)
        last = self.commands[-1] if self.commands else None
        if last and last[:3] == ["stamp", style, number]:
            last[3] += len(places)  # more of the same
        else:
            self.commands.append(["stamp", style, number, len(places)])
        self.places.append(places)

    def add_image(self, gc, pixels, matrix, alpha, smooth):
        style = (*self.clip(gc), ("alpha", 1.0 if alpha is None else float(alpha)), ("smooth", smooth))
        number = self.styles.setdefault(style, len(self.styles))
        self.commands.append(["image", number, len(self.images)])
        self.images.append(
            {
                "width": pixels.shape[1],
                "height": pixels.shape[0],
                "matrix": matrix[:2].T.ravel().tolist(),  # a, b, c, d, e, f of CanvasRenderingContext2D.transform
                "pixels": np.ascontiguousarray(pixels).tobytes(),
            }
        )


def in_order(artists):
    """Lowest zorder first, as matplotlib draws them."""
    return sorted(artists, key=lambda artist: artist.get_zorder())


def looks_of(artist):
    """(how it looks, what it shows) of a line or a text, each to be compared with what it was. (None, None) where that is not all that decides."""
    if type(artist) is Text and artist.get_bbox_patch() is None:
        shows = artist.get_text(), artist.get_position()
        looks = (artist.get_color(), artist.get_rotation(), artist.get_ha(), artist.get_va(), hash(artist.get_fontproperties()))
    elif type(artist) is Line2D and artist.get_gapcolor() is None:
        data = [np.asarray(values) for values in artist.get_data(orig=True)]
        if any(values.dtype.kind not in "fiu" for values in data):
            return None, None
        shows = tuple(values.tobytes() for values in data)
        looks = (artist.get_color(), artist.get_linestyle(), artist.get_linewidth(), artist.get_marker(),
                 artist.get_markersize(), artist.get_markerfacecolor(), artist.get_markeredgecolor(), artist.get_markeredgewidth(),
                 artist.get_drawstyle(), artist.get_markevery(), artist._dash_pattern)
    else:
        return None, None
    # Other transforms may change in place, unseen; those of the axes change with the background only.
    axes, transform = artist.axes, artist.get_transform()
    if axes is None or not (transform is axes.transData or transform is axes.transAxes) or artist.get_path_effects():
        return None, None
    if np.ndarray in map(type, looks):
        return None, None
    return (*looks, artist.get_visible(), artist.get_alpha(), artist.get_clip_on()), shows


def css(color, alpha=None):
    """A matplotlib colour as #rrggbbaa. `alpha`, where given, replaces the colour's own."""
    red, green, blue, *own = color
    if alpha is None:
        alpha = own[0] if own else 1
    return "#" + "".join(f"{round(255 * float(part)):02x}" for part in (red, green, blue, alpha))
