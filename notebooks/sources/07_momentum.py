# %% [markdown]
# # Momentum
#
# Let gradient descent remember its last step. You will see what that changes in the ravine and why,
# what it does for a real network, and what helps when gradient descent gets stuck.
#
# **40 minutes**, without the parts for the curious and the challenge. You need: the learning rate
# and its limit $2/\lambda_{max}$ on the ravine, from [06](06_learning_rate.ipynb).
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
# Here is the ravine of notebook 06, $\ell(w_0, w_1) = \frac{1}{2}(w_0^2 + 25\, w_1^2)$. Plain
# gradient descent forgets each step as soon as it is made. Momentum repeats a fraction $\beta$ of
# it. Choose before you read on.

# %%
engine.exercises.momentum.prediction

# %% [markdown]
# ## The idea
#
# A **ball** that rolls downhill does not stop as soon as the ground is level. It keeps going. The
# lecture gives gradient descent the same habit with one more term:
#
# $$W \leftarrow W - lr \cdot \nabla \ell(W) + \beta\,(W - W_{previous})$$
#
# The bracket is the last step: from where we were, $W_{previous}$, to where we are, $W$. It is
# called the **velocity**. The number $\beta$ says what fraction of it is repeated: 0 is plain
# gradient descent, 0.9 is a common choice, and $\beta$ must stay below 1. (The slide writes
# $W_{iter}$ and $W_{iter-1}$ for $W$ and $W_{previous}$.) This is the *heavy ball* of Boris Polyak
# (1964).
#
# With the velocity kept in a variable of its own, the same rule has two lines:
#
# $$\text{velocity} \leftarrow \beta \cdot \text{velocity} - lr \cdot \nabla \ell(W), \qquad W \leftarrow W + \text{velocity}.$$
#
# ## The idea in code
#
# First a long, even slope: the gradient is 1 everywhere, and `lr` is 1. Without momentum every step
# is −1. How long do the steps become with $\beta$ = 0.9? Then momentum on the ravine: does the
# engine's `descend` end in the same place?

# %%
velocity, steps = 0.0, []
for step in range(50):
    velocity = 0.9 * velocity - 1.0 * 1.0
    steps.append(velocity)
print("steps 1, 2, 3:", *(f"{v:.2f}" for v in steps[:3]), f"  step 50: {steps[-1]:.1f}")

ravine = engine.surfaces.ravine
w, velocity = np.array([-2.5, 1.5]), np.zeros(2)
for step in range(100):
    velocity = 0.6 * velocity - 0.03 * ravine.gradient(w)
    w = w + velocity

path = engine.descend(ravine, [-2.5, 1.5], steps=100, lr=0.03, momentum=0.6)
print("the same place:", np.allclose(w, path.points[-1], atol=1e-12))

# %% [markdown]
# The steps add up: $1 + \beta + \beta^2 + \dots = 1/(1 - \beta)$, which is 10 for $\beta$ = 0.9. So
# where gradients agree, steps grow, here to ten times the length. Where gradients keep changing
# sign, as they do across a ravine, they mostly cancel. The slide shows two pictures, without and
# with momentum. Here they are, computed, with 25 steps each:

# %%
COLORS = engine.style.COLORS


def draw_landscape(axis, surface, w0, w1):
    w0, w1 = np.meshgrid(np.linspace(*w0, 200), np.linspace(*w1, 200))
    heights = np.sqrt(surface.loss(np.stack([w0, w1], axis=-1)))
    axis.contourf(w0, w1, heights, 14, cmap=engine.style.LANDSCAPE)
    axis.set(xlabel="weight $w_0$")


def draw_both_descents():
    _, axes = plt.subplots(1, 2, figsize=(11, 3.6), sharey=True, layout="constrained")
    names = "Gradient descent", "Gradient descent with momentum, β = 0.6"
    for axis, beta, color, name in zip(axes, (0, 0.6), ("path", "momentum"), names):
        path = engine.descend(ravine, [-2.5, 1.5], steps=25, lr=0.065, momentum=beta)
        draw_landscape(axis, ravine, (-3, 1.2), (-1.8, 1.8))
        axis.plot(*path.points.T, "o-", color=COLORS[color], markersize=4, linewidth=1.5)
        engine.style.ring(axis, -2.5, 1.5)
        engine.style.star(axis, 0, 0, 15, markeredgewidth=1)
        axis.set_title(name)
        print(f"{name:<40} loss after 25 steps: {path.losses[-1]:.1g}")
    axes[0].set_ylabel("weight $w_1$")


draw_both_descents()

# %% [markdown]
# Now for the prediction: after how many steps do $w_0$, along the ravine, and $w_1$, across it,
# stay within 0.001 of the minimum?

# %%
for beta in (0, 0.6, 0.9, 0.99):
    path = engine.descend(ravine, [-2.5, 1.5], steps=3000, lr=0.03, momentum=beta)
    along, across = (np.flatnonzero(np.abs(w) >= 0.001)[-1] + 1 for w in path.points.T)
    print(f"beta {beta:<5g} steps along {along:5d}   across {across:5d}")

# %%
engine.exercises.momentum.prediction.answer()

# %% [markdown]
# Across the ravine, momentum is *slower*: it swings. But most steps are spent along the ravine, and
# there it saves far more than it loses across. (It is 2.9 times as fast, not 2.5, since the
# gradient gets smaller on the way down: the earlier ones, which momentum repeats, are larger.) But
# you can have too much momentum: with $\beta$ = 0.99 the ball hardly slows down and swings for a
# long time.
#
# ## Drag it
#
# Two descents from one start: blue without momentum, green with it. The arrows show what the next
# green step is made of. On the **map**, each point stands for an $lr$ and a $\beta$; its shade says
# how many steps it takes to come 100 times closer to the minimum. Dark is fast.
#
# 1. Set *step* to 0, press Play, and watch the green arrow. Along the ravine it grows for some
#    steps; across, it turns around again and again.
# 2. Leave $\beta$ at 0.6 and drag `lr` past 0.08. Plain gradient descent leaves the picture;
#    momentum stays in. Raise `lr` further: at which value does momentum leave, too?
# 3. Find the darkest place of the map. Then, under *more settings*, choose *long ravine* and find
#    it again: does it need more momentum or less?
# 4. Back on the *ravine*, set *predict momentum's loss first* to *draw it*, and sketch the loss
#    curve you expect with $\beta$ = 0.9. How far off were you?

# %%
engine.explorers.MomentumExplorer(lr=0.03, beta=0.6, step=12)

# %% [markdown]
# (Momentum leaves the picture just below 0.13. The long ravine needs more of it: a $\beta$ of about
# 0.67 instead of 0.44.)
#
# ## Why: what happens to one weight
#
# The two weights of the ravine do not affect each other. So look at one weight alone, with the loss
# $\frac{1}{2}\lambda w^2$ and the gradient $\lambda w$. It starts at 1. Here are three runs, and a
# map of 40,000 more.

# %%
THREE = {"shrinks": (0.15, 0.2), "swings": (0.5, 0.8), "blows up": (2.7, 0.3)}


def draw_map_of_one_weight(axis):
    speed, beta = np.linspace(0.01, 4.2, 200), np.linspace(0, 0.99, 200)[:, None]
    start = np.ones((200, 200, 1))
    options = dict(steps=300, lr=speed[:, None], momentum=beta[:, :, None])
    w = engine.descend(engine.surfaces.parabola, start, **options).points[..., 0]
    kind = np.where(~(np.abs(w[-1]) <= 1), 2, (w < -1e-12).any(axis=0))
    shades = [engine.style.TINTS[name] for name in ("path", "momentum", "gradient")]
    axis.contourf(speed, beta[:, 0], kind, [-0.5, 0.5, 1.5, 2.5], colors=shades)
    for name, place in THREE.items():
        axis.plot(*place, "o", color=COLORS["loss"])
        axis.annotate(name, place, (7, -4), textcoords="offset points")
    axis.set(xlabel=r"$lr \cdot \lambda$", ylabel=r"momentum  $\beta$", ylim=(0, 1))
    axis.set_title("Where on the map?")


_, axes = plt.subplots(1, 4, figsize=(11, 3), layout="constrained")
for axis, (name, (lr, beta)) in zip(axes, THREE.items()):
    path = engine.descend(engine.surfaces.parabola, [1.0], steps=25, lr=lr, momentum=beta)
    axis.plot(path.points[:, 0], ".-", color=COLORS["momentum"])
    axis.set(title=f"It {name}", xlabel="step", ylabel="weight $w$")
draw_map_of_one_weight(axes[3])

# %% [markdown]
# *One weight under momentum: it shrinks on its side of 0 (blue on the map), it swings across 0
# (green), or it blows up (orange).*
#
# Besides $\beta$, only the product $lr \cdot \lambda$ counts. So the ravine is **two** points on
# this map, at the same height $\beta$: the flat direction at $lr \cdot \lambda_{min}$ on the left
# and the steep one at $lr \cdot \lambda_{max}$ on the right. Three facts explain the explorer's
# map:
#
# - **The limit.** A weight blows up when $lr \cdot \lambda > 2(1 + \beta)$. The steep direction
#   gets there first, so we need $lr < 2(1 + \beta)/\lambda_{max}$. That is $2/\lambda_{max}$
#   without momentum, and almost twice as much with $\beta$ close to 1.
# - **The swing.** With a $\beta$ of 0.4 or more, each step shrinks a swing to about $\sqrt{\beta}$
#   of its size, whatever $lr$ is, unless it is close to the limit. So a large $\beta$ is slow:
#   $\sqrt{0.99} = 0.995$.
# - **The best setting.** For a given $\beta$, a weight that swings like this approaches the minimum
#   faster than one that only shrinks, so both weights should swing. And a swing dies out faster
#   with a smaller $\beta$. So take the smallest $\beta$ with which both still swing.
#
# ## For the curious: the three facts, checked
#
# What fraction of the distance remains after a step, and where is the limit?

# %%
for lr, beta in ((0.03, 0.6), (0.03, 0.9), (0.1, 0.9), (1 / 9, 4 / 9)):
    points = engine.descend(ravine, steps=700, lr=lr, momentum=beta).points
    distance = np.linalg.norm(points, axis=1)
    left = (distance[600:].max() / distance[100:200].max()) ** (1 / 500)
    root = beta**0.5
    print(f"lr {lr:.2f}  beta {beta:.2f}  remains {left:.2f}  sqrt(beta) {root:.2f}")

for beta in (0, 0.5, 0.9):
    limit = 2 * (1 + beta) / 25
    rates = [[0.999 * limit], [1.001 * limit]]
    start = [[-2.5, 1.5], [-2.5, 1.5]]
    path = engine.descend(ravine, start, steps=20_000, lr=rates, momentum=beta)
    below, above = path.losses[-1] < 1e-6
    print(f"beta {beta:<4} limit {limit:.2f}  converges below: {below}, above: {above}")

# %% [markdown]
# In the first row the weight along the ravine does not swing, it only shrinks. So each step leaves
# 0.91 of the distance; a swing would leave $\sqrt{\beta}$ = 0.77. In the next two rows both weights
# swing, and a learning rate three times as large changes nothing. The last row is the best setting:
# each step leaves 0.67 of the distance. Without momentum the best was 0.92. In general, the best
# factor is $(\kappa - 1)/(\kappa + 1)$ without momentum and $(\sqrt\kappa - 1)/(\sqrt\kappa + 1)$
# with it, where $\kappa = \lambda_{max}/\lambda_{min}$. So momentum makes a ravine with $\kappa$ =
# 10,000 about as easy as one with 100 is without it.
#
# <details><summary>For the curious: the algebra (quadratic equations, complex numbers)</summary>
#
# Write $w_t$ for the weight after $t$ steps. The rule reads
# $w_{t+1} = (1 + \beta - lr\,\lambda)\, w_t - \beta\, w_{t-1}$. Try $w_t = r^t$. That is a
# solution if
#
# $$r^2 - (1 + \beta - lr\,\lambda)\, r + \beta = 0 .$$
#
# The equation has two roots $r$, and every run is a mix of the two powers. In the long run, each
# step multiplies the distance by the larger $|r|$.
#
# - *Shrinks*: both roots are real and positive, when $lr\,\lambda \le (1 - \sqrt\beta)^2$.
# - *Swings*: the roots are complex, $a \pm b\,i$. Then they have the same absolute value. Their
#   product is $\beta$, so this absolute value is $\sqrt\beta$. (Goh's article, below, prints
#   $2\sqrt\beta$ at this place; the 2 is a slip.) Beyond $lr\,\lambda = (1 + \sqrt\beta)^2$ the
#   roots are real and negative: $w$ changes sides at every step, and the larger $|r|$ grows from
#   $\sqrt\beta$ to 1.
# - *Blows up*: the larger $|r|$ is above 1. It is exactly 1 when $r = -1$ is a root: $1 + (1 +
#   \beta - lr\,\lambda) + \beta = 0$, so $lr\,\lambda = 2(1 + \beta)$.
# - *The best*: $\beta$ is smallest where both weights are at an edge of the swing,
#   $lr\,\lambda_{min} = (1 - \sqrt\beta)^2$ and $lr\,\lambda_{max} = (1 + \sqrt\beta)^2$. Take the
#   square roots of both equations. Their sum gives $lr_{best}$, and their quotient $\beta_{best}$:
#
# $$lr_{best} = \left(\frac{2}{\sqrt{\lambda_{min}} + \sqrt{\lambda_{max}}}\right)^2, \qquad \sqrt{\beta_{best}} = \frac{\sqrt\kappa - 1}{\sqrt\kappa + 1} .$$
#
# On the ravine that is $lr = (2/6)^2 = 1/9$ and $\beta = (4/6)^2 = 4/9$.
# </details>
#
# ## "Momentum often helps": a real network
#
# > *In DNNs there are many "valleys" where SGD can get stuck, and momentum helps it to "keep
# going".*
#
# Take the small network of notebook 06, with 2,000 digits and two epochs. We try three learning
# rates, without and with momentum, with five seeds each. On an even slope, momentum makes steps
# $1/(1-\beta)$ times as long. **So will `lr` 0.2 with $\beta$ = 0.9 do the same as plain `lr` 2?**

# %%
digits = engine.load_mnist()
images, labels = digits.train_images[:2000], digits.train_labels[:2000]
validation = digits.train_images[-500:], digits.train_labels[-500:]


def train(lr, beta, seed=0, num_epoch=2, count=2000, batch_size=50):
    rng = np.random.default_rng(seed)
    hidden, scores = engine.Dense(784, 32, "relu", rng=rng), engine.Dense(32, 10, rng=rng)
    model = engine.Sequential(hidden, scores)
    data = images[:count], labels[:count]
    loader = engine.DataLoader(*data, batch_size, shuffle=True, rng=rng)
    optimizer = engine.optim.SGD(model.parameters(), lr=lr, momentum=beta)
    run = model, loader, engine.cross_entropy, optimizer
    return model, engine.fit(*run, num_epoch, validation, progress=False)


def mostly_dead(model):
    kernel, bias = list(model.parameters())[:2]
    hidden = np.maximum(images @ kernel.data + bias.data, 0)
    return np.mean(hidden.max(axis=0) == 0) > 0.5


# %%
for lr in (0.02, 0.2, 2):
    for beta in (0, 0.9):
        runs = [train(lr, beta, seed) for seed in range(5)]
        loss = np.median([history.validation_loss[-1] for _, history in runs])
        dead = sum(mostly_dead(model) for model, _ in runs)
        print(
            f"lr {lr:<5g} beta {beta:<4g} lr / (1 - beta) {lr / (1 - beta):<6.2g}"
            f"median loss {loss:.1f}   most units dead: {dead} runs of 5"
        )

# %% [markdown]
# **Momentum acts like a bigger learning rate.** `lr` 0.02 is too small for so short a run, but with
# $\beta$ = 0.9 it does as well as `lr` 0.2 does without. So when you add momentum, **tune the
# learning rate again**. (In this table, momentum has no advantage over a well-chosen plain `lr`.)
#
# **But it is more than that.** With plain `lr` 2 most units are dead, and the loss is about that of
# guessing, 2.3. With `lr` 0.2 and $\beta$ = 0.9 the network learns, though $lr/(1-\beta)$ is 2 as
# well. On an even slope both become equally fast. But in steep directions gradients change sign,
# and momentum's steps hardly add up. There `lr` itself counts, and it is only 0.2. Momentum has
# also raised the limit there.
#
# So momentum can do what no single learning rate can: be fast along a ravine without being too big
# across it. Here it pays, in a run without noise: 500 digits in a single batch, for 100 steps.

# %%
for beta, lr in ((0, 0.3), (0, 1), (0.9, 0.1), (0.9, 0.3)):
    _, history = train(lr, beta, num_epoch=100, count=500, batch_size=500)
    print(f"beta {beta:<4g} lr {lr:<4g} training loss {history.step_losses[-1]:.3f}")

# %% [markdown]
# Without momentum, 1 is about the best `lr`: at 1.2, most runs go wrong. Momentum with `lr` 0.3
# reaches a loss about 20 times smaller.
#
# ## Where gradient descent gets stuck: a plateau
#
# Gradient descent looks stuck near a **saddle**, which is like a mountain pass. If you move only
# along $w_0$, the pass is the lowest point. If you move only along $w_1$, it is the top of a hill.
# The gradient is 0 at the pass, and small near it. We start 0.0001 beside the line that leads
# straight to the pass.

# %%
saddle = engine.surfaces.saddle


def draw_saddle(start=(-1.8, 0.0001)):
    _, (left, right) = plt.subplots(1, 2, figsize=(11, 3.6), layout="constrained")
    draw_landscape(left, saddle, (-2, 1), (-1.4, 1.4))
    for beta, name, look in ((0, "path", "o-"), (0.8, "momentum", "s--")):
        path = engine.descend(saddle, start, steps=130, lr=0.1, momentum=beta)
        color = COLORS[name]
        left.plot(*path.points.T, look, color=color, markersize=4, linewidth=1)
        right.plot(path.losses, look[1:], color=color, label=f"β = {beta:g}")
        stays = np.flatnonzero(path.losses >= 0.01)[-1] + 1
        print(f"beta {beta:<4g} loss stays below 0.01 from step {stays}")
    engine.style.star(left, [0, 0], [-1, 1], 15, markeredgewidth=1)
    left.set(ylabel="weight $w_1$", title="Over the saddle, into a minimum")
    right.set(xlabel="step", ylabel=r"loss $\ell$", title="The loss", ylim=(0, 0.6))
    right.legend()


draw_saddle()
for beta in (0, 0.8):
    path = engine.descend(saddle, [-1.8, 0.0], steps=3000, lr=0.1, momentum=beta)
    end = path.losses[-1]
    print(f"beta {beta:<4g} started exactly on the line: loss after 3000 steps {end:.2f}")

# %% [markdown]
# The loss stops falling, as if training were over: a **plateau**. But the path is only near the
# pass. The tiny gradients there all point the same way, so momentum adds them up and leaves in less
# than half the time. A run that starts exactly on the line never leaves it: the gradient across it
# is exactly 0. But a push of 0.0001 was enough, and in SGD the batches differ, so there is almost
# always a push.
#
# So a flat loss curve does not prove that you are at a minimum.
#
# ## Local minimum
#
# A descent can also end in a **local minimum**: nowhere nearby is lower, but somewhere else is. The
# slide says: *SGD is not infallible. Momentum typically helps in these cases, but is also not
# infallible. Good news: local minimums in DNNs are not that bad.*
#
# The curve below has a local minimum at 2 and its **global minimum**, the lowest place of all, at
# −2. Between them is a hilltop at 0.5. One ball starts at 2.9, high above the local minimum,
# another at −3.1, high above the global one.

# %%
curve = engine.surfaces.lecture_curve
for beta in (0, 0.5, 0.7, 0.8, 0.85, 0.9):
    path = engine.descend(curve, [[2.9], [-3.1]], steps=500, lr=0.14, momentum=beta)
    one, other = path.losses[-1]
    print(f"beta {beta:<5g} final loss from 2.9: {one:.1f}   from -3.1: {other:.1f}")

# %% [markdown]
# The loss is 0.0 in the global minimum and 3.2 in the local one. **SGD is not infallible**, and
# neither is gradient descent, which runs here: without momentum, the ball stays in the valley it
# started in. **Momentum helps**: with enough of it, the first ball rolls over the hill. **And it is
# not infallible**: the same $\beta$ = 0.8 that rescues the first ball carries the second one out of
# the global minimum. The ball cannot know what lies beyond the hill.
#
# The explorer adds a map of all starts and all $\beta$. Its colors say in which minimum the ball
# comes to rest.
#
# 1. Set $\beta$ to 0 and drag the start. What decides where the ball comes to rest?
# 2. Start at 2.9 again and find the smallest $\beta$ that carries the ball over the hill. Then
#    start at −3.1 and raise $\beta$ from 0 to 0.95. Does more momentum always lead to a lower loss?
# 3. Back at 2.9, set `lr` to 0.02. How much momentum does it take now? How has the map changed?

# %%
engine.explorers.LocalMinimumExplorer(beta=0.8, step=100)

# %% [markdown]
# ### Telling a local minimum from a global one: several starts
#
# Nobody can see the landscape of a network, and from inside a valley a local minimum looks like a
# global one. So **train from several starts, and compare the losses.** If one run ends clearly
# lower, the others are in worse places (or have not finished). Keep the best.

# %%
starts = np.arange(-3.0, 4.0)
print("start         ", *(f"{w:5.0f}" for w in starts))
for beta in (0, 0.9):
    path = engine.descend(curve, starts[:, None], steps=500, lr=0.14, momentum=beta)
    print(f"loss, beta {beta:<4g}", *(f"{loss:5.1f}" for loss in path.losses[-1]))

networks = [train(0.2, 0, seed, num_epoch=6) for seed in range(4)]
losses = [history.validation_loss[-1] for _, history in networks]
print("four networks, validation loss:", *(f"{loss:.1f}" for loss in losses))

# %% [markdown]
# On the curve, three of seven starts end badly without momentum, and three with it, though not the
# same three. Comparing the losses shows which. (From −3.1, a $\beta$ of 0.9 ended well: for a ball
# this fast, a small change of the start can decide.) The four networks all do about equally well.
#
# ### "Local minimums in DNNs are not that bad"
#
# Are the four networks in the same valley? Walk along the **straight line** from the weights $a$ of
# one to the weights $b$ of another, $(1 - s)\,a + s\,b$, and look at the loss of the training
# digits.
#
# Then walk from a network to its own **twin**. Swap hidden units, along with all their weights: the
# list of weights is different, but the function is the same. With 32 hidden units there are
# $32! \approx 2.6 \cdot 10^{35}$ ways to order them.

# %%
model = networks[0][0]
first, second = ([p.data.copy() for p in other.parameters()] for other, _ in networks[:2])
order = np.random.default_rng(0).permutation(32)
kernel, bias, out, out_bias = first
twin = [kernel[:, order], bias[order], out[order], out_bias]


def loss_on_the_line(a, b, s):
    for p, start, end in zip(model.parameters(), a, b):
        p.data[:] = (1 - s) * start + s * end
    return engine.evaluate(model, images, labels, engine.cross_entropy)[0]


for name, end in (("to another network", second), ("to its own twin", twin)):
    losses = [loss_on_the_line(first, end, s) for s in (0, 0.25, 0.5, 0.75, 1)]
    print(f"{name:<19} loss:", *(f"{loss:.1f}" for loss in losses))

# %% [markdown]
# There is a hill between the two networks. But the hill between a network and its twin is just as
# high, although both compute the same function. So a hill does not mean that what lies behind it is
# worse. And there are ways around it: good networks have been found to be connected by simple
# curves along which the loss stays low (Garipov et al., below).
#
# <details><summary>For the curious: what a minimum of a network looks like</summary>
#
# These walks are evidence that local minima are not that bad, not a proof. After six epochs a
# network is rarely at rest, so these four places need not be minima at all. For large networks,
# experiments and theory (with simplifying assumptions) agree: minima that are much worse than the
# others are rare, and most places where the gradient is 0 are saddles. For small networks that is
# less true.
#
# With ReLU, a solution is not even a single point. Take a hidden unit. Double its bias and the
# weights that lead into it, and halve those that lead out of it. ReLU passes the factor on, so the
# function is the same. So each solution lies on a whole surface of equal loss. "No place nearby is
# lower" is all we can ask of a local minimum.
#
# Cross-entropy may have no global minimum at all. Once a network gets all training digits right,
# multiplying its last layer by a larger and larger number makes it ever surer: the loss gets closer
# and closer to 0 and never reaches it.
# </details>
#
# ## Do it
#
# Write one step of momentum in the lecture's form, then the whole descent.

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
# The challenge of notebook 06 again, now with momentum: from (−2.5, 1.5), reach **a loss below 1e-6
# in the fewest steps**, with one `lr` and one `beta` for the whole run. A ball swings, so we count
# the steps until the loss **stays** below. The best without momentum was 95.
#
# - *Bronze*: below 60. *Silver*: 31 or fewer, which is what the best setting according to theory
#   needs. *Gold*: 25 or fewer.

# %%
def score(lr, beta, most=1000):
    losses = engine.descend(ravine, [-2.5, 1.5], steps=most, lr=lr, momentum=beta).losses
    # "not below", because a run that diverged ends in nan
    last_above = np.flatnonzero(~(losses < 1e-6))[-1]
    return int(last_above) + 1 if last_above < most else f"none in {most} steps"


my_lr, my_beta = 0.03, 0.5  # <- change these
print("score:", score(my_lr, my_beta))

# %% [markdown]
# <details><summary>What is possible, and why</summary>
#
# `score(1 / 9, 4 / 9)`, the best setting according to theory, gives 31. A slightly larger $\beta$
# is better: `score(0.1, 0.48)` gives 25, and `score(0.109, 0.465)` gives 23, the fewest we found.
# Theory asks what a step leaves *in the long run*. At its best setting the two roots of the algebra
# above are equal, and then the distance goes like $t \cdot r^t$: the factor $t$ costs a few steps.
# Right beside that setting the roots differ, and the factor is gone.
# </details>
#
# ## For the curious: where torch differs
#
# PyTorch's `SGD` remembers gradients instead of steps: $\;\text{buffer} \leftarrow \beta \cdot
# \text{buffer} + \nabla \ell$, $\;W \leftarrow W - lr \cdot \text{buffer}$. While $lr$ is constant,
# the velocity is $-lr \cdot$ buffer, and both rules walk the same path. When $lr$ changes during
# training, the paths part. In torch the new $lr$ scales the whole memory at once. In the lecture's
# rule (and in Keras) it scales only what is added from then on.

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


constant = [0.03] * 20
dropped = [0.03] * 10 + [0.003] * 10  # a tenth, from step 11 on
for name, rates in (("constant", constant), ("dropped", dropped)):
    ours, theirs = lecture_rule(rates), torch_rule(rates)
    print(f"lr {name:<9} lecture {ours.round(2)}   torch {theirs.round(2)}")

# %% [markdown]
# Neither is wrong, and the engine follows the lecture. Remember this difference if you move a
# training run with a schedule from Keras to torch, or back, and the losses do not match.
#
# ## What you have seen
#
# - **Momentum**: each step repeats a fraction $\beta$ of the last one. Where gradients agree, steps
#   grow to about $1/(1-\beta)$ times the length. Where gradients change sign, they mostly cancel.
# - **Convergence** with momentum: on a parabola or a ravine, from every start, when $0 < lr <
#   2(1+\beta)/\lambda_{max}$.
# - **Stochastic Gradient Descent (SGD)** with momentum is `optim.SGD(..., momentum=0.9)`. Tune `lr`
#   again when you add it.
# - **Saddle**: gradient 0, uphill in one direction and downhill in another. Near it the loss shows
#   a **plateau**.
# - **Global minimum**: nowhere is the loss lower. **Local minimum**: nowhere *nearby* is it lower.
#   Momentum can carry a descent out of either. To tell them apart, train from several starts.

# %%
engine.exercises.momentum.questions

# %% [markdown]
# ## To read on
#
# - Polyak, *Some methods of speeding up the convergence of iteration methods* (USSR Computational
#   Mathematics and Mathematical Physics, 1964): the heavy ball.
# - Goh, *Why Momentum Really Works* (Distill, 2017): the same theory, with pictures to drag.
# - Sutskever, Martens, Dahl, Hinton, *On the importance of initialization and momentum in deep
#   learning* (ICML 2013): momentum on deep networks, and Nesterov's variant (`nesterov=True` in the
#   engine).
# - Dauphin et al., *Identifying and attacking the saddle point problem in high-dimensional
#   non-convex optimization* (NIPS 2014), and Choromanska et al., *The Loss Surfaces of Multilayer
#   Networks* (AISTATS 2015): saddles, and why bad local minima are rare.
# - Garipov et al., *Loss Surfaces, Mode Connectivity, and Fast Ensembling of DNNs* (NeurIPS 2018).
#
# So far there is one $\beta$ and one learning rate for all weights. Could each weight have its own?
#
# ← [06 Learning rate](06_learning_rate.ipynb) · [08 Optimizers](08_optimizers.ipynb) →
