"""Every exercise: its solution is right, and each known mistake gets its own answer."""

import inspect
import linecache
import re

import numpy as np
import pytest
from frontend import displayed

import lecture3_engine as engine
from lecture3_engine import by_hand, optim
from lecture3_engine.exercises import ALL, check
from lecture3_engine.tensor import Parameter

MISTAKES = [(name, mistake) for name, exercise in ALL.items() for mistake in exercise.mistakes]


def each_case(name):
    return [
        {
            key: value.copy() if isinstance(value, np.ndarray) else value
            for key, value in case.items()
        }
        for case in ALL[name].cases
    ]


@pytest.mark.parametrize("name", ALL)
def test_the_solution_passes_its_check(name):
    answer = check(ALL[name].solution)
    assert answer.passed
    assert "right, on all" in answer.heading
    assert "One thought further" in answer.text


@pytest.mark.parametrize("name, mistake", MISTAKES)
def test_each_mistake_gets_its_own_answer_and_the_number_that_shows_it(name, mistake):
    answer = ALL[name].check(ALL[name].mistakes[mistake].function)
    assert answer.kind == "wrong"
    sentence, evidence = answer.text.rsplit("\n\n", 1)
    assert sentence == ALL[name].mistakes[mistake].message
    assert re.search(r"\d", evidence) or "your function stopped" in evidence.lower()


@pytest.mark.parametrize("name", ALL)
def test_there_are_at_least_three_mistakes_with_different_answers(name):
    messages = [mistake.message for mistake in ALL[name].mistakes.values()]
    assert len(set(messages)) == len(messages) >= 3


@pytest.mark.parametrize("name", ALL)
def test_the_cell_as_delivered_runs_and_is_answered_kindly(name, monkeypatch):
    exercise = ALL[name]
    lines, _, last = exercise.template.rpartition("\n")
    assert last == f"engine.exercises.check({name})"
    namespace = {"np": np}
    # Python keeps the text of a cell, because IPython sees to it
    kept = len(lines), None, lines.splitlines(keepends=True), "a cell"
    monkeypatch.setitem(linecache.cache, "a cell", kept)
    exec(compile(lines, "a cell", "exec"), namespace)
    answer = check(namespace[name])
    assert answer.kind == "untried"
    assert exercise.task in answer.text
    assert str(answer).splitlines()[0] == f"○ {name}: not tried yet"


@pytest.mark.parametrize("name", ALL)
def test_cases_and_solution_have_the_same_arguments(name):
    for case in ALL[name].cases:
        # what they are given is made from the case
        if name not in ("train_one_epoch", "choose_learning_rate"):
            assert list(case) == list(inspect.signature(ALL[name].solution).parameters)


@pytest.mark.parametrize("name", ALL)
def test_texts_are_stable_and_show_no_solution(name):
    exercise = ALL[name]
    for answer in (
        check(exercise.solution),
        *(exercise.check(mistake.function) for mistake in exercise.mistakes.values()),
    ):
        page = displayed(answer)[0]["text/html"]
        assert "0x" not in page + str(answer)
        assert page == displayed(answer)[0]["text/html"]
        body = exercise.source.partition("\n")[2]
        assert body.strip() not in str(answer)
    assert exercise.source.startswith(f"def {name}(")
    assert "mistake" not in exercise.source
    assert "@" not in exercise.source


# The solutions are what the engine does
# -------------------------------------------------------------------------------


def test_rates_of_change_are_those_of_the_engine():
    for case in each_case("rate_of_change"):
        assert ALL["rate_of_change"].solution(**case) == pytest.approx(
            engine.rate_of_change(**case)
        )
        assert ALL["rate_of_change_backward"].solution(**case) == pytest.approx(
            engine.rate_of_change(**case, direction="backward")
        )


def test_the_numerical_gradient_is_that_of_the_engine():
    for case in each_case("numerical_gradient"):
        np.testing.assert_allclose(
            ALL["numerical_gradient"].solution(**case), engine.numerical_gradient(**case)
        )


def test_one_weight_is_what_the_coordinate_search_of_the_engine_does_first():
    for case in each_case("update_one_weight"):
        index = case.pop("index")
        w = case["w"]
        loss = case["loss"]

        def loss_of_one(value):
            trial = w.copy()
            trial[index] = value[0]
            return loss(trial)

        expected, trials = engine.coordinate_search_step(
            loss_of_one, w[index].reshape(1), case["step"]
        )
        assert trials == 3
        assert ALL["update_one_weight"].solution(index=index, **case)[index] == pytest.approx(
            expected[0]
        )


def test_dense_forward_and_backward_is_the_witness():
    for case in each_case("dense_relu"):
        np.testing.assert_allclose(
            ALL["dense_relu"].solution(**case), by_hand.relu(by_hand.dense(**case))
        )
    for case in each_case("dense_relu_backward"):
        before = by_hand.dense(case["inputs"], case["kernel"], case["bias"])
        d_before = by_hand.relu_backward(case["d_outputs"], before)
        by_witness = by_hand.dense_backward(d_before, case["inputs"], case["kernel"])
        for ours, theirs in zip(
            ALL["dense_relu_backward"].solution(**case), by_witness, strict=True
        ):
            np.testing.assert_allclose(ours, theirs)


def test_batches_are_those_of_the_loader():
    samples = np.arange(10.0)
    loader = engine.DataLoader(samples, samples, batch_size=4)
    for n, (inputs, _) in enumerate(loader):
        np.testing.assert_array_equal(ALL["nth_batch"].solution(samples, n, 4), inputs)


def test_the_steps_are_those_of_the_optimizers():
    for case in each_case("rmsprop_step"):
        p = Parameter(case["w"].copy())
        optimizer = optim.RMSprop([p], lr=case["lr"], alpha=case["alpha"], eps=case["eps"])
        optimizer.state[0]["mean_square"][:] = case["mean_square"]
        expected = ALL["rmsprop_step"].solution(**case)
        p.grad = case["gradient"]
        optimizer.step()
        np.testing.assert_allclose(p.data, expected[0])
    for case in each_case("adam_step"):
        expected = ALL["adam_step"].solution(**case)
        p = Parameter(case["w"].copy())
        optimizer = optim.Adam(
            [p], lr=case["lr"], betas=(case["beta1"], case["beta2"]), eps=case["eps"]
        )
        optimizer.state[0]["m"][:], optimizer.state[0]["v"][:] = case["m"], case["v"]
        optimizer.state[0]["t"] = case["t"] - 1
        p.grad = case["gradient"]
        optimizer.step()
        np.testing.assert_allclose(p.data, expected[0])


def test_momentum_is_the_engine_s_descent():
    surface = engine.surfaces.ravine
    path = engine.descend(surface, [1.0, -0.5], steps=10, lr=0.02, momentum=0.8)
    ours = ALL["momentum_descent"].solution(surface.gradient, np.array([1.0, -0.5]), 0.02, 0.8, 10)
    np.testing.assert_allclose(ours, path.points[-1])


def test_training_is_fit():
    rng = np.random.default_rng(5)
    inputs, labels = rng.normal(size=(10, 3)), rng.integers(0, 2, 10)
    losses = []
    for train in ("exercise", "fit"):
        model = engine.Sequential(engine.Dense(3, 2, rng=np.random.default_rng(0)))
        loader, optimizer = (
            engine.DataLoader(inputs, labels, 4),
            engine.SGD(model.parameters(), lr=0.1),
        )
        if train == "fit":
            losses.append(
                engine.fit(
                    model, loader, engine.cross_entropy, optimizer, 1, progress=False
                ).step_losses
            )
        else:
            losses.append(
                ALL["train_one_epoch"].solution(model, loader, engine.cross_entropy, optimizer)
            )
    assert losses[0] == losses[1]


def test_the_further_thought_on_naive_descent_is_true():
    square = ALL["gradient_descent"].cases[0]["loss"]
    # half a nudge to the left
    assert ALL["gradient_descent"].solution(square, 2.0, 0.1, 0.2, 500) == pytest.approx(-0.1)


def test_the_prediction_on_momentum_is_true():
    steps = []
    for beta in (0, 0.6):
        points = engine.descend(engine.surfaces.ravine, steps=400, lr=0.03, momentum=beta).points
        assert points[0, 0] == -2.5
        steps.append(np.argmax(np.linalg.norm(points, axis=1) < 0.001))
    assert steps[0] == pytest.approx(260, abs=5)
    assert steps[1] < steps[0] / 2


def with_a_velocity(gradient, w, lr, beta, steps):
    velocity = 0
    for _ in range(steps):
        velocity = beta * velocity - lr * gradient(w)
        w = w + velocity
    return w


def with_torchs_buffer(gradient, w, lr, beta, steps):
    buffer = np.zeros_like(w)
    w = w.copy()
    for _ in range(steps):
        buffer *= beta
        buffer += gradient(w)
        w -= lr * buffer
    return list(w)


def with_a_list_of_places(gradient, w, lr, beta, steps):
    places = [w, w]
    while len(places) < steps + 2:
        here, before = places[-1], places[-2]
        places.append((1 + beta) * here - beta * before - lr * gradient(here))
    return places[-1]


def by_recursion(gradient, w, lr, beta, steps, last=0):
    if steps == 0:
        return w
    last = beta * last - lr * gradient(w)
    return by_recursion(gradient, w + last, lr, beta, steps - 1, last)


@pytest.mark.parametrize(
    "descent", [with_a_velocity, with_torchs_buffer, with_a_list_of_places, by_recursion]
)
def test_momentum_descent_takes_unusual_solutions(descent):
    assert check_as("momentum_descent", descent).passed


def test_momentum_step_takes_unusual_solutions():
    def entry_by_entry(w, w_previous, gradient, lr, beta):
        new = np.empty_like(w)
        for i in np.ndindex(w.shape):
            new[i] = w[i] - lr * gradient[i] + beta * (w[i] - w_previous[i])
        return new

    def in_place_on_a_copy(w, w_previous, gradient, lr, beta):
        new = w.copy()
        new -= lr * gradient
        new += beta * (w - w_previous)
        return new

    assert check_as("momentum_step", entry_by_entry).passed
    assert check_as("momentum_step", in_place_on_a_copy).passed


def second_name_of_one_array(gradient, w, lr, beta, steps):
    w = w.copy()
    w_previous = w
    for _ in range(steps):
        w += beta * (w - w_previous) - lr * gradient(w)
    return w


def set_too_late(gradient, w, lr, beta, steps):
    w_previous = w
    for _ in range(steps):
        w = w - lr * gradient(w) + beta * (w - w_previous)
        w_previous = w
    return w


def sign_of_the_velocity(gradient, w, lr, beta, steps):
    velocity = 0
    for _ in range(steps):
        velocity = beta * velocity - lr * gradient(w)
        w = w - velocity
    return w


def looks_ahead(gradient, w, lr, beta, steps):
    velocity = 0
    for _ in range(steps):
        velocity = beta * velocity - lr * gradient(w + beta * velocity)
        w = w + velocity
    return w


def gradient_outside(gradient, w, lr, beta, steps):
    slope, velocity = gradient(w), 0
    for _ in range(steps):
        velocity = beta * velocity - lr * slope
        w = w + velocity
    return w


def counts_from_one(gradient, w, lr, beta, steps):
    velocity = 0
    for _ in range(1, steps):
        velocity = beta * velocity - lr * gradient(w)
        w = w + velocity
    return w


@pytest.mark.parametrize(
    "descent, words",
    [
        (second_name_of_one_array, "another name of the same array"),
        (set_too_late, "after w has changed"),
        (sign_of_the_velocity, "You climb"),
        (looks_ahead, "Nesterov"),
        (gradient_outside, "compute it inside"),
        (counts_from_one, "one step too few"),
    ],
)
def test_what_goes_wrong_in_momentum_descent_is_named(descent, words):
    answer = check_as("momentum_descent", descent)
    assert answer.kind == "wrong"
    assert words in answer.text


def test_the_tasks_on_momentum_do_not_print_their_solutions():
    for name in ("momentum_step", "momentum_descent"):
        task = ALL[name].task.replace(" ", "")
        assert "lr*gradient" not in task
        assert "beta*" not in task


def test_share_right_takes_unusual_solutions_and_no_wrong_ones():
    def by_a_loop(y_pred, y_true):
        right = 0
        for one, other in zip(y_pred, y_true, strict=True):
            right += one == other
        return right / len(y_true)

    def one_minus_wrong(y_pred, y_true):
        return 1 - np.count_nonzero(y_pred - y_true) / y_true.size

    assert check_as("share_right", by_a_loop).passed
    assert check_as("share_right", one_minus_wrong).passed
    wrong = check_as("share_right", lambda p, t: len(set(p) & set(t)) / len(set(t)))
    assert wrong.kind == "wrong"
    anywhere = check_as("share_right", lambda p, t: sum(digit in t for digit in p) / len(p))
    assert "occurs anywhere" in anywhere.text


def check_as(name, function):
    return ALL[name].check(function)


def test_choose_learning_rate_takes_unusual_solutions():
    def by_pairs(candidates, train, validation_loss):
        losses = [(validation_loss(train(lr)[0]), lr) for lr in candidates]
        return min(pair for pair in losses if np.isfinite(pair[0]))[1]

    def by_nanargmin(candidates, train, validation_loss):
        losses = np.array([validation_loss(train(lr)[0]) for lr in candidates])
        return np.array(candidates)[np.nanargmin(losses)]

    assert check_as("choose_learning_rate", by_pairs).passed
    assert check_as("choose_learning_rate", by_nanargmin).passed


@pytest.mark.parametrize(
    "measured, received",
    [(lambda lr, train: lr, "received float"), (lambda lr, train: train(lr), "received both")],
    ids=["never trains", "does not unpack"],
)
def test_choose_learning_rate_needs_the_weights_of_a_run(measured, received):
    def choose(candidates, train, validation_loss):
        return min(candidates, key=lambda lr: validation_loss(measured(lr, train)))

    answer = check_as("choose_learning_rate", choose)
    assert answer.kind == "wrong"
    assert received in answer.text
    assert "w, training_loss = train(lr)" in answer.text


def test_choose_learning_rate_that_starts_from_a_smallest_of_one_returns_nothing():
    def choose(candidates, train, validation_loss):
        best, smallest = None, 1.0
        for lr in candidates:
            loss = validation_loss(train(lr)[0])
            if loss < smallest:
                best, smallest = lr, loss
        return best

    answer = check_as("choose_learning_rate", choose)
    assert answer.kind == "wrong"
    assert "returns nothing" in answer.text


def test_train_one_epoch_takes_unusual_solutions():
    def generator(model, loader, loss_fn, optimizer):
        for inputs, labels in loader:
            model.zero_grad()
            loss = loss_fn(model(inputs), labels)
            loss.backward()
            optimizer.step()
            yield loss.item()

    def array(model, loader, loss_fn, optimizer):
        losses = np.zeros(len(loader))
        for i, data in enumerate(loader):
            inputs, labels = data
            loss = loss_fn(model(inputs), labels)
            loss.backward()
            losses[i] = loss.item()
            optimizer.step()
            optimizer.zero_grad()
        return losses

    def by_train_step(model, loader, loss_fn, optimizer):
        return tuple(engine.train_step(model, *batch, loss_fn, optimizer)[0] for batch in loader)

    for solution in (generator, array, by_train_step):
        assert check_as("train_one_epoch", solution).passed, solution


def test_train_one_epoch_names_a_line_without_parentheses():
    def train(model, loader, loss_fn, optimizer):
        losses = []
        for inputs, labels in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), labels)
            loss.backward  # noqa: B018
            optimizer.step()
            losses.append(loss.item())
        return losses

    answer = check_as("train_one_epoch", train)
    assert answer.kind == "wrong"
    assert "`loss.backward()` calls it" in answer.text


def test_train_one_epoch_says_why_a_loss_itself_is_not_kept():
    def train(model, loader, loss_fn, optimizer):
        losses = []
        for inputs, labels in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss)
        return losses

    answer = check_as("train_one_epoch", train)
    assert answer.kind == "wrong"
    assert "loss.item()" in answer.text
