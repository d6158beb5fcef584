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

import contextlib
import math
import numbers
from pathlib import Path

import anywidget
import traitlets

from .lock import LOCK


class Control(anywidget.AnyWidget):
    """A labelled widget with one `value`, which refuses what does not fit it. The base of all
    controls.
    """

    # Texts, not paths: see figure.py.
    _esm = Path(__file__).with_name("controls.js").read_text(encoding="utf-8")
    _css = Path(__file__).with_name("controls.css").read_text(encoding="utf-8")

    kind = traitlets.Unicode().tag(sync=True)  # which of the functions in controls.js draws it
    label = traitlets.Unicode().tag(sync=True)
    value = traitlets.TraitType().tag(sync=True)  # not Any, which would let None pass unchecked
    disabled = traitlets.Bool(False).tag(sync=True)
    explorer = traitlets.Unicode().tag(sync=True)  # the explorer it belongs to, if any
    # what was sent in another one, before Reset, does not count
    era = traitlets.Unicode().tag(sync=True)
    # of a browser's message: its era, its page, its number
    sent = traitlets.List().tag(sync=True, echo_update=False)

    live = None  # the LiveFigure that tells the browser which message has been dealt with

    def __init__(self, label, value, name=None, **traits):
        self.name = name or label.split("  ")[-1]  # what error messages call it
        super().__init__(label=label, value=value, **traits)

    def __setattr__(self, name, value):
        with LOCK:
            super().__setattr__(name, value)

    def set_state(self, sync_data):
        """A browser's message. Whatever becomes of it, the browser is told the value that the
        control then has.
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

    def held(self, value):
        """What a browser sent, as near to it as the control can come: its ends may have moved
        meanwhile.
        """
        return value

    @traitlets.validate("value")
    def _validate_value(self, proposal):
        return self.check(proposal["value"])

    def check(self, value):
        """The value as it will be kept. Raises TypeError or ValueError if the control cannot take
        it.
        """
        raise NotImplementedError

    def complain(self, error, expected, value, cure):
        raise error(f"{self.name}: expected {expected}. Received: {self.name}={value!r}. {cure}")

    def __repr__(self):
        return f"{type(self).__name__}({self.label!r}, {self.value!r})"


class Slider(Control):
    """A number from `min` to `max`, in equal steps or, with log=True, in equal ratios. Values
    between are welcome.
    """

    kind = traitlets.Unicode("slider").tag(sync=True)
    min = traitlets.Float().tag(sync=True)
    max = traitlets.Float().tag(sync=True)
    step = traitlets.Float().tag(sync=True)  # log: in decades
    log = traitlets.Bool(False).tag(sync=True)
    whole = traitlets.Bool(False).tag(sync=True)  # integers only

    def __init__(self, label, value, *, min, max, step, **traits):
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

    def fit(self, low, high):
        """Move the ends. The value is held between them; one that stood at the last end of a player
        stays at the end.
        """
        at_end = isinstance(self, Player) and self.value == self.max
        if (self.min, self.max) != (low, high):
            self.min, self.max = low, high
            if at_end:
                self.value = high

    def held(self, value):
        return min(max(value, self.min), self.max) if isinstance(value, numbers.Real) else value

    @traitlets.observe("min", "max")
    def _hold_value_inside(self, change):
        self.value = min(max(self.value, self.min), self.max)

    def check(self, value, low=None, high=None):
        """As every control's. `low` and `high`: the ends that it is about to get, if they are not
        those that it has.
        """
        low, high = self.min if low is None else low, self.max if high is None else high
        expected = (
            f"{'a whole number' if self.whole else 'a number'} from {self._text(low)} to"
            f" {self._text(high)}"
        )
        kind = numbers.Integral if self.whole else numbers.Real
        if self.whole and isinstance(value, float) and value.is_integer():
            value = int(value)  # the browser has one kind of number only
        if isinstance(value, bool) or not isinstance(value, kind):
            self.complain(TypeError, expected, value, f"Pass {self.name} as a plain number.")
        if not low <= value <= high:  # also refuses NaN
            self.complain(
                ValueError, expected, value, "Choose a value between the ends of the slider."
            )
        return int(value) if self.whole else float(value)

    def nearest(self, value):
        """The value the slider itself would take nearest to `value`: held between its ends, on one
        of its steps.

        `controls.js` counts in the same way, so that a point dragged in a picture and a slider
        agree in every digit.
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

    def _text(self, number):
        return f"{int(number)}" if self.whole else f"{number:g}"


class Player(Slider):
    """A slider over the steps of something that unfolds, with buttons that play, pause and step."""

    kind = traitlets.Unicode("player").tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)
    interval = traitlets.Int(100).tag(sync=True)  # ms from step to step


class Choice(Control):
    """One of several words."""

    kind = traitlets.Unicode("choice").tag(sync=True)
    options = traitlets.List().tag(sync=True)

    def check(self, value):
        expected = "one of " + ", ".join(repr(option) for option in self.options)
        if not isinstance(value, str):
            self.complain(TypeError, expected, value, "Pass the word as a string.")
        if value not in self.options:
            self.complain(ValueError, expected, value, "Choose one of these words.")
        return value


class Toggle(Control):
    """On or off."""

    kind = traitlets.Unicode("toggle").tag(sync=True)

    def check(self, value):
        if not isinstance(value, bool):
            self.complain(
                TypeError, "True or False", value, f"Pass {self.name}=True to switch it on."
            )
        return value


class Reset(Control):
    """A button: back to the beginning. Pressing it stops the players in the browser before Python
    knows of it.
    """

    kind = traitlets.Unicode("reset").tag(sync=True)

    def check(self, value):
        return value

    def on_reset(self, action):
        """Call `action(era)` when it is pressed: what is sent after it carries this word."""
        self.on_msg(lambda _, content, buffers: action(content["era"]))


class Setting:
    """The declaration of a control in an Explorer's class body: `explorer.lr` reads the value,
    assigning moves it.
    """

    def __init__(self, kind, label, default, **options):
        self.kind, self.label, self.default, self.options = kind, label, default, options

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, explorer, owner=None):
        return self if explorer is None else explorer.controls[self.name].value

    def __set__(self, explorer, value):
        explorer.set(**{self.name: value})

    def control(self):
        """A new widget: every explorer has its own."""
        return self.kind(self.label, self.default, name=self.name, **self.options)


def slider(label, value, *, min, max, step=None):
    """A number between `min` and `max`. Without `step` the slider has 200 steps."""
    return Setting(
        Slider, label, value, min=min, max=max, step=(max - min) / 200 if step is None else step
    )


def log_slider(label, value, *, min, max, step=0.02):
    """A positive number for which ratios count: a learning rate, an epsilon. `step` is in decades:
    0.02 is 5 %.
    """
    return Setting(Slider, label, value, min=min, max=max, step=step, log=True)


def int_slider(label, value, *, min, max, step=1):
    """A whole number."""
    return Setting(Slider, label, value, min=min, max=max, step=step, whole=True)


def player(label, value, *, min=0, max, interval=100):
    """A whole number that can also be played, paused and stepped. `interval`: milliseconds from
    step to step.
    """
    return Setting(Player, label, value, min=min, max=max, step=1, whole=True, interval=interval)


def choice(label, value, options):
    """One of several words."""
    return Setting(Choice, label, value, options=list(options))


def toggle(label, value=False):
    """On or off."""
    return Setting(Toggle, label, value)
