"""Windows of images against numpy's padding and slices, one image at a time; the words of samples."""

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
