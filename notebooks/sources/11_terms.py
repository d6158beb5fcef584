# %% [markdown]
# # Remember these terms
#
# Here are the fourteen terms of the lecture's last list once more, plus three others. Each of the
# fourteen has a sentence, a formula, a picture, and a link back to the notebook that explores it.
# (13 and 14 share the picture and the link.) At the end you will find the notation of the course
# and a quiz.
#
# **30 minutes.** You need: the notebooks before this one, or at least some of them.
#
# ← [10 Training in a nutshell](10_training_in_a_nutshell.ipynb) ·
# [00 Start here](00_start_here.ipynb)

# %%
import matplotlib.pyplot as plt
import numpy as np

import lecture3_engine as engine

engine.style.use()
COLORS = engine.style.COLORS

# %% [markdown]
# ## Before you read
#
# Take a sheet of paper and write one sentence for each of these, without looking anything up:
#
# *training loop · batches · optimizer · loss function · gradient · gradient descent · stochastic
# gradient descent (SGD) · learning rate · number of iterations · momentum · back propagation ·
# convergence · global minimum · local minimum*
#
# Then compare. If your sentence says the same in other words, go on. If not, follow the link. You
# remember more by trying to recall something than by reading it twice.
#
# ## Fourteen terms, one loop
#
# The terms are not fourteen separate things. They are parts of one thing: a loop that moves the
# weights downhill. Here it trains on 2,000 real digits:

# %%
digits = engine.load_mnist()
images, labels = digits.train_images[:2000], digits.train_labels[:2000]
rng = np.random.default_rng(0)
hidden, scores = engine.Dense(784, 32, "relu", rng=rng), engine.Dense(32, 10, rng=rng)
model = engine.Sequential(hidden, scores)
loader = engine.DataLoader(images, labels, 50, shuffle=True, rng=rng)  # batches
# optimizer: SGD; learning rate; momentum
optimizer = engine.SGD(model.parameters(), lr=0.1, momentum=0.5)
losses = []
for epoch in range(5):  # 5 epochs of 40 batches: the number of iterations is 200
    for X, y in loader:  # training loop, step 1: draw a batch
        y_hat = model(X)  # step 2: forward pass
        loss = engine.cross_entropy(y_hat, y)  # step 3: loss function
        optimizer.zero_grad()  # step 4, update: forget the old gradients,
        loss.backward()  # back propagation: find the gradient,
        optimizer.step()  # and take one step of (stochastic) gradient descent
        losses.append(loss.item())
print(f"{len(losses)} iterations; the loss begins at {losses[0]:.1f}")
print(f"its mean in the last epoch: {np.mean(losses[-40:]):.1f}")

# %% [markdown]
# Three terms are not in the code: *convergence*, *local minimum* and *global minimum*. They
# describe where the weights may end up. Nobody knows where the global minimum is, and in deep
# networks we do not need to find it.
#
# ## The loop
#
# ### 1 Training loop
#
# **Draw a batch, forward pass, loss, update; repeat.** Most updates make the weights a little
# better.
#
# $$X,\ y \;\to\; \hat y = model(X) \;\to\; \ell(\hat y, y) \;\to\; W \leftarrow W - lr \cdot \nabla \ell$$
#
# → [01 How does learning happen?](01_how_learning_happens.ipynb) shows it step by step; in
# [10 Training in a nutshell](10_training_in_a_nutshell.ipynb) you write it (`train_one_epoch`).
#
# One more term, **forward pass**: running the model on a batch, from the first layer to the last,
# to get its predictions. (The *backward pass* goes from the loss back to the first layer and
# computes the gradients; see term 11 below.)

# %%
fig, axis = plt.subplots(figsize=(6.4, 2.4))
axis.plot(losses, color=COLORS["path"], linewidth=1)
axis.set(xlabel="step", ylabel=r"loss $\ell$", ylim=(0, None))
axis.set_title("200 steps on real digits")
fig.tight_layout()

# %% [markdown]
# ### 2 Batches
#
# **A batch is the small part of the data that one step looks at.**
#
# $$X_n = \mathrm{train\_images}[\,128 n : 128 (n + 1)\,]$$
#
# One more term, **epoch**: once through the training data, batch by batch.
#
# → [01](01_how_learning_happens.ipynb) cuts them (`nth_batch`);
# [05 Stochastic gradient descent](05_stochastic_gradient_descent.ipynb) shows why they are a good
# idea.

# %%
n = 3
batch = digits.train_images[128 * n : 128 * (n + 1)]
print("batch 3:", batch.shape)
print("batches of 128 in an epoch of 60,000 digits:", int(np.ceil(60_000 / 128)))

fig, axis = plt.subplots(figsize=(6.4, 1.8))
picture = batch.reshape(4, 32, 28, 28).swapaxes(1, 2).reshape(112, 896)
axis.imshow(picture, cmap=engine.style.DIGITS)
axis.set_title("One batch: 128 of 60,000 digits")
axis.axis("off")
fig.tight_layout()

# %% [markdown]
# ### 3 Optimizer
#
# **The rule that turns gradients into steps of the weights.** SGD, SGD with momentum, RMSprop,
# Adagrad, Adam and AdamW are optimizers.
#
# $$W \leftarrow W + step(\nabla \ell), \qquad \text{for SGD } step = -lr \cdot \nabla \ell$$
#
# → [08 Optimizers](08_optimizers.ipynb) lets them race; you write RMSprop and Adam there
# (`rmsprop_step`, `adam_step`).

# %%
ravine = engine.surfaces.ravine
first, second = np.meshgrid(np.linspace(-3, 1, 60), np.linspace(-2, 2, 60))
heights = ravine.loss(np.stack([first, second], axis=-1))


def landscape(axis, points, color):
    axis.contourf(first, second, heights, 12, cmap=engine.style.LANDSCAPE)
    axis.plot(*points.T, "o-", color=color, markersize=4)
    engine.style.star(axis, 0, 0, markeredgecolor="black", markeredgewidth=1)
    axis.set(xlim=(-3, 1), ylim=(-2, 2), xlabel="weight $w_0$", ylabel="weight $w_1$")


fig, axes = plt.subplots(1, 2, figsize=(8.4, 2.8), sharey=True)
runs = ("SGD", COLORS["path"]), ("RMSprop", engine.style.CYCLE[3])
for axis, (name, color) in zip(axes, runs):
    path = engine.descend(ravine, optimizer=getattr(engine, name), lr=0.07, steps=25)
    landscape(axis, path.points, color)
    axis.set_title(f"{name}: loss {path.losses[-1]:.3f} after 25 steps", fontsize=12)
    print(f"{name}: loss {path.losses[0]:.1f} -> {path.losses[-1]:.3f}")
fig.tight_layout()

# %% [markdown]
# ### 4 Loss function
#
# **One number that says how far the predictions are from the labels; small is good.** Training
# makes this number small. Why not the fraction of wrong answers? A tiny change of the weights
# usually changes no answer. So this fraction stays the same and then jumps, and its gradient is 0
# almost everywhere.
#
# $$\ell = \mathrm{mean}\,\big(-\log p(y)\big) \quad \text{(cross-entropy)}, \qquad \ell = \mathrm{mean}\,\big((\hat y - y)^2\big) \quad \text{(mean squared error)}$$
#
# Here $p(y)$ is the probability that the model gives to the true label, and the mean is over the
# batch.
#
# One more term, **overfitting**: the loss on the training data keeps falling, while the loss on new
# data rises. The network learns its training data by heart.
#
# → [01](01_how_learning_happens.ipynb); [10](10_training_in_a_nutshell.ipynb) plots the loss on
# training data and on validation data.

# %%
p = np.linspace(0.01, 1, 200)
print(
    f"sure and right: {-np.log(0.99):.2f}   guessing one of ten: {-np.log(0.1):.2f}"
    f"   sure and wrong: {-np.log(0.01):.2f}"
)

fig, axis = plt.subplots(figsize=(6.4, 2.4))
axis.plot(p, -np.log(p), color=COLORS["loss"])
axis.plot(0.1, np.log(10), "o", color=COLORS["path"], label="guessing one of ten: 2.30")
axis.set(xlabel="probability given to the true label", ylabel=r"loss $\ell$")
axis.set_title("Cross-entropy: sure and wrong is expensive")
axis.legend()
fig.tight_layout()

# %% [markdown]
# ## The direction
#
# ### 5 Gradient
#
# **For each weight, how fast the loss changes when that weight changes.** Start with one weight.
# Nudge it by a small $\varepsilon$, and divide the change of the loss by $\varepsilon$: this is the
# rate of change, $rc$. The gradient is what $rc$ becomes as $\varepsilon$ goes to 0:
#
# $$\nabla \ell(w) = \lim_{\varepsilon \to 0} \frac{\ell(w + \varepsilon) - \ell(w)}{\varepsilon}$$
#
# With many weights $w_0, w_1, \dots$, the gradient is a list of such numbers, one for each weight.
# The list is an arrow. It points in the direction in which the loss *grows* fastest, so we walk the
# other way.
#
# $$\nabla \ell(w) = \Big( \frac{\partial \ell}{\partial w_0},\ \frac{\partial \ell}{\partial w_1},\ \dots \Big)$$
#
# → [03 Gradient descent](03_gradient_descent.ipynb) begins with $rc$ (`rate_of_change`);
# [04 Gradient](04_gradient.ipynb) lets $\varepsilon$ shrink and goes to many weights
# (`numerical_gradient`).

# %%
curve = engine.surfaces.lecture_curve
w, w0 = np.linspace(-3, 3, 200), -0.5
slope = curve.gradient(w0)
rates = [engine.rate_of_change(curve.loss, w0, epsilon) for epsilon in (0.5, 0.05, 0.005)]
print("rc with epsilon 0.5, 0.05, 0.005:", *(f"{rc:.3f}" for rc in rates))
print(f"gradient:                          {slope:.3f}")
two = np.array([-1.5, 0.5])
print("two weights, gradient at (-1.5, 0.5):", ravine.gradient(two))

fig, (left, right) = plt.subplots(1, 2, figsize=(8.4, 2.8))
side = np.array([-1, 1])
left.plot(w, curve.loss(w[:, None]), color=COLORS["loss"])
left.plot(w0 + side, curve.loss(w0) + slope * side, color=COLORS["gradient"])
left.plot(w0, curve.loss(w0), "o", color=COLORS["loss"], fillstyle="none")
left.set(xlabel="weight $w$", ylabel=r"loss $\ell(w)$")
left.set_title(f"Slope {slope:.2f}: go left")
landscape(right, two[None, :], COLORS["gradient"])
arrow = dict(arrowstyle="->", color=COLORS["gradient"], linewidth=2)
right.annotate("", two + ravine.gradient(two) / 10, two, arrowprops=arrow)
right.set_title("The gradient points uphill")
fig.tight_layout()

# %% [markdown]
# ### 6 Gradient descent
#
# **Take a small step against the gradient, again and again.** Augustin-Louis Cauchy published it in
# 1847.
#
# $$W \leftarrow W - lr \cdot \nabla \ell(W)$$
#
# → [03 Gradient descent](03_gradient_descent.ipynb), where you write it with $rc$ in place of the
# gradient (`gradient_descent`); [02 One weight at a time](02_one_weight_at_a_time.ipynb) shows what
# it saves us from.

# %%
path = engine.descend(curve, [0.2], lr=0.1, steps=12)
print(
    f"from w = {path.points[0, 0]:.1f} to {path.points[-1, 0]:.2f},"
    f" loss from {path.losses[0]:.2f} to {path.losses[-1]:.2f}"
)

fig, axis = plt.subplots(figsize=(6.4, 2.6))
axis.plot(w, curve.loss(w[:, None]), color=COLORS["loss"])
axis.plot(path.points[:, 0], path.losses, "o-", color=COLORS["path"], markersize=5)
axis.set(xlabel="weight $w$", ylabel=r"loss $\ell(w)$", title="12 steps downhill")
fig.tight_layout()

# %% [markdown]
# ### 7 Stochastic gradient descent (SGD)
#
# **Gradient descent with the gradient of a batch instead of all the data.** Such a gradient is
# noisy but right on average, and it is cheap. In one pass through the data, SGD takes as many steps
# as there are batches, and plain gradient descent takes one.
#
# $$W \leftarrow W - lr \cdot \nabla \ell(X_n, W)$$
#
# → [05 Stochastic gradient descent](05_stochastic_gradient_descent.ipynb), where you write a step
# and an epoch (`sgd_step`, `sgd_epoch`).

# %%
rng = np.random.default_rng(0)
x = rng.normal(size=(1000, 2)) * (1, 1.8)
y = x @ (1.0, -0.5) + rng.normal(size=1000)
w_full = w_sgd = np.array([-2.0, 1.5])
full, sgd = [w_full], [w_sgd]
for batch in np.split(np.arange(1000), 50):  # one epoch, 50 batches of 20
    w_sgd = w_sgd - 0.05 * 2 * (x[batch] @ w_sgd - y[batch]) @ x[batch] / 20
    sgd.append(w_sgd)
full.append(w_full - 0.05 * 2 * (x @ w_full - y) @ x / 1000)
for name, end in (("1 full step ", full[-1]), ("50 SGD steps", w_sgd)):
    print(f"{name}: {np.linalg.norm(end - (1, -0.5)):.1f} away from (1, -0.5)")

fig, axis = plt.subplots(figsize=(6.4, 2.8))
axis.plot(*np.array(full).T, "s--", color=COLORS["loss"], label="all samples: one step")
look = dict(color=COLORS["path"], markersize=3, linewidth=1)
axis.plot(*np.array(sgd).T, "o-", label="batches of 20: fifty steps", **look)
engine.style.star(axis, 1, -0.5, markeredgecolor="black", markeredgewidth=1)
axis.set(xlabel="weight $w_0$", ylabel="weight $w_1$")
axis.set_title("The same 1,000 samples, seen once")
axis.legend()
fig.tight_layout()

# %% [markdown]
# ## The step
#
# ### 8 Learning rate
#
# **The factor in front of the gradient. It sets how long a step is.** If it is too small, training
# creeps; if it is too big, training overshoots. For a parabola with curvature $\lambda$ (how fast
# its slope changes), gradient descent converges when
#
# $$0 < lr < \frac{2}{\lambda} .$$
#
# → [06 Learning rate](06_learning_rate.ipynb), with the lecture's safe bet
# (`choose_learning_rate`).

# %%
rates, styles = (0.1, 1.0, 1.9, 2.1), ("-", "--", "-.", ":")
colors = (COLORS["quiet"], COLORS["minimum"], COLORS["path"], COLORS["gradient"])
fig, axis = plt.subplots(figsize=(6.4, 2.6))
for lr, style, color in zip(rates, styles, colors):
    path = engine.descend(engine.surfaces.parabola, [2.0], lr=lr, steps=20)
    axis.plot(path.points[:13, 0], style, color=color, label=f"lr = {lr:g}")
    print(f"lr {lr:<4g} loss after 20 steps {path.losses[-1]:.3f}")
axis.set(xlabel="step", ylabel="weight $w$")
axis.set(ylim=(-7, 11), xlim=(0, 12), xticks=range(0, 13, 3))
axis.set_title("Curvature 1: the limit is lr = 2")
axis.legend(ncols=4, loc="upper center", columnspacing=1)
fig.tight_layout()

# %% [markdown]
# ### 9 Number of iterations
#
# **How many steps we take.** (*Iteration*, *step* and *update* mean the same.) With too few of
# them, training stops before it has arrived. If you halve a small learning rate, you need about
# twice as many. With batches, the number of iterations is the number of epochs times the number of
# batches in an epoch:
#
# $$N = \mathrm{num\_epoch} \cdot \left\lceil \frac{\text{samples}}{\text{batch size}} \right\rceil$$
#
# (The brackets $\lceil\ \rceil$ mean: round up.)
#
# → [03](03_gradient_descent.ipynb) and [06](06_learning_rate.ipynb);
# [10](10_training_in_a_nutshell.ipynb) shows when more of them help, and when not.

# %%
needed = {}
for lr in (0.2, 0.1, 0.05, 0.025):
    losses = engine.descend(engine.surfaces.parabola, [2.0], lr=lr, steps=400).losses
    needed[lr] = int(np.argmax(losses < 0.01))
text = ", ".join(f"lr {lr:g}: {steps}" for lr, steps in needed.items())
print("steps until the loss is below 0.01:", text)

fig, axis = plt.subplots(figsize=(6.4, 2.4))
names = [f"lr = {lr:g}" for lr in needed]
axis.barh(names, list(needed.values()), color=COLORS["path"], height=0.5)
axis.invert_yaxis()
axis.set(xlabel="steps needed", title="Half the learning rate, twice the steps")
fig.tight_layout()

# %% [markdown]
# ### 10 Momentum
#
# **A fraction $\beta$ of the last step is added to the next one.** Steps that agree add up; steps
# that contradict each other partly cancel. Like a heavy ball, the weights speed up along a valley
# where plain gradient descent creeps.
#
# $$W \leftarrow W - lr \cdot \nabla \ell(W) + \beta\, (W - W_{previous})$$
#
# → [07 Momentum](07_momentum.ipynb), where you write it (`momentum_step`, `momentum_descent`).

# %%
fig, axes = plt.subplots(1, 2, figsize=(8.4, 2.8), sharey=True)
for axis, beta, color in zip(axes, (0.0, 0.7), ("path", "momentum")):
    path = engine.descend(ravine, lr=0.07, momentum=beta, steps=30)
    landscape(axis, path.points, COLORS[color])
    title = f"β = {beta:g}: loss {path.losses[-1]:.4f} after 30 steps"
    axis.set_title(title, fontsize=12)
    print(f"beta {beta:g}: loss after 30 steps {path.losses[-1]:.4f}")
fig.tight_layout()

# %% [markdown]
# ### 11 Back propagation
#
# **The chain rule, applied from the loss back to the first layer. One backward pass finds the
# gradient for all weights.** Each operation receives the derivative of the loss with respect to its
# output, multiplies it by its own derivative, and passes the product back to its inputs.
#
# $$\frac{\partial \ell}{\partial w} = \frac{\partial \ell}{\partial z} \cdot \frac{\partial z}{\partial w}$$
#
# (If $w$ affects $\ell$ along several paths, add up the contributions of the paths.)
#
# → [09 Backpropagation](09_backpropagation.ipynb): by hand, by the engine and by finite differences
# (`one_neuron_gradients`, `dense_relu_backward`).

# %%
w, x, b = engine.Parameter(2.0), 3.0, engine.Parameter(-4.0)
product = w * x
z = product + b
loss = (z - 1.0) ** 2  # the target is 1
chain = [("w", w), ("w · x", product), ("z = w · x + b", z)]
chain.append((r"$\ell = (z - 1)^2$", loss))
for _, node in chain[1:]:
    node.retain_grad()  # backward() keeps gradients of parameters only: keep this, too
loss.backward()
print("values, forward:    ", *(f"{node.item():g}" for _, node in chain))
print("gradients, backward:", *(f"{node.grad.item():g}" for _, node in reversed(chain)))

# %%
fig, axis = plt.subplots(figsize=(8.4, 2.2))
box = dict(boxstyle="round", facecolor=engine.style.PAPER, edgecolor=COLORS["quiet"])
for i, (name, node) in enumerate(chain):
    axis.text(i, 0, name, ha="center", va="center", bbox=box)
    axis.text(i, 0.7, f"{node.item():g}", ha="center", color=COLORS["path"])
    axis.text(i, -0.85, f"{node.grad.item():g}", ha="center", color=COLORS["gradient"])
arrows = (
    ("values", (-0.4, 1.15), (3.4, 1.15), COLORS["path"]),
    ("gradients", (3.1, -1.2), (-0.4, -1.2), COLORS["gradient"]),
)
for text, begin, end, color in arrows:
    arrow = dict(arrowstyle="->", color=color)
    axis.annotate(text, end, begin, color=color, va="center", arrowprops=arrow)
axis.set(xlim=(-0.6, 3.7), ylim=(-1.5, 1.5))
axis.axis("off")
fig.tight_layout()

# %% [markdown]
# ## Where it ends
#
# ### 12 Convergence
#
# **The weights come to rest at a minimum.**
#
# $$w_t \to w^* , \qquad w^* \text{ a minimum}$$
#
# Here $w_t$ are the weights after step $t$. The minimum may be a local one, so the loss need not be
# small. Two things do not prove convergence: that the planned number of iterations is over, and
# that the loss has stopped changing. (At exactly $lr = 2$, below, $w$ jumps from side to side
# between two points with the same loss.) And SGD with a constant learning rate usually does not
# converge: as long as the samples disagree, it wanders around a minimum.
#
# → [06 Learning rate](06_learning_rate.ipynb): converge, oscillate, diverge.

# %%
fig, axis = plt.subplots(figsize=(6.4, 2.6))
runs = (
    (0.1, "-", "path", "converges"),
    (2.0, "--", "limit", "oscillates forever"),
    (2.1, ":", "gradient", "diverges"),
)
for lr, style, color, fate in runs:
    losses = engine.descend(engine.surfaces.parabola, [2.0], lr=lr, steps=20).losses
    axis.plot(losses, style, color=COLORS[color], label=f"lr = {lr:g}: {fate}")
    three = " -> ".join(f"{losses[step]:.2f}" for step in (0, 10, 20))
    print(f"lr {lr:<4g} loss {three}, {fate}")
axis.set(xlabel="step", ylabel=r"loss $\ell$", ylim=(0, 14), xticks=range(0, 21, 5))
axis.set_title("Converge, oscillate, diverge")
axis.legend()
fig.tight_layout()

# %% [markdown]
# ### 13 Global minimum
#
# **A place with the smallest loss of all: no other place is lower.** Several places may share it.
#
# $$\ell(W^*) \le \ell(W) \quad \text{for all } W$$
#
# ### 14 Local minimum
#
# **A place with no lower place near it, though there may be a lower one far away.** Its gradient is
# 0, so gradient descent stays there. Momentum can carry the weights out of it, but does not always
# do so. (A global minimum is also a local one.)
#
# $$\ell(W^*) \le \ell(W) \quad \text{for all } W \text{ near } W^*$$
#
# Can you tell which of the two you have found? Usually not from that place alone. In practice,
# start several times from different weights and compare the losses: if one run ends lower, the
# others did not end in the global minimum. For deep networks there is good news: the minima that
# training finds are usually not that bad.
#
# → [07 Momentum](07_momentum.ipynb), where you roll a ball out of one.
#
# <details><summary>For the curious: minima of real networks</summary>
#
# A minimum of a network with ReLU is not a single point. Multiply the incoming weights and the bias
# of a unit by 2, and its outgoing weights by 1/2. The network computes the same, so the loss is the
# same. So a minimum is a whole surface of weights with the same loss. Other weights right beside
# $W^*$ can have exactly the same loss, and that is why the formulas say $\le$ and not $<$.
#
# There may also be no global minimum at all. If a network reads all its training digits right, then
# doubling the weights and biases of its last layer makes it more certain of each answer, and the
# cross-entropy gets closer to 0 without ever reaching it.
#
# </details>

# %%
w = np.linspace(-3.2, 3.2, 200)
best, other = curve.minima[:, 0]
print(f"global minimum at w = {best:g}, loss {curve.loss(best):.1f}")
print(f"local minimum at w = {other:g}, loss {curve.loss(other):.1f}")
for start in (-2.5, 0.4, 0.6, 2.5):
    path = engine.descend(curve, [start], lr=0.05, steps=200)
    end = path.points[-1, 0]
    print(f"from w = {start:4.1f} to {end:5.2f}, loss {path.losses[-1]:.1f}")

fig, axis = plt.subplots(figsize=(6.4, 2.8))
axis.plot(w, curve.loss(w[:, None]), color=COLORS["loss"])
edge = dict(markeredgecolor="black", markeredgewidth=1)
engine.style.star(axis, best, curve.loss(best), 16, label="global minimum", **edge)
look = dict(color="white", markersize=16, label="local minimum", **edge)
axis.plot(other, curve.loss(other), "*", **look)
look = dict(color=COLORS["quiet"], linestyle=":", label="hilltop: the divide")
axis.vlines(0.5, 0, curve.loss(0.5), **look)
axis.set(xlabel="weight $w$", ylabel=r"loss $\ell(w)$", ylim=(-0.5, 11))
axis.set_title("Where you start decides where you end")
axis.legend(loc="upper center", ncols=3, columnspacing=1)
fig.tight_layout()

# %% [markdown]
# ## The notation of this course
#
# The notebooks, explorers and exercises write these things this way, with few exceptions.
#
# | symbol | in code | what it is |
# |---|---|---|
# | $\ell$ | `loss` | the loss |
# | $\nabla \ell$ | `gradient`, `.grad` | the gradient of the loss |
# | $\partial \ell / \partial z$, $\partial \ell / \partial W$ | `d_z`, `d_kernel` | derivatives of the loss with respect to one thing: a value $z$, a kernel $W$ |
# | $rc$ | `rc` | the rate of change |
# | $\varepsilon$ | `epsilon` | the nudge (`eps` is the optimizers' small number) |
# | $lr$ | `lr` | the learning rate (papers: $\eta$ or $\alpha$) |
# | $\leftarrow$ | `=` | becomes: $W \leftarrow W - lr \cdot \nabla \ell$ (the slide: $W_{iter} = W_{iter} - \dots$) |
# | $\beta$; $\beta_1, \beta_2$ | `momentum`, `beta`; `betas` | momentum; how much Adam's two running means keep of their old values |
# | $\lambda$; $\lambda_{min}, \lambda_{max}$ | `hessian_eigenvalues` | curvature; the smallest and the largest |
# | $\kappa$ | | the condition number, $\lambda_{max} / \lambda_{min}$ |
# | $W$ | `kernel` | the kernel of a layer; in an update rule, all parameters. Its shape: on the slide (units, inputs), for $W x + b$; in the engine (inputs, units), for `x @ kernel + bias` |
# | $b$ | `bias` | the bias |
# | $w$; $w_0, w_1$ | `w`; `w0` | one weight, or all weights as one list; the first two weights (with one weight, $w_0$ is the value of the weight at which we measure the slope) |
# | $x$; $X$ | `x`; `inputs` | one input; a batch of inputs |
# | $z$ | `z` | a value before the activation |
# | $y$ | `labels`, `y_true` | the target: the right answer |
# | $\hat y$ | `y_hat`, `preds`, `y_pred` | the prediction: the output of the network |
# | $p$ | `p` | probabilities, from softmax |
# | $t$; $n$; $N$ | `step`, `t`; `n`; `steps` | which step it is, as in $w_t$; which batch it is, as in $X_n$; how many steps there are in all |
# | $g$; $s$ | `g`, `gradient`; `s`, `mean_square` | in an optimizer: the gradient; the sum (Adagrad) or running mean (RMSprop) of its squares |
# | $m$, $v$; $\hat m$, $\hat v$ | `m`, `v`; `m_hat`, `v_hat` | Adam's running means of $g$ and of $g^2$; the same, corrected for their start at 0 |
# | $\alpha$ | `alpha` | how much RMSprop's running mean keeps of its old value |
#
# | word | what it means |
# |---|---|
# | parameters | kernels and biases |
# | unit | one output of a layer, also called a neuron |
# | dead unit | a ReLU unit that gives 0 for every input: the gradient of its weights is 0, and it no longer learns |
# | sample | one input, here an image, with its label |
# | batch | the samples of one step (also *mini-batch*) |
# | step | one update of the weights (also *iteration*); or one of the four parts of the loop |
# | epoch | once through the training data |
# | forward pass, backward pass | from the input to the predictions; from the loss back to all gradients |
# | initialization | the random weights at the start |
# | converge | come to rest at a minimum |
# | training, validation, test data | to learn from; to choose settings by; to look at once, at the end |
#
# ## The final quiz
#
# Fourteen questions, one for each term. Click a choice to see it explained. Only your first click
# on each question counts.

# %%
quiz = engine.exercises.terms.quiz
quiz

# %%
# run this cell again when you have answered all of them
print(f"right at the first try: {quiz.score} of {len(quiz.questions)}")

# %% [markdown]
# ## Three questions for you and a friend
#
# These questions have no choices to click. Answer first, then open the fold.
#
# <details><summary>Why is minus the gradient the right direction, and how long is a good step?</summary>
#
# The gradient is the direction in which the loss grows fastest. In the opposite direction it falls
# fastest, at least for a short step. How short? The gradient describes the slope only *here*. The
# faster the slope changes (the larger the curvature), the shorter the step has to be. That is why
# $lr$ has a limit.
#
# </details>
#
# <details><summary>The loop has four steps. What goes wrong if one of them is moved?</summary>
#
# The loop is a circle, so it does not matter where you begin. It matters only that the steps follow
# one another in this order: batch, forward pass, loss, update, batch, and so on.
#
# - *Draw a batch* once, before the loop: the network learns one batch by heart and sees no other.
# - *Draw a batch* between forward pass and loss: the predictions are for one batch, but the labels
#   belong to the next. Nothing can be learned from that. The cell below tries it.
# - *Forward pass* before the batch is drawn: this is the previous mistake again. The predictions
#   are for the old batch, and the labels belong to the new one.
# - *Loss* after the update: the loss is computed from predictions that the old weights made, but
#   the update has already replaced those weights. In a network of two or more layers, the engine
#   refuses to go backward through a forward pass whose weights have changed since.
# - *Update* before the loss: the same mistake, seen from the other step. And the first time, there
#   is no gradient at all.
#
# </details>
#
# <details><summary>Which of the fourteen terms are up to you, and which are facts?</summary>
#
# You choose: how batches are drawn, the optimizer, the loss function, the learning rate, the number
# of iterations, the momentum. Facts about the loss, once you have chosen it: its gradient, its
# global minimum, its local minima. The training loop, gradient descent, SGD and back propagation
# are methods. Convergence may or may not happen.
#
# </details>


# %%
def train(drawn_too_late):
    rng = np.random.default_rng(0)
    hidden, scores = engine.Dense(784, 32, "relu", rng=rng), engine.Dense(32, 10, rng=rng)
    model = engine.Sequential(hidden, scores)
    loader = engine.DataLoader(images, labels, 50, shuffle=True, rng=rng)
    optimizer = engine.SGD(model.parameters(), lr=0.1, momentum=0.5)
    losses, X_before = [], images[:50]
    for epoch in range(5):
        for X, y in loader:
            y_hat = model(X_before if drawn_too_late else X)
            X_before = X
            loss = engine.cross_entropy(y_hat, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return np.mean(losses[-40:])


print(f"in the right order: loss {train(drawn_too_late=False):.1f} in the last epoch")
print(f"labels of the next batch: loss {train(drawn_too_late=True):.1f}")
print(f"guessing: loss {np.log(10):.1f}")

# %% [markdown]
# ## What you have seen
#
# All fourteen terms, in one story. The **training loop** draws **batches**, and the model predicts.
# The **loss function** says how wrong it is. **Back propagation** finds the **gradient**, and the
# **optimizer** takes a step against it. That is **gradient descent** or, with batches, **stochastic
# gradient descent**. The **learning rate** sets the length of the step, and **momentum** adds part
# of the last one. This goes on for a **number of iterations**. If all goes well, the weights end up
# near a **local minimum**. To **converge**, that is, to come to rest exactly there, they usually
# need all the data in each step, or a learning rate that shrinks. Nobody can tell whether it is the
# **global minimum**, but it is usually good enough.
#
# To read on: Goodfellow, Bengio, Courville, *Deep Learning* (MIT Press, 2016), chapters 6 and 8,
# says all of this again with more mathematics. Goh, *Why Momentum Really Works* (Distill, 2017),
# has the theory of the ravine. Ruder, *An overview of gradient descent optimization algorithms*
# (arXiv:1609.04747, 2016), introduces the family of optimizers. And the engine of this course is
# short enough to read: begin with `lecture3_engine/by_hand.py`.
#
# ← [10 Training in a nutshell](10_training_in_a_nutshell.ipynb) ·
# [00 Start here](00_start_here.ipynb)
