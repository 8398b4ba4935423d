"""Products by numpy's names, and Einstein's summation."""

from functools import partial

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import PRODUCTS, arguments, together
from minigrad.testing.strategies import arrays, broadcastable_shapes, shapes

SUMS = {"nothing": PRODUCTS}


def two(*pairs):
    """A pair of arrays of one of these pairs of shapes, of letters m, n, k, l for sizes 0 to 3."""
    @st.composite
    def inputs(draw):
        size = {letter: draw(st.integers(0, 3)) for letter in "mnkl"}
        dims = [tuple(size[letter] for letter in part) for part in draw(st.sampled_from(pairs))]
        return arguments(*together(draw, *dims))

    return inputs()


def dot_by_torch(torch, a, b):
    if not a.ndim or not b.ndim:
        return a * b
    return torch.tensordot(a, b, ([-1], [max(b.ndim - 2, 0)]))


describe("dot", two(("", "mn"), ("m", ""), ("m", "m"), ("mk", "kn"), ("mk", "k"), ("k", "kn"), ("mnk", "mkl"), ("nmk", "k"),
                    ("k", "lkn")), np.dot, dot_by_torch, without=SUMS)
describe("inner", two(("", "mn"), ("m", ""), ("m", "m"), ("mk", "nk"), ("mlk", "k"), ("k", "mk"), ("mnk", "lk")),
         np.inner, "inner", without=SUMS)
describe("outer", two(("m", "n"), ("mn", "k"), ("", "n")), np.outer, lambda torch, a, b: torch.outer(a.flatten(), b.flatten()))
describe("vdot", two(("m", "m"), ("mn", "mn"), ("mn", "nm"), ("", "")), np.vdot, lambda torch, a, b:
         torch.dot(a.flatten(), b.flatten()), without=SUMS)
describe("kron", two(("m", "n"), ("mn", "kl"), ("m", "kl"), ("mnk", "l"), ("", "mn"), ("mn", "")), np.kron, "kron")


@st.composite
def along(draw):
    first, second = draw(broadcastable_shapes(2, 1, 3, 0, 3))
    axis = -1
    if len(first) == len(second):
        axis = draw(st.integers(-len(first), len(first) - 1))
    sizes = first[axis], second[axis]
    n = max(sizes) if 0 not in sizes else 0
    first, second = (tuple(n if i == axis % len(s) else m for i, m in enumerate(s)) for s in (first, second))
    return arguments(*together(draw, first, second), axis=axis)


def vecdot(a, b, axis):
    """By its definition, the first conjugate: numpy has it from 2.0 on."""
    return np.einsum("...i,...i", np.moveaxis(np.conj(a), axis, -1), np.moveaxis(b, axis, -1))


describe("vecdot", along(), vecdot, lambda torch, a, b, axis: torch.linalg.vecdot(a, b, dim=axis),
         without=SUMS | {"integers": "numpy's sums of small integers are wider, einsum's are not"})


@st.composite
def contracted(draw):
    sizes = draw(st.lists(st.integers(0, 3), min_size=4, max_size=4))
    n = draw(st.integers(0, 2))
    a, b = together(draw, (*sizes[:2], *sizes[2:2 + n]), (*sizes[2:2 + n], sizes[3]))
    if draw(st.booleans()):
        return (a, b, n), {}
    order = draw(st.permutations(range(2, 2 + n)))
    return (a, b, (tuple(order), tuple(i - 2 for i in order))), {}


describe("tensordot", contracted(), np.tensordot, "tensordot", without=SUMS)


@st.composite
def vectors(draw):
    s, t = draw(broadcastable_shapes(2, 0, 2, 0, 2))
    sizes = draw(st.sampled_from(((3, 3), (3, 3), (2, 3), (3, 2), (2, 2))))
    a, b = together(draw, (*s, sizes[0]), (*t, sizes[1]))
    if draw(st.booleans()) and len(s) == len(t):
        axis = draw(st.integers(0, len(s)))
        return arguments(np.moveaxis(a, -1, axis), np.moveaxis(b, -1, axis), axis=axis)
    return arguments(a, b, axisc=draw(st.integers(0, max(len(s), len(t)))) if max(sizes) == 3 != min(sizes) + 1 else -1)


def cross_by_definition(a, b, axisc=-1, axis=None):
    """numpy's refuses vectors of 2 from some version on."""
    if axis is not None:
        axisc = axis
    a, b = (np.moveaxis(x, -1 if axis is None else axis, -1) for x in (a, b))
    flat = a.shape[-1] == b.shape[-1] == 2
    a, b = (np.concatenate([x, np.zeros((*x.shape[:-1], 3 - x.shape[-1]), x.dtype)], -1) for x in (a, b))
    y = np.stack([a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1], a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2],
                  a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]], -1)
    return y[..., 2] if flat else np.moveaxis(y, -1, axisc)


def cross_by_torch(torch, a, b, axisc=-1, axis=None):
    if axis is not None:
        a, b, axisc = a.movedim(axis, -1), b.movedim(axis, -1), axis
    flat = a.shape[-1] == b.shape[-1] == 2
    a, b = (torch.nn.functional.pad(x, (0, 3 - x.shape[-1])) for x in (a, b))
    y = torch.linalg.cross(*torch.broadcast_tensors(a, b))
    return y[..., 2] if flat else y.movedim(-1, axisc)


describe("cross", vectors(), cross_by_definition, cross_by_torch, without=SUMS)


@st.composite
def with_diagonal(draw):
    a = draw(arrays(shapes(2, 3, 0, 3)))
    first, second = draw(st.permutations(range(a.ndim)))[:2]
    return arguments(a, offset=draw(st.integers(-2, 2)), axis1=first, axis2=second - a.ndim * draw(st.booleans()))


describe("trace", with_diagonal(), np.trace,
         lambda torch, a, offset, axis1, axis2: torch.diagonal(a, offset, axis1, axis2).sum(-1))

# ---- einsum

SUBSCRIPTS = ("ij,jk->ik", "ij,jk", "bij,bjk->bik", "ij,kj->ki", "i,i", "i,j->ji", "ij->ji", "ji", "ii", "ii->i", "iij->ji",
              "iii", "iji->j", "...ij,...jk->...ik", "i...,i...", "...->...", "...i->i...", "i...j,...j->...i",
              "bhqd,bhkd->bhqk", "bi,ij,bj->b", "ij,jk,kl->il", "ijk,jil->kl", "ij,ij->", "ij,i->j",
              "b i, b j -> b i j", ",ij->ij", "ii,ij->j", "ab,bc,cd,da", "ij,k->", "ik,kj,ik->ij", "i->")


@st.composite
def summed(draw):
    subscripts = draw(st.sampled_from(SUBSCRIPTS))
    sizes = {c: draw(st.integers(0, 3)) for c in "abcdhijklq"}
    more = draw(broadcastable_shapes(2, 0, 1, 0, 2))
    ones = draw(st.sampled_from(("", "", "", "i", "j", "b")))
    dims = []
    for n, part in enumerate(subscripts.replace(" ", "").split("->")[0].split(",")):
        before, dots, after = part.partition("...")
        several = len(set(part)) < len(part.replace("...", "."))
        size = {c: 1 if n == 0 and c in ones and not several else sizes[c] for c in sizes}
        dims.append((*[size[c] for c in before], *(more[n % 2] if dots else ()), *[size[c] for c in after]))
    return (subscripts, *together(draw, *dims)), {}


describe("einsum", summed(), partial(np.einsum, optimize=False), lambda torch, subscripts, *args: torch.einsum(
    subscripts, *args), without=SUMS)


@st.composite
def by_lists(draw):
    i, j, k = (draw(st.integers(0, 3)) for _ in range(3))
    a, b = together(draw, (i, j), (j, k))
    return draw(st.sampled_from(((a, [0, 1], b, [1, 2], [2, 0]), (a, [5, 3], b, [3, 4]), (a, [..., 0], b, [0, 1]),
                                 (a, [1, 0], [0, 1])))), {}


describe("einsum", by_lists(), np.einsum, "einsum", about="axes in lists", without=SUMS)
