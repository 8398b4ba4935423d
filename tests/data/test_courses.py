"""The two sets from courses, from small files that these tests make, and the real ones where MINIGRAD_DATA holds them."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from minigrad.data import DataUnavailable, apm598, courses, face_emotion
from minigrad.data import fetch as fetch_module
from minigrad.data.courses import APM598, FACE_EMOTION
from minigrad.data.fetch import DataFile

SETS = pytest.mark.parametrize(("load", "collection"), [(face_emotion, FACE_EMOTION), (apm598, APM598)],
                               ids=lambda it: getattr(it, "name", ""))


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine on which there is nothing yet; there is a mirror, which nobody may ask."""
    monkeypatch.delenv("MINIGRAD_DATA", raising=False)
    monkeypatch.setenv("MINIGRAD_MIRRORS", "http://127.0.0.1:9/")
    monkeypatch.setattr(fetch_module, "user_cache", lambda: tmp_path / "cache")
    monkeypatch.setattr(fetch_module, "_download", lambda *_: pytest.fail("it is downloaded"))


def made(collection, folder, monkeypatch):
    """A small file in the format of the set, in its place, its checksum made known. -> what is in it, (x, y)."""
    x = np.arange(6 * 9).reshape(6, 9)[:, :9 if collection is FACE_EMOTION else 2] / 7
    path = folder / collection.name / collection.files[0].name
    path.parent.mkdir(parents=True)
    if collection is FACE_EMOTION:
        savemat = pytest.importorskip("scipy.io", reason="scipy writes the file").savemat
        y = np.array([[1], [-1], [-1], [1], [1], [-1]], np.int16)
        savemat(path, {"X": x, "y": y})
    else:
        y = np.array([1, 2, 2, 1, 1, 2])
        np.savetxt(path, np.column_stack([x, y]), delimiter=",", header="x1,x2,class", comments="")
    data = path.read_bytes()
    small = DataFile(path.name, len(data), hashlib.sha256(data).hexdigest())
    monkeypatch.setattr(courses, "FACE_EMOTION" if collection is FACE_EMOTION else "APM598",
                        collection._replace(files=(small,)))
    return x, y


@SETS
def test_from_file_to_dataset(load, collection, tmp_path, monkeypatch, bare):
    x, _ = made(collection, tmp_path / "root", monkeypatch)
    found = load(tmp_path / "root")
    np.testing.assert_array_equal(found.images, x.astype(np.float32))
    assert found.labels.tolist() == ([1, 0, 0, 1, 1, 0] if load is face_emotion else [0, 1, 1, 0, 0, 1])
    assert found.name == collection.name and len(found.classes) == 2 and found.device is None
    assert load(tmp_path / "root", device="numpy").device == "numpy"
    for place in (tmp_path / "root", tmp_path / "cache"):       # as MINIGRAD_DATA says, then where downloads are kept
        monkeypatch.setenv("MINIGRAD_DATA", str(place) if place.name == "root" else "")
        np.testing.assert_array_equal(load().images, found.images)
        if place.name == "root":
            (tmp_path / "root").rename(tmp_path / "cache")


@SETS
def test_absent(load, collection, tmp_path, bare):
    """It is said where which file belongs, with its checksum; no network is asked, and nothing is made."""
    file, = collection.files
    with pytest.raises(DataUnavailable) as error:
        load(tmp_path / "root")
    said = str(error.value)
    assert said.startswith(f"[{collection.name}] 1 of 1 files are missing and could not be fetched: no licence is stated")
    assert f"put these files into {tmp_path / 'root' / collection.name}, or into FOLDER/{collection.name} and set" in said
    assert said.endswith(f"\n  {file.name}  {file.size} bytes  sha256 {file.sha256}")
    assert "synthetic_digits" not in said and not (tmp_path / "root").exists()


@SETS
def test_another_file_under_the_name(load, collection, tmp_path, bare):
    path = tmp_path / collection.name / collection.files[0].name
    path.parent.mkdir()
    path.write_bytes(b"x1,x2,class\n")
    with pytest.raises(ValueError, match=rf"{path.name}: expected \d+ bytes .*, found 12 .*: put the right one in its place$"):
        load(tmp_path)


def real(load, collection):
    root = os.environ.get("MINIGRAD_DATA")
    if not root or not (Path(root) / collection.name).is_dir():
        pytest.skip(f"MINIGRAD_DATA has no folder {collection.name}")
    return load().arrays()


def test_the_real_faces():
    x, y = real(face_emotion, FACE_EMOTION)
    assert x.shape == (128, 9) and x.dtype == np.float32 and np.bincount(y).tolist() == [59, 69]
    signs = 2 * y - 1
    w, *_ = np.linalg.lstsq(x.astype(float), signs, rcond=None)
    assert (np.sign(x @ w) != signs).sum() == 3, "of least squares without an intercept"


def test_the_real_points():
    x, y = real(apm598, APM598)
    assert x.shape == (200, 2) and np.bincount(y).tolist() == [100, 100]
    np.testing.assert_allclose([*x.min(0), *x.max(0)], [-1.667, -1.781, 1.722, 1.597], atol=5e-4)
