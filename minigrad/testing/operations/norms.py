"""Norms, condition numbers, powers and the exponential of matrices."""

from itertools import pairwise

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

import minigrad as mg
from minigrad.testing.operations import Kink, describe
from minigrad.testing.operations.degenerate import HARD, of_rank, with_singular_values
from minigrad.testing.operations.inputs import PRODUCTS, arguments, together
from minigrad.testing.operations.linalg import LAPACKS, matrix
from minigrad.testing.strategies import arrays, shapes

OF_VECTORS = None, 2, 1, np.inf, -np.inf, 3, 0.5, -1
OF_MATRICES = None, "fro", 1, -1, np.inf, -np.inf, "nuc", 2, -2
SUMS = {"nothing": PRODUCTS}
# sums of squares and powers of what a test draws in integers wrap around in numpy's integers, or are rounded another way
IN_FLOATS = SUMS | {"integers": "numpy's norm of integers is computed in other dtypes for each ord"}


@st.composite
def vectors(draw):
    a = draw(arrays(shapes(1, 3, 1, 3)))
    return arguments(a, ord=draw(st.sampled_from(OF_VECTORS)), axis=draw(st.integers(-a.ndim, a.ndim - 1)),
                     keepdims=draw(st.booleans()))


@st.composite
def matrices(draw):
    (a,), _ = draw(matrix(1, side="any"))
    axes = (-2, -1) if draw(st.booleans()) else (a.ndim - 1, a.ndim - 2)
    return arguments(a, ord=draw(st.sampled_from(OF_MATRICES)), axis=axes, keepdims=draw(st.booleans()))


def norm_by_torch(torch, a, ord=None, axis=None, keepdims=False):
    if isinstance(axis, int) and ord in (np.inf, -np.inf):      # ties would be shared; there are none
        return (torch.amax if ord > 0 else torch.amin)(a.abs(), axis, keepdims)
    return torch.linalg.norm(a, ord, axis, keepdims)


describe("norm", vectors(), np.linalg.norm, norm_by_torch, about="vectors", without=IN_FLOATS)
describe("norm", matrices(), np.linalg.norm, norm_by_torch, about="matrices", without=LAPACKS | IN_FLOATS)
Z, E = np.zeros(3), np.array([3.0, 0, -4])
describe("norm", st.tuples(st.tuples(arrays(shapes(1, 3, 1, 3))), st.just({})), np.linalg.norm, "linalg.norm",
         about="all numbers", without=IN_FLOATS, kinks=[
             Kink((Z,), (Z,)), Kink((Z,), (Z,), {"ord": 3}), Kink((Z,), (Z,), {"ord": 1}), Kink((E,), (E / 5,)),
             Kink((E,), ([1, 0, -1],), {"ord": 1}), Kink((E,), ([0, 0, -1],), {"ord": np.inf}),
             Kink((Z.reshape(3, 1),), (Z.reshape(3, 1),), {"ord": "nuc"}),
             Kink((np.diag([2.0, 0]),), (np.diag([1.0, 0]),), {"ord": "nuc"})])
describe("norm", of_rank(), lambda b, c: np.linalg.norm(b @ c, "nuc"), call=lambda b, c: mg.linalg.norm(b @ c, "nuc"),
         about="the nuclear norm of matrices that lack rank", without=HARD)


def axes_of(ndim):
    return st.none() | st.lists(st.integers(0, ndim - 1), unique=True, min_size=1).map(tuple)


@st.composite
def any_axes(draw):
    a, ord = draw(arrays(shapes(1, 3, 1, 3))), draw(st.sampled_from((2, 1, 3, np.inf)))
    assume(ord != np.inf or np.all(np.diff(np.sort(abs(a), None)) > 0.005))     # one number is the largest
    return arguments(a, axis=draw(axes_of(a.ndim)), keepdims=draw(st.booleans()), ord=ord)


def vector_norm_by_torch(torch, a, axis, keepdims, ord):
    return torch.linalg.vector_norm(a, ord, axis, keepdims)


describe("linalg.vector_norm", any_axes(), lambda a, **options: np.linalg.vector_norm(a, **options), vector_norm_by_torch,
         without=IN_FLOATS)
of_last = matrices().map(lambda case: (case[0], {"ord": case[1]["ord"] or "fro", "keepdims": case[1]["keepdims"]}))
describe("linalg.matrix_norm", of_last,
         lambda a, **options: np.linalg.matrix_norm(a, **options),
         lambda torch, a, ord, keepdims: torch.linalg.matrix_norm(a, ord, keepdim=keepdims), without=LAPACKS | IN_FLOATS)


@st.composite
def conditioned(draw):
    p = draw(st.sampled_from((None, 2, -2, "fro", 1, np.inf)))
    (a,), _ = draw(matrix(1, side="any" if p in (None, 2, -2) else None))
    return arguments(a, p=p)


def cond_by_torch(torch, a, p):
    if p in (None, 2, -2):
        return torch.linalg.cond(a, p)
    return torch.linalg.matrix_norm(a, p) * torch.linalg.matrix_norm(torch.linalg.inv(a).clone(), p)


describe("linalg.cond", conditioned(), np.linalg.cond, cond_by_torch,
         without=LAPACKS | {"integers": "numpy's of singular matrices is infinite without a division"})

# ---- powers


@st.composite
def powers(draw):
    (a,), _ = draw(matrix(1))
    return (a, draw(st.sampled_from((-2, -1, 1, 2, 3, 5)))), {}


describe("matrix_power", powers(), np.linalg.matrix_power, "linalg.matrix_power", without=LAPACKS)


@st.composite
def stacks(draw):
    (a,) = together(draw, (*draw(shapes(0, 1, 0, 2)), *draw(shapes(2, 2, 0, 3))))
    return arguments(a, offset=draw(st.integers(-1, 1)))


describe("linalg.trace", stacks(), lambda a, offset: np.trace(a, offset, -2, -1),
         lambda torch, a, offset: torch.diagonal(a, offset, -2, -1).sum(-1))


def exponential(a):
    """Taylor's series, of a small part of a, squared."""
    a = np.asarray(a) / 2.0**8
    term = total = np.broadcast_to(np.eye(a.shape[-1]), a.shape).copy()
    for n in range(1, 20):
        term = term @ a / n
        total = total + term
    for _ in range(8):
        total = total @ total
    return total


describe("linalg.expm", matrix(), exponential, "linalg.matrix_exp", without=LAPACKS | {
    "integers": "the exponentials of large integers are infinite"})


@st.composite
def defective(draw):
    n = draw(st.integers(1, 3))
    return arguments(draw(st.sampled_from((np.zeros((n, n)), np.eye(n), np.eye(n, k=1), 2 * np.eye(n) + np.eye(n, k=-1),
                                           9.0 * np.eye(n)[::-1]))))


describe("linalg.expm", defective(), exponential, "linalg.matrix_exp", about="coinciding eigenvalues",
         without=LAPACKS | {"integers": "the exponentials of large integers are infinite"})
describe("linalg.expm", with_singular_values((3.0, 3.0), (0.0, 0.0)).filter(
    lambda case: case[0][0].shape[0] == case[0][0].shape[1]), exponential, "linalg.matrix_exp", about="rotations",
         without=LAPACKS | {"integers": "the exponentials of large integers are infinite"})


@st.composite
def chains(draw):
    sides = draw(st.lists(st.integers(1, 3), min_size=3, max_size=5))
    dims = list(pairwise(sides))
    if draw(st.booleans()):
        dims[0] = dims[0][1:]
    if draw(st.booleans()):
        dims[-1] = dims[-1][:1]
    return arguments(*together(draw, *dims))


def chained(*arrays):
    """numpy's, of integers in the dtype of them all: products of narrow ones would wrap."""
    return np.linalg.multi_dot([a.astype(np.result_type(*arrays)) for a in arrays])


describe("linalg.multi_dot", chains(), chained, lambda torch, *tensors:
         torch.linalg.multi_dot(tensors), call=lambda *tensors: mg.linalg.multi_dot(tensors), without=SUMS)
