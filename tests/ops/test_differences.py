"""Differences, slopes of samples and areas: dtypes and errors. Values and gradients: test_every_operation.py."""

import re

import numpy as np
import pytest

import minigrad as mg


def test_dtypes(device):
    assert mg.diff(mg.Tensor([True, True, False])).tolist() == [False, True]
    small, whole = mg.Tensor(np.array([3, 1], np.uint8)), mg.Tensor(np.array([1, 2, 4]))
    assert mg.diff(small).tolist() == [254] and mg.diff(whole, prepend=0).tolist() == [1, 1, 2]
    assert mg.trapezoid(whole).item() == 4.5 and mg.gradient(whole).tolist() == [1, 1.5, 2]


def test_a_parabola_has_its_slope_everywhere(device):
    x = np.array([0.0, 0.5, 2, 2.25, 4])
    np.testing.assert_allclose(mg.gradient(mg.Tensor(x**2), x, edge_order=2).numpy(), 2 * x, atol=1e-12)
    both = mg.gradient(mg.Tensor(np.outer(x, x)), x, 2.0)
    assert isinstance(both, tuple) and len(both) == 2 and both[0].shape == (5, 5)


@pytest.mark.parametrize("call, error, text", [
    (lambda x: mg.diff(x, -1), ValueError, "[diff] n must not be negative, found -1"),
    (lambda x: mg.diff(x, 1.0), TypeError, "[diff] n must be an int, found 1.0"),
    (lambda x: mg.diff(x, prepend=mg.zeros(3)), ValueError,
     "[diff] what is joined needs the tensor's sizes beside axis 1: found (3,), tensor (2, 3)"),
    (lambda x: mg.trapezoid(x, [0.0, 1]), ValueError,
     "[trapezoid] x needs y's shape or its size along axis 1: x (2,), y (2, 3)"),
    (lambda x: mg.trapezoid(x, dx="1"), TypeError, "[trapezoid] dx must be a number, found '1'"),
    (lambda x: mg.gradient(x, edge_order=3), ValueError, "[gradient] edge_order must be 1 or 2, found 3"),
    (lambda x: mg.gradient(x, edge_order=2), ValueError,
     "[gradient] axis 0 of shape (2, 3) is too short: edge_order 2 needs 3 samples"),
    (lambda x: mg.gradient(x, 1, 1, 1), TypeError, "[gradient] expected no spacing, one, or one for each of 2 axes, found 3"),
    (lambda x: mg.gradient(x, [1.0, 2]), ValueError, "[gradient] one array of places cannot serve 2 axes"),
    (lambda x: mg.gradient(x, [1.0, 2], axis=1), ValueError,
     "[gradient] the places along axis 1 need its size: found (2,), samples (2, 3)"),
])
def test_errors(call, error, text):
    with pytest.raises(error, match=re.escape(text)):
        call(mg.zeros((2, 3)))
