"""Numbers and arrays as a picture or a page shows them: short, and exact where they are."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

FEW = 6             # an array of more elements is shown by its shape


def short(x: Any, digits: int = 4) -> str:
    """A number of any type, or an array, in a few letters."""
    if x is None:
        return "none"
    if isinstance(x, (bool, np.bool_)):
        return str(x)
    if isinstance(x, (list, tuple)):                # the gradients of several results
        return f"({', '.join(short(part, digits) for part in x)})"
    if isinstance(x, (int, Fraction)):
        return minus(str(x))
    if isinstance(x, (float, np.floating)):
        return minus(f"{float(x) + 0.0:.{digits}g}")             # -0.0 is 0
    if isinstance(x, (complex, np.complexfloating)):
        return minus(f"{complex(x):.{digits}g}")
    if hasattr(x, "shape") and hasattr(x, "dtype"):
        return _array(x, digits)
    return minus(str(x))                # a Decimal, a SymPy expression


def bracketed(x: Any) -> str:
    """A number as it stands in an expression: in brackets if it is negative, a fraction or a sum."""
    text = short(x)
    return f"({text})" if _is_compound(x, text) else text


def _is_compound(x, text):
    return not hasattr(x, "shape") and (text.startswith("−") or (not isinstance(x, float) and any(c in text for c in "/+− *")))


def _array(a, digits):
    if a.shape == ():
        return short(a.item(), digits)
    if a.size > FEW:
        return f"{a.dtype} {shape(a.shape)}"
    return minus(np.array2string(np.asarray(a), precision=digits - 1, separator=", ", suppress_small=True).replace("\n", ""))


def shape(sizes: tuple[int, ...]) -> str:
    """2 × 3"""
    return " × ".join(map(str, sizes)) if sizes else "a number"


def minus(text: str) -> str:
    """The text with a true minus sign before numbers."""
    return text.replace("-", "−")


def latex(x: Any) -> str:
    """A number in LaTeX: fractions as such, SymPy's expressions by SymPy."""
    if isinstance(x, Fraction) and x.denominator != 1:
        return f"{'-' if x < 0 else ''}\\frac{{{abs(x.numerator)}}}{{{x.denominator}}}"
    if hasattr(x, "free_symbols"):
        import sympy

        return sympy.latex(x)
    return short(x).replace("−", "-").replace("×", "\\times")
