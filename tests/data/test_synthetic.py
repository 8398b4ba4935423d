"""synthetic_digits: MNIST's format, reproducible image by image, digits that can be told apart but not trivially."""

import numpy as np
import pytest

from minigrad.data import synthetic, synthetic_digits


@pytest.fixture(scope="module")
def digits():
    return synthetic_digits(2000, 500, seed=0)


def test_format(digits):
    for part, n, name in zip(digits, (2000, 500), ("train", "test"), strict=True):
        assert part.images.shape == (n, 1, 28, 28) and part.images.dtype == np.uint8
        assert part.labels.shape == (n,) and part.labels.dtype == np.int64
        assert part.classes == tuple("0123456789") and part.name == f"synthetic digits {name}"


def test_the_sets_know_their_device():
    assert [part.device for part in synthetic_digits(10, 10, device="numpy")] == ["numpy", "numpy"]
    assert [part.device for part in synthetic_digits(10, 10)] == [None, None]


def test_labels_are_drawn_evenly(digits):
    counts = np.bincount(digits[0].labels, minlength=10)
    assert counts.shape == (10,) and (abs(counts - 200) < 5 * np.sqrt(200 * .9)).all()


def test_the_look_is_that_of_mnist(digits):
    """White on black: an empty margin, some ink in the middle, and MNIST's mean of .13 and spread of .31 nearly met."""
    images = digits[0].images[:, 0] / 255
    assert .10 < images.mean() < .15 and .25 < images.std() < .33
    assert images[:, [0, 1, -2, -1]].mean() < .005 and images[:, :, [0, 1, -2, -1]].mean() < .005
    assert (images.max(axis=(1, 2)) > .7).all()
    assert ((images > .5).mean(axis=(1, 2)) > .02).all(), "every image shows a digit"


def test_an_image_depends_only_on_seed_split_and_index(digits):
    train, test = synthetic_digits(101, 7, seed=0)
    for small, large in ((train, digits[0]), (test, digits[1])):
        np.testing.assert_array_equal(small.images, large.images[:len(small)])
        np.testing.assert_array_equal(small.labels, large.labels[:len(small)])


def test_sizes_around_a_chunk_agree():
    n = synthetic._CHUNK
    whole = synthetic_digits(n + 1, 0)[0]
    for k in (n - 1, n):
        np.testing.assert_array_equal(synthetic_digits(k, 0)[0].images, whole.images[:k])


def test_no_two_images_are_alike(digits):
    rows = np.concatenate([part.images for part in digits]).reshape(2500, -1)
    assert len(np.unique(rows, axis=0)) == 2500


def test_the_seed_matters():
    a, b = synthetic_digits(50, 0, seed=0)[0], synthetic_digits(50, 0, seed=1)[0]
    assert (a.labels != b.labels).any() and (a.images != b.images).any()


def test_every_style_of_every_digit_appears(digits):
    dice = synthetic._Dice(np.random.default_rng(0).random((5000, synthetic._Dice.PER_IMAGE)))
    digit, style = synthetic._choose(dice)
    kinds = [(d, s) for d, several in synthetic._STYLES.items() for s in range(len(several))]
    assert {kinds[s] for s in style} == set(kinds)
    assert all(kinds[s][0] == d for d, s in zip(digit, style, strict=True))


def test_each_image_has_all_the_random_numbers_it_takes(monkeypatch):
    used = []

    class Counting(synthetic._Dice):
        def uniform(self, *args):
            column = super().uniform(*args)
            used.append(self.used)
            return column

    monkeypatch.setattr(synthetic, "_Dice", Counting)
    synthetic_digits(3, 0)
    assert 40 < max(used) <= synthetic._Dice.PER_IMAGE


def test_digits_can_be_told_apart_but_not_by_a_ruler(digits):
    """Nearest class mean, the simplest classifier, is far above chance and far from perfect, as on MNIST (.82)."""
    train, test = ((part.images.reshape(len(part), -1) / 255, part.labels) for part in digits)
    means = np.stack([train[0][train[1] == d].mean(axis=0) for d in range(10)])
    nearest = ((test[0][:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
    assert .55 < (nearest == test[1]).mean() < .95


def test_none_and_bad_sizes():
    train, test = synthetic_digits(0, 0)
    assert train.shape == test.shape == (0, 1, 28, 28)
    with pytest.raises(ValueError, match=r"\[synthetic_digits\] the number of images must be 0 or more, found -1"):
        synthetic_digits(-1, 0)
    with pytest.raises(TypeError):
        synthetic_digits(10.5, 0)
    with pytest.raises(TypeError, match=r"\[seed\] expected an integer, found None"):
        synthetic_digits(1, 1, seed=None)
