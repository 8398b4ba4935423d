"""mg.fft: discrete Fourier transforms, with numpy's names. Their results are complex, and so may be their inputs.

Three of them are primitives, along axes of the sizes that are there: `dft`, `real_dft` and `inverse_real_dft`; the others cut,
pad and combine. A DFT is a symmetric matrix, so (without a conjugate, ops/complex.py) it is its own adjoint, norm and all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from minigrad.graph import record
from minigrad.kernels.complex import refusal
from minigrad.kernels.dtypes import complex_of, is_complex, is_differentiable
from minigrad.ops.complex import conj
from minigrad.ops.index import getitem
from minigrad.ops.operands import as_shape, astype, normalize_axis, one_axis
from minigrad.ops.shape import concatenate, pad
from minigrad.system.names import missing
from minigrad.tensor import Tensor, get_default_dtype, lift
from minigrad.types import Axes, Operand

__all__ = ["fft", "fft2", "fftfreq", "fftn", "fftshift", "hfft", "ifft", "ifft2", "ifftn", "ifftshift", "ihfft", "irfft",
           "irfft2", "irfftn", "rfft", "rfft2", "rfftfreq", "rfftn"]

OTHER = {"backward": "forward", "forward": "backward", "ortho": "ortho"}       # the norm of the way back, with the same factor


def fft(a: Operand, n: int | None = None, axis: int = -1, norm: str | None = None) -> Tensor:
    """y[k] = sum over j of a[j] e^(-2 pi i j k / n) along an axis, complex; n: a is cut to that size, or zeros are added.

    norm: which of fft and ifft is divided by n: "backward" (None), ifft; "forward", fft; "ortho", both by sqrt n. Numbers of
    float32 give complex64, of float64 complex128. Raises ValueError for an empty axis, a size below 1, another norm.
    """
    return _along("fft", a, None if n is None else (n,), (axis,), False, norm)


def ifft(a: Operand, n: int | None = None, axis: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of fft: y[j] = 1/n sum over k of a[k] e^(2 pi i j k / n)."""
    return _along("ifft", a, None if n is None else (n,), (axis,), True, norm)


def fft2(a: Operand, s: Sequence[int] | None = None, axes: Axes = (-2, -1), norm: str | None = None) -> Tensor:
    """fftn along two axes."""
    return _along("fft2", a, s, axes, False, norm)


def ifft2(a: Operand, s: Sequence[int] | None = None, axes: Axes = (-2, -1), norm: str | None = None) -> Tensor:
    """The inverse of fft2."""
    return _along("ifft2", a, s, axes, True, norm)


def fftn(a: Operand, s: Sequence[int] | None = None, axes: Axes = None, norm: str | None = None) -> Tensor:
    """fft along several axes, one after the other (None: all, or the last len(s)). s: a size for each, -1: as it is."""
    return _along("fftn", a, s, axes, False, norm)


def ifftn(a: Operand, s: Sequence[int] | None = None, axes: Axes = None, norm: str | None = None) -> Tensor:
    """The inverse of fftn."""
    return _along("ifftn", a, s, axes, True, norm)


def rfft(a: Operand, n: int | None = None, axis: int = -1, norm: str | None = None) -> Tensor:
    """fft of real numbers: y[0 ... n // 2], as the others are the conjugates of these. Raises TypeError for complex numbers."""
    return _real_along("rfft", a, None if n is None else (n,), (axis,), norm)


def irfft(a: Operand, n: int | None = None, axis: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of rfft: the n real numbers (by default 2 (m - 1) of m) with this half of a spectrum. Imaginary parts of the
    first and, for an even n, the last frequency count for nothing, as in numpy."""
    return _back_to_real("irfft", a, None if n is None else (n,), (axis,), norm)


def rfft2(a: Operand, s: Sequence[int] | None = None, axes: Axes = (-2, -1), norm: str | None = None) -> Tensor:
    """rfftn along two axes."""
    return _real_along("rfft2", a, s, axes, norm)


def irfft2(a: Operand, s: Sequence[int] | None = None, axes: Axes = (-2, -1), norm: str | None = None) -> Tensor:
    """The inverse of rfft2."""
    return _back_to_real("irfft2", a, s, axes, norm)


def rfftn(a: Operand, s: Sequence[int] | None = None, axes: Axes = None, norm: str | None = None) -> Tensor:
    """rfft along the last of the axes, fft along the others."""
    return _real_along("rfftn", a, s, axes, norm)


def irfftn(a: Operand, s: Sequence[int] | None = None, axes: Axes = None, norm: str | None = None) -> Tensor:
    """The inverse of rfftn: ifft along the other axes, irfft along the last. s: the sizes of the result."""
    return _back_to_real("irfftn", a, s, axes, norm)


def hfft(a: Operand, n: int | None = None, axis: int = -1, norm: str | None = None) -> Tensor:
    """The n real numbers that are the fft of a signal whose first half is given, the other half being its conjugates."""
    return _back_to_real("hfft", conj(a), None if n is None else (n,), (axis,), _other("hfft", norm))


def ihfft(a: Operand, n: int | None = None, axis: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of hfft: the first half of the ifft of real numbers."""
    return conj(_real_along("ihfft", a, None if n is None else (n,), (axis,), _other("ihfft", norm)))


def fftfreq(n: int, d: float = 1.0, device: str | None = None) -> Tensor:
    """The frequencies of fft's results, in cycles per unit, for n samples d apart; in the default dtype."""
    return Tensor(np.fft.fftfreq(n, d), get_default_dtype(), device=device)


def rfftfreq(n: int, d: float = 1.0, device: str | None = None) -> Tensor:
    """The frequencies of rfft's results, as fftfreq."""
    return Tensor(np.fft.rfftfreq(n, d), get_default_dtype(), device=device)


def fftshift(x: Operand, axes: Axes = None) -> Tensor:
    """The frequency 0 moved to the middle of each of the axes (None: all)."""
    return _shifted("fftshift", x, axes, lambda n: (n + 1) // 2)


def ifftshift(x: Operand, axes: Axes = None) -> Tensor:
    """The inverse of fftshift."""
    return _shifted("ifftshift", x, axes, lambda n: n // 2)


# ---- the primitives

def dft(a, axes, inverse, norm):
    """The DFT of complex numbers along axes >= 0, none empty."""
    return record(a.k, a.k.dft(a.data, axes, inverse, norm), (a,), dft_rule, (), (axes, inverse, norm))


def dft_rule(k, g, need, axes, inverse, norm):
    return (k.dft(g, axes, inverse, norm),)


def real_dft(a, axis, norm):
    """Half the DFT of real numbers along an axis; halves are transformed in float32."""
    if a.data.dtype == np.float16:
        a = astype(a, np.float32)
    return record(a.k, a.k.real_dft(a.data, axis, norm), (a,), real_dft_rule, (), (a.data.shape[axis], axis, norm))


def real_dft_rule(k, g, need, n, axis, norm):
    """ga[j] = Re(sum over k of g[k] e^(-2 pi i j k / n)). The inverse counts an interior frequency twice, for itself and its
    conjugate, but here each counts once."""
    return (k.inverse_real_dft(k.weigh_interior(k.conj(g), n, axis, 0.5), n, axis, OTHER[norm]),)


def inverse_real_dft(a, n, axis, norm):
    """The n real numbers of half a DFT, n // 2 + 1 complex ones."""
    return record(a.k, a.k.inverse_real_dft(a.data, n, axis, norm), (a,), inverse_real_dft_rule, (), (n, axis, norm))


def inverse_real_dft_rule(k, g, need, n, axis, norm):
    return (k.weigh_interior(k.conj(k.real_dft(g, axis, OTHER[norm])), n, axis, 2),)


def weigh_interior(a, n, axis, weight):
    """Half a spectrum, its frequencies that stand for two multiplied."""
    y = a.k.weigh_interior(a.data, n, axis, weight)
    return record(a.k, y, (a,), weigh_interior_rule, (), (n, axis, weight))


def weigh_interior_rule(k, g, need, n, axis, weight):
    return (k.weigh_interior(g, n, axis, weight),)


# ---- what all of them share

def _along(op, a, s, axes, inverse, norm):
    norm = _norm(op, norm)
    a = lift(a)
    if not is_differentiable(a.data.dtype):
        return _of_integers(_along, op, a, s, axes, inverse, norm)
    a = astype(a, complex_of(a.data.dtype))
    axes, sizes = _axes(op, a.data.shape, s, axes)
    a = _sized(op, a, axes, sizes)
    return dft(a, axes, inverse, norm) if axes else a


def _real_along(op, a, s, axes, norm):
    norm = _norm(op, norm)
    a = lift(a)
    if is_complex(a.data.dtype):
        raise refusal(op, a.data.dtype)
    if not is_differentiable(a.data.dtype):
        return _of_integers(_real_along, op, a, s, axes, norm)
    axes, sizes = _axes(op, a.data.shape, s, axes)
    _check_some(op, axes)
    y = real_dft(_sized(op, a, axes, sizes), axes[-1], norm)
    return dft(y, axes[:-1], False, norm) if axes[1:] else y


def _back_to_real(op, a, s, axes, norm):
    norm = _norm(op, norm)
    a = lift(a)
    if not is_differentiable(a.data.dtype):
        return _of_integers(_back_to_real, op, a, s, axes, norm)
    a = astype(a, complex_of(a.data.dtype))
    axes, sizes = _axes(op, a.data.shape, s, axes)
    _check_some(op, axes)
    n = 2 * (a.data.shape[axes[-1]] - 1) if s is None or s[-1] == -1 else sizes[-1]
    if n < 1:
        raise ValueError(f"[{op}] a result of {n} numbers is none: shape {a.data.shape}, axis {axes[-1]}; give a size >= 1")
    a = _sized(op, a, axes, (*sizes[:-1], n // 2 + 1))
    if axes[1:]:
        a = dft(a, axes[:-1], True, norm)
    return inverse_real_dft(a, n, axes[-1], norm)


def _norm(op, norm):
    if norm is None:
        return "backward"
    if norm not in OTHER:
        raise ValueError(f"[{op}] norm must be 'backward', 'ortho' or 'forward', found {norm!r}")
    return norm


def _other(op, norm):
    return OTHER[_norm(op, norm)]


def _of_integers(transform, op, a, *args):
    """What the transform gives for integers: computed in float64, and rounded once."""
    y = transform(op, astype(a, np.float64), *args)
    return astype(y, complex_of(get_default_dtype()) if is_complex(y.data.dtype) else get_default_dtype())


def _axes(op, shape, s, axes):
    """(the axes >= 0 as they were named, a size for each)."""
    ndim = len(shape)
    if s is not None:
        s = as_shape(op, s)
    if axes is None:
        if s is not None and len(s) > ndim:
            raise ValueError(f"[{op}] expected at most {ndim} sizes for shape {shape}, found s={s}")
        axes = range(ndim) if s is None else range(ndim - len(s), ndim)
    axes = tuple(one_axis(op, i, ndim) for i in ((axes,) if hasattr(axes, "__index__") else axes))
    if len(set(axes)) < len(axes):
        raise ValueError(f"[{op}] an axis is named twice in {axes}")
    if s is not None and len(s) != len(axes):
        raise ValueError(f"[{op}] expected one size for each axis, found s={s} for axes {axes}")
    return axes, tuple(shape[i] if s is None or s[j] == -1 else s[j] for j, i in enumerate(axes))


def _check_some(op, axes):
    if not axes:
        raise ValueError(f"[{op}] expected at least one axis, found none")


def _sized(op, a, axes, sizes):
    """a cut, or with zeros added at the end, so that its axes have these sizes."""
    shape = a.data.shape
    if any(n < 1 for n in sizes):
        raise ValueError(f"[{op}] sizes must be >= 1, found {sizes} for axes {axes} of shape {shape}")
    wanted = dict(zip(axes, sizes))
    if any(n < shape[i] for i, n in wanted.items()):
        a = getitem(a, tuple(slice(wanted.get(i, n)) for i, n in enumerate(shape)))
    after = tuple(wanted.get(i, n) - n for i, n in enumerate(a.data.shape))
    return pad(a, tuple((0, n) for n in after)) if any(after) else a


def _shifted(op, x, axes, start):
    """x turned along each axis, so that it begins at start(size)."""
    x = lift(x)
    for axis in normalize_axis(op, tuple(range(x.ndim)) if axes is None else axes, x.ndim) or ():
        n = x.data.shape[axis]
        if n > 1:
            before = (slice(None),) * axis
            x = concatenate([getitem(x, (*before, slice(start(n), n))), getitem(x, (*before, slice(0, start(n))))], axis)
    return x


if not TYPE_CHECKING:
    def __getattr__(name: str) -> None:
        raise AttributeError(missing(__name__, name))
