"""Take the members of a tar archive, packed with gzip or not, by name: nothing is extracted to the disk.

Paths inside an archive are of no account: a member is known by the last part of its name. How large each may be is known
before; what is larger is refused, and so is an archive that unpacks to more than _MOST bytes before all members are found.

Source: POSIX.1-1988 "ustar", as the headers of tarfile.py give it.
"""

import os
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

_BLOCK = 512
_PIECE = 1 << 18
_MOST = 400 << 20
_FILES, _EMPTY = b"0\0007", b"123456"       # kinds of members: files; links, devices and folders, which have no content


def members(path: Path, sizes: Mapping[str, int], what: str) -> Iterator[tuple[str, bytes | bytearray]]:
    """(name, content) of each file that `sizes` names, in the order of the archive, or of `sizes` where `path` is a folder.

    sizes: name -> how many bytes it may have at most. ValueError, which begins with [what], for a member that is missing or too
    large and for a damaged archive.
    """
    if path.is_dir():
        for name, most in sizes.items():
            yield name, _from_folder(path / name, most, what)
        return
    missing = set(sizes)
    with path.open("rb") as stream:
        source = _Source(stream, path, what)
        for name, size in _headers(source):
            if name in missing:
                if size > sizes[name]:
                    raise source.bad(f"at most {sizes[name]} bytes in {name}", str(size))
                missing.remove(name)
                yield name, source.take(size)
                source.skip(-size % _BLOCK)
            else:
                source.skip(size + -size % _BLOCK)
            if not missing:
                return
    raise source.bad(f"members {', '.join(sizes)}", f"no {', '.join(sorted(missing))}")


def _from_folder(path: Path, most: int, what: str) -> bytes:
    if not path.is_file():
        raise ValueError(f"[{what}] {path.parent}: expected a file {path.name} in it, found none: unpack the archive again")
    with path.open("rb") as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise ValueError(f"[{what}] {path}: expected at most {most} bytes, found {os.stat(path).st_size}: "
                         "unpack the archive again")
    return content


def _headers(source: "_Source") -> Iterator[tuple[str, int]]:
    """(last part of the name, size) of each file; whoever asks for the next has taken, or skipped, the content."""
    while True:
        block = source.take(_BLOCK)
        if not any(block):
            return
        size, sum_ = _octal(block[124:136]), _octal(block[148:156])
        if size < 0 or sum_ != sum(block) - sum(block[148:156]) + 8 * ord(" "):
            raise source.bad("the header of a tar archive", "something else")
        kind = block[156:157]
        if kind in _FILES:
            yield block[:100].split(b"\0")[0].decode("utf-8", "replace").rsplit("/", 1)[-1], size
        elif kind not in _EMPTY:                    # names that are longer than 100 bytes, dates to the nanosecond ...
            source.skip(size + -size % _BLOCK)


def _octal(field: bytes | bytearray) -> int:
    """A number of a header; -1 for what is none, or one that octal digits do not hold."""
    text = field.split(b"\0")[0].strip(b" ")
    return int(text, 8) if text and not text.strip(b"01234567") else -1


class _Source:
    """The bytes of the archive, unpacked as far as they are asked for."""

    def __init__(self, stream: BinaryIO, path: Path, what: str) -> None:
        self.stream, self.path, self.what = stream, path, what
        self.packed = stream.read(2) == b"\x1f\x8b"
        stream.seek(0)
        self.inflate, self.rest, self.seen = zlib.decompressobj(wbits=31), b"", 0

    def bad(self, expected: str, found: str) -> ValueError:
        return ValueError(f"[{self.what}] {self.path}: expected {expected}, found {found}; the file is damaged or is another "
                          "one: delete it, and the next call looks elsewhere or downloads it again")

    def take(self, count: int) -> bytes | bytearray:
        """The next `count` bytes."""
        if count <= _PIECE:
            piece = self._some(count)
            if len(piece) == count:
                return piece
        else:
            piece = b""
        whole, done = bytearray(count), len(piece)
        whole[:done] = piece
        while done < count:
            piece = self._some(min(count - done, _PIECE))
            if not piece:
                raise self.bad(f"{count} bytes more", f"{done} (truncated)")
            whole[done:done + len(piece)] = piece
            done += len(piece)
        return bytes(whole) if count <= _PIECE else whole       # bytearray: nobody changes it, and a copy would take its time

    def skip(self, count: int) -> None:
        """Pass over `count` bytes."""
        while count > 0:
            piece = self._some(min(count, _PIECE))
            if not piece:
                raise self.bad(f"{count} bytes more", "the end (truncated)")
            count -= len(piece)

    def _some(self, most: int) -> bytes:
        """From 1 to `most` bytes; none at the end."""
        piece = self._unpacked(most) if self.packed else self.stream.read(most)
        self.seen += len(piece)
        if self.seen > _MOST:
            raise self.bad("its members near its beginning", f"more than {_MOST} bytes before them")
        return piece

    def _unpacked(self, most: int) -> bytes:
        while most:
            if self.inflate.eof:                    # gzip streams may follow each other
                self.rest, self.inflate = self.inflate.unused_data, zlib.decompressobj(wbits=31)
            self.rest = self.rest or self.stream.read(_PIECE)
            if not self.rest:
                return b""
            try:
                piece = self.inflate.decompress(self.rest, most)
            except zlib.error as error:
                raise self.bad("a sound gzip stream", str(error)) from None
            self.rest = self.inflate.unconsumed_tail
            if piece:
                return piece
        return b""
