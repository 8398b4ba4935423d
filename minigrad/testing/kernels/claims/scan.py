"""Running sums, products and extremes, along every axis and from either end."""

import numpy as np

from minigrad.testing.kernels.claim import EITHER_ZERO, ORDER, Claim, by_magnitude, finite
from minigrad.testing.kernels.drawing import arguments


def running(*options):
    @arguments()
    def drawn(d):
        a = d.array(*d.shape(1, 2, 3))
        return a, d.one_of(*range(a.ndim)), *(d.one_of(*choices) for choices in options)

    return drawn


@arguments()
def factors(d):
    shape = d.shape(1, 2, 3)
    return d.array(*shape), d.array(*shape), d.one_of(*range(len(shape))), d.one_of(False, True)


def of_terms(a, axis):
    """What is added: a largest number so far, and a logarithm of at most as many terms as there are; as often as numpy rounds
    it."""
    length = a.shape[axis]
    return (np.log(length + 1) + np.maximum.accumulate(finite(a), axis)) * (1 + length / 1000)


EITHER_END = (False, True)
KERNELS = {
    "cumsum": Claim(running(EITHER_END), 16, ORDER, by_magnitude("cumsum", 0)),
    "cumprod": Claim(running(EITHER_END)),
    "cummax": Claim(running(), why=EITHER_ZERO, zero_signs=False),
    "cummin": Claim(running(), why=EITHER_ZERO, zero_signs=False),
    "logcumsumexp": Claim(running(), 8, "exponentials are added up, where numpy rounds every sum's logarithm", of_terms),
    "recurrence": Claim(factors, 2, "products are fused with sums", by_magnitude("recurrence", 0, 1), tiny=1e-6),
}
