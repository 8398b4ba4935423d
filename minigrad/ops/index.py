"""Indexing and its adjoints."""

from minigrad.engine import Variable, record
from minigrad.ops.shape import one_axis
from minigrad.tensor import constant, lift, plain


def getitem(a, index):
    """a[index] by numpy's rules: integers, slices, None, ..., integer and boolean arrays (or tensors), with repeats."""
    a = lift(a)
    index = _plain(index)
    shape = a.data.shape
    try:
        y = a.k.getitem(a.data, index)
    except IndexError as error:
        raise IndexError(f"[getitem] {error}: the tensor has shape {shape}, the index is {index!r}") from None
    return record(a.k, y, (a,), getitem_rule, (), (index, shape))


def _plain(index):
    return tuple(plain(i) for i in index) if isinstance(index, tuple) else plain(index)


def getitem_rule(k, g, need, index, shape):
    return (k.put(g, index, shape),)


def put(g, index, shape):
    """Zeros of `shape` with g added at `index`: the adjoint of getitem."""
    index = _plain(index)
    return record(g.k, g.k.put(g.data, index, shape), (g,), put_rule, (), (index,))


def put_rule(k, g, need, index):
    return (k.getitem(g, index),)


def take_along(a, index, axis):
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
    index = plain(index)
    return record(g.k, g.k.put_along(g.data, index, axis, shape), (g,), put_along_rule, (), (index, axis))


def put_along_rule(k, g, need, index, axis):
    return (k.take_along(g, index, axis),)
