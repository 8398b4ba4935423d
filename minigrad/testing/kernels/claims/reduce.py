"""Sums, means, extremes, products and variances."""

import numpy as np

from minigrad.kernels.reference import count_along
from minigrad.testing.kernels.claim import EITHER_ZERO, ORDER, Claim, by_magnitude, finite, unless_over
from minigrad.testing.kernels.drawing import arguments


@arguments()
def reduced(d):
    a = d.array(*d.shape(1, 2, 3, 4))
    axes = range(-a.ndim, a.ndim)
    chosen = tuple(i for i in range(a.ndim) if d.one_of(True, False))
    return a, d.one_of(None, chosen, *axes), d.one_of(False, True)


@arguments()
def reduced_along_one(d):
    a = d.array(*d.shape(1, 2, 3, 4))
    full = [i for i in range(-a.ndim, a.ndim) if a.shape[i]]
    return (a, d.one_of(*full), d.one_of(False, True)) if full else (d.array(3), 0, False)


@arguments()
def reduced_to(d):
    """Often over the rows, as the gradient of a bias is."""
    a = d.array(*d.shape(1, 2, 3, 4))
    if d.one_of(False, False, True):
        return a, a.shape[1:]
    shape = tuple(n if d.one_of(True, False) else 1 for n in a.shape)
    ones = next((i for i, n in enumerate(shape) if n != 1), len(shape))
    return a, shape[d.one_of(*range(ones + 1)):]


@arguments()
def spread_out(d):
    a, axis, keepdims = d.array(*d.shape(1, 2, 3, 4)), None, d.one_of(False, True)
    if d.one_of(True, False):
        axis = tuple(i for i in range(a.ndim) if d.one_of(True, False))
    return a, axis, d.one_of(0, 1, 0.5, 2), keepdims


def squares(a, axis, ddof, keepdims):
    """The mean of squares; nothing is asked where they overflow."""
    n = count_along(a.shape, axis)
    total = np.sum(finite(a) ** 2, axis, keepdims=keepdims)
    return unless_over(total / max(n - ddof, 1e-3), total)


def product(a, axis, keepdims=False):
    """The product; nothing is asked where some of the numbers together leave the range of doubles."""
    size = finite(a)
    digits = np.log2(np.where(size == 0, 1, size))
    up, down = (np.sum(np.maximum(sign * digits, 0), axis, keepdims=keepdims) for sign in (1, -1))
    return np.where(np.maximum(up, down) > 1000, np.inf, np.prod(size, axis, keepdims=keepdims))


KERNELS = {
    "sum": Claim(reduced, 16, ORDER, by_magnitude("sum", 0)),
    "mean": Claim(reduced, 16, ORDER, by_magnitude(
        "mean", 0, partial=lambda a, axis, keepdims: count_along(a.shape, axis))),
    **{name: Claim(reduced_along_one, why=EITHER_ZERO, zero_signs=False) for name in ("max", "min", "argmax", "argmin")},
    "prod": Claim(reduced_along_one, 4, ORDER, product, tiny=1e-6),
    "var": Claim(spread_out, 64, ORDER, squares, nan_or_inf=True),
    "sum_to": Claim(reduced_to, 16, ORDER, by_magnitude("sum_to", 0)),
}
