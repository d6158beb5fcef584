# %% [markdown]
# # Learning rate
#
# One number decides whether a network learns, crawls or blows up. You find out where its limit lies
# and why, on paper and under a slider, and then choose it for a network that reads digits.
#
# **25 minutes.** You need: gradient descent, $W \leftarrow W - lr \cdot \nabla \ell(W)$, from
# [04](04_gradient.ipynb), and batches from [05](05_stochastic_gradient_descent.ipynb).
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
# $$W_{iter} = W_{iter} - lr \cdot \nabla \ell(X_{iter}, W_{iter})$$
#
# The gradient says which way, and how steep it is here. The **learning rate** $lr$ (in code `lr`;
# *step size* in the books on optimization) says how far to go. The lecture's slide knows two ways
# to get it wrong:
#
# - **too big**: SGD might not *converge*, that is, might never come to rest at the minimum;
# - **too small**: it takes a lot of iterations, and if their number is not enough, it won't find
#   the solution.
#
# Where does "too big" begin? For a parabola a line of school algebra says it. Let
# $\ell(w) = \frac{1}{2} L w^2$, where $L$ is the **curvature**: how fast the slope changes. The
# gradient is $L w$, so one step is
#
# $$w \leftarrow w - lr \cdot L w = (1 - lr \cdot L)\, w .$$
#
# Each step multiplies $w$, the distance to the minimum, by the same factor $1 - lr \cdot L$. All
# that can happen is in that factor:
#
# | learning rate | factor $1 - lr \cdot L$ | what happens |
# |---|---|---|
# | $0 < lr < 1/L$ | between 0 and 1 | comes down on one side, without swinging |
# | $lr = 1/L$ | 0 | arrives in a single step |
# | $1/L < lr < 2/L$ | between −1 and 0 | jumps from side to side, and arrives |
# | $lr = 2/L$ | −1 | jumps from side to side forever |
# | $lr > 2/L$ | below −1 | jumps further each time: **diverges** |
#
# ## The idea in code

# %%
L = 1
for lr in (0.1, 1.0, 1.9, 2.0, 2.1):
    w = 3.0
    path = [w]
    for step in range(5):
        w = w - lr * L * w
        path.append(w)
    print(f"lr {lr:<4} factor {1 - lr * L:5.2f}   w:", "  ".join(f"{w:6.3f}" for w in path))

# %% [markdown]
# The engine's `descend` makes the same steps, with the optimizer that trains networks:

# %%
path = engine.descend(engine.surfaces.parabola, [3.0], steps=5, lr=2.1)
print("the same numbers:", np.allclose(path.points[:, 0], 3 * (1 - 2.1) ** np.arange(6)))

# %%
fig, axes = plt.subplots(1, 4, figsize=(11, 3.2), sharey=True, layout="constrained")
curve = np.linspace(-5.2, 5.2, 200)
for axis, lr in zip(axes, (0.1, 1.0, 1.9, 2.1)):
    path = engine.descend(engine.surfaces.parabola, [3.0], steps=5, lr=lr)
    axis.plot(curve, curve**2 / 2, color=engine.style.COLORS["loss"])
    axis.plot(path.points[:, 0], path.losses, "o-", color=engine.style.COLORS["path"], markersize=5)
    engine.style.ring(axis, 3, 4.5, size=10)
    engine.style.star(axis, 0, 0, 15, markeredgewidth=1)
    axis.set(title=f"lr = {lr:g}", xlabel="weight $w$")
_ = axes[0].set_ylabel(r"loss $\ell$")

# %% [markdown]
# *Five steps from $w = 3$ with four learning rates: one that creeps, one that arrives at once, one
# that jumps and arrives, one that jumps away.*
#
# ## Drag it: one curvature
#
# The bowl below is this parabola in every direction: $L = 1$. The picture on the left shows the
# path; in the middle its loss; on the right, in grey, the loss that **every other** learning rate
# would have reached in as many steps.
#
# 1. Press Play at `lr` 1.9. Does it arrive?
# 2. Set `lr` to 0.1: the factor is 0.9 instead of −0.9. Is the loss after 20 steps another one than
#    at 1.9?
# 3. Move `lr` slowly through 2, the dashed line. How wide is the border between "arrives" and
#    "gone"? (At exactly 2 it jumps between 3 and −3 forever, as in the table.)

# %%
engine.explorers.LearningRateExplorer(landscape="bowl", lr=1.9, w0=3, w1=0, step=20)

# %%
engine.exercises.learning_rate.prediction.answer()

# %% [markdown]
# ## Too small: the price is iterations
#
# With a small $lr$ nothing breaks, it just takes time: to come a thousand times nearer to the
# minimum takes $n$ steps with $(1 - lr \cdot L)^n = 1/1000$, which is
# $n \approx 6.9 / (lr \cdot L)$. Ten times smaller steps, ten times as many of them. The **number
# of iterations** that you can afford says how small $lr$ may be.

# %%
for lr in (0.1, 0.01, 0.001):
    path = engine.descend(engine.surfaces.parabola, [3.0], steps=8000, lr=lr)
    needed = np.argmax(np.abs(path.points[:, 0]) <= 3 / 1000)
    after_100 = path.points[100, 0]
    print(
        f"lr {lr:<6g} steps to come 1000 times nearer: {needed:5d}   (6.9 / lr = {6.9 / lr:5.0f})"
        f"   w after 100 steps: {after_100:.4f}"
    )

# %% [markdown]
# ## Several weights: the steepest direction sets the limit
#
# A **ravine**: $\ell(w_0, w_1) = \frac{1}{2}(1 \cdot w_0^2 + 25 \cdot w_1^2)$, 25 times more curved
# across than along. Its curvatures are called $\lambda_{min} = 1$ and $\lambda_{max} = 25$. The two
# weights do not see each other: each step multiplies $w_0$ by $1 - lr$ and $w_1$ by $1 - 25\,lr$.
# So
#
# - it converges if and only if **both** factors are between −1 and 1, and the steeper one decides:
#   $\;0 < lr < 2/\lambda_{max} = 0.08$;
# - the slower factor counts, $\max(|1 - lr\,\lambda_{min}|, |1 - lr\,\lambda_{max}|)$. It is
#   smallest where the two are equal, $1 - lr\,\lambda_{min} = -(1 - lr\,\lambda_{max})$:
#
# $$lr_{best} = \frac{2}{\lambda_{min} + \lambda_{max}} = \frac{2}{26} \approx 0.077, \qquad \text{with the factor } \frac{\kappa - 1}{\kappa + 1} = \frac{24}{26} \approx 0.923, \qquad \kappa = \frac{\lambda_{max}}{\lambda_{min}} .$$
#
# That is the whole misery of ravines: the steep direction forbids big steps, and the flat one would
# need them. $\kappa$ (the *condition number*) measures it. And it is about more than ravines: near
# a minimum a smooth loss looks like such a quadratic in suitably turned axes (if it is curved there
# at all), so there its limit is $2/\lambda_{max}$ too.

# %%
ravine = engine.surfaces.ravine
low, high = ravine.hessian_eigenvalues
print(
    f"limit {2 / high:.4f}, best {2 / (low + high):.4f},"
    f" factor at the best {(high / low - 1) / (high / low + 1):.3f}"
)

for lr in (0.01, 0.03, 2 / (low + high), 0.0799, 0.0801):
    path = engine.descend(ravine, steps=10_000, lr=lr)
    distance = np.linalg.norm(path.points, axis=1)
    factor = distance[200] / distance[199]  # late enough for the slower of the two to be alone
    theory = max(abs(1 - lr * low), abs(1 - lr * high))
    verdict = "converges" if distance[-1] < 1e-6 else "diverges"
    print(f"lr {lr:.4f}   factor measured {factor:.4f}, theory {theory:.4f}   {verdict}")

# %% [markdown]
# Theory and run agree in every digit shown, on both sides of 0.08.
#
# ## Drag it: the ravine
#
# 1. Drag `lr` from left to right. The dot follows the grey curve: it falls slowly, reaches its
#    lowest point, and then there is a wall: the best learning rate lies **right beside** the limit.
# 2. `lr` 0.079 and then 0.081: which weight is it that jumps?
# 3. Drag the start onto the line $w_1 = 0$, at `lr` 0.081. Why is all well now? (In practice no
#    start is that exact.)
# 4. Choose *long ravine* ($\lambda_{max} = 100$), then *Rosenbrock*, whose curvature changes from
#    place to place: no line can be drawn there, and still the grey curve breaks off at a certain
#    `lr`. Beyond it, all is lost.

# %%
engine.explorers.LearningRateExplorer(lr=0.0755, step=60)

# %% [markdown]
# The wall is why people start big and then go down: too big shows at once, in a few iterations,
# while too small looks like patience.
#
# ## Where the lecture's claim stands: the safe bet
#
# > *Safe bet: start with a biggish [learning rate] and a few iterations, observe a batch of
# validation data and tune it.*
#
# Let us do that to the letter with a real network: 784 pixels, 32 hidden units, 10 scores; 2,000
# digits to train with, in batches of 50. A *few iterations*: 40, once through the data. A *batch of
# validation data*: 500 digits that are not trained on. **Which of these eight learning rates will
# win?**

# %%
digits = engine.load_mnist()
images, labels = digits.train_images[:2000], digits.train_labels[:2000]
validation = digits.train_images[-500:], digits.train_labels[-500:]


def train(lr, num_epoch=1):
    rng = np.random.default_rng(0)
    model = engine.Sequential(engine.Dense(784, 32, "relu", rng=rng), engine.Dense(32, 10, rng=rng))
    loader = engine.DataLoader(images, labels, 50, shuffle=True, rng=rng)
    optimizer = engine.optim.SGD(model.parameters(), lr=lr)
    return model, engine.fit(
        model, loader, engine.cross_entropy, optimizer, num_epoch, validation, progress=False
    )


# %%
rates = [3, 1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001]  # biggish first
short = {lr: train(lr)[1] for lr in rates}


def verdict(loss):
    if loss > 2.15:
        return "hardly better than guessing"
    return "learns" if loss > 0.8 else "learns well"


for lr in rates:
    print(f"lr {lr:<6g} {verdict(short[lr].validation_loss[-1])}")
best = min(rates, key=lambda lr: short[lr].validation_loss[-1])
print("guessing has a loss of", round(np.log(10), 2), "  smallest validation loss: lr", best)

# %%
COLORS = engine.style.COLORS
fig, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
looks = {3: ("-.", "limit"), 0.3: ("-", "path"), 0.03: ("--", "momentum"), 0.001: (":", "quiet")}
for lr, (style, name) in looks.items():
    losses = short[lr].step_losses
    left.plot(np.arange(1, 41), losses, style, color=COLORS[name], label=f"lr = {lr:g}")
left.set(xlabel="iteration (one batch of 50 digits)", ylabel=r"loss $\ell$ of the batch")
left.set(ylim=(0, 5), title="Four of the eight runs")
left.legend()
right.plot(rates, [short[lr].validation_loss[-1] for lr in rates], "o-", color=COLORS["gradient"])
right.axhline(np.log(10), color=COLORS["quiet"], linestyle="--", linewidth=1)
right.text(0.001, 2.38, "guessing", color="#606060")
right.set(xscale="log", xlabel="learning rate  lr", title="After 40 iterations, for every lr")
right.set(ylim=(0, 2.8), ylabel=r"validation loss $\ell$")
smallest = short[best].validation_loss[-1]
engine.style.star(right, best, smallest, 17, markeredgewidth=1, zorder=3)
plt.show()

# %% [markdown]
# The right picture is the grey curve of the explorer again, now of a network with 25,450 weights:
# slow on the left, a best place, and a wall on the right. 40 iterations were enough to see it.
#
# Now tune: stay near the winner, and give the few that are left more iterations.

# %%
tuned = {lr: train(lr, num_epoch=5)[1] for lr in (0.5, 0.3, 0.2, 0.1)}
losses = [history.validation_loss[-1] for history in tuned.values()]
accuracies = [history.validation_accuracy[-1] for history in tuned.values()]
print(
    f"all four losses below 0.4: {max(losses) < 0.4}"
    f"   all four read at least 85% of the new digits: {min(accuracies) > 0.85}"
)

# %% [markdown]
# Near the best the curve is flat: a factor of 3 is found with care, the last digit hardly matters.
#
# ## A slip: "if it doesn't converge, you need more epochs"
#
# The lecture's takeaways end with that sentence. It is true of half of the cases. Take one learning
# rate that is too small and one that is too big, both no good after one epoch, and give both 20
# epochs.

# %%
models, long = {}, {}
for lr in (0.01, 3):
    models[lr], long[lr] = train(lr, num_epoch=20)
    words = [
        "guessing" if loss > 2.15 else "learned" if loss < 0.8 else "on its way"
        for loss in long[lr].validation_loss
    ]
    print(
        f"lr {lr:<5g} after 1 epoch: {words[0]:<12} after 5: {words[4]:<12} after 20: {words[19]}"
    )

# %%
fig, axis = plt.subplots(figsize=(9, 3.6), layout="constrained")
epochs = np.arange(1, 21)
runs = (
    (0.01, "o-", "path", "lr = 0.01, too small: more epochs help"),
    (3, "s--", "limit", "lr = 3, too big: they do not"),
)
for lr, style, color, label in runs:
    axis.plot(epochs, long[lr].validation_loss, style, color=COLORS[color], label=label)
axis.axhline(np.log(10), color=COLORS["quiet"], linewidth=1)
axis.set(xlabel="epoch", ylabel=r"validation loss $\ell$", ylim=(0, 3), xticks=epochs[::2])
_ = axis.legend(loc="lower left")

# %% [markdown]
# So read the loss before you wait: **falling but slowly** means more epochs, or a bigger $lr$.
# **Growing, jumping, stuck at guessing or not a number** means a smaller $lr$.
#
# One more thing to see here: the network at `lr` 3 did not fly off to infinity as the parabola
# does. Its first steps overshoot so far that hidden units end up below 0 for **every** digit. There
# ReLU gives 0 and its gradient is 0 as well: no further step can wake them. They are called *dead*,
# and without them the network guesses, for good.

# %%
for lr, model in models.items():
    kernel, bias = list(model.parameters())[:2]
    hidden = np.maximum(images @ kernel.data + bias.data, 0)
    print(f"lr {lr:<5g} dead hidden units: {(hidden.max(axis=0) == 0).sum()} of 32")

# %% [markdown]
# ### Does the theory know the wall of a real network?
#
# For whoever wants to see it; skip it at a first reading. The limit was $2/\lambda_{max}$, and
# $\lambda_{max}$ can be measured: step a little forwards and a little backwards in some direction
# $d$, and see how the gradient changes. That change is the curvature along $d$ (the *Hessian* times
# $d$). Walk on in the direction of the change, again and again, and $d$ turns to where the
# curvature is largest. This is *power iteration*.


# %%
def gradients(model):
    for p in model.parameters():
        p.grad = None
    engine.cross_entropy(model(images), labels).backward()
    return [p.grad for p in model.parameters()]


def largest_curvature(model, iterations=30, epsilon=0.01):
    params, rng = list(model.parameters()), np.random.default_rng(0)
    weights = [p.data.copy() for p in params]
    d = [rng.standard_normal(p.shape) for p in params]
    for _ in range(iterations):
        length = np.sqrt(sum((x**2).sum() for x in d))
        found = []
        for sign in (1, -1):
            for p, w, x in zip(params, weights, d):
                p.data[:] = w + sign * epsilon * x / length
            found.append(gradients(model))
        d = [(up - down) / (2 * epsilon) for up, down in zip(*found)]
    for p, w in zip(params, weights):
        p.data[:] = w
    return np.sqrt(sum((x**2).sum() for x in d))


# %%
runs = {"after 1 epoch at lr 0.1": train(0.1)[0], "after 20 epochs at lr 0.01": models[0.01]}
for name, model in runs.items():
    curvature = largest_curvature(model)
    print(
        f"{name:<27} largest curvature about {curvature:.0f},"
        f" limit 2 / {curvature:.0f} is about {2 / curvature:.1f}"
    )

# %% [markdown]
# About 0.3: that is where the wall began in the sweep, 0.3 was the best of the eight and 1 was over
# the edge. The agreement is not exact, and cannot be: the curvature changes as the weights do, and
# every batch has a slightly different one.
#
# ## Do it
#
# The safe bet as a function. Write it in place of the three dots and run the cell; the check says
# what it finds.

# %%
def choose_learning_rate(candidates, train, validation_loss):
    # for each lr, biggest first:  w, training_loss = train(lr),  then look at validation_loss(w)
    ...  # return the lr with the smallest validation loss; nan and inf must not win


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
# - *Bronze*: below 150. *Silver*: 100 or fewer. *Gold*: 95, the fewest there is with one learning
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
# With one learning rate: 0.0758 needs 95 steps. The formula's 2/26 = 0.0769 needs 108, because it
# is the best *factor per step* in the long run, and after a hundred steps it still matters that the
# loss counts a squared distance across the ravine 25 times.
#
# With a list: `[1 / 25, 1]` needs **two**. The first step multiplies $w_1$ by $1 - 25/25 = 0$, the
# second $w_0$ by $1 - 1 = 0$. Whoever knows all curvatures needs one step for each. Nobody knows
# them for a network with 25,450 weights, but the idea stays: a learning rate that **changes during
# training**, called a *schedule*, can beat every constant one.
# </details>
#
# ## What you have seen
#
# - **Learning rate**: how far a step goes along minus the gradient. Too small creeps; too big
#   overshoots further each time.
# - **Convergence**: coming to rest at a minimum. On a quadratic if and only if
#   $0 < lr < 2/\lambda_{max}$; the best, $2/(\lambda_{min} + \lambda_{max})$, lies close to that
#   limit.
# - **Number of iterations**: what a small learning rate costs, in proportion to $1/lr$. More of
#   them help a learning rate that is too small, never one that is too big.
# - **Loss function**, on **batches** of validation data: what the learning rate is chosen by.

# %%
engine.exercises.learning_rate.questions

# %% [markdown]
# ## To read on
#
# - Nesterov, *Introductory Lectures on Convex Optimization* (2004), section 1.2.3 and chapter 2:
#   the limit 2/L and the factor $(\kappa - 1)/(\kappa + 1)$, with proofs.
# - Goodfellow, Bengio, Courville, *Deep Learning* (2016), section 11.4.1: why the learning rate is
#   the first thing to tune.
# - Smith, *Cyclical Learning Rates for Training Neural Networks* (WACV 2017): finding it in one
#   short run whose learning rate grows step by step.
# - Cohen, Kaur, Li, Kolter, Talwalkar, *Gradient Descent on Neural Networks Typically Occurs at the
#   Edge of Stability* (ICLR 2021): in real networks $\lambda_{max}$ changes during training, and
#   rises until it hovers about $2/lr$.
#
# The ravine asked for small steps and paid with many. Can the descent remember where it was going?
#
# ← [05 Stochastic gradient descent](05_stochastic_gradient_descent.ipynb) ·
# [07 Momentum](07_momentum.ipynb) →
