"""Comparisons, and choosing by one."""

import numpy as np

from minigrad.testing.kernels.claim import Claim
from minigrad.testing.kernels.claims.elementwise import of_kind, two
from minigrad.testing.kernels.drawing import arguments
from minigrad.testing.memory import arrange


@arguments()
def chosen(d):
    """A condition, and numbers or arrays of its shape to choose from."""
    shape = d.shape(1, 0, 2, 3, 4)
    condition = arrange(d.rng.random(shape) < 0.5, d.one_of(*d.layouts))
    a, b = (d.like(*shape) if d.one_of(True, True, False) else d.one_of(0, 2.5, float("nan"), np.array(1.5, d.dtype))
            for _ in range(2))
    return condition, a, b


KERNELS = {**of_kind("compare", two), "where": Claim(chosen)}
