"""Lion against its paper's formula written by hand; what else only this file knows of the optimisers by signs."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim


@pytest.mark.parametrize("maximize", [False, True])
@pytest.mark.parametrize("decay", [0, 0.1])
@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_lion_by_hand(decay, maximize, dtype, tolerance, device):
    """Chen et al. 2023, algorithm 2: theta -= eta (sign(b1 m + (1 - b1) g) + lambda theta), then m = b2 m + (1 - b2) g."""
    rng = np.random.default_rng(0)
    w = rng.standard_normal(6).astype(dtype)
    p, w, m = nn.Parameter(w), w.astype(float), np.zeros(6)
    optimizer = optim.Lion([p], 0.1, betas=(0.9, 0.8), weight_decay=decay, maximize=maximize)
    for i in range(50):
        g = rng.standard_normal(6).astype(dtype)
        g[i % 6] = 0
        p.grad = mg.tensor(g)
        optimizer.lr = lr = 0.1 / (1 + 0.1 * i)
        optimizer.step()
        g = -g if maximize else g
        w = w - lr * (np.sign(0.9 * m + 0.1 * g) + decay * w)
        m = 0.8 * m + 0.2 * g
    np.testing.assert_allclose(p.detach().numpy(), w, rtol=tolerance, atol=tolerance)


def test_errors():
    p = [nn.Parameter(np.ones(2))]
    for etas in ((1.2, 0.5), (0, 1.2), (0.5, 0.9)):
        with pytest.raises(ValueError, match=r"\[Rprop\] etas must be \(below 1, above 1\), found"):
            optim.Rprop(p, etas=etas)
    with pytest.raises(ValueError, match=r"\[Rprop\] step_sizes must be a pair, found 1"):
        optim.Rprop(p, step_sizes=1)
    with pytest.raises(ValueError, match=r"\[Lion\] betas\[1\] must be in \[0, 1\), found 1"):
        optim.Lion(p, betas=(0.9, 1))
    with pytest.raises(ValueError, match=r"\[RMSprop\] alpha must be in \[0, 1\), found 1.5"):
        optim.RMSprop(p, alpha=1.5)
    with pytest.raises(TypeError, match=r"\[RMSprop\] centered must be True or False, found 1"):
        optim.RMSprop(p, centered=1)
