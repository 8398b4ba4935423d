"""Sums along axes, and the adjoint of broadcasting."""

import numpy as np
import pytest

from minigrad import kernels
from minigrad.kernels.reference import count_along

R = np.random.default_rng(0)
K = kernels.table("numpy")


@pytest.mark.parametrize("s, to", [((2, 3, 4), (2, 3, 4)), ((2, 3, 4), (3, 4)), ((2, 3, 4), (1, 4)),
                                   ((2, 3, 4), (2, 1, 1)), ((2, 3), ()),
                                   ((2, 3), (1, 1)), ((1, 3), (1, 3)), ((0, 3), (1, 3)), ((2, 0), (2, 0)), ((), ())])
def test_sum_to_is_the_adjoint_of_broadcast_to(s, to):
    a, b = R.standard_normal(s), R.standard_normal(to)
    found = K.sum_to(a, to)
    assert found.shape == to
    np.testing.assert_allclose((a * K.broadcast_to(b, s)).sum(), (found * b).sum(), atol=1e-12)


def test_count_along():
    assert [count_along((2, 3, 4), axis) for axis in (None, 1, (0, 2), ())] == [24, 3, 8, 1]
