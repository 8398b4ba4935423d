"""Convolution layers, and transposed ones."""

from collections.abc import Callable, Sequence

from minigrad.nn.given import given
from minigrad.nn.init import initialise
from minigrad.nn.linear import positive, unset
from minigrad.nn.module import Module
from minigrad.ops.conv import conv2d
from minigrad.ops.conv_axes import conv1d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d
from minigrad.ops.shape import pad
from minigrad.ops.windows import SIDES, sizes_of
from minigrad.tensor import Tensor
from minigrad.types import Input, Shape

MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}         # PyTorch's words, and those of mg.pad

class _AnyConv(Module):
    """What convolutions and transposed ones have in common: sizes for each of `sides` axes, a weight and perhaps a bias."""

    sides = 0

    def _set(self, in_channels, out_channels, kernel_size, stride, dilation, groups):
        layer = type(self).__name__
        positive(layer, in_channels=in_channels, out_channels=out_channels, groups=groups)
        if in_channels % groups or out_channels % groups:
            raise ValueError(f"[{layer}] groups must divide both numbers of channels: groups {groups}, in_channels "
                             f"{in_channels}, out_channels {out_channels}")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = sizes_of(layer, "kernel_size", kernel_size, 1, self.sides)
        self.stride = sizes_of(layer, "stride", stride, 1, self.sides)
        self.dilation = sizes_of(layer, "dilation", dilation, 1, self.sides)

    def _draw(self, outer, inner, bias, init, device):
        self.weight = unset(outer, inner, *self.kernel_size, device=device)
        self.bias = unset(self.out_channels, device=device) if bias else None
        initialise(init, self.weight, self.bias)

    def extra_repr(self) -> str:
        text, ones = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}", (1,) * self.sides
        zeros = (0,) * self.sides
        for name, usual in (("stride", ones), ("padding", zeros), ("output_padding", zeros), ("dilation", ones), ("groups", 1),
                            ("padding_mode", "zeros")):
            if getattr(self, name, usual) != usual:
                text += f", {name}={getattr(self, name)!r}"
        return text + ("" if self.bias is not None else ", bias=False")


class _Conv(_AnyConv):
    """padding: numbers of zeros, "valid" (none) or "same" (as many places as x has, stride 1). padding_mode: what stands there:
    "zeros", or x itself, "reflect"ed, its border "replicate"d, or "circular". init: "torch" or "keras". device: where the
    parameters lie, as in mg.tensor.
    """

    convolve: Callable[..., Tensor]
    padding_mode: str = "zeros"         # also of what was pickled before there was a choice

    def __init__(self, in_channels: int, out_channels: int, kernel_size: Shape, stride: Shape = 1,
                 padding: Shape | str = 0, dilation: Shape = 1, groups: int = 1, bias: bool = True, padding_mode: str = "zeros",
                 init: str = "torch", *, device: str | None = None):
        layer = type(self).__name__
        if isinstance(padding, str) and padding not in ("same", "valid"):
            raise ValueError(f"[{layer}] padding must be an int, {'a pair' if self.sides == 2 else 'a tuple'}, 'same' or "
                             f"'valid', found {padding!r}")
        if not isinstance(padding_mode, str) or padding_mode not in ("zeros", *MODES):
            raise ValueError(f"[{layer}] padding_mode must be 'zeros', {', '.join(map(repr, MODES))}, found {padding_mode!r}")
        self.padding_mode = padding_mode
        self._set(in_channels, out_channels, kernel_size, stride, dilation, groups)
        self.padding = padding if isinstance(padding, str) else sizes_of(layer, "padding", padding, 0, self.sides)
        if self.padding == "same" and max(self.stride) > 1:
            raise ValueError(f"[{layer}] padding='same' needs stride 1, found {self.stride}: give the padding in "
                             "numbers")
        self._draw(out_channels, in_channels // groups, bias, init, device)

    def forward(self, x: Input) -> Tensor:
        padding = self.padding
        if self.padding_mode != "zeros":
            x, padding = self._padded(x), 0
        return self.convolve(x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def _padded(self, x):
        x = given(type(self).__name__, x, self.weight)
        if x.ndim not in (self.sides + 1, self.sides + 2):
            raise ValueError(f"[{type(self).__name__}] expected x with {self.sides + 2} axes, or {self.sides + 1} without a "
                             f"batch axis, found {x.shape}")
        if self.padding == "same":
            widths = [(d * (k - 1) // 2, d * (k - 1) - d * (k - 1) // 2) for k, d in zip(self.kernel_size, self.dilation)]
        else:
            widths = [(0, 0)] * self.sides if self.padding == "valid" else [(n, n) for n in self.padding]
        return pad(x, [(0, 0)] * (x.ndim - self.sides) + widths, mode=MODES[self.padding_mode])


class Conv1d(_Conv):
    """x (N, C, L) -> (N, O, OL), OL = (L + 2 P - D (K-1) - 1) // S + 1; or (C, L) -> (O, OL).

    weight (O, C/groups, K), bias (O,) or None.
    """

    sides = 1
    convolve = staticmethod(conv1d)


class Conv2d(_Conv):
    """x (N, C, H, W) -> (N, O, OH, OW), OH = (H + 2 PH - DH (KH-1) - 1) // SH + 1; or (C, H, W) -> (O, OH, OW).

    weight (O, C/groups, KH, KW), bias (O,) or None.
    """

    sides = 2
    convolve = staticmethod(conv2d)


class Conv3d(_Conv):
    """x (N, C, D, H, W) -> (N, O, OD, OH, OW), each side as in Conv2d; or (C, D, H, W) -> (O, OD, OH, OW).

    weight (O, C/groups, KD, KH, KW), bias (O,) or None.
    """

    sides = 3
    convolve = staticmethod(conv3d)


class _ConvTranspose(_AnyConv):
    """What a convolution with these arguments does to a gradient, plus a bias. Called with output_size (the sides wanted, or
    the whole shape) it finds the output_padding itself. init: "torch" or "keras". device: where the parameters lie, as in
    mg.tensor.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: Shape, stride: Shape = 1, padding: Shape = 0,
                 output_padding: Shape = 0, groups: int = 1, bias: bool = True, dilation: Shape = 1,
                 padding_mode: str = "zeros", init: str = "torch", *, device: str | None = None):
        layer = type(self).__name__
        if padding_mode != "zeros":
            raise ValueError(f"[{layer}] padding_mode must be 'zeros', found {padding_mode!r}")
        self._set(in_channels, out_channels, kernel_size, stride, dilation, groups)
        self.padding = sizes_of(layer, "padding", padding, 0, self.sides)
        self.output_padding = sizes_of(layer, "output_padding", output_padding, 0, self.sides)
        if any(more and more >= max(s, d) for more, s, d in zip(self.output_padding, self.stride, self.dilation)):
            raise ValueError(f"[{layer}] output_padding must be less than stride or dilation, found {self.output_padding}, "
                             f"stride {self.stride}, dilation {self.dilation}")
        self._draw(in_channels, out_channels // groups, bias, init, device)

    def _extra(self, x, output_size):
        if output_size is None:
            return self.output_padding
        wanted = tuple(output_size)[-self.sides:]
        least = [(n - 1) * s - 2 * p + d * (k - 1) + 1 for n, s, p, d, k in zip(
            x.shape[-self.sides:], self.stride, self.padding, self.dilation, self.kernel_size)]
        more = tuple(w - n for w, n in zip(wanted, least))
        if len(wanted) != self.sides or any(not 0 <= m < max(s, d) for m, s, d in zip(more, self.stride, self.dilation)):
            raise ValueError(f"[{type(self).__name__}] output_size must be {', '.join(SIDES[self.sides])} of at least "
                             f"{tuple(least)} and less than stride or dilation above it, found {output_size!r} for x {x.shape}")
        return more


class ConvTranspose1d(_ConvTranspose):
    """x (N, C, L) -> (N, O, OL), OL = (L - 1) S - 2 P + D (K-1) + 1 + output_padding; or (C, L) -> (O, OL).

    weight (C, O/groups, K), bias (O,) or None.
    """

    sides = 1

    def forward(self, x: Input, output_size: Sequence[int] | None = None) -> Tensor:
        return conv_transpose1d(x, self.weight, self.bias, self.stride, self.padding, self._extra(x, output_size), self.groups,
                                self.dilation)


class ConvTranspose2d(_ConvTranspose):
    """x (N, C, H, W) -> (N, O, OH, OW), OH = (H - 1) SH - 2 PH + DH (KH-1) + 1 + output_padding; or (C, H, W) -> (O, OH, OW).

    weight (C, O/groups, KH, KW), bias (O,) or None.
    """

    sides = 2

    def forward(self, x: Input, output_size: Sequence[int] | None = None) -> Tensor:
        return conv_transpose2d(x, self.weight, self.bias, self.stride, self.padding, self._extra(x, output_size), self.groups,
                                self.dilation)


class ConvTranspose3d(_ConvTranspose):
    """x (N, C, D, H, W) -> (N, O, OD, OH, OW), each side as in ConvTranspose2d; or (C, D, H, W) -> (O, OD, OH, OW).

    weight (C, O/groups, KD, KH, KW), bias (O,) or None.
    """

    sides = 3

    def forward(self, x: Input, output_size: Sequence[int] | None = None) -> Tensor:
        return conv_transpose3d(x, self.weight, self.bias, self.stride, self.padding, self._extra(x, output_size), self.groups,
                                self.dilation)


for _kind in (Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d):
    _kind.__doc__ = f"{_kind.__doc__}{_kind.__mro__[1].__doc__}"
