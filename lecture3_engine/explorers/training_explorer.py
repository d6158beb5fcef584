"""A network on real digits that trains under the learner's hand.

Lecture, section 3, "Takeaways", and section 4, "Training in a nutshell".

The picture shows the settings and, besides, what training has added so far, which is no setting:
the past is made of settings that have been changed since. An explorer made from the settings alone
(its repr) shows the untrained network, always the same one, and so does Reset.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
import weakref
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation

from ..functional import cross_entropy
from ..layers import Dense, Sequential
from ..live import LOCK, Explorer, choice, int_slider, log_slider, panels, slider, toggle
from ..optim import SGD, Adagrad, Adam, AdamW, RMSprop
from ..style import COLORS, DIGITS, INK, MUTED, SIGNED_TILES, dot, ink, styled
from ..training import DataLoader, evaluate, train_step
from .digits import train_and_validation
from .formats import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..tensor import Array

OPTIMIZERS = {
    "SGD": lambda params, lr, beta: SGD(params, lr, momentum=beta),
    "RMSprop": lambda params, lr, beta: RMSprop(params, lr),
    "Adagrad": lambda params, lr, beta: Adagrad(params, lr),
    "Adam": lambda params, lr, beta: Adam(params, lr, betas=(beta, 0.999)),
    "AdamW": lambda params, lr, beta: AdamW(params, lr, betas=(beta, 0.999)),
}
# a small part of the data to begin with, as the lecture advises
TRAIN, VALIDATION, HIDDEN = 10_000, 1_000, 64
EVERY = 10  # steps from one look at the validation data to the next
LIMIT = 20_000  # steps: no network trains for ever in a notebook that was left open
# seconds of work at a time, and from slice to slice: the kernel stays responsive, and the eye can
# follow
SLICE, PAUSE = 0.025, 0.1
LOSSES = (0.01, 100)
LOW, HIGH = (0.1, 0.01), (4, 10, 100)  # where the axis of the loss may end: as near as will do
GUESSING = math.log(10)
# hidden units that are shown, how many of them in a row, and digits that choose them
UNITS, ROW, LOOKED = 20, 5, 1_000
DIGIT = 7  # of the validation digits, the one that is shown to them
FRAMED = 3  # units that it excites most
FIRST = 200  # steps on the axis when it opens
CHANGE = 0.04  # of a weight, in full color, if no others are larger: the first steps are pale


class Training:
    """A network and the record of its training.

    The record: the loss of each batch; (step, mean loss of the last batches, loss and accuracy on
    validation data) after every ten steps; and the steps at which a setting was changed.
    """

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)
        self.hidden = Dense(784, HIDDEN, "relu", rng=self.rng)
        self.model = Sequential(self.hidden, Dense(HIDDEN, 10, rng=self.rng))
        self.first = self.hidden.kernel.data.copy()
        self.units = self.eager()
        # `use` makes them
        self.kind: str | None = None
        self.optimizer: Any = None
        self.loader: Any = None
        self.beta = 0.0
        self.batches: Iterator[tuple[Array, Array]] = iter(())
        self.losses: list[float] = []
        self.changes: list[int] = []
        self.samples, self.failed = 0, False
        loss, right = self.check()
        self.checks = [(0, loss, loss, right)]

    @property
    def steps(self) -> int:
        """How many steps it has made."""
        return len(self.losses)

    @property
    def over(self) -> bool:
        """Whether there are no more steps to come."""
        return self.failed or self.steps >= LIMIT

    def eager(self) -> Array:
        """Return the hidden units that will be shown: those with the largest gradients at first.

        They learn the most. In this order, and for good: a picture that moves to another place
        cannot be watched.
        """
        (pixels, digits), _ = train_and_validation(TRAIN, VALIDATION)
        cross_entropy(self.model(pixels[:LOOKED]), digits[:LOOKED]).backward()
        norms = np.linalg.norm(np.asarray(self.hidden.kernel.grad), axis=0)
        self.model.zero_grad()
        return np.argsort(-norms, kind="stable")[:UNITS]

    def check(self) -> tuple[float, Any]:
        """Return loss and accuracy on the validation data."""
        _, validation = train_and_validation(TRAIN, VALIDATION)
        return evaluate(self.model, *validation, cross_entropy)

    def use(self, optimizer: str, lr: float, beta: float, batch_size: int) -> None:
        """Train on with these settings.

        The optimizer keeps what it remembers as long as it is the same one.
        """
        before = (
            self.kind,
            self.optimizer and self.optimizer.lr,
            self.loader and self.loader.batch_size,
            self.beta,
        )
        if self.kind != optimizer:
            self.optimizer = OPTIMIZERS[optimizer](self.model.parameters(), lr, beta)
            self.kind = optimizer
        self.optimizer.lr, self.beta = lr, beta
        if isinstance(self.optimizer, SGD):
            self.optimizer.momentum = beta
        elif isinstance(self.optimizer, Adam):
            self.optimizer.betas = beta, 0.999
        if self.loader is None or self.loader.batch_size != batch_size:
            train, _ = train_and_validation(TRAIN, VALIDATION)
            self.loader = DataLoader(*train, batch_size, shuffle=True, rng=self.rng)
            self.batches = iter(())
        if self.steps and before != (optimizer, lr, batch_size, beta):
            self.changes.append(self.steps)

    def step(self) -> None:
        """Train with one batch, and write down how it went."""
        batch = next(self.batches, None)
        if batch is None:  # the next epoch
            self.batches = iter(self.loader)
            batch = next(self.batches)
        loss, _ = train_step(self.model, *batch, cross_entropy, self.optimizer)
        self.failed = not math.isfinite(loss)
        self.losses.append(loss)
        self.samples += len(batch[1])
        if self.steps % EVERY == 0 or self.failed:
            validation_loss, right = self.check()
            self.checks.append(
                (self.steps, float(np.mean(self.losses[-EVERY:])), validation_loss, right)
            )
            self.failed |= not math.isfinite(validation_loss)


class TrainingExplorer(Explorer):
    """A network learns handwritten digits while its learning rate, beta, batch size and optimizer
    are under your hand.
    """

    optimizer = choice("optimizer", "SGD", OPTIMIZERS)
    lr = log_slider("learning rate  lr", 0.1, min=1e-4, max=10)
    beta = slider("momentum  β", 0.0, min=0, max=0.99, step=0.01)
    batch_size = int_slider("batch size", 32, min=1, max=256)
    running = toggle("Train", False, plays=True)
    again = toggle("New network", presses=True)

    leads = ("running", "again", "lr")
    together = (("optimizer", "beta"),)

    # one network trains at a time: an explorer that is made pauses the one before, whose cell may
    # be gone
    _latest: ClassVar[weakref.ref[TrainingExplorer] | None] = None

    def __init__(self, **settings: Any) -> None:
        self._task: asyncio.Task[None] | None = None
        self._training = Training()
        latest = TrainingExplorer._latest
        before = None if latest is None else latest()
        if before is not None and before.at_work:
            before.running = False
        TrainingExplorer._latest = weakref.ref(self)
        super().__init__(**settings)

    def train(self, steps: int) -> None:
        """Train so many steps now, with the present settings, and show the result.

        For a picture that is the same on every run.
        """
        with LOCK:
            self._training.use(self.optimizer, self.lr, self.beta, self.batch_size)
            for _ in range(steps):
                if not self._training.over:
                    self._training.step()
            self.redraw()

    def reset(self, era: str | None = None) -> None:
        """Go back to the first settings and to the untrained network."""
        with LOCK:
            self._training = Training()
            super().reset(era=era)
            self.redraw()

    def close(self) -> None:
        """Close it as every explorer. The training stops."""
        self.running = False
        super().close()

    @property
    def at_work(self) -> bool:
        """Whether the training goes on by itself."""
        return self._task is not None and not self._task.done()

    async def _train(self) -> None:
        """Train in slices with pauses, in which the kernel answers to everything else."""
        while self.running and not self._training.over:
            start = time.perf_counter()
            with LOCK:  # nobody resets it half-way
                training = self._training
                training.use(self.optimizer, self.lr, self.beta, self.batch_size)
                goal = training.steps + EVERY
                while (
                    training.steps < goal
                    and not training.over
                    and time.perf_counter() - start < SLICE
                ):
                    training.step()
                self.redraw()
            pause = PAUSE if training.steps == goal else 0  # a slow machine rests less
            await asyncio.sleep(max(pause - (time.perf_counter() - start), 0.02))
        self.running = False

    def _start(self) -> None:
        """Let the training go on by itself, unless it does."""
        if not self.at_work:
            # no event loop, for example in a script: there is no one to press pause either
            with contextlib.suppress(RuntimeError):
                self._task = asyncio.get_running_loop().create_task(self._train())

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw loss, accuracy and weights."""
        figure, axes = panels(
            {"loss": "hero", "right": "second", "weights": "second"},
            margins={"weights": (0.15, 0.15, 0.42, 0.4), "loss": (0.6, 0.15, 0.36, 0.4)}
            | {"right": (0.6, 0.15, 0.56, 0.4)},
            wide=[(0.61, [("loss", 1), ("right", 1.1)]), (0.39, [("weights", 1)])],
            medium=[(2.6, [("loss", 1)]), (3.6, [("right", 1), ("weights", 1)])],
            narrow=[(2.3, [("loss", 1)]), (2.4, [("right", 1)]), (4, [("weights", 1)])],
        )
        self.loss_axes, self.right_axes, weights = axes.values()
        both = self.loss_axes, self.right_axes
        for curves, guessing in zip(both, (GUESSING, 10), strict=True):
            curves.set(xlim=(0, FIRST))
            curves.grid(True)
            curves.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
            curves.axhline(guessing, color=COLORS["quiet"], linestyle=":")
        above = ScaledTranslation(0, 2 / 72, figure.dpi_scale_trans)
        self.guessing = [
            curves.text(
                0.99,
                guessing,
                "guessing",
                color=MUTED,
                fontsize=12,
                ha="right",
                va="bottom",
                transform=curves.get_yaxis_transform() + above,
            )
            for curves, guessing in zip(both, (GUESSING, 10), strict=True)
        ]
        self.right_axes.set_xlabel("step")
        low = [curves.get_xaxis_transform() for curves in both]
        self.changes = [
            curves.plot([], [], "^", color=COLORS["loss"], markersize=8, transform=place)[0]
            for curves, place in zip(both, low, strict=True)
        ]
        self.changed_here = self.loss_axes.text(
            0, 0.03, "", color=INK, fontsize=12, va="bottom", transform=low[0]
        )
        self.draw_loss()
        self.draw_accuracy()
        self.now = [dot(curves, color="validation", size=9) for curves in both]
        beside = ScaledTranslation(9 / 72, 0, figure.dpi_scale_trans)
        self.names = [
            curves.text(0, 0, "", color=COLORS[color], transform=curves.transData + beside)
            for curves, color in (
                (self.loss_axes, "path"),
                (self.loss_axes, "validation"),
                (self.right_axes, "validation"),
            )
        ]
        self.names[2].set(weight="bold", va="center")
        self.draw_weights(weights)
        curves_ = [self.batch_losses, self.validation, self.right, *self.names]
        return figure, [
            *self.changes,
            *self.guessing,
            self.changed_here,
            *curves_,
            *self.now,
            self.weights,
            self.framed,
        ]

    def draw_loss(self) -> None:
        """Draw the losses of training and validation."""
        axes = self.loss_axes
        axes.set(yscale="log", title="Loss")
        self.limit_loss(LOW[0], HIGH[0])
        (self.batch_losses,) = axes.plot([], [], color=COLORS["path"])
        (self.validation,) = axes.plot([], [], "--", color=COLORS["validation"], linewidth=2.5)

    def limit_loss(self, low: float, high: float) -> None:
        """Let the axis of the loss go so far and no further: what is learned fills it."""
        axes = self.loss_axes
        if axes.get_ylim() == (low, high):
            return
        axes.set_ylim(low, high)
        ticks = [tick for tick in (0.01, 0.1, 1, 10, 100) if low <= tick <= high]
        if high == HIGH[0]:
            ticks += [0.3]
        words = [f"{tick:g}" for tick in ticks]
        axes.set_yticks([*ticks, GUESSING], [*words, f"{GUESSING:.1f}"])
        axes.minorticks_off()
        for label, word in zip(axes.get_yticklabels(), [*words, ""], strict=True):
            label.set_color("black" if word else MUTED)

    def draw_accuracy(self) -> None:
        """Draw the share of validation digits that are right."""
        axes = self.right_axes
        axes.set(ylim=(0, 100), title="Validation digits that are right")
        axes.set_yticks([10, 50, 100], ["10%", "50%", "100%"])
        axes.get_yticklabels()[0].set_color(MUTED)
        (self.right,) = axes.plot([], [], "--", color=COLORS["validation"], linewidth=2.5)

    def draw_weights(self, axes: Axes) -> None:
        """Draw what some hidden units have learned."""
        axes.set(xlim=(0, 156), ylim=(157.5, 0), xticks=[], yticks=[], aspect="equal")
        axes.set_title(f"What {UNITS} hidden units look for")
        axes.spines[:].set_visible(False)
        _, (images, digits) = train_and_validation(TRAIN, VALIDATION)
        self.digit = images[DIGIT]
        axes.imshow(self.digit.reshape(28, 28), cmap=DIGITS, extent=(0, 28, 28, 0))
        for x, y, words, color in (
            (33, 4, f"shown: a {digits[DIGIT]}", INK),
            (33, 14, "framed: excited most by it", INK),
            (33, 24, "violet: ink", SIGNED_TILES(1.0)),
            (76, 24, "orange: no ink", SIGNED_TILES(0.0)),
        ):
            axes.text(x, y, words, color=color, fontsize=12, va="center")
        self.weights = axes.imshow(
            tiles(np.zeros((784, UNITS))),
            cmap=SIGNED_TILES,
            vmin=-1,
            vmax=1,
            interpolation="nearest",
            extent=(0, 156, 156, 32),
        )
        (self.framed,) = axes.plot([], [], color=INK, linewidth=2, clip_on=False)

    @styled
    def update(self) -> tuple[str, str]:
        """Show the training as far as it is, and start it where `running` is on."""
        if self.again:
            self._training, self.again = Training(), False
        training = self._training
        if self.running:
            self._start()
        self.controls["beta"].disabled = self.optimizer in ("RMSprop", "Adagrad")
        # there is room for words at the right end of the curves
        end = FIRST * 2 ** max(0, math.ceil(math.log2(max(training.steps, 1) / (0.78 * FIRST))))
        if self.loss_axes.get_xlim()[1] != end:
            for axes in (self.loss_axes, self.right_axes):
                axes.set_xlim(0, end)
        steps, losses, validation, right = np.array(training.checks).T
        seen = np.nan_to_num([losses, validation], nan=np.inf)
        self.limit_loss(
            next((low for low in LOW if low <= seen.min()), LOW[-1]),
            next((high for high in HIGH if high >= seen.max()), HIGH[-1]),
        )
        # what diverges runs along the top
        losses, validation = (
            np.clip(np.nan_to_num(curve, nan=np.inf), *LOSSES) for curve in (losses, validation)
        )
        self.batch_losses.set_data(steps, losses)
        self.validation.set_data(steps, validation)
        self.right.set_data(steps, 100 * right)
        self.now[0].set_data(steps[-1:], validation[-1:])
        self.now[1].set_data(steps[-1:], 100 * right[-1:])
        self.name_curves(steps[-1], losses[-1], validation[-1])
        share = 100 * right[-1]
        self.names[2].set(
            text=f"{share:.1f}%" if training.steps else "",
            position=(steps[-1], min(max(share, 6), 94)),
        )
        # not where the ends of the curves have their names
        late = steps[-1] > 0.4 * end
        near = max(losses[-1], validation[-1]) > 0.6 * GUESSING, share < 35
        for word, there in zip(self.guessing, near, strict=True):
            word.set_visible(not (late and there))
        for line in self.changes:
            line.set_data(training.changes, np.full(len(training.changes), 0.05))
        at = training.changes[-1] if training.changes else 0
        self.changed_here.set(
            text="   a setting changed   " if training.changes else "",
            x=at,
            ha="left" if at < end / 2 else "right",
        )
        learned = training.hidden.kernel.data - training.first
        self.weights.set_data(tiles(learned[:, training.units]))
        self.framed.set_data(*frames(self.excited()))
        self.controls["running"].label = "Continue" if training.steps else "Train"
        self.controls["again"].disabled = not training.steps
        since = ", from the next step" if training.steps else ""
        self.controls["lr"].label = f"learning rate{since}  lr"
        return self.sentence(training)

    def excited(self) -> list[int]:
        """Return the units that the digit excites the most, of those that are shown."""
        hidden, units = self._training.hidden, self._training.units
        if not self._training.steps or self._training.failed:
            return []
        fires = (self.digit @ hidden.kernel.data + hidden.bias.data)[units]
        return np.argsort(-np.nan_to_num(fires), kind="stable")[:FRAMED].tolist()

    def name_curves(self, step: float, *ends: float) -> None:
        """Write beside the ends of the two losses which is which, the higher one above."""
        above = "training" if ends[0] >= ends[1] else "validation"
        low, high = self.loss_axes.get_ylim()
        room = (high / low) ** 0.08  # of the height of the axes
        for text, word in zip(self.names[:2], ("training", "validation"), strict=True):
            # inside the picture, and apart
            height = max(ends) if word == above else min(ends)
            text.set(
                text=word if step else "",
                position=(step, min(max(height, low * room), high / room)),
                va="bottom" if word == above else "top",
            )

    def sentence(self, training: Training) -> tuple[str, str]:
        """Say how the training goes."""
        looked, recent, loss, right = training.checks[-1]
        share = f"{100 * right:.1f}% of"
        if not training.steps:
            return (
                "Untrained: it guesses. Press Train.",
                (
                    f"{share} {VALIDATION:,} {ink('validation', 'validation digits')} are right,"
                    f" near the 10% of guessing; the loss is {loss:.2f}, near ln 10 ="
                    f" {GUESSING:.2f}."
                ),
            )
        so_far = f"Step {training.steps:,}, {training.samples / TRAIN:.1f} epochs"
        if training.failed:
            return (
                "The loss is no longer a number.",
                (
                    f"{so_far}: the steps were too big, and the training has stopped. Press New"
                    " network."
                ),
            )
        if training.steps < EVERY:
            return (
                "It has begun.",
                f"{so_far}: losses and accuracy come after every {EVERY} steps.",
            )
        at = "" if looked == training.steps else f"after step {looked:,} "
        trained, tested = ink("path", "training loss"), ink("validation", "validation loss")
        reason = (
            f"{so_far}: {at}{trained} {number(recent)} (mean of the last {EVERY} steps), {tested}"
            f" {number(loss)}"
        )
        verdict, too_big = f"{share} validation digits are right.", False
        if loss > 1.05 * GUESSING:
            verdict, too_big = "Too big: it is worse than guessing.", True
        elif training.steps > 200 and right < 0.2:
            # more than the luck of small batches does
            too_big = max(max(check[1:3]) for check in training.checks) > 1.15 * GUESSING
            why = "Too big" if too_big else "lr is too small"
            verdict = f"{why}: hardly better than guessing."
        if "right" not in verdict:
            reason += f", {share} validation digits right"
        cure = " Make lr smaller; if it does not recover, press New network." if too_big else ""
        over = ""
        if training.steps >= LIMIT:
            over = f" The training ends at {LIMIT:,} steps. Press New network for another."
        return verdict, f"{reason}.{cure}{over}"


def tiles(changes: Array) -> Array:
    """Return the changes of the weights (784, UNITS) as pictures, side by side.

    Each has 28 x 28 pixels and its own scale: one of a hundred may be beyond -1 or 1.
    """
    pictures = np.nan_to_num(changes.T.reshape(UNITS, 28, 28))  # weights that overflowed
    largest = np.quantile(np.abs(pictures), 0.99, axis=(1, 2), keepdims=True)
    pictures = pictures / np.maximum(CHANGE, largest)
    framed = np.pad(pictures, ((0, 0), (0, 4), (0, 4)), constant_values=np.nan)
    rows = UNITS // ROW
    framed = framed.reshape(rows, ROW, 32, 32).swapaxes(1, 2).reshape(32 * rows, 32 * ROW)
    return framed[:-4, :-4]


def frames(places: list[int]) -> Array:
    """Return the frames around some tiles, as one line with gaps."""
    frame = np.array([(-1, -1), (29, -1), (29, 29), (-1, 29), (-1, -1), (np.nan, np.nan)])
    corners = [(32 * (i % ROW), 32 * (1 + i // ROW)) for i in places]
    return np.reshape([frame + corner for corner in corners], (-1, 2)).T
