"""Times the site that runs Python in the browser: its size, its start, and what a learner feels at
a slider.

    python tests/benchmarks/lite.py                               # builds the site with
                                                                  # ../shared/pyodide
    python tests/benchmarks/lite.py --site notebooks/site/dist    # measures this one

Cold is an empty browser; warm is the same browser, closed and opened again; either is given three
seconds for windows of its own. A start ends with the first live figure: the time that stands first
is the visit to the notebook 00 with all its cells run at once, as early as the page allows. The
slider is compared with `interact` and a new pyplot figure of the same picture, in the same tab.
Needs what tests/browser needs, and Node.js.
"""

import argparse
import functools
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "notebooks/tools"), str(ROOT / "tests/benchmarks")]
from browser_latency import INTERACT, WATCH, key_to_pixels  # noqa: E402

from lab import FLAGS, find_chromium  # noqa: E402
from tests.browser.test_site import Files, SitePage, serving  # noqa: E402

START = """() => {
    window.start = {};
    const look = () => {
        const now = window.jupyterapp?.shell.currentWidget;
        const session = now?.sessionContext?.session;
        if (session?.kernel && !start.kernel) {
            start.kernel = performance.now();
            const run = jupyterapp.commands.execute("notebook:run-all-cells");
            run.then(() => { start.ended = true; });
        }
        if (session?.kernel?.status === "busy") start.python ??= performance.now();
        const canvas = document.querySelector(".live-figure canvas");
        const empty = !canvas || (canvas.width === 300 && canvas.height === 150);
        if (empty) setTimeout(look, 20);
        else start.figure = performance.now();
    };
    addEventListener("load", look);
}"""
TRAINING = """
import time
import numpy as np
import lecture3_engine as engine
rng, seconds, sites = np.random.default_rng(0), [], engine.tensor.matmul
model = engine.Sequential(engine.Dense(784, 512, "relu", rng=rng), engine.Dense(512, 10, rng=rng))
optimizer = engine.SGD(model.parameters(), lr=0.1)
batch = rng.random((128, 784), dtype=np.float32), rng.integers(0, 10, 128)
for engine.tensor.matmul in (sites, np.matmul):
    started = time.perf_counter()
    for _ in range(steps):
        engine.train_step(model, *batch, engine.cross_entropy, optimizer)
    seconds.append((time.perf_counter() - started) / steps)
engine.tensor.matmul = sites
"""
EXAMPLE = (ROOT / "tests/live/example.py").read_text()


def starts(playwright, url, fetched, names=("cold", "warm")):
    """From navigation to the kernel, to Python and to the first live figure, and bytes sent: cold,
    then warm.
    """
    with tempfile.TemporaryDirectory() as profile:
        for name in names:
            fetched.clear()
            context = playwright.chromium.launch_persistent_context(
                profile, executable_path=find_chromium(), args=FLAGS
            )
            context.add_init_script(f"({START})()")
            page = context.new_page()
            page.wait_for_timeout(3000)
            page.goto(f"{url}/lab/index.html?path=00_start_here.ipynb")
            page.wait_for_function("() => window.start?.figure && start.ended", timeout=180_000)
            start = page.evaluate("start")
            context.close()
            figure, kernel, python = (start[what] / 1000 for what in ("figure", "kernel", "python"))
            parts = f"kernel asked for at {kernel:.1f} s, Python ready at {python:.1f} s"
            sent = f"{len(fetched)} files, {sum(fetched) / 1e6:.1f} MB sent"
            print(f"{name} start: first live figure after {figure:.1f} s ({parts}); {sent}")


def sliders(playwright, url, share=1):
    """Key to pixels, of an explorer and of `interact`."""
    browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
    context = browser.new_context(viewport={"width": 1280, "height": 1600})
    page = SitePage(SimpleNamespace(url=url), context, "00_start_here.ipynb")
    replace = """sources => {
        const { sharedModel } = jupyterapp.shell.currentWidget.content.model;
        sharedModel.deleteCellRange(0, sharedModel.cells.length);
        sharedModel.insertCells(0, sources.map(source => ({ cell_type: "code", source })));
    }"""
    module = (
        "import pathlib,"
        f" sys\npathlib.Path('/tmp/example.py').write_text({EXAMPLE!r})\nsys.path.insert(0, '/tmp')"
    )
    page.page.evaluate(
        replace, [module, "from example import BowlExplorer\nBowlExplorer()", INTERACT]
    )
    page.run_all()
    page.page.wait_for_timeout(2000)
    page.page.evaluate(WATCH)
    medians = {}
    handles = {
        "explorer": page.slider("learning rate"),
        "interact": page.page.locator(".noUi-handle").first,
    }
    for name, slider in handles.items():
        slow = name == "interact"
        slider.scroll_into_view_if_needed()
        times = key_to_pixels(
            page.page,
            slider,
            keys=max(2, round(share * (12 if slow else 60))),
            pause=2500 if slow else 200,
        )
        medians[name] = np.median(times)
        print(
            f"{name}: key to pixels median {np.median(times):4.0f} ms, p95"
            f" {np.percentile(times, 95):4.0f} ms"
        )
    print(
        f"the explorer answers {medians['interact'] / medians['explorer']:.0f} x faster than"
        " interact"
    )
    steps = max(1, round(20 * share))
    seconds, without = page.kernel(f"[exec({f'steps = {steps}{TRAINING}'!r}), seconds][1]")
    print(
        f"training, 784-512-10, a batch of 128: {1000 * seconds:.0f} ms a step;"
        f" {1000 * without:.0f} ms with NumPy's own matrix product"
    )
    browser.close()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--site", type=Path, help="a site that is built already")
    parser.add_argument(
        "--pyodide",
        type=Path,
        default=ROOT.parent / "shared/pyodide",
        help="to build one with (default: %(default)s)",
    )
    parser.add_argument(
        "--quick", action="store_true", help="a cold start, two keys, a step, to see that it runs"
    )
    arguments = parser.parse_args()
    fetched = []

    class Counting(Files):
        def copyfile(self, source, outputfile):
            fetched.append(os.fstat(source.fileno()).st_size if hasattr(source, "fileno") else 0)
            super().copyfile(source, outputfile)

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = arguments.site or Path(folder, "site")
        if arguments.site is None:
            build = [
                sys.executable,
                ROOT / "notebooks/site/build.py",
                "--pyodide",
                arguments.pyodide,
                "--output",
                site,
            ]
            subprocess.run(build, check=True)
        sizes = Counter()
        for file in site.rglob("*"):
            if file.is_file():
                sizes[file.relative_to(site).parts[0]] += file.stat().st_size
        largest = ", ".join(f"{name} {size / 1e6:.0f}" for name, size in sizes.most_common(4))
        print(f"size: {sizes.total() / 1e6:.0f} MB ({largest})")
        if hasattr(os, "getloadavg"):
            print(f"load average: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        with serving(functools.partial(Counting, directory=site)) as url:
            starts(playwright, url, fetched, ("cold",) if arguments.quick else ("cold", "warm"))
            sliders(playwright, url, share=0 if arguments.quick else 1)


if __name__ == "__main__":
    main()
