"""Sums and extremes: which axes C++ serves, in which memory order, and how exact sums are."""

import itertools

import numpy as np
import pytest

from minigrad.testing.memory import arrange

from .support import NATIVE, REFERENCE, falls_back, normal, run, served

AXES = [
    ((5,), 0), ((5,), None), ((4, 7), 0), ((4, 7), 1), ((4, 7), (0, 1)), ((0, 4), 0), ((4, 0), 1), ((1, 9), 0), ((9, 1), 1),
    ((3, 4, 5), 1), ((3, 4, 5), (1, 2)), ((3, 4, 5), -1), ((3, 4, 5), (0, 1)), ((2, 3, 4, 5), (2, 3)),
]


@pytest.mark.parametrize("name", ["sum", "mean"])
def test_axes_side_by_side(name):
    for (shape, axis), keepdims in itertools.product(AXES, (False, True)):
        served(name, normal(*shape), axis, keepdims)
    for axis in ((0, 2, 3), (2, 3), None, (0, 1, 2, 3)):
        served(name, arrange(normal(4, 5, 6, 7), "channels-last"), axis, False)
    falls_back(name, normal(2, 3, 4), (0, 2), False)


def test_sums_to_a_shape():
    for shape, to in (((10, 40), (40,)), ((10, 40), (1, 40)), ((10, 40), (10, 1)), ((10, 40), (1, 1)), ((10, 40), ()),
                      ((2, 3, 4), (4,)), ((2, 3, 4), (2, 3, 1))):
        served("sum_to", normal(*shape), to)


@pytest.mark.parametrize("name", ["max", "argmax"])
def test_extremes_along_the_last_axis(name):
    for shape in ((5, 10), (3, 1), (2, 3, 17), (16,), (0, 3)):
        served(name, normal(*shape), len(shape) - 1, False)
        served(name, normal(*shape), -1, True)
    falls_back(name, normal(2, 3), 0, False)


@pytest.mark.parametrize("name", ["max", "argmax"])
def test_nothing_but_minus_infinity_and_nan(name):
    x = np.full((3, 33), -np.inf, np.float32)
    x[1, 20] = x[1, 30] = np.nan
    x[2, 32] = -1
    np.testing.assert_array_equal(run(name, x, 1, False), getattr(REFERENCE, name)(x, 1))


def test_sums_are_as_exact_as_pairwise_ones():
    x = np.random.default_rng(0).random(1_000_003, dtype=np.float32)
    exact = x.astype(np.float64).sum()
    assert abs(run("sum", x, None, False) - exact) <= 2 * np.spacing(np.float32(exact))
    assert abs(run("sum", x.reshape(-1, 1), 0, False)[0] - exact) <= 2 * np.spacing(np.float32(exact))
    columns = run("sum", x[:999_999].reshape(-1, 3), 0, False)
    np.testing.assert_allclose(columns, x[:999_999].reshape(-1, 3).astype(np.float64).sum(0), rtol=3e-7)


@pytest.mark.parametrize("shape, axis", [((1000, 40), 0), ((2, 5000), 1), ((300, 700), 0), ((70_000, 5), 0), ((200_001,), 0)])
def test_what_cancels_is_lost_to_few_digits(shape, axis):
    x = normal(*shape)
    for name in ("sum", "mean"):
        exact = getattr(np, name)(x.astype(np.float64), axis)
        count = x.size if name == "sum" else exact.size
        np.testing.assert_allclose(run(name, x, axis, False), exact, rtol=1e-6, atol=1e-6 * count ** 0.5)


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 4), (2, 3, 4, 5), (1, 3, 4, 2), (2, 1, 1, 3)], ids=str)
def test_every_axes_in_every_memory_order(shape):
    """Results are in C order whatever the order of what they are sums of."""
    a = normal(*shape)
    everything = range(len(shape))
    for order in itertools.permutations(everything):
        x = np.ascontiguousarray(a.transpose(order)).transpose(np.argsort(order))
        for axes in itertools.chain.from_iterable(itertools.combinations(everything, n) for n in range(len(shape) + 1)):
            for keepdims in (False, True):
                for name in ("sum", "mean"):
                    found, expected = getattr(NATIVE, name)(x, axes, keepdims), getattr(np, name)(a, axes, keepdims=keepdims)
                    assert found.shape == expected.shape
                    np.testing.assert_allclose(found, expected, atol=1e-5, err_msg=f"{name} {order} {axes}")
            kept = tuple(1 if i in axes else n for i, n in enumerate(shape))
            np.testing.assert_allclose(NATIVE.sum_to(x, kept), a.sum(axes, keepdims=True), atol=1e-5)
