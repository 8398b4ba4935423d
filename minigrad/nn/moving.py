"""A module's parameters and buffers on another device, or in another dtype."""

from collections.abc import Callable
from typing import Any, Self

import numpy as np

from minigrad import kernels
from minigrad.nn.containers import once
from minigrad.nn.ownership import owner_of
from minigrad.nn.parameter import Buffer, Parameter
from minigrad.ops.operands.place import place


class Moved:
    """A part of Module."""

    _owned: Callable[..., Any]

    def to(self, *where: Any, device: str | None = None, dtype: Any = None) -> Self:
        """Every parameter and buffer on another device, or in another floating point dtype, in place, gradients forgotten;
        returns self. to("float64"), to(device=name), to(name, np.float16), to(tensor): as that one. Integers stay integers.

        Raises RuntimeError if an optimiser holds them: its state would stay behind.
        """
        device, dtype = place(where, device, dtype, "f")
        k = None if device is None else kernels.table(device)
        moving = [t for _, t in once(self._owned((Parameter, Buffer)))
                  if k not in (None, t.k) or (dtype is not None and t.dtype.kind == "f" and t.dtype != dtype)]
        for t in moving:
            owner = owner_of(t)
            if owner is not None:
                raise RuntimeError(f"[to] a live {type(owner).__name__} holds this module's parameters on {t.device}: "
                                   "move the module first and make the optimiser afterwards, or .close() it")
        for t in moving:
            t.touch()                       # graphs that were made with the old array refuse
            to = t.k if k is None else k
            array = t.data if to is t.k else to.copy(to.asarray(t.k.to_numpy(t.data)))
            t._data = to.astype(array, dtype) if dtype is not None and array.dtype.kind == "f" else array
            t.k = to
            t.grad = None
            t.touch()
        return self

    def half(self) -> Self:
        """to(dtype="float16")"""
        return self.to(dtype=np.float16)

    def double(self) -> Self:
        """to(dtype="float64")"""
        return self.to(dtype=np.float64)

    def float(self) -> Self:
        """to(dtype="float32")"""
        return self.to(dtype=np.float32)
