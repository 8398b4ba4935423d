"""Indexing and its adjoints."""

from __future__ import annotations

import numpy as np

from minigrad.graph import Variable, record
from minigrad.ops.operands import one_axis
from minigrad.tensor import Tensor, array_on, as_lists, constant, lift
from minigrad.types import Index, Operand

__all__ = ["getitem", "take_along"]


def getitem(a: Operand, index: Index) -> Tensor:
    """a[index] by numpy's rules: integers, slices, None, ..., integer and boolean arrays (or tensors), with repeats.

    The shape of what a boolean array picks depends on its contents: a device with memory of its own waits for it.
    """
    a = lift(a)
    index = _plain(a.k, index)
    shape = a.data.shape
    try:
        y = a.k.getitem(a.data, index)
    except IndexError as error:
        raise IndexError(f"[getitem] {error}: the tensor has shape {shape}, the index is {index!r}") from None
    return record(a.k, y, (a,), getitem_rule, (), (index, shape), _arrays(a.k, index))


def _plain(k, index):
    """The index with arrays for its tensors, and for its lists, which could change before the gradient needs them."""
    return tuple([_part(k, i) for i in index]) if isinstance(index, tuple) else _part(k, index)


def _part(k, i):
    if isinstance(i, list):
        return k.asarray(as_lists(i), None if i else np.intp)
    return array_on(k, i) if isinstance(i, (Variable, np.ndarray)) else i


def _arrays(k, index):
    """The arrays in an index."""
    return tuple([i for i in (index if isinstance(index, tuple) else (index,)) if isinstance(i, k.array)])


def getitem_rule(k, g, need, index, shape):
    return (k.put(g, index, shape),)


def put(g, index, shape):
    """Zeros of `shape` with g added at `index`: the adjoint of getitem."""
    index = _plain(g.k, index)
    return record(g.k, g.k.put(g.data, index, shape), (g,), put_rule, (), (index,), _arrays(g.k, index))


def put_rule(k, g, need, index):
    return (k.getitem(g, index),)


def take_along(a: Operand, index: Operand, axis: int) -> Tensor:
    """a at integer positions along one axis: index has a's other sizes (numpy's take_along_axis), with repeats."""
    a = lift(a)
    index = index if isinstance(index, Variable) else constant(a.k, a.k.asarray(index))
    shape, found = a.data.shape, index.data.shape
    if index.data.dtype.kind not in "iu":
        raise TypeError(f"[take_along] the index must be integers, found {index.data.dtype}")
    axis = one_axis("take_along", axis, len(shape))
    if len(found) != len(shape) or found[:axis] + found[axis + 1:] != shape[:axis] + shape[axis + 1:]:
        raise ValueError(f"[take_along] the index needs the tensor's sizes beside axis {axis}: index {found}, tensor "
                         f"{shape}")
    try:
        y = a.k.take_along(a.data, index.data, axis)
    except IndexError as error:
        raise IndexError(f"[take_along] {error}: the tensor has shape {shape}") from None
    return record(a.k, y, (a, index), take_along_rule, (1,), (axis, shape))


def take_along_rule(k, g, need, index, axis, shape):
    return k.put_along(g, index, axis, shape), None


def put_along(g, index, axis, shape):
    """Zeros of `shape` with g added at the positions `index` along one axis: the adjoint of take_along."""
    index = array_on(g.k, index)
    return record(g.k, g.k.put_along(g.data, index, axis, shape), (g,), put_along_rule, (), (index, axis), (index,))


def put_along_rule(k, g, need, index, axis):
    return (k.take_along(g, index, axis),)
