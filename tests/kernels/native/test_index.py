"""The adjoints of indexing: repeats in their order, and places that are none."""

import numpy as np
import pytest

from .support import NATIVE


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_put_adds_repeats_in_their_order(dtype):
    """So the bits are those of a plain loop: also where rows are shared out among threads."""
    rng = np.random.default_rng(0)
    for rows, width, n in ((7, 1, 5000), (700, 64, 9000), (3, 40, 4000)):
        g, index = rng.standard_normal((n, width)).astype(dtype), rng.integers(-rows, rows, n)
        expected = np.zeros((rows, width), dtype)
        np.add.at(expected, index, g)
        found = NATIVE.put(g, index, (rows, width))
        assert found.dtype == dtype and found.tobytes() == expected.tobytes()
        along = NATIVE.put_along(g.T.copy(), np.broadcast_to(index, (width, n)), 1, (width, rows))
        assert along.tobytes() == expected.T.tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_slices_are_added_in_their_order(dtype):
    """... in every one of the axes before, with the bits of a plain loop."""
    rng = np.random.default_rng(0)
    for shape, axis, n in (((3, 7, 1), 1, 500), ((40, 70, 64), 1, 90), ((5, 4), 1, 4000), ((2, 3, 5), 2, 9)):
        index = (*(slice(None),) * axis, rng.integers(-shape[axis], shape[axis], n))
        g = rng.standard_normal(np.empty(shape)[index].shape).astype(dtype)
        expected = np.zeros(shape, dtype)
        np.add.at(expected, index, g)
        assert NATIVE.put(g, index, shape).tobytes() == expected.tobytes()
        base = rng.standard_normal(shape).astype(dtype)
        last = base.copy()
        last[index] = g
        assert NATIVE.overwrite(base, index, g).tobytes() == last.tobytes()


@pytest.mark.parametrize("call", [
    lambda a, i: NATIVE.put(np.ones((4, 2), np.float32), (slice(None), i), (4, 3)),
    lambda a, i: NATIVE.overwrite(a, i, np.float32(1)), lambda a, i: NATIVE.add_at(a, (i, i), np.float32(1)),
    lambda a, i: NATIVE.overwrite_along(a, i[:, None] + np.zeros((1, 3), int), np.ones((2, 3), np.float32), 0),
    lambda a, i: NATIVE.take_along(a, i[None] + np.zeros((4, 1), int), 1)])
def test_no_place_is_numpys_error(call):
    for index in (np.array([0, 4]), np.array([-5, 0]), np.array([2**62, 0]), np.array([-2**63, 0])):
        with pytest.raises(IndexError):
            call(np.ones((4, 3), np.float32), index)


def test_put_at_no_place():
    g = np.ones((2, 3), np.float32)
    for index in (np.array([0, 4]), np.array([-5, 0]), np.array([2**62, 0]), np.array([-2**63, 0])):
        with pytest.raises(IndexError):
            NATIVE.put(g, index, (4, 3))
        with pytest.raises(IndexError):
            NATIVE.put_along(g, index[:, None] + np.zeros((1, 3), int), 0, (4, 3))
    with pytest.raises(IndexError):
        NATIVE.put(g, np.array([0, 0]), (0, 3))
