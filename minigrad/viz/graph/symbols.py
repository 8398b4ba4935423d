"""SymPy's expressions as one writes them by hand: H(z) for the slope of a relu, relu(z) for max(0, z).

Nothing here imports SymPy before it meets an expression of it.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

remembered = lru_cache(256)         # a number is written again and again
SIMPLE = 60         # operations of an expression that is simplified before it is shown


STEP = "stepofminigrad"         # SymPy's MathML has the names of functions in small letters


@remembered
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


@remembered
def text(expression: Any) -> str:
    """In Unicode, on one line."""
    return re.sub(r"(?<!\*)\*(?!\*)", "·", _on_a_line().doprint(readable(expression))).replace("-", "−")


@cache
def _on_a_line():
    """SymPy's printer of texts, but with cases in words."""
    from sympy.printing.str import StrPrinter

    class Printer(StrPrinter):
        def _print_Piecewise(self, e):
            *cases, last = e.args
            said = [f"{self._print(value)} if {self._print(condition)}" for value, condition in cases]
            end = "" if str(last[1]) == "True" else f" if {self._print(last[1])}"
            return f"({', '.join([*said, f'else {self._print(last[0])}{end}'])})"

        def _print_Equality(self, e):
            return f"{self._print(e.lhs)} = {self._print(e.rhs)}"

        def _print_Unequality(self, e):
            return f"{self._print(e.lhs)} ≠ {self._print(e.rhs)}"

        def _print_Or(self, e):
            return " or ".join(map(self._print, e.args))

        def _print_And(self, e):
            return " and ".join(f"({self._print(a)})" if a.func.__name__ == "Or" else self._print(a) for a in e.args)

    return Printer()


@remembered
def latex(expression: Any) -> str:
    """In LaTeX."""
    import sympy

    return str(sympy.latex(readable(expression)))


@remembered
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
