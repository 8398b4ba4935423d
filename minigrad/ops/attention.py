"""Attention (Vaswani et al. 2017)."""

from __future__ import annotations

import math

from minigrad.graph import alike
from minigrad.ops.dropout import dropout
from minigrad.ops.elementwise import add, mul, where
from minigrad.ops.index import getitem
from minigrad.ops.matmul import matmul
from minigrad.ops.operands import check_broadcast, operands
from minigrad.ops.shape import concatenate, reshape, transpose
from minigrad.ops.softmax import softmax
from minigrad.tensor import Tensor, constant, floating, lift
from minigrad.types import Operand

__all__ = ["scaled_dot_product_attention"]

BLOCK = 128         # queries at a time where each sees only the keys up to its own


def scaled_dot_product_attention(query: Operand, key: Operand, value: Operand, attn_mask: Operand | None = None,
                                 dropout_p: float = 0.0, is_causal: bool = False, scale: float | None = None,
                                 enable_gqa: bool = False) -> Tensor:
    """softmax(query key^T scale + mask) value: query (..., L, E), key (..., S, E), value (..., S, V) -> (..., L, V).

    attn_mask, broadcast to (..., L, S): booleans, True where a query may look at a key, or numbers that are added to the
    scores. is_causal: query i looks at keys 0 to i. scale: 1 / sqrt(E) if not given. dropout_p: the probability to drop a
    weight; it is applied whenever it is not 0 (PyTorch). enable_gqa: several heads of queries share one of keys and values
    (axis -3).

    A query that may look at no key at all gets zeros, and gives no gradient. Raises ValueError for shapes that do not fit, and
    for a mask beside is_causal.
    """
    op = "scaled_dot_product_attention"
    query, key = operands(op, floating(query), floating(key))
    query, value = operands(op, query, floating(value))
    key = operands(op, key, value)[0]
    q, k, v = query.data.shape, key.data.shape, value.data.shape
    facts = f"query {q}, key {k}, value {v}"
    if min(len(q), len(k), len(v)) < 2:
        raise ValueError(f"[{op}] expected two axes at least, (..., L, E), (..., S, E) and (..., S, V): {facts}")
    if q[-1] != k[-1] or k[-2] != v[-2]:
        raise ValueError(f"[{op}] queries and keys need the same length E, keys and values the same count S: {facts}")
    if is_causal and attn_mask is not None:
        raise ValueError(f"[{op}] found attn_mask beside is_causal=True: put what is_causal does into the mask")
    if enable_gqa:
        return _grouped(op, query, key, value, attn_mask, dropout_p, is_causal, scale, facts)
    check_broadcast(op, q[:-2], k[:-2])
    check_broadcast(op, k[:-2], v[:-2])
    if scale is None:
        scale = 1 / math.sqrt(q[-1]) if q[-1] else 1.0
    query = mul(query, float(scale))
    if not is_causal or q[-2] < 2 * BLOCK:
        return _attend(op, query, key, value, attn_mask, dropout_p, 0 if is_causal else None)
    size, parts = max(BLOCK, -(-q[-2] // 16)), []           # some queries at a time: later keys are not even multiplied
    for start in range(0, q[-2], size):
        seen = (..., slice(0, start + size), slice(None))
        parts.append(_attend(op, getitem(query, (..., slice(start, start + size), slice(None))), getitem(key, seen),
                             getitem(value, seen), None, dropout_p, start))
    return concatenate(parts, len(parts[0].data.shape) - 2)


def _attend(op, query, key, value, mask, dropout_p, first):
    """first: the place of the first query, if each sees only the keys up to its own."""
    n = len(key.data.shape)
    scores = matmul(query, transpose(key, (*range(n - 2), n - 1, n - 2)))
    nothing = None
    if first is not None:
        scores = where(_causal(scores, first), scores, -math.inf)
    elif mask is not None:
        scores, nothing = _masked(op, scores, mask)
    if not key.data.shape[-2]:
        return matmul(scores, value)            # a sum over no keys
    weights = softmax(scores, -1)
    if dropout_p:
        weights = dropout(weights, dropout_p)
    y = matmul(weights, value)
    return y if nothing is None else where(nothing, 0.0, y)


def _causal(scores, first):
    """Where the place of the query is not before that of the key; the queries start at the place `first`."""
    rows, columns = scores.data.shape[-2:]
    k = scores.k
    return constant(k, k.triangle(k.full((rows, columns), True, bool), True, first))


def _masked(op, scores, mask):
    """(scores, where a query may look at nothing). Such a row looks at everything, so that it is finite, and is dropped at
    last."""
    if not alike(scores, mask):
        mask = operands(op, scores, lift(mask, scores))[1] if lift(mask).dtype.kind != "b" else lift(mask, scores)
    check_broadcast(op, scores.data.shape, mask.data.shape)
    k, m = scores.k, mask.data
    seen = m if m.dtype.kind == "b" else k.not_equal(m, -math.inf)
    if not m.shape or not m.shape[-1]:
        seen = k.reshape(seen, (1,)) if not m.shape else seen
    if 0 in seen.shape:
        return scores, None
    nothing = constant(k, k.equal(k.max(seen, -1, True), False))
    if m.dtype.kind == "b":
        may = constant(k, k.where(nothing.data, True, seen))
        return where(may, scores, -math.inf), nothing
    return add(scores, where(nothing, 0.0, mask)), nothing


def _grouped(op, query, key, value, mask, dropout_p, is_causal, scale, facts):
    """Queries (..., H, L, E) as (..., heads of keys, queries of each, L, E)."""
    q, k, v = query.data.shape, key.data.shape, value.data.shape
    if min(len(q), len(k), len(v)) < 3 or not k[-3] or q[-3] % k[-3] or k[-3] != v[-3]:
        raise ValueError(f"[{op}] enable_gqa needs axes (..., heads, length, size), and a multiple of the heads of keys and "
                         f"values in the query: {facts}")
    each = q[-3] // k[-3]
    if mask is not None:
        mask = lift(mask, query)
        m = mask.data.shape
        if len(m) > 2:
            mask = reshape(mask, (*m[:-3], 1, 1, *m[-2:]) if m[-3] == 1 else (*m[:-3], k[-3], each, *m[-2:]))
    y = scaled_dot_product_attention(reshape(query, (*q[:-3], k[-3], each, *q[-2:])), reshape(key, (*k[:-2], 1, *k[-2:])),
                                     reshape(value, (*v[:-2], 1, *v[-2:])), mask, dropout_p, is_causal, scale)
    s = y.data.shape
    return reshape(y, (*s[:-4], q[-3], *s[-2:]))
