"""A complete explorer, as one is meant to be written. Unit tests, browser tests and benchmarks run
it.
"""

from functools import lru_cache

import numpy as np
from matplotlib.figure import Figure

from lecture3_engine.live import Explorer, choice, log_slider, player, slider, toggle

# the curvatures along the two axes
BOWLS = {"round": np.array([4.0, 4.0]), "long": np.array([2.0, 20.0])}


# the same settings are not computed twice, so moving only `step` costs nothing
@lru_cache(maxsize=1)
def descend(bowl, lr, w0, w1, steps=100):
    """From settings to numbers: the path, the loss along it. No picture, no widget."""
    path = [np.array([w0, w1])]
    for _ in range(steps):
        path.append(path[-1] - lr * BOWLS[bowl] * path[-1])
    return np.array(path), (BOWLS[bowl] * np.square(path)).sum(axis=1) / 2


class BowlExplorer(Explorer):
    """Gradient descent in a bowl: the path for one learning rate, and its loss."""

    lr = log_slider("learning rate  lr", 0.05, min=1e-3, max=1.0)
    w0 = slider("start  w0", -3.0, min=-4, max=4, step=0.05)
    w1 = slider("start  w1", 1.5, min=-2, max=2, step=0.05)
    step = player("step", 100, max=100)
    bowl = choice("bowl", "long", BOWLS)
    levels = toggle("level lines", True)

    def draw(self):
        figure = Figure(figsize=(8, 3.8), layout="constrained")
        self.plane, right = figure.subplots(1, 2)
        self.plane.set(xlabel="weight $w_0$", ylabel="weight $w_1$", xlim=(-4, 4), ylim=(-2, 2))
        right.set(xlabel="step", ylabel="loss", yscale="log", xlim=(-2, 102), ylim=(1e-8, 1e3))
        right.grid(alpha=0.3)
        self.contours = None
        (self.path,) = self.plane.plot([], [], "o-", color="#d55e00", markersize=4)
        (self.start,) = self.plane.plot([], [], "s", color="black", markersize=9)
        (self.loss,) = right.plot([], [], color="#d55e00", linewidth=2)
        (self.now,) = right.plot([], [], "o", color="#d55e00", markersize=9)
        self.drag(self.plane, x="w0", y="w1")
        return figure, [self.path, self.start, self.loss, self.now]

    def update(self):
        if self.changed & {"bowl", "levels"}:  # only these change what stands still
            self.draw_levels()
        path, loss = descend(self.bowl, self.lr, self.w0, self.w1)
        path, loss = path[: self.step + 1], loss[: self.step + 1]
        self.path.set_data(path[:, 0], path[:, 1])
        self.start.set_data(path[:1, 0], path[:1, 1])
        self.loss.set_data(range(len(loss)), loss)
        self.now.set_data([self.step], loss[-1:])
        limit = 2 / BOWLS[self.bowl].max()
        word = "below" if self.lr < limit else "not below"
        return (
            f"lr {self.lr:g} is {word} the limit {limit:g}: after {self.step} steps the loss is"
            f" {loss[-1]:.3g}."
        )

    def draw_levels(self):
        if self.contours:
            self.contours.remove()
        x, y = np.meshgrid(np.linspace(-4, 4, 81), np.linspace(-2, 2, 81))
        height = (BOWLS[self.bowl][0] * x**2 + BOWLS[self.bowl][1] * y**2) / 2
        self.contours = (
            self.plane.contour(x, y, height, levels=12, cmap="Blues_r") if self.levels else None
        )
