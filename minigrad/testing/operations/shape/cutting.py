"""One tensor cut into several."""

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import arguments, sides
from minigrad.testing.strategies import arrays


@st.composite
def cut(draw, equal=True, dims=(1, 3), along=None):
    """An array and how many pieces, equal ones perhaps, or where to cut: places that may be out of order or range."""
    count = draw(st.integers(1, 3))
    shape = list(draw(sides(0, 4, dims)))
    axis = draw(st.integers(-len(shape), len(shape) - 1)) if along is None else along if len(shape) > along else 0
    if equal:
        shape[axis] = count * draw(st.integers(0, 2))
    options = {"axis": axis} if along is None else {}
    in_order = st.lists(st.integers(0, 4), max_size=3).map(sorted)
    places = draw(st.just(count) | st.lists(st.integers(-2, 5), max_size=3) | in_order)
    return arguments(draw(arrays(tuple(shape))), places, **options)


def torch_cut(name):
    """torch.tensor_split at places that numpy's slices would take; only it cuts anywhere."""
    def pieces(torch, a, places, axis=None):
        axis = {"hsplit": min(1, a.ndim - 1), "vsplit": 0, "dsplit": 2}.get(name, axis)
        if isinstance(places, int):
            return torch.tensor_split(a, places, axis)
        n = a.shape[axis]
        bounds = [slice(i, j).indices(n)[:2] for i, j in zip([0, *places], [*places, None])]
        return [a.narrow(axis, i, max(j - i, 0)) for i, j in bounds]

    return pieces


describe("split", cut(), np.split, torch_cut("split"))
describe("array_split", cut(equal=False), np.array_split, torch_cut("array_split"))
describe("hsplit", cut(along=1), np.hsplit, torch_cut("hsplit"))
describe("vsplit", cut(along=0, dims=(2, 3)), np.vsplit, torch_cut("vsplit"))
describe("dsplit", cut(along=2, dims=(3, 3)), np.dsplit, torch_cut("dsplit"))


@st.composite
def chunked(draw):
    a = draw(arrays(sides()))
    return arguments(a, draw(st.integers(1, 5)), axis=draw(st.integers(-a.ndim, a.ndim - 1)))


def chunk(a, chunks, axis):
    n = a.shape[axis]
    size = -(-n // chunks)
    return np.split(a, range(size, n, size) if n else [0] * (chunks - 1), axis)


@st.composite
def sliced(draw):
    a = draw(arrays(sides()))
    return arguments(a, axis=draw(st.integers(-a.ndim, a.ndim - 1)))


describe("chunk", chunked(), chunk, lambda torch, a, chunks, axis: torch.chunk(a, chunks, axis))
describe("unstack", sliced(), lambda a, axis: list(np.moveaxis(a, axis, 0)), lambda torch, a, axis: torch.unbind(a, axis))
