"""Kernels that look between pixels, against plain formulae."""

import numpy as np
import pytest

from minigrad import kernels
from minigrad.kernels.taps import ONE, whole

K = kernels.table("numpy")
RNG = np.random.default_rng(1)


def test_shifts_by_whole_pixels():
    images = RNG.integers(0, 256, (1, 2, 5, 6), dtype=np.uint8)
    found = K.affine_batch(images, np.array([[65536, 0, 2 << 16, 0, 65536, -1 << 16]]), 9)
    expected = np.full_like(images, 9)
    expected[:, :, 1:, :4] = images[:, :, :4, 2:]
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(K.affine_batch(images.astype(np.float32), np.array([[65536, 0, 2 << 16, 0, 65536, -1 << 16]]),
                                                 9.0), expected)


def test_between_pixels():
    image = np.array([[10, 20], [30, 50]], np.float32)[None, None]
    found = K.affine_batch(image, np.array([[65536, 0, 16384, 0, 65536, 32768]]), 0.0)
    assert found[0, 0, 0, 0] == .5 * (.75 * 10 + .25 * 20) + .5 * (.75 * 30 + .25 * 50)
    assert found[0, 0, 0, 1] == .5 * .75 * 20 + .5 * .75 * 50


@pytest.mark.parametrize("antialias", [True, False])
@pytest.mark.parametrize("n, out", [(32, 227), (227, 32), (5, 5), (1, 4), (4, 1), (3, 2), (7, 5)])
def test_weights_sum_to_one_and_lie_within(n, out, antialias):
    start, weight = whole(n, out, antialias)
    assert (weight.sum(1) == ONE).all() and (weight >= 0).all()
    assert start.min() >= 0 and start.max() + weight.shape[1] <= n
    constant = np.full((1, 1, n, n), 201, np.uint8)
    np.testing.assert_array_equal(K.resize_batch(constant, (start, weight), (start, weight), None, None),
                                  np.full((1, 1, out, out), 201))
