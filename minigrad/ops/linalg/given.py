"""What linear algebra does with its arguments first: matrices of floats, halves in float32, integers in float64."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import numpy as np

from minigrad.graph import Variable
from minigrad.ops.operands import astype, operands, reals_in
from minigrad.system.parameters import parameters
from minigrad.tensor import get_default_dtype, lift

F = TypeVar("F", bound=Callable[..., Any])
COMPUTED = (np.dtype(np.float32), np.dtype(np.float64))


def in_lapack(operation: F) -> F:
    """Decorator: what LAPACK has no form of is computed in another dtype and rounded once: halves in float32, gradients too,
    integers in float64 for the default dtype. The operation's first argument tells; integers in results stay.
    """
    name = parameters(operation)[0]

    @wraps(operation)
    def widened(*args, **options):
        if not args and name not in options:
            return operation(**options)         # Python says what is missing
        a, *args = args or (options.pop(name),)
        a = lift(a)
        dtype = a.data.dtype
        if dtype in COMPUTED:
            return operation(a, *args, **options)
        y = operation(reals_in(a, np.float32 if dtype.kind == "f" else np.float64), *args, **options)
        return _rounded(y, dtype if dtype.kind == "f" else get_default_dtype())

    return widened  # type: ignore[return-value]     # the same arguments, by wraps


def two_in_lapack(op, a, b, operation):
    """operation(a, b) of two tensors of one dtype on one device, computed so."""
    a, b = operands(op, a, b)
    return in_lapack(lambda a: operation(a, reals_in(b, a.data.dtype)))(a)


def _rounded(y, dtype):
    if isinstance(y, tuple):
        parts = [_rounded(part, dtype) for part in y]
        return type(y)(*parts) if hasattr(y, "_fields") else tuple(parts)
    return astype(y, dtype) if isinstance(y, Variable) and y.data.dtype.kind == "f" else y


def check_matrix(op, a, square=False):
    """Raise ValueError unless a is (..., M, N), or (..., N, N)."""
    s = a.data.shape
    if len(s) < 2:
        raise ValueError(f"[{op}] expected a matrix, or several (..., M, N), found shape {s}")
    if square and s[-1] != s[-2]:
        raise ValueError(f"[{op}] expected a square matrix, found shape {s}")


def turned(k, a):
    """a (..., M, N) -> (..., N, M)"""
    n = len(a.shape)
    return k.transpose(a, (*range(n - 2), n - 1, n - 2))


def identity(k, like):
    """Ones on the diagonal of (..., N, N), beside `like`."""
    return k.triangle(k.triangle(k.add(k.zeros(like.shape, like), 1.0), True, 0), False, 0)


def last(k, a):
    """The numbers a (...) as matrices (..., 1, 1)."""
    return k.reshape(a, (*a.shape, 1, 1))


def rows(k, s):
    """s (..., K) as (..., 1, K): beside a matrix it stands for its columns."""
    return k.reshape(s, (*s.shape[:-1], 1, s.shape[-1]))


def columns(k, s):
    """s (..., K) as (..., K, 1)."""
    return k.reshape(s, (*s.shape, 1))


def diagonal(k, a):
    """The diagonal of (..., K, K)."""
    n = a.shape[-1]
    return k.getitem(k.reshape(a, (*a.shape[:-2], n * n)), (..., slice(None, None, n + 1)))
