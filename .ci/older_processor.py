"""Print settings with which NumPy and OpenBLAS compute as on the oldest processor of this kind.

One NAME=value a line. Other instructions add in another order and round otherwise: what the tests
say must hold all the same.
"""

import platform

from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

# OpenBLAS's names, which every wheel of NumPy has: no AVX, and plain ARMv8. Where there is no
# OpenBLAS, nobody reads it.
CORES = {"x86_64": "Nehalem", "amd64": "Nehalem", "aarch64": "ARMV8", "arm64": "ARMV8"}

if __name__ == "__main__":
    # What NumPy could use and this processor has: for the name of anything else NumPy may warn.
    optional = [name for name in __cpu_dispatch__ if __cpu_features__.get(name)]
    if optional:
        print("NPY_DISABLE_CPU_FEATURES=" + ",".join(optional))
    if core := CORES.get(platform.machine().lower()):
        print(f"OPENBLAS_CORETYPE={core}")
