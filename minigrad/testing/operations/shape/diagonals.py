"""Diagonals, matrices of them, and triangles."""

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import FOR_RULES, arguments, sides
from minigrad.testing.strategies import arrays, shapes

OFFSETS = st.integers(-4, 4)


@st.composite
def of_two_axes(draw):
    a = draw(arrays(sides(dims=(2, 3))))
    first, second = draw(st.permutations(range(a.ndim)))[:2]
    return arguments(a, draw(OFFSETS), first - draw(st.sampled_from((0, a.ndim))), second)


@st.composite
def put_there(draw):
    shape = draw(sides(dims=(2, 3)))
    first, second = draw(st.permutations(range(len(shape))))[:2]
    offset = draw(OFFSETS)
    return arguments(draw(arrays(np.zeros(shape).diagonal(offset, first, second).shape)), offset, first, second, shape)


def put_diagonal(g, offset, axis1, axis2, shape):
    y = np.zeros(shape, g.dtype)
    view = y.diagonal(offset, axis1, axis2)
    view.flags.writeable = True
    view[...] = g
    return y


def torch_put_diagonal(torch, g, offset, axis1, axis2, shape):
    if not g.numel():
        return torch.zeros(shape, dtype=g.dtype) + g.sum() * 0
    return torch.diagonal_scatter(torch.zeros(shape, dtype=g.dtype), g, offset, axis1, axis2)


def torch_diagonal(torch, a, offset, axis1, axis2):
    rows, columns = a.shape[axis1], a.shape[axis2]
    if not -rows <= offset <= columns:          # numpy's diagonal ends there
        return a.diagonal(columns, axis1, axis2)
    return a.diagonal(offset, axis1, axis2)


describe("diagonal", of_two_axes(), lambda a, offset, axis1, axis2: a.diagonal(offset, axis1, axis2), torch_diagonal)
describe("put_diagonal", put_there(), put_diagonal, torch_put_diagonal, without={"integers": FOR_RULES})


@st.composite
def vector_or_matrix(draw):
    return arguments(draw(arrays(sides(dims=(1, 2)))), draw(OFFSETS))


@st.composite
def any_shape(draw, low=0):
    return arguments(draw(arrays(shapes(low, 3, 0, 3))), draw(OFFSETS))


def torch_triangle(name):
    def triangle(torch, a, k):
        return getattr(torch, name)(a if a.ndim > 1 else a.expand(a.shape[0], a.shape[0]), k)

    return triangle


describe("diag", vector_or_matrix(), np.diag, lambda torch, a, k: torch_diagonal(torch, a, k, 0, 1) if a.ndim == 2
         else torch.diag(a, k))
describe("diagflat", any_shape(), np.diagflat, "diagflat")
describe("tril", any_shape(1), np.tril, torch_triangle("tril"))
describe("triu", any_shape(1), np.triu, torch_triangle("triu"))
