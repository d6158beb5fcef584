# %% [markdown]
# # Gradient
#
# You watch the rate of change turn into the gradient, find out how small a nudge can be before the
# computer spoils it, and go from one weight to 7,840 of them without a new idea.
#
# **25 minutes.** You need: [the rate of change](03_gradient_descent.ipynb), and a little calculus
# (the derivative of $w^2$ is $2w$).
#
# ← [03 Gradient descent](03_gradient_descent.ipynb) ·
# [05 Stochastic gradient descent](05_stochastic_gradient_descent.ipynb) →

# %%
from fractions import Fraction

import matplotlib.pyplot as plt
import numpy as np

import lecture3_engine as engine

engine.style.use()

# %% [markdown]
# ## Predict

# %%
engine.exercises.gradient.prediction

# %% [markdown]
# ## The idea
#
# The rate of change depends on how large the nudge $\varepsilon$ is. Make it smaller and smaller,
# and what is left depends on the place $w_0$ alone. This is the **gradient** of the loss at $w_0$:
#
# $$rc = \frac{\ell(w_0 + \varepsilon) - \ell(w_0)}{\varepsilon} \quad \xrightarrow{\ \varepsilon \to 0\ } \quad \nabla \ell(w_0)$$
#
# For one weight it is the derivative that you know from school, the slope of the tangent. Try it on
# $\ell(w) = w^2$, where the algebra is short:
#
# $$rc = \frac{(w + \varepsilon)^2 - w^2}{\varepsilon} = \frac{2 w \varepsilon + \varepsilon^2}{\varepsilon} = 2w + \varepsilon \quad \xrightarrow{\ \varepsilon \to 0\ } \quad 2w.$$
#
# | in the formula | in the code | what it is |
# |---|---|---|
# | $\varepsilon$ | `epsilon` | the nudge |
# | $rc$ | `rc`, `engine.rate_of_change` | the rate of change: slope of the secant |
# | $\nabla \ell(w)$, "nabla ell" | `gradient`, `.grad` | the gradient: slope of the tangent |
# | $W$ | `W`, `kernel` | many weights, in an array |
# | $X$ | `X` | the inputs, on which the loss depends as well |
# | $lr$ | `lr` | the learning rate |
#
# ## The limit, by numbers
#
# The curve of the last notebook, and its derivative by the rules of school ($w^n$ becomes
# $n\,w^{n-1}$):

# %%
def loss(w):
    return 0.15 * w**4 - 0.1 * w**3 - 1.2 * w**2 + 1.2 * w + 4


def gradient(w):
    return 0.6 * w**3 - 0.3 * w**2 - 2.4 * w + 1.2


w0 = -0.5
for epsilon in (1, 0.1, 0.01, 0.001, 0.0001, 0.00001):
    rc = (loss(w0 + epsilon) - loss(w0)) / epsilon
    print(f"epsilon {epsilon:<7g} rc {rc:.6f}   off by {gradient(w0) - rc:.1e}")
print(f"gradient        {gradient(w0):.6f}")

# %% [markdown]
# A tenth of the nudge, a tenth of the error: one more digit of $rc$ is right each time. The error
# of the forward difference is about $\frac{\varepsilon}{2} |\ell''|$, where $\ell''$ is the
# curvature: half a nudge times how fast the slope changes.
#
# The backward difference errs by as much to the other side. So take the mean of the two, the
# **central difference**, and most of the error cancels:

# %%
for epsilon in (1, 0.1, 0.01, 0.001):
    rc = (loss(w0 + epsilon) - loss(w0 - epsilon)) / (2 * epsilon)
    print(f"epsilon {epsilon:<7g} rc {rc:.8f}   off by {gradient(w0) - rc:.1e}")

# %% [markdown]
# Now a tenth of the nudge means a **hundredth** of the error ($\frac{\varepsilon^2}{6} |\ell'''|$):
# two more digits each time, for the same two evaluations of the loss.
#
# ### And smaller still?
#
# Back to $\ell(w) = w^2$ at $w = 3$, where $rc$ is exactly $6 + \varepsilon$. We compute it twice:
# with Python's fractions, which do not round, and with floating-point numbers, which keep 16
# digits.

# %%
w = 3
for power in (1, 4, 8, 10, 12, 14, 15, 16):
    exact = Fraction(1, 10**power)
    rounded = float(exact)
    rc_exact = ((w + exact) ** 2 - w**2) / exact
    rc = ((w + rounded) * (w + rounded) - w * w) / rounded
    print(f"epsilon 1e-{power:02d}   fractions: 6 + {float(rc_exact - 6):.0e}   floats: {rc:.10f}")

# %% [markdown]
# The mathematics keeps its promise down to the last line. The computer does not: beyond $10^{-8}$
# the floats get *worse*, and at $10^{-16}$ the rate of change is 0, because $3 + 10^{-16}$ is
# stored as 3: nothing was nudged.
#
# The reason: each loss is rounded in its 16th digit, an error of about $u\,|\ell|$ with
# $u = 1.1 \cdot 10^{-16}$. The difference of two losses inherits it, and the division by a tiny
# $\varepsilon$ blows it up. So there are two errors, and a best $\varepsilon$ between them:
#
# $$\text{error} \approx \underbrace{\frac{\varepsilon}{2} |\ell''|}_{\text{ε too big: truncation}} + \underbrace{\frac{2 u\,|\ell|}{\varepsilon}}_{\text{ε too small: round-off}}
# \qquad \text{smallest at} \qquad \varepsilon = 2 \sqrt{u\,|\ell| / |\ell''|} \approx \sqrt{u} \approx 10^{-8}.$$
#
# (The first $\approx$ on the right takes $|\ell|$ and $|\ell''|$ to be about 1, and drops the
# factor 2. The sum $w + \varepsilon$ is rounded too, which adds an error of the same kind; the
# explorer below counts it.)
#
# For the central difference the same reasoning leads to
# $\varepsilon \approx \sqrt[3]{u} \approx 5 \cdot 10^{-6}$. Measured, as the mean error over 1,000
# weights:

# %%
weights = np.random.default_rng(0).uniform(-3, 3, 1000)
powers = np.arange(1, 16)
for direction in ("forward", "central"):
    found = [engine.rate_of_change(loss, weights, 10.0**-p, direction) for p in powers]
    errors = [np.abs(rc - gradient(weights)).mean() for rc in found]
    print(f"{direction}: of 1e-01 ... 1e-15 the best epsilon is 1e-{powers[np.argmin(errors)]:02d}")

# %% [markdown]
# ## Drag it
#
# The large picture has the triangle of the last notebook, and the dashed tangent. *The error of rc*
# is the V of these two errors. Drag in it to move **ε**, and in the large one to move $w_0$.
#
# - **Drag ε** to the left, from 0.8 on. The secant swings into the tangent; *under the microscope*,
#   which is always a few $\varepsilon$ wide, the curve becomes a straight line. That is what a
#   derivative is.
# - Go on to the left, past the bottom of the V. At $\varepsilon \approx 10^{-15}$ look through the
#   microscope: the smooth curve has become a staircase. Those steps are the 16th digit.
# - Press *more* and set the **direction** to `central`: the V gets a steeper right side and a lower bottom.
# - Set the **precision** to `float32`, which most networks are trained in: the left side of the V
#   moves up, and so its bottom goes up and to the right.

# %%
engine.explorers.RateOfChangeExplorer(w0=-0.5, epsilon=0.8)

# %%
engine.exercises.gradient.prediction.answer()

# %% [markdown]
# ## From one weight to many
#
# So far the loss had one weight: the weight to the right, the loss upwards, and all of it fits on a
# sheet of paper. A network has thousands, millions or billions of weights, and $\ell$ depends on
# all of them together, and on the input. The way out is the one of
# [notebook 02](02_one_weight_at_a_time.ipynb): nudge **one weight at a time and hold the others
# still**. Each gives a rate of change of its own. All of them, each at the place of its weight, are
# the gradient: **an array of the shape of $W$.**
#
# The slide's layer, with 3 inputs and 2 outputs. As loss we take the sum of the squared errors this
# time:

# %%
W = np.array([[0.30, 0.45, 0.10], [0.70, 0.56, 0.32]])
b = np.array([0.50, 0.21])
x, y_true = np.array([2.0, 1.0, -1.0]), np.array([0.95, 2.35])


def layer_loss(W):
    return ((W @ x + b - y_true) ** 2).sum()


up, down = W.copy(), W.copy()
up[0, 0] += 0.05
down[0, 0] -= 0.05
print(f"loss {layer_loss(W):.2f}   W[0, 0] up: {layer_loss(up):.2f}   down: {layer_loss(down):.2f}")
print(f"central difference for W[0, 0]: {(layer_loss(up) - layer_loss(down)) / (2 * 0.05):.2f}")

# %% [markdown]
# That was one of six. The engine goes through them all; writing this loop is your exercise below.

# %%
numerical = engine.numerical_gradient(layer_loss, W)
print(numerical.round(4))
print("shape of W:", W.shape, "  shape of its gradient:", numerical.shape)

# %% [markdown]
# Two other ways lead to the same six numbers. By calculus:
# $\ell = \sum_i (\sum_j W_{ij} x_j + b_i - y_i)^2$, so
# $\partial \ell / \partial W_{ij} = 2\,(W x + b - y)_i\, x_j$ (the round $\partial$ is the $d$ of a
# derivative for which only $W_{ij}$ varies and all else is held still). And by the engine's *tape*,
# which finds all of them in one backward pass (how, is told in
# [notebook 09](09_backpropagation.ipynb)). The tape's layer has a row for each sample, so it wants
# $W$ on its side, `kernel = W.T`.

# %%
by_hand = 2 * np.outer(W @ x + b - y_true, x)

kernel = engine.Parameter(W.T)
preds = engine.dense(x[None, :], kernel, b)
engine.mse_loss(preds, y_true[None, :], reduction="sum").backward()

print(by_hand.round(4))
by_calculus, by_tape = np.allclose(by_hand, numerical), np.allclose(kernel.grad.T, numerical)
print("by calculus the same:", by_calculus, "  by the tape the same:", by_tape)

# %% [markdown]
# ### Where does it point?
#
# With more than one weight there are more directions than up and down. In which one does the loss
# grow fastest? Take two weights, go from one point in 360 directions, equally far each, and measure
# the rate of change in each direction. (The last two lines print the cosine of the angle between
# two directions: 1 says that they are the same.)

# %%
valley = engine.quadratic((1, 6))  # loss = (w_0^2 + 6 w_1^2) / 2
point = np.array([-2.0, 1.0])
grad = valley.gradient(point)
length = np.linalg.norm(grad)

angles = np.radians(np.arange(360))
directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
rates = (valley.loss(point + 1e-6 * directions) - valley.loss(point)) / 1e-6
steepest, lowest = directions[rates.argmax()], directions[rates.argmin()]

print(f"gradient {grad}, of length {length:.3f}; largest rate of change {rates.max():.3f}")
print("steepest way up is the gradient:       ", (steepest @ grad / length).round(3))
print("steepest way down is minus the gradient:", (lowest @ -grad / length).round(3))

# %%
COLORS = engine.style.COLORS
grid = np.stack(np.meshgrid(np.linspace(-3, 1.2, 120), np.linspace(-1.2, 2, 120)), axis=-1)
heights = grid[..., 0], grid[..., 1], valley.loss(grid)
fig, (left, right) = plt.subplots(1, 2, figsize=(10.5, 4), width_ratios=(1.1, 1))
left.contourf(*heights, levels=np.arange(18), cmap=engine.style.LANDSCAPE)
left.contour(*heights, levels=np.arange(18), colors=COLORS["quiet"], linewidths=0.6)
right.plot(np.arange(360), rates, color=COLORS["estimate"])
right.axhline(0, color=COLORS["quiet"], linewidth=1)
ways = (grad, "--", "gradient", r"$\nabla \ell$"), (-grad, "-.", "path", r"$-\nabla \ell$")
for vector, style, role, name in ways:
    way, color = 0.8 * vector / length, COLORS[role]
    arrow = dict(arrowstyle="-|>", color=color, linewidth=2.5, mutation_scale=18)
    left.annotate("", point + way, point, arrowprops=arrow)
    left.annotate(name, point + 1.12 * way, color=color, ha="center", va="center", fontsize=14)
    angle = np.degrees(np.arctan2(vector[1], vector[0])) % 360
    right.axvline(angle, linestyle=style, color=color, label=name)
engine.style.star(left, 0, 0, 16, markeredgewidth=1)
engine.style.ring(left, *point, size=9, markeredgewidth=1)
left.set(xlabel="weight $w_0$", ylabel="weight $w_1$", aspect="equal")
left.set_title("Loss of two weights, from above")
right.set(xlabel="direction (degrees)", ylabel="rate of change", xticks=range(0, 361, 90))
right.set_title("Rate of change in each direction")
right.legend(loc="upper right")
fig.tight_layout()

# %% [markdown]
# Now the lecture's sentence, *the gradient encodes what small change will decrease the loss the
# most*, has its exact form: **the gradient points where the loss grows most, and minus the gradient
# is the way in which it falls most.** Its length is how steep it is there. Across it, along the
# contour line, the rate of change is 0.
#
# Look also at what it does *not* do: $-\nabla \ell$ points straight down the slope, not at the
# star. It knows this place only.
#
# ## A real weight matrix
#
# One dense layer that reads handwritten digits: 784 pixels in, 10 scores out. Its kernel holds
# 7,840 weights, so the loss is a function on a space of 7,840 dimensions. No one can picture that,
# and nothing new is needed: nudge each weight up and down, 15,680 forward passes. It takes a few
# seconds.

# %%
digits = engine.load_mnist()
X, labels = digits.train_images[:64].astype(np.float64), digits.train_labels[:64]
layer = engine.Dense(784, 10, rng=np.random.default_rng(0), dtype=np.float64)
kernel, bias = layer.kernel.data, layer.bias.data


def digit_loss(kernel):
    return engine.by_hand.softmax_cross_entropy(X @ kernel + bias, labels)


numerical = engine.numerical_gradient(digit_loss, kernel)
print(f"{kernel.shape} weights, gradient {numerical.shape}, {2 * kernel.size:,} forward passes")

# %% [markdown]
# And by the tape, with one forward and one backward pass:

# %%
loss_now = engine.cross_entropy(layer(X), labels)
loss_now.backward()
tape = layer.kernel.grad

print(f"loss {loss_now.item():.2f}")
print(f"the 7,840 numbers agree to 8 decimals: {np.abs(tape - numerical).max() < 1e-8}")

# %% [markdown]
# The two know nothing of each other: one has only watched the loss, the other has only multiplied
# derivatives. That they agree is as good a proof as one gets, and the tests of this course do it
# for every operation of the engine.
#
# Column $j$ of the gradient belongs to the score of digit $j$ and has a number for each pixel. So
# we can *look* at it. Here is minus the gradient, the direction of the first step:

# %%
fig, axes = plt.subplots(2, 5, figsize=(10, 4.4), layout="constrained")
largest = np.abs(tape).max()
for digit, axis in enumerate(axes.flat):
    step = -tape[:, digit].reshape(28, 28)
    picture = axis.imshow(step, cmap=engine.style.SIGNED, vmin=-largest, vmax=largest)
    axis.set(title=f"score of {digit}", xticks=[], yticks=[])
fig.colorbar(picture, ax=axes, label="minus the gradient", shrink=0.8)

never_inked = (X == 0).all(axis=0)
print(
    f"pixels without ink in all 64 digits: {never_inked.sum()};"
    f" their gradient is exactly 0: {(tape[never_inked] == 0).all()}"
)

# %% [markdown]
# Violet: increase this weight. Orange: decrease it. For the score of 0 the gradient says: *more for
# ink on a ring, less for ink in its middle.* For the 1: a stroke in the middle. Nobody told it what
# digits look like; it read that off 64 of them. And a pixel that is never inked does not change the
# loss, whatever its weight, so its gradient is 0.
#
# ## Gradient descent in tensors
#
# As the gradient has the shape of $W$, the update works on each element just as before, and one
# line does it for all:
#
# $$W_{iter} \leftarrow W_{iter} - lr \cdot \nabla \ell(W_{iter})$$

# %%
lr = 0.05
grad = engine.numerical_gradient(layer_loss, W)

one_by_one = W.copy()
for index in np.ndindex(W.shape):
    one_by_one[index] = W[index] - lr * grad[index]

new_W = W - lr * grad
print(new_W.round(3))
print(
    f"element by element the same: {(one_by_one == new_W).all()}"
    f"   loss {layer_loss(W):.2f} -> {layer_loss(new_W):.2f}"
)

# %% [markdown]
# To know $\ell(W)$ we need a forward pass, and that needs data. So $\ell(W)$ is short for
# $\ell(W, X)$: the same weights have another loss, and another gradient, on other inputs.

# %%
model = engine.Dense(784, 10, rng=np.random.default_rng(0))
for first in (0, 64, 128):
    X, labels = digits.train_images[first : first + 64], digits.train_labels[first : first + 64]
    loss_now = engine.cross_entropy(model(X), labels)
    print(f"the same W, digits {first:3d} to {first + 63:3d}: loss {loss_now.item():.3f}")

# %% [markdown]
# Now all together: gradient descent on the 7,850 parameters of this layer (kernel and bias), with
# $X$ the first 1,000 digits, all of them in each step.

# %%
X, labels = digits.train_images[:1000], digits.train_labels[:1000]
lr, losses = 0.5, []
for step in range(100):
    loss_now = engine.cross_entropy(model(X), labels)  # a forward pass: l(W, X)
    model.zero_grad()
    loss_now.backward()  # a backward pass: the gradient of each parameter
    for parameter in model.parameters():
        parameter.data = parameter.data - lr * parameter.grad  # W = W - lr * gradient
    losses.append(loss_now.item())

print(f"loss {losses[0]:.2f} -> {losses[-1]:.2f}")
_, accuracy = engine.evaluate(model, digits.test_images, digits.test_labels, engine.cross_entropy)
print(f"digits it has never seen, read correctly: {accuracy:.0%}")

# %%
fig, axis = plt.subplots(figsize=(8, 3.4))
axis.plot(losses, color=COLORS["path"])
axis.axhline(np.log(10), color=COLORS["quiet"], linewidth=1)
axis.text(99, np.log(10), "guessing", ha="right", va="bottom")
axis.set(xlabel="iteration", ylabel=r"loss $\ell(W, X)$", ylim=(0, 2.6), xlim=(0, 99))
_ = axis.set_title("Gradient descent on 7,850 parameters")

# %% [markdown]
# It is the line of the last notebook, $w \leftarrow w - lr \cdot rc$, with $rc$ replaced by what it
# becomes and $w$ by an array. By the tape these 100 steps took 100 forward and 100 backward passes.
# By rates of change, two for each parameter, they would have taken 1,570,000 forward passes.
#
# ## Do it
#
# **The numerical gradient of a matrix**, by central differences: for each entry the loss with this
# entry up, minus the loss with it down, divided by `2 * epsilon`. The others are held still.

# %%
def numerical_gradient(loss, w, epsilon):
    gradient = np.zeros_like(w)
    for index in np.ndindex(w.shape):
        ...  # your code here
    return gradient


engine.exercises.check(numerical_gradient)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def numerical_gradient(loss, w, epsilon):
#     gradient = np.zeros_like(w)
#     for index in np.ndindex(w.shape):
#         up, down = w.copy(), w.copy()
#         up[index] += epsilon
#         down[index] -= epsilon
#         gradient[index] = (loss(up) - loss(down)) / (2 * epsilon)
#     return gradient
# ```
#
# </details>
#
# Yours works? Then `numerical_gradient(layer_loss, W, 1e-5)` is the gradient of the slide's layer.
#
# ## Challenge
#
# In the explorer, choose the `lecture curve`, $w_0 = -0.5$ and the precision `float32`. The
# sentence above the picture says by how much $rc$ is off. **Bring it below 0.000001 (1e-6).** Which
# direction do you need, and which $\varepsilon$?
#
# <details><summary>A hint</summary>
#
# With float32, $u = 6 \cdot 10^{-8}$. The forward difference has its best $\varepsilon$ near
# $\sqrt u$, and there an error of a few $10^{-4}$. The central difference has it near
# $\sqrt[3]{u} \approx 0.004$, with an error that is some thirty times smaller. Search there, with
# the arrow keys. What you find is partly luck: round-off is not smooth, and the next $\varepsilon$
# may be ten times worse, or, even for the forward difference, by accident right.
#
# </details>
#
# ## What you have seen
#
# - **Gradient** $\nabla \ell$: what the rate of change becomes as $\varepsilon$ goes to 0. For many
#   weights, an array of the shape of $W$ with a rate for each. It points where the loss grows most.
# - **Gradient descent** in tensors: $W \leftarrow W - lr \cdot \nabla \ell(W)$, each element as
#   before.
# - **Loss function** $\ell(W, X)$: it depends on the data too, and each value of it costs a forward
#   pass.
# - **Back propagation** was seen from outside: one backward pass gives what 15,680 forward passes
#   give.
# - **Learning rate**: one $lr$, the same for all elements of $W$.
#
# Ask yourself:

# %%
engine.exercises.gradient.questions

# %% [markdown]
# To read on: W. H. Press, S. A. Teukolsky, W. T. Vetterling, B. P. Flannery, *Numerical Recipes*,
# 3rd edition (2007), section 5.7 "Numerical Derivatives", on the best $\varepsilon$. D. Goldberg,
# *What every computer scientist should know about floating-point arithmetic*, ACM Computing Surveys
# 23 (1991), 5–48. In the engine: `lecture3_engine/finite_difference.py`, the referee of all its
# gradients.
#
# ← [03 Gradient descent](03_gradient_descent.ipynb) ·
# [05 Stochastic gradient descent](05_stochastic_gradient_descent.ipynb) →
