"""Times one event of each control of each explorer in the kernel: from the new value to the message
for the browser.

    python tests/benchmarks/explorers.py [names ...] [--quick]

Median and worst of 40 random values. A choice may redraw the background, which costs a hundred
milliseconds and is no drag.
"""

import argparse
import inspect
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from lecture3_engine import explorers
from lecture3_engine.live import Explorer

# test_contract says what a control can be set to; it imports tests/live/savefig.py.
sys.path[:0] = [str(Path(__file__).parents[1] / folder) for folder in ("explorers", "live")]
from test_contract import anywhere  # noqa: E402

EVENTS = 40


def main(names, events):
    rng = np.random.default_rng(0)
    print(f"{'explorer':<28}{'control':<16}{'median ms':>10}{'worst ms':>10}")
    for name, cls in inspect.getmembers(explorers, inspect.isclass):
        if not issubclass(cls, Explorer) or (names and name not in names):
            continue
        explorer = cls()
        for setting, control in explorer.controls.items():
            seconds = []
            for value in [anywhere(control, rng) for _ in range(events)]:
                start = time.perf_counter()
                setattr(explorer, setting, value)
                seconds.append(time.perf_counter() - start)
            explorer.reset()
            print(
                f"{name:<28}{setting:<16}{1000 * statistics.median(seconds):>10.2f}"
                f"{1000 * max(seconds):>10.1f}",
                flush=True,
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="explorers; all of them without")
    parser.add_argument(
        "--quick", action="store_true", help="one event of each control, to see that it runs"
    )
    arguments = parser.parse_args()
    main(arguments.names, 1 if arguments.quick else EVENTS)
