"""Draw a digit: a network that learned from real ones reads it as you draw.

Lecture, section 4, "Training in a nutshell".
"""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.transforms import ScaledTranslation

from ..functional import cross_entropy
from ..layers import Dense, Sequential
from ..live import (
    Explorer,
    Pointer,
    add_to,
    choice,
    drawing,
    int_slider,
    note,
    panels,
    player,
    strokes,
    toggle,
)
from ..live.drawing import STROKES
from ..optim import SGD, Adam
from ..style import COLORS, DIGITS, INK, MUTED, PAPER, SIGNED_TILES, ink, styled
from ..training import DataLoader, fit, train_step
from .digits import train_and_test

if TYPE_CHECKING:
    from collections.abc import Collection

    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

    from ..live import PanelFigure
    from ..tensor import Array

TRAIN, TEST, HIDDEN = 8000, 500, 64
SIZE, BOX = 28, 20.0  # pixels: of a picture, and of the ink in it, as in MNIST
PEN = 1.1  # pixels: half the width of a line
SURE = 0.8  # of the probability: below that the network is not sure
LEARNING = 20  # steps
NOTHING = "-"  # among the digits of a choice
# with a batch of eight, twenty steps of 0.02 are too few, and 0.05 costs more on the test digits
LR = 0.03
MOST = 8  # pictures in the batch
# "no. 17" of the test digits (0 to 499), or a drawing; and how far it is moved right and down
PICTURE = rf"(?:no\. [1-4]?\d?\d|{STROKES})(?: by -?[0-8],-?[0-8])?"
BATCH = rf"\d = {PICTURE}(?:; \d = {PICTURE}){{0,{MOST - 1}}}"
TILE = 40, 31  # pixels: a small picture with its label at its side
ACROSS, ALONG = 5, 2  # of them, in a row and in a column
UNITS = 4  # hidden units that are shown
# inches: a line of words above small pictures, and one below each; and between two pictures
TITLE, CAPTION, GAP = 0.36, 0.24, 0.12


@lru_cache(maxsize=1)
def trained() -> Sequential:
    """Return a network that has learned from real digits, for who does not bring one."""
    rng = np.random.default_rng(0)
    model = Sequential(Dense(784, HIDDEN, "relu", rng=rng), Dense(HIDDEN, 10, rng=rng))
    train, _ = train_and_test(TRAIN, TEST)
    loader = DataLoader(*train, 32, shuffle=True, rng=rng)
    fit(model, loader, cross_entropy, Adam(model.parameters()), num_epoch=3, progress=False)
    return model


def check_model(model: object) -> None:
    """Refuse what is not a network that this explorer can look into."""
    expected = "DigitExplorer: expected Sequential(Dense(784, n, 'relu'), Dense(n, 10))"
    if not isinstance(model, Sequential):
        raise TypeError(f"{expected}. Received: {model!r}. Pass the network itself.")
    layers: Any = model.layers
    fits = len(layers) == 2 and all(isinstance(layer, Dense) for layer in layers)
    if not fits or layers[0].kernel.shape[0] != 784 or layers[1].kernel.shape[1] != 10:
        raise ValueError(f"{expected}. Received: {model!r}. Train one of that shape.")


# --- from strokes to pixels ---


def inked(lines: list[Array]) -> Array:
    """Return lines (n, 2), in pixels from the top left, as a picture (28, 28) from 0 to 1.

    A pixel is as dark as it is near to a line.
    """
    begins, ends = (
        np.concatenate([line[:-1] if len(line) > 1 else line for line in lines]),
        np.concatenate([line[1:] if len(line) > 1 else line for line in lines]),
    )
    middles = np.arange(SIZE) + 0.5
    pixels = np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 1, 2)
    way = ends - begins
    length = np.maximum((way**2).sum(axis=1), 1e-12)
    share = np.clip(((pixels - begins) * way).sum(axis=2) / length, 0, 1)
    distance = np.linalg.norm(pixels - begins - share[..., None] * way, axis=2).min(axis=1)
    return np.clip(PEN + 0.5 - distance, 0, 1).reshape(SIZE, SIZE)


def as_mnist(text: str) -> Array:
    """Return a drawing as MNIST's digits are: 20 pixels large, its center of mass in the middle.

    Without that, a network that has seen no others reads it badly (LeCun et al., "Gradient-Based
    Learning Applied to Document Recognition", 1998).
    """
    lines = strokes(text)
    if not lines:
        return np.zeros((SIZE, SIZE))
    points = np.concatenate(lines)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (BOX - 2 * PEN) / max((high - low).max(), 6.0)  # a dot stays small
    lines = [(line - (low + high) / 2) * scale + SIZE / 2 for line in lines]
    for _ in range(2):  # ink beyond the edge moves the center of what is left
        picture = inked(lines)
        middles = np.arange(SIZE) + 0.5
        mass = np.array([(picture.sum(axis=axis) @ middles) for axis in (0, 1)])
        lines = [line + SIZE / 2 - mass / picture.sum() for line in lines]
    return inked(lines)


def shifted(picture: Array, right: int, down: int) -> Array:
    """Return a picture moved by whole pixels; what leaves it is lost."""
    padded = np.pad(picture, SIZE)
    return padded[SIZE - down : 2 * SIZE - down, SIZE - right : 2 * SIZE - right]


def named_picture(name: str) -> Array:
    """Return the picture of a name: "no. 17", or the text of a drawing; "... by 3,-2" if moved."""
    what, _, way = name.partition(" by ")
    if what.startswith("no. "):
        _, (images, _) = train_and_test(TRAIN, TEST)
        picture = np.asarray(images[int(what[4:])], float).reshape(SIZE, SIZE)
    else:
        picture = as_mnist(what)
    return shifted(picture, *map(int, way.split(","))) if way else picture


def name_of(state: dict[str, Any]) -> str:
    """Return the name of the picture that an explorer with these settings shows."""
    right, down = state["right"], state["down"]
    way = f" by {right},{down}" if right or down else ""
    return (state["drawn"] or f"no. {state['digit']}") + way


def is_empty(state: dict[str, Any]) -> bool:
    """Say whether nothing is on the paper."""
    return state["blank"] and not state["drawn"]


def shown_picture(state: dict[str, Any]) -> Array:
    """Return the picture that an explorer with these settings shows."""
    return np.zeros((SIZE, SIZE)) if is_empty(state) else named_picture(name_of(state))


def pictures_in(batch: str) -> dict[str, str]:
    """Return what the pictures of a batch are: {name: label}."""
    parts = [part.split(" = ") for part in batch.split("; ") if part]
    return {name: label for label, name in parts}


# --- what the network makes of it ---


def scores_of(model: Sequential, pixels: Array) -> tuple[Array, Array]:
    """Return the outputs of the hidden layer, and the probabilities of the ten digits."""
    hidden = model.layers[0](pixels.reshape(1, -1).astype(np.float32)).data
    scores = np.asarray(model(pixels.reshape(1, -1).astype(np.float32)).data[0], float)
    powers = np.exp(scores - scores.max())
    return np.asarray(hidden[0], float), powers / powers.sum()


def reads(model: Sequential, pictures: Array) -> Array:
    """Return the digits that a network reads in pictures."""
    pixels = np.asarray(pictures, np.float32).reshape(len(pictures), -1)
    return np.asarray(model(pixels).data).argmax(axis=1)


def layers_of(model: Sequential) -> Any:
    """Return its two dense layers."""
    return model.layers


def wish(model: Sequential, pixels: Array, digit: int) -> Array:
    """Return the gradient of a digit's score with respect to the pixels, as a picture.

    score = relu(x W1 + b1) W2 + b2: backward, the column of W2, cut off where relu is, times W1.
    """
    first, second = layers_of(model)
    hidden, _ = scores_of(model, pixels)
    back = np.where(hidden > 0, second.kernel.data[:, digit], 0.0)
    return (first.kernel.data @ back).reshape(SIZE, SIZE)


class Lesson:
    """What a network becomes by steps on a batch, from where it was before."""

    def __init__(self, model: Sequential, before: list[Array], batch: str) -> None:
        self.model, self.batch = model, batch
        self.weights = [before]  # after 0, 1, 2 ... steps
        self.results: dict[int, tuple[Array, int]] = {}
        pictures = pictures_in(batch)
        self.pictures = np.array([named_picture(name) for name in pictures])
        self.labels = np.array([int(label) for label in pictures.values()])
        known = [int(name.split()[1]) for name in pictures if name.startswith("no. ")]
        self.others = np.delete(np.arange(TEST), known)  # the price is asked of digits not learned

    def after(self, steps: int) -> Sequential:
        """Return the network after so many steps: always the same one, with other weights."""
        while self.batch and len(self.weights) <= steps:
            self.load(-1)
            self.step()
            self.weights.append([p.data.copy() for p in self.model.parameters()])
        self.load(steps if self.batch else 0)
        return self.model

    def load(self, steps: int) -> None:
        """Give the network the weights that it had after so many steps."""
        for parameter, data in zip(self.model.parameters(), self.weights[steps], strict=True):
            parameter.data = data.copy()

    def step(self) -> None:
        """Make a step of gradient descent on the batch: each picture, and its eight neighbors."""
        ways = [(right, down) for right in (-1, 0, 1) for down in (-1, 0, 1)]
        moved = [shifted(picture, *way).ravel() for picture in self.pictures for way in ways]
        pixels, labels = np.array(moved, np.float32), np.repeat(self.labels, len(ways))
        optimizer = SGD(self.model.parameters(), lr=LR)
        train_step(self.model, pixels, labels, cross_entropy, optimizer)

    def right(self, steps: int) -> tuple[Array, int]:
        """Return which of the batch it reads right after so many steps, and how many others."""
        if steps not in self.results:
            _, (images, labels) = train_and_test(TRAIN, TEST)
            model, k = self.after(steps), self.others
            others = int((reads(model, images[k]) == labels[k]).sum())
            self.results[steps] = reads(model, self.pictures) == self.labels, others
        return self.results[steps]


class DigitExplorer(Explorer):
    """Draw a digit, and a trained network reads it while you draw: its ten answers, the hidden
    units that fire, and which pixels would make it another digit.

    Say what the digit really is: one that the network read wrong joins a batch of up to eight,
    which the network then learns by real steps of gradient descent.

    Parameters
    ----------
    model : Sequential, optional
        A network of two dense layers from 784 pixels to 10 scores, with ReLU between them. Left
        out, one is trained for a moment. Yours stays as it is.
    **settings
        As for every explorer.

    Raises
    ------
    TypeError or ValueError
        If the model is another one, or a setting does not fit.
    """

    digit = int_slider("a test digit, by its number", 170, min=0, max=TEST - 1, stepped=True)
    wanted = choice("show what would make it a", NOTHING, [NOTHING, *"0123456789"])
    label = choice("tell it: this is a", NOTHING, [NOTHING, *"0123456789"])
    right = int_slider("move it right", 0, min=-8, max=8)
    down = int_slider("move it down", 0, min=-8, max=8)
    learn = player("learn what it read wrong: steps", 0, max=LEARNING)
    drawn = drawing("your drawing")
    blank = toggle("Clear the paper", presses=True)
    batch = note(
        "what it read wrong",
        pattern=BATCH,
        expected=f'labels and pictures, "7 = no. 3; 4 = 1,1 2,2.5 by 3,-2", {MOST} at most',
    )

    leads = ("blank", "digit")
    together = (("right", "down"),)

    def __init__(self, model: Sequential | None = None, **settings: Any) -> None:
        if model is not None:
            check_model(model)
        # its own, for it learns
        self._model = copy.deepcopy(trained() if model is None else model)
        self._before = [p.data.copy() for p in self._model.parameters()]
        self._lesson = Lesson(self._model, self._before, "")
        super().__init__(**settings)

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the paper, the answers, hidden units, and what the network sees of a drawing."""
        bare = 0.06, 0.06, 0.06, 0.4
        figure, axes = panels(
            {"paper": "hero", "answers": "second", "units": "detail"},
            height=4.6,
            margins={
                "paper": bare,
                "answers": bare,
                "units": (*bare[:3], 0.1),
            },
            wide=[(0.4, [("paper", 1)]), (0.6, [("answers", 2.7), ("units", 1.9)])],
            medium=[(4.0, [("paper", 0.52), ("answers", 0.48)]), (2.0, [("units", 1)])],
            narrow=[(4.4, [("paper", 1)]), (3.2, [("answers", 1)]), (3.25, [("units", 1)])],
        )
        self.paper = axes["paper"]
        self.draw_paper(self.paper)
        self.draw_answers(axes["answers"])
        moving = [
            self.draw_units(figure),
            self.draw_seen(figure),
            self.draw_batch(figure),
        ]
        self.place(figure, axes["units"])
        return figure, [[self.scan, self.lines], moving, [self.bars, self.shares, self.names]]

    def place(self, figure: PanelFigure, room: Axes) -> None:
        """Give the units, what is seen and the batch their places in the room below the answers.

        What is seen stands at the end of the row of units, or where it is narrow below them.
        """
        room.set_axis_off()
        for name, form in figure.forms.items():
            below = name == "narrow"
            across = UNITS if below else UNITS + 1
            x, y, w, h = form.cells[room]
            x, y, w, h = x * form.width, y * form.height, w * form.width, h * form.height
            top = y + h - TITLE
            tile = (w + GAP) / across - GAP
            if not below:
                tile = min(tile, h - TITLE - CAPTION)
            step = (w - tile) / (across - 1)
            spots = [(x + column * step, top - tile, tile, tile) for column in range(UNITS)]
            last = (x + w - tile, top - tile, tile, tile)
            key = (x + 1.95, top, w, TITLE)
            if below:
                last = (x, y, tile, tile)
                key = (x, top - tile - 2 * CAPTION, w, CAPTION)
            high = tile + CAPTION if below else tile
            scale = min((w if below else step * UNITS) / ACROSS / TILE[0], high / ALONG / TILE[1])
            wide, high = TILE[0] * scale, TILE[1] * scale
            batch = (x, top - ALONG * high, ACROSS * wide, ALONG * high)
            clear = (x + (ACROSS - 1) * wide, batch[1], wide, high)
            for axes, box in (
                *zip(self.unit_axes, spots, strict=True),
                (self.seen_axes, last),
                (self.key_axes, key),
                (self.batch_axes, batch),
                (self.clear_axes, clear),
            ):
                form.cells[axes] = (
                    box[0] / form.width,
                    box[1] / form.height,
                    box[2] / form.width,
                    box[3] / form.height,
                )
        figure.take("wide")

    def draw_units(self, figure: PanelFigure) -> list[Any]:
        """Draw the weights of some hidden units, each as a picture of what it looks for."""
        self.unit_axes = [figure.add_axes((0, 0, 1, 1), label=f"unit {k}") for k in range(UNITS)]
        self.key_axes = figure.add_axes((0, 0, 1, 1), label="key")
        self.key_axes.set_axis_off()
        self.units = [self.picture(axes, SIGNED_TILES, -1) for axes in self.unit_axes]
        look: dict[str, Any] = {"va": "top", "ha": "center", "fontsize": 11.5, "color": MUTED}
        self.firing = [axes.text(SIZE / 2, SIZE + 0.4, "", **look) for axes in self.unit_axes]
        self.title = self.heading(self.unit_axes[0], "Units that fire most")
        look |= {"va": "center_baseline", "ha": "left"}
        self.key = []
        for x, words, end in (0, "violet: wants ink", 1.0), (1.3, "orange: wants none", 0.0):
            beside: Any = self.key_axes.transAxes
            beside += ScaledTranslation(x, 0, figure.dpi_scale_trans)
            look |= {"color": SIGNED_TILES(end), "transform": beside}
            self.key.append(self.key_axes.text(0, 0.5, words, **look))
        return [self.units, self.firing, self.title, self.key]

    def draw_seen(self, figure: PanelFigure) -> list[Any]:
        """Draw room for what the network sees of a drawing, and for what it would like to see."""
        axes = self.seen_axes = figure.add_axes((0, 0, 1, 1), label="seen")
        self.seen = self.picture(axes, DIGITS, 0)
        self.wish = self.picture(axes, SIGNED_TILES, -1)
        corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]) * SIZE
        (self.frame,) = axes.plot(*corners.T, color=COLORS["quiet"], linewidth=0.8, clip_on=False)
        self.seen_title = self.heading(axes, "What it sees")
        return [self.seen, self.wish, self.frame, self.seen_title]

    def heading(self, axes: Axes, words: str) -> Any:
        """Write a title that can be hidden, or become another one."""
        return axes.text(0, -1.8, words, fontsize=14.5, fontweight="bold", va="bottom")

    def draw_batch(self, figure: PanelFigure) -> list[Any]:
        """Draw the batch in the place of the hidden units, with a button that empties it."""
        across, along = TILE
        width, height = ACROSS * across, ALONG * along
        batch = figure.add_axes((0, 0, 1, 1), label="batch", xlim=(0, width), ylim=(height, 0))
        self.batch_axes = batch
        self.clear_axes = figure.add_axes((0, 0, 1, 1), label="clear")
        batch.axis("off")
        self.small = batch.imshow(
            np.zeros((height, width)),
            cmap=DIGITS,
            vmin=0,
            vmax=1,
            aspect="auto",
            interpolation="nearest",
            extent=(0, width, height, 0),
        )
        (self.frames,) = batch.plot([], [], color=COLORS["quiet"], linewidth=0.8)
        look: dict[str, Any] = {"ha": "center", "va": "center", "color": INK, "fontsize": 12}
        self.places = [(k % ACROSS * across, k // ACROSS * along) for k in range(MOST)]
        self.labels = [
            batch.text(x + 33, y + 8, "", fontweight="bold", **look) for x, y in self.places
        ]
        self.marks = [batch.text(x + 33, y + 20, "", **look) for x, y in self.places]
        self.clear_axes.axis("off")
        self.button = self.clear_axes.add_patch(
            Rectangle((0, 0.1), 0.95, 0.9, facecolor=PAPER, edgecolor="none")
        )
        self.clear = self.clear_axes.text(0.475, 0.55, "forget", **look)
        self.drag(self.clear_axes, action=self.emptied, hint="")
        return [self.small, self.frames, self.labels, self.marks, self.button, self.clear]

    def emptied(self, pointer: Pointer) -> dict[str, Any]:
        """Empty the batch when its button is pressed."""
        if pointer.kind != "down" or not self.batch:
            return {}
        self.controls["learn"].playing = False
        return {"batch": "", "label": NOTHING}

    def draw_paper(self, axes: Axes) -> None:
        """Draw the paper."""
        axes.set(xlim=(0, SIZE), ylim=(SIZE, 0), aspect="equal", anchor="NW", xticks=[], yticks=[])
        axes.set_title("Draw a digit")
        axes.spines[:].set(visible=True, color=COLORS["quiet"], linewidth=1.2)
        self.scan = axes.imshow(
            np.zeros((SIZE, SIZE)), cmap=DIGITS, vmin=0, vmax=1, extent=(0, SIZE, SIZE, 0)
        )
        (self.lines,) = axes.plot(
            [], [], color=INK, linewidth=13, solid_capstyle="round", solid_joinstyle="round"
        )
        self.drag(axes, action=self.pen, hint="draw your own here")

    def picture(self, axes: Axes, cmap: str | Colormap, low: float) -> Any:
        """Draw an image of which only the pixels change."""
        axes.set_axis_off()
        look: dict[str, Any] = {"cmap": cmap, "vmin": low, "vmax": 1, "interpolation": "nearest"}
        return axes.imshow(np.zeros((SIZE, SIZE)), extent=(0, SIZE, SIZE, 0), **look)

    def draw_answers(self, axes: Axes) -> None:
        """Draw ten bars."""
        left = -0.06
        axes.set(xlim=(left, 1.2), ylim=(9.6, -0.6), xticks=[], yticks=[])
        axes.set_title("How sure it is of each")
        axes.spines[:].set_visible(False)
        axes.axvline(0, color=COLORS["quiet"], linewidth=1)
        self.bars = axes.barh(range(10), np.zeros(10), height=0.7, color=COLORS["path"])
        look: dict[str, Any] = {"va": "center", "ha": "left", "fontsize": 14}
        self.names = [axes.text(left, k, str(k), color=INK, **look) for k in range(10)]
        self.shares = [axes.text(0, k, "", color=MUTED, **look) for k in range(10)]

    def pen(self, pointer: Pointer) -> dict[str, Any]:
        """Draw. The first stroke takes the place of a test digit."""
        if pointer.kind != "down" and not self.drawn:  # it has just been cleared
            return {}
        text = add_to(self.drawn, pointer)
        return {"drawn": text} if text != self.drawn else {}

    def follow(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Let a picture that is read wrong join the batch, once it is said what it really is.

        Another picture has no label yet. Another batch has not been learned yet.
        """
        moves: dict[str, Any] = {}
        if "digit" in settings:
            moves = {"drawn": "", "blank": False}
        elif settings.get("drawn"):
            moves = {"blank": False}
        elif settings.get("blank"):
            moves = {"drawn": ""}
        if settings.keys() & {"digit", "right", "down", "drawn", "blank"}:
            moves["label"] = NOTHING
        if settings.get("label", NOTHING) != NOTHING and "batch" not in settings:
            batch = self.joined({**self.state, **moves, **self._check(settings)})
            moves |= {"batch": batch} if batch != self.batch else {}
        if "batch" in settings or "batch" in moves:
            moves["learn"] = 0
        return moves

    def unused(self, settings: dict[str, Any]) -> Collection[str]:
        """Hide the steps of learning until there is something to learn."""
        return () if settings["batch"] else ("learn",)

    def joined(self, state: dict[str, Any]) -> str:
        """Return the batch after the picture of these settings has been given its label."""
        if is_empty(state):
            return str(state["batch"])
        name, label, pictures = name_of(state), state["label"], pictures_in(state["batch"])
        model = self.lesson(state["batch"]).after(state["learn"])
        (read,) = reads(model, named_picture(name)[None])
        if str(read) != label:
            if name in pictures or len(pictures) < MOST:
                pictures[name] = label
        elif pictures.get(name) != label:
            pictures.pop(name, None)  # another label for it was a slip
        return "; ".join(f"{label} = {name}" for name, label in pictures.items())

    def lesson(self, batch: str) -> Lesson:
        """Return what a batch teaches: the last one is kept, so that Play costs one step."""
        if batch != self._lesson.batch:
            self._lesson = Lesson(self._model, self._before, batch)
        return self._lesson

    @styled
    def update(self) -> tuple[str, str]:
        """Show what is drawn, and what the network makes of it."""
        if self.changed & {"batch", "learn"}:
            self.show_batch()
        pixels = shown_picture(self.state)
        model = self.lesson(self.batch).after(self.learn)
        hidden, sure = scores_of(model, pixels)
        self.scan.set_visible(not self.drawn)
        self.scan.set_data(pixels)
        gap = np.full((1, 2), np.nan)
        points = [part for line in strokes(self.drawn) for part in (line, line[-1:] + 0.01, gap)]
        self.lines.set_data(*(np.concatenate(points) if points else gap).T)
        wanted = self.wanted != NOTHING
        see([self.seen, self.frame, self.seen_title], bool(self.drawn) or wanted)
        self.seen.set_data(pixels)
        self.wish.set_visible(wanted)
        self.seen_title.set_text(f"Toward a {self.wanted}" if wanted else "What it sees")
        if wanted:
            change = wish(model, pixels, int(self.wanted))
            self.wish.set_data(change / max(np.abs(change).max(), 1e-12))
            self.wish.set_alpha(np.where(np.abs(change) > 0.2 * np.abs(change).max(), 0.75, 0.0))
        if not self.batch:
            for unit, text, (kernel, fires) in zip(
                self.units, self.firing, strongest(model, hidden), strict=True
            ):
                unit.set_data(kernel)
                text.set_text(f"fires {fires:.1f}" if fires else "")
        best = int(sure.argmax())
        for k, (bar, share, name) in enumerate(
            zip(self.bars, self.shares, self.names, strict=True)
        ):
            bar.set_width(sure[k])
            bar.set_alpha(1.0 if k == best else 0.45)
            share.set_text(f"{100 * sure[k]:.0f}%" if sure[k] >= 0.005 else "")
            share.set_x(sure[k] + 0.015)
            name.set_fontweight("bold" if k == best else "normal")
        return self.sentence(sure, int((hidden > 0).sum()))

    def show_batch(self) -> None:
        """Show the batch in the place of the hidden units, if there is one."""
        lesson = self.lesson(self.batch)
        self.title.set_text("It read these wrong" if self.batch else "Units that fire most")
        see([*self.units, *self.firing, *self.key], not self.batch)
        see([self.small, self.frames, self.button, self.clear], bool(self.batch))
        right = lesson.right(self.learn)[0] if self.batch else np.array([])
        across, along = TILE
        picture = np.zeros((ALONG * along, ACROSS * across))
        lines: list[tuple[float, float]] = [(np.nan, np.nan)]
        for k in range(MOST):
            shown = k < len(lesson.pictures)
            self.labels[k].set_text(str(lesson.labels[k]) if shown else "")
            self.marks[k].set_text(("✓" if right[k] else "✗") if shown else "")
            if shown:
                x, y = self.places[k]
                picture[y : y + SIZE, x : x + SIZE] = lesson.pictures[k]
                lines += [(x, y), (x + SIZE, y), (x + SIZE, y + SIZE), (x, y + SIZE), (x, y)]
                lines.append((np.nan, np.nan))
        self.small.set_data(picture)
        self.frames.set_data(*np.array(lines).T)

    def sentence(self, sure: Array, firing: int) -> tuple[str, str]:
        """Say what the network reads, and what became of a picture that has its label."""
        best, second = (int(k) for k in np.argsort(sure)[::-1][:2])
        shares = f"{100 * sure[best]:.0f}% for {best}, {100 * sure[second]:.0f}% for {second}"
        verdict = f"It reads a {best}." if sure[best] >= SURE else f"Not sure: perhaps a {best}?"
        pictures = pictures_in(self.batch)
        if self.learn and not pictures:
            return "No batch yet: nothing to learn.", (
                f"Say what a picture really is: if it is read wrong, it joins. Here {shares}."
            )
        if self.learn:
            return self.learned(shares)
        if is_empty(self.state):
            verdict = "The paper is empty: draw a digit."
        elif self.label != NOTHING:
            verdict = self.joining(best, pictures)
        if self.wanted != NOTHING:
            return verdict, (
                "More ink where it is violet and less where it is orange would raise the score of"
                f" {self.wanted}, which has {100 * sure[int(self.wanted)]:.0f}%."
            )
        who = "your digit" if self.drawn else f"test digit {self.digit}, a {self.truth()}"
        if is_empty(self.state):
            who = "no ink at all"
        units = len(layers_of(self._model)[0].bias.data)
        more = f"; {firing} of {units} hidden units fire for {who}"
        if pictures:
            s = "" if len(pictures) == 1 else "s"
            more = f" in {who}. The batch has {len(pictures)} picture{s}"
        return verdict, f"{ink('path', shares)}{more}."

    def learned(self, shares: str) -> tuple[str, str]:
        """Say what the batch has taught, and what that cost."""
        lesson = self.lesson(self.batch)
        (_, before), (right, now) = lesson.right(0), lesson.right(self.learn)
        steps = f"{self.learn} step{'s' if self.learn > 1 else ''}"
        others = f"{'other ' if len(lesson.others) < TEST else ''}{len(lesson.others)} test digits"
        return f"After {steps}: {right.sum()} of {len(right)} right.", (
            f"The price, in the {others}: {before} right before, {now} now. Here"
            f" {ink('path', shares)}."
        )

    def joining(self, best: int, pictures: dict[str, str]) -> str:
        """Say whether the picture, whose label is known, is in the batch, and why."""
        inside = pictures.get(name_of(self.state)) == self.label
        if str(best) == self.label:
            return f"Right: it {'is in' if inside else 'does not join'} the batch."
        if inside:
            return f"It reads a {best}: wrong, joins the batch."
        full = len(pictures) == MOST
        return "Wrong, but the batch is full." if full else f"It reads a {best}: wrong."

    def truth(self) -> int:
        """Return what the test digit is."""
        _, (_, labels) = train_and_test(TRAIN, TEST)
        return int(labels[self.digit])


def strongest(model: Sequential, hidden: Array) -> list[tuple[Array, float]]:
    """Return the kernels of the units that fire most, the strongest first, and how they fire.

    Each goes from -1 to 1. One that does not fire, or that a small network lacks, is 0.
    """
    found = []
    for unit in [int(unit) for unit in np.argsort(-hidden, kind="stable") if hidden[unit] > 0][
        :UNITS
    ]:
        kernel = layers_of(model)[0].kernel.data[:, unit].reshape(SIZE, SIZE)
        found.append((kernel / max(np.abs(kernel).max(), 1e-12), float(hidden[unit])))
    return found + [(np.zeros((SIZE, SIZE)), 0.0)] * (UNITS - len(found))


def see(artists: list[Any], visible: bool) -> None:
    """Show artists, or hide them."""
    for artist in artists:
        if artist.get_visible() != visible:
            artist.set_visible(visible)
