"""Images turned, moved and scaled, and given another size."""

import numpy as np

from minigrad.kernels.taps import whole
from minigrad.testing.kernels.claim import ORDER, REFERENCE, Claim, finite
from minigrad.testing.kernels.claims.augment import pictures
from minigrad.testing.kernels.drawing import arguments, numbers


@arguments()
def turned(d):
    """Images and matrices: turns, shifts, the identity, and what leads far away."""
    images = pictures(d)
    b = len(images)
    near = np.array([65536, 0, 0, 0, 65536, 0]) + d.rng.integers(-d.one_of(0, 30_000), 30_001, (b, 6))
    matrices = near if d.one_of(True, True, False) else d.rng.integers(-2**40, 2**40, (b, 6))
    matrices[d.rng.random(b) < 0.2] = 65536, 0, 0, 0, 65536, 0
    return images, matrices, d.one_of(0, 0, 9.0)


def size_of_turned(images, matrices, fill):
    return finite(REFERENCE.affine_batch(finite(images), matrices, fill))


@arguments()
def resized(d):
    """Images of bytes, their new size, larger or smaller, and perhaps the scale and shift of channels."""
    images = d.rng.integers(0, 256, (8, 3, 32, 32) if d.large else pictures(d).shape, dtype=np.uint8)
    rows, columns = (whole(n, d.one_of(n, 1, 3, 17, 40), d.one_of(True, False)) for n in images.shape[2:])
    channels, scaled = d.one_of(1, images.shape[1]), d.one_of(True, False)
    rule = [numbers(d.rng, (channels,), d.kind, np.float32) for _ in range(2)] if scaled else [None, None]
    return images, rows, columns, *rule


def size_of_resized(images, rows, columns, scale, shift):
    whole = REFERENCE.resize_batch(images, rows, columns, None, None).astype(np.float64)
    return whole if scale is None else whole * finite(scale).reshape(-1, 1, 1) + finite(shift).reshape(-1, 1, 1)


KERNELS = {
    "affine_batch": Claim(turned, 4, ORDER, size_of_turned),
    "resize_batch": Claim(resized, 2, ORDER, size_of_resized),
}
