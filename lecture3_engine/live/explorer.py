'''A picture that a learner drags: controls above, the live figure, and a sentence that says what it
shows.

An explorer is written in three steps: declare the settings, draw the picture once, and say what
moves.

    from functools import lru_cache

    from matplotlib.figure import Figure
    from lecture3_engine.live import Explorer, log_slider, player, slider

    @lru_cache(maxsize=1)                       # the same settings are not computed twice: Play is free
    def descend(lr, w0):                        # from settings to numbers: no picture, no widget
        path = [w0]
        for _ in range(50):
            path.append(path[-1] - lr * 2 * path[-1])
        return path

    class ParabolaExplorer(Explorer):
        """Gradient descent on loss = w^2: where does the learning rate lead?"""

        lr = log_slider("learning rate  lr", 0.1, min=1e-3, max=2)
        w0 = slider("start  w0", -3.0, min=-4, max=4, step=0.05)
        step = player("step", 50, max=50)

        def draw(self):
            figure = Figure(figsize=(8, 4), layout="constrained")
            axes = figure.subplots()
            axes.set(xlim=(-4.2, 4.2), ylim=(0, 18), xlabel="weight w", ylabel="loss")
            axes.plot(...)                      # stands still
            self.path, = axes.plot([], [], "o-")
            self.drag(axes, x="w0")             # dragging in the picture moves the slider
            return figure, [self.path]          # what moves

        def update(self):
            path = descend(self.lr, self.w0)[: self.step + 1]
            self.path.set_data(path, [w**2 for w in path])
            return f"After {self.step} steps of lr {self.lr:g} the weight is {path[-1]:.3g}."

`tests/live/example.py` is a complete one, which the tests run.
'''

import inspect
import uuid

import ipywidgets
from matplotlib.axes import Axes

from .cells import showing
from .controls import Player, Reset, Setting
from .figure import SHARPNESS, LiveFigure, mimebundle
from .lock import LOCK


class Explorer:
    """Settings, a picture of them, and a sentence. Base class: see the module's docstring for how
    to write one.

    A subclass declares its settings in the class body and defines `draw` and `update`. Everyone
    then has:

    * `SomeExplorer(lr=0.1, w0=2)`: every setting is a keyword argument with a default
    * `explorer.lr`, `explorer.lr = 0.2`, `explorer.set(lr=0.2, w0=1)` (one update),
      `explorer.reset()`
    * `explorer.controls["lr"]`, the widget; `explorer.figure`, the matplotlib figure;
      `explorer.summary`, the sentence
    * `repr(explorer)`, the code that recreates the present state
    """

    settings = {}  # name: Setting

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        own = {name: setting for name, setting in vars(cls).items() if isinstance(setting, Setting)}
        for name in own:
            if name in RESERVED:
                raise TypeError(
                    f"{cls.__name__}: a setting cannot be called {name!r}, every Explorer has that."
                    " Rename it."
                )
        cls.settings = {**cls.settings, **own}
        keywords = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=setting.default)
            for name, setting in cls.settings.items()
        ]
        cls.__signature__ = inspect.Signature(keywords)  # what help() and the Tab key show

    def __init__(self, *wrong, **settings):
        if wrong:
            raise TypeError(
                f"{type(self).__name__}: expected settings by name. Received:"
                f" {', '.join(map(repr, wrong))}. Name them:"
                f" {type(self).__name__}({next(iter(self.settings), 'setting')}={wrong[0]!r})."
            )
        self._initial = {}
        # the picture, and it with its controls: `_open` makes them
        self._live = self._widget = None
        # the settings that the picture shows; none while it shows an error or nothing yet
        self._drawn = {}
        self._closed = False
        self._updating = True
        self.controls = {name: setting.control() for name, setting in self.settings.items()}
        self._check(settings)
        with LOCK:
            self._open(settings)
        self._initial = self.state

    def _open(self, settings):
        """Draw the figure, with the default settings whatever the settings are: where its axes
        stand must not depend on the way that led to a picture.
        """
        if self._closed:  # a closed widget does not open again
            self.controls = {name: setting.control() for name, setting in self.settings.items()}
            self._closed = False
        self._drags, self._drawn, self._updating = {}, {}, True
        self._mine = None
        self._mine = set(vars(self))  # what is added now belongs to the picture, and goes with it
        figure, artists = self.draw()
        self._fit(self.state)
        self.changed, self._drawn = frozenset(self.settings), self.state
        # before the first picture: the layout is found with everything in its place
        sentence = checked(self, self.update())
        label = (inspect.getdoc(type(self)) or type(self).__name__).splitlines()[0]
        self._live = LiveFigure(figure, artists, label=label, summary=sentence)
        if self._drags:
            self._live.on_pointer(self._pointed, axes=list(self._drags))
        for control in self.controls.values():
            control.observe(self._moved, "value")
            control.live = self._live
        self._widget = self._arrange()
        self._assign(settings)
        self._updating = False
        self._update()
        if not self._live.frame:
            self._live.refresh()

    def close(self):
        """Take the explorer off every page, stop what it plays, and free its picture. It keeps its
        settings, and opens again when it is shown or looked at. A cell that is run again closes
        what it showed before.
        """
        with LOCK:
            if self._live is None:
                return
            self._stop()
            for widget in (
                *self.controls.values(),
                self._reset,
                *self._widget.children,
                self._widget,
            ):
                widget.layout.close()
                widget.close()
                widget.unobserve_all()
            for control in self.controls.values():
                control.live = None
            self._live.release()
            self._live = self._widget = None
            self._drags, self._closed = {}, True
            for name in set(vars(self)) - self._mine:
                delattr(self, name)

    # --- what a subclass defines ---

    def draw(self):
        """Make the figure. Returns it and the artists that move. The settings are the default ones,
        whatever the explorer was asked for, so that its axes always stand in the same places:
        `update` comes next, and once more if they differ.
        """
        raise NotImplementedError(
            f"{type(self).__name__} needs a method draw(self) that returns (figure, artists)."
        )

    def update(self):
        """Bring the artists up to date with the settings, and return the sentence.

        `self.changed` names the settings that are new since the last update (all of them the first
        time): look there before redrawing something of the background. Never use what an earlier
        update left behind: the picture must be the one a new explorer with these settings would
        show. Put costly numbers into a function with lru_cache.
        """
        raise NotImplementedError(
            f"{type(self).__name__} needs a method update(self) that returns a sentence."
        )

    def ranges(self, settings):
        """Where sliders end that depend on other settings: {"step": (0, 6)}. The others end where
        they were declared to.
        """
        return {}

    def drag(self, axes, x=None, y=None):
        """In `draw`: a pointer dragged in `axes` moves the settings named `x` and `y` (one may be
        left out).
        """
        if not isinstance(axes, Axes):
            raise TypeError(f"drag: expected the axes to drag in. Received: {axes!r}.")
        for name in (x, y):
            if name is not None and name not in self.settings:
                raise ValueError(
                    f"drag: expected one of the settings {', '.join(self.settings)}. Received:"
                    f" {name!r}."
                )
        self._drags[axes] = (x, y)

    def redraw(self):
        """Draw again although no setting has changed: for an explorer that also shows something
        else, such as a training.
        """
        with LOCK:
            self._drawn = {}
            self._update()

    # --- settings ---

    @property
    def state(self):
        """The present settings, as a dict of keyword arguments."""
        return {name: control.value for name, control in self.controls.items()}

    @property
    def live(self):
        """The `LiveFigure`."""
        with LOCK:
            if self._live is None:
                self._open(self.state)
            return self._live

    @property
    def widget(self):
        """Controls and picture together, as an ipywidget: for a layout of your own."""
        return self.live and self._widget

    @property
    def figure(self):
        """The matplotlib figure: `explorer.figure.savefig("picture.pdf")`."""
        return self.live.figure

    @property
    def summary(self):
        """The sentence under the picture."""
        return self.live.summary

    def set(self, **settings):
        """Change several settings with one update."""
        with LOCK:
            updating, self._updating = self._updating, True
            try:
                self._assign(settings)
            finally:
                self._updating = updating
            self._update()

    def reset(self, era=None):
        """Back to the settings the explorer was made with.

        What a browser sent in an earlier `era`, before Reset was pressed, does not count any more:
        neither a player's last step nor a slider's last place, which may arrive after it.
        """
        era = era or uuid.uuid4().hex
        with LOCK:
            self._stop()
            for widget in (*self.controls.values(), *([self._live] if self._live else [])):
                widget.era = era
            self.set(**self._initial)

    def _stop(self):
        for control in self.controls.values():
            if isinstance(control, Player):
                control.playing = False

    def _assign(self, settings):
        values = self._check(settings)
        self._fit({**self.state, **values})
        for name, value in values.items():
            self.controls[name].value = value

    def _check(self, settings):
        """The settings as they will be kept, all of them checked before any moves."""
        for name in settings:
            if name not in self.controls:
                raise TypeError(
                    f"{type(self).__name__} has no setting {name!r}. Expected:"
                    f" {', '.join(self.controls)}. Received: {name}={settings[name]!r}. Check the"
                    " spelling."
                )
        values = {
            name: self.controls[name].check(value)
            for name, value in settings.items()
            if name not in self.ranges(self.state)
        }
        ranges = self.ranges({**self.state, **values})
        return values | {
            name: self.controls[name].check(settings[name], *ranges[name])
            for name in ranges
            if name in settings
        }

    def _fit(self, settings):
        for name, range_ in self.ranges(settings).items():
            self.controls[name].fit(*range_)

    # --- what moves the picture ---

    def _moved(self, change):
        self._update()

    def _pointed(self, pointer):
        names = self._drags[pointer.axes]
        places = zip(names, (pointer.x, pointer.y), strict=True)
        self.set(
            **{
                name: self.controls[name].nearest(place)
                for name, place in places
                if name is not None
            }
        )

    def _update(self):
        """Draw until what is drawn is what is set: an update may itself move a control."""
        with LOCK:
            if self._updating or self._live is None:
                return
            self._updating = True
            try:
                for _ in range(10):
                    self._fit(self.state)
                    state, drawn = self.state, self._drawn
                    self.changed = frozenset(
                        name for name in state if name not in drawn or drawn[name] != state[name]
                    )
                    if not self.changed:
                        return
                    self._drawn = {}  # should the update fail, the next one draws everything
                    self._live.refresh(checked(self, self.update()))
                    self._drawn = state
                raise RuntimeError(
                    f"{type(self).__name__}.update moves its own controls again and again."
                    " Expected: the same settings give the same picture. Move a control only where"
                    " it cannot stay."
                )
            except Exception as error:
                # the learner sees it; the traceback goes on to whoever moved the control
                self._live.fail(error)
                raise
            finally:
                self._updating = False

    # --- how it is shown ---

    def _arrange(self):
        self._reset = Reset("Reset", "")
        self._reset.on_reset(lambda era: self.reset(era=era))
        for widget in (*self.controls.values(), self._reset, self._live):
            widget.explorer = self._reset.model_id  # so that they find one another in the browser
        controls = ipywidgets.Box([*self.controls.values(), self._reset])
        controls.add_class("live-controls")  # a grid that wraps: controls.css
        controls.layout.max_width = f"{self._live.size[0] // SHARPNESS}px"
        return ipywidgets.VBox([controls, self._live])

    def __repr__(self):
        settings = ", ".join(f"{name}={value!r}" for name, value in self.state.items())
        return f"{type(self).__name__}({settings})"

    def _repr_mimebundle_(self, **kwargs):
        showing(self)
        return mimebundle(repr(self), self.live, self.widget)


def checked(explorer, sentence):
    if not isinstance(sentence, str) or not sentence.strip():
        raise TypeError(
            f"{type(explorer).__name__}.update: expected a sentence that says what the picture"
            f" shows. Received: {sentence!r}."
        )
    return sentence


RESERVED = {name for name in vars(Explorer) if not name.startswith("__")} | {"controls", "changed"}
