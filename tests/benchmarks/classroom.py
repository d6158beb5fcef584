"""Times a class on one machine: N learners, each with a kernel of one stock Jupyter server, who all
drag a slider.

    python tests/benchmarks/classroom.py [--learners 1 10 20] [--seconds 20]

Each learner's "browser" is a websocket that says what JupyterLab's says: it opens
LearningRateExplorer, then moves its learning rate ten times a second, with one message on its way
at most; the last value waits for the answer to the one before it, as ipywidgets does it. An event
lasts from the message to the frame. Server and kernels have two cores, which they share with this
script, whose time is printed, too.
"""

import argparse
import asyncio
import itertools
import json
import os
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import psutil
from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

sys.path.insert(0, str(Path(__file__).parents[2] / "notebooks/tools"))
from lab import Lab

CELL = "import lecture3_engine as engine\nengine.explorers.LearningRateExplorer()"
CORES = 2
PAUSE = 0.1  # s from one position of the slider to the next
MIB = 2**20


def pack(value):
    return json.dumps(value).encode()


class Learner:
    """A kernel, and the browser's side of its websocket."""

    def __init__(self, lab):
        self.lab = lab
        self.page = f"page-{uuid.uuid4().hex}"
        self.session = uuid.uuid4().hex
        # widgets have a thread of their own in the kernel, where it can do that
        self.subshell = None
        self.numbers = itertools.count(1)
        self.seconds = []

    async def open(self):
        loop = asyncio.get_running_loop()
        self.id = (await loop.run_in_executor(None, self.lab.request, "api/kernels", "POST"))["id"]
        address = f"ws://127.0.0.1:{self.lab.port}/api/kernels/{self.id}/channels?session_id={self.session}"
        request = HTTPRequest(address, headers={"Authorization": f"token {self.lab.token}"})
        self.socket = await websocket_connect(
            request, subprotocols=["v1.kernel.websocket.jupyter.org"]
        )
        info = await self.ask("shell", "kernel_info_request", {})
        if "kernel subshells" in info.get("supported_features", []):
            self.subshell = (await self.ask("control", "create_subshell_request", {}))[
                "subshell_id"
            ]
        cell = {
            "code": CELL,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        sent = await self.send("shell", "execute_request", cell)
        widgets = {}
        async for kind, parent, content in self.messages():
            if kind == "comm_open":
                widgets[content["comm_id"]] = content["data"]["state"]
            elif kind == "error":
                raise RuntimeError(f"{content['ename']}: {content['evalue']}")
            elif kind == "status" and parent == sent and content["execution_state"] == "idle":
                break
        (self.slider,) = [
            comm
            for comm, state in widgets.items()
            if state.get("label", "").startswith("learning rate  ")
        ]
        self.scale = widgets[self.slider]

    async def send(self, channel, kind, content, subshell=None):
        message = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": kind,
            "session": self.session,
            "username": "",
            "version": "5.3",
        }
        message["date"] = datetime.now(UTC).isoformat()
        if subshell:
            message["subshell_id"] = subshell
        whole = {
            "header": message,
            "parent_header": {},
            "metadata": {},
            "content": content,
            "buffers": [],
        }
        await self.socket.write_message(
            serialize_msg_to_ws_v1(whole, channel, pack=pack), binary=True
        )
        return message["msg_id"]

    async def messages(self):
        """The kind, the parent's id and the content of each message."""
        while (data := await self.socket.read_message()) is not None:
            _, (header, parent, _, content, *_) = deserialize_msg_from_ws_v1(data)
            yield (
                json.loads(header)["msg_type"],
                json.loads(parent).get("msg_id"),
                json.loads(content),
            )
        raise ConnectionError("The server has closed a learner's connection.")

    async def ask(self, channel, request, content):
        sent = await self.send(channel, request, content)
        reply = request.replace("request", "reply")
        return await anext(
            answer
            async for kind, parent, answer in self.messages()
            if parent == sent and kind == reply
        )

    def rates(self):
        """What the slider can be set to, to the right end and back, again and again: see `scale` in
        controls.js.
        """
        least, most, step = (self.scale[name] for name in ("min", "max", "step"))
        rates = [
            float(f"{least * 10 ** (k * step):.3g}")
            for k in range(int(np.log10(most / least) / step))
        ]
        return itertools.cycle(rates + rates[-2:0:-1])

    async def drag(self, begin, end):
        for moment, rate in zip(itertools.count(), self.rates()):  # both without an end
            at = begin + PAUSE * moment
            if at >= end:
                return
            # the slider has moved on while the last message was on its way
            if time.perf_counter() > at + PAUSE:
                continue
            await asyncio.sleep(max(0, at - time.perf_counter()))
            state = {"value": rate, "sent": [self.scale["era"], self.page, next(self.numbers)]}
            data = {"method": "update", "state": state, "buffer_paths": []}
            start = time.perf_counter()
            sent = await self.send(
                "shell", "comm_msg", {"comm_id": self.slider, "data": data}, self.subshell
            )
            shown = None
            async for kind, parent, content in self.messages():
                if parent != sent:
                    continue
                if kind == "comm_msg" and "frames" in content["data"].get("state", {}):
                    shown = time.perf_counter() - start
                if kind == "status" and content["execution_state"] == "idle":
                    break
            if shown is None:
                raise RuntimeError(f"No frame came for the learning rate {rate}.")
            self.seconds.append(shown)

    async def close(self):
        if hasattr(self, "socket"):
            self.socket.close()


def processor_time(processes):
    return sum(sum(process.cpu_times()[:2]) for process in processes)


async def measure(lab, count, seconds):
    learners = [Learner(lab) for _ in range(count)]
    try:
        for learner in learners:
            await learner.open()
        server, script = psutil.Process(lab.process.pid), psutil.Process()
        kernels = [
            child
            for child in server.children(recursive=True)
            if "ipykernel_launcher" in " ".join(child.cmdline())
        ]
        groups = {"server": [server], "kernels": kernels, "this script": [script]}
        now = time.perf_counter()
        warm_up = [learner.drag(now, now + 1) for learner in learners]
        await asyncio.gather(*warm_up)
        for learner in learners:
            learner.seconds.clear()
        before = {name: processor_time(group) for name, group in groups.items()}
        begin = time.perf_counter()
        starts = begin + PAUSE * np.arange(count) / count  # learners do not move in step
        await asyncio.gather(
            *[
                learner.drag(start, start + seconds)
                for learner, start in zip(learners, starts, strict=True)
            ]
        )
        took = time.perf_counter() - begin
        used = {name: processor_time(group) - before[name] for name, group in groups.items()}
        times = [1000 * second for learner in learners for second in learner.seconds]
        memory = np.mean([kernel.memory_info().rss for kernel in kernels]) / MIB
        per_event = ", ".join(f"{name} {1000 * cpu / len(times):.1f}" for name, cpu in used.items())
        print(
            f"{count:3} learners: p50 {np.percentile(times, 50):4.0f} ms, p95"
            f" {np.percentile(times, 95):4.0f} ms; {len(times) / took:4.0f} of {count / PAUSE:.0f}"
            f" events a second; {memory:.0f} MiB a kernel; ms of CPU an event: {per_event}",
            flush=True,
        )
    finally:
        for learner in learners:
            await learner.close()
        for kernel in lab.request("api/kernels"):
            lab.request(f"api/kernels/{kernel['id']}", method="DELETE")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--learners", type=int, nargs="+", default=[1, 10, 20])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument(
        "--quick", action="store_true", help="one learner for a second, to see that it runs"
    )
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.learners, arguments.seconds = [1], 1
    if hasattr(os, "sched_setaffinity"):  # Linux; what is started from here has them too
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    if hasattr(os, "getloadavg"):
        print(f"load average at the beginning: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder))
        try:
            for count in arguments.learners:
                asyncio.run(measure(lab, count, arguments.seconds))
        finally:
            lab.stop()


if __name__ == "__main__":
    main()
