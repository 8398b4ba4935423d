"""SymPy's expressions as one writes them by hand: H(z) for the slope of a relu, relu(z) for max(0, z).

Nothing here imports SymPy before it meets an expression of it.
"""

from __future__ import annotations

import re
from typing import Any

SIMPLE = 60         # operations of an expression that is simplified before it is shown


STEP = "stepofminigrad"         # SymPy's MathML has the names of functions in small letters


def readable(expression: Any, step: str = "H") -> Any:
    """The expression with H(z), 1 for z > 0 and else 0, and relu(z) in the place of SymPy's Heaviside(z, 0) and Max(0, z)."""
    import sympy

    if not isinstance(expression, sympy.Expr):
        return expression
    h, relu = sympy.Function(step), sympy.Function("relu")

    def largest(*args):
        others = [a for a in args if a != 0]
        inside = others[0] if len(others) == 1 else sympy.Function("max")(*others)
        return relu(inside) if len(others) < len(args) else inside

    found = expression.replace(lambda e: isinstance(e, sympy.Heaviside) and e.args[1] == 0, lambda e: h(e.args[0]))
    return found.replace(sympy.Max, largest).replace(sympy.Min, sympy.Function("min"))


def is_compound(expression: Any) -> bool:
    """Whether it is more than a symbol, a number from 0 up or a function's value."""
    shown = readable(expression)
    return not (shown.is_Function or shown.is_Symbol or shown.is_Integer and shown >= 0)


def is_product(expression: Any) -> bool:
    """Whether it is one, and stands among factors without brackets."""
    return bool(expression.is_Mul and not expression.could_extract_minus_sign())


def text(expression: Any) -> str:
    """In Unicode, on one line."""
    return re.sub(r"(?<!\*)\*(?!\*)", "·", str(readable(expression))).replace("-", "−")


def latex(expression: Any) -> str:
    """In LaTeX."""
    import sympy

    return str(sympy.latex(readable(expression)))


def mathml(expression: Any) -> str:
    """In MathML."""
    import sympy

    said = str(sympy.mathml(readable(expression, STEP), printer="presentation"))
    return said.replace("&InvisibleTimes;", "·").replace(STEP, "H")


def simplified(expression: Any) -> Any:
    """The expression in its simplest form, unless it is so long that looking for one would take long."""
    import sympy

    if not isinstance(expression, sympy.Expr) or sympy.count_ops(expression) > SIMPLE:
        return expression
    try:
        return sympy.simplify(expression)
    except (TypeError, ValueError, NotImplementedError, RecursionError):        # one that SymPy has no rules for
        return expression
