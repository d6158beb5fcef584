"""The real digits, and small toy sets. Nothing is fetched: the digits are part of the package."""

import functools
import numbers
import os
import sys
from typing import NamedTuple

import numpy as np


class Digits(NamedTuple):
    """MNIST: images with pixels from 0 (paper) to 1 (ink), and labels 0 to 9."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


def load_mnist(flatten=True, *, train=60_000, test=10_000):
    """The complete MNIST: 60,000 handwritten digits to train with and 10,000 to test with.

    Args:
        flatten: images as rows of 784 pixels, as a dense layer takes them; False: as pictures of 28
            x 28.
        train, test: how many, from the first on, where the whole set would be more than is needed.
    Returns: `Digits`: train_images (train, 784) float32 from 0 to 1, train_labels (train,) int64,
        test_images (test, 784), test_labels (test,). They are yours to change: each call makes new
        arrays.
    Raises: ValueError; OSError if the file with the digits cannot be read, which the browser
    edition fetches when it is first needed.
    Source: LeCun, Cortes, Burges, CC BY-SA 3.0, see data/README.md.
    """
    for name, count, most in (("train", train, 60_000), ("test", test, 10_000)):
        if (
            isinstance(count, bool)
            or not isinstance(count, (int, np.integer))
            or not 1 <= count <= most
        ):
            raise ValueError(
                f"load_mnist: expected {name} to be an integer from 1 to {most:,}. Received"
                f" {count!r}."
            )
    if not isinstance(flatten, bool):
        raise TypeError(
            f"load_mnist: expected flatten to be True or False. Received {flatten!r}. How many:"
            " load_mnist(train=1000, test=100)."
        )
    train_images, train_labels, test_images, test_labels = _mnist_bytes()

    def scaled(images):
        images = np.multiply(images, np.float32(1 / 255), dtype=np.float32)
        return images.reshape(len(images), -1) if flatten else images

    return Digits(
        scaled(train_images[:train]),
        train_labels[:train].astype(np.int64),
        scaled(test_images[:test]),
        test_labels[:test].astype(np.int64),
    )


@functools.lru_cache(maxsize=1)
def _mnist_bytes():
    path = os.path.join(os.path.dirname(__file__), "data", "mnist.npz")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return tuple(arrays[name] for name in Digits._fields)
    except OSError as error:
        cure = (
            "With a network, run the cell again."
            if sys.platform == "emscripten"
            else "Install lecture3_engine again."
        )
        raise OSError(
            error.errno, f"load_mnist: could not read {path} ({error.strerror}). {cure}"
        ) from error


def noisy_line(samples, slope=2.0, intercept=-1.0, noise=0.3, *, rng):
    """labels = slope * inputs + intercept + noise * N(0, 1)

    Returns: (inputs, labels), both (samples, 1) float64; inputs uniform from -1 to 1.
    """
    _check("noisy_line", samples, rng, slope=slope, intercept=intercept, noise=noise)
    inputs = rng.uniform(-1, 1, (samples, 1))
    with np.errstate(over="ignore"):
        return inputs, slope * inputs + intercept + noise * rng.standard_normal((samples, 1))


def two_moons(samples, noise=0.1, *, rng):
    """Two half circles that reach into each other: two classes that no straight line divides.

    Returns: (inputs, labels): (samples, 2) float64 and (samples,) int64, 0 and 1 in turn.
    """
    _check("two_moons", samples, rng, noise=noise)
    labels = np.arange(samples) % 2
    angle = rng.uniform(0, np.pi, samples)
    x = np.where(labels == 0, np.cos(angle), 1 - np.cos(angle))
    y = np.where(labels == 0, np.sin(angle), 0.5 - np.sin(angle))
    with np.errstate(over="ignore"):
        return np.stack([x, y], axis=1) + noise * rng.standard_normal((samples, 2)), labels


def _check(name, samples, rng, **settings):
    if isinstance(samples, bool) or not isinstance(samples, (int, np.integer)) or samples < 1:
        raise ValueError(
            f"{name}: expected samples to be a positive integer. Received {samples!r}."
        )
    for setting, value in settings.items():
        number = (
            isinstance(value, numbers.Real)
            and np.asarray(value).dtype.kind in "fiu"
            and np.isfinite(value)
        )
        if not number or setting == "noise" and value < 0:
            least = " of at least 0" * (setting == "noise")
            raise ValueError(
                f"{name}: expected {setting} to be a finite number{least}. Received {value!r}."
            )
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"{name}: expected rng to be a NumPy Generator. Received {rng!r}. Pass"
            " rng=np.random.default_rng(0)."
        )
