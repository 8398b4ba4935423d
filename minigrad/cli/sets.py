"""The data sets that `minigrad train` knows by name, as training, validation and test images."""

import argparse
from pathlib import Path
from typing import NamedTuple

from minigrad.cli.words import one_line, tell
from minigrad.data import Dataset, DataUnavailable, cifar10, fashion_mnist, image_folder, mnist, synthetic_digits

TITLES = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "cifar-10": "CIFAR-10"}
SPLIT_SEED = 0                                                      # every run has the same validation images
SIZES = {"mnist": (50000, 10000, 10000), "fashion-mnist": (50000, 10000, 10000), "cifar-10": (40000, 10000, 10000)}
QUICK = 4000, 1000, 2000            # training, validation, test


class Images(NamedTuple):
    """The three parts, and what the last line calls them."""

    training: Dataset
    validation: Dataset
    test: Dataset
    title: str


def load(name: str, root: str | None, quick: bool) -> Images:
    """The set of this name, or of a folder of images. DataUnavailable, but for MNIST, which synthetic digits stand in for."""
    if name not in TITLES:
        return _folder(Path(name), quick)
    sizes = QUICK if quick else SIZES[name]
    title = TITLES[name]
    try:
        training, test = {"mnist": mnist, "fashion-mnist": fashion_mnist, "cifar-10": cifar10}[name](root)
    except DataUnavailable as error:
        if name != "mnist":     # digits are no stand-in for clothes
            raise
        tell(f"MNIST cannot be had: {one_line(error)}\n"
             "So this run trains on synthetic digits, drawn now in MNIST's format; for MNIST put its files into "
             "FOLDER/mnist and pass --data FOLDER.")
        training, test = synthetic_digits(sizes[0] + sizes[1], sizes[2])
        title = "synthetic digits"
    training, validation = training.take(sizes[0] + sizes[1]).split(sizes[0], seed=SPLIT_SEED)
    return Images(training, validation, test.take(sizes[2]), title)


def _folder(path: Path, quick: bool) -> Images:
    """path/train/CLASS/*.png and path/test/CLASS/*.png, or path/CLASS/*.png, of which a sixth is put aside for the test."""
    if (path / "train").is_dir() and (path / "test").is_dir():
        training = image_folder(path / "train")
        _, channels, height, width = training.shape
        test = image_folder(path / "test", (height, width), channels, training.classes)
    else:
        training, test = image_folder(path).split(5 / 6, seed=SPLIT_SEED + 1)
    training, validation = training.split(5 / 6, seed=SPLIT_SEED)
    if quick:
        training, validation, test = (part.take(min(len(part), most))
                                      for part, most in zip((training, validation, test), QUICK, strict=True))
    return Images(training, validation, test, path.name)


def wanted(args: argparse.Namespace) -> tuple[str, str | None]:
    """(the name of a set, or a folder of images; the folder where sets lie, or None) that the arguments ask for."""
    if args.what in TITLES:
        return args.what, args.data
    return args.data, None
