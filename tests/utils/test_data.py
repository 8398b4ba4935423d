"""torch.utils.data's names: data sets, and loaders whose batches are tensors."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.utils.data import ConcatDataset, DataLoader, Dataset, Subset, TensorDataset, random_split


class Squares(Dataset):
    def __len__(self):
        return 10

    def __getitem__(self, i):
        return np.float32([i, i * i]), i % 3


def test_batches_are_tensors_in_the_order_that_the_seed_gives():
    mg.manual_seed(3)
    loader = DataLoader(Squares(), batch_size=4, shuffle=True, num_workers=2, pin_memory=True)
    assert len(loader) == 3 and len(loader.dataset) == 10
    first = [(x, y) for x, y in loader]
    assert all(isinstance(x, mg.Tensor) and x.shape == (len(y), 2) and y.dtype == np.int64 for x, y in first)
    seen = np.concatenate([x.numpy()[:, 0] for x, _ in first])
    assert sorted(seen) == list(range(10)) and list(seen) != list(range(10))
    second = np.concatenate([x.numpy()[:, 0] for x, _ in loader])
    assert sorted(second) == sorted(seen) and list(second) != list(seen), "another order in every epoch"
    mg.manual_seed(3)
    again = DataLoader(Squares(), batch_size=4, shuffle=True)
    assert np.array_equal(np.concatenate([x.numpy()[:, 0] for x, _ in again]), seen)


def test_one_sample_is_the_default_and_the_order_that_of_the_data():
    assert [y.tolist() for _, y in DataLoader(Squares())] == [[i % 3] for i in range(10)]
    assert [len(y) for _, y in DataLoader(Squares(), batch_size=4, drop_last=True)] == [4, 4]


def test_tensors_subsets_and_sums():
    a, b = mg.arange(6.0).reshape(6, 1), mg.tensor(np.arange(6))
    pairs = TensorDataset(a, b)
    assert len(pairs) == 6 and pairs[2][1].item() == 2
    for x, y in DataLoader(pairs, batch_size=6):
        assert np.array_equal(x.numpy(), a.numpy()) and np.array_equal(y.numpy(), b.numpy())
    part = Subset(pairs, [5, 0])
    assert [part[i][1].item() for i in range(len(part))] == [5, 0]
    both = Squares() + Squares()
    assert len(both) == 20 and both[13][1] == 0 and both[-1][1] == 0
    with pytest.raises(IndexError, match="index 20 is out of range for 20 samples"):
        both[20]
    with pytest.raises(ValueError, match="found \\[6, 5\\] rows"):
        TensorDataset(a, b[:5])
    with pytest.raises(ValueError, match="expected at least one data set"):
        ConcatDataset([])


def test_random_split_shares_no_sample():
    mg.manual_seed(0)
    parts = random_split(Squares(), [7, 3])
    assert [len(part) for part in parts] == [7, 3]
    assert sorted(int(part[i][0][0]) for part in parts for i in range(len(part))) == list(range(10))
    assert [len(part) for part in random_split(Squares(), [.5, .25, .25])] == [6, 2, 2]
    one, other = (random_split(Squares(), [5, 5], mg.Generator(4))[0].indices for _ in range(2))
    assert one == other
    with pytest.raises(ValueError, match="do not add up to 10 samples"):
        random_split(Squares(), [7, 4])


def test_what_is_not_here():
    with pytest.raises(TypeError, match="batch_sampler is not here"):
        DataLoader(Squares(), batch_sampler=[[1, 2]])
    with pytest.raises(NotImplementedError, match=r"\[Empty\] has no __getitem__"):
        type("Empty", (Dataset,), {})()[0]


def test_fit_takes_one():
    model = mg.nn.Linear(2, 3)
    loader = DataLoader(Squares(), batch_size=5, shuffle=True)
    history = mg.fit(model, loader, mg.cross_entropy, mg.optim.SGD(model.parameters(), lr=.001), epochs=2, validation=loader,
                     progress=False)
    assert len(history) == 2 and history.facts["samples"] == 10


def test_devices_as_pytorch_asks_for_them():
    cpu = mg.tensor([1.0]).to("cpu")
    assert cpu.device == mg.tensor([1.0]).device
    w = mg.tensor([2.0], requires_grad=True)
    (w * 3).to("cpu").sum().backward()
    assert w.grad.item() == 3
    assert mg.nn.Linear(1, 1).to("cpu").weight.device == cpu.device
    assert mg.cuda.is_available() == ("cuda" in mg.kernels.available()) == bool(mg.cuda.device_count())
    found = mg.accelerator.current_accelerator()
    assert mg.accelerator.is_available() == (found is not None)
    assert mg.tensor([True, False]).type(mg.float).dtype == np.float32
