"""Where pixels fall between pixels: small rotations, shifts and scales, and another size."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad.data.transforms.base import Images, Transform, fill_for, interval, number, two_sides
from minigrad.data.transforms.draw import Draw, as_uniform
from minigrad.data.transforms.windows import Normalize
from minigrad.kernels import host_table, taps

_PIXEL = 65536          # the kernel's coordinates


class RandomAffine(Transform):
    """Each image turned about its middle, moved and scaled, and looked at between its pixels (bilinear).

    degrees     the angle, from -degrees to degrees, or from a pair (low, high); clockwise
    translate   (rows, columns), parts of the sides from 0 to 1: moved by at most so much either way, by whole pixels; None: not
    scale       (low, high): the factor, above 0; None: 1
    fill        the number outside the image

    Angle and scale are uniform, as are the shifts. Weights are in 1/256. Beside torchvision's: its translate is (columns,
    rows).
    """

    kind = 3

    def __init__(self, degrees: float | tuple[float, float], translate: tuple[float, float] | None = None,
                 scale: tuple[float, float] | None = None, fill: float = 0) -> None:
        op = "RandomAffine"
        if not isinstance(degrees, (tuple, list)):
            largest = number(op, "degrees", degrees, 0, 360)
            degrees = -largest, largest
        self.degrees = interval(op, "degrees", degrees, -360, 360)
        self.translate = (0.0, 0.0)
        if translate is not None:
            if not isinstance(translate, (tuple, list)) or len(translate) != 2:
                raise TypeError(f"[{op}] translate must be a pair (rows, columns), found {translate!r}")
            self.translate = (number(op, "translate", translate[0], 0, 1), number(op, "translate", translate[1], 0, 1))
        self.scale = (1.0, 1.0) if scale is None else interval(op, "scale", scale, 1 / 64, 64)
        self.fill = number(op, "fill", fill, -np.inf, np.inf)

    def matrices(self, H: int, W: int, draw: Draw) -> NDArray[np.int64]:
        """(B, 6) int64, in 1/65536 of a pixel: where pixel (row i, column j) of the result lies in the image."""
        u = as_uniform(draw.words(self.stream, 4))

        def between(low: float, high: float, k: int) -> NDArray[np.float64]:
            return low + (high - low) * u[:, k]

        angle, factor = between(*self.degrees, 0) * (math.pi / 180), between(*self.scale, 1)
        down, across = (np.rint(between(-part * side, part * side, k)) for part, side, k in
                        ((self.translate[0], H, 2), (self.translate[1], W, 3)))
        cos, sin, (row, column) = np.cos(angle) / factor, np.sin(angle) / factor, ((H - 1) / 2, (W - 1) / 2)
        x, y = -(column + across), -(row + down)          # of pixel (0, 0), seen from the middle
        exact = np.stack([cos, sin, cos * x + sin * y + column, -sin, cos, cos * y - sin * x + row], 1)
        return np.rint(exact * _PIXEL).astype(np.int64)

    def run(self, images: Images, draw: Draw) -> Images:
        fill = fill_for(self.name, self.fill, images)
        made: Images = host_table().affine_batch(images, self.matrices(images.shape[2], images.shape[3], draw), fill)
        return made


class Resize(Transform):
    """Another size: (rows, columns), or one integer, where images are square. Bilinear, as PyTorch's `interpolate`; antialias:
    where it shrinks an image, every pixel counts, as there with `antialias=True` (and in Pillow); without, only the four
    nearest.

    uint8 stays uint8, rounded; `Resize(227), Normalize(...)` in a Compose is one pass. ValueError for images that are not
    square.
    """

    random = False

    def __init__(self, size: int | tuple[int, int], antialias: bool = True) -> None:
        self.size, self.antialias = two_sides("Resize", "size", size, 1), bool(antialias)
        self._square = not isinstance(size, (tuple, list))

    def run(self, images: Images, draw: Draw) -> Images:
        return self.resized(images, None)

    def resized(self, images: Images, normalize: Normalize | None) -> Images:
        """The images in this size, normalized after that."""
        H, W = images.shape[2:]
        if self._square and H != W:
            raise ValueError(f"[Resize] found images of {H} x {W} and one side, {self.size[0]}: images {images.shape}; "
                             f"expected square ones, or say both sides, as in Resize({self.size})")
        k = host_table()
        if images.dtype == np.uint8:
            rows, columns = (taps.whole(n, out, self.antialias) for n, out in zip((H, W), self.size, strict=True))
            made: Images = k.resize_batch(images, rows, columns, *(normalize.rule(images) if normalize else (None, None)))
            return made
        for axis in (3, 2):
            index, weight = _taps(images.shape[axis], self.size[axis - 2], self.antialias)
            images = k.resample(images, (index, weight), (index, weight), axis)
        return images


def _taps(n: int, out: int, antialias: bool) -> tuple[Any, Any]:
    index, weight = taps.antialiased(n, out, None, False, "linear") if antialias else taps.linear(n, out, None, False)
    return np.ascontiguousarray(index, np.int64), np.ascontiguousarray(weight, np.float32)


class Resized(Transform):
    """A Resize and the Normalize after it, in one pass."""

    def __init__(self, resize: Resize, normalize: Normalize) -> None:
        self.resize, self.normalize = resize, normalize

    def run(self, images: Images, draw: Draw) -> Images:
        if images.dtype == np.uint8:
            return self.resize.resized(images, self.normalize)
        return self.normalize.run(self.resize.run(images, draw), draw)
