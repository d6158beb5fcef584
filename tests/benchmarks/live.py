"""Times the kernel's part of a slider event, and counts the bytes it sends: LiveFigure beside
`interact` and ipympl.

    python tests/benchmarks/live.py

The picture: contours, a path of 100 steps with markers, its loss curve, a sentence
(tests/live/example.py). Each event arrives as the message the browser sends and ends with
everything serialised that goes back. ipympl is left out where it is not installed.
"""

import argparse
import io
import json
import sys
import time
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

sys.path.insert(0, str(Path(__file__).parents[1] / "live"))
import example

from lecture3_engine.live import LiveFigure

mpl.use("Agg")
RATES = np.geomspace(0.01, 0.12, 200)


class Wire:
    """Stands in for the connection of every widget: serialises what is sent, counts its bytes."""

    def __init__(self):
        self.bytes = 0

    def publish(self, comm, msg_type, data=None, metadata=None, buffers=None, **keys):
        self.bytes += len(json.dumps(data)) + sum(len(buffer) for buffer in buffers or [])


def per_event(act, values):
    """Median milliseconds of act(value)."""
    times = []
    for value in values:
        start = time.perf_counter()
        act(value)
        times.append(time.perf_counter() - start)
    return 1000 * np.median(times)


def slider_event(control, value):
    """What the kernel does when a message from the browser's slider arrives."""
    data = {"method": "update", "state": {"value": value}, "buffer_paths": []}
    control._handle_msg({"content": {"data": data}, "buffers": []})


def live(rates):
    wire = Wire()
    explorer = example.BowlExplorer()
    for widget in (*explorer.controls.values(), explorer.live):
        widget.comm.publish_msg = lambda *args, **keys: wire.publish(None, *args, **keys)
    milliseconds = per_event(lambda rate: slider_event(explorer.controls["lr"], float(rate)), rates)
    return milliseconds, wire.bytes / len(rates)


def long_path(events):
    """Milliseconds to refresh a wandering path of 10,000 points."""
    figure = Figure()
    axes = figure.subplots()
    axes.set(xlim=(0, 1), ylim=(-3, 3))
    (line,) = axes.plot([], [])
    picture = LiveFigure(figure, [line])
    x = np.linspace(0, 1, 10_000)
    noise = np.cumsum(np.random.default_rng(0).normal(size=10_000)) / 50

    def act(shift):
        line.set_data(x, noise + shift)
        picture.refresh()

    return per_event(act, np.linspace(-1, 1, events))


def interact(rates):
    """A new pyplot figure for each event, as PNG."""
    import matplotlib.pyplot as plt

    sent = []

    def show(rate):
        path, loss = example.descend("long", float(rate), -3.0, 1.5)
        figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.8), layout="constrained")
        x, y = np.meshgrid(np.linspace(-4, 4, 81), np.linspace(-2, 2, 81))
        left.contour(x, y, x**2 + 10 * y**2, levels=12, cmap="Blues_r")
        left.set(xlabel="weight $w_0$", ylabel="weight $w_1$", xlim=(-4, 4), ylim=(-2, 2))
        left.plot(*path.T, "o-", markersize=4)
        right.set(xlabel="step", ylabel="loss", yscale="log", xlim=(-2, 102), ylim=(1e-8, 1e3))
        right.plot(loss)
        file = io.BytesIO()
        figure.savefig(file, format="png")
        plt.close(figure)
        sent.append(4 / 3 * len(file.getvalue()))  # base64

    return per_event(show, rates), np.mean(sent)


def ipympl(rates):
    """The same artists in an ipympl canvas: draw, and the difference to the last picture as PNG."""
    from ipympl.backend_nbagg import Canvas

    explorer = example.BowlExplorer()
    figure = explorer.figure
    for artist in explorer.live.artists:
        artist.set_animated(False)
    figure.dpi /= 2
    canvas = Canvas(figure)
    sent = []

    def act(rate):
        path, loss = example.descend("long", float(rate), -3.0, 1.5)
        explorer.path.set_data(*path.T)
        explorer.loss.set_data(range(len(loss)), loss)
        FigureCanvasAgg.draw(canvas)  # without a manager, which only forward the result
        canvas._png_is_old = True
        canvas._force_full = False
        sent.append(len(canvas.get_diff_image() or b""))

    return per_event(act, rates), np.mean(sent)


def main(rates):
    rows = {"LiveFigure": live(rates), "interact": interact(rates[::10])}
    try:
        rows["ipympl"] = ipympl(rates[::4])
    except ImportError:
        print("ipympl is not installed: left out")
    ours = rows["LiveFigure"][0]
    for name, (milliseconds, size) in rows.items():
        print(
            f"{name:10} {milliseconds:6.1f} ms {size / 1000:6.1f} kB per slider event,"
            f" {milliseconds / ours:4.0f} x"
        )
    print(f"a path of 10,000 points: {long_path(max(1, len(rates) // 4)):.1f} ms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="two events, to see that it runs")
    main(RATES[::100] if parser.parse_args().quick else RATES)
