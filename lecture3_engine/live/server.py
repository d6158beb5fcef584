"""A Jupyter server extension of two habits. Installing the package enables it; there is nothing to configure.

1. **Saved notebooks show pictures.** The output of an Explorer holds the running widget and, for readers without it, a
   picture; that of a question holds text. JupyterLab prefers the widget, and when the notebook is opened again it has none: "Error displaying widget:
   model not found". So what is written to disk keeps the picture and drops the widget. The open page stays as it is.
2. **Small messages leave at once.** The operating system holds a small packet back (Nagle's algorithm) until the last one
   is confirmed, up to 40 ms. That is a frame or two of a moving picture, so it is switched off for kernel connections.
"""

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
STAND_INS = ("image/png", "image/svg+xml", "image/jpeg", "text/html")  # text/plain alone is only the widget's repr


def strip_views(notebook):
    """Drop, in place, every widget view that has a picture or a text for readers beside it, and stored widget states that nothing needs.

    Takes a notebook of nbformat 4 as a dict (or nbformat's own object) and returns it.
    """
    views_left = False
    for cell in notebook.get("cells", []):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if any(kind in data for kind in STAND_INS):
                data.pop(WIDGET_VIEW, None)
            views_left = views_left or WIDGET_VIEW in data
    if not views_left:
        notebook.get("metadata", {}).pop("widgets", None)
    return notebook


def strip_on_save(model, **kwargs):
    """Jupyter's pre-save hook."""
    if model["type"] == "notebook" and isinstance(model.get("content"), dict):
        strip_views(model["content"])


def answer_at_once(handler):
    """Make the kernel websockets of `handler`, a class, send every message immediately (TCP_NODELAY)."""
    open_connection = handler.open

    async def open_without_delay(self, *args, **kwargs):
        self.set_nodelay(True)
        return await open_connection(self, *args, **kwargs)

    handler.open = open_without_delay


def _jupyter_server_extension_points():
    return [{"module": "lecture3_engine.live.server"}]


def _load_jupyter_server_extension(server):
    from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

    server.contents_manager.register_pre_save_hook(strip_on_save)
    answer_at_once(KernelWebsocketHandler)
