import errno
import sys

import numpy as np
import pytest

from lecture3_engine import datasets, load_mnist


def test_mnist_is_the_real_one():
    """The facts of data/README.md."""
    digits = load_mnist()
    assert digits.train_images.shape == (60000, 784)
    assert digits.test_images.shape == (10000, 784)
    assert digits.train_images.dtype == np.float32
    assert digits.train_labels.dtype == np.int64
    assert digits.train_labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert digits.train_images.mean(dtype=np.float64) == pytest.approx(0.13066, abs=5e-6)
    assert digits.train_images.std(dtype=np.float64) == pytest.approx(0.30811, abs=5e-6)
    assert np.bincount(digits.train_labels).tolist() == [
        5923,
        6742,
        5958,
        6131,
        5842,
        5421,
        5918,
        6265,
        5851,
        5949,
    ]
    assert digits.train_images.min() == 0
    assert digits.train_images.max() == 1
    assert len(digits.test_labels) == 10000


def test_pictures_are_the_rows_and_each_call_is_the_callers_own():
    digits = load_mnist(flatten=False)
    assert digits.test_images.shape == (10000, 28, 28)
    digits.test_images[:] = 0
    assert load_mnist().test_images.max() == 1


def test_a_part_is_the_first_of_the_whole():
    whole, part = load_mnist(), load_mnist(train=100, test=30)
    assert part.train_images.shape == (100, 784)
    assert part.test_labels.shape == (30,)
    for a, b in zip(whole, part, strict=True):
        np.testing.assert_array_equal(a[: len(b)], b)


@pytest.mark.parametrize(
    "platform, number, kind, cure",
    [
        # the browser edition, which fetches the file now
        ("emscripten", errno.EIO, OSError, "With a network, run the cell again."),
        ("linux", errno.ENOENT, FileNotFoundError, "Install lecture3_engine again."),
    ],
)
def test_digits_that_cannot_be_read_name_the_cure_and_are_asked_for_again(
    monkeypatch, platform, number, kind, cure
):
    def fail(path, **options):
        raise OSError(number, "what the system says")

    datasets._mnist_bytes.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", platform)
        patch.setattr(np, "load", fail)
        with pytest.raises(
            kind,
            match=rf"load_mnist: could not read .*mnist.npz \(what the system says\)\. {cure}$",
        ) as caught:
            load_mnist(train=1, test=1)
    assert caught.value.errno == number
    assert load_mnist(train=1, test=1).train_labels == [5]


def test_a_noisy_line():
    x, y = datasets.noisy_line(2000, noise=0.1, rng=np.random.default_rng(0))
    assert x.shape == y.shape == (2000, 1)
    slope, intercept = np.polyfit(x[:, 0], y[:, 0], 1)
    assert slope == pytest.approx(2, abs=0.02)
    assert intercept == pytest.approx(-1, abs=0.02)
    assert (y - 2 * x + 1).std() == pytest.approx(0.1, rel=0.05)


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: load_mnist(train=0), ValueError, "train"),
        (lambda: load_mnist(test=10_001), ValueError, "10,000"),
        (lambda: datasets.noisy_line(0, rng=np.random.default_rng(0)), ValueError, "samples"),
        (
            lambda: datasets.noisy_line(10, noise=-1, rng=np.random.default_rng(0)),
            ValueError,
            "noise",
        ),
        (lambda: datasets.noisy_line(10, rng=3), TypeError, "default_rng"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error) as raised:
        call()
    assert words in str(raised.value)
