"""2-d pooling and its adjoints."""

from __future__ import annotations

from minigrad.graph import alike, record
from minigrad.ops.operands import in_floats, pair_of
from minigrad.tensor import Tensor, array_on, constant, lift
from minigrad.types import Operand, Pair

__all__ = ["avg_pool2d", "max_pool2d"]


def max_pool2d(x: Operand, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0) -> Tensor:
    """x (N, C, H, W) -> (N, C, OH, OW), the largest of each window; OH = (H + 2 PH - KH) // SH + 1.

    kernel_size, stride (kernel_size if None), padding (at most half of it): an int or a pair. NaN wins; the padding
    never does; the gradient goes to the first of equals.
    """
    x = lift(x)
    geometry = _geometry("max_pool2d", x.data.shape, kernel_size, stride, padding)
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


def avg_pool2d(x: Operand, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0) -> Tensor:
    """x (N, C, H, W) -> (N, C, OH, OW), the mean of each window, padding counted as zeros. Arguments as max_pool2d."""
    if not alike(x):
        return in_floats(avg_pool2d, x, kernel_size, stride, padding)
    geometry = _geometry("avg_pool2d", x.data.shape, kernel_size, stride, padding)
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


def _geometry(op, shape, size, stride, padding):
    size = pair_of(op, "kernel_size", size, 1)
    stride = size if stride is None else pair_of(op, "stride", stride, 1)
    padding = pair_of(op, "padding", padding, 0)
    if len(shape) != 4:
        raise ValueError(f"[{op}] expected x (N, C, H, W), found {shape}"
                         + (" (a single image? x[None] adds the batch axis)" if len(shape) == 3 else ""))
    for i, side in enumerate("HW"):
        if padding[i] * 2 > size[i]:
            raise ValueError(f"[{op}] padding {padding} is more than half of kernel_size {size}")
        if shape[2 + i] + 2 * padding[i] < size[i]:
            raise ValueError(f"[{op}] the window is {size[i]} in {side}, but x offers only "
                             f"{shape[2 + i] + 2 * padding[i]} with its padding: x {shape}, "
                             f"kernel_size {size}, padding {padding}")
    return size, stride, padding
