# %% [markdown]
# # Momentum
#
# Let the descent remember its last step. You see what that changes in the ravine and why, where the
# limit lies now, and what momentum can and cannot do about local minima.
#
# **25 minutes.** You need: the learning rate and its limit $2/\lambda_{max}$ on the ravine, from
# [06](06_learning_rate.ipynb).
#
# ← [06 Learning rate](06_learning_rate.ipynb) · [08 Optimizers](08_optimizers.ipynb) →

# %%
import matplotlib.pyplot as plt
import numpy as np

import lecture3_engine as engine

engine.style.use()

# %% [markdown]
# ## Predict
#
# The ravine of the last notebook, $\ell(w_0, w_1) = \frac{1}{2}(w_0^2 + 25\, w_1^2)$. Each step of
# plain gradient descent forgets the one before. Now a part $\beta$ of the last step is taken again.

# %%
engine.exercises.momentum.prediction

# %% [markdown]
# ## The idea
#
# A **ball** that rolls downhill does not stop where the ground is level for a moment: it keeps
# going. The lecture gives gradient descent this habit with one more term:
#
# $$W_{iter} = W_{iter} - lr \cdot \nabla \ell(W_{iter}) + \beta\,(W_{iter} - W_{iter-1})$$
#
# $W_{iter}$ on the left is the next point, on the right the present one. The last bracket is the
# step that was just made, the **velocity**; $\beta$, a number from 0 to below 1, says how much of
# it is taken again. (The slide writes $\nabla \ell(X_{iter}, W_{iter})$, the gradient of a batch;
# the ravine has no data $X$.) This is the *heavy ball* (Polyak 1964). Give the velocity a name and
# the same rule has two lines, which is how the engine computes it (and Keras):
#
# $$\text{velocity} \leftarrow \beta \cdot \text{velocity} - lr \cdot \nabla \ell(W), \qquad W \leftarrow W + \text{velocity}.$$
#
# | in the formula | in the code | what it is |
# |---|---|---|
# | $W_{iter}$, $W_{iter-1}$ | `w`, `w_previous` | where we are, where we were one step ago |
# | $W_{iter} - W_{iter-1}$ | `velocity` | the last step |
# | $\beta$ | `momentum`, `beta` | the part of it that is taken again; 0 is plain gradient descent |
# | $lr$ | `lr` | the learning rate |
#
# ## The idea in code
#
# First a long even slope: the gradient is 1 everywhere, `lr` is 1, $\beta$ = 0.9. How long do the
# steps become?

# %%
velocity, steps = 0.0, []
for step in range(50):
    velocity = 0.9 * velocity - 1.0 * 1.0
    steps.append(velocity)
first, last = [round(v, 2) for v in steps[:3]], round(steps[-1], 1)
print("steps 1, 2, 3:", first, "  step 50:", last, "  1 / (1 - 0.9) =", round(1 / (1 - 0.9), 1))

# %% [markdown]
# $1 + \beta + \beta^2 + \dots = 1/(1 - \beta)$: where gradients agree, they add up, and the steps
# become ten times as long. Where they contradict each other, as they do across a ravine, they
# cancel. That is all momentum is.
#
# Now the ravine, three times: the lecture's formula, the velocity form, and the engine's optimizer.

# %%
ravine = engine.surfaces.ravine
lr, beta = 0.03, 0.6

w = w_previous = np.array([-2.5, 1.5])
for step in range(100):
    w, w_previous = w - lr * ravine.gradient(w) + beta * (w - w_previous), w

u, velocity = np.array([-2.5, 1.5]), np.zeros(2)
for step in range(100):
    velocity = beta * velocity - lr * ravine.gradient(u)
    u = u + velocity

path = engine.descend(ravine, [-2.5, 1.5], steps=100, lr=lr, momentum=beta)
same = np.allclose(w, u, atol=1e-12), np.allclose(w, path.points[-1], atol=1e-12)
print("all three the same:", *same)

# %% [markdown]
# Here are the two pictures of the slide, drawn anew: *gradient descent* and *gradient descent with
# momentum*, for the same 25 steps.

# %%
COLORS = engine.style.COLORS
w0, w1 = np.meshgrid(np.linspace(-3, 1.2, 200), np.linspace(-1.8, 1.8, 200))
heights = np.sqrt(ravine.loss(np.stack([w0, w1], axis=-1)))
runs = (
    (0, "path", "Gradient descent"),
    (0.6, "momentum", "Gradient descent with momentum, β = 0.6"),
)
fig, axes = plt.subplots(1, 2, figsize=(11, 3.6), sharey=True, layout="constrained")
for axis, (beta, color, title) in zip(axes, runs):
    path = engine.descend(ravine, steps=25, lr=0.065, momentum=beta)
    axis.contourf(w0, w1, heights, 14, cmap=engine.style.LANDSCAPE)
    axis.plot(*path.points.T, "o-", color=COLORS[color], markersize=4, linewidth=1.5)
    engine.style.ring(axis, -2.5, 1.5)
    engine.style.star(axis, 0, 0, 15, markeredgewidth=1)
    axis.set(title=title, xlabel="weight $w_0$")
    print(f"{title:<40} loss after 25 steps: {path.losses[-1]:.1g}")
_ = axes[0].set_ylabel("weight $w_1$")

# %% [markdown]
# And the question from the beginning: how many steps until the ball stays within 0.001 of the
# minimum?

# %%
for beta in (0, 0.6, 0.9, 0.99):
    path = engine.descend(ravine, [-2.5, 1.5], steps=3000, lr=0.03, momentum=beta)
    far = np.flatnonzero(np.linalg.norm(path.points, axis=1) >= 0.001)
    print(f"beta {beta:<5g} {far[-1] + 1:4d} steps")

# %%
engine.exercises.momentum.prediction.answer()

# %% [markdown]
# Look at the last two rows as well: more is not always better. With $\beta$ = 0.99 the ball hardly
# loses any speed and swings back and forth for a long time.
#
# ## Drag it
#
# Two descents from one start: blue without momentum, green with it. The arrows take the next step
# of the green one apart: green is $\beta \cdot$ its last step (the velocity), orange
# $-lr \cdot$ gradient, dark grey their sum. On the right is a **map**: every point of it is a pair
# of $lr$ and $\beta$, and the shade says which part of the distance is left after one step (dark is
# fast).
#
# 1. Put *step* to 0, press Play and watch the green arrow: along the ravine it grows for some
#    steps, until it is longer than the orange one; across, it turns over and over.
# 2. Put $\beta$ to 0.6, then drag `lr` past 0.08. Plain gradient descent leaves the picture;
#    momentum does not. When does it?
# 3. Find the darkest place of the map. Then choose *long ravine*, and find it again: does it lie
#    higher or lower?
# 4. Back on the *ravine*, keep `lr` at 0.03 and go up to $\beta$ = 0.99: the loss swings. Where on
#    the map does that become slow?
# 5. Press *more*, choose *draw it* under *predict momentum's loss first*, and draw how the loss
#    will go with $\beta$ = 0.9. How close did you come?

# %%
engine.explorers.MomentumExplorer(lr=0.03, beta=0.6, step=12)

# %% [markdown]
# ## Why: the map in six lines
#
# On a quadratic each weight goes its own way, with its own curvature $\lambda$ and the gradient
# $\lambda w$. The lecture's formula then reads
#
# $$w_{t+1} = (1 + \beta - lr\,\lambda)\, w_t - \beta\, w_{t-1} .$$
#
# Try $w_t = r^t$. It is a solution if $\;r^2 - (1 + \beta - lr\,\lambda)\, r + \beta = 0$. Of the
# two roots the larger one (by its absolute value) counts: it is the **rate**, the factor per step.
#
# - **The limit.** Both roots are inside the unit circle if and only if $\beta < 1$ and
#   $|1 + \beta - lr\,\lambda| < 1 + \beta$. The largest curvature decides:
#   $\;0 < lr < 2(1 + \beta)/\lambda_{max}$. Up to twice as far as without momentum. (The switch
#   *show what theory knows* draws this line into the map.)
# - **The plateau.** The product of the roots is $\beta$. Where they are complex, a conjugate pair,
#   both have the absolute value $\sqrt{\beta}$, **whatever $lr$ and $\lambda$ are**: the wide even
#   bands of the map. (Goh's fine article *Why Momentum Really Works* prints $2\sqrt\beta$ at this
#   place; the 2 is a slip.)
# - **The best.** $\beta$ should be as small as the plateau allows, that is with a double root at
#   both ends: $lr\,\lambda_{min} = (1 - \sqrt\beta)^2$ and
#   $lr\,\lambda_{max} = (1 + \sqrt\beta)^2$. Solved for $lr$ and $\beta$, with
#   $\kappa = \lambda_{max}/\lambda_{min}$:
#
# $$lr_{best} = \left(\frac{2}{\sqrt{\lambda_{min}} + \sqrt{\lambda_{max}}}\right)^2, \qquad \beta_{best} = \left(\frac{\sqrt\kappa - 1}{\sqrt\kappa + 1}\right)^2, \qquad \text{rate} = \sqrt{\beta_{best}} = \frac{\sqrt\kappa - 1}{\sqrt\kappa + 1} .$$
#
# Without momentum the best was $(\kappa - 1)/(\kappa + 1)$. Momentum replaces $\kappa$ by its root:
# a ravine 10,000 times as steep across as along costs about as many steps as one of 100 did
# without.

# %%
low, high = ravine.hessian_eigenvalues
kappa = high / low
lr_best = (2 / (low**0.5 + high**0.5)) ** 2
beta_best = ((kappa**0.5 - 1) / (kappa**0.5 + 1)) ** 2
print(
    f"best lr {lr_best:.3f}, best beta {beta_best:.3f}, rate {beta_best**0.5:.3f};"
    f" without momentum at best {(kappa - 1) / (kappa + 1):.3f}"
)

for lr, beta in ((0.03, 0), (0.03, 0.3), (0.03, 0.9), (0.1, 0.9), (lr_best, beta_best)):
    theory = max(
        abs(np.roots([1, -(1 + beta - lr * curvature), beta])).max() for curvature in (low, high)
    )
    points = engine.descend(ravine, steps=700, lr=lr, momentum=beta).points
    distance = np.linalg.norm(points, axis=1)
    measured = (distance[600:].max() / distance[100:200].max()) ** (1 / 500)
    print(
        f"lr {lr:.3f}  beta {beta:.3f}   measured {measured:.2f}   theory {theory:.2f}"
        f"   sqrt(beta) {beta**0.5:.2f}"
    )

# %% [markdown]
# In rows three and four the roots are complex: the rate is $\sqrt\beta$, and three times the
# learning rate changes nothing. In the last row they have just met, and it is $\sqrt\beta$ as well.
# And the limit, tried from both sides:

# %%
for beta in (0, 0.5, 0.9):
    limit = 2 * (1 + beta) / high
    below, above = (
        engine.descend(ravine, steps=20_000, lr=limit * factor, momentum=beta).losses[-1]
        for factor in (0.999, 1.001)
    )
    print(
        f"beta {beta:<4} limit {limit:.3f}   just below it converges: {below < 1e-6}"
        f"   just above it: {above < 1e-6}"
    )

# %% [markdown]
# ## Where the lecture's claim stands: "momentum often helps"
#
# > *In DNNs there are many "valleys" where SGD can get stuck, and momentum helps it to "keep
# going".*
#
# On the ravine you have seen it: not quite stuck, but so slow that it comes to the same. Now a real
# network, the small one of notebook 06: 2,000 digits, two epochs, with a **small**, a **good** and
# a **big** learning rate, each without and with momentum. Where do you expect momentum to help?

# %%
digits = engine.load_mnist()
images, labels = digits.train_images[:2000], digits.train_labels[:2000]
validation = digits.train_images[-500:], digits.train_labels[-500:]


def train(lr, momentum, num_epoch=2, seed=0):
    rng = np.random.default_rng(seed)
    model = engine.Sequential(engine.Dense(784, 32, "relu", rng=rng), engine.Dense(32, 10, rng=rng))
    loader = engine.DataLoader(images, labels, 50, shuffle=True, rng=rng)
    optimizer = engine.optim.SGD(model.parameters(), lr=lr, momentum=momentum)
    return model, engine.fit(
        model, loader, engine.cross_entropy, optimizer, num_epoch, validation, progress=False
    )


# %%
def verdict(loss):
    if loss > 2.15:
        return "hardly better than guessing"
    return "learns" if loss > 0.8 else "learns well"


for lr in (0.02, 0.2, 1):
    for beta in (0, 0.9):
        word = verdict(train(lr, beta)[1].validation_loss[-1])
        print(f"lr {lr:<5g} beta {beta:<4g} lr / (1 - beta) = {lr / (1 - beta):<6.2g} {word}")

# %% [markdown]
# At the small learning rate it helps a lot, at the good one it changes little, at the big one it
# ruins the run. The column $lr/(1-\beta)$ says why: on an even slope the steps of `lr` 0.02 with
# $\beta$ = 0.9 are as long as those of `lr` 0.2 without, and both learn well. In a run as short and
# noisy as this one, most of what momentum gives is a bigger learning rate. What it alone can do,
# help along a ravine, pays in long runs. Either way: **when you add momentum, tune the learning
# rate again.**
#
# ## Where torch differs
#
# PyTorch's `SGD` remembers gradients instead of steps:
# $\;\text{buffer} \leftarrow \beta \cdot \text{buffer} + \nabla \ell$,
# $\;W \leftarrow W - lr \cdot \text{buffer}$. While $lr$ is constant, velocity is just $-lr \cdot$
# buffer, and both walk the same path. When $lr$ changes during training, they part: torch scales
# the whole remembered step at once, the lecture's rule only what is added from now on.

# %%
def lecture_rule(rates, beta=0.9):
    w, velocity = np.array([-2.5, 1.5]), 0
    for lr in rates:
        velocity = beta * velocity - lr * ravine.gradient(w)
        w = w + velocity
    return w


def torch_rule(rates, beta=0.9):
    w, buffer = np.array([-2.5, 1.5]), 0
    for lr in rates:
        buffer = beta * buffer + ravine.gradient(w)
        w = w - lr * buffer
    return w


# %%
constant = [0.03] * 20
dropped = [0.03] * 10 + [0.003] * 10  # a tenth of it, from step 11 on
for name, rates in (("constant", constant), ("dropped", dropped)):
    ours, theirs = lecture_rule(rates), torch_rule(rates)
    print(
        f"lr {name:<9} lecture {ours.round(3)}   torch {theirs.round(3)}"
        f"   the same: {np.allclose(ours, theirs)}"
    )

w = engine.Parameter([-2.5, 1.5])
optimizer = engine.optim.SGD([w], lr=0.03, momentum=0.9)
for lr in dropped:
    optimizer.lr = lr
    w.grad = ravine.gradient(w.data)
    optimizer.step()
print("the engine follows the lecture:", np.allclose(w.data, lecture_rule(dropped), atol=1e-5))

# %% [markdown]
# Neither is wrong. It matters when you move a training with a learning rate schedule from Keras to
# torch, or back, and wonder why the losses differ.
#
# ## Local minimum
#
# The slide says three things: *SGD is not infallible. Momentum typically helps in these cases, but
# is also not infallible. Good news: local minimums in DNNs are not that bad.* One after the other.
#
# The curve below has its **global minimum**, the lowest place of all, at −2, and a **local
# minimum**, lowest only among its neighbours, at 2. Between them is a hill at 0.5. One ball starts
# at 2.9, high on the side of the local minimum, another at −3.1, high on the side of the global
# one.

# %%
curve = engine.surfaces.lecture_curve
names = {-2: "global", 2: "local"}
for beta in (0, 0.5, 0.7, 0.8, 0.85, 0.9):
    path = engine.descend(curve, [[2.9], [-3.1]], steps=500, lr=0.14, momentum=beta)
    words = [names[round(end)] for end in path.points[-1, :, 0]]
    print(
        f"beta {beta:<5g} from 2.9 to the {words[0]:<6} minimum"
        f"   from -3.1 to the {words[1]} minimum"
    )
deep, shallow = curve.loss(-2.0).round(1), curve.loss(2.0).round(1)
print("loss in the global minimum:", deep, "  in the local one:", shallow)

# %% [markdown]
# **SGD is not infallible**: without momentum, the ball ends in the nearest hollow. **Momentum
# helps**: with enough of it the ball rolls over the hill. And **it is not infallible**: the same
# $\beta$ = 0.8 that saves the first ball carries the second one away from the global minimum. The
# ball knows nothing of what lies beyond the hill.
#
# Beside the curve is a map of all starts and all $\beta$; the colour says in which of the two
# minima the ball ends (hatched: it diverges).
#
# 1. Drag the start with $\beta$ = 0. What decides where the ball ends?
# 2. From 2.9, lower $\beta$ slowly. Where does the ball no longer make it over the hill? Then start
#    at −3.1, and raise $\beta$ from 0 to 0.9. Does more momentum always end better?
# 3. Back at 2.9, make `lr` smaller, 0.02: how much momentum does it take now to carry the ball over
#    the hill? What does the map look like then?

# %%
engine.explorers.LocalMinimumExplorer(beta=0.8)

# %%
starts = np.linspace(-3.2, 3.2, 201)[:, None]
global_side = {}
for beta in (0, 0.9):
    ends = engine.descend(curve, starts, steps=500, lr=0.14, momentum=beta).points[-1, :, 0]
    global_side[beta] = np.abs(ends + 2) < 0.1
    share = global_side[beta].mean()
    print(f"beta {beta:<4} the global minimum is reached from {share:.0%} of the starts")
won, lost = global_side[0.9] & ~global_side[0], global_side[0] & ~global_side[0.9]
print(
    f"momentum rescues {won.mean():.0%} of all starts,"
    f" and carries {lost.mean():.0%} of them out of the global minimum"
)

# %% [markdown]
# ### "Local minimums in DNNs are not that bad"
#
# With one weight a hollow has two walls, and whoever is in it is stuck. A network has thousands of
# weights. Two facts that can be seen on the small one:
#
# 1. **Every minimum has very many twins.** Exchange two hidden units together with their weights:
#    other weights, the same function. With 32 hidden units that makes 32! ≈ $2.6 \cdot 10^{35}$
#    points with exactly the same loss.
# 2. **Different starts, equally good ends.** Train from four random initialisations: the weights
#    end far apart, and the networks read about equally well.

# %%
trained = [train(0.2, 0, num_epoch=6, seed=seed) for seed in range(4)]
model = trained[0][0]
before = engine.evaluate(model, *validation, engine.cross_entropy)
kernel, bias, out = list(model.parameters())[:3]
order = np.random.default_rng(0).permutation(32)
kernel.data, bias.data, out.data = kernel.data[:, order], bias.data[order], out.data[order]
after = engine.evaluate(model, *validation, engine.cross_entropy)
print("hidden units shuffled, the same loss:", np.isclose(before[0], after[0], rtol=1e-4))

# %%
weights = [np.concatenate([p.data.ravel() for p in model.parameters()]) for model, _ in trained]
norm = np.linalg.norm(weights[1])
apart = [np.linalg.norm(weights[i] - weights[j]) / norm for i in range(4) for j in range(i)]
accuracies = [history.validation_accuracy[-1] for _, history in trained]
print(
    f"any two lie {min(apart):.1f} times the length of such a weight vector apart, or more"
    " (random directions: sqrt(2) = 1.4)"
)
print("right on new digits: all four above 85%:", min(accuracies) > 0.85)
print("the best and the worst differ by less than 5%:", max(accuracies) - min(accuracies) < 0.05)

# %% [markdown]
# This shows that the ends are about equally good, not that each is a minimum (a training that stops
# after six epochs has rarely arrived). Theory and larger experiments point the same way: in many
# dimensions most flat places are **saddles**, with a way down in some direction, and minima that
# are much worse than the others are rare in networks that are large enough. For small networks it
# is less true, and it is not a theorem for all of them.
#
# ## Do it
#
# One step of the lecture's momentum, then the whole descent.

# %%
def momentum_step(w, w_previous, gradient, lr, beta):
    ...  # your code here


engine.exercises.check(momentum_step)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def momentum_step(w, w_previous, gradient, lr, beta):
#     return w - lr * gradient + beta * (w - w_previous)
# ```
# </details>

# %%
def momentum_descent(gradient, w, lr, beta, steps):
    w_previous = w
    for step in range(steps):
        ...  # your code here
    return w


engine.exercises.check(momentum_descent)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def momentum_descent(gradient, w, lr, beta, steps):
#     w_previous = w
#     for step in range(steps):
#         w, w_previous = w - lr * gradient(w) + beta * (w - w_previous), w
#     return w
# ```
# </details>
#
# ## A challenge
#
# The same as in the last notebook, now with momentum: from (−2.5, 1.5), **a loss below 1e-6 in the
# fewest steps**, with one `lr` and one `beta` for the whole way. A ball swings, so what counts is
# from when on the loss **stays** below. The best without momentum was 95.
#
# *Bronze*: below 60. *Silver*: 31 or fewer, as at the place that the formula calls best. *Gold*: 25
# or fewer.

# %%
def score(lr, beta, most=1000):
    losses = engine.descend(ravine, [-2.5, 1.5], steps=most, lr=lr, momentum=beta).losses
    # "not below", as a run that diverged ends in nan
    last_above = np.flatnonzero(~(losses < 1e-6))[-1]
    return int(last_above) + 1 if last_above < most else f"none in {most} steps"


my_lr, my_beta = 0.03, 0.5  # <- change us
print("score:", score(my_lr, my_beta))

# %% [markdown]
# <details><summary>What is possible, and why</summary>
#
# `score(1 / 9, 4 / 9)`, the formula's optimum, is 31. A little more $\beta$ is better still:
# `score(0.1, 0.48)` is 25, and `score(0.109, 0.465)` is 23. At the formula's place the two roots
# coincide, and then the distance goes like $t \cdot r^t$: the *rate* is the best there is, but the
# factor $t$ costs a few steps. Just beside it the roots are apart and the factor is gone. In the
# long run the rate wins.
# </details>
#
# ## What you have seen
#
# - **Momentum**: a part $\beta$ of the last step is taken again. Where gradients agree, steps grow
#   up to $1/(1-\beta)$ times; where they alternate, they cancel.
# - **Convergence**: on a quadratic if and only if $0 < lr < 2(1+\beta)/\lambda_{max}$; at best by
#   the factor $(\sqrt\kappa - 1)/(\sqrt\kappa + 1)$ per step.
# - **Stochastic Gradient Descent (SGD)** with momentum: what `optim.SGD(..., momentum=0.9)` does.
#   Retune `lr` when you add it.
# - **Global minimum**: the lowest loss of all. **Local minimum**: lowest only in its neighbourhood.
#   Momentum may carry a descent out of either.

# %%
engine.exercises.momentum.questions

# %% [markdown]
# ## To read on
#
# - Polyak, *Some methods of speeding up the convergence of iteration methods* (USSR Computational
#   Mathematics and Mathematical Physics 4(5), 1964): the heavy ball, and its best $lr$ and $\beta$.
# - Goh, *Why Momentum Really Works* (Distill, 2017): the same theory, drawn and draggable.
# - Sutskever, Martens, Dahl, Hinton, *On the importance of initialization and momentum in deep
#   learning* (ICML 2013): momentum on deep networks, and Nesterov's variant (`nesterov=True` in the
#   engine).
# - Dauphin et al., *Identifying and attacking the saddle point problem in high-dimensional
#   non-convex optimization* (NeurIPS 2014), and Choromanska et al., *The Loss Surfaces of
#   Multilayer Networks* (AISTATS 2015): why local minima are not that bad.
#
# One $\beta$ for all weights, one learning rate for all weights. Could each weight have its own?
#
# ← [06 Learning rate](06_learning_rate.ipynb) · [08 Optimizers](08_optimizers.ipynb) →
