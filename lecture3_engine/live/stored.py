"""What a notebook stores of a widget of ours: what stands for it where no widget runs, its view,
and a mark.

The mark, in the output's metadata, says that the output is ours: `labextension` and `notebooks.py`
change no other.
"""

import os
import re

MARK = "lecture3_engine"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def output(stand_in, widget, metadata=None):
    """Return (data, metadata) as `_repr_mimebundle_` does; `stand_in` is {MIME type: content} for
    readers without the widget.
    """
    data = dict(stand_in)
    if reader() == "learner":
        data[WIDGET_VIEW] = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    return data, {MARK: True, **(metadata or {})}


def reader():
    """Return who looks at the output of this cell: a "learner", who can drag; a "page", made by
    nbconvert, papermill, Quarto or another tool; or a "comparison" with the stored output, by
    nbval.

    A page with a view in it would show only that, and ask a server in the internet for its
    JavaScript. The tools run cells by nbclient, which says that there is nobody to type an
    `input()`, and numbers its requests as `jupyter_client` does; in a browser there is somebody, or
    the request is numbered in another way. Voilà's pages alone are alive. nbval does not stop at an
    error, nbclient does.
    """
    try:
        request = get_ipython().get_parent()  # noqa: F821: IPython defines it, where there is one
    except (NameError, AttributeError):
        return "learner"
    content = request.get("content", {})
    from_python = re.search(r"_\d+_\d+$", request.get("header", {}).get("msg_id", ""))
    if (
        content.get("allow_stdin") is not False
        or not from_python
        or any(name.startswith("VOILA_") for name in os.environ)
    ):
        return "learner"
    return "page" if content.get("stop_on_error") else "comparison"
