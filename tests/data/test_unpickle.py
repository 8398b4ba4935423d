"""Pickles of arrays are read, and everything else in them is refused by name; nothing is run."""

import pickle

import numpy as np
import pytest

from minigrad.data.unpickle import unpickle
from tests.data.hostile import bombs, old_pickle


def same(a, b):
    if isinstance(b, np.ndarray):
        return isinstance(a, np.ndarray) and a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(b, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in b)
    if isinstance(b, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


THINGS = {"data": np.arange(12, dtype=np.uint8).reshape(3, 4), "labels": [0, 255, 256, 70000, -1, 2**40, True, None, 1.5],
          "words": ("", "ä", b"\xff" * 300, ()), "empty": {}, "nested": [[[]], {"a": [1]}]}


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_what_python_3_writes(protocol):
    """In whichever form its numpy writes arrays."""
    assert same(unpickle(pickle.dumps(THINGS, protocol), "x"), THINGS)


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize("dtype", ["?", "i1", "u2", "<i4", ">i4", "u8", "f2", ">f4", "f8", "c8", "c16"])
@pytest.mark.parametrize("shape", [(), (0,), (5,), (2, 3), (2, 0, 3)])
def test_arrays(protocol, dtype, shape):
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    for a in (array, np.asfortranarray(array)):
        found = unpickle(pickle.dumps({"a": a, "again": a}, protocol), "x")
        assert same(found, {"a": a, "again": a})
        assert found["a"] is found["again"] and not found["a"].flags.writeable


def test_what_python_2_wrote():
    batch = {"batch_label": "training batch 1 of 5", "labels": [6, 9], "data": np.arange(8, dtype=np.uint8).reshape(2, 4)}
    data = old_pickle(batch)
    found = unpickle(data, "x")
    assert same(found, {key.encode(): value.encode() if isinstance(value, str) else value for key, value in batch.items()})
    right = pickle.loads(data, encoding="bytes")
    assert same(found, right)
    renamed = data.replace(b"numpy.core", b"numpy._core")       # as numpy 2 calls it
    assert same(unpickle(renamed, "x"), right)


REFUSED = {"os.system": r"the name '(posix|nt)\.system' is refused", "eval": r"the name '(__builtin__|builtins)\.eval'",
           "in a dict": r"the name '(posix|nt)\.system'", "builtins.getattr": r"the name '(__builtin__|builtins)\.getattr'",
           "an object": r"the name '(__builtin__|builtins)\.bytearray'", "inst": "the instruction STRING is refused",
           "obj": "the (name 'os.system'|dtype 'O8')", "persistent": "the instruction PERSID",
           "extension": "the instruction EXT1",
           "a nested key": "a dict with a tuple for a key", "a long of 2": "an integer of -2147483648 bytes",
           "nested lists": "more than 524288 instructions", "a string of 2": r"something else at its end \(IndexError\)",
           "a void": "the dtype 'V9999999'", "a huge": r"1 bytes for an array \(2147483647, ",
           "a negative": "a shape that is a tuple of something else than sizes", "empty": "something else at its end",
           "only a stop": "something else at its end", "no stop": "something else at its end", "numpy.load": "the name 'numpy"}


def test_nothing_is_run_and_nothing_large_is_made(tmp_path):
    """Each of them; the four that are harmless data are read."""
    marker = tmp_path / "marker"
    for name, data in bombs(marker).items():
        if name in ("a cycle", "a memo of 2**32", "laughs", "nested tuples"):
            assert type(unpickle(data, name)) is {"a memo of 2**32": type(None), "nested tuples": tuple}.get(name, list)
            continue
        with pytest.raises(ValueError, match=rf"^\[unpickle\] {name.replace('*', '.')}: ") as error:
            unpickle(data, name)
        error.match(next((text for start, text in REFUSED.items() if name.startswith(start)), "refused"))
        assert not marker.exists() and len(str(error.value)) < 500


@pytest.mark.parametrize(("data", "said"), [
    (b"\x80\x02U\x01a(NNu.", "2 keys and values for a bytes"), (b"\x80\x02](Ne(NNNu.", "3 keys and values for a list"),
    (b"\x80\x02)Na.", "items for a tuple"), (b"\x80\x02}K\x01Ns.", "a dict with a int for a key is refused"),
    (b"\x80\x02cnumpy", "a name without an end at byte 3"), (b"\x80\x02cnumpy\ndtype\nNR.", "a call of a _Name is refused"),
    (b"\x80\x02NNb.", "a state for a NoneType is refused"), (b"\x80\x02cnumpy\ndtype\n)R.", "dtype with these arguments"),
    (b"\x80\x02X\x01\x00\x00\x00\xff.", r"something else at byte 8 \(UnicodeDecodeError\)"),
    (b"\xff.", "the instruction 0xff, which"),
    (b"\x80\x02h\x01.", r"something else .*\(KeyError\)"), (b"\x80\x02Nt.", r"something else .*\(IndexError\)"),
])
def test_damaged(data, said):
    with pytest.raises(ValueError, match=said):
        unpickle(data, "x")


def test_a_shape_that_no_array_can_have():
    data = pickle.dumps(np.zeros((0, 5, 5), np.uint8), 2)
    with pytest.raises(ValueError, match=r"a shape that no array can have, \(0, 9223372036854775807, 9223372036854775807\)"):
        unpickle(data.replace(b"K\x05", b"\x8a\x08" + b"\xff" * 7 + b"\x7f"), "x")
