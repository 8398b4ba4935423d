"""Makers as the standard has them: integers and booleans that are given stay what they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad import exchange, ops
from minigrad.graph import Variable
from minigrad.kernels.dtypes import complex_of
from minigrad.ops import empty_like as empty_like
from minigrad.ops import full_like as full_like
from minigrad.ops import ones_like as ones_like
from minigrad.ops import zeros_like as zeros_like
from minigrad.tensor import Tensor, get_default_dtype
from minigrad.types import DType, Operand, Shape


def _dtype_of(data: Any) -> Any:
    """The dtype of Python numbers, alone or in lists."""
    kind = np.result_type(data).kind if isinstance(data, (bool, int, float, complex)) else np.asarray(data).dtype.kind
    default = get_default_dtype()
    return {"b": np.bool_, "i": np.int64, "u": np.uint64, "c": complex_of(default)}.get(kind, default)


def asarray(obj: Any, /, *, dtype: DType = None, device: str | None = None, copy: bool | None = None) -> Tensor:
    """obj as a tensor; memory is shared where it can be, unless copy."""
    if dtype is None and isinstance(obj, (bool, int, float, complex, list, tuple)) and not _holds_tensors(obj):
        dtype = _dtype_of(obj)
    return exchange.asarray(obj, dtype, device, copy)


def _holds_tensors(obj: Any) -> bool:
    return isinstance(obj, Variable) or isinstance(obj, (list, tuple)) and any(map(_holds_tensors, obj))


def arange(start: float, /, stop: float | None = None, step: float = 1, *, dtype: DType = None,
           device: str | None = None) -> Tensor:
    """start, start + step, ... below stop."""
    return ops.arange(start, stop, step, dtype, device)


def full(shape: Shape, fill_value: Any, *, dtype: DType = None, device: str | None = None) -> Tensor:
    """One value; its kind is the dtype's, unless one is given."""
    return ops.full(shape, fill_value, _dtype_of(fill_value) if dtype is None else dtype, device=device)


def zeros(shape: Shape, *, dtype: DType = None, device: str | None = None) -> Tensor:
    """Zeros."""
    return ops.zeros(shape, dtype=dtype, device=device)


def ones(shape: Shape, *, dtype: DType = None, device: str | None = None) -> Tensor:
    """Ones."""
    return ops.ones(shape, dtype=dtype, device=device)


empty = zeros


def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: DType = None, device: str | None = None) -> Tensor:
    """Ones on a diagonal, zeros elsewhere."""
    return ops.eye(n_rows, n_rows if n_cols is None else n_cols, k, dtype=dtype, device=device)


def linspace(start: Any, stop: Any, /, num: int, *, dtype: DType = None, device: str | None = None,
             endpoint: bool = True) -> Tensor:
    """num numbers, equally far apart."""
    return ops.linspace(start, stop, num, endpoint, dtype, device=device)


def meshgrid(*arrays: Operand, indexing: str = "xy") -> list[Tensor]:
    """The coordinates of a grid."""
    return list(ops.meshgrid(*arrays, indexing=indexing))
