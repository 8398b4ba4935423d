"""A line search for the strong Wolfe conditions: Nocedal & Wright, Numerical Optimization, algorithms 3.5 and 3.6, with the
cubic interpolation and the safeguards of minFunc (M. Schmidt), which PyTorch's L-BFGS has too."""

from collections.abc import Callable
from typing import Any, NamedTuple

C1, C2 = 1e-4, 0.9      # how much the function must fall, and how much its slope


class Point(NamedTuple):
    """The function at a step t along the line: value, gradient, and the slope along the line."""

    t: float
    f: float
    g: Any
    slope: float


def strong_wolfe(at: Callable[[float], Point], start: Point, t: float, size: float, tolerance: float,
                 most: int) -> tuple[Point, int]:
    """(a point where f(t) <= f(0) + C1 t f'(0) and |f'(t)| <= C2 |f'(0)|, or the best found; how often f was computed).

    at: computes the point at a step. start: that at 0; t: the first to try. The search ends where the largest change of a
    parameter within the bracket, `size` times its width, is below the tolerance, and after `most` further points.
    """
    before, now, n = start, at(t), 0
    ends = None
    while n < most and ends is None:                    # go on until there is a bracket with such a point in it
        if _too_high(now, start) or (n > 1 and now.f >= before.f):
            ends = [before, now]
        elif abs(now.slope) <= -C2 * start.slope:
            return now, n + 1
        elif now.slope >= 0:
            ends = [before, now]
        else:
            further = cubic_minimum(before, now, (now.t + 0.01 * (now.t - before.t), now.t * 10))
            before, now, n = now, at(further), n + 1
    ends = [start, now] if ends is None else ends
    low, high = _order(ends)
    stuck = False
    while n < most:                                     # narrow the bracket
        near, far = sorted((ends[0].t, ends[1].t))
        if (far - near) * size < tolerance:
            break
        t, margin = cubic_minimum(ends[0], ends[1]), 0.1 * (far - near)
        if min(far - t, t - near) < margin:             # close to an end: the second time in a row, move away from it
            stuck = not (stuck or t >= far or t <= near)
            if not stuck:
                t = far - margin if abs(t - far) < abs(t - near) else near + margin
        else:
            stuck = False
        now, n = at(t), n + 1
        if _too_high(now, start) or now.f >= ends[low].f:
            ends[high] = now
            low, high = _order(ends)
            continue
        done = abs(now.slope) <= -C2 * start.slope
        if not done and now.slope * (ends[high].t - ends[low].t) >= 0:
            ends[high] = ends[low]
        ends[low] = now
        if done:
            break
    return ends[low], n + 1


def cubic_minimum(a: Point, b: Point, bounds: tuple[float, float] | None = None) -> float:
    """Where the cubic through both points has its minimum, kept within the bounds; the middle if it has none."""
    least, largest = bounds or sorted((a.t, b.t))
    if a.t > b.t:
        a, b = b, a
    if a.t == b.t:
        return a.t
    d1 = a.slope + b.slope - 3 * (a.f - b.f) / (a.t - b.t)
    square = d1 * d1 - a.slope * b.slope
    below = b.slope - a.slope + 2 * square**0.5 if square >= 0 else 0
    if not below:
        return (least + largest) / 2
    return min(max(b.t - (b.t - a.t) * ((b.slope + square**0.5 - d1) / below), least), largest)


def _too_high(now, start):
    return now.f > start.f + C1 * now.t * start.slope


def _order(ends):
    return (0, 1) if ends[0].f <= ends[1].f else (1, 0)
