"""Matrix products."""

from __future__ import annotations

import math

from minigrad.graph import alike, record
from minigrad.ops.operands import check_broadcast, operands, with_bias
from minigrad.ops.shape import reshape
from minigrad.tensor import Tensor
from minigrad.types import Operand

__all__ = ["linear", "matmul"]


def matmul(a: Operand, b: Operand) -> Tensor:
    """a @ b by numpy's rules: (..., M, K) @ (..., K, N), leading axes broadcast; a 1-d operand is a row or a column."""
    a, b = operands("matmul", a, b)
    m, n = a.data.shape, b.data.shape
    if not m or not n:
        raise ValueError(f"[matmul] both operands need at least one axis, found shapes {m} and {n}: use * for numbers")
    if m[-1] != (n[-2] if len(n) > 1 else n[0]):
        raise ValueError(f"[matmul] a has {m[-1]} columns but b has {n[-2] if len(n) > 1 else n[0]} rows: a {m}, b {n}"
                         + (" (transpose one?)" if m[-1] == n[-1] else ""))
    if len(m) == 1 or len(n) == 1:
        a2 = reshape(a, (1, *m)) if len(m) == 1 else a
        b2 = reshape(b, (*n, 1)) if len(n) == 1 else b
        y = matmul(a2, b2)
        s = y.data.shape
        return reshape(y, s[:-2] + (() if len(m) == 1 else (s[-2],)) + (() if len(n) == 1 else (s[-1],)))
    if m[:-2] == n[:-2]:
        return record(a.k, a.k.matmul(a.data, b.data), (a, b), matmul_rule, (0, 1))
    check_broadcast("matmul", m[:-2], n[:-2])
    return record(a.k, a.k.matmul(a.data, b.data), (a, b), matmul_broadcast_rule, (0, 1))


def matmul_rule(k, g, need, a, b):
    """a (..., M, K), b (..., K, N), g (..., M, N): ga = g b^T, gb = a^T g."""
    return (k.matmul(g, _swap(k, b)) if need[0] else None,
            k.matmul(_swap(k, a), g) if need[1] else None)


def matmul_broadcast_rule(k, g, need, a, b):
    ga, gb = matmul_rule(k, g, need, a, b)
    return k.sum_to(ga, a.shape) if need[0] else None, k.sum_to(gb, b.shape) if need[1] else None


def _swap(k, a):
    n = len(a.shape)
    return k.transpose(a) if n == 2 else k.transpose(a, (*range(n - 2), n - 1, n - 2))


def linear(x: Operand, w: Operand, b: Operand | None = None) -> Tensor:
    """x w^T + b: x (..., I), w (O, I), b (O,) or None -> (..., O)"""
    if not alike(x, w, b):
        x, w, b = with_bias("linear", x, w, b)
    s, t = x.data.shape, w.data.shape
    if len(t) != 2 or not s or s[-1] != t[1]:
        raise ValueError(f"[linear] x needs {t[1] if len(t) == 2 else 'I'} features in its last axis for w (O, I): x "
                         f"{s}, w {t}"
                         + (" (flatten x first?)" if len(s) > 2 else ""))
    if b is not None and b.data.shape != t[:1]:
        raise ValueError(f"[linear] b must have shape ({t[0]},) for w {t}, found {b.data.shape}")
    if len(s) != 2:
        return reshape(linear(reshape(x, (math.prod(s[:-1]), s[-1])), w, b), (*s[:-1], t[0]))
    k = x.k
    return record(k, k.linear(x.data, w.data, None if b is None else b.data), (x, w, b), linear_rule, (0, 1))


def linear_rule(k, g, need, x, w):
    return k.linear_backward(g, x, w, need)
