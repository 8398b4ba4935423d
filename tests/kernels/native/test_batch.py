"""Gathering a batch: images of bytes and of floats; rows from the end, and rows that are none."""

import numpy as np
import pytest

from .support import NATIVE, falls_back, normal, served


@pytest.mark.parametrize("shape", [(50, 784), (50, 1, 28, 28), (50, 3, 7, 5), (50, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_gather_batch(shape, dtype):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, shape).astype(dtype)
    scale, shift = np.arange(1, shape[1] + 1, dtype=np.float32), normal(shape[1])
    for count in (0, 1, 64):
        index = rng.integers(0, shape[0], count)
        served("gather_batch", images, index, np.array([1 / 255], np.float32), np.array([-0.5], np.float32))
        served("gather_batch", images, index, scale, shift)
    falls_back("gather_batch", images, np.array([-1]), scale, shift)
    with pytest.raises(IndexError):
        NATIVE.gather_batch(images, np.array([50]), scale, shift)
