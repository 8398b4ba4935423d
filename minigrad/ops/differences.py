"""Differences along an axis, slopes of sampled functions and areas under them."""

from __future__ import annotations

import numbers
import operator

import numpy as np

from minigrad.graph import Variable
from minigrad.ops.compare import not_equal
from minigrad.ops.elementwise import div, mul, sub
from minigrad.ops.index import getitem
from minigrad.ops.operands import astype, normalize_axis, one_axis, reals_in, rounded_once, together
from minigrad.ops.reduce import sum
from minigrad.ops.shape import broadcast_to, concatenate, reshape
from minigrad.tensor import Tensor, get_default_dtype, lift
from minigrad.types import Axes, Operand

__all__ = ["diff", "gradient", "trapezoid"]


def diff(a: Operand, n: int = 1, axis: int = -1, prepend: Operand | None = None, append: Operand | None = None) -> Tensor:
    """a[i + 1] - a[i] along an axis, n times over; of booleans, whether they differ. prepend, append: what a is joined with
    first: numbers, or tensors with a's other sizes."""
    a = lift(a)
    try:
        n = operator.index(n)
    except TypeError:
        raise TypeError(f"[diff] n must be an int, found {n!r}") from None
    if n < 0:
        raise ValueError(f"[diff] n must not be negative, found {n}")
    if n == 0:
        return a
    axis = one_axis("diff", axis, a.ndim)
    ends = [None if t is None else _end(a, t, axis) for t in (prepend, append)]
    if any(t is not None for t in ends):
        a = concatenate([t for t in (ends[0], a, ends[1]) if t is not None], axis)
    for _ in range(n):
        later, earlier = _slice(a, axis, slice(1, None)), _slice(a, axis, slice(None, -1))
        a = not_equal(later, earlier) if a.data.dtype.kind == "b" else sub(later, earlier)
    return a


def _end(a, t, axis):
    t = together("diff", (a, t))[1]
    if t.k is not a.k:
        raise ValueError(f"[diff] the tensors are on two devices, {a.k.name} and {t.k.name}: move one with .to()")
    if t.ndim == 0:
        return broadcast_to(t, (*a.shape[:axis], 1, *a.shape[axis + 1:]))
    if t.ndim != a.ndim or t.shape[:axis] + t.shape[axis + 1:] != a.shape[:axis] + a.shape[axis + 1:]:
        raise ValueError(f"[diff] what is joined needs the tensor's sizes beside axis {axis}: found {t.shape}, "
                         f"tensor {a.shape}")
    return t


def trapezoid(y: Operand, x: Operand | None = None, dx: float = 1.0, axis: int = -1) -> Tensor:
    """The area under y by the trapezoidal rule: sum((x[i + 1] - x[i]) (y[i + 1] + y[i]) / 2) along an axis. x: the places of y,
    along the axis or in y's shape; without them they stand dx apart."""
    y = lift(y)
    axis = one_axis("trapezoid", axis, y.ndim)
    given = together("trapezoid", [y] if x is None else [y, x])
    if given[0].k is not given[-1].k:
        raise ValueError(f"[trapezoid] y is on {given[0].k.name} and x on {given[-1].k.name}: move one with .to()")
    if not any(t.data.dtype.kind == "f" for t in given):
        wide = [reals_in(t, np.float64) for t in given]
        return astype(trapezoid(*wide, dx=dx, axis=axis), get_default_dtype())
    if x is not None:
        dx = _widths(y, given[1], axis)
    elif isinstance(dx, bool) or not isinstance(dx, numbers.Real):
        raise TypeError(f"[trapezoid] dx must be a number, found {dx!r}; x= takes the places themselves")
    later, earlier = _slice(y, axis, slice(1, None)), _slice(y, axis, slice(None, -1))
    return sum(mul(div(later + earlier, 2), dx), axis)


def _widths(y, x, axis):
    if x.ndim == 1 and x.shape[0] == y.shape[axis]:
        return reshape(_steps(x, 0), (-1, *(1,) * (y.ndim - 1 - axis)))
    if x.shape == y.shape:
        return _steps(x, axis)
    raise ValueError(f"[trapezoid] x needs y's shape or its size along axis {axis}: x {x.shape}, y {y.shape}")


def gradient(f: Operand, *varargs: Operand, axis: Axes = None, edge_order: int = 1) -> Tensor | tuple[Tensor, ...]:
    """The slopes of a function given by samples: central differences inside, one-sided ones at both ends, of first or second
    order (edge_order). A tensor for one axis, a tuple of them for several (all by default).

    varargs: how far apart the samples stand: nothing (1), one number for all axes, or for each axis a number or the places
    (N) themselves. Second order accurate inside for uneven places, too (Fornberg, 1988; as in np.gradient).
    Raises ValueError for fewer than edge_order + 1 samples along an axis.
    """
    f = lift(f)
    axes = tuple(range(f.ndim)) if axis is None else _in_order("gradient", axis, f.ndim)
    if edge_order not in (1, 2):
        raise ValueError(f"[gradient] edge_order must be 1 or 2, found {edge_order!r}")
    if len(varargs) not in (0, 1, len(axes)):
        raise TypeError(f"[gradient] expected no spacing, one, or one for each of {len(axes)} axes, found {len(varargs)}")
    spacing = varargs or (1.0,)
    spacing = spacing * len(axes) if len(spacing) == 1 and (len(axes) == 1 or np.ndim(_bare(spacing[0])) == 0) else spacing
    if len(spacing) != len(axes):
        raise ValueError(f"[gradient] one array of places cannot serve {len(axes)} axes: give one for each")
    found = [rounded_once(lambda f, h=h, i=i: _along(f, h, i, edge_order), f) for i, h in zip(axes, spacing)]
    return found[0] if len(found) == 1 else tuple(found)


def _bare(x):
    return x.data if isinstance(x, Variable) else x


def _in_order(op, axis, ndim):
    """The axes in the order in which they were named."""
    normalize_axis(op, axis, ndim)
    return tuple(int(i) % ndim for i in (axis if isinstance(axis, (tuple, list)) else (axis,)))


def _along(f, h, axis, edge_order):
    n = f.shape[axis]
    if n < edge_order + 1:
        raise ValueError(f"[gradient] axis {axis} of shape {f.shape} is too short: edge_order {edge_order} needs "
                         f"{edge_order + 1} samples")
    x = together("gradient", (f, h))[1]
    if x.ndim == 0:
        at = {i: _place(f, axis, i) for i in (0, 1, 2, -1, -2, -3) if -n <= i < n}
        inside = div(sub(_slice(f, axis, slice(2, None)), _slice(f, axis, slice(None, -2))), mul(x, 2))
        if edge_order == 1:
            ends = div(sub(at[1], at[0]), x), div(sub(at[-1], at[-2]), x)
        else:
            ends = (div(4 * at[1] - 3 * at[0] - at[2], mul(x, 2)), div(3 * at[-1] - 4 * at[-2] + at[-3], mul(x, 2)))
    else:
        if x.shape != (n,):
            raise ValueError(f"[gradient] the places along axis {axis} need its size: found {x.shape}, samples {f.shape}")
        inside, ends = _between_uneven(f, _steps(x, 0), axis, edge_order)
    return concatenate([ends[0], inside, ends[1]], axis)


def _between_uneven(f, steps, axis, edge_order):
    """(the slopes inside, those at both ends): combinations of three samples, or of two at ends of first order."""
    def shaped(t):
        return reshape(t, (-1, *(1,) * (f.ndim - 1 - axis)))

    p, q = shaped(_slice(steps, 0, slice(None, -1))), shaped(_slice(steps, 0, slice(1, None)))
    before, here, after = (_slice(f, axis, slice(i, i - 2 or None)) for i in (0, 1, 2))
    inside = (after - here) * (p / (q * (p + q))) + (here - before) * (q / (p * (p + q)))
    first, last = _place(steps, 0, 0), _place(steps, 0, -1)
    at = {i: _place(f, axis, i) for i in (0, 1, -1, -2)}
    start, end = (at[1] - at[0]) / shaped(first), (at[-1] - at[-2]) / shaped(last)
    if edge_order == 2:         # the parabola through three samples: its slope is that of its chord, corrected by its bend
        p, q = shaped(first), shaped(_place(steps, 0, 1))
        start = start - ((_place(f, axis, 2) - at[1]) / q - start) * (p / (p + q))
        p, q = shaped(_place(steps, 0, -2)), shaped(last)
        end = end + (end - (at[-2] - _place(f, axis, -3)) / p) * (q / (p + q))
    return inside, (start, end)


def _steps(x, axis):
    return sub(_slice(x, axis, slice(1, None)), _slice(x, axis, slice(None, -1)))


def _slice(a, axis, part):
    return getitem(a, (slice(None),) * axis + (part,))


def _place(a, axis, i):
    """a at place i along the axis, which stays, with size 1."""
    return _slice(a, axis, slice(i, i + 1 or None))
