"""Times `import lecture3_engine` against `import numpy`, each in a fresh process, and says whether a picture library came along.

    python tests/benchmarks/import_time.py
"""

import subprocess
import sys
import time


def seconds(code, runs=15):
    best = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        best = min(best, time.perf_counter() - start)
    return best


def main():
    seconds("import lecture3_engine", runs=1)
    numpy, engine = seconds("import numpy"), seconds("import lecture3_engine")
    print(f"import numpy {1000 * numpy:.0f} ms, import lecture3_engine {1000 * engine:.0f} ms: {1000 * (engine - numpy):.0f} ms more")


if __name__ == "__main__":
    main()
