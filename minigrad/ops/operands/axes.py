"""Axes, shapes and sizes, checked."""

from __future__ import annotations

import numbers
import operator

import numpy as np

from minigrad.graph import Variable
from minigrad.kernels.reference import count_along

LARGER = {"max": ": the larger of two tensors is mg.maximum(a, b)", "min": ": the smaller of two tensors is mg.minimum(a, b)"}


def normalize_axis(op, axis, ndim):
    """axis as None, or an ascending tuple of distinct ints 0 .. ndim - 1."""
    if axis is None:
        return None
    axes = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    for i in axes:
        if type(i) is not int and (isinstance(i, (bool, Variable)) or not hasattr(i, "__index__")):
            found = f"a tensor of shape {i.shape}{LARGER.get(op, '')}" if isinstance(i, Variable) else repr(axis)
            raise TypeError(f"[{op}] axis must be None, an int or a tuple of ints, found {found}")
        if not -ndim <= i < ndim:
            raise ValueError(f"[{op}] axis {i} does not exist: the tensor has {ndim} axes")
    axes = tuple(sorted(int(i) % ndim for i in axes))
    if len(set(axes)) < len(axes):
        raise ValueError(f"[{op}] an axis is named twice in {axis!r}")
    return axes


def kept_shape(shape, axes):
    """The shape after a reduction over `axes` with keepdims."""
    return tuple(1 if axes is None or i in axes else n for i, n in enumerate(shape))


def reduction(op, a, axis, keepdims):
    """(axes or None, keepdims, the shape with keepdims) of a reduction of the tensor a. One without axes may be reduced along
    axis 0 or -1, as in numpy."""
    shape = a.data.shape
    axes = None if axis is None or not shape and is_end(axis) else normalize_axis(op, axis, len(shape))
    return axes, keepdims if keepdims is False else as_keepdims(op, keepdims), kept_shape(shape, axes)


def is_end(axis):
    """Whether it is 0 or -1: what numpy takes as the axis of a number without axes in reductions, scans, take and repeat."""
    return hasattr(axis, "__index__") and not isinstance(axis, bool) and axis in (0, -1)


def as_keepdims(op, keepdims):
    """keepdims as a bool. TypeError for what stands in its place: the third argument of np.sum is a dtype."""
    if isinstance(keepdims, (bool, int, np.bool_, np.integer, type(None))):
        return bool(keepdims)
    raise TypeError(f"[{op}] keepdims must be True or False, found {keepdims!r}: .astype(...) converts to a dtype")


def check_not_empty(op, shape, axes):
    if count_along(shape, axes) == 0:
        raise ValueError(f"[{op}] nothing to choose from: shape {shape} has no element along axis {axes}")


def one_axis(op, axis, n):
    """axis as an int 0 .. n - 1."""
    if not hasattr(axis, "__index__"):
        raise TypeError(f"[{op}] axis must be an int, found {axis!r}")
    if not -n <= axis < n:
        raise ValueError(f"[{op}] axis {axis} does not exist: there are {n}")
    return int(axis) % n


def the_axis(op, axis, shape):
    """The axis of an operation along one, of that many elements at least, as an int 0 .. n - 1."""
    axes = normalize_axis(op, axis, len(shape))
    if axes is None or len(axes) != 1:
        raise ValueError(f"[{op}] expected one axis, found {axis!r} for shape {shape}")
    if shape[axes[0]] == 0:
        raise ValueError(f"[{op}] axis {axes[0]} of shape {shape} is empty")
    return axes[0]


def as_shape(op, shape):
    """A shape from an int or a sequence of ints."""
    try:
        if hasattr(shape, "__index__") and not isinstance(shape, bool) and not getattr(shape, "ndim", 0):  # arrays have it too
            return (int(shape),)
        return tuple(n.__index__() for n in shape)
    except (TypeError, AttributeError):
        raise TypeError(f"[{op}] a shape is an int or a sequence of ints, found {shape!r}") from None


def pair_of(op, name, value, least):
    """An int or a pair of ints, each at least `least`, as a pair."""
    try:
        one = isinstance(value, (int, numbers.Integral))        # the second are numpy's too, the first the quicker to see
        both = (int(value),) * 2 if one else tuple(operator.index(v) for v in value)
    except TypeError:
        both = ()
    if len(both) != 2 or min(both) < least:
        raise ValueError(f"[{op}] {name} must be an int >= {least} or a pair of them, found {value!r}")
    return both
