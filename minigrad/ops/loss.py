"""Losses."""

from __future__ import annotations

import numpy as np

from minigrad.graph import Variable, alike, record
from minigrad.ops.operands import astype, in_floats, operands
from minigrad.ops.shape import reshape, transpose
from minigrad.tensor import Tensor, constant
from minigrad.types import Operand, Reduction

__all__ = ["cross_entropy", "mse"]

REDUCTIONS = "mean", "sum", "none"
CLASSES = np.dtype(np.int64)


def cross_entropy(logits: Operand, target: Operand, reduction: Reduction = "mean") -> Tensor:
    """-log softmax(logits) at the target: logits (N, C) or (N, C, D1, ...), target integer classes (N,) or
    (N, D1, ...), or dense one-hot or probability rows shaped as the logits. A single row (C,) with a 0-d class works.

    reduction: "mean" over the rows, "sum", or "none". Fused and stable at any logits. Raises ValueError for a class
    that does not exist, TypeError for a target of floats that is not dense.
    """
    if not alike(logits):
        return in_floats(cross_entropy, logits, target, reduction)
    z = logits
    _check_reduction("cross_entropy", reduction)
    k = z.k
    shape = z.data.shape
    if (type(target) is k.array and target.dtype is CLASSES and len(shape) == 2 and target.shape == shape[:1]
            and shape[1]):
        loss, aux = k.cross_entropy(z.data, target, reduction)                          # the usual case
        return record(k, loss, (z, target), cross_entropy_rule, (0, 1), (reduction, aux), (aux,))
    target = _target(z, target)
    if len(shape) == 1:
        rows = cross_entropy(reshape(z, (1, *shape)), reshape(target, (1, *target.shape)), reduction)
        return reshape(rows, ()) if reduction == "none" else rows
    if len(shape) > 2:
        flat = _channels_last(target) if target.shape == shape else reshape(target, (-1,))
        rows = cross_entropy(_channels_last(z), flat, reduction)
        return reshape(rows, (shape[0], *shape[2:])) if reduction == "none" else rows
    loss, aux = z.k.cross_entropy(z.data, target.data, reduction)
    return record(z.k, loss, (z, target), cross_entropy_rule, (0, 1), (reduction, aux), (aux,))


def cross_entropy_rule(k, g, need, z, target, reduction, aux):
    return (k.cross_entropy_backward(g, z, target, aux, reduction) if need[0] else None,
            k.cross_entropy_target_grad(g, z, reduction) if need[1] else None)


def mse(a: Operand, b: Operand, reduction: Reduction = "mean") -> Tensor:
    """(a - b)^2 of two tensors of one shape: the mean over every element, "sum", or "none"."""
    a, b = operands("mse", a, b)
    _check_reduction("mse", reduction)
    if a.data.shape != b.data.shape:
        raise ValueError(f"[mse] the shapes differ: {a.data.shape} against {b.data.shape}; reshape one (broadcasting "
                         "here is nearly always a mistake)")
    if a.data.dtype.kind != "f":
        return in_floats(mse, a, astype(b, np.float64), reduction)
    return record(a.k, a.k.mse(a.data, b.data, reduction), (a, b), mse_rule, (0, 1), (reduction,))


def mse_rule(k, g, need, a, b, reduction):
    ga = k.mse_backward(g, a, b, reduction)
    return ga if need[0] else None, k.neg(ga) if need[1] else None


def _target(z, target):
    """The target as a tensor with its shape checked: int64 classes, or dense in z's dtype."""
    tensor = target if isinstance(target, Variable) else None
    array = tensor.data if tensor is not None else z.k.asarray(target)
    shape = z.data.shape
    if tensor is not None and tensor.k is not z.k:
        raise ValueError(f"[cross_entropy] the logits are on {z.k.name} and the target is on {tensor.k.name}: move one "
                         "with .to()")
    if not shape:
        raise ValueError("[cross_entropy] expected logits (N, C), found a 0-d tensor")
    if shape[1 if len(shape) > 1 else 0] == 0:
        raise ValueError(f"[cross_entropy] there are no classes: logits {shape}")
    classes = shape[:1] + shape[2:] if len(shape) > 1 else ()
    if array.shape == shape and (array.dtype.kind == "f" or array.shape != classes):
        return operands("cross_entropy", z, target if tensor is not None else array)[1]
    if array.dtype.kind not in "iu":
        raise TypeError(f"[cross_entropy] the target must be integer classes {classes}, or dense rows shaped as the "
                        f"logits {shape}; found {array.dtype} {array.shape}" + (": convert it with .astype(int)"
                                                                         if array.shape == classes else ""))
    if array.shape != classes:
        raise ValueError(f"[cross_entropy] logits {shape} need integer classes {classes} or dense rows {shape}, found "
                         f"a target {array.shape}")
    if array.dtype != CLASSES:
        return constant(z.k, z.k.astype(array, CLASSES))
    return constant(z.k, array) if tensor is None else tensor


def _channels_last(t):
    """(N, C, D1, ...) -> rows (N D1 ..., C)"""
    t = transpose(t, (0, *range(2, t.ndim), 1))
    return reshape(t, (-1, t.shape[-1]))


def _check_reduction(op, reduction):
    if reduction not in REDUCTIONS:
        raise ValueError(f"[{op}] reduction must be one of {', '.join(REDUCTIONS)}, found {reduction!r}")
