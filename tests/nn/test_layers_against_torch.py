"""Every layer against PyTorch's, weights exchanged: outputs, gradients, running statistics."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

LAYERS = {
    "linear": (lambda n: n.Linear(6, 4), (5, 6)),
    "linear without bias": (lambda n: n.Linear(6, 4, bias=False), (5, 6)),
    "linear on three axes": (lambda n: n.Linear(6, 4), (2, 5, 6)),
    "conv": (lambda n: n.Conv2d(3, 4, 3), (2, 3, 7, 8)),
    "conv strided": (lambda n: n.Conv2d(3, 4, (3, 2), stride=(2, 1), padding=(1, 0), bias=False), (2, 3, 7, 8)),
    "conv grouped and dilated": (lambda n: n.Conv2d(4, 6, 3, dilation=2, groups=2), (2, 4, 7, 8)),
    "conv same": (lambda n: n.Conv2d(2, 3, 4, padding="same"), (2, 2, 6, 5)),
    "conv valid": (lambda n: n.Conv2d(2, 3, 3, padding="valid"), (2, 2, 6, 5)),
    "max pool": (lambda n: n.MaxPool2d(3, 2, padding=1), (2, 3, 7, 8)),
    "avg pool": (lambda n: n.AvgPool2d(2), (2, 3, 7, 8)),
    "batch norm 2d": (lambda n: n.BatchNorm2d(3), (4, 3, 5, 5)),
    "batch norm 2d with options": (lambda n: n.BatchNorm2d(3, eps=0.1, momentum=0.3), (4, 3, 5, 5)),
    "batch norm of all batches alike": (lambda n: n.BatchNorm2d(3, momentum=None), (4, 3, 5, 5)),
    "batch norm 1d": (lambda n: n.BatchNorm1d(3), (6, 3)),
    "batch norm 1d of sequences": (lambda n: n.BatchNorm1d(3), (6, 3, 4)),
    "flatten": (lambda n: n.Flatten(), (2, 3, 4, 5)),
    "flatten from 2": (lambda n: n.Flatten(2), (2, 3, 4, 5)),
    "relu": (lambda n: n.ReLU(), (3, 4)),
    "sigmoid": (lambda n: n.Sigmoid(), (3, 4)),
    "tanh": (lambda n: n.Tanh(), (3, 4)),
    "softmax": (lambda n: n.Softmax(dim=1), (3, 4)),
    "identity": (lambda n: n.Identity(), (3, 4)),
    "network": (lambda n: n.Sequential(n.Conv2d(1, 4, 3, padding=1), n.BatchNorm2d(4), n.ReLU(), n.MaxPool2d(2),
                                       n.Flatten(), n.Linear(36, 5)), (4, 1, 6, 6)),
}


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths:UserWarning")
@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-10), (np.float32, 2e-5)])
def test_forward_backward_and_statistics(name, dtype, tolerance, device):
    make, shape = LAYERS[name]
    mg.set_default_dtype(dtype)
    torch.manual_seed(1)
    theirs = make(torch.nn).to(torch.float64 if dtype == np.float64 else torch.float32)
    ours = make(nn)
    ours.load_state_dict(theirs.state_dict())
    rng = np.random.default_rng(2)
    for _ in range(2):
        a = rng.standard_normal(shape).astype(dtype)
        x, tx = mg.tensor(a, requires_grad=True), torch.tensor(a, requires_grad=True)
        y, ty = ours(x), theirs(tx)
        g = rng.standard_normal(tuple(ty.shape)).astype(dtype)
        y.backward(mg.tensor(g))
        ty.backward(torch.tensor(g))
        _same(y.detach().numpy(), ty.detach().numpy(), tolerance)
        _same(x.grad.numpy(), tx.grad.numpy(), tolerance)
    for (n, p), (tn, tp) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        assert n == tn
        _same(p.grad.numpy(), tp.grad.numpy(), tolerance * 10)
    state, theirs_state = ours.state_dict(), theirs.state_dict()
    assert list(state) == list(theirs_state)
    for n, a in state.items():
        _same(a, theirs_state[n].numpy(), tolerance)
    ours.eval(), theirs.eval()
    a = rng.standard_normal(shape).astype(dtype)
    _same(ours(mg.tensor(a)).detach().numpy(), theirs(torch.tensor(a)).detach().numpy(), tolerance)


def test_pytorch_loads_what_we_save():
    ours = LAYERS["network"][0](nn)
    theirs = LAYERS["network"][0](torch.nn)
    ours(mg.randn((4, 1, 6, 6)))
    theirs.load_state_dict({n: torch.from_numpy(a) for n, a in ours.state_dict().items()})
    x = np.random.default_rng(0).standard_normal((2, 1, 6, 6)).astype(np.float32)
    _same(ours.eval()(x).detach().numpy(), theirs.eval()(torch.tensor(x)).detach().numpy(), 1e-5)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_losses(reduction):
    rng = np.random.default_rng(0)
    z, t = rng.standard_normal((5, 4)), rng.standard_normal((5, 4))
    classes = np.array([0, 3, 1, 1, 2])
    pairs = ((nn.CrossEntropyLoss(reduction=reduction), torch.nn.CrossEntropyLoss(reduction=reduction), classes),
             (nn.MSELoss(reduction), torch.nn.MSELoss(reduction=reduction), t))
    for ours, theirs, target in pairs:
        x, tx = mg.tensor(z, requires_grad=True), torch.tensor(z, requires_grad=True)
        y, ty = ours(x, target), theirs(tx, torch.tensor(target))
        y.sum().backward(), ty.sum().backward()
        _same(y.detach().numpy(), ty.detach().numpy(), 1e-12)
        _same(x.grad.numpy(), tx.grad.numpy(), 1e-12)


def _same(a, b, tolerance):
    assert a.shape == b.shape and a.dtype == b.dtype
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
