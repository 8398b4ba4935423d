"""Weighted sums of places along an axis."""

import numpy as np

from minigrad.kernels.taps import turned_round
from minigrad.testing.kernels.claim import ORDER, Claim, by_magnitude
from minigrad.testing.kernels.drawing import arguments


@arguments()
def resampled(d):
    """x of which places along one axis are picked, with repeats, at weights some of which are 0."""
    shape = (4, 17, 30, 31) if d.large else d.one_of((5,), (7, 3), (3, 17), (33, 9), (2, 5, 3), (1, 3, 8, 5), (2, 17, 4, 3))
    axis = d.one_of(*range(len(shape)))
    n, out, taps = shape[axis], d.one_of(1, 3, 8, 20), d.one_of(1, 2, 3, 5)
    index = d.rng.integers(0, n, (out, taps))
    weight = d.rng.standard_normal((out, taps)) * (d.rng.random((out, taps)) < 0.8)
    back, share = turned_round(index, weight, n)
    there = index, weight.astype(d.dtype)
    return d.array(*shape), there, (back, share.astype(d.dtype)), axis


def size(x, there, back, axis):
    return by_magnitude("resample", 0)(x, (there[0], np.abs(there[1])), back, axis)


KERNELS = {"resample": Claim(resampled, 8, ORDER, size)}
