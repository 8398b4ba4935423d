"""Making tensors."""

from __future__ import annotations

import numbers

import numpy as np

from minigrad import kernels, random
from minigrad.graph import Variable
from minigrad.kernels.dtypes import INEXACT, complex_of, is_complex
from minigrad.ops.operands import as_shape
from minigrad.tensor import Tensor, as_array, as_dtype, constant, get_default_dtype, lift
from minigrad.types import DType, Operand, Shape

__all__ = ["arange", "empty_like", "eye", "full", "full_like", "identity", "ones", "ones_like", "rand", "randn", "zeros",
           "zeros_like"]


def full(shape: Shape, value: Operand, dtype: DType = None, requires_grad: bool = False, device: str | None = None) -> Tensor:
    """A tensor of one value, in the default dtype; of True or False, booleans; of a complex number, complex ones."""
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


def full_like(a: Operand, fill_value: float, dtype: DType = None, requires_grad: bool = False,
              device: str | None = None) -> Tensor:
    """One value in the shape of a, in its dtype or another, on its device or another."""
    return _filled_like("full_like", a, fill_value, dtype, requires_grad, device)


def zeros_like(a: Operand, dtype: DType = None, requires_grad: bool = False, device: str | None = None) -> Tensor:
    """Zeros in the shape of a, in its dtype or another, on its device or another."""
    return _filled_like("zeros_like", a, 0, dtype, requires_grad, device)


def ones_like(a: Operand, dtype: DType = None, requires_grad: bool = False, device: str | None = None) -> Tensor:
    """Ones in the shape of a, in its dtype or another, on its device or another."""
    return _filled_like("ones_like", a, 1, dtype, requires_grad, device)


def empty_like(prototype: Operand, dtype: DType = None, requires_grad: bool = False, device: str | None = None) -> Tensor:
    """Any numbers (in fact zeros) in the shape of `prototype`, in its dtype or another, on its device or another."""
    return _filled_like("empty_like", prototype, 0, dtype, requires_grad, device)


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


def eye(n: int, m: int | DType = None, k: int | DType = 0, dtype: DType = None, device: str | None = None) -> Tensor:
    """The n x n identity matrix, or n x m, ones on the k-th diagonal (above the main one for k > 0)."""
    if m is not None and not _is_size(m):           # eye(n, dtype, device)
        m, k, dtype, device = None, 0, m, k or device if dtype is None else dtype
    elif not _is_size(k):                           # eye(n, m, dtype, device)
        k, dtype, device = 0, k, device if dtype is None else dtype
    rows, columns = _checked_shape("eye", (n, n if m is None else m))
    return Tensor(np.eye(rows, columns, k), as_dtype("eye", dtype or get_default_dtype()), device=device)


def identity(n: int, dtype: DType = None, device: str | None = None) -> Tensor:
    """The n x n identity matrix."""
    (n,) = _checked_shape("identity", (n,))
    return Tensor(np.eye(n), as_dtype("identity", dtype or get_default_dtype()), device=device)


def randn(*sizes: Shape | DType, shape: Shape | None = None, dtype: DType = None, requires_grad: bool = False,
          device: str | None = None, generator: random.Generator | None = None) -> Tensor:
    """Independent standard normal numbers, from `generator` or the engine's seed (`manual_seed`): randn(2, 3) ... Complex ones
    have variance 1, half of it in each part (PyTorch's)."""
    shape, dtype, *others = _shape_and_others("randn", sizes, shape, dtype, requires_grad, device)
    shape, dtype = _checked_shape("randn", shape), as_dtype("randn", dtype or get_default_dtype(), INEXACT)
    if is_complex(dtype):
        parts = random.generator(generator).standard_normal((*shape, 2)) / np.sqrt(2)
        return Tensor(parts[..., 0] + 1j * parts[..., 1], dtype, *others)
    return Tensor(random.generator(generator).standard_normal(shape), dtype, *others)


def rand(*sizes: Shape | DType, shape: Shape | None = None, dtype: DType = None, requires_grad: bool = False,
         device: str | None = None, generator: random.Generator | None = None) -> Tensor:
    """Independent numbers uniform in [0, 1), from `generator` or the engine's seed (`manual_seed`): rand(2, 3) ..."""
    shape, dtype, *others = _shape_and_others("rand", sizes, shape, dtype, requires_grad, device)
    shape, dtype = _checked_shape("rand", shape), as_dtype("rand", dtype or get_default_dtype(), "f")
    a = random.generator(generator).random(shape)
    below_one = np.nextafter(dtype.type(1), dtype.type(0))      # rounding to a narrower dtype could reach 1
    return Tensor(np.minimum(a.astype(dtype), below_one), dtype, *others)


def _filled_like(op, a, value, dtype, requires_grad, device):
    a = lift(a)
    k = a.k if device is None else kernels.table(device)
    value, dtype = _value_on(k, value), a.data.dtype if dtype is None else as_dtype(op, dtype)
    _check_real(op, value, dtype)
    t = constant(k, k.full(a.data.shape, value, dtype))
    return t.requires_grad_() if requires_grad else t


def _value_on(k, value):
    """What a kernel fills with: a number, or an array that broadcasts."""
    if isinstance(value, numbers.Number):
        return value
    return as_array(k, value.numpy() if isinstance(value, Variable) else value)


def _dtype_of(value):
    """The dtype of a tensor that is filled with this: numbers are in the default dtype, or in the complex one of its digits."""
    dtype = np.result_type(value)
    return dtype if dtype.kind == "b" else complex_of(get_default_dtype()) if is_complex(dtype) else get_default_dtype()


def _check_real(op, value, dtype):
    """TypeError for a complex value where the dtype is a real one, as its imaginary part would be lost."""
    found = np.result_type(value)
    if is_complex(found) and not is_complex(dtype):
        raise TypeError(f"[{op}] the value is {found}, but expected {dtype}, which has no imaginary part: give a complex "
                        "dtype=, or value.real")


def _filled(op, shape, value, dtype, requires_grad, device):
    k = kernels.table(device)
    value = _value_on(k, value)
    dtype = as_dtype(op, _dtype_of(value) if dtype is None else dtype)
    _check_real(op, value, dtype)
    t = constant(k, k.full(_checked_shape(op, shape), value, dtype))
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
