"""Exercises of notebook 05: what the texts claim is true."""

import numpy as np

import lecture3_engine as engine
from lecture3_engine.exercises import ALL


def test_the_tasks_do_not_print_their_solutions():
    for name in ("sgd_step", "sgd_epoch"):
        task = ALL[name].task.replace(" ", "")
        assert "lr*" not in task
        assert "inputs.T" not in task


def test_the_gradient_of_a_batch_is_usually_longer_than_that_of_all_the_data():
    model = engine.Sequential(engine.Dense(784, 8, "relu", rng=np.random.default_rng(0)))
    digits = engine.load_mnist()
    images, labels = digits.train_images[:1000], digits.train_labels[:1000]

    def length(chosen):
        model.zero_grad()
        engine.cross_entropy(model(images[chosen]), labels[chosen] % 8).backward()
        return np.linalg.norm(np.concatenate([p.grad.ravel() for p in model.parameters()]))

    batches = np.random.default_rng(0).choice(1000, (20, 8))
    assert np.median([length(batch) for batch in batches]) > length(slice(None))
