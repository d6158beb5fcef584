# %% [markdown]
# # Gradient descent
#
# You nudge a weight, watch the loss, and turn the answer into a step: by the end you have written,
# in five lines, the algorithm that all training of neural networks builds on.
#
# **20 minutes.** You need: Python, and what a *loss* and a *weight* are. No calculus; that comes in
# the next notebook.
#
# ← [02 One weight at a time](02_one_weight_at_a_time.ipynb) · [04 Gradient](04_gradient.ipynb) →

# %%
import matplotlib.pyplot as plt
import numpy as np

import lecture3_engine as engine

engine.style.use()

# %% [markdown]
# ## Predict

# %%
engine.exercises.gradient_descent.prediction

# %% [markdown]
# ## The idea
#
# In the last notebook one weight went from 0.30 to 0.35, and the loss from 0.5 to 0.6. We only
# asked *up or down?* and threw the rest away. But there is more in these numbers: the loss grew by
# 0.1 for a nudge of 0.05, so it grows **twice as fast as the weight**. This is the **rate of
# change**,
#
# $$rc = \frac{\ell(w_0 + \varepsilon) - \ell(w_0)}{\varepsilon} = \frac{0.6 - 0.5}{0.05} = 2.$$
#
# Its sign says which way is up, and its size says how steep it is there. That is enough to walk
# downhill.
#
# | in the formula | in the code | what it is |
# |---|---|---|
# | $w$, $w_0$ | `w`, `w0` | the weight, and where we look at it |
# | $\ell(w)$ | `loss(w)` | the loss: what we want to be small |
# | $\varepsilon$ | `epsilon` | the nudge, a small positive number |
# | $rc$ | `rc` | the rate of change: loss gained for each unit of weight |
# | $lr$ | `lr` | the learning rate: how much of $rc$ we take as a step |
#
# The idea is old. The French mathematician **Augustin-Louis Cauchy** published it in 1847, on three
# pages, as a way to solve large systems of equations. (The slide turns his first names around.)
#
# ## The rate of change in code
#
# A loss with one weight, two valleys and a hill between them (the picture comes in a moment):

# %%
def loss(w):
    return 0.15 * w**4 - 0.1 * w**3 - 1.2 * w**2 + 1.2 * w + 4


w0, epsilon = -0.5, 0.8
rc = (loss(w0 + epsilon) - loss(w0)) / epsilon
print(f"loss({w0}) = {loss(w0):.3f}")
print(f"loss({w0 + epsilon:.1f})  = {loss(w0 + epsilon):.3f}")
print(f"rc         = {rc:.3f}")
print("the engine says the same:", np.isclose(rc, engine.rate_of_change(loss, w0, epsilon)))

# %% [markdown]
# ### Uphill, and downhill
#
# We went from $w_0$ to $w_0 + \varepsilon$, and the loss grew: $rc > 0$. We walked **uphill**, so,
# as the slide says, we should have *decreased* $w_0$, that is: subtract a positive number.
#
# What if we go the other way, to $w_0 - \varepsilon$? The rate of change is again *where you arrive
# minus where you were*, above and below the line:
#
# $$rc = \frac{\ell(w_0 - \varepsilon) - \ell(w_0)}{(w_0 - \varepsilon) - w_0} = \frac{\ell(w_0) - \ell(w_0 - \varepsilon)}{\varepsilon}.$$

# %%
backward = (loss(w0) - loss(w0 - epsilon)) / epsilon
print(f"uphill,   forward difference:  rc = {rc:.3f}")
print(f"downhill, backward difference: rc = {backward:.3f}")

COLORS = engine.style.COLORS
w = np.linspace(-2.2, 1, 200)
ways = (
    ("Uphill", rc, w0 + epsilon, r"$w_0 + \varepsilon$"),
    ("Downhill", backward, w0 - epsilon, r"$w_0 - \varepsilon$"),
)
fig, axes = plt.subplots(1, 2, figsize=(10, 3.8), sharey=True)
for axis, (way, slope, nudged, name) in zip(axes, ways):
    secant = loss(w0) + slope * (w - w0)
    axis.plot(w, loss(w), color=COLORS["loss"])
    axis.plot(w, secant, color=COLORS["estimate"], label=f"secant, rc = {slope:.2f}")
    axis.vlines([w0, nudged], -1, [loss(w0), loss(nudged)], linestyle=":", color=COLORS["quiet"])
    axis.plot(nudged, loss(nudged), "o", color=COLORS["estimate"], markersize=9)
    engine.style.ring(axis, w0, loss(w0), size=9, markeredgewidth=1)
    axis.set(title=f"{way}: to {name}", xlabel="weight $w$", ylim=(-1, 5.5))
    axis.set(xticks=[w0, nudged], xticklabels=["$w_0$", name])
    axis.legend(loc="upper left")
axes[0].set_ylabel(r"loss $\ell$")
fig.tight_layout()

# %% [markdown]
# Both numbers are positive. They differ, as the curve is not straight, but they tell the same:
# **the loss grows with $w$, so make $w$ smaller.** In which direction you looked does not matter;
# both minus signs of the backward difference see to that.
#
# ### Three slips on the slide
#
# The slide about going downhill has the right result, and three slips on the way to it. Let the
# numbers say so.

# %%
as_printed = (loss(w0 + epsilon) - loss(w0)) / (w0 - epsilon - w0)
mended = (loss(w0 - epsilon) - loss(w0)) / (w0 - epsilon - w0)
right_hand_side = (loss(w0) - loss(w0 - epsilon)) / epsilon
print(f"left side as printed    {as_printed:6.3f}")
print(f"left side mended        {mended:6.3f}")
print(f"right side              {right_hand_side:6.3f}")
print("loss(w0) > loss(w0 + epsilon), as printed:", loss(w0) > loss(w0 + epsilon))
print("loss(w0) > loss(w0 - epsilon), as meant:  ", loss(w0) > loss(w0 - epsilon))

# %% [markdown]
# - The denominator $w_0 - \varepsilon - w_0$ belongs to $\ell(w_0 - \varepsilon) - \ell(w_0)$. The
#   slide has $\ell(w_0 + \varepsilon)$ there, which mixes the two sides and turns the sign around.
#   Its right-hand side is correct.
# - "In this case $\ell(w_0) > \ell(w_0 + \varepsilon)$" should read
#   $\ell(w_0) > \ell(w_0 - \varepsilon)$: downhill is where the loss is lower.
# - "We should indeed decrease $x_0$": the weight is called $w_0$.
#
# ## Drag it
#
# The triangle is the rate of change: its level side is $\varepsilon$, its upright side is the change
# of the loss $\Delta\ell$, and $rc = \Delta\ell / \varepsilon$ is how steep its long side is.
#
# - **Drag $w_0$** through the picture, from one end to the other. Where is $rc$ positive, where
#   negative? Compare with the blue arrow, which points downhill.
# - **Drag the other end** of the triangle to change **ε**.
# - Press *more* and set the **direction** to `backward` and to `central`: the triangle moves and
#   $rc$ changes, its sign seldom.
# - Find a place where $rc$ misleads: set the direction back to `forward`, keep **ε** large, and go
#   to just left of a valley. The sentence above the picture says when $rc$ would send $w_0$ uphill.

# %%
engine.explorers.SecantExplorer(w0=-0.5, epsilon=0.8)

# %%
engine.exercises.gradient_descent.prediction.answer()

# %% [markdown]
# ## From a sign to a step
#
# If $rc > 0$, decrease $w$. If $rc < 0$, increase it. Both are one line, and it has a minus sign in
# it:
#
# $$w \leftarrow w - lr \cdot rc$$
#
# The **learning rate** $lr$ is needed because $rc$ is a slope and not a distance: it says how steep
# the hill is, not how far away the valley.

# %%
lr, epsilon = 0.05, 0.1
for w in (-2.6, -0.5, 1.2, 2.6):
    rc = (loss(w + epsilon) - loss(w)) / epsilon
    new_w = w - lr * rc
    word = "decrease" if rc > 0 else "increase"
    print(
        f"w {w:4.1f}   rc {rc:6.2f}   {word} to {new_w:5.2f}"
        f"   loss {loss(w):.2f} -> {loss(new_w):.2f}"
    )

# %% [markdown]
# Four places, both signs, and each time the loss falls. Now take the plus sign instead:

# %%
for w in (-2.6, -0.5, 1.2, 2.6):
    rc = (loss(w + epsilon) - loss(w)) / epsilon
    print(
        f"w {w:4.1f}   loss now {loss(w):.2f}   w + lr rc: grows {loss(w + lr * rc) > loss(w)}"
        f"   w - lr rc: falls {loss(w - lr * rc) < loss(w)}"
    )

# %% [markdown]
# This settles a sentence of the lecture that is easily misread: *the gradient encodes what small
# change will decrease the loss the most.* It does, but with a minus. $rc$, and the gradient that it
# is about to become, point to where the loss **grows**. **Minus** the gradient is the way down, and
# that is where the minus in the update comes from.
#
# ### How small must $\varepsilon$ be?
#
# Small enough to see the hill you stand on and not the next one. At $w = -2.2$, just left of a
# valley, the curve falls to the right:

# %%
for epsilon in (1.0, 0.5, 0.2, 0.1, 0.01):
    rc = (loss(-2.2 + epsilon) - loss(-2.2)) / epsilon
    word = "decrease (wrong)" if rc > 0 else "increase (right)"
    print(f"epsilon {epsilon:<5}  rc {rc:6.2f}   so {word}")

# %% [markdown]
# With $\varepsilon = 1$ the nudge jumps over the valley and lands on the far slope: it sees a hill
# where there is a descent. What happens when $\varepsilon$ gets smaller and smaller is the question
# of the [next notebook](04_gradient.ipynb).
#
# ## Naive gradient descent
#
# The slide's algorithm, to minimise $\ell(w)$:
#
# 1. Start at a random point, $w_{iter} = w_0$.
# 2. In a loop: $w_{iter} \leftarrow w_{iter} - lr \cdot rc$, with
#    $rc = \dfrac{\ell(w_{iter} + \varepsilon) - \ell(w_{iter})}{\varepsilon}$.
# 3. Stop after $N$ iterations.
#
# Each iteration looks at the loss twice, at $w_{iter}$ and beside it, however long the step will
# be. That is what is new: the naive approach of notebook 02 learns only *up or down* from its
# trials, $rc$ also says how steeply, and so how far to go.
#
# Here are the first two iterations, by hand:

# %%
lr, epsilon = 0.2, 0.3
w = -0.2
rc = (loss(w + epsilon) - loss(w)) / epsilon
print(f"w = {w:7.4f}   rc = {rc:.4f}   new w = {w:.4f} - {lr} * {rc:.4f} = {w - lr * rc:.4f}")

w = w - lr * rc
rc = (loss(w + epsilon) - loss(w)) / epsilon
print(f"w = {w:7.4f}   rc = {rc:.4f}   new w = {w:.4f} - {lr} * {rc:.4f} = {w - lr * rc:.4f}")

# %% [markdown]
# ## Drag it
#
# The explorer shows the same descent with the same numbers. The blue arrow is the step,
# $-lr \cdot rc$; beside it, *This step* has the arithmetic of the iteration.
#
# - Press **Play**. The steps grow where it is steep and shrink near the bottom, though $lr$ never
#   changes. Why?
# - Look closely at the end: it does not stop at the star but *before* it, that is, to the left of
#   it, though it came from the right. Make **ε** smaller, and it comes closer.
# - **Drag the start** to the other side of the hill. Which valley does it find now?
# - Turn **lr** up: first it arrives sooner, then it jumps from side to side, then it leaves the
#   picture.

# %%
engine.explorers.GradientDescentExplorer(w0=-0.2, lr=0.2, epsilon=0.3, step=2)

# %% [markdown]
# The steps shrink because each is $lr \cdot rc$, and $rc$ goes to 0 as the ground gets level. No
# one has to tell the algorithm to slow down.
#
# ## Where the lecture's claim stands
#
# The slide says: change the coefficient iteratively *until finding **a minimum value** for the
# loss*. Each word counts. Eight starts, 200 iterations each, with the engine's `descend`, which
# takes any rule for the slope:

# %%
def slope(w, epsilon=0.01):
    return engine.rate_of_change(loss, w, epsilon)


curve = engine.surfaces.lecture_curve
starts = np.array([-3, -2.4, -1, 0.2, 0.8, 1.4, 2.4, 3])
path = engine.descend(curve, starts[:, None], steps=200, gradient=slope, lr=0.05)
for start, end, lowest in zip(starts, path.points[-1, :, 0], path.losses[-1]):
    print(f"start {start:4.1f}   end {end:5.2f}   loss {abs(lowest):.2f}")

# %%
w = np.linspace(-3.2, 3.2, 300)
fig, axis = plt.subplots(figsize=(9, 4))
axis.plot(w, loss(w), color=COLORS["loss"])
axis.plot(path.points[:, :, 0], path.losses, ".-", color=COLORS["path"], linewidth=1)
engine.style.ring(axis, starts, path.losses[0], size=9, markeredgewidth=1, label="start")
engine.style.star(axis, [-2, 2], [loss(-2), loss(2)], 16, markeredgewidth=1, label="minimum")
axis.annotate("global minimum", (-2, 0), (-1.6, -0.75), va="center")
axis.annotate("local minimum", (2, 3.2), (2, 2.3), ha="center", va="center")
axis.set(xlabel="weight $w$", ylabel=r"loss $\ell$", ylim=(-1.2, 9))
axis.set_title("Every start finds a minimum, not always the lowest")
_ = axis.legend(loc="upper center", ncols=2)

# %% [markdown]
# Half of the starts, those left of the hill top at 0.5, end in the **global minimum**, the lowest
# point of all. The other half end in a **local minimum**: lower than everything around it, and with
# a loss of 3.2 nothing to be proud of. Gradient descent goes downhill from where it stands, and
# that is all it knows. Section "Local Minimum" of the lecture comes back to this; notebook
# [07](07_momentum.ipynb) shows what helps, and why it is less of a problem for large networks than
# it looks here.
#
# And the end is not exactly the minimum. The forward difference looks ahead: it is the slope
# halfway between $w$ and $w + \varepsilon$ (exactly so for a parabola), so it becomes 0 when the
# *halfway point* is in the minimum. $w$ itself is then half a nudge to the left of it, whichever
# side it came from.

# %%
for epsilon in (0.4, 0.2, 0.1):
    path = engine.descend(curve, [-1.0], steps=400, gradient=lambda w: slope(w, epsilon), lr=0.05)
    end = path.points[-1, 0]
    print(
        f"epsilon {epsilon}   ends at {end:.3f}   left of the minimum -2 by {-2 - end:5.3f}"
        f"   epsilon / 2 = {epsilon / 2}"
    )

# %% [markdown]
# ## Do it
#
# Three functions, with one or two lines to write in each. The check says what is wrong and why;
# until you write something it just waits.
#
# **1. The rate of change**, forward: `rc = (loss(w + epsilon) - loss(w)) / epsilon`.

# %%
def rate_of_change(loss, w, epsilon):
    ...  # your code here


engine.exercises.check(rate_of_change)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def rate_of_change(loss, w, epsilon):
#     return (loss(w + epsilon) - loss(w)) / epsilon
# ```
#
# </details>
#
# **2. The other way**: the rate of change between $w - \varepsilon$ and $w$. Where the loss grows
# with $w$ it must be positive.

# %%
def rate_of_change_backward(loss, w, epsilon):
    ...  # your code here


engine.exercises.check(rate_of_change_backward)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def rate_of_change_backward(loss, w, epsilon):
#     return (loss(w) - loss(w - epsilon)) / epsilon
# ```
#
# </details>
#
# **3. Naive gradient descent**: go around `steps` times, and return the last `w`.

# %%
def gradient_descent(loss, w, lr, epsilon, steps):
    for step in range(steps):
        ...  # your code here
    return w


engine.exercises.check(gradient_descent)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def gradient_descent(loss, w, lr, epsilon, steps):
#     for step in range(steps):
#         rc = (loss(w + epsilon) - loss(w)) / epsilon
#         w = w - lr * rc
#     return w
# ```
#
# </details>
#
# Yours works? Then try `gradient_descent(loss, 2.9, 0.05, 0.01, 200)` in a new cell, and with other
# starts.
#
# ## Challenge
#
# In the explorer above, press *more*, set *slope by* to `gradient` and the start to $w_0 = 2.9$. **Bring the loss
# below 3.21 in a single iteration**, with $lr$ alone. Then start at 2.5 and do not touch $lr$: how
# many iterations does it take now?
#
# <details><summary>A hint, and what to see in it</summary>
#
# One step has to go all the way: $2.9 - lr \cdot rc = 2$. At 2.9 the slope is 6.35, so
# $lr = 0.9 / 6.35 \approx 0.14$. From 2.5 the same $lr$ stops short and needs two iterations, from
# 1.0 many more. A learning rate is not good or bad in itself; it has to fit the curve. Notebook 06
# is about that.
#
# </details>
#
# ## What you have seen
#
# - **Loss function** $\ell(w)$: what we make small, here a function of one weight.
# - **Gradient**: what $rc$ becomes when $\varepsilon$ gets small; it points to where the loss
#   grows. The next notebook makes it precise.
# - **Gradient descent**: again and again $w \leftarrow w - lr \cdot rc$, downhill from wherever you
#   are.
# - **Learning rate** $lr$: how much of the slope becomes a step.
# - **Number of iterations** $N$: how often we go around. The slide's algorithm has no other way to
#   stop.
# - **Global minimum**, the lowest point of all, and **local minimum**, lower than its
#   neighbourhood. Gradient descent finds one of them, depending on the start.
#
# Ask yourself:

# %%
engine.exercises.gradient_descent.questions

# %% [markdown]
# To read on: A. Cauchy, *Méthode générale pour la résolution des systèmes d'équations simultanées*,
# Comptes rendus hebdomadaires des séances de l'Académie des sciences 25 (1847), 536–538: three
# pages, and the whole idea is there. C. Lemaréchal, *Cauchy and the gradient method*, Documenta
# Mathematica, Extra Volume: Optimization Stories (2012), 251–254, tells its story. In the engine:
# `lecture3_engine/finite_difference.py` and `descent.py`.
#
# ← [02 One weight at a time](02_one_weight_at_a_time.ipynb) · [04 Gradient](04_gradient.ipynb) →
