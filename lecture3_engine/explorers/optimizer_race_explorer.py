"""Optimizers: six of them down the same landscape.

Lecture, section 3, "Variants and Extensions of SGD".
"""

from __future__ import annotations

from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import optim
from ..descent import descend
from ..live import Explorer, choice, log_slider, player, slider, toggle
from ..style import CYCLE, LINE_STYLES, dot, figure, ring, styled
from .formats import cell, counted, number
from .landscape import LANDSCAPES, WINDOW, draw_landscape, enough, gone_at, inside, plane

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    from ..descent import Path
    from ..tensor import Array

STEPS = 60
RACERS: dict[str, tuple[str, type[optim.Optimizer], dict[str, float], str, str]] = {
    # name: (setting, optimizer, its other hyperparameters, colour, marker)
    "SGD": ("sgd", optim.SGD, {}, CYCLE[0], "o"),
    "SGD with momentum": ("momentum", optim.SGD, {"momentum": 0.9}, CYCLE[2], "s"),
    "RMSprop": ("rmsprop", optim.RMSprop, {}, CYCLE[3], "^"),
    "Adagrad": ("adagrad", optim.Adagrad, {}, CYCLE[4], "D"),
    "Adam": ("adam", optim.Adam, {}, CYCLE[1], "v"),
    "AdamW": ("adamw", optim.AdamW, {"weight_decay": 0.01}, CYCLE[5], "P"),
}
GRADIENT = ("g", "gradient $g$", "")
MOMENTS = [
    GRADIENT,
    ("m", "mean $m$", r"$0.9\,m + 0.1\,g$"),
    ("v", "mean square $v$", r"$0.999\,v + 0.001\,g^2$"),
    ("m_hat", r"corrected $\hat m$", "$m\\,/\\,(1-0.9^{t+1})$"),
    ("v_hat", r"corrected $\hat v$", "$v\\,/\\,(1-0.999^{t+1})$"),
]
BY_ROOT = ("step", "step", r"$-\,$lr$\cdot g\,/\,\sqrt{s}$")
# name: columns (what `look_inside` calls it, what the learner reads, how it comes from the columns
# before); eps, which keeps quotients finite, is left out
LEDGERS = {
    "SGD": [GRADIENT, ("step", "step", r"$-\,$lr$\cdot g$")],
    "SGD with momentum": [
        GRADIENT,
        ("velocity", "velocity", r"$0.9\,$velocity $-$ lr$\cdot g$"),
        ("step", "step", "velocity"),
    ],
    "RMSprop": [GRADIENT, ("mean_square", "mean square $s$", r"$0.99\,s + 0.01\,g^2$"), BY_ROOT],
    "Adagrad": [GRADIENT, ("sum_square", "sum of squares $s$", "$s + g^2$"), BY_ROOT],
    "Adam": [*MOMENTS, ("step", "step", r"$-\,$lr$\cdot\hat m\,/\,\sqrt{\hat v}$")],
    "AdamW": [*MOMENTS, ("step", "step", r"$-\,$lr$\,(\hat m/\sqrt{\hat v} + 0.01\,w)$")],
}
PLACES = (0.14, 0.3, 0.48, 0.64, 0.8, 1)  # the right ends of the columns


# one optimizer each: they differ in a number only
TOGETHER = [["SGD", "SGD with momentum"], ["RMSprop"], ["Adagrad"], ["Adam", "AdamW"]]


class Field(optim.Optimizer):
    """All racers in one descent, each optimizer for its own rows of the weights.

    The gradient is asked for once.
    """

    def __init__(self, params: list[Any], lr: Array) -> None:
        super().__init__(params, lr)
        self.walkers: list[tuple[slice, SimpleNamespace, optim.Optimizer]] = []
        end = 0
        for names in TOGETHER:
            begin, end = end, end + len(names)
            optimizers, others = zip(*(RACERS[name][1:3] for name in names), strict=True)
            columns = {
                key: np.array([[other.get(key, 0.0)] for other in others])
                for key in {key for other in others for key in other}
            }
            weights = SimpleNamespace(data=params[0].data[begin:end], grad=None)
            # Adam is AdamW with a weight decay of 0, and SGD has a momentum of 0.
            self.walkers.append(
                (slice(begin, end), weights, optimizers[-1]([weights], lr=lr[begin:end], **columns))
            )

    def step(self) -> None:
        """Let every optimizer make its step."""
        for rows, weights, walker in self.walkers:
            weights.grad = self.params[0].grad[rows]
            walker.step()


@lru_cache(maxsize=64)  # Play asks for the same runs again
def run(
    landscape: str, lrs: tuple[float, ...], w0: float, w1: float, steps: int
) -> dict[str, Path]:
    """Return the paths of all racers, by name."""
    paths = descend(LANDSCAPES[landscape], [w0, w1], Field, steps, lr=np.array(lrs)[:, None])
    return {name: paths.run(i) for i, name in enumerate(RACERS)}


def look_inside(name: str, landscape: str, lr: float, path: Path, step: int) -> dict[str, Any]:
    """Return what an optimizer that went along the path remembers there, and the step it takes.

    It has read the gradient there.
    """
    surface, walker_class, others = LANDSCAPES[landscape], *RACERS[name][1:3]
    weight = SimpleNamespace(data=path.points[0].copy(), grad=None)
    walker = walker_class([weight], lr=lr, **others)
    for point, weight.grad in zip(
        path.points[: step + 1], surface.gradient(path.points[: step + 1]), strict=True
    ):
        weight.data[:] = point
        walker.step()
    inside = {"g": weight.grad, "step": weight.data - point, **walker.state[0]}
    if hasattr(walker, "betas"):
        inside |= {
            f"{moment}_hat": inside[moment] / (1 - beta ** inside["t"])
            for moment, beta in zip("mv", walker.betas, strict=True)
        }
    return inside


class OptimizerRaceExplorer(Explorer):
    """Six optimizers race down one landscape from the same start: their paths, their losses, who
    leads, and what one of them remembers.
    """

    landscape = choice("landscape", "ravine", LANDSCAPES)
    w0 = slider("start  w₀", -4.0, min=-WINDOW, max=WINDOW, step=0.05)
    w1 = slider("start  w₁", 2.0, min=-WINDOW, max=WINDOW, step=0.05)
    step = player("step", 30, max=STEPS)
    show_sgd = toggle("SGD", True)
    lr_sgd = log_slider("SGD  lr", 0.03, min=1e-4, max=10)
    show_momentum = toggle("SGD with momentum", True)
    lr_momentum = log_slider("SGD with momentum  lr", 0.03, min=1e-4, max=10)
    show_rmsprop = toggle("RMSprop", True)
    lr_rmsprop = log_slider("RMSprop  lr", 0.1, min=1e-4, max=10)
    show_adagrad = toggle("Adagrad", True)
    lr_adagrad = log_slider("Adagrad  lr", 1.0, min=1e-4, max=10)
    show_adam = toggle("Adam", True)
    lr_adam = log_slider("Adam  lr", 0.3, min=1e-4, max=10)
    show_adamw = toggle("AdamW", True)
    lr_adamw = log_slider("AdamW  lr", 0.3, min=1e-4, max=10)
    ledger = choice("look inside", "Adam", RACERS)

    @styled
    def draw(self) -> tuple[Figure, Any]:
        """Draw the plane, the losses, the ranking, and the table of one optimizer."""
        fig = figure(11.5, 6.2)
        rows = fig.add_gridspec(2, 1, height_ratios=(2.1, 1))
        top = rows[0].subgridspec(1, 3, width_ratios=(1, 1.05, 0.7))
        self.plane, losses, ranking = (fig.add_subplot(top[i]) for i in range(3))
        plane(self.plane)
        self.plane.set_title("Paths (drag the start)")
        losses.set(
            xlim=(0, STEPS),
            ylim=(1e-9, 1e6),
            yscale="log",
            xlabel="iteration",
            ylabel=r"loss $\ell$",
            title="Loss along the paths",
        )
        losses.grid(True)
        ranking.set(xlim=(0, 1), ylim=(len(RACERS), -0.5), title="Ranking by loss")
        ranking.axis("off")
        self.background: list[Artist] = []
        self.racers: dict[str, list[Any]] = {}
        for style, (name, (_, _, _, colour, marker)) in zip(
            LINE_STYLES, RACERS.items(), strict=True
        ):
            line: dict[str, Any] = {"color": colour, "linestyle": style}
            head: dict[str, Any] = {"color": colour, "marker": marker, "size": 9}
            self.racers[name] = [
                self.plane.plot([], [], zorder=5, **line)[0],
                dot(self.plane, zorder=7, **head),
                losses.plot([], [], **line)[0],
                dot(losses, clip_on=False, **head),
                dot(ranking, markevery=[1], **head | line),
                ranking.text(0.25, 0, name, va="center", fontsize=11),
            ]
        self.start = ring(self.plane, zorder=6)
        self.drag(self.plane, x="w0", y="w1")
        self.draw_ledger(fig.add_subplot(rows[1]))
        return fig, [list(self.racers.values()), self.start, self.cells, self.count]

    def draw_ledger(self, axes: Axes) -> None:
        """Draw the table, empty: `update` fills it."""
        axes.set(xlim=(0, 1), ylim=(0, 4))
        axes.axis("off")
        self.inside = axes
        self.heads: list[list[Text]] = []
        self.cells: list[list[Text]] = []
        for y, weight in ((1.1, "$w_0$"), (0.2, "$w_1$")):
            axes.text(0.02, y, weight)
        self.count = axes.text(1, 4.25, "", ha="right")
        for x in PLACES:
            self.heads.append(
                [
                    axes.text(x, y, "", ha="right", color=colour)
                    for y, colour in ((3.2, "black"), (2.3, "#606060"))
                ]
            )
            self.cells.append([axes.text(x, y, "", ha="right") for y in (1.1, 0.2)])

    @styled
    def update(self) -> str:
        """Show the race up to this step."""
        if "landscape" in self.changed:
            self.background = draw_landscape(self.plane, self.landscape, instead_of=self.background)
        if "ledger" in self.changed:
            self.inside.set_title(f"Inside {self.ledger}: the step it takes from here")
            for heads, (_, name, formula) in zip(
                self.heads, LEDGERS[self.ledger] + [("", "", "")] * len(PLACES), strict=False
            ):
                heads[0].set_text(name)
                heads[1].set_text(formula and f"= {formula}")
        self.start.set_data([self.w0], [self.w1])
        losses: dict[str, float] = {}
        paths = self.paths()
        for name, artists in self.racers.items():
            shown = getattr(self, f"show_{RACERS[name][0]}")
            for artist in artists:
                artist.set_visible(shown)
            if shown:
                path = paths[name]
                losses[name] = path.losses[self.step]
                self.place(artists, path.points[: self.step + 1], path.losses[: self.step + 1])
        ranking = sorted(
            losses, key=lambda name: losses[name] if np.isfinite(losses[name]) else np.inf
        )
        for place, name in enumerate(ranking):
            *_, sample, word = self.racers[name]
            sample.set_data([0, 0.1, 0.2], [place] * 3)
            word.set_y(place)
        self.fill_ledger(paths[self.ledger])
        return self.sentence(ranking, losses)

    def lr_of(self, name: str) -> float:
        """Return the learning rate of a racer."""
        return getattr(self, f"lr_{RACERS[name][0]}")

    def paths(self) -> dict[str, Path]:
        """Return the paths of all racers, at least one step beyond the present one."""
        return run(
            self.landscape,
            tuple(map(self.lr_of, RACERS)),
            self.w0,
            self.w1,
            enough(self.step, block=4),
        )

    def place(self, artists: list[Any], points: Array, losses: Array) -> None:
        """Bring a racer to where it is."""
        walk, now, loss, loss_now, *_ = artists
        walk.set_data(*inside(points).T)
        now.set_data(*(points[-1:] if gone_at(points) is None else points[:0]).T)
        loss.set_data(range(self.step + 1), losses)
        loss_now.set_data([self.step], np.clip(losses[-1:], 1e-9, 1e6))

    def fill_ledger(self, path: Path) -> None:
        """Write what the chosen optimizer remembers into the table."""
        self.count.set_text(f"steps taken:  t = {self.step}")
        alive = np.isfinite(path.losses[self.step])
        now = (
            look_inside(self.ledger, self.landscape, self.lr_of(self.ledger), path, self.step)
            if alive
            else {}
        )
        for cells, column in zip(
            self.cells, [*LEDGERS[self.ledger], *[None] * len(PLACES)], strict=False
        ):
            for i, text in enumerate(cells):
                text.set_text("" if column is None else cell(now[column[0]][i]) if alive else "–")

    def sentence(self, ranking: list[str], losses: dict[str, float]) -> str:
        """Say who leads."""
        if not ranking:
            return "Nobody runs: switch an optimizer on."
        if self.step == 0:
            return f"At the start everybody has a loss of {number(losses[ranking[0]])}: press Play."
        racing = [
            f"{name} ({number(losses[name])})" for name in ranking if np.isfinite(losses[name])
        ]
        # not ranked: all of them are nowhere
        gone = [name for name in ranking if not np.isfinite(losses[name])]
        parts = []
        if racing:
            how = "with its loss" if len(racing) == 1 else "from the lowest loss to the highest"
            parts.append(f"{how}: {', '.join(racing)}")
        if gone:
            parts.append(f"left for infinity: {', '.join(gone)}")
        return f"After {counted(self.step, 'step')} on {self.landscape}, {'; '.join(parts)}."
