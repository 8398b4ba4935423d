"""Comparisons are boolean constants."""

import re

import numpy as np
import pytest

import minigrad as mg

NAMES = ["greater", "greater_equal", "less", "less_equal", "equal", "not_equal"]
A = np.array([0.0, 1, -1, np.inf, -np.inf, np.nan, -0.0], np.float32)


@pytest.mark.parametrize("name", NAMES)
def test_values(name, device):
    for b in (A[:, None], 0, 1.0, np.float32(1)):
        y = getattr(mg, name)(mg.Tensor(A), b if np.isscalar(b) else mg.Tensor(b))
        assert y.dtype == np.bool_ and y.device == device and not y.requires_grad
        np.testing.assert_array_equal(y.numpy(), getattr(np, name)(A, b))
    np.testing.assert_array_equal(getattr(mg, name)(1, mg.Tensor(A)).numpy(), getattr(np, name)(1, A))
    assert getattr(mg, name)(mg.zeros((0, 2)), 1).shape == (0, 2)
    assert isinstance(getattr(mg, name)(mg.Tensor(1.0), 1).numpy(), np.ndarray)


def test_operators():
    x = mg.Tensor([1.0, 2], requires_grad=True)
    found = [x > 1, x >= 1, x < 2, x <= 2, x == 1, x != 1, np.less(1, x), np.equal([1, 1], x)]
    assert [y.tolist() for y in found] == [[False, True], [True, True], [True, False], [True, True], [True, False],
                                           [False, True], [False, True], [True, False]]
    assert not any(y.requires_grad for y in found)
    assert (x == None) is False and (x != "a") is True  # noqa: E711


@pytest.mark.parametrize("name", NAMES)
def test_errors(name):
    with pytest.raises(ValueError, match=re.escape(f"[{name}] shapes (2,) and (3,) do not broadcast")):
        getattr(mg, name)(mg.zeros(2), mg.zeros(3))
    with pytest.raises(TypeError, match=re.escape(f"[{name}] expected a number, an array or a tensor")):
        getattr(mg, name)(mg.zeros(2), None)


def test_integers_are_compared_as_they_are(device):
    """Rounded to float32, 2 ** 24 + 1 would be 2 ** 24."""
    big = mg.Tensor(np.array([2**24 + 1]))
    assert mg.greater(big, 2.0**24).tolist() == [True] and mg.less(2.0**24, big).tolist() == [True]
    assert mg.equal(big, mg.tensor([2.0**24])).tolist() == [False] and (mg.tensor([2.0**24]) < big).tolist() == [True]
    assert mg.greater(mg.Tensor(np.array([200], np.uint8)), 300).tolist() == [False]
    assert mg.equal(mg.Tensor(np.array([2**63 - 1])), mg.Tensor(np.array([2**63], np.uint64))).tolist() == [False]


def test_numpys_scalars_and_pythons_integers_compare_without_drift():
    t = mg.tensor([0.1, 2.0])
    assert (t == np.float64(0.1)).tolist() == (np.float64(0.1) == t).tolist() == [True, False]
    assert (np.array([1.0, 1.0]) < t).tolist() == [False, True] and (np.int64(1) < t).tolist() == [False, True]
    small = mg.tensor([200], dtype="uint8")
    assert (small < 1000).tolist() == (small != -1).tolist() == (mg.tensor([1], dtype="int64") < 2**70).tolist() == [True]
    big = mg.tensor([2**53 + 1], dtype="int64")
    assert (big == 2**53).tolist() == [False]
    assert (mg.tensor([2**64 - 1], dtype="uint64") == mg.tensor([-1], dtype="int64")).tolist() == [False]
    assert (mg.tensor([16777217], dtype="int64") == mg.tensor([16777216.0])).tolist() == [False]


def test_pythons_own_functions():
    t = mg.tensor([3.0, 1.0, 2.0])
    assert sum(t).item() == 6 and max(t).item() == 3 and min(t).item() == 1
    assert [x.item() for x in sorted(t)] == [1, 2, 3] and 1.0 in t and 5.0 not in t
