"""Kernels that change batches of images, against what they say, one image at a time."""

import numpy as np

from minigrad import kernels
from minigrad.kernels import philox

K = kernels.table("numpy")
RNG = np.random.default_rng(1)


def test_a_sample_has_its_own_words():
    key = np.array([5, 9], np.uint64)
    found = K.sample_words(np.array([7, 0, 7]), key, 6)
    assert found.dtype == np.uint32 and (found[0] == found[2]).all()
    np.testing.assert_array_equal(found[1], philox.uint32(np, key, 6))
    np.testing.assert_array_equal(found[:, :3], K.sample_words(np.array([7, 0, 7]), key, 3))
    assert len(set(K.sample_words(np.arange(1000), key, 4).reshape(-1).tolist())) == 4000


def test_windows_are_padded_crops():
    images = RNG.integers(0, 256, (6, 2, 5, 7), dtype=np.uint8)
    places = np.stack([RNG.integers(-3, 4, 6), RNG.integers(-3, 4, 6), RNG.integers(0, 2, 6)], 1)
    for reflect in (True, False):
        found = K.crop_batch(images, places, (5, 6), reflect, 9, None, None)
        for image, (top, left, flip), window in zip(images, places, found, strict=True):
            wide = np.pad(image, ((0, 0), (4, 4), (4, 4)), **(dict(mode="reflect") if reflect else dict(constant_values=9)))
            expected = wide[:, top + 4:top + 9, left + 4:left + 10]
            np.testing.assert_array_equal(window, expected[:, :, ::-1] if flip else expected)


def test_mirrors_repeat_as_numpys():
    image = np.arange(3, dtype=np.uint8).reshape(1, 1, 1, 3)
    found = K.crop_batch(image, np.array([[0, -10, 0]]), (1, 23), True, 0, None, None)
    np.testing.assert_array_equal(found[0, 0, 0], np.pad([0, 1, 2], 10, mode="reflect"))
    one = K.crop_batch(image[..., 2:], np.array([[-1, -3, 1]]), (3, 8), True, 0, None, None)
    assert (one == 2).all()


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
