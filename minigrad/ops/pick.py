"""Products and quotients in which 0 picks nothing: what rules multiply gradients and slopes with."""

from minigrad import rules
from minigrad.graph import OUT, record
from minigrad.ops.elementwise import unbroadcasting
from minigrad.ops.operands import pair

_pick_mul = unbroadcasting(rules.pick_mul)
_pick_both = unbroadcasting(rules.pick_both)
_pick_div = unbroadcasting(rules.pick_div)


def pick_mul(a, b):
    """a * b, but 0 where a is 0, whatever b is, broadcast."""
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
