"""Comparisons: boolean tensors, constants of the graph."""

from minigrad.ops.elementwise import pair
from minigrad.tensor import constant


def greater(a, b):
    """a > b, broadcast."""
    k, _, _, x, y, _ = pair("greater", a, b)
    return constant(k, k.greater(x, y))


def greater_equal(a, b):
    """a >= b, broadcast."""
    k, _, _, x, y, _ = pair("greater_equal", a, b)
    return constant(k, k.greater_equal(x, y))


def less(a, b):
    """a < b, broadcast."""
    k, _, _, x, y, _ = pair("less", a, b)
    return constant(k, k.less(x, y))


def less_equal(a, b):
    """a <= b, broadcast."""
    k, _, _, x, y, _ = pair("less_equal", a, b)
    return constant(k, k.less_equal(x, y))


def equal(a, b):
    """a == b, broadcast."""
    k, _, _, x, y, _ = pair("equal", a, b)
    return constant(k, k.equal(x, y))


def not_equal(a, b):
    """a != b, broadcast."""
    k, _, _, x, y, _ = pair("not_equal", a, b)
    return constant(k, k.not_equal(x, y))
