"""Notebook 01, lecture section 1: kernel and bias, batches, the four steps of the training loop."""

import numpy as np

from .exercise import exercise
from .question import Prediction, Question, Questions

_rng = np.random.default_rng(1)
INPUTS = np.array([[1.0, 2.0, -1.0], [0.5, -1.0, 2.0]])
KERNEL = np.array([[0.30, 0.70], [0.45, 0.56], [0.10, 0.32]])  # the slide's W, transposed
BIAS = np.array([0.50, 0.21])


@exercise(
    task=(
        "Compute the output of a dense layer, relu(dot(inputs, kernel) + bias), for all samples at"
        " once. Each row of `inputs` is a sample. NumPy has a function for each part; relu is its"
        " elementwise maximum with 0."
    ),
    cases=[
        dict(inputs=np.array([[1.0, 2.0, -1.0]]), kernel=KERNEL, bias=BIAS),
        dict(inputs=INPUTS, kernel=KERNEL - 0.5, bias=np.array([0.25, -0.5])),
        # some outputs are large: relu has no upper end
        dict(
            inputs=10 * _rng.normal(size=(5, 3)),
            kernel=_rng.normal(size=(3, 4)),
            bias=_rng.normal(size=4),
        ),
        # fits whichever way around
        dict(
            inputs=_rng.normal(size=(3, 3)),
            kernel=_rng.normal(size=(3, 3)),
            bias=_rng.normal(size=3),
        ),
    ],
    further=(
        "without relu, each output is a straight line in every input, and two such layers in a row"
        " are again straight lines. The bend makes a second layer worthwhile."
    ),
)
def dense_relu(inputs, kernel, bias):
    return np.maximum(np.dot(inputs, kernel) + bias, 0)


@dense_relu.mistake(
    "The bias is missing. Without it, every unit gives 0 for an input of zeros, no matter what it"
    " has learned: add `bias` to each row."
)
def bias_forgotten(inputs, kernel, bias):
    return np.maximum(np.dot(inputs, kernel), 0)


@dense_relu.mistake(
    "The relu is missing: your output has negative entries. `np.maximum(x, 0)` turns them into 0."
)
def relu_forgotten(inputs, kernel, bias):
    return np.dot(inputs, kernel) + bias


@dense_relu.mistake(
    "You apply relu first and add the bias afterward. The bias belongs inside: it decides where"
    " the bend is."
)
def bias_after_relu(inputs, kernel, bias):
    return np.maximum(np.dot(inputs, kernel), 0) + bias


@dense_relu.mistake(
    "`np.max(x, 0)` is the largest entry of each column; `np.maximum(x, 0)` compares every entry"
    " with 0. You need the second."
)
def max_for_maximum(inputs, kernel, bias):
    return np.max(np.dot(inputs, kernel) + bias, 0)


@dense_relu.mistake(
    "The kernel is the wrong way around: `kernel` is (inputs, units) here, so it is not transposed."
    " (The slide's W is (units, inputs), and goes with `W x + b`.)"
)
def kernel_transposed(inputs, kernel, bias):
    return np.maximum(np.dot(inputs, kernel.T) + bias, 0)


@dense_relu.mistake(
    "The order matters: `dot(kernel, inputs)` pairs units with samples. With a row for each sample"
    " it is `dot(inputs, kernel)`."
)
def factors_swapped(inputs, kernel, bias):
    return np.maximum(np.dot(kernel, inputs) + bias, 0)


@dense_relu.mistake(
    "`*` multiplies entry by entry. Each output is a sum over all inputs, input times weight: that"
    " is `np.dot`."
)
def entry_by_entry(inputs, kernel, bias):
    return np.maximum(inputs * kernel + bias, 0)


SAMPLES = np.arange(10.0)


@exercise(
    task=(
        "Return batch number n of `samples`, counting from 0: the lecture's"
        " `train_images[128*n:128*(n+1)]` for any batch size."
    ),
    cases=[
        dict(samples=SAMPLES, n=0, batch_size=4),
        dict(samples=SAMPLES, n=1, batch_size=4),
        dict(samples=SAMPLES, n=2, batch_size=4),
        dict(samples=np.arange(24.0).reshape(12, 2), n=3, batch_size=3),
    ],
    further=(
        "10 samples in batches of 4 leave 2 for the last one, and slicing does not mind. 60,000"
        " digits in batches of 128 make 469 batches; the last holds 96."
    ),
)
def nth_batch(samples, n, batch_size):
    return samples[batch_size * n : batch_size * (n + 1)]


@nth_batch.mistake(
    "Your batches are counted from 1. Python counts from 0: `train_images[:128]` is the batch with"
    " n = 0."
)
def counted_from_one(samples, n, batch_size):
    return samples[batch_size * (n - 1) : batch_size * n]


@nth_batch.mistake(
    "One sample too many: the end of a slice is left out, so `batch_size * (n + 1)` is already the"
    " first sample of the next batch."
)
def end_included(samples, n, batch_size):
    return samples[batch_size * n : batch_size * (n + 1) + 1]


@nth_batch.mistake(
    "One sample too few: the end of a slice is left out anyway, so there is nothing to subtract."
)
def end_excluded_twice(samples, n, batch_size):
    return samples[batch_size * n : batch_size * (n + 1) - 1]


@nth_batch.mistake(
    "Your batch begins at sample n, so neighboring batches overlap. Batch n begins after n whole"
    " batches: at `batch_size * n`."
)
def begins_at_n(samples, n, batch_size):
    return samples[n : n + batch_size]


@nth_batch.mistake(
    "The second number of a slice is where it ends, not how many there are: from `batch_size * n`"
    " to `batch_size * (n + 1)`."
)
def end_is_a_length(samples, n, batch_size):
    return samples[batch_size * n : batch_size]


@nth_batch.mistake(
    "Your batch begins in the right place but does not end: give the slice its end, `batch_size *"
    " (n + 1)`."
)
def no_end(samples, n, batch_size):
    return samples[batch_size * n :]


@nth_batch.mistake(
    "That is one sample. A batch is a slice with a colon: from `batch_size * n` to `batch_size * (n"
    " + 1)`."
)
def one_sample(samples, n, batch_size):
    return samples[min(batch_size * n, len(samples) - 1)]


prediction = Prediction(
    "A network with random weights looks at handwritten digits. How many of them will it name"
    " correctly?",
    {
        "none: it has learned nothing": (
            "Someone who knows nothing is still right now and then. To be always wrong, you would"
            " have to know which answers to avoid."
        ),
        "about 1 in 10": (
            "With ten kinds of digits, a blind guess is right one time in ten. A single random"
            " network may get 4% or 16%; the mean of many is 10%."
        ),
        "about half of them": "That would be blind guessing between two kinds. Here there are ten.",
    },
    right="about 1 in 10",
)

questions = Questions(
    Question(
        "The slide says: draw a batch of samples x and corresponding labels `y_pred`. What should"
        " the labels be called?",
        {
            "`y_pred`, as on the slide": (
                "`y_pred` is what the forward pass produces in step 2. Nobody has predicted"
                " anything in step 1."
            ),
            "`y_true`": (
                "The labels are the truth that comes with the samples. `y_pred` is what the model"
                " predicts in step 2, and the loss compares the two."
            ),
            "`x_true`": "x stands for the inputs. The labels are the outputs we want: y.",
        },
        right="`y_true`",
    ),
    Question(
        "A dense layer has 3 inputs and 2 outputs. How many parameters does it have?",
        {
            "5": (
                "Every output is connected to every input: the kernel has 3 x 2 entries, not 3 + 2."
            ),
            "6": "That is the kernel alone. Each output also has a bias.",
            "8": "3 x 2 weights in the kernel and 2 biases.",
        },
        right="8",
    ),
    Question(
        "`n = 3`. Which images are in `train_images[128*n:128*(n+1)]`?",
        {
            "number 384 to 511": (
                "128 images. Number 512 begins the next batch, because a slice leaves its end out."
            ),
            "number 384 to 512": "A slice leaves its end out, or that batch would have 129 images.",
            "number 256 to 383": "That is n = 2: the first batch has n = 0.",
        },
        right="number 384 to 511",
    ),
)
