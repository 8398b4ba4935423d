"""Read arrays of numbers from MATLAB's .mat files (level 5: what `save` wrote from version 5 on, packed or not).

Nothing else in such a file is read: cells, structures, text, objects and sparse arrays are passed over. It is done here, and
not by a library, because a damaged file makes the usual one read, and write, where nothing is its own.

    128 bytes   text, a version, and "IM" or "MI": the order of the bytes
    then        elements: type and size (uint32 each, or in one word where the content has at most 4 bytes), content, up to 8
    of type 14  an array: elements of its own: flags with the class, the sizes, the name, the numbers, column by column
    of type 15  any element, deflated

Source: MathWorks, "MAT-File Format", chapter 1.
"""

import math
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_ARRAY, _PACKED = 14, 15
_STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
_COMPLEX, _LOGICAL = 0x0800, 0x0200


def read_mat(path: str | os.PathLike[str], names: Sequence[str] | None = None, max_bytes: int = 1 << 30) -> dict[str, NDArray]:
    """The arrays of numbers in a .mat file by name, all or those of `names`: as MATLAB has them, of two axes or more.

    max_bytes: how many one variable may have. FileNotFoundError where there is no file; ValueError for a damaged file, a
    missing name, and for the older (4) and newer (7.3, which is HDF5) formats: `save -v7` writes this one.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"[read_mat] {path}: expected a .mat file, found {'a folder' if path.is_dir() else 'nothing'}")
    if path.stat().st_size > 2 * max_bytes:
        raise ValueError(f"[read_mat] {path}: expected at most max_bytes={max_bytes} in a variable, found "
                         f"{path.stat().st_size} in the "
                         "file: pass more, if there is memory for it")
    data = path.read_bytes()
    if data[:4] == b"\x89HDF" or data[512:516] == b"\x89HDF":
        raise ValueError(f"[read_mat] {path}: expected a file of MATLAB 5 to 7, found one of 7.3: write it by save -v7")
    order = {b"IM": "<", b"MI": ">"}.get(data[126:128])
    if order is None:
        raise _bad(path, "the header of a MATLAB 5 file", f"{data[:20]!r}")
    found: dict[str, NDArray] = {}
    try:
        for name, array in _variables(memoryview(data)[128:], order, max_bytes, names):
            found[name] = array
    except (ValueError, struct.error, zlib.error, UnicodeError) as error:
        raise _bad(path, "whole arrays", str(error)) from None
    missing = [name for name in names or () if name not in found]
    if missing:
        raise ValueError(f"[read_mat] {path}: expected arrays of numbers called {', '.join(names or ())}, found "
                         f"{', '.join(list(found)[:20]) or 'none of them'}: {missing[0]} is not there")
    return found


def _variables(data: memoryview, order: str, most: int, names: Sequence[str] | None) -> Iterator[tuple[str, NDArray]]:
    """(name, array) of each array of numbers."""
    for kind, content in _elements(data, order):
        if kind == _PACKED:
            inflate = zlib.decompressobj()
            content = memoryview(inflate.decompress(content, most + (1 << 16)))
            if len(content) > most:
                raise ValueError(f"a variable that unpacks to more than max_bytes={most}: pass more, if there is memory for it")
            if not inflate.eof:
                raise ValueError("a packed variable that is cut off")
            kind, content = next(_elements(content, order), (0, content))
        if kind == _ARRAY and (variable := _array(content, order, names)) is not None:
            yield variable


def _elements(data: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """(type, content) of the elements that follow each other."""
    at = 0
    while at < len(data):
        kind, size = struct.unpack(order + "II", data[at:at + 8])
        if kind >> 16:                                  # a small one: its size, its type, and four bytes
            kind, size, start = kind & 0xFFFF, kind >> 16, at + 4
            at += 8
            if size > 4:
                raise ValueError(f"a small element of {size} bytes")
        else:
            start = at + 8
            at = start + size + (0 if kind == _PACKED else -size % 8)
        if start + size > len(data):
            raise ValueError(f"an element of {size} bytes where {len(data) - start} are left (truncated)")
        yield kind, data[start:start + size]


def _array(data: memoryview, order: str, names: Sequence[str] | None) -> tuple[str, NDArray] | None:
    """(name, array); None for a variable of another kind, or that is not asked for."""
    parts = _elements(data, order)
    flags = struct.unpack(order + "I", _next(parts, 6)[:4])[0]
    sizes = _next(parts, 5)
    shape = struct.unpack(f"{order}{len(sizes) // 4}i", sizes)
    name = str(_next(parts, 1), "ascii")
    if flags & 0xFF not in _CLASSES or names is not None and name not in names:
        return None
    if not 2 <= len(shape) <= 32 or min(shape) < 0:
        raise ValueError(f"sizes {shape[:32]} of {name[:80]!r}")
    real = _numbers(parts, order, shape, name).astype(_CLASSES[flags & 0xFF])
    if flags & _COMPLEX:
        return name, real + 1j * _numbers(parts, order, shape, name)
    return name, real.astype(np.bool_) if flags & _LOGICAL else real


def _next(parts: Iterator[tuple[int, memoryview]], expected: int) -> memoryview:
    kind, content = next(parts, (0, memoryview(b"")))
    if kind != expected:
        raise ValueError(f"an element of type {kind} where one of type {expected} belongs")
    return content


def _numbers(parts: Iterator[tuple[int, memoryview]], order: str, shape: tuple[int, ...], name: str) -> NDArray:
    """The real, or the imaginary, part: MATLAB stores whole numbers in fewer bytes than their class has."""
    kind, content = next(parts, (0, memoryview(b"")))
    dtype = np.dtype(order + _STORED.get(kind, "V1"))
    if dtype.kind == "V" or math.prod(shape) * dtype.itemsize != len(content):      # Python integers: cannot overflow
        raise ValueError(f"{len(content)} bytes of type {kind} for {name[:80]!r} {shape}")
    return np.frombuffer(content, dtype).reshape(shape, order="F")


def _bad(path: Path, expected: str, found: str) -> ValueError:
    return ValueError(f"[read_mat] {path}: expected {expected}, found {found}; the file is damaged or is another one: save or "
                      "download it again")
