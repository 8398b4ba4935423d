"""Spreads, medians and quantiles, weighted means, covariances; sums that pass over NaN."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.graph import OUT, Variable, alike, record
from minigrad.kernels.reference import centred, count_along
from minigrad.ops.compare import equal
from minigrad.ops.elementwise import add, div, mul, sqrt, sub, where
from minigrad.ops.elementwise.arithmetic import pick_mul
from minigrad.ops.index import getitem
from minigrad.ops.matmul import matmul
from minigrad.ops.operands import astype, check_not_empty, in_floats, reals_in, reduction, together
from minigrad.ops.reduce import max, mean, min, sum, to_one_axis
from minigrad.ops.shape import broadcast_to, concatenate, reshape, transpose
from minigrad.ops.sort import sort
from minigrad.tensor import Tensor, constant, get_default_dtype, lift, plain
from minigrad.types import Axes, Operand

__all__ = ["average", "corrcoef", "cov", "median", "nanmean", "nansum", "percentile", "ptp", "quantile", "std", "var"]


# ---- spread

def var(a: Operand, axis: Axes = None, ddof: float = 0, keepdims: bool = False) -> Tensor:
    """The variance along axes: sum((a - mean) ** 2) / (n - ddof). ddof=0, numpy's default, divides by n: what batch norm
    divides by, and Keras; ddof=1, PyTorch's default (`correction`), by n - 1: the unbiased estimate. n <= ddof: inf or NaN."""
    if not alike(a):
        return in_floats(var, a, axis, ddof, keepdims)
    axes, keepdims, kept, count = _spread("var", a, axis, ddof, keepdims)
    y = a.k.var(a.data, axes, ddof, keepdims)
    return record(a.k, y, (a,), var_rule, (0,), (axes, kept, count))


def var_rule(k, g, need, a, axes, kept, count):
    slope = k.pick_div(k.mul(k.reshape(g, kept), 2), count)
    return (k.pick_mul(slope, centred(k, a, axes)),)


def std(a: Operand, axis: Axes = None, ddof: float = 0, keepdims: bool = False) -> Tensor:
    """The standard deviation along axes, sqrt(var); ddof as there. Where it is 0, so is its gradient (PyTorch)."""
    if not alike(a):
        return in_floats(std, a, axis, ddof, keepdims)
    axes, keepdims, kept, count = _spread("std", a, axis, ddof, keepdims)
    y = a.k.std(a.data, axes, ddof, keepdims)
    return record(a.k, y, (a,), std_rule, (0, OUT), (axes, kept, count))


def std_rule(k, g, need, a, y, axes, kept, count):
    slope = k.where(k.equal(y, 0), 0, k.pick_div(k.pick_div(g, y), count))
    return (k.pick_mul(k.reshape(slope, kept), centred(k, a, axes)),)


def _spread(op, a, axis, ddof, keepdims):
    axes, keepdims, kept = reduction(op, a, axis, keepdims)
    if not isinstance(ddof, (numbers.Real, np.bool_)):
        raise TypeError(f"[{op}] ddof must be a number, found {ddof!r}: it is taken off what the sum of squares is divided by")
    left = count_along(a.data.shape, axes) - ddof
    return axes, keepdims, kept, left if left > 0 else 0


def ptp(a: Operand, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """The largest less the smallest along axes (peak to peak)."""
    a = lift(a)
    axes, keepdims, _ = reduction("ptp", a, axis, keepdims)
    check_not_empty("ptp", a.shape, axes)
    if a.data.dtype.kind == "b":
        raise TypeError("[ptp] booleans have no difference: convert them with .astype(int)")
    return sub(max(a, axes, keepdims), min(a, axes, keepdims))


# ---- what stands in the middle

def median(a: Operand, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """The number in the middle of the order along axes, or the mean of the two there (numpy; PyTorch's is the lower one); NaN
    wins."""
    if not alike(a):
        return in_floats(median, a, axis, keepdims)
    ordered, last, n, shape = _ordered("median", a, axis, keepdims)
    middle = mean(_slice(ordered, last, slice((n - 1) // 2, n // 2 + 1)), last)
    return reshape(_unless_nan(middle, ordered, last), shape)


METHODS: dict[str, Callable[[Any], Any]] = {       # from places between the numbers, 0 to n - 1, to those that are taken
    "linear": lambda place: place, "lower": np.floor, "higher": np.ceil, "nearest": np.round,
    "midpoint": lambda place: (np.floor(place) + np.ceil(place)) / 2}


def quantile(a: Operand, q: Operand, axis: Axes = None, method: str = "linear", keepdims: bool = False) -> Tensor:
    """The numbers below which the shares q (from 0 to 1, constants) of the numbers along axes lie: in order, those at place
    q (n - 1). NaN wins. The result has q's axes first.

    method: what is taken between two places: "linear" (between the numbers, in proportion), "lower", "higher", "nearest" (of
    two equally near the even place), or "midpoint".
    """
    return _quantile("quantile", a, q, 1, axis, method, keepdims)


def percentile(a: Operand, q: Operand, axis: Axes = None, method: str = "linear", keepdims: bool = False) -> Tensor:
    """quantile, of q from 0 to 100."""
    return _quantile("percentile", a, q, 100, axis, method, keepdims)


def _quantile(op, a, q, whole, axis, method, keepdims):
    if not alike(a):
        return in_floats(lambda a: _quantile(op, a, q, whole, axis, method, keepdims), a)
    if method not in METHODS:
        raise ValueError(f"[{op}] there is no method {method!r}, only {', '.join(METHODS)}")
    if isinstance(q, Variable):
        if q.requires_grad:
            raise ValueError(f"[{op}] q must be constant: there is no gradient in it; use q.detach()")
        q = q.k.to_numpy(plain(q))
    shares = np.asarray(q)
    if shares.dtype.kind not in "biuf" or not ((shares >= 0) & (shares <= whole)).all():
        raise ValueError(f"[{op}] q must be numbers from 0 to {whole}, found {q!r}")
    ordered, last, n, shape = _ordered(op, a, axis, keepdims)
    place = METHODS[method]((n - 1) * (shares.astype(np.float64) / whole)).reshape(-1)
    low, k = np.floor(place).astype(np.int64), a.k
    rest = tuple(i for i in range(ordered.ndim) if i != last)
    first = transpose(ordered, (last, *rest))
    y = getitem(first, k.asarray(low))
    if (place != low).any():
        weights = constant(k, k.asarray((place - low).reshape(-1, *(1,) * len(rest)), a.dtype))
        above = getitem(first, k.asarray(np.ceil(place).astype(np.int64)))
        y = add(y, pick_mul(weights, sub(above, y)))
    return reshape(_unless_nan(y, first, 0), shares.shape + shape)


def _ordered(op, a, axis, keepdims):
    """(a sorted along one axis, that axis, how many numbers are there, the shape of the result)."""
    axes, keepdims, kept = reduction(op, a, axis, keepdims)
    check_not_empty(op, a.shape, axes)
    a, last, shape = to_one_axis(a, axes)
    return sort(a, last), last, a.shape[last], kept if keepdims else shape


def _slice(a, axis, part):
    return getitem(a, (slice(None),) * axis + (part,))


def _unless_nan(y, ordered, axis):
    """y, but NaN where the sorted numbers end with it; y may have more axes in front."""
    end = _slice(ordered, axis, -1)
    return where(equal(end, end), y, end)


# ---- means

def average(a: Operand, axis: Axes = None, weights: Operand | None = None, returned: bool = False,
            keepdims: bool = False) -> Tensor | tuple[Tensor, Tensor]:
    """sum(a weights) / sum(weights) along axes; the mean without weights. They have a's shape, or its sizes along the axes.
    returned: a pair with the sums of weights.

    Raises ValueError for weights of another shape.
    """
    a = lift(a)
    axes, keepdims, _ = reduction("average", a, axis, keepdims)
    if weights is None:
        y = mean(a, axes, keepdims)
        return (y, constant(y.k, y.k.full(y.shape, count_along(a.shape, axes), y.dtype))) if returned else y
    a, weights = together("average", (a, weights))
    if weights.k is not a.k:
        raise ValueError(f"[average] a is on {a.k.name} and the weights are on {weights.k.name}: move one with .to()")
    if "f" not in a.dtype.kind + weights.dtype.kind:
        found = average(reals_in(a, np.float64), axis, reals_in(weights, np.float64), returned, keepdims)
        return tuple(astype(y, get_default_dtype()) for y in found) if returned else astype(found, get_default_dtype())
    if weights.shape != a.shape:
        weights = _along_axes(a, axis, weights)
    total = sum(weights, axes, keepdims)
    y = div(sum(mul(a, weights), axes, keepdims), total)
    return (y, total) if returned else y


def _along_axes(a, axis, weights):
    """Weights with the sizes of some axes of a, in the order in which they are named, broadcast to a's shape."""
    named = () if axis is None else tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    named = tuple(i % a.ndim for i in named)
    if weights.shape != tuple(a.shape[i] for i in named):
        raise ValueError(f"[average] the weights need a's shape or its sizes along axis {axis}: weights {weights.shape}, a "
                         f"{a.shape}")
    weights = transpose(weights, tuple(sorted(range(len(named)), key=named.__getitem__)))
    return broadcast_to(reshape(weights, tuple(n if i in named else 1 for i, n in enumerate(a.shape))), a.shape)


def nansum(a: Operand, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """The sum along axes, NaN counted as 0."""
    a = lift(a)
    axes, keepdims, _ = reduction("nansum", a, axis, keepdims)
    return sum(where(equal(a, a), a, 0) if a.data.dtype.kind == "f" else a, axes, keepdims)


def nanmean(a: Operand, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """The mean along axes of what is not NaN; NaN of nothing."""
    if not alike(a):
        return in_floats(nanmean, a, axis, keepdims)
    axes, keepdims, _ = reduction("nanmean", a, axis, keepdims)
    there = equal(a, a)
    return div(sum(where(there, a, 0), axes, keepdims), sum(there, axes, keepdims))


# ---- several variables

def cov(m: Operand, y: Operand | None = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None) -> Tensor:
    """The covariances of variables, the rows of m (V, N) with N observations each (rowvar=False: the columns of (N, V)), and
    of those of y with them: (V, V), a number for one variable. Divided by N - 1, by N with bias=True, or by N - ddof."""
    return _covariance("cov", m, y, rowvar=rowvar, ddof=(0 if bias else 1) if ddof is None else ddof)


def corrcoef(x: Operand, y: Operand | None = None, rowvar: bool = True) -> Tensor:
    """The correlation coefficients of variables, as they stand in cov: c[i, j] / sqrt(c[i, i] c[j, j])."""
    c = _covariance("corrcoef", x, y, rowvar=rowvar, ddof=1)
    if c.ndim == 0:
        return div(c, c)
    places = np.arange(c.shape[0])
    deviations = sqrt(getitem(c, (places, places)))
    return div(div(c, reshape(deviations, (-1, 1))), deviations)


def _covariance(op, x, y=None, *, rowvar, ddof):
    given = together(op, [x] if y is None else [x, y])
    if given[0].k is not given[-1].k:
        raise ValueError(f"[{op}] the variables are on two devices, {given[0].k.name} and {given[1].k.name}: move one "
                         "with .to()")
    if not isinstance(ddof, (int, np.integer)):
        raise TypeError(f"[{op}] ddof must be an int, found {ddof!r}")
    whole, halves = all(t.dtype.kind != "f" for t in given), all(t.dtype == np.float16 for t in given)
    if whole or halves:         # computed in more digits, and rounded once
        wide, own = (np.float64, get_default_dtype()) if whole else (np.float32, np.float16)
        return astype(_covariance(op, *(reals_in(t, wide) for t in given), rowvar=rowvar, ddof=ddof), own)
    rows = [_rows(op, t, rowvar) for t in given]
    if rows[0].shape[1] != rows[-1].shape[1]:
        raise ValueError(f"[{op}] all need the same number of observations: shapes {given[0].shape} and {given[-1].shape}")
    variables = rows[0] if len(rows) == 1 else concatenate(rows, 0)
    deviations = sub(variables, mean(variables, 1, True))
    n = variables.shape[1] - int(ddof)
    c = div(matmul(deviations, transpose(deviations)), n if n > 0 else 0)
    return reshape(c, tuple(size for size in c.shape if size != 1))


def _rows(op, t, rowvar):
    if t.ndim > 2:
        raise ValueError(f"[{op}] expected variables as rows or columns, found shape {t.shape}")
    if t.ndim < 2:
        return reshape(t, (1, -1))
    return t if rowvar else transpose(t)
