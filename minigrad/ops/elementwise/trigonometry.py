"""Trigonometric and hyperbolic functions, angles in radians, and their inverses."""

from __future__ import annotations

import math

from minigrad import rules
from minigrad.graph import alike, binary, unary
from minigrad.ops.compare import less
from minigrad.ops.elementwise.arithmetic import add, div, mul, square
from minigrad.ops.elementwise.choosing import where
from minigrad.ops.elementwise.functions import abs
from minigrad.ops.elementwise.otherwise import paired_through_floats, through_floats
from minigrad.ops.operands import in_floats
from minigrad.tensor import Tensor
from minigrad.types import Operand

__all__ = ["arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "cos", "cosh", "deg2rad", "rad2deg", "sin",
           "sinc", "sinh", "tan", "tanh"]


def sin(a: Operand) -> Tensor:
    """The sine, a in radians."""
    return unary(rules.sin, a, through_floats)


def cos(a: Operand) -> Tensor:
    """The cosine, a in radians."""
    return unary(rules.cos, a, through_floats)


def tan(a: Operand) -> Tensor:
    """The tangent, a in radians."""
    return unary(rules.tan, a, through_floats)


def arcsin(a: Operand) -> Tensor:
    """The angle in -pi/2 .. pi/2 whose sine is a; NaN beyond -1 and 1."""
    return unary(rules.arcsin, a, through_floats)


def arccos(a: Operand) -> Tensor:
    """The angle in 0 .. pi whose cosine is a; NaN beyond -1 and 1."""
    return unary(rules.arccos, a, through_floats)


def arctan(a: Operand) -> Tensor:
    """The angle in -pi/2 .. pi/2 whose tangent is a."""
    return unary(rules.arctan, a, through_floats)


def arctan2(a: Operand, b: Operand) -> Tensor:
    """The angle of the point (b, a), in -pi .. pi, broadcast: a is its y. Its slopes at (0, 0) are 0."""
    return binary(rules.arctan2, a, b, paired_through_floats)


def sinh(a: Operand) -> Tensor:
    """The hyperbolic sine, (e ** a - e ** -a) / 2."""
    return unary(rules.sinh, a, through_floats)


def cosh(a: Operand) -> Tensor:
    """The hyperbolic cosine, (e ** a + e ** -a) / 2."""
    return unary(rules.cosh, a, through_floats)


def tanh(a: Operand) -> Tensor:
    """The hyperbolic tangent."""
    return unary(rules.tanh, a, through_floats)


def arcsinh(a: Operand) -> Tensor:
    """The inverse of the hyperbolic sine."""
    return unary(rules.arcsinh, a, through_floats)


def arccosh(a: Operand) -> Tensor:
    """The inverse of the hyperbolic cosine; NaN below 1."""
    return unary(rules.arccosh, a, through_floats)


def arctanh(a: Operand) -> Tensor:
    """The inverse of the hyperbolic tangent; infinite at -1 and 1, NaN beyond."""
    return unary(rules.arctanh, a, through_floats)


def deg2rad(a: Operand) -> Tensor:
    """Degrees as radians."""
    return mul(a, math.pi / 180) if alike(a) else in_floats(deg2rad, a)


def rad2deg(a: Operand) -> Tensor:
    """Radians as degrees."""
    return mul(a, 180 / math.pi) if alike(a) else in_floats(rad2deg, a)


def sinc(a: Operand) -> Tensor:
    """sin(pi a) / (pi a), and 1 at 0, as in numpy. A series near 0 keeps the derivatives of every order right there, too."""
    if not alike(a):
        return in_floats(sinc, a)
    x = mul(a, math.pi)
    small = less(abs(x), 0.4)
    s = square(where(small, x, 0))
    series = mul(s, 1 / math.factorial(17))
    for n in range(7, 0, -1):                               # 1 - s / 3! + s s / 5! - ..., by Horner's scheme
        series = mul(add(series, (-1) ** n / math.factorial(2 * n + 1)), s)
    far = where(small, 1, x)
    return where(small, add(series, 1), div(sin(far), far))
