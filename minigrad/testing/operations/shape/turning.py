"""The elements turned round."""

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import arguments, axes, sides
from minigrad.testing.strategies import arrays


@st.composite
def flipped(draw):
    a = draw(arrays())
    return arguments(a, axis=draw(axes(a.ndim)))


def all_axes(a, axis):
    return tuple(range(a.ndim)) if axis is None else (axis,) if isinstance(axis, int) else axis


def of_axes(least):
    return arrays(sides(dims=(least, 3))).map(lambda a: arguments(a))


describe("flip", flipped(), np.flip, lambda torch, a, axis: torch.flip(a, all_axes(a, axis)))
describe("fliplr", of_axes(2), np.fliplr, "fliplr")
describe("flipud", of_axes(1), np.flipud, "flipud")


@st.composite
def turned(draw):
    a = draw(arrays(sides(dims=(2, 3))))
    first, second = draw(st.permutations(range(a.ndim)))[:2]
    return arguments(a, draw(st.integers(-5, 5)), (first, second - draw(st.sampled_from((0, a.ndim)))))


@st.composite
def rolled(draw):
    a = draw(arrays())
    shift = st.integers(-5, 5)
    if not a.ndim or draw(st.booleans()):
        return arguments(a, draw(shift), axis=None)
    several = tuple(draw(st.lists(st.integers(-a.ndim, a.ndim - 1), min_size=1, max_size=3)))
    shifts = draw(st.tuples(*[shift] * len(several)))
    form = draw(st.sampled_from(("one", "all", "each")))
    if form == "one":
        return arguments(a, shifts[0], axis=several[0])
    return arguments(a, shifts[0] if form == "all" else shifts, axis=several)


def torch_roll(torch, a, shift, axis):
    if isinstance(axis, tuple) and isinstance(shift, int):
        shift = (shift,) * len(axis)
    return torch.roll(a, shift, axis)


describe("rot90", turned(), np.rot90, lambda torch, a, k, axes: torch.rot90(a, k, [i % a.ndim for i in axes]))
describe("roll", rolled(), np.roll, torch_roll)
