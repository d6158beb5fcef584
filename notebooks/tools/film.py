"""Film the moving picture of the README: a slider is dragged in a real JupyterLab.

    python notebooks/tools/film.py
    python notebooks/tools/film.py --quick    # a tenth of the frames, to see that it runs

Needs what tests/browser needs. An animated PNG would keep all colors and be eight times as large,
so this is a GIF.
"""

import argparse
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from lab import FLAGS, Lab, NotebookPage, find_chromium

IMAGES = Path(__file__).parents[1] / "images"

CELLS = [
    "import lecture3_engine as engine\nengine.explorers.LearningRateExplorer(lr=0.07, step=40)"
]
# A headless browser shows no pointer: this one follows it.
HAND = """() => {
    const hand = document.createElement("div");
    hand.innerHTML = "<svg viewBox='0 0 24 30' width='26'><path d='M8 2a2.4 2.4 0 0 1 5 0v9l7 2q3 1"
        + " 2 5l-1 7q-1 4-5 4h-5q-3 0-5-3l-5-8q-1-3 2-3l5 3z' fill='white' stroke='black'"
        + " stroke-width='1.6'/></svg>";
    hand.style.cssText = "position: fixed; z-index: 99999; pointer-events: none;"
        + "transform: translate(-10px, -2px);";
    document.body.append(hand);
    window.addEventListener("pointermove", ({ clientX, clientY }) => {
        hand.style.left = `${clientX}px`;
        hand.style.top = `${clientY}px`;
    }, true);
}"""
WIDTH = 760  # pixels of the film
FRAME = 100  # ms


def film(page: NotebookPage, every: int = 1) -> Iterator[Image.Image]:
    """Yield one picture for each position of the slider, or for every so many of them.

    It begins in the zigzag, goes on to where the descent diverges, then down to where it creeps,
    and back to where it is best.
    """
    page.page.evaluate(HAND)
    explorer = page.page.locator(".jp-OutputArea-output").filter(
        has=page.page.locator(".live-figure")
    )
    handle, mouse = page.slider("learning rate"), page.page.mouse
    box = handle.bounding_box()
    places = np.concatenate(
        [
            np.linspace(0.615, 0.66, 14),
            [0.66] * 5,
            np.linspace(0.66, 0.35, 24),
            [0.35] * 4,
            np.linspace(0.35, 0.615, 18),
            [0.615] * 6,
        ]
    )
    for i, place in enumerate(places[::every]):
        mouse.move(box["x"] + 8 + (box["width"] - 16) * place, box["y"] + box["height"] / 2)
        if i == 0:
            mouse.down()
        page.kernel("0")  # answered after the slider's last value
        page.page.wait_for_timeout(60)
        yield Image.open(io.BytesIO(explorer.screenshot())).convert("RGB")
    mouse.up()


def main() -> None:
    """Write the film into this folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the frames")
    every = 10 if parser.parse_args().quick else 1
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        lab = Lab(Path(folder))
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        try:
            lab.write("film.ipynb", CELLS)
            page = NotebookPage(
                lab, browser.new_context(viewport={"width": 1280, "height": 1000}), "film.ipynb"
            ).run_all()
            frames = [
                frame.resize(
                    (WIDTH, round(WIDTH * frame.height / frame.width)), Image.Resampling.LANCZOS
                )
                for frame in film(page, every)
            ]
        finally:
            browser.close()
            lab.stop()
    # One palette for all frames, so that nothing flickers, with room for colors of a few pixels.
    palette = frames[len(frames) // 2].quantize(200, method=Image.Quantize.MAXCOVERAGE)
    first, *others = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    path = IMAGES / "moving.gif"
    first.save(path, save_all=True, append_images=others, duration=FRAME, loop=0, optimize=False)
    print(
        f"{path.name}: {len(frames)} frames of {WIDTH} x {first.height},"
        f" {path.stat().st_size / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    main()
