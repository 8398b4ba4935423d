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
    "adam, decoupled": ("Adam", {"lr": 0.05, "weight_decay": 0.3, "decoupled_weight_decay": True}),
    "adamw": ("AdamW", {"lr": 0.05}),
    "adamw, decay": ("AdamW", {"lr": 0.05, "weight_decay": 0.3}),
    "sgd, dampening": ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.4, "weight_decay": 0.1}),
    "sgd, maximize": ("SGD", {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1, "maximize": True}),
    "adam, amsgrad": ("Adam", {"lr": 0.05, "betas": (0.9, 0.8), "amsgrad": True, "weight_decay": 0.1}),
    "adam, maximize": ("Adam", {"lr": 0.05, "maximize": True, "weight_decay": 0.1}),
    "adamw, everything": ("AdamW", {"lr": 0.05, "betas": (0.9, 0.8), "amsgrad": True, "maximize": True}),
    "nadam": ("NAdam", {"lr": 0.05}),
    "nadam, decay": ("NAdam", {"lr": 0.05, "betas": (0.5, 0.8), "weight_decay": 0.1, "momentum_decay": 0.1, "maximize": True}),
    "nadam, decoupled": ("NAdam", {"lr": 0.05, "weight_decay": 0.3, "decoupled_weight_decay": True}),
    "radam": ("RAdam", {"lr": 0.05}),
    "radam, decay": ("RAdam", {"lr": 0.05, "betas": (0.5, 0.9), "weight_decay": 0.1, "maximize": True}),
    "radam, decoupled": ("RAdam", {"lr": 0.05, "weight_decay": 0.3, "decoupled_weight_decay": True}),
    "radam, never adapts": ("RAdam", {"lr": 0.05, "betas": (0.9, 0.6)}),
    "adamax": ("Adamax", {"lr": 0.05}),
    "adamax, everything": ("Adamax", {"lr": 0.05, "betas": (0.5, 0.8), "weight_decay": 0.1, "maximize": True}),
    "rmsprop": ("RMSprop", {"lr": 0.01}),
    "rmsprop, momentum": ("RMSprop", {"lr": 0.01, "alpha": 0.9, "momentum": 0.9, "weight_decay": 0.1}),
    "rmsprop, centered": ("RMSprop", {"lr": 0.01, "alpha": 0.9, "centered": True, "maximize": True}),
    "rmsprop, everything": ("RMSprop", {"lr": 0.01, "centered": True, "momentum": 0.5, "weight_decay": 0.1, "eps": 1e-3}),
    "adagrad": ("Adagrad", {"lr": 0.1}),
    "adagrad, everything": ("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.1,
                                        "eps": 1e-3, "maximize": True}),
    "adadelta": ("Adadelta", {}),
    "adadelta, everything": ("Adadelta", {"lr": 0.5, "rho": 0.7, "eps": 1e-3, "weight_decay": 0.1, "maximize": True}),
    "rprop": ("Rprop", {"lr": 0.05}),
    "rprop, everything": ("Rprop", {"lr": 0.05, "etas": (0.3, 1.5), "step_sizes": (0.01, 0.1), "maximize": True}),
    "asgd": ("ASGD", {"lr": 0.05}),
    "asgd, everything": ("ASGD", {"lr": 0.05, "lambd": 0.1, "alpha": 0.5, "t0": 3, "weight_decay": 0.1, "maximize": True}),
}
SHORT = {name: CASES[name] for name in ("sgd, dampening", "adam, amsgrad", "nadam", "radam, decay", "adamax",
                                        "rmsprop, everything", "adagrad, everything", "adadelta", "rprop", "asgd, everything")}
SHAPES = (3, 4), (4,), (1, 2, 3, 3), ()


@pytest.fixture(autouse=True)
def what_torch_counts_is_exact():
    """Its default dtype is that of NAdam's and ASGD's own numbers, whatever the parameters are."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


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


@pytest.mark.parametrize("name", ["sgd, momentum", "adam", "adamw", *SHORT])
def test_missing_gradients_skip_a_parameter_and_its_count(name, device):
    """Adam's bias correction counts each parameter's own steps, and so does whatever else is counted."""
    kind, options = CASES[name]
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


@pytest.mark.parametrize("name", ["sgd, momentum", "adam", *SHORT])
def test_a_learning_rate_that_changes(name, device):
    kind, options = CASES[name]
    ours, theirs = parameters(np.float64)
    a, b = getattr(optim, kind)(ours, **options), getattr(torch.optim, kind)(theirs, **options)
    for i, gs in enumerate(gradients(np.float64)):
        a.lr = b.param_groups[0]["lr"] = 0.1 / (1 + i)
        step(a, b, ours, theirs, gs)
    check(ours, theirs, np.float64)


@pytest.mark.parametrize("name", SHORT)
def test_two_hundred_steps_in_float32_with_rows_of_zeros(name, device):
    """Half of the rows have no gradient in half of the steps, as an embedding's have."""
    kind, options = CASES[name]
    ours, theirs = parameters(np.float32)
    a, b = getattr(optim, kind)(ours, **options), getattr(torch.optim, kind)(theirs, **options)
    for i, gs in enumerate(gradients(np.float32, 200)):
        if i % 2:
            gs[0][:2] = 0
        step(a, b, ours, theirs, gs)
    for p, t in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(p.detach().numpy(), t.detach().numpy(), rtol=3e-4, atol=3e-5)


def test_asgd_keeps_the_same_averages(device):
    ours, theirs = parameters(np.float64)
    a, b = optim.ASGD(ours, 0.05, t0=3), torch.optim.ASGD(theirs, 0.05, t0=3)
    for gs in gradients(np.float64):
        step(a, b, ours, theirs, gs)
    for average, t in zip(a.averages(), theirs, strict=True):
        np.testing.assert_allclose(average, b.state[t]["ax"].numpy(), rtol=1e-6)


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
