"""What students write: unusual right solutions and plausible wrong ones. One file, one notebook.

The wrong ones are written as a student would, and not as the known mistakes of the exercise are,
even where they do the same.
"""

from importlib import import_module
from pkgutil import iter_modules

from .table import RIGHT, WRONG

__all__ = ["RIGHT", "WRONG"]

for module in iter_modules(__path__):
    import_module(f"{__name__}.{module.name}")  # each fills the table
