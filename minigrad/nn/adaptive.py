"""Pooling layers that give a certain size, whatever the image's, or one number for each channel."""

from typing import Any

from minigrad.graph import alike
from minigrad.nn.linear import true_or_false
from minigrad.nn.module import Module
from minigrad.ops.adaptive import (
    Wanted,
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
)
from minigrad.ops.pixels import no_raw_pixels
from minigrad.ops.pool_axes import global_avg_pool, global_max_pool
from minigrad.tensor import Tensor
from minigrad.types import Input


class _Adaptive(Module):
    """output_size: an int, or one for each side; None keeps a side."""

    def __init__(self, output_size: Wanted):
        self.output_size = output_size

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_Adaptive):
    """The means of OL windows of nearly equal size: x (N, C, L) -> (N, C, OL)."""

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return adaptive_avg_pool1d(x, self.output_size)


class AdaptiveAvgPool2d(_Adaptive):
    """The means of OH x OW windows of nearly equal size: x (N, C, H, W) -> (N, C, OH, OW)."""

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return adaptive_avg_pool2d(x, self.output_size)


class AdaptiveAvgPool3d(_Adaptive):
    """The means of windows of nearly equal size: x (N, C, D, H, W) -> (N, C, OD, OH, OW)."""

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return adaptive_avg_pool3d(x, self.output_size)


class _AdaptiveMax(_Adaptive):
    def __init__(self, output_size: Wanted, return_indices: bool = False):
        super().__init__(output_size)
        true_or_false(type(self).__name__, return_indices=return_indices)
        self.return_indices: Any = return_indices


class AdaptiveMaxPool1d(_AdaptiveMax):
    """The largest of OL windows of nearly equal size: x (N, C, L) -> (N, C, OL); and their places, with return_indices."""

    def forward(self, x: Input) -> Any:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return adaptive_max_pool1d(x, self.output_size, self.return_indices)


class AdaptiveMaxPool2d(_AdaptiveMax):
    """The largest of OH x OW windows of nearly equal size: x (N, C, H, W) -> (N, C, OH, OW); and their places, with
    return_indices."""

    def forward(self, x: Input) -> Any:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return adaptive_max_pool2d(x, self.output_size, self.return_indices)


class AdaptiveMaxPool3d(_AdaptiveMax):
    """The largest of windows of nearly equal size: x (N, C, D, H, W) -> (N, C, OD, OH, OW); and their places, with
    return_indices."""

    def forward(self, x: Input) -> Any:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return adaptive_max_pool3d(x, self.output_size, self.return_indices)


class GlobalAvgPool(Module):
    """The mean of every channel: x (N, C, ...) -> (N, C), ready for a Linear."""

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return global_avg_pool(x)


class GlobalMaxPool(Module):
    """The largest of every channel: x (N, C, ...) -> (N, C), ready for a Linear."""

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return global_max_pool(x)
