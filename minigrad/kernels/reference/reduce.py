"""Reductions: sums, means and maxima. axis is None, an int or a tuple of ints; for max and argmax an int."""

import math

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

    def argmax(self, a, axis, keepdims=False, out=None):
        """int64: where the largest stands along one axis, the first of equals; NaN wins."""
        return self._give(self.xp.argmax(a, axis=axis, keepdims=keepdims), out)

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


def count_along(shape, axis):
    """How many elements are reduced to one along `axis` (None, an int or a tuple)."""
    if axis is None:
        return math.prod(shape)
    return math.prod(shape[i] for i in (axis if isinstance(axis, tuple) else (axis,)))
