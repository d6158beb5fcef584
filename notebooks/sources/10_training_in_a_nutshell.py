# %% [markdown]
# # Training in a nutshell
#
# You run the code on the lecture's last slide exactly as printed. Then you remove one line at a
# time to see what each one does. At the end you have a network that reads 98 of 100 handwritten
# digits that it has never seen.
#
# **40 minutes.** You need: the training loop from [01](01_how_learning_happens.ipynb), momentum
# from [07](07_momentum.ipynb), Adam from [08](08_optimizers.ipynb), and the words *loss*,
# *gradient* and *learning rate*. Sections marked *optional* are not counted.
#
# ← [09 Backpropagation](09_backpropagation.ipynb) · [11 Terms](11_terms.ipynb) →

# %%
import matplotlib.pyplot as plt
import numpy as np

import lecture3_engine as engine

engine.style.use()
COLORS = engine.style.COLORS

# %% [markdown]
# ## Predict

# %%
engine.exercises.training_in_a_nutshell.prediction

# %% [markdown]
# ## The idea
#
# A training loop repeats four steps, one batch after another:
#
# 1. **Draw a batch**: inputs $X$ and their labels, the targets $y$. (An earlier slide calls the
#    labels `y_pred`. That is a slip, as [01](01_how_learning_happens.ipynb) explains.)
# 2. **Forward pass**: run the model on $X$ to get its predictions, here `preds`.
# 3. **Loss**: compute one number that says how far the predictions are from the labels.
# 4. **Update**: change the weights a little, so that the loss on this batch gets smaller:
#    $W \leftarrow W - lr \cdot \nabla \ell(X, W)$.
#
# Step 4 needs the gradient $\nabla \ell$. `loss.backward()` computes all of it in one backward
# pass, and stores each parameter's part in its `.grad`. Then `optimizer.step()` uses it.
#
# | in the formula | in the code | what it is |
# |---|---|---|
# | $W$ | `model.parameters()` | the parameters: kernels and biases |
# | $X$ | `inputs` | a batch: a row for each digit, 784 pixels from 0 to 1 |
# | $\ell$ | `loss_fn(preds, labels)` | the loss |
# | $\nabla \ell$ | `parameter.grad` | the gradient: one number for each weight and bias |
# | $lr$ | `lr` | the learning rate |
# | $\beta$ | `momentum` | what fraction of the last step is added to the next one |
#
# The 70,000 digits come in three parts, as in [notebook 06](06_learning_rate.ipynb). The network
# learns from the **training data**. We watch the **validation data**, here the last 5,000 of
# MNIST's 60,000 training digits, and choose our settings by it. The **test data** stays locked away
# until the end.

# %%
digits = engine.load_mnist()
train = digits.train_images[:55_000], digits.train_labels[:55_000]
validation = digits.train_images[55_000:], digits.train_labels[55_000:]
test = digits.test_images, digits.test_labels  # not before the end
for name, part in (("training", train), ("validation", validation), ("test", test)):
    print(f"{name:<11}", part[0].shape)


def show_digits(images, titles, height):
    _, axes = plt.subplots(2, 10, figsize=(10, height), layout="constrained")
    for axis, image, title in zip(axes.flat, images, titles):
        axis.imshow(image.reshape(28, 28), cmap=engine.style.DIGITS)
        axis.set_title(title, loc="center", fontsize=11)
        axis.axis("off")


show_digits(*train, height=2.4)

# %% [markdown]
# The model has 784 pixels as inputs, 512 hidden units with ReLU, and 10 scores as outputs, one for
# each digit. It starts with random weights, so it guesses.


# %%
def new_model(seed=0):
    rng = np.random.default_rng(seed)
    return engine.Sequential(
        engine.Dense(784, 512, "relu", rng=rng),
        engine.Dense(512, 10, rng=rng),
    )


def new_loader():
    return engine.DataLoader(*train, 128, shuffle=True, rng=np.random.default_rng(1))


model = new_model()
print(f"{model.parameter_count:,} parameters, {len(new_loader())} batches in an epoch")

loss, accuracy = engine.evaluate(model, *validation, engine.cross_entropy)
print(f"untrained: loss {loss:.2f}, {accuracy:.0%} right")
print(f"guessing:  loss {np.log(10):.2f} (that is log 10), 10% right")

# %% [markdown]
# ## The last slide, as it is printed
#
# These are the lecture's own lines, comments and all. On the slide, `torch` is PyTorch. Here it is
# just another name for this course's engine, and the loop cannot tell the difference. (The end of
# this notebook compares the two.) The slide never says what `training_loader`, `num_epoch` and
# `loss_fn` are, so we define them first. (Our `loss_fn` also saves each loss for later; `model` is
# the network from above.)

# %%
torch = engine  # the slide's name for it
training_loader = new_loader()
num_epoch = 1
slide_losses = []


def loss_fn(preds, labels):
    loss = engine.cross_entropy(preds, labels)
    slide_losses.append(loss.item())
    return loss


# %%
# typical torch training loop
# define an optimizer
optimizer = torch.optim.SGD(params=model.parameters(), lr=0.0001, momentum=0.2)

for epoch_idx in range(num_epoch):
    for i, data in enumerate(training_loader):
        # Every data instance is an input + label pair
        inputs, labels = data

        # Make predictions for this batch
        preds = model(inputs)

        # Zero your gradients for every batch! otherwise, it remembers the previous gradients
        optimizer.zero_grad()
        # Compute the loss and its gradients
        loss = loss_fn(preds, labels)
        loss.backward()  # backpropagation.
        # after this, we know the gradients of all the paramaters.
        # in Torch/TF, the gradient values are stored in each parameter

        # Update the weights (by little bit (=by learning rate, 0.0001))
        # internally, the optimizer knows how to perform SGD. so..
        optimizer.step()
        # now the model.parameters() are a little better than before.

# %%
loss, accuracy = engine.evaluate(model, *validation, engine.cross_entropy)
reached = sum(p.grad is not None for p in model.parameters())
print(f"{len(slide_losses)} steps; {reached} of 4 kernels and biases have a gradient")
print(f"after the slide's epoch: loss {loss:.2f}, {accuracy:.0%} of validation digits right")

# %%
engine.exercises.training_in_a_nutshell.prediction.answer()

# %% [markdown]
# Every line of the loop is right, and yet the network is hardly better than guessing: its loss went
# from 2.30 to 2.29. With `lr=0.0001`, each step is so small that 430 of them lead almost nowhere.
# The lecture's takeaways say what to do: *choose a big learning rate to start with*, and *always
# monitor the loss*.
#
# ## The same loop with a sensible learning rate
#
# `fit` is this loop in a function. For each batch it does the same four things, and it keeps the
# losses in a `History`.

# %%
sgd_histories = {}
print("fraction of validation digits right, fraction of hidden units dead")
for lr in (0.0001, 0.1, 5.0):
    model = new_model()
    optimizer = engine.optim.SGD(model.parameters(), lr=lr, momentum=0.2)
    run = model, new_loader(), engine.cross_entropy, optimizer
    sgd_histories[lr] = engine.fit(*run, num_epoch=1, progress=False)
    loss, accuracy = engine.evaluate(model, *validation, engine.cross_entropy)
    dead = (model.layers[0](validation[0]).data.max(axis=0) == 0).mean()
    print(f"lr {lr:<7g} {accuracy:.1f}, {dead:.1f}")

same = np.allclose(slide_losses, sgd_histories[0.0001].step_losses)
print("the loop of the slide and fit take the same steps:", same)

# %%
def draw_three_runs():
    _, axis = plt.subplots(figsize=(9, 4), layout="constrained")
    looks = (("-", "quiet"), ("--", "path"), (":", "gradient"))
    for lr, (style, color) in zip(sgd_histories, looks):
        losses = sgd_histories[lr].step_losses
        axis.plot(losses, style, color=COLORS[color], label=f"lr = {lr:g}")
    axis.axhline(np.log(10), color=COLORS["quiet"], linewidth=1)
    axis.text(430, np.log(10), " guessing", va="center")
    axis.set(xlabel="step (one batch of 128 digits)", ylabel=r"loss $\ell$")
    axis.set(ylim=(0, 4), xlim=(0, 430), title="One epoch, three learning rates")
    axis.legend(loc="upper right", ncols=3)


draw_three_runs()

# %% [markdown]
# The same loop can end in three ways:
#
# - `lr=0.0001` is **too small**: the loss creeps.
# - `lr=0.1` is **sensible**: within a hundred steps the loss falls below 0.6.
# - `lr=5` is **far too big**: the first steps overshoot so far that the loss leaves the picture,
#   and almost all hidden units are dead ([notebook 06](06_learning_rate.ipynb) shows how that
#   happens).

# %% [markdown]
# ## What each line is for
#
# Take one line out of the loop and see what goes wrong. We use a small network and a small part of
# the data, so that each run takes only a moment. The loop is a string here; Python's `exec` runs a
# string as code.

# %%
LOOP = """\
for epoch in range(5):
    for inputs, labels in loader:
        preds = model(inputs)
        optimizer.zero_grad()
        loss = loss_fn(preds, labels)
        loss.backward()
        optimizer.step()
    monitor()
"""


def small_network(samples=1000, seed=0):
    rng = np.random.default_rng(seed)
    hidden = engine.Dense(784, 64, "relu", rng=rng, dtype=float)
    model = engine.Sequential(hidden, engine.Dense(64, 10, rng=rng, dtype=float))
    part = train[0][:samples], train[1][:samples]
    return model, engine.DataLoader(*part, batch_size=32, shuffle=True, rng=rng)


# %%
def run_loop(text, lr=0.01):
    model, loader = small_network()
    names = {"model": model, "loader": loader, "loss_fn": engine.cross_entropy}
    names["optimizer"] = engine.SGD(model.parameters(), lr=lr)
    names["batch"] = next(iter(loader))
    seen = []
    names["monitor"] = lambda: seen.append(
        engine.evaluate(model, *validation, engine.cross_entropy)[0]
    )
    try:
        exec(text, names)
    except (NameError, ValueError) as error:
        return "stops: " + str(error).partition(" Call")[0]
    losses = ", ".join(f"{seen[epoch - 1]:.1f}" for epoch in (1, 2, 5))
    return f"loss after epochs 1, 2 and 5: {losses}"


# %%
print(f"{'the whole loop':<37}", run_loop(LOOP))
for line in LOOP.splitlines()[2:7]:
    print(f"{'without ' + line.strip():<37}", run_loop(LOOP.replace(line + "\n", "")))
always_the_same = LOOP.replace("in loader", "in [batch] * len(loader)")
print(f"{'always the same batch':<37}", run_loop(always_the_same))

# %% [markdown]
# The numbers are losses on validation data.
#
# - Without **`preds = ...`** or **`loss = ...`**, a later line needs the variable and stops. Be
#   careful in a notebook: a value left over from an earlier cell can hide the mistake.
# - Without **`loss.backward()`** no parameter has a gradient. Our engine stops and says so. PyTorch
#   does not: its `step()` skips parameters without a gradient, so nothing moves and nothing warns
#   you.
# - Without **`optimizer.step()`** the gradients are there, but no weight moves. The loss stays at
#   2.3, the loss of a network that guesses.
# - With **always the same batch**, the network learns the same 32 digits over and over. At this
#   small `lr` you cannot see the harm yet. At `lr` 0.1, below, the loss stays above 1, while the
#   whole loop gets it down to 0.5.
# - Without **`zero_grad()`** the run is far ahead after two epochs! Then its loss rises again. Why?

# %%
weight = engine.Parameter([1.0])
for repetition in (1, 2, 3):
    loss = (3 * weight).sum()  # its gradient is 3, always
    loss.backward()
    gradient = weight.grad.item()
    print(f"without zero_grad, backward pass number {repetition}: gradient {gradient:g}")

print("lr 0.1, whole loop:      ", run_loop(LOOP, lr=0.1))
print("lr 0.1, always one batch:", run_loop(always_the_same, lr=0.1))

# %% [markdown]
# `backward()` *adds* to the gradients that are already there. Without `zero_grad()`, every step
# uses the sum of all gradients so far. That is **momentum with $\beta = 1$**, where no old step is
# ever forgotten. While all gradients point the same way, steps grow and progress is fast. But think
# of the ball in [notebook 07](07_momentum.ipynb): without friction, it cannot come to rest at the
# bottom. That is what makes a forgotten `zero_grad()` so hard to notice: at first, the loss falls
# faster than it should.
#
# Where does `zero_grad()` belong? Anywhere after one `step()` and before the next `backward()`. The
# slide has it after the forward pass, notebook 01 after the loss, and many programs at the top of
# the loop. Between `backward()` and `step()` it would erase the gradients that were just computed.

# %% [markdown]
# ## Do it
#
# Write the loop yourself: one epoch, for any model, loader, loss and optimizer. Return the loss of
# each batch, as numbers. Then run the cell. It tells you what is right, or what went wrong and why.


# %%
def train_one_epoch(model, loader, loss_fn, optimizer):
    losses = []
    for inputs, labels in loader:
        ...  # your code here
    return losses


engine.exercises.check(train_one_epoch)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def train_one_epoch(model, loader, loss_fn, optimizer):
#     losses = []
#     for inputs, labels in loader:
#         preds = model(inputs)
#         optimizer.zero_grad()
#         loss = loss_fn(preds, labels)
#         loss.backward()
#         optimizer.step()
#         losses.append(loss.item())
#     return losses
# ```
#
# `loss.item()` is a plain number. You could keep the `loss` objects instead, but each of them keeps
# in memory everything that was computed for its batch.
#
# </details>

# %% [markdown]
# ## The takeaways, run
#
# The lecture ends with advice. We test it the way the lecture recommends: *choose a small number of
# epochs to start (e.g. 10) and a small part of the data*. So: 10 epochs on 1,000 digits, with 64
# hidden units.


# %%
def small_run(optimizer_class, samples=1000, num_epoch=10, **settings):
    model, loader = small_network(samples)
    optimizer = optimizer_class(model.parameters(), **settings)
    run = model, loader, engine.cross_entropy, optimizer
    return engine.fit(*run, num_epoch, validation, progress=False)


# %% [markdown]
# ### "SGD is very sensitive to the learning rate. Momentum often helps"

# %%
rates = [0.001, 0.01, 0.1, 1.0, 5.0]
right = {}
for beta in (0.0, 0.9):
    histories = [small_run(engine.SGD, lr=lr, momentum=beta) for lr in rates]
    right[beta] = np.array([history.validation_accuracy[-1] for history in histories])
print("fraction of validation digits right (guess: below 0.2)")
print("lr          ", *(f"{lr:>6g}" for lr in rates))
for beta, row in right.items():
    shown = [f"{fraction:>6.1f}" if fraction > 0.2 else " guess" for fraction in row]
    print(f"momentum {beta:<3g}", *shown)


def draw_rates():
    _, axis = plt.subplots(figsize=(9, 3.6), layout="constrained")
    for beta, style, color in ((0.0, "o-", "path"), (0.9, "s--", "momentum")):
        look = dict(color=COLORS[color], label=f"momentum {beta:g}")
        axis.semilogx(rates, 100 * right[beta], style, **look)
    axis.axhline(10, color=COLORS["quiet"], linestyle=":", label="guessing")
    axis.set(xlabel="learning rate $lr$", ylabel="validation digits right (%)")
    axis.set(ylim=(0, 100), title="10 epochs on 1,000 digits")
    axis.legend()


draw_rates()

# %% [markdown]
# **Sensitive?** Yes. Along a row only $lr$ differs, and the same ten epochs end anywhere between
# 10% and 90%. **Does momentum often help?** Yes, where $lr$ is small. With $\beta = 0.9$ and
# gradients that all point the same way, steps grow to
# $1 + 0.9 + 0.9^2 + \dots = 1 / (1 - 0.9) = 10$ times the step of plain SGD. So momentum at 0.001
# does as well as plain SGD at 0.01. At $lr = 1$ momentum ruins the run: *often*, not always.
#
# ### "Choose a big learning rate to start with. If it doesn't converge, make it smaller"
#
# The slide's example is 0.01 with Adam. Let us start too big, and *monitor the loss*:

# %%
adam = {lr: small_run(engine.Adam, lr=lr) for lr in (0.1, 0.01, 0.0001)}
for lr, history in adam.items():
    losses = [f"{history.train_loss[epoch - 1]:.1f}" for epoch in (1, 8, 9, 10)]
    print(f"Adam, lr {lr:<7g} training loss in epochs 1, 8, 9 and 10:", *losses)


def draw_adam():
    _, axis = plt.subplots(figsize=(9, 3.6), layout="constrained")
    for lr, style, color in zip(adam, (":", "--", "-"), ("gradient", "path", "quiet")):
        look = dict(marker="o", color=COLORS[color], label=f"Adam, lr = {lr:g}")
        axis.plot(range(1, 11), adam[lr].train_loss, style, **look)
    axis.axhline(np.log(10), color=COLORS["quiet"], linewidth=1, label="guessing")
    axis.set(xlabel="epoch", ylabel=r"training loss $\ell$", ylim=(0, 3))
    axis.set_title("Ten times too big, just right, a hundred times smaller")
    axis.legend(ncols=2)


draw_adam()

# %% [markdown]
# With 0.01 the loss falls fast. *Bigger lr speeds things up*: with 0.0001 it is still on its way
# after ten epochs. With 0.1 it drops, and then gets stuck above 1. Both bad runs end at about the
# same loss, but they need opposite cures, and only the curves tell them apart. At 0.1 the loss has
# gone flat, so make $lr$ smaller. At 0.0001 it is still falling, so make $lr$ bigger or train
# longer.
#
# Take 0.01 as a place to start from, not as a law. Adam usually moves each weight by $lr$ or less
# in a step, whatever the size of the gradient. In a larger network more weights move at once, so it
# usually needs a smaller $lr$, such as 0.001.
#
# ### "If it doesn't converge, you need more epochs"
#
# That is right when the loss is falling slowly, and wrong when it is stuck or jumping: then make
# $lr$ smaller and start again. [Notebook 06](06_learning_rate.ipynb) runs both cases. The next
# takeaway is about a third case: the loss has come down and leveled off, and you would like it
# lower still.
#
# ### "If SGD converges, augment the data and/or epochs"
#
# (Here *augment* means *use more of*.) More epochs, or more data? We try each: 40 epochs on the
# same 1,000 digits, then 10 epochs on 10,000.

# %%
longer = small_run(engine.Adam, lr=0.01, num_epoch=40)
larger = small_run(engine.Adam, lr=0.01, samples=10_000)
for epoch in (3, 10, 40):
    trained, new = longer.train_loss[epoch - 1], longer.validation_loss[epoch - 1]
    print(f"1,000 digits, epoch {epoch:>2}: training {trained:.2f}, validation {new:.2f}")
print("validation digits right:")
runs = (1_000, longer, 10), (1_000, longer, 40), (10_000, larger, 4), (10_000, larger, 10)
for number, history, epoch in runs:
    right_now = history.validation_accuracy[epoch - 1]
    print(f"{number:>6,} training digits, epoch {epoch:>2}: {right_now:.1%}")


def draw_overfitting():
    _, axes = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True, layout="constrained")
    for axis, history, digits_ in zip(axes, (longer, larger), ("1,000", "10,000")):
        epochs = range(1, 1 + len(history.train_loss))
        axis.plot(epochs, history.train_loss, color=COLORS["path"], label="training")
        losses = history.validation_loss
        axis.plot(epochs, losses, "--", color=COLORS["validation"], label="validation")
        axis.set(xlabel="epoch", title=f"{digits_} training digits", ylim=(0, 0.6))
    axes[0].set_ylabel(r"loss $\ell$")
    axes[0].legend()


draw_overfitting()

# %% [markdown]
# After ten epochs the network knows its 1,000 digits by heart: the training loss is almost 0. The
# validation loss stopped falling long before, and with more epochs it even *rises*. This is
# **overfitting**: the loss still falls on the training data, but rises on new data. (After epoch 10
# the number of wrong answers hardly changes. But the network grows more and more certain of those
# wrong answers, and the surer a mistake is, the larger its cross-entropy.)
#
# More data helps. Four epochs on 10,000 digits take about as many steps as forty on 1,000, and yet
# the network gets more new digits right. But even then, the two losses move apart after a while, so
# always watch both.
#
# ## Drag it
#
# Here a network trains on 10,000 digits while you watch. It has made its first 300 steps; press
# **Continue**. Every slider works while it learns.
#
# 1. Let it run at $lr = 0.1$ for a while, then lower $lr$ to 0.01. The dashed validation loss
#    becomes smooth: smaller steps scatter the weights less. (The training loss still jitters,
#    because each of its points is the mean of ten new batches.)
# 2. Set $lr = 10$ and press **New network**, then **Train**. How many steps does it take to ruin
#    the network? Does lowering $lr$ bring it back?
# 3. Press **New network**. Under *more settings*, choose Adam with $\beta = 0.9$, set $lr = 0.01$,
#    and let it run. When does a gap open between the two losses?

# %%
explorer = engine.explorers.TrainingExplorer(lr=0.1)
explorer.train(300)
explorer

# %% [markdown]
# ## A challenge (optional)
#
# The small network with 64 hidden units, 10,000 digits, **500 steps**. How many validation digits
# can it read? Change `my_settings`: the optimizer (`engine.SGD`, `engine.Adam`, `engine.RMSprop`),
# its settings, and the batch size, up to 256.
#
# - *Bronze*: 93%. *Silver*: 94.5%. *Gold*: 95.5%.


# %%
def score(optimizer_class, batch_size, **settings):
    if batch_size > 256:
        return "batches of 256 at most, please"
    model, _ = small_network()
    rng = np.random.default_rng(1)
    part = train[0][:10_000], train[1][:10_000]
    loader = engine.DataLoader(*part, batch_size, shuffle=True, rng=rng)
    optimizer = optimizer_class(model.parameters(), **settings)
    steps = 0
    while steps < 500:
        for inputs, labels in loader:
            engine.train_step(model, inputs, labels, engine.cross_entropy, optimizer)
            steps += 1
            if steps == 500:
                break
    right = 100 * engine.evaluate(model, *validation, engine.cross_entropy)[1]
    medal = "gold" if right >= 95.5 else "silver" if right >= 94.5 else "bronze"
    return f"{right:.0f}% right: {medal if right >= 93 else 'no medal yet'}"


my_settings = dict(optimizer_class=engine.SGD, batch_size=32, lr=0.03)  # <- change me
print(score(**my_settings))

# %% [markdown]
# <details><summary>What is possible, and why</summary>
#
# Only steps count, so make each of them as good as you can: a batch of 256, the largest, has the
# least noise, and in 500 steps the network sees eight times as many digits as with batches of 32.
# With `batch_size=256`, SGD at `lr=0.3` reaches silver. Then make the steps longer:
# `dict(optimizer_class=engine.SGD, batch_size=256, lr=0.2, momentum=0.9)` and
# `dict(optimizer_class=engine.Adam, batch_size=256, lr=0.01)` both reach gold, with about 96%.
#
# In real life a step with a large batch takes longer. If seconds counted instead of steps, smaller
# batches might win.
#
# </details>

# %% [markdown]
# ## What is wrong with this training? (optional)
#
# Most mistakes in a training loop raise no error. The network just learns badly, or not at all.
# Each case below is a real training run of a small network on 400 digits. One case is healthy. Each
# of the others has one mistake: in the loop, the model, the data, or a setting. Read the curves
# first. Does the loss fall, jump, or stay flat? Does the network do as well on *new* digits as on
# those that it trains on? If you need more, press one of the buttons under *Ask for evidence*. For
# example, *step lengths* shows how long the steps are, compared with the weights. Then press your
# diagnosis. If it is correct, you see the faulty line next to the corrected one, and a healthy run
# in gray in the picture.

# %%
engine.explorers.BugExplorer()

# %% [markdown]
# Three questions find most mistakes in a loop of your own, too:
#
# 1. **Does the loss start where guessing would put it?** For ten digits that is log 10 = 2.30. If
#    it does not, look at the data (are the pixels scaled?) and at the loss (is it a sum or a
#    mean?).
# 2. **Can the network learn a single picture by heart?** If not, do not wait for more epochs: the
#    loop is broken, or $lr$ is far too small.
# 3. **Does the gradient pass a numerical check?** Change a weight a tiny bit, measure how fast the
#    loss changes, and do so for several weights ([notebook 09](09_backpropagation.ipynb)). If these
#    rates match the gradient, `backward()` is right. Then look for the mistake elsewhere: in the
#    model, the loss, the data, or in what is done with the gradient.
#
# ## The real thing
#
# The lecture's advice was to start small. It goes on: grow *until you reach the size of your
# problem*. Here that means all 55,000 training digits, 512 hidden units, batches of 128, five
# epochs, and Adam with the smaller `lr` that a larger network needs. This takes a minute or so.

# %%
model = new_model()
optimizer = engine.optim.Adam(model.parameters(), lr=0.001)
run = model, new_loader(), engine.cross_entropy, optimizer
history = engine.fit(*run, num_epoch=5, validation=validation)
print(f"validation digits right: {history.validation_accuracy[-1]:.0%}")


def draw_training():
    _, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
    epochs = np.arange(1, 6)
    steps = np.arange(len(history.step_losses)) / len(new_loader())
    left.plot(steps, history.step_losses, color=COLORS["path"], alpha=0.2, linewidth=0.5)
    looks = (("train", "o-", "path"), ("validation", "s--", "validation"))
    for name, style, color in looks:
        look = dict(color=COLORS[color], label=name.replace("train", "training"))
        left.plot(epochs, getattr(history, f"{name}_loss"), style, **look)
        right.plot(epochs, getattr(history, f"{name}_accuracy"), style, **look)
    left.set(xlabel="epoch", ylabel=r"loss $\ell$", ylim=(0, 0.5), xticks=epochs)
    left.set_title("Loss (thin: each batch)")
    right.set(xlabel="epoch", title="Fraction of digits right", xticks=epochs)
    left.legend()


draw_training()

# %% [markdown]
# In the first two epochs the training loss is *above* the validation loss. It is a mean over the
# whole epoch, including early batches, when the weights were still worse. The validation loss is
# measured at the end of the epoch. Later the training loss keeps falling while the validation loss
# levels off. This is how overfitting starts.
#
# ### And now, once, the test digits
#
# Why not earlier? If you check each setting on the same digits and keep the one that does best,
# part of what you keep is luck: it happens to do well on just those digits. After many choices, the
# result looks better than it is. Our choices were made with the validation digits in view. The test
# digits have played no part in them, so they tell the truth about new digits. But they do so only
# once. If you now change a setting and test again, they have become validation data. (Optional
# sections below use them again, even to learn from. That is play, not a test.)

# %%
loss, accuracy = engine.evaluate(model, *test, engine.cross_entropy)
print(f"right on 10,000 test digits: {accuracy:.0%}")

# %% [markdown]
# ## Save it (optional)
#
# Training took a while, so keep the result. `state_dict()` returns all parameters by name, as
# arrays, and NumPy writes arrays to a file. To load them, make a model of the same shape and fill
# it.

# %%
import tempfile

path = f"{tempfile.mkdtemp()}/digits.npz"  # or a place of your own
np.savez(path, **model.state_dict())

loaded = new_model(seed=1)  # other random weights ...
with np.load(path) as file:
    loaded.load_state_dict(file)  # ... now the trained ones
print("in the file:", *model.state_dict())
few = validation[0][:5]
print("the same scores:", np.array_equal(loaded(few).data, model(few).data))

# %% [markdown]
# ## Where it errs (optional)
#
# A **confusion matrix** counts, for each true digit (row), what the network said (column).

# %%
with engine.no_grad():
    scores = model(test[0])
said = scores.data.argmax(axis=1)
confusion = np.zeros((10, 10), int)
np.add.at(confusion, (test[1], said), 1)
print(f"on the diagonal: {confusion.trace() / confusion.sum():.0%}")


def draw_confusion():
    errors = confusion - np.diag(confusion.diagonal())
    _, axis = plt.subplots(figsize=(6, 5.6), layout="constrained")
    axis.imshow(errors, cmap="Oranges", vmax=max(20, errors.max()))
    for true, column in np.ndindex(10, 10):
        count = confusion[true, column] or "·"
        color = engine.style.MUTED if true == column else "black"
        axis.text(column, true, count, ha="center", va="center", fontsize=11, color=color)
    axis.set(xlabel="what the network said", xticks=range(10))
    axis.set(ylabel="true digit", yticks=range(10), title="Mistakes are colored")


draw_confusion()

# %% [markdown]
# These are the wrong answers that the network was most certain of: the true digit, and its answer.
# Would you have gotten them right?

# %%
p = engine.softmax(scores).data
wrong = np.flatnonzero(said != test[1])
surest = wrong[np.argsort(-p[wrong, said[wrong]])][:20]
print(f"wrong: {len(wrong) / 10_000:.0%} of the test digits")

titles = [f"{test[1][i]}, read {said[i]}" for i in surest]
show_digits(test[0][surest], titles, height=2.9)

# %% [markdown]
# ## Now you write (optional)
#
# Draw a digit with the mouse, a pen or a finger. The network that you have just trained reads it
# while you draw. Your drawing is centered and scaled as MNIST's digits were. Without that, the
# network would read it badly, because it has never seen a digit in a corner.
#
# 1. Clear the paper and draw a 7. Then add a bar through its middle, as many Europeans write it. Is
#    it still a 7?
# 2. Find a digit that the network gets wrong. Which two digits does it waver between?
# 3. Press *more settings*. In the menu *show what would make it a*, choose another digit. Violet
#    pixels would raise the score of that digit: this is the gradient of the score with respect to
#    the *pixels*, not to the weights. Add ink there.
# 4. In the menu *tell it: this is a*, choose the digit that you drew. If the network read it wrong,
#    the digit joins a batch. Collect a few: draw more, or look for test digits that the network
#    misreads (try the ones shown above). Then press Play at *learn what it read wrong*. The network
#    takes twenty real steps of gradient descent, each on your batch and on copies of its pictures
#    that are shifted by a pixel. How many of the batch does the network now read right? Has it
#    become worse on the other test digits? Compare a batch of one with a batch of eight. Then draw
#    a new one: does the network read that, too?

# %%
engine.explorers.DigitExplorer(model)

# %% [markdown]
# ## Two more tools: clipping and freezing (optional)
#
# **Clipping.** Suppose one batch of your data is bad: somebody forgot to divide its pixels by 255.
# Its gradient is more than a hundred times as long as any before it, and a single step with it
# takes the network back to 10% right. (The good batches that follow repair only part of the
# damage.) The cure is to limit the length of the whole gradient before `step()`. If it is longer
# than, say, 1, shorten it to 1 and keep its direction.


# %%
def clip_gradients(parameters, largest=1.0):
    length = np.sqrt(sum((p.grad**2).sum() for p in parameters))
    if length > largest:
        for p in parameters:
            p.grad *= largest / length


def train_with_a_bad_batch(clip):
    model, loader = small_network(samples=5000)
    optimizer = engine.SGD(model.parameters(), lr=0.1)
    for epoch in range(2):
        for step, (inputs, labels) in enumerate(loader):
            broken = 255 if (epoch, step) == (1, 0) else 1
            loss = engine.cross_entropy(model(inputs * broken), labels)
            optimizer.zero_grad()
            loss.backward()
            if clip:
                clip_gradients(model.parameters())
            optimizer.step()
    return engine.evaluate(model, *validation, engine.cross_entropy)


for clip in (False, True):
    loss, accuracy = train_with_a_bad_batch(clip)
    print(f"clipping {clip!s:<5} loss {loss:.1f}, fraction right {accuracy:.1f}")

# %% [markdown]
# **Freezing.** Suppose that you have a new task and only 50 labeled digits for it: is the digit
# odd? Fifty are too few to train a network from scratch. But the hidden units of your trained
# network have already learned to tell digits apart. So keep its first layer as it is, and train
# only a new last layer. To *freeze* a parameter, set its `requires_grad` to `False`: it gets no
# gradient, and optimizers leave it alone.

# %%
def odd_or_even(reuse):
    rng = np.random.default_rng(0)
    first = engine.Dense(784, 512, "relu", rng=rng)
    if reuse:
        first.load_state_dict(model.layers[0].state_dict())
        for parameter in first.parameters():
            parameter.requires_grad = False  # frozen
    network = engine.Sequential(first, engine.Dense(512, 2, rng=rng))
    few = engine.DataLoader(train[0][:50], train[1][:50] % 2, 25, shuffle=True, rng=rng)
    optimizer = engine.Adam(network.parameters(), lr=0.01)
    run = network, few, engine.cross_entropy, optimizer
    engine.fit(*run, num_epoch=30, progress=False)
    return engine.evaluate(network, validation[0], validation[1] % 2, engine.cross_entropy)


for reuse in (False, True):
    loss, accuracy = odd_or_even(reuse)
    print(f"reuse {reuse!s:<5} loss {loss:.1f}, fraction right {accuracy:.1f}")

# %% [markdown]
# ## The same loop in PyTorch (optional)
#
# The slide is written for PyTorch, and its lines run there unchanged. To compare the two step by
# step, both must start from the same weights. One detail: a `Dense` layer keeps its kernel with
# shape (inputs, units), for `dot(input, W)`. PyTorch's `Linear` keeps the transpose, (units,
# inputs), like the $2 \times 3$ matrix in [notebook 01](01_how_learning_happens.ipynb). So we copy
# `kernel.T`.

# %%
def losses_in_pytorch(model, batches, lr, momentum):
    import torch

    theirs = torch.nn.Sequential(
        torch.nn.Linear(784, 512), torch.nn.ReLU(), torch.nn.Linear(512, 10)
    )
    with torch.no_grad():
        for dense, linear in zip(model.layers, (theirs[0], theirs[2])):
            linear.weight.copy_(torch.tensor(dense.kernel.data.T.copy()))
            linear.bias.copy_(torch.tensor(dense.bias.data))
    optimizer = torch.optim.SGD(theirs.parameters(), lr=lr, momentum=momentum)
    losses = []
    for inputs, labels in batches:
        preds = theirs(torch.tensor(inputs))
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(preds, torch.tensor(labels))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% [markdown]
# PyTorch does not come with this course, and you do not need it. If it is installed, the picture
# below shows its losses beside ours; if not, the picture says so. (To install it:
# `pip install torch`.)

# %%
from importlib.util import find_spec

batches = list(new_loader())[:50]
has_pytorch = find_spec("torch") is not None
theirs = []
if has_pytorch:
    theirs = losses_in_pytorch(new_model(), batches, lr=0.1, momentum=0.2)
model = new_model()
optimizer = engine.SGD(model.parameters(), lr=0.1, momentum=0.2)
run = model, batches, engine.cross_entropy, optimizer
ours = engine.fit(*run, num_epoch=1, progress=False).step_losses
print("ours at steps 1, 25 and 50:", *(f"{ours[step]:.2f}" for step in (0, 24, 49)))


# %%
def draw_comparison():
    _, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    left.plot(ours, color=COLORS["path"], label="this course's engine")
    left.set(xlabel="step", ylabel=r"loss $\ell$", ylim=(0, 2.5))
    left.set_title("The same batches, the same weights")
    right.set(xlabel="step", ylabel="|difference of the losses|", yscale="log")
    right.set(ylim=(1e-9, 1), xlim=(0, 50), title="How far apart")
    if has_pytorch:
        apart = np.maximum(np.abs(np.subtract(ours, theirs)), 1e-9)
        look = dict(color=COLORS["momentum"], markersize=4)
        left.plot(theirs, "o", label="PyTorch, run here", **look)
        right.plot(apart, "o", **look)
    else:
        text = "PyTorch is not installed here:\nnothing to compare"
        right.text(0.5, 0.5, text, ha="center", transform=right.transAxes)
    left.legend()


draw_comparison()

# %% [markdown]
# The picture that came with this notebook, before you ran the cell, was made on a machine with
# PyTorch. In it, PyTorch's dots lie on our line. The losses differ by about a millionth at most.
# That is rounding: a float32 number has only about seven digits. (Dots on the lower edge: no
# difference at all.) In float64, the project's tests, `tests/test_against_torch.py`, compare
# gradients and optimizers with PyTorch to twelve digits. So wherever you go from here, your loop
# goes with you.
#
# <details><summary>The other way: weights from PyTorch into this engine</summary>
#
# ```python
# for dense, linear in zip(model.layers, (theirs[0], theirs[2])):
#     dense.kernel.data[...] = linear.weight.detach().numpy().T
#     dense.bias.data[...] = linear.bias.detach().numpy()
# ```
#
# One difference remains. With momentum, PyTorch multiplies the sum of old gradients by the
# *present* $lr$; the lecture keeps the old *steps* as they were. The path is the same as long as
# $lr$ is constant, and a different one if you change $lr$ during training
# ([notebook 07](07_momentum.ipynb)).
#
# </details>

# %% [markdown]
# ## What you have seen
#
# - **Training loop**: batch, forward pass, loss, update, again and again.
# - **Batches**: 128 digits at a time; 430 of them are one *epoch*, once through the training data.
# - **Loss function**: `cross_entropy`. Guessing among ten digits costs log 10 = 2.30.
# - **Back propagation**: `loss.backward()` adds to the gradient of every parameter. So call
#   `zero_grad()` for each batch; forgetting it is momentum with $\beta = 1$.
# - **Optimizer**: SGD, Adam and others turn gradients into steps.
# - **Learning rate**: too small, and training creeps; too big, and it gets stuck or blows up.
# - **Number of iterations, convergence**: more epochs help if the steps are too small, but not if
#   they are far too big.
# - **Overfitting**: the training loss falls, the validation loss rises. More data helps.
# - **Training, validation, test data**: learn from the first, choose by the second, look at the
#   third once, at the end.
#
# The recipe: start with Adam, $lr = 0.01$, 10 epochs and a small part of the data. Watch both
# losses. If the loss is stuck or jumps, make $lr$ smaller and start again; if it creeps, make $lr$
# bigger or train longer. Then use more data.

# %%
engine.exercises.training_in_a_nutshell.questions

# %% [markdown]
# To read on: the engine itself, `lecture3_engine/training.py` and `optim.py`. LeCun, Bottou, Bengio
# and Haffner, *Gradient-based learning applied to document recognition*, Proceedings of the IEEE 86
# (1998), where these digits come from. Chollet, *Deep Learning with Python*, 2nd edition (2021),
# chapter 2, which trains a network of this shape.
#
# ← [09 Backpropagation](09_backpropagation.ipynb) · [11 Terms](11_terms.ipynb) →
