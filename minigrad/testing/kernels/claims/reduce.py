"""Sums, means and extremes."""

from minigrad.kernels.reference import count_along
from minigrad.testing.kernels.claim import EITHER_ZERO, ORDER, Claim, by_magnitude
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


KERNELS = {
    "sum": Claim(reduced, 16, ORDER, by_magnitude("sum", 0)),
    "mean": Claim(reduced, 16, ORDER, by_magnitude(
        "mean", 0, partial=lambda a, axis, keepdims: count_along(a.shape, axis))),
    **{name: Claim(reduced_along_one, why=EITHER_ZERO, zero_signs=False) for name in ("max", "argmax")},
    "sum_to": Claim(reduced_to, 16, ORDER, by_magnitude("sum_to", 0)),
}
