"""Dropout: how much is kept, from which key, and that the gradient meets the same mask."""

import re

import numpy as np
import pytest

import minigrad as mg
from minigrad.kernels import philox
from minigrad.ops.dropout import dropout_with_key


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_keeps_the_mean(p, device):
    y = mg.dropout(mg.ones((200, 300)), p).numpy()
    kept = y != 0
    np.testing.assert_allclose(y[kept], 1 / (1 - p), rtol=1e-6)
    spread = np.sqrt(p * (1 - p) / y.size)
    assert abs(kept.mean() - (1 - p)) < 5 * spread
    assert abs(y.mean() - 1) < 5 * spread / (1 - p)
    assert abs((kept[:, 1:] & kept[:, :-1]).mean() - (1 - p) ** 2) < 10 * spread      # neighbours are independent
    assert y.dtype == np.float32


def test_nothing_and_everything(device):
    x = mg.Tensor([1.0, 2, np.inf, np.nan], requires_grad=True)
    assert mg.dropout(x, 0) is x and mg.dropout(x, 0.5, training=False) is x
    y = mg.dropout(x, 1)
    assert y.tolist() == [0, 0, 0, 0]
    y.sum().backward()
    assert x.grad.tolist() == [0, 0, 0, 0]
    assert mg.dropout(mg.zeros((0, 3)), 0.5).shape == (0, 3) and mg.dropout(mg.Tensor(1.0), 0.5).shape == ()
    assert mg.dropout(mg.Tensor(np.array([1, 2])), 0.5).dtype == np.float32
    assert mg.dropout(mg.ones(3), np.float64(0.5)).dtype == np.float32


def test_the_seed_decides_and_every_call_draws_anew(device):
    x = mg.ones(1000)
    mg.manual_seed(3)
    a, b = mg.dropout(x).tolist(), mg.dropout(x).tolist()
    mg.manual_seed(3)
    assert mg.dropout(x).tolist() == a and mg.dropout(x).tolist() == b
    mg.manual_seed(4)
    c = mg.dropout(x).tolist()
    assert a != b and a != c and b != c


def test_the_mask_is_philox_in_channels_last_order(table):
    """The element's place decides, channels counted last, whatever the memory order; the same on every device."""
    key = np.array([7, 2], np.uint64)

    def dropped(a):
        return table.to_numpy(table.dropout(table.asarray(a), 0.25, table.asarray(key)))

    words = philox.uint32(np, key, 2 * 4 * 5 * 3).reshape(2, 4, 5, 3).transpose(0, 3, 1, 2)
    expected = np.where(words >= 0.25 * 2**32, np.float32(1 / 0.75), 0)
    x = np.ones((2, 3, 4, 5), np.float32)
    for a in (x, np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2), np.asfortranarray(x), x[:, ::-1]):
        np.testing.assert_array_equal(dropped(a), expected)
        np.testing.assert_array_equal(dropped(a.astype(np.float64)) != 0, expected != 0)
    flat = philox.uint32(np, key, 12).reshape(3, 4) >= 0.25 * 2**32
    np.testing.assert_array_equal(dropped(np.ones((3, 4), np.float32)) != 0, flat)


def test_the_gradient_meets_the_same_mask(device):
    x = mg.Tensor(np.ones((2, 3, 4, 5)), dtype=np.float32, requires_grad=True)
    y = mg.dropout(x, 0.3)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), y.detach().numpy())
    x.grad = None
    z = mg.dropout(x, 0.3)
    assert (z.detach().numpy() != y.detach().numpy()).any()
    (z * z).sum().backward(create_graph=True)
    np.testing.assert_allclose(x.grad.detach().numpy(), 2 * z.detach().numpy() ** 2, rtol=1e-6)
    g, x.grad = x.grad, None
    g.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * z.detach().numpy() ** 2, rtol=1e-6)


def test_a_key_is_not_changed_by_later_calls(device):
    x, key = mg.ones(100), np.array([1, 0], np.uint64)
    first = dropout_with_key(x, 0.5, key).tolist()
    mg.dropout(x, 0.5)
    assert dropout_with_key(x, 0.5, key).tolist() == first and key.tolist() == [1, 0]


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_errors(p):
    with pytest.raises(ValueError, match=re.escape(f"[dropout] p must be a probability, 0 <= p <= 1, found {p}")):
        mg.dropout(mg.ones(3), p)


@pytest.mark.parametrize("p", [None, "0.5"])
def test_p_is_a_number(p):
    with pytest.raises(TypeError, match=re.escape(f"[dropout] p must be a number, the probability to drop, found {p!r}")):
        mg.dropout(mg.ones(3), p)
