"""The one way in which minigrad writes files: whole or not there, whoever else writes, whenever it is killed.

A file is written beside its place under a name of its own, brought to the disk (fsync), and then moved into its place.
While it is written it is locked; so a part without a lock is what a killed process left, and the next one to write
that file clears it away.
"""

import errno
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

fcntl: Any
try:
    import fcntl
except ImportError:             # Windows, where an open file cannot be removed: that serves as well
    fcntl = None

_CANNOT_SYNC = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP}      # file systems that know no fsync


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """`with whole_file("a.csv") as part: write to part`: a.csv appears, or is replaced, when the block ends well.

    Folders on the way to it are made. A file that is replaced keeps its mode; of a symlink the target is replaced; a
    device or pipe gets the bytes at the end of the block. After an error, or Ctrl-C, nothing of it is left and an older
    file is as it was. OSErrors name the file; PermissionError for a file that is write-protected.
    """
    path = Path(path)
    with _naming(path):
        found = _stat(path)
        if found is not None and stat.S_ISDIR(found.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if found is not None and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, "The file is write-protected")
    if found is not None and not stat.S_ISREG(found.st_mode):
        with tempfile.TemporaryDirectory() as folder:
            part = Path(folder, path.name)
            yield part
            with _naming(path), path.open("wb") as device:
                device.write(part.read_bytes())
        return
    with _naming(path):
        target = Path(os.path.realpath(path, strict=path.exists()))
        target.parent.mkdir(parents=True, exist_ok=True)
        _clear(target, path.suffix)
        part, descriptor = _open_part(target, path.suffix)
    try:
        with _naming(path, part):
            yield part
            _sync(part)
            if found is not None:
                _take_after(part, found)
            if fcntl is None:
                descriptor = _closed(descriptor)
            os.replace(part, target)
            _sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)
        _closed(descriptor)


def check_writable(path: str | os.PathLike[str], size: int = 0) -> None:
    """OSError if `whole_file(path)` could not write a file of `size` bytes. Nothing is changed."""
    class Enough(Exception):
        pass

    with suppress(Enough), whole_file(path) as part:
        with part.open("wb") as stream:
            for at in range(0, size, 1 << 20):
                stream.write(bytes(min(size - at, 1 << 20)))
        _sync(part)
        raise Enough


def lock(descriptor: int) -> bool | None:
    """Lock an open file, until it is closed or the process ends. False if somebody else has it, None if that is unknown."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:             # a file system without locks
        return None
    return True


@contextmanager
def _naming(path: Path, part: Path | None = None) -> Iterator[None]:
    """OSErrors about the path or its part, or about nothing, name the path."""
    try:
        yield
    except OSError as error:
        about = os.fspath(error.filename) if isinstance(error.filename, os.PathLike) else error.filename
        if error.errno is None or part is not None and about not in (None, os.fspath(part)):
            raise
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _open_part(target: Path, suffix: str) -> tuple[Path, int]:
    """A new file beside the target, locked, of the mode that any new file has."""
    front, back = _around(target, suffix)
    while True:
        part = target.with_name(f"{front}{secrets.token_hex(8)}{back}")
        try:
            descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o666)
        except FileExistsError:
            continue
        if lock(descriptor) is not False and _stat(part) is not None:
            return part, descriptor
        os.close(descriptor)    # somebody who cleared up took it for a leftover before it had its lock
        part.unlink(missing_ok=True)


def _around(target: Path, suffix: str) -> tuple[str, str]:
    """How the names of a target's parts begin and end. They keep the suffix: writers look at it."""
    return f".{target.stem[:40]}.", f".part{suffix if len(suffix) <= 16 else ''}"


def _clear(target: Path, suffix: str) -> None:
    """Remove the parts of this target that nobody writes any more."""
    front, back = _around(target, suffix)
    for name in os.listdir(target.parent):
        middle = name[len(front):len(name) - len(back)]
        if name.startswith(front) and name.endswith(back) and len(middle) == 16 and not set(middle) - set("0123456789abcdef"):
            with suppress(OSError):
                _remove_unlocked(target.with_name(name))


def _remove_unlocked(left: Path) -> None:
    if fcntl is None:
        left.unlink()
        return
    descriptor = os.open(left, os.O_RDWR)
    try:
        if lock(descriptor):
            left.unlink()
    finally:
        os.close(descriptor)


def _take_after(part: Path, old: os.stat_result) -> None:
    """The mode, and where that is allowed the owner, of the file that is replaced."""
    new = part.stat()
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid) and hasattr(os, "chown"):
        with suppress(OSError):
            os.chown(part, old.st_uid, old.st_gid)
    os.chmod(part, stat.S_IMODE(old.st_mode))


def _sync(part: Path) -> None:
    descriptor = os.open(part, os.O_RDWR)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _closed(descriptor: int) -> int:
    if descriptor >= 0:
        os.close(descriptor)
    return -1
