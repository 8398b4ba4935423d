"""Batch normalisation: values, running statistics, inference, second order against the composite, errors."""

import re

import numpy as np
import pytest

import minigrad as mg

RNG = np.random.default_rng(0)
SHAPES = [(6, 3), (4, 3, 5), (2, 3, 4, 5), (1, 2, 3, 3)]


def composite(x, gamma, beta, eps=1e-5):
    """The formula, in operations whose gradients are checked elsewhere."""
    axes, per_channel = (0, *range(2, x.ndim)), (1, -1) + (1,) * (x.ndim - 2)
    d = x - mg.mean(x, axes, True)
    y = d / mg.sqrt(mg.mean(d * d, axes, True) + eps)
    return y * gamma.reshape(per_channel) + beta.reshape(per_channel)


def inputs(s, dtype=np.float64, **kwargs):
    rng = np.random.default_rng(1)
    arrays = 2 + 3 * rng.standard_normal(s), rng.uniform(0.5, 2, s[1]), rng.standard_normal(s[1])
    return [mg.Tensor(a, dtype=dtype, requires_grad=True, **kwargs) for a in arrays]


def gradients(y, leaves, **options):
    for t in leaves:
        t.grad = None
    y.backward(**options)
    return [t.grad for t in leaves]


@pytest.mark.parametrize("s", SHAPES, ids=str)
def test_values_and_gradients_to_the_third_order(s):
    for derivatives in zip(*(orders(f, s) for f in (mg.batch_norm, composite)), strict=True):
        for found, expected in zip(*derivatives, strict=True):
            np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), rtol=1e-8, atol=1e-8)


def orders(f, s):
    leaves = inputs(s)
    y = f(*leaves)
    v = np.cos(np.arange(y.size)).reshape(y.shape)
    first = gradients((y * v * y).sum(), leaves, create_graph=True)
    second = gradients(sum((g * g).sum() for g in first), leaves, create_graph=True)
    third = gradients(sum((g * np.cos(np.arange(g.size)).reshape(g.shape)).sum() for g in second), leaves)
    return [y], first, second, third


@pytest.mark.parametrize("s", SHAPES, ids=str)
def test_float32_on_every_table(s, device):
    leaves, exact = inputs(s, np.float32), inputs(s, device="numpy")
    found = [mg.batch_norm(*leaves)]
    expected = [composite(*exact)]
    v = np.cos(np.arange(found[0].size)).reshape(s)
    found += gradients((found[0] * v).sum(), leaves)
    expected += gradients((expected[0] * v).sum(), exact)
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == np.float32
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("momentum", [0.1, 0, 1, np.float64(0.25)])
@pytest.mark.parametrize("s", SHAPES, ids=str)
def test_running_statistics(s, momentum, device):
    x, gamma, beta = inputs(s, np.float32)
    mean, var = mg.full(s[1], 2.0), np.full(s[1], 3, np.float32)
    memory = mean.data
    mg.batch_norm(x, gamma, beta, mean, var, momentum=momentum)
    a, axes = x.detach().numpy().astype(np.float64), (0, *range(2, x.ndim))
    assert mean.data is memory and mean.dtype == var.dtype == np.float32
    np.testing.assert_allclose(mean.numpy(), 2 + momentum * (a.mean(axes) - 2), rtol=1e-5)
    np.testing.assert_allclose(var, 3 + momentum * (a.var(axes, ddof=1) - 3), rtol=1e-5)


def test_inference_uses_the_statistics_and_moves_nothing(device):
    x = mg.Tensor(RNG.standard_normal((4, 2, 3, 3)), dtype=np.float32, requires_grad=True)
    mean, var = mg.Tensor([1.0, -1]), mg.Tensor([4.0, 0.25])
    y = mg.batch_norm(x, mg.Tensor([1.0, 2]), mg.Tensor([0.0, 1]), mean, var, training=False, eps=0)
    xhat = (x.detach().numpy() - np.array([1, -1])[:, None, None]) / np.array([2, 0.5])[:, None, None]
    expected = xhat * [[[1]], [[2]]] + [[[0]], [[1]]]
    np.testing.assert_allclose(y.detach().numpy(), expected, rtol=1e-5, atol=1e-5)
    assert mean.tolist() == [1, -1] and var.tolist() == [4, 0.25]
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy()[0, :, 0, 0], [0.5, 4], rtol=1e-6)


def test_each_gradient_has_its_own_dtype():
    x, gamma, beta = inputs((4, 3), np.float32)
    beta = mg.Tensor(beta.data, dtype=np.float64, requires_grad=True)
    assert mg.batch_norm(x, gamma, beta).dtype == np.float64
    mg.batch_norm(x, gamma, beta).sum().backward()
    assert [t.grad.dtype for t in (x, gamma, beta)] == [np.float32, np.float32, np.float64]


def test_numpy_scalars_do_not_widen(device):
    x, gamma, beta = inputs((4, 3), np.float32)
    assert mg.batch_norm(x, gamma, beta, eps=np.float64(1e-5)).dtype == np.float32


def test_a_constant_channel_and_special_numbers(device):
    x = np.array([[5, 1, np.inf], [5, np.nan, 2]], np.float32)
    y = mg.batch_norm(x, mg.ones(3, requires_grad=True), mg.zeros(3))
    np.testing.assert_array_equal(y.detach().numpy(), [[0, np.nan, np.nan], [0, np.nan, np.nan]])


@pytest.mark.parametrize("eps", [None, "small"])
def test_an_eps_that_is_no_number(eps):
    with pytest.raises(TypeError, match=rf"^\[batch_norm\] eps must be a number, found {eps!r}: leave it out for 1e-5$"):
        mg.batch_norm(mg.ones(4, 2), mg.ones(2), mg.zeros(2), eps=eps)


def test_statistics_written_in_place_are_noticed():
    """A gradient through given statistics that have moved since would be wrong."""
    x, gamma, beta = inputs((4, 3))
    mean, var = mg.zeros(3, dtype=np.float64), mg.ones(3, dtype=np.float64)
    y = mg.batch_norm(x, gamma, beta, mean, var, training=False)
    mg.batch_norm(x, gamma, beta, mean, var)
    with pytest.raises(RuntimeError, match="written in place"):
        y.sum().backward()


@pytest.mark.parametrize("s, options, text", [
    ((3,), {}, "[batch_norm] expected x (N, C, ...), found (3,)"),
    ((4, 2), {}, "[batch_norm] gamma must have shape (2,) for x (4, 2), found (3,)"),
    ((1, 3), {}, "[batch_norm] training needs more than one value per channel, found x (1, 3)"),
    ((0, 3, 2), {}, "[batch_norm] training needs more than one value per channel, found x (0, 3, 2)"),
    ((4, 3), {"training": False}, "[batch_norm] without training=True the running_mean and running_var are needed"),
    ((4, 3), {"running_mean": np.zeros(4)}, "[batch_norm] running_mean must have shape (3,) for x (4, 3), found (4,)"),
    ((4, 3), {"running_var": np.zeros((3, 1))},
     "[batch_norm] running_var must have shape (3,) for x (4, 3), found (3, 1)"),
])
def test_errors(s, options, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        mg.batch_norm(mg.zeros(s), mg.ones(3), mg.zeros(3), **options)


def test_beta_error():
    with pytest.raises(ValueError, match=re.escape("[batch_norm] beta must have shape (3,) for x (4, 3), found (2,)")):
        mg.batch_norm(mg.zeros((4, 3)), mg.ones(3), mg.zeros(2))
