# %% [markdown]
# # Start here
#
# You predict what longer steps do to a walk downhill, move a slider, and see whether you were
# right. Then you complete your first function and get to know the course.
#
# **20 minutes.** You need: Python, at the level of a loop and a function. A little calculus (what a
# derivative is) helps from notebook 04 on.
#
# Click into the gray cell below and press **Shift + Enter**: that runs it and moves on to the next
# one. Do the same with every gray cell that you come to. (On Google Colab, first open the section
# *On Google Colab*, folded near the end of this page.)
#
# [01 How does learning happen?](01_how_learning_happens.ipynb) →

# %%
import matplotlib.pyplot as plt
import numpy as np

import lecture3_engine as engine

engine.style.use()

# %% [markdown]
# ## Predict
#
# The picture in the next section shows a landscape from above. Each place stands for two numbers,
# the *weights* $w_0$ and $w_1$. The darker the place, the lower the *loss* $\ell$: a number that
# says how badly a network does with these weights. *Gradient descent* starts somewhere and walks
# downhill. The *learning rate*, `lr`, sets how large its steps are.
#
# **Choose before you look.** A guess that turns out wrong helps you remember the answer. Nobody
# else sees what you choose.

# %%
engine.exercises.start_here.prediction

# %% [markdown]
# ## Drag
#
# This is an **explorer**: controls, a sentence that says what you see, and a picture. (If there is
# only a picture and no slider, the cell has not been run yet: click into it and press
# Shift + Enter. Web pages that only show notebooks, such as GitHub, have no sliders.)
#
# 1. Press **Play**, the large button. A path grows downhill from the ring.
# 2. Drag the **ring** to start from another place in the picture.
# 3. Move *learning rate* to about 0.03, 0.07 and 0.1. Read the sentence each time.
# 4. Press **more settings** and choose another landscape. **Reset** puts everything back the way it
#    was.

# %%
explorer = engine.explorers.LearningRateExplorer(lr=0.03, step=0)
explorer

# %%
engine.exercises.start_here.prediction.answer()

# %% [markdown]
# What you just saw is the heart of the course: each step sets out downhill, and one number, the
# learning rate, decides whether the path ever reaches the bottom.
#
# <details><summary>Without a mouse</summary>
#
# Tab goes from control to control. The arrow keys move a slider, Page Up and Page Down move it in
# larger steps, and Home and End take it to its ends. You can also type a number in the field beside
# it and press Enter. The space bar presses a button. Screen readers read out the sentence above the
# picture.
#
# </details>
#
# You can also set the controls from code. Here are the same three learning rates, with the step set
# to 50:

# %%
for lr in (0.03, 0.07, 0.1):
    explorer.set(lr=lr, step=50)
    print(explorer.summary)

explorer.reset()
print("and back:", explorer.lr)

# %% [markdown]
# ## Do
#
# In an exercise you complete a function: replace the three dots with your code and run the cell.
# The check tells you whether it is right, and explains common mistakes. Try as often as you like.
#
# For a first try: `y_pred` holds the digits that a network named, and `y_true` the correct ones.
# What fraction did it get right?


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
# `y_pred == y_true` is an array of True and False. They count as 1 and 0, so their mean is the
# fraction of True. Now make a mistake on purpose: write `np.sum`, and see what the check says.
#
# </details>
#
# Every exercise has its solution folded below it, as here. Try first.
#
# ## The digits
#
# From notebook 01 on, networks learn to read handwriting: 60,000 digits to train with and 10,000 to
# test with. They come with the course, so nothing is downloaded.

# %%
digits = engine.load_mnist()
print("training:", digits.train_images.shape, "  test:", digits.test_images.shape)

fig, axes = plt.subplots(1, 10, figsize=(10, 1.5))
for axis, image, label in zip(axes, digits.train_images, digits.train_labels):
    axis.imshow(image.reshape(28, 28), cmap=engine.style.DIGITS)
    axis.set_title(label, loc="center")
    axis.axis("off")

# %% [markdown]
# ## The course
#
# These twelve notebooks belong to one lecture, *how neural networks learn*, and cover everything on
# its slides. You test each claim of the slides in code, and where a slide has a mistake, the
# notebook says so.
#
# | | notebook | what you do there | minutes | terms of the lecture |
# |---|---|---|---|---|
# | 00 | Start here | a first picture, a first function, this map | 20 | |
# | 01 | [How does learning happen?](01_how_learning_happens.ipynb) | a layer by hand, batches, the four steps | 40 | training loop, batches, loss function |
# | 02 | [One weight at a time](02_one_weight_at_a_time.ipynb) | the obvious way to learn, and what it costs | 30 | loss function |
# | 03 | [Gradient descent](03_gradient_descent.ipynb) | the rate of change $rc$, uphill and downhill | 40 | gradient descent, number of iterations |
# | 04 | [Gradient](04_gradient.ipynb) | $\varepsilon$ goes to 0, one weight becomes many | 35 | gradient |
# | 05 | [Stochastic gradient descent](05_stochastic_gradient_descent.ipynb) | many noisy steps against one exact one | 40 | stochastic gradient descent (SGD), batches |
# | 06 | [Learning rate](06_learning_rate.ipynb) | too small, too big, how to find it, and when to change it | 40 | learning rate, convergence, number of iterations |
# | 07 | [Momentum](07_momentum.ipynb) | a heavy ball in the ravine, and a minimum that it rolls past | 40 | momentum, local minimum, global minimum |
# | 08 | [Optimizers](08_optimizers.ipynb) | RMSprop, Adagrad, Adam and AdamW in a race | 40 | optimizer |
# | 09 | [Backpropagation](09_backpropagation.ipynb) | all gradients in one backward pass | 40 | back propagation |
# | 10 | [Training in a nutshell](10_training_in_a_nutshell.ipynb) | the code of the last slide, exactly as printed, and a test of the takeaways | 40 | all of them together |
# | 11 | [Terms](11_terms.ipynb) | a glossary, and a quiz on all fourteen terms | 30 | all fourteen |
#
# They build on one another. In a hurry? Read 01, 03, 06 and 10.
#
# ## Is the machine ready?

# %%
import sys
from importlib.metadata import version

print("Python 3.11 or newer:", sys.version_info >= (3, 11))
needed = {"numpy": (2, 0), "matplotlib": (3, 10)}
needed |= {"ipywidgets": (8, 1), "anywidget": (0, 9)}
for name, wanted in needed.items():
    found = tuple(int(part) for part in version(name).split(".")[:2])
    print(f"{name} {wanted[0]}.{wanted[1]} or newer:", found >= wanted)

# %% [markdown]
# Five times `True`? Then everything is ready.
#
# ## Save and share
#
# The cell below prints one line of code that brings back exactly what the explorer shows. (Python
# calls it the explorer's `repr`.) Drag something above and run the cell again. Then copy the
# printed line, put `engine.explorers.` in front of it, and send it to a friend. Whoever runs it in
# a notebook of this course gets the same picture.

# %%
print(repr(explorer))
again = engine.explorers.LearningRateExplorer(**explorer.state)
print("the same:", repr(again) == repr(explorer))

# %% [markdown]
# - **Your work:** Ctrl + S (Cmd + S) saves the notebook with your answers and its pictures. To keep
#   the original unchanged, work in a copy: *File*, *Save Notebook As*.
# - **Lost?** *Kernel*, *Restart Kernel and Run All Cells* starts over. What you have written in the
#   cells stays.
# - **What does this function do?** Put a question mark after it: `engine.fit?`.
# - **A picture for a report:** `explorer.figure.savefig("ravine.pdf")` (or `.png`, `.svg`).
#
# <details><summary>Downloading, and working in a browser tab or on Binder</summary>
#
# - **Download:** save first, then *File*, *Download*. You get what you saved. Where there is no
#   Python, as on GitHub, the pictures do not move. They move again once somebody who has the course
#   installed opens the notebook in Jupyter and runs it.
# - **In a browser tab, without installing** (the address of this page then contains `/lab/` and
#   does not begin with `localhost`): Python runs inside the page, on your own machine. What you
#   save stays in this browser until you clear the browser's data, and nobody else sees it. On
#   another machine you start from scratch, so download what you want to keep. Each open notebook
#   runs its own copy of Python, which takes up memory. When you are done with one, choose *File*,
#   *Close and Shut Down Notebook*.
# - **On Binder or Colab** the machine is deleted when you leave it alone for a while. Download your
#   work before that.
#
# </details>
#
# <details><summary>On Google Colab</summary>
#
# *These lines have not been run on Colab.* Colab starts each notebook on a fresh machine, so
# install the course first. Add a code cell at the top of the notebook, copy these lines into it,
# and run it. The cell asks for the address of the course's repository. On GitHub, copy it from your
# browser's address bar, from the beginning through the repository's name.
#
# ```python
# address = input("Address of the course's repository: ")
# %pip install --quiet git+{address}
# from google.colab import output
# output.enable_custom_widget_manager()
# ```
#
# On Colab, every notebook of the course needs these lines.
#
# </details>
#
# <details><summary>For instructors</summary>
#
# An explorer opens in any state, so a cell with a line such as
# `engine.explorers.LearningRateExplorer(lr=0.1)` can replace a slide, and you can drag things in it
# as you talk. `engine.exercises.ALL` holds every exercise with its test cases, its solution, and
# the mistakes it recognizes. The README says how to test, change or add a notebook.
#
# </details>
#
# ## What you have seen
#
# - **Predict, drag, do**: the three things to do in notebooks 01 to 10.
# - A first look at **gradient descent** and the **learning rate**. Notebooks 03 and 06 explain
#   them.
# - How to tell whether everything is installed, and what to do when a picture does not move.
#
# To read beside the course: Michael Nielsen, *Neural Networks and Deep Learning*, 2015, free
# online, chapters 1 and 2; François Chollet, *Deep Learning with Python*, 2nd edition, Manning
# 2021, chapter 2.
#
# [01 How does learning happen?](01_how_learning_happens.ipynb) →
