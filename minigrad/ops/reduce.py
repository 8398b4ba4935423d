"""Sums, means and extremes along axes. axis is None (all), an int or a tuple of ints; negative: from the end."""

import numpy as np

from minigrad.graph import alike, record
from minigrad.kernels.reference import count_along
from minigrad.ops.elementwise import neg
from minigrad.ops.operands import in_floats
from minigrad.ops.shape import reshape, transpose
from minigrad.tensor import constant, lift


def normalize_axis(op, axis, ndim):
    """axis as None, or an ascending tuple of distinct ints 0 .. ndim - 1."""
    if axis is None:
        return None
    axes = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    for i in axes:
        if isinstance(i, bool) or not hasattr(i, "__index__"):
            raise TypeError(f"[{op}] axis must be None, an int or a tuple of ints, found {axis!r}")
        if not -ndim <= i < ndim:
            raise ValueError(f"[{op}] axis {i} does not exist: the tensor has {ndim} axes")
    axes = tuple(sorted(int(i) % ndim for i in axes))
    if len(set(axes)) < len(axes):
        raise ValueError(f"[{op}] an axis is named twice in {axis!r}")
    return axes


def kept_shape(shape, axes):
    """The shape after a reduction over `axes` with keepdims."""
    return tuple(1 if axes is None or i in axes else n for i, n in enumerate(shape))


def as_keepdims(op, keepdims):
    """keepdims as a bool. TypeError for what stands in its place: the third argument of np.sum is a dtype."""
    if isinstance(keepdims, (bool, int, np.bool_, np.integer, type(None))):
        return bool(keepdims)
    raise TypeError(f"[{op}] keepdims must be True or False, found {keepdims!r}: .astype(...) converts to a dtype")


def sum(a, axis=None, keepdims=False):
    """The sum along axes."""
    a = lift(a)
    if keepdims is not False:
        keepdims = as_keepdims("sum", keepdims)
    axes = normalize_axis("sum", axis, len(a.data.shape))
    shape = a.data.shape
    return record(a.k, a.k.sum(a.data, axes, keepdims), (a,), sum_rule, (), (shape, kept_shape(shape, axes)))


def sum_rule(k, g, need, shape, kept):
    return (k.broadcast_to(k.reshape(g, kept), shape),)


def mean(a, axis=None, keepdims=False):
    """The mean along axes; NaN of nothing."""
    if not alike(a):
        return in_floats(mean, a, axis, keepdims)
    if keepdims is not False:
        keepdims = as_keepdims("mean", keepdims)
    axes = normalize_axis("mean", axis, len(a.data.shape))
    shape = a.data.shape
    return record(a.k, a.k.mean(a.data, axes, keepdims), (a,), mean_rule, (), (shape, kept_shape(shape, axes),
                  count_along(shape, axes)))


def mean_rule(k, g, need, shape, kept, count):
    return (k.broadcast_to(k.div(k.reshape(g, kept), count), shape),)


def max(a, axis=None, keepdims=False):
    """The largest along axes; NaN wins. The gradient goes to the first of equals."""
    return _largest("max", lift(a), axis, keepdims)


def _largest(op, a, axis, keepdims):
    keepdims = as_keepdims(op, keepdims)
    kept = kept_shape(a.shape, normalize_axis(op, axis, a.ndim))
    a, last, shape = _to_one_axis(op, a, axis)
    largest = a.data if a.ndim == 0 else a.k.max(a.data, last)
    y = a if a.ndim == 0 else record(a.k, largest, (a,), max_rule, (0,), (last,))
    return reshape(y, kept if keepdims else shape)


def max_rule(k, g, need, a, axis):
    index = k.argmax(a, axis, True)
    return (k.put_along(k.reshape(g, index.shape), index, axis, a.shape),)


def min(a, axis=None, keepdims=False):
    """The smallest along axes; NaN wins. The gradient goes to the first of equals."""
    return _reversed(_largest("min", _reversed(a), axis, keepdims))


def argmax(a, axis=None, keepdims=False):
    """int64: where the largest stands along one axis, or in the flattened tensor; the first of equals, NaN wins."""
    return _place("argmax", lift(a), axis, keepdims)


def _place(op, a, axis, keepdims):
    keepdims = as_keepdims(op, keepdims)
    if axis is None:
        _check_not_empty(op, a.shape, None)
        index = constant(a.k, a.k.argmax(a.k.reshape(a.data, (-1,)), 0))
        return reshape(index, (1,) * a.ndim) if keepdims else index
    axes = normalize_axis(op, axis, a.ndim)
    if len(axes) != 1:
        raise ValueError(f"[{op}] expected one axis or None, found {axis!r}")
    (axis,) = axes
    _check_not_empty(op, a.shape, axes)
    return constant(a.k, a.k.argmax(a.data, axis, keepdims))


def argmin(a, axis=None, keepdims=False):
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


def _to_one_axis(op, a, axis):
    """a with the reduced axes made into one -> (a, that axis, the shape of the result)."""
    axes = normalize_axis(op, axis, a.ndim)
    _check_not_empty(op, a.shape, axes)
    if a.ndim == 0:
        return a, 0, ()
    if axes is None:
        return reshape(a, (-1,)), 0, ()
    rest = tuple(i for i in range(a.ndim) if i not in axes)
    shape = tuple(a.shape[i] for i in rest)
    if len(axes) == 1:
        return a, axes[0], shape
    return reshape(transpose(a, rest + axes), (*shape, count_along(a.shape, axes))), len(shape), shape


def _check_not_empty(op, shape, axes):
    if count_along(shape, axes) == 0:
        raise ValueError(f"[{op}] nothing to choose from: shape {shape} has no element along axis {axes}")


