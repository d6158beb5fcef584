"""One figure in three forms: panels side by side, or one below the other on a narrow page.

A picture that only shrinks cannot be read on a phone. So an explorer says what its panels are, and
which of them carries the idea; where they stand follows from that, and from the width of the page.
Nothing is solved for: each panel has its cell, less a margin for its title and its labels. So
titles stand on one line, and every machine has the same picture.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matplotlib.axes import Axes

# the width for which a form is drawn, in CSS pixels, and its dots per inch: the smallest text, of
# 10.5 points, has at least 11 pixels where the browser shows the form at its narrowest (see FROM)
FORMS = {"wide": (1150, 100.0), "medium": (720, 94.0), "narrow": (340, 84.0)}
FROM = {"wide": 880, "medium": 580, "narrow": 0}  # the width of the page from which a form is shown
RANKS = {"hero": 1.0, "second": 1.0, "detail": 0.7}  # how high a panel is beside others
# left, right, bottom, top, in inches: labels, and a title of one line
MARGINS = 0.75, 0.15, 0.58, 0.4
Box = tuple[float, float, float, float]  # left, bottom, width, height, in inches


@dataclass
class Form:
    """Where the panels of a figure stand in one of its forms.

    Parameters
    ----------
    width, height : float
        Of the figure, in inches.
    dpi : float
        Dots per inch.
    cells : dict
        {axes: (left, bottom, width, height)} as shares of the figure.
    """

    width: float
    height: float
    dpi: float
    cells: dict[Axes, Box] = field(default_factory=dict)


class PanelFigure(Figure):
    """A figure that has more than one form. `panels` makes it.

    Parameters
    ----------
    **options
        What `matplotlib.figure.Figure` takes.

    Examples
    --------
    >>> figure, _ = panels({"plane": "hero"})
    >>> isinstance(figure, PanelFigure), list(figure.forms)
    (True, ['wide', 'medium', 'narrow'])
    """

    forms: dict[str, Form]
    hero: Axes  # the panel that carries the idea

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._formulas = {name: mpl.rcParams[name] for name in mpl.rcParams if "mathtext" in name}

    @contextlib.contextmanager
    def formulas(self) -> Iterator[None]:
        """Draw with the fonts of formulas that held when the figure was made.

        A text remembers its own font, and not these.
        """
        before = {name: mpl.rcParams[name] for name in self._formulas}
        dict.update(mpl.rcParams, self._formulas)
        try:
            yield
        finally:
            dict.update(mpl.rcParams, before)

    def draw(self, renderer: Any) -> None:
        """Draw the figure, with the fonts of its own formulas: matplotlib calls this."""
        with self.formulas():
            super().draw(renderer)

    def take(self, name: str, sharpness: float = 1) -> None:
        """Take a form.

        Parameters
        ----------
        name : "wide", "medium" or "narrow"
            The form.
        sharpness : float
            Pixels for each of its dots.

        Examples
        --------
        >>> figure, _ = panels({"plane": "hero", "loss": "second"})
        >>> figure.take("narrow")
        >>> print(figure.get_size_inches().round(1))
        [4.  5.9]
        """
        form = self.forms[name]
        self.dpi = form.dpi * sharpness
        self.set_size_inches(form.width, form.height)
        for axes, cell in form.cells.items():
            axes.set_position(cell)
            axes.apply_aspect()  # as a drawing of the whole figure would


def panels(
    ranks: Mapping[str, str],
    *,
    height: float = 4.5,
    split: float = 0.57,
    margins: Mapping[str, Sequence[float]] | None = None,
    wide: Sequence[tuple[float, Sequence[tuple[str, float]]]] | None = None,
    medium: Sequence[tuple[float, Sequence[tuple[str, float]]]] | None = None,
    narrow: Sequence[tuple[float, Sequence[tuple[str, float]]]] | None = None,
) -> tuple[PanelFigure, dict[str, Axes]]:
    """Make a figure of panels that follows the width of the page.

    Parameters
    ----------
    ranks : mapping of str to "hero", "second" or "detail"
        The panels, in the order of reading. One is the hero, which carries the idea.
    height : float
        Of the wide form, which is 11.5 inches wide.
    split : float, between 0 and 1
        The hero's share of the width of the wide form.
    margins : mapping, optional
        {panel: (left, right, bottom, top)}, in inches, where it is not `MARGINS`.
    wide : sequence of (share, [(panel, share), ...]), optional
        The columns from left to right, and the panels of each from top to bottom. Left out: the
        hero, and beside it a column of all others.
    medium, narrow : sequence of (inches, [(panel, share), ...]), optional
        The rows from top to bottom: their heights, and the panels of each from left to right. Left
        out: the hero above the others, two in a row or one.

    Returns
    -------
    figure : PanelFigure
        In its wide form.
    axes : dict
        {panel: axes}

    Raises
    ------
    ValueError
        If there is not one hero, or a form does not name each panel once.

    Examples
    --------
    >>> figure, axes = panels({"plane": "hero", "loss": "second", "rates": "detail"})
    >>> list(axes), list(figure.forms)
    (['plane', 'loss', 'rates'], ['wide', 'medium', 'narrow'])
    >>> panels({"plane": "second"})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: panels: expected one hero. Received: {'plane': 'second'}. Say which ...
    """
    heroes = [name for name, rank in ranks.items() if rank == "hero"]
    if len(heroes) != 1 or not set(ranks.values()) <= set(RANKS):
        raise ValueError(
            f"panels: expected one hero. Received: {dict(ranks)}. Say which panel carries the idea:"
            ' "hero"; the others are "second" or "detail".'
        )
    (hero,) = heroes
    others = [name for name in ranks if name != hero]
    weights = {name: RANKS[rank] for name, rank in ranks.items()}
    if wide is None:
        column = [(1 - split, [(name, weights[name]) for name in others])] if others else []
        wide = [(split if others else 1, [(hero, 1)]), *column]
    if medium is None:
        pairs = [others[i : i + 2] for i in range(0, len(others), 2)]
        medium = [(4.3, [(hero, 1)]), *((2.9, [(name, 1) for name in pair]) for pair in pairs)]
    if narrow is None:
        narrow = [(3.3, [(hero, 1)]), *((2.6, [(name, 1)]) for name in others)]
    figure = PanelFigure()
    axes = {name: figure.add_axes((0, 0, 1, 1), label=name) for name in ranks}
    figure.forms, figure.hero = {}, axes[hero]
    for form, rows in ("wide", wide), ("medium", medium), ("narrow", narrow):
        if sorted(name for _, parts in rows for name, _ in parts) != sorted(ranks):
            raise ValueError(
                f"panels: expected each of {', '.join(ranks)} once in the {form} form. Received:"
                f" {rows}."
            )
        pixels, dpi = FORMS[form]
        width = pixels / dpi
        total = height if form == "wide" else sum(inches for inches, _ in rows)
        figure.forms[form] = made = Form(width, total, dpi)
        for name, box in _boxes(rows, width, total, columns=form == "wide").items():
            left, right, bottom, top = (margins or {}).get(name, MARGINS)
            x, y, w, h = box
            made.cells[axes[name]] = (
                (x + left) / width,
                (y + bottom) / total,
                (w - left - right) / width,
                (h - bottom - top) / total,
            )
    figure.take("wide")
    return figure, axes


def _boxes(rows: Any, width: float, height: float, columns: bool) -> dict[str, Box]:
    """Return the cell of each panel: rows from the top, or columns from the left."""
    boxes, whole = {}, sum(share for share, _ in rows)
    across, along = (width, height) if columns else (height, width)
    begin = 0.0
    for share, parts in rows:
        size, inner, sum_of_parts = across * share / whole, 0.0, sum(part for _, part in parts)
        for name, part in parts:
            length = along * part / sum_of_parts
            boxes[name] = (
                (begin, height - inner - length, size, length)
                if columns
                else (inner, height - begin - size, length, size)
            )
            inner += length
        begin += size
    return boxes
