"""Parts of a Dataset: stratified subsets and splits, folds, balance, concat, subset."""

import numpy as np
import pytest

from minigrad.data import Dataset
from minigrad.data.parts import shares


def numbered(labels, classes=None):
    """A data set whose images say which sample they are."""
    labels = np.asarray(labels, np.int64)
    return Dataset(np.arange(len(labels), dtype=np.float32)[:, None], labels, "numbered", classes)


def places(part):
    return part.images[:, 0].astype(int).tolist()


UNEVEN = np.random.default_rng(0).permutation(np.repeat([0, 1, 2, 7], [50, 30, 19, 1]))


@pytest.mark.parametrize(("part", "counts"), [(10, {0: 5, 1: 3, 2: 2}), (.5, {0: 25, 1: 15, 2: 10}), (0, {}), (1, {0: 1}),
                                              (100, {0: 50, 1: 30, 2: 19, 7: 1}), (50, {0: 25, 1: 15, 2: 10})])
def test_a_stratified_subset_keeps_the_proportions(part, counts):
    data = numbered(UNEVEN)
    found = data.stratified(part)
    assert found.balance() == counts
    assert places(found) == sorted(set(places(found))), "in the order of the set, none twice"
    np.testing.assert_array_equal(found.labels, UNEVEN[places(found)])


def test_the_seed_decides_which_samples_of_a_class():
    data = numbered(UNEVEN)
    first, again, other = (places(data.stratified(20, seed)) for seed in (0, 0, 1))
    assert first == again != other


def test_shares_are_the_largest_remainders():
    """An independent statement of the rule: each share is the exact one rounded up or down, and they sum to the count."""
    rng = np.random.default_rng(0)
    for _ in range(300):
        sizes = rng.integers(0, 40, rng.integers(1, 9))
        count = int(rng.integers(0, sizes.sum() + 1))
        found = shares(sizes.astype(np.int64), count)
        exact = sizes * count / max(sizes.sum(), 1)
        assert found.sum() == count and (found <= sizes).all() and (found >= 0).all()
        assert (np.abs(found - exact) < 1).all()


@pytest.mark.parametrize("labels", [UNEVEN, [3] * 9, np.arange(8)], ids=["uneven", "one class", "each its own"])
@pytest.mark.parametrize("first", [3, .75])
def test_a_stratified_split_is_a_partition(labels, first):
    data = numbered(labels)
    a, b = data.split(first, stratified=True)
    assert len(a) == (3 if first == 3 else round(.75 * len(data))) and sorted(places(a) + places(b)) == list(range(len(data)))
    for part in (a, b):
        assert places(part) == sorted(places(part))
        for label, count in part.balance().items():
            assert abs(count - len(part) * data.balance()[label] / len(data)) < 1


def test_a_split_that_is_not_stratified_is_what_it_was():
    """Reported figures hang on it: a permutation keyed by (seed, SPLIT), cut in two and sorted."""
    order = np.random.Generator(np.random.Philox(key=np.array([5, 0], np.uint64), counter=np.array([0, 0, 0, 1], np.uint64))
                                ).permutation(100)
    a, b = numbered(UNEVEN).split(30, seed=5)
    assert places(a) == sorted(order[:30].tolist()) and places(b) == sorted(order[30:].tolist())


@pytest.mark.parametrize("stratified", [True, False])
@pytest.mark.parametrize("k", [2, 3, 7, 100])
@pytest.mark.parametrize("labels", [UNEVEN, np.zeros(100, int)], ids=["uneven", "one class"])
def test_folds(labels, k, stratified):
    data = numbered(labels)
    folds = list(data.folds(k, seed=1, stratified=stratified))
    assert len(folds) == k
    assert sorted(place for _, held in folds for place in places(held)) == list(range(100)), "each is held out once"
    for train, held in folds:
        assert sorted(places(train) + places(held)) == list(range(100))
        assert places(train) == sorted(places(train)) and places(held) == sorted(places(held))
        assert len(held) in (100 // k, -(-100 // k))
        np.testing.assert_array_equal(held.labels, labels[places(held)])
    if stratified:
        for label in np.unique(labels):
            counts = [int((held.labels == label).sum()) for _, held in folds]
            assert max(counts) - min(counts) <= 1


def test_folds_are_seeded():
    data = numbered(UNEVEN)
    first, again, other = ([places(held) for _, held in data.folds(4, seed)] for seed in (0, 0, 1))
    assert first == again != other


def test_folds_are_made_one_at_a_time_but_refused_at_once():
    data = numbered([0, 1, 0])
    assert iter(folds := data.folds(3)) is folds
    for k, words in ((4, "cannot make 4 folds of 3 samples.*choose k from 2 to 3"), (1, "cannot make 1 folds"), (0, "from 2")):
        with pytest.raises(ValueError, match=r"^\[folds\] .*" + words):
            data.folds(k)
    with pytest.raises(ValueError, match=r"^\[folds\] cannot make 2 folds of 1 samples.*needs two or more"):
        data[:1].folds(2)
    with pytest.raises(TypeError, match=r"^\[folds\] k must be an int, 2 or more, found 0.2"):
        data.folds(0.2)


@pytest.mark.parametrize("n", [-1, 4])
def test_a_stratified_subset_that_cannot_be(n):
    with pytest.raises(ValueError, match=rf"^\[stratified\] cannot take {n} of 3 samples: images \(3, 1\); choose from 0 to 3"):
        numbered([0, 1, 0]).stratified(n)


@pytest.mark.parametrize("op", ["split", "stratified"])
def test_a_part_is_a_count_or_a_fraction(op):
    for wrong in (1.5, float("nan"), 0.0):
        with pytest.raises(ValueError, match=rf"^\[{op}\] a fraction lies strictly between 0 and 1, found {wrong}"):
            getattr(numbered([0, 1, 0]), op)(wrong)
    for wrong in ("half", None, True):
        with pytest.raises(TypeError, match=rf"^\[{op}\] expected a count of samples, an int, or a fraction"):
            getattr(numbered([0, 1, 0]), op)(wrong)


def test_balance():
    assert numbered([2, 0, 2], ("cat", "dog", "owl")).balance() == {"cat": 1, "dog": 0, "owl": 2}
    assert list(numbered([2, 0, 2], ("cat", "dog", "owl")).balance()) == ["cat", "dog", "owl"]
    assert numbered([2, -1, 2]).balance() == {-1: 1, 2: 2}
    assert numbered([]).balance() == {} and numbered([], "ab").balance() == {"a": 0, "b": 0}
    assert numbered([0, 1, 1], ("cat", "cat")).balance() == {"cat": 3}
    assert all(type(count) is int for count in numbered([0, 1]).balance().values())


def test_subset_is_indexing_by_a_name():
    data = numbered([0, 1, 0, 1], "ab")
    assert places(data.subset([3, 0, 3])) == [3, 0, 3] and places(data.subset(2)) == [2] and len(data.subset([])) == 0
    assert places(data.subset(data.labels == 1)) == [1, 3] and data.subset([0]).classes == ("a", "b")
    with pytest.raises(IndexError, match="out of range for 4 samples"):
        data.subset([4])


def test_concat():
    a, b = numbered([0, 1], "ab"), numbered([1, 1, 0], "ab")
    whole = a.concat(b, a[:1])
    assert places(whole) == [0, 1, 0, 1, 2, 0] and whole.labels.tolist() == [0, 1, 1, 1, 0, 0]
    assert (whole.classes, whole.name) == (("a", "b"), "numbered") and len(a) == 2
    assert not np.shares_memory(whole.images, a.images) and places(a.concat()) == [0, 1]
    pixels = Dataset(np.full((2, 3, 1), 255, np.uint8), [0, 1])
    one, per_channel = pixels.normalize(.5, .5), pixels.normalize([.5] * 3, [.5] * 3)
    joined = one.concat(per_channel).arrays()[0]
    assert joined.tobytes() == 2 * one.arrays()[0].tobytes(), "one figure for all channels is three equal ones"


@pytest.mark.parametrize(("other", "error", "words"), [
    (Dataset(np.zeros((2, 2)), [0, 1], "wide"), ValueError,
     r"images of one shape: found \(1,\) \(numbered\) and \(2,\) \(wide, number 1\): bring them to one form first"),
    (Dataset(np.zeros((2, 1), np.uint8), [0, 1]), ValueError, "images of one dtype: found float32 .* and uint8"),
    (numbered([0, 1], "ab"), ValueError, "the same classes: found None .* and .'a', 'b'."),
    (numbered([0, 1]).normalize(0, 2), ValueError, r"one scale and shift: found None .* give both the same normalize"),
    ((np.zeros((2, 1)), [0, 1]), TypeError, r"expected Datasets, found tuple: Dataset\(images, labels\) makes one"),
])
def test_sets_that_cannot_be_joined(other, error, words):
    with pytest.raises(error, match=r"^\[concat\] .*" + words):
        numbered([0, 1]).concat(other)
