"""Choosing by a mask, and classes as masks."""

from __future__ import annotations

import numpy as np

from minigrad.graph import Variable, constant
from minigrad.ops.elementwise import where
from minigrad.ops.index.along import integers
from minigrad.ops.index.picking import getitem
from minigrad.ops.operands import check_broadcast
from minigrad.ops.shape.repeating import broadcast_to
from minigrad.tensor import Tensor, array_on, as_dtype, lift
from minigrad.types import DType, Operand

__all__ = ["masked_fill", "masked_select", "one_hot"]


def _mask(op, a, mask):
    mask = array_on(a.k, mask)
    if mask.dtype.kind != "b":
        raise TypeError(f"[{op}] the mask must be boolean, found {mask.dtype}: compare it, say mask != 0")
    check_broadcast(op, a.shape, mask.shape)
    return constant(a.k, mask)


def masked_fill(a: Operand, mask: Operand, value: Operand) -> Tensor:
    """a, but `value` where the mask is true (PyTorch); a and the mask broadcast. There a has no gradient, NaN or not."""
    a = lift(a)
    mask = _mask("masked_fill", a, mask)
    if not isinstance(value, (int, float, Variable, np.ndarray, np.generic)):
        raise TypeError(f"[masked_fill] value must be a number or a tensor, found {value!r}")
    if getattr(value, "shape", ()):
        check_broadcast("masked_fill", a.shape, value.shape)
    return where(mask, value, a)


def masked_select(a: Operand, mask: Operand) -> Tensor:
    """The elements of a where the mask is true, on one axis (PyTorch); a and the mask broadcast. Their number depends on the
    mask: a device with memory of its own waits for it."""
    a = lift(a)
    mask = _mask("masked_select", a, mask)
    shape = np.broadcast_shapes(a.shape, mask.shape)
    return getitem(broadcast_to(a, shape), broadcast_to(mask, shape))


def one_hot(target: Operand, num_classes: int | None = None, dtype: DType = np.int64) -> Tensor:
    """Classes (...) as rows (..., num_classes) of zeros with a 1 at the class: int64, or in `dtype`. A constant.

    num_classes: None (or -1, as in PyTorch): one more than the largest class, for which a device has to wait.
    Raises TypeError for classes that are no integers, and ValueError for one that is not in 0 .. num_classes - 1.
    """
    k = lift(target).k if isinstance(target, Variable) else lift(0.0).k
    classes = integers("one_hot", k, target)
    dtype = as_dtype("one_hot", dtype)
    found = k.to_numpy(classes)
    if num_classes is None or num_classes == -1:
        num_classes = int(found.max(initial=-1)) + 1
    if not hasattr(num_classes, "__index__") or num_classes < 0:
        raise ValueError(f"[one_hot] num_classes must be an int >= 0, or None, found {num_classes!r}")
    if found.size and not 0 <= found.min() <= found.max() < num_classes:
        bad = found[(found < 0) | (found >= num_classes)].flat[0]
        raise ValueError(f"[one_hot] there is no class {bad}: there are {num_classes}, from 0 on; target {found.shape}")
    rows = k.one_hot(k.reshape(classes, (-1,)), int(num_classes), dtype)
    return constant(k, k.reshape(rows, (*found.shape, int(num_classes))))
