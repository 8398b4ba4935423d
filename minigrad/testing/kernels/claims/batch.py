"""Gathering a batch."""

import numpy as np

from minigrad.testing.kernels.claim import ORDER, REFERENCE, Claim, finite
from minigrad.testing.kernels.drawing import arguments, numbers


@arguments()
def picked(d):
    """Images (N, C, ...) of uint8 or float32, which rows, and the scale and shift of all channels or of each."""
    shape = (500, 3, 28, 28) if d.large else (d.one_of(1, 3, 8), *d.one_of((3,), (1, 7), (17,), (3, 5, 5), (1, 4, 9)))
    images = d.rng.integers(0, 256, shape).astype(d.one_of(np.uint8, np.float32))
    channels = d.one_of(1, shape[1])
    index = d.rng.integers(0, shape[0], d.one_of(3, 1, 0, 17, 300))
    scale, shift = (numbers(d.rng, (channels,), d.kind, np.float32) for _ in range(2))
    return images, index, scale, shift


KERNELS = {
    "gather_batch": Claim(picked, 4, ORDER, lambda images, index, scale, shift: REFERENCE.gather_batch(
        images.astype(np.float64), index, finite(scale), finite(shift))),
}
