"""Elementwise operations. Their derivatives are in `rules.py`; here are dtypes and broadcasting."""

import numbers

import numpy as np

from minigrad import rules
from minigrad.graph import OUT, Variable, alike, record
from minigrad.ops.operands import astype, check_broadcast, in_floats, pair
from minigrad.tensor import constant, get_default_dtype, lift


def unbroadcasting(rule):
    """The rule for operands that were broadcast: each gradient is summed back to its operand's shape."""

    def broadcast_rule(k, g, need, *saved):
        *saved, a_shape, b_shape = saved
        ga, gb = rule(k, g, need, *saved)
        return (None if ga is None or not need[0] else k.sum_to(ga, a_shape),
                None if gb is None or not need[1] else k.sum_to(gb, b_shape))

    broadcast_rule.__name__ = rule.__name__
    return broadcast_rule


_add = unbroadcasting(rules.add)
_sub = unbroadcasting(rules.sub)
_mul = unbroadcasting(rules.mul)
_div = unbroadcasting(rules.div)
_power = unbroadcasting(rules.power)
_maximum = unbroadcasting(rules.maximum)
_minimum = unbroadcasting(rules.minimum)


def add(a, b):
    """a + b, broadcast."""
    k, a, b, x, y, same = pair("add", a, b)
    z = k.add(x, y)
    return record(k, z, (a, b), rules.add) if same else record(k, z, (a, b), _add, (), (x.shape, y.shape))


def sub(a, b):
    """a - b, broadcast."""
    k, a, b, x, y, same = pair("sub", a, b)
    try:
        z = k.sub(x, y)
    except TypeError:
        raise no_sign("sub") from None
    return record(k, z, (a, b), rules.sub) if same else record(k, z, (a, b), _sub, (), (x.shape, y.shape))


def mul(a, b):
    """a * b, broadcast."""
    k, a, b, x, y, same = pair("mul", a, b)
    z = k.mul(x, y)
    if isinstance(y, (int, float)):
        return record(k, z, (a,), rules.mul_by_constant, (), (y,))
    if isinstance(x, (int, float)):
        return record(k, z, (b,), rules.mul_by_constant, (), (x,))
    return record(k, z, (a, b), rules.mul, (0, 1)) if same else record(k, z, (a, b), _mul, (0, 1), (x.shape, y.shape))


def div(a, b):
    """a / b, broadcast; integers divide to the default dtype."""
    k, a, b, x, y, same = pair("div", a, b)
    z = k.div(x, y)
    if (x if isinstance(y, (int, float)) else y).dtype.kind != "f":
        return astype(constant(k, z), get_default_dtype())
    if isinstance(y, (int, float)):
        return record(k, z, (a,), rules.div_by_constant, (), (y,))
    if same:
        return record(k, z, (a, b), rules.div, (1, OUT))
    return record(k, z, (a, b), _div, (1, OUT), (x.shape, y.shape))


def power(a, b):
    """a ** b, broadcast."""
    if isinstance(a, float) and isinstance(b, Variable) and b.data.dtype.kind != "f":
        return astype(power(a, astype(b, np.float64)), get_default_dtype())     # a power would magnify a's rounding
    k, a, b, x, y, same = pair("power", a, b)
    if isinstance(y, numbers.Number):
        if y < 0 and x.dtype.kind != "f":
            return in_floats(power, a, y)
        return record(k, k.power(x, y), (a,), rules.power_of_constant, (0,), (y,))
    if isinstance(x, numbers.Number) and y.dtype.kind == "f":       # the rule takes its logarithm: in y's dtype, on y's device
        x = k.full((), x, y.dtype)
        a, same = constant(k, x), y.shape == ()
    try:
        z = k.power(x, y)
    except ValueError:
        raise ValueError("[power] an integer to a negative integer power is no integer: convert one operand, say "
                         "a.astype('float32')") from None
    if same:
        return record(k, z, (a, b), rules.power, (0, 1, OUT))
    return record(k, z, (a, b), _power, (0, 1, OUT), (x.shape, y.shape))


def maximum(a, b):
    """The larger of a and b, broadcast; NaN wins; where they are equal the gradient is split evenly."""
    k, a, b, x, y, same = pair("maximum", a, b)
    z = k.maximum(x, y)
    if same:
        return record(k, z, (a, b), rules.maximum, (0, 1))
    return record(k, z, (a, b), _maximum, (0, 1), (x.shape, y.shape))


def minimum(a, b):
    """The smaller of a and b, broadcast; NaN wins; where they are equal the gradient is split evenly."""
    k, a, b, x, y, same = pair("minimum", a, b)
    z = k.minimum(x, y)
    if same:
        return record(k, z, (a, b), rules.minimum, (0, 1))
    return record(k, z, (a, b), _minimum, (0, 1), (x.shape, y.shape))


def where(condition, a, b):
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


def neg(a):
    """-a"""
    a = lift(a)
    if a.data.dtype.kind == "b":
        raise no_sign("neg")
    return record(a.k, a.k.neg(a.data), (a,), rules.neg)


def exp(a):
    """e ** a"""
    if not alike(a):
        return in_floats(exp, a)
    return record(a.k, a.k.exp(a.data), (a,), rules.exp, (OUT,))


def log(a):
    """The natural logarithm: -inf at 0, NaN below."""
    if not alike(a):
        return in_floats(log, a)
    return record(a.k, a.k.log(a.data), (a,), rules.log, (0,))


def sqrt(a):
    """The square root; its slope at 0 is infinite."""
    if not alike(a):
        return in_floats(sqrt, a)
    return record(a.k, a.k.sqrt(a.data), (a,), rules.sqrt, (OUT,))


def tanh(a):
    """The hyperbolic tangent."""
    if not alike(a):
        return in_floats(tanh, a)
    return record(a.k, a.k.tanh(a.data), (a,), rules.tanh, (OUT,))


def sigmoid(a):
    """1 / (1 + exp(-a)), the logistic function."""
    if not alike(a):
        return in_floats(sigmoid, a)
    return record(a.k, a.k.sigmoid(a.data), (a,), rules.sigmoid, (OUT,))


def relu(a, at_zero=0):
    """max(a, 0), elementwise. at_zero: the slope at exactly 0."""
    a = a if alike(a) else lift(a)
    y = a.k.relu(a.data)
    if at_zero == 0:
        return record(a.k, y, (a,), rules.relu, (OUT,))
    return record(a.k, y, (a,), rules.relu_at_zero, (0,), (at_zero,))


def abs(a):
    """|a|; its slope at 0 is 0."""
    a = lift(a)
    return record(a.k, a.k.abs(a.data), (a,), rules.abs, (0,))


def sin(a):
    """The sine, a in radians."""
    if not alike(a):
        return in_floats(sin, a)
    return record(a.k, a.k.sin(a.data), (a,), rules.sin, (0,))


def cos(a):
    """The cosine, a in radians."""
    if not alike(a):
        return in_floats(cos, a)
    return record(a.k, a.k.cos(a.data), (a,), rules.cos, (0,))


def sign(a):
    """-1, 0 or 1, NaN of NaN; its gradient is zero everywhere, so it is a constant of the graph."""
    a = lift(a)
    if a.data.dtype.kind == "b":
        raise no_sign("sign")
    return constant(a.k, a.k.sign(a.data))


def no_sign(op):
    """The error for booleans where numbers have a sign."""
    return TypeError(f"[{op}] booleans have no sign: convert them with .astype(int), or write mg.equal(a, False) for not a")
