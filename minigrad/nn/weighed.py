"""Losses of numbers and their targets with a weight for each of them, as nn.functional has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minigrad import ops
from minigrad.ops.elementwise.arithmetic import pick_mul
from minigrad.ops.loss.common import check_reduction, of_one_shape, reduced, weights
from minigrad.ops.operands import rounded_once
from minigrad.tensor import Tensor
from minigrad.types import Operand, Reduction

__all__ = ["huber_loss", "l1_loss", "mse_loss"]


def mse_loss(input: Operand, target: Operand, size_average: None = None, reduce: None = None, reduction: Reduction = "mean",
             weight: Operand | None = None) -> Tensor:
    """mg.mse: (x - target)^2. weight: of x's shape, how much each counts; the mean is over the weights' sum (PyTorch).
    size_average and reduce are words of PyTorch's past: reduction says it."""
    _not_the_past("mse_loss", size_average, reduce)
    return _weighed("mse_loss", ops.mse, input, target, reduction, weight, True)


def l1_loss(input: Operand, target: Operand, size_average: None = None, reduce: None = None, reduction: Reduction = "mean",
            weight: Operand | None = None) -> Tensor:
    """mg.l1_loss: |x - target|. weight: of x's shape, how much each counts; the mean is over the weights' sum (PyTorch).
    size_average and reduce are words of PyTorch's past: reduction says it."""
    _not_the_past("l1_loss", size_average, reduce)
    return _weighed("l1_loss", ops.l1_loss, input, target, reduction, weight, True)


def huber_loss(input: Operand, target: Operand, reduction: Reduction = "mean", delta: float = 1.0,
               weight: Operand | None = None) -> Tensor:
    """mg.huber_loss. weight: of x's shape, how much each counts; the mean is over the number of elements all the same (PyTorch,
    unlike mse_loss)."""
    return _weighed("huber_loss", lambda x, t, reduction: ops.huber_loss(x, t, reduction, delta), input, target, reduction,
                    weight, False)


def _weighed(op: str, loss: Callable[..., Tensor], x: Any, target: Any, reduction: Reduction, weight: Any,
             over_weights: bool) -> Tensor:
    if weight is None:
        return loss(x, target, reduction)
    check_reduction(op, reduction)
    x, target = of_one_shape(op, x, target)
    (w,) = weights(op, x, weight)
    if w.data.shape != x.data.shape:
        raise ValueError(f"[{op}] weight must have x's shape {x.data.shape}, found {w.data.shape}")

    def weighed(x, target, w):
        losses = pick_mul(w, loss(x, target, "none"))
        return ops.div(ops.sum(losses), ops.sum(w)) if over_weights and reduction == "mean" else reduced(losses, reduction)

    return rounded_once(weighed, x, target, w)


def _not_the_past(op, size_average, reduce):
    if size_average is not None or reduce is not None:
        raise ValueError(f"[{op}] found size_average={size_average!r}, reduce={reduce!r} but expected None: give "
                         "reduction='mean', 'sum' or 'none'")
