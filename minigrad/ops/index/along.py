"""Picking along one axis."""

from __future__ import annotations

import numpy as np

from minigrad.graph import Variable, constant, record
from minigrad.ops.elementwise import clip
from minigrad.ops.index.picking import getitem
from minigrad.ops.operands import as_part_of, is_end, one_axis
from minigrad.ops.shape.arranging import ravel
from minigrad.ops.shape.repeating import broadcast_to
from minigrad.system import names
from minigrad.tensor import Tensor, array_on, holds_value, lift
from minigrad.types import Operand

__all__ = ["gather", "index_select", "take", "take_along_axis"]


def integers(op, k, index):
    """An index as an array of integers on the device of k; TypeError for anything else."""
    found = array_on(k, index)
    if found.dtype.kind not in "iu":
        if holds_value(found):
            raise TypeError(names.of_values())
        if 0 not in found.shape or isinstance(index, (Variable, np.ndarray)):
            raise TypeError(f"[{op}] the index must be integers, found {found.dtype}")
        found = k.astype(found, np.dtype(np.intp))      # an empty list
    return found


# ---- the same along every row

def take_along_axis(a: Operand, indices: Operand, axis: int | None = -1) -> Tensor:
    """a at integer places along one axis, different ones in each row: indices has as many axes as a, and beside `axis` the two
    broadcast. axis=None: of all elements on one axis, and indices has one axis.

    y[i, j] = a[i, indices[i, j]] for axis 1. Raises TypeError for an index that is no integers, ValueError for shapes that do
    not belong together, IndexError for places out of range.
    """
    a = lift(a)
    index = integers("take_along_axis", a.k, indices)
    a, axis = (ravel(a), 0) if axis is None else (a, one_axis("take_along_axis", axis, a.ndim))
    shape, found = a.data.shape, index.shape
    if len(found) != len(shape):
        raise ValueError(f"[take_along_axis] the index needs as many axes as the tensor: index {found}, tensor {shape}")
    lead, rest = _without(shape, axis), _without(found, axis)
    if lead != rest:
        try:
            common = np.broadcast_shapes(lead, rest)
        except ValueError:
            raise ValueError(f"[take_along_axis] beside axis {axis} the index {found} and the tensor {shape} do not broadcast"
                             ) from None
        a = broadcast_to(a, (*common[:axis], shape[axis], *common[axis:]))
        index = a.k.broadcast_to(index, (*common[:axis], found[axis], *common[axis:]))
    return _taken("take_along_axis", a, index, axis, shape)


def _without(shape, axis):
    return shape[:axis] + shape[axis + 1:]


def gather(a: Operand, axis: int, index: Operand) -> Tensor:
    """a at integer places along one axis (PyTorch): y[i, j] = a[i, index[i, j]] for axis 1.

    index has as many axes as a, and beside `axis` is as large or smaller; y has its shape. Raises as take_along_axis does.
    """
    a = lift(a)
    index = integers("gather", a.k, index)
    axis = one_axis("gather", axis, a.ndim)
    check_within("gather", "the index", index.shape, "the tensor", a.data.shape, axis)
    return _taken("gather", corner(a, index.shape, axis), index, axis, a.data.shape)


def _taken(op, a, index, axis, shape):
    """take_along of what is a part of the user's tensor, or that tensor repeated: an error names its shape."""
    try:
        return as_part_of(op, take_along, a, constant(a.k, index), axis)
    except IndexError as error:
        raise IndexError(f"{error}: the tensor has shape {shape}") from None


def check_within(op, inner, small, outer, large, axis=None):
    """ValueError unless `small` is nowhere larger than `large`, except along `axis`."""
    if len(small) != len(large) or any(m > n for i, (m, n) in enumerate(zip(small, large)) if i != axis):
        beside = "" if axis is None else f" beside axis {axis}"
        raise ValueError(f"[{op}] {inner} must have as many axes as {outer}, and be no larger{beside}: {inner} {small}, "
                         f"{outer} {large}")


def corner(a, sizes, axis=None):
    """The first so many places along each axis, all of them along `axis`."""
    wanted = tuple(n if i == axis else m for i, (m, n) in enumerate(zip(sizes, a.data.shape)))
    return a if wanted == a.data.shape else getitem(a, tuple(slice(n) for n in wanted))


def take_along(a, index, axis):
    """a at integer places along one axis: index has a's other sizes. What take_along_axis and gather come to."""
    index = index if isinstance(index, Variable) else constant(a.k, array_on(a.k, index))
    return record(a.k, a.k.take_along(a.data, index.data, axis), (a, index), take_along_rule, (1,), (axis, a.data.shape))


def take_along_rule(k, g, need, index, axis, shape):
    return k.put_along(g, index, axis, shape), None


def put_along(g, index, axis, shape):
    """Zeros of `shape` with g added at the places `index` along one axis: the adjoint of take_along."""
    index = array_on(g.k, index)
    return record(g.k, g.k.put_along(g.data, index, axis, shape), (g,), put_along_rule, (), (index, axis), (index,))


def put_along_rule(k, g, need, index, axis):
    return (k.take_along(g, index, axis),)


# ---- whole slices

def index_select(a: Operand, axis: int, index: Operand) -> Tensor:
    """The slices of a at integer places along one axis (PyTorch): a[:, index] for axis 1. index: one axis, or one number."""
    a = lift(a)
    index = integers("index_select", a.k, index)
    if len(index.shape) > 1:
        raise ValueError(f"[index_select] the index must have one axis, found shape {index.shape}: mg.take takes any")
    axis = one_axis("index_select", axis, a.ndim)
    index = a.k.reshape(index, (-1,)) if index.shape == () else index
    return as_part_of("index_select", getitem, a, (slice(None),) * axis + (index,))


def take(a: Operand, indices: Operand, axis: int | None = None, mode: str = "raise") -> Tensor:
    """The slices of a at integer places along an axis, in the shape of `indices`; axis=None: of all elements on one axis.

    mode: what places out of range are: "raise": an IndexError; "wrap": counted on round the axis; "clip": the nearest end,
    negative ones place 0.
    """
    a = lift(a)
    index = integers("take", a.k, indices)
    lone = axis is None or a.ndim == 0 and is_end(axis)
    a, axis = (ravel(a), 0) if lone else (a, one_axis("take", axis, a.ndim))
    n = a.data.shape[axis]
    if mode not in ("raise", "wrap", "clip"):
        raise ValueError(f"[take] mode must be 'raise', 'wrap' or 'clip', found {mode!r}")
    if mode != "raise" and n == 0 and 0 not in index.shape:
        raise IndexError(f"[take] axis {axis} of shape {a.data.shape} is empty: there is nothing to take")
    if mode == "clip" and n:
        index = clip(constant(a.k, index), 0, n - 1).data
    elif mode == "wrap" and n:
        index = a.k.asarray(a.k.to_numpy(index).astype(np.int64) % n)
    return as_part_of("take", getitem, a, (slice(None),) * axis + (index,))
