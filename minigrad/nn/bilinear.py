"""The bilinear layer."""

import math

from minigrad.nn.given import given
from minigrad.nn.init import uniform_
from minigrad.nn.linear import positive, unset
from minigrad.nn.module import Module
from minigrad.ops.elementwise import add, mul
from minigrad.ops.matmul import linear
from minigrad.ops.reduce import sum
from minigrad.ops.shape import reshape
from minigrad.tensor import Tensor
from minigrad.types import Input


class Bilinear(Module):
    """y_o = x1^T W_o x2 + b_o: x1 (..., in1_features), x2 (..., in2_features) -> (..., out_features).

    weight (O, I1, I2), bias (O,) or None. device: where the parameters lie, as in mg.tensor.
    """

    def __init__(self, in1_features: int, in2_features: int, out_features: int, bias: bool = True, *,
                 device: str | None = None):
        positive("Bilinear", in1_features=in1_features, in2_features=in2_features, out_features=out_features)
        self.in1_features, self.in2_features, self.out_features = in1_features, in2_features, out_features
        bound = 1 / math.sqrt(in1_features)
        self.weight = uniform_(unset(out_features, in1_features, in2_features, device=device), -bound, bound)
        self.bias = uniform_(unset(out_features, device=device), -bound, bound) if bias else None

    def forward(self, x1: Input, x2: Input) -> Tensor:
        x1, x2 = (self._input(name, x, n) for name, x, n in (("x1", x1, self.in1_features), ("x2", x2, self.in2_features)))
        if x1.shape[:-1] != x2.shape[:-1]:
            raise ValueError(f"[Bilinear] x1 and x2 differ before their last axis: x1 {x1.shape}, x2 {x2.shape}")
        rows = (*x1.shape[:-1], self.out_features, self.in1_features)
        weighted = linear(x2, reshape(self.weight, (self.out_features * self.in1_features, self.in2_features)))
        y = sum(mul(reshape(weighted, rows), reshape(x1, (*x1.shape[:-1], 1, self.in1_features))), -1)
        return y if self.bias is None else add(y, self.bias)

    def _input(self, name, x, features):
        x = given("Bilinear", x, self.weight)
        if not x.ndim or x.shape[-1] != features:
            raise ValueError(f"[Bilinear] {name} needs {features} features in its last axis, found {x.shape}")
        return x

    def extra_repr(self) -> str:
        sizes = f"{self.in1_features}, {self.in2_features}, {self.out_features}"
        return sizes + ("" if self.bias is not None else ", bias=False")
