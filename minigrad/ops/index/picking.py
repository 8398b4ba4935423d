"""a[index] and its adjoint."""

from __future__ import annotations

import numpy as np

from minigrad.graph import Variable, record
from minigrad.tensor import Tensor, array_on, as_lists, lift
from minigrad.types import Index, Operand

__all__ = ["getitem"]


def getitem(a: Operand, index: Index) -> Tensor:
    """a[index] by numpy's rules: integers, slices, None, ..., integer and boolean arrays (or tensors), with repeats.

    Integers, slices, None and ... give a view. The shape of what a boolean array picks depends on its contents: a device with
    memory of its own waits for it.
    """
    a = lift(a)
    index = plain_index(a.k, index)
    shape = a.data.shape
    try:
        y = a.k.getitem(a.data, index)
    except IndexError as error:
        raise IndexError(f"[getitem] {error}: the tensor has shape {shape}, the index is {index!r}") from None
    return record(a.k, y, (a,), getitem_rule, (), (index, shape), arrays_in(a.k, index))


def plain_index(k, index):
    """The index with arrays for its tensors, and for its lists, which could change before the gradient needs them."""
    return tuple([_part(k, i) for i in index]) if isinstance(index, tuple) else _part(k, index)


def _part(k, i):
    if isinstance(i, list):
        return k.asarray(as_lists(i), None if i else np.intp)
    return array_on(k, i) if isinstance(i, (Variable, np.ndarray)) else i


def arrays_in(k, index):
    """The arrays in an index."""
    return tuple([i for i in (index if isinstance(index, tuple) else (index,)) if isinstance(i, k.array)])


def getitem_rule(k, g, need, index, shape):
    return (k.put(g, index, shape),)


def put(g, index, shape):
    """Zeros of `shape` with g added at `index`: the adjoint of getitem."""
    index = plain_index(g.k, index)
    return record(g.k, g.k.put(g.data, index, shape), (g,), put_rule, (), (index,), arrays_in(g.k, index))


def put_rule(k, g, need, index):
    return (k.getitem(g, index),)
