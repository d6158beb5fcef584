"""Draw a digit: a network that learned from real ones reads it as you draw.

Lecture, section 4, "Training in a nutshell".
"""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..functional import cross_entropy
from ..layers import Dense, Sequential
from ..live import (
    Explorer,
    Pointer,
    add_to,
    choice,
    drawing,
    int_slider,
    panels,
    player,
    strokes,
)
from ..optim import SGD, Adam
from ..style import COLORS, DIGITS, INK, MUTED, SIGNED, ink, styled
from ..training import DataLoader, evaluate, fit, train_step
from .digits import train_and_test

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..tensor import Array

TRAIN, TEST, HIDDEN = 8000, 500, 64
SIZE, BOX = 28, 20.0  # pixels: of a picture, and of the ink in it, as in MNIST
PEN = 1.1  # pixels: half the width of a line
SURE = 0.8  # of the probability: below that the network is not sure
LEARNING = 20  # steps
WIPE = 23.5, 3.0  # pixels: the corner of the paper to the right of one and above the other
LR = 0.05


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
    """Return a drawing as MNIST's digits are: 20 pixels large, its centre of mass in the middle.

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
    for _ in range(2):  # ink beyond the edge moves the centre of what is left
        picture = inked(lines)
        middles = np.arange(SIZE) + 0.5
        mass = np.array([(picture.sum(axis=axis) @ middles) for axis in (0, 1)])
        lines = [line + SIZE / 2 - mass / picture.sum() for line in lines]
    return inked(lines)


def shifted(picture: Array, right: int, down: int) -> Array:
    """Return a picture moved by whole pixels; what leaves it is lost."""
    padded = np.pad(picture, SIZE)
    return padded[SIZE - down : 2 * SIZE - down, SIZE - right : 2 * SIZE - right]


# --- what the network makes of it ---


def scores_of(model: Sequential, pixels: Array) -> tuple[Array, Array]:
    """Return the outputs of the hidden layer, and the probabilities of the ten digits."""
    hidden = model.layers[0](pixels.reshape(1, -1).astype(np.float32)).data
    scores = np.asarray(model(pixels.reshape(1, -1).astype(np.float32)).data[0], float)
    powers = np.exp(scores - scores.max())
    return np.asarray(hidden[0], float), powers / powers.sum()


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


class DigitExplorer(Explorer):
    """Draw a digit, and a trained network reads it while you draw: its ten answers, the hidden
    units that fire, and which pixels would make it another digit.

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

    wanted = choice("what would make it a ...", "off", ["off", *"0123456789"])
    digit = int_slider("or a test digit  no.", 4, min=0, max=TEST - 1)
    right = int_slider("move it right", 0, min=-8, max=8)
    down = int_slider("move it down", 0, min=-8, max=8)
    label = choice("it really is a ...", "not said", ["not said", *"0123456789"])
    learn = player("learn it: steps", 0, max=LEARNING)
    drawn = drawing("your drawing")

    leads = ("digit", "wanted")
    together = (("right", "down"),)

    def __init__(self, model: Sequential | None = None, **settings: Any) -> None:
        if model is not None:
            check_model(model)
        # its own, for it learns
        self._model = copy.deepcopy(trained() if model is None else model)
        self._before = [p.data.copy() for p in self._model.parameters()]
        super().__init__(**settings)

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the paper, what the network sees of it, its hidden units, and its answers."""
        bare = 0.2, 0.2, 0.2, 0.4
        figure, axes = panels(
            {"paper": "hero", "answers": "second", "seen": "detail", "units": "detail"},
            margins={"paper": bare, "seen": bare, "units": bare, "answers": (0.4, 0.7, 0.3, 0.4)},
            wide=[
                (0.4, [("paper", 1)]),
                (0.25, [("seen", 1), ("units", 1)]),
                (0.35, [("answers", 1)]),
            ],
            medium=[(4.2, [("paper", 1), ("answers", 1)]), (3, [("seen", 1), ("units", 1)])],
            narrow=[
                (3.8, [("paper", 1)]),
                (2.6, [("answers", 1)]),
                (2.3, [("seen", 1), ("units", 1)]),
            ],
        )
        self.paper, self.seen_axes = axes["paper"], axes["seen"]
        self.draw_paper(self.paper)
        self.seen = self.picture(axes["seen"], "What it sees", DIGITS, 0, 1)
        self.wish = self.picture(axes["seen"], "What it sees", SIGNED, -1, 1)
        self.units = self.picture(axes["units"], "Units that fire", SIGNED, -1, 1)
        self.draw_answers(axes["answers"])
        return figure, [
            [self.scan, self.lines, self.wipe, self.seen, self.wish, self.units],
            [self.bars, self.shares, self.names],
        ]

    def draw_paper(self, axes: Axes) -> None:
        """Draw the paper, with a corner that wipes it."""
        axes.set(xlim=(0, SIZE), ylim=(SIZE, 0), aspect="equal", xticks=[], yticks=[])
        axes.set_title("Draw a digit here")
        axes.spines[:].set_visible(True)
        self.scan = axes.imshow(
            np.zeros((SIZE, SIZE)), cmap=DIGITS, vmin=0, vmax=1, extent=(0, SIZE, SIZE, 0)
        )
        (self.lines,) = axes.plot(
            [], [], color=INK, linewidth=13, solid_capstyle="round", solid_joinstyle="round"
        )
        self.wipe = axes.text(SIZE - 0.5, 1.6, "wipe", ha="right", color=MUTED, fontsize=12)
        self.drag(axes, action=self.pen, hint="draw")

    def picture(self, axes: Axes, title: str, cmap: str, low: float, high: float) -> Any:
        """Draw an image of which only the pixels change."""
        axes.set(xticks=[], yticks=[])
        axes.set_title(title)
        axes.spines[:].set_visible(True)
        return axes.imshow(
            np.zeros((SIZE, SIZE)), cmap=cmap, vmin=low, vmax=high, interpolation="nearest"
        )

    def draw_answers(self, axes: Axes) -> None:
        """Draw ten bars."""
        axes.set(xlim=(0, 1), ylim=(9.6, -0.6), xticks=[], yticks=[])
        axes.set_title("How sure it is of each")
        axes.spines[:].set_visible(False)
        axes.axvline(0, color=COLORS["quiet"], linewidth=1)
        self.bars = axes.barh(range(10), np.zeros(10), height=0.7, color=COLORS["path"])
        look: dict[str, Any] = {"va": "center", "fontsize": 14}
        self.names = [axes.text(-0.03, k, str(k), ha="right", color=INK, **look) for k in range(10)]
        self.shares = [axes.text(0, k, "", ha="left", color=MUTED, **look) for k in range(10)]

    def pen(self, pointer: Pointer) -> dict[str, Any]:
        """Draw. The first stroke takes the place of a test digit, and the corner wipes it all."""
        if pointer.kind == "down" and self.drawn and pointer.x > WIPE[0] and pointer.y < WIPE[1]:
            return {"drawn": ""}
        if pointer.kind != "down" and not self.drawn:  # it has just been wiped
            return {}
        text = add_to(self.drawn, pointer)
        return {"drawn": text} if text != self.drawn else {}

    def follow(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Choose a test digit, and the drawing goes; draw, and nothing has been learned yet."""
        if "digit" in settings:
            return {"drawn": "", "label": "not said", "learn": 0}
        return {"learn": 0} if "drawn" in settings or "label" in settings else {}

    def pixels(self) -> Array:
        """Return the picture that the network gets."""
        if self.drawn:
            picture = as_mnist(self.drawn)
        else:
            _, (images, _) = train_and_test(TRAIN, TEST)
            picture = np.asarray(images[self.digit], float).reshape(SIZE, SIZE)
        return shifted(picture, self.right, self.down)

    def taught(self, pixels: Array) -> Sequential:
        """Return the network after so many steps on this picture, from where it was before."""
        for parameter, before in zip(self._model.parameters(), self._before, strict=True):
            parameter.data = before.copy()
        if self.learn and self.label != "not said":
            batch = np.stack(
                [shifted(pixels, x, y).ravel() for x in (-1, 0, 1) for y in (-1, 0, 1)]
            ).astype(np.float32)
            labels = np.full(len(batch), int(self.label))
            optimizer = SGD(self._model.parameters(), lr=LR)
            for _ in range(self.learn):
                train_step(self._model, batch, labels, cross_entropy, optimizer)
        return self._model

    @styled
    def update(self) -> tuple[str, str]:
        """Show what is drawn, and what the network makes of it."""
        pixels = self.pixels()
        model = self.taught(pixels)
        hidden, sure = scores_of(model, pixels)
        self.scan.set_visible(not self.drawn)
        self.scan.set_data(pixels)
        self.wipe.set_visible(bool(self.drawn))
        gap = np.full((1, 2), np.nan)
        points = [part for line in strokes(self.drawn) for part in (line, line[-1:] + 0.01, gap)]
        self.lines.set_data(*(np.concatenate(points) if points else gap).T)
        self.seen.set_data(pixels)
        self.wish.set_visible(self.wanted != "off")
        if self.wanted != "off":
            change = wish(model, pixels, int(self.wanted))
            self.wish.set_data(change / max(np.abs(change).max(), 1e-12))
            self.wish.set_alpha(np.where(np.abs(change) > 0.15 * np.abs(change).max(), 0.85, 0.0))
        self.units.set_data(strongest(model, hidden))
        best = int(sure.argmax())
        for k, (bar, share, name) in enumerate(
            zip(self.bars, self.shares, self.names, strict=True)
        ):
            bar.set_width(sure[k])
            bar.set_alpha(1.0 if k == best else 0.45)
            share.set_text(f"{100 * sure[k]:.0f} %" if sure[k] >= 0.005 else "")
            share.set_x(sure[k] + 0.02)
            name.set_fontweight("bold" if k == best else "normal")
        return self.sentence(model, sure, int((hidden > 0).sum()))

    def sentence(self, model: Sequential, sure: Array, firing: int) -> tuple[str, str]:
        """Say what the network reads."""
        best, second = (int(k) for k in np.argsort(sure)[::-1][:2])
        shares = f"{100 * sure[best]:.0f} % for {best}, {100 * sure[second]:.0f} % for {second}"
        verdict = f"It reads a {best}." if sure[best] >= SURE else f"Not sure: perhaps a {best}?"
        if self.learn and self.label == "not said":
            return "Say first what it really is.", f"Without a label nothing is learned. {shares}."
        if self.learn:
            _, test = train_and_test(TRAIN, TEST)
            _, right = evaluate(model, *test, cross_entropy)
            return (
                f"After {self.learn} steps: a {best}.",
                (
                    f"{shares}. The price: of {TEST} test digits it now reads"
                    f" {100 * float(right or 0):.1f} % right."
                ),
            )
        if self.wanted != "off":
            return verdict, (
                "More ink where it is violet and less where it is orange would raise the score of"
                f" {self.wanted}, which has {100 * sure[int(self.wanted)]:.0f} %."
            )
        who = "your digit" if self.drawn else f"test digit {self.digit}, a {self.truth()}"
        units = len(layers_of(model)[0].bias.data)
        return verdict, f"{ink('path', shares)}; {firing} of {units} hidden units fire for {who}."

    def truth(self) -> int:
        """Return what the test digit is."""
        _, (_, labels) = train_and_test(TRAIN, TEST)
        return int(labels[self.digit])


def strongest(model: Sequential, hidden: Array) -> Array:
    """Return the kernels of the nine units that fire most, side by side, the strongest first.

    Each is as strong in colour as its unit fires: from -1 to 1 of the first one's largest weight.
    """
    order = np.argsort(-hidden, kind="stable")[:9]
    kernels = layers_of(model)[0].kernel.data.T[order].reshape(-1, SIZE, SIZE)
    largest = np.maximum(np.abs(kernels).max(axis=(1, 2), keepdims=True), 1e-12)
    share = (hidden[order] / max(hidden[order[0]], 1e-12)).reshape(-1, 1, 1)
    # a small network may have fewer than nine
    tiles = np.pad(kernels / largest * share, ((0, 9 - len(order)), (0, 1), (0, 1)))
    return tiles.reshape(3, 3, 29, 29).swapaxes(1, 2).reshape(87, 87)[:86, :86]
