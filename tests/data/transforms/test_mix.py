"""MixUp and CutMix: images and targets mixed alike, partners by key alone, shares of the right distribution."""

import numpy as np
import pytest

from minigrad.data.transforms import Compose, CutMix, HorizontalFlip, MixUp, Normalize, RandomCrop
from minigrad.data.transforms.base import Whole
from minigrad.data.transforms.mix import beta

RNG = np.random.default_rng(0)
N = 60
PLAIN = (np.arange(N, dtype=np.float32) * 3)[:, None, None, None] * np.ones((3, 8, 6), np.float32)      # sample i is all 3 i
LABELS = np.arange(N)
MIXES = pytest.mark.parametrize("mix", [MixUp, CutMix])


@MIXES
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_targets_say_what_is_in_the_image(mix, dtype):
    images, targets = mix(.7, classes=N)(PLAIN.astype(dtype), LABELS, seed=1)
    assert images.dtype == dtype and targets.dtype == np.float32 and targets.shape == (N, N)
    np.testing.assert_allclose(targets.sum(1), 1, rtol=1e-6)
    np.testing.assert_allclose(images.mean((1, 2, 3)), targets @ (3 * LABELS), atol=.51 if dtype == np.uint8 else 1e-3)
    assert ((targets > 0).sum(1) <= 2).all() and ((targets > 0).sum(1) == 2).mean() > .7
    if mix is CutMix:
        assert set(np.unique(images).tolist()) <= set((3 * LABELS).tolist())


@MIXES
def test_a_sample_and_its_partner_depend_on_the_key_alone(mix):
    chain = Compose([RandomCrop((8, 6), padding=2), HorizontalFlip(), mix(classes=10), Normalize(.5, .5)])
    images, labels = RNG.integers(0, 256, (N, 3, 8, 6), dtype=np.uint8), RNG.integers(0, 10, N)
    whole = chain(images, labels, seed=4, epoch=2)
    order = RNG.permutation(N)
    for size in (1, 7, N):
        parts = [chain.apply_pairs(images[part], labels[part], 4, 2, part, Whole(images, labels))
                 for part in np.array_split(order, N // size)]
        for found, expected in zip(map(np.concatenate, zip(*parts, strict=True)), whole, strict=True):
            np.testing.assert_array_equal(found, expected[order])
    assert (chain(images, labels, seed=5, epoch=2)[1] != whole[1]).any()


def test_the_partner_is_as_its_own_turn_has_it():
    images, labels = RNG.integers(0, 256, (N, 1, 8, 6), dtype=np.uint8), np.arange(N)
    before, mix = Compose([RandomCrop((8, 6), padding=2), HorizontalFlip()]), MixUp(classes=N)
    found = Compose([before, mix])(images, labels, epoch=3)
    expected = mix(before(images, epoch=3), labels, epoch=3)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_two_mixes_one_after_another():
    images, targets = Compose([CutMix(classes=N), MixUp(classes=N)])(PLAIN, LABELS)
    np.testing.assert_allclose(images.mean((1, 2, 3)), targets @ (3 * LABELS), atol=1e-2)
    assert (targets > 0).sum(1).max() > 2


@MIXES
def test_without_the_rest_of_the_data_partners_are_of_the_batch(mix):
    _, targets = mix(classes=N).apply_pairs(PLAIN[:20], LABELS[:20], 0, 0, LABELS[:20])
    partners = np.where(targets > 0, 1, 0)
    assert not partners[:, 20:].any() and (partners.sum(1) <= 2).all()
    _, one = mix(classes=N).apply_pairs(PLAIN[5:6], LABELS[5:6], 0, 0, LABELS[5:6], lambda indices: None)
    np.testing.assert_allclose(one, np.eye(N)[5:6], rtol=1e-6)
    empty = mix(classes=N).apply_pairs(PLAIN[:0], LABELS[:0], 0, 0, LABELS[:0])
    assert empty[0].shape == (0, 3, 8, 6) and empty[1].shape == (0, N)


@MIXES
def test_soft_targets_and_numbers(mix):
    soft = RNG.random((N, 5)).astype(np.float32)
    _, targets = mix()(PLAIN, soft)
    assert targets.shape == (N, 5) and targets.dtype == np.float32
    images, values = mix()(PLAIN, 3.0 * LABELS)
    assert values.shape == (N,)
    np.testing.assert_allclose(images.mean((1, 2, 3)), values, atol=1e-2)


@pytest.mark.parametrize("alpha", [.05, .2, 1, 3])
def test_shares_are_beta(alpha):
    found = beta(alpha, RNG.random((200_000, 2)))
    assert found.min() >= 0 and found.max() <= 1
    assert abs(found.mean() - .5) < 5 * found.std() / np.sqrt(200_000)
    np.testing.assert_allclose(found.var(), 1 / (4 * (2 * alpha + 1)), rtol=.02)
    places, theirs = np.linspace(.001, .999, 99), np.random.default_rng(1).beta(alpha, alpha, 200_000)
    below = [np.searchsorted(np.sort(numbers), places) / 200_000 for numbers in (found, theirs)]
    assert np.abs(below[0] - below[1]).max() < .006         # Kolmogorov and Smirnov: p < 0.002


def test_mixed_areas_are_as_drawn():
    _, targets = CutMix(1, classes=2)(np.zeros((20_000, 1, 32, 32), np.uint8), np.arange(20_000) % 2)
    own = targets[np.arange(20_000), np.arange(20_000) % 2]
    assert .7 < own.mean() < .85, "half by area, more for what lies outside; half of the partners are of the same class"


@pytest.mark.parametrize("call, error, words", [
    (lambda: MixUp(0), ValueError, r"\[MixUp\] alpha must be from 0.001 to 1e\+06, found 0"),
    (lambda: CutMix("1"), TypeError, r"\[CutMix\] alpha must be a number, found '1'"),
    (lambda: MixUp(1, classes=0), ValueError, r"\[MixUp\] classes must be an integer, at least 1, or None, found 0"),
    (lambda: MixUp()(PLAIN), TypeError, r"\[MixUp\] targets are mixed, too: call it with images and targets"),
    (lambda: Compose([MixUp()]).apply(PLAIN, 0, 0, LABELS), TypeError, r"\[MixUp\] targets are mixed, too"),
    (lambda: MixUp()(PLAIN, LABELS), ValueError, r"targets are classes, int64 \(60,\), so .*: MixUp\(..., classes=10\)"),
    (lambda: CutMix(classes=9)(PLAIN, LABELS), ValueError, r"found classes from 0 to 59 but expected 0 to 8: classes=9"),
    (lambda: MixUp(classes=9)(PLAIN, LABELS[:9]), ValueError, r"found targets int64 \(9,\) but expected 60 of them"),
    (lambda: MixUp(classes=N).apply_pairs(PLAIN[:4], LABELS[:4], 0, 0, LABELS[:4], Whole(PLAIN[:, :, :5], LABELS)), ValueError,
     r"images must have one size and dtype to be mixed, found float32 \(4, 3, 8, 6\) and float32 \(4, 3, 5, 6\)"),
])
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
