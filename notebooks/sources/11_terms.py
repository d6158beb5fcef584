# %% [markdown]
# # Remember these terms
#
# The fourteen terms of the lecture's last list, each with a sentence, a formula, a small picture
# made by the engine, and the way back to the notebook where you can drag it.
#
# **25 minutes.** You need: the notebooks before this one, or at least some of them.
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
# Then compare. Where your sentence says the same in other words, go on; where it does not, follow
# the link. You remember a thing better if you try to recall it first than if you read it twice.
#
# ## All fourteen in one cell
#
# They are not fourteen things but one: a loop that walks downhill. Every term has its place in it.
# Here it trains on 2,000 real digits:

# %%
digits = engine.load_mnist()
images, labels = digits.train_images[:2000], digits.train_labels[:2000]
rng = np.random.default_rng(0)
model = engine.Sequential(engine.Dense(784, 32, "relu", rng=rng), engine.Dense(32, 10, rng=rng))
loader = engine.DataLoader(images, labels, 50, shuffle=True, rng=rng)  # batches
# optimizer: SGD; learning rate; momentum
optimizer = engine.SGD(model.parameters(), lr=0.1, momentum=0.5)
losses = []
for epoch in range(5):  # 5 epochs of 40 batches: the number of iterations is 200
    for x, y_true in loader:  # training loop, step 1: draw a batch
        y_pred = model(x)  # step 2: forward pass
        loss = engine.cross_entropy(y_pred, y_true)  # step 3: loss function
        optimizer.zero_grad()
        loss.backward()  # back propagation: the gradient of every weight
        optimizer.step()  # step 4, update: a step of gradient descent
        losses.append(loss.item())  # convergence: coming to rest at a minimum
print(
    f"{len(losses)} iterations; the loss begins at {losses[0]:.1f};"
    f" its mean in the last epoch is {np.mean(losses[-40:]):.1f}"
)

# %% [markdown]
# The global minimum is the one term that no line of this cell reaches for: nobody knows where it
# is, and in deep networks it is not needed.
#
# ## The loop
#
# ### 1 Training loop
#
# **Draw a batch, forward pass, loss, update; and again.** Each time around, the weights become a
# little better.
#
# $$x,\ y_{true} \;\to\; y_{pred} = model(x) \;\to\; \ell(y_{pred}, y_{true}) \;\to\; W \leftarrow W - lr \cdot \nabla \ell$$
#
# → [01 How does learning happen?](01_how_learning_happens.ipynb) shows it step by step; in
# [10 Training in a nutshell](10_training_in_a_nutshell.ipynb) you write it (`train_one_epoch`).

# %%
fig, axis = plt.subplots(figsize=(6.4, 2.4))
axis.plot(losses, color=COLORS["path"], linewidth=1)
axis.set(xlabel="time around the loop", ylabel=r"loss $\ell$", ylim=(0, None))
axis.set_title("200 times around, on real digits")
fig.tight_layout()

# %% [markdown]
# ### 2 Batches
#
# **A batch is the small part of the data that one step looks at.** Once around all batches is an
# *epoch*.
#
# $$X_n = \mathrm{train\_images}[\,128 n : 128 (n + 1)\,]$$
#
# → [01](01_how_learning_happens.ipynb) cuts them (`nth_batch`);
# [05 Stochastic gradient descent](05_stochastic_gradient_descent.ipynb) shows why they are a good
# idea.

# %%
n = 3
batch = digits.train_images[128 * n : 128 * (n + 1)]
print("batch 3:", batch.shape, "   batches in an epoch of 60,000:", int(np.ceil(60_000 / 128)))

fig, axis = plt.subplots(figsize=(6.4, 1.8))
axis.imshow(batch.reshape(4, 32, 28, 28).swapaxes(1, 2).reshape(112, 896), cmap=engine.style.DIGITS)
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
# → [08 Optimizers](08_optimizers.ipynb) lets them race; there you write RMSprop and Adam
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
runs = ("SGD", engine.SGD, COLORS["path"]), ("RMSprop", engine.RMSprop, engine.style.CYCLE[3])
for axis, (name, kind, color) in zip(axes, runs):
    path = engine.descend(ravine, optimizer=kind, lr=0.07, steps=25)
    landscape(axis, path.points, color)
    axis.set_title(f"{name}: loss {path.losses[-1]:.3f} after 25 steps", fontsize=12)
    print(f"{name}: loss {path.losses[0]:.1f} -> {path.losses[-1]:.3f}")
fig.tight_layout()

# %% [markdown]
# ### 4 Loss function
#
# **One number that says how far the predictions are from the labels; small is good.** What training
# makes small is this number, not the share of wrong answers, which has no useful gradient.
#
# $$\ell = \frac{1}{N} \sum_n -\log p_n(y_{true}) \quad \text{(cross-entropy)}, \qquad \ell = \mathrm{mean}\,\big((y_{pred} - y_{true})^2\big) \quad \text{(mean squared error)}$$
#
# → [01](01_how_learning_happens.ipynb); [10](10_training_in_a_nutshell.ipynb) watches it for
# training and validation data.

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
axis.set_title("Cross-entropy: surely wrong is expensive")
axis.legend()
fig.tight_layout()

# %% [markdown]
# ## The direction
#
# ### 5 Gradient
#
# **For each weight, how fast the loss changes when that weight changes.** It is what the rate of
# change becomes as $\varepsilon$ goes to 0. It points to where the loss *grows* most; we walk the
# other way.
#
# $$\nabla \ell(w_0) = \lim_{\varepsilon \to 0} \frac{\ell(w_0 + \varepsilon) - \ell(w_0)}{\varepsilon}$$
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

side = np.array([-1, 1])
tangent = curve.loss(w0) + slope * side
fig, axis = plt.subplots(figsize=(6.4, 2.6))
axis.plot(w, curve.loss(w[:, None]), color=COLORS["loss"])
axis.plot(w0 + side, tangent, color=COLORS["gradient"], label="its slope is the gradient")
axis.plot(w0, curve.loss(w0), "o", color=COLORS["loss"], fillstyle="none")
axis.set(xlabel="weight $w$", ylabel=r"loss $\ell(w)$")
axis.set_title(f"Gradient {slope:.2f}: positive, so decrease $w$")
axis.legend()
fig.tight_layout()

# %% [markdown]
# ### 6 Gradient descent
#
# **Again and again a small step against the gradient.** Published by Augustin-Louis Cauchy in 1847.
#
# $$W \leftarrow W - lr \cdot \nabla \ell(W)$$
#
# → [03 Gradient descent](03_gradient_descent.ipynb), with $rc$ in place of the gradient, and there
# you write it (`gradient_descent`); [02 One weight at a time](02_one_weight_at_a_time.ipynb) shows
# what it saves us from.

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
# **Gradient descent with the gradient of a batch instead of all data.** Right on average, noisy,
# and so cheap that it makes hundreds of steps while the full gradient is computed once.
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
nearer = np.linalg.norm(w_sgd - (1, -0.5)) < np.linalg.norm(full[-1] - (1, -0.5))
print("one epoch: 1 full step and 50 SGD steps; SGD ends nearer to (1, -0.5):", nearer)

fig, axis = plt.subplots(figsize=(6.4, 2.8))
axis.plot(*np.array(full).T, "s--", color=COLORS["loss"], label="all 1,000 samples: one step")
look = dict(color=COLORS["path"], markersize=3, linewidth=1)
axis.plot(*np.array(sgd).T, "o-", label="batches of 20: fifty steps", **look)
engine.style.star(axis, 1, -0.5, markeredgecolor="black", markeredgewidth=1)
axis.set(xlabel="weight $w_0$", ylabel="weight $w_1$", title="The same 1,000 samples, seen once")
axis.legend()
fig.tight_layout()

# %% [markdown]
# ## The step
#
# ### 8 Learning rate
#
# **How long the step is: the factor in front of the gradient.** Too small creeps, too big
# overshoots and never converges.
#
# $$lr; \qquad \text{for a parabola of curvature } L: \quad 0 < lr < \frac{2}{L}$$
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
axis.set(xlabel="step", ylabel="weight $w$", ylim=(-7, 11), xlim=(0, 12), xticks=range(0, 13, 3))
axis.set_title("Curvature 1: the limit is lr = 2")
axis.legend(ncols=4, loc="upper center", columnspacing=1)
fig.tight_layout()

# %% [markdown]
# ### 9 Number of iterations
#
# **How many steps are made.** Too few, and it stops before it has arrived. Half the (small)
# learning rate needs about twice as many. With batches: epochs times batches in an epoch.
#
# $$N = \mathrm{num\_epoch} \cdot \left\lceil \frac{\text{samples}}{\text{batch size}} \right\rceil$$
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
axis.set(xlabel="iterations needed", title="Half the step, twice the steps")
fig.tight_layout()

# %% [markdown]
# ### 10 Momentum
#
# **A fraction $\beta$ of the last step is added to the next one.** Steps that agree add up; steps that contradict
# each other cancel. A heavy ball keeps going along a valley where plain gradient descent zigzags.
#
# $$W \leftarrow W - lr \cdot \nabla \ell(W) + \beta\, (W - W_{previous})$$
#
# → [07 Momentum](07_momentum.ipynb), where you write it (`momentum_step`, `momentum_descent`).

# %%
fig, axes = plt.subplots(1, 2, figsize=(8.4, 2.8), sharey=True)
for axis, beta, color in zip(axes, (0.0, 0.7), ("path", "momentum")):
    path = engine.descend(ravine, lr=0.07, momentum=beta, steps=30)
    landscape(axis, path.points, COLORS[color])
    axis.set_title(f"β = {beta:g}: loss {path.losses[-1]:.4f} after 30 steps", fontsize=12)
    print(f"beta {beta:g}: loss after 30 steps {path.losses[-1]:.4f}")
fig.tight_layout()

# %% [markdown]
# ### 11 Back propagation
#
# **The chain rule from the loss back to the first layer: one backward pass finds the gradient of
# all weights.** Each operation knows its own derivative, multiplies what comes from above with it,
# and hands it down.
#
# $$\frac{\partial \ell}{\partial x} = \frac{\partial \ell}{\partial y} \cdot \frac{\partial y}{\partial x} \quad \text{(sum over all ways on which } x \text{ reaches } \ell)$$
#
# → [09 Backpropagation](09_backpropagation.ipynb), by hand, by tape and by finite differences
# (`one_neuron_gradients`, `dense_relu_backward`).

# %%
w, x, b = engine.Parameter(2.0), 3.0, engine.Parameter(-4.0)
product = w * x
pred = product + b
loss = (pred - 1.0) ** 2  # the label is 1
chain = [("w", w), ("w · x", product), ("+ b", pred), (r"$\ell = (pred - 1)^2$", loss)]
for _, node in chain[1:]:
    # backward() keeps the gradients of parameters; here those in between are wanted too
    node.retain_grad()
loss.backward()
print("values, forwards:    ", *(f"{node.item():g}" for _, node in chain))
print("gradients, backwards:", *(f"{node.grad.item():g}" for _, node in reversed(chain)))

# %%
fig, axis = plt.subplots(figsize=(8.4, 2.2))
box = dict(boxstyle="round", facecolor=engine.style.PAPER, edgecolor=engine.style.COLORS["quiet"])
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
# **The weights come to rest at a minimum.** Reaching the planned number of iterations is not
# convergence, and neither is a loss that merely stops changing. The minimum may be a local one, so
# the loss need not be small. SGD with a constant learning rate does not converge in this sense: it
# wanders around a minimum.
#
# $$\ell(W_{iter+1}) \approx \ell(W_{iter}), \qquad \nabla \ell(W_{iter}) \approx 0 \;\text{ for gradient descent}$$
#
# Both conditions are needed, but they are not enough: at a hilltop they hold, too. At exactly $lr = 2$, below, the loss stays the same while $w$
# jumps from side to side, where the gradient is not 0.
#
# → [06 Learning rate](06_learning_rate.ipynb): converge, oscillate, diverge;
# [10](10_training_in_a_nutshell.ipynb): on digits.

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
    print(f"lr {lr:g}: loss {losses[0]:.1f} -> {losses[10]:.2f} -> {losses[20]:.2f}, {fate}")
axis.set(xlabel="step", ylabel=r"loss $\ell$", ylim=(0, 14), xticks=range(0, 21, 5))
axis.set_title("Converge, oscillate, diverge")
axis.legend()
fig.tight_layout()

# %% [markdown]
# ### 13 Global minimum
#
# **A place where the loss is as small as it gets: no other place is lower.** Several places may be
# equally low.
#
# $$\ell(W^*) \le \ell(W) \quad \text{for all } W$$
#
# ### 14 Local minimum
#
# **A place with no lower place near it, though there may be a lower one far away.** Its
# gradient is 0, so gradient descent stays there. Momentum typically helps to roll on, and is not
# infallible. In deep networks most local minima that training finds are not that bad.
#
# $$\ell(W^*) \le \ell(W) \quad \text{for all } W \text{ near } W^*$$
#
# → [07 Momentum](07_momentum.ipynb), where you roll a ball out of one.

# %%
w = np.linspace(-3.2, 3.2, 200)
best, other = curve.minima[:, 0]
ends = [engine.descend(curve, [start], lr=0.05, steps=200).points[-1, 0] for start in (0.4, 0.6)]
print(
    f"global minimum at w = {best:g}, loss {curve.loss(best):.1f};"
    f" local minimum at w = {other:g}, loss {curve.loss(other):.1f}"
)
print(f"gradient descent from 0.4 ends at {ends[0]:.2f}, from 0.6 at {ends[1]:.2f}")

fig, axis = plt.subplots(figsize=(6.4, 2.8))
axis.plot(w, curve.loss(w[:, None]), color=COLORS["loss"])
edge = dict(markeredgecolor="black", markeredgewidth=1)
engine.style.star(axis, best, curve.loss(best), 16, label="global minimum", **edge)
axis.plot(
    other, curve.loss(other), "*", color="white", markersize=16, label="local minimum", **edge
)
axis.vlines(
    0.5, 0, curve.loss(0.5), color=COLORS["quiet"], linestyle=":", label="hill top: the divide"
)
axis.set(xlabel="weight $w$", ylabel=r"loss $\ell(w)$", ylim=(-0.5, 11))
axis.set_title("Where you start decides where you end")
axis.legend(loc="upper center", ncols=3, columnspacing=1)
fig.tight_layout()

# %% [markdown]
# ## The final quiz
#
# Fourteen questions, one for each term. Each choice tells you why; the first one counts.

# %%
quiz = engine.exercises.terms.quiz
quiz

# %%
# run this cell again when you are through
print(f"right at the first try: {quiz.score} of {len(quiz.questions)}")

# %% [markdown]
# ## What you have seen
#
# All fourteen terms, as one story: the **training loop** draws **batches**, the model predicts, the
# **loss function** says how wrong it is, **back propagation** finds the **gradient**, and the
# **optimizer** makes a step against it (**gradient descent**; with batches, **stochastic gradient
# descent**), scaled by the **learning rate**, with **momentum** if you like, for a **number
# of iterations**, until **convergence** in a **local minimum**, seldom in the **global minimum**,
# and usually in one that is good enough.
#
# Three questions without choices, for you and a friend: Why is minus the gradient the right
# direction, and how long is a good step? What would each of the four lines of the loop do wrong if
# it stood in another place? Which of the fourteen terms are choices of yours, and which are facts
# about the loss?
#
# You can now read more. Goodfellow, Bengio, Courville, *Deep Learning* (MIT Press, 2016), chapters
# 6 and 8, says all of this again with more mathematics; Goh, *Why Momentum Really Works* (Distill,
# 2017), has the theory of the ravine; Ruder, *An overview of gradient descent optimization
# algorithms* (arXiv:1609.04747, 2016), the family of optimizers. And the engine of this course is
# short enough to read: begin with `lecture3_engine/by_hand.py`.
#
# ← [10 Training in a nutshell](10_training_in_a_nutshell.ipynb) ·
# [00 Start here](00_start_here.ipynb)
