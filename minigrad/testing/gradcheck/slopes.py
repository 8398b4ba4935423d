"""Finite differences: the slopes of a function on either side of a point, and whether a gradient lies between them.

The function is y = f(x) with every output in one flat float64 vector (M,); its slope is taken along a direction of one
input. Each side has its own slope, of second order in the step h, from the points x, x +- h/2, x +- h:

    right = (4 f(x + h/2) - 3 f(x) - f(x + h)) / h        error: f''' h^2 / 12, and a few roundings of f over h

(Fornberg, "Generation of finite difference formulas on arbitrarily spaced grids", 1988). Where f is smooth the two sides
agree, and so must the gradient; at a kink it must lie between them; where they grow as the step shrinks, f jumps.
Both errors together are least for h near the cube root of the machine epsilon (Press et al., "Numerical Recipes", 5.7).
"""

from numbers import Real
from typing import NamedTuple

import numpy as np

STEPS = (1, 1 / 16, 1 / 512, 16)    # a disagreement is there with each: the small ones end curvature, the large one rounding
JUMP = 1e-4                 # only a change larger than this within one step is looked at as a jump
ROUNDINGS = 32              # how many roundings of f a slope may be off by


class Sides(NamedTuple):
    """The slopes left and right of the point, (M,) each, per `unit`: how far the entry that moves most moves in h/2.

    along: how far each entry moves for one unit (the shape of x): the direction as it was taken, roundings included.
    """

    left: np.ndarray
    right: np.ndarray
    along: np.ndarray
    unit: float


class Tolerance(NamedTuple):
    """How far outside the slopes a gradient may lie: atol + rtol * their size + what f's own rounding can do."""

    atol: float
    rtol: float
    epsilon: float          # of the outputs' dtype
    most: float | None = None   # if given, rounding is taken for no more than this part of the slopes

    def slack(self, size, y, unit):
        """For slopes and outputs y of these sizes."""
        rounding = ROUNDINGS * self.epsilon * y / unit
        if self.most is not None:
            rounding = np.minimum(rounding, self.most * size)
        return self.atol + self.rtol * size + rounding


class Verdict(NamedTuple):
    """What a comparison found. excess: the distance from [low, high] as a part of what is tolerated; above 1: refused."""

    found: float
    low: float
    high: float
    excess: float
    kink: bool              # the two sides differ by more than is tolerated
    jump: bool = False
    output: int | None = None   # which entry of y, where each was compared by itself

    @property
    def right(self):
        return self.excess <= 1 and not self.jump

    def vaguer_than(self, other):
        """Whether this one's slopes are farther apart: its step went over a kink or a pole that the other's did not meet."""
        return self.high - self.low > 2 * (other.high - other.low) + 1e-5 * abs(other.found)


def best_step(epsilon):
    """The cube root of the machine epsilon, as a power of two: 2^-17 for float64."""
    return 2.0 ** round(np.log2(epsilon) / 3)


def check_step(op, eps):
    """ValueError unless eps, a step that a user gives to `op`, is None or a number above 0."""
    if eps is not None and not (isinstance(eps, Real) and np.isfinite(eps) and eps > 0):
        raise ValueError(f"[{op}] eps must be a number above 0, found {eps!r}")


def smallest_step(epsilon):
    """Below it a slope of f says nothing: the rounding of an f of size 1 would be tolerated for 1 % of a slope of 1."""
    return 200 * ROUNDINGS * epsilon


def projection(rng, shape):
    """Random numbers of size 0.5..1.5 and either sign: none so small that what it multiplies goes unseen."""
    return rng.uniform(0.5, 1.5, shape) * rng.choice((-1, 1), shape)


def unit_direction(shape, entry):
    """1 in one entry, 0 elsewhere."""
    direction = np.zeros(shape)
    direction.flat[entry] = 1
    return direction


def by_value(x, entries, most=8):
    """The entries (flat indices) of x in at most `most` groups: one for each of the commonest values, the last for all others.

    What is at a kink often has one value (zeros under a relu, ties of a maximum), and what is not has others.
    """
    _, which, counts = np.unique(x.ravel()[entries], return_inverse=True, return_counts=True)
    common = [n for n in np.argsort(-counts)[:most - 1] if counts[n] > 1]
    groups = [entries[which == n] for n in common] + [entries[~np.isin(which, common)]]
    return [group for group in groups if len(group)]


def sides(evaluate, x, direction, here, h):
    """The slopes of `evaluate` (which reads the array x and returns y) along `direction` (the shape of x), at x.

    here: y at x. x is moved in place and put back. An entry beyond 1000 moves by h |x| / 1000, lest its step be lost
    in rounding; one that is not finite does not move. Where y is infinite and stays so its slope is 0; likewise where it is
    NaN, if x is not finite everywhere: the entries of x that are may be checked nevertheless.
    """
    at = x.copy()
    undefined = np.isnan(here) & (not np.isfinite(at).all())
    with np.errstate(all="ignore"):
        half = (at + direction * np.maximum(1, np.abs(at) / 1000) * (h / 2)) - at     # a step that x + half takes exactly
        half = np.where(np.isfinite(half), half, 0.0)
        unit = np.abs(half).max()
        try:
            values = []
            for n in (-2, -1, 1, 2):
                np.add(at, n * half, out=x)
                values.append(evaluate())
        finally:
            x[...] = at
        far_left, left, right, far_right = values
        slopes = []
        for near, far, side in ((left, far_left, -1), (right, far_right, 1)):
            same = (near == here) & (far == here) | undefined & np.isnan(near) & np.isnan(far)
            slopes.append(np.where(same, 0.0, side * (2 * (near - here) - (far - here) / 2) / unit))
        return Sides(*slopes, half / unit, float(unit))


def steep(slopes):
    """Which entries of y change so much within the step, left and right (2, M), that they may jump."""
    with np.errstate(all="ignore"):
        return np.abs([slopes.left, slopes.right]) * slopes.unit > JUMP


def jumps(slopes, closer):
    """Whether y jumps, given its slopes with a step and with a 16th of it: those of a jump are 16 times as steep."""
    with np.errstate(all="ignore"):
        steeper = np.abs([closer.left, closer.right]) > 4 * np.abs([slopes.left, slopes.right])
    return bool(np.any(steep(slopes) & steeper))


def between(found, slopes, y, v, tolerance):
    """Whether v . slope, each output's own slope anywhere between its two sides, can be `found`: a Verdict.

    The sizes of slopes and roundings add up as squares do, so that one wrong entry is seen among many right ones.
    """
    with np.errstate(all="ignore"):
        a, b = v * slopes.left, v * slopes.right
        low, high = float(np.minimum(a, b).sum()), float(np.maximum(a, b).sum())
        size = np.linalg.norm(np.maximum(np.abs(a), np.abs(b)))
        slack = float(tolerance.slack(size, np.linalg.norm(v * _finite(y)), slopes.unit))
        return Verdict(float(found), low, high, _excess(found, low, high, slack), not high - low <= slack)


def each_between(found, slopes, y, tolerance):
    """The same for every entry of y by itself, found (M,): the worst Verdict, with the entry's number."""
    with np.errstate(all="ignore"):
        low, high = np.minimum(slopes.left, slopes.right), np.maximum(slopes.left, slopes.right)
        slack = tolerance.slack(np.maximum(np.abs(low), np.abs(high)), np.abs(_finite(y)), slopes.unit)
        excess = np.maximum(low - found, found - high) / slack
        excess = np.where(np.isnan(excess) | ~np.isfinite(found), np.inf, np.maximum(excess, 0))
        worst = int(excess.argmax())
        return Verdict(float(found[worst]), float(low[worst]), float(high[worst]), float(excess[worst]),
                       bool(high[worst] - low[worst] > slack[worst]), output=worst)


def _finite(y):
    """y, 0 where it is not finite: what does not change, or fails, has no rounding."""
    return np.where(np.isfinite(y), y, 0.0)


def _excess(found, low, high, slack):
    """How far outside; infinite for what is not a number: NaN is no agreement."""
    distance = float(max(low - found, found - high, 0.0))
    return distance / slack if np.isfinite([found, low, high, slack]).all() else np.inf
