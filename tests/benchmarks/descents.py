"""Times a step of one small path, and a map of descents: 201 x 201 settings of (lr, beta), 200
steps each down a ravine, in one call of `descend` against a loop of single runs.

    python tests/benchmarks/descents.py
    python tests/benchmarks/descents.py --quick     (a smaller map)

The loop runs a sample of the settings, spread over the map, and its time is scaled up; both must
end at the same losses.
"""

import argparse
import time

import numpy as np

from lecture3_engine import descend
from lecture3_engine.surfaces import ravine

SIDE, STEPS, SAMPLE = 201, 200, 400


def step_of_one_path(steps=200, repeats=50, **settings):
    """Microseconds of processor time for each step of one path, all told."""
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        descend(ravine, steps=steps, lr=0.01, **settings)
        seconds.append(time.process_time() - start)
    return min(seconds) / steps * 1e6


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a smaller map")
    side, sample = (21, 20) if parser.parse_args().quick else (SIDE, SAMPLE)

    print(
        f"One path of two weights, a step: {step_of_one_path():.1f} µs, with momentum"
        f" {step_of_one_path(momentum=0.9):.1f} µs"
    )

    lr, beta = np.meshgrid(np.linspace(0.001, 0.16, side), np.linspace(0, 0.99, side))
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        path = descend(
            ravine, steps=STEPS, lr=lr[..., None], momentum=beta[..., None], keep_path=False
        )
        seconds.append(time.perf_counter() - start)
    at_once = min(seconds)

    chosen = np.random.default_rng(0).permutation(side * side)[:sample]
    start = time.perf_counter()
    losses = [
        descend(ravine, steps=STEPS, lr=lr.flat[i], momentum=beta.flat[i], keep_path=False).losses[
            -1
        ]
        for i in chosen
    ]
    loop = (time.perf_counter() - start) * side * side / sample
    np.testing.assert_allclose(losses, path.losses[-1].flat[chosen], rtol=1e-9)

    print(
        f"{side} x {side} settings x {STEPS} steps: one call {at_once:.3f} s, loop of single runs"
        f" {loop:.1f} s (from {sample} of them): {loop / at_once:.0f} x faster"
    )


if __name__ == "__main__":
    main()
