"""Numbers at equal distances or ratios from one to another; of tensors, with their gradients."""

from __future__ import annotations

import numbers

import numpy as np

from minigrad.ops.elementwise import add, exp, log, mul, power
from minigrad.ops.operands import astype, check_broadcast, one_axis, operands, rounded_once
from minigrad.ops.shape.arranging import expand_dims
from minigrad.ops.shape.repeating import broadcast_to
from minigrad.tensor import Tensor, as_dtype, floating, get_default_dtype
from minigrad.types import DType, Operand

__all__ = ["geomspace", "linspace", "logspace"]


def linspace(start: Operand, stop: Operand, num: int = 50, endpoint: bool = True, dtype: DType = None, axis: int = 0,
             device: str | None = None) -> Tensor:
    """num numbers at equal distances from start to stop, or (endpoint=False) to one distance before it: in the default dtype.

    start and stop may be tensors, which broadcast: then the numbers run along a new axis, `axis`, and both get gradients.
    Raises ValueError for num < 0.
    """
    if _numbers("linspace", start, stop, num):
        return _made("linspace", np.linspace(start, stop, num, endpoint), dtype, device)
    return _typed("linspace", _between("linspace", start, stop, num, endpoint, axis), dtype)


def logspace(start: Operand, stop: Operand, num: int = 50, endpoint: bool = True, base: float = 10.0, dtype: DType = None,
             axis: int = 0, device: str | None = None) -> Tensor:
    """base ** linspace(start, stop, num, endpoint), base a number > 0."""
    if not isinstance(base, numbers.Real) or base <= 0:
        raise ValueError(f"[logspace] base must be a number > 0, found {base!r}")
    if _numbers("logspace", start, stop, num):
        return _made("logspace", np.logspace(start, stop, num, endpoint, base), dtype, device)
    return _typed("logspace", rounded_once(lambda a, b: power(
        float(base), _between("logspace", a, b, num, endpoint, axis)), *operands("logspace", start, stop)), dtype)


def geomspace(start: Operand, stop: Operand, num: int = 50, endpoint: bool = True, dtype: DType = None, axis: int = 0,
              device: str | None = None) -> Tensor:
    """num numbers at equal ratios from start to stop: exp(linspace(log(start), log(stop))). Numbers have one sign; tensors are
    positive, else the result is NaN."""
    if _numbers("geomspace", start, stop, num):
        if not start * stop > 0:
            raise ValueError(f"[geomspace] start and stop must have one sign, and not be 0: found {start} and {stop}")
        return _made("geomspace", np.geomspace(start, stop, num, endpoint), dtype, device)
    return _typed("geomspace", rounded_once(lambda a, b: exp(
        _between("geomspace", log(a), log(b), num, endpoint, axis)), *operands("geomspace", start, stop)), dtype)


def _numbers(op, start, stop, num):
    """Whether both ends are numbers; ValueError for a count that is none."""
    if not hasattr(num, "__index__") or num < 0:
        raise ValueError(f"[{op}] num must be an int >= 0, found {num!r}")
    return isinstance(start, numbers.Real) and isinstance(stop, numbers.Real)


def _made(op, array, dtype, device):
    """Computed in float64 and rounded once; to an integer dtype downwards, as numpy does."""
    dtype = as_dtype(op, dtype or get_default_dtype())
    return Tensor(np.floor(array) if dtype.kind in "iu" else array, dtype, device=device)


def _typed(op, y, dtype):
    return y if dtype is None else astype(y, as_dtype(op, dtype))


def _between(op, start, stop, num, endpoint, axis):
    start, stop = (floating(t) for t in operands(op, start, stop))
    check_broadcast(op, start.shape, stop.shape)
    shape = np.broadcast_shapes(start.shape, stop.shape)
    axis = one_axis(op, axis, len(shape) + 1)
    weights = (np.arange(num) / max(num - 1 if endpoint else num, 1)).reshape((-1,) + (1,) * (len(shape) - axis))
    start, stop = (expand_dims(broadcast_to(t, shape), axis) for t in (start, stop))
    return add(mul(start, 1 - weights), mul(stop, weights))
