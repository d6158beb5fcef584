"""Draw the pictures of the README from the real thing: the large panel of an explorer for each
notebook.

Its settings say what the notebook is about.

    python notebooks/tools/draw_pictures.py
"""

from collections.abc import Iterator
from pathlib import Path

import lecture3_engine as engine
from lecture3_engine.live import Explorer

# a seven with a bar, as drawn by hand
SEVEN = "6,7 10,6.5 15,6.4 21,6 19.5,10 17,15 14.5,20 13,25 / 11,15.5 15,15 20,14.6"
IMAGES = Path(__file__).parents[1] / "images"


def pictures() -> Iterator[tuple[str, Explorer]]:
    """Yield (file name, explorer): an explorer is drawn before the next is made."""
    show = engine.explorers
    yield "00", show.LearningRateExplorer(landscape="Himmelblau", lr=0.012, w0=0, w1=-0.5)
    yield "01", show.DenseLayerExplorer()
    yield "02", show.OneWeightExplorer(passes=17)
    yield "03", show.GradientDescentExplorer()
    yield "04", show.RateOfChangeExplorer()
    yield "05", show.StochasticGradientExplorer()
    yield "06", show.LearningRateExplorer(lr=0.075, step=40, theory=True)
    yield "07", show.MomentumExplorer(lr=0.1, beta=0.6, step=30)
    yield "08", show.OptimizerRaceExplorer(step=30)
    yield "09", show.BackpropagationExplorer(example="neuron with loss", step=15)
    yield "10", show.DigitExplorer(drawn=SEVEN)
    yield "11", show.LossLandscapeExplorer(step=60)


def main() -> None:
    """Write all pictures into this folder."""
    for name, explorer in pictures():
        figure = explorer.figure
        figure.canvas.draw()  # puts the labels in their places
        box = figure.hero.get_tightbbox().transformed(figure.dpi_scale_trans.inverted())
        look = {"dpi": 80, "bbox_inches": box.padded(0.1), "pil_kwargs": {"optimize": True}}
        figure.savefig(IMAGES / f"{name}.png", **look)
        print(f"{name}.png: {explorer.summary}")
    show = engine.explorers.LearningRateExplorer(lr=0.075, step=40)
    show.figure.savefig(IMAGES / "learning_rate.png", dpi=100, pil_kwargs={"optimize": True})


if __name__ == "__main__":
    main()
