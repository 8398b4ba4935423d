"""Slices taken out, put in between, trimmed away."""

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import NO_TWIN, arguments, sides, together
from minigrad.testing.strategies import arrays


def some_places(draw, n, end):
    """An int, a slice, integers or a mask."""
    kind = draw(st.sampled_from(("int", "slice", "list", "mask"))) if n else "slice"
    if kind == "int":
        return draw(st.integers(-n, end))
    if kind == "slice":
        return draw(st.slices(n))
    if kind == "list":
        return draw(st.lists(st.integers(-n, end), max_size=3))
    return np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))


@st.composite
def deleted(draw):
    a = draw(arrays(sides()))
    axis = draw(st.none() | st.integers(-a.ndim, a.ndim - 1))
    n = a.size if axis is None else a.shape[axis]
    return arguments(a, some_places(draw, n, n - 1), axis=axis)


@st.composite
def inserted(draw):
    shape = draw(sides(1, 3))
    axis = draw(st.integers(0, len(shape) - 1))
    obj = some_places(draw, shape[axis], shape[axis])
    if isinstance(obj, int):
        obj = [obj]
    count = np.arange(shape[axis])[obj].size if not isinstance(obj, list) else len(obj)
    values = tuple(draw(st.sampled_from((1, n))) for n in (*shape[:axis], count, *shape[axis + 1:]))
    a, values = together(draw, shape, values[draw(st.integers(0, len(shape))):])
    return arguments(a, obj, values, axis=axis)


def insert(a, obj, values, axis):
    """numpy's, of places as integers."""
    places = np.arange(a.shape[axis])[obj] if not isinstance(obj, list) else np.array(obj, int)
    return np.insert(a, places, values, axis)


@st.composite
def before_one(draw):
    a, values = together(draw, (draw(st.integers(1, 4)),), (draw(st.integers(0, 3)),))
    return arguments(a, draw(st.integers(-a.size, a.size)), values, axis=0)


def torch_delete(torch, a, obj, axis):
    if axis is None:
        a, axis = a.reshape(-1), 0
    kept = np.delete(np.arange(a.shape[axis]), obj.numpy() if hasattr(obj, "numpy") else obj)
    return a.index_select(axis, torch.tensor(kept))


describe("delete", deleted(), np.delete, torch_delete)
describe("insert", inserted(), insert, without={"torch": NO_TWIN})
describe("insert", before_one(), np.insert, about="before one place", without={"torch": NO_TWIN})


@st.composite
def with_zeros(draw):
    """Zeros at both ends: these are not moved, as there is no slope where an element becomes 0."""
    a = draw(arrays(st.integers(0, 4)))
    return arguments(np.concatenate([np.zeros(draw(st.integers(0, 2))), a, np.zeros(draw(st.integers(0, 2)))]),
                     trim=draw(st.sampled_from(("f", "b", "fb"))))


describe("trim_zeros", with_zeros(), np.trim_zeros, without={
    "torch": NO_TWIN, "first": "an element that leaves 0 is not trimmed any more: the slopes at zeros are other shapes",
    "second": "an element that leaves 0 is not trimmed any more: the slopes at zeros are other shapes"})
