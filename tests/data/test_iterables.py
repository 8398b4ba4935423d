"""Loaders of what comes in an order of its own: lists of batches, DataLoaders, generators and functions that make them."""

import gc

import numpy as np
import pytest

from minigrad.data import Loader


def batches(epoch=0):
    """Three batches; the last one is smaller. x says which sample it is, and of which epoch."""
    for part in ([0, 1, 2], [3, 4, 5], [6]):
        yield np.array(part, np.float32)[:, None] + 100 * epoch, np.array(part)


class Iterable:
    """Iterable again and again, and of no known length."""

    def __iter__(self):
        return batches()


def places(loader):
    return [x[:, 0].astype(int).tolist() for x, _ in loader]


WANT = [[0, 1, 2], [3, 4, 5], [6]]


@pytest.mark.parametrize("prefetch", [None, 1, 4])
@pytest.mark.parametrize("data", [list(batches()), Iterable(), batches, lambda: batches()],
                         ids=["list", "object", "function", "lambda"])
def test_what_can_be_gone_through_again(data, prefetch):
    loader = Loader(data, prefetch=prefetch)
    assert places(loader) == WANT == places(loader) and loader.epoch == 2 and loader.batch_size is None
    known = isinstance(data, list)
    assert (loader.batches, loader.samples) == ((3, 7) if known else (None, None)) and bool(loader)
    assert loader.shuffle is (False if known else None)
    if not known:
        with pytest.raises(TypeError, match=r"^\[Loader\] nobody knows beforehand how many the batches of"):
            len(loader)
    assert list(loader)[2][1].dtype == np.int64


def test_a_function_may_ask_for_the_epoch():
    def made(epoch):
        return batches(epoch)

    loader = Loader(made)
    assert places(loader) == WANT and places(loader) == [[100 + i for i in part] for part in WANT]
    loader.set_epoch(7)
    assert places(loader)[0] == [700, 701, 702]


def test_a_generator_serves_one_epoch_and_says_so():
    for broken_off in (False, True):
        loader = Loader(batches())
        for _ in loader:
            if broken_off:
                break
        for again in (loader, loader.in_order()):
            with pytest.raises(RuntimeError, match=r"^\[Loader\] this generator was used up by an earlier pass: pass the"):
                list(again)
    assert places(Loader(iter(list(batches())))) == WANT


def test_a_generator_is_closed_when_the_pass_is_broken_off():
    ended = []

    def made():
        try:
            yield from batches()
        finally:
            ended.append(True)

    for prefetch in (0, 2):
        for _ in Loader(made, prefetch=prefetch):
            break
        gc.collect()
        assert ended == [True] * (1 + (prefetch > 0))


def test_a_list_of_batches_can_be_shuffled_whole():
    data = [(np.full((2, 1), i, np.float32), np.full(2, i)) for i in range(8)]
    loader = Loader(data, shuffle=True, seed=1)
    first, second = places(loader), places(loader)
    assert first != second and sorted(first) == sorted(second) == [[i, i] for i in range(8)]
    assert places(loader.in_order()) == [[i, i] for i in range(8)] and loader.in_order().shuffle is False


def test_batches_are_fresh():
    data = list(batches())
    for x, y in Loader(data):
        x[:] = y[:] = -1
    assert places(Loader(data)) == WANT


@pytest.mark.parametrize("drop_last", [False, True])
def test_samples_are_put_together_where_a_batch_size_is_given(drop_last):
    def samples():
        return ((np.full(1, i, np.float32), i) for i in range(7))

    loader = Loader(samples, batch_size=3, drop_last=drop_last)
    assert places(loader) == WANT[:2 if drop_last else 3] == places(loader) and loader.batches is None
    assert places(loader.in_order(7)) == [list(range(7))] and loader.batch_size == 3
    (x, y), *_ = Loader(samples, batch_size=7, collate=lambda samples: (np.stack([x for x, _ in samples]), [9] * 7))
    assert y.tolist() == [9] * 7 and len(x) == 7
    with pytest.raises(ValueError, match="samples 3 and 4 do not fit"):
        list(Loader(lambda: ((np.zeros(1 + (i == 4)), i) for i in range(7)), batch_size=3))


def test_pixels():
    loader = Loader([(np.full((2, 3), 255, np.uint8), np.array([1, 2], np.uint8))])
    (x, y), = loader
    assert x.dtype == np.float32 and (x == 1).all() and y.dtype == np.int64
    with pytest.raises(TypeError, match="x and y are uint8 images of one size"):
        list(Loader(lambda: iter([(np.zeros((2, 3), np.uint8),) * 2])))


def test_inputs_alone_dictionaries_and_texts():
    assert [x.tolist() for x in Loader(lambda: iter([np.ones(2)]))] == [[1, 1]]
    (batch,) = Loader(lambda: iter([{"x": [1, 2], "text": ["a", "b"]}]))
    assert batch["x"].tolist() == [1, 2] and batch["text"] == ["a", "b"]
    ((a, b), y), = Loader(lambda: iter([((np.ones(2), np.zeros(2)), [0, 1])]))
    assert a.tolist() == [1, 1] and b.tolist() == [0, 0] and y.tolist() == [0, 1]


@pytest.mark.parametrize(("batch", "error", "words"), [
    ((np.zeros(3), 4), TypeError, r"expected batches \(x, y\), arrays of B samples each, found \(float64 \(3,\), int64 \(\)\): "
                                  "pass batch_size= to have samples put together"),
    ((np.zeros(3), np.zeros(4)), ValueError, r"a batch holds 3 inputs and 4 targets: x \(3,\), y \(4,\); pass batch_size="),
    (None, TypeError, ".* found NoneType: let it give pairs of arrays"),
    ((None, np.zeros(3)), TypeError, r".* found \(NoneType, float64 \(3,\)\): let it give pairs"),
])
def test_what_is_no_batch(batch, error, words):
    with pytest.raises(error, match=r"^\[Loader\] " + words):
        list(Loader(lambda: iter([batch])))


def test_pytorch_loaders():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed, whose DataLoader this is")
    from torch.utils.data import DataLoader, IterableDataset, TensorDataset

    data = TensorDataset(torch.arange(7.)[:, None], torch.arange(7))
    loader = Loader(DataLoader(data, batch_size=3))
    assert places(loader) == WANT == places(loader) and (loader.batches, loader.samples) == (3, 7)
    (x, y), *_ = loader
    assert type(x) is np.ndarray and x.dtype == np.float32 and y.dtype == np.int64
    assert repr(loader) == "Loader(the batches of a DataLoader, 3 of them, in their own order, epoch 3)"
    shuffled = Loader(DataLoader(data, batch_size=7, shuffle=True))
    assert sorted(places(shuffled)[0]) == list(range(7)) and shuffled.shuffle is None
    assert places(Loader(DataLoader(data, batch_size=3), prefetch=2)) == WANT
    pixels = TensorDataset(torch.full((2, 1), 255, dtype=torch.uint8), torch.tensor([0, 1]))
    assert [x.tolist() for x, _ in Loader(DataLoader(pixels, batch_size=2))] == [[[1.], [1.]]]

    class Numbers(IterableDataset):
        def __iter__(self):
            return ((torch.full((1,), float(i)), i) for i in range(7))

    assert places(Loader(Numbers(), batch_size=3)) == WANT == places(Loader(DataLoader(Numbers(), batch_size=3)))
    with pytest.raises(TypeError, match=r"\[Loader\] expected batches .* pass batch_size= to have samples put together"):
        list(Loader(Numbers()))


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")     # Python 3.12 on, at a fork
def test_pytorch_workers():
    pytest.importorskip("torch", reason="PyTorch is not installed, whose DataLoader this is")
    from torch.utils.data import DataLoader

    own = DataLoader([(np.full(1, i, np.float32), i) for i in range(7)], batch_size=3, num_workers=2)
    assert places(Loader(own)) == WANT == places(Loader(own, prefetch=1))


@pytest.mark.parametrize(("data", "options", "error", "words"), [
    (lambda: 3, {}, TypeError, "<lambda> must make batches, one after another, found int: does it yield them"),
    (lambda a, b=1: 3, {}, TypeError, r"takes nothing, or the epoch \(`def batches\(epoch\):`\), but <lambda> takes a: "),
    (Iterable(), {"shuffle": True}, ValueError, "the batches of a Iterable come as they are, so shuffle=True has no meaning"),
    (batches, {"drop_last": True}, ValueError, "the batches of batches come as they are, so drop_last=True has no meaning"),
    (list(batches()), {"sampler": [0]}, ValueError, "sampler= has no meaning"),
    (batches, {"collate": list}, ValueError, "collate= puts samples together, but a function is taken to come in batches"),
    (Iterable, {}, TypeError, r"found type; write Iterable\(...\), with brackets"),
])
def test_errors(data, options, error, words):
    with pytest.raises(error, match=r"^\[Loader\] .*" + words):
        list(Loader(data, **options))


def test_a_loader_of_batches_takes_no_batch_size():
    pytest.importorskip("torch", reason="PyTorch is not installed, whose DataLoader this is")
    from torch.utils.data import DataLoader

    with pytest.raises(ValueError, match=r"\[Loader\] a DataLoader comes in batches already: leave out batch_size=5"):
        Loader(DataLoader([(1., 2)]), batch_size=5)
