"""Softmax along the last axis is C++'s; over many classes its sums are exact."""

import numpy as np
import pytest

from .support import NATIVE, REFERENCE, falls_back, normal, served


@pytest.mark.parametrize("shape", [(10, 10), (1, 1), (3, 17), (128, 1000), (2, 3, 5), (7,), (0, 5)])
def test_the_last_axis(shape):
    axis = len(shape) - 1
    z, g = normal(*shape, scale=4), normal(*shape, seed=1)
    for name in ("softmax", "log_softmax"):
        y = served(name, z, axis)
        served(f"{name}_backward", g, y, axis)
        served(f"{name}_backward", np.broadcast_to(np.float32(1), shape), y, axis)


def test_another_axis_is_left_to_the_reference():
    falls_back("softmax", normal(2, 3), 0)
    falls_back("log_softmax", normal(2, 3), 0)


def test_rows_of_special_numbers():
    z = np.zeros((6, 19), np.float32)
    z[0, 3], z[1, 18], z[2], z[3, 4], z[4, ::2], z[5] = np.nan, np.inf, -np.inf, -np.inf, 3e38, -3e38
    for name in ("softmax", "log_softmax"):
        with np.errstate(all="ignore"):
            expected = getattr(REFERENCE, name)(z, 1)
        np.testing.assert_allclose(served(name, z, 1), expected, rtol=1e-6)


def test_sums_over_many_classes():
    z = normal(2, 70_001)
    g = np.abs(z)
    for table in (REFERENCE, NATIVE):
        exact = table.softmax(z.astype(np.float64), 1)
        np.testing.assert_allclose(table.softmax(z, 1), exact, rtol=1e-6)
        np.testing.assert_allclose(table.softmax(0 * z, 1), 1 / 70_001, rtol=3e-7)
        np.testing.assert_allclose(table.log_softmax(z, 1), np.log(exact), rtol=1e-6)
        logp = np.log(exact).astype(np.float32)
        expected = g - np.exp(logp.astype(np.float64)) * g.astype(np.float64).sum(1, keepdims=True)
        np.testing.assert_allclose(table.log_softmax_backward(g, logp, 1), expected, rtol=1e-6, atol=1e-6)
