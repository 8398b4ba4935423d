"""Exponentials, logarithms, roots, and what is made of them."""

import math

import numpy as np

from minigrad.testing.operations import Kink, describe
from minigrad.testing.operations.elementwise.shared import INF, NAN, ZEROS, both_ways, one
from minigrad.testing.operations.inputs import STEPS, positive, unary, wild

one("exp", np.exp)
one("exp2", np.exp2)
one("expm1", np.expm1, kinks=[Kink((np.array([-INF, 0, INF]),), ([0, 1, INF],))])
one("log", np.log, values=positive, kinks=[Kink((np.array([0.0, INF]),), ([INF, 0],))])
one("log1p", np.log1p, values=positive, kinks=[Kink((np.array([-1.0, 0, INF]),), ([INF, 1, 0],))])
one("sqrt", np.sqrt, values=positive, kinks=[Kink((np.array([0.0, 4]),), ([INF, 0.25],))])
one("log2", np.log2, values=positive, kinks=[Kink((np.array([0.0, INF]),), ([INF, 0],))])
one("log10", np.log10, values=positive, kinks=[Kink((np.array([0.0, INF]),), ([INF, 0],))])
one("rsqrt", lambda a: 1 / np.sqrt(a), values=positive, kinks=[Kink((np.array([INF, 4.0]),), ([0, -1 / 16],))])
one("cbrt", np.cbrt, lambda torch, a: torch.sign(a) * torch.abs(a) ** (1 / 3),
    kinks=[Kink((np.array([0.0, 8, -8]),), ([INF, 1 / 12, 1 / 12],))])
one("erf", np.vectorize(math.erf, otypes=[float]), kinks=[Kink((np.array([-INF, INF]),), ([0, 0],))])
one("erfc", np.vectorize(math.erfc, otypes=[float]), kinks=[Kink((np.array([-INF, INF]),), ([0, 0],))])
one("abs", np.abs, kinks=[Kink((ZEROS,), ([-1, 0, 0, 1],))])
describe("sign", unary(wild), np.sign, lambda torch, a: torch.where(torch.isnan(a), a, torch.sign(a)),
         without={"first": STEPS, "second": STEPS})
both_ways("hypot", np.hypot, lambda torch, a, b: torch.hypot(a, b), kinks=[
    Kink((np.array([0.0, 3, INF]), np.array([0.0, -4, 1])), ([0, .6, NAN], [0, -.8, 0]))])
both_ways("logaddexp", np.logaddexp, lambda torch, a, b: torch.logaddexp(a, b), kinks=[
    Kink((np.array([-INF, 1, INF]), np.array([-INF, -INF, 0])), ([.5, 1, 1], [.5, 0, 0]))])
both_ways("logaddexp2", np.logaddexp2, lambda torch, a, b: torch.logaddexp2(a, b), kinks=[
    Kink((np.array([-INF, 1, INF]), np.array([-INF, -INF, 0])), ([.5, 1, 1], [.5, 0, 0]))])
