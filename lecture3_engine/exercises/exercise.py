"""A function that the learner writes, the solution, and the mistakes that are known.

Each mistake has its own answer. It is recognized by what it does: the learner's function is run on
all cases, and if it always does what the mistaken function does (the same numbers, the same error,
the same change to its arguments), it gets that answer. If it returns several things and one of them
is what a mistake gives, that is recognized too. Everything else is answered with the first number
that differs.

Examples
--------
An exercise is its solution, which a notebook can show:

>>> @exercise(
...     task="Return the square of x.",
...     cases=[dict(x=3.0), dict(x=np.array([1.0, -2.0]))],
...     further="(-x) ** 2 is the same: the sign is lost.",
... )
... def square(x):
...     return x**2

A mistake is what a learner writes who makes it:

>>> @square.mistake("You doubled x. The square is x times itself.")
... def doubled(x):
...     return 2 * x

In a notebook it is `engine.exercises.check(square)`, with the learner's own `square`:

>>> def square(x):
...     return x + x
>>> check(square)
✗ square: not yet
You doubled x. The square is x times itself.
Yours 6, expected 9, with `x = 3`.
>>> del ALL["square"]  # it was an example
"""

from __future__ import annotations

import ast
import copy
import dis
import functools
import inspect
import itertools
import sys
import textwrap
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .message import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import FrameType

    from numpy.typing import NDArray

ALL: dict[
    str, Exercise
] = {}  # every exercise of the course, by the name of the function that the learner writes


SECONDS = 10  # for one call of a learner's function; the solutions take milliseconds


class EndlessLoop(BaseException):
    """A learner's function does not end. Not an Exception: its own `except` may catch those."""


def exercise(**options: Any) -> Callable[[Callable[..., Any]], Exercise]:
    """Decorate the solution of a new `Exercise`, which takes its name.

    Parameters
    ----------
    **options
        Those of `Exercise`: task, cases, further, and perhaps returns and run.

    Returns
    -------
    function
        From the solution to the `Exercise`.

    Examples
    --------
    >>> @exercise(task="Return 1.", cases=[{}], further="Nothing is simpler.")
    ... def one():
    ...     return 1
    >>> one
    Exercise one(): Return 1.
    >>> del ALL["one"]  # it was an example
    """
    return lambda solution: Exercise(solution, **options)


def check(function: object) -> Message:
    """Look at a learner's function: say whether it does what the exercise of that name asks for.

    Parameters
    ----------
    function : function
        The function itself, without parentheses after its name.

    Returns
    -------
    Message
        It says what is right, or what is wrong and why. A notebook shows it.

    Examples
    --------
    >>> import lecture3_engine as engine
    >>> def rate_of_change(loss, w, epsilon):
    ...     return loss(w + epsilon) - loss(w) / epsilon
    >>> print(engine.exercises.check(rate_of_change).text.splitlines()[0])
    Parentheses: `a - b / epsilon` divides only b. Write `(loss(w + epsilon) - loss(w)) / epsilon`.
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
    """A function that messages can show.

    Parameters
    ----------
    text : str
        What they show.
    function : function
        What it computes.

    Examples
    --------
    >>> square = Formula("w²", lambda w: w**2)
    >>> square, square(3)
    (w², 9)
    """

    def __init__(self, text: str, function: Callable[..., Any]) -> None:
        self.text, self.function = text, function

    def __call__(self, *args: Any) -> Any:
        """Compute it."""
        return self.function(*args)

    def __repr__(self) -> str:
        """Return what messages show."""
        return self.text


@dataclass(frozen=True)
class Mistake:
    """A wrong solution, and what to say to whoever wrote it.

    Parameters
    ----------
    function : function
        Of the same arguments as the solution.
    message : str
        What is wrong, and why.

    Examples
    --------
    >>> Mistake(lambda x: 2 * x, "You doubled x.").message
    'You doubled x.'
    """

    function: Callable[..., Any]
    message: str


@dataclass(frozen=True)
class Outcome:
    """What one call did.

    Parameters
    ----------
    parts : tuple of arrays
        What it returned: an array for each thing.
    error : BaseException, optional
        Why it returned nothing: it stopped.
    problem : str
        Why that is nothing to compare: the end of a sentence about the function.
    changed : tuple of str
        The first argument that it changed in place: its name, and how it is shown before and after.
    untried : bool
        Whether it did nothing yet.

    Examples
    --------
    >>> Outcome(problem="returns nothing", untried=True).parts
    ()
    """

    parts: tuple[NDArray[Any], ...] = ()
    error: BaseException | None = None
    problem: str = ""
    changed: tuple[str, ...] = ()
    untried: bool = False


class Exercise:
    """One exercise. The module's docstring shows how to write one.

    Parameters
    ----------
    solution : function
        Of the arguments in `cases`. Its name is the exercise's.
    task : str
        What to do, in a sentence or two.
    cases : list of dict
        The arguments of each run, of which the function gets copies. Choose them so that each
        mistake shows.
    further : str
        One thought more, for whoever got it right.
    returns : sequence of str, optional
        The names of the things that are returned, if there are several.
    run : function of (function, **case), optional
        What to do for each case, where calling `function(**case)` and looking at what it returns is
        not what is to be compared.

    Raises
    ------
    ValueError
        If another module has an exercise of that name.

    Examples
    --------
    >>> from lecture3_engine.exercises.start_here import share_right
    >>> share_right.name, list(share_right.mistakes)[:2]
    ('share_right', ['count', 'share_wrong'])
    >>> share_right.check(share_right.solution).passed
    True
    """

    def __init__(
        self,
        solution: Callable[..., Any],
        task: str,
        cases: list[dict[str, Any]],
        further: str,
        returns: Iterable[str] = (),
        run: Callable[..., Any] | None = None,
    ) -> None:
        self.solution, self.task, self.cases, self.further = solution, task, cases, further
        self.name, self.returns = solution.__name__, tuple(returns)
        self.mistakes: dict[str, Mistake] = {}
        self._skeleton: Callable[..., Any] | None = None
        self._run = run or (lambda function, **case: function(*case.values()))
        if ALL.get(self.name, self).solution.__module__ != solution.__module__:
            raise ValueError(
                f"Two exercises are called {self.name}. Rename one: learners' functions are found"
                " by their names."
            )
        ALL[self.name] = self

    def mistake(self, message: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorate a function that makes a known mistake.

        Parameters
        ----------
        message : str
            What to say to whoever makes it.

        Returns
        -------
        function
            It adds the decorated function to `mistakes`, and returns it as it is.
        """

        def add(function: Callable[..., Any]) -> Callable[..., Any]:
            self.mistakes[function.__name__] = Mistake(function, message)
            return function

        return add

    def skeleton(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Decorate the beginning that the notebook delivers, if there is more than an empty one.

        Parameters
        ----------
        function : function
            Of the same arguments as the solution. To do no more than it does counts as not tried.

        Returns
        -------
        function
            The same.
        """
        self._skeleton = function
        return function

    # --- texts ---

    @property
    def source(self) -> str:
        """The solution as text."""
        return _source(self.solution)

    @property
    def template(self) -> str:
        """The cell as a notebook delivers it."""
        head, body = (
            f"def {self.name}{inspect.signature(self.solution)}:",
            "    ...  # your code here",
        )
        if self._skeleton:
            body = _source(self._skeleton).partition("\n")[2]
        return f"{head}\n{body}\n\n\nengine.exercises.check({self.name})"

    def __repr__(self) -> str:
        """Return the task, with the name and the arguments."""
        return f"Exercise {self.name}{inspect.signature(self.solution)}: {self.task}"

    def _message(self, kind: str, heading: str, text: str) -> Message:
        """Return an answer that names the exercise."""
        return Message(kind, f"{self.name}: {heading}", text)

    # --- the check ---

    def check(self, function: Any) -> Message:
        """Compare what a function does with what the solution does.

        Parameters
        ----------
        function : function
            The learner's, of any name.

        Returns
        -------
        Message
            Of the kind "right", "wrong" or "untried".

        Examples
        --------
        >>> from lecture3_engine.exercises.start_here import share_right
        >>> print(share_right.check(lambda y_pred, y_true: (y_pred == y_true).sum()).heading)
        share_right: not yet
        """
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

        outcomes = self._outcomes(function, limited=True)
        if self._skeleton and all(map(_same, outcomes, self._outcomes(self._skeleton))):
            if not _is_alike(function, self._skeleton):
                known = self._known_mistake(outcomes)
                evidence = self._evidence(function, outcomes, is_known=True)
                unused = (
                    "It still gives what the cell gave before you began. Is something computed and"
                    " then not used, or not assigned?"
                )
                text = known.message if known else unused
                return self._message("wrong", "not yet", f"{text}\n\n{evidence}")
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
        if all(map(_same, outcomes, self._expected)):
            many = (
                f"on all {len(self.cases)} inputs that were tried"
                if len(self.cases) > 1
                else "on the input that was tried"
            )
            return self._message("right", f"right, {many}", f"One thought further: {self.further}")
        known = self._known_mistake(outcomes)
        text = known.message if known else ""
        if not known and self._is_in_another_order(outcomes):
            order = ", ".join(self.returns)
            text = f"You return the right things in another order. It is `return {order}`."
        evidence = self._evidence(function, outcomes, bool(text))
        return self._message("wrong", "not yet", f"{text}\n\n{evidence}" if text else evidence)

    @functools.cached_property
    def _expected(self) -> list[Outcome]:
        """What the solution does."""
        return self._outcomes(self.solution)

    def _outcomes(self, function: Callable[..., Any], limited: bool = False) -> list[Outcome]:
        """Return what a function does in all cases.

        A learner's is limited in time, and one loop without an end is waited for. Ours are not:
        however slow the machine, what is expected must not be that they are stopped.
        """
        outcomes: list[Outcome] = []
        for case in self.cases:
            endless = outcomes and isinstance(outcomes[-1].error, EndlessLoop)
            outcomes.append(outcomes[-1] if endless else self._outcome(function, case, limited))
        return outcomes

    def _outcome(
        self, function: Callable[..., Any], case: dict[str, Any], limited: bool
    ) -> Outcome:
        """Return what a function does in one case. Whatever it raises is an outcome."""
        given = copy.deepcopy(case)
        try:
            limit = _limit(function) if limited else nullcontext()
            with np.errstate(all="ignore"), warnings.catch_warnings(), limit:
                warnings.simplefilter("ignore")
                result = self._run(function, **given)
                if isinstance(result, Iterator):
                    result = list(result)
        except NotImplementedError:
            return Outcome(untried=True)
        except (Exception, EndlessLoop) as error:  # noqa: BLE001, whatever a function raises
            return Outcome(error=error)
        changed: tuple[str, ...] = next(
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
            if isinstance(result, np.ndarray) and result.shape in self._stacked(function):
                result = tuple(result)
            several = isinstance(result, (tuple, list))
            if not several or len(result) != len(self.returns):
                received = f"{len(result)} things" if several else f"one thing, {_kind(result)}"
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
            if numbers.dtype.kind not in ("fiubU" if self._has_words(function) else "fiub"):
                return Outcome(
                    problem=f"should return numbers; it returns {_kind(part)}", changed=changed
                )
            parts.append(np.array(numbers))
        return Outcome(tuple(parts), changed=changed)

    def _stacked(self, function: Callable[..., Any]) -> set[tuple[int, ...]]:
        """Return the shapes of one array that holds all that is returned."""
        expected = [] if function is self.solution else self._expected
        alike = [o.parts[0].shape for o in expected if len({part.shape for part in o.parts}) == 1]
        return {(len(self.returns), *shape) for shape in alike}

    def _has_words(self, function: Callable[..., Any]) -> bool:
        """Return whether a word is among what the solution returns."""
        return function is self.solution or any(
            part.dtype.kind == "U" for outcome in self._expected for part in outcome.parts
        )

    def _known_mistake(self, outcomes: list[Outcome]) -> Mistake | None:
        """Return the mistake that does what the learner's function did, if there is one."""
        results = [
            (mistake, self._outcomes(mistake.function)) for mistake in self.mistakes.values()
        ]
        # first with all side effects, then without
        for alike in (_same, _same_result):
            for mistake, result in results:
                if (
                    all(map(alike, outcomes, result))
                    and not all(map(alike, result, self._expected))
                    and (
                        any(outcome.parts for outcome in outcomes) or _same_words(outcomes, result)
                    )
                ):
                    return mistake
        for i in range(len(self.returns)):  # one of several things that are returned
            if not _same_part(outcomes, self._expected, i):
                different = [
                    (mistake, result)
                    for mistake, result in results
                    if not _same_part(result, self._expected, i)
                    # whoever returns one thing twice has not exchanged the two
                    and not self._is_in_another_order(result)
                ]
                return next(
                    (mistake for mistake, result in different if _same_part(outcomes, result, i)),
                    None,
                )
        return None

    def _is_in_another_order(self, outcomes: list[Outcome]) -> bool:
        """Return whether the right things are returned, but in another order."""
        if not all(outcome.parts for outcome in outcomes):
            return False
        for order in list(itertools.permutations(range(len(self.returns))))[1:]:
            in_order = [Outcome(tuple(outcome.parts[i] for i in order)) for outcome in outcomes]
            if all(map(_same_result, in_order, self._expected)):
                return True
        return False

    def _evidence(
        self, function: Callable[..., Any], outcomes: list[Outcome], is_known: bool
    ) -> str:
        """Return what is wrong, with the first number that shows it."""
        for outcome, expected, case in zip(outcomes, self._expected, self.cases, strict=True):
            where = f"with {_show_case(case)}"
            if outcome.error is not None:
                error = f"{type(outcome.error).__name__}: {str(outcome.error).rstrip('. ')}"
                return (
                    f"Your function stopped with {error}.{_line_of(function, outcome.error)} That"
                    f" was {where}."
                )
            if outcome.problem:
                return f"Your function {outcome.problem}, {where}."
            for i, (yours, right) in enumerate(zip(outcome.parts, expected.parts, strict=False)):
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

    def _pattern(self, outcomes: list[Outcome], i: int) -> str:
        """Return a hint for a mistake that nobody foresaw.

        All numbers are rounded, or differ by one factor.
        """
        pairs = [
            (o.parts[i], e.parts[i])
            for o, e in zip(outcomes, self._expected, strict=True)
            if o.parts and o.parts[i].shape == e.parts[i].shape
        ]
        if any(part.dtype.kind == "U" for pair in pairs for part in pair):
            return ""
        yours, right = (
            np.concatenate([np.ravel(pair[k]).astype(float) for pair in pairs]) for k in (0, 1)
        )
        if yours.size < 2 or len(pairs) < len(outcomes) or not np.any(right):
            return ""
        if not np.isfinite(yours).all():
            return ""
        for digits in range(1, 5):
            if _close(yours, np.round(right, digits)).all():
                places = f"{digits} decimal{'s' if digits > 1 else ''}"
                return f" Everywhere yours is the expected number, rounded to {places}."
        if np.any(yours) and any(
            _close(yours, whole(right)).all() for whole in (np.round, np.floor, np.trunc)
        ):
            return " Everywhere yours is a whole number close by. Keep the fraction."
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


# --- comparing ---


def _close(a: Any, b: Any) -> Any:
    """Return where two arrays agree, but for rounding."""
    if "U" in {np.asarray(a).dtype.kind, np.asarray(b).dtype.kind}:
        return np.asarray(a).astype(str) == np.asarray(b).astype(str)
    scale = np.max(np.abs(b), initial=0, where=np.isfinite(b))
    return np.isclose(a, b, rtol=1e-6, atol=1e-9 * max(scale, 1e-3), equal_nan=True)


def _same_array(a: NDArray[Any], b: NDArray[Any]) -> bool:
    """Return whether two arrays agree, in shape and numbers."""
    return a.shape == b.shape and bool(_close(a, b).all())


def _same_result(a: Outcome, b: Outcome) -> bool:
    """Return whether two calls gave the same numbers, or failed in the same way.

    Errors of one type are alike: `@` and `np.dot` say the same thing about shapes in different
    words.
    """
    if a.error is not None or b.error is not None:
        return type(a.error) is type(b.error)
    return (
        a.problem == b.problem
        and len(a.parts) == len(b.parts)
        and all(map(_same_array, a.parts, b.parts))
    )


def _same(a: Outcome, b: Outcome) -> bool:
    """Return whether two calls did the same, also to their arguments."""
    return _same_result(a, b) and a.changed == b.changed


def _same_words(outcomes: list[Outcome], others: list[Outcome]) -> bool:
    """Return whether all errors say the same.

    Where no call gives a number, a type alone tells little. The errors that some mistakes then
    raise are the engine's own: `_Witness` in the exercises to notebook 10, and its loss.
    """
    return all(str(a.error) == str(b.error) for a, b in zip(outcomes, others, strict=True))


def _same_part(outcomes: list[Outcome], others: list[Outcome], i: int) -> bool:
    """Return whether one of several things that are returned is the same in all calls."""
    pairs = [
        (a.parts[i], b.parts[i])
        for a, b in zip(outcomes, others, strict=True)
        if a.parts and b.parts
    ]
    return len(pairs) == len(outcomes) and all(_same_array(a, b) for a, b in pairs)


def _is_changed(before: Any, after: Any) -> bool:
    """Return whether an argument is an array that was changed in place."""
    # to undo a nudge leaves a rounding error
    return isinstance(before, np.ndarray) and not _same_array(after, before)


def _first_change(name: str, before: NDArray[Any], after: NDArray[Any]) -> tuple[str, str, str]:
    """Return where an array changed, and how that is shown before and after."""
    if before.size <= 6:
        return name, _show(before), _show(after)
    index = tuple(int(i) for i in np.argwhere(~_close(after, before))[0])
    return f"{name}[{', '.join(map(str, index))}]", *_show_pair(before[index], after[index])


# --- showing ---


def _show_case(case: Mapping[str, Any]) -> str:
    """Return the arguments of a case as messages show them."""
    return ", ".join(f"`{name} = {_show(value)}`" for name, value in case.items())


def _show(value: Any) -> str:
    """Return an argument as messages show it."""
    if isinstance(value, np.ndarray):
        return _show(value.tolist()) if value.size <= 6 else f"array of shape {value.shape}"
    if isinstance(value, list):
        return f"[{', '.join(map(_show, value))}]"
    return f"{value:.4g}" if isinstance(value, float) else getattr(value, "__name__", str(value))


def _show_pair(a: Any, b: Any) -> tuple[str, str]:
    """Return two numbers with as many digits as it takes to tell them apart, or two words."""
    if "U" in {np.asarray(a).dtype.kind, np.asarray(b).dtype.kind}:
        return repr(np.asarray(a).item()), repr(np.asarray(b).item())
    for digits in (4, 6, 9, 12, 17):
        pair = f"{float(a):.{digits}g}", f"{float(b):.{digits}g}"
        if pair[0] != pair[1]:
            break
    return pair


def _show_shape(array: NDArray[Any]) -> str:
    """Return a shape as messages show it."""
    return f"shape {array.shape}" if array.ndim else "a single number"


def _kind(value: object) -> str:
    """Return what a value is, with its article."""
    if value is None:
        return "nothing (None)"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' or name == 'ndarray' else 'a'} {name}"


def _source(function: Callable[..., Any]) -> str:
    """Return the text of a function, without its decorators."""
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    first = ast.parse("\n".join(lines)).body[0].lineno  # of the def
    return "\n".join(lines[first - 1 :])


def _line_of(function: Callable[..., Any], error: BaseException) -> str:
    """Return the learner's line in which an error happened, as a sentence, if it is known."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == function.__code__.co_filename
    ]
    return f" It happened in the line `{frames[-1].line}`." if frames and frames[-1].line else ""


@contextmanager
def _limit(function: Callable[..., Any]) -> Iterator[None]:
    """Stop a loop without an end in a learner's function. A browser's kernel cannot be interrupted.

    Python asks at each step of the learner's cell. A single call that never returns is not stopped.

    It asks no more after the first EndlessLoop, so a bare `except:` must not catch that: it is
    raised outside of `try`. If there is no such line, the loop itself stands in a `try`.
    """
    before, end = sys.gettrace(), time.monotonic() + SECONDS
    latest, late = end + SECONDS / 2, 0

    def look(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal late
        if frame.f_code.co_filename != function.__code__.co_filename:
            return None
        frame.f_trace_opcodes = True  # `while True: pass` never comes to a new line
        now = time.monotonic()
        late += now > end
        # steps are counted, too: the computer may have slept
        if now > end and (not _is_tried(frame) or (now > latest and late > 1000)):
            raise EndlessLoop(
                f"it had not ended after {SECONDS} seconds. Perhaps a loop never reaches its end"
            )
        return look

    sys.settrace(look)
    try:
        yield
    finally:
        sys.settrace(before)


def _is_tried(frame: FrameType) -> bool:
    """Return whether a frame, or one that called it in the same file, stands in a `try`.

    Python does not document `exception_entries`; the tests say when it goes.
    """
    file = frame.f_code.co_filename
    each: FrameType | None = frame
    while each is not None:
        if each.f_code.co_filename == file and any(
            entry.start <= each.f_lasti < entry.end and not entry.lasti  # else it is its `except`
            for entry in dis.Bytecode(each.f_code).exception_entries  # type: ignore[attr-defined]
        ):
            return True
        each = each.f_back
    return False


def _is_alike(function: Callable[..., Any], other: Callable[..., Any]) -> bool:
    """Return whether two functions have the same body, but for layout and comments."""
    try:
        bodies = [ast.parse(_source(each)).body[0] for each in (function, other)]
    except (OSError, SyntaxError):  # Python has not kept its text
        return True
    dumped = [
        ast.dump(ast.Module(body.body, [])) for body in bodies if isinstance(body, ast.FunctionDef)
    ]
    return len(dumped) < 2 or dumped[0] == dumped[1]


def _is_empty(function: Callable[..., Any]) -> bool:
    """Return whether the body is nothing but `...`, `pass`, a docstring, or a return of these."""
    try:
        definition = ast.parse(_source(function)).body[0]
    except (OSError, SyntaxError):  # Python has not kept its text
        return False
    return isinstance(definition, ast.FunctionDef) and all(
        isinstance(line, ast.Pass)
        or (
            isinstance(line, (ast.Expr, ast.Return))
            and isinstance(line.value, (ast.Constant, type(None)))
        )
        for line in definition.body
    )
