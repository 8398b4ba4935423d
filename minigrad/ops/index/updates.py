"""`a.at[index].add(values)` and the like: the copy of a that a write in place would make, with a gradient (JAX)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from minigrad.kernels.reference import is_basic
from minigrad.ops import elementwise
from minigrad.ops.index.picking import getitem, plain_index
from minigrad.ops.index.writing import add_at, overwrite, with_values
from minigrad.ops.operands import as_part_of
from minigrad.ops.shape.arranging import ravel, reshape
from minigrad.ops.shape.repeating import broadcast_to
from minigrad.tensor import Tensor
from minigrad.types import Index, Operand


class At:
    """`a.at`, to be indexed as a itself."""

    __slots__ = ("_a",)

    def __init__(self, a: Tensor) -> None:
        self._a = a

    def __getitem__(self, index: Index) -> Place:
        return Place(self._a, index)


class Place:
    """`a.at[index]`: each method gives a copy of a, in which the elements at `index` are others.

    values broadcast to a[index]. Where an index repeats, `set` leaves the last value, and the others are applied one after
    another, as the ufuncs' `at` in numpy does; every value that counts gets its gradient.
    """

    __slots__ = ("_a", "_index")

    def __init__(self, a: Tensor, index: Index) -> None:
        self._a = a
        self._index = plain_index(a.k, index)

    def get(self) -> Tensor:
        """a[index]"""
        return as_part_of("at", getitem, self._a, self._index)

    def set(self, values: Operand) -> Tensor:
        """a[index] = values"""
        a, _, values = self._operands(values)
        return as_part_of("at", overwrite, a, self._index, values)

    def add(self, values: Operand) -> Tensor:
        """a[index] += values"""
        a, _, values = self._operands(values)
        return add_at(a, self._index, values)

    def subtract(self, values: Operand) -> Tensor:
        """a[index] -= values"""
        a, _, values = self._operands(values)
        return add_at(a, self._index, elementwise.neg(values))

    def multiply(self, values: Operand) -> Tensor:
        """a[index] *= values"""
        return self._each(elementwise.mul, values)

    def divide(self, values: Operand) -> Tensor:
        """a[index] /= values"""
        return self._each(elementwise.div, values)

    def power(self, values: Operand) -> Tensor:
        """a[index] **= values"""
        return self._each(elementwise.power, values)

    def min(self, values: Operand) -> Tensor:
        """a[index] = minimum(a[index], values)"""
        return self._each(elementwise.minimum, values)

    def max(self, values: Operand) -> Tensor:
        """a[index] = maximum(a[index], values)"""
        return self._each(elementwise.maximum, values)

    def _operands(self, values):
        """(a, a[index], values in its shape), a and values of one dtype."""
        a, values = as_part_of("at", with_values, "at", self._a, values)
        there = as_part_of("at", getitem, a, self._index)
        try:
            return a, there, values if values.shape == there.shape else broadcast_to(values, there.shape)
        except ValueError:
            raise ValueError(f"[at] the values {values.shape} do not broadcast to the {there.shape} that the index picks of "
                             f"shape {a.shape}") from None

    def _each(self, operation: Callable[..., Tensor], values: Operand) -> Tensor:
        a, there, values = self._operands(values)
        turns = () if is_basic(self._index) else self._turns(a)
        if len(turns) < 2:
            return as_part_of("at", overwrite, a, self._index, operation(there, values))
        flat, values = ravel(a), ravel(values)
        for places, which in turns:
            flat = as_part_of("at", overwrite, flat, places, operation(getitem(flat, places), getitem(values, which)))
        return reshape(flat, a.shape)

    def _turns(self, a):
        """[(places in the flattened a, numbers of the values that go there)]: in none of them a place repeats, and a value that
        comes later in the index comes in a later turn. The device is read: how many turns there are depends on the index."""
        places = a.k.getitem(a.k.asarray(np.arange(a.size).reshape(a.shape)), self._index)
        places = a.k.to_numpy(places).reshape(-1)
        order = np.argsort(places, kind="stable")
        sorted_places = places[order]
        new = np.append(True, sorted_places[1:] != sorted_places[:-1])[:places.size]
        since = np.arange(places.size) - np.maximum.accumulate(np.where(new, np.arange(places.size), 0))
        turn = np.empty(places.size, np.int64)
        turn[order] = since                             # how often the place came before
        return [(places[turn == i], np.flatnonzero(turn == i)) for i in range(turn.max(initial=-1) + 1)]
