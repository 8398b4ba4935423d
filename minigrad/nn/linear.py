"""The dense layer."""

import numpy as np

from minigrad.nn.init import initialise
from minigrad.nn.module import Module
from minigrad.nn.parameter import Parameter
from minigrad.ops.matmul import linear
from minigrad.tensor import Tensor, get_default_dtype
from minigrad.types import Input


class Linear(Module):
    """x w^T + b: x (..., in_features) -> (..., out_features). weight (O, I), bias (O,) or None.

    init: "torch" or "keras". device: where the parameters lie, as in mg.tensor.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, init: str = "torch", *,
                 device: str | None = None):
        positive("Linear", in_features=in_features, out_features=out_features)
        self.in_features, self.out_features = in_features, out_features
        self.weight = unset(out_features, in_features, device=device)
        self.bias = unset(out_features, device=device) if bias else None
        initialise(init, self.weight, self.bias)

    def forward(self, x: Input) -> Tensor:
        return linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"{self.in_features}, {self.out_features}" + ("" if self.bias is not None else ", bias=False")


def unset(*shape: int, device: str | None = None) -> Parameter:
    """A Parameter of the default dtype that an initialiser is about to fill."""
    return Parameter(np.zeros(shape, get_default_dtype()), device=device)


def positive(layer: str, **sizes: int) -> None:
    """Raise ValueError unless every size is an int >= 1."""
    for name, n in sizes.items():
        if isinstance(n, bool) or not hasattr(n, "__index__") or n < 1:
            raise ValueError(f"[{layer}] {name} must be an int >= 1, found {n!r}")


def true_or_false(layer: str, **flags: bool) -> None:
    """Raise TypeError unless every flag is a bool: a word in its place would count as True."""
    for name, flag in flags.items():
        if not isinstance(flag, (bool, np.bool_)):
            raise TypeError(f"[{layer}] {name} must be True or False, found {flag!r}")
