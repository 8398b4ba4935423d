"""Pooling along one axis and along three, by power means, over whole images; and max pooling undone.

One axis is two of which one has side 1. Three axes are taken in two turns, height and width first: windows are blocks.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from typing import Any, Literal, overload

import numpy as np

from minigrad.graph import Variable, alike
from minigrad.ops.compare import greater_equal
from minigrad.ops.elementwise import add, div, mul, power, where
from minigrad.ops.index import take_along
from minigrad.ops.operands import in_floats
from minigrad.ops.pool import avg_pool2d, max_pool2d
from minigrad.ops.reduce import max as largest
from minigrad.ops.reduce import mean
from minigrad.ops.shape import reshape
from minigrad.ops.windows import SIDES, as_batch, as_given, divisor_of, pooling, sizes_of
from minigrad.tensor import Tensor, array_on, constant, lift
from minigrad.types import Operand, Pair, Shape

__all__ = ["avg_pool1d", "avg_pool3d", "global_avg_pool", "global_max_pool", "lp_pool1d", "lp_pool2d", "max_pool1d",
           "max_pool3d", "max_unpool1d", "max_unpool2d", "max_unpool3d"]


def _as_rows(x):
    """x (N, C, L) -> (N, C, 1, L)"""
    n, c, length = x.data.shape
    return reshape(x, (n, c, 1, length))


def _without_rows(y):
    n, c, _, length = y.data.shape
    return reshape(y, (n, c, length))


@overload
def max_pool1d(x: Operand, kernel_size: Shape, stride: Shape | None = None, padding: Shape = 0, dilation: Shape = 1,
               ceil_mode: bool = False, return_indices: Literal[False] = False) -> Tensor: ...


@overload
def max_pool1d(x: Operand, kernel_size: Shape, stride: Shape | None = None, padding: Shape = 0, dilation: Shape = 1,
               ceil_mode: bool = False, *, return_indices: Literal[True]) -> tuple[Tensor, Tensor]: ...


def max_pool1d(x: Operand, kernel_size: Shape, stride: Shape | None = None, padding: Shape = 0, dilation: Shape = 1,
               ceil_mode: bool = False, return_indices: bool = False) -> Any:
    """x (N, C, L) -> (N, C, OL), the largest of each window: max_pool2d along one axis, with its options."""
    x, single = as_batch("max_pool1d", x, 1)
    (k,), (s,), (p,), (d,), _ = pooling("max_pool1d", x, kernel_size, stride, padding, dilation, ceil_mode, 1)
    pooled = max_pool2d(_as_rows(x), (1, k), (1, s), (0, p), (1, d) if d > 1 else 1, ceil_mode, return_indices)
    if return_indices:
        return tuple(as_given(_without_rows(y), single) for y in pooled)
    return as_given(_without_rows(pooled), single)


def avg_pool1d(x: Operand, kernel_size: Shape, stride: Shape | None = None, padding: Shape = 0, ceil_mode: bool = False,
               count_include_pad: bool = True) -> Tensor:
    """x (N, C, L) -> (N, C, OL), the mean of each window: avg_pool2d along one axis, with its options."""
    if not alike(x):
        return in_floats(avg_pool1d, x, kernel_size, stride, padding, ceil_mode, count_include_pad)
    x, single = as_batch("avg_pool1d", x, 1)
    (k,), (s,), (p,), _, _ = pooling("avg_pool1d", x, kernel_size, stride, padding, 1, ceil_mode, 1)
    y = avg_pool2d(_as_rows(x), (1, k), (1, s), (0, p), ceil_mode, count_include_pad)
    return as_given(_without_rows(y), single)


NEUTRAL = 1, 1, 0, 1        # size, stride, padding and dilation that leave an axis as it is


def _in_turns(function, x, how, *options):
    """The 2-d pooling of height and width, then of depth. x (N, C, D, H, W); how: size, stride, padding (and dilation), each of
    three -> results (N, C, D, OH, OW) with the last two axes as one, results (N, C, OD, OH, OW) so, that shape."""
    n, c, depth, height, width = x.data.shape
    flat = function(reshape(x, (n, c * depth, height, width)), *(h[1:] for h in how), *options)
    first = flat if isinstance(flat, tuple) else (flat,)
    oh, ow = first[0].data.shape[2:]
    first = tuple(reshape(y, (n, c, depth, oh * ow)) for y in first)
    last = function(first[0], *((h[0], rest) for h, rest in zip(how, NEUTRAL)), *options)
    last = last if isinstance(last, tuple) else (last,)
    return first, last, (n, c, last[0].data.shape[2], oh, ow)


@overload
def max_pool3d(x: Operand, kernel_size: Shape, stride: Shape | None = None, padding: Shape = 0, dilation: Shape = 1,
               ceil_mode: bool = False, return_indices: Literal[False] = False) -> Tensor: ...


@overload
def max_pool3d(x: Operand, kernel_size: Shape, stride: Shape | None = None, padding: Shape = 0, dilation: Shape = 1,
               ceil_mode: bool = False, *, return_indices: Literal[True]) -> tuple[Tensor, Tensor]: ...


def max_pool3d(x: Operand, kernel_size: Shape, stride: Shape | None = None, padding: Shape = 0, dilation: Shape = 1,
               ceil_mode: bool = False, return_indices: bool = False) -> Any:
    """x (N, C, D, H, W) -> (N, C, OD, OH, OW), the largest of each window; options as max_pool2d, an int or three of them."""
    x, single = as_batch("max_pool3d", x, 3)
    *how, _ = pooling("max_pool3d", x, kernel_size, stride, padding, dilation, ceil_mode, 3)
    first, last, shape = _in_turns(max_pool2d, x, how, ceil_mode, return_indices)
    y = as_given(reshape(last[0], shape), single)
    if not return_indices:
        return y
    return y, as_given(places_in_volumes(x, first[1], last[1], shape), single)


def places_in_volumes(x, planar, along, shape):
    """The winners' places in x (N, C, D, H, W), from those in their planes, planar (N, C, D, OH OW), and those of the winners
    among the planes, along (N, C, OD, OH OW), numbers of an image (D, OH OW); shape: (N, C, OD, OH, OW)."""
    depth, height, width = x.data.shape[2:]
    above = constant(x.k, x.k.asarray(np.arange(depth)[:, None] * (height * width)))
    n, c, od, oh, ow = shape
    found = reshape(add(planar, above), (n, c, depth * oh * ow))
    return reshape(take_along(found, reshape(along, (n, c, od * oh * ow)), 2), shape)


def avg_pool3d(x: Operand, kernel_size: Shape, stride: Shape | None = None, padding: Shape = 0, ceil_mode: bool = False,
               count_include_pad: bool = True, divisor_override: int | None = None) -> Tensor:
    """x (N, C, D, H, W) -> (N, C, OD, OH, OW), the mean of each window; options as avg_pool2d, an int or three of them."""
    if not alike(x):
        return in_floats(avg_pool3d, x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
    x, single = as_batch("avg_pool3d", x, 3)
    *how, _, _ = pooling("avg_pool3d", x, kernel_size, stride, padding, 1, ceil_mode, 3)
    summed = None if divisor_override is None else 1
    _, (y,), shape = _in_turns(avg_pool2d, x, how, ceil_mode, count_include_pad, summed)
    if summed:
        y = div(y, divisor_of("avg_pool3d", divisor_override))
    return as_given(reshape(y, shape), single)


# ---- max pooling undone

def max_unpool1d(x: Operand, indices: Operand, kernel_size: Shape, stride: Shape | None = None, padding: Shape = 0,
                 output_size: Sequence[int] | None = None) -> Tensor:
    """max_unpool2d along one axis: x and indices (N, C, OL) -> (N, C, L)."""
    return _unpooled("max_unpool1d", x, indices, kernel_size, stride, padding, output_size, 1)


def max_unpool2d(x: Operand, indices: Operand, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0,
                 output_size: Sequence[int] | None = None) -> Tensor:
    """x (N, C, OH, OW) put where max_pool2d(..., return_indices=True) found it, in images (N, C, H, W) of zeros.

    H = (OH - 1) SH - 2 PH + KH, or output_size says it (H, W; or the whole shape), since pooling rounds. Of several that belong
    to one place, where windows overlapped, the last stays, and has the gradient. IndexError for places outside the image.
    """
    return _unpooled("max_unpool2d", x, indices, kernel_size, stride, padding, output_size, 2)


def max_unpool3d(x: Operand, indices: Operand, kernel_size: Shape, stride: Shape | None = None, padding: Shape = 0,
                 output_size: Sequence[int] | None = None) -> Tensor:
    """max_unpool2d along three axes: x and indices (N, C, OD, OH, OW) -> (N, C, D, H, W)."""
    return _unpooled("max_unpool3d", x, indices, kernel_size, stride, padding, output_size, 3)


def _unpooled(op, x, indices, kernel_size, stride, padding, output_size, n):
    x, single = as_batch(op, x, n)
    k = x.k
    index = indices.data if isinstance(indices, Variable) else array_on(k, k.asarray(indices))
    fits = index.shape[-n:] == x.data.shape[2:] and math.prod(index.shape) == math.prod(x.data.shape)
    if index.dtype.kind not in "iu" or not fits:
        raise ValueError(f"[{op}] indices must be integers of x's shape {x.data.shape}, found {index.dtype} {index.shape}")
    size, stride = sizes_of(op, "kernel_size", kernel_size, 1, n), kernel_size if stride is None else stride
    stride, padding = sizes_of(op, "stride", stride, 1, n), sizes_of(op, "padding", padding, 0, n)
    if output_size is None:
        sides = tuple((o - 1) * s - 2 * p + w for o, s, p, w in zip(x.data.shape[2:], stride, padding, size))
    else:
        sides = tuple(int(side) for side in output_size)[-n:]
    if len(sides) != n or min(sides) < 1:
        raise ValueError(f"[{op}] expected an output of {n} sides {', '.join(SIDES[n])} >= 1, found {sides}")
    batch, count, places = x.data.shape[:2], math.prod(x.data.shape[2:]), math.prod(sides)
    try:
        origin = constant(k, k.inverse_places(k.reshape(index, (math.prod(batch), count)), places))
    except IndexError as error:
        raise IndexError(f"[{op}] {error}: the image is {sides}") from None
    origin = reshape(origin, (*batch, places))
    there = greater_equal(origin, 0)
    picked = take_along(reshape(x, (*batch, count)), where(there, origin, 0), 2)
    nothing = False if x.data.dtype.kind == "b" else 0
    return as_given(reshape(where(there, picked, nothing), (*batch, *sides)), single)


# ---- power means, whole images

def lp_pool1d(x: Operand, norm_type: float, kernel_size: Shape, stride: Shape | None = None, ceil_mode: bool = False) -> Tensor:
    """lp_pool2d along one axis: x (N, C, L) -> (N, C, OL)."""
    if not alike(x):
        return in_floats(lp_pool1d, x, norm_type, kernel_size, stride, ceil_mode)
    size, stride, p = _power_windows("lp_pool1d", x, norm_type, kernel_size, stride, ceil_mode, 1)
    return _root(avg_pool1d(power(x, p), size, stride, 0, ceil_mode), p, size)


def lp_pool2d(x: Operand, norm_type: float, kernel_size: Pair, stride: Pair | None = None, ceil_mode: bool = False) -> Tensor:
    """(sum x^p)^(1/p) of each window, p = norm_type: x (N, C, H, W) -> (N, C, OH, OW); kernel_size, stride, ceil_mode as
    avg_pool2d. The sum is taken as the mean times the size of a whole window (PyTorch), also where ceil_mode cuts one."""
    if not alike(x):
        return in_floats(lp_pool2d, x, norm_type, kernel_size, stride, ceil_mode)
    size, stride, p = _power_windows("lp_pool2d", x, norm_type, kernel_size, stride, ceil_mode, 2)
    return _root(avg_pool2d(power(x, p), size, stride, 0, ceil_mode), p, size)


def _power_windows(op, x, norm_type, kernel_size, stride, ceil_mode, n):
    if isinstance(norm_type, bool) or not isinstance(norm_type, numbers.Real) or norm_type == 0:
        raise ValueError(f"[{op}] norm_type must be a number other than 0, found {norm_type!r}")
    size, stride, *_ = pooling(op, as_batch(op, x, n)[0], kernel_size, stride, 0, 1, ceil_mode, n)
    return size, stride, float(norm_type)


def _root(y, norm_type, size):
    return power(mul(y, math.prod(size)), 1 / norm_type)


def global_avg_pool(x: Operand) -> Tensor:
    """x (N, C, ...) -> (N, C), the mean over every axis behind the channels."""
    return mean(x, _behind_channels("global_avg_pool", x))


def global_max_pool(x: Operand) -> Tensor:
    """x (N, C, ...) -> (N, C), the largest over every axis behind the channels; the gradient goes to the first of equals."""
    return largest(x, _behind_channels("global_max_pool", x))


def _behind_channels(op, x):
    shape = lift(x).data.shape
    if len(shape) < 3:
        raise ValueError(f"[{op}] expected x (N, C, ...) with one axis or more behind the channels, found {shape}")
    return tuple(range(2, len(shape)))
