"""Convolution where there are no channels."""

import numpy as np
import pytest

from minigrad import kernels

K = kernels.table("numpy")


@pytest.mark.parametrize("groups", [1, 2**31, 2**62])
def test_convolution_without_channels_does_not_count_its_groups(groups):
    how = (1, 1), (0, 0), (1, 1), groups
    x, w, g = np.ones((2, 0, 4, 4)), np.ones((0, 0, 3, 3)), np.ones((2, 0, 2, 2))
    assert K.conv2d(x, w, None, how)[0].shape == (2, 0, 2, 2)
    assert K.conv2d_input_grad(g, w, how, x.shape).shape == x.shape
    assert K.conv2d_weight_grad(g, x, how, w.shape).shape == w.shape


def test_convolution_of_no_channels_is_its_bias():
    y = K.conv2d(np.ones((2, 0, 4, 4)), np.ones((6, 0, 3, 3)), np.arange(6.0), ((1, 1), (0, 0), (1, 1), 3))[0]
    np.testing.assert_array_equal(y, np.broadcast_to(np.arange(6.0)[:, None, None], (2, 6, 2, 2)))
