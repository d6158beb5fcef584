"""Times a map of descents: 201 x 201 settings of (lr, beta), 200 steps each down a ravine, in one call of `descend` against a loop of single runs.

    python tests/benchmarks/descents.py

The loop runs a sample of the settings, spread over the map, and its time is scaled up; both must end at the same losses.
"""

import time

import numpy as np

from lecture3_engine import descend
from lecture3_engine.surfaces import ravine

SIDE, STEPS, SAMPLE = 201, 200, 400


def main():
    lr, beta = np.meshgrid(np.linspace(0.001, 0.16, SIDE), np.linspace(0, 0.99, SIDE))
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        path = descend(ravine, steps=STEPS, lr=lr[..., None], momentum=beta[..., None], keep_path=False)
        seconds.append(time.perf_counter() - start)
    at_once = min(seconds)

    chosen = np.random.default_rng(0).permutation(SIDE * SIDE)[:SAMPLE]
    start = time.perf_counter()
    losses = [descend(ravine, steps=STEPS, lr=lr.flat[i], momentum=beta.flat[i], keep_path=False).losses[-1] for i in chosen]
    loop = (time.perf_counter() - start) * SIDE * SIDE / SAMPLE
    np.testing.assert_allclose(losses, path.losses[-1].flat[chosen], rtol=1e-9)

    print(f"{SIDE} x {SIDE} settings x {STEPS} steps: one call {at_once:.3f} s, loop of single runs {loop:.1f} s "
          f"(from {SAMPLE} of them): {loop / at_once:.0f} x faster")


if __name__ == "__main__":
    main()
