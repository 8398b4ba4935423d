"""Pooling layers. kernel_size, stride (kernel_size if None), padding and dilation: an int, or one for each side."""

from typing import Any

from minigrad.graph import alike
from minigrad.nn.linear import true_or_false
from minigrad.nn.module import Module
from minigrad.ops.pixels import no_raw_pixels
from minigrad.ops.pool import avg_pool2d, max_pool2d
from minigrad.ops.pool_axes import (
    avg_pool1d,
    avg_pool3d,
    lp_pool1d,
    lp_pool2d,
    max_pool1d,
    max_pool3d,
    max_unpool1d,
    max_unpool2d,
    max_unpool3d,
)
from minigrad.ops.windows import divisor_of, sizes_of
from minigrad.tensor import Tensor
from minigrad.types import Input, Operand, Shape


class _Windows(Module):
    """Windows along each of `sides` axes."""

    sides = 0

    def _set(self, kernel_size, stride, padding=0):
        layer = type(self).__name__
        self.kernel_size = sizes_of(layer, "kernel_size", kernel_size, 1, self.sides)
        self.stride = self.kernel_size if stride is None else sizes_of(layer, "stride", stride, 1, self.sides)
        self.padding = sizes_of(layer, "padding", padding, 0, self.sides)

    def extra_repr(self) -> str:
        text = f"kernel_size={self.kernel_size}, stride={self.stride}"
        for name, usual in (("padding", (0,) * self.sides), ("dilation", 1), ("ceil_mode", False), ("count_include_pad", True),
                            ("divisor_override", None), ("return_indices", False)):
            if getattr(self, name, usual) != usual:
                text += f", {name}={getattr(self, name)}"
        return text


class _MaxPool(_Windows):
    """The gradient goes to the first of equals. ceil_mode: as many windows as start inside the image or the padding before it.
    return_indices: a pair, the winners' places too, for the layer that undoes it. A single image needs no batch axis.
    """

    def __init__(self, kernel_size: Shape, stride: Shape | None = None, padding: Shape = 0, dilation: Shape = 1,
                 return_indices: bool = False, ceil_mode: bool = False):
        layer = type(self).__name__
        self._set(kernel_size, stride, padding)
        dilations = sizes_of(layer, "dilation", dilation, 1, self.sides)
        self.dilation: Any = dilations if max(dilations) > 1 else 1
        true_or_false(layer, return_indices=return_indices, ceil_mode=ceil_mode)
        self.return_indices: Any = return_indices
        self.ceil_mode = ceil_mode
        self.plain = self.dilation == 1 and not (ceil_mode or return_indices)       # nothing but size, stride and padding


class MaxPool1d(_MaxPool):
    """The largest of each window: x (N, C, L) -> (N, C, OL), OL = (L + 2 P - D (K-1) - 1) // S + 1."""

    sides = 1

    def forward(self, x: Input) -> Any:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return max_pool1d(x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices)


class MaxPool2d(_MaxPool):
    """The largest of each window: x (N, C, H, W) -> (N, C, OH, OW), OH = (H + 2 PH - DH (KH-1) - 1) // SH + 1."""

    sides = 2

    def forward(self, x: Input) -> Any:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        if self.plain:
            return max_pool2d(x, self.kernel_size, self.stride, self.padding)
        return max_pool2d(x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices)


class MaxPool3d(_MaxPool):
    """The largest of each window: x (N, C, D, H, W) -> (N, C, OD, OH, OW), each side as in MaxPool2d."""

    sides = 3

    def forward(self, x: Input) -> Any:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return max_pool3d(x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices)


class _AvgPool(_Windows):
    """The padding counts as zeros, unless count_include_pad is False. ceil_mode: as many windows as start inside the image or
    the padding before it; what they see beyond never counts. A single image needs no batch axis.
    """

    def __init__(self, kernel_size: Shape, stride: Shape | None = None, padding: Shape = 0, ceil_mode: bool = False,
                 count_include_pad: bool = True):
        self._set(kernel_size, stride, padding)
        true_or_false(type(self).__name__, ceil_mode=ceil_mode, count_include_pad=count_include_pad)
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad


class AvgPool1d(_AvgPool):
    """The mean of each window: x (N, C, L) -> (N, C, OL), OL = (L + 2 P - K) // S + 1."""

    sides = 1

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return avg_pool1d(x, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)


class _DividedPool(_AvgPool):
    def __init__(self, kernel_size: Shape, stride: Shape | None = None, padding: Shape = 0, ceil_mode: bool = False,
                 count_include_pad: bool = True, divisor_override: int | None = None):
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        self.divisor_override = None if divisor_override is None else divisor_of(type(self).__name__, divisor_override)
        self.plain = count_include_pad and not ceil_mode and divisor_override is None       # the mean of each whole window


class AvgPool2d(_DividedPool):
    """The mean of each window: x (N, C, H, W) -> (N, C, OH, OW), OH = (H + 2 PH - KH) // SH + 1.

    divisor_override: what the sum of a window is divided by, whatever counts.
    """

    sides = 2

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        if self.plain:
            return avg_pool2d(x, self.kernel_size, self.stride, self.padding)
        return avg_pool2d(x, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad,
                          self.divisor_override)


class AvgPool3d(_DividedPool):
    """The mean of each window: x (N, C, D, H, W) -> (N, C, OD, OH, OW), each side as in AvgPool2d.

    divisor_override: what the sum of a window is divided by, whatever counts.
    """

    sides = 3

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return avg_pool3d(x, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad,
                          self.divisor_override)


class _LPPool(_Windows):
    def __init__(self, norm_type: float, kernel_size: Shape, stride: Shape | None = None, ceil_mode: bool = False):
        self._set(kernel_size, stride)
        if isinstance(norm_type, (bool, str)) or not hasattr(norm_type, "__float__") or not norm_type > 0:
            raise ValueError(f"[{type(self).__name__}] norm_type must be a number > 0, found {norm_type!r}")
        true_or_false(type(self).__name__, ceil_mode=ceil_mode)
        self.norm_type, self.ceil_mode = norm_type, ceil_mode

    def extra_repr(self) -> str:
        return f"norm_type={self.norm_type}, {super().extra_repr()}"


class LPPool1d(_LPPool):
    """(sum x^p)^(1/p) of each window, p = norm_type: x (N, C, L) -> (N, C, OL)."""

    sides = 1

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return lp_pool1d(x, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


class LPPool2d(_LPPool):
    """(sum x^p)^(1/p) of each window, p = norm_type: x (N, C, H, W) -> (N, C, OH, OW)."""

    sides = 2

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return lp_pool2d(x, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


class _MaxUnpool(_Windows):
    """Called with what max pooling gave, its winners' places (return_indices=True) and perhaps output_size: zeros of that size
    (the sides, or the whole shape), with x where the winners stood.
    """

    def __init__(self, kernel_size: Shape, stride: Shape | None = None, padding: Shape = 0):
        self._set(kernel_size, stride, padding)


class MaxUnpool1d(_MaxUnpool):
    """Max pooling undone: x and indices (N, C, OL) -> (N, C, L), L = (OL - 1) S - 2 P + K."""

    sides = 1

    def forward(self, x: Input, indices: Operand, output_size: Any = None) -> Tensor:
        return max_unpool1d(x, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool2d(_MaxUnpool):
    """Max pooling undone: x and indices (N, C, OH, OW) -> (N, C, H, W), H = (OH - 1) SH - 2 PH + KH."""

    sides = 2

    def forward(self, x: Input, indices: Operand, output_size: Any = None) -> Tensor:
        return max_unpool2d(x, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool3d(_MaxUnpool):
    """Max pooling undone: x and indices (N, C, OD, OH, OW) -> (N, C, D, H, W), each side as in MaxUnpool2d."""

    sides = 3

    def forward(self, x: Input, indices: Operand, output_size: Any = None) -> Tensor:
        return max_unpool3d(x, indices, self.kernel_size, self.stride, self.padding, output_size)


for _base in (_MaxPool, _AvgPool, _MaxUnpool):
    for _kind in (MaxPool1d, MaxPool2d, MaxPool3d, AvgPool1d, AvgPool2d, AvgPool3d, MaxUnpool1d, MaxUnpool2d, MaxUnpool3d):
        if issubclass(_kind, _base):
            _kind.__doc__ = f"{_kind.__doc__}\n\n    {_base.__doc__}"
