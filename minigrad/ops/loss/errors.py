"""Losses of numbers and their targets: how far x lies from the target."""

from __future__ import annotations

import numpy as np

from minigrad.graph import record
from minigrad.ops.compare import less
from minigrad.ops.elementwise import abs, mul, sub, where
from minigrad.ops.loss.common import a_number, check_reduction, of_one_shape, reduced
from minigrad.ops.operands import in_floats, operands, reals_in, rounded_once
from minigrad.tensor import Tensor
from minigrad.types import Operand, Reduction

__all__ = ["huber_loss", "l1_loss", "mse", "smooth_l1_loss"]


def mse(a: Operand, b: Operand, reduction: Reduction = "mean") -> Tensor:
    """(a - b)^2 of two tensors of one shape: the mean over every element, "sum", or "none"."""
    a, b = operands("mse", a, b)
    check_reduction("mse", reduction)
    if a.data.shape != b.data.shape:
        raise ValueError(f"[mse] the shapes differ: {a.data.shape} against {b.data.shape}; reshape one (broadcasting "
                         "here is nearly always a mistake)")
    if a.data.dtype.kind != "f":
        return in_floats(mse, a, reals_in(b, np.float64), reduction)
    return record(a.k, a.k.mse(a.data, b.data, reduction), (a, b), mse_rule, (0, 1), (reduction,))


def mse_rule(k, g, need, a, b, reduction):
    ga = k.mse_backward(g, a, b, reduction)
    return ga if need[0] else None, k.neg(ga) if need[1] else None


def l1_loss(x: Operand, target: Operand, reduction: Reduction = "mean") -> Tensor:
    """|x - target|, of one shape. Its slope at x = target is 0."""
    x, target = of_one_shape("l1_loss", x, target)
    check_reduction("l1_loss", reduction)
    return rounded_once(lambda x, t: reduced(abs(sub(x, t)), reduction), x, target)


def smooth_l1_loss(x: Operand, target: Operand, reduction: Reduction = "mean", beta: float = 1.0) -> Tensor:
    """d^2 / (2 beta) where d = |x - target| is less than beta, d - beta / 2 elsewhere: huber_loss over its delta
    (Girshick 2015). beta = 0 is l1_loss."""
    beta = a_number("smooth_l1_loss", "beta", beta, 0)
    x, target = of_one_shape("smooth_l1_loss", x, target)
    check_reduction("smooth_l1_loss", reduction)
    if beta == 0:
        return l1_loss(x, target, reduction)
    return rounded_once(lambda x, t: reduced(_bent(x, t, beta, 1 / beta, 1.0), reduction), x, target)


def huber_loss(x: Operand, target: Operand, reduction: Reduction = "mean", delta: float = 1.0) -> Tensor:
    """d^2 / 2 where d = |x - target| is less than delta, delta (d - delta / 2) elsewhere (Huber 1964)."""
    delta = a_number("huber_loss", "delta", delta, 0, above=True)
    x, target = of_one_shape("huber_loss", x, target)
    check_reduction("huber_loss", reduction)
    return rounded_once(lambda x, t: reduced(_bent(x, t, delta, 1.0, delta), reduction), x, target)


def _bent(x, target, bend, curve, slope):
    """curve d^2 / 2 up to the bend, from there on straight with that slope."""
    d = abs(sub(x, target))
    return where(less(d, bend), mul(mul(d, d), curve / 2), mul(d - bend / 2, slope))
