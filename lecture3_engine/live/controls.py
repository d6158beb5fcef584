"""What a learner moves: sliders, choices, switches, and a slider that plays.

Each control is a widget with a `value`, and each is declared in one line of an Explorer (see
`explorer.py`):

    lr = log_slider("learning rate  lr", 0.1, min=1e-3, max=1)
    steps = int_slider("steps", 20, min=1, max=100)
    start = slider("start  w0", -3.0, min=-4, max=4, step=0.05)
    curve = choice("curve", "parabola", ["parabola", "quartic"])
    tangent = toggle("show the tangent", True)
    step = player("step", 0, min=0, max=100)

What stands after two spaces in a label is a symbol and is set as code. The browser's side is
`controls.js`: a native range input and a field to type into, so keyboard and screen reader work as
everywhere.
"""

from __future__ import annotations

import contextlib
import math
import numbers
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, overload

import anywidget
import traitlets

from .lock import LOCK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .explorer import Explorer
    from .figure import LiveFigure

T = TypeVar("T")


class Control(anywidget.AnyWidget):
    """A labeled widget with one `value`, which refuses what does not fit it: the base of all.

    Parameters
    ----------
    label : str
        What it is called on the page. What stands after two spaces is a symbol, set as code.
    value : object
        The first value.
    name : str, optional
        What error messages call it. Left out, it is the symbol, or the label if there is none.
    **traits
        What the kind of control has besides.

    Raises
    ------
    TypeError or ValueError
        If the control cannot take the value, now or later: `check` decides.

    Examples
    --------
    >>> control = Toggle("show the tangent", True)
    >>> control.value = False
    >>> control
    Toggle('show the tangent', False)
    """

    # Texts, not paths: see figure.py.
    _esm = Path(__file__).with_name("controls.js").read_text(encoding="utf-8")
    _css = Path(__file__).with_name("controls.css").read_text(encoding="utf-8")

    kind = traitlets.Unicode().tag(sync=True)  # which of the functions in controls.js draws it
    label = traitlets.Unicode().tag(sync=True)
    value: Any = traitlets.TraitType().tag(
        sync=True
    )  # not Any, which would let None pass unchecked
    disabled = traitlets.Bool(False).tag(sync=True)
    shown = traitlets.Bool(True).tag(sync=True)  # not while it has no use: `Explorer.unused`
    explorer = traitlets.Unicode().tag(sync=True)  # the explorer it belongs to, if any
    # what was sent in another one, before Reset, does not count
    era = traitlets.Unicode().tag(sync=True)
    # of a browser's message: its era, its page, its number
    sent: traitlets.List[Any] = traitlets.List().tag(sync=True, echo_update=False)

    # the LiveFigure that tells the browser which message has been dealt with
    live: LiveFigure | None = None

    def __init__(
        self, label: str, value: object, name: str | None = None, **traits: object
    ) -> None:
        self.name = name or label.rsplit("  ", maxsplit=1)[-1]
        super().__init__(label=label, value=value, **traits)

    def __setattr__(self, name: str, value: object) -> None:
        """Set an attribute, while nothing else happens."""
        with LOCK:
            super().__setattr__(name, value)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take a browser's message.

        Whatever becomes of it, the browser is told the value that the control then has.

        Parameters
        ----------
        sync_data : dict
            What is new, by the names of the traits: "value" and "playing" count. "sent" says in
            which era, from which page, and as which message it was sent.

        Raises
        ------
        TypeError or ValueError
            If the control cannot take the value.

        Examples
        --------
        >>> control = Slider("start  w0", 0.5, min=-4, max=4, step=0.05)
        >>> control.set_state({"value": 99})  # held between the ends
        >>> control.value
        4.0
        """
        with LOCK, self.live.hold_sync() if self.live else contextlib.nullcontext():
            era, page, number = sync_data.get("sent") or (self.era, None, 0)
            wanted = {
                name: value for name, value in sync_data.items() if name in ("value", "playing")
            }
            try:
                if era == self.era:
                    super().set_state(
                        {
                            name: self.check(self.held(value)) if name == "value" else value
                            for name, value in wanted.items()
                        }
                    )
            finally:
                wrong = [name for name, value in wanted.items() if getattr(self, name) != value]
                if wrong:
                    self.send_state(wrong)
                if self.live and page:
                    self.live.done = [page, number]

    def held(self, value: Any) -> Any:
        """Return what a browser sent, as near to it as the control can come.

        Parameters
        ----------
        value : object
            What was sent. The ends of a slider may have moved meanwhile.

        Returns
        -------
        object
            The value, between the ends.

        Examples
        --------
        >>> Slider("start  w0", 0.5, min=-4, max=4, step=0.05).held(-99)
        -4.0
        """
        return value

    @traitlets.validate("value")
    def _validate_value(self, proposal: dict[str, Any]) -> Any:
        """Check every value, whoever sets it: traitlets calls this."""
        return self.check(proposal["value"])

    def check(self, value: Any) -> Any:
        """Return the value as it will be kept.

        Parameters
        ----------
        value : object
            What somebody wants the control to be.

        Returns
        -------
        object
            A plain number, word, or bool of Python.

        Raises
        ------
        TypeError or ValueError
            If the control cannot take it.

        Examples
        --------
        >>> Choice("c", "on", options=["on", "off"]).check("of")
        Traceback (most recent call last):
        ValueError: c: expected one of 'on', 'off'. Received: c='of'. Choose one of these words.
        """
        raise NotImplementedError

    def complain(self, error: type[Exception], expected: str, value: object, cure: str) -> NoReturn:
        """Raise an error in the words that all controls use.

        Parameters
        ----------
        error : type of Exception
            TypeError or ValueError.
        expected : str
            What the control takes.
        value : object
            What it was given.
        cure : str
            A sentence that says what to do.

        Raises
        ------
        Exception
            Always: an `error`.

        Examples
        --------
        >>> Toggle("grid", True).complain(TypeError, "True or False", 2, "Switch it on.")
        Traceback (most recent call last):
        TypeError: grid: expected True or False. Received: grid=2. Switch it on.
        """
        raise error(f"{self.name}: expected {expected}. Received: {self.name}={value!r}. {cure}")

    def __repr__(self) -> str:
        """Return the kind of control with its label and its value."""
        return f"{type(self).__name__}({self.label!r}, {self.value!r})"


class Slider(Control):
    """A number from `min` to `max`, in equal steps or, with log=True, in equal ratios.

    Values between the steps are welcome.

    Parameters
    ----------
    label : str
        As for every `Control`.
    value : float
        The first value.
    min, max : float
        The ends. `min` is less than `max`, and above 0 on a log scale.
    step : float, above 0
        From one place of the slider to the next; on a log scale in decades.
    **traits
        `name`, as for every `Control`; `log=True` for a log scale; `whole=True` for integers only;
        `stepped=True` for buttons at its side, to the last value and to the next.

    Raises
    ------
    TypeError
        If the ends or the step are not finite numbers, or the value is not one.
    ValueError
        If the ends or the step do not fit together, or the value is not between the ends.

    Examples
    --------
    >>> control = Slider("start  w0", 0.5, min=-4, max=4, step=0.05)
    >>> control.value = 2
    >>> control
    Slider('start  w0', 2.0)
    >>> control.value = 5  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: w0: expected a number from -4 to 4. Received: w0=5. ...
    """

    kind = traitlets.Unicode("slider").tag(sync=True)
    min = traitlets.Float().tag(sync=True)
    max = traitlets.Float().tag(sync=True)
    step = traitlets.Float().tag(sync=True)  # log: in decades
    log = traitlets.Bool(False).tag(sync=True)
    whole = traitlets.Bool(False).tag(sync=True)  # integers only
    stepped = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self, label: str, value: object, *, min: float, max: float, step: float, **traits: Any
    ) -> None:
        for name, number in ("min", min), ("max", max), ("step", step):
            if (
                isinstance(number, bool)
                or not isinstance(number, numbers.Real)
                or not math.isfinite(number)
            ):
                raise TypeError(
                    f"{label}: expected a finite number as {name}. Received: {name}={number!r}."
                )
        if not (min < max and step > 0 and (min > 0 or not traits.get("log"))):
            raise ValueError(
                f"{label}: expected min < max and step > 0, and min > 0 on a log scale. "
                f"Received: min={min}, max={max}, step={step}."
            )
        super().__init__(label, value, min=min, max=max, step=step, **traits)

    def fit(self, low: float, high: float) -> None:
        """Move the ends.

        The value is held between them; one that stood at the last end of a player stays at the end.

        Parameters
        ----------
        low, high : float
            The new ends.

        Examples
        --------
        >>> control = Slider("steps", 90, min=1, max=100, step=1, whole=True)
        >>> control.fit(1, 50)
        >>> control
        Slider('steps', 50)
        """
        at_end = isinstance(self, Player) and self.value == self.max
        if (self.min, self.max) != (low, high):
            self.min, self.max = low, high
            if at_end:
                self.value = high

    def held(self, value: Any) -> Any:
        """Return what a browser sent, held between the ends. See `Control.held`."""
        return min(max(value, self.min), self.max) if isinstance(value, numbers.Real) else value

    @traitlets.observe("min", "max")
    def _hold_value_inside(self, change: object) -> None:
        """Keep the value between ends that move: traitlets calls this."""
        self.value = min(max(self.value, self.min), self.max)

    def check(self, value: Any, low: float | None = None, high: float | None = None) -> float:
        """Return the value as it will be kept. See `Control.check`.

        Parameters
        ----------
        value : float
            A number between the ends.
        low, high : float, optional
            The ends that the slider is about to get, if they are not those that it has.

        Returns
        -------
        float or int
            An int where the slider takes whole numbers only.

        Raises
        ------
        TypeError
            If the value is not a number, or not a whole one where only whole ones will do.
        ValueError
            If it is not between the ends.

        Examples
        --------
        >>> Slider("steps", 90, min=1, max=100, step=1, whole=True).check(7.0)
        7
        """
        low, high = self.min if low is None else low, self.max if high is None else high
        expected = (
            f"{'a whole number' if self.whole else 'a number'} from {self._text(low)} to"
            f" {self._text(high)}"
        )
        kind: Any = numbers.Integral if self.whole else numbers.Real
        if self.whole and isinstance(value, float) and value.is_integer():
            value = int(value)  # the browser has one kind of number only
        if isinstance(value, bool) or not isinstance(value, kind):
            self.complain(TypeError, expected, value, f"Pass {self.name} as a plain number.")
        if not low <= value <= high:  # also refuses NaN
            self.complain(
                ValueError, expected, value, "Choose a value between the ends of the slider."
            )
        return int(value) if self.whole else float(value)

    def nearest(self, value: float) -> float:
        """Return the value nearest to `value` that the slider itself would take.

        `controls.js` counts in the same way, so that a point dragged in a picture and a slider
        agree in every digit.

        Parameters
        ----------
        value : float
            Any number, such as the place of a pointer.

        Returns
        -------
        float or int
            Held between the ends, and on one of the steps.

        Examples
        --------
        >>> control = Slider("start  w0", 0.5, min=-4, max=4, step=0.05)
        >>> control.nearest(0.31), control.nearest(99)
        (0.3, 4.0)
        """
        value = min(max(value, self.min), self.max)
        if self.log:
            decades = round(math.log10(value / self.min) / self.step) * self.step
            step = float(f"{self.min * 10**decades:.3g}")
        else:
            step = float(f"{self.min + round((value - self.min) / self.step) * self.step:.12g}")
        ends = (self.min, self.max)  # they can be reached, whether or not a step ends there
        nearest = min(
            (step, *ends),
            key=lambda candidate: (
                abs(candidate - value) if ends[0] <= candidate <= ends[1] else math.inf
            ),
        )
        return int(nearest) if self.whole else nearest

    def _text(self, number: float) -> str:
        """Return an end as error messages show it."""
        return f"{int(number)}" if self.whole else f"{number:g}"


class Player(Slider):
    """A slider over the steps of something that unfolds, with buttons that play, pause and step.

    Parameters
    ----------
    label, value, min, max, step
        As for every `Slider`.
    **traits
        Those of a `Slider`; `playing`, whether it plays; `interval`, milliseconds for each step.

    Examples
    --------
    >>> Player("step", 0, min=0, max=10, step=1, whole=True).interval
    100
    """

    kind = traitlets.Unicode("player").tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)
    interval = traitlets.Int(100).tag(sync=True)  # ms from step to step


class Choice(Control):
    """One of several words.

    Parameters
    ----------
    label, value
        As for every `Control`.
    **traits
        `name`, as for every `Control`; `options`, the list of words; `stepped=True` for buttons at
        its side, to the last word and to the next.

    Examples
    --------
    >>> Choice("curve", "parabola", options=["parabola", "quartic"])
    Choice('curve', 'parabola')
    """

    kind = traitlets.Unicode("choice").tag(sync=True)
    options: traitlets.List[str] = traitlets.List().tag(sync=True)
    stepped = traitlets.Bool(False).tag(sync=True)

    def check(self, value: Any) -> str:
        """Return the word, if it is one of the options. See `Control.check`."""
        expected = "one of " + ", ".join(repr(option) for option in self.options)
        if not isinstance(value, str):
            self.complain(TypeError, expected, value, "Pass the word as a string.")
        if value not in self.options:
            self.complain(ValueError, expected, value, "Choose one of these words.")
        return value


class Toggle(Control):
    """On or off.

    Parameters
    ----------
    label, value
        As for every `Control`.
    **traits
        `name`, as for every `Control`; instead of a box to tick, `plays=True` for a large button
        that starts and pauses something, or `presses=True` for one that only switches it on.

    Examples
    --------
    >>> Toggle("grid", True)
    Toggle('grid', True)
    """

    kind = traitlets.Unicode("toggle").tag(sync=True)
    plays = traitlets.Bool(False).tag(sync=True)
    presses = traitlets.Bool(False).tag(sync=True)

    def check(self, value: Any) -> bool:
        """Return the value, if it is True or False. See `Control.check`."""
        if not isinstance(value, bool):
            self.complain(
                TypeError, "True or False", value, f"Pass {self.name}=True to switch it on."
            )
        return value


class Reset(Control):
    """A button: back to the beginning.

    Pressing it stops the players in the browser before Python knows of it.

    Parameters
    ----------
    label, value
        As for every `Control`; the value means nothing.
    **traits
        `name`, as for every `Control`.

    Examples
    --------
    >>> Reset("Reset", "")
    Reset('Reset', '')
    """

    kind = traitlets.Unicode("reset").tag(sync=True)

    def check(self, value: Any) -> Any:
        """Return the value, whatever it is: a button has none."""
        return value

    def on_reset(self, action: Callable[[str], object]) -> None:
        """Call `action(era)` when it is pressed.

        Parameters
        ----------
        action : function of str
            `era` is the word that everything carries which the browser sends after it.

        Examples
        --------
        >>> Reset("Reset", "").on_reset(lambda era: print("back to the beginning"))
        """
        self.on_msg(lambda _, content, buffers: action(content["era"]))


class More(Control):
    """A button that shows and hides the settings that do not lead.

    Parameters
    ----------
    label, value
        As for every `Control`; the value is whether they are shown.
    **traits
        `name`, as for every `Control`.

    Examples
    --------
    >>> More("more", False)
    More('more', False)
    """

    kind = traitlets.Unicode("more").tag(sync=True)

    def check(self, value: Any) -> bool:
        """Return the value, if it is True or False. See `Control.check`."""
        if not isinstance(value, bool):
            self.complain(TypeError, "True or False", value, "Pass True to show them.")
        return value


class Setting(Generic[T]):
    """The declaration of a control in an Explorer's class body.

    `explorer.lr` reads the value, and assigning to it moves the control. `slider`, `choice` and
    their like below make one.

    Parameters
    ----------
    kind : type of Control
        Which control it is.
    label : str
        Its label.
    default : object
        Its first value.
    **options
        What the control takes besides.

    Examples
    --------
    >>> from lecture3_engine.live import Explorer
    >>> class Line(Explorer):
    ...     slope = Setting(Slider, "slope  a", 0.5, min=-1, max=1, step=0.1)
    >>> Line.settings["slope"].default
    0.5
    """

    name: str

    def __init__(self, kind: type[Control], label: str, default: T, **options: Any) -> None:
        self.kind, self.label, self.default, self.options = kind, label, default, options

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn the name that the class body gives it."""
        self.name = name

    @overload
    def __get__(self, explorer: None, owner: type | None = None) -> Setting[T]: ...

    @overload
    def __get__(self, explorer: Explorer, owner: type | None = None) -> T: ...

    def __get__(self, explorer: Explorer | None, owner: type | None = None) -> Setting[T] | T:
        """Return the value of an explorer's control, or the declaration itself of the class."""
        return self if explorer is None else explorer.controls[self.name].value

    def __set__(self, explorer: Explorer, value: T) -> None:
        """Move an explorer's control."""
        explorer.set(**{self.name: value})

    def control(self) -> Control:
        """Return a new widget: every explorer has its own.

        Returns
        -------
        Control
            Of the declared kind.

        Examples
        --------
        >>> class Declared:
        ...     slope = slider("slope  a", 0.5, min=-1, max=1)
        >>> Declared.slope.control()
        Slider('slope  a', 0.5)
        """
        return self.kind(self.label, self.default, name=self.name, **self.options)


def slider(
    label: str, value: float, *, min: float, max: float, step: float | None = None
) -> Setting[float]:
    """Declare a number between `min` and `max`.

    Parameters
    ----------
    label : str
        What it is called. What stands after two spaces is a symbol.
    value : float
        The default.
    min, max : float
        The ends.
    step : float, optional
        From one place to the next. Left out, the slider has 200 steps.

    Returns
    -------
    Setting
        For the class body of an Explorer.

    Examples
    --------
    >>> slider("slope  a", 0.5, min=-1, max=1).options
    {'min': -1, 'max': 1, 'step': 0.01}
    """
    return Setting(
        Slider, label, value, min=min, max=max, step=(max - min) / 200 if step is None else step
    )


def log_slider(
    label: str, value: float, *, min: float, max: float, step: float = 0.02
) -> Setting[float]:
    """Declare a positive number for which ratios count: a learning rate, an epsilon.

    Parameters
    ----------
    label : str
        What it is called. What stands after two spaces is a symbol.
    value : float, above 0
        The default.
    min, max : float, above 0
        The ends.
    step : float
        From one place to the next, in decades: 0.02 is 5%.

    Returns
    -------
    Setting
        For the class body of an Explorer.

    Examples
    --------
    >>> log_slider("learning rate  lr", 0.1, min=1e-3, max=1).default
    0.1
    """
    return Setting(Slider, label, value, min=min, max=max, step=step, log=True)


def int_slider(
    label: str, value: int, *, min: int, max: int, step: int = 1, stepped: bool = False
) -> Setting[int]:
    """Declare a whole number.

    Parameters
    ----------
    label : str
        What it is called. What stands after two spaces is a symbol.
    value : int
        The default.
    min, max : int
        The ends.
    step : int
        From one place to the next.
    stepped : bool
        Whether it has buttons for one step back and one forward.

    Returns
    -------
    Setting
        For the class body of an Explorer.

    Examples
    --------
    >>> int_slider("steps", 20, min=1, max=100).default
    20
    """
    return Setting(Slider, label, value, min=min, max=max, step=step, whole=True, stepped=stepped)


def player(label: str, value: int, *, min: int = 0, max: int, interval: int = 100) -> Setting[int]:
    """Declare a whole number that can also be played, paused and stepped.

    Parameters
    ----------
    label : str
        What it is called. What stands after two spaces is a symbol.
    value : int
        The default.
    min, max : int
        The first and the last step.
    interval : int
        Milliseconds from step to step.

    Returns
    -------
    Setting
        For the class body of an Explorer.

    Examples
    --------
    >>> player("step", 0, max=100).options["interval"]
    100
    """
    return Setting(Player, label, value, min=min, max=max, step=1, whole=True, interval=interval)


def choice(
    label: str, value: str, options: Iterable[str], *, stepped: bool = False
) -> Setting[str]:
    """Declare one of several words.

    Parameters
    ----------
    label : str
        What it is called. What stands after two spaces is a symbol.
    value : str
        The default.
    options : iterable of str
        The words.
    stepped : bool
        Whether it has buttons to the last one and to the next.

    Returns
    -------
    Setting
        For the class body of an Explorer.

    Examples
    --------
    >>> choice("curve", "parabola", ["parabola", "quartic"]).options
    {'options': ['parabola', 'quartic'], 'stepped': False}
    """
    return Setting(Choice, label, value, options=list(options), stepped=stepped)


def toggle(
    label: str, value: bool = False, *, plays: bool = False, presses: bool = False
) -> Setting[bool]:
    """Declare a switch.

    Parameters
    ----------
    label : str
        What it is called.
    value : bool
        The default.
    plays : bool
        Whether it is a large button that starts and pauses something.
    presses : bool
        Whether it is one that switches it on, until the explorer switches it off.

    Returns
    -------
    Setting
        For the class body of an Explorer.

    Examples
    --------
    >>> toggle("show the tangent", True).default
    True
    """
    return Setting(Toggle, label, value, plays=plays, presses=presses)
