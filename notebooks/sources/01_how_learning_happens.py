# %% [markdown]
# # How does learning happen?
#
# You compute a layer of a neural network by hand, cut the digits into batches, and go around the
# training loop step by step, until a network that guesses has begun to read.
#
# **20 minutes.** You need: Python with NumPy, and what a matrix times a vector is.
#
# ← [00 Start here](00_start_here.ipynb) · [02 One weight at a time](02_one_weight_at_a_time.ipynb)
# →

# %%
import matplotlib.pyplot as plt
import numpy as np

import lecture3_engine as engine

engine.style.use()

# %% [markdown]
# ## Predict
#
# Commit yourself before you read on. The answer waits below.

# %%
engine.exercises.how_learning_happens.prediction

# %% [markdown]
# ## The idea: a layer is a dot, a sum and a bend
#
# A dense layer turns the numbers that come in into the numbers that go out:
#
# $$output = relu(dot(input, W) + b)$$
#
# | in the formula | in the code | what it is |
# |---|---|---|
# | $input$ | `inputs` | a row of numbers for each sample |
# | $W$ | `kernel` | the **kernel**: one weight for each pair of an input and an output |
# | $b$ | `bias` | the **bias**: one number for each output |
# | $relu(z)$ | `np.maximum(z, 0)` | keeps what is positive and turns the rest into 0 |
#
# $W$ and $b$ are the **parameters** of the layer. They are all that learning ever changes.
#
# Here is a layer with 3 inputs and 2 outputs, with the numbers of the slide in section 2. First
# each output for itself: three products, a sum, the bias.

# %%
W = np.array([[0.30, 0.45, 0.10], [0.70, 0.56, 0.32]])
b = np.array([0.50, 0.21])
x = np.array([-1.0, 1.0, -1.0])

for unit in range(2):
    z = W[unit, 0] * x[0] + W[unit, 1] * x[1] + W[unit, 2] * x[2] + b[unit]
    print(f"output {unit}: relu({z:.2f}) = {max(z, 0):.2f}")

print("all at once, W x + b:", (W @ x + b).round(2))

# %% [markdown]
# ### Two ways to write the same layer
#
# Look at the shapes. The slide's $W$ has a row for each *output*, shape (2, 3); it goes with
# $W x + b$, where $x$ is a column. The slide's code line, `dot(input, W)`, has a *row* for each
# sample, and then a (2, 3) matrix does not fit. Both are common and both are right, but not at
# once. Try the code line with the slide's $W$:

# %%
inputs = np.array([[-1.0, 1.0, -1.0]])  # one sample, as a row: (1, 3)

try:
    engine.dense(inputs, W, b)
except ValueError as error:
    print(error)

# %% [markdown]
# The cure is to transpose: the **kernel** has shape (inputs, outputs), here (3, 2), and
# `kernel = W.T`. Keras stores it like this, and so does this course. PyTorch stores the slide's
# (2, 3) in `Linear.weight`, and transposes when it computes.

# %%
kernel = W.T
print("kernel", kernel.shape, "  output:", np.maximum(np.dot(inputs, kernel) + b, 0).round(2)[0])

# four samples
batch = np.array([[-1.0, 1.0, -1.0], [2.0, 1.0, 1.0], [0.0, 0.0, 0.0], [0.5, -2.0, 1.5]])
by_hand = np.maximum(np.dot(batch, kernel) + b, 0)
by_engine = engine.relu(engine.dense(batch, kernel, b))
same = np.allclose(by_hand, by_engine.data)
print("inputs", batch.shape, "-> outputs", by_hand.shape, "  the same with the engine:", same)
print(by_hand.round(2))

# %% [markdown]
# That is why rows are worth it: a whole batch of samples goes through the layer in one `dot`. Look
# at the third sample, all zeros: what comes out is the bias alone. And at the fourth: both sums are
# negative, and relu gives 0 for both.
#
# ## Drag it
#
# Above are the numbers; below, each output as one input moves alone. Drag in the three pictures.
#
# 1. **Find the bend.** Move $x_1$ to the right until output 1 (green) leaves 0. Left of the bend
#    the input can move and the output does not notice.
# 2. **Weight is slope, bias is height.** Choose `W[1, 0]` and change it: which of the six lines
#    turns, which only shift, which stay? Then choose `b[1]`.
# 3. **Switch to W x + b.** The same numbers stand the other way around, and the outputs are the
#    same.

# %%
engine.explorers.DenseLayerExplorer(x0=-1, x1=1, x2=-1)

# %% [markdown]
# `W[1, 0]` joins input 0 to output 1. So the green line turns in the first picture and shifts in
# the other two, and the blue lines do not care. A bias shifts its line in all three.

# %% [markdown]
# ## Do it: the forward pass of a layer
#
# Write the formula in NumPy. Run the cell as it is first: the check tells you what it waits for. It
# also knows the usual mistakes and says what is wrong with them.


# %%
def dense_relu(inputs, kernel, bias):
    ...  # your code here


engine.exercises.check(dense_relu)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def dense_relu(inputs, kernel, bias):
#     return np.maximum(np.dot(inputs, kernel) + bias, 0)
# ```
#
# `dot` pairs every row of `inputs` with every column of `kernel`; `+ bias` adds the same row to
# every sample. `np.maximum` compares entry by entry (`np.max(x, 0)` would give the largest entry of
# each column).
#
# </details>

# %% [markdown]
# ## Initially they are random
#
# Where do $W$ and $b$ come from? At first from nowhere: they are **assigned random values**. `rng`
# is the source of the random numbers, and its seed, here 0, makes them the same random numbers
# every day.

# %%
layer = engine.Dense(784, 512, "relu", rng=np.random.default_rng(0))
other = engine.Dense(784, 512, "relu", rng=np.random.default_rng(1))
weights = layer.kernel.data

print(layer)
print(f"784 x 512 weights and 512 biases: {784 * 512 + 512:,}")
print(
    f"all between -1/28 and 1/28: {np.abs(weights).max() <= 1 / 28},"
    f"  their mean is {abs(weights.mean()):.2f}"
)
print("another seed, the same weights:", np.array_equal(weights, other.kernel.data))

# %% [markdown]
# The bound, $1/\sqrt{784} = 1/28$, is chosen so that what comes out of the layer is neither tiny
# nor huge (LeCun et al. 1998).
#
# And why random, why not simply all the same? Because units that begin alike stay alike: they see
# the same input, make the same error and get the same correction. (`fit` trains the network, here
# with a hundred updates; what happens in it is the rest of this notebook.)

# %%
digits = engine.load_mnist()
alike = engine.Sequential(
    engine.Dense(784, 4, "relu", rng=np.random.default_rng(0)),
    engine.Dense(4, 10, rng=np.random.default_rng(1)),
)
for layer in alike.layers:
    layer.kernel.data[:] = 0.01  # every weight the same
    layer.bias.data[:] = 0

loader = engine.DataLoader(digits.train_images[:12800], digits.train_labels[:12800], 128)
optimizer = engine.SGD(alike.parameters(), lr=0.1)
_ = engine.fit(alike, loader, engine.cross_entropy, optimizer, num_epoch=1, progress=False)
first = alike.layers[0].kernel.data
moved = np.abs(first - 0.01).max() > 0.001
same = np.allclose(first, first[:, :1], atol=1e-5)
print("it moved:", moved, "  and its four units are still one and the same:", same)

# %% [markdown]
# A hundred updates, and four hidden units are as good as one. Random numbers make them different,
# and from then on each can learn something else.
#
# ## Batches
#
# The digits of MNIST are pictures of 28 x 28 pixels, which stand in `train_images` as rows of 784
# numbers from 0 (paper) to 1 (ink). A **batch** is a slice of them. The slide shows three, and the
# third is the first two in general:

# %%
train_images, train_labels = digits.train_images, digits.train_labels
print("all:", train_images.shape, train_labels.shape)

batch = train_images[:128]
print("n = 0:", batch.shape, np.array_equal(batch, train_images[128 * 0 : 128 * (0 + 1)]))
batch = train_images[128:256]
print("n = 1:", batch.shape, np.array_equal(batch, train_images[128 * 1 : 128 * (1 + 1)]))
n = 3
batch = train_images[128 * n : 128 * (n + 1)]
print(f"n = 3: {batch.shape}, images {128 * n} to {128 * (n + 1) - 1}")

# %%
fig, axis = plt.subplots(figsize=(11, 2.9))
axis.imshow(
    batch.reshape(4, 32, 28, 28).transpose(0, 2, 1, 3).reshape(4 * 28, 32 * 28),
    cmap=engine.style.DIGITS,
)
axis.axis("off")
axis.set_title("The 128 digits of batch n = 3")
fig.tight_layout()
print("the first ten are labelled", train_labels[128 * n : 128 * n + 10])

# %% [markdown]
# ## Do it: the n-th batch
#
# The same slice for any batch size.


# %%
def nth_batch(samples, n, batch_size):
    ...  # your code here


engine.exercises.check(nth_batch)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def nth_batch(samples, n, batch_size):
#     return samples[batch_size * n:batch_size * (n + 1)]
# ```
#
# Batch n begins after n whole batches. A slice leaves its end out, so the end of one batch is the
# beginning of the next, and no sample is lost or seen twice.
#
# </details>

# %% [markdown]
# ## The training loop
#
# Learning goes around four steps:
#
# 1. **Draw a batch** of training samples $x$ and corresponding labels `y_true`.
# 2. **Forward pass**: run the model on $x$ to obtain predictions `y_pred`.
# 3. **Loss**: compute the loss of the model on the batch, a measure of the mismatch between
#    `y_pred` and `y_true`.
# 4. **Update** all weights of the model in a way that slightly reduces the loss on this batch.
#
# *A slip on the slide:* its step 1 calls the labels `y_pred`. Labels are the truth that comes with
# the samples, `y_true`; `y_pred` is what step 2 makes of $x$, and step 3 has to have both to
# compare them.
#
# Once around, slowly, with a network of two layers, 784 → 512 → 10:

# %%
rng = np.random.default_rng(0)
model = engine.Sequential(engine.Dense(784, 512, "relu", rng=rng), engine.Dense(512, 10, rng=rng))

x, y_true = train_images[:128], train_labels[:128]  # step 1
print("step 1:", x.shape, y_true.shape, "  labels", y_true[:10], "...")

y_pred = model(x)  # step 2
print("step 2:", y_pred.shape, "  ten scores for each digit; the largest is its answer")
print("        right:", f"{engine.accuracy(y_pred, y_true):.0%} of this batch")

# %% [markdown]
# The **loss** of step 3 is for digits the *cross entropy* (in the code `cross_entropy`): turn the
# ten scores into ten probabilities that add up to 1, and take minus the natural logarithm of the
# one that belongs to the true label. Sure and right costs almost nothing, sure and wrong costs
# much. Whoever gives each digit 1/10 pays $\log 10 = 2.30$.

# %%
powers = np.exp(y_pred.data)
p = powers / powers.sum(axis=1, keepdims=True)  # softmax: ten probabilities in each row
loss_of_each = -np.log(p[np.arange(128), y_true])

loss = engine.cross_entropy(y_pred, y_true)  # step 3
print("probabilities add up to 1:", np.allclose(p.sum(axis=1), 1))
print(
    f"mean loss of the batch: {loss_of_each.mean():.2f}, with the engine: {loss.item():.2f},"
    f" guessing: {np.log(10):.2f}"
)

# %% [markdown]
# Step 4 is the question of this course: *in a way that slightly reduces the loss*. How does one
# know which way, for 407,050 parameters? The next eight notebooks answer it. Here are the three
# lines that do it, to see that they do:

# %%
optimizer = engine.SGD(model.parameters(), lr=0.1)
before = model.layers[0].kernel.data.copy()
loss.backward()  # step 4: which way, for every weight
optimizer.step()  # a small step that way, for all weights at once

moved = np.abs(model.layers[0].kernel.data - before)
print(
    f"first kernel: {np.mean(moved > 0):.0%} of its weights moved,"
    f" none by more than 0.01: {moved.max() < 0.01}"
)
print(f"pixels that have ink in some digit of the batch: {np.mean(x.max(axis=0) > 0):.0%}")
loss_now = engine.cross_entropy(model(x), y_true)
print("the loss on this batch is lower now:", loss_now.item() < loss.item())

# %% [markdown]
# Not all of them moved: the margin is empty in all 128 digits, and a weight that is always
# multiplied by 0 had no part in the loss. The same goes for a unit that relu cuts off for all of
# them.
#
# ## Drag it: the four steps
#
# A smaller network (784 → 32 → 10) and batches of 10, so that everything can be seen. The player at
# the top goes on by one step.
#
# 1. Type 0 into the field of *step of the loop* (or press Home on its slider): that is step 1. Then
#    press **Forward** three times, once for each of the other steps. Read the sentence under the
#    picture each time.
# 2. In step 4, find a digit in the weights: each hidden unit has moved towards, or away from,
#    digits of the batch. (One that stays blank did not move: relu cut it off for all ten.)
# 3. Press **Play**. After three updates in slow motion each step is a whole update. Where does the
#    accuracy begin, and where does it get to?
# 4. Change the seed: another random beginning. Then the learning rate: 0.001, and 3.

# %%
engine.explorers.TrainingLoopExplorer(step=108)

# %%
engine.exercises.how_learning_happens.prediction.answer()

# %% [markdown]
# The accuracy curve begins near 10 %, wherever the seed puts it exactly
# ([notebook 02](02_one_weight_at_a_time.ipynb) looks at twenty seeds), and a hundred small updates
# later about 70 % of other digits are read correctly. Nobody told the network what a 4 looks like;
# it was shown batches, and its weights were moved a little to reduce the loss.
#
# Another seed gets about as far. With a learning rate of 0.001 a hundred updates hardly matter, and
# with 3 the loss jumps up and the network ends where it began, at guessing:
# [notebook 06](06_learning_rate.ipynb) is about that.
#
# ## The loop in eight lines
#
# The same with batches of 128, once around all 60,000 digits, each line a step you have just seen.
# (`zero_grad` forgets the directions of the batch before;
# [notebook 10](10_training_in_a_nutshell.ipynb) shows what happens without it.)

# %%
losses = []
for n in range(469):
    batch = slice(128 * n, 128 * (n + 1))
    x, y_true = train_images[batch], train_labels[batch]  # 1 draw a batch
    y_pred = model(x)  # 2 forward pass
    loss = engine.cross_entropy(y_pred, y_true)  # 3 loss
    optimizer.zero_grad()
    loss.backward()  # 4 update
    optimizer.step()
    losses.append(loss.item())

_, accuracy = engine.evaluate(model, digits.test_images, digits.test_labels, engine.cross_entropy)
print(
    f"{len(losses)} batches, the last of {len(x)} digits."
    f" Of 10,000 digits it has never seen it reads about {10 * accuracy:.0f} in 10"
)

# %%
fig, axis = plt.subplots(figsize=(9, 3.6))
axis.plot(losses, color=engine.style.COLORS["path"], linewidth=1)
axis.axhline(np.log(10), color=engine.style.COLORS["quiet"], linestyle="--", linewidth=1.5)
axis.text(
    468, np.log(10) - 0.05, "guessing: log 10", ha="right", va="top", fontsize=11, color="#606060"
)
axis.set(xlabel="batch number n (one update each)", ylabel=r"loss $\ell$ of the batch")
axis.set(ylim=(0, 2.6), xlim=(0, 468), title="Once around the training loop with all digits")
fig.tight_layout()
begin, end = np.mean(losses[:10]), np.mean(losses[-10:])
print(f"first ten batches {begin:.1f}, last ten below 0.5: {end < 0.5}")

# %% [markdown]
# Why does the curve tremble? Each batch is another 128 digits, some easier, some harder. That is
# the price of batches, and [notebook 05](05_stochastic_gradient_descent.ipynb) shows what they give
# for it.
#
# ## Three questions
#
# Each choice has an explanation, the wrong ones too.

# %%
engine.exercises.how_learning_happens.questions

# %% [markdown]
# ## What you have seen
#
# - **Training loop**: draw a batch, forward pass, loss, update; again and again.
# - **Batches**: slices of the training data, `train_images[128*n:128*(n+1)]`; 469 of them hold all
#   60,000 digits.
# - **Loss function**: one number for the mismatch between `y_pred` and `y_true`. With the cross
#   entropy, guessing among ten digits costs $\log 10 = 2.30$.
# - Kernel and bias are the parameters of a layer, random at first: they have to differ to become
#   different.
#
# To read on: François Chollet, *Deep Learning with Python*, 2nd edition, Manning 2021, chapter 2,
# where this network and these four steps come from. Yann LeCun, Léon Bottou, Genevieve Orr and
# Klaus-Robert Müller, *Efficient BackProp*, in *Neural Networks: Tricks of the Trade*, Springer
# 1998, section 4.6, on how wide random weights should be. In this package: `functional.py`,
# `layers.py`, `training.py`.
#
# ← [00 Start here](00_start_here.ipynb) · [02 One weight at a time](02_one_weight_at_a_time.ipynb)
# →
