"""Layers that compute nothing."""

from typing import TypeVar

from minigrad.nn.module import Module
from minigrad.ops.shape import flatten
from minigrad.tensor import Tensor
from minigrad.types import Input

T = TypeVar("T")


class Flatten(Module):
    """All axes from start_dim on made into one, in C order: x (N, C, H, W) -> (N, C H W)."""

    def __init__(self, start_dim: int = 1):
        if isinstance(start_dim, bool) or not hasattr(start_dim, "__index__"):
            raise TypeError(f"[Flatten] start_dim must be an int, found {start_dim!r}")
        self.start_dim = start_dim

    def forward(self, x: Input) -> Tensor:
        return flatten(x, self.start_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}" if self.start_dim != 1 else ""


class Identity(Module):
    """x itself; a place to hang a hook, or what is left of a layer taken out."""

    def forward(self, x: T) -> T:
        return x
