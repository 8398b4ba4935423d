"""Rows by their numbers."""

import numpy as np
from hypothesis import strategies as st

import minigrad as mg
from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import arguments
from minigrad.testing.strategies import arrays


@st.composite
def named(draw, padded=False):
    w = draw(arrays(st.tuples(st.integers(1, 4), st.integers(0, 3))))
    shape = tuple(draw(st.integers(0, 3)) for _ in range(draw(st.integers(0, 2))))
    index = np.random.default_rng(draw(st.integers(0, 2**20))).integers(0, len(w), shape)
    options = {"padding_idx": draw(st.integers(-len(w), len(w) - 1))} if padded else {}
    return arguments(w, index.tolist(), shape, **options)


def embedding(w, index, shape, **options):
    return mg.embedding(np.array(index, np.int64).reshape(shape), w, **options)


def rows(w, index, shape):
    return w[np.array(index, np.int64).reshape(shape)]


def by_torch(torch, w, index, shape, padding_idx=None, scale_grad_by_freq=False):
    return torch.nn.functional.embedding(torch.tensor(np.array(index, np.int64).reshape(shape)), w, padding_idx,
                                         scale_grad_by_freq=scale_grad_by_freq)


describe("embedding", named(), rows, by_torch, call=embedding)
describe("embedding", named(padded=True), lambda w, index, shape, padding_idx: rows(w, index, shape), by_torch, call=embedding,
         about="a row that has no gradient", without={
             "first": "the padding's row has no gradient on purpose: PyTorch, and a test of its own, say which",
             "second": "as the first order"})
describe("embedding", named().map(lambda case: (case[0], {"scale_grad_by_freq": True})),
         lambda w, index, shape, scale_grad_by_freq: rows(w, index, shape), by_torch, call=embedding,
         about="gradients by how often a row is named", without={
             "first": "a mean of gradients on purpose: PyTorch, and a test of its own, say which",
             "second": "as the first order"})
