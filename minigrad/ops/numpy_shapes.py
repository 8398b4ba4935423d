"""numpy's functions that join, cut and reshape, on tensors; see `numpy_functions.py`."""

import numpy as np

from minigrad.ops import index
from minigrad.ops import shape as shapes
from minigrad.ops.numpy_functions import implements, plainly, ravel
from minigrad.ops.operands import as_shape, astype, normalize_axis, one_axis, together
from minigrad.tensor import lift

# ---- joining and cutting

def _joined(function, tensors, axis, out, dtype, casting):
    plainly(function, out=out, casting=casting)
    joined = shapes.concatenate(tensors, axis)
    return joined if dtype is None else astype(joined, dtype)


@implements(np.concatenate)
def _concatenate(arrays, axis=0, out=None, *, dtype=None, casting="same_kind"):
    tensors = together("np.concatenate", arrays)
    if axis is None:
        tensors, axis = [ravel(t) for t in tensors], 0
    return _joined(np.concatenate, tensors, axis, out, dtype, casting)


@implements(np.stack)
def _stack(arrays, axis=0, out=None, *, dtype=None, casting="same_kind"):
    tensors = together("np.stack", arrays)
    if len({t.shape for t in tensors}) > 1:
        raise ValueError(f"[np.stack] shapes {[t.shape for t in tensors]} differ")
    return _joined(np.stack, [_expand_dims(t, axis) for t in tensors], axis, out, dtype, casting)


def _at_least(axes, t):
    return t if t.ndim >= axes else shapes.reshape(t, (1,) * (axes - t.ndim) + t.shape)


@implements(np.vstack)
def _vstack(tup, *, dtype=None, casting="same_kind"):
    return _joined(np.vstack, [_at_least(2, t) for t in together("np.vstack", tup)], 0, None, dtype, casting)


@implements(np.hstack)
def _hstack(tup, *, dtype=None, casting="same_kind"):
    tensors = [_at_least(1, t) for t in together("np.hstack", tup)]
    return _joined(np.hstack, tensors, 0 if tensors and tensors[0].ndim == 1 else 1, None, dtype, casting)


@implements(np.column_stack)
def _column_stack(tup):
    columns = [t if t.ndim > 1 else shapes.reshape(t, (-1, 1)) for t in together("np.column_stack", tup)]
    return shapes.concatenate(columns, 1)


@implements(np.split)
def _split(ary, indices_or_sections, axis=0):
    if hasattr(indices_or_sections, "__index__"):
        return list(shapes.split(ary, indices_or_sections, axis))
    return _array_split(ary, indices_or_sections, axis)


@implements(np.array_split)
def _array_split(ary, indices_or_sections, axis=0):
    a = lift(ary)
    axis = one_axis("np.array_split", axis, a.ndim)
    size = a.shape[axis]
    cuts = indices_or_sections
    if hasattr(cuts, "__index__"):
        if cuts < 1:
            raise ValueError(f"[np.array_split] expected 1 section or more, found {cuts}")
        whole, longer = divmod(size, int(cuts))             # the first ones are longer by one
        cuts = np.cumsum([whole + (i < longer) for i in range(int(cuts) - 1)], dtype=int)
    ends = [*map(int, cuts), size]
    return [index.getitem(a, (slice(None),) * axis + (slice(start, end),)) for start, end in zip([0, *ends], ends)]


# ---- shapes

@implements(np.reshape)
def _reshape(a, shape=None, order="C", *, newshape=None, copy=None):
    plainly(np.reshape, order=order, copy=copy)
    return shapes.reshape(a, newshape if shape is None else shape)


@implements(np.transpose)
def _transpose(a, axes=None):
    return shapes.transpose(a, axes)


@implements(np.matrix_transpose, np.linalg.matrix_transpose)
def _matrix_transpose(x, /):
    return _swapaxes(x, -1, -2)


@implements(np.swapaxes)
def _swapaxes(a, axis1, axis2):
    a = lift(a)
    order = list(range(a.ndim))
    i, j = (one_axis("np.swapaxes", axis, a.ndim) for axis in (axis1, axis2))
    order[i], order[j] = j, i
    return shapes.transpose(a, order)


@implements(np.moveaxis)
def _moveaxis(a, source, destination):
    a = lift(a)
    sources, places = ([one_axis("np.moveaxis", axis, a.ndim) for axis in as_shape("np.moveaxis", axes)]
                       for axes in (source, destination))
    if len(sources) != len(places) or len(set(sources)) < len(sources) or len(set(places)) < len(places):
        raise ValueError(f"[np.moveaxis] source {source} and destination {destination} must be as many axes, each once")
    order = [axis for axis in range(a.ndim) if axis not in sources]
    for place, axis in sorted(zip(places, sources)):
        order.insert(place, axis)
    return shapes.transpose(a, order)


@implements(np.expand_dims)
def _expand_dims(a, axis):
    a = lift(a)
    axes = as_shape("np.expand_dims", axis)
    new = [one_axis("np.expand_dims", i, a.ndim + len(axes)) for i in axes]
    if len(set(new)) < len(new):
        raise ValueError(f"[np.expand_dims] an axis is named twice in {axis}")
    sizes = iter(a.shape)
    return shapes.reshape(a, tuple(1 if i in new else next(sizes) for i in range(a.ndim + len(new))))


@implements(np.squeeze)
def _squeeze(a, axis=None):
    a = lift(a)
    axes = normalize_axis("np.squeeze", axis, a.ndim)
    for i in axes or ():
        if a.shape[i] != 1:
            raise ValueError(f"[np.squeeze] axis {i} of shape {a.shape} has size {a.shape[i]}: only size 1 can be taken away")
    return shapes.reshape(a, tuple(n for i, n in enumerate(a.shape) if n != 1 or axes is not None and i not in axes))


@implements(np.broadcast_to)
def _broadcast_to(array, shape, subok=False):
    return shapes.broadcast_to(array, shape)


@implements(np.pad)
def _pad(array, pad_width, mode="constant", *, constant_values=0, **others):
    if mode != "constant" or others:
        raise TypeError(f"[np.pad] only mode='constant' pads tensors, found {mode!r}{' with ' if others else ''}"
                        f"{', '.join(others)}: join the borders with mg.concatenate")
    if not np.isscalar(constant_values) and np.ndim(constant_values):
        raise TypeError("[np.pad] constant_values must be one number on tensors: pad side after side for several")
    a = lift(array)
    widths = np.broadcast_to(np.asarray(pad_width), (a.ndim, 2)).tolist()
    return shapes.pad(a, widths, constant_values)


@implements(np.flip)
def _flip(m, axis=None):
    a = lift(m)
    axes = normalize_axis("np.flip", axis, a.ndim)
    return index.getitem(a, tuple(slice(None, None, -1 if axes is None or i in axes else None) for i in range(a.ndim)))
