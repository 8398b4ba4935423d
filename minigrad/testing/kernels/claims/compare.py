"""Comparisons, and choosing by one."""

import numpy as np

from minigrad.testing.kernels.claim import Claim
from minigrad.testing.kernels.claims.elementwise import of_kind, two
from minigrad.testing.kernels.drawing import arguments
from minigrad.testing.memory import arrange


@arguments()
def chosen(d):
    """A condition, which may be broadcast, and what to choose from: numbers, arrays, or one element that stands for all."""
    shape = d.shape(1, 0, 2, 3, 4)
    narrow = tuple(d.one_of(1, n, n) for n in shape)
    condition = arrange(d.rng.random(narrow if d.one_of(True, False, False) else shape) < 0.5, d.one_of(*d.layouts))

    def choice():
        how = d.one_of("array", "array", "number", "one for all")
        if how == "number":
            return d.one_of(0, 2.5, float("nan"), np.array(1.5, d.dtype))
        return d.like(*shape) if how == "array" else np.broadcast_to(d.dtype.type(2.5), shape)     # as the gradient of a sum

    return condition, choice(), choice()


KERNELS = {**of_kind("compare", two), "where": Claim(chosen)}
