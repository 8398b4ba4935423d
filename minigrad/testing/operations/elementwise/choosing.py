"""Choosing between numbers."""

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import Kink, describe
from minigrad.testing.operations.elementwise.shared import INF, NAN, NUMBERS, both_ways, on_tensors, one
from minigrad.testing.operations.inputs import arguments, binary
from minigrad.testing.strategies import arrays, broadcastable_shapes, generic

A, B = np.array([1.0, 2, -3, 0]), np.array([1.0, 3, -4, -0.0])
COLUMN, ROW = np.array([[2.0], [1]]), np.array([2.0, 3, 1])
both_ways("maximum", np.maximum, lambda torch, a, b: torch.maximum(a, b), generic(away_from=NUMBERS), kinks=[
    Kink((A, B), ([.5, 0, 1, .5], [.5, 1, 0, .5])), Kink((COLUMN, ROW), ([[1.5], [.5]], [1.5, 2, .5])),
    Kink((A, 2), ([0, .5, 0, 0],)), Kink((-3, A), ([1, 1, .5, 1],))])
both_ways("minimum", np.minimum, lambda torch, a, b: torch.minimum(a, b), generic(away_from=NUMBERS), kinks=[
    Kink((A, B), ([.5, 1, 0, .5], [.5, 0, 1, .5])), Kink((COLUMN, ROW), ([[1.5], [2.5]], [.5, 0, 1.5])),
    Kink((A, 2), ([1, .5, 1, 1],)), Kink((-3, A), ([0, 0, .5, 0],))])

both_ways("fmax", np.fmax, lambda torch, a, b: torch.fmax(a, b), generic(away_from=NUMBERS), kinks=[
    Kink((np.array([NAN, 1.0, 2.0]), np.array([1.0, NAN, 2.0])), ([0, 1, .5], [1, 0, .5]))])
both_ways("fmin", np.fmin, lambda torch, a, b: torch.fmin(a, b), generic(away_from=NUMBERS), kinks=[
    Kink((np.array([NAN, 1.0, -1.0]), np.array([1.0, NAN, 2.0])), ([0, 1, 1], [1, 0, 0]))])


# ---- where

@st.composite
def chosen(draw):
    """A condition and two operands that broadcast together; a number in place of either operand."""
    condition, s, t = draw(broadcastable_shapes(3))
    condition = draw(arrays(condition, np.bool_, elements=st.booleans()))
    a, b = draw(arrays(s)), draw(arrays(t))
    which = draw(st.sampled_from(("tensors", "left", "right")))
    return arguments(condition, draw(st.sampled_from(NUMBERS)) if which == "left" else a,
                     draw(st.sampled_from(NUMBERS)) if which == "right" else b)


def where_by_torch(torch, condition, a, b):
    return on_tensors(lambda torch, a, b: torch.where(condition, a, b))(torch, a, b)


def where(condition, a, b):
    """numpy's, but a number that does not fit beside integers is an error, as it is in numpy's arithmetic."""
    if not isinstance(a, np.ndarray):
        a = np.multiply(a, np.ones((), b.dtype))
    elif not isinstance(b, np.ndarray):
        b = np.multiply(b, np.ones((), a.dtype))
    return np.where(condition, a, b)


describe("where", chosen(), where, where_by_torch, kinks=[
    Kink((np.array([True, False]), np.array([1.0, NAN]), np.array([INF, 2.0])), ([1, 0], [0, 1]))])


# ---- of one operand

LOW, HIGH = st.sampled_from((-1, -0.5, 0)), st.sampled_from((None, -0.5, 0.5, 2))       # the upper one wins
one("clip", lambda a, low=None, high=None: np.clip(a, low, high),
    lambda torch, a, low=None, high=None: torch.clamp(a, low, high),
    generic(away_from=(-1, -0.5, 0, 0.5, 2)), low=LOW, high=HIGH,
    kinks=[Kink((np.array([-2.0, -1, 0, 0.5, 3]),), ([0, 1, 1, 1, 0],), {"low": -1, "high": 0.5}),
           Kink((np.array([-INF, -1, INF]),), ([0, 1, 1],), {"low": -1})])
one("nan_to_num", lambda a, nan=0.0, posinf=None, neginf=None: np.nan_to_num(a, nan=nan, posinf=posinf, neginf=neginf),
    nan=st.sampled_from((0.0, -1.0)), posinf=st.sampled_from((3.0, 7.0)), neginf=st.sampled_from((-3.0, -7.0)),
    kinks=[Kink((np.array([NAN, 1.0, INF, -INF]),), ([0, 1, 0, 0],))])


@st.composite
def mixtures(draw):
    (a, b), _ = draw(binary())
    return arguments(a, b, draw(st.sampled_from((0, 1, 0.25, -1.5))))


describe("lerp", mixtures(), lambda a, b, weight: a + weight * (b - a), lambda torch, a, b, weight: torch.lerp(a, b, weight))


@st.composite
def weighted(draw):
    shape = draw(broadcastable_shapes(3))
    return arguments(*(draw(arrays(s)) for s in shape))


describe("lerp", weighted(), lambda a, b, weight: a + weight * (b - a), lambda torch, a, b, weight: torch.lerp(a, b, weight),
         about="weights")
