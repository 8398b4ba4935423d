"""Boxes, colours, and two images in one: what they say of themselves."""

import numpy as np

from minigrad import kernels

K = kernels.table("numpy")
RNG = np.random.default_rng(1)


def test_boxes():
    images, others = RNG.integers(0, 9, (3, 2, 5, 6), dtype=np.uint8), RNG.integers(10, 19, (3, 2, 5, 6), dtype=np.uint8)
    boxes = np.array([[1, 2, 4, 5], [-3, -3, 2, 99], [2, 2, 2, 4]])
    expected = images.copy()
    expected[0, :, 1:4, 2:5], expected[1, :, :2] = others[0, :, 1:4, 2:5], others[1, :, :2]
    np.testing.assert_array_equal(K.paste_boxes(images, others, boxes), expected)
    filled = K.paste_boxes(images, np.array([7, 8], np.uint8), boxes)
    assert (filled[0, :, 1:4, 2:5] == np.array([7, 8])[:, None, None]).all()


def test_mixed():
    images, others = RNG.integers(0, 256, (2, 4, 3, 5, 5), dtype=np.uint8)
    factors = np.array([0, 65536, 16384, 50_000])
    share = (factors / 65536)[:, None, None, None]
    exact = images * share + others * (1 - share)
    assert np.abs(K.mix_batch(images, others, factors) - exact).max() <= .5
    np.testing.assert_allclose(K.mix_batch(images.astype(np.float64), others.astype(np.float64), factors), exact, rtol=1e-12)
    nothing = np.full((1, 1, 2, 2), np.nan, np.float32)
    assert (K.mix_batch(nothing, np.full_like(nothing, 3), np.array([0])) == 3).all()


def test_grey_stays_grey_and_factors_of_one_change_nothing():
    images = RNG.integers(0, 256, (3, 3, 4, 4), dtype=np.uint8)
    np.testing.assert_array_equal(K.jitter_batch(images, np.full((3, 3), 65536), np.array([0, 3, 5])), images)
    grey = images[:, :1].repeat(3, 1)
    factors = np.array([[65536, 65536, 0], [65536, 65536, 131072], [65536, 65536, 7]])
    np.testing.assert_array_equal(K.jitter_batch(grey, factors, np.array([0, 3, 5])), grey)
    black = K.jitter_batch(images, np.array([[0, 65536, 65536]] * 3), np.array([0, 3, 5]))
    assert not black.any()
    flat = K.jitter_batch(images, np.array([[65536, 0, 65536]] * 3), np.zeros(3, np.int64))
    assert all(len(set(image.reshape(-1).tolist())) == 1 for image in flat)


def test_colours_of_floats_are_those_of_bytes():
    images = RNG.integers(0, 256, (40, 3, 6, 6), dtype=np.uint8)
    factors, order = RNG.integers(30_000, 100_000, (40, 3)), RNG.integers(0, 6, 40)
    floats = K.jitter_batch((images / 255).astype(np.float32), factors, order)
    assert floats.dtype == np.float32
    assert np.abs(floats * 255 - K.jitter_batch(images, factors, order)).max() < 3
