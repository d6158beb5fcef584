"""The four steps of the training loop on real digits.

Lecture, section 1, "Training loop", and "about 10% accuracy" of section 2.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, ScaledTranslation

from ..functional import cross_entropy, softmax
from ..layers import Dense, Sequential
from ..live import Explorer, int_slider, log_slider, panels, player
from ..optim import SGD
from ..style import COLORS, DIGITS, INK, MUTED, PAPER, SIGNED, dot, ink, styled
from ..training import evaluate, train_step
from .digits import train_and_test
from .formats import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    from ..live import Pointer
    from ..tensor import Array

BATCH, UPDATES, HIDDEN, SHOWN = 10, 100, 32, 16
SLOW = 3  # so many updates unfold in their four steps; after that one press is one update
LAST = 4 * SLOW + UPDATES - SLOW  # of the player, which counts from 1
TESTS = 200
PARAMETERS = 784 * HIDDEN + HIDDEN + HIDDEN * 10 + 10
GUESSING = np.log(10)  # the cross entropy of ten equal probabilities
PROBABILITY = LinearSegmentedColormap.from_list("probability", ["white", COLORS["path"]])
PALE = 1.8  # of PROBABILITY, 1 / PALE is the most probable: marks in ink are seen on it
SMALL = 0.6  # the power of a change that its color has: small ones are seen, too
CHECK = Path(np.array([(-1, 0.1), (-0.25, -0.75), (1, 0.9)]))  # its stroke is drawn by a pen, too
STEPS = ["batch", "forward", "loss", "update"]
TITLES = ["1  Draw a batch", "2  Forward pass", "3  Loss", "4  Update"]
# of the circle of the loop, clockwise from the top
ANGLES = np.radians([135, 45, -45, -135])
RADIUS = 0.62  # inches
DIM = 0.6  # of what is not its turn
GAP = 0.3  # between a way and the steps at its ends: an angle


def batch_of(update: int) -> tuple[Array, Array]:
    """Return (images, labels) of one update."""
    batch = slice(BATCH * update, BATCH * (update + 1))
    images, labels = train_and_test(UPDATES * BATCH, TESTS)[0]
    return images[batch], labels[batch]


class Run:
    """A short training of a 784-32-10 network, from random weights, one batch after another.

    It goes on when more of it is asked for.

    Lists with an entry for each update, what each panel of the picture shows: the probabilities
    (batch, 10) before it, the losses (batch,), the changes (784, shown) of the kernel of the first
    hidden units, (how many parameters moved, how far the farthest did). And the accuracy on the
    test images, before any update and after each.
    """

    def __init__(self, lr: float, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.model = Sequential(Dense(784, HIDDEN, "relu", rng=rng), Dense(HIDDEN, 10, rng=rng))
        self.optimizer = SGD(self.model.parameters(), lr=lr)
        self.probabilities: list[Array] = []
        self.losses: list[Array] = []
        self.changes: list[Array] = []
        self.moved: list[tuple[int, float]] = []
        self.accuracy: list[Any] = [self.tested()]

    def tested(self) -> float | None:
        """Return the accuracy on the test images."""
        test = train_and_test(UPDATES * BATCH, TESTS)[1]
        return evaluate(self.model, *test, cross_entropy)[1]

    def until(self, updates: int) -> Run:
        """Train on until so many updates are made, and return this run."""
        for n in range(len(self.losses), updates):
            images, labels = batch_of(n)
            before = [parameter.data.copy() for parameter in self.model.parameters()]
            _, preds = train_step(self.model, images, labels, cross_entropy, self.optimizer)
            changes = [
                parameter.data - old
                for parameter, old in zip(self.model.parameters(), before, strict=True)
            ]
            self.probabilities.append(softmax(preds.data).data)
            self.losses.append(cross_entropy(preds.data, labels, reduction="none").data)
            self.changes.append(changes[0][:, :SHOWN])
            self.moved.append(
                (
                    sum(int(np.count_nonzero(change)) for change in changes),
                    max(np.abs(change).max() for change in changes),
                )
            )
            self.accuracy.append(self.tested())
        return self


@lru_cache(maxsize=8)
def train(lr: float, seed: int) -> Run:
    """Return the run with these settings, as far as it has got."""
    return Run(lr, seed)


def place(step: int) -> tuple[int, int]:
    """Return (update, phase) of a step of the player.

    Phases 0 to 3 are the four steps of the loop. The player's first step is 1, so that it and the
    steps of the loop have the same numbers.

    >>> place(1), place(4), place(5)
    ((0, 0), (0, 3), (1, 0))
    """
    return divmod(step - 1, 4) if step <= 4 * SLOW else (step - 1 - 4 * SLOW + SLOW, 3)


def step_after(updates: int) -> int:
    """Return the step of the player with which so many updates are made.

    >>> [place(step_after(updates)) for updates in (1, 3, 100)]
    [(0, 3), (2, 3), (99, 3)]
    """
    return min(max(4 * updates, 1), 4 * SLOW + updates - SLOW)


class TrainingLoopExplorer(Explorer):
    """The four steps of the training loop on real digits: batch, predictions, loss, change of the
    weights; and the accuracy that results.
    """

    step = player("step of the loop", 4, min=1, max=LAST, interval=300)
    lr = log_slider("learning rate  lr", 0.1, min=1e-3, max=3)
    seed = int_slider("initial weights  seed", 0, min=0, max=9)

    leads = ("step", "lr")

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the four steps of the loop, the loop itself, and the accuracy."""
        side = 0.55, 0.1  # each digit stands above its probabilities and its loss
        figure, axes = panels(
            {
                "ring": "second",
                "batch": "second",
                "forward": "second",
                "losses": "second",
                "update": "hero",
                "accuracy": "second",
            },
            height=4.6,
            margins={
                "ring": (0.1, 0.1, 0.1, 0.1),
                "batch": (*side, 0.02, 0.34),
                "forward": (*side, 0.32, 0.34),
                "losses": (*side, 0.1, 0.36),
                "update": (0.25, 0.1, 0.76, 0.34),
                "accuracy": (0.62, 0.16, 0.55, 0.4),
            },
            wide=[
                (0.27, [("ring", 0.78), ("accuracy", 1.22)]),
                (0.41, [("batch", 0.95), ("forward", 2.35), ("losses", 1.3)]),
                (0.32, [("update", 1)]),
            ],
            medium=[
                (1.9, [("ring", 0.7), ("accuracy", 1.5)]),
                (1.48, [("batch", 1)]),
                (2.4, [("forward", 1)]),
                (1.3, [("losses", 1)]),
                (3.9, [("update", 1)]),
            ],
            narrow=[
                (1.95, [("ring", 0.9), ("accuracy", 1.4)]),
                (0.89, [("batch", 1)]),
                (2.5, [("forward", 1)]),
                (1.35, [("losses", 1)]),
                (4.4, [("update", 1)]),
            ],
        )
        ring, batch, forward, losses, update, curve = axes.values()
        for part in (batch, forward, losses):
            part.set(xlim=(-0.5, BATCH - 0.5), xticks=[])
        for part in (batch, update):
            part.spines[:].set_visible(False)
            part.tick_params(length=0)
        moves = [
            self.draw_batch(batch),
            self.draw_forward(forward),
            self.draw_losses(losses),
            self.draw_update(update),
            self.draw_accuracy(curve),  # before the ring: here is room for the hint
            self.draw_ring(ring),
        ]
        # titles that move: one is bold, in its turn
        self.titles = [
            over(part, words, 0, fontsize=14.5)
            for part, words in zip((batch, forward, losses, update), TITLES, strict=True)
        ]
        return figure, [moves, self.titles]

    def draw_batch(self, axes: Axes) -> list[Any]:
        """Draw the images with their labels.

        Returns what moves, as the other parts of `draw` do.
        """
        self.images = axes.imshow(
            np.zeros((28, 28 * BATCH)),
            cmap=DIGITS,
            vmin=0,
            vmax=1,
            extent=(-0.5, BATCH - 0.5, 0, 1),
            interpolation="nearest",
        )
        axes.set(ylim=(-0.55, 1), aspect="auto", yticks=[-0.3], yticklabels=["truth"])
        self.labels = [
            axes.text(i, -0.3, "", ha="center", va="center", fontsize=13) for i in range(BATCH)
        ]
        return [self.images, self.labels]

    def draw_forward(self, axes: Axes) -> list[Any]:
        """Draw the probabilities of the ten digits for each image."""
        self.scores = axes.imshow(
            np.zeros((10, BATCH)),
            cmap=PROBABILITY,
            vmin=0,
            vmax=PALE,
            aspect="auto",
            interpolation="nearest",
        )
        axes.set(ylim=(9.5, -0.5), yticks=range(10), ylabel="digit")
        axes.tick_params(axis="y", labelsize=11, length=0)
        axes.set_xlabel("□ truth    ✓ right    ✗ wrong", loc="right", fontsize=12, labelpad=2)
        look: dict[str, Any] = {"color": INK, "linestyle": "none", "markerfacecolor": "none"} | {
            "clip_on": False
        }
        (self.true,) = axes.plot([], [], marker="s", markersize=11, markeredgewidth=1.3, **look)
        (self.right,) = axes.plot([], [], marker=CHECK, markersize=8, markeredgewidth=2.2, **look)
        (self.wrong,) = axes.plot([], [], marker="x", markersize=6, markeredgewidth=2.2, **look)
        self.scale = over(axes, "", 1, fontsize=12, color=COLORS["path"])
        self.no_forward = asked(axes, "What does the network see?")
        return [self.scores, self.true, self.right, self.wrong, self.scale, self.no_forward]

    def draw_losses(self, axes: Axes) -> list[Any]:
        """Draw the loss of each image, as a bar, and their mean."""
        axes.set(ylim=(0, 5), yticks=range(0, 5, 2), ylabel="loss")
        # one artist, where ten bars would be slow
        (self.bars,) = axes.fill([0, 0, 0], [0, 0, 0], color=COLORS["quiet"], alpha=0.4)
        # a head at the edge: apart from the line of guessing, however near they are
        look: dict[str, Any] = {"clip_on": False, "markeredgecolor": "white", "zorder": 4}
        (self.mean,) = axes.plot([], [], "<", color=COLORS["path"], markersize=14, **look)
        guessing: dict[str, Any] = {"color": COLORS["limit"], "linestyle": "--", "linewidth": 1.4}
        self.chance = axes.axhline(GUESSING, zorder=3, **guessing)
        self.mean_text = over(axes, "", 1, fontsize=12, color=COLORS["path"])
        self.no_losses = asked(axes, "How wrong is that?", y=0.75)
        return [self.bars, self.mean, self.chance, self.mean_text, self.no_losses]

    def draw_update(self, axes: Axes) -> list[Any]:
        """Draw the changes of some of the weights."""
        self.mosaic = axes.imshow(
            np.zeros((120, 120)),
            cmap=SIGNED,
            vmin=-1,
            vmax=1,
            extent=(0, 120, 120, 0),
            interpolation="nearest",
        )
        axes.set(xlim=(0, 120), ylim=(120, 0), aspect="equal", xticks=[], yticks=[])
        axes.set_facecolor(PAPER)
        # below it a bar of its colors, as wide as fits beside its words
        look: dict[str, Any] = {"va": "center", "fontsize": 12}
        axes.text(0, 126, f"change of the weights of {SHOWN} hidden units", **look)
        axes.text(0, 134, "down", **look)
        axes.text(66, 134, "up", **look)
        shades = np.linspace(-1, 1, 41)[None]
        place: Any = (19, 63, 136, 132)
        axes.imshow(shades, cmap=SIGNED, extent=place, aspect="auto", clip_on=False)
        axes.set(xlim=(0, 120), ylim=(120, 0), aspect="equal")
        self.no_update = asked(axes, "")
        return [self.mosaic, self.no_update]

    def draw_ring(self, axes: Axes) -> list[Any]:
        """Draw the loop: four steps on a circle, and the way from one to the next."""
        axes.axis("off")
        # a circle in all forms: its radius is in inches, around the middle of the axes
        middle: Any = axes.transAxes
        middle = ScaledTranslation(0.5, 0.5, middle)
        look: dict[str, Any] = {
            "transform": Affine2D().scale(RADIUS) + axes.figure.dpi_scale_trans + middle
        }
        circle = np.linspace(0, 2 * np.pi, 100)
        axes.plot(np.cos(circle), np.sin(circle), color=COLORS["quiet"], linewidth=1.2, **look)
        color = COLORS["path"]
        (self.way,) = axes.plot([], [], color=color, linewidth=4, **look)
        # the head of the arrow, of which a step turns its own
        self.heads = [
            axes.plot([], [], color=color, marker=(3, 0, turned), markersize=13, **look)[0]
            for turned in np.degrees(ANGLES + GAP) - 180
        ]
        self.steps = []
        for number, (angle, words) in enumerate(zip(ANGLES, STEPS, strict=True)):
            x, y = np.cos(angle), np.sin(angle)
            disc = dot(axes, [x], [y], "quiet", 21, zorder=4, **look)
            written: dict[str, Any] = {"ha": "center", "va": "center_baseline", "zorder": 5} | look
            sign = axes.text(x, y, str(number + 1), color="white", weight="bold", **written)
            name = axes.text(x, y + 0.45 * np.sign(y), words, **written)
            self.steps.append((disc, sign, name))
        axes.text(0, 0.2, "update", ha="center", va="center", **look)
        self.round = axes.text(0, -0.2, "", ha="center", va="center", weight="bold", **look)
        self.crank = 0.0, 0.0  # how far a drag has turned it, in steps, and where the pointer was
        self.drag(axes, action=self.turn)
        return [self.way, self.heads, *self.steps, self.round]

    def draw_accuracy(self, axes: Axes) -> list[Any]:
        """Draw the accuracy after each update."""
        axes.set(
            xlim=(0, UPDATES),
            ylim=(0, 125),  # room above the curve
            yticks=(0, 50, 100),
            yticklabels=("0%", "50%", "100%"),
            xlabel="updates made",
        )
        axes.set_title("Accuracy on new digits", fontweight="normal", fontsize=13)
        axes.grid(True)
        axes.axhline(10, color=COLORS["limit"], linestyle="--", linewidth=1.2)
        look: dict[str, Any] = {"ha": "right", "va": "bottom", "fontsize": 12, "color": MUTED}
        self.guessing = axes.text(UPDATES, 11, "guessing", **look)
        (self.accuracy,) = axes.plot([], [], color=COLORS["path"])
        self.now = dot(axes, clip_on=False)
        self.percent = axes.text(
            0, 0, "", ha="center", va="bottom", color=COLORS["path"], weight="bold"
        )
        self.how_far = asked(axes, "How far will it get?")
        self.drag(axes, action=lambda pointer: {"step": step_after(round(pointer.x))})
        return [self.accuracy, self.now, self.percent, self.guessing, self.how_far]

    def turn(self, pointer: Pointer) -> dict[str, Any]:
        """Turn the loop like a crank: a quarter of a turn is a step of the player."""
        axes = pointer.axes
        middle = axes.transAxes.transform((0.5, 0.5))
        x, y = axes.transData.transform((pointer.x, pointer.y)) - middle
        angle = -np.arctan2(y, x) / (np.pi / 2)  # in quarters, clockwise
        if pointer.kind == "down":
            self.crank = float(self.step), angle
        turned, before = self.crank
        turned += (angle - before + 2) % 4 - 2  # the short way round
        turned = float(np.clip(turned, 1, LAST))
        self.crank = turned, angle
        return {"step": round(turned)}

    @styled
    def update(self) -> tuple[str, str]:
        """Show the loop up to this step of it."""
        n, phase = place(self.step)
        run, (images, labels) = train(self.lr, self.seed).until(n + 1), batch_of(n)
        for number, title in enumerate(self.titles):
            title.set_fontweight("bold" if number == phase else "normal")
            title.set_color(COLORS["path"] if number == phase else MUTED if number > phase else INK)
        for number, part in enumerate((self.images, self.scores)):
            part.set_alpha(1 if phase == number else DIM)
        self.show_ring(n, phase)
        self.images.set_data(images.reshape(BATCH, 28, 28).transpose(1, 0, 2).reshape(28, -1))
        for text, label in zip(self.labels, labels, strict=True):
            text.set_text(str(label))
        guess = run.probabilities[n].argmax(axis=1)
        # what has not been computed yet is not shown
        self.show_forward(run.probabilities[n], guess, labels, seen=phase >= 1)
        self.show_losses(run.losses[n], known=phase >= 2)
        self.show_update(run.changes[n], made=phase == 3)
        done = n + (phase == 3)
        percent = 100 * run.accuracy[done]
        self.accuracy.set_data(range(done + 1), 100 * np.array(run.accuracy[: done + 1]))
        self.now.set_data([done], [percent])
        self.percent.set_text(f"{percent:.0f}%")
        top = 100 * max(run.accuracy[max(done - 16, 0) : done + 1])  # above the curve
        self.percent.set_position((np.clip(done, 9, UPDATES - 9), top + 5))
        self.how_far.set_visible(done < 12)  # until there is a curve
        # not under a curve that stays low
        self.guessing.set_visible(bool(percent > 30 or done < 60))
        return self.sentence(run, n, phase, guess == labels)

    def show_ring(self, n: int, phase: int) -> None:
        """Show which step of the loop it is, and the way that led to it."""
        for number, (disc, _, name) in enumerate(self.steps):
            disc.set_color(COLORS["path" if number == phase else "quiet"])
            name.set_fontweight("bold" if number == phase else "normal")
        quarters = 4 if n >= SLOW else 1  # a press is a whole round, or a step
        end = ANGLES[phase]
        way = np.linspace(end + quarters * np.pi / 2 - GAP, end + GAP + 0.1, 60)
        if n == phase == 0:
            way = np.array([])
        self.way.set_data(np.cos(way), np.sin(way))
        self.travel(np.c_[np.cos(way), np.sin(way)], COLORS["path"], self.way.get_transform())
        for number, head in enumerate(self.heads):
            angle = way[-1:] - 0.1 if number == phase else way[:0]
            head.set_data(np.cos(angle), np.sin(angle))
        self.round.set_text(str(n + 1))

    def show_forward(self, probabilities: Array, guess: Array, truth: Array, seen: bool) -> None:
        """Show the probabilities and the predictions."""
        columns, right = np.arange(BATCH), guess == truth
        self.scores.set_data(probabilities.T * seen)
        # from the least to the most probable: at first all are near 10%
        low, high = probabilities.min(), probabilities.max()
        self.scores.set_clim(low, low + PALE * max(high - low, 1e-6))
        self.scale.set_text(f"bluest: {100 * high:.0f}%, least: {100 * low:.0f}%" if seen else "")
        self.true.set_data(columns[: BATCH * seen], truth[: BATCH * seen])
        self.right.set_data(columns[right & seen], guess[right & seen])
        self.wrong.set_data(columns[~right & seen], guess[~right & seen])
        self.no_forward.set_visible(not seen)

    def show_losses(self, loss: Array, known: bool) -> None:
        """Show the losses and their mean."""
        tops = loss if known else np.zeros(BATCH)
        left, zero = np.arange(BATCH) - 0.36, np.zeros(BATCH)
        x = np.stack([left, left, left + 0.72, left + 0.72], axis=1)
        y = np.stack([zero, tops, tops, zero], axis=1)
        self.bars.set_xy(np.stack([x.ravel(), y.ravel()], axis=1))
        self.bars.set_visible(known)
        self.mean.set_data([BATCH - 0.5] * known, [tops.mean()] * known)
        self.mean_text.set_text(
            f"◀ mean {loss.mean():.2f}; guessing (dashed) {GUESSING:.2f}" if known else ""
        )
        self.no_losses.set_visible(not known)

    def show_update(self, changes: Array, made: bool) -> None:
        """Show the changes of the weights."""
        self.mosaic.set_data(mosaic(changes))
        self.mosaic.set_visible(made)
        self.no_update.set_visible(not made or not changes.any())
        self.no_update.set_text(
            "None of these\nweights moved." if made else "Which way should\nthe weights move?"
        )

    def sentence(self, run: Run, n: int, phase: int, right: Array) -> tuple[str, str]:
        """Say what this step of the loop does."""
        if phase == 0:
            where = f"train_images[{BATCH * n} : {BATCH * (n + 1)}]"
            verdict, reason = (
                f"1: draw a batch of {BATCH} digits.",
                f"Update {n + 1} learns from {where} and their labels, y_true.",
            )
        elif phase == 1:
            verdict, reason = (
                f"2: the network gets {right.sum()} of {BATCH} right.",
                "The forward pass gives each digit ten probabilities; the most probable is y_pred.",
            )
        elif phase == 2:
            verdict, reason = (
                f"3: the mean loss is {run.losses[n].mean():.2f}.",
                f"Guessing among ten digits would give {GUESSING:.2f}: the lower, the better.",
            )
        else:
            verdict, reason = self.sentence_of_update(run, n)
            before = f"{100 * run.accuracy[0]:.0f}%"
            reason += f"; {before} of {TESTS} new digits were right at first."
        return verdict, reason

    def sentence_of_update(self, run: Run, n: int) -> tuple[str, str]:
        """Say what moved, and whether lr is one that gets somewhere. The reason goes on."""
        moved, most = run.moved[n]
        late, worst = (
            np.mean(run.losses[max(n - 9, 0) : n + 1]),
            np.mean(run.losses[: n + 1], axis=1).max(),
        )
        # of fewer than 20 updates no learning rate makes much
        if n < 19 or late <= 0.95 * GUESSING:
            after = ink("path", f"{100 * run.accuracy[n + 1]:.0f}% right")
            return (
                f"After {counted(n + 1, 'update')}: {after}.",
                f"{moved:,.0f} of {PARAMETERS:,} parameters moved, none by more than {most:.2g}",
            )
        than = "worse" if late > GUESSING else "hardly better"
        so_far = f"the last 10 batches have a mean loss of {late:.2f}, {than} than guessing"
        after = f"{100 * run.accuracy[n + 1]:.0f}% are right after {n + 1} updates"
        # further than the luck of ten digits takes the loss of a network that guesses
        if worst > 1.15 * GUESSING:
            return "lr is too big.", f"The loss rose to {worst:.3g}; {so_far}; {after}"
        return "lr is too small.", f"After {n + 1} updates {so_far}; {after}"


def over(axes: Axes, words: str, x: float, **look: Any) -> Text:
    """Write above the axes, where a title would be, to the left or to the right."""
    inches: Any = axes.figure.dpi_scale_trans
    higher = axes.transAxes + ScaledTranslation(0, 8 / 72, inches)
    return axes.text(x, 1, words, transform=higher, ha="right" if x else "left", **look)


def asked(axes: Axes, question: str, y: float = 0.5) -> Text:
    """Write a question where the answer will be."""
    look: dict[str, Any] = {"ha": "center", "va": "center", "color": MUTED, "style": "italic"}
    return axes.text(0.5, y, question, transform=axes.transAxes, **look)


def mosaic(changes: Array) -> Array:
    """Return pictures of 28 x 28, four in a row, scaled to the largest change.

    Violet: increased, orange: decreased. What has moved at all is seen.
    """
    tiles = np.zeros((SHOWN // 4, 4, 30, 30))
    size = np.abs(changes)
    shades = np.sign(changes) * (size / (size.max() or 1)) ** SMALL
    tiles[:, :, 1:29, 1:29] = shades.T.reshape(-1, 4, 28, 28)
    return tiles.transpose(0, 2, 1, 3).reshape(-1, 120)
