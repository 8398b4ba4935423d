"""What is known of each set, and where it lies."""

import hashlib
import sys

import numpy as np
import pytest

import minigrad as mg
from minigrad.data import card, cards
from minigrad.data import fetch as fetch_module
from minigrad.data.cards import CARDS, locate, verify
from tests.data.hostile import small, tar


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    monkeypatch.delenv("MINIGRAD_DATA", raising=False)
    monkeypatch.setenv("MINIGRAD_MIRRORS", "")
    monkeypatch.setattr(fetch_module, "user_cache", lambda: tmp_path / "cache")


@pytest.mark.parametrize("name", CARDS)
def test_a_card_says_everything(name):
    which = mg.data.card(name)
    text = str(which)
    assert text.startswith(f"{which.title} ({name})\n  load       {which.call}, ")
    for part in (which.what, which.source, which.licence, which.citation, f"  {len(which.classes)}: {which.classes[0]}, ",
                 *(file.sha256 for file in which.files)):
        assert part and part in text
    assert callable(eval(which.call.partition("(")[0], {"mg": mg})) and which.size == sum(file.size for file in which.files)
    assert all(len(line) < 200 or "classes" in line for line in text.splitlines())


@pytest.mark.parametrize("spelling", ["cifar-10", "CIFAR10", "cifar_10", "Cifar 10"])
def test_names_as_people_write_them(spelling):
    assert card(spelling).name == "cifar-10"


def test_an_unknown_name():
    with pytest.raises(ValueError, match=r"^\[card\] there is no data set 'imagenet': there are mnist, fashion-mnist, "
                                         r"cifar-10, "):
        card("imagenet")


def test_what_the_loader_gives_is_what_the_card_says():
    which = card("synthetic-digits")
    for part, count in zip(mg.data.synthetic_digits(20, 10), which.samples, strict=True):
        assert part.shape[1:] == which.shape and part.images.dtype == which.dtype and part.classes == which.classes and count
    assert locate(which) == verify(which) == []


def test_where_a_set_lies_and_whether_it_is_right(tmp_path, monkeypatch):
    data = {"a.gz": b"first", "b.gz": b"second"}
    files = tuple(fetch_module.DataFile(name, len(content), hashlib.sha256(content).hexdigest()) for name,
                  content in data.items())
    mnist = card("mnist")
    which = cards.Card(**{**vars(mnist), "collection": mnist.collection._replace(files=files)})
    assert locate(which, tmp_path) == verify(which, tmp_path) == []
    folder = tmp_path / "mnist"
    folder.mkdir()
    (folder / "a.gz").write_bytes(data["a.gz"])
    assert locate(which, tmp_path) == [] and verify(which, tmp_path) == [(folder / "a.gz", "")]
    (folder / "b.gz").write_bytes(data["b.gz"])
    assert locate(which, tmp_path) == [folder / "a.gz", folder / "b.gz"]
    (folder / "b.gz").write_bytes(b"sEcond")
    right, wrong = verify(which, tmp_path)
    assert right == (folder / "a.gz", "") and wrong.path == folder / "b.gz" and "expected 6 bytes with sha256" in wrong.wrong
    with pytest.raises(ValueError, match="the file is damaged"):
        locate(which, tmp_path)


def test_where_cifar_lies_in_each_place(tmp_path, monkeypatch):
    kind, pickles, records, _ = small("cifar-10")
    which = cards.Card(**{**vars(card("cifar-10")), "kind": kind})
    monkeypatch.setenv("MINIGRAD_DATA", str(tmp_path / "data"))
    archive = tmp_path / "data" / "cifar-10" / kind.pickles.archive
    archive.parent.mkdir(parents=True)
    archive.write_bytes(tar(kind.pickles.folder, pickles))
    folder = tmp_path / "cache" / "cifar-10" / kind.records.folder
    folder.mkdir(parents=True)
    for name, content in records.items():
        (folder / name).write_bytes(content)
    assert locate(which) == [archive] and verify(which) == [(archive, ""), (folder, "")]
    (folder / name).write_bytes(bytes(len(content)))
    assert [bool(found.wrong) for found in verify(which)] == [False, True] and name in verify(which)[1].wrong
    archive.write_bytes(b"")
    assert "expected 512 bytes more, found 0 (truncated)" in verify(which)[0].wrong


@pytest.mark.parametrize(("name", "loader"), [("cifar-10", "CIFAR10"), ("cifar-100", "CIFAR100")])
def test_it_is_loaded_as_by_hand(tmp_path, monkeypatch, name, loader):
    kind, _, records, arrays = small(name)
    monkeypatch.setattr(sys.modules["minigrad.data.cifar"], loader, kind)
    folder = tmp_path / kind.records.folder
    folder.mkdir()
    for file, content in records.items():
        (folder / file).write_bytes(content)
    for part, (images, labels) in zip(card(name).load(tmp_path, False), arrays, strict=True):
        np.testing.assert_array_equal(part.images, images)
        np.testing.assert_array_equal(part.labels, labels[:, -1])
    with pytest.raises(mg.data.DataUnavailable):
        card(name).load(tmp_path / "nowhere", False)
