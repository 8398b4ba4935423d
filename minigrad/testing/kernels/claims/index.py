"""The adjoints of indexing: places with repeats, from the end, and of every kind that numpy knows."""

import numpy as np

from minigrad.testing.kernels.claim import ORDER, Claim, by_magnitude
from minigrad.testing.kernels.drawing import arguments
from minigrad.testing.memory import arrange


def places(d, n, shape):
    """Integers that index an axis of length n, in a drawn memory layout."""
    found = arrange(d.rng.integers(-n, n, shape), d.one_of(*d.layouts))
    return found.astype(d.one_of(np.int64, np.int64, np.int64, np.int32))


@arguments()
def put_at(d):
    shape = d.one_of((5,), (7, 3), (1, 17), (4, 33), (2, 5, 3), (3, 1, 2, 4)) if not d.large else (300, 65)
    many = d.one_of((4,), (1,), (0,), (17,), (2, 3), (300,)) if not d.large else (4_099,)
    how = d.one_of("rows", "grid", "mask", "within", "slices", "basic")
    if how == "rows":
        index = places(d, shape[0], many)
    elif how == "grid":
        index = tuple(places(d, n, many[-1:] if i else many) for i, n in enumerate(shape[:d.one_of(*range(1, len(shape) + 1))]))
    elif how == "mask":
        index = d.rng.random(shape[:d.one_of(*range(1, len(shape) + 1))]) < 0.5
    elif how == "slices":
        axis = d.one_of(*range(len(shape)))
        index = (*(slice(None),) * axis, places(d, shape[axis], many[:1]))
    elif how == "within":
        index = (*(slice(None, None, -1) for _ in shape[:-1]), places(d, shape[-1], many))
    else:
        index = d.one_of(0, slice(1, None), (None, ..., slice(None, None, 2)))
    return d.like(*np.empty(shape, bool)[index].shape), index, shape


def along(d):
    """(a shape, an axis of it, places along that)."""
    shape = d.one_of((5,), (7, 3), (3, 17), (2, 5, 3), (0, 4)) if not d.large else (300, 129)
    axis = d.one_of(*range(len(shape)))
    found = (*shape[:axis], d.one_of(1, 3, 40, 0) if shape[axis] else 0, *shape[axis + 1:])
    return shape, axis, places(d, max(shape[axis], 1), found)


@arguments()
def put_along_axis(d):
    shape, axis, index = along(d)
    return d.like(*index.shape), index, axis, shape


@arguments()
def take_along_axis(d):
    shape, axis, index = along(d)
    return d.array(*shape), index, axis


@arguments()
def overwritten_along(d):
    shape, axis, index = along(d)
    return d.array(*shape), index, d.array(*index.shape), axis


@arguments()
def written_at(d):
    shape = d.one_of((5,), (7, 3), (1, 17), (4, 33), (2, 5, 3), (3, 1, 2, 4)) if not d.large else (300, 65)
    many = d.one_of((4,), (1,), (0,), (17,), (2, 3), (300,)) if not d.large else (4_099,)
    how = d.one_of("rows", "grid", "mask", "basic")
    if how == "rows":
        index = places(d, shape[0], many)
    elif how == "grid":
        index = tuple(places(d, n, many[-1:] if i else many) for i, n in enumerate(shape[:d.one_of(*range(1, len(shape) + 1))]))
    elif how == "mask":
        index = d.rng.random(shape[:d.one_of(*range(1, len(shape) + 1))]) < 0.5
    else:
        index = d.one_of(0, slice(1, None), (None, ..., slice(None, None, 2)))
    picked = np.empty(shape, bool)[index].shape
    return d.array(*shape), index, d.array(*picked[d.one_of(*range(len(picked) + 1)):])


KERNELS = {
    "put": Claim(put_at, 16, ORDER, by_magnitude("put", 0)),
    "add_at": Claim(written_at, 160, ORDER, by_magnitude("add_at", 0, 2)),     # one number often is rounded alike each time
    "overwrite": Claim(written_at),
    "overwrite_along": Claim(overwritten_along),
    "add_along": Claim(overwritten_along, 160, ORDER, by_magnitude("add_along", 0, 2)),
    "take_along": Claim(take_along_axis),
    "put_along": Claim(put_along_axis, 16, ORDER, by_magnitude("put_along", 0)),
}
