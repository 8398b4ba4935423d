"""Orders: sorted numbers, where they stand, and counts of them. NaN stands last, and equal numbers keep their order."""

from __future__ import annotations

import operator

import numpy as np

from minigrad import kernels
from minigrad.graph import Variable, record
from minigrad.modes import is_grad_enabled
from minigrad.ops.by_dim import ValuesAndIndices
from minigrad.ops.operands import beside, in_floats
from minigrad.ops.scan import along_one
from minigrad.ops.shape import reshape
from minigrad.tensor import Tensor, constant, lift
from minigrad.types import Operand

__all__ = ["argpartition", "argsort", "bincount", "nonzero", "partition", "searchsorted", "sort", "topk", "unique"]


def sort(a: Operand, axis: int | None = -1, descending: bool = False) -> Tensor:
    """In ascending order along an axis (None: flattened), NaN last; descending: the largest first, NaN before it. Each gradient
    goes where its number stood; among equals, in their order."""
    return _sorted("sort", a, axis, descending)


def _sorted(op, a, axis, descending=False):
    a, axis = along_one(op, lift(a), axis)
    if descending:
        return _picked(a, _from_the_largest(a.k, a.data, axis), axis)
    if not (a.requires_grad and is_grad_enabled()):
        return constant(a.k, a.k.sort(a.data, axis))
    return _picked(a, a.k.argsort(a.data, axis), axis)


def _picked(a, index, axis):
    """a at places along an axis, none of them twice."""
    return record(a.k, a.k.take_along(a.data, index, axis), (a, index), sort_rule, (1,), (axis, a.data.shape))


def sort_rule(k, g, need, index, axis, shape):
    return k.put_along(g, index, axis, shape), None


def argsort(a: Operand, axis: int | None = -1, descending: bool = False) -> Tensor:
    """int64: where the numbers in ascending order stand along an axis (None: in the flattened tensor), the first of equals
    first, NaN last; descending: the largest first, NaN before it, and the first of equals first again."""
    a, axis = along_one("argsort", lift(a), axis)
    return constant(a.k, _from_the_largest(a.k, a.data, axis) if descending else a.k.argsort(a.data, axis))


def _from_the_largest(k, a, axis):
    """The ascending order of the reversed array, from its end: so the first of equals comes first."""
    from_the_end = (slice(None),) * axis + (slice(None, None, -1),)
    order = k.argsort(k.concatenate([k.getitem(a, from_the_end)], axis), axis)
    return k.sub(a.shape[axis] - 1, k.concatenate([k.getitem(order, from_the_end)], axis))


def partition(a: Operand, kth: int, axis: int | None = -1) -> Tensor:
    """The number that stands at place kth in order is there, smaller ones before it, larger ones behind it. (They are all
    sorted, which is one of the orders that numpy's partition may give.)"""
    _check_places("partition", a, kth, axis)
    return _sorted("partition", a, axis)


def argpartition(a: Operand, kth: int, axis: int | None = -1) -> Tensor:
    """int64: where the numbers of `partition` stand: argsort is one of the answers."""
    _check_places("argpartition", a, kth, axis)
    return argsort(a, axis)


def _check_places(op, a, kth, axis):
    a, axis = along_one(op, lift(a), axis)
    n = a.shape[axis]
    for k in kth if isinstance(kth, (tuple, list)) else (kth,):
        if not -n <= _whole(op, "kth", k) < n:
            raise ValueError(f"[{op}] there is no place {k} among {n} numbers: axis {axis} of shape {a.shape}")


def topk(a: Operand, k: int, axis: int | None = -1, largest: bool = True, sorted: bool = True) -> ValuesAndIndices:
    """(values, indices) of the k largest numbers along an axis (None: flattened), the largest first; largest=False: of the
    smallest, the smallest first. The first of equals comes first; NaN counts as the largest. Indices are int64. They are in
    order in any case: sorted=False, PyTorch's, changes nothing.

    Raises ValueError if there are fewer than k numbers.
    """
    a, axis = along_one("topk", lift(a), axis)
    n = a.shape[axis]
    if not 0 <= _whole("topk", "k", k) <= n:
        raise ValueError(f"[topk] expected k from 0 to the {n} numbers of axis {axis}, found {k}: shape {a.shape}")
    values, index = a.k.topk(a.data, int(k), axis, bool(largest))
    values = record(a.k, values, (a, index), topk_rule, (1,), (axis, a.data.shape))
    return ValuesAndIndices(values, constant(a.k, index))


def topk_rule(k, g, need, index, axis, shape):
    return k.put_along(g, index, axis, shape), None


def unique(a: Operand, return_index: bool = False, return_inverse: bool = False,
           return_counts: bool = False) -> Tensor | tuple[Tensor, ...]:
    """The different numbers of a, flattened and in ascending order; all NaN are one. The gradient goes where each stands first.

    return_index, return_inverse, return_counts: a tuple of these and, int64, where each stands first, which of them each
    number of a is (in a's shape), and how often each is there. How many there are depends on the numbers: a device with
    memory of its own waits for it.
    """
    a = lift(a)
    flat = reshape(a, (-1,))
    index, inverse, counts = a.k.unique_places(flat.data)
    inverse = a.k.reshape(inverse, a.data.shape)
    asked = (index, return_index), (inverse, return_inverse), (counts, return_counts)
    more = [constant(a.k, found) for found, wanted in asked if wanted]
    values = _picked(flat, index, 0)
    return (values, *more) if more else values


def nonzero(a: Operand) -> tuple[Tensor, ...]:
    """Where numbers are not 0: a tuple of int64 tensors, one for each axis, as an index takes them. How many depends on the
    numbers: a device with memory of its own waits for it.

    Raises ValueError for a tensor without axes.
    """
    a = lift(a)
    if a.ndim == 0:
        raise ValueError("[nonzero] a tensor without axes has no places: reshape it to (1,) first")
    return tuple(constant(a.k, a.k.asarray(i)) for i in np.nonzero(a.k.to_numpy(a.data)))


def searchsorted(a: Operand, v: Operand, side: str = "left") -> Tensor:
    """int64, in v's shape: before which place of the sorted a (N) each number of v belongs, so that it stays sorted; side:
    before equal ones ("left") or behind them ("right").

    Raises ValueError for an a with more axes than one, and for another side.
    """
    a = lift(a) if isinstance(a, Variable) or not isinstance(v, Variable) else beside("searchsorted", v, a)
    v = v if isinstance(v, Variable) else constant(a.k, a.k.asarray(v))
    if a.ndim != 1:
        raise ValueError(f"[searchsorted] expected sorted numbers along one axis, found shape {a.shape}")
    if side not in ("left", "right"):
        raise ValueError(f"[searchsorted] side must be \"left\" or \"right\", found {side!r}")
    if v.k is not a.k:
        raise ValueError(f"[searchsorted] the operands are on two devices, {a.k.name} and {v.k.name}: move one with .to()")
    if v.data.dtype.kind not in "biuf":
        raise TypeError(f"[searchsorted] expected real numbers, found dtype {v.data.dtype}")
    return constant(a.k, a.k.searchsorted(a.data, v.data, side))


def bincount(x: Operand, weights: Operand | None = None, minlength: int = 0) -> Tensor:
    """How often each of 0, 1, 2 ... is in the integers x (N), int64; with weights (N), the sum of theirs, which has a
    gradient. As long as the largest of them asks, and as minlength at least: a device with memory of its own waits for it.

    Raises TypeError for numbers that are no integers, ValueError for negative ones and for shapes that do not fit.
    """
    if not isinstance(x, Variable):
        k, found = weights.k if isinstance(weights, Variable) else kernels.table(), np.asarray(x)
        x = constant(k, k.asarray(found if found.size else found.astype(np.int64))) if found.dtype.kind in "biuf" else lift(x)
    if x.data.dtype.kind not in "biu":
        raise TypeError(f"[bincount] expected integers to count, found dtype {x.data.dtype}")
    if x.ndim != 1:
        raise ValueError(f"[bincount] expected integers along one axis, found shape {x.shape}")
    if _whole("bincount", "minlength", minlength) < 0:
        raise ValueError(f"[bincount] minlength must not be negative, found {minlength}")
    places = x.k.to_numpy(x.data).astype(np.int64)
    if x.size and places.min() < 0:
        raise ValueError(f"[bincount] expected integers from 0 on, found {places.min()}")
    n = max(int(minlength), int(places.max()) + 1 if x.size else 0)
    if weights is None:
        return constant(x.k, x.k.asarray(np.bincount(places, minlength=n)))
    weights = lift(weights)
    if weights.shape != x.shape:
        raise ValueError(f"[bincount] each integer needs one weight: x {x.shape}, weights {weights.shape}")
    if weights.k is not x.k:
        raise ValueError(f"[bincount] x is on {x.k.name} and the weights are on {weights.k.name}: move one with .to()")
    return in_floats(_weighed, weights, x.k.asarray(places), n)


def _weighed(weights, places, n):
    y = weights.k.put(weights.data, places, (n,))
    return record(weights.k, y, (weights,), bincount_rule, (), (places,), (places,))


def bincount_rule(k, g, need, places):
    return (k.getitem(g, places),)


def _whole(op, name, n):
    try:
        return operator.index(n)
    except TypeError:
        raise TypeError(f"[{op}] {name} must be an int, found {n!r}") from None
