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


def mixed_index(draw, shape):
    """Slices, numbers, integer arrays that broadcast, and booleans of several axes side by side, new axes and ... between."""
    count, parts, axis = draw(st.integers(1, 3)), [], 0
    height = draw(st.sampled_from((count, 2)))              # of every column, so that they broadcast
    while axis < len(shape):
        n = shape[axis]
        kind = draw(st.sampled_from(("slice", "number", "array", "column", "none", "mask", "mask of two", "0-d")))
        if kind == "none":
            parts.append(None)
            continue
        if kind == "mask of two" and axis + 1 < len(shape) and n * shape[axis + 1] >= count:
            parts.append(mask_of(draw, shape[axis:axis + 2], count))
            axis += 2
            continue
        if kind == "mask" and n >= count:
            parts.append(mask_of(draw, (n,), count))
        elif kind in ("array", "column") and n:
            size = (count,) if kind == "array" else draw(st.sampled_from(((height, 1), (1,))))
            parts.append(draw(hnp.arrays(draw(st.sampled_from((np.int64, np.int32))), size, elements=st.integers(-n, n - 1))))
        elif kind in ("number", "0-d") and n:
            i = draw(st.integers(-n, n - 1))
            parts.append(i if kind == "number" else np.array(i))
        else:
            parts.append(draw(st.slices(n)))
        axis += 1
        if draw(st.integers(0, 3)) == 0:
            break
    if axis == len(shape) and draw(st.booleans()):
        parts.insert(draw(st.integers(0, len(parts))), Ellipsis)
    if draw(st.integers(0, 7)) == 0:                # False picks nothing, so it goes with no array of several
        parts.append(any(isinstance(p, np.ndarray) for p in parts) or draw(st.booleans()))
    return tuple(parts)


def mask_of(draw, shape, count):
    """Booleans, `count` of them true."""
    places = draw(st.permutations(range(int(np.prod(shape)))))[:count]
    return np.isin(np.arange(int(np.prod(shape))), places).reshape(shape)


@st.composite
def indexed(draw, index_of=index_of):
    a = draw(arrays(sides()))
    return arguments(a, index_of(draw, a.shape))


@st.composite
def put_there(draw, index_of=index_of):
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
describe("getitem", indexed(mixed_index), lambda a, index: a[index], torch_getitem, about="all sorts of index side by side")
describe("put", put_there(), put, torch_put)
describe("put", put_there(mixed_index), put, torch_put, about="all sorts of index side by side")
