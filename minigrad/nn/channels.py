"""Dropout of whole channels (Tompson et al. 2015), and dropout that keeps mean and variance (Klambauer et al. 2017)."""

from __future__ import annotations

import math

from minigrad.ops.dropout import dropout
from minigrad.ops.elementwise import add, mul
from minigrad.tensor import Tensor, constant, floating
from minigrad.types import Operand

SELU = 1.7580993408473766       # scale times alpha of selu: minus what it gives far below 0


def channel_dropout(name: str, a: Operand, sides: int, p: float, training: bool) -> Tensor:
    """Whole channels of x (N, C, ...) or (C, ...), with so many axes behind them, dropped, the others times 1 / (1 - p)."""
    x: Tensor = floating(a)
    if x.ndim not in (sides + 1, sides + 2):
        raise ValueError(f"[{name}] expected x with {sides + 2} axes, (N, C, ...), or {sides + 1}, (C, ...), found "
                         f"{x.shape}")
    if not training or p == 0:
        return dropout(x, p, False)
    return mul(x, _mask(x, (*x.shape[:x.ndim - sides], *(1,) * sides), p))


def alpha_dropout(a: Operand, p: float, training: bool, whole_channels: bool = False) -> Tensor:
    """x kept with probability 1 - p, else selu's value at minus infinity; scaled and shifted so that mean 0 and variance 1
    stay. whole_channels: one choice for each channel of x (N, C, ...).
    """
    x: Tensor = floating(a)
    if not training or p == 0:
        return dropout(x, p, False)
    shape = (*x.shape[:2], *(1,) * (x.ndim - 2)) if whole_channels else x.shape
    kept = mul(_mask(x, shape, p), 1 - p)                           # 1 or 0
    if p == 1:
        return mul(x, kept)
    scale = 1 / math.sqrt((1 - p) * (1 + p * SELU**2))
    shift = scale * SELU * p
    dropped = mul(add(kept, -1.0), scale * SELU)                    # 0 where kept
    return add(add(mul(x, mul(kept, scale)), dropped), shift)


def _mask(x, shape, p):
    """1 / (1 - p) with probability 1 - p, else 0."""
    return dropout(constant(x.k, x.k.full(shape, 1, x.dtype)), p, True)
