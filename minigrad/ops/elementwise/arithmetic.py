"""Arithmetic."""

from __future__ import annotations

from minigrad import rules
from minigrad.graph import Variable, binary, unary
from minigrad.ops.elementwise.otherwise import (
    as_it_is,
    difference,
    paired,
    paired_through_floats,
    raised,
    signed,
    through_floats,
)
from minigrad.ops.elementwise.steps import floor_divide, truncated
from minigrad.tensor import Tensor
from minigrad.types import Operand

__all__ = ["add", "div", "mul", "neg", "power", "reciprocal", "square", "sub"]


def add(a: Operand, b: Operand) -> Tensor:
    """a + b, broadcast."""
    return binary(rules.add, a, b, paired)


def sub(a: Operand, b: Operand) -> Tensor:
    """a - b, broadcast."""
    return binary(rules.sub, a, b, difference)


def mul(a: Operand, b: Operand) -> Tensor:
    """a * b, broadcast."""
    return binary(rules.mul, a, b, paired)


def div(a: Operand, b: Operand, rounding_mode: str | None = None) -> Tensor:
    """a / b, broadcast; integers divide to the default dtype. rounding_mode: "floor" (as //) or "trunc", of which the gradient
    is zero.
    """
    if rounding_mode is None:
        return binary(rules.div, a, b, paired_through_floats)
    if rounding_mode not in ("floor", "trunc"):
        raise ValueError(f"[div] rounding_mode must be None, 'floor' or 'trunc', found {rounding_mode!r}")
    return floor_divide(a, b) if rounding_mode == "floor" else truncated(a, b)


def neg(a: Operand) -> Tensor:
    """-a"""
    return unary(rules.neg, a, signed)


def power(a: Operand, b: Operand) -> Tensor:
    """a ** b, broadcast."""
    return binary(rules.power, a, b, raised) if isinstance(a, Variable) else raised(rules.power, a, b)


def square(a: Operand) -> Tensor:
    """a a"""
    return unary(rules.square, a, as_it_is)


def reciprocal(a: Operand) -> Tensor:
    """1 / a, in floats; infinite at 0."""
    return unary(rules.reciprocal, a, through_floats)


def pick_mul(a, b):
    """a * b, but 0 where a is 0, whatever b is, broadcast."""
    return binary(rules.pick_mul, a, b, paired)


def pick_both(a, b):
    """a * b, but 0 where either is 0, whatever the other is, broadcast."""
    return binary(rules.pick_both, a, b, paired)


def pick_div(a, b):
    """a / b, but 0 where a is 0, whatever b is, broadcast."""
    return binary(rules.pick_div, a, b, paired)
