"""How a learner's function is looked at: what the answers to anything that nobody foresaw look
like.
"""

import numpy as np
import pytest
from frontend import displayed

from lecture3_engine.exercises import ALL, check
from lecture3_engine.exercises.exercise import Formula, exercise
from lecture3_engine.exercises.message import Message


@pytest.fixture
def scale():
    """A small exercise, taken out of the register again."""

    @exercise(
        task="Return by * w and the sum of w.",
        cases=[dict(w=np.array([1.0, 2.0]), by=3.0), dict(w=np.array([0.5, -1.0]), by=2.0)],
        further="...",
        returns=("w", "total"),
    )
    def scaled(w, by):
        return by * w, w.sum()

    @scaled.mistake("You divide. Multiply.")
    def divided(w, by):
        return w / by, w.sum()

    @scaled.mistake("Mean instead of sum.")
    def mean(w, by):
        return by * w, w.mean()

    yield scaled
    del ALL["scaled"]


def answer(scale, function):
    return scale.check(function).text


def test_not_tried(scale):
    def dots(w, by): ...

    def documented(w, by):
        """What it will do."""

    def raises(w, by):
        raise NotImplementedError

    def returns_dots(w, by):
        return ...

    for function in (dots, documented, raises, returns_dots):
        assert scale.check(function).kind == "untried"


def test_a_forgotten_return(scale):
    def function(w, by):
        result = by * w, w.sum()  # noqa: F841

    assert scale.check(function).kind == "wrong"
    assert "`return`" in answer(scale, function)


def test_a_return_that_is_not_always_reached(scale):
    def function(w, by):  # noqa: RET503, that is the mistake
        if by > 2:
            return by * w, w.sum()

    assert "Your function returns nothing, with `w = [0.5, -1]`, `by = 2`." in answer(
        scale, function
    )


def test_an_error_is_told_with_its_line(scale):
    def function(w, by):
        return by * w, w.total()

    text = answer(scale, function)
    assert "AttributeError: 'numpy.ndarray' object has no attribute 'total'" in text
    assert "in the line `return by * w, w.total()`" in text


def test_wrong_types_and_shapes(scale):
    assert "should return 2 things, `return w, total`; it returns one thing, an ndarray" in answer(
        scale, lambda w, by: by * w
    )
    assert "it returns 3 things" in answer(scale, lambda w, by: (w, w, w))
    assert "it returns a str" in answer(scale, lambda w, by: ("w", w.sum()))
    assert "should return numbers" in answer(scale, lambda w, by: ([[1], [1, 2]], w.sum()))
    assert "Your w: a single number, expected shape (2,), with" in answer(
        scale, lambda w, by: (by, w.sum())
    )


@pytest.fixture
def made():
    """A function that makes a small exercise of a solution, taken out of the register again."""
    names = []

    def make(solution, *cases, **options):
        names.append(solution.__name__)
        return exercise(task="...", cases=list(cases), further="...", **options)(solution)

    yield make
    for name in names:
        del ALL[name]


def test_an_array_of_all_results_a_generator_and_a_rounding_error_are_right(made):
    def twice(x):
        return x, 2 * x

    def squares(x):
        return x**2

    def nudged(x):
        x += 0.1
        x -= 0.1  # leaves 1.0000000000000002
        return [a * a for a in x]

    both = made(twice, dict(x=3.0), dict(x=-1.5), returns=("x", "y"))
    assert both.check(lambda x: np.array([x, 2 * x])).passed
    assert "it returns one thing" in answer(both, lambda x: np.array([x, 2 * x, 3 * x]))
    each = made(squares, dict(x=np.array([1.0, 3.0])))
    assert each.check(lambda x: (a * a for a in x)).passed
    assert each.check(lambda x: map(np.square, x)).passed
    assert each.check(nudged).passed


def test_words_are_compared_as_words(made):
    def sign(x):
        return "up" if x > 0 else "down"

    named = made(sign, dict(x=3.0), dict(x=-1.5))
    assert named.check(lambda x: ["down", "up"][x > 0]).passed
    assert answer(named, lambda x: "up") == "Yours 'up', expected 'down', with `x = -1.5`."
    assert answer(named, lambda x: x).startswith("Yours 3.0, expected 'up'")


def test_what_does_no_more_than_the_beginning_is_told_so(made):
    def stepped(w, step):
        return w - step

    def lost(w, step):
        w - step
        return w

    def untouched(w, step):
        return w  # nothing yet

    step = made(stepped, dict(w=3.0, step=0.5))
    step.skeleton(untouched)
    assert step.check(untouched).kind == "untried"
    assert step.check(lost).kind == "wrong"
    assert "not assigned?" in answer(step, lost)


def test_the_first_number_that_differs(scale):
    text = answer(scale, lambda w, by: (by * w + [0, 0.25], w.sum()))
    assert text == "Yours 6.25, expected 6 at `w[1]`, with `w = [1, 2]`, `by = 3`."


def test_numbers_that_differ_late_are_shown_with_enough_digits(scale):
    assert "Yours 3.0001, expected 3 at `w[0]`" in answer(
        scale, lambda w, by: (by * w * np.array([1 + 1e-4 / 3, 1]), w.sum())
    )


def test_a_mistake_in_one_of_several_results_is_recognized(scale):
    assert answer(scale, lambda w, by: (w / by, 7.0)).startswith("You divide. Multiply.")
    assert answer(scale, lambda w, by: ([by * x for x in w], w.mean())).startswith(
        "Mean instead of sum."
    )


def test_a_factor_is_noticed(scale):
    assert "Everywhere yours is 4 times the expected number." in answer(
        scale, lambda w, by: (4 * by * w, w.sum())
    )
    assert "with the other sign" in answer(scale, lambda w, by: (-by * w, w.sum()))
    assert "0 everywhere" in answer(scale, lambda w, by: (0 * w, w.sum()))


@pytest.mark.parametrize(
    "name, function, mistake",
    [
        (
            "dense_relu",
            lambda inputs, kernel, bias: np.maximum(inputs @ kernel.T + bias, 0),
            "kernel_transposed",
        ),
        (
            "dense_relu",
            lambda inputs, kernel, bias: np.maximum(kernel @ inputs + bias, 0),
            "factors_swapped",
        ),
        ("dense_relu", lambda inputs, kernel, bias: np.maximum(np.sum(inputs * kernel), 0), None),
        (
            "dense_relu_backward",
            lambda d, x, k, b: (
                (d * (x @ k + b > 0)) @ k,
                x.T @ (d * (x @ k + b > 0)),
                (d * (x @ k + b > 0)).sum(axis=0),
            ),
            "kernel_not_transposed",
        ),
    ],
)
def test_an_error_is_recognized_whatever_words_it_uses(name, function, mistake):
    text = ALL[name].check(function).text
    if mistake:
        assert text.startswith(ALL[name].mistakes[mistake].message)
    else:
        assert text.startswith("Your function stopped with ValueError")


def test_a_change_in_place(scale):
    def function(w, by):
        w *= by
        return w, w.sum() / by

    text = answer(scale, function)
    assert "The numbers you return are right, but" in text
    assert "The caller's `w` was [1, 2] before the call and is [3, 6] after it." in text


def test_a_known_mistake_is_recognized_when_it_also_changes_its_arguments(scale):
    def function(w, by):
        total = w.sum()
        w /= by
        return w, total

    assert answer(scale, function).startswith("You divide. Multiply.")


def test_the_learner_s_arguments_are_copies(scale):
    def function(w, by):
        w[:] = np.nan
        return w, 0.0

    scale.check(function)
    assert scale.check(scale.solution).passed


def test_a_nan_is_a_difference_and_not_a_warning(scale):
    assert "Yours nan, expected 3" in answer(scale, lambda w, by: (w / 0 * 0, w.sum()))
    assert "Yours inf, expected 3" in answer(scale, lambda w, by: (w / 0, w.sum()))


def test_rounded_numbers_and_whole_ones_are_noticed(made):
    def third(x):
        return x / 3

    exercise = made(third, dict(x=np.array([1.0, -2.0])), dict(x=np.array([7.0, 10.0])))
    assert "rounded to 1 decimal." in answer(exercise, lambda x: np.round(x / 3, 1))
    assert "rounded to 3 decimals." in answer(exercise, lambda x: np.round(x / 3, 3))
    for whole in (lambda x: x // 3, lambda x: (x / 3).astype(int), lambda x: np.round(x / 3)):
        assert "a whole number close by. Keep the fraction" in answer(exercise, whole)
    assert "0 everywhere" in answer(exercise, lambda x: 0 * x)


def test_the_right_things_in_another_order(scale):
    text = answer(scale, lambda w, by: (w.sum(), by * w))
    assert text.startswith("You return the right things in another order. It is `return w, total`.")
    assert "Your w: a single number, expected shape (2,)" in text


def test_lists_integers_and_float32_are_welcome(scale):
    assert scale.check(lambda w, by: [[by * x for x in w], w.astype(np.float32).sum()]).passed


def test_other_arguments_than_asked_for(scale):
    assert "Begin it with `def scaled(w, by):`" in answer(scale, lambda w: w)
    # other names are fine
    assert scale.check(lambda w, factor, extra=1: (factor * w, w.sum())).passed


def test_what_is_no_exercise():
    def my_own(x):
        return x

    assert "No exercise asks for a function called my_own" in check(my_own).heading
    assert "rate_of_change" in check(my_own).text
    assert "without parentheses" in check(6.5).text
    assert "a float" in check(6.5).text
    assert "without parentheses" in ALL["rate_of_change"].check(None).text


def test_two_files_cannot_ask_for_functions_of_the_same_name(scale):
    def scaled(w, by):
        return w

    scaled.__module__ = "another"
    with pytest.raises(ValueError, match="Two exercises are called scaled"):
        exercise(task="", cases=[], further="")(scaled)


def test_formulas_show_what_they_are():
    assert repr(Formula("w²", lambda w: w**2)) == "w²"
    assert Formula("w²", lambda w: w**2)(3) == 9


def test_messages_are_safe_html_and_plain_text():
    message = Message("wrong", "a < b", "`x < 1` & more\n\nsecond")
    assert str(message) == "✗ a < b\n`x < 1` & more\nsecond"
    page = displayed(message)[0]["text/html"]
    assert "<code>x &lt; 1</code> &amp; more</p><p" in page
    assert "a < b" not in page
