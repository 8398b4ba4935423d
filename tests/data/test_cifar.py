"""CIFAR-10 and CIFAR-100 in each of their forms, from small files that these tests make, and the real one where it is."""

import hashlib
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad.data import DataUnavailable, cifar10, cifar100
from minigrad.data import fetch as fetch_module
from minigrad.data.cifar_files import CIFAR10, CIFAR100, FINE
from minigrad.data.fetch import DataFile
from tests.data.hostile import bombs, small, tar

MODULE = sys.modules["minigrad.data.cifar"]
REAL = os.environ.get("MINIGRAD_DATA")
LOAD = {"cifar-10": cifar10, "cifar-100": cifar100}
both = pytest.mark.parametrize("which", LOAD)


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    """No data folder, no network, a user cache in a temporary folder."""
    monkeypatch.delenv("MINIGRAD_DATA", raising=False)
    monkeypatch.setenv("MINIGRAD_MIRRORS", "")
    monkeypatch.setattr(fetch_module, "user_cache", lambda: tmp_path / "cache")


def lay(monkeypatch, place, which, form):
    """Put a small set in one of its forms into a folder. -> its Kind, the arrays of it."""
    kind, pickles, records, arrays = small(which)
    monkeypatch.setattr(MODULE, "CIFAR10" if which == "cifar-10" else "CIFAR100", kind)
    shape, contents = (kind.pickles, pickles) if "pickles" in form else (kind.records, records)
    place.mkdir(parents=True, exist_ok=True)
    if "archive" in form:
        (place / shape.archive).write_bytes(tar(shape.folder, contents))
    else:
        (place / shape.folder).mkdir()
        for name, content in contents.items():
            (place / shape.folder / name).write_bytes(content)
    return kind, arrays


def check(sets, arrays, column):
    for found, (images, labels) in zip(sets, arrays, strict=True):
        np.testing.assert_array_equal(found.images, images)
        np.testing.assert_array_equal(found.labels, labels[:, column])
        assert found.images.dtype == np.uint8 and found.images.flags.writeable and found.images.flags.c_contiguous


@both
@pytest.mark.parametrize("form", ["archive of pickles", "archive of records", "pickles", "records"])
@pytest.mark.parametrize("beside", [True, False])
def test_each_form_in_each_place(which, form, beside, tmp_path, monkeypatch):
    kind, arrays = lay(monkeypatch, tmp_path / "root" / ("" if beside else which), which, form)
    for _ in range(2):                          # the second time from what was kept
        sets = LOAD[which](tmp_path / "root", download=False)
        check(sets, arrays, -1)
        assert [found.name for found in sets] == [f"{which} train", f"{which} test"]
        assert sets[0].classes == (kind.labels["labels"] if which == "cifar-10" else FINE)
    kept = tmp_path / "cache" / which / kind.records.folder
    assert kept.is_dir() == ("archive" in form)
    if which == "cifar-100":
        coarse = cifar100(tmp_path / "root", fine=False, device="numpy")
        check(coarse, arrays, 0)
        assert len(coarse[0].classes) == 20 and coarse[1].device == "numpy"


@both
def test_what_is_kept_is_the_publishers_own_form(which, tmp_path, monkeypatch):
    kind, arrays = lay(monkeypatch, tmp_path / "root", which, "archive of pickles")
    LOAD[which](tmp_path / "root", cache=False)
    assert not (tmp_path / "cache").exists()
    LOAD[which](tmp_path / "root")
    kept = tmp_path / "cache" / which / kind.records.folder
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in kept.iterdir()} == {
        member.name: member.sha256 for member in kind.records.members}
    (tmp_path / "root" / kind.pickles.archive).unlink()
    check(LOAD[which](), arrays, -1)            # it is a form like any other
    with pytest.raises(DataUnavailable):
        LOAD[which](cache=False, download=False)


@both
def test_what_is_kept_is_checked_and_written_anew(which, tmp_path, monkeypatch):
    kind, arrays = lay(monkeypatch, tmp_path / "root", which, "archive of pickles")
    LOAD[which](tmp_path / "root")
    file = tmp_path / "cache" / which / kind.records.folder / kind.records.members[0].name
    right = file.read_bytes()
    for wrong in (right[:-1], right[:-1] + bytes([right[-1] ^ 1]), b"", right + b"more"):
        file.write_bytes(wrong)
        check(LOAD[which](tmp_path / "root"), arrays, -1)
        assert file.read_bytes() == right
    file.unlink()
    check(LOAD[which](tmp_path / "root"), arrays, -1)
    assert file.read_bytes() == right


def test_where_nothing_can_be_kept(tmp_path, monkeypatch):
    _, arrays = lay(monkeypatch, tmp_path / "root", "cifar-10", "archive of pickles")
    (tmp_path / "cache").write_text("no folder")
    check(cifar10(tmp_path / "root"), arrays, 0)
    (tmp_path / "cache").unlink()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 1 << 20))
    check(cifar10(tmp_path / "root"), arrays, 0)
    assert not (tmp_path / "cache").exists()


@both
def test_a_wrong_member_is_an_error(which, tmp_path, monkeypatch):
    kind, _ = lay(monkeypatch, tmp_path / which, which, "pickles")
    name = kind.pickles.members[0].name
    path = tmp_path / which / kind.pickles.folder / name
    right = path.read_bytes()
    for wrong, said in ((right[:-1] + b"x", r"expected sha256 \w{64}, found \d+ bytes with \w{64}; the file is damaged"),
                        (right + b"x", r"expected at most \d+ bytes, found \d+"), (b"", "expected sha256")):
        path.write_bytes(wrong)
        with pytest.raises(ValueError, match=rf"^\[{which}\] .*{name}: {said}"):
            LOAD[which](tmp_path)
    path.unlink()
    with pytest.raises(ValueError, match=rf"^\[{which}\] .*{kind.pickles.folder}: expected a file {name} in it, found none"):
        LOAD[which](tmp_path)
    assert not (tmp_path / "cache").exists()


def test_pickles_that_do_something_are_not_run_even_with_the_right_checksum(tmp_path, monkeypatch):
    marker = tmp_path / "marker"
    kind, *_ = small("cifar-10")
    (tmp_path / kind.pickles.folder).mkdir()
    for name, bomb in bombs(marker).items():
        evil = kind.pickles.members[0]._replace(most=len(bomb), sha256=hashlib.sha256(bomb).hexdigest())
        monkeypatch.setattr(MODULE, "CIFAR10", kind._replace(pickles=kind.pickles._replace(members=(evil,))))
        (tmp_path / kind.pickles.folder / evil.name).write_bytes(bomb)
        with pytest.raises(ValueError, match="data_batch_1"):
            cifar10(tmp_path)
        assert not marker.exists(), name


def test_batches_that_are_no_batches():
    """What the readers themselves say, whatever the checksum."""
    import pickle

    kind, pickles, records, arrays = small("cifar-10")
    member = kind.pickles.members[0]
    images, labels = MODULE.pickled(kind, member, pickles[member.name], "x")
    np.testing.assert_array_equal(images, arrays[0][0][:4])
    np.testing.assert_array_equal(labels, arrays[0][1][:4])
    good = {"data": np.zeros((4, 3072), np.uint8), "labels": [0, 1, 2, 9]}
    assert MODULE.pickled(kind, member, pickle.dumps(good, 4), "x")[1].tolist() == [[0], [1], [2], [9]]
    for change, said in (
            ({"data": np.zeros((4, 3072))}, r"expected data of uint8 \(4, 3072\), found float64 \(4, 3072\)"),
            ({"data": np.zeros((3, 3072), np.uint8)}, r"found uint8 \(3, 3072\)"), ({"data": [1]}, "found a list"),
            ({"labels": [0, 1, 2]}, "expected labels, a list of 4 numbers from 0 to 9"), ({"labels": None}, "found a NoneType"),
            ({"labels": [0, 1, 2, 10]}, "numbers from 0 to 9"), ({"labels": [0, 1, 2, True]}, "numbers from 0 to 9")):
        with pytest.raises(ValueError, match=said):
            MODULE.pickled(kind, member, pickle.dumps(good | change, 2), "x")
    with pytest.raises(ValueError, match="expected a dict of data and labels, found a list"):
        MODULE.pickled(kind, member, pickle.dumps([]), "x")
    raw = records[kind.records.members[0].name]
    with pytest.raises(ValueError, match=r"expected 4 records of 3073 bytes, 12292 in all, found 12291"):
        MODULE.records(kind, member, raw[1:], "x")
    with pytest.raises(ValueError, match="expected labels from 0 to 9, found 77"):
        MODULE.records(kind, member, b"\x4d" + raw[1:], "x")


@both
def test_it_is_downloaded_where_it_is_nowhere(which, tmp_path, monkeypatch):
    """The archive comes from a mirror, is kept beside what it is unpacked to, and a wrong one is not used."""
    from tests.data.test_fetch import Server

    kind, pickles, _, arrays = small(which)
    archive = tar(kind.pickles.folder, pickles)
    file = DataFile(kind.pickles.archive, len(archive), hashlib.sha256(archive).hexdigest())
    server = Server()
    try:
        kind = kind._replace(collection=kind.collection._replace(
            files=(file,), mirrors=(f"{server.url}/a/", f"{server.url}/b/")))
        monkeypatch.setattr(MODULE, "CIFAR10" if which == "cifar-10" else "CIFAR100", kind)
        monkeypatch.delenv("MINIGRAD_MIRRORS")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.setenv(name, "127.0.0.1")
        server.answers = {f"/a/{file.name}": b"<html>", f"/b/{file.name}": archive}
        with pytest.raises(DataUnavailable, match="download=False"):
            LOAD[which](download=False)
        check(LOAD[which](), arrays, -1)
        assert server.asked == [f"/a/{file.name}", f"/b/{file.name}"]
        check(LOAD[which](), arrays, -1)
        assert len(server.asked) == 2
        assert {path.name for path in (tmp_path / "cache" / which).iterdir()} == {kind.pickles.archive, kind.records.folder}
    finally:
        server.close()


@both
def test_absent(which, tmp_path):
    file, = (CIFAR10 if which == "cifar-10" else CIFAR100).collection.files
    with pytest.raises(DataUnavailable) as error:
        LOAD[which](tmp_path / "root")
    said = str(error.value)
    assert said.startswith(f"[{which}] 1 of 1 files are missing and could not be fetched: MINIGRAD_MIRRORS is empty")
    assert f"\n  {file.name}  {file.size} bytes  sha256 {file.sha256}\nOr put {which}-binary.tar.gz there" in said
    assert "synthetic" not in said


def test_the_tables_are_in_order():
    for kind, count in ((CIFAR10, 6), (CIFAR100, 2)):
        for form in (kind.pickles, kind.records):
            assert len(form.members) == count and all(len(bytes.fromhex(member.sha256)) == 32 for member in form.members)
            assert sum(member.images for member in form.members if member.test) == 10000
            assert sum(member.images for member in form.members) == 60000
        assert all(member.most == member.images * (3072 + len(kind.labels)) for member in kind.records.members)
        assert len(kind.collection.mirrors) >= 3 and all(mirror.endswith("/") for mirror in kind.collection.mirrors)
    assert [len(names) for names in CIFAR100.labels.values()] == [20, 100] and list(FINE) == sorted(FINE)


def test_the_real_set(tmp_path, monkeypatch):
    root = REAL
    if not root or not (Path(root) / "cifar-10" / "cifar-10-python.tar.gz").is_file():
        pytest.skip("MINIGRAD_DATA has no cifar-10/cifar-10-python.tar.gz")
    train, test = cifar10(root, download=False)
    assert train.shape == (50000, 3, 32, 32) and test.shape == (10000, 3, 32, 32) and train.classes[6] == "frog"
    assert np.bincount(train.labels).tolist() == [5000] * 10 and np.bincount(test.labels).tolist() == [1000] * 10
    assert np.bincount(train.labels[:10000]).tolist() == [1005, 974, 1032, 1016, 999, 937, 1030, 1001, 1025, 981]
    for channel, (mean, std) in enumerate(((.4914, .2470), (.4822, .2435), (.4465, .2616))):
        pixels = train.images[:, channel]
        assert abs(pixels.mean() / 255 - mean) < 5e-5 and abs(pixels.std() / 255 - std) < 1e-4
    kept = tmp_path / "cache" / "cifar-10" / "cifar-10-batches-bin"         # with the sha256 of the publisher's
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in kept.iterdir()} == {
        member.name: member.sha256 for member in CIFAR10.records.members}
    again, _ = cifar10(root, download=False)
    np.testing.assert_array_equal(again.images, train.images)
    loss = mg.cross_entropy(mg.nn.Sequential(mg.nn.Flatten(), mg.nn.Linear(3072, 10))(mg.tensor(train[:8].arrays()[0])),
                            train.labels[:8])
    assert np.isfinite(loss.item())
