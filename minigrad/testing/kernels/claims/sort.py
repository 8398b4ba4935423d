"""Orders along the last axis, with ties and NaN."""

from minigrad.testing.kernels.claim import Claim
from minigrad.testing.kernels.drawing import arguments


@arguments()
def sorted_along(d):
    a = d.array(*d.shape(1, 2, 3))
    return a, d.one_of(*range(a.ndim))


@arguments()
def first_few(d):
    a = d.array(*d.shape(1, 2, 3))
    axis = d.one_of(*range(a.ndim))
    return a, min(d.one_of(1, 0, 2, 3, 8, 64, 65), a.shape[axis]), axis, d.one_of(True, False)


KERNELS = {"argsort": Claim(sorted_along), "topk": Claim(first_few)}
