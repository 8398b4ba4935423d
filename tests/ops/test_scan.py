"""Running sums, products and extremes: long rows, axes, dtypes, errors. Values and gradients: test_every_operation.py."""

import re

import numpy as np
import pytest

import minigrad as mg

NAMES = ["cumsum", "cumprod", "cummax", "cummin", "logcumsumexp"]


def test_a_long_sum_is_right_at_its_end(device):
    """float32 numbers are added up in float64."""
    a = np.full(300_000, 0.1, np.float32)
    for reverse in (False, True):
        y = mg.cumsum(mg.Tensor(a), 0, reverse).numpy()
        exact = np.cumsum(a.astype(np.float64))
        np.testing.assert_allclose(y, exact[::-1] if reverse else exact, rtol=1e-7)


def test_products_pass_through_what_overflows(device):
    y = mg.cumprod(mg.Tensor([1e30, 1e30, 1e-30, 1e-30]))
    np.testing.assert_allclose(y.numpy(), [1e30, np.inf, 1e30, 1], rtol=1e-6)
    assert mg.prod(mg.Tensor([1e30, 1e30, 1e-30, 1e-30])).item() == pytest.approx(1, rel=1e-6)


def test_dtypes(device):
    for dtype in (np.bool_, np.uint8, np.int32, np.int64):
        a = np.array([[1, 0, 1], [1, 1, 0]], dtype)
        for name in ("cumsum", "cumprod"):
            found, expected = getattr(mg, name)(mg.Tensor(a), 1), getattr(np, name)(a, 1)
            assert found.dtype == expected.dtype and found.tolist() == expected.tolist()
        assert mg.cummax(mg.Tensor(a), 1).dtype == dtype and mg.cummin(mg.Tensor(a), 1).dtype == dtype
        assert mg.logcumsumexp(mg.Tensor(a)).dtype == np.float32
    assert mg.cumsum(mg.Tensor(np.ones(4096, np.float16))).tolist()[-1] == 4096


def test_axis_none_is_of_the_flattened_tensor(device):
    for name in NAMES:
        assert getattr(mg, name)(mg.zeros((2, 3))).shape == (6,) and getattr(mg, name)(mg.Tensor(2.0)).shape == (1,)
        assert getattr(mg, name)(mg.zeros((0, 3)), 0).shape == (0, 3)


def test_what_was_never_there_has_no_share(device):
    x = mg.Tensor([-np.inf, -np.inf, 3.0], requires_grad=True)
    y = mg.logcumsumexp(x)
    assert y.tolist() == [-np.inf, -np.inf, 3]
    y.sum().backward()
    assert x.grad.tolist() == [0, 0, 1]
    big = mg.Tensor([1000.0, 1000, -1000], requires_grad=True)
    y = mg.logcumsumexp(big)
    np.testing.assert_allclose(y.detach(), 1000 + np.log([1, 2, 2]), rtol=1e-6)
    y[2].backward()
    np.testing.assert_allclose(big.grad.numpy(), [0.5, 0.5, 0], rtol=1e-4)


def test_errors():
    for name in NAMES:
        for axis, text in ((2, "axis 2 does not exist: the tensor has 2 axes"),
                           ((0, 1), "expected one axis or None, found (0, 1)")):
            with pytest.raises(ValueError, match=re.escape(f"[{name}] {text}")):
                getattr(mg, name)(mg.zeros((2, 3)), axis)
    for name in ("cumsum", "cumprod"):
        with pytest.raises(TypeError, match=re.escape(f"[{name}] reverse must be True or False, found 'float64': .astype")):
            getattr(mg, name)(mg.zeros(3), 0, "float64")


@pytest.mark.parametrize("name", NAMES)
def test_a_number_without_axes_has_one_to_scan_along(name):
    """numpy's: the result has one axis."""
    for axis in (0, -1, None):
        leaf = mg.tensor(np.array(2.5), requires_grad=True)
        y = getattr(mg, name)(leaf, axis)
        assert y.tolist() == [2.5]
        y.sum().backward()
        assert leaf.grad.tolist() == 1
    for axis in (1, -2):
        with pytest.raises(ValueError, match=rf"\[{name}\] axis {axis} does not exist: the tensor has 0 axes"):
            getattr(mg, name)(leaf, axis)
