"""Formulae as they are typed, `relu(w*x + b) ** 2`, computed with Values: a grammar of numbers, names, operators and the known
functions, read by Python's parser and never evaluated by it."""

from __future__ import annotations

import ast
import operator
from fractions import Fraction
from typing import Any

from minigrad.rules import OPERATIONS
from minigrad.scalar.value import Value

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
             ast.Pow: operator.pow}
HIDDEN = {"add", "sub", "mul", "div", "power", "neg", "pick_mul", "pick_div", "pick_both"}      # they have operators
FUNCTIONS = {name for name in OPERATIONS if name not in HIDDEN} | {"max", "min"}
LONGEST = 10_000            # letters
MOST_BITS = 14_000          # of an exact number: Python writes no more


def names_in(text: str) -> list[str]:
    """The names of a formula that stand for numbers, in the order in which they appear. ValueError for no formula."""
    tree = _parsed(text)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called]
    return list(dict.fromkeys(node.id for node in sorted(names, key=lambda node: node.col_offset)))


def compute(text: str, values: dict[str, Value]) -> Value:
    """The formula's value, a Value whose graph ends in those given. ValueError for what is no such formula, or a name that has
    no value."""
    try:
        result = _value(_parsed(text), values, text)
    except ArithmeticError as error:
        raise ValueError(f"[explain] the formula has no value there: {error}") from None
    return result if isinstance(result, Value) else Value(result)


def number(text: str) -> Any:
    """A number as it is typed: 3 an int, 1/3 a Fraction, 0.5 a float. ValueError for anything else."""
    try:
        if "/" in text:
            return Fraction(text.replace(" ", ""))
        return int(text) if text.strip().lstrip("+-").isdigit() else float(text)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"[explain] expected a number, such as 3, 1/3 or 0.5, found {text!r}") from None


def _parsed(text):
    if len(text) > LONGEST:
        raise ValueError(f"[explain] the formula has {len(text)} letters, and {LONGEST} are the most")
    try:
        return ast.parse(text.replace("^", "**").strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        place = f" at letter {error.offset}" if isinstance(error, SyntaxError) and error.offset else ""
        raise ValueError(f"[explain] this is no formula{place}: {text!r}") from None


def _value(node, values, text):
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return node.value
    if isinstance(node, ast.Name):
        if node.id not in values:
            raise ValueError(f"[explain] {node.id} has no value: there are {', '.join(values) or 'none'}; give {node.id}=...")
        return values[node.id]
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        a, b = _value(node.left, values, text), _value(node.right, values, text)
        if isinstance(a, int) and isinstance(b, int) and isinstance(node.op, ast.Div) and b:
            return Fraction(a, b)
        if isinstance(node.op, ast.Pow) and _digits(a) * _exponent(b) > MOST_BITS:
            raise ValueError(f"[explain] {ast.unparse(node)} has too many digits to be written out: give a float, such as 9.0")
        try:
            return _written(OPERATORS[type(node.op)](a, b), node)
        except ZeroDivisionError:
            raise ValueError(f"[explain] {ast.unparse(node)} divides by 0") from None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        a = _value(node.operand, values, text)
        return -a if isinstance(node.op, ast.USub) else a
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return _called(node, values, text)
    raise ValueError(f"[explain] {ast.unparse(node)!r} has no place in a formula: numbers, names, + - * / **, brackets and "
                     "functions do")


def _written(a, node):
    """a, if it has no more digits than Python writes."""
    if _digits(a) > MOST_BITS:
        raise ValueError(f"[explain] {ast.unparse(node)[:60]} has too many digits to be written out: give a float, such as 9.0")
    return a


def _digits(a):
    """The bits of an exact number; 0 of any other."""
    a = a.data if isinstance(a, Value) else a
    return a.numerator.bit_length() + a.denominator.bit_length() if isinstance(a, (int, Fraction)) else 0


def _exponent(b):
    b = b.data if isinstance(b, Value) else b
    return abs(int(b)) if isinstance(b, (int, Fraction)) else 0


def _called(node, values, text):
    name = node.func.id
    if name not in FUNCTIONS:
        raise ValueError(f"[explain] there is no function {name!r}: there are {', '.join(sorted(FUNCTIONS))}")
    first, *others = [_value(a, values, text) for a in node.args] or [None]
    method = getattr(first if isinstance(first, Value) else Value(first if first is not None else 0), name, None)
    try:
        if first is None or method is None:
            raise TypeError
        return _written(method(*others), node)
    except TypeError as error:
        raise ValueError(f"[explain] {ast.unparse(node)}: {str(error) or 'a function needs an argument'}") from None
