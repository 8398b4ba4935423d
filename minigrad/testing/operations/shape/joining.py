"""Several tensors made into one."""

import numpy as np
from hypothesis import strategies as st

import minigrad as mg
from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import arguments, sides, together
from minigrad.testing.strategies import shapes


def one_by_one(operation):
    """The operation, of tensors given one by one."""
    def call(*tensors, **options):
        return operation(tensors, **options)

    call.__name__ = call.__qualname__ = operation.__name__
    return call


concatenate, stack = one_by_one(mg.concatenate), one_by_one(mg.stack)


@st.composite
def joints(draw):
    """Sizes of what is joined or cut, half the time equal ones."""
    sizes = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    return [sizes[0]] * len(sizes) if draw(st.booleans()) else sizes


@st.composite
def joined(draw):
    """Arrays that may differ along one axis, of sizes from 0."""
    shape = draw(sides())
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    parts = []
    for n in draw(joints()):
        parts.append(list(shape))
        parts[-1][axis] = n
    return arguments(*together(draw, *map(tuple, parts)), axis=axis)


@st.composite
def of_any_shape(draw):
    """Arrays of any shapes, to be joined as rows of numbers."""
    return arguments(*together(draw, *(draw(shapes(max_side=3)) for _ in range(draw(st.integers(1, 3))))), axis=None)


@st.composite
def stacked(draw):
    shape = draw(shapes(max_side=3))
    parts = together(draw, *[shape] * draw(st.integers(1, 3)))
    return arguments(*parts, axis=draw(st.integers(-len(shape) - 1, len(shape))))


describe("concatenate", joined(), lambda *parts, axis: np.concatenate(parts, axis),
         lambda torch, *parts, axis: torch.cat(parts, axis), call=concatenate)
describe("concatenate", of_any_shape(), lambda *parts, axis: np.concatenate(parts, axis),
         lambda torch, *parts, axis: torch.cat([p.reshape(-1) for p in parts]), about="axis=None", call=concatenate)
describe("stack", stacked(), lambda *parts, axis: np.stack(parts, axis),
         lambda torch, *parts, axis: torch.stack(parts, axis), call=stack)


@st.composite
def beside_each_other(draw, axis, least):
    """Arrays of `least` axes or more that agree beside the axis along which they are joined."""
    shape = draw(sides(0, 3, (least, 3)))
    axis = min(axis, len(shape) - 1)
    return arguments(*together(draw, *((*shape[:axis], draw(st.integers(0, 3)), *shape[axis + 1:])
                                       for _ in range(draw(st.integers(1, 3))))))


@st.composite
def columns(draw):
    """Vectors and matrices of as many rows."""
    rows = draw(st.integers(0, 3))
    shape = st.sampled_from(((rows,), (rows, 2), (rows, 0)))
    return arguments(*together(draw, *(draw(shape) for _ in range(draw(st.integers(1, 3))))))


def described(name, inputs):
    describe(name, inputs, lambda *parts: getattr(np, name)(parts), lambda torch, *parts: getattr(torch, name)(parts),
             call=one_by_one(getattr(mg, name)))


described("hstack", beside_each_other(1, 1))
described("vstack", beside_each_other(0, 2))
described("dstack", beside_each_other(2, 3))
described("column_stack", columns())


@st.composite
def appended(draw):
    if draw(st.booleans()):
        (parts, _) = draw(of_any_shape())
        return arguments(*(parts * 2)[:2])
    shape = draw(sides(0, 3))
    axis = draw(st.integers(0, len(shape) - 1))
    other = (*shape[:axis], draw(st.integers(0, 3)), *shape[axis + 1:])
    return arguments(*together(draw, shape, other), axis=axis)


describe("append", appended(), np.append, lambda torch, a, values, axis=None: torch.cat(
    [a.reshape(-1), values.reshape(-1)] if axis is None else [a, values], axis or 0))
