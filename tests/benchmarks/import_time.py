"""Times `import lecture3_engine` against `import numpy`, each in a fresh process, and says whether
a picture library came along.

    python tests/benchmarks/import_time.py
"""

import argparse
import subprocess
import sys
import time


def seconds(code, runs):
    best = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        best = min(best, time.perf_counter() - start)
    return best


def main(runs):
    seconds("import lecture3_engine", runs=1)
    numpy, engine = seconds("import numpy", runs), seconds("import lecture3_engine", runs)
    print(
        f"import numpy {1000 * numpy:.0f} ms, import lecture3_engine {1000 * engine:.0f} ms:"
        f" {1000 * (engine - numpy):.0f} ms more"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--quick", action="store_true", help="one import of each, to see that it runs"
    )
    main(1 if parser.parse_args().quick else 15)
