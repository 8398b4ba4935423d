"""Two images in one, and their targets with them: MixUp and CutMix.

The partner of sample i is any sample of the data, drawn by (seed, epoch, i), and comes as it is in this epoch: cropped and
flipped as its own turn will have it. Where the rest of the data is not to be had (they come in batches), it is another image of
the batch.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad.data.transforms.base import Fetch, Images, Transform, number
from minigrad.data.transforms.boxes import about
from minigrad.data.transforms.draw import Draw, Floats, as_uniform, below
from minigrad.kernels import host_table

_ONE = 65536            # the kernel's factors


class Mixing(Transform):
    """What the two share: partners, shares and targets."""

    mixes = True

    def __init__(self, alpha: float = 1.0, classes: int | None = None) -> None:
        self.alpha = number(self.name, "alpha", alpha, 1e-3, 1e6)
        if classes is not None and (isinstance(classes, bool) or not hasattr(classes, "__index__") or classes < 1):
            raise ValueError(f"[{self.name}] classes must be an integer, at least 1, or None, found {classes!r}")
        self.classes = classes

    def mix(self, images: Images, others: Images, share: Floats, draw: Draw) -> tuple[Images, Floats]:
        """(the images, each with its partner in it; the share of each that is left, (B,))."""
        raise NotImplementedError(f"[{self.name}] has no mix(images, others, share, draw)")

    def run(self, images: Images, draw: Draw) -> Images:
        raise TypeError(f"[{self.name}] targets are mixed, too: call it with images and targets, or give it to a "
                        "Loader of pairs")

    def run_pairs(self, images: Images, targets: Any, draw: Draw, fetch: Fetch | None) -> tuple[Images, Any]:
        if targets is None:
            self.run(images, draw)
        soft = self._soft(targets, len(images))
        words = draw.words(self.stream, 8)
        share = beta(self.alpha, as_uniform(words[:, :2]))
        count = _length(fetch)
        if fetch is None or count is None:
            order = np.argsort(words[:, 2], kind="stable")
            partner = np.empty_like(order)
            partner[order] = np.roll(order, -1)
            others, other_soft = images[partner], soft[partner]
        else:
            others, other_targets = fetch(below(words[:, 2], count))
            if others.shape != images.shape or others.dtype != images.dtype:
                raise ValueError(f"[{self.name}] images must have one size and dtype to be mixed, found {images.dtype} "
                                 f"{images.shape} and {others.dtype} {others.shape}: crop or Resize them before")
            other_soft = self._soft(other_targets, len(images))
        images, share = self.mix(images, np.ascontiguousarray(others), share, draw)
        part = share.astype(np.float32).reshape(-1, *(1,) * (soft.ndim - 1))
        return images, part * soft + (1 - part) * other_soft

    def _soft(self, targets: Any, B: int) -> NDArray[np.float32]:
        """Targets as float32: classes one-hot."""
        targets = np.asarray(targets)
        if targets.shape[:1] != (B,) or targets.dtype.kind not in "iuf":
            raise ValueError(f"[{self.name}] found targets {targets.dtype} {targets.shape} but expected {B} of them, classes "
                             "or numbers")
        if targets.dtype.kind == "f":
            return targets.astype(np.float32, copy=False)
        if self.classes is None or targets.ndim != 1:
            raise ValueError(f"[{self.name}] targets are classes, {targets.dtype} {targets.shape}, so it must know how many "
                             f"there are: {self.name}(..., classes=10)")
        if B and not 0 <= targets.min() <= targets.max() < self.classes:
            raise ValueError(f"[{self.name}] found classes from {targets.min()} to {targets.max()} but expected 0 to "
                             f"{self.classes - 1}: classes={self.classes}")
        return np.eye(self.classes, dtype=np.float32)[targets]


class MixUp(Mixing):
    """Each image is lam of itself and 1 - lam of a partner, lam of Beta(alpha, alpha), and so is its target, float32
    afterwards.

    classes: how many there are, where targets are whole numbers (B,): they become one-hot, (B, classes); soft targets (B,
    classes) and numbers are mixed as they are. uint8 images stay so, rounded. Zhang et al., "mixup: beyond empirical risk
    minimization", 2018.
    """

    kind = 7

    def mix(self, images: Images, others: Images, share: Floats, draw: Draw) -> tuple[Images, Floats]:
        factors = np.rint(share * _ONE).astype(np.int64)
        return host_table().mix_batch(images, others, factors), factors / _ONE


class CutMix(Mixing):
    """A box of each image is a partner's: its area is a part 1 - lam of the image's, lam of Beta(alpha, alpha), its middle any
    pixel. The targets are mixed by the area that it covers. classes: as of MixUp. Yun et al., "CutMix", 2019."""

    kind = 8

    def mix(self, images: Images, others: Images, share: Floats, draw: Draw) -> tuple[Images, Floats]:
        H, W = images.shape[2:]
        words, side = draw.words(self.stream, 8), np.sqrt(1 - share)
        height, width = (side * H).astype(np.int64), (side * W).astype(np.int64)
        boxes = about(below(words[:, 3], H), below(words[:, 4], W), height, width)
        boxes = np.ascontiguousarray(np.clip(boxes, 0, (H, W, H, W)))
        covered = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
        return host_table().paste_boxes(images, others, boxes), 1 - covered / (H * W)


def beta(alpha: float, u: Floats) -> Floats:
    """(B,) numbers of Beta(alpha, alpha), from uniform ones (B, 2), exactly: Student's t with 2 alpha degrees of freedom, by
    Bailey's polar method (1994), is such a number but for a change of variable (Devroye, "Random variate generation in one line
    of code")."""
    turn = np.cos(2 * np.pi * u[:, 1])
    with np.errstate(over="ignore", divide="ignore"):
        q = (u[:, 0] ** (-1 / alpha) - 1) * turn * turn
        return 0.5 + np.copysign(0.5, turn) * np.sqrt(1 / (1 + 1 / q))


def _length(data: Any) -> int | None:
    try:
        return len(data)
    except TypeError:
        return None
