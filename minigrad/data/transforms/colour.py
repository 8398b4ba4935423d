"""Colours: brightness, contrast and saturation."""

from typing import Any

import numpy as np

from minigrad.data.transforms.base import Images, Transform, interval, number
from minigrad.data.transforms.draw import Draw, as_uniform, below
from minigrad.kernels import host_table

_ONE, _LARGEST = 65536, 64          # the kernel's factors


class ColorJitter(Transform):
    """Other brightness, contrast and saturation for each image, in an order that is drawn, too: it is blended with black, with
    its mean grey, and with itself in grey, 1 being the image as it is.

    Each is a number v, for a factor from max(0, 1 - v) to 1 + v, or a pair (low, high) from 0 to 64; 0: as it is. Grey is
    Pillow's, 0.299 red + 0.587 green + 0.114 blue. Images have one channel, which has no saturation, or three; float32 is from
    0 to 1, so this comes before Normalize. After each of the three, pixels are held to their bounds, and uint8 is rounded.
    """

    kind = 4

    def __init__(self, brightness: float | tuple[float, float] = 0, contrast: float | tuple[float, float] = 0,
                 saturation: float | tuple[float, float] = 0) -> None:
        self.brightness, self.contrast, self.saturation = (
            _factors(what, value) for what, value in (("brightness", brightness), ("contrast", contrast),
                                                      ("saturation", saturation)))

    def run(self, images: Images, draw: Draw) -> Images:
        if images.shape[1] not in (1, 3):
            raise ValueError(f"[ColorJitter] found images of {images.shape[1]} channels but expected 1 or 3, red, green and "
                             f"blue: images {images.shape}")
        words = draw.words(self.stream, 4)
        low, high = np.array([self.brightness, self.contrast, self.saturation]).T
        factors = np.rint((low + (high - low) * as_uniform(words[:, :3])) * _ONE).astype(np.int64)
        made: Images = host_table().jitter_batch(images, factors, below(words[:, 3], 6))
        return made


def _factors(what: str, value: Any) -> tuple[float, float]:
    if isinstance(value, (tuple, list)):
        return interval("ColorJitter", what, value, 0, _LARGEST)
    largest = number("ColorJitter", what, value, 0, _LARGEST - 1)
    return max(0.0, 1 - largest), 1 + largest
