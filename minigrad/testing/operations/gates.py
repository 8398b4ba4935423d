"""Gated linear units."""

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import ONLY_VALUES, arguments, wild
from minigrad.testing.strategies import arrays, shapes


@st.composite
def halves(draw, values=None):
    shape = draw(shapes(1, 3, 1, 3))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    shape = tuple(2 * n if i == axis % len(shape) else n for i, n in enumerate(shape))
    return arguments(draw(arrays(shape, values=values)), axis=axis)


def glu(a, axis):
    first, second = np.split(a, 2, axis)
    with np.errstate(over="ignore"):
        return first / (1 + np.exp(-second))


def by_torch(torch, a, axis):
    return torch.nn.functional.glu(a, axis)


describe("glu", halves(), glu, by_torch)
describe("glu", halves(wild), glu, by_torch, about="NaN, infinities", without=ONLY_VALUES)
