"""Elementwise operations, declared in `rules.py`; here are dtypes and broadcasting.

The usual case, tensors of one table, one floating point dtype and one shape, goes straight to the kernel and is recorded
(`graph.unary`, `graph.binary`); the last argument says what to do with anything else.
"""

from __future__ import annotations

import math
import numbers

import numpy as np

from minigrad import rules
from minigrad.graph import Variable, binary, record, unary
from minigrad.ops.operands import astype, beside, check_broadcast, in_floats, pair
from minigrad.tensor import Tensor, constant, get_default_dtype, lift
from minigrad.types import Operand

__all__ = ["abs", "add", "clip", "cos", "div", "exp", "expm1", "log", "log1p", "maximum", "minimum", "mul", "neg", "power",
           "relu", "sigmoid", "sign", "sin", "softplus", "sqrt", "sub", "tanh", "where"]

# ---- two operands, broadcast


def add(a: Operand, b: Operand) -> Tensor:
    """a + b, broadcast."""
    return binary(rules.add, a, b, _paired)


def sub(a: Operand, b: Operand) -> Tensor:
    """a - b, broadcast."""
    return binary(rules.sub, a, b, _difference)


def mul(a: Operand, b: Operand) -> Tensor:
    """a * b, broadcast."""
    return binary(rules.mul, a, b, _paired)


def div(a: Operand, b: Operand) -> Tensor:
    """a / b, broadcast; integers divide to the default dtype."""
    return binary(rules.div, a, b, _quotient)


def pick_mul(a, b):
    """a * b, but 0 where a is 0, whatever b is, broadcast."""
    return binary(rules.pick_mul, a, b, _paired)


def pick_both(a, b):
    """a * b, but 0 where either is 0, whatever the other is, broadcast."""
    return binary(rules.pick_both, a, b, _paired)


def pick_div(a, b):
    """a / b, but 0 where a is 0, whatever b is, broadcast."""
    return binary(rules.pick_div, a, b, _paired)


def power(a: Operand, b: Operand) -> Tensor:
    """a ** b, broadcast."""
    return binary(rules.power, a, b, _power) if isinstance(a, Variable) else _power(rules.power, a, b)


def maximum(a: Operand, b: Operand) -> Tensor:
    """The larger of a and b, broadcast; NaN wins; where they are equal the gradient is split evenly."""
    return binary(rules.maximum, a, b, _paired)


def minimum(a: Operand, b: Operand) -> Tensor:
    """The smaller of a and b, broadcast; NaN wins; where they are equal the gradient is split evenly."""
    return binary(rules.minimum, a, b, _paired)


def _paired(rule, a, b):
    """Operands that differ in kind, dtype or shape: a Python number, an array, a tensor to be broadcast or promoted."""
    k, a, b, x, y, same = pair(rule.__name__, a, b)
    return _recorded(rule, k, a, b, x, y, same)


def _recorded(rule, k, a, b, x, y, same):
    z = getattr(k, rule.__name__)(x, y)
    of_number = rule.of_number
    if of_number is not None:
        if isinstance(y, (int, float)):
            return record(k, z, (a,), of_number, of_number.saves, (y,))
        if rule.either_side and isinstance(x, (int, float)):
            return record(k, z, (b,), of_number, of_number.saves, (x,))
    if same:
        return record(k, z, (a, b), rule, rule.saves)
    return record(k, z, (a, b), rule.of_broadcast, rule.saves, (x.shape, y.shape))


def _difference(rule, a, b):
    k, a, b, x, y, same = pair("sub", a, b)
    try:
        return _recorded(rule, k, a, b, x, y, same)
    except TypeError:
        raise _no_sign("sub") from None


def _quotient(rule, a, b):
    k, a, b, x, y, same = pair("div", a, b)
    if (x if isinstance(y, (int, float)) else y).dtype.kind != "f":
        return astype(constant(k, k.div(x, y)), get_default_dtype())
    return _recorded(rule, k, a, b, x, y, same)


def _power(rule, a, b):
    if isinstance(a, float) and isinstance(b, Variable) and b.data.dtype.kind != "f":
        return astype(power(a, astype(b, np.float64)), get_default_dtype())     # a power would magnify a's rounding
    k, a, b, x, y, same = pair("power", a, b)
    if isinstance(y, numbers.Number):
        if y < 0 and x.dtype.kind != "f":
            return in_floats(power, a, y)
    elif isinstance(x, numbers.Number) and y.dtype.kind == "f":     # the rule takes its logarithm: in y's dtype, on y's device
        x = k.full((), x, y.dtype)
        a, same = constant(k, x), y.shape == ()
    try:
        return _recorded(rule, k, a, b, x, y, same)
    except ValueError:
        raise ValueError("[power] an integer to a negative integer power is no integer: convert one operand, say "
                         "a.astype('float32')") from None


# ---- choosing

def where(condition: Operand, a: Operand, b: Operand) -> Tensor:
    """a where the condition (a boolean tensor or array) is true, else b; all three broadcast."""
    if isinstance(condition, Variable) and not isinstance(a, Variable) and not isinstance(b, Variable):
        a = lift(a, condition)          # two numbers live where the condition does
    k, a, b, x, y, _ = pair("where", a, b)
    if not isinstance(condition, Variable):
        condition = constant(k, k.asarray(condition))
    if condition.k is not k:
        raise ValueError(f"[where] the condition is on {condition.k.name} and the operands are on {k.name}: move one "
                         "with .to()")
    if condition.data.dtype.kind != "b":
        raise TypeError(f"[where] the condition must be boolean, found {condition.data.dtype}: compare it, say "
                        "condition > 0")
    shapes = [condition.data.shape] + [t.shape for t in (x, y) if not isinstance(t, numbers.Number)]
    for s in shapes[1:]:
        check_broadcast("where", shapes[0], s)
    z = k.where(condition.data, x, y)
    if all(s == z.shape for s in shapes):
        return record(k, z, (condition, a, b), rules.where, (0,))
    a_shape, b_shape = (None if isinstance(t, numbers.Number) else t.shape for t in (x, y))
    return record(k, z, (condition, a, b), where_broadcast_rule, (0,), (a_shape, b_shape))


def where_broadcast_rule(k, g, need, condition, a_shape, b_shape):
    _, ga, gb = rules.where(k, g, need, condition)
    return None, k.sum_to(ga, a_shape) if need[1] else None, k.sum_to(gb, b_shape) if need[2] else None


# ---- one operand


def neg(a: Operand) -> Tensor:
    """-a"""
    return unary(rules.neg, a, _signed)


def exp(a: Operand) -> Tensor:
    """e ** a"""
    return unary(rules.exp, a, _in_floats)


def expm1(a: Operand) -> Tensor:
    """e ** a - 1, to all digits near 0."""
    return unary(rules.expm1, a, _in_floats)


def log(a: Operand) -> Tensor:
    """The natural logarithm: -inf at 0, NaN below."""
    return unary(rules.log, a, _in_floats)


def log1p(a: Operand) -> Tensor:
    """log(1 + a), to all digits near 0."""
    return unary(rules.log1p, a, _in_floats)


def sqrt(a: Operand) -> Tensor:
    """The square root; its slope at 0 is infinite."""
    return unary(rules.sqrt, a, _in_floats)


def sin(a: Operand) -> Tensor:
    """The sine, a in radians."""
    return unary(rules.sin, a, _in_floats)


def cos(a: Operand) -> Tensor:
    """The cosine, a in radians."""
    return unary(rules.cos, a, _in_floats)


def tanh(a: Operand) -> Tensor:
    """The hyperbolic tangent."""
    return unary(rules.tanh, a, _in_floats)


def sigmoid(a: Operand) -> Tensor:
    """1 / (1 + exp(-a)), the logistic function."""
    return unary(rules.sigmoid, a, _in_floats)


def softplus(a: Operand) -> Tensor:
    """log(1 + e ** a), a smooth relu."""
    return unary(rules.softplus, a, _in_floats)


def relu(a: Operand, at_zero: float = 0) -> Tensor:
    """max(a, 0), elementwise. at_zero: the slope at exactly 0."""
    if at_zero == 0:
        return unary(rules.relu, a, _as_it_is)
    a = lift(a)
    return record(a.k, a.k.relu(a.data), (a,), rules.relu_at_zero, rules.relu_at_zero.saves, (at_zero,))


def clip(a: Operand, low: Operand | None = None, high: Operand | None = None) -> Tensor:
    """a, but low where it is less and then high where that is greater (None: no bound), broadcast; at the bounds the gradient
    passes.

    Raises ValueError where neither bound is given.
    """
    usual = isinstance(a, Variable) and a.data.dtype.kind == "f" and not (low is None and high is None)
    if usual and _is_bound(low) and _is_bound(high):
        low, high = -math.inf if low is None else float(low), math.inf if high is None else float(high)
        return record(a.k, a.k.clip(a.data, low, high), (a,), rules.clip, rules.clip.saves, (low, high))
    if not isinstance(a, Variable):
        bound = low if isinstance(low, Variable) else high
        a = beside("clip", bound, a) if isinstance(bound, Variable) else lift(a)
    if low is None and high is None:
        raise ValueError("[clip] expected low, high or both, found neither: what shall it be clipped to?")
    if low is not None:
        low = _bound(a, low)            # chosen, not compared: at the bounds the gradient passes
        a = where(a < low, low, a)
    if high is None:
        return a
    high = _bound(a, high)
    return where(a > high, high, a)


def _is_bound(x):
    return x is None or isinstance(x, (int, float))


def _bound(a, bound):
    """A bound that fits a: an integer beyond the limits of a's integers is at them."""
    if isinstance(bound, int) and a.data.dtype.kind in "iu":
        limits = np.iinfo(a.data.dtype)
        return int(min(max(bound, limits.min), limits.max))
    pair("clip", a, bound)
    return bound


def abs(a: Operand) -> Tensor:
    """|a|; its slope at 0 is 0."""
    return unary(rules.abs, a, _as_it_is)


def sign(a: Operand) -> Tensor:
    """-1, 0 or 1, NaN of NaN; its gradient is zero everywhere, so it is a constant of the graph."""
    a = lift(a)
    if a.data.dtype.kind == "b":
        raise _no_sign("sign")
    return constant(a.k, a.k.sign(a.data))


def _in_floats(rule, a):
    """Of what is no tensor of floats: integers are computed in float64, and the result is rounded once."""
    return in_floats(lambda a: unary(rule, a, None), a)


def _as_it_is(rule, a):
    """Integers give integers."""
    a = lift(a)
    return record(a.k, getattr(a.k, rule.__name__)(a.data), (a,), rule, rule.saves)


def _signed(rule, a):
    """Integers give integers, booleans an error."""
    a = lift(a)
    if a.data.dtype.kind == "b":
        raise _no_sign(rule.__name__)
    return _as_it_is(rule, a)


def _no_sign(op):
    """The error for booleans where numbers have a sign."""
    return TypeError(f"[{op}] booleans have no sign: convert them with .astype(int), or write mg.equal(a, False) for not a")
