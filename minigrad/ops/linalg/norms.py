"""Norms of vectors and of matrices, and condition numbers."""

from __future__ import annotations

import math
import numbers
from typing import Any

from minigrad.ops.compare import equal, not_equal
from minigrad.ops.elementwise import abs as absolute
from minigrad.ops.elementwise import div, mul, power, sqrt, where
from minigrad.ops.linalg.given import check_matrix, in_lapack
from minigrad.ops.linalg.spectra import svdvals
from minigrad.ops.linalg.systems import inv
from minigrad.ops.operands import as_keepdims, astype, check_not_empty, normalize_axis, one_axis
from minigrad.ops.reduce import max as largest
from minigrad.ops.reduce import min as smallest
from minigrad.ops.reduce import sum as add_up
from minigrad.ops.shape import reshape, transpose
from minigrad.system import names
from minigrad.tensor import Tensor, lift
from minigrad.types import Axes, Operand

__all__ = ["cond", "matrix_norm", "norm", "vector_norm"]

OF_MATRICES = ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf)


@in_lapack
def norm(x: Operand, ord: float | str | None = None, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """The norm of vectors (axis an int) or matrices (axis two of them), numpy's.

    ord None: sqrt(sum x^2) over the axes, all of them if axis is None. Of vectors: inf and -inf, the largest and smallest |x|;
    0, how many are not 0; else sum(|x|^ord)^(1 / ord). Of matrices: "fro", as None; "nuc", the sum of the singular values; 2
    and -2, the largest and the smallest of them; 1 and -1, the largest and smallest sum of |x| in a column; inf and -inf, in a
    row. If ord is given and axis is not, x must have one axis or two.

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


def vector_norm(x: Operand, axis: Axes = None, keepdims: bool = False, ord: float = 2) -> Tensor:
    """The norm of the numbers along axes (None: all) as of one vector; ord as in `norm`."""
    return _vector_norm(x, axis, as_keepdims("vector_norm", keepdims), ord)


@in_lapack
def _vector_norm(x, axis, keepdims, ord):
    axes = normalize_axis("vector_norm", axis, x.ndim)
    return _of_vectors(x, ord, tuple(range(x.ndim)) if axes is None else axes, keepdims)


@in_lapack
def matrix_norm(x: Operand, keepdims: bool = False, ord: float | str | None = "fro") -> Tensor:
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
    return where(nothing, 0.0, sqrt(safe) if p == 2 else power(safe, 1 / p))


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
        check_not_empty(_called(), x.shape, axes)
        return largest(size, axes, keepdims) if ord > 0 else smallest(size, axes, keepdims)
    if ord == 1:
        return add_up(size, axes, keepdims)
    nothing = equal(size, 0)
    powers = where(nothing, 0.0 if ord > 0 else math.inf, power(where(nothing, 1.0, size), ord))
    return _rooted(add_up(powers, axes, keepdims), ord)


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
        values: Any = svdvals(transpose(x, (*rest, row, column)))
        choose: Any = {"nuc": add_up, 2: largest, -2: smallest}[ord]
        if ord != "nuc":
            check_not_empty(_called(), values.shape, (values.ndim - 1,))
        y = choose(values, -1)
    else:
        first, second = (row, column) if ord in (1, -1) else (column, row)
        check_not_empty(_called(), shape, (second,))
        y = (largest if ord > 0 else smallest)(add_up(absolute(x), first, True), second, True)
    return reshape(y, [1 if i in axes else n for i, n in enumerate(shape) if keepdims or i not in axes])


@in_lapack
def cond(x: Operand, p: float | str | None = None) -> Tensor:
    """How much relative errors may grow in solving with (..., M, N): the largest singular value over the smallest (p None or
    2; -2: the other way round), or norm(x, p) norm(x^-1, p) of square ones. inf of a singular matrix (p None, 2).
    """
    x = lift(x)
    check_matrix("cond", x)
    if p is None or p in (2, -2):
        s = svdvals(x)
        check_not_empty("cond", s.shape, (s.ndim - 1,))
        return div(smallest(s, -1), largest(s, -1)) if p == -2 else div(largest(s, -1), smallest(s, -1))
    check_matrix("cond", x, square=True)
    last = x.ndim - 2, x.ndim - 1
    return mul(_of_matrices(x, p, *last, False), _of_matrices(inv(x), p, *last, False))


def _called():
    """The name of the function that was called, for its errors."""
    return names.operation() or "norm"
