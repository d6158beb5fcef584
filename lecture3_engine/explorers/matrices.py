"""The slide's layer, with 3 inputs and 2 outputs.

Its numbers, the names of its entries, and the colors that tell its outputs apart.
"""

import numpy as np

from ..style import TINTS as ALL_TINTS

W = np.array([[0.30, 0.45, 0.10], [0.70, 0.56, 0.32]])
B = np.array([0.50, 0.21])
ENTRIES = [f"W[{unit}, {i}]" for unit in range(2) for i in range(3)] + ["b[0]", "b[1]"]
MEANINGS = ["path", "momentum"]  # of `style`: the color of output 0, of output 1
TINTS = [ALL_TINTS[meaning] for meaning in MEANINGS]  # and the background of what belongs to it
