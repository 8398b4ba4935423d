"""Pad, crops, flips, Normalize: against plain numpy, image by image, and how their random numbers are spread."""

import numpy as np
import pytest

from minigrad.data import Dataset
from minigrad.data.transforms import CenterCrop, Compose, HorizontalFlip, Normalize, Pad, RandomCrop
from minigrad.data.transforms.draw import Draw

RNG = np.random.default_rng(0)
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


def pixels(*shape, dtype=np.uint8):
    return RNG.integers(0, 256, shape).astype(dtype)


def drawn(transform, count, seed=0, epoch=0, words=2):
    """The words that a transform draws for samples 0, 1 ..."""
    return Draw("test", seed, epoch, np.arange(count)).words(transform.stream, words)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("shape", [(5, 3, 8, 6), (4, 1, 5, 5), (0, 3, 4, 4), (1, 3, 1, 1)])
@pytest.mark.parametrize("mode", ["reflect", "constant"])
def test_pad(dtype, shape, mode):
    images = pixels(*shape, dtype=dtype)
    found = Pad((2, 3), mode, fill=7)(images)
    widths = ((0, 0), (0, 0), (2, 2), (3, 3))
    expected = np.pad(images, widths, mode, **({} if mode == "reflect" else {"constant_values": 7}))
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == dtype


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("mode", ["reflect", "constant"])
def test_crop_and_flip(dtype, channels, mode):
    images = pixels(50, channels, 12, 10, dtype=dtype)
    crop, flip = RandomCrop((11, 9), padding=3, mode=mode), HorizontalFlip()
    found = Compose([crop, flip])(images, seed=3, epoch=2)
    where = drawn(crop, 50, 3, 2).astype(np.uint64) * np.array([12 + 6 - 11 + 1, 10 + 6 - 9 + 1], np.uint64) >> np.uint64(32)
    mirrored = drawn(flip, 50, 3, 2, 1)[:, 0] < 2**31
    assert 0 < mirrored.sum() < 50 and len(np.unique(where, axis=0)) > 20
    for image, (top, left), turned, got in zip(images, where.astype(int), mirrored, found, strict=True):
        expected = np.pad(image, ((0, 0), (3, 3), (3, 3)), mode)[:, top:top + 11, left:left + 9]
        np.testing.assert_array_equal(got, expected[:, :, ::-1] if turned else expected)


def test_the_crop_without_padding_and_the_middle():
    images = pixels(30, 3, 9, 8)
    found = RandomCrop(5)(images)
    assert found.shape == (30, 3, 5, 5)
    inside = np.lib.stride_tricks.sliding_window_view(images, (5, 5), (2, 3)).reshape(30, 3, -1, 5, 5)
    assert all((windows == one[:, None]).all((0, 2, 3)).any() for windows, one in zip(inside, found, strict=True))
    np.testing.assert_array_equal(CenterCrop(5)(images), images[:, :, 2:7, 1:6])
    np.testing.assert_array_equal(RandomCrop(9, padding=2).evaluation()(images[..., :5]), np.pad(
        images[..., :5], ((0, 0), (0, 0), (2, 2), (2, 2)), "reflect")[:, :, 2:11])


@pytest.mark.parametrize("mean, std", [(MEAN, STD), (0.5, 0.25), ([0.5], STD)])
def test_normalize_is_a_datasets(mean, std):
    images = pixels(20, 3, 6, 6)
    found = Normalize(mean, std)(images)
    expected, _ = Dataset(images, np.zeros(20, int)).normalize(np.resize(mean, 3), np.resize(std, 3)).arrays()
    assert found.dtype == np.float32 and found.tobytes() == expected.tobytes()
    floats = images.astype(np.float32)
    exact = (floats - np.reshape(mean, (-1, 1, 1))) / np.reshape(std, (-1, 1, 1))
    np.testing.assert_allclose(Normalize(mean, std)(floats), exact, rtol=1e-5, atol=1e-5)


def test_how_crops_and_flips_are_spread():
    n = 20_000
    images = np.arange(81, dtype=np.uint8).reshape(1, 1, 9, 9).repeat(n, 0)
    corner = RandomCrop(5)(images)[:, 0, 0, 0].astype(int)
    counts = np.bincount(corner // 9 * 5 + corner % 9, minlength=25)
    assert len(counts) == 25
    assert ((counts - n / 25) ** 2 / (n / 25)).sum() < 60       # chi squared of 24 degrees of freedom: p = 1e-4
    for p in (0, 0.3, 0.5, 1):
        flipped = (HorizontalFlip(p)(images)[:, 0, 0, 0] == 8).mean()
        assert abs(flipped - p) <= 4 * np.sqrt(p * (1 - p) / n)


def test_the_numbers_of_flip_and_crop_have_nothing_to_do_with_one_another():
    crop, flip = drawn(RandomCrop(1), 5000)[:, 0], drawn(HorizontalFlip(), 5000)[:, 0]
    for a, b in ((crop, flip), (crop[1:], crop[:-1]), (crop, drawn(RandomCrop(1), 5000, epoch=1)[:, 0]),
                 (crop, drawn(RandomCrop(1), 5000, seed=1)[:, 0]), (crop, drawn(RandomCrop(1), 5000)[:, 1])):
        assert abs(np.corrcoef(a.astype(float), b.astype(float))[0, 1]) < 0.06


@pytest.mark.parametrize("make, error, words", [
    (lambda: Pad(-1), ValueError, r"\[Pad\] padding must be at least 0, found -1"),
    (lambda: Pad((1, 2, 3)), TypeError, r"\[Pad\] padding must be an integer, or a pair \(rows, columns\), found \(1, 2, 3\)"),
    (lambda: Pad(1.5), TypeError, "found 1.5"),
    (lambda: Pad(1, "edge"), ValueError, r"\[Pad\] mode must be 'reflect' or 'constant', found 'edge'"),
    (lambda: Pad(1, "constant", "x"), TypeError, r"\[Pad\] fill must be a number, found 'x'"),
    (lambda: RandomCrop(0), ValueError, r"\[RandomCrop\] size must be at least 1, found 0"),
    (lambda: RandomCrop(32, padding=True), TypeError, "padding must be an integer"),
    (lambda: CenterCrop("a"), TypeError, r"\[CenterCrop\] size must be"),
    (lambda: HorizontalFlip(1.5), ValueError, r"\[HorizontalFlip\] p must be from 0 to 1, found 1.5"),
    (lambda: HorizontalFlip(float("nan")), ValueError, "p must be from 0 to 1"),
    (lambda: Normalize((1, 2), (1, 2, 3)), ValueError, r"\[Normalize\] .* mean \(2,\), std \(3,\)"),
    (lambda: Normalize(0, 0), ValueError, "std positive"),
    (lambda: Normalize((0, 0), 1)(pixels(1, 3, 2, 2)), ValueError, r"of 2 channels but expected 3: images \(1, 3, 2, 2\)"),
    (lambda: RandomCrop(9)(pixels(2, 3, 8, 9)), ValueError, r"\[RandomCrop\] found images of 8 x 9 but expected at least 9 x "
     r"9: images \(2, 3, 8, 9\); give it more padding="),
    (lambda: RandomCrop(9, 1)(pixels(2, 3, 5, 9)), ValueError, r"5 x 9, padded 7 x 11, but expected"),
    (lambda: Pad(1, "constant", 300)(pixels(1, 1, 2, 2)), ValueError, r"\[Pad\] 300 is no uint8 pixel, expected a whole"),
    (lambda: Pad(1, "constant", 0.5)(pixels(1, 1, 2, 2)), ValueError, "0.5 is no uint8 pixel"),
])
def test_errors(make, error, words):
    with pytest.raises(error, match=words):
        make()
