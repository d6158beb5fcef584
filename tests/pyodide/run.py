"""Runs pytest inside Pyodide: run.mjs sets `options`. The last line is the exit status."""

import asyncio
import os
import sys
import time

sys.path.append("/tools")  # last: where the site has a package, the tests use that one
os.chdir("/project")


class Loop(asyncio.BaseEventLoop):
    """An event loop that ends. Pyodide's own is the browser's, which does nothing until Python
    returns: asyncio.run() would come back with the work undone, and a test would pass in which
    nothing happened.
    """

    def __init__(self):
        super().__init__()
        self._selector = self

    def select(self, timeout):
        time.sleep(timeout or 0)
        return []

    def _process_events(self, events):
        pass


asyncio._set_running_loop(None)
pyodides_run = asyncio.run
asyncio.run = lambda main: pyodides_run(main, loop_factory=Loop)

import pytest  # noqa: E402

int(pytest.main(list(options)))  # noqa: F821
