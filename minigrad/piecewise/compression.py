"""A layer of smaller rank, and how far off the network can be."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from minigrad.piecewise.exact import listed
from minigrad.types import Array

__all__ = ["LowRank", "low_rank"]


class LowRank(NamedTuple):
    """left (J, r) @ right (r, d), the nearest matrix of rank r; error: how far off it is in the spectral norm, sigma_{r+1}."""

    left: Array
    right: Array
    error: float

    @property
    def matrix(self) -> Array:
        """The product, (J, d)."""
        return self.left @ self.right

    def bound(self, v: Any, x: Any = 1.0) -> float:
        """||v||_2 sigma_{r+1} ||x||_2: |f(x) - f_r(x)| is at most this for f(x) = sum_j v_j relu(w_j.x + b_j), of which f_r has
        the rows of `matrix` in the place of the w_j.

        relu moves by no more than its input does, so |f - f_r| <= sum_j |v_j| |((W - W_r) x)_j|, at most ||v|| ||(W - W_r) x||
        (Cauchy and Schwarz), and ||(W - W_r) x|| <= sigma_{r+1} ||x||. x: an input, or 1.0 for all unit ones.
        """
        sizes = (np.linalg.norm(np.asarray(listed(vector), np.float64)) for vector in (v, x))
        return float(math.prod(sizes)*self.error)


def low_rank(W: Any, rank: int) -> LowRank:
    """The best approximation of W (J, d) by a matrix of rank at most `rank`, in float64: its SVD, cut off (Eckart and Young).

    In two factors it is rank*(J + d) numbers in the place of J*d. ValueError where W is no matrix, or rank is not from 0 to
    min(J, d).
    """
    matrix = np.asarray(listed(W), np.float64)
    if matrix.ndim != 2:
        raise ValueError(f"[low_rank] found W of shape {matrix.shape} but expected a matrix (J, d)")
    if not isinstance(rank, (int, np.integer)) or not 0 <= rank <= min(matrix.shape):
        raise ValueError(f"[low_rank] found rank {rank!r} but expected an int from 0 to {min(matrix.shape)}: W is "
                         f"{matrix.shape}")
    u, sigma, vt = np.linalg.svd(matrix, full_matrices=False)
    return LowRank(u[:, :rank]*sigma[:rank], vt[:rank], float(sigma[rank]) if rank < len(sigma) else 0.0)
