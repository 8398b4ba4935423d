"""Convolution along one axis and along three, and transposed convolutions, all by conv2d and its adjoint.

One axis is two of which one has side 1. In three, what a window sees in its slices are channels of one 2-d convolution.
"""

from __future__ import annotations

from minigrad.ops.conv import check_axes, check_bias, check_shapes, conv2d, conv2d_input_grad, named_padding
from minigrad.ops.elementwise import add
from minigrad.ops.index import getitem, put
from minigrad.ops.operands import operands, with_bias
from minigrad.ops.shape import concatenate, pad, reshape, transpose
from minigrad.ops.windows import SIDES, as_given, sizes_of
from minigrad.tensor import Tensor
from minigrad.types import Operand, Pair, Shape

__all__ = ["conv1d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]


def conv1d(x: Operand, w: Operand, b: Operand | None = None, stride: Shape = 1, padding: Shape | str = 0, dilation: Shape = 1,
           groups: int = 1) -> Tensor:
    """x (N, C, L), w (O, C/groups, K), b (O,) or None -> (N, O, OL), OL = (L + 2 P - D (K - 1) - 1) // S + 1.

    The arguments are conv2d's, each for one side. A single sequence (C, L) gives (O, OL).
    """
    x, w, b, stride, padding, dilation, single = _prepared("conv1d", x, w, b, stride, padding, dilation, groups, 1)
    y = conv2d(_rows(x), _rows(w), b, (1, *stride), (0, *padding), (1, *dilation), groups)
    return as_given(_without_rows(y), single)


def conv3d(x: Operand, w: Operand, b: Operand | None = None, stride: Shape = 1, padding: Shape | str = 0, dilation: Shape = 1,
           groups: int = 1) -> Tensor:
    """x (N, C, D, H, W), w (O, C/groups, KD, KH, KW), b (O,) or None -> (N, O, OD, OH, OW).

    The arguments are conv2d's, each for three sides. A single volume (C, D, H, W) gives (O, OD, OH, OW).
    """
    x, w, b, stride, padding, dilation, single = _prepared("conv3d", x, w, b, stride, padding, dilation, groups, 3)
    n, _, depth, height, width = x.data.shape
    o, share, kd, kh, kw = w.data.shape
    slices = reshape(transpose(x, (0, 2, 1, 3, 4)), (n, depth, groups, share, height, width))
    if padding[0]:
        slices = pad(slices, ((0, 0), (padding[0],) * 2, *((0, 0),) * 4))
    od = (depth + 2 * padding[0] - dilation[0] * (kd - 1) - 1) // stride[0] + 1
    seen = [_steps(slices, i * dilation[0], stride[0], od) for i in range(kd)]
    seen = reshape(seen[0] if kd == 1 else concatenate(seen, 3), (n * od, groups * kd * share, height, width))
    flat = reshape(transpose(w, (0, 2, 1, 3, 4)), (o, kd * share, kh, kw))
    y = conv2d(seen, flat, b, stride[1:], padding[1:], dilation[1:], groups)
    y = reshape(y, (n, od, o, *y.data.shape[2:]))
    return as_given(transpose(y, (0, 2, 1, 3, 4)), single)


def conv_transpose1d(x: Operand, w: Operand, b: Operand | None = None, stride: Shape = 1, padding: Shape = 0,
                     output_padding: Shape = 0, groups: int = 1, dilation: Shape = 1) -> Tensor:
    """conv_transpose2d along one axis: x (N, C, L), w (C, O/groups, K), b (O,) or None -> (N, O, OL)."""
    x, w, b, how, single = _prepared_transposed("conv_transpose1d", x, w, b, stride, padding, output_padding, dilation,
                                                groups, 1)
    y = _adjoint(_rows(x), _rows(w), *((at_rest, *sides) for at_rest, sides in zip((1, 0, 0, 1), how)), groups)
    return as_given(_biased(_without_rows(y), b), single)


def conv_transpose2d(x: Operand, w: Operand, b: Operand | None = None, stride: Pair = 1, padding: Pair = 0,
                     output_padding: Pair = 0, groups: int = 1, dilation: Pair = 1) -> Tensor:
    """x (N, C, H, W), w (C, O/groups, KH, KW), b (O,) or None -> (N, O, OH, OW): what conv2d with the same arguments does to a
    gradient, plus b. OH = (H - 1) SH - 2 PH + DH (KH - 1) + 1 + output_padding.

    stride, padding, output_padding (rows and columns more at the end; less than stride or dilation), dilation: an int or a
    pair. A single image (C, H, W) gives (O, OH, OW). Raises ValueError for shapes that do not fit.
    """
    x, w, b, how, single = _prepared_transposed("conv_transpose2d", x, w, b, stride, padding, output_padding, dilation,
                                                groups, 2)
    return as_given(_biased(_adjoint(x, w, *how, groups), b), single)


def conv_transpose3d(x: Operand, w: Operand, b: Operand | None = None, stride: Shape = 1, padding: Shape = 0,
                     output_padding: Shape = 0, groups: int = 1, dilation: Shape = 1) -> Tensor:
    """conv_transpose2d along three axes: x (N, C, D, H, W), w (C, O/groups, KD, KH, KW), b (O,) or None -> (N, O, OD, OH,
    OW)."""
    x, w, b, how, single = _prepared_transposed("conv_transpose3d", x, w, b, stride, padding, output_padding, dilation,
                                                groups, 3)
    (n, c, depth, *sides), (_, share, kd, kh, kw) = x.data.shape, w.data.shape
    (s, p, more, d), how = (h[0] for h in how), [h[1:] for h in how]
    flat = reshape(transpose(w, (0, 2, 1, 3, 4)), (c, kd * share, kh, kw))
    y = _adjoint(reshape(transpose(x, (0, 2, 1, 3, 4)), (n * depth, c, *sides)), flat, *how, groups)
    sides = y.data.shape[2:]
    y = reshape(y, (n, depth, groups, kd, share, *sides))
    whole = (depth - 1) * s + d * (kd - 1) + 1 + more, (groups * share, *sides)
    total = None
    for i in range(kd):         # what slice i of the window leaves in each slice of the volume
        part = reshape(getitem(y, (slice(None), slice(None), slice(None), i)), (n, depth, *whole[1]))
        part = put(part, (slice(None), slice(i * d, i * d + s * (depth - 1) + 1, s)), (n, whole[0], *whole[1]))
        total = part if total is None else add(total, part)
    total = getitem(total, (slice(None), slice(p, whole[0] - p)))
    return as_given(_biased(transpose(total, (0, 2, 1, 3, 4)), b), single)


def _adjoint(x, w, stride, padding, more, dilation, groups):
    """The input gradient of conv2d, of which x is the incoming one."""
    n, channels = x.data.shape[0], w.data.shape[1] * groups
    full = [(side - 1) * s + d * (k - 1) + 1 for side, s, d, k in zip(x.data.shape[2:], stride, dilation, w.data.shape[2:])]
    if all(m < s for m, s in zip(more, stride)):
        sides = (f - 2 * p + m for f, p, m in zip(full, padding, more))
        return conv2d_input_grad(x, w, (stride, padding, dilation, groups), (n, channels, *sides))
    y = conv2d_input_grad(x, w, (stride, (0, 0), dilation, groups), (n, channels, *full))    # else conv2d would see a row more
    y = pad(y, ((0, 0), (0, 0), *((0, m) for m in more)))
    return getitem(y, (slice(None), slice(None), *(slice(p, f + m - p) for f, p, m in zip(full, padding, more))))


def _prepared(op, x, w, b, stride, padding, dilation, groups, n):
    """The arguments checked, with a batch axis, and whether there was none."""
    x, w = operands(op, x, w)
    single = len(x.data.shape) == n + 1
    if single:
        x = reshape(x, (1, *x.data.shape))
    sides = SIDES[n]
    check_axes(op, x.data.shape, w.data.shape, sides)
    stride, dilation = sizes_of(op, "stride", stride, 1, n), sizes_of(op, "dilation", dilation, 1, n)
    if isinstance(padding, str):
        x, padding = named_padding(op, x, w, padding, stride, dilation)
    padding = sizes_of(op, "padding", padding, 0, n)
    check_shapes(op, x.data.shape, w.data.shape, stride, padding, dilation, groups, sides)
    if b is not None:
        x, w, b = with_bias(op, x, w, b)
        check_bias(op, b, w, w.data.shape[0])
    return x, w, b, stride, padding, dilation, single


def _prepared_transposed(op, x, w, b, stride, padding, output_padding, dilation, groups, n):
    x, w = operands(op, x, w)
    single = len(x.data.shape) == n + 1
    if single:
        x = reshape(x, (1, *x.data.shape))
    shape, weights, sides = x.data.shape, w.data.shape, SIDES[n]
    if len(shape) != n + 2 or len(weights) != n + 2:
        raise ValueError(f"[{op}] expected x (N, C, {', '.join(sides)}) and w (C, O/groups, "
                         f"{', '.join('K' + s for s in sides)}), "
                         f"found x {shape[1:] if single else shape}, w {weights}")
    how = (sizes_of(op, "stride", stride, 1, n), sizes_of(op, "padding", padding, 0, n),
           sizes_of(op, "output_padding", output_padding, 0, n), sizes_of(op, "dilation", dilation, 1, n))
    if not hasattr(groups, "__index__") or groups < 1 or shape[1] % groups or shape[1] != weights[0]:
        raise ValueError(f"[{op}] x has {shape[1]} channels but w is for {weights[0]}, and groups, {groups}, must divide "
                         f"them: x {shape}, w {weights}")
    for side, size, k, s, p, more, d in zip(sides, shape[2:], weights[2:], *how):
        out = (size - 1) * s - 2 * p + d * (k - 1) + more + 1
        if more and more >= max(s, d):
            raise ValueError(f"[{op}] output_padding must be less than stride or dilation, found {more} in {side} with stride "
                             f"{s} and dilation {d}")
        if size < 1 or k < 1 or out < 1:
            raise ValueError(f"[{op}] nothing is left in {side}: x {shape}, w {weights}, padding {how[1]}")
    if b is not None:
        x, w, b = with_bias(op, x, w, b)
        check_bias(op, b, w, weights[1] * groups)
    return x, w, b, how, single


def _rows(x):
    """(N, C, L) -> (N, C, 1, L)"""
    n, c, length = x.data.shape
    return reshape(x, (n, c, 1, length))


def _without_rows(y):
    n, c, _, length = y.data.shape
    return reshape(y, (n, c, length))


def _steps(x, start, stride, count):
    """Every stride-th slice of axis 1, `count` of them."""
    return getitem(x, (slice(None), slice(start, start + stride * (count - 1) + 1, stride)))


def _biased(y, b):
    return y if b is None else add(y, reshape(b, (b.data.shape[0],) + (1,) * (len(y.data.shape) - 2)))
