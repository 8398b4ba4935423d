"""Trigonometric and hyperbolic functions and their inverses."""

import numpy as np

from minigrad.testing.operations import Kink
from minigrad.testing.operations.elementwise.shared import INF, both_ways, one
from minigrad.testing.strategies import generic

INSIDE = generic(-0.9, 0.9)
one("sin", np.sin)
one("cos", np.cos)
one("tan", np.tan, values=generic(-1.3, 1.3))
one("arcsin", np.arcsin, values=INSIDE, kinks=[Kink((np.array([-1.0, 0, 1]),), ([INF, 1, INF],))])
one("arccos", np.arccos, values=INSIDE, kinks=[Kink((np.array([-1.0, 0, 1]),), ([-INF, -1, -INF],))])
one("arctan", np.arctan, kinks=[Kink((np.array([-INF, 0, INF]),), ([0, 1, 0],))])
both_ways("arctan2", np.arctan2, lambda torch, a, b: torch.atan2(a, b), kinks=[
    Kink((np.array([0.0, 0, 2]), np.array([0.0, 2, 0])), ([0, .5, 0], [0, 0, -.5]))])
one("sinh", np.sinh)
one("cosh", np.cosh)
one("tanh", np.tanh, kinks=[Kink((np.array([-INF, 0, INF]),), ([0, 1, 0],))])
one("arcsinh", np.arcsinh, kinks=[Kink((np.array([-INF, 0, INF]),), ([0, 1, 0],))])
one("arccosh", np.arccosh, values=generic(1.2, 4.0, ()), kinks=[Kink((np.array([1.0, INF]),), ([INF, 0],))])
one("arctanh", np.arctanh, values=INSIDE, kinks=[Kink((np.array([-1.0, 0, 1]),), ([INF, 1, INF],))])
one("deg2rad", np.deg2rad)
one("rad2deg", np.rad2deg)
one("sinc", np.sinc, kinks=[Kink((np.array([0.0, 1, -1]),), ([0, -1, 1],))])
