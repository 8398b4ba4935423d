"""Transform: what every transform of images is and does, and how arguments are checked."""

import operator
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from minigrad.data.transforms.draw import Draw, stream_of

Images = NDArray[Any]
Fetch = Callable[[NDArray[np.int64]], tuple[Images, Any]]


class Transform:
    """A transform of whole batches: images (B, C, H, W), uint8 pixels or float32, -> (B, C, H', W') in the same dtype, but for
    `Normalize`, which makes float32. What it is given is never written to.

        t(images, seed=0, epoch=0)                      -> images
        t(images, targets, seed=0, epoch=0)             -> (images, targets)
        t.apply(images, seed, epoch, indices)           -> images: what a Loader's batches go through
        t.evaluation()                                  -> what of it stays where a model is measured, or None

    Called by itself it takes image i for sample i, unless `indices` says otherwise.

    A transform of your own inherits this: `run(images, draw)` makes the images, with random numbers draw.words(self.stream, n)
    or draw.uniform(self.stream, n) of each. `kind` is the number of its stream, 128 to 255; the house's are below.
    """

    kind: ClassVar[int] = 0
    occurrence = 0                  # how many of this kind come before it in a Compose
    random = True                   # whether nothing of it stays where a model is measured
    mixes = False                   # whether it needs targets and other samples

    @property
    def stream(self) -> int:
        """Which random numbers are its own."""
        return stream_of(self.kind, self.occurrence)

    @property
    def name(self) -> str:
        return type(self).__name__

    def run(self, images: Images, draw: Draw) -> Images:
        """images (B, C, H, W), checked and in C order -> new images."""
        raise NotImplementedError(f"[{self.name}] has no run(images, draw)")

    def run_pairs(self, images: Images, targets: Any, draw: Draw, fetch: Fetch | None) -> tuple[Images, Any]:
        """The same with targets; fetch: as of a Loader."""
        return self.run(images, draw), targets

    def evaluation(self) -> "Transform | None":
        """What of it stays where a model is measured: all of it, or, of what is random, nothing."""
        return None if self.random else self

    def apply(self, images: Images, seed: int, epoch: int, indices: NDArray[np.int64]) -> Images:
        """(B, C, H, W) -> images; sample indices[i], int64 (B,), is image i. TypeError or ValueError for other arrays."""
        images, draw = self._checked(images, seed, epoch, indices)
        return self.run(images, draw)

    def apply_pairs(self, images: Images, targets: Any, seed: int, epoch: int, indices: NDArray[np.int64],
                    fetch: Fetch | None = None) -> tuple[Images, Any]:
        """The same, with the targets (B, ...), which MixUp and CutMix change. fetch(indices) -> (images, targets) of any other
        samples of the data, as they are before transforms; len(fetch) says how many there are. Without it images are mixed with
        others of their batch."""
        images, draw = self._checked(images, seed, epoch, indices)
        return self.run_pairs(images, targets, draw, fetch)

    def __call__(self, images: Images, targets: Any = None, *, seed: int = 0, epoch: int = 0, indices: Any = None) -> Any:
        """images (B, C, H, W) -> images; with targets, (images, targets). indices: which samples they are; None: 0, 1, 2 ..."""
        if targets is None and not self.mixes:
            return self.apply(images, seed, epoch, _numbered(images, indices))
        fetch = None if indices is not None or targets is None else Whole(images, np.asarray(targets))
        pair = self.apply_pairs(images, targets, seed, epoch, _numbered(images, indices), fetch)
        return pair if targets is not None else pair[0]

    def _checked(self, images: Images, seed: int, epoch: int, indices: NDArray[np.int64]) -> tuple[Images, Draw]:
        images = check_images(self.name, images)
        draw = Draw(self.name, seed, epoch, indices)
        if len(draw) != len(images):
            raise ValueError(f"[{self.name}] found {len(draw)} indices but expected {len(images)}, one for each image: "
                             f"images {images.shape}")
        return images, draw

    def __repr__(self) -> str:
        given = (f"{name}={_words(value)}" for name, value in vars(self).items() if name[0] != "_" and name != "occurrence")
        return f"{self.name}({', '.join(given)})"


class Whole:
    """All samples, in memory, as a Loader's `fetch`."""

    def __init__(self, images: Images, targets: NDArray[Any]) -> None:
        self.images, self.targets = images, targets

    def __len__(self) -> int:
        return len(self.images)

    def __call__(self, indices: NDArray[np.int64]) -> tuple[Images, Any]:
        return self.images[indices], self.targets[indices]


def _numbered(images: Any, indices: Any) -> NDArray[np.int64]:
    if indices is not None:
        return np.asarray(indices)
    return np.arange(len(images) if hasattr(images, "shape") and images.shape else 0)


def _words(value: Any) -> str:
    return str(value.tolist()) if isinstance(value, np.ndarray) else repr(value)


# ---- arguments

def check_images(op: str, images: Any) -> Images:
    """images (B, C, H, W), uint8 or float32, with pixels, in C order."""
    if not isinstance(images, np.ndarray):
        raise TypeError(f"[{op}] images must be an array (B, C, H, W), found {type(images).__name__}")
    if images.ndim != 4:
        remedy = {2: ": use image[None, None] for a single grey one",
                  3: ": use images[:, None] for grey ones, image[None] for a single one"}.get(images.ndim, "")
        raise ValueError(f"[{op}] images must be (B, C, H, W), found {images.shape}{remedy}")
    if images.dtype not in (np.uint8, np.float32):
        raise TypeError(f"[{op}] images must be uint8 or float32, found {images.dtype} {images.shape}: use "
                        ".astype(np.float32), or uint8 for pixels from 0 to 255")
    if images.shape[3] in (1, 3) and images.shape[1] == images.shape[2] > 4:
        raise ValueError(f"[{op}] images must be (B, C, H, W), found {images.shape}, which looks as if channels came last: use "
                         "images.transpose(0, 3, 1, 2)")
    if 0 in images.shape[1:]:
        raise ValueError(f"[{op}] images have no pixels: {images.shape}")
    return np.ascontiguousarray(images)


def two_sides(op: str, what: str, value: Any, least: int) -> tuple[int, int]:
    """An integer, or a pair of them for (rows, columns), each at least so large."""
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(pair) != 2 or any(isinstance(v, bool) or not hasattr(v, "__index__") for v in pair):
        raise TypeError(f"[{op}] {what} must be an integer, or a pair (rows, columns), found {value!r}")
    if min(pair) < least:
        raise ValueError(f"[{op}] {what} must be at least {least}, found {value!r}")
    return operator.index(pair[0]), operator.index(pair[1])


def number(op: str, what: str, value: Any, least: float, most: float) -> float:
    """A number from least to most."""
    if isinstance(value, (bool, str)) or not hasattr(value, "__float__"):
        raise TypeError(f"[{op}] {what} must be a number, found {value!r}")
    if not least <= float(value) <= most:
        bound = f"at least {least:g}" if most == np.inf else f"from {least:g} to {most:g}"
        raise ValueError(f"[{op}] {what} must be {bound}, found {value!r}")
    return float(value)


def interval(op: str, what: str, value: Any, least: float, most: float) -> tuple[float, float]:
    """A pair of numbers (low, high)."""
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        raise TypeError(f"[{op}] {what} must be a pair (low, high), found {value!r}")
    low, high = (number(op, what, v, least, most) for v in value)
    if low > high:
        raise ValueError(f"[{op}] {what} must be a pair (low, high), found {value!r}, the other way round")
    return low, high


def fill_for(op: str, fill: float, images: Images) -> float:
    """The number `fill` as a pixel of these images."""
    if images.dtype == np.uint8 and not (0 <= fill <= 255 and fill == int(fill)):
        raise ValueError(f"[{op}] {fill:g} is no uint8 pixel, expected a whole number from 0 to 255: or make "
                         "floats of the images before")
    return fill
