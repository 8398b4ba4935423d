"""Dropout: C++ serves every shape and memory order."""

import numpy as np
import pytest

from minigrad.testing.memory import arrange

from .support import DENSE, normal, served


@pytest.mark.parametrize("shape", [(1,), (33,), (10, 40), (3, 5, 4, 7), (0,), ()])
def test_every_shape(shape):
    key = np.array([0x123456789ABCDEF0, 0xFEDCBA9876543210], np.uint64)
    for layout in DENSE:
        for p in (0.0, 0.25, 1.0):
            served("dropout", arrange(normal(*shape), layout), p, key)
