# %% [markdown]
# # Backpropagation
#
# You work out gradients with pencil and paper. Then you build, in about 25 lines, the machine that
# finds them for any calculation, and learn how to find out whether a gradient is wrong.
#
# **40 minutes**, without the parts for the curious, the challenge and the optional part. You need:
# what [the gradient](04_gradient.ipynb) is, and the chain rule from school: the derivative of
# $(3w - 1)^2$ is $2\,(3w - 1) \cdot 3$.
#
# ← [08 Optimizers](08_optimizers.ipynb) ·
# [10 Training in a nutshell](10_training_in_a_nutshell.ipynb) →

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
# The network 784-512-10 reads digits and has 407,050 parameters. Each step of gradient descent
# needs the gradient for every one of them.

# %%
engine.exercises.backpropagation.prediction

# %% [markdown]
# ## The idea
#
# The lecture says: *Backpropagation is a clever trick to compute the gradient of the loss with
# respect to the parameters through multiple layers.* The trick is the **chain rule**. If $x$
# changes $q$, and $q$ changes the loss $\ell$, then
#
# $$\frac{\partial \ell}{\partial x} = \underbrace{\frac{\partial \ell}{\partial q}}_{\text{upstream}} \cdot \underbrace{\frac{\partial q}{\partial x}}_{\text{local}}$$
#
# *If $q$ grows 3 times as fast as $x$, and $\ell$ grows 4 times as fast as $q$, then $\ell$ grows
# 12 times as fast as $x$.* The **local** derivative belongs to one operation. The **upstream**
# gradient comes from the operations that used $q$ on the way to the loss. So we start at the loss
# and go backward: first a **forward pass** for the values, then a **backward pass** for the
# gradients. In code, `d_x` is the gradient of the loss with respect to `x`.
#
# ## By hand
#
# A well-known example from Stanford's course CS231n: $f = (x + y)\,z$ at $x = -2$, $y = 5$,
# $z = -4$. (Here the letters are just numbers, and $f$ plays the part of the loss.) We call the sum
# $q$. In the forward pass each operation gets a line. The backward pass goes through the operations
# in reverse:

# %%
x, y, z = -2.0, 5.0, -4.0

q = x + y  # forward
f = q * z

d_f = 1.0  # backward: f changes exactly as f does
d_q = d_f * z  # product: the local derivative is the other factor
d_z = d_f * q
d_x = d_q * 1  # sum: the local derivative is 1
d_y = d_q * 1
print(f"f = {f:g}   d_x = {d_x:g}   d_y = {d_y:g}   d_z = {d_z:g}")

nudged = (x + 0.01 + y) * z
print(f"x grows by 0.01, and f changes by {nudged - f:.2f}")

# %% [markdown]
# That is what the −4 means: if $x$ grows by a little, $f$ changes by −4 times that amount.
#
# ### A value that is used twice
#
# In $f = (x + y)(y + z)$ the value $y$ goes into both sums, $q = x + y$ and $r = y + z$. Nudge $y$
# by $\varepsilon$. Then $q$ grows by $\varepsilon$, and so does $r$. Each of them changes $f$, and
# the two changes **add**:
#
# $$\frac{\partial f}{\partial y} = \frac{\partial f}{\partial q}\frac{\partial q}{\partial y} + \frac{\partial f}{\partial r}\frac{\partial r}{\partial y}$$
#
# **Along a path, multiply. Where paths meet, add.** That is why code collects gradients with `+=`,
# and why a training loop needs `zero_grad()`: otherwise the gradients of this batch are added to
# those of the last one.

# %%
x, y, z = 2.0, 1.0, 1.0
q, r = x + y, y + z
d_q, d_r = r, q
d_y = d_q + d_r
print(f"f = {q * r:g}  d_x = {d_q:g}  d_z = {d_r:g}  d_y = {d_q:g} + {d_r:g} = {d_y:g}")

rc = ((x + y + 1e-6) * (y + 1e-6 + z) - q * r) / 1e-6
print(f"nudging y: rc = {rc:.3f}")

# %% [markdown]
# ## Drag it
#
# Each box holds a value, in blue, and its gradient, in orange. During the backward pass, each line
# between two boxes shows the local derivative and the gradient that flows on. (The explorer calls
# the first result $p$; that is our $q$.)
#
# 1. Press Play. Before each orange number appears, say what it will be.
# 2. Choose *used twice*, and stop where $y$ gets its gradient.
# 3. Choose *neuron with loss*, play it to the end, and drag the bias $b$ down until the output of
#    ReLU becomes 0. Which gradients are 0 now, and why? What does the sentence above the picture
#    say when $b$ is exactly 0?
# 4. Choose *network* to see the same thing with matrices.

# %%
engine.explorers.BackpropagationExplorer(example="circuit", step=4)

# %% [markdown]
# A **sum** passes the gradient on unchanged. A **product** gives each factor the gradient times the
# *other* factor. **ReLU** passes the gradient on if its input was positive, and stops it otherwise.
#
# ## Do it: one neuron
#
# Take pencil and paper. A neuron without relu (in general: without an *activation*, the function at
# its end) predicts $\hat y = w x + b$ (read "y hat"). Its loss is $\ell = (\hat y - y)^2$, where
# $y$ is the right answer.

# %%
def one_neuron_gradients(x, w, b, y):
    ...  # your code here: return d_w, d_b


engine.exercises.check(one_neuron_gradients)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def one_neuron_gradients(x, w, b, y):
#     d_y_hat = 2 * (w * x + b - y)
#     return d_y_hat * x, d_y_hat
# ```
# </details>
#
# ## A machine that does it
#
# In all those calculations, an operation needed only two things: its local derivatives, and the
# gradient of its result. So let each result *remember* how it was made: its parents (the values it
# was computed from) and the local derivative for each parent. Values that know their parents form a
# **graph**, like the boxes in the explorer. We also put every value on a list as soon as it is
# computed: the **tape**.

# %%
tape = []  # every value, in the order in which they are computed


class Value:
    def __init__(self, data, parents=(), local=()):
        self.data, self.grad = data, 0.0
        self.parents, self.local = parents, local  # one local derivative for each parent
        tape.append(self)

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)  # a plain number
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, n):
        return Value(self.data**n, (self,), (n * self.data ** (n - 1),))

    def relu(self):
        return Value(max(self.data, 0.0), (self,), (float(self.data > 0),))


# %% [markdown]
# A value may pass its gradient on only when that gradient is complete. It is complete once every
# value that was computed *from* it has passed back its share. Those values stand later on the tape,
# so the backward pass reads the tape from its end.

# %%
def backward(end):
    end.grad = 1.0
    for node in reversed(tape):
        for parent, local in zip(node.parents, node.local):
            parent.grad += node.grad * local  # along a path multiply, then add
    tape.clear()


x, y, z = Value(-2.0), Value(5.0), Value(-4.0)
f = (x + y) * z
backward(f)
print(f"circuit:    f = {f.data:g}   gradients {x.grad:g}, {y.grad:g}, {z.grad:g}")

x, y, z = Value(2.0), Value(1.0), Value(1.0)
f = (x + y) * (y + z)
backward(f)
print(f"used twice: f = {f.data:g}   gradients {x.grad:g}, {y.grad:g}, {z.grad:g}")

# %% [markdown]
# The line with `+=` is all there is to backpropagation. The engine's `Tensor` does the same with
# arrays in place of numbers.
#
# ### "Known in advance"?
#
# The slide says that the gradients of all operations *are known in advance* by TensorFlow, Keras
# and PyTorch. What they know are **formulas**: *the derivative of a product is the other factor*.
# They do not know the **values**: the other factor is −4 here and something else in the next batch.
# So the forward pass comes first, and keeps its values for the backward pass. That is why training
# needs more memory than predicting.
#
# ## A whole layer at once
#
# Recording every single number as a `Value` of its own would be slow. Engines record operations on
# whole **arrays**. For a dense layer, $Z = X W + b$ (where $W$ is the kernel of the code, with a
# row for each input), one entry of the output is
#
# $$z_{nj} = \sum_i x_{ni} W_{ij} + b_j \qquad \text{(sample } n \text{, unit } j \text{, input } i).$$
#
# The backward pass has brought us `d_z`, the gradient for each $z_{nj}$. Look at one product,
# $x_{ni} W_{ij}$. Each factor gets the gradient times the *other* factor:
#
# - $W_{ij}$ gets `d_z[n, j] * X[n, i]`,
# - $x_{ni}$ gets `d_z[n, j] * kernel[i, j]`,
# - and the bias $b_j$ gets `d_z[n, j]`.
#
# Do that for all samples, units and inputs, and add where paths meet:

# %%
rng = np.random.default_rng(0)
X, kernel, bias = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)
d_z = rng.normal(size=(4, 2))  # from the backward pass so far

d_X, d_kernel, d_bias = np.zeros((4, 3)), np.zeros((3, 2)), np.zeros(2)
for n in range(4):  # each sample
    for j in range(2):  # each unit
        d_bias[j] += d_z[n, j]
        for i in range(3):  # each input
            d_kernel[i, j] += d_z[n, j] * X[n, i]
            d_X[n, i] += d_z[n, j] * kernel[i, j]

layer = [engine.Parameter(array) for array in (X, kernel, bias)]
(engine.dense(*layer) * d_z).sum().backward()  # a loss with this gradient
print("d_bias by our loops:", d_bias.round(2), "  by the engine:", layer[2].grad.round(2))
print("d_kernel by our loops:", *d_kernel.round(2))
print("        by the engine:", *layer[1].grad.round(2))

# %% [markdown]
# A weight serves every sample of the batch, so its gradient is a sum over the samples. In NumPy
# each of the three gradients is a single `np.dot` or `sum`. Which one? The shapes help: a gradient
# has the shape of its array.
#
# ## Do it: the backward pass of a layer
#
# Now with ReLU: `outputs = relu(dot(inputs, kernel) + bias)`. You get `d_outputs`, the gradient of
# the loss with respect to the outputs.

# %%
def dense_relu_backward(d_outputs, inputs, kernel, bias):
    ...  # your code here: return d_inputs, d_kernel, d_bias


engine.exercises.check(dense_relu_backward)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def dense_relu_backward(d_outputs, inputs, kernel, bias):
#     z = np.dot(inputs, kernel) + bias
#     d_z = d_outputs * (z > 0)
#     return np.dot(d_z, kernel.T), np.dot(inputs.T, d_z), d_z.sum(axis=0)
# ```
# </details>
#
# ## A whole network
#
# One piece is missing: the loss. Softmax turns the scores of a sample into probabilities $p_j$, and
# the cross-entropy is $-\log p$ of the right class. Together they have a short gradient:
#
# $$\frac{\partial \ell}{\partial \text{score}_j} = p_j - (1 \text{ for the right class, 0 for the others}).$$
#
# *Probability minus truth.* If the loss is a mean over the batch, divide by the batch size.
#
# <details><summary>For the curious: why (logarithms), and the mean squared error</summary>
#
# With scores $s_j$ and the right class $c$: $\;p_j = e^{s_j} / \sum_k e^{s_k}$, so
# $\;\ell = -\log p_c = \log \sum_k e^{s_k} - s_c$. The derivative of the first part with respect to
# $s_j$ is $e^{s_j} / \sum_k e^{s_k} = p_j$. The derivative of the second part is −1 for $j = c$ and
# 0 otherwise.
#
# If a network predicts $M$ numbers $\hat y$ instead of a class,
# $\ell = \frac1M \sum (\hat y - y)^2$ has $\partial \ell / \partial \hat y = \frac2M (\hat y - y)$
# in each entry.
#
# </details>
#
# Here is a network of two layers. The backward half mirrors the forward half, line by line, in
# reverse order.

# %%
def network_by_hand(X, y, kernel1, bias1, kernel2, bias2):
    z = X @ kernel1 + bias1  # forward
    hidden = np.maximum(z, 0)
    scores = hidden @ kernel2 + bias2
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    n = np.arange(len(y))
    loss = -np.log(p[n, y]).mean()

    d_scores = p.copy()  # backward
    d_scores[n, y] -= 1
    d_scores /= len(y)
    d_kernel2, d_bias2 = hidden.T @ d_scores, d_scores.sum(axis=0)
    d_hidden = d_scores @ kernel2.T
    d_z = d_hidden * (z > 0)
    d_kernel1, d_bias1 = X.T @ d_z, d_z.sum(axis=0)
    return loss, (d_kernel1, d_bias1, d_kernel2, d_bias2)


# %% [markdown]
# Is it right? We ask two witnesses: the engine, and **finite differences**, which know nothing
# about the chain rule. `engine.check_gradient` nudges every parameter up and down and compares. The
# network is 784-16-10, the batch has 16 images, and we compute in float64, to 16 digits.

# %%
digits = engine.load_mnist()
X, y = digits.train_images[:16].astype(float), digits.train_labels[:16]
rng = np.random.default_rng(0)
model = engine.Sequential(
    engine.Dense(784, 16, "relu", rng=rng, dtype=np.float64),
    engine.Dense(16, 10, rng=rng, dtype=np.float64),
)
arrays = [parameter.data for parameter in model.parameters()]
loss, gradients = network_by_hand(X, y, *arrays)
engine.cross_entropy(model(X), y).backward()

for i, parameter in enumerate(model.parameters()):

    def loss_with(value):  # the loss with another value of this parameter
        return network_by_hand(X, y, *arrays[:i], value, *arrays[i + 1 :])[0]

    check = engine.check_gradient(loss_with, arrays[i], gradients[i])
    verdict = "agree" if check else "differ"
    apart = np.abs(parameter.grad - gradients[i]).max()
    print(f"{gradients[i].shape!s:<10} finite differences {verdict};", end=" ")
    print(f"the engine's gradient is at most {apart:.6f} away")

# %% [markdown]
# For finite differences we needed two forward passes for each of the 12,730 parameters. The engine
# needed one forward and one backward pass.
#
# ## The gradient check that fails
#
# One day your gradient will *differ* from finite differences. Is it a bug? Not always: the check
# itself has limits. There are four usual causes.
#
# - **float32**: a loss has 7 digits. Subtract two that are nearly equal, and hardly any are left.
# - **ε too small**: then even in float64 the two losses agree in almost all of their 16 digits, and
#   their difference is mostly round-off.
# - **A kink**: ReLU has a corner at 0. If a nudge pushes some $z$ across 0, the finite difference
#   mixes the slopes on both sides of the corner. The gradient is the slope on the side where $z$ is
#   now.
# - **A real bug.**
#
# We make each of them happen in a small network, 3-5-2. `error` is the largest difference between
# gradient and finite differences, divided by the largest entry of the gradient.

# %%
rng = np.random.default_rng(1)
X, y = rng.normal(size=(4, 3)), np.array([0, 1, 1, 0])
plain = [rng.normal(size=shape) for shape in ((3, 5), 5, (5, 2), 2)]
kink = [array.copy() for array in plain]
z = X @ plain[0] + plain[1]
sample, unit = np.unravel_index(np.abs(z).argmin(), z.shape)
kink[1][unit] -= z[sample, unit] - 1e-5  # now this z is 0.00001


def error(epsilon, dtype=np.float64, network=plain, bug=False):
    inputs, kernel, *others = (array.astype(dtype) for array in (X, *network))
    gradient = network_by_hand(inputs, y, kernel, *others)[1][0]
    gradient[0, 0] *= 1.01 if bug else 1  # one weight of 15, 1% off
    numerical = engine.numerical_gradient(
        lambda value: network_by_hand(inputs, y, value, *others)[0], kernel, epsilon
    )
    return np.abs(gradient - numerical).max() / np.abs(gradient).max()


failed = {  # the check that failed: its epsilon, its dtype, and what is the matter
    "float32": (1e-4, np.float32, {}),
    "ε too small": (1e-12, np.float64, {}),
    "kink": (1e-4, np.float64, {"network": kink}),
    "bug": (1e-4, np.float64, {"bug": True}),
}

# %% [markdown]
# A check passes if its error is below $10^{-6}$. These four fail. To find the cause, we repeat each
# in float64: with the same ε, a much larger one, and a much smaller one.

# %%
print(f"{'':<14}as it failed   in float64   ε times 10,000   ε / 10,000")
for cause, (epsilon, dtype, case) in failed.items():
    tries = (epsilon, dtype), (epsilon,), (1e4 * epsilon,), (1e-4 * epsilon,)
    words = ["agrees" if error(*one, **case) < 1e-6 else "differs" for one in tries]
    print("{:<14}{:<15}{:<13}{:<17}{}".format(cause, *words))


def draw_errors():
    _, axis = plt.subplots(figsize=(9, 3.8), layout="constrained")
    epsilons = 10.0 ** np.arange(-15, 0)
    colors, styles = ("momentum", "path", "gradient", "limit"), ("s-", "o-", "^-", "d-")
    for cause, color, style in zip(failed, colors, styles):
        _, dtype, case = failed[cause]
        errors = [error(e, dtype, **case) for e in epsilons]
        label = "nothing wrong" if cause == "ε too small" else cause
        axis.loglog(epsilons, errors, style, color=COLORS[color], label=label)
    axis.axhline(1e-6, color=COLORS["quiet"], linestyle="--", linewidth=1)
    axis.set(xlabel=r"nudge $\varepsilon$", ylabel="error", ylim=(1e-12, 20))
    axis.legend(loc="lower left")


draw_errors()

# %% [markdown]
# In the picture, *nothing wrong* is the V from notebook [04](04_gradient.ipynb): at its left end, ε
# is too small. With **float32**, the left side of the V is so much higher that no ε is good enough.
# At a **kink** the error is large for every nudge that reaches the corner, and gone below that. Of
# these four, only the **bug** has an error that does not depend on ε: its curve is flat, down to
# the tiny ε where round-off takes over.
#
# <details><summary>For the curious: three more things to know about such checks</summary>
#
# *Exactly on the corner.* If some $z$ is exactly 0, no ε is small enough. (That was $b = 0$ in the
# explorer.) Forward and backward difference then disagree, and the gradient is one of the two. Move
# the weights a little and check again.
#
# *ε too large.* The right end of the V fails, too. A smaller ε cures it, as it cures a kink. But
# here the error shrinks steadily with ε, and at a kink it drops at once.
#
# *What `check_gradient` forgives.* It knows how large the round-off can be with your ε and with the
# dtype of your weights, and it accepts a difference of that size. So it does not complain when ε is
# too small. But then it cannot see much, either: with ε = 1e-14 it lets our bug pass. (If the
# weights are float64 and something inside the loss is float32, it does complain.) Before you trust
# a check, plant a bug and see whether the check finds it.
#
# </details>
#
# ## Do it: diagnose a failed check
#
# You get four errors, measured as in the table: `here` (as it failed), `in_float64`, `larger` (ε)
# and `smaller` (ε). An error below 1e-6 means that the check agrees. (`here` never agrees, so you
# may not need it.) Return `"float32"`, `"epsilon"`, `"kink"` or `"bug"`.

# %%
def diagnose(here, in_float64, larger, smaller):
    ...  # your code here


engine.exercises.check(diagnose)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def diagnose(here, in_float64, larger, smaller):
#     if in_float64 < 1e-6:
#         return "float32"
#     if larger < 1e-6:
#         return "epsilon"
#     if smaller < 1e-6:
#         return "kink"
#     return "bug"
# ```
# </details>
#
# ## The price
#
# Almost all the work of a network is in its matrix products, so we count multiplications, for one
# digit. A dense layer from $m$ inputs to $n$ units needs $m \cdot n$ of them in the forward pass.
# In the backward pass it needs as many for `d_kernel`, and as many again for `d_inputs`. The first
# layer can leave out `d_inputs`, because nobody changes the digits.

# %%
for sizes in ((784, 512, 10), (784, *[512] * 3, 10), (784, *[512] * 20, 10)):
    each = [m * n for m, n in zip(sizes, sizes[1:])]
    price = (sum(each) + sum(each) + sum(each[1:])) / sum(each)
    count = sum(each) + sum(sizes[1:])
    print(f"hidden layers {len(sizes) - 2:>2}, parameters {count:>9,}:", end="   ")
    print(f"all gradients = {price:.2f} forward passes")

X, y = digits.train_images[:128], digits.train_labels[:128]
rng = np.random.default_rng(0)
hidden, scores = engine.Dense(784, 512, "relu", rng=rng), engine.Dense(512, 10, rng=rng)
model = engine.Sequential(hidden, scores)


def seconds(with_backward):
    start, loss = time.perf_counter(), engine.cross_entropy(model(X), y)
    if with_backward:
        loss.backward()
    return time.perf_counter() - start


forward, both = (min(seconds(way) for _ in range(20)) for way in (False, True))
ratio = both / forward
words = "between 1.5 and 4" if 1.5 < ratio < 4 else f"{ratio:.1f}"
print(f"784-512-10 by the clock: {words} forward passes")

# %%
engine.exercises.backpropagation.prediction.answer()

# %% [markdown]
# In our shallow network nearly all weights are in the first layer, and that layer does not need
# `d_inputs`, so its backward pass costs one matrix product instead of two. In deeper networks that
# saving matters less, and the count comes closer to 3 without reaching it. The lecture's *400k
# parameters, 800k forward passes* becomes **two or three forward passes**, however many parameters
# there are.
#
# <details><summary>For the curious: why backward?</summary>
#
# You can also multiply the factors of the chain rule in the other order, starting at one weight and
# going forward to the loss. Such a pass gives the derivative of everything with respect to *one*
# weight, so we would need 407,050 passes. A backward pass gives the derivative of *one* number, the
# loss, with respect to everything. A network has many weights and one loss.
#
# </details>
#
# ## A challenge
#
# Teach our `Value` a new operation: the sigmoid $s = 1/(1 + e^{-x})$, whose derivative is
# $s(1 - s)$. Then run CS231n's second example, a neuron with two inputs. **Target**: the published
# value 0.73, and the gradients −0.20, −0.39 and 0.20 of $w_0$, $w_1$ and the bias $b$.

# %%
def sigmoid(x):
    ...  # your code here: return Value(..., (x,), (...,))


w0, x0, w1, x1, b = (Value(number) for number in (2.0, -1.0, -3.0, -2.0, -3.0))
neuron = sigmoid(w0 * x0 + w1 * x1 + b)
if neuron is None:
    tape.clear()
    print("sigmoid: not tried yet")
else:
    backward(neuron)
    found = [round(float(n), 2) for n in (neuron.data, w0.grad, w1.grad, b.grad)]
    print("reached:" if found == [0.73, -0.2, -0.39, 0.2] else "not yet:", *found)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def sigmoid(x):
#     s = 1 / (1 + np.exp(-x.data))
#     return Value(s, (x,), (s * (1 - s),))
# ```
# </details>
#
# ## Optional
#
# Five short excursions, not in the minutes above. You can go straight to *What you have seen*.
#
# ### The engine's graph
#
# Each `Tensor` knows the `operation` that made it and its `parents`. Here is the circuit again:

# %%
x, y, z = engine.Parameter(-2.0), engine.Parameter(5.0), engine.Parameter(-4.0)
f = (x + y) * z
nodes = f.graph()  # parents before children
for node in nodes:
    node.retain_grad()  # keep the gradients of results too, to look at them
f.backward()
for node in nodes:
    name, parents = node.operation or "given", [parent.item() for parent in node.parents]
    numbers = f"value {node.item():3g}   gradient {node.grad.item():2g}"
    print(f"{name:>5}   {numbers}", f"  from {parents}" if parents else "")

# %% [markdown]
# Our machine kept a list of every value, a tape. The engine keeps none, since it would hold on to
# results that nobody needs anymore. Instead, `f.backward()` makes the list when it is called: it
# follows the parents back from `f`, and adds each tensor after all its parents. This is called a
# *topological sort*; the code is `Tensor.graph` in `lecture3_engine/tensor.py`.
#
# ### NumPy alone learns to read
#
# The function `network_by_hand`, which we checked above, is enough to train a network. (The engine
# lends the digits and the random start.)

# %%
rng = np.random.default_rng(0)
layers = engine.Dense(784, 16, rng=rng), engine.Dense(16, 10, rng=rng)
weights = [p.data.copy() for layer in layers for p in layer.parameters()]
for epoch in range(5):
    for first in range(0, 2000, 50):
        X, y = (a[first : first + 50] for a in (digits.train_images, digits.train_labels))
        loss, gradients = network_by_hand(X, y, *weights)
        weights = [w - 0.2 * gradient for w, gradient in zip(weights, gradients)]

kernel1, bias1, kernel2, bias2 = weights
scores = np.maximum(digits.test_images @ kernel1 + bias1, 0) @ kernel2 + bias2
right = (scores.argmax(axis=1) == digits.test_labels).mean()
print(f"10,000 digits that it has never seen, fraction right: {right:.1f}")

# %% [markdown]
# ### A harder test, with published numbers
#
# Andrej Karpathy's **micrograd** is a little engine that taught many people what backpropagation
# is. Its README has an example in which many values are used several times (the code below computes
# the same), and says: $g$ = 24.7041, $\partial g/\partial a$ = 138.8338, $\partial g/\partial b$ =
# 645.5773.

# %%
# the rest of arithmetic follows from sum and product
Value.__radd__, Value.__rmul__ = Value.__add__, Value.__mul__
Value.__neg__ = lambda self: self * -1
Value.__sub__ = lambda self, other: self + other * -1


def micrograd_readme(a, b, relu):
    c = a + b
    d = a * b + b**3
    c = c + c + 1
    c = c + 1 + c + (-a)
    d = d + d * 2 + relu(b + a)
    d = d + 3 * d + relu(b - a)
    f = (c - d) ** 2
    return f * 0.5 + 10 * f**-1


# %%
a, b = Value(-4.0), Value(2.0)
g = micrograd_readme(a, b, Value.relu)
nodes = len(tape)
backward(g)
print(f"our machine          {g.data:.4f}   {a.grad:.4f}   {b.grad:.4f}   {nodes} values")

a, b = engine.Parameter(-4.0), engine.Parameter(2.0)
g = micrograd_readme(a, b, engine.relu)
g.backward()
print(f"the engine           {g.item():.4f}   {a.grad.item():.4f}   {b.grad.item():.4f}")


def by_numbers(ab):
    return micrograd_readme(ab[0], ab[1], lambda x: np.maximum(x, 0))


d_a, d_b = engine.numerical_gradient(by_numbers, np.array([-4.0, 2.0]))
print(f"finite differences   {by_numbers([-4.0, 2.0]):.4f}   {d_a:.4f}   {d_b:.4f}")
print("published            24.7041   138.8338   645.5773")

# %% [markdown]
# ### Gradients that vanish
#
# A backward pass multiplies once for each layer. If each layer makes the gradient a little smaller,
# many layers make it tiny. (Its size is its length: the root of the sum of its squared entries.)
# Two things decide by how much: the activation, whose derivative is at most 1 for ReLU and at most
# $\frac14$ for the sigmoid, and how large the numbers in the kernels are. So each activation has an
# initialization of its own: random numbers with a standard deviation (their typical size) that
# suits it. Usual choices are $\sqrt{2/n}$ for ReLU (He et al., *Delving Deep into Rectifiers*, ICCV
# 2015) and $\sqrt{1/n}$ for the sigmoid, where $n$ is the number of inputs. Here are ten layers of
# 64 units with these choices. The left picture shows the values, the right one the gradients, layer
# by layer.

# %%
def lengths(activation, size, layers=10, units=64):
    """The length of the hidden values and of their gradients, layer by layer."""
    rng = np.random.default_rng(0)
    hidden, all_hidden = engine.Tensor(rng.normal(size=(32, units))), []
    for _ in range(layers):
        kernel = engine.Parameter(rng.normal(0, size / np.sqrt(units), (units, units)))
        hidden = activation(hidden @ kernel)
        hidden.retain_grad()
        all_hidden.append(hidden)
    engine.mse_loss(hidden, rng.normal(size=hidden.shape)).backward()
    return np.array([[np.linalg.norm(a) for a in (h.data, h.grad)] for h in all_hidden]).T


_, axes = plt.subplots(1, 2, figsize=(11, 3.6), layout="constrained")
runs = (engine.relu, 2**0.5, "o-", "path"), (engine.sigmoid, 1, "s--", "gradient")
for activation, size, style, color in runs:
    for axis, values in zip(axes, lengths(activation, size)):
        look = dict(color=COLORS[color], label=activation.__name__)
        axis.semilogy(range(1, 11), values / values[-1], style, **look)
for axis, title in zip(axes, ("values of the layer", r"$\partial\ell/\partial$hidden")):
    axis.set(title=title, xlabel="layer", ylabel="length (last layer = 1)")
    axis.set(ylim=(1e-7, 1e2))
_ = axes[1].legend(loc="lower right")

# %%
tried = [(engine.relu, 2**0.5)] + [(engine.sigmoid, size) for size in (1, 4, 8)]
for activation, size in tried:
    gradients = lengths(activation, size)[1]
    factor = (gradients[0] / gradients[-1]) ** (1 / 9)
    print(
        f"{activation.__name__:<8} standard deviation {size:.1f} / √n:"
        f"   each layer multiplies the gradient by about {factor:.1f}"
    )

# %% [markdown]
# The values roughly keep their length in both networks. The gradients do so only with ReLU. With
# sigmoids and their usual initialization, a factor of 0.2 at each layer leaves almost nothing for
# the first layers, and they hardly learn. Larger kernels help, as the last lines show. At 8 times
# the usual size, 30% of the gradient's length is left after nine layers, but then the units work as
# switches: more than half of their outputs are below 0.05 or above 0.95. With ReLU and kernels of
# the right size there is no such conflict. That is one reason why the lecture's layer says `relu`.
#
# ### The landscape of a real network
#
# What does the landscape of a *real* network look like? It has an axis for each parameter: 25,450
# axes for 784-32-10. We can look at it along a line or in a plane, never as a whole. Stand at the
# random start and walk along straight lines: along minus the gradient, and in random directions.

# %%
rng = np.random.default_rng(0)
model = engine.Sequential(
    engine.Dense(784, 32, "relu", rng=rng, dtype=np.float64),
    engine.Dense(32, 10, rng=rng, dtype=np.float64),
)
X, y = digits.train_images[:500].astype(float), digits.train_labels[:500]
start = np.concatenate([p.data.ravel() for p in model.parameters()])
ends = np.cumsum([p.data.size for p in model.parameters()])[:-1]


def real_loss(w):
    for parameter, part in zip(model.parameters(), np.split(w, ends)):
        parameter.data = part.reshape(parameter.shape)
    return engine.cross_entropy(model(X), y)


real_loss(start).backward()
gradient = np.concatenate([p.grad.ravel() for p in model.parameters()])
steepest = np.linalg.norm(gradient)
directions = rng.normal(size=(1000, start.size))
directions /= np.linalg.norm(directions, axis=1, keepdims=True)  # of length 1
typical = np.sqrt(((directions @ gradient) ** 2).mean())
print(f"slope along the gradient {steepest:.1f}, in random directions", end=" ")
print(f"{typical / steepest:.1%} of it")
print(f"1 / √{start.size} = {1 / np.sqrt(start.size):.1%}")

# %%
distance = np.linspace(-2, 6, 41)


def losses_along(direction):
    return [real_loss(start + t * direction).item() for t in distance]


def draw_lines(losses):
    _, axis = plt.subplots(figsize=(9, 3.8), layout="constrained")
    for i, direction in enumerate(directions[:5]):
        label = None if i else "five random directions"
        axis.plot(distance, losses_along(direction), color=COLORS["quiet"], label=label)
    axis.plot(distance, losses, color=COLORS["path"], label="minus the gradient")
    engine.style.ring(axis, 0, losses[10])
    axis.set(xlabel="distance from the random start", ylabel=r"loss $\ell$ of 500 digits")
    axis.legend(loc="upper right")


downhill = losses_along(-gradient / steepest)
draw_lines(downhill)
lowest = np.argmin(downhill)
print(f"loss at the start {downhill[10]:.1f}, lowest {downhill[lowest]:.1f}", end=" ")
print(f"at the distance {distance[lowest]:.1f}")

# %% [markdown]
# In 25,450 dimensions a random step leads almost nowhere: with $n$ weights, the slope in a random
# direction is typically $1/\sqrt{n}$ of the steepest one. The gradient knows the way, and one
# backward pass finds it. But it is right only *here*: farther on, the loss along the line rises
# again. So gradient descent takes a short step, then asks again.
#
# The explorer shows a plane through the landscape, and on it the shadow of the path of a whole
# training run. With the *principal* directions, the plane is placed so that it shows as much of the
# path as any plane can.
#
# 1. Drag the dot along the path, from the start to the end. How many of the ten test digits are
#    still wrong (framed) at the end?
# 2. Choose *momentum 0.9, lr 0.1* or *Adam, lr 0.01*: another path, and a smaller loss at the end.
# 3. Press *more settings* and set *directions* to *random*. The path nearly vanishes: two random
#    directions show hardly anything of where the training went. The gray lines above show the same
#    thing: among 25,450 dimensions, a random direction has almost nothing in common with a given
#    one. Be careful with pictures of loss landscapes. (More about them: Li et al., *Visualizing the
#    Loss Landscape of Neural Nets*, NeurIPS 2018.)

# %%
engine.explorers.LossLandscapeExplorer()

# %% [markdown]
# ## What you have seen
#
# - **Backpropagation**: the chain rule, from the loss backward. At each operation, upstream
#   gradient times local derivative; where paths meet, add.
# - **Gradient** of the loss: for every parameter of every layer, at about the price of two or three
#   forward passes.
# - **Loss function**: it is *one* number, so one backward pass is enough.
# - **Training loop**: you now know what `loss.backward()` does, and why there is a `zero_grad()`.
# - **Gradient check**: if it fails, change the precision and ε before you blame the code. If it
#   still differs every time, it is most likely a bug.
#
# Ask yourself:

# %%
engine.exercises.backpropagation.questions

# %% [markdown]
# ## To read on
#
# - Rumelhart, Hinton, Williams, *Learning representations by back-propagating errors* (Nature 323,
#   1986): the paper that made it known.
# - CS231n (Stanford), *Backpropagation, Intuitions*: the circuit. C. Olah, *Calculus on
#   Computational Graphs: Backpropagation* (2015): the value that is used twice.
# - `lecture3_engine/by_hand.py`, these derivations as code, and `tensor.py`, whose `backward` is
#   your loop with arrays.
#
# Now you have everything you need for the loop on the lecture's last slide.
#
# ← [08 Optimizers](08_optimizers.ipynb) ·
# [10 Training in a nutshell](10_training_in_a_nutshell.ipynb) →
