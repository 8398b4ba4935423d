"""Gated linear units."""

from __future__ import annotations

from minigrad.ops.elementwise import mul, sigmoid
from minigrad.ops.index import getitem
from minigrad.ops.operands import the_axis
from minigrad.tensor import Tensor, lift
from minigrad.types import Operand

__all__ = ["glu"]


def glu(a: Operand, axis: int = -1) -> Tensor:
    """The first half along an axis times the sigmoid of the second (Y. N. Dauphin et al., arXiv 1612.08083).

    ValueError where the axis does not divide into two halves.
    """
    a = lift(a)
    axis = the_axis("glu", axis, a.shape)
    n = a.shape[axis]
    if n % 2:
        raise ValueError(f"[glu] expected an even size along axis {axis}, for two halves, found shape {a.shape}")
    whole = (slice(None),) * axis
    return mul(getitem(a, (*whole, slice(n // 2))), sigmoid(getitem(a, (*whole, slice(n // 2, None)))))
