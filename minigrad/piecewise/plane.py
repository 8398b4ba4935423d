"""ReLU networks with two inputs, exactly: a box, cut by the lines on which units switch, layer by layer.

On a polygon where it is known which units are active, every unit of the next layer is an affine function a x + b y + c, and its
zero line cuts the polygon at most once. Vertices are Fractions, so the pieces fit together without a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from minigrad.piecewise.exact import exact
from minigrad.piecewise.layers import layers_of

__all__ = ["Affine", "Decision", "Point", "Region", "area", "decisions", "regions"]

Point = tuple[Fraction, Fraction]
Affine = tuple[Fraction, Fraction, Fraction]        # (a, b, c): the function a x + b y + c
ZERO = Fraction(0)


class Region(NamedTuple):
    """A convex polygon on which the same units are active, so that the network is affine there.

    polygon: its vertices, counterclockwise; active: for each unit of each layer with relu whether it is positive inside;
    outputs: (a, b, c) for each output, a x + b y + c.
    """

    polygon: tuple[Point, ...]
    active: tuple[tuple[bool, ...], ...]
    outputs: tuple[Affine, ...]

    @property
    def area(self) -> Fraction:
        return area(self.polygon)

    def __call__(self, x: Any, y: Any) -> list[Fraction]:
        """The outputs' affine functions at (x, y)."""
        at = exact("Region", x), exact("Region", y)
        return [_value(f, at) for f in self.outputs]


class Decision(NamedTuple):
    """A convex polygon that the network puts into one class."""

    polygon: tuple[Point, ...]
    label: int
    region: Region

    @property
    def area(self) -> Fraction:
        return area(self.polygon)


def regions(network: Any, box: Sequence[Any] = (-1, 1, -1, 1)) -> list[Region]:
    """The polygons that the box (x low, x high, y low, y high) falls into: one for each pattern of active units.

    network: as in layers_of, with two inputs. Neighbours may have the same affine function, where what a unit adds is
    multiplied by zero. ValueError for another number of inputs, or an empty box.
    """
    layers = layers_of(network)
    if len(layers[0].W[0]) != 2:
        raise ValueError(f"[regions] found a network with {len(layers[0].W[0])} inputs but expected two: "
                         "PiecewiseLinear.of takes those with one")
    left, right, low, high = (exact("regions", x) for x in box)
    if left >= right or low >= high:
        raise ValueError(f"[regions] found the box {tuple(box)} but expected (x low, x high, y low, y high) with low < high")
    one = Fraction(1)
    found = [Region(((left, low), (right, low), (right, high), (left, high)), (), ((one, ZERO, ZERO), (ZERO, one, ZERO)))]
    for W, b, relu in layers:
        found = [region._replace(outputs=tuple(_affine(row, shift, region.outputs) for row, shift in zip(W, b)))
                 for region in found]
        if relu:
            found = [part for region in found for part in _switched(region)]
    return found


def decisions(network: Any, box: Sequence[Any] = (-1, 1, -1, 1)) -> list[Decision]:
    """The polygons of every class in the box: each region, cut once more by the outputs.

    One output: label 1 where it is positive, else 0 (sign(0) = -1 belongs to 0). Several: the label of the largest, the first
    of equal ones, as argmax has it.
    """
    parts = []
    for region in regions(network, box):
        if len(region.outputs) == 1:
            inside, outside = cut(region.polygon, region.outputs[0])
            parts += [Decision(polygon, label, region) for label, polygon in ((1, inside), (0, outside)) if polygon]
            continue
        for label, mine in enumerate(region.outputs):
            polygon: tuple[Point, ...] = region.polygon
            for other, theirs in enumerate(region.outputs):
                if other != label and polygon:
                    ahead, behind = cut(polygon, _minus(mine, theirs)), cut(polygon, _minus(theirs, mine))
                    polygon = ahead[0] if other < label else behind[1]      # of equal outputs the first wins
            if polygon:
                parts.append(Decision(polygon, label, region))
    return parts


def area(polygon: Sequence[Point]) -> Fraction:
    """The area of a polygon, counterclockwise: half the sum of the cross products of its sides' ends."""
    ends = zip(polygon, [*polygon[1:], *polygon[:1]])
    return sum((x0*y1 - x1*y0 for (x0, y0), (x1, y1) in ends), ZERO)/2


def cut(polygon: tuple[Point, ...], f: Affine) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """(the part of a convex polygon where f > 0, the rest); a part without area is empty."""
    values = [_value(f, p) for p in polygon]
    if max(values) <= 0:
        return (), polygon
    if min(values) >= 0:
        return polygon, ()
    inside, outside = [], []
    for p, q, u, v in zip(polygon, [*polygon[1:], polygon[0]], values, [*values[1:], values[0]]):
        if u >= 0:
            inside.append(p)
        if u <= 0:
            outside.append(p)
        if u*v < 0:
            crossing = tuple(a + (b - a)*u/(u - v) for a, b in zip(p, q))
            inside.append((crossing[0], crossing[1]))
            outside.append((crossing[0], crossing[1]))
    return tuple(inside), tuple(outside)


def _switched(region: Region) -> list[Region]:
    """The region cut by the zero line of each of its units, which are zero on one side."""
    parts: list[tuple[tuple[Point, ...], tuple[bool, ...]]] = [(region.polygon, ())]
    for f in region.outputs:
        parts = [(part, (*active, on)) for polygon, active in parts for part, on in zip(cut(polygon, f), (True, False)) if part]
    off = (ZERO, ZERO, ZERO)
    return [Region(polygon, (*region.active, active), tuple(f if on else off for f, on in zip(region.outputs, active)))
            for polygon, active in parts]


def _affine(row: Sequence[Fraction], shift: Fraction, functions: Sequence[Affine]) -> Affine:
    a, b, c = (sum((w*f[i] for w, f in zip(row, functions)), ZERO) for i in range(3))
    return a, b, c + shift


def _minus(f: Affine, g: Affine) -> Affine:
    return f[0] - g[0], f[1] - g[1], f[2] - g[2]


def _value(f: Affine, at: Point) -> Fraction:
    return f[0]*at[0] + f[1]*at[1] + f[2]
