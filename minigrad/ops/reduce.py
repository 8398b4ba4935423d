"""Sums, means and extremes along axes. axis is None (all), an int or a tuple of ints; negative: from the end."""

from __future__ import annotations

import numpy as np

from minigrad.graph import alike, record
from minigrad.kernels.reference import count_along
from minigrad.ops.elementwise import neg
from minigrad.ops.operands import check_not_empty, in_floats, reduction
from minigrad.ops.shape import reshape, transpose
from minigrad.tensor import Tensor, constant, lift
from minigrad.types import Axes, Operand

__all__ = ["argmax", "argmin", "max", "mean", "min", "sum"]


def sum(a: Operand, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """The sum along axes."""
    a = lift(a)
    axes, keepdims, kept = reduction("sum", a, axis, keepdims)
    return record(a.k, a.k.sum(a.data, axes, keepdims), (a,), sum_rule, (), (a.data.shape, kept))


def sum_rule(k, g, need, shape, kept):
    return (k.broadcast_to(k.reshape(g, kept), shape),)


def mean(a: Operand, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """The mean along axes; NaN of nothing."""
    if not alike(a):
        return in_floats(mean, a, axis, keepdims)
    axes, keepdims, kept = reduction("mean", a, axis, keepdims)
    shape = a.data.shape
    return record(a.k, a.k.mean(a.data, axes, keepdims), (a,), mean_rule, (), (shape, kept, count_along(shape, axes)))


def mean_rule(k, g, need, shape, kept, count):
    return (k.broadcast_to(k.div(k.reshape(g, kept), count), shape),)


def max(a: Operand, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """The largest along axes; NaN wins. The gradient goes to the first of equals."""
    return _largest("max", lift(a), axis, keepdims)


def _largest(op, a, axis, keepdims):
    axes, keepdims, kept = reduction(op, a, axis, keepdims)
    check_not_empty(op, a.shape, axes)
    a, last, shape = _to_one_axis(a, axes)
    largest = a.data if a.ndim == 0 else a.k.max(a.data, last)
    y = a if a.ndim == 0 else record(a.k, largest, (a,), max_rule, (0,), (last,))
    return reshape(y, kept if keepdims else shape)


def max_rule(k, g, need, a, axis):
    index = k.argmax(a, axis, True)
    return (k.put_along(k.reshape(g, index.shape), index, axis, a.shape),)


def min(a: Operand, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """The smallest along axes; NaN wins. The gradient goes to the first of equals."""
    return _reversed(_largest("min", _reversed(a), axis, keepdims))


def argmax(a: Operand, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """int64: where the largest stands along one axis, or in the flattened tensor; the first of equals, NaN wins."""
    return _place("argmax", lift(a), axis, keepdims)


def _place(op, a, axis, keepdims):
    axes, keepdims, kept = reduction(op, a, axis, keepdims)
    if axes is not None and len(axes) != 1:
        raise ValueError(f"[{op}] expected one axis or None, found {axis!r}")
    check_not_empty(op, a.shape, axes)
    if axes is None:
        index = constant(a.k, a.k.argmax(a.k.reshape(a.data, (-1,)), 0))
        return reshape(index, kept) if keepdims else index
    return constant(a.k, a.k.argmax(a.data, axes[0], keepdims))


def argmin(a: Operand, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """int64: where the smallest stands, as argmax."""
    return _place("argmin", _reversed(a), axis, keepdims)


def _reversed(a):
    """Numbers whose order is the reverse of a's, so that the minimum of a is found as a maximum; applied twice it gives a.

    -a for floats, `not a` for booleans. For integers, where -a may overflow, -1 - a, and for unsigned ones the dtype's largest
    number minus a.
    """
    a = lift(a)
    kind = a.data.dtype.kind
    if kind == "f":
        return neg(a)
    if kind == "b":
        return constant(a.k, a.k.equal(a.data, False))
    return constant(a.k, a.k.sub(-1 if kind == "i" else np.iinfo(a.data.dtype).max, a.data))


def finite_max(a, axis):
    """The maximum along `axis` (kept), or 0 where that is infinite or NaN: subtracted before exp, so that it does not overflow.

    A constant of the graph: softmax and its like come out the same whatever is subtracted, so it has no gradient.
    """
    return constant(a.k, a.k.finite_max(a.data, axis))


def _to_one_axis(a, axes):
    """a with the reduced axes made into one -> (a, that axis, the shape of the result)."""
    if a.ndim == 0:
        return a, 0, ()
    if axes is None:
        return reshape(a, (-1,)), 0, ()
    rest = tuple(i for i in range(a.ndim) if i not in axes)
    shape = tuple(a.shape[i] for i in rest)
    if len(axes) == 1:
        return a, axes[0], shape
    return reshape(transpose(a, rest + axes), (*shape, count_along(a.shape, axes))), len(shape), shape
