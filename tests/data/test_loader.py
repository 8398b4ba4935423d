"""Loader: every sample once per epoch, in an order that (seed, epoch) fix, gathered whole."""

import copy
import pickle

import numpy as np
import pytest

from minigrad import kernels
from minigrad.data import Dataset, Loader


def numbered(n):
    """A data set whose images say which sample they are."""
    return Dataset(np.arange(n, dtype=np.float32)[:, None] * np.ones((1, 3), np.float32), np.arange(n) % 7)


def places(loader):
    return np.concatenate([x[:, 0] for x, _ in loader]).astype(int).tolist()


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize(("n", "size", "full", "rest"), [(23, 5, 4, 3), (20, 5, 4, 0), (3, 5, 0, 3), (0, 5, 0, 0)])
def test_batches(n, size, full, rest, drop_last):
    loader = Loader(numbered(n), batch_size=size, drop_last=drop_last)
    sizes = [len(x) for x, _ in loader]
    assert sizes == [size] * full + [rest] * (rest > 0 and not drop_last)
    assert len(loader) == len(sizes)


def test_types_and_values():
    images = np.random.default_rng(0).integers(0, 256, (11, 2, 3, 3), dtype=np.uint8)
    data = Dataset(images, np.arange(11)).normalize([.1, .2], [.3, .4])
    for x, y in Loader(data, batch_size=4, shuffle=True):
        assert x.dtype == np.float32 and y.dtype == np.int64 and x.shape == (len(y), 2, 3, 3)
        want = (images[y] / 255 - np.array([.1, .2])[:, None, None]) / np.array([.3, .4])[:, None, None]
        np.testing.assert_allclose(x, want, rtol=1e-5, atol=1e-6)


def test_in_order_without_shuffle():
    loader = Loader(numbered(10), batch_size=3)
    assert places(loader) == places(loader) == list(range(10))


def test_shuffle_visits_each_once_in_a_new_order_each_epoch():
    loader = Loader(numbered(50), batch_size=7, shuffle=True)
    orders = [places(loader) for _ in range(4)]
    assert all(sorted(order) == list(range(50)) for order in orders)
    assert len({tuple(order) for order in [*orders, range(50)]}) == 5


def test_x_and_y_belong_together():
    for x, y in Loader(numbered(50), batch_size=8, shuffle=True, seed=3):
        np.testing.assert_array_equal(x[:, 0].astype(int) % 7, y)


def test_the_order_depends_on_seed_and_epoch_only():
    def orders(**options):
        loader = Loader(numbered(50), shuffle=True, **options)
        return [places(loader) for _ in range(3)]

    assert orders(seed=1, batch_size=7) == orders(seed=1, batch_size=50) == orders(seed=1, batch_size=1)
    assert orders(seed=1) != orders(seed=2)


def test_epoch_counts_full_passes_and_can_be_set():
    loader = Loader(numbered(20), batch_size=6, shuffle=True)
    assert loader.epoch == 0
    first, second = places(loader), places(loader)
    assert loader.epoch == 2
    for _ in loader:
        break
    assert loader.epoch == 2, "a pass that is broken off does not count"
    loader.set_epoch(1)
    assert places(loader) == second and loader.epoch == 2
    resumed = Loader(numbered(20), batch_size=6, shuffle=True)
    resumed.set_epoch(1)
    assert places(resumed) == second != first


def test_two_passes_at_once_are_one_epoch():
    loader = Loader(numbered(20), batch_size=6, shuffle=True)
    for (a, _), (b, _) in zip(loader, loader, strict=True):
        np.testing.assert_array_equal(a, b)
    assert loader.epoch == 1


def test_set_epoch_within_a_pass_holds():
    loader = Loader(numbered(20), batch_size=6)
    for _ in loader:
        loader.set_epoch(9)
    assert loader.epoch == 9


@pytest.mark.parametrize("drop_last", [False, True])
def test_a_pass_may_begin_in_the_middle(drop_last):
    """For arrays, data sets and batches that come as they are: the rest of the epoch, with the same random numbers."""
    class Keyed:
        def apply(self, images, seed, epoch, indices):
            return images + np.float32(.001) * indices[:, None] + np.float32(.1) * epoch

    samples = [(np.full(3, i, np.float32), i) for i in range(20)]
    ready = [(np.full((2 + i % 3, 3), i, np.float32), np.full(2 + i % 3, i)) for i in range(6)]
    for data, own in (((numbered(20),), True), ((samples,), True), ((lambda: iter(ready),), False), ((ready,), None)):
        options = dict(batch_size=3, drop_last=drop_last, shuffle=True) if own else dict(shuffle=own is None)
        for transform in (None, Keyed()):
            want, loader = (Loader(*data, transform=transform, **options) for _ in range(2))
            list(want), loader.set_epoch(1)
            whole = list(want)
            for number in (0, 1, 4, len(whole), len(whole) + 3):
                loader.set_epoch(1)
                rest = list(loader.from_batch(number))
                assert len(rest) == max(0, len(whole) - number) and loader.epoch == 2
                for (x, y), (a, b) in zip(rest, whole[number:]):
                    assert x.tobytes() == a.tobytes() and y.tobytes() == b.tobytes()
    with pytest.raises(ValueError, match=r"\[Loader\] the number of a batch must be at least 0, found -1"):
        Loader(numbered(3)).from_batch(-1)


def test_batches_are_fresh():
    images = np.arange(6, dtype=np.float32)[:, None]
    loader = Loader(images, np.arange(6), batch_size=2)
    for x, y in loader:
        x[:] = y[:] = -1
    assert images[:, 0].tolist() == [0, 1, 2, 3, 4, 5] == [int(v) for _, y in loader for v in y]


@pytest.mark.parametrize(("x_dtype", "x_out"), [(np.float32, np.float32), (np.float64, np.float64),
                                                (np.int64, np.int64), (np.uint8, np.float32), (np.float16, np.float16)])
@pytest.mark.parametrize(("y_dtype", "y_out"), [(np.uint8, np.int64), (np.int32, np.int64), (bool, np.int64),
                                                (np.float32, np.float32), (np.float64, np.float64)])
def test_plain_arrays(x_dtype, x_out, y_dtype, y_out):
    x, y = np.arange(10).reshape(5, 2).astype(x_dtype), np.arange(15).reshape(5, 3).astype(y_dtype)
    for data in ((x, y), ((x, y),)):
        (xb, yb), (xc, yc) = Loader(*data, batch_size=3)
        assert (xb.dtype, yb.dtype, xb.shape, yb.shape, len(xc)) == (x_out, y_out, (3, 2), (3, 3), 2)
        np.testing.assert_allclose(np.concatenate([xb, xc]), x / 255 if x_dtype == np.uint8 else x, rtol=2e-7)
        np.testing.assert_array_equal(np.concatenate([yb, yc]), y)


def test_arrays_of_one_axis_lists_and_strided_arrays():
    assert [x.tolist() for x, _ in Loader([1., 2., 3.], [0, 1, 0], batch_size=2)] == [[1, 2], [3]]
    (x, y), = Loader(np.arange(12.)[::2], np.arange(12)[::-2], batch_size=6)
    assert x.tolist() == [0, 2, 4, 6, 8, 10] and y.tolist() == [11, 9, 7, 5, 3, 1]


def test_one_gather_per_batch(monkeypatch):
    """No Python per sample: the table is asked once per batch, with the whole index."""
    asked = []
    table = type(kernels.host_table())
    gather_batch = table.gather_batch

    def counting(self, images, index, scale, shift):
        asked.append(len(index))
        return gather_batch(self, images, index, scale, shift)

    monkeypatch.setattr(table, "gather_batch", counting)
    data = Dataset(np.zeros((25, 1, 4, 4), np.uint8), np.zeros(25, int))
    assert sum(len(y) for _, y in Loader(data, batch_size=10, shuffle=True)) == 25
    assert asked == [10, 10, 5]


def test_the_data_set_is_there_by_pytorchs_name():
    data, samples = numbered(10), [(np.zeros(2), 0)] * 3
    assert Loader(data).dataset is data and len(Loader(data, batch_size=3).dataset) == 10
    assert Loader(samples).dataset is samples
    rows = Loader(np.arange(4.), np.arange(4)).dataset
    assert len(rows) == 4 and rows[2] == (2.0, 2)
    iterable = type("Of", (), {"dataset": data, "__iter__": lambda self: iter([])})()
    assert Loader(iterable).dataset is data and Loader(iter([])).dataset is not None


def test_repr():
    loader = Loader(numbered(10), batch_size=4, shuffle=True, seed=5)
    assert repr(loader) == "Loader(10 samples of (3,), 3 batches of 4, shuffled (seed 5), epoch 0)"
    assert "in order" in repr(Loader(numbered(10)))


@pytest.mark.parametrize(("data", "options", "error", "message"), [
    ((numbered(5), 64), {}, TypeError, r"expected a Dataset, two arrays .* found Dataset, int; options go by"),
    ((numbered(5), numbered(5)), {}, TypeError, "found Dataset, Dataset"),
    ((), {}, TypeError, "found nothing"),
    ((np.zeros((3, 2)),), {}, TypeError, "found ndarray"),
    ((np.zeros((3, 2)), np.zeros(4)), {}, ValueError, r"x holds 3 samples and y 4: x \(3, 2\), y \(4,\); are these"),
    ((np.array(["a"]), np.zeros(1)), {}, TypeError, r"x must hold real numbers, found <U1: x \(1,\), y \(1,\)"),
    ((np.zeros(1, complex), np.zeros(1)), {}, TypeError, "x must hold real numbers, found complex128"),
    ((np.zeros(1), np.array([None])), {}, TypeError, "y must hold real numbers, found object"),
    ((numbered(5),), {"batch_size": 0}, ValueError, "batch_size must be at least 1, found 0"),
])
def test_errors(data, options, error, message):
    with pytest.raises(error, match=r"^\[Loader\] .*" + message):
        Loader(*data, **options)


def test_a_bad_seed_and_a_bad_epoch():
    with pytest.raises(TypeError, match=r"\[seed\] expected an integer, found None"):
        Loader(numbered(5), shuffle=True, seed=None)
    with pytest.raises(ValueError, match=r"\[Loader\] an epoch is 0 or more, found -1"):
        Loader(numbered(5)).set_epoch(-1)


@pytest.mark.parametrize(("make", "error", "message"), [
    (lambda x, y: Loader([x, y]), TypeError, r"found list; inputs and targets go as one tuple \(x, y\)"),
    (lambda x, y: Loader(x, y, batch_size=2.0), TypeError, r"batch_size must be an int, at least 1, found 2.0"),
    (lambda x, y: Loader(x, y, batch_size=True), TypeError, r"batch_size must be an int, at least 1, found True"),
    (lambda x, y: Loader(x[:, None], x), TypeError, r"x and y are uint8 images of one size: x \(3, 1, 2\), y \(3, 2\)"),
    (lambda x, y: Loader(x, x), TypeError, r"x and y are uint8 images of one size: .* give y as y / np.float32\(255\)"),
])
def test_slips(make, error, message):
    with pytest.raises(error, match=r"\[Loader\] .*" + message):
        make(np.zeros((3, 2), np.uint8), np.zeros(3, np.uint8))


def test_a_seed_of_numpys_is_a_plain_int():
    loader = Loader(np.zeros((3, 2)), np.zeros(3), seed=np.int64(5))
    assert type(loader.seed) is int and loader.seed == 5


@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda a: pickle.loads(pickle.dumps(a))], ids=["deepcopy", "pickle"])
def test_copies_hand_out_the_same_batches(twin_of):
    data = Dataset(np.arange(36, dtype=np.uint8).reshape(9, 1, 2, 2), np.arange(9)).normalize(.5, .2)
    loader = Loader(data, batch_size=4, shuffle=True, seed=3)
    list(loader)
    twin, twins = twin_of((data, loader))
    assert twins.epoch == loader.epoch == 1 and repr(twin) == repr(data)
    for (x, y), (a, b) in zip(loader, twins, strict=True):
        assert x.tobytes() == a.tobytes() and y.tobytes() == b.tobytes()
    assert not np.shares_memory(twins.x, loader.x)
