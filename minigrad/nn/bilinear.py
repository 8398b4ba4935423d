"""The bilinear layer, and its function."""

from __future__ import annotations

import math

import numpy as np

from minigrad.nn.given import given
from minigrad.nn.init import uniform_
from minigrad.nn.linear import positive, unset
from minigrad.nn.module import Module
from minigrad.ops.elementwise import add, mul
from minigrad.ops.matmul import linear
from minigrad.ops.reduce import sum
from minigrad.ops.shape import reshape
from minigrad.tensor import Tensor, lift
from minigrad.types import Input, Operand


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
        for name, x, n in (("x1", x1, self.in1_features), ("x2", x2, self.in2_features)):
            if not np.ndim(x) or np.shape(x)[-1] != n:
                raise ValueError(f"[Bilinear] {name} needs {n} features in its last axis, found {np.shape(x)}")
        return _bilinear("Bilinear", x1, x2, self.weight, self.bias)

    def extra_repr(self) -> str:
        sizes = f"{self.in1_features}, {self.in2_features}, {self.out_features}"
        return sizes + ("" if self.bias is not None else ", bias=False")


def bilinear(input1: Operand, input2: Operand, weight: Operand, bias: Operand | None = None) -> Tensor:
    """y_o = x1^T W_o x2 + b_o: input1 (..., I1), input2 (..., I2), weight (O, I1, I2), bias (O,) -> (..., O)."""
    return _bilinear("bilinear", input1, input2, lift(weight), bias)


def _bilinear(op, x1, x2, weight, bias):
    x1, x2 = given(op, x1, weight), given(op, x2, weight)
    if weight.ndim != 3 or not x1.ndim or not x2.ndim or (x1.shape[-1], x2.shape[-1]) != weight.shape[1:]:
        raise ValueError(f"[{op}] expected x1 (..., I1), x2 (..., I2) and weight (O, I1, I2), found x1 {x1.shape}, x2 "
                         f"{x2.shape}, weight {weight.shape}")
    if x1.shape[:-1] != x2.shape[:-1]:
        raise ValueError(f"[{op}] x1 and x2 differ before their last axis: x1 {x1.shape}, x2 {x2.shape}")
    out, first, second = weight.shape
    weighted = linear(x2, reshape(weight, (out * first, second)))
    y = sum(mul(reshape(weighted, (*x1.shape[:-1], out, first)), reshape(x1, (*x1.shape[:-1], 1, first))), -1)
    return y if bias is None else add(y, bias)
