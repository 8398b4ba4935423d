"""Numbers and arrays as a picture or a page shows them: short, and exact where they are; in text, in LaTeX and in MathML."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from html import escape
from typing import Any

import numpy as np

from minigrad.viz.graph import symbols

FEW = 12            # an array of more elements is shown by its shape
LONG = 200          # bits of an integer beyond which its digits are counted, not shown
MINUS = "<mo form='prefix'>−</mo>"
UNKNOWN = object()  # a number that nobody kept


def short(x: Any, digits: int = 4) -> str:
    """A number of any type, or an array, in a few letters."""
    if x is None:
        return "none"
    if x is UNKNOWN:
        return "?"
    if isinstance(x, (bool, np.bool_)):
        return str(x)
    if isinstance(x, (list, tuple)):                # the gradients of several results
        return f"({', '.join(short(part, digits) for part in x)})"
    if isinstance(x, (int, np.integer)):
        return minus(_digits(int(x)))
    if isinstance(x, Fraction):
        return short(x.numerator) + (f"/{short(x.denominator)}" if x.denominator != 1 else "")
    if isinstance(x, (float, np.floating)):
        return minus(f"{float(x) + 0.0:.{digits}g}")             # -0.0 is 0
    if isinstance(x, (complex, np.complexfloating)):
        return minus(f"{complex(x):.{digits}g}")
    if hasattr(x, "shape") and hasattr(x, "dtype"):
        return _array(x, digits)
    return symbols.text(x) if hasattr(x, "free_symbols") else minus(str(x))         # an expression; a Decimal


def _digits(x):
    """The digits of an integer; of a long one the first, and how many there are."""
    if x.bit_length() <= LONG:
        return str(x)
    many = int(abs(x).bit_length() * math.log10(2)) + 1
    many -= abs(x) < 10 ** (many - 1)
    return f"{'-' * (x < 0)}{abs(x) // 10 ** (many - 6)}…({many} digits)"


def is_compound(x: Any) -> bool:
    """Whether it stands in an expression in brackets: what is negative, a fraction or a sum."""
    if x is UNKNOWN or x is None or (hasattr(x, "shape") and x.shape != ()):
        return False
    if hasattr(x, "free_symbols"):
        return symbols.is_compound(x)
    text = short(x)
    return text.startswith("−") or (not isinstance(x, float) and any(c in text for c in "/+− "))


def is_product(x: Any) -> bool:
    """Whether it is an expression that stands among factors without brackets."""
    return hasattr(x, "free_symbols") and symbols.is_product(x)


def bracketed(x: Any) -> str:
    """A number as it stands in an expression: in brackets if it is negative, a fraction or a sum."""
    text = short(x)
    return f"({text})" if is_compound(x) else text


def is_shown(x: Any) -> bool:
    """Whether it is short enough for its numbers to be shown."""
    return x is not UNKNOWN and (not hasattr(x, "shape") or math.prod(x.shape) <= FEW)


def _array(a, digits):
    if a.shape == ():
        return short(a.item(), digits)
    if not is_shown(a):
        return f"{a.dtype} {shape(a.shape)}"
    return _nested(_rounded(a), digits)


def _rounded(a):
    """Nested lists, what is tiny beside the others 0."""
    a = on_host(a)
    if a.dtype.kind == "f" and a.size and np.isfinite(a).all():
        a = np.where(np.abs(a) < 1e-7 * np.abs(a).max(), 0, a)
    return a.tolist()


def on_host(a: Any) -> Any:
    """The array in numpy, a device's with memory of its own, too."""
    return np.asarray(a.get() if hasattr(a, "get") else a)


def _nested(x, digits):
    return f"[{', '.join(_nested(part, digits) for part in x)}]" if isinstance(x, list) else short(x, digits)


def shape(sizes: tuple[int, ...]) -> str:
    """2 × 3"""
    return " × ".join(map(str, sizes)) if sizes else "a number"


def minus(text: str) -> str:
    """The text with a true minus sign before numbers."""
    return text.replace("-", "−")


def escaped(text: str) -> str:
    """A text as it stands in LaTeX."""
    text = re.sub(r"([#$%&_{}])", r"\\\1", text.replace("\\", ""))
    for letter, said in (("×", r"$\times$"), ("·", r"$\cdot$"), ("−", "-"), ("^", r"\textasciicircum{}"), ("…", r"\ldots ")):
        text = text.replace(letter, said)
    return text


def latex(x: Any) -> str:
    """A number in LaTeX: fractions as such, small arrays as matrices, SymPy's expressions by SymPy."""
    if isinstance(x, Fraction) and x.denominator != 1 and x.numerator.bit_length() + x.denominator.bit_length() <= LONG:
        return f"{'-' if x < 0 else ''}\\frac{{{abs(x.numerator)}}}{{{x.denominator}}}"
    if hasattr(x, "free_symbols"):
        return symbols.latex(x)
    if rows := _rows(x):
        return r"\begin{pmatrix}" + r" \\ ".join(" & ".join(map(latex, row)) for row in rows) + r"\end{pmatrix}"
    text = short(x).replace("−", "-")
    return text if re.fullmatch(r"[-+\w./()]*", text) else rf"\text{{{escaped(text)}}}"


def mathml(x: Any) -> str:
    """The same in MathML."""
    if isinstance(x, Fraction) and x.denominator != 1:
        top, below = short(abs(x.numerator)), short(x.denominator)
        return f"{MINUS if x < 0 else ''}<mfrac><mn>{top}</mn><mn>{below}</mn></mfrac>"
    if hasattr(x, "free_symbols"):
        return symbols.mathml(x)
    if rows := _rows(x):
        cells = "".join(f"<mtr>{''.join(f'<mtd>{mathml(a)}</mtd>' for a in row)}</mtr>" for row in rows)
        return f"<mrow><mo>(</mo><mtable>{cells}</mtable><mo>)</mo></mrow>"
    text = short(x)
    if text.startswith("−") and text[1:].replace(".", "").isdigit():
        return f"{MINUS}<mn>{text[1:]}</mn>"
    return f"<mn>{text}</mn>" if text.replace(".", "").isdigit() else f"<mtext>{escape(text)}</mtext>"


def is_matrix(x: Any) -> bool:
    """Whether it is typeset as a matrix."""
    return bool(_rows(x))


def _rows(x):
    """The rows of a small vector or matrix, as lists of numbers; None for anything else."""
    if not hasattr(x, "shape") or not hasattr(x, "dtype") or len(x.shape) not in (1, 2) or not x.size or not is_shown(x):
        return None
    found = _rounded(x)
    return found if len(x.shape) == 2 else [found]


def simplified(x: Any) -> Any:
    """An expression in its simplest form; any other number as it is."""
    return symbols.simplified(x) if hasattr(x, "free_symbols") else x
