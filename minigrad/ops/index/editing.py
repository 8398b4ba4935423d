"""Slices taken out, put in between, or trimmed away."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.graph import Variable
from minigrad.ops.index.picking import getitem
from minigrad.ops.operands import astype, beside, one_axis
from minigrad.ops.shape.arranging import moveaxis, ravel, reshape
from minigrad.ops.shape.joining import concatenate
from minigrad.ops.shape.repeating import broadcast_to
from minigrad.tensor import Tensor, lift
from minigrad.types import Operand

__all__ = ["delete", "insert", "trim_zeros"]


def delete(a: Operand, obj: Any, axis: int | None = None) -> Tensor:
    """a without the slices at `obj` along an axis: an int, a slice, integers or a mask; axis=None: of all elements on one axis.

    Raises IndexError for places that do not exist.
    """
    a = lift(a)
    a, axis = (ravel(a), 0) if axis is None else (a, one_axis("delete", axis, a.ndim))
    try:
        kept = np.delete(np.arange(a.shape[axis]), _read(obj))
    except (IndexError, ValueError, TypeError) as error:
        raise type(error)(f"[delete] {error}: axis {axis} of shape {a.shape}, obj {obj!r}") from None
    return getitem(a, (slice(None),) * axis + (a.k.asarray(kept),))


def insert(a: Operand, obj: Any, values: Operand, axis: int | None = None) -> Tensor:
    """a with `values` put in before the places `obj` along an axis; axis=None: among all elements on one axis.

    obj: one int, before which all of `values` stand; or a slice, integers or a mask, each with a slice of `values`, which
    broadcast. Raises IndexError for places that do not exist, ValueError for values that do not fit.
    """
    a = lift(a)
    a, axis = (ravel(a), 0) if axis is None else (a, one_axis("insert", axis, a.ndim))
    n = a.shape[axis]
    values = values if isinstance(values, Variable) else beside("insert", a, values)
    values = reshape(values, (1,) * (a.ndim - values.ndim) + values.shape)
    places = _places(obj, n)
    if places.ndim == 0 and values.ndim == a.ndim:
        values = moveaxis(values, 0, axis)              # numpy's: the first axis of values runs along the places
    count = values.shape[axis] if places.ndim == 0 and values.ndim == a.ndim else places.size
    shape = (*a.shape[:axis], count, *a.shape[axis + 1:])
    try:
        order = np.insert(np.arange(n), places if places.ndim else int(places), np.arange(n, n + count))
        between = values if values.shape == shape else broadcast_to(values, shape)
    except (IndexError, ValueError, TypeError) as error:
        text = str(error).partition("] ")[2] or error
        raise type(error)(f"[insert] {text}: axis {axis} of shape {a.shape}, values {values.shape}, obj {obj!r}") from None
    if values.data.dtype != a.data.dtype:
        between = astype(between, a.data.dtype)
    return getitem(concatenate([a, between], axis), (slice(None),) * axis + (a.k.asarray(order),))


def trim_zeros(a: Operand, trim: str = "fb") -> Tensor:
    """a without the zeros at the front ("f"), at the back ("b") or at both ends of each axis. A view, whose shape depends on
    the data: a device with memory of its own waits for it."""
    a = lift(a)
    if not isinstance(trim, str) or set(trim.lower()) - set("fb"):
        raise ValueError(f"[trim_zeros] trim must be 'f', 'b' or 'fb', found {trim!r}")
    trim = trim.lower()
    found = np.argwhere(a.k.to_numpy(a.data))
    first, last = (found.min(0), found.max(0) + 1) if len(found) else (np.zeros(a.ndim, int), np.zeros(a.ndim, int))
    if not len(found) and trim == "f":                  # nothing but zeros in front
        first = np.array(a.shape)
    front, back = "f" in trim, "b" in trim
    return getitem(a, tuple(slice(int(i) if front else None, int(j) if back else None) for i, j in zip(first, last)))


def _read(obj):
    """Places as numpy takes them."""
    if isinstance(obj, Variable):
        return obj.k.to_numpy(obj.data)
    return obj


def _places(obj, n):
    """Integers, of one axis or none."""
    if isinstance(obj, slice):
        return np.arange(n)[obj]
    found = np.asarray(_read(obj))
    if found.dtype.kind == "b":
        return np.flatnonzero(found)
    return found if found.size else found.astype(np.intp)
