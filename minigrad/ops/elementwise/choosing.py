"""Choosing between numbers."""

from __future__ import annotations

import math
import numbers
from typing import Any, overload

import numpy as np

from minigrad import rules
from minigrad.graph import Variable, binary, record
from minigrad.kernels.complex import refusal
from minigrad.kernels.dtypes import is_complex
from minigrad.ops.elementwise.arithmetic import add, mul, sub
from minigrad.ops.elementwise.otherwise import paired
from minigrad.ops.operands import LARGEST, astype, beside, check_broadcast, pair
from minigrad.tensor import Tensor, constant, get_default_dtype, lift
from minigrad.types import Operand

__all__ = ["clip", "fmax", "fmin", "lerp", "maximum", "minimum", "nan_to_num", "where"]


def maximum(a: Operand, b: Operand) -> Tensor:
    """The larger of a and b, broadcast; NaN wins; where they are equal the gradient is split evenly."""
    return binary(rules.maximum, a, b, paired)


def minimum(a: Operand, b: Operand) -> Tensor:
    """The smaller of a and b, broadcast; NaN wins; where they are equal the gradient is split evenly."""
    return binary(rules.minimum, a, b, paired)


def fmax(a: Operand, b: Operand) -> Tensor:
    """The larger of a and b, broadcast; a number wins over NaN; where they are equal the gradient is split evenly."""
    return maximum(*_each_for_nan("fmax", a, b))


def fmin(a: Operand, b: Operand) -> Tensor:
    """The smaller of a and b, broadcast; a number wins over NaN; where they are equal the gradient is split evenly."""
    return minimum(*_each_for_nan("fmin", a, b))


def _each_for_nan(op, a, b):
    """Both operands, in place of a NaN the other one, to which then both halves of the gradient go."""
    _, a, b, _, _, _ = pair(op, a, b)
    return where(a == a, a, b) if isinstance(a, Variable) else a, where(b == b, b, a) if isinstance(b, Variable) else b


@overload
def where(condition: Operand) -> tuple[Tensor, ...]: ...
@overload
def where(condition: Operand, a: Operand, b: Operand) -> Tensor: ...


def where(condition: Operand, a: Operand | None = None, b: Operand | None = None) -> Any:
    """a where the condition (a boolean tensor or array) is true, else b; all three broadcast.

    where(condition) alone: the places where it is true, or not 0: a tuple with one int64 tensor for each axis (np.nonzero). How
    many there are depends on the data: a device with memory of its own waits for it.
    """
    if a is None or b is None:
        if a is not None or b is not None:
            raise TypeError("[where] expected (condition, a, b), or the condition alone")
        condition = lift(condition)
        k = condition.k
        return tuple(constant(k, k.asarray(places)) for places in np.nonzero(np.atleast_1d(k.to_numpy(condition.data))))
    if isinstance(condition, Variable) and not isinstance(a, Variable) and not isinstance(b, Variable):
        a = lift(a, condition)          # two numbers live where the condition does
    k, a, b, x, y, _ = pair("where", a, b)
    if not isinstance(condition, Variable):
        condition = constant(k, k.asarray(condition))
    if condition.k is not k:
        raise ValueError(f"[where] the condition is on {condition.k.name} and the operands are on {k.name}: move one "
                         "with .to()")
    if condition.data.dtype.kind != "b":
        raise TypeError(f"[where] the condition must be boolean, found {condition.data.dtype}: compare it, say "
                        "condition > 0")
    shapes = [condition.data.shape] + [t.shape for t in (x, y) if not isinstance(t, numbers.Number)]
    for s in shapes[1:]:
        check_broadcast("where", shapes[0], s)
    z = k.where(condition.data, x, y)
    if all(s == z.shape for s in shapes):
        return record(k, z, (condition, a, b), rules.where, (0,))
    a_shape, b_shape = (None if isinstance(t, numbers.Number) else t.shape for t in (x, y))
    return record(k, z, (condition, a, b), where_broadcast_rule, (0,), (a_shape, b_shape))


def where_broadcast_rule(k, g, need, condition, a_shape, b_shape):
    _, ga, gb = rules.where(k, g, need, condition)
    return None, k.sum_to(ga, a_shape) if need[1] else None, k.sum_to(gb, b_shape) if need[2] else None


def clip(a: Operand, low: Operand | None = None, high: Operand | None = None) -> Tensor:
    """a, but low where it is less and then high where that is greater (None: no bound), broadcast. The gradient passes where
    low <= a <= high; a bound of NaN makes NaN.

    Raises ValueError where neither bound is given.
    """
    low, high = (x.item() if isinstance(x, (np.floating, np.integer)) else x for x in (low, high))
    usual = isinstance(a, Variable) and a.data.dtype.kind == "f" and not (low is None and high is None)
    if usual and _is_bound(low) and _is_bound(high):
        low, high = -math.inf if low is None else float(low), math.inf if high is None else float(high)
        return record(a.k, a.k.clip(a.data, low, high), (a,), rules.clip, rules.clip.saves, (low, high))
    if not isinstance(a, Variable):
        bound = low if isinstance(low, Variable) else high
        a = beside("clip", bound, a) if isinstance(bound, Variable) else lift(a)
    if low is None and high is None:
        raise ValueError("[clip] expected low, high or both, found neither: what shall it be clipped to?")
    if low is not None:
        low = _bound(a, low)
        a = where(a >= low, a, _bound_unless_nan(a, low))
    if high is None:
        return a
    high = _bound(a, high)
    return where(a <= high, a, _bound_unless_nan(a, high))


def _bound_unless_nan(a, bound):
    """The bound; but a where a is NaN, without its gradient."""
    return where(a == a, bound, a.detach()) if a.data.dtype.kind == "f" else bound


def _is_bound(x):
    return x is None or isinstance(x, float) or isinstance(x, int) and -LARGEST <= x <= LARGEST


def _bound(a, bound):
    """A bound that fits a: an integer beyond the limits of a's integers is at them."""
    if isinstance(bound, int) and a.data.dtype.kind in "iu":
        limits = np.iinfo(a.data.dtype)
        return int(min(max(bound, limits.min), limits.max))
    pair("clip", a, bound)
    return bound


def nan_to_num(a: Operand, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Tensor:
    """a with other numbers in place of NaN and infinities, by default 0 and the dtype's largest and smallest; the gradient
    passes where a is finite.
    """
    a = lift(a)
    if a.data.dtype.kind in "biu":
        return a
    if is_complex(a.data.dtype):
        raise refusal("nan_to_num", a.data.dtype)
    if not isinstance(nan, numbers.Number) and getattr(nan, "size", 0) != 1:
        raise TypeError(f"[nan_to_num] nan must be a number, found {nan!r}")
    limits = np.finfo(a.data.dtype)
    high, low = float(limits.max) if posinf is None else posinf, float(limits.min) if neginf is None else neginf
    return where(a == math.inf, high, where(a == -math.inf, low, where(a == a, a, nan)))


def lerp(a: Operand, b: Operand, weight: Operand) -> Tensor:
    """a + weight (b - a), broadcast: from a, at weight 0, to b, at 1."""
    if not isinstance(a, Variable) and not isinstance(b, Variable):
        a = lift(a)
    ends = [t for t in (a, b) if isinstance(t, Variable)]
    floating = isinstance(weight, float) or getattr(getattr(weight, "dtype", None), "kind", "") == "f"
    if floating and all(t.data.dtype.kind in "biu" for t in ends):          # a difference of unsigned ones would wrap
        a, b = (astype(t, np.float64) if isinstance(t, Variable) else t for t in (a, b))
        return astype(lerp(a, b, weight), get_default_dtype())
    return add(a, mul(sub(b, a), weight))
