"""Copies in which some elements are others: what a write in place would be, with a gradient."""

from __future__ import annotations

import numbers

import numpy as np

from minigrad.graph import constant, record
from minigrad.kernels.reference import is_basic
from minigrad.ops.elementwise import add, mul
from minigrad.ops.index.along import check_within, corner, integers, put_along
from minigrad.ops.index.picking import arrays_in, plain_index
from minigrad.ops.operands import as_part_of, astype, check_fits, one_axis, operands
from minigrad.ops.shape.padding import pad_constant
from minigrad.ops.shape.repeating import broadcast_to
from minigrad.tensor import Tensor, array_on, floating, lift
from minigrad.types import Operand

__all__ = ["index_add", "scatter", "scatter_add"]


def with_values(op, a, values):
    """A tensor, and what is to be written into it, of one dtype: a Python number takes a's, if that has it."""
    if isinstance(values, (int, float)):
        kind = a.data.dtype.kind
        if isinstance(values, float) and kind != "f":
            a = floating(a)
        elif kind == "b" and not isinstance(values, bool):
            a = astype(a, np.int64)
        if isinstance(values, int):
            check_fits(op, values, a.data.dtype)
        return a, constant(a.k, a.k.full((), values, a.data.dtype))
    return operands(op, a, values)


def overwrite(a, index, values):
    """A copy of a in which a[index] is `values`, which broadcast to it; of an index with repeats the last one stands."""
    a, values = with_values("overwrite", a, values)
    index = plain_index(a.k, index)
    try:
        y = a.k.overwrite(a.data, index, values.data)
    except (IndexError, ValueError) as error:
        raise type(error)(f"[overwrite] {error}: the tensor has shape {a.shape}, the values {values.shape}") from None
    return record(a.k, y, (a, values), overwrite_rule, (), (index, a.shape, values.shape), arrays_in(a.k, index))


def overwrite_rule(k, g, need, index, shape, values_shape):
    """What was overwritten got nothing out, and values that others overwrote did not either."""
    ga = k.overwrite(g, index, k.zeros((), g)) if need[0] else None
    if not need[1]:
        return ga, None
    gvalues = k.getitem(g, index)
    if not is_basic(index):
        gvalues = k.where(k.lasts(index, shape), gvalues, 0)
    return ga, k.sum_to(gvalues, values_shape)


def overwrite_along(a, index, values, axis):
    """A copy of a with values at integer places along one axis: index has a's other sizes, values its shape, and of repeats the
    last one stands."""
    index = array_on(a.k, index)
    y = a.k.overwrite_along(a.data, index, values.data, axis)
    return record(a.k, y, (a, values), overwrite_along_rule, (), (index, axis, a.data.shape[axis]), (index,))


def overwrite_along_rule(k, g, need, index, axis, size):
    ga = k.overwrite_along(g, index, k.zeros(index.shape, g), axis) if need[0] else None
    return ga, k.where(k.lasts_along(index, axis, size), k.take_along(g, index, axis), 0) if need[1] else None


def add_at(a, index, values):
    """A copy of a with values, which broadcast to a[index], added there; repeats are added up."""
    index = plain_index(a.k, index)
    y = a.k.add_at(a.data, index, values.data)
    return record(a.k, y, (a, values), add_at_rule, (), (index, values.data.shape), arrays_in(a.k, index))


def add_at_rule(k, g, need, index, shape):
    return g if need[0] else None, k.sum_to(k.getitem(g, index), shape) if need[1] else None


def add_along(a, index, values, axis):
    """A copy of a with values added at integer places along one axis: index has a's other sizes, values its shape; repeats are
    added up."""
    index = array_on(a.k, index)
    y = a.k.add_along(a.data, index, values.data, axis)
    return record(a.k, y, (a, values), add_along_rule, (), (index, axis), (index,))


def add_along_rule(k, g, need, index, axis):
    return g if need[0] else None, k.take_along(g, index, axis) if need[1] else None


def scatter(a: Operand, axis: int, index: Operand, src: Operand) -> Tensor:
    """A copy of a with src written at integer places along one axis (PyTorch): y[i, index[i, j]] = src[i, j] for axis 1.

    index has as many axes as a, and beside `axis` is as large or smaller; src is one number, or nowhere smaller than index. Of
    several values for one place the last stands, and it alone gets a gradient (PyTorch: any of them, all get it).
    Raises TypeError for an index that is no integers, ValueError for sizes that do not belong together, IndexError for places
    out of range.
    """
    a, index, axis, src = _scattered("scatter", a, axis, index, src)
    if index.shape == tuple(index.shape[axis] if i == axis else n for i, n in enumerate(a.shape)):
        return as_part_of("scatter", overwrite_along, a, index, broadcast_to(src, index.shape), axis)
    grid = [a.k.asarray(np.arange(n).reshape((-1,) + (1,) * (a.ndim - 1 - i))) for i, n in enumerate(index.shape)]
    grid[axis] = index
    return as_part_of("scatter", overwrite, a, tuple(grid), src)


def scatter_add(a: Operand, axis: int, index: Operand, src: Operand) -> Tensor:
    """A copy of a with src added at integer places along one axis (PyTorch): y[i, index[i, j]] += src[i, j] for axis 1.

    Sizes and errors are those of `scatter`; repeats are added up.
    """
    a, index, axis, src = _scattered("scatter_add", a, axis, index, src)
    if src.shape != index.shape:
        raise ValueError(f"[scatter_add] src must be a tensor of the index's shape {index.shape} or larger, found {src.shape}")
    within = tuple(n if i == axis else m for i, (m, n) in enumerate(zip(index.shape, a.shape)))
    if within == a.shape:
        return as_part_of("scatter_add", add_along, a, index, src, axis)
    added = as_part_of("scatter_add", put_along, src, index, axis, within)
    return add(a, pad_constant(added, tuple((0, n - m) for m, n in zip(within, a.shape)), 0))


def _scattered(op, a, axis, index, src):
    """The arguments of scatter and scatter_add, checked: src a number, or of index's shape."""
    a, src = with_values(op, lift(a), src)
    index = integers(op, a.k, index)
    axis = one_axis(op, axis, a.ndim)
    check_within(op, "the index", index.shape, "the tensor", a.shape, axis)
    if src.shape != ():
        check_within(op, "the index", index.shape, "src", src.shape)
        src = corner(src, index.shape)
    return a, index, axis, src


def index_add(a: Operand, axis: int, index: Operand, source: Operand, alpha: complex = 1) -> Tensor:
    """A copy of a with alpha * source added at slices along one axis (PyTorch): y[:, index[j]] += source[:, j] for axis 1.

    index: one axis; source has a's shape with as many places along `axis` as index has. Repeats are added up.
    """
    a, source = operands("index_add", lift(a), source)
    index = integers("index_add", a.k, index)
    axis = one_axis("index_add", axis, a.ndim)
    expected = a.shape[:axis] + index.shape + a.shape[axis + 1:]
    if len(index.shape) != 1 or source.shape != expected:
        raise ValueError(f"[index_add] expected an index of one axis and a source {expected} for the tensor {a.shape}: found "
                         f"index {index.shape}, source {source.shape}")
    if not (isinstance(alpha, numbers.Number) and alpha == 1):
        source = as_part_of("index_add", mul, source, alpha)
    return as_part_of("index_add", add_at, a, (slice(None),) * axis + (index,), source)
