"""Batches of images in C++: served as they come from a data set, left to the reference where they do not."""

import numpy as np
import pytest

from minigrad.kernels.taps import whole

from .support import REFERENCE, falls_back, run

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (200, 3, 32, 32), dtype=np.uint8)
PLACES = np.stack([RNG.integers(-4, 5, 200), RNG.integers(-4, 5, 200), RNG.integers(0, 2, 200)], 1)
ROW = np.array([0.5, 1.5, 2], np.float32)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("reflect", [True, False])
def test_windows(dtype, reflect):
    images = IMAGES.astype(dtype)
    for rule in ((None, None), (ROW, -ROW), (ROW[:1], ROW[:1])):
        args = images, PLACES, (32, 32), reflect, 9.0, *rule
        np.testing.assert_allclose(run("crop_batch", *args), REFERENCE.crop_batch(*args), rtol=1e-6, atol=1e-4)


def test_windows_far_outside():
    places = np.array([[2**40 - 1, -2**40, 1], [-99, 77, 0]])
    for reflect in (True, False):
        args = IMAGES[:2], places, (7, 70), reflect, 9.0, None, None
        np.testing.assert_array_equal(run("crop_batch", *args), REFERENCE.crop_batch(*args))


def test_floats_come_as_they_are():
    images = np.array([np.nan, -0.0, np.inf, 1e-40], np.float32).reshape(1, 1, 2, 2)
    there = np.zeros((1, 3), np.int64)
    assert run("crop_batch", images, there, (2, 2), True, 0.0, None, None).tobytes() == images.tobytes()
    identity = np.array([[65536, 0, 0, 0, 65536, 0]])
    found = run("affine_batch", images, identity, 0.0)
    np.testing.assert_array_equal(found, images)            # a weight of 0 picks nothing, NaN neither


def test_colours_boxes_and_words():
    factors, order = RNG.integers(0, 2 * 65536, (200, 3)), RNG.integers(0, 6, 200)
    np.testing.assert_array_equal(run("jitter_batch", IMAGES, factors, order), REFERENCE.jitter_batch(IMAGES, factors, order))
    boxes = np.sort(RNG.integers(-5, 40, (200, 2, 2)), 1).reshape(200, 4)
    for source in (IMAGES[::-1].copy(), np.arange(3, dtype=np.uint8)):
        args = IMAGES, source, boxes
        np.testing.assert_array_equal(run("paste_boxes", *args), REFERENCE.paste_boxes(*args))
    for images in (IMAGES, IMAGES.astype(np.float32)):
        args = images, images[::-1].copy(), np.append(RNG.integers(0, 65537, 198), [0, 65536])
        np.testing.assert_allclose(run("mix_batch", *args), REFERENCE.mix_batch(*args), rtol=1e-5)
    args = np.arange(10_000), np.array([2**63, 7], np.uint64), 9
    np.testing.assert_array_equal(run("sample_words", *args), REFERENCE.sample_words(*args))


def test_sizes():
    for out in (227, 9):
        args = IMAGES[:5], whole(32, out, True), whole(32, 40, True)
        np.testing.assert_array_equal(run("resize_batch", *args, None, None), REFERENCE.resize_batch(*args, None, None))
        np.testing.assert_allclose(run("resize_batch", *args, ROW, -ROW), REFERENCE.resize_batch(*args, ROW, -ROW), rtol=1e-6,
                                   atol=1e-4)


def test_what_it_leaves_to_the_reference():
    falls_back("crop_batch", IMAGES[:, :, ::2], PLACES, (4, 4), True, 0.0, None, None)
    falls_back("crop_batch", IMAGES.astype(np.float64), PLACES, (4, 4), True, 0.0, ROW, ROW)
    falls_back("jitter_batch", (IMAGES[:2] / 255).astype(np.float32), np.full((2, 3), 70_000), np.array([0, 5]))
    falls_back("paste_boxes", IMAGES.astype(np.int64), np.arange(3), np.zeros((200, 4), np.int64))
    falls_back("affine_batch", IMAGES.astype(np.float64), np.zeros((200, 6), np.int64), 0.0)
