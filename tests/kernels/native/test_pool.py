"""Pooling: C++ serves every window; places that are none are neither read nor written."""

import numpy as np
import pytest

from .support import NATIVE, REFERENCE, normal, orders, served

POOLS = [  # x, size, stride, padding
    ((2, 3, 8, 8), (2, 2), (2, 2), (0, 0)), ((2, 5, 9, 8), (3, 2), (2, 1), (1, 1)), ((1, 1, 4, 4), (4, 4), (4, 4), (0, 0)),
    ((1, 2, 20, 20), (16, 16), (2, 2), (0, 0)), ((1, 2, 20, 20), (17, 16), (1, 1), (0, 0)),
    ((2, 33, 64, 64), (64, 64), (64, 64), (0, 0)), ((2, 3, 20, 20), (20, 18), (3, 1), (5, 9)),
    ((1, 5, 40, 40), (17, 17), (1, 2), (8, 8)), ((2, 3, 7, 7), (1, 1), (3, 3), (0, 0)), ((0, 3, 4, 4), (2, 2), (2, 2), (0, 0)),
]


@pytest.mark.parametrize("shape, size, stride, padding", POOLS)
def test_every_window(shape, size, stride, padding):
    how = size, stride, padding
    for x in orders(normal(*shape)):
        y, index = served("max_pool2d", x, *how)
        served("max_pool2d_gather", x, index, *how)
        served("avg_pool2d", x, *how)
    for g in orders(normal(*y.shape)):
        served("max_pool2d_scatter", g, index, *how, shape)
        served("avg_pool2d_backward", g, *how, shape)


def test_nothing_but_minus_infinity():
    """The first place inside the image wins, never the padding."""
    x, how = np.full((1, 2, 4, 4), -np.inf, np.float32), ((3, 3), (2, 2), (1, 1))
    for found, expected in zip(served("max_pool2d", x, *how), REFERENCE.max_pool2d(x, *how), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_windows_above_256_places_have_a_wider_index():
    for size, dtype in (((16, 16), np.uint8), ((17, 16), np.int32)):
        _, index = served("max_pool2d", normal(1, 2, 20, 20), size, (1, 1), (0, 0))
        assert index.dtype == dtype
    x, how = normal(1, 2, 20, 20), ((17, 16), (1, 1), (0, 0))
    for place in (-1, 17 * 16, 2**31 - 1, -2**31):      # no place of the window: nothing is read or written
        for table in (NATIVE, REFERENCE):
            assert not table.max_pool2d_gather(x, np.full_like(index, place), *how).any()
            assert not table.max_pool2d_scatter(x[:, :, :4, :5], np.full_like(index, place), *how, x.shape).any()
