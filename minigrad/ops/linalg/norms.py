"""Norms of vectors and of matrices, and condition numbers."""

from __future__ import annotations

import math
import numbers

from minigrad.kernels.reference import count_along
from minigrad.ops.compare import equal, not_equal
from minigrad.ops.elementwise import abs as absolute
from minigrad.ops.elementwise import div, mul, power, sqrt, where
from minigrad.ops.linalg.given import check_matrix, identity, in_lapack
from minigrad.ops.linalg.spectra import svdvals
from minigrad.ops.linalg.systems import inv, slogdet
from minigrad.ops.operands import as_keepdims, astype, check_not_empty, normalize_axis, one_axis
from minigrad.ops.reduce import max as largest
from minigrad.ops.reduce import min as smallest
from minigrad.ops.reduce import sum as add_up
from minigrad.ops.shape import reshape, transpose
from minigrad.system import names
from minigrad.tensor import Tensor, constant, lift
from minigrad.types import Axes, Operand

__all__ = ["cond", "matrix_norm", "norm", "vector_norm"]

OF_MATRICES = ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf)


@in_lapack
def norm(x: Operand, ord: float | str | None = None, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """The norm of vectors (axis an int) or matrices (axis two of them), numpy's.

    ord None: sqrt(sum x^2) over the axes, all of them if axis is None. Of vectors: inf and -inf, the largest and smallest |x|;
    0, how many are not 0; else sum(|x|^ord)^(1 / ord). Of matrices: "fro", as None; "nuc", the sum of the singular values; 2
    and -2, the largest and the smallest of them; 1 and -1, the largest and smallest sum of |x| in a column; inf and -inf, in a
    row. If ord is given and axis is not, x must have one axis or two. Nothing has no smallest number; its other norms are 0,
    or inf of vectors and ord < 0.

    Slopes at kinks: 0 in numbers that are 0 and where the norm is 0; the first of equal extremes has all.
    """
    x = lift(x)
    n = x.ndim
    keepdims = as_keepdims("norm", keepdims)
    if axis is None:
        if ord is None:
            return _euclidean(x, None, keepdims)
        if n not in (1, 2):
            raise ValueError(f"[{_called()}] ord {ord!r} is for vectors and matrices, found shape {x.shape}: give axis=")
        axis = tuple(range(n))
    named = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    axes = normalize_axis("norm", axis, n)
    if axes is None or len(axes) not in (1, 2):
        raise ValueError(f"[{_called()}] axis must be one axis, or two of matrices, found {axis!r} for shape {x.shape}")
    if len(axes) == 1:
        return _of_vectors(x, ord, axes, keepdims)
    return _of_matrices(x, ord, one_axis("norm", named[0], n), one_axis("norm", named[1], n), keepdims)


def vector_norm(x: Operand, ord: float = 2, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """The norm of the numbers along axes (None: all) as of one vector; ord as in `norm`."""
    return _vector_norm(x, ord, axis, as_keepdims("vector_norm", keepdims))


@in_lapack
def _vector_norm(x, ord, axis, keepdims):
    axes = normalize_axis("vector_norm", axis, x.ndim)
    return _of_vectors(x, ord, tuple(range(x.ndim)) if axes is None else axes, keepdims)


@in_lapack
def matrix_norm(x: Operand, ord: float | str | None = "fro", keepdims: bool = False) -> Tensor:
    """The norm of matrices (..., M, N); ord as in `norm`."""
    x = lift(x)
    check_matrix("matrix_norm", x)
    return _of_matrices(x, ord, x.ndim - 2, x.ndim - 1, as_keepdims("matrix_norm", keepdims))


def _euclidean(x, axes, keepdims):
    """sqrt(sum x^2), whose slopes of every order are 0 where it is 0."""
    return _rooted(add_up(mul(x, x), axes, keepdims), 2)


def _rooted(total, p):
    """total ^ (1 / p), whose slopes are 0 where total is 0."""
    nothing = equal(total, 0)
    safe = where(nothing, 1.0, total)
    return where(nothing, 0.0 if p > 0 else math.inf, sqrt(safe) if p == 2 else power(safe, 1 / p))


def _of_vectors(x, ord, axes, keepdims):
    if ord is None or ord == 2:
        return _euclidean(x, axes, keepdims)
    if isinstance(ord, (bool, str)) or not isinstance(ord, numbers.Real):
        raise ValueError(f"[{_called()}] ord of vectors must be a number, inf, -inf or None, found {ord!r}")
    ord = float(ord)
    if ord == 0:
        return add_up(astype(not_equal(x, 0), x.data.dtype), axes, keepdims)
    size = absolute(x)
    if math.isinf(ord):
        return _extreme(ord, size, axes, keepdims)
    if ord == 1:
        return add_up(size, axes, keepdims)
    nothing = equal(size, 0)
    powers = where(nothing, 0.0 if ord > 0 else math.inf, power(where(nothing, 1.0, size), ord))
    return _rooted(add_up(powers, axes, keepdims), ord)


def _extreme(ord, sizes, axes, keepdims=False):
    """The largest (ord > 0) or smallest of numbers that are not negative. The largest of nothing is 0, as their sum is."""
    if ord > 0:
        return (largest if count_along(sizes.data.shape, axes) else add_up)(sizes, axes, keepdims)
    check_not_empty(_called(), sizes.data.shape, axes)
    return smallest(sizes, axes, keepdims)


def _of_matrices(x, ord, row, column, keepdims):
    """Rows are counted along the axis `row`, columns along the other."""
    if ord is not None and (isinstance(ord, bool) or ord not in OF_MATRICES):
        raise ValueError(f"[{_called()}] ord of matrices must be 'fro', 'nuc', 1, -1, 2, -2, inf, -inf or None, found {ord!r}")
    axes = tuple(sorted((row, column)))
    if ord in (None, "fro"):
        return _euclidean(x, axes, keepdims)
    shape = x.data.shape
    if ord in ("nuc", 2, -2):
        rest = [i for i in range(len(shape)) if i not in axes]
        values = svdvals(transpose(x, (*rest, row, column)))
        y = add_up(values, -1) if ord == "nuc" else _extreme(ord, values, -1)
    else:
        first, second = (row, column) if ord in (1, -1) else (column, row)
        y = _extreme(ord, add_up(absolute(x), first, True), second, True)
    return reshape(y, [1 if i in axes else n for i, n in enumerate(shape) if keepdims or i not in axes])


@in_lapack
def cond(x: Operand, p: float | str | None = None) -> Tensor:
    """How much relative errors may grow in solving with (..., M, N): the largest singular value over the smallest (p None or
    2; -2: the other way round), or norm(x, p) norm(x^-1, p) of square ones. inf of a singular matrix; but 0 for p = -2, unless
    all singular values are 0. Where it is inf without a division by a singular value, the slope is 0.
    """
    x = lift(x)
    check_matrix("cond", x)
    if p is None or p in (2, -2):
        s = svdvals(x)
        check_not_empty("cond", s.shape, (s.ndim - 1,))
        high, low = largest(s, -1), smallest(s, -1)
        nothing = equal(high, 0)
        high = where(nothing, 1.0, high)
        return where(nothing, math.inf, div(low, high) if p == -2 else div(high, low))
    check_matrix("cond", x, square=True)
    last = x.ndim - 2, x.ndim - 1
    singular = equal(slogdet(x.detach()).sign, 0)
    inverse = inv(where(reshape(singular, (*singular.shape, 1, 1)), constant(x.k, identity(x.k, x.data)), x))
    return where(singular, math.inf, mul(_of_matrices(x, p, *last, False), _of_matrices(inverse, p, *last, False)))


def _called():
    """The name of the function that was called, for its errors."""
    return names.operation() or "norm"
