"""A Jupyter server extension of one habit: small messages leave at once.

The operating system holds a small packet back (Nagle's algorithm) until the last one is confirmed,
up to 40 ms. That is a frame or two of a moving picture, so it is switched off for the connections
of kernels. Which message is one of ours the server does not know, so this holds for all kernels;
nothing but the time at which a packet leaves is another.

It goes through `kernel_websocket_connection_class`, the setting of jupyter_server that says which
class connects a browser with a kernel: the class that is set there, whichever it is, is used with
one line more. Installing the package enables it, and `jupyter server extension disable
lecture3_engine.server` switches it off.
"""

from typing import Any


def answering_at_once(connection_class: Any) -> type:
    """Return the class of connections with a socket that sends every message immediately.

    Parameters
    ----------
    connection_class : type
        A class of jupyter_server that connects a browser with a kernel.

    Returns
    -------
    type
        A subclass of the same name, which switches TCP_NODELAY on when it connects.

    Examples
    --------
    >>> class Handler:
    ...     def set_nodelay(self, value):
    ...         print(f"no delay: {value}")
    >>> class Connection:
    ...     def __init__(self, handler):
    ...         self.websocket_handler = handler
    ...
    ...     def connect(self):
    ...         return "connected"
    >>> answering_at_once(Connection)(Handler()).connect()
    no delay: True
    'connected'
    """

    class AtOnce(connection_class):
        def connect(self) -> Any:
            self.websocket_handler.set_nodelay(True)
            return super().connect()

    # as it is called in logs and configurations
    AtOnce.__name__ = AtOnce.__qualname__ = connection_class.__name__
    return AtOnce


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Say where the extension is: jupyter_server asks by this name."""
    return [{"module": "lecture3_engine.server"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Switch the extension on: jupyter_server calls this name when it starts."""
    settings = server.web_app.settings
    settings["kernel_websocket_connection_class"] = answering_at_once(
        settings["kernel_websocket_connection_class"]
    )
