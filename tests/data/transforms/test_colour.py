"""ColorJitter: what each factor does, its order, and how they are spread."""

import numpy as np
import pytest

from minigrad.data.transforms import ColorJitter
from minigrad.data.transforms.draw import Draw, below

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(60, 160, (60, 3, 8, 8), dtype=np.uint8)
WEIGHTS = np.array([.299, .587, .114])[:, None, None]


def test_brightness():
    found = ColorJitter(brightness=.5)(IMAGES).astype(float)
    factor = found.sum((1, 2, 3)) / IMAGES.sum((1, 2, 3))
    assert .5 <= factor.min() < .56 and 1.44 < factor.max() <= 1.5
    np.testing.assert_allclose(found, IMAGES * factor[:, None, None, None], atol=1)


def test_contrast():
    found = ColorJitter(contrast=.5)(IMAGES).astype(float)
    mean = (IMAGES * WEIGHTS).sum(1).mean((1, 2))[:, None, None, None]
    factor = (found - mean).std((1, 2, 3)) / (IMAGES - mean).std((1, 2, 3))
    assert factor.min() + .01 >= .5 and factor.max() <= 1.51 and np.ptp(factor) > .8
    np.testing.assert_allclose(found, mean + (IMAGES - mean) * factor[:, None, None, None], atol=2)


def test_saturation():
    grey = ColorJitter(saturation=(0, 0))(IMAGES)
    assert (grey[:, :1] == grey).all()
    np.testing.assert_allclose(grey[:, 0], (IMAGES * WEIGHTS).sum(1), atol=.6)
    np.testing.assert_array_equal(ColorJitter(saturation=.9)(IMAGES[:, :1]), IMAGES[:, :1])


def test_nothing_leaves_its_bounds():
    for images, top in ((IMAGES, 255), ((IMAGES / 255).astype(np.float32), 1)):
        found = ColorJitter((64, 64), (64, 64), (64, 64))(images)
        assert found.min() >= 0 and found.max() == top
        np.testing.assert_array_equal(ColorJitter()(images), images)


def test_factors_and_orders_are_spread():
    n = 20_000
    images = np.full((n, 1, 1, 1), 100, np.uint8)
    found = ColorJitter(brightness=.5)(images).reshape(-1)
    counts = np.bincount(found, minlength=151)[50:]
    assert counts[:50].sum() + counts[51:].sum() == n - counts[50] and counts[0] < counts[1:-1].min() * 1.5
    assert abs(found.mean() - 100) < 1
    order = below(Draw("test", 0, 0, np.arange(n)).words(ColorJitter.kind * 256, 4)[:, 3], 6)
    assert np.bincount(order).min() > n / 6 * .93


@pytest.mark.parametrize("make, error, words", [
    (lambda: ColorJitter(brightness=-1), ValueError, r"\[ColorJitter\] brightness must be from 0 to 63, found -1"),
    (lambda: ColorJitter(contrast=(1, 65)), ValueError, "contrast must be from 0 to 64, found 65"),
    (lambda: ColorJitter(saturation=(1.5, .5)), ValueError, "the other way round"),
    (lambda: ColorJitter(saturation=(1,)), TypeError, r"saturation must be a pair \(low, high\), found \(1,\)"),
    (lambda: ColorJitter(brightness=None), TypeError, "brightness must be a number, found None"),
    (lambda: ColorJitter(.1)(IMAGES[:, :2]), ValueError, r"of 2 channels but expected 1 or 3, .*: images \(60, 2, 8, 8\)"),
])
def test_errors(make, error, words):
    with pytest.raises(error, match=words):
        make()
