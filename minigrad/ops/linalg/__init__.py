"""Linear algebra by numpy's names: mg.linalg.solve ..., np.linalg.solve of a tensor.

Matrices are the last two axes, (..., M, N). LAPACK computes them in float32 and float64; halves in float32, integers in
float64.

systems: inv, solve, det ...      factors: cholesky, qr      spectra: eigh, svd ...      inverses: pinv, lstsq, matrix_rank
norms: norm, cond                 powers: matrix_power, expm, multi_dot                  given: what all do first
"""

from __future__ import annotations

from typing import NoReturn

from minigrad.ops.linalg.factors import cholesky, qr
from minigrad.ops.linalg.inverses import lstsq, matrix_rank, pinv
from minigrad.ops.linalg.norms import cond, matrix_norm, norm, vector_norm
from minigrad.ops.linalg.powers import expm, matrix_power, multi_dot, trace
from minigrad.ops.linalg.spectra import eigen_spread, eigh, eigvalsh, over_gaps, singular_spread, svd, svdvals
from minigrad.ops.linalg.systems import (
    cofactor,
    det,
    inv,
    slogdet,
    solve,
    solve_triangular,
    tensorinv,
    tensorsolve,
    triangle,
)
from minigrad.ops.matmul import matmul
from minigrad.ops.products import cross, outer, tensordot, vecdot

ADJOINTS = cofactor, eigen_spread, over_gaps, singular_spread, triangle     # for rules: ops/table.py finds them here

__all__ = ["cholesky", "cond", "cross", "det", "eigh", "eigvalsh", "expm", "inv", "lstsq", "matmul", "matrix_norm",
           "matrix_power", "matrix_rank", "multi_dot", "norm", "outer", "pinv", "qr", "slogdet", "solve", "solve_triangular",
           "svd", "svdvals", "tensordot", "tensorinv", "tensorsolve", "trace", "vecdot", "vector_norm"]

NOT_HERE = {"eig": "eigh has the eigenvalues and eigenvectors of symmetric matrices; others may be complex",
            "eigvals": "eigvalsh has the eigenvalues of symmetric matrices; others may be complex"}


def __getattr__(name: str) -> NoReturn:
    hint = f"{NOT_HERE[name]}: it is not here" if name in NOT_HERE else f"there are {', '.join(__all__)}"
    raise AttributeError(f"mg.linalg.{name}: {hint}")
