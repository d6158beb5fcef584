"""The four steps of the training loop on real digits.

Lecture, section 1, "Training loop", and "about 10% accuracy" of section 2.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from ..functional import cross_entropy, softmax
from ..layers import Dense, Sequential
from ..live import Explorer, int_slider, log_slider, player
from ..optim import SGD
from ..style import COLORS, DIGITS, SIGNED, dot, figure, ring, styled
from ..training import evaluate, train_step
from .digits import train_and_test

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..tensor import Array

BATCH, UPDATES, HIDDEN, SHOWN = 10, 100, 32, 8
SLOW = 3  # so many updates unfold in their four steps; after that one press is one update
LAST = 4 * SLOW + UPDATES - SLOW - 1
TESTS = 200
PARAMETERS = 784 * HIDDEN + HIDDEN + HIDDEN * 10 + 10
GUESSING = np.log(10)  # the cross entropy of ten equal probabilities
PROBABILITY = LinearSegmentedColormap.from_list("probability", ["white", "#56B4E9", COLORS["path"]])


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

    Phases 0 to 3 are the four steps of the loop.
    """
    return divmod(step, 4) if step < 4 * SLOW else (step - 4 * SLOW + SLOW, 3)


class TrainingLoopExplorer(Explorer):
    """The four steps of the training loop on real digits: batch, predictions, loss, change of the
    weights; and the accuracy that results.
    """

    step = player("step of the loop", 3, max=LAST, interval=300)
    lr = log_slider("learning rate  lr", 0.1, min=1e-3, max=3)
    seed = int_slider("initial weights  seed", 0, min=0, max=9)

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the four steps of the loop, and the accuracy."""
        fig = figure(11.5, 6.4)
        columns = fig.add_gridspec(1, 2, width_ratios=(1.5, 1))
        left: Any = columns[0].subgridspec(3, 1, height_ratios=(0.75, 1.7, 1)).subplots()
        right: Any = columns[1].subgridspec(2, 1, height_ratios=(1, 1)).subplots()
        batch, forward, losses = left
        update, curve = right
        for axes in (batch, forward, losses):
            axes.set(xlim=(-0.5, BATCH - 0.5), xticks=[])
        for axes in (batch, update):
            axes.spines[:].set_visible(False)
            axes.tick_params(length=0)
        moves = [
            self.draw_batch(batch),
            self.draw_forward(forward),
            self.draw_losses(losses),
            self.draw_update(update),
            self.draw_accuracy(curve),
        ]
        self.titles = []
        for axes, words in (
            (batch, "1 Draw a batch"),
            (forward, "2 Forward pass"),
            (losses, "3 Loss"),
            (update, "4 Update"),
        ):
            axes.set_title(" ")  # room for the title, which moves: it is bold in its turn
            look = {"transform": axes.transAxes, "fontsize": 13, "va": "bottom"}
            self.titles.append(axes.text(0, 1.04, words, **look))
        return fig, [moves, self.titles]

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
        )
        axes.set(
            ylim=(-0.55, 1), aspect="equal", anchor="S", yticks=[-0.3], yticklabels=["$y_{true}$"]
        )
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
            vmax=1,
            aspect="auto",
            interpolation="nearest",
        )
        axes.set(ylim=(9.5, -0.5), yticks=range(10), ylabel="digit")
        look: dict[str, Any] = {"markerfacecolor": "none", "markeredgewidth": 1.5}
        self.true = ring(axes, size=13, label="$y_{true}$", **look)
        self.right = dot(axes, color="minimum", size=8, label="$y_{pred}$, right")
        self.wrong = dot(axes, color="gradient", marker="X", size=9, label="$y_{pred}$, wrong")
        axes.legend(
            loc="lower right",
            bbox_to_anchor=(1.02, 0.99),
            ncols=3,
            columnspacing=1,
            handletextpad=0.2,
            borderaxespad=0.1,
        )
        return [self.scores, self.true, self.right, self.wrong]

    def draw_losses(self, axes: Axes) -> list[Any]:
        """Draw the loss of each image, as a bar, and their mean."""
        axes.set(ylim=(0, 5), yticks=range(0, 5, 2), ylabel=r"loss $\ell$")
        axes.axhline(GUESSING, color=COLORS["quiet"], linestyle="--", linewidth=1.5)
        # one artist, where ten bars would be slow
        (self.bars,) = axes.plot([], [], color=COLORS["loss"], linewidth=28, solid_capstyle="butt")
        (self.mean,) = axes.plot([], [], color=COLORS["path"])
        self.mean_text = axes.text(
            1, 1.04, "", transform=axes.transAxes, ha="right", va="bottom", color=COLORS["path"]
        )
        return [self.bars, self.mean, self.mean_text]

    def draw_update(self, axes: Axes) -> list[Any]:
        """Draw the changes of some of the weights."""
        self.mosaic = axes.imshow(
            np.zeros((60, 120)),
            cmap=SIGNED,
            vmin=-1,
            vmax=1,
            extent=(0, 120, 60, 0),
            interpolation="nearest",
        )
        axes.set(xlim=(0, 120), ylim=(60, 0), aspect="equal", xticks=[], yticks=[], anchor="W")
        axes.set_xlabel(
            f"weights of {SHOWN} of {HIDDEN} hidden units\nviolet: increased, orange: decreased",
            fontsize=11,
            loc="left",
        )
        self.note = axes.text(1, 1.04, "", transform=axes.transAxes, ha="right", va="bottom")
        return [self.mosaic, self.note]

    def draw_accuracy(self, axes: Axes) -> list[Any]:
        """Draw the accuracy after each update."""
        axes.set(
            xlim=(0, UPDATES),
            ylim=(0, 100),
            yticks=range(0, 101, 20),
            xlabel="updates made",
            ylabel="accuracy, %",
            title=f"Accuracy on {TESTS} other digits",
        )
        axes.grid(True)
        axes.axhline(10, color=COLORS["quiet"], linestyle="--", linewidth=1.5)
        axes.text(
            UPDATES, 8.5, "guessing: 10 %", ha="right", va="top", fontsize=11, color="#606060"
        )
        (self.accuracy,) = axes.plot([], [], color=COLORS["path"])
        self.now = dot(axes, clip_on=False)
        return [self.accuracy, self.now]

    @styled
    def update(self) -> str:
        """Show the loop up to this step of it."""
        n, phase = place(self.step)
        run, (images, labels) = train(self.lr, self.seed).until(n + 1), batch_of(n)
        for number, title in enumerate(self.titles):
            title.set_fontweight("bold" if number == phase else "normal")
            title.set_color("#9A9A9A" if number > phase else "black")
        self.images.set_data(images.reshape(BATCH, 28, 28).transpose(1, 0, 2).reshape(28, -1))
        for text, label in zip(self.labels, labels, strict=True):
            text.set_text(str(label))
        guess = run.probabilities[n].argmax(axis=1)
        # what has not been computed yet is not shown
        self.show_forward(run.probabilities[n], guess, labels, seen=phase >= 1)
        self.show_losses(run.losses[n], known=phase >= 2)
        self.show_update(run.changes[n], made=phase == 3)
        done = n + (phase == 3)
        self.accuracy.set_data(range(done + 1), 100 * np.array(run.accuracy[: done + 1]))
        self.now.set_data([done], [100 * run.accuracy[done]])
        return self.sentence(run, n, phase, guess == labels)

    def show_forward(self, probabilities: Array, guess: Array, truth: Array, seen: bool) -> None:
        """Show the probabilities and the predictions."""
        columns, right = np.arange(BATCH), guess == truth
        self.scores.set_data(probabilities.T * seen)
        self.true.set_data(columns[: BATCH * seen], truth[: BATCH * seen])
        self.right.set_data(columns[right & seen], guess[right & seen])
        self.wrong.set_data(columns[~right & seen], guess[~right & seen])

    def show_losses(self, loss: Array, known: bool) -> None:
        """Show the losses and their mean."""
        gap = np.full(BATCH, np.nan)
        tops = loss if known else gap
        bars = np.stack([np.zeros(BATCH), tops, gap], axis=1)
        self.bars.set_data(np.repeat(np.arange(BATCH), 3), bars.ravel())
        self.mean.set_data([-0.5, BATCH - 0.5], [tops.mean()] * 2)
        self.mean_text.set_text(
            f"mean {loss.mean():.2f}, guessing (dashed) {GUESSING:.2f}" if known else ""
        )

    def show_update(self, changes: Array, made: bool) -> None:
        """Show the changes of the weights."""
        largest = np.abs(changes).max()
        self.mosaic.set_data(mosaic(changes))
        self.mosaic.set_visible(made)
        words = f"largest change {largest:.2g}" if largest else "none of these moved"
        self.note.set_text(words if made else "")

    def sentence(self, run: Run, n: int, phase: int, right: Array) -> str:
        """Say what this step of the loop does."""
        where = f"Update {n + 1}, step {phase + 1} of 4: "
        first, after = 100 * run.accuracy[0], 100 * run.accuracy[n + 1]
        if phase == 0:
            return (
                f"{where}{BATCH} training images x and their labels y_true are drawn,"
                f" train_images[{BATCH} * {n} : {BATCH} * {n + 1}]."
            )
        if phase == 1:
            return f"{where}the forward pass predicts y_pred, {right.sum()} of {BATCH} right."
        if phase == 2:
            return (
                f"{where}the mean loss of the batch is {run.losses[n].mean():.2f}; guessing among"
                f" ten digits would give {GUESSING:.2f}."
            )
        moved, most = run.moved[n]
        late, worst = (
            np.mean(run.losses[max(n - 9, 0) : n + 1]),
            np.mean(run.losses[: n + 1], axis=1).max(),
        )
        verdict = ""
        if n >= 19 and late > 0.95 * GUESSING:  # of fewer updates no learning rate makes much
            # further than the luck of ten digits takes the loss of a network that guesses
            jumped = worst > 1.15 * GUESSING
            why = (
                f"lr is too big, as the loss rose to {worst:.3g}"
                if jumped
                else f"lr is too small to get far in {n + 1} updates"
            )
            than = "worse" if late > GUESSING else "hardly better"
            verdict = (
                f" The last 10 batches have a mean loss of {late:.2f}, {than} than guessing: {why}."
            )
        return (
            f"{where}lr {self.lr:g} moves {moved:,.0f} of the {PARAMETERS:,} parameters, the"
            f" farthest by {most:.2g}; the accuracy on {TESTS} other digits, {first:.0f} % at the"
            f" beginning, is now {after:.0f} %.{verdict}"
        )


def mosaic(changes: Array) -> Array:
    """Return eight pictures of 28 x 28 side by side in two rows, scaled to the largest change.

    Violet: increased, orange: decreased.
    """
    tiles = np.zeros((2, 4, 30, 30))
    tiles[:, :, 1:29, 1:29] = changes.T.reshape(2, 4, 28, 28) / (np.abs(changes).max() or 1)
    return tiles.transpose(0, 2, 1, 3).reshape(60, 120)
