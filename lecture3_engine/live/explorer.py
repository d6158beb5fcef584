'''A picture that a learner drags: controls above, the live figure, and a sentence that says what it shows.

An explorer is written in three steps: declare the settings, draw the picture once, and say what moves.

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

`tests/live/test_explorer.py` keeps a complete one running.
'''

import inspect

import ipywidgets
from matplotlib.axes import Axes

from .controls import Player, Setting
from .figure import SHARPNESS, LiveFigure, mimebundle


class Explorer:
    """Settings, a picture of them, and a sentence. Base class: see the module's docstring for how to write one.

    A subclass declares its settings in the class body and defines `draw` and `update`. Everyone then has:

    * `SomeExplorer(lr=0.1, w0=2)`: every setting is a keyword argument with a default
    * `explorer.lr`, `explorer.lr = 0.2`, `explorer.set(lr=0.2, w0=1)` (one update), `explorer.reset()`
    * `explorer.controls["lr"]`, the widget; `explorer.figure`, the matplotlib figure; `explorer.summary`, the sentence
    * `repr(explorer)`, the code that recreates the present state
    """

    settings = {}  # name: Setting

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        own = {name: setting for name, setting in vars(cls).items() if isinstance(setting, Setting)}
        for name in own:
            if name in RESERVED:
                raise TypeError(f"{cls.__name__}: a setting cannot be called {name!r}, every Explorer has that. Rename it.")
        cls.settings = {**cls.settings, **own}
        keywords = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=setting.default)
            for name, setting in cls.settings.items()
        ]
        cls.__signature__ = inspect.Signature(keywords)  # what help() and the Tab key show

    def __init__(self, **settings):
        self.controls = {name: setting.control() for name, setting in self.settings.items()}
        self._drags, self._changing = {}, True
        self._undrawn = frozenset()  # settings whose update failed: the next one has to draw them as well
        try:
            self._assign(settings)
        finally:
            self._changing = False
        self._initial = self.state
        figure, artists = self.draw()
        self.changed = frozenset(self.settings)
        sentence = self.update()  # before the first picture: the layout is found with everything in its place
        label = (inspect.getdoc(type(self)) or type(self).__name__).splitlines()[0]
        self.live = LiveFigure(figure, artists, label=label)
        self._show(sentence)
        if self._drags:
            self.live.on_pointer(self._pointed, axes=list(self._drags))
        for name, control in self.controls.items():
            control.observe(self._moved, "value")
        self.widget = self._arrange()

    # --- what a subclass defines ---

    def draw(self):
        """Make the figure, once, for the present settings. Returns it and the artists that move."""
        raise NotImplementedError(f"{type(self).__name__} needs a method draw(self) that returns (figure, artists).")

    def update(self):
        """Bring the artists up to date with the settings, and return the sentence.

        `self.changed` names the settings that are new since the last update (all of them the first time): look there
        before redrawing something of the background. Never use what an earlier update left behind: the picture must
        be the one a new explorer with these settings would show. Put costly numbers into a function with lru_cache.
        """
        raise NotImplementedError(f"{type(self).__name__} needs a method update(self) that returns a sentence.")

    def drag(self, axes, x=None, y=None):
        """In `draw`: a pointer dragged in `axes` moves the settings named `x` and `y` (one may be left out)."""
        if not isinstance(axes, Axes):
            raise TypeError(f"drag: expected the axes to drag in. Received: {axes!r}.")
        for name in (x, y):
            if name is not None and name not in self.settings:
                raise ValueError(f"drag: expected one of the settings {', '.join(self.settings)}. Received: {name!r}.")
        self._drags[axes] = (x, y)

    # --- settings ---

    @property
    def state(self):
        """The present settings, as a dict of keyword arguments."""
        return {name: control.value for name, control in self.controls.items()}

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
        self._changing = True
        before = self.state
        try:
            self._assign(settings)
        finally:
            self._changing = False
        self._update({name for name, value in self.state.items() if value != before[name]})

    def reset(self):
        """Back to the settings the explorer was made with."""
        for control in self.controls.values():
            if isinstance(control, Player):
                control.playing = False
        self.set(**self._initial)

    def _assign(self, settings):
        for name in settings:
            if name not in self.controls:
                raise TypeError(
                    f"{type(self).__name__} has no setting {name!r}. Expected: {', '.join(self.controls)}. "
                    f"Received: {name}={settings[name]!r}. Check the spelling."
                )
        checked = {name: self.controls[name].check(value) for name, value in settings.items()}  # all, before any moves
        for name, value in checked.items():
            self.controls[name].value = value

    # --- what moves the picture ---

    def _moved(self, change):
        if not self._changing:
            self._update({change["owner"].name})

    def _pointed(self, pointer):
        names = self._drags[pointer.axes]
        places = zip(names, (pointer.x, pointer.y), strict=True)
        self.set(**{name: self.controls[name].nearest(place) for name, place in places if name is not None})

    def _update(self, changed):
        if not changed:
            return
        self.changed = self._undrawn | changed
        self._undrawn = self.changed
        self._changing = True  # an update that moves a control does not start another
        try:
            self._show(self.update())
            self._undrawn = frozenset()
        except Exception as error:
            self.live.fail(error)  # the learner sees it; the traceback goes on to whoever moved the control
            raise
        finally:
            self._changing = False

    def _show(self, sentence):
        if not isinstance(sentence, str) or not sentence.strip():
            raise TypeError(f"{type(self).__name__}.update: expected a sentence that says what the picture shows. Received: {sentence!r}.")
        self.live.refresh(sentence)

    # --- how it is shown ---

    def _arrange(self):
        reset = ipywidgets.Button(description="Reset", tooltip="Back to the settings at the beginning")
        reset.on_click(lambda _: self.reset())
        reset.add_class("live-reset")
        controls = ipywidgets.Box([*self.controls.values(), reset])
        controls.add_class("live-controls")  # a grid that wraps: controls.css
        controls.layout.max_width = f"{self.live.size[0] // SHARPNESS}px"
        return ipywidgets.VBox([controls, self.live])

    def __repr__(self):
        settings = ", ".join(f"{name}={value!r}" for name, value in self.state.items())
        return f"{type(self).__name__}({settings})"

    def _repr_mimebundle_(self, **kwargs):
        return mimebundle(repr(self), self.live, self.widget)


RESERVED = {name for name in vars(Explorer) if not name.startswith("__")} | {"controls", "live", "widget", "changed"}
