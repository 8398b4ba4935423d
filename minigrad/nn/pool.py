"""Pooling layers."""

from minigrad.graph import alike
from minigrad.nn.module import Module
from minigrad.ops.operands import pair_of
from minigrad.ops.pixels import no_raw_pixels
from minigrad.ops.pool import avg_pool2d, max_pool2d
from minigrad.tensor import Tensor
from minigrad.types import Input, Pair


class _Pool2d(Module):
    """x (N, C, H, W) -> (N, C, OH, OW), OH = (H + 2 PH - KH) // SH + 1; stride is kernel_size if None."""

    def __init__(self, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0):
        layer = type(self).__name__
        self.kernel_size = pair_of(layer, "kernel_size", kernel_size, 1)
        self.stride = self.kernel_size if stride is None else pair_of(layer, "stride", stride, 1)
        self.padding = pair_of(layer, "padding", padding, 0)

    def extra_repr(self) -> str:
        text = f"kernel_size={self.kernel_size}, stride={self.stride}"
        return text + (f", padding={self.padding}" if self.padding != (0, 0) else "")


class MaxPool2d(_Pool2d):
    """The largest of each window; its gradient goes to the first of equals. Shapes as in every pooling:

    x (N, C, H, W) -> (N, C, OH, OW), OH = (H + 2 PH - KH) // SH + 1; stride is kernel_size if None.
    """

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return max_pool2d(x, self.kernel_size, self.stride, self.padding)


class AvgPool2d(_Pool2d):
    """The mean of each window, padding counted as zeros. Shapes as in every pooling:

    x (N, C, H, W) -> (N, C, OH, OW), OH = (H + 2 PH - KH) // SH + 1; stride is kernel_size if None.
    """

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return avg_pool2d(x, self.kernel_size, self.stride, self.padding)
