"""Windows of images, and the random words that choose them."""

import numpy as np

from minigrad.testing.kernels.claim import ORDER, REFERENCE, Claim, finite
from minigrad.testing.kernels.drawing import arguments, numbers


@arguments()
def named(d):
    """Which samples, the key, and how many words of each."""
    index = d.rng.integers(0, d.one_of(5, 2**20, 2**40), 3_000 if d.large else d.one_of(3, 1, 0, 17))
    return index, d.rng.integers(0, 2**64, 2, dtype=np.uint64), d.one_of(1, 2, 3, 4, 5, 8, 33)


def pictures(d, *channels):
    """Images (B, C, H, W) of bytes or floats."""
    shape = (40, 3, 32, 32) if d.large else (d.one_of(3, 1, 0, 5), d.one_of(*channels or (1, 3, 2)),
                                            *d.one_of((5, 5), (1, 1), (3, 17), (8, 1), (9, 32), (20, 35)))
    if d.one_of(True, False):
        return d.rng.integers(0, 256, shape, dtype=np.uint8)
    return numbers(d.rng, shape, d.kind, np.float32)


@arguments()
def windows(d):
    """Images, windows that lie anywhere about them, mirrored or not, and perhaps the scale and shift of channels."""
    images = pictures(d)
    b, c, h, w = images.shape
    size = (h, w) if d.one_of(True, False) else (d.one_of(1, 3, 8, 33), d.one_of(1, 4, 16, 40))
    far = d.one_of(0, 3, 3, 60)
    places = np.stack([d.rng.integers(-far, far + 1, b), d.rng.integers(-far, far + 1, b), d.rng.integers(0, 2, b)], 1)
    channels, scaled = d.one_of(1, c), d.one_of(True, True, False)
    rule = [numbers(d.rng, (channels,), d.kind, np.float32) for _ in range(2)] if scaled else [None, None]
    return images, places, size, d.one_of(True, False), d.one_of(0, 0, 7.0), *rule


def size_of_windows(images, places, size, reflect, fill, scale, shift):
    if scale is None:
        return finite(REFERENCE.crop_batch(images, places, size, reflect, fill, None, None))
    whole = REFERENCE.crop_batch(finite(images), places, size, reflect, fill, None, None)
    return whole * finite(scale).reshape(-1, 1, 1) + finite(shift).reshape(-1, 1, 1)


KERNELS = {
    "sample_words": Claim(named),
    "crop_batch": Claim(windows, 2, ORDER, size_of_windows),
}
