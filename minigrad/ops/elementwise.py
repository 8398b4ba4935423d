"""Elementwise operations. Their derivatives are in `rules.py`; here are shapes, dtypes and broadcasting."""

import numbers

import numpy as np

from minigrad import names, rules
from minigrad.engine import OUT, Variable, alike, record
from minigrad.tensor import constant, floating, get_default_dtype, holds_value, lift


def pair(op, a, b):
    """Two operands made fit for one another -> (k, a, b, x, y, same).

    a, b: tensors, or Python numbers beside a tensor; x, y: what the kernel gets; same: the shapes need no broadcasting.
    Python numbers, numpy scalars and arrays take the tensor's dtype; two float dtypes promote through astype.
    """
    if b is not None and alike(a, b):
        x = a.data
        y = b.data
    elif isinstance(a, Variable):
        x = a.data
        if isinstance(b, Variable):
            y = b.data
            if a.k is not b.k:
                raise ValueError(f"[{op}] the operands are on two devices, {a.k.name} and {b.k.name}: move one with "
                                 ".to()")
            if x.dtype is not y.dtype and x.dtype != y.dtype:
                a, b = promote(a, b)
                x, y = a.data, b.data
        elif isinstance(b, (int, float)):
            if isinstance(b, float):
                b = float(b)            # numpy.float64 is a float, but would not take the array's dtype
                if x.dtype.kind != "f":
                    a = floating(a)
            return a.k, a, b, a.data, b, True
        else:
            b = beside(op, a, b)
            if x.dtype.kind != "f" and b.dtype.kind == "f":
                a = constant(a.k, a.k.astype(x, b.dtype))
            x, y = a.data, b.data
    elif isinstance(b, Variable):
        if isinstance(a, (int, float)):
            if isinstance(a, float):
                a = float(a)
                if b.data.dtype.kind != "f":
                    b = floating(b)
            return b.k, a, b, a, b.data, True
        a = beside(op, b, a)
        if b.data.dtype.kind != "f" and a.data.dtype.kind == "f":
            b = constant(b.k, b.k.astype(b.data, a.data.dtype))
        x, y = a.data, b.data
    else:
        return pair(op, lift(a), b)
    if x.shape == y.shape:
        return a.k, a, b, x, y, True
    check_broadcast(op, x.shape, y.shape)
    return a.k, a, b, x, y, False


def beside(op, tensor, other):
    """A constant from a numpy scalar, array or list that stands beside a tensor: in its dtype, if that is a float."""
    if isinstance(other, (str, bytes)) or other is None or isinstance(other, complex):
        raise TypeError(f"[{op}] expected a number, an array or a tensor beside a tensor, found {type(other).__name__}")
    k = tensor.k
    if type(other) is k.array and other.dtype is tensor.data.dtype:
        return constant(k, other)
    array = k.asarray(other)
    if array.dtype.kind not in "biuf":
        raise TypeError(names.of_values() if holds_value(array) else
                        f"[{op}] expected real numbers beside a tensor, found dtype {array.dtype}")
    if tensor.data.dtype.kind == "f":
        array = k.asarray(array, tensor.data.dtype)
    elif array.dtype.kind == "f":
        array = k.asarray(array, get_default_dtype())
    return constant(k, array)


def promote(a, b):
    """Two tensors of different dtype in their common one; a float beats every integer."""
    kinds = a.data.dtype.kind + b.data.dtype.kind
    if kinds == "ff" or "f" not in kinds:
        dtype = np.promote_types(a.data.dtype, b.data.dtype)
    else:
        dtype = a.data.dtype if kinds[0] == "f" else b.data.dtype
    return astype(a, dtype), astype(b, dtype)


def check_broadcast(op, a, b):
    """Raise ValueError unless shapes a and b broadcast."""
    for m, n in zip(reversed(a), reversed(b)):
        if m != n and m != 1 and n != 1:
            raise ValueError(f"[{op}] shapes {a} and {b} do not broadcast: {m} against {n}, and neither is 1")


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
_pick_mul = unbroadcasting(rules.pick_mul)
_pick_both = unbroadcasting(rules.pick_both)
_pick_div = unbroadcasting(rules.pick_div)
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
    z = k.sub(x, y)
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
    if (not isinstance(x, numbers.Number) and x.dtype.kind != "f"
            or not isinstance(y, numbers.Number) and y.dtype.kind != "f"):
        a, b = (t if isinstance(t, numbers.Number) else floating(t) for t in (a, b))
        x, y = (t if isinstance(t, numbers.Number) else t.data for t in (a, b))
    z = k.div(x, y)
    if isinstance(y, (int, float)):
        return record(k, z, (a,), rules.div_by_constant, (), (y,))
    if same:
        return record(k, z, (a, b), rules.div, (1, OUT))
    return record(k, z, (a, b), _div, (1, OUT), (x.shape, y.shape))


def pick_mul(a, b):
    """a * b, but 0 where a is 0, whatever b is, broadcast: what rules multiply a gradient and a slope with."""
    k, a, b, x, y, same = pair("pick_mul", a, b)
    z = k.pick_mul(x, y)
    if isinstance(y, (int, float)):
        return record(k, z, (a,), rules.mul_by_constant, (), (y,))
    return record(k, z, (a, b), rules.pick_mul if same else _pick_mul, (0, 1), () if same else (x.shape, y.shape))


def pick_both(a, b):
    """a * b, but 0 where either is 0, whatever the other is, broadcast."""
    k, a, b, x, y, same = pair("pick_both", a, b)
    z = k.pick_both(x, y)
    return record(k, z, (a, b), rules.pick_both if same else _pick_both, (0, 1), () if same else (x.shape, y.shape))


def pick_div(a, b):
    """a / b, but 0 where a is 0, whatever b is, broadcast."""
    k, a, b, x, y, same = pair("pick_div", a, b)
    z = k.pick_div(x, y)
    if isinstance(y, (int, float)):
        return record(k, z, (a,), rules.div_by_constant, (), (y,))
    return record(k, z, (a, b), rules.pick_div if same else _pick_div, (1, OUT), () if same else (x.shape, y.shape))


def power(a, b):
    """a ** b, broadcast."""
    k, a, b, x, y, same = pair("power", a, b)
    if isinstance(y, numbers.Number):
        if y < 0:
            a = floating(a)
        return record(k, k.power(a.data, y), (a,), rules.power_of_constant, (0,), (y,))
    if isinstance(x, numbers.Number):       # the rule takes its logarithm: in y's dtype, on y's device
        x = k.full((), x, y.dtype)
        a, same = constant(k, x), y.shape == ()
    z = k.power(x, y)
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
    return record(a.k, a.k.neg(a.data), (a,), rules.neg)


def exp(a):
    """e ** a"""
    a = a if alike(a) else floating(a)
    return record(a.k, a.k.exp(a.data), (a,), rules.exp, (OUT,))


def log(a):
    """The natural logarithm: -inf at 0, NaN below."""
    a = a if alike(a) else floating(a)
    return record(a.k, a.k.log(a.data), (a,), rules.log, (0,))


def sqrt(a):
    """The square root; its slope at 0 is infinite."""
    a = a if alike(a) else floating(a)
    return record(a.k, a.k.sqrt(a.data), (a,), rules.sqrt, (OUT,))


def tanh(a):
    """The hyperbolic tangent."""
    a = a if alike(a) else floating(a)
    return record(a.k, a.k.tanh(a.data), (a,), rules.tanh, (OUT,))


def sigmoid(a):
    """1 / (1 + exp(-a)), the logistic function."""
    a = a if alike(a) else floating(a)
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
    a = a if alike(a) else floating(a)
    return record(a.k, a.k.sin(a.data), (a,), rules.sin, (0,))


def cos(a):
    """The cosine, a in radians."""
    a = a if alike(a) else floating(a)
    return record(a.k, a.k.cos(a.data), (a,), rules.cos, (0,))


def sign(a):
    """-1, 0 or 1; its gradient is zero everywhere, so it is a constant of the graph."""
    a = lift(a)
    return constant(a.k, a.k.sign(a.data))


def astype(a, dtype):
    """a in another dtype; the gradient comes back in a's own. Conversion to integers or booleans has no gradient."""
    a = lift(a)
    dtype = np.dtype(dtype)
    if dtype == a.data.dtype:
        return a
    if dtype.kind not in "biuf":
        raise TypeError(f"[astype] expected a real number type, found {dtype}")
    y = a.k.astype(a.data, dtype)
    return record(a.k, y, (a,), astype_rule, (), (a.data.dtype,)) if dtype.kind == "f" else constant(a.k, y)


def astype_rule(k, g, need, dtype):
    return (k.astype(g, dtype),)
