"""Halves: sums, norms and losses are computed in float32 and rounded once, no eps vanishes, and numbers that do not fit into
halves keep their value beside them. How near every operation is: `checks.dtype` in the suite's forward aspect."""

import pickle

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels
from minigrad.kernels.halves import HALF


def halves(a, requires_grad=True):
    return mg.tensor(np.asarray(a, np.float16), requires_grad=requires_grad)


def test_sums_of_many(device):
    """Halves stop counting at 2048 and end at 65504."""
    x = halves(np.ones(100_000))
    y = mg.mean(x)
    y.backward()
    assert y.item() == 1 and y.dtype == HALF
    np.testing.assert_array_equal(x.grad.numpy(), np.float16(1e-5))         # not 0, though 100,000 is infinite as a half
    assert mg.sum(halves(np.ones((3, 5000))), 1).tolist() == [5000] * 3
    assert mg.sum(halves(np.ones((5000, 3))), 0).tolist() == [5000] * 3
    assert mg.matmul(halves(np.ones((1, 5001))), halves(np.ones((5001, 1)))).item() == np.float16(5001)
    assert mg.linear(halves(np.full((1, 4000), 8)), halves(np.ones((1, 4000)))).item() == 32000
    x, w = halves(np.ones((1, 64, 8, 8))), halves(np.ones((1, 64, 8, 8)))
    assert mg.conv2d(x, w).item() == 4096
    assert mg.avg_pool2d(halves(np.full((1, 1, 64, 64), 100)), 64).item() == 100
    b = halves(np.zeros(3))
    (mg.add(halves(np.ones((5000, 3)), False), b)).backward(np.ones((5000, 3), np.float16))
    assert b.grad.tolist() == [5000] * 3


@pytest.mark.parametrize("arrived", [
    lambda a: pickle.loads(pickle.dumps(a)), lambda a: a.astype(a.dtype.newbyteorder("S")),
    lambda a: a.astype(a.dtype.newbyteorder("=")), lambda a: a.astype(np.dtype("e", metadata={"unit": "m"}))])
def test_halves_are_halves_wherever_they_come_from(arrived, device):
    """numpy has many dtype objects that are float16: of unpickled arrays, of foreign byte order, with metadata."""
    a = arrived(np.full(10_000, 10, np.float16))
    for x in (a, mg.Tensor(a)):
        assert mg.mean(x).item() == 10 and mg.mse(x, np.zeros(10_000, np.float16)).item() == 100
    assert (mg.Tensor(a) * 1e5)[0].item() == np.inf and (mg.Tensor(a) / 1e5)[0].item() == np.float16(1e-4)
    p = mg.nn.Parameter(mg.Tensor(a))
    optimizer = mg.optim.Adam([p], lr=1)
    p.grad = mg.zeros_like(p.detach())
    optimizer.step()
    assert p.detach().numpy()[0] == 10


def test_softmax_and_losses(device):
    z = halves(np.zeros((2, 70_000)))
    np.testing.assert_allclose(mg.softmax(z).detach().numpy().astype(float).sum(1), 1, rtol=2e-2)       # each a denormal
    assert mg.logsumexp(z).tolist() == [np.float16(np.log(70_000))] * 2
    loss = mg.cross_entropy(z, [3, 5])
    loss.backward()
    assert loss.item() == np.float16(np.log(70_000)) and z.grad.numpy()[0, 3] == -0.5
    a = halves(np.full(1000, 200))
    loss = mg.mse(a, np.zeros(1000))                        # 40000 each: their sum is infinite as a half
    loss.backward()
    assert loss.item() == 40000 and a.grad.numpy()[0] == np.float16(0.4)


def test_batch_norm_keeps_its_eps(device):
    """A constant channel: variance 0, eps far below the smallest half."""
    x = halves(np.full((4, 1), 3.0))
    mean, var = mg.tensor(np.zeros(1, np.float16)), mg.tensor(np.ones(1, np.float16))
    y = mg.batch_norm(x, halves([2]), halves([1]), mean, var, eps=1e-9)
    y.sum().backward()
    assert y.tolist() == [[1]] * 4
    assert x.grad.tolist() == [[0]] * 4 and y.dtype == x.grad.dtype == mean.dtype == HALF
    assert mean.item() == np.float16(0.3) and var.item() == np.float16(0.9)


@pytest.mark.parametrize("f, expected", [
    (lambda x: x * 1e5, 1000), (lambda x: 1e5 * x, 1000), (lambda x: x / 1e-5, 1000),
    (lambda x: x * 1e-8 * 1e8, 0), (lambda x: x - 70_000 + 1, -np.inf), (lambda x: x**10 * 0, 0)])
def test_numbers_beside_halves_keep_their_value(f, expected, device):
    """... while they are computed with; the result is a half."""
    y = f(halves([0.01]))
    assert y.dtype == HALF
    np.testing.assert_allclose(y.detach().numpy().astype(float), [expected], rtol=2e-3, atol=1)


def test_higher_orders_stay_halves(device):
    x = halves([[0.5, -1.0, 2.0]])
    y = mg.cross_entropy(x, [2]) + mg.mean(mg.softmax(x) * x) + mg.logsumexp(x).sum()
    y.backward(create_graph=True)
    g, x.grad = x.grad, None
    (g * g).sum().backward()
    assert g.dtype == x.grad.dtype == HALF
    wide = mg.tensor(x, np.float64, requires_grad=True)
    y = mg.cross_entropy(wide, [2]) + mg.mean(mg.softmax(wide) * wide) + mg.logsumexp(wide).sum()
    y.backward(create_graph=True)
    h, wide.grad = wide.grad, None
    (h * h).sum().backward()
    np.testing.assert_allclose(x.grad.numpy().astype(float), wide.grad.numpy(), rtol=5e-3, atol=5e-3)


@pytest.mark.parametrize("name", ["numpy", "native"])
def test_results_go_where_they_were_asked_for(name):
    k = kernels.table(name)
    a, out = np.full((2, 3000), 1, np.float16), np.zeros(2, np.float16)
    assert k.sum(a, 1, out=out) is out and out.tolist() == [3000] * 2
    y = np.zeros((2, 3000), np.float16)
    assert k.batch_norm(a, a[0], a[0], 1e-5, out=y)[0] is y and (y == 1).all()
    running = np.zeros(2, np.float16)
    assert k.running_update(running, np.ones(2, np.float32), 0.5, out=running) is running and running.tolist() == [0.5] * 2
