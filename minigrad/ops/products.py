"""Products of vectors, matrices and tensors by numpy's names; all of them are matrix or elementwise products rearranged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from minigrad.ops.complex import conj
from minigrad.ops.einsum import last_diagonal, one_dtype
from minigrad.ops.elementwise import mul, neg, sub
from minigrad.ops.index import getitem
from minigrad.ops.matmul import matmul
from minigrad.ops.operands import as_shape, check_broadcast, normalize_axis, one_axis, operands
from minigrad.ops.reduce import sum as add_up
from minigrad.ops.shape import broadcast_to, reshape, stack, transpose
from minigrad.tensor import Tensor, lift
from minigrad.types import Operand

__all__ = ["cross", "dot", "inner", "kron", "outer", "tensordot", "trace", "vdot", "vecdot"]


def dot(a: Operand, b: Operand) -> Tensor:
    """a . b by numpy's rules: of vectors the sum of products, of matrices their product, of numbers the product; else the last
    axis of a is summed with the last but one of b, and no axes broadcast (`matmul` does).
    """
    a, b = one_dtype("dot", [a, b])
    if not a.data.shape or not b.data.shape:
        return mul(a, b)
    if len(a.data.shape) <= 2 and len(b.data.shape) <= 2:
        _check_inner("dot", a, b, -1, -2 if len(b.data.shape) == 2 else -1)
        return matmul(a, b)
    return _tensordot("dot", a, b, (-1,), (-2 if len(b.data.shape) > 1 else -1,))


def inner(a: Operand, b: Operand) -> Tensor:
    """The sum of products over the last axis of both; of numbers the product."""
    a, b = one_dtype("inner", [a, b])
    return _tensordot("inner", a, b, (-1,), (-1,)) if a.data.shape and b.data.shape else mul(a, b)


def outer(a: Operand, b: Operand) -> Tensor:
    """a_i b_j of two vectors, (M,) and (N,) -> (M, N); anything else is made into one."""
    a, b = one_dtype("outer", [a, b])
    return mul(reshape(a, (a.size, 1)), reshape(b, (1, b.size)))


def vdot(a: Operand, b: Operand) -> Tensor:
    """The sum of products of all numbers, in C order, the first conjugate if complex: 0-d."""
    a, b = one_dtype("vdot", [a, b])
    if a.size != b.size:
        raise ValueError(f"[vdot] a has {a.size} numbers but b has {b.size}: a {a.shape}, b {b.shape}")
    return matmul(reshape(conj(a), (a.size,)), reshape(b, (b.size,)))


def vecdot(x1: Operand, x2: Operand, axis: int = -1) -> Tensor:
    """The sum of products along an axis, the first conjugate if complex; the others broadcast."""
    a, b = one_dtype("vecdot", [x1, x2])
    check_broadcast("vecdot", a.data.shape, b.data.shape)
    a, b = (_last("vecdot", t, axis) for t in (a, b))
    _check_inner("vecdot", a, b, -1, -1)
    return add_up(mul(conj(a), b), -1)


def _last(op, t, axis):
    """t with an axis moved to the end."""
    n = len(t.data.shape)
    i = one_axis(op, axis, n)
    return t if i == n - 1 else transpose(t, (*range(i), *range(i + 1, n), i))


def _check_inner(op, a, b, i, j):
    m, n = a.data.shape, b.data.shape
    if m[i] != n[j]:
        raise ValueError(f"[{op}] axis {i} of a has {m[i]} numbers but axis {j} of b has {n[j]}: a {m}, b {n}")


def tensordot(a: Operand, b: Operand, axes: int | Sequence[int | Sequence[int]] = 2) -> Tensor:
    """The sum of products over several axes: the last `axes` of a with the first of b, or axes = (those of a, those of b).

    The result has the axes that are left of a, then those of b.
    """
    a, b = one_dtype("tensordot", [a, b])
    if hasattr(axes, "__index__"):
        n = int(axes)
        if not 0 <= n <= min(a.ndim, b.ndim):
            raise ValueError(f"[tensordot] axes must be 0 to the number of axes of both, found {n}: a {a.shape}, b {b.shape}")
        return _tensordot("tensordot", a, b, range(a.ndim - n, a.ndim), range(n))
    if not isinstance(axes, Sequence) or len(axes) != 2:
        raise ValueError(f"[tensordot] axes must be an int or (axes of a, axes of b), found {axes!r}")
    return _tensordot("tensordot", a, b, *[as_shape("tensordot", x) for x in axes])


def _tensordot(op, a, b, of_a, of_b):
    m, n = a.data.shape, b.data.shape
    of_a, of_b = [one_axis(op, i, len(m)) for i in of_a], [one_axis(op, i, len(n)) for i in of_b]
    if len(set(of_a)) < len(of_a) or len(set(of_b)) < len(of_b):
        raise ValueError(f"[{op}] an axis is named twice: {of_a} of a, {of_b} of b")
    if [m[i] for i in of_a] != [n[i] for i in of_b]:
        raise ValueError(f"[{op}] axes {of_a} of a and {of_b} of b differ in their sizes: a {m}, b {n}")
    left, right = [i for i in range(len(m)) if i not in of_a], [i for i in range(len(n)) if i not in of_b]
    rows, columns = [m[i] for i in left], [n[i] for i in right]
    inner = math.prod([m[i] for i in of_a])
    x = reshape(transpose(a, (*left, *of_a)), (math.prod(rows), inner))
    y = reshape(transpose(b, (*of_b, *right)), (inner, math.prod(columns)))
    return reshape(matmul(x, y), (*rows, *columns))


def kron(a: Operand, b: Operand) -> Tensor:
    """Kronecker's product: every number of a times the whole of b; missing leading axes are 1."""
    a, b = one_dtype("kron", [a, b])
    n = max(len(a.data.shape), len(b.data.shape))
    s, t = ((1,) * (n - len(x.data.shape)) + x.data.shape for x in (a, b))
    x = reshape(a, [size for i in s for size in (i, 1)])
    y = reshape(b, [size for i in t for size in (1, i)])
    return reshape(mul(x, y), [i * j for i, j in zip(s, t)])


def cross(a: Operand, b: Operand, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Tensor:
    """The vector product along an axis of 3 (or 2, the third number being 0): a x b = (a1 b2 - a2 b1, a2 b0 - a0 b2, a0 b1 -
    a1 b0).

    The other axes broadcast. Of two vectors of 2 only the third number, as numpy has it, without that axis. `axis` stands for
    all three: where the vectors lie in a, in b and in the result.
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = operands("cross", a, b)
    x, y = _last("cross", a, axisa), _last("cross", b, axisb)
    sizes = x.data.shape[-1], y.data.shape[-1]
    if not set(sizes) <= {2, 3}:
        raise ValueError(f"[cross] vectors have 3 numbers or 2, found {sizes[0]} and {sizes[1]}: a {a.shape}, b {b.shape}")
    check_broadcast("cross", x.data.shape[:-1], y.data.shape[:-1])
    u, v = ([getitem(t, (..., i)) for i in range(n)] for t, n in zip((x, y), sizes))
    third = sub(mul(u[0], v[1]), mul(u[1], v[0]))
    if sizes == (2, 2):
        return third
    if sizes[0] == 2:
        parts = [mul(u[1], v[2]), neg(mul(u[0], v[2])), third]
    elif sizes[1] == 2:
        parts = [neg(mul(u[2], v[1])), mul(u[2], v[0]), third]
    else:
        parts = [sub(mul(u[1], v[2]), mul(u[2], v[1])), sub(mul(u[2], v[0]), mul(u[0], v[2])), third]
    shape = third.data.shape
    return stack([p if p.data.shape == shape else broadcast_to(p, shape) for p in parts],
                 one_axis("cross", axisc, len(shape) + 1))


def trace(a: Operand, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The sum along a diagonal of two axes; offset > 0: above the main diagonal, < 0: below."""
    a = lift(a)
    n = len(a.data.shape)
    if n < 2:
        raise ValueError(f"[trace] expected two axes at least, found shape {a.shape}")
    if not hasattr(offset, "__index__"):
        raise TypeError(f"[trace] offset must be an int, found {offset!r}")
    first, second = (one_axis("trace", i, n) for i in (axis1, axis2))
    normalize_axis("trace", (first, second), n)
    rest = [i for i in range(n) if i not in (first, second)]
    ordered: Any = transpose(a, (*rest, first, second))
    return add_up(last_diagonal(ordered, int(offset)), -1)
