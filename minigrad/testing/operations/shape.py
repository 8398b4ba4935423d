"""Operations that move elements."""

import numpy as np
from hypothesis import strategies as st

import minigrad as mg
from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import FOR_RULES, arguments, sides, together
from minigrad.testing.strategies import arrays, broadcastable_shapes, shapes


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
    return arguments(a, start=draw(st.integers(0, a.ndim)))


@st.composite
def transposed(draw):
    a = draw(arrays())
    order = draw(st.none() | st.permutations(range(a.ndim)).map(tuple))
    if order is not None and draw(st.booleans()):
        order = tuple(i - a.ndim for i in order)
    return arguments(a, axes=order)


describe("reshape", reshaped(), lambda a, shape: np.reshape(a, shape), "reshape")
describe("flatten", flattened(), lambda a, start: a.reshape(*a.shape[:start], int(np.prod(a.shape[start:]))),
         lambda torch, a, start: a.flatten(start) if start < a.ndim else a[..., None])
describe("transpose", transposed(), np.transpose,
         lambda torch, a, axes: a.permute(tuple(range(a.ndim))[::-1] if axes is None else axes))


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


# ---- joining and cutting

def concatenate(*tensors, axis):
    """mg.concatenate of tensors given one by one."""
    return mg.concatenate(tensors, axis)


def stack(*tensors, axis):
    """mg.stack of tensors given one by one."""
    return mg.stack(tensors, axis)


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
def stacked(draw):
    shape = draw(shapes(max_side=3))
    parts = together(draw, *[shape] * draw(st.integers(1, 3)))
    return arguments(*parts, axis=draw(st.integers(-len(shape) - 1, len(shape))))


@st.composite
def cut(draw):
    """An array and sizes along one axis: a list of them, or how many equal ones."""
    sizes = draw(joints())
    shape = draw(sides())
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    shape = tuple(sum(sizes) if i == axis % len(shape) else n for i, n in enumerate(shape))
    equal = len(set(sizes)) == 1 and draw(st.booleans())
    return arguments(draw(arrays(shape)), sizes=len(sizes) if equal else tuple(sizes), axis=axis)


def pieces(a, sizes, axis):
    if isinstance(sizes, int):
        return np.split(a, sizes, axis)
    return np.split(a, np.cumsum(sizes)[:-1], axis)


def torch_pieces(torch, a, sizes, axis):
    if isinstance(sizes, int):
        sizes = (a.shape[axis] // sizes,) * sizes
    return torch.split(a, sizes, axis)


describe("concatenate", joined(), lambda *parts, axis: np.concatenate(parts, axis),
         lambda torch, *parts, axis: torch.cat(parts, axis), call=concatenate)
describe("stack", stacked(), lambda *parts, axis: np.stack(parts, axis),
         lambda torch, *parts, axis: torch.stack(parts, axis), call=stack)
describe("split", cut(), pieces, torch_pieces)


# ---- padding

@st.composite
def padded(draw):
    a = draw(arrays(shapes(0, 3, 0, 3)))
    side = st.integers(0, 2)
    widths = draw(side | st.tuples(*[st.tuples(side, side)] * a.ndim))
    return arguments(a, widths=widths, value=draw(st.sampled_from((0, 1.5, -2))))


def pairs(a, widths):
    return ((widths, widths),) * a.ndim if isinstance(widths, int) else widths


def pad(a, widths, value):
    """numpy's, but it rounds a value that integers do not have."""
    if a.dtype.kind != "f":
        if value % 1:
            raise TypeError(f"no integer: {value}")
        value = np.add(np.zeros((), a.dtype), int(value))
    return np.pad(a, pairs(a, widths), constant_values=value) if a.ndim else a


describe("pad", padded(), pad,
         lambda torch, a, widths, value: torch.nn.functional.pad(a, [n for w in pairs(a, widths)[::-1] for n in w],
                                                                 value=value) if a.ndim else a.clone())
