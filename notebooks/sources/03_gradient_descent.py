# %% [markdown]
# # Gradient descent
#
# You nudge a weight, watch the loss, and turn what you see into a step. By the end you will have
# written, in five lines, the algorithm behind almost all training of neural networks.
#
# **40 minutes**, not counting the challenge. You need: Python, and what a *loss* and a *weight* are
# ([notebook 02](02_one_weight_at_a_time.ipynb)). No calculus; that comes in the next notebook.
#
# ← [02 One weight at a time](02_one_weight_at_a_time.ipynb) · [04 Gradient](04_gradient.ipynb) →

# %%
import matplotlib.pyplot as plt
import numpy as np

import lecture3_engine as engine

engine.style.use()

# %% [markdown]
# ## Predict
#
# Choose an answer before you read on.

# %%
engine.exercises.gradient_descent.prediction

# %% [markdown]
# ## The idea
#
# In the last notebook a weight went from 0.30 to 0.35, and the loss from 0.5 to 0.6. The naive
# approach asked only *up or down?* But these numbers say more. A nudge of 0.05 raised the loss by
# 0.1, so the loss grows **twice as fast as the weight**. This is the **rate of change**:
#
# $$rc = \frac{\ell(w_0 + \varepsilon) - \ell(w_0)}{\varepsilon} = \frac{0.6 - 0.5}{0.05} = 2.$$
#
# Its sign says which way is uphill. Its size says how steep the hill is. That is all you need to
# find your way down.
#
# | in the formula | in the code | what it is |
# |---|---|---|
# | $w$, $w_0$ | `w`, `w0` | the weight, and its starting value (in notebook 00, $w_0$ was the first of two weights) |
# | $\ell(w)$ | `loss(w)` | the loss: what we want to make small |
# | $\varepsilon$ | `epsilon` | the nudge, a small positive number |
# | $rc$ | `rc` | the rate of change: how many times as fast as the weight the loss grows |
# | $lr$ | `lr` | the learning rate: a step is $lr \cdot rc$ long |
#
# Following the slope down, step by step, is an old idea: the French mathematician **Augustin-Louis
# Cauchy** published it in 1847, on three pages, to solve systems of equations. (The slide swaps his
# first names.)
#
# ## The rate of change in code
#
# Here is the loss of one weight, with two valleys and a hill between them.

# %%
def loss(w):
    return 0.15 * w**4 - 0.1 * w**3 - 1.2 * w**2 + 1.2 * w + 4


w0, epsilon = -0.5, 0.8
rc = (loss(w0 + epsilon) - loss(w0)) / epsilon
print(f"loss({w0}) = {loss(w0):.3f}")
print(f"loss({w0 + epsilon:.1f})  = {loss(w0 + epsilon):.3f}")
print(f"rc         = {rc:.3f}")
print(f"the engine's rc: {engine.rate_of_change(loss, w0, epsilon):.3f}")

# %% [markdown]
# ### Uphill and downhill
#
# We went from $w_0$ to $w_0 + \varepsilon$, and the loss grew: $rc > 0$. We walked **uphill**. As
# the slide says, we should have *decreased* $w_0$: subtracted a positive number, not added one.
#
# What if we go the other way, to $w_0 - \varepsilon$? The numerator and the denominator are still
# *where you arrive minus where you started*:
#
# $$rc = \frac{\ell(w_0 - \varepsilon) - \ell(w_0)}{(w_0 - \varepsilon) - w_0} = \frac{\ell(w_0) - \ell(w_0 - \varepsilon)}{\varepsilon}.$$
#
# This is the **backward** difference. The earlier one, toward $w_0 + \varepsilon$, is the
# **forward** difference.

# %%
COLORS = engine.style.COLORS


def draw_way(axis, rc, nudge, way, name):
    w, end = np.linspace(-2.2, 1, 200), w0 + nudge
    axis.plot(w, loss(w), color=COLORS["loss"])
    line = loss(w0) + rc * (w - w0)
    axis.plot(w, line, color=COLORS["estimate"], label=f"slope rc = {rc:.2f}")
    heights = loss(w0), loss(end)
    axis.vlines([w0, end], -1, heights, linestyle=":", color=COLORS["quiet"])
    axis.plot(end, loss(end), "o", color=COLORS["estimate"], markersize=9)
    engine.style.ring(axis, w0, loss(w0), size=9, markeredgewidth=1)
    axis.set(title=way, xlabel="weight $w$", ylabel=r"loss $\ell$", ylim=(-1, 5.5))
    axis.set_xticks([w0, end], ["$w_0$", name])
    axis.legend(loc="upper left")


rc_backward = (loss(w0) - loss(w0 - epsilon)) / epsilon
print(f"uphill,   forward difference:  rc = {rc:.3f}")
print(f"downhill, backward difference: rc = {rc_backward:.3f}")

_, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
draw_way(left, rc, epsilon, "Uphill", r"$w_0 + \varepsilon$")
draw_way(right, rc_backward, -epsilon, "Downhill", r"$w_0 - \varepsilon$")

# %% [markdown]
# The two numbers differ because the curve bends. But both are positive and give the same advice:
# **the loss grows with $w$, so make $w$ smaller.** On the way down, the loss and the weight both
# get smaller, and minus divided by minus is plus.
#
# ### Can the two sides disagree?
#
# Yes. At $w = -2.2$, just left of the bottom of a valley, the curve falls to the right, so $rc$
# should be negative:

# %%
def forward(w, epsilon):
    return (loss(w + epsilon) - loss(w)) / epsilon


def backward(w, epsilon):
    return (loss(w) - loss(w - epsilon)) / epsilon


everywhere = np.linspace(-3, 3, 6001)
for epsilon in (0.8, 0.3, 0.1, 0.01):
    print(f"epsilon {epsilon:<5} at -2.2:", end=" ")
    print(f"forward {forward(-2.2, epsilon):5.2f}", end=", ")
    print(f"backward {backward(-2.2, epsilon):5.2f}", end="   ")
    product = forward(everywhere, epsilon) * backward(everywhere, epsilon)
    print(f"signs differ at {(product < 0).mean():5.1%} of the places")

# %% [markdown]
# With $\varepsilon = 0.8$ the forward nudge jumps across the valley and lands higher up on the far
# slope. It says *uphill* where the curve goes down.
#
# The two sides disagree only around the bottom of a valley or the top of a hill, where the slope
# changes its sign, in a strip as wide as the nudge. Our curve has three such strips. With
# $\varepsilon = 0.8$ they cover $3 \cdot 0.8 = 2.4$ of the 6 units from −3 to 3, or 40%; with
# $\varepsilon = 0.01$, less than 1%. So for a *small* $\varepsilon$ the side hardly ever matters.
# The [next notebook](04_gradient.ipynb) asks how small it can be.
#
# ### Three slips on the slide
#
# The slide about going downhill reaches the right result, but makes three slips along the way. It
# says:
#
# $$rc = \frac{\ell(w_0 + \varepsilon) - \ell(w_0)}{w_0 - \varepsilon - w_0} = \frac{\ell(w_0) - \ell(w_0 - \varepsilon)}{\varepsilon}.$$
#
# Are its two sides equal? Let us see at $w_0 = -0.5$:

# %%
epsilon = 0.8
as_printed = (loss(w0 + epsilon) - loss(w0)) / (w0 - epsilon - w0)
corrected = (loss(w0 - epsilon) - loss(w0)) / (w0 - epsilon - w0)
right_hand_side = (loss(w0) - loss(w0 - epsilon)) / epsilon
print(f"left side as printed    {as_printed:6.3f}")
print(f"left side corrected     {corrected:6.3f}")
print(f"right side              {right_hand_side:6.3f}")
print(
    f"loss at w0: {loss(w0):.2f}, at w0 + epsilon: {loss(w0 + epsilon):.2f},"
    f" at w0 - epsilon: {loss(w0 - epsilon):.2f}"
)

# %% [markdown]
# - The denominator $w_0 - \varepsilon - w_0$ belongs to $\ell(w_0 - \varepsilon) - \ell(w_0)$. With
#   $\ell(w_0 + \varepsilon)$, the left side mixes up forward and backward, and its sign is wrong.
#   The right side is correct.
# - "In this case $\ell(w_0) > \ell(w_0 + \varepsilon)$" should read
#   $\ell(w_0) > \ell(w_0 - \varepsilon)$: the loss is lower downhill.
# - "We should indeed decrease $x_0$": the weight is called $w_0$.
#
# ## Drag it: the rate of change
#
# The triangle is $\varepsilon$ wide, and its height $\Delta\ell$ is the change of the loss. The
# slope of its longest side, $\Delta\ell / \varepsilon$, is $rc$.
#
# 1. **Drag $w_0$** across the picture, from one end to the other. Where is $rc$ positive, and where
#    negative? Compare with the blue arrow: it points downhill, whatever $rc$ says.
# 2. **Drag the point at $w_0 + \varepsilon$**. That changes **ε**.
# 3. Go back to $w_0 = -0.5$ and ε = 0.8. Press *more settings* and set the **direction** to
#    `backward`, then to `central`, which looks to both sides (its triangle is $2\varepsilon$ wide).
#    The triangle moves and $rc$ changes, but its sign does not.
# 4. Go to $w_0 = -2.2$ and switch between `forward` and `backward`. Which of them would send $w_0$
#    uphill? Which one at $w_0 = -1.7$?
# 5. Go back to −2.2 with `forward`, and make **ε** smaller. When does $rc$ get the sign right?

# %%
engine.explorers.SecantExplorer(w0=-0.5, epsilon=0.8)

# %%
engine.exercises.gradient_descent.prediction.answer()

# %% [markdown]
# At −2.2 the forward difference reaches across the valley, and at −1.7 the backward difference
# does: each would send $w_0$ uphill there. With ε below about 0.4, forward gets the sign right at
# −2.2.
#
# ## From a sign to a step
#
# If $rc > 0$, decrease $w$. If $rc < 0$, increase it. One line does both, thanks to its minus sign:
#
# $$w \leftarrow w - lr \cdot rc$$
#
# Read the arrow as "becomes": compute the right side with the old $w$, and call the result the new
# $w$.
#
# Why the **learning rate** $lr$? Because $rc$ is a slope and not a distance: it says how steep the
# hill is, not how far to go. $lr$ turns a slope into a distance. Here is one step from each of four
# places. The last column shows the loss after a step with a plus instead of the minus:

# %%
lr, epsilon = 0.05, 0.1
for w in (-2.6, -0.5, 1.2, 2.6):
    rc = (loss(w + epsilon) - loss(w)) / epsilon
    new_w = w - lr * rc
    word = "decrease" if rc > 0 else "increase"
    print(f"w {w:4.1f}   rc {rc:5.2f}   {word} to {new_w:5.2f}", end="   ")
    print(f"loss {loss(w):.2f} -> {loss(new_w):.2f}", end="   ")
    print(f"with a plus: {loss(w + lr * rc):.2f}")

# %% [markdown]
# Each time, the minus sign lowers the loss and the plus sign raises it.
#
# When the nudge gets very small, $rc$ becomes the **gradient** (notebook 04). The lecture says that
# it *encodes information about what small change … will decrease the loss the most*. That is easy
# to misread. Like $rc$, the gradient says where the loss **grows**. **Minus** the gradient is the
# way down.
#
# ## Naive gradient descent
#
# To minimize $\ell(w)$, the slide gives this algorithm:
#
# 1. Start at a random point, $w = w_0$.
# 2. Compute $rc = \dfrac{\ell(w + \varepsilon) - \ell(w)}{\varepsilon}$, then update
#    $w \leftarrow w - lr \cdot rc$.
# 3. Do this again and again, $N$ times in all.
#
# Each update of $w$ is a **step**; *iteration*, the slides' word, means the same. (The four steps
# of notebook 01 were smaller: together they made one update.)
#
# The naive approach of notebook 02 learned only *which way* to go. $rc$ also says *how steep* it
# is, and the steeper it is, the longer the step.
#
# Here are the first two steps:

# %%
lr, epsilon = 0.2, 0.3
w = -0.2
for step in (1, 2):
    rc = (loss(w + epsilon) - loss(w)) / epsilon
    print(f"step {step}: rc = {rc:.4f}", end=", ")
    print(f"new w = {w:.4f} - {lr} * {rc:.4f} = {w - lr * rc:.4f}")
    w = w - lr * rc

# %% [markdown]
# ## Drag it: the descent
#
# The explorer has taken the same two steps. In this explorer, unlike the first, the blue arrow is
# the next step, $-lr \cdot rc$, so it depends on $rc$. The panel *This step* shows how it is
# computed.
#
# 1. Set the *step* to 0 and press **Play**. The steps get shorter near the bottom, although $lr$
#    never changes. Why?
# 2. Look closely at where the path ends: a little to the left of the star, which marks the minimum.
#    Make **ε** smaller, under *more settings*, and it ends closer.
# 3. **Drag the start** to the other side of the hill. Which valley does it find now?
# 4. Put the start back near −0.2 and ε near 0.3. Set **lr** to 0.05 and raise it slowly. At first
#    the descent needs fewer and fewer steps. Then it jumps from side to side on its way in, and
#    from about 0.34 on it no longer settles in this valley. When does it leave the picture?

# %%
engine.explorers.GradientDescentExplorer(w0=-0.2, lr=0.2, epsilon=0.3, step=2)

# %% [markdown]
# The steps shrink because each is $lr \cdot rc$, and $rc$ goes to 0 as the ground gets level. So
# the algorithm slows down by itself. With an $lr$ above 0.7 or so, it is thrown out of the picture.
# [Notebook 06](06_learning_rate.ipynb) finds the largest $lr$ with which it can settle.
#
# ## Does it find the minimum?
#
# The slide promises that you can change the coefficients (the weights) step by step *until finding
# **a minimum value** for the loss*. Note the "a". We try eight starts, with 200 steps each. The
# engine's `descend` takes the steps. We pass our forward $rc$ as its `gradient`:

# %%
curve = engine.surfaces.lecture_curve  # our loss again
starts = np.array([-3, -2.4, -1, 0.2, 0.8, 1.4, 2.4, 3])
path = engine.descend(
    curve, starts[:, None], steps=200, lr=0.05, gradient=lambda w: forward(w, 0.01)
)
for start, end, lowest in zip(starts, path.points[-1, :, 0], path.losses[-1]):
    print(f"start {start:4.1f}   end {end:4.1f}   loss {abs(lowest):.1f}")


def draw_descents():
    w = np.linspace(-3.2, 3.2, 300)
    _, axis = plt.subplots(figsize=(9, 4))
    axis.plot(w, loss(w), color=COLORS["loss"])
    axis.plot(path.points[:, :, 0], path.losses, ".-", color=COLORS["path"], linewidth=1)
    engine.style.ring(axis, starts, path.losses[0], size=9, label="start")
    engine.style.star(axis, [-2, 2], [0, 3.2], size=16, label="minimum")
    axis.text(-1.6, -0.75, "global minimum", va="center")
    axis.text(2, 2.3, "local minimum", ha="center", va="center")
    axis.set(xlabel="weight $w$", ylabel=r"loss $\ell$", ylim=(-1.2, 9))
    axis.set_title("Every start finds a minimum, not always the lowest")
    axis.legend(loc="upper center", ncols=2)


draw_descents()

# %% [markdown]
# The four starts to the left of the hilltop at 0.5 end in the **global minimum**, the lowest point
# of all. The others end in a **local minimum**: no place *nearby* is lower, but its loss of 3.2 is
# far from the best. Gradient descent knows only the slope where it stands. [Notebook
# 07](07_momentum.ipynb) shows what helps, and why large networks suffer less from this than the
# picture suggests.
#
# And the descent does not end *exactly* at a minimum. A forward $rc$ looks ahead: it measures the
# slope about halfway between $w$ and $w + \varepsilon$. So $rc$ becomes 0 when that *halfway point*
# is at the minimum. By then $w$ itself is about half a nudge to the left of it, no matter which
# side it came from.

# %%
for epsilon in (0.4, 0.2, 0.1):
    path = engine.descend(
        curve, [-1.0], steps=400, lr=0.05, gradient=lambda w: forward(w, epsilon)
    )
    short = -2 - path.points[-1, 0]
    print(f"epsilon / 2 = {epsilon / 2:.2f}   ends to the left of -2 by {short:.2f}")

# %% [markdown]
# ## Do it
#
# Complete three functions. Each needs one or two lines from you.
#
# **1. The rate of change**, forward: from $w$ to $w + \varepsilon$.

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
# with $w$, it must be positive.

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
# **3. Naive gradient descent**: take exactly `steps` steps, with the forward $rc$, and return the
# last `w`.

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
# Try yours in a new cell: `gradient_descent(loss, 2.9, 0.05, 0.01, 200)` should end at 1.995, half
# a nudge to the left of the local minimum at 2.
#
# ## A challenge
#
# In the second explorer, press *more settings*, set *slope by* to `gradient`, and set the start to
# $w_0 = 2.9$. (The gradient is the slope at $w$ itself, with no nudge.) Set *step* to 1. **Bring
# the loss below 3.21 in this single step.** From here on, change nothing but `lr`. The sentence
# above the picture tells you the loss. Then find a second answer, far away from your first: one
# with a loss below 1.
#
# <details><summary>What is possible, and why</summary>
#
# At 2.9 the slope is 6.35, so one step leads to $2.9 - 6.35\,lr$. With `lr` 0.138 or 0.145 that is
# close to 2, and the loss is 3.20. Any `lr` from 0.131 to 0.153 will do.
#
# With `lr` from 0.53 to 0.90, the step is so long that it flies over the hill and lands in the
# *other* valley, again below 3.21. From about 0.67 to 0.85 the loss is below 1, and with 0.759 even
# below 0.1. But take more steps with 0.759, and you soon leave the picture.
#
# Now start at 2.5 with `lr` 0.138: you need two steps to get below 3.21. From 1.0 you need eight.
# How good a learning rate is depends on the curve, and on where you are.
#
# </details>
#
# ## Three questions

# %%
engine.exercises.gradient_descent.questions

# %% [markdown]
# ## What you have seen
#
# - **Loss function** $\ell(w)$: what we make small; here it depends on one weight.
# - **Gradient**: what $rc$ becomes when $\varepsilon$ gets very small.
# - **Gradient descent**: take the step $w \leftarrow w - lr \cdot rc$ again and again.
# - **Learning rate** $lr$: how far a step goes for a given slope.
# - **Number of iterations** $N$: how many steps we take. Nothing else stops the slide's algorithm.
# - **Global minimum**: the lowest point of all. **Local minimum**: no place nearby is lower. With
#   small steps, the start decides which one gradient descent finds.
#
# To read on: A. Cauchy, *Méthode générale pour la résolution des systèmes d'équations simultanées*,
# Comptes rendus hebdomadaires des séances de l'Académie des sciences 25 (1847), 536–538.
# C. Lemaréchal, *Cauchy and the gradient method*, Documenta Mathematica, Extra Volume: Optimization
# Stories (2012), 251–254, tells the story behind it. In this package: `finite_difference.py` and
# `descent.py`.
#
# ← [02 One weight at a time](02_one_weight_at_a_time.ipynb) · [04 Gradient](04_gradient.ipynb) →
