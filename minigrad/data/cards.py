"""What is to be known of each data set that minigrad knows: `print(mg.data.card("cifar-10"))`; and where it lies."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from minigrad.data import cifar, fetch
from minigrad.data.cifar import cifar10, cifar100
from minigrad.data.cifar_files import CIFAR10, CIFAR100, FINE, THINGS, Form, Kind
from minigrad.data.courses import APM598, FACE_EMOTION, apm598, face_emotion
from minigrad.data.dataset import Dataset
from minigrad.data.fetch import Collection, DataFile
from minigrad.data.mnist import CLOTHES, DIGITS, FASHION_MNIST, MNIST, fashion_mnist, mnist
from minigrad.data.synthetic import synthetic_digits

Load = Callable[[str | os.PathLike[str] | None, bool], tuple[Dataset, ...]]


@dataclass(frozen=True)
class Card:
    """One data set: printed, everything that is known of it.

    samples: how many in each part; shape: of one sample; files: what is downloaded, or put there by hand, with sizes and
    sha256. load(root, download) gives its Datasets; collection: its files, None for what is made here.
    """

    name: str
    title: str
    call: str
    what: str
    samples: dict[str, int]
    shape: tuple[int, ...]
    dtype: str
    classes: tuple[str, ...]
    source: str
    licence: str
    citation: str
    load: Load
    collection: Collection | None = None
    kind: Kind | None = None
    note: str = ""

    @property
    def files(self) -> tuple[DataFile, ...]:
        return () if self.collection is None else self.collection.files

    @property
    def size(self) -> int:
        """Bytes of its files as they are handed out."""
        return sum(file.size for file in self.files)

    def __str__(self) -> str:
        samples = ", ".join(f"{count:,} {part}".strip() for part, count in self.samples.items())
        how = "made here" if self.collection is None else "put there by hand" if self.collection.by_hand else "downloaded"
        rows = [("load", f"{self.call}, {how}" + (f" ({amount(self.size)})" if self.size else "")), ("what", self.what),
                ("samples", samples), ("one sample", f"{self.dtype} {self.shape}"),
                ("classes", f"{len(self.classes)}: {', '.join(self.classes)}"), ("source", self.source),
                ("licence", self.licence),
                ("citation", self.citation), *([("note", self.note)] if self.note else []),
                *(("file" if i == 0 else "", f"{file.name}  {file.size} bytes  sha256 {file.sha256}")
                  for i, file in enumerate(self.files))]
        return "\n".join([f"{self.title} ({self.name})", *(f"  {head:11}{text}" for head, text in rows)])


def amount(size: int) -> str:
    """A number of bytes, in words."""
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"


class Found(NamedTuple):
    """A file, or a folder of files, of a set: where it lies, and what is wrong with it ("" if it was checked and is right)."""

    path: Path
    wrong: str


def card(name: str) -> Card:
    """What is known of the data set `name`: "mnist", "cifar-10" ... ValueError, which names them all, for an unknown one."""
    bare = _bare(name)
    for known in CARDS.values():
        if bare == _bare(known.name):
            return known
    raise ValueError(f"[card] there is no data set {name!r}: there are {', '.join(CARDS)}")


def places(root: str | os.PathLike[str] | None = None) -> list[Path]:
    """Where data sets are looked for, in order."""
    return [Path(place).expanduser() for place in (root, os.environ.get("MINIGRAD_DATA"), fetch.user_cache()) if place]


def locate(which: Card, root: str | os.PathLike[str] | None = None) -> list[Path]:
    """The files, or the folder of files, of a set that lie here; [] if not all of them do. ValueError for a wrong one of a set
    whose files are small enough to be checked in passing."""
    if which.collection is None:
        return []
    if which.kind is not None:
        found = cifar.find(which.kind, places(root))
        return [found[1]] if found else []
    paths = [fetch.find(which.collection, file, places(root)) for file in which.files]
    return [path for path in paths if path] if None not in paths else []


def verify(which: Card, root: str | os.PathLike[str] | None = None) -> list[Found]:
    """Each file of a set that lies here, held against its checksum to the last byte, and what is wrong with it; [] if none
    does."""
    if which.collection is None:
        return []
    if which.kind is not None:
        lying = [cifar.find(which.kind, [place]) for place in places(root)]
        return [Found(found[1], _wrong(which.kind, *found)) for found in lying if found]
    result = []
    for file in which.files:
        try:
            path = fetch.find(which.collection, file, places(root))
        except ValueError as error:
            result.append(Found(next(path for place in places(root) for form in file.forms()
                                     if (path := place / which.collection.name / form.name).is_file()), str(error)))
        else:
            result += [Found(path, "")] if path else []
    return result


def _wrong(kind: Kind, form: Form, path: Path) -> str:
    try:
        cifar.read(kind, form, path)
    except (ValueError, OSError) as error:
        return str(error)
    return ""


def _bare(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(" ", "")


_TRAIN_TEST = {"to train with": 60000, "to test with": 10000}
_PHOTOS = {"to train with": 50000, "to test with": 10000}
_TORONTO = "https://www.cs.toronto.edu/~kriz/cifar.html"
_KRIZHEVSKY = 'A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", University of Toronto (2009)'
_NONE = "none is stated"

CARDS = {entry.name: entry for entry in (
    Card("mnist", "MNIST", "mg.data.mnist()", "handwritten digits, white on black, centred", _TRAIN_TEST, (1, 28, 28), "uint8",
         DIGITS, "http://yann.lecun.com/exdb/mnist/", "none came with the files; often listed as CC BY-SA 3.0",
         'Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits" (1998), from NIST Special Databases 1 and '
         '3',
         lambda root, download: mnist(root, download), MNIST,
         note="pixels / 255 of the training set: mean 0.1307, std 0.3081"),
    Card("fashion-mnist", "Fashion-MNIST", "mg.data.fashion_mnist()", "pictures of clothes, in MNIST's format", _TRAIN_TEST,
         (1, 28, 28), "uint8", CLOTHES, "https://github.com/zalandoresearch/fashion-mnist", "MIT, (c) 2017 Zalando SE",
         'H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms", '
         "arXiv:1708.07747 (2017)", lambda root, download: fashion_mnist(root, download), FASHION_MNIST,
         note="pixels / 255 of the training set: mean 0.2860, std 0.3530"),
    Card("cifar-10", "CIFAR-10", "mg.data.cifar10()", "small colour photographs of ten kinds of things", _PHOTOS, (3, 32, 32),
         "uint8", THINGS, _TORONTO, _NONE + "; the publisher asks that the report be cited", _KRIZHEVSKY,
         lambda root, download: cifar10(root, download), CIFAR10.collection, CIFAR10,
         note="pixels / 255 of the training set: mean 0.4914 0.4822 0.4465, std 0.2470 0.2435 0.2616"),
    Card("cifar-100", "CIFAR-100", "mg.data.cifar100()", "small colour photographs of a hundred kinds of things, in twenty "
                                                         "groups "
         "(fine=False)", _PHOTOS, (3, 32, 32), "uint8", FINE, _TORONTO, _NONE + "; the publisher asks that the report be cited",
         _KRIZHEVSKY, lambda root, download: cifar100(root, download=download), CIFAR100.collection, CIFAR100),
    Card("face-emotion", "Face emotion", "mg.data.face_emotion()", "nine distances measured in pictures of faces", {"": 128},
         (9,),
         "float32", ("mad", "happy"), "CS/ECE/ME 532, University of Wisconsin-Madison", _NONE, "the course's homework 2 (2015)",
         lambda root, _: (face_emotion(root),), FACE_EMOTION),
    Card("apm598", "APM 598, homework 2", "mg.data.apm598()", "points of the plane in two classes", {"": 200}, (2,), "float32",
         ("class 1", "class 2"), "APM 598, Introduction to Deep Learning, Arizona State University", _NONE,
         "the course's homework 2", lambda root, _: (apm598(root),), APM598),
    Card("synthetic-digits", "Synthetic digits", "mg.data.synthetic_digits()", "handwriting-like digits in MNIST's format",
         _TRAIN_TEST, (1, 28, 28), "uint8", DIGITS, "minigrad/data/synthetic.py", "MIT, as minigrad", "none is needed",
         lambda root, download: synthetic_digits(), note="as many as are asked for, the same for the same seed; no network"),
)}
