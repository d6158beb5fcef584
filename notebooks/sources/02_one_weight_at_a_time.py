# %% [markdown]
# # One weight at a time
#
# You improve a layer in the most obvious way: try each weight up and down. Then you count what that
# costs. The cost is the reason for everything that follows.
#
# **35 minutes.** You need: the forward pass of a dense layer and the word *loss*, from
# [notebook 01](01_how_learning_happens.ipynb).
#
# ← [01 How does learning happen?](01_how_learning_happens.ipynb) ·
# [03 Gradient descent](03_gradient_descent.ipynb) →

# %%
import matplotlib.pyplot as plt
import numpy as np

import lecture3_engine as engine

engine.style.use()

# %% [markdown]
# ## Predict

# %%
engine.exercises.one_weight_at_a_time.prediction

# %% [markdown]
# ## The idea
#
# Step 4 of the training loop says: *update all weights in a way that slightly reduces the loss*. If
# you had to invent a way, you might begin like this:
#
# - Change one coefficient of $W$ or $b$, for example increase it by a little.
# - Do the forward pass again and see whether the loss $\ell$ improved. If it did, keep the change;
#   if not, try to decrease it.
# - Go on with the next coefficient.
#
# The lecture shows it with a layer of 3 inputs and 2 outputs, random at first, and a step of 0.05:
#
# $$W = \begin{bmatrix} 0.30 & 0.45 & 0.10 \\ 0.70 & 0.56 & 0.32 \end{bmatrix} \qquad b = \begin{bmatrix} 0.50 \\ 0.21 \end{bmatrix}$$
#
# | weight adjustment | first element of $W$ | loss |
# |---|---|---|
# | weight initialization | 0.30 | $\ell = 0.5$ |
# | increase the first element of $W$: the loss increases | 0.35 | $\ell = 0.6$ |
# | decrease the first element of $W$: the loss decreases | 0.25 | $\ell = 0.4$ |
#
# ## The slide's table, computed
#
# The slide does not say which input and which loss give these numbers, so here is a choice that
# does. A step of 0.05 changes the loss by 0.1, twice as much; the weight is multiplied by the first
# entry of the input, so let that be 2. The loss is the sum of the absolute errors, and the target
# lies 0.5 below the first output and exactly at the second.

# %%
W = np.array([[0.30, 0.45, 0.10], [0.70, 0.56, 0.32]])
b = np.array([0.50, 0.21])
x = np.array([2.0, 1.0, 1.0])
target = np.array([1.15, 2.49])


def loss(W):
    output = W @ x + b  # the forward pass
    return np.abs(output - target).sum()


print("output", W @ x + b, "  target", target)
for value in (0.30, 0.35, 0.25):
    W_trial = W.copy()
    W_trial[0, 0] = value
    print(f"W[0, 0] = {value:.2f}   loss = {loss(W_trial):.1f}")

# %% [markdown]
# Three real forward passes, and the slide's three numbers. `W_trial = W.copy()` matters: without it
# the second trial would begin where the first one ended.
#
# ## "A randomly initialized model would show about 10 % accuracy"
#
# Before we improve a network, is it true that it begins at 10 %? Take twenty networks with random
# weights, 784-512-10 as for MNIST, and let each of them read 2,000 test digits.


# %%
def new_model(seed):
    rng = np.random.default_rng(seed)
    return engine.Sequential(
        engine.Dense(784, 512, "relu", rng=rng), engine.Dense(512, 10, rng=rng)
    )


digits = engine.load_mnist()
images, labels = digits.test_images[:2000], digits.test_labels[:2000]
accuracies = [
    engine.evaluate(new_model(seed), images, labels, engine.cross_entropy)[1] for seed in range(20)
]

print(f"mean of {len(accuracies)} networks: {np.mean(accuracies):.0%}")
print(f"the worst: {min(accuracies):.0%}, the best: {max(accuracies):.0%}")

# %%
COLORS = engine.style.COLORS
percent = 100 * np.array(accuracies)
fig, axis = plt.subplots(figsize=(9, 3.2))
axis.hist(percent, bins=np.arange(2, 20, 2), color=COLORS["path"], edgecolor="white")
axis.axvline(percent.mean(), color=COLORS["quiet"], linestyle="--")
axis.text(percent.mean() + 0.15, 6.3, "mean", va="top")
axis.set(xlabel="accuracy on 2,000 digits, %", xticks=range(2, 20, 2))
axis.set(ylabel="networks", yticks=range(0, 7, 2), ylim=(0, 6.4))
axis.set_title("Twenty networks that have learned nothing")
fig.tight_layout()

# %% [markdown]
# The slide is right, for the mean: the ten outputs are drawn in the same way, so averaged
# over many seeds, each output is the correct one a tenth of the time. A single network may have 4 % or 16 %. That is more
# scatter than 2,000 tosses of a ten-sided die would give, which nearly always stay between 8 and 12
# %. The reason: a random network does not toss a die for each digit. It has favorites.

# %%
for seed in (0, 1, 2):
    said = new_model(seed)(images).data.argmax(axis=1)
    counts = np.bincount(said, minlength=10)
    share = counts.max() / len(said)
    print(f"network {seed} answers {counts.argmax()} for {share:.0%} of the digits")

# %% [markdown]
# ## The naive approach in code
#
# For each coefficient in turn: try up, try down, keep the best of the three. (You could skip the
# second trial whenever the first one helps; the slide counts both.) The parameters are the six
# weights and the two biases, in one array.


# %%
def loss_of(parameters):
    output = parameters[:6].reshape(2, 3) @ x + parameters[6:]
    return np.abs(output - target).sum()


start = np.append(W, b)
best, best_loss, forward_passes = start.copy(), loss_of(start), 1  # one pass for the loss to beat
for i in range(len(start)):
    for change in (0.05, -0.05):
        trial = best.copy()
        trial[i] = start[i] + change
        trial_loss = loss_of(trial)
        forward_passes += 1
        if trial_loss < best_loss:
            best, best_loss = trial, trial_loss

print("changes:", (best - start).round(2))
print(
    f"loss {loss_of(start):.2f} -> {best_loss:.2f} with {forward_passes} forward passes,"
    f" two for each of {len(best)} parameters and one for the start"
)

# %% [markdown]
# The engine has this as `coordinate_search_step`, which also counts. Update after update:

# %%
parameters = start
for update in (1, 2, 3, 4):
    parameters, passes = engine.coordinate_search_step(loss_of, parameters, step=0.05)
    print(f"update {update}: {passes} forward passes, loss {loss_of(parameters):.2f}")

# %% [markdown]
# It works! Eight parameters, two updates, and the loss is 0. So what is wrong with it?
#
# ## Drag it
#
# *By hand*: one coefficient, moved by you. Drag its number, or the dot on the curve. *Naive*: the
# search that you have just seen, one forward pass after the other; blue is what helped. And a race
# to one update of all parameters, in the time of forward passes. Further down you measure what a
# pass takes on your machine.
#
# 1. Drag the dot from −0.05 over 0 to 0.05, the slide's three rows. How far can you go down before
#    the loss rises again?
# 2. Choose `W[1, 0]`, by a click on its number. The second output is right already, so both
#    directions make it worse: the best is to stay.
# 3. Choose `b[0]`. The line is half as steep: nothing multiplies the bias.
# 4. Press **Play** at *passes of the search*. Look how many of the seventeen passes lead to an
#    improvement, and how far each bar of the race has got by then.

# %%
engine.explorers.OneWeightExplorer(entry="W[0, 0]", change=0.05)

# %% [markdown]
# From 0.30 the first weight can go down by 0.25, to where the first output meets its target; beyond
# it the loss rises again. And of the sixteen trials only four improve anything: those that bring
# the first output down. The other twelve are the price of not knowing which way to go.
#
# ## "Terribly inefficient"
#
# The slide: *for a middle size network, e.g. 400k parameters, this is 800k forward passes*. That
# is about the size of the network above, 784-512-10. (Today we would call it tiny.) Count:

# %%
model = new_model(0)
parameter_count = 784 * 512 + 512 + 512 * 10 + 10
print(f"{parameter_count:,} parameters; the engine counts {model.parameter_count:,}")
print(
    f"up and down for each: {2 * parameter_count:,} trials,"
    f" and one forward pass for the loss to beat: {2 * parameter_count + 1:,}"
)

# %% [markdown]
# And in time? One forward pass of a batch of 128 digits, measured here; and beside it what the rest
# of this course is about: one forward and one **backward** pass, which finds for *all* parameters
# at once which way to go. (Your times differ from anyone else's, so the
# cell prints only a rough ratio. Add the line `print(forward, both, naive)` to see your seconds.)

# %%
import time

x_batch, y_true = digits.train_images[:128], digits.train_labels[:128]
forward, both = np.inf, np.inf
# the quickest of ten: the least disturbed by what else the machine does
for repetition in range(10):
    begin = time.perf_counter()
    value = engine.cross_entropy(model(x_batch), y_true)
    middle = time.perf_counter()
    value.backward()
    end = time.perf_counter()
    forward, both = min(forward, middle - begin), min(both, end - begin)

naive = 2 * parameter_count * forward  # seconds
at_least = 10 ** int(np.log10(naive / both))
print(f"one naive update takes more than {at_least:,} times as long as the other way")

# %% [markdown]
# On an ordinary laptop the naive update takes from several minutes to an hour, several hundred
# thousand times as long as the other way: for *one* step on *one* batch, and an epoch, once around
# all digits, has 469 of them. The cost grows with the square of the size, as each forward pass gets
# longer and more of them are needed. A backward pass costs at most about as much as two forward
# passes, whatever the size of the network; [notebook 09](09_backpropagation.ipynb) counts. (GPT-2
# is the largest one of Radford et al. 2019.)

# %%
sizes = {"the slide's layer": 8, "784-10": 7_850, "784-512-10": 407_050, "GPT-2": 1_500_000_000}
for name, count in sizes.items():
    about = "about " if count > 1e9 else ""  # Radford et al. say 1.5 billion
    passes = about + (f"{2 * count:,}" if about else f"{2 * count + 1:,}")
    print(f"{name:<18}{about + format(count, ','):>20} parameters: {passes:>20} forward passes")

counts = np.array(list(sizes.values()))
lines = (
    (2 * counts + 1, "o-", "gradient", "naive: 2 for each parameter, and 1"),
    (3 + 0 * counts, "s--", "path", "one forward and one backward pass: at most about 3"),
)
fig, axis = plt.subplots(figsize=(9, 3.6))
for passes, style, color, label in lines:
    axis.loglog(counts, passes, style, color=COLORS[color], label=label)
for name, count in sizes.items():
    axis.text(2.5 * count, 1.5 * count, name, va="center")
axis.set(xlabel="number of parameters", ylabel="cost in forward passes", title="One update")
axis.set(xlim=(1, 1e11), ylim=(1, 1e11))
axis.legend(loc="upper left")
fig.tight_layout()

# %% [markdown]
# ### What does it buy?
#
# A race on that network and that batch. The naive way may try 50 weights of the last layer, drawn
# at random, with the slide's step of 0.05: 101 forward passes. The other way gets one forward and
# one backward pass, and a small step.


# %%
def batch_loss():
    with engine.no_grad():  # a forward pass alone: nothing is noted for a backward pass
        return engine.cross_entropy(model(x_batch), y_true).item()


kernel = model.layers[1].kernel.data
chosen = np.random.default_rng(0).choice(kernel.size, 50, replace=False)
passes = 1
best_loss = first_loss = batch_loss()
for i in chosen:
    value = best_value = kernel.flat[i]
    for trial in (value + 0.05, value - 0.05):
        kernel.flat[i] = trial
        trial_loss, passes = batch_loss(), passes + 1
        if trial_loss < best_loss:
            best_loss, best_value = trial_loss, trial
    kernel.flat[i] = best_value
print(f"naive, {passes} forward passes: from {first_loss:.2f} to {best_loss:.2f}")

# %%
model = new_model(0)  # from the same beginning
optimizer = engine.SGD(model.parameters(), lr=0.1)
first_loss, _ = engine.train_step(model, x_batch, y_true, engine.cross_entropy, optimizer)
print(f"1 forward and 1 backward pass: from {first_loss:.2f} to {batch_loss():.2f}")

# %% [markdown]
# How far each way gets depends on the step. With a step of 3 the naive way reaches 2.00 here, and
# with `lr=1` the other way reaches 1.92: larger steps help both. What does not depend on the step is
# the price. A hundred and one passes served 50 weights; one pass each way serves all 407,050.
#
# ## The answer

# %%
engine.exercises.one_weight_at_a_time.prediction.answer()

# %% [markdown]
# ## Do it: improve one coefficient
#
# The heart of the naive approach, for any loss and any array `w`. `index` says which coefficient,
# for example `(0, 0)`; `w[index]` is its value.


# %%
def update_one_weight(loss, w, index, step):
    ...  # your code here


engine.exercises.check(update_one_weight)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def update_one_weight(loss, w, index, step):
#     best = w = w.astype(float)  # a copy; whole numbers could not hold 0.05
#     for change in (step, -step):
#         trial = w.copy()
#         trial[index] += change
#         if loss(trial) < loss(best):
#             best = trial
#     return best
# ```
#
# Both trials start from a fresh copy of `w`, so `w` itself stays as it was, and a trial has to be
# better than the best so far. At a minimum neither is, and `w` comes back.
#
# </details>

# %% [markdown]
# ## What we would like
#
# Look once more at the three losses 0.4, 0.5, 0.6. They hold more than *down is better*: the loss
# changes by 0.1 for 0.05, so it changes **twice as fast** as the weight. For another weight it may
# be ten times, or hardly at all. If you knew this number for every weight, you could move all of
# them at once, each in its own direction and in proportion. The lecture puts it like this: *we'd like a
# method that can update all the weights in a way that the model gets better*. The number is the
# rate of change, $rc$, and [notebook 03](03_gradient_descent.ipynb) begins with it.
#
# ## Three questions

# %%
engine.exercises.one_weight_at_a_time.questions

# %% [markdown]
# ## What you have seen
#
# - **Loss function**: whatever it is, one number tells whether a change of the weights was good.
# - Forward pass: the unit in which the cost of an update is counted. The naive way needs two for
#   each parameter: 814,100 for 784-512-10.
# - **Back propagation**, so far only its price: one forward and one backward pass, for all
#   parameters together.
# - Random initialization: about 10 % on average, with the favorites of each network.
#
# The naive way is not foolish everywhere. With few parameters and a loss that has no derivative it
# is used under the name *direct search* or *coordinate search*.
#
# To read on: Robert Hooke and T. A. Jeeves, *"Direct Search" Solution of Numerical and Statistical
# Problems*, Journal of the ACM 8(2), 1961, pages 212 to 229, who try one coordinate up and down.
# Walter Baur and Volker Strassen, *The Complexity of Partial Derivatives*, Theoretical Computer
# Science 22, 1983, pages 317 to 330: all derivatives together never cost more than a few times the
# function itself. In this package: `coordinate_search_step` in `finite_difference.py`.
#
# ← [01 How does learning happen?](01_how_learning_happens.ipynb) ·
# [03 Gradient descent](03_gradient_descent.ipynb) →
