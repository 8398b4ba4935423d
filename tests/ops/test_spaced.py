"""linspace, logspace, geomspace: dtypes and errors. Values and gradients: test_every_operation.py."""

import re

import numpy as np
import pytest

import minigrad as mg


def test_numbers_in_the_default_dtype(device):
    for t, a in ((mg.linspace(0, 1, 5), np.linspace(0, 1, 5)), (mg.logspace(0, 2, 3), np.logspace(0, 2, 3)),
                 (mg.geomspace(-1, -8, 4), np.geomspace(-1, -8, 4)), (mg.linspace(2, 3), np.linspace(2, 3))):
        assert t.dtype == np.float32 and t.device == device and not t.requires_grad
        np.testing.assert_allclose(t.numpy(), a, rtol=1e-6)
    assert mg.linspace(0, -2, 4, dtype=int).tolist() == np.linspace(0, -2, 4, dtype=int).tolist()
    assert mg.linspace(0, 1, 3, dtype=np.float64).dtype == np.float64


def test_ends_that_are_tensors(device):
    start, stop = mg.Tensor([0.0, 1], requires_grad=True), mg.Tensor(2.0, requires_grad=True)
    y = mg.linspace(start, stop, 3)
    assert y.tolist() == [[0, 1], [1, 1.5], [2, 2]] and y.dtype == np.float32
    y.sum().backward()
    assert start.grad.tolist() == [1.5, 1.5] and stop.grad.item() == 3


@pytest.mark.parametrize("call, text", [
    (lambda: mg.linspace(0, 1, -1), "[linspace] num must be an int >= 0, found -1"),
    (lambda: mg.linspace(mg.ones(2), mg.ones(3)), "[linspace] shapes (2,) and (3,) do not broadcast"),
    (lambda: mg.linspace(mg.ones(2), 3, axis=2), "[linspace] axis 2 does not exist: there are 2"),
    (lambda: mg.logspace(0, 1, base=-1), "[logspace] base must be a number > 0, found -1"),
    (lambda: mg.geomspace(-1, 1), "[geomspace] start and stop must have one sign, and not be 0: found -1 and 1"),
])
def test_errors(call, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        call()
