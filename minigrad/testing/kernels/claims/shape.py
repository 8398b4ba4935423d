"""Copies and reshapes."""

from minigrad.testing.kernels.claim import Claim
from minigrad.testing.kernels.claims.elementwise import one
from minigrad.testing.kernels.drawing import arguments


@arguments()
def reshaped(d):
    a = d.array(*d.shape(2, 3, 4))
    n = a.size
    return a, d.one_of((n,), (1, n), (a.shape[0], n // max(a.shape[0], 1)), a.shape[::-1], (*a.shape, 1))


KERNELS = {
    "copy": Claim(one),
    "reshape": Claim(reshaped),
}
