"""The real digits, for the explorers of networks: only as many as they use, and loaded once."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

from ..datasets import Images, Labels, load_mnist

Part: TypeAlias = tuple[Images, Labels]


@lru_cache(maxsize=2)
def train_and_test(train: int, test: int) -> tuple[Part, Part]:
    """Return a part of MNIST to learn from, and one to test with."""
    mnist = load_mnist(train=train, test=test)
    return mnist[:2], mnist[2:]


@lru_cache(maxsize=1)
def train_and_validation(train: int, validation: int) -> tuple[Part, Part]:
    """Return a part of MNIST to learn from, and one to validate with.

    The validation digits are those that follow in MNIST's part for training: its test digits stay
    unseen.
    """
    images, labels, _, _ = load_mnist(train=train + validation, test=1)
    return (images[:train], labels[:train]), (images[train:], labels[train:])
