"""Running sums, products and extremes."""

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import Kink, describe
from minigrad.testing.operations.inputs import FOR_RULES, NO_TWIN, ONLY_VALUES, arguments, axes, sides, wild
from minigrad.testing.strategies import arrays, at, generic


def scanned(values=None, dtype=np.float64, **options):
    """An array, and an axis of it or None."""
    @st.composite
    def inputs(draw):
        a = draw(arrays(sides(), dtype, values))
        return arguments(a, axis=draw(st.none() | axes(a.ndim, False)), **{k: draw(v) for k, v in options.items()})

    return inputs()


def running(name):
    """numpy's, from the end, too."""
    def oracle(a, axis, reverse=False):
        a, axis = (a.reshape(-1), 0) if axis is None else (a, axis)
        return np.flip(getattr(np, name)(np.flip(a, axis), axis), axis) if reverse else getattr(np, name)(a, axis)

    def by_torch(torch, a, axis, reverse=False):
        a, axis = (a.reshape(-1), 0) if axis is None else (a, axis)
        return getattr(torch, name)(a.flip(axis), axis).flip(axis) if reverse else getattr(torch, name)(a, axis)

    return oracle, by_torch


def largest(ufunc, name):
    def oracle(a, axis):
        return ufunc.accumulate(a.reshape(-1) if axis is None else a, 0 if axis is None else axis)

    def by_torch(torch, a, axis):
        return getattr(torch, name)(a.reshape(-1) if axis is None else a, 0 if axis is None else axis).values

    return oracle, by_torch


FROM_THE_END = {"reverse": st.booleans()}
for name in ("cumsum", "cumprod"):
    oracle, by_torch = running(name)
    describe(name, scanned(**FROM_THE_END), oracle, by_torch)
    describe(name, scanned().map(lambda case: (case[0], case[1] | {"dtype": "float64"})),
             lambda a, axis, dtype, name=name: getattr(np, name)(a, axis, dtype),
             lambda torch, a, axis, dtype, name=name: running(name)[1](torch, a.to(torch.float64), axis), about="dtype=",
             keeps_dtype=False)
    describe(name, scanned(wild, **FROM_THE_END), oracle, by_torch, about="NaN, infinities", without=ONLY_VALUES)
describe("cumprod", scanned(at(0, among=generic()), **FROM_THE_END), *running("cumprod"), about="zeros, one or several", kinks=[
    Kink((np.array([2.0, 0, 3, 0, 5]),), ([1, 2 + 6, 0, 0, 0],)), Kink((np.array([0.0, 0, 7]),), ([1, 0, 0],))])

describe("cummax", scanned(), *largest(np.maximum, "cummax"), kinks=[
    Kink((np.array([1.0, 1, 0, 2, 2]),), ([3, 0, 0, 2, 0],)), Kink((np.array([0.0, np.nan, 5, np.nan]),), ([1, 3, 0, 0],))])
describe("cummin", scanned(), *largest(np.minimum, "cummin"), kinks=[
    Kink((np.array([-1.0, -1, 0, -2, -2]),), ([3, 0, 0, 2, 0],)), Kink((np.array([0.0, np.nan, -5]),), ([1, 2, 0],))])
describe("cummax", scanned(wild), *largest(np.maximum, "cummax"), about="NaN, infinities, ties", without=ONLY_VALUES)
describe("cummin", scanned(wild), *largest(np.minimum, "cummin"), about="NaN, infinities, ties", without=ONLY_VALUES)

HUGE = at(-400, -100, 0, 100, -np.inf, among=generic())      # exponentials overflow, differences still have digits


def torch_logcumsumexp(torch, a, axis):
    return torch.logcumsumexp(a.reshape(-1) if axis is None else a, 0 if axis is None else axis)


describe("logcumsumexp", scanned(), largest(np.logaddexp, "")[0], torch_logcumsumexp, kinks=[
    Kink((np.array([-np.inf, -np.inf, 0.0]),), ([0, 0, 1],)), Kink((np.array([0.0, -np.inf]),), ([2, 0],))])
describe("logcumsumexp", scanned(HUGE), largest(np.logaddexp, "")[0], torch_logcumsumexp, about="huge numbers",
         without=ONLY_VALUES)


@st.composite
def recurrent(draw, dtype=np.float64):
    shape = tuple(draw(st.lists(st.integers(0, 4), min_size=1, max_size=3)))
    return arguments(*(draw(arrays(shape, dtype)) for _ in range(2)), draw(st.integers(0, len(shape) - 1)), draw(st.booleans()))


def recurrence(b, c, axis, reverse):
    b, c = np.moveaxis(b, axis, 0), np.moveaxis(c, axis, 0)
    y, state = np.zeros_like(b), np.zeros(b.shape[1:], b.dtype)
    for i in range(len(b))[::-1] if reverse else range(len(b)):
        y[i] = state = b[i] + c[i] * state
    return np.moveaxis(y, 0, axis)


describe("recurrence", recurrent(), recurrence, without={"torch": NO_TWIN, "integers": FOR_RULES})
