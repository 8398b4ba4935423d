"""Diagonals of matrices, matrices of diagonals, and triangles."""

from __future__ import annotations

import numpy as np

from minigrad.graph import constant, record
from minigrad.ops.elementwise import where
from minigrad.ops.operands import one_axis
from minigrad.ops.shape.arranging import ravel
from minigrad.tensor import Tensor, lift
from minigrad.types import Operand

__all__ = ["diag", "diagflat", "diagonal", "tril", "triu"]


def diagonal(a: Operand, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """a[i, i + offset] of the two axes, as a new last axis (below the main diagonal for offset < 0). A view.

    Raises ValueError unless these are two different axes.
    """
    a = lift(a)
    axes = one_axis("diagonal", axis1, a.ndim), one_axis("diagonal", axis2, a.ndim)
    if axes[0] == axes[1]:
        raise ValueError(f"[diagonal] axis1 and axis2 must be two axes, found {axis1} and {axis2} of shape {a.shape}")
    offset = _offset("diagonal", offset)
    return record(a.k, a.k.diagonal(a.data, offset, *axes), (a,), diagonal_rule, (), (offset, *axes, a.data.shape))


def diagonal_rule(k, g, need, offset, axis1, axis2, shape):
    return (k.put_diagonal(g, offset, axis1, axis2, shape),)


def put_diagonal(g, offset, axis1, axis2, shape):
    """Zeros of `shape` with g on a diagonal of the two axes: the adjoint of diagonal."""
    y = g.k.put_diagonal(g.data, offset, axis1, axis2, shape)
    return record(g.k, y, (g,), put_diagonal_rule, (), (offset, axis1, axis2))


def put_diagonal_rule(k, g, need, offset, axis1, axis2):
    return (k.diagonal(g, offset, axis1, axis2),)


def diag(a: Operand, k: int = 0) -> Tensor:
    """The k-th diagonal of a matrix; of a vector (N,) the square matrix with it there, N + |k| wide, and zeros elsewhere."""
    a = lift(a)
    if a.ndim == 2:
        return diagonal(a, _offset("diag", k))
    if a.ndim != 1:
        raise ValueError(f"[diag] expected a vector or a matrix, found shape {a.shape}: mg.diagonal takes any two axes")
    return _matrix(a, _offset("diag", k))


def diagflat(a: Operand, k: int = 0) -> Tensor:
    """The square matrix with all elements of a on its k-th diagonal, and zeros elsewhere."""
    return _matrix(ravel(a), _offset("diagflat", k))


def _matrix(v, offset):
    n = v.data.shape[0] + abs(offset)
    return put_diagonal(v, offset, 0, 1, (n, n))


def tril(a: Operand, k: int = 0) -> Tensor:
    """The lower triangle of matrices, the last two axes: 0 above the k-th diagonal. A vector is repeated to a square first."""
    return _triangle("tril", lift(a), _offset("tril", k), lower=True)


def triu(a: Operand, k: int = 0) -> Tensor:
    """The upper triangle of matrices, the last two axes: 0 below the k-th diagonal. A vector is repeated to a square first."""
    return _triangle("triu", lift(a), _offset("triu", k) - 1, lower=False)


def _triangle(op, a, offset, lower):
    if a.ndim == 0:
        raise ValueError(f"[{op}] expected matrices, or a vector, found a tensor without axes")
    inside = np.tri(*(a.shape[-2:] if a.ndim > 1 else a.shape * 2), offset, dtype=bool)
    inside = constant(a.k, a.k.asarray(inside if lower else ~inside))
    return where(inside, a, a.data.dtype.type(0).item())


def _offset(op, k):
    if not hasattr(k, "__index__"):
        raise TypeError(f"[{op}] a diagonal's number must be an int, found {k!r}")
    return k.__index__()
