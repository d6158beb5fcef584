"""Write ordinary matplotlib; the browser animates.

`LiveFigure` shows a figure of which some artists move; `Explorer` adds controls and a sentence.
Nothing here knows about neural networks.
"""

from .controls import (
    Choice,
    Control,
    Player,
    Slider,
    Toggle,
    choice,
    int_slider,
    log_slider,
    player,
    slider,
    toggle,
)
from .drawing import Drawing, add_to, drawing, note, strokes
from .explorer import Explorer
from .figure import LiveFigure, Pointer
from .lock import LOCK
from .panels import PanelFigure, panels
from .recorder import Recorder

__all__ = [
    "LOCK",
    "Choice",
    "Control",
    "Drawing",
    "Explorer",
    "LiveFigure",
    "PanelFigure",
    "Player",
    "Pointer",
    "Recorder",
    "Slider",
    "Toggle",
    "add_to",
    "choice",
    "drawing",
    "int_slider",
    "log_slider",
    "note",
    "panels",
    "player",
    "slider",
    "strokes",
    "toggle",
]
