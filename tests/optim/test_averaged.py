"""Means of weights: by hand, saved and loaded, with batch norm's estimates, and against PyTorch."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim

X = np.random.default_rng(0).standard_normal((20, 3)).astype(np.float32)


def model():
    mg.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))


def shift(net, seed):
    rng = np.random.default_rng(seed)
    with mg.no_grad():
        for p in net.parameters():
            p.data = p.data + rng.standard_normal(p.shape).astype(np.float32)
    net(X)                                  # batch norm's estimates move


@pytest.mark.parametrize("decay", [None, 0.9, 0.0, 1.0])
@pytest.mark.parametrize("use_buffers", [False, True])
def test_means_by_hand(decay, use_buffers, device):
    net = model()
    averaged = optim.AveragedModel(net, decay, use_buffers)
    assert isinstance(averaged, nn.Module) and averaged.n_averaged.item() == 0
    expected = None
    for n in range(5):
        shift(net, n)
        averaged.update_parameters(net)
        now = net.state_dict()
        if expected is None:
            expected = {name: a.astype(float) for name, a in now.items()}
        for name, a in now.items():
            if "running" in name and not use_buffers or "tracked" in name:
                expected[name] = a
            else:
                expected[name] += (a - expected[name]) * (1 / (n + 1) if decay is None else 1 - decay)
    found = averaged.module.state_dict()
    for name, a in expected.items():
        np.testing.assert_allclose(found[name], a, rtol=1e-5, atol=1e-6, err_msg=name)
    assert averaged.n_averaged.item() == 5
    np.testing.assert_array_equal(averaged.eval()(X).detach().numpy(), averaged.module(X).detach().numpy())


def test_an_ema_follows_a_training_and_goes_on_from_its_file(device, tmp_path):
    net = model()
    optimizer, ema = optim.SGD(net.parameters(), 0.1), optim.EMA(net, 0.5)
    assert all(p.grad is None for p in ema.parameters())

    def train(ema, steps):
        for _ in range(steps):
            optimizer.zero_grad()
            (net(X) ** 2).mean().backward()
            optimizer.step()
            ema.update(net)

    train(ema, 3)
    nn.save(ema, tmp_path / "ema.safetensors")
    other = optim.EMA(model(), 0.5)
    nn.load(other, tmp_path / "ema.safetensors")
    kept = net.state_dict(), optimizer.state_dict()
    train(ema, 3)
    net.load_state_dict(kept[0]), optimizer.load_state_dict(kept[1])
    train(other, 3)
    for name, a in ema.state_dict().items():
        np.testing.assert_array_equal(a, other.state_dict()[name], err_msg=name)


def test_an_update_is_one_kernel_call(device, monkeypatch):
    net = model()
    averaged, k, calls = optim.AveragedModel(net), net[0].weight.k, []
    real = k.average_step
    monkeypatch.setattr(k, "average_step", lambda *args: calls.append(len(args[0])) or real(*args))
    averaged.update_parameters(net)
    assert calls == [6]


def test_update_bn_measures_the_estimates_anew(device):
    net = model()
    shift(net, 1)
    net[2].eval()
    net[1].momentum = 0.3
    loader = mg.data.Loader(X, np.zeros(20, int), batch_size=5)
    optim.update_bn(loader, net)
    h = net[0](X).detach().numpy().astype(float)
    np.testing.assert_allclose(net[1].running_mean.numpy(), h.mean(0), rtol=1e-5)
    variances = [h[i:i + 5].var(0, ddof=1) for i in range(0, 20, 5)]
    np.testing.assert_allclose(net[1].running_var.numpy(), np.mean(variances, 0), rtol=1e-5)
    assert net[1].momentum == 0.3 and net.training and not net[2].training and net[1].num_batches_tracked.item() == 4
    optim.update_bn([mg.tensor(X)], net)
    assert net[1].num_batches_tracked.item() == 1
    optim.update_bn([], nn.Linear(1, 1))


def test_errors():
    averaged = optim.AveragedModel(nn.Linear(2, 2))
    for kind, make, message in (
            (TypeError, lambda: optim.AveragedModel([]), r"\[AveragedModel\] expected a module, found list"),
            (ValueError, lambda: optim.EMA(nn.Linear(1, 1), 2), r"\[EMA\] decay must be in \[0, 1\], found 2"),
            (ValueError, lambda: averaged.update_parameters(nn.Linear(2, 2, bias=False)), r"has other parameters .*: bias"),
            (ValueError, lambda: averaged.update_parameters(nn.Linear(3, 2)), r"weight is float32 \(2, 3\) on")):
        with pytest.raises(kind, match=message):
            make()
    assert averaged.n_averaged.item() == 0


@pytest.mark.parametrize("decay", [None, 0.9])
def test_as_pytorch_does(decay):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    swa = torch.optim.swa_utils
    theirs = torch.nn.Linear(3, 4)
    ours = nn.Linear(3, 4)
    mean = swa.AveragedModel(theirs, multi_avg_fn=None if decay is None else swa.get_ema_multi_avg_fn(decay))
    averaged = optim.AveragedModel(ours, decay)
    for _ in range(6):
        with torch.no_grad():
            for p in theirs.parameters():
                p.add_(torch.randn(p.shape))
        ours.load_state_dict(theirs.state_dict())
        mean.update_parameters(theirs), averaged.update_parameters(ours)
    state = averaged.state_dict()
    for name, t in mean.state_dict().items():
        np.testing.assert_allclose(state[name], t.numpy(), rtol=1e-5, atol=1e-6)
