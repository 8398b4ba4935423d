"""Batches picked from a data set, on every table."""

import numpy as np
import pytest

R = np.random.default_rng(0)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("shape", [(6, 3, 2, 2), (6, 1, 4, 4), (6, 5)])
def test_gather_batch(shape, dtype, table):
    images = R.integers(0, 256, shape).astype(dtype)
    index = np.array([5, 0, 0, 3])
    c = shape[1]
    for scale, shift in ((R.uniform(size=c), R.uniform(size=c)), (np.array([1 / 255]), np.array([0.5]))):
        scale, shift = scale.astype(np.float32), shift.astype(np.float32)
        y = table.gather_batch(images, index, scale, shift)
        assert y.dtype == np.float32 and y.shape == (4, *shape[1:])
        per_channel = (-1,) + (1,) * (len(shape) - 2)
        np.testing.assert_allclose(y, images[index] * scale.reshape(per_channel) + shift.reshape(per_channel),
                                   rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, np.float64])
def test_rows(dtype, table):
    a, index = np.arange(-6, 6).astype(dtype).reshape(6, 2), np.array([5, 0, 0, 3])
    y, out = table.rows(a, index), np.empty((4, 2), dtype)
    np.testing.assert_array_equal(y, a[index], strict=True)
    assert not np.shares_memory(y, a)
    assert table.rows(a, index, out=out) is out
    np.testing.assert_array_equal(out, y)
