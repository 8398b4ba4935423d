"""The ReLU workbench: networks of Linear and ReLU layers are piecewise linear, and all about them can be exact.

    f = PiecewiseLinear.of(network)            line.py            kinks, slopes, pieces on a line; convex or not, and why not
    Layer, layers_of, forward, as_module       layers.py          networks as exact weights, and back
    interpolate                                interpolation.py   a network through given points
    kink_bounds, zigzag                        counting.py        how many kinks there can be, and a network that has them
    regions, decisions                         plane.py           networks of two inputs: exact polygons
    draw_regions, draw_decisions               drawing.py         the same, into matplotlib's axes
    low_rank                                   compression.py     a layer of smaller rank, and how far off it can be

A float is a fraction with a power of two below: all of it computes with Fractions, so a kink is where it is, not near it.
"""

from minigrad.piecewise.compression import LowRank, low_rank
from minigrad.piecewise.counting import kink_bounds, zigzag
from minigrad.piecewise.drawing import draw_decisions, draw_regions
from minigrad.piecewise.interpolation import interpolate
from minigrad.piecewise.layers import Layer, as_module, forward, layers_of
from minigrad.piecewise.line import Piece, PiecewiseLinear, Violation, propagate
from minigrad.piecewise.plane import Decision, Region, decisions, regions

__all__ = ["Decision", "Layer", "LowRank", "Piece", "PiecewiseLinear", "Region", "Violation", "as_module", "decisions",
           "draw_decisions", "draw_regions", "forward", "interpolate", "kink_bounds", "layers_of", "low_rank", "propagate",
           "regions", "zigzag"]
