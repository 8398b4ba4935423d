"""Exponentials, logarithms, roots, and what is made of them."""

from __future__ import annotations

from minigrad import rules
from minigrad.graph import binary, unary
from minigrad.ops.elementwise.otherwise import no_sign, paired_through_floats, size, through_floats
from minigrad.tensor import Tensor, constant, lift
from minigrad.types import Operand

__all__ = [
    "abs",
    "cbrt",
    "erf", "erfc",
    "exp",
    "exp2",
    "expm1",
    "hypot",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
    "rsqrt",
    "sign",
    "sqrt",
]


def exp(a: Operand) -> Tensor:
    """e ** a"""
    return unary(rules.exp, a, through_floats)


def expm1(a: Operand) -> Tensor:
    """e ** a - 1, to all digits near 0."""
    return unary(rules.expm1, a, through_floats)


def exp2(a: Operand) -> Tensor:
    """2 ** a"""
    return unary(rules.exp2, a, through_floats)


def log(a: Operand) -> Tensor:
    """The natural logarithm: -inf at 0, NaN below."""
    return unary(rules.log, a, through_floats)


def log1p(a: Operand) -> Tensor:
    """log(1 + a), to all digits near 0."""
    return unary(rules.log1p, a, through_floats)


def log2(a: Operand) -> Tensor:
    """The logarithm to base 2: -inf at 0, NaN below."""
    return unary(rules.log2, a, through_floats)


def log10(a: Operand) -> Tensor:
    """The logarithm to base 10: -inf at 0, NaN below."""
    return unary(rules.log10, a, through_floats)


def sqrt(a: Operand) -> Tensor:
    """The square root; its slope at 0 is infinite."""
    return unary(rules.sqrt, a, through_floats)


def rsqrt(a: Operand) -> Tensor:
    """1 / sqrt(a), the reciprocal square root; infinite at 0."""
    return unary(rules.rsqrt, a, through_floats)


def cbrt(a: Operand) -> Tensor:
    """The real cube root; its slope at 0 is infinite."""
    return unary(rules.cbrt, a, through_floats)


def hypot(a: Operand, b: Operand) -> Tensor:
    """sqrt(a a + b b), without overflow, broadcast; its slopes at (0, 0) are 0, as those of a norm."""
    return binary(rules.hypot, a, b, paired_through_floats)


def logaddexp(a: Operand, b: Operand) -> Tensor:
    """log(e ** a + e ** b), without overflow, broadcast."""
    return binary(rules.logaddexp, a, b, paired_through_floats)


def logaddexp2(a: Operand, b: Operand) -> Tensor:
    """log2(2 ** a + 2 ** b), without overflow, broadcast."""
    return binary(rules.logaddexp2, a, b, paired_through_floats)


def erf(a: Operand) -> Tensor:
    """The error function, 2 / sqrt(pi) times the integral of exp(-t t) from 0 to a."""
    return unary(rules.erf, a, through_floats)


def erfc(a: Operand) -> Tensor:
    """1 - erf(a), to all digits where that is small."""
    return unary(rules.erfc, a, through_floats)


def abs(a: Operand) -> Tensor:
    """|a|; its slope at 0 is 0. Of complex numbers their distance from 0, a real number."""
    return unary(rules.abs, a, size)


def sign(a: Operand) -> Tensor:
    """-1, 0 or 1, NaN of NaN; its gradient is zero everywhere, so it is a constant of the graph."""
    a = lift(a)
    if a.data.dtype.kind == "b":
        raise no_sign("sign")
    return constant(a.k, a.k.sign(a.data))
