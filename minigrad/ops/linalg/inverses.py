"""The pseudo-inverse and what it solves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from minigrad.graph import OUT, record
from minigrad.kernels.reference import rounding
from minigrad.ops.elementwise import mul, sub
from minigrad.ops.index import getitem
from minigrad.ops.linalg.given import check_matrix, in_lapack, turned, two_in_lapack
from minigrad.ops.linalg.spectra import svdvals
from minigrad.ops.matmul import matmul
from minigrad.ops.operands import check_broadcast, operands
from minigrad.ops.reduce import sum as add_up
from minigrad.ops.shape import reshape
from minigrad.tensor import Tensor, constant, floating, lift
from minigrad.types import Operand

__all__ = ["lstsq", "matrix_rank", "pinv"]


class LstsqResult(NamedTuple):
    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor


@in_lapack
def pinv(a: Operand, rcond: float | None = None, hermitian: bool = False, *, rtol: float | None = None) -> Tensor:
    """Moore's and Penrose's inverse of (..., M, N): (..., N, M). Singular values up to rtol (or rcond) times the largest count
    as 0; by default max(M, N) times the dtype's rounding, which for float32 is more than numpy's 1e-15. hermitian is not
    needed.

    The slope (Golub and Pereyra 1973) is right to every order for matrices of any rank, repeated singular values too, as
    long as the rank does not change; where it does, pinv jumps: dP = -P da P + P P^T da^T (1 - a P) + (1 - P a) da^T P^T P.
    """
    a = lift(a)
    check_matrix("pinv", a)
    rtol = _tolerance("pinv", rcond, rtol)
    return record(a.k, a.k.pinv(a.data, rtol), (a,), pinv_rule, (0, OUT))


def _tolerance(op, rcond, rtol):
    for value in (rcond, rtol):
        if value is not None and not (isinstance(value, (int, float, np.number)) and value >= 0):
            raise ValueError(f"[{op}] the tolerance must be a number >= 0 or None, found {value!r}")
    if rcond is not None and rtol is not None:
        raise ValueError(f"[{op}] rcond and rtol are two names of one tolerance: found {rcond} and {rtol}")
    return rtol if rcond is None else float(rcond)


def pinv_rule(k, g, need, a, p):
    t, gt, pt = turned(k, p), turned(k, g), turned(k, p)
    ga = k.neg(k.matmul(t, k.matmul(g, t)))
    left = k.sub(gt, k.matmul(a, k.matmul(p, gt)))                      # (1 - a P) g^T
    right = k.sub(gt, k.matmul(k.matmul(gt, p), a))                     # g^T (1 - P a)
    return (k.add(ga, k.add(k.matmul(k.matmul(left, p), pt), k.matmul(pt, k.matmul(p, right)))),)


def lstsq(a: Operand, b: Operand, rcond: float | None = None) -> LstsqResult:
    """The x (..., N) or (..., N, K) of smallest norm among those with the smallest |a x - b|: a (..., M, N), b (M,) or (...,
    M, K).

    Named as numpy's: solution, residuals (the sums of (a x - b)^2 along a column if M > N and no matrix lacks rank, else none),
    rank, singular_values. x is pinv(a, rcond) b, and so is its gradient, of a that lacks rank too.
    """
    a, b = operands("lstsq", a, b)
    check_matrix("lstsq", a)
    s, t = a.data.shape, b.data.shape
    if not t or t[0 if len(t) == 1 else -2] != s[-2]:
        raise ValueError(f"[lstsq] a (..., M, N) needs b (M,) or (..., M, K) with M = {s[-2]}: a {s}, b {t}")
    check_broadcast("lstsq", s[:-2], t[:-2])
    rtol = _tolerance("lstsq", rcond, None)
    column = reshape(b, (t[0], 1)) if len(t) == 1 else b

    def operation(a, b):
        x = matmul(pinv(a, rtol=rtol), b)
        values = svdvals(a)
        rank = _rank(a, values, rtol)
        full = s[-2] > s[-1] and bool((a.k.to_numpy(rank.data) == s[-1]).all())
        error = sub(matmul(a, x), b)
        left = add_up(mul(error, error), -2) if full else getitem(reshape(error, (error.size,)), slice(0, 0))
        if len(t) == 1:
            x = reshape(x, x.data.shape[:-1])
        return LstsqResult(x, left, rank, values)

    return two_in_lapack("lstsq", a, column, operation)


def _rank(a, values, rtol):
    k, s = a.k, values.data
    if not s.shape[-1]:
        return constant(k, k.astype(k.sum(s, (len(s.shape) - 1,)), np.dtype(np.int64)))
    least = k.mul(k.max(s, len(s.shape) - 1, True), rounding(max(a.data.shape[-2:]), s.dtype) if rtol is None else rtol)
    return constant(k, k.sum(k.astype(k.greater(s, least), np.dtype(np.int64)), (len(s.shape) - 1,)))


def matrix_rank(A: Operand, tol: float | None = None, hermitian: bool = False, *, rtol: float | None = None) -> Tensor:
    """int64: how many singular values are greater than tol or, if that is None, than rtol times the largest; rtol is max(M, N)
    times the dtype's rounding if not given. Of a vector: 1 unless all is 0. hermitian is not needed.
    """
    a = floating(lift(A))
    if a.ndim < 2:
        a = reshape(a, (1, a.size))
    a = constant(a.k, a.data)
    values = svdvals(a)
    if tol is None:
        return _rank(a, values, _tolerance("matrix_rank", None, rtol))
    _tolerance("matrix_rank", tol, rtol)
    counted = a.k.astype(a.k.greater(values.data, float(tol)), np.dtype(np.int64))
    return constant(a.k, a.k.sum(counted, (values.ndim - 1,)))
