"""Negative logarithms of likelihoods: of probabilities, counts and measurements."""

from __future__ import annotations

import math

from minigrad.ops.compare import greater, less
from minigrad.ops.elementwise import div, exp, log, mul, neg, pick_mul, softplus, sub, where
from minigrad.ops.loss.common import (
    REDUCTIONS,
    a_number,
    check_reduction,
    of_one_shape,
    reduced,
    weights,
)
from minigrad.ops.operands import operands, rounded_once
from minigrad.ops.reduce import mean, sum
from minigrad.ops.shape import reshape
from minigrad.tensor import Tensor
from minigrad.types import Operand, Reduction

__all__ = ["binary_cross_entropy", "binary_cross_entropy_with_logits", "gaussian_nll_loss", "kl_div",
           "multilabel_soft_margin_loss", "poisson_nll_loss"]

LEAST_LOG = -100.0          # PyTorch's bound, so that a sure and wrong prediction costs 100 and not infinity
STEEPEST = 1e12             # ... and its slope at 0


def binary_cross_entropy(x: Operand, target: Operand, weight: Operand | None = None, reduction: Reduction = "mean") -> Tensor:
    """-(t log x + (1 - t) log(1 - x)) of probabilities x and targets t in [0, 1] of one shape, times a weight that broadcasts.

    As in PyTorch a logarithm is -100 at least, and its slope at 0 is 1e12. What a target of exactly 0 (or 1) weighs with 0
    does not count. Of logits, binary_cross_entropy_with_logits is more exact. Raises ValueError for an x outside [0, 1]; NaN
    stays NaN.
    """
    op = "binary_cross_entropy"
    x, target = of_one_shape(op, x, target)
    _check_probabilities(op, x)
    check_reduction(op, reduction)
    w = weights(op, x, weight)

    def loss(x, t, *w):
        losses = neg(pick_mul(t, _bounded_log(x)) + pick_mul(sub(1, t), _bounded_log(sub(1, x))))
        return reduced(pick_mul(w[0], losses) if w else losses, reduction)

    return rounded_once(loss, x, target, *w)


def _check_probabilities(op, x):
    if x.size:
        lowest, highest = x.detach().min().item(), x.detach().max().item()
        if lowest < 0 or highest > 1:
            raise ValueError(f"[{op}] expected probabilities from 0 to 1, found {lowest:g} to {highest:g}: give "
                             "sigmoid(x), or logits to binary_cross_entropy_with_logits")


def _bounded_log(x):
    y = log(x)
    return where(less(y, LEAST_LOG), LEAST_LOG + mul(sub(x, x.detach()), STEEPEST), y)


def binary_cross_entropy_with_logits(x: Operand, target: Operand, weight: Operand | None = None,
                                     reduction: Reduction = "mean", pos_weight: Operand | None = None) -> Tensor:
    """-(p t log s + (1 - t) log(1 - s)), s = sigmoid(x), of logits x and targets t in [0, 1] of one shape, stable at any x.

    Computed as p t softplus(-x) + (1 - t) softplus(x). pos_weight p and weight, a factor of it all, broadcast to x.
    """
    op = "binary_cross_entropy_with_logits"
    x, target = of_one_shape(op, x, target)
    check_reduction(op, reduction)
    w, p = weights(op, x, weight), weights(op, x, pos_weight, name="pos_weight")

    def loss(x, t, *factors):
        yes = mul(t, factors[-1]) if p else t
        losses = pick_mul(yes, softplus(neg(x))) + pick_mul(sub(1, t), softplus(x))
        return reduced(pick_mul(factors[0], losses) if w else losses, reduction)

    return rounded_once(loss, x, target, *w, *p)


def multilabel_soft_margin_loss(x: Operand, target: Operand, weight: Operand | None = None,
                                reduction: Reduction = "mean") -> Tensor:
    """binary_cross_entropy_with_logits averaged over the classes, the last axis: x and target (N, C) or (C,) -> (N,) or 0-d.

    weight (C,): how much each class counts.
    """
    op = "multilabel_soft_margin_loss"
    x, target = of_one_shape(op, x, target)
    check_reduction(op, reduction)
    if not x.data.shape:
        raise ValueError(f"[{op}] expected scores (N, C) or (C,), found a 0-d tensor")
    w = weights(op, x, weight, x.data.shape[-1:])

    def loss(x, t, *w):
        losses = pick_mul(t, softplus(neg(x))) + pick_mul(sub(1, t), softplus(x))
        return reduced(mean(pick_mul(w[0], losses) if w else losses, -1), reduction)

    return rounded_once(loss, x, target, *w)


def kl_div(x: Operand, target: Operand, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """The divergence of Kullback and Leibler, p (log p - x) with p the target and x = log q, of one shape (x comes first).

    log_target: the target is log p. A p of 0 gives 0, whatever x is. reduction: "batchmean" is the divergence itself, the sum
    over the size of the first axis; "mean", PyTorch's default, is over every element; "sum", "none".
    """
    x, target = of_one_shape("kl_div", x, target)
    check_reduction("kl_div", reduction, (*REDUCTIONS, "batchmean"))
    if not isinstance(log_target, (bool, int)):
        raise TypeError(f"[kl_div] log_target must be True or False, found {log_target!r}")
    if reduction == "batchmean" and not x.data.shape:
        raise ValueError("[kl_div] batchmean divides by the size of the first axis, and the tensors are 0-d: use sum")

    def loss(x, t):
        losses = pick_mul(exp(t), sub(t, x)) if log_target else pick_mul(t, sub(log(t), x))
        return div(sum(losses), x.data.shape[0]) if reduction == "batchmean" else reduced(losses, reduction)

    return rounded_once(loss, x, target)


def poisson_nll_loss(x: Operand, target: Operand, log_input: bool = True, full: bool = False, eps: float = 1e-8,
                     reduction: Reduction = "mean") -> Tensor:
    """exp(x) - t x, for counts t of a Poisson variable whose mean is exp(x); or x - t log(x + eps), without log_input.

    full: with Stirling's t log t - t + log(2 pi t) / 2 for log t!, where t > 1. One shape.
    """
    op = "poisson_nll_loss"
    x, target = of_one_shape(op, x, target)
    check_reduction(op, reduction)
    eps = a_number(op, "eps", eps, 0)

    def loss(x, t):
        losses = sub(exp(x), pick_mul(t, x)) if log_input else sub(x, pick_mul(t, log(x + eps)))
        if full:
            losses = losses + where(greater(t, 1), mul(t, log(t)) - t + mul(log(mul(t, 2 * math.pi)), 0.5), 0)
        return reduced(losses, reduction)

    return rounded_once(loss, x, target)


def gaussian_nll_loss(x: Operand, target: Operand, var: Operand, full: bool = False, eps: float = 1e-6,
                      reduction: Reduction = "mean") -> Tensor:
    """(log v + (x - target)^2 / v) / 2 for a target drawn from a Gaussian with mean x and variance v = max(var, eps).

    x and target of one shape; var of that shape, or without the last axis or 1 there (one variance for all of it), or a number.
    full: with log(2 pi) / 2. Below eps the slope in var is that at eps, as in PyTorch, so that var can grow again.
    """
    op = "gaussian_nll_loss"
    x, target = of_one_shape(op, x, target)
    check_reduction(op, reduction)
    eps = a_number(op, "eps", eps, 0, above=True)
    var = operands(op, x, var)[1]
    shape = x.data.shape
    if var.data.shape == shape[:-1] and var.data.shape != shape:
        var = reshape(var, (*shape[:-1], 1))
    if var.data.shape not in (shape, (*shape[:-1], 1), ()):
        raise ValueError(f"[{op}] var must have the shape {shape} of x, or {shape[:-1]}, or be a number; found "
                         f"{var.data.shape}")

    def loss(x, t, v):
        d = sub(x, t)
        v = where(less(v, eps), sub(v, v.detach()) + eps, v)
        losses = mul(log(v) + div(mul(d, d), v), 0.5)
        return reduced(losses + math.log(2 * math.pi) / 2 if full else losses, reduction)

    return rounded_once(loss, x, target, var)
