"""The same elements several times."""

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import FOR_RULES, arguments, together
from minigrad.testing.strategies import arrays, broadcastable_shapes, shapes


@st.composite
def widened(draw):
    """An array and a larger shape that it broadcasts to."""
    common, = draw(broadcastable_shapes(1))
    small = tuple(1 if draw(st.booleans()) else n for n in common[draw(st.integers(0, len(common))):])
    return arguments(draw(arrays(small)), shape=common)


@st.composite
def narrowed(draw):
    """An array and a smaller shape that broadcasts to its own."""
    a = draw(arrays())
    small = tuple(1 if draw(st.booleans()) else n for n in a.shape[draw(st.integers(0, a.ndim)):])
    return arguments(a, shape=small)


def sum_to(a, shape):
    """Leading axes are summed away, axes that shrink to 1 are summed and kept."""
    a = a.sum(tuple(range(a.ndim - len(shape))))
    return a.sum(tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)


describe("broadcast_to", widened(), np.broadcast_to, lambda torch, a, shape: a.broadcast_to(shape))
describe("sum_to", narrowed(), sum_to, lambda torch, a, shape: a.sum_to_size(shape), without={"integers": FOR_RULES})


@st.composite
def several(draw):
    return arguments(*together(draw, *draw(broadcastable_shapes(draw(st.integers(1, 3))))))


describe("broadcast_arrays", several(), np.broadcast_arrays, "broadcast_tensors")


@st.composite
def coordinates(draw):
    sizes = [draw(st.sampled_from(((), (1,), (2,), (3,), (0,)))) for _ in range(draw(st.integers(1, 3)))]
    return arguments(*together(draw, *sizes), indexing=draw(st.sampled_from(("ij", "xy"))), sparse=draw(st.booleans()))


def torch_meshgrid(torch, *tensors, indexing, sparse):
    if sparse or len(tensors) == 1:
        shapes = [g.shape for g in np.meshgrid(*(np.empty(t.shape) for t in tensors), indexing=indexing, sparse=True)]
        return [t.reshape(shape) for t, shape in zip(tensors, shapes)]
    return torch.meshgrid(*tensors, indexing=indexing)


describe("meshgrid", coordinates(), np.meshgrid, torch_meshgrid)


@st.composite
def repeated(draw):
    a = draw(arrays())
    axis = draw(st.integers(-a.ndim, a.ndim - 1)) if a.ndim and draw(st.booleans()) else None
    n = a.size if axis is None else a.shape[axis]
    times = draw(st.integers(0, 3) | st.lists(st.integers(0, 3), min_size=n, max_size=n) if n > 1 else st.integers(0, 3))
    return arguments(a, times, axis=axis)


def torch_repeat(torch, a, repeats, axis):
    return torch.repeat_interleave(a, torch.tensor(repeats) if isinstance(repeats, list) else repeats, dim=axis)


describe("repeat", repeated(), np.repeat, torch_repeat)


@st.composite
def tiled(draw):
    a = draw(arrays(shapes(max_side=3)))
    return arguments(a, draw(st.integers(0, 3) | st.lists(st.integers(0, 2), max_size=4).map(tuple)))


describe("tile", tiled(), np.tile, lambda torch, a, reps: torch.tile(a, reps if isinstance(reps, tuple) else (reps,)))
