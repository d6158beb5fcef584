"""Compute a @ b in the browser, where NumPy has no BLAS.

matmul.wat does it in Python's own memory, without a copy. build.py puts this and what it makes of
matmul.wat into a wheel, startup.py gives it to the engine.
"""

from collections.abc import Callable
from pathlib import Path

import js
import numpy as np
import pyodide_js
from pyodide.ffi import to_js

# It has no public name. Saves 0.2 s a step of 784-512-10 with a batch of 128 (12 ms for 226).
MEMORY = pyodide_js._module.memory  # noqa: SLF001


def load(name: str) -> Callable[..., None]:
    """Return the function of a module made of matmul.wat."""
    module = js.WebAssembly.Module.new(to_js(Path(__file__).with_name(name).read_bytes()))
    imports = to_js({"python": {"memory": MEMORY}}, dict_converter=js.Object.fromEntries)
    return js.WebAssembly.Instance.new(module, imports).exports.matmul


WORTH_IT = 20_000  # products; for fewer, finding the addresses takes longer than NumPy's loop
MULTIPLY = {np.dtype(np.float32): load("float32.wasm"), np.dtype(np.float64): load("float64.wasm")}


def matmul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return a @ b for two matrices whose shapes fit."""
    dtype = np.result_type(a, b)
    (rows, depth), columns, size = a.shape, b.shape[1], dtype.itemsize
    if dtype not in MULTIPLY or rows * depth * columns < WORTH_IT:
        return np.matmul(a, b)
    a = filled_up(a, dtype, rows + -rows % 4, depth)
    b = filled_up(b, dtype, depth, columns + -columns % (32 // size))
    outputs = np.empty((len(a), b.shape[1]), dtype)
    addresses = [array.__array_interface__["data"][0] for array in (a, b, outputs)]
    MULTIPLY[dtype](*addresses, len(a), depth * size, b.shape[1] * size, size)
    return np.ascontiguousarray(outputs[:rows, :columns])


def filled_up(matrix: np.ndarray, dtype: np.dtype, rows: int, columns: int) -> np.ndarray:
    """Return the matrix in C order, with zeros in the rows and columns that it lacks."""
    if matrix.shape == (rows, columns):
        return np.ascontiguousarray(matrix, dtype)
    larger = np.zeros((rows, columns), dtype)
    larger[: len(matrix), : matrix.shape[1]] = matrix
    return larger
