"""Batches: a noisy gradient that costs little against the true one that costs much. Lecture,
section 3, "Stochastic Gradient Descent".
"""

import math
from functools import lru_cache

import numpy as np
from matplotlib.patches import Ellipse

from .. import by_hand
from ..datasets import noisy_line
from ..descent import Path, descend
from ..live import Explorer, choice, int_slider, log_slider, player, slider
from ..live.controls import Setting, Slider
from ..style import COLORS, LANDSCAPE, figure, styled
from ..surfaces import Surface
from ..training import DataLoader
from .landscape import WINDOW, gone_at, inside, number, plane

SAMPLES, EPOCHS, CLOUD = 64, 4, 200
SEEN = SAMPLES * EPOCHS
# a path that ends outside the picture with such a loss diverges: with less, the next batches may
# well bring it back
LOST = 1e6
GRADIENTS = 14  # the second picture reaches from -14 to 14
BATCH = COLORS["secant"]  # the gradient of a batch is an estimate of the gradient, as rc is
INPUTS, LABELS = noisy_line(SAMPLES, noise=1.0, rng=np.random.default_rng(3))


def _line():
    """The mean squared error of slope w0 and intercept w1 on the data, as a landscape: the data
    decide where the level lines run.
    """
    features = np.column_stack([INPUTS, np.ones(SAMPLES)])
    best = np.linalg.lstsq(features, LABELS[:, 0], rcond=None)[0]
    return Surface(
        "line through noisy data",
        r"mean of $(w_0 x + w_1 - y)^2$",
        best[None],
        ((-WINDOW, WINDOW),) * 2,
        np.array([-3.0, 3.0]),
        lambda w0, w1: np.mean(
            (w0[..., None] * INPUTS[:, 0] + w1[..., None] - LABELS[:, 0]) ** 2, axis=-1
        ),
        lambda w0, w1: np.moveaxis(
            (np.stack([w0, w1], axis=-1) - best) @ (2 / SAMPLES * features.T @ features), -1, 0
        ),
        np.linalg.eigvalsh(2 / SAMPLES * features.T @ features),
    )


LINE = _line()
LOWEST = LINE.loss(LINE.minima[0])


def batch_gradient(w, inputs, labels, reduction="mean"):
    """The gradient of the loss of a batch with respect to (w0, w1), by hand: kernel w0, bias w1. A
    sum is batch size times a mean, and so is its gradient.
    """
    kernel = w[:1, None]
    d_preds = by_hand.mean_squared_error_backward(by_hand.dense(inputs, kernel, w[1:]), labels)
    _, d_kernel, d_bias = by_hand.dense_backward(d_preds, inputs, kernel)
    return np.append(d_kernel, d_bias) * (len(inputs) if reduction == "sum" else 1)


@lru_cache(maxsize=1)
def run(batch_size, lr, reduction, w0, w1, seed):
    """(path of gradient descent, path of SGD, samples that SGD has seen at each of its points): the
    same EPOCHS times around the data for both.
    """
    loader = DataLoader(INPUTS, LABELS, batch_size, shuffle=True, rng=np.random.default_rng(seed))
    batches = [batch for _ in range(EPOCHS) for batch in loader]
    drawn = iter(batches)
    gd = descend(
        LINE,
        [w0, w1],
        steps=EPOCHS,
        lr=lr,
        gradient=lambda w: batch_gradient(w, INPUTS, LABELS, reduction),
    )
    sgd = descend(
        LINE,
        [w0, w1],
        steps=len(batches),
        lr=lr,
        gradient=lambda w: batch_gradient(w, *next(drawn), reduction),
    )
    return gd, sgd, np.cumsum([0] + [len(labels) for _, labels in batches])


@lru_cache(maxsize=2)
def shuffles(seed):
    """CLOUD random orders of the samples: the first batch_size of each are a batch, so that a batch
    grows and does not jump with the slider.
    """
    return np.random.default_rng(seed).random((CLOUD, SAMPLES)).argsort(axis=1)


def cloud(w, batch_size, seed):
    """(gradients of CLOUD batches at w, full gradient, covariance of the batch gradients by
    theory). All of mean losses.

    A batch drawn without replacement has the covariance of single samples / batch_size, times (N -
    batch_size) / (N - 1), as its samples all differ.
    """
    d_preds = (
        by_hand.mean_squared_error_backward(by_hand.dense(INPUTS, w[:1, None], w[1:]), LABELS)
        * SAMPLES
    )
    # dense_backward before its sum over the samples
    single = d_preds * np.column_stack([INPUTS, np.ones(SAMPLES)])
    batches = single[shuffles(seed)[:, :batch_size]].mean(axis=1)
    covariance = np.cov(single.T, bias=True) / batch_size * (SAMPLES - batch_size) / (SAMPLES - 1)
    return batches, single.mean(axis=0), covariance


class StochasticGradientExplorer(Explorer):
    """Gradient descent and SGD for the same number of samples: their paths, the gradients of many
    batches around the full gradient, and the loss.
    """

    batch_size = Setting(
        Slider, "batch size", 8, min=1, max=SAMPLES, step=math.log10(2), log=True, whole=True
    )
    lr = log_slider("learning rate  lr", 0.15, min=1e-3, max=4)
    reduction = choice("loss of a batch", "mean", ["mean", "sum"])
    w0 = slider("start, slope  w₀", -3.0, min=-WINDOW, max=WINDOW, step=0.05)
    w1 = slider("start, intercept  w₁", 3.0, min=-WINDOW, max=WINDOW, step=0.05)
    seed = int_slider("shuffle  seed", 0, min=0, max=9)
    seen = player("samples seen", 64, max=SEEN, interval=60)

    @styled
    def draw(self):
        fig = figure(11.5, 4.3)
        self.plane, gradients, losses = fig.subplots(1, 3, width_ratios=(1, 1, 1.05))
        plane(self.plane)
        self.plane.set(
            title="Paths (drag the start)", xlabel="slope $w_0$", ylabel="intercept $w_1$"
        )
        w = np.linspace(-WINDOW, WINDOW, 121)
        height = np.sqrt(LINE.loss(np.stack(np.meshgrid(w, w), axis=-1)))
        levels = np.linspace(height.min(), height.max(), 13)
        self.plane.contourf(w, w, height, levels, cmap=LANDSCAPE, zorder=0)
        self.plane.contour(w, w, height, levels, colors="white", linewidths=0.8, zorder=0.5)
        self.plane.plot(
            *LINE.minima.T,
            "*",
            color=COLORS["minimum"],
            markeredgecolor="#404040",
            markersize=14,
            markeredgewidth=0.8,
            zorder=4,
        )
        gradients.set(
            xlim=(-GRADIENTS, GRADIENTS),
            ylim=(-GRADIENTS, GRADIENTS),
            aspect="equal",
            xlabel=r"gradient $\partial\ell/\partial w_0$",
            ylabel=r"gradient $\partial\ell/\partial w_1$",
            title="Batch gradients",
            xticks=range(-10, 11, 10),
            yticks=range(-10, 11, 10),
        )
        gradients.axhline(0, color=COLORS["quiet"], linewidth=0.8)
        gradients.axvline(0, color=COLORS["quiet"], linewidth=0.8)
        losses.set(
            xlim=(-6, SEEN + 6),
            ylim=(1e-3, 1e3),
            yscale="log",
            xticks=range(0, SEEN + 1, SAMPLES),
            xlabel="samples seen",
            ylabel=r"loss above its minimum  $\ell-\ell_{min}$",
            title="Loss of all the data",
        )
        losses.grid(True)
        losses.set_box_aspect(1)
        marker = {"markeredgecolor": "white", "markersize": 10}
        (self.sgd,) = self.plane.plot(
            [], [], ".-", color=BATCH, markersize=6, linewidth=1.2, zorder=5
        )
        (self.gd,) = self.plane.plot(
            [], [], "s-", color=COLORS["path"], markersize=5, linewidth=1.8, zorder=6
        )
        (self.start,) = self.plane.plot(
            [],
            [],
            "o",
            color="white",
            markeredgecolor=COLORS["start"],
            markersize=11,
            markeredgewidth=2,
            zorder=7,
        )
        (self.gd_now,) = self.plane.plot([], [], "s", color=COLORS["path"], zorder=8, **marker)
        (self.sgd_now,) = self.plane.plot([], [], "o", color=BATCH, zorder=9, **marker)
        (self.cloud,) = gradients.plot(
            [], [], "o", color=BATCH, alpha=0.45, markersize=5, markeredgewidth=0
        )
        self.spread = gradients.add_patch(
            Ellipse((0, 0), 1, 1, fill=False, edgecolor="#404040", linestyle="--", linewidth=1.4)
        )
        (self.full,) = gradients.plot([], [], "-", color=COLORS["gradient"], linewidth=2.2)
        (self.tip,) = gradients.plot(
            [], [], "D", color=COLORS["gradient"], markeredgecolor="white", markersize=9
        )
        self.note = gradients.text(0.98, 0.03, "", transform=gradients.transAxes, ha="right")
        self.place = gradients.text(0.98, 0.93, "", transform=gradients.transAxes, ha="right")
        gradients.legend(
            [self.tip, self.cloud, self.spread],
            ["all the data", "a batch", "95 % by theory"],
            loc="lower right",
            bbox_to_anchor=(1, 0.1),
            handlelength=1,
            borderaxespad=0,
            labelspacing=0.25,
        )
        (self.sgd_loss,) = losses.plot(
            [], [], color=BATCH, linewidth=1.5, drawstyle="steps-post", label="SGD"
        )
        (self.gd_loss,) = losses.plot(
            [], [], "--", color=COLORS["path"], drawstyle="steps-post", label="gradient descent"
        )
        (self.sgd_loss_now,) = losses.plot([], [], "o", color=BATCH, **marker)
        (self.gd_loss_now,) = losses.plot([], [], "s", color=COLORS["path"], **marker)
        losses.legend(loc="upper right", borderaxespad=0.1)
        self.drag(self.plane, x="w0", y="w1")
        return fig, [
            self.sgd,
            self.gd,
            self.start,
            self.gd_now,
            self.sgd_now,
            self.cloud,
            self.spread,
            self.full,
            self.tip,
            self.note,
            self.place,
            self.sgd_loss,
            self.gd_loss,
            self.sgd_loss_now,
            self.gd_loss_now,
        ]

    def update(self):
        gd, sgd, seen = run(self.batch_size, self.lr, self.reduction, self.w0, self.w1, self.seed)
        updates = int(np.searchsorted(seen, self.seen, side="right")) - 1
        done = {"gd": self.seen // SAMPLES, "sgd": updates}
        self.start.set_data([self.w0], [self.w1])
        for path, n, at, line, now, loss, loss_now in (
            (
                gd,
                done["gd"],
                np.arange(EPOCHS + 1) * SAMPLES,
                self.gd,
                self.gd_now,
                self.gd_loss,
                self.gd_loss_now,
            ),
            (sgd, done["sgd"], seen, self.sgd, self.sgd_now, self.sgd_loss, self.sgd_loss_now),
        ):
            # the weights stay as they are until the next batch is complete
            excess = np.append(path.losses[: n + 1], path.losses[n]) - LOWEST
            line.set_data(*inside(path.points[: n + 1]).T)
            now.set_data(*path.points[n : n + 1].T)
            loss.set_data(np.append(at[: n + 1], self.seen), np.maximum(excess, 1e-9))
            loss_now.set_data([self.seen], np.maximum(excess[-1:], 1e-9))
        gone = gone_at(sgd.points[: updates + 1])
        here = updates if gone is None else gone - 1  # the last point in the picture
        batches, full, covariance = cloud(sgd.points[here], self.batch_size, self.seed)
        self.cloud.set_data(*batches.T)
        self.full.set_data([0, full[0]], [0, full[1]])
        self.tip.set_data(full[:1], full[1:])
        lengths, axes = np.linalg.eigh(covariance)
        # 95 % of a two-dimensional normal distribution lie within sqrt(-2 log 0.05) = 2.45 standard
        # deviations.
        self.spread.set(center=full, angle=np.degrees(np.arctan2(axes[1, 1], axes[0, 1])))
        self.spread.width, self.spread.height = (
            2 * math.sqrt(-2 * math.log(0.05)) * np.sqrt(np.maximum(lengths[::-1], 0))
        )
        factor = "" if self.reduction == "mean" else f"{self.batch_size} · "
        self.note.set_text(f"step = lr · {factor}gradient")
        place = "at SGD's point" if gone is None else "at the last point in the picture"
        self.place.set_text(place)
        return self.sentence(
            gd, sgd, done, place, np.linalg.norm(full), math.sqrt(max(np.trace(covariance), 0))
        )

    def sentence(self, gd, sgd, done, place, length, spread):
        """How far both came for the same samples, and how well a batch knows the gradient at the
        place that the second picture shows.
        """
        limit = 2 / LINE.hessian_eigenvalues.max()
        first = ""
        if self.reduction == "sum":
            left = SAMPLES % self.batch_size
            rest = (
                f" (like {number(self.lr * left)} in an epoch's last batch, of {left})"
                if left
                else ""
            )
            first = (
                f"Sum: a step is batch size times as long, so lr {number(self.lr)} acts like"
                f" {number(self.lr * self.batch_size)} for SGD{rest} and like"
                f" {number(self.lr * SAMPLES)} for gradient descent, whose limit is 2/λmax ="
                f" {number(limit)}. "
            )
        elif self.lr > limit:
            first = (
                f"lr {number(self.lr)} is above the limit of gradient descent, 2/λmax ="
                f" {number(limit)}. "
            )
        came = (
            f"For {'1 sample' if self.seen == 1 else f'{self.seen} samples'} seen, gradient descent"
            f" made {updates_word(done['gd'])} ({how_far(gd, done['gd'])}) and SGD with batches of"
            f" {self.batch_size} made {updates_word(done['sgd'])} ({how_far(sgd, done['sgd'])}). "
        )
        if self.batch_size == SAMPLES:
            return (
                first
                + came
                + "This batch is all the data: its gradient is the full gradient, and SGD is"
                " gradient descent."
            )
        which = "" if self.reduction == "mean" else ", of their mean losses,"
        return (
            f"{first}{came}Gradients of batches{which} {place} spread by {number(spread)} around"
            f" the full gradient, which is {number(length)} long; the spread shrinks like 1/√(batch"
            " size), and faster once a batch is a large part of the data."
        )


def updates_word(n):
    return "1 update" if n == 1 else f"{n} updates"


def how_far(path, n):
    """In words, where a path is after n updates."""
    gone, excess = gone_at(path.points[: n + 1]), path.losses[n] - LOWEST
    loss = f"loss {number(excess if excess > 1e-12 else 0.0)} above the minimum"  # less is rounding
    if gone is None:
        return loss
    outside = f"outside the picture after {updates_word(gone)}"
    # To be out of the picture is not yet to be lost: SGD may come back.
    lost = gone_at(path.points) == gone and not path.losses[-1] < LOST
    return f"diverges: {outside}" if lost else f"{outside}, {loss}"
