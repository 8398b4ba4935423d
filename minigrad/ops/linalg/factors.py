"""Cholesky's factor and QR."""

from __future__ import annotations

from typing import NamedTuple

from minigrad.graph import OUT, record, record_many
from minigrad.ops.index import getitem
from minigrad.ops.linalg.given import check_matrix, in_lapack, turned
from minigrad.ops.matmul import matmul
from minigrad.ops.shape import concatenate, transpose
from minigrad.tensor import Tensor, constant, lift
from minigrad.types import Operand

__all__ = ["cholesky", "qr"]


class QRResult(NamedTuple):
    Q: Tensor
    R: Tensor


@in_lapack
def cholesky(a: Operand, upper: bool = False) -> Tensor:
    """L, lower triangular, with L L^T = a (..., N, N), symmetric and positive definite; upper: L^T.

    Only the lower half of a is looked at (numpy); the gradient is that for symmetric matrices, and symmetric (PyTorch): with
    S = L^-T P(L^T g) L^-1 it is (S + S^T) / 2, where P takes the lower half and half the diagonal (Murray 2016).
    Raises numpy's LinAlgError for a matrix that is not positive definite.
    """
    a = lift(a)
    check_matrix("cholesky", a, square=True)
    y = record(a.k, a.k.cholesky(a.data), (a,), cholesky_rule, (OUT,))
    return transpose(y, (*range(a.ndim - 2), a.ndim - 1, a.ndim - 2)) if upper else y


def cholesky_rule(k, g, need, y):
    t = turned(k, y)
    m = k.matmul(t, g)
    p = k.mul(k.add(k.triangle(m, True, 0), k.triangle(m, True, -1)), 0.5)
    s = k.solve_triangular(t, turned(k, k.solve_triangular(t, p)))
    return (k.mul(k.add(s, turned(k, s)), 0.5),)


@in_lapack
def qr(a: Operand, mode: str = "reduced") -> QRResult | Tensor:
    """(Q, R) of a (..., M, N) = Q R, the columns of Q orthonormal, R upper triangular. mode: "reduced", Q (..., M, K) with
    K = min(M, N); "complete", Q (..., M, M), of constants only if M > N; "r", R alone.

    There is a gradient where the first K columns are independent. For M >= N, with m = R gR^T - gQ^T Q and the symmetric matrix
    C(m) that has m's lower half, it is (gQ + Q C(m)) R^-T (Walter and Lehmann 2013). Of a wide matrix the further columns
    of R are Q^T a.
    """
    a = lift(a)
    check_matrix("qr", a)
    if mode not in ("reduced", "complete", "r"):
        raise ValueError(f"[qr] mode must be 'reduced', 'complete' or 'r', found {mode!r}")
    *_, rows, columns = a.data.shape
    if mode == "complete" and rows > columns:
        if a.requires_grad:
            raise ValueError(f"[qr] the further columns of a complete Q are arbitrary and have no gradient, a {a.shape}: use "
                             "mode='reduced', or detach a")
        return QRResult(*[constant(a.k, y) for y in a.k.qr(a.data, "complete")])
    if rows < columns:
        q, r = _tall(getitem(a, (..., slice(0, rows))))
        turn = transpose(q, (*range(q.ndim - 2), q.ndim - 1, q.ndim - 2))
        r = concatenate([r, matmul(turn, getitem(a, (..., slice(rows, None))))], a.ndim - 1)
    else:
        q, r = _tall(a)
    return r if mode == "r" else QRResult(q, r)


def _tall(a):
    return record_many(a.k, a.k.qr(a.data), (a,), qr_rule, (OUT, OUT - 1))


def qr_rule(k, gs, need, q, r):
    gq, gr = gs
    m = None if gr is None else k.matmul(r, turned(k, gr))
    if gq is not None:
        of_q = k.matmul(turned(k, gq), q)
        m = k.neg(of_q) if m is None else k.sub(m, of_q)
    both = k.matmul(q, k.add(k.triangle(m, True, 0), turned(k, k.triangle(m, True, -1))))
    if gq is not None:
        both = k.add(gq, both)
    return (turned(k, k.solve_triangular(r, turned(k, both))),)
