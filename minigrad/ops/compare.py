"""Comparisons: boolean tensors, constants of the graph."""

from __future__ import annotations

from minigrad.graph import Variable
from minigrad.ops.operands import pair
from minigrad.tensor import Tensor, constant, plain
from minigrad.types import Operand

__all__ = ["equal", "greater", "greater_equal", "less", "less_equal", "not_equal"]


def _pair(op, a, b):
    """(k, x, y) to compare. Integers stay as they are: rounded to a float's dtype, two that differ may be equal."""
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Variable) and isinstance(other, (int, float)) and one.data.dtype.kind != "f":
            return one.k, plain(a), plain(b)
    k, _, _, x, y, _ = pair(op, a, b)
    exact = [t.data if isinstance(t, Variable) and t.data.dtype.kind != "f" else made for t, made in ((a, x), (b, y))]
    return (k, *exact)


def greater(a: Operand, b: Operand) -> Tensor:
    """a > b, broadcast."""
    k, x, y = _pair("greater", a, b)
    return constant(k, k.greater(x, y))


def greater_equal(a: Operand, b: Operand) -> Tensor:
    """a >= b, broadcast."""
    k, x, y = _pair("greater_equal", a, b)
    return constant(k, k.greater_equal(x, y))


def less(a: Operand, b: Operand) -> Tensor:
    """a < b, broadcast."""
    k, x, y = _pair("less", a, b)
    return constant(k, k.less(x, y))


def less_equal(a: Operand, b: Operand) -> Tensor:
    """a <= b, broadcast."""
    k, x, y = _pair("less_equal", a, b)
    return constant(k, k.less_equal(x, y))


def equal(a: Operand, b: Operand) -> Tensor:
    """a == b, broadcast."""
    k, x, y = _pair("equal", a, b)
    return constant(k, k.equal(x, y))


def not_equal(a: Operand, b: Operand) -> Tensor:
    """a != b, broadcast."""
    k, x, y = _pair("not_equal", a, b)
    return constant(k, k.not_equal(x, y))
