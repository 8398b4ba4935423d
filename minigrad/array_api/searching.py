"""Sorting, sets and statistics where the standard's arguments or results are others than numpy's."""

from __future__ import annotations

from typing import Any, NamedTuple

from minigrad import ops
from minigrad.tensor import Tensor
from minigrad.types import Axes, DType


class UniqueAll(NamedTuple):
    values: Tensor
    indices: Tensor
    inverse_indices: Tensor
    counts: Tensor


class UniqueCounts(NamedTuple):
    values: Tensor
    counts: Tensor


class UniqueInverse(NamedTuple):
    values: Tensor
    inverse_indices: Tensor


def unique_values(x: Tensor, /) -> Tensor:
    """The values of x, each once, sorted."""
    return _unique(x)[0]


def unique_counts(x: Tensor, /) -> UniqueCounts:
    """The values, and how often each is there."""
    values, counts = _unique(x, return_counts=True)
    return UniqueCounts(values, counts)


def unique_inverse(x: Tensor, /) -> UniqueInverse:
    """The values, and which of them each element of x is, in the shape of x."""
    values, inverse = _unique(x, return_inverse=True)
    return UniqueInverse(values, inverse.reshape(x.shape))


def unique_all(x: Tensor, /) -> UniqueAll:
    """The values, where each is first, which of them each element is, and how often each is there."""
    values, indices, inverse, counts = _unique(x, return_index=True, return_inverse=True, return_counts=True)
    return UniqueAll(values, indices, inverse.reshape(x.shape), counts)


def _unique(x: Tensor, **asked: bool) -> Any:
    found = ops.unique(x, **asked)
    return found if isinstance(found, tuple) else (found,)


def sort(x: Tensor, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """Sorted along an axis; always stable."""
    return ops.sort(x, axis, descending)


def argsort(x: Tensor, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """The places in the order that sorts; equal ones in the order in which they stand."""
    return ops.argsort(x, axis, descending)


def searchsorted(x1: Tensor, x2: Tensor, /, *, side: str = "left", sorter: Tensor | None = None) -> Tensor:
    """Where the elements of x2 belong in x1, which is sorted, or is in the order `sorter`."""
    return ops.searchsorted(x1 if sorter is None else ops.take(x1, sorter, 0), x2, side)


def std(x: Tensor, /, *, axis: Axes = None, correction: float = 0.0, keepdims: bool = False) -> Tensor:
    """The standard deviation: the squares' sum is divided by n - correction."""
    return ops.std(x, axis, correction, keepdims)


def var(x: Tensor, /, *, axis: Axes = None, correction: float = 0.0, keepdims: bool = False) -> Tensor:
    """The variance: the squares' sum is divided by n - correction."""
    return ops.var(x, axis, correction, keepdims)


def sum(x: Tensor, /, *, axis: Axes = None, dtype: DType = None, keepdims: bool = False) -> Tensor:
    """The sum; computed in dtype, if one is given."""
    return ops.sum(x, axis, keepdims, dtype=dtype)


def prod(x: Tensor, /, *, axis: Axes = None, dtype: DType = None, keepdims: bool = False) -> Tensor:
    """The product; computed in dtype, if one is given."""
    return ops.prod(x, axis, keepdims, dtype=dtype)


def cumulative_sum(x: Tensor, /, *, axis: int | None = None, dtype: DType = None,
                   include_initial: bool = False) -> Tensor:
    """The sums of the elements so far; include_initial: with a zero before them. ValueError without axis for several axes."""
    if axis is None and x.ndim != 1:
        raise ValueError(f"[cumulative_sum] expected an axis for shape {x.shape}, found none: only one axis needs no name")
    axis = 0 if axis is None else axis
    summed = ops.cumsum(x, axis, dtype=dtype)
    if not include_initial:
        return summed
    shape = list(summed.shape)
    shape[axis] = 1
    return ops.concatenate([ops.zeros(tuple(shape), dtype=summed.dtype, device=x.device), summed], axis)
