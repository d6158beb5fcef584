"""Batches: a noisy gradient that costs little against the true one that costs much.

Lecture, section 3, "Stochastic Gradient Descent".
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Ellipse

from .. import by_hand
from ..datasets import noisy_line
from ..descent import descend
from ..live import Explorer, choice, int_slider, log_slider, player, slider
from ..live.controls import Setting, Slider
from ..style import COLORS, LANDSCAPE, dot, figure, ring, star, styled
from ..surfaces import Surface
from ..training import DataLoader
from .formats import counted, number
from .landscape import WINDOW, gone_at, inside, plane

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from ..descent import Path
    from ..tensor import Array

SAMPLES, EPOCHS, CLOUD = 64, 4, 200
SEEN = SAMPLES * EPOCHS
# a path that ends outside the picture with such a loss diverges: with less, the next batches may
# well bring it back
LOST = 1e6
GRADIENTS = 14  # the second picture reaches from -14 to 14
BATCH = COLORS["estimate"]
INPUTS, LABELS = noisy_line(SAMPLES, noise=1.0, rng=np.random.default_rng(3))


def _line() -> Surface:
    """Return the mean squared error of slope w0 and intercept w1 on the data, as a landscape.

    The data decide where the level lines run.
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


def batch_gradient(w: Array, inputs: Array, labels: Array, reduction: str = "mean") -> Array:
    """Return the gradient of the loss of a batch with respect to (w0, w1), by hand.

    Kernel w0, bias w1. A sum is batch size times a mean, and so is its gradient.
    """
    kernel = w[:1, None]
    d_preds = by_hand.mean_squared_error_backward(by_hand.dense(inputs, kernel, w[1:]), labels)
    _, d_kernel, d_bias = by_hand.dense_backward(d_preds, inputs, kernel)
    return np.append(d_kernel, d_bias) * (len(inputs) if reduction == "sum" else 1)


@lru_cache(maxsize=1)
def run(
    batch_size: int, lr: float, reduction: str, w0: float, w1: float, seed: int
) -> tuple[Path, Path, Array]:
    """Return the paths of gradient descent and of SGD, EPOCHS times around the data for both.

    Thirdly, how many samples SGD has seen at each of its points.
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
def shuffles(seed: int) -> Array:
    """Return CLOUD random orders of the samples.

    The first batch_size of each are a batch, so that a batch grows and does not jump with the
    slider.
    """
    return np.random.default_rng(seed).random((CLOUD, SAMPLES)).argsort(axis=1)


def cloud(w: Array, batch_size: int, seed: int) -> tuple[Array, Array, Array]:
    """Return the gradients of CLOUD batches at w, the full gradient, and theory's covariance.

    The covariance is that of the batch gradients. All are of mean losses.

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
    def draw(self) -> tuple[Figure, Any]:
        """Draw the plane, the batch gradients and the losses."""
        fig = figure(11.5, 4.3)
        self.plane, gradients, losses = fig.subplots(1, 3, width_ratios=(1, 1, 1.05))
        return fig, [self.draw_plane(), self.draw_gradients(gradients), self.draw_losses(losses)]

    def draw_plane(self) -> list[Any]:
        """Draw the landscape and the two paths.

        Returns what moves, as the other parts of `draw` do.
        """
        plane(self.plane)
        self.plane.set(
            title="Paths (drag the start)", xlabel="slope $w_0$", ylabel="intercept $w_1$"
        )
        w = np.linspace(-WINDOW, WINDOW, 121)
        height = np.sqrt(LINE.loss(np.stack(np.meshgrid(w, w), axis=-1)))
        levels = np.linspace(height.min(), height.max(), 13)
        self.plane.contourf(w, w, height, levels, cmap=LANDSCAPE, zorder=0)
        self.plane.contour(w, w, height, levels, colors="white", linewidths=0.8, zorder=0.5)
        star(self.plane, *LINE.minima.T, zorder=4)
        (self.sgd,) = self.plane.plot(
            [], [], ".-", color=BATCH, markersize=6, linewidth=1.2, zorder=5
        )
        (self.gd,) = self.plane.plot(
            [], [], "s-", color=COLORS["path"], markersize=5, linewidth=1.8, zorder=6
        )
        self.start = ring(self.plane, zorder=7)
        self.gd_now = dot(self.plane, marker="s", zorder=8)
        self.sgd_now = dot(self.plane, color=BATCH, zorder=9)
        self.drag(self.plane, x="w0", y="w1")
        return [self.sgd, self.gd, self.start, self.gd_now, self.sgd_now]

    def draw_gradients(self, axes: Axes) -> list[Any]:
        """Draw the gradients of many batches around the full gradient."""
        axes.set(
            xlim=(-GRADIENTS, GRADIENTS),
            ylim=(-GRADIENTS, GRADIENTS),
            aspect="equal",
            xlabel=r"gradient $\partial\ell/\partial w_0$",
            ylabel=r"gradient $\partial\ell/\partial w_1$",
            title="Batch gradients",
            xticks=range(-10, 11, 10),
            yticks=range(-10, 11, 10),
        )
        axes.axhline(0, color=COLORS["quiet"], linewidth=0.8)
        axes.axvline(0, color=COLORS["quiet"], linewidth=0.8)
        (self.cloud,) = axes.plot(
            [], [], "o", color=BATCH, alpha=0.45, markersize=5, markeredgewidth=0
        )
        self.spread = Ellipse(
            (0, 0), 1, 1, fill=False, edgecolor="#404040", linestyle="--", linewidth=1.4
        )
        axes.add_patch(self.spread)
        (self.full,) = axes.plot([], [], "-", color=COLORS["gradient"], linewidth=2.2)
        self.tip = dot(axes, color="gradient", marker="D", size=9)
        self.note = axes.text(0.98, 0.03, "", transform=axes.transAxes, ha="right")
        self.place = axes.text(0.98, 0.93, "", transform=axes.transAxes, ha="right")
        axes.legend(
            [self.tip, self.cloud, self.spread],
            ["all the data", "a batch", "95 % by theory"],
            loc="lower right",
            bbox_to_anchor=(1, 0.1),
            handlelength=1,
            borderaxespad=0,
            labelspacing=0.25,
        )
        return [self.cloud, self.spread, self.full, self.tip, self.note, self.place]

    def draw_losses(self, axes: Axes) -> list[Any]:
        """Draw the losses of the two paths, by the samples that they have seen."""
        axes.set(
            xlim=(-6, SEEN + 6),
            ylim=(1e-3, 1e3),
            yscale="log",
            xticks=range(0, SEEN + 1, SAMPLES),
            xlabel="samples seen",
            ylabel=r"loss above its minimum  $\ell-\ell_{min}$",
            title="Loss of all the data",
        )
        axes.grid(True)
        axes.set_box_aspect(1)
        (self.sgd_loss,) = axes.plot(
            [], [], color=BATCH, linewidth=1.5, drawstyle="steps-post", label="SGD"
        )
        (self.gd_loss,) = axes.plot(
            [], [], "--", color=COLORS["path"], drawstyle="steps-post", label="gradient descent"
        )
        self.sgd_loss_now = dot(axes, color=BATCH)
        self.gd_loss_now = dot(axes, marker="s")
        axes.legend(loc="upper right", borderaxespad=0.1)
        return [self.sgd_loss, self.gd_loss, self.sgd_loss_now, self.gd_loss_now]

    def update(self) -> str:
        """Show both paths up to so many samples."""
        gd, sgd, seen = run(self.batch_size, self.lr, self.reduction, self.w0, self.w1, self.seed)
        updates = int(np.searchsorted(seen, self.seen, side="right")) - 1
        done = {"gd": self.seen // SAMPLES, "sgd": updates}
        self.start.set_data([self.w0], [self.w1])
        artists = self.gd, self.gd_now, self.gd_loss, self.gd_loss_now
        self.show_path(gd, np.arange(EPOCHS + 1) * SAMPLES, done["gd"], *artists)
        artists = self.sgd, self.sgd_now, self.sgd_loss, self.sgd_loss_now
        self.show_path(sgd, seen, done["sgd"], *artists)
        gone = gone_at(sgd.points[: updates + 1])
        here = updates if gone is None else gone - 1  # the last point in the picture
        batches, full, covariance = cloud(sgd.points[here], self.batch_size, self.seed)
        self.show_gradients(batches, full, covariance)
        place = "at SGD's point" if gone is None else "at the last point in the picture"
        self.place.set_text(place)
        return self.sentence(
            gd,
            sgd,
            done,
            place,
            float(np.linalg.norm(full)),
            math.sqrt(max(np.trace(covariance), 0)),
        )

    def show_path(
        self,
        path: Path,
        seen: Array,
        n: int,
        line: Line2D,
        now: Line2D,
        loss: Line2D,
        loss_now: Line2D,
    ) -> None:
        """Show a path up to its update n; `seen`: the samples it has seen at each of its points."""
        # the weights stay as they are until the next batch is complete
        excess = np.append(path.losses[: n + 1], path.losses[n]) - LOWEST
        line.set_data(*inside(path.points[: n + 1]).T)
        now.set_data(*path.points[n : n + 1].T)
        loss.set_data(np.append(seen[: n + 1], self.seen), np.maximum(excess, 1e-9))
        loss_now.set_data([self.seen], np.maximum(excess[-1:], 1e-9))

    def show_gradients(self, batches: Array, full: Array, covariance: Array) -> None:
        """Show the gradients of the batches, their spread by theory, and the full gradient."""
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

    def sentence(
        self, gd: Path, sgd: Path, done: dict[str, int], place: str, length: float, spread: float
    ) -> str:
        """Say how far both came for the same samples, and how well a batch knows the gradient.

        At the place that the second picture shows.
        """
        limit = 2 / LINE.hessian_eigenvalues.max()  # type: ignore[union-attr]  # a quadratic has them
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
            f"For {counted(self.seen, 'sample')} seen, gradient descent made"
            f" {counted(done['gd'], 'update')} ({how_far(gd, done['gd'])}) and SGD with batches of"
            f" {self.batch_size} made {counted(done['sgd'], 'update')}"
            f" ({how_far(sgd, done['sgd'])}). "
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


def how_far(path: Path, n: int) -> str:
    """Say where a path is after n updates."""
    gone, excess = gone_at(path.points[: n + 1]), path.losses[n] - LOWEST
    loss = f"loss {number(excess if excess > 1e-12 else 0.0)} above the minimum"  # less is rounding
    if gone is None:
        return loss
    outside = f"outside the picture after {counted(gone, 'update')}"
    # To be out of the picture is not yet to be lost: SGD may come back.
    lost = gone_at(path.points) == gone and not path.losses[-1] < LOST
    return f"diverges: {outside}" if lost else f"{outside}, {loss}"
