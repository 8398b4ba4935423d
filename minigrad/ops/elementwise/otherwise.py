"""What elementwise operations do with operands out of the usual: numbers, arrays, integers, two dtypes, two shapes.

An operation hands one of these to `unary` or `binary` (`graph/elementwise.py`) as the last argument; each takes the rule and
the operands.
"""

import numbers
from functools import partial

import numpy as np

from minigrad.graph import OUT, Variable, alike, binary, record, unary
from minigrad.kernels.dtypes import is_complex, is_differentiable
from minigrad.ops.operands import astype, in_floats, pair, reals_in
from minigrad.tensor import constant, get_default_dtype, lift

# ---- two operands


def paired(rule, a, b):
    """Operands that differ in kind, dtype or shape: a Python number, an array, a tensor to be broadcast or promoted."""
    k, a, b, x, y, same = pair(rule.__name__, a, b)
    return _recorded(rule, k, a, b, x, y, same)


def difference(rule, a, b):
    k, a, b, x, y, same = pair("sub", a, b)
    try:
        return _recorded(rule, k, a, b, x, y, same)
    except TypeError:
        raise no_sign("sub") from None


def paired_through_floats(rule, a, b):
    """Two integers are computed in float64, and the result is rounded once."""
    k, a, b, x, y, same = pair(rule.__name__, a, b, in_floats=True)
    if not is_differentiable((x if isinstance(y, (int, float)) else y).dtype):
        x, y = (k.astype(n, np.dtype(np.float64)) if hasattr(n, "dtype") else n for n in (x, y))
        return astype(constant(k, getattr(k, rule.__name__)(x, y)), get_default_dtype())
    return _recorded(rule, k, a, b, x, y, same)


def remaining(rule, a, b):
    """A remainder would magnify the rounding of a float that stands beside integers: it is computed in float64."""
    for number, integers in ((a, b), (b, a)):
        if isinstance(number, float) and isinstance(integers, Variable) and integers.data.dtype.kind != "f":
            a, b = (reals_in(n, np.float64) if n is integers else n for n in (a, b))
            return astype(paired(rule, a, b), get_default_dtype())
    return paired(rule, a, b)


def raised(rule, a, b):
    if isinstance(a, float) and isinstance(b, Variable) and not is_differentiable(b.data.dtype):
        return astype(raised(rule, a, astype(b, np.float64)), get_default_dtype())     # a power would magnify a's rounding
    k, a, b, x, y, same = pair("power", a, b)
    if isinstance(y, numbers.Number):
        if y < 0 and not is_differentiable(x.dtype):
            return in_floats(lambda a, y: binary(rule, a, y, raised), a, y)
    elif isinstance(x, numbers.Number) and is_differentiable(y.dtype):      # the rule takes its logarithm
        x = k.full((), x, y.dtype)
        a, same = constant(k, x), y.shape == ()
    try:
        return _recorded(rule, k, a, b, x, y, same)
    except ValueError:
        raise ValueError("[power] an integer to a negative integer power is no integer: convert one operand, say "
                         "a.astype('float32')") from None


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


# ---- one operand

def through_floats(rule, a):
    """Integers are computed in float64, and the result is rounded once; complex numbers are served by the kernels that can."""
    a = lift(a)
    if is_complex(a.data.dtype):
        return _of_one(rule, a)
    return in_floats(lambda a: unary(rule, a, None), a)


def with_arguments(rule, a, *args):
    """A function of one operand with arguments that are none, such as a slope; integers are computed in float64."""
    if not alike(a):
        again = partial(with_arguments, rule)
        again.__name__ = rule.__name__          # what an error calls it
        return in_floats(again, a, *args)
    return _of_one(rule, a, *args)


def as_it_is(rule, a):
    """Integers give integers."""
    return _of_one(rule, lift(a))


def signed(rule, a):
    """Integers give integers, booleans an error."""
    a = lift(a)
    if a.data.dtype.kind == "b":
        raise no_sign(rule.__name__)
    return _of_one(rule, a)


def size(rule, a):
    """Integers give integers, complex numbers their distance from 0."""
    a = lift(a)
    return _of_one(rule, a) if not is_complex(a.data.dtype) else _size(a)


def _size(a):
    return record(a.k, a.k.abs(a.data), (a,), size_rule, (0, OUT))


def size_rule(k, g, need, a, y):
    """The rule of abs for complex a: g conj(a) / |a|, and 0 at 0."""
    return (k.pick_mul(g, k.pick_div(k.conj(a), y)),)


def _of_one(rule, a, *args):
    return record(a.k, getattr(a.k, rule.__name__)(a.data, *args), (a,), rule, rule.saves, args)


def no_sign(op):
    """The error for booleans where numbers have a sign."""
    return TypeError(f"[{op}] booleans have no sign: convert them with .astype(int), or write mg.equal(a, False) for not a")
