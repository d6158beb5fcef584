"""What a notebook stores of a widget of ours: a stand-in, its view, and a mark.

The stand-in is for readers where no widget runs. The mark, in the output's metadata, says that the
output is ours: `labextension` and `notebooks/tools/build_notebooks.py` change no other.
"""

import os
import re
from collections.abc import Mapping
from typing import Any, Literal

from IPython import get_ipython

MARK = "lecture3_engine"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def output(
    stand_in: Mapping[str, Any], widget: Any, metadata: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what `_repr_mimebundle_` returns: the data and the metadata of an output.

    Parameters
    ----------
    stand_in : mapping of str to object
        {MIME type: content}, for readers without the widget.
    widget : ipywidgets.DOMWidget
        What a learner gets.
    metadata : mapping of str to object, optional
        What the output's metadata says besides the mark.

    Returns
    -------
    data, metadata : dict, dict
        The view of the widget is among the data only where there is a learner, see `reader`.
    """
    data = dict(stand_in)
    if reader() == "learner":
        data[WIDGET_VIEW] = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    return data, {MARK: True, **(metadata or {})}


def reader() -> Literal["learner", "page", "comparison"]:
    """Return who looks at the output of this cell.

    Returns
    -------
    "learner", "page" or "comparison"
        A learner can drag. A page is made by nbconvert, papermill, Quarto or another tool. A
        comparison with the stored output is made by nbval.

    Notes
    -----
    A page with a view in it would show only that, and ask a server in the internet for its
    JavaScript. The tools run cells by nbclient, which says that there is nobody to type an
    `input()`, and numbers its requests as `jupyter_client` does; in a browser there is somebody, or
    the request is numbered in another way. Voilà's pages alone are alive. nbval does not stop at an
    error, nbclient does.

    Examples
    --------
    >>> reader()  # outside a notebook
    'learner'
    """
    shell = get_ipython()
    if not hasattr(shell, "get_parent"):  # no IPython, or one without a kernel
        return "learner"
    request = shell.get_parent()
    content = request.get("content", {})
    from_python = re.search(r"_\d+_\d+$", request.get("header", {}).get("msg_id", ""))
    if (
        content.get("allow_stdin") is not False
        or not from_python
        or any(name.startswith("VOILA_") for name in os.environ)
    ):
        return "learner"
    return "page" if content.get("stop_on_error") else "comparison"
