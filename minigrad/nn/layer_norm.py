"""Layer norm, composed of operations."""

from minigrad.nn.given import given
from minigrad.nn.init import ones_
from minigrad.nn.linear import unset
from minigrad.nn.module import Module
from minigrad.ops.elementwise import add, mul, power, sub
from minigrad.ops.reduce import mean
from minigrad.tensor import Tensor, floating
from minigrad.types import Input, Shape


class LayerNorm(Module):
    """(x - mean) / sqrt(var + eps) * weight + bias over the last axes, of sizes normalized_shape (Ba, Kiros & Hinton 2016)."""

    def __init__(self, normalized_shape: Shape, eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True, *,
                 device: str | None = None):
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape, self.eps = shape, eps
        self.weight = ones_(unset(*shape, device=device)) if elementwise_affine else None
        self.bias = unset(*shape, device=device) if elementwise_affine and bias else None

    def forward(self, x: Input) -> Tensor:
        x = floating(x) if self.weight is None else given("LayerNorm", x, self.weight)
        axes = tuple(range(-len(self.normalized_shape), 0))
        if x.shape[len(x.shape) - len(axes):] != self.normalized_shape:
            raise ValueError(f"[LayerNorm] expected x to end in {self.normalized_shape}, found {x.shape}")
        centred = sub(x, mean(x, axes, True))
        y = mul(centred, power(add(mean(mul(centred, centred), axes, True), self.eps), -0.5))
        y = y if self.weight is None else mul(y, self.weight)
        return y if self.bias is None else add(y, self.bias)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}"
