# %% [markdown]
# # Gradient
#
# You watch the rate of change turn into the gradient, and find out how small a nudge can be before
# rounding spoils the result. Then you go from one weight to 7,840, and need no new idea for it.
#
# **35 minutes**, not counting the challenge and the part for the curious. You need:
# [the rate of change](03_gradient_descent.ipynb), and a little calculus (the derivative of $w^2$ is
# $2w$).
#
# ← [03 Gradient descent](03_gradient_descent.ipynb) ·
# [05 Stochastic gradient descent](05_stochastic_gradient_descent.ipynb) →

# %%
from fractions import Fraction

import matplotlib.pyplot as plt
import numpy as np

import lecture3_engine as engine

engine.style.use()
COLORS = engine.style.COLORS

# %% [markdown]
# ## Predict
#
# Choose an answer before you read on.

# %%
engine.exercises.gradient.prediction

# %% [markdown]
# ## The idea
#
# The rate of change depends on the nudge $\varepsilon$. As the nudge gets smaller and smaller, the
# rate of change settles on a number that depends only on the place $w_0$. This is the **gradient**
# of the loss at $w_0$:
#
# $$rc = \frac{\ell(w_0 + \varepsilon) - \ell(w_0)}{\varepsilon} \quad \xrightarrow{\ \varepsilon \to 0\ } \quad \nabla \ell(w_0)$$
#
# For one weight it is the derivative that you know from calculus, the slope of the tangent. Try it
# on $\ell(w) = w^2$, where the algebra is short:
#
# $$rc = \frac{(w + \varepsilon)^2 - w^2}{\varepsilon} = \frac{2 w \varepsilon + \varepsilon^2}{\varepsilon} = 2w + \varepsilon \quad \xrightarrow{\ \varepsilon \to 0\ } \quad 2w.$$
#
# | in the formula | in the code | what it is |
# |---|---|---|
# | $\varepsilon$ | `epsilon` | the nudge |
# | $rc$ | `rc`, `engine.rate_of_change` | the rate of change: the slope of the secant, the line through two points of the curve |
# | $\nabla \ell(w)$, read "nabla ell" | `gradient`, `grad` | the gradient: the slope of the tangent, the line that touches the curve at $w$ |
# | $W$ | `W`, `kernel` | many weights, in an array |
# | $X$ | `X` | the inputs; the loss depends on them as well |
# | $lr$ | `lr` | the learning rate |
#
# ## The limit in numbers
#
# This is the curve from the last notebook. Its derivative follows from the power rule ($w^n$
# becomes $n\,w^{n-1}$):

# %%
def loss(w):
    return 0.15 * w**4 - 0.1 * w**3 - 1.2 * w**2 + 1.2 * w + 4


def gradient(w):
    return 0.6 * w**3 - 0.3 * w**2 - 2.4 * w + 1.2


w0 = -0.5
for epsilon in (1, 0.1, 0.01, 0.001, 0.0001, 0.00001):
    rc = (loss(w0 + epsilon) - loss(w0)) / epsilon
    print(f"epsilon {epsilon:<7g} rc {rc:.6f}   off by {gradient(w0) - rc:.0e}")
print(f"gradient        {gradient(w0):.6f}")

# %% [markdown]
# When the nudge is ten times smaller, the error of $rc$ is about ten times smaller, too. Each line
# is accurate to one more decimal place.
#
# Can we do better? Look at $w^2$ again. The forward difference is $2w + \varepsilon$, too big by
# $\varepsilon$. The backward difference is $2w - \varepsilon$, too small by just as much. In
# their mean, the **central difference**, these errors cancel:
#
# $$rc = \frac{\ell(w_0 + \varepsilon) - \ell(w_0 - \varepsilon)}{2\,\varepsilon}$$
#
# For $w^2$ it is exact. On our curve it is not exact, but far better than before:

# %%
for epsilon in (1, 0.1, 0.01, 0.001):
    rc = (loss(w0 + epsilon) - loss(w0 - epsilon)) / (2 * epsilon)
    print(f"epsilon {epsilon:<7g} rc {rc:.8f}   off by {gradient(w0) - rc:.0e}")

# %% [markdown]
# Now a nudge that is ten times smaller makes the error a **hundred** times smaller: two more digits
# in each line. It costs no more: we still compute the loss twice.
#
# ### And smaller still?
#
# Back to $\ell(w) = w^2$, at $w = 3$, where the forward $rc$ is $6 + \varepsilon$. We compute it
# twice: with Python's fractions, which never round, and with ordinary floating-point numbers
# (*floats*), which keep about 16 digits.

# %%
w = 3
for power in (1, 4, 8, 10, 12, 14, 15, 16):
    exact = Fraction(1, 10**power)
    rounded = float(exact)
    rc_exact = ((w + exact) ** 2 - w**2) / exact
    rc = ((w + rounded) * (w + rounded) - w * w) / rounded
    more = float(rc_exact - 6)
    print(f"epsilon 1e-{power:02d}   fractions: 6 + {more:.0e}   floats: {rc:.10f}")

# %% [markdown]
# The fractions keep getting better, down to the last line. Below $10^{-8}$ the floats get *worse*,
# and at $10^{-16}$ the rate of change is 0. The computer stores $3 + 10^{-16}$ as 3, so nothing was
# nudged at all.
#
# Two errors pull in opposite directions:
#
# - **Truncation.** The nudge is too *big*: the curve bends between $w$ and $w + \varepsilon$, and
#   the straight secant does not follow it. A smaller $\varepsilon$ helps.
# - **Round-off.** The nudge is too *small*: the two losses agree in almost all of their 16 digits,
#   and what remains when you subtract them is mostly rounding error. Dividing by a tiny
#   $\varepsilon$ makes this error huge. A bigger $\varepsilon$ helps.
#
# So the best $\varepsilon$ is in between. To find it, we try powers of ten for $\varepsilon$ at
# 1,000 random places $w$, and take the mean error:

# %%
places = np.random.default_rng(0).uniform(-3, 3, 1000)
powers = np.arange(1, 16)
for direction in ("forward", "central"):
    errors = []
    for power in powers:
        rc = engine.rate_of_change(loss, places, 10.0**-power, direction)
        errors.append(np.abs(rc - gradient(places)).mean())
    best = powers[np.argmin(errors)]
    print(f"{direction}: of 1e-01 to 1e-15 the best is 1e-{best:02d}")

# %% [markdown]
# Why are these two the best?
#
# <details><summary>For the curious: where the best ε comes from</summary>
#
# *The first error: truncation.* How fast a slope changes is called the *curvature*. It is the
# derivative of the derivative, the second derivative $\ell''$. Close to $w$, every smooth curve
# looks like a parabola:
#
# $$\ell(w + \varepsilon) \approx \ell(w) + \varepsilon\, \ell'(w) + \tfrac{1}{2}\, \varepsilon^2\, \ell''(w).$$
#
# (For $\ell = w^2$ this is exact: there $\ell' = 2w$ and $\ell'' = 2$, and the right side is
# $w^2 + 2w\varepsilon + \varepsilon^2 = (w + \varepsilon)^2$.) Now subtract $\ell(w)$ and divide by
# $\varepsilon$: the forward difference is about $\ell' + \frac{1}{2}\varepsilon\, \ell''$. It is
# off by $\frac{1}{2}\varepsilon\,|\ell''|$. (To *truncate* means to cut off: as an estimate of
# $\ell'$, the forward difference ignores the term with $\varepsilon^2$ and all that follow.)
#
# *The second error: round-off.* Rounding a number to a float changes it by at most a fraction $u$
# of its size, with $u = 1.1 \cdot 10^{-16}$. So each loss may be off by $u\,|\ell|$, and the
# difference of two losses by $2u\,|\ell|$. After the division this is $2u\,|\ell| / \varepsilon$.
#
# *Both together.* Write $A = \frac{1}{2}|\ell''|$ and $B = 2u\,|\ell|$. The total error is about
#
# $$E(\varepsilon) = A\,\varepsilon + \frac{B}{\varepsilon}.$$
#
# As $\varepsilon$ grows, the first term grows and the second one shrinks. Where $E$ is smallest,
# its derivative is 0. (The derivative of $B/\varepsilon$ is $-B/\varepsilon^2$.)
#
# $$A - \frac{B}{\varepsilon^2} = 0, \qquad \text{so} \qquad \varepsilon = \sqrt{\frac{B}{A}} = 2 \sqrt{\frac{u\,|\ell|}{|\ell''|}}.$$
#
# At $w_0 = -0.5$ we have $\ell = 3.12$ and $\ell'' = -1.65$, which gives $3 \cdot 10^{-8}$. As a
# rule of thumb, the best $\varepsilon$ is near $\sqrt{u} \approx 10^{-8}$.
#
# *The central difference.* One more term is needed, with the third derivative $\ell'''$:
#
# $$\ell(w \pm \varepsilon) \approx \ell \pm \varepsilon\, \ell' + \tfrac{1}{2}\, \varepsilon^2\, \ell'' \pm \tfrac{1}{6}\, \varepsilon^3\, \ell'''.$$
#
# In $\ell(w + \varepsilon) - \ell(w - \varepsilon)$ the terms with $\ell$ and $\ell''$ cancel.
# Divide what is left by $2\varepsilon$: you get $\ell' + \frac{1}{6}\varepsilon^2\,\ell'''$. The
# round-off, $2u\,|\ell|$, is divided by $2\varepsilon$ as well. So now
#
# $$E(\varepsilon) = A\,\varepsilon^2 + \frac{B}{\varepsilon} \qquad \text{with} \qquad A = \tfrac{1}{6}|\ell'''|, \quad B = u\,|\ell|.$$
#
# Its derivative, $2A\,\varepsilon - B/\varepsilon^2$, is 0 where $\varepsilon^3 = B/(2A)$. At
# $w_0 = -0.5$ we have $\ell''' = -2.4$, which gives $\varepsilon = 8 \cdot 10^{-6}$. As a rule of
# thumb, the best $\varepsilon$ is near $\sqrt[3]{u} \approx 5 \cdot 10^{-6}$.
#
# (The computer rounds $w + \varepsilon$ as well, which makes $B$ a little larger. The explorer
# below takes that into account.)
#
# </details>
#
# ## Drag it
#
# The large picture shows the triangle from the last notebook. The dashed line is the tangent. *The
# error of rc* shows how far $rc$ is off for every $\varepsilon$. The marks on its axes are powers
# of ten, and the curve looks like a V, with round-off on the left and truncation on the right. Drag
# in it to move **ε**, and in the large picture to move $w_0$.
#
# 1. **Drag ε** to the left, starting from 0.8. The secant swings into the tangent. Look *under the
#    microscope*, which is always a few $\varepsilon$ wide: the curve becomes a straight line. The
#    slope of this line is the derivative.
# 2. Go on to the left, past the bottom of the V. At about $10^{-15}$, look under the microscope
#    again. The smooth curve has become a staircase: one stair is the smallest amount by which a
#    float of this size can change.
# 3. Press *more settings* and set the **direction** to `central`. The right side of the V gets
#    steeper, and its bottom gets lower.
# 4. Set the **precision** to `float32`: floats with about 7 digits, the usual choice for networks.
#    There is more round-off, so the left side of the V moves up. Where does its bottom go?

# %%
engine.explorers.RateOfChangeExplorer(w0=-0.5, epsilon=0.8)

# %%
engine.exercises.gradient.prediction.answer()

# %% [markdown]
# With `float32` the bottom of the V moves up and to the right: the smallest error is larger, and so
# is the $\varepsilon$ that gives it.
#
# ## From one weight to many
#
# So far the loss had one weight. A network has thousands, millions or billions of weights, and
# $\ell$ depends on all of them together. As in [notebook 02](02_one_weight_at_a_time.ipynb), we
# nudge **one weight at a time and hold the others still**. That gives a rate of change for each
# weight. Arrange these rates as the weights are arranged, and you have the gradient: **an array of
# the same shape as $W$.**
#
# Here is the slide's layer again, without relu (which would change nothing, since both outputs are
# positive). The input $x$ and the target $y$ differ from those in notebook 02, and the loss is now
# the sum of the *squared* differences between output and target.

# %%
W = np.array([[0.30, 0.45, 0.10], [0.70, 0.56, 0.32]])
b = np.array([0.50, 0.21])
x, y = np.array([2.0, 1.0, -1.0]), np.array([0.95, 2.35])


def layer_loss(W):
    return ((W @ x + b - y) ** 2).sum()


up, down = W.copy(), W.copy()
up[0, 0] += 0.05
down[0, 0] -= 0.05
print(f"loss {layer_loss(W):.2f}", end="   ")
print(f"W[0, 0] up: {layer_loss(up):.2f}   down: {layer_loss(down):.2f}")
print(f"central difference: {(layer_loss(up) - layer_loss(down)) / (2 * 0.05):.2f}")

# %% [markdown]
# That was one weight of six. The engine nudges all six in turn:

# %%
numerical = engine.numerical_gradient(layer_loss, W)
print(numerical.round(2))
print("shape of W:", W.shape, "  shape of its gradient:", numerical.shape)

# %% [markdown]
# Two other ways lead to the same six numbers.
#
# **By calculus.** The loss is $\ell = \sum_i (z_i - y_i)^2$ with $z_i = \sum_j W_{ij}\, x_j + b_i$.
# Only $z_i$ depends on $W_{ij}$: when $W_{ij}$ grows by 1, $z_i$ grows by $x_j$. So by the chain
# rule $\frac{\partial \ell}{\partial W_{ij}} = 2\,(z_i - y_i)\, x_j$. (The round $\partial$ says
# that only this weight varies.)
#
# **By a backward pass.** The engine records each operation as it computes the loss, and then finds
# all derivatives in one go. [Notebook 09](09_backpropagation.ipynb) shows how. The engine's layers
# expect each sample as a row, so they need the transposed weights, `kernel = W.T`, as in [notebook
# 01](01_how_learning_happens.ipynb).

# %%
by_calculus = 2 * np.outer(W @ x + b - y, x)  # all products (z_i - y_i) x_j

kernel = engine.Parameter(W.T)
outputs = engine.dense(np.array([x]), kernel, b)  # one sample, as a row
engine.mse_loss(outputs, np.array([y]), reduction="sum").backward()

print("by calculus:", *by_calculus.round(2), sep="\n")
print("by a backward pass:", *kernel.grad.T.round(2), sep="\n")

# %% [markdown]
# ### Where does it point?
#
# One weight can only go up or down. Two weights together can move in any direction of the plane. In
# which direction does the loss grow fastest? Call the two weights $w_0$ and $w_1$. (Here $w_0$ is a
# weight, not a place.) Start at one point, go the same tiny distance in each of 360 directions, and
# measure the rate of change.

# %%
valley = engine.quadratic((1, 6))  # loss = (w_0^2 + 6 w_1^2) / 2
point = np.array([-2.0, 1.0])
grad = valley.gradient(point)

angles = np.radians(np.arange(360))
directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
rates = (valley.loss(point + 1e-6 * directions) - valley.loss(point)) / 1e-6

degrees, length = np.degrees(np.arctan2(grad[1], grad[0])), np.linalg.norm(grad)
print(f"the gradient is {grad}; it points to {degrees:.1f} degrees")
print(f"its length is {length:.2f}")
print(f"the loss grows fastest at {rates.argmax()} degrees: rate {rates.max():.2f}")
print(f"it falls fastest at {rates.argmin()} degrees: rate {rates.min():.2f}")

# %%
def draw_directions():
    _, (left, right) = plt.subplots(1, 2, figsize=(10.5, 4), layout="constrained")
    grid = np.meshgrid(np.linspace(-3, 1.2, 120), np.linspace(-1.2, 2.3, 120))
    heights, levels = valley.loss(np.stack(grid, axis=-1)), np.arange(18)
    left.contourf(*grid, heights, levels, cmap=engine.style.LANDSCAPE)
    left.contour(*grid, heights, levels, colors=COLORS["quiet"], linewidths=0.6)
    right.plot(np.arange(360), rates, color=COLORS["estimate"])
    right.axhline(0, color=COLORS["quiet"], linewidth=1)
    ways = (grad, "gradient", r"$\nabla \ell$"), (-grad, "path", r"$-\nabla \ell$")
    for way, role, name in ways:
        color, tip = COLORS[role], point + 0.8 * way / length
        look = dict(arrowstyle="-|>", color=color, linewidth=2.5, mutation_scale=18)
        left.annotate("", tip, point, arrowprops=look)
        left.text(*(1.2 * tip - 0.2 * point), name, color=color, ha="center", va="center")
        right.axvline(degrees + 180 * (role == "path"), color=color, label=name)
    engine.style.star(left, 0, 0, size=16)
    engine.style.ring(left, *point, size=9)
    left.set(xlabel="weight $w_0$", ylabel="weight $w_1$", aspect="equal")
    right.set(xlabel="degrees", ylabel="rate of change", xticks=[0, 90, 180, 270, 360])
    right.legend(loc="upper right")


draw_directions()

# %% [markdown]
# *Left: the loss of two weights, seen from above. Along a contour line the loss is the same, and
# the star is the minimum. Right: the rate of change in each direction.*
#
# Now we can say exactly what the lecture means by *the gradient encodes what small change will
# decrease the loss the most*: **the gradient points in the direction in which the loss grows
# fastest, and minus the gradient in the direction in which it falls fastest.** The length of the
# gradient says how steep it is there. At a right angle to the gradient, along the contour line, the
# rate of change is 0.
#
# But $-\nabla \ell$ does *not* point at the star. In a long valley, the steepest way down leads
# mostly across the valley. The gradient knows only the slope where you stand, not where the minimum
# is.
#
# ## A real weight matrix
#
# Here is one dense layer that reads handwritten digits: 784 pixels in, 10 scores out. Its kernel
# holds 7,840 weights. Nobody can picture a landscape with 7,840 directions, but the method stays
# the same: nudge each weight up and down. That takes 15,680 forward passes and a few seconds.

# %%
digits = engine.load_mnist()
X, labels = digits.train_images[:64].astype(np.float64), digits.train_labels[:64]
layer = engine.Dense(784, 10, rng=np.random.default_rng(0), dtype=np.float64)
kernel, bias = layer.kernel.data, layer.bias.data


def digit_loss(kernel):
    return engine.by_hand.softmax_cross_entropy(X @ kernel + bias, labels)


numerical = engine.numerical_gradient(digit_loss, kernel)
print(f"{kernel.shape} weights, gradient {numerical.shape}", end=", ")
print(f"{2 * kernel.size:,} forward passes")

# %% [markdown]
# Now the same gradient with one forward and one backward pass:

# %%
loss_now = engine.cross_entropy(layer(X), labels)
loss_now.backward()
by_backward = layer.kernel.grad

print(f"loss {loss_now.item():.2f}")
print(f"largest difference of all 7,840: {np.abs(by_backward - numerical).max():.8f}")

# %% [markdown]
# The two ways work very differently: one computes the loss again and again, the other multiplies
# derivatives. It is very unlikely that both make the same mistake, so when they agree, you can
# trust both. This is called a *gradient check*, and the tests of this package do it for every
# operation.
#
# Column $j$ of the gradient belongs to the score of digit $j$. It has one number for each pixel, so
# we can *look* at it. Here is minus the gradient, the direction of the first step:

# %%
def draw_first_step():
    fig, axes = plt.subplots(2, 5, figsize=(10, 4.4), layout="constrained")
    look = dict(cmap=engine.style.SIGNED, vmax=np.abs(by_backward).max())
    for digit, axis in enumerate(axes.flat):
        step = -by_backward[:, digit].reshape(28, 28)
        picture = axis.imshow(step, vmin=-look["vmax"], **look)
        axis.set(title=f"score of {digit}", xticks=[], yticks=[])
    fig.colorbar(picture, ax=axes, label="minus the gradient", shrink=0.8)


draw_first_step()
blank = (X == 0).all(axis=0)
print("pixels without ink in all 64 digits:", blank.sum())
print("largest gradient of their weights:", np.abs(by_backward[blank]).max())

# %% [markdown]
# Where it is violet, the step increases the weight; where it is orange, the step decreases it. For
# the score of 0, there is a violet ring around an orange middle: from now on, ink on the ring will
# raise the score and ink in the middle will lower it. For the score of 1, a stroke in the middle
# will raise it. Nobody wrote down these shapes; they come from 64 labeled digits. A pixel without
# ink cannot change the loss, whatever its weights are, so the gradient of these weights is 0.
#
# ## Gradient descent in tensors
#
# (A *tensor* is an array with any number of axes.) The gradient has the shape of $W$, so we can
# update each element just as before. One line does it for all of them:
#
# $$W \leftarrow W - lr \cdot \nabla \ell(W)$$

# %%
lr = 0.05
grad = engine.numerical_gradient(layer_loss, W)

one_by_one = W.copy()
for index in np.ndindex(W.shape):  # (0, 0), (0, 1), ... (1, 2)
    one_by_one[index] = W[index] - lr * grad[index]

new_W = W - lr * grad
print("element by element:", *one_by_one.round(3), sep="\n")
print("in one line:", *new_W.round(3), sep="\n")
print(f"loss {layer_loss(W):.2f} -> {layer_loss(new_W):.2f}")

# %% [markdown]
# To know $\ell(W)$ we need a forward pass, and a forward pass needs data. So $\ell(W)$ is short for
# $\ell(X, W)$: with different inputs, the same weights have a different loss and a different
# gradient.

# %%
model = engine.Dense(784, 10, rng=np.random.default_rng(0))
for first in (0, 64, 128):
    chosen = slice(first, first + 64)
    X, labels = digits.train_images[chosen], digits.train_labels[chosen]
    loss_now = engine.cross_entropy(model(X), labels)
    print(f"the same W, digits {first:3d} to {first + 63:3d}: loss {loss_now.item():.2f}")

# %% [markdown]
# We put it all together: gradient descent on this layer's 7,850 parameters (kernel and bias). $X$
# is the first 1,000 digits, all of them in every step.

# %%
X, labels = digits.train_images[:1000], digits.train_labels[:1000]
lr, losses = 0.5, []
for step in range(100):
    loss_now = engine.cross_entropy(model(X), labels)  # a forward pass: l(X, W)
    model.zero_grad()  # forget the gradient of the step before
    loss_now.backward()  # a backward pass: the gradient of each parameter
    for parameter in model.parameters():
        parameter.data = parameter.data - lr * parameter.grad  # the update
    losses.append(loss_now.item())

print(f"loss {losses[0]:.2f} -> {losses[-1]:.2f}")
others = digits.train_images[1000:2000], digits.train_labels[1000:2000]
_, accuracy = engine.evaluate(model, *others, engine.cross_entropy)
print(f"1,000 digits it has not seen: {accuracy:.0%} read correctly")

fig, axis = plt.subplots(figsize=(8, 3.4))
axis.plot(losses, color=COLORS["path"])
axis.axhline(np.log(10), color=COLORS["quiet"], linewidth=1)
axis.text(99, np.log(10), "guessing", ha="right", va="bottom")
axis.set(xlabel="step", ylabel=r"loss $\ell(X, W)$", ylim=(0, 2.6), xlim=(0, 99))
_ = axis.set_title("Gradient descent on 7,850 parameters")

# %% [markdown]
# The update is the formula from the last notebook, $w \leftarrow w - lr \cdot rc$. We only replaced
# $rc$ with its limit, the gradient, and the single weight with an array. These 100 steps took 100
# forward and 100 backward passes. With central differences, at two forward passes for each
# parameter, they would have taken 1,570,000 forward passes.
#
# ## Do it
#
# **The numerical gradient of a matrix**: for each entry, the central difference when this entry is
# nudged and all the others are held still.

# %%
def numerical_gradient(loss, w, epsilon):
    gradient = np.zeros(w.shape)
    for index in np.ndindex(w.shape):
        ...  # your code here
    return gradient


engine.exercises.check(numerical_gradient)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def numerical_gradient(loss, w, epsilon):
#     gradient = np.zeros(w.shape)
#     for index in np.ndindex(w.shape):
#         up, down = w.astype(float), w.astype(float)  # two copies of w, as floats
#         up[index] += epsilon
#         down[index] -= epsilon
#         gradient[index] = (loss(up) - loss(down)) / (2 * epsilon)
#     return gradient
# ```
#
# If `w` holds floats already, `w.copy()` is enough. In an array of integers, the nudge would be
# rounded away.
#
# </details>
#
# Does yours work? Then `numerical_gradient(layer_loss, W, 1e-5)` is the gradient of the slide's
# layer.
#
# ## A challenge
#
# In the explorer, keep the curve that it opens with, go to $w_0 = -0.5$, and set the precision to
# `float32`. The sentence above the picture says by how much $rc$ is off. **Bring it below 0.00005
# (5e-5).** Which direction do you need, and which $\varepsilon$? The arrow keys move the slider in
# small steps.
#
# <details><summary>What is possible, and why</summary>
#
# Set the direction to `central` and $\varepsilon$ anywhere from 0.003 to 0.01.
#
# Why there? A `float32` is off by up to $6 \cdot 10^{-8}$ of its size, about half a billion times
# as much as an ordinary float. That much round-off takes a large $\varepsilon$: near 0.007 for the
# central difference, as the sentence above the picture says. For the forward difference the best
# $\varepsilon$ is near 0.0008, and there $rc$ is usually off by a few $10^{-4}$, too much for us.
#
# Did you make it with `forward` or `backward`? Then you were lucky. Round-off jumps up and down
# from one $\varepsilon$ to the next, and now and then the two errors cancel. On our machine that
# happened at two positions of the slider, 0.000398 and 0.000501.
#
# </details>
#
# ## Three questions

# %%
engine.exercises.gradient.questions

# %% [markdown]
# ## What you have seen
#
# - **Gradient** $\nabla \ell$: what the rate of change becomes as $\varepsilon$ goes to 0. For many
#   weights it is an array of the shape of $W$, with a rate for each weight. It points in the
#   direction in which the loss grows fastest.
# - **Gradient descent** in tensors: $W \leftarrow W - lr \cdot \nabla \ell(W)$, which updates each
#   element as before.
# - **Loss function** $\ell(X, W)$: it depends on the data too, and each value of it costs a forward
#   pass.
# - **Back propagation**, seen from outside: a forward and a backward pass give the same gradient as
#   15,680 forward passes.
# - **Learning rate**: one $lr$, the same for all elements of $W$.
# - On a computer, the best nudge is not the smallest one.
#
# To read on: W. H. Press, S. A. Teukolsky, W. T. Vetterling, B. P. Flannery, *Numerical Recipes*,
# 3rd edition (2007), section 5.7, "Numerical Derivatives", on the best $\varepsilon$. D. Goldberg,
# *What every computer scientist should know about floating-point arithmetic*, ACM Computing Surveys
# 23 (1991), 5–48. In this package: `finite_difference.py`.
#
# ← [03 Gradient descent](03_gradient_descent.ipynb) ·
# [05 Stochastic gradient descent](05_stochastic_gradient_descent.ipynb) →
