"""Images in another size: interpolation, adaptive pooling, and pixels from channels.

A resampled axis is made of weighted places of the old one (`taps.py`): one primitive, whose adjoint it is itself.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence

from minigrad.graph import alike, record
from minigrad.kernels import taps
from minigrad.ops.index import getitem
from minigrad.ops.operands import in_floats
from minigrad.ops.shape import reshape, transpose
from minigrad.tensor import Tensor, lift
from minigrad.types import Operand, Shape

__all__ = ["interpolate", "pixel_shuffle", "pixel_unshuffle"]

LINEAR = {"linear": 1, "bilinear": 2, "trilinear": 3}       # mode -> how many axes behind the channels
MODES = ("nearest", "nearest-exact", *LINEAR, "bicubic", "area")


def resample(x, there, back, axis):
    """Sums of weighted places along one axis: y[..., o, ...] = sum over k of weight[o, k] x[..., index[o, k], ...].

    there: (index, weight), both (O, K), arrays of x's device; back: the same of the adjoint, which is resample(g, back, there).
    """
    x = lift(x)
    return record(x.k, x.k.resample(x.data, there, back, axis), (x,), resample_rule, (), (there, back, axis), (*there, *back))


def resample_rule(k, g, need, there, back, axis):
    return (k.resample(g, back, there, axis),)


def along(x, axis, of, *args):
    """x with an axis resampled by the taps `of` (see taps.py)."""
    return resample(x, *taps.placed(x.k, x.data.dtype, of, x.data.shape[axis], *args), axis)


def interpolate(x: Operand, size: Shape | None = None, scale_factor: float | Sequence[float] | None = None,
                mode: str = "nearest", align_corners: bool | None = None, antialias: bool = False) -> Tensor:
    """x (N, C, L), (N, C, H, W) or (N, C, D, H, W) with the sides behind the channels made `size`, or scale_factor times as
    long (rounded down); each an int or number, or one for each side.

    mode: "nearest" (the pixel that holds the new one's corner), "nearest-exact" (its centre), "linear" of one side, "bilinear"
    of two, "trilinear" of three, "bicubic" of two (a = -3/4), "area" (the mean of what a new pixel covers). align_corners: the
    centres of the corner pixels lie on one another; else the corners of the images. antialias, of "bilinear" and "bicubic": the
    filter is as wide as a new pixel where the image shrinks (Pillow's). All as in PyTorch. Integers stay integers in the
    nearest modes. ValueError for what does not fit.
    """
    x = lift(x)
    sizes, scales = _targets(x.data.shape, size, scale_factor)
    _check(x.data.shape, mode, align_corners, antialias)
    if mode.startswith("nearest") and x.data.dtype.kind != "f":
        for axis, (out, scale) in enumerate(zip(sizes, scales), 2):
            index = taps.nearest(x.data.shape[axis], out, scale, mode == "nearest-exact")[0][:, 0]
            x = getitem(x, (slice(None),) * axis + (index,))
        return x
    if not alike(x):
        return in_floats(interpolate, x, size, scale_factor, mode, align_corners, antialias)
    for axis, (out, scale) in reversed(list(enumerate(zip(sizes, scales), 2))):
        n = x.data.shape[axis]
        if out == n and scale in (None, 1):
            continue
        if mode == "area":
            x = along(x, axis, taps.adaptive, out)
        elif mode.startswith("nearest"):
            x = along(x, axis, taps.nearest, out, scale, mode == "nearest-exact")
        elif antialias:
            x = along(x, axis, taps.antialiased, out, scale, bool(align_corners), mode.removeprefix("bi"))
        else:
            x = along(x, axis, taps.cubic if mode == "bicubic" else taps.linear, out, scale, bool(align_corners))
    return x


def _targets(shape, size, scale_factor):
    """(the new sides, the scales they were asked for by, or None for each)."""
    if len(shape) not in (3, 4, 5) or 0 in shape[2:]:
        raise ValueError(f"[interpolate] expected x (N, C, ...) with one to three sides >= 1 behind the channels, found "
                         f"{shape}")
    if (size is None) == (scale_factor is None):
        raise ValueError(f"[interpolate] expected either size or scale_factor, found size {size!r} and scale_factor "
                         f"{scale_factor!r}")
    n, given = len(shape) - 2, size if scale_factor is None else scale_factor
    given = (given,) * n if isinstance(given, numbers.Real) else tuple(given)
    whole = numbers.Integral if scale_factor is None else numbers.Real
    if len(given) != n or any(isinstance(v, bool) or not isinstance(v, whole) or not v > 0 or v == math.inf for v in given):
        raise ValueError(f"[interpolate] {'size' if scale_factor is None else 'scale_factor'} must be a number > 0, or one "
                         f"for each of the {n} sides of x {shape}, found {given!r}")
    if scale_factor is None:
        return tuple(map(int, given)), (None,) * n
    sizes = tuple(math.floor(side * scale) for side, scale in zip(shape[2:], given))
    if min(sizes) < 1:
        raise ValueError(f"[interpolate] scale_factor {scale_factor!r} leaves nothing of x {shape}")
    return sizes, tuple(map(float, given))


def _check(shape, mode, align_corners, antialias):
    if mode not in MODES:
        raise ValueError(f"[interpolate] mode must be one of {', '.join(MODES)}, found {mode!r}")
    needed = LINEAR.get(mode, 2 if mode == "bicubic" else len(shape) - 2)
    if needed != len(shape) - 2:
        raise ValueError(f"[interpolate] mode {mode!r} is for {needed} sides behind the channels, found x {shape}")
    if align_corners is not None and mode not in LINEAR and mode != "bicubic":
        raise ValueError(f"[interpolate] align_corners is for {', '.join(LINEAR)} and bicubic, found mode {mode!r}")
    if antialias and mode not in ("bilinear", "bicubic"):
        raise ValueError(f"[interpolate] antialias is for bilinear and bicubic, found mode {mode!r}")


def pixel_shuffle(x: Operand, upscale_factor: int) -> Tensor:
    """x (..., C r^2, H, W) -> (..., C, r H, r W): each r^2 channels become a square of r x r pixels, row by row (Shi et al.
    2016)."""
    x, r = lift(x), _factor("pixel_shuffle", "upscale_factor", upscale_factor)
    *lead, c, h, w = _image("pixel_shuffle", x)
    if c % (r * r):
        raise ValueError(f"[pixel_shuffle] the {c} channels of x {x.data.shape} do not divide by {r} x {r}")
    y, n = reshape(x, (*lead, c // (r * r), r, r, h, w)), len(lead)
    y = transpose(y, (*range(n), n, n + 3, n + 1, n + 4, n + 2))
    return reshape(y, (*lead, c // (r * r), h * r, w * r))


def pixel_unshuffle(x: Operand, downscale_factor: int) -> Tensor:
    """x (..., C, r H, r W) -> (..., C r^2, H, W): pixel_shuffle undone."""
    x, r = lift(x), _factor("pixel_unshuffle", "downscale_factor", downscale_factor)
    *lead, c, h, w = _image("pixel_unshuffle", x)
    if h % r or w % r:
        raise ValueError(f"[pixel_unshuffle] the sides of x {x.data.shape} do not divide by {r}")
    y, n = reshape(x, (*lead, c, h // r, r, w // r, r)), len(lead)
    y = transpose(y, (*range(n), n, n + 2, n + 4, n + 1, n + 3))
    return reshape(y, (*lead, c * r * r, h // r, w // r))


def _factor(op, name, r):
    if isinstance(r, bool) or not hasattr(r, "__index__") or r < 1:
        raise ValueError(f"[{op}] {name} must be an int >= 1, found {r!r}")
    return int(r)


def _image(op, x):
    if len(x.data.shape) < 3:
        raise ValueError(f"[{op}] expected x (..., C, H, W), found {x.data.shape}")
    return x.data.shape
