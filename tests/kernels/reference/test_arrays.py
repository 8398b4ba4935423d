"""Arrays of the reference table: their memory, what is lent, checksums."""

import numpy as np
import pytest

from minigrad import kernels

R = np.random.default_rng(0)
K = kernels.table("numpy")
A = R.uniform(0.5, 2, (3, 4))


def test_copy_keeps_the_memory_order():
    nchw = np.zeros((2, 3, 4, 5), np.float32)
    last = np.zeros((2, 4, 5, 3), np.float32).transpose(0, 3, 1, 2)
    for a in (nchw, last, nchw.T, np.zeros((3, 4)).T):
        b = K.copy(a)
        assert b.strides == a.strides and not np.shares_memory(a, b)
    assert K.copy(np.broadcast_to(np.float32(1), (3, 4))).flags.writeable


def test_memory_is_where_an_array_lies():
    a = np.zeros((4, 4))
    start, end = K.memory(a)
    assert end - start == a.nbytes
    assert K.memory(a.T) == K.memory(a[::-1]) == K.memory(np.broadcast_to(a, (2, 4, 4))) == (start, end)
    assert K.memory(a[1:3, 2:]) == (start + 48, end - 32)
    assert K.memory(a[2, 3]) is None and K.memory(a[2, 3, ...]) == (start + 88, start + 96)
    assert K.memory(np.zeros((0, 4))[:, ::2]) is K.memory(1.0) is K.memory(None) is None


def test_what_is_lent_cannot_be_written_to():
    a = np.zeros((2, 3))
    lent = K.read_only(a)
    assert np.shares_memory(a, lent) and a.flags.writeable
    one = K.start_of_backward(np.dtype(np.float32))
    assert one == 1 and one.shape == () and one.dtype == np.float32 and one is K.start_of_backward(np.dtype(np.float32))
    for array in (lent, one, one[...]):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 2
    with pytest.raises(ValueError, match="WRITEABLE"):
        one.flags.writeable = True


def test_a_checksum_tells_contents_apart():
    a = np.arange(12.0).reshape(3, 4)
    before = K.checksum(a)
    assert before == K.checksum(a.copy()) == K.checksum(np.asfortranarray(a)) and K.checksum(None) is K.checksum(2.0) is None
    a[1, 2] = np.nextafter(a[1, 2], 9)
    assert K.checksum(a) != before


def test_arrays():
    like = np.zeros(1, np.float32)
    assert K.empty((2, 3), np.float32).shape == (2, 3) and K.full((2,), 3, np.int64).tolist() == [3, 3]
    assert K.zeros((2,), like).dtype == np.float32 and K.asarray(A) is A and K.to_numpy(A) is A
    single, double = np.dtype(np.float32), np.dtype(np.float64)
    assert K.start_of_backward(single) is K.start_of_backward(single)
    assert K.start_of_backward(single).dtype == single and K.start_of_backward(double).dtype == double
    assert K.all_finite(np.array([1, np.inf])) is False and K.all_finite(A) is True and K.all_finite(np.array([1])) is True
    assert K.has_nan(np.array([1, np.nan])) is True and K.has_nan(A) is False and K.has_nan(np.array([1])) is False
