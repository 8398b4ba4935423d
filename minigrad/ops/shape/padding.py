"""Borders around a tensor, or taken off it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from minigrad.graph import Variable, record
from minigrad.kernels.dtypes import is_differentiable
from minigrad.ops.index.picking import getitem
from minigrad.ops.operands import check_fits, one_axis
from minigrad.ops.shape.joining import concatenate
from minigrad.ops.shape.repeating import broadcast_to
from minigrad.tensor import Tensor, lift
from minigrad.types import Operand

__all__ = ["pad"]

MODES = "constant", "edge", "reflect", "symmetric", "wrap"


def pad(a: Operand, pad_width: int | Sequence[Any] | Mapping[int, Any], mode: str = "constant",
        constant_values: float | Sequence[Any] = 0) -> Tensor:
    """Extended at both ends of its axes, or, where a width is negative, cut off there.

    pad_width: one int for every end, (before, after) for every axis, ((before, after), ...), or {axis: width} for some.
    mode, for a row [a b c]:

        "constant"   0 0 | a b c | 0 0      or constant_values: one number, or several in the forms of pad_width
        "edge"       a a | a b c | c c      the end repeated                (PyTorch's "replicate")
        "reflect"    c b | a b c | b a      mirrored, the end not repeated
        "symmetric"  b a | a b c | c b      mirrored, the end repeated
        "wrap"       b c | a b c | a b      from the other end              (PyTorch's "circular")

    Where one end is cut off and the other extended, it is extended by what was there; but "wrap" goes on with what is left.

    Raises ValueError for another mode, for more to be cut off than there is, and where there is nothing to extend.
    """
    a = lift(a)
    widths = _ends("pad_width", pad_width, a.shape)
    if not isinstance(mode, str) or mode not in MODES:
        hint = ": the number goes into constant_values=" if isinstance(mode, (int, float)) else ""
        raise ValueError(f"[pad] mode must be one of {', '.join(MODES)}, found {mode!r}{hint}")
    for i, (n, (before, after)) in enumerate(zip(a.shape, widths, strict=True)):
        if n + min(before, 0) + min(after, 0) < 0:
            raise ValueError(f"[pad] axis {i} of shape {a.shape} has {n} elements, and {-min(before, 0) - min(after, 0)} are "
                             "to be cut off")
    if mode not in ("constant", "wrap") and any(w < 0 for ends in widths for w in ends):    # extended, then cut (PyTorch)
        a = pad(a, tuple(tuple(max(w, 0) for w in ends) for ends in widths), mode, constant_values)
        return getitem(a, tuple(slice(max(-before, 0), n - max(-after, 0)) for n, (before, after) in zip(a.shape, widths)))
    if any(w < 0 for ends in widths for w in ends):
        a = getitem(a, tuple(slice(max(-before, 0), n - max(-after, 0)) for n, (before, after) in zip(a.shape, widths)))
        widths = tuple(tuple(max(w, 0) for w in ends) for ends in widths)
        if not any(map(any, widths)):
            return a
    if mode == "constant":
        return _with_constants(a, widths, constant_values)
    if np.any(constant_values):
        raise ValueError(f"[pad] constant_values go with mode='constant', found mode {mode!r}")
    for axis, ends in enumerate(widths):
        if any(ends):
            a = _continued(a, axis, ends, mode)
    return a


def _ends(name, given, shape):
    """((before, after), ...) for each axis, of what the user gave."""
    ndim = len(shape)
    if isinstance(given, Mapping):
        found = [(0, 0)] * ndim
        for axis, ends in given.items():
            found[one_axis("pad", axis, ndim)] = tuple(np.broadcast_to(ends, 2).tolist())
        given = found
    if not ndim and not np.size(given):
        return ()
    try:
        array = np.broadcast_to(given.numpy() if isinstance(given, Variable) else np.asarray(given), (ndim, 2))
    except ValueError:
        array = np.empty(0, object)
    if array.shape != (ndim, 2) or array.dtype.kind not in ("iu" if name == "pad_width" else "biuf"):
        raise ValueError(f"[pad] {name} must be one number, (before, after), or one (before, after) for each of the {ndim} "
                         f"axes of shape {shape}; found {given!r}")
    return tuple(map(tuple, array.tolist()))


def _with_constants(a, widths, values):
    if isinstance(values, (int, float)):
        return pad_constant(a, widths, _fitting(a, values))
    values = tuple(tuple(_fitting(a, v) for v in ends) for ends in _ends("constant_values", values, a.shape))
    if len({v for ends in values for v in ends}) < 2:
        return pad_constant(a, widths, values[0][0] if values else 0)
    for axis, ends in enumerate(widths):                # numpy's order: the last axis fills the corners
        for side, width in enumerate(ends):
            if width:
                only = [(0, 0)] * a.ndim
                only[axis] = (0, width) if side else (width, 0)
                a = pad_constant(a, tuple(only), values[axis][side])
    return a


def _fitting(a, value):
    """The constant as a number that a's dtype has."""
    if not is_differentiable(a.data.dtype):
        if value != int(value):
            raise TypeError(f"[pad] the value {value} is no integer, but the tensor is {a.data.dtype}: convert it with "
                            ".astype()")
        value = int(value)
    if isinstance(value, int):
        check_fits("pad", value, a.data.dtype)
    return value


def pad_constant(a, widths, value):
    """a between so many constants: widths ((before, after), ...), all >= 0. What k.pad is for tensors."""
    return record(a.k, a.k.pad(a.data, widths, value), (a,), pad_rule, (), (widths, a.data.shape))


def pad_rule(k, g, need, widths, shape):
    return (k.getitem(g, tuple(slice(before, before + n) for (before, _), n in zip(widths, shape))),)


def _continued(a, axis, ends, mode):
    """a extended along one axis by its own elements: slices of it, forwards and backwards, side by side."""
    if not a.shape[axis]:
        raise ValueError(f"[pad] mode {mode!r} has nothing to continue on axis {axis} of shape {a.shape}")
    pieces = []
    for start, step, count in _runs(np.pad(np.arange(a.shape[axis]), ends, mode).tolist()):
        stop = start + (step or 1) * (count if step else 1)
        piece = getitem(a, (slice(None),) * axis + (slice(start, None if stop < 0 else stop, step or 1),))
        pieces.append(piece if step else broadcast_to(piece, (*a.shape[:axis], count, *a.shape[axis + 1:])))
    return concatenate(pieces, axis)


def _runs(places):
    """(start, step, count) of the runs in which integers go up by one, down by one, or stay."""
    runs, i = [], 0
    while i < len(places):
        step = places[i + 1] - places[i] if i + 1 < len(places) else 1
        step = step if abs(step) < 2 else 1
        j = i
        while j + 1 < len(places) and places[j + 1] - places[j] == step:
            j += 1
        runs.append((places[i], step, j - i + 1))
        i = j + 1
    return runs
