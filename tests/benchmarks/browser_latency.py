"""Times what a learner feels: key to pixels, pictures during a drag, time to settle; LiveFigure
against `interact`.

    python tests/benchmarks/browser_latency.py

In one JupyterLab in headless Chromium, in one run: the same picture (contours, a path of 100 steps,
its loss) once as an explorer and once as courses do it, with ipywidgets' `interact` and a new
pyplot figure each time. A drag is 60 mouse moves within a second. Needs what tests/browser needs.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS.parent / "notebooks/tools"))
from lab import FLAGS, Lab, NotebookPage, find_chromium  # noqa: E402

EXPLORER = f"""
import sys; sys.path.insert(0, {str(TESTS / "live")!r})
from example import BowlExplorer
BowlExplorer()
"""
INTERACT = """
%matplotlib inline
import matplotlib.pyplot as plt, numpy as np
from ipywidgets import interact, FloatLogSlider
from example import descend

@interact(lr=FloatLogSlider(0.05, min=-3, max=0, step=0.02))
def show(lr):
    path, loss = descend("long", lr, -3.0, 1.5)
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.8), layout="constrained")
    x, y = np.meshgrid(np.linspace(-4, 4, 81), np.linspace(-2, 2, 81))
    left.contour(x, y, x**2 + 10 * y**2, levels=12, cmap="Blues_r")
    left.set(xlabel="weight $w_0$", ylabel="weight $w_1$", xlim=(-4, 4), ylim=(-2, 2))
    left.plot(*path.T, "o-", markersize=4)
    right.set(xlabel="step", ylabel="loss", yscale="log", xlim=(-2, 102), ylim=(1e-8, 1e3))
    right.plot(loss)
    plt.show()
    print(f"lr {lr:g}: after 100 steps the loss is {loss[-1]:.3g}.")
"""
# Notes the time of every key, release, and picture: of a canvas painted or an image loaded, when
# its frame is shown.
WATCH = """() => {
    window.seen = { keys: [], releases: [], pictures: [] };
    // Runs just before the frame with the change is drawn, and a message posted from there just
    // after it.
    const note = () => requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => seen.pictures.push(performance.now());
        channel.port2.postMessage(null);
    });
    const paint = CanvasRenderingContext2D.prototype.drawImage;
    CanvasRenderingContext2D.prototype.drawImage = function (...args) {
        if (this.canvas.isConnected) note();
        return paint.apply(this, args);
    };
    new MutationObserver(changes => {
        for (const { addedNodes } of changes) for (const node of addedNodes)
            for (const image of node.querySelectorAll?.("img") ?? []) image.decode().then(note);
    }).observe(document.body, { childList: true, subtree: true });
    document.addEventListener("keydown", () => seen.keys.push(performance.now()), true);
    document.addEventListener("pointerup", () => seen.releases.push(performance.now()), true);
    document.addEventListener("mouseup", () => seen.releases.push(performance.now()), true);
}"""


def key_to_pixels(page, slider, keys, pause):
    """Milliseconds from each key press to the picture it makes."""
    slider.focus()
    page.evaluate("() => { seen.keys = []; seen.pictures = []; }")
    for number in range(keys):
        slider.press("ArrowRight" if number % 2 else "ArrowLeft")
        page.wait_for_timeout(pause)
    seen = page.evaluate("seen")
    times = []
    for key, following in zip(seen["keys"], [*seen["keys"][1:], np.inf], strict=True):
        pictures = [picture for picture in seen["pictures"] if key < picture < following]
        times += [pictures[0] - key] if pictures else []
    assert len(times) > keys / 2, (
        f"only {len(times)} of {keys} keys led to a picture before the next key"
    )
    return times


def drag(page, start, end, pause):
    """Pictures shown while 60 mouse moves take a second, and milliseconds from release to the last
    picture.
    """
    page.evaluate("() => { seen.releases = []; seen.pictures = []; }")
    page.mouse.move(*start)
    page.mouse.down()
    begin = time.perf_counter()
    for number in range(1, 61):
        page.mouse.move(*(np.array(start) + (np.array(end) - start) * number / 60))
        page.wait_for_timeout(max(0, 1000 * (begin + number / 60 - time.perf_counter())))
    page.mouse.up()
    page.wait_for_timeout(pause)
    seen = page.evaluate("seen")
    released = seen["releases"][-1]
    during = sum(picture <= released for picture in seen["pictures"])
    return during, max(0.0, (seen["pictures"][-1] if seen["pictures"] else released) - released)


def main(share):
    """`share` of the keys and drags of a measurement."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        lab = Lab(Path(folder))
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        try:
            lab.write("latency.ipynb", [EXPLORER, INTERACT])
            context = browser.new_context(
                viewport={"width": 1280, "height": 1600}, device_scale_factor=1
            )
            notebook = NotebookPage(lab, context, "latency.ipynb").run_all()
            page = notebook.page
            page.wait_for_timeout(2000)
            page.evaluate(WATCH)
            sliders = {
                "LiveFigure": notebook.slider("learning rate"),
                "interact": page.locator(".noUi-handle").first,
            }
            results = {}
            for name, slider in sliders.items():
                slow = name == "interact"
                slider.scroll_into_view_if_needed()
                times = key_to_pixels(
                    page,
                    slider,
                    keys=max(2, round(share * (12 if slow else 60))),
                    pause=1200 if slow else 150,
                )
                box = (page.locator(".noUi-base").first if slow else slider).bounding_box()
                middle = box["y"] + box["height"] / 2
                at = slider.bounding_box()
                # where the handle is
                part = 0.5 if slow else slider.evaluate("range => range.value / range.max")
                ends = (
                    (at["x"] + 8 + (at["width"] - 16) * part, middle),
                    (
                        box["x"] + 0.1 * box["width"],
                        middle,
                    ),
                )
                drags = [
                    drag(page, *ends[:: (-1) ** turn], pause=2500 if slow else 600)
                    for turn in range(max(1, round(share * 4)))
                ]
                pictures, settled = zip(*drags, strict=True)
                results[name] = np.median(times)
                print(
                    f"{name:10}  key to pixels: median {np.median(times):5.0f} ms, p95"
                    f" {np.percentile(times, 95):5.0f} ms; pictures in a drag of 1 s:"
                    f" {np.median(pictures):4.0f}; settled after {np.median(settled):5.0f} ms"
                )
            print(
                f"LiveFigure answers {results['interact'] / results['LiveFigure']:.0f} x faster"
                " than interact"
            )
        finally:
            browser.close()
            lab.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--quick", action="store_true", help="two keys and one drag of each, to see that it runs"
    )
    main(share=0 if parser.parse_args().quick else 1)
