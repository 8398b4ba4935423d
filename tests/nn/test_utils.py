"""nn.utils: vectors of parameters, padded sequences, parametrizations; PyTorch is the oracle."""

import copy
import pickle

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.nn.utils import parametrizations, parametrize
from minigrad.nn.utils.rnn import pack_padded_sequence, pad_sequence, unpad_sequence


def numbers(*shape):
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def test_parameters_as_a_vector(device):
    net = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1))
    v = nn.utils.parameters_to_vector(net.parameters())
    assert v.shape == (11,) and v.tolist()[:6] == net[0].weight.detach().numpy().ravel().tolist()
    (v * v).sum().backward()
    np.testing.assert_allclose(net[1].bias.grad.numpy(), 2 * net[1].bias.detach().numpy(), rtol=1e-6)
    nn.utils.vector_to_parameters(mg.arange(11), net.parameters())
    assert net[0].weight.tolist() == [[0, 1, 2], [3, 4, 5]] and net[1].bias.tolist() == [10]
    with pytest.raises(ValueError, match=r"\[vector_to_parameters\] the parameters have 11 numbers, but .* \(10,\)"):
        nn.utils.vector_to_parameters(mg.arange(10), net.parameters())
    with pytest.raises(ValueError, match=r"\[parameters_to_vector\] there are no parameters"):
        nn.utils.parameters_to_vector([])
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = nn.utils.nothing


def test_padded_sequences():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    parts = [numbers(n, 2) for n in (3, 1, 4)]
    for options in ({}, {"batch_first": True}, {"padding_value": -1.0}, {"padding_side": "left"}):
        theirs = torch.nn.utils.rnn.pad_sequence([torch.tensor(a) for a in parts], **options)
        np.testing.assert_array_equal(pad_sequence([mg.tensor(a) for a in parts], **options).numpy(), theirs.numpy())
    for batch_first in (False, True):
        back = unpad_sequence(pad_sequence(parts, batch_first), [3, 1, 4], batch_first)
        assert all((a.numpy() == b).all() for a, b in zip(back, parts, strict=True))
    x = mg.tensor(parts[1], requires_grad=True)
    pad_sequence([parts[0], x]).sum().backward()
    assert x.grad.tolist() == [[1, 1]]
    with pytest.raises(ValueError, match=r"\[pad_sequence\] sequences \(T, ...\) that differ in T alone are needed"):
        pad_sequence([mg.ones((2, 3)), mg.ones((2, 4))])
    with pytest.raises(NotImplementedError, match=r"\[pack_padded_sequence\] packed sequences are not supported here: pad_seq"):
        pack_padded_sequence(mg.ones((2, 2, 1)), [2, 1])


def test_clipping_is_the_optimisers():
    assert nn.utils.clip_grad_norm_ is optim.clip_grad_norm_ and nn.utils.clip_grad_value_ is optim.clip_grad_value_


class Symmetric(nn.Module):
    def forward(self, x):
        return (x + mg.transpose(x)) / 2


class Scaled(nn.Module):
    """Its parameter is trained, too."""

    def __init__(self):
        self.scale = nn.Parameter([2.0])

    def forward(self, x):
        return x * self.scale

    def right_inverse(self, x):
        return x / self.scale


def test_a_computed_weight(device):
    layer = nn.Linear(3, 3)
    w, x = layer.weight.detach().numpy().copy(), mg.tensor(numbers(2, 3))
    assert parametrize.register_parametrization(layer, "weight", Symmetric()) is layer
    np.testing.assert_allclose(layer.weight.detach().numpy(), (w + w.T) / 2, rtol=1e-6)
    assert [n for n, _ in layer.named_parameters()] == ["bias", "parametrizations.weight.original"]
    assert parametrize.is_parametrized(layer) and parametrize.is_parametrized(layer, "weight")
    assert not parametrize.is_parametrized(layer, "bias")
    optimizer = optim.SGD(layer.parameters(), lr=0.1)
    layer(x).sum().backward()
    g = layer.parametrizations.weight.original.grad.numpy()
    np.testing.assert_allclose(g, g.T, rtol=1e-5)
    optimizer.step()
    after = layer.weight.detach().numpy()
    np.testing.assert_allclose(after, after.T, rtol=1e-6)
    for twin_of in (copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))):
        twin = twin_of(layer)
        np.testing.assert_array_equal(twin(x).detach().numpy(), layer(x).detach().numpy())
        assert twin.parametrizations.weight.original is not layer.parametrizations.weight.original
    assert mg.summary(layer, (3,)).parameters == 12
    parametrize.remove_parametrizations(layer, "weight")
    assert type(layer.weight) is nn.Parameter and "parametrizations" not in vars(layer)
    np.testing.assert_array_equal(layer.weight.detach().numpy(), after)


def test_assigning_and_stacking():
    layer = nn.Linear(2, 2)
    before = layer.weight.detach().numpy().copy()
    parametrize.register_parametrization(layer, "weight", Scaled())
    np.testing.assert_allclose(layer.weight.detach().numpy(), before, rtol=1e-6)
    layer.weight = mg.tensor([[2.0, 4], [6, 8]])
    assert layer.parametrizations.weight.original.tolist() == [[1, 2], [3, 4]]
    parametrize.register_parametrization(layer, "weight", Symmetric())
    assert layer.weight.tolist() == [[2, 5], [5, 8]]
    assert list(layer.state_dict()) == ["bias", "parametrizations.weight.original", "parametrizations.weight.0.scale"]
    with pytest.raises(NotImplementedError, match=r"\[parametrize\] Symmetric has no right_inverse\(self, value\)"):
        layer.weight = mg.ones((2, 2))
    parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)
    assert layer.weight.tolist() == [[1, 2], [3, 4]]


def test_cached():
    class Counted(Symmetric):
        calls = 0

        def forward(self, x):
            type(self).calls += 1
            return super().forward(x)

    layer = parametrize.register_parametrization(nn.Linear(2, 2), "weight", Counted())
    Counted.calls = 0
    with parametrize.cached():
        assert layer.weight is layer.weight and Counted.calls == 1
    assert layer.weight is not layer.weight and Counted.calls == 3


def test_what_is_refused():
    class Half(nn.Module):
        def forward(self, x):
            return x[:1]

    layer = nn.Linear(2, 2)
    for call, error, message in (
            (lambda: parametrize.register_parametrization(layer, "weight", Half()), ValueError,
             r"weight of Linear is float32 \(2, 2\), but the parametrization gives float32 \(1, 2\): unsafe=True takes that"),
            (lambda: parametrize.register_parametrization(layer, "w", Half()), ValueError,
             r"Linear has no parameter 'w': there are weight, bias"),
            (lambda: parametrize.register_parametrization(layer, "weight", abs), TypeError, r"expected a Module, found bu"),
            (lambda: parametrize.remove_parametrizations(layer, "weight"), ValueError, r"weight of this Linear is not param"),
            (lambda: parametrizations.spectral_norm(layer, n_power_iterations=0), ValueError, r"an int >= 1, found 0"),
            (lambda: parametrize.remove_parametrizations(parametrizations.weight_norm(nn.Linear(1, 1)), "weight", False),
             ValueError, r"weight is computed from original0, original1, and no one of them is it")):
        with pytest.raises(error, match=message):
            call()
    parametrize.register_parametrization(layer, "weight", Half(), unsafe=True)
    assert layer.weight.shape == (1, 2)


CASES = {
    "weight norm": (lambda p, n: p.weight_norm(n.Linear(3, 4)), (5, 3)),
    "of all": (lambda p, n: p.weight_norm(n.Linear(3, 4), dim=None), (5, 3)),
    "of columns": (lambda p, n: p.weight_norm(n.Linear(3, 4), dim=1), (5, 3)),
    "of a convolution": (lambda p, n: p.weight_norm(n.Conv2d(2, 3, 3)), (2, 2, 5, 5)),
    "of a bias": (lambda p, n: p.weight_norm(n.Linear(3, 4), "bias"), (5, 3)),
    "spectral norm": (lambda p, n: p.spectral_norm(n.Linear(3, 4)), (5, 3)),
    "spectral norm of a convolution": (lambda p, n: p.spectral_norm(n.Conv2d(2, 3, 3), n_power_iterations=3), (2, 2, 5, 5)),
    "spectral norm of columns": (lambda p, n: p.spectral_norm(n.Linear(3, 4), dim=1), (5, 3)),
    "spectral norm of a bias": (lambda p, n: p.spectral_norm(n.Linear(3, 4), "bias"), (5, 3)),
}


@pytest.mark.parametrize("name", CASES)
def test_against_pytorch(name, device):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    make, shape = CASES[name]
    torch.manual_seed(0)
    theirs, ours = make(torch.nn.utils.parametrizations, torch.nn), make(parametrizations, nn)
    assert set(ours.state_dict()) == set(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    for training in (True, True, False):
        ours.train(training), theirs.train(training)
        ours.zero_grad(), theirs.zero_grad()
        a = numbers(*shape)
        x, tx = mg.tensor(a, requires_grad=True), torch.tensor(a, requires_grad=True)
        y, ty = ours(x), theirs(tx)
        (y * y).sum().backward(), (ty * ty).sum().backward()
        np.testing.assert_allclose(y.detach().numpy(), ty.detach().numpy(), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(x.grad.numpy(), tx.grad.numpy(), rtol=1e-4, atol=1e-5)
        named = dict(theirs.named_parameters())
        for n, p in ours.named_parameters():
            np.testing.assert_allclose(p.grad.numpy(), named[n].grad.numpy(), rtol=2e-4, atol=2e-5, err_msg=n)
    for n, a in theirs.state_dict().items():
        np.testing.assert_allclose(ours.state_dict()[n], a.numpy(), rtol=1e-4, atol=1e-5)
