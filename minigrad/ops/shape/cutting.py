"""One tensor cut into several: a tuple of them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from minigrad.graph import Variable, record_many
from minigrad.ops.index.picking import getitem
from minigrad.ops.operands import as_shape, one_axis
from minigrad.ops.shape.arranging import reshape
from minigrad.tensor import Tensor, lift
from minigrad.types import Operand, Shape

__all__ = ["array_split", "chunk", "dsplit", "hsplit", "split", "unstack", "vsplit"]


def split(a: Operand, indices_or_sections: Shape, axis: int = 0) -> tuple[Tensor, ...]:
    """Cut along an axis: into so many equal pieces; or before each of several places, [1, 3] into a[:1], a[1:3], a[3:].

    Raises ValueError where pieces cannot be equal: array_split makes the first ones longer.
    """
    return _cut("split", lift(a), indices_or_sections, axis, equal=True)


def array_split(a: Operand, indices_or_sections: Shape, axis: int = 0) -> tuple[Tensor, ...]:
    """Cut along an axis, as `split` does; where the pieces cannot be equal the first ones are longer by one."""
    return _cut("array_split", lift(a), indices_or_sections, axis)


def hsplit(a: Operand, indices_or_sections: Shape) -> tuple[Tensor, ...]:
    """`split` along axis 1, or along the only axis."""
    a = lift(a)
    return _cut_along("hsplit", a, indices_or_sections, 0 if a.ndim == 1 else 1, 1)


def vsplit(a: Operand, indices_or_sections: Shape) -> tuple[Tensor, ...]:
    """`split` along axis 0, of two axes or more."""
    return _cut_along("vsplit", lift(a), indices_or_sections, 0, 2)


def dsplit(a: Operand, indices_or_sections: Shape) -> tuple[Tensor, ...]:
    """`split` along axis 2."""
    return _cut_along("dsplit", lift(a), indices_or_sections, 2, 3)


def _cut_along(op, a, indices_or_sections, axis, least):
    if a.ndim < least:
        raise ValueError(f"[{op}] expected {least} axes or more, found shape {a.shape}")
    return _cut(op, a, indices_or_sections, axis, equal=True)


def chunk(a: Operand, chunks: int, axis: int = 0) -> tuple[Tensor, ...]:
    """Cut along an axis into pieces of one size, the last one perhaps smaller, `chunks` of them at most (PyTorch)."""
    a = lift(a)
    axis = one_axis("chunk", axis, a.ndim)
    if not hasattr(chunks, "__index__") or chunks < 1:
        raise ValueError(f"[chunk] chunks must be an int >= 1, found {chunks!r}")
    n = a.data.shape[axis]
    size = -(-n // int(chunks))
    return _pieces(a, [min(size, n - i) for i in range(0, n, size)] if n else [0] * int(chunks), axis)


def unstack(a: Operand, axis: int = 0) -> tuple[Tensor, ...]:
    """The slices along an axis, which they no longer have: the reverse of stack."""
    a = lift(a)
    axis = one_axis("unstack", axis, a.ndim)
    shape = a.data.shape
    if not shape[axis]:
        return ()
    return tuple(reshape(piece, shape[:axis] + shape[axis + 1:]) for piece in _pieces(a, [1] * shape[axis], axis))


def _cut(op, a, cuts, axis, equal=False):
    axis = one_axis(op, axis, a.ndim)
    size = a.data.shape[axis]
    if isinstance(cuts, (Variable, np.ndarray)):
        cuts = cuts.tolist()
    if hasattr(cuts, "__index__"):
        if cuts < 1 or equal and size % cuts:
            raise ValueError(f"[{op}] axis {axis} of shape {a.shape} does not divide into {cuts} equal pieces"
                             f"{': array_split makes the first ones longer' if cuts > 0 else ''}")
        whole, longer = divmod(size, int(cuts))
        return _pieces(a, [whole + (i < longer) for i in range(int(cuts))], axis)
    places = [0, *as_shape(op, cuts)]
    if all(0 <= i <= j <= size for i, j in pairwise([*places, size])):
        return _pieces(a, [j - i for i, j in pairwise([*places, size])], axis)
    return tuple(getitem(a, (slice(None),) * axis + (slice(i, j),)) for i, j in pairwise([*places, None]))


def _pieces(a, sizes, axis):
    """Pieces of these sizes, which add up to the axis's, as one node: its gradient is one join."""
    pieces, start = [], 0
    for n in sizes:
        pieces.append(a.k.getitem(a.data, (slice(None),) * axis + (slice(start, start + n),)))
        start += n
    return record_many(a.k, pieces, (a,), split_rule, (), (axis, tuple(p.shape for p in pieces)))


def split_rule(k, gs, need, axis, shapes):
    like = next(g for g in gs if g is not None)
    return (k.concatenate([k.zeros(s, like) if g is None else g for g, s in zip(gs, shapes)], axis),)
