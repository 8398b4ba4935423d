"""Boxes of images that are filled: what a network must do without."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad.data.transforms.base import Images, Transform, fill_for, interval, number, two_sides
from minigrad.data.transforms.draw import Draw, as_uniform, below, happens
from minigrad.kernels import host_table

_TRIES = 10             # torchvision's
_BEFORE_NOISE = 24      # words that say where the box is


def pixels(op: str, value: Any, images: Images) -> NDArray[Any]:
    """A number, or one for each channel, as (C,) pixels of these images."""
    colour = np.atleast_1d(np.asarray(value, np.float64))
    if colour.ndim != 1 or len(colour) not in (1, images.shape[1]):
        raise ValueError(f"[{op}] found {colour.size} values but expected one, or one for each of {images.shape[1]} channels: "
                         f"images {images.shape}")
    for v in colour:
        fill_for(op, float(v), images)
    return np.ascontiguousarray(np.broadcast_to(colour, images.shape[1]), images.dtype)


def about(row: NDArray[Any], column: NDArray[Any], height: Any, width: Any) -> NDArray[np.int64]:
    """Boxes (B, 4) of that height and width about a pixel: (first row, first column, and those after the last)."""
    top, left = row - height // 2, column - width // 2
    return np.stack([top, left, top + height, left + width], 1).astype(np.int64)


class Cutout(Transform):
    """A square of `size`, an integer or (rows, columns), filled: its middle is any pixel, so part of it may lie outside.

    fill: a number, or one for each channel; uint8: from 0 to 255. After Normalize, 0 is the mean colour, as in DeVries and
    Taylor, "Improved regularization of convolutional neural networks with cutout", 2017.
    """

    kind = 5

    def __init__(self, size: int | tuple[int, int], fill: float | tuple[float, ...] = 0) -> None:
        self.size, self.fill = two_sides("Cutout", "size", size, 1), fill
        _check_numbers("Cutout", "fill", fill)

    def run(self, images: Images, draw: Draw) -> Images:
        words = draw.words(self.stream, 2)
        boxes = about(below(words[:, 0], images.shape[2]), below(words[:, 1], images.shape[3]), *self.size)
        made: Images = host_table().paste_boxes(images, pixels(self.name, self.fill, images), boxes)
        return made


class RandomErasing(Transform):
    """With probability p, a box anywhere within the image filled: its area is a part `scale` of the image's, its height over
    its width `ratio` (uniform in its logarithm), both pairs (low, high).

    value: a number, one for each channel, or "random": noise, pixel by pixel, uniform from 0 to 255 of uint8 images and from 0
    to 1 of float32 ones. Boxes that do not fit are drawn again, ten times; after that nothing is erased. Zhong et al., "Random
    erasing data augmentation", 2020.
    """

    kind = 6

    def __init__(self, p: float = 0.5, scale: tuple[float, float] = (0.02, 0.33), ratio: tuple[float, float] = (0.3, 3.3),
                 value: Any = 0) -> None:
        op = "RandomErasing"
        self.p, self.scale = number(op, "p", p, 0, 1), interval(op, "scale", scale, 0, 1)
        self.ratio, self.value = interval(op, "ratio", ratio, 1e-3, 1e3), value
        if value != "random":
            _check_numbers(op, "value", value)

    def boxes(self, H: int, W: int, draw: Draw) -> NDArray[np.int64]:
        """(B, 4), empty where nothing is erased."""
        words = draw.words(self.stream, _BEFORE_NOISE)
        area, shape = (as_uniform(words[:, 3 + k:_BEFORE_NOISE - 1:2]) for k in (0, 1))     # (B, tries)
        area = H * W * (self.scale[0] + (self.scale[1] - self.scale[0]) * area)
        low, high = np.log(self.ratio)
        shape = np.exp(low + (high - low) * shape)
        height, width = np.rint(np.sqrt(area * shape)).astype(np.int64), np.rint(np.sqrt(area / shape)).astype(np.int64)
        fits = (height < H) & (width < W)
        first = fits.argmax(1)[:, None]
        height, width = np.take_along_axis(height, first, 1)[:, 0], np.take_along_axis(width, first, 1)[:, 0]
        erased = fits.any(1) & happens(words[:, 0], self.p)
        height, width = np.where(erased, height, 0), np.where(erased, width, 0)
        top, left = ((words[:, k] * room.astype(np.uint64) >> np.uint64(32)).astype(np.int64)
                     for k, room in ((1, H - height + 1), (2, W - width + 1)))
        return np.stack([top, left, top + height, left + width], 1)

    def run(self, images: Images, draw: Draw) -> Images:
        source = self._noise(images, draw) if isinstance(self.value, str) else pixels(self.name, self.value, images)
        made: Images = host_table().paste_boxes(images, source, self.boxes(images.shape[2], images.shape[3], draw))
        return made

    def _noise(self, images: Images, draw: Draw) -> Images:
        size = int(np.prod(images.shape[1:]))
        if images.dtype == np.uint8:
            words = draw.words(self.stream, _BEFORE_NOISE + (size + 3) // 4)[:, _BEFORE_NOISE:]
            return np.ascontiguousarray(np.ascontiguousarray(words).astype("<u4", copy=False).view(np.uint8)[:, :size]
                                        .reshape(images.shape))
        words = draw.words(self.stream, _BEFORE_NOISE + size)[:, _BEFORE_NOISE:]
        return ((words >> np.uint32(8)) * np.float32(2.0**-24)).astype(np.float32).reshape(images.shape)


def _check_numbers(op: str, what: str, value: Any) -> None:
    for v in value if isinstance(value, (tuple, list)) else (value,):
        number(op, what, v, -np.inf, np.inf)
