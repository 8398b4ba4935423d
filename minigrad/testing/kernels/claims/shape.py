"""Copies and reshapes."""

from minigrad.testing.kernels.claim import Claim
from minigrad.testing.kernels.claims.elementwise import one
from minigrad.testing.kernels.drawing import arguments


@arguments()
def reshaped(d):
    a = d.array(*d.shape(2, 3, 4))
    n = a.size
    return a, d.one_of((n,), (1, n), (a.shape[0], n // max(a.shape[0], 1)), a.shape[::-1], (*a.shape, 1))


@arguments()
def padded(d):
    a = d.array(*d.shape(1, 2, 3, 4))
    widths = tuple((d.one_of(0, 1, 2, 7), d.one_of(0, 0, 1, 3)) for _ in a.shape)
    return a, widths, d.one_of(0, 1.5, -2, float("inf"))


KERNELS = {
    "pad": Claim(padded),
    "copy": Claim(one),
    "reshape": Claim(reshaped),
}
