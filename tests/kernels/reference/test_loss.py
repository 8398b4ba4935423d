"""Classes: which are none, and how many are right."""

import re

import numpy as np
import pytest

from minigrad.kernels.reference import bad_class


def test_count_correct(table):
    z = np.array([[1, 2, 3], [3, 2, 1], [1, 1, 0], [0, 0, 0]], np.float32)
    for target in (np.array([2, 0, 1, 0]), np.eye(3, dtype=np.float32)[[2, 0, 1, 0]]):
        n = table.count_correct(z, target)
        assert n.shape == () and n.dtype == np.int64 and n == 3         # of equals the first counts
    assert table.count_correct(z[:0], np.zeros(0, np.int64)) == 0


def test_check_classes(table):
    table.check_classes(np.array([0, 2]), 3)
    table.check_classes(np.zeros(0, int), 3)
    with pytest.raises(ValueError, match=re.escape(str(bad_class(3, 1, 3)))):
        table.check_classes(np.array([0, 3, -1]), 3)
    assert str(bad_class(3, 1, 3)) == ("[cross_entropy] target 3 at row 1 is not a class: expected 0..2, for logits "
                                       "with 3 columns (classes count from 0: subtract 1?)")
    assert "subtract" not in str(bad_class(-1, 1, 3))
