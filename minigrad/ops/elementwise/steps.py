"""Functions with steps: rounding, whose results are constants of the graph, as their slope is zero, and remainders."""

from __future__ import annotations

from minigrad.graph import binary
from minigrad.ops.elementwise.otherwise import paired_through_floats, remaining
from minigrad.ops.operands import astype, pair
from minigrad.rules import steps as rules
from minigrad.tensor import Tensor, constant, get_default_dtype, lift
from minigrad.types import Operand

__all__ = ["ceil", "copysign", "floor", "floor_divide", "fmod", "mod", "round", "trunc"]


def floor(a: Operand) -> Tensor:
    """The largest whole number that is not above a; a constant of the graph."""
    return _stepped("floor", a)


def ceil(a: Operand) -> Tensor:
    """The smallest whole number that is not below a; a constant of the graph."""
    return _stepped("ceil", a)


def trunc(a: Operand) -> Tensor:
    """a without what stands behind its point; a constant of the graph."""
    return _stepped("trunc", a)


def round(a: Operand, decimals: int = 0) -> Tensor:
    """a to that many decimals, halves to the even neighbour; a constant of the graph. Booleans become floats, as in numpy."""
    a = lift(a)
    if not hasattr(decimals, "__index__"):
        raise TypeError(f"[round] decimals must be an int, found {decimals!r}")
    if a.data.dtype.kind == "b":
        a = astype(a, get_default_dtype())
    return constant(a.k, a.k.round(a.data, int(decimals)))


def _stepped(name, a):
    a = lift(a)
    return a.detach() if a.data.dtype.kind in "biu" else constant(a.k, getattr(a.k, name)(a.data))


def floor_divide(a: Operand, b: Operand) -> Tensor:
    """floor(a / b), broadcast, in integers where both are; a constant of the graph."""
    k, _, _, x, y, _ = pair("floor_divide", a, b)
    return constant(k, k.floor_divide(x, y))


def truncated(a, b):
    """a / b, rounded towards 0."""
    k, _, _, x, y, _ = pair("div", a, b)
    first = x if hasattr(x, "dtype") else y
    if first.dtype.kind == "f":
        return constant(k, k.trunc(k.div(x, y)))
    whole = constant(k, k.floor_divide(x, y))
    rest = k.not_equal(k.mod(x, y), 0)
    negative = k.not_equal(k.less(x, 0), k.less(y, 0))
    return constant(k, k.add(whole.data, k.astype(k.logical_and(rest, negative), whole.data.dtype)))


def mod(a: Operand, b: Operand) -> Tensor:
    """a - floor(a / b) b, broadcast: the remainder with the sign of b, as Python's %. Its slope in b is -floor(a / b)."""
    return binary(rules.mod, a, b, remaining)


def fmod(a: Operand, b: Operand) -> Tensor:
    """a - trunc(a / b) b, broadcast: the remainder with the sign of a, as C's fmod. Its slope in b is -trunc(a / b)."""
    return binary(rules.fmod, a, b, remaining)


def copysign(a: Operand, b: Operand) -> Tensor:
    """|a| with the sign of b, broadcast; the gradient of b is 0, that of a, too, where a is 0."""
    return binary(rules.copysign, a, b, paired_through_floats)
