"""Indexing and its adjoints."""

import numpy as np
import pytest

from minigrad import kernels

R = np.random.default_rng(0)
K = kernels.table("numpy")
A = R.uniform(0.5, 2, (3, 4))


@pytest.mark.parametrize("index", [1, slice(None, None, -2), (Ellipsis, 0), None, ([0, 2, 0],),
                                   (slice(None), np.array([[1, 1], [0, 3]])),
                                   A > 1, np.array(2), True, np.int64(1), (0, [1, 1, 1])], ids=str)
def test_put_is_the_adjoint_of_getitem(index):
    a = R.standard_normal((3, 4))
    g = R.standard_normal(a[index].shape)
    found = K.put(g, index, (3, 4))
    assert found.shape == (3, 4)
    np.testing.assert_allclose((K.getitem(a, index) * g).sum(), (a * found).sum(), atol=1e-12)


def test_put_adds_repeats_up():
    assert K.put(np.array([1.0, 2, 4]), [1, 1, -1], (3,)).tolist() == [0, 3, 4]
    assert K.put(np.array([[1.0, 2]]), (np.array([[0, 0]]), np.array([[1, 1]])), (1, 2)).tolist() == [[0, 3]]


@pytest.mark.parametrize("axis", [0, 1])
def test_put_along_is_the_adjoint_of_take_along(axis):
    index = R.integers(-2, 3, (5, 4) if axis == 0 else (3, 6))
    a, g = R.standard_normal((3, 4)), R.standard_normal(index.shape)
    found = K.put_along(g, index, axis, (3, 4))
    np.testing.assert_allclose((K.take_along(a, index, axis) * g).sum(), (a * found).sum(), atol=1e-12)
