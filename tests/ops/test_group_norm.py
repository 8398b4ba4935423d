"""Layer, group, instance and rms norm: constants, huge numbers, memory orders, dtypes, errors. Gradients:
test_every_operation.py."""

import re

import numpy as np
import pytest

import minigrad as mg

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("value", [0.1, 3.0, 1e30, 3e38, -1e-40])
def test_equal_numbers_are_beta_whatever_they_are(value, device):
    x = mg.tensor(np.full((2, 6, 7, 3), value, np.float32))
    beta = mg.tensor(np.arange(6, dtype=np.float32))
    expected = np.broadcast_to(np.arange(6)[:, None, None], x.shape)
    np.testing.assert_array_equal(mg.group_norm(x, 2, mg.ones(6), beta).numpy(), expected)
    last = mg.from_numpy(np.ascontiguousarray(x.numpy().transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2))
    np.testing.assert_array_equal(mg.group_norm(last, 2, mg.ones(6), beta).numpy(), expected)
    assert (mg.layer_norm(x, (7, 3)).numpy() == 0).all()


@pytest.mark.parametrize("shape", [(4, 6, 5, 3), (2, 6, 40, 9), (3, 34, 11), (2, 6, 3, 2, 5)])
@pytest.mark.parametrize("groups", [1, 2, 6])
def test_both_memory_orders_and_numbers_far_from_zero(shape, groups, device):
    groups = groups if shape[1] % groups == 0 else 17
    a = (1e4 + RNG.standard_normal(shape)).astype(np.float32)
    rows = a.astype(np.float64).reshape(shape[0], groups, -1)
    exact = ((rows - rows.mean(2, keepdims=True)) / np.sqrt(rows.var(2, keepdims=True) + 1e-5)).reshape(shape)
    order = (0, *range(2, len(shape)), 1)
    last = np.ascontiguousarray(a.transpose(order)).transpose(0, len(shape) - 1, *range(1, len(shape) - 1))
    for x in (a, last, a[:, ::-1].copy()[:, ::-1]):
        leaf = mg.from_numpy(x).requires_grad_()
        y = mg.group_norm(leaf, groups)
        np.testing.assert_allclose(y.detach().numpy(), exact, rtol=1e-4, atol=1e-4)
        (y * y * y).sum().backward()
        assert leaf.grad.shape == shape
        np.testing.assert_allclose(leaf.grad.numpy().reshape(shape[0], groups, -1).sum(2), 0, atol=2e-2)


def test_layer_norm_is_the_same_row_by_row(device):
    x, gamma, beta = (mg.tensor(RNG.standard_normal(s).astype(np.float32)) for s in ((300, 65), 65, 65))
    y = mg.layer_norm(x, 65, gamma, beta).numpy()
    for i in (0, 17, 299):
        np.testing.assert_array_equal(mg.layer_norm(x[i], 65, gamma, beta).numpy(), y[i])


def test_halves_are_computed_in_single(device):
    x = mg.tensor(np.full((2, 8), 300, np.float16) * np.array([1, -1] * 4, np.float16), requires_grad=True)
    for norm in (lambda x: mg.rms_norm(x, 8), lambda x: mg.layer_norm(x, 8), lambda x: mg.group_norm(x, 2)):
        y = norm(x)
        assert y.dtype == np.float16
        np.testing.assert_allclose(np.abs(y.detach().numpy()), 1, rtol=1e-3)        # 300^2 is no half
        y.sum().backward()


def test_gradients_in_dtypes_of_their_own():
    x, gamma = mg.ones(2, 4), mg.tensor(np.ones(4), requires_grad=True)
    x.requires_grad_()
    y = mg.layer_norm(x, 4, gamma)
    y.sum().backward()
    assert (y.dtype, x.grad.dtype, gamma.grad.dtype) == (np.float64, np.float32, np.float64)


@pytest.mark.parametrize(("call", "text"), [
    (lambda x: mg.layer_norm(x, 3), "[layer_norm] the last axes of x must be normalized_shape (3,), found x (2, 6, 4)"),
    (lambda x: mg.layer_norm(x, ()), "[layer_norm] the last axes of x must be normalized_shape (), found x (2, 6, 4)"),
    (lambda x: mg.layer_norm(x, 4, mg.ones(3)), "[layer_norm] gamma must have shape (4,), found (3,): x (12, 4)"),
    (lambda x: mg.layer_norm(x, 4, eps=None), "[layer_norm] eps must be a number, found None: leave it out for the usual one"),
    (lambda x: mg.group_norm(x, 4),
     "[group_norm] num_groups must be an int >= 1 that divides the 6 channels of x (2, 6, 4), found 4"),
    (lambda x: mg.group_norm(x, 2, mg.ones(6), mg.zeros(5)), "[group_norm] beta must have shape (6,), found (5,): x (2, 6, 4)"),
    (lambda x: mg.instance_norm(x[:, :, :1]),
     "[instance_norm] expected x (N, C, ...) with more than one value per channel, found"),
    (lambda x: mg.rms_norm(x, 4, mg.ones(2)), "[rms_norm] gamma must have shape (4,), found (2,): x (2, 6, 4)"),
    (lambda x: mg.local_response_norm(x, 0), "[local_response_norm] expected x (N, C, ...) with one axis or more behind"),
    (lambda x: mg.layer_norm(x.astype("int64"), 4), "[layer_norm] expected floating point numbers, found int64"),
])
def test_errors(call, text):
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(text)}"):
        call(mg.zeros(2, 6, 4))
