"""The keys that masks are drawn from."""

import numpy as np


def test_next_key_counts_up(table):
    state = np.array([7, 2**32 - 1], np.uint64)
    assert [table.next_key(state).tolist() for _ in range(2)] == [[7, 2**32 - 1], [7, 2**32]]
    assert state.tolist() == [7, 2**32 + 1]
