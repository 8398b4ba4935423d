"""Linear algebra on matrices (..., M, N): LAPACK's, through the array library, in the dtype of the matrices.

A matrix for which there is no answer raises numpy's LinAlgError, a ValueError, which names the operation.
"""

import math
from contextlib import contextmanager

import numpy

from minigrad.system import names


@contextmanager
def _telling(op, words, a):
    try:
        yield
    except numpy.linalg.LinAlgError:
        raise numpy.linalg.LinAlgError(f"[{names.operation() or op}] {words}: found such a matrix in shape {a.shape}") from None


SINGULAR = "a singular matrix has no inverse"
NOT_POSITIVE = "the matrix is not positive definite (or holds NaN)"
NO_NUMBERS = "the iteration did not converge, as it does not for NaN and infinities"


class Linalg:
    """All are primitives: each has an operation of its name in `ops/linalg`."""

    def inv(self, a, out=None):
        with _telling("inv", SINGULAR, a), self._quiet():
            return self._give(self.xp.linalg.inv(a), out)

    def solve(self, a, b, out=None):
        """x (..., N, K) with a x = b: a (..., N, N), b (..., N, K); leading axes broadcast."""
        with _telling("solve", SINGULAR, a), self._quiet():
            return self._give(self.xp.linalg.solve(a, b), out)

    def solve_triangular(self, a, b, lower=False, out=None):
        """The same for a triangular matrix; its other half is not looked at. Of a lower one both axes are turned round: LAPACK
        then solves an upper one, from its last row to its first, without a choice of pivots."""
        if lower:
            a, b = a[..., ::-1, ::-1], b[..., ::-1, :]
        with _telling("solve_triangular", SINGULAR, a), self._quiet():
            x = self.xp.linalg.solve(self.xp.triu(a), b)
        return self._give(x[..., ::-1, :] if lower else x, out)

    def triangle(self, a, lower, offset, out=None):
        """a with zeros above (lower) or below the diagonal number `offset`."""
        return self._give((self.xp.tril if lower else self.xp.triu)(a, offset), out)

    def cholesky(self, a, out=None):
        """L, lower, with L L^T = a; the upper half of a is not looked at."""
        with _telling("cholesky", NOT_POSITIVE, a), self._quiet():
            return self._give(self.xp.linalg.cholesky(a), out)

    def qr(self, a, mode="reduced", out=None):
        """(Q, R): a = Q R, the columns of Q orthonormal, R upper triangular. mode: "reduced", Q (..., M, K) with K = min(M,
        N), or "complete", Q (..., M, M)."""
        return self._give_all(self.xp.linalg.qr(a, mode), out)

    def det(self, a, out=None):
        with self._quiet():
            return self._give(self.xp.linalg.det(a), out)

    def slogdet(self, a, out=None):
        """(sign, log(abs(determinant))): 0 and -inf for a singular matrix."""
        with self._quiet():
            return self._give_all(self.xp.linalg.slogdet(a), out)

    def cofactor(self, a, out=None):
        """det(a) a^-T, for singular matrices too: the slope of det. From a = U diag(s) V^T it is
        det(U) det(V) U diag(the product of the other singular values) V^T."""
        u, s, vh = self.svd(a, False)
        n = a.shape[-1]
        others = self.xp.where(self.xp.eye(n, dtype=bool), self.xp.ones((), s.dtype), s[..., None, :])
        with self._quiet():
            sign = self.xp.linalg.det(u) * self.xp.linalg.det(vh)
            products = self.xp.prod(others, -1) if n else s
            return self._give((u * (products * self.xp.sign(sign)[..., None])[..., None, :]) @ vh, out)

    def eigh(self, a, UPLO="L", out=None):
        """(w, V): a = V diag(w) V^T, w ascending; of the symmetric a only the lower ("L") or upper half is looked at."""
        with _telling("eigh", NO_NUMBERS, a), self._quiet():
            return self._give_all(self.xp.linalg.eigh(a, UPLO), out)

    def eigvalsh(self, a, UPLO="L", out=None):
        with _telling("eigvalsh", NO_NUMBERS, a), self._quiet():
            return self._give(self.xp.linalg.eigvalsh(a, UPLO), out)

    def eigen_spread(self, a, g, UPLO="L", out=None):
        """V diag(g) V^T, with a's eigenvectors V: the adjoint of eigvalsh."""
        _, v = self.eigh(a, UPLO)
        with self._quiet():
            return self._give((v * g[..., None, :]) @ self.xp.swapaxes(v, -1, -2), out)

    def over_gaps(self, a, w, left, right, x, sign, out=None):
        """x_ij / (w_j + sign w_i), 0 where the divisor is 0, but for rounding: x (..., M, N), w (..., N) of the matrix a,
        which has the vectors left and right; neither these nor a are looked at."""
        by = w[..., None, :] + sign * w[..., :, None] if sign else w[..., None, :]
        if not w.shape[-1]:
            return self._give(self.xp.zeros(x.shape, x.dtype), out)
        least = self.xp.abs(w).max(-1)[..., None, None] * rounding((GAP if sign < 0 else 1) * w.shape[-1], w.dtype)
        none = self.xp.abs(by) <= least
        zero, one = self.xp.zeros((), x.dtype), self.xp.ones((), x.dtype)
        with self._quiet():
            return self._give(self.xp.where(none, zero, x / self.xp.where(none, one, by)), out)

    def svd(self, a, full_matrices=True, out=None):
        """(U, s, V^T): a = U diag(s) V^T, s descending; not full_matrices: only the first min(M, N) columns of U and of V."""
        with _telling("svd", NO_NUMBERS, a), self._quiet():
            return self._give_all(self.xp.linalg.svd(a, full_matrices), out)

    def svdvals(self, a, out=None):
        with _telling("svdvals", NO_NUMBERS, a), self._quiet():
            return self._give(self.xp.linalg.svd(a, compute_uv=False), out)

    def singular_spread(self, a, g, out=None):
        """U diag(g) V^T, with a's singular vectors, but 0 for g where the singular value is 0: the adjoint of svdvals."""
        u, s, vh = self.svd(a, False)
        if s.shape[-1]:
            g = self.xp.where(s > s[..., :1] * rounding(max(a.shape[-2:]), a.dtype), g, self.xp.zeros((), g.dtype))
        with self._quiet():
            return self._give((u * g[..., None, :]) @ vh, out)

    def pinv(self, a, rtol=None, out=None):
        """The pseudo-inverse: singular values up to rtol times the largest (None: N times the dtype's rounding) count as 0."""
        with _telling("pinv", NO_NUMBERS, a), self._quiet():
            u, s, vh = self.xp.linalg.svd(a, full_matrices=False)
            if s.shape[-1]:
                least = s[..., :1] * (rounding(max(a.shape[-2:]), a.dtype) if rtol is None else rtol)
                s = self.xp.where(s > least, 1 / self.xp.where(s > least, s, self.xp.ones((), s.dtype)),
                                  self.xp.zeros((), s.dtype))
            y = self.xp.swapaxes(vh, -1, -2) @ (s[..., None] * self.xp.swapaxes(u, -1, -2))
            return self._give(y, out)

    def expm(self, a, out=None):
        """The exponential by scaling and squaring of a Pade approximant of degree 13 (Higham 2005), as often for every matrix
        as the largest needs it."""
        n = a.shape[-1]
        eye = self.xp.broadcast_to(self.xp.eye(n, dtype=a.dtype), a.shape)
        if not math.prod(a.shape):
            return self._give(a.copy(), out)
        with self._quiet():
            largest = float(self.to_numpy(self.xp.abs(a).sum(-2).max()))
            if not math.isfinite(largest):
                return self._give(a * math.nan, out)
            times = max(0, math.ceil(math.log2(largest / 5.371920351148152))) if largest else 0
            a = a * a.dtype.type(2.0 ** -times)
            a2 = a @ a
            a4 = a2 @ a2
            a6 = a4 @ a2
            b = [a.dtype.type(c / PADE[0]) for c in PADE]
            odd = a @ (a6 @ (b[13] * a6 + b[11] * a4 + b[9] * a2) + b[7] * a6 + b[5] * a4 + b[3] * a2 + b[1] * eye)
            even = a6 @ (b[12] * a6 + b[10] * a4 + b[8] * a2) + b[6] * a6 + b[4] * a4 + b[2] * a2 + eye
            y = self.xp.linalg.solve(even - odd, even + odd)
            for _ in range(times):
                y = y @ y
            return self._give(y, out)

    def _give_all(self, results, out):
        outs = (None,) * len(results) if out is None else out
        return tuple([self._give(y, to) for y, to in zip(results, outs)])


GAP = 8         # how many times that two values may differ, and coincide


def rounding(side, dtype):
    """What counts as no difference between singular values, or eigenvalues, of a matrix with this longest side, relative to the
    largest of them."""
    return side * float(numpy.finfo(dtype).eps)


PADE = (64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600, 670442572800,
        33522128640, 1323241920, 40840800, 960960, 16380, 182, 1)
