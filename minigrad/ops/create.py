"""Making tensors."""

from __future__ import annotations

import numbers

import numpy as np

from minigrad import kernels, random
from minigrad.graph import Variable
from minigrad.ops.operands import as_shape
from minigrad.tensor import Tensor, as_array, as_dtype, constant, get_default_dtype, lift
from minigrad.types import DType, Operand, Shape

__all__ = ["arange", "eye", "full", "ones", "ones_like", "rand", "randn", "zeros", "zeros_like"]


def full(shape: Shape, value: Operand, dtype: DType = None, requires_grad: bool = False, device: str | None = None) -> Tensor:
    """A tensor of one value, in the default dtype."""
    if isinstance(dtype, int):
        raise TypeError(f"[full] the shape is one argument, as it is not clear which number is the value: write "
                        f"mg.full(({shape}, {value}), {dtype})")
    return _filled("full", shape, value, dtype, requires_grad, device)


def zeros(*sizes: Shape | DType, shape: Shape | None = None, dtype: DType = None, requires_grad: bool = False,
          device: str | None = None) -> Tensor:
    """A tensor of zeros: zeros(2, 3), zeros((2, 3)) or zeros(shape=(2, 3))."""
    shape, *others = _shape_and_others("zeros", sizes, shape, dtype, requires_grad, device)
    return _filled("zeros", shape, 0, *others)


def ones(*sizes: Shape | DType, shape: Shape | None = None, dtype: DType = None, requires_grad: bool = False,
         device: str | None = None) -> Tensor:
    """A tensor of ones: ones(2, 3), ones((2, 3)) or ones(shape=(2, 3))."""
    shape, *others = _shape_and_others("ones", sizes, shape, dtype, requires_grad, device)
    return _filled("ones", shape, 1, *others)


def zeros_like(a: Operand, device: str | None = None) -> Tensor:
    """Zeros in the shape and dtype of a, on its device or another."""
    return _filled_like(a, 0, device)


def ones_like(a: Operand, device: str | None = None) -> Tensor:
    """Ones in the shape and dtype of a, on its device or another."""
    return _filled_like(a, 1, device)


def arange(start: float, stop: float | None = None, step: float = 1, dtype: DType = None, device: str | None = None) -> Tensor:
    """start, start + step, ... below stop (0 to start, without stop): int64, or the default dtype for floats."""
    dtype = None if dtype is None else as_dtype("arange", dtype)
    if dtype is not None and dtype.kind in "biu":
        for name, x in (("start", 0 if stop is None else start), ("step", step)):
            if x % 1:
                raise ValueError(f"[arange] a {name} of {x} is no number of {dtype}: leave dtype out, and convert "
                                 "what comes with .astype()")
    a = np.arange(0, start, step) if stop is None else np.arange(start, stop, step)
    return Tensor(a, dtype or (get_default_dtype() if a.dtype.kind == "f" else np.int64), device=device)


def eye(n: int, m: int | DType = None, dtype: DType = None, device: str | None = None) -> Tensor:
    """The n x n identity matrix, or n x m, ones on the diagonal."""
    if m is not None and not _is_size(m):           # eye(n, dtype)
        m, dtype, device = None, m, device if dtype is None else dtype
    return Tensor(np.eye(*_checked_shape("eye", (n, n if m is None else m))), as_dtype("eye", dtype or get_default_dtype()),
                  device=device)


def randn(*sizes: Shape | DType, shape: Shape | None = None, dtype: DType = None, requires_grad: bool = False,
          device: str | None = None) -> Tensor:
    """Independent standard normal numbers, from the engine's seed (`manual_seed`): randn(2, 3), randn((2, 3)) ..."""
    shape, dtype, *others = _shape_and_others("randn", sizes, shape, dtype, requires_grad, device)
    shape, dtype = _checked_shape("randn", shape), as_dtype("randn", dtype or get_default_dtype(), "f")
    return Tensor(random.generator().standard_normal(shape), dtype, *others)


def rand(*sizes: Shape | DType, shape: Shape | None = None, dtype: DType = None, requires_grad: bool = False,
         device: str | None = None) -> Tensor:
    """Independent numbers uniform in [0, 1), from the engine's seed (`manual_seed`): rand(2, 3), rand((2, 3)) ..."""
    shape, dtype, *others = _shape_and_others("rand", sizes, shape, dtype, requires_grad, device)
    shape, dtype = _checked_shape("rand", shape), as_dtype("rand", dtype or get_default_dtype(), "f")
    a = random.generator().random(shape)
    below_one = np.nextafter(dtype.type(1), dtype.type(0))      # rounding to a narrower dtype could reach 1
    return Tensor(np.minimum(a.astype(dtype), below_one), dtype, *others)


def _filled_like(a, value, device):
    a = lift(a)
    k = a.k if device is None else kernels.table(device)
    return constant(k, k.full(a.data.shape, value, a.data.dtype))


def _filled(op, shape, value, dtype, requires_grad, device):
    k = kernels.table(device)
    if not isinstance(value, numbers.Number):
        value = as_array(k, value.numpy() if isinstance(value, Variable) else value)
    t = constant(k, k.full(_checked_shape(op, shape), value, as_dtype(op, dtype or get_default_dtype())))
    return t.requires_grad_() if requires_grad else t


def _shape_and_others(op, given, shape, *others):
    """(shape, dtype, requires_grad, device) of op(2, 3, ...), op((2, 3), ...) and op(shape=...): what stands by position after
    the sizes are the others, in their order.
    """
    count = 0
    if shape is None:
        if not given:
            raise TypeError(f"[{op}] a shape is missing: mg.{op}(2, 3), mg.{op}((2, 3)), or mg.{op}(()) for one number")
        count = next((i for i, n in enumerate(given) if not _is_size(n)), len(given))
        shape, count = (given[:count], count) if count else (given[0], 1)
    given = given[count:]
    for name, default, keyword in zip(("dtype", "requires_grad", "device"), (None, False, None), others[:len(given)]):
        if keyword is not default:
            raise TypeError(f"[{op}] {name} is given by position and by name: found {given!r} after the shape {shape}")
    if len(given) > 3:
        raise TypeError(f"[{op}] expected a shape, dtype, requires_grad and device, found {given!r} after the shape {shape}")
    return shape, *given, *others[len(given):]


def _is_size(n):
    return hasattr(n, "__index__") and not isinstance(n, bool) and not getattr(n, "ndim", 0)


def _checked_shape(op, shape):
    shape = as_shape(op, shape)
    if any(n < 0 for n in shape):
        raise ValueError(f"[{op}] sizes must be >= 0, found {shape}")
    return shape
