"""SGD: what its options do to a loss, and Keras's form against the formula written by hand."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim


def descend(steps, lr, **options):
    """The loss p^2 / 2 sum(scale) after `steps` of SGD from p = (1, 1), curvatures 1 and 0.01."""
    p = nn.Parameter(np.ones(2))
    scale = np.array([1, 0.01])
    optimizer = optim.SGD([p], lr, **options)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = (p * p * scale).sum() * 0.5
        loss.backward()
        optimizer.step()
    return ((p * p * scale).sum() * 0.5).item()


def test_the_loss_falls(device):
    start = 0.505
    assert descend(1, 0.1) < start
    assert descend(50, 0.5) < 0.01


def test_momentum_is_faster_along_a_valley(device):
    assert descend(100, 0.5, momentum=0.9) < 0.2 * descend(100, 0.5)


def test_nesterov_swings_less(device):
    assert descend(40, 0.5, momentum=0.9, nesterov=True) < descend(40, 0.5, momentum=0.9)


def test_weight_decay_pulls_towards_zero(device):
    p = nn.Parameter(np.array([2.0, -2.0]))
    optimizer = optim.SGD([p], 0.1, weight_decay=0.5)
    p.grad = mg.zeros((2,), dtype=np.float64)
    optimizer.step()
    assert p.tolist() == pytest.approx([1.9, -1.9])


@pytest.mark.parametrize("form", ["torch", "keras"])
@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_both_forms_by_hand_while_lr_changes(form, nesterov, dtype, tolerance, device):
    rng = np.random.default_rng(0)
    w = rng.standard_normal(5)
    p, v, m, decay = nn.Parameter(w.astype(dtype)), np.zeros(5), 0.8, 0.1
    w = w.astype(dtype).astype(np.float64)
    optimizer = optim.SGD([p], 1.0, momentum=m, weight_decay=decay, nesterov=nesterov, form=form)
    for i in range(20):
        g = rng.standard_normal(5).astype(dtype)
        lr = 0.1 / (1 + 0.3 * i)
        p.grad = mg.tensor(g)
        optimizer.lr = lr
        optimizer.step()
        d = g + decay * w
        if form == "keras":
            v = m * v - lr * d
            w = w + (m * v - lr * d if nesterov else v)
        else:
            v = m * v + d
            w = w - lr * (d + m * v if nesterov else v)
    np.testing.assert_allclose(p.detach().numpy(), w, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("form", ["torch", "keras"])
def test_decay_is_that_of_keras_2(form, device):
    """lr / (1 + decay t), t counted from 0: what its InverseTimeDecay says, and its optimisers did with decay=."""
    p, w, v = nn.Parameter(np.ones(1)), 1.0, 0.0
    optimizer = optim.SGD([p], 0.5, momentum=0.7, decay=0.1, form=form)
    for t in range(5):
        p.grad = mg.tensor(np.full(1, w))
        optimizer.step()
        lr = 0.5 / (1 + 0.1 * t)
        v = 0.7 * v - lr * w if form == "keras" else 0.7 * v + w
        w += v if form == "keras" else -lr * v
        assert p.item() == pytest.approx(w, rel=1e-12)


def test_the_forms_agree_at_a_constant_rate_and_differ_after_a_change(device):
    ends = {}
    for form in ("torch", "keras"):
        p = nn.Parameter(np.ones(1))
        optimizer = optim.SGD([p], 0.1, momentum=0.9, form=form)
        ends[form] = []
        for i in range(6):
            if i == 3:
                optimizer.lr = 0.01
            p.grad = mg.tensor(np.ones(1))
            optimizer.step()
            ends[form].append(p.item())
    assert ends["torch"][:3] == pytest.approx(ends["keras"][:3], abs=1e-14)
    assert ends["torch"][3] > ends["keras"][3] + 0.1        # the old speed goes on in Keras's form


def test_results_below_the_smallest_normal_become_zero(device):
    p = nn.Parameter(np.full(3, 2e-38, np.float32))
    optimizer = optim.SGD([p], 0.1, momentum=0.5)
    p.grad = mg.tensor(np.full(3, 1.5e-37, np.float32))
    optimizer.step()                                        # 2e-38 - 1.5e-38 is below 1.18e-38
    assert p.tolist() == [0, 0, 0]


def test_without_momentum_there_is_no_velocity():
    p = nn.Parameter(np.ones(2))
    assert not any("velocity" in name for name in optim.SGD([p], 0.1).state_dict())


def test_errors():
    p = [nn.Parameter(np.ones(2))]
    for options, message in (({"lr": -1}, r"\[SGD\] lr must be finite and >= 0, found -1"),
                             ({"lr": np.nan}, r"\[SGD\] lr must be finite and >= 0, found nan"),
                             ({"lr": 1, "momentum": -0.1}, r"\[SGD\] momentum must be finite and >= 0, found -0.1"),
                             ({"lr": 1, "weight_decay": -1}, r"\[SGD\] weight_decay must be finite and >= 0, found -1"),
                             ({"lr": 1, "momentum": 0.9, "nesterov": True, "dampening": 0.1}, "needs dampening 0, found 0.1"),
                             ({"lr": 1, "momentum": 0.9, "form": "keras", "dampening": 0.1}, "only PyTorch's form has one"),
                             ({"lr": 1, "nesterov": True}, r"\[SGD\] nesterov needs momentum > 0"),
                             ({"lr": 1, "form": "jax"}, r"\[SGD\] form must be one of 'torch', 'keras', found 'jax'")):
        with pytest.raises(ValueError, match=message):
            optim.SGD(p, **options)
    optim.SGD(p, 0.1)                                       # none of the failures claimed the parameter
