"""Windows that slide along axes, and sums of such windows: what convolutions are made of (im2col, col2im)."""

from __future__ import annotations

from minigrad.graph import record
from minigrad.ops.index.picking import getitem
from minigrad.ops.operands import as_shape, one_axis, pair_of
from minigrad.ops.shape.arranging import reshape, transpose
from minigrad.ops.shape.padding import pad
from minigrad.tensor import Tensor, lift
from minigrad.types import Operand, Pair, Shape

__all__ = ["fold", "sliding_window_view", "unfold"]


def view_windows(a, axis, size, step, dilation):
    """a[..., i step + j dilation, ...] with i along `axis` and j, below `size`, along a new last axis. A view."""
    return record(a.k, a.k.view_windows(a.data, axis, size, step, dilation), (a,), view_windows_rule, (),
                  (axis, a.data.shape[axis], step, dilation))


def view_windows_rule(k, g, need, axis, n, step, dilation):
    return (k.add_windows(g, axis, n, step, dilation),)


def add_windows(g, axis, n, step, dilation):
    """Windows summed where they lay, along an axis of n places: the adjoint of view_windows."""
    return record(g.k, g.k.add_windows(g.data, axis, n, step, dilation), (g,), add_windows_rule, (),
                  (axis, g.data.shape[-1], step, dilation))


def add_windows_rule(k, g, need, axis, size, step, dilation):
    return (k.view_windows(g, axis, size, step, dilation),)


def sliding_window_view(x: Operand, window_shape: Shape, axis: Shape | None = None) -> Tensor:
    """All windows of a shape (numpy.lib.stride_tricks): window_shape[i] long along axis[i], which becomes a new last axis, one
    after another; of the axis remains where the window starts. A view. axis=None: window_shape has one size for each axis.

    Raises ValueError for a window that is larger than its axis.
    """
    x = lift(x)
    sizes = as_shape("sliding_window_view", window_shape)
    axes = range(x.ndim) if axis is None else [one_axis("sliding_window_view", i, x.ndim)
                                               for i in as_shape("sliding_window_view", axis)]
    if len(sizes) != len(axes):
        raise ValueError(f"[sliding_window_view] window_shape {sizes} has {len(sizes)} sizes for {len(axes)} axes of shape "
                         f"{x.shape}")
    for i, size in zip(axes, sizes):
        if not 0 < size <= x.shape[i]:
            raise ValueError(f"[sliding_window_view] a window of {size} does not fit axis {i} of shape {x.shape}")
        x = view_windows(x, i, size, 1, 1)
    return x if len(sizes) else getitem(x, ...)


def unfold(x: Operand, kernel_size: Pair, dilation: Pair = 1, padding: Pair = 0, stride: Pair = 1) -> Tensor:
    """Every window of images as a column (PyTorch's nn.functional.unfold, im2col): x (N, C, H, W) -> (N, C KH KW, L).

    L = OH OW windows, OH = (H + 2 padding - dilation (KH - 1) - 1) // stride + 1; an image without N gives columns without N.
    Raises ValueError for images of another number of axes, and for windows larger than the padded image.
    """
    x = lift(x)
    if x.ndim not in (3, 4):
        raise ValueError(f"[unfold] expected images (N, C, H, W) or one (C, H, W), found shape {x.shape}")
    (kh, kw), (dh, dw), (ph, pw), (sh, sw) = _geometry("unfold", kernel_size, dilation, padding, stride)
    one, shape = x.ndim == 3, x.shape
    if one:
        x = reshape(x, (1, *shape))
    oh, ow = _windows_in("unfold", shape[-2:], (kh, kw), (dh, dw), (ph, pw), (sh, sw))
    if ph or pw:
        x = pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    n, c = x.shape[:2]
    windows = view_windows(view_windows(x, 2, kh, sh, dh), 3, kw, sw, dw)           # (N, C, OH, OW, KH, KW)
    columns = reshape(transpose(windows, (0, 1, 4, 5, 2, 3)), (n, c * kh * kw, oh * ow))
    return reshape(columns, columns.shape[1:]) if one else columns


def fold(x: Operand, output_size: Pair, kernel_size: Pair, dilation: Pair = 1, padding: Pair = 0, stride: Pair = 1) -> Tensor:
    """Columns summed into images where their windows lie (PyTorch's nn.functional.fold, col2im): the adjoint of unfold.

    x (N, C KH KW, L) -> (N, C, *output_size). Raises ValueError where the sizes do not belong together.
    """
    x = lift(x)
    if x.ndim not in (2, 3):
        raise ValueError(f"[fold] expected columns (N, C KH KW, L) or (C KH KW, L), found shape {x.shape}")
    h, w = pair_of("fold", "output_size", output_size, 1)
    (kh, kw), (dh, dw), (ph, pw), (sh, sw) = _geometry("fold", kernel_size, dilation, padding, stride)
    oh, ow = _windows_in("fold", (h, w), (kh, kw), (dh, dw), (ph, pw), (sh, sw))
    rows, columns = x.shape[-2:]
    if rows % (kh * kw) or columns != oh * ow:
        raise ValueError(f"[fold] shape {x.shape} must have a multiple of {kh * kw} rows for windows {(kh, kw)}, and {oh * ow} "
                         f"columns for {oh} x {ow} of them in images {(h, w)}")
    one, n, c = x.ndim == 2, x.shape[0] if x.ndim == 3 else 1, rows // (kh * kw)
    windows = transpose(reshape(x, (n, c, kh, kw, oh, ow)), (0, 1, 4, 5, 2, 3))     # (N, C, OH, OW, KH, KW)
    y = add_windows(add_windows(windows, 3, w + 2 * pw, sw, dw), 2, h + 2 * ph, sh, dh)
    if ph or pw:
        y = getitem(y, (slice(None), slice(None), slice(ph, ph + h), slice(pw, pw + w)))
    return reshape(y, y.shape[1:]) if one else y


def _geometry(op, kernel_size, dilation, padding, stride):
    return (pair_of(op, "kernel_size", kernel_size, 1), pair_of(op, "dilation", dilation, 1),
            pair_of(op, "padding", padding, 0), pair_of(op, "stride", stride, 1))


def _windows_in(op, image, kernel, dilation, padding, stride):
    """How many windows fit along both axes."""
    counts = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, d, p, s in zip(image, kernel, dilation, padding, stride)]
    if min(counts) < 1:
        raise ValueError(f"[{op}] windows {kernel} with dilation {dilation} do not fit images {tuple(image)} with padding "
                         f"{padding}")
    return counts
