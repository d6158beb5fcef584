# %% [markdown]
# # Optimizers
#
# SGD with momentum, RMSprop, Adagrad, Adam, AdamW: five names on one slide. You see the few ideas
# behind them, write two of them yourself, and find out what they are worth.
#
# **40 minutes**, without the part for the curious and the challenge. You need: the learning
# rate, from [06](06_learning_rate.ipynb), and momentum, from [07](07_momentum.ipynb).
#
# ← [07 Momentum](07_momentum.ipynb) · [09 Backpropagation](09_backpropagation.ipynb) →

# %%
import matplotlib.pyplot as plt
import numpy as np

import lecture3_engine as engine

engine.style.use()

# %% [markdown]
# ## Predict
#
# Two weights of one network. The loss is steep along one of them and flat along the other. Choose
# before you read on.

# %%
engine.exercises.optimizers.prediction

# %% [markdown]
# ## The idea
#
# The lecture speaks of *many variants and extensions of SGD incorporating many tricks*. All of them
# do the same job: an **optimizer** takes the gradient $g = \nabla \ell(X, W)$ and turns it into a
# step. The optimizers on the slide remember at most two things from earlier steps:
#
# 1. **Where have we been going?** A running sum or mean of the gradients. That is *momentum*, from
#    the last notebook.
# 2. **How large are the gradients of this weight?** A sum or mean of $g^2$, for each weight
#    separately. Divide the gradient by the square root of that sum or mean. Then a weight with
#    large gradients takes steps about as long as those of a weight with small gradients. In effect,
#    **each weight has its own learning rate**.
#
# | | remembers | step |
# |---|---|---|
# | SGD | nothing | $W \leftarrow W - lr \cdot g$ |
# | SGD with momentum | $\text{velocity} \leftarrow \beta \cdot \text{velocity} - lr \cdot g$ | $W \leftarrow W + \text{velocity}$ |
# | Adagrad | the **sum** $s \leftarrow s + g^2$ | $W \leftarrow W - lr \cdot g \,/\, (\sqrt{s} + \text{eps})$ |
# | RMSprop | the **running mean** $s \leftarrow \alpha s + (1 - \alpha)\, g^2$ | $W \leftarrow W - lr \cdot g \,/\, (\sqrt{s} + \text{eps})$ |
# | Adam | two running means, $m$ of $g$ and $v$ of $g^2$ | $W \leftarrow W - lr \cdot \hat m \,/\, (\sqrt{\hat v} + \text{eps})$ |
# | AdamW | the same | the same, and all weights shrink a little |
#
# In the engine they are `optim.SGD`, `optim.Adagrad` and so on. Squares, roots and quotients are
# taken entry by entry. The tiny number eps prevents a division by 0. RMSprop's $\alpha$ (in code
# `alpha`) is the fraction of the old mean that it keeps, 0.99 by default. (The root of a mean of
# squares is a *root mean square*, RMS.)
#
# **Adam** is momentum and RMSprop together (*adaptive moment estimation*):
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2$$
#
# $$\hat m = \frac{m}{1 - \beta_1^t}, \qquad \hat v = \frac{v}{1 - \beta_2^t}, \qquad W \leftarrow W - lr \cdot \frac{\hat m}{\sqrt{\hat v} + \text{eps}}$$
#
# Here $t$ is the number of the step. Usually $\beta_1 = 0.9$ and $\beta_2 = 0.999$. You will see
# below what the hats are for.
#
# ## The idea in code
#
# Here is Adagrad, checked against the engine's version. RMSprop differs in one line, which you
# write under *Do it*.

# %%
ravine = engine.surfaces.ravine
w, s = np.array([-2.5, 1.5]), np.zeros(2)
for step in range(60):
    g = ravine.gradient(w)
    s = s + g**2
    w = w - 0.5 * g / (np.sqrt(s) + 1e-10)

path = engine.descend(ravine, [-2.5, 1.5], engine.optim.Adagrad, steps=60, lr=0.5)
print(f"loss after 60 steps: {ravine.loss(w):.1e}, the engine's: {path.losses[-1]:.1e}")

# %% [markdown]
# Now for the question at the beginning: how far does the first step move two weights with gradients
# of 1,000 and 0.001?

# %%
for name in ("SGD", "Adagrad", "RMSprop", "Adam"):
    w = engine.Parameter(np.zeros(2))
    w.grad = np.array([1000.0, 0.001])
    getattr(engine.optim, name)([w], lr=0.01).step()
    steep, flat = w.data
    print(f"{name:<8} first step:  steep weight {steep:8.2g}   flat weight {flat:8.2g}")

# %%
engine.exercises.optimizers.prediction.answer()

# %% [markdown]
# The division cancels the size of the gradient. If you multiply the loss by 1,000, hardly anything
# changes. With SGD, every step would become 1,000 times as long.
#
# But why does RMSprop step ten times as far as Adagrad and Adam?
#
# ## The first steps, and the later ones
#
# Let the gradient be 1 in every step. How long are the steps, as a multiple of `lr`? Adam has two
# columns: with the hats, and without them.

# %%
def steps_with(optimizer, count=1000):
    w, places = engine.Parameter(np.zeros(1)), [0.0]
    stepper = optimizer([w], lr=1.0)
    for _ in range(count):
        w.grad = np.ones(1)
        stepper.step()
        places.append(w.data[0])
    return -np.diff(places)


t = np.arange(1, 1001)
m, v = 1 - 0.9**t, 1 - 0.999**t  # running means of ones that begin at 0
names = ("Adagrad", "RMSprop", "Adam")
columns = {name: steps_with(getattr(engine.optim, name)) for name in names}
columns["Adam, uncorrected"] = m / np.sqrt(v)
print("step  ", *columns, sep="   ")
for k in (1, 2, 10, 100, 1000):
    numbers = [f"{steps[k - 1]:{len(name)}.2f}" for name, steps in columns.items()]
    print(f"{k:6d}", *numbers, sep="   ")

# %% [markdown]
# - **Adagrad**: after $t$ steps the sum is $t$, so a step is $lr/\sqrt{t}$ long. As long as
#   gradients keep coming, steps shrink, and they may become too short before the weight arrives.
#   But a weight whose gradient is almost always 0 still takes long steps on the few occasions when
#   its gradient is not 0. (Adagrad was invented for such weights, those for a rare word, say.)
# - **RMSprop** forgets old squares, so its steps do not vanish. But its running mean starts at 0
#   and takes time to fill. With $\alpha$ at 0.99, it holds only 1% of the first square after one
#   step. The root of that is a tenth of the gradient, so the step is ten times as long as it should
#   be.
# - **Adam** repairs this. Its two means start at 0 as well, and $v$ fills a hundred times more
#   slowly than $m$. After $t$ gradients of 1, $m$ is $1 - \beta_1^t$ and $v$ is $1 - \beta_2^t$. So
#   Adam divides by these, and both means are right from the first step on. This is called **bias
#   correction**. Without it, steps would be up to 6.6 times as long as they should be, and more
#   than twice as long for the first 287 steps.
#
# Does that matter? We trained the network below with an Adam that has no bias correction, on three
# seeds. At `lr` 0.003 the missing correction did no harm. At 0.03 the validation loss ended between
# 1.1 and 1.9 instead of about 0.4.
#
# ## How long is a step of Adam?
#
# With a constant gradient every step of Adam is `lr` long. But in training, gradients change. Take
# 2,000 digits and the small network of the last two notebooks, with Adam and `lr` 0.01. **After 80
# steps, how far does a typical weight move in a step: by 0.01, more, or less?**

# %%
digits = engine.load_mnist()
images, labels = digits.train_images[:2000], digits.train_labels[:2000]
validation = digits.train_images[-500:], digits.train_labels[-500:]


def new_run(optimizer, lr, seed=0, count=2000, batch_size=50, **settings):
    rng = np.random.default_rng(seed)
    hidden, scores = engine.Dense(784, 32, "relu", rng=rng), engine.Dense(32, 10, rng=rng)
    model = engine.Sequential(hidden, scores)
    data = images[:count], labels[:count]
    loader = engine.DataLoader(*data, batch_size, shuffle=True, rng=rng)
    return model, loader, optimizer(model.parameters(), lr=lr, **settings)


def train(*run, num_epoch=2, **settings):
    model, loader, optimizer = new_run(*run, **settings)
    engine.fit(model, loader, engine.cross_entropy, optimizer, num_epoch, progress=False)
    return model


def loss_on(data, model):
    return engine.evaluate(model, *data, engine.cross_entropy)[0]


# %%
def lengths_of_steps(lr=0.01, seed=0, num_epoch=2):
    model, loader, optimizer = new_run(engine.optim.Adam, lr, seed)
    found = []
    for epoch in range(num_epoch):
        for inputs, targets in loader:
            before = [p.data.copy() for p in model.parameters()]
            engine.train_step(model, inputs, targets, engine.cross_entropy, optimizer)
            moves = [p.data - old for p, old in zip(model.parameters(), before)]
            step = np.abs(np.concatenate([move.ravel() for move in moves])) / lr
            found.append(step[step > 0])  # some pixels are always black
    return found


lengths, color = lengths_of_steps(), engine.style.OPTIMIZER_COLORS["Adam"]
_, axes = plt.subplots(1, 3, figsize=(11, 3), sharex=True, layout="constrained")
for axis, t in zip(axes, (1, 10, 80)):
    step = lengths[t - 1]
    axis.hist(step, bins=np.linspace(0, 1.1, 34), color=color)
    axis.set(title=f"Step {t}", xlabel="|step of a weight| / lr", yticks=[])
    print(f"step {t:2d}: the typical (median) weight moves by {np.median(step):.1f} lr")
_ = axes[0].set_ylabel("how many weights")

# %% [markdown]
# The first step is `lr` long for every weight that moves. After that most steps are shorter, and
# soon much shorter: in $m$, gradients of different signs cancel, but in $v$ they do not, because
# they are squared. So the length of a step says **how well the recent gradients agree**. Where they
# all point the same way, Adam takes nearly the full `lr`. Where they are mostly noise, it takes
# small steps. (The tall bar at step 10 is mostly weights of units that have been *dead* since one
# of the first steps. Such a unit gives 0 for every digit, so its weights get no new gradients. Adam
# still moves them by what it remembers of the last ones.)
#
# So read Adam's `lr` as *the length that a step of a weight rarely exceeds*. (When large gradients
# come after a long calm, a step can be up to about 7 times as long.) This length does not depend on
# how large the loss is, so people try the same few values on many networks.
#
# ## Drag it: the race
#
# Six optimizers, of which three are ticked, start from the same point. The list ranks them by loss.
# Press a row to tick one or to take it out of the race. Learning rates are under *more settings*.
#
# 1. Set *step* to 0 and press Play. Which path starts out diagonally, and which ones go straight
#    down the steep wall? Go back to step 1. Under *more settings*, set *look inside an optimizer*
#    to *SGD*, then to *Adam*: compare the two numbers of *gradient* with those of *step*.
# 2. Look inside *Adagrad* and go forward step by step. Which row never shrinks, and what does that
#    do to the step?
# 3. Set *look inside an optimizer* to *none*, go to step 60, and tick *RMSprop* and *Adagrad*. Who
#    wins, and by how much?
# 4. Choose *Rosenbrock*, a bent valley, and drag the start to about (−1.2, 1). Who leads now? Then
#    find a learning rate with which *SGD with momentum* leads.

# %%
engine.explorers.OptimizerRaceExplorer()

# %% [markdown]
# Adam starts out diagonally: its first step moves both weights by 0.3, although their gradients are
# −4 and 50. Adagrad's sum never shrinks, so the same gradient makes ever shorter steps. (On the
# ravine, RMSprop and Adagrad win: at step 60 their losses are more than a million times smaller
# than the others'. In the bent valley, Adam leads at step 60 (AdamW, if you tick it). With an `lr`
# of about 0.002, momentum does.)
#
# ## Turn the ravine
#
# Does dividing each gradient by its own size make every ravine easy? The ravine in the race runs
# exactly along an axis: the loss is steep along one weight and flat along the other. Let us turn
# it, by up to 45°. **Which optimizers will notice?**
#
# We take the long ravine (curvatures 1 and 100) and count the steps until the loss **stays** below
# 0.001, up to step 500. Each optimizer tries 19 learning rates, each from 11 starts. For each rate,
# we take the median of the 11 step counts. An optimizer's score is the smallest of its 19 medians.
# The score depends on which 19 rates we try, so we use four different sets of them, and show the
# best and the worst of the four scores.

# %%
rates = 10.0 ** np.arange(-3.5, 1.2, 1 / 16)  # every fourth is one set
nearby = 0.3 * np.random.default_rng(0).normal(size=(11, 1, 2))
optim = engine.optim
racers = {"SGD": (optim.SGD, {}), "SGD with momentum": (optim.SGD, {"momentum": 0.9})}
racers |= {name: (getattr(optim, name), {}) for name in ("RMSprop", "Adagrad", "Adam")}


def turn(points, degrees):  # about the minimum at 0
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return points @ np.array([[c, s], [-s, c]])


def fewest_steps(name, surface, degrees=0, most=500):
    def gradient(w):  # turn back, take the gradient, turn it again
        return turn(surface.gradient(turn(w, -degrees)), degrees)

    optimizer, settings = racers[name]
    settings = settings | dict(steps=most, gradient=gradient, lr=rates[:, None])
    starts = turn(surface.start + nearby, degrees)
    path = engine.descend(surface, starts, optimizer, **settings)
    far = ~(surface.loss(turn(path.points, -degrees)) < 0.001)  # nan is far as well
    steps = np.median(most + 1 - far[::-1].argmax(axis=0), axis=0)
    return sorted(int(steps[i::4].min()) for i in range(4))


# %%
long_ravine = engine.surfaces.quadratic((1, 100))


def look_of(name):
    i = list(racers).index(name)
    line, color = engine.style.LINE_STYLES[i], engine.style.OPTIMIZER_COLORS[name]
    return dict(linestyle=line, marker="os^Dv"[i], color=color, label=name)


def draw_turned_ravines(angles=(0, 2, 5, 10, 15, 30, 45)):
    _, axis = plt.subplots(figsize=(9, 3.8), layout="constrained")
    for name in racers:
        found = np.array([fewest_steps(name, long_ravine, angle) for angle in angles])
        look = look_of(name)
        axis.plot(angles, found[:, 0], **look)
        axis.fill_between(angles, *found[:, [0, 3]].T, color=look["color"], alpha=0.2)
    axis.set(xlabel="the ravine is turned by (degrees)", ylabel="steps", yscale="log")
    axis.set_title("Steps until the loss stays below 0.001")
    axis.set_yticks([5, 10, 50, 100, 500], [5, 10, 50, 100, 500])
    axis.legend(loc="lower right", ncols=2)


draw_turned_ravines()

# %% [markdown]
# *Lines: the result of the best set of learning rates. Bands: up to that of the worst set.*
#
# SGD and momentum do not notice the turn at all: their steps turn along with the landscape. But
# Adagrad now needs about 300 steps instead of 4, and RMSprop more than 450 instead of about 12. At
# 45° both weights have gradients of about the same size: there is nothing to even out. Adam hardly
# notices, thanks to its momentum. (Without it, at $\beta_1 = 0$, Adam needs about 25 steps on the
# straight ravine, but 350 or more on the turned one.) In a real network, nothing makes the ravines
# run along the axes, so do not expect Adagrad to need only 4 steps there.
#
# We run the same test on two more landscapes: the *bowl*, whose curvature is the same in all
# directions, and *Rosenbrock*, the bent valley.

# %%
def in_words(few):  # above 200, the last digit depends on the processor
    best, worst = (round(n, -1) if n > 200 else n for n in (few[0], few[3]))
    return f"{best}-{worst}" if few[3] <= 500 else "more than 500"


bowl, valley = engine.surfaces.quadratic((1, 1)), engine.surfaces.rosenbrock
tests = {"bowl": (bowl, 0), "long ravine": (long_ravine, 0)}
tests |= {"turned by 45°": (long_ravine, 45), "bent valley": (valley, 0)}
print(f"{'':<20}", *(f"{test:<14}" for test in list(tests)[:3]), "bent valley")
for name in racers:
    words = [in_words(fewest_steps(name, *test)) for test in tests.values()]
    print(f"{name:<20}", *(f"{word:<14}" for word in words[:3]), words[3])

# %% [markdown]
# **Nobody wins everywhere.** On the bowl SGD is hard to beat: with the best `lr` it arrives in a
# single step. Adagrad wins on the ravine, but not on the turned one. Only momentum and Adam reach
# the goal everywhere within 500 steps, whichever set of learning rates they get. That is what you
# want from a default.
#
# ## On the digits: the optimizer, or the learning rate?
#
# Now the network: two epochs, two seeds, and five learning rates for each optimizer, about a
# factor of three apart. (AdamW with its default decay gives almost the same numbers as Adam.)
# **What changes the loss more, another optimizer or another learning rate?**

# %%
middle = dict(zip(racers, (0.3, 0.03, 0.003, 0.03, 0.01)))
factors = 10.0 ** np.array([-1, -0.5, 0, 0.5, 1])
losses = {}
for name, (optimizer, settings) in racers.items():
    models = [
        [train(optimizer, middle[name] * f, seed, **settings) for seed in (0, 1)]
        for f in factors
    ]
    losses[name] = [np.mean([loss_on(validation, m) for m in row]) for row in models]

print(f"{'validation loss with':<20}   lr / 10   lr / 3    lr        3 lr      10 lr")
for name, row in losses.items():
    words = "       ".join(f"{loss:.1f}" for loss in row)
    print(f"{name:<18} lr {middle[name]:<7g} {words}")

# %%
def draw_losses():
    _, axis = plt.subplots(figsize=(9, 4), layout="constrained")
    for name in racers:
        axis.plot(middle[name] * factors, losses[name], **look_of(name))
    axis.axhline(np.log(10), color=engine.style.COLORS["quiet"], linewidth=1)
    axis.text(0.0003, np.log(10) + 0.04, "guessing", color=engine.style.MUTED)
    axis.set(xscale="log", xlabel="learning rate  lr", ylabel=r"validation loss $\ell$")
    axis.set(ylim=(0, 2.6), title="Two epochs on 2,000 digits, mean of two seeds")
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))


draw_losses()

# %% [markdown]
# At its own best learning rate, the lowest point of its line, each optimizer ends between about 0.3
# and 0.4. With a learning rate ten times too small or too big, each ends higher by about 0.4 or
# more. So if you miss by a factor of ten, **the learning rate matters more than the optimizer**.
#
# If you miss by a factor of three, it depends. It costs SGD 0.2 on one side and 0.7 on the other,
# but Adam and RMSprop at most about 0.1, and Adagrad a little more. That is what dividing by the
# size of the gradients gives you here: not a much lower loss, but a wider choice of learning rates.
#
# The lecture's takeaways say: *SGD is very sensitive to the learning rate*, and *choose an
# optimizer with momentum and some trick for adjusting the learning rate (e.g. Adam)*, with *a big
# learning rate to start with (e.g. 0.01 with Adam)*. On this network all three are good advice,
# though RMSprop and Adagrad do as well without momentum. (One small network cannot rank optimizers.
# For large networks 0.01 is often too big; 0.001, the default, and less are common.)
#
# ## Weight decay: the W in AdamW
#
# **Weight decay** shrinks all weights a little toward 0 at each step, in one of two ways. *L2
# regularization* adds $\frac{1}{2}\,\text{decay} \cdot W^2$ to the loss, and so
# $\text{decay} \cdot W$ to the gradient. For plain SGD this **is** shrinking, by the factor
# $1 - lr \cdot \text{decay}$. But Adam divides the gradient by $\sqrt{\hat v}$, and the decay with
# it. **AdamW** keeps the decay out of the gradient (*decoupled* weight decay) and shrinks the
# weights directly:
#
# $$W \leftarrow W - lr \cdot \text{decay} \cdot W, \qquad \text{then a step of Adam.}$$
#
# Take two weights, both 1. One has a gradient that jumps between 100 and −100, the other between
# 0.1 and −0.1, so the gradients alone move neither of them, on average. Only weight decay should
# shrink them, both equally. How much of each is left after 1,000 steps?

# %%
kinds = {"Adam with L2": engine.optim.Adam, "AdamW": engine.optim.AdamW}
for name, optimizer in kinds.items():
    w = engine.Parameter(np.ones(2))
    stepper = optimizer([w], lr=0.01, weight_decay=0.1)
    for k in range(1000):
        w.grad = np.array([100.0, 0.1]) * (-1) ** k
        stepper.step()
    noisy, quiet = np.abs(w.data)
    print(f"{name:<13} noisy weight {noisy:.2f}   quiet weight {quiet:.2f}")
print(f"wanted: (1 - lr * decay)^1000 = {(1 - 0.01 * 0.1) ** 1000:.2f}")

# %% [markdown]
# AdamW shrinks both alike, and about as much as we asked for. With L2, Adam hardly shrinks the
# noisy weight and wipes out the quiet one.
#
# What is decay good for? Give the network only 500 digits, and 40 epochs to learn them by heart.

# %%
few = images[:500], labels[:500]
decays = (0, 0.002, 0.02, 0.2, 2)


def train_on_few(optimizer, decay, seed):
    settings = dict(count=500, batch_size=100, num_epoch=40, weight_decay=decay)
    return train(optimizer, 0.01, seed, **settings)


_, axis = plt.subplots(figsize=(8, 3.4), layout="constrained")
for (name, optimizer), look in zip(kinds.items(), ("v--", "P-")):
    models = [[train_on_few(optimizer, d, seed) for seed in (0, 1)] for d in decays]
    means = [np.mean([loss_on(validation, m) for m in pair]) for pair in models]
    color = engine.style.OPTIMIZER_COLORS[name.split()[0]]
    axis.plot(range(5), means, look, color=color, label=name)
    for decay, pair, mean in zip(decays, models, means):
        training = np.mean([loss_on(few, m) for m in pair])
        losses_now = f"training loss {training:.1f}  validation loss {mean:.1f}"
        print(f"{name:<13} decay {decay:<6} {losses_now}")
axis.set_xticks(range(5), [f"{d:g}" for d in decays])
axis.set(xlabel="decay", ylabel=r"validation loss $\ell$", title="500 digits, two seeds")
_ = axis.legend()

# %% [markdown]
# Without decay the network learns the training digits by heart. Then its weights keep growing,
# which makes it more and more certain, even about new digits that it gets wrong. So the validation
# loss is high. Decay keeps the weights smaller and the network less certain. (The vector of all
# weights grows from a length of about 4 to about 20; with AdamW and a decay of 2, to about 13. Both
# networks get about 89% of the validation digits right.)
#
# Both kinds help, but at very different decays. L2 helps at 0.002 and 0.02. AdamW helps most at 2,
# the largest decay here. With L2, a decay of 2 erases the network: all it can do is guess. So when
# you copy a decay from another program, check which kind it was for.
#
# ## For the curious: torch and Keras
#
# The engine has torch's names and, except for SGD, its defaults. If you carry a training run over
# to Keras, check these:
#
# | | torch (and the engine) | Keras |
# |---|---|---|
# | learning rate | `lr` | `learning_rate` |
# | SGD | `lr=0.001` (the engine has no default), remembers gradients (the engine remembers steps) | `0.01`, remembers steps: see [07](07_momentum.ipynb) |
# | Adagrad | `lr=0.01`, $s$ starts at 0, `eps=1e-10` | `0.001`, $s$ starts at **0.1**, `epsilon=1e-7` inside the root |
# | RMSprop | `lr=0.01`, `alpha=0.99`, `eps=1e-8` outside the root | `0.001`, `rho=0.9`, `epsilon=1e-7` **inside** the root |
# | Adam | `lr=0.001`, `betas=(0.9, 0.999)`, `eps=1e-8` | `0.001`, `beta_1=0.9`, `beta_2=0.999`, `epsilon=1e-7`, added to the uncorrected $\sqrt v$ |
# | AdamW | `weight_decay=0.01` | `weight_decay=0.004` |
#
# As long as gradients are large, it makes no difference whether eps is inside or outside the root.
# But inside the root, it matters as soon as a gradient is below about $\sqrt{10^{-7}} \approx
# 0.0003$, and gradients of networks often are. With a gradient of $10^{-4}$, the first step of
# RMSprop is 10 `lr` in torch and 0.3 `lr` in Keras (3.2 `lr` if epsilon were 0).
#
# ## Do it
#
# Write RMSprop and Adam, using the table and the formulas at the top. What an optimizer remembers
# is passed to your function; return its new value along with the new weights.

# %%
def rmsprop_step(w, gradient, mean_square, lr, alpha, eps):
    ...  # return w, mean_square


engine.exercises.check(rmsprop_step)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def rmsprop_step(w, gradient, mean_square, lr, alpha, eps):
#     mean_square = alpha * mean_square + (1 - alpha) * gradient**2
#     w = w - lr * gradient / (np.sqrt(mean_square) + eps)
#     return w, mean_square
# ```
# </details>

# %%
def adam_step(w, gradient, m, v, t, lr, beta1, beta2, eps):
    ...  # return w, m, v


engine.exercises.check(adam_step)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def adam_step(w, gradient, m, v, t, lr, beta1, beta2, eps):
#     m = beta1 * m + (1 - beta1) * gradient
#     v = beta2 * v + (1 - beta2) * gradient**2
#     m_hat = m / (1 - beta1**t)
#     v_hat = v / (1 - beta2**t)
#     w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
#     return w, m, v
# ```
# </details>
#
# ## A challenge
#
# Rosenbrock's bent valley, from (−1.2, 1). **In how many steps does the loss get below 0.001, and
# stay there?** Any optimizer, any settings. You may try them in the race above.
#
# *Bronze*: below 300. *Silver*: below 150. *Gold*: 100 or fewer.

# %%
my_optimizer, my_settings = engine.optim.Adam, {"lr": 0.3}  # <- change us

path = engine.descend(valley, [-1.2, 1], my_optimizer, steps=1000, **my_settings)
last_above = np.flatnonzero(~(path.losses < 0.001))[-1]
print("score:", last_above + 1 if last_above < 1000 else "none in 1000 steps")

# %% [markdown]
# <details><summary>What is possible, and why</summary>
#
# `engine.optim.SGD` with `{"lr": 0.00182, "momentum": 0.9}` needs 100. In a valley that bends
# slowly, gradients agree for a long time, and momentum adds them up. But with `lr` 0.0019 it needs
# 347. Adam with `lr` 2.35 needs 147, and with 2.3 it needs 737. `engine.optim.Adagrad` with
# `{"lr": 1.738}` needs 10! That is luck: its first steps happen to land beside the minimum. Move
# the start by 0.1, and it needs more than 900. This is why the tests above take the median of many
# starts.
# </details>
#
# ## What you have seen
#
# - **Optimizer**: turns gradients into steps. It may remember where it was going, or how large each
#   weight's gradients are, or both.
# - **Stochastic Gradient Descent (SGD)**, with **momentum**: the common ancestor. It does not care
#   which way the landscape is turned.
# - **Gradient**: Adagrad, RMSprop and Adam divide it by its own typical size, weight by weight.
# - **Learning rate**: with Adam, `lr` is the length that a step of a weight rarely exceeds. You
#   still have to choose it, but you can be further off and still do well.
# - **Convergence**: Adagrad's steps shrink like $1/\sqrt{t}$ under a constant gradient. RMSprop's
#   and Adam's do not, so a smaller `lr` at the end helps them come to rest.
# - **Weight decay**: shrinks the weights. AdamW shrinks all of them by the same factor.

# %%
engine.exercises.optimizers.questions

# %% [markdown]
# ## To read on
#
# - Duchi, Hazan, Singer, *Adaptive Subgradient Methods for Online Learning and Stochastic
#   Optimization* (JMLR 12, 2011): Adagrad.
# - Tieleman, Hinton, *Lecture 6.5: RMSprop* (Coursera, Neural Networks for Machine Learning, 2012):
#   the slides in which RMSprop appeared.
# - Kingma, Ba, *Adam: A Method for Stochastic Optimization* (ICLR 2015). Section 2.1 is about the
#   length of a step. Reddi, Kale, Kumar, *On the Convergence of Adam and Beyond* (ICLR 2018): an
#   example in which Adam does not converge, and a remedy.
# - Loshchilov, Hutter, *Decoupled Weight Decay Regularization* (ICLR 2019): AdamW.
# - Wilson et al., *The Marginal Value of Adaptive Gradient Methods in Machine Learning* (NIPS
#   2017), and Schmidt, Schneider, Hennig, *Descending through a Crowded Valley* (ICML 2021): which
#   optimizer is best? It depends, and tuning matters about as much.
#
# Every optimizer begins with a gradient. Where does it come from in a network with several layers?
#
# ← [07 Momentum](07_momentum.ipynb) · [09 Backpropagation](09_backpropagation.ipynb) →
