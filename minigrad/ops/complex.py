"""Complex tensors: their parts, and making them of parts. What else takes complex numbers stands where it stands for real ones.

A gradient inside the engine is g = dL/dx - i dL/dy for z = x + i y: so a holomorphic f has the rule g f'(z), as for real
numbers (JAX's convention). What the user gets is its conjugate, the direction in which L grows fastest (PyTorch's).
"""

from __future__ import annotations

import numpy as np

from minigrad.graph import record
from minigrad.kernels.complex import refusal
from minigrad.kernels.dtypes import is_complex
from minigrad.ops.elementwise import cos, mul, sin
from minigrad.ops.index import getitem
from minigrad.ops.operands import astype, check_broadcast, operands
from minigrad.ops.shape import broadcast_to, stack
from minigrad.tensor import Tensor, constant, floating, lift
from minigrad.types import Operand

__all__ = ["angle", "complex", "conj", "imag", "polar", "real", "view_as_complex", "view_as_real"]


def real(z: Operand) -> Tensor:
    """The real part; of real numbers, themselves."""
    z = lift(z)
    return record(z.k, z.k.real(z.data), (z,), real_rule, (), (z.data.dtype,)) if is_complex(z.data.dtype) else z


def real_rule(k, g, need, dtype):
    return (k.astype(g, dtype),)


def imag(z: Operand) -> Tensor:
    """The imaginary part; of real numbers, zeros."""
    z = lift(z)
    if not is_complex(z.data.dtype):
        return constant(z.k, z.k.full(z.data.shape, 0, z.data.dtype))
    return record(z.k, z.k.imag(z.data), (z,), imag_rule)


def imag_rule(k, g, need):
    return (k.complex(k.zeros(g.shape, g), k.neg(g)),)


def conj(a: Operand) -> Tensor:
    """The complex conjugate; of real numbers, themselves."""
    a = lift(a)
    return record(a.k, a.k.conj(a.data), (a,), conj_rule) if is_complex(a.data.dtype) else a


def conj_rule(k, g, need):
    return (k.conj(g),)


def angle(a: Operand) -> Tensor:
    """The angle in the complex plane, in radians from -pi to pi: of real numbers 0 or pi, which has no slope. At 0 the angle
    and its slope are 0."""
    a = floating(a)
    if not is_complex(a.data.dtype):
        return constant(a.k, a.k.angle(a.data))
    return record(a.k, a.k.angle(a.data), (a,), angle_rule, (0,))


def angle_rule(k, g, need, a):
    """dL/dx - i dL/dy = -g (y + i x) / |a|^2 = -i g / a"""
    nothing = k.equal(a, 0)
    inverse = k.where(nothing, 0, k.div(1, k.where(nothing, 1, a)))
    return (k.pick_mul(g, k.complex(k.imag(inverse), k.neg(k.real(inverse)))),)


def complex(real: Operand, imag: Operand) -> Tensor:
    """real + i imag, broadcast: complex64 of float32, complex128 of float64.

    Raises TypeError for parts that are complex themselves.
    """
    a, b = operands("complex", real, imag)
    for part in (a, b):
        if is_complex(part.data.dtype):
            raise refusal("complex", part.data.dtype)
    if a.data.dtype.kind != "f":
        a, b = floating(a), floating(b)
    if a.data.dtype == np.float16:
        a, b = astype(a, np.float32), astype(b, np.float32)
    if a.data.shape != b.data.shape:
        check_broadcast("complex", a.data.shape, b.data.shape)
        shape = np.broadcast_shapes(a.data.shape, b.data.shape)
        a, b = broadcast_to(a, shape), broadcast_to(b, shape)
    return record(a.k, a.k.complex(a.data, b.data), (a, b), complex_rule)


def complex_rule(k, g, need):
    return k.real(g) if need[0] else None, k.neg(k.imag(g)) if need[1] else None


def polar(abs: Operand, angle: Operand) -> Tensor:
    """abs (cos angle + i sin angle), broadcast: the number of that size in that direction."""
    return complex(mul(abs, cos(angle)), mul(abs, sin(angle)))


def view_as_real(z: Operand) -> Tensor:
    """(..., 2): the real and the imaginary parts of complex numbers (...). A copy.

    Raises TypeError for real numbers.
    """
    z = lift(z)
    if not is_complex(z.data.dtype):
        raise TypeError(f"[view_as_real] expected complex numbers, found {z.data.dtype}: mg.complex(a, 0) makes them complex")
    return stack([real(z), imag(z)], -1)


def view_as_complex(x: Operand) -> Tensor:
    """(...): the complex numbers whose real and imaginary parts stand along the last axis of x (..., 2). A copy.

    Raises ValueError for another last axis.
    """
    x = lift(x)
    if x.shape[-1:] != (2,):
        raise ValueError(f"[view_as_complex] expected x (..., 2), real parts and imaginary ones, found {x.shape}")
    return complex(getitem(x, (..., 0)), getitem(x, (..., 1)))
