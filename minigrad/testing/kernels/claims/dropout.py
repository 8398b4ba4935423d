"""Dropout and the keys it draws with."""

import numpy as np

from minigrad.testing.kernels.claim import Claim
from minigrad.testing.kernels.drawing import arguments


@arguments()
def dropped(d):
    key = d.rng.integers(0, 2**64, 2, dtype=np.uint64)
    return d.array(*d.shape(1, 0, 2, 3, 4)), d.one_of(0.5, 0.0, 0.25, 1.0, 1e-12), key


@arguments()
def state(d):
    """Of a random stream: [seed, counter]."""
    return (d.rng.integers(0, 2**63, 2).astype(np.uint64),)


KERNELS = {
    "dropout": Claim(dropped),
    "next_key": Claim(state, writes=(0,)),
}
