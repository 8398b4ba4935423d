"""MATLAB's files: what scipy writes is read as scipy reads it, and what is damaged is an error."""

import struct
import zlib

import numpy as np
import pytest

from minigrad.data import read_mat

ARRAYS = {"X": np.arange(12.).reshape(4, 3) / 7, "y": np.array([[1], [-1]], np.int16), "whole": np.full((2, 2), 3.),
          "row": np.ones(5),
          "z": np.array([[1 + 2j, 3]]), "yes": np.array([[True, False]]), "none": np.zeros((0, 3)),
          "deep": np.zeros((2, 3, 4), np.uint8),
          "f": np.ones((1, 1), np.float32), **{f"i{n}": np.full((1, 3), n, f"i{n // 8}") for n in (8, 32, 64)},
          **{f"u{n}": np.full((3, 1), n, f"u{n // 8}") for n in (16, 32, 64)}}
OTHERS = {"text": "abc", "cell": np.array([[1, "a"]], object), "struct": {"a": 1., "b": np.ones(3)}}


def written(tmp_path, arrays, **options):
    scipy_io = pytest.importorskip("scipy.io", reason="scipy writes the files")
    path = tmp_path / "a.mat"
    scipy_io.savemat(path, arrays, **options)
    return path, {name: array for name, array in scipy_io.loadmat(path).items() if name in ARRAYS}


@pytest.mark.parametrize("packed", [True, False])
def test_what_scipy_writes(tmp_path, packed):
    path, right = written(tmp_path, ARRAYS | OTHERS, do_compression=packed)
    found = read_mat(path)
    assert set(found) == set(ARRAYS)
    for name, array in right.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == (np.bool_ if name == "yes" else array.dtype), name
    assert list(read_mat(path, ["y", "f"])) == ["y", "f"]
    with pytest.raises(ValueError, match=r"expected arrays of numbers called X, text, found X: text is not there"):
        read_mat(path, ["X", "text"])


def element(kind, content, order="<"):
    return struct.pack(order + "II", kind, len(content)) + content + bytes(-len(content) % 8)


def array(order="<", shape=(2, 1), numbers=None, kind=9, flags=6, name=b"a"):
    numbers = struct.pack(order + "2d", 1, 2) if numbers is None else numbers
    return element(14, element(6, struct.pack(order + "II", flags, 0), order)
                   + element(5, struct.pack(f"{order}{len(shape)}i", *shape), order)
                   + element(1, name, order) + element(kind, numbers, order), order)


def file(content, order="<"):
    return b"MATLAB".ljust(124) + struct.pack(order + "H", 0x100) + (b"IM" if order == "<" else b"MI") + content


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("packed", [True, False])
def test_both_orders_of_bytes_and_small_elements(tmp_path, order, packed):
    small = struct.pack(order + "I", 2 << 16 | 2) + b"\7\x09\0\0"          # size 2, type 2: bytes
    content = array(order) + array(order, kind=77, numbers=b"", name=b"b").replace(struct.pack(order + "II", 77, 0), small)
    if packed:
        body = zlib.compress(content)
        content = struct.pack(order + "II", 15, len(body)) + body
    (tmp_path / "a.mat").write_bytes(file(content, order))
    found = read_mat(tmp_path / "a.mat")
    assert found["a"].tolist() == [[1], [2]] and (packed or found["b"].tolist() == [[7], [9]])


@pytest.mark.parametrize(("data", "said"), [
    (b"", "the header of a MATLAB 5 file"), (b"x" * 500, "the header of a MATLAB 5 file, found b'xxx"),
    (b"\x89HDF\r\n", r"expected a file of MATLAB 5 to 7, found one of 7\.3: write it by save -v7"),
    (file(array()[:-9]), "truncated"),
    (file(array()[:6]), "expected whole arrays"), (file(array(shape=(1 << 30, 1 << 30))), "16 bytes of type 9 for 'a' "),
    (file(array(shape=(-1, 2))), r"sizes \(-1, 2\) of 'a'"), (file(array(shape=(2,))), r"sizes \(2,\)"),
    (file(array(shape=(1,) * 40)), "sizes"), (file(array(kind=99)), "type 99 for 'a'"),
    (file(element(14, b"")), "type 0 where"),
    (file(element(14, element(5, b"12345678"))), "an element of type 5 where one of type 6 belongs"),
    (file(array(name=b"\xff")), "ascii"), (file(struct.pack("<II", 15, 4) + b"abcd"), "Error -3"),
    (file(struct.pack("<HH", 1, 9) + b"abcd"), "a small element of 9 bytes"),
    (file(struct.pack("<II", 15, 9) + zlib.compress(array())[:9]), "a packed variable that is cut off"),
    (file(struct.pack("<II", 15, len(zlib.compress(bytes(99999)))) + zlib.compress(bytes(99999))), "more than max_bytes=5000"),
])
def test_damaged_and_hostile(tmp_path, data, said):
    (tmp_path / "a.mat").write_bytes(data)
    with pytest.raises(ValueError, match=r"^\[read_mat\] .*a\.mat: ") as error:
        read_mat(tmp_path / "a.mat", max_bytes=5000)
    error.match(said)


def test_what_is_not_there_or_too_large(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"expected a \.mat file, found nothing"):
        read_mat(tmp_path / "none.mat")
    with pytest.raises(FileNotFoundError, match="found a folder"):
        read_mat(tmp_path)
    (tmp_path / "a.mat").write_bytes(bytes(300))
    with pytest.raises(ValueError, match="expected at most max_bytes=100 in a variable, found 300 in the file"):
        read_mat(tmp_path / "a.mat", max_bytes=100)
    pytest.importorskip("scipy", reason="scipy writes the file")
    with pytest.raises(ValueError, match="the header of a MATLAB 5 file"):
        read_mat(written(tmp_path, {"a": np.ones(3)}, format="4")[0])
