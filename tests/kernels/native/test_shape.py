"""Copies and reshapes: memory order both ways."""

import numpy as np
import pytest

from minigrad.testing.memory import arrange

from .support import DENSE, NATIVE, normal, served


def test_dense_arrays_are_copied():
    for layout in DENSE:
        served("copy", arrange(normal(3, 5, 4, 7), layout))


@pytest.mark.parametrize("layout", ["F", "transposed", "channels-last", "strided", "reversed"])
def test_another_order_is_made_flat(layout):
    x = normal(3, 5, 4, 7)
    y = NATIVE.reshape(arrange(x, layout), (3, 140))
    assert y.flags.c_contiguous
    np.testing.assert_array_equal(y, x.reshape(3, 140))


def test_flat_memory_is_not_copied():
    x = normal(3, 140)
    assert np.shares_memory(NATIVE.reshape(x, (3, 5, 4, 7)), x)
