"""Indexing and its adjoints."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import arguments, sides
from minigrad.testing.strategies import arrays


def index_of(draw, shape):
    """An index into an array of that shape: basic; integers along one axis (a list, an array); or booleans."""
    kind = draw(st.sampled_from(("basic", "integers", "mask", "grid")))
    if kind == "mask":
        axes = draw(st.integers(1, len(shape)))
        return draw(hnp.arrays(np.bool_, shape[:axes]))
    if kind == "integers" and min(shape):
        axis = draw(st.integers(0, len(shape) - 1))
        places = draw(hnp.arrays(np.int64, draw(sides(0, 3, (1, 2))), elements=st.integers(-shape[axis], shape[axis] - 1)))
        return (*(draw(st.slices(n)) for n in shape[:axis]), draw(st.sampled_from((places, places.tolist())))
                if places.size else places)
    if kind == "grid" and min(shape):
        grid = draw(sides(1, 3, (1, 2)))
        return tuple(draw(hnp.arrays(np.int64, grid, elements=st.integers(-n, n - 1)))
                     for n in shape[:draw(st.integers(1, len(shape)))])
    return draw(hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))


@st.composite
def indexed(draw):
    a = draw(arrays(sides()))
    return arguments(a, index_of(draw, a.shape))


@st.composite
def put_there(draw):
    """g in the shape that the index picks from `shape`."""
    shape = draw(sides())
    index = index_of(draw, shape)
    picked = np.zeros(shape)[index].shape
    return arguments(draw(arrays(picked)), index, shape)


def put(g, index, shape):
    a = np.zeros(shape, g.dtype)
    np.add.at(a, index, g)
    return a


def positions(torch, index, shape):
    """What the index picks, as places in the flattened tensor: so negative steps work, which PyTorch does not have."""
    def plain(i):
        return i.numpy() if isinstance(i, torch.Tensor) else i

    index = tuple(map(plain, index)) if isinstance(index, tuple) else plain(index)
    return torch.tensor(np.array(np.arange(int(np.prod(shape))).reshape(shape)[index], order="C"))


def torch_getitem(torch, a, index):
    return torch.take(a, positions(torch, index, a.shape))


def torch_put(torch, g, index, shape):
    places = positions(torch, index, shape).reshape(-1)
    return torch.zeros(int(np.prod(shape)), dtype=g.dtype).index_add(0, places, g.reshape(-1)).reshape(shape)


describe("getitem", indexed(), lambda a, index: a[index], torch_getitem)
describe("put", put_there(), put, torch_put)


# ---- along one axis

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
