"""Matrix products."""

import math

from minigrad.engine import Variable, alike, record
from minigrad.ops.elementwise import astype, beside, check_broadcast, promote
from minigrad.ops.pixels import no_raw_pixels
from minigrad.ops.shape import reshape
from minigrad.tensor import constant, floating, lift


def matmul(a, b):
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


def linear(x, w, b=None):
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


def with_bias(op, x, w, b):
    """x, w and b (or None) as floating point tensors of one dtype on one device."""
    if alike(w, b) and type(x) is w.k.array and x.dtype is w.data.dtype:        # a batch fresh from the data
        return constant(w.k, x), w, b
    x, w = operands(op, x, w)
    if b is None or alike(x, w, b):
        return x, w, b
    w, b = operands(op, w, b)
    return astype(x, w.data.dtype), w, b


def operands(op, a, b):
    """Both as floating point tensors of one dtype on one device; shapes are the operation's affair."""
    if b is not None and alike(a, b):
        return a, b
    if getattr(b, "keeps_its_array", False):        # a layer's parameter
        no_raw_pixels(op, a)
    elif getattr(a, "keeps_its_array", False):
        no_raw_pixels(op, b)
    if not isinstance(a, Variable):
        a = beside(op, b, a) if isinstance(b, Variable) else lift(a)
    if not isinstance(b, Variable):
        b = beside(op, a, b)
    if a.k is not b.k:
        raise ValueError(f"[{op}] the operands are on two devices, {a.k.name} and {b.k.name}: move one with .to()")
    if a.data.dtype is not b.data.dtype and a.data.dtype != b.data.dtype:
        a, b = promote(a, b)
    return (a, b) if a.data.dtype.kind == "f" else (floating(a), floating(b))
