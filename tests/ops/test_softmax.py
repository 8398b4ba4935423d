"""Softmax, its logarithm and logsumexp: stable values, special rows, errors. Gradients: test_every_operation.py."""

import re

import numpy as np
import pytest

import minigrad as mg

NAMES = ["softmax", "log_softmax", "logsumexp"]
RNG = np.random.default_rng(0)


def exact(name, z, axis):
    """In extended precision, shifted."""
    z = z.astype(np.longdouble)
    m = z.max(axis, keepdims=True)
    total = np.exp(z - m).sum(axis, keepdims=True)
    return {"softmax": np.exp(z - m) / total, "log_softmax": z - m - np.log(total),
            "logsumexp": (m + np.log(total)).squeeze(axis)}[name]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", NAMES)
def test_values_at_any_logits(name, dtype, device):
    for scale in (1, 100, 1e4):
        for s, axis in (((5, 7), 1), ((5, 7), 0), ((2, 3, 4), 1), ((2, 3, 4), -1), ((3,), 0), ((4, 1), 1)):
            z = (scale * RNG.standard_normal(s)).astype(dtype)
            y = getattr(mg, name)(mg.Tensor(z), axis)
            assert y.dtype == dtype
            expected = exact(name, z, axis).astype(np.float64)
            assert y.shape == expected.shape
            np.testing.assert_allclose(y.numpy(), expected, rtol=2e-5 if dtype == np.float32 else 1e-12,
                                       atol=1e-7 * scale**0.5)
            np.testing.assert_allclose(getattr(mg.from_numpy(z.T), name)(z.ndim - 1 - axis % z.ndim).numpy(),
                                       getattr(mg, name)(z, axis).numpy().T, rtol=1e-5, atol=1e-7 * scale**0.5)


def test_defaults_and_sums(device):
    z = RNG.standard_normal((3, 4)).astype(np.float32)
    assert mg.softmax(z).tolist() == mg.softmax(z, 1).tolist()
    np.testing.assert_allclose(mg.softmax(z).sum(1).numpy(), 1, rtol=1e-6)
    assert mg.logsumexp(z, 1, keepdims=True).shape == (3, 1) and mg.logsumexp(z, 0, True).shape == (1, 4)
    assert mg.softmax(mg.Tensor(np.array([1, 1]))).tolist() == [0.5, 0.5]
    for name in NAMES:
        assert getattr(mg, name)(mg.zeros((0, 3))).shape == ((0,) if name == "logsumexp" else (0, 3))


def test_special_rows(device):
    inf, nan = np.inf, np.nan
    z = np.array([[-inf, 0, 0], [-inf, -inf, 1], [nan, 0, 0]], np.float32)
    np.testing.assert_allclose(mg.softmax(z).numpy(), [[0, 0.5, 0.5], [0, 0, 1], [nan, nan, nan]])
    half = np.log(0.5)
    np.testing.assert_allclose(mg.log_softmax(z).numpy(), [[-inf, half, half], [-inf, -inf, 0], [nan, nan, nan]],
                               rtol=1e-6)
    np.testing.assert_allclose(mg.logsumexp(z).numpy(), [np.log(2), 1, nan], rtol=1e-6)
    assert mg.logsumexp(mg.Tensor([[-inf, -inf], [inf, 0], [inf, -inf]])).tolist() == [-inf, inf, inf]
    for infinite in ([inf, 0], [inf, inf], [-inf, -inf]):
        assert np.isnan(mg.softmax(mg.Tensor(infinite)).numpy()).any()


def test_a_masked_logit_gets_no_gradient(device):
    for f in (lambda z: mg.softmax(z)[:, 1], mg.logsumexp):
        z = mg.Tensor([[-np.inf, 1.0, 2.0]], requires_grad=True)
        f(z).sum().backward()
        assert z.grad.tolist()[0][0] == 0 and np.isfinite(z.grad.numpy()).all()


@pytest.mark.parametrize("name", NAMES)
def test_errors(name):
    f = getattr(mg, name)
    for z, axis, text in [
        (mg.zeros((2, 3)), 2, "axis 2 does not exist: the tensor has 2 axes"),
        *(() if name == "logsumexp" else (
            (mg.zeros((2, 3)), None, "expected one axis, found None for shape (2, 3)"),
            (mg.zeros((2, 3)), (0, 1), "expected one axis, found (0, 1) for shape (2, 3)"))),
        (mg.zeros((2, 0)), 1, "axis 1 of shape (2, 0) is empty"),
        (mg.Tensor(1.0), -1, "axis -1 does not exist: the tensor has 0 axes"),
    ]:
        with pytest.raises(ValueError, match=re.escape(f"[{name}] {text}")):
            f(z, axis)


def test_logsumexp_of_nothing_picks_nothing(device):
    """Terms of exp(-inf) = 0 have no share in the gradient, also where there are no others."""
    z = mg.tensor([[-np.inf, -np.inf], [-np.inf, 3.0]], requires_grad=True)
    y = mg.logsumexp(z)
    y.backward(mg.ones(2))
    assert y.tolist() == [-np.inf, 3.0] and z.grad.tolist() == [[0, 0], [0, 1]]


def test_a_row_without_a_value_is_masked_out(device):
    """A row of softmax that is NaN has gradients of 0 where it was not chosen."""
    for f in (mg.softmax, mg.log_softmax):
        z = mg.tensor([[-np.inf, -np.inf], [0.0, 0.0]], requires_grad=True)
        mg.where(np.array([[False], [True]]), f(z), 0)[:, 0].sum().backward()
        assert z.grad.tolist() == ([[0, 0], [0.25, -0.25]] if f is mg.softmax else [[0, 0], [0.5, -0.5]])
