"""The standard's dtypes, and what it asks of them."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from minigrad import kernels, ops
from minigrad.graph import Variable
from minigrad.kernels.dtypes import complex_of
from minigrad.tensor import Tensor, get_default_dtype
from minigrad.types import DType

bool = np.dtype("bool")
int8, int16, int32, int64 = (np.dtype(f"int{n}") for n in (8, 16, 32, 64))
uint8, uint16, uint32, uint64 = (np.dtype(f"uint{n}") for n in (8, 16, 32, 64))
float32, float64 = np.dtype("float32"), np.dtype("float64")
complex64, complex128 = np.dtype("complex64"), np.dtype("complex128")

ALL = (bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float32, float64, complex64, complex128)


def astype(x: Tensor, dtype: DType, /, *, copy: builtins.bool = True, device: str | None = None) -> Tensor:
    """x in another dtype; itself, if copy is False and nothing is to be changed."""
    moved = x if device in (None, x.device) else x.to(device)
    if moved.dtype == np.dtype(dtype):
        return moved.clone() if copy and moved is x else moved
    return ops.astype(moved, dtype)


def _dtype(x: Any) -> Any:
    return x.dtype if isinstance(x, Variable) else np.dtype(x)


def can_cast(from_: Any, to: DType, /) -> builtins.bool:
    """Whether the dtype, or that of the tensor, promotes to the other."""
    return builtins.bool(np.can_cast(_dtype(from_), np.dtype(to)))


def finfo(type: Any, /) -> Any:
    """What a float or complex dtype holds: bits, eps, max, min, smallest_normal."""
    return np.finfo(_dtype(type))


def iinfo(type: Any, /) -> Any:
    """What an integer dtype holds: bits, max, min."""
    return np.iinfo(_dtype(type))


def isdtype(dtype: DType, kind: Any) -> builtins.bool:
    """Whether dtype is that one, of that kind ("bool", "integral", "real floating" ...), or one of a tuple of them."""
    kinds = tuple(k if isinstance(k, str) and k not in np.sctypeDict or k == "bool" else np.dtype(k)
                  for k in (kind if isinstance(kind, tuple) else (kind,)))
    return builtins.bool(np.isdtype(np.dtype(dtype), kinds))


def result_type(*arrays_and_dtypes: Any) -> Any:
    """The dtype of what is computed of these: tensors, dtypes and Python numbers, which take the others' dtype. Floats beat
    integers: int64 with float32 is float32, as it is for operators.
    """
    numbers = [x for x in arrays_and_dtypes if isinstance(x, (int, float, complex))]
    dtypes = [_dtype(x) for x in arrays_and_dtypes if not isinstance(x, (int, float, complex))]
    if not dtypes:
        raise ValueError("[result_type] expected a tensor or a dtype among the numbers, found none")
    inexact = [d for d in dtypes if d.kind in "fc"]
    found = np.result_type(*(inexact or dtypes))
    if any(isinstance(n, complex) for n in numbers) and found.kind != "c":
        return complex_of(found if found.kind == "f" else get_default_dtype())
    if any(isinstance(n, float) for n in numbers) and found.kind not in "fc":
        return get_default_dtype()
    return int64 if found.kind == "b" and any(type(n) is int for n in numbers) else found


class __array_namespace_info__:
    """What the standard's programs may ask of a library: dtypes, devices, what it can do."""

    def capabilities(self) -> dict[str, builtins.bool]:
        return {"boolean indexing": True, "data-dependent shapes": True}

    def default_device(self) -> str:
        return str(kernels.default_table().name)

    def devices(self) -> list[str]:
        return list(kernels.available())

    def default_dtypes(self, *, device: str | None = None) -> dict[str, Any]:
        default = get_default_dtype()
        return {"real floating": default, "complex floating": complex_of(default), "integral": int64, "indexing": int64}

    def dtypes(self, *, device: str | None = None, kind: Any = None) -> dict[str, Any]:
        return {d.name: d for d in ALL if kind is None or isdtype(d, kind)}
