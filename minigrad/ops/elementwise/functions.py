"""Functions of one number."""

from __future__ import annotations

from minigrad import rules
from minigrad.graph import record, unary
from minigrad.ops.elementwise.otherwise import as_it_is, no_sign, through_floats
from minigrad.tensor import Tensor, constant, lift
from minigrad.types import Operand

__all__ = ["abs", "cos", "exp", "expm1", "log", "log1p", "relu", "sigmoid", "sign", "sin", "softplus", "sqrt", "tanh"]


def exp(a: Operand) -> Tensor:
    """e ** a"""
    return unary(rules.exp, a, through_floats)


def expm1(a: Operand) -> Tensor:
    """e ** a - 1, to all digits near 0."""
    return unary(rules.expm1, a, through_floats)


def log(a: Operand) -> Tensor:
    """The natural logarithm: -inf at 0, NaN below."""
    return unary(rules.log, a, through_floats)


def log1p(a: Operand) -> Tensor:
    """log(1 + a), to all digits near 0."""
    return unary(rules.log1p, a, through_floats)


def sqrt(a: Operand) -> Tensor:
    """The square root; its slope at 0 is infinite."""
    return unary(rules.sqrt, a, through_floats)


def sin(a: Operand) -> Tensor:
    """The sine, a in radians."""
    return unary(rules.sin, a, through_floats)


def cos(a: Operand) -> Tensor:
    """The cosine, a in radians."""
    return unary(rules.cos, a, through_floats)


def tanh(a: Operand) -> Tensor:
    """The hyperbolic tangent."""
    return unary(rules.tanh, a, through_floats)


def sigmoid(a: Operand) -> Tensor:
    """1 / (1 + exp(-a)), the logistic function."""
    return unary(rules.sigmoid, a, through_floats)


def softplus(a: Operand) -> Tensor:
    """log(1 + e ** a), a smooth relu."""
    return unary(rules.softplus, a, through_floats)


def relu(a: Operand, at_zero: float = 0) -> Tensor:
    """max(a, 0), elementwise. at_zero: the slope at exactly 0."""
    if at_zero == 0:
        return unary(rules.relu, a, as_it_is)
    a = lift(a)
    return record(a.k, a.k.relu(a.data), (a,), rules.relu_at_zero, rules.relu_at_zero.saves, (at_zero,))


def abs(a: Operand) -> Tensor:
    """|a|; its slope at 0 is 0."""
    return unary(rules.abs, a, as_it_is)


def sign(a: Operand) -> Tensor:
    """-1, 0 or 1, NaN of NaN; its gradient is zero everywhere, so it is a constant of the graph."""
    a = lift(a)
    if a.data.dtype.kind == "b":
        raise no_sign("sign")
    return constant(a.k, a.k.sign(a.data))
