"""How the explorers write numbers. A minus is a minus sign, not a hyphen, but for `number`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def number(x: float) -> str:
    """A number within a sentence: three digits, no noise.

    >>> number(0.0296), number(12345), number(0.0)
    ('0.0296', '1.23e+04', '0')
    """
    return "0" if abs(x) < 1e-300 else f"{x:.3g}"


def powers(x: float, digits: int = 2) -> str:
    """A number above 0 of any size, as people write it.

    >>> powers(2.5), powers(3.4e-8, 1), powers(0.00512), powers(123456), powers(9.99e-5)
    ('2.5', '3·10⁻⁸', '0.0051', '1.2·10⁵', '10⁻⁴')
    """
    factor, exponent = f"{x:.{digits - 1}e}".split("e")
    if -4 < int(exponent) < 4:
        return f"{float(f'{x:.{digits}g}'):.15g}"
    factor = factor.rstrip("0").rstrip(".") if "." in factor else factor
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"10{raised}" if factor == "1" else f"{factor}·10{raised}"


def signed(x: float) -> str:
    """A number that may be negative: four digits.

    >>> signed(-1.23456), signed(-0.0)
    ('−1.235', '0')
    """
    return _minus(f"{x + 0.0:.4g}")  # + 0.0: there is no minus nought


def fixed(x: float, decimals: int = 4) -> str:
    """A number that runs, without dancing: always as many decimals.

    >>> fixed(-0.5), fixed(-0.001, 2)
    ('−0.5000', '0.00')
    """
    # + 0.0: there is no minus nought
    return _minus(f"{round(float(x), decimals) + 0.0:.{decimals}f}")


def two_decimals(x: float) -> str:
    """Two decimals, of a number within a picture.

    One digit where they would hide that a number is not 0, as relu tells the two sides of 0 apart.

    >>> two_decimals(-0.5), two_decimals(-0.0012), two_decimals(1e-17)
    ('−0.50', '−0.001', '0.00')
    """
    return _minus(f"{x:.1g}") if 1e-9 < abs(x) < 0.005 else fixed(x, 2)


def two_digits(x: float) -> str:
    """A number beside a level line, short.

    >>> two_digits(0.0312), two_digits(123.4)
    ('0.031', '123')
    """
    return f"{x:.2g}" if x < 100 else f"{x:.0f}"


def cell(x: float, sign: str = "") -> str:
    """A number in a table, short. With sign="+" a number above 0 has its sign, too.

    >>> cell(-0.0296), cell(0.25, "+"), cell(0.000012345)
    ('−0.0296', '+0.25', '1.2e−05')
    """
    x += 0.0  # there is a -0.0
    return _minus(f"{x:{sign}.3g}" if x == 0 or 1e-3 <= abs(x) < 1e5 else f"{x:{sign}.1e}")


def in_rows(array: ArrayLike) -> str:
    """A number, a row or a matrix, three digits each, two where it would be long.

    >>> print(in_rows([[1.0, -0.5], [0.25, 1e-17]]))
    1  −0.5
    0.25  0
    """
    short = 0.1 if np.size(array) > 1 else 1e-3
    rows = [
        "  ".join(
            number(x) if abs(x) >= short else f"{x if abs(x) > 1e-12 else 0:.2g}" for x in row
        )
        for row in np.atleast_2d(array)
    ]
    return _minus("\n".join(rows).replace("e-0", "e-").replace("e+0", "e"))


def inline(array: ArrayLike) -> str:
    """The same within a sentence.

    >>> inline([[1.0, -0.5], [0.25, 1e-17]]), inline(-12.0)
    ('[1, −0.5; 0.25, 0]', '−12')
    """
    text = in_rows(array).replace("\n", "; ").replace("  ", ", ")
    return f"[{text}]" if np.size(array) > 1 else text


def counted(n: int, noun: str) -> str:
    """How many of something.

    >>> counted(1, "step"), counted(20, "update")
    ('1 step', '20 updates')
    """
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _minus(text: str) -> str:
    """Return the text with minus signs in place of its hyphens."""
    return text.replace("-", "−")
