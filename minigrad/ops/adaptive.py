"""Pooling to a given size, whatever the image's: window i of O along a side of n is from floor(i n / O) to ceil((i + 1) n / O).

Where n is a multiple of O the windows are those of ordinary pooling, and its kernels serve.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal, TypeAlias, overload

from minigrad.graph import alike
from minigrad.kernels import taps
from minigrad.ops.elementwise import div
from minigrad.ops.operands import in_floats
from minigrad.ops.pool import avg_pool2d, max_at
from minigrad.ops.pool_axes import places_in_volumes
from minigrad.ops.resample import along
from minigrad.ops.shape import reshape
from minigrad.ops.windows import SIDES, as_batch, as_given
from minigrad.tensor import Tensor, constant
from minigrad.types import Operand

__all__ = ["adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d", "adaptive_max_pool2d",
           "adaptive_max_pool3d"]

Wanted: TypeAlias = "int | Sequence[int | None]"       # None among them: as many as there are


def adaptive_avg_pool1d(x: Operand, output_size: Wanted) -> Tensor:
    """x (N, C, L) -> (N, C, OL), the means of OL windows of nearly equal size that cover the axis."""
    return _means("adaptive_avg_pool1d", x, output_size, 1)


def adaptive_avg_pool2d(x: Operand, output_size: Wanted) -> Tensor:
    """x (N, C, H, W) -> (N, C, OH, OW), the means of OH x OW windows of nearly equal size that cover the image.

    output_size: an int, or a pair; None keeps a side. A single image (C, H, W) gives (C, OH, OW).
    """
    return _means("adaptive_avg_pool2d", x, output_size, 2)


def adaptive_avg_pool3d(x: Operand, output_size: Wanted) -> Tensor:
    """x (N, C, D, H, W) -> (N, C, OD, OH, OW), the means of windows of nearly equal size that cover the volume."""
    return _means("adaptive_avg_pool3d", x, output_size, 3)


def _means(op, x, output_size, n, exactly=False):
    """exactly: whole numbers are added up before they are divided, so that nothing is rounded but the result."""
    if not alike(x):
        return in_floats(lambda x: _means(op, x, output_size, n, True), x)
    x, single = as_batch(op, x, n)
    sizes = _sizes(op, x, output_size, n)
    sides = x.data.shape[2:]
    if n == 2 and not (sides[0] % sizes[0] or sides[1] % sizes[1]):
        return as_given(avg_pool2d(x, (sides[0] // sizes[0], sides[1] // sizes[1])), single)
    counts = 1
    for axis, (side, out) in reversed(list(enumerate(zip(sides, sizes), 2))):
        if side != out:
            x = along(x, axis, taps.adaptive_sums if exactly else taps.adaptive, out)
            if exactly:
                counts = counts * taps.adaptive_windows(side, out)[1].sum(1).reshape(-1, *(1,) * (n + 1 - axis))
    if exactly:
        x = div(x, constant(x.k, x.k.asarray(counts, x.data.dtype)))
    return as_given(x, single)


@overload
def adaptive_max_pool1d(x: Operand, output_size: Wanted, return_indices: Literal[False] = False) -> Tensor: ...


@overload
def adaptive_max_pool1d(x: Operand, output_size: Wanted, return_indices: Literal[True]) -> tuple[Tensor, Tensor]: ...


def adaptive_max_pool1d(x: Operand, output_size: Wanted, return_indices: bool = False) -> Any:
    """x (N, C, L) -> (N, C, OL), the largest of OL windows of nearly equal size; return_indices as max_pool1d."""
    x, single = as_batch("adaptive_max_pool1d", x, 1)
    (out,) = _sizes("adaptive_max_pool1d", x, output_size, 1)
    n, c, length = x.data.shape
    y, places = max_at(reshape(x, (n, c, 1, length)), (_windows(x.k, 1, 1), _windows(x.k, length, out)), return_indices)
    y = as_given(reshape(y, (n, c, out)), single)
    return (y, as_given(reshape(places, (n, c, out)), single)) if return_indices else y


@overload
def adaptive_max_pool2d(x: Operand, output_size: Wanted, return_indices: Literal[False] = False) -> Tensor: ...


@overload
def adaptive_max_pool2d(x: Operand, output_size: Wanted, return_indices: Literal[True]) -> tuple[Tensor, Tensor]: ...


def adaptive_max_pool2d(x: Operand, output_size: Wanted, return_indices: bool = False) -> Any:
    """x (N, C, H, W) -> (N, C, OH, OW), the largest of OH x OW windows of nearly equal size that cover the image.

    output_size as adaptive_avg_pool2d, return_indices as max_pool2d. NaN wins; the gradient goes to the first of equals.
    """
    x, single = as_batch("adaptive_max_pool2d", x, 2)
    sizes = _sizes("adaptive_max_pool2d", x, output_size, 2)
    y, places = max_at(x, [_windows(x.k, n, out) for n, out in zip(x.data.shape[2:], sizes)], return_indices)
    return (as_given(y, single), as_given(places, single)) if return_indices else as_given(y, single)


@overload
def adaptive_max_pool3d(x: Operand, output_size: Wanted, return_indices: Literal[False] = False) -> Tensor: ...


@overload
def adaptive_max_pool3d(x: Operand, output_size: Wanted, return_indices: Literal[True]) -> tuple[Tensor, Tensor]: ...


def adaptive_max_pool3d(x: Operand, output_size: Wanted, return_indices: bool = False) -> Any:
    """x (N, C, D, H, W) -> (N, C, OD, OH, OW), the largest of windows of nearly equal size; return_indices as max_pool3d."""
    x, single = as_batch("adaptive_max_pool3d", x, 3)
    (n, c, depth, height, width), sizes = x.data.shape, _sizes("adaptive_max_pool3d", x, output_size, 3)
    along, *planar = (_windows(x.k, side, out) for side, out in zip((depth, height, width), sizes))
    pixels = sizes[1] * sizes[2]
    y, first = max_at(reshape(x, (n, c * depth, height, width)), planar, return_indices)
    y, last = max_at(reshape(y, (n, c, depth, pixels)), (along, _windows(x.k, pixels, pixels)), return_indices)
    y = as_given(reshape(y, (n, c, *sizes)), single)
    if not return_indices:
        return y
    return y, as_given(places_in_volumes(x, reshape(first, (n, c, depth, pixels)), last, (n, c, *sizes)), single)


@lru_cache(maxsize=512)
def _windows(k, n, out):
    """What `places_along` gives, for adaptive windows."""
    index, _ = taps.adaptive_windows(n, out)
    plain = n % out == 0
    return k.asarray(index.reshape(-1)), index.shape[1], index.shape[1], 0, plain


def _sizes(op, x, output_size, n):
    given = tuple(output_size) if isinstance(output_size, (tuple, list)) else () if output_size is None else (output_size,) * n
    sides = x.data.shape[2:]
    if len(given) != n or any(v is not None and (isinstance(v, bool) or not hasattr(v, "__index__") or v < 1) for v in given):
        raise ValueError(f"[{op}] output_size must be an int >= 1, or one (or None) for each of {', '.join(SIDES[n])}, found "
                         f"{output_size!r}")
    if 0 in sides:
        raise ValueError(f"[{op}] x has no pixels to choose from: {x.data.shape}")
    return tuple(side if v is None else int(v) for side, v in zip(sides, given))
