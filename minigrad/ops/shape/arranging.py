"""The same elements in another shape, or with their axes in another order."""

from __future__ import annotations

import math
from collections.abc import Sequence

from minigrad.graph import record
from minigrad.ops.operands import as_shape, normalize_axis, one_axis
from minigrad.tensor import Tensor, lift
from minigrad.types import Axes, Operand, Shape

__all__ = ["atleast_1d", "atleast_2d", "atleast_3d", "expand_dims", "flatten", "moveaxis", "ravel", "reshape", "squeeze",
           "swapaxes", "transpose"]


# ---- shapes

def reshape(a: Operand, shape: Shape) -> Tensor:
    """a in another shape, in C order; one size may be -1."""
    a = lift(a)
    old, new = a.data.shape, as_shape("reshape", shape)
    if -1 in new:
        rest = -math.prod(new)
        if new.count(-1) > 1 or rest == 0 or math.prod(old) % rest:
            raise ValueError(f"[reshape] shape {old} with {math.prod(old)} elements does not fit {new}")
        new = tuple(math.prod(old) // rest if n == -1 else n for n in new)
    if math.prod(new) != math.prod(old) or any(n < 0 for n in new):
        raise ValueError(f"[reshape] shape {old} has {math.prod(old)} elements, but {new} has {math.prod(new)}")
    return _reshaped(a, new)


def _reshaped(a, shape):
    return record(a.k, a.k.reshape(a.data, shape), (a,), reshape_rule, (), (a.data.shape,))


def reshape_rule(k, g, need, shape):
    return (k.reshape(g, shape),)


def ravel(a: Operand) -> Tensor:
    """All elements on one axis, in C order."""
    a = lift(a)
    return _reshaped(a, (math.prod(a.data.shape),))


def flatten(a: Operand, start: int = 0, end: int = -1) -> Tensor:
    """The axes from `start` to `end`, that one included, made into one (PyTorch's start_dim and end_dim). A tensor without axes
    gets one; `start` after the last axis adds one of size 1.

    Raises ValueError for axes that do not exist, and for an end before the start.
    """
    a = lift(a)
    shape = a.data.shape
    n = len(shape)
    if not -n <= start <= n:
        raise ValueError(f"[flatten] start {start} is not an axis of shape {shape}")
    start = start + n if start < 0 else start
    last = end + n if end < 0 else end
    if not (start == n and end == -1 or start <= last < n):
        raise ValueError(f"[flatten] end {end} is not an axis of shape {shape} from start {start} on")
    return _reshaped(a, (*shape[:start], math.prod(shape[start:last + 1]), *shape[last + 1:]))


def squeeze(a: Operand, axis: Axes = None) -> Tensor:
    """Without the axes of size 1, or without those of them that `axis` names. Raises ValueError for an axis of another size."""
    a = lift(a)
    shape = a.data.shape
    axes = () if not shape and axis in (0, -1) else normalize_axis("squeeze", axis, len(shape))
    for i in axes or ():
        if shape[i] != 1:
            raise ValueError(f"[squeeze] axis {i} of shape {shape} has size {shape[i]}: only size 1 can be taken away")
    return _reshaped(a, tuple(n for i, n in enumerate(shape) if n != 1 or axes is not None and i not in axes))


def expand_dims(a: Operand, axis: Shape) -> Tensor:
    """With new axes of size 1, at the places that `axis`, an int or several, names in the result."""
    a = lift(a)
    axes = as_shape("expand_dims", axis)
    ndim = len(a.data.shape) + len(axes)
    new = [one_axis("expand_dims", i, ndim) for i in axes]
    if len(set(new)) < len(new):
        raise ValueError(f"[expand_dims] an axis is named twice in {axis}")
    sizes = iter(a.data.shape)
    return _reshaped(a, tuple(1 if i in new else next(sizes) for i in range(ndim)))


def atleast_1d(*tensors: Operand) -> Tensor | tuple[Tensor, ...]:
    """Each with one axis at least; of several tensors a tuple."""
    return _each(tensors, lambda shape: shape or (1,))


def atleast_2d(*tensors: Operand) -> Tensor | tuple[Tensor, ...]:
    """Each with two axes at least, new ones in front; of several tensors a tuple."""
    return _each(tensors, lambda shape: (1,) * (2 - len(shape)) + shape)


def atleast_3d(*tensors: Operand) -> Tensor | tuple[Tensor, ...]:
    """Each with three axes at least: (N,) becomes (1, N, 1) and (M, N) becomes (M, N, 1); of several tensors a tuple."""
    return _each(tensors, lambda shape: (1,) * (2 - len(shape)) + shape + (1,) if len(shape) < 3 else shape)


def _each(tensors, to_shape):
    made = tuple(t if to_shape(t.shape) == t.shape else _reshaped(t, to_shape(t.shape)) for t in map(lift, tensors))
    return made[0] if len(made) == 1 else made


# ---- the order of axes

def transpose(a: Operand, axes: Sequence[int] | None = None, axis2: None = None) -> Tensor:
    """The axes in another order; by default reversed. Two axes change places with swapaxes, not by a third argument."""
    a = lift(a)
    if axis2 is not None:
        raise TypeError(f"[transpose] expected the axes in one tuple, found {axes!r} and {axis2!r}: two axes in each other's "
                        f"place are swapaxes(t, {axes!r}, {axis2!r})")
    n = len(a.data.shape)
    axes = tuple(range(n))[::-1] if axes is None else as_shape("transpose", axes)
    positive = tuple(i + n if i < 0 else i for i in axes)
    if sorted(positive) != list(range(n)):
        two = f": {axes[0]} and {axes[1]} in each other's place are swapaxes{tuple(axes)}" if len(axes) == 2 else ""
        raise ValueError(f"[transpose] axes {axes} are no order of the {n} axes of shape {a.data.shape}{two}")
    return _in_order(a, positive)


def _in_order(a, axes):
    inverse = tuple(sorted(range(len(axes)), key=axes.__getitem__))
    return record(a.k, a.k.transpose(a.data, axes), (a,), transpose_rule, (), (inverse,))


def transpose_rule(k, g, need, inverse):
    return (k.transpose(g, inverse),)


def swapaxes(a: Operand, axis1: int, axis2: int) -> Tensor:
    """Two axes in each other's place."""
    a = lift(a)
    order = list(range(len(a.data.shape)))
    i, j = (one_axis("swapaxes", axis, len(order)) for axis in (axis1, axis2))
    order[i], order[j] = j, i
    return _in_order(a, tuple(order))


def moveaxis(a: Operand, source: Shape, destination: Shape) -> Tensor:
    """The axes `source`, one or several, moved to the places `destination`; the others keep their order."""
    a = lift(a)
    n = len(a.data.shape)
    sources, places = ([one_axis("moveaxis", axis, n) for axis in as_shape("moveaxis", axes)] for axes in (source, destination))
    if len(sources) != len(places) or len(set(sources)) < len(sources) or len(set(places)) < len(places):
        raise ValueError(f"[moveaxis] source {source} and destination {destination} must be as many axes, each once")
    order = [axis for axis in range(n) if axis not in sources]
    for place, axis in sorted(zip(places, sources, strict=True)):
        order.insert(place, axis)
    return _in_order(a, tuple(order))
