"""`minigrad data`: which data sets there are, where they lie, whether their files are right, and what is in them."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import minigrad as mg
from minigrad.cli.pictures import draw_classes
from minigrad.cli.words import one_line, say, tell
from minigrad.data import DataUnavailable, cards
from minigrad.data.cards import CARDS, Card
from minigrad.system.files import check_writable


def list_sets(args: argparse.Namespace) -> int:
    """A line for each set; returns the exit code."""
    say(f"{'name':18}{'samples':18}{'one of them':13}{'classes':>7}{'files':>10}  where")
    for which in CARDS.values():
        samples = " + ".join(f"{count:,}" for count in which.samples.values())
        shape = " x ".join(map(str, which.shape))
        say(f"{which.name:18}{samples:18}{shape:13}{len(which.classes):7}{cards.amount(which.size) if which.size else '':>10}  "
            f"{_where(which, args.data)}")
    say(f"\nLooked in {', '.join(map(str, cards.places(args.data)))}.")
    return 0


def get(args: argparse.Namespace) -> int:
    """Find or download each set that is named, and load it once; returns the exit code."""
    code = 0
    for which in args.names:
        try:
            parts = which.load(args.data, True)
        except (DataUnavailable, ValueError, ImportError) as error:
            tell(f"minigrad: {error}")
            code = 1
            continue
        found = cards.locate(which, args.data)
        say(f"{which.name}: {_folders(found) if found else 'made here, there is nothing to download'}; "
            f"{' and '.join(f'{len(part):,}' for part in parts)} samples, {which.call}")
    return code


def verify(args: argparse.Namespace) -> int:
    """Hold every file that is here against its checksum; returns the exit code: 1 if one is wrong, or a set that was named
    absent."""
    code = 0
    for which in args.names or CARDS.values():
        found = cards.verify(which, args.data)
        for path, wrong in found:
            say(f"{which.name:18}{wrong or f'right: {path}'}")
            code |= bool(wrong)
        if not found and which.collection is not None:
            say(f"{which.name:18}not here")
            code |= bool(args.names)
    return code


def show(args: argparse.Namespace) -> int:
    """The card of a set, how many samples of each class, and a picture of some; returns the exit code."""
    if args.out is not None:
        if args.out.exists() and not args.force:
            args.parser.error(f"--out {args.out} exists: choose another name, or --force to overwrite it")
        check_writable(args.out)
    if isinstance(args.name, Card):
        say(str(args.name))
        parts: tuple[Any, ...] = args.name.load(args.data, False)
    else:
        parts = (_own(args.name, args.target),)
    for part in parts:
        say(f"\n{part!r}")
        for name, count in _counts(part):
            say(f"  {name:32}{count:8,}")
    if args.out is not None:
        draw_classes(parts[0], args.out, args.per_class)
        say(f"\nwritten: {args.out}")
    return 0


def _own(path: Path, target: str | None) -> Any:
    """A set of the user's own, by what lies there."""
    if path.is_dir():
        return mg.data.image_folder(path, 64)
    if path.suffix in (".npz", ".npy"):
        arrays = mg.data.read_npz(path)
        x, y = next(((x, x.replace("x", "y")) for x in ("x", "x_train") if x in arrays), ("", ""))
        if x not in arrays or y not in arrays:
            raise ValueError(f"[data show] {path}: expected arrays x and y, or x_train and y_train, found {', '.join(arrays)}: "
                             "mg.data.from_npz takes them by other names")
        return mg.data.from_npz(path, x, y)
    return mg.data.from_csv(path, -1 if target is None else target)


def _counts(part: Any) -> Iterator[tuple[str, int]]:
    """(class, how many) in the order of the labels."""
    if part.classes is None:
        yield from ((f"class {label}", int(count)) for label, count in zip(*np.unique(part.labels, return_counts=True),
                                                                         strict=True))
    else:
        yield from zip(part.classes, map(int, np.bincount(part.labels, minlength=len(part.classes))), strict=True)


def _where(which: Card, root: Path | None) -> str:
    if which.collection is None:
        return "made when it is asked for"
    try:
        found = cards.locate(which, root)
    except ValueError as error:
        return one_line(error)
    if found:
        return _folders(found)
    return "not here, and not to be downloaded" if which.collection.by_hand else f"not here: minigrad data get {which.name}"


def _folders(paths: list[Path]) -> str:
    return " and ".join(sorted({str(path if path.is_dir() else path.parent) for path in paths}))
