"""Interpolation, adaptive pooling and pixels from channels: what the descriptions do not show. Gradients:
test_every_operation.py."""

import re

import numpy as np
import pytest

import minigrad as mg
from minigrad.kernels import taps

RNG = np.random.default_rng(0)


def test_the_taps_of_the_adjoint_are_the_transposed_matrix():
    for made in (taps.linear(7, 11, None, False), taps.cubic(5, 3, None, True), taps.antialiased(9, 4, None, False, "cubic"),
                 taps.adaptive(7, 3), taps.nearest(4, 9, None, True)):
        n = made[0].max() + 1
        matrices = []
        for (index, weight), shape in ((made, (len(made[0]), n)), (taps.turned_round(*made, n), (n, len(made[0])))):
            matrix = np.zeros(shape)
            np.add.at(matrix, (np.repeat(np.arange(shape[0]), index.shape[1]), index.reshape(-1)), weight.reshape(-1))
            matrices.append(matrix)
        np.testing.assert_allclose(matrices[0], matrices[1].T, atol=1e-15)
        np.testing.assert_allclose(matrices[0].sum(1), 1)


def test_a_pixel_that_is_not_looked_at_may_be_infinite(device):
    x = mg.tensor(np.array([[[1, np.inf, 3, np.nan]]], np.float32))
    np.testing.assert_array_equal(mg.interpolate(x, size=2, mode="nearest").numpy(), [[[1, 3]]])
    np.testing.assert_array_equal(mg.interpolate(x, size=7, mode="linear", align_corners=True).numpy(),
                                  [[[1, np.inf, np.inf, np.inf, 3, np.nan, np.nan]]])
    np.testing.assert_array_equal(mg.adaptive_avg_pool1d(x, 3).numpy(), [[[np.inf, np.inf, np.nan]]])


def test_images_stay_channels_last(device):
    a = np.ascontiguousarray(RNG.standard_normal((2, 6, 5, 4)).astype(np.float32).transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    for how in ({"size": (7, 9), "mode": "bilinear"}, {"scale_factor": 2}, {"size": 3, "mode": "bicubic", "antialias": True}):
        x, y = (mg.from_numpy(b).requires_grad_() for b in (a, np.ascontiguousarray(a)))
        found = [mg.interpolate(t, **how) for t in (x, y)]
        for f in found:
            (f * f).sum().backward()
        np.testing.assert_allclose(found[0].detach().numpy(), found[1].detach().numpy(), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(x.grad.numpy(), y.grad.numpy(), rtol=1e-5, atol=1e-5)


def test_integers_stay_integers_where_pixels_are_only_moved():
    image = mg.tensor(np.array([[[[1, 200], [3, 4]]]], np.uint8))
    assert mg.interpolate(image, scale_factor=2).dtype == np.uint8
    assert mg.interpolate(image, scale_factor=2)[0, 0].tolist() == [[1, 1, 200, 200], [1, 1, 200, 200], [3, 3, 4, 4], [3, 3, 4,
                                                                                                                       4]]
    assert mg.interpolate(image, size=1, mode="area").tolist() == [[[[52]]]]
    assert mg.pixel_unshuffle(image, 2).tolist() == [[[[1]], [[200]], [[3]], [[4]]]]


@pytest.mark.parametrize(("options", "text"), [
    ({}, "[interpolate] expected either size or scale_factor, found size None and scale_factor None"),
    ({"size": 3, "scale_factor": 2}, "[interpolate] expected either size or scale_factor, found size 3 and scale_factor 2"),
    ({"size": 0}, "[interpolate] size must be a number > 0, or one for each of the 2 sides of x (1, 2, 4, 4), found (0, 0)"),
    ({"size": (3, 2.5)}, "[interpolate] size must be a number > 0, or one for each of the 2 sides"),
    ({"scale_factor": (2, 2, 2)}, "[interpolate] scale_factor must be a number > 0, or one for each of the 2 sides"),
    ({"scale_factor": 0.1}, "[interpolate] scale_factor 0.1 leaves nothing of x (1, 2, 4, 4)"),
    ({"size": 3, "mode": "cubic"}, "[interpolate] mode must be one of nearest, nearest-exact, linear, bilinear, trilinear"),
    ({"size": 3, "mode": "linear"}, "[interpolate] mode 'linear' is for 1 sides behind the channels, found x (1, 2, 4, 4)"),
    ({"size": 3, "align_corners": True},
     "[interpolate] align_corners is for linear, bilinear, trilinear and bicubic, found mode"),
    ({"size": 3, "antialias": True}, "[interpolate] antialias is for bilinear and bicubic, found mode 'nearest'"),
])
def test_what_interpolate_refuses(options, text):
    with pytest.raises(ValueError, match=f"^{re.escape(text)}"):
        mg.interpolate(mg.zeros(1, 2, 4, 4), **options)


@pytest.mark.parametrize(("call", "text"), [
    (lambda: mg.interpolate(mg.zeros(2, 3), 3), "[interpolate] expected x (N, C, ...) with one to three sides >= 1"),
    (lambda: mg.pixel_shuffle(mg.zeros(1, 3, 2, 2), 2),
     "[pixel_shuffle] the 3 channels of x (1, 3, 2, 2) do not divide by 2 x 2"),
    (lambda: mg.pixel_shuffle(mg.zeros(1, 3, 2, 2), 0), "[pixel_shuffle] upscale_factor must be an int >= 1, found 0"),
    (lambda: mg.pixel_unshuffle(mg.zeros(1, 3, 2, 3), 2), "[pixel_unshuffle] the sides of x (1, 3, 2, 3) do not divide by 2"),
    (lambda: mg.pixel_unshuffle(mg.zeros(3, 2), 2), "[pixel_unshuffle] expected x (..., C, H, W), found (3, 2)"),
    (lambda: mg.adaptive_avg_pool2d(mg.zeros(1, 1, 4, 4), (2, 0)),
     "[adaptive_avg_pool2d] output_size must be an int >= 1, or one "
                                                                   "(or None) for each of H, W, found (2, 0)"),
    (lambda: mg.adaptive_max_pool2d(mg.zeros(4, 4), 2),
     "[adaptive_max_pool2d] expected x (N, C, H, W), or (C, H, W) without a"),
    (lambda: mg.adaptive_max_pool1d(mg.zeros(1, 1, 0), 2), "[adaptive_max_pool1d] x has no pixels to choose from: (1, 1, 0)"),
])
def test_errors(call, text):
    with pytest.raises(ValueError, match=f"^{re.escape(text)}"):
        call()
