"""Every option of every optimiser against PyTorch's, 20 steps, in both precisions."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

CASES = {
    "sgd": ("SGD", {"lr": 0.1}),
    "sgd, momentum": ("SGD", {"lr": 0.05, "momentum": 0.9}),
    "sgd, decay": ("SGD", {"lr": 0.1, "weight_decay": 0.1}),
    "sgd, momentum and decay": ("SGD", {"lr": 0.05, "momentum": 0.8, "weight_decay": 0.05}),
    "sgd, nesterov": ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    "sgd, everything": ("SGD", {"lr": 0.05, "momentum": 0.7, "weight_decay": 0.02, "nesterov": True}),
    "adam": ("Adam", {}),
    "adam, lr": ("Adam", {"lr": 0.05}),
    "adam, betas": ("Adam", {"lr": 0.05, "betas": (0.5, 0.8)}),
    "adam, eps": ("Adam", {"lr": 0.05, "eps": 0.1}),
    "adam, decay": ("Adam", {"lr": 0.05, "weight_decay": 0.1}),
    "adamw": ("AdamW", {"lr": 0.05}),
    "adamw, decay": ("AdamW", {"lr": 0.05, "weight_decay": 0.3}),
}
SHAPES = (3, 4), (4,), (1, 2, 3, 3), ()


def start(dtype):
    rng = np.random.default_rng(0)
    return [rng.standard_normal(s).astype(dtype) for s in SHAPES]


def gradients(dtype, steps=20):
    rng = np.random.default_rng(1)
    return [[rng.standard_normal(s).astype(dtype) for s in SHAPES] for _ in range(steps)]


def parameters(dtype):
    """Ours and theirs, from the same start."""
    return [nn.Parameter(a) for a in start(dtype)], [torch.nn.Parameter(torch.tensor(a)) for a in start(dtype)]


def step(a, b, ours, theirs, gs):
    """Both optimisers, with these gradients; None: none."""
    for p, t, g in zip(ours, theirs, gs, strict=True):
        p.grad, t.grad = (None, None) if g is None else (mg.tensor(g), torch.tensor(g))
    a.step(), b.step()


def check(ours, theirs, dtype):
    tolerance = 1e-12 if dtype == np.float64 else 3e-6
    for p, t in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(p.detach().numpy(), t.detach().numpy(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", CASES)
def test_twenty_steps(name, dtype, device):
    kind, options = CASES[name]
    ours, theirs = parameters(dtype)
    a, b = getattr(optim, kind)(ours, **options), getattr(torch.optim, kind)(theirs, **options)
    for gs in gradients(dtype):
        step(a, b, ours, theirs, gs)
    check(ours, theirs, dtype)


@pytest.mark.parametrize("kind", ["SGD", "Adam", "AdamW"])
def test_missing_gradients_skip_a_parameter_and_its_count(kind, device):
    """Adam's bias correction counts each parameter's own steps."""
    options = {"lr": 0.05} | ({"momentum": 0.9} if kind == "SGD" else {})
    ours, theirs = parameters(np.float64)
    a, b = getattr(optim, kind)(ours, **options), getattr(torch.optim, kind)(theirs, **options)
    for i, gs in enumerate(gradients(np.float64)):
        step(a, b, ours, theirs, [g if j == 0 or (i + j) % 3 != 0 and i > 4 else None for j, g in enumerate(gs)])
    check(ours, theirs, np.float64)


def test_groups_with_options_of_their_own(device):
    ours, theirs = parameters(np.float64)

    def groups(ps):
        return [{"params": ps[:2]}, {"params": ps[2:], "lr": 0.5, "momentum": 0.0, "weight_decay": 0.1}]

    a = optim.SGD(groups(ours), lr=0.1, momentum=0.9)
    b = torch.optim.SGD(groups(theirs), lr=0.1, momentum=0.9)
    for i, gs in enumerate(gradients(np.float64)):
        if i == 10:
            a.param_groups[1]["lr"] = b.param_groups[1]["lr"] = 0.01
        step(a, b, ours, theirs, gs)
    check(ours, theirs, np.float64)


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_a_learning_rate_that_changes(kind, device):
    options = {"lr": 0.05} | ({"momentum": 0.9} if kind == "SGD" else {})
    ours, theirs = parameters(np.float64)
    a, b = getattr(optim, kind)(ours, **options), getattr(torch.optim, kind)(theirs, **options)
    for i, gs in enumerate(gradients(np.float64)):
        a.lr = b.param_groups[0]["lr"] = 0.1 / (1 + i)
        step(a, b, ours, theirs, gs)
    check(ours, theirs, np.float64)


def test_a_network_trains_alike(device):
    """Forward, backward and step together, 10 steps of a small classifier."""
    def make(n):
        return n.Sequential(n.Linear(6, 8), n.Tanh(), n.Linear(8, 3))

    mg.set_default_dtype(np.float64)
    theirs = make(torch.nn).double()
    ours = make(nn)
    ours.load_state_dict(theirs.state_dict())
    a, b = optim.Adam(ours.parameters(), lr=0.05), torch.optim.Adam(theirs.parameters(), lr=0.05)
    rng = np.random.default_rng(0)
    for _ in range(10):
        x, t = rng.standard_normal((16, 6)), rng.integers(0, 3, 16)
        a.zero_grad(), b.zero_grad()
        mg.cross_entropy(ours(x), t).backward()
        torch.nn.functional.cross_entropy(theirs(torch.tensor(x)), torch.tensor(t)).backward()
        a.step(), b.step()
    check(ours.parameters(), theirs.parameters(), np.float64)
