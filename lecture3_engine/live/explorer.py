'''A picture that a learner drags: controls above, the live figure, and a sentence about it.

An explorer is written in three steps: declare the settings, draw the picture once, and say what
moves.

Examples
--------
>>> from functools import lru_cache
>>> from matplotlib.figure import Figure
>>> from lecture3_engine.live import Explorer, log_slider, player, slider

From settings to numbers, without a picture or a widget. Nothing is computed twice, so that Play
costs nothing:

>>> @lru_cache(maxsize=1)
... def descend(lr, w0):
...     path = [w0]
...     for _ in range(50):
...         path.append(path[-1] - lr * 2 * path[-1])
...     return path

From numbers to a picture. `draw` returns the figure and what moves in it; all the rest stands
still. Dragging in the picture moves the slider:

>>> class ParabolaExplorer(Explorer):
...     """Gradient descent on loss = w^2: where does the learning rate lead?"""
...
...     lr = log_slider("learning rate  lr", 0.1, min=1e-3, max=2)
...     w0 = slider("start  w0", -3.0, min=-4, max=4, step=0.05)
...     step = player("step", 50, max=50)
...
...     def draw(self):
...         figure = Figure(figsize=(8, 4), layout="constrained")
...         axes = figure.subplots()
...         axes.set(xlim=(-4.2, 4.2), ylim=(0, 18), xlabel="weight w", ylabel="loss")
...         curve = [w / 10 for w in range(-42, 43)]
...         axes.plot(curve, [w**2 for w in curve])
...         (self.path,) = axes.plot([], [], "o-")
...         self.drag(axes, x="w0")
...         return figure, [self.path]
...
...     def update(self):
...         path = descend(self.lr, self.w0)[: self.step + 1]
...         self.path.set_data(path, [w**2 for w in path])
...         return f"After {self.step} steps of lr {self.lr:g} the weight is {path[-1]:.3g}."

At the end of a notebook's cell the explorer is shown. In Python it can be moved and asked, too:

>>> explorer = ParabolaExplorer(w0=2)
>>> explorer.step = 2
>>> explorer
ParabolaExplorer(lr=0.1, w0=2.0, step=2)
>>> explorer.summary
'After 2 steps of lr 0.1 the weight is 1.28.'
'''

from __future__ import annotations

import inspect
import uuid
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import ipywidgets
from matplotlib.axes import Axes

from .cells import showing
from .controls import More, Player, Reset, Setting
from .drawing import Drawing
from .figure import LiveFigure, mimebundle
from .lock import LOCK

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.transforms import Transform

    from .figure import Pointer


# What an update says: one sentence, or a verdict of at most eight words and the reason for it.
Sentence: TypeAlias = "str | tuple[str, str]"


class Explorer:
    '''Settings, a picture of them, and a sentence: the base class of all explorers.

    A subclass declares its settings in the class body, and defines `draw` and `update`; the
    module's docstring shows one. Everyone then has:

    * `SomeExplorer(lr=0.1, w0=2)`: every setting is a keyword argument with a default
    * `explorer.lr`, `explorer.lr = 0.2`, `explorer.set(lr=0.2, w0=1)` (one update),
      `explorer.reset()`
    * `explorer.controls["lr"]`, the widget; `explorer.figure`, the matplotlib figure;
      `explorer.summary`, the sentence
    * `repr(explorer)`, the code that recreates the present state

    On the page, the settings that `leads` names stand first, with all players; the others are one
    press of "more" away. Settings that belong to one another stay together: `together` names them.

    Parameters
    ----------
    **settings
        The settings of the subclass, by name.

    Raises
    ------
    TypeError
        If a setting comes without its name, the explorer has none of that name, or it is not of
        the kind that its control takes.
    ValueError
        If a setting is out of its control's range.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from lecture3_engine.live import slider
    >>> class LineExplorer(Explorer):
    ...     """A line through the origin."""
    ...
    ...     slope = slider("slope  a", 0.5, min=-1, max=1)
    ...
    ...     def draw(self):
    ...         figure = Figure()
    ...         (self.line,) = figure.subplots().plot([-1, 1], [0, 0])
    ...         return figure, [self.line]
    ...
    ...     def update(self):
    ...         self.line.set_ydata([-self.slope, self.slope])
    ...         return f"The line rises by {self.slope:g}."
    >>> explorer = LineExplorer(slope=0.25)
    >>> explorer.summary
    'The line rises by 0.25.'
    >>> explorer.set(slope=-1)
    >>> explorer, explorer.state
    (LineExplorer(slope=-1.0), {'slope': -1.0})
    >>> explorer.reset()
    >>> explorer.slope
    0.25
    >>> explorer.close()  # its picture is freed; it opens again when it is looked at
    >>> LineExplorer(slope=2)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: slope: expected a number from -1 to 1. Received: slope=2. ...
    '''

    settings: ClassVar[dict[str, Setting[Any]]] = {}
    leads: ClassVar[tuple[str, ...]] = ()  # empty: all of them
    together: ClassVar[tuple[tuple[str, ...], ...]] = ()
    __signature__: ClassVar[inspect.Signature]

    controls: dict[str, Any]  # the widget of each setting
    changed: frozenset[str]  # in `update`: the settings that are new since the last one

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Collect the settings of the class body."""
        super().__init_subclass__(**kwargs)
        own = {name: setting for name, setting in vars(cls).items() if isinstance(setting, Setting)}
        for name in own:
            if name in RESERVED:
                raise TypeError(
                    f"{cls.__name__}: a setting cannot be called {name!r}, every Explorer has that."
                    " Rename it."
                )
        cls.settings = {**cls.settings, **own}
        for name in (*cls.leads, *(name for names in cls.together for name in names)):
            if name not in cls.settings:
                raise TypeError(
                    f"{cls.__name__}: expected names of settings in leads and together:"
                    f" {', '.join(cls.settings)}. Received: {name!r}. Check the spelling."
                )
        keywords = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=setting.default)
            for name, setting in cls.settings.items()
        ]
        cls.__signature__ = inspect.Signature(keywords)  # what help() and the Tab key show

    def __init__(self, *wrong: object, **settings: Any) -> None:
        if wrong:
            raise TypeError(
                f"{type(self).__name__}: expected settings by name. Received:"
                f" {', '.join(map(repr, wrong))}. Name them:"
                f" {type(self).__name__}({next(iter(self.settings), 'setting')}={wrong[0]!r})."
            )
        self._initial: dict[str, Any] = {}
        # the picture, and it with its controls: `_open` makes them
        self._live: LiveFigure | None = None
        self._widget: ipywidgets.VBox | None = None
        # the settings that the picture shows; none while it shows an error or nothing yet
        self._drawn: dict[str, Any] = {}
        self._closed = False
        self._updating = True
        self.controls = {name: setting.control() for name, setting in self.settings.items()}
        self._check(settings)
        with LOCK:
            self._open(settings)
        self._initial = self.state

    def _open(self, settings: dict[str, Any]) -> LiveFigure:
        """Draw the figure, and move it to `settings`.

        It is drawn with the default settings, whatever is asked for: where its axes stand must not
        depend on the way that led to a picture.
        """
        if self._closed:  # a closed widget does not open again
            self.controls = {name: setting.control() for name, setting in self.settings.items()}
            self._closed = False
        self._drags: dict[Axes, tuple[str | None, str | None, Any]] = {}
        self._hints: list[str] = []
        self._handles: list[Line2D | None] = []
        self._travels: list[tuple[Transform, Any, str]] = []
        self._drawn, self._updating = {}, True
        self._mine: set[str] = set()
        self._mine = set(vars(self))  # what is added now belongs to the picture, and goes with it
        figure, artists = self.draw()
        self._fit(self.state)
        self.changed, self._drawn = frozenset(self.settings), self.state
        # before the first picture: the layout is found with everything in its place
        sentence = checked(self, self.update())
        # the first paragraph, which may have several lines
        paragraph = (inspect.getdoc(type(self)) or type(self).__name__).split("\n\n")[0]
        label = " ".join(paragraph.split())
        self._live = live = LiveFigure(figure, artists, label=label, summary=sentence)
        if self._drags:
            live.on_pointer(self._pointed, axes=list(self._drags))
            live.hints, live.handles = self._hints, self._handles
        for control in self.controls.values():
            control.observe(self._moved, "value")
            control.live = live
        self._assign(settings)
        self._widget = self._arrange(live)
        self._updating = False
        self._update()
        if not live.frames:
            live.refresh()
        return live

    def close(self) -> None:
        """Take the explorer off every page, stop what it plays, and free its picture.

        It keeps its settings, and opens again when it is shown or looked at. A cell that is run
        again closes what it showed before.
        """
        with LOCK:
            if self._live is None or self._widget is None:
                return
            self._stop()
            for widget in every(self._widget):
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

    def draw(self) -> tuple[Figure, Any]:
        """Make the figure: a subclass says how.

        The settings are the default ones, whatever the explorer was asked for, so that its axes
        always stand in the same places: `update` comes next, and once more if they differ.

        What these two set on `self` belongs to the picture, and goes with it when it is closed.
        What is to stay is set before `super().__init__(**settings)`.

        Returns
        -------
        figure : matplotlib.figure.Figure
            A new one, which pyplot need not know.
        artists : matplotlib artist, or a nested list of them
            What moves.
        """
        raise NotImplementedError(
            f"{type(self).__name__} needs a method draw(self) that returns (figure, artists)."
        )

    def update(self) -> Sentence:
        """Bring the artists up to date with the settings: a subclass says how.

        `self.changed` names the settings that are new since the last update (all of them the first
        time): look there before redrawing something of the background. Never use what an earlier
        update left behind: the picture must be the one a new explorer with these settings would
        show. Put costly numbers into a function with lru_cache.

        Returns
        -------
        str or (str, str)
            The sentence above the picture: what it shows now. Better two: a verdict of at most
            eight words, and the reason for it. `style.ink` gives words the color of what they
            name.
        """
        raise NotImplementedError(
            f"{type(self).__name__} needs a method update(self) that returns a sentence."
        )

    def ranges(self, settings: dict[str, Any]) -> Mapping[str, tuple[float, float]]:
        """Say where sliders end that depend on other settings: a subclass may do so.

        Parameters
        ----------
        settings : dict
            All settings, by name: those that will hold, which may not be the present ones.

        Returns
        -------
        dict
            {name: (low, high)}, such as `{"step": (0, 6)}`. Sliders that are not in it end where
            they were declared to.
        """
        return {}

    def unused(self, settings: dict[str, Any]) -> Collection[str]:
        """Say which settings have no use at present: a subclass may do so.

        Parameters
        ----------
        settings : dict
            All settings, by name: those that will hold, which may not be the present ones.

        Returns
        -------
        collection of str
            Their names. The page does not show them.
        """
        return ()

    def follow(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Say which other settings move with one that is chosen: a subclass may do so.

        Parameters
        ----------
        settings : dict
            Those that somebody chooses, by name.

        Returns
        -------
        dict
            {name: value}, such as a learning rate that fits another landscape. What is chosen
            besides stays as chosen.
        """
        return {}

    def drag(
        self,
        axes: Axes,
        x: str | None = None,
        y: str | None = None,
        action: Callable[[Pointer], Mapping[str, Any]] | None = None,
        hint: str = "drag",
        handle: Line2D | None = None,
    ) -> None:
        """Let a pointer that is dragged in `axes` move settings: to be called in `draw`.

        Parameters
        ----------
        axes : matplotlib.axes.Axes
            Where it is dragged.
        x, y : str, optional
            The names of the settings that follow the two coordinates of the pointer.
        action : function of a Pointer, optional
            For what is not that simple: it returns the settings that change, {name: value}, or {}
            to be drawn again as they are.
        hint : str
            What stands there until a learner has done so.
        handle : matplotlib.lines.Line2D, optional
            What is dragged: the hint stands beside its last point. Left out: above the axes, to
            the right, where nothing is covered.

        Raises
        ------
        TypeError
            If `axes` is something else.
        ValueError
            If there is no setting of that name.
        """
        if not isinstance(axes, Axes):
            raise TypeError(f"drag: expected the axes to drag in. Received: {axes!r}.")
        for name in (x, y):
            if name is not None and name not in self.settings:
                raise ValueError(
                    f"drag: expected one of the settings {', '.join(self.settings)}. Received:"
                    f" {name!r}."
                )
        self._drags[axes] = (x, y, action)
        self._hints.append(hint)
        self._handles.append(handle)

    def travel(self, points: Any, color: str, place: Axes | Transform) -> None:
        """Let a dot travel to what a step has led to: to be called in `update`.

        It does so once, after a single step forward, and not at all for those who have told their
        system to reduce motion.

        Parameters
        ----------
        points : array of shape (n, 2)
            The way, from where it begins. With fewer than two points there is none.
        color : str
            The dot's.
        place : matplotlib.axes.Axes or Transform
            What the points are coordinates of.
        """
        if len(points) > 1:
            place = place.transData if isinstance(place, Axes) else place
            self._travels.append((place, points, color))

    def redraw(self) -> None:
        """Draw again although no setting has changed.

        For an explorer that also shows something else, such as a training.
        """
        with LOCK:
            self._drawn = {}
            self._update()

    # --- settings ---

    @property
    def state(self) -> dict[str, Any]:
        """The present settings, as a dict of keyword arguments."""
        return {name: control.value for name, control in self.controls.items()}

    @property
    def live(self) -> LiveFigure:
        """The `LiveFigure`."""
        with LOCK:
            return self._live or self._open(self.state)

    @property
    def widget(self) -> ipywidgets.VBox:
        """Controls and picture together, as an ipywidget: for a layout of your own."""
        return self.live and self._widget

    @property
    def figure(self) -> Figure:
        """The matplotlib figure: `explorer.figure.savefig("picture.pdf")`."""
        return self.live.figure

    @property
    def summary(self) -> str:
        """The sentence above the picture."""
        return self.live.summary

    def set(self, **settings: Any) -> None:
        """Change several settings with one update.

        Parameters
        ----------
        **settings
            As for a new explorer. Those that are left out stay.

        Raises
        ------
        TypeError or ValueError
            As for a new explorer. Then none of them has changed.
        """
        with LOCK:
            updating, self._updating = self._updating, True
            try:
                self._assign(settings)
            finally:
                self._updating = updating
            self._update()

    def reset(self, era: str | None = None) -> None:
        """Go back to the settings the explorer was made with.

        Parameters
        ----------
        era : str, optional
            A browser's word for what follows. What it sent in an earlier era, before Reset was
            pressed, does not count any more: neither a player's last step nor a slider's last
            place, which may arrive after it.
        """
        era = era or uuid.uuid4().hex
        with LOCK:
            self._stop()
            for widget in (*self.controls.values(), *([self._live] if self._live else [])):
                widget.era = era
            self.set(**self._initial)

    def _stop(self) -> None:
        """Stop all players."""
        for control in self.controls.values():
            if isinstance(control, Player):
                control.playing = False

    def _assign(self, settings: dict[str, Any]) -> None:
        """Move the controls. Who calls it sees to it that the picture is drawn once, afterward."""
        values = self._check({**self.follow(settings), **settings})
        self._fit({**self.state, **values})
        for name, value in values.items():
            self.controls[name].value = value

    def _check(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Return the settings as they will be kept, all of them checked before any moves."""
        for name, value in settings.items():
            if name not in self.controls:
                raise TypeError(
                    f"{type(self).__name__} has no setting {name!r}. Expected:"
                    f" {', '.join(self.controls)}. Received: {name}={value!r}. Check the"
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

    def _fit(self, settings: dict[str, Any]) -> None:
        """Move the ends of the sliders that depend on other settings, and hide what has no use."""
        for name, range_ in self.ranges(settings).items():
            self.controls[name].fit(*range_)
        unused = self.unused(settings)
        for name, control in self.controls.items():
            if control.shown is (name in unused):
                control.shown = not control.shown

    # --- what moves the picture ---

    def _moved(self, change: Any) -> None:
        """Redraw after a control has moved, and what follows it: traitlets calls this."""
        if self._updating:
            return
        name = next(name for name, control in self.controls.items() if control is change["owner"])
        self.set(**self.follow({name: change["new"]}))

    def _pointed(self, pointer: Pointer) -> None:
        """Move the settings that follow the pointer, with one update."""
        *names, action = self._drags[pointer.axes]
        if action is not None:
            settings = action(pointer)
            self.set(**settings) if settings else self.redraw()
            return
        places = zip(names, (pointer.x, pointer.y), strict=True)
        self.set(
            **{
                name: self.controls[name].nearest(place)
                for name, place in places
                if name is not None
            }
        )

    def _update(self) -> None:
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
                    self._travels = []
                    sentence = checked(self, self.update())
                    ways = self._travels if self._one_step(drawn, state) else []
                    self._live.refresh(sentence, ways)
                    self._drawn = state
                raise RuntimeError(  # noqa: TRY301, shown like any other
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

    def _one_step(self, before: dict[str, Any], now: dict[str, Any]) -> bool:
        """Say whether a player has moved on by one step, and nothing else has changed."""
        return len(self.changed) == 1 and all(
            isinstance(self.controls[name], Player) and now[name] - before.get(name, now[name]) == 1
            for name in self.changed
        )

    # --- how it is shown ---

    def _arrange(self, live: LiveFigure) -> ipywidgets.VBox:
        """Return what leads, with Reset at its side, the rest, and the picture."""
        self._reset = Reset("Reset", "")
        self._reset.on_reset(lambda era: self.reset(era=era))
        for widget in (*self.controls.values(), self._reset, live):
            widget.explorer = self._reset.model_id  # so that they find one another in the browser
        hidden = {name for name, control in self.controls.items() if isinstance(control, Drawing)}
        players = {name for name, control in self.controls.items() if isinstance(control, Player)}
        leading = ({*self.leads, *players} if self.leads else set(self.controls)) - hidden
        # in the order of `leads`, which may not be that of the arguments
        first = [*self.leads, *(name for name in self.controls if name not in self.leads)]
        groups = self._groups([name for name in first if name in leading])
        others = self._groups([name for name in first if name not in leading | hidden])
        corner: list[ipywidgets.Widget] = [self._reset]
        if others:
            # open if a learner, or an author, has changed something in it
            changed = any(
                self.controls[name].value != self.settings[name].default
                for name in first
                if name not in leading | hidden
            )
            corner.insert(0, More("more settings", changed))
        # what is drawn in the picture: not seen here, but a part of what is shown
        corner += [self.controls[name] for name in self.controls if name in hidden]
        boxes = [
            _box(groups, "live-leads"),
            _box(corner, "live-corner"),
            *([_box(others, "live-others")] if others else []),
        ]
        widget = ipywidgets.VBox([_box(boxes, "live-controls"), live])
        widget.add_class("live-explorer")
        return widget

    def _groups(self, names: list[str]) -> list[ipywidgets.Widget]:
        """Return the controls of these settings: those that belong together in one box."""
        made: list[ipywidgets.Widget] = []
        done: set[str] = set()
        for name in names:
            group = next((group for group in self.together if name in group), (name,))
            widgets = [self.controls[member] for member in group if member in names]
            if name not in done:
                made += [_box(widgets, "live-together")] if len(widgets) > 1 else widgets
            done.update(group)
        return made

    def __repr__(self) -> str:
        """Return the code that recreates the present state."""
        settings = ", ".join(f"{name}={value!r}" for name, value in self.state.items())
        return f"{type(self).__name__}({settings})"

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what a notebook stores: IPython calls this name to show it."""
        showing(self)
        return mimebundle(repr(self), self.live, self.widget)


def every(widget: ipywidgets.Widget) -> list[ipywidgets.Widget]:
    """Return a widget and all that is in it."""
    return [part for child in getattr(widget, "children", ()) for part in every(child)] + [widget]


def _box(children: list[ipywidgets.Widget], name: str) -> ipywidgets.Box:
    """Return a box that `controls.css` lays out."""
    box = ipywidgets.Box(children)
    box.add_class(name)
    return box


def checked(explorer: Explorer, sentence: Any) -> Sentence:
    """Return what an update returned, if it is a sentence: an author may have forgotten it."""
    parts = sentence if isinstance(sentence, tuple) and len(sentence) == 2 else (sentence,)
    if not all(isinstance(part, str) and part.strip() for part in parts):
        raise TypeError(
            f"{type(explorer).__name__}.update: expected a sentence that says what the picture"
            f" shows, or a verdict and the reason for it. Received: {sentence!r}."
        )
    return sentence


RESERVED = {name for name in vars(Explorer) if not name.startswith("__")} | {"controls", "changed"}
