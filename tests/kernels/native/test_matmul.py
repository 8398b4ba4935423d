"""Products of matrices: whatever their layout, C++ serves them; how exact; 0 times infinity."""

import itertools

import numpy as np
import pytest

from minigrad.testing.memory import LAYOUTS, arrange

from .support import NATIVE, falls_back, normal, run, served


def test_every_layout():
    for layout, other in itertools.product(LAYOUTS, LAYOUTS):
        served("matmul", arrange(normal(5, 7), layout), arrange(normal(7, 6), other))
        served("linear", arrange(normal(5, 7), layout), arrange(normal(6, 7), other), normal(6))


def test_nothing_to_multiply():
    for m, k, n in ((0, 3, 4), (3, 0, 4), (3, 4, 0), (0, 0, 0)):
        served("matmul", normal(m, k), normal(k, n))
        served("linear", normal(m, k), normal(n, k), normal(n))


def test_many_at_once():
    for a, b in (((3, 4, 5), (3, 5, 6)), ((3, 4, 5), (5, 6)), ((4, 5), (2, 3, 5, 6)), ((2, 1, 4, 5), (3, 5, 6)),
                 ((0, 4, 5), (0, 5, 6)), ((20, 40, 50), (20, 50, 60))):
        for layout in ("C", "transposed", "strided"):
            served("matmul", arrange(normal(*a), layout), arrange(normal(*b), layout))
    falls_back("matmul", normal(2, 3), normal(3))
    with pytest.raises(ValueError):
        NATIVE.matmul(normal(2, 3), normal(4, 5))


@pytest.mark.parametrize("m, k, n", [(10, 784, 40), (784, 10, 40), (64, 96, 128), (130, 70, 50), (1, 5000, 40)])
def test_errors_grow_with_the_root_of_k(m, k, n):
    a, b, bias = normal(m, k), normal(k, n, seed=1), normal(n, seed=2)
    exact, atol = a.astype(np.float64) @ b.astype(np.float64), 4e-6 * k ** 0.5
    for x, y in ((a, b), (np.asfortranarray(a), b), (a, np.asfortranarray(b)), (np.asfortranarray(a), np.asfortranarray(b))):
        np.testing.assert_allclose(run("matmul", x, y), exact, rtol=0, atol=atol)
    np.testing.assert_allclose(run("linear", a, np.ascontiguousarray(b.T), bias), exact + bias, rtol=0, atol=atol)
    np.testing.assert_allclose(run("linear", a, b.T, None), exact, rtol=0, atol=atol)


def test_zero_times_infinity_is_not_a_number():
    """numpy's BLAS takes a factor of 0 for "add nothing" now and then, so the reference may have either."""
    a, b = normal(20, 30), normal(30, 25, seed=1)
    a[3, 4], a[7, 29], b[0, 5], b[12, 24], a[9, 2], b[2, 6] = np.nan, np.inf, -np.inf, np.nan, 0, np.inf
    with np.errstate(all="ignore"):
        exact = (a.astype(np.float64)[:, :, None] * b.astype(np.float64)).sum(1)
    assert np.isnan(exact[9, 6])
    np.testing.assert_allclose(run("matmul", a, b), exact, rtol=1e-5, atol=1e-5)
