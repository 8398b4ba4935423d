"""Indexing and its adjoints."""

from minigrad.engine import Variable, record
from minigrad.tensor import lift, plain


def getitem(a, index):
    """a[index] by numpy's rules: integers, slices, None, ..., integer and boolean arrays (or tensors). Repeats are allowed."""
    index = tuple(plain(i) for i in index) if isinstance(index, tuple) else plain(index)
    shape = a.data.shape
    try:
        y = a.k.getitem(a.data, index)
    except IndexError as error:
        raise IndexError(f"[getitem] {error}: the tensor has shape {shape}, the index is {index!r}") from None
    return record(a.k, y, (a,), getitem_rule, (), (index, shape))


def getitem_rule(k, g, need, index, shape):
    return (k.put(g, index, shape),)


def put(g, index, shape):
    """Zeros of `shape` with g added at `index`: the adjoint of getitem."""
    return record(g.k, g.k.put(g.data, index, shape), (g,), put_rule, (), (index,))


def put_rule(k, g, need, index):
    return (k.getitem(g, index),)


def take_along(a, index, axis):
    """a at integer positions along one axis, numpy's take_along_axis; the positions along a line do not repeat."""
    a = lift(a)
    index = index.data if isinstance(index, Variable) else a.k.asarray(index)
    if index.dtype.kind not in "iu":
        raise TypeError(f"[take_along] the index must be integers, found {index.dtype}")
    if len(index.shape) != len(a.data.shape):
        raise ValueError(f"[take_along] the index needs as many axes as the tensor: {index.shape} against {a.data.shape}")
    return record(a.k, a.k.take_along(a.data, index, axis), (a,), take_along_rule, (), (index, axis, a.data.shape))


def take_along_rule(k, g, need, index, axis, shape):
    return (k.put_along(g, index, axis, shape),)


def put_along(g, index, axis, shape):
    """Zeros of `shape` with g at the positions `index` along one axis: the adjoint of take_along."""
    index = plain(index)
    return record(g.k, g.k.put_along(g.data, index, axis, shape), (g,), put_along_rule, (), (index, axis))


def put_along_rule(k, g, need, index, axis):
    return (k.take_along(g, index, axis),)
