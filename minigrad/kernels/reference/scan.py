"""Scans: what has come together so far, at every place along one axis."""

import numpy

from minigrad.kernels.dtypes import TWICE
from minigrad.kernels.halves import in_single


class Scan:
    """As many numbers out as in. float32 is added up and multiplied in float64 (complex64 in complex128), and rounded at every
    place."""

    @in_single
    def cumsum(self, a, axis, reverse=False, out=None):
        """The running sum; reverse: from the end."""
        return self._give(self._running("cumsum", a, axis, reverse), out)

    @in_single
    def cumprod(self, a, axis, reverse=False, out=None):
        """The running product; reverse: from the end."""
        return self._give(self._running("cumprod", a, axis, reverse), out)

    def _running(self, function, a, axis, reverse):
        wide = TWICE.get(a.dtype)
        with self._quiet():
            y = getattr(self.xp, function)(self.xp.flip(a, axis) if reverse else a, axis=axis, dtype=wide)
            if wide is not None:
                y = y.astype(a.dtype)
            return self.xp.flip(y, axis) if reverse else y

    @in_single
    def recurrence(self, b, c, axis, reverse=False, out=None):
        """y[i] = b[i] + c[i] y[i - 1], from y = 0 before the first; a y of 0 picks nothing of c. reverse: from the end, with
        y[i + 1]. It is what the gradients of running products and of their like are.
        """
        with self._quiet():
            wide = numpy.result_type(b.dtype, c.dtype, numpy.float64)
            rows, factors = (self.xp.moveaxis(x, axis, 0).astype(wide) for x in (b, c))
            state = self.xp.zeros(rows.shape[1:], wide)
            places = range(rows.shape[0])
            for i in reversed(places) if reverse else places:
                state = rows[i] + self.xp.where(state == 0, 0, factors[i] * state)
                rows[i] = state
            return self._give(self.xp.moveaxis(rows, 0, axis).astype(b.dtype), out)

    def cummax(self, a, axis, out=None):
        """The largest so far; NaN wins."""
        return self._give(self._accumulated("maximum", a, axis), out)

    def cummin(self, a, axis, out=None):
        """The smallest so far; NaN wins."""
        return self._give(self._accumulated("minimum", a, axis), out)

    def cummax_index(self, a, axis, out=None):
        """int64: where the largest so far stands, the first of equals."""
        y, first = self.cummax(a, axis), (slice(None),) * axis
        before, now = (*first, slice(None, -1)), (*first, slice(1, None))
        shape = tuple(n if i == axis else 1 for i, n in enumerate(a.shape))
        places = self.xp.arange(a.shape[axis]).reshape(shape) + self.xp.zeros(a.shape, numpy.int64)
        record = (a[now] > y[before]) | ((a[now] != a[now]) & (y[before] == y[before]))
        places[now] = self.xp.where(record, places[now], 0)
        return self._give(self._accumulated("maximum", places, axis), out)

    @in_single
    def logcumsumexp(self, a, axis, out=None):
        """log(cumsum(exp(a)))"""
        with self._quiet():
            return self._give(self._accumulated("logaddexp", a, axis), out)

    def _accumulated(self, function, a, axis):
        """The associative function of all so far: numpy has it; elsewhere it is made of runs of 1, 2, 4 ... numbers."""
        if self.xp is numpy:
            return getattr(numpy, function).accumulate(a, axis=axis)
        y, length = self.xp.moveaxis(a, axis, 0), 1
        while length < y.shape[0]:
            y = self.xp.concatenate([y[:length], getattr(self.xp, function)(y[:-length], y[length:])])
            length *= 2
        return self.xp.moveaxis(y, 0, axis)
