"""Spreads, medians and quantiles, weighted means, covariances."""

import numpy as np
from hypothesis import strategies as st

import minigrad as mg
from minigrad.testing.operations import Kink, describe
from minigrad.testing.operations.inputs import NO_TWIN, ONLY_VALUES, PRODUCTS, arguments, axes, positive, sides, together, wild
from minigrad.testing.operations.reduce import all_axes, extreme, largest, mean, reduced
from minigrad.testing.strategies import arrays, at, generic, shapes


def quiet(oracle):
    def silent(*args, **options):
        with np.errstate(all="ignore"):
            return oracle(*args, **options)

    return silent


# ---- spread

def spread_out(values=None, several_numbers=False):
    """An array, axes of it, and a ddof below the numbers that there are along them."""
    @st.composite
    def inputs(draw):
        a = draw(arrays(shapes(1, 3, 1), values=values))
        axis = draw(axes(a.ndim).filter(lambda axis: not several_numbers or count(a, axis) > 1))
        ddof = draw(st.sampled_from((0, 1, 0.5) if count(a, axis) > 1 else (0,)))
        return arguments(a, axis=axis, ddof=ddof, keepdims=draw(st.booleans()))

    return inputs()


def count(a, axis):
    return np.ones(a.shape).sum(axis).flat[0]


def spread(name):
    def by_torch(torch, a, axis, ddof, keepdims):
        return a * 0 if axis == () else getattr(torch, name)(a, all_axes(a, axis), correction=ddof, keepdim=keepdims)

    return by_torch


def oracle(name):
    return quiet(lambda a, axis=None, ddof=0, keepdims=False: getattr(np, name)(a, axis, ddof=ddof, keepdims=keepdims))


SAME = np.full((2, 3), 0.5)
describe("var", spread_out(), oracle("var"), spread("var"), kinks=[Kink((SAME,), (np.zeros((2, 3)),))])
describe("std", spread_out(several_numbers=True), oracle("std"), spread("std"), kinks=[
    Kink((SAME,), (np.zeros((2, 3)),)), Kink((SAME,), (np.zeros((2, 3)),), {"axis": 1, "ddof": 1})])
describe("var", spread_out(wild), oracle("var"), spread("var"), about="NaN, infinities", without=ONLY_VALUES)
describe("std", spread_out(wild), oracle("std"), spread("std"), about="NaN, infinities", without=ONLY_VALUES)


def ptp(torch, a, axis, keepdims):
    return largest("max")(torch, a, axis, keepdims) - largest("min")(torch, a, axis, keepdims)


describe("ptp", extreme(), np.ptp, ptp, kinks=[Kink((np.array([1.0, 3, 3, 1]),), ([-1, 1, 0, 0],))])


# ---- what stands in the middle

def in_line(torch, a, axis, keepdims):
    """(a with the reduced axes made into a last one, the shape of the result)"""
    axes = all_axes(a, axis)
    axes = sorted(i % a.ndim for i in (axes if isinstance(axes, tuple) else (axes,)))
    rest = [i for i in range(a.ndim) if i not in axes]
    shape = [1 if i in axes else n for i, n in enumerate(a.shape)] if keepdims else [a.shape[i] for i in rest]
    return a.permute(rest + axes).reshape([a.shape[i] for i in rest] + [-1]), shape


def torch_median(torch, a, axis, keepdims):
    flat, shape = in_line(torch, a, axis, keepdims)
    return torch.quantile(flat, 0.5, -1).reshape(shape)


def torch_quantile(whole):
    def by_torch(torch, a, q, axis, method, keepdims):
        flat, shape = in_line(torch, a, axis, keepdims)
        shares = torch.tensor(q, dtype=a.dtype) / whole
        return torch.quantile(flat, shares.reshape(-1), -1, interpolation=method).reshape(list(shares.shape) + shape)

    return by_torch


def shares(whole, values=None):
    @st.composite
    def inputs(draw):
        (a,), options = draw(extreme(values))
        one = st.sampled_from((0.0, 0.25, 0.3, 0.5, 0.77, 1.0)).map(lambda q: q * whole)
        return arguments(a, q=draw(one | st.lists(one, min_size=1, max_size=3)),
                         method=draw(st.sampled_from(("linear", "lower", "higher", "nearest", "midpoint"))), **options)

    return inputs()


describe("median", extreme(), np.median, torch_median, kinks=[
    Kink((np.array([4.0, 1, 3, 2]),), ([0, 0, 0.5, 0.5],)), Kink((np.array([2.0, 2, 2]),), ([0, 1, 0],)),
    Kink((np.array([1.0, np.nan, 2]),), ([0, 1, 0],))])
describe("median", extreme(at(np.nan, -1, 0, 1, among=generic())), quiet(np.median), torch_median, about="NaN, ties",
         without=ONLY_VALUES)
for name, whole in (("quantile", 1), ("percentile", 100)):
    of_numpy = quiet(getattr(np, name))
    describe(name, shares(whole), of_numpy, torch_quantile(whole),
             without={"integers": "numpy has no quantiles of booleans, and integers by some methods"})
    describe(name, shares(whole, at(np.nan, -1, 0, 1, among=generic())), of_numpy, torch_quantile(whole), about="NaN, ties",
             without=ONLY_VALUES | {"integers": "there is no NaN among integers"})


# ---- means

NANS = np.array([[1.0, np.nan], [np.nan, np.nan]])


def passing_over(name):
    def by_torch(torch, a, axis, keepdims):
        axis = all_axes(a, axis)
        return a.nan_to_num(0.0 if name == "nansum" else np.nan, np.inf, -np.inf) if axis == () else getattr(torch, name)(
            a, axis, keepdims)

    return by_torch


def nanmean(a, axis, keepdims):
    there = ~np.isnan(a)
    with np.errstate(all="ignore"):
        return np.nansum(a, axis, keepdims=keepdims) / there.sum(axis, keepdims=keepdims)


describe("nansum", reduced(), np.nansum, passing_over("nansum"), kinks=[Kink((NANS,), ([[1, 0], [0, 0]],))])
describe("nanmean", reduced(), mean, passing_over("nanmean"), kinks=[Kink((NANS,), ([[1, 0], [0, 0]],))])
describe("nansum", reduced(wild), quiet(np.nansum), passing_over("nansum"), about="NaN, infinities", without=ONLY_VALUES)
describe("nanmean", reduced(wild), nanmean, passing_over("nanmean"), about="NaN, infinities", without=ONLY_VALUES)


@st.composite
def weighted(draw):
    """Weights of a's shape, or of some of its axes."""
    shape = draw(sides(1))
    axis = draw(axes(len(shape)))
    named = () if axis is None else axis if isinstance(axis, tuple) else (axis,)
    of = draw(st.sampled_from((shape, tuple(shape[i] for i in named)))) if named else shape
    a, weights = together(draw, shape, of, values=positive)
    return arguments(a, weights, axis=axis, returned=draw(st.booleans()), keepdims=draw(st.booleans()))


def average(a, weights, axis, **options):
    return np.average(a, axis, weights, **options)


describe("average", weighted(), average, call=lambda a, weights, **options: mg.average(a, weights=weights, **options),
         without={"torch": NO_TWIN, "integers": "weights that add up to 0 are an error in numpy"})


# ---- several variables

@st.composite
def variables(draw):
    """Variables as rows or columns, more of them in y or none; enough observations for correlations."""
    n, rowvar = draw(st.integers(3, 5)), draw(st.booleans())
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=2))
    found = together(draw, *[(v, n) if rowvar else (n, v) for v in sizes])
    return arguments(*found, rowvar=rowvar)


def torch_cov(name, **options):
    def by_torch(torch, *variables, rowvar):
        return getattr(torch, name)(torch.cat([v if rowvar else v.T for v in variables]), **options)

    return by_torch


describe("cov", variables(), np.cov, torch_cov("cov"), without={"nothing": PRODUCTS})
describe("corrcoef", variables(), quiet(np.corrcoef), torch_cov("corrcoef"),
         without={"nothing": PRODUCTS, "integers": "numpy clips, and has no correlation of what does not vary"})
