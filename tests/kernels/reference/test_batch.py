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
