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


def test_the_tasks_on_momentum_do_not_print_their_solutions():
    for name in ("momentum_step", "momentum_descent"):
        task = ALL[name].task.replace(" ", "")
        assert "lr*gradient" not in task
        assert "beta*" not in task
