"""Batch norm: C++ serves both memory orders, with and without what the forward kept."""

import pytest

from .support import _native, normal, orders, served


@pytest.mark.parametrize("shape", [(10, 5), (64, 33), (2, 5, 9), (4, 3, 5, 6), (32, 16, 20, 20)])
def test_both_memory_orders(shape):
    gamma, beta = normal(shape[1], seed=1), normal(shape[1], seed=2)
    for x in orders(normal(*shape)):
        *_, aux = served("batch_norm", x, gamma, beta, 1e-5)
        for g in orders(normal(*shape)):
            assert _native.batch_norm_backward(g, x, gamma, aux, None) is not None      # takes eps from aux
        served("batch_norm_inference", x, gamma, beta * beta, gamma, beta, 1e-5)
