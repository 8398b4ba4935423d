"""Eigenvalues of symmetric matrices, and singular values.

Where values coincide their vectors are any basis of what they share, and formulas have 1 / (w_j - w_i). A function that does
not depend on the choice has nothing to divide there, so the quotient is taken as 0: first and second gradients are finite, and
right for functions of the values whose slopes agree where the values do, as sums of all or of the largest, the nuclear norm,
Ky Fan's; and for functions of the spaces that belong to equal values, as projections on them and U V^T.

What no formula can know there, from slopes g alone: how they change between equal values. Of a sum of h(w) with h'' other than
0, say the sum of squares, the second gradient lacks between equal values the entries that h'' would give; of V diag(h(w)) V^T
it is the first that lacks those of h' (in PyTorch and JAX they are NaN, or wrong). Where values differ, by more than rounding,
all is right to every order. matrix_power, expm, pinv, det, trace and the Frobenius norm need no vectors and are right
everywhere.
"""

from __future__ import annotations

from typing import NamedTuple

from minigrad.graph import OUT, record, record_many
from minigrad.kernels.reference import GAP, rounding
from minigrad.ops.linalg.given import check_matrix, columns, diagonal, in_lapack, rows, turned
from minigrad.ops.operands import operands
from minigrad.tensor import Tensor, lift
from minigrad.types import Operand

__all__ = ["eigh", "eigvalsh", "svd", "svdvals"]


class EighResult(NamedTuple):
    eigenvalues: Tensor
    eigenvectors: Tensor


class SVDResult(NamedTuple):
    U: Tensor
    S: Tensor
    Vh: Tensor


@in_lapack
def eigh(a: Operand, UPLO: str = "L") -> EighResult:
    """(w, V) of a symmetric a (..., N, N) = V diag(w) V^T: eigenvalues, ascending, and eigenvectors, the columns of V.

    Only the lower half ("L", or the upper, "U") of a is looked at (numpy); the gradient is that for symmetric matrices, and
    symmetric: V (diag(gw) + F * V^T gV) V^T, F_ij = 1 / (w_j - w_i), 0 where they are equal.
    """
    a, UPLO = _symmetric("eigh", a, UPLO)
    return EighResult(*record_many(a.k, a.k.eigh(a.data, UPLO), (a,), eigh_rule, (0, OUT, OUT - 1), (UPLO,)))


def _symmetric(op, a, half):
    a = lift(a)
    check_matrix(op, a, square=True)
    if half not in ("L", "U", "l", "u"):
        raise ValueError(f"[{op}] UPLO must be 'L' or 'U', found {half!r}")
    return a, half.upper()


def eigh_rule(k, gs, need, a, w, v, half):
    gw, gv = gs
    ga = None if gw is None else k.eigen_spread(a, gw, half)
    if gv is None:
        return (ga,)
    t = turned(k, v)
    of_v = _evenly(k, k.matmul(v, k.matmul(k.over_gaps(a, w, v, v, k.matmul(t, gv), -1), t)))
    return (of_v if ga is None else k.add(ga, of_v),)


def _evenly(k, a):
    return k.mul(k.add(a, turned(k, a)), 0.5)


def _quotients(k, w, numerator, sign=-1):
    """numerator / (w_j - w_i) as (..., N, N), or with sign 1 over (w_j + w_i); 0 where the divisor is 0, but for rounding."""
    n = w.shape[-1]
    if not n:
        return k.zeros((*w.shape, n), w)
    gap = k.add(rows(k, w), columns(k, w)) if sign > 0 else k.sub(rows(k, w), columns(k, w))
    none = k.less_equal(k.abs(gap), columns(k, _nothing_beside(k, w, GAP * n)))
    return k.where(none, 0.0, k.div(numerator, k.where(none, 1.0, gap)))


def _nothing_beside(k, s, side):
    """(..., 1): up to where singular values or eigenvalues s, or differences of them, are 0 but for rounding."""
    return k.mul(k.max(k.abs(s), len(s.shape) - 1, True), rounding(side, s.dtype))


@in_lapack
def eigvalsh(a: Operand, UPLO: str = "L") -> Tensor:
    """The eigenvalues of a symmetric matrix, ascending; as `eigh`. Their slope is V diag(g) V^T."""
    a, UPLO = _symmetric("eigvalsh", a, UPLO)
    return record(a.k, a.k.eigvalsh(a.data, UPLO), (a,), eigvalsh_rule, (0,), (UPLO,))


def eigvalsh_rule(k, g, need, a, half):
    return (k.eigen_spread(a, g, half),)


@in_lapack
def eigen_spread(a, g, UPLO="L"):
    """V diag(g) V^T with the eigenvectors V of a: the adjoint of eigvalsh."""
    a, g = operands("eigen_spread", a, g)
    return record(a.k, a.k.eigen_spread(a.data, g.data, UPLO), (a, g), eigen_spread_rule, (0, 1), (UPLO,))


def eigen_spread_rule(k, h, need, a, g, half):
    """With H = V^T h V, made symmetric: the diagonal of H for g, and V (H * D) V^T, D_ij = (g_j - g_i) / (w_j - w_i), for a."""
    w, v = k.eigh(a, half)
    t = turned(k, v)
    h = _evenly(k, k.matmul(t, k.matmul(h, v)))
    if need[0]:
        d = _quotients(k, w, k.sub(rows(k, g), columns(k, g)))
        ga = k.matmul(v, k.matmul(k.mul(h, d), t))
    return ga if need[0] else None, diagonal(k, h) if need[1] else None


@in_lapack
def svd(a: Operand, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> SVDResult | Tensor:
    """(U, S, Vh) of a (..., M, N) = U diag(S) Vh: singular values, descending, and singular vectors, the columns of U and of
    Vh^T.

    full_matrices: U (..., M, M) and Vh (..., N, N), else with K = min(M, N) columns and rows only; if M != N, the full ones
    have no gradient (S has). compute_uv=False: S alone. hermitian is numpy's promise that a is symmetric, and is not needed.
    With x and y the antisymmetric parts of U^T gU and V^T gV the gradient is (Townsend 2016, without his differences of
    squares) U ((x + y)_ij / (s_j - s_i) + (x - y)_ij / (s_j + s_i) + diag(gS)) V^T and, if M != N, what lies beyond the
    vectors' space, over s. Each quotient is 0 where its divisor is 0.
    """
    if not compute_uv:
        return svdvals(a)
    a = lift(a)
    check_matrix("svd", a)
    *_, m, n = a.data.shape
    args = (bool(full_matrices) and m != n,)
    return SVDResult(*record_many(a.k, a.k.svd(a.data, args[0]), (a,), svd_rule, (0, OUT, OUT - 1, OUT - 2), args))


def svd_rule(k, gs, need, a, u, s, vh, full):
    gu, gs, gv = gs
    ga = None if gs is None else k.singular_spread(a, gs)
    if gu is None and gv is None:
        return (ga,)
    if full:
        raise ValueError(f"[svd] the further columns of full U and V are arbitrary and have no gradient, a {a.shape}: use "
                         "full_matrices=False")
    v = turned(k, vh)
    x, outside = (None, None) if gu is None else _turning(k, a, s, u, v, u, gu)
    y, beyond = (None, None) if gv is None else _turning(k, a, s, u, v, v, turned(k, gv))
    together = x if y is None else y if x is None else k.add(x, y)
    against = x if y is None else k.neg(y) if x is None else k.sub(x, y)
    middle = k.add(k.over_gaps(a, s, u, v, together, -1), k.over_gaps(a, s, u, v, against, 1))
    parts = [ga, k.matmul(u, k.matmul(middle, vh))]
    if outside is not None and a.shape[-2] > a.shape[-1]:
        parts.append(k.matmul(outside, vh))
    if beyond is not None and a.shape[-1] > a.shape[-2]:
        parts.append(k.matmul(u, turned(k, beyond)))
    parts = [part for part in parts if part is not None]
    total = parts[0]
    for part in parts[1:]:
        total = k.add(total, part)
    return (total,)


def _turning(k, a, s, u, v, basis, g):
    """Of a gradient g of singular vectors: its part that turns them among themselves, and that beyond their space over s."""
    inside = k.matmul(turned(k, basis), g)
    beyond = k.over_gaps(a, s, u, v, k.sub(g, k.matmul(basis, inside)), 0) if basis.shape[-2] > basis.shape[-1] else None
    return k.mul(k.sub(inside, turned(k, inside)), 0.5), beyond


def over_gaps(a, w, left, right, x, sign):
    """x_ij / (w_j - w_i) with sign -1, x_ij / (w_j + w_i) with 1, x_ij / w_j with 0, and 0 where the divisor is 0, but for
    rounding.

    w: the eigenvalues of a and left = right the eigenvectors, or the singular values and vectors. y, the quotient, is the
    solution of y W - W y = x (y W + W y = x, y W = x) with W = left^T a right, which is diag(w) here. Its slope in a is taken
    so, with all of W between coinciding w, whose vectors are any basis; w, left and right themselves count as constants.
    """
    a, w, left, right, x = map(lift, (a, w, left, right, x))
    y = a.k.over_gaps(a.data, w.data, left.data, right.data, x.data, sign)
    return record(a.k, y, (a, w, left, right, x), over_gaps_rule, (0, 1, 2, 3, 4), (sign,))


def over_gaps_rule(k, g, need, a, w, left, right, x, sign):
    of_x = k.over_gaps(a, w, left, right, g, sign)
    if not need[0] or not w.shape[-1]:
        return k.zeros(a.shape, a) if need[0] else None, None, None, None, of_x if need[4] else None
    y = k.over_gaps(a, w, left, right, x, sign)
    gw = k.neg(k.matmul(turned(k, y), of_x))
    if sign:
        rest = k.matmul(of_x, turned(k, y))
        gw = k.add(gw, rest) if sign < 0 else k.sub(gw, rest)
    n = w.shape[-1]
    gap = k.abs(k.sub(rows(k, w), columns(k, w)))
    gw = k.where(k.less_equal(gap, columns(k, _nothing_beside(k, w, GAP * n))), gw, 0.0)
    return k.matmul(left, k.matmul(_evenly(k, gw), turned(k, right))), None, None, None, of_x if need[4] else None


def _over(k, numerator, s):
    """numerator / s, 0 where s is 0, but for rounding."""
    if not s.shape[-1]:
        return s
    none = k.less_equal(s, _nothing_beside(k, s, s.shape[-1]))
    return k.where(none, 0.0, k.div(numerator, k.where(none, 1.0, s)))


@in_lapack
def svdvals(x: Operand) -> Tensor:
    """The singular values of (..., M, N), descending. Their slope is U diag(g) V^T, but 0 in singular values of 0 (as abs has
    it)."""
    a = lift(x)
    check_matrix("svdvals", a)
    return record(a.k, a.k.svdvals(a.data), (a,), svdvals_rule, (0,))


def svdvals_rule(k, g, need, a):
    return (k.singular_spread(a, g),)


@in_lapack
def singular_spread(a, g):
    """U diag(g) V^T with the singular vectors of a, 0 for g where the singular value is 0: the adjoint of svdvals."""
    a, g = operands("singular_spread", a, g)
    return record(a.k, a.k.singular_spread(a.data, g.data), (a, g), singular_spread_rule, (0, 1))


def singular_spread_rule(k, h, need, a, g):
    """With H = U^T h V: for g its diagonal, for a U (D * (H + H^T) / 2 + T * (H - H^T) / 2) V^T and, beyond the space of the
    vectors, (1 - U U^T) h V diag(g / s) V^T and U diag(g / s) U^T h (1 - V V^T), where D_ij = (g_j - g_i) / (s_j - s_i) and
    T_ij = (g_j + g_i) / (s_j + s_i).
    """
    u, s, vh = k.svd(a, False)
    ut, v = turned(k, u), turned(k, vh)
    uh, hv = k.matmul(ut, h), k.matmul(h, v)
    both = k.matmul(uh, v)
    if s.shape[-1]:
        seen = k.greater(s, _nothing_beside(k, s, max(a.shape[-2:])))
        g = k.where(seen, g, 0.0)
    ga = gg = None
    if need[1]:
        gg = diagonal(k, both)
        gg = k.where(seen, gg, 0.0) if s.shape[-1] else gg
    if need[0]:
        d = _quotients(k, s, k.sub(rows(k, g), columns(k, g)))
        t = _quotients(k, s, k.add(rows(k, g), columns(k, g)), 1)
        even, odd = _evenly(k, both), k.mul(k.sub(both, turned(k, both)), 0.5)
        ga = k.matmul(u, k.matmul(k.add(k.mul(d, even), k.mul(t, odd)), vh))
        over = _over(k, g, s)
        if a.shape[-2] > a.shape[-1]:
            ga = k.add(ga, k.matmul(k.mul(k.sub(hv, k.matmul(u, both)), rows(k, over)), vh))
        if a.shape[-1] > a.shape[-2]:
            ga = k.add(ga, k.matmul(k.mul(u, rows(k, over)), k.sub(uh, k.matmul(both, vh))))
    return ga, gg
