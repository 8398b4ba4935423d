"""Arrays from numpy's .npz and .npy files, as data: nothing in them is unpickled, and nothing larger than allowed is made.

Each array's own header says its dtype and shape; that is held against the limit, and against the size of what is packed, before
room for it is made.
"""

import math
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from minigrad.data.dataset import Dataset
from minigrad.data.idx import DEFLATE_LIMIT

_LAYOUTS = "NHW", "NHWC", "NCHW"
_PIECE = 1 << 20


def read_npz(path: str | os.PathLike[str], names: Sequence[str] | None = None, max_bytes: int = 4 << 30) -> dict[str, NDArray]:
    """The arrays of an .npz file by name, all or those of `names`; of an .npy file the one array, by the name of the file.

    Any dtype of numbers, bytes or text; Python objects and records are refused: they would have to be unpickled. max_bytes: how
    many all arrays together may have. FileNotFoundError where there is no file, ValueError for everything that is wrong in it.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"[read_npz] {path}: expected a file of numpy's arrays, found "
                                f"{'a folder' if path.is_dir() else 'nothing'}")
    with path.open("rb") as stream:
        start = stream.read(6)
        stream.seek(0)
        if start == npy.MAGIC_PREFIX:
            return {path.stem: _array(stream, path, path.name, path.stat().st_size, max_bytes)}
        try:
            with zipfile.ZipFile(stream) as archive:
                return _arrays(archive, path, names, max_bytes)
        except (ValueError, MemoryError) as error:
            if isinstance(error, ValueError) and str(error).startswith("[read_npz]") or isinstance(error, MemoryError):
                raise
            raise _bad(path, "a whole .npz or .npy file", str(error)) from None
        except Exception as error:          # zipfile has half a dozen kinds for what is damaged
            raise _bad(path, "a whole .npz or .npy file", f"{type(error).__name__}: {error}") from None


def from_npz(path: str | os.PathLike[str], x: str = "x", y: str = "y", layout: str | None = None,
             classes: Sequence[str] | None = None, max_bytes: int = 4 << 30, device: str | None = None) -> Dataset:
    """The arrays called `x` and `y` of an .npz file as a Dataset: `from_npz("mnist.npz", "x_train", "y_train", layout="NHW")`.

    x: images or rows of numbers (N, ...); uint8 stays, every other kind of number becomes float32. y: integers (N,) or (N, 1).
    layout: None: as the array lies, "NHW": a channel is put in, "NHWC": the channels are moved to their place; then images are
    (N, C, H, W). ValueError and FileNotFoundError as of `read_npz`, and for arrays that do not fit together.
    """
    found = read_npz(path, (x, y), max_bytes)
    images, labels = found[x], found[y]
    if layout not in (None, *_LAYOUTS):
        raise ValueError(f"[from_npz] layout must be None or one of {', '.join(_LAYOUTS)}, found {layout!r}")
    if layout is not None and images.ndim != len(layout):
        raise ValueError(f"[from_npz] layout {layout} needs {len(layout)} axes, found {images.ndim}: {x} {images.shape}")
    if images.dtype.kind not in "buif" or labels.dtype.kind not in "ui":
        raise ValueError(f"[from_npz] {os.fspath(path)}: expected numbers for {x} and integers for {y}, found {images.dtype} "
                         f"{images.shape} and {labels.dtype} {labels.shape}: read_npz gives the arrays as they are")
    if layout == "NHW":
        images = images[:, None]
    elif layout == "NHWC":
        images = images.transpose(0, 3, 1, 2)
    if images.dtype != np.uint8:
        images = images.astype(np.float32)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    return Dataset(images, labels, Path(path).stem, classes, device)


def _arrays(archive: zipfile.ZipFile, path: Path, names: Sequence[str] | None, max_bytes: int) -> dict[str, NDArray]:
    entries = {entry.filename.removesuffix(".npy"): entry for entry in archive.infolist() if entry.filename.endswith(".npy")}
    missing = [name for name in names or () if name not in entries]
    if missing:
        raise ValueError(f"[read_npz] {path}: expected arrays {', '.join(names or ())}, found "
                         f"{', '.join(list(entries)[:20]) or 'none'}: {missing[0]} is not there")
    arrays: dict[str, NDArray] = {}
    for name in names or entries:
        if entries[name].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):   # others may ask for any memory
            raise _bad(path, f"{name} as numpy packs it", f"compression of kind {entries[name].compress_type}")
        with archive.open(entries[name]) as stream:
            arrays[name] = _array(stream, path, name, _room(entries[name], path.stat().st_size), max_bytes)
        max_bytes -= arrays[name].nbytes
    return arrays


def _room(entry: zipfile.ZipInfo, size: int) -> int:
    """What a member of a file of `size` bytes can unpack to at most: the zip may say anything."""
    packed = min(entry.compress_size, size)
    return min(entry.file_size, packed if entry.compress_type == zipfile.ZIP_STORED else DEFLATE_LIMIT * (packed + 64))


def _array(stream: IO[bytes], path: Path, name: str, size: int, max_bytes: int) -> NDArray:
    """One array, whose file has at most `size` bytes."""
    try:
        version = npy.read_magic(stream)
        header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, dtype = header(stream)
    except Exception as error:      # it is Python's grammar: a syntax error, too deep, another type ...
        raise _bad(path, f"an array {name}", f"{type(error).__name__}: {str(error)[:200]}") from None
    if dtype.kind not in "biufcSU" or dtype.hasobject:
        raise ValueError(f"[read_npz] {path}: {name} has dtype {str(dtype)[:80]}, expected numbers, bytes or text: Python "
                         "objects and records are not read, since they would have to be unpickled; save the numbers alone")
    needed = math.prod(shape) * dtype.itemsize          # Python integers: cannot overflow
    if needed > max_bytes:
        raise ValueError(f"[read_npz] {path}: {name} {shape} of {dtype} needs {needed} bytes, expected at most {max_bytes}: "
                         "pass a larger max_bytes=, if there is memory for it")
    if needed > size:
        raise _bad(path, f"{needed} bytes for {name} {shape} of {dtype}", f"at most {size} in the file")
    try:
        array = np.empty(shape, dtype, order="F" if fortran else "C")
    except ValueError as error:                         # nothing in it, and yet too large; more than 64 axes
        raise _bad(path, f"a shape that an array can have for {name}", f"{str(shape)[:200]} ({error})") from None
    room = array.reshape(-1, order="A").view(np.uint8).data if needed else memoryview(b"")
    done = 0
    while done < needed:
        piece = stream.read(min(_PIECE, needed - done))
        if not piece:
            raise _bad(path, f"{needed} bytes for {name}", f"{done} (truncated)")
        room[done:done + len(piece)] = piece
        done += len(piece)
    if stream.read(1):                                  # at the end of a member, zipfile holds its checksum
        raise _bad(path, f"{needed} bytes for {name}", "more bytes after them")
    native = array.dtype.newbyteorder("=")
    return array if native == array.dtype else array.astype(native)


def _bad(path: Path, expected: str, found: str) -> ValueError:
    return ValueError(f"[read_npz] {path}: expected {expected}, found {found}; the file is damaged or is another one: save or "
                      "download it again")
