"""The same elements in another shape, or with their axes in another order."""

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import arguments, together, unary
from minigrad.testing.strategies import arrays, shapes


def other_shapes(draw, old):
    """A shape of as many elements: sides in another order, joined, or with 1s between; perhaps one of them as -1."""
    new = list(draw(st.permutations(old)))
    while len(new) > 1 and draw(st.booleans()):
        new[:2] = [new[0] * new[1]]
    if draw(st.booleans()):
        new.insert(draw(st.integers(0, len(new))), 1)
    known = [i for i in range(len(new)) if np.prod(new[:i] + new[i + 1:])]
    if known and draw(st.booleans()):
        new[draw(st.sampled_from(known))] = -1
    return tuple(new)


@st.composite
def reshaped(draw):
    a = draw(arrays())
    return arguments(a, shape=other_shapes(draw, a.shape))


@st.composite
def flattened(draw):
    a = draw(arrays())
    start = draw(st.integers(0, a.ndim))
    if start == a.ndim or draw(st.booleans()):
        return arguments(a, start=start)
    end = draw(st.integers(start, a.ndim - 1))
    from_the_end = draw(st.integers(0, a.ndim)), draw(st.integers(0, a.ndim))
    return arguments(a, start - a.ndim if from_the_end[0] == 0 else start, end - a.ndim if from_the_end[1] == 0 else end)


def flatten(a, start, end=-1):
    if start == a.ndim:
        return a[..., None]
    start, end = start % a.ndim, end % a.ndim
    return a.reshape(*a.shape[:start], int(np.prod(a.shape[start:end + 1])), *a.shape[end + 1:])


@st.composite
def transposed(draw):
    a = draw(arrays())
    order = draw(st.none() | st.permutations(range(a.ndim)).map(tuple))
    if order is not None and draw(st.booleans()):
        order = tuple(i - a.ndim for i in order)
    return arguments(a, axes=order)


describe("reshape", reshaped(), lambda a, shape: np.reshape(a, shape), "reshape")
describe("flatten", flattened(), flatten,
         lambda torch, a, start, end=-1: a.flatten(start, end) if start < a.ndim else a[..., None])
describe("ravel", unary(), np.ravel, "ravel")
describe("transpose", transposed(), np.transpose,
         lambda torch, a, axes: a.permute(tuple(range(a.ndim))[::-1] if axes is None else axes))


@st.composite
def two_axes(draw):
    a = draw(arrays(shapes(min_dims=1)))
    axis = st.integers(-a.ndim, a.ndim - 1)
    return arguments(a, draw(axis), draw(axis))


@st.composite
def moved(draw):
    a = draw(arrays())
    several = [draw(st.permutations(range(a.ndim)))[:draw(st.integers(0, a.ndim))] for _ in range(2)]
    n = min(map(len, several))
    source, destination = (tuple(i - draw(st.sampled_from((0, a.ndim))) for i in axes[:n]) for axes in several)
    return arguments(a, *(source[0], destination[0]) if n == 1 else (source, destination))


@st.composite
def with_ones(draw):
    """An array with sides of 1, and which of them are to go."""
    a = draw(arrays(st.lists(st.sampled_from((1, 1, 2, 0, 3)), max_size=4).map(tuple)))
    ones = [i for i, n in enumerate(a.shape) if n == 1]
    axis = draw(st.none() | st.lists(st.sampled_from(ones), unique=True).map(tuple) if ones else st.sampled_from((None, ())))
    if axis and draw(st.booleans()):
        axis = axis[0] - a.ndim
    return arguments(a, axis=0 if not a.ndim and draw(st.booleans()) else axis)


@st.composite
def widened(draw):
    """An array and the places of new axes in the result."""
    a = draw(arrays())
    n = draw(st.integers(0, 2))
    axes = tuple(draw(st.permutations(range(a.ndim + n)))[:n])
    axes = tuple(i - draw(st.sampled_from((0, a.ndim + n))) for i in axes)
    return arguments(a, axis=axes[0] if n == 1 else axes)


describe("swapaxes", two_axes(), np.swapaxes, "swapaxes")
describe("moveaxis", moved(), np.moveaxis, "moveaxis")
describe("squeeze", with_ones(), np.squeeze, lambda torch, a, axis: a.squeeze() if axis is None else a.squeeze(axis) if a.ndim
         else a.clone())
describe("expand_dims", widened(), np.expand_dims,
         lambda torch, a, axis: a.reshape(np.expand_dims(a.detach().numpy(), axis).shape))


@st.composite
def one_or_more(draw):
    return arguments(*together(draw, *(draw(shapes(max_dims=4)) for _ in range(draw(st.integers(1, 3))))))


describe("atleast_1d", one_or_more(), np.atleast_1d, "atleast_1d")
describe("atleast_2d", one_or_more(), np.atleast_2d, "atleast_2d")
describe("atleast_3d", one_or_more(), np.atleast_3d, "atleast_3d")
