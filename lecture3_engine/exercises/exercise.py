"""A function that the learner writes, the solution, and the mistakes that are known, each with its
own answer.

    @exercise(
        task="Return the square of x.",
        cases=[dict(x=3.0), dict(x=np.array([1.0, -2.0]))],
        further="(-x) ** 2 is the same: the sign is lost.",
    )
    def square(x):                       # the solution, which a notebook can show
        return x**2

    @square.mistake("You doubled x. The square is x times itself.")
    def doubled(x):                      # what a learner writes who makes it
        return 2 * x

In a notebook: `engine.exercises.check(square)`, with the learner's own `square`.

A mistake is recognised by what it does: the learner's function is run on all cases, and if it
always does what the mistaken function does (the same numbers, the same error, the same change to
its arguments), it gets that answer. If it returns several things and one of them is what a mistake
gives, that is recognised too. Everything else is answered with the first number that differs."""

import ast
import copy
import dis
import inspect
import textwrap
import traceback
import warnings
from dataclasses import dataclass

import numpy as np

from .message import Message

ALL = {}  # every exercise of the course, by the name of the function that the learner writes


def exercise(**options):
    """Decorator: the function is the solution of a new `Exercise`, which takes its name."""
    return lambda solution: Exercise(solution, **options)


def check(function):
    """Look at a learner's function: does it do what the exercise of that name asks for, and if not,
    why not?

    Args: function: the function itself, without parentheses after its name.
    Returns: a `Message`, which a notebook shows.
    """
    name = getattr(function, "__name__", None)
    if not inspect.isfunction(function):
        text = (
            "`check` wants the function itself, so write its name without parentheses. It received"
            f" {_kind(function)}."
        )
        return Message("wrong", "This is not a function", text)
    if name not in ALL:
        text = f"Keep the name it has in the exercise. There are: {', '.join(ALL)}."
        return Message("wrong", f"No exercise asks for a function called {name}", text)
    return ALL[name].check(function)


class Formula:
    """A function that messages can show: Formula("w²", lambda w: w**2)."""

    def __init__(self, text, function):
        self.text, self.function = text, function

    def __call__(self, *args):
        return self.function(*args)

    def __repr__(self):
        return self.text


@dataclass(frozen=True)
class Mistake:
    """A wrong solution, and what to say to whoever wrote it."""

    function: object
    message: str


@dataclass(frozen=True)
class Outcome:
    """What one call did: it returned numbers (an array for each thing returned), or it did not and
    `error` or `problem` says why.
    """

    parts: tuple = ()
    error: Exception | None = None
    problem: str = ""
    # the first argument that it changed in place: its name, and how it was shown before and after
    changed: tuple = ()
    untried: bool = False


class Exercise:
    """One exercise. See the module's docstring for how to write one.

    Args:
        solution: a function of the arguments in `cases`.
        task: what to do, in a sentence or two.
        cases: dicts of arguments; the function gets copies. Choose them so that each mistake shows.
        further: one thought more, for whoever got it right.
        returns: the names of the things that are returned, if there are several.
        run: run(function, **case), where calling function(**case) and looking at what it returns is
            not what is to be compared.
    """

    def __init__(self, solution, task, cases, further, returns=(), run=None):
        self.solution, self.task, self.cases, self.further, self.returns = (
            solution,
            task,
            cases,
            further,
            tuple(returns),
        )
        self.name, self.mistakes, self._skeleton = solution.__name__, {}, None
        self._run = run or (lambda function, **case: function(*case.values()))
        self._expected = None
        if ALL.get(self.name, self).solution.__module__ != solution.__module__:
            raise ValueError(
                f"Two exercises are called {self.name}. Rename one: learners' functions are found"
                " by their names."
            )
        ALL[self.name] = self

    def mistake(self, message):
        """Decorator: a function that makes a known mistake, and what to say about it."""

        def add(function):
            self.mistakes[function.__name__] = Mistake(function, message)
            return function

        return add

    def skeleton(self, function):
        """Decorator: the beginning that the notebook delivers, if that is more than an empty
        function. To do no more counts as not tried.
        """
        self._skeleton = function
        return function

    # --- texts ---

    @property
    def source(self):
        """The solution as text."""
        return _source(self.solution)

    @property
    def template(self):
        """The cell as a notebook delivers it."""
        head, body = (
            f"def {self.name}{inspect.signature(self.solution)}:",
            "    ...  # your code here",
        )
        if self._skeleton:
            body = _source(self._skeleton).partition("\n")[2]
        return f"{head}\n{body}\n\n\nengine.exercises.check({self.name})"

    def show_solution(self):
        """The solution: folded in a notebook, as text elsewhere."""
        return Message("answer", f"{self.name}: a solution", "", ("Show it", self.source))

    def __repr__(self):
        return f"Exercise {self.name}{inspect.signature(self.solution)}: {self.task}"

    def _message(self, kind, heading, text):
        summary = "Compare with our solution" if kind == "right" else "Show a solution"
        return Message(kind, f"{self.name}: {heading}", text, (summary, self.source))

    # --- the check ---

    def check(self, function):
        """Compare what `function` does with what the solution does. Returns a `Message`."""
        if not inspect.isfunction(function):
            text = f"Pass your function itself, without parentheses. Received: {_kind(function)}."
            return self._message("wrong", "this is not a function", text)
        wanted = inspect.signature(self.solution)
        try:
            inspect.signature(function).bind(*wanted.parameters)
        except TypeError:
            yours = f"{function.__name__}{inspect.signature(function)}"
            text = f"Begin it with `def {self.name}{wanted}:`. Yours begins with `def {yours}:`."
            return self._message("wrong", "other arguments than asked for", text)

        outcomes = self._outcomes(function)
        if self._skeleton and all(map(_same, outcomes, self._outcomes(self._skeleton))):
            outcomes = [Outcome(untried=True)]
        if all(outcome.untried for outcome in outcomes):
            if _is_empty(function) or not all(outcome.problem for outcome in outcomes):
                text = (
                    f"{self.task}\n\nWrite it in place of the three dots, and run the cell again."
                )
                return self._message("untried", "not tried yet", text)
            text = (
                "Your function computes something, but gives back `None`. Its last line should"
                " `return` the result."
            )
            return self._message("wrong", "it returns nothing", text)
        if self._expected is None:
            self._expected = self._outcomes(self.solution)
        if all(map(_same, outcomes, self._expected)):
            many = (
                f"on all {len(self.cases)} inputs that were tried"
                if len(self.cases) > 1
                else "on the input that was tried"
            )
            return self._message("right", f"right, {many}", f"One thought further: {self.further}")
        known = self._known_mistake(outcomes)
        evidence = self._evidence(function, outcomes, bool(known))
        return self._message(
            "wrong", "not yet", f"{known.message}\n\n{evidence}" if known else evidence
        )

    def _outcomes(self, function):
        return [self._outcome(function, case) for case in self.cases]

    def _outcome(self, function, case):
        given = copy.deepcopy(case)
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = self._run(function, **given)
        except NotImplementedError:
            return Outcome(untried=True)
        except Exception as error:
            return Outcome(error=error)
        changed = next(
            (
                _first_change(name, case[name], given[name])
                for name in case
                if _is_changed(case[name], given[name])
            ),
            (),
        )
        if result is None or result is ...:
            return Outcome(problem="returns nothing", untried=True, changed=changed)
        if self.returns:
            if not isinstance(result, (tuple, list)) or len(result) != len(self.returns):
                received = (
                    f"{len(result)} things"
                    if isinstance(result, (tuple, list))
                    else f"one thing, {_kind(result)}"
                )
                wanted = f"{len(self.returns)} things, `return {', '.join(self.returns)}`"
                return Outcome(
                    problem=f"should return {wanted}; it returns {received}", changed=changed
                )
        else:
            result = (result,)
        parts = []
        for part in result:
            try:
                numbers = np.asarray(
                    getattr(part, "data", part)
                    if not isinstance(part, (np.ndarray, np.generic))
                    else part
                )
            except ValueError:  # a list of rows of different lengths
                numbers = np.asarray(None)
            if numbers.dtype.kind not in "fiub":
                return Outcome(
                    problem=f"should return numbers; it returns {_kind(part)}", changed=changed
                )
            parts.append(np.array(numbers))
        return Outcome(tuple(parts), changed=changed)

    def _known_mistake(self, outcomes):
        """The mistake that does what the learner's function did, if there is one."""
        results = [
            (mistake, self._outcomes(mistake.function)) for mistake in self.mistakes.values()
        ]
        # first with all side effects, then without, then whatever the errors say
        for alike in (_same, _same_result, _same_kind):
            for mistake, result in results:
                if not all(map(alike, result, self._expected)) and all(
                    map(alike, outcomes, result)
                ):
                    if alike is not _same_kind or any(outcome.parts for outcome in outcomes):
                        return mistake
        for i in range(len(self.returns)):  # one of several things that are returned
            if not _same_part(outcomes, self._expected, i):
                different = [
                    (mistake, result)
                    for mistake, result in results
                    if not _same_part(result, self._expected, i)
                ]
                return next(
                    (mistake for mistake, result in different if _same_part(outcomes, result, i)),
                    None,
                )
        return None

    def _evidence(self, function, outcomes, is_known):
        """What is wrong, with the first number that shows it."""
        for outcome, expected, case in zip(outcomes, self._expected, self.cases):
            where = f"with {_show_case(case)}"
            if outcome.error is not None:
                error = f"{type(outcome.error).__name__}: {str(outcome.error).rstrip('. ')}"
                return (
                    f"Your function stopped with {error}.{_line_of(function, outcome.error)} That"
                    f" was {where}."
                )
            if outcome.problem:
                return f"Your function {outcome.problem}, {where}."
            for i, (yours, right) in enumerate(zip(outcome.parts, expected.parts)):
                name = f"{self.returns[i]}" if self.returns else "result"
                if yours.shape != right.shape:
                    return (
                        f"Your {name}: {_show_shape(yours)}, expected {_show_shape(right)},"
                        f" {where}."
                    )
                wrong = np.argwhere(~_close(yours, right))
                if len(wrong):
                    index = tuple(int(k) for k in wrong[0])
                    place = (
                        f" at `{name}[{', '.join(map(str, index))}]`"
                        if index
                        else f" as `{name}`"
                        if self.returns
                        else ""
                    )
                    mine, theirs = _show_pair(yours[index], right[index])
                    return f"Yours {mine}, expected {theirs}{place}, {where}." + (
                        "" if is_known else self._pattern(outcomes, i)
                    )
        place, before, after = next(outcome.changed for outcome in outcomes if outcome.changed)
        name = place.partition("[")[0]
        return (
            (
                ""
                if is_known
                else "The numbers you return are right, but you changed an argument in place. "
            )
            + f"The caller's `{place}` was {before} before the call and is {after} after it. "
            + f"Change a copy: `new = {name}.copy()`, or write `{name} - step` instead of `{name}"
            " -= step`."
        )

    def _pattern(self, outcomes, i):
        """A hint for a mistake that nobody foresaw: all numbers differ by the same factor."""
        pairs = [
            (o.parts[i], e.parts[i])
            for o, e in zip(outcomes, self._expected)
            if o.parts and o.parts[i].shape == e.parts[i].shape
        ]
        yours, right = (
            np.concatenate([np.ravel(pair[k]).astype(float) for pair in pairs]) for k in (0, 1)
        )
        if yours.size < 2 or len(pairs) < len(outcomes) or not np.any(right):
            return ""
        factor = yours @ right / (right @ right)
        if not np.isfinite(factor) or not _close(yours, factor * right).all():
            return ""
        if factor == 0:
            return " Yours is 0 everywhere."
        times = (
            "the expected number with the other sign"
            if np.isclose(factor, -1)
            else f"{factor:.4g} times the expected number"
        )
        return f" Everywhere yours is {times}."


# Comparing
# ------------------------------------------------------------------------------------------------------------


def _close(a, b):
    scale = np.max(np.abs(b), initial=0, where=np.isfinite(b))
    return np.isclose(a, b, rtol=1e-6, atol=1e-9 * max(scale, 1e-3), equal_nan=True)


def _same_array(a, b):
    return a.shape == b.shape and _close(a, b).all()


def _same_result(a, b):
    if a.error is not None or b.error is not None:
        return type(a.error) is type(b.error) and str(a.error) == str(b.error)
    return (
        a.problem == b.problem
        and len(a.parts) == len(b.parts)
        and all(map(_same_array, a.parts, b.parts))
    )


def _same(a, b):
    return _same_result(a, b) and a.changed == b.changed


def _same_kind(a, b):
    """Errors of one kind are alike: `@` and `np.dot` say the same thing about shapes in different
    words.
    """
    return _same_result(a, b) or (a.error is not None and type(a.error) is type(b.error))


def _same_part(outcomes, others, i):
    pairs = [(a.parts[i], b.parts[i]) for a, b in zip(outcomes, others) if a.parts and b.parts]
    return len(pairs) == len(outcomes) and all(_same_array(a, b) for a, b in pairs)


def _is_changed(before, after):
    return isinstance(before, np.ndarray) and not np.array_equal(before, after, equal_nan=True)


def _first_change(name, before, after):
    if before.size <= 6:
        return name, _show(before), _show(after)
    index = tuple(int(i) for i in np.argwhere(before != after)[0])
    return f"{name}[{', '.join(map(str, index))}]", *_show_pair(before[index], after[index])


# Showing
# --------------------------------------------------------------------------------------------------------------


def _show_case(case):
    return ", ".join(f"`{name} = {_show(value)}`" for name, value in case.items())


def _show(value):
    if isinstance(value, np.ndarray):
        return _show(value.tolist()) if value.size <= 6 else f"array of shape {value.shape}"
    if isinstance(value, list):
        return f"[{', '.join(map(_show, value))}]"
    return f"{value:.4g}" if isinstance(value, float) else getattr(value, "__name__", str(value))


def _show_pair(a, b):
    """Two numbers with as many digits as it takes to tell them apart."""
    for digits in (4, 6, 9, 12, 17):
        pair = f"{float(a):.{digits}g}", f"{float(b):.{digits}g}"
        if pair[0] != pair[1]:
            break
    return pair


def _show_shape(array):
    return f"shape {array.shape}" if array.ndim else "a single number"


def _kind(value):
    return (
        "nothing (None)"
        if value is None
        else f"{'an' if type(value).__name__[0] in 'aeiou' else 'a'} {type(value).__name__}"
    )


def _source(function):
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    first = ast.parse("\n".join(lines)).body[0].lineno  # of the def: decorators stay behind
    return "\n".join(lines[first - 1 :])


def _line_of(function, error):
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == function.__code__.co_filename
    ]
    return f" It happened in the line `{frames[-1].line}`." if frames and frames[-1].line else ""


def _is_empty(function):
    """Whether the body is nothing but `...`, `pass` or a docstring."""
    return {i.opname for i in dis.get_instructions(function)} <= {
        "RESUME",
        "NOP",
        "LOAD_CONST",
        "RETURN_CONST",
        "RETURN_VALUE",
    }
