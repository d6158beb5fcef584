"""The landscape of a real network, as far as a flat picture can show it.

Lecture, section 3, "1D → N-dim parameters" and "Local Minimum".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..functional import cross_entropy
from ..layers import Dense, Sequential
from ..live import Explorer, choice, panels, player
from ..optim import SGD, Adam
from ..style import COLORS, DIGITS, INK, LANDSCAPE, MUTED, dot, ink, ring, styled
from ..training import DataLoader, train_step
from .digits import train_and_test
from .formats import counted, number, two_digits

if TYPE_CHECKING:
    from typing import TypeAlias

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    from ..live import Pointer
    from ..optim import Optimizer
    from ..tensor import Array

    Slice: TypeAlias = tuple[Array, Array, Array, Array, tuple[Array, Array]]

STEPS, HIDDEN, BATCH = 100, 32, 64
TRAINED, SHOWN = 2000, 200  # digits to learn from; of them the first SHOWN make the landscape
GRID = 31
COMING = 0.7  # how dark a curve is where the training has not been yet
STRIP, ROW, CELL = 10, 5, 48  # test digits, those in a row, and the pixels that each takes
TRAININGS: dict[str, tuple[type[Optimizer], dict[str, Any]]] = {
    "SGD, lr 0.1": (SGD, {"lr": 0.1}),
    "SGD, lr 0.5": (SGD, {"lr": 0.5}),
    "momentum 0.9, lr 0.1": (SGD, {"lr": 0.1, "momentum": 0.9}),
    "Adam, lr 0.01": (Adam, {"lr": 0.01}),
}
ZOOMS = {"far": 4.0, "whole path": 1.0, "close": 0.25}
# the unit that each weight leads into
UNIT = np.concatenate(
    [np.tile(np.arange(HIDDEN), 784 + 1), HIDDEN + np.tile(np.arange(10), HIDDEN + 1)]
)


class Progress(NamedTuple):
    """How good the network is: two curves (STEPS + 1,), and the answers to STRIP test digits."""

    train_loss: Array
    test_accuracy: Array
    answers: Array


@lru_cache(maxsize=2)  # 10 MB each; what is read from them is small, and kept
def train(training: str, seed: int) -> Array:
    """Return the weights of a network 784-32-10 that learns for STEPS updates.

    They are (STEPS + 1, parameters): a row at the start and after each update.
    """
    (images, labels), _ = train_and_test(TRAINED, SHOWN)
    rng = np.random.default_rng(seed)
    model = Sequential(Dense(784, HIDDEN, "relu", rng=rng), Dense(HIDDEN, 10, rng=rng))
    kind, hyperparameters = TRAININGS[training]
    optimizer = kind(model.parameters(), **hyperparameters)
    loader = DataLoader(images, labels, BATCH, shuffle=True, rng=rng)
    weights = [flat(model)]
    while len(weights) <= STEPS:
        for inputs, targets in loader:
            train_step(model, inputs, targets, cross_entropy, optimizer)
            weights.append(flat(model))
    return np.array(weights[: STEPS + 1])


@lru_cache(maxsize=64)
def progress(training: str, seed: int) -> Progress:
    """Return how good the network is after each update."""
    (images, labels), (test_images, test_labels) = train_and_test(TRAINED, SHOWN)
    known, unknown = (
        logits(train(training, seed), images[:SHOWN]),
        logits(train(training, seed), test_images),
    )
    return Progress(
        losses(known, labels[:SHOWN]),
        (unknown.argmax(axis=2) == test_labels).mean(axis=1),
        unknown[:, :STRIP].argmax(axis=2),
    )


def flat(model: Sequential) -> Array:
    """Return all weights in one row."""
    return np.concatenate([p.data.ravel() for p in model.parameters()])


def parts(rows: Array) -> tuple[Array, Array, Array, Array]:
    """Return rows of all weights as kernels and biases.

    They are (n, 784, 32), (n, 32), (n, 32, 10), (n, 10).
    """
    ends = np.cumsum([784 * HIDDEN, HIDDEN, HIDDEN * 10])
    kernel1, bias1, kernel2, bias2 = np.split(rows, ends, axis=1)
    return kernel1.reshape(-1, 784, HIDDEN), bias1, kernel2.reshape(-1, HIDDEN, 10), bias2


def logits(rows: Array, images: Array) -> Array:
    """Return the scores of many networks at once, one network a row: (n, images, 10)."""
    kernel1, bias1, kernel2, bias2 = parts(rows)
    return np.maximum(images @ kernel1 + bias1[:, None], 0) @ kernel2 + bias2[:, None]


def losses(scores: Array, labels: Array) -> Array:
    """Return the engine's cross entropy of many networks: (n, images, 10) -> (n,)."""
    each = cross_entropy(
        scores.reshape(-1, 10), np.tile(labels, len(scores)), reduction="none"
    ).data
    return each.reshape(len(scores), -1).mean(axis=1)


@lru_cache(maxsize=64)
def directions(training: str, seed: int, kind: str) -> tuple[Array, Array, Array, float]:
    """Return the plane of the picture, and how the path lies to it.

    That is: two directions (2, parameters), coordinates of the path (STEPS + 1, 2), how far the
    path is from the plane (STEPS + 1,), and the share of the path's variation, the sum of squared
    distances from its end, that the two directions show.

    The origin is the end of the path. "principal": the two directions of length 1 in which the
    path, seen from its end, extends the most. "random": Gaussian, and then, for each unit, as long
    as the weights that lead into it (Li et al. 2018): a unit with large weights is moved further.
    """
    weights = train(training, seed)
    way = weights - weights[-1]
    if kind == "principal":
        # The singular vectors from the small matrix of inner products: 101 x 101 instead of 25,450
        # x 25,450.
        length, u = np.linalg.eigh((way @ way.T).astype(np.float64))
        axes = (u[:, [-1, -2]].T @ way) / np.sqrt(length[[-1, -2], None])
        # the start is to the right and above, whatever sign the eigenvectors happen to have
        axes *= np.sign(axes @ way[0])[:, None]
    else:
        axes = np.random.default_rng(seed).standard_normal((2, weights.shape[1]))
        own = np.bincount(UNIT, weights[-1] ** 2)
        axes *= np.sqrt([own / np.bincount(UNIT, axis**2) for axis in axes])[:, UNIT]
    axes = axes.astype(np.float32)
    # the foot of the perpendicular
    place = np.linalg.solve((axes @ axes.T).astype(np.float64), (axes @ way.T).astype(np.float64)).T
    off = np.sqrt(((way - place.astype(np.float32) @ axes) ** 2).sum(axis=1))
    return axes, place, off, float(1 - (off**2).sum() / (way**2).sum())


def slice_losses(end: Array, axes: Array, places: Array) -> Array:
    """Return the loss of the networks end + places @ axes, places (n, 2), on the digits shown.

    The first layer is linear in its weights, so its products with the images are computed for the
    end and the two directions, and mixed for each network.
    """
    (images, labels), _ = train_and_test(TRAINED, SHOWN)
    kernels1, biases1, kernels2, biases2 = parts(np.vstack([end, axes]))
    before = images[:SHOWN] @ kernels1 + biases1[:, None]
    mix = np.column_stack([np.ones(len(places)), places]).astype(np.float32)
    hidden = np.maximum(np.tensordot(mix, before, 1), 0)
    return losses(
        hidden @ np.tensordot(mix, kernels2, 1) + (mix @ biases2)[:, None], labels[:SHOWN]
    )


@lru_cache(maxsize=256)
def landscape(training: str, seed: int, kind: str, zoom: str) -> Slice:
    """Return the slice, and the loss along two ways in it.

    That is: first coordinates, second coordinates, loss (GRID, GRID), loss under the path
    (STEPS + 1,), and (points, losses) from the lowest place of the slice to its edge.
    """
    (axes, place, _, _), end = directions(training, seed, kind), train(training, seed)[-1]
    if kind == "principal":
        low, high = place.min(axis=0), place.max(axis=0)
        reach = (high - low).max()
        # about the end of the path, and far enough beyond it to see the bottom of the valley
        x = ZOOMS[zoom] * np.linspace(low[0] - 0.65 * reach, high[0] + 0.12 * reach, GRID)
        y = ZOOMS[zoom] * ((low[1] + high[1]) / 2 + reach * np.linspace(-0.55, 0.55, GRID))
    else:
        x = y = ZOOMS[zoom] * np.linspace(-1, 1, GRID)
    height = np.array(
        [slice_losses(end, axes, np.column_stack([x, np.full(GRID, row)])) for row in y]
    )
    lowest = np.unravel_index(height.argmin(), height.shape)
    begin = np.array([x[lowest[1]], y[lowest[0]]])
    # below, where there is room, or above
    edge = np.array([x[0] + 0.25 * np.ptp(x), y[0] if lowest[0] > GRID // 3 else y[-1]])
    aside = begin + np.linspace(0.02, 0.96, 4 * GRID)[:, None] * (edge - begin)
    return x, y, height, slice_losses(end, axes, place), (aside, slice_losses(end, axes, aside))


class LossLandscapeExplorer(Explorer):
    """The loss of a real network on real digits over a plane through the end of its training, with
    the path of the training projected on it.

    784-32-10 has 25,450 weights, the plane two: the picture is exact where it is drawn, and silent
    about the other 25,448 directions. It can show how deep and wide the valley is along this plane,
    and, in principal directions, where the training went. It cannot show that there is no wall and
    no way out beside it, and the network is on the plane at the end of its path only: before, the
    dot is its shadow, and the loss of the slice under it is not its own. Random directions show
    almost nothing of the path, as in so many dimensions they are nearly perpendicular to it (Li et
    al. 2018).
    """

    training = choice("trained with", "SGD, lr 0.1", TRAININGS)
    directions = choice("directions", "principal", ["principal", "random"])
    zoom = choice("zoom", "whole path", ZOOMS)
    # no slider: another start is another landscape, a tenth of a second of drawing
    seed = choice("random start  seed", "0", "01234")
    step = player("updates", 25, max=STEPS)

    leads = ("step", "training")

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the plane, some test digits, the loss, and the accuracy."""
        figure, axes = panels(
            {"plane": "hero", "strip": "second", "loss": "second", "right": "second"},
            height=4.6,
            margins={
                "plane": (0.75, 0.15, 0.4, 0.4),
                "strip": (0.75, 0.15, 0.06, 0.4),
                "loss": (0.75, 0.15, 0.3, 0.4),
            },
            wide=[
                (0.57, [("plane", 1)]),
                (0.43, [("strip", 1.35), ("loss", 1.45), ("right", 1.7)]),
            ],
            medium=[
                (4.2, [("plane", 1)]),
                (2.3, [("loss", 1), ("right", 1)]),
                (1.5, [("strip", 1)]),
            ],
            narrow=[
                (3.7, [("plane", 1)]),
                (1.2, [("strip", 1)]),
                (1.9, [("loss", 1)]),
                (2.1, [("right", 1)]),
            ],
        )
        self.plane, strip, self.losses, right = axes.values()
        for curves in (self.losses, right):
            curves.set(xlim=(0, STEPS))
            curves.grid(True)
        right.set_xlabel("updates")
        return figure, [
            self.draw_plane(),
            self.draw_loss(self.losses),
            self.draw_accuracy(right),
            self.draw_strip(strip),
        ]

    def draw_plane(self) -> list[Any]:
        """Draw the path in the slice. Returns what moves, as the other parts of `draw` do."""
        self.plane.set(xticks=[], yticks=[], title="Each point is a network")
        self.background: list[Artist] = []
        (self.whole,) = self.plane.plot([], [], color=COLORS["quiet"], linewidth=1.5)
        (self.path,) = self.plane.plot(
            [], [], ".-", color=COLORS["path"], markersize=4, linewidth=1.6
        )
        self.start = ring(self.plane)
        self.end = ring(self.plane, [0], [0], marker="D", size=9)  # not a star: no minimum
        self.now = dot(self.plane, size=12)
        self.drag(self.plane, action=self.along, hint="drag the dot")  # in the corner: off the path
        return [self.path, self.start, self.end, self.now]

    def along(self, pointer: Pointer) -> dict[str, Any]:
        """Go to the place on the path that is nearest to the pointer."""
        place = directions(self.training, int(self.seed), self.directions)[1]
        pixels = self.plane.transData.transform([*place, (pointer.x, pointer.y)])
        return {"step": int(np.linalg.norm(pixels[:-1] - pixels[-1], axis=1).argmin())}

    def draw_loss(self, axes: Axes) -> list[Any]:
        """Draw the loss of the network, and that of the slice under it."""
        axes.set(title=f"Loss of {SHOWN} training digits")
        (self.loss,) = axes.plot([], [], color=COLORS["path"], alpha=COMING, linewidth=1.2)
        (self.shadow,) = axes.plot([], [], ":", color=COLORS["loss"])
        self.shadow_name = axes.text(
            0.98,
            0.9,
            "the slice under the dot (dotted)",
            color=COLORS["loss"],
            ha="right",
            va="center",
            fontsize=12,
            transform=axes.transAxes,
        )
        (self.loss_before,) = axes.plot([], [], color=COLORS["path"])
        self.loss_now = dot(axes, clip_on=False)
        self.drag(axes, x="step", hint="")
        return [self.loss_before, self.loss_now]

    def draw_accuracy(self, axes: Axes) -> list[Any]:
        """Draw the share of right answers."""
        axes.set(
            ylim=(0, 1),
            yticks=(0, 0.5, 1),
            yticklabels=("0", "50", "100%"),
            title=f"Right answers to {SHOWN} test digits",
        )
        look: dict[str, Any] = {"color": COLORS["validation"], "linestyle": "--"}
        (self.right,) = axes.plot([], [], alpha=COMING, linewidth=1.2, **look)
        (self.right_before,) = axes.plot([], [], **look)
        self.right_now = dot(axes, color="validation", clip_on=False)
        self.drag(axes, x="step", hint="")
        return [self.right_before, self.right_now]

    def draw_strip(self, axes: Axes) -> list[Any]:
        """Draw some test digits, and under each the network's answer."""
        _, (images, labels) = train_and_test(TRAINED, SHOWN)
        # two rows, and beside each digit room for an answer
        page = np.zeros((STRIP, 28, CELL))
        page[:, :, :28] = images[:STRIP].reshape(-1, 28, 28)
        rows = [np.hstack([*page[i : i + ROW]]) for i in range(0, STRIP, ROW)]
        axes.imshow(np.vstack(rows), cmap=DIGITS, vmin=0, vmax=1, interpolation="nearest")
        axes.set_title("What the network at the dot reads")
        axes.axis("off")
        axes.set_anchor("NW")
        (self.wrong,) = axes.plot([], [], color=INK, linewidth=1.2)
        self.labels = labels[:STRIP]
        self.answers = [
            axes.text(*middle(i), "", ha="center", va="center", fontsize=14) for i in range(STRIP)
        ]
        return [self.wrong, self.answers]

    def update(self) -> tuple[str, str]:
        """Show the training up to this update."""
        which = self.training, int(self.seed)
        trained, (_, place, off, share) = progress(*which), directions(*which, self.directions)
        if self.changed - {"step"}:
            self.draw_slice(trained, place)
        n = self.step
        self.path.set_data(*place[: n + 1].T)
        self.now.set_data(*place[n : n + 1].T)
        self.loss_before.set_data(range(n + 1), trained.train_loss[: n + 1])
        self.right_before.set_data(range(n + 1), trained.test_accuracy[: n + 1])
        self.loss_now.set_data([n], trained.train_loss[n : n + 1])
        self.right_now.set_data([n], trained.test_accuracy[n : n + 1])
        right = trained.answers[n] == self.labels
        for text, answer, is_right in zip(self.answers, trained.answers[n], right, strict=True):
            text.set_text(str(answer))
            text.set_color(MUTED if is_right else INK)
            text.set_fontweight("normal" if is_right else "bold")
        self.wrong.set_data(*frames(right))
        if self.directions == "random":
            return (
                "Random directions hardly show the path.",
                (
                    f"They show {number(100 * share)}% of its variation: from start to end the"
                    f" network goes {number(off[0])} far in directions that nobody sees."
                ),
            )
        return (
            f"{counted(n, 'update')} down the way: loss {number(trained.train_loss[n])}.",
            (
                f"{right.sum()} of the ten digits {'is' if right.sum() == 1 else 'are'} right, and"
                f" {number(100 * trained.test_accuracy[n])}% of all {SHOWN}"
                f" {ink('validation', 'test digits')}. The plane shows {number(100 * share)}% of"
                f" the {ink('path', 'path')}."
            ),
        )

    @styled
    def draw_slice(self, trained: Progress, place: Array) -> None:
        """Draw what changes with the plane: its level lines, axes and curves."""
        for artist in self.background:
            artist.remove()
        x, y, height, under, (down, along) = landscape(
            self.training, int(self.seed), self.directions, self.zoom
        )
        levels = np.geomspace(height.min(), height.max(), 15)
        fill = self.plane.contourf(x, y, np.log(height), np.log(levels), cmap=LANDSCAPE, zorder=0)
        lines = self.plane.contour(
            x,
            y,
            np.log(height),
            np.log(levels[1:-1]),
            colors=COLORS["quiet"],
            alpha=0.6,
            linewidths=0.8,
            linestyles="solid",
            zorder=0.5,
        )
        # Where a line is crossed on the way to the corner, and the path is not near. Not clabel,
        # which looks at the pixels: the same settings are to give the same picture.
        texts: dict[int, Text] = {}
        along = np.maximum.accumulate(along)
        size = np.array([np.ptp(x), np.ptp(y)])
        for i, level in enumerate(levels[1:-1], start=1):
            k = int(np.argmax((along >= level) != (along[0] >= level)))
            away = np.linalg.norm((down[k] - place) / size, axis=1).min()
            right, up = (down[k] - (x[0], y[0])) / size
            free = away > 0.1 and 0.05 < right < 0.95 and up > 0.05  # of the path, in the picture
            # nor of the word below the end, which is the origin
            dx, dy = np.abs(down[k] / size + (0, 0.07))
            free = free and (dx > 0.2 or dy > 0.09)
            if k and free and min([abs(k - k2) for k2 in texts], default=GRID) >= 24:
                texts[k] = self.plane.text(
                    down[k, 0],
                    down[k, 1],
                    two_digits(level) if texts else f"loss {two_digits(level)}",
                    color=INK,
                    fontsize=11,
                    ha="center",
                    va="center",
                    bbox={
                        "facecolor": LANDSCAPE(i / (len(levels) - 1)),
                        "edgecolor": "none",
                        "pad": 1.5,
                    },
                )
        self.background = [fill, lines, *texts.values()]
        apart = np.linalg.norm(place[0] / [x[-1] - x[0], y[-1] - y[0]]) > 0.15
        for words, (i, j) in (
            (("start", place[0]), ("end", (0, 0))) if apart else (("start and end", place[0]),)
        ):
            self.background.append(
                self.plane.annotate(
                    words,
                    (i, j),
                    xytext=(0, -9 if words == "end" else 9),
                    textcoords="offset points",
                    ha="center",
                    va="top" if words == "end" else "baseline",
                    color=INK,
                    clip_on=True,
                )
            )
        which = "principal direction" if self.directions == "principal" else "random direction"
        self.plane.set(
            xlim=(x[0], x[-1]),
            ylim=(y[0], y[-1]),
            xlabel=f"1st {which}",
            ylabel=f"2nd {which}",
        )
        self.whole.set_data(*place.T)
        self.start.set_data(*place[:1].T)
        self.loss.set_data(range(STEPS + 1), trained.train_loss)
        self.shadow.set_data(range(STEPS + 1), under)
        self.right.set_data(range(STEPS + 1), trained.test_accuracy)
        top = 1.05 * max(trained.train_loss.max(), under.max())
        self.losses.set_ylim(0, top)
        for artist in (self.shadow, self.shadow_name):  # only where it leaves the curve
            artist.set_visible(bool(np.abs(under - trained.train_loss).max() > 0.05 * top))


def middle(i: int) -> tuple[float, float]:
    """Return the middle of the place beside a digit where its answer stands."""
    return CELL * (i % ROW) + 36, 28 * (i // ROW) + 14.5


def frames(right: Array) -> Array:
    """Return the frames around wrong answers, as one line with gaps."""
    frame = np.array([(-7, -11), (7, -11), (7, 11), (-7, 11), (-7, -11), (np.nan, np.nan)])
    wrong = [middle(i) for i in np.flatnonzero(~right).tolist()]
    return np.reshape([frame + place for place in wrong], (-1, 2)).T
