"""Systems of linear equations and what goes with them: inverses and determinants."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from minigrad.graph import OUT, record
from minigrad.ops.linalg.given import (
    check_matrix,
    diagonal,
    identity,
    in_lapack,
    last,
    rows,
    turned,
    two_in_lapack,
)
from minigrad.ops.operands import as_shape, check_broadcast, operands
from minigrad.ops.shape import reshape, transpose
from minigrad.tensor import Tensor, constant, lift
from minigrad.types import Operand

__all__ = ["det", "inv", "slogdet", "solve", "solve_triangular", "tensorinv", "tensorsolve"]


class SlogdetResult(NamedTuple):
    sign: Tensor
    logabsdet: Tensor


@in_lapack
def inv(a: Operand) -> Tensor:
    """The inverse of (..., N, N); slope: d(a^-1) = -a^-1 da a^-1. Raises numpy's LinAlgError for a singular matrix."""
    a = lift(a)
    check_matrix("inv", a, square=True)
    return record(a.k, a.k.inv(a.data), (a,), inv_rule, (OUT,))


def inv_rule(k, g, need, y):
    t = turned(k, y)
    return (k.neg(k.matmul(t, k.matmul(g, t))),)


def solve(a: Operand, b: Operand) -> Tensor:
    """x with a x = b: a (..., N, N), b (N,) or (..., N, K); leading axes broadcast. With g for x, gb = a^-T g, ga = -gb x^T.

    As in numpy, b is one vector only if it has one axis. Raises numpy's LinAlgError for a singular matrix.
    """
    return _solved("solve", a, b, _solve)


def _solved(op, a, b, operation):
    a, b = operands(op, a, b)
    check_matrix(op, a, square=True)
    s, t = a.data.shape, b.data.shape
    if not t or t[0 if len(t) == 1 else -2] != s[-1]:
        raise ValueError(f"[{op}] a (..., N, N) needs b (N,) or (..., N, K) with N = {s[-1]}: a {s}, b {t}")
    check_broadcast(op, s[:-2], t[:-2])
    if len(t) == 1:
        y = two_in_lapack(op, a, reshape(b, (t[0], 1)), operation)
        return reshape(y, y.data.shape[:-1])
    return two_in_lapack(op, a, b, operation)


def _solve(a, b):
    return record(a.k, a.k.solve(a.data, b.data), (a, b), solve_rule, (0, OUT), (b.data.shape,))


def solve_rule(k, g, need, a, x, shape):
    gb = k.solve(turned(k, a), g)
    return (k.sum_to(k.neg(k.matmul(gb, turned(k, x))), a.shape) if need[0] else None,
            k.sum_to(gb, shape) if need[1] else None)


def solve_triangular(a: Operand, b: Operand, lower: bool | None = None, unit_diagonal: bool = False, *,
                     upper: bool | None = None) -> Tensor:
    """x with a x = b for an upper (or lower) triangular a, whose other half is not looked at; unit_diagonal: nor is its
    diagonal, which counts as 1. Shapes as in `solve`. (The name and the arguments are SciPy's; PyTorch's `upper` is accepted
    in place of `lower`.)
    """
    if lower is not None and upper is not None:
        raise TypeError(f"[solve_triangular] found lower={lower!r} and upper={upper!r}, which say the same: give one of them")
    below = bool(lower) if upper is None else not upper

    def operation(a, b):
        if unit_diagonal:
            a = _with_ones(a, below)
        y = a.k.solve_triangular(a.data, b.data, below)
        return record(a.k, y, (a, b), solve_triangular_rule, (0, OUT), (below, b.data.shape))

    return _solved("solve_triangular", a, b, operation)


def _with_ones(a, lower):
    return triangle(a, lower, -1 if lower else 1) + constant(a.k, identity(a.k, a.data))


def solve_triangular_rule(k, g, need, a, x, lower, shape):
    gb = k.solve_triangular(turned(k, a), g, not lower)
    ga = k.neg(k.matmul(gb, turned(k, x))) if need[0] else None
    return (k.triangle(k.sum_to(ga, a.shape), lower, 0) if need[0] else None,
            k.sum_to(gb, shape) if need[1] else None)


def triangle(a, lower, offset):
    """a with zeros above (lower) or below the diagonal number `offset`: its own adjoint."""
    a = lift(a)
    return record(a.k, a.k.triangle(a.data, lower, offset), (a,), triangle_rule, (), (lower, offset))


def triangle_rule(k, g, need, lower, offset):
    return (k.triangle(g, lower, offset),)


@in_lapack
def det(a: Operand) -> Tensor:
    """The determinant of (..., N, N). Its slope, the cofactors, exists for singular matrices too, and so does the slope of
    that."""
    a = lift(a)
    check_matrix("det", a, square=True)
    return record(a.k, a.k.det(a.data), (a,), det_rule, (0,))


def det_rule(k, g, need, a):
    return (k.pick_mul(last(k, g), k.cofactor(a)),)


@in_lapack
def cofactor(a):
    """The slope of det: det(a) a^-T where a has an inverse, and its continuation where not. It is a polynomial of the numbers
    of a: with a = U diag(s) V^T, G = U^T g V and p_ij the product of the singular values but s_i and s_j, the slope of sum(g
    cofactor(a)) is det(U) det(V) U H V^T, H_ii = sum over j != i of p_ij G_jj, H_ij = -p_ij G_ji.
    """
    a = lift(a)
    return record(a.k, a.k.cofactor(a.data), (a,), cofactor_rule, (0,))


def cofactor_rule(k, g, need, a):
    u, s, vh = k.svd(a, False)
    n = a.shape[-1]
    if not n:
        return (g,)
    sign = k.sign(k.mul(k.det(u), k.det(vh)))
    h = k.matmul(turned(k, u), k.matmul(g, turned(k, vh)))
    eye = identity(k, a)
    batch = a.shape[:-2]
    left_out = k.add(k.reshape(eye, (*batch, n, 1, n)), k.reshape(eye, (*batch, 1, n, n)))
    every = k.broadcast_to(k.reshape(s, (*batch, 1, 1, n)), (*batch, n, n, n))
    p = k.mul(_product(k, k.where(k.greater(left_out, 0.5), 1.0, every)), k.sub(1.0, eye))
    middle = k.sub(k.mul(eye, rows(k, k.sum(k.mul(p, rows(k, diagonal(k, h))), -1))), k.mul(p, turned(k, h)))
    return (k.mul(last(k, sign), k.matmul(u, k.matmul(middle, vh))),)


def _product(k, a):
    """The product along the last axis."""
    while a.shape[-1] > 1:
        n = a.shape[-1]
        half = k.mul(k.getitem(a, (..., slice(0, n // 2))), k.getitem(a, (..., slice(n // 2, n // 2 * 2))))
        a = k.concatenate([half, k.getitem(a, (..., slice(n - 1, n)))], len(a.shape) - 1) if n % 2 else half
    return k.reshape(a, a.shape[:-1])


@in_lapack
def slogdet(a: Operand) -> SlogdetResult:
    """(sign, logabsdet) of (..., N, N): the determinant is sign exp(logabsdet), which may be too large for a float. The slope
    of logabsdet is a^-T; the sign is a constant. Of a singular matrix they are 0 and -inf, and the slope, which there is none,
    is NaN.
    """
    a = lift(a)
    check_matrix("slogdet", a, square=True)
    sign, log = a.k.slogdet(a.data)
    return SlogdetResult(constant(a.k, sign), record(a.k, log, (a,), slogdet_rule, (0, OUT)))


def slogdet_rule(k, g, need, a, y):
    singular = last(k, k.equal(y, -math.inf))
    inverse = turned(k, k.inv(k.where(singular, identity(k, a), a)))
    return (k.pick_mul(last(k, g), k.where(singular, math.nan, inverse)),)


def tensorsolve(a: Operand, b: Operand, axes: Sequence[int] | None = None) -> Tensor:
    """x with tensordot(a, x, x.ndim) = b: a has b's shape and then that of x. axes: those of a to bring to its end first."""
    a, b = operands("tensorsolve", a, b)
    if axes is not None:
        moved = [i % a.ndim for i in as_shape("tensorsolve", axes)]
        a = transpose(a, (*[i for i in range(a.ndim) if i not in moved], *moved))
    shape = a.data.shape[b.ndim:]
    n = math.prod(shape)
    if a.data.shape[:b.ndim] != b.data.shape or n != b.size:
        raise ValueError(f"[tensorsolve] a must have b's shape and then as many numbers: a {a.shape}, b {b.shape}")
    return reshape(solve(reshape(a, (n, n)), reshape(b, (n,))), shape)


def tensorinv(a: Operand, ind: int = 2) -> Tensor:
    """The inverse of a for tensordot(a, b, ind): the first `ind` axes of a hold as many numbers as the others."""
    a = lift(a)
    if not hasattr(ind, "__index__") or not 0 < ind <= a.ndim:
        raise ValueError(f"[tensorinv] ind must be a number of leading axes, 1 to {a.ndim}, found {ind!r}")
    first, others = a.data.shape[:ind], a.data.shape[ind:]
    n = math.prod(first)
    if n != math.prod(others):
        raise ValueError(f"[tensorinv] the first {ind} axes must hold as many numbers as the others: a {a.shape}")
    return reshape(inv(reshape(a, (n, n))), (*others, *first))
