"""numpy's files, as data."""

import io
import os
import struct
import warnings
import zipfile

import numpy as np
import pytest

from minigrad.data import from_npz, read_npz
from tests.data.hostile import Calls

ARRAYS = {"x_train": np.arange(24, dtype=np.uint8).reshape(2, 3, 4), "y_train": np.array([1, 0]), "f":
np.asfortranarray(np.eye(3)),
          "big": np.array([1.5], ">f4"), "zero": np.array(7), "none": np.zeros((0, 3)), "text": np.array(["a", "äö"]),
          "b": np.array([b"x"]), "c": np.array([1j]), "yes": np.array([True, False])}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_every_array(tmp_path, save):
    path = tmp_path / "a.npz"
    save(path, **ARRAYS)
    found = read_npz(path)
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype.newbyteorder("=") and found[name].flags.writeable
    assert list(read_npz(path, ["f", "zero"])) == ["f", "zero"]
    with pytest.raises(ValueError, match=r"\[read_npz\] .*a\.npz: expected arrays f, g, found x_train, .*: g is not there"):
        read_npz(path, ["f", "g"])


def test_an_npy_file(tmp_path):
    np.save(tmp_path / "a.npy", ARRAYS["f"])
    assert list(read_npz(tmp_path / "a.npy")) == ["a"]
    np.testing.assert_array_equal(read_npz(tmp_path / "a.npy")["a"], ARRAYS["f"])


def test_a_dataset(tmp_path):
    path = tmp_path / "mnist.npz"
    np.savez(path, **ARRAYS, colour=np.arange(2 * 5 * 4 * 3, dtype=np.uint8).reshape(2, 5, 4, 3), column=np.array([[1], [0]],
    np.uint8),
             halves=np.ones((2, 3), np.float16), whole=np.ones((2, 3), np.int64))
    found = from_npz(path, "x_train", "y_train")
    assert found.shape == (2, 3, 4) and found.images.dtype == np.uint8
    assert found.labels.tolist() == [1, 0] and found.name == "mnist"
    assert from_npz(path, "x_train", "y_train", layout="NHW", classes="ab", device="numpy").shape == (2, 1, 3, 4)
    moved = from_npz(path, "colour", "column", layout="NHWC")
    np.testing.assert_array_equal(moved.images, np.arange(120, dtype=np.uint8).reshape(2, 5, 4, 3).transpose(0, 3, 1, 2))
    assert from_npz(path, "colour", "y_train", layout="NCHW").shape == (2, 5, 4, 3)
    for name in ("halves", "whole"):
        assert from_npz(path, name, "y_train").images.dtype == np.float32
    for options, said in ((("x_train", "y_train", "NHWC"), r"layout NHWC needs 4 axes, found 3: x_train \(2, 3, 4\)"),
                          (("x_train", "y_train", "CHW"), "layout must be None or one of NHW, NHWC, NCHW, found 'CHW'"),
                          (("text", "y_train"), "expected numbers for text and integers for y_train, found <U2"),
                          (("x_train", "halves"), r"integers for halves, found uint8 \(2, 3, 4\) and float16 \(2, 3\)"),
                          (("f", "y_train"), "3 images need as many labels")):
        with pytest.raises(ValueError, match=said):
            from_npz(path, *options)


def test_nothing_is_unpickled(tmp_path):
    marker, path = tmp_path / "marker", tmp_path / "a.npz"
    np.savez(path, a=np.array([Calls(os.system, f"touch {marker}")], object), b=np.ones(2))
    with pytest.raises(ValueError, match=r"a has dtype object, expected numbers, bytes or text: Python objects and records "
                                         r"are"):
        read_npz(path)
    assert not marker.exists() and list(read_npz(path, ["b"])) == ["b"]
    np.savez(path, a=np.zeros(2, [("x", "f4"), ("y", object)]))
    with pytest.raises(ValueError, match=r"a has dtype \[\('x', '<f4'\), .*, expected numbers"):
        read_npz(path)


def npy(header, content=b""):
    text = header.encode() if isinstance(header, str) else repr(header).encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + content


def describe(shape, descr="|u1", order=False):
    return {"descr": descr, "fortran_order": order, "shape": shape}


@pytest.mark.parametrize(("data", "said"), [
    (npy(describe((1 << 50,))), r"\(1125899906842624,\) of uint8 needs 1125899906842624 bytes, expected at most"),
    (npy(describe((100,)), b"abc"), r"expected 100 bytes for .* \(100,\) of uint8, found at most \d+ in the file"),
    (npy(describe((64,)), b"abc"), r"expected 64 bytes for .*, found 3 \(truncated\)|found at most \d+ in the file"),
    (npy(describe((2,)), b"abc"), "expected 2 bytes for .*, found more bytes after them"),
    (npy(describe((0, 1 << 62, 1 << 62))), "expected a shape that an array can have"),
    (npy(describe((-1,))), "."), (npy(describe("x")), "expected an array .*, found ValueError"),
    (npy("import os"), "an array .*, found"), (npy("(" * 5000), "expected an array .*, found"),
    (npy("-" * 9000 + "1"), "expected an array .*, found"),
    (npy(describe((1,), "V999999999")), "has dtype .*V999999999"), (npy(describe((1,), "(9,9)u1")), "has dtype|found"),
    (b"\x93NUMPY\x09\x00", "expected an array .*, found ValueError"), (b"\x93NUMPY", "expected an array"),
    (npy({"descr": "|u1"}), "expected an array"),
])
@pytest.mark.parametrize("packed", [True, False])
def test_hostile_arrays(tmp_path, data, said, packed):
    path = tmp_path / ("a.npz" if packed else "a.npy")
    if packed:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.npy", data)
    else:
        path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ValueError, match=rf"^\[read_npz\] .*a\.np[zy]: .*{said}"):
            read_npz(path)


def test_damaged_files(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, a=np.arange(1000))
    right = path.read_bytes()
    for wrong in (b"", b"PK", right[:100], right[:-30], right[50:], bytes(1000), right[:80] + b"\xff" * 30 + right[110:]):
        path.write_bytes(wrong)
        with pytest.raises(ValueError, match=r"^\[read_npz\] .*: expected .*, found .*; the file is damaged or is another one"):
            read_npz(path)
    with pytest.raises(FileNotFoundError, match="expected a file of numpy's arrays, found a folder"):
        read_npz(tmp_path)
    with pytest.raises(FileNotFoundError, match="found nothing"):
        from_npz(tmp_path / "none.npz")


def test_limits(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, a=np.zeros(1000), b=np.zeros(1000))
    assert len(read_npz(path, max_bytes=16000)) == 2
    with pytest.raises(ValueError, match=r"b \(1000,\) of float64 needs 8000 bytes, expected at most 7999: pass a larger"):
        read_npz(path, max_bytes=15999)
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.npy", npy(describe((1,)), b"a"))
    path.write_bytes(other.getvalue())
    with pytest.raises(ValueError, match="expected a as numpy packs it, found compression of kind 14"):
        read_npz(path)
