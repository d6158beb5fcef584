"""What is wrong with this training? A riddle, in the numbers of real trainings.

Lecture, section 4, "Training in a nutshell". `bugs.py` has the trainings, and what tells them
apart.
"""

from __future__ import annotations

import difflib
import math
import re
import textwrap
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.transforms import Affine2D, ScaledTranslation, Transform

from ..live import Explorer, choice, panels, player
from ..style import COLORS, INK, MUTED, PAPER, SIGNED, dot, ink, styled
from .bugs import (
    BUGS,
    GUESSING,
    ONE,
    PICTURES,
    PICTURES_EVERY,
    UPDATES,
    Run,
    batch_of_one,
    gradient_check,
    gradient_norms,
    run,
    symptoms,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.text import Text

    from ..live import Pointer
    from ..tensor import Array

HEALTHY, NOT_YET = "nothing is wrong", "not yet"
# shuffled, so that a number says nothing, and always in the same way
CASES = {
    f"case {number}": [*BUGS][bug]
    for number, bug in enumerate(np.random.default_rng(287).permutation(len(BUGS)), 1)
}
EVIDENCE = ("none", "check one gradient", "gradient norms", "batch of one")
CHECKED = (1, 10)  # the updates at which a gradient is checked: one before the bug may show
LOSSES, FAIR, LENGTHS = (0, 1000), 3, (1e-4, 100)
LARGEST = 0.15  # weight that has a colour of its own
PLACES = {"0.kernel": "first kernel", "0.bias": "first bias"} | {
    "1.kernel": "last kernel",
    "1.bias": "last bias",
}
ROWS = 4  # of numbers as evidence
Row: TypeAlias = tuple[str, float, str]  # words, a number, a name of COLORS
# of the code: characters in a line, lines, and points from one to the next
WIDTH, LINES, SPACE = 41, 6, 14.5

# The patterns of `symptoms` in words, as they are told when an answer is wrong.
WORDS = {
    "loss": {
        "rises, then explodes": "the loss rises, then explodes",
        "falls, then explodes": "the loss falls, then explodes",
        "jumps up": "the loss jumps up on its way",
        "stays flat": "the loss stays flat",
        "falls to almost 0": "the loss falls to almost 0",
        "falls slowly": "the loss falls slowly",
    },
    "first loss": {
        "guessing": "the first batch has the loss of guessing, 2.3",
        "guessing, times the batch": "the loss of the first batch is 40 times that of guessing",
        "far above guessing": "the loss starts far above that of guessing",
    },
    "accuracy": {
        "only training digits": "new digits do no better than by guessing",
        "training and new alike": "new digits do about as well as training digits",
    },
    "first step": {
        "none": "the first step has no length at all",
        "uphill": "the first step goes uphill",
        "tiny": "the first step is next to nothing",
        "huge": "the first step is huge, compared with the weights",
        "downhill": "the first step is short and goes downhill",
    },
    "later steps": {
        "none": "no step has any length",
        "longer than lr × gradient": "the steps outgrow their gradients",
        "lr × gradient": "each step stays in proportion to its gradient",
    },
    "hidden outputs at the start": {
        "all are 0": "all hidden outputs are 0 at the start",
        "many are 0": "about half of the hidden outputs are 0 at the start",
        "none are 0": "none of the hidden outputs is 0",
    },
    "first gradient of the first layer": {
        "there": "the first layer has a gradient",
        "0": "the gradient of the first layer is 0",
        "none": "the first layer has no gradient",
    },
    "gradient check": {
        "agrees": "the gradient check agrees",
        "fails": "the gradient check fails",
    },
    "batch of one": {
        "learned": "one digit alone is learned",
        "not learned": "not even one digit is learned",
    },
}


@lru_cache
def patterns(name: str) -> dict[str, str]:
    """Return the symptoms of a bug, by the name of the pattern."""
    return symptoms(run(name))


@lru_cache
def checks(name: str) -> list[Any]:
    """Return the gradient check at each of CHECKED."""
    return [gradient_check(name, update) for update in CHECKED]


@lru_cache
def one_digit(name: str) -> Any:
    """Return what becomes of a batch of one."""
    return batch_of_one(name)


@lru_cache
def lengths(name: str) -> dict[str, Array]:
    """Return the norms of all gradients, all last changes, and all weights: each one number."""
    result = run(name)
    with np.errstate(all="ignore"):
        return {
            key: np.sqrt(np.nansum([norm**2 for norm in norms.values()], axis=0))
            for key, norms in (
                ("weights", result.weights),
                ("gradient", result.gradients),
                ("step", result.steps),
            )
        }


def alive(result: Run) -> int:
    """Return how many records there are before the loss is too big for a number."""
    bad = ~np.isfinite(result.loss)
    return int(np.argmax(bad)) if bad.any() else len(bad)


class BugExplorer(Explorer):
    """What is wrong with this training? Real trainings on real digits, most of them with one broken
    line in their loop: you look, ask for evidence, and say which.
    """

    case = choice("training", "case 1", CASES)
    answer = choice("what is wrong?", NOT_YET, [NOT_YET, *sorted(set(BUGS) - {HEALTHY}), HEALTHY])
    evidence = choice("more evidence", "none", EVIDENCE)
    step = player("update", UPDATES, max=UPDATES, interval=40)

    leads = ("case", "answer", "evidence")

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the loss, what else can be seen, and room for evidence and for broken lines."""
        side = {"right": (0.62, 1.3, 0.28, 0.36), "zeros": (0.62, 1.3, 0.54, 0.36)}
        figure, axes = panels(
            {
                "loss": "hero",
                "details": "second",
                "right": "second",
                "lengths": "second",
                "zeros": "detail",
            },
            height=4.6,
            wide=[
                (0.56, [("loss", 0.58), ("details", 0.42)]),
                (0.44, [("right", 0.335), ("lengths", 0.325), ("zeros", 0.34)]),
            ],
            medium=[
                (3.0, [("loss", 1)]),
                (2.0, [("details", 1)]),
                (1.75, [("right", 1), ("lengths", 1)]),
                (1.75, [("zeros", 1)]),
            ],
            narrow=[
                (2.9, [("loss", 1)]),
                (1.85, [("details", 1)]),
                (1.7, [("right", 1)]),
                (1.7, [("lengths", 1)]),
                (1.8, [("zeros", 1)]),
            ],
            margins=side
            | {
                "loss": (0.62, 1.3, 0.54, 0.42),
                "lengths": side["right"],
                "details": (0.1, 0.08, 0.08, 0.42),
            },
        )
        self.weights = figure.add_axes((0, 0, 1, 1), label="weights")
        button = figure.add_axes((0, 0, 1, 1), label="next case")
        for form in figure.forms.values():
            inch = 1 / form.width, 1 / form.height
            x, y, w, h = form.cells[axes["details"]]
            form.cells[self.weights] = (x, y, w, h - 0.24 * inch[1])
            x, y, w, h = form.cells[axes["loss"]]
            y += h + 0.08 * inch[1]
            form.cells[button] = (x + w + 0.1 * inch[0], y, 1.1 * inch[0], 0.33 * inch[1])
        figure.take("wide")
        moving = [
            self.draw_loss(axes["loss"]),
            self.draw_right(axes["right"]),
            self.draw_zeros(axes["zeros"]),
            self.draw_lengths(axes["lengths"]),
            self.draw_weights(),
            self.draw_rows(axes["details"]),
            self.draw_code(axes["details"]),
        ]
        button.set(xticks=[], yticks=[], facecolor=PAPER)
        button.spines[:].set_visible(False)
        button.text(0.5, 0.5, "next case ▸", ha="center", va="center", fontsize=12, color=INK)
        self.drag(button, action=self.next_case, hint="")
        return figure, [self.twins, moving]

    def next_case(self, pointer: Pointer) -> dict[str, Any]:
        """Go on to the next case when the button is pressed."""
        cases = [*CASES]
        after = cases[(cases.index(self.case) + 1) % len(cases)]
        return {"case": after} if pointer.kind == "down" else {}

    def draw_loss(self, axes: Axes) -> list[Any]:
        """Draw the loss. Returns what moves, as the other parts of `draw` do."""
        self.over_updates(axes, "The loss", "update")
        # below FAIR in equal steps: what learns is seen; above it in powers of ten: what explodes
        axes.set_yscale("symlog", linthresh=FAIR, linscale=2.5)
        axes.set(ylim=LOSSES)
        axes.set_yticks([0, 1, 2, 3, 10, 100, 1000], ["0", "1", "2", "3", "10", "100", "1000"])
        axes.minorticks_off()
        axes.axhspan(FAIR, LOSSES[1], color=PAPER, zorder=0)
        axes.text(95, 700, "each line × 10", color=MUTED, fontsize=11, ha="center", va="top")
        axes.axhline(GUESSING, linestyle="--", color=COLORS["limit"], linewidth=1)
        self.twins = [twin(axes)]
        (self.batches,) = axes.plot([], [], color=COLORS["estimate"], linewidth=1)
        (self.loss,) = axes.plot([], [], color=COLORS["path"], linewidth=2.5)
        self.now = dot(axes, clip_on=False)
        self.loss_names = names(axes, ["estimate", "path", "limit", "quiet"])
        return [self.batches, self.loss, self.now, self.loss_names]

    def draw_right(self, axes: Axes) -> list[Any]:
        """Draw the share of digits that are right."""
        self.over_updates(axes, "Digits that are right")
        percent(axes)
        axes.axhline(10, linestyle="--", color=COLORS["limit"], linewidth=1)
        self.twins += [twin(axes), twin(axes, "--")]
        (self.train,) = axes.plot([], [], color=COLORS["path"])
        (self.new,) = axes.plot([], [], "--", color=COLORS["validation"])
        self.right_names = names(axes, ["path", "validation", "limit"])
        return [self.train, self.new, self.right_names]

    def draw_lengths(self, axes: Axes) -> list[Any]:
        """Draw how long the gradient, the step and the weights are."""
        self.over_updates(axes, "Lengths")
        axes.set(ylim=LENGTHS, yscale="log")
        axes.set_yticks([1e-4, 0.01, 1, 100], ["0.0001", "0.01", "1", "100"])
        axes.minorticks_off()
        self.twins += [twin(axes) for _ in range(3)]
        self.lengths = {
            key: axes.plot([], [], dashes, color=COLORS[color])[0]
            for key, dashes, color in (
                ("weights", "-.", "loss"),
                ("gradient", "-", "gradient"),
                ("step", "-", "momentum"),
            )
        }
        self.length_names = names(axes, ["loss", "gradient", "momentum"])
        return [[*self.lengths.values()], self.length_names]

    def draw_zeros(self, axes: Axes) -> list[Any]:
        """Draw how much of the hidden layer gives 0."""
        self.over_updates(axes, "Zeros in the hidden layer", "update")
        percent(axes)
        self.twins.append(twin(axes))
        (self.zeros,) = axes.plot([], [], color=INK)
        (self.dead,) = axes.plot([], [], ":", color=INK, linewidth=2.5)
        self.zero_names = names(axes, ["loss", "loss"])
        return [self.zeros, self.dead, self.zero_names]

    def over_updates(self, axes: Axes, title: str, xlabel: str = "") -> None:
        """Make the axes those of something over the updates, which can be dragged through."""
        axes.set(xlim=(0, UPDATES), xlabel=xlabel, xticks=range(0, UPDATES + 1, 50))
        axes.set_title(title)
        axes.grid(True)
        self.drag(axes, x="step")

    def draw_weights(self) -> list[Any]:
        """Draw the weights of some hidden units, as pictures of what each looks for."""
        axes = self.weights
        axes.set_axis_off()
        look: dict[str, Any] = {"cmap": SIGNED, "vmin": -LARGEST, "vmax": LARGEST}
        self.pictures = axes.imshow(strip(np.zeros((PICTURES, 28, 28))), **look)
        axes.set_anchor("NW")
        return [self.pictures]

    def draw_rows(self, axes: Axes) -> list[Any]:
        """Draw the title of the details, and rows of numbers for evidence."""
        axes.set(xlim=(0, 1), ylim=(ROWS - 0.5, -0.5))
        axes.set_axis_off()
        top = in_points(axes, 1)
        self.title = axes.text(0, 8, "", transform=top, fontsize=14.5, weight="bold")
        look: dict[str, Any] = {"transform": top, "fontsize": 11, "color": MUTED}
        self.colours = axes.text(0, -11, "violet: above 0, orange: below 0", **look)
        self.lost = axes.text(0, -14, "The weights are no longer numbers.", **look)
        bar: dict[str, Any] = {"linewidth": 14, "solid_capstyle": "butt"}
        self.bars = [axes.plot([], [], **bar)[0] for _ in range(ROWS)]
        look = {"va": "center", "fontsize": 12}
        self.whats = [axes.text(0, row, "", **look) for row in range(ROWS)]
        self.values = [axes.text(0, row, "", **look) for row in range(ROWS)]
        self.marks = [axes.text(1, row + 0.5, "", ha="right", **look) for row in (0, 2)]
        words = [self.title, self.colours, self.lost]
        return [words, self.bars, self.whats, self.values, self.marks]

    def draw_code(self, axes: Axes) -> list[Any]:
        """Draw room for the wrong lines, and below them for the right ones."""
        self.paper = Rectangle((0, 0), 1, 1, transform=axes.transAxes, facecolor=PAPER)
        axes.add_patch(self.paper)
        look: dict[str, Any] = {"transform": in_points(axes, 0.5), "fontsize": 10.5}
        mono = look | {"family": "DejaVu Sans Mono"}
        self.lines = [
            (
                axes.text(5, 0, "", color=INK, weight="bold", **look),
                axes.text(17, 0, "", color=MUTED, **mono),
                axes.text(17, 0, "", color=INK, weight="bold", **mono),
            )
            for _ in range(LINES)
        ]
        return [self.paper, self.lines]

    def follow(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Ask anew with each case, and show the whole run to whoever answers."""
        if "case" in settings:
            return {"answer": NOT_YET}
        if settings.get("answer", NOT_YET) != NOT_YET:
            return {"step": UPDATES}
        return {}

    @styled
    def update(self) -> tuple[str, str]:
        """Show the run up to this update, and what its answer brings to light."""
        name = CASES[self.case]
        result, solved = run(name), self.answer == name
        broken = solved and name != HEALTHY
        self.show_healthy(broken)
        self.show_losses(result, broken)
        self.show_others(result)
        self.show_code(name if broken else HEALTHY)
        self.show_weights(result, shown=not broken and self.evidence == "none")
        title, rows, marks, said = self.ask(name)
        self.show_rows([] if broken else rows, [] if broken else marks)
        self.title.set_text("The wrong line, and the right one" if broken else title)
        if solved:
            return f"Right: {name}.", BUGS[name].evidence
        if self.answer != NOT_YET:
            return "Not this one.", contradiction(self.answer, name)
        return said or self.sentence(result)

    # --- what is shown ---

    def shown(self, result: Run) -> int:
        """Return how many records are shown: those up to this update that are numbers."""
        return min(int(np.searchsorted(result.updates, self.step, side="right")), alive(result))

    def is_lost(self, result: Run) -> bool:
        """Say whether the loss is no longer a number at this update."""
        n = alive(result)
        return n < len(result.updates) and self.step >= result.updates[n]

    def show_losses(self, result: Run, broken: bool) -> None:
        """Show the loss of each batch, and that of all digits."""
        n, lost = self.shown(result), self.is_lost(result)
        x, loss = result.updates[:n], result.loss[:n]
        batches = result.batch_losses[: x[-1] if lost else self.step]
        batches = np.nan_to_num(batches, nan=math.inf, posinf=math.inf)
        self.batches.set_data(range(len(batches)), np.clip(batches, *LOSSES))
        self.loss.set_data(x, np.clip(loss, *LOSSES))
        self.now.set_data(x[-1:], np.clip(loss[-1:], *LOSSES))
        self.now.set_marker("^" if lost or loss[-1] > LOSSES[1] else "o")
        place_names(
            self.loss_names,
            {
                "a batch": batches[-1] if len(batches) and not lost else None,
                "all digits": math.inf if lost else loss[-1],
                "guessing": GUESSING,
                "healthy": run(HEALTHY).loss[-1] if broken else None,
            },
            gap=0.1,
        )

    def show_others(self, result: Run) -> None:
        """Show digits that are right, hidden outputs that are 0, and lengths."""
        n = self.shown(result)
        x = result.updates[:n]
        curves = {
            self.train: result.train_accuracy,
            self.new: result.held_out_accuracy,
            self.zeros: result.zeros,
            self.dead: result.dead,
        }
        for line, record in curves.items():
            line.set_data(x, 100 * record[:n])
        train, new, zeros, dead = (100 * record[n - 1] for record in curves.values())
        place_names(self.right_names, {"training": train, "new": new, "guessing": 10}, " %")
        place_names(self.zero_names, {"outputs": zeros, "dead units": dead}, " %", gap=0.28)
        norms = {key: norm[:n] for key, norm in lengths(result.name).items()}
        for key, line in self.lengths.items():
            first = 0 if key == "weights" else 1  # there is none before the first update
            line.set_data(x[first:], np.clip(norms[key][first:], *LENGTHS))
        ends = {key: norm[-1] if n > 1 or key == "weights" else None for key, norm in norms.items()}
        place_names(self.length_names, ends)

    def show_healthy(self, shown: bool) -> None:
        """Lay a healthy run under the curves, so that the difference is seen."""
        healthy = run(HEALTHY)
        curves = (
            healthy.loss,
            100 * healthy.train_accuracy,
            100 * healthy.held_out_accuracy,
            100 * healthy.zeros,
            *lengths(HEALTHY).values(),
        )
        for line, curve in zip(self.twins, curves, strict=True):
            line.set_data(healthy.updates, np.where(curve > 0, curve, np.nan))
            line.set_visible(shown)

    def show_weights(self, result: Run, shown: bool) -> None:
        """Show the weights as they were at the last picture."""
        kernels = result.kernels[self.pictured]
        known = bool(np.isfinite(kernels).all())
        self.pictures.set_visible(shown and known)
        self.colours.set_visible(shown and known)
        self.lost.set_visible(shown and not known)
        self.pictures.set_data(strip(np.nan_to_num(kernels)))

    @property
    def pictured(self) -> int:
        """The update of the last picture of the weights."""
        return PICTURES_EVERY * (self.step // PICTURES_EVERY)

    def show_rows(self, rows: Sequence[Row], marks: Sequence[str]) -> None:
        """Show numbers as evidence: bars with words beside them, and what to think of them."""
        largest = max((abs(value) for _, value, _ in rows if math.isfinite(value)), default=0)
        for i, (bar, what, number) in enumerate(
            zip(self.bars, self.whats, self.values, strict=True)
        ):
            words, value, color = rows[i] if i < len(rows) else ("", 0.0, "quiet")
            share = abs(value) / largest if largest and math.isfinite(value) else 0.0
            bar.set_data([0.4, 0.4 + 0.3 * share] if share else [], [i, i] if share else [])
            bar.set_color(COLORS[color])
            what.set_text(words)
            number.set_text(size(value) if words else "")
            number.set_x(0.42 + 0.3 * share)
        for i, mark in enumerate(self.marks):
            mark.set_text(marks[i] if i < len(marks) else "")

    def show_code(self, name: str) -> None:
        """Show the wrong lines of a bug above the right ones: what differs is bold."""
        bug = BUGS[name]
        sides = differing(*(wrapped(textwrap.dedent(text)) for text in (bug.wrong, bug.right)))
        rows = [
            ("" if i else sign, *words)
            for sign, lines in zip("✗✓", sides, strict=True)
            for i, words in enumerate(lines)
            if bug.wrong
        ]
        self.paper.set_visible(bool(rows))
        y = SPACE * (len(rows) + 0.5) / 2  # above the middle
        for i, artists in enumerate(self.lines):
            words = rows[i] if i < len(rows) else ("", "", "")
            y -= SPACE * (1.5 if words[0] == "✓" else 1)
            for artist, word in zip(artists, words, strict=True):
                artist.set_text(word)
                artist.set_y(y + 4)

    # --- what is said ---

    def ask(self, name: str) -> tuple[str, Sequence[Row], Sequence[str], tuple[str, str] | None]:
        """Return the evidence that is asked for: a title, rows, what to think of them, words."""
        if self.evidence == "check one gradient":
            return "One gradient, checked by a nudge", *checked_gradient(name)
        if self.evidence == "gradient norms":
            return norms_of_gradients(name, max(self.step, 1))
        if self.evidence == "batch of one":
            return f"One digit alone, {ONE} updates", *learned_alone(name)
        return f"Weights of {PICTURES} hidden units at update {self.pictured}", [], [], None

    def sentence(self, result: Run) -> tuple[str, str]:
        """Say what can be seen so far, and not what is wrong."""
        at = self.shown(result) - 1
        start = f"loss {size(result.loss[0])}, where guessing has {GUESSING:.2f}"
        if not self.step:
            return "Press Play: is anything wrong?", f"Before the first update: {start}."
        train, new, zeros = (
            f"{100 * record[at]:.0f} %"
            for record in (result.train_accuracy, result.held_out_accuracy, result.zeros)
        )
        seen = (
            f"{ink('path', f'{train} of the training digits')} and"
            f" {ink('validation', f'{new} of new ones')} are right; {zeros} of the hidden outputs"
            " are 0."
        )
        if self.is_lost(result):
            seen = (
                f"The loss was {size(result.loss[0])} at first; at update"
                f" {result.updates[alive(result)]} it is too big for a number."
            )
        if self.step < UPDATES:
            return so_far(result.loss[: at + 1], self.is_lost(result)), seen
        pattern = patterns(result.name)["loss"]
        what = "Anything wrong?" if pattern == "falls to almost 0" else "What is wrong?"
        return f"The loss {pattern}. {what}", seen


# --- evidence ---


def checked_gradient(name: str) -> tuple[list[Row], list[str], tuple[str, str]]:
    """Return the rows, the marks and the words for the check of one gradient."""
    rows: list[Row] = []
    found = checks(name)
    for update, check in zip(CHECKED, found, strict=True):
        rows += [
            (f"update {update}: .grad", check.numbers["analytic"], "gradient"),
            ("a nudge says", check.numbers["numerical"], "estimate"),
        ]
    if "left none" in found[0].sentence:
        rows = [
            (what, math.nan if ".grad" in what else value, color) for what, value, color in rows
        ]
    marks = ["✓ agree" if check.passed else "✗ differ" for check in found]
    verdict = {
        (True, True): "The gradient check agrees.",
        (True, False): "The gradient check agrees, then fails.",
        (False, False): "The gradient check fails.",
    }[tuple(check.passed for check in found)]
    return rows, marks, (verdict, found[-1].sentence.replace("-", "−"))


def norms_of_gradients(name: str, update: int) -> tuple[str, list[Row], list[str], tuple[str, str]]:
    """Return the title, the rows, the marks and the words for the norms of all gradients."""
    result = run(name)
    at = int(np.searchsorted(result.updates, update, side="right")) - 1
    record = result.updates[at]
    title = f"Gradient norms at update {record}"
    norms = gradient_norms(name, update).numbers
    if at >= alive(result):
        lost = "The loss is no longer a number, and nor are they."
        return title, [], [], ("The gradients are no longer numbers.", lost)
    rows: list[Row] = [(words, norms[key], "gradient") for key, words in PLACES.items()]
    bad = [f"{words} {size(value)}" for words, value, _ in rows if not value > 0]
    if bad:
        return (
            title,
            rows,
            [],
            (
                f"Missing or 0: {len(bad)} of {ROWS} gradients.",
                f"At update {record}: {', '.join(bad)}.",
            ),
        )
    low, high = size(min(norms.values())), size(max(norms.values()))
    return (
        title,
        rows,
        [],
        (
            "All four parameters have a gradient.",
            f"At update {record} the norms go from {low} to {high}.",
        ),
    )


def learned_alone(name: str) -> tuple[list[Row], list[str], tuple[str, str]]:
    """Return the rows, the marks and the words for a batch of one digit."""
    found = one_digit(name)
    first, last = found.numbers["first"], found.numbers["last"]
    rows: list[Row] = [("first loss", first, "path"), ("last loss", last, "path")]
    verdict = "One digit alone is learned." if found.passed else "Not even one digit is learned."
    words = f"Trained on a single digit, the loop goes from loss {size(first)} to {size(last)}"
    mark = "✓ learned" if found.passed else "✗ not learned"
    return rows, [mark], (verdict, f"{words} in {ONE} updates.")


# --- words ---


def so_far(losses: Array, lost: bool) -> str:
    """Say how the loss has gone up to now."""
    start, now = losses[0], losses[-1]
    if lost or now > 100 * start:
        return "So far, the loss explodes."
    if now > 1.02 * start:
        return "So far, the loss is above its start."
    if now > 0.98 * start:
        return "So far, the loss has hardly moved."
    return "So far, the loss has fallen."


def contradiction(answer: str, name: str) -> str:
    """Say which pattern of a run does not fit an answer: the first one that can be seen."""
    expected, seen = patterns(answer), patterns(name)
    key = next(key for key in expected if expected[key] != seen[key])
    there = "In a healthy run" if answer == HEALTHY else f"With “{answer}”"
    return f"{there} {WORDS[key][expected[key]]}. Here {WORDS[key][seen[key]]}."


def size(x: float) -> str:
    """A number as people write it.

    >>> size(0.0000513), size(-0.149), size(3861.7), size(1e35), size(math.nan)
    ('0.000051', '−0.149', '3,862', '> 9,999', 'none')
    """
    if math.isnan(x):
        return "none"
    if abs(x) >= 1e4:
        return "> 9,999" if math.isfinite(x) else "too big"
    if abs(x) >= 100:
        return f"{x:,.0f}".replace("-", "−")
    digits = 3 if abs(x) >= 1e-3 else 2
    text = np.format_float_positional(float(f"{x:.{digits}g}"), trim="-")
    return text.replace("-", "−")


# --- lines of code ---


def wrapped(text: str) -> list[str]:
    """Break lines of code that are too long, at a blank, as a person would.

    >>> wrapped("change = -lr * p.grad + beta * (p.data - w_previous)")
    ['change = -lr * p.grad + beta * (p.data -', '  w_previous)']
    """
    lines = []
    for whole in text.splitlines():
        line = whole
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        while len(line) > WIDTH:
            cut = line.rindex(" ", 0, WIDTH + 1)
            lines.append(line[:cut])
            line = indent + line[cut + 1 :]
        lines.append(line)
    return lines


def differing(one: list[str], other: list[str]) -> list[list[tuple[str, str]]]:
    """Split the lines of both into what they have in common and what they have not.

    Either has blanks in the places of the other.

    >>> differing(["x = -lr"], ["x = lr"])
    [[('x =  lr', '    -  ')], [('x = lr', '      ')]]
    """
    words = [re.findall(r"\w+|\W", "\n".join(lines)) for lines in (one, other)]
    blocks = difflib.SequenceMatcher(None, words[0], words[1], False).get_matching_blocks()
    found = []
    for side in (0, 1):
        common = {block[side] + i for block in blocks for i in range(block.size)}
        plain, bold = (
            "".join(
                word if (i in common) is kept or word == "\n" else " " * len(word)
                for i, word in enumerate(words[side])
            )
            for kept in (True, False)
        )
        found.append([*zip(plain.split("\n"), bold.split("\n"), strict=True)])
    return found


# --- parts of the picture ---


def percent(axes: Axes) -> None:
    """Make the axes those of a share."""
    axes.set(ylim=(0, 100), yticks=(0, 50, 100), yticklabels=("0 %", "50 %", "100 %"))


def twin(axes: Axes, dashes: str = "-") -> Line2D:
    """Return a line for what a healthy run does."""
    (line,) = axes.plot([], [], dashes, color=COLORS["quiet"], linewidth=1, alpha=0.8)
    return line


def names(axes: Axes, colors: Sequence[str]) -> list[Text]:
    """Return words for the ends of lines, at the right of the axes."""
    figure: Any = axes.figure
    right = axes.transAxes + ScaledTranslation(8 / 72, 0, figure.dpi_scale_trans)
    look: dict[str, Any] = {"transform": right, "va": "center", "fontsize": 11.5}
    return [axes.text(1, 0, "", color=COLORS[color], **look) for color in colors]


def in_points(axes: Axes, up: float) -> Transform:
    """Return the coordinates of words: points from the left edge, at a share of the height."""
    figure: Any = axes.figure
    shares: Any = axes.transAxes
    corner = ScaledTranslation(0, up, shares)
    return Affine2D().scale(1 / 72) + figure.dpi_scale_trans + corner


def place_names(
    texts: Sequence[Text], ends: dict[str, float | None], unit: str = "", gap: float = 0.19
) -> None:
    """Write names and numbers at the ends of lines, none over another. One may have no end."""
    axes: Any = texts[0].axes
    shown = {}
    for text, (name, end) in zip(texts, ends.items(), strict=True):
        text.set_visible(end is not None)
        if end is not None:
            text.set_text(f"{name} {end:.0f}{unit}" if unit else f"{name} {size(end)}")
            shown[text] = height(axes, end)
    for text, y in zip(shown, apart([*shown.values()], gap), strict=True):
        text.set_y(y)


def height(axes: Axes, y: float) -> float:
    """Return where a number is on an axis, from 0 to 1: at its end if it is beyond."""
    low, high = axes.get_ylim()
    inside = min(max(y, low), high)
    found: float = (axes.transScale + axes.transLimits).transform((0, inside))[1]
    return found


def apart(heights: Sequence[float], gap: float) -> list[float]:
    """Move heights between 0 and 1 until each has a gap to the next.

    >>> apart([0.5, 0.5, 0.1], 0.25)
    [0.5, 0.75, 0.1]
    >>> apart([1.0, 0.9], 0.25)
    [0.97, 0.72]
    """
    order = np.argsort(heights, kind="stable")
    placed = np.array(heights, dtype=float)[order]
    for i in range(1, len(placed)):
        placed[i] = max(placed[i], placed[i - 1] + gap)
    top = 0.97  # half a word may stand out
    for i in reversed(range(len(placed))):
        placed[i] = min(placed[i], top)
        top = placed[i] - gap
    found = np.empty(len(placed))
    found[order] = placed
    return found.tolist()


def strip(pictures: Array) -> Array:
    """Return pictures side by side, with a gap between them."""
    framed = np.pad(pictures, ((0, 0), (0, 0), (0, 2)), constant_values=0)
    return np.concatenate([*framed], axis=1)[:, :-2]
