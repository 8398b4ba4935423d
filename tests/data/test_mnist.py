"""The real MNIST and Fashion-MNIST, where MINIGRAD_DATA holds them."""

import gzip
import hashlib
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from minigrad.data import fashion_mnist, mnist
from minigrad.data.fetch import DataFile
from minigrad.data.idx import write_idx
from minigrad.data.mnist import FASHION_MNIST, MNIST

KNOWN = {
    # loader, (first train labels), (first test labels), mean, std, first class, train counts
    "mnist": (mnist, [5, 0, 4, 1, 9], [7, 2, 1, 0, 4], .1307, .3081, "0",
              [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]),
    "fashion-mnist": (fashion_mnist, [9, 0, 0, 3, 0], [9, 2, 1, 1, 6], .2860, .3530, "T-shirt/top", [6000] * 10),
}


def on_this_machine(name):
    root = os.environ.get("MINIGRAD_DATA")
    if not root:
        pytest.skip("MINIGRAD_DATA is not set, so there is no real data to check")
    if not (Path(root) / name).is_dir():
        pytest.skip(f"MINIGRAD_DATA has no folder {name}")


@pytest.mark.parametrize("name", KNOWN)
def test_the_real_set(name):
    on_this_machine(name)
    load, first_train, first_test, mean, std, first_class, counts = KNOWN[name]
    train, test = load(download=False)
    assert train.shape == (60000, 1, 28, 28) and test.shape == (10000, 1, 28, 28)
    assert train.images.dtype == test.images.dtype == np.uint8
    assert train.labels[:5].tolist() == first_train and test.labels[:5].tolist() == first_test
    assert np.bincount(train.labels).tolist() == counts
    assert abs(train.images.mean() / 255 - mean) < 5e-5 and abs(train.images.std() / 255 - std) < 5e-5
    assert train.classes[0] == first_class and len(train.classes) == 10
    assert (train.name, test.name) == (f"{name} train", f"{name} test")
    part, validation = train.split(50000)
    assert (len(part), len(validation)) == (50000, 10000)


@pytest.mark.parametrize("name", KNOWN)
def test_the_real_set_unpacked(name, tmp_path):
    """As other programs leave it, under both of its spellings."""
    on_this_machine(name)
    load, *_ = KNOWN[name]
    expected, folder = load(download=False), tmp_path / name
    folder.mkdir()
    for path in (Path(os.environ["MINIGRAD_DATA"]) / name).glob("*.gz"):
        spelling = path.stem.replace("-idx", ".idx") if "images" in path.stem else path.stem
        (folder / spelling).write_bytes(gzip.decompress(path.read_bytes()))
    for found, right in zip(load(tmp_path, download=False), expected, strict=True):
        np.testing.assert_array_equal(found.images, right.images)
        np.testing.assert_array_equal(found.labels, right.labels)


@pytest.mark.parametrize("collection", [MNIST, FASHION_MNIST], ids=lambda c: c.name)
def test_the_tables_are_in_order(collection):
    assert [file.name for file in collection.files] == [
        "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz"]
    assert all(len(bytes.fromhex(digest)) == 32 for file in collection.files for digest in (file.sha256, file.content[1]))
    assert [file.content[0] for file in collection.files] == [16 + 60000 * 784, 8 + 60000, 16 + 10000 * 784, 8 + 10000]
    assert len(collection.mirrors) >= 3 and all(mirror.endswith("/") for mirror in collection.mirrors)


@pytest.mark.parametrize("load", [mnist, fashion_mnist])
def test_small_files_in_the_same_format_are_loaded_alike(load, tmp_path, monkeypatch):
    """The whole way from files to Datasets, with files that this test makes."""
    module = sys.modules["minigrad.data.mnist"]  # the attribute of that name is the function
    collection = MNIST if load is mnist else FASHION_MNIST
    arrays = [np.arange(3 * 784).reshape(3, 28, 28).astype(np.uint8), np.array([9, 0, 5], np.uint8),
              np.ones((2, 28, 28), np.uint8), np.array([1, 2], np.uint8)]
    (tmp_path / collection.name).mkdir()
    files = []
    for file, array in zip(collection.files, arrays, strict=True):
        path = tmp_path / collection.name / file.name
        write_idx(path, array)
        files.append(DataFile(file.name, path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()))
    monkeypatch.setattr(module, "MNIST" if load is mnist else "FASHION_MNIST", collection._replace(files=tuple(files)))
    train, test = load(tmp_path, download=False)
    np.testing.assert_array_equal(train.images[:, 0], arrays[0])
    assert train.labels.tolist() == [9, 0, 5] and test.shape == (2, 1, 28, 28) and test.labels.tolist() == [1, 2]
