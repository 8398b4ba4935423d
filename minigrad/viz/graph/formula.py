"""A rule as a formula: `rules/` are texts over a table of kernels, so over this table they write themselves down.

    backward_formulas(rules.mul)    ->  ("g · b", "g · a"), each as a Formula with .latex, too
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minigrad import rules
from minigrad.declare import Declared
from minigrad.rules import Calculus

SUM, PRODUCT, POWER, ATOM = range(4)            # what binds how strongly
INFIX = {"add": (" + ", " + ", SUM), "sub": (" − ", " - ", SUM), "mul": (" · ", " \\cdot ", PRODUCT)}
RELATIONS = {"greater": (" > ", " > "), "greater_equal": (" ≥ ", " \\ge "), "less": (" < ", " < "),
             "less_equal": (" ≤ ", " \\le "), "equal": (" = ", " = "), "not_equal": (" ≠ ", " \\ne ")}
SAME = {"pick_mul": "mul", "pick_both": "mul", "pick_div": "div"}       # products that a 0 wins
NAMED = {"sigmoid", "tanh", "softplus", "log1p", "expm1", "sinh", "cosh", "sin", "cos", "tan", "erf", "erfc", "square", "sqrt",
         "relu", "maximum", "minimum", "abs", "sign"}
CONSTANTS = {"pi": ("π", "\\pi"), "sqrt pi": ("√π", "\\sqrt{\\pi}"), "sqrt 2": ("√2", "\\sqrt{2}"), "log 2": ("ln 2", "\\ln 2"),
             "log 10": ("ln 10", "\\ln 10")}


class Formula:
    """A piece of a formula. str() is Unicode, .latex LaTeX."""

    __slots__ = ("text", "latex", "binds")

    def __init__(self, text: str, latex: str | None = None, binds: int = ATOM) -> None:
        self.text, self.latex, self.binds = text, text if latex is None else latex, binds

    def __str__(self) -> str:
        return self.text

    def within(self, binds: int) -> tuple[str, str]:
        """(text, LaTeX), in brackets where what stands around it binds more strongly."""
        return (self.text, self.latex) if self.binds >= binds else (f"({self.text})", f"\\left({self.latex}\\right)")


def formula(x: Any) -> Formula:
    """A Formula as it is; a number as one."""
    if isinstance(x, Formula):
        return x
    text = f"{x:.4g}" if isinstance(x, float) else str(x)
    return Formula(text.replace("-", "−"), text, SUM if text.startswith("-") else ATOM)


class Formulas(Calculus, Declared):
    """The table: every kernel gives the formula of what it would compute."""

    def __getattr__(self, name: str) -> Callable[..., Formula]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, out=None: _call(name, args)

    def __getattribute__(self, name: str) -> Any:
        """A function that has a name of its own is written by it, not by its definition."""
        if name in NAMED:
            return lambda *args, out=None: _call(name, args)
        return object.__getattribute__(self, name)

    def constant(self, name: str, like: Any) -> Formula:
        return Formula(*CONSTANTS[name])

    def neg(self, a: Any, out: None = None) -> Formula:
        text, latex = formula(a).within(PRODUCT)
        return Formula(f"−{text}", f"-{latex}", SUM)

    def div(self, a: Any, b: Any, out: None = None) -> Formula:
        a, b = formula(a), formula(b)
        return Formula(f"{a.within(PRODUCT)[0]} / {b.within(POWER)[0]}", f"\\frac{{{a.latex}}}{{{b.latex}}}", PRODUCT)

    def power(self, a: Any, b: Any, out: None = None) -> Formula:
        a, b = formula(a), formula(b)
        text, latex = a.within(ATOM)
        return Formula(f"{text} ** {b.within(ATOM)[0]}", f"{latex}^{{{b.latex}}}", POWER)

    def exp(self, a: Any, out: None = None) -> Formula:
        return Formula(f"exp({formula(a)})", f"e^{{{formula(a).latex}}}")

    def where(self, condition: Any, a: Any, b: Any, out: None = None) -> Formula:
        """[condition] a, if b is 0: as a factor of a."""
        c, a, b = formula(condition), formula(a), formula(b)
        if b.text == "0":
            bracket = Formula(f"[{c}]", f"\\mathbf{{1}}[{c.latex}]")
            return bracket if a.text == "1" else _infix("mul", (a, bracket))
        return Formula(f"({a} if {c}, else {b})",
                       f"\\begin{{cases}}{a.latex}&{c.latex}\\\\{b.latex}&\\text{{else}}\\end{{cases}}")

    def relu_backward(self, g: Any, y: Any, out: None = None) -> Formula:
        return self.where(_call("greater", (y, 0)), g, 0)


def _call(name, args):
    name = SAME.get(name, name)
    if name == "div":
        return TABLE.div(*args)
    if name in INFIX and len(args) == 2:
        return _infix(name, args)
    if name in RELATIONS:
        (a, b), (sign, latex) = map(formula, args), RELATIONS[name]
        return Formula(f"{a}{sign}{b}", f"{a.latex}{latex}{b.latex}", SUM)
    inside = [formula(a) for a in args]
    return Formula(f"{name}({', '.join(a.text for a in inside)})",
                   f"\\operatorname{{{name.replace('_', ' ')}}}({', '.join(a.latex for a in inside)})")


def _infix(name, args):
    sign, latex, binds = INFIX[name]
    (a, la), (b, lb) = formula(args[0]).within(binds), formula(args[1]).within(binds + (name == "sub"))
    return Formula(f"{a}{sign}{b}", f"{la}{latex}{lb}", binds)


TABLE = Formulas()


def backward_formulas(rule: Callable[..., Any], inputs: int, args: tuple[Any, ...] = (),
                      values: dict[str, Formula] | None = None) -> tuple[Formula | None, ...]:
    """What an elementwise rule gives to each of its inputs, of g, a, b and y; None for a rule that is no text of these.

    args: the numbers that an operation was given beside its inputs, a power's exponent, say; values: what to write for g, a, b
    and y.
    """
    values = values or {}
    if not rule.__module__.startswith(rules.__name__):
        return (None,) * inputs
    names = rule.__code__.co_varnames[3:rule.__code__.co_argcount]
    saved = names[:len(names) - len(args)]
    if not set(saved) <= {"a", "b", "y"}:
        return (None,) * inputs
    try:
        found = rule(TABLE, values.get("g", Formula("g")), (True,) * inputs, *(values.get(n, Formula(n)) for n in saved), *args)
    except (TypeError, ValueError, AttributeError):
        return (None,) * inputs
    return tuple(None if part is None else formula(part) for part in found)
