"""Making tensors."""

import numpy as np

from minigrad import kernels, random
from minigrad.ops.shape import as_shape
from minigrad.tensor import Tensor, constant, get_default_dtype, lift


def full(shape, value, dtype=None, requires_grad=False, device=None):
    """A tensor of one value, in the default dtype."""
    if isinstance(dtype, int):
        raise TypeError(f"[full] a shape is one argument: write ({shape}, {dtype}) in parentheses")
    k = kernels.default_table() if device is None else kernels.table(device)
    return _made(k, k.full(as_shape("full", shape), value, np.dtype(dtype or get_default_dtype())), requires_grad)


def zeros(shape, dtype=None, requires_grad=False, device=None):
    """A tensor of zeros."""
    return full(shape, 0, dtype, requires_grad, device)


def ones(shape, dtype=None, requires_grad=False, device=None):
    """A tensor of ones."""
    return full(shape, 1, dtype, requires_grad, device)


def zeros_like(a):
    """Zeros in the shape and dtype of a, on its device."""
    a = lift(a)
    return constant(a.k, a.k.full(a.data.shape, 0, a.data.dtype))


def ones_like(a):
    """Ones in the shape and dtype of a, on its device."""
    a = lift(a)
    return constant(a.k, a.k.full(a.data.shape, 1, a.data.dtype))


def arange(start, stop=None, step=1, dtype=None, device=None):
    """start, start + step, ... below stop (0 to start, without stop): int64, or the default dtype for floats."""
    a = np.arange(0, start, step) if stop is None else np.arange(start, stop, step)
    return Tensor(a, dtype or (get_default_dtype() if a.dtype.kind == "f" else np.int64), device=device)


def eye(n, dtype=None, device=None):
    """The n x n identity matrix."""
    return Tensor(np.eye(n), dtype or get_default_dtype(), device=device)


def randn(shape, dtype=None, requires_grad=False, device=None):
    """Independent standard normal numbers, from the engine's seed (`manual_seed`)."""
    a = random.generator().standard_normal(as_shape("randn", shape))
    return Tensor(a, dtype or get_default_dtype(), requires_grad, device)


def rand(shape, dtype=None, requires_grad=False, device=None):
    """Independent numbers uniform in [0, 1), from the engine's seed (`manual_seed`)."""
    dtype = np.dtype(dtype or get_default_dtype())
    a = random.generator().random(as_shape("rand", shape))
    below_one = np.nextafter(dtype.type(1), dtype.type(0))      # rounding to a narrower dtype could reach 1
    return Tensor(np.minimum(a.astype(dtype), below_one), dtype, requires_grad, device)


def _made(k, array, requires_grad):
    t = constant(k, array)
    return t.requires_grad_() if requires_grad else t
