"""`minigrad explain`: a formula, its value and its gradient, each step of it."""

import argparse

from minigrad import viz
from minigrad.cli.words import say
from minigrad.scalar.value import Value
from minigrad.viz.graph.expression import as_name, compute, listed, names_in, number


def explain(args: argparse.Namespace) -> int:
    """Print it, and write the pages and pictures that were asked for; returns the exit code."""
    numbers = dict(_assignment(text) for text in args.values)
    names = names_in(args.formula)
    unknown = [name for name in numbers if name not in names]
    if unknown:
        raise ValueError(f"[explain] {listed(unknown)} has a value but does not appear in the formula: its names are "
                         f"{listed(names)}")
    missing = [name for name in names if name not in numbers]
    if missing and not args.symbolic:
        raise ValueError(f"[explain] {listed(missing)} has no value: give {listed(missing[:1])}=..., or --symbolic for "
                         "formulae")
    values = {name: Value(numbers[name] if name in numbers else _symbol(name), name) for name in names}
    result = compute(args.formula, values)
    result.label = result.label or "result"
    try:
        explanation = viz.explain(result)
    except ArithmeticError as error:
        raise ValueError(f"[explain] the formula has no gradient there: {error}") from None
    say(str(explanation))
    for path in args.save:
        (viz.draw(result) if path.suffix in (".svg", ".dot") else explanation).save(path)
        say(f"written: {path}")
    return 0


def _assignment(text):
    name, sign, value = text.partition("=")
    if not sign or not as_name(name):
        raise ValueError(f"[explain] expected name=number, such as w1=3 or x=1/3, found {text[:60]!r}")
    return as_name(name), number(value)


def _symbol(name):
    try:
        import sympy
    except ImportError:
        raise ImportError("[explain] --symbolic needs SymPy, which is not installed: pip install sympy") from None
    return sympy.Symbol(name, real=True)
