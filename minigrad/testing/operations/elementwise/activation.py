"""Activations."""

import math

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import Kink, describe
from minigrad.testing.operations.elementwise.shared import INF, ZEROS, one
from minigrad.testing.operations.inputs import arguments
from minigrad.testing.strategies import arrays, generic


def logistic(a):
    """1 / (1 + exp(-a)), of any size."""
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, 1, e) / (1 + e)


one("relu", lambda a, at_zero=0: np.maximum(a, 0), lambda torch, a, at_zero=0: torch.relu(a),
    at_zero=st.sampled_from((0, 0.5, 1)),
    kinks=[Kink((ZEROS,), ([0, 0, 0, 1],)), Kink((ZEROS,), ([0, .5, .5, 1],), {"at_zero": .5}),
           Kink((ZEROS,), ([0, 1, 1, 1],), {"at_zero": 1})])
one("leaky_relu", lambda a, negative_slope=0.01: np.where(a < 0, a * negative_slope, a), "nn.functional.leaky_relu",
    negative_slope=st.sampled_from((0.01, 0.3, -0.5)), kinks=[Kink((ZEROS,), ([.01, .01, .01, 1],))])


@st.composite
def with_weights(draw):
    a = draw(arrays(st.sampled_from(((3,), (2, 3), (2, 3, 2), (0, 3)))))
    return arguments(a, draw(arrays(st.just((1,)) if a.ndim == 1 else st.sampled_from(((1,), (3,))))))


def prelu(a, weight):
    return np.where(a > 0, a, a * (weight if weight.size == 1 else weight.reshape(-1, *(1,) * (a.ndim - 2))))


describe("prelu", with_weights(), prelu, "nn.functional.prelu", kinks=[
    Kink((np.array([[-1.0, 0], [0, 2]]), np.array([.5, .25])), ([[.5, .25], [.5, 1]], [-1, 0]))])
ALPHAS = st.sampled_from((1.0, 0.5, 2))


def elu(a, alpha=1.0):
    return np.where(a > 0, a, alpha * np.expm1(np.minimum(a, 0)))


one("elu", elu, "nn.functional.elu", alpha=ALPHAS, kinks=[Kink((np.array([-INF, 0, INF]),), ([0, 1, 1],))])
one("selu", lambda a: 1.0507009873554805 * elu(a, 1.6732632423543772), "selu")
one("celu", lambda a, alpha=1.0: np.where(a > 0, a, alpha * np.expm1(np.minimum(a, 0) / alpha)), "nn.functional.celu",
    alpha=ALPHAS)
one("sigmoid", logistic, kinks=[Kink((np.array([-INF, 0, INF]),), ([0, .25, 0],))])
one("softplus", lambda a, beta=1: np.logaddexp(a * beta, 0) / beta,
    lambda torch, a, beta=1: torch.logaddexp(a * beta, torch.zeros_like(a)) / beta, beta=st.sampled_from((1, 1, 0.5, 3)),
    kinks=[Kink((np.array([-INF, 0, INF]),), ([0, .5, 1],))])
one("logsigmoid", lambda a: -np.logaddexp(-a, 0), "nn.functional.logsigmoid",
    kinks=[Kink((np.array([-INF, 0, INF]),), ([1, .5, 0],))])
one("silu", lambda a: a * logistic(a), "nn.functional.silu")
erfc = np.vectorize(math.erfc, otypes=[float])


def gelu(a, approximate="none"):
    if approximate == "tanh":
        return a * logistic(2 * np.sqrt(2 / np.pi) * (a + 0.044715 * a**3))
    return 0.5 * a * erfc(-a / np.sqrt(2))


one("gelu", gelu, "nn.functional.gelu", approximate=st.sampled_from(("none", "tanh")))
one("gelu_tanh", lambda a: gelu(a, "tanh"), lambda torch, a: torch.nn.functional.gelu(a, approximate="tanh"))
one("mish", lambda a: a * np.tanh(np.logaddexp(a, 0)), "nn.functional.mish")
one("softsign", lambda a: a / (1 + np.abs(a)), "nn.functional.softsign", kinks=[Kink((ZEROS,), ([.25, 1, 1, 1 / 9],))])
one("tanhshrink", lambda a: a - np.tanh(a), "nn.functional.tanhshrink")

# ---- piecewise straight

AWAY = generic(-4.2, 4.2, (-3, -1, -0.5, 0, 0.5, 1, 3))
WITHIN = np.array([-1.0, -0.5, 1, 2])
one("hardtanh", lambda a, min_val=-1.0, max_val=1.0: np.clip(a, min_val, max_val), "nn.functional.hardtanh", AWAY,
    min_val=st.sampled_from((-1.0, -3)), max_val=st.sampled_from((1.0, 0.5)), kinks=[Kink((WITHIN,), ([0, 1, 0, 0],))])
one("relu6", lambda a: np.clip(a, 0, 6), "nn.functional.relu6", generic(-8.0, 8.0, (0, 6)),
    kinks=[Kink((np.array([-1.0, 0, 6, 5]),), ([0, 0, 0, 1],))])
one("hardsigmoid", lambda a: np.clip(a + 3, 0, 6) / 6, lambda torch, a: torch.clamp(a + 3, 0, 6) / 6, AWAY)
one("hardswish", lambda a: a * np.clip(a + 3, 0, 6) / 6, "nn.functional.hardswish", AWAY)
LAMBDAS = st.sampled_from((0.5, 1.0))
one("hardshrink", lambda a, lambd=0.5: np.where(np.abs(a) <= lambd, 0, a), "nn.functional.hardshrink", AWAY, lambd=LAMBDAS,
    kinks=[Kink((WITHIN,), ([1, 0, 1, 1],))])
one("softshrink", lambda a, lambd=0.5: np.where(np.isnan(a), a, np.sign(a) * np.maximum(np.abs(a) - lambd, 0)),
    lambda torch, a, lambd=0.5: torch.where(torch.isnan(a), a, torch.nn.functional.softshrink(a, lambd)), AWAY, lambd=LAMBDAS,
    kinks=[Kink((WITHIN,), ([1, 0, 1, 1],))])
one("threshold", lambda a, threshold, value: np.where(a <= threshold, value, a), "nn.functional.threshold", AWAY,
    threshold=st.sampled_from((0.5, -1.0)), value=st.sampled_from((0.0, 7.0)))
