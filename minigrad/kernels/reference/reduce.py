"""Reductions: sums, products, extremes, spreads. axis is None, an int or a tuple of ints; for extremes and prod an int."""

import math

from minigrad.kernels.dtypes import TWICE
from minigrad.kernels.halves import in_single


class Reduce:
    """Many numbers in, one out."""

    @in_single
    def sum(self, a, axis=None, keepdims=False, out=None):
        with self._quiet():
            return self._give(a.sum(axis=axis, keepdims=keepdims), out)

    @in_single
    def mean(self, a, axis=None, keepdims=False, out=None):
        return self.div(self.sum(a, axis, keepdims), count_along(a.shape, axis), out=out)

    def max(self, a, axis, keepdims=False, out=None):
        """The largest along one axis; NaN wins."""
        return self._give(a.max(axis=axis, keepdims=keepdims), out)

    def min(self, a, axis, keepdims=False, out=None):
        """The smallest along one axis; NaN wins."""
        return self._give(a.min(axis=axis, keepdims=keepdims), out)

    def argmax(self, a, axis, keepdims=False, out=None):
        """int64: where the largest stands along one axis, the first of equals; NaN wins."""
        return self._give(self.xp.argmax(a, axis=axis, keepdims=keepdims), out)

    def argmin(self, a, axis, keepdims=False, out=None):
        """int64: where the smallest stands along one axis, the first of equals; NaN wins."""
        return self._give(self.xp.argmin(a, axis=axis, keepdims=keepdims), out)

    def any(self, a, axis=None, keepdims=False, out=None):
        """Whether some number is not 0; NaN is not."""
        return self._give(self.xp.any(a, axis=axis, keepdims=keepdims), out)

    def all(self, a, axis=None, keepdims=False, out=None):
        """Whether no number is 0."""
        return self._give(self.xp.all(a, axis=axis, keepdims=keepdims), out)

    def count_nonzero(self, a, axis=None, keepdims=False, out=None):
        """int64: how many numbers are not 0."""
        return self._give(self.xp.count_nonzero(a, axis=axis, keepdims=keepdims), out)

    @in_single
    def prod(self, a, axis, keepdims=False, out=None):
        """The product along one axis; of float32 in float64, of complex64 in complex128, rounded once."""
        wide = TWICE.get(a.dtype)
        with self._quiet():
            y = self.xp.prod(a, axis=axis, dtype=wide, keepdims=keepdims)
            return self._give(y if wide is None else y.astype(a.dtype), out)

    @in_single
    def var(self, a, axis=None, ddof=0, keepdims=False, out=None):
        """The sum of squares about the mean, divided by how many there are less ddof, or by 0 where that is less."""
        d = centred(self, a, axis)
        return self.div(self.sum(self.mul(d, d), axis, keepdims), max(count_along(a.shape, axis) - ddof, 0), out=out)

    @in_single
    def std(self, a, axis=None, ddof=0, keepdims=False, out=None):
        return self.sqrt(self.var(a, axis, ddof, keepdims), out=out)

    def finite_max(self, a, axis, out=None):
        """The maximum along `axis` (kept), or 0 where that is infinite or NaN: subtracted before exp, so that exp does not
        overflow."""
        m = a.max(axis=axis, keepdims=True)
        return self._give(self.xp.where(self.xp.isfinite(m), m, self.xp.zeros_like(m)), out)

    @in_single
    def sum_to(self, a, shape, out=None):
        """Sum over the axes along which `shape` was broadcast to a.shape: the adjoint of broadcast_to."""
        lead = len(a.shape) - len(shape)
        axes = tuple(range(lead)) + tuple(i + lead for i, n in enumerate(shape) if n == 1 and a.shape[i + lead] != 1)
        with self._quiet():
            return self._give(a.sum(axis=axes).reshape(shape) if axes else a.reshape(shape), out)


def centred(k, a, axes):
    """a less its mean along axes: twice, as the mean's own rounding may be large beside the distances to it."""
    once = k.sub(a, k.mean(a, axes, True))
    return k.sub(once, k.mean(once, axes, True))


def count_along(shape, axis):
    """How many elements are reduced to one along `axis` (None, an int or a tuple)."""
    if axis is None:
        return math.prod(shape)
    return math.prod(shape[i] for i in (axis if isinstance(axis, tuple) else (axis,)))
