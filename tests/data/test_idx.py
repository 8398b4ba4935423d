"""The IDX format: what is written comes back; whatever is wrong with a file is said, and nothing is half-written."""

import gzip
import re
import struct
import tracemalloc
import zlib

import numpy as np
import pytest

from minigrad.data import idx
from minigrad.data.idx import read_idx, write_idx

DTYPES = [np.uint8, np.int8, np.int16, np.int32, np.float32, np.float64]


def some(dtype, shape):
    return (np.arange(np.prod(shape)) % 120).reshape(shape).astype(dtype)


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3,), (0,), (4, 5), (2, 3, 4), (2, 0, 3)])
def test_round_trip(tmp_path, suffix, dtype, shape):
    array = some(dtype, shape)
    write_idx(tmp_path / f"a{suffix}", array)
    back = read_idx(tmp_path / f"a{suffix}", dtype, len(shape))
    np.testing.assert_array_equal(back, array)
    assert back.dtype == dtype and back.dtype.isnative and back.flags.writeable


def test_the_bytes_are_those_of_the_specification(tmp_path):
    write_idx(tmp_path / "a", np.array([[1, -2]], np.int16))
    assert (tmp_path / "a").read_bytes() == bytes.fromhex("00000b02 00000001 00000002 0001 fffe")


def test_other_memory_orders_and_byte_orders_are_written_right(tmp_path):
    array = some(np.int32, (4, 6))
    for other in (np.asfortranarray(array), array.astype(">i4"), array[::2, ::3]):
        write_idx(tmp_path / "a", other)
        np.testing.assert_array_equal(read_idx(tmp_path / "a"), other)


def test_gzip_output_is_reproducible(tmp_path):
    for name in ("a.gz", "b.gz"):
        write_idx(tmp_path / name, some(np.uint8, (9, 9)))
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


def test_writing_replaces_whole_and_leaves_nothing_else(tmp_path):
    write_idx(tmp_path / "a", some(np.uint8, (5,)))
    write_idx(tmp_path / "a", some(np.uint8, (2,)))
    assert [p.name for p in tmp_path.iterdir()] == ["a"] and len(read_idx(tmp_path / "a")) == 2


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    write_idx(tmp_path / "a", some(np.uint8, (5,)))

    def no_room(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", no_room)
    with pytest.raises(OSError, match="No space left"):
        write_idx(tmp_path / "a", some(np.uint8, (2,)))
    assert [p.name for p in tmp_path.iterdir()] == ["a"] and len(read_idx(tmp_path / "a")) == 5


def test_what_idx_cannot_hold(tmp_path):
    with pytest.raises(TypeError, match=r"\[write_idx\] IDX has no element type for int64 .*float64\): convert with"):
        write_idx(tmp_path / "a", np.zeros(3, np.int64))
    with pytest.raises(ValueError, match=r"\[write_idx\] IDX needs 1 to 32 dimensions, found 0: array \(\)"):
        write_idx(tmp_path / "a", np.float32(1))
    with pytest.raises(ValueError, match=r"\[write_idx\] IDX has 32 bits for each dimension, which \(0, 4294967296\)"):
        write_idx(tmp_path / "a", np.zeros((0, 2**32), np.uint8))
    assert not list(tmp_path.iterdir())


GOOD = struct.pack(">BBBB2I", 0, 0, 8, 2, 2, 3) + bytes(range(6))


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize(("raw", "message"), [
    (b"", r"expected an IDX magic number .*, found "),
    (b"\0\0\x08", "expected an IDX magic number .*, found 00 00 08; "),
    (b"<html>not found", "expected an IDX magic number .*, found 3c 68 74 6d; "),
    (b"\1" + GOOD[1:], "found 01 00 08 02; "),
    (b"\0\0\x0a\2" + GOOD[4:], "found 00 00 0a 02; "),
    (b"\0\0\x08\0", "found 00 00 08 00; "),
    (b"\0\0\x09\2" + GOOD[4:], r"expected elements of type uint8, found int8 \(type code 0x09\); "),
    (b"\0\0\x08\1" + GOOD[4:], "expected 2 dimensions, found 1; "),
    (GOOD[:9], "expected a header of 12 bytes, found 9 bytes; "),
    (GOOD + b"\0", r"expected 6 bytes of elements for shape \(2, 3\), found more bytes after them; "),
])
def test_bad_files(tmp_path, raw, message, packed):
    path = tmp_path / "digits-idx"
    path.write_bytes(gzip.compress(raw) if packed else raw)
    with pytest.raises(ValueError, match=message) as error:
        read_idx(path, np.uint8, 2)
    assert str(error.value).startswith(f"[read_idx] {path}: expected ")
    assert str(error.value).endswith("the file is damaged or is another one: delete it and fetch it again")


def test_truncated_elements(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(GOOD[:-1])
    with pytest.raises(ValueError, match=r"expected 6 bytes .* shape \(2, 3\), found room for at most 5"):
        read_idx(path)
    path.write_bytes(gzip.compress(GOOD[:-1]))
    with pytest.raises(ValueError, match=r"expected 6 bytes .* shape \(2, 3\), found 5 bytes \(truncated\)"):
        read_idx(path)


@pytest.mark.parametrize("dims", [(2**32 - 1,) * 3, (2**31, 1, 1), (2**32 - 1,) * 32])
@pytest.mark.parametrize("packed", [False, True])
def test_a_header_that_promises_too_much_is_refused_before_memory_is_asked_for(tmp_path, dims, packed):
    raw = struct.pack(f">BBBB{len(dims)}I", 0, 0, 8, len(dims), *dims) + bytes(100)
    (tmp_path / "a").write_bytes(gzip.compress(raw) if packed else raw)
    with pytest.raises(ValueError, match=r"found room for at most [0-9]+;"):
        read_idx(tmp_path / "a")


@pytest.mark.parametrize("dims", [(0,) + (2**32 - 1,) * 3, (2**32 - 1, 2**32 - 1, 0), (0,) * 32, (0,) + (2**32 - 1,) * 31])
@pytest.mark.parametrize("packed", [False, True])
def test_a_shape_without_elements_is_an_array_or_an_error_that_names_the_file(tmp_path, dims, packed):
    raw = struct.pack(f">BBBB{len(dims)}I", 0, 0, 8, len(dims), *dims)
    (tmp_path / "a").write_bytes(gzip.compress(raw) if packed else raw)
    if max(dims) == 0:
        assert read_idx(tmp_path / "a").shape == dims
        return
    with pytest.raises(ValueError, match=r"a: expected a shape that an array can have, found \(.*; the file is damaged"):
        read_idx(tmp_path / "a")


def test_a_packed_file_that_claims_more_than_it_holds_is_refused_before_memory_is_taken(tmp_path):
    """Of a size that the packed bytes could hold, but do not: so it is counted first."""
    claim = 600_000_000
    packer = zlib.compressobj(wbits=31)
    parts = [packer.compress(struct.pack(">BBBB1I", 0, 0, 8, 1, claim))]
    parts += [packer.compress(bytes(1 << 20)) for _ in range(40)]
    parts += [packer.flush(), bytes(600_000)]
    (tmp_path / "a.gz").write_bytes(b"".join(parts))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=rf"a\.gz: expected {claim} bytes .*, found {40 << 20} bytes \(truncated\)"):
            read_idx(tmp_path / "a.gz")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_large_packed_file_is_counted_and_then_read(tmp_path, monkeypatch):
    monkeypatch.setattr(idx, "_COUNTED", 100)
    for dtype in DTYPES:
        write_idx(tmp_path / "a.gz", some(dtype, (7, 99)))
        np.testing.assert_array_equal(read_idx(tmp_path / "a.gz"), some(dtype, (7, 99)))


def test_too_little_memory_names_the_file(tmp_path, monkeypatch):
    write_idx(tmp_path / "a", some(np.uint8, (5,)))

    def none_left(*args):
        raise MemoryError

    monkeypatch.setattr(np, "empty", none_left)
    with pytest.raises(MemoryError, match=r"\[read_idx\] .*a: 5 bytes of elements for shape \(5,\) do not fit"):
        read_idx(tmp_path / "a")


def test_a_gzip_bomb_is_not_unpacked(tmp_path):
    bomb = gzip.compress(GOOD + bytes(50_000_000))
    (tmp_path / "a.gz").write_bytes(bomb)
    with pytest.raises(ValueError, match="found more bytes after them"):
        read_idx(tmp_path / "a.gz")


def test_gzip_trouble(tmp_path):
    path, packed = tmp_path / "a.gz", gzip.compress(GOOD)
    for cut in range(11, len(packed)):
        path.write_bytes(packed[:cut])
        with pytest.raises(ValueError, match=re.escape(f"{path}: expected ")):
            read_idx(path)
    path.write_bytes(packed + b"tail")
    with pytest.raises(ValueError, match="expected the end of the file, found 4 bytes after the gzip stream"):
        read_idx(path)
    path.write_bytes(packed[:-8] + bytes(8))  # the checksum
    with pytest.raises(ValueError, match=r"expected a sound gzip stream, found .*incorrect data check"):
        read_idx(path)
    path.write_bytes(packed[:10] + b"\xff" * 20)
    with pytest.raises(ValueError, match="expected a sound gzip stream"):
        read_idx(path)


def test_a_large_well_compressed_file_is_not_taken_for_a_lie(tmp_path):
    write_idx(tmp_path / "a.gz", np.zeros((300, 100, 100), np.uint8))  # close to deflate's limit of 1032 : 1
    assert read_idx(tmp_path / "a.gz").shape == (300, 100, 100)


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "nowhere")
