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
from matplotlib.patches import FancyBboxPatch, Polygon, Rectangle
from matplotlib.transforms import Affine2D, ScaledTranslation, Transform

from ..live import Explorer, choice, note, panels, player
from ..style import COLORS, INK, MUTED, PAPER, SIGNED, TINTS, dot, ink, show_as, styled
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
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.text import Text

    from ..live import Pointer
    from ..live.panels import Box, Form, PanelFigure
    from ..tensor import Array

HEALTHY, NOT_YET = "nothing is wrong", "not yet"
# shuffled, so that a number says nothing, and always in the same way
CASES = {
    f"case {number}": [*BUGS][bug]
    for number, bug in enumerate(np.random.default_rng(287).permutation(len(BUGS)), 1)
}
# the part of the loop that each mistake is in
GROUPS = {
    "data": ("data not scaled", "labels shuffled"),
    "layers": ("all weights zero", "no ReLU", "softmax twice", "first layer cut off"),
    "loss and gradient": ("sum for mean", "zero_grad forgotten", "step before backward"),
    "step": (
        "lr too small",
        "lr too big",
        "plus for minus",
        "stale previous weight",
        "previous weight too late",
    ),
    "or": (HEALTHY,),
}
ANSWERS = (*(name for group in GROUPS.values() for name in group),)
# what shows it: one of the panels, or the numbers in "details"
PANELS = {
    "none": "none",
    "weight pictures": "weights",
    "step lengths": "sizes",
    "dead units": "zeros",
    "gradient check": "details",
    "gradient norms": "details",
    "batch of one": "details",
}
EVIDENCE = (*PANELS,)
CHECKED = (1, 10)  # the updates at which a gradient is checked: one before the bug may show
LOSSES, FAIR, LENGTHS = (0, 1000), 3, (1e-4, 100)
SMALLEST = 1e-7  # number that is written
LARGEST = 0.15  # weight that has a color of its own
PLACES = {"0.kernel": "first kernel", "0.bias": "first bias"} | {
    "1.kernel": "last kernel",
    "1.bias": "last bias",
}
ROWS = 4  # of numbers as evidence
Row: TypeAlias = tuple[str, float, str]  # words, a number, a name of COLORS
# of the code: characters in a line, lines, and points from one to the next
WIDTH, LINES, SPACE = 41, 6, 14.5

# Inches: the height of a button, between two of them, the edge, and a line of words.
HIGH, APART, SIDE, LINE = 0.32, 0.08, 0.05, 0.3
MARK = 0.28  # beside the words of an answer: room for its mark
NEXT = "next case ▸"
# what the headings take at the left of buttons, and the groups; 0: they stand above them
HEADS = {"wide": 1.8, "medium": 0.0, "narrow": 0.0}
LABELS = {"wide": 1.42, "medium": 1.42, "narrow": 0.0}
HEIGHTS = {"wide": 4.75, "medium": 7.2, "narrow": 12.0}
# Shares of what is left for the curves: how they stand alone, and beside evidence. One row each,
# from the top: its height, and the widths in it.
Rows: TypeAlias = "list[tuple[float, dict[str, float]]]"
ALONE: dict[str, Rows] = {
    "wide": [(1, {"loss": 0.5, "right": 0.5})],
    "medium": [(1, {"loss": 0.5, "right": 0.5})],
    "narrow": [(0.5, {"loss": 1}), (0.5, {"right": 1})],
}
BESIDE: dict[str, Rows] = {
    "wide": [(1, {"loss": 0.325, "right": 0.325, "evidence": 0.35})],
    "medium": [(0.46, {"loss": 0.5, "right": 0.5}), (0.54, {"evidence": 1})],
    "narrow": [(0.31, {"loss": 1}), (0.31, {"right": 1}), (0.38, {"evidence": 1})],
}
# left, right, bottom, top: what its labels take of a panel
CURVES = (0.52, 1.2, 0.32, 0.38)
MARGINS = {
    "loss": CURVES,
    "right": CURVES,
    "sizes": (0.7, 1.3, 0.32, 0.38),
    "zeros": (0.52, 1.36, 0.32, 0.38),
    "weights": (SIDE, 0.08, 0.26, 0.38),
    "details": (SIDE, 0.08, 0.06, 0.38),
}
# of a button: ground, edge, words
LOOKS = {
    "open": ("white", COLORS["quiet"], INK),  # an answer: paler than the curves
    "closed": (PAPER, COLORS["quiet"], INK),  # evidence
    "chosen": (INK, INK, "white"),
    "wrong": (PAPER, PAPER, COLORS["quiet"]),
    "wrong now": (PAPER, INK, COLORS["quiet"]),
    "next": (COLORS["path"], COLORS["path"], "white"),
}
Button: TypeAlias = "tuple[FancyBboxPatch, Text]"

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


@lru_cache
def highest(result_name: str) -> int:
    """Return where the axis of the loss ends: at FAIR, or at the power of ten above all losses."""
    result = run(result_name)
    losses = np.nan_to_num([*result.batch_losses, *result.loss], nan=math.inf, posinf=math.inf)
    most = float(losses.max())
    return FAIR if most <= FAIR else 10 ** math.ceil(math.log10(min(most, LOSSES[1])))


def alive(result: Run) -> int:
    """Return how many records there are before the loss is too big for a number."""
    bad = ~np.isfinite(result.loss)
    return int(np.argmax(bad)) if bad.any() else len(bad)


class BugExplorer(Explorer):
    """What is wrong with this training? Real trainings on real digits, most of them with one broken
    line in their loop: you look, ask for evidence, and say which.
    """

    case = choice(f"one of {len(CASES)} trainings", "case 1", CASES, stepped=True)
    evidence = choice("evidence", "none", EVIDENCE)
    answer = choice("what is wrong?", NOT_YET, [NOT_YET, *ANSWERS])
    step = player("update", UPDATES, max=UPDATES, interval=40)
    tried = note(
        "answers so far",
        pattern="(?:{0})(?:; (?:{0}))*".format("|".join(map(re.escape, ANSWERS))),
        expected='names of answers, with "; " between them',
    )

    leads = ("case",)  # the others are pressed in the picture

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the curves, room for evidence and for broken lines, and what can be pressed."""
        figure, axes = panels(
            {"loss": "hero", "right": "second"},
            height=HEIGHTS["wide"],
            medium=[(HEIGHTS["medium"], [("loss", 1), ("right", 1)])],
            narrow=[(HEIGHTS["narrow"], [("loss", 1), ("right", 1)])],
        )
        self.whole: PanelFigure = figure
        self.axes = axes | {
            name: figure.add_axes((0, 0, 1, 1), label=name)
            for name in ("sizes", "zeros", "weights", "details", "answers", "chips", *GROUPS)
        }
        self.opened = ""  # the panel beside the curves, "none" if there is none
        heads = {"answers": "3 Diagnose", "chips": "2 Ask for evidence"}
        for name in (*heads, *GROUPS):
            self.axes[name].set_axis_off()
            look: dict[str, Any] = {"color": MUTED, "fontsize": 12.5}
            if name in heads:
                look = {"fontsize": 14.5, "weight": "bold"}
            place = in_points(self.axes[name], 0.5)
            self.axes[name].text(0, -4.5, heads.get(name, name), transform=place, **look)
        moving = [
            self.draw_loss(self.axes["loss"]),
            self.draw_right(self.axes["right"]),
            self.draw_sizes(self.axes["sizes"]),
            self.draw_zeros(self.axes["zeros"]),
            self.draw_weights(self.axes["weights"]),
            self.draw_rows(self.axes["details"]),
            self.draw_code(self.axes["details"]),
        ]
        self.chips = {
            kind: self.button(kind, wide(kind), self.ask_for(kind), HIGH / 2)
            for kind in EVIDENCE[1:]
        }
        self.answers = {
            name: self.button(name, wide(name, MARK), self.answer_with(name)) for name in ANSWERS
        }
        self.next = self.button("next case", wide(NEXT, MARK), self.go_on)
        return figure, [self.twins, moving]

    # --- what can be pressed ---

    def button(
        self,
        name: str,
        width: float,
        press: Callable[[], dict[str, Any]],
        round_: float = 0.05,
    ) -> Button:
        """Make a button, so many inches wide, which sets something when it is pressed."""
        figure = self.whole
        axes = self.axes[f"press {name}"] = figure.add_axes((0, 0, 1, 1), label=name)
        axes.set_axis_off()
        shares: Any = axes.transAxes
        look: dict[str, Any] = {
            "boxstyle": f"round,pad=0,rounding_size={round_}",
            "transform": figure.dpi_scale_trans + ScaledTranslation(0, 0, shares),
        }
        ground = FancyBboxPatch((0, 0), width, HIGH, **look)
        ground.set_clip_on(False)
        axes.add_patch(ground)
        # on one line with the words of all buttons beside it
        look = {"transform": in_points(axes, 0.5, right=0.5), "ha": "center", "fontsize": 11.5}
        words = axes.text(0, -4, "", **look)

        def pressed(pointer: Pointer) -> dict[str, Any]:
            # what comes after the press changes nothing
            return press() if pointer.kind == "down" else {"step": self.step}

        self.drag(axes, action=pressed, hint="")
        return ground, words

    def ask_for(self, kind: str) -> Callable[[], dict[str, Any]]:
        """Return what a press does: it shows evidence, and a second one takes it away."""
        return lambda: {"evidence": "none" if self.evidence == kind else kind}

    def answer_with(self, name: str) -> Callable[[], dict[str, Any]]:
        """Return what a press does: it answers."""
        return lambda: {"answer": name}

    def go_on(self) -> dict[str, Any]:
        """Go on to the next case, if this one is solved: else there is nothing to press."""
        if self.answer != CASES[self.case]:
            return {"step": self.step}
        cases = [*CASES]
        return {"case": cases[(cases.index(self.case) + 1) % len(cases)]}

    # --- how it is drawn ---

    def draw_loss(self, axes: Axes) -> list[Any]:
        """Draw the loss. Returns what moves, as the other parts of `draw` do."""
        self.over_updates(axes, "loss", "1 Look: the loss")
        self.drag(axes, x="step", hint="drag the dot")
        self.far: list[Any] = [
            axes.axhspan(FAIR, LOSSES[1], color=PAPER, zorder=0),
            axes.text(5, 600, "each line × 10", color=MUTED, fontsize=11, va="top"),
        ]
        axes.axhline(GUESSING, linestyle="--", color=COLORS["limit"], linewidth=1)
        self.twins = [twin(axes)]
        (self.batches,) = axes.plot([], [], color=COLORS["estimate"], linewidth=1)
        (self.loss,) = axes.plot([], [], color=COLORS["path"], linewidth=2.5)
        self.now = dot(axes, clip_on=False)
        self.loss_names = names(axes, ["estimate", "path", "limit", "quiet"])
        return [self.batches, self.loss, self.now, self.loss_names]

    def draw_right(self, axes: Axes) -> list[Any]:
        """Draw the share of digits that are right, and the gap between the two kinds of them."""
        self.over_updates(axes, "right", "Digits that are right")
        self.drag(axes, x="step", hint="")
        percent(axes)
        axes.axhline(10, linestyle="--", color=COLORS["limit"], linewidth=1)
        self.gap = Polygon(np.zeros((1, 2)), color=TINTS["path"], linewidth=0, zorder=0.9)
        axes.add_patch(self.gap)
        self.twins += [twin(axes), twin(axes, "--")]
        (self.train,) = axes.plot([], [], color=COLORS["path"], linewidth=2.5)
        (self.new,) = axes.plot([], [], "--", color=COLORS["validation"], linewidth=2.5)
        self.right_names = names(axes, ["path", "validation", "limit"])
        return [self.gap, self.train, self.new, self.right_names]

    def draw_sizes(self, axes: Axes) -> list[Any]:
        """Draw how large the gradient, the step and the weights are."""
        self.over_updates(axes, "sizes", "Size of weights, gradient, step")
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
        self.over_updates(axes, "zeros", "Zeros in the hidden layer")
        percent(axes)
        self.twins.append(twin(axes))
        (self.zeros,) = axes.plot([], [], color=COLORS["path"])
        (self.dead,) = axes.plot([], [], ":", color=INK, linewidth=2.5)
        self.zero_names = names(axes, ["path", "loss"])
        return [self.zeros, self.dead, self.zero_names]

    def over_updates(self, axes: Axes, name: str, title: str) -> None:
        """Make the axes those of something over the updates. The title begins at the left edge."""
        ticks = range(0, UPDATES + 1, 100)
        axes.set_xlim(0, UPDATES)
        axes.set_xticks(
            ticks, [f"{tick} updates" if tick == UPDATES else f"{tick}" for tick in ticks]
        )
        left = 72 * (SIDE - MARGINS[name][0])
        axes.text(left, 10, title, transform=in_points(axes, 1), fontsize=14.5, weight="bold")
        axes.grid(True)

    def draw_weights(self, axes: Axes) -> list[Any]:
        """Draw the weights of some hidden units, as pictures of what each looks for."""
        axes.set_axis_off()
        look: dict[str, Any] = {"cmap": SIGNED, "vmin": -LARGEST, "vmax": LARGEST}
        none = np.zeros((PICTURES, 28, 28))
        self.pictures = axes.imshow(side_by_side(none, none[:2]), **look)
        axes.set_anchor("NW")
        top = in_points(axes, 1)
        self.update_of = axes.text(0, 10, "", transform=top, fontsize=14.5, weight="bold")
        # over the last column, and below all
        look = {"fontsize": 11, "color": MUTED}
        right = in_points(axes, 1, right=1)
        self.healthy = axes.text(0, 10, "healthy", transform=right, ha="right", **look)
        words = "violet: wants ink, orange: wants none"
        self.colors = axes.text(0, -15, words, transform=in_points(axes, 0), **look)
        self.lost = axes.text(0, -14, "The weights are no longer numbers.", transform=top, **look)
        return [self.pictures, self.update_of, self.healthy, self.colors, self.lost]

    def draw_rows(self, axes: Axes) -> list[Any]:
        """Draw a title, and rows of numbers for evidence."""
        axes.set(xlim=(0, 1), ylim=(ROWS - 0.5, -0.5))
        axes.set_axis_off()
        self.title = axes.text(
            0, 10, "", transform=in_points(axes, 1), fontsize=14.5, weight="bold"
        )
        bar: dict[str, Any] = {"linewidth": 14, "solid_capstyle": "butt"}
        self.bars = [axes.plot([], [], **bar)[0] for _ in range(ROWS)]
        look: dict[str, Any] = {"va": "center", "fontsize": 12}
        self.whats = [axes.text(0, row, "", **look) for row in range(ROWS)]
        self.values = [axes.text(0, row, "", **look) for row in range(ROWS)]
        self.marks = [axes.text(1, row + 0.5, "", ha="right", **look) for row in (0, 2)]
        return [self.title, self.bars, self.whats, self.values, self.marks]

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

    # --- what follows what ---

    def follow(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Ask anew with each case, and show the whole run to whoever answers.

        The wrong line comes in the place of the evidence.
        """
        moved: dict[str, Any] = {}
        if "case" in settings:
            moved = {"answer": NOT_YET, "tried": "", "evidence": "none"}
        answer = settings.get("answer", NOT_YET)
        if answer != NOT_YET:
            before = moved.get("tried", self.tried).split("; ")
            answers = [name for name in (*before, answer) if name]
            moved |= {"step": UPDATES, "tried": "; ".join(dict.fromkeys(answers))}
            if answer == CASES[settings.get("case", self.case)]:
                moved["evidence"] = "none"
        return moved

    @styled
    def update(self) -> tuple[str, str]:
        """Show the run up to this update, and what its answer brings to light."""
        name = CASES[self.case]
        result, solved = run(name), self.answer == name
        broken = solved and name != HEALTHY
        code = broken and self.evidence == "none"
        self.lay_out("details" if code else PANELS[self.evidence])
        self.scale(result)
        self.dress(name, solved)
        self.show_losses(result, broken)
        self.show_right(result)
        self.show_healthy(broken)
        self.show_sizes(result)
        self.show_zeros(result)
        self.show_weights(result)
        self.show_code(name if code else HEALTHY)
        title, rows, marks, said = self.ask(name)
        self.show_rows(rows, marks)
        self.title.set_text("The wrong line, and the right one" if code else title)
        if solved:
            return f"Right: {name}.", BUGS[name].evidence
        if self.answer != NOT_YET:
            return "Not this one.", contradiction(self.answer, name)
        return said or self.sentence(result)

    # --- where everything stands ---

    def lay_out(self, panel: str) -> None:
        """Give the curves all the room, or a part of it if there is a panel beside them."""
        if self.opened == panel:
            return
        self.opened = panel
        figure = self.whole
        for key, form in figure.forms.items():
            boxes = places(key, form.width, form.height, beside=panel != "none")
            for name, axes in self.axes.items():
                shown = name not in ("sizes", "zeros", "weights", "details") or name == panel
                x, y, w, h = boxes.get(name, boxes["evidence"])
                left, right, bottom, top = MARGINS.get(name, (0, 0, 0, 0))
                axes.set_visible(shown)
                form.cells[axes] = (
                    (x + left) / form.width,
                    (y + bottom) / form.height,
                    (w - left - right) / form.width,
                    (h - bottom - top) / form.height,
                )
        for axes, place in self.present_form().cells.items():
            axes.set_position(place)
            axes.apply_aspect()

    def present_form(self) -> Form:
        """Return the form that the figure has."""
        width = self.whole.get_figwidth()
        return min(self.whole.forms.values(), key=lambda form: abs(form.width - width))

    # --- what is shown ---

    def shown(self, result: Run) -> int:
        """Return how many records are shown: those up to this update that are numbers."""
        return min(int(np.searchsorted(result.updates, self.step, side="right")), alive(result))

    def is_lost(self, result: Run) -> bool:
        """Say whether the loss is no longer a number at this update."""
        n = alive(result)
        return n < len(result.updates) and self.step >= result.updates[n]

    def scale(self, result: Run) -> None:
        """Let the axis of the loss end where this run needs it to.

        Below FAIR in equal steps: what learns is seen; above it in powers of ten: what explodes.
        """
        axes, top = self.axes["loss"], highest(result.name)
        if axes.get_ylim()[1] == top:
            return
        if top == FAIR:
            axes.set_yscale("linear")
        else:
            axes.set_yscale("symlog", linthresh=FAIR, linscale=2.5)
        axes.set_ylim(0, top)
        ticks = [tick for tick in (0, 1, 2, 3, 10, 100, 1000) if tick <= top]
        # beside powers of ten there is no room for each
        named = ticks if top == FAIR else (0, 3, 100, 1000)
        axes.set_yticks(ticks, [str(tick) if tick in named else "" for tick in ticks])
        axes.minorticks_off()
        self.far[1].set_y(0.6 * top)
        see(self.far, top > FAIR)

    def dress(self, name: str, solved: bool) -> None:
        """Let each button look as what it stands for: chosen, crossed out, or open."""
        tried = self.tried.split("; ")
        for kind, button in self.chips.items():
            look(button, "chosen" if kind == self.evidence else "closed", kind)
        for answer, button in self.answers.items():
            if solved and answer == name:
                look(button, "chosen", f"✓ {answer}")
            elif answer != name and answer in (self.answer, *tried):
                look(button, "wrong now" if answer == self.answer else "wrong", f"✗ {answer}")
            else:
                look(button, "open", answer)
        look(self.next, "next", NEXT)
        see(self.next, solved)

    def show_losses(self, result: Run, broken: bool) -> None:
        """Show the loss of each batch, and that of all digits."""
        n, lost = self.shown(result), self.is_lost(result)
        x, loss = result.updates[:n], result.loss[:n]
        batches = result.batch_losses[: x[-1] if lost else self.step]
        batches = np.nan_to_num(batches, nan=math.inf, posinf=math.inf)
        self.batches.set_data(range(len(batches)), np.clip(batches, *LOSSES))
        self.loss.set_data(x, np.clip(loss, *LOSSES))
        self.now.set_data(x[-1:], np.clip(loss[-1:], *LOSSES))
        show_as(self.now, "^" if lost or loss[-1] > LOSSES[1] else "o")
        ends = {
            "a batch": batches[-1] if len(batches) and not lost else None,
            "all digits": math.inf if lost else loss[-1],
            "guessing": GUESSING,
            "healthy": run(HEALTHY).loss[-1] if broken else None,
        }
        place_names(self.loss_names, ends)

    def show_right(self, result: Run) -> None:
        """Show the digits that are right."""
        n = self.shown(result)
        x = result.updates[:n]
        train, new = 100 * result.train_accuracy[:n], 100 * result.held_out_accuracy[:n]
        self.train.set_data(x, train)
        self.new.set_data(x, new)
        self.gap.set_xy(np.transpose([[*x, *x[::-1]], [*train, *new[::-1]]]))
        ends = {"training": train[-1], "new": new[-1], "guessing": 10}
        place_names(self.right_names, ends, "%")

    def show_sizes(self, result: Run) -> None:
        """Show how large weights, gradient and step are, if that is asked for."""
        asked, n = self.opened == "sizes", self.shown(result)
        see([*self.lengths.values(), *self.length_names], asked)
        if not asked:
            return
        norms = {key: norm[:n] for key, norm in lengths(result.name).items()}
        for key, line in self.lengths.items():
            first = 0 if key == "weights" else 1  # there is none before the first update
            line.set_data(result.updates[first:n], np.clip(norms[key][first:], *LENGTHS))
        ends = {key: norm[-1] if n > 1 or key == "weights" else None for key, norm in norms.items()}
        place_names(self.length_names, ends)

    def show_zeros(self, result: Run) -> None:
        """Show how many hidden outputs are 0, and how many units, if that is asked for."""
        asked, n = self.opened == "zeros", self.shown(result)
        see([self.zeros, self.dead, *self.zero_names], asked)
        if not asked:
            return
        zeros, dead = 100 * result.zeros[:n], 100 * result.dead[:n]
        self.zeros.set_data(result.updates[:n], zeros)
        self.dead.set_data(result.updates[:n], dead)
        place_names(self.zero_names, {"outputs": zeros[-1], "dead units": dead[-1]}, "%")

    def show_healthy(self, shown: bool) -> None:
        """Lay a healthy run under the curves, so that the difference is seen."""
        healthy = run(HEALTHY)
        curves = (
            healthy.loss,
            100 * healthy.train_accuracy,
            100 * healthy.held_out_accuracy,
            *lengths(HEALTHY).values(),
            100 * healthy.zeros,
        )
        for line, curve in zip(self.twins, curves, strict=True):
            line.set_data(healthy.updates, np.where(curve > 0, curve, np.nan))
            axes: Any = line.axes
            line.set_visible(shown and axes.get_visible())

    def show_weights(self, result: Run) -> None:
        """Show the weights as they were at the last picture, beside those of a healthy run."""
        asked, kernels = self.opened == "weights", result.kernels[self.pictured]
        known = bool(np.isfinite(kernels).all())
        see([self.update_of], asked)
        see([self.pictures, self.healthy, self.colors], asked and known)
        see([self.lost], asked and not known)
        if not asked:
            return
        self.update_of.set_text(f"{PICTURES} units, update {self.pictured}")
        # with other first weights: else a run in which nothing is wrong would be known at once
        healthy = run(HEALTHY, seed=1).kernels[self.pictured]
        self.pictures.set_data(side_by_side(np.nan_to_num(kernels), healthy[:2]))

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
        if self.evidence == "gradient check":
            return "One gradient, checked by a nudge", *checked_gradient(name)
        if self.evidence == "gradient norms":
            return norms_of_gradients(name, max(self.step, 1))
        if self.evidence == "batch of one":
            return f"One digit alone, {ONE} updates", *learned_alone(name)
        return "", [], [], None

    def sentence(self, result: Run) -> tuple[str, str]:
        """Say what can be seen so far, and not what is wrong."""
        at = self.shown(result) - 1
        start = f"loss {size(result.loss[0])}, where guessing has {GUESSING:.2f}"
        if not self.step:
            return "Press Play: is anything wrong?", f"Before the first update: {start}."
        train, new, zeros, dead = (
            f"{100 * record[at]:.0f}%"
            for record in (
                result.train_accuracy,
                result.held_out_accuracy,
                result.zeros,
                result.dead,
            )
        )
        seen = (
            f"{ink('path', f'{train} of the training digits')} and"
            f" {ink('validation', f'{new} of new ones')} are right."
        )
        if self.evidence == "dead units":
            seen = (
                f"{zeros} of the hidden outputs are 0. {dead} of the units are dead: they give 0"
                " for every training digit."
            )
        if self.evidence == "step lengths" and at:
            norms = lengths(result.name)
            share = size(100 * norms["step"][at] / norms["weights"][at])
            seen = f"The last {ink('momentum', 'step')} has {share}% of the size of the weights."
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

    >>> size(0.0000513), size(-0.149), size(3861.7), size(1e35), size(math.nan), size(1e-27)
    ('0.000051', '−0.149', '3,862', '> 9,999', 'none', 'almost 0')
    """
    if math.isnan(x):
        return "none"
    if 0 < abs(x) < SMALLEST:
        return "almost 0"
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
    axes.set(ylim=(0, 100), yticks=(0, 50, 100), yticklabels=("0%", "50%", "100%"))


def twin(axes: Axes, dashes: str = "-") -> Line2D:
    """Return a line for what a healthy run does."""
    (line,) = axes.plot([], [], dashes, color=COLORS["quiet"], linewidth=1, alpha=0.8)
    return line


class Apart(Transform):
    """From the number of a name to its place beside the axes: at its height, and over no other.

    What a line of words takes of the height of the axes differs from form to form.
    """

    input_dims = output_dims = 2

    def __init__(self, axes: Axes) -> None:
        super().__init__()
        self.axes = axes
        self.heights: list[float] = [0.0]  # from 0 to 1, where the lines end
        self.set_children(axes.bbox)

    def take(self, heights: list[float]) -> None:
        """Take other heights."""
        self.heights = heights
        self.invalidate()

    def transform_non_affine(self, values: Any) -> Any:
        """Return the places: matplotlib calls this."""
        self._invalid = 0  # or the next change would not be passed on
        figure: Any = self.axes.figure
        box, inch = self.axes.bbox, figure.dpi
        heights = np.array(apart(self.heights, 0.22 * inch / box.height))
        numbers = np.reshape(values, (-1, 2))[:, 1].astype(int)
        x = np.full(len(numbers), box.x1 + 0.11 * inch)
        return np.stack([x, box.y0 + box.height * heights[numbers]], axis=1)


def names(axes: Axes, colors: Sequence[str]) -> list[Text]:
    """Return words for the ends of lines, at the right of the axes."""
    place = Apart(axes)
    look: dict[str, Any] = {"transform": place, "va": "center", "fontsize": 11.5}
    return [axes.text(0, 0, "", color=COLORS[color], **look) for color in colors]


def place_names(texts: Sequence[Text], ends: dict[str, float | None], unit: str = "") -> None:
    """Write names and numbers at the ends of lines, none over another. One may have no end."""
    place: Any = texts[0].get_transform()
    heights: list[float] = []
    for text, (name, end) in zip(texts, ends.items(), strict=True):
        text.set_visible(end is not None)
        if end is not None:
            text.set_text(
                f"{name} {end:.0f}{unit}" if unit else f"{name} {size(float(f'{end:.2g}'))}"
            )
            text.set_y(len(heights))
            heights.append(height(place.axes, end))
    place.take(heights)


def in_points(axes: Axes, up: float, right: float = 0) -> Transform:
    """Return the coordinates of words: points from a place, given as shares of the axes."""
    figure: Any = axes.figure
    shares: Any = axes.transAxes
    corner = ScaledTranslation(right, up, shares)
    return Affine2D().scale(1 / 72) + figure.dpi_scale_trans + corner


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


def side_by_side(pictures: Array, healthy: Array) -> Array:
    """Return six pictures in two rows and, further to the right, two for comparison."""
    bare = np.pad(pictures, ((0, 0), (0, 2), (0, 2)), constant_values=np.nan)
    apart_ = np.pad(healthy, ((0, 0), (0, 2), (8, 0)), constant_values=np.nan)
    rows = [[*bare[:3], apart_[0]], [*bare[3:], apart_[1]]]
    return np.concatenate([np.concatenate(row, axis=1) for row in rows])[:-2]


def see(artists: Sequence[Any], visible: bool) -> None:
    """Show artists, or hide them."""
    for artist in artists:
        if artist.get_visible() != visible:
            artist.set_visible(visible)


def look(button: Button, name: str, words: str) -> None:
    """Let a button look as `LOOKS` says, and say something. What is so already costs nothing."""
    ground, text = button
    face, edge, color = LOOKS[name]
    if (text.get_text(), text.get_color(), ground.get_label()) != (words, color, name):
        ground.set(facecolor=face, edgecolor=edge, label=name)
        text.set(text=words, color=color)


# --- where everything stands ---


def wide(words: str, around: float = 0.2) -> float:
    """Return how wide the button with these words is."""
    return around + 0.073 * len(words)


def rows(names: Sequence[str], room: float, around: float) -> list[list[tuple[str, float, float]]]:
    """Return each button's name, how far from the left it begins, and its width: row by row.

    >>> rows(["dead units", "no ReLU"], 2.0, 0.27)
    [[('dead units', 0.0, 1.0), ('no ReLU', 1.08, 0.781)]]
    >>> [len(row) for row in rows(["dead units", "no ReLU"], 1.8, 0.27)]
    [1, 1]
    """
    found: list[list[tuple[str, float, float]]] = [[]]
    x = 0.0
    for name in names:
        width = wide(name, around)
        if x + width > room:
            found.append([])
            x = 0.0
        found[-1].append((name, x, width))
        x += width + APART
    return found


def places(form: str, width: float, height: float, beside: bool) -> dict[str, Box]:
    """Return the place of each part in a form, in inches; evidence has one if it is `beside`."""
    found: dict[str, Box] = {}
    head, label, row = HEADS[form], LABELS[form], HIGH + APART
    y = SIDE  # from below

    def stack(names: Sequence[str], left: float, around: float) -> None:
        """Place buttons in rows, and go up by as many."""
        nonlocal y
        for line in reversed(rows(names, width - SIDE - left, around)):
            for name, x, across in line:
                found[f"press {name}"] = (left + x, y, across, HIGH)
            y += row

    def entitle(name: str) -> None:
        """Place a heading beside the row below, or above it."""
        nonlocal y
        y += 0 if head else row
        found[name] = (SIDE, y - row, head or width / 2, HIGH)

    # where there is room, the answer that is no mistake stands apart, at the end of the first row
    for group in reversed([*GROUPS][: -1 if label else None]):
        stack(GROUPS[group], SIDE + head + label, MARK)
        beside_row, above = (SIDE + head, y - row, label, HIGH), (SIDE, y - 0.04, width / 2, LINE)
        found[group] = beside_row if label else above
        y += 0 if label else LINE
    if label:
        across = wide(HEALTHY, MARK)
        found[f"press {HEALTHY}"] = (width - SIDE - across, y - row, across, HIGH)
        found["or"] = (width - SIDE - across - 0.3, y - row, 0.3, HIGH)
    entitle("answers")
    y += 2 * APART
    stack(EVIDENCE[1:], SIDE + head, 0.2)
    entitle("chips")
    across = wide(NEXT, MARK)
    found["press next case"] = (width - SIDE - across, y - row, across, HIGH)
    y += APART
    # the curves, in what is left
    room, top = height - y, height
    for share, parts in (BESIDE if beside else ALONE)[form]:
        x = 0.0
        for name, part in parts.items():
            found[name] = (x, top - share * room, part * width, share * room)
            x += part * width
        top -= share * room
    return found | ({} if beside else {"evidence": (0.0, -height, width, height)})
