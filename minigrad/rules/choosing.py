"""Choosing between numbers."""

from minigrad.declare import forward


def maximum(k, g, need, a, b):
    """The larger of the two; on a tie the gradient is split evenly."""
    return _share(k, g, need, k.less(a, b), k.greater(a, b), k.equal(a, b))


def minimum(k, g, need, a, b):
    """The smaller of the two; on a tie the gradient is split evenly."""
    return _share(k, g, need, k.greater(a, b), k.less(a, b), k.equal(a, b))


def _share(k, g, need, a_loses, b_loses, tie):
    share = k.where(tie, k.div(g, 2), g)
    return k.where(a_loses, 0, share) if need[0] else None, k.where(b_loses, 0, share) if need[1] else None


def where(k, g, need, condition):
    """a where the condition is true, else b. The condition is no function's input: it has no gradient."""
    return None, k.where(condition, g, 0) if need[1] else None, k.where(condition, 0, g) if need[2] else None


@forward(lambda k, a, low, high: k.minimum(k.maximum(a, low), high))
def clip(k, g, need, a, low, high):
    """a, but low where it is less and high where it is greater; the gradient passes where low <= a <= high."""
    return (k.where(k.less_equal(low, a), k.where(k.less_equal(a, high), g, 0), 0),)
