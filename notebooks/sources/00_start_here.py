# %% [markdown]
# # Start here
#
# You check that your machine is ready, drag your first picture, complete your first function, and
# see where everything in this course is.
#
# **10 minutes.** You need: Python, at the level of a loop and a function. A little calculus (what a
# derivative is) helps from notebook 04 on.
#
# [01 How does learning happen?](01_how_learning_happens.ipynb) →

# %%
import sys

if "google.colab" in sys.modules:  # only there: install the course, and allow its widgets
    get_ipython().run_line_magic("pip", "install --quiet git+https://github.com/OWNER/REPOSITORY")
    sys.modules["google.colab"].output.enable_custom_widget_manager()

import matplotlib.pyplot as plt
import numpy as np

import lecture3_engine as engine

engine.style.use()

# %% [markdown]
# Every notebook begins with such a cell. **Run it with Shift + Enter**, which also goes on to the
# next one. If it runs without an error, all that is needed is installed. (The `if` is for Google
# Colab, which begins with an empty machine each time: there, copy these four lines to the top of
# every notebook.)
#
# ## The course
#
# One lecture, *how neural networks learn*, in twelve notebooks. Every section, formula, number and
# term of the slides has its place; what the slides claim is run here, and where a slide slips, the
# notebook says so.
#
# | | notebook | what you do there | minutes | terms of the lecture |
# |---|---|---|---|---|
# | 00 | Start here | this map | 10 | |
# | 01 | [How does learning happen?](01_how_learning_happens.ipynb) | a layer by hand, batches, the four steps | 20 | training loop, batches, loss function |
# | 02 | [One weight at a time](02_one_weight_at_a_time.ipynb) | the obvious way to learn, and its bill | 15 | loss function |
# | 03 | [Gradient descent](03_gradient_descent.ipynb) | the rate of change $rc$, uphill and downhill | 20 | gradient descent, number of iterations |
# | 04 | [Gradient](04_gradient.ipynb) | $\varepsilon$ goes to 0, one weight becomes many | 25 | gradient |
# | 05 | [Stochastic gradient descent](05_stochastic_gradient_descent.ipynb) | many noisy steps against one exact one | 20 | stochastic gradient descent (SGD), batches |
# | 06 | [Learning rate](06_learning_rate.ipynb) | too small, too big, and how to find it | 25 | learning rate, convergence, number of iterations |
# | 07 | [Momentum](07_momentum.ipynb) | the heavy ball in the ravine, and the hole it misses | 25 | momentum, local minimum, global minimum |
# | 08 | [Optimizers](08_optimizers.ipynb) | RMSprop, Adagrad, Adam, AdamW in a race | 25 | optimizer |
# | 09 | [Backpropagation](09_backpropagation.ipynb) | all gradients on one way back | 25 | back propagation |
# | 10 | [Training in a nutshell](10_training_in_a_nutshell.ipynb) | the last slide, as printed, and the takeaways, run | 25 | all of them together |
# | 11 | [Terms](11_terms.ipynb) | a glossary, and a quiz over all fourteen | 15 | all fourteen |
#
# They build on one another; three of them an evening is a good pace. In a hurry? 01, 03, 06 and 10
# are the spine.
#
# ## Is the machine ready?

# %%
from importlib.metadata import version

print("Python 3.11 or newer:", sys.version_info >= (3, 11))
needed = {"numpy": (2, 0), "matplotlib": (3, 10), "ipywidgets": (8, 1), "anywidget": (0, 9)}
for name, wanted in needed.items():
    found = tuple(int(part) for part in version(name).split(".")[:2])
    print(f"{name} {wanted[0]}.{wanted[1]} or newer:", found >= wanted)

# %% [markdown]
# Five times `True`? Then everything is ready.
#
# ## Predict
#
# Almost every notebook begins with a question. **Commit yourself before you look**: choose, and
# read on. Whoever predicted and was wrong remembers the answer; whoever only read it does not.
# Nobody sees or stores what you choose.
#
# The first one is about the picture below. It shows a landscape from above. Each place is a choice
# of two weights, $w_0$ and $w_1$, and the darker it is, the lower the loss $\ell$. *Gradient
# descent* begins somewhere and walks downhill; the *learning rate*, `lr`, says how large its steps
# are.

# %%
engine.exercises.start_here.prediction

# %% [markdown]
# ## Drag
#
# This is an **explorer**: controls above, a picture, and a sentence that says what the picture
# shows.
#
# 1. Drag the start in the left picture with the mouse. The path follows.
# 2. Move the slider *learning rate*: 0.03, 0.07, 0.1. Read the sentence each time. ($\lambda_{max}$
#    in it, "lambda max", is how strongly the landscape bends where it bends most. Notebook 06 is
#    about it; here the number beside it is enough.)
# 3. Press **Play** at *step*, and see the path grow.
# 4. Choose another landscape. **Reset** brings everything back.
#
# *Without a mouse:* Tab goes from control to control; the arrow keys move a slider, Page Up and
# Page Down in larger steps, Home and End to its ends; in the field beside it you can type a number
# and press Enter. The space bar presses a button. The sentence under the picture is read out by
# screen readers.

# %%
explorer = engine.explorers.LearningRateExplorer(lr=0.03, step=50)
explorer

# %% [markdown]
# No sliders, only a picture? Then the cell has not been run since the notebook was opened: press
# Shift + Enter in it. (On a web page that only shows notebooks, such as GitHub, pictures are all
# there is.)
#
# An explorer also answers to code. The same three learning rates:

# %%
for lr in (0.03, 0.07, 0.1):
    explorer.set(lr=lr)
    print(explorer.summary)

explorer.reset()
print("and back:", explorer.lr)

# %%
engine.exercises.start_here.prediction.answer()

# %% [markdown]
# ## The digits
#
# From notebook 01 on, networks learn to read handwriting: 60,000 digits to train with and 10,000 to
# test with. They come with the course, so nothing is fetched.

# %%
digits = engine.load_mnist()
print("training:", digits.train_images.shape, "  test:", digits.test_images.shape)

fig, axes = plt.subplots(1, 10, figsize=(10, 1.5))
for axis, image, label in zip(axes, digits.train_images, digits.train_labels):
    axis.imshow(image.reshape(28, 28), cmap=engine.style.DIGITS)
    axis.set_title(label, loc="center")
    axis.axis("off")

# %% [markdown]
# ## Do
#
# In an exercise you complete a function: write your code in place of the three dots and run the
# cell. The check says whether it is right, and if it is not, what is wrong and why. Try as often as
# you like; wrong answers are useful here, as the usual mistakes have answers of their own.
#
# For a first try: a network has named some digits, `y_pred`, and we know the right ones, `y_true`.
# Which share did it get right?


# %%
def share_right(y_pred, y_true):
    ...  # your code here


engine.exercises.check(share_right)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def share_right(y_pred, y_true):
#     return np.mean(y_pred == y_true)
# ```
#
# `y_pred == y_true` is an array of True and False, which count as 1 and 0, so their mean is the
# share of True. Now make a mistake on purpose: write `np.sum`, and see what the check says.
#
# </details>

# %% [markdown]
# **Where the solutions are:** folded under each exercise, as here, and in the answer of the check
# itself. Try first.
#
# ## Save and share
#
# What an explorer shows is a line of code, its `repr`. Drag something above and run this cell
# again; then copy the line, put `engine.explorers.` in front of it, and send it to a friend: the
# same picture.

# %%
print(repr(explorer))
again = engine.explorers.LearningRateExplorer(**explorer.state)
print("the same:", repr(again) == repr(explorer))

# %% [markdown]
# - **A picture for a report:** `explorer.figure.savefig("ravine.pdf")` (or `.png`, `.svg`).
# - **Your work:** Ctrl + S (Cmd + S) saves the notebook with your answers and its pictures. To keep
#   the original, work on a copy: *File*, *Save Notebook As*.
# - **Download:** save first, then *File*, *Download*: what is downloaded is what was saved. Opened
#   anywhere else, on GitHub or by a friend without Python, it shows its pictures; run it, and they
#   move again.
# - **In a browser tab, without installing** (the address of this page then ends in `/lab/`): Python
#   runs inside the page, on your own machine. What you save stays in this browser, also after a
#   reload and tomorrow, until you clear the browser's data, and nobody else sees it. On another
#   machine you begin afresh: download what you want to keep. The first start takes some seconds
#   longer than the next ones. Each notebook that is open has a Python of its own: close those you
#   are done with.
# - **On Binder or Colab** the machine is deleted when you leave it alone for a while: download
#   before.
# - **Lost the thread?** *Kernel*, *Restart Kernel and Run All Cells* begins afresh; what you have
#   written in the cells stays.
# - **What does this function do?** Put a question mark behind it, `engine.fit?`. The source is
#   short, and meant to be read.
#
# ## For instructors
#
# An explorer opens in any state, so a line such as `engine.explorers.LearningRateExplorer(lr=0.1)`
# is a slide that moves; `engine.exercises.ALL` holds every exercise with its cases, its solution
# and the mistakes it knows. `pytest` proves that every notebook runs and prints what is stored; the
# README says how to change a notebook or add one.
#
# ## What you have seen
#
# - **Predict, drag, do**: the three things to do in every notebook.
# - **Learning rate** and **gradient descent**, only as names so far: notebooks 03 and 06 are about
#   them.
# - That the machine is ready, and what to do when a picture does not move.
#
# To read beside the course: Michael Nielsen, *Neural Networks and Deep Learning*, 2015, free
# online, chapters 1 and 2; François Chollet, *Deep Learning with Python*, 2nd edition, Manning
# 2021, chapter 2.
#
# [01 How does learning happen?](01_how_learning_happens.ipynb) →
