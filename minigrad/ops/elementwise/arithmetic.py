"""Arithmetic."""

from __future__ import annotations

from minigrad import rules
from minigrad.graph import Variable, binary, unary
from minigrad.ops.elementwise.otherwise import difference, paired, quotient, raised, signed
from minigrad.tensor import Tensor
from minigrad.types import Operand

__all__ = ["add", "div", "mul", "neg", "power", "sub"]


def add(a: Operand, b: Operand) -> Tensor:
    """a + b, broadcast."""
    return binary(rules.add, a, b, paired)


def sub(a: Operand, b: Operand) -> Tensor:
    """a - b, broadcast."""
    return binary(rules.sub, a, b, difference)


def mul(a: Operand, b: Operand) -> Tensor:
    """a * b, broadcast."""
    return binary(rules.mul, a, b, paired)


def div(a: Operand, b: Operand) -> Tensor:
    """a / b, broadcast; integers divide to the default dtype."""
    return binary(rules.div, a, b, quotient)


def neg(a: Operand) -> Tensor:
    """-a"""
    return unary(rules.neg, a, signed)


def power(a: Operand, b: Operand) -> Tensor:
    """a ** b, broadcast."""
    return binary(rules.power, a, b, raised) if isinstance(a, Variable) else raised(rules.power, a, b)


def pick_mul(a, b):
    """a * b, but 0 where a is 0, whatever b is, broadcast."""
    return binary(rules.pick_mul, a, b, paired)


def pick_both(a, b):
    """a * b, but 0 where either is 0, whatever the other is, broadcast."""
    return binary(rules.pick_both, a, b, paired)


def pick_div(a, b):
    """a / b, but 0 where a is 0, whatever b is, broadcast."""
    return binary(rules.pick_div, a, b, paired)
