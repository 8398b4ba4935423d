"""Spreads, medians, weighted means: conventions, dtypes, errors. Values and gradients: test_every_operation.py."""

import re

import numpy as np
import pytest

import minigrad as mg


def test_both_conventions_of_variance(device):
    a = np.array([1.0, 2, 4, 9], np.float32)
    assert mg.var(mg.Tensor(a)).item() == pytest.approx(np.var(a))               # numpy's, Keras's: divided by n
    assert mg.std(mg.Tensor(a), ddof=1).item() == pytest.approx(np.std(a, ddof=1))       # PyTorch's: by n - 1
    with np.errstate(all="ignore"):
        assert np.isnan(mg.var(mg.Tensor(5.0), ddof=1).item()) and mg.var(mg.Tensor([1.0, 3]), ddof=2).item() == np.inf


@pytest.mark.parametrize("shape, axis", [((100_000,), None), ((3, 5000), 1), ((5000, 3), 0), ((4, 5, 6), (0, 1))])
def test_variance_far_from_zero(shape, axis, device):
    """A mean a thousand times the deviation costs no digits."""
    a = (1000 + np.random.default_rng(0).standard_normal(shape)).astype(np.float32)
    np.testing.assert_allclose(mg.var(mg.Tensor(a), axis).numpy(), np.var(a.astype(np.float64), axis), rtol=1e-4)


def test_a_deviation_of_nothing_has_no_slope(device):
    for shape in ((3, 4), (3, 5000), (2, 70_000)):
        x = mg.Tensor(np.full(shape, 0.3, np.float32), requires_grad=True)
        if device == "native" or shape == (3, 4):       # sums of thousands round, and numpy's means with them
            mg.std(x, 1).sum().backward()
            assert not x.grad.numpy().any()


def test_integers_are_rounded_once(device):
    big = mg.Tensor(np.array([2**24 + 1, 2**24 + 3]))
    assert mg.median(big).item() == 2**24 + 2 and mg.var(big).item() == 1 and mg.var(big).dtype == np.float32
    assert mg.quantile(big, 0.5).item() == 2**24 + 2 and mg.average(big, weights=[1, 3]).dtype == np.float32
    assert mg.nansum(big).dtype == np.int64 and mg.ptp(mg.Tensor(np.array([3, 250], np.uint8))).item() == 247


def test_infinities_in_the_middle(device):
    inf = np.inf
    assert mg.median(mg.Tensor([inf, inf, 1, inf])).item() == inf and np.isnan(mg.median(mg.Tensor([-inf, inf])).item())
    assert mg.quantile(mg.Tensor([1.0, inf]), 0).item() == 1 and mg.median(mg.Tensor(np.array([6e4, 6e4], np.float16))) == 6e4


def test_quantiles_have_the_axes_of_q_first(device):
    x = mg.Tensor(np.arange(24.0).reshape(2, 3, 4))
    assert mg.quantile(x, [[0.1, 0.2, 0.3]], (0, 2)).shape == (1, 3, 3)
    assert mg.quantile(x, 0.5, 1, keepdims=True).shape == (2, 1, 4)
    assert mg.percentile(x, mg.Tensor([50.0]), 1).shape == (1, 2, 4)
    assert mg.quantile(mg.Tensor(7.0), 0.3).item() == 7


@pytest.mark.parametrize("call, error, text", [
    (lambda x: mg.var(x, 0, "1"), TypeError, "[var] ddof must be a number, found '1'"),
    (lambda x: mg.median(x[:0]), ValueError, "[median] nothing to choose from: shape (0, 3) has no element along axis None"),
    (lambda x: mg.quantile(x, 1.5), ValueError, "[quantile] q must be numbers from 0 to 1, found 1.5"),
    (lambda x: mg.percentile(x, [np.nan]), ValueError, "[percentile] q must be numbers from 0 to 100, found [nan]"),
    (lambda x: mg.quantile(x, 0.5, method="best"), ValueError,
     "[quantile] there is no method 'best', only linear, lower, higher, nearest, midpoint"),
    (lambda x: mg.quantile(x, mg.Tensor(0.5, requires_grad=True)), ValueError, "[quantile] q must be constant"),
    (lambda x: mg.ptp(x > 0), TypeError, "[ptp] booleans have no difference"),
    (lambda x: mg.average(x, 1, [1.0, 2]), ValueError,
     "[average] the weights need a's shape or its sizes along axis 1: weights (2,), a (2, 3)"),
    (lambda x: mg.cov(x[None]), ValueError, "[cov] expected variables as rows or columns, found shape (1, 2, 3)"),
    (lambda x: mg.cov(x, x[:, :2]), ValueError, "[cov] all need the same number of observations: shapes (2, 3) and (2, 2)"),
    (lambda x: mg.cov(x, ddof=0.5), TypeError, "[cov] ddof must be an int, found 0.5"),
])
def test_errors(call, error, text):
    with pytest.raises(error, match=re.escape(text)):
        call(mg.zeros((2, 3)))
