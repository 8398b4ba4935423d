"""RMSprop, Adagrad and Adadelta: what their formulas leave open."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_gradient_has_a_variance_of_at_least_0(dtype, device):
    """s - m^2 is rounded, and below 0 at times: the root would be NaN."""
    p = nn.Parameter(np.zeros(50, dtype))
    optimizer = optim.RMSprop([p], 1e-9, alpha=0.5, centered=True)
    g = np.linspace(0.1, 3, 50).astype(dtype)
    for _ in range(100):
        p.grad = mg.tensor(g)
        optimizer.step()
    assert np.isfinite(p.detach().numpy()).all()


def test_adagrad_starts_where_it_is_told(device):
    p = nn.Parameter(np.zeros(1))
    optimizer = optim.Adagrad([p], 0.5, initial_accumulator_value=3.0)
    assert optimizer.state_dict()["adagrad.state.0.sum"] == 3
    p.grad = mg.ones(1, dtype=np.float64)
    optimizer.step()
    assert p.item() == pytest.approx(-0.25)             # 0.5 / sqrt(3 + 1)


def test_adadelta_needs_no_rate(device):
    p = nn.Parameter(np.array([3.0]))
    optimizer = optim.Adadelta([p], rho=0.5, eps=1e-3)
    losses = []
    for _ in range(300):
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.05 * losses[0]


@pytest.mark.parametrize("kind", ["Lion", "Rprop", "RMSprop", "Adagrad", "Adadelta", "Adam", "NAdam", "RAdam", "Adamax", "SGD"])
def test_nothing_moves_where_the_gradient_is_0(kind, device):
    p = nn.Parameter(np.array([1.0, -2.0], np.float32))
    optimizer = getattr(optim, kind)([p], lr=0.1)
    for _ in range(10):
        p.grad = mg.zeros(2)
        optimizer.step()
    assert p.tolist() == [1, -2]
