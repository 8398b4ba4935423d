"""The same elements several times."""

from __future__ import annotations

import math

import numpy as np

from minigrad.graph import Variable, record
from minigrad.ops.index.picking import getitem
from minigrad.ops.operands import as_shape, is_end, one_axis, together
from minigrad.ops.shape.arranging import ravel, reshape
from minigrad.ops.shape.joining import stack
from minigrad.tensor import Tensor, lift
from minigrad.types import Operand, Shape

__all__ = ["broadcast_arrays", "broadcast_to", "meshgrid", "repeat", "tile"]


FEW = 4         # so many copies side by side are written one after the other: quicker than element by element


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


def broadcast_arrays(*tensors: Operand) -> tuple[Tensor, ...]:
    """All of them in the one shape that they broadcast to, without copying. Raises ValueError if there is none."""
    made = together("broadcast_arrays", tensors)
    try:
        shape = np.broadcast_shapes(*(t.shape for t in made))
    except ValueError:
        raise ValueError(f"[broadcast_arrays] shapes {[t.shape for t in made]} do not broadcast") from None
    return tuple(t if t.shape == shape else broadcast_to(t, shape) for t in made)


def meshgrid(*tensors: Operand, sparse: bool = False, indexing: str = "xy") -> tuple[Tensor, ...]:
    """Coordinates of a grid: for n tensors of one axis each (or single numbers) n of n axes, all of one shape.

    indexing: "ij": axis i runs along tensor i; "xy": the first two change places, as in pictures. sparse: each has size 1
    along the axes on which it does not change. The tensors may come in one list.
    """
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) and any(hasattr(t, "shape") for t in tensors[0]):
        tensors = tuple(tensors[0])
    if indexing not in ("xy", "ij"):
        raise ValueError(f"[meshgrid] indexing must be 'xy' or 'ij', found {indexing!r}")
    made = together("meshgrid", tensors)
    if any(t.ndim > 1 for t in made):
        raise ValueError(f"[meshgrid] expected tensors of one axis each, found shapes {[t.shape for t in made]}")
    places = list(range(len(made)))
    if indexing == "xy":
        places[:2] = places[:2][::-1]
    made = [reshape(t, tuple(t.size if i == place else 1 for i in range(len(made)))) for place, t in zip(places, made)]
    return tuple(made) if sparse else broadcast_arrays(*made)


def repeat(a: Operand, repeats: int | Operand, axis: int | None = None) -> Tensor:
    """Each element several times in a row, along an axis or (None) of all elements on one axis: [1, 1, 2, 2].

    repeats: how often, one number or one for each place on the axis. For [1, 2, 1, 2], PyTorch's repeat, there is tile.
    """
    a = lift(a)
    lone = axis is None or a.ndim == 0 and is_end(axis)
    a, axis = (ravel(a), 0) if lone else (a, one_axis("repeat", axis, a.ndim))
    shape = a.data.shape
    times = np.asarray(repeats.k.to_numpy(repeats.data) if isinstance(repeats, Variable) else repeats)
    whole = times.dtype.kind in "biu" or not times.size
    if not whole or times.ndim > 1 or times.size not in (1, shape[axis]) or (times < 0).any():
        raise ValueError(f"[repeat] repeats must be one int >= 0, or one for each of the {shape[axis]} places on axis {axis} "
                         f"of shape {shape}; found {repeats!r}")
    if times.size == 1:
        n = int(times.reshape(()))
        if 1 < n <= FEW and axis == len(shape) - 1:
            return reshape(stack([a] * n, axis + 1), (*shape[:axis], shape[axis] * n))
        wide = broadcast_to(reshape(a, (*shape[:axis + 1], 1, *shape[axis + 1:])), (*shape[:axis + 1], n, *shape[axis + 1:]))
        return reshape(wide, (*shape[:axis], shape[axis] * n, *shape[axis + 1:]))
    return getitem(a, (slice(None),) * axis + (a.k.asarray(np.repeat(np.arange(shape[axis]), times.astype(int))),))


def tile(a: Operand, reps: Shape) -> Tensor:
    """The whole tensor several times side by side: [1, 2, 1, 2]. reps: how often along each axis, aligned at the last one."""
    a = lift(a)
    reps = as_shape("tile", reps)
    if any(n < 0 for n in reps):
        raise ValueError(f"[tile] reps must be >= 0, found {reps}")
    n = max(len(reps), a.ndim)
    reps = (1,) * (n - len(reps)) + reps
    shape = (1,) * (n - a.ndim) + a.data.shape
    apart = reshape(a, tuple(size for side in shape for size in (1, side)))
    wide = broadcast_to(apart, tuple(size for pair in zip(reps, shape) for size in pair))
    return reshape(wide, tuple(map(math.prod, zip(reps, shape))))
