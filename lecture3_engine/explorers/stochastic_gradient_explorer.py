"""Batches: a noisy gradient that costs little against the true one that costs much.

Lecture, section 3, "Stochastic Gradient Descent".
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.transforms import ScaledTranslation

from ..datasets import noisy_line
from ..descent import descend
from ..live import Explorer, choice, int_slider, log_slider, panels, player, slider
from ..live.controls import Setting, Slider
from ..style import COLORS, CONTOUR, INK, LANDSCAPE, dot, ink, ring, star, styled
from ..surfaces import Surface
from ..training import DataLoader
from .formats import counted, number
from .landscape import START, WINDOW, gone_at, inside, place_now, plane, walk

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from ..descent import Path
    from ..live import Pointer
    from ..tensor import Array

SAMPLES, EPOCHS, CLOUD = 64, 4, 200
SEEN = SAMPLES * EPOCHS
# a path that ends outside the picture with such a loss diverges: with less, the next batches may
# well bring it back
LOST = 1e6
LOSSES = 0.03, 1e2  # of the axis of the loss; what is beyond runs along its edge
ENDS = np.array([-1.15, 1.15])  # of the input, in the picture
CIRCLE = np.array([np.cos(np.linspace(0, 2 * np.pi, 73)), np.sin(np.linspace(0, 2 * np.pi, 73))])
INPUTS, LABELS = noisy_line(SAMPLES, noise=1.0, rng=np.random.default_rng(3))
FEATURES = np.column_stack([INPUTS, np.ones(SAMPLES)])


def _line() -> Surface:
    """Return the mean squared error of slope w0 and intercept w1 on the data, as a landscape.

    The data decide where the level lines run.
    """
    best = np.linalg.lstsq(FEATURES, LABELS[:, 0], rcond=None)[0]
    return Surface(
        "line through noisy data",
        r"mean of $(w_0 x + w_1 - y)^2$",
        best[None],
        tuple((-end, end) for end in WINDOW),
        np.array([-3.0, 3.0]),
        lambda w0, w1: np.mean(
            (w0[..., None] * INPUTS[:, 0] + w1[..., None] - LABELS[:, 0]) ** 2, axis=-1
        ),
        lambda w0, w1: np.moveaxis(
            (np.stack([w0, w1], axis=-1) - best) @ (2 / SAMPLES * FEATURES.T @ FEATURES), -1, 0
        ),
        np.linalg.eigvalsh(2 / SAMPLES * FEATURES.T @ FEATURES),
    )


LINE = _line()
LOWEST = LINE.loss(LINE.minima[0])


def batch_gradient(w: Array, inputs: Array, labels: Array, reduction: str = "mean") -> Array:
    """Return the gradient of the loss of a batch with respect to (w0, w1), by hand.

    The loss is the mean, or the sum, of (w0 x + w1 - y)^2. Plain numbers: a drag asks for it for
    every batch.
    """
    x = inputs[:, 0]
    d_preds = 2 * (w[0] * x + w[1] - labels[:, 0])
    return np.array([d_preds @ x, d_preds.sum()]) / (len(x) if reduction == "mean" else 1)


@lru_cache(maxsize=1)
def run(
    batch_size: int, lr: float, reduction: str, w0: float, w1: float, seed: int
) -> tuple[Path, Path, Array, Array]:
    """Return the paths of gradient descent and of SGD, EPOCHS times around the data for both.

    Thirdly, how many samples SGD has seen at each of its points; and the samples (SEEN, 2), input
    and label, in the order in which it sees them.
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
    seen = np.cumsum([0] + [len(labels) for _, labels in batches])
    return gd, sgd, seen, np.concatenate([np.hstack(batch) for batch in batches])


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
    # batch_gradient before its sum over the samples
    single = 2 * (w[0] * INPUTS + w[1] - LABELS) * FEATURES
    batches = single[shuffles(seed)[:, :batch_size]].mean(axis=1)
    covariance = np.cov(single.T, bias=True) / batch_size * (SAMPLES - batch_size) / (SAMPLES - 1)
    return batches, single.mean(axis=0), covariance


@lru_cache(maxsize=2)
def cloud_at(w0: float, w1: float, batch_size: int, seed: int) -> tuple[Array, Array, Array, float]:
    """Return the same, and the spread of the gradients of single samples: they stay for a batch."""
    w = np.array([w0, w1])
    return *cloud(w, batch_size, seed), math.sqrt(np.trace(cloud(w, 1, seed)[2]))


class StochasticGradientExplorer(Explorer):
    """Gradient descent and SGD fit a line to the same data, for the same number of samples: the
    two lines, their losses, and their paths.
    """

    batch_size = Setting(
        Slider, "batch size", 8, min=1, max=SAMPLES, step=math.log10(2), log=True, whole=True
    )
    seen = player("samples seen", 64, max=SEEN, interval=60)
    lr = log_slider("learning rate  lr", 0.15, min=1e-3, max=4)
    reduction = choice("loss of a batch", "mean", ["mean", "sum"])
    w0 = slider("start, slope  w₀", -3.0, min=-START, max=START, step=0.05)
    w1 = slider("start, intercept  w₁", 3.0, min=-START, max=START, step=0.05)
    seed = int_slider("shuffle  seed", 0, min=0, max=9)

    leads = ("batch_size", "lr")
    together = (("w0", "w1"),)

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the data with two lines, the losses, and the plane of the weights."""
        figure, axes = panels(
            {"data": "hero", "losses": "second", "plane": "second", "steps": "detail"},
            height=4.6,
            margins={"data": (0.75, 0.15, 0.58, 0.64), "steps": (0.2, 0.2, 0.58, 0.4)},
            wide=[(0.54, [("data", 1)]), (0.46, [("losses", 2.1), ("plane", 1.1), ("steps", 1.4)])],
            medium=[
                (4.3, [("data", 1)]),
                (2.7, [("losses", 1)]),
                (3, [("plane", 1.5), ("steps", 1)]),
            ],
            narrow=[
                (3.6, [("data", 1)]),
                (2.4, [("losses", 1)]),
                (2.5, [("plane", 1.15), ("steps", 1)]),
            ],
        )
        data, losses, self.plane, steps = axes.values()
        # side by side below the losses, which a column of three would have one above the other
        cells = figure.forms["wide"].cells
        left, _, width, _ = cells[losses]
        _, bottom, _, _ = cells[steps]
        top = cells[self.plane][1] + cells[self.plane][3]
        inch = 1 / figure.forms["wide"].width
        square = (top - bottom) * 4.6 * inch
        cells[steps] = left + width - square, bottom, square, top - bottom
        cells[self.plane] = left, bottom, width - square - 0.35 * inch, top - bottom
        figure.take("wide")
        return figure, [
            self.draw_data(data),
            self.draw_losses(losses),
            self.draw_plane(),
            self.draw_steps(steps),
        ]

    def draw_data(self, axes: Axes) -> list[Any]:
        """Draw the data and the lines. Returns what moves, as the other parts of `draw` do."""
        axes.set(
            xlim=ENDS,
            ylim=(-5.5, 7),
            xlabel="input $x$",
            ylabel="label $y$",
            xticks=(-1, 0, 1),
            yticks=range(-3, 7, 3),
        )
        dot(axes, INPUTS[:, 0], LABELS[:, 0], "quiet", 6, zorder=2)
        best = line_at(LINE.minima[0])
        axes.plot(ENDS, best, color=COLORS["minimum"], linewidth=2, zorder=3)
        look: dict[str, Any] = {"color": COLORS["minimum"], "va": "top"}
        axes.text(ENDS[0] + 0.02, best[0] - 0.9, "best line", **look)
        (self.first,) = axes.plot([], [], ":", color=COLORS["quiet"], linewidth=2)
        self.first_name = axes.text(0, 0, "start", color=COLORS["quiet"], va="bottom")
        (self.errors,) = axes.plot([], [], color=COLORS["estimate"], linewidth=1.2, zorder=4)
        # SGD's is wider, and below: where they fall together, both are seen
        look = {"solid_capstyle": "butt"}
        (self.gd_line,) = axes.plot([], [], color=COLORS["path"], linewidth=2.5, zorder=6, **look)
        (self.sgd_line,) = axes.plot(
            [], [], color=COLORS["estimate"], linewidth=4.5, zorder=5, **look
        )
        self.batch = dot(axes, color="estimate", size=9, zorder=7)
        inches: Any = axes.figure.dpi_scale_trans
        corner = axes.transAxes + ScaledTranslation(-0.05, 0.05, inches)
        look = {"color": COLORS["estimate"], "ha": "right", "va": "bottom", "zorder": 8}
        axes.text(1, 0, "● the last batch", transform=corner, **look)
        # over the picture, where a title would be: they name the lines
        self.counts = [
            axes.text(
                0,
                1,
                "",
                color=COLORS[color],
                weight="bold",
                transform=axes.transAxes + ScaledTranslation(0, up, inches),
            )
            for color, up in (("estimate", 0.34), ("path", 0.1))
        ]
        self.held = "w1"  # of the start: what is dragged
        self.drag(axes, action=self.turn)
        lines = [self.first, self.first_name, self.errors, self.gd_line, self.sgd_line]
        return [*lines, self.batch, self.counts]

    def turn(self, pointer: Pointer) -> dict[str, Any]:
        """Let the start follow the pointer: in the middle its intercept, at the sides its slope."""
        if pointer.kind == "down":
            self.held = "w1" if abs(pointer.x) < 0.35 else "w0"
        x = math.copysign(max(abs(pointer.x), 0.35), pointer.x)
        value = pointer.y - self.w0 * pointer.x if self.held == "w1" else (pointer.y - self.w1) / x
        return {self.held: self.controls[self.held].nearest(value)}

    def draw_losses(self, axes: Axes) -> list[Any]:
        """Draw the losses of the two lines, by the samples that they have seen."""
        axes.set(
            xlim=(0, 1.17 * SEEN),  # room for the values beside the dots
            ylim=LOSSES,
            yscale="log",
            xticks=range(0, SEEN + 1, SAMPLES),
            xlabel="samples seen",
            title="Loss above its minimum",
        )
        axes.set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
        axes.minorticks_off()
        axes.grid(True)
        (self.gd_loss,) = axes.plot([], [], color=COLORS["path"], linewidth=2.5)
        (self.sgd_loss,) = axes.plot([], [], color=COLORS["estimate"], linewidth=1.6)
        look: dict[str, Any] = {"size": 7, "markeredgewidth": 0, "clip_on": False}
        self.gd_loss_now = dot(axes, **look)
        self.sgd_loss_now = dot(axes, color="estimate", **look)
        look = {"weight": "bold", "fontsize": 12}
        self.values = [axes.text(0, 1, "", color=COLORS[c], **look) for c in ("path", "estimate")]
        self.drag(axes, x="seen")
        return [self.gd_loss, self.sgd_loss, self.gd_loss_now, self.sgd_loss_now, self.values]

    def draw_plane(self) -> list[Any]:
        """Draw the landscape, the two paths, and where a step of SGD may lead."""
        plane(self.plane)
        self.plane.set(
            title="The paths",
            aspect="auto",
            xlabel="slope $w_0$",
            ylabel="intercept $w_1$",
        )
        w0, w1 = (np.linspace(-end, end, 121) for end in WINDOW)
        height = np.sqrt(LINE.loss(np.stack(np.meshgrid(w0, w1), axis=-1)))
        levels = np.linspace(height.min(), height.max(), 13)
        self.plane.contourf(w0, w1, height, levels, cmap=LANDSCAPE, zorder=0)
        self.plane.contour(w0, w1, height, levels, colors=CONTOUR, linewidths=0.8, zorder=0.5)
        star(self.plane, *LINE.minima.T, zorder=4)
        self.sgd = walk(self.plane, "estimate", linewidth=1.2, markersize=3)
        self.gd = walk(self.plane, zorder=6, linewidth=2.5, markersize=5)
        self.start = ring(self.plane, size=9, zorder=7)
        self.gd_now = dot(self.plane, size=10, zorder=8, clip_on=False)
        self.sgd_now = dot(self.plane, color="estimate", size=9, zorder=9, clip_on=False)
        self.drag(self.plane, x="w0", y="w1")
        return [self.sgd, self.gd, self.start, self.gd_now, self.sgd_now]

    def draw_steps(self, axes: Axes) -> list[Any]:
        """Draw where the next step of SGD may lead: the plane under a magnifying glass."""
        axes.set(xlim=(-1, 1), ylim=(-1, 1), aspect="equal", anchor="N")
        axes.set(xticks=(), yticks=())
        axes.set_title("200 next steps")
        axes.spines[:].set_visible(True)
        look: dict[str, Any] = {"alpha": 0.5, "markeredgewidth": 0}
        self.cloud = dot(axes, color="estimate", size=4, **look)
        (self.spread,) = axes.plot([], [], "--", color=COLORS["limit"], linewidth=1.4)
        look = {"linestyle": "-", "linewidth": 2.5, "marker": "D", "markevery": [1]}
        self.full = dot(axes, color="gradient", size=8, **look)
        begin = ring(axes, [0], [0], size=9, zorder=5)
        inches: Any = axes.figure.dpi_scale_trans
        below = [axes.transAxes + ScaledTranslation(0, -0.06 - 0.2 * row, inches) for row in (0, 1)]
        look = {"ha": "center", "va": "top", "fontsize": 12}
        self.notes = [
            axes.text(0.5, 0, "", color=COLORS[color], transform=place, **look)
            for color, place in zip(("gradient", "estimate"), below, strict=True)
        ]
        (self.scale,) = axes.plot([], [], color=INK, linewidth=2, solid_capstyle="butt")
        self.unit = axes.text(-0.92, -0.86, "", color=INK, va="bottom", fontsize=11)
        self.share = axes.text(0, 0, "95%", color=INK, ha="center", fontsize=11, clip_on=True)
        return [
            self.cloud,
            self.spread,
            self.full,
            begin,
            self.share,
            self.scale,
            self.unit,
            self.notes,
        ]

    def update(self) -> tuple[str, str]:
        """Show both lines up to so many samples."""
        gd, sgd, seen, samples = run(
            self.batch_size, self.lr, self.reduction, self.w0, self.w1, self.seed
        )
        updates = int(np.searchsorted(seen, self.seen, side="right")) - 1
        done = {"gd": self.seen // SAMPLES, "sgd": updates}
        self.start.set_data([self.w0], [self.w1])
        self.first.set_data(ENDS, line_at([self.w0, self.w1]))
        # the name, at the end at which the line is higher, or where it leaves the picture
        side = 1 if self.w0 > 0 else -1
        x = side * min(1.05, (5.4 - self.w1) / max(abs(self.w0), 0.1))
        self.first_name.set_position((x, self.w0 * x + self.w1 + 0.1))
        self.first_name.set_horizontalalignment("right" if x > 0 else "left")
        artists = self.gd, self.gd_now, self.gd_loss, self.gd_loss_now, self.gd_line
        self.show_path(gd, np.arange(EPOCHS + 1) * SAMPLES, done["gd"], *artists)
        artists = self.sgd, self.sgd_now, self.sgd_loss, self.sgd_loss_now, self.sgd_line
        self.show_path(sgd, seen, done["sgd"], *artists)
        self.show_values(gd.losses[done["gd"]] - LOWEST, sgd.losses[done["sgd"]] - LOWEST)
        # the batch that is being filled, or the one with which the last step was made
        begin = seen[updates] if self.seen > seen[updates] else seen[max(updates - 1, 0)]
        self.show_batch(samples[begin : self.seen], sgd.points[updates])
        batch = counted(self.batch_size, "sample")
        self.counts[0].set_text(f"SGD: {counted(updates, 'step')} of {batch}")
        self.counts[1].set_text(f"gradient descent: {counted(done['gd'], 'step')} of {SAMPLES}")
        gone = gone_at(sgd.points[: updates + 1])
        here = updates if gone is None else gone - 1  # the last point in the picture
        self.show_steps(sgd.points[here])
        return self.sentence(gd, sgd, done)

    def show_path(
        self,
        path: Path,
        seen: Array,
        n: int,
        walked: Line2D,
        now: Line2D,
        loss: Line2D,
        loss_now: Line2D,
        line: Line2D,
    ) -> None:
        """Show a path up to its update n; `seen`: the samples it has seen at each of its points."""
        points = path.points[: n + 1]
        # the weights stay as they are until the next batch is complete
        excess = np.append(path.losses[: n + 1], path.losses[n]) - LOWEST
        excess = np.clip(np.nan_to_num(excess, nan=np.inf), *LOSSES)
        walked.set_data(*inside(points).T)
        place_now(now, points)
        stairs = np.repeat(np.append(seen[: n + 1], self.seen), 2)[1:]
        loss.set_data(stairs, np.repeat(excess, 2)[:-1])
        loss_now.set_data([self.seen], excess[-1:])
        line.set_data(ENDS, line_at(path.points[n]))

    def show_values(self, gd: float, sgd: float) -> None:
        """Write the two losses beside their dots, the higher one above the other."""
        low, high = sorted(np.clip([gd, sgd], *LOSSES))
        close, same = high < 5 * low, number(gd) == number(sgd)
        for text, loss, other in zip(self.values, (gd, sgd), (sgd, gd), strict=True):
            shown = self.seen and loss < LOSSES[1] and not (same and text is self.values[0])
            above = loss > other if close else loss < 2 * LOSSES[0]  # the axis runs there
            text.set(
                text=number(loss) if shown else "",
                x=self.seen + 7,
                y=max(loss, LOSSES[0]) if shown else 1,
                va="bottom" if above else "top" if close and not same else "center",
            )

    def show_batch(self, samples: Array, w: Array) -> None:
        """Show the samples of a batch, and how far each is from the line."""
        x, y = samples.T
        self.batch.set_data(x, y)
        gap = np.full(len(x), np.nan)
        ends = np.stack([y, np.clip(w[0] * x + w[1], -1e3, 1e3), gap], axis=1)
        self.errors.set_data(np.repeat(x, 3), ends.ravel())

    def show_steps(self, w: Array) -> None:
        """Show where the steps of many batches lead from here, and where that of all the data.

        A step is minus lr times the gradient. The spread of single samples fills the picture,
        whatever lr is.
        """
        batches, full, covariance, single = cloud_at(*w.tolist(), self.batch_size, self.seed)
        length = float(np.linalg.norm(full))
        scale = length + 1.4 * single
        self.cloud.set_data(*-batches.T / scale)
        unit = 10 ** math.floor(math.log10(scale))  # as long as this part of a gradient
        self.scale.set_data([-0.92, -0.92 + unit / scale], [-0.9, -0.9])
        self.unit.set_text(number(unit))
        end = -full / scale
        self.full.set_data([0, end[0]], [0, end[1]])
        lengths, axes = np.linalg.eigh(covariance)
        # 95% of a two-dimensional normal distribution lie within sqrt(-2 log 0.05) = 2.45 standard
        # deviations.
        radii = math.sqrt(-2 * math.log(0.05)) * np.sqrt(np.maximum(lengths, 0)) / scale
        ellipse = end[:, None] + axes @ (radii[:, None] * CIRCLE)
        self.spread.set_data(*ellipse)
        # on the far side of the point from which the steps begin
        up = end[1] > 0
        x, y = ellipse[:, ellipse[1].argmax() if up else ellipse[1].argmin()]
        self.share.set(x=x, y=y + (0.04 if up else -0.04), va="bottom" if up else "top")
        self.share.set_visible(bool(np.ptp(ellipse[1]) > 0.2))
        spread = math.sqrt(max(np.trace(covariance), 0))
        length, spread = (x if x > 1e-9 else 0.0 for x in (length, spread))  # less is rounding
        self.notes[0].set_text(f"◆ gradient {number(length)} long")
        self.notes[1].set_text(f"● a batch is off by {number(spread)}")

    def sentence(self, gd: Path, sgd: Path, done: dict[str, int]) -> tuple[str, str]:
        """Say who has come further for the same samples, and by how much."""
        lost = {name: is_lost(path, done[name]) for name, path in (("gd", gd), ("sgd", sgd))}
        loss = {
            name: number(excess if excess > 1e-12 else 0.0)  # less is rounding
            for name, path in (("gd", gd), ("sgd", sgd))
            for excess in [path.losses[done[name]] - LOWEST]
        }
        return self.verdict(done, lost, loss), self.reason(lost, loss)

    def verdict(self, done: dict[str, int], lost: dict[str, int], loss: dict[str, str]) -> str:
        """Say who has come further."""
        rough, exact = ink("estimate", "SGD"), ink("path", "gradient descent")
        if lost["gd"] and lost["sgd"]:
            return "Too big: both run away."
        if lost["gd"] or lost["sgd"]:
            return f"Too big: {exact if lost['gd'] else rough} runs away."
        if self.batch_size == SAMPLES:
            return f"The batch is all: {rough} is {exact}."
        if self.seen == 0:
            return "Press Play: which line fits first?"
        if not done["sgd"]:
            return "The first batch is not full yet."
        if not done["gd"]:
            return f"{rough}: {counted(done['sgd'], 'step')}; {exact}: none yet."
        steps = {
            "sgd": ink("estimate", counted(done["sgd"], "rough step")),
            "gd": ink("path", f"{done['gd']} exact one{'s' * (done['gd'] > 1)}"),
        }
        if loss["sgd"] == loss["gd"]:
            return f"{steps['sgd']} equal{'s' * (done['sgd'] == 1)} {steps['gd']}."
        if float(loss["sgd"]) < float(loss["gd"]):
            return f"{steps['sgd']} beat{'s' * (done['sgd'] == 1)} {steps['gd']}."
        exact = ink("path", counted(done["gd"], "exact step"))
        rough = ink("estimate", f"{done['sgd']} rough one{'s' * (done['sgd'] > 1)}")
        return f"{exact} beat{'s' * (done['gd'] == 1)} {rough}."

    def reason(self, lost: dict[str, int], loss: dict[str, str]) -> str:
        """Say how high the two losses are, and what the learning rate has to do with it."""
        limit = 2 / LINE.hessian_eigenvalues.max()  # type: ignore[union-attr]  # a quadratic has them
        names = {"sgd": ink("estimate", "SGD"), "gd": ink("path", "gradient descent")}
        if not self.seen:
            words = (
                f"{names['sgd']} makes a step after every {counted(self.batch_size, 'sample')},"
                f" {names['gd']} after all {SAMPLES}"
            )
        elif all(lost.values()):
            words = " and ".join(
                f"{name} after {counted(lost[who], 'step')}" for who, name in names.items()
            )
            words = f"They left the picture: {words}"
        else:
            words = ", ".join(
                f"{name} left the picture" if lost[who] else f"{name} {loss[who]}"
                for who, name in names.items()
            )
            words = f"Loss above the minimum after {counted(self.seen, 'sample')}: {words}"
        if self.reduction == "sum":
            acts = f"{number(self.lr * self.batch_size)} for a batch of {self.batch_size}"
            return (
                f"Sum: lr acts like {acts}, {number(self.lr * SAMPLES)} for all {SAMPLES}"
                f" (limit {limit:.4g}). {words}."
            )
        if self.lr > limit:
            return f"lr is above {limit:.4g}, the limit of gradient descent. {words}."
        return f"{words}."


def line_at(w: Any) -> Array:
    """Return the height of the line of these weights at both ends of the picture."""
    return np.asarray(np.clip(w[0] * ENDS + w[1], -1e6, 1e6))


def is_lost(path: Path, n: int) -> int:
    """Return the step with which a path that diverges has left the picture, or 0.

    To be out of the picture is not yet to be lost: SGD may come back.
    """
    gone = gone_at(path.points[: n + 1])
    return gone if gone and gone_at(path.points) == gone and not path.losses[-1] < LOST else 0
