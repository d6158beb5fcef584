import itertools
import threading
from types import SimpleNamespace

import numpy as np
import pytest

import lecture3_engine as engine
from lecture3_engine import (
    SGD,
    Adam,
    DataLoader,
    Dense,
    Sequential,
    accuracy,
    cross_entropy,
    evaluate,
    fit,
    mse_loss,
    train_step,
)
from lecture3_engine.datasets import noisy_line


def moons(n=400, seed=0):
    """Two half circles that reach into each other: two classes that no straight line divides."""
    rng, labels = np.random.default_rng(seed), np.arange(n) % 2
    angle = rng.uniform(0, np.pi, n)
    x = np.where(labels == 0, np.cos(angle), 1 - np.cos(angle))
    y = np.where(labels == 0, np.sin(angle), 0.5 - np.sin(angle))
    return np.stack([x, y], axis=1) + 0.1 * rng.standard_normal((n, 2)), labels


def network(*widths, seed=0, dtype=np.float32):
    rng = np.random.default_rng(seed)
    *hidden, last = itertools.pairwise(widths)
    return Sequential(
        *[Dense(*pair, "relu", rng=rng, dtype=dtype) for pair in hidden],
        Dense(*last, rng=rng, dtype=dtype),
    )


def test_batches_are_the_slices_of_the_lecture():
    images, labels = np.arange(300.0).reshape(300, 1), np.arange(300)
    loader = DataLoader(images, labels, 128)
    batches = list(loader)
    assert len(loader) == len(batches) == 3
    for n, (x, y) in enumerate(batches):
        np.testing.assert_array_equal(x, images[128 * n : 128 * (n + 1)])
        np.testing.assert_array_equal(y, labels[128 * n : 128 * (n + 1)])
    assert [len(y) for _, y in batches] == [128, 128, 44]


def test_shuffle_moves_samples_together_with_their_labels():
    x, y = np.arange(100.0).reshape(100, 1), np.arange(100)
    loader = DataLoader(x, y, 10, shuffle=True, rng=np.random.default_rng(0))
    first, second = [np.concatenate([labels for _, labels in loader]) for _ in range(2)]
    assert sorted(first) == list(range(100))
    assert (first != second).any()
    assert len({label // 10 for label in first[:10]}) > 1  # not whole batches
    for inputs, labels in loader:
        np.testing.assert_array_equal(inputs[:, 0], labels)
    again = DataLoader(x, y, 10, shuffle=True, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(np.concatenate([labels for _, labels in again]), first)


def test_fit_learns_and_remembers():
    x, y = moons()
    model = network(2, 32, 2)
    loader = DataLoader(x, y, 32, shuffle=True, rng=np.random.default_rng(1))
    history = fit(
        model,
        loader,
        cross_entropy,
        Adam(model.parameters(), lr=0.02),
        30,
        validation=moons(seed=9),
        progress=False,
    )
    assert len(history.step_losses) == 30 * len(loader)
    assert all(
        len(values) == 30
        for values in (
            history.train_loss,
            history.train_accuracy,
            history.validation_loss,
            history.validation_accuracy,
        )
    )
    assert history.validation_accuracy[-1] > 0.97
    assert history.train_loss[-1] < history.train_loss[0] / 2
    assert history.stopped == ""
    assert evaluate(model, *moons(seed=9), cross_entropy) == pytest.approx(
        (history.validation_loss[-1], history.validation_accuracy[-1])
    )
    assert repr(history).startswith("<History: 390 steps, 30 epochs, train loss 0.")


def test_the_means_of_an_epoch_count_samples_not_batches():
    x, y = moons(70)
    model = network(2, 2)
    history = fit(
        model,
        DataLoader(x, y, 32),
        cross_entropy,
        SGD(model.parameters(), lr=1e-12),
        1,
        progress=False,
    )
    loss, right = evaluate(model, x, y, cross_entropy, batch_size=11)
    assert right == pytest.approx(accuracy(model(x), y))
    assert history.train_loss[0] == pytest.approx(loss, rel=1e-5)
    assert history.train_accuracy[0] == pytest.approx(right)
    assert history.step_losses == pytest.approx(
        [cross_entropy(model(x[i : i + 32]), y[i : i + 32]).item() for i in (0, 32, 64)], rel=1e-5
    )


def test_fit_is_the_loop_written_out():
    x, y = moons(100)
    models = [network(2, 8, 2), network(2, 8, 2)]
    loader = DataLoader(x, y, 16)
    history = fit(
        models[0],
        loader,
        cross_entropy,
        SGD(models[0].parameters(), lr=0.1, momentum=0.9),
        2,
        progress=False,
    )
    optimizer, losses = SGD(models[1].parameters(), lr=0.1, momentum=0.9), []
    for _ in range(2):
        for inputs, labels in loader:
            preds = models[1](inputs)
            optimizer.zero_grad()
            loss = cross_entropy(preds, labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    assert losses == history.step_losses
    for p, q in zip(models[0].parameters(), models[1].parameters(), strict=True):
        np.testing.assert_array_equal(p.data, q.data)


def test_regression_has_no_accuracy():
    x, y = noisy_line(200, rng=np.random.default_rng(0))
    model = network(1, 1, dtype=np.float64)
    history = fit(
        model,
        DataLoader(x, y, 20),
        mse_loss,
        SGD(model.parameters(), lr=0.2),
        20,
        validation=(x, y),
        progress=False,
    )
    assert model.layers[0].kernel.data.item() == pytest.approx(2, abs=0.1)
    assert history.train_accuracy == history.validation_accuracy == []
    assert evaluate(model, x, y, mse_loss)[1] is None


def test_a_loss_that_is_not_finite_stops_with_the_likely_cause(capsys):
    x, y = noisy_line(200, rng=np.random.default_rng(0))
    model = network(1, 1)
    history = fit(
        model, DataLoader(x, y, 20), mse_loss, SGD(model.parameters(), lr=1e4), 100, progress=True
    )
    step = len(history.step_losses)
    assert f"at step {step}, in epoch {len(history.train_loss) + 1}" in history.stopped
    assert history.stopped.endswith("try lr=1000.")
    assert f"the loss is {history.step_losses[-1]} at" in history.stopped
    assert f"it began at {history.step_losses[0]:.4g}." in history.stopped
    assert not np.isfinite(history.step_losses[-1])
    assert np.isfinite(history.step_losses[:-1]).all()
    assert history.stopped in capsys.readouterr().out
    for p in model.parameters():
        p.data[...] = np.inf
    assert (
        "very first step"
        in fit(
            model,
            DataLoader(x, y, 20),
            mse_loss,
            SGD(model.parameters(), lr=0.1),
            1,
            progress=False,
        ).stopped
    )


def test_an_interrupt_keeps_what_was_learned():
    x, y = moons(100)
    batches = list(DataLoader(x, y, 10))

    class Interrupted:
        times = 0

        def __iter__(self):
            Interrupted.times += 1
            for i, batch in enumerate(batches):
                if Interrupted.times == 2 and i == 3:
                    raise KeyboardInterrupt
                yield batch

    model = network(2, 8, 2)
    before = model.layers[0].kernel.data.copy()
    history = fit(
        model, Interrupted(), cross_entropy, SGD(model.parameters(), lr=0.1), 5, progress=False
    )
    assert history.stopped.startswith("Interrupted after step 13, in epoch 2")
    assert len(history.step_losses) == 13
    assert len(history.train_loss) == 1
    assert (model.layers[0].kernel.data != before).any()


def test_progress_goes_to_stdout_and_ends_with_a_line_that_is_always_the_same(capsys):
    x, y = moons(64)
    model = network(2, 2)
    fit(model, DataLoader(x, y, 16), cross_entropy, SGD(model.parameters(), lr=0.1), 2)
    out, err = capsys.readouterr()
    assert out.rpartition("\r")[2] == "2 epochs, 8 steps.\n"  # the bar is gone
    assert err == ""


def test_accuracy():
    assert (
        accuracy(np.array([[0.1, 0.9], [0.8, 0.2], [0.6, 0.4], [0.3, 0.7]]), np.array([1, 0, 1, 1]))
        == 0.75
    )
    assert accuracy(engine.Tensor([[0.0, 1.0]]), [1]) == 1


def test_an_untrained_network_guesses():
    digits = engine.load_mnist()
    seen = [
        evaluate(
            network(784, 512, 10, seed=s), digits.test_images, digits.test_labels, cross_entropy
        )[1]
        for s in range(10)
    ]
    assert min(seen) > 0.05
    assert max(seen) < 0.25
    assert 0.07 < np.mean(seen) < 0.13


def test_the_loop_of_the_lecture_runs_to_the_letter():
    """The last slide, unchanged, with `import lecture3_engine as torch`."""
    digits = engine.load_mnist()
    training_loader = DataLoader(digits.train_images[:2560], digits.train_labels[:2560], 128)
    model = network(784, 64, 10)
    loss_fn = cross_entropy
    num_epoch = 2
    before = evaluate(model, digits.test_images, digits.test_labels, loss_fn)[0]
    import lecture3_engine as torch  # noqa: PLC0415 the lecture's name, in this test only

    # typical torch training loop

    # define an optimizer
    optimizer = torch.optim.SGD(params=model.parameters(), lr=0.0001, momentum=0.2)

    for epoch_idx in range(num_epoch):  # noqa: B007
        for i, data in enumerate(training_loader):  # noqa: B007
            # Every data instance is an input + label pair
            inputs, labels = data

            # Make predictions for this batch
            preds = model(inputs)

            # Zero your gradients for every batch! otherwise, it remembers the previous gradients
            optimizer.zero_grad()

            # Compute the loss and its gradients
            loss = loss_fn(preds, labels)
            loss.backward()  # backpropagation.
            # after this, we know the gradients of all the paramaters.
            # in Torch/TF, the gradient values are stored in each parameter

            # Update the weights (by little bit (=by learning rate, 0.0001))
            # internally, the optimizer knows how to perform SGD. so..
            optimizer.step()
            # now the model.parameters() are a little better than before.

    assert all(p.grad is not None for p in model.parameters())
    assert (
        before - 0.01 < evaluate(model, digits.test_images, digits.test_labels, loss_fn)[0] < before
    )


X, Y = moons(20)
MODEL = network(2, 2)


def optimizer():
    return SGD(MODEL.parameters(), lr=0.1)


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: DataLoader(X, Y[:-1], 4), ValueError, "20 samples and 19 labels"),
        (lambda: DataLoader(X[:-1], Y, 4), ValueError, "19 samples and 20 labels"),
        (
            lambda: DataLoader([[1.0], [1.0, 2.0]], [0, 1], 1),
            ValueError,
            "inputs to be numbers in rows of equal length",
        ),
        (lambda: DataLoader(X[:0], Y[:0], 4), ValueError, "at least one sample"),
        (lambda: DataLoader(X, Y, 0), ValueError, "batch_size"),
        (lambda: DataLoader(X, Y, 2.5), TypeError, "2.5"),
        (lambda: DataLoader(X, 4, Y), TypeError, "order is (inputs, labels, batch_size)"),
        (lambda: DataLoader(X, Y, 4, shuffle=True), TypeError, "default_rng"),
        (
            lambda: DataLoader([[0, 1], [0, np.nan], [np.inf, 0], [np.nan, 0]], Y[:4], 4),
            ValueError,
            "Received nan at [1, 1].",
        ),
        (lambda: DataLoader([["a"]] * 20, Y, 4), TypeError, "real numbers"),
        (
            lambda: fit(MODEL, DataLoader(X, Y, 4), cross_entropy, optimizer(), 0),
            ValueError,
            "num_epoch",
        ),
        (
            lambda: fit(MODEL, DataLoader(X, Y, 4), optimizer(), cross_entropy, 1),
            TypeError,
            "order is",
        ),
        (lambda: fit(MODEL, DataLoader(X, Y, 4), cross_entropy, SGD, 1), TypeError, "optimizer"),
        (
            lambda: fit(MODEL, DataLoader(X, Y, 4), None, optimizer(), 1),
            TypeError,
            "loss_fn to be a function of (preds, labels)",
        ),
        (
            lambda: evaluate(None, X, Y, cross_entropy),
            TypeError,
            "model to be a Module or a function of the inputs",
        ),
        (
            lambda: fit(MODEL, iter(DataLoader(X, Y, 4)), cross_entropy, optimizer(), 2),
            TypeError,
            "anew in each epoch",
        ),
        *[
            (
                lambda loader=loader: fit(MODEL, loader, cross_entropy, optimizer(), 2),
                TypeError,
                f"anew in each epoch. Received {type(loader).__name__}.",
            )
            for loader in (3, np.array(3.0), engine.Tensor(3.0), DataLoader, None)
        ],
        *[
            (
                lambda batch=batch: fit(MODEL, [batch], cross_entropy, optimizer(), 1),
                TypeError,
                f"yields (inputs, labels). Received {type(batch).__name__} from it",
            )
            for batch in (3, (X, Y, X), (X,), (X, 4))
        ],
        (
            lambda: fit(MODEL, [(X[:0], Y[:0])], cross_entropy, optimizer(), 1),
            ValueError,
            "cross_entropy: expected at least one sample",
        ),
        *[
            (
                lambda validation=validation: fit(
                    MODEL, DataLoader(X, Y, 4), cross_entropy, optimizer(), 1, validation=validation
                ),
                TypeError,
                "(inputs, labels)",
            )
            for validation in (X, X[:2], (X,), (X, Y, X))
        ],
        *[
            (
                lambda walker=walker: train_step(MODEL, X, Y, cross_entropy, walker),
                TypeError,
                "train_step: expected optimizer with .step() and .zero_grad()",
            )
            for walker in (None, SGD, SimpleNamespace(step=print), SimpleNamespace(zero_grad=print))
        ],
        (
            lambda: fit(
                MODEL, DataLoader(X, Y, 4), cross_entropy, optimizer(), 1, validation=(X, Y[:3])
            ),
            ValueError,
            "validation",
        ),
        (lambda: evaluate(MODEL, X, Y[:3], cross_entropy), ValueError, "evaluate"),
        (lambda: accuracy(X, Y.astype(float)), TypeError, "astype(int)"),
        (lambda: accuracy(Y, X), TypeError, "integer labels"),
        (lambda: accuracy(X, Y[:3]), ValueError, "(20, 2) and (3,)"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error) as raised:
        call()
    assert words in str(raised.value)


def test_train_step_does_not_make_an_update_that_is_not_finite():
    model = network(2, 2)
    model.layers[0].bias.data[0] = np.nan
    kernel = model.layers[0].kernel.data.copy()
    loss, _ = train_step(model, X, Y, cross_entropy, SGD(model.parameters(), lr=0.1))
    assert np.isnan(loss)
    np.testing.assert_array_equal(model.layers[0].kernel.data, kernel)


@pytest.mark.parametrize(
    "pixels, hint",
    [
        (lambda x: (255 * x).astype(np.uint8), "divide by 255"),
        (lambda x: 255.0 * x, "divide by 255"),
        (lambda x: np.float32(255 * x), "divide by 255"),
        (lambda x: (255 * x).astype(int), "divide by 255"),
        (lambda x: (40 * x).astype(np.uint8), "divide by 255"),
        (lambda x: 1e4 * x, "standard deviation"),
        (lambda x: -200 * x, "standard deviation"),
        (lambda x: x, ""),
        (lambda x: (x > 0.5).astype(np.uint8), ""),
        (lambda x: 20 * x - 10, ""),
    ],
)
def test_images_that_were_not_scaled_get_a_hint(pixels, hint, capsys):
    x, y = np.random.default_rng(0).random((8, 4)), np.arange(8) % 2
    x[0, 0] = 1
    x = pixels(x)
    for loader in (
        DataLoader(x, y, 4),
        [(engine.Tensor(x.astype(np.float32)) if x.dtype != np.uint8 else x, y)],
    ):
        model = network(4, 2)
        history = fit(model, loader, cross_entropy, SGD(model.parameters(), lr=1e-9), 2)
        out = capsys.readouterr().out
        assert (
            (hint in history.hint and f"up to {np.abs(x.astype(float)).max():g}" in history.hint)
            if hint
            else history.hint == ""
        )
        assert out.count("Hint:") == bool(hint)
        assert repr(history).count("Hint:") == bool(hint)
    assert (
        fit(model, loader, cross_entropy, SGD(model.parameters(), lr=1e-9), 1, progress=False).hint
        == history.hint
    )
    assert capsys.readouterr().out == ""


def test_progress_false_shows_nothing(capsys):
    model = network(2, 2)
    history = fit(
        model,
        DataLoader(X, Y, 4),
        cross_entropy,
        SGD(model.parameters(), lr=0.1),
        2,
        progress=False,
    )
    assert capsys.readouterr() == ("", "")
    assert len(history.train_loss) == 2
    fit(
        model, DataLoader(X, Y, 4), cross_entropy, SGD(model.parameters(), lr=0.1), 2, progress=True
    )
    assert "it/s" in (out := capsys.readouterr().out) or "step/s" in out or "?step" in out
    assert "/10 " in out  # 2 epochs of 5 batches


def test_float_labels_are_no_classes():
    x, y = noisy_line(20, rng=np.random.default_rng(0))
    model = network(1, 3)

    def loss_fn(preds, labels):
        return mse_loss(preds, np.ones((len(labels), 3)))

    history = fit(
        model,
        DataLoader(x, y.ravel(), 5),
        loss_fn,
        SGD(model.parameters(), lr=0.1),
        1,
        validation=(x, y.ravel()),
        progress=False,
    )
    assert history.train_accuracy == history.validation_accuracy == []
    assert evaluate(model, x, y.ravel(), loss_fn)[1] is None
    assert evaluate(model, x, np.zeros(20, np.uint8), loss_fn)[1] is not None


@pytest.mark.parametrize("preds, labels", [((20,), (20,)), ((20, 3, 2), (20,)), ((20, 3), (20, 3))])
def test_whole_numbers_are_classes_only_beside_one_row_of_scores_for_each(preds, labels):
    scores = engine.Tensor(np.ones(preds))
    assert evaluate(
        lambda inputs: scores, X, np.ones(labels, int), lambda preds, labels: preds.mean()
    ) == (1, None)


def test_evaluate_takes_1000_samples_at_a_time():
    seen, x = [], np.zeros((2001, 1))
    evaluate(lambda inputs: seen.append(len(inputs)) or engine.Tensor(inputs), x, x, mse_loss)
    assert seen == [1000, 1000, 1]


def test_samples_are_checked_once(monkeypatch):
    calls, check = [], engine.checks.samples
    for module in (engine.checks, engine.training):
        monkeypatch.setattr(
            module, "samples", lambda caller, *args: calls.append(caller) or check(caller, *args)
        )
    evaluate(MODEL, X, Y, cross_entropy, batch_size=7)
    assert calls == ["evaluate"]
    loader, model = DataLoader(X, Y, 4), network(2, 2)
    calls.clear()
    fit(
        model,
        loader,
        cross_entropy,
        SGD(model.parameters(), lr=0.1),
        5,
        validation=(X, Y),
        progress=False,
    )
    assert calls == ["fit: validation"]  # not once an epoch


@pytest.mark.parametrize(
    "preds, labels",
    [
        ((4,), (4,)),
        ((4, 3, 2), (4,)),
        ((4, 3), (3,)),
        ((4, 3), (5,)),
        ((0, 3), (0,)),
        ((3, 0), (3,)),
    ],
)
def test_accuracy_wants_one_row_of_scores_for_each_label(preds, labels):
    with pytest.raises(ValueError, match="accuracy: expected preds"):
        accuracy(np.zeros(preds), np.zeros(labels, int))


@pytest.mark.parametrize(
    "largest, dtype, hint",
    [
        (0, np.uint8, False),
        (1, np.uint8, False),
        (2, np.uint8, True),
        (100, float, False),
        (100.5, float, True),
    ],
)
def test_the_hint_begins_above_100_and_with_bytes_above_1(largest, dtype, hint):
    inputs = np.full((4, 2), largest, dtype)
    model = network(2, 3, dtype=np.float64)
    history = fit(
        model,
        DataLoader(inputs, np.zeros(4, int), 4),
        cross_entropy,
        SGD(model.parameters(), lr=1e-9),
        1,
        progress=False,
    )
    assert history.hint.startswith("Hint: inputs up to") == hint
    assert ("divide by 255" in history.hint) == hint


@pytest.mark.parametrize(
    "inputs, hint",
    [
        ([[-0.5, 200.0]], "standard deviation"),
        ([[-100.5, 0.0]], "standard deviation"),
        ([[-100.0, 0.0]], ""),
        ([[0.0, 255.0]], "divide by 255"),
        ([[0.0, 256.0]], "standard deviation"),
    ],
)
def test_pixels_are_from_0_to_255(inputs, hint):
    model = network(2, 2, dtype=np.float64)
    history = fit(
        model,
        [(np.array(inputs), np.array([0]))],
        cross_entropy,
        SGD(model.parameters(), lr=1e-9),
        1,
        progress=False,
    )
    assert hint in history.hint
    assert bool(hint) == bool(history.hint)


def test_a_history_shows_the_last_of_each():
    history = engine.History(
        step_losses=[3.0, 5.0, 2.0], train_loss=[3.0, 5.0, 2.0], validation_loss=[4.0, 5.0, 1.0]
    )
    assert (
        repr(history) == "<History: 3 steps, 3 epochs, train loss 2.0000, validation loss 1.0000>"
    )


def test_batches_may_be_lists():
    model = network(2, 2)
    history = fit(
        model,
        [([[300.0, 2.0]], [0])],
        cross_entropy,
        SGD(model.parameters(), lr=1e-9),
        1,
        progress=False,
    )
    assert len(history.step_losses) == 1
    assert history.hint == ""


def test_the_bar_starts_no_thread():
    """A browser cannot start one."""
    before, seen, model = threading.active_count(), [], network(2, 2)
    fit(
        model,
        DataLoader(X, Y, 4),
        lambda *args: seen.append(threading.active_count()) or cross_entropy(*args),
        SGD(model.parameters(), lr=0.1),
        1,
    )
    assert max(seen) <= before


def test_the_epoch_without_a_batch_is_named():
    model = network(2, 3)

    class Once(list):
        def __iter__(self):
            yield from self[:]
            self.clear()

    loader = Once([(np.zeros((4, 2), np.float32), np.zeros(4, int))])
    with pytest.raises(ValueError, match="Received none in epoch 2"):
        fit(model, loader, cross_entropy, SGD(model.parameters(), lr=0.1), 3, progress=False)


def test_the_likely_cause_needs_no_learning_rate_that_is_a_number():
    class Own:
        """An optimizer of one's own, with whatever it needs."""

        def __init__(self, model):
            self.zero_grad, self.model = model.zero_grad, model

        def step(self):
            for p in self.model.parameters():
                p.data[...] = np.nan

    model = network(2, 2)
    history = fit(model, DataLoader(X, Y, 4), cross_entropy, Own(model), 1, progress=False)
    assert history.stopped.endswith(
        "The learning rate is probably too big: make a new model and try less."
    )
    model = network(2, 2)
    for p in model.parameters():
        p.data[...] = np.nan
    own = fit(model, DataLoader(X, Y, 4), cross_entropy, Own(model), 1, progress=False)
    assert "at the very first step" in own.stopped


def test_the_cure_fits_the_fault():
    """Samples with NaN can be dropped; labels in words have to be numbered."""
    with pytest.raises(ValueError, match=r"Received nan at \[1\]. Drop or repair such samples"):
        DataLoader(np.array([1.0, np.nan]), np.array([0, 1]), 1)
    with pytest.raises(TypeError, match="expected labels to be real numbers") as raised:
        DataLoader(np.ones(2), ["cat", "dog"], 1)
    assert "Drop" not in str(raised.value)
