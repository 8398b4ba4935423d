"""Sums, products, means, extremes and where they stand, norms."""

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import Kink, describe
from minigrad.testing.operations.inputs import INTEGERS, ONLY_VALUES, arguments, axes, wild
from minigrad.testing.strategies import arrays, at, generic, mixed, shapes

BOTH = {"first": INTEGERS, "second": INTEGERS}


def reduced(values=None, least=0, several=True):
    """An array, axes of it, keepdims."""
    @st.composite
    def inputs(draw):
        a = draw(arrays(shapes(min_side=least), values=values))
        return arguments(a, axis=draw(axes(a.ndim) if several else st.none() | axes(a.ndim, False)),
                         keepdims=draw(st.booleans()))

    return inputs()


def extreme(values=None):
    """At least one number along the axes: there is no largest of nothing."""
    return reduced(values, least=1)


def all_axes(a, axis):
    return tuple(range(a.ndim)) if axis is None else axis


def summed(name):
    def by_torch(torch, a, axis, keepdims):
        axis = all_axes(a, axis)
        return a.clone() if axis == () else getattr(torch, name)(a, axis, keepdims)     # () means all axes to PyTorch

    return by_torch


def largest(name):
    """max and min by PyTorch, along one axis after another: amax would share the gradient among equals."""
    def by_torch(torch, a, axis, keepdims):
        axes = all_axes(a, axis)
        axes = sorted(i % a.ndim for i in (axes if isinstance(axes, tuple) else (axes,)))
        rest = [i for i in range(a.ndim) if i not in axes]
        flat = a.permute(rest + axes).reshape([a.shape[i] for i in rest] + [-1])
        kept = [1 if i in axes else n for i, n in enumerate(a.shape)]
        return getattr(torch, name)(flat, -1).values.reshape(kept if keepdims else [a.shape[i] for i in rest])

    return by_torch


def mean(a, axis, keepdims):
    """The mean by its definition: NaN of nothing."""
    with np.errstate(all="ignore"):
        total = np.sum(a, axis, keepdims=keepdims)
        return total / (np.sum(np.ones_like(a), axis, keepdims=keepdims))


describe("sum", reduced(), np.sum, summed("sum"))
describe("mean", reduced(), mean, summed("mean"))
describe("sum", reduced(wild), np.sum, summed("sum"), about="NaN, infinities", without=ONLY_VALUES)
describe("mean", reduced(wild), mean, summed("mean"), about="NaN, infinities", without=ONLY_VALUES)

def in_dtype(name):
    """In another dtype than the input's, as numpy and PyTorch do it."""
    def by_torch(torch, a, axis, keepdims, dtype):
        return (product if name == "prod" else summed(name))(torch, a.to(torch.float64), axis, keepdims)

    def by_numpy(a, axis, keepdims, dtype):
        return {"sum": np.sum, "mean": mean, "prod": np.prod}[name](a.astype(dtype), axis, keepdims=keepdims)

    return by_numpy, by_torch


DTYPE = {"dtype": "float64"}
for name in ("sum", "mean", "prod"):
    describe(name, reduced().map(lambda case: (case[0], case[1] | DTYPE)), *in_dtype(name), about="dtype=", keeps_dtype=False)

TIE = np.array([[1.0, 3, 3], [2, 2, 0]])
NANS = np.array([1.0, np.nan, 5, np.nan])
describe("max", extreme(), np.max, largest("max"), kinks=[
    Kink((TIE,), ([[0, 1, 0], [1, 0, 0]],), {"axis": 1}), Kink((TIE,), ([[0, 1, 0], [0, 0, 0]],)),
    Kink((np.array([0.0, -0.0]),), ([1, 0],)), Kink((NANS,), ([0, 1, 0, 0],))])
describe("min", extreme(), np.min, largest("min"), kinks=[
    Kink((-TIE,), ([[0, 1, 0], [1, 0, 0]],), {"axis": -1}), Kink((-TIE,), ([[0, 1, 0], [0, 0, 0]],)),
    Kink((np.array([-0.0, 0.0]),), ([1, 0],)), Kink((NANS,), ([0, 1, 0, 0],))])
describe("max", extreme(wild), np.max, largest("max"), about="NaN, infinities, ties", without=ONLY_VALUES)
describe("min", extreme(wild), np.min, largest("min"), about="NaN, infinities, ties", without=ONLY_VALUES)
for name in ("argmax", "argmin"):
    oracle = getattr(np, name)

    @st.composite
    def places(draw):
        a = draw(arrays(shapes(1, 3, 1), values=wild))
        return arguments(a, axis=draw(st.none() | axes(a.ndim, several=False)), keepdims=draw(st.booleans()))

    describe(name, places(), oracle, lambda torch, a, axis, keepdims, name=name:
             getattr(torch, name)(a, axis, keepdims), without=BOTH)

for name in ("any", "all", "count_nonzero"):
    describe(name, reduced(mixed(at(0), at(0, among=wild), wild)), getattr(np, name),
             lambda torch, a, axis, keepdims, name=name: asked(torch, name, a, axis, keepdims), without=BOTH)


def asked(torch, name, a, axis, keepdims):
    counts = (a != 0).sum(all_axes(a, axis), keepdims) if all_axes(a, axis) != () else (a != 0).long()
    total = a.numel() // max(counts.numel(), 1)
    return {"any": counts > 0, "all": counts == total, "count_nonzero": counts}[name]


# ---- products

def product(torch, a, axis, keepdims):
    """PyTorch's is along one axis."""
    axes = all_axes(a, axis)
    for i in sorted((i % a.ndim for i in (axes if isinstance(axes, tuple) else (axes,))), reverse=True):
        a = a.prod(i, keepdims)
    return a


describe("prod", reduced(), np.prod, product, kinks=[
    Kink((np.array([2.0, 0, 3]),), ([0, 6, 0],)), Kink((np.array([0.0, 5, 0]),), ([0, 0, 0],)),
    Kink((np.array([[1.0, 0], [2, np.inf]]),), ([[0, 1], [np.inf, 2]],), {"axis": 1})])
describe("prod", reduced(at(0, among=generic())), np.prod, product, about="zeros, one or several")
describe("prod", reduced(wild), np.prod, product, about="NaN, infinities", without=ONLY_VALUES)
