"""Windows cut out of images, mirrored, normalised: where pixels stay what they are. All of it is one kernel (`crop_batch`), and
what comes one after another in a Compose is one pass of it."""

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from minigrad.data.transforms.base import Images, Transform, fill_for, number, two_sides
from minigrad.data.transforms.draw import Draw, below, happens
from minigrad.kernels import host_table

Floats32 = NDArray[np.float32]
Mode = Literal["reflect", "constant"]


def _border(op: str, padding: Any, mode: Any, fill: Any) -> tuple[tuple[int, int], Mode, float]:
    if mode not in ("reflect", "constant"):
        raise ValueError(f"[{op}] mode must be 'reflect' or 'constant', found {mode!r}")
    return two_sides(op, "padding", padding, 0), mode, number(op, "fill", fill, -np.inf, np.inf)


class Pad(Transform):
    """A border around each image: `padding` pixels on each side, or (rows, columns) above and below, left and right.

    mode: "reflect", the image in mirrors at its outermost pixels, as numpy and PyTorch have it; "constant", the number `fill`.
    """

    random = False

    def __init__(self, padding: int | tuple[int, int], mode: Mode = "reflect", fill: float = 0) -> None:
        self.padding, self.mode, self.fill = _border("Pad", padding, mode, fill)

    def run(self, images: Images, draw: Draw) -> Images:
        return Window([self]).run(images, draw)


class RandomCrop(Transform):
    """A window of `size`, an integer or (rows, columns), anywhere in the padded image: every place is as probable. padding,
    mode and fill: as of `Pad`. Where a model is measured it is the middle of the image. ValueError for images that are too
    small.

    `RandomCrop(32, padding=4)` is the usual augmentation of CIFAR-10; He et al., "Deep residual learning", 2016, pad with
    zeros.
    """

    kind = 1

    def __init__(self, size: int | tuple[int, int], padding: int | tuple[int, int] = 0, mode: Mode = "reflect",
                 fill: float = 0) -> None:
        self.size = two_sides("RandomCrop", "size", size, 1)
        self.padding, self.mode, self.fill = _border("RandomCrop", padding, mode, fill)

    def run(self, images: Images, draw: Draw) -> Images:
        return Window([self]).run(images, draw)

    def evaluation(self) -> Transform | None:
        return CenterCrop(self.size, self.padding, self.mode, self.fill)


class CenterCrop(Transform):
    """The window of `size`, an integer or (rows, columns), in the middle of the padded image; where it cannot lie there, half a
    pixel up or left of it. padding, mode and fill: as of `Pad`. ValueError for images that are too small."""

    random = False

    def __init__(self, size: int | tuple[int, int], padding: int | tuple[int, int] = 0, mode: Mode = "reflect",
                 fill: float = 0) -> None:
        self.size = two_sides("CenterCrop", "size", size, 1)
        self.padding, self.mode, self.fill = _border("CenterCrop", padding, mode, fill)

    def run(self, images: Images, draw: Draw) -> Images:
        return Window([self]).run(images, draw)


class HorizontalFlip(Transform):
    """The mirror image, left for right, with probability p."""

    kind = 2

    def __init__(self, p: float = 0.5) -> None:
        self.p = number("HorizontalFlip", "p", p, 0, 1)

    def run(self, images: Images, draw: Draw) -> Images:
        return Window([self]).run(images, draw)


class Normalize(Transform):
    """(x - mean) / std in float32, where x is a pixel / 255 of uint8 images, and the number itself of float32 ones. mean and
    std: numbers, or one number per channel (C,), as in `Dataset.normalize`."""

    random = False

    def __init__(self, mean: ArrayLike, std: ArrayLike) -> None:
        self.mean, self.std = (np.atleast_1d(np.asarray(a, np.float64)) for a in (mean, std))
        shapes = {a.shape for a in (self.mean, self.std)} - {(1,)}
        if len(shapes) > 1 or any(len(shape) != 1 for shape in shapes):
            raise ValueError("[Normalize] mean and std must be numbers, or one number per channel: "
                             f"mean {self.mean.shape}, std {self.std.shape}")
        if not (np.isfinite(self.mean).all() and np.isfinite(self.std).all() and (self.std > 0).all()):
            raise ValueError(f"[Normalize] mean must be finite and std positive: mean {mean!r}, std {std!r}; "
                             "a channel that never varies needs std 1")

    def rule(self, images: Images) -> tuple[Floats32, Floats32]:
        """(scale, shift) for these images."""
        scale, shift = np.broadcast_arrays(1 / self.std, -self.mean / self.std)
        if len(scale) not in (1, images.shape[1]):
            raise ValueError(f"[Normalize] found mean and std of {len(scale)} channels but expected {images.shape[1]}: "
                             f"images {images.shape}")
        if images.dtype == np.uint8:
            scale = np.float32(1 / 255) * scale         # the same numbers as a Dataset's
        return scale.astype(np.float32), shift.astype(np.float32)

    def run(self, images: Images, draw: Draw) -> Images:
        return Window([self]).run(images, draw)


class Window(Transform):
    """Some of these, one after another, in one pass: at most one border, one crop and one flip, and then perhaps a
    Normalize."""

    def __init__(self, parts: list[Transform]) -> None:
        def one(*kinds: type) -> Any:
            return next((part for part in parts if isinstance(part, kinds)), None)

        self.parts = parts
        self.crop, self.flip, self.normalize = one(RandomCrop, CenterCrop), one(HorizontalFlip), one(Normalize)
        self.border = one(Pad) or self.crop
        self._flips_first = bool(self.flip and self.crop) and parts.index(self.flip) < parts.index(self.crop)

    @classmethod
    def takes(cls, parts: list[Transform], part: Any) -> bool:
        """Whether `part` can come after `parts` in one pass."""
        if type(part) not in (Pad, RandomCrop, CenterCrop, HorizontalFlip, Normalize):
            return False
        before = {type(p) for p in parts}
        if Normalize in before or type(part) in before:
            return False
        if isinstance(part, Pad):
            return before <= {HorizontalFlip}           # the border of a mirror image is that of the image
        if isinstance(part, (RandomCrop, CenterCrop)):
            return before <= ({HorizontalFlip, Pad} if part.padding == (0, 0) else {HorizontalFlip})
        return True

    @property
    def name(self) -> str:
        return type(self.crop or self.parts[0]).__name__

    def run(self, images: Images, draw: Draw) -> Images:
        B, _, H, W = images.shape
        down, across = getattr(self.border, "padding", (0, 0))
        padded = H + 2 * down, W + 2 * across
        size = padded if self.crop is None else self.crop.size
        room = padded[0] - size[0], padded[1] - size[1]
        if min(room) < 0:
            found = f"{H} x {W}" + (f", padded {padded[0]} x {padded[1]}," if down or across else "")
            raise ValueError(f"[{self.name}] found images of {found} but expected at least {size[0]} x {size[1]}: images "
                             f"{images.shape}; give it more padding=, or Resize them before")
        places = np.zeros((B, 3), np.int64)
        if isinstance(self.crop, RandomCrop):
            words = draw.words(self.crop.stream, 2)
            places[:, 0], places[:, 1] = below(words[:, 0], room[0] + 1), below(words[:, 1], room[1] + 1)
        elif self.crop is not None:
            places[:, :2] = room[0] // 2, room[1] // 2
        if self.flip is not None:
            places[:, 2] = happens(draw.words(self.flip.stream, 1)[:, 0], self.flip.p)
            if self._flips_first:               # the window lies in the mirror image
                places[:, 1] = np.where(places[:, 2], room[1] - places[:, 1], places[:, 1])
        places[:, :2] -= down, across
        scale, shift = (None, None) if self.normalize is None else self.normalize.rule(images)
        reflect = not (down or across) or self.border.mode == "reflect"
        fill = 0.0 if reflect else fill_for(type(self.border).__name__, self.border.fill, images)
        made: Images = host_table().crop_batch(images, places, size, reflect, fill, scale, shift)
        return made
