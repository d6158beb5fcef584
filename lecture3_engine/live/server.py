"""A Jupyter server extension of one habit: small messages leave at once.

The operating system holds a small packet back (Nagle's algorithm) until the last one is confirmed, up to 40 ms. That is a
frame or two of a moving picture, so it is switched off for kernel connections. Installing the package enables it; there is
nothing to configure.
"""


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

    answer_at_once(KernelWebsocketHandler)
