"""2-d pooling and its adjoints. An option that the kernels do not have (ceil_mode, dilation ...) is another image, to which
they are applied, or a factor of the result."""

from __future__ import annotations

from typing import Any, Literal, overload

from minigrad.graph import alike, record
from minigrad.ops.elementwise import mul
from minigrad.ops.index import getitem
from minigrad.ops.operands import in_floats, pair_of
from minigrad.ops.shape import pad
from minigrad.ops.windows import as_batch, as_given, divisor_of, places_along, pooling, shares
from minigrad.tensor import Tensor, array_on, constant, lift
from minigrad.types import Operand, Pair

__all__ = ["avg_pool2d", "max_pool2d"]


@overload
def max_pool2d(x: Operand, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, dilation: Pair = 1,
               ceil_mode: bool = False, return_indices: Literal[False] = False) -> Tensor: ...


@overload
def max_pool2d(x: Operand, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, dilation: Pair = 1,
               ceil_mode: bool = False, *, return_indices: Literal[True]) -> tuple[Tensor, Tensor]: ...


def max_pool2d(x: Operand, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, dilation: Pair = 1,
               ceil_mode: bool = False, return_indices: bool = False) -> Any:
    """x (N, C, H, W) -> (N, C, OH, OW), the largest of each window; OH = (H + 2 PH - DH (KH - 1) - 1) // SH + 1.

    kernel_size, stride (kernel_size if None), padding (at most half of a window's span), dilation: an int or a pair. A single
    image (C, H, W) gives (C, OH, OW). ceil_mode: round OH and OW up; a last window starts inside the image or the padding
    before it. return_indices: a pair, the winners' places too, int64, each the number of a pixel of its image in C order
    (PyTorch's), as max_unpool2d takes them. NaN wins; the padding never does; the gradient goes to the first of equals.
    """
    x = lift(x)
    geometry = None if dilation != 1 or ceil_mode or return_indices else _geometry("max_pool2d", x.data.shape, kernel_size,
                                                                                  stride, padding)
    if geometry is None:
        return _max_with_options(x, kernel_size, stride, padding, dilation, ceil_mode, return_indices)
    y, index = x.k.max_pool2d(x.data, *geometry)
    return record(x.k, y, (x,), max_pool2d_rule, (0,), (*geometry, index), (index,))


def max_pool2d_rule(k, g, need, x, size, stride, padding, aux):
    index = k.max_pool2d(x, size, stride, padding)[1] if aux is None else aux
    return (k.max_pool2d_scatter(g, index, size, stride, padding, x.shape),)


def max_pool2d_with_index(x, size, stride, padding):
    """max_pool2d and the winners' places, constants of the graph, as the table of higher orders needs them."""
    y, index = x.k.max_pool2d(x.data, size, stride, padding)
    pooled = record(x.k, y, (x,), max_pool2d_rule, (0,), (size, stride, padding, index), (index,))
    return pooled, constant(x.k, index)


def max_pool2d_gather(x, index, size, stride, padding):
    """x at the places `index` of its windows: the adjoint of max_pool2d_scatter."""
    x = lift(x)
    index = array_on(x.k, index)
    y = x.k.max_pool2d_gather(x.data, index, size, stride, padding)
    return record(x.k, y, (x,), max_pool2d_gather_rule, (), (index, size, stride, padding, x.data.shape), (index,))


def max_pool2d_gather_rule(k, g, need, index, size, stride, padding, shape):
    return (k.max_pool2d_scatter(g, index, size, stride, padding, shape),)


def max_pool2d_scatter(g, index, size, stride, padding, shape):
    """g added at the places `index` of the windows of zeros of `shape`: the gradient of max_pool2d."""
    g = lift(g)
    index = array_on(g.k, index)
    gx = g.k.max_pool2d_scatter(g.data, index, size, stride, padding, shape)
    return record(g.k, gx, (g,), max_pool2d_scatter_rule, (), (index, size, stride, padding), (index,))


def max_pool2d_scatter_rule(k, h, need, index, size, stride, padding):
    return (k.max_pool2d_gather(h, index, size, stride, padding),)


def _max_with_options(x, kernel_size, stride, padding, dilation, ceil_mode, return_indices):
    x, single = as_batch("max_pool2d", x, 2)
    how = pooling("max_pool2d", x, kernel_size, stride, padding, dilation, ceil_mode, 2)
    seen = [places_along(x.k, "max_pool2d", x.data.shape[2 + i], *(h[i] for h in how)) for i in range(2)]
    y, places = max_at(x, seen, return_indices)
    return (as_given(y, single), as_given(places, single)) if return_indices else as_given(y, single)


def max_at(x, seen, return_indices):
    """(the largest of windows, their winners' places in x if asked for); seen: what `places_along` gives for each side."""
    (rows, *down, every_row), (columns, *across, every_column) = seen
    width = x.data.shape[3]
    if not every_row:
        x = getitem(x, (slice(None), slice(None), rows))
    if not every_column:
        x = getitem(x, (slice(None), slice(None), slice(None), columns))
    how = tuple(zip(down, across))
    y, index = max_pool2d_with_index(x, *how)
    return y, constant(x.k, x.k.max_pool2d_places(index.data, *how, rows, columns, width)) if return_indices else None


def avg_pool2d(x: Operand, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, ceil_mode: bool = False,
               count_include_pad: bool = True, divisor_override: int | None = None) -> Tensor:
    """x (N, C, H, W) -> (N, C, OH, OW), the mean of each window. kernel_size, stride, padding, ceil_mode as max_pool2d.

    The padding counts as zeros, unless count_include_pad is False; what a window sees beyond it, with ceil_mode, never counts.
    divisor_override: what the sum of a window is divided by, whatever counts.
    """
    if not alike(x):
        return in_floats(avg_pool2d, x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
    geometry = (None if ceil_mode or not count_include_pad or divisor_override is not None else
                _geometry("avg_pool2d", x.data.shape, kernel_size, stride, padding))
    if geometry is None:
        return _mean_with_options(x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
    return record(x.k, x.k.avg_pool2d(x.data, *geometry), (x,), avg_pool2d_rule, (), (*geometry, x.data.shape))


def avg_pool2d_rule(k, g, need, size, stride, padding, shape):
    return (k.avg_pool2d_backward(g, size, stride, padding, shape),)


def avg_pool2d_backward(g, size, stride, padding, shape):
    """g spread evenly over its windows: the adjoint of avg_pool2d."""
    g = lift(g)
    gx = g.k.avg_pool2d_backward(g.data, size, stride, padding, shape)
    return record(g.k, gx, (g,), avg_pool2d_backward_rule, (), (size, stride, padding))


def avg_pool2d_backward_rule(k, h, need, size, stride, padding):
    return (k.avg_pool2d(h, size, stride, padding),)


def _mean_with_options(x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override):
    x, single = as_batch("avg_pool2d", x, 2)
    size, stride, padding, _, counts = pooling("avg_pool2d", x, kernel_size, stride, padding, 1, ceil_mode, 2)
    sides = x.data.shape[2:]
    beyond = [max((c - 1) * s + w - n - 2 * p, 0) for n, w, s, p, c in zip(sides, size, stride, padding, counts)]
    if any(beyond):
        x = pad(x, ((0, 0), (0, 0), *((0, more) for more in beyond)))
    y = avg_pool2d(x, size, stride, padding)
    if divisor_override is not None:
        y = mul(y, size[0] * size[1] / divisor_of("avg_pool2d", divisor_override))
    elif any(beyond) or any(padding) and not count_include_pad:
        y = mul(y, constant(x.k, shares(x.k, x.data.dtype, *zip(sides, size, stride, padding, counts),
                                        bool(count_include_pad))))
    return as_given(y, single)


def _geometry(op, shape, size, stride, padding):
    """size, stride and padding as pairs, checked; None for a single image."""
    size = pair_of(op, "kernel_size", size, 1)
    stride = size if stride is None else pair_of(op, "stride", stride, 1)
    padding = pair_of(op, "padding", padding, 0)
    if len(shape) != 4:
        if len(shape) == 3:
            return None
        raise ValueError(f"[{op}] expected x (N, C, H, W), or (C, H, W) without a batch axis, found {shape}")
    for i, side in enumerate("HW"):
        if padding[i] * 2 > size[i]:
            raise ValueError(f"[{op}] padding {padding} is more than half of kernel_size {size}")
        if shape[2 + i] + 2 * padding[i] < size[i]:
            raise ValueError(f"[{op}] the window is {size[i]} in {side}, but x offers only "
                             f"{shape[2 + i] + 2 * padding[i]} with its padding: x {shape}, "
                             f"kernel_size {size}, padding {padding}")
    return size, stride, padding
