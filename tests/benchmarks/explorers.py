"""Times one event of each control of each explorer in the kernel: from the new value to the message for the browser.

    python tests/benchmarks/explorers.py [names ...]

Median and worst of 40 random values. A choice may redraw the background, which costs a hundred milliseconds and is no drag.
"""

import inspect
import statistics
import sys
import time
from pathlib import Path

import numpy as np

import lecture3_engine.explorers as explorers
from lecture3_engine.live import Explorer

sys.path.insert(0, str(Path(__file__).parents[1] / "explorers"))
from test_contract import anywhere  # noqa: E402

EVENTS = 40


def main(names):
    rng = np.random.default_rng(0)
    print(f"{'explorer':<28}{'control':<16}{'median ms':>10}{'worst ms':>10}")
    for name, cls in inspect.getmembers(explorers, inspect.isclass):
        if not issubclass(cls, Explorer) or (names and name not in names):
            continue
        explorer = cls()
        for setting, control in explorer.controls.items():
            seconds = []
            for value in [anywhere(control, rng) for _ in range(EVENTS)]:
                start = time.perf_counter()
                setattr(explorer, setting, value)
                seconds.append(time.perf_counter() - start)
            explorer.reset()
            print(f"{name:<28}{setting:<16}{1000 * statistics.median(seconds):>10.2f}{1000 * max(seconds):>10.1f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
