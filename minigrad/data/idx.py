"""Read and write IDX, the file format of MNIST.

    byte 0-1   0, 0
    byte 2     element type (the table below)
    byte 3     number of dimensions
    then       each dimension as a big-endian uint32
    then       the elements, row-major, big-endian

Reading is strict. A bad magic number, another element type or number of dimensions than asked for, too few bytes or
too many: each is a ValueError which names the file, what was expected, what was found and what to do. The size that
the header promises is held against the size of the file before anything of that size is allocated, so a damaged
header cannot ask for all the memory there is. What gzip packs densely it could hold back from that check: above 256 MiB
it is unpacked once only to be counted.

Source: "THE IDX FILE FORMAT" at the foot of the MNIST page (Y. LeCun, C. Cortes, C. Burges).
"""

import gzip
import math
import os
import struct
import zlib
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from minigrad.system.files import whole_file

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_CODES = {np.dtype(text).newbyteorder("="): code for code, text in _TYPES.items()}

_REPAIR = "the file is damaged or is another one: delete it and fetch it again"
_GZIP_MAGIC = b"\x1f\x8b"
DEFLATE_LIMIT = 1032  # deflate cannot expand by more (zlib's technical notes)
_COUNTED = 256 << 20
_PIECE = 1 << 20


def read_idx(path: str | os.PathLike[str], dtype: object = None, ndim: int | None = None,
             max_bytes: int | None = None) -> NDArray:
    """The array in the IDX file `path`, plain or gzip (told by its first bytes), in native byte order.

    `dtype` and `ndim`, where given, are what the caller expects, `max_bytes` how many the elements may have at most.
    FileNotFoundError when there is no such file, ValueError for everything that is wrong inside.
    """
    with open(path, "rb") as stream:
        packed = stream.read(2) == _GZIP_MAGIC
        stream.seek(0)
        source: _Plain | _Gzip = _Gzip(stream, path) if packed else _Plain(stream)
        element, shape = _header(source, path, dtype, ndim)
        size = math.prod(shape) * element.itemsize  # Python integers: cannot overflow
        promise = f"{size} bytes of elements for shape {shape}"
        if size > source.at_most:
            raise _bad(path, promise, f"room for at most {source.at_most}")
        if max_bytes is not None and size > max_bytes:
            raise ValueError(f"[read_idx] {os.fspath(path)}: expected at most max_bytes={max_bytes}, found {promise}: pass "
                             "more, if there is memory for it")
        if packed and size > _COUNTED:
            _count(stream, path, 4 + 4 * len(shape), size, promise)
        try:
            array = np.empty(shape, element)
        except ValueError as error:     # nothing in it, and yet too large: (0, 2**32 - 1, 2**32 - 1, 2**32 - 1)
            raise _bad(path, "a shape that an array can have", f"{shape} ({error})") from None
        except MemoryError:
            raise MemoryError(f"[read_idx] {os.fspath(path)}: {promise} do not fit into the memory that is free") from None
        found = source.readinto(array.reshape(-1).view(np.uint8).data)
        if found < size:
            raise _bad(path, promise, f"{found} bytes (truncated)")
        if source.read(1):
            raise _bad(path, promise, "more bytes after them")
        source.finish()
    native = element.newbyteorder("=")
    return array if native == element else array.byteswap(inplace=True).view(native)


def _header(source: "_Plain | _Gzip", path: str | os.PathLike[str], dtype: object,
            ndim: int | None) -> tuple[np.dtype, tuple[int, ...]]:
    """The element type as it lies in the file, and the shape."""
    magic = source.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES or not 1 <= magic[3] <= 32:
        raise _bad(path, "an IDX magic number (00 00, a known element type, the number of dimensions)",
                   magic.hex(" ") or "an empty file")
    element, dims = np.dtype(_TYPES[magic[2]]), magic[3]
    if dtype is not None and element.newbyteorder("=") != np.dtype(dtype):  # type: ignore[call-overload]  # whatever numpy takes
        raise _bad(path, f"elements of type {np.dtype(dtype)}",  # type: ignore[call-overload]  # likewise
                   f"{element.newbyteorder('=')} (type code 0x{magic[2]:02x})")
    if ndim is not None and dims != ndim:
        raise _bad(path, f"{ndim} dimension{'s' * (ndim != 1)}", str(dims))
    header = source.read(4 * dims)
    if len(header) < 4 * dims:
        raise _bad(path, f"a header of {4 + 4 * dims} bytes", f"{4 + len(header)} bytes")
    return element, struct.unpack(f">{dims}I", header)


def _count(stream: BinaryIO, path: str | os.PathLike[str], header: int, size: int, promise: str) -> None:
    """Unpack once without keeping anything: so large an array is only asked for when its elements are there."""
    at = stream.tell()
    stream.seek(0)
    source, piece, found = _Gzip(stream, path), memoryview(bytearray(_PIECE)), -header
    while found < size and (more := source.readinto(piece)):
        found += more
    if found < size:
        raise _bad(path, promise, f"{found} bytes (truncated)")
    stream.seek(at)


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
    if max(array.shape) >= 2**32:       # it may hold nothing, and yet be so long
        raise ValueError(f"[write_idx] IDX has 32 bits for each dimension, which {array.shape} do not fit into")
    data = (struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
            + np.ascontiguousarray(array, np.dtype(_TYPES[code])).tobytes())
    if os.fspath(path).endswith(".gz"):
        data = gzip.compress(data, compresslevel=6, mtime=0)
    with whole_file(path) as part:
        part.write_bytes(data)


def _bad(path: str | os.PathLike[str], expected: str, found: str) -> ValueError:
    return ValueError(f"[read_idx] {os.fspath(path)}: expected {expected}, found {found}; {_REPAIR}")


class _Plain:
    """The bytes of an uncompressed file, read front to back."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream

    @property
    def at_most(self) -> int:
        """No more bytes than this can still come."""
        return os.fstat(self.stream.fileno()).st_size - self.stream.tell()

    def read(self, count: int) -> bytes:
        """The next `count` bytes, fewer at the end."""
        return self.stream.read(count)

    def readinto(self, view: memoryview) -> int:
        """Fill `view`; returns how many bytes there were, fewer at the end."""
        done = 0
        while done < len(view) and (more := self.stream.readinto(view[done:])):  # type: ignore[attr-defined]  # IO[bytes] hides it
            done += more
        return done

    def finish(self) -> None:
        """Nothing is left to check."""


class _Gzip:
    """The same over one gzip member, unpacked only as far as asked for."""

    def __init__(self, stream: BinaryIO, path: str | os.PathLike[str]) -> None:
        self.inflate, self.stream, self.rest, self.path = zlib.decompressobj(wbits=31), stream, b"", path

    @property
    def at_most(self) -> int:
        packed = len(self.rest) + os.fstat(self.stream.fileno()).st_size - self.stream.tell()
        return DEFLATE_LIMIT * (packed + 64)  # 64: what zlib has taken in and not yet handed out

    def read(self, count: int) -> bytes:
        piece = bytearray(count)
        return bytes(piece[:self.readinto(memoryview(piece))])

    def readinto(self, view: memoryview) -> int:
        done = 0
        try:
            while done < len(view) and not self.inflate.eof:
                self.rest = self.rest or self.stream.read(_PIECE)
                ended = not self.rest
                more = self.inflate.decompress(self.rest, min(len(view) - done, _PIECE))
                self.rest = self.inflate.unconsumed_tail
                view[done:done + len(more)] = more
                done += len(more)
                if ended and not more:
                    break
        except zlib.error as error:
            raise _bad(self.path, "a sound gzip stream", str(error)) from None
        return done

    def finish(self) -> None:
        """The stream must have ended (and with it its checksum held), and the file with it."""
        if not self.inflate.eof:
            raise _bad(self.path, "the end of the gzip stream", "a truncated file")
        rest = len(self.inflate.unused_data) + os.fstat(self.stream.fileno()).st_size - self.stream.tell()
        if rest:
            raise _bad(self.path, "the end of the file", f"{rest} bytes after the gzip stream")
