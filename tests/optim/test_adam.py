"""Adam: its first step, what its options do to a loss, its errors."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim


def test_the_first_step_has_the_size_of_lr_whatever_the_gradient(device):
    p = nn.Parameter(np.zeros(4))
    optimizer = optim.Adam([p], lr=0.01)
    p.grad = mg.tensor(np.array([1e-3, -1.0, 1e3, 0.0]))
    optimizer.step()
    assert p.tolist() == pytest.approx([-0.01, 0.01, -0.01, 0], rel=1e-4)


def test_it_walks_badly_scaled_valleys(device):
    p = nn.Parameter(np.ones(2))
    optimizer = optim.Adam([p], lr=0.05)
    for _ in range(200):
        optimizer.zero_grad()
        (p * p * np.array([100.0, 0.01])).sum().backward()
        optimizer.step()
    assert np.abs(p.detach().numpy()).max() < 0.05


def test_decoupled_decay_shrinks_and_coupled_decay_is_a_gradient(device):
    for kind, expected in ((optim.AdamW, 2 * (1 - 0.1 * 0.5)), (optim.Adam, 2 - 0.1)):
        p = nn.Parameter(np.array([2.0]))
        optimizer = kind([p], lr=0.1, weight_decay=0.5)
        p.grad = mg.zeros((1,), dtype=np.float64)
        optimizer.step()
        assert p.item() == pytest.approx(expected)


def test_steps_are_counted_by_each_parameter(device):
    p, q = nn.Parameter(np.zeros(1)), nn.Parameter(np.zeros(1))
    optimizer = optim.Adam([p, q], lr=0.01)
    for i in range(5):
        p.grad, q.grad = mg.tensor([1.0], dtype=np.float64), mg.tensor([1.0], dtype=np.float64) if i == 4 else None
        optimizer.step()
    assert q.item() == pytest.approx(-0.01, rel=1e-6)       # its first step, though the fifth of the optimiser
    assert [optimizer.state_dict()[f"adam.state.{i}.step"] for i in (0, 1)] == [5, 1]


def test_errors():
    p = [nn.Parameter(np.ones(2))]
    for kind in (optim.Adam, optim.AdamW):
        name = kind.__name__
        for options, message in (({"lr": -1}, "lr must be finite and >= 0, found -1"),
                                 ({"eps": -1}, "eps must be finite and >= 0, found -1"),
                                 ({"betas": (0.9, 1)}, r"betas\[1\] must be in \[0, 1\), found 1"),
                                 ({"betas": (-1, 0.9)}, r"betas\[0\] must be in \[0, 1\), found -1"),
                                 ({"betas": (0.9,)}, r"betas must be a pair, found \(0.9,\)"),
                                 ({"weight_decay": -1}, "weight_decay must be finite and >= 0, found -1")):
            with pytest.raises(ValueError, match=rf"\[{name}\] {message}"):
                kind(p, **options)
