"""Dataset: indexing, take, split, the pixel rule, normalize, and its errors."""

import numpy as np
import pytest

from minigrad.data import Dataset


@pytest.fixture
def digits():
    rng = np.random.default_rng(0)
    return Dataset(rng.integers(0, 256, (40, 3, 4, 5), dtype=np.uint8), np.arange(40) % 10, "tiny", tuple("0123456789"))


def test_one_sample_is_a_pair(digits):
    x, label = digits[13]
    assert x.shape == (3, 4, 5) and x.dtype == np.float32 and label == 3 and type(label) is int
    np.testing.assert_allclose(x, digits.images[13] / 255, rtol=2e-7)
    np.testing.assert_array_equal(digits[-1][0], digits[39][0])
    np.testing.assert_array_equal(digits[np.int64(2)][0], digits[2][0])


def test_pixels_run_from_0_to_1_exactly():
    d = Dataset(np.arange(256, dtype=np.uint8).reshape(256, 1), np.zeros(256, np.int64))
    x, _ = d.arrays()
    assert x[0] == 0 and x[255] == 1
    np.testing.assert_allclose(x[:, 0], np.arange(256) / 255, rtol=2e-7)


def test_float_images_are_handed_out_as_they_are():
    images = np.random.default_rng(0).standard_normal((6, 2)).astype(np.float32)
    images[0, 0] = -0.0
    d = Dataset(images, np.zeros(6, int))
    assert d.arrays()[0].tobytes() == images.tobytes()
    assert Dataset(images.astype(np.float64), np.zeros(6, int)).images.dtype == np.float32


@pytest.mark.parametrize("place", [slice(3, 17, 2), [5, 1, 1, -1], np.array([7, 0]), np.arange(40) % 10 == 3, []],
                         ids=["slice", "list", "array", "mask", "empty"])
def test_several_samples_are_a_dataset(digits, place):
    part = digits[place]
    want = np.array(place, int) if isinstance(place, list) else place
    assert isinstance(part, Dataset) and part.classes == digits.classes and part.name == "tiny"
    np.testing.assert_array_equal(part.images, digits.images[want])
    np.testing.assert_array_equal(part.labels, digits.labels[want])
    assert part.images.flags.c_contiguous and part.labels.flags.c_contiguous


def test_slices_share_memory_and_copies_do_not(digits):
    for part in (digits[3:9], digits.take(9)):
        assert np.shares_memory(part.images, digits.images) and np.shares_memory(part.labels, digits.labels)
    assert not np.shares_memory(digits[[1, 2]].images, digits.images)
    _, labels = digits.arrays()
    labels[:] = 0
    assert digits.labels.any()


@pytest.mark.parametrize("place", [40, -41, [0, 40], [-41]])
def test_out_of_range(digits, place):
    with pytest.raises(IndexError, match=r"index .* is out of range for 40 samples \(tiny, images \(40, 3, 4, 5\)\)"):
        digits[place]


@pytest.mark.parametrize("place", [1.5, "3", [[1, 2]], [0.5], None])
def test_other_indices(digits, place):
    with pytest.raises(TypeError, match=r"\[Dataset\] an index is an integer, a slice, or a 1-d array"):
        digits[place]


def test_a_mask_of_another_length(digits):
    with pytest.raises(IndexError, match=r"one entry per sample: mask \(3,\), labels \(40,\)"):
        digits[[True, False, True]]


def test_length_shape_iteration_and_repr(digits):
    assert len(digits) == 40 and digits.shape == (40, 3, 4, 5)
    assert [label for _, label in digits] == digits.labels.tolist()
    assert repr(digits) == "Dataset(tiny: 40 x (3, 4, 5) uint8, pixels / 255, 10 classes of 4)"
    assert repr(digits.normalize(.5, .5)) == "Dataset(tiny: 40 x (3, 4, 5) uint8, normalized, 10 classes of 4)"
    assert repr(Dataset(np.zeros((2, 3)), [0, 1])) == "Dataset(data: 2 x (3,) float32, as they are)"
    assert repr(digits[:13]).endswith("10 classes of 1 to 2)") and repr(digits[:0]).endswith("10 classes of 0)")
    assert repr(Dataset(np.zeros((0, 3)), np.zeros(0, int), classes=())).endswith("as they are, 0 classes of 0)")


def test_take(digits):
    assert digits.take(7).labels.tolist() == [0, 1, 2, 3, 4, 5, 6] and len(digits.take(0)) == 0
    for n in (41, -1):
        with pytest.raises(ValueError, match=rf"\[take\] cannot take {n} of 40 samples: images \(40, 3, 4, 5\)"):
            digits.take(n)


@pytest.mark.parametrize(("first", "sizes"), [(30, (30, 10)), (.75, (30, 10)), (np.float32(.5), (20, 20)),
                                              (1, (1, 39)), (39, (39, 1))])
def test_split_is_a_partition(digits, first, sizes):
    whole = Dataset(np.arange(40, dtype=np.float32)[:, None], digits.labels)
    a, b = whole.split(first)
    assert (len(a), len(b)) == sizes
    numbers = [part.images[:, 0].tolist() for part in (a, b)]
    assert sorted(numbers[0] + numbers[1]) == list(range(40))
    assert numbers == [sorted(n) for n in numbers], "the parts keep the order of the set"
    for part in (a, b):
        np.testing.assert_array_equal(part.labels, part.images[:, 0] % 10)


def test_split_is_seeded_and_random(digits):
    whole = Dataset(np.arange(40, dtype=np.float32)[:, None], digits.labels)
    first = [whole.split(20, seed)[0].images[:, 0].tolist() for seed in (0, 0, 1)]
    assert first[0] == first[1] != first[2] and first[0] != list(range(20))


@pytest.mark.parametrize("first", [0, 40, 41, -1, .001, .999])
def test_split_that_cannot_be(digits, first):
    with pytest.raises(ValueError, match=r"\[split\] cannot put -?\d+ samples in the first part and leave some for the "
                                         r"second: 40 samples, images \(40, 3, 4, 5\); choose from 1 to 39"):
        digits.split(first)


@pytest.mark.parametrize("first", [0., 1., 1.5, -.5, float("nan")])
def test_a_fraction_out_of_range(digits, first):
    with pytest.raises(ValueError, match=r"\[split\] a fraction lies strictly between 0 and 1, found .*as an integer"):
        digits.split(first)


def test_normalize_per_channel(digits):
    mean, std = np.array([.1, .2, .3]), np.array([.5, .6, .7])
    x, labels = digits.normalize(mean, std).arrays()
    want = (digits.images / 255 - mean[:, None, None]) / std[:, None, None]
    np.testing.assert_allclose(x, want, rtol=1e-5, atol=1e-6)
    assert x.dtype == np.float32
    np.testing.assert_array_equal(labels, digits.labels)
    np.testing.assert_allclose(digits.arrays()[0], digits.images / 255, rtol=2e-7)  # the first set is as it was


def test_normalize_twice_and_on_floats(digits):
    twice = digits.normalize(.5, [.5, .25, .125]).normalize([1, 2, 3], 4).arrays()[0]
    once = (digits.images / 255 - .5) / np.array([.5, .25, .125])[:, None, None]
    np.testing.assert_allclose(twice, (once - np.array([1, 2, 3])[:, None, None]) / 4, rtol=1e-5, atol=1e-5)
    features = Dataset(np.array([[1, 10], [3, 30]], np.float32), [0, 1]).normalize([2, 20], [1, 10])
    np.testing.assert_allclose(features.arrays()[0], [[-1, -1], [1, 1]], atol=1e-6)


def test_normalize_survives_indexing(digits):
    n = digits.normalize(.25, .5)
    for part in (n[5:6], n[[5]], n.take(6)[5:], n.split(39, 0)[0][[0]]):
        np.testing.assert_array_equal(part.scale, n.scale)
        np.testing.assert_array_equal(part.shift, n.shift)
    np.testing.assert_array_equal(n[[5]].arrays()[0][0], n[5][0])


@pytest.mark.parametrize(("mean", "std", "message"), [
    ([1, 2], 1, r"mean must be one number or one per channel \(3\): mean \(2,\), images \(40, 3, 4, 5\)"),
    (0, [[1]], r"std must be one number or one per channel \(3\): std \(1, 1\)"),
    (0, 0, r"mean must be finite and std positive: mean 0, std 0; a channel that never varies needs std 1"),
    (0, -1, "std positive"), (float("nan"), 1, "mean must be finite"), (0, float("inf"), "mean must be finite"),
])
def test_normalize_errors(digits, mean, std, message):
    with pytest.raises(ValueError, match=r"^\[normalize\] .*" + message):
        digits.normalize(mean, std)


@pytest.mark.parametrize(("images", "labels", "classes", "error", "message"), [
    (np.zeros((3, 2)), np.zeros(4, int), None, ValueError,
     r"3 images need as many labels: images \(3, 2\), labels \(4,\); are these the images and labels of the same"),
    (np.zeros((3, 2)), np.zeros((3, 10)), None, ValueError,
     r"labels must be \(N,\), one class number per image: images \(3, 2\), labels \(3, 10\); use labels.argmax"),
    (np.zeros((3, 2)), np.zeros(3), None, TypeError, r"labels must be integers, found float64: .*astype\(np.int64\)"),
    (np.zeros((3, 2)), np.zeros(3, bool), None, TypeError, "labels must be integers, found bool"),
    (np.zeros((3, 2), int), np.zeros(3, int), None, TypeError,
     r"images must be uint8 or float32, found int64: images \(3, 2\), labels \(3,\); use .astype\(np.uint8\)"),
    (np.zeros(3), np.zeros(3, int), None, ValueError, r"at least two axes \(N, ...\): images \(3,\), .*images\[:, N"),
    (np.zeros((3, 2)), [1, 2, 3], "abc", ValueError,
     r"3 classes need labels from 0 to 2, found 1 to 3: images \(3, 2\), labels \(3,\); subtract 1"),
    (np.zeros((3, 2)), [0, 2, 3], "abc", ValueError, "found 0 to 3: .*; name every class"),
    (np.zeros((3, 2)), [-1, 0, 1], "abc", ValueError, "found -1 to 1: .*; name every class"),
])
def test_construction_errors(images, labels, classes, error, message):
    with pytest.raises(error, match=r"^\[Dataset\] .*" + message):
        Dataset(images, labels, classes=classes)
