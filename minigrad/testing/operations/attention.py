"""Attention."""

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import PRODUCTS, arguments, together
from minigrad.testing.strategies import broadcastable_shapes

SUMS = {"nothing": PRODUCTS}


def attention(query, key, value, attn_mask=None, is_causal=False, scale=None):
    """By its definition; a row that may look at nothing is 0."""
    q, k, v = (np.asarray(a, np.float64) for a in (query, key, value))
    scores = q @ np.swapaxes(k, -1, -2) * ((1 / np.sqrt(q.shape[-1]) if q.shape[-1] else 1) if scale is None else scale)
    if is_causal:
        attn_mask = np.tri(*scores.shape[-2:], dtype=bool)
    if attn_mask is not None:
        scores = np.where(attn_mask, scores, -np.inf) if attn_mask.dtype == bool else scores + attn_mask
    with np.errstate(all="ignore"):
        weights = np.exp(scores - scores.max(-1, keepdims=True, initial=-np.inf))
        weights = weights / weights.sum(-1, keepdims=True)
    return np.where(np.isneginf(scores).all(-1, keepdims=True), 0, weights) @ v


def by_torch(torch, query, key, value, *mask, **options):
    lead = np.broadcast_shapes(*[a.shape[:-2] for a in (query, key, value)])
    query, key, value = (a.expand(*lead, *a.shape[-2:]) for a in (query, key, value))
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        return torch.nn.functional.scaled_dot_product_attention(query, key, value, *mask, **options)


@st.composite
def heads(draw, masked=None):
    lead = draw(broadcastable_shapes(3, 0, 2, 1, 2))
    length, count, e, v = (draw(st.integers(1, 3)) for _ in range(4))
    dims = [(*lead[0], length, e), (*lead[1], count, e), (*lead[2], count, v)]
    options = {} if draw(st.booleans()) else {"scale": draw(st.sampled_from((0.5, 2)))}
    shape = draw(st.sampled_from(((length, count), (count,), (length, 1), (1, 1))))
    if masked == "numbers":
        return arguments(*together(draw, *dims, shape), **options)
    arrays = together(draw, *dims)
    if masked == "booleans":
        seed = draw(st.integers(0, 99))
        return arguments(*arrays, np.random.default_rng(seed).random(shape) < 0.6, **options)
    return arguments(*arrays, is_causal=draw(st.booleans()), **options)


NO_INTEGERS = {"integers": "integers become floats of the default dtype first"}
describe("scaled_dot_product_attention", heads(), attention, by_torch, without=SUMS | NO_INTEGERS)
describe("scaled_dot_product_attention", heads("numbers"), attention, by_torch, about="a mask of numbers",
         without=SUMS | NO_INTEGERS)
describe("scaled_dot_product_attention", heads("booleans"), attention, about="a mask of booleans",
         without=SUMS | NO_INTEGERS | {"torch": "PyTorch's gradients of rows that see nothing are NaN in some versions"})
