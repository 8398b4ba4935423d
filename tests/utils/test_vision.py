"""torchvision's data sets by their names."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.data import Dataset
from minigrad.utils import vision
from minigrad.utils.data import DataLoader


def test_a_set_by_its_name(monkeypatch):
    random = np.random.default_rng(0)
    parts = [Dataset(random.integers(0, 256, (n, 1, 4, 4), np.uint8), np.arange(n) % 10, "noise") for n in (30, 20)]
    asked = []
    for name in ("MNIST", "FashionMNIST", "CIFAR10", "CIFAR100"):
        load = getattr(vision, name).__init__.__closure__
        cell = next(c for c in load if callable(c.cell_contents))
        with monkeypatch.context() as patch:
            patch.setattr(cell, "cell_contents", lambda root: (asked.append(root), parts)[1])
            train, test = (getattr(vision, name)("here", train=t, transform=vision.ToTensor(), download=True)
                           for t in (True, False))
        assert asked[-2:] == ["here"] * 2 and (len(train), len(test)) == (30, 20)
        x, y = train[3]
        assert isinstance(x, mg.Tensor) and y == 3
        np.testing.assert_allclose(x.numpy(), parts[0].images[3] / np.float32(255), rtol=1e-6)
        assert [len(y) for _, y in DataLoader(test, batch_size=8)] == [8, 8, 4]
        assert train.targets.tolist() == parts[0].labels.tolist()
    with pytest.raises(TypeError, match=r"transform must be ToTensor\(\) or None, found function"):
        vision.FakeData(3, (1, 4, 4), transform=lambda x: x)


def test_noise_and_tensors_of_bytes():
    noise = vision.FakeData(5, (3, 8, 8), 4)
    assert len(noise) == 5 and noise[0][0].shape == (3, 8, 8) and 0 <= noise[0][1] < 4
    assert vision.ToTensor()(np.full((4, 6, 3), 255, np.uint8)).shape == (3, 4, 6)
    assert vision.ToTensor()(np.full((4, 6), 255, np.uint8)).max().item() == 1
