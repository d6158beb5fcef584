# %% [markdown]
# # One weight at a time
#
# You improve a layer in the most obvious way: try each weight up and down. Then you count what that
# costs. The cost is the reason for everything that follows.
#
# **30 minutes.** You need: the forward pass of a dense layer and the word *loss*, from
# [notebook 01](01_how_learning_happens.ipynb).
#
# ← [01 How does learning happen?](01_how_learning_happens.ipynb) ·
# [03 Gradient descent](03_gradient_descent.ipynb) →

# %%
import time

import matplotlib.pyplot as plt
import numpy as np

import lecture3_engine as engine

engine.style.use()
COLORS = engine.style.COLORS

# %% [markdown]
# ## Predict
#
# Choose an answer before you read on.

# %%
engine.exercises.one_weight_at_a_time.prediction

# %% [markdown]
# ## The idea
#
# The training loop ends with *update all weights in a way that slightly reduces the loss*. If you
# had to invent a way, you might begin like this:
#
# - Increase one coefficient of $W$ or $b$ a little.
# - Do the forward pass again and see whether the loss $\ell$ got smaller. If it did, keep the
#   change. If not, decrease the coefficient instead.
# - Go on with the next coefficient.
#
# (A *coefficient* is one number in $W$ or $b$.) The lecture shows it with a layer of 3 inputs and 2
# outputs, random at first, and changes of 0.05:
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
# The slide does not say which input and which loss give these numbers. Here is a choice that gives
# all three. Suppose that the two outputs should equal two given numbers, the *targets*. The loss is
# the sum of the distances between outputs and targets. The first target lies 0.5 below the first
# output, and the second target equals the second output, so the loss starts at 0.5. When the weight
# changes by 0.05, the loss changes by 0.1, twice as much. The weight is multiplied by the first
# entry of the input, so we make that entry 2.

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
# Three real forward passes give the slide's three numbers. (Without `W.copy()`, each trial would
# change `W` itself.)
#
# ## "A randomly initialized model would show about 10% accuracy"
#
# The slide says this about the digits of MNIST. Is it true? Let twenty 784-512-10 networks with
# random weights read 2,000 digits each.


# %%
def new_model(seed):
    rng = np.random.default_rng(seed)
    return engine.Sequential(
        engine.Dense(784, 512, "relu", rng=rng), engine.Dense(512, 10, rng=rng)
    )


digits = engine.load_mnist()
images, labels = digits.test_images[:2000], digits.test_labels[:2000]
accuracies = []
for seed in range(20):
    _, accuracy = engine.evaluate(new_model(seed), images, labels, engine.cross_entropy)
    accuracies.append(accuracy)

print(f"mean of {len(accuracies)} networks: {np.mean(accuracies):.0%}")
print(f"the worst: {min(accuracies):.0%}, the best: {max(accuracies):.0%}")

# %%
def draw_accuracies(percent):
    _, axis = plt.subplots(figsize=(9, 3.2), layout="constrained")
    axis.hist(percent, bins=np.arange(2, 20, 2), color=COLORS["path"], edgecolor="white")
    axis.axvline(percent.mean(), color=COLORS["quiet"], linestyle="--")
    axis.text(percent.mean() + 0.15, 6.3, "mean", va="top")
    axis.set(xlabel="accuracy on 2,000 digits, %", xticks=range(2, 20, 2))
    axis.set(ylabel="networks", yticks=range(0, 7, 2), ylim=(0, 6.4))
    axis.set_title("Twenty networks that have learned nothing")


draw_accuracies(100 * np.array(accuracies))

# %% [markdown]
# The slide is right about the mean. Random weights favor no digit in advance: each of the ten
# scores is equally likely to turn out the largest. So, averaged over many networks, one answer in
# ten is correct. But a single network may get 4% right, or 16%. If each of its 2,000 answers were
# the roll of a ten-sided die, it would nearly always get between 8% and 12% right. So a random
# network does not roll a die for each digit. Once its weights are drawn, it has favorites:

# %%
for seed in (0, 1, 2):
    said = new_model(seed)(images).data.argmax(axis=1)
    counts = np.bincount(said, minlength=10)
    share = counts.max() / len(said)
    print(f"network {seed} answers {counts.argmax()} for {share:.0%} of the digits")

# %% [markdown]
# ## The naive approach in code
#
# For each coefficient in turn, try a larger value and a smaller one. Keep the best of the three
# values, the old one included. (Unlike the idea above, we try the smaller one even if the larger
# one helped. The lecture counts two trials for each parameter as well; see *"Terribly inefficient"*
# below.) The **parameters** are the six weights and the two biases, here in one array.


# %%
def loss_of(parameters):
    output = parameters[:6].reshape(2, 3) @ x + parameters[6:]
    return np.abs(output - target).sum()


start = np.append(W, b)
best = start.copy()
best_loss, forward_passes = loss_of(start), 1  # one pass for the loss to beat
for i in range(len(start)):
    for change in (0.05, -0.05):
        trial = best.copy()
        trial[i] = start[i] + change
        trial_loss = loss_of(trial)
        forward_passes += 1
        if trial_loss < best_loss:
            best, best_loss = trial, trial_loss

print("changes:", (best - start).round(2))
print(f"loss {loss_of(start):.2f} -> {best_loss:.2f} with {forward_passes} forward passes:")
print(f"two for each of {len(best)} parameters and one for the start")

# %% [markdown]
# The engine's `coordinate_search_step` makes the same update and counts the forward passes. Here
# are four updates:

# %%
parameters = start
for update in (1, 2, 3, 4):
    parameters, passes = engine.coordinate_search_step(loss_of, parameters, step=0.05)
    print(f"update {update}: {passes} forward passes, loss {loss_of(parameters):.2f}")

# %% [markdown]
# It works: after two updates of the eight parameters, the loss is 0. So what is wrong with it?
#
# ## Drag it
#
# The explorer has three panels. In *By hand*, you move one coefficient: drag its number, or the dot
# on the curve. *Naive* shows the search from above, one forward pass at a time; a trial that helped
# is blue. *The race* shows what one update costs: a bar is full when all parameters are updated.
# Two of the three bars show the naive way: one for the slide's layer with its eight parameters, one
# for our 784-512-10 network with its 407,050. The third shows backpropagation, the method of
# notebook 09; its bar is the same for a network of any size. It needs a forward pass and a
# *backward* pass, which takes at most about as long as two forward passes, so we count three in
# all.
#
# 1. Drag the dot from −0.05 through 0 to 0.05: these are the slide's three rows. How far down can
#    you go before the loss rises again?
# 2. Click the number of `W[1, 0]`, 0.70, to choose it. Does any change help?
# 3. Choose `b[0]`. Is its line as steep as that of `W[0, 0]`?
# 4. Press **Play** next to *passes of the search*. How many of the sixteen trials lower the loss?
#    Which bars of the race are full at the end?

# %%
engine.explorers.OneWeightExplorer(entry="W[0, 0]", change=0.05)

# %% [markdown]
# From 0.30 the first weight can go down by 0.25. There the first output meets its target, and
# beyond it the loss rises again. `W[1, 0]` feeds the second output, which is already right. Either
# direction makes it worse, so it is best left alone. `W[0, 0]` is multiplied by an input of 2, and
# nothing multiplies a bias, so the line of `b[0]` is half as steep. Of the sixteen trials, only the
# four that bring the first output down help. The other twelve are the price of not knowing which
# way to go. At the end, two bars are full; the naive bar for 407,050 parameters has hardly begun.
#
# ## "Terribly inefficient"
#
# The slide says: *for a middle size network, e.g. 400k parameters, this is 800k forward passes*.
# The network above, 784-512-10, is about that size. Let us count:

# %%
model = new_model(0)
parameter_count = 784 * 512 + 512 + 512 * 10 + 10
print(f"{parameter_count:,} parameters; the engine counts {model.parameter_count:,}")
print(f"up and down for each: {2 * parameter_count:,} trials")
print(f"and one forward pass for the loss to beat: {2 * parameter_count + 1:,}")

# %% [markdown]
# And how long does that take? We time one forward pass of a batch of 128 digits. We also time what
# the rest of this course is about: one forward and one **backward** pass. Together, they find out
# for *all* parameters at once which way to go. (Times differ from machine to machine, so the cell
# prints only a rough ratio. To see your seconds, add `print(forward, both, naive)`.)

# %%
x_batch, y_true = digits.train_images[:128], digits.train_labels[:128]
forward, both = np.inf, np.inf
# the fastest of ten runs, the one least disturbed by other programs
for repetition in range(10):
    begin = time.perf_counter()
    batch_loss = engine.cross_entropy(model(x_batch), y_true)
    middle = time.perf_counter()
    batch_loss.backward()
    end = time.perf_counter()
    forward, both = min(forward, middle - begin), min(both, end - begin)

naive = 2 * parameter_count * forward  # seconds
at_least = 10 ** int(np.log10(naive / both))
print(f"one naive update takes more than {at_least:,} times as long as the two passes")

# %% [markdown]
# On an ordinary laptop, one naive update takes from several minutes to an hour. You need 469
# updates to go once through all 60,000 digits in batches of 128.
#
# If a network is ten times as large, you need ten times as many forward passes, and each takes ten
# times as long: the time grows with the *square* of the size. A backward pass costs at most about
# as much as two forward passes, whatever the size of the network ([notebook
# 09](09_backpropagation.ipynb) counts).

# %%
sizes = {"the slide's layer": 8, "784-10": 7_850, "784-512-10": 407_050}
sizes["GPT-2"] = 1_500_000_000
for name, count in sizes.items():
    about = "about " if count > 1e9 else ""  # Radford et al. (2019) say 1.5 billion
    passes = about + (f"{2 * count:,}" if about else f"{2 * count + 1:,}")
    parameters = about + format(count, ",")
    print(f"{name:<18}{parameters:>20} parameters: {passes:>20} forward passes")


def draw_costs(counts):
    _, axis = plt.subplots(figsize=(9, 3.6), layout="constrained")
    look = dict(color=COLORS["gradient"], label="naive: 2 per parameter, plus 1")
    axis.loglog(counts, 2 * counts + 1, "o-", **look)
    look = dict(color=COLORS["path"], label="a forward and a backward pass: at most about 3")
    axis.loglog(counts, 3 + 0 * counts, "s--", **look)
    for name, count in sizes.items():
        axis.text(2.5 * count, 1.5 * count, name, va="center")
    axis.set(xlabel="number of parameters", ylabel="cost in forward passes")
    axis.set(xlim=(1, 1e11), ylim=(1, 1e11), title="One update")
    axis.legend(loc="upper left")


draw_costs(np.array(list(sizes.values())))

# %% [markdown]
# ### How far does the loss fall?
#
# Let us race the two ways, on this network and this batch. For the naive way, we choose 50 weights
# of the last layer at random and try each of them 0.05 up and down, as on the slide: 101 forward
# passes. The other way gets one forward and one backward pass.


# %%
def loss_now():
    with engine.no_grad():  # a forward pass only: we keep nothing that backward() would need
        return engine.cross_entropy(model(x_batch), y_true).item()


kernel = model.layers[1].kernel.data
chosen = np.random.default_rng(0).choice(kernel.size, 50, replace=False)
passes = 1
best_loss = first_loss = loss_now()
for i in chosen:
    value = best_value = kernel.flat[i]
    for trial in (value + 0.05, value - 0.05):
        kernel.flat[i] = trial
        trial_loss, passes = loss_now(), passes + 1
        if trial_loss < best_loss:
            best_loss, best_value = trial_loss, trial
    kernel.flat[i] = best_value
print(f"naive, {passes} forward passes: from {first_loss:.2f} to {best_loss:.2f}")

# %%
model = new_model(0)  # the same start
optimizer = engine.SGD(model.parameters(), lr=0.1)
first_loss, _ = engine.train_step(model, x_batch, y_true, engine.cross_entropy, optimizer)
print(f"1 forward and 1 backward pass: from {first_loss:.2f} to {loss_now():.2f}")

# %% [markdown]
# How far the loss falls depends on how large a step you allow. If the naive way changes each weight
# by 3, it reaches 2.00 here. With `lr=1` the other way reaches 1.92. But the price stays the same:
# 101 forward passes for 50 weights, or one forward and one backward pass for all 407,050
# parameters.
#
# ## The answer

# %%
engine.exercises.one_weight_at_a_time.prediction.answer()

# %% [markdown]
# ## Do it: improve one coefficient
#
# This is the heart of the naive approach, for any loss and any array `w`. `index` says which
# coefficient to change, for example `(0, 0)`, and `step` says by how much. `w[index]` is its value.


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
# Both trials start from a fresh copy of `w`, so `w` itself stays as it was. A trial replaces the
# best so far only if its loss is lower. If neither trial helps, you return a copy with the old
# values.
#
# </details>

# %% [markdown]
# ## What we would like
#
# The slide's three losses, 0.5, 0.6 and 0.4, say more than which way is better. The loss changes by
# 0.1 when the weight changes by 0.05, so it changes **twice as fast** as the weight. With another
# weight it may change ten times as fast, or hardly at all. If you knew this number for every
# weight, you could move all of them at once, each in its own direction and by its own amount. That
# is what the lecture asks for: *a method that can update all the weights* so that *the model gets
# better*. The number is the rate of change, $rc$, and [notebook 03](03_gradient_descent.ipynb)
# begins with it.
#
# ## Three questions

# %%
engine.exercises.one_weight_at_a_time.questions

# %% [markdown]
# ## What you have seen
#
# - **Loss function**: it gives one number that tells you whether a change of the weights was good.
# - Forward pass: what we count to measure the cost of an update. The naive way needs two for each
#   parameter: 814,100 for 784-512-10.
# - **Back propagation**: so far you only know its price, one forward and one backward pass for all
#   parameters together.
# - Random initialization: about 10% right on average, but each network has its favorites.
#
# The naive way is not always foolish. It is used where there are few parameters and the loss has no
# derivative. It is called *coordinate search*, one kind of *direct search*.
#
# ## To read on
#
# - Robert Hooke and T. A. Jeeves, *"Direct Search" Solution of Numerical and Statistical Problems*
#   (Journal of the ACM 8(2), 1961): they, too, try one coordinate at a time, up and then down.
# - Walter Baur and Volker Strassen, *The Complexity of Partial Derivatives* (Theoretical Computer
#   Science 22, 1983): all derivatives together never cost more than a few times the function
#   itself.
# - In this package: `coordinate_search_step` in `finite_difference.py`.
#
# ← [01 How does learning happen?](01_how_learning_happens.ipynb) ·
# [03 Gradient descent](03_gradient_descent.ipynb) →
