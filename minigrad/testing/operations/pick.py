"""Products and quotients in which 0 picks nothing."""

import operator

import numpy as np

from minigrad.testing.operations import Kink
from minigrad.testing.operations.elementwise import INF, NAN, NUMBERS, both_ways
from minigrad.testing.operations.inputs import FOR_RULES


def picking(function, either=False):
    """The function, but 0 where its left operand (either: or its right one) is 0."""
    def picked(a, b):
        return np.where(np.equal(a, 0) | (np.equal(b, 0) & either), 0, function(a, b))

    return picked


def picking_by_torch(function, either=False):
    return lambda torch, a, b: torch.where((a == 0) | ((b == 0) & either), 0, function(a, b))


BY_NOTHING = np.array([0.0, 0, 0, 2]), np.array([INF, NAN, 5, 0])
for name, symbol, either, kink in (
        ("pick_mul", operator.mul, False, Kink(BY_NOTHING, BY_NOTHING[::-1])),
        ("pick_both", operator.mul, True, Kink(BY_NOTHING, BY_NOTHING[::-1])),
        ("pick_div", operator.truediv, False, Kink((np.zeros(4), np.array([0.0, INF, NAN, 2])),
                                                   ([INF, 0, NAN, .5], np.zeros(4))))):
    both_ways(name, picking(symbol, either), picking_by_torch(symbol, either), kinks=[kink],
              without={"integers": FOR_RULES}, numbers=(1, -2, 0.5) if name == "pick_div" else NUMBERS)
