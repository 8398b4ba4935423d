"""Cutout and RandomErasing: where the boxes lie, what is in them, how they are spread."""

import numpy as np
import pytest

from minigrad.data.transforms import Compose, Cutout, Normalize, RandomErasing
from minigrad.data.transforms.draw import Draw

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(1, 255, (200, 3, 12, 10), dtype=np.uint8)


def boxes_of(changed):
    """(first row, first column, rows, columns) of the one box of each mask (N, H, W), which is all of what changed."""
    for mask in changed:
        if mask.any():
            rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
            assert mask[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1].all() and mask.sum() == len(rows) * len(columns)
            yield rows[0], columns[0], len(rows), len(columns)


def test_cutout():
    found = Cutout((4, 3))(IMAGES)
    changed = (found != IMAGES).all(1)
    assert ((found == 0).all(1) == changed).all() and (found == IMAGES)[(~changed)[:, None].repeat(3, 1)].all()
    found = np.array(list(boxes_of(changed)))
    assert len(found) == 200, "its middle lies within"
    assert found[:, 2].max() == 4 and found[:, 3].max() == 3 and found[:, 2].min() == 2 and found[:, 3].min() == 2


def test_the_middle_of_a_cutout_is_any_pixel():
    n = 20_000
    found = Cutout(1)(np.ones((n, 1, 5, 7), np.uint8))
    counts = (found[:, 0] == 0).sum(0)
    assert counts.sum() == n and ((counts - n / 35) ** 2 / (n / 35)).sum() < 78      # chi squared of 34: p = 1e-5


def test_fill():
    found = Cutout(50, fill=(1, 2, 3))(IMAGES)
    assert (found == np.array([1, 2, 3])[:, None, None]).all()
    after = Compose([Normalize(.5, .25), Cutout(50)])(IMAGES)
    assert after.dtype == np.float32 and not after.any()


def test_erasing_as_often_as_p_and_as_large_as_it_says():
    images = np.ones((5_000, 1, 20, 30), np.uint8)
    erased = RandomErasing(p=.4, scale=(.1, .3), ratio=(.5, 2))(images)[:, 0] == 0
    often = erased.any((1, 2)).mean()
    assert abs(often - .4) < 4 * np.sqrt(.24 / 5000)
    _, _, rows, columns = np.array(list(boxes_of(erased))).T
    area, ratio = rows * columns / 600, rows / columns
    assert .08 < area.min() < .12 and .28 < area.max() < .33 and abs(area.mean() - .2) < .01
    assert .4 < ratio.min() < .6 and 1.7 < ratio.max() < 2.5
    assert RandomErasing(p=0)(images).all()
    assert (erased.mean(0) > 0).all(), "any pixel"


def test_what_does_not_fit_erases_nothing():
    np.testing.assert_array_equal(RandomErasing(1, (1, 1), (1, 1))(IMAGES), IMAGES)
    np.testing.assert_array_equal(RandomErasing(1)(IMAGES[:, :, :1, :1]), IMAGES[:, :, :1, :1])


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_noise(dtype):
    images = np.full((300, 3, 16, 15), 2, dtype)
    found = RandomErasing(1, (.3, .5), value="random")(images)
    noise = found[(found != 2).all(1)[:, None].repeat(3, 1)].astype(float)
    top = 255 if dtype == np.uint8 else 1
    assert len(noise) > 50_000 and abs(noise.mean() / top - .5) < .01 and abs(noise.std() / top - 12**-.5) < .01
    assert noise.min() >= 0 and noise.max() <= top and found.dtype == dtype


def test_noise_is_not_what_places_the_box():
    words = Draw("test", 0, 0, np.arange(5)).words(RandomErasing.kind * 256, 24 + 4)
    noise = RandomErasing(1, value="random")._noise(np.zeros((5, 1, 4, 4), np.uint8), Draw("test", 0, 0, np.arange(5)))
    assert noise.tobytes() == np.ascontiguousarray(words[:, 24:]).astype("<u4").tobytes()


@pytest.mark.parametrize("make, error, words", [
    (lambda: Cutout(0), ValueError, r"\[Cutout\] size must be at least 1, found 0"),
    (lambda: Cutout(3, "red"), TypeError, "fill must be a number, found 'red'"),
    (lambda: Cutout(3, (1, 2))(IMAGES), ValueError, r"found 2 values but expected one, or one for each of 3 channels"),
    (lambda: Cutout(3, -1)(IMAGES), ValueError, r"\[Cutout\] -1 is no uint8 pixel"),
    (lambda: RandomErasing(2), ValueError, r"\[RandomErasing\] p must be from 0 to 1, found 2"),
    (lambda: RandomErasing(scale=.3), TypeError, r"scale must be a pair \(low, high\), found 0.3"),
    (lambda: RandomErasing(ratio=(0, 1)), ValueError, "ratio must be from 0.001 to 1000, found 0"),
    (lambda: RandomErasing(value="noise"), TypeError, "value must be a number, found 'noise'"),
])
def test_errors(make, error, words):
    with pytest.raises(error, match=words):
        make()
