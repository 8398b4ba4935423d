"""What a Loader's `transform=` may be, and how it is run.

A transform changes whole batches of inputs, before pixels become numbers from 0 to 1. It is either a plain function
images -> images, or an object with

    apply(images, seed, epoch, indices) -> images

    images   (B, C, H, W), or (B, ...): raw, in the dtype of the data, uint8 pixels from 0 to 255 or floats; its own to write to
    seed, epoch   integers: the Loader's seed, and the epoch
    indices  int64 (B,): which sample of the data each image is (of data that come in batches: its number within the epoch)
    returns  (B, ...): B rows, of any shape; uint8, or floats

What is random about sample i must depend on (seed, epoch, i) only (`minigrad.data.streams` has keyed random numbers): then it
is the same for any batch size, in whatever thread it is made, and after a resume.

What comes back as it went in, uint8 for uint8 and floats for floats, is still data: the Dataset's rule (pixels / 255,
`normalize`) is applied to it. Floats made of uint8 are finished, and handed out as they are. Three more things are asked of an
object, each of them optional:

    keeps_units = True          floats that it makes of uint8 are pixels too, from 0 to 255: apply the rule
    evaluation() -> transform   what is left of it when a model is measured (`evaluate`, `validation=`): resizing stays, random
                                crops go; None for nothing. Without it, all of it stays
    apply_pairs(images, targets, seed, epoch, indices, fetch) -> (images, targets)
                                instead of `apply`, for what mixes samples (mixup, cutmix). targets: as they are handed out,
                                int64 (B,) classes or floats (B, ...); fetch(indices) gives (images, targets) of any other
                                samples of the data in the same raw form, and len(fetch) says how many there are, so that a
                                partner can be chosen by (seed, epoch, i) alone; it is None where the data come in batches

`minigrad.data.transforms` has the usual ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from minigrad.data.passes import Pass

Fetch = Callable[[NDArray[np.int64]], tuple[NDArray, Any]]


@dataclass(frozen=True)
class Others:
    """What a transform is given as `fetch`: read(indices) -> (images, targets) of any of the `count` samples of the data."""

    read: Fetch
    count: int

    def __len__(self) -> int:
        return self.count

    def __call__(self, indices: NDArray[np.int64]) -> tuple[NDArray, Any]:
        return self.read(indices)


class Transform(Protocol):
    """An object that changes whole batches of inputs; see above."""

    def apply(self, images: NDArray, seed: int, epoch: int, indices: NDArray[np.int64]) -> NDArray:
        """(B, ...) raw images -> (B, ...), each keyed by (seed, epoch, its index)."""


class Plain:
    """A function images -> images as a Transform."""

    def __init__(self, function: Callable[[NDArray], NDArray]) -> None:
        self.function = function

    def apply(self, images: NDArray, seed: int, epoch: int, indices: NDArray[np.int64]) -> NDArray:
        return self.function(images)


def as_transform(transform: Any) -> Transform | None:
    """The Transform that a Loader was given, as an object. TypeError for what is none."""
    if transform is None:
        return None
    if isinstance(transform, type):
        raise TypeError(f"[Loader] transform must be one, found the class {transform.__name__}: write "
                        f"{transform.__name__}(...), with brackets, which makes one")
    if type(transform).__module__.partition(".")[0] == "torchvision":
        raise TypeError(f"[Loader] a {type(transform).__name__} of torchvision works on one image, but transform= is given "
                        "whole batches, arrays (B, C, H, W): apply it in the data set's __getitem__")
    if hasattr(transform, "apply") or hasattr(transform, "apply_pairs"):
        return transform
    if not callable(transform):
        raise TypeError("[Loader] transform must be a function images -> images, or have apply(images, seed, epoch, indices), "
                        f"found {type(transform).__name__}")
    return Plain(transform)


def when_measured(transform: Transform | None) -> Transform | None:
    """What is left of it where a model is measured."""
    evaluation = getattr(transform, "evaluation", None)
    return transform if evaluation is None else evaluation()


def transformed(pass_: Pass, images: Any, targets: Any, indices: NDArray[np.int64],
                fetch: Fetch | None) -> tuple[NDArray, Any, bool]:
    """(images, targets, whether the data's rule is still to be applied to the images)."""
    f = pass_.transform
    if not isinstance(images, np.ndarray):
        raise TypeError(f"[Loader] transform= changes inputs that are one array (B, ...), found {type(images).__name__}: apply "
                        "it in the data set, or in collate=")
    raw, B = images.dtype, len(images)
    if hasattr(f, "apply_pairs"):
        images, targets = f.apply_pairs(images, targets, pass_.seed, pass_.epoch, indices, fetch)
    else:
        images = f.apply(images, pass_.seed, pass_.epoch, indices)
    name = getattr(f.function, "__name__", "function") if isinstance(f, Plain) else type(f).__name__
    if not isinstance(images, np.ndarray) or images.shape[:1] != (B,) or images.dtype.kind not in "uf" \
            or images.dtype.kind == "u" and images.dtype != np.uint8:
        found = f"{images.dtype} {images.shape}" if isinstance(images, np.ndarray) else type(images).__name__
        raise TypeError(f"[Loader] the transform {name} must return an array ({B}, ...), uint8 or floats, for a batch of {B}: "
                        f"found {found}")
    if images.dtype.kind == "f" and images.dtype != raw and images.dtype == np.float64:
        images = images.astype(np.float32)
    return images, targets, images.dtype == raw or getattr(f, "keeps_units", False)
