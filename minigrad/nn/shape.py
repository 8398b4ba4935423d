"""Layers that compute nothing."""

import math
from typing import TypeVar

from minigrad.nn.module import Module
from minigrad.ops.operands import as_shape, one_axis
from minigrad.ops.shape import flatten, reshape
from minigrad.tensor import Tensor
from minigrad.types import Input, Shape

T = TypeVar("T")


class Flatten(Module):
    """The axes from start_dim to end_dim made into one, in C order: x (N, C, H, W) -> (N, C H W)."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1):
        for name, axis in (("start_dim", start_dim), ("end_dim", end_dim)):
            if isinstance(axis, bool) or not hasattr(axis, "__index__"):
                raise TypeError(f"[Flatten] {name} must be an int, found {axis!r}")
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x: Input) -> Tensor:
        if self.end_dim == -1 and self.start_dim >= 0:
            return flatten(x, self.start_dim)
        shape = tuple(x.shape)
        axes = tuple(axis + len(shape) if axis < 0 else axis for axis in (self.start_dim, self.end_dim))
        if not 0 <= axes[0] <= axes[1] < len(shape):
            raise ValueError(f"[Flatten] expected start_dim and end_dim to be axes of x {shape}, the first not behind the "
                             f"last, found {self.start_dim} and {self.end_dim}")
        return reshape(x, (*shape[:axes[0]], math.prod(shape[axes[0]:axes[1] + 1]), *shape[axes[1] + 1:]))

    def extra_repr(self) -> str:
        names = ("start_dim", 1), ("end_dim", -1)
        return ", ".join(f"{name}={getattr(self, name)}" for name, usual in names if getattr(self, name) != usual)


class Unflatten(Module):
    """The axis `dim` made into several, of sizes unflattened_size (one may be -1), in C order: Flatten undone."""

    def __init__(self, dim: int, unflattened_size: Shape):
        if isinstance(dim, bool) or not hasattr(dim, "__index__"):
            raise TypeError(f"[Unflatten] dim must be an int, found {dim!r}")
        self.dim, self.unflattened_size = dim, as_shape("Unflatten", unflattened_size)

    def forward(self, x: Input) -> Tensor:
        shape, sizes = tuple(x.shape), self.unflattened_size
        axis = one_axis("Unflatten", self.dim, len(shape))
        rest = math.prod(n for n in sizes if n != -1)
        if sizes.count(-1) == 1 and rest and shape[axis] % rest == 0:
            sizes = tuple(shape[axis] // rest if n == -1 else n for n in sizes)
        if math.prod(sizes) != shape[axis] or min(sizes, default=0) < 0:
            raise ValueError(f"[Unflatten] axis {axis} of x {shape} does not divide into {self.unflattened_size}")
        return reshape(x, (*shape[:axis], *sizes, *shape[axis + 1:]))

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


class Identity(Module):
    """x itself; a place to hang a hook, or what is left of a layer taken out."""

    def forward(self, x: T) -> T:
        return x
