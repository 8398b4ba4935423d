"""Formulae as they are typed, `relu(w*x + b) ** 2`, computed with Values: a grammar of numbers, names, operators and the known
functions, read by Python's parser and never evaluated by it. Whatever is typed, the answer is a Value or a ValueError of a
sentence: nothing recurses, and numbers that nobody could read are refused before they are computed.
"""

from __future__ import annotations

import ast
import math
import unicodedata
import warnings
from fractions import Fraction
from typing import Any

from minigrad.rules import OPERATIONS
from minigrad.scalar.numbers import NUMBERS
from minigrad.scalar.value import Value

OPERATORS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "power", ast.USub: "neg", ast.UAdd: ""}
HIDDEN = {"add", "sub", "mul", "div", "power", "neg", "pick_mul", "pick_div", "pick_both"}      # they have operators
FUNCTIONS = {name: name for name in OPERATIONS if name not in HIDDEN} | {"max": "maximum", "min": "minimum"}
LONGEST = 10_000            # letters
MOST_BITS = 14_000          # of an exact number: Python writes no more
FIRST = 12                  # names that an error lists
SHOWN = 60                  # letters of a part that an error shows


def names_in(text: str) -> list[str]:
    """The names of a formula that stand for numbers, in the order in which they appear. ValueError for what is no formula."""
    names, stack = {}, [_parsed(text)]
    while stack:
        node = stack.pop()
        stack += reversed(_parts(node))
        if isinstance(node, ast.Name):
            names[node.id] = None
    return list(names)


def compute(text: str, values: dict[str, Value]) -> Value:
    """The formula's value, a Value whose graph ends in those given; what has no names in it is computed at once, as a number.
    ValueError for what is no such formula, has no value, or a name that has none."""
    done: list[Any] = []
    stack: list[tuple[ast.expr, bool]] = [(_parsed(text), False)]
    while stack:
        node, ready = stack.pop()
        parts = _parts(node)
        if not ready and parts:
            stack += [(node, True), *((part, False) for part in reversed(parts))]
            continue
        given = done[len(done) - len(parts):]
        del done[len(done) - len(parts):]
        try:
            done.append(_value(node, given, values))
        except ZeroDivisionError:
            raise ValueError(f"[explain] {_said(node)} divides by 0") from None
        except ArithmeticError as error:
            raise ValueError(f"[explain] the formula has no value there: {_said(node)}: {error}") from None
        except (TypeError, MemoryError) as error:
            raise ValueError(f"[explain] {_said(node)}: {str(error) or 'too large'}") from None
    (result,) = done
    return result if isinstance(result, Value) else Value(result)


def number(text: str) -> Any:
    """A number as it is typed: 3 an int, 1/3 a Fraction, 0.5 a float. ValueError for anything else."""
    try:
        if "/" in text:
            return Fraction(text.replace(" ", ""))
        found = int(text) if text.strip().lstrip("+-").isdigit() else float(text)
        if found == found:
            return found
    except (ValueError, ZeroDivisionError):
        pass
    raise ValueError(f"[explain] expected a number, such as 3, 1/3 or 0.5, found {_shortened(repr(text))}") from None


def listed(names: list[str]) -> str:
    """The first of them, for an error."""
    more = f" and {len(names) - FIRST} more" if len(names) > FIRST else ""
    return ", ".join(map(_shortened, names[:FIRST])) + more or "none"


def as_name(text: str) -> str:
    """A name as Python's parser reads it; "" for what is none."""
    name = unicodedata.normalize("NFKC", text.strip())
    return name if name.isidentifier() else ""


def _parsed(text):
    if len(text) > LONGEST:
        raise ValueError(f"[explain] the formula has {len(text)} letters, and {LONGEST} are the most")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")             # of the parser's, on what is no formula anyway
            return ast.parse(text.replace("^", "**").strip(), mode="eval").body
    except SyntaxError as error:
        place = f" at letter {error.offset}" if error.offset else ""
        raise ValueError(f"[explain] this is no formula{place}: {_shortened(repr(text))} ({error.msg})") from None
    except (ValueError, RecursionError, MemoryError):
        raise ValueError(f"[explain] this is no formula, or one nested too deeply: {_shortened(repr(text))}") from None


def _parts(node):
    """The formulae inside one; ValueError for what has no place in a formula."""
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp) and type(node.op) in OPERATORS:
        return [node.operand]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return _arguments(node)
    if isinstance(node, ast.Name) or isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return []
    hint = "numbers, names, + - * / **, brackets and functions do"
    if isinstance(node, ast.Call) and not isinstance(node.func, ast.Name):
        hint = "write * between factors"
    raise ValueError(f"[explain] {_said(node)} has no place in a formula: {hint}")


def _arguments(node):
    """A call's, as many as the function takes."""
    name, found = node.func.id, len(node.args)
    if name not in FUNCTIONS:
        raise ValueError(f"[explain] there is no function {_shortened(repr(name))}: there are {', '.join(sorted(FUNCTIONS))}")
    takes = OPERATIONS[FUNCTIONS[name]].inputs
    if found != takes:
        raise ValueError(f"[explain] {name} takes {takes} number{'s' * (takes > 1)}, found {found}: {_said(node)}")
    return node.args


def _value(node, given, values):
    if isinstance(node, ast.Constant):
        return _written(node.value, node)
    if isinstance(node, ast.Name):
        if node.id not in values:
            raise ValueError(f"[explain] {listed([node.id])} has no value: there are {listed(list(values))}; give "
                             f"{listed([node.id])}=...")
        return values[node.id]
    kernel = FUNCTIONS[node.func.id] if isinstance(node, ast.Call) else OPERATORS[type(node.op)]
    if not kernel:                                      # +a
        return given[0]
    bits = _digits(given[0]) * _exponent(given[1]) if kernel == "power" else _exponent(given[0]) if kernel == "exp2" else 0
    if bits > MOST_BITS:
        raise _too_long(node)
    if kernel == "div" and not isinstance(given[1], Value) and given[1] == 0:
        raise ZeroDivisionError
    table: Any = Value.kernels if any(isinstance(x, Value) for x in given) else NUMBERS
    return _written(getattr(table, kernel)(*given), node, *given)


def _written(a, node, *given):
    """a, if it is a number, with no more digits than Python writes."""
    if _digits(a) > MOST_BITS:
        raise _too_long(node)
    if not _is_finite(a) and all(map(_is_finite, given)):
        what = "is infinite" if isinstance(_data(a), float) and math.isinf(_data(a)) else "has no value"
        raise ValueError(f"[explain] {_said(node)} {what}"
                         + (f" there, of {' and '.join(_shortened(str(_data(x))) for x in given)}" if given else ""))
    return a


def _too_long(node):
    return ValueError(f"[explain] {_said(node)} has too many digits to be written out: give a float, such as 9.0")


def _data(a):
    return a.data if isinstance(a, Value) else a


def _is_finite(a):
    """Whether it is a number, and not an infinite one; expressions are as far as SymPy knows."""
    a = _data(a)
    if hasattr(a, "free_symbols"):
        return a.is_finite is not False and str(a) != "nan"
    return type(a) is not complex and (type(a) is not float or math.isfinite(a))


def _digits(a):
    """The bits of an exact number that grow in a power; 0 of any other."""
    a = _data(a)
    if not isinstance(a, (int, Fraction)) or abs(a) == 1 or a == 0:
        return 0
    return a.numerator.bit_length() + a.denominator.bit_length()


def _exponent(b):
    b = _data(b)
    return abs(int(b)) if isinstance(b, (int, Fraction)) else 0


def _said(node):
    """A part of the formula, for an error."""
    try:
        return _shortened(ast.unparse(node))
    except (RecursionError, MemoryError, ValueError):
        return "a part of it"


def _shortened(text):
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
