"""Operations that move elements and compute nothing. Results may share memory with their input, as in numpy."""

from __future__ import annotations

import math
from collections.abc import Sequence

from minigrad.graph import record, record_many
from minigrad.ops.operands import as_shape, check_fits, one_axis, same_kind
from minigrad.tensor import Tensor, lift
from minigrad.types import Operand, Shape

__all__ = ["broadcast_to", "concatenate", "flatten", "pad", "reshape", "split", "stack", "transpose"]


def reshape(a: Operand, shape: Shape) -> Tensor:
    """a in another shape, in C order; one size may be -1."""
    a = lift(a)
    old, new = a.data.shape, as_shape("reshape", shape)
    if -1 in new:
        rest = -math.prod(new)
        if new.count(-1) > 1 or rest == 0 or math.prod(old) % rest:
            raise ValueError(f"[reshape] shape {old} with {math.prod(old)} elements does not fit {new}")
        new = tuple(math.prod(old) // rest if n == -1 else n for n in new)
    if math.prod(new) != math.prod(old) or any(n < 0 for n in new):
        raise ValueError(f"[reshape] shape {old} has {math.prod(old)} elements, but {new} has {math.prod(new)}")
    return record(a.k, a.k.reshape(a.data, new), (a,), reshape_rule, (), (old,))


def reshape_rule(k, g, need, shape):
    return (k.reshape(g, shape),)


def flatten(a: Operand, start: int = 0) -> Tensor:
    """All axes from `start` on made into one."""
    a = lift(a)
    shape = a.data.shape
    if not 0 <= start <= len(shape):
        raise ValueError(f"[flatten] start {start} is not an axis of shape {shape}")
    new = (*shape[:start], math.prod(shape[start:]))
    return record(a.k, a.k.reshape(a.data, new), (a,), reshape_rule, (), (shape,))


def transpose(a: Operand, axes: Sequence[int] | None = None) -> Tensor:
    """The axes in another order; by default reversed."""
    a = lift(a)
    n = len(a.data.shape)
    axes = tuple(range(n))[::-1] if axes is None else as_shape("transpose", axes)
    positive = tuple(i + n if i < 0 else i for i in axes)
    if sorted(positive) != list(range(n)):
        raise ValueError(f"[transpose] axes {axes} are no order of the {n} axes of shape {a.data.shape}")
    inverse = tuple(sorted(range(n), key=positive.__getitem__))
    return record(a.k, a.k.transpose(a.data, positive), (a,), transpose_rule, (), (inverse,))


def transpose_rule(k, g, need, inverse):
    return (k.transpose(g, inverse),)


def broadcast_to(a: Operand, shape: Shape) -> Tensor:
    """a repeated to a larger shape, without copying."""
    a = lift(a)
    old, new = a.data.shape, as_shape("broadcast_to", shape)
    lead = len(new) - len(old)
    if lead < 0 or any(m != n and m != 1 for m, n in zip(old, new[lead:])):
        raise ValueError(f"[broadcast_to] shape {old} cannot be broadcast to {new}: sizes must be equal, or 1 in the "
                         "first")
    return record(a.k, a.k.broadcast_to(a.data, new), (a,), broadcast_to_rule, (), (old,))


def broadcast_to_rule(k, g, need, shape):
    return (k.sum_to(g, shape),)


def sum_to(a, shape):
    """a summed to a smaller shape, one that broadcasts to a's: the adjoint of broadcast_to."""
    a = lift(a)
    old, new = a.data.shape, as_shape("sum_to", shape)
    lead = len(old) - len(new)
    if lead < 0 or any(n not in (m, 1) for m, n in zip(old[lead:], new)):
        raise ValueError(f"[sum_to] shape {new} does not broadcast to {old}")
    return record(a.k, a.k.sum_to(a.data, new), (a,), sum_to_rule, (), (old,))


def sum_to_rule(k, g, need, shape):
    return (k.broadcast_to(g, shape),)


def concatenate(tensors: Sequence[Operand], axis: int = 0) -> Tensor:
    """Joined along an axis; the other sizes agree."""
    tensors = same_kind("concatenate", tensors)
    first = tensors[0].data.shape
    axis = one_axis("concatenate", axis, len(first))
    for t in tensors[1:]:
        s = t.data.shape
        if s[:axis] + s[axis + 1:] != first[:axis] + first[axis + 1:]:
            raise ValueError(f"[concatenate] shapes {[u.shape for u in tensors]} differ beyond axis {axis}")
    k = tensors[0].k
    return record(k, k.concatenate([t.data for t in tensors], axis), tensors, concatenate_rule, (), (axis,
                  tuple(t.data.shape[axis] for t in tensors)))


def concatenate_rule(k, g, need, axis, sizes):
    parts, start = [], 0
    for wanted, n in zip(need, sizes):
        parts.append(k.getitem(g, (slice(None),) * axis + (slice(start, start + n),)) if wanted else None)
        start += n
    return parts


def stack(tensors: Sequence[Operand], axis: int = 0) -> Tensor:
    """Joined along a new axis; all of one shape."""
    tensors = same_kind("stack", tensors)
    shape = tensors[0].data.shape
    if any(t.data.shape != shape for t in tensors):
        raise ValueError(f"[stack] shapes {[t.shape for t in tensors]} differ")
    axis = one_axis("stack", axis, len(shape) + 1)
    return concatenate([reshape(t, (*shape[:axis], 1, *shape[axis:])) for t in tensors], axis)


def split(a: Operand, sizes: Shape, axis: int = 0) -> tuple[Tensor, ...]:
    """Cut along an axis: into pieces of the given sizes, or into `sizes` equal ones. A tuple of tensors."""
    a = lift(a)
    shape = a.data.shape
    axis = one_axis("split", axis, len(shape))
    if hasattr(sizes, "__index__"):
        if sizes < 1 or shape[axis] % sizes:
            raise ValueError(f"[split] axis {axis} of shape {shape} does not divide into {sizes} equal pieces")
        sizes = (shape[axis] // sizes,) * sizes
    sizes = as_shape("split", sizes)
    if sum(sizes) != shape[axis] or any(n < 0 for n in sizes):
        raise ValueError(f"[split] sizes {sizes} do not add up to the {shape[axis]} of axis {axis} of shape {shape}")
    pieces, start = [], 0
    for n in sizes:
        pieces.append(a.k.getitem(a.data, (slice(None),) * axis + (slice(start, start + n),)))
        start += n
    shapes = tuple(p.shape for p in pieces)
    return record_many(a.k, pieces, (a,), split_rule, (), (axis, shapes))


def split_rule(k, gs, need, axis, shapes):
    like = next(g for g in gs if g is not None)
    return (k.concatenate([k.zeros(s, like) if g is None else g for g, s in zip(gs, shapes)], axis),)


def pad(a: Operand, widths: int | Sequence[int | Sequence[int]], value: float = 0) -> Tensor:
    """Extended with a constant. widths: an int for every side, or ((before, after), ...) per axis."""
    a = lift(a)
    shape = a.data.shape
    if hasattr(widths, "__index__"):
        widths = ((widths, widths),) * len(shape)
    widths = tuple(as_shape("pad", w) for w in widths)
    if len(widths) != len(shape) or any(len(w) != 2 or min(w) < 0 for w in widths):
        raise ValueError(f"[pad] widths must be an int >= 0, or one (before, after) for each of the {len(shape)} axes "
                         f"of shape {shape}; found {widths}")
    if a.data.dtype.kind != "f":
        if value != int(value):
            raise TypeError(f"[pad] the value {value} is no integer, but the tensor is {a.data.dtype}: convert it with "
                            ".astype()")
        value = int(value)
    if isinstance(value, int):
        check_fits("pad", value, a.data.dtype)
    return record(a.k, a.k.pad(a.data, widths, value), (a,), pad_rule, (), (widths, shape))


def pad_rule(k, g, need, widths, shape):
    return (k.getitem(g, tuple(slice(before, before + n) for (before, _), n in zip(widths, shape))),)
