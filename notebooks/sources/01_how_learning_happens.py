# %% [markdown]
# # How does learning happen?
#
# You compute one layer of a neural network by hand, cut the digits into batches, and walk through
# the training loop step by step. A network that only guesses begins to read.
#
# **40 minutes.** You need: Python with NumPy, and how to multiply a matrix by a vector.
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
# Choose an answer before you read on. You will find the explanation further down.

# %%
engine.exercises.how_learning_happens.prediction

# %% [markdown]
# ## The idea: multiply, add, bend
#
# A dense layer takes some numbers in and gives some numbers out:
#
# $$output = relu(dot(input, W) + b)$$
#
# | in the formula | in the code | what it is |
# |---|---|---|
# | $input$ | `inputs` | a row of numbers for each **sample** (one item of the data, such as a picture of a digit) |
# | $W$ | `kernel` | the **kernel**: one weight for each pair of an input and an output |
# | $b$ | `bias` | the **bias**: one number for each output |
# | $relu(z)$ | `np.maximum(z, 0)` | keeps positive numbers and turns the rest into 0 |
#
# $W$ and $b$ are the **parameters** of the layer. Learning changes them and nothing else. The part
# of the layer that computes one output is called a **unit**, or neuron.
#
# Here is a layer with 3 inputs and 2 outputs. Its numbers come from one of the lecture's slides. We
# compute one output at a time: three products, their sum, plus the bias.

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
# Look at the shapes. The slide's $W$ has one row for each *output*: its shape is (2, 3). It belongs
# to the form $W x + b$, where $x$ is a column. The slide's line of code, `dot(input, W)`, expects
# each sample to be a *row*, and then a (2, 3) matrix does not fit. Both forms are common and both
# are right, but you cannot mix them. Try it: `engine.dense` computes `dot(inputs, W) + b`. Here it
# gets the slide's $W$:

# %%
inputs = np.array([[-1.0, 1.0, -1.0]])  # one sample, as a row: (1, 3)

try:
    engine.dense(inputs, W, b)
except ValueError as error:
    print(error)

# %% [markdown]
# The fix is to transpose: `kernel = W.T` has shape (inputs, outputs), here (3, 2). Keras, a popular
# library for neural networks, stores the kernel like this, and so does this course. PyTorch,
# another one, stores it in the slide's shape, (2, 3), and transposes it when it computes.

# %%
kernel = W.T
output = np.maximum(np.dot(inputs, kernel) + b, 0)
print("kernel", kernel.shape, "  output:", output.round(2)[0])

# four samples
batch = np.array([[-1.0, 1.0, -1.0], [2.0, 1.0, 1.0], [0.0, 0.0, 0.0], [0.5, -2.0, 1.5]])
by_hand = np.maximum(np.dot(batch, kernel) + b, 0)
by_engine = engine.relu(engine.dense(batch, kernel, b))
same = np.allclose(by_hand, by_engine.data)
shapes = f"inputs {batch.shape} -> outputs {by_hand.shape}"
print(shapes, "  the same with the engine:", same)
print(by_hand.round(2))

# %% [markdown]
# This is why each sample is a row: a whole batch of samples goes through the layer in one `dot`.
# Look at the third sample, which is all zeros: its output is the bias alone. In the fourth sample,
# both sums are negative, so relu turns both into 0.
#
# ## Drag it
#
# On one side you see the numbers. The green frames mark the row of inputs and the column of weights
# from which output 1 is made. On the other side, three pictures show how both outputs change when
# one input moves and the other two stay. Drag the numbers up and down, or drag in the pictures.
#
# 1. **Find the bend.** Move $x_1$ to the right until output 1 (green) leaves 0. Everywhere to the
#    left of the bend, output 1 is 0.
# 2. **A weight sets a slope, a bias sets a height.** Drag the number with the dark frame. It is the
#    slide's `W[1, 0]`. (In the kernel, which is `W.T`, it is `kernel[0, 1]`.) Each picture has a
#    blue and a green line. Which of these six lines tilts? Which only shift? Which stay? Then drag
#    the green bias, `b[1]`.
# 3. **Switch to W x + b**, under *more settings*. The numbers are arranged differently, and the
#    outputs stay the same.

# %%
engine.explorers.DenseLayerExplorer(x0=-1, x1=1, x2=-1)

# %% [markdown]
# The slide's `W[1, 0]` leads from input 0 to output 1. So the green line tilts in the first picture
# and shifts in the other two, and the blue lines stay. A bias shifts its line in all three
# pictures.

# %% [markdown]
# ## Do it: the forward pass of a layer
#
# Write the formula in NumPy. First run the cell as it is: the check tells you what it expects.


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
# `np.dot` pairs every row of `inputs` with every column of `kernel`; `+ bias` adds the same row to
# every sample. `np.maximum` compares entry by entry (`np.max(x, 0)` would give the largest entry of
# each column).
#
# </details>

# %% [markdown]
# ## Weights start out random
#
# Where do $W$ and $b$ come from? Before training, they are **assigned random values**. `rng` is the
# source of the random numbers. The number in `default_rng(0)` is its *seed*: the same seed gives
# the same numbers every time.

# %%
layer = engine.Dense(784, 512, "relu", rng=np.random.default_rng(0))
other = engine.Dense(784, 512, "relu", rng=np.random.default_rng(1))
weights = layer.kernel.data

print(layer)
print(f"784 x 512 weights and 512 biases: {784 * 512 + 512:,}")
print(f"smallest {weights.min():.3f}, largest {weights.max():.3f}; 1/28 is {1 / 28:.3f}")
print("seed 0:", weights[0, :4].round(3))
print("seed 1:", other.kernel.data[0, :4].round(3))

# %% [markdown]
# The weights lie between $-1/\sqrt{784} = -1/28$ and $1/28$. The more inputs a unit adds up, the
# smaller its weights are, so that the sum becomes neither tiny nor huge. This bound is an old rule
# of thumb, and PyTorch uses it by default.
#
# Why random? Why not start with all weights equal? Units whose outputs go into another layer are
# called *hidden* units. If two of them have the same incoming and the same outgoing weights, they
# compute the same output, and training changes their weights by the same amounts, so they stay the
# same. Here is a network that starts this way. (`fit` trains it with a hundred updates; the rest of
# this notebook explains how.)

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
print(f"the largest change of a weight: {np.abs(first - 0.01).max():.2f}")
print(f"the largest difference between two units: {np.abs(first - first[:, :1]).max():.2f}")

# %% [markdown]
# After a hundred updates the four hidden units are still copies of one another, no better than a
# single one. Random kernels make the units different, so that each can learn something of its own.
#
# *A slip on the slide:* it speaks of "those two matrices", kernel and bias. The bias is a vector,
# one number for each unit. It may start at 0, as in Keras; only the kernel has to be random.
#
# ## Batches
#
# The handwritten digits come from a collection called MNIST. Each is a picture of 28 x 28 pixels.
# In `train_images` it is a row of 784 numbers from 0 (paper) to 1 (ink). A **batch** is a slice of
# these rows. The slide shows three: the first, the second, and the general one, batch n.

# %%
train_images, train_labels = digits.train_images, digits.train_labels
print("all:", train_images.shape, train_labels.shape)

batch = train_images[:128]
print("n = 0:", batch.shape, "images 0 to 127")
batch = train_images[128:256]
print("n = 1:", batch.shape, "images 128 to 255")
n = 3
batch = train_images[128 * n : 128 * (n + 1)]
print(f"n = 3: {batch.shape} images {128 * n} to {128 * (n + 1) - 1}")
print("the first ten are labeled", train_labels[128 * n : 128 * n + 10])

fig, axis = plt.subplots(figsize=(11, 2.9))
axis.imshow(
    batch.reshape(4, 32, 28, 28).transpose(0, 2, 1, 3).reshape(4 * 28, 32 * 28),
    cmap=engine.style.DIGITS,
)
axis.axis("off")
axis.set_title("The 128 digits of batch n = 3")
fig.tight_layout()

# %% [markdown]
# ## Do it: the n-th batch
#
# Cut the same slice for any batch size.


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
# Batch n begins after n whole batches. A slice stops just before its end, so the next batch can
# begin right there: no sample is lost or used twice.
#
# </details>

# %% [markdown]
# ## The training loop
#
# Learning repeats four steps:
#
# 1. **Draw a batch** of training samples $x$ and corresponding labels `y_true`.
# 2. **Forward pass**: run the model on $x$ to obtain predictions `y_pred`.
# 3. **Loss**: compute the loss of the model on the batch. It measures the mismatch between `y_pred`
#    and `y_true`.
# 4. **Update** all weights of the model in a way that slightly reduces the loss on this batch.
#
# *A slip on the slide:* its step 1 calls the labels `y_pred`. But the labels come with the
# samples; they are `y_true`. The predictions `y_pred` appear in step 2, and step 3 compares the two.
#
# Let us go around the loop once, slowly, with a network of two layers, 784 → 512 → 10. (For each
# picture, the last layer gives ten numbers, called scores, one for each digit. A score may be
# negative, so this layer has no relu.)

# %%
rng = np.random.default_rng(0)
model = engine.Sequential(
    engine.Dense(784, 512, "relu", rng=rng), engine.Dense(512, 10, rng=rng)
)

x, y_true = train_images[:128], train_labels[:128]  # step 1
print("step 1:", x.shape, y_true.shape, "  labels", y_true[:10], "...")

y_pred = model(x)  # step 2
print("step 2:", y_pred.shape, "  ten scores for each picture; the largest is the answer")
print("        right:", f"{engine.accuracy(y_pred, y_true):.0%} of this batch")

# %% [markdown]
# For digits, the **loss** of step 3 is the *cross-entropy* (`cross_entropy` in the code). You
# compute it in two parts. First, *softmax* turns the ten scores into ten probabilities that add up
# to 1: it raises $e$ to each score, which makes every number positive, and then divides by the sum.
# Second, the loss of a picture is minus the natural logarithm, $\log$, of the probability given to
# its true label. A network that is confident and right has a loss near 0; one that is confident and
# wrong has a large loss. One that gives each of the ten answers a probability of 1/10 has a loss of
# $\log 10 = 2.30$.

# %%
powers = np.exp(y_pred.data)
p = powers / powers.sum(axis=1, keepdims=True)  # softmax: ten probabilities in each row
loss_of_each = -np.log(p[np.arange(128), y_true])

loss = engine.cross_entropy(y_pred, y_true)  # step 3
print("the first digit's ten probabilities:", p[0].round(2), f" sum {p[0].sum():.2f}")
print(
    f"mean loss of the batch: {loss_of_each.mean():.2f},"
    f" with the engine: {loss.item():.2f},"
    f" guessing: {np.log(10):.2f}"
)

# %% [markdown]
# Step 4 is what this course is about: *in a way that slightly reduces the loss*. How can we know
# which way, for all 407,050 parameters (401,920 in the first layer, 5,130 in the second)? Notebooks
# 02 to 09 answer that. For now, treat two calls as magic: `loss.backward()` finds the direction for
# each parameter, and `optimizer.step()` moves each a little in its direction. The number `lr` is
# the *learning rate*: the larger it is, the longer the step. Watch the loss go down:

# %%
optimizer = engine.SGD(model.parameters(), lr=0.1)
before = model.layers[0].kernel.data.copy()
loss.backward()  # step 4: which way, for every weight
optimizer.step()  # a small step that way, for all weights at once

moved = np.abs(model.layers[0].kernel.data - before)
share = np.mean(moved > 0)
print(f"first kernel: {share:.0%} of its weights moved, by {moved.max():.3f} at most")
print(f"pixels that have ink in some digit of the batch: {np.mean(x.max(axis=0) > 0):.0%}")
loss_now = engine.cross_entropy(model(x), y_true)
print(f"loss on this batch: {loss.item():.2f} before, {loss_now.item():.2f} after")

# %% [markdown]
# Why did the other weights stay? Along the edge of the picture, some pixels have no ink in any of
# the 128 digits. Their weights were multiplied by 0 every time, so they had no effect on the loss.
# Other weights had no effect for a second reason: whenever a digit had ink at the weight's pixel,
# the unit's relu gave 0.
#
# ## Drag it: the four steps
#
# This network is smaller (784 → 32 → 10) and its batches hold 10 digits, so that you can see
# everything. The playback buttons take you through the four steps. You can also turn the ring of
# the four steps.
#
# 1. The explorer opens just after the first update. The picture *4 Update* shows how the weights of
#    16 hidden units have changed. Look for traces of the batch's digits, in violet (added) or
#    orange (subtracted). If a unit's square is blank, its relu gave 0 for all ten digits.
# 2. Press the **Forward** button four times, each time one frame ahead. That takes you once around
#    the ring, through the second update. Read the sentence above the picture each time.
# 3. Press **Play**. The first three updates are shown one step at a time. After that, each frame is
#    a whole update. Where does the accuracy start, and how far does it get? Drag along the curve to
#    go back.
# 4. Set the learning rate to 0.001, then to 3. Then choose another seed, under *more settings*, to
#    start from other random weights.

# %%
engine.explorers.TrainingLoopExplorer()

# %%
engine.exercises.how_learning_happens.prediction.answer()

# %% [markdown]
# The accuracy starts somewhere around 10%, from 6% to 18% with the ten seeds that you can choose
# ([notebook 02](02_one_weight_at_a_time.ipynb) looks at twenty seeds). After a hundred small
# updates, the network reads 70 to 75% of 200 new digits correctly, with every one of these ten
# seeds. Nobody wrote down rules for what a 4 looks like. The network saw labeled examples, and each
# update moved its weights a little to reduce the loss.
#
# With a learning rate of 0.001, a hundred updates change little. With 3, the loss shoots up, and
# the network ends the way it began: guessing. Drag along the curve back to update 19 and read the
# sentence above the picture: only 10 of the 25,450 parameters move, the ten biases of the last
# layer. The big steps have pushed the hidden units so far that relu gives 0 in every one of them,
# for all ten digits of this batch. Most of them give 0 for every digit there is. The weights of
# such a unit no longer change: it is *dead*. [Notebook 06](06_learning_rate.ipynb) is about
# choosing the learning rate.
#
# ## The loop in code
#
# Here is the same loop with batches of 128, once through all 60,000 digits (this is called an
# *epoch*). Only `zero_grad` is new: it erases the directions found for the previous batch. You can
# call it anywhere after one `step()` and before the next `backward()`, so you will also see it at
# the top of the loop; [notebook 10](10_training_in_a_nutshell.ipynb) shows what happens without it.

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

test = digits.test_images, digits.test_labels
_, accuracy = engine.evaluate(model, *test, engine.cross_entropy)
print(f"{len(losses)} batches; the last one has {len(x)} digits")
print(f"right answers on 10,000 digits it has never seen: about {10 * accuracy:.0f} in 10")

# %%
fig, axis = plt.subplots(figsize=(9, 3.6))
axis.plot(losses, color=engine.style.COLORS["path"], linewidth=1)
axis.axhline(np.log(10), color=engine.style.COLORS["quiet"], linestyle="--", linewidth=1.5)
axis.text(468, 2.25, "guessing: log 10", ha="right", va="top", color=engine.style.MUTED)
axis.set(xlabel="batch number n (one update each)", ylabel=r"loss $\ell$ of the batch")
axis.set(ylim=(0, 2.6), xlim=(0, 468), title="Once through all 60,000 digits")
fig.tight_layout()
begin, end = np.mean(losses[:10]), np.mean(losses[-10:])
print(f"mean loss of the first ten batches {begin:.1f}, of the last ten {end:.1f}")

# %% [markdown]
# Why is the curve jagged? Each batch holds different digits, and some batches are easier than
# others. That is the price of batches. [Notebook 05](05_stochastic_gradient_descent.ipynb) shows
# what you get in return.
#
# ## Three questions

# %%
engine.exercises.how_learning_happens.questions

# %% [markdown]
# ## What you have seen
#
# - **Training loop**: draw a batch, do a forward pass, compute the loss, update; repeat.
# - **Batches**: slices of the training data, `train_images[128*n:128*(n+1)]`; 469 of them hold all
#   60,000 digits.
# - **Loss function**: one number for the mismatch between `y_pred` and `y_true`. With
#   cross-entropy, guessing among ten digits has a loss of $\log 10 = 2.30$.
# - Kernel and bias are the parameters of a layer. The kernel starts with random numbers, because
#   units that start equal stay equal.
#
# To read on: François Chollet, *Deep Learning with Python*, 2nd edition, Manning 2021, chapter 2,
# where this network and these four steps come from. Xavier Glorot and Yoshua Bengio,
# *Understanding the difficulty of training deep feedforward neural networks*, AISTATS 2010, on how
# large random weights should be. In this package: `functional.py`, `layers.py`, `training.py`.
#
# ← [00 Start here](00_start_here.ipynb) · [02 One weight at a time](02_one_weight_at_a_time.ipynb)
# →
