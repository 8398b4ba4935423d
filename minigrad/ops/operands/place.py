"""Where tensors are to go, and as what: the arguments of `to`."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.graph import Variable
from minigrad.kernels.dtypes import NUMERIC
from minigrad.tensor import as_dtype


def place(given: tuple[Any, ...], device: str | None, dtype: Any, kinds: str = NUMERIC) -> tuple[str | None, Any]:
    """(device or None, dtype or None) of t.to("float64"), t.to(np.float64), t.to(name), t.to(name, dtype), t.to(like_this)."""
    for a in given:
        if isinstance(a, Variable):
            device, dtype = a.device, a.dtype if a.dtype.kind in kinds else dtype
        elif isinstance(a, str) and not _is_dtype(a):
            device = a
        elif a is not None:
            dtype = a
    if device is None and dtype is None:
        raise TypeError("[to] expected a device, a dtype or a tensor to be like, found nothing")
    return device, None if dtype is None else as_dtype("to", dtype, kinds)


def _is_dtype(name):
    try:
        np.dtype(name)
    except TypeError:
        return False
    return True
