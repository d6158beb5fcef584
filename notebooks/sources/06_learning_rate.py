# %% [markdown]
# # Learning rate
#
# One number decides whether a network learns, crawls or blows up. You will find its limit, and the
# reason for it, first on paper and then with a slider. Then you will choose it for a network that
# reads digits, and change it while the network trains.
#
# **40 minutes**, without the part for the curious and the challenge. You need: gradient descent,
# $W \leftarrow W - lr \cdot \nabla \ell(W)$, from [04](04_gradient.ipynb), and batches from
# [05](05_stochastic_gradient_descent.ipynb).
#
# ← [05 Stochastic gradient descent](05_stochastic_gradient_descent.ipynb) ·
# [07 Momentum](07_momentum.ipynb) →

# %%
import matplotlib.pyplot as plt
import numpy as np

import lecture3_engine as engine

engine.style.use()

# %% [markdown]
# ## Predict
#
# The loss is a parabola, with its minimum at 0. Choose before you read on.

# %%
engine.exercises.learning_rate.prediction

# %% [markdown]
# ## The idea
#
# The slide writes one step of SGD like this:
#
# $$W_{iter} = W_{iter} - lr \cdot \nabla \ell(X_{iter}, W_{iter})$$
#
# Read its $=$ as "becomes", as in a program: the $W_{iter}$ on the right is the old one. We write
# $W \leftarrow W - lr \cdot \nabla \ell(X, W)$. The gradient says which way to go and how steep it
# is here. The **learning rate** $lr$ (in code `lr`; *step size* in books on optimization) says how
# far to go. The slide names two ways to get it wrong:
#
# - **too big**: SGD might not *converge*;
# - **too small**: it takes a lot of iterations, and if there are not enough of them, it won't find
#   the solution. (An *iteration* is a step: one update of the weights.)
#
# To **converge** means to come to rest at a minimum. (SGD with a constant learning rate does not
# quite do that: each batch pulls it elsewhere, so it keeps wandering around the minimum.)
#
# Where does "too big" begin? For a parabola, one line of algebra answers that. Let
# $\ell(w) = \frac{1}{2} \lambda w^2$, where $\lambda$ is the **curvature**: how fast the slope
# changes. The gradient is $\lambda w$, so one step is
#
# $$w \leftarrow w - lr \cdot \lambda w = (1 - lr \cdot \lambda)\, w .$$
#
# Each step multiplies $w$, the distance to the minimum, by the same factor $1 - lr \cdot \lambda$.
# That factor decides everything:
#
# | learning rate | factor $1 - lr \cdot \lambda$ | what happens |
# |---|---|---|
# | $0 < lr < 1/\lambda$ | between 0 and 1 | comes down on one side |
# | $lr = 1/\lambda$ | 0 | arrives in a single step |
# | $1/\lambda < lr < 2/\lambda$ | between −1 and 0 | jumps from side to side, and arrives |
# | $lr = 2/\lambda$ | −1 | jumps from side to side forever |
# | $lr > 2/\lambda$ | below −1 | jumps farther each time: **diverges** |
#
# ## The idea in code

# %%
curvature = 1
for lr in (0.1, 1.0, 1.9, 2.0, 2.1):
    w = 3.0
    path = [w]
    for step in range(5):
        w = w - lr * curvature * w
        path.append(w)
    print(f"lr {lr:<4} factor {1 - lr * curvature:5.2f}   w:", *(f"{w:7.3f}" for w in path))

# %% [markdown]
# The engine's `descend` takes the same steps. (It uses `SGD`, the code that trains networks.)

# %%
path = engine.descend(engine.surfaces.parabola, [3.0], steps=5, lr=2.1)
print("the same numbers:", np.allclose(path.points[:, 0], 3 * (1 - 2.1) ** np.arange(6)))


def draw_four_runs():
    colors, curve = engine.style.COLORS, np.linspace(-5.2, 5.2, 200)
    _, axes = plt.subplots(1, 4, figsize=(11, 3.2), sharey=True, layout="constrained")
    for axis, lr in zip(axes, (0.1, 1.0, 1.9, 2.1)):
        path = engine.descend(engine.surfaces.parabola, [3.0], steps=5, lr=lr)
        axis.plot(curve, curve**2 / 2, color=colors["loss"])
        w = path.points[:, 0]
        axis.plot(w, path.losses, "o-", color=colors["path"], markersize=5)
        engine.style.ring(axis, 3, 4.5, size=10)
        engine.style.star(axis, 0, 0, 15, markeredgewidth=1)
        axis.set(title=f"lr = {lr:g}", xlabel="weight $w$")
    axes[0].set_ylabel(r"loss $\ell$")


draw_four_runs()

# %% [markdown]
# *Five steps from $w = 3$ with four learning rates: one that creeps, one that arrives at once, one
# that jumps and arrives, one that jumps away.*
#
# ## Drag it: one curvature
#
# The bowl below is this parabola in every direction: $\lambda = 1$. The large picture shows the
# path. Beside it you see its loss and, in gray, the loss that **every other** learning rate would
# have reached in as many steps.
#
# 1. Set *step* to 0 and press Play at `lr` 1.9. Does it arrive?
# 2. Set `lr` to 0.1: the factor is 0.9 instead of −0.9. After 20 steps, is the loss different from
#    the one at 1.9?
# 3. Move `lr` slowly through 2, the dashed line. How wide is the border between "arrives" and
#    "gone"? (At exactly 2 it jumps between 3 and −3 forever, as in the table.)
# 4. Under *more settings*, set *predict its loss first* to *draw it*, and choose an `lr` of your
#    own. Sketch the loss curve you expect; the real one then appears on top of your sketch. How
#    close were you?

# %%
engine.explorers.LearningRateExplorer(
    landscape="bowl", lr=1.9, w0=3, w1=0, step=20, theory=True
)

# %% [markdown]
# (After 20 steps the loss is the same at 0.1 as at 1.9: the factors 0.9 and −0.9 have the same
# size.)

# %%
engine.exercises.learning_rate.prediction.answer()

# %% [markdown]
# ## Too small: the price is steps
#
# With a small $lr$ nothing breaks; it just takes time. Getting a thousand times closer to the
# minimum takes about $6.9 / (lr \cdot \lambda)$ steps. With a tenth of the learning rate you need
# about ten times as many. So the **number of iterations** that you can afford sets how small $lr$
# may be.
#
# <details><summary>For the curious: where the 6.9 comes from (logarithms)</summary>
#
# We need $(1 - lr \cdot \lambda)^n = 1/1000$. Take logarithms:
# $n \ln(1 - lr \cdot \lambda) = -\ln 1000 = -6.9$. For small $x$, $\ln(1 - x) \approx -x$, so
# $n \approx 6.9 / (lr \cdot \lambda)$.
#
# </details>

# %%
for lr in (0.1, 0.01, 0.001):
    path = engine.descend(engine.surfaces.parabola, [3.0], steps=8000, lr=lr)
    needed = np.argmax(np.abs(path.points[:, 0]) <= 3 / 1000)
    after_100 = path.points[100, 0]
    print(
        f"lr {lr:<6g} steps to get 1000 times closer: {needed:5d}   (6.9 / lr ="
        f" {6.9 / lr:5.0f})   w after 100 steps: {after_100:.4f}"
    )

# %% [markdown]
# ## Several weights: the steepest direction sets the limit
#
# A **ravine**: $\ell(w_0, w_1) = \frac{1}{2}(1 \cdot w_0^2 + 25 \cdot w_1^2)$. Its curvature is 25
# times larger across the ravine than along it. We call the two $\lambda_{min} = 1$ and
# $\lambda_{max} = 25$. The two weights do not affect each other: each step multiplies $w_0$ by
# $1 - lr$ and $w_1$ by $1 - 25\,lr$. So gradient descent converges when **both** factors lie
# between −1 and 1, and the steeper direction decides:
#
# $$0 < lr < \frac{2}{\lambda_{max}} = 0.08 .$$
#
# (Between 0.08 and 2, only a run that starts with exactly $w_1 = 0$ arrives: then $w_0$ alone
# counts, and its own limit is 2.) That is the trouble with ravines: the steep direction forbids big
# steps, and the flat one needs them. The ratio $\kappa = \lambda_{max} / \lambda_{min}$, the
# *condition number*, measures how bad it is.
#
# <details><summary>For the curious: the best learning rate</summary>
#
# In the long run, the weight that shrinks more slowly counts, the one with the larger of $|1 -
# lr\,\lambda_{min}|$ and $|1 - lr\,\lambda_{max}|$. It is smallest where the two are equal, $1 -
# lr\,\lambda_{min} = -(1 - lr\,\lambda_{max})$:
#
# $$lr_{best} = \frac{2}{\lambda_{min} + \lambda_{max}} = \frac{2}{26} \approx 0.077, \qquad \text{with the factor } \frac{\kappa - 1}{\kappa + 1} = \frac{24}{26} \approx 0.923 .$$
#
# </details>

# %%
ravine = engine.surfaces.ravine
low, high = ravine.hessian_eigenvalues  # the curvatures along and across: 1 and 25
print(
    f"limit {2 / high:.4f}, best {2 / (low + high):.4f},"
    f" factor at the best {(high / low - 1) / (high / low + 1):.3f}"
)

for lr in (0.01, 0.03, 2 / (low + high), 0.0799, 0.0801):
    path = engine.descend(ravine, steps=10_000, lr=lr)
    distance = np.linalg.norm(path.points, axis=1)
    factor = distance[200] / distance[199]  # late enough: only the slower one is left
    theory = max(abs(1 - lr * low), abs(1 - lr * high))
    verdict = "converges" if distance[-1] < 1e-6 else "diverges"
    print(f"lr {lr:.4f}   factor measured {factor:.4f}, theory {theory:.4f}   {verdict}")

# %% [markdown]
# Theory and measurement agree in every digit shown, on both sides of 0.08.
#
# ## Drag it: the ravine
#
# 1. Drag `lr` from left to right. The dot moves along the gray curve, which falls slowly to its
#    lowest point and then shoots up like a wall: the best learning rate lies **right beside** the
#    limit.
# 2. Try `lr` 0.079 and then 0.081. Which weight jumps?
# 3. Drag the start onto the line $w_1 = 0$, at `lr` 0.081. Why does it arrive now? (In practice no
#    start is that exact.)
# 4. Under *more settings*, choose *long ravine* ($\lambda_{max} = 100$), then *Rosenbrock*, whose
#    curvature changes from place to place. There the theory gives no limit, so there is no dashed
#    line, but the gray curve still has its wall. (When you choose a landscape, `lr` is set to a
#    value that works there.)

# %%
engine.explorers.LearningRateExplorer(lr=0.0755, step=60, theory=True)

# %% [markdown]
# This wall is why people start with a large rate and then lower it. A rate that is too big gives
# itself away within a few steps. With one that is too small, the loss keeps falling slowly, and you
# cannot tell whether you only need to wait longer.
#
# ## The safe bet, with a real network
#
# > *Safe bet: start with a biggish [learning rate] and a few iterations, observe a batch of
# validation data and tune it.*
#
# The digits come in three parts. **Training data** is what the network learns from. **Validation
# data** is what we look at to choose settings, such as the learning rate. **Test data** is looked
# at only once, at the very end, because any setting looks better than it really is when you judge
# it on the data you used to choose it. Here only the first two are used.
#
# The network: 784 pixels, 32 hidden units, 10 scores. The training data: 2,000 digits, in batches
# of 50. A *few iterations*: 40 steps, which is one **epoch**, once through the training data. The
# *batch of validation data*: 500 other digits. The slide tries one rate, looks, and tunes it. To
# see the whole picture, we try eight rates, starting with the biggest. **Which of them will win?**

# %%
digits = engine.load_mnist()
images, labels = digits.train_images[:2000], digits.train_labels[:2000]
validation = digits.train_images[-500:], digits.train_labels[-500:]


def new_run(lr, seed=0, batch_size=50):
    rng = np.random.default_rng(seed)
    hidden, scores = engine.Dense(784, 32, "relu", rng=rng), engine.Dense(32, 10, rng=rng)
    model = engine.Sequential(hidden, scores)
    loader = engine.DataLoader(images, labels, batch_size, shuffle=True, rng=rng)
    return model, loader, engine.optim.SGD(model.parameters(), lr=lr)


def train(lr, num_epoch=1):
    model, loader, optimizer = new_run(lr)
    run = model, loader, engine.cross_entropy, optimizer
    return model, engine.fit(*run, num_epoch, validation, progress=False)


# %%
rates = [3, 1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001]  # biggish first
short = {lr: train(lr)[1] for lr in rates}


def verdict(loss):
    if loss > 2.15:
        return "about as bad as guessing"
    return "learns" if loss > 0.8 else "learns well"


print(f"guessing has a loss of {np.log(10):.1f}")
for lr in rates:
    loss = short[lr].validation_loss[-1]
    print(f"lr {lr:<6g} loss {loss:.1f}  {verdict(loss)}")
best = min(rates, key=lambda lr: short[lr].validation_loss[-1])
print("smallest validation loss: lr", best)

# %%
COLORS = engine.style.COLORS


def draw_the_sweep():
    _, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    looks = {3: ("-.", "limit"), 0.3: ("-", "path")}
    looks |= {0.03: ("--", "momentum"), 0.001: (":", "quiet")}
    for lr, (style, name) in looks.items():
        losses = short[lr].step_losses
        left.plot(range(1, 41), losses, style, color=COLORS[name], label=f"lr = {lr:g}")
    left.set(xlabel="step (one batch of 50 digits)", ylabel=r"loss $\ell$ of the batch")
    left.set(ylim=(0, 5), title="Four of the eight runs")
    left.legend()
    ends = [short[lr].validation_loss[-1] for lr in rates]
    right.plot(rates, ends, "o-", color=COLORS["gradient"])
    right.axhline(np.log(10), color=COLORS["quiet"], linestyle="--", linewidth=1)
    right.text(0.001, 2.38, "guessing", color=engine.style.MUTED)
    right.set(xscale="log", xlabel="learning rate  lr", title="After 40 steps")
    right.set_xticks([0.001, 0.01, 0.1, 1], ["0.001", "0.01", "0.1", "1"])
    right.set(ylim=(0, 2.8), ylabel=r"validation loss $\ell$")
    engine.style.star(right, best, min(ends), 17, markeredgewidth=1, zorder=3)


draw_the_sweep()

# %% [markdown]
# The right picture is the gray curve of the explorer again, now for a network with 25,450
# parameters. Forty steps were enough to reveal it.
#
# The wall is softer here than on a parabola: at `lr` 1 the network still learns, only badly. Now
# tune: keep only rates near the winner, and train longer.

# %%
tuned = {lr: train(lr, num_epoch=5)[1] for lr in (0.5, 0.3, 0.2, 0.1)}
for lr, history in tuned.items():
    loss, right = history.validation_loss[-1], history.validation_accuracy[-1]
    print(f"lr {lr:<4g} validation loss {loss:.1f}, fraction of digits right {right:.1f}")

# %% [markdown]
# After five epochs, all four do about equally well. So try rates about a factor of 3 apart (1, 0.3,
# 0.1, ...); finer tuning hardly matters.
#
# ## A slip: "if it doesn't converge, you need more epochs"
#
# The lecture's takeaways end with that sentence. There are two cases, and the advice is good in
# only one of them. Take a learning rate that is too small and one that is far too big. Neither is
# any good after one epoch. Give both 20 epochs.

# %%
models, long = {}, {}
for lr in (0.01, 3):
    models[lr], long[lr] = train(lr, num_epoch=20)
    losses = [f"{long[lr].validation_loss[epoch - 1]:.1f}" for epoch in (1, 5, 20)]
    kernel, bias = list(models[lr].parameters())[:2]
    hidden = np.maximum(images @ kernel.data + bias.data, 0)
    dead = (hidden.max(axis=0) == 0).sum()
    print(f"lr {lr:<5g} loss after 1, 5, 20 epochs:", *losses, f"  dead units: {dead}")

fig, axis = plt.subplots(figsize=(9, 3.6), layout="constrained")
epochs = np.arange(1, 21)
runs = ((0.01, "o-", "path", "too small"), (3, "s--", "limit", "far too big"))
for lr, style, color, words in runs:
    label = f"lr = {lr:g}, {words}"
    axis.plot(epochs, long[lr].validation_loss, style, color=COLORS[color], label=label)
axis.axhline(np.log(10), color=COLORS["quiet"], linewidth=1)
axis.set(xlabel="epoch", ylabel=r"validation loss $\ell$", ylim=(0, 3))
_ = axis.legend(loc="lower left")

# %% [markdown]
# So look at the loss before you wait. If it is **falling, but slowly**, train longer or make $lr$
# bigger. If it is **growing, jumping or not a number**, start again with a smaller $lr$. If it
# **sits at the loss of guessing**, $lr$ may be far too small or far too big: start again with
# another one, and with a smaller one if the loss jumped before.
#
# There is no sharp line between a rate that is a little too big and one that is hopeless. At `lr`
# 1, more epochs help some runs and not others, depending on the seed. For a parabola beyond its
# limit we can prove that no number of epochs helps. For this network at `lr` 3 we only observe it,
# and the reason is a different one (see *dead units* in the output). The first steps overshoot so
# far that the sums going into hidden units are negative for **every** digit. For a negative sum
# ReLU gives 0, and its gradient is 0 as well, so nothing wakes these units again. Such units are
# called *dead*. When all are dead, every digit gets the same ten scores, the biases of the outputs,
# so the network can only guess. These biases wander around their best values, and small changes of
# the other weights change nothing: the loss hardly moves anymore. So the run wanders around a local
# minimum (no place nearby is lower), but a very poor one. A loss that has settled does not prove
# that anything was learned.
#
# ## For the curious: does the limit hold for a network?
#
# *Skip this at a first reading; it uses second derivatives.* On the ravine the limit was
# $2/\lambda_{max}$. A network's loss has a largest curvature $\lambda_{max}$, too, at each place,
# and we can measure it. Take a direction $d$ of length 1. Step a little forward and a little
# backward along $d$, and see how the gradient changes between the two places. Divide that change by
# their distance. The result is a vector, $H d$ ($H$, the *Hessian*, holds all second derivatives),
# and the curvature along $d$ is $d \cdot H d$. Now replace $d$ by $H d$, scaled back to length 1,
# and repeat. Each time the direction of the largest curvature is stretched the most, so in the end
# $d$ points that way. This is *power iteration*.

# %%
def gradients(model):
    for p in model.parameters():
        p.grad = None
    engine.cross_entropy(model(images), labels).backward()
    return [p.grad for p in model.parameters()]


def largest_curvature(model, repeats=30, epsilon=0.01):
    params, rng = list(model.parameters()), np.random.default_rng(0)
    weights = [p.data.copy() for p in params]
    d = [rng.standard_normal(p.shape) for p in params]
    for _ in range(repeats):
        length = np.sqrt(sum((x**2).sum() for x in d))
        d = [x / length for x in d]
        found = []
        for sign in (1, -1):
            for p, w, x in zip(params, weights, d):
                p.data[:] = w + sign * epsilon * x
            found.append(gradients(model))
        h_d = [(up - down) / (2 * epsilon) for up, down in zip(*found)]
        curvature = sum((x * y).sum() for x, y in zip(d, h_d))
        d = h_d
    for p, w in zip(params, weights):
        p.data[:] = w
    return curvature


# %%
places = {"at the start": new_run(0.1)[0]}
places |= {f"after 5 epochs at lr {lr:g}": train(lr, 5)[0] for lr in (0.1, 0.3, 0.5)}
for name, model in places.items():
    print(f"{name:<24} 2 / (largest curvature) = {2 / largest_curvature(model):.1f}")

# %% [markdown]
# At the start the limit is about 0.4. That fits the sweep: 0.3 learned well, and 1 did not. But for
# a network this limit is not a wall. In the three trained rows it grows with the learning rate: the
# larger the `lr`, the smaller the curvature at the place where the run ended. And each of the three
# limits is above the `lr` that was used. A big learning rate throws a run out of steep places, but
# not out of the landscape. On a parabola there is nowhere flatter to go.
#
# With full batches, the curvature has been seen to rise until $2/\lambda_{max}$ is about $lr$ and
# to stay there, while the loss goes on falling: the *edge of stability* (Cohen et al., below).
#
# ## Learning rates that change: schedules and warm-up
#
# Big steps cover the distance; small steps let the weights settle. A **schedule** changes the
# learning rate while the network trains. Three common ones are stairs, half a cosine, and a line
# that climbs, which is called a **warm-up**. Here the largest rate is 0.3:

# %%
lr_scheduler = engine.lr_scheduler


def draw_schedules(lr=0.3, steps=600):
    _, axes = plt.subplots(1, 3, figsize=(11, 2.8), sharey=True, layout="constrained")
    makers = {
        "StepLR": lambda o: lr_scheduler.StepLR(o, 200, gamma=0.3),
        "CosineAnnealingLR": lambda o: lr_scheduler.CosineAnnealingLR(o, steps),
        "LinearLR": lambda o: lr_scheduler.LinearLR(o, 0.01, total_iters=100),
    }
    for axis, (title, make) in zip(axes, makers.items()):
        scheduler = make(new_run(lr)[2])
        axis.plot([scheduler.lr_at(t) for t in range(steps)], color=COLORS["path"])
        axis.set(title=title, xlabel="step")
    axes[0].set(ylabel="learning rate  lr", ylim=(0, 0.33))


draw_schedules()

# %% [markdown]
# In a training loop a schedule is one more line, after the optimizer's. (Here `scheduler.step()`
# runs once per batch. Many programs call it once per epoch. Then the 200 and the 100 above would
# count epochs.)


# %%
def train_with(make_scheduler, lr, seed=0, batch_size=10, num_epoch=3):
    model, loader, optimizer = new_run(lr, seed, batch_size)
    scheduler = make_scheduler(optimizer, num_epoch * len(loader))
    for epoch in range(num_epoch):
        for inputs, targets in loader:
            engine.train_step(model, inputs, targets, engine.cross_entropy, optimizer)
            scheduler.step()
    return engine.evaluate(model, *validation, engine.cross_entropy)[0]


def constant(optimizer, steps):
    return lr_scheduler.StepLR(optimizer, steps + 1)  # no stair before the end


def cosine(optimizer, steps):
    return lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)


# %% [markdown]
# **What does a schedule gain?** Batches of 10 are noisy, so a constant learning rate wanders. We
# train for three epochs, with four learning rates and three seeds each. Before you look: for which
# `lr` does the cosine help most, and for which does it harm?

# %%
many = (0.05, 0.1, 0.2, 0.3)
ends = {
    make: np.array([[train_with(make, lr, seed) for seed in range(3)] for lr in many])
    for make in (constant, cosine)
}
for i in (0, 3):
    a, b = ends[constant][i].mean(), ends[cosine][i].mean()
    print(f"lr {many[i]:<5g} validation loss: constant {a:.1f}, cosine {b:.1f}")

fig, axis = plt.subplots(figsize=(8, 3.6), layout="constrained")
for make, look, name in ((constant, "s--", "limit"), (cosine, "o-", "path")):
    color = COLORS[name]
    axis.plot(many, ends[make], look[0], color=color, alpha=0.5, markersize=6)
    axis.plot(many, ends[make].mean(axis=1), look[1:], color=color, label=make.__name__)
axis.set(xscale="log", xlabel="learning rate  lr (at its highest)")
axis.set_xticks(many, many)
axis.minorticks_off()
axis.set(ylabel=r"validation loss $\ell$", title="Three seeds each, and their mean")
_ = axis.legend()

# %% [markdown]
# (On our machine, the means were 0.34, 0.35, 0.36 and 0.38 with a constant rate, and 0.38, 0.32,
# 0.30 and 0.30 with the cosine. Two more constant rates, 0.03 and 0.07, ended at 0.37 and 0.34.) So
# `lr` 0.3 with a cosine beats the best constant rates, 0.05 and 0.07, on each of the three seeds.
# The cosine takes long steps while there is far to go, and lets the weights settle at the end. But
# if `lr` is too small to begin with, lowering it only wastes time: at 0.05 the cosine does worse.
#
# **What does a warm-up gain?** At `lr` 1 our network trained badly: big steps kill hidden
# units. Let the rate climb from 0.01 to 1 over the first 100 steps, then stay. (Batches of 50
# again, ten epochs.)

# %%
def warm_up(optimizer, steps):
    return lr_scheduler.LinearLR(optimizer, start_factor=0.01, total_iters=100)


for make in (constant, warm_up):
    losses = [train_with(make, 1, seed, batch_size=50, num_epoch=10) for seed in range(5)]
    word = "learns well" if np.median(losses) < 0.6 else "learns badly"
    print(f"{make.__name__:<9} lr 1, median of five runs: {word}")

# %% [markdown]
# We also ran ten seeds. All ten runs with the warm-up ended at a loss between 0.3 and 0.5. Of the
# ten with a constant rate, one ended at 0.4, the others between 0.5 and 2.1. So a warm-up can
# rescue a learning rate that would fail without it. But it does not win here: a plain `lr` of 0.5
# ends at about 0.3 in as many epochs, without any trick. And it has a limit of its own. At `lr` 2
# it helps little: we tried three seeds, and all three ended at a loss above 1.7. The warm-up became
# popular with large networks and large batches (Goyal et al., below).
#
# ## Do it
#
# Write the safe bet as a function. You get a list of `candidates`, biggest first. `train(lr)` makes
# a short run and returns two things, the weights `w` and the training loss; `validation_loss(w)`
# looks at validation data. Return the candidate with the smallest validation loss. You also get the
# training loss, as you would in practice, but do not choose by it. Some runs diverge. Their loss is
# nan (not a number) or inf (infinity), and they must not win. At least one run always survives.

# %%
def choose_learning_rate(candidates, train, validation_loss):
    ...  # your code here


engine.exercises.check(choose_learning_rate)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def choose_learning_rate(candidates, train, validation_loss):
#     best, smallest = None, np.inf
#     for lr in candidates:
#         w, training_loss = train(lr)
#         loss = validation_loss(w)
#         if loss < smallest:  # nan is not smaller than anything
#             best, smallest = lr, loss
#     return best
# ```
# </details>
#
# ## A challenge
#
# The ravine, from its start (−2.5, 1.5), without momentum. **Reach a loss below 1e-6 in the fewest
# steps.** The number of steps is your score; fewer is better.
#
# - *Bronze*: below 150. *Silver*: 100 or fewer. *Gold*: 95, the fewest possible with one learning
#   rate.
# - *Beyond gold*: `my_lr` may also be a list, with a learning rate for each step.


# %%
def score(lr, most=1000):
    w = np.array([-2.5, 1.5])
    rates = lr if isinstance(lr, (list, tuple)) else [lr] * most
    for step, rate in enumerate(rates, 1):
        w = w - rate * ravine.gradient(w)
        if ravine.loss(w) < 1e-6:
            return step
        if ravine.loss(w) > 1e6:
            return f"none: it diverged, the loss is above a million after step {step}"
    return f"none: the loss is {ravine.loss(w):.2g} after {len(rates)} steps"


my_lr = 0.03  # <- change me
print("score:", score(my_lr))

# %% [markdown]
# <details><summary>What is possible, and why</summary>
#
# With one learning rate, 0.0758 needs 95 steps. The best rate in the long run, 2/26 = 0.0769, needs
# 108. A slightly smaller rate shrinks $w_1$ faster, and in the loss $w_1^2$ has 25 times the weight
# of $w_0^2$.
#
# With a list, `[1 / 25, 1]` needs **two**. The first step multiplies $w_1$ by $1 - 25/25 = 0$, the
# second multiplies $w_0$ by $1 - 1 = 0$. If you know every curvature, you need one step for each.
# Nobody knows them for a network with 25,450 weights, but the idea remains: a schedule can beat
# every constant learning rate.
# </details>
#
# ## What you have seen
#
# - **Learning rate**: how far a step goes along minus the gradient. If it is too small, training
#   creeps. If it is too big, the steps overshoot.
# - **Convergence**: coming to rest at a minimum. On a parabola or a ravine it happens from every
#   start when $0 < lr < 2/\lambda_{max}$, and from almost no start otherwise. A network can keep
#   learning somewhat beyond that limit, because it can move to a flatter place.
# - **Number of iterations**: what a small learning rate costs, in proportion to $1/lr$. If the
#   steps are too small, taking more of them gets you there. If they are far too big, more steps do
#   not help.
# - **Validation data**: the data that you use to choose the learning rate. The test data waits
#   until the end.
# - **Schedule**: start big, end small, and a noisy descent settles. **Warm-up**: start small, and a
#   rate that would otherwise fail may work.

# %%
engine.exercises.learning_rate.questions

# %% [markdown]
# ## To read on
#
# - Goodfellow, Bengio, Courville, *Deep Learning* (2016), section 11.4.1: why the learning rate is
#   the first thing to tune.
# - Smith, *Cyclical Learning Rates for Training Neural Networks* (WACV 2017): finding it in one
#   short run whose learning rate grows step by step.
# - Nesterov, *Introductory Lectures on Convex Optimization* (2004), chapter 2: the factor
#   $(\kappa - 1)/(\kappa + 1)$, with proofs.
# - Loshchilov, Hutter, *SGDR: Stochastic Gradient Descent with Warm Restarts* (ICLR 2017): the
#   cosine. Goyal et al., *Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour* (2017): the
#   warm-up.
# - Cohen, Kaur, Li, Kolter, Talwalkar, *Gradient Descent on Neural Networks Typically Occurs at the
#   Edge of Stability* (ICLR 2021).
#
# In the ravine, gradient descent had to take small steps, and many of them. What if it remembered
# where it was going?
#
# ← [05 Stochastic gradient descent](05_stochastic_gradient_descent.ipynb) ·
# [07 Momentum](07_momentum.ipynb) →
