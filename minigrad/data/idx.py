"""Read and write IDX, the file format of MNIST.

    byte 0-1   0, 0
    byte 2     element type (the table below)
    byte 3     number of dimensions
    then       each dimension as a big-endian uint32
    then       the elements, row-major, big-endian

Reading is strict. A bad magic number, another element type or number of dimensions than asked for, too few bytes or
too many: each is a ValueError which names the file, what was expected, what was found and what to do. The size that
the header promises is held against the size of the file before anything of that size is allocated, so a damaged
header cannot ask for all the memory there is.

Source: "THE IDX FILE FORMAT" at the foot of the MNIST page (Y. LeCun, C. Cortes, C. Burges).
"""

import gzip
import math
import os
import struct
import uuid
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_CODES = {np.dtype(text).newbyteorder("="): code for code, text in _TYPES.items()}

_REPAIR = "the file is damaged or is another one: delete it and fetch it again"
_GZIP_MAGIC = b"\x1f\x8b"
_DEFLATE_LIMIT = 1032  # deflate cannot expand by more (zlib's technical notes)


def read_idx(path: str | os.PathLike[str], dtype: object = None, ndim: int | None = None) -> NDArray:
    """The array in the IDX file `path`, plain or gzip (told by its first bytes), in native byte order.

    `dtype` and `ndim`, where given, are what the caller expects. FileNotFoundError when there is no such file,
    ValueError for everything that is wrong inside.
    """
    raw = Path(path).read_bytes()
    source: _Plain | _Gzip = _Gzip(raw, path) if raw[:2] == _GZIP_MAGIC else _Plain(raw)

    magic = source.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES or not 1 <= magic[3] <= 32:
        raise _bad(path, "an IDX magic number (00 00, a known element type, the number of dimensions)",
                   magic.hex(" ") or "an empty file")
    element, dims = np.dtype(_TYPES[magic[2]]), magic[3]
    if dtype is not None and element.newbyteorder("=") != np.dtype(dtype):  # type: ignore[call-overload]
        raise _bad(path, f"elements of type {np.dtype(dtype)}",  # type: ignore[call-overload]
                   f"{element.newbyteorder('=')} (type code 0x{magic[2]:02x})")
    if ndim is not None and dims != ndim:
        raise _bad(path, f"{ndim} dimension{'s' * (ndim != 1)}", str(dims))

    header = source.read(4 * dims)
    if len(header) < 4 * dims:
        raise _bad(path, f"a header of {4 + 4 * dims} bytes", f"{4 + len(header)} bytes")
    shape = struct.unpack(f">{dims}I", header)
    size = math.prod(shape) * element.itemsize  # Python integers: cannot overflow
    if size > source.at_most:
        raise _bad(path, f"{size} bytes of elements for shape {shape}", f"room for at most {source.at_most}")

    body = source.read(size)
    if len(body) < size:
        raise _bad(path, f"{size} bytes of elements for shape {shape}", f"{len(body)} bytes (truncated)")
    if source.read(1):
        raise _bad(path, f"{size} bytes of elements for shape {shape}", "more bytes after them")
    source.finish()
    return np.frombuffer(body, element).reshape(shape).astype(element.newbyteorder("="))  # a writable copy


def write_idx(path: str | os.PathLike[str], array: NDArray) -> None:
    """Write `array` (uint8, int8, int16, int32, float32 or float64; at least one dimension) as IDX.

    A name that ends in `.gz` is compressed, without a time stamp: the same array gives the same bytes. The file
    appears whole or not at all. TypeError for another dtype, ValueError for a 0-d array.
    """
    array = np.asarray(array)
    code = _CODES.get(array.dtype.newbyteorder("="))
    if code is None:
        raise TypeError(f"[write_idx] IDX has no element type for {array.dtype} (it has "
                        f"{', '.join(str(known) for known in _CODES)}): convert with astype first")
    if array.ndim == 0 or array.ndim > 32:
        raise ValueError(f"[write_idx] IDX needs 1 to 32 dimensions, found {array.ndim}: array {array.shape}")
    data = (struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
            + np.ascontiguousarray(array, np.dtype(_TYPES[code])).tobytes())
    if os.fspath(path).endswith(".gz"):
        data = gzip.compress(data, compresslevel=6, mtime=0)
    part = Path(f"{os.fspath(path)}.{uuid.uuid4().hex}.part")
    try:
        part.write_bytes(data)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _bad(path: str | os.PathLike[str], expected: str, found: str) -> ValueError:
    return ValueError(f"[read_idx] {os.fspath(path)}: expected {expected}, found {found}; {_REPAIR}")


class _Plain:
    """The bytes of an uncompressed file, read front to back."""

    def __init__(self, raw: bytes) -> None:
        self.raw, self.at = raw, 0

    @property
    def at_most(self) -> int:
        """No more bytes than this can still come."""
        return len(self.raw) - self.at

    def read(self, count: int) -> bytes:
        """The next `count` bytes, fewer at the end."""
        piece = self.raw[self.at:self.at + count]
        self.at += len(piece)
        return piece

    def finish(self) -> None:
        """Nothing is left to check."""


class _Gzip:
    """The same over one gzip member, unpacked only as far as asked for."""

    def __init__(self, raw: bytes, path: str | os.PathLike[str]) -> None:
        self.inflate, self.rest, self.path = zlib.decompressobj(wbits=31), raw, path

    @property
    def at_most(self) -> int:
        return _DEFLATE_LIMIT * (len(self.rest) + 64)  # 64: what zlib has taken in and not yet handed out

    def read(self, count: int) -> bytes:
        piece = b""
        try:
            while len(piece) < count and not self.inflate.eof:
                more = self.inflate.decompress(self.rest, count - len(piece))
                stuck = not more and len(self.inflate.unconsumed_tail) == len(self.rest)
                self.rest = self.inflate.unconsumed_tail
                piece += more
                if stuck:
                    break
        except zlib.error as error:
            raise _bad(self.path, "a sound gzip stream", str(error)) from None
        return piece

    def finish(self) -> None:
        """The stream must have ended (and with it its checksum held), and the file with it."""
        if not self.inflate.eof:
            raise _bad(self.path, "the end of the gzip stream", "a truncated file")
        if self.inflate.unused_data:
            raise _bad(self.path, "the end of the file", f"{len(self.inflate.unused_data)} bytes after the gzip stream")
