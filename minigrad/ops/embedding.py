"""Rows of a table, by their numbers."""

from __future__ import annotations

from minigrad.graph import Variable, record
from minigrad.ops.compare import equal
from minigrad.ops.elementwise import where
from minigrad.ops.index import getitem
from minigrad.ops.shape import reshape
from minigrad.tensor import Tensor, array_on, constant, lift
from minigrad.types import Operand

__all__ = ["embedding"]


def embedding(index: Operand, w: Operand, padding_idx: int | None = None, scale_grad_by_freq: bool = False) -> Tensor:
    """The rows of w that an index of integers names: index (...), w (V, D) -> (..., D).

    A row that is named twice has the sum of both gradients; their mean with scale_grad_by_freq. padding_idx: a row that has
    none. Negative numbers count from the end, as everywhere here. IndexError for a row that does not exist.
    """
    w = lift(w)
    k, shape = w.k, w.data.shape
    index = array_on(k, index) if isinstance(index, Variable) else k.asarray(index)
    if index.dtype.kind not in "iu":
        raise TypeError(f"[embedding] the index must be integers, found {index.dtype}: convert it with .astype('int64')")
    if len(shape) != 2:
        raise ValueError(f"[embedding] expected w (V, D), found {shape}")
    try:
        rows = getitem(w, index)
    except IndexError as error:
        raise IndexError(f"[embedding] {str(error).removeprefix('[getitem] ')}") from None
    if not isinstance(scale_grad_by_freq, bool):
        raise TypeError(f"[embedding] scale_grad_by_freq must be True or False, found {scale_grad_by_freq!r}")
    if scale_grad_by_freq and rows.requires_grad:
        rows = _shared(rows, index, shape[0])
    if padding_idx is None:
        return rows
    if isinstance(padding_idx, bool) or not hasattr(padding_idx, "__index__") or not -shape[0] <= padding_idx < shape[0]:
        raise ValueError(f"[embedding] padding_idx must be the number of a row of w {shape}, or None, found {padding_idx!r}")
    padding = equal(reshape(constant(k, index), (*index.shape, 1)), int(padding_idx) % shape[0])
    return where(padding, constant(k, rows.data), rows)


def _shared(rows, index, count):
    """The rows, whose gradients are divided by how often each is named."""
    k = rows.k
    often = k.getitem(k.put(k.full(index.shape, 1, "float32"), index, (count,)), index)
    share = k.astype(k.reshape(k.div(1.0, often), (*index.shape, 1)), rows.data.dtype)
    return record(k, k.copy(rows.data), (rows,), shared_rule, (), (share,), (share,))


def shared_rule(k, g, need, share):
    return (k.mul(g, share),)
