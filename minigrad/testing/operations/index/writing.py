"""Copies in which some elements are others."""

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import describe
from minigrad.testing.operations.index.along import places_along, smaller
from minigrad.testing.operations.index.picking import index_of, mixed_index, positions
from minigrad.testing.operations.inputs import arguments, sides, together

FOR_UPDATES = "scatter, index_add and a.at call it, once a and the values are of one dtype"


@st.composite
def overwritten(draw):
    """An array, an index and values that broadcast to what it picks."""
    shape = draw(sides())
    index = draw(st.sampled_from((index_of, mixed_index)))(draw, shape)
    picked = np.zeros(shape)[index].shape
    values = tuple(1 if draw(st.integers(0, 3)) == 0 else n for n in picked[draw(st.integers(0, len(picked))):])
    a, values = together(draw, shape, values)
    return arguments(a, index, values)


def overwrite(a, index, values):
    a = np.array(np.broadcast_to(a, a.shape), np.result_type(a, values))
    a[index] = values
    return a


def torch_overwrite(torch, a, index, values):
    """By a mask and the number of the last value of each place: PyTorch leaves open which of several stands."""
    places = positions(torch, index, a.shape)
    values = values.broadcast_to(places.shape).reshape(-1)
    last = np.zeros(a.numel(), int)
    hit = np.zeros(a.numel(), bool)
    for number, place in enumerate(places.reshape(-1).tolist()):
        last[place], hit[place] = number, True
    if not places.numel():
        return a + values.sum() * 0
    return torch.where(torch.tensor(hit), values[torch.tensor(last)], a.reshape(-1)).reshape(a.shape)


describe("overwrite", overwritten(), overwrite, torch_overwrite)


def add_at(a, index, values):
    a = np.array(a, np.result_type(a, values))
    np.add.at(a, index, values)
    return a


def torch_add_at(torch, a, index, values):
    places = positions(torch, index, a.shape)
    return a.reshape(-1).index_add(0, places.reshape(-1), values.broadcast_to(places.shape).reshape(-1)).reshape(a.shape)


describe("add_at", overwritten(), add_at, torch_add_at, without={"integers": FOR_UPDATES})


@st.composite
def overwritten_along(draw):
    shape = draw(sides())
    axis = draw(st.integers(0, len(shape) - 1))
    index = places_along(draw, shape, axis)
    a, values = together(draw, shape, index.shape)
    return arguments(a, index, values, axis)


def overwrite_along(a, index, values, axis):
    a = np.array(a)
    np.put_along_axis(a, index, values, axis)
    return a


def torch_overwrite_along(torch, a, index, values, axis):
    return torch_overwrite(torch, a, grid(a, axis, index.numpy()), values)


describe("overwrite_along", overwritten_along(), overwrite_along, torch_overwrite_along, without={"integers": FOR_UPDATES})


def add_along(a, index, values, axis):
    return add_at(a, grid(a, axis, index), values)


def torch_add_along(torch, a, index, values, axis):
    return torch_add_at(torch, a, grid(a, axis, index.numpy()), values)


describe("add_along", overwritten_along(), add_along, torch_add_along, without={"integers": FOR_UPDATES})


@st.composite
def scattered(draw, number=True):
    """src is as large as the index, larger, or one number."""
    shape = draw(sides())
    axis = draw(st.integers(0, len(shape) - 1))
    index = smaller(draw, shape, axis)
    of_src = tuple(n + draw(st.integers(0, 1)) for n in index.shape)
    axis -= draw(st.sampled_from((0, len(shape))))
    if number and draw(st.integers(0, 3)) == 0:
        (a,) = together(draw, shape)
        return arguments(a, axis, index, draw(st.sampled_from((2, -1))))
    a, src = together(draw, shape, of_src)
    return arguments(a, axis, index, src)


def grid(a, axis, index):
    places = list(np.meshgrid(*map(np.arange, index.shape), indexing="ij"))
    places[axis] = index
    return tuple(places)


def corner(src, index):
    return src[tuple(map(slice, index.shape))] if hasattr(src, "shape") else src


def scatter(a, axis, index, src):
    return overwrite(a, grid(a, axis, index), corner(src, index))


def scatter_add(a, axis, index, src):
    a = np.array(a, np.result_type(a, src))
    np.add.at(a, grid(a, axis, index), corner(src, index))
    return a


def torch_scatter(torch, a, axis, index, src):
    if isinstance(src, int):
        return a.scatter(axis, index, src)
    return torch_overwrite(torch, a, grid(a, axis, index.numpy()), corner(src, index))


describe("scatter", scattered(), scatter, torch_scatter)
describe("scatter_add", scattered(number=False), scatter_add,
         lambda torch, a, axis, index, src: a.scatter_add(axis, index, corner(src, index)))


@st.composite
def added(draw):
    shape = draw(sides(1, 3))
    axis = draw(st.integers(0, len(shape) - 1))
    index = np.array(draw(st.lists(st.integers(0, shape[axis] - 1), max_size=4)), int)
    a, source = together(draw, shape, (*shape[:axis], len(index), *shape[axis + 1:]))
    return arguments(a, axis - draw(st.sampled_from((0, len(shape)))), index, source, alpha=draw(st.sampled_from((1, 2, -3))))


def index_add(a, axis, index, source, alpha):
    if alpha != 1:
        source = np.asarray(source, np.result_type(a, source)) * alpha
    a = np.array(a, np.result_type(a, source))
    np.add.at(a, (slice(None),) * (axis % a.ndim) + (index,), source)
    return a


describe("index_add", added(), index_add,
         lambda torch, a, axis, index, source, alpha: a.index_add(axis, index, source, alpha=alpha))
