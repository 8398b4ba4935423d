"""Scans: sums, products and extremes of all numbers so far along one axis. axis None: of the flattened tensor, as in numpy."""

from __future__ import annotations

import math

import numpy as np

from minigrad.graph import OUT, alike, record
from minigrad.ops.operands import astype, in_dtype, in_floats, is_end, normalize_axis
from minigrad.ops.shape import reshape
from minigrad.tensor import Tensor, constant, lift
from minigrad.types import DType, Operand

__all__ = ["cummax", "cummin", "cumprod", "cumsum", "logcumsumexp"]


def cumsum(a: Operand, axis: int | None = None, reverse: bool = False, *, dtype: DType = None) -> Tensor:
    """y[i] = a[0] + ... + a[i] along an axis; reverse: a[i] + ... + a[-1]. Booleans and short integers become int64, as in
    numpy. dtype: of the numbers that are added up, which are converted to it first, and of the result."""
    if dtype is not None:
        return in_dtype(cumsum, a, dtype, axis, reverse)
    a, axis = along_one("cumsum", lift(a), axis)
    reverse = _from_the_end("cumsum", reverse)
    return record(a.k, a.k.cumsum(a.data, axis, reverse), (a,), cumsum_rule, (), (axis, reverse))


def cumsum_rule(k, g, need, axis, reverse):
    return (k.cumsum(g, axis, not reverse),)


def cumprod(a: Operand, axis: int | None = None, reverse: bool = False, *, dtype: DType = None) -> Tensor:
    """y[i] = a[0] ... a[i] along an axis; reverse: a[i] ... a[-1]. The gradient is right where numbers are 0.
    dtype: as for `cumsum`.

    Its slope in a[i] is what stood before it times sum_j>=i g[j] a[i + 1] ... a[j], which is a recurrence from the end.
    """
    if dtype is not None:
        return in_dtype(cumprod, a, dtype, axis, reverse)
    a, axis = along_one("cumprod", lift(a), axis)
    reverse = _from_the_end("cumprod", reverse)
    if a.data.dtype == np.float16:              # of products as of sums: their slopes may be at the end of the range of halves
        return astype(cumprod(astype(a, np.float32), axis, reverse), a.data.dtype)
    return record(a.k, a.k.cumprod(a.data, axis, reverse), (a,), cumprod_rule, (0,), (axis, reverse))


def cumprod_rule(k, g, need, a, axis, reverse):
    before = k.cumprod(neighbours(k, a, axis, 1, reverse), axis, reverse)
    after = k.recurrence(g, neighbours(k, a, axis, 0, not reverse), axis, not reverse)
    return (k.pick_mul(after, before),)


def recurrence(b, c, axis, reverse=False):
    """y[i] = b[i] + c[i] y[i - 1] along an axis, from y = 0 before the first (a y of 0 picks nothing of c); reverse: from the
    end, with y[i + 1]. b and c have one shape. The gradients of scans are such recurrences, and so are their own."""
    return record(b.k, b.k.recurrence(b.data, c.data, axis, reverse), (b, c), recurrence_rule, (1, OUT), (axis, reverse))


def recurrence_rule(k, g, need, c, y, axis, reverse):
    gb = k.recurrence(g, neighbours(k, c, axis, 0, not reverse), axis, not reverse)
    return gb, k.pick_both(gb, neighbours(k, y, axis, 0, reverse)) if need[1] else None


def cummax(a: Operand, axis: int | None = None) -> Tensor:
    """The largest so far along an axis, as np.maximum.accumulate has it: the values alone; NaN wins. The gradient goes to the
    first of equals."""
    a, axis = along_one("cummax", lift(a), axis)
    return record(a.k, a.k.cummax(a.data, axis), (a,), cummax_rule, (0,), (axis,))


def cummax_rule(k, g, need, a, axis):
    return (k.put_along(g, k.cummax_index(a, axis), axis, a.shape),)


def cummax_index(a, axis):
    """int64: where the largest so far stands, the first of equals."""
    return constant(a.k, a.k.cummax_index(a.data, axis))


def cummin(a: Operand, axis: int | None = None) -> Tensor:
    """The smallest so far along an axis, as cummax."""
    a, axis = along_one("cummin", lift(a), axis)
    return record(a.k, a.k.cummin(a.data, axis), (a,), cummin_rule, (0,), (axis,))


def cummin_rule(k, g, need, a, axis):
    return (k.put_along(g, k.cummax_index(k.neg(a), axis), axis, a.shape),)


def logcumsumexp(a: Operand, axis: int | None = None) -> Tensor:
    """y[i] = log(exp(a[0]) + ... + exp(a[i])) along an axis, without overflow.

    Its slope in a[i] is sum_j>=i g[j] exp(a[i] - y[j]): a recurrence from the end, with factors exp(y[j] - y[j + 1]) <= 1.
    """
    if not alike(a):
        return in_floats(logcumsumexp, a, axis)
    a, axis = along_one("logcumsumexp", a, axis)
    return record(a.k, a.k.logcumsumexp(a.data, axis), (a,), logcumsumexp_rule, (0, OUT), (axis,))


def logcumsumexp_rule(k, g, need, a, y, axis):
    """Where y is -inf all terms so far are 0, and none of them has a share."""
    factors = k.where(k.equal(y, -math.inf), 0, k.exp(k.sub(y, neighbours(k, y, axis, 0, True))))
    shares = k.where(k.equal(a, -math.inf), 0, k.exp(k.sub(a, y)))
    return (k.pick_mul(k.recurrence(g, factors, axis, True), shares),)


def neighbours(k, a, axis, edge, reverse=False):
    """For each place the number before it along the axis (reverse: after it), and `edge` where there is none: for rules."""
    n = a.shape[axis]
    if n == 0:
        return a
    end = k.zeros((*a.shape[:axis], 1, *a.shape[axis + 1:]), a)
    end = k.add(end, edge) if edge else end
    rest = k.getitem(a, (slice(None),) * axis + (slice(1, None) if reverse else slice(0, n - 1),))
    return k.concatenate([rest, end] if reverse else [end, rest], axis)


def along_one(op, a, axis):
    """(a, one of its axes, 0 .. ndim - 1); the flattened a of axis None, and of a without axes for 0 and -1."""
    if axis is None or not a.data.shape and is_end(axis):
        return reshape(a, (-1,)), 0
    axes = normalize_axis(op, axis, a.ndim)
    if len(axes) != 1:
        raise ValueError(f"[{op}] expected one axis or None, found {axis!r}")
    return a, axes[0]


def _from_the_end(op, reverse):
    if reverse is True or reverse is False:
        return reverse
    raise TypeError(f"[{op}] reverse must be True or False, found {reverse!r}: .astype(...) converts to a dtype")
