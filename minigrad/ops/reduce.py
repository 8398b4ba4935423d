"""Sums, products, means and extremes along axes. axis is None (all), an int or a tuple of ints; negative: from the end."""

from __future__ import annotations

from minigrad.graph import alike, record
from minigrad.kernels.dtypes import is_complex
from minigrad.kernels.reference import count_along
from minigrad.ops.operands import check_not_empty, in_dtype, in_floats, kept_shape, reduction
from minigrad.ops.scan import neighbours
from minigrad.ops.shape import reshape, transpose
from minigrad.tensor import Tensor, constant, lift
from minigrad.types import Axes, DType, Operand

__all__ = ["all", "any", "argmax", "argmin", "count_nonzero", "max", "mean", "min", "prod",
           "sum"]


def sum(a: Operand, axis: Axes = None, keepdims: bool = False, *, dtype: DType = None) -> Tensor:
    """The sum along axes. dtype: of the numbers that are added up, which are converted to it first, and of the result."""
    if dtype is not None:
        return in_dtype(sum, a, dtype, axis, keepdims)
    a = lift(a)
    axes, keepdims, kept = reduction("sum", a, axis, keepdims)
    return record(a.k, a.k.sum(a.data, axes, keepdims), (a,), sum_rule, (), (a.data.shape, kept))


def sum_rule(k, g, need, shape, kept):
    return (k.broadcast_to(k.reshape(g, kept), shape),)


def mean(a: Operand, axis: Axes = None, keepdims: bool = False, *, dtype: DType = None) -> Tensor:
    """The mean along axes; NaN of nothing. dtype: as for `sum`."""
    if dtype is not None:
        return in_dtype(mean, a, dtype, axis, keepdims)
    if not alike(a):
        a = lift(a)
        if not is_complex(a.data.dtype):
            return in_floats(mean, a, axis, keepdims)
    axes, keepdims, kept = reduction("mean", a, axis, keepdims)
    shape = a.data.shape
    return record(a.k, a.k.mean(a.data, axes, keepdims), (a,), mean_rule, (), (shape, kept, count_along(shape, axes)))


def mean_rule(k, g, need, shape, kept, count):
    return (k.broadcast_to(k.div(k.reshape(g, kept), count), shape),)


def prod(a: Operand, axis: Axes = None, keepdims: bool = False, *, dtype: DType = None) -> Tensor:
    """The product along axes; 1 of nothing. The slope in each number is the product of the others, so it is right where some
    are 0; those products are made from both ends, nothing is divided. dtype: as for `sum`."""
    if dtype is not None:
        return in_dtype(prod, a, dtype, axis, keepdims)
    a = lift(a)
    axes, keepdims, kept = reduction("prod", a, axis, keepdims)
    a, last, shape = to_one_axis(a, axes)
    y = record(a.k, a.k.prod(a.data, last), (a,), prod_rule, (0,), (last, kept_shape(a.data.shape, (last,))))
    return reshape(y, kept if keepdims else shape)


def prod_rule(k, g, need, a, axis, kept):
    before = k.cumprod(neighbours(k, a, axis, 1), axis, False)
    after = k.cumprod(neighbours(k, a, axis, 1, True), axis, True)
    return (k.pick_mul(k.reshape(g, kept), k.mul(before, after)),)


def max(a: Operand, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """The largest along axes; NaN wins. The gradient goes to the first of equals."""
    return _extreme("max", lift(a), axis, keepdims, max_rule)


def max_rule(k, g, need, a, axis):
    index = k.argmax(a, axis, True)
    return (k.put_along(k.reshape(g, index.shape), index, axis, a.shape),)


def min(a: Operand, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """The smallest along axes; NaN wins. The gradient goes to the first of equals."""
    return _extreme("min", lift(a), axis, keepdims, min_rule)


def min_rule(k, g, need, a, axis):
    index = k.argmin(a, axis, True)
    return (k.put_along(k.reshape(g, index.shape), index, axis, a.shape),)


def _extreme(op, a, axis, keepdims, rule):
    axes, keepdims, kept = reduction(op, a, axis, keepdims)
    check_not_empty(op, a.shape, axes)
    a, last, shape = to_one_axis(a, axes)
    y = record(a.k, getattr(a.k, op)(a.data, last), (a,), rule, (0,), (last,))
    return reshape(y, kept if keepdims else shape)


def argmax(a: Operand, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """int64: where the largest stands along one axis, or in the flattened tensor; the first of equals, NaN wins."""
    return _place("argmax", lift(a), axis, keepdims)


def argmin(a: Operand, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """int64: where the smallest stands, as argmax."""
    return _place("argmin", lift(a), axis, keepdims)


def _place(op, a, axis, keepdims):
    axes, keepdims, kept = reduction(op, a, axis, keepdims)
    if axes is not None and len(axes) != 1:
        raise ValueError(f"[{op}] expected one axis or None, found {axis!r}")
    check_not_empty(op, a.shape, axes)
    place = getattr(a.k, op)
    if axes is None:
        index = constant(a.k, place(a.k.reshape(a.data, (-1,)), 0))
        return reshape(index, kept) if keepdims else index
    return constant(a.k, place(a.data, axes[0], keepdims))


def any(a: Operand, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """Whether some number along axes is not 0 (NaN is not): booleans; False of nothing."""
    return _asked("any", lift(a), axis, keepdims)


def all(a: Operand, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """Whether no number along axes is 0: booleans; True of nothing."""
    return _asked("all", lift(a), axis, keepdims)


def count_nonzero(a: Operand, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """int64: how many numbers along axes are not 0."""
    return _asked("count_nonzero", lift(a), axis, keepdims)


def _asked(op, a, axis, keepdims):
    axes, keepdims, _ = reduction(op, a, axis, keepdims)
    return constant(a.k, getattr(a.k, op)(a.data, axes, keepdims))


def finite_max(a, axis):
    """The maximum along `axis` (kept), or 0 where that is infinite or NaN: subtracted before exp, so that it does not overflow.

    A constant of the graph: softmax and its like come out the same whatever is subtracted, so it has no gradient.
    """
    return constant(a.k, a.k.finite_max(a.data, axis))


def to_one_axis(a, axes):
    """a with the reduced axes made into one -> (a, that axis, the shape of the result)."""
    if axes is None or a.ndim == 0:
        return reshape(a, (-1,)), 0, ()
    rest = tuple(i for i in range(a.ndim) if i not in axes)
    shape = tuple(a.shape[i] for i in rest)
    if len(axes) == 1:
        return a, axes[0], shape
    return reshape(transpose(a, rest + axes), (*shape, count_along(a.shape, axes))), len(shape), shape
