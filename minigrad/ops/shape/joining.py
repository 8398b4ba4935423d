"""Several tensors made into one."""

from __future__ import annotations

from collections.abc import Sequence

from minigrad.graph import record
from minigrad.ops.operands import astype, beside, one_axis, same_kind, together
from minigrad.ops.shape.arranging import atleast_1d, atleast_2d, atleast_3d, ravel, reshape
from minigrad.tensor import Tensor, lift
from minigrad.types import DType, Operand

__all__ = ["append", "column_stack", "concatenate", "dstack", "hstack", "stack", "vstack"]


def concatenate(tensors: Sequence[Operand], axis: int | None = 0, dtype: DType = None) -> Tensor:
    """Joined along an axis; the other sizes agree. axis=None: all elements on one axis."""
    return _joined("concatenate", tensors, axis, dtype)


def _joined(op, tensors, axis, dtype=None):
    if axis is None:
        tensors, axis = [ravel(t) for t in together(op, tensors)], 0
    tensors = same_kind(op, tensors)
    first = tensors[0].data.shape
    axis = one_axis(op, axis, len(first))
    for t in tensors[1:]:
        s = t.data.shape
        if s[:axis] + s[axis + 1:] != first[:axis] + first[axis + 1:]:
            raise ValueError(f"[{op}] shapes {[u.shape for u in tensors]} differ beyond axis {axis}")
    k = tensors[0].k
    y = record(k, k.concatenate([t.data for t in tensors], axis), tensors, concatenate_rule, (), (axis,
               tuple(t.data.shape[axis] for t in tensors)))
    return y if dtype is None else astype(y, dtype)


def concatenate_rule(k, g, need, axis, sizes):
    parts, start = [], 0
    for wanted, n in zip(need, sizes):
        parts.append(k.getitem(g, (slice(None),) * axis + (slice(start, start + n),)) if wanted else None)
        start += n
    return parts


def stack(tensors: Sequence[Operand], axis: int = 0, dtype: DType = None) -> Tensor:
    """Joined along a new axis; all of one shape."""
    tensors = same_kind("stack", tensors)
    shape = tensors[0].data.shape
    if any(t.data.shape != shape for t in tensors):
        raise ValueError(f"[stack] shapes {[t.shape for t in tensors]} differ")
    axis = one_axis("stack", axis, len(shape) + 1)
    k, slice_shape = tensors[0].k, (*shape[:axis], 1, *shape[axis:])
    y = k.concatenate([k.reshape(t.data, slice_shape) for t in tensors], axis)
    y = record(k, y, tensors, stack_rule, (), (axis,))
    return y if dtype is None else astype(y, dtype)


def stack_rule(k, g, need, axis):
    before = (slice(None),) * axis
    return [k.getitem(g, (*before, i)) if wanted else None for i, wanted in enumerate(need)]


def hstack(tensors: Sequence[Operand], dtype: DType = None) -> Tensor:
    """Joined side by side: along axis 1, or along the only axis."""
    tensors = [atleast_1d(t) for t in together("hstack", tensors)]
    return _joined("hstack", tensors, 0 if tensors and tensors[0].ndim == 1 else 1, dtype)


def vstack(tensors: Sequence[Operand], dtype: DType = None) -> Tensor:
    """Joined one below the other, along axis 0; what has one axis is a row."""
    return _joined("vstack", [atleast_2d(t) for t in together("vstack", tensors)], 0, dtype)


def dstack(tensors: Sequence[Operand]) -> Tensor:
    """Joined along axis 2, with new axes as in atleast_3d."""
    return _joined("dstack", [atleast_3d(t) for t in together("dstack", tensors)], 2)


def column_stack(tensors: Sequence[Operand]) -> Tensor:
    """Joined along axis 1; what has one axis is a column."""
    return _joined("column_stack", [t if t.ndim > 1 else reshape(t, (-1, 1)) for t in together("column_stack", tensors)], 1)


def append(a: Operand, values: Operand, axis: int | None = None) -> Tensor:
    """a with `values` after it along an axis; axis=None: both with all elements on one axis."""
    a = lift(a)
    values = values if isinstance(values, Tensor) else beside("append", a, values)
    if axis is not None and values.ndim == a.ndim - 1:
        raise ValueError(f"[append] values have shape {values.shape}, one axis less than {a.shape}: write "
                         f"mg.expand_dims(values, {axis})")
    return _joined("append", (a, values), axis)
