"""Every kind of data goes into evaluate and predict, as it goes into a Loader."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.data import Dataset, Loader
from minigrad.train import evaluate, predict
from minigrad.train.batches import Feed, check_passes, in_order, pairs, to_train


class Map:
    """The blobs as a data set of ones own."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], int(self.y[i])


def ways(x, y):
    """{name: the same data in another form}."""
    ready = [(x[i:i + 7], y[i:i + 7]) for i in range(0, len(x), 7)]
    return {"pair": (x, y), "dataset": Dataset(x, y), "map": Map(x, y), "list of batches": ready, "generator": iter(ready),
            "function": lambda: iter(ready), "samples": list(zip(x, y)),
            "loader": Loader(Map(x, y), batch_size=4, shuffle=True),
            "sampled": Loader(x, y, sampler=mg.data.BalancedSampler(), drop_last=True),
            "loader of batches": Loader(ready, shuffle=True)}


WAYS = list(ways(np.zeros((1, 1)), np.zeros(1, int)))


@pytest.mark.parametrize("way", WAYS)
def test_evaluate_and_predict(way, small, blobs):
    model = small()
    want, z = evaluate(model, blobs, mg.cross_entropy), predict(model, blobs[0])
    found = evaluate(model, ways(*blobs)[way], mg.cross_entropy)
    assert found == {"loss": pytest.approx(want["loss"], rel=1e-6), "accuracy": want["accuracy"]}
    if way != "pair":
        np.testing.assert_allclose(predict(model, ways(*blobs)[way]), z, rtol=1e-5, atol=1e-6)


def test_pytorch(small, blobs):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed, whose DataLoader this is")
    from torch.utils.data import DataLoader, TensorDataset

    model, data = small(), TensorDataset(torch.tensor(blobs[0]), torch.tensor(blobs[1]))
    want = evaluate(model, blobs, mg.cross_entropy)
    for form in (data, DataLoader(data, batch_size=7, shuffle=True)):
        assert evaluate(model, form, mg.cross_entropy) == pytest.approx(want, rel=1e-5)
    np.testing.assert_allclose(predict(model, DataLoader(data, batch_size=7)), predict(model, blobs[0]), rtol=1e-5, atol=1e-6)


def test_predict_of_inputs_alone(small, blobs):
    model, (x, _) = small(), blobs
    z = predict(model, x)
    for form in (lambda: iter([x[:5], x[5:]]), iter([x[:5], x[5:]]), x.tolist(), Loader(list(x), batch_size=3)):
        np.testing.assert_allclose(predict(model, form), z, rtol=1e-5, atol=1e-6)


def test_several_inputs():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(2, 3), nn.Linear(1, 3)

        def forward(self, x):
            return self.a(x["a"]) + self.b(x["b"]) if isinstance(x, dict) else self.a(x[0]) + self.b(x[1])

    a, b, y = np.ones((4, 2), np.float64), np.ones((4, 1), np.float32), np.array([0, 1, 2, 0])
    model = Two()
    found = [evaluate(model, lambda x=x: iter([(x, y)]), mg.cross_entropy) for x in ((a, b), {"a": a, "b": b})]
    assert found[0] == found[1] and found[0].keys() == {"loss", "accuracy"}
    fed = Feed(model).x(((a, b), ["text"]))
    assert fed[0][0].dtype == np.float32 and fed[1] == ["text"]


def test_measuring_leaves_the_loader_alone(small, blobs):
    seen = []

    class Random:
        def apply(self, images, seed, epoch, indices):
            seen.append(epoch)
            return images

        def evaluation(self):
            return None

    loader = Loader(*blobs, batch_size=8, shuffle=True, transform=Random())
    list(loader)
    seen.clear()
    evaluate(small(), loader)
    assert not seen and loader.epoch == 1 and loader.shuffle and loader.batch_size == 8


def test_what_to_train_with(blobs):
    x, y = blobs
    for data, shuffle, size in (((x, y), True, 32), (Map(x, y), True, 32), (ways(x, y)["list of batches"], False, None),
                                (ways(x, y)["function"], None, None)):
        loader = to_train("fit", data, None, None)
        assert (loader.shuffle, loader.batch_size, loader.seed) == (shuffle, size, 0)
    own = to_train("fit", (x, y), 5, 3)
    assert (own.batch_size, own.seed) == (5, 3) and to_train("fit", own, None, None) is own
    with pytest.raises(ValueError, match=r"^\[fit\] a Loader has its own batch size \(5\) and seed \(3\): leave out"):
        to_train("fit", own, 4, None)
    with pytest.raises(ValueError, match=r"^\[fit\] the data holds no batch: 2 samples, batches of 3, drop_last"):
        to_train("fit", Loader(x[:2], y[:2], batch_size=3, drop_last=True), None, None)
    with pytest.raises(ValueError, match=r"^\[fit\] the data holds no batch: 0 samples, batches of 32"):
        to_train("fit", Map(x[:0], y[:0]), None, None)


def test_pairs_begin_where_they_are_told(blobs):
    for data in (blobs, Map(*blobs)):
        loader = to_train("fit", data, 8, 1)
        whole, loader.epoch = list(pairs("fit", loader)), 0
        rest = list(pairs("fit", loader, skip=3))
        assert [y.tolist() for _, y in rest] == [y.tolist() for _, y in whole[3:]]
        assert list(pairs("fit", loader, skip=len(whole))) == []


def test_data_that_come_once():
    once, again = Loader(iter([])), Loader(lambda: iter([]))
    assert once.once and not again.once
    check_passes("fit", once, 1, "the training data")
    check_passes("fit", again, 5, "the training data")
    with pytest.raises(ValueError, match=r"^\[fit\] the training data are needed 5 times, but the batches of .* come once"):
        check_passes("fit", once, 5, "the training data")


@pytest.mark.parametrize(("batch", "words"), [
    ((np.zeros(2), np.zeros(2), np.zeros(2)), r"found \(ndarray, ndarray, ndarray\): let the data give pairs"),
    ({"x": np.zeros(2), "y": np.zeros(2)}, "found a dictionary of 'x', 'y'"),
    (np.zeros(2), "found ndarray alone"),
    ((np.zeros(2), (np.zeros(2), np.zeros(2))), r"found \(ndarray, tuple\)"),
])
def test_batches_that_are_no_pairs(batch, words, small):
    with pytest.raises(TypeError, match=r"^\[evaluate\] expected batches \(x, y\), y one array, " + words):
        evaluate(small(), lambda: iter([batch]))


@pytest.mark.parametrize("op", [evaluate, predict])
def test_where_nothing_comes(op, small):
    with pytest.raises(ValueError, match=rf"^\[{op.__name__}\] the data holds no batch: not one has come"):
        op(small(), lambda: iter([]))
    with pytest.raises(ValueError, match=rf"^\[{op.__name__}\] the data holds no samples"):
        in_order(op.__name__, Map([], []), 10)
