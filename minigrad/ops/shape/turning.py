"""The same shape, or with two axes in each other's place, with the elements turned round."""

from __future__ import annotations

import numpy as np

from minigrad.ops.index.picking import getitem
from minigrad.ops.operands import as_shape, normalize_axis, one_axis
from minigrad.ops.shape.arranging import ravel, reshape, swapaxes
from minigrad.ops.shape.joining import concatenate
from minigrad.tensor import Tensor, lift
from minigrad.types import Axes, Operand, Shape

__all__ = ["flip", "fliplr", "flipud", "roll", "rot90"]


def flip(a: Operand, axis: Axes = None) -> Tensor:
    """With the order of elements reversed along the axes, all of them if None. A view."""
    a = lift(a)
    axes = normalize_axis("flip", axis, a.ndim)
    return getitem(a, tuple(slice(None, None, -1 if axes is None or i in axes else None) for i in range(a.ndim)))


def fliplr(a: Operand) -> Tensor:
    """Reversed along axis 1: left and right in each other's place."""
    return _flipped("fliplr", lift(a), 1)


def flipud(a: Operand) -> Tensor:
    """Reversed along axis 0: up and down in each other's place."""
    return _flipped("flipud", lift(a), 0)


def _flipped(op, a, axis):
    if a.ndim <= axis:
        raise ValueError(f"[{op}] expected {axis + 1} axes or more, found shape {a.shape}")
    return flip(a, axis)


def rot90(a: Operand, k: int = 1, axes: Shape = (0, 1)) -> Tensor:
    """Turned by k quarters, from the first of the two axes towards the second. A view."""
    a = lift(a)
    first, second = _two_axes("rot90", axes, a.ndim)
    if k % 4 == 0:
        return flip(a, ())
    if k % 4 == 2:
        return flip(a, (first, second))
    return swapaxes(flip(a, second), first, second) if k % 4 == 1 else flip(swapaxes(a, first, second), second)


def _two_axes(op, axes, ndim):
    found = [one_axis(op, i, ndim) for i in as_shape(op, axes)]
    if len(found) != 2 or found[0] == found[1]:
        raise ValueError(f"[{op}] axes must be two different ones of the {ndim}, found {axes!r}")
    return found


def roll(a: Operand, shift: Shape, axis: Shape | None = None) -> Tensor:
    """Moved on along the axes, what leaves at one end coming back at the other; axis=None: all elements as one row.

    shift: by how many places, one number for all axes or one for each of them.
    """
    a = lift(a)
    if axis is None:
        flat = ravel(a)
        for places in as_shape("roll", shift):
            flat = _rolled(flat, places, 0)
        return reshape(flat, a.shape)
    shifts, axes = as_shape("roll", shift), [one_axis("roll", i, a.ndim) for i in as_shape("roll", axis)]
    if len(shifts) != len(axes) and 1 not in (len(shifts), len(axes)):
        raise ValueError(f"[roll] shift {shift} and axis {axis} must be as many, or one of them one number")
    for places, i in np.broadcast(shifts, axes):
        a = _rolled(a, int(places), int(i))
    return getitem(a, ...) if not len(axes) else a


def _rolled(a, places, axis):
    n = a.shape[axis]
    cut = -places % n if n else 0
    lead = (slice(None),) * axis
    return concatenate([getitem(a, (*lead, slice(cut, None))), getitem(a, (*lead, slice(None, cut)))], axis)
