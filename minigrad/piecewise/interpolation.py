"""A network through given points."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from typing import Any

from minigrad.piecewise.exact import exact, listed

__all__ = ["interpolate"]


def interpolate(xs: Iterable[Any], ys: Iterable[Any]) -> list[tuple[list[list[Any]], list[Any]]]:
    """[(W1, b1), (W2, b2)]: a network with one hidden layer of ReLUs that passes through every point (x_i, y_i), i = 0 ... N.

    x_0 < ... < x_N. Its N units are relu(x - x_i), i < N, and its weights are the changes of slope at the x_i:
    f(x) = y_0 + sum_i (s_i - s_{i-1}) relu(x - x_i), s_i = (y_{i+1} - y_i)/(x_{i+1} - x_i), s_{-1} = 0. W1 (N, 1), b1 (N,),
    W2 (1, N), b2 (1,). Ints and Fractions give Fractions, so that f(x_i) is y_i exactly; otherwise every weight is a float,
    the exact one rounded once. ValueError where there are fewer than two points, or the x_i do not increase.
    """
    given = [list(listed(xs)), list(listed(ys))]
    x, y = ([exact("interpolate", v) for v in values] for values in given)
    if len(x) != len(y) or len(x) < 2:
        raise ValueError(f"[interpolate] found {len(x)} xs and {len(y)} ys but expected as many of both, at least two")
    for a, b in pairwise(x):
        if a >= b:
            raise ValueError(f"[interpolate] found x = {b} after {a} but expected the xs to increase: sort the points first")
    slopes = [(y[i + 1] - y[i])/(x[i + 1] - x[i]) for i in range(len(x) - 1)]
    changes = [slopes[0], *(after - before for before, after in pairwise(slopes))]
    is_exact = all(isinstance(v, (int, Fraction)) for values in given for v in values)
    as_given: Any = Fraction if is_exact else float
    return [([[as_given(1)] for _ in changes], [as_given(-v) for v in x[:-1]]),
            ([[as_given(v) for v in changes]], [as_given(y[0])])]
