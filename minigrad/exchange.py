"""Arrays of other libraries, memory shared: DLPack both ways, and `asarray`, which copies only where it must.

`torch.from_dlpack(t)`, `np.from_dlpack(t)` and `mg.from_dlpack(x)` are two views of one memory: a write to one shows in the
other. What requires grad must be detached first, as for `t.numpy()`; what is read-only stays so.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from minigrad import escape, kernels
from minigrad.graph import Variable
from minigrad.tensor import Tensor, as_array, constant

if TYPE_CHECKING:
    from minigrad.types import DType, Operand

VERSIONS = "2021.12", "2022.12", "2023.12"       # of the array API standard


def to_dlpack(self: Tensor, **options: Any) -> Any:
    """The capsule that other libraries' from_dlpack asks for. RuntimeError for what requires grad; BufferError for read-only
    memory where the asker's version of the protocol cannot say so, and for what that version has no dtype for. Views that run
    backwards (`t[::-1]`, mg.flip) are copied.
    """
    escape.check("dlpack", self)
    if self.requires_grad:
        raise RuntimeError("[dlpack] this tensor requires grad, and what another library computes with its memory, or writes "
                           "into it, would escape the graph: share t.detach()")
    array = self.data
    if any(stride < 0 for stride in array.strides):         # a view that runs backwards: PyTorch would end the process
        if options.get("copy") is False:
            raise BufferError(f"[dlpack] copy=False, but this is a view that runs backwards, of shape {self.shape} and strides "
                              f"{array.strides}, which others cannot share: leave it out")
        array = self.k.copy(array)
    return array.__dlpack__(**options)


def dlpack_device(self: Tensor) -> tuple[int, int]:
    """(kind, number) of where its memory lies, in the protocol's numbers: (1, 0) is the host."""
    return self.data.__dlpack_device__()


def from_dlpack(x: Any, *, device: str | None = None, copy: bool | None = None) -> Tensor:
    """A constant that shares the memory of x: an array of PyTorch, numpy, JAX, CuPy or any library with `__dlpack__`.

    copy: True for memory of its own. Raises TypeError for what has no `__dlpack__`, BufferError for memory or a dtype that
    minigrad's device cannot read.
    """
    if not hasattr(x, "__dlpack__"):
        raise TypeError(f"[from_dlpack] expected an array with __dlpack__, found {type(x).__name__}: use mg.tensor(...)")
    if isinstance(x, Variable):
        x.__dlpack__()                              # refuses what requires grad
        return Tensor(x, device=device) if copy or device not in (None, x.device) else x.detach()
    k = kernels.table(device)
    if getattr(x, "requires_grad", False):
        raise RuntimeError(f"[from_dlpack] this {type(x).__module__.partition('.')[0]} tensor requires grad, and no gradient "
                           "passes from one library to another: share its .detach()")
    try:
        array = k.xp.from_dlpack(x)
    except (BufferError, RuntimeError, ValueError, TypeError) as error:
        raise BufferError(f"[from_dlpack] device {k.name} expected memory and a dtype that it can read, found a "
                          f"{type(x).__name__} on DLPack device {tuple(map(int, x.__dlpack_device__()))} with dtype "
                          f"{getattr(x, 'dtype', 'unknown')} ({error}): move it to the host, or convert it, there") from error
    t = constant(k, as_array(k, array))
    return Tensor(t, device=k.name) if copy else t


def asarray(a: Operand, dtype: DType = None, device: str | None = None, copy: bool | None = None) -> Tensor:
    """a as a tensor: a tensor as it is, an array with its memory shared, numbers and lists as mg.tensor reads them.

    copy: True for memory of its own; False raises ValueError where there must be one. A copy is made, with a gradient, for
    another dtype.
    """
    if isinstance(a, Variable):
        moved = device is not None and device != a.device
        changed = dtype is not None and np.dtype(dtype) != a.dtype
        if copy is False and (moved or changed):
            raise ValueError(f"[asarray] copy=False, but {a.dtype} on {a.device} must be copied for "
                             f"{np.dtype(dtype) if changed else a.dtype} on {device or a.device}")
        t = a.to(device) if moved else a
        if changed:
            return t.astype(dtype)
        return t.clone() if copy and not moved else t
    shared = hasattr(a, "__dlpack__") or isinstance(a, np.generic)
    if copy is False and not shared:
        raise ValueError(f"[asarray] copy=False, but a {type(a).__name__} has no memory to share: leave it out")
    if shared and not isinstance(a, (np.ndarray, np.generic)) and not hasattr(a, "__array_interface__"):
        t = from_dlpack(a, device=device)
        return asarray(t, dtype, copy=copy)
    if copy:
        return Tensor(a, dtype, device=device)
    k = kernels.table(device)
    found = as_array(k, a, dtype)
    if copy is False and not (isinstance(a, np.ndarray) and np.shares_memory(a, found) or not a.size):
        raise ValueError(f"[asarray] copy=False, but {a.dtype} must be copied for {found.dtype} on {k.name}")
    return constant(k, found)


as_tensor = asarray


def array_namespace(self: Tensor, *, api_version: str | None = None) -> Any:
    """The module of the array API standard's functions. ValueError for a version of it that is not here."""
    if api_version not in (None, *VERSIONS):
        raise ValueError(f"[__array_namespace__] expected one of {', '.join(VERSIONS)}, found api_version={api_version!r}")
    return import_module("minigrad.array_api")      # upper floors are imported when first used


def to_device(self: Tensor, device: str, /, *, stream: Any = None) -> Tensor:
    """The tensor on a device, the standard's name for `to`; itself, if it is there."""
    if stream is not None:
        raise ValueError(f"[to_device] expected stream=None, as no device here has streams, found {stream!r}")
    return self if device == self.device else self.to(device)


Tensor.__array_namespace__ = array_namespace
Tensor.to_device = to_device
Tensor.__dlpack__ = to_dlpack
Tensor.__dlpack_device__ = dlpack_device
