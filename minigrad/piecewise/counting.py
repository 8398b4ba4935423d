"""How many kinks a ReLU network with one input can have, and one that has them."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from minigrad.piecewise.interpolation import interpolate

__all__ = ["KinkBounds", "kink_bounds", "zigzag"]


class KinkBounds(NamedTuple):
    """classic: (2k)^l; sharp: (k+1)^l - 1."""

    classic: int
    sharp: int


def kink_bounds(width: int, depth: int) -> KinkBounds:
    """Upper bounds on the kinks of a network with one input and `depth` hidden layers of `width` ReLUs.

    A unit crosses zero at most once on each of the P pieces before it, so k units make P pieces at most (k+1) P, and one piece
    becomes (k+1)^l: at most (k+1)^l - 1 kinks. That is reached for k >= 3 (Serra, Tjandraatmadja and Ramalingam, Bounding and
    Counting Linear Regions of Deep Neural Networks, 2018, whose upper bound is exact for inputs of dimension one). The classic
    bound (2k)^l is at least as large. ValueError for a width or depth below 1.
    """
    _positive("kink_bounds", width, depth)
    return KinkBounds((2*width)**depth, (width + 1)**depth - 1)


def zigzag(width: int, depth: int) -> list[tuple[list[list[Fraction]], list[Fraction]]]:
    """[(W, b), ...]: a network with one input and as many kinks as there can be, (k+1)^l - 1, where k >= 3.

    Every hidden layer folds [0, 1] k+1 times onto itself, so the next one meets each of its thresholds k+1 times as often. k
    units relu(x - x_i) alone are constant before the first x_i, which leaves k folds; with the third one turned around,
    relu(x_3 - x), the function rises before x_1, if only its first piece is half as long as the others. Below k = 3 that
    is not possible, and there are only k folds.
    """
    _positive("zigzag", width, depth)
    if width < 3:
        places = [Fraction(i, width) for i in range(width + 1)]
    else:
        places = [Fraction(max(2*i - 1, 0), 2*width + 1) for i in range(width + 2)]
    heights = [Fraction(i % 2) for i in range(len(places))]
    (W1, b1), (W2, b2) = interpolate(places, heights)
    if width >= 3:              # the unit at x_0 = 0 goes, and the one at x_3 turns: relu(z) = z + relu(-z)
        W1, b1, W2 = W1[1:], b1[1:], [W2[0][1:]]
        W1[2], b1[2] = [-W1[2][0]], -b1[2]
        b2 = [b2[0] - W2[0][2]*b1[2]]
    layers = [(W1, b1)]
    for _ in range(depth - 1):  # the next layer's units look at the fold of the one before: W1 (W2 h + b2) + b1
        layers.append(([[w[0]*v for v in W2[0]] for w in W1], [w[0]*b2[0] + shift for w, shift in zip(W1, b1)]))
    return [*layers, (W2, b2)]


def _positive(op: str, width: int, depth: int) -> None:
    for name, n in (("width", width), ("depth", depth)):
        if not isinstance(n, int) or n < 1:
            raise ValueError(f"[{op}] found {name} = {n!r} but expected an int >= 1")
