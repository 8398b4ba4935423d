"""Questions about single elements, and logic: boolean tensors, constants of the graph. And bits of integers."""

from __future__ import annotations

from minigrad.graph import Variable
from minigrad.ops.operands import check_broadcast, pair
from minigrad.tensor import Tensor, constant, lift
from minigrad.types import Operand

__all__ = ["allclose", "bitwise_and", "bitwise_or", "bitwise_xor", "invert", "isclose", "isfinite", "isinf", "isnan",
           "left_shift", "logical_and", "logical_not", "logical_or", "logical_xor", "right_shift", "signbit"]


# ---- of one operand

def isnan(a: Operand) -> Tensor:
    """Whether a is NaN."""
    return _of_one("isnan", a)


def isinf(a: Operand) -> Tensor:
    """Whether a is inf or -inf."""
    return _of_one("isinf", a)


def isfinite(a: Operand) -> Tensor:
    """Whether a is neither infinite nor NaN."""
    return _of_one("isfinite", a)


def signbit(a: Operand) -> Tensor:
    """Whether a is below 0, or -0."""
    a = lift(a)
    return a < 0 if a.data.dtype.kind in "bu" else _of_one("signbit", a)


def logical_not(a: Operand) -> Tensor:
    """Whether a is 0 or False."""
    return _of_one("logical_not", a)


def invert(a: Operand) -> Tensor:
    """~a: `not a` of booleans, all bits turned of integers."""
    a = lift(a)
    _check_bits("invert", a.data)
    return _of_one("invert", a)


def _of_one(name, a):
    a = lift(a)
    return constant(a.k, getattr(a.k, name)(a.data))


# ---- of two

def logical_and(a: Operand, b: Operand) -> Tensor:
    """Whether neither is 0 or False, broadcast."""
    return _of_two("logical_and", a, b)


def logical_or(a: Operand, b: Operand) -> Tensor:
    """Whether one of them, or both, are not 0 or False, broadcast."""
    return _of_two("logical_or", a, b)


def logical_xor(a: Operand, b: Operand) -> Tensor:
    """Whether exactly one of them is not 0 or False, broadcast."""
    return _of_two("logical_xor", a, b)


def bitwise_and(a: Operand, b: Operand) -> Tensor:
    """a & b, broadcast: `and` of booleans, bit by bit of integers."""
    return _of_bits("bitwise_and", a, b)


def bitwise_or(a: Operand, b: Operand) -> Tensor:
    """a | b, broadcast: `or` of booleans, bit by bit of integers."""
    return _of_bits("bitwise_or", a, b)


def bitwise_xor(a: Operand, b: Operand) -> Tensor:
    """a ^ b, broadcast: where booleans differ, bit by bit of integers."""
    return _of_bits("bitwise_xor", a, b)


def left_shift(a: Operand, b: Operand) -> Tensor:
    """a << b, broadcast: integers times 2 ** b."""
    return _of_bits("left_shift", a, b)


def right_shift(a: Operand, b: Operand) -> Tensor:
    """a >> b, broadcast: integers divided by 2 ** b, rounded down."""
    return _of_bits("right_shift", a, b)


def _of_two(name, a, b):
    k, _, _, x, y, _ = pair(name, a, b, in_floats=True)
    return constant(k, getattr(k, name)(x, y))


def _of_bits(name, a, b):
    k, _, _, x, y, _ = pair(name, a, b)
    for operand in (x, y):
        _check_bits(name, operand)
    return constant(k, getattr(k, name)(x, y))


def _check_bits(op, x):
    """TypeError for what has no bits to speak of: floats."""
    if isinstance(x, float) or getattr(getattr(x, "dtype", None), "kind", "i") not in "biu":
        raise TypeError(f"[{op}] expected booleans or integers, found {getattr(x, 'dtype', 'a float')}: compare it, say x > 0, "
                        "or convert it with .astype(int)")


# ---- nearly equal

def isclose(a: Operand, b: Operand, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """|a - b| <= atol + rtol |b|, broadcast; infinities of one sign are close, NaN to NaN only if equal_nan."""
    if isinstance(a, (int, float)) and isinstance(b, Variable):
        a = lift(a, b)
    elif isinstance(b, (int, float)):
        a = lift(a)
        b = lift(b, a)
    k, _, _, x, y, _ = pair("isclose", a, b)
    check_broadcast("isclose", x.shape, y.shape)
    return constant(k, k.isclose(x, y, rtol, atol, equal_nan))


def allclose(a: Operand, b: Operand, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all elements are close, as `isclose` says."""
    close = isclose(a, b, rtol, atol, equal_nan)
    return bool(close.k.to_numpy(close.data).all())
