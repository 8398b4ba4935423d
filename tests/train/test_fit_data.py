"""fit takes every kind of data that a Loader takes."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import optim
from minigrad.data import Loader
from minigrad.train import Callback, Checkpoint, fit


class Map:
    """Arrays as a data set of ones own."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], int(self.y[i])


def trained(small, data, **options):
    """(weights, facts, rows without seconds) of two epochs."""
    mg.manual_seed(0)
    model = small()
    history = fit(model, data, mg.cross_entropy, optim.SGD(model.parameters(), lr=.1),
                  **{"epochs": 2, "progress": False} | options)
    rows = [{name: value for name, value in row.items() if name.endswith(("loss", "accuracy", "running", "epoch"))}
            for row in history.rows]
    return [array.tobytes() for array in model.state_dict().values()], history.facts, rows


def test_a_data_set_of_ones_own_trains_as_arrays_do(small, blobs):
    weights, facts, rows = trained(small, blobs, batch_size=8, seed=3, validation=blobs, evaluate_train=True)
    for data, measured in ((Map(*blobs), Map(*blobs)), (list(zip(*blobs)), Loader(Map(*blobs), batch_size=5))):
        found = trained(small, data, batch_size=8, seed=3, validation=measured, evaluate_train=True)
        assert found[0] == weights and found[2] == rows
        assert all(found[1][name] == facts[name] for name in ("samples", "shuffled", "batch_size", "steps_per_epoch", "seed"))


@pytest.mark.parametrize("progress", [True, False])
def test_batches_of_unknown_number(small, blobs, progress, capsys):
    loader = Loader(*blobs, batch_size=8, shuffle=True)

    def batches(epoch):
        loader.set_epoch(epoch)
        return loader

    weights, _, rows = trained(small, Loader(*blobs, batch_size=8, shuffle=True))
    found = trained(small, batches, validation=lambda: iter([blobs]), progress=progress)
    assert found[0] == weights
    assert {name: found[1][name] for name in ("samples", "shuffled", "batch_size", "steps_per_epoch")} == dict.fromkeys(
        ("samples", "shuffled", "batch_size", "steps_per_epoch"))
    assert [row["train_loss_running"] for row in found[2]] == [row["train_loss_running"] for row in rows]
    assert "step" in capsys.readouterr().err or not progress


def test_batches_of_unknown_number_are_accumulated(small, blobs):
    ready = [(blobs[0][i:i + 9], blobs[1][i:i + 9]) for i in range(0, 90, 9)]
    a, b = (trained(small, data, accumulate=3)[0] for data in (lambda: iter(ready), Loader(*blobs, batch_size=9)))
    for left, right in zip(a, b):
        np.testing.assert_allclose(np.frombuffer(left, np.float32), np.frombuffer(right, np.float32), rtol=1e-4, atol=1e-6)


def test_pytorch(small, blobs):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed, whose DataLoader this is")
    from torch.utils.data import DataLoader, TensorDataset

    data = TensorDataset(torch.tensor(blobs[0]), torch.tensor(blobs[1]))
    assert trained(small, data, batch_size=8)[0] == trained(small, blobs, batch_size=8)[0]
    found = trained(small, DataLoader(data, batch_size=9), validation=DataLoader(data, batch_size=30))
    assert found[0] == trained(small, Loader(*blobs, batch_size=9))[0] and found[1]["samples"] == 90
    assert found[1]["steps_per_epoch"] == 10 and found[1]["shuffled"] is None


class Break(Callback):
    """An error in the middle of the second epoch."""

    def on_step(self, run):
        if run.loader.epoch == 1 and run.step == 2:
            raise InterruptedError


@pytest.mark.parametrize("kind", ["map", "function", "list"])
def test_a_run_goes_on_in_the_middle_of_an_epoch(small, blobs, kind, tmp_path):
    ready = [(blobs[0][i:i + 9], blobs[1][i:i + 9]) for i in range(0, 90, 9)]
    data = {"map": Map(*blobs), "function": lambda: iter(ready), "list": ready}[kind]
    whole = trained(small, data, epochs=3)
    path = tmp_path / "run.safetensors"
    with pytest.raises(InterruptedError):
        trained(small, data, epochs=3, callbacks=[Checkpoint(path, seconds=0), Break()])
    found = trained(small, data, epochs=3, callbacks=[Checkpoint(path)], resume=True)
    assert found[0] == whole[0] and found[2] == whole[2]


def test_data_that_come_once_serve_one_epoch(small, blobs):
    def batches():
        yield blobs

    assert trained(small, batches(), epochs=1)[2][0]["epoch"] == 1
    for options, what in (({}, "training"), ({"validation": batches()}, "validation")):
        data = batches() if not options else blobs
        with pytest.raises(ValueError, match=rf"^\[fit\] the {what} data are needed 2 times, .* of a generator come"):
            trained(small, data, **options)


@pytest.mark.parametrize(("data", "error", "words"), [
    (lambda: iter([]), ValueError, "the data holds no batch: not one has come"),
    (lambda: iter([{"x": np.ones(2)}]), TypeError, r"expected batches \(x, y\), y one array, found a dictionary of 'x'"),
    (Map([], []), ValueError, "the data holds no batch: 0 samples"),
])
def test_data_that_cannot_be_trained_with(data, error, words, small):
    with pytest.raises(error, match=r"^\[fit\] " + words):
        trained(small, data)
