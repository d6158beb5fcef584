# %% [markdown]
# # Training in a nutshell
#
# You take the last slide of the lecture, run it as it is printed, see what each of its lines and
# numbers does, and end with a network that reads 98 of 100 handwritten digits it has never seen.
#
# **25 minutes.** You need: Python, and the words *loss*, *gradient*, *learning rate*. Everything
# runs on your machine; the digits come with the course.
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
# A training loop goes around four steps, for one batch of data after the other:
#
# 1. **Draw a batch**: inputs $x$, and their labels `y_true`. (The slide in section 1 calls the
#    labels *y_pred*; that is what step 2 produces.)
# 2. **Forward pass**: run the model on $x$ to get its predictions `y_pred`, here `preds`.
# 3. **Loss**: one number that says how far the predictions are from the labels.
# 4. **Update**: change all weights a little, so that the loss on this batch gets smaller:
#    $W \leftarrow W - lr \cdot \nabla \ell(X, W)$.
#
# Step 4 needs the gradient $\nabla \ell$ of every weight. `loss.backward()` finds them all in one
# backward pass and leaves each of them in its parameter as `.grad`; `optimizer.step()` uses them.
#
# | in the formula | in the code | what it is |
# |---|---|---|
# | $W$ | `model.parameters()` | the weights: kernels and biases |
# | $X$ | `inputs` | a batch: a row for each digit, 784 pixels from 0 to 1 |
# | $\ell$ | `loss_fn(preds, labels)` | the loss |
# | $\nabla \ell$ | `parameter.grad` | the gradient, one number for each weight |
# | $lr$ | `lr` | the learning rate: how large the step is |
# | $\beta$ | `momentum` | how much of the last step is taken again |

# %%
digits = engine.load_mnist()
print(digits.train_images.shape, digits.train_labels.shape, digits.test_images.shape)

fig, axes = plt.subplots(2, 10, figsize=(10, 2.4))
for axis, image, label in zip(axes.flat, digits.train_images, digits.train_labels):
    axis.imshow(image.reshape(28, 28), cmap=engine.style.DIGITS)
    axis.set_title(label, loc="center")
    axis.axis("off")

# %% [markdown]
# The model: 784 pixels in, 512 hidden units with `relu`, 10 scores out, one for each digit. It
# starts with random weights, so it guesses.


# %%
def new_model(seed=0):
    rng = np.random.default_rng(seed)
    return engine.Sequential(
        engine.Dense(784, 512, "relu", rng=rng),
        engine.Dense(512, 10, rng=rng),
    )


def new_loader():
    rng = np.random.default_rng(1)
    return engine.DataLoader(digits.train_images, digits.train_labels, 128, shuffle=True, rng=rng)


model = new_model()
print(f"{model.parameter_count:,} parameters")

test = digits.test_images, digits.test_labels
loss, accuracy = engine.evaluate(model, *test, engine.cross_entropy)
print(
    f"untrained: loss {loss:.2f}, right {accuracy:.0%} of the time"
    f" (guessing: loss log 10 = {np.log(10):.2f}, right 10%)"
)

# %% [markdown]
# ## The last slide, as it is printed
#
# These are the lecture's own lines, comments and all. The slide says `torch`; here that is another
# name for this course's own engine, a few short files that you can read in an evening. The loop
# does not notice the difference. (The real PyTorch runs it too, to the same numbers: see the end of
# this notebook.) Three more names are needed, and our `loss_fn` also writes down each loss, for the
# picture below.

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
loss, accuracy = engine.evaluate(model, *test, engine.cross_entropy)
reached = all(p.grad is not None for p in model.parameters())
print(f"{len(slide_losses)} updates, each weight has a gradient: {reached}")
print(f"after the slide's epoch: loss {loss:.2f}, right {accuracy:.0%} of the time")

# %%
engine.exercises.training_in_a_nutshell.prediction.answer()

# %% [markdown]
# The loop is right, line by line, and yet the network has hardly moved: its loss went from 2.30 to
# 2.29.
#
# Nothing is broken. `lr=0.0001` can suit a large model that is trained for days. Here each step is
# so small that 469 of them lead almost nowhere. The lecture's own takeaway says what to do: *choose
# a big learning rate to start with*, and *always monitor the loss*.
#
# ## The same loop with a sensible learning rate
#
# `fit` is that loop in a function: it goes through the batches in the same four steps, and keeps
# the losses in a `History`.

# %%
sgd_histories = {}
for lr in (0.0001, 0.1, 5.0):
    model = new_model()
    optimizer = engine.optim.SGD(model.parameters(), lr=lr, momentum=0.2)
    history = engine.fit(
        model, new_loader(), engine.cross_entropy, optimizer, num_epoch=1, progress=False
    )
    loss, accuracy = engine.evaluate(model, *test, engine.cross_entropy)
    sgd_histories[lr] = history
    verdict = "learned" if accuracy > 0.8 else "did not learn"
    print(f"lr {lr:<6g} {verdict:<14} first loss {history.step_losses[0]:.2f}")

same = np.allclose(slide_losses, sgd_histories[0.0001].step_losses)
print("the loop of the slide and fit, step by step the same:", same)

# %%
fig, axis = plt.subplots(figsize=(9, 4))
looks = ("-", "quiet"), ("--", "path"), (":", "gradient")
for (lr, history), (style, color) in zip(sgd_histories.items(), looks):
    axis.plot(history.step_losses, style, color=COLORS[color], label=f"lr = {lr:g}")
axis.axhline(np.log(10), color=COLORS["quiet"], linewidth=1)
axis.text(469, np.log(10), " guessing", va="center")
axis.set(xlabel="step (one batch of 128 digits)", ylabel=r"loss $\ell$", ylim=(0, 4), xlim=(0, 468))
axis.set_title("One epoch, three learning rates")
axis.legend(loc="upper right", ncols=3)
fig.tight_layout()

# %% [markdown]
# Three fates of the same loop:
#
# - `lr=0.0001`, **too small**: the loss creeps. More epochs would help, hundreds of them.
# - `lr=0.1`, **sensible**: after a hundred steps the network reads most digits.
# - `lr=5`, **too big**: the first steps overshoot so far that the loss leaves the picture, and the
#   network does not recover. We come back to this below.

# %% [markdown]
# ## What each line is for
#
# Take one line out of the loop and something definite goes wrong. The most instructive is
# `zero_grad()`: gradients **accumulate**, so without it every step uses the sum of all gradients so
# far.

# %%
weight = engine.Parameter([1.0])
for repetition in (1, 2, 3):
    loss = (3 * weight).sum()  # its gradient is 3, always
    loss.backward()
    print(f"after {repetition} backward passes without zero_grad: grad = {weight.grad.item():g}")

# %% [markdown]
# ## Do it
#
# Write the loop yourself: one epoch, for any model, loader, loss and optimizer. Then run the cell;
# it tells you what is right, or what went wrong and why.


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
# </details>

# %% [markdown]
# ## The takeaways, run
#
# The lecture ends with advice. We try each sentence, with its own recipe: *choose a small number of
# epochs to start (e.g. 10) and a small part of the data*. So: 10 epochs on 1,000 digits, with a
# network of 64 hidden units. One run takes less than a second, and that is the point: you can
# afford to try things. The last 1,000 training digits are kept aside as *validation data*.

# %%
validation = digits.train_images[-1000:], digits.train_labels[-1000:]


def small_run(optimizer_class, samples=1000, num_epoch=10, **settings):
    rng = np.random.default_rng(0)
    model = engine.Sequential(
        engine.Dense(784, 64, "relu", rng=rng, dtype=float),
        engine.Dense(64, 10, rng=rng, dtype=float),
    )
    data = digits.train_images[:samples], digits.train_labels[:samples]
    loader = engine.DataLoader(*data, batch_size=32, shuffle=True, rng=rng)
    optimizer = optimizer_class(model.parameters(), **settings)
    return engine.fit(
        model, loader, engine.cross_entropy, optimizer, num_epoch, validation, progress=False
    )


history = small_run(engine.SGD, lr=0.1)
print(
    f"{len(history.step_losses)} steps; more than 85% of the validation digits right"
    f" after the last: {history.validation_accuracy[-1] > 0.85}"
)

# %% [markdown]
# ### "SGD is very sensitive to the learning rate. Momentum often helps"

# %%
rates = [0.001, 0.01, 0.1, 1.0, 5.0]
right = {}
for beta in (0.0, 0.9):
    histories = [small_run(engine.SGD, lr=lr, momentum=beta) for lr in rates]
    right[beta] = np.array([history.validation_accuracy[-1] for history in histories])
print("lr          ", *(f"{lr:>8g}" for lr in rates))
for beta, row in right.items():
    words = ["good" if share > 0.75 else "so-so" if share > 0.2 else "guesses" for share in row]
    print(f"momentum {beta:<3g}", *(f"{word:>8}" for word in words))

fig, axis = plt.subplots(figsize=(9, 3.6))
axis.semilogx(rates, 100 * right[0.0], "o-", color=COLORS["path"], label="momentum 0")
axis.semilogx(rates, 100 * right[0.9], "s--", color=COLORS["momentum"], label="momentum 0.9")
axis.axhline(10, color=COLORS["quiet"], linestyle=":", label="guessing")
axis.set(xlabel="learning rate $lr$", ylabel="validation digits right (%)", ylim=(0, 100))
axis.set_title("10 epochs on 1,000 digits")
axis.legend()
fig.tight_layout()

# %% [markdown]
# **Sensitive**: yes. The same ten epochs end anywhere between 10 % and 90 %, and nothing but $lr$
# is different. **Momentum often helps**: yes, where $lr$ is small. With $\beta = 0.9$ steps in the
# same direction add up to $1 / (1 - \beta) = 10$ times the step, so the whole curve moves to
# smaller learning rates by a factor of about 10. At $lr = 1$ the same factor hurts: *often*, not
# always.
#
# ### "Choose a big learning rate to start with (e.g. 0.01 with Adam)"

# %%
adam = {lr: small_run(engine.Adam, lr=lr) for lr in (0.0001, 0.01, 0.1)}
for lr, history in adam.items():
    reached = [epoch for epoch, loss in enumerate(history.train_loss, 1) if loss < 0.5]
    word = f"in epoch {reached[0]}" if lr == 0.01 else "never" if not reached else "at times"
    print(f"Adam, lr {lr:<7g} training loss below 0.5", word)

fig, axis = plt.subplots(figsize=(9, 3.6))
for (lr, history), (style, color) in zip(adam.items(), looks):
    look = dict(marker="o", color=COLORS[color], label=f"Adam, lr = {lr:g}")
    axis.plot(range(1, 11), history.train_loss, style, **look)
axis.axhline(np.log(10), color=COLORS["quiet"], linewidth=1, label="guessing")
axis.set(xlabel="epoch", ylabel=r"training loss $\ell$", ylim=(0, 3))
axis.set_title("Ten times too big, just right, a hundred times smaller")
axis.legend(ncols=2)
fig.tight_layout()

# %% [markdown]
# The advice holds here: 0.01 is fast, *bigger lr speeds things up* until it does not (0.1 stays
# above a loss of 1, so *make it smaller*), and 0.0001 is still on its way. It is a place to start
# from and no law: Adam moves each weight by about $lr$ whatever the size of the gradient, so larger
# networks, in which more weights move at once, usually want 0.001 or less.
#
# ### "If SGD converges, augment the data and/or epochs"
#
# The recipe worked on 1,000 digits. Now ten times as many:

# %%
small, large = adam[0.01], small_run(engine.Adam, lr=0.01, samples=10_000)
print(
    f"learned by heart, 1,000 digits:  training loss below 0.05: {small.train_loss[-1] < 0.05}"
    f"   validation loss above 0.25: {small.validation_loss[-1] > 0.25}"
)
more = large.validation_accuracy[-1] > small.validation_accuracy[-1]
print("10,000 digits, the same network: more validation digits right:", more)

fig, axis = plt.subplots(figsize=(9, 3.6))
for history, style, name in ((small, "s--", "1,000 digits"), (large, "o-", "10,000 digits")):
    known, new = 100 * np.array(history.train_accuracy), 100 * np.array(history.validation_accuracy)
    axis.plot(range(1, 11), known, style, color=COLORS["path"], label=f"training, {name}")
    axis.plot(range(1, 11), new, style, color=COLORS["gradient"], label=f"validation, {name}")
axis.set(xlabel="epoch", ylabel="digits right (%)", ylim=(70, 101))
axis.set_title("More data: the gap between the two gets smaller")
axis.legend(ncols=2, loc="lower right")
fig.tight_layout()


# %% [markdown]
# With 1,000 digits the network soon knows its training data by heart, and more epochs can teach it
# hardly anything new. Other digits do. The last step, all 60,000 and a larger network, comes below.
#
# ### "If it doesn't converge, you need more epochs"
#
# Sometimes. Here are one learning rate that is too small and one that is too big, for 10 and for
# 100 epochs:

# %%
def verdict(share):
    if share > 0.6:
        return "most digits right"
    return "no better than guessing" if share < 0.15 else "still far away"


for lr in (0.001, 5.0):
    for num_epoch in (10, 100):
        history = small_run(engine.SGD, lr=lr, num_epoch=num_epoch)
        print(f"lr {lr:<6g} {num_epoch:>3} epochs: ", verdict(history.validation_accuracy[-1]))

# %% [markdown]
# More epochs cure steps that are too **small**. Steps that are too **big** ruin the network at
# once, and then no number of epochs brings it back: make $lr$ smaller and begin anew. There is a
# third case, the one above: where the validation loss has stopped falling, more epochs only teach
# the training data by heart.
#
# How do you know which case it is? *Always monitor the loss!*
#
# ## Drag it
#
# A network that trains while you watch, on 10,000 digits. It has made its first 300 steps; press
# **Play** and it goes on. Every slider works while it learns.
#
# 1. Let it settle at $lr = 0.1$, then lower $lr$ to 0.01: the dashed validation loss becomes
#    smooth. Smaller steps, less scatter of the weights. (The training loss still jitters: each of
#    its points is ten other batches.)
# 2. **Reset**, $lr = 10$, Play: how many steps until it is lost? Does lowering $lr$ bring it back?
# 3. **Reset**, press *more*, take Adam with $lr = 0.01$ and $\beta = 0.9$, and let it run: when
#    does the distance between the two losses open?

# %%
explorer = engine.explorers.TrainingExplorer(lr=0.1)
explorer.train(300)
explorer

# %% [markdown]
# **Challenge.** From Reset, what is the highest share of validation digits you can reach within 500
# steps? Batch size counts too: a larger batch makes a better step, and you are only counting steps.

# %% [markdown]
# ## What is wrong with this training?
#
# Most training loops that fail raise no error: they only learn badly, or not at all. Each case
# below is a real training of a small network on 400 digits. In most of them one thing in the loop
# is wrong; in one, nothing is. Read the curves first. Does the loss fall, jump, or stay flat? Do
# *new* digits do as well as those that it trains on? How long are the steps, beside the weights? If
# you need more, ask for evidence. Then say what is wrong. The right answer shows the wrong line
# next to the right one, with a healthy run in grey.

# %%
engine.explorers.BugExplorer()

# %% [markdown]
# Three questions find most mistakes in a loop of your own, too:
#
# 1. **Is the first loss that of guessing?** For ten digits it is log 10 = 2.30. If not, look at the
#    data (are they scaled?) and at the loss (a sum or a mean?).
# 2. **Can it learn a single digit by heart?** If not, do not wait for epochs: the loop itself is
#    broken, or $lr$ is far too small.
# 3. **Does the gradient agree with a nudge?** If it does, the mistake is not in the gradient, but in
#    what is done with it, or in the data.

# %% [markdown]
# ## The real thing
#
# The last step of the recipe, *until you reach the size of your problem*: 784-512-10 with ReLU,
# batches of 128, five epochs over all 60,000 digits, and RMSprop, an optimizer with a learning rate
# of its own for each weight ([notebook 08](08_optimizers.ipynb)). The 10,000 test digits are never
# trained on; we look at them after each epoch, as *validation*. It takes some ten seconds; the
# picture says how many it took where it was made.

# %%
import time

model = new_model(seed=2)
optimizer = engine.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9)
started = time.perf_counter()
history = engine.fit(
    model, new_loader(), engine.cross_entropy, optimizer, num_epoch=5, validation=test
)
seconds = time.perf_counter() - started
share = history.validation_accuracy[-1]
print(f"right on digits it has never seen: {share:.0%}, at least 97.5%: {share >= 0.975}")

# %%
epochs = np.arange(1, 6)
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8))
steps = np.arange(1, 1 + len(history.step_losses)) / len(new_loader())
left.plot(steps, history.step_losses, color=COLORS["path"], alpha=0.2, linewidth=0.5)
left.plot(epochs, history.train_loss, "o-", color=COLORS["path"], label="training")
left.plot(epochs, history.validation_loss, "s--", color=COLORS["validation"], label="validation")
left.set(xlabel="epoch", ylabel=r"loss $\ell$", ylim=(0, 0.5), xticks=epochs)
left.set_title("Loss: thin, every batch")
right.plot(epochs, history.train_accuracy, "o-", color=COLORS["path"], label="training")
right.plot(epochs, history.validation_accuracy, "s--", color=COLORS["validation"], label="validation")
right.set(xlabel="epoch", ylabel="accuracy", xticks=epochs)
right.set_title(f"Share read correctly (trained in {seconds:.0f} s)")
for axis in (left, right):
    axis.legend()
fig.tight_layout()

# %% [markdown]
# Two things to see. The training loss of an epoch is a mean over its batches *while the weights
# were changing*, so it lags: in the first epoch it is above the validation loss. From then on the
# training loss keeps falling while the validation loss levels off: the network begins to learn its
# training digits by heart. That gap is called *overfitting*, and watching the validation loss is
# how one notices.
#
# ## Where it errs (optional)
#
# A **confusion matrix** counts, for every true digit (row), what the network said (column).

# %%
with engine.no_grad():
    scores = model(digits.test_images)
said = scores.data.argmax(axis=1)

confusion = np.zeros((10, 10), int)
np.add.at(confusion, (digits.test_labels, said), 1)
rows = (confusion.sum(axis=1) == np.bincount(digits.test_labels)).all()
print("digits in all:", confusion.sum(), "   rows add up to the labels:", rows)
same = np.isclose(confusion.trace() / 10_000, history.validation_accuracy[-1])
print("diagonal = accuracy:", same)

# %%
errors = confusion - np.diag(confusion.diagonal())
fig, axis = plt.subplots(figsize=(6, 5.6))
axis.imshow(errors, cmap="Oranges", vmax=max(20, errors.max()))
for true, column in np.ndindex(10, 10):
    count = confusion[true, column] or "·"
    color = engine.style.MUTED if true == column else "black"
    axis.text(column, true, count, ha="center", va="center", fontsize=11, color=color)
axis.set(xlabel="what the network said", xticks=range(10), ylabel="true digit", yticks=range(10))
axis.set_title("Confusion matrix (coloured: mistakes)")
fig.tight_layout()

# %% [markdown]
# And these are the mistakes it was surest of: the true digit, and what the network read. Would you
# have known?

# %%
probability = engine.softmax(scores).data
wrong = np.flatnonzero(said != digits.test_labels)
surest = wrong[np.argsort(-probability[wrong, said[wrong]])][:20]
print("fewer than 250 of 10,000 are wrong:", len(wrong) < 250)

fig, axes = plt.subplots(2, 10, figsize=(10, 2.9))
for axis, i in zip(axes.flat, surest):
    axis.imshow(digits.test_images[i].reshape(28, 28), cmap=engine.style.DIGITS)
    axis.set_title(f"{digits.test_labels[i]}, read {said[i]}", loc="center", fontsize=11)
    axis.axis("off")
fig.tight_layout()

# %% [markdown]
# ## Now you write
#
# Draw a digit with the mouse, a pen or a finger, and the network that you have just trained reads
# it while you draw. Your drawing is centred and scaled as MNIST's digits were; without that the
# network would read it badly, because it has never seen a digit in a corner.
#
# 1. Draw a 7. Then add a bar through its middle, as many Europeans write it. Is it still a 7?
# 2. Find a digit that the network gets wrong. Which two digits does it waver between?
# 3. Choose *what would make it a ...* and another digit. Violet pixels would raise its score: this
#    is the gradient of the score with respect to the *pixels*, not to the weights. Add ink there.
# 4. Under *more*, say what your digit really is, and press Play at *learn it*. Twenty real steps of
#    gradient descent follow, on your one drawing. What do they cost on the test digits?

# %%
engine.explorers.DigitExplorer(model)

# %% [markdown]
# ## The same loop in PyTorch (optional)
#
# The slide is written for PyTorch, and its lines run there unchanged. To compare the two step by
# step, both must start from the same weights. One detail: a `Dense` layer keeps its kernel as
# (inputs, units), for `dot(input, W)`; PyTorch's `Linear` keeps the transpose, (units, inputs), the
# way the slide writes its $2 \times 3$ matrix. So carry over `kernel.T`.

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
# below shows its losses beside ours; if not, it says so. (To have it: `pip install torch`.)

# %%
from importlib.util import find_spec

batches = list(new_loader())[:50]
has_pytorch = find_spec("torch") is not None
theirs = losses_in_pytorch(new_model(), batches, lr=0.1, momentum=0.2) if has_pytorch else []
model = new_model()
optimizer = engine.SGD(model.parameters(), lr=0.1, momentum=0.2)
history = engine.fit(model, batches, engine.cross_entropy, optimizer, num_epoch=1, progress=False)
ours = history.step_losses
print("ours at steps 1, 25 and 50:", *(f"{ours[step]:.2f}" for step in (0, 24, 49)))

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6))
left.plot(ours, color=COLORS["path"], label="this course's engine")
left.set(xlabel="step", ylabel=r"loss $\ell$", ylim=(0, 2.5))
left.set_title("The same batches, the same weights")
right.set(xlabel="step", ylabel="|difference of the losses|", yscale="log")
right.set(ylim=(1e-9, 1), xlim=(0, 50), title="How far apart")
if has_pytorch:
    apart = np.maximum(np.abs(np.subtract(ours, theirs)), 1e-9)
    left.plot(theirs, "o", color=COLORS["momentum"], markersize=4, label="PyTorch, run here")
    right.plot(apart, "o", color=COLORS["momentum"], markersize=4)
else:
    text = "PyTorch is not installed here:\nnothing to compare"
    right.text(0.5, 0.5, text, ha="center", transform=right.transAxes)
left.legend()
fig.tight_layout()

# %% [markdown]
# The stored picture was made where PyTorch is installed: its dots lie on our line, and the two
# differ by about one unit in the seventh digit at most, which is all that numbers of type float32
# hold (dots on the lower edge: no difference at all). (In float64 the project's tests,
# `tests/test_against_torch.py`, hold every gradient and every optimizer against PyTorch to 1e-12.)
# Where you go from here, your loop comes along.
#
# <details><summary>The other way: weights from PyTorch into this engine</summary>
#
# ```python
# for dense, linear in zip(model.layers, (theirs[0], theirs[2])):
#     dense.kernel.data[...] = linear.weight.detach().numpy().T
#     dense.bias.data[...] = linear.bias.detach().numpy()
# ```
#
# One difference remains. With momentum, PyTorch multiplies by the *present* $lr$ the sum of old
# gradients, the lecture keeps the old *steps* as they were. It is the same path as long as $lr$ is
# constant, and another one if you change $lr$ during training ([notebook 07](07_momentum.ipynb)).
#
# </details>

# %% [markdown]
# ## What you have seen
#
# - **Training loop**: batch, forward pass, loss, update, again and again.
# - **Batches**: 128 digits at a time; 469 of them are one *epoch*, once around all the data.
# - **Loss function**: `cross_entropy`, how surprised the model is by the true label. 2.30 = log 10
#   is guessing.
# - **Back propagation**: `loss.backward()`, which leaves a gradient in every parameter.
# - **Optimizer**: `SGD`, `Adam`, `RMSprop`: turns gradients into steps. `zero_grad()` before each
#   backward pass.
# - **Learning rate**: too small creeps, too big never converges; the right one is found by watching
#   the loss.
# - **Number of iterations**, **convergence**: from too small steps to a settled loss is a matter of
#   epochs; from too big ones it is not.
#
# And the takeaways: start with Adam, $lr = 0.01$, 10 epochs, a small part of the data; watch both
# losses; lower $lr$ if it does not converge; then grow.

# %%
engine.exercises.training_in_a_nutshell.questions

# %% [markdown]
# To read on: the engine itself, `lecture3_engine/training.py` and `optim.py`; LeCun, Bottou,
# Bengio, Haffner, *Gradient-based learning applied to document recognition*, Proceedings of the
# IEEE 86 (1998), where these digits come from; Chollet, *Deep Learning with Python*, chapter 2,
# which trains the same network.
#
# ← [09 Backpropagation](09_backpropagation.ipynb) · [11 Terms](11_terms.ipynb) →
