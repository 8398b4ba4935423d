"""Find the files of a data set on this machine, or download them.

Where files are looked for, in this order; for each file the first place that has it wins:

    root                the argument, where given
    $MINIGRAD_DATA      a folder
    the user cache      what pooch calls os_cache("minigrad"): ~/.cache/minigrad on Linux

and in each as `<place>/mnist/<file>`, then as `<place>/<file>`. The second form is for a folder that holds one data set
and nothing else. A file that somebody has unpacked already (`train-images-idx3-ubyte` or `train-images.idx3-ubyte` for
`train-images-idx3-ubyte.gz`) is found where the packed one is not. Since MNIST and Fashion-MNIST use the same file
names, a file found in that second form counts only if it is the right one; in the folder that bears the set's name a
wrong file is an error. Every file is held against its size and sha256 each time it is used (0.05 s for MNIST), so what
is loaded is what the papers used.

What is missing is downloaded into the first of these places that is given: each mirror is tried in turn for each file,
a mirror that cannot be reached, or is slower than 50 kB a second over a minute and more, is not asked again, and a file
appears under its name only when whole and right.

    MINIGRAD_MIRRORS    replaces the built-in mirrors: base URLs with commas between, each laid out like the folder
                        above (`<base>/mnist/<file>`), so that `python -m http.server` in such a folder is a mirror;
                        the empty string means: no network
"""

import contextlib
import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from minigrad.system.console import stderr_is_a_terminal
from minigrad.system.files import whole_file

_TIMEOUT = (5, 10)  # seconds to connect, and between two pieces of an answer
_PATIENCE = 60.0, 50e3  # seconds, and bytes a second: no file may take longer than this makes together
_PIECE = 1 << 14


class DataFile(NamedTuple):
    """One file of a data set: its name, its size in bytes, its sha256 in hex; of a .gz also (size, sha256) of its content."""

    name: str
    size: int
    sha256: str
    content: tuple[int, str] | None = None

    def forms(self) -> "Iterator[DataFile]":
        """The file itself, then what it may be called unpacked."""
        yield self
        if self.content is not None:
            plain = self.name.removesuffix(".gz")
            yield from (DataFile(name, *self.content) for name in (plain, plain.replace("-idx", ".idx")))


class Collection(NamedTuple):
    """A data set: `name` is also its folder; each of `mirrors` is a URL to which a file's name is appended.

    by_hand: why it is never downloaded, and where it comes from; "" for what is. otherwise: what else will do.
    """

    name: str
    mirrors: tuple[str, ...]
    files: tuple[DataFile, ...]
    by_hand: str = ""
    otherwise: str = "use minigrad.data.synthetic_digits(), which makes digits in the same format and needs no network"


class DataUnavailable(RuntimeError):
    """A data set is not on this machine and could not be downloaded. The message says why and what to do."""


def find_or_fetch(collection: Collection, root: str | os.PathLike[str] | None = None,
                  download: bool = True) -> list[Path]:
    """The path of each file, in order, every one checked. See the head of this file for where they are looked for.

    ValueError for a file here that is not what it should be, DataUnavailable when a file cannot be had.
    """
    places = [Path(place).expanduser() for place in (root, os.environ.get("MINIGRAD_DATA")) if place]
    found = {file.name: find(collection, file, places) for file in collection.files}
    if None in found.values():
        places.append(user_cache())  # last, and only when needed: pooch takes a while to import
        found |= {file.name: find(collection, file, places[-1:]) for file in collection.files if not found[file.name]}
    missing = [file for file in collection.files if not found[file.name]]
    if missing:
        found |= fetch(collection, missing, places, download)
    return [path for path in found.values() if path]


def user_cache() -> Path:
    """The folder where downloads are kept when no other is given."""
    import pooch
    return Path(pooch.os_cache("minigrad"))


def find(collection: Collection, file: DataFile, places: Sequence[Path]) -> Path | None:
    """The first path in `places` that holds `file`, or None. ValueError for a wrong file where it should be right."""
    for place in places:
        for form in file.forms():
            named = place / collection.name / form.name
            if named.is_file():
                wrong = mismatch(named, form)
                if wrong:
                    raise ValueError(f"[{collection.name}] {named}: {wrong}; the file is damaged or is another one: " + (
                        "put the right one in its place" if collection.by_hand else
                        "delete it, and the next call looks elsewhere or downloads it again"))
                return named
        for form in file.forms():
            loose = place / form.name
            if loose.is_file() and not mismatch(loose, form):
                return loose
    return None


def mismatch(path: Path, file: DataFile) -> str:
    """What is wrong with the file at `path`, in words, or "" when it is `file`."""
    size = path.stat().st_size
    digest = "not computed"
    if size == file.size:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if digest == file.sha256:
            return ""
    return f"expected {file.size} bytes with sha256 {file.sha256}, found {size} bytes with sha256 {digest}"


def fetch(collection: Collection, missing: Sequence[DataFile], places: Sequence[Path],
          download: bool = True) -> dict[str, Path]:
    """Download the `missing` files into the first of `places`; returns name -> path.

    DataUnavailable when that is not wanted, no mirror can supply a file, or the folder cannot be written.
    """
    folder = places[0] / collection.name
    if collection.by_hand or not download:
        raise _unavailable(collection, missing, places, collection.by_hand or "download=False was given")
    mirrors = _mirrors(collection)
    if not mirrors:
        raise _unavailable(collection, missing, places, "MINIGRAD_MIRRORS is empty, which means no network")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unavailable(collection, missing, places, f"cannot write to {folder} ({error.strerror})") from error

    paths: dict[str, Path] = {}
    unreachable: set[str] = set()
    for file in missing:
        reasons: dict[str, str] = {}
        for mirror in mirrors:
            if mirror in unreachable:
                reasons[mirror] = "could not be reached"
                continue
            reason, reached = _download(mirror + file.name, folder / file.name, file)
            if not reason:
                paths[file.name] = folder / file.name
                break
            reasons[mirror] = reason
            if not reached:
                unreachable.add(mirror)
        else:
            with contextlib.suppress(OSError):              # nothing came into it, if it was made for this
                folder.rmdir()
            tried = "".join(f"\n  {mirror}{file.name}: {reason}" for mirror, reason in reasons.items())
            raise _unavailable(collection, [f for f in missing if f.name not in paths], places,
                               f"no mirror could supply {file.name}:{tried}\n")
    return paths


def _mirrors(collection: Collection) -> list[str]:
    chosen = os.environ.get("MINIGRAD_MIRRORS")
    if chosen is None:
        return list(collection.mirrors)
    bases = [base.strip() for base in chosen.split(",") if base.strip()]
    for base in bases:
        if not base.startswith(("http://", "https://")):
            raise ValueError(f"[{collection.name}] MINIGRAD_MIRRORS holds {base!r}, which is no http or https URL: "
                             "give base URLs with commas between; for a folder on this machine use MINIGRAD_DATA")
    return [f"{base.rstrip('/')}/{collection.name}/" for base in bases]


def _unavailable(collection: Collection, missing: Sequence[DataFile], places: Sequence[Path],
                 why: str) -> DataUnavailable:
    table = "\n".join(f"  {file.name}  {file.size} bytes  sha256 {file.sha256}" for file in missing)
    looked = ", ".join(f"{place / collection.name}" for place in places)
    return DataUnavailable(
        f"[{collection.name}] {len(missing)} of {len(collection.files)} files are missing and could not be fetched: "
        f"{why.rstrip()}\n"
        f"Looked in {looked}.\n"
        f"To go on, put these files into {places[0] / collection.name}, or into FOLDER/{collection.name} and set "
        f"MINIGRAD_DATA=FOLDER:\n{table}"
        + ("" if collection.by_hand else f"\nOr {collection.otherwise}."))


class _TooSlowError(Exception):
    """The time for a file is over."""


class _WrongBytesError(Exception):
    """A mirror sends something else than the file."""


class _Part:
    """What pooch writes a download into: hashes and counts as it goes, and stops a mirror that sends too much."""

    def __init__(self, stream: BinaryIO, file: DataFile, bar: Any) -> None:
        self.stream, self.file, self.bar = stream, file, bar
        self.size, self.sha, self.wanted = 0, hashlib.sha256(), True

    def write(self, piece: bytes) -> None:
        if not self.wanted:
            raise _WrongBytesError("too late")
        self.size += len(piece)
        if self.size > self.file.size:
            raise _WrongBytesError(f"wrong bytes (more than the {self.file.size} expected)")
        self.sha.update(piece)
        self.stream.write(piece)
        self.bar.update(len(piece))

    def flush(self) -> None:
        """pooch asks for it after every piece; closing the file does it."""

    def check(self) -> None:
        if self.size < self.file.size:
            raise _WrongBytesError(f"wrong bytes ({self.size} of {self.file.size})")
        if self.sha.hexdigest() != self.file.sha256:
            raise _WrongBytesError(f"wrong bytes (sha256 {self.sha.hexdigest()}, expected {self.file.sha256})")


def _download(url: str, path: Path, file: DataFile) -> tuple[str, bool]:
    """Fetch one file from one place. Returns ("", True), or (why not, whether the mirror was reached)."""
    import pooch
    import requests
    from tqdm import tqdm

    # Unpacked on the way, a .gz would no longer be the file: ask for it as it lies there.
    get = pooch.HTTPDownloader(chunk_size=_PIECE, timeout=_TIMEOUT, headers={"Accept-Encoding": "identity"})
    limit = _PATIENCE[0] + file.size / _PATIENCE[1]
    into = None
    try:
        with whole_file(path) as part, part.open("wb") as stream, tqdm(
                total=file.size, unit="B", unit_scale=True, desc=file.name, leave=False,
                disable=not stderr_is_a_terminal()) as bar:
            into = _Part(stream, file, bar)
            try:
                _within(limit, lambda: get(url, into, None))
            finally:
                into.wanted = False
            into.check()
        return "", True
    except _WrongBytesError as error:
        return str(error), True
    except _TooSlowError:
        return f"gave up after {limit:.3g} s, with {into.size if into else 0} of {file.size} bytes", False
    except requests.HTTPError as error:
        return str(error).partition(" for url")[0], True  # "404 Client Error: Not Found"
    except requests.Timeout:
        return f"no answer within {_TIMEOUT[1]} s", False
    except requests.exceptions.SSLError:
        return "its TLS certificate was not accepted", False
    except requests.RequestException as error:
        size = into.size if into else 0
        return _in_few_words(error, size, file.size), size > 0
    except OSError as error:  # after requests' errors, which are OSErrors too
        raise OSError(error.errno, f"[download] cannot write {path}: {error.strerror}; free some room, or choose "
                                   "another folder with MINIGRAD_DATA") from error


def _within(seconds: float, work: Callable[[], Any]) -> None:
    """work(), which is waited for no longer than that: time limits of a socket end no answer that drips, nor a slow DNS.

    Its thread is left behind if it is late. Nothing may hold on to a failure, nor to its open socket."""
    done, late = threading.Event(), threading.Event()
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            if not late.is_set():
                failures.append(error)
        finally:
            done.set()

    threading.Thread(target=run, name="minigrad download", daemon=True).start()
    if not done.wait(seconds):
        late.set()
        raise _TooSlowError
    if failures:
        raise failures.pop()


def _in_few_words(error: Exception, size: int, expected: int) -> str:
    text = str(error).lower()
    if size:
        return f"broke off after {size} of {expected} bytes"
    for sign, words in (("refused", "connection refused"), ("resolve", "host name not found"),
                        ("getaddrinfo", "host name not found"), ("proxy", "the proxy could not reach it")):
        if sign in text:
            return words
    return f"connection failed ({type(error).__name__})"
