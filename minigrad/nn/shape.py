"""Layers that compute nothing."""

import math
from collections.abc import Sequence
from typing import TypeVar

from minigrad.nn.module import Module
from minigrad.ops.operands import as_shape, one_axis
from minigrad.ops.shape import flatten, reshape
from minigrad.tensor import Tensor
from minigrad.types import Input

T = TypeVar("T")


class Flatten(Module):
    """The axes from start_dim to end_dim made into one, in C order: x (N, C, H, W) -> (N, C H W)."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1):
        for name, n in (("start_dim", start_dim), ("end_dim", end_dim)):
            if isinstance(n, bool) or not hasattr(n, "__index__"):
                raise TypeError(f"[Flatten] {name} must be an int, found {n!r}")
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x: Input) -> Tensor:
        if self.end_dim == -1 and self.start_dim >= 0:
            return flatten(x, self.start_dim)
        shape = x.shape
        start, end = (one_axis("Flatten", n, len(shape)) for n in (self.start_dim, self.end_dim))
        if start > end:
            raise ValueError(f"[Flatten] start_dim {self.start_dim} comes after end_dim {self.end_dim} in shape {shape}")
        return reshape(x, (*shape[:start], math.prod(shape[start:end + 1]), *shape[end + 1:]))

    def extra_repr(self) -> str:
        given = [f"start_dim={self.start_dim}"] * (self.start_dim != 1) + [f"end_dim={self.end_dim}"] * (self.end_dim != -1)
        return ", ".join(given)


class Unflatten(Module):
    """An axis made into several, in C order: Unflatten(1, (C, H, W)) of x (N, C H W) -> (N, C, H, W). One size may be -1."""

    def __init__(self, dim: int, unflattened_size: Sequence[int]):
        if isinstance(dim, bool) or not hasattr(dim, "__index__"):
            raise TypeError(f"[Unflatten] dim must be an int, found {dim!r}: axes have no names here")
        self.dim, self.unflattened_size = dim, as_shape("Unflatten", unflattened_size)

    def forward(self, x: Input) -> Tensor:
        shape, sizes = x.shape, self.unflattened_size
        axis = one_axis("Unflatten", self.dim, len(shape))
        rest = math.prod(n for n in sizes if n != -1)
        fits = rest == shape[axis] if -1 not in sizes else sizes.count(-1) == 1 and rest > 0 and not shape[axis] % rest
        if not fits:
            raise ValueError(f"[Unflatten] axis {axis} of shape {shape} does not divide into {sizes}")
        return reshape(x, (*shape[:axis], *(shape[axis] // rest if n == -1 else n for n in sizes), *shape[axis + 1:]))

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


class Identity(Module):
    """x itself; a place to hang a hook, or what is left of a layer taken out."""

    def forward(self, x: T) -> T:
        return x
