"""CIFAR-10 and CIFAR-100: 50000 + 10000 colour photographs of 32 x 32, ten classes, or a hundred in twenty groups.

A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images" (2009). No licence is stated; the publisher asks that
this report be cited.

Each of these will do, in one of the places where `minigrad.data.fetch` looks for files (root, $MINIGRAD_DATA, the user cache),
there in the folder with the set's name, or beside it:

    cifar-10-batches-py/       cifar-100-python/           unpacked pickles, as torchvision leaves them
    cifar-10-batches-bin/      cifar-100-binary/           unpacked records of bytes
    cifar-10-python.tar.gz     cifar-100-python.tar.gz     what is downloaded where there is none
    cifar-10-binary.tar.gz     cifar-100-binary.tar.gz

Every member is held against its size and sha256 before anything in it is read, and pickles are read by `unpickle`, which runs
nothing. To unpack an archive takes two seconds, so the records are kept in the user cache, in the publisher's own form (184 MB;
they are written only if there is room, and held against the same checksums each time). `cache=False` does without.
"""

import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from minigrad.data import fetch
from minigrad.data.archives import members
from minigrad.data.cifar_files import CIFAR10, CIFAR100, PIXELS, Form, Kind, Member
from minigrad.data.dataset import Dataset
from minigrad.data.unpickle import unpickle
from minigrad.system.files import whole_file

Bytes = NDArray[np.uint8]
_ROOM = 1 << 30         # bytes that stay free where the records are kept


def cifar10(root: str | os.PathLike[str] | None = None, download: bool = True, device: str | None = None,
            cache: bool = True) -> tuple[Dataset, Dataset]:
    """(train, test): photographs of ten kinds of things, images uint8 (50000, 3, 32, 32) and (10000, 3, 32, 32), labels 0 to 9.

    Looked for, in any of its forms, under `root`, the folder in MINIGRAD_DATA, and the user cache; downloaded (170 MB) if it is
    in none of them. device: that of the Datasets. cache: keep what was unpacked in the user cache, for the next time.
    DataUnavailable when it cannot be had, ValueError when a file is damaged or another one.
    """
    return _load(CIFAR10, "labels", root, download, device, cache)


def cifar100(root: str | os.PathLike[str] | None = None, fine: bool = True, download: bool = True, device: str | None = None,
             cache: bool = True) -> tuple[Dataset, Dataset]:
    """(train, test) in the format of `cifar10`: 100 classes, or with fine=False their 20 groups (169 MB)."""
    return _load(CIFAR100, "fine_labels" if fine else "coarse_labels", root, download, device, cache)


def _load(kind: Kind, labels: str, root: str | os.PathLike[str] | None, download: bool, device: str | None,
          cache: bool) -> tuple[Dataset, Dataset]:
    name, column = kind.collection.name, list(kind.labels).index(labels)
    train, test = (Dataset(images, numbers[:, column], f"{name} {split}", kind.labels[labels], device)
                   for (images, numbers), split in zip(_arrays(kind, root, download, cache), ("train", "test"), strict=True))
    return train, test


def _arrays(kind: Kind, root: str | os.PathLike[str] | None, download: bool, cache: bool) -> list[tuple[Bytes, Bytes]]:
    """((images, labels) for training, the same for testing), from the first place that has them."""
    places = [Path(place).expanduser() for place in (root, os.environ.get("MINIGRAD_DATA")) if place]
    found = find(kind, places)
    if found is not None and found[1].is_dir():
        return read(kind, *found)
    last = fetch.user_cache()
    kept = last / kind.collection.name / kind.records.folder
    if cache and kept.is_dir():
        with suppress(ValueError, OSError):         # damaged: it is written anew
            return read(kind, kind.records, kept)
    found = found or find(kind, [last], kept)
    if found is None:
        file = kind.collection.files[0]
        found = kind.pickles, fetch.fetch(kind.collection, [file], [*places, last], download)[file.name]
    arrays = read(kind, *found)
    if cache and not found[1].is_dir():
        with suppress(OSError):                     # read-only, or full: it goes without
            _keep(kind, arrays, kept)
    return arrays


def find(kind: Kind, places: list[Path], but: Path | None = None) -> tuple[Form, Path] | None:
    """The first form of a set that lies in one of `places`, other than the path `but`: folders before archives. Not read."""
    for place in places:
        for folder in (place / kind.collection.name, place):
            for form in (kind.records, kind.pickles):
                path = folder / form.folder
                if path.is_dir() and path != but and any((path / member.name).is_file() for member in form.members):
                    return form, path
            for form in (kind.pickles, kind.records):
                if (folder / form.archive).is_file():
                    return form, folder / form.archive
    return None


def read(kind: Kind, form: Form, path: Path) -> list[tuple[Bytes, Bytes]]:
    """((images (N, 3, 32, 32), labels (N, kinds)) for training, the same for testing) of one form, every member checked."""
    name, known = kind.collection.name, {member.name: member for member in form.members}
    arrays = [_empty(kind, form, test) for test in (False, True)]
    for file, content in members(path, {member.name: member.most for member in form.members}, name):
        where, member = f"[{name}] {path}: {file}", known[file]
        digest = hashlib.sha256(content).hexdigest()
        if digest != member.sha256:
            raise ValueError(f"{where}: expected sha256 {member.sha256}, found {len(content)} bytes with {digest}; the file is "
                             "damaged or is another one: delete it, and the next call looks elsewhere or downloads it again")
        images, labels = (pickled if form.pickled else records)(kind, member, content, where)
        start = sum(other.images for other in form.members[:form.members.index(member)] if other.test == member.test)
        for whole, part in zip(arrays[member.test], (images, labels), strict=True):
            whole[start:start + member.images] = part
    return arrays


def _empty(kind: Kind, form: Form, test: bool) -> tuple[Bytes, Bytes]:
    count = sum(member.images for member in form.members if member.test == test)
    return np.empty((count, 3, 32, 32), np.uint8), np.empty((count, len(kind.labels)), np.uint8)


def pickled(kind: Kind, member: Member, content: bytes | bytearray, where: str) -> tuple[Bytes, Bytes]:
    """(images, labels) of a pickled batch: a dict with data, uint8 (N, 3072), and N numbers for each kind of label."""
    batch = unpickle(content, where)
    if not isinstance(batch, dict):
        raise ValueError(f"{where}: expected a dict of data and labels, found a {type(batch).__name__}")
    data = _entry(batch, "data")
    if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.shape != (member.images, PIXELS):
        found = f"{data.dtype} {data.shape}" if isinstance(data, np.ndarray) else f"a {type(data).__name__}"
        raise ValueError(f"{where}: expected data of uint8 {(member.images, PIXELS)}, found {found}")
    labels = np.empty((member.images, len(kind.labels)), np.uint8)
    for column, (key, names) in enumerate(kind.labels.items()):
        numbers = _entry(batch, key)
        if not isinstance(numbers, list) or len(numbers) != member.images or not all(
                type(number) is int and 0 <= number < len(names) for number in numbers):
            raise ValueError(f"{where}: expected {key}, a list of {member.images} numbers from 0 to {len(names) - 1}, found "
                             f"a {type(numbers).__name__} of something else")
        labels[:, column] = numbers
    return data.reshape(-1, 3, 32, 32), labels


def _entry(batch: dict, key: str) -> object:
    """Python 2 wrote its strings as bytes."""
    return batch.get(key.encode(), batch.get(key))


def records(kind: Kind, member: Member, content: bytes | bytearray, where: str) -> tuple[Bytes, Bytes]:
    """(images, labels) of a batch of records: a byte for each kind of label, then 3072 of pixels."""
    kinds = len(kind.labels)
    size = member.images * (kinds + PIXELS)
    if len(content) != size:
        raise ValueError(f"{where}: expected {member.images} records of {kinds + PIXELS} bytes, {size} in all, found "
                         f"{len(content)}")
    rows = np.frombuffer(content, np.uint8).reshape(member.images, kinds + PIXELS)
    for column, names in enumerate(kind.labels.values()):
        if rows.size and rows[:, column].max() >= len(names):
            raise ValueError(f"{where}: expected labels from 0 to {len(names) - 1}, found {rows[:, column].max()}")
    return rows[:, kinds:].reshape(-1, 3, 32, 32), rows[:, :kinds]


def _keep(kind: Kind, arrays: list[tuple[Bytes, Bytes]], folder: Path) -> None:
    """Write the records of a set into `folder`, each file whole or not at all. OSError where that cannot be."""
    nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if shutil.disk_usage(nearest).free < _ROOM + sum(member.most for member in kind.records.members):
        return
    done = {False: 0, True: 0}
    for member in kind.records.members:
        part = slice(done[member.test], done[member.test] + member.images)
        done[member.test] = part.stop
        images, labels = (whole[part] for whole in arrays[member.test])
        rows = np.concatenate([labels, images.reshape(len(images), PIXELS)], 1)
        if hashlib.sha256(rows.data).hexdigest() != member.sha256:
            return
        with whole_file(folder / member.name) as file:
            rows.tofile(file)
