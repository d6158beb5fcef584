"""Draws the pictures of the README from the real thing.

    python notebooks/images/make.py
"""

from pathlib import Path

import lecture3_engine as engine

HERE = Path(__file__).parent


def main():
    explorer = engine.explorers.LearningRateExplorer(lr=0.075, step=40)
    explorer.figure.savefig(HERE / "learning_rate.png", dpi=100)
    print(f"learning_rate.png: {explorer.summary}")


if __name__ == "__main__":
    main()
