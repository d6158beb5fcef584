# %% [markdown]
# # Backpropagation
#
# You work out gradients with a pencil, then build the machine that does it for any calculation, in
# about 30 lines, and see it give the same numbers as you, as the engine and as finite differences.
#
# **25 minutes**, 35 with all exercises. You need: what [the gradient](04_gradient.ipynb) is, and
# the chain rule of school: the derivative of $(3w - 1)^2$ is $2\,(3w - 1) \cdot 3$.
#
# ← [08 Optimizers](08_optimizers.ipynb) ·
# [10 Training in a nutshell](10_training_in_a_nutshell.ipynb) →

# %%
import time

import matplotlib.pyplot as plt
import numpy as np

import lecture3_engine as engine

engine.style.use()

# %% [markdown]
# ## Predict
#
# The network that reads digits, 784-512-10, has 407,050 weights and biases. Each step of gradient
# descent needs the slope of the loss for every one of them.

# %%
engine.exercises.backpropagation.prediction

# %% [markdown]
# ## The idea
#
# The lecture says it in two sentences: *Backpropagation is a clever trick to compute the gradient
# of the loss with respect to the parameters through multiple layers.* And: *all the gradients of
# the tensor operations in the network are known in advance. Backpropagation combines them.*
#
# What combines them is the **chain rule**. If $x$ changes $q$, and $q$ changes the loss $\ell$,
# then
#
# $$\frac{\partial \ell}{\partial x} = \underbrace{\frac{\partial \ell}{\partial q}}_{\text{upstream}} \cdot \underbrace{\frac{\partial q}{\partial x}}_{\text{local}}$$
#
# *If $q$ grows 3 times as fast as $x$, and $\ell$ 4 times as fast as $q$, then $\ell$ grows 12
# times as fast as $x$.* The **local** factor belongs to one operation (a sum, a product, a `relu`)
# and is known in advance, as a formula. The **upstream** factor has just been found if we begin at
# the loss and walk backwards. So: forwards for the values, backwards for the gradients, one
# multiplication at each edge.
#
# | in the formula | in the code | what it is |
# |---|---|---|
# | $\ell$ | `loss` (in small examples `f`, `g`) | the one number at the end |
# | $\partial \ell / \partial x$ | `d_x`, `x.grad` | the gradient of the loss with respect to $x$; it has the shape of $x$ |
# | $\partial q / \partial x$ | `local`, inside `node.derivative` | the local derivative of one operation |
# | $W$, $b$ | `kernel`, `bias` | the parameters of a layer |
#
# ## By hand
#
# The best known example, from Stanford's course CS231n: $f = (x + y)\,z$ at
# $x = -2,\ y = 5,\ z = -4$. The sum in the bracket gets a name of its own, $q$. A line forwards for
# each operation, then the lines backwards in the opposite order:

# %%
x, y, z = -2.0, 5.0, -4.0

q = x + y  # forwards
f = q * z

d_f = 1.0  # backwards: f changes exactly as f does
d_q = d_f * z  # product: the local derivative is the other factor
d_z = d_f * q
d_x = d_q * 1  # sum: the local derivative is 1
d_y = d_q * 1
print(f"f = {f:g}   d_x = {d_x:g}   d_y = {d_y:g}   d_z = {d_z:g}")

# %% [markdown]
# CS231n prints −12 and −4, −4, 3. What does a −4 *mean*? Nudge $x$ by 0.01, and $f$ changes by
# $-4 \cdot 0.01$. Gradients can always be asked that way, and here is what they answer:

# %%
nudged = {"x": (x + 0.01 + y) * z, "y": (x + y + 0.01) * z, "z": (x + y) * (z + 0.01)}
for name, value in nudged.items():
    growth = value - f
    print(f"{name} grows by 0.01: f grows by {growth:.2f}, {growth / 0.01:.0f} times as much")

# %% [markdown]
# ### A value that is used twice
#
# In $f = (x + y)(y + z)$ the value $y$ goes into both brackets, $p = x + y$ and $q = y + z$. Nudge
# $y$ by $\varepsilon$: $p$ grows by $\varepsilon$, which changes $f$ by
# $\frac{\partial f}{\partial p}\varepsilon$, and $q$ grows by $\varepsilon$, which changes $f$ by
# $\frac{\partial f}{\partial q}\varepsilon$. Both happen. To first order the changes **add** (what
# is left is $\varepsilon^2$, small even beside $\varepsilon$):
#
# $$\frac{\partial f}{\partial y} = \frac{\partial f}{\partial p}\frac{\partial p}{\partial y} + \frac{\partial f}{\partial q}\frac{\partial q}{\partial y}$$
#
# **Along a path multiply, over paths add.** That is why in code gradients arrive with `+=`, and why
# a training loop needs `zero_grad()`: what is left from the last batch would be added too.

# %%
x, y, z = 2.0, 1.0, 1.0
p, q = x + y, y + z
d_p, d_q = q, p
print(f"f = {p * q:g}   d_x = {d_p:g}   d_z = {d_q:g}   d_y = {d_p:g} + {d_q:g} = {d_p + d_q:g}")

rc = ((x + y + 1e-6) * (y + 1e-6 + z) - p * q) / 1e-6
print(f"nudging y: {rc:.3f}")

# %% [markdown]
# ## Drag it
#
# Each box holds a value, in blue, and the gradient of $f$ with respect to it, in orange. On the way
# back each edge shows the chain rule at work: times the local derivative, and below it, in orange,
# what flows on. (The explorer calls results $p, q, r \dots$ in order: what was $q$ in the first
# example is its $p$.)
#
# 1. Press Play. Blue flows along the arrows, and orange back against them. Before each orange step,
#    say the number aloud.
# 2. Choose *used twice*, and stop where $y$ gets its gradient. Then *neuron with loss*: play it to
#    its end, and drag the number of the bias, $b$, down until `relu` shuts. Which gradients are 0
#    now, and why?
# 3. *network*: the network of the digits in miniature. The same game, with matrices.

# %%
engine.explorers.BackpropagationExplorer(example="circuit", step=4)

# %% [markdown]
# A **sum** hands the upstream gradient on unchanged. A **product** hands each factor the upstream
# gradient times the *other* factor. `relu` lets it pass where its input was positive, and stops it
# elsewhere: in *neuron with loss* everything in front of a shut `relu` gets the gradient 0; of the
# leaves only the label $y$, which joins behind it, still gets another.
#
# ## A machine that does it
#
# You never looked ahead in those calculations. Each operation needed its own local derivatives and
# the gradient of its result, nothing else. So let each operation *write down*, while it computes,
# who its parents are and what the local derivatives are. Such a record is called a **tape**. Here
# is one for plain numbers, in plain Python:

# %%
class Value:
    def __init__(self, data, parents=(), local=()):
        self.data, self.grad = data, 0.0
        # local: the derivative with respect to each parent
        self.parents, self.local = parents, local

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, n):
        return Value(self.data**n, (self,), (n * self.data ** (n - 1),))

    def relu(self):
        return Value(max(self.data, 0.0), (self,), (float(self.data > 0),))


# %% [markdown]
# Four operations with their derivatives, *known in advance*. The rest of arithmetic follows from
# them: $a - b = a + (-1)\,b$, $a / b = a\,b^{-1}$.
#
# Now the way back. A node may hand its gradient on only when it is complete, that is when
# everything that was computed *from* it has had its turn. So we list the nodes, parents before
# children, and walk that list from its end. (A stack instead of a function that calls itself:
# Python gives up on about a thousand nested calls.)

# %%
def in_order(end):
    done, seen, stack = [], set(), [(end, False)]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            done.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))  # back to this one after its parents
            stack += [(parent, False) for parent in node.parents]
    return done


def backward(end):
    end.grad = 1.0
    for node in reversed(in_order(end)):
        for parent, local in zip(node.parents, node.local):
            parent.grad += node.grad * local  # along a path multiply, over paths add


# %% [markdown]
# The last line is backpropagation. All of it. Try it on the two examples from above, and on a sum
# of 10,000 terms:

# %%
x, y, z = Value(-2.0), Value(5.0), Value(-4.0)
f = (x + y) * z
backward(f)
print(f"circuit:    f = {f.data:g}   gradients {x.grad:g}, {y.grad:g}, {z.grad:g}")

x, y, z = Value(2.0), Value(1.0), Value(1.0)
f = (x + y) * (y + z)
backward(f)
print(f"used twice: f = {f.data:g}   gradients {x.grad:g}, {y.grad:g}, {z.grad:g}")

w = total = Value(1.0)
for _ in range(9_999):
    total = total + w
backward(total)
print(f"deep:       f = {total.data:g}   gradient {w.grad:g}")

# %% [markdown]
# A harder test, with published numbers: the example in the README of Andrej Karpathy's
# **micrograd**, a little engine that taught many people what backpropagation is. It says $g$ =
# 24.7041, $\partial g/\partial a$ = 138.8338, $\partial g/\partial b$ = 645.5773. By hand it would
# fill a page, as nearly every value is used several times.

# %%
Value.__radd__, Value.__rmul__ = Value.__add__, Value.__mul__
Value.__neg__ = lambda self: self * -1
Value.__sub__ = lambda self, other: self + other * -1
Value.__truediv__ = lambda self, other: self * (other**-1)
Value.__rtruediv__ = lambda self, other: self**-1 * other


def micrograd_readme(a, b, relu):
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + relu(b + a)
    d += 3 * d + relu(b - a)
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return g


# %% [markdown]
# Four ways: our `Value`; the engine's `Tensor`, which is the same idea with arrays; **finite
# differences**, which know nothing of chain rules; and what is published.

# %%
a, b = Value(-4.0), Value(2.0)
g = micrograd_readme(a, b, Value.relu)
backward(g)
print(
    f"our 30 lines         {g.data:.4f}   {a.grad:.4f}   {b.grad:.4f}   ({len(in_order(g))} nodes)"
)

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
# ### The engine's tape
#
# Every `Tensor` knows the `operation` that made it, its `parents`, and its `derivative`: a function
# that takes the upstream gradient and returns one gradient for each parent. Read the tape of the
# circuit, as it was recorded:

# %%
x, y, z = engine.Parameter(-2.0), engine.Parameter(5.0), engine.Parameter(-4.0)
f = (x + y) * z
for node in f.graph():
    node.retain_grad()  # keep the gradients on the way too, to look at them
f.backward()
for node in f.graph():
    made_from = f"from {[parent.item() for parent in node.parents]}" if node.parents else ""
    print(
        f"{node.operation or 'leaf':>4}   value {node.item():5g}"
        f"   gradient {node.grad.item():3g}   {made_from}"
    )

down = f.derivative(np.array(1.0))  # what "*" hands to its two parents
print("the product hands down:", [part.item() for part in down])

# %% [markdown]
# ### "Known in advance"?
#
# One word of care about the slide. What TensorFlow, Keras and PyTorch know in advance are the
# **formulas** of the local derivatives: *the derivative of a product is the other factor*. Their
# **values** are not: the other factor is −4 here and 7 for the next batch. That is why the forward
# pass comes first, and why training needs more memory than predicting: the values are kept for the
# way back.

# %%
with engine.no_grad():
    forgotten = (x + y) * z
print("recording:", len(f.parents), "parents   under no_grad():", len(forgotten.parents), "parents")

# %% [markdown]
# ## A whole layer at once
#
# A tape with a node for each number would be slow. Engines record an operation on whole **arrays**,
# with a derivative worked out once, by hand. Two of them are enough for our network.
#
# **The dense layer.** For sample $n$ and unit $j$, with inputs $x$ and kernel $K$ (the slide's $W$,
# transposed):
#
# $$o_{nj} = \sum_i x_{ni} K_{ij} + b_j .$$
#
# Let $d^o_{nj} = \partial \ell / \partial o_{nj}$ be the upstream gradient. Find every path from a
# number to the loss; along each multiply, over all add:
#
# - $K_{ij}$ reaches the output $j$ of *every sample*, with the factor $x_{ni}$:
#   $\quad d^K_{ij} = \sum_n x_{ni}\, d^o_{nj}$, that is $\;d^K = x^\top d^o$.
# - $b_j$ does so too, with the factor 1: $\quad d^b_j = \sum_n d^o_{nj}$, the sum over the rows.
# - $x_{ni}$ reaches *every unit* of its own sample, with the factor $K_{ij}$:
#   $\quad d^x_{ni} = \sum_j d^o_{nj} K_{ij}$, that is $\;d^x = d^o K^\top$.
#
# Each gradient has the shape of its array, and that alone almost tells which factor goes where.
# `relu` in between is a mask: $d^x = d^o$ where its input $x > 0$, otherwise 0.
#
# **Softmax and cross-entropy.** For one sample with scores $s$ and the true class $y$:
# $\;p_j = e^{s_j} / \sum_k e^{s_k}$ and
#
# $$\ell = -\log p_y = \log \sum_k e^{s_k} - s_y, \qquad \frac{\partial \ell}{\partial s_j} = \frac{e^{s_j}}{\sum_k e^{s_k}} - [j = y] = p_j - [j = y].$$
#
# ($[j = y]$ is 1 for the true class and 0 for the others.) *Probability minus truth*: nothing nicer
# could come out. For the mean over a batch of $N$ samples, divide by $N$. (The engine takes the
# largest score off all of them first: the same $p$, and no overflow.)
#
# **Mean squared error**, where one predicts numbers instead of classes:
# $\;\ell = \frac1M \sum (p - y)^2$ over all $M$ entries has
# $\;\partial \ell / \partial p = \frac2M (p - y)$.
#
# Put together, from the last line of the forward pass to the first:

# %%
def network_by_hand(images, labels, kernel1, bias1, kernel2, bias2):
    before = images @ kernel1 + bias1  # forwards
    hidden = np.maximum(before, 0)
    scores = hidden @ kernel2 + bias2
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    n = np.arange(len(labels))
    loss = -np.log(p[n, labels]).mean()

    d_scores = p.copy()  # backwards
    d_scores[n, labels] -= 1
    d_scores /= len(labels)
    d_kernel2, d_bias2 = hidden.T @ d_scores, d_scores.sum(axis=0)
    d_hidden = d_scores @ kernel2.T
    d_before = d_hidden * (before > 0)
    d_kernel1, d_bias1 = images.T @ d_before, d_before.sum(axis=0)
    return loss, (d_kernel1, d_bias1, d_kernel2, d_bias2)


# %% [markdown]
# ## The same numbers, four times
#
# A network 784-16-10 and 16 real digits. **By hand** in this notebook; by the engine's witness
# `by_hand.two_layer_gradients`; by the **tape**; and by **finite differences**, where every one of
# the 12,730 weights and biases is nudged up and down while we count the forward passes. (In
# float64, so that the referee sees well.)

# %%
digits = engine.load_mnist()
images, labels = digits.train_images[:16].astype(float), digits.train_labels[:16]
rng = np.random.default_rng(0)
model = engine.Sequential(
    engine.Dense(784, 16, "relu", rng=rng, dtype=np.float64),
    engine.Dense(16, 10, rng=rng, dtype=np.float64),
)
parameters = model.parameters()
arrays = [parameter.data for parameter in parameters]

loss, mine = network_by_hand(images, labels, *arrays)
_, witness = engine.by_hand.two_layer_gradients(images, labels, *arrays)
tape_loss = engine.cross_entropy(model(images), labels)
tape_loss.backward()
print(f"loss by hand {loss:.4f}, by tape {tape_loss.item():.4f}")
print("the tape:", [node.operation or "leaf" for node in tape_loss.graph()])

# %%
forward_passes = 0


def loss_with(parameter, value):
    """One forward pass with another value of one parameter."""
    global forward_passes
    forward_passes += 1
    kept, parameter.data = parameter.data, value
    with engine.no_grad():
        result = engine.cross_entropy(model(images), labels).item()
    parameter.data = kept
    return result


# %%
names = "kernel1", "bias1", "kernel2", "bias2"
for name, parameter, ours, theirs in zip(names, parameters, mine, witness):
    same = np.allclose(ours, theirs, atol=1e-12) and np.allclose(ours, parameter.grad, atol=1e-12)
    nudged = engine.numerical_gradient(lambda value: loss_with(parameter, value), parameter.data)
    print(
        f"{name:<8} {str(ours.shape):<10} by hand = witness = tape: {same}"
        f"   finite differences: {np.allclose(nudged, ours, atol=1e-7)}"
    )
print(
    f"finite differences needed {forward_passes:,} forward passes,"
    " the tape one forward and one backward pass"
)

# %% [markdown]
# So the function written by hand is right, and a network can learn to read with it: NumPy alone.
# (The engine lends only the digits and the random start.)

# %%
weights = [array.copy() for array in arrays]
known, answers = digits.train_images[:2000].astype(float), digits.train_labels[:2000]
for epoch in range(5):
    for first in range(0, 2000, 50):
        batch = slice(first, first + 50)
        loss, gradients = network_by_hand(known[batch], answers[batch], *weights)
        weights = [w - 0.2 * gradient for w, gradient in zip(weights, gradients)]

kernel1, bias1, kernel2, bias2 = weights
said = (np.maximum(digits.test_images @ kernel1 + bias1, 0) @ kernel2 + bias2).argmax(axis=1)
share = (said == digits.test_labels).mean()
print(f"loss of the last batch {loss:.1f}; right on 10,000 digits it has never seen: {share:.0%}")

# %% [markdown]
# ## The price
#
# What does the backward pass cost? Almost all work of a network is in its matrix products, so count
# their multiplications, for one digit. A dense layer from $m$ to $n$ needs $m \cdot n$ of them
# forwards. Backwards there are two products of the same size, one for $d^K$ and one for $d^x$; the
# first layer can leave out $d^x$, as nobody changes the digits.

# %%
def multiplications(*sizes):
    each = [m * n for m, n in zip(sizes, sizes[1:])]
    return sum(each), sum(each) + sum(each[1:])  # forwards, backwards


for sizes in ((784, 512, 10), (784, 512, 512, 512, 10), (784, *[512] * 20, 10)):
    forwards, backwards = multiplications(*sizes)
    weights = forwards + sum(sizes[1:])
    name = "-".join(map(str, sizes)) if len(sizes) < 6 else "20 hidden layers of 512"
    price = (forwards + backwards) / forwards
    print(
        f"{name:<24} {weights:>9,} parameters   all gradients = {price:.2f} forward passes"
        f"   one by one: {2 * weights:,}"
    )

# %%
engine.exercises.backpropagation.prediction.answer()

# %% [markdown]
# For our flat network it is even less, 2.01, since nearly all weights sit in the first layer, which
# saves a product. The deeper the network, the closer to 3, and never more. That is what made deep
# learning possible: **all gradients together cost at most about three forward passes, however many
# they are.** The lecture's *400k parameters, 800k forward passes* becomes *two or three*.
#
# Does the clock agree? Times differ from machine to machine and from run to run, by how busy the
# machine is; this comparison should not. (Print `both / forward` to see your own factor.)

# %%
inputs, targets = digits.train_images[:128], digits.train_labels[:128]
rng = np.random.default_rng(0)
big = engine.Sequential(engine.Dense(784, 512, "relu", rng=rng), engine.Dense(512, 10, rng=rng))


def seconds(with_gradients):
    begin = time.perf_counter()
    loss = engine.cross_entropy(big(inputs), targets)
    if with_gradients:
        loss.backward()
    return time.perf_counter() - begin


forward, both = (min(seconds(way) for repetition in range(10)) for way in (False, True))
passes = 2 * big.parameter_count
longer = passes * forward > 1000 * both
print(f"{passes:,} forward passes would take more than 1,000 times as long: {longer}")

# %% [markdown]
# **Why backwards?** The chain rule may also be multiplied from the other end, from one weight
# forwards to the loss. That gives the derivative of everything with respect to *one* weight:
# 407,050 such passes for all. Backwards gives the derivative of *one* number, the loss, with
# respect to everything. A network has many weights and one loss, so backwards it is.
#
# ## A look ahead: gradients that vanish
#
# Along a path derivatives are multiplied, one for each layer. The sigmoid's derivative is
# $s(1 - s)$, at most $\frac14$, and near 0 where it *saturates* (where $s$ is close to 0 or 1). Ten
# of them in a row:

# %%
def gradient_sizes(activation, layers=10, units=64):
    """The length of each kernel's gradient, compared with the last one's."""
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(32, units))
    scale, shape = np.sqrt(2 / units), (units, units)
    kernels = [engine.Parameter(rng.normal(0, scale, shape)) for layer in range(layers)]
    for kernel in kernels:
        hidden = activation(hidden @ kernel)
    engine.mse_loss(hidden, np.zeros(hidden.shape)).backward()
    sizes = np.array([np.linalg.norm(kernel.grad) for kernel in kernels])
    return sizes / sizes[-1]


relu_sizes, sigmoid_sizes = gradient_sizes(engine.relu), gradient_sizes(engine.sigmoid)
print(f"0.25 ** 10 = {0.25**10:.0e}")
print(
    "gradient of the first kernel, compared with the last:"
    f" relu {relu_sizes[0]:.1f}, sigmoid {sigmoid_sizes[0]:.0e}"
)

# %%
COLORS = engine.style.COLORS
fig, axis = plt.subplots(figsize=(9, 3.6), layout="constrained")
axis.semilogy(range(1, 11), relu_sizes, "o-", color=COLORS["path"], label="relu")
axis.semilogy(range(1, 11), sigmoid_sizes, "s--", color=COLORS["gradient"], label="sigmoid")
axis.set(xlabel="layer", ylabel="length of the gradient\n(last layer = 1)", xticks=range(1, 11))
axis.set_title("What arrives at each layer on the way back")
_ = axis.legend(loc="lower right")

# %% [markdown]
# With sigmoids the first layers hear almost nothing from the loss, and hardly learn. (Between the
# first kernel and the last lie nine of them, and the kernels on the way multiply too, so the factor
# is not $0.25^{10}$ exactly.) `relu` has the derivative 1 where it is open; with kernels of a
# fitting size (here variance 2 / units, He et al. 2015) the gradient keeps its length. That is one
# reason why the lecture's layer says `relu`.

# %% [markdown]
# ## Do it
#
# First one neuron with pencil and paper, $\ell = (w x + b - \text{label})^2$, then the layer that
# networks are made of.

# %%
def one_neuron_gradients(x, w, b, label):
    ...  # your code here: return d_w, d_b


engine.exercises.check(one_neuron_gradients)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def one_neuron_gradients(x, w, b, label):
#     d_pred = 2 * (w * x + b - label)
#     return d_pred * x, d_pred
# ```
# </details>

# %%
def dense_relu_backward(d_outputs, inputs, kernel, bias):
    ...  # your code here: return d_inputs, d_kernel, d_bias


engine.exercises.check(dense_relu_backward)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def dense_relu_backward(d_outputs, inputs, kernel, bias):
#     before = np.dot(inputs, kernel) + bias
#     d_before = d_outputs * (before > 0)
#     return np.dot(d_before, kernel.T), np.dot(inputs.T, d_before), d_before.sum(axis=0)
# ```
# </details>
#
# ## A challenge
#
# Teach our `Value` a new operation, the sigmoid $s(x) = 1/(1 + e^{-x})$ with the derivative
# $s(1 - s)$: one new `Value` with its value, its parent and its local derivative. Then run CS231n's
# second example, a neuron with two inputs. Published are the value 0.73 and the gradients −0.20,
# −0.39 and 0.20 of $w_0, w_1$ and the bias $w_2$.

# %%
def sigmoid(x):
    ...  # your code here: return Value(..., (x,), (...,))


w0, x0, w1, x1, w2 = (Value(number) for number in (2.0, -1.0, -3.0, -2.0, -3.0))
neuron = sigmoid(w0 * x0 + w1 * x1 + w2)
if neuron is None:
    print("sigmoid: not tried yet")
else:
    backward(neuron)
    print(f"value {neuron.data:.2f}   gradients {w0.grad:.2f}, {w1.grad:.2f}, {w2.grad:.2f}")

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
# ## The landscape of a real network
#
# One question is left. In the notebooks before, descent went over landscapes of one or two weights.
# What does the gradient of a *real* network descend on? On a landscape of the same kind, with an
# axis for each weight: 25,450 axes for 784-32-10. We can look at it along a line or in a plane,
# never as a whole.
#
# Stand at the random start, and walk along a straight line: once along minus the gradient, and
# along a few random directions.

# %%
rng = np.random.default_rng(0)
model = engine.Sequential(
    engine.Dense(784, 32, "relu", rng=rng, dtype=np.float64),
    engine.Dense(32, 10, rng=rng, dtype=np.float64),
)
images, labels = digits.train_images[:500].astype(float), digits.train_labels[:500]
start = np.concatenate([p.data.ravel() for p in model.parameters()])
ends = np.cumsum([p.data.size for p in model.parameters()])[:-1]


def real_loss(weights):
    for parameter, part in zip(model.parameters(), np.split(weights, ends)):
        parameter.data = part.reshape(parameter.shape)
    return engine.cross_entropy(model(images), labels)


real_loss(start).backward()
gradient = np.concatenate([p.grad.ravel() for p in model.parameters()])
length = np.linalg.norm(gradient)

# %%
downhill = -gradient / length  # one unit long, as all directions here
ahead = real_loss(start + 1e-4 * downhill).item()
behind = real_loss(start - 1e-4 * downhill).item()
measured = (ahead - behind) / 2e-4
print(
    f"slope along minus the gradient: {-length:.3f} by backpropagation, {measured:.3f} by walking"
)

directions = rng.normal(size=(1000, start.size))
directions /= np.linalg.norm(directions, axis=1, keepdims=True)
slopes = np.abs(directions @ gradient) / length
typical = np.sqrt((slopes**2).mean())
print(
    f"1000 random directions: root of the mean square {typical:.1%} of that slope,"
    f" the steepest {slopes.max():.1%}"
)
print(f"1 / sqrt({start.size:,}) = {1 / np.sqrt(start.size):.1%}")

# %%
distance = np.linspace(-2, 6, 41)


def losses_along(direction):
    return [real_loss(start + t * direction).item() for t in distance]


fig, axis = plt.subplots(figsize=(9, 3.8), layout="constrained")
for direction, label in zip(directions[:5], ["five random directions"] + 4 * [None]):
    axis.plot(distance, losses_along(direction), color=COLORS["quiet"], linewidth=1, label=label)
along = losses_along(downhill)
axis.plot(distance, along, color=COLORS["path"], label="minus the gradient")
here, near = real_loss(start).item(), distance[:21]
label = "its tangent, from backpropagation"
axis.plot(near, here - length * near, "--", color=COLORS["gradient"], label=label)
engine.style.ring(axis, 0, here)
axis.set(xlabel="distance walked from the random start", ylabel=r"loss $\ell$ of 500 digits")
axis.set_title("Straight lines through the landscape of 25,450 weights")
axis.legend(loc="upper right")
walk = distance[np.argmin(along)]
print(
    f"lowest along this line: {min(along):.1f}, after a walk of {walk:.1f}; at the start {here:.1f}"
)

# %% [markdown]
# In 25,450 dimensions a random step leads almost nowhere: in a typical direction the slope is
# $1/\sqrt{25450}$ of the steepest. The gradient knows the way, and one backward pass finds it. But
# it is right *here* only: after a while the straight line rises again. So gradient descent takes a
# short step and asks anew.
#
# The explorer shows a plane through the landscape, with the whole path of a training as its shadow
# on it.
#
# 1. Drag the dot along the path or along the loss curve, from the start to the end. How many of the
#    ten test digits are still wrong (✗) when the loss has become flat?
# 2. Choose *momentum 0.9* or *Adam*: another path through other weights, and in the end a smaller
#    loss.
# 3. Press *more*, set *directions* to *random*, and the path nearly vanishes: two random directions hardly ever
#    point where the training went. It is the same fact as the grey lines above. Be careful with
#    pictures of loss landscapes.

# %%
engine.explorers.LossLandscapeExplorer()

# %% [markdown]
# ## What you have seen
#
# - **Back propagation**: the chain rule, from the loss backwards. At each operation: upstream
#   gradient times local derivative; where paths meet, add.
# - **Gradient** of the loss: all of it, for every weight of every layer, for about the price of
#   three forward passes.
# - **Loss function**: it has to be *one* number. That is what makes the way backwards cheap.
# - **Training loop**: in `loss.backward()` you now know every line, and why `zero_grad()` comes
#   before it.
# - The **landscape** of a real network has as many axes as weights. Backpropagation gives the slope
#   along all of them, at the place where we stand.
#
# Ask yourself:

# %%
engine.exercises.backpropagation.questions

# %% [markdown]
# ## To read on
#
# - D. E. Rumelhart, G. E. Hinton, R. J. Williams, *Learning representations by back-propagating
#   errors*, Nature 323 (1986), 533–536: four pages that made it known. The method itself is older:
#   S. Linnainmaa's master's thesis (Helsinki, 1970) has it for rounding errors.
# - A. Karpathy, *micrograd*: an engine of about 100 lines, and a lecture that builds it. CS231n
#   (Stanford), *Backpropagation, Intuitions*: the circuit. C. Olah, *Calculus on Computational
#   Graphs: Backpropagation* (2015): the value that is used twice.
# - A. G. Baydin, B. A. Pearlmutter, A. A. Radul, J. M. Siskind, *Automatic Differentiation in
#   Machine Learning: a Survey*, Journal of Machine Learning Research 18 (2018): forwards,
#   backwards, and what else there is.
# - K. He, X. Zhang, S. Ren, J. Sun, *Delving Deep into Rectifiers* (ICCV 2015): kernels that keep
#   the gradient's length. H. Li, Z. Xu, G. Taylor, C. Studer, T. Goldstein, *Visualizing the Loss
#   Landscape of Neural Nets* (NeurIPS 2018): the slices.
# - In the engine: `lecture3_engine/by_hand.py`, the derivations as code, and `tensor.py`, whose
#   `backward` is your loop with arrays.
#
# Now everything is there for the loop on the lecture's last slide.
#
# ← [08 Optimizers](08_optimizers.ipynb) ·
# [10 Training in a nutshell](10_training_in_a_nutshell.ipynb) →
