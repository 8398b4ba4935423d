"""Boxes and colours of images, and two images in one."""

import numpy as np

from minigrad.testing.kernels.claim import ORDER, REFERENCE, Claim, finite
from minigrad.testing.kernels.claims.augment import pictures
from minigrad.testing.kernels.drawing import arguments


@arguments()
def boxes(d):
    """Images, what is pasted, and boxes, some of them empty, some beyond the image."""
    images = pictures(d)
    b, c, h, w = images.shape
    source = images[::-1].copy() if d.one_of(True, False) else np.arange(c).astype(images.dtype)
    return images, source, np.sort(d.rng.integers(-2, max(h, w) + 3, (b, 2, 2)), 1).reshape(b, 4)


@arguments("ordinary")
def colours(d):
    """Images of one or three channels, factors, and the order of the steps."""
    images = pictures(d, 1, 3)
    if images.dtype != np.uint8:
        images = np.clip(images, 0, 1)
    b = len(images)
    factors = d.rng.integers(0, d.one_of(2, 2, 64) * 65536 + 1, (b, 3))
    factors[d.rng.random((b, 3)) < 0.2] = 65536
    return images, factors, d.rng.integers(0, 6, b)


@arguments()
def mixed(d):
    """Images, others like them, and the shares of the first, some of them nothing or all."""
    images = pictures(d)
    b = len(images)
    return images, images[::-1].copy(), np.where(d.rng.random(b) < 0.3, d.one_of(0, 65536), d.rng.integers(0, 65537, b))


def size_of_mixed(images, others, factors):
    return finite(REFERENCE.mix_batch(finite(images), finite(others), factors))


KERNELS = {
    "paste_boxes": Claim(boxes),
    "jitter_batch": Claim(colours),
    "mix_batch": Claim(mixed, 2, ORDER, size_of_mixed),
}
