"""Sorted numbers, where they stand, and counts of them."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minigrad.testing.operations import Kink, describe
from minigrad.testing.operations.inputs import INTEGERS, ONLY_VALUES, arguments, axes, sides, wild
from minigrad.testing.strategies import arrays, at, generic, mixed

BOTH = {"first": INTEGERS, "second": INTEGERS}
TIES = mixed(at(-1, 0, 1), generic())


def along(values=None, low=0, **options):
    """An array, and an axis of it or None."""
    @st.composite
    def inputs(draw):
        a = draw(arrays(sides(low), values=values))
        return arguments(a, axis=draw(st.none() | axes(a.ndim, False)), **{k: draw(v) for k, v in options.items()})

    return inputs()


def line(a, axis):
    return (a.reshape(-1), 0) if axis is None else (a, axis)


def torch_sort(torch, a, axis, kth=None, descending=False):
    return torch.sort(line(a, axis)[0], dim=line(a, axis)[1], stable=True, descending=descending).values


def torch_argsort(torch, a, axis, kth=None, descending=False):
    return torch.argsort(line(a, axis)[0], dim=line(a, axis)[1], stable=True, descending=descending)


def argsort(a, axis, descending):
    a, axis = line(a, axis)
    if not descending:
        return np.argsort(a, axis, kind="stable")
    return a.shape[axis] - 1 - np.flip(np.argsort(np.flip(a, axis), axis, kind="stable"), axis)


def sort(a, axis=-1, descending=False):
    a, axis = line(a, axis)
    return np.flip(np.sort(a, axis), axis) if descending else np.sort(a, axis)


EITHER_WAY = {"descending": st.booleans()}
describe("sort", along(**EITHER_WAY), sort, torch_sort, kinks=[
    Kink((np.array([[3.0, 1], [2, 2]]),), ([[1, 1], [1, 1]],)), Kink((np.array([np.nan, 1, np.inf]),), ([1, 1, 1],))])
describe("sort", along(wild, **EITHER_WAY), sort, torch_sort, about="NaN, infinities, ties", without=ONLY_VALUES)
describe("argsort", along(wild, **EITHER_WAY), argsort, torch_argsort, without=BOTH)


@st.composite
def with_place(draw, **options):
    args, options = draw(along(low=1))
    (a,), axis = args, options["axis"]
    return arguments(a, kth=draw(st.integers(0, (a.size if axis is None else a.shape[axis]) - 1)), axis=axis)


describe("partition", with_place(), lambda a, kth, axis: np.sort(a, axis), torch_sort)
describe("argpartition", with_place(), lambda a, kth, axis: np.argsort(a, axis, kind="stable"),
         torch_argsort, without=BOTH)


def first_few(values):
    @st.composite
    def inputs(draw):
        (a,), options = draw(along(values))
        n = a.size if options["axis"] is None else a.shape[options["axis"]]
        return arguments(a, draw(st.integers(0, n)), largest=draw(st.booleans()), **options)

    return inputs()


def topk(a, k, axis, largest):
    a, axis = line(a, axis)
    axis %= a.ndim
    index = np.empty((*a.shape[:axis], k, *a.shape[axis + 1:]), np.int64)
    rows, places = np.moveaxis(a, axis, -1), np.moveaxis(index, axis, -1)
    for at_row in np.ndindex(rows.shape[:-1]):
        row = rows[at_row].tolist()
        places[at_row] = sorted(range(len(row)), key=lambda i: -row[i] if largest else row[i])[:k]
    return np.take_along_axis(a, index, axis), index


def torch_topk(torch, a, k, axis, largest):
    a, axis = line(a, axis)
    return tuple(torch.topk(a, k, axis, largest))


describe("topk", first_few(None), topk, torch_topk)
describe("topk", first_few(at(-1, 0, 1)), topk, about="ties", without=ONLY_VALUES | {"torch": "it may give any of equals"})


WHAT = {f"return_{name}": st.booleans() for name in ("index", "inverse", "counts")}


@st.composite
def to_be_counted(draw, values=None):
    return arguments(draw(arrays(values=values)), **{name: draw(choice) for name, choice in WHAT.items()})


describe("unique", to_be_counted(), np.unique, without={"torch": "PyTorch's has no gradient"}, kinks=[
    Kink((np.array([[2.0, 1], [2, 1]]),), ([[1, 1], [0, 0]],))])
describe("unique", to_be_counted(mixed(wild, at(-1, 0, 1))), np.unique, about="NaN, infinities, ties",
         without=ONLY_VALUES | {"torch": "NaN differs from itself there"})
describe("nonzero", arrays(sides(), values=mixed(at(0, among=generic()), wild)).map(arguments), np.nonzero,
         lambda torch, a: torch.nonzero(a, as_tuple=True), without=BOTH)


@st.composite
def among_sorted(draw):
    a = np.sort(draw(arrays(draw(sides(0, 6, (1, 1))), values=TIES)))
    return arguments(a, draw(arrays(values=TIES)), side=draw(st.sampled_from(("left", "right"))))


describe("searchsorted", among_sorted(), lambda a, v, side: np.searchsorted(a, v, side),
         lambda torch, a, v, side: torch.searchsorted(a, v, side=side), without=BOTH)


@st.composite
def counted(draw):
    n = draw(st.integers(1, 6))
    x = draw(hnp.arrays(np.int64, n, elements=st.integers(0, 5)))
    return arguments(x, draw(st.none() | arrays((n,))), minlength=draw(st.integers(0, 8)))


describe("bincount", counted(), np.bincount, without={"torch": "PyTorch's has no gradient"})
