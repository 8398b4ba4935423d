"""Picking along one axis."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import arguments, sides
from minigrad.testing.strategies import arrays


def places_along(draw, shape, axis):
    """Integers that pick along the axis, as many as drawn, with repeats and negative ones."""
    n = shape[axis]
    index = list(shape)
    index[axis] = draw(st.integers(0, 4)) if n else 0
    return draw(hnp.arrays(np.int64, tuple(index), elements=st.integers(-n, n - 1) if n else st.just(0)))


@st.composite
def taken(draw):
    a = draw(arrays(sides()))
    axis = draw(st.integers(-a.ndim, a.ndim - 1))
    return arguments(a, places_along(draw, a.shape, axis), axis)


@st.composite
def put_along_axis(draw):
    shape = draw(sides())
    axis = draw(st.integers(0, len(shape) - 1))
    index = places_along(draw, shape, axis)
    return arguments(draw(arrays(index.shape)), index, axis, shape)


def put_along(g, index, axis, shape):
    a = np.zeros(shape, g.dtype)
    for place in np.ndindex(index.shape):
        to = list(place)
        to[axis] = index[place]
        a[tuple(to)] += g[place]
    return a


def torch_put_along(torch, g, index, axis, shape):
    index = torch.where(index < 0, index + shape[axis], index)
    return torch.zeros(shape, dtype=g.dtype).scatter_add(axis, index, g)


def torch_take_along(torch, a, index, axis):
    return torch.gather(a, axis, torch.where(index < 0, index + a.shape[axis], index))


describe("take_along", taken(), np.take_along_axis, torch_take_along)
describe("put_along", put_along_axis(), put_along, torch_put_along)


@st.composite
def taken_along(draw):
    """An array and an index that broadcast beside the axis; or an index of all elements."""
    shape = draw(sides(1, 3))
    if draw(st.integers(0, 4)) == 0:
        n = int(np.prod(shape))
        places = hnp.arrays(np.int64, draw(st.integers(0, 4)), elements=st.integers(-n, n - 1))
        return arguments(draw(arrays(shape)), draw(places), None)
    axis = draw(st.integers(0, len(shape) - 1))
    index = places_along(draw, tuple(n if i == axis or draw(st.booleans()) else 1 for i, n in enumerate(shape)), axis)
    shape = tuple(n if i == axis or draw(st.booleans()) else 1 for i, n in enumerate(shape))
    return arguments(draw(arrays(shape)), index, axis - draw(st.sampled_from((0, len(shape)))))


def torch_take_along_axis(torch, a, index, axis):
    if axis is None:
        return torch.take(a, torch.where(index < 0, index + a.numel(), index))
    return torch.take_along_dim(a, torch.where(index < 0, index + a.shape[axis], index), axis)


describe("take_along_axis", taken_along(), np.take_along_axis, torch_take_along_axis)


def smaller(draw, shape, axis):
    """An index along the axis that is as large beside it or smaller; no negative places: PyTorch has none."""
    index = places_along(draw, tuple(n if i == axis else draw(st.integers(0, n)) for i, n in enumerate(shape)), axis)
    return index % shape[axis] if shape[axis] else index


@st.composite
def gathered(draw):
    a = draw(arrays(sides()))
    axis = draw(st.integers(0, a.ndim - 1))
    return arguments(a, axis - draw(st.sampled_from((0, a.ndim))), smaller(draw, a.shape, axis))


def gather(a, axis, index):
    sizes = (n if i == axis % a.ndim else m for i, (m, n) in enumerate(zip(index.shape, a.shape)))
    return np.take_along_axis(a[tuple(map(slice, sizes))], index, axis)


describe("gather", gathered(), gather, "gather")


@st.composite
def selected(draw):
    a = draw(arrays(sides()))
    axis = draw(st.integers(0, a.ndim - 1))
    n = a.shape[axis]
    size = draw(st.sampled_from(((), (1,), (3,), (0,)))) if n else (0,)
    return arguments(a, axis - draw(st.sampled_from((0, a.ndim))),
                     np.asarray(draw(hnp.arrays(np.int64, size, elements=st.integers(0, n - 1) if n else st.just(0)))))


describe("index_select", selected(), lambda a, axis, index: np.take(a, index.reshape(-1), axis), "index_select")


@st.composite
def taken_slices(draw):
    a = draw(arrays(sides(1, 4)))
    axis = draw(st.none() | st.integers(-a.ndim, a.ndim - 1))
    n = a.size if axis is None else a.shape[axis]
    mode = draw(st.sampled_from(("raise", "wrap", "clip")))
    places = st.integers(-n, n - 1) if mode == "raise" else st.integers(-2 * n, 2 * n)
    index = np.asarray(draw(hnp.arrays(np.int64, draw(sides(0, 3, (0, 2))), elements=places)))
    return arguments(a, draw(st.sampled_from((index, index.tolist()))), axis=axis, mode=mode)


def torch_take(torch, a, indices, axis, mode):
    indices = np.asarray(indices, int)
    places = np.take(np.arange(a.numel()).reshape(a.shape), indices, axis, mode=mode)
    return torch.take(a, torch.tensor(np.asarray(places)))


def take(a, indices, axis, mode):
    return np.take(a, np.asarray(indices, int), axis, mode=mode)


describe("take", taken_slices(), take, torch_take)
