"""The norm of many arrays, and what holds them to one."""

import numpy as np

from minigrad.testing.kernels.claim import HUGE, ORDER, Claim, finite
from minigrad.testing.kernels.claims.optim import parameters
from minigrad.testing.kernels.drawing import arguments


def arrays(d):
    return [d.array(*s) for s in parameters(d)]


@arguments()
def norm(d):
    return arrays(d), d.one_of(2, 1, np.inf, 2.0, 3)


@arguments()
def scaled(d):
    return arrays(d), d.dtype.type(d.one_of(0, 0.5, 3, np.inf, np.nan)).reshape(()), d.one_of(1.0, 0.1, 0)


@arguments()
def clipped(d):
    return arrays(d), d.one_of(1.0, 0.1, 0)


def norm_size(found, order):
    """Nothing is asked where a sum of powers is near overflow."""
    if order == np.inf:
        return max([a.max() for a in map(finite, found) if a.size], default=0)
    total = sum(float((finite(a) ** order).sum()) for a in found)
    return np.inf if total > HUGE / 4 else total ** (1 / order)


KERNELS = {
    "norm_of_all": Claim(norm, 64, ORDER, norm_size, tiny=2),
    "scale_to_norm": Claim(scaled, writes=(0,)),
    "clip_all": Claim(clipped, writes=(0,), zero_signs=False),
}
