"""Pooling with options: places that stand for windows, errors. Values and gradients: test_every_operation.py."""

import re

import numpy as np
import pytest

import minigrad as mg


def test_places_are_pixels_of_the_image(device):
    x = mg.tensor(np.array([[[[1, 5, 2], [7, 0, 9], [3, 4, 8]]]], np.float32))
    y, places = mg.max_pool2d(x, 2, 1, return_indices=True)
    assert y.tolist() == [[[[7, 9], [7, 9]]]] and places.tolist() == [[[[3, 5], [3, 5]]]] and places.dtype == np.int64
    assert mg.max_unpool2d(y, places, 2, 1).tolist() == [[[[0, 0, 0], [7, 0, 9], [0, 0, 0]]]]
    y, places = mg.max_pool2d(x, 2, padding=1, ceil_mode=True, return_indices=True)
    assert places.tolist() == [[[[0, 1], [3, 5]]]]


def test_padding_and_what_is_beyond_it_never_win(device):
    lowest = mg.tensor(np.full((1, 1, 3, 3), -np.inf, np.float32), requires_grad=True)
    for options in ({"kernel_size": 2, "ceil_mode": True}, {"kernel_size": 2, "dilation": 2, "padding": 1, "stride": 2},
                    {"kernel_size": 3, "padding": 1, "stride": 2, "ceil_mode": True}):
        lowest.grad = None
        y = mg.max_pool2d(lowest, **options)
        y.sum().backward()
        assert lowest.grad.numpy().sum() == y.size              # every window's gradient reaches the image


def test_an_average_beyond_the_image(device):
    ones = mg.ones(1, 1, 3, 3)
    np.testing.assert_allclose(mg.avg_pool2d(ones, 2, ceil_mode=True).numpy(), 1, rtol=1e-6)
    np.testing.assert_allclose(mg.avg_pool2d(ones, 3, 1, 1, count_include_pad=False).numpy(), 1, rtol=1e-6)
    assert mg.avg_pool2d(ones, 3, divisor_override=2).item() == pytest.approx(4.5)


@pytest.mark.parametrize(("call", "text"), [
    (lambda: mg.max_pool1d(mg.zeros(1, 1, 4), 5), "[max_pool1d] the window is 5 in L, but x offers only 4 with its padding"),
    (lambda: mg.max_pool1d(mg.zeros(4), 2), "[max_pool1d] expected x (N, C, L), or (C, L) without a batch axis, found (4,)"),
    (lambda: mg.max_pool2d(mg.zeros(1, 1, 4, 4), 2, padding=2, dilation=2), "[max_pool2d] padding (2, 2) is more than half of "
                                                                           "kernel_size (2, 2) with dilation (2, 2)"),
    (lambda: mg.max_pool2d(mg.zeros(1, 1, 1, 4), (2, 1), padding=(2, 0), dilation=(3, 1)),
     "[max_pool2d] a window sees nothing but "
                                                                                          "padding: side 1, kernel_size 2"),
    (lambda: mg.max_pool3d(mg.zeros(1, 1, 1, 4, 4), 2), "[max_pool3d] the window is 2 in D, but x offers only 1"),
    (lambda: mg.avg_pool3d(mg.zeros(1, 1, 2, 4, 4), 2, divisor_override=0),
     "[avg_pool3d] divisor_override must be an int other"),
    (lambda: mg.max_unpool2d(mg.zeros(1, 1, 2, 2), np.zeros((1, 1, 2, 3), int), 2),
     "[max_unpool2d] indices must be integers of x's "
                                                                                   "shape (1, 1, 2, 2), found int64 (1, 1, 2, "
                                                                                   "3)"),
    (lambda: mg.max_unpool2d(mg.zeros(1, 1, 1, 1), np.full((1, 1, 1, 1), 4), 2), "[max_unpool2d] index 4 is out of bounds"),
    (lambda: mg.max_unpool2d(mg.zeros(1, 1, 1, 1), np.zeros((1, 1, 1, 1), int), 2, output_size=(3,)),
     "[max_unpool2d] expected an output of 2 sides H, W >= 1, found (3,)"),
    (lambda: mg.global_avg_pool(mg.zeros(2, 3)),
     "[global_avg_pool] expected x (N, C, ...) with one axis or more behind the channels"),
])
def test_errors(call, text):
    with pytest.raises((IndexError, ValueError), match=f"^{re.escape(text)}"):
        call()
