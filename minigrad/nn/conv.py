"""The convolution layer."""

from minigrad.nn.init import initialise
from minigrad.nn.linear import positive, unset
from minigrad.nn.module import Module
from minigrad.ops.conv import conv2d
from minigrad.ops.operands import pair_of
from minigrad.tensor import Tensor
from minigrad.types import Input, Pair


class Conv2d(Module):
    """x (N, C, H, W) -> (N, O, OH, OW), OH = (H + 2 PH - DH (KH-1) - 1) // SH + 1.

    weight (O, C/groups, KH, KW), bias (O,) or None.
    padding: numbers of zeros, "valid" (none) or "same" (OH = H, stride 1). init: "torch" or "keras".
    device: where the parameters lie, as in mg.tensor.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: Pair, stride: Pair = 1,
                 padding: Pair | str = 0, dilation: Pair = 1, groups: int = 1, bias: bool = True, init: str = "torch", *,
                 device: str | None = None):
        positive("Conv2d", in_channels=in_channels, out_channels=out_channels, groups=groups)
        if in_channels % groups or out_channels % groups:
            raise ValueError(f"[Conv2d] groups must divide both numbers of channels: groups {groups}, in_channels "
                             f"{in_channels}, out_channels {out_channels}")
        if isinstance(padding, str) and padding not in ("same", "valid"):
            raise ValueError(f"[Conv2d] padding must be an int, a pair, 'same' or 'valid', found {padding!r}")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = pair_of("Conv2d", "kernel_size", kernel_size, 1)
        self.stride = pair_of("Conv2d", "stride", stride, 1)
        self.padding = padding if isinstance(padding, str) else pair_of("Conv2d", "padding", padding, 0)
        self.dilation = pair_of("Conv2d", "dilation", dilation, 1)
        if self.padding == "same" and self.stride != (1, 1):
            raise ValueError(f"[Conv2d] padding='same' needs stride 1, found {self.stride}: give the padding in "
                             "numbers")
        self.weight = unset(out_channels, in_channels // groups, *self.kernel_size, device=device)
        self.bias = unset(out_channels, device=device) if bias else None
        initialise(init, self.weight, self.bias)

    def forward(self, x: Input) -> Tensor:
        return conv2d(x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)

    def extra_repr(self) -> str:
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"
        for name, usual in (("stride", (1, 1)), ("padding", (0, 0)), ("dilation", (1, 1)), ("groups", 1)):
            if getattr(self, name) != usual:
                text += f", {name}={getattr(self, name)!r}"
        return text + ("" if self.bias is not None else ", bias=False")
