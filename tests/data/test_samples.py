"""Loaders of data sets that are read sample by sample, PyTorch's among them."""

import copy
import pickle

import numpy as np
import pytest

from minigrad import kernels
from minigrad.data import Dataset, Loader


class Squares:
    """A map-style data set: x says which sample it is."""

    def __init__(self, n, make=lambda i: (np.full(2, i, np.float32), i % 3)):
        self.n, self.make, self.asked = n, make, []

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        assert type(i) is int and 0 <= i < self.n
        self.asked.append(i)
        return self.make(i)


def places(loader):
    return [int(row[0]) for x, _ in loader for row in x]


@pytest.mark.parametrize("prefetch", [0, 1, 3, None])
@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("n", [0, 1, 5, 10, 11])
def test_batches(n, drop_last, prefetch):
    loader = Loader(Squares(n), batch_size=5, drop_last=drop_last, prefetch=prefetch)
    found = list(loader)
    assert [len(x) for x, _ in found] == [5] * (n // 5) + [n % 5] * (n % 5 > 0 and not drop_last)
    assert len(loader) == loader.batches == len(found) and bool(loader) == bool(found) and loader.samples == n
    for x, y in found:
        assert x.dtype == np.float32 and y.dtype == np.int64 and (x[:, 0] % 3 == y).all()


def test_the_order_is_that_of_arrays():
    """Whoever moves from arrays to a data set of their own keeps the batches."""
    data = Squares(30)
    arrays = Loader(np.arange(30, dtype=np.float32)[:, None], np.arange(30), batch_size=4, shuffle=True, seed=2)
    loader = Loader(data, batch_size=7, shuffle=True, seed=2)
    assert [places(loader) for _ in range(3)] == [places(arrays) for _ in range(3)] and loader.epoch == 3
    resumed = Loader(data, batch_size=1, shuffle=True, seed=2)
    resumed.set_epoch(1)
    arrays.set_epoch(1)
    assert places(resumed) == places(arrays)


def test_pixels_are_divided_and_the_rest_stays():
    (x, y), = Loader(Squares(2, lambda i: (np.full((1, 2, 2), 255, np.uint8), np.uint8(i))))
    assert x.dtype == np.float32 and (x == 1).all() and y.dtype == np.int64
    (x, y), = Loader(Squares(2, lambda i: (np.float64(i), .5)))
    assert x.dtype == np.float64 and y.dtype == np.float32
    (x,) = Loader(Squares(2, lambda i: np.full(2, 51, np.uint8)))
    assert x.dtype == np.float32 and x.tobytes() == np.full((2, 2), np.float32(51) * np.float32(1 / 255)).tobytes()
    (batch,) = Loader(Squares(2, lambda i: {"image": np.full(2, 51, np.uint8), "label": i}))
    assert batch["image"].dtype == np.uint8 and batch["label"].tolist() == [0, 1]
    ((a, b), y), = Loader(Squares(2, lambda i: ((np.ones(1), .5), i)))
    assert a.shape == (2, 1) and b.dtype == np.float32 and y.tolist() == [0, 1]


def test_images_as_targets_of_images_are_refused():
    with pytest.raises(TypeError, match=r"x and y are uint8 images of one size: x \(2, 1, 2\), y \(2, 1, 2\)"):
        list(Loader(Squares(2, lambda i: (np.zeros((1, 2), np.uint8),) * 2)))


def test_collate_of_ones_own():
    def pad(samples):
        width = max(len(x) for x, _ in samples)
        return np.stack([np.pad(x, (0, width - len(x))) for x, _ in samples]), [y for _, y in samples]

    data = Squares(4, lambda i: (np.ones(i + 1, np.float32), i))
    (x, y), (z, _) = Loader(data, batch_size=2, collate=pad)
    assert x.tolist() == [[1, 0], [1, 1]] and z.shape == (2, 4) and y.tolist() == [0, 1] and y.dtype == np.int64
    with pytest.raises(ValueError, match=r"\[Loader\] samples 2 and 3 do not fit .* x is shape \(3,\) and shape \(4,\)"):
        list(Loader(Squares(4, lambda i: (np.ones(max(i, 2) + 1), i)), batch_size=2))
    pixels = Dataset(np.full((3, 1), 255, np.uint8), [0, 1, 2])
    (x, y), = Loader(pixels, collate=lambda samples: tuple(map(np.stack, zip(*samples))))
    assert x.tolist() == [[1.]] * 3 and y.tolist() == [0, 1, 2]
    (x, y), = Loader(np.arange(3.), np.arange(3), collate=lambda samples: tuple(map(np.array, zip(*samples[::-1]))))
    assert x.tolist() == [2, 1, 0] == y.tolist()


def test_all_of_a_batch_at_once_where_the_data_set_can():
    class AtOnce(Squares):
        def __getitems__(self, places):
            self.asked.append(places)
            return [self.make(i) for i in places]

    data = AtOnce(7)
    assert places(Loader(data, batch_size=3)) == list(range(7)) and data.asked == [[0, 1, 2], [3, 4, 5], [6]]


@pytest.mark.parametrize("prefetch", [0, 2])
def test_an_error_names_the_sample(prefetch):
    def make(i):
        if i == 6:
            raise OSError("no such picture")
        return np.zeros(1), 0

    loader, seen = Loader(Squares(9, make), batch_size=2, prefetch=prefetch), 0
    with pytest.raises(OSError, match="no such picture") as caught:
        for _ in loader:
            seen += 1
    assert seen == 3 and caught.value.__notes__ == ["[Loader] this was sample 6 of a Squares"]
    assert "make" in [entry.name for entry in caught.traceback] and loader.epoch == 0


def test_a_list_of_samples_and_a_list_of_batches():
    samples = [(np.full(3, i, np.float32), i) for i in range(5)]
    loader = Loader(samples)
    assert [len(x) for x, _ in loader] == [5] and "5 samples of a list" in repr(loader) and loader.batch_size == 32
    assert places(Loader(samples, shuffle=True, batch_size=2)) != list(range(5))
    pairs = [(np.zeros(3), np.zeros(3))] * 4
    assert Loader(pairs).batch_size is None and [x.shape for x, _ in Loader(pairs, batch_size=2)] == [(2, 3)] * 2


def test_copies():
    loader = Loader([(np.full(1, i), i) for i in range(9)], batch_size=2, shuffle=True, seed=3)
    list(loader)
    for twin in (copy.deepcopy(loader), pickle.loads(pickle.dumps(loader))):
        assert twin.epoch == 1 and places(twin) == places(copy.copy(loader))


def test_batches_go_to_a_device():
    name = kernels.host_table().name
    loader = Loader(Squares(3), device=name)
    assert [type(part) for batch in loader for part in batch] == [np.ndarray] * 2 and loader.device == name
    with pytest.raises(ValueError, match="nowhere"):
        Loader(Squares(3), device="nowhere")


def test_only_arrays_have_x_and_y():
    with pytest.raises(AttributeError, match=r"\[Loader\] .x is there for arrays and Datasets only, .* has 3 samples"):
        _ = Loader(Squares(3)).x
    assert Loader(np.ones(2), np.ones(2)).y.tolist() == [1, 1]


def test_repr():
    assert repr(Loader(Squares(9), batch_size=4, shuffle=True)) == \
        "Loader(9 samples of a Squares, 3 batches of 4, shuffled (seed 0), epoch 0)"


def test_pytorch_data_sets():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed, whose data sets these are")
    from torch.utils.data import Dataset as TorchDataset
    from torch.utils.data import Subset, TensorDataset

    class Own(TorchDataset):
        targets = torch.arange(10) % 2

        def __len__(self):
            return 10

        def __getitem__(self, i):
            return torch.full((1, 2), float(i)), int(self.targets[i])

    want = [places(Loader(np.arange(10.)[:, None], np.arange(10), batch_size=4, shuffle=True))]
    loader = Loader(Own(), batch_size=4, shuffle=True)
    found = [x[:, 0, 0].astype(int).tolist() for x, _ in loader]
    assert [[i for batch in found for i in batch]] == want
    (x, y), = Loader(Subset(Own(), [1, 3, 5]))
    assert x[:, 0, 0].tolist() == [1, 3, 5] and y.tolist() == [1, 1, 1] and y.dtype == np.int64
    tensors = TensorDataset(torch.arange(20.).reshape(10, 2), torch.arange(10))
    quick = Loader(tensors, batch_size=3)
    assert quick.x.shape == (10, 2) and quick.prefetch == 0, "tensors in memory are gathered as arrays are"
    slow = Loader(tensors, batch_size=3, collate=torch.utils.data.default_collate)
    for (a, b), (c, d) in zip(quick, slow, strict=True):
        assert a.tobytes() == c.tobytes() and b.tobytes() == d.tobytes()
    assert [x.dtype for x, _ in Loader(torch.zeros(3, 2, dtype=torch.uint8), torch.zeros(3))] == [np.float32]
