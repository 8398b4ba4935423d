"""What is no data for a Loader, each with the word that helps."""

import numpy as np
import pytest

from minigrad.data import Dataset, Loader


class NoLength:
    def __getitem__(self, i):
        raise AssertionError("nobody asks before it is known how many there are")


class Never:
    """A data set that nobody may read as a whole, as numpy would to see whether it is an array."""

    def __len__(self):
        return 10**9

    def __getitem__(self, i):
        raise AssertionError("read")


@pytest.mark.parametrize(("data", "words"), [
    ((Dataset,), r"found type; write Dataset\(...\), with brackets"),
    (({"x": 1},), r"found dict; inputs and targets go as one tuple \(x, y\)"),
    (("mnist",), "found str; inputs and targets"), (([],), "found list; inputs and targets"),
    (([np.zeros(3), np.zeros(3)],), r"found list; inputs and targets go as one tuple \(x, y\)"),
    ((np.zeros((3, 2)),), "found ndarray; inputs and targets"), ((5,), "found int; options go by name"),
    ((None,), "found NoneType"), ((NoLength(),), "found NoLength; it has __getitem__ but no __len__"),
    ((Never(), 64), "found Never, int; options go by name: Loader.dataset, batch_size=64."),
    ((Never(), Never()), "found Never, Never"), ((np.zeros(2), 3), "found ndarray, int"), (((1, 2, 3),), "found int, int, int"),
])
def test_what_is_no_data(data, words):
    with pytest.raises(TypeError, match=r"^\[Loader\] expected a Dataset, two arrays x, y, a data set with .*" + words):
        Loader(*data)


def test_making_a_loader_reads_nothing():
    assert len(Loader(Never(), batch_size=10)) == 10**8


def test_keras_data_sets_come_in_batches():
    class PyDataset:
        def __len__(self):
            return 2

        def __getitem__(self, i):
            return np.full((3, 1), i, np.float32), np.arange(3)

    PyDataset.__module__ = "keras.src.trainers.data_adapters.py_dataset_adapter"
    own = type("Own", (PyDataset,), {})
    assert [x.shape for x, _ in Loader(own())] == [(3, 1)] * 2 and Loader(own(), shuffle=True).batches == 2


@pytest.mark.parametrize(("options", "error", "words"), [
    ({"prefetch": -1}, ValueError, "prefetch must be at least 0, found -1"),
    ({"prefetch": 1.5}, TypeError, "prefetch must be an int, at least 0, found 1.5"),
    ({"collate": 3}, TypeError, "collate must be a function of a list of samples, found int"),
])
def test_options(options, error, words):
    with pytest.raises(error, match=r"^\[Loader\] " + words):
        Loader(np.zeros(3), np.zeros(3), **options)
