"""The real digits, and a noisy line. Nothing is fetched: the digits are part of the package."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .checks import expects, flag, generator, integer, number, unreadable

Images = NDArray[np.float32]
Labels = NDArray[np.int64]


class Digits(NamedTuple):
    """MNIST: images with pixels from 0 (paper) to 1 (ink), and labels 0 to 9.

    Attributes
    ----------
    train_images : array (train, 784) of float32
        The digits to train with, or (train, 28, 28) with flatten=False.
    train_labels : array (train,) of int64
        What they are.
    test_images : array (test, 784) of float32
        The digits to test with, or (test, 28, 28).
    test_labels : array (test,) of int64
        What they are.

    Examples
    --------
    >>> load_mnist(train=3, test=1).train_labels.tolist()
    [5, 0, 4]
    """

    train_images: Images
    train_labels: Labels
    test_images: Images
    test_labels: Labels


@expects(
    flatten=flag("How many: load_mnist(train=1000, test=100)."),
    train=integer(at_most=60_000),
    test=integer(at_most=10_000),
)
def load_mnist(flatten: bool = True, *, train: int = 60_000, test: int = 10_000) -> Digits:
    """Load the complete MNIST: 60,000 handwritten digits to train with and 10,000 to test with.

    Parameters
    ----------
    flatten : bool
        True: images as rows of 784 pixels, as a dense layer takes them. False: as pictures of
        28 x 28.
    train : int
        How many digits to train with, from the first on, 1 to 60,000.
    test : int
        How many digits to test with, from the first on, 1 to 10,000.

    Returns
    -------
    Digits
        The arrays. They are yours to change: each call makes new ones.

    Raises
    ------
    TypeError
        If flatten is not True or False, or train or test no integer.
    ValueError
        If there are not so many digits.
    OSError
        If the file with the digits cannot be read, which the browser edition fetches when it is
        first needed.

    Notes
    -----
    Source: LeCun, Cortes, Burges, CC BY-SA 3.0, see data/README.md.

    Examples
    --------
    >>> digits = load_mnist(train=100, test=10)
    >>> digits.train_images.shape, digits.test_images.shape
    ((100, 784), (10, 784))
    """
    train_images, train_labels, test_images, test_labels = _mnist_bytes()

    def scaled(pixels: NDArray[np.uint8]) -> Images:
        images = np.multiply(pixels, np.float32(1 / 255), dtype=np.float32)
        return images.reshape(len(images), -1) if flatten else images

    return Digits(
        scaled(train_images[:train]),
        train_labels[:train].astype(np.int64),
        scaled(test_images[:test]),
        test_labels[:test].astype(np.int64),
    )


@functools.lru_cache(maxsize=1)
def _mnist_bytes() -> tuple[NDArray[np.uint8], ...]:
    """Read the file once: to unpack it takes longer than to scale it."""
    path = Path(__file__).parent / "data" / "mnist.npz"
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return tuple(arrays[name] for name in Digits._fields)
    except OSError as error:
        unreadable("load_mnist", path, error)


@expects(samples=integer(), noise=number(at_least=0), rng=generator)
def noisy_line(
    samples: int, noise: float = 0.3, *, rng: np.random.Generator
) -> tuple[NDArray[Any], NDArray[Any]]:
    """labels = 2 inputs - 1 + noise N(0, 1).

    Parameters
    ----------
    samples : int
        How many, from 1.
    noise : float
        The standard deviation around the line, 0 or more.
    rng : numpy.random.Generator
        Where the random numbers come from, for example np.random.default_rng(0).

    Returns
    -------
    inputs : array (samples, 1) of float64
        Uniform from -1 to 1.
    labels : array (samples, 1) of float64
        The line at the inputs, with noise.

    Raises
    ------
    TypeError
        If samples is no integer, noise no number or rng no Generator.
    ValueError
        If samples is below 1, or noise negative or not finite.

    Examples
    --------
    >>> inputs, labels = noisy_line(5, noise=0, rng=np.random.default_rng(0))
    >>> bool((labels == 2 * inputs - 1).all())
    True
    """
    inputs = rng.uniform(-1, 1, (samples, 1))
    with np.errstate(over="ignore"):
        return inputs, 2 * inputs - 1 + noise * rng.standard_normal((samples, 1))
