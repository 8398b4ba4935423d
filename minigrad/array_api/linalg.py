"""The standard's linear algebra: `xp.linalg`, and of it `matmul`, `tensordot`, `vecdot`, `matrix_transpose` in `xp` too."""

from __future__ import annotations

from typing import Any

from minigrad import ops
from minigrad.ops import matmul as matmul
from minigrad.ops import outer as outer
from minigrad.ops import tensordot as tensordot
from minigrad.ops import vecdot as vecdot
from minigrad.ops.linalg import cholesky as cholesky
from minigrad.ops.linalg import det as det
from minigrad.ops.linalg import eigh as eigh
from minigrad.ops.linalg import eigvalsh as eigvalsh
from minigrad.ops.linalg import inv as inv
from minigrad.ops.linalg import matrix_norm as matrix_norm
from minigrad.ops.linalg import matrix_power as matrix_power
from minigrad.ops.linalg import matrix_rank as matrix_rank
from minigrad.ops.linalg import pinv as pinv
from minigrad.ops.linalg import qr as qr
from minigrad.ops.linalg import slogdet as slogdet
from minigrad.ops.linalg import solve as solve
from minigrad.ops.linalg import svd as svd
from minigrad.ops.linalg import svdvals as svdvals
from minigrad.ops.linalg import trace as trace
from minigrad.ops.linalg import vector_norm as vector_norm
from minigrad.tensor import Tensor


def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Tensor:
    """The vector product along an axis of three."""
    return ops.cross(x1, x2, axis=axis)


def diagonal(x: Tensor, /, *, offset: int = 0) -> Tensor:
    """The diagonals of matrices in the last two axes."""
    return ops.diagonal(x, offset, -2, -1)


def matrix_transpose(x: Tensor, /) -> Tensor:
    """The last two axes swapped."""
    return ops.swapaxes(x, -1, -2)
