"""Continuous piecewise linear functions of one number, exactly: what a ReLU network with one input is."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from minigrad.piecewise.exact import exact, listed, short
from minigrad.piecewise.layers import layers_of

__all__ = ["Piece", "PiecewiseLinear", "Violation", "propagate"]

ZERO = Fraction(0)


class Piece(NamedTuple):
    """slope x + intercept for low <= x <= high; the outer pieces reach to -inf and inf."""

    low: Fraction | float
    high: Fraction | float
    slope: Fraction
    intercept: Fraction

    def __str__(self) -> str:
        low, high = (short(x) if isinstance(x, Fraction) else "" for x in (self.low, self.high))
        where = f"{low} <= x <= {high}" if low and high else f"x >= {low}" if low else f"x <= {high}" if high else "all x"
        if not self.slope:
            return f"{short(self.intercept)} for {where}"
        line = "x" if self.slope == 1 else "-x" if self.slope == -1 else f"{short(self.slope)} x"
        shift = f" {'-' if self.intercept < 0 else '+'} {short(abs(self.intercept))}" if self.intercept else ""
        return f"{line}{shift} for {where}"


class Violation(NamedTuple):
    """A midpoint that shows that a function is not convex (or not concave). It counts as False: `if f.convex():` is right.

    a, b: the ends of a chord; middle = (a + b)/2; at_middle = f(middle); chord = (f(a) + f(b))/2.
    """

    a: Fraction
    b: Fraction
    middle: Fraction
    at_middle: Fraction
    chord: Fraction

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        side = "above" if self.at_middle > self.chord else "below"
        return (f"f({short(self.middle)}) = {short(self.at_middle)} lies {side} the middle of the chord from {short(self.a)} "
                f"to {short(self.b)}, {short(self.chord)}")


class PiecewiseLinear:
    """The function through (breakpoints, values), straight between them, with slope `left` before the first and `right` after
    the last one. Numbers are ints, Fractions or floats; all are kept as the Fractions that they are.

        f = PiecewiseLinear([0.5, 4], [0, -7])      # 0, then down to -7, where it stays
        f(1), f.kinks, f.slopes, f.pieces
        PiecewiseLinear.of(network)                 # a network with one input and one output
        f + g, f - g, 2*f, f + 1, f.relu(), f == g

    breakpoints: increasing, at least one; one in which nothing bends is no kink. ValueError where they are not, or where
    their number is not that of the values.
    """

    __slots__ = ("_knots", "_values", "_slopes")
    __array_ufunc__ = None      # np.float64(2)*f is f's to answer

    def __init__(self, breakpoints: Iterable[Any], values: Iterable[Any], left: Any = 0, right: Any = 0) -> None:
        knots = [exact("PiecewiseLinear", x) for x in listed(breakpoints)]
        heights = [exact("PiecewiseLinear", y) for y in listed(values)]
        if len(knots) != len(heights) or not knots:
            raise ValueError(f"[PiecewiseLinear] found {len(knots)} breakpoints and {len(heights)} values but expected as many "
                             "of both, at least one")
        for a, b in pairwise(knots):
            if a >= b:
                raise ValueError(f"[PiecewiseLinear] found the breakpoint {b} after {a} but expected them to increase: "
                                 "sort them first")
        slopes = [exact("PiecewiseLinear", left),
                  *((heights[i + 1] - heights[i])/(knots[i + 1] - knots[i]) for i in range(len(knots) - 1)),
                  exact("PiecewiseLinear", right)]
        bends = [i for i in range(len(knots)) if slopes[i] != slopes[i + 1]]
        if bends:
            self._knots, self._values = [knots[i] for i in bends], [heights[i] for i in bends]
            self._slopes = [*(slopes[i] for i in bends), slopes[-1]]
        else:                                       # a straight line is held by its value at 0
            self._knots, self._values, self._slopes = [ZERO], [heights[0] - slopes[0]*knots[0]], [slopes[0]]*2

    @classmethod
    def line(cls, slope: Any = 1, intercept: Any = 0) -> PiecewiseLinear:
        """x -> slope x + intercept."""
        return cls([0], [intercept], slope, slope)

    @classmethod
    def of(cls, network: Any, low: Any = None, high: Any = None) -> PiecewiseLinear:
        """What a network with one input and one output computes, its breakpoints propagated layer by layer.

        network: as in layers_of. low, high: look at this interval only; outside, the function goes on straight. ValueError
        for more inputs or outputs (propagate gives one function for each output).
        """
        functions = propagate(network, low, high)
        if len(functions) != 1:
            raise ValueError(f"[PiecewiseLinear.of] found a network with {len(functions)} outputs but expected one: "
                             "piecewise.propagate(network) gives a function for each")
        return functions[0]

    @property
    def kinks(self) -> list[Fraction]:
        """Where the slope changes, in order."""
        return list(self._knots) if self._slopes[0] != self._slopes[1] else []

    @property
    def values(self) -> list[Fraction]:
        """The values at the kinks."""
        return [self(x) for x in self.kinks]

    @property
    def slopes(self) -> list[Fraction]:
        """The slopes of the pieces, from left to right: one more than there are kinks."""
        return list(self._slopes) if self.kinks else self._slopes[:1]

    @property
    def pieces(self) -> list[Piece]:
        """The pieces, from left to right."""
        ends: list[Fraction | float] = [-math.inf, *self.kinks, math.inf]
        places = [max(i - 1, 0) for i in range(len(ends) - 1)]
        return [Piece(low, high, slope, self._values[i] - slope*self._knots[i])
                for (low, high), slope, i in zip(pairwise(ends), self.slopes, places)]

    def __call__(self, x: Any) -> Any:
        """The value at x: a Fraction for an int or a Fraction, a float for a float, an array of floats for an array or a list.
        Every float is the exact value, rounded once."""
        x = listed(x)
        if isinstance(x, (list, tuple)):
            array = np.asarray(x, dtype=object)
            return np.array([float(self(v)) for v in array.flat]).reshape(array.shape)
        at = exact("PiecewiseLinear", x)
        i = bisect_right(self._knots, at)
        knot = max(i - 1, 0)
        y = self._values[knot] + self._slopes[i]*(at - self._knots[knot])
        return float(y) if isinstance(x, (float, np.floating)) else y

    def _combined(self, other: Any, sign: int) -> Any:
        if not isinstance(other, PiecewiseLinear):
            try:
                other = PiecewiseLinear.line(0, other)
            except TypeError:
                return NotImplemented
        return _affine([self, other], [Fraction(1), Fraction(sign)], ZERO)

    def __add__(self, other: Any) -> PiecewiseLinear:
        return self._combined(other, 1)

    __radd__ = __add__

    def __sub__(self, other: Any) -> PiecewiseLinear:
        return self._combined(other, -1)

    def __rsub__(self, other: Any) -> PiecewiseLinear:
        return (-self) + other

    def __neg__(self) -> PiecewiseLinear:
        return self*-1

    def __mul__(self, factor: Any) -> PiecewiseLinear:
        if isinstance(factor, PiecewiseLinear):
            raise TypeError("[mul] found the product of two piecewise linear functions, which is none: scale by a number")
        return _affine([self], [exact("mul", factor)], ZERO)

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> PiecewiseLinear:
        return self*(1/exact("div", divisor))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PiecewiseLinear) and self._state() == other._state()

    def __hash__(self) -> int:
        return hash(tuple(map(tuple, self._state())))

    def _state(self) -> tuple[list[Fraction], list[Fraction], list[Fraction]]:
        return self._knots, self._values, self._slopes

    def relu(self) -> PiecewiseLinear:
        """max(f, 0): a new breakpoint wherever f crosses zero."""
        knots, heights, (first, *_, last) = self._knots, self._values, self._slopes
        points, zeros = dict(zip(knots, heights)), []
        for (x0, y0), (x1, y1) in pairwise(points.items()):
            if y0*y1 < 0:
                zeros.append(x0 - y0*(x1 - x0)/(y1 - y0))
        if heights[0]*first > 0:
            zeros.append(knots[0] - heights[0]/first)
        if heights[-1]*last < 0:
            zeros.append(knots[-1] - heights[-1]/last)
        places = sorted([*knots, *zeros])
        return PiecewiseLinear(places, [max(points.get(x, ZERO), ZERO) for x in places], min(first, ZERO), max(last, ZERO))

    def on(self, low: Any = None, high: Any = None) -> PiecewiseLinear:
        """The same on [low, high], and straight on outside: its kinks are those strictly within. None: no end there."""
        start = 0 if low is None else bisect_right(self._knots, exact("on", low))
        stop = len(self._knots) if high is None else bisect_left(self._knots, exact("on", high))
        if low is not None and high is not None and exact("on", low) >= exact("on", high):
            raise ValueError(f"[on] found low = {low} and high = {high} but expected low < high")
        if start >= stop:
            slope, knot = self._slopes[start], max(start - 1, 0)
            return PiecewiseLinear([self._knots[knot]], [self._values[knot]], slope, slope)
        return PiecewiseLinear(self._knots[start:stop], self._values[start:stop], self._slopes[start], self._slopes[stop])

    def extremes(self, low: Any, high: Any) -> tuple[Fraction, Fraction]:
        """(least, greatest) value on [low, high]: they lie at kinks and ends."""
        ends = [exact("extremes", low), exact("extremes", high)]
        values = [self(x) for x in (*ends, *(x for x in self.kinks if ends[0] < x < ends[1]))]
        return min(values), max(values)

    def convex(self) -> bool | Violation:
        """True, or a midpoint that lies above its chord (which counts as False). A function is convex where no slope falls."""
        return self._bends(1)

    def concave(self) -> bool | Violation:
        """True, or a midpoint that lies below its chord (which counts as False). A function is concave where no slope rises."""
        return self._bends(-1)

    def _bends(self, sign: int) -> bool | Violation:
        """Around the first kink that bends the wrong way a chord of two pieces: half as wide as there is room, at most 1."""
        kinks, slopes = self.kinks, self.slopes
        for i, x in enumerate(kinks):
            if sign*(slopes[i + 1] - slopes[i]) < 0:
                reach = min([Fraction(1), *(abs(kinks[j] - x) for j in (i - 1, i + 1) if 0 <= j < len(kinks))])
                return Violation(x - reach, x + reach, x, self(x), (self(x - reach) + self(x + reach))/2)
        return True

    def __str__(self) -> str:
        return "; ".join(map(str, self.pieces))

    def __repr__(self) -> str:
        knots, values = (", ".join(map(short, x)) for x in (self._knots, self._values))
        return f"PiecewiseLinear([{knots}], [{values}], left={short(self._slopes[0])}, right={short(self._slopes[-1])})"


def propagate(network: Any, low: Any = None, high: Any = None) -> list[PiecewiseLinear]:
    """The outputs of a network with one input, a function for each: layer by layer, each unit is a sum of the functions before
    it, and relu adds the places where it crosses zero. No grid is involved. network, low, high: as in PiecewiseLinear.of.
    """
    layers = layers_of(network)
    if len(layers[0].W[0]) != 1:
        raise ValueError(f"[PiecewiseLinear.of] found a network with {len(layers[0].W[0])} inputs but expected one: "
                         "piecewise.regions draws those with two")
    functions = [PiecewiseLinear.line()]
    for W, b, relu in layers:
        sums = [_affine(functions, row, shift) for row, shift in zip(W, b)]
        functions = [f.relu() for f in sums] if relu else sums
        if low is not None or high is not None:
            functions = [f.on(low, high) for f in functions]
    return functions


def _affine(functions: Sequence[PiecewiseLinear], weights: Sequence[Fraction], shift: Fraction) -> PiecewiseLinear:
    """sum_j weights_j f_j + shift: its breakpoints are among theirs."""
    parts = [(w, f) for w, f in zip(weights, functions) if w]
    knots = sorted({x for _, f in parts for x in f._knots}) or [ZERO]
    values = [sum((w*f(x) for w, f in parts), shift) for x in knots]
    left, right = (sum((w*f._slopes[end] for w, f in parts), ZERO) for end in (0, -1))
    return PiecewiseLinear(knots, values, left, right)
