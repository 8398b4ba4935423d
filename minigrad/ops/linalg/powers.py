"""Powers of matrices, the exponential, and products of several."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from minigrad.graph import record
from minigrad.ops import products
from minigrad.ops.einsum import one_dtype
from minigrad.ops.index import getitem
from minigrad.ops.linalg.given import check_matrix, identity, in_lapack, turned
from minigrad.ops.linalg.systems import inv
from minigrad.ops.matmul import matmul
from minigrad.ops.operands import astype
from minigrad.ops.shape import reshape
from minigrad.tensor import Tensor, constant, lift
from minigrad.types import Operand

__all__ = ["matrix_power"]


def matrix_power(a: Operand, n: int) -> Tensor:
    """a (..., N, N) multiplied n times with itself, by repeated squaring; n < 0: the inverse, -n times; n = 0: the identity."""
    a = lift(a)
    check_matrix("matrix_power", a, square=True)
    if not hasattr(n, "__index__"):
        raise TypeError(f"[matrix_power] the power must be an int, found {n!r}")
    n = int(n)
    if n < 0:
        a, n = inv(a), -n
    if n == 0:
        return constant(a.k, a.k.astype(identity(a.k, a.data), a.data.dtype))
    y = None
    while n:
        if n & 1:
            y = a if y is None else matmul(y, a)
        n >>= 1
        if n:
            a = matmul(a, a)
    return y


def trace(x: Operand, offset: int = 0) -> Tensor:
    """The sum along a diagonal of matrices (..., M, N) (np.linalg.trace; `mg.trace` takes the first two axes, as np.trace)."""
    x = lift(x)
    check_matrix("trace", x)
    return products.trace(x, offset, x.ndim - 2, x.ndim - 1)


@in_lapack
def expm(a: Operand) -> Tensor:
    """The matrix exponential of (..., N, N): 1 + a + a a / 2 + a a a / 6 + ...

    Its slope is the upper right quarter of expm([[a^T, g], [0, a^T]]) (Mathias 1996), so it is right to every order for every
    matrix, those with repeated eigenvalues too. Scaling and squaring (Higham 2005); it looks at the size of a, so a device
    waits.
    """
    a = lift(a)
    check_matrix("expm", a, square=True)
    return record(a.k, a.k.expm(a.data), (a,), expm_rule, (0,))


def expm_rule(k, g, need, a):
    n, axes = a.shape[-1], len(a.shape)
    t = turned(k, a)
    upper, lower = k.concatenate([t, g], axes - 1), k.concatenate([k.zeros(a.shape, a), t], axes - 1)
    both = k.expm(k.concatenate([upper, lower], axes - 2))
    return (k.getitem(both, (..., slice(0, n), slice(n, None))),)


def multi_dot(arrays: Sequence[Operand]) -> Tensor:
    """The product of two matrices or more, in the order of multiplications that costs least; the first and the last may be
    vectors."""
    tensors = one_dtype("multi_dot", list(arrays))
    if tensors and tensors[0].data.dtype == np.float16:             # rounded once, not after every product
        return astype(multi_dot([astype(t, np.float32) for t in tensors]), np.float16)
    shapes = [t.data.shape for t in tensors]
    if len(tensors) < 2:
        raise ValueError(f"[multi_dot] expected two matrices at least, found {len(tensors)}")
    ends = {0, len(tensors) - 1}
    if any(len(s) not in ((1, 2) if i in ends else (2,)) for i, s in enumerate(shapes)):
        raise ValueError(f"[multi_dot] expected matrices, and vectors at the ends only, found shapes {shapes}")
    row, column = len(shapes[0]) == 1, len(shapes[-1]) == 1
    if row:
        tensors[0] = reshape(tensors[0], (1, *shapes[0]))
    if column:
        tensors[-1] = reshape(tensors[-1], (*shapes[-1], 1))
    for a, b in pairwise(tensors):
        if a.data.shape[1] != b.data.shape[0]:
            raise ValueError(f"[multi_dot] {a.data.shape[1]} columns meet {b.data.shape[0]} rows: shapes {shapes}")
    y = _chained(tensors, _splits([t.data.shape[0] for t in tensors] + [tensors[-1].data.shape[1]]), 0, len(tensors) - 1)
    index = *([0] if row else [slice(None)]), *([0] if column else [])
    return getitem(y, index) if row or column else y


def _splits(sides):
    """Where to cut each run of matrices, by the count of multiplications (Cormen et al., matrix chains)."""
    n = len(sides) - 1
    cost, cut = {(i, i): 0 for i in range(n)}, {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i, j], cut[i, j] = min((cost[i, m] + cost[m + 1, j] + sides[i] * sides[m + 1] * sides[j + 1], m)
                                        for m in range(i, j))
    return cut


def _chained(tensors, cut, i, j):
    if i == j:
        return tensors[i]
    return matmul(_chained(tensors, cut, i, cut[i, j]), _chained(tensors, cut, cut[i, j] + 1, j))
