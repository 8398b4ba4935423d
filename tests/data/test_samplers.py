"""Samplers: what an epoch visits, keyed by (seed, epoch)."""

import numpy as np
import pytest

from minigrad.data import BalancedSampler, Dataset, Loader, WeightedSampler


def numbered(n, classes=7):
    """A data set whose images say which sample they are."""
    return Dataset(np.arange(n, dtype=np.float32)[:, None], np.arange(n) % classes)


def places(loader):
    return np.concatenate([x[:, 0] for x, _ in loader]).astype(int).tolist() if loader.samples else []


SAMPLERS = {
    "weighted": lambda: WeightedSampler(np.arange(30.)),
    "few": lambda: WeightedSampler(np.arange(30.), num_samples=12, replacement=False),
    "balanced": lambda: BalancedSampler(),
    "balanced more": lambda: BalancedSampler(num_samples=95),
    "listed": lambda: [3, 29, 3, 0],
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_an_epoch_depends_on_seed_and_epoch_only(name):
    def epochs(seed=0, **options):
        loader = Loader(numbered(30), sampler=SAMPLERS[name](), seed=seed, **options)
        return [places(loader) for _ in range(3)]

    first = epochs(batch_size=4)
    assert first == epochs(batch_size=7) == epochs(batch_size=30, prefetch=2)
    resumed = Loader(numbered(30), sampler=SAMPLERS[name](), batch_size=4)
    resumed.set_epoch(2)
    assert places(resumed) == first[2]
    if name != "listed":
        assert first[0] != first[1] != first[2] and first != epochs(seed=1)


@pytest.mark.parametrize("name", SAMPLERS)
def test_lengths_are_known_beforehand(name):
    loader = Loader(numbered(30), sampler=SAMPLERS[name](), batch_size=4)
    found = places(loader)
    assert loader.samples == len(found) and loader.batches == len(loader) == -(-len(found) // 4)
    short = Loader(numbered(30), sampler=SAMPLERS[name](), batch_size=4, drop_last=True)
    assert places(short) == found[:len(short) * 4]


def test_weights_are_frequencies():
    weights = np.array([0, 1, 2, 0, 7, 0])
    found = np.bincount(WeightedSampler(weights, 20000).order(6, 0, 0), minlength=6)
    expected = 2000 * weights
    assert found[[0, 3, 5]].sum() == 0 and found.sum() == 20000
    assert (np.abs(found - expected) <= 5 * np.sqrt(expected)).all()        # five standard deviations


def test_without_replacement_each_comes_once_and_the_heavy_first():
    weights = np.array([1., 0, 1, 100, 1])
    orders = [WeightedSampler(weights, 4, replacement=False).order(5, 0, epoch) for epoch in range(200)]
    assert all(sorted(order.tolist()) == [0, 2, 3, 4] for order in orders)
    assert sum(order[0] == 3 for order in orders) > 180         # 100 in 103, 194 of 200 expected


def test_classes_come_equally_often_and_no_sample_twice_before_the_others():
    labels = np.repeat([4, 1, 9], [80, 15, 5])
    for epoch in range(5):
        order = BalancedSampler(labels).order(100, 0, epoch)
        assert sorted(np.unique(labels[order], return_counts=True)[1].tolist()) == [33, 33, 34]
        times = np.bincount(order, minlength=100)
        for label in (4, 1, 9):
            assert np.ptp(times[labels == label]) <= 1
    assert (np.diff(labels[order]) != 0).sum() > 30, "mixed, not class by class"


def test_the_classes_come_from_the_data():
    y = np.repeat([0, 1], [18, 2])
    class Map:
        targets = y.tolist()

        def __len__(self):
            return len(y)

        def __getitem__(self, i):
            return np.zeros(3, np.float32), int(y[i])

    for data in ((np.zeros((20, 3)), y), (Dataset(np.zeros((20, 3)), y),), (Map(),)):
        loader = Loader(*data, batch_size=20, sampler=BalancedSampler())
        (_, labels), = loader
        assert np.bincount(labels).tolist() == [10, 10]
    with pytest.raises(ValueError, match=r"^\[BalancedSampler\] the data do not say their classes: give them"):
        Loader([(np.zeros(2), 0)], batch_size=1, sampler=BalancedSampler())


def test_small_data():
    assert BalancedSampler(np.zeros(0, int)).order(0, 0, 0).tolist() == []
    assert BalancedSampler([5]).order(1, 0, 0).tolist() == [0] and BalancedSampler([5], 3).order(1, 0, 0).tolist() == [0, 0, 0]
    assert WeightedSampler([2.]).order(1, 0, 0).tolist() == [0]
    assert WeightedSampler([0, 1e-300]).order(2, 3, 0).tolist() == [1, 1]
    assert BalancedSampler([0, 1], num_samples=0).order(2, 0, 0).tolist() == []


def test_a_list_of_places_can_be_shuffled():
    loader = Loader(numbered(30), sampler=range(10, 20), shuffle=True, batch_size=3)
    first, second = places(loader), places(loader)
    assert sorted(first) == sorted(second) == list(range(10, 20)) and first != second != list(range(10, 20))


def test_measuring_visits_each_sample_once_and_keeps_to_a_subset():
    data = numbered(9)
    assert places(Loader(data, sampler=WeightedSampler(np.ones(9))).in_order(4)) == list(range(9))
    assert places(Loader(data, sampler=BalancedSampler()).in_order(4)) == list(range(9))
    assert places(Loader(data, sampler=[7, 2, 4], shuffle=True).in_order(2)) == [7, 2, 4]


def test_a_sampler_of_ones_own():
    class Backwards:
        def order(self, n, seed, epoch):
            return range(n - 1 - epoch, -1, -1)

    loader = Loader(numbered(5), sampler=Backwards(), batch_size=2)
    assert loader.samples is loader.batches is None and "Backwards" in repr(loader)
    assert [x[:, 0].tolist() for x, _ in loader] == [[4, 3], [2, 1], [0]] and [len(x) for x, _ in loader] == [2, 2]
    with pytest.raises(TypeError, match=r"\[Loader\] nobody knows beforehand how many"):
        len(loader)


def test_pytorch_samplers_are_keyed():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed, whose samplers these are")
    from torch.utils.data import RandomSampler, SequentialSampler, SubsetRandomSampler, WeightedRandomSampler

    data = numbered(30)
    for make, measured in ((lambda: RandomSampler(data), range(30)), (lambda: SubsetRandomSampler(range(5, 25)), range(5, 25)),
                           (lambda: RandomSampler(data, generator=torch.Generator().manual_seed(3)), range(30)),
                           (lambda: WeightedRandomSampler([1.] * 30, 50), range(30))):
        loader = Loader(data, sampler=make(), batch_size=4)
        first, second = places(loader), places(loader)
        torch.rand(5)
        resumed = Loader(data, sampler=make(), batch_size=7)
        resumed.set_epoch(1)
        assert places(resumed) == second != first and loader.samples == len(first)
        assert places(loader.in_order(8)) == list(measured)
        assert places(Loader(data, sampler=make(), seed=1)) != first
    before = torch.get_rng_state()
    assert places(Loader(data, sampler=SequentialSampler(data))) == list(range(30))
    assert torch.equal(before, torch.get_rng_state()), "nobody else's random numbers were used up"


def test_a_sampler_that_knows_epochs_is_told():
    class Shifted:
        epoch = None

        def set_epoch(self, epoch):
            self.epoch = epoch

        def __iter__(self):
            return iter([self.epoch])

        def __len__(self):
            return 1

    loader = Loader(numbered(5), sampler=Shifted())
    loader.set_epoch(3)
    assert places(loader) == [3] and places(loader) == [4]


@pytest.mark.parametrize(("make", "error", "words"), [
    (lambda: WeightedSampler([1, -1]), ValueError, "weights must be one finite number, 0 or more.* found -1.0 to 1.0"),
    (lambda: WeightedSampler([0, 0]), ValueError, "not all 0: found 0.0 to 0.0"),
    (lambda: WeightedSampler([]), ValueError, "not all 0: found 0.0 to 0.0"),
    (lambda: WeightedSampler([1, np.nan]), ValueError, "found nan to nan"),
    (lambda: WeightedSampler([[1]]), ValueError, r"found shape \(1, 1\)"),
    (lambda: WeightedSampler([1, 0], replacement=False), ValueError, "cannot draw 2 samples without replacement: 1 of 2"),
    (lambda: WeightedSampler([1], num_samples=-1), ValueError, "num_samples must be an int, 0 or more, found -1"),
    (lambda: BalancedSampler([1], num_samples=1.5), ValueError, "num_samples must be an int, 0 or more, found 1.5"),
    (lambda: BalancedSampler([[1]]), TypeError, r"labels must be \(N,\) integers, .* found int64 \(1, 1\)"),
    (lambda: BalancedSampler([.5]), TypeError, r"found float64 \(1,\)"),
    (lambda: len(BalancedSampler()), TypeError, "its length is that of the data"),
    (lambda: list(Loader(numbered(5), sampler=WeightedSampler([1, 2]))), ValueError, "2 weights need as many samples, found 5"),
    (lambda: list(Loader(numbered(5), sampler=BalancedSampler([1, 2]))), ValueError, "2 labels need as many samples, found 5"),
    (lambda: list(Loader(numbered(5), sampler=[5])), IndexError, "gives place 5, but the data hold 5 samples, 0 to 4"),
    (lambda: list(Loader(numbered(5), sampler=[-1])), IndexError, "gives place -1"),
    (lambda: Loader(numbered(2), sampler=np.array([True, False])), TypeError, r"found bool \(2,\); np.flatnonzero\(mask\)"),
    (lambda: Loader(numbered(2), sampler=[.5]), TypeError, r"sampler must give places, one integer .* found float64"),
    (lambda: Loader(numbered(2), sampler=BalancedSampler), TypeError, r"found the class .* with brackets"),
    (lambda: Loader(numbered(2), sampler=5), TypeError, "sampler must be places, a WeightedSampler .* found int"),
    (lambda: Loader(numbered(2), sampler="01"), TypeError, "found str"),
    (lambda: Loader(numbered(2), sampler=iter([0])), TypeError, "serves one epoch only: pass its places as a list"),
    (lambda: Loader(numbered(2), sampler=BalancedSampler(), shuffle=True), ValueError, "an order of its own: leave out"),
    (lambda: Loader(iter([]), sampler=[1]), ValueError, "sampler= has no meaning"),
])
def test_errors(make, error, words):
    with pytest.raises(error, match=r"^\[\w+\] .*" + words):
        make()
