"""Indices as plain integers, for kernels that know no other."""

import numpy as np
import pytest

from minigrad.kernels.places import rows_of

A, B = np.array([[0, 2], [1, -1]]), np.array([1, 0], np.int32)


@pytest.mark.parametrize("index, axes", [
    (A, 1), ((A,), 1), ((A, slice(None)), 1), ((A, ...), 1), ((A, B), 2), ((B, A, B), 3), ((A, ..., B), None),
    ((slice(None), A), None), ((0, A), None), ((A, 1, B), None), (([0, 2, 2],), None), ([True, False, True], None),
    (np.arange(12).reshape(3, 4) % 3 == 0, None), ((None, B), None), ((B, None), None), (np.int64(2), None), (True, None),
    ((slice(None, None, -2), B, slice(1, 3)), None), (np.array(1), 1), ((..., B, slice(None)), None),
    ((B, ..., slice(None)), None)], ids=repr)
def test_the_rows_are_those_that_numpy_picks(index, axes):
    shape = (3, 4, 5)
    arrays, sizes = rows_of(index, shape)
    assert all(a.dtype == np.int64 and a.flags.c_contiguous and a.shape == arrays[0].shape for a in arrays)
    assert len(arrays) == len(sizes) and (axes is None or sizes == shape[:axes])
    x = np.arange(60).reshape(shape)
    np.testing.assert_array_equal(x.reshape(*sizes, -1)[arrays].ravel(), x[index].ravel())


def test_what_an_index_does_not_look_into_is_not_numbered():
    assert rows_of((0, A), (3, 4, 5))[1] == (12,)
    assert rows_of(np.ones((3, 4), bool), (3, 4, 5))[1] == (12,)
    assert rows_of((A, None, slice(1, 2)), (3, 4, 5))[1] == (12,)
