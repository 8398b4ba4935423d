"""Convolution and its gradients: C++ serves every geometry and layout; results lie channels-last."""

import numpy as np
import pytest

from minigrad.testing.memory import LAYOUTS, arrange

from .support import NATIVE, REFERENCE, normal, orders, served

CONVOLUTIONS = [  # x, w, stride, padding, dilation, groups
    ((2, 1, 28, 28), (4, 1, 5, 5), (1, 1), (0, 0), (1, 1), 1),
    ((2, 3, 9, 8), (5, 3, 3, 2), (2, 3), (2, 1), (1, 2), 1),
    ((2, 4, 7, 7), (6, 2, 3, 3), (1, 1), (1, 1), (1, 1), 2),
    ((2, 6, 7, 7), (6, 1, 3, 3), (2, 2), (1, 1), (1, 1), 6),
    ((1, 32, 8, 8), (32, 32, 3, 3), (1, 1), (0, 0), (1, 1), 1),
    ((3, 16, 6, 5), (48, 16, 1, 1), (1, 1), (0, 0), (1, 1), 1),
    ((1, 1, 1, 1), (1, 1, 1, 1), (1, 1), (0, 0), (1, 1), 1),
    ((2, 3, 5, 5), (2, 3, 5, 5), (1, 1), (0, 0), (1, 1), 1),
    ((2, 2, 11, 13), (3, 2, 3, 3), (4, 4), (0, 0), (1, 1), 1),
    ((0, 3, 5, 5), (2, 3, 3, 3), (1, 1), (0, 0), (1, 1), 1),
]


@pytest.mark.parametrize("x_shape, w_shape, stride, padding, dilation, groups", CONVOLUTIONS)
def test_every_geometry(x_shape, w_shape, stride, padding, dilation, groups):
    x, w, b, geometry = normal(*x_shape), normal(*w_shape), normal(w_shape[0]), (stride, padding, dilation, groups)
    for layout in LAYOUTS:
        y, aux = served("conv2d", arrange(x, layout), arrange(w, layout), b, geometry)
        assert np.moveaxis(y, 1, -1).flags.c_contiguous or y.size == 0
    for g in orders(normal(*y.shape)):
        served("conv2d_input_grad", g, w, geometry, x_shape)
        for images in orders(x):
            served("conv2d_weight_grad", g, images, geometry, w_shape)
            served("conv2d_backward", g, images, w, aux, (True, True, True), geometry)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("padding, groups", [(0, 1), (1, 1), (1, 3), (0, 3)])
def test_a_weight_that_is_no_number_reaches_only_its_own_pixels(value, padding, groups):
    """Beyond g's border stand zeros that a kernel may multiply with: they are not there."""
    g, w = np.ones((1, 3, 4 - 2 + 2 * padding, 4 - 2 + 2 * padding), np.float32), np.ones((3, 3 // groups, 3, 3), np.float32)
    w[0, 0, 0, 0] = value
    args = g, w, ((1, 1), (padding, padding), (1, 1), groups), (1, 3, 4, 4)
    gx = served("conv2d_input_grad", *args)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(gx, REFERENCE.conv2d_input_grad(*args))
    found = np.isfinite(gx)
    assert found[0, 0].sum() == (12 if not padding else 16 - 9) and found[0, 1:].all()


def test_strides_beyond_the_image_need_no_memory():
    g, w = np.ones((1, 1, 1, 1), np.float32), np.ones((1, 1, 2, 2), np.float32)
    gx = NATIVE.conv2d_input_grad(g, w, ((10**6, 10**6), (0, 0), (1, 1), 1), (1, 1, 3, 3))
    np.testing.assert_array_equal(gx[0, 0], [[1, 1, 0], [1, 1, 0], [0, 0, 0]])
