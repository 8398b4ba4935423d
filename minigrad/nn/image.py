"""Layers that give an image another size, or a border."""

from collections.abc import Sequence

from minigrad.graph import alike
from minigrad.nn.functions import channel_shuffle
from minigrad.nn.linear import positive
from minigrad.nn.module import Module
from minigrad.ops.operands import as_shape, pair_of
from minigrad.ops.pixels import no_raw_pixels
from minigrad.ops.resample import interpolate, pixel_shuffle, pixel_unshuffle
from minigrad.ops.shape import fold, pad, unfold
from minigrad.tensor import Tensor, lift
from minigrad.types import Input, Pair, Shape


class Upsample(Module):
    """mg.interpolate as a layer: x (N, C, ...) with the sides behind the channels made `size`, or scale_factor times as long.

    mode: "nearest", "linear", "bilinear", "bicubic", "trilinear"; align_corners: whether corner pixels stay where they are.
    """

    def __init__(self, size: Shape | None = None, scale_factor: float | Sequence[float] | None = None, mode: str = "nearest",
                 align_corners: bool | None = None):
        self.size, self.scale_factor, self.mode, self.align_corners = size, scale_factor, mode, align_corners

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels("Upsample", x)
        return interpolate(x, self.size, self.scale_factor, self.mode, self.align_corners)

    def extra_repr(self) -> str:
        return (f"scale_factor={self.scale_factor}" if self.size is None else f"size={self.size}") + f", mode={self.mode!r}"


class PixelShuffle(Module):
    """x (..., C r^2, H, W) -> (..., C, r H, r W), r = upscale_factor: each r^2 channels become a square of pixels."""

    def __init__(self, upscale_factor: int):
        self.upscale_factor = upscale_factor

    def forward(self, x: Input) -> Tensor:
        return pixel_shuffle(x, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """x (..., C, r H, r W) -> (..., C r^2, H, W), r = downscale_factor: PixelShuffle undone."""

    def __init__(self, downscale_factor: int):
        self.downscale_factor = downscale_factor

    def forward(self, x: Input) -> Tensor:
        return pixel_unshuffle(x, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """x (N, C, ...) whose channels, of `groups` groups one after another, come to stand in turns (Zhang et al. 2018)."""

    def __init__(self, groups: int):
        positive("ChannelShuffle", groups=groups)
        self.groups = groups

    def forward(self, x: Input) -> Tensor:
        return channel_shuffle(x, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"


class _Border(Module):
    """padding: an int for every side, or (left, right), (left, right, top, bottom): the last axis first, as in PyTorch."""

    sides = 0
    mode = "constant"       # of mg.pad

    def __init__(self, padding: Shape):
        layer, n = type(self).__name__, 2 * self.sides
        given = as_shape(layer, padding)
        given = given * n if hasattr(padding, "__index__") else given
        if len(given) != n:
            raise ValueError(f"[{layer}] padding must be an int or {n} of them, found {padding!r}")
        self.padding = given

    def _widths(self, x: Input) -> tuple[Tensor, tuple[tuple[int, int], ...]]:
        """x as a tensor, and (before, after) for each of its last axes. ValueError where fewer than 0 would be left."""
        y, widths = lift(x), tuple(zip(self.padding[::2], self.padding[1::2]))[::-1]
        shape = y.shape
        if len(shape) not in (self.sides + 1, self.sides + 2) or any(
                n + before + after < 1 for n, (before, after) in zip(shape[-self.sides:], widths)):
            raise ValueError(f"[{type(self).__name__}] expected x with {self.sides + 2} axes, or {self.sides + 1} without a "
                             f"batch axis, and something left of it, found {shape} and padding {self.padding}")
        return y, widths

    def forward(self, x: Input) -> Tensor:
        y, widths = self._widths(x)
        return pad(y, ((0, 0),) * (y.ndim - self.sides) + widths, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad1d(_Border):
    """Zeros before and after the last axis: padding (left, right) or an int; negative numbers cut."""

    sides = 1


class ZeroPad2d(_Border):
    """Zeros round the last two axes: padding (left, right, top, bottom) or an int; negative numbers cut."""

    sides = 2


class _Reflection(_Border):
    mode = "reflect"

    def _widths(self, x: Input) -> tuple[Tensor, tuple[tuple[int, int], ...]]:
        y, widths = super()._widths(x)
        for n, sides in zip(y.shape[-self.sides:], widths):
            if max(sides) >= n:
                raise ValueError(f"[{type(self).__name__}] an axis of {n} can be reflected by {n - 1} at most, found padding "
                                 f"{self.padding}")
        return y, widths


class ReflectionPad1d(_Reflection):
    """The last axis extended by its own mirror image, without the border: padding (left, right) or an int."""

    sides = 1


class ReflectionPad2d(_Reflection):
    """The last two axes extended by their own mirror image, without the border: padding (left, right, top, bottom) or an
    int."""

    sides = 2


class ReplicationPad1d(_Border):
    """The last axis extended by its first and last pixels again: padding (left, right) or an int."""

    sides, mode = 1, "edge"


class ReplicationPad2d(_Border):
    """The last two axes extended by their border's pixels again: padding (left, right, top, bottom) or an int."""

    sides, mode = 2, "edge"


class Unfold(Module):
    """Every window of images as a column: x (N, C, H, W) -> (N, C KH KW, L), L windows; mg.unfold as a layer."""

    def __init__(self, kernel_size: Pair, dilation: Pair = 1, padding: Pair = 0, stride: Pair = 1):
        self.kernel_size = pair_of("Unfold", "kernel_size", kernel_size, 1)
        self.dilation, self.stride = pair_of("Unfold", "dilation", dilation, 1), pair_of("Unfold", "stride", stride, 1)
        self.padding = pair_of("Unfold", "padding", padding, 0)

    def forward(self, x: Input) -> Tensor:
        return unfold(x, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return f"{self.kernel_size}, dilation={self.dilation}, padding={self.padding}, stride={self.stride}"


class Fold(Module):
    """Columns summed into images where their windows lie: x (N, C KH KW, L) -> (N, C, *output_size); mg.fold as a layer."""

    def __init__(self, output_size: Pair, kernel_size: Pair, dilation: Pair = 1, padding: Pair = 0, stride: Pair = 1):
        self.output_size = pair_of("Fold", "output_size", output_size, 1)
        self.kernel_size = pair_of("Fold", "kernel_size", kernel_size, 1)
        self.dilation, self.stride = pair_of("Fold", "dilation", dilation, 1), pair_of("Fold", "stride", stride, 1)
        self.padding = pair_of("Fold", "padding", padding, 0)

    def forward(self, x: Input) -> Tensor:
        return fold(x, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return (f"{self.output_size}, {self.kernel_size}, dilation={self.dilation}, padding={self.padding}, "
                f"stride={self.stride}")
