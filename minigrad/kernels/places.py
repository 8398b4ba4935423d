"""Indices as plain integers: what an index of numpy's kind picks, as a compiled kernel can read it."""

import math

import numpy as np


def rows_of(index, shape):
    """(arrays, sizes) for an index that is not basic: int64 arrays of one shape, one for each of the leading axes `sizes`.

    The axes behind those make a row, and the index picks whole rows: those at the places `arrays`. Integer arrays are such
    places already; for any other index the rows are numbered, and numpy picks among the numbers.
    """
    parts = list(index) if isinstance(index, tuple) else [index]
    while parts and (parts[-1] is Ellipsis or isinstance(parts[-1], slice) and parts[-1] == slice(None)
                     and not any(p is Ellipsis for p in parts)):       # after ... it says which axes those before it are
        parts.pop()
    if all(isinstance(p, np.ndarray) and p.dtype.kind in "iu" for p in parts):
        arrays = parts if all(p.shape == parts[0].shape for p in parts) else np.broadcast_arrays(*parts)
        return tuple(np.ascontiguousarray(a, np.int64) for a in arrays), shape[:len(parts)]
    lead = shape[:_axes_of(parts, len(shape))]
    rows = np.arange(math.prod(lead)).reshape(lead)[tuple(parts)]
    return (np.ascontiguousarray(rows),), (math.prod(lead),)


def axis_of(index):
    """The axis that an index picks along with one array of integers, of one axis, if it takes all of every other; else None."""
    if not isinstance(index, tuple):
        return None
    axis = len(index) - 1
    last = index[axis] if index else None
    if not isinstance(last, np.ndarray) or last.ndim != 1 or last.dtype.kind not in "iu":
        return None
    return axis if all(isinstance(p, slice) and p == slice(None) for p in index[:axis]) else None


def _axes_of(parts, most):
    """How many axes these parts of an index look into; `most` where their types do not tell."""
    axes = 0
    for p in parts:
        if isinstance(p, (np.ndarray, list)):
            a = np.asarray(p)
            axes += a.ndim if a.dtype.kind == "b" else 1
        elif isinstance(p, slice) or type(p) is int:
            axes += 1
        elif p is not None:
            return most
    return axes
