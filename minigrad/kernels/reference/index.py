"""Indexing by numpy's rules, and its adjoints, which add up where an index repeats."""

import math

import numpy


class Index:
    """Each of getitem and take_along with the kernel that carries its gradient back."""

    def getitem(self, a, index):
        """a[index], numpy's rules; basic indices give views."""
        index = index[0] if isinstance(index, tuple) and len(index) == 1 else index
        if isinstance(index, self.array) and index.dtype.kind == "i" and a.shape and a.flags.c_contiguous:
            return self.xp.asarray(self.xp.take(a, index.copy(), 0))        # the same, and quicker
        index = self._settled(index)
        found = a[index]
        if isinstance(found, self.array):
            return found
        return a[(*index, ...) if isinstance(index, tuple) else (index, ...)]        # of one element a view, too

    def _settled(self, index):
        """An index of which nobody else has the arrays: numpy checks an index and then reads it again, without the GIL,
        and crashes if another thread has written to it meanwhile."""
        if isinstance(index, tuple):
            return tuple(map(self._settled, index))
        return index.copy() if isinstance(index, self.array) else index

    def put(self, g, index, shape, out=None):
        """Zeros of `shape` with g added at `index`, repeats added up: the adjoint of getitem."""
        if is_basic(index):
            out = self._give(self.xp.zeros(shape, g.dtype), out)
            out[index] = g
            return out
        return self._add_up(g, self.getitem(self._numbered(shape), index), shape, out)

    def _numbered(self, shape):
        """An array of its own places, numbered in C order: what an index picks of it says which places it picks."""
        return self.xp.arange(math.prod(shape)).reshape(shape)

    def _add_up(self, g, places, shape, out):
        """Zeros of `shape` with g added at these places, numbered in C order; floats are summed in float64, complex numbers in
        complex128, and rounded once."""
        g = self.xp.broadcast_to(g, places.shape)
        with self._quiet():
            if g.dtype.kind == "f" and self.xp is numpy:        # the quicker way; elsewhere its length is read back first
                total = self.xp.bincount(places.reshape(-1), g.reshape(-1), math.prod(shape))
            else:
                wide = {"f": numpy.float64, "c": numpy.complex128}.get(g.dtype.kind, g.dtype)
                total = self.xp.zeros(math.prod(shape), wide)
                self.xp.add.at(total, places.reshape(-1), g.reshape(-1))
            return self._give(total.reshape(shape).astype(g.dtype, copy=False), out)

    def overwrite(self, a, index, values, out=None):
        """A copy of a in which a[index] is `values`, broadcast; of an index with repeats the last one stands."""
        out = self.xp.array(a, copy=True, order="K") if out is None else self._give(a, out)
        out[self._settled(index)] = values
        return out

    def lasts(self, index, shape):
        """For each place that an index into `shape` picks, whether the index picks it no more after that."""
        places = self.getitem(self._numbered(shape), index)
        numbers = self.xp.arange(math.prod(places.shape)).reshape(places.shape)
        latest = self.xp.zeros(math.prod(shape), numbers.dtype)
        latest[places] = numbers
        return latest[places] == numbers

    def add_at(self, a, index, g, out=None):
        """A copy of a with g, broadcast, added at `index`, repeats added up."""
        return self.add(a, self.put(g, index, a.shape), out=out)

    def overwrite_along(self, a, index, values, axis, out=None):
        """A copy of a with values at integer places along one axis, of repeats the last; index has a's other sizes."""
        out = self.xp.array(a, copy=True, order="K") if out is None else self._give(a, out)
        self.xp.put_along_axis(out, self._settled(index), values, axis)
        return out

    def add_along(self, a, index, g, axis, out=None):
        """A copy of a with g added at integer places along one axis, repeats added up; index has a's other sizes."""
        return self.add(a, self.put_along(g, index, axis, a.shape), out=out)

    def lasts_along(self, index, axis, size):
        """For each place that index picks along an axis of that size, whether it picks it no more after that."""
        numbers = self.xp.arange(math.prod(index.shape)).reshape(index.shape)
        latest = self.xp.zeros((*index.shape[:axis], size, *index.shape[axis + 1:]), numbers.dtype)
        latest = self.overwrite_along(latest, index, numbers, axis)
        return self.xp.take_along_axis(latest, index, axis) == numbers

    def take_along(self, a, index, axis, out=None):
        """a at integer positions along one axis; index has a's other sizes."""
        return self._give(self.xp.take_along_axis(a, self._settled(index), axis), out)

    def put_along(self, g, index, axis, shape, out=None):
        """Zeros of `shape` with g added at the positions `index`, repeats added up: the adjoint of take_along."""
        return self._add_up(g, self.take_along(self._numbered(shape), index, axis), shape, out)


def is_basic(index):
    """Whether no place can be picked twice: only integers, slices, None and ... stand in the index."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(p is None or p is Ellipsis or isinstance(p, (int, slice)) and not isinstance(p, bool) for p in parts)
