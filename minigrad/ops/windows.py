"""What the operations of windows share: sizes along one, two or three axes, where the windows stand, images without a batch.

Which places of an axis a window sees depends on sizes alone; devices get such tables once and keep them.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from minigrad.ops.operands import pair_of
from minigrad.ops.shape import reshape
from minigrad.tensor import lift

SIDES = {1: "L", 2: "HW", 3: "DHW"}
SEVERAL = {1: "a tuple of one", 3: "three of them"}


def sizes_of(op, name, value, least, n):
    """An int, or n of them, each at least `least`, as a tuple of n ints."""
    if n == 2:
        return pair_of(op, name, value, least)
    try:
        found = (value.__index__(),) * n if hasattr(value, "__index__") else tuple(v.__index__() for v in value)
    except (TypeError, AttributeError):
        found = ()
    if len(found) != n or isinstance(value, bool) or min(found) < least:
        raise ValueError(f"[{op}] {name} must be an int >= {least} or {SEVERAL[n]}, found {value!r}")
    return found


def as_batch(op, x, n):
    """(x (N, C, n sides), whether it was a single image, without the batch axis)."""
    x = lift(x)
    shape = x.data.shape
    if len(shape) == n + 1:
        return reshape(x, (1, *shape)), True
    if len(shape) != n + 2:
        sides = ", ".join(SIDES[n])
        raise ValueError(f"[{op}] expected x (N, C, {sides}), or (C, {sides}) without a batch axis, found {shape}")
    return x, False


def as_given(y, single):
    """y without its batch axis, if x had none."""
    return reshape(y, y.data.shape[1:]) if single else y


def pooling(op, x, kernel_size, stride, padding, dilation, ceil_mode, n):
    """The geometry of a pooling of x (N, C, n sides): size, stride, padding and dilation as tuples, and how many windows there
    are along each side: (side + 2 P - D (K - 1) - 1) / S + 1, rounded down; with ceil_mode up, but the last one starts inside
    the image or the padding before it (PyTorch). ValueError for what does not fit.
    """
    size, stride = sizes_of(op, "kernel_size", kernel_size, 1, n), kernel_size if stride is None else stride
    stride, padding = sizes_of(op, "stride", stride, 1, n), sizes_of(op, "padding", padding, 0, n)
    dilation = sizes_of(op, "dilation", dilation, 1, n)
    shape, counts = x.data.shape, []
    for i, side in enumerate(SIDES[n]):
        span, offered = dilation[i] * (size[i] - 1) + 1, shape[2 + i] + 2 * padding[i]
        if padding[i] * 2 > span:
            raise ValueError(f"[{op}] padding {padding} is more than half of kernel_size {size}"
                             + (f" with dilation {dilation}" if max(dilation) > 1 else ""))
        count = (offered - span) // stride[i] + 1
        if ceil_mode:
            count = -((span - offered) // stride[i]) + 1
            count -= (count - 1) * stride[i] >= shape[2 + i] + padding[i]
        if count < 1 or shape[2 + i] < 1:
            raise ValueError(f"[{op}] the window is {span} in {side}, but x offers only {offered} with its padding: x {shape}, "
                             f"kernel_size {size}, padding {padding}")
        counts.append(count)
    return size, stride, padding, dilation, tuple(counts)


@lru_cache(maxsize=512)
def places_along(k, op, n, size, stride, padding, dilation, count):
    """(places, window, step, padding, plain) for the windows along a side of n: taking `places` of it, an int64 array of the
    device k, leaves windows of `window` places, `step` apart, with that padding and no dilation.

    A place beyond the image becomes one of the image that the window sees anyway, so it wins nothing that is not the image's.
    plain: the places are 0 .. n - 1 as they are.
    """
    if dilation == 1:
        beyond = max((count - 1) * stride + size - n - 2 * padding, 0)
        return k.asarray(np.minimum(np.arange(n + beyond), n - 1)), size, stride, padding, beyond == 0
    at = np.arange(count)[:, None] * stride - padding + np.arange(size) * dilation
    inside = (at >= 0) & (at < n)
    if not inside.all(1).all() and not inside.any(1).all():
        raise ValueError(f"[{op}] a window sees nothing but padding: side {n}, kernel_size {size}, padding {padding}, dilation "
                         f"{dilation}")
    first, last = inside.argmax(1), size - 1 - inside[:, ::-1].argmax(1)
    within = np.clip(np.arange(size), first[:, None], last[:, None])
    return k.asarray(np.take_along_axis(at, within, 1).reshape(-1)), size, size, 0, False


@lru_cache(maxsize=512)
def shares(k, dtype, rows, columns, padding_counts):
    """Factors (OH, OW) that turn means over whole windows into means over what counts: inside the image, or inside it and its
    padding, never beyond. rows, columns: (side, size, stride, padding, how many windows)."""
    factors = []
    for n, size, stride, padding, count in (rows, columns):
        start = np.arange(count) * stride - padding
        first, end = (start, n + padding) if padding_counts else (np.maximum(start, 0), n)
        factors.append(size / (np.minimum(start + size, end) - first))
    return k.asarray(np.multiply.outer(*factors).astype(dtype))


def divisor_of(op, divisor_override):
    """divisor_override as an int; ValueError for 0 and what is none."""
    if isinstance(divisor_override, bool) or not hasattr(divisor_override, "__index__") or divisor_override == 0:
        raise ValueError(f"[{op}] divisor_override must be an int other than 0, or None, found {divisor_override!r}")
    return int(divisor_override)
