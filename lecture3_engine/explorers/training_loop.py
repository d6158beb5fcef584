"""The four steps of the training loop on real digits. Lecture, section 1, "Training loop", and
"about 10% accuracy" of section 2.
"""

from functools import lru_cache

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from ..datasets import load_mnist
from ..functional import cross_entropy, softmax
from ..layers import Dense, Sequential
from ..live import Explorer, int_slider, log_slider, player
from ..optim import SGD
from ..style import COLORS, DIGITS, SIGNED, figure, styled
from ..training import evaluate, train_step

BATCH, UPDATES, HIDDEN, SHOWN = 10, 100, 32, 8
SLOW = 3  # so many updates unfold in their four steps; after that one press is one update
LAST = 4 * SLOW + UPDATES - SLOW - 1
TESTS = 200
PARAMETERS = 784 * HIDDEN + HIDDEN + HIDDEN * 10 + 10
GUESSING = np.log(10)  # the cross entropy of ten equal probabilities
PROBABILITY = LinearSegmentedColormap.from_list("probability", ["white", "#56B4E9", COLORS["path"]])


@lru_cache(maxsize=1)
def digits():
    """The first images of MNIST: only as many as are used."""
    return load_mnist(train=UPDATES * BATCH, test=TESTS)


class Run:
    """A short training of a 784-32-10 network, from random weights, one batch after another. It
    goes on when more of it is asked for.

    Lists with an entry for each update, what each panel of the picture shows: the probabilities
    (batch, 10) before it, the losses (batch,), the changes (784, shown) of the kernel of the first
    hidden units, (how many parameters moved, how far the farthest did). And the accuracy on the
    test images, before any update and after each.
    """

    def __init__(self, lr, seed):
        rng = np.random.default_rng(seed)
        self.model = Sequential(Dense(784, HIDDEN, "relu", rng=rng), Dense(HIDDEN, 10, rng=rng))
        self.optimizer = SGD(self.model.parameters(), lr=lr)
        self.probabilities, self.losses, self.changes, self.moved = [], [], [], []
        self.accuracy = [self.tested()]

    def tested(self):
        return evaluate(self.model, digits().test_images, digits().test_labels, cross_entropy)[1]

    def until(self, updates):
        for n in range(len(self.losses), updates):
            batch = slice(BATCH * n, BATCH * (n + 1))
            labels, before = (
                digits().train_labels[batch],
                [parameter.data.copy() for parameter in self.model.parameters()],
            )
            _, preds = train_step(
                self.model, digits().train_images[batch], labels, cross_entropy, self.optimizer
            )
            changes = [
                parameter.data - old for parameter, old in zip(self.model.parameters(), before)
            ]
            self.probabilities.append(softmax(preds.data).data)
            self.losses.append(cross_entropy(preds.data, labels, reduction="none").data)
            self.changes.append(changes[0][:, :SHOWN])
            self.moved.append(
                (
                    sum(np.count_nonzero(change) for change in changes),
                    max(np.abs(change).max() for change in changes),
                )
            )
            self.accuracy.append(self.tested())
        return self


@lru_cache(maxsize=8)
def train(lr, seed):
    return Run(lr, seed)


def place(step):
    """(update, phase) of a step of the player: phase 0 to 3 is one of the four steps of the loop."""
    return divmod(step, 4) if step < 4 * SLOW else (step - 4 * SLOW + SLOW, 3)


class TrainingLoopExplorer(Explorer):
    """The four steps of the training loop on real digits: batch, predictions, loss, change of the
    weights; and the accuracy that results.
    """

    step = player("step of the loop", 3, max=LAST, interval=300)
    lr = log_slider("learning rate  lr", 0.1, min=1e-3, max=3)
    seed = int_slider("initial weights  seed", 0, min=0, max=9)

    @styled
    def draw(self):
        fig = figure(11.5, 6.4)
        left, right = fig.add_gridspec(1, 2, width_ratios=(1.5, 1))
        batch, forward, losses = left.subgridspec(3, 1, height_ratios=(0.75, 1.7, 1)).subplots()
        update, curve = right.subgridspec(2, 1, height_ratios=(1, 1)).subplots()
        columns = dict(xlim=(-0.5, BATCH - 0.5), xticks=[])
        batch.set(
            ylim=(-0.55, 1),
            aspect="equal",
            anchor="S",
            yticks=[-0.3],
            yticklabels=["$y_{true}$"],
            **columns,
        )
        forward.set(ylim=(9.5, -0.5), yticks=range(10), ylabel="digit", **columns)
        losses.set(ylim=(0, 5), yticks=range(0, 5, 2), ylabel=r"loss $\ell$", **columns)
        curve.set(
            xlim=(0, UPDATES),
            ylim=(0, 100),
            yticks=range(0, 101, 20),
            xlabel="updates made",
            ylabel="accuracy, %",
            title=f"Accuracy on {TESTS} other digits",
        )
        update.set(
            xlim=(0, 120), ylim=(60, 0), aspect="equal", xticks=[], yticks=[], title=" ", anchor="W"
        )
        for axes in (batch, update):
            axes.spines[:].set_visible(False)
            axes.tick_params(length=0)
        for axes in (batch, forward, losses):
            axes.set_title(" ")
        update.set_xlabel(
            f"weights of {SHOWN} of {HIDDEN} hidden units\nviolet: increased, orange: decreased",
            fontsize=11,
            loc="left",
        )
        curve.grid(True)
        curve.axhline(10, color=COLORS["quiet"], linestyle="--", linewidth=1.5)
        curve.text(
            UPDATES, 8.5, "guessing: 10 %", ha="right", va="top", fontsize=11, color="#606060"
        )
        losses.axhline(GUESSING, color=COLORS["quiet"], linestyle="--", linewidth=1.5)
        words = {
            batch: "1 Draw a batch",
            forward: "2 Forward pass",
            losses: "3 Loss",
            update: "4 Update",
        }
        self.titles = [
            axes.text(0, 1.04, text, transform=axes.transAxes, fontsize=13, va="bottom")
            for axes, text in words.items()
        ]
        self.note = update.text(1, 1.04, "", transform=update.transAxes, ha="right", va="bottom")
        self.images = batch.imshow(
            np.zeros((28, 28 * BATCH)),
            cmap=DIGITS,
            vmin=0,
            vmax=1,
            extent=(-0.5, BATCH - 0.5, 0, 1),
            aspect="equal",
        )
        batch.set(ylim=(-0.55, 1))
        self.labels = [
            batch.text(i, -0.3, "", ha="center", va="center", fontsize=13) for i in range(BATCH)
        ]
        self.scores = forward.imshow(
            np.zeros((10, BATCH)),
            cmap=PROBABILITY,
            vmin=0,
            vmax=1,
            aspect="auto",
            interpolation="nearest",
        )
        (self.true,) = forward.plot(
            [],
            [],
            "o",
            markerfacecolor="none",
            markeredgecolor=COLORS["start"],
            markersize=13,
            markeredgewidth=1.5,
            label="$y_{true}$",
        )
        (self.right,) = forward.plot(
            [],
            [],
            "o",
            color=COLORS["minimum"],
            markeredgecolor="white",
            markersize=8,
            label="$y_{pred}$, right",
        )
        (self.wrong,) = forward.plot(
            [],
            [],
            "X",
            color=COLORS["gradient"],
            markeredgecolor="white",
            markersize=9,
            label="$y_{pred}$, wrong",
        )
        forward.legend(
            loc="lower right",
            bbox_to_anchor=(1.02, 0.99),
            ncols=3,
            columnspacing=1,
            handletextpad=0.2,
            borderaxespad=0.1,
        )
        # one artist, where ten bars would be slow
        (self.bars,) = losses.plot(
            [], [], color=COLORS["loss"], linewidth=28, solid_capstyle="butt"
        )
        (self.mean,) = losses.plot([], [], color=COLORS["path"])
        self.mean_text = losses.text(
            1, 1.04, "", transform=losses.transAxes, ha="right", va="bottom", color=COLORS["path"]
        )
        self.mosaic = update.imshow(
            np.zeros((60, 120)),
            cmap=SIGNED,
            vmin=-1,
            vmax=1,
            extent=(0, 120, 60, 0),
            interpolation="nearest",
        )
        (self.accuracy,) = curve.plot([], [], color=COLORS["path"])
        (self.now,) = curve.plot(
            [], [], "o", color=COLORS["path"], markeredgecolor="white", markersize=10, clip_on=False
        )
        return fig, [
            self.images,
            self.labels,
            self.scores,
            self.true,
            self.right,
            self.wrong,
            self.bars,
            self.mean,
            self.mean_text,
            self.mosaic,
            self.note,
            self.accuracy,
            self.now,
            self.titles,
        ]

    @styled
    def update(self):
        n, phase = place(self.step)
        run, data = train(self.lr, self.seed).until(n + 1), digits()
        batch = slice(BATCH * n, BATCH * (n + 1))
        truth, columns = data.train_labels[batch], np.arange(BATCH)
        self.images.set_data(
            data.train_images[batch].reshape(BATCH, 28, 28).transpose(1, 0, 2).reshape(28, -1)
        )
        for text, label in zip(self.labels, truth):
            text.set_text(str(label))
        for number, title in enumerate(self.titles):
            title.set_fontweight("bold" if number == phase else "normal")
            title.set_color("#9A9A9A" if number > phase else "black")
        guess = run.probabilities[n].argmax(axis=1)
        right, seen = guess == truth, phase >= 1  # what has not been computed yet is not shown
        self.scores.set_data(run.probabilities[n].T * seen)
        self.true.set_data(columns[: BATCH * seen], truth[: BATCH * seen])
        self.right.set_data(columns[right & seen], guess[right & seen])
        self.wrong.set_data(columns[~right & seen], guess[~right & seen])
        loss, known = run.losses[n], phase >= 2
        tops = loss if known else np.full(BATCH, np.nan)
        self.bars.set_data(
            np.repeat(columns, 3),
            np.stack([np.zeros(BATCH), tops, np.full(BATCH, np.nan)], axis=1).ravel(),
        )
        self.mean.set_data([-0.5, BATCH - 0.5], [tops.mean()] * 2)
        self.mean_text.set_text(
            f"mean {loss.mean():.2f}, guessing (dashed) {GUESSING:.2f}" if known else ""
        )
        done = n + (phase == 3)
        largest = np.abs(run.changes[n]).max()
        self.mosaic.set_data(mosaic(run.changes[n]))
        self.mosaic.set_visible(phase == 3)
        self.note.set_text(
            ""
            if phase < 3
            else f"largest change {largest:.2g}"
            if largest
            else "none of these moved"
        )
        self.accuracy.set_data(range(done + 1), 100 * np.array(run.accuracy[: done + 1]))
        self.now.set_data([done], [100 * run.accuracy[done]])
        return self.sentence(run, n, phase, right)

    def sentence(self, run, n, phase, right):
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


def mosaic(changes):
    """Eight pictures of 28 x 28 side by side in two rows, scaled to the largest change. Violet:
    increased, orange: decreased.
    """
    tiles = np.zeros((2, 4, 30, 30))
    tiles[:, :, 1:29, 1:29] = changes.T.reshape(2, 4, 28, 28) / (np.abs(changes).max() or 1)
    return tiles.transpose(0, 2, 1, 3).reshape(60, 120)
