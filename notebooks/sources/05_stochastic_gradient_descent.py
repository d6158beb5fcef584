# %% [markdown]
# # Stochastic gradient descent
#
# A gradient over all the data is exact and expensive. A gradient over a handful of samples is rough
# and cheap. You measure how rough it is, and find out which of the two gets you further for the
# same price.
#
# **40 minutes**, not counting the part for the curious and the challenge. You need: the gradient
# and gradient descent in tensors, from [04](04_gradient.ipynb), and what a batch is, from
# [01](01_how_learning_happens.ipynb).
#
# ← [04 Gradient](04_gradient.ipynb) · [06 Learning rate](06_learning_rate.ipynb) →

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
engine.exercises.stochastic_gradient_descent.prediction

# %% [markdown]
# ## The idea
#
# The loss of a network depends on its weights $W$ **and** on the data $X$ that go in. (One slide
# says "*$l(W_{iter}, X)$ where is the input data*". It means: where $X$ is the input data. The
# slide on SGD puts $X$ first, as we do.) So the gradient depends on both, and you have a choice: use
# all the data for a step, or only a part of them, a **batch**:
#
# $$W \leftarrow W - lr \cdot \nabla \ell(X, W)$$
#
# Here $\ell(X, W)$ is the loss over **one batch** $X$, and each step uses a different batch. That
# is the lecture's definition: **SGD is gradient descent over batches**.
#
# | in the formula | in the code | what it is |
# |---|---|---|
# | $W$ | `w`, `model.parameters()` | the weights |
# | $X$ | `inputs`, with their `labels` | the batch of this step |
# | $\ell(X, W)$ | `loss_fn(preds, labels)` | the loss of the batch: the **mean** over its samples |
# | $\nabla \ell$ | `gradient`, `.grad` | its gradient with respect to $W$ |
# | $lr$ | `lr` | the learning rate |
#
# The loss over all the data is the mean over all samples. The loss of a batch is the mean over a
# few, like a poll before an election: **right on average, but noisy**. The noise gives the method
# its name: *stochastic* means random.
#
# The **batch size** is the number of samples in a batch:
#
# | batch size | name |
# |---|---|
# | all samples | gradient descent, *full-batch* gradient descent |
# | a few, often 16 to 512 | SGD with *mini-batches*; we just say *batch* |
# | 1 | *single-sample* SGD; some authors call only this one SGD |
#
# ## The idea in code
#
# Fit a line to 64 noisy points. It has two weights, a slope and an intercept. For one sample, the
# prediction is $\hat y = slope \cdot x + intercept$, and the loss is $(\hat y - y)^2$. By the chain
# rule, its derivative is $2\,(\hat y - y) \cdot x$ for the slope and $2\,(\hat y - y) \cdot 1$ for
# the intercept. The gradient of a batch is the mean of these over its samples. In the code,
# `np.dot(inputs.T, preds - labels)` is their sum without the factor 2.

# %%
x, y = engine.datasets.noisy_line(64, noise=1.0, rng=np.random.default_rng(3))
features = np.column_stack([x, np.ones(64)])  # dot(features, w) is slope * x + intercept


def gradient(w, inputs, labels):
    preds = np.dot(inputs, w)
    return 2 / len(inputs) * np.dot(inputs.T, preds - labels)


w = np.array([[-3.0], [3.0]])
full = gradient(w, features, y)
batches = [slice(start, start + 8) for start in range(0, 64, 8)]
rough = [gradient(w, features[batch], y[batch]) for batch in batches]

print("all 64 samples:", full.ravel().round(1))
for n in range(3):
    print(f"batch {n}:       ", rough[n].ravel().round(1))
print("mean of all 8: ", np.mean(rough, axis=0).ravel().round(1))

# %% [markdown]
# Each batch gives a different answer. All are roughly right, and their mean is the full gradient.
# Now go through the 64 samples once, with **one** exact step or with **eight** rough ones.

# %%
w_best = np.linalg.lstsq(features, y, rcond=None)[0]  # the lowest loss, by a formula
lr = 0.15
w_gd = w - lr * gradient(w, features, y)
w_sgd = w
for batch in batches:
    w_sgd = w_sgd - lr * gradient(w_sgd, features[batch], y[batch])

for name, end in (("start", w), ("GD, 1 step", w_gd), ("SGD, 8 steps", w_sgd)):
    slope, intercept = end.ravel()
    distance = np.linalg.norm(end - w_best)
    print(f"{name:<13} slope {slope:5.2f}   intercept {intercept:5.2f}", end="")
    print(f"   distance from the best line {distance:.1f}")

# %% [markdown]
# To train a network, you write the same eight steps like this. A `DataLoader` cuts the batches,
# `optim.SGD` makes the steps, and `fit` goes through the data `num_epoch` times. (An **epoch** is
# one pass through the training data.)

# %%
line = engine.Sequential(engine.Dense(1, 1, rng=np.random.default_rng(0)))
kernel, bias = line.parameters()
kernel.data[:], bias.data[:] = -3.0, 3.0
loader = engine.DataLoader(x, y, batch_size=8)
optimizer = engine.optim.SGD(line.parameters(), lr=lr)
_ = engine.fit(line, loader, engine.mse_loss, optimizer, num_epoch=1, progress=False)
print(f"slope {kernel.data.item():.2f}   intercept {bias.data.item():.2f}")

# %% [markdown]
# ## Drag it
#
# Two lines learn to fit the same data. One belongs to SGD, the other to gradient descent, which
# sees all 64 samples before each step. Both are always shown after the same number of *samples
# seen*. The picture *200 next steps* is a magnifying glass: the cloud of dots shows where 200
# random batches would take SGD from here, and the diamond shows where all the data would take it.
#
# 1. Set *samples seen* to 0 and press Play. How many steps has SGD made by the time gradient
#    descent makes its first?
# 2. Go back to 0 samples seen. Set the batch size to 4, then to 16, then to 64. Watch the cloud
#    and, below it, by how much *a batch is off*: how far its gradient typically is from the full
#    one.
# 3. Set the batch size to 1, `lr` to 0.4 and *samples seen* to 256. Does SGD come to rest? Now
#    lower `lr`.
# 4. Set the batch size back to 8 and `lr` to 0.15. Press *more settings* and choose *sum* instead
#    of *mean*. Which `lr` brings back SGD's old path? Does it bring back gradient descent's?

# %%
engine.explorers.StochasticGradientExplorer(batch_size=8, lr=0.15, seen=64)

# %% [markdown]
# SGD makes its eighth step when gradient descent makes its first. The gradient of a larger batch is
# closer to the full one: 3.79 away with 4 samples, 1.69 with 16, and 0 with all 64. The rest is
# explained below.
#
# ## Is memory the reason? "We can't fit all the data in memory"
#
# The slide says: *we can't fit all the data in memory at once to compute the gradient. We use
# batches of data instead.* How much memory is it?

# %%
digits = engine.load_mnist()
images, labels = digits.train_images, digits.train_labels
print(f"MNIST, 60,000 digits as 32-bit numbers: {images.nbytes / 1e6:.0f} MB")
imagenet = 1_281_167 * 224 * 224 * 3 * 4 / 1e9
print(f"ImageNet, 1,281,167 color pictures of 224 x 224, 32-bit: {imagenet:.0f} GB")

# %% [markdown]
# MNIST fits in the memory of any laptop, and yet people train on it in batches. Even for ImageNet,
# memory alone does not rule out the full gradient. The full gradient is a mean, and you can compute
# a mean piece by piece. In our engine, as in PyTorch, each `backward()` *adds* to `.grad`, until
# `zero_grad()` clears it. So run batch after batch through the network, **without a step in
# between**:

# %%
def new_model(seed=0):
    rng = np.random.default_rng(seed)
    hidden, scores = engine.Dense(784, 32, "relu", rng=rng), engine.Dense(32, 10, rng=rng)
    return engine.Sequential(hidden, scores)


def gradient_of(model):
    return np.concatenate([p.grad.ravel() for p in model.parameters()])


model = new_model()
engine.cross_entropy(model(images), labels).backward()  # all 60,000 digits at once
at_once = gradient_of(model)

model.zero_grad()
for start in range(0, 60_000, 128):  # never more than 128 at a time
    part = slice(start, start + 128)
    total = engine.cross_entropy(model(images[part]), labels[part], reduction="sum")
    (total / 60_000).backward()  # adds its share to .grad
difference = np.abs(gradient_of(model) - at_once).max()
print(f"largest difference of all {at_once.size:,} entries: {difference:.6f}")

# %% [markdown]
# It is the same gradient. This is called **gradient accumulation**. (Each part adds the *sum* of
# its losses, divided by the total number of samples. The mean of the batch means would be slightly
# off, since the last batch has only 96 digits.)
#
# So the slide mixes up two things. Memory is a reason to **compute** in batches. It is no reason to
# **update** after each batch: gradient descent can work on data of any size. The better reason is
# how far you get for the same price, which is what you predicted at the top. In **one epoch over
# all 60,000 digits**, gradient descent makes one step, and SGD makes 469 steps with batches of 128.
# Here is the loss on all 60,000 digits afterward:

# %%
def one_epoch(batch_size, lr):
    model, rng = new_model(), np.random.default_rng(1)
    loader = engine.DataLoader(images, labels, batch_size, shuffle=True, rng=rng)
    optimizer = engine.optim.SGD(model.parameters(), lr=lr)
    _ = engine.fit(model, loader, engine.cross_entropy, optimizer, 1, progress=False)
    loss, accuracy = engine.evaluate(model, images, labels, engine.cross_entropy)
    return f"steps {len(loader):3d}   loss {loss:.1f}   {accuracy:.0%} right"


print("SGD  lr 0.1 ", one_epoch(128, 0.1))
for lr in (0.1, 1, 10):  # does an exact gradient deserve a longer step?
    print(f"GD   lr {lr:<4}", one_epoch(60_000, lr))

# %%
engine.exercises.stochastic_gradient_descent.prediction.answer()

# %% [markdown]
# We gave gradient descent longer steps, too, and it stayed far behind. However long it is, one step
# is a straight line in a direction that was chosen when the network knew nothing. SGD chooses a new
# direction 469 times. And both have computed with every digit exactly once, so **the price, counted
# in digits, is the same**.
#
# ## Which batch size is best?
#
# Now we try four sizes, on 10,000 digits, for one epoch. Each gets nine learning rates, since what
# is good for one size may be bad for another. We measure the loss on 1,000 *new* digits.

# %%
some = images[:10_000], labels[:10_000]
new_digits = images[-1000:], labels[-1000:]


def train(batch_size, lr, num_epoch=1, reduction="mean"):
    def loss_fn(preds, labels):
        return engine.cross_entropy(preds, labels, reduction)

    model, rng = new_model(), np.random.default_rng(1)
    optimizer = engine.optim.SGD(model.parameters(), lr=lr)
    loader = engine.DataLoader(*some, batch_size, shuffle=True, rng=rng)
    _ = engine.fit(model, loader, loss_fn, optimizer, num_epoch, progress=False)
    return engine.evaluate(model, *new_digits, engine.cross_entropy)[0]


rates = [0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4]
losses = {size: [train(size, lr) for lr in rates] for size in (10_000, 1000, 100, 10)}
for size, row in losses.items():
    best = rates[np.argmin(row)]
    print(f"batch size {size:>6,}   steps {10_000 // size:>5,}", end="")
    print(f"   smallest loss {min(row):.1f}, with lr {best:g}")

# %%
def draw_batch_sizes():
    _, axis = plt.subplots(figsize=(9, 4), layout="constrained")
    looks = {10_000: ("o--", "path"), 1000: ("s-.", "momentum")}
    looks |= {100: ("^-", "estimate"), 10: ("D:", "loss")}
    for size, (style, name) in looks.items():
        label = f"batch size {size:,}" + (" (gradient descent)" if size == 10_000 else "")
        axis.plot(rates, losses[size], style, color=engine.style.COLORS[name], label=label)
    axis.axhline(np.log(10), color=engine.style.COLORS["quiet"], linewidth=1)
    axis.text(0.4, 2.33, "guessing", ha="center", va="bottom", color=engine.style.MUTED)
    axis.set(xscale="log", xlabel="learning rate  lr", ylim=(0, 3.4))
    axis.set_xticks(rates, rates)
    axis.minorticks_off()
    axis.set(ylabel=r"loss $\ell$ on new digits", title="One epoch, four batch sizes")
    axis.legend(loc="upper left", ncols=2)


draw_batch_sizes()
print(f"100 rough steps, lr 0.1: loss {train(100, 0.1):.1f}")
print(f"100 exact steps, lr 0.1: loss {train(10_000, 0.1, num_epoch=100):.1f}")

# %% [markdown]
# Each batch size has its own best learning rate. It tends to be smaller for smaller batches. (The
# curve of gradient descent, in blue, does not keep falling: with `lr` 12.8 we got 2.2.) But even
# when every size gets its best `lr`, a smaller batch ends lower here, since it makes more steps for
# the same price. (Between 100 and 10 the difference is small. On three seeds, the best losses were
# 0.38, 0.34 and 0.29 with 100, and 0.27, 0.25 and 0.28 with 10.)
#
# Is a rough step as good as an exact one? The last two lines compare 100 steps with 100 digits each
# and 100 steps with all 10,000. They end at almost the same loss, but the exact ones cost a hundred
# times as much. So why not always use a batch of 1? There are two answers.
#
# ## The first answer: noise
#
# With a batch of 1, a step is mostly noise, so the steps have to be short. For batches of 10, the
# best `lr` was 0.1. With the same `lr`, single samples ended at a loss of about 1. With `lr` 0.01
# they ended at about 0.3, no better than batches of 10. How does the noise depend on the batch
# size?
#
# Statistics says that the noise in a mean of $n$ random draws shrinks like $1/\sqrt{n}$. Does that
# hold for a gradient with 25,450 entries? We draw 64 batches of each size and measure how far their
# gradients are from the full one. (*Length* is the typical length of a batch's gradient, *noise*
# its typical distance from the full one. Typical means the root of the mean square over the 64
# batches.)

# %%
def network_gradient(chosen):
    model.zero_grad()
    engine.cross_entropy(model(images[chosen]), labels[chosen]).backward()
    return gradient_of(model)


model, rng = new_model(), np.random.default_rng(0)
full = network_gradient(slice(0, 10_000))
print(f"the full gradient: length {np.linalg.norm(full):.1f}")
for n in (4, 16, 64, 256):
    draws = [network_gradient(rng.choice(10_000, n, replace=False)) for _ in range(64)]
    noise = np.sqrt(np.mean([np.sum((draw - full) ** 2) for draw in draws]))
    length = np.sqrt(np.mean([np.sum(draw**2) for draw in draws]))
    print(f"batch size {n:3d}   length {length:.1f}   noise {noise:.2f}", end="")
    print(f"   noise * sqrt(batch size) {noise * n**0.5:.2f}")

# %% [markdown]
# The last column hardly changes, apart from the luck of 64 draws. So the noise shrinks like
# $1/\sqrt{\text{batch size}}$, and **half the noise costs four times the work**. As long as a rough
# direction will do, large batches are a bad bargain.
#
# With a batch of 4, the noise is several times as long as the full gradient, so most of the step is
# noise. How can a network learn like that? The full gradient hardly changes from one short step to
# the next. The noise points in a different direction each time, so over many steps most of it
# cancels.
#
# <details><summary>For the curious: why the explorer's cloud shrinks faster (statistics)</summary>
#
# From 4 samples to 16 the noise should become half as large. In the explorer it shrinks from 3.79
# to 1.69, a factor of 2.24. The reason is that there are only 64 samples, and a batch takes no
# sample twice. With $N$ samples in all, the noise of a batch of $n$ shrinks like
#
# $$\frac{1}{\sqrt{n}} \sqrt{\frac{N - n}{N - 1}} .$$
#
# The second root is 1 for $n = 1$ and falls to 0 for $n = N$: the batch of all samples is exact.
# For 256 of 10,000 digits it is 0.99, so there we can ignore it.
#
# </details>
#
# **The noise matters most at the end.** At the minimum the full gradient is 0, but the gradient of
# a batch usually is not. So SGD with a constant $lr$ does not come to rest. It wanders around the
# minimum, and the larger $lr$ is, the farther it wanders. We fit the line with 20,000 batches of 4
# and measure the distance from the minimum over the last 10,000. Then we do the same with exact
# labels, where all points lie on one line.

# %%
rng = np.random.default_rng(0)
chosen = rng.integers(64, size=(20_000, 4))
exact_y = np.dot(features, [[2.0], [-1.0]])  # points on one line: slope 2, intercept -1


def wander(targets, minimum, lr):
    w, distances = np.array([[-3.0], [3.0]]), []
    for batch in chosen:
        w = w - lr * gradient(w, features[batch], targets[batch])
        distances.append(np.linalg.norm(w - minimum))
    return np.sqrt(np.mean(np.square(distances[10_000:])))


for lr in (0.2, 0.1, 0.05, 0.025):
    print(f"lr {lr:<6g} noisy labels: distance {wander(y, w_best, lr):.2f}")
print(f"lr 0.1    exact labels: distance {wander(exact_y, [[2.0], [-1.0]], 0.1):.2f}")

# %% [markdown]
# With a quarter of the learning rate, SGD wanders about half as far. That is why $lr$ is often
# lowered toward the end of training: big steps while the minimum is far, small ones when only the
# noise is left. And SGD only wanders because the samples **disagree**. If one line fits every
# sample, then at the minimum the gradient of each batch is 0, and SGD comes to rest.
#
# ## The second answer: the machine
#
# A batch of ten does not take ten times as long as a batch of one. The machine computes many
# samples side by side, and Python has to start the work only once. On our machine, an epoch over
# the 10,000 digits took 4 seconds with batches of 1, but 0.4 with batches of 10 and 0.13 with
# batches of 100. (Measure yours with `%timeit train(10, 0.1)`.) So people use a few dozen to a few
# hundred samples: enough to keep the machine busy, few enough to make many steps.
#
# ## Shuffle
#
# Batches are right on average only if they are drawn **at random**. Suppose a file holds the digits
# sorted by label: first all the 0s, then all the 1s, and so on. You train for one epoch in that
# order. What will the network answer when it sees new digits? Decide, then run the cell.

# %%
by_label = np.argsort(labels[:10_000], kind="stable")
for shuffle in (False, True):
    model, rng = new_model(), np.random.default_rng(1)
    loader = engine.DataLoader(images[by_label], labels[by_label], 100, shuffle, rng)
    optimizer = engine.optim.SGD(model.parameters(), lr=0.1)
    _ = engine.fit(model, loader, engine.cross_entropy, optimizer, 1, progress=False)
    answers = model(new_digits[0]).data.argmax(axis=1)
    right = np.mean(answers == new_digits[1])
    print(f"shuffle={shuffle!s:<5}  {right:.0%} right", end="")
    print(f"   the answer is 9 for {np.mean(answers == 9):.0%} of the digits")

# %% [markdown]
# In sorted order, the last ten or so batches say only one thing: *it is a 9*. The network forgets
# the rest. With `shuffle=True`, the loader puts all samples in a new random order before each epoch
# and then cuts the batches. Shuffling costs next to nothing. (More epochs are no substitute: after
# five in sorted order, 34% were right; after five with shuffling, 93%.)
#
# ## Sum or mean, and what it does to lr
#
# Is the loss of a batch the mean of its samples' losses, or their sum? The sum is *batch size*
# times as large, and so are its gradient and the step. If you take the sum, **divide `lr` by the
# batch size** to get the same step. (In the explorer that is 0.15 / 8, about 0.019, for SGD, but
# 0.15 / 64 for gradient descent. No single `lr` brings back both paths.)
#
# `cross_entropy` and `mse_loss` take the mean unless told otherwise, in our engine as in PyTorch.
# If you copy a learning rate from a paper or a program, check which of the two it uses.
#
# **What happens to `lr` when you change the batch size?** That depends on what you want to keep.
#
# - *The average step.* With the mean, keep `lr`. A batch's gradient is right on average, whatever
#   its size. (A single step of a small batch is longer, but only because of the noise.)
# - *The progress in an epoch.* With batches ten times as large, an epoch has a tenth of the steps,
#   so each must go ten times as far: make `lr` ten times as large. This is the **linear scaling
#   rule** (Goyal et al., below). With the sum, you need not do anything: the sum of a batch ten
#   times as large is ten times as large, and so is the step.
#
# We try the rule in both forms:

# %%
for size in (10, 100, 200, 1000):
    lr = 0.001 * size
    print(f"batch size {size:>5,}   mean, lr {lr:<4g}: loss {train(size, lr):.1f}", end="")
    print(f"   sum, lr 0.001: loss {train(size, 0.001, reduction='sum'):.1f}")

# %% [markdown]
# Mean and sum agree. The rule works beautifully from 10 to 200, and at 1,000 it fails. Where many
# steps follow one another, there is a largest `lr` that the landscape allows, however exact the
# gradient is; it is the subject of [notebook 06](06_learning_rate.ipynb). So take the rule as a
# first guess, and then **tune `lr` for each batch size**. (Shallue et al., below, did so on a large
# scale. The rule did not hold for all problems and batch sizes.)
#
# ## Do it
#
# Write one step over one batch, then an epoch.

# %%
def sgd_step(w, inputs, labels, lr):
    # the predictions are dot(inputs, w); the loss is the mean of (preds - labels)**2
    ...  # your code here


engine.exercises.check(sgd_step)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def sgd_step(w, inputs, labels, lr):
#     preds = np.dot(inputs, w)
#     gradient = 2 / len(inputs) * np.dot(inputs.T, preds - labels)
#     return w - lr * gradient
# ```
# </details>
#
# Now the epoch. The check needs to know the order, so take the samples as they come, without
# shuffling. Your function receives `gradient(w, inputs, labels)` as an argument, so just call it.

# %%
def sgd_epoch(gradient, w, inputs, labels, batch_size, lr):
    for start in range(0, len(inputs), batch_size):
        ...  # your code here
    return w


engine.exercises.check(sgd_epoch)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def sgd_epoch(gradient, w, inputs, labels, batch_size, lr):
#     for start in range(0, len(inputs), batch_size):
#         batch = slice(start, start + batch_size)
#         w = w - lr * gradient(w, inputs[batch], labels[batch])
#     return w
# ```
#
# The last slice may reach past the end. NumPy then gives what is left.
#
# </details>
#
# ## A challenge
#
# The network gets to see the 10,000 digits only **once**. You choose the batch size and the
# learning rate. Your score is the loss on the new digits; lower is better.
#
# *Bronze*: below 0.50. *Silver*: below 0.30. *Gold*: below 0.28.

# %%
my_batch_size, my_lr = 500, 0.1  # <- change me
score = train(my_batch_size, my_lr)
print(f"score: {score:.1f}" if score > 0.5 else f"score: {score:.3f}")

# %% [markdown]
# <details><summary>What is possible, and why</summary>
#
# Batches of 16 with `lr` 0.2, of 10 with 0.1, and of 1 with 0.01 all end near 0.27. In all three,
# `lr` / batch size is about 0.01, as the linear scaling rule says. But for batches of 128 the rule
# asks for `lr` 1.28, and with that the loss ended between 1.5 and 2.5 on each of five seeds. In the
# table above, where `lr` / batch size was 0.001, the rule failed at batches of 1,000. In both cases
# it asked for an `lr` of about 1.
#
# The last hundredth is luck: with another seed, another pair wins. To judge fine differences you
# need several seeds and more than 1,000 digits.
#
# </details>
#
# ## Three questions

# %%
engine.exercises.stochastic_gradient_descent.questions

# %% [markdown]
# ## What you have seen
#
# - **Batches**: a few samples at a time, drawn at random. Their gradient is right on average, and
#   its noise shrinks like $1/\sqrt{\text{batch size}}$.
# - **Stochastic gradient descent (SGD)**: gradient descent over batches, $W \leftarrow W - lr \cdot
#   \nabla \ell(X, W)$ with a different $X$ in each step.
# - **Gradient descent**: the same, but with all the data in every step. One exact step costs as
#   much as hundreds of rough ones. It does not need all the data in memory at once.
# - **Number of iterations**: an epoch has (samples / batch size) of them, rounded up: 60,000 / 128
#   makes 469.
# - **Loss function**: the mean over the batch. If you take the sum, divide $lr$ by the batch size.
# - **Learning rate**: tune it for each batch size. Linear scaling is a first guess.
# - **Convergence**: with a constant $lr$, SGD does not come to rest as long as the samples
#   disagree. It wanders around the minimum. With a smaller $lr$ it wanders less.
#
# ## To read on
#
# - Robbins, Monro, *A Stochastic Approximation Method* (Annals of Mathematical Statistics 22(3),
#   1951): where it began, with a proof that noise does no harm if the steps shrink in the right
#   way.
# - Bottou, Curtis, Nocedal, *Optimization Methods for Large-Scale Machine Learning* (SIAM Review
#   60(2), 2018), sections 3 and 4: why a rough gradient is the better buy.
# - Goodfellow, Bengio, Courville, *Deep Learning* (2016), section 8.1.3: batch and minibatch
#   algorithms.
# - Goyal et al., *Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour* (arXiv:1706.02677,
#   2017): linear scaling. Masters, Luschi, *Revisiting Small Batch Training for Deep Neural
#   Networks* (arXiv:1804.07612, 2018): the case for small batches. Shallue et al., *Measuring the
#   Effects of Data Parallelism on Neural Network Training* (JMLR 20(112), 2019): both sides,
#   measured.
#
# Everything here worked because we found good learning rates. Where do they come from?
#
# ← [04 Gradient](04_gradient.ipynb) · [06 Learning rate](06_learning_rate.ipynb) →
